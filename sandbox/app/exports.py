"""A stored run in other people's formats: JSON lines, CSV, Markdown, a page of HTML.

Everything is written piece by piece, so a run of any size takes little memory. What a spreadsheet
would take for a formula and carry out gets a leading apostrophe; numbers stay numbers, and a phone
number with its plus sign is kept from becoming one.
"""

import asyncio
import csv
import json
import re
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing, suppress
from enum import StrEnum
from pathlib import Path
from typing import Final

from sandbox.app.page import Source, page_of
from sandbox.app.redacting import redacted_answer, redaction_of
from sandbox.app.stored import (
    StoredAnswer,
    answer_of,
    deeds_of,
    find_run,
    scenario_of,
    store_path,
)
from sandbox.cascade.outputs import Detail
from sandbox.errors import UsageError
from sandbox.journal.entry import Entry
from sandbox.report.definitions import HIDDEN_DUPLICATES, PAID_UNKNOWINGLY, parse_metric
from sandbox.report.figures import format_measure
from sandbox.report.plain import plain
from sandbox.report.redaction import Redaction
from sandbox.report.timeline import story_lines
from sandbox.store.reader import Reader, open_reader
from sandbox.store.rows import MessageRow

Sink = Callable[[str], object]
"""Takes text, such as `sys.stdout.write`."""

Cell = str | int | None

_FORMULA_BEGINS: Final = (
    "=", "+", "-", "@", "\t", "\r", "\n",
    "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}",
    "\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}",
)  # fmt: skip
"""What a spreadsheet takes for the begin of a formula; some take the wide forms as well."""

_NUMBER: Final = re.compile(r"-[0-9]+(\.[0-9]+)?")
"""A negative number, which is nothing to be carried out."""

_FIGURES: Final = (
    ("delivered", "delivery_rate"),
    ("time to delivered p50", "time_to_delivered.p50"),
    ("time to delivered p95", "time_to_delivered.p95"),
    ("cost in all", "cost.total"),
    ("cost per delivered", "cost.per_delivered"),
    ("cost of duplicates", "cost.duplicates"),
    ("delivered twice", "double_delivery_rate"),
)


class Format(StrEnum):
    """What an export is written as."""

    JSONL = "jsonl"
    CSV = "csv"
    MD = "md"
    HTML = "html"


class Subject(StrEnum):
    """What an export is about."""

    EVENTS = "events"
    """The log, a line each."""
    MESSAGES = "messages"
    """What became of each message."""


def export_run(
    path: Path | None,
    name: str,
    form: Format,
    write: Sink,
    subject: Subject = Subject.EVENTS,
    *,
    redacts: bool = False,
) -> None:
    """Write a run out.

    Args:
        path: The file; None for the user's own.
        name: The run.
        form: Markdown and HTML are reports of the whole run; the others have a line per event or
            message.
        write: Takes the text, piece by piece.
        subject: What JSON lines and CSV are about.
        redacts: Numbers of people, texts and codes are masked.

    Raises:
        UsageError: there is no such run, or a run that was broken off has no messages.
        StorageError: the file cannot be used.
    """
    if form in (Format.MD, Format.HTML):
        asyncio.run(_report(path, answer_of(path, name), form, write, redacts=redacts))
        return
    run = find_run(path, name)
    if subject is Subject.MESSAGES and run.message_count is None:
        raise UsageError(
            f"run {run.name} did not come to its end, and its messages were not summed up",
            hint=f"`sandbox export {run.name} --format {form}` writes its events.",
        )

    async def writing() -> None:
        async with open_reader(store_path(path)) as reader:
            redaction = await _redaction(reader, run.run) if redacts else None
            if subject is Subject.EVENTS:
                rows = _events(reader, run.run, redaction)
            else:
                rows = _messages(reader, run.run, redaction)
            async with aclosing(rows) as pieces:
                await _write(pieces, _HEADS[subject], form, write)

    asyncio.run(writing())


async def _redaction(reader: Reader, run: int) -> Redaction:
    kept = await reader.kept(run)
    names = await reader.message_names(run)
    return redaction_of(scenario_of(kept), deeds_of(kept), names.values())


async def _report(
    path: Path | None, stored: StoredAnswer, form: Format, write: Sink, *, redacts: bool
) -> None:
    async with open_reader(store_path(path)) as reader:
        redaction = await _redaction(reader, stored.run.run) if redacts else None
        if form is Format.HTML:
            kept = await reader.kept(stored.run.run)
            source = Source(stored=stored, kept=kept, path=path, redaction=redaction)
            for piece in await page_of(reader, source):
                write(piece)
            return
        if redaction is not None:
            stored = redacted_answer(stored, redaction, await _worst(reader, stored, redaction))
        write(report_text(stored))


async def _worst(reader: Reader, stored: StoredAnswer, redaction: Redaction) -> list[str]:
    """The timeline of the worst message, told of masked lines."""
    if stored.answer is None or stored.answer.highlights.worst is None:
        return []
    result = stored.answer.result
    facts = await reader.timeline(stored.run.run, stored.answer.highlights.worst)
    told = list(map(redaction.told, facts))
    plans = result.scenario.world.plans
    return story_lines(told, plans, result.message_names, result.scenario.currency)


# A line per event or message ---------------------------------------------------------------------

_HEADS: Final = {Subject.EVENTS: Entry._fields, Subject.MESSAGES: MessageRow._fields}

Rows = AsyncGenerator[list[tuple[object, ...]], None]


async def _events(reader: Reader, run: int, redaction: Redaction | None) -> Rows:
    async with aclosing(reader.lines(run)) as pieces:
        async for facts in pieces:
            yield list(facts) if redaction is None else list(map(redaction.fact, facts))


async def _messages(reader: Reader, run: int, redaction: Redaction | None) -> Rows:
    async with aclosing(reader.messages(run)) as pieces:
        async for rows in pieces:
            yield [row if redaction is None else _masked(row, redaction) for row in rows]


def _masked(row: MessageRow, redaction: Redaction) -> MessageRow:
    name = None if row.name is None else redaction.text(row.name)
    return row._replace(name=name, cascade=redaction.text(row.cascade))


async def _write(pieces: Rows, head: tuple[str, ...], form: Format, write: Sink) -> None:
    if form is Format.CSV:
        write(_csv([head]))
    async for rows in pieces:
        if form is Format.CSV:
            write(_csv([[_cell(value) for value in row] for row in rows]))
        else:
            write("".join(f"{_json(dict(zip(head, row, strict=True)))}\n" for row in rows))


def _json(columns: dict[str, object]) -> str:
    detail = columns.get("detail")
    if isinstance(detail, Detail):
        columns["detail"] = dict(detail.fields)
    return json.dumps(columns, ensure_ascii=False, separators=(",", ":"))


def _cell(value: object) -> Cell:
    match value:
        case None | int():
            return value
        case Detail():
            return defused(value.json) if value.fields else None
        case _:
            return defused(str(value))


def defused(text: str) -> str:
    """A cell no spreadsheet carries out: what begins like a formula gets an apostrophe in front.

    So does a phone number: with its plus sign a spreadsheet would make a number of it, and lose the
    sign and the last digits. A negative number is a number, and stays one.
    """
    if not text.startswith(_FORMULA_BEGINS) or _NUMBER.fullmatch(text):
        return text
    return f"'{text}"


class _Lines(list[str]):
    """What the CSV writer writes to."""

    write = list.append


def _csv(rows: Iterable[Iterable[Cell]]) -> str:
    lines = _Lines()
    csv.writer(lines, lineterminator="\n").writerows(rows)
    return "".join(lines)


# A report ----------------------------------------------------------------------------------------


def report_text(stored: StoredAnswer) -> str:
    """A run as a page of Markdown, for an issue or a pull request."""
    run = stored.run
    title = _md(run.title or run.scenario)
    verdict = run.verdict or run.state
    head = f"Scenario `{_code(run.scenario)}`, seed {run.seed}, run {run.name}: **{verdict}**"
    lines = [f"# {title}", "", head, ""]
    if stored.answer is None:
        lines.append(f"{run.line_count:,} lines of the log are stored. {_md(run.trouble or '')}")
    else:
        lines += [*_figures(stored), *_expectations(stored), *_switches(stored)]
    if stored.worst:
        lines += ["", "## The worst message", "", "```text", *stored.worst, "```"]
    lines += [
        "",
        "## To repeat it",
        "",
        f"`sandbox replay {run.name}` gives the same log, `{run.digest or 'as far as it came'}`.",
        "",
        "Simulated providers are not your provider.",
    ]
    return "\n".join(lines) + "\n"


def _figures(stored: StoredAnswer) -> list[str]:
    if stored.answer is None:
        return []
    metrics = stored.answer.result.metrics
    counts = metrics.message_counts()
    told = ", ".join(f"{count:,} {word}" for word, count in counts.items() if word != "total")
    lines = [f"{counts['total']:,} messages: {told}.", "", "| | known | true |", "|---|---:|---:|"]
    for label, name in _FIGURES:
        known, true = (
            format_measure(metrics.measure(parse_metric(f"{side}.{name}")), metrics.currency)
            for side in ("known", "truth")
        )
        lines.append(f"| {label} | {known} | {true} |")
    with suppress(UsageError):  # a run that an earlier version kept has no such figure
        hidden = metrics.measure(parse_metric(HIDDEN_DUPLICATES))
        told = format_measure(hidden, metrics.currency)
        lines.append(f"| {PAID_UNKNOWINGLY} |  | {told} |")
    return lines


def _expectations(stored: StoredAnswer) -> list[str]:
    if stored.answer is None or not stored.answer.result.expectations:
        return []
    lines = ["", "## Expectations", "", "| | expected | seen |", "|---|---|---:|"]
    for item in stored.answer.result.expectations:
        mark = "ok" if item.passed else "**failed**"
        scope = "" if item.scope == "all" else f"{_md(item.scope)}: "
        lines.append(f"| {mark} | {scope}{_md(item.text)} | {_md(item.seen)} |")
    return lines


def _switches(stored: StoredAnswer) -> list[str]:
    if stored.answer is None:
        return []
    top = stored.answer.highlights.top_switches(5)
    if not top:
        return ["", "Nothing switched level."]
    lines = ["", "## Why the next level was tried", "", "| times | from | to | why |"]
    lines.append("|---:|---|---|---|")
    for switch, times in top:
        why = " ".join(part for part in (switch.trigger, switch.code, switch.text) if part)
        lines.append(f"| {times:,} | {_md(switch.left)} | {_md(switch.entered)} | {_md(why)} |")
    return lines


def _md(text: str) -> str:
    """Text of a file as Markdown shows it: nothing of it is markup."""
    shown = plain(text)
    for char in "\\`*_{}[]<>#|!~":
        shown = shown.replace(char, f"\\{char}")
    return shown


def _code(text: str) -> str:
    return plain(text).replace("`", "'")
