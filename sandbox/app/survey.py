"""A recording gone through once: where its events are, how it went over time, what marks it.

    survey = Survey(recording)
    while not survey.go_on(4096): ...
    chart = survey.chart(columns=120)

Only the world is turned here, a third of what a session costs; it may be done in another thread.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple

from sandbox.app.replaying import Goal, Recording
from sandbox.cascade import outputs
from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import Outcome
from sandbox.report.page.tally import Bins, last_shown_us
from sandbox.report.plain import plain
from sandbox.simulation.world import World

_WORDS_MAX: Final = 120

_BINS: Final = 4096
"""Of each line of time: more than a screen has columns."""


class Sort(StrEnum):
    """What a mark stands for."""

    FAULT_BEGAN = "fault began"
    FAULT_ENDED = "fault ended"
    CHANGE = "change"
    ACT = "act"
    CAPTION = "caption"
    BOOKMARK = "bookmark"


class Mark(NamedTuple):
    """Something on the line of time.

    Attributes:
        words: What it is, fit to be shown.
    """

    at_us: int
    sort: Sort
    words: str


def marks_of(recording: Recording) -> list[Mark]:
    """All marks of a recording that are known without running it, in order of time.

    What would come after its end is left out.
    """
    marks = [mark for mark in _marks(recording) if mark.at_us <= recording.end_us]
    return sorted(marks, key=lambda mark: mark.at_us)


def _marks(recording: Recording) -> Iterator[Mark]:
    scenario = recording.as_it_was
    for fault in scenario.world.faults:
        name = plain(fault.id, _WORDS_MAX)
        yield Mark(fault.at_us, Sort.FAULT_BEGAN, f"fault {name} begins")
        yield Mark(fault.at_us + fault.for_us, Sort.FAULT_ENDED, f"fault {name} ends")
    for hand in scenario.world.by_hand:
        value = "as in the scenario" if hand.change is None else hand.change.text
        told = plain(f"{hand.provider} {hand.path}: {value}", _WORDS_MAX)
        yield Mark(hand.at_us, Sort.CHANGE, told)
    for act in scenario.world.acts:
        whom = act.name or f"m{act.message}"
        yield Mark(act.at_us, Sort.ACT, plain(f"{act.act.value} {whom}", _WORDS_MAX))
    for caption in scenario.captions:
        yield Mark(caption.at_us, Sort.CAPTION, plain(caption.say, _WORDS_MAX))


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """How a run went, a value for each column.

    Attributes:
        delivered: Of the messages that ended in a column, the share that was delivered; None where
            none ended.
        in_flight: How many messages had no outcome at the end of a column.
    """

    delivered: tuple[Fraction | None, ...]
    in_flight: tuple[int, ...]


class Survey:
    """The events and the figures of a run, gathered piece by piece."""

    def __init__(self, recording: Recording) -> None:
        """Stand at the beginning."""
        self._end_us = recording.end_us
        self._world = World(recording.as_it_was.world)
        self._lines = array("I")
        """By event: the number of its last line."""
        self._instants = array("q")
        """By event: when it happened."""
        self._requested = Bins(_BINS)
        self._delivered = Bins(_BINS)
        self._undelivered = Bins(_BINS)
        self._chart: tuple[int, Chart] | None = None
        """The latest chart, for so many columns; every picture asks for it."""
        self.is_done = False
        self.shown_us = self._end_us
        """Where a line of time may end: not much after nearly all has happened.

        Late receipts may drag a run on for days; what comes after this is at the very end.
        """

    def go_on(self, events: int) -> bool:
        """Look at some more events; whether those were the last."""
        world, end_us = self._world, self._world.spec.end_us
        lines, instants = self._lines, self._instants
        for _ in range(events):
            facts = world.advance(end_us, 1)
            if not facts:
                lines_of_time = (self._requested, self._delivered, self._undelivered)
                self.shown_us = min(last_shown_us(lines_of_time, self._end_us), self._end_us)
                self.is_done = True
                return True
            lines.append(facts[-1][0])
            instants.append(facts[-1][1])
            self._fold(facts)
        return False

    def _fold(self, facts: list[Fact]) -> None:
        for _, at_us, _, _, _, kind, _, detail in facts:
            if kind == outputs.REQUESTED:
                self._requested.add(at_us, 1)
            elif kind == outputs.FINISHED:
                is_good = detail.text("outcome") == Outcome.DELIVERED
                (self._delivered if is_good else self._undelivered).add(at_us, 1)

    @property
    def progress(self) -> Fraction:
        """How much of the run has been looked at: 0 to 1."""
        if self.is_done or not self._end_us:
            return Fraction(1)
        return min(Fraction(self._world.now, self._end_us), Fraction(1))

    @property
    def event_count(self) -> int:
        """Events seen so far; all of them when it is done."""
        return len(self._lines)

    def event_at(self, line_count: int) -> int:
        """How many events had happened when the log had so many lines."""
        return bisect_right(self._lines, line_count)

    def event_before(self, line_count: int) -> Goal | None:
        """Where one event less has happened than when the log had so many lines.

        Returns:
            None at the beginning.
        """
        nth = self.event_at(line_count) - 2
        if nth < -1:
            return None
        return Goal(0, 0) if nth < 0 else Goal(self._instants[nth], self._lines[nth])

    def chart(self, columns: int) -> Chart:
        """The run in so many columns of time, up to `shown_us`; what comes later is in the last.

        To be asked for when the survey is done.
        """
        if self._chart is None or self._chart[0] != columns:
            self._chart = (columns, self._charted(columns))
        return self._chart[1]

    def _charted(self, columns: int) -> Chart:
        width_us = column_us(self.shown_us, columns)
        requested, delivered, undelivered = (
            bins.spread(width_us, columns)
            for bins in (self._requested, self._delivered, self._undelivered)
        )
        in_flight, open_now = [], 0
        shares: list[Fraction | None] = []
        for asked, good, bad in zip(requested, delivered, undelivered, strict=True):
            open_now += asked - good - bad
            in_flight.append(open_now)
            shares.append(Fraction(good, good + bad) if good + bad else None)
        return Chart(delivered=tuple(shares), in_flight=tuple(in_flight))


def column_us(end_us: int, columns: int) -> int:
    """How much time a column stands for; the end is in the last one.

    Args:
        end_us: The last instant.
        columns: How many there are.
    """
    return max(end_us, 0) // max(columns, 1) + 1
