"""What is really sent, face to face: the question, the typed numbers, the log as it happens.

Standard output has the log and what became of each message; standard error has the question.
"""

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from sandbox.cli.recorded import watching
from sandbox.report.figures import money_text
from sandbox.report.plain import plain

if TYPE_CHECKING:
    from sandbox.app.guard import Line
    from sandbox.app.live_run import Ready
    from sandbox.app.live_sending import Context, Sending, Sent
    from sandbox.app.ways_in import WaysIn
    from sandbox.report.timeline import MessageResult
    from sandbox.store.rows import RunRow

PROMPT: Final = "To really send it, type the numbers it goes to: "
_WHY_MAX: Final = 300


def really_send(
    arguments: argparse.Namespace,
    sending: "Sending",
    context: "Context",
    *,
    token: bytes = b"",
    resumes: "RunRow | None" = None,
) -> "Sent":
    """Ask, and send what was confirmed; until the end, or Ctrl-C.

    Args:
        arguments: What was typed; see `live_values.add_sending`.
        sending: What is meant.
        context: Where it is looked up.
        token: Of a new run.
        resumes: The run that is gone on with; None: a new one.

    Raises:
        UsageError: the lock refuses it; nothing was sent.
        StorageError: it cannot be written down; nothing is sent any more.
    """
    from sandbox.app.guard import Refusal
    from sandbox.app.live_sending import Running, let_through, missing_before, send
    from sandbox.app.live_telling import telling
    from sandbox.app.ways_in import ways_in
    from sandbox.report.trace import HEADER

    can_confirm = arguments.confirm is not None or sys.stdin.isatty()
    refusal = missing_before(sending, context, is_confirmed=can_confirm)
    if refusal is not None:
        raise refusal.error()
    scenario = sending.scenario
    ways = ways_in(
        scenario.routes, sending.providers, context.config, context.stores, arguments.public_url
    )
    if not arguments.deaf:
        ways.check()
    print("\n".join(question_lines(sending, ways)), file=sys.stderr)
    typed = arguments.confirm if arguments.confirm is not None else _typed()
    with watching(arguments, scenario, is_rehearsal=False) as watch:
        passes = let_through(sending, typed, context)
        if isinstance(passes, Refusal):
            raise passes.error()
        print(HEADER, flush=True)
        running = Running(
            path=arguments.db,
            port=arguments.port,
            linger_us=arguments.linger,
            token=token,
            folds=(telling(scenario.currency, _say, resumes.line_count if resumes else 0),),
            on_ready=lambda ready: _ready(ready, ways),
            resumes=resumes.name if resumes else "",
            watch=watch,
        )
        return send(sending, passes, context.ledger, ways, running)


def _say(line: str) -> None:
    print(line, flush=True)


def _typed() -> str:
    """What a person types at the terminal; nothing where they go away."""
    try:
        print(PROMPT, end="", file=sys.stderr, flush=True)
        return input()
    except EOFError:
        return ""


# The question ------------------------------------------------------------------------------------


def question_lines(sending: "Sending", ways: "WaysIn") -> Iterator[str]:
    """What would be sent, as a person confirms it; nothing in it moves a cursor or hides."""
    for meant, question in zip(sending.messages, sending.questions, strict=True):
        yield f"message {plain(meant.name, 60)} through {plain(meant.ask.plan.name, 60)}"
        for line in question.lines:
            yield from _step(line, question.currency)
        yield f"  {question.text().splitlines()[-1]}"
    yield from (f"not verified, {name}: {plain(each)}" for name, each in sending.unverified)
    yield from _heard(ways)


def _step(line: "Line", currency: str) -> Iterator[str]:
    step = line.step
    times = f"up to {step.tries} times" if step.tries > 1 else "once"
    price = "nobody knows" if step.nano is None else money_text(step.nano, currency)
    where = f"{plain(step.provider)} ({line.vendor} at {plain(line.address) or 'no address'})"
    yield f"  {step.channel} to {plain(line.number)} through {where}, {times}, {price} each at most"
    yield f"    says: {plain(line.says)}"


def _heard(ways: "WaysIn") -> Iterator[str]:
    hooked = ", ".join(plain(name) for name in ways.hearing)
    asked = ", ".join(map(plain, ways.asked))
    if hooked:
        yield f"receipts come by webhook from {hooked}, over {plain(ways.public_url)}"
    if asked:
        yield f"receipts are asked for at {asked}"
    for name, why in ways.deaf:
        yield f"no receipt comes in from {plain(name)}: {plain(why, _WHY_MAX)}"


def _ready(ready: "Ready", ways: "WaysIn") -> None:
    """Say what the run is called, and what a vendor must be told by hand."""
    print(f"run {ready.run} begins; Ctrl-C stops it, and it can be gone on with", file=sys.stderr)
    for name in ways.registered:
        url = ready.webhook_urls[name]
        print(f"register with the vendor of {plain(name)}, and tell nobody else: {url}",
              file=sys.stderr)  # fmt: skip


# The end -----------------------------------------------------------------------------------------


def end_lines(sent: "Sent", currency: str) -> Iterator[str]:
    """What became of each message, what it cost, and how to go on."""
    yield ""
    for each in sent.messages:
        yield _outcome(each, currency)
    total = sum(each.cost_nano for each in sent.messages)
    yield f"cost by what is known: {money_text(total, currency)}"
    for trouble in sent.live.troubles:
        yield f"trouble: {plain(trouble, _WHY_MAX)}"
    run = sent.live.run
    if sent.live.is_whole:
        yield f"kept as {run}: `sandbox show {run}`"
    else:
        yield f"stopped; `sandbox live pending {run}` says what is open,"
        yield f"and `sandbox live resume {run} --live` goes on"


def _outcome(each: "MessageResult", currency: str) -> str:
    name = plain(each.name, 60) or f"m{each.message}"
    path = plain(", ".join(each.path)) or "nothing was submitted"
    late = f", late {plain(', '.join(each.late))}" if each.late else ""
    cost = money_text(each.cost_nano, currency)
    return f"{name}: {each.outcome or 'no outcome yet'} by {path}{late}, {cost}"
