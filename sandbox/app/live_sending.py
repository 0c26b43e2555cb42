"""From what was typed to messages that are really sent: asked about, let through, run to the end.

    scenario, Wanted → Sending (messages, questions) → a person types the numbers → lock → LiveRoom

Nothing is reserved and nothing leaves before every message has been asked about and confirmed; if
the lock refuses one of them, what was reserved for the others is given back.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

from sandbox.app.guard import (
    Ask,
    Command,
    Confirmation,
    Generated,
    Missing,
    Pass,
    Question,
    Refusal,
    admit,
    missing_of,
    question_of,
)
from sandbox.app.live_asking import Chosen, Wanted, ask_of, choose
from sandbox.app.live_config import LiveConfig
from sandbox.app.live_run import LiveOrder, LiveResult, LiveRoom, Ready
from sandbox.app.live_secrets import SecretStores
from sandbox.app.outgoing import TOKEN_BYTES
from sandbox.app.parity import Kept
from sandbox.app.recording import Watch
from sandbox.app.rewriting import rewritten
from sandbox.app.run import Fold
from sandbox.app.stopping import stopped_by_hand
from sandbox.app.ways_in import WaysIn
from sandbox.cascade.outputs import SUBMITTED
from sandbox.cascade.vocabulary import SECOND_US
from sandbox.drivers.live import LINGER_US
from sandbox.errors import MisuseError, StorageError, UsageError
from sandbox.report.plain import plain
from sandbox.report.timeline import MessageResult
from sandbox.scenario.model import Scenario
from sandbox.scenario.quantities import exact_text
from sandbox.simulation.spec import Single, Trace
from sandbox.store.caps import CapLedger, Part

MESSAGE: Final = "message"
"""The name of a message to a number from the command line."""
RECIPIENT: Final = "recipient"
"""The name of who it is for."""

MESSAGES_MAX: Final = 100
"""So many messages a live run has; a person has read what each of them says."""

_PLAYS_NO_PART: Final[Mapping[str, None]] = dict.fromkeys(
    ("faults", "expect", "demo", "acts", "by_hand")
)
"""Sections of a scenario that are about its load, when one message is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """A message that is meant.

    Attributes:
        name: In the load of what is run; "" where it has none, and then it is refused.
        ask: What the lock is asked.
    """

    name: str
    ask: Ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What is meant.

    Attributes:
        scenario: What is run; its load has these messages and no others.
        messages: In the order of the load.
    """

    scenario: Scenario
    messages: tuple[Meant, ...]

    @property
    def questions(self) -> tuple[Question, ...]:
        """What a person has to be shown.

        Raises:
            UsageError: nothing of a message would really be sent.
        """
        return tuple(question_of(meant.ask) for meant in self.messages)

    @property
    def numbers(self) -> str:
        """What a person types to confirm all of it: each number once."""
        words = (word for question in self.questions for word in question.numbers.split())
        return " ".join(dict.fromkeys(words))

    @property
    def providers(self) -> tuple[str, ...]:
        """The providers outside that may be sent to, each once."""
        lines = (line for question in self.questions for line in question.lines)
        return tuple(dict.fromkeys(line.step.provider for line in lines))

    @property
    def unverified(self) -> tuple[tuple[str, str], ...]:
        """Of each adapter that is used, what nobody has seen its vendor say."""
        adapters = {w.adapter.name: w.adapter for m in self.messages for w in m.ask.wires}
        return tuple((name, each) for name in adapters for each in adapters[name].unverified)


class Sent(NamedTuple):
    """What came of it.

    Attributes:
        live: The run.
        messages: What became of each message, in order.
        run: What it is called in the cap ledger.
    """

    live: LiveResult
    messages: tuple[MessageResult, ...]
    run: str


# What is meant -----------------------------------------------------------------------------------


class Context(NamedTuple):
    """Where what was typed is looked up.

    Attributes:
        run: What the run is called in the cap ledger.
    """

    command: Command
    config: LiveConfig
    stores: SecretStores
    run: str

    @property
    def ledger(self) -> CapLedger:
        """The caps of this user."""
        return CapLedger(self.config.caps)


def new_token() -> bytes:
    """The token of a new run: its codes and webhook paths follow from it, and its caps' name."""
    return secrets.token_bytes(TOKEN_BYTES)


def caps_name(token: bytes) -> str:
    """What a run is called in the cap ledger: the same after a restart, and nobody else's."""
    return f"live-{sha256(b'caps ' + token).hexdigest()[:16]}"


def new_run_name() -> str:
    """What a run is called in the cap ledger that is never gone on with."""
    return caps_name(new_token())


def one_message(
    scenario: Scenario, wanted: Wanted, context: Context, *, after_us: int = 0
) -> Sending:
    """One message of the load, or one to a number.

    Args:
        scenario: Whose it is.
        wanted: What was typed.
        context: Where it is looked up.
        after_us: How much later it is requested, in microseconds.

    Raises:
        UsageError: it is not clear which is meant, or nothing of it would really be sent.
    """
    chosen = choose(scenario, wanted)
    _check_text(scenario, chosen)
    ask = ask_of(scenario, chosen, wanted, *context)
    at = exact_text(after_us)
    entry: dict[str, Any] = {"at": at, "cascade": chosen.plan.name}
    sections: dict[str, Any] = {**_PLAYS_NO_PART}
    if chosen.name:
        person = _person_of(scenario, chosen.name)
        entry |= {"message": chosen.name, **({"to": person} if person else {})}
    else:
        entry |= {"message": MESSAGE, "to": RECIPIENT}
        recipients = {**scenario.resolved.get("recipients", {})}
        recipients["people"] = {RECIPIENT: {"phone": wanted.number, "traits": []}}
        sections["recipients"] = recipients
    sections["load"] = [entry]
    sections["clock"] = _bounded(scenario, [(after_us, chosen.plan.deadline_us)])
    name = chosen.name or MESSAGE
    return Sending(scenario=rewritten(scenario, **sections), messages=(Meant(name=name, ask=ask),))


def all_messages(scenario: Scenario, wanted: Wanted, context: Context) -> Sending:
    """All messages of the load; whoever has no name is among them, and will be refused.

    Raises:
        UsageError: the load is empty or too large, or nothing of a message would really be sent.
    """
    meant: list[Meant] = []
    instants: list[tuple[int, int | None]] = []
    for chosen, at_us in _loaded(scenario):
        if len(meant) == MESSAGES_MAX:
            raise UsageError(f"more than {MESSAGES_MAX} messages are not sent for real at once")
        _check_text(scenario, chosen)
        ask = ask_of(scenario, chosen, wanted, *context)
        meant.append(Meant(name=chosen.name, ask=ask))
        instants.append((at_us, chosen.plan.deadline_us))
    if not meant:
        raise UsageError("the load names no message", hint="`sandbox send FILE --to NUMBER`.")
    clock = _bounded(scenario, instants)
    made = scenario if clock == scenario.resolved["clock"] else rewritten(scenario, clock=clock)
    return Sending(scenario=made, messages=tuple(meant))


def _loaded(scenario: Scenario) -> Iterator[tuple[Chosen, int]]:
    """Each named message with its instant, and one in place of those that are made up."""
    world = scenario.world
    for entry in world.load:
        match entry:
            case Single(name=name, at_us=at_us):
                yield choose(scenario, Wanted(message=name)), at_us
            case Trace(names=names, instants=instants, plans=plans):
                for place, at_us in enumerate(instants):
                    if names and names[place]:
                        yield choose(scenario, Wanted(message=names[place])), at_us
                    else:
                        yield Chosen("", world.plans[plans[place]], Generated("")), at_us
            case _:
                yield Chosen("", world.plans[entry.plan], Generated("")), entry.at_us


def _check_text(scenario: Scenario, chosen: Chosen) -> None:
    """Refuse what would be sent with the words of another."""
    if chosen.name in dict(scenario.world.wordings):
        raise UsageError(
            f"message '{plain(chosen.name, 60)}' has a text of its own, and such a text is not"
            " sent for real",
            hint="Give it a cascade with that text.",
        )


def _person_of(scenario: Scenario, message: str) -> str:
    for entry in scenario.world.load:
        match entry:
            case Single(name=name, to=to) if name == message:
                return to
            case Trace(names=names, people=people) if message in names and people:
                return people[[*names].index(message)]
            case _:
                pass
    return ""


def _bounded(scenario: Scenario, instants: Sequence[tuple[int, int | None]]) -> Mapping[str, Any]:
    """The clock, with an end at which all messages are over and their receipts have had time.

    A simulated phone that is off for hours would let a real run go on for as long.
    """
    clock: Mapping[str, Any] = scenario.resolved["clock"]
    ends = [at_us + deadline for at_us, deadline in instants if deadline is not None]
    if scenario.world.until_us is not None or len(ends) < len(instants):
        return clock
    until_us = max(ends) + LINGER_US
    if until_us >= scenario.world.end_us:
        return clock
    return {**clock, "until": exact_text(-(-until_us // SECOND_US) * SECOND_US)}


# The lock ----------------------------------------------------------------------------------------


def missing_before(
    sending: Sending, context: Context, *, is_confirmed: bool = True
) -> Refusal | None:
    """All that would be missing now; None: nothing. Looks only, and reserves nothing.

    Args:
        sending: What is meant.
        context: Where it is looked up.
        is_confirmed: As if the right numbers were typed; else as if nobody could type any.
    """
    ledger = context.ledger
    missing: list[Missing] = []
    for meant in sending.messages:
        question = question_of(meant.ask)
        told = question.numbers if is_confirmed else None
        confirmation = None if told is None else Confirmation(question, told)
        asked = replace(meant.ask, confirmation=confirmation)
        refusal = missing_of(asked, context.config, ledger)
        missing += [each for each in (refusal.missing if refusal else ()) if each not in missing]
    return Refusal(tuple(missing)) if missing else None


def let_through(sending: Sending, typed: str, context: Context) -> Mapping[str, Pass] | Refusal:
    """Ask the lock about all of it.

    Args:
        sending: What a person was shown.
        typed: What they typed: `Sending.numbers`, if they mean it.
        context: Where it is looked up.

    Returns:
        The pass of each message by its name; or all that is missing, with nothing reserved.
    """
    ledger = context.ledger
    is_right = " ".join(typed.split()) == sending.numbers
    passes: dict[str, Pass] = {}
    missing: list[Missing] = []
    for meant in sending.messages:
        question = question_of(meant.ask)
        told = question.numbers if is_right else typed
        asked = replace(meant.ask, confirmation=Confirmation(question, told))
        answer = admit(asked, context.config, ledger)
        if isinstance(answer, Pass):
            passes[meant.name] = answer
        else:
            missing += [each for each in answer.missing if each not in missing]
    if not missing:
        return passes
    for passed in passes.values():
        _give_all_back(passed, ledger)
    return Refusal(tuple(missing))


def _give_all_back(passed: Pass, ledger: CapLedger) -> None:
    if passed.reservation is not None:
        with suppress(StorageError):  # then it stays reserved, which is the safe side
            ledger.release(passed.reservation)


# The run -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """How what was let through is run.

    Attributes:
        path: The file of runs; None: the user's own.
        folds: See the log go by.
        on_ready: Told what the run is called, and where webhooks are awaited, before it begins.
        resumes: The run that is gone on with; "": a new one.
        watch: Looks on; a recorder is one.
        linger_us: How long the last word of an attempt is waited for in the end.
        token: Of a new run; what it is called in the cap ledger follows from it.
    """

    path: Path | None = None
    port: int = 0
    linger_us: int = LINGER_US
    token: bytes = field(default=b"", repr=False)
    folds: tuple[Fold, ...] = ()
    on_ready: Callable[[Ready], None] = lambda _: None
    resumes: str = ""
    watch: Watch | None = None


def send(
    sending: Sending,
    passes: Mapping[str, Pass],
    ledger: CapLedger,
    ways: WaysIn,
    running: Running,
) -> Sent:
    """Send what was let through, and hear what becomes of it; until the end, or Ctrl-C.

    What was reserved and never made is given back when all is over, or when it could not begin.

    Must not be called where an event loop runs.

    Raises:
        StorageError: it cannot be written down; nothing is sent any more.
        UsageError: the receiver's port cannot be had.
    """
    kept = Kept()

    def pass_of(_: int, name: str) -> Pass:
        try:
            return passes[name]
        except KeyError:
            raise MisuseError("the live lock has not let this message through") from None

    async def whole() -> LiveResult:
        room = LiveRoom(
            LiveOrder(
                scenario=sending.scenario,
                pass_of=pass_of,
                ledger=ledger,
                hearing=ways.hearing,
                public_url=ways.public_url,
                port=running.port,
                path=running.path,
                linger_us=running.linger_us,
                token=running.token,
                watch=running.watch,
            ),
            folds=(kept.fold, *running.folds),
            on_ready=ready,
        )
        names.update(room.world.message_names)
        with stopped_by_hand(room.stop):
            done = await (room.resume(running.resumes) if running.resumes else room.run())
        names.update(room.world.message_names)
        return done

    def ready(told: Ready) -> None:
        begun.append(told)
        running.on_ready(told)

    names: dict[int, str] = {}
    begun: list[Ready] = []
    try:
        live = asyncio.run(whole())
    except BaseException:
        if not begun:  # nothing can have left
            for passed in passes.values():
                _give_all_back(passed, ledger)
        raise
    messages = tuple(kept.results(sending.scenario.world.plans, names))
    if live.is_whole and not running.resumes:
        _settle_rest(kept, names, passes, ledger)
    run = next((p.reservation.run for p in passes.values() if p.reservation), "")
    return Sent(live, messages, run)


def _settle_rest(
    kept: Kept, names: Mapping[int, str], passes: Mapping[str, Pass], ledger: CapLedger
) -> None:
    """Give back what was reserved for submissions that were never made, now that all is over."""
    made: Counter[tuple[str, int, str]] = Counter()
    for fact in kept.facts:
        if fact[5] == SUBMITTED:
            made[names.get(fact[2] or 0, ""), fact[3] or 0, fact[7].text("provider")] += 1
    for name, passed in passes.items():
        lines, reservation = passed.question.lines, passed.reservation
        tries = sum(line.step.tries for line in lines)
        if reservation is None or tries != passed.question.bound.submissions:
            continue  # of more than ten attempts nobody knows which were reserved
        left = [
            (line.step.tries - made[name, line.step.level, line.step.provider], line.step.nano or 0)
            for line in lines
        ]
        part = Part(sum(n for n, _ in left), sum(n * nano for n, nano in left))
        if part.submissions > 0:
            with suppress(StorageError, MisuseError):  # what is reserved stays reserved
                ledger.release(reservation, part)
