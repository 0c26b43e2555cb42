"""Stored runs: find them, look into them, repeat them, let them go.

All of it is plain code for plain callers; where an event loop runs already, call it in a thread.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Final, TypeVar

from sandbox.app.answers import Answer, Told, decoded
from sandbox.app.live_journal import deed_of, in_order
from sandbox.app.why import Material, explain, message_number
from sandbox.cascade.outputs import Fact
from sandbox.drivers.retraced import LiveChange, LiveDeed, run_retraced
from sandbox.errors import MisuseError, StorageError, UsageError
from sandbox.journal.digest import RULES_VERSION, Digest, line
from sandbox.journal.entry import Entry, entry
from sandbox.report.ledger import book_of, money_lines, price_list
from sandbox.report.timeline import MessageResult, message_results, story_lines
from sandbox.report.why import Explained
from sandbox.scenario.composing import OwnMessage, grown
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from sandbox.scenario.places import decoded as decoded_places
from sandbox.simulation.mixed import MixedWorld
from sandbox.simulation.spec import Change, WorldSpec
from sandbox.simulation.world import World
from sandbox.store.place import default_path
from sandbox.store.reader import KeptRun, Reader, open_reader
from sandbox.store.rows import ChangeRow, RunRow, State
from sandbox.store.writer import open_writer

T = TypeVar("T")

LATEST: Final = "last"
"""The word for the newest run."""

_SILENT_MS: Final = 60_000
"""A run that has written nothing for so long does not run any more, whatever its process does."""

_CHANGES_AT_ONCE: Final = 100
"""Live changes read in one go: a scenario has a bounded size."""


def store_path(path: Path | None) -> Path:
    """The file that is meant: the user's own when none is named."""
    return path or default_path()


# Finding -----------------------------------------------------------------------------------------


def list_runs(path: Path | None = None, words: Sequence[str] = ()) -> list[RunRow]:
    """Stored runs, newest first; those that were killed are told apart from those that go on.

    Args:
        path: The file; None for the user's own.
        words: Each must occur in the name, scenario, title, file, seed, verdict, state or digest.

    Raises:
        StorageError: the file cannot be used.
    """
    where = store_path(path)
    if not where.exists():
        return []
    runs = _read(where, lambda reader: reader.runs())
    shown = [as_it_stands(run, time.time_ns() // 1_000_000) for run in runs]
    wanted = [word.casefold() for word in words]
    return [run for run in shown if all(word in _haystack(run) for word in wanted)]


def as_it_stands(run: RunRow, now_ms: int) -> RunRow:
    """The run with a state that says whether it still goes on.

    A process that is killed leaves `running` behind.

    Args:
        run: As the file has it.
        now_ms: Wall time, in milliseconds since 1970.
    """
    if run.state is not State.RUNNING:
        return run
    if now_ms - run.beat_ms < _SILENT_MS and _is_alive(run.process):
        return run
    return run._replace(state=State.INTERRUPTED, trouble=run.trouble or "the process was killed")


def _is_alive(process: int) -> bool:
    if sys.platform == "win32":  # there `kill` kills; the time of the last line must do
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _haystack(run: RunRow) -> str:
    seed = f"seed {run.seed}"
    told = (run.name, run.scenario, run.title, run.file, seed, run.state, run.verdict or "")
    return "\n".join([*map(str, told), run.digest or ""]).casefold()


def find_run(path: Path | None, name: str) -> RunRow:
    """The run that is meant.

    Args:
        path: The file; None for the user's own.
        name: `r7` or `7`; `last` for the newest; or a scenario's name for the newest of it.

    Raises:
        UsageError: there is no such run; names the nearest.
        StorageError: the file cannot be used.
    """
    runs = list_runs(path)
    word = name.strip()
    number = word.removeprefix("r")
    for run in runs:
        if word in (LATEST, run.scenario) or number == str(run.run):
            return run
    where = store_path(path)
    if not runs:
        raise UsageError(
            f"no run {name!r}: nothing is stored in {where}",
            hint="`sandbox run FILE --db FILE` stores a run; on a terminal, `sandbox run FILE`"
            " does.",
        )
    raise UsageError(
        f"no run {name!r} in {where}; the nearest is {_nearest(number, word, runs)}",
        hint="`sandbox runs` lists them.",
    )


def _nearest(number: str, word: str, runs: Sequence[RunRow]) -> str:
    if number.isdecimal():
        return min(runs, key=lambda run: abs(run.run - int(number))).name
    near = get_close_matches(word, [run.scenario for run in runs], n=1, cutoff=0.4)
    return near[0] if near else runs[0].name


# Looking into ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What a stored run came to.

    Attributes:
        answer: None when it did not come to its end.
        worst: The timeline of the message that fared worst, line by line; may be empty.
        is_live: Real providers had a part in the run, and nobody knows the truth of it.
    """

    run: RunRow
    answer: Answer | None
    worst: list[str]
    is_live: bool = False


def answer_of(path: Path | None, name: str) -> StoredAnswer:
    """What a run came to, as it was measured then.

    Raises:
        UsageError: there is no such run.
        StorageError: the file cannot be used.
    """
    run = find_run(path, name)

    async def read(reader: Reader) -> StoredAnswer:
        kept = await reader.kept(run.run)
        if kept.result is None:
            return StoredAnswer(run, None, [])
        names = await reader.message_names(run.run)
        answer = _answer(store_path(path), kept, names)
        worst = answer.highlights.worst
        facts = [] if worst is None else await reader.timeline(run.run, worst)
        story = _story(facts, answer.result.scenario, names)
        return StoredAnswer(run, answer, story, is_live=kept.outside is not None)

    return _read(path, read)


def _answer(path: Path, kept: KeptRun, names: dict[int, str]) -> Answer:
    row = kept.row
    told = Told(
        path=path,
        run=row.run,
        verdict=row.verdict or "",
        digest=row.digest or "",
        virtual_us=row.virtual_us,
        wall_s=(row.wall_ms or 0) / 1000,
        message_names=names,
    )
    try:
        return decoded(kept.result or "", scenario_of(kept), told)
    except (KeyError, TypeError, ValueError) as error:
        raise StorageError(
            f"the answer kept of run {row.name} cannot be read: {error}",
            hint=f"`sandbox replay {row.name}` runs it again.",
        ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """A message of a stored run, with the run around it.

    Attributes:
        message: Its number.
        facts: All lines about it.
        names: Of all messages of the run that have one.
        places: Where the settings of the scenario stand, as they are kept; "" where they are not.
        is_live: Real providers had a part in the run.
    """

    run: RunRow
    message: int
    facts: list[Fact]
    names: dict[int, str]
    scenario: Scenario
    changes: tuple[LiveDeed, ...]
    places: str
    is_live: bool = False

    def told(self) -> MessageResult:
        """What became of it."""
        return next(message_results(self.facts, self.scenario.world.plans, self.names))

    def events(self) -> list[Entry]:
        """All lines about it, with names for their columns."""
        return [entry(fact) for fact in self.facts]


def message_of(path: Path | None, name: str, message: str) -> StoredMessage:
    """One message of a run.

    Args:
        path: The file; None for the user's own.
        name: The run.
        message: `m17`, `17`, or the name the scenario gives it.

    Raises:
        UsageError: there is no such run or message.
        StorageError: the file cannot be used.
    """
    run = find_run(path, name)

    async def read(reader: Reader) -> StoredMessage:
        names = await reader.message_names(run.run)
        named = (number for number, each in names.items() if each == message)
        number = next(named, message_number(message))
        facts = [] if number is None else await reader.timeline(run.run, number)
        if number is None or not facts:
            raise _no_message(run, message, names)
        kept = await reader.kept(run.run)
        return StoredMessage(
            run=run,
            message=number,
            facts=facts,
            names=names,
            scenario=scenario_of(kept),
            changes=deeds_of(kept),
            places=kept.places,
            is_live=kept.outside is not None,
        )

    return _read(path, read)


def timeline_of(path: Path | None, name: str, message: str) -> list[str]:
    """The timeline of one message of a run and its money, as lines for people.

    Args:
        path: The file; None for the user's own.
        name: The run.
        message: `m17`, `17`, or the name the scenario gives it.

    Raises:
        UsageError: there is no such run or message.
        StorageError: the file cannot be used.
    """
    stored = message_of(path, name, message)
    story = _story(stored.facts, stored.scenario, stored.names)
    return story + _money(stored.facts, stored.scenario)


def why_of(path: Path | None, name: str, message: str) -> Explained:
    """One message of a run explained; as `message_of` finds it.

    Raises:
        UsageError: there is no such run or message.
        StorageError: the file cannot be used.
    """
    stored = message_of(path, name, message)
    run = stored.run
    material = Material(
        scenario=stored.scenario,
        facts=stored.facts,
        name=stored.names.get(stored.message, ""),
        places=decoded_places(stored.places),
        changes=stored.changes,
        is_live=stored.is_live,
        end_us=None if run.state is State.FINISHED else run.virtual_us,
        rules_version=run.rules_version,
    )
    return explain(material)


def _no_message(run: RunRow, message: str, names: dict[int, str]) -> UsageError:
    near = get_close_matches(message, names.values(), n=1, cutoff=0.5)
    if near:
        hint = f"Did you mean {near[0]!r}?"
    elif run.message_count:
        hint = f"Its messages are m1 to m{run.message_count}."
    else:
        hint = "Messages are numbered from m1 in order of arrival."
    return UsageError(f"no message {message!r} in run {run.name}", hint=hint)


def _money(facts: list[Fact], scenario: Scenario) -> list[str]:
    book = book_of(facts, scenario.world.plans, price_list(scenario.world.providers))
    return [] if book is None else money_lines(book, scenario.currency)


def _story(facts: list[Fact], scenario: Scenario, names: dict[int, str]) -> list[str]:
    return story_lines(facts, scenario.world.plans, names, scenario.currency)


# Once more ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """The first line in which two logs differ; "" where one of them has ended."""

    seq: int
    stored: str
    replayed: str


@dataclass(frozen=True, slots=True)
class Replay:
    """A run and its repetition.

    Attributes:
        digest: Of the repetition.
        line_count: How many lines it has.
        difference: Where they part; None when every line is the same.
    """

    run: RunRow
    digest: str
    line_count: int
    difference: Difference | None

    @property
    def is_equal(self) -> bool:
        """Every byte is the same."""
        return self.difference is None and self.run.digest in (None, self.digest)


def replay(path: Path | None, name: str) -> Replay:
    """Run a stored run once more, from nothing but what is stored, and compare.

    A run that did not come to its end is repeated as far as it came.

    Raises:
        UsageError: there is no such run, or other rules made it.
        StorageError: the file cannot be used.
    """
    run = find_run(path, name)
    kept = _read(path, lambda reader: reader.kept(run.run))
    check_rules(run)
    scenario = scenario_of(kept)
    deeds = deeds_of(kept)
    last_seq = None if run.state is State.FINISHED else run.line_count

    def pieces() -> Iterator[list[Fact]]:
        try:
            yield from run_retraced(world_of(kept, scenario), deeds, last_seq)
        except MisuseError:
            return  # what was done finds another world than it did then: the log parts here

    digest, line_count = _digest(pieces())
    is_same = run.digest == digest and run.line_count == line_count
    difference = None if is_same else _read(path, lambda r: _difference(r, run.run, pieces()))
    return Replay(run, digest, line_count, difference)


def check_rules(run: RunRow) -> None:
    """Make sure that this program plays by the rules that made a run.

    Raises:
        UsageError: it does not.
    """
    if run.rules_version != RULES_VERSION:
        raise UsageError(
            f"run {run.name} was made under rules_version {run.rules_version}, and this program "
            f"has rules_version {RULES_VERSION}: the same scenario gives another log",
            hint=f"Version {run.program} of the program replays it.",
        )


def _digest(pieces: Iterator[list[Fact]]) -> tuple[str, int]:
    digest, line_count = Digest(), 0
    for facts in pieces:
        digest.update(facts)
        line_count = facts[-1][0]
    return digest.text, line_count


async def _difference(reader: Reader, run: int, pieces: Iterator[list[Fact]]) -> Difference | None:
    """Go through both logs side by side, up to the first line that differs."""
    replayed = (fact for facts in pieces for fact in facts)
    async with aclosing(reader.lines(run)) as stored:
        async for facts in stored:
            for fact in facts:
                again = next(replayed, None)
                if again != fact:
                    return Difference(fact[0], _line(fact), _line(again))
    again = next(replayed, None)
    return None if again is None else Difference(again[0], "", _line(again))


def _line(fact: Fact | None) -> str:
    return "" if fact is None else line(fact).rstrip("\n")


# What a run is made of ---------------------------------------------------------------------------


def stored_scenario(
    path: Path | None, name: str
) -> tuple[Scenario, tuple[LiveChange, ...], RunRow]:
    """What a run is repeated from: its scenario, its live changes, and what is known of it.

    Raises:
        UsageError: there is no such run, other rules made it, or it is a live one.
        StorageError: the file cannot be used.
    """
    run = find_run(path, name)
    check_rules(run)
    kept = _read(path, lambda reader: reader.kept(run.run))
    if kept.outside is not None:
        raise UsageError(
            f"run {run.name} spoke with real providers, and those cannot be played again",
            hint=f"`sandbox replay {run.name}` proves its log, `sandbox show {run.name}` tells it.",
        )
    return scenario_of(kept), changes_of(kept), run


def scenario_of(kept: KeptRun) -> Scenario:
    """The scenario of a run, from what is stored and nothing else."""
    row = kept.row
    return replace(load(kept.resolved, seed=row.seed, is_resolved=True), file=row.file)


def world_of(kept: KeptRun, scenario: Scenario) -> World:
    """The world of a run at its beginning; of a live one, with its providers outside."""
    if kept.outside is None:
        return World(scenario.world)
    return MixedWorld(scenario.world, kept.outside)


def deeds_of(kept: KeptRun) -> tuple[LiveDeed, ...]:
    """All that was done by hand in a run, and heard from real providers, in order.

    Raises:
        StorageError: it cannot be read.
    """
    own: list[OwnMessage] = []

    def grow(message: OwnMessage) -> WorldSpec:
        own.append(message)
        return grown(scenario_of(kept), own).world

    return in_order(changes_of(kept), [deed_of(row, grow) for row in kept.deeds])


def changes_of(kept: KeptRun) -> tuple[LiveChange, ...]:
    """The changes by hand, read as a scenario's faults would be."""
    written = [change for change in kept.changes if change.value is not None]
    read = iter(
        [
            change
            for begin in range(0, len(written), _CHANGES_AT_ONCE)
            for change in _read_changes(kept, written[begin : begin + _CHANGES_AT_ONCE])
        ]
    )
    return tuple(
        LiveChange(
            seq=change.seq,
            at_us=change.at_us,
            provider=change.provider,
            path=change.path,
            change=None if change.value is None else next(read),
        )
        for change in kept.changes
    )


def _read_changes(kept: KeptRun, changes: Sequence[ChangeRow]) -> list[Change]:
    """Values as they were written, as the loader reads them."""
    resolved = json.loads(kept.resolved)
    around = {name: resolved[name] for name in ("schema", "cascades", "providers")}
    load_entry = {"burst": 1, "cascade": next(iter(resolved["cascades"]))}
    # One after the other, because two faults at one time exclude each other.
    faults = ", ".join(_as_fault(change, second) for second, change in enumerate(changes))
    text = json.dumps(around | {"load": [load_entry]})
    scenario = load(text, overrides=[("faults", f"[{faults}]")], is_resolved=True)
    return [fault.changes[0] for fault in scenario.world.faults]


def _as_fault(change: ChangeRow, second: int) -> str:
    provider, path = json.dumps(change.provider), json.dumps(change.path)
    return (
        f"{{id: change-{second}, provider: {provider}, at: {second}s, for: 1ms, "
        f"set: {{{path}: {change.value}}}}}"
    )


# Letting go --------------------------------------------------------------------------------------


def prune(path: Path | None, older_than_us: int) -> int:
    """Let go of all runs older than that, and give their room back.

    Args:
        path: The file; None for the user's own.
        older_than_us: In microseconds of wall time.

    Returns:
        How many there were.

    Raises:
        StorageError: the file cannot be used.
    """
    where = store_path(path)
    if not where.exists():
        return 0
    before_ms = time.time_ns() // 1_000_000 - older_than_us // 1000

    async def pruning() -> int:
        async with open_writer(where) as writer:
            return await writer.prune(before_ms)

    return asyncio.run(pruning())


def _read(path: Path | None, use: Callable[[Reader], Awaitable[T]]) -> T:
    async def reading() -> T:
        async with open_reader(store_path(path)) as reader:
            return await use(reader)

    return asyncio.run(reading())
