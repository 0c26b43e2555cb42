"""Sees a run go by, as far as something is expected of it, and judges it in the end."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan
from sandbox.report.account import Account, begin
from sandbox.report.metrics import Metrics
from sandbox.report.occurrences import Occurrences
from sandbox.scenario.expectations import Evidence, Expectation, ExpectationResult
from sandbox.simulation.population import Person

PersonOf = Callable[[int], Person]
"""Takes a message's number and gives its recipient."""


class Witness:
    """A fold over the log that keeps what the expectations ask for, and nothing else."""

    def __init__(
        self,
        expectations: Sequence[Expectation],
        plans: Sequence[Plan],
        names: Mapping[int, str],
    ) -> None:
        """Begin to watch.

        Args:
            expectations: What the run will be judged by.
            plans: The cascades of the run.
            names: Message -> its name; may grow while the run goes on.
        """
        self._expectations = expectations
        self._plans = {plan.name: plan for plan in plans}
        self._names = names
        phrases = [each.phrase for each in expectations if each.phrase is not None]
        self._occurrences = Occurrences(phrases, plans)
        self._wanted = {each.message for each in expectations if each.message}
        self._accounts: dict[int, Account] = {}

    @property
    def folds(self) -> tuple[Callable[[list[Fact]], None], ...]:
        """What must see the log go by, from its first line on; mostly nothing."""
        folds: tuple[Callable[[list[Fact]], None], ...] = ()
        if self._occurrences:
            folds += (self._occurrences.fold,)
        if self._wanted:
            folds += (self._follow,)
        return folds

    def judge(self, metrics: Metrics, person_of: PersonOf) -> tuple[ExpectationResult, ...]:
        """Judge the run, which is over.

        Args:
            metrics: Everything was folded into them.
            person_of: Asked only where an expectation is about some people.
        """
        evidence = self.evidence(metrics, person_of)
        return tuple(each.check(evidence) for each in self._expectations)

    def evidence(self, metrics: Metrics, person_of: PersonOf) -> Evidence:
        """What the run so far is judged by; takes what `judge` takes."""
        marks = {mark: None for each in self._expectations for mark in each.marks}
        if marks:
            _mark(metrics, list(marks), person_of)
        accounts = {self._names[number]: account for number, account in self._accounts.items()}
        return Evidence(metrics, self._occurrences, accounts)

    def _follow(self, facts: Iterable[Fact]) -> None:
        """Take in the lines of the named messages of which something is expected."""
        accounts = self._accounts
        for fact in facts:
            account = accounts.get(fact[2] or 0)
            if account is not None:
                account.take(fact)
            elif fact[5] == outputs.REQUESTED and self._names.get(fact[2] or 0) in self._wanted:
                accounts[fact[2] or 0] = begin(fact, self._plans)


def _mark(metrics: Metrics, marks: Sequence[tuple[str, str]], person_of: PersonOf) -> None:
    """Mark every message with what its recipient is: truth, which is not in the log.

    One byte a message and mark; people alike are looked at once.
    """
    count = metrics.message_counts()["total"]
    rows = [bytearray(count + 1) for _ in marks]
    fitting: dict[tuple[str, tuple[str, ...]], tuple[bytearray, ...]] = {}
    for message in range(1, count + 1):
        person = person_of(message)
        kind = (person.country, person.traits)
        own = fitting.get(kind)
        if own is None:
            own = fitting[kind] = tuple(
                row
                for row, (what, name) in zip(rows, marks, strict=True)
                if (name in person.traits if what == "trait" else name == person.country)
            )
        for row in own:
            row[message] = 1
    for mark, row in zip(marks, rows, strict=True):
        metrics.mark(mark, bytes(row))
