"""Sending a provider of a session outside: what that would send, and everything it lacks.

    propose(session, "sms-main", start) -> Proposal, which a person reads
    accept(proposal, typed, start)      -> passes, or all that is missing

Asked about is every message of the load that is still to come, or under way, and would use the
provider; so a load with made-up people is refused as a whole. Nothing is sent from here.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from sandbox.adapters.catalogue import adapter_named
from sandbox.app.guard import (
    Ask,
    Command,
    Condition,
    Generated,
    Missing,
    OnCommandLine,
    Pass,
    Refusal,
    question_of,
)
from sandbox.app.live_asking import Chosen, Wanted, ask_of, choose
from sandbox.app.live_config import LiveConfig, read_live_config
from sandbox.app.live_secrets import SecretStores
from sandbox.app.live_sending import (
    MESSAGES_MAX,
    Context,
    Meant,
    Sending,
    let_through,
    missing_before,
    new_run_name,
)
from sandbox.app.ways_in import WaysIn, ways_in
from sandbox.errors import MisuseError, StorageError, UsageError
from sandbox.report.plain import plain
from sandbox.scenario.model import Route, Scenario
from sandbox.simulation.spec import Burst, LoadEntry, Single, Trace
from sandbox.store.caps import CapLedger, Part

_ABOUT_PEOPLE: Final = frozenset(
    {
        Condition.RECIPIENT,
        Condition.ALLOW_LIST,
        Condition.PRICE,
        Condition.CAPS,
        Condition.CONFIRMATION,
    }
)
"""What is asked when a message is there to be asked about."""
_NOBODY: Final = "+10000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How the app was started.

    Attributes:
        wanted: What was typed about where requests go, and who may be written to.
        public_url: How the outside reaches our receiver; "": not at all.
        port: Of the receiver; 0: any.
        path: The file of runs; None: the user's own.
    """

    command: Command
    wanted: Wanted
    config: LiveConfig
    stores: SecretStores
    run: str
    public_url: str = ""
    port: int = 0
    path: Path | None = None

    @property
    def context(self) -> Context:
        """Where the lock looks things up."""
        return Context(self.command, self.config, self.stores, self.run)

    def ways(self, scenario: Scenario) -> WaysIn:
        """How each provider with an adapter is heard.

        Raises:
            UsageError: the public URL is none.
        """
        names = [route.provider for route in scenario.routes]
        return ways_in(scenario.routes, names, self.config, self.stores, self.public_url)


def start_of(command: Command, wanted: Wanted | None = None) -> Start:
    """How the app was started, with the user's own settings.

    Raises:
        UsageError: the settings are wrong.
    """
    return Start(
        command=command,
        wanted=wanted or Wanted(),
        config=read_live_config(),
        stores=SecretStores(os.environ),
        run=new_run_name(),
    )


class Running(Protocol):
    """A run of which a provider may be sent outside: a session."""

    scenario: Scenario

    @property
    def now_us(self) -> int:
        """The instant shown."""
        ...

    @property
    def message_count(self) -> int:
        """Messages so far."""
        ...

    def name_of(self, message: int) -> str:
        """The name the scenario gives a message; "" for none."""
        ...

    def is_decided(self, message: int) -> bool:
        """Whether a message has its outcome."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What sending a provider outside comes to.

    Attributes:
        provider: Its name in the scenario.
        address: Its vendor, and where requests go; in words.
        sending: The messages it is about; may be none.
        missing: All that the lock misses, but for what a person types.
        unheard: Why nothing would be heard of what is sent; "" where something is.
        heard: How receipts come in, in words.
        register_at: Where its vendor must be told once to report to; "": that is not needed.
    """

    provider: str
    address: str
    sending: Sending
    missing: tuple[Missing, ...]
    unheard: str = ""
    heard: str = ""
    register_at: str = ""

    @property
    def is_possible(self) -> bool:
        """A person may confirm it."""
        return not self.missing and not self.unheard

    @property
    def wanted(self) -> str:
        """What is typed to confirm it: the numbers, or the provider where there are none yet."""
        return self.sending.numbers or self.provider


def route_of(scenario: Scenario, provider: str) -> Route | None:
    """The adapter the scenario gives a provider; None: it is only ever simulated."""
    return next((route for route in scenario.routes if route.provider == provider), None)


# What would be sent ------------------------------------------------------------------------------


def propose(
    running: Running,
    provider: str,
    start: Start,
    outside: Sequence[str] = (),
    grown: Scenario | None = None,
) -> Proposal:
    """What it means to send a provider outside now.

    Args:
        running: The run.
        provider: One that has an adapter.
        start: How the app was started.
        outside: Who is outside already; what may be sent through those is confirmed once more.
        grown: The scenario with the messages that somebody has written; None: there are none.

    Raises:
        UsageError: it has no adapter, there are too many messages, or a message cannot be sent.
    """
    scenario = grown or running.scenario
    if route_of(scenario, provider) is None:
        raise UsageError(
            f"{plain(provider)} is only simulated: the scenario gives it no adapter",
            hint="`adapter: twilio`, or another, stands below its name in the file.",
        )
    chosen = [
        each
        for each in _still(running, scenario)
        if any(provider in level.providers for level in each.plan.levels)
    ]
    return proposal_of(scenario, provider, chosen, start, (*outside, provider))


def proposal_of(
    scenario: Scenario,
    provider: str,
    chosen: Sequence[Chosen],
    start: Start,
    outside: Sequence[str],
) -> Proposal:
    """What it means to send some messages through providers outside.

    Args:
        scenario: Whose they are.
        provider: The one that is switched, or is the first of a message that is written.
        chosen: The messages.
        start: How the app was started.
        outside: All that would be outside.

    Raises:
        UsageError: as `propose`.
    """
    if len(chosen) > MESSAGES_MAX:
        raise UsageError(f"more than {MESSAGES_MAX} messages are not sent for real at once")
    own = dict(scenario.world.wordings)
    meant = []
    for each in chosen:
        if each.name in own:
            raise UsageError(
                f"message '{plain(each.name, 60)}' has a text of its own, and such a text is not"
                " sent for real",
                hint="Give it a cascade with that text.",
            )
        ask = _only(ask_of(scenario, each, start.wanted, *start.context), outside)
        with suppress(UsageError):  # nothing of it would be sent: the person has no number there
            question_of(ask)
            meant.append(Meant(name=each.name, ask=ask))
    sending = Sending(scenario=scenario, messages=tuple(meant))
    refusal = missing_before(sending, start.context) if meant else None
    missing = refusal.missing if refusal else () if meant else _without_messages(
        scenario, provider, start
    )  # fmt: skip
    ways = start.ways(scenario)
    return Proposal(
        provider=provider,
        address=address_of(scenario, provider, start),
        sending=sending,
        missing=missing,
        unheard=dict(ways.deaf).get(provider, ""),
        heard="by webhook" if provider in ways.hearing else "by asking",
    )


def _only(ask: Ask, outside: Sequence[str]) -> Ask:
    """The same, with all other providers simulated."""
    return replace(ask, wires=tuple(wire for wire in ask.wires if wire.provider in outside))


def _without_messages(scenario: Scenario, provider: str, start: Start) -> tuple[Missing, ...]:
    """What is missing of command, address and credentials, before there is a message."""
    plan = next(
        plan
        for plan in scenario.world.plans
        if any(provider in level.providers for level in plan.levels)
    )
    chosen = Chosen("", plan, OnCommandLine(_NOBODY))
    ask = _only(ask_of(scenario, chosen, start.wanted, *start.context), (provider,))
    sending = Sending(scenario=scenario, messages=(Meant(name="", ask=ask),))
    refusal = missing_before(sending, start.context)
    missing = refusal.missing if refusal else ()
    return tuple(each for each in missing if each.condition not in _ABOUT_PEOPLE)


def address_of(scenario: Scenario, provider: str, start: Start) -> str:
    """A provider's vendor and where its requests go, for people: `dexatel at api.dexatel.com`."""
    route = route_of(scenario, provider)
    if route is None:
        return ""
    adapter = adapter_named(route.adapter)
    own = dict(start.wanted.base_urls).get(provider) or dict(start.config.base_urls).get(
        adapter.name
    )
    address = own.text if own is not None else adapter.base_url
    where = address.partition("://")[2].partition("/")[0] or "no address"
    return f"{adapter.name} at {plain(where)}"


def _still(running: Running, scenario: Scenario) -> Iterator[Chosen]:
    """Every message that is still to come or under way; the made-up ones once per cascade."""
    now_us, world = running.now_us, scenario.world
    come = {running.name_of(message): message for message in range(1, running.message_count + 1)}
    made_up: dict[int, None] = {}
    is_all_decided = all(map(running.is_decided, range(1, running.message_count + 1)))
    for entry in world.load:
        for plan, name, at_us in _entries(entry):
            is_coming = name not in come if name else at_us >= now_us
            if name and (is_coming or not running.is_decided(come[name])):
                yield choose(scenario, Wanted(message=name))
            elif not name and (is_coming or not is_all_decided):
                made_up[plan] = None
    for plan in made_up:
        yield Chosen("", world.plans[plan], Generated(""))


def _entries(entry: LoadEntry) -> Iterator[tuple[int, str, int]]:
    """Cascade, name and instant of each message; of those that are drawn, the last instant."""
    match entry:
        case Single(plan=plan, name=name, at_us=at_us):
            yield plan, name, at_us
        case Trace(plans=plans, names=names, instants=instants):
            for place, at_us in enumerate(instants):
                yield plans[place], names[place] if names else "", at_us
        case Burst(plan=plan, at_us=at_us):
            yield plan, "", at_us
        case _:
            yield entry.plan, "", entry.at_us + entry.for_us


# Confirming --------------------------------------------------------------------------------------


def accept(
    proposal: Proposal, typed: str, start: Start
) -> Mapping[str, Pass] | tuple[Missing, ...]:
    """Ask the lock about all of it.

    Args:
        proposal: What a person was shown.
        typed: What they typed: `Proposal.wanted`, if they mean it.
        start: How the app was started.

    Returns:
        The pass of each message by its name, or all that is missing; then nothing is reserved.
    """
    if not proposal.is_possible:
        return proposal.missing
    if not proposal.sending.messages:
        why, todo = "another name was typed", f"Type {plain(proposal.provider)} to confirm it."
        is_right = typed.strip() == proposal.provider
        return {} if is_right else (Missing(Condition.CONFIRMATION, why, todo),)
    answer = let_through(proposal.sending, typed, start.context)
    return answer.missing if isinstance(answer, Refusal) else answer


class Passes:
    """The passes of a session, message by message, and what was made of each."""

    def __init__(self, ledger: CapLedger) -> None:
        self._ledger = ledger
        self._passes: dict[str, Pass] = {}
        self._made: Counter[tuple[str, int, str]] = Counter()

    def of(self, _: int, name: str) -> Pass:
        """The right to send a message.

        Raises:
            MisuseError: there is none.
        """
        try:
            return self._passes[name]
        except KeyError:
            raise MisuseError("the live lock has not let this message through") from None

    def take(self, passes: Mapping[str, Pass]) -> None:
        """Use these from here on; what others of the same messages have left is given back."""
        for name, passed in passes.items():
            self._give_back(name)
            self._passes[name] = passed

    def made(self, name: str, level: int, provider: str) -> None:
        """Note that a submission was made outside."""
        self._made[name, level, provider] += 1

    def give_back(self) -> None:
        """Give back what was reserved and never made: nothing more will be sent."""
        for name in [*self._passes]:
            self._give_back(name)
        self._passes.clear()

    def _give_back(self, name: str) -> None:
        passed = self._passes.get(name)
        made = {key: self._made.pop(key) for key in [*self._made] if key[0] == name}
        if passed is None or passed.reservation is None:
            return
        lines = passed.question.lines
        if sum(line.step.tries for line in lines) != passed.question.bound.submissions:
            return  # of more than ten attempts nobody knows which were reserved
        left = [
            (max(line.step.tries - made.get((name, line.step.level, line.step.provider), 0), 0),
             line.step.nano or 0)
            for line in lines
        ]  # fmt: skip
        part = Part(sum(n for n, _ in left), sum(n * nano for n, nano in left))
        if part.submissions:
            with suppress(StorageError, MisuseError):  # what is reserved stays reserved
                self._ledger.release(passed.reservation, part)


# In words ----------------------------------------------------------------------------------------


def told(proposal: Proposal) -> Iterator[str]:
    """What would be sent, as a person confirms it; nothing in it moves a cursor or hides."""
    name = plain(proposal.provider)
    yield f"{name} would be {proposal.address}, for later submissions of this run."
    for meant, question in zip(proposal.sending.messages, proposal.sending.questions, strict=True):
        what = f"message {plain(meant.name, 60)}" if meant.name else "people who are made up"
        yield f"{what} through {plain(meant.ask.plan.name, 60)}"
        yield from question.text().splitlines()
    if not proposal.sending.messages:
        yield "No message that is still to come goes through it; one of your own (n) may."
    for who, each in proposal.sending.unverified:
        yield f"not verified, {who}: {plain(each)}"
    if not proposal.unheard:
        yield f"Receipts come in {proposal.heard}."
    if proposal.is_possible:
        what = "the number it goes to" if proposal.sending.messages else "its name"
        what = "the numbers it goes to" if " " in proposal.sending.numbers else what
        yield f"To really send, type {what}, and press enter."
    if proposal.register_at:
        yield f"Register with its vendor, and tell nobody else: {proposal.register_at}"


def unheard_of(proposal: Proposal) -> Iterator[str]:
    """Why no receipt could come in, and what to do about it."""
    if proposal.unheard:
        why = f"hearing: {plain(proposal.unheard, 300)}"
        yield f"{why}. --public-url URL on the command that opens the app lets webhooks in."


def lines_of(missing: Iterable[Missing]) -> Iterator[str]:
    """What is missing, and what to do about it."""
    for each in missing:
        yield f"{each.condition}: {plain(each.why, 300)}. {each.todo}"
