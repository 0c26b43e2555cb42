"""The live lock: nothing leaves this machine for a real vendor without a `Pass`.

    admit(ask, config, ledger) -> Pass       everything is there, and room is reserved
                               -> Refusal    every condition that is missing, and what to do
    missing_of(ask, config, ledger)          the same for a dry run: nothing is reserved
    rehearsal(ask, fakes)      -> Pass       all of it goes to fakes that this process has started

Whoever sends takes a `Pass` as an argument, and only `admit` and `rehearsal` make one. A pass is
for one message to one person through the providers it names; the room for all the submissions it
may come to is reserved at their highest price before it is given. Nothing here opens a connection.

The conditions are independent of one another, and all are looked at, so a refusal is complete.
"""

from collections.abc import Iterator
from dataclasses import InitVar, dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from sandbox.adapters.codec import Adapter, Credentials
from sandbox.app.base_urls import BaseUrl, Whose, base_url
from sandbox.app.live_config import LiveConfig
from sandbox.app.live_secrets import Found, SecretStores, credentials_of, dummy_credentials
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import Channel
from sandbox.errors import MisuseError, UsageError
from sandbox.report.plain import plain
from sandbox.scenario.quantities import Money, decimal_text
from sandbox.simulation.highest_price import Bound, Step, Tariff, bound_of, steps_of
from sandbox.simulation.phones import is_e164
from sandbox.simulation.spec import NANO, NamedPerson
from sandbox.store.caps import CapLedger, NotReserved, Reservation

if TYPE_CHECKING:
    from sandbox.app.started import StartedFakes

LIVE_VERBS: Final = ("", "open", "send", "live")
"""What may be live at all, the app among them; every other verb refuses, also those to come."""


class Condition(StrEnum):
    """What the lock asks, in the order in which it is told."""

    VERB = "verb"
    LIVE = "--live"
    STORE = "store"
    RECIPIENT = "recipient"
    ALLOW_LIST = "allow-list"
    HOST = "host"
    HTTPS = "https"
    CREDENTIALS = "credentials"
    PRICE = "price"
    CAPS = "caps"
    CONFIRMATION = "confirmation"


# What is asked -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What was typed.

    Attributes:
        verb: "" for the app without one.
        is_live: `--live` stands on this very command.
        is_watching: `--watch`.
        keeps: What happens is stored; False with `--no-store`.
    """

    verb: str
    is_live: bool = False
    is_watching: bool = False
    keeps: bool = True


class OnCommandLine(NamedTuple):
    """A number that was typed with the command."""

    number: str


class Written(NamedTuple):
    """Somebody under `people:` in the scenario."""

    person: NamedPerson


class Generated(NamedTuple):
    """Somebody of the made-up population: the number may be a stranger's."""

    number: str


Recipient = OnCommandLine | Written | Generated


def number_of(recipient: Recipient, channel: Channel) -> str:
    """The number on a channel; "" where none is written."""
    match recipient:
        case OnCommandLine(number) | Generated(number):
            return number
        case Written(person):
            return person.address(channel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """How a provider of the scenario is really reached.

    Attributes:
        provider: Its name in the scenario.
        base_url: From the command line or the user's file, else the vendor's; None: nobody says.
        found: The user's credentials; only the vendor's own hosts get to see them.
        tariff: What it asks; None: nobody says.
    """

    provider: str
    adapter: Adapter
    base_url: BaseUrl | None
    found: Found
    tariff: Tariff | None


def wire_of(
    provider: str,
    adapter: Adapter,
    tariff: Tariff | None,
    config: LiveConfig,
    stores: SecretStores,
    url: BaseUrl | None = None,
) -> Wire:
    """How a provider is reached, by the command line, the user's file, and then the adapter.

    Args:
        provider: Its name in the scenario.
        adapter: Its vendor's.
        tariff: What it asks, as `live_prices` reads it; None: nobody says.
        config: The user's file.
        stores: Where secrets are kept.
        url: From the command line; None: it says none.
    """
    own = url or dict(config.base_urls).get(adapter.name)
    if own is None and adapter.base_url:
        own = base_url(adapter.base_url)
    found = credentials_of(adapter, dict(config.secrets), stores)
    return Wire(provider=provider, adapter=adapter, base_url=own, found=found, tariff=tariff)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One message that would really be sent.

    Attributes:
        run: What the run is called, in the cap ledger.
        plan: Its cascade; providers without a wire are simulated, and none of this is about them.
        currency: Of the tariffs; "" where there are none.
        says: What each level says, for people; empty: the text of its plan.
        allow: Numbers from the command line.
        hosts: Hosts from the command line.
        max_price: The most a submission may cost (`--max-price`); None: not said.
        confirmation: What a person has confirmed; None: nothing.
    """

    command: Command
    run: str
    plan: Plan
    wires: tuple[Wire, ...]
    recipient: Recipient
    currency: str = ""
    says: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    max_price: Money | None = None
    confirmation: "Confirmation | None" = None


# What is confirmed -------------------------------------------------------------------------------


class Line(NamedTuple):
    """A step as a person confirms it.

    Attributes:
        number: Who gets it.
        vendor: The adapter's name.
        address: The base URL; "" where there is none.
        says: What is said, with a template by its name and the code masked.
    """

    step: Step
    number: str
    vendor: str
    address: str
    says: str


@dataclass(frozen=True, slots=True)
class Question:
    """What would be sent: to whom, on which channel, through whom, what, and for how much.

    Attributes:
        lines: In order; what a person is asked about.
        bound: What it comes to at most.
        currency: Of the bound.
    """

    lines: tuple[Line, ...]
    bound: Bound
    currency: str

    @property
    def numbers(self) -> str:
        """The numbers it goes to, each once; what is typed to confirm it."""
        return " ".join(dict.fromkeys(line.number for line in self.lines))

    def text(self) -> str:
        """For people; nothing in it moves a cursor or hides."""
        count = self.bound.submissions
        price = "at a price nobody knows"
        if self.bound.nano is not None:
            price = f"for at most {_amount(self.bound.nano, self.currency)}"
        return "\n".join(
            [*map(_told, self.lines), f"At most {count} real submissions, {price} together."]
        )


def _told(line: Line) -> str:
    step = line.step
    times = f"up to {step.tries} times" if step.tries > 1 else "once"
    where = f"{plain(step.provider)} ({line.vendor} at {line.address or 'no address'})"
    return f"{step.channel} to {plain(line.number)} through {where}, {times}: {plain(line.says)}"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a person was shown, and typed.

    Attributes:
        question: Has to be the one that is sent in the end, word for word.
        typed: Has to be its numbers.
    """

    question: Question
    typed: str


def question_of(ask: Ask) -> Question:
    """What a person has to be shown before it can be sent.

    Raises:
        UsageError: nothing of it would really be sent.
    """
    wires = _by_name(ask)
    most = ask.max_price
    tariffs = {
        name: wire.tariff or (Tariff(most.nano) if most else None) for name, wire in wires.items()
    }
    steps = [step for step in steps_of(ask.plan, tariffs) if _has_address(ask.recipient, step)]
    if not steps:
        raise UsageError(
            f"nothing of '{plain(ask.plan.name)}' would go to a real provider",
            hint="Leave --live out, or give one of its providers a real adapter.",
        )
    lines = tuple(
        Line(
            step,
            number_of(ask.recipient, step.channel),
            wires[step.provider].adapter.name,
            _address(wires[step.provider]),
            ask.says[step.level] if ask.says else step.text,
        )
        for step in steps
    )
    currency = ask.currency or (most.currency if most else "")
    return Question(lines, bound_of(tuple(steps)), currency)


def _by_name(ask: Ask) -> dict[str, Wire]:
    return {wire.provider: wire for wire in ask.wires}


def _has_address(recipient: Recipient, step: Step) -> bool:
    """Whether the level is not skipped because the person has, by the file, no address there."""
    return not (
        isinstance(recipient, Written)
        and dict(recipient.person.addresses).get(step.channel, recipient) == ""
    )


def _address(wire: Wire) -> str:
    return wire.base_url.text if wire.base_url else ""


def _amount(nano: int, currency: str) -> str:
    return f"{decimal_text(Fraction(nano, NANO))} {currency}".rstrip()


# What comes of it --------------------------------------------------------------------------------


class Missing(NamedTuple):
    """A condition that is not met.

    Attributes:
        why: What was seen.
        todo: What to do about it.
    """

    condition: Condition
    why: str
    todo: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """The lock stays shut."""

    missing: tuple[Missing, ...]

    @property
    def names(self) -> tuple[Condition, ...]:
        """The conditions that are missing, each once, in order."""
        return tuple(dict.fromkeys(each.condition for each in self.missing))

    def error(self) -> UsageError:
        """All of it as an error for people; exit code 2."""
        lines = [f"  {each.condition}: {each.why}. {each.todo}" for each in self.missing]
        return UsageError("\n".join(["refused by the live lock; nothing was sent", *lines]))


class Way(NamedTuple):
    """How one provider is reached, with the credentials its host may see."""

    provider: str
    adapter: Adapter
    base_url: BaseUrl
    credentials: Credentials


_SEAL: Final = object()


@dataclass(frozen=True, slots=True)
class Pass:
    """The right to send one message; only `admit` and `rehearsal` make it, and nothing copies it.

    Attributes:
        question: What may be sent.
        reservation: The room for it in the caps; None: it is a rehearsal, and costs nothing.
        ways: How its providers are reached.
    """

    question: Question
    reservation: Reservation | None
    ways: tuple[Way, ...]
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        """Refuse to be made by anybody else."""
        if seal is not _SEAL:
            raise MisuseError("a pass is made by the live lock, and by nobody else")

    def __init_subclass__(cls) -> NoReturn:
        """Refuse to be something else."""
        raise MisuseError("nothing else counts as a pass")

    def __reduce__(self) -> NoReturn:
        """Refuse to be copied, stored or sent to another process."""
        raise MisuseError("a pass is neither copied nor stored")

    def way(self, provider: str, channel: Channel, number: str) -> Way:
        """How a provider is reached, for a submission of this message.

        Raises:
            MisuseError: the pass is not for that provider, channel and number.
        """
        for line in self.question.lines:
            if (line.step.provider, line.step.channel, line.number) == (provider, channel, number):
                return next(way for way in self.ways if way.provider == provider)
        raise MisuseError(f"the pass is not for {channel} through {plain(provider)} to that number")


# The lock ----------------------------------------------------------------------------------------


def admit(ask: Ask, config: LiveConfig, ledger: CapLedger) -> Pass | Refusal:
    """Let one message through, or say all that is missing.

    Room in the caps is taken when everything else is there, as the last thing before the pass.

    Raises:
        UsageError: nothing of it would really be sent.
    """
    question = question_of(ask)
    missing = [*_missing(ask, config, question)]
    reserve_or_look = ledger.look if missing else ledger.reserve
    room = reserve_or_look(ask.run, question.bound.submissions, _money(question))
    missing += _no_room(room)
    if missing or not isinstance(room, Reservation):
        return _refusal(missing)
    return Pass(question, room, tuple(_ways(ask, question, config)), _SEAL)


def missing_of(ask: Ask, config: LiveConfig, ledger: CapLedger) -> Refusal | None:
    """All that `admit` would miss now; None: nothing. Reserves nothing, and gives no pass.

    Raises:
        UsageError: nothing of it would really be sent.
    """
    question = question_of(ask)
    missing = [*_missing(ask, config, question)]
    missing += _no_room(ledger.look(ask.run, question.bound.submissions, _money(question)))
    return _refusal(missing) if missing else None


def refused_verb(command: Command) -> UsageError | None:
    """Why a command is never live, whatever it is about; None: it may be."""
    missing = [each for each in _command(command) if each.condition is Condition.VERB]
    return _refusal([*_command(command)]).error() if missing else None


def rehearsal(ask: Ask, fakes: "StartedFakes") -> Pass:
    """Let one message through to fakes that this process has started, with dummy credentials.

    Nobody is written to, so there are no caps, no confirmation, no price and no allow-list, and the
    recipient may be made up. That holds only because nothing leaves this process.

    Args:
        ask: What would be sent; its command and lists play no part.
        fakes: The proof that they run here.

    Raises:
        MisuseError: one of its providers is not, or not surely, such a fake.
        UsageError: nothing of it would be sent to a fake.
    """
    from sandbox.app.started import StartedFakes  # noqa: PLC0415 - the lock brings no sockets along

    if type(fakes) is not StartedFakes:
        raise MisuseError("nothing else proves that fakes were started")
    ways = []
    for wire in ask.wires:
        url = wire.base_url
        if url is None or not url.is_loopback or not fakes.answers(url):
            raise MisuseError(f"{plain(wire.provider)} is no fake that this process has started")
        ways.append(Way(wire.provider, wire.adapter, url, dummy_credentials(wire.adapter)))
    return Pass(question_of(ask), None, tuple(ways), _SEAL)


def _money(question: Question) -> Money:
    return Money(question.bound.nano or 0 if question.currency else 0, question.currency)


def _no_room(room: Reservation | NotReserved | None) -> list[Missing]:
    if not isinstance(room, NotReserved):
        return []
    return [Missing(Condition.CAPS, reason, room.hint) for reason in room.reasons]


def _refusal(missing: list[Missing]) -> Refusal:
    order = list(Condition)
    return Refusal(tuple(sorted(missing, key=lambda each: order.index(each.condition))))


def _ways(ask: Ask, question: Question, config: LiveConfig) -> Iterator[Way]:
    wires = _by_name(ask)
    for name in dict.fromkeys(line.step.provider for line in question.lines):
        wire = wires[name]
        if wire.base_url is None:  # the condition `host` was met
            raise AssertionError(name)
        is_vendors = _whose(wire, wire.base_url, ask, config) is Whose.VENDOR
        credentials = wire.found.credentials if is_vendors else dummy_credentials(wire.adapter)
        yield Way(name, wire.adapter, wire.base_url, credentials)


def _whose(wire: Wire, url: BaseUrl, ask: Ask, config: LiveConfig) -> Whose:
    return url.whose(wire.adapter, (*ask.hosts, *config.hosts))


def _missing(ask: Ask, config: LiveConfig, question: Question) -> Iterator[Missing]:
    """All conditions but the caps."""
    yield from _command(ask.command)
    allow = (*ask.allow, *config.allow)
    for number in dict.fromkeys(line.number for line in question.lines):
        yield from _recipient(ask.recipient, number, allow)
    used = {line.step.provider for line in question.lines}
    for wire in ask.wires:
        if wire.provider in used:
            yield from _wire(wire, ask, config)
    yield from _prices(ask, question)
    yield from _confirmed(ask.confirmation, question)


def _command(command: Command) -> Iterator[Missing]:
    if command.verb not in LIVE_VERBS:
        why = f"'{plain(command.verb, 30)}' never sends anything for real"
        yield Missing(Condition.VERB, why, "Use send, live, or the app.")
    if command.is_watching:
        why = "--watch runs again by itself"
        yield Missing(Condition.VERB, why, "Leave --watch out: real messages go out by hand.")
    if not command.is_live:
        why = "--live does not stand on this command"
        yield Missing(Condition.LIVE, why, "Add --live if real messages are meant.")
    if not command.keeps:
        why = "with --no-store nobody would know later what was sent"
        yield Missing(Condition.STORE, why, "Leave --no-store out.")


def _recipient(recipient: Recipient, number: str, allow: tuple[str, ...]) -> Iterator[Missing]:
    todo = "Write the person under people: with a phone, or name the number on the command line."
    if isinstance(recipient, Generated):
        why = "the person is made up, and the number may be somebody's"
        yield Missing(Condition.RECIPIENT, why, todo)
    elif not number:
        yield Missing(Condition.RECIPIENT, "the person has no number that is written down", todo)
        return
    elif not is_e164(number):
        why = f"{plain(number, 30)} is no whole phone number"
        yield Missing(Condition.RECIPIENT, why, "Write it in E.164: +, country code, number.")
    if number not in allow:
        why = f"{plain(number, 30) or 'a made-up number'} is not on the allow-list"
        todo = "Add the whole number to allow in live.toml, or on the command line."
        yield Missing(Condition.ALLOW_LIST, why, todo)


def _wire(wire: Wire, ask: Ask, config: LiveConfig) -> Iterator[Missing]:
    name, url = plain(wire.provider), wire.base_url
    if url is None:
        why = f"{name}: {wire.adapter.vendor} has a host of its own for each customer"
        todo = f"Write it under base_urls.{wire.adapter.name} in live.toml."
        yield Missing(Condition.HOST, why, todo)
    whose = Whose.STRANGE if url is None else _whose(wire, url, ask, config)
    if url is not None and whose is Whose.STRANGE:
        why = f"{name}: {url.host} is neither {wire.adapter.vendor}'s nor this machine"
        todo = "Allow it by its whole name in hosts of live.toml; it gets dummy credentials."
        yield Missing(Condition.HOST, why, todo)
    if url is not None and not url.is_private:
        why = f"{name}: {url.text} is not encrypted"
        yield Missing(Condition.HTTPS, why, "Use https; http is for this machine only.")
    if whose in {Whose.VENDOR, Whose.STRANGE}:
        todo = "Set the variable, or name another place under secrets in live.toml."
        for problem in wire.found.problems:
            yield Missing(Condition.CREDENTIALS, f"{name}: {problem}", todo)


def _prices(ask: Ask, question: Question) -> Iterator[Missing]:
    most = ask.max_price
    todo = "State what it costs (price: in the scenario), or the most it may cost (--max-price)."
    if most is not None and ask.currency not in {"", most.currency}:
        why = f"--max-price is in {most.currency or 'no currency'}, the prices in {ask.currency}"
        yield Missing(Condition.PRICE, why, f"Say it in {ask.currency}.")
        return
    for step in dict.fromkeys(line.step for line in question.lines):
        name = f"{plain(step.provider)} at level {step.level}"
        if step.nano is None:
            yield Missing(Condition.PRICE, f"{name}: nobody says what it costs", todo)
        elif step.nano and not question.currency:
            yield Missing(Condition.PRICE, f"{name}: the price has no currency", todo)
        elif most is not None and step.nano > most.nano:
            costs = _amount(step.nano, question.currency)
            why = f"{name} costs {costs}, more than --max-price"
            yield Missing(Condition.PRICE, why, "Raise --max-price, or shorten the text.")


def _confirmed(confirmation: Confirmation | None, question: Question) -> Iterator[Missing]:
    todo = "Read what would be sent, and type the number it goes to."
    if confirmation is None:
        yield Missing(Condition.CONFIRMATION, "nobody has confirmed it", todo)
    elif confirmation.question != question:
        yield Missing(Condition.CONFIRMATION, "something else was confirmed", todo)
    elif confirmation.typed.strip() != question.numbers:
        yield Missing(Condition.CONFIRMATION, "another number was typed", todo)
