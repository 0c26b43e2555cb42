"""What to take, what it trades against its neighbours, and the cascade ready to be copied."""

import json
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, Final, NamedTuple

from sandbox.app.recommend import MESSAGES_MAX, SEEDS, Option, Recommendation, recommend
from sandbox.cli.matrix_view import number, spread_object
from sandbox.cli.simulated import tell_simulated
from sandbox.cli.steps import Stages
from sandbox.errors import ExitCode, UsageError
from sandbox.report.definitions import Kind
from sandbox.report.figures import money_text, seconds_text
from sandbox.report.front import Score, Wish
from sandbox.report.plain import plain
from sandbox.report.spread import heading, number_text
from sandbox.report.text_table import text_table
from sandbox.scenario.library import find
from sandbox.scenario.loader import load
from sandbox.scenario.matrix import Settings

FORMAT: Final = 1
_NEIGHBOURS: Final = 2
"""On each side of the chosen one so many of the front are told apart from it."""

Json = dict[str, Any]


class Search(NamedTuple):
    """What the call asks for; None and empty where it says nothing."""

    file: str
    settings: Settings
    budget: tuple[Fraction, str] | None
    p95: Fraction | None
    delivery: Fraction | None
    cascade: str
    seeds: tuple[int, ...]
    messages: int | None
    jobs: int | None


def show_recommendation(search: Search, *, as_json: bool) -> ExitCode:
    """Search and print; exits with 1 where nothing does what is asked for.

    Raises:
        ScenarioError: the file cannot be used.
        UsageError: the cascade is not clear, or the budget is in another currency.
    """
    source = find(search.file)
    scenario = load(source, overrides=search.settings)
    if search.budget and search.budget[1] not in {"", scenario.currency}:
        counts_in = scenario.currency or "no currency: nothing has a price"
        raise UsageError(f"the budget is in {search.budget[1]}, and {scenario.name} counts in "
                         f"{counts_in}")  # fmt: skip
    tell_simulated(scenario)
    stages = Stages(plain(scenario.name))
    try:
        told = recommend(
            source,
            Wish(search.budget and search.budget[0], search.p95, search.delivery),
            settings=search.settings,
            cascade=search.cascade,
            seeds=search.seeds or SEEDS,
            messages=search.messages or MESSAGES_MAX,
            processes=search.jobs,
            stage=stages.begin,
        )
    finally:
        stages.close()
    if as_json:
        print(json.dumps(recommendation_object(told, search.file), ensure_ascii=False))
    else:
        print("\n".join(lines_of(told)))
    return ExitCode.FAILED if told.nearest is not None else ExitCode.PASSED


# For people --------------------------------------------------------------------------------------


def lines_of(told: Recommendation) -> list[str]:
    """A recommendation for people."""
    seeds = len(told.seeds)
    load = "" if told.whole_load else ", a part of the load thinned out evenly"
    seeds_text = f"{seeds:,} seeds" if seeds > 1 else f"seed {told.seeds[0]}"
    ways = f"{told.tried:,} ways tried, {len(told.front):,} worth choosing"
    lines = [
        f"{plain(told.name)}, cascade {plain(told.cascade)}: {ways}",
        f"  what truly happened, over {seeds_text} of about {told.messages:,} messages{load}",
        "",
        *_front(told),
    ]
    place = told.chosen if told.chosen is not None else told.nearest
    if place is None:
        return [*lines, "", "Ask for --budget, --p95 or --delivery to have one chosen."]
    option = told.front[place]
    asked = wish_text(told.wish, told.currency)
    if told.chosen is None:
        lines += ["", f"Nothing does {asked}. Nearest: {option.words}"]
    else:
        lines += ["", f"Take {option.words}"]
        if option.fits < seeds:
            lines.append(f"  on average {asked}; so in {option.fits:,} of {seeds_text}")
        else:
            lines.append(f"  {asked}" + (" in every seed" if seeds > 1 else ""))
    return [*lines, *_why(told, place), "", *told.snippet.split("\n")]


def wish_text(wish: Wish, currency: str) -> str:
    """What is asked for, in words."""
    parts = []
    if wish.budget is not None:
        parts.append(f"at most {money_text(wish.budget, currency)} per delivered")
    if wish.p95 is not None:
        parts.append(f"p95 within {seconds_text(wish.p95)}")
    if wish.delivery is not None:
        parts.append(f"at least {number_text(Kind.RATE, wish.delivery)} % delivered")
    return ", ".join(parts)


def _front(told: Recommendation) -> list[str]:
    heads = [
        "",
        "levels and waits",
        "delivered, %",
        heading("per delivered", Kind.MONEY, [told.currency]),
        "p95, s",
    ]
    rows = [
        [_mark(told, place), option.words, *_numbers(option.score)]
        for place, option in enumerate(told.front)
    ]
    lines = text_table(heads, rows, leading=2)
    if told.own is not None and not any(option.is_own for option in told.front):
        own = ", ".join(_numbers(told.own.score))
        lines.append(f"the file now, which another beats: {told.own.words}: {own}")
    return lines


def _mark(told: Recommendation, place: int) -> str:
    marks = (">" * (place == told.chosen), "now" * told.front[place].is_own)
    return " ".join(filter(None, marks))


def _numbers(score: Score) -> list[str]:
    return [
        number_text(Kind.RATE, score.delivery),
        number_text(Kind.MONEY, score.cost),
        number_text(Kind.TIME, score.p95),
    ]


def _why(told: Recommendation, place: int) -> Iterator[str]:
    """What the neighbours on the front would give, and take."""
    first, last = max(0, place - _NEIGHBOURS), place + _NEIGHBOURS + 1
    around: Sequence[Option] = [*told.front[first:place], *told.front[place + 1 : last]]
    if around:
        yield "  against it"
    for option in around:
        yield f"    {option.words}: {_trade(told.front[place].score, option.score, told.currency)}"


def _trade(chosen: Score, other: Score, currency: str) -> str:
    money = number_text(Kind.MONEY, other.cost - chosen.cost, signed=True)
    return ", ".join(
        (
            f"{number_text(Kind.RATE, other.delivery - chosen.delivery, signed=True)} points",
            f"{money} {currency}".rstrip() + " per delivered",
            f"p95 {number_text(Kind.TIME, other.p95 - chosen.p95, signed=True)} s",
        )
    )


# For programs ------------------------------------------------------------------------------------


def recommendation_object(told: Recommendation, file: str) -> Json:
    """A recommendation for programs."""
    return {
        "schema": FORMAT,
        "scenario": told.name,
        "file": file,
        "cascade": told.cascade,
        "seeds": list(told.seeds),
        "messages": told.messages,
        "whole_load": told.whole_load,
        "tried": told.tried,
        "asked": {
            "budget": number(Kind.MONEY, told.wish.budget, told.currency),
            "p95": number(Kind.TIME, told.wish.p95, told.currency),
            "delivery": number(Kind.RATE, told.wish.delivery, told.currency),
        },
        "front": [_option_object(option, told.currency) for option in told.front],
        "now": None if told.own is None else _option_object(told.own, told.currency),
        "chosen": told.chosen,
        "nearest": told.nearest,
        "yaml": told.snippet or None,
    }


def _option_object(option: Option, currency: str) -> Json:
    delivery, cost, p95 = option.spreads
    return {
        "levels": list(option.candidate.levels),
        "waits": [None if wait is None else wait / 1_000_000 for wait in option.candidate.waits],
        "words": option.words,
        "delivery": spread_object(delivery, currency),
        "cost_per_delivered": spread_object(cost, currency),
        "p95": spread_object(p95, currency),
        "seeds_that_fit": option.fits,
        "is_now": option.is_own,
    }
