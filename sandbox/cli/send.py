"""`sandbox send`: one message, really sent or shown, and what the live lock says of it."""

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Protocol

from sandbox.cli import live_values
from sandbox.errors import ExitCode, ScenarioError, UsageError

if TYPE_CHECKING:
    from sandbox.app.dry_run import Shown
    from sandbox.app.guard import Ask, Refusal
    from sandbox.app.live_asking import Chosen, Wanted
    from sandbox.app.live_sending import Context
    from sandbox.scenario.model import Scenario

VERBS: Final = ("send",)


class _Verbs(Protocol):
    """What `add_subparsers` gives."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:  # noqa: A002 - argparse's own name
        """Add a verb."""


def add_verbs(verbs: _Verbs) -> None:
    """Describe the verb of this file to the command's parser."""
    verb = verbs.add_parser("send", help="send one message through real providers, or show it")
    live_values.add_scenario(verb)
    who = verb.add_mutually_exclusive_group()
    who.add_argument("--message", metavar="NAME", default="",
                     help="a message the load names; left out: the only one")  # fmt: skip
    who.add_argument("--to", dest="number", metavar="NUMBER", type=live_values.number,
                     help="instead: to this whole number, with its plus")  # fmt: skip
    verb.add_argument("--name", dest="cascade", metavar="CASCADE", default="",
                      help="with --to, where there are several cascades")  # fmt: skip
    verb.add_argument("--dry-run", action="store_true",
                      help="print every request, secrets masked, and send nothing")  # fmt: skip
    live_values.add_reaching(verb)
    live_values.add_sending(verb)
    verb.add_argument("--after", metavar="DURATION", type=live_values.duration_us, default=0,
                      help="send that much later, so that a webhook can be registered")  # fmt: skip
    verb.add_argument("--no-store", action="store_true", help=argparse.SUPPRESS)


# Calls -------------------------------------------------------------------------------------------


def call(arguments: argparse.Namespace) -> ExitCode:
    """Show one message as it would be sent, send it, or say why it is not sent.

    Raises:
        UsageError: the lock refuses it, or it is not clear which message is meant.
        StorageError: it cannot be written down; nothing is sent any more.
    """
    if arguments.cascade and not arguments.number:
        raise UsageError("--name goes with --to", hint="A message of the load has its cascade.")
    try:
        return _send(arguments)
    except ScenarioError as error:
        print(error, file=sys.stderr)
        return error.exit_code


def _send(arguments: argparse.Namespace) -> ExitCode:
    from sandbox.app.dry_run import RUN, lock_says, shown_steps
    from sandbox.app.live_asking import ask_of, choose
    from sandbox.app.live_sending import caps_name, new_token
    from sandbox.scenario.library import find
    from sandbox.scenario.loader import load

    scenario = load(find(arguments.file), overrides=arguments.overrides, seed=arguments.seed)
    wanted = live_values.wanted_of(arguments)
    token = new_token()
    context = live_values.context_of(arguments, "send", caps_name(token))
    if arguments.live and not arguments.dry_run:
        return _send_one(arguments, scenario, wanted, context, token)
    chosen = choose(scenario, wanted)
    ask = ask_of(scenario, chosen, wanted, *context._replace(run=RUN))
    refusal = lock_says(ask, context.config)
    if not arguments.dry_run:
        if refusal is None:  # `--live` and a confirmation are missing at least
            raise AssertionError(ask.run)
        raise refusal.error()
    steps = shown_steps(scenario, ask, context.config)
    print("\n".join(_lines(scenario.name, chosen, ask, steps, refusal)))
    return ExitCode.WRONG_INPUT if any(step.refused for step in steps) else ExitCode.PASSED


def _send_one(
    arguments: argparse.Namespace,
    scenario: "Scenario",
    wanted: "Wanted",
    context: "Context",
    token: bytes,
) -> ExitCode:
    """Really send; the exit code says whether it was delivered."""
    from sandbox.app.live_sending import one_message
    from sandbox.cli.sending import end_lines, really_send

    sending = one_message(scenario, wanted, context, after_us=arguments.after)
    sent = really_send(arguments, sending, context, token=token)
    print("\n".join(end_lines(sent, scenario.currency)))
    if not sent.live.is_whole:
        return ExitCode.INTERRUPTED
    is_delivered = all(each.outcome == "delivered" for each in sent.messages)
    return ExitCode.PASSED if is_delivered else ExitCode.FAILED


def _lines(
    scenario: str,
    chosen: "Chosen",
    ask: "Ask",
    steps: "tuple[Shown, ...]",
    refusal: "Refusal | None",
) -> Iterator[str]:
    from sandbox.app.guard import question_of
    from sandbox.report.plain import plain

    question = question_of(ask)
    what = f"message {chosen.name}" if chosen.name else "one message"
    numbers = question.numbers.strip() or "somebody made up"
    yield plain(f"dry run of {scenario}: {what} through {chosen.plan.name} to {numbers}")
    yield "nothing is sent, and no connection is opened"
    for step in steps:
        yield ""
        yield from _step(step, question.currency)
    yield ""
    yield question.text().splitlines()[-1]
    yield ""
    yield from _lock(refusal)


def _step(step: "Shown", currency: str) -> Iterator[str]:
    from sandbox.report.figures import money_text
    from sandbox.report.plain import plain

    name = f"level {step.level}, {step.channel} through {plain(step.provider)}"
    if step.line is None:
        why = "skipped, no address there" if step.is_skipped else "simulated, nothing would leave"
        yield f"{name}: {why}"
        return
    tries, nano = step.line.step.tries, step.line.step.nano
    times = f"up to {tries} times" if tries > 1 else "once"
    price = "a price nobody knows" if nano is None else f"{money_text(nano, currency)} at most"
    yield f"{name}: {step.line.vendor}, {times}, {price} each"
    yield f"  says: {plain(step.line.says)}"
    if step.refused:
        yield f"  cannot be sent: {plain(step.refused)}"
        return
    if step.is_made_up:
        yield "  with made-up credentials: the real ones are missing, or not for this host"
    yield from (f"    {line}" if line else "" for line in step.request)
    yield from (f"  not verified: {sentence}" for sentence in step.unverified)


def _lock(refusal: "Refusal | None") -> Iterator[str]:
    if refusal is None:
        yield "the live lock would open"
        return
    yield "the live lock is shut; it asks for"
    for each in refusal.missing:
        yield f"  {each.condition}: {each.why}. {each.todo}"
