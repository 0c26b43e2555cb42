"""Run a scenario and keep the run: every line of the log, what became of each message, the answer.

The log goes into the file while the run goes on, a batch at a time, so that memory stays flat and
whoever looks into the file sees how far it is. A run that is broken off says so.
"""

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox import __version__
from sandbox.app.answers import Answer, encoded
from sandbox.app.blocking import inside
from sandbox.app.run import Fold, Progress, RunResult, run_loaded
from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import Outcome
from sandbox.drivers.retraced import LiveChange
from sandbox.errors import StorageError
from sandbox.journal.digest import RULES_VERSION
from sandbox.report.columns import (
    ARRIVED,
    CREDITED,
    ENTERED,
    NEVER,
    NOBODY_KNOWS,
    OUTCOME,
    OUTCOMES,
    Columns,
)
from sandbox.report.highlights import Highlights
from sandbox.scenario.model import Scenario
from sandbox.scenario.places import encoded as encoded_places
from sandbox.scenario.places import places_of
from sandbox.store.place import default_path
from sandbox.store.rows import ChangeRow, MessageRow, RunEnd, RunHeader, State
from sandbox.store.writer import BATCH, RunWriter, Writer, open_writer

Opening = Callable[[Path], AbstractAsyncContextManager[Writer]]
"""Opens a file for writing, as `open_writer` does."""

_WORDS: Final = {bits: outcome.value for outcome, bits in OUTCOMES.items()}


@dataclass(frozen=True, slots=True)
class Kept:
    """A run that took place and is in the file.

    Attributes:
        run: What it is called there: `r7`.
    """

    run: str
    answer: Answer

    @property
    def result(self) -> RunResult:
        """What came out."""
        return self.answer.result


def keep_run(
    scenario: Scenario,
    path: Path | None = None,
    *,
    strict: bool = False,
    progress: Progress | None = None,
    folds: Sequence[Fold] = (),
    changes: Sequence[LiveChange] = (),
    last_seq: int | None = None,
    opening: Opening = open_writer,
    batch: int = BATCH,
) -> Kept:
    """Run a scenario that has been loaded, and keep the run.

    A session that somebody turned by hand is kept by running it once more, with its changes in
    their places: the same bytes as were seen.

    Must not be called where an event loop runs; a thread of its own will do.

    Args:
        scenario: What to run.
        path: The file; None for the user's own.
        strict: A fault that never fired makes the run `vacuous`.
        progress: Called now and then while the run goes on.
        folds: See every piece of the log go by.
        changes: Made by hand.
        last_seq: The last line of a session that is kept in the middle.
        opening: Opens the file; a test may want another writer.
        batch: Lines in a transaction.

    Raises:
        StorageError: the file cannot be used; lines written before are still there.
    """
    highlights = Highlights()
    with asyncio.Runner() as runner, inside(runner, opening(path or default_path())) as writer:
        run = runner.run(writer.begin(header_of(scenario), _change_rows(changes)))
        batches = _Batches(runner, run, batch)
        with _broken_off(runner, run):
            result = run_loaded(
                scenario,
                strict=strict,
                progress=progress,
                folds=(batches.fold, highlights.fold, *folds),
                changes=changes,
                last_seq=last_seq,
            )
            batches.flush()
            answer = Answer(result, highlights)
            messages = message_rows(result.metrics.columns, scenario, result)
            runner.run(run.finish(end_of(answer, is_cut=last_seq is not None), messages))
    return Kept(f"r{run.run}", answer)


class _Batches:
    """Gathers lines until there are enough for a transaction."""

    def __init__(self, runner: asyncio.Runner, run: RunWriter, size: int) -> None:
        self._runner = runner
        self._run = run
        self._size = size
        self._facts: list[Fact] = []

    def fold(self, facts: list[Fact]) -> None:
        """Take in the next lines of the log."""
        self._facts += facts
        if len(self._facts) >= self._size:
            self.flush()

    def flush(self) -> None:
        """Write what was gathered."""
        facts, self._facts = self._facts, []
        self._runner.run(self._run.append(facts))


@contextmanager
def _broken_off(runner: asyncio.Runner, run: RunWriter) -> Iterator[None]:
    """Write down that a run did not come to its end; where even that fails, it stays `running`."""
    try:
        yield
    except BaseException as error:
        is_by_hand = isinstance(error, KeyboardInterrupt)
        state = State.INTERRUPTED if is_by_hand else State.FAILED
        with suppress(StorageError):
            runner.run(run.break_off(state, "by hand" if is_by_hand else str(error)))
        raise


# What is written ---------------------------------------------------------------------------------


def header_of(scenario: Scenario) -> RunHeader:
    """What is written of a run when it begins, in this process and at this instant."""
    return RunHeader(
        scenario=scenario.name,
        title=scenario.title,
        file=scenario.file,
        seed=scenario.seed,
        rules_version=RULES_VERSION,
        program=__version__,
        scenario_hash=scenario.resolved_hash,
        resolved=resolved_json(scenario),
        started_ms=time.time_ns() // 1_000_000,
        process=os.getpid(),
        places=encoded_places(places_of(scenario)),
    )


def resolved_json(scenario: Scenario) -> str:
    """The resolved scenario as JSON that is YAML as well, so that the loader reads it back.

    Keys keep their order: that of cascades and traits is part of what is run. YAML does not let all
    characters stand as they are, so what is not simply seen is escaped, which JSON allows.
    """
    text = json.dumps(dict(scenario.resolved), ensure_ascii=False, separators=(", ", ": "))
    if text.isprintable():
        return text
    return "".join([c if c.isprintable() or c > "\uffff" else f"\\u{ord(c):04x}" for c in text])


def _change_rows(changes: Sequence[LiveChange]) -> list[ChangeRow]:
    return [
        ChangeRow(c.seq, c.at_us, c.provider, c.path, None if c.change is None else c.change.text)
        for c in changes
    ]


def end_of(answer: Answer, *, is_cut: bool) -> RunEnd:
    """What is written of a run when it is over."""
    result = answer.result
    counts = result.metrics.message_counts()
    return RunEnd(
        state=State.STOPPED if is_cut else State.FINISHED,
        verdict=result.verdict.value,
        digest=result.digest,
        virtual_us=result.virtual_us,
        wall_ms=round(result.wall_s * 1000),
        message_count=counts["total"],
        delivered=counts[Outcome.DELIVERED],
        result=encoded(answer),
    )


def message_rows(columns: Columns, scenario: Scenario, result: RunResult) -> Iterator[MessageRow]:
    """What became of each message, in order of arrival.

    Args:
        columns: The tables behind the run's metrics.
        scenario: What was run.
        result: What came out.
    """
    plans = [plan.name for plan in scenario.world.plans]
    names = result.message_names
    for message in range(1, columns.message_count + 1):
        state = columns.state[message]
        level: int | None = state & ENTERED
        attempts = copies = ledger = bill = 0
        row = columns.last[message]
        while row:
            attempts += 1
            ledger += columns.owed[row]
            bill += columns.bill[row]
            copies += bool(columns.flags[row] & ARRIVED)
            if columns.flags[row] & CREDITED:
                level = columns.place[row] >> 4
            row = columns.previous[row]
        if not copies and message in columns.outside_messages:
            copies = NOBODY_KNOWS
        yield MessageRow(
            message=message,
            name=names.get(message),
            cascade=plans[columns.plan[message]],
            requested_at_us=columns.requested_at[message],
            outcome=_WORDS.get(state & OUTCOME),
            level=level,
            attempts=attempts,
            took_us=_or_none(columns.took[message]),
            first_copy_us=_or_none(columns.copy_after[message]),
            copies=copies,
            ledger_nano=ledger,
            bill_nano=bill,
        )


def _or_none(duration_us: int) -> int | None:
    return None if duration_us == NEVER else duration_us
