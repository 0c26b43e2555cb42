"""`sandbox live`: runs with real providers, and their rehearsal on this machine."""

import argparse
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from sandbox.cli import live_values, recorded
from sandbox.cli.stored import keeps_run
from sandbox.errors import ExitCode, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.app.live_resuming import Standing
    from sandbox.app.live_sending import Sent

_VERB: Final = "live"
VERBS: Final = (_VERB,)

_SPEED: Final = Fraction(10)
_RUN_HELP: Final = "r7, 7, or `last`"


class _Verbs(Protocol):
    """What `add_subparsers` gives."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:  # noqa: A002 - argparse's own name
        """Add a verb."""


def add_verbs(verbs: _Verbs) -> None:
    """Describe the verb of this file to the command's parser."""
    live = verbs.add_parser("live", help="run with real providers, or rehearse it on this machine")
    words = live.add_subparsers(dest="live_verb", metavar="WORD", required=True)

    run = words.add_parser("run", help="really send all messages that a scenario's load names")
    live_values.add_scenario(run)
    live_values.add_reaching(run)
    live_values.add_sending(run)
    run.add_argument("--no-store", action="store_true", help=argparse.SUPPRESS)

    pending = words.add_parser("pending", help="say how a live run stands; sends nothing")
    pending.add_argument("run", metavar="RUN", help=_RUN_HELP)
    pending.add_argument("--db", metavar="FILE", type=Path,
                         help="instead of the user's own store")  # fmt: skip

    resume = words.add_parser(
        "resume", help="go on with a live run; without --live, say how, and listen"
    )
    resume.add_argument("run", metavar="RUN", help=_RUN_HELP)
    live_values.add_reaching(resume)
    live_values.add_sending(resume)
    resume.add_argument("--no-store", action="store_true", help=argparse.SUPPRESS)

    rehearse = words.add_parser(
        "rehearse", help="run through fakes of the vendors on this machine; sends nothing"
    )
    live_values.add_scenario(rehearse)
    rehearse.add_argument("--adapter", metavar="NAME", default="",
                          help="for every provider it can carry, such as dexatel")  # fmt: skip
    rehearse.add_argument("--speed", metavar="N", type=live_values.speed, default=_SPEED,
                          help="so many times faster than the clock; 10 by default")  # fmt: skip
    rehearse.add_argument("--poll", action="store_true",
                          help="ask the vendors that can be asked; no webhooks")  # fmt: skip
    keep = rehearse.add_mutually_exclusive_group()
    keep.add_argument("--db", metavar="FILE", type=Path,
                      help="keep the run in this file, not in the user's own")  # fmt: skip
    keep.add_argument("--no-store", action="store_true",
                      help="keep nothing, as with CI=true or into a pipe")  # fmt: skip
    recorded.add_words(words, _SPEED)


def call(arguments: argparse.Namespace) -> ExitCode:
    """Do what one of the words asks for.

    Raises:
        UsageError: the lock refuses it, or something is missing.
        StorageError: it cannot be written down.
    """
    try:
        match arguments.live_verb:
            case "run":
                return _run(arguments)
            case "pending":
                return _pending(arguments)
            case "resume":
                return _resume(arguments)
            case recorded.FIT:
                return recorded.fit(arguments)
            case recorded.RECORD if not recorded.is_rehearsed(arguments):
                return _run(arguments)
            case _:
                return _rehearse(arguments)
    except ScenarioError as error:
        print(error, file=sys.stderr)
        return error.exit_code


# run ---------------------------------------------------------------------------------------------


def _run(arguments: argparse.Namespace) -> ExitCode:
    from sandbox.app.live_sending import all_messages, caps_name, missing_before, new_token
    from sandbox.cli.sending import end_lines, really_send
    from sandbox.scenario.library import find
    from sandbox.scenario.loader import load

    scenario = load(find(arguments.file), overrides=arguments.overrides, seed=arguments.seed)
    token = new_token()
    context = live_values.context_of(arguments, _VERB, caps_name(token))
    sending = all_messages(scenario, live_values.wanted_of(arguments), context)
    if not arguments.live:
        refusal = missing_before(sending, context, is_confirmed=False)
        if refusal is None:  # `--live` is missing at least
            raise AssertionError(scenario.name)
        raise refusal.error()
    sent = really_send(arguments, sending, context, token=token)
    print("\n".join(end_lines(sent, scenario.currency)))
    return _exit_code(sent)


def _exit_code(sent: "Sent") -> ExitCode:
    from sandbox.app.known_only import known_only

    if not sent.live.is_whole:
        return ExitCode.INTERRUPTED
    return known_only(sent.live.result).result.verdict.exit_code


# pending, resume ---------------------------------------------------------------------------------


def _pending(arguments: argparse.Namespace) -> ExitCode:
    from sandbox.app.live_resuming import standing
    from sandbox.cli.standing_view import standing_lines

    print("\n".join(standing_lines(standing(arguments.db, arguments.run))))
    return ExitCode.PASSED


def _resume(arguments: argparse.Namespace) -> ExitCode:
    from sandbox.app.live_resuming import check_can_go_on, standing, still_to_send
    from sandbox.cli.sending import end_lines, really_send
    from sandbox.cli.standing_view import going_on_lines, standing_lines

    stands = standing(arguments.db, arguments.run)
    if not arguments.live:
        print("\n".join([*standing_lines(stands), *going_on_lines(stands)]))
        if not arguments.public_url:
            return ExitCode.PASSED
        check_can_go_on(stands)
        return _listen(arguments, stands)
    check_can_go_on(stands)
    context = live_values.context_of(arguments, _VERB, stands.caps_name)
    sending = still_to_send(stands, live_values.wanted_of(arguments), context)
    if not sending.messages:
        print("\n".join([*standing_lines(stands), *going_on_lines(stands)]))
        return ExitCode.PASSED
    sent = really_send(arguments, sending, context, resumes=stands.run)
    print("\n".join(end_lines(sent, stands.scenario.currency)))
    return _exit_code(sent)


def _listen(arguments: argparse.Namespace, stands: "Standing") -> ExitCode:
    """Take in receipts of a run that stands still, until Ctrl-C."""
    from sandbox.app.live_listening import listen_to
    from sandbox.app.ways_in import ways_in
    from sandbox.report.plain import plain

    context = live_values.context_of(arguments, _VERB, stands.caps_name)
    routes = stands.scenario.routes
    used = [route.provider for route in routes]
    ways = ways_in(routes, used, context.config, context.stores, arguments.public_url)

    def ready(urls: "Mapping[str, str]") -> None:
        heard = ", ".join(map(plain, urls))
        print(f"listening for {heard}; nothing is sent; Ctrl-C ends it", file=sys.stderr)

    def kept(provider: str, words: tuple[str, ...]) -> None:
        said = ", ".join(words) or "unreadable"
        print(f"kept a webhook of {plain(provider)}: {plain(said)}", flush=True)

    run, path = stands.run.name, arguments.db
    count = listen_to(
        path, run, stands.scenario, ways, arguments.port, on_ready=ready, on_kept=kept
    )
    print(f"{count} kept; `sandbox live resume {run} --live` goes on and hears them")
    return ExitCode.PASSED


# rehearse ----------------------------------------------------------------------------------------


def _rehearse(arguments: argparse.Namespace) -> ExitCode:
    from sandbox.app.known_only import known_only
    from sandbox.app.live_telling import counting
    from sandbox.app.rehearsing import Rehearsal, rehearse, with_adapter
    from sandbox.app.stored import store_path
    from sandbox.cli.progress import ProgressLine
    from sandbox.cli.rehearsal_view import rehearsal_text
    from sandbox.report.plain import plain
    from sandbox.scenario.library import find

    scenario = with_adapter(
        find(arguments.file),
        arguments.adapter,
        overrides=arguments.overrides,
        seed=arguments.seed,
    )
    keeps = keeps_run(arguments)
    outside = ", ".join(f"{plain(route.provider)} ({route.adapter})" for route in scenario.routes)
    told = f"rehearsal at {float(arguments.speed):g} times the clock: nothing is really sent"
    print(f"{told}; on this machine are {outside or 'none'}", file=sys.stderr)
    progress = ProgressLine(f"{plain(scenario.name)}, rehearsed")
    try:
        with recorded.watching(arguments, scenario, is_rehearsal=True) as watch:
            order = Rehearsal(
                scenario=scenario,
                path=store_path(arguments.db) if keeps else None,
                speed=arguments.speed,
                asks=arguments.poll,
                watch=watch,
            )
            done = rehearse(order, folds=(counting(progress),), on_ready=_begins)
    finally:
        progress.close()
    known = known_only(done.live.result, done.fired)
    print(rehearsal_text(done, known))
    if done.is_kept:
        print(f"kept as {done.live.run}: `sandbox show {done.live.run}`", file=sys.stderr)
    if not done.live.is_whole:
        return ExitCode.INTERRUPTED
    return known.result.verdict.exit_code


def _begins(run: str) -> None:
    print(f"rehearsal {run} begins; Ctrl-C stops it", file=sys.stderr, flush=True)
