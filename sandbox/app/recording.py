"""Recording a live run, or a rehearsal, as a cassette.

    LiveRoom ── leaving, exchanged, said, acted ──▶ Recorder ── masked lines ──▶ file

The recorder only watches: whatever goes wrong with it, the run goes on, and `troubles` says so.
What a vendor says is written down when it is known which exchange it is about, so that nothing is
masked before all that must not be seen is known. What is about nobody's message is only counted:
it may be what a person has written.

After masking, each answer and webhook is read once more, and must mean what it meant before.
"""

import base64
import binascii
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple, Protocol, TextIO

from sandbox.adapters.catalogue import adapter_named
from sandbox.adapters.codec import (
    Accepted,
    Adapter,
    Answer,
    HttpAnswer,
    HttpRequest,
    News,
    Receipt,
    Refused,
    Throttled,
    Unreadable,
    Webhook,
)
from sandbox.app.carrying import Carried, Where
from sandbox.app.cassette import (
    RECALL,
    SUBMIT,
    By,
    Done,
    Exchange,
    Failed,
    Header,
    Said,
    Voice,
    header_line,
    line_of,
)
from sandbox.app.guard import Pass
from sandbox.app.masking import Masks
from sandbox.cascade.events import SubmitAnswered
from sandbox.cascade.vocabulary import Act, Status
from sandbox.errors import StorageError, UnreadableError, UsageError
from sandbox.net.sender import Answered, NeverLeft, NoAnswer
from sandbox.report.plain import plain
from sandbox.scenario.model import Scenario

HELD_MAX: Final = 10_000
"""So many things said wait for the answer that tells what they are about."""

TROUBLES_MAX: Final = 100


class Watch(Protocol):
    """Who looks on while a run with providers outside goes by; instants are the run's."""

    def leaving(self, where: Where, at_us: int) -> None:
        """A submission is about to leave."""
        ...

    def exchanged(self, carried: Carried, passed: Pass, at_us: int) -> None:
        """Something came of a command."""
        ...

    def said(self, provider: str, hook: Webhook, at_us: int, *, is_asked: bool) -> None:
        """A webhook was verified and kept, or a vendor has answered a question."""
        ...

    def acted(self, message: int, act: Act, at_us: int) -> None:
        """Something was done about a message."""
        ...


class _Held(NamedTuple):
    """What was said about a message whose answer is not there yet."""

    provider: str
    hook: Webhook
    by: By
    at_us: int
    keys: frozenset[tuple[str, str]]


class Counts(NamedTuple):
    """What was recorded.

    Attributes:
        lost: Said about none of our messages.
        passed_over: Said, and no news about any message: not written down.
    """

    exchanges: int
    said: int
    lost: int
    passed_over: int


@contextmanager
def recording(
    path: Path, scenario: Scenario, *, is_rehearsal: bool, speed: Fraction = Fraction(1)
) -> "Iterator[Recorder]":
    """A recorder that writes a new file; there is none where nothing was exchanged.

    Raises:
        UsageError: there is such a file already.
        StorageError: it cannot be written.
    """
    try:
        file = path.open("x", encoding="ascii", newline="\n")
    except FileExistsError:
        raise UsageError(
            f"{path} is there already", hint="A cassette is a new file: name another one."
        ) from None
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error
    with file:
        recorder = Recorder(
            scenario, file, now_s=int(time.time()), is_rehearsal=is_rehearsal, speed=speed
        )
        try:
            yield recorder
        finally:
            recorder.close()
            if not recorder.counts.exchanges:
                path.unlink(missing_ok=True)


class Recorder:
    """Watches one run. Belongs to its event loop."""

    def __init__(
        self,
        scenario: Scenario,
        file: TextIO,
        *,
        now_s: int,
        is_rehearsal: bool,
        speed: Fraction = Fraction(1),
        masks: Masks | None = None,
    ) -> None:
        """Begin a cassette.

        Args:
            scenario: What is run; its routes say who is outside.
            file: Gets the lines, ASCII.
            now_s: Seconds since 1970.
            is_rehearsal: Nobody real is asked.
            speed: Seconds of the run per second of wall time.
            masks: Instead of new ones.
        """
        self.troubles: list[str] = []
        self._file: TextIO | None = file
        self._masks = Masks(now_s) if masks is None else masks
        self._channels = {each.name: str(each.channel) for each in scenario.world.providers}
        self._adapters = {each.provider: adapter_named(each.adapter) for each in scenario.routes}
        self._left: dict[Where, int] = {}
        self._where: dict[tuple[str, str, str], Where] = {}
        """Provider, which kind of name, and name -> attempt."""
        self._number: dict[Where, int] = {}
        self._latest: dict[int, int] = {}
        """Message -> its latest exchange."""
        self._ended: list[int] = []
        self._held: list[_Held] = []
        self._heard: set[tuple[int, Status, int]] = set()
        self._said = self._lost = self._passed_over = 0
        self._write(
            header_line(
                Header(
                    scenario=scenario.name,
                    seed=scenario.seed,
                    currency=scenario.currency,
                    recorded=datetime.fromtimestamp(now_s, UTC).date().isoformat(),
                    is_rehearsal=is_rehearsal,
                    speed=str(speed),
                    providers={
                        name: Voice(adapter.name, self._channels[name])
                        for name, adapter in self._adapters.items()
                    },
                )
            )
        )

    @property
    def counts(self) -> Counts:
        """What was recorded so far."""
        return Counts(len(self._ended), self._said, self._lost, self._passed_over)

    def close(self) -> None:
        """Write down what is held; nothing more is recorded."""
        with self._guarded():
            for each in self._held:
                self._lost += 1
                self._write_said(each, None)
        self._held, self._file = [], None

    # Exchanges -------------------------------------------------------------------------------

    def leaving(self, where: Where, at_us: int) -> None:
        """Note when a submission leaves."""
        self._left[where] = at_us

    def exchanged(self, carried: Carried, passed: Pass, at_us: int) -> None:
        """Record an exchange, and what was said about it before."""
        if self._file is None:
            return
        with self._guarded():
            self._exchanged(carried, passed, at_us)

    def _exchanged(self, carried: Carried, passed: Pass, at_us: int) -> None:
        request, exchange = carried.request, carried.exchange
        is_submit = isinstance(carried.heard, SubmitAnswered)
        left = self._left.pop(carried.where, at_us) if is_submit else at_us
        if request is None or exchange is None:
            return  # no vendor had a part in it
        adapter = self._adapters[carried.provider]
        self._learn(passed, request)
        answer: HttpAnswer | Failed
        match exchange:
            case Answered(raw):
                answer = self._masked(adapter, carried, raw)
            case NeverLeft(kind, _):
                answer = Failed(False, plain(kind, 40))  # noqa: FBT003 - a field of it
            case NoAnswer(kind, _):
                answer = Failed(True, plain(kind, 40))  # noqa: FBT003 - likewise
        number = len(self._ended)
        self._ended.append(at_us)
        vendor, kinds = adapter.vendor, self._masks.headers(request.headers)
        message, level, attempt = carried.where
        self._write(
            line_of(
                Exchange(
                    n=number,
                    kind=SUBMIT if is_submit else RECALL,
                    provider=carried.provider,
                    channel=self._channels[carried.provider],
                    message=message,
                    level=level,
                    attempt=attempt,
                    at_us=left,
                    took_us=max(0, at_us - left),
                    method=request.method,
                    path=self._masks.path(vendor, request.path),
                    type=kinds[0][1] if kinds else "",
                    body=self._masks.body(vendor, request.headers, request.body, is_ours=True),
                    answer=answer,
                )
            )
        )
        if is_submit:
            self._know(carried, number)

    def _know(self, carried: Carried, number: int) -> None:
        """From here on it can be told what is about this exchange."""
        where, provider = carried.where, carried.provider
        self._number[where] = number
        self._latest[where[0]] = number
        keys = {("reference", carried.reference)} if carried.reference else set()
        if isinstance(carried.answer, Accepted):
            keys.add(("id", carried.answer.provider_id))
        for kind, name in keys:
            self._where[provider, kind, name] = where
        ready = [h for h in self._held if h.provider == provider and h.keys & keys]
        if ready:
            self._held = [each for each in self._held if each not in ready]
            for each in ready:
                self._tell(each)

    def _learn(self, passed: Pass, request: HttpRequest) -> None:
        """Remember what must not be seen."""
        masks = self._masks
        for way in passed.ways:
            masks.learn(secret.reveal() for _, secret in way.credentials.secrets)
        for line in passed.question.lines:
            masks.learn((line.number, line.number.removeprefix("+"), line.says))
        kind = next((v for n, v in request.headers if n.lower() == "content-type"), "")
        masks.learn_body(kind, request.body)
        secret = request.authorisation.secret.reveal()
        masks.learn((secret, *_inside(secret)))

    def _masked(self, adapter: Adapter, carried: Carried, raw: HttpAnswer) -> HttpAnswer:
        body = self._masks.body(adapter.vendor, raw.headers, raw.body)
        answer = HttpAnswer(raw.status, self._masks.headers(raw.headers), body.encode("ascii"))
        if isinstance(carried.heard, SubmitAnswered):
            before, after = adapter.decode_answer(raw), adapter.decode_answer(answer)
            if _meant(before) != _meant(after):
                self._complain(f"an answer of {plain(carried.provider)}")
        return answer

    # What is said later ----------------------------------------------------------------------

    def said(self, provider: str, hook: Webhook, at_us: int, *, is_asked: bool) -> None:
        """Record what a vendor says, as soon as it is known what about."""
        if self._file is None:
            return
        with self._guarded():
            self._hear(provider, hook, at_us, is_asked=is_asked)

    def _hear(self, provider: str, hook: Webhook, at_us: int, *, is_asked: bool) -> None:
        by = By.POLL if is_asked else By.WEBHOOK
        receipts = [each for each in self._read(provider, hook, by) if isinstance(each, Receipt)]
        if not receipts:
            self._passed_over += 1
            return
        keys = frozenset(key for each in receipts for key in _keys(each))
        self._tell(_Held(provider, hook, by, at_us, keys))

    def _tell(self, held: _Held) -> None:
        """Write something down for each exchange it is about, or hold it."""
        numbers: dict[int, dict[int, Receipt]] = {}
        for place, each in enumerate(self._read(held.provider, held.hook, held.by)):
            if isinstance(each, Receipt):
                number = self._about(held.provider, each)
                if number is not None:
                    numbers.setdefault(number, {})[place] = each
        if not numbers:
            self._hold(held)
        for number, receipts in numbers.items():
            words = {(number, each.status, each.segment) for each in receipts.values()}
            if held.by is By.POLL and words <= self._heard:
                continue  # a vendor that is asked again says the same again
            self._heard |= words
            self._write_said(held, number, tuple(receipts))

    def _hold(self, held: _Held) -> None:
        self._held.append(held)
        if len(self._held) > HELD_MAX:
            self._lost += 1
            self._write_said(self._held.pop(0), None)

    def _about(self, provider: str, receipt: Receipt) -> int | None:
        for kind, name in _keys(receipt):
            where = self._where.get((provider, kind, name))
            if where is not None:
                return self._number[where]
        return None

    def _read(self, provider: str, hook: Webhook, by: By) -> Sequence[News]:
        adapter = self._adapters.get(provider)
        return () if adapter is None else news_of(adapter, hook, by)

    def _write_said(self, held: _Held, number: int | None, which: tuple[int, ...] = ()) -> None:
        adapter, hook = self._adapters[held.provider], held.hook
        _, _, query = hook.url.partition("?")
        said = Said(
            of=number,
            by=held.by,
            provider=held.provider,
            at_us=held.at_us,
            since_us=0 if number is None else held.at_us - self._ended[number],
            query=self._masks.query(adapter.vendor, query),
            headers=self._masks.headers(hook.headers),
            body=self._masks.body(adapter.vendor, hook.headers, hook.body),
            which=which,
        )
        before = [_meant_by(each) for each in news_of(adapter, hook, held.by)]
        after = [_meant_by(each) for each in news_of(adapter, said.hook(), held.by)]
        if before != after:
            self._complain(f"a word of {plain(held.provider)}")
        self._said += 1
        self._write(line_of(said))

    def acted(self, message: int, act: Act, at_us: int) -> None:
        """Record what was done about a message, if anything of it has gone outside."""
        with self._guarded():
            number = self._latest.get(message)
            if number is not None:
                done = Done(of=number, act=act, since_us=at_us - self._ended[number])
                self._write(line_of(done))

    # The file --------------------------------------------------------------------------------

    def _write(self, line: str) -> None:
        if self._file is not None:
            self._file.write(line)
            self._file.flush()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Let nothing that goes wrong here reach the run; the recording ends with it."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, messages come first
            self._file = None
            self._trouble(f"the recording broke off: {type(error).__name__}")

    def _complain(self, what: str) -> None:
        self._trouble(f"{what} could not be masked without changing what it means")

    def _trouble(self, text: str) -> None:
        if len(self.troubles) < TROUBLES_MAX:
            self.troubles.append(text)


def news_of(adapter: Adapter, hook: Webhook, by: By) -> tuple[News, ...]:
    """What was said, as the adapter reads it; nothing where it cannot be read."""
    try:
        if by is By.POLL:
            return adapter.decode_poll(HttpAnswer(200, hook.headers, hook.body))
        return adapter.decode_webhook(hook)
    except UnreadableError:
        return ()


def _keys(receipt: Receipt) -> Iterator[tuple[str, str]]:
    """What a receipt may be found by."""
    if receipt.reference:
        yield "reference", receipt.reference
    if receipt.provider_id:
        yield "id", receipt.provider_id


def _inside(secret: str) -> tuple[str, ...]:
    """What a header of basic authorisation holds."""
    try:
        return tuple(base64.b64decode(secret, validate=True).decode("ascii").split(":"))
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ()


def _meant(answer: Answer) -> object:
    """What of an answer must stay as it was."""
    match answer:
        case Accepted(provider_id, segments, price):
            return bool(provider_id), segments, price
        case Refused(reason, _, wait_us) | Throttled(reason, _, wait_us):
            return type(answer), reason.code, reason.reason_class, wait_us
        case Unreadable():
            return Unreadable


def _meant_by(news: News) -> object:
    if not isinstance(news, Receipt):
        return None
    why = news.reason and (news.reason.code, news.reason.reason_class)
    told = (news.status, why, news.segment, news.segments, news.price)
    return (*told, bool(news.provider_id), bool(news.reference))
