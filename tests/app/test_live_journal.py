"""A live run in the file: written turn by turn, proven, taken up, told, and let out."""

import asyncio
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.adapters.codec import Webhook
from sandbox.app.answers import Answer, encoded
from sandbox.app.exports import Format, Subject, export_run
from sandbox.app.live_journal import LiveJournal, change_row, deed_of, deed_row, in_order
from sandbox.app.record import message_rows, resolved_json
from sandbox.app.replaying import open_recording
from sandbox.app.run import Judged, Verdict
from sandbox.app.stored import (
    deeds_of,
    list_runs,
    message_of,
    replay,
    timeline_of,
    why_of,
)
from sandbox.cascade.events import ReceiptReceived, SubmitAnswered
from sandbox.cascade.outputs import Recall, Submit
from sandbox.cascade.vocabulary import Act, Status
from sandbox.drivers.live import Turn, rebuilt
from sandbox.drivers.retraced import (
    LiveAct,
    LiveChange,
    LiveDeed,
    LiveHeard,
    LiveRequested,
    LiveSleep,
    LiveSwitch,
)
from sandbox.errors import MisuseError, StorageError, UsageError
from sandbox.journal.digest import RULES_VERSION, Digest
from sandbox.report.columns import NOBODY_KNOWS
from sandbox.report.highlights import Highlights
from sandbox.scenario.composing import OwnMessage
from sandbox.scenario.loader import load
from sandbox.simulation.mixed import MixedWorld
from sandbox.simulation.spec import Change, WorldSpec
from sandbox.store.live import LiveHeader, LiveRunStore, open_live
from sandbox.store.reader import open_reader
from sandbox.store.rows import DeedRow, RunEnd, RunHeader, State
from tests.support.hand import us
from tests.support.live_runs import LiveRun, Written
from tests.support.vendor import Said, answers, delivers, tells

SCENARIO: Final = """\
schema: 1
name: lively
cascades:
  otp: {deadline: 90s, levels: [{channel: sms, wait: 20s}, {channel: whatsapp, wait: 20s}]}
load:
  - {burst: 3, cascade: otp}
  - {message: otp-anna, at: 30s, cascade: otp}
"""
WORLD: Final = load(SCENARIO)
DEEDS: Final[list[LiveDeed]] = [
    LiveHeard(3, 7, SubmitAnswered(1, 0, 1, Status.ACCEPTED)),
    LiveAct(4, 8, 2, Act.CANCEL),
    LiveSwitch(5, 9, "sms", is_outside=True),
    LiveSleep(6, 10),
]


def header(scenario: Any = WORLD, process: int | None = None) -> RunHeader:
    """As a command that begins a live run would write it."""
    return RunHeader(
        scenario=scenario.name, title="", file="", seed=scenario.seed,
        rules_version=RULES_VERSION, program="0", scenario_hash=scenario.resolved_hash,
        resolved=resolved_json(scenario), started_ms=1, process=process or os.getpid(),
    )  # fmt: skip


class Stored(Written):
    """The journal in the file, watched."""

    def __init__(self, journal: LiveJournal) -> None:
        super().__init__()
        self.journal = journal

    async def commit(self, turn: Turn) -> None:
        self.is_writing = True
        await self.journal.commit(turn)
        self.is_writing = False
        await super().commit(turn)


def live(store: LiveRunStore, says: Any = delivers, **more: Any) -> LiveRun:
    """A run of the scenario with a real provider for sms."""
    run = LiveRun(WORLD.world, {"sms"}, says, **more)
    run.journal = Stored(LiveJournal(store))
    run.driver._journal = run.journal
    return run


async def kept(path: Path, prepare: Callable[[LiveRun], None] = lambda _: None) -> LiveRun:
    """A whole run in a file, also with what was done by hand."""
    async with open_live(path) as store:
        writing = await store.begin(header(), LiveHeader(("sms",)))
        run = live(writing)
        prepare(run)
        await run.whole()
        assert run.driver.is_over
        answer = judged(run)
        rows = message_rows(answer.result.metrics.columns, WORLD, answer.result)
        await writing.finish(ended(run, encoded(answer)), rows)
    return run


def judged(run: LiveRun) -> Answer:
    """What the run came to, as any run is judged."""
    highlights = Highlights()
    judge = Judged(WORLD, run.driver.world, (highlights.fold,))
    for turn in run.journal.turns:
        judge.take(turn.facts)
    result = judge.result()
    assert result.violations == ()
    assert result.verdict is Verdict.PASSED
    return Answer(result, highlights)


def ended(run: LiveRun, result: str = "{}") -> RunEnd:
    """What is known when it is over."""
    digest = Digest()
    digest.update(run.journal.facts)
    return RunEnd(
        state=State.FINISHED, verdict="passed", digest=digest.text,
        virtual_us=run.journal.facts[-1][1], wall_ms=5, message_count=4, delivered=4, result=result,
    )  # fmt: skip


def by_hand(run: LiveRun) -> None:
    """Something of everything."""
    price = WORLD.world.providers[0].settings.price_nano
    assert price
    change = Change("price.amount", 7_000_000, "0.007 EUR")
    run.at(2, lambda: run.driver.change("whatsapp", "price.amount", change))
    run.at(3, lambda: run.driver.act(2, Act.NEXT))
    run.at(10, lambda: run.driver.switch("sms", is_outside=False))
    run.at(20, lambda: run.driver.switch("sms", is_outside=True))


# Rows --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("deed", DEEDS)
def test_a_deed_is_the_same_again(deed: LiveDeed) -> None:
    """Through a row of JSON with a version."""
    row = deed_row(deed)
    assert json.loads(row.detail)["v"] == 1
    assert deed_of(row) == deed


def test_a_message_of_ones_own_is_the_same_again() -> None:
    """It is kept as it was written; the world with it comes from the scenario of the run."""
    own = OwnMessage(
        name="own-1", at_us=9, cascade="otp", phone="+447700900123", text="Hi",
        scripts=((0, ("failed", "delivered")),),
    )  # fmt: skip
    grew: list[OwnMessage] = []

    def grow(message: OwnMessage) -> WorldSpec:
        grew.append(message)
        return WORLD.world

    row = deed_row(LiveRequested(7, own, WORLD.world))
    assert deed_of(row, grow) == LiveRequested(7, own, WORLD.world)
    assert grew == [own]
    with pytest.raises(StorageError, match="beside the scenario"):
        deed_of(row)


def test_changes_by_hand_have_a_table_of_their_own() -> None:
    """And go back between the others by the numbers of their lines."""
    change = LiveChange(5, 9, "sms", "price.amount", None)
    assert change_row(change) == (5, 9, "sms", "price.amount", None)
    assert in_order([change], [DEEDS[3], DEEDS[0]]) == (DEEDS[0], change, DEEDS[3])
    with pytest.raises(MisuseError, match="LiveChange is nothing"):
        deed_row(change)


@pytest.mark.parametrize(
    ("kind", "detail", "says"),
    [
        ("act", '{"v":2,"message":1,"act":"cancel"}', "a form of version 2"),
        ("act", '{"v":1,"message":1,"act":"dance"}', "cannot be read"),
        ("act", '{"v":1}', "cannot be read"),
        ("switch", "[", "cannot be read"),
        ("sleep", "[]", "cannot be read"),
        ("dream", '{"v":1}', "does not know: 'dream'"),
        ("heard", '{"v":9}', "version 9"),
    ],
)
def test_a_row_that_is_damaged_or_newer_is_refused(kind: str, detail: str, says: str) -> None:
    """With the line, and never by a crash."""
    with pytest.raises(StorageError, match=says):
        deed_of(DeedRow(7, 8, kind, detail))


# A stored live run -------------------------------------------------------------------------------


async def test_its_digest_is_proven_equal(tmp_path: Path) -> None:
    """From nothing but what is stored: no provider is asked."""
    path = tmp_path / "runs.sqlite"
    run = await kept(path, by_hand)
    async with open_reader(path) as reader:
        stored = await reader.kept(1)
    assert list(deeds_of(stored)) == run.journal.deeds
    assert {type(deed) for deed in run.journal.deeds} == {
        LiveHeard, LiveChange, LiveAct, LiveSwitch,
    }  # fmt: skip
    told = await asyncio.to_thread(replay, path, "r1")
    assert told.is_equal
    assert told.line_count == len(run.journal.facts)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM deed WHERE seq = (SELECT max(seq) FROM deed)",
        "UPDATE deed SET detail = replace(detail, 'accepted', 'unknown')",
        "UPDATE live_run SET outside = '[]'",
        "UPDATE deed SET at_us = at_us + 1 WHERE seq = (SELECT min(seq) FROM deed)",
        "DELETE FROM live_change",
    ],
)
async def test_a_run_that_was_tampered_with_differs(tmp_path: Path, sql: str) -> None:
    """Each of what is stored plays a part."""
    path = tmp_path / "runs.sqlite"
    await kept(path, by_hand)
    connection = sqlite3.connect(path)
    assert connection.execute(sql).rowcount > 0
    connection.commit()
    connection.close()
    told = await asyncio.to_thread(replay, path, "r1")
    assert not told.is_equal
    assert told.difference is not None


async def test_it_is_told_and_let_out_like_any_other(tmp_path: Path) -> None:
    """Timelines and exports need no provider; what could have been is nobody's to say."""
    path = tmp_path / "runs.sqlite"
    await kept(path, by_hand)
    story = await asyncio.to_thread(timeline_of, path, "r1", "m1")
    assert any("delivered" in line for line in story)
    assert (await asyncio.to_thread(message_of, path, "r1", "m1")).is_live
    why = await asyncio.to_thread(why_of, path, "r1", "m2")
    assert why.what_ifs == ()
    assert not any(leaving.truth for leaving in why.leavings)
    assert why.notes == ("real providers had a part in this run: what could have been is not told",)
    with pytest.raises(UsageError, match="spoke with real providers"):
        await asyncio.to_thread(open_recording, path, "r1")


# A process that dies -----------------------------------------------------------------------------


def slow(command: Submit | Recall) -> Iterator[Said]:
    """Accepted at once, delivered after a while."""
    yield answers(command, Status.ACCEPTED)  # type: ignore[arg-type]  # no recalls here
    yield tells(command, Status.DELIVERED, 12)  # type: ignore[arg-type]  # as above


async def test_another_process_goes_on_and_the_whole_is_proven(tmp_path: Path) -> None:
    """The first leaves its run as it is; its lines, its absence and the rest make one log."""
    path = tmp_path / "runs.sqlite"
    gone = 4_000_000  # no system gives such a number
    async with open_live(path) as store:
        writing = await store.begin(header(process=gone), LiveHeader(("sms",)))
        first = live(writing, slow)
        first.at(5, first.driver.stop)
        await first.whole()
    (shown,) = await asyncio.to_thread(list_runs, path)
    assert (shown.state, shown.trouble) == (State.INTERRUPTED, "the process was killed")
    assert (await asyncio.to_thread(replay, path, "r1")).is_equal

    async with open_live(path) as store:
        stands = await store.load(1)
        async with open_reader(path) as reader:
            stored = await reader.kept(1)
        world = MixedWorld(WORLD.world, frozenset(stands.header.outside))
        seen: list[Any] = []
        rebuilt(world, deeds_of(stored), stands.last_seq, [seen.extend])
        assert seen == first.journal.facts
        writing = await store.take_up(stands, os.getpid())
        second = live(writing, slow, world=world, now_us=us(25))
        second.driver.wake()
        second.driver.hear(ReceiptReceived(1, 0, 1, Status.DELIVERED))
        await second.whole()
        second.journal.turns = first.journal.turns + second.journal.turns
        await writing.finish(ended(second), ())
    assert [command.message for command in second.carrier.sent] == [4]
    told = await asyncio.to_thread(replay, path, "r1")
    assert told.is_equal
    assert told.line_count == len(second.journal.facts)
    assert any(isinstance(deed, LiveSleep) for deed in second.journal.deeds)


async def test_a_webhook_is_ticked_off_with_the_last_of_what_it_brought(tmp_path: Path) -> None:
    """In the very transaction that has it; until then another process would find it."""
    path = tmp_path / "runs.sqlite"
    async with open_live(path) as store:
        writing = await store.begin(header(), LiveHeader(("sms",)))
        journal = LiveJournal(writing)
        hook = await writing.keep("sms", Webhook("POST", "https://a/b", (), b"{}"), 1)
        events = [ReceiptReceived(1, 0, 1, Status.DELIVERED), ReceiptReceived(1, 0, 1, Status.READ)]
        journal.carries(hook, events)
        twin = events[0]._replace()
        left: list[int] = []
        for seq, event in enumerate((twin, *events), start=1):
            deed = LiveHeard(seq, 0, event)
            await journal.commit(Turn([], [deed], []))
            left.append(len((await store.load(1)).hooks))
        assert left == [1, 1, 0]


async def test_an_exchange_knows_where_its_result_was_heard(tmp_path: Path) -> None:
    """Planned with the submission, heard at a line of the log."""
    path = tmp_path / "runs.sqlite"
    await kept(path)
    async with open_live(path) as store:
        rows = (await store.load(1)).exchanges
    assert [row.message for row in rows] == [1, 2, 3, 4]
    assert all(row.heard_seq for row in rows)


async def test_every_format_lets_it_out(tmp_path: Path) -> None:
    """The log, the figures and the page."""
    path = tmp_path / "runs.sqlite"
    await kept(path, by_hand)
    async with open_reader(path) as reader:
        copies = [row.copies async for rows in reader.messages(1) for row in rows]
    assert copies == [NOBODY_KNOWS, 1, NOBODY_KNOWS, NOBODY_KNOWS], "one had a simulated one, too"
    for form, subject, holds in (
        (Format.JSONL, Subject.EVENTS, '{"path":"adapter","provider":"sms","value":"real"}'),
        (Format.CSV, Subject.EVENTS, "adapter"),
        (Format.CSV, Subject.MESSAGES, "otp-anna"),
        (Format.MD, Subject.EVENTS, "lively"),
        (Format.HTML, Subject.EVENTS, "sms: adapter: simulated"),
    ):
        for redacts in (False, True):
            pieces: list[str] = []
            write = pieces.append
            await asyncio.to_thread(export_run, path, "r1", form, write, subject, redacts=redacts)
            assert holds.replace(" ", "") in "".join(pieces).replace(" ", ""), (form, subject)
