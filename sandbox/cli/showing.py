"""The verbs that show the app: `open`, `demo` in large letters, `web` in a browser."""

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

from sandbox.app.collector import collector_paused
from sandbox.cli import live_values
from sandbox.errors import ExitCode, UsageError

VERBS: Final = ("open", "demo", "web")
DEMO: Final = "first-look"
"""The scenario that tells in a minute what all this is about."""

_PORT: Final = 8000
_PORT_MAX: Final = 65_535
_FILE_HELP: Final = "a scenario file, or a built-in name"
_SEED_HELP: Final = "instead of the scenario's own seed"
_LOOPBACK: Final = ("127.0.0.1", "::1")


class _Verbs(Protocol):
    """What `add_subparsers` gives."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:  # noqa: A002 - argparse's own name
        """Add a verb."""


def add_verbs(verbs: _Verbs) -> None:
    """Describe the verbs of this file to the command's parser."""
    opens = verbs.add_parser("open", help="open the app on a scenario")
    opens.add_argument("file", metavar="FILE", nargs="?", default="",
                       help=f"{_FILE_HELP}; by default the last one")  # fmt: skip
    opens.add_argument("--fresh", action="store_true",
                       help="neither use nor change what is remembered")  # fmt: skip
    opens.add_argument("--seed", type=_whole, help=_SEED_HELP)
    opens.add_argument("--in-browser", action="store_true", help=argparse.SUPPRESS)
    opens.add_argument("--demo", action="store_true", help=argparse.SUPPRESS)
    live_values.add_opening(opens)
    demo = verbs.add_parser("demo", help="show a captioned demo, in large letters for a room")
    demo.add_argument("file", metavar="FILE", nargs="?", default=DEMO,
                      help=f"{_FILE_HELP}; {DEMO} by default")  # fmt: skip
    shown = verbs.add_parser("web", help="serve the app to browsers on this machine")
    shown.add_argument("file", metavar="FILE", nargs="?", default="",
                       help=f"{_FILE_HELP}; two-factor-codes by default")  # fmt: skip
    shown.add_argument("--seed", type=_whole, help=_SEED_HELP)
    shown.add_argument("--demo", action="store_true", help="begin in the presenter's view")
    shown.add_argument("--port", type=_port, default=_PORT,
                       help=f"0 takes any that is free; {_PORT} by default")  # fmt: skip
    shown.add_argument("--bind", metavar="ADDRESS", default=_LOOPBACK[0],
                       help="listen on another address than this machine's own 127.0.0.1: "
                            "whoever reaches it and knows the link comes in")  # fmt: skip


def call(arguments: argparse.Namespace) -> ExitCode:
    """Carry out one of the verbs of this file."""
    if arguments.verb == "open":
        live_values.check_opening(arguments)
    match arguments.verb:
        case "demo":
            return demo(arguments.file)
        case "web":
            return web(arguments)
        case _ if arguments.in_browser:
            return open_for_viewer(arguments.file, arguments.seed, is_demo=arguments.demo)
        case _ if arguments.live:
            return open_live(arguments)
        case _:
            with collector_paused(freezes=True):
                from sandbox.cli.verbs import open_app

            return open_app(arguments.file, arguments.seed, is_fresh=arguments.fresh)


def open_live(arguments: argparse.Namespace) -> ExitCode:
    """Open the app in real time, with a switch that may send providers outside.

    Raises:
        UsageError: what was typed does not go together, or the user's settings are wrong.
    """
    from sandbox.app.guard import Command
    from sandbox.app.live_switch import start_of
    from sandbox.cli.verbs import open_app

    command = Command(verb="open", is_live=True)
    start = replace(
        start_of(command, live_values.wanted_of(arguments)),
        public_url=arguments.public_url,
        port=arguments.port,
        path=arguments.db,
    )
    for warning in start.config.warnings:
        print(f"sandbox: warning: {warning}", file=sys.stderr)
    return open_app(arguments.file, arguments.seed, is_fresh=arguments.fresh, start=start)


def demo(name: str) -> ExitCode:
    """Open the app in the presenter's view, with the captions of a scenario in large letters.

    Raises:
        UsageError: there is no terminal, or no such scenario.
    """
    from sandbox.cli.verbs import need_a_terminal
    from sandbox.scenario import library

    source = library.find(name)
    need_a_terminal("`sandbox web --demo` needs none.")
    with collector_paused(freezes=True):  # what an import makes is never let go
        from sandbox.app.settings import settings_path
        from sandbox.tui.app import run_app  # textual is slow to import: only where it is shown
        from sandbox.tui.opening import Opening

    opening = Opening(is_demo=True, verb="demo")
    return ExitCode(run_app(source, opening=opening, settings=settings_path()))


def open_for_viewer(path: str, seed: int | None, *, is_demo: bool) -> ExitCode:
    """Open the app for a browser, as `web` asks for it: whoever looks at it writes nothing here."""
    from sandbox.tui.app import run_app
    from sandbox.tui.opening import Opening

    opening = Opening(is_demo=is_demo, is_viewer=True, verb="web")
    return ExitCode(run_app(path, seed=seed, opening=opening))


def web(arguments: argparse.Namespace) -> ExitCode:
    """Serve the app to browsers until somebody interrupts.

    Raises:
        UsageError: the extra is not installed, or nothing can listen there.
        ScenarioError: the file cannot be used.
    """
    from sandbox.report.plain import plain
    from sandbox.scenario import library
    from sandbox.scenario.loader import load

    source = str(library.find(arguments.file or library.OPENING).resolve())
    title = load(source).title or "Fallback Sandbox"  # a mistake in it is told here, not in a page
    try:
        from sandbox.tui.web import serve
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the browser needs a package that is not installed: {error.name}",
            hint="pip install 'fallback-sandbox[web]'",
        ) from error
    if arguments.bind not in _LOOPBACK:
        print(_exposed(arguments.bind), file=sys.stderr)
    argv = [sys.executable, "-m", "sandbox", "open", "--in-browser"]
    argv += ["--demo"] * arguments.demo
    argv += [] if arguments.seed is None else [f"--seed={arguments.seed}"]
    serve(
        [*argv, "--", source],
        bind=arguments.bind, port=arguments.port, title=plain(title), told=_teller(),
    )  # fmt: skip
    return ExitCode.PASSED


def _teller() -> Callable[[str], None]:
    def tell(url: str) -> None:
        print(url, flush=True)
        print("whoever has this link can watch the run and turn its knobs; Ctrl-C ends it",
              file=sys.stderr, flush=True)  # fmt: skip

    return tell


def _exposed(bind: str) -> str:
    return (
        f"sandbox: warning: others can reach {bind!r}, and nothing is encrypted:\n"
        "  whoever can read the traffic has the link, and whoever has the link can watch and turn\n"
        "  the run, and start as many simulations here as the server admits"
    )


def _whole(text: str) -> int:
    if not text.lstrip("-").isdecimal():
        raise argparse.ArgumentTypeError(f"a seed is a whole number, not {text!r}")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _PORT_MAX:
        raise argparse.ArgumentTypeError(f"a port is a number up to {_PORT_MAX}, not {text!r}")
    return int(text)
