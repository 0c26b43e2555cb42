"""What belongs to one process of a live run: driver, carrier, hearing, receiver, poller.

`LiveRoom` puts it together and turns it; here is what each of them asks of the others.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from sandbox.adapters.catalogue import adapter_named
from sandbox.adapters.codec import (
    Ability,
    Accepted,
    Adapter,
    HttpAnswer,
    News,
    Refused,
    Throttled,
    Unreadable,
    Webhook,
)
from sandbox.app.carrying import Carried, VendorCarrier, Where
from sandbox.app.guard import Pass
from sandbox.app.hearing import Hearing
from sandbox.app.outgoing import SecretCodes
from sandbox.app.polling import Polled, Poller
from sandbox.app.ways_in import hook_routes
from sandbox.cascade.events import ReceiptReceived, SubmitAnswered
from sandbox.drivers.live import LiveDriver
from sandbox.drivers.retraced import LiveDeed, LiveHeard
from sandbox.drivers.run_clock import RunClock
from sandbox.errors import MisuseError, StorageError, UnreadableError
from sandbox.journal.heard import decode_heard, encode_heard
from sandbox.net.receiver import Receiver
from sandbox.net.sender import Answered, NeverLeft, NoAnswer
from sandbox.net.serving import listen, served
from sandbox.simulation.mixed import MixedWorld
from sandbox.store.live import KEPT_URL, Exchanged, ExchangeState, HookRow, LiveRun, LiveRunStore

if TYPE_CHECKING:
    from sandbox.app.live_run import LiveOrder

TIDY_S: Final = 30.0
"""How often what has been parked for too long is looked for, and the run says that it lives."""

ASKED: Final = "ASKED"
"""Instead of a method, of what a vendor has answered to a question."""
SUBMIT: Final = "submit"
RECALL: Final = "recall"
"""The kinds of exchanges, as the store has them."""


class Before(NamedTuple):
    """What an earlier process left."""

    stands: LiveRun
    deeds: Sequence[LiveDeed]


class Gear:
    """What belongs to one process: driver, carrier, hearing, receiver, poller."""

    carrier: VendorCarrier
    driver: LiveDriver
    hearing: Hearing
    poller: Poller

    def __init__(
        self,
        order: "LiveOrder",
        world: MixedWorld,
        run: LiveRunStore,
        clock: RunClock,
        troubles: list[str],
    ) -> None:
        self._order = order
        self._world = world
        self._run = run
        self._clock = clock
        self._troubles = troubles
        self.receiver: Receiver | None = None
        self.webhook_urls: Mapping[str, str] = {}

    def pass_of(self, message: int) -> Pass:
        """The right to send a message."""
        return self._order.pass_of(message, self._world.message_names.get(message, ""))

    # The ways in -----------------------------------------------------------------------------

    @asynccontextmanager
    async def receiving(self, codes: SecretCodes) -> AsyncIterator[None]:
        """Serve webhooks, where they can be believed and can come."""
        order = self._order
        if not order.hearing or not (order.public_url or order.is_rehearsal):
            yield
            return
        with listen(order.port) as door:
            public_url = order.public_url or door.url
            routes = hook_routes(order.scenario.routes, order.hearing, public_url, codes.path)
            self.receiver = Receiver(routes, self, self._take, time.time)
            self.webhook_urls = {route.provider: route.url for route in routes}
            async with served(self.receiver, door):
                yield

    @property
    def callback_urls(self) -> dict[str, str]:
        """By provider, the address that goes along with each of its messages."""
        return {
            name: url
            for name, url in self.webhook_urls.items()
            if Ability.CALLBACK in self._adapter(name).abilities
        }

    def _adapter(self, provider: str) -> Adapter:
        routes = self._order.scenario.routes
        return adapter_named(next(each.adapter for each in routes if each.provider == provider))

    def _take(self, number: int, provider: str, news: tuple[News, ...]) -> None:
        self.hearing.take(provider, news, number)

    async def keep(self, provider: str, hook: Webhook, received_ms: int) -> int:
        """Keep what a vendor said before it is read, and let whoever looks on see it."""
        number = await self._run.keep(provider, hook, received_ms)
        if self._order.watch is not None:
            is_asked = hook.method == ASKED
            self._order.watch.said(provider, hook, self._clock.now_us(), is_asked=is_asked)
        return number

    async def keep_answer(self, provider: str, answer: HttpAnswer) -> int:
        """Keep what a vendor answered to a question, before it is read."""
        kept = tuple(pair for pair in answer.headers if pair[0].lower() == "content-type")
        hook = Webhook(ASKED, KEPT_URL, kept, answer.body)
        return await self.keep(provider, hook, time.time_ns() // 1_000_000)

    def leaving(self, provider: str, reference: str, where: Where) -> None:
        """A submission is about to leave: from here on it can be found, and asked about."""
        self.hearing.correlation.submitted(provider, reference, where)
        if self._order.watch is not None:
            self._order.watch.leaving(where, self._clock.now_us())
        self._ask(provider, where[0])

    def _ask(self, provider: str, message: int) -> None:
        """Ask a provider that is not heard what becomes of its messages, as a pass says how."""
        if provider in self.webhook_urls or self.poller.knows(provider):
            return
        for way in self.pass_of(message).ways:
            if way.provider == provider:
                polled = Polled(way.adapter, way.base_url.text, way.credentials)
                self.poller.ask_of(provider, polled)

    # What an earlier process left ------------------------------------------------------------

    def take_up(self, before: Before) -> None:
        """Let what is known of an earlier process be known here."""
        self.driver.wake()
        stands, correlation = before.stands, self.hearing.correlation
        for deed in before.deeds:
            if isinstance(deed, LiveHeard) and isinstance(deed.event, ReceiptReceived):
                self.hearing.heard(deed.event)
        for row in stands.exchanges:
            if row.kind == SUBMIT:
                where = (row.message, row.level, row.attempt)
                correlation.submitted(row.provider, row.reference, where)
                self._find_again(row.provider, where, row.provider_id)
        for row in stands.unheard:
            self.driver.hear(decode_heard(row.event))
        for row in stands.exchanges:
            if row.kind == SUBMIT and row.provider_id:
                self.hearing.accepted((row.message, row.level, row.attempt), row.provider_id)
        for hook in stands.hooks:
            self._read_again(hook)

    def _find_again(self, provider: str, where: Where, provider_id: str) -> None:
        if not provider_id:
            return
        self.carrier.knows_as(where, provider_id)
        with suppress(MisuseError):  # of a message that is over nobody has a pass any more
            self._ask(provider, where[0])

    def _read_again(self, row: HookRow) -> None:
        """Read a webhook, or an answer, that was kept and not heard to its end."""
        adapter, hook = self._adapter(row.provider), row.hook
        try:
            if hook.method == ASKED:
                news = adapter.decode_poll(HttpAnswer(200, hook.headers, hook.body))
            else:
                news = adapter.decode_webhook(hook)
        except UnreadableError:
            news = ()
        self.hearing.take(row.provider, news, row.number)

    # Beside the messages ---------------------------------------------------------------------

    async def turn(self) -> None:
        """Turn the world until the run is over, and see to the rest meanwhile."""
        beside = [asyncio.create_task(self.poller.run()), asyncio.create_task(self._tidy())]
        try:
            await self.driver.run()
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await self._tick_off()

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(TIDY_S)
            self.hearing.tidy()
            try:
                await self._tick_off()
                await self._run.beat()
            except StorageError as error:
                self._troubles.append(f"the run could not say that it lives: {error}")

    async def _tick_off(self) -> None:
        over, self.hearing.over = self.hearing.over, []
        if over:
            await self._run.taken(over)

    async def note(self, carried: Carried) -> None:
        """Write down what came of a command."""
        message, level, attempt = carried.where
        answer, request = carried.answer, carried.request
        if self._order.watch is not None:
            self._order.watch.exchanged(carried, self.pass_of(message), self._clock.now_us())
        await self._run.note_exchange(
            Exchanged(
                message=message,
                level=level,
                attempt=attempt,
                kind=SUBMIT if isinstance(carried.heard, SubmitAnswered) else RECALL,
                state=_state_of(carried),
                reference=carried.reference,
                provider_id=answer.provider_id if isinstance(answer, Accepted) else "",
                request="" if request is None else f"{request.method} {request.path}",
                answer=_told(carried),
                event=encode_heard(carried.heard),
            )
        )

    def taken(self, where: Where, provider_id: str) -> None:
        """Hear what was parked for an attempt, right after its answer."""
        asyncio.get_running_loop().call_soon(self.hearing.accepted, where, provider_id)


def _state_of(carried: Carried) -> ExchangeState:
    match carried.exchange:
        case Answered():
            return ExchangeState.ANSWERED
        case NeverLeft() | None:
            return ExchangeState.NEVER_LEFT
        case NoAnswer():
            return ExchangeState.LOST


def _told(carried: Carried) -> str:
    """What came back in a few words; never a body, in which a text or a code may stand again."""
    match carried.exchange:
        case None:
            return ""
        case NeverLeft(kind, why) | NoAnswer(kind, why):
            return f"{kind}: {why}"
        case Answered(answer):
            match carried.answer:
                case Refused(reason) | Throttled(reason):
                    return f"HTTP {answer.status}, {reason.code} {reason.text}".rstrip()
                case Unreadable(why):
                    return f"HTTP {answer.status}, {why}"
                case Accepted() | None:
                    return f"HTTP {answer.status}"
