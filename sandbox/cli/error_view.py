"""A cascade under every error code, as a table, as JSON and as CSV."""

import csv
import json
import sys
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any, Final

from sandbox.app.error_matrix import ErrorRow, LevelErrors, errors_of
from sandbox.app.exports import defused
from sandbox.cli.simulated import tell_simulated
from sandbox.cli.steps import StepsLine
from sandbox.errors import ExitCode
from sandbox.report.definitions import Kind, Measure
from sandbox.report.figures import json_value, money_text, seconds_text
from sandbox.report.plain import plain
from sandbox.report.spread import number_text
from sandbox.report.text_table import WIDTH, text_table
from sandbox.scenario.library import find
from sandbox.scenario.loader import load
from sandbox.scenario.matrix import Settings

FORMAT: Final = 1

_HEADS: Final = ("code", "class", "comes as", "ends", "+ time, s", "bill")
_COLUMNS: Final = (
    "cascade", "level", "channel", "code", "class", "text", "comes as", "path", "outcome",
    "ends at", "arrived", "extra seconds", "bill", "currency",
)  # fmt: skip

Json = dict[str, Any]


def show_errors(file: str, settings: Settings, *, as_json: bool, as_csv: bool) -> ExitCode:
    """Run the cascades of a scenario under every code and print what they do.

    Raises:
        ScenarioError: the file cannot be used.
    """
    scenario = load(find(file), overrides=settings)
    tell_simulated(scenario)
    line = StepsLine(plain(scenario.name))
    try:
        levels = list(errors_of(scenario, steps=line))
    finally:
        line.close()
    rows = [row for level in levels for row in level.rows]
    if as_json:
        for row in rows:
            print(json.dumps(row_object(row, scenario.currency), ensure_ascii=False))
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(_cells(row, scenario.currency) for row in rows)
    else:
        print(f"{plain(scenario.name)}: one code at a time, and all else goes well")
        for level in levels:
            print()
            print("\n".join(level_lines(level, scenario.currency)))
    for row in rows:
        for text in row.broken:
            where = f"{row.cascade} level {row.level}, {code_of(row)}"
            print(plain(f"{where}: broken law {text}"), file=sys.stderr)
    return ExitCode.BROKEN if any(row.broken for row in rows) else ExitCode.PASSED


def code_of(row: ErrorRow) -> str:
    """The code, or a dash where what goes wrong has none."""
    return "–" if row.trouble.reason is None else row.trouble.reason.code


def level_lines(level: LevelErrors, currency: str) -> list[str]:
    """A level for people: what each code does, and the way it goes below."""
    heading = (
        f"{plain(level.cascade)}, level {level.level} {level.channel}; all well: "
        f"{seconds_text(level.well_us)}, {money_text(level.well_nano, currency)}"
    )
    table = text_table(
        _HEADS,
        [
            (
                code_of(row),
                "–" if row.trouble.reason is None else row.trouble.reason.reason_class.value,
                row.trouble.outcome,
                " ".join(filter(None, (row.outcome or "open", row.ends_at))),
                number_text(Kind.TIME, row.extra_us, signed=True),
                money_text(row.cost_nano, currency),
            )
            for row in level.rows
        ],
        leading=4,
    )
    lines = [heading, f"  {table[0]}"]
    for text, row in zip(table[1:], level.rows, strict=True):
        lines.append(f"  {text}")
        lines += _way(row)
    return lines


def _way(row: ErrorRow) -> Iterator[str]:
    """What the code means, and the ways messages went."""
    told = "" if row.trouble.reason is None else f"{plain(row.trouble.reason.text)}: "
    first = ", ".join(row.path)
    others = [f"then {times} x {path}" for path, times in row.paths.items() if path != first]
    text = "; ".join([f"{told}{plain(first)}", *map(plain, others)])
    yield from textwrap.wrap(text, WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 8)


def row_object(row: ErrorRow, currency: str) -> Json:
    """A row for programs."""
    reason = row.trouble.reason
    return {
        "schema": FORMAT,
        "cascade": row.cascade,
        "level": row.level,
        "channel": row.channel,
        "code": None if reason is None else reason.code,
        "class": None if reason is None else reason.reason_class.value,
        "text": None if reason is None else reason.text,
        "as": row.trouble.outcome,
        "path": list(row.path),
        "paths": dict(row.paths),
        "outcome": row.outcome or None,
        "ends_at": row.ends_at or None,
        "messages": sum(row.paths.values()),
        "arrived": row.arrived,
        "extra_seconds": None if row.extra_us is None else float(row.extra_us / 1_000_000),
        "bill": json_value(Measure(Kind.MONEY, row.cost_nano, 1), currency),
        "violations": list(row.broken),
    }


def _cells(row: ErrorRow, currency: str) -> Iterable[str]:
    reason = row.trouble.reason
    extra = "" if row.extra_us is None else number_text(Kind.TIME, row.extra_us).replace(",", "")
    texts = [
        row.cascade,
        str(row.level),
        row.channel,
        *(
            ("", "", "")
            if reason is None
            else (reason.code, reason.reason_class.value, reason.text)
        ),
        row.trouble.outcome,
        ", ".join(row.path),
        row.outcome,
        row.ends_at,
        str(row.arrived),
    ]
    yield from map(defused, texts)
    yield extra
    yield number_text(Kind.MONEY, row.cost_nano).replace(",", "")
    yield defused(currency)
