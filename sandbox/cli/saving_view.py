"""What the order of the levels saves: who is most reliable alone, the money, and what it costs."""

import json
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

from sandbox.app.reliable import ALONE, Ranked, Saved, Saving, difference_of, saving
from sandbox.cli.compare_view import AskedSide, comparison_object, lines_of
from sandbox.cli.matrix_view import number, spread_object, worst
from sandbox.cli.simulated import tell_simulated
from sandbox.cli.steps import Stages
from sandbox.errors import ExitCode
from sandbox.report.definitions import Kind, parse_metric
from sandbox.report.plain import plain
from sandbox.report.spread import heading, number_text
from sandbox.report.text_table import text_table
from sandbox.scenario.library import find
from sandbox.scenario.loader import load
from sandbox.scenario.matrix import Settings

FORMAT: Final = 1
_HEADS: Final = ("truly delivered", "cost known", "cost true", "p95 true")
"""The words for `ALONE`."""

SIDES: Final = {"known": "known", "truth": "true"}
"""The sides of a metric's name, and the words for them."""

Json = dict[str, Any]


def show_saving(
    file: str,
    settings: Settings,
    *,
    seeds: tuple[int, ...],
    pairs_max: int,
    jobs: int | None,
    as_json: bool,
) -> ExitCode:
    """Measure what a file's order saves and print it; what is expected of it does not count.

    Raises:
        ScenarioError: the file cannot be used.
        UsageError: there is no order to judge.
    """
    tell_simulated(load(find(file), overrides=settings))
    stages = Stages(plain(file))
    try:
        told = saving(
            find(file),
            settings=settings,
            seeds=seeds,
            pairs_max=pairs_max,
            processes=jobs,
            stage=stages.begin,
        )
    finally:
        stages.close()
    sides = sides_of(told, file, settings)
    if as_json:
        print(json.dumps(saving_object(told, sides), ensure_ascii=False))
    else:
        print("\n".join(saving_lines(told, sides)))
    if told.comparison is None:
        return ExitCode.PASSED
    return worst([*told.comparison.verdicts[0], *told.comparison.verdicts[1]])


def sides_of(told: Saving, file: str, settings: Settings) -> tuple[AskedSide, AskedSide]:
    """The two worlds in words."""
    orders = [f"{each.cascade}: {', '.join(each.channels)}" for each in told.cascades]
    first = AskedSide(file, settings, (), "")
    return first, first._replace(order="; ".join(orders))


# For people --------------------------------------------------------------------------------------


def saving_lines(told: Saving, sides: tuple[AskedSide, AskedSide]) -> list[str]:
    """A saving for people: the answer first, then all that differs."""
    lines = [f"{plain(told.name)}: what the order of its levels saves"]
    for each in told.cascades:
        lines += ["", *_alone(each, told.currency)]
    if told.comparison is None:
        return [
            *lines,
            "",
            "The most reliable channel is first already: nothing is saved by order.",
        ]
    return [*lines, "", *_saved(told), "", *lines_of(told.comparison, sides)]


def _alone(ranked: Ranked, currency: str) -> list[str]:
    kinds = [parse_metric(name).kind for name in ALONE]
    heads = [
        f"cascade {plain(ranked.cascade)}, each level alone",
        *(heading(word, kind, [currency]) for word, kind in zip(_HEADS, kinds, strict=True)),
    ]
    rows = [
        [
            f"  level {each.level} {each.channel}{', most reliable' * (each.level == ranked.best)}",
            *(number_text(one.kind, one.mean) for one in each.spreads),
        ]
        for each in ranked.levels
    ]
    return text_table(heads, rows, leading=1)


def _saved(told: Saving) -> Iterator[str]:
    """The answer, and what is paid for it in delivery and time."""
    currency = told.currency
    heads = [
        "against the most reliable first",
        "saved, %",
        heading("saved", Kind.MONEY, [currency]),
    ]
    heads += ["± error", heading("per 1 000 messages", Kind.MONEY, [currency])]
    rows = []
    for side, word in SIDES.items():
        saved = told.saved(side)
        rows.append(
            [
                f"  {word}",
                number_text(Kind.RATE, saved.share, signed=True),
                number_text(Kind.MONEY, saved.amount, signed=True),
                number_text(Kind.MONEY, saved.error),
                number_text(Kind.MONEY, saved.per_thousand, signed=True),
            ]
        )
    yield from text_table(heads, rows, leading=1)
    if told.comparison is not None:
        # A difference is B less A, and here it is told what A has more than B.
        delivery, p95 = (
            difference_of(told.comparison, name).mean
            for name in ("truth.delivery_rate", "truth.time_to_delivered.p95")
        )
        yield (
            f"  for it, truly: delivered {_turned(Kind.RATE, delivery)} points, "
            f"p95 {_turned(Kind.TIME, p95)} s"
        )


def _turned(kind: Kind, value: Fraction | None) -> str:
    return number_text(kind, None if value is None else -value, signed=True)


# For programs ------------------------------------------------------------------------------------


def saving_object(told: Saving, sides: tuple[AskedSide, AskedSide]) -> Json:
    """A saving for programs; without a comparison where there is nothing to save."""
    return {
        "schema": FORMAT,
        "scenario": told.name,
        "file": sides[0].file,
        "seeds": list(told.seeds),
        "cascades": [_ranked_object(each, told.currency) for each in told.cascades],
        "saved": None
        if told.comparison is None
        else {side: _saved_object(told.saved(side), told.currency) for side in SIDES},
        "comparison": None
        if told.comparison is None
        else comparison_object(told.comparison, sides),
    }


def _ranked_object(ranked: Ranked, currency: str) -> Json:
    return {
        "cascade": ranked.cascade,
        "most_reliable": ranked.best,
        "order": list(ranked.order),
        "alone": [
            {
                "level": each.level,
                "channel": each.channel,
                "metrics": {
                    name: spread_object(one, currency)
                    for name, one in zip(ALONE, each.spreads, strict=True)
                },
            }
            for each in ranked.levels
        ],
    }


def _saved_object(saved: Saved, currency: str) -> Json:
    return {
        "amount": number(Kind.MONEY, saved.amount, currency),
        "error": number(Kind.MONEY, saved.error, currency),
        "share": number(Kind.RATE, saved.share, currency),
        "per_thousand": number(Kind.MONEY, saved.per_thousand, currency),
    }
