"""Runs whose process was killed with the ninth signal, at each write of the store in turn."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from sandbox.app.record import keep_run
from sandbox.app.stored import list_runs, replay, timeline_of
from sandbox.cascade.outputs import Fact
from sandbox.scenario.loader import load
from sandbox.store.reader import open_reader
from sandbox.store.rows import State
from tests.support.kept import SCENARIO, log_of

ROOT: Final = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """What each of the killed processes left, in the order of the writes; the last is whole."""
    folder = tmp_path_factory.mktemp("killed")
    subprocess.run(
        [sys.executable, "-m", "tests.support.killed_runs", str(folder)],
        check=True, timeout=300, cwd=ROOT,
    )  # fmt: skip
    count = len(list(folder.glob("*.sqlite")))
    return [folder / f"{write}.sqlite" for write in range(1, count + 1)]


def acknowledged(file: Path) -> int:
    """How many lines the process was told are safe."""
    beside = file.with_suffix(".acknowledged")
    return int(beside.read_text(encoding="utf-8")) if beside.exists() else 0


async def lines_of(file: Path, run: int) -> Sequence[Fact]:
    """The lines of a run."""
    async with open_reader(file) as reader:
        return [fact async for facts in reader.lines(run) for fact in facts]


def test_every_kind_of_write_was_cut_short(files: list[Path]) -> None:
    """Before there are tables, before there is a run, between batches, and at the very end."""
    counts = {run.line_count for file in files for run in list_runs(file)}
    assert len(files) > 40
    assert {0, len(log_of())} < counts
    assert len(counts) >= 4, "killed between batches as well"
    assert list_runs(files[0]) == []
    assert [run.state for run in list_runs(files[-1])] == [State.FINISHED]


def test_what_is_left_can_be_read_and_says_that_it_was_broken_off(files: list[Path]) -> None:
    """`runs` shows it as interrupted at once: the process is gone."""
    for file in files[:-1]:
        for run in list_runs(file):
            assert run.state is State.INTERRUPTED
            assert run.trouble == "the process was killed"
            assert run.digest is None


async def test_nothing_that_was_acknowledged_is_lost(files: list[Path]) -> None:
    """The lines that are there are the first ones of the log, without a gap."""
    log = log_of()
    for file in files:
        for run in list_runs_of(file):
            lines = await lines_of(file, run)
            assert lines == log[: len(lines)]
            assert len(lines) >= acknowledged(file), file.name


def list_runs_of(file: Path) -> list[int]:
    """The numbers of the runs, by another tool."""
    connection = sqlite3.connect(file)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    is_there = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'run'").fetchone()
    runs = connection.execute("SELECT run FROM run").fetchall() if is_there else []
    connection.close()
    return [row[0] for row in runs]


def test_half_a_run_can_be_looked_into_and_repeated(files: list[Path]) -> None:
    """The timeline of a message, and the same lines once more."""
    looked = 0
    for file in files[:-1]:
        for run in list_runs(file):
            replayed = replay(file, run.name)
            assert replayed.is_equal
            assert replayed.line_count == run.line_count
            if run.line_count:
                looked += 1
                assert timeline_of(file, run.name, "m1")[0] == "m1"
    assert looked


def test_the_next_run_goes_into_the_same_file(files: list[Path]) -> None:
    """Nothing has to be repaired by hand."""
    for file in (files[0], files[len(files) // 3], files[len(files) // 2], files[-2]):
        before = len(list_runs(file))
        kept = keep_run(load(SCENARIO), file)
        assert next(run.name for run in list_runs(file)) == kept.run
        assert len(list_runs(file)) == before + 1
