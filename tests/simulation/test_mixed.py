"""Providers outside: what leaves, what is heard, and that all else is the simulated world's."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cascade.circuit import Breaker
from sandbox.cascade.events import OrphanReceived, Reason, ReceiptReceived, SubmitAnswered
from sandbox.cascade.outputs import Fact, Recall, Submit
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import (
    Act,
    LateSuccess,
    OnUnknown,
    Origin,
    ReasonClass,
    RecallResult,
    Status,
)
from sandbox.drivers.retraced import LiveAct, LiveSwitch, run_retraced
from sandbox.errors import MisuseError
from sandbox.journal.entry import WORLD_KINDS
from sandbox.journal.replay import replay
from sandbox.report.lanes import Lanes
from sandbox.report.laws import Laws
from sandbox.report.metrics import Metrics
from sandbox.report.timeline import message_results
from sandbox.report.trace import Trace
from sandbox.simulation.mixed import Heard, MixedWorld
from sandbox.simulation.spec import Burst, WorldSpec
from sandbox.simulation.world import World
from tests.laws.generated import many
from tests.laws.generated_worlds import worlds
from tests.support.hand import BUSY, NO_CREDIT, NOBODY, level, plan, us
from tests.support.vendor import Played, Said, answers, delivers, gives_back, tells
from tests.support.worlds import (
    always,
    kinds,
    lines,
    mixed,
    provider,
    run,
    submits,
    told_world,
    world,
)

TWO: Final = plan(level(wait=30), level("whatsapp", wait=30), deadline=200)
OUT: Final = "0 knob_changed sms adapter real"


def spec(*plans: Plan, load: Any = 1, **more: Any) -> WorldSpec:
    """A small world of sms and whatsapp."""
    return world(plans or TWO, provider(), provider("whatsapp"), load=load, **more).spec


def judged(played: Played, *, quiet: bool = True) -> Sequence[str]:
    """Every fold takes the log, it replays and can be retraced; gives the laws that are broken."""
    its, facts = played.spec, played.facts
    laws = Laws(its.plans, its.breakers)
    metrics = Metrics(its.plans, {p.name: p.channel for p in its.providers}, "EUR", 0)
    lanes, trace = Lanes(its.plans), Trace()
    for begin in range(0, len(facts), 3):
        piece = facts[begin : begin + 3]
        laws.watch(piece)
        metrics.fold(piece)
        lanes.fold(piece)
        assert all(trace.lines(piece))
    laws.finish(quiet=quiet)
    assert list(message_results(facts, its.plans, {}))
    assert replay(facts, its.plans, its.breakers) is None
    again = run_retraced(MixedWorld(its, played.outside), played.deeds, facts[-1][0])
    assert [fact for piece in again for fact in piece] == facts
    return [f"{broken.law}: {broken.text} ({broken.seq})" for broken in laws.violations]


# Inside ------------------------------------------------------------------------------------------


def test_without_providers_outside_it_is_the_simulated_world() -> None:
    """Byte for byte, and nothing is to be carried out."""
    its = MixedWorld(mixed().spec)
    assert run(its) == run(mixed())
    assert its.take_commands() == []
    assert its.outside == ()


@many(40)
@given(worlds())
def test_any_world_without_providers_outside_is_the_simulated_one(its: World) -> None:
    """Whatever happens in it."""
    assert run(MixedWorld(its.spec)) == run(its)


def test_a_stranger_cannot_be_outside() -> None:
    """A driver that names no provider is told so."""
    with pytest.raises(MisuseError, match="no provider 'pigeon'"):
        MixedWorld(spec(), frozenset({"sms", "pigeon"}))


# Out and in --------------------------------------------------------------------------------------


def test_a_submission_leaves_and_its_answer_and_receipt_come_in() -> None:
    """The log is the one of a simulated message, without truth."""
    played = Played(spec(), {"sms"}).until()
    assert played.commands == [Submit(1, 0, 1, 1, "sms", None, us(10), 3)]
    assert [told_world(fact) for fact in played.facts] == [
        OUT,
        "0 requested 0",
        "0 submitted 0.1 sms",
        "1 accepted 0.1",
        "6 receipt 0.1 delivered",
        "6 finished 0.1 delivered",
    ]
    assert [fact[6] for fact in played.facts] == [0, 0, 2, 3, 4, 5]
    assert played.world.awaited == ()
    assert judged(played) == []


def test_of_two_channels_one_is_simulated() -> None:
    """SMS fails outside, WhatsApp delivers inside, with its truth."""

    def says(command: Submit | Recall) -> Iterator[Said]:
        assert isinstance(command, Submit)
        yield answers(command, Status.REFUSED, NOBODY)

    played = Played(spec(), {"sms"}, says).until()
    assert lines(played.facts) == [
        "0 requested 0",
        "0 submitted 0.1 sms",
        "1 refused 0.1 131026",
        "1 fell_back 1 refused",
        "1 submitted 1.1 whatsapp",
        "2 accepted 1.1",
        "6 reached_handset 1.1",
        "7 receipt 1.1 delivered",
        "7 finished 1.1 delivered",
    ]
    assert judged(played) == []


def test_what_a_retry_draws_is_what_the_simulation_would_draw() -> None:
    """The luck of the event plays no part, so that a rehearsal retries when the simulation does."""
    retries = level(retries=1)

    def says(command: Submit | Recall) -> Iterator[Said]:
        assert isinstance(command, Submit)
        yield answers(command, Status.REFUSED, BUSY, luck=7)

    its = provider(
        submit_outcomes=submits(refused_temporary=100), reasons=(always("refused.temporary", BUSY),)
    )
    bad = world(plan(retries), its, seed=5)
    inside = run(bad)
    outside = Played(bad.spec, {"sms"}, says).until()
    lucks = [
        [f[7].number("luck") for f in facts if f[5] == "refused"]
        for facts in (inside, outside.facts)
    ]
    assert lucks[0] == lucks[1]
    assert len(set(lucks[0])) == 2
    assert judged(outside) == []


def test_a_lost_connection_is_doubt_at_once_and_silence_is_given_up() -> None:
    """S21: unknown when somebody says so; otherwise when nobody listens any more, and once."""

    def says(command: Submit | Recall) -> Iterator[Said]:
        assert isinstance(command, Submit)
        lost_after = {1: 2, 2: 10, 3: 11}[command.message]
        yield answers(command, Status.UNKNOWN, after=lost_after)
        if command.message == 3:
            yield answers(command, Status.ACCEPTED, after=12)
            yield tells(command, Status.DELIVERED, 14)

    played = Played(spec(load=3), {"sms", "whatsapp"}, says).until()
    for message, at in ((1, 2), (2, 10), (3, 10)):
        its = [line for line in lines(played.facts, message) if "0.1" in line]
        assert f"{at} unknown 0.1" in its
        assert sum("unknown" in line for line in its) == 1
    assert "12 ignored 0.1 accepted no answer was awaited" in lines(played.facts, 3)
    assert "14 finished 0.1 delivered" in lines(played.facts, 3)
    assert judged(played) == []


@pytest.mark.parametrize("on_unknown", list(OnUnknown))
@pytest.mark.parametrize("origin", list(Origin))
def test_doubt_follows_the_plan(on_unknown: OnUnknown, origin: Origin) -> None:
    """S12, S21: wait, resend under the same key, or next, outside as inside."""
    its = plan(
        level(retries=1, on_unknown=on_unknown, origin=origin, wait=20),
        level("whatsapp"), deadline=90,
    )  # fmt: skip

    def says(command: Submit | Recall) -> Iterator[Said]:
        assert isinstance(command, Submit)
        yield answers(command, Status.UNKNOWN, after=3)

    played = Played(spec(its), {"sms"}, says).until()
    keys = [(c.attempt, c.key) for c in played.commands if isinstance(c, Submit)]
    assert keys == ([(1, 1), (2, 1)] if on_unknown is OnUnknown.RESEND else [(1, 1)])
    assert judged(played) == []


def test_circuits_codes_deadlines_and_segments_outside() -> None:
    """S18, S22, S30, S33: what the engine knows of a provider outside decides as ever."""
    text = "a" * 300
    its = plan(level(text=text, wait=20, retries=2), level("whatsapp", wait=20), deadline=25)
    breakers = {"sms": Breaker(open_after=2, for_us=us(60))}

    def says(command: Submit | Recall) -> Iterator[Said]:
        assert isinstance(command, Submit)
        if command.message == 1:
            yield answers(command, Status.ACCEPTED)
            yield tells(command, Status.DELIVERED, 2, segment=1)
            yield tells(command, Status.DELIVERED, 3, segment=2, segments=2)
        elif command.message == 2:
            yield answers(command, Status.ACCEPTED, after=4)
            yield tells(command, Status.DELIVERED, 90)
        else:
            yield answers(command, Status.REFUSED, NO_CREDIT, after=5)

    loads = [Burst(plan=0, at_us=us(at), count=1) for at in (0, 1, 2, 30)]
    base = spec(its, load=loads)
    base = replace(
        base, providers=tuple(replace(p, breaker=breakers.get(p.name)) for p in base.providers)
    )
    played = Played(base, {"sms", "whatsapp"}, says).until()
    assert "2 segment_receipt 0.1 delivered" in lines(played.facts, 1)
    assert "3 finished 0.1 delivered" in lines(played.facts, 1)
    assert "circuit" in kinds(played.facts)
    assert any("late_receipt 0.1 delivered" in line for line in lines(played.facts, 2))
    assert judged(played) == []


def test_a_recall_leaves_and_its_result_is_heard_once() -> None:
    """S23, S24: what is in flight outside is called back by whoever has it."""
    its = plan(level(wait=5), level("whatsapp", wait=30), late_success=LateSuccess.CANCEL_NEXT)

    def says(command: Submit | Recall) -> Iterator[Said]:
        if isinstance(command, Recall):
            yield gives_back(command)
            yield gives_back(command, RecallResult.TOO_LATE)
            return
        yield answers(command, Status.ACCEPTED)
        if command.provider == "sms":
            yield tells(command, Status.DELIVERED, 9)

    played = Played(spec(its), {"sms", "whatsapp"}, says).until()
    recalls = [command for command in played.commands if isinstance(command, Recall)]
    assert [recall[:4] for recall in recalls] == [(1, 1, 1, "whatsapp")]
    assert lines(played.facts)[-2:] == ["9 finished 0.1 delivered", "9.5 recalled 1.1 recalled"]
    assert judged(played) == []


def test_a_code_is_entered_by_hand() -> None:
    """S33: nobody sees a person type, but an act says that somebody did."""
    its = plan(level(wait=20), stops_on_verified=True, code_lifetime_us=us(50))
    played = Played(spec(its), {"sms"})
    played.until(us(8))
    played.on(played.world.act(1, Act.VERIFIED, us(8)))
    played.deeds.append(LiveAct(*played.facts[-1][:2], 1, Act.VERIFIED))
    assert lines(played.until().facts)[-1].startswith("8 finished 0.1 delivered")
    assert judged(played) == []


# What nobody expects -----------------------------------------------------------------------------


def test_a_receipt_of_what_never_went_outside_is_an_orphan() -> None:
    """S7: kept, counted, never acted on; neither is what nobody could count."""
    played = Played(spec(), {"whatsapp"}).until(us(3))
    for where in ((1, 0, 1), (1, 1, 1), (9, 0, 1)):
        (said,) = played.hear(ReceiptReceived(*where, Status.FAILED, NOBODY), us(3))
        assert said[5:] == ("orphan_receipt", 0, said[7])
    (said,) = played.hear(OrphanReceived("whatsapp", Status.DELIVERED, None, 7), us(3))
    assert said[7].fields == {"provider": "whatsapp", "status": "delivered", "owed_nano": 7}
    assert judged(played.until()) == []
    assert lines(played.facts)[-1] == "6 finished 0.1 delivered"


@pytest.mark.parametrize("segment", [-1, 256, 10**9])
def test_a_segment_no_text_has_is_an_orphan(segment: int) -> None:
    """A number from the network decides nothing and fills no memory."""
    played = Played(spec(), {"sms"}).until(us(2))
    said = played.hear(ReceiptReceived(1, 0, 1, Status.DELIVERED, segment=segment), us(2))
    assert kinds(said) == ["orphan_receipt"]
    assert judged(played.until()) == []


def test_news_twice_and_an_unknown_segment_count() -> None:
    """S5: the second is ignored; who does not say how many segments there are means ours."""
    its = plan(level(text="a" * 300))
    played = Played(spec(its), {"sms"}, lambda _: ()).until(us(1))
    heard: list[Heard] = [
        SubmitAnswered(1, 0, 1, Status.ACCEPTED, NOBODY, 5),
        SubmitAnswered(1, 0, 1, Status.ACCEPTED),
        ReceiptReceived(1, 0, 1, Status.SENT, NOBODY),
        ReceiptReceived(1, 0, 1, Status.SENT),
        ReceiptReceived(1, 0, 1, Status.DELIVERED, segment=1),
        ReceiptReceived(1, 0, 1, Status.DELIVERED, segment=3),
    ]
    said = [kinds(played.hear(event, us(1))) for event in heard]
    assert said == [
        ["accepted"], ["ignored"], ["receipt"], ["ignored"], ["segment_receipt"],
        ["segment_receipt"],
    ]  # fmt: skip
    assert {fact[1] for fact in played.facts[3:]} == {us(1)}
    assert judged(played.until()) == []


def test_a_receipt_without_a_price_leaves_the_ledger_alone() -> None:
    """Most vendors name a price once, if ever; one that names another one is believed."""
    played = Played(spec(), {"sms"}, lambda _: ()).until(us(1))
    heard: list[Heard] = [
        SubmitAnswered(1, 0, 1, Status.ACCEPTED, owed_nano=50),
        ReceiptReceived(1, 0, 1, Status.SENT),
        ReceiptReceived(1, 0, 1, Status.DELIVERED, owed_nano=70),
        ReceiptReceived(1, 0, 1, Status.READ),
    ]
    said = [played.hear(event, us(1))[0][7].number("owed_nano") for event in heard]
    assert said == [50, 50, 70, 70]
    (result,) = message_results(played.facts, played.spec.plans, {})
    assert result.cost_nano == 70
    assert judged(played.until()) == []


def test_an_answer_to_nothing_is_a_bug_of_the_driver() -> None:
    """As is an instant in the past, and a status that is no receipt."""
    its = MixedWorld(spec(), frozenset({"whatsapp"}))
    its.advance(us(2), 100)
    with pytest.raises(MisuseError, match=r"m1\.0\.1, which is not outside"):
        its.hear(SubmitAnswered(1, 0, 1, Status.ACCEPTED), us(2))
    with pytest.raises(MisuseError, match="out of order"):
        its.hear(ReceiptReceived(1, 0, 1, Status.SENT), us(0.5))
    with pytest.raises(MisuseError, match="is no receipt"):
        its.hear(OrphanReceived("sms", Status.UNKNOWN), us(3))


def test_what_is_heard_when_a_wait_ends_still_counts() -> None:
    """Before the wake-ups of its instant; an instant later it is late."""
    for at, last in ((us(31), "31 finished 0.1 delivered"), (us(31) + 1, "submitted 1.1 whatsapp")):
        played = Played(spec(), {"sms"}, lambda c: [answers(c, Status.ACCEPTED)])  # type: ignore[arg-type]  # no recalls here
        played.until(us(31))
        played.hear(ReceiptReceived(1, 0, 1, Status.DELIVERED), at)
        assert any(line.endswith(last) for line in lines(played.facts))
        assert judged(played.until()) == []


# The switch --------------------------------------------------------------------------------------


def test_a_switch_is_for_later_submissions_only() -> None:
    """What is under way stays where it is, and is heard."""
    loads = [Burst(plan=0, at_us=us(at), count=1) for at in (0, 2, 4)]
    played = Played(spec(load=loads), ())
    for at, is_outside in ((1, True), (3, False)):
        played.until(us(at))
        facts = played.world.switch("sms", is_outside, us(at))
        played.deeds.append(LiveSwitch(*facts[-1][:2], "sms", is_outside))
        assert played.world.outside == (("sms",) if is_outside else ())
        played.on(facts)
    played.until()
    assert [command.message for command in played.commands] == [2]
    assert "3 accepted 0.1" in lines(played.facts, 2)
    assert "8 finished 0.1 delivered" in lines(played.facts, 2)
    switched = [told_world(fact) for fact in played.facts if fact[5] == "knob_changed"]
    assert switched == ["1 knob_changed sms adapter real", "3 knob_changed sms adapter simulated"]
    assert [fact[2] for fact in played.facts if fact[5] == "reached_handset"] == [1, 3]
    assert judged(played) == []
    with pytest.raises(MisuseError, match="no provider"):
        played.world.switch("pigeon", True, us(300))


# Nobody there ------------------------------------------------------------------------------------


def slept(away: float, *heard: ReceiptReceived, **more: Any) -> Played:
    """A run whose process died at 2 s, resumed at an instant at which something is heard."""
    silent = Played(spec(**more), {"sms"}, lambda _: ()).until(us(2))
    played = silent.after_a_crash(us(away))
    for event in heard:
        played.hear(event, us(away))
    return played.until()


def test_a_timer_that_ended_while_nobody_was_there_is_late() -> None:
    """S18: the answer is given up, the deadline has gone by, and nothing more is sent."""
    played = slept(500)
    assert [told_world(fact) for fact in played.facts][3:] == [
        "500 resumed",
        "500 finished 0 expired",
        "500 unknown 0.1",
    ]
    assert played.facts[3][7].fields == {"since_us": 0}
    assert played.commands == [played.commands[0]]
    assert played.world.awaited == ((1, 0, 1),)
    assert judged(played) == []


def test_receipts_come_before_late_timers() -> None:
    """What was said meanwhile counts, even where the wait and the deadline are over."""
    played = slept(500, ReceiptReceived(1, 0, 1, Status.DELIVERED))
    assert lines(played.facts)[-3:] == [
        "500 receipt 0.1 delivered", "500 finished 0.1 delivered", "500 unknown 0.1",
    ]  # fmt: skip
    assert judged(played) == []


def test_nothing_is_sent_past_a_deadline_that_ended_while_nobody_was_there() -> None:
    """A failure heard late ends the message; no level is entered any more."""
    played = slept(500, ReceiptReceived(1, 0, 1, Status.FAILED, NOBODY))
    assert "500 finished 0 expired" in lines(played.facts)
    assert not any("submitted 1.1" in line for line in lines(played.facts))
    assert judged(played) == []


def test_timers_that_are_not_over_go_on() -> None:
    """Away for a moment: the wait ends when it should."""
    played = slept(5, ReceiptReceived(1, 0, 1, Status.SENT))
    assert "35 wait_over 0.1 no_receipt" in lines(played.facts)
    assert judged(played) == []


def test_what_was_due_meanwhile_comes_in_the_order_of_one_instant() -> None:
    """New messages, answers, truth, receipts, and last the timers, each class by its time."""
    loads = [Burst(plan=1, at_us=us(at), count=1) for at in (0, 10, 20)]
    one = plan(level("whatsapp"), name="inside")
    its = spec(TWO, one, load=[Burst(plan=0, at_us=0, count=1), *loads])
    played = Played(its, {"sms"}, lambda _: ()).until(us(2)).after_a_crash(us(60))
    played.until()
    late = [told_world(fact) for fact in played.facts if fact[1] == us(60)]
    assert late == [
        "60 resumed",
        "60 requested 0", "60 submitted 0.1 whatsapp",
        "60 requested 0", "60 submitted 0.1 whatsapp",
        "60 reached_handset 0.1",
        "60 unknown 0.1",
    ]  # fmt: skip
    assert "90 wait_over 0.1 no_receipt" in lines(played.facts)
    assert judged(played) == []


def test_a_world_sleeps_more_than_once_and_never_backwards() -> None:
    """Each process goes on from what the one before it left."""
    played = Played(spec(load=3), {"sms"}, lambda _: ()).until(us(1))
    for until in (us(4), us(4), us(12), us(40)):
        played = played.after_a_crash(until).until(until + 1)
    assert played.world.now >= us(40)
    with pytest.raises(MisuseError, match="resumed at 0"):
        played.world.sleep(0)
    assert judged(played.until()) == []


def test_peek_and_step_know_what_is_late() -> None:
    """A driver never sees an instant before the restart."""
    its = MixedWorld(spec(), frozenset({"sms"}))
    its.advance(us(1), 100)
    its.sleep(us(90))
    assert its.peek() == us(90)
    assert its.advance(us(89), 100) == []
    assert its.step()[0][1] == us(90)


# Whatever happens --------------------------------------------------------------------------------

STATUSES: Final = st.sampled_from(
    [Status.ACCEPTED, Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED, Status.EXPIRED]
)
ANSWERS: Final = st.sampled_from(
    [Status.ACCEPTED, Status.REFUSED, Status.THROTTLED, Status.UNKNOWN]
)
REASONS: Final = st.none() | st.builds(
    Reason, st.sampled_from(["1", "2"]), st.sampled_from(ReasonClass)
)
TIMES: Final = st.sampled_from([0, 1, 3, 10, 20, 60])


@many(60)
@given(
    its=worlds(),
    answer=st.lists(st.tuples(TIMES, ANSWERS, REASONS), max_size=2),
    receipts=st.lists(st.tuples(TIMES, STATUSES, REASONS, st.integers(0, 3)), max_size=3),
    sleeps=st.lists(st.tuples(TIMES, TIMES), max_size=2),
    data=st.data(),
)
def test_any_world_with_any_vendor_keeps_every_law(
    its: World, answer: list[Any], receipts: list[Any], sleeps: list[tuple[int, int]], data: Any
) -> None:
    """Whatever real providers say and however often processes die."""
    names = sorted({p.name for p in its.spec.providers})
    outside = data.draw(st.sets(st.sampled_from(names)))

    def says(command: Submit | Recall) -> Iterator[Said]:
        if isinstance(command, Recall):
            yield gives_back(command, RecallResult.TOO_LATE)
            return
        for after, status, reason in answer:
            yield answers(command, status, reason, after=after)
        for after, status, reason, segment in receipts:
            yield tells(command, status, after, reason, segment=segment)

    played = Played(its.spec, outside, says)
    for at, away in sleeps:
        played.until(played.world.now + us(at))
        if played.facts:
            played = played.after_a_crash(played.world.now + us(away))
    played.until()
    assert judged(played) == []
    assert not [f for f in played.facts if f[5] in WORLD_KINDS and f[2:5] in _outside(played)]


def _outside(played: Played) -> set[tuple[int | None, ...]]:
    return {command[:3] for command in played.commands if isinstance(command, Submit)}


def test_the_check_can_fail() -> None:
    """A claim nobody backs is found as soon as its provider is simulated."""
    played = Played(spec(), {"sms"}).until()
    facts: list[Fact] = played.facts[1:]
    laws = Laws(played.spec.plans)
    laws.watch(
        [
            (seq - 1, at, m, lv, a, k, max(cause - 1, 0), d)
            for seq, at, m, lv, a, k, cause, d in facts
        ]
    )
    assert [broken.law for broken in laws.violations] == ["known-within-truth"]
    assert list(delivers(played.commands[0]))
