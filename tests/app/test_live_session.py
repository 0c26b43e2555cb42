"""A session in real time: who turns it, what is kept of it, and what it refuses."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from fractions import Fraction
from pathlib import Path

import pytest

from sandbox.app.composing import Draft
from sandbox.app.frame import Phase
from sandbox.app.knobs import Knob
from sandbox.app.live_resuming import check_can_go_on, standing
from sandbox.app.live_run import LiveOrder, LiveRoom
from sandbox.app.live_session import LiveSession
from sandbox.app.live_switch import Start
from sandbox.app.stored import find_run, replay
from sandbox.cascade.vocabulary import Act
from sandbox.errors import MisuseError, StorageError, UsageError
from sandbox.scenario.loader import load
from sandbox.store import live as store
from sandbox.store.rows import State
from tests.support.live_apps import WITH_ANNA, start
from tests.support.sent import NUMBER, own_place, vendors

SOON = WITH_ANNA.replace("at: 3s", "at: 300ms")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, caps and runs of this test's own."""
    return own_place(tmp_path, monkeypatch)


@asynccontextmanager
async def running(text: str, how: Start) -> AsyncIterator[LiveSession]:
    """A session that goes on, as long as the test does."""
    session = LiveSession(load(text), how)
    session.serve()
    try:
        await until(lambda: bool(session.run_name or session.trouble))
        yield session
    finally:
        await session.close()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)


def whole(work: Callable[[], Awaitable[None]]) -> None:
    """In an event loop of its own."""

    async def do() -> None:
        await work()

    asyncio.run(do())


def test_time_goes_by_without_anybody_and_what_is_shown_follows_it(path: Path) -> None:
    """`advance` moves nothing but the clock; the run is kept, and replays."""

    async def work() -> None:
        async with running(SOON, start(None, path)) as session:
            await until(lambda: session.message_count == 1)
            before = session.fact_count
            await asyncio.sleep(0.02)
            assert session.advance(1)
            assert session.now_us >= 300_000
            assert session.fact_count >= before
            assert session.phase is Phase.RUNNING
            assert not session.frame().is_settled
            session.turn("sms", Knob.FAILURE, 2)
            await until(lambda: session.fact_count > before)
            assert session.providers()[0].failure_is_changed
            await until(lambda: session.is_decided(1))
            assert session.figures().has_truth
            assert session.act(1, Act.CANCEL) == ("cancel asked for m1",)
            assert session.act(7, Act.CANCEL) == ()

    whole(work)
    assert find_run(path, "r1").state is State.INTERRUPTED
    assert replay(path, "r1").difference is None


def test_real_time_neither_stops_nor_begins_again(path: Path) -> None:
    async def work() -> None:
        async with running(SOON, start(None, path)) as session:
            session.pause()
            session.is_paused = True
            session.set_speed(Fraction(8))
            session.change_speed(3)
            session.restart(99)
            assert session.step() == ()
            assert (session.phase, session.speed, session.seed) == (Phase.RUNNING, Fraction(1), 1)
            with pytest.raises(UsageError, match="is kept as r1"):
                session.text()
            with pytest.raises(UsageError, match="is kept as r1"):
                session.save(path.parent)
            with pytest.raises(MisuseError):
                session.compose(Draft("otp", "x"))
            await until(lambda: session.message_count == 1)
            assert all("not built" in each.why_not for each in session.choices(1))
            assert session.force(1, 0, "failed") == ()

    whole(work)


@pytest.mark.usefixtures("loopback")
def test_a_message_that_was_really_sent_is_told_apart(path: Path) -> None:
    async def work() -> None:
        with vendors(SOON) as there:
            async with running(SOON, start(there, path)) as session:
                proposal = session.propose("sms")
                assert len(session.switch(proposal, "no")) == 1
                assert [*session.real] == []
                assert session.switch(proposal, NUMBER) == ()
                assert [*session.real] == ["sms"]
                assert session.mark.startswith("LIVE sms → twilio at 127.0.0.1:")
                assert session.subject.is_real
                await until(lambda: session.message_count == 1 and session.is_decided(1))
                assert session.real_messages == {1}
                assert not session.figures().has_truth
                row = session.row(1)
                assert row is not None
                assert row.is_real
                assert session.all_simulated() == ("sms",)
                await until(lambda: session.real == ())
                assert "all simulated" in session.mark
            assert there.counts["submitted"] == 1

    whole(work)
    assert replay(path, "r1").difference is None


def test_a_message_of_ones_own_that_is_under_way_is_asked_about_with_the_next_switch(
    path: Path,
) -> None:
    """Simulated when it came; from the switch on its later submissions would be real."""

    async def work() -> None:
        async with running(WITH_ANNA, start(None, path)) as session:
            written = session.write(Draft("otp", session.cascades[0].text, "anna"))
            assert written.proposal is None
            assert session.request(written) == ()
            names = [each.name for each in session.propose("sms").sending.messages]
            assert names == ["for-anna", "own-1"]
            await until(lambda: session.message_count == 1)
            assert session.name_of(1) == "own-1"
            worded = session.write(Draft("otp", "Hello", "anna"))
            assert session.request(worded) == ()
            with pytest.raises(UsageError, match="'own-2' has a text of its own"):
                session.propose("sms")
            assert session.real_messages == set()
            await until(lambda: session.message_count == 2)

    whole(work)
    assert replay(path, "r1").difference is None


def test_what_cannot_be_written_down_breaks_it_and_nothing_is_sent(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file fails: the session says so, and a switch is refused."""

    async def fails(*_: object) -> None:
        raise StorageError("the disk is full", hint="Make room.")

    monkeypatch.setattr(store.LiveRunStore, "commit", fails)

    async def work() -> None:
        async with running(SOON, start(None, path)) as session:
            proposal = session.propose("sms")
            await until(lambda: bool(session.trouble))
            assert "the disk is full" in session.trouble
            assert "Nothing is sent any more" in session.trouble
            assert session.phase is Phase.BROKEN
            with pytest.raises(UsageError, match="not under way"):
                session.switch(proposal, NUMBER)

    whole(work)


def test_a_session_of_the_app_is_not_gone_on_with(path: Path) -> None:
    """Who was real in it stands in its log; a command sends nothing on its behalf."""

    async def work() -> None:
        async with running(SOON, start(None, path)) as session:
            await until(lambda: session.message_count == 1)

    def nobody(_: int, __: str) -> None:
        raise AssertionError

    whole(work)
    with pytest.raises(UsageError, match="was a session of the app"):
        check_can_go_on(standing(path, "r1"))
    order = LiveOrder(scenario=load(SOON), pass_of=nobody, ledger=None, path=path)  # type: ignore[arg-type]  # gives none
    with pytest.raises(UsageError, match="was a session of the app"):
        asyncio.run(LiveRoom(order).resume("r1"))
