"""A matrix as a table, as JSON and as CSV."""

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, Final

from sandbox.app.counted import loaded
from sandbox.app.exports import defused
from sandbox.app.matrix import Asked, CellResult, Study, prepare, run_study
from sandbox.app.run import Verdict
from sandbox.cli.run import RANKED
from sandbox.cli.simulated import tell_simulated
from sandbox.cli.steps import StepsLine
from sandbox.errors import ExitCode
from sandbox.report.definitions import Kind, Measure, Value
from sandbox.report.figures import NONE, json_value
from sandbox.report.plain import plain
from sandbox.report.spread import Spread, heading, number_text, spread_text
from sandbox.report.text_table import short_names, text_table
from sandbox.scenario.library import find

FORMAT: Final = 1
FAILURES_SHOWN: Final = 20
"""So many runs without figures are told in words."""

Json = dict[str, Any]


def show_matrix(
    file: str, asked: Asked, *, jobs: int | None, with_laws: bool, as_json: bool, as_csv: bool
) -> ExitCode:
    """Run a matrix and print it; the worst verdict counts.

    Raises:
        ScenarioError: a cell cannot be used; nothing has been run.
        UsageError: there is nothing to vary, or too much.
    """
    checking = StepsLine("checking cells")
    try:
        study = prepare(find(file), asked, steps=checking)
    finally:
        checking.close()
    tell_simulated(loaded(find(file), asked.settings, asked.seeds[0] if asked.seeds else None))
    verdicts: set[Verdict] = set()
    shown = _Json(study, file) if as_json else _CsvRows(study) if as_csv else _Table(study)
    line = StepsLine(plain(study.name))
    running = run_study(study, processes=jobs, with_laws=with_laws, steps=line)
    try:
        for result in running:
            line.close()
            shown.write(result)
            _complain(result)
            verdicts |= set(result.verdicts)
    finally:
        running.close()
        line.close()
    shown.close()
    return worst(verdicts)


class _Table:
    """Prints all cells together, since the widest decides."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._results: list[CellResult] = []

    def write(self, result: CellResult) -> None:
        """Keep a cell."""
        self._results.append(result)

    def close(self) -> None:
        """Print them."""
        print("\n".join(table(self._study, self._results)))


class _Json:
    """Prints a line per cell, each as soon as it is there."""

    def __init__(self, study: Study, file: str) -> None:
        self._study = study
        self._file = file

    def write(self, result: CellResult) -> None:
        """Print a cell."""
        told = cell_object(self._study, result, self._file)
        print(json.dumps(told, ensure_ascii=False), flush=True)

    def close(self) -> None:
        """Everything has been printed."""


def table(study: Study, results: Sequence[CellResult]) -> list[str]:
    """The lines of a matrix for people."""
    paths = [axis.path for axis in study.axes]
    names = short_names(paths)
    cells, seeds = len(study.cells), len(study.seeds)
    lines = [
        f"{plain(study.name)}: {cells:,} {'cell' if cells == 1 else 'cells'}, "
        + (f"{seeds:,} seeds each" if seeds > 1 else f"seed {study.seeds[0]}")
        + ", the same luck in every cell"
    ]
    lines += [
        f"  {plain(name)} is {plain(path)}"
        for name, path in zip(names, paths, strict=True)
        if name != path
    ]
    if seeds > 1:
        lines.append("  figures: mean ±standard deviation [least, most] over the seeds")
    are_all_passed = all(set(result.verdicts) == {Verdict.PASSED} for result in results)
    if are_all_passed:
        lines.append(f"  all {study.run_count:,} runs passed")
    heads = [*names, *_heads(study), *(() if are_all_passed else ("verdicts",))]
    rows = [
        [
            *(value for _, value in result.cell.settings),
            *(NONE if each is None else spread_text(each) for each in result.spreads),
            *(() if are_all_passed else (verdicts_text(result),)),
        ]
        for result in results
    ]
    return [*lines, "", *text_table(heads, rows, leading=len(names))]


def _heads(study: Study) -> Iterator[str]:
    for ref in study.report:
        yield heading(ref.text, ref.kind, study.currencies)


def verdicts_text(result: CellResult) -> str:
    """How the runs of a cell ended: `19 passed, 1 failed`."""
    ordered = [verdict for verdict in Verdict if verdict in result.verdicts]
    return ", ".join(f"{result.verdicts[verdict]} {verdict}" for verdict in ordered)


def _complain(result: CellResult) -> None:
    """Say on standard error what a cell has no figures for, and what must never happen."""
    for failure in result.failures[:FAILURES_SHOWN]:
        text = f"{result.cell.text}, seed {failure.seed}: {failure.text}"
        print(plain(text), file=sys.stderr)
    for text in result.broken:
        print(plain(f"{result.cell.text}: broken law {text}"), file=sys.stderr)


# For programs ------------------------------------------------------------------------------------


def cell_object(study: Study, result: CellResult, file: str) -> Json:
    """A cell for programs: rates are fractions, durations seconds, money a text."""
    return {
        "schema": FORMAT,
        "scenario": study.name,
        "file": file,
        "cell": result.cell.number,
        "set": dict(result.cell.settings),
        "seeds": list(study.seeds),
        "messages": result.messages,
        "verdicts": {verdict.value: times for verdict, times in result.verdicts.items()},
        "metrics": {
            ref.text: None if each is None else spread_object(each, result.currency)
            for ref, each in zip(study.report, result.spreads, strict=True)
        },
        "errors": [{"seed": each.seed, "text": each.text} for each in result.failures],
        "violations": list(result.broken),
    }


def spread_object(told: Spread, currency: str) -> Json:
    """A spread for programs; `values` is how many seeds had one."""
    return {
        "mean": number(told.kind, told.mean, currency),
        "sd": number(told.kind, told.deviation, currency),
        "min": number(told.kind, told.least, currency),
        "max": number(told.kind, told.most, currency),
        "values": told.values,
    }


def number(kind: Kind, value: Value, currency: str) -> float | int | str | None:
    """A value for programs; a count that is no whole number is a fraction."""
    if kind is Kind.COUNT and isinstance(value, Fraction) and value.denominator != 1:
        return float(value)
    return json_value(Measure(kind, value, 1), currency)


class _CsvRows:
    """Writes rows for a spreadsheet, each as soon as it is there."""

    def __init__(self, study: Study) -> None:
        self._writer = csv.writer(sys.stdout, lineterminator="\n")
        paths = [axis.path for axis in study.axes]
        figures = [
            f"{ref.text} {what}" for ref in study.report for what in ("mean", "sd", "min", "max")
        ]
        self._row(["cell", *paths, "seeds", "messages", *Verdict, *figures, "currency"])

    def write(self, result: CellResult) -> None:
        """One cell; rates in percent, durations in seconds, money without its currency."""
        self._row(
            [
                str(result.cell.number),
                *(value for _, value in result.cell.settings),
                str(sum(result.verdicts.values())),
                str(result.messages),
                *(str(result.verdicts.get(verdict, 0)) for verdict in Verdict),
                *(text for each in result.spreads for text in _columns(each)),
                result.currency,
            ]
        )

    def close(self) -> None:
        """Everything has been written."""

    def _row(self, texts: Iterable[str]) -> None:
        self._writer.writerow([text if _is_number(text) else defused(text) for text in texts])


def _columns(told: Spread | None) -> Iterator[str]:
    values = (None,) * 4 if told is None else (told.mean, told.deviation, told.least, told.most)
    for value in values:
        has_value = told is not None and value is not None
        text = number_text(told.kind, value) if told is not None and has_value else ""
        yield text.replace(",", "")


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdecimal()


def worst(verdicts: Iterable[Verdict]) -> ExitCode:
    """The exit code of several runs: the first of `RANKED` that is present."""
    codes = {verdict.exit_code for verdict in verdicts} or {ExitCode.PASSED}
    return next(code for code in RANKED if code in codes)
