"""A scenario whose providers say what a cassette has of them: without a network, in virtual time.

    MixedWorld ── Submit ──▶ the next exchange of that provider ──▶ adapter.decode_answer ──▶ hear
                                   └─ what was said of it later ──▶ adapter.decode_webhook ─▶ hear

A submission gets the next recorded exchange of its provider, whatever message it is of: the answer
comes after the time it took then, and all that was said of it comes as long after the answer as it
did. When all exchanges of a provider have been played, they are played again from the first one.
The same scenario with the same cassette makes the same log, always.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from typing import Final, NamedTuple, assert_never

from sandbox.adapters.catalogue import adapter_named
from sandbox.adapters.codec import (
    Ability,
    Accepted,
    Adapter,
    Credentials,
    HttpAnswer,
    Receipt,
)
from sandbox.app.carrying import CANNOT_SEND, WHY_MAX, Where, heard_of
from sandbox.app.cassette import Cassette, Done, Exchange, Failed, Said
from sandbox.app.collector import collector_paused
from sandbox.app.hearing import Hearing
from sandbox.app.known_only import known_only
from sandbox.app.live_secrets import dummy_credentials
from sandbox.app.outgoing import MaskedCodes, Outgoing
from sandbox.app.recording import news_of
from sandbox.app.rehearsing import SENDER
from sandbox.app.run import Fold, Judged, Progress, RunResult
from sandbox.cascade.events import Reason, RecallAnswered, SubmitAnswered
from sandbox.cascade.outputs import Fact, Recall, Submit
from sandbox.cascade.vocabulary import ReasonClass, RecallResult, Status
from sandbox.drivers.correlation import Correlation
from sandbox.drivers.virtual import FACTS_PER_PIECE
from sandbox.errors import CannotSendError, UnreadableError, UsageError
from sandbox.net.sender import Answered, NeverLeft, NoAnswer
from sandbox.net.sender import Exchange as Came
from sandbox.report.plain import plain
from sandbox.scenario.model import Route, Scenario
from sandbox.simulation.highest_price import Tariff
from sandbox.simulation.mixed import Heard, MixedWorld

_RUN: Final = "cassette"
_SOON_US: Final = 1
"""Nothing is answered before it was asked, nor at the same instant."""


class Played(NamedTuple):
    """What came of it.

    Attributes:
        notes: What was played, and what was not, each a line for people.
    """

    result: RunResult
    notes: tuple[str, ...]


def play(
    scenario: Scenario,
    cassette: Cassette,
    *,
    strict: bool = False,
    progress: Progress | None = None,
    folds: Sequence[Fold] = (),
) -> Played:
    """Run a scenario with a cassette, and judge it.

    Args:
        scenario: What to run.
        cassette: Has what its providers say; those that are not in it are simulated.
        strict: A fault that never fired makes the run `vacuous`.
        progress: Called now and then while the run goes on.
        folds: See every piece of the log go by.

    Raises:
        UsageError: the cassette has nothing for this scenario.
    """
    player = Player(scenario, cassette)
    world = player.world
    judged = Judged(scenario, world, folds)
    with collector_paused():
        for facts in player.pieces():
            judged.take(facts)
            if progress is not None:
                progress(world.now, world.message_count)
    result = judged.result(strict=strict)
    known = known_only(result, result.fired)
    again = replace(known.result, again=lambda: Player(scenario, cassette).pieces())
    left_out = (f"not judged, nobody knows the truth: {plain(e.text, 200)}" for e in known.left_out)
    return Played(again, (*player.notes(), *left_out))


# The tapes ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Tape:
    """What one provider says, one exchange after the other."""

    exchanges: tuple[Exchange, ...]
    played: int = 0

    def take(self) -> Exchange:
        """The next exchange; after the last one the first."""
        exchange = self.exchanges[self.played % len(self.exchanges)]
        self.played += 1
        return exchange


@dataclass(slots=True)
class _Voice:
    """One provider of the cassette, as this scenario has it.

    Attributes:
        nano: What a submission costs where the vendor does not say.
    """

    adapter: Adapter
    credentials: Credentials
    tariff: Tariff
    submissions: _Tape
    recalls: _Tape
    refused: int = field(default=0)


class _Answer(NamedTuple):
    """An exchange comes to its end."""

    where: Where
    provider: str
    exchange: Came
    nano: int


class _News(NamedTuple):
    """Something is said later."""

    where: Where
    provider: str
    said: Said


class _Act(NamedTuple):
    """Somebody does something."""

    message: int
    done: Done


_Coming = _Answer | _News | _Act | RecallAnswered | SubmitAnswered


def _voices(scenario: Scenario, cassette: Cassette) -> dict[str, _Voice]:
    """The providers of a scenario that the cassette speaks for.

    Raises:
        UsageError: it has another adapter or channel for one of them, or speaks for none.
    """
    routes = {route.provider: route for route in scenario.routes}
    voices: dict[str, _Voice] = {}
    for spec in scenario.world.providers:
        recorded = cassette.header.providers.get(spec.name)
        exchanges = cassette.submissions(spec.name)
        if recorded is None or not exchanges:
            continue
        route = routes.get(spec.name)
        asked = (route.adapter if route else recorded.adapter, str(spec.channel))
        if asked != (recorded.adapter, recorded.channel):
            raise UsageError(
                f"'{plain(spec.name)}' was recorded as {plain(recorded.channel)} through "
                f"{recorded.adapter}, and is {asked[1]} through {asked[0]} here",
                hint="Record it again, or take another cassette.",
            )
        adapter = adapter_named(recorded.adapter)
        voices[spec.name] = _Voice(
            adapter=adapter,
            credentials=dummy_credentials(adapter),
            tariff=Tariff(spec.settings.price_nano, spec.per_segment),
            submissions=_Tape(exchanges),
            recalls=_Tape(cassette.recalls(spec.name)),
        )
    if not voices:
        known = ", ".join(sorted(plain(name) for name in cassette.header.providers)) or "nobody"
        raise UsageError(
            f"no provider of '{plain(scenario.name)}' is on the cassette, which has {known}",
            hint="Providers are found by their names.",
        )
    return voices


# The player --------------------------------------------------------------------------------------


class Player:
    """One run with a cassette."""

    def __init__(self, scenario: Scenario, cassette: Cassette) -> None:
        """Put it in; nothing moves before `pieces`.

        Raises:
            UsageError: the cassette has nothing for this scenario.
        """
        self._scenario, self._cassette = scenario, cassette
        self._voices = _voices(scenario, cassette)
        self.world = MixedWorld(scenario.world, frozenset(self._voices))
        routes = {route.provider: route for route in scenario.routes}
        self._outgoing = Outgoing(
            run=_RUN,
            codes=MaskedCodes(),
            wordings=scenario.wordings,
            routes={
                name: Route(name, voice.adapter.name, _sender(routes.get(name)))
                for name, voice in self._voices.items()
            },
        )
        self._agenda: list[tuple[int, int, _Coming]] = []
        self._count = 0
        self._events: list[Heard] = []
        self._hearing = Hearing(
            Correlation(scenario.currency), self._events.append, lambda: self.world.now
        )

    def pieces(self) -> Iterator[list[Fact]]:
        """The log, piece by piece; once."""
        world, agenda = self.world, self._agenda
        end = world.spec.end_us
        while True:
            at = world.peek()
            due = agenda[0][0] if agenda else None
            if at is not None and at <= end and (due is None or at < due):
                facts = world.advance(at, FACTS_PER_PIECE)
            elif due is not None and due <= end:
                at_us, _, coming = heappop(agenda)
                # What was heard or done before at this instant may have taken the one after it.
                facts = self._happen(max(at_us, world.now), coming)
            else:
                return
            if facts:
                yield facts
            for command in world.take_commands():
                self._carry_out(command)

    def notes(self) -> Iterator[str]:
        """What was played, each a line for people."""
        header = self._cassette.header
        of = "a rehearsal of " if header.is_rehearsal else ""
        yield f"cassette: {of}{plain(header.scenario)}, recorded {plain(header.recorded)}"
        if not self._cassette.is_whole:
            yield "cassette: its recording was broken off"
        if self._agenda:
            yield f"cassette: the run ended before {len(self._agenda):,} things were said"
        for name, voice in self._voices.items():
            tape = voice.submissions
            recorded = len(tape.exchanges)
            told = f"{plain(name)}: {tape.played:,} submissions, {recorded:,} recorded"
            times = (tape.played - 1) // recorded if tape.played else 0
            yield f"{told}; begun again {_times(times)}" if times else told
            if voice.refused:
                yield f"{plain(name)}: {voice.refused:,} more could not have been sent"
        for spec in self._scenario.world.providers:
            if spec.name not in self._voices:
                yield f"{plain(spec.name)}: simulated, nothing of it is on the cassette"
        yield "truth is not known of what was recorded: no figure of truth is about it"

    # What goes out ---------------------------------------------------------------------------

    def _carry_out(self, command: Submit | Recall) -> None:
        where = (command.message, command.level, command.attempt)
        voice = self._voices[command.provider]
        match command:
            case Submit():
                self._submit(command, where, voice)
            case Recall():
                result, after_us = _recalled(voice)
                self._plan(self.world.now + after_us, RecallAnswered(*where, result))
            case _:
                assert_never(command)

    def _submit(self, command: Submit, where: Where, voice: _Voice) -> None:
        """Let a submission be answered by the next exchange."""
        now, name = self.world.now, command.provider
        plan = self.world.plan_of(command.message)
        try:
            message = self._outgoing.message(command, plan, self.world.phone_of(command.message))
            voice.adapter.encode(message, voice.credentials)
        except CannotSendError as error:
            voice.refused += 1
            why = plain(f"{error} {error.hint}".strip(), WHY_MAX)
            reason = Reason(CANNOT_SEND, ReasonClass.CALLER_ERROR, why)
            self._plan(now + _SOON_US, SubmitAnswered(*where, Status.REFUSED, reason))
            return
        level = plan.levels[command.level]
        nano = voice.tariff.price_nano(level.channel, plan.text_of(command.level))
        recorded = voice.submissions.take()
        self._hearing.correlation.submitted(name, message.reference, where)
        took_us = max(_SOON_US, recorded.took_us)
        if took_us < command.timeout_us:
            self._plan(now + took_us, _Answer(where, name, _came(recorded), nano))
        # Whoever waited no longer has no answer; what is said later may reach it all the same.
        for said in self._cassette.said.get(recorded.n, ()):
            self._plan_later(now, took_us + said.since_us, _News(where, name, said))
        for done in self._cassette.done.get(recorded.n, ()):
            self._plan_later(now, took_us + done.since_us, _Act(command.message, done))

    def _plan(self, at_us: int, coming: _Coming) -> None:
        self._count += 1
        heappush(self._agenda, (at_us, self._count, coming))

    def _plan_later(self, now: int, after_us: int, coming: _Coming) -> None:
        self._plan(now + max(_SOON_US, after_us), coming)

    # What comes in ---------------------------------------------------------------------------

    def _happen(self, at_us: int, coming: _Coming) -> list[Fact]:
        match coming:
            case _Answer(where, provider, exchange, nano):
                return self._answer(at_us, where, provider, exchange, nano)
            case _News(where, provider, said):
                self._hearing.take(provider, tuple(self._told(where, provider, said)))
                return self._hear_all(at_us)
            case _Act(message, done):
                return self.world.act(message, done.act, at_us)
            case RecallAnswered() | SubmitAnswered():
                return self.world.hear(coming, at_us)
            case _:
                assert_never(coming)

    def _answer(
        self, at_us: int, where: Where, provider: str, exchange: Came, nano: int
    ) -> list[Fact]:
        adapter = self._voices[provider].adapter
        answer = adapter.decode_answer(exchange.answer) if isinstance(exchange, Answered) else None
        heard = heard_of(where, exchange, answer, nano=nano, currency=self._scenario.currency)
        facts = self.world.hear(heard, at_us)
        if isinstance(answer, Accepted):
            self._hearing.accepted(where, _id_of(where))
            facts += self._hear_all(at_us)
        return facts

    def _hear_all(self, at_us: int) -> list[Fact]:
        facts: list[Fact] = []
        for event in self._events:
            facts += self.world.hear(event, at_us)
        self._events.clear()
        return facts

    def _told(self, where: Where, provider: str, said: Said) -> Iterator[Receipt]:
        """What of a webhook is about an exchange, said of the attempt that has it now."""
        news = news_of(self._voices[provider].adapter, said.hook(), said.by)
        for place in said.which:
            each = news[place] if 0 <= place < len(news) else None
            if isinstance(each, Receipt):
                reference = self._reference(where) if each.reference else ""
                yield replace(each, provider_id=_id_of(where), reference=reference)

    def _reference(self, where: Where) -> str:
        return f"fs1-{_RUN}-{'-'.join(map(str, where))}"


def _sender(route: Route | None) -> str:
    return route.sender if route is not None and route.sender else SENDER


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _id_of(where: Where) -> str:
    """What a vendor is taken to call an attempt; recorded ids come again and again."""
    return f"played-{'-'.join(map(str, where))}"


def _came(recorded: Exchange) -> Came:
    """What came of a recorded exchange, as the one who has the network would tell it."""
    match recorded.answer:
        case HttpAnswer():
            return Answered(recorded.answer)
        case Failed(has_left=True, kind=kind):
            return NoAnswer(kind, "as it was recorded")
        case Failed(kind=kind):
            return NeverLeft(kind, "as it was recorded")


def _recalled(voice: _Voice) -> tuple[RecallResult, int]:
    """What comes of calling back, and after how long."""
    if Ability.RECALL not in voice.adapter.abilities:
        return RecallResult.UNSUPPORTED, _SOON_US
    if not voice.recalls.exchanges:
        return RecallResult.TOO_LATE, _SOON_US
    recorded = voice.recalls.take()
    result = RecallResult.TOO_LATE
    if isinstance(recorded.answer, HttpAnswer):
        try:
            result = voice.adapter.decode_recall(recorded.answer)
        except UnreadableError:
            result = RecallResult.TOO_LATE
    return result, max(_SOON_US, recorded.took_us)
