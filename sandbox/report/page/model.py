"""What a page is made of: values from the layers that know runs, for the one that draws."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sandbox.cascade.plan import Plan
from sandbox.report.definitions import Measure
from sandbox.report.leaving import Leaving
from sandbox.report.page.plots import Window
from sandbox.report.page.tally import Tally
from sandbox.report.timeline import Story

Asked = Callable[[str], Measure | None]
"""Gives a metric by its name; None where the run has no such figure."""


class Check(NamedTuple):
    """An expectation, judged.

    Attributes:
        text: As it was written.
        scope: Which messages it is about; `all` for all.
        seen: What was seen, and why that is not enough where it is not.
        place: `file:line`.
        message: The first that offends; None where none can be named, or it holds.
    """

    text: str
    scope: str
    holds: bool
    seen: str
    place: str
    message: int | None


class Reason(NamedTuple):
    """A way of switching level, and how often it was taken.

    Attributes:
        trigger: As the log has it.
        told: The provider's code and words.
    """

    times: int
    left: str
    entered: str
    trigger: str
    told: str


class Provider(NamedTuple):
    """What the plan says of a provider."""

    name: str
    price: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The story of a message.

    Attributes:
        labels: Why it is told, such as a fate with how many had it.
        name: "" unless the scenario names it.
        leavings: Why each entry of its path was left.
    """

    labels: tuple[str, ...]
    name: str
    story: Story
    leavings: tuple[Leaving, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What became of a message that the scenario names."""

    message: int
    name: str
    outcome: str
    path: str
    cost: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A run, ready to be drawn. Texts are as they came: the page makes them fit to be shown.

    Attributes:
        name: What the store calls the run.
        state: How far it came: `finished`, `stopped`, `interrupted`, …
        verdict: In one word; "" where there is none.
        trouble: Why it was broken off; "" where it was not.
        digest: Of its log; "" where there is none.
        commands: By which it is run again, each with what it does.
        counts: Messages in all and by outcome; empty where the run did not come to its end.
        providers: By name.
        windows: Faults and changes by hand, on the time line of the run.
        asked: Gives the figures of the run.
        tally: What the plots are made of; None where the run did not come to its end.
        broken: Laws of the engine that did not hold, each with where.
        fired: Fault -> how often a setting it had changed was read.
        pending: Messages without an outcome, where the run did not become quiet.
        is_redacted: Numbers, texts and codes are masked.
    """

    title: str
    description: str
    scenario: str
    name: str
    seed: int
    state: str
    verdict: str
    trouble: str
    digest: str
    program: str
    line_count: int
    virtual_us: int
    commands: tuple[tuple[str, str], ...]
    currency: str
    plans: tuple[Plan, ...]
    providers: Mapping[str, Provider]
    windows: tuple[Window, ...]
    asked: Asked
    counts: Mapping[str, int] = field(default_factory=dict)
    tally: Tally | None = None
    checks: tuple[Check, ...] = ()
    broken: tuple[str, ...] = ()
    fired: Mapping[str, int] = field(default_factory=dict)
    pending: tuple[int, ...] = ()
    warnings: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    named: tuple[Named, ...] = ()
    stories: tuple[Told, ...] = ()
    is_redacted: bool = False

    @property
    def level_count(self) -> int:
        """Of the longest cascade."""
        return max(len(plan.levels) for plan in self.plans)

    def channels(self, level: int) -> str:
        """Which channels a level has, over all cascades."""
        names = [str(p.levels[level].channel) for p in self.plans if level < len(p.levels)]
        return " / ".join(dict.fromkeys(names))
