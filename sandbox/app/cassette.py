"""Cassettes: what vendors have said once, as a file of JSON lines.

    {"cassette":1,"masked":true,"scenario":"otp","seed":7,…,"providers":{"sms":{…}}}
    {"is":"exchange","n":0,"kind":"submit","provider":"sms",…,"answer":{…}}
    {"is":"said","of":0,"by":"webhook","since_us":3200000,…}

The first line says what was recorded. Then follow exchanges, which are numbered from 0, what was
said about them later, and what people did. A file that ends in the middle of a line is one whose
recording was broken off: what is whole of it counts. Everything read here is suspected.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.adapters.codec import Headers, HttpAnswer, Webhook
from sandbox.cascade.vocabulary import Act
from sandbox.errors import StorageError, UsageError
from sandbox.report.plain import plain

VERSION: Final = 1
"""Of the form of a cassette; members may be added without a new one."""

BYTES_MAX: Final = 256 * 1024 * 1024
"""A larger file is not read: a million exchanges are less."""

LINE_MAX: Final = 4 * 1024 * 1024
TIME_MAX_US: Final = 1 << 50

SUBMIT: Final = "submit"
RECALL: Final = "recall"

HOOK_URL: Final = "https://webhooks.invalid/"
"""Where a webhook that is played seems to have come to."""

T = TypeVar("T")


class By(StrEnum):
    """How something came that was said later."""

    WEBHOOK = "webhook"
    POLL = "poll"


class Failed(NamedTuple):
    """An exchange without an answer.

    Attributes:
        has_left: The request may have been taken; otherwise surely not.
        kind: What went wrong, a word of ours such as `connect`.
    """

    has_left: bool
    kind: str


class Voice(NamedTuple):
    """A provider that was recorded."""

    adapter: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What was recorded.

    Attributes:
        recorded: The date, `YYYY-MM-DD`, UTC.
        is_rehearsal: Nobody real has said any of it.
        speed: Seconds of the run per second of wall time; above 1 in rehearsals only.
        providers: By name, those that were outside.
    """

    scenario: str
    seed: int
    currency: str
    recorded: str
    is_rehearsal: bool = False
    speed: str = "1"
    providers: Mapping[str, Voice] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and what came of it.

    Attributes:
        n: Its number, from 0.
        kind: `submit` or `recall`.
        at_us: When it left, in the time of the run.
        took_us: From there to its answer, or to the failure.
        answer: What came back, or how it failed.
    """

    n: int
    kind: str
    provider: str
    channel: str
    message: int
    level: int
    attempt: int
    at_us: int
    took_us: int
    method: str
    path: str
    type: str
    body: str
    answer: HttpAnswer | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Something a vendor said later, in a webhook or when it was asked.

    Attributes:
        of: The number of the exchange it is about; None: nobody knows.
        at_us: When it came, in the time of the run.
        since_us: The same, counted from the answer to that exchange; below 0: it came before.
        query: Of the address it came to.
        which: The places, from 0, of what it says of that exchange among all that it says.
    """

    of: int | None
    by: By
    provider: str
    at_us: int
    since_us: int
    query: str
    headers: Headers
    body: str
    which: tuple[int, ...]

    def hook(self) -> Webhook:
        """As an adapter reads it."""
        url = f"{HOOK_URL}?{self.query}" if self.query else HOOK_URL
        return Webhook("POST", url, self.headers, self.body.encode("ascii", "replace"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Something that was done about a message: its code was entered, or somebody called it off.

    Attributes:
        of: The number of the message's latest exchange by then.
        since_us: Counted from the answer to that.
    """

    of: int
    act: Act
    since_us: int


Line = Exchange | Said | Done


@dataclass(frozen=True, slots=True, kw_only=True)
class Cassette:
    """What is in a file.

    Attributes:
        said: By number of the exchange, in the order in which it came.
        done: Likewise.
        name: Its file, as it was named.
        lost: Things said that are about no exchange of it.
        is_whole: The file does not end in the middle of a line.
    """

    header: Header
    exchanges: tuple[Exchange, ...]
    said: Mapping[int, tuple[Said, ...]]
    done: Mapping[int, tuple[Done, ...]]
    name: str
    lost: int = 0
    is_whole: bool = True

    def submissions(self, provider: str) -> tuple[Exchange, ...]:
        """The submissions to a provider, in order."""
        return tuple(e for e in self.exchanges if e.kind == SUBMIT and e.provider == provider)

    def recalls(self, provider: str) -> tuple[Exchange, ...]:
        """What was called back of it, in order."""
        return tuple(e for e in self.exchanges if e.kind == RECALL and e.provider == provider)


# Writing -----------------------------------------------------------------------------------------


def header_line(header: Header) -> str:
    """The first line, with its end."""
    voices = {name: voice._asdict() for name, voice in header.providers.items()}
    return _line(
        cassette=VERSION,
        masked=True,
        scenario=header.scenario,
        seed=header.seed,
        currency=header.currency,
        recorded=header.recorded,
        rehearsal=header.is_rehearsal,
        speed=header.speed,
        providers=voices,
    )


def line_of(line: Line) -> str:
    """A later line, with its end."""
    match line:
        case Exchange():
            return _exchange_line(line)
        case Said():
            return _line(
                **{"is": "said"},
                of=line.of,
                by=line.by.value,
                provider=line.provider,
                at_us=line.at_us,
                since_us=line.since_us,
                query=line.query,
                headers=[list(pair) for pair in line.headers],
                body=line.body,
                which=list(line.which),
            )
        case Done():
            of = {"is": "done", "of": line.of}
            return _line(**of, act=line.act.value, since_us=line.since_us)


def _exchange_line(line: Exchange) -> str:
    told: dict[str, object]
    match line.answer:
        case HttpAnswer(status, headers, body):
            shown = [list(pair) for pair in headers]
            text = body.decode("ascii", "replace")
            told = {"answer": {"status": status, "headers": shown, "body": text}}
        case Failed(has_left, kind):
            told = {"failed": {"has_left": has_left, "kind": kind}}
    return _line(
        **{"is": "exchange"},
        n=line.n,
        kind=line.kind,
        provider=line.provider,
        channel=line.channel,
        message=line.message,
        level=line.level,
        attempt=line.attempt,
        at_us=line.at_us,
        took_us=line.took_us,
        request={"method": line.method, "path": line.path, "type": line.type, "body": line.body},
        **told,
    )


def _line(**told: object) -> str:
    return json.dumps(told, separators=(",", ":"), ensure_ascii=True) + "\n"


# Reading -----------------------------------------------------------------------------------------


def read_cassette(path: Path) -> Cassette:
    """Read a cassette.

    Raises:
        UsageError: there is no such file, or it is none.
        StorageError: it cannot be read.
    """
    try:
        if path.stat().st_size > BYTES_MAX:
            raise UsageError(f"{path} is larger than {BYTES_MAX} bytes, and no cassette is")
        data = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(
            f"there is no cassette {path}", hint="sandbox live record FILE --cassette OUT makes one"
        ) from None
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}") from error
    return cassette_of(data, str(path))


def cassette_of(data: bytes, name: str = "the cassette") -> Cassette:
    """What the bytes of a file say.

    Raises:
        UsageError: they are no cassette; it says which line is wrong.
    """
    lines = data.split(b"\n")
    is_whole = lines[-1] == b""
    first, *rest = lines[:-1] if len(lines) > 1 else (b"",)
    header = _read(_header, first, f"{name}:1")
    exchanges: list[Exchange] = []
    said: dict[int, list[Said]] = {}
    done: dict[int, list[Done]] = {}
    lost = 0
    for number, text in enumerate(rest, 2):
        where = f"{name}:{number}"
        line = _read(_later, text, where)
        _check(line, len(exchanges), header, where)
        match line:
            case Exchange():
                exchanges.append(line)
            case Said(of=None):
                lost += 1
            case Said(of=int(of)):
                said.setdefault(of, []).append(line)
            case Done(of=of):
                done.setdefault(of, []).append(line)
            case _:
                continue  # of a later form
    return Cassette(
        header=header,
        exchanges=tuple(exchanges),
        said={of: tuple(each) for of, each in said.items()},
        done={of: tuple(each) for of, each in done.items()},
        name=name,
        lost=lost,
        is_whole=is_whole,
    )


def _check(line: Line | None, count: int, header: Header, where: str) -> None:
    """Refuse a line that does not fit those before it."""
    match line:
        case Exchange(n=n, provider=provider) if n != count or provider not in header.providers:
            raise UsageError(f"{where}: this is exchange {count} of a provider in the header")
        case Said(of=int(of)) | Done(of=of) if not 0 <= of < count:
            raise UsageError(f"{where}: there is no exchange {of} before it")
        case _:
            return


def _read(reader: "Any", text: bytes, where: str) -> Any:  # noqa: ANN401 - what the reader gives
    if len(text) > LINE_MAX:
        raise UsageError(f"{where}: the line is longer than {LINE_MAX} bytes")
    try:
        return reader(json.loads(text.decode("ascii")), where)
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise UsageError(
            f"{where}: this is no line of a cassette",
            hint="sandbox live record FILE --cassette OUT makes one",
        ) from error


def _header(told: Mapping[str, Any], where: str) -> Header:
    version = told["cassette"]
    if version != VERSION:
        raise UsageError(
            f"{where}: the cassette has form {plain(str(version), 20)}, this program reads "
            f"{VERSION}",
            hint="Use the newer version of the program.",
        )
    voices = {str(n): _voice(v, where) for n, v in told["providers"].items()}
    return Header(
        scenario=str(told["scenario"]),
        seed=int(told["seed"]),
        currency=str(told["currency"]),
        recorded=str(told["recorded"]),
        is_rehearsal=told["rehearsal"] is True,
        speed=str(told["speed"]),
        providers=voices,
    )


def _voice(told: Mapping[str, Any], where: str) -> Voice:
    adapter = str(told["adapter"])
    if adapter not in ADAPTERS:
        known = ", ".join(ADAPTERS)
        raise UsageError(f"{where}: no adapter '{plain(adapter, 40)}', there are {known}")
    return Voice(adapter, str(told["channel"]))


def _later(told: Mapping[str, Any], _: str) -> Line | None:
    match told["is"]:
        case "exchange":
            return _exchange(told)
        case "said":
            of = told["of"]
            return Said(
                of=None if of is None else int(of),
                by=By(told["by"]),
                provider=str(told["provider"]),
                at_us=_time(told["at_us"]),
                since_us=_time(told["since_us"], least=-TIME_MAX_US),
                query=_ascii(told["query"]),
                headers=_headers(told["headers"]),
                body=_ascii(told["body"]),
                which=tuple(int(each) for each in told["which"]),
            )
        case "done":
            since = _time(told["since_us"], least=-TIME_MAX_US)
            return Done(of=int(told["of"]), act=Act(told["act"]), since_us=since)
        case _:
            return None


def _exchange(told: Mapping[str, Any]) -> Exchange:
    request = told["request"]
    answer: HttpAnswer | Failed
    if "answer" in told:
        came = told["answer"]
        body = _ascii(came["body"]).encode("ascii")
        answer = HttpAnswer(_status(came["status"]), _headers(came["headers"]), body)
    else:
        failed = told["failed"]
        answer = Failed(failed["has_left"] is not False, plain(str(failed["kind"]), 40))
    if told["kind"] not in {SUBMIT, RECALL}:
        raise ValueError(told["kind"])
    return Exchange(
        n=int(told["n"]),
        kind=told["kind"],
        provider=str(told["provider"]),
        channel=str(told["channel"]),
        message=int(told["message"]),
        level=int(told["level"]),
        attempt=int(told["attempt"]),
        at_us=_time(told["at_us"]),
        took_us=_time(told["took_us"]),
        method=str(request["method"]),
        path=_ascii(request["path"]),
        type=str(request["type"]),
        body=_ascii(request["body"]),
        answer=answer,
    )


def _time(value: object, least: int = 0) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= TIME_MAX_US:
        raise ValueError("no time")
    return value


def _status(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 100 <= value <= 599:
        raise ValueError("no HTTP status")
    return value


def _ascii(value: object) -> str:
    if not isinstance(value, str) or not value.isascii():
        raise ValueError("no ASCII")
    return value


def _headers(pairs: Iterable[Any]) -> Headers:
    return tuple(_pairs(pairs))


def _pairs(pairs: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for name, value in pairs:
        yield _ascii(name), _ascii(value)
