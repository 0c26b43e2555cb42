"""The laws that always hold, watched over any run: the product's own invariants.

The watch reads the log and nothing else: it never asks the engine. It knows the plans and the
rules, works out for itself what may stand on the next line, and says which law a line breaks. Here
are the laws of the log itself; the others are in `laws_of_decisions`, `laws_of_news` and
`laws_of_truth`.

What is kept of a message while it is open is dropped with its outcome; 16 bytes stay, and 17 for
each attempt of one that did not go smoothly, so that a line that comes late can still be judged.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, cast

from sandbox.cascade import outputs
from sandbox.cascade.circuit import Breaker
from sandbox.cascade.outputs import Detail, Fact
from sandbox.cascade.plan import Plan
from sandbox.journal import entry
from sandbox.report.attempts import Handler
from sandbox.report.circuit_rules import circuits_of
from sandbox.report.laws_of_acts import ActLaws
from sandbox.report.laws_of_circuits import CircuitLaws
from sandbox.report.laws_of_codes import CodeLaws
from sandbox.report.laws_of_decisions import DecisionLaws
from sandbox.report.laws_of_fronts import FrontLaws
from sandbox.report.laws_of_news import NewsLaws
from sandbox.report.laws_of_outside import OutsideLaws
from sandbox.report.laws_of_recalls import RecallLaws
from sandbox.report.laws_of_truth import TruthLaws
from sandbox.report.watch import Watch

_Line = tuple[int, int, int, int, int, str, int, Detail]
"""A fact of a message; its level is None in none of them, its attempt only where none is meant."""

_NO_BREAKERS: Final[Mapping[str, Breaker]] = {}

VIOLATIONS_KEPT: Final = 100
"""A broken engine breaks a law with every message; the first of them tell enough."""

LAWS: Final[Mapping[str, str]] = {
    "no-gaps": "lines are numbered from 1 without gaps",
    "time-forward": "time never goes back",
    "has-a-cause": "every line has an earlier line of its message as its cause; only arrivals, "
    "acts, faults, changes by hand, restarts and receipts that match nothing have none",
    "known-kind": "every line is of a kind the log knows, about something that began",
    "one-outcome": "a message has exactly one outcome, once",
    "silence-after-outcome": "nothing is decided or submitted for a message that has its outcome",
    "consequence": "every decision is the one the rules ask for after the line before, at the same "
    "instant: success, stop, retry, next provider, next level, the end",
    "nothing-after-success": "nothing is submitted after a known success",
    "attempts-bounded": "a provider is not tried more often than its retries allow",
    "levels-in-order": "levels run in order, the next one only after a trigger closed the last",
    "one-in-flight": "an attempt is not left before its answer, a receipt or a timer closes it",
    "fronts-kept": "levels marked parallel begin at the instant of the one before them, and no "
    "others do; each closes with its own trigger exactly when due, and the last one to close moves "
    "the message on",
    "on-time": "timers act at their instant: never early, never late, never twice; what was due "
    "while no process ran acts at the instant of the next one",
    "answered-once": "every submission is answered once: accepted, refused, throttled or unknown",
    "receipts-matched": "every receipt belongs to a submission, or is written down as ignored or "
    "as an orphan",
    "late-is-late": "a receipt after the outcome is called late, one before it is not",
    "knowledge-grows": "a receipt that says nothing new changes nothing, one that does is not lost",
    "circuits-kept": "a circuit opens exactly after so many failures in a row or with "
    "trouble with the account; nothing is submitted while it is open, one probe at a time decides, "
    "and every change is said",
    "quiet-hours-kept": "in the recipient's quiet hours nothing is sent at a level that has them: "
    "it is held until exactly their end, skipped, or dropped with its message; never otherwise",
    "memory-kept": "a level is skipped as known from before only after a provider of its channel "
    "has said so of this recipient, and only for the time that is remembered",
    "acts-kept": "what somebody does about a message has its consequence at once, or says why it "
    "is in vain and changes nothing: the outcome is there, no code is awaited, the code has "
    "expired, no attempt is left",
    "codes-kept": "a code is entered only by who has it on the handset, a few times and never "
    "after the right one; the right one is heard of at once, and nothing else is taken for it",
    "recalls-kept": "where a plan calls back, exactly what is in flight at the end is called back, "
    "and what came of each recall is said once, and is so",
    "flagged-once": "trouble of our own making is reported once per provider and code",
    "settled": "when all is quiet every message has an outcome",
    "answers-add-up": "when all is quiet: submitted = accepted + refused + throttled + unknown, "
    "for every provider",
    "known-within-truth": "nothing is known that is not so, except what a fault made up; of real "
    "providers nobody can tell",
    "one-fate": "an attempt reaches the handset or fails, once, and only if the provider took it",
    "money-adds-up": "no attempt is said to cost more than was billed for it, as far as its "
    "provider is simulated; none is billed less than nothing",
}
"""Name of a law -> what it says."""

_ROOTS: Final = frozenset(
    {outputs.REQUESTED, outputs.ACT, outputs.ORPHAN_RECEIPT, *entry.RUN_KINDS}
)
"""Kinds that may begin something and so have no cause. In a log with a world in it an orphan has
one; that is the law of matched receipts."""


class Violation(NamedTuple):
    """A line that breaks a law."""

    law: str
    text: str
    seq: int
    """The line; the last one where something is missing at the end."""


class Laws:
    """Watches the log of one run, piece by piece."""

    def __init__(
        self,
        plans: Sequence[Plan],
        breakers: Mapping[str, Breaker] = _NO_BREAKERS,
        *,
        with_truth: bool = True,
    ) -> None:
        """Begin the watch.

        Args:
            plans: What messages may run through.
            breakers: Provider -> its breaker, of those that have one.
            with_truth: The log has lines of a world; without them claims cannot be judged.
        """
        self.violations: list[Violation] = []
        """The first `VIOLATIONS_KEPT`, in the order of the log."""
        self._seq = 0
        self._now = 0
        circuits = circuits_of(breakers) if breakers else None
        self._messages = Watch(plans, self._report, circuits)
        self._truth = TruthLaws(self._messages, with_truth=with_truth)
        has_fronts = any(plan.has_fronts for plan in plans)
        decisions = FrontLaws(self._messages) if has_fronts else DecisionLaws(self._messages)
        news = NewsLaws(self._messages, self._truth)
        self._handlers: Mapping[str, Handler] = {
            **decisions.handlers,
            **news.handlers,
            **self._truth.handlers,
        }
        codes = CodeLaws(self._messages, with_truth=with_truth)
        recalls = RecallLaws(self._messages, with_truth=with_truth)
        acts = ActLaws(self._messages, codes)
        self._handlers = acts.before(recalls.before(codes.before(self._handlers)))
        self._missing = (codes.finish, recalls.finish)
        if isinstance(decisions, FrontLaws):
            self._handlers = decisions.before(self._handlers)
        self._circuits = CircuitLaws(self._messages, circuits) if circuits else None
        if self._circuits is not None:
            self._handlers = self._circuits.before(self._handlers)
        self._handlers = OutsideLaws(self._messages, codes).before(self._handlers)

    def watch(self, facts: Iterable[Fact]) -> None:
        """Judge the next lines of the log."""
        handlers, before, now = self._handlers, self._seq, self._now
        for seq, at, message, level, attempt, kind, cause, detail in cast("Iterable[_Line]", facts):
            if seq != before + 1 or at < now or cause >= seq or (cause < 1 and kind not in _ROOTS):
                self._check_line(before, now, seq, at, kind, cause)
            before, now = seq, at
            try:
                handlers[kind](seq, at, message, level, attempt, cause, detail)
            except (LookupError, TypeError):
                # A line with an empty column, a word or a number that no log has: nothing below
                # looks out for that, because nothing else would be slowed down so much by it.
                if kind in handlers:
                    self._report("known-kind", seq, f"{kind} about nothing that began")
                elif kind not in entry.RUN_KINDS:
                    self._report("known-kind", seq, f"{kind} is no kind")
        self._seq, self._now = before, now

    def finish(self, *, quiet: bool) -> None:
        """Judge what is missing at the end.

        Args:
            quiet: Nothing is left to happen; otherwise the run was only broken off.
        """
        self._truth.finish(self._seq)
        if self._circuits is not None:
            self._circuits.finish(self._seq)
        if quiet:
            for finish in self._missing:
                finish(self._seq)
            self._messages.finish(self._seq)

    def _check_line(self, before: int, now: int, seq: int, at: int, kind: str, cause: int) -> None:
        if seq != before + 1:
            self._report("no-gaps", seq, f"line {seq} after line {before}")
        if at < now:
            self._report("time-forward", seq, f"{at} us after {now} us")
        if not 0 < cause < seq and not (cause == 0 and kind in _ROOTS):
            self._report("has-a-cause", seq, f"{kind} at line {seq} is caused by line {cause}")

    def _report(self, law: str, seq: int, text: str) -> None:
        if len(self.violations) < VIOLATIONS_KEPT:
            self.violations.append(Violation(law, text, seq))
