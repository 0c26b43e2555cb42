from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cascade import outputs
from sandbox.cascade.outputs import NOTHING, Detail, Fact, words
from sandbox.cascade.plan import Level, Plan
from sandbox.cascade.vocabulary import SECOND_US, Channel
from sandbox.drivers.virtual import run_virtual
from sandbox.journal import entry
from sandbox.report.lanes import (
    FLASHES_KEPT,
    TRACKS,
    Flash,
    FlashKind,
    Lanes,
    Place,
    is_accepted,
    is_unheard,
    lanes_of,
    slice_of,
    track_for,
    track_of,
)
from sandbox.scenario.loader import load
from sandbox.simulation.world import World
from tests.support.fronts import all_in_vain, both, whatsapp_first

OTP: Final = "otp"


def plan(*waits_s: int | None, name: str = OTP) -> Plan:
    """A plan with a level for each wait."""
    channels = ("sms", "whatsapp", "viber", "rcs")
    return Plan(
        name=name,
        levels=tuple(
            Level(
                channel=Channel(channel),
                providers=(channel,),
                wait_us=None if wait_s is None else wait_s * SECOND_US,
            )
            for channel, wait_s in zip(channels, waits_s, strict=False)
        ),
    )


class Log:
    """Writes the log of message 1 by hand, times in seconds."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []

    def add(
        self, at_s: float, kind: str, level: int, attempt: int | None, detail: Detail = NOTHING
    ) -> "Log":
        """Append a line."""
        at_us = round(at_s * SECOND_US)
        self.facts.append((len(self.facts) + 1, at_us, 1, level, attempt, kind, 0, detail))
        return self

    def request(self, at_s: float = 0) -> "Log":
        """The message arrives and is submitted on level 0."""
        self.add(at_s, outputs.REQUESTED, 0, None, words(cascade=OTP))
        return self.submit(at_s, 0)

    def submit(self, at_s: float, level: int, attempt: int = 1) -> "Log":
        """An attempt is handed over."""
        return self.add(at_s, outputs.SUBMITTED, level, attempt, words(channel="x", provider="x"))

    def accept(self, at_s: float, level: int, attempt: int = 1) -> "Log":
        """The provider takes it."""
        return self.add(at_s, outputs.ACCEPTED, level, attempt)

    def fall(self, at_s: float, entered: int) -> "Log":
        """The message goes on to a level and is submitted there."""
        self.add(at_s, outputs.FELL_BACK, entered, None, words(trigger="no_receipt"))
        return self.submit(at_s, entered)

    def finish(self, at_s: float, level: int, outcome: str = "delivered") -> "Log":
        """The message has its outcome."""
        return self.add(at_s, outputs.FINISHED, level, 1, words(outcome=outcome))

    def lanes(self, *waits_s: int | None) -> Lanes:
        """What the fold makes of it."""
        lanes = Lanes([plan(*(waits_s or (30, 45, 40)))])
        lanes.fold(self.facts)
        return lanes


def test_a_message_is_in_the_lane_it_was_submitted_to() -> None:
    """From its submission on, a message stands in the lane of its level."""
    lanes = Log().request(at_s=5).lanes()
    assert lanes.place_of(1) == Place(0, 5 * SECOND_US, track_for(1), is_accepted=False)
    assert [state.in_flight for state in lanes.states()] == [1, 0, 0]


def test_a_message_nobody_has_taken_yet_looks_different() -> None:
    """Until a provider accepts it, a message is marked as not accepted; a retry marks it again."""
    log = Log().request().accept(1, 0)
    place = log.lanes().place_of(1)
    assert place is not None
    assert place.is_accepted
    place = log.submit(2, 0, attempt=2).lanes().place_of(1)
    assert place is not None
    assert not place.is_accepted


def test_an_answer_of_an_earlier_attempt_does_not_count_for_the_current_one() -> None:
    """Only the attempt under way decides how a message is marked."""
    place = Log().request().submit(2, 0, attempt=2).accept(3, 0, attempt=1).lanes().place_of(1)
    assert place is not None
    assert not place.is_accepted


def test_a_fall_leaves_one_lane_and_enters_the_next() -> None:
    """A switch counts as fallen above and as entered below, and flashes where it happened."""
    lanes = Log().request().accept(1, 0).fall(31, 1).lanes()
    above, below, _ = lanes.states()
    assert (above.entered, above.in_flight, above.fell) == (1, 0, 1)
    assert (below.entered, below.in_flight) == (1, 1)
    at_us = 31 * SECOND_US
    assert list(lanes.flashes) == [Flash(at_us, 0, at_us, track_for(1), FlashKind.FELL)]


def test_time_in_a_lane_begins_anew_after_a_fall() -> None:
    """The age of a message counts from when it entered the lane, not from its request."""
    lanes = Log().request().fall(31, 1).finish(33, 1).lanes()
    assert lanes.flashes[-1].age_us == 2 * SECOND_US


def test_a_delivered_message_is_credited_and_gone() -> None:
    """A delivery empties the place and counts for its lane."""
    lanes = Log().request().accept(1, 0).finish(4, 0).lanes()
    assert lanes.place_of(1) is None
    state = lanes.states()[0]
    assert (state.in_flight, state.delivered, state.left) == (0, 1, 1)
    assert lanes.flashes[-1].kind is FlashKind.DELIVERED


def test_a_late_success_is_credited_to_the_level_that_delivered() -> None:
    """A message delivered by a level it had left counts there, and just leaves where it is."""
    lanes = Log().request().accept(1, 0).fall(31, 1).finish(40, 0).lanes()
    above, below, _ = lanes.states()
    assert (above.delivered, above.fell) == (1, 1)
    assert (below.delivered, below.in_flight, below.left) == (0, 0, 1)
    assert lanes.flashes[-1] == Flash(
        40 * SECOND_US, 0, 40 * SECOND_US, track_for(1), FlashKind.DELIVERED
    )


def test_a_message_that_ends_undelivered_is_marked_where_it_ended() -> None:
    """Exhausted, stopped and expired messages count as ended in their lane."""
    lanes = Log().request().finish(9, 0, outcome="stopped").lanes()
    assert lanes.states()[0].ended == 1
    assert lanes.flashes[-1].kind is FlashKind.ENDED


def test_a_skipped_level_is_never_entered() -> None:
    """Who is not eligible passes by: counted as skipped, not as entered or fallen."""
    log = Log()
    log.add(0, outputs.REQUESTED, 0, None, words(cascade=OTP))
    log.add(0, outputs.SKIPPED, 0, None, words(reason="no_sms"))
    lanes = log.fall(0, 1).lanes()
    above, below, _ = lanes.states()
    assert (above.entered, above.skipped, above.fell) == (0, 1, 0)
    assert (below.entered, below.in_flight) == (1, 1)
    assert not lanes.flashes


def test_a_message_that_skips_every_level_was_in_no_lane() -> None:
    """A message without any eligible level ends without having been anywhere."""
    log = Log()
    log.add(0, outputs.REQUESTED, 0, None, words(cascade=OTP))
    log.add(0, outputs.SKIPPED, 0, None, words(reason="no_sms"))
    lanes = log.finish(0, 0, outcome="exhausted").lanes()
    assert all(state.left == 0 and state.ended == 0 for state in lanes.states())


def test_news_after_the_outcome_moves_nothing() -> None:
    """An answer that is given up after the outcome is no reason to look for the message."""
    log = Log().request().finish(4, 0)
    log.add(10, outputs.UNKNOWN, 0, 1)
    assert log.lanes().place_of(1) is None


NO_NEWS: Final = words(status="delivered")


def _marked(log: "Log") -> list[bool]:
    """Of every message in flight, whether the person has it and no receipt will say so."""
    return [is_unheard(key) for state in log.lanes().states() for key in state.slices]


@pytest.mark.parametrize("kind", [entry.RECEIPT_LOST, entry.RECEIPT_UNMATCHED])
def test_who_has_it_while_the_engine_waits_is_marked(kind: str) -> None:
    """A lost or unmatched delivered receipt shows in the lane, and again in the next one."""
    log = Log().request()
    assert _marked(log) == [False]
    log.add(5, kind, 0, 1, NO_NEWS)
    assert _marked(log) == [True]
    log.add(6, outputs.ACCEPTED, 0, 1)
    assert _marked(log) == [True]
    log.add(30, outputs.FELL_BACK, 1, None).submit(30, 1)
    assert _marked(log) == [True]
    states = log.lanes().states()
    assert [state.unheard for state in states] == [1, 0, 0]
    log.finish(60, 1, "exhausted")
    lanes = log.lanes()
    assert [state.unheard for state in lanes.states()] == [1, 1, 0]
    assert lanes.flashes[-1].kind is FlashKind.UNHEARD


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        (entry.FAILED_AT_PROVIDER, words(status="filtered")),
        (entry.PARTLY_REACHED_HANDSET, Detail({"arrived": 1, "segments": 2})),
    ],
)
def test_who_never_got_it_whole_is_not_marked(kind: str, detail: Detail) -> None:
    """The lost receipt of a message that did not arrive hides nothing."""
    log = Log().request().add(4, kind, 0, 1, detail)
    assert _marked(log.add(5, entry.RECEIPT_LOST, 0, 1, NO_NEWS)) == [False]
    other = Log().request().add(5, entry.RECEIPT_LOST, 0, 1, words(status="sent"))
    assert _marked(other) == [False]


def test_where_the_traffic_goes_is_counted_by_provider() -> None:
    """A level with several providers tells which of them has its messages now."""
    two = Plan(
        name=OTP,
        levels=(Level(channel=Channel("sms"), providers=("main", "spare"), wait_us=SECOND_US),),
    )
    lanes = Lanes([two])
    for message in (1, 2):
        lanes.fold([(1, 0, message, 0, None, outputs.REQUESTED, 0, words(cascade=OTP))])
        lanes.fold([(2, 0, message, 0, 1, outputs.SUBMITTED, 0, words(provider="main"))])
    assert lanes.states()[0].via == (2, 0)
    lanes.fold([(3, 1, 1, 0, 2, outputs.SUBMITTED, 0, words(provider="spare"))])
    assert lanes.states()[0].via == (1, 1)
    lanes.fold([(4, 2, 2, 0, 1, outputs.FINISHED, 0, words(outcome="delivered"))])
    assert lanes.states()[0].via == (0, 1)
    assert Lanes([plan(30)]).states()[0].via == ()


def test_lanes_of_similar_waits_share_a_scale() -> None:
    """Walls of 30, 45 and 40 seconds stand on one scale, a bit wider than the longest."""
    spans = {lane.span_us for lane in lanes_of([plan(30, 45, 40)])}
    assert len(spans) == 1
    assert spans.pop() > 45 * SECOND_US


def test_lanes_of_very_different_waits_have_scales_of_their_own() -> None:
    """A wait of half a minute is not squeezed into one column by a wait of an hour."""
    short, long = lanes_of([plan(30, 3600)])
    assert short.span_us < 60 * SECOND_US
    assert long.span_us > 3600 * SECOND_US


def test_a_level_without_a_wait_has_no_wall_but_a_scale() -> None:
    """Where nothing ends the wait, the lane is as long as the longest wait, or as the deadline."""
    without, other = lanes_of([plan(None, 30)])
    assert without.wait_us is None
    assert without.span_us == other.span_us
    assert lanes_of([plan(None)])[0].span_us > 600 * SECOND_US


def test_only_the_latest_flashes_are_kept() -> None:
    """However long a run is, what just happened is a short list."""
    lanes = Lanes([plan(30)])
    for message in range(1, FLASHES_KEPT + 50):
        where = (message, 0)
        lanes.fold(
            [
                (1, message, *where, None, outputs.REQUESTED, 0, words(cascade=OTP)),
                (2, message, *where, 1, outputs.SUBMITTED, 0, NOTHING),
                (3, message, *where, 1, outputs.FINISHED, 0, words(outcome="delivered")),
            ]
        )
    assert len(lanes.flashes) == FLASHES_KEPT
    assert lanes.flashes[-1].at_us == FLASHES_KEPT + 49


def test_neighbours_do_not_hide_each_other() -> None:
    """Messages of one moment are spread over nearly all tracks."""
    assert len({track_for(message) for message in range(1, TRACKS + 1)}) > TRACKS // 2


WORLD: Final = """\
schema: 1
cascades:
  otp:
    deadline: 100s
    levels:
      - {channel: sms, wait: 20s, retries: {max: 2}}
      - {channel: whatsapp, wait: 30s, submit_timeout: 2s}
      - {channel: viber, wait: 25s}
  other: [viber, sms]
providers:
  sms: {submit: {outcomes: {accepted: rest, refused.temporary: 20%, timeout.accepted: 10%}}}
  whatsapp: {receipts: {lost: 40%}, delivery: {time: {lognormal: {p50: 10s, p95: 60s}}}}
load: [{poisson: 6/s, for: 40s, cascade: otp}, {burst: 60, at: 10s, cascade: other}]
"""


@pytest.fixture(scope="module")
def log() -> list[Fact]:
    """A run with retries, skips, lost receipts, late successes and two cascades."""
    scenario = load(WORLD)
    return [fact for piece in run_virtual(World(scenario.world)) for fact in piece]


def _folded(facts: Sequence[Fact]) -> Lanes:
    lanes = Lanes(load(WORLD).world.plans)
    lanes.fold(facts)
    return lanes


@given(share=st.floats(0, 1))
def test_everybody_is_somewhere_exactly_once(log: list[Fact], share: float) -> None:
    """At any moment, who entered a lane is still in it or left it in exactly one way."""
    facts = log[: int(len(log) * share)]
    lanes = _folded(facts)
    open_messages = Counter(f[2] for f in facts if f[5] == outputs.REQUESTED)
    open_messages -= Counter(f[2] for f in facts if f[5] == outputs.FINISHED)
    for state, lane in zip(lanes.states(), lanes._lanes, strict=True):
        ways_out = lane.delivered_here + lane.overtaken + lane.fell + lane.ended
        assert state.entered == state.in_flight + ways_out
        assert sum(state.slices.values()) == state.in_flight
        assert all(count > 0 for count in state.slices.values())
    places = [lanes.place_of(message) for message in open_messages if message is not None]
    assert sum(place is not None for place in places) == sum(s.in_flight for s in lanes.states())


def test_when_all_is_quiet_the_lanes_are_empty(log: list[Fact]) -> None:
    """Nothing is left behind: no message, no counter, nobody to look for."""
    lanes = _folded(log)
    assert all(state.in_flight == 0 and state.slices == {} for state in lanes.states())
    assert not lanes._travellers
    delivered = sum(f[5] == outputs.FINISHED and f[7].text("outcome") == "delivered" for f in log)
    assert sum(state.delivered for state in lanes.states()) == delivered


def test_the_pieces_of_the_log_do_not_show(log: list[Fact]) -> None:
    """Folded at once or line by line, the lanes are the same."""
    half = log[: len(log) // 2]
    piecewise = Lanes(load(WORLD).world.plans)
    for fact in half:
        piecewise.fold([fact])
    assert piecewise.states() == _folded(half).states()


def test_a_counter_tells_when_where_and_whether_accepted(log: list[Fact]) -> None:
    """The key of a counter holds its slice of time, its track and whether a provider has it."""
    lanes = _folded(log[: len(log) // 2])
    for plan_of_lane, state in zip(lanes.plans, lanes.states(), strict=True):
        for key in state.slices:
            assert 0 <= track_of(key) < TRACKS
            assert slice_of(key) * plan_of_lane.slice_us <= log[len(log) // 2][1]
            assert is_accepted(key) in {True, False}


def test_a_level_is_skipped_once_however_many_providers_are_passed_over() -> None:
    """S22: a provider whose circuit is open is no level."""
    log = Log()
    log.add(0, outputs.REQUESTED, 0, None, words(cascade=OTP))
    for provider in ("sms", "backup"):
        log.add(0, outputs.SKIPPED, 0, None, words(reason="circuit open", provider=provider))
    log.add(0, outputs.SKIPPED, 0, None, words(reason="circuit open"))
    assert log.lanes().states()[0].skipped == 1


@pytest.mark.parametrize(
    ("then", "held"),
    [
        (lambda log: log, 1),
        (lambda log: log.submit(9, 0), 0),
        (lambda log: log.fall(9, 1), 0),
        (lambda log: log.finish(9, 0, "expired"), 0),
    ],
)
def test_who_is_held_waits_in_front_of_the_lane(then: Callable[[Log], Log], held: int) -> None:
    """S19: counted apart until it goes out, goes on or ends; in no lane meanwhile."""
    log = Log().add(0, outputs.REQUESTED, 0, None, words(cascade=OTP))
    log.add(0, outputs.HELD, 0, None, Detail({"until_us": 9 * SECOND_US}))
    before = log.lanes()
    assert before.place_of(1) is None
    assert [state.held for state in before.states()] == [1, 0, 0]
    assert [state.entered for state in before.states()] == [0, 0, 0]
    assert then(log).lanes().states()[0].held == held


def test_a_message_of_a_front_stands_in_both_lanes() -> None:
    """S25: it falls out of each that closes; the one beside a success is overtaken."""
    lanes = Lanes([both()])
    facts = whatsapp_first()
    end = next(n for n, fact in enumerate(facts) if fact[5] == outputs.FINISHED)
    lanes.fold(facts[:end])
    assert [state.in_flight for state in lanes.states()] == [1, 1, 0]
    place = lanes.place_of(1)
    assert place is not None
    assert place.lane == 0
    lanes.fold(facts[end:])
    assert [(s.in_flight, s.delivered, s.fell, s.ended) for s in lanes.states()] == [
        (0, 0, 0, 0), (0, 1, 0, 0), (0, 0, 0, 0),
    ]  # fmt: skip
    lanes = Lanes([both()])
    lanes.fold(all_in_vain())
    assert [(s.entered, s.in_flight, s.fell, s.ended) for s in lanes.states()] == [
        (1, 0, 1, 0), (1, 0, 1, 0), (1, 0, 0, 1),
    ]  # fmt: skip
