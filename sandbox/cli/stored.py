"""The verbs of stored runs: `runs`, `show`, `export`, `replay`, `paths`."""

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from sandbox.errors import ExitCode, NotBuiltError, SandboxError, UsageError
from sandbox.report.plain import plain

if TYPE_CHECKING:
    from sandbox.app.stored import Replay
    from sandbox.store.rows import RunRow

VERBS: Final = ("runs", "show", "export", "replay", "paths")

FORMATS: Final = ("jsonl", "csv", "md", "html")

NOT_BUILT_FORMATS: Final = ("svg",)
"""Formats that later versions will have."""

_DIGEST_SHOWN: Final = len("sha256:") + 12
_NAME_SHOWN: Final = 40
_RUN_HELP: Final = "r7, 7, `last`, or a scenario's name for its newest run"


class _Verbs(Protocol):
    """What `add_subparsers` gives."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:  # noqa: A002 - argparse's own name
        """Add a verb."""


def add_verbs(verbs: _Verbs) -> None:
    """Describe the verbs of this file to the command's parser."""
    runs = verbs.add_parser("runs", help="list stored runs, newest first")
    runs.add_argument("words", metavar="WORD", nargs="*",
                      help="only runs with this in name, scenario, file, verdict, state, "
                           "seed or digest")  # fmt: skip
    runs.add_argument("--prune", metavar="AGE", type=_age,
                      help="let go of runs older than that, such as 30d")  # fmt: skip
    runs.add_argument("--json", action="store_true", help="one JSON object per run, on one line")

    show = verbs.add_parser("show", help="show what a stored run came to, or one of its messages")
    show.add_argument("run", metavar="RUN", help=_RUN_HELP)
    show.add_argument("message", metavar="MESSAGE", nargs="?", help="m17, 17, or a message's name")
    show.add_argument("--why", action="store_true",
                      help="explain its every switch, and what else could have been")  # fmt: skip
    show.add_argument("--json", action="store_true", help="one JSON object, on one line")

    export = verbs.add_parser("export", help="write a stored run to standard output")
    export.add_argument("run", metavar="RUN", help=_RUN_HELP)
    export.add_argument("--format", metavar="FORMAT", default="jsonl", type=_format,
                        help=f"{', '.join(FORMATS)}; jsonl by default")  # fmt: skip
    export.add_argument("--messages", action="store_true",
                        help="a line per message instead of one per event")  # fmt: skip
    export.add_argument("--redact", action="store_true",
                        help="mask phone numbers, texts and codes")  # fmt: skip

    replay = verbs.add_parser("replay", help="run a stored run again, and prove the log equal")
    replay.add_argument("run", metavar="RUN", help=_RUN_HELP)
    replay.add_argument("--open", action="store_true",
                        help="open the app on it instead, to move it through time")  # fmt: skip

    for verb in (runs, show, export, replay):
        verb.add_argument("--db", metavar="FILE", type=Path, help="instead of the user's own store")
    verbs.add_parser("paths", help="say where things are kept")


def _age(text: str) -> int:
    from sandbox.scenario.quantities import QuantityError, duration

    try:
        return duration(text)
    except QuantityError as error:
        raise argparse.ArgumentTypeError(
            f"an age is written like 30d or 12h, not {text!r}"
        ) from error


def _format(text: str) -> str:
    if text in NOT_BUILT_FORMATS:
        raise NotBuiltError(f"'sandbox export --format {text}'")
    if text not in FORMATS:
        raise argparse.ArgumentTypeError(f"one of {', '.join(FORMATS)}, not {text!r}")
    return text


def call(arguments: argparse.Namespace) -> ExitCode:
    """Do what one of `VERBS` asks for.

    Raises:
        UsageError: there is no such run or message, or it cannot be replayed.
        StorageError: the file cannot be used.
    """
    match arguments.verb:
        case "runs" if arguments.prune is not None:
            return _prune(arguments.db, arguments.prune)
        case "runs":
            return _runs(arguments.db, arguments.words, as_json=arguments.json)
        case "show":
            return _show(arguments)
        case "export":
            return _export(arguments)
        case "replay" if arguments.open:
            from sandbox.cli.verbs import open_replay

            return open_replay(arguments.db, arguments.run)
        case "replay":
            return _replay(arguments.db, arguments.run)
        case _:
            return _paths()


# runs --------------------------------------------------------------------------------------------


def _runs(path: Path | None, words: list[str], *, as_json: bool) -> ExitCode:
    from sandbox.app.stored import list_runs, store_path

    rows = list_runs(path, words)
    if as_json:
        for row in rows:
            print(json.dumps(row._asdict(), ensure_ascii=False))
    elif rows:
        print("\n".join(_table(rows)))
    else:
        of_these = " with " + " ".join(map(repr, words)) if words else ""
        print(f"sandbox: no run{of_these} in {store_path(path)}", file=sys.stderr)
    return ExitCode.PASSED


def _table(rows: "list[RunRow]") -> list[str]:
    cells = [
        (
            row.name,
            datetime.fromtimestamp(row.started_ms / 1000, UTC).astimezone().strftime("%F %H:%M"),
            plain(row.scenario, _NAME_SHOWN),
            f"seed {row.seed}",
            str(row.verdict or row.state),
            f"{row.line_count:,} lines"
            if row.message_count is None
            else f"{row.message_count:,} messages",
            (row.digest or "")[:_DIGEST_SHOWN],
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]


def _prune(path: Path | None, older_than_us: int) -> ExitCode:
    from sandbox.app.stored import prune

    count = prune(path, older_than_us)
    print(f"sandbox: {count} {'run' if count == 1 else 'runs'} let go", file=sys.stderr)
    return ExitCode.PASSED


# show, export ------------------------------------------------------------------------------------


def _show(arguments: argparse.Namespace) -> ExitCode:
    path, run, message = arguments.db, arguments.run, arguments.message
    if message is not None:
        return _show_message(path, run, message, why=arguments.why, as_json=arguments.json)
    if arguments.why:
        raise UsageError("--why explains a message, and none is named",
                         hint="sandbox show RUN MESSAGE --why")  # fmt: skip
    from sandbox.app.stored import answer_of

    stored = answer_of(path, run)
    if arguments.json:
        from sandbox.cli.show_view import run_object

        print(json.dumps(run_object(stored), ensure_ascii=False))
        return ExitCode.PASSED
    from sandbox.cli.answer import answer_text

    print(_heading(stored.run))
    if stored.answer is not None and stored.is_live:
        from sandbox.app.known_only import known_only
        from sandbox.cli.rehearsal_view import outside_lines

        known = known_only(stored.answer.result)
        messages = [*known.result.messages(known.result.message_names)]
        print(answer_text(known.result, stored.answer.highlights, stored.worst, messages))
        print("\n".join(outside_lines((), known)))
    elif stored.answer is not None:
        print(answer_text(stored.answer.result, stored.answer.highlights, stored.worst))
    return ExitCode.PASSED


def _show_message(
    path: Path | None, run: str, message: str, *, why: bool, as_json: bool
) -> ExitCode:
    explained = None
    if why:
        from sandbox.app.stored import why_of

        explained = why_of(path, run, message)
    if as_json:
        from sandbox.app.stored import message_of
        from sandbox.cli.show_view import message_object

        told = message_object(message_of(path, run, message), explained)
        print(json.dumps(told, ensure_ascii=False))
    elif explained is not None:
        from sandbox.report.why import why_lines

        print("\n".join(why_lines(explained)))
    else:
        from sandbox.app.stored import timeline_of

        print("\n".join(timeline_of(path, run, message)))
    return ExitCode.PASSED


def _heading(row: "RunRow") -> str:
    began = datetime.fromtimestamp(row.started_ms / 1000, UTC).astimezone().strftime("%F %T")
    text = f"{row.name}  {row.state}, begun {began}"
    if row.message_count is None:
        virtual_s = row.virtual_us / 1_000_000
        text += (
            f"\n{plain(row.scenario)}  seed {row.seed}"
            f"\n  {row.line_count:,} lines of the log, {virtual_s:,.1f} s of virtual time"
        )
    return text + (f"\n  {plain(row.trouble)}" if row.trouble else "")


def _export(arguments: argparse.Namespace) -> ExitCode:
    from sandbox.app.exports import Format, Subject, export_run

    subject = Subject.MESSAGES if arguments.messages else Subject.EVENTS
    form = Format(arguments.format)
    write = sys.stdout.write
    export_run(arguments.db, arguments.run, form, write, subject, redacts=arguments.redact)
    return ExitCode.PASSED


# replay, paths -----------------------------------------------------------------------------------


def _replay(path: Path | None, run: str) -> ExitCode:
    from sandbox.app.stored import replay

    replayed = replay(path, run)
    print("\n".join(_replay_lines(replayed)))
    return ExitCode.PASSED if replayed.is_equal else ExitCode.FAILED


def _replay_lines(replayed: "Replay") -> list[str]:
    run, difference = replayed.run, replayed.difference
    title = f"{run.name} {plain(run.scenario)} seed {run.seed}"
    if replayed.is_equal:
        return [f"{title}: the same {replayed.line_count:,} lines", f"  {replayed.digest}"]
    if difference is None:
        return [
            f"{title}: DIFFERS: every line is the same, but the digest that was kept is another",
            f"  stored    {run.digest}",
            f"  replayed  {replayed.digest}",
        ]
    return [
        f"{title}: DIFFERS from line {difference.seq} on",
        f"  stored    {plain(difference.stored) or 'no line'}",
        f"  replayed  {plain(difference.replayed) or 'no line'}",
    ]


def _paths() -> ExitCode:
    from sandbox.app.stored import store_path
    from sandbox.scenario.library import folder

    print(f"runs       {store_path(None)}")
    try:
        print(f"scenarios  {folder()}")
    except SandboxError as error:
        print(f"scenarios  {error}")
    return ExitCode.PASSED


def keeps_run(arguments: argparse.Namespace) -> bool:
    """Whether a run is kept: as `--db` and `--no-store` say, else where somebody sits in front.

    That is neither a pipe nor a build server.
    """
    if arguments.db is not None or arguments.no_store:
        return arguments.db is not None
    return sys.stdout.isatty() and os.environ.get("CI", "").lower() not in {"1", "true", "yes"}
