"""The line of words at the bottom: what the scenario says, what just happened, or what one sees."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from sandbox.app.frame import Frame, LaneView, Phase
from sandbox.app.knobs import Outage
from sandbox.report.figures import span_text

_NOTICE_US: Final = 5_000_000


class Tone(IntEnum):
    """How a line is meant."""

    HINT = 0
    CAPTION = 1
    NOTICE = 2
    TROUBLE = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A line of words."""

    text: str
    tone: Tone


class Talk:
    """Keeps the answer to the last key for a while; a paused run keeps it until the next key."""

    def __init__(self) -> None:
        self._notice = ""
        self._left_us = 0

    def say(self, text: str) -> None:
        """Answer a key."""
        self._notice, self._left_us = text, _NOTICE_US

    def pass_time(self, wall_us: int) -> None:
        """Let wall time go by in which the run went on."""
        self._left_us -= wall_us
        if self._left_us <= 0:
            self._notice = ""

    def line(self, frame: Frame, broken: str = "") -> Line:
        """What to show: trouble, the answer, an outage by hand, the caption, or else a hint.

        Args:
            frame: The run.
            broken: What of the expectations does not hold; comes before a hint.
        """
        if frame.trouble:
            return Line(frame.trouble, Tone.TROUBLE)
        if self._notice:
            return Line(self._notice, Tone.NOTICE)
        if any(provider.is_out for provider in frame.providers):
            return Line(narration(frame), Tone.NOTICE)
        if frame.caption:
            return Line(frame.caption, Tone.CAPTION)
        if broken:
            return Line(broken, Tone.NOTICE)
        return Line(narration(frame), Tone.HINT)


def narration(frame: Frame) -> str:
    """What one sees, in a sentence."""
    for lane in frame.lanes:
        for nth in range(len(lane.providers)):
            told = _of_provider(frame, lane, nth)
            if told:
                return told
    if frame.phase is Phase.OVER:
        return "nothing is left to happen · enter explains a message · r runs it again"
    if frame.is_settled:
        return "only late receipts are still to come · enter explains a message · r runs it again"
    name = frame.providers[frame.lanes[0].provider].name
    return f"o breaks {name}: watch the crowd walk to the wall and fall"


def _of_provider(frame: Frame, lane: LaneView, nth: int) -> str:
    """What is odd about one of the providers of a lane; "" for nothing."""
    provider = frame.providers[lane.providers[nth]]
    name, via = provider.name, lane.state.via
    if provider.is_out:
        return _of_outage(
            frame, lane, name, via[nth] if via else lane.state.in_flight, provider.outage
        )
    if provider.faults:
        return f"fault {provider.faults[0]}: {name} does not do what it normally does"
    if provider.is_limited:
        limit = f" of {provider.limit}" if provider.limit else ""
        return f"{name} is over its limit{limit}: what is too much is turned away or waits"
    return ""


def _of_outage(frame: Frame, lane: LaneView, name: str, waiting: int, outage: Outage | None) -> str:
    beside = [frame.providers[at].name for at in lane.providers]
    after_it = beside[beside.index(name) + 1 :]
    on = after_it[0] if after_it else "nobody else" if lane.plan.is_last else _next(frame, lane)
    match outage:
        case Outage.REFUSES | Outage.THROTTLES:
            does = "refuses" if outage is Outage.REFUSES else "throttles"
            return f"{name} {does} everything: what it turns away goes to {on}"
        case Outage.SILENT:
            return f"{name} answers nothing: half of it arrives, and nobody here knows which half"
        case Outage.SLOW:
            return f"{name} takes a hundred times as long to answer: many give up on it first"
        case Outage.BLACK_HOLE | None:
            pass
    wait = "" if lane.plan.wait_us is None else f"{span_text(lane.plan.wait_us)} "
    after = "give up" if lane.plan.is_last else f"fall to {_next(frame, lane)}"
    return f"{name} is out: {waiting} messages wait {wait}for nothing, then {after}"


def _next(frame: Frame, lane: LaneView) -> str:
    for other in frame.lanes:
        if other.plan.plan == lane.plan.plan and other.plan.level == lane.plan.next_level:
            return str(other.plan.channel)
    return "the next level"
