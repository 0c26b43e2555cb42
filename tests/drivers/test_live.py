"""Written down before it is done, in time, and nothing forgotten: the driver of live runs."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

import pytest

from sandbox.cascade.events import (
    RecallAnswered,
    ReceiptReceived,
    SubmitAnswered,
)
from sandbox.cascade.outputs import Fact, Recall, Submit
from sandbox.cascade.vocabulary import Act, LateSuccess, RecallResult, Status
from sandbox.drivers.live import HEARD_MAX, LINGER_US, LiveDriver, rebuilt
from sandbox.drivers.retraced import (
    LiveAct,
    LiveChange,
    LiveHeard,
    LiveRequested,
    LiveSleep,
    LiveSwitch,
    run_retraced,
)
from sandbox.drivers.run_clock import RunClock
from sandbox.errors import MisuseError, StorageError
from sandbox.journal.replay import replay
from sandbox.report.laws import Laws
from sandbox.scenario.composing import OwnMessage
from sandbox.simulation.mixed import MixedWorld
from sandbox.simulation.spec import Burst, Change, Single, WorldSpec
from tests.support.hand import NOBODY, level, plan, us
from tests.support.live_runs import LiveRun, Written
from tests.support.vendor import Said, answers, delivers, gives_back, tells
from tests.support.worlds import kinds, lines, provider, told_world, world

TWO: Final = plan(level(wait=30), level("whatsapp", wait=30), deadline=200)


def spec(*, load: Any = 1, its: Any = TWO) -> WorldSpec:
    """A small world of sms and whatsapp."""
    return world(its, provider(), provider("whatsapp"), load=load).spec


def judged(run: LiveRun) -> list[str]:
    """The journal is whole, replays, and can be retraced; gives the laws that are broken."""
    facts, its = run.journal.facts, run.spec
    assert run.seen == facts
    laws = Laws(its.plans)
    laws.watch(facts)
    laws.finish(quiet=run.driver.is_over)
    assert replay(facts, its.plans) is None
    again = run_retraced(MixedWorld(its, run.outside), run.journal.deeds, facts[-1][0])
    assert [fact for piece in again for fact in piece] == facts
    return [f"{broken.law}: {broken.text}" for broken in laws.violations]


async def accepted_only(command: Submit) -> SubmitAnswered:
    """An answer without delay."""
    return SubmitAnswered(*command[:3], Status.ACCEPTED)


# A run -------------------------------------------------------------------------------------------


async def test_a_message_is_sent_and_delivered() -> None:
    """From the request to the outcome; when the last word was heard, the run is over."""
    run = await LiveRun(spec(), {"sms"}).whole()
    assert lines(run.journal.facts) == [
        "0 requested 0",
        "0 submitted 0.1 sms",
        "1 accepted 0.1",
        "6 receipt 0.1 delivered",
        "6 finished 0.1 delivered",
    ]
    assert [type(deed) for deed in run.journal.deeds] == [LiveHeard, LiveHeard]
    assert run.clock.us == us(6)
    assert run.driver.is_over
    assert judged(run) == []


async def test_simulated_and_real_providers_in_one_run() -> None:
    """SMS is refused outside, WhatsApp delivers inside."""

    def says(command: Submit | Recall) -> Iterator[Said]:
        assert isinstance(command, Submit)
        yield answers(command, Status.REFUSED, NOBODY)

    run = await LiveRun(spec(load=20), {"sms"}, says).whole()
    assert sum(kind == "reached_handset" for kind in kinds(run.journal.facts)) == 20
    assert len(run.carrier.sent) == 20
    assert judged(run) == []


async def test_nothing_is_sent_before_it_is_written_down() -> None:
    """The clerk looks at what is safe; here its check is seen failing."""
    run = LiveRun(spec(load=50), {"sms", "whatsapp"})
    await run.whole()
    assert len(run.carrier.sent) == 50

    class Hasty(Written):
        async def commit(self, turn: Any) -> None:
            await super().commit(turn)
            self.safe.clear()

    hasty = LiveRun(spec(), {"sms"})
    hasty.driver._journal = Hasty()
    await hasty.whole()
    assert hasty.driver.troubles == ["m1.0.1: AssertionError"]


async def test_where_the_journal_fails_nothing_is_sent() -> None:
    """Neither the command of that turn nor any later one; the one before is waited for."""

    def says(command: Submit | Recall) -> Iterator[Said]:
        assert isinstance(command, Submit)
        yield answers(command, Status.REFUSED, NOBODY)

    for fails_at, sent in ((1, 0), (2, 1), (3, 2)):
        run = LiveRun(spec(), {"sms", "whatsapp"}, says, fails_at=fails_at)
        with pytest.raises(StorageError, match="the disk is full"):
            await run.whole()
        assert len(run.carrier.sent) == sent
        assert len(run.journal.turns) == fails_at - 1
        assert run.seen == run.journal.facts
        assert run.driver.in_flight == 0


async def test_what_comes_while_the_disk_is_slow_is_one_turn_and_in_time() -> None:
    """Group commit; and each piece of news has the instant at which it came."""
    run = LiveRun(spec(load=300), {"sms"}, lambda c: [answers(c, Status.ACCEPTED)])  # type: ignore[arg-type]  # no recalls

    def meanwhile(number: int) -> None:
        if number != 2:
            return
        for message in range(1, 301):
            run.clock.us += 10
            run.driver.hear(ReceiptReceived(message, 0, 1, Status.DELIVERED))
        run.clock.us += us(100)

    run.journal.meanwhile = meanwhile
    await run.whole()
    third = run.journal.turns[2]
    assert sum(fact[5] == "finished" for fact in third.facts) == 300
    assert len({deed.at_us for deed in third.deeds}) >= 300
    assert not any(fact[5] == "wait_over" for fact in run.journal.facts)
    assert judged(run) == []


async def test_answer_and_receipts_of_one_instant_keep_their_order() -> None:
    """First come, first heard."""
    run = LiveRun(spec(), {"sms"}, lambda c: [(1, SubmitAnswered(*c[:3], Status.ACCEPTED))])

    def all_at_once() -> None:
        for status in (Status.ACCEPTED, Status.SENT, Status.DELIVERED, Status.READ):
            run.driver.hear(ReceiptReceived(1, 0, 1, status))

    run.at(2, all_at_once)
    await run.whole()
    assert lines(run.journal.facts)[-5:] == [
        "2 ignored 0.1 accepted duplicate",
        "2 receipt 0.1 sent",
        "2 receipt 0.1 delivered",
        "2 finished 0.1 delivered",
        "2 late_receipt 0.1 read",
    ]
    assert {fact[1] for fact in run.journal.facts if fact[1] >= us(2)} == {us(2)}
    assert judged(run) == []


async def test_many_messages() -> None:
    """Two thousand, over two providers outside and one inside."""
    its = plan(level(wait=3), level("whatsapp", wait=5), level("viber"), deadline=60)

    def says(command: Submit | Recall) -> Iterator[Said]:
        assert isinstance(command, Submit)
        third = command.message % 3
        if third == 0:
            yield answers(command, Status.REFUSED, NOBODY)
        else:
            yield answers(command, Status.ACCEPTED)
            if third == 1:
                yield tells(command, Status.DELIVERED, 2)

    all_of_it = world(
        its, provider(), provider("whatsapp"), provider("viber"),
        load=[Burst(plan=0, at_us=us(at), count=500) for at in range(4)],
    ).spec  # fmt: skip
    run = await LiveRun(all_of_it, {"sms", "whatsapp"}, says).whole()
    outcomes = [fact[7].text("outcome") for fact in run.journal.facts if fact[5] == "finished"]
    assert outcomes == ["delivered"] * 2000
    assert judged(run) == []


# Carriers that break -----------------------------------------------------------------------------


class Broken:
    """A carrier with a bug."""

    def __init__(self, how: str) -> None:
        self.how = how

    async def submit(self, command: Submit) -> SubmitAnswered:
        if self.how == "raises":
            raise ValueError(f"Bearer of a secret: {command}")
        if self.how == "cancelled":
            raise asyncio.CancelledError
        return SubmitAnswered(99, 0, 1, Status.ACCEPTED)

    async def recall(self, command: Recall) -> RecallAnswered:
        raise OSError(f"{command}")


@pytest.mark.parametrize(
    ("how", "trouble"),
    [
        ("raises", ["m1.0.1: ValueError"]),
        ("another", ["m1.0.1: the answer is about another attempt"]),
        ("cancelled", ["m1.0.1: CancelledError"]),
    ],
)
async def test_a_carrier_that_breaks_is_doubt_and_not_silent(how: str, trouble: list[str]) -> None:
    """Nobody knows whether the message went out; the error's text may hold a secret."""
    run = LiveRun(spec(its=plan(level(wait=5))), {"sms"})
    run.driver._carrier = Broken(how)
    await run.whole()
    assert lines(run.journal.facts)[2:] == [
        "1e-06 unknown 0.1",
        "5 wait_over 0.1 no_receipt",
        "5 finished 0 exhausted last_level no_receipt",
    ]
    assert run.driver.troubles == trouble
    assert judged(run) == []


async def test_a_recall_that_breaks_came_too_late() -> None:
    """S24: best effort; the answer that matters is that nobody knows it was given back."""
    its = plan(level(wait=5), level("whatsapp", wait=9), late_success=LateSuccess.CANCEL_NEXT)

    def says(command: Submit | Recall) -> Iterator[Said]:
        if isinstance(command, Recall):
            yield gives_back(command, RecallResult.RECALLED)
            return
        yield answers(command, Status.ACCEPTED)
        if command.provider == "sms":
            yield tells(command, Status.DELIVERED, 8)

    run = LiveRun(spec(its=its), {"sms", "whatsapp"}, says)
    await run.whole()
    assert lines(run.journal.facts)[-1] == "8.5 recalled 1.1 recalled"
    assert judged(run) == []

    broken = LiveRun(spec(its=its), {"sms", "whatsapp"}, says)
    broken.driver._carrier.recall = Broken("").recall  # type: ignore[method-assign]  # a bug
    await broken.whole()
    assert lines(broken.journal.facts)[-1] == "8 recalled 1.1 too_late"
    assert broken.driver.troubles == ["m1.1.1: OSError"]
    assert judged(broken) == []


# Ends --------------------------------------------------------------------------------------------


async def test_a_last_word_that_never_comes_is_waited_for_a_while() -> None:
    """Nothing else is left to happen; then the run is over all the same."""
    run = LiveRun(spec(its=plan(level(wait=5))), {"sms"}, lambda c: [answers(c, Status.ACCEPTED)])  # type: ignore[arg-type]  # no recalls
    await run.whole()
    assert lines(run.journal.facts)[-1] == "6 finished 0 exhausted last_level no_receipt"
    assert run.clock.us == us(1) + LINGER_US
    assert run.driver.world.awaited == ((1, 0, 1),)
    assert judged(run) == []


async def test_a_late_word_in_that_while_is_heard() -> None:
    """S8: recorded as late."""
    run = LiveRun(spec(its=plan(level(wait=5))), {"sms"}, lambda c: [answers(c, Status.ACCEPTED)])  # type: ignore[arg-type]  # no recalls
    run.at(200, lambda: run.driver.hear(ReceiptReceived(1, 0, 1, Status.DELIVERED)))
    await run.whole()
    assert lines(run.journal.facts)[-1] == "200 late_receipt 0.1 delivered"
    assert run.clock.us == us(200)


async def test_a_run_that_stays_open_ends_only_when_somebody_stops_it() -> None:
    """All is quiet, and what is asked for then still happens; another run is over by then."""
    its, price = spec(its=plan(level(wait=4))), Change("price.amount", 7, "7 nano")

    def driver(journal: Written, *, stays_open: bool) -> LiveDriver:
        clock = RunClock(time.monotonic_ns, speed=Fraction(10_000))
        carrier = LiveRun(its, set()).carrier
        return LiveDriver(MixedWorld(its), journal, carrier, clock, stays_open=stays_open)

    await asyncio.wait_for(driver(Written(), stays_open=False).run(), 5)
    journal = Written()
    open_one = driver(journal, stays_open=True)
    task = asyncio.create_task(open_one.run())
    async with asyncio.timeout(5):
        while not open_one.is_over:  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.002)
    await asyncio.sleep(0.02)
    assert not task.done()
    open_one.change("sms", "price.amount", price)
    async with asyncio.timeout(5):
        while kinds(journal.facts)[-1] != "knob_changed":  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.002)
    assert not task.done()
    open_one.stop()
    await asyncio.wait_for(task, 5)


async def test_stop_lets_nothing_more_happen() -> None:
    """Requests that are out are waited for; what they answer stays for the next process."""
    run = LiveRun(spec(load=3), {"sms"})
    run.at(0.5, run.driver.stop)
    run.at(0.7, lambda: answered.append(run.driver.in_flight))
    answered: list[int] = []
    await run.whole()
    assert answered == [3], "while three requests were out"
    assert run.driver.in_flight == 0
    assert run.clock.us == us(1)
    assert {fact[5] for fact in run.journal.facts[1:]} == {"requested", "submitted"}
    assert len(run.carrier.sent) == 3
    assert not run.driver.is_over


async def test_stop_while_a_turn_is_written_sends_nothing_of_it() -> None:
    """Like after a crash: written down, and nobody knows."""
    run = LiveRun(spec(load=3), {"sms"})
    run.journal.meanwhile = lambda _: run.driver.stop()
    await run.whole()
    assert len(run.journal.turns) == 1
    assert run.carrier.sent == []
    assert run.seen == run.journal.facts


async def test_a_run_that_is_cancelled_waits_for_what_is_out_and_a_second_time_does_not() -> None:
    """Ctrl-C once, and again."""
    run = LiveRun(spec(load=2), {"sms"})

    begun = asyncio.Event()

    class Slow(Broken):
        async def submit(self, command: Submit) -> SubmitAnswered:
            if run.driver.in_flight == 2:
                begun.set()
            await asyncio.sleep(60)
            return await super().submit(command)

    run.driver._carrier = Slow("")
    ended = asyncio.create_task(run.driver.run())
    await begun.wait()
    ended.cancel()
    await asyncio.sleep(0.005)
    assert not ended.done()
    ended.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(ended, 5)
    await asyncio.sleep(0.005)
    assert run.driver.in_flight == 0


# By hand -----------------------------------------------------------------------------------------


async def test_what_is_done_by_hand_is_written_down_and_retraced() -> None:
    """Knobs, the switch, and acts on messages, each at its instant."""
    loads = [Burst(plan=0, at_us=us(at), count=1) for at in (0, 5, 10)]
    run = LiveRun(spec(load=loads), {"sms"})
    price = Change("price.amount", 7, "7 nano")
    run.at(2, lambda: run.driver.change("whatsapp", "price.amount", price))
    run.at(3, lambda: run.driver.act(1, Act.NEXT))
    run.at(4, lambda: run.driver.switch("sms", is_outside=False))
    run.at(7, lambda: run.driver.switch("sms", is_outside=True))
    run.at(12, lambda: run.driver.act(3, Act.CANCEL))
    run.at(50, lambda: run.driver.act(3, Act.CANCEL))
    run.at(50, lambda: run.driver.act(77, Act.CANCEL))
    await run.whole()
    by_hand = [deed for deed in run.journal.deeds if not isinstance(deed, LiveHeard)]
    assert [type(deed) for deed in by_hand][:5] == [
        LiveChange, LiveAct, LiveSwitch, LiveSwitch, LiveAct,
    ]  # fmt: skip
    assert [command.message for command in run.carrier.sent] == [1, 3]
    assert "12 finished 0 cancelled" in lines(run.journal.facts, 3)
    assert judged(run) == []
    with pytest.raises(MisuseError, match="no provider 'x'"):
        run.driver.switch("x", is_outside=True)
    with pytest.raises(MisuseError, match="no provider 'x'"):
        run.driver.change("x", "price.amount", None)


async def test_a_message_somebody_has_written_comes_at_its_instant_and_is_retraced() -> None:
    """Through the provider that is outside, like any other; the deed says when it came."""
    its = spec(load=[Burst(plan=0, at_us=0, count=1)])
    grown = replace(its, load=(*its.load, Single(plan=0, at_us=us(9), name="own-1", to="")))
    own = OwnMessage(name="own-1", at_us=us(9), cascade="otp")
    run = LiveRun(its, {"sms"})
    run.at(4, lambda: run.driver.request(own, grown))
    await run.whole()
    assert [command.message for command in run.carrier.sent] == [1, 2]
    assert run.driver.world.message_names == {2: "own-1"}
    (deed,) = [deed for deed in run.journal.deeds if isinstance(deed, LiveRequested)]
    assert deed.at_us == us(4)
    assert deed.own == replace(own, at_us=us(4))
    assert judged(run) == []


async def test_whoever_brings_too_much_is_asked_to_hold_back() -> None:
    """A flood waits outside; what is in the queue is heard."""
    run = LiveRun(spec(), {"sms"}, delivers)
    assert run.driver.has_room
    for _ in range(HEARD_MAX):
        run.driver.hear(ReceiptReceived(8, 0, 1, Status.SENT))
    rooms = [run.driver.has_room]
    await run.whole()
    assert [*rooms, run.driver.has_room] == [False, True]
    assert kinds(run.journal.facts).count("orphan_receipt") == HEARD_MAX
    assert judged(run) == []


# Another process ---------------------------------------------------------------------------------


def crashed(run: LiveRun, turns: int) -> tuple[MixedWorld, list[Fact]]:
    """The world as another process rebuilds it from the first turns of a journal."""
    kept = run.journal.turns[:turns]
    facts = [fact for turn in kept for fact in turn.facts]
    deeds = [deed for turn in kept for deed in turn.deeds]
    rebuild = MixedWorld(run.spec, run.outside)
    seen: list[Fact] = []
    rebuilt(rebuild, deeds, facts[-1][0], [seen.extend])
    assert seen == facts
    assert rebuild.take_commands() == []
    return rebuild, facts


async def test_after_a_crash_at_every_turn_another_process_goes_on() -> None:
    """Nothing is sent twice; what was heard meanwhile comes before the timers that ended."""
    first = await LiveRun(spec(load=2), {"sms", "whatsapp"}).whole()
    for turns in range(1, len(first.journal.turns) + 1):
        anew, facts = crashed(first, turns)
        run = LiveRun(first.spec, first.outside, world=anew, now_us=us(400))
        run.journal.turns = list(first.journal.turns[:turns])
        run.seen += facts
        run.driver.wake()
        open_before = anew.open_messages()
        run.driver.hear(ReceiptReceived(1, 0, 1, Status.DELIVERED))
        await run.whole()
        assert run.carrier.sent == [], "their deadline is over"
        since = [told_world(fact) for fact in run.journal.facts[len(facts) :]]
        assert since[0] == "400 resumed"
        if 1 in open_before:
            assert since[1:3] == ["400 receipt 0.1 delivered", "400 finished 0.1 delivered"]
        assert isinstance(
            run.journal.deeds[len([d for t in first.journal.turns[:turns] for d in t.deeds])],
            LiveSleep,
        )
        assert judged(run) == []


async def test_what_is_still_in_time_goes_on_being_sent() -> None:
    """A short absence: the wait goes on, and then the next level is submitted."""
    first = LiveRun(spec(), {"sms", "whatsapp"}, lambda c: [answers(c, Status.ACCEPTED)])  # type: ignore[arg-type]  # no recalls
    first.at(5, first.driver.stop)
    await first.whole()
    anew, facts = crashed(first, len(first.journal.turns))
    run = LiveRun(first.spec, first.outside, world=anew, now_us=us(12))
    run.journal.turns = list(first.journal.turns)
    run.seen += facts
    run.driver.wake()
    await run.whole()
    assert [command.provider for command in run.carrier.sent] == ["whatsapp"]
    assert "31 wait_over 0.1 no_receipt" in lines(run.journal.facts)
    assert judged(run) == []


# A real clock ------------------------------------------------------------------------------------


async def test_in_real_time_no_timer_is_early() -> None:
    """A hundred seconds a second: the waits end in time, and the whole takes what it must."""
    its = spec(its=plan(level(wait=4), level("whatsapp", wait=4)))
    journal = Written()

    class Quick:
        async def submit(self, command: Submit) -> SubmitAnswered:
            return SubmitAnswered(*command[:3], Status.ACCEPTED)

        async def recall(self, command: Recall) -> RecallAnswered:
            raise AssertionError(f"nobody asked for {command}")

    clock = RunClock(time.monotonic_ns, speed=Fraction(100))
    driver = LiveDriver(
        MixedWorld(its, frozenset({"sms", "whatsapp"})), journal, Quick(), clock, linger_us=0
    )
    began = time.monotonic()
    await asyncio.wait_for(driver.run(), 20)
    took_s = time.monotonic() - began
    assert kinds(journal.facts)[-1] == "finished"
    assert journal.facts[-1][1] >= us(8)
    assert took_s >= 0.08
    assert replay(journal.facts, its.plans) is None
