"""Two worlds side by side: differences with their spread, and the messages that fare otherwise."""

import json
import textwrap
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final, NamedTuple

from sandbox.app.compare import METRICS, Comparison, Pair, Side, compare
from sandbox.app.counted import loaded
from sandbox.app.run import Verdict
from sandbox.cli.matrix_view import number, spread_object, worst
from sandbox.cli.simulated import tell_simulated
from sandbox.cli.steps import StepsLine
from sandbox.errors import ExitCode
from sandbox.report.definitions import Kind
from sandbox.report.fates import SIDED, TRUTH
from sandbox.report.figures import exact_seconds, money_text
from sandbox.report.plain import plain
from sandbox.report.spread import heading, number_text
from sandbox.report.text_table import WIDTH, text_table
from sandbox.report.timeline import MessageResult
from sandbox.scenario.library import find
from sandbox.scenario.matrix import Settings

FORMAT: Final = 1

Json = dict[str, Any]


class AskedSide(NamedTuple):
    """One of the two worlds, as the call names it."""

    file: str
    both: Settings
    own: Settings
    cascade: str
    order: str = ""
    """What is said of the order of the levels; "" for the file's own."""

    @property
    def side(self) -> Side:
        """What is to be run."""
        return Side(find(self.file), (*self.both, *self.own), self.cascade)

    @property
    def text(self) -> str:
        """The world in words: its file, and what is changed."""
        changed = [f"{path}={value}" for path, value in self.own]
        if self.cascade:
            changed.append(f"all through {self.cascade}")
        if self.order:
            changed.append(self.order)
        return plain(f"{self.file}{' with ' if changed else ''}{', '.join(changed)}")


def show_comparison(
    sides: tuple[AskedSide, AskedSide],
    *,
    seeds: Sequence[int],
    pairs_max: int,
    jobs: int | None,
    as_json: bool,
) -> ExitCode:
    """Compare two worlds and print it; what is expected of them does not count.

    Raises:
        ScenarioError: a file cannot be used.
        UsageError: the two cannot be paired.
    """
    line = StepsLine("comparing, seed by seed")
    try:
        told = compare(
            sides[0].side,
            sides[1].side,
            seeds=seeds,
            pairs_max=pairs_max,
            processes=jobs,
            steps=line,
        )
    finally:
        line.close()
    worlds = (loaded(each.side.source, each.side.settings, None) for each in sides)
    tell_simulated(*worlds)
    if as_json:
        print(json.dumps(comparison_object(told, sides), ensure_ascii=False))
    else:
        print("\n".join(lines_of(told, sides)))
    return worst([*told.verdicts[0], *told.verdicts[1]])


# For people --------------------------------------------------------------------------------------


def lines_of(told: Comparison, sides: Sequence[AskedSide]) -> list[str]:
    """A comparison for people."""
    seeds = len(told.seeds)
    seeds_text = f"{seeds:,} seeds" if seeds > 1 else f"seed {told.seeds[0]}"
    lines = [
        *textwrap.wrap(f"A  {sides[0].text}", WIDTH, subsequent_indent="   "),
        *textwrap.wrap(f"B  {sides[1].text}", WIDTH, subsequent_indent="   "),
        f"{told.messages:,} messages over {seeds_text}, each with the same luck in both",
    ]
    lines += [f"note: {note}" for note in told.notes]
    for side, verdicts in zip("AB", told.verdicts, strict=True):
        lines += [f"note: {side} is {v}" for v in verdicts if v is not Verdict.PASSED]
    return [*lines, "", *_figures(told), "", *_tallies(told), *_stories(told)]


def _figures(told: Comparison) -> list[str]:
    heads = ["", "A", "B", "B - A", "± error", "least", "most", "+/-/="]
    rows = []
    for ref, each in zip(METRICS, told.differences, strict=True):
        kind = ref.kind
        rows.append(
            [
                heading(ref.text, kind, filter(None, told.currencies)),
                number_text(kind, each.first.mean),
                number_text(kind, each.second.mean),
                number_text(kind, each.mean, signed=True),
                number_text(kind, each.error),
                number_text(kind, each.least, signed=True),
                number_text(kind, each.most, signed=True),
                f"{each.up}/{each.down}/{each.same}",
            ]
        )
    lines = text_table(heads, rows, leading=1)
    return [
        *lines,
        "  error: of the mean difference; +/-/=: in how many seeds B has more, less, the same",
    ]


def _tallies(told: Comparison) -> list[str]:
    if not told.different:
        return ["every message fares the same in both"]
    share = number_text(Kind.RATE, Fraction(told.different, told.messages))
    lines = [f"{told.different:,} messages fare differently ({share} %)"]
    rows = []
    for kind, tally in told.tallies.items():
        name = f"{kind}{', truly' if kind in TRUTH else ''}"
        is_sided = kind in SIDED
        rows.append(
            [
                f"  {name}",
                f"{tally.only_first:,}" if is_sided else "",
                f"{tally.only_second:,}" if is_sided else "",
                "" if is_sided else f"{tally.both:,}",
            ]
        )
    return [*lines, *text_table(["", "only in A", "only in B", "in A and B"], rows, leading=1)]


def _stories(told: Comparison) -> list[str]:
    if not told.pairs:
        return []
    lines = ["", "the first of them"]
    for pair in told.pairs:
        name = pair.first.name or pair.second.name
        called = f" {plain(name)}" if name else ""
        lines.append(f"  seed {pair.seed}  m{pair.first.message}{called}")
        for letter, result, currency in zip("AB", pair[1:], told.currencies, strict=True):
            text = f"{letter}  {_became(result, currency)}"
            lines += textwrap.wrap(text, WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 7)
    return lines


def _became(result: MessageResult, currency: str) -> str:
    took = result.seconds_us
    ended = "" if took is None else f" after {exact_seconds(took)} s"
    copies = "no copy" if not result.copies else f"{result.copies} copies"
    arrived = "" if result.copies == 1 else f", {copies} on the handset"
    late = f"; late {', '.join(result.late)}" if result.late else ""
    bill = money_text(result.true_cost_nano, currency)
    path = ", ".join(result.path)
    return plain(f"{result.outcome or 'open'}{ended}, {bill}{arrived}: {path}{late}")


# For programs ------------------------------------------------------------------------------------


def comparison_object(told: Comparison, sides: Sequence[AskedSide]) -> Json:
    """A comparison for programs; differences are B less A."""
    currency = told.currencies[0] or told.currencies[1]
    return {
        "schema": FORMAT,
        "a": _side_object(sides[0], told, 0),
        "b": _side_object(sides[1], told, 1),
        "seeds": list(told.seeds),
        "messages": told.messages,
        "metrics": {
            ref.text: {
                "a": spread_object(each.first, currency),
                "b": spread_object(each.second, currency),
                "difference": number(ref.kind, each.mean, currency),
                "error": number(ref.kind, each.error, currency),
                "min": number(ref.kind, each.least, currency),
                "max": number(ref.kind, each.most, currency),
                "seeds_up": each.up,
                "seeds_down": each.down,
                "seeds_same": each.same,
            }
            for ref, each in zip(METRICS, told.differences, strict=True)
        },
        "different": told.different,
        "kinds": {
            kind.value: {
                "only_a": tally.only_first,
                "only_b": tally.only_second,
                "both": tally.both,
            }
            for kind, tally in told.tallies.items()
        },
        "pairs": [_pair_object(pair, told) for pair in told.pairs],
        "notes": list(told.notes),
    }


def _side_object(side: AskedSide, told: Comparison, place: int) -> Json:
    return {
        "scenario": told.names[place],
        "file": side.file,
        "set": [list(pair) for pair in (*side.both, *side.own)],
        "cascade": side.cascade or None,
        "order": side.order or None,
        "verdicts": [verdict.value for verdict in told.verdicts[place]],
    }


def _pair_object(pair: Pair, told: Comparison) -> Json:
    results = zip("ab", pair[1:], told.currencies, strict=True)
    return {
        "seed": pair.seed,
        "message": pair.first.message,
        "name": pair.first.name or pair.second.name or None,
        **{letter: _result_object(result, currency) for letter, result, currency in results},
    }


def _result_object(result: MessageResult, currency: str) -> Json:
    took = result.seconds_us
    return {
        "outcome": result.outcome or None,
        "path": list(result.path),
        "late": list(result.late),
        "seconds": None if took is None else took / 1_000_000,
        "cost": money_text(result.cost_nano, currency),
        "bill": money_text(result.true_cost_nano, currency),
        "copies": result.copies,
    }
