"""The `sandbox` command: reads the arguments and hands them to one of the verbs.

Standard output is data, standard error is talk. Exit codes are those of `sandbox.errors.ExitCode`;
with several files or seeds all are run, and the first present of 130, 3, 4, 2, 5, 1, 0 counts.
A verb that a later version will have is refused by name, and `--help` does not speak of it.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from sandbox import __version__
from sandbox.app.collector import collector_paused
from sandbox.cli import live, send, showing, stored, studies
from sandbox.errors import ExitCode, NotBuiltError, SandboxError, UsageError

if TYPE_CHECKING:
    from sandbox.app.cassette import Cassette

NOT_BUILT: Final = ("gateway",)
"""Verbs of later versions: known by name, so that calling one says so."""

NOT_BUILT_FLAGS: Final = ("--open",)
"""Flags of `run` that later versions will have."""

_LIVE: Final = "--live"


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, in the words of the other errors, and exits with 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(ExitCode.WRONG_INPUT, f"{self.prog}: error[usage]: {message}\n"
                  f"  = help: {self.prog} --help\n")  # fmt: skip


def build_parser() -> argparse.ArgumentParser:
    """Build the parser of everything that works today."""
    parser = _Parser(
        prog="sandbox",
        description="Watch, break and prove a messaging fallback before a person depends on it.",
        epilog="Without a verb: opens the app on two-factor codes, already running.",
    )
    parser.add_argument("--version", action="version", version=f"sandbox {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", parser_class=_Parser)

    showing.add_verbs(verbs)

    run = verbs.add_parser("run", help="run scenarios headless, in virtual time")
    run.add_argument("files", metavar="FILE", nargs="+",
                     help="scenario files, built-in names, or folders of scenarios")  # fmt: skip
    luck = run.add_mutually_exclusive_group()
    luck.add_argument("--seed", type=_seed, help="instead of the scenario's own seed")
    luck.add_argument("--seeds", metavar="SEEDS", type=_seeds, default=(),
                      help="run with each of these, such as 1..50 or 1,5,9; "
                           "a line per seed, and what they come to")  # fmt: skip
    run.add_argument("--set", dest="overrides", metavar="PATH=VALUE", action="append",
                     default=[], type=_override,
                     help="change one value, such as cascades.otp.levels.0.wait=15s")  # fmt: skip
    run.add_argument("--json", action="store_true", help="one JSON object per run, on one line")
    run.add_argument("--strict", action="store_true",
                     help="fail where a fault never fired")  # fmt: skip
    run.add_argument("--junit", metavar="FILE", type=Path,
                     help="write JUnit XML for a build server")  # fmt: skip
    run.add_argument("--summary", metavar="FILE",
                     help="write Markdown for a pull request; - for standard output")  # fmt: skip
    run.add_argument("--why", metavar="MESSAGE", default="",
                     help="explain a message: m17, 17, or its name")  # fmt: skip
    run.add_argument("--cassette", metavar="FILE", type=Path,
                     help="let providers say what was recorded of them with `live record`, "
                          "without a network; keeps nothing")  # fmt: skip
    run.add_argument("--watch", action="store_true",
                     help="run again whenever a file is saved, until Ctrl-C")  # fmt: skip
    keep = run.add_mutually_exclusive_group()
    keep.add_argument("--db", metavar="FILE", type=Path,
                      help="keep the runs in this file, not in the user's own")  # fmt: skip
    keep.add_argument("--no-store", action="store_true",
                      help="keep nothing, as with CI=true or into a pipe")  # fmt: skip

    check = verbs.add_parser("check", help="validate scenario files")
    check.add_argument("files", metavar="FILE", nargs="+",
                       help="scenario files, built-in names, or folders")  # fmt: skip
    check.add_argument("--resolved", action="store_true",
                       help="print every value, and where it comes from")  # fmt: skip
    check.add_argument("--forecast", action="store_true",
                       help="say what a run will show, where that can be worked out")  # fmt: skip

    verbs.add_parser("schema", help="print the JSON Schema of the scenario format")
    listing = verbs.add_parser("scenarios", help="list the built-in scenarios")
    listing.add_argument("--sources", action="store_true",
                         help="where each built-in figure comes from")  # fmt: skip
    new = verbs.add_parser("new", help="write a commented starter scenario")
    new.add_argument("name", metavar="NAME", help="its name, or a path that ends in .yaml")
    stored.add_verbs(verbs)
    studies.add_verbs(verbs)
    send.add_verbs(verbs)
    live.add_verbs(verbs)
    explain = verbs.add_parser("explain", help="define a metric or an error code, or list magic")
    explain.add_argument("word", metavar="METRIC|ERROR-CODE|magic|profile NAME", nargs="*",
                         help="left out: list them all")  # fmt: skip
    return parser


def _seed(text: str) -> int:
    if not text.lstrip("-").isdecimal():
        raise argparse.ArgumentTypeError(f"a seed is a whole number, not {text!r}")
    return int(text)


def _seeds(text: str) -> tuple[int, ...]:
    from sandbox.scenario.seeds import parse_seeds

    try:
        return parse_seeds(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _override(text: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not equals or not path:
        raise argparse.ArgumentTypeError(f"write PATH=VALUE, not {text!r}")
    return path, value


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: The arguments without the program's name; those of the process by default.

    Returns:
        The exit code.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return int(_dispatch(words))
    except SandboxError as error:
        print(f"sandbox: {_one_voice(error)}", file=sys.stderr)
        if error.hint:
            print(f"  = help: {error.hint}", file=sys.stderr)
        return int(error.exit_code)
    except KeyboardInterrupt:
        print("sandbox: interrupted", file=sys.stderr)
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        # Somebody closed the pipe (`| head`): no failure, but Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.PASSED)


def _one_voice(error: SandboxError) -> str:
    text = str(error)
    return text if text.startswith("error[") else f"error: {text}"


def _dispatch(words: list[str]) -> int:
    _refuse_not_built(words)
    arguments = build_parser().parse_args(words)
    for verbs, call in (
        (showing.VERBS, showing.call),
        (stored.VERBS, stored.call),
        (studies.VERBS, studies.call),
        (send.VERBS, send.call),
        (live.VERBS, live.call),
    ):
        if arguments.verb in verbs:
            return call(arguments)
    match arguments.verb:
        case None:
            with collector_paused(freezes=True):
                from sandbox.cli.verbs import open_app

            return open_app("", None)
        case "run":
            return _run(arguments)
        case "check":
            from sandbox.cli.verbs import check

            return check(arguments.files, resolved=arguments.resolved, forecast=arguments.forecast)
        case "schema":
            from sandbox.cli.verbs import schema

            return schema()
        case "scenarios":
            from sandbox.cli.verbs import scenarios, sources

            return sources() if arguments.sources else scenarios()
        case "new":
            from sandbox.cli.verbs import new

            return new(arguments.name)
        case _:
            from sandbox.cli.verbs import explain

            return explain(" ".join(arguments.word))


def _run(arguments: argparse.Namespace) -> ExitCode:
    from sandbox.cli.run import How, run

    cassette = _cassette(arguments)
    how = How(
        seed=arguments.seed,
        seeds=arguments.seeds,
        overrides=arguments.overrides,
        as_json=arguments.json,
        strict=arguments.strict,
        db=arguments.db,
        keeps=cassette is None and stored.keeps_run(arguments),
        junit=arguments.junit,
        summary=arguments.summary,
        why=arguments.why,
        cassette=cassette,
    )
    if how.why and how.seeds:
        raise UsageError("--why explains a message of one run, and there are several seeds",
                         hint="--seed N runs with one.")  # fmt: skip
    if how.as_json and how.summary == "-":
        raise UsageError("--json and --summary - both want standard output",
                         hint="Name a file: --summary FILE.")  # fmt: skip
    if not arguments.watch:
        return run(arguments.files, how)
    for flag in ("json", "junit", "summary", "seeds", "db", "why", "cassette"):
        if getattr(arguments, flag):
            raise UsageError(f"--watch does not go with --{flag}",
                             hint="It shows a verdict per save, and keeps nothing.")  # fmt: skip
    from sandbox.cli.watch import watch

    return watch(arguments.files, how)


def _cassette(arguments: argparse.Namespace) -> "Cassette | None":
    """What providers say, where a recording of them was named."""
    if arguments.cassette is None:
        return None
    for flag, why in (("db", "It is not kept: the same file says the same again."),
                      ("why", "What could have been was not recorded.")):  # fmt: skip
        if getattr(arguments, flag):
            raise UsageError(f"--cassette does not go with --{flag}", hint=why)
    from sandbox.app.cassette import read_cassette

    return read_cassette(arguments.cassette)


def _refuse_not_built(words: list[str]) -> None:
    verb = next((word for word in words if not word.startswith("-")), "")
    if verb in NOT_BUILT:
        raise NotBuiltError(f"'sandbox {verb}'")
    _refuse_live(verb, words[: words.index("--")] if "--" in words else words)
    for word in words if verb == "run" else ():
        if word.split("=")[0] in NOT_BUILT_FLAGS:
            raise NotBuiltError(f"'{word.split('=')[0]}'")


def _refuse_live(verb: str, words: list[str]) -> None:
    """Say by name that a verb is never live, instead of knowing no such option."""
    if verb in (*send.VERBS, *live.VERBS, "open") or _LIVE not in (
        word.partition("=")[0] for word in words
    ):
        return
    from sandbox.app.guard import Command, refused_verb

    command = Command(
        verb=verb, is_live=True, is_watching="--watch" in words, keeps="--no-store" not in words
    )
    error = refused_verb(command)
    raise error or UsageError("--live wants the scenario named", hint="sandbox open FILE --live")
