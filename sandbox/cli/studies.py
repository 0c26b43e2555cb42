"""The verbs of studies: `matrix`, `compare`, `recommend`."""

import argparse
import re
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Protocol

from sandbox.errors import ExitCode, Problem, ScenarioError, UsageError

if TYPE_CHECKING:
    from sandbox.scenario.matrix import Axis

VERBS: Final = ("matrix", "compare", "recommend")

_PPB: Final = 1_000_000_000
_JOBS_MAX: Final = 256
_FILE_HELP: Final = "a scenario file, or a built-in name"


class _Verbs(Protocol):
    """What `add_subparsers` gives."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:  # noqa: A002 - argparse's own name
        """Add a verb."""


def add_verbs(verbs: _Verbs) -> None:
    """Describe the verbs of this file to the command's parser."""
    _add_matrix(verbs.add_parser("matrix", help="run a scenario with each combination of values"))
    _add_compare(verbs.add_parser("compare", help="run two scenarios on the same luck"))
    _add_recommend(verbs.add_parser("recommend", help="search the orders and waits of a cascade"))


def _add_matrix(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("file", metavar="FILE", help=_FILE_HELP)
    verb.add_argument("--vary", metavar="PATH=V1,V2", action="append", default=[], type=_vary,
                      help="values for a path, besides or instead of the file's `matrix:`, "
                           "such as cascades.otp.levels.0.wait=15s,30s")  # fmt: skip
    _add_seeds(verb, "run every cell with each of these; the file's by default")
    verb.add_argument("--report", metavar="METRICS", default="",
                      help="what is told of each cell, with commas between")  # fmt: skip
    verb.add_argument("--errors", action="store_true",
                      help="instead: the cascades under every known error code")  # fmt: skip
    verb.add_argument("--fast", action="store_true",
                      help="do not watch the laws of the engine")  # fmt: skip
    _add_set(verb, "--set", "overrides", "in every cell")
    _add_jobs(verb)
    form = verb.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object per cell, on one line")
    form.add_argument("--csv", action="store_true", help="a row per cell, for a spreadsheet")


def _add_compare(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("file", metavar="A", help=_FILE_HELP)
    verb.add_argument("other", metavar="B", nargs="?", default="",
                      help="left out: A itself, changed by the options below")  # fmt: skip
    for side in "ab":
        _add_set(verb, f"--set-{side}", f"overrides_{side}", f"only in {side.upper()}")
        verb.add_argument(f"--cascade-{side}", metavar="NAME", default="",
                          help=f"in {side.upper()} all messages go through this one")  # fmt: skip
    verb.add_argument("--most-reliable-first", action="store_true",
                      help="B is A with the level first that brings most when alone: "
                           "what does the order save?")  # fmt: skip
    _add_set(verb, "--set", "overrides", "in both")
    _add_seeds(verb, "run both with each of these; 1..10 by default")
    verb.add_argument("--pairs", metavar="N", type=_whole("--pairs", 0, 1000), default=5,
                      help="of so many messages that fare differently tell both paths; "
                           "5 by default")  # fmt: skip
    _add_jobs(verb)
    verb.add_argument("--json", action="store_true", help="one JSON object, on one line")


def _add_recommend(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("file", metavar="FILE", help=_FILE_HELP)
    verb.add_argument("--budget", metavar="MONEY", type=_money,
                      help="the most a delivered message may cost, such as 0.06EUR")  # fmt: skip
    verb.add_argument("--p95", metavar="DURATION", type=_duration,
                      help="within this 95 %% of those that arrive do, such as 30s")  # fmt: skip
    verb.add_argument("--delivery", metavar="SHARE", type=_share,
                      help="the least that must arrive, such as 97%%")  # fmt: skip
    verb.add_argument("--cascade", metavar="NAME", default="",
                      help="which cascade, where there are several")  # fmt: skip
    _add_seeds(verb, "run the finalists with each of these; 1..5 by default")
    verb.add_argument("--messages", metavar="N", type=_whole("--messages", 100, 1_000_000),
                      help="run the finalists with about so many; 5000 by default")  # fmt: skip
    _add_set(verb, "--set", "overrides", "before the search")
    _add_jobs(verb)
    verb.add_argument("--json", action="store_true", help="one JSON object, on one line")


def _add_set(verb: argparse.ArgumentParser, flag: str, dest: str, where: str) -> None:
    verb.add_argument(flag, dest=dest, metavar="PATH=VALUE", action="append", default=[],
                      type=_override, help=f"change one value {where}")  # fmt: skip


def _add_seeds(verb: argparse.ArgumentParser, text: str) -> None:
    verb.add_argument("--seeds", metavar="SEEDS", type=_seeds, default=(),
                      help=f"{text}; such as 1..20 or 1,5,9")  # fmt: skip


def _add_jobs(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--jobs", metavar="N", type=_whole("--jobs", 1, _JOBS_MAX),
                      help="so many processes at a time; one a processor by default")  # fmt: skip


# Values ------------------------------------------------------------------------------------------


def _override(text: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not equals or not path:
        raise argparse.ArgumentTypeError(f"write PATH=VALUE, not {text!r}")
    return path, value


def _vary(text: str) -> tuple[str, str]:
    path, equals, values = text.partition("=")
    if not equals or not path or not values.strip():
        raise argparse.ArgumentTypeError(f"write PATH=V1,V2, not {text!r}")
    return path, values


def _seeds(text: str) -> tuple[int, ...]:
    from sandbox.scenario.seeds import parse_seeds

    try:
        return parse_seeds(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _whole(name: str, least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        is_number = text.isascii() and text.isdecimal() and len(text) <= 9
        if not is_number or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{name} is from {least:,} to {most:,}, not {text!r}")
        return int(text)

    return read


def _money(text: str) -> tuple[Fraction, str]:
    """Billionths, and the currency."""
    from sandbox.scenario.quantities import QuantityError, money

    spaced = re.sub(r"^([0-9.]+)([A-Z]{3})$", r"\1 \2", text.strip())
    try:
        amount = money(spaced)
    except QuantityError as error:
        raise argparse.ArgumentTypeError(f"{error.text}; write for example 0.06EUR") from error
    return Fraction(amount.nano), amount.currency


def _duration(text: str) -> Fraction:
    from sandbox.scenario.quantities import QuantityError, duration

    try:
        return Fraction(duration(text))
    except QuantityError as error:
        raise argparse.ArgumentTypeError(f"{error.text}; write for example 30s") from error


def _share(text: str) -> Fraction:
    from sandbox.scenario.quantities import QuantityError, share

    try:
        return Fraction(share(text), _PPB)
    except QuantityError as error:
        raise argparse.ArgumentTypeError(f"{error.text}; write for example 97%") from error


# Calls -------------------------------------------------------------------------------------------


def call(arguments: argparse.Namespace) -> ExitCode:
    """Do what one of `VERBS` asks for; says of a file or a varied value what is wrong with it.

    Raises:
        UsageError: what is asked for cannot be combined.
        StorageError: a process was ended from outside.
    """
    verbs = {"matrix": _matrix, "compare": _compare, "recommend": _recommend}
    try:
        return verbs[arguments.verb](arguments)
    except ScenarioError as error:
        print(error, file=sys.stderr)
        return error.exit_code


def _matrix(arguments: argparse.Namespace) -> ExitCode:
    settings = tuple(arguments.overrides)
    if arguments.errors:
        for flag in ("vary", "seeds", "report"):
            if getattr(arguments, flag):
                raise UsageError(f"--errors does not go with --{flag}",
                                 hint="It varies the error code, and nothing else.")  # fmt: skip
        from sandbox.cli.error_view import show_errors

        return show_errors(arguments.file, settings, as_json=arguments.json, as_csv=arguments.csv)
    from sandbox.app.matrix import Asked
    from sandbox.cli.matrix_view import show_matrix

    asked = Asked(
        settings=settings,
        axes=_axes(arguments.vary),
        seeds=arguments.seeds,
        report=tuple(each.strip() for each in arguments.report.split(",") if each.strip()),
    )
    return show_matrix(
        arguments.file,
        asked,
        jobs=arguments.jobs,
        with_laws=not arguments.fast,
        as_json=arguments.json,
        as_csv=arguments.csv,
    )


def _axes(vary: list[tuple[str, str]]) -> "tuple[Axis, ...]":
    """All that is to be varied; complains of all of it together."""
    from sandbox.scenario.matrix import axis_of

    axes: list[Axis] = []
    problems: list[Problem] = []
    for path, values in vary:
        try:
            axes.append(axis_of(path, values))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return tuple(axes)


def _compare(arguments: argparse.Namespace) -> ExitCode:
    from sandbox.app.compare import SEEDS
    from sandbox.cli.compare_view import AskedSide, show_comparison

    both = tuple(arguments.overrides)
    if arguments.most_reliable_first:
        return _saving(arguments, both)
    sides = (
        AskedSide(arguments.file, both, tuple(arguments.overrides_a), arguments.cascade_a),
        AskedSide(
            arguments.other or arguments.file,
            both,
            tuple(arguments.overrides_b),
            arguments.cascade_b,
        ),
    )
    if sides[0] == sides[1]:
        raise UsageError(
            "A and B are the same, so there is nothing to compare",
            hint="Name a second file, or change one side: --set-b PATH=VALUE, --cascade-b NAME.",
        )
    return show_comparison(
        sides,
        seeds=arguments.seeds or SEEDS,
        pairs_max=arguments.pairs,
        jobs=arguments.jobs,
        as_json=arguments.json,
    )


def _saving(arguments: argparse.Namespace, settings: tuple[tuple[str, str], ...]) -> ExitCode:
    flags = ("overrides_a", "overrides_b", "cascade_a", "cascade_b")
    if arguments.other or any(getattr(arguments, flag) for flag in flags):
        raise UsageError(
            "--most-reliable-first makes B of A, and goes with no other B",
            hint="Change both by --set PATH=VALUE.",
        )
    from sandbox.app.compare import SEEDS
    from sandbox.cli.saving_view import show_saving

    return show_saving(
        arguments.file,
        settings,
        seeds=arguments.seeds or SEEDS,
        pairs_max=arguments.pairs,
        jobs=arguments.jobs,
        as_json=arguments.json,
    )


def _recommend(arguments: argparse.Namespace) -> ExitCode:
    from sandbox.cli.recommend_view import Search, show_recommendation

    return show_recommendation(
        Search(
            file=arguments.file,
            settings=tuple(arguments.overrides),
            budget=arguments.budget,
            p95=arguments.p95,
            delivery=arguments.delivery,
            cascade=arguments.cascade,
            seeds=arguments.seeds,
            messages=arguments.messages,
            jobs=arguments.jobs,
        ),
        as_json=arguments.json,
    )
