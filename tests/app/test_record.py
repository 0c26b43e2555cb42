import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.app.knobs import Knob
from sandbox.app.record import keep_run, resolved_json
from sandbox.app.run import run_loaded
from sandbox.app.session import Session
from sandbox.app.stored import list_runs, replay
from sandbox.cascade.outputs import Fact
from sandbox.drivers.retraced import LiveChange
from sandbox.errors import InvariantError, StorageError
from sandbox.scenario.library import built_in
from sandbox.scenario.loader import load
from sandbox.store.reader import open_reader
from sandbox.store.rows import MessageRow, State
from sandbox.store.writer import open_writer
from tests.support.kept import SCENARIO, failing, full_after, log_of

ROOT: Final = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that is not there yet."""
    return tmp_path / "data" / "runs.sqlite"


def stored_log(path: Path, run: int = 1) -> list[Fact]:
    """The lines in the file."""

    async def reading() -> list[Fact]:
        async with open_reader(path) as reader:
            return [fact async for facts in reader.lines(run) for fact in facts]

    return asyncio.run(reading())


def stored_messages(path: Path) -> list[MessageRow]:
    """What became of the messages, by the file."""

    async def reading() -> list[MessageRow]:
        async with open_reader(path) as reader:
            return [row async for rows in reader.messages(1) for row in rows]

    return asyncio.run(reading())


@pytest.mark.parametrize("batch", [1, 100, 100_000])
def test_a_run_that_is_kept_is_the_same_run(path: Path, batch: int) -> None:
    """The same digest with and without the store, and the file holds every line."""
    scenario = load(SCENARIO)
    kept = keep_run(scenario, path, batch=batch)
    plain = run_loaded(scenario)
    assert kept.result.digest == plain.digest
    assert kept.result.verdict == plain.verdict
    assert kept.run == "r1"
    assert stored_log(path) == log_of()
    row = list_runs(path)[0]
    assert (row.state, row.digest, row.line_count) == (State.FINISHED, plain.digest, len(log_of()))


@pytest.mark.parametrize(
    "name", ["appointment-reminder", "late-receipt-after-the-switch", "outage-and-recovery"]
)
def test_what_becomes_of_messages_is_what_their_stories_say(path: Path, name: str) -> None:
    """Outcome, cost, copies and times of every message agree with the log, scenario by scenario."""
    kept = keep_run(load(built_in()[name]), path)
    result = kept.result
    rows = stored_messages(path)
    told = list(result.messages())
    assert len(rows) == len(told) == result.metrics.message_counts()["total"]
    for row, message in zip(rows, told, strict=True):
        assert row.message == message.message
        assert (row.name or "") == message.name
        assert row.cascade == message.cascade
        assert (row.outcome or "") == message.outcome
        assert row.took_us == message.seconds_us
        assert (row.ledger_nano, row.bill_nano) == (message.cost_nano, message.true_cost_nano)
        assert row.copies == message.copies
        assert row.attempts == sum(not step.endswith(":ineligible") for step in message.path)


def test_named_messages_keep_their_names(path: Path) -> None:
    """A message may be asked for by the name its file gives it."""
    keep_run(load(SCENARIO), path)
    assert [row.message for row in stored_messages(path) if row.name == "otp-anna"] == [121]


def test_whoever_watches_sees_the_run_go_by(path: Path) -> None:
    """Progress and other folds work as without the store."""
    seen: list[int] = []
    facts: list[Fact] = []
    keep_run(
        load(SCENARIO), path, progress=lambda _, count: seen.append(count), folds=[facts.extend]
    )
    assert seen[-1] == 121
    assert facts == log_of()


@pytest.mark.parametrize(
    ("error", "state", "trouble"),
    [
        (KeyboardInterrupt(), State.INTERRUPTED, "by hand"),
        (InvariantError("time ran backwards"), State.FAILED, "time ran backwards"),
    ],
    ids=["by hand", "our bug"],
)
def test_a_run_that_is_broken_off_says_so(
    path: Path, error: BaseException, state: State, trouble: str
) -> None:
    """The error goes on to whoever called; the file has the lines up to there, and the reason."""
    count = 0

    def fold(facts: list[Fact]) -> None:
        nonlocal count
        count += len(facts)
        if count > 600:
            raise error

    with pytest.raises(type(error)):
        keep_run(load(SCENARIO), path, folds=[fold], batch=100)
    row = list_runs(path)[0]
    assert (row.state, row.trouble) == (state, trouble)
    assert stored_log(path) == log_of()[: row.line_count]
    assert row.line_count > 0


@pytest.mark.parametrize(
    ("database", "word"),
    [
        (full_after(3), "the disk is full"),
        (failing(sqlite3.SQLITE_IOERR, "COMMIT"), "the disk failed"),
        (failing(sqlite3.SQLITE_READONLY, "INSERT INTO trail"), "cannot be written"),
        (failing(sqlite3.SQLITE_BUSY, "BEGIN"), "another program"),
    ],
    ids=["full", "io", "read-only", "busy"],
)
def test_a_store_that_fails_ends_the_run_with_its_reason(
    path: Path, database: Any, word: str
) -> None:
    """Exit code 4, the file's name and what to do; never a run that only seems to be kept."""
    opening = partial(open_writer, database=database)
    with pytest.raises(StorageError, match=word) as caught:
        keep_run(load(SCENARIO), path, opening=opening, batch=100)
    assert str(path) in str(caught.value)
    assert caught.value.hint
    assert all(run.state is not State.FINISHED for run in list_runs(path))


FOLDS: Final[dict[str, Callable[[], str]]] = {
    "error": lambda: "raise ValueError('in the middle')",
    "exit": lambda: "raise SystemExit(3)",
    "by hand": lambda: "os.kill(os.getpid(), signal.SIGINT)",
}

PROGRAM: Final = """
import os, signal, sys
from pathlib import Path
from sandbox.app.knobs import Knob
from sandbox.app.record import keep_run
from sandbox.scenario.loader import load
from tests.support.kept import SCENARIO

def fold(facts):
    {body}

keep_run(load(SCENARIO), Path(sys.argv[1]), folds=[fold], batch=100)
"""


@pytest.mark.parametrize("how", FOLDS)
def test_the_process_ends_when_a_run_is_broken_off(path: Path, how: str) -> None:
    """No thread of the store keeps it alive, and none complains at the end."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(body=FOLDS[how]()), str(path)],
        check=False, capture_output=True, text=True, timeout=60, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode != 0
    assert "Exception in thread" not in done.stderr
    assert "never awaited" not in done.stderr
    assert list_runs(path)[0].state in {State.FAILED, State.INTERRUPTED}


@pytest.mark.parametrize("name", sorted(built_in()))
def test_a_resolved_scenario_is_json_and_loads_to_the_same_world(name: str) -> None:
    """What is stored is all that a replay needs."""
    scenario = load(built_in()[name])
    assert load(resolved_json(scenario)).world == scenario.world


def test_a_resolved_scenario_keeps_every_character_and_every_order() -> None:
    """Cascades in the order of the file; characters that YAML does not let stand are escaped."""
    odd = r"\x7f\x85\u2028\ufeff 😀 \U000E0041 \t\n\\ \" '"
    text = (
        f'schema: 1\ndescription: "{odd}"\ncascades: {{b: [sms], a: [viber]}}\n'
        "load: [{burst: 1, cascade: a}]\n"
    )
    scenario = load(text)
    again = load(resolved_json(scenario))
    assert again.description == scenario.description
    assert "\x7f" in again.description
    assert again.world == scenario.world
    assert [plan.name for plan in again.world.plans] == ["b", "a"]


@pytest.mark.parametrize("is_cut", [False, True], ids=["to the end", "in the middle"])
def test_a_session_is_kept_with_what_was_changed_by_hand(path: Path, is_cut: bool) -> None:
    """The same digest on the screen, in the file, and when it is repeated from the file."""
    session = Session(load(SCENARIO))
    session.speed = Fraction(1)
    session.advance(2_500_000)
    session.turn("sms", Knob.FAILURE, 30)
    session.advance(1_000_000)
    session.turn("whatsapp", Knob.OUTAGE, 1)
    session.turn("sms", Knob.LATENCY, 3)
    session.advance(5_000_000 if is_cut else 10**12)
    changes = [deed for deed in session.deeds if isinstance(deed, LiveChange)]
    last_seq = session.fact_count if is_cut else None
    kept = keep_run(session.scenario, path, changes=changes, last_seq=last_seq)
    assert kept.result.digest == session.digest
    assert list_runs(path)[0].state is (State.STOPPED if is_cut else State.FINISHED)
    assert len(changes) == 3
    replayed = replay(path, kept.run)
    assert replayed.is_equal
    assert replayed.digest == session.digest
