"""Where every message is right now: one lane per level, for whoever draws them.

A lane is a level of a plan. A message enters it with its first submission there, and its place in
the lane is the time since; it leaves when it is delivered, falls to the next level, or ends. Where
levels begin together it is in several lanes at once, and falls out of each that closes. What
is in flight is kept as counters of small slices of time, not as a list of messages, so a picture of
twenty thousand messages costs no more than one of a few thousand.

Every message that entered a lane is in it, or left it in exactly one way:
`entered = in_flight + delivered_here + overtaken + fell + ended`.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Detail, Fact
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import SECOND_US, Channel, Outcome, Status
from sandbox.journal import entry

SLICES: Final = 256
"""A lane's span is cut into this many slices of time; about two for each column of a screen."""

TRACK_BITS: Final = 5
TRACKS: Final = 1 << TRACK_BITS
"""Messages of one slice are spread over this many tracks, so that they do not hide each other."""

FLASHES_KEPT: Final = 512
"""How many of the latest arrivals and departures are remembered."""

_ACCEPTED: Final = 1
_UNHEARD: Final = 2
_MARK_BITS: Final = 2
"""The lowest bits of a key."""

_COMMON_SCALE: Final = 6
"""Lanes share one scale as long as the longest wait is at most this many times the shortest."""

_SPREAD: Final = 2_654_435_761
"""An odd number near 2^32 over the golden ratio: neighbours land on tracks far apart."""


class FlashKind(StrEnum):
    """What just happened to a message in a lane."""

    DELIVERED = "delivered"
    FELL = "fell"
    ENDED = "ended"
    UNHEARD = "unheard"
    """Ended without being delivered, although the person has it (truth)."""


class Flash(NamedTuple):
    """One departure from a lane.

    Attributes:
        age_us: How long after the message entered the lane.
        track: Where across the lane it flew.
    """

    at_us: int
    lane: int
    age_us: int
    track: int
    kind: FlashKind


class Place(NamedTuple):
    """Where one message in flight is."""

    lane: int
    entered_at_us: int
    track: int
    is_accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LanePlan:
    """What a lane is, for the whole run.

    Attributes:
        next_level: Where a message goes from here: after the levels that begin together.
        is_last: There is none.
        wait_us: Where its wall stands; None: the level is left to receipts and the deadline.
        span_us: How much time the lane shows; a bit more than its wait.
        slice_us: The width of one counter.
    """

    plan: int
    level: int
    cascade: str
    channel: Channel
    providers: tuple[str, ...]
    next_level: int
    is_last: bool
    wait_us: int | None
    span_us: int
    slice_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneState:
    """A lane at one instant.

    Attributes:
        entered: Messages that submitted here.
        skipped: Messages that passed by because the recipient was not eligible, for quiet hours,
            or because the circuit of every provider was open.
        held: Messages that wait here for the end of quiet hours; they have not entered.
        delivered: Messages credited to this level, also those that had left it already.
        fell: Messages for which the level closed: mostly they went on to the next one.
        ended: Messages that ended here without being delivered.
        unheard: Of those that fell or ended, the ones the person had, though the receipt that would
            have said so was lost or could not be matched (truth).
        via: Where there are several providers, how many of those in flight each has, in the order
            of the plan; else empty.
        slices: Key -> count of the messages in flight; a copy, for `slice_of` and its like.
    """

    entered: int
    skipped: int
    held: int
    in_flight: int
    delivered: int
    fell: int
    ended: int
    unheard: int
    via: tuple[int, ...]
    slices: Mapping[int, int]

    @property
    def left(self) -> int:
        """How many have left the lane, whichever way."""
        return self.entered - self.in_flight


def slice_of(key: int) -> int:
    """The slice of time in which the messages of a key entered."""
    return key >> TRACK_BITS + _MARK_BITS


def track_of(key: int) -> int:
    """The track on which the messages of a key fly."""
    return key >> _MARK_BITS & TRACKS - 1


def is_accepted(key: int) -> bool:
    """Whether a provider has the messages of a key, or their answer was given up."""
    return bool(key & _ACCEPTED)


def is_unheard(key: int) -> bool:
    """Whether people have the messages of a key, and no receipt will say so (truth)."""
    return bool(key & _UNHEARD)


def track_for(message: int) -> int:
    """The track of a message, the same in every lane."""
    return message * _SPREAD >> 16 & TRACKS - 1


class _Lane:
    """The counters of one lane."""

    __slots__ = (
        "delivered",
        "delivered_here",
        "ended",
        "entered",
        "fell",
        "held",
        "in_flight",
        "overtaken",
        "skipped",
        "slices",
        "unheard",
        "via",
    )

    def __init__(self, providers: Sequence[str]) -> None:
        self.entered = self.skipped = self.in_flight = self.fell = self.ended = 0
        self.unheard = self.held = 0
        self.via = dict.fromkeys(providers, 0) if len(providers) > 1 else {}
        """Provider -> how many of those in flight it has."""
        self.delivered = 0
        self.delivered_here = 0
        """Of those delivered, the ones that were still in the lane."""
        self.overtaken = 0
        """Left because another level delivered: one before it after all, or one beside it."""
        self.slices: dict[int, int] = {}

    def add(self, key: int) -> None:
        self.slices[key] = self.slices.get(key, 0) + 1

    def remove(self, key: int) -> None:
        count = self.slices[key] - 1
        if count:
            self.slices[key] = count
        else:
            del self.slices[key]


class _Traveller:
    """One open message: its plan, when it entered each level, and the counter it stands in."""

    __slots__ = (
        "attempt",
        "entered_at",
        "first_lane",
        "held_in",
        "is_unheard",
        "key",
        "lane",
        "provider",
        "stranded",
    )

    def __init__(self, first_lane: int) -> None:
        self.first_lane = first_lane
        self.lane = -1
        self.held_in = -1
        """The lane before which it waits for the end of quiet hours; -1: none."""
        self.attempt = 0
        self.provider = ""
        self.key = 0
        self.is_unheard = False
        """The person has it, and no receipt will say so (truth)."""
        self.stranded: tuple[tuple[int, int | None], ...] = ()
        """Level and attempt, of those that brought no whole copy, whatever their receipts say."""
        self.entered_at: dict[int, int] = {}
        """Lane -> instant."""


_Handler = Callable[[int, int, int, int | None, Detail], None]
"""Takes instant, message, level, attempt and detail."""


class Lanes:
    """The fold."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        """Make empty lanes, those of the first plan first."""
        self.plans = lanes_of(plans)
        self.flashes: deque[Flash] = deque(maxlen=FLASHES_KEPT)
        """The latest departures, oldest first."""
        self._first_lane = {lane.cascade: i for i, lane in enumerate(self.plans) if not lane.level}
        self._lanes = [_Lane(lane.providers) for lane in self.plans]
        self._travellers: dict[int, _Traveller] = {}
        self._beside: dict[int, dict[int, _Traveller]] = {}
        """Message -> level -> who travels there, at levels that began beside the one before."""
        self._handlers: Mapping[str, _Handler] = {
            outputs.REQUESTED: self._on_requested,
            outputs.SKIPPED: self._on_skipped,
            outputs.HELD: self._on_held,
            outputs.SUBMITTED: self._on_submitted,
            outputs.ACCEPTED: self._on_taken,
            outputs.UNKNOWN: self._on_taken,
            outputs.RECEIPT: self._on_taken,
            outputs.JOINED: self._on_joined,
            outputs.CLOSED: self._on_closed,
            outputs.FELL_BACK: self._on_fell_back,
            outputs.FINISHED: self._on_finished,
            entry.FAILED_AT_PROVIDER: self._on_stranded,
            entry.PARTLY_REACHED_HANDSET: self._on_stranded,
            entry.RECEIPT_LOST: self._on_no_receipt,
            entry.RECEIPT_UNMATCHED: self._on_no_receipt,
        }

    def fold(self, facts: Iterable[Fact]) -> None:
        """Take in the next lines of the log."""
        handlers = self._handlers
        for _, at_us, message, level, attempt, kind, _, detail in facts:
            handler = handlers.get(kind)
            if handler is not None and message is not None and level is not None:
                handler(at_us, message, level, attempt, detail)

    def states(self) -> tuple[LaneState, ...]:
        """Every lane as it stands, in the order of `plans`."""
        return tuple(
            LaneState(
                entered=lane.entered,
                skipped=lane.skipped,
                held=lane.held,
                in_flight=lane.in_flight,
                delivered=lane.delivered,
                fell=lane.fell,
                ended=lane.ended,
                unheard=lane.unheard,
                via=tuple(lane.via.values()),
                slices=lane.slices.copy(),
            )
            for lane in self._lanes
        )

    def place_of(self, message: int) -> Place | None:
        """Where a message is, of several lanes in the first; None when it is not in flight."""
        traveller = next((t for t in self._all_of(message) if t.lane >= 0), None)
        if traveller is None:
            return None
        lane = traveller.lane
        accepted = is_accepted(traveller.key)
        return Place(lane, traveller.entered_at[lane], track_for(message), accepted)

    # Who travels -----------------------------------------------------------------------------

    def _all_of(self, message: int) -> list[_Traveller]:
        """A message in all its lanes; there are several only where levels run together."""
        first = self._travellers.get(message)
        beside = self._beside.get(message, {}) if self._beside else {}
        return [] if first is None else [first, *beside.values()]

    def _at(self, message: int, level: int) -> _Traveller | None:
        if self._beside and level in self._beside.get(message, ()):
            return self._beside[message][level]
        return self._travellers.get(message)

    # What happens ----------------------------------------------------------------------------

    def _on_requested(self, _: int, message: int, __: int, ___: int | None, detail: Detail) -> None:
        self._travellers[message] = _Traveller(self._first_lane[detail.text("cascade")])

    def _on_skipped(self, _: int, message: int, level: int, __: int | None, detail: Detail) -> None:
        if detail.text("provider"):  # one provider of several
            return
        self._lanes[self._travellers[message].first_lane + level].skipped += 1

    def _on_held(self, _: int, message: int, level: int, __: int | None, ___: Detail) -> None:
        traveller = self._at(message, level) or self._travellers[message]
        traveller.held_in = traveller.first_lane + level
        self._lanes[traveller.held_in].held += 1

    def _let_go(self, traveller: _Traveller) -> None:
        if traveller.held_in >= 0:
            self._lanes[traveller.held_in].held -= 1
            traveller.held_in = -1

    def _on_submitted(
        self, at_us: int, message: int, level: int, attempt: int | None, detail: Detail
    ) -> None:
        traveller = self._at(message, level) or self._travellers[message]
        self._let_go(traveller)
        lane_number = traveller.first_lane + level
        lane = self._lanes[lane_number]
        traveller.attempt = attempt or 0
        if lane.via:
            if traveller.lane == lane_number:
                lane.via[traveller.provider] -= 1
            traveller.provider = detail.text("provider")
            lane.via[traveller.provider] += 1
        if traveller.lane == lane_number:
            self._mark(traveller, traveller.key & ~_ACCEPTED)
            return
        traveller.lane = lane_number
        traveller.entered_at[lane_number] = at_us
        in_slice = at_us // self.plans[lane_number].slice_us
        traveller.key = (in_slice << TRACK_BITS | track_for(message)) << _MARK_BITS
        if traveller.is_unheard:
            traveller.key |= _UNHEARD
        lane.add(traveller.key)
        lane.entered += 1
        lane.in_flight += 1

    def _on_taken(self, _: int, message: int, level: int, attempt: int | None, __: Detail) -> None:
        traveller = self._at(message, level)
        if traveller is None:  # an answer that came, or was given up, after the outcome
            return
        is_current = traveller.lane == traveller.first_lane + level
        if is_current and attempt == traveller.attempt:
            self._mark(traveller, traveller.key | _ACCEPTED)

    def _on_joined(self, _: int, message: int, level: int, __: int | None, ___: Detail) -> None:
        first = self._travellers[message]
        beside = self._beside.setdefault(message, {})
        beside[level] = companion = _Traveller(first.first_lane)
        companion.is_unheard = first.is_unheard

    def _on_closed(self, at_us: int, message: int, level: int, _: int | None, __: Detail) -> None:
        traveller = self._at(message, level)
        if traveller is not None:
            self._fall(traveller, at_us, message)

    def _on_fell_back(self, at_us: int, message: int, _: int, __: int | None, ___: Detail) -> None:
        for traveller in self._all_of(message):
            self._fall(traveller, at_us, message)
        self._beside.pop(message, None)

    def _fall(self, traveller: _Traveller, at_us: int, message: int) -> None:
        self._let_go(traveller)
        if traveller.lane >= 0:  # else the level was skipped, and nothing fell out of it
            lane = self._lanes[traveller.lane]
            lane.fell += 1
            lane.unheard += traveller.is_unheard
            self._leave(traveller, at_us, message, FlashKind.FELL)

    def _on_finished(
        self, at_us: int, message: int, level: int, _: int | None, detail: Detail
    ) -> None:
        travellers = self._all_of(message)
        del self._travellers[message]
        self._beside.pop(message, None)
        for traveller in travellers:
            self._let_go(traveller)
        if detail.text("outcome") == Outcome.DELIVERED:
            self._deliver(travellers, at_us, message, travellers[0].first_lane + level)
            return
        for traveller in travellers:
            if traveller.lane >= 0:
                lane = self._lanes[traveller.lane]
                lane.ended += 1
                lane.unheard += traveller.is_unheard
                kind = FlashKind.UNHEARD if traveller.is_unheard else FlashKind.ENDED
                self._leave(traveller, at_us, message, kind)

    def _on_stranded(
        self, _: int, message: int, level: int, attempt: int | None, __: Detail
    ) -> None:
        traveller = self._travellers.get(message)
        if traveller is not None:
            traveller.stranded += ((level, attempt),)

    def _on_no_receipt(
        self, _: int, message: int, level: int, attempt: int | None, detail: Detail
    ) -> None:
        """A receipt that would have ended the waiting is lost, or matches nothing."""
        traveller = self._travellers.get(message)
        if traveller is None or detail.text("status") != Status.DELIVERED.word:
            return
        if (level, attempt) not in traveller.stranded:
            for each in self._all_of(message):
                each.is_unheard = True
                if each.lane >= 0:
                    self._mark(each, each.key | _UNHEARD)

    def _deliver(
        self, travellers: Sequence[_Traveller], at_us: int, message: int, credited: int
    ) -> None:
        self._lanes[credited].delivered += 1
        is_here = False
        entered_at_us = at_us
        for traveller in travellers:
            entered_at_us = traveller.entered_at.get(credited, entered_at_us)
            if traveller.lane == credited:
                is_here = True
                self._lanes[credited].delivered_here += 1
                self._leave(traveller, at_us, message, FlashKind.DELIVERED)
            elif traveller.lane >= 0:
                self._lanes[traveller.lane].overtaken += 1
                self._leave(traveller, at_us, message, None)
        if not is_here:
            age_us = at_us - entered_at_us
            kind = FlashKind.DELIVERED
            self.flashes.append(Flash(at_us, credited, age_us, track_for(message), kind))

    def _leave(
        self, traveller: _Traveller, at_us: int, message: int, kind: FlashKind | None
    ) -> None:
        number = traveller.lane
        lane = self._lanes[number]
        lane.remove(traveller.key)
        lane.in_flight -= 1
        if lane.via:
            lane.via[traveller.provider] -= 1
        if kind is not None:
            age_us = at_us - traveller.entered_at[number]
            self.flashes.append(Flash(at_us, number, age_us, track_for(message), kind))
        traveller.lane = -1

    def _mark(self, traveller: _Traveller, key: int) -> None:
        if key != traveller.key:
            lane = self._lanes[traveller.lane]
            lane.remove(traveller.key)
            lane.add(key)
            traveller.key = key


def lanes_of(plans: Sequence[Plan]) -> tuple[LanePlan, ...]:
    """One lane per level of every plan, with a scale that keeps all walls in sight."""
    lanes = []
    for number, plan in enumerate(plans):
        waits = [level.wait_us for level in plan.levels if level.wait_us is not None]
        longest = max(waits, default=plan.deadline_us or 60 * SECOND_US)
        is_common = not waits or longest <= _COMMON_SCALE * min(waits)
        for index, level in enumerate(plan.levels):
            own = longest if is_common or level.wait_us is None else level.wait_us
            span_us = own + own // 8
            lanes.append(
                LanePlan(
                    plan=number,
                    level=index,
                    cascade=plan.name,
                    channel=level.channel,
                    providers=level.providers,
                    next_level=plan.front_end(index),
                    is_last=plan.front_end(index) == len(plan.levels),
                    wait_us=level.wait_us,
                    span_us=span_us,
                    slice_us=max(span_us // SLICES, 1),
                )
            )
    return tuple(lanes)
