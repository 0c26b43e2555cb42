"""A run judged case by case: what build servers, pull requests and test runners show of it.

One case per expectation, per named message, per law of the engine, and, where it is asked for, per
fault. A case that does not hold carries what was seen, the first message that offends, that
message's story, and the commands that show it again. All texts are fit to be shown; whoever shows
them to a program that reads markup escapes that markup.
"""

import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from sandbox.app.run import RETOLD_MAX, RunResult, Verdict
from sandbox.cascade.outputs import Fact
from sandbox.errors import SandboxError, UsageError
from sandbox.journal.digest import RULES_VERSION
from sandbox.report.definitions import (
    HIDDEN_DUPLICATES,
    PAID_UNKNOWINGLY,
    Measure,
    parse_metric,
)
from sandbox.report.figures import exact_seconds, format_measure, money_text
from sandbox.report.laws import LAWS
from sandbox.report.plain import plain
from sandbox.report.timeline import MessageResult, message_results, story_lines
from sandbox.scenario import library
from sandbox.scenario.expectations import ExpectationResult
from sandbox.scenario.model import Scenario

MAIN_FIGURES: Final = {
    "delivered, known": "known.delivery_rate",
    "delivered, true": "truth.delivery_rate",
    "time p95": "known.time_to_delivered.p95",
    "cost": "known.cost.total",
    "paid for twice": "truth.cost.duplicates",
    PAID_UNKNOWINGLY: HIDDEN_DUPLICATES,
    "got it twice": "truth.double_delivery_rate",
}
"""What a run is summed up in, by the words for it."""

STORIES_MAX: Final = 5
"""Of so many messages of a run the story is told; the commands tell any other."""

STORY_LINES_MAX: Final = 60
"""Longer stories end in a dash; a message that is tried ten times a level can have hundreds."""


class Group(StrEnum):
    """What a case is about."""

    EXPECT = "expect"
    MESSAGES = "messages"
    FAULTS = "faults"
    RUN = "run"
    LAWS = "laws"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing that holds or does not.

    Attributes:
        name: The expectation with its scope, the message's name, the fault, the law.
        seen: What was seen, in one line.
        place: `file:line` where it stands in a file; "" for what no file asks for.
        message: The first message that offends, where there is one.
        details: Further lines about what was seen.
        story: That message's timeline, line by line; empty where it is not told.
    """

    group: Group
    name: str
    holds: bool
    seen: str
    place: str = ""
    message: int | None = None
    details: tuple[str, ...] = ()
    story: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """The call by which a run is made once more.

    Attributes:
        file: As it was named.
        run: The name of the run in the store, where it is kept.
        db: The store's file, where it is not the user's own.
        cassette: What its providers say; "" where they are simulated.
    """

    file: str
    seed: int
    overrides: Sequence[tuple[str, str]] = ()
    is_strict: bool = False
    run: str | None = None
    db: Path | None = None
    cassette: str = ""

    @property
    def command(self) -> str:
        """Runs the same scenario with the same luck, as one would type it."""
        words = ["sandbox", "run", self.file, "--seed", str(self.seed)]
        for path, value in self.overrides:
            words += ["--set", f"{path}={value}"]
        if self.is_strict:
            words.append("--strict")
        if self.cassette:
            words += ["--cassette", self.cassette]
        return plain(shlex.join(words))

    def show(self, message: int) -> str:
        """Shows a message of the stored run; "" where it is not kept."""
        if self.run is None:
            return ""
        words = ["sandbox", "show", self.run, f"m{message}"]
        return plain(shlex.join(words if self.db is None else [*words, "--db", str(self.db)]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A run that took place, and all that was judged of it.

    Attributes:
        figures: What it is summed up in, by the words of `MAIN_FIGURES`.
        cases: Expectations first, in the order of the file; laws last.
    """

    scenario: str
    title: str
    seed: int
    verdict: Verdict
    digest: str
    counts: Mapping[str, int]
    virtual_us: int
    wall_s: float
    currency: str
    again: Again
    figures: Mapping[str, Measure]
    cases: tuple[Case, ...]
    warnings: tuple[str, ...]
    rules_version: int = RULES_VERSION

    @property
    def failed(self) -> list[Case]:
        """The cases that do not hold."""
        return [case for case in self.cases if not case.holds]

    def figure(self, label: str) -> str:
        """One of the figures, for people."""
        return format_measure(self.figures[label], self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRun:
    """A scenario that could not be run to its end: its file is wrong, or a file could not be kept.

    Attributes:
        file: As it was named.
        seed: None: the scenario's own.
        code: The stable code of its first problem, such as `unit-missing`; else a word for it.
        text: All of it, in lines, the position of each problem included.
    """

    file: str
    seed: int | None
    verdict: Verdict
    code: str
    text: str


Told = Judged | NotRun
"""What there is to tell of one file and seed."""


def not_run(file: str, seed: int | None, error: SandboxError) -> NotRun:
    """What there is to tell of a run that an error kept from taking place."""
    problems = getattr(error, "problems", ())
    code = problems[0].code if problems else type(error).__name__.removesuffix("Error").lower()
    return NotRun(file=file, seed=seed, verdict=Verdict.ERROR, code=code, text=str(error))


def interrupted(file: str, seed: int | None) -> NotRun:
    """What there is to tell of a run that somebody broke off."""
    return NotRun(
        file=file,
        seed=seed,
        verdict=Verdict.INTERRUPTED,
        code="interrupted",
        text="interrupted by hand; what comes after it was not run",
    )


def named_as(file: Path) -> str:
    """What a file is called in a command: a shipped scenario by its name, wherever it is."""
    try:
        is_shipped = library.built_in().get(file.stem) == file
    except UsageError:
        is_shipped = False
    return file.stem if is_shipped else str(file)


# Judging -----------------------------------------------------------------------------------------


def judge(result: RunResult, again: Again, *, with_stories: bool = True) -> Judged:
    """Judge a run case by case.

    Args:
        result: The run.
        again: How it is made once more; its `is_strict` makes a case of every fault.
        with_stories: Named messages and stories are told, which repeats the run once.
    """
    metrics = result.metrics
    lines = _Lines(result, with_stories=with_stories)
    return Judged(
        scenario=plain(result.scenario.name),
        title=plain(result.scenario.title),
        seed=result.seed,
        verdict=result.verdict,
        digest=result.digest,
        counts=metrics.message_counts(),
        virtual_us=result.virtual_us,
        wall_s=result.wall_s,
        currency=metrics.currency,
        again=again,
        figures={
            label: metrics.measure(parse_metric(name)) for label, name in MAIN_FIGURES.items()
        },
        cases=tuple(_cases(result, lines, is_strict=again.is_strict)),
        warnings=tuple(map(plain, result.scenario.warnings)),
    )


class Expected(Protocol):
    """An expectation, judged or not yet."""

    @property
    def text(self) -> str:
        """As it was written."""
        ...

    @property
    def scope(self) -> str:
        """Which messages it is about."""
        ...

    @property
    def line(self) -> int:
        """Where it stands in its file."""
        ...


def expectation_names(expected: Iterable[Expected]) -> list[str]:
    """What expectations are called where all of them stand side by side, each name once."""
    names: dict[str, None] = {}
    for item in expected:
        name = plain(item.text if item.scope in {"", "all"} else f"{item.scope}: {item.text}")
        if name in names:
            name = f"{name} (line {item.line})"
        while name in names:
            name += "'"
        names[name] = None
    return list(names)


def explained(case: Case, again: Again) -> list[str]:
    """A case that does not hold, as lines for people: what was seen, where, and how to see it."""
    lines = [case.name, f"  saw     {case.seen}", *(f"          {line}" for line in case.details)]
    if case.place:
        lines.append(f"  where   {case.place}")
    lines.append(f"  seed    {again.seed}")
    if case.message is not None:
        lines.append(f"  first   m{case.message}")
    lines.append(f"  replay  {again.command}")
    show = "" if case.message is None else again.show(case.message)
    if show:
        lines.append(f"  show    {show}")
    if case.story:
        lines += ["", *(f"  {line}" for line in case.story)]
    return lines


def _cases(result: RunResult, lines: "_Lines", *, is_strict: bool) -> Iterator[Case]:
    names = expectation_names(result.expectations)
    for name, item in zip(names, result.expectations, strict=True):
        yield _expectation(name, item, result.scenario, lines)
    yield from _named(result, lines)
    if is_strict:
        for fault, times in result.fired.items():
            seen = f"fired {times:,} times" if times else "never fired: no setting was read"
            yield Case(group=Group.FAULTS, name=plain(fault), holds=times > 0, seen=seen)
    yield _quiet(result, lines)
    broken = {item.law: item for item in reversed(result.violations)}
    for law in LAWS:
        first = broken.get(law)
        if first is None:
            yield _KEPT_LAWS[law]
            continue
        message = lines.message_of(first.seq)
        yield Case(
            group=Group.LAWS,
            name=law,
            holds=False,
            seen=f"broken at line {first.seq} of the log: {plain(first.text)}",
            message=message,
            story=lines.story(message),
        )


def _expectation(name: str, item: ExpectationResult, scenario: Scenario, lines: "_Lines") -> Case:
    seen = item.seen
    if not seen and item.measure is not None:
        seen = format_measure(item.measure, scenario.currency)
    told = ", ".join(part for part in (seen, item.why) if part) or "it does not hold"
    if item.samples and item.measure is not None and item.scope not in {"never", "sometimes"}:
        told += f" over {item.samples:,} {'message' if item.samples == 1 else 'messages'}"
    file = item.file or scenario.file
    return Case(
        group=Group.EXPECT,
        name=name,
        holds=item.passed,
        seen=plain(told),
        place=plain(f"{file}:{item.line}") if file else f"line {item.line}",
        message=None if item.passed else item.first_message,
        details=() if item.passed else tuple(map(plain, item.details)),
        story=() if item.passed else lines.story(item.first_message),
    )


def _named(result: RunResult, lines: "_Lines") -> Iterator[Case]:
    """A case for every message that has a name, whether or not something is expected of it."""
    wrong = {
        item.first_message: item
        for item in result.expectations
        if not item.passed and item.scope.startswith("message ")
    }
    told = {message.message: message for message in lines.named()}
    for number, name in result.message_names.items():
        item, message = wrong.get(number), told.get(number)
        yield Case(
            group=Group.MESSAGES,
            name=plain(name),
            holds=item is None,
            seen="not told" if message is None else _became(message, result.metrics.currency),
            message=None if item is None else number,
            details=() if item is None else tuple(map(plain, (item.why or item.text,))),
            story=() if item is None else lines.story(number),
        )


def _became(message: MessageResult, currency: str) -> str:
    """What became of a message, in one line."""
    taken = "" if message.seconds_us is None else f" in {exact_seconds(message.seconds_us)} s"
    path = ", ".join((*message.path, *(f"late {step}" for step in message.late)))
    cost = money_text(message.cost_nano, currency)
    return plain(f"{message.outcome or 'no outcome'}{taken}: {path}; {cost}")


def _quiet(result: RunResult, lines: "_Lines") -> Case:
    holds = result.verdict is not Verdict.NOT_QUIET
    first = None if holds or not result.pending else result.pending[0]
    pending = ", ".join(f"m{number}" for number in result.pending)
    return Case(
        group=Group.RUN,
        name="quiet by the limit",
        holds=holds,
        seen="all was settled" if holds else f"still without an outcome: {pending or 'none'}",
        message=first,
        story=lines.story(first),
    )


_KEPT_LAWS: Final = {
    law: Case(group=Group.LAWS, name=law, holds=True, seen="never broken") for law in LAWS
}


# Looking into the log once more ------------------------------------------------------------------


class _Lines:
    """The lines of the messages that will be spoken of, got by repeating the run at most once."""

    def __init__(self, result: RunResult, *, with_stories: bool) -> None:
        self._result = result
        self._is_told = with_stories and result.metrics.message_counts()["total"] <= RETOLD_MAX
        self._told: dict[int, tuple[str, ...]] = {}
        self._facts: dict[int, list[Fact]] = {}
        self._by_seq: dict[int, int | None] = {}
        if self._is_told:
            self._collect()

    def named(self) -> list[MessageResult]:
        """What became of the messages that have names."""
        names, plans = self._result.message_names, self._result.scenario.world.plans
        if not self._is_told:
            return []
        facts = [fact for number in sorted(names) for fact in self._facts.get(number, ())]
        return list(message_results(facts, plans, names, names))

    def message_of(self, seq: int) -> int | None:
        """The message a line of the log is about."""
        return self._by_seq.get(seq)

    def story(self, message: int | None) -> tuple[str, ...]:
        """A message's timeline; empty where it is not told."""
        if message is None or message not in self._facts:
            return ()
        if message not in self._told:
            if len(self._told) >= STORIES_MAX:
                return ()
            self._told[message] = tuple(self._lines_of(message))
        return self._told[message]

    def _lines_of(self, message: int) -> list[str]:
        scenario = self._result.scenario
        lines = story_lines(
            self._facts[message],
            scenario.world.plans,
            self._result.message_names,
            scenario.currency,
        )
        if len(lines) > STORY_LINES_MAX:
            return [*lines[:STORY_LINES_MAX], "…"]
        return lines

    def _collect(self) -> None:
        result = self._result
        wanted = set(result.message_names)
        wanted |= {
            item.first_message
            for item in result.expectations
            if not item.passed and item.first_message is not None
        }
        wanted |= set(result.pending[:1])
        first_of = {item.law: item.seq for item in reversed(result.violations)}
        if first_of:
            self._by_seq = dict(self._messages_at(set(first_of.values())))
            wanted |= {message for message in self._by_seq.values() if message is not None}
        if not wanted:
            return
        for fact in self._log():
            if fact[2] in wanted:
                self._facts.setdefault(fact[2], []).append(fact)

    def _messages_at(self, seqs: Collection[int]) -> Iterator[tuple[int, int | None]]:
        for fact in self._log():
            if fact[0] in seqs:
                yield fact[0], fact[2]

    def _log(self) -> Iterator[Fact]:
        for piece in self._result.pieces():
            yield from piece
