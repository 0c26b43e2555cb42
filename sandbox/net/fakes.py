"""Simulated providers behind real HTTP: what a vendor would be to us, on this machine.

    POST http://127.0.0.1:PORT/<provider>/…  → dialect.read → Counterpart.submit
    Counterpart says: an answer → dialect.answer → the response
                      a receipt → dialect.receipt → signed → POST to the receiver

One ASGI application has all providers of a scenario, each below its name, in the wire format of its
adapter. They answer when the simulated provider answers; one that does not answer keeps the
connection until the caller hangs up. Luck is that of the simulation of the same scenario, as long
as submissions carry our references, which say the message, the level and the attempt.

They call nobody but this machine. Whatever proves a caller is looked for, and looked at by nobody.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

from sandbox.adapters.codec import Credentials, HttpAnswer, Webhook
from sandbox.adapters.reference import Reference, read_reference
from sandbox.adapters.wire import BODY_BYTES_MAX, Price
from sandbox.cascade.events import Acted, OrphanReceived, ReceiptReceived, SubmitAnswered
from sandbox.cascade.vocabulary import SECOND_US, RecallResult, Status
from sandbox.dialects.dialect import Dialect
from sandbox.dialects.words import (
    NEGATIVE,
    Asked,
    Request,
    Submitted,
    Taken,
    Withdrawn,
    Word,
    parts_of,
)
from sandbox.errors import MisuseError
from sandbox.net.callbacks import Callbacks, Posted, is_here
from sandbox.simulation.counterpart import Counterpart, Said
from sandbox.simulation.spec import Change, WorldSpec

HOLD_S: Final = 600.0
"""How long a caller is kept waiting for an answer that never comes, if he does not hang up."""
STRANGERS_FROM: Final = 1 << 40
"""Messages that come without our reference are numbered from here on."""
ATTEMPTS_MAX: Final = 15
"""More than a level ever has; a reference that says more is none of ours."""

_IN_ORDER_S: Final = 10.0
"""How long what is said later about an attempt waits for what was said before to be out."""

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Where = tuple[int, int, int]


class FakeClock:
    """The time of a rehearsal: as it goes on, or faster."""

    def __init__(self, speed: float = 1.0) -> None:
        """Begin now.

        Args:
            speed: How many simulated seconds go by in a real one.

        Raises:
            MisuseError: it does not go on.
        """
        if not speed > 0:
            raise MisuseError(f"a speed of {speed}, must be above 0")
        self.speed = speed
        self._began = time.monotonic()

    def now_us(self) -> int:
        """Simulated microseconds since the beginning."""
        return int((time.monotonic() - self._began) * self.speed * SECOND_US)

    def seconds_until(self, at_us: int) -> float:
        """Real seconds until a simulated instant; 0 where it has passed."""
        return max(0.0, (at_us - self.now_us()) / SECOND_US / self.speed)


@dataclass(frozen=True, slots=True)
class Fake:
    """One provider of a scenario as a vendor.

    Attributes:
        provider: Its name in the scenario, and the first part of its path.
        dialect: The wire format it speaks.
        credentials: Made up; its webhooks are signed with them.
        receiver_url: Where webhooks go that were not told where; "" for nowhere.
    """

    provider: str
    dialect: Dialect
    credentials: Credentials
    receiver_url: str = ""


@dataclass(slots=True, eq=False)
class _Entry:
    """What a fake keeps of a submission."""

    fake: Fake
    taken: Taken
    where: Where
    answer: asyncio.Future[Word]
    is_answered: asyncio.Event = field(default_factory=asyncio.Event)
    """The answer is out, or nobody waits for one any more."""
    last: Word | None = None
    """The last receipt."""
    is_handed_out: bool = False
    before: "asyncio.Task[None] | None" = None
    """What is said right now; the next word waits for it."""
    segments: dict[int, Word] = field(default_factory=dict)


class Fakes:
    """All fakes of a scenario; an ASGI application, and an asynchronous context."""

    def __init__(
        self,
        spec: WorldSpec,
        served: Iterable[Fake],
        *,
        speed: float = 1.0,
        currency: str = "EUR",
        now_s: Callable[[], int] = lambda: int(time.time()),
        on_act: Callable[[Acted], None] = lambda _: None,
        on_posted: Callable[[Posted], None] = lambda _: None,
    ) -> None:
        """Set them up; nothing happens before the context is entered.

        Args:
            spec: The scenario's world.
            served: The providers that are to be reached.
            speed: How many simulated seconds go by in a real one.
            currency: That of the scenario, for prices.
            now_s: Seconds since 1970, for times and signatures.
            on_act: Called when a person enters a code: no vendor tells that, the caller may.
            on_posted: Called for every try of a webhook.

        Raises:
            MisuseError: a provider that is not in the scenario, or twice.
        """
        self._world = Counterpart(spec)
        self._fakes: dict[str, Fake] = {}
        providers = {each.name: each for each in spec.providers}
        for fake in served:
            if fake.provider not in providers or fake.provider in self._fakes:
                raise MisuseError(f"{fake.provider!r} is no provider of the scenario, or twice")
            self._fakes[fake.provider] = fake
        self._echoes = {name: each.echoes_reference for name, each in providers.items()}
        self._clock = FakeClock(speed)
        self._currency, self._now_s = currency, now_s
        self._on_act = on_act
        self._began_s = 0
        self._entries: dict[Where, _Entry] = {}
        self._by_id: dict[tuple[str, str], _Entry] = {}
        self._keys: dict[tuple[str, str], list[Where]] = {}
        self._runs: dict[tuple[str, int], int] = {}
        self._first_run = ""
        self._numbers: Counter[str] = Counter()
        self._strangers = STRANGERS_FROM
        self._tasks: set[asyncio.Task[None]] = set()
        self._stirred = asyncio.Event()
        self._closing = asyncio.Event()
        self._turner: asyncio.Task[None] | None = None
        self.failure: BaseException | None = None
        """What went wrong inside, if anything did: nothing is said any more then."""
        self.counts: Counter[str] = Counter()
        """`submitted`, `answered`, `hung up`, `malformed`, `webhooks`, `taken`, `not taken`,
        `given up`, `unsaid`, `nowhere`, `asked`, `called back`."""
        self._callbacks = Callbacks(speed, self.counts, on_posted)

    # The context -----------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        """Begin."""
        self.begin()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End: nothing is said any more, and whoever waits for an answer is hung up on."""
        self._closing.set()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._callbacks.__aexit__(kind, error, trace)
        if self.failure is not None and error is None:
            raise self.failure

    def begin(self) -> None:
        """Let time go by from now on, once more from the beginning if nothing was asked yet.

        Raises:
            MisuseError: something was submitted already.
        """
        if self._entries:
            raise MisuseError("fakes begin before anything is submitted")
        if self._turner is not None:
            self._turner.cancel()
        self._world = Counterpart(self._world.spec)
        self._clock, self._began_s = FakeClock(self._clock.speed), self._now_s()
        self._turner = self._begin(self._turn_on())

    @property
    def fired(self) -> Mapping[str, int]:
        """Fault -> how often a setting that it had changed was read."""
        return self._world.fired

    def send_to(self, provider: str, receiver_url: str) -> None:
        """Say where webhooks of a provider go that were not told where.

        Raises:
            MisuseError: no such provider, or an address that is not on this machine.
        """
        if provider not in self._fakes:
            raise MisuseError(f"no provider {provider!r}")
        if not is_here(receiver_url):
            raise MisuseError("fakes call this machine only")
        fake = self._fakes[provider]
        self._fakes[provider] = Fake(provider, fake.dialect, fake.credentials, receiver_url)

    @property
    def is_quiet(self) -> bool:
        """Nothing is on its way, and nothing will come by itself."""
        return self._tasks <= {self._turner} and self._world.peek() is None

    def now_us(self) -> int:
        """Simulated microseconds since they began."""
        return self._clock.now_us()

    def turn(self, provider: str, path: str, change: Change | None) -> None:
        """Change a setting of a provider by hand; see `World.change`."""
        self._tell(self._world.turn(provider, path, change, self._instant()))

    async def shake_hands(self, provider: str, challenge: str = "a-challenge") -> bool:
        """Open a provider's webhook as its vendor does; True where that needs nothing."""
        fake = self._fakes[provider]
        hook = fake.dialect.handshake(fake.receiver_url, fake.credentials, challenge)
        if hook is None:
            return True
        if not is_here(hook.url):
            return False
        return await self._callbacks.call(hook) == (200, challenge.encode())

    # What comes in ---------------------------------------------------------------------------

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        path = raw.decode("ascii", errors="replace")
        _, _, rest = path.partition("/")
        name, _, own = rest.partition("/")
        fake = self._fakes.get(name)
        body = await _body(receive)
        if fake is None or body is None:
            text = "no such provider" if fake is None else "too large"
            await _respond(send, HttpAnswer(404 if fake is None else 413, (), text.encode()))
            return
        query: bytes = scope.get("query_string", b"")
        own = f"/{own}" + (f"?{query.decode('ascii', errors='replace')}" if query else "")
        headers = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in scope["headers"])
        call = fake.dialect.read(Request(scope["method"], own, headers, body, self._now_s()))
        match call:
            case HttpAnswer():
                self.counts["malformed"] += 1
                await _respond(send, call)
            case Submitted():
                await self._answer(self._submit(fake, call), receive, send)
            case Asked():
                self.counts["asked"] += 1
                await _respond(send, self._polled(fake, call.provider_id))
            case Withdrawn():
                self.counts["called back"] += 1
                await _respond(send, self._withdrawn(fake, call.provider_id))

    def _submit(self, fake: Fake, submitted: Submitted) -> _Entry:
        """Hand a message to its simulated provider."""
        self.counts["submitted"] += 1
        where = self._where(submitted)
        self._numbers[fake.provider] += 1
        number = self._numbers[fake.provider]
        at_us = self._instant()
        taken = Taken(
            submitted=submitted,
            provider_id=fake.dialect.provider_id(number, submitted),
            segments=parts_of(submitted),
            at_s=self._seconds(at_us),
            echoes=self._echoes[fake.provider],
        )
        entry = _Entry(fake, taken, where, asyncio.get_running_loop().create_future())
        if submitted.key and self._is_repeated(fake, submitted.key, where):
            # Known already: the vendor says so, and its simulated provider hears nothing of it.
            entry.answer.set_result(Word(Status.REFUSED, fake.dialect.repeated))
            return entry
        self._entries[where] = self._by_id[fake.provider, taken.provider_id] = entry
        message, level, attempt = where
        validity = submitted.validity_s
        said = self._world.submit(
            fake.provider,
            message,
            level,
            attempt,
            attempt,
            at_us,
            None if validity is None else validity * SECOND_US,
            self._world.plan_of(message).levels[level].submit_timeout_us,
        )
        self._tell(said)
        self._stirred.set()
        return entry

    def _is_repeated(self, fake: Fake, key: str, where: Where) -> bool:
        """Whether a message with this key has been taken already; else it is noted under it."""
        before = self._keys.setdefault((fake.provider, key), [])
        if any(self._world.has_taken(*each) for each in before):
            return True
        before.append(where)
        return False

    def _where(self, submitted: Submitted) -> Where:
        """Which attempt of which message it is: by our reference, or a message of its own."""
        reference = read_reference(submitted.reference)
        if reference is not None:
            message, level, attempt = self._message(reference), reference.level, reference.attempt
            levels = len(self._world.plan_of(message).levels)
            if message and level < levels and 1 <= attempt <= ATTEMPTS_MAX:
                return message, level, attempt
        self._strangers += 1
        return self._strangers, 0, 1

    def _message(self, reference: Reference) -> int:
        """The number of a message: its own in the first run that is heard of."""
        self._first_run = self._first_run or reference.run
        if reference.run == self._first_run and reference.message < STRANGERS_FROM:
            return reference.message
        key = (reference.run, reference.message)
        if key not in self._runs:
            self._strangers += 1
            self._runs[key] = self._strangers
        return self._runs[key]

    async def _answer(self, entry: _Entry, receive: Receive, send: Send) -> None:
        """Wait for the answer, the caller's hanging up, or the end; the first of them counts."""
        gone = asyncio.ensure_future(_until_gone(receive))
        closing = asyncio.ensure_future(self._closing.wait())
        try:
            await asyncio.wait(
                (entry.answer, gone, closing), timeout=HOLD_S, return_when=asyncio.FIRST_COMPLETED
            )
            if entry.answer.done():
                self.counts["answered"] += 1
                await _respond(send, entry.fake.dialect.answer(entry.taken, entry.answer.result()))
            elif gone.done():
                self.counts["hung up"] += 1
            else:
                await _break_off(send)
        finally:
            entry.is_answered.set()
            for waiting in (gone, closing):
                waiting.cancel()
                with suppress(asyncio.CancelledError):
                    await waiting

    def _polled(self, fake: Fake, provider_id: str) -> HttpAnswer:
        entry = self._by_id.get((fake.provider, provider_id))
        if entry is None:
            return fake.dialect.not_found()
        word = entry.last or Word(Status.ACCEPTED, at_s=entry.taken.at_s)
        if fake.dialect.hands_out_once and entry.is_handed_out:
            word = Word(Status.ACCEPTED, at_s=entry.taken.at_s)
        entry.is_handed_out = entry.last is not None
        return fake.dialect.polled(entry.taken, word)

    def _withdrawn(self, fake: Fake, provider_id: str) -> HttpAnswer:
        entry = self._by_id.get((fake.provider, provider_id))
        if entry is None:
            return fake.dialect.not_found()
        result, said = self._world.recall(fake.provider, *entry.where, self._instant())
        self._tell(said)
        return fake.dialect.withdrawn(entry.taken, is_recalled=result is RecallResult.RECALLED)

    # Time ------------------------------------------------------------------------------------

    async def _turn_on(self) -> None:
        """Let happen what is due, and wait for the next."""
        while True:
            self._stirred.clear()
            self._tell(self._world.advance_to(self._instant()))
            due = self._world.peek()
            after_s = None if due is None else self._clock.seconds_until(due)
            with suppress(TimeoutError):
                async with asyncio.timeout(after_s):
                    await self._stirred.wait()

    def _instant(self) -> int:
        """Now, and not before anything that has happened."""
        return max(self._clock.now_us(), self._world.now)

    def _seconds(self, at_us: int) -> int:
        return self._began_s + at_us // SECOND_US

    # What is said ----------------------------------------------------------------------------

    def _tell(self, said: list[Said]) -> None:
        for each in said:
            match each.word:
                case Acted():
                    self._on_act(each.word)
                case SubmitAnswered() as answer:
                    self._tell_answer(self._entries[each.message, each.level, each.attempt], answer)
                case ReceiptReceived() | OrphanReceived():
                    self._tell_receipt(each, each.word)

    def _tell_answer(self, entry: _Entry, answer: SubmitAnswered) -> None:
        word = Word(
            answer.answer,
            answer.reason,
            self._price(answer.owed_nano),
            entry.taken.at_s,
            answer.retry_after_us,
        )
        self._then(entry, self._let_answer(entry, word))

    async def _let_answer(self, entry: _Entry, word: Word) -> None:
        if not entry.answer.done():
            entry.answer.set_result(word)
        await entry.is_answered.wait()

    def _tell_receipt(self, said: Said, receipt: ReceiptReceived | OrphanReceived) -> None:
        entry = self._entries[said.message, said.level, said.attempt]
        word = Word(
            receipt.status,
            receipt.reason,
            self._price(receipt.owed_nano),
            self._seconds(said.at_us),
        )
        if isinstance(receipt, ReceiptReceived) and receipt.segment:
            whole = _put_together(entry.segments, receipt, word)
            if whole is None:
                return
            word = whole
        taken = entry.taken
        if said.is_stray:
            self._numbers["stray"] += 1
            strange = entry.fake.dialect.provider_id(-self._numbers["stray"], Submitted(
                channel=taken.submitted.channel, recipient=taken.submitted.recipient
            ))  # fmt: skip
            taken = Taken(
                submitted=taken.submitted, provider_id=strange, segments=taken.segments,
                at_s=taken.at_s, echoes=False,
            )  # fmt: skip
        else:
            entry.last, entry.is_handed_out = word, False
        hook = entry.fake.dialect.receipt(taken, word)
        if hook is None:
            self.counts["unsaid"] += 1
            return
        url = hook.url or self._fakes[entry.fake.provider].receiver_url
        if not is_here(url):
            self.counts["nowhere"] += 1
            return
        self.counts["webhooks"] += 1
        hook = Webhook(hook.method, url, hook.headers, hook.body)
        self._then(entry, self._first_try(entry.fake, hook))

    def _price(self, owed_nano: int) -> Price | None:
        return Price(owed_nano, self._currency) if owed_nano else None

    def _then(self, entry: _Entry, work: Coroutine[Any, Any, None]) -> None:
        """Do something about an attempt once what was said of it before is out."""
        entry.before = self._begin(self._after(entry.before, work))

    @staticmethod
    async def _after(before: "asyncio.Task[None] | None", work: Coroutine[Any, Any, None]) -> None:
        try:
            if before is not None and not before.done():
                await asyncio.wait((before,), timeout=_IN_ORDER_S)
        except BaseException:
            work.close()
            raise
        await work

    def _begin(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)
        return task

    def _on_done(self, task: "asyncio.Task[None]") -> None:
        """Keep the first failure: it is told at the end."""
        self._tasks.discard(task)
        if not task.cancelled() and self.failure is None:
            self.failure = task.exception()

    async def _first_try(self, fake: Fake, hook: Webhook) -> None:
        def sign() -> Webhook:
            return fake.dialect.sign(hook, fake.credentials, self._now_s())

        if not await self._callbacks.post(fake.provider, sign):
            again = self._callbacks.post_again(fake.provider, sign, fake.dialect.retries_s)
            self._begin(again)


def _put_together(segments: dict[int, Word], receipt: ReceiptReceived, word: Word) -> Word | None:
    """One word for a whole message once there is one for each segment; None until then."""
    is_told = len(segments) == receipt.segments
    segments.setdefault(receipt.segment, word)
    if is_told or len(segments) < receipt.segments:
        return None
    bad = next((each for each in segments.values() if each.status in NEGATIVE), None)
    return word._replace(status=word.status if bad is None else bad.status,
                         reason=None if bad is None else bad.reason)  # fmt: skip


async def _body(receive: Receive) -> bytes | None:
    """The body of a request; None where it is too large."""
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        size, more = size + len(parts[-1]), bool(message.get("more_body"))
        if size > BODY_BYTES_MAX:
            return None
    return b"".join(parts)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _respond(send: Send, answer: HttpAnswer) -> None:
    headers = [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in answer.headers]
    if answer.status != 204:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _break_off(send: Send) -> None:
    """End a connection without an answer: of one that was begun the rest never comes."""
    headers = [(b"content-length", b"1"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 504, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": True})
