"""Explain one message: by which rule each switch was made, and what else could have been.

`Followed` explains a message of a run that takes place, `explain` one whose lines are at hand, and
`sandbox.app.stored.why_of` one of a stored run. All of them say the same of the same message.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sandbox.app.run import RETOLD_MAX
from sandbox.app.what_ifs import Reruns, as_it_was
from sandbox.cascade.outputs import Fact
from sandbox.drivers.retraced import LiveDeed
from sandbox.errors import UsageError
from sandbox.journal.digest import RULES_VERSION
from sandbox.report.figures import exact_seconds
from sandbox.report.leaving import Leaving, Place, Told, leavings_of
from sandbox.report.what_ifs import Fate, Question, WhatIf, answer, fate_of, questions
from sandbox.report.why import Explained
from sandbox.scenario.model import Scenario
from sandbox.scenario.places import places_of
from sandbox.scenario.problems import did_you_mean
from sandbox.simulation.load import messages_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """A message of a run, with all that is needed to explain it.

    Attributes:
        facts: All lines about it, its `requested` line first.
        name: "" unless the scenario names it.
        places: Where the settings of the scenario stand.
        changes: Made by hand in that run.
        end_us: Where the run was broken off; None: it came to its end.
        rules_version: Under which rules it was made.
        is_live: Real providers had a part in the run; they cannot be asked what could have been.
    """

    scenario: Scenario
    facts: Sequence[Fact]
    places: Mapping[str, Place]
    name: str = ""
    changes: Sequence[LiveDeed] = ()
    end_us: int | None = None
    rules_version: int = RULES_VERSION
    is_live: bool = False


def explain(material: Material) -> Explained:
    """Explain a message.

    What could have been is found out by running it again under other plans; a run whose messages
    share something is run again as a whole, if it is not too large.
    """
    scenario, facts = material.scenario, material.facts
    world = as_it_was(scenario.world, material.changes)
    told = leavings_of(facts, world, material.places, scenario.currency)
    account = told.account
    fate = fate_of(account)
    answers: tuple[tuple[int, WhatIf], ...] = ()
    notes: list[str] = []
    if material.end_us is not None:
        end = exact_seconds(material.end_us)
        notes.append(
            f"the run was broken off at {end} s: what could have been is told as if it had gone on"
        )
    if material.is_live:
        notes = ["real providers had a part in this run: what could have been is not told"]
    elif material.rules_version == RULES_VERSION:
        reruns = Reruns(world, facts)
        notes += _notes(reruns)
        if not reruns.is_too_large:
            answers = tuple(_answers(reruns, told, fate, scenario.currency))
    else:
        notes.append(
            f"made under rules_version {material.rules_version}, and this program has "
            f"{RULES_VERSION}: what could have been is not told"
        )
    return Explained(
        message=account.message,
        name=material.name,
        cascade=account.plan.name,
        currency=scenario.currency,
        fate=fate,
        late=tuple(map(str, account.late)),
        leavings=_without_truth(told.leavings) if material.is_live else told.leavings,
        what_ifs=answers,
        notes=tuple(notes),
    )


def _without_truth(leavings: Sequence[Leaving]) -> tuple[Leaving, ...]:
    """Where a real provider may have had the message, nobody knows what was so."""
    return tuple(replace(leaving, truth=()) for leaving in leavings)


def _answers(
    reruns: Reruns, told: Told, actual: Fate, currency: str
) -> Iterator[tuple[int, WhatIf]]:
    for asked in questions(told.leavings, told.account.plan):
        fate = None
        if asked.plan is not None:
            is_fewer = asked.question is Question.WITHOUT_LEVEL
            fate = reruns.fate(asked.plan, asked.level if is_fewer else None)
        leaving = told.leavings[asked.position]
        yield asked.position, answer(asked, leaving, actual, fate, currency)


def _notes(reruns: Reruns) -> Iterator[str]:
    if reruns.is_too_large:
        yield (
            f"messages depend on each other here, and the run has more than {RETOLD_MAX:,}: "
            "what could have been is not told"
        )
    elif reruns.runs_all:
        yield (
            "messages depend on each other here: what could have been comes from running all "
            "of them again"
        )


# Of a fresh run ----------------------------------------------------------------------------------


class Followed:
    """A message that is followed while its run goes on."""

    def __init__(self, scenario: Scenario, message: str) -> None:
        """Find out which message is meant.

        Args:
            scenario: Before it is run.
            message: `m17`, `17`, or the name the scenario gives it.

        Raises:
            UsageError: it sends no such message.
        """
        self._scenario = scenario
        self._message, self._name = _sought(scenario, message)
        self._facts: list[Fact] = []

    def fold(self, facts: list[Fact]) -> None:
        """Take in the next lines of the log."""
        self._facts += [fact for fact in facts if fact[2] == self._message]

    def explained(self) -> Explained:
        """Explain the message; its run is over.

        Raises:
            UsageError: the run ended before it was requested.
        """
        if not self._facts:
            raise UsageError(f"the run ended before m{self._message} was requested")
        scenario = self._scenario
        return explain(
            Material(
                scenario=scenario,
                facts=self._facts,
                name=self._name,
                places=places_of(scenario),
            )
        )


def message_number(message: str) -> int | None:
    """The number that `m17` or `17` stands for; None where it is something else."""
    digits = message.strip().removeprefix("m")
    is_number = digits.isascii() and digits.isdecimal() and len(digits) < 16
    return int(digits) if is_number else None


def _sought(scenario: Scenario, message: str) -> tuple[int, str]:
    """The number of the message that is meant, and its name."""
    world, wanted = scenario.world, message_number(message)
    names: list[str] = []
    count = 0
    for count, arrival in enumerate(messages_of(world), start=1):
        if count == wanted or (arrival.name and arrival.name == message):
            return count, arrival.name
        if arrival.name:
            names.append(arrival.name)
    raise UsageError(
        f"no message {message!r} in {scenario.name}",
        hint=did_you_mean(message, names) or f"Its messages are m1 to m{count}.",
    )
