"""The receiver: what is taken, in which order, and everything that must be turned away."""

import asyncio
import gzip
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.adapters.codec import VERIFIED, Credentials, Headers, News, Receipt, Verified, Webhook
from sandbox.adapters.dexatel import DexatelAdapter
from sandbox.adapters.wire import BODY_BYTES_MAX
from sandbox.errors import StorageError, UsageError
from sandbox.net.receiver import (
    Limits,
    Receiver,
    Route,
    Why,
    unguessable_path,
)
from sandbox.net.serving import listen, served
from tests.support.webhooks import NOW_S, PUBLIC_URL, SIGNED, VECTORS, Signed, Vector

PATH: Final = f"/{'x' * 42}1"
OTHER: Final = f"/{'x' * 42}2"
BY_BODY: Final = [name for name, signed in SIGNED.items() if signed.signs_body]


class Answer(NamedTuple):
    """What the receiver said; status 0: nothing."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Desk:
    """A receiver with all that happens at it, in order."""

    name: str = "dexatel"
    limits: Limits = field(default_factory=Limits)
    now_s: float = NOW_S
    keep_s: float = 0.0
    error: Exception | None = None
    take_error: Exception | None = None
    events: list[str] = field(default_factory=list)
    kept: list[tuple[str, Webhook, int]] = field(default_factory=list)
    taken: list[tuple[int, str, tuple[News, ...]]] = field(default_factory=list)
    receiver: Receiver = field(init=False)

    def __post_init__(self) -> None:
        self.receiver = Receiver([self.route], self, self.take, lambda: self.now_s, self.limits)

    @property
    def signed(self) -> Signed:
        return SIGNED[self.name]

    @property
    def route(self) -> Route:
        return Route(PATH, "theirs", self.signed.adapter, self.signed.known, PUBLIC_URL)

    @property
    def url(self) -> str:
        query = self.signed.query
        return f"{self.route.url}?{query}" if query else self.route.url

    async def keep(self, provider: str, hook: Webhook, received_ms: int) -> int:
        self.events.append("keep")
        await asyncio.sleep(self.keep_s)
        if self.error is not None:
            raise self.error
        self.events.append("kept")
        self.kept.append((provider, hook, received_ms))
        return len(self.kept)

    def take(self, number: int, provider: str, news: tuple[News, ...]) -> None:
        self.events.append("take")
        self.taken.append((number, provider, news))
        if self.take_error is not None:
            raise self.take_error

    def headers(self, body: bytes | None = None, at_s: int = NOW_S) -> Headers:
        """Those of a proper webhook with some body."""
        return self.signed.headers(self.url, self.signed.body if body is None else body, at_s)

    async def post(
        self,
        body: bytes | None = None,
        headers: Headers | None = None,
        *,
        method: str = "POST",
        path: str = PATH,
        query: str | None = None,
        parts: int = 1,
    ) -> Answer:
        """Send a webhook, a proper one where nothing else is said."""
        body = self.signed.body if body is None else body
        headers = self.headers(body) if headers is None else headers
        size = -(-len(body) // parts) or 1
        pieces = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
        messages = [
            {"type": "http.request", "body": piece, "more_body": place < len(pieces) - 1}
            for place, piece in enumerate(pieces)
        ]

        async def receive() -> dict[str, Any]:
            self.events.append("receive")
            return messages.pop(0)

        query = self.signed.query if query is None else query
        return await self.ask(receive, headers, method, path, query)

    async def ask(
        self,
        receive: Callable[[], Awaitable[dict[str, Any]]],
        headers: Headers,
        method: str = "POST",
        path: str = PATH,
        query: str = "",
    ) -> Answer:
        """Call the application as a server does."""
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(n.lower().encode(), v.encode("latin-1")) for n, v in headers],
        }
        sent: list[Any] = []

        async def send(message: Any) -> None:
            self.events.append(f"send {message.get('status', 'body')}")
            sent.append(message)

        await self.receiver(scope, receive, send)
        if not sent:
            return Answer(0, {}, b"")
        told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], told, sent[1]["body"])

    @property
    def refused(self) -> dict[Why, int]:
        return dict(self.receiver.counts.refused)

    def has_taken_nothing(self) -> bool:
        counts = self.receiver.counts
        return not self.kept and not self.taken and not counts.kept and not counts.taken


def is_silent(answer: Answer) -> bool:
    """Whether nothing is told but the status."""
    told = {name for name in answer.headers if name not in {"content-length", "connection"}}
    return answer.body == b"" and answer.headers["content-length"] == "0" and told <= {"allow"}


# What is taken -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize("parts", [1, 7])
async def test_a_proper_webhook_is_kept_answered_and_then_read(name: str, parts: int) -> None:
    """In this order; what is handed over says what the vendor said."""
    desk = Desk(name, now_s=NOW_S + 0.25)
    answer = await desk.post(parts=parts)
    assert answer.status == 200
    assert is_silent(answer)
    assert desk.events[-5:] == ["keep", "kept", "send 200", "send body", "take"]
    [(provider, hook, received_ms)] = desk.kept
    assert (provider, received_ms) == ("theirs", NOW_S * 1000 + 250)
    assert (hook.method, hook.url, hook.body) == ("POST", desk.url, desk.signed.body)
    [(number, provider, news)] = desk.taken
    assert (number, provider) == (1, "theirs")
    assert [n.reference for n in news if isinstance(n, Receipt)] == ["fs1-r7-12-0-1"]
    counts = desk.receiver.counts
    assert (counts.kept, counts.taken, counts.refused.total()) == (1, 1, 0)
    assert desk.signed.adapter.decode_webhook(hook) == news


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name + vector.path[-8:])
async def test_the_vectors_hold_from_end_to_end(vector: Vector) -> None:
    """Signatures computed elsewhere, over their own addresses."""
    path, _, query = vector.path.partition("?")
    desk = Desk(vector.name)
    route = desk.route
    object.__setattr__(route, "path", path)  # the vectors' paths can be guessed; no route's may
    desk.receiver = Receiver([route], desk, desk.take, lambda: NOW_S)
    answer = await desk.post(vector.body, vector.headers, path=path, query=query)
    assert answer.status == 200
    assert [hook.body for _, hook, _ in desk.kept] == [vector.body]
    changed = vector.body[:-1] + b"~"
    assert (await desk.post(changed, vector.headers, path=path, query=query)).status == 403


@pytest.mark.parametrize("name", SIGNED)
async def test_nothing_that_proves_is_kept(name: str) -> None:
    """Tokens, passwords and signatures end here; what decides how to read stays."""
    desk = Desk(name)
    await desk.post()
    [(_, hook, _)] = desk.kept
    assert hook.headers == (("content-type", desk.signed.content_type),)
    assert not any(secret in repr(hook) for secret in desk.signed.credentials.values())


async def test_the_same_webhook_twice_is_kept_twice() -> None:
    """What it is about is taken once by whoever it is handed to; here nobody remembers."""
    desk = Desk()
    await desk.post()
    await desk.post()
    assert [number for number, _, _ in desk.taken] == [1, 2]


@pytest.mark.parametrize("name", BY_BODY)
async def test_what_cannot_be_read_is_kept_and_counted(name: str) -> None:
    """It was signed, so it is answered with 200: a second one would be no better."""
    desk = Desk(name)
    body = b"a=%\xff" if name == "twilio" else b'{"data":'
    if name == "twilio":
        # Nothing with a body that is no form can be verified, so none gets that far.
        assert (await desk.post(body, (("Content-Type", desk.signed.content_type),))).status == 403
        return
    assert (await desk.post(body)).status == 200
    assert [hook.body for _, hook, _ in desk.kept] == [body]
    assert desk.taken == [(1, "theirs", ())]
    counts = desk.receiver.counts
    assert (counts.kept, counts.taken, counts.unreadable) == (1, 0, 1)
    assert [note.why for note in desk.receiver.notes] == ["the body is not JSON"]


# What is not believed ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", BY_BODY)
@pytest.mark.parametrize(
    "change",
    [
        lambda body: body[:-1],
        lambda body: body + b" ",
        lambda _: b"",
        lambda body: body.replace(b"fs1", b"fs2").replace(b"SM0", b"SM1"),
        lambda body: body * 2,
    ],
    ids=["truncated", "longer", "empty", "tampered", "doubled"],
)
async def test_another_body_than_was_signed_is_refused(
    name: str, change: Callable[[bytes], bytes]
) -> None:
    """With an empty answer; why is in our own notes."""
    desk = Desk(name)
    answer = await desk.post(change(desk.signed.body) + (b"&x=y" if name == "twilio" else b""),
                             desk.headers())  # fmt: skip
    assert answer.status == 403
    assert is_silent(answer)
    assert desk.has_taken_nothing()
    assert desk.refused == {Why.NOT_VERIFIED: 1}
    assert desk.receiver.notes[0].provider == "theirs"
    assert desk.receiver.notes[0].why


def _proofs(desk: Desk) -> Headers:
    return tuple(each for each in desk.headers() if each[0] != "Content-Type")


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize("case", ["none", "twice", "empty", "cut", "another", "huge"])
async def test_without_one_good_signature_nothing_is_believed(name: str, case: str) -> None:
    """None, two of them, and what is near one."""
    desk = Desk(name)
    [(header, value)] = _proofs(desk)
    changed = {
        "none": (),
        "twice": ((header, value), (header.upper(), value)),
        "empty": ((header, ""),),
        "cut": ((header, value[:-5]),),
        "another": ((header, value[:-5] + "abcde"),),
        "huge": ((header, value + "A" * 10_000),),
    }[case]
    answer = await desk.post(headers=(("Content-Type", desk.signed.content_type), *changed))
    assert answer.status == 403
    assert is_silent(answer)
    assert desk.has_taken_nothing()


@pytest.mark.parametrize("name", SIGNED)
async def test_a_signature_made_with_another_secret_is_refused(name: str) -> None:
    """Whoever knows the address does not know the secret."""
    desk = Desk(name)
    others = {n: v if n in {"webhook_auth", "webhook_header", "webhook_user"} else "another"
              for n, v in desk.signed.credentials.items()}  # fmt: skip
    route = replace(desk.route, credentials=Credentials.of(others))
    desk.receiver = Receiver([route], desk, desk.take, lambda: NOW_S)
    assert (await desk.post()).status == 403
    assert desk.has_taken_nothing()


@pytest.mark.parametrize(
    ("age_s", "status"), [(0, 200), (300, 200), (-300, 200), (301, 403), (-301, 403), (10**9, 403)]
)
async def test_vonages_token_ages(age_s: int, status: int) -> None:
    """Five minutes to either side; afterwards the same bytes are a replay."""
    desk = Desk("vonage")
    answer = await desk.post(headers=desk.headers(at_s=NOW_S - age_s))
    assert answer.status == status
    assert desk.has_taken_nothing() is (status == 403)


async def test_vonages_token_is_good_for_its_own_body_only() -> None:
    """A token of one webhook does not open the door for another."""
    desk = Desk("vonage")
    other = desk.signed.body.replace(b"delivered", b"rejected")
    assert (await desk.post(other, desk.headers())).status == 403
    assert [note.why for note in desk.receiver.notes] == ["payload_hash is not that of the body"]


async def test_twilios_address_is_the_configured_one() -> None:
    """What a request or a proxy says of hosts changes nothing, and the query is signed."""
    lies = (
        ("Host", "evil.example.test"),
        ("X-Forwarded-Host", "evil.example.test"),
        ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-For", "192.0.2.1"),
        ("Forwarded", "host=evil.example.test;proto=http"),
        ("X-Original-URL", "/evil"),
    )
    desk = Desk("twilio")
    assert (await desk.post(headers=(*desk.headers(), *lies))).status == 200
    assert desk.kept[0][1].url == f"{PUBLIC_URL}{PATH}?reference=fs1-r7-12-0-1"
    assert (await desk.post(query="reference=fs1-r7-12-0-2")).status == 403
    assert (await desk.post(query="")).status == 403


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream", "", "é"])
async def test_an_unknown_content_type_is_the_adapters_business(name: str, kind: str) -> None:
    """Twilio signs forms and JSON in different ways, so nothing else is believed."""
    desk = Desk(name)
    answer = await desk.post(headers=(("Content-Type", kind), *_proofs(desk)))
    assert answer.status == (403 if name == "twilio" else 200)


# Size, time, coding ------------------------------------------------------------------------------


async def _never() -> dict[str, Any]:
    await asyncio.Event().wait()
    raise AssertionError


@pytest.mark.parametrize("length", [str(BODY_BYTES_MAX + 1), "9" * 30])
async def test_what_says_that_it_is_too_large_is_not_read(length: str) -> None:
    """Not one byte is asked for."""
    desk = Desk()
    answer = await desk.ask(_never, (*desk.headers(), ("Content-Length", length)))
    assert (answer.status, answer.headers["connection"]) == (413, "close")
    assert is_silent(answer)
    assert desk.refused == {Why.LARGE: 1}


async def test_the_limit_holds_for_what_does_not_say_its_size() -> None:
    """To the byte, on the wire and unpacked."""
    desk = Desk()
    fits = desk.signed.body.ljust(BODY_BYTES_MAX)
    assert (await desk.post(fits, parts=9)).status == 200
    assert (await desk.post(fits + b" ", parts=9)).status == 413
    packed = (("Content-Encoding", "gzip"),)
    good = (*desk.headers(fits), *packed)
    assert (await desk.post(gzip.compress(fits), good)).status == 200
    large = (*desk.headers(fits + b" "), *packed)
    assert (await desk.post(gzip.compress(fits + b" "), large)).status == 413
    bomb = gzip.compress(b"\0" * 100_000_000)
    assert (await desk.post(bomb, (*desk.headers(bomb), *packed))).status == 413
    assert desk.refused == {Why.LARGE: 3}
    assert len(desk.kept) == 2


async def test_what_does_not_arrive_in_time_is_given_up() -> None:
    """Also where a part of it came, and however often one more byte comes."""
    desk = Desk(limits=Limits(arrive_s=0.05))

    async def drip() -> dict[str, Any]:
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"x", "more_body": True}

    for receive in (_never, drip):
        answer = await desk.ask(receive, desk.headers())
        assert (answer.status, answer.headers["connection"]) == (408, "close")
    assert desk.refused == {Why.SLOW: 2}
    assert desk.has_taken_nothing()


def test_a_body_has_five_seconds_and_a_quarter_of_a_megabyte() -> None:
    """What the tests make shorter."""
    assert Limits() == Limits(body_bytes=262_144, arrive_s=5.0, bodies=128)


@pytest.mark.parametrize("name", SIGNED)
async def test_a_packed_body_is_unpacked_once(name: str) -> None:
    """Vendors sign the plain one; that is what is kept, and nothing says it is packed."""
    desk = Desk(name)
    packed = (("Content-Encoding", "gzip"),)
    answer = await desk.post(gzip.compress(desk.signed.body), (*desk.headers(), *packed))
    assert answer.status == 200
    [(_, hook, _)] = desk.kept
    assert hook.body == desk.signed.body
    assert hook.headers == (("content-type", desk.signed.content_type),)
    twice = gzip.compress(gzip.compress(desk.signed.body))
    if desk.signed.signs_body:
        assert (await desk.post(twice, (*desk.headers(), *packed))).status == 403
        signed_packed = gzip.compress(desk.signed.body)
        if name != "twilio":
            headers = (*desk.headers(signed_packed), *packed)
            assert (await desk.post(signed_packed, headers)).status == 403


@pytest.mark.parametrize(
    ("values", "status"),
    [
        (["identity"], 200),
        (["br"], 415),
        (["deflate"], 415),
        (["zstd"], 415),
        (["gzip, gzip"], 415),
        (["gzip", "gzip"], 415),
        (["gzip"], 400),
    ],
)
async def test_other_packings_are_not_read(values: list[str], status: int) -> None:
    """Nor what only says that it is packed."""
    desk = Desk()
    packed = tuple(("Content-Encoding", value) for value in values)
    answer = await desk.post(headers=(*desk.headers(), *packed))
    assert answer.status == status
    assert desk.has_taken_nothing() is (status != 200)
    assert is_silent(answer)


async def test_a_webhook_that_is_broken_off_is_not_kept() -> None:
    """The rest may have said the opposite."""
    desk = Desk()
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": desk.signed.body, "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    await desk.ask(receive, desk.headers())
    assert desk.refused == {Why.GONE: 1}
    assert desk.has_taken_nothing()


async def test_no_more_bodies_are_in_memory_than_allowed() -> None:
    """The one too many is not read; when there is room again, it is."""
    desk = Desk(limits=Limits(bodies=2))
    waiting = [asyncio.create_task(desk.ask(_never, desk.headers())) for _ in range(2)]
    await asyncio.sleep(0)
    for _ in range(3):
        answer = await desk.post()
        assert (answer.status, answer.headers["connection"]) == (429, "close")
    assert "receive" not in desk.events
    assert desk.refused == {Why.FLOOD: 3}
    waiting[0].cancel()
    await asyncio.gather(waiting[0], return_exceptions=True)
    assert (await desk.post()).status == 200
    waiting[1].cancel()
    await asyncio.gather(waiting[1], return_exceptions=True)


# Methods and paths -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "post", ""])
async def test_a_method_that_is_not_the_vendors_is_refused(name: str, method: str) -> None:
    """However well it is signed. Meta's GET is a handshake, and this is none."""
    desk = Desk(name)
    answer = await desk.post(method=method)
    assert answer.status == (403 if (name, method) == ("meta", "GET") else 405)
    assert is_silent(answer)
    assert desk.has_taken_nothing()
    assert "receive" not in desk.events


@pytest.mark.parametrize(
    "path",
    ["", "/", PATH[:-1], PATH + "/", PATH + "1", "/" + PATH, PATH.upper(), OTHER, "/é", "*",
     PATH + "%20", "/%78" + PATH[2:], "/x/.." + PATH, f"http://127.0.0.1{PATH}"],
)  # fmt: skip
async def test_any_other_path_leads_nowhere(path: str) -> None:
    """Near misses included; it looks the same for all."""
    desk = Desk()
    for method in ("POST", "GET"):
        answer = await desk.post(path=path, method=method)
        assert answer.status == 404
        assert is_silent(answer)
    assert "receive" not in desk.events
    assert desk.refused == {Why.PATH: 2}
    assert not desk.receiver.notes


async def test_a_path_is_compared_with_every_route(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole, and in a time that does not tell how much of it was right."""
    desk = Desk()
    desk.receiver = Receiver(
        [desk.route, replace(desk.route, path=OTHER)], desk, desk.take, lambda: NOW_S
    )
    compared = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr("sandbox.net.receiver.hmac.compare_digest", compare)
    for path in (PATH, OTHER, "/", "/" + "z" * 43):
        compared.clear()
        await desk.post(path=path, method="PUT")
        assert compared == [(PATH.encode(), path.encode()), (OTHER.encode(), path.encode())]


async def test_each_route_has_its_own_secret() -> None:
    """A webhook of one vendor is nothing at the door of another."""
    desk = Desk("meta")
    other = Route(
        OTHER, "other", SIGNED["dexatel"].adapter, SIGNED["dexatel"].known, PUBLIC_URL
    )  # fmt: skip
    desk.receiver = Receiver([desk.route, other], desk, desk.take, lambda: NOW_S)
    assert (await desk.post()).status == 200
    assert (await desk.post(path=OTHER)).status == 403
    assert [provider for provider, _, _ in desk.kept] == ["theirs"]


async def test_what_is_no_request_is_let_go() -> None:
    """Neither a web socket nor the news of a server's life is for us."""
    desk = Desk()
    for kind, sent in (("websocket", [{"type": "websocket.close"}]), ("lifespan", [])):
        told: list[Any] = []

        async def send(message: Any, told: list[Any] = told) -> None:
            told.append(message)

        await desk.receiver({"type": kind}, _never, send)
        assert told == sent


# Meta's handshake --------------------------------------------------------------------------------

SHAKE: Final = "hub.mode=subscribe&hub.verify_token=fake-verify-token&hub.challenge=1158201444"


async def test_metas_challenge_is_answered() -> None:
    """As plain text, and nothing is kept."""
    desk = Desk("meta")
    answer = await desk.post(method="GET", query=SHAKE, headers=())
    assert (answer.status, answer.body) == (200, b"1158201444")
    assert answer.headers["content-type"] == "text/plain"
    assert desk.receiver.counts.handshakes == 1
    assert desk.has_taken_nothing()


@pytest.mark.parametrize(
    "query",
    [
        "",
        SHAKE.replace("fake-verify-token", "another"),
        SHAKE.replace("fake-verify-token", ""),
        SHAKE.replace("subscribe", "unsubscribe"),
        SHAKE.replace("1158201444", "<script>"),
        SHAKE.replace("1158201444", "%0d%0aX:y"),
        SHAKE.replace("1158201444", ""),
        "%",
    ],
)
async def test_another_challenge_is_not_answered(query: str) -> None:
    """Nor is anything of it repeated."""
    desk = Desk("meta")
    answer = await desk.post(method="GET", query=query, headers=())
    assert answer.status == 403
    assert is_silent(answer)
    assert desk.receiver.counts.handshakes == 0


# When our side fails -----------------------------------------------------------------------------


async def test_what_cannot_be_kept_is_not_answered_with_200() -> None:
    """The vendor tries again, and then it is taken."""
    desk = Desk(error=StorageError("the disk is full"))
    answer = await desk.post()
    assert answer.status == 503
    assert is_silent(answer)
    assert desk.taken == []
    assert desk.refused == {Why.NOT_KEPT: 1}
    assert [note.why for note in desk.receiver.notes] == ["the disk is full"]
    desk.error = None
    assert (await desk.post()).status == 200
    assert len(desk.taken) == 1


async def test_a_fault_of_ours_is_none_of_the_vendors() -> None:
    """503, and in the notes where it was; not its words, which may quote what came in."""
    desk = Desk(error=RuntimeError("what-came-in"))
    answer = await desk.post()
    assert answer.status == 503
    assert is_silent(answer)
    assert desk.refused == {Why.FAULT: 1}
    [note] = desk.receiver.notes
    assert note.why.startswith("RuntimeError in keep, line ")
    assert "what-came-in" not in note.why


async def test_a_fault_after_the_answer_leaves_it_where_it_is_kept() -> None:
    """It was answered with 200 already, and is on the disk for the next start."""
    desk = Desk(take_error=RuntimeError("what-came-in"))
    assert (await desk.post()).status == 200
    counts = desk.receiver.counts
    assert (counts.kept, counts.taken, counts.faults) == (1, 0, 1)
    assert desk.receiver.notes[0].why.startswith("RuntimeError in take, line ")


async def test_who_has_gone_before_the_answer_is_taken_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is kept, so it counts."""

    async def gone(*_: object) -> None:
        raise ConnectionResetError

    desk = Desk()
    monkeypatch.setattr("sandbox.net.receiver._answer", gone)
    await desk.post()
    assert len(desk.taken) == 1


async def test_notes_are_bounded() -> None:
    """Whoever knocks for ever fills no memory."""
    desk = Desk()
    for _ in range(150):
        await desk.post(headers=())
    assert len(desk.receiver.notes) == 100
    assert desk.refused == {Why.NOT_VERIFIED: 150}


# Routes that must not be -------------------------------------------------------------------------

_MISSING: Final = [
    (name, need.name)
    for name, signed in SIGNED.items()
    for need in signed.adapter.hearing
    if need.name in signed.credentials
]


@pytest.mark.parametrize(("name", "missing"), _MISSING)
def test_without_what_is_needed_to_verify_there_is_no_route(name: str, missing: str) -> None:
    """Each of them; the others are not told."""
    signed = SIGNED[name]
    given = {each: value for each, value in signed.credentials.items() if each != missing}
    with pytest.raises(UsageError, match="cannot be verified") as caught:
        Route(PATH, "theirs", signed.adapter, Credentials.of(given), PUBLIC_URL)
    assert not any(value in str(caught.value) for value in given.values() if len(value) > 9)


@pytest.mark.parametrize("scheme", ["none", "HMAC_MD5", "oauth2", "BASIC"])
def test_infobips_webhooks_need_a_way_to_be_verified(scheme: str) -> None:
    """`none` is a choice at Infobip, and none here."""
    given = {**SIGNED["infobip-hmac"].credentials, "webhook_auth": scheme}
    with pytest.raises(UsageError, match="is none of basic, header, HMAC_SHA_1"):
        Route(PATH, "theirs", SIGNED["infobip-hmac"].adapter, Credentials.of(given), PUBLIC_URL)


def test_an_adapter_that_believes_anything_gets_no_route() -> None:
    """The check asks the adapter itself."""

    class Trusting(DexatelAdapter):
        def verify_webhook(self, *_: object) -> Verified:
            return VERIFIED

    with pytest.raises(UsageError, match="unsigned ones are believed"):
        Route(PATH, "theirs", Trusting(), SIGNED["dexatel"].known, PUBLIC_URL)


@pytest.mark.parametrize(
    "path",
    ["", "/", "/hooks/dexatel", PATH[1:], PATH[:-1], PATH + "?", PATH + "/", f"/{'é' * 43}",
     f"/{'x' * 200}", PATH + "\n"],
)  # fmt: skip
def test_a_path_that_can_be_guessed_is_refused(path: str) -> None:
    """It is what keeps strangers from even asking."""
    with pytest.raises(UsageError, match="not one nobody can guess"):
        Route(path, "theirs", SIGNED["dexatel"].adapter, SIGNED["dexatel"].known, PUBLIC_URL)


@pytest.mark.parametrize(
    "url",
    ["", "sandbox.example.test", "http://sandbox.example.test", "https://sandbox.example.test/",
     "https://SANDBOX.example.test", "https://a:b@sandbox.example.test",
     "https://sandbox.example.test?x", "https://sandbox.example.test#", "https://", "ftp://x"],
)  # fmt: skip
def test_a_public_address_that_is_none_is_refused(url: str) -> None:
    """It is part of what is signed, and secrets come by it."""
    with pytest.raises(UsageError, match="the public URL of 'theirs' is none"):
        Route(PATH, "theirs", SIGNED["dexatel"].adapter, SIGNED["dexatel"].known, url)


@pytest.mark.parametrize(
    "url",
    ["https://sandbox.example.test", "https://sandbox.example.test:8443/below/it",
     "http://127.0.0.1:8080", "http://localhost", "http://[::1]:9"],
)  # fmt: skip
def test_a_route_says_what_the_vendor_shall_call(url: str) -> None:
    """The address as the outside sees it; shown without the path."""
    route = Route(PATH, "theirs", SIGNED["dexatel"].adapter, SIGNED["dexatel"].known, url)
    assert route.url == url + PATH
    assert PATH not in repr(route)
    assert "fake-dexatel-secret" not in repr(route)


def test_two_routes_have_two_paths() -> None:
    """Else one of them would never hear anything."""
    desk = Desk()
    with pytest.raises(UsageError, match="the same path"):
        Receiver([desk.route, desk.route], desk, desk.take, lambda: NOW_S)


def test_a_new_path_is_new() -> None:
    """Drawn anew each time, 32 bytes of it, and fit for a route."""
    paths = {unguessable_path() for _ in range(100)}
    assert len(paths) == 100
    for path in paths:
        Route(path, "theirs", SIGNED["dexatel"].adapter, SIGNED["dexatel"].known, PUBLIC_URL)


# Whatever comes ----------------------------------------------------------------------------------

_TEXTS: Final = st.text(st.characters(max_codepoint=255), max_size=40)


@given(
    st.sampled_from(sorted(SIGNED)),
    st.binary(max_size=200),
    st.lists(st.tuples(st.sampled_from(["authorization", "content-type", "content-encoding",
        "content-length", "x-twilio-signature", "x-hub-signature-256", "x-dexatel-signature",
        "x-signature"]), _TEXTS), max_size=6),
    _TEXTS,
    st.sampled_from(["POST", "GET"]),
)  # fmt: skip
def test_nothing_makes_it_raise_and_nothing_unsigned_is_taken(
    name: str, body: bytes, headers: list[tuple[str, str]], query: str, method: str
) -> None:
    """Whatever bytes, headers and queries come."""
    desk = Desk(name)
    answer = asyncio.run(desk.post(body, tuple(headers), query=query, method=method))
    assert answer.status in {400, 403, 405, 413, 415}
    assert is_silent(answer)
    assert desk.has_taken_nothing()
    assert Why.FAULT not in desk.refused


# Through real sockets ----------------------------------------------------------------------------


@asynccontextmanager
async def _open(desk: Desk) -> AsyncIterator[tuple[httpx.AsyncClient, str, int]]:
    """The receiver behind a port, someone who calls it, and what is called."""
    query = f"?{desk.signed.query}" if desk.signed.query else ""
    with listen(0) as door:
        async with served(desk.receiver, door), httpx.AsyncClient(trust_env=False) as client:
            yield client, f"{door.url}{PATH}{query}", door.port


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("name", SIGNED)
async def test_over_a_socket_it_is_the_same(name: str) -> None:
    """A good one, a packed one, in chunks, a bad one, another path; all over one connection."""
    desk = Desk(name)
    body, headers = desk.signed.body, dict(desk.headers())

    async def chunks() -> AsyncIterator[bytes]:
        for at in range(0, len(body), 50):
            yield body[at : at + 50]

    async with _open(desk) as (client, url, _):
        statuses = []
        for content, more in (
            (body, {}),
            (gzip.compress(body), {"Content-Encoding": "gzip"}),
            (chunks(), {}),
        ):
            answer = await client.post(url, content=content, headers={**headers, **more})
            statuses.append(answer.status_code)
            assert answer.content == b""
            assert set(answer.headers) == {"content-length"}
        bad = {"Content-Type": desk.signed.content_type}
        statuses.append((await client.post(url, content=body, headers=bad)).status_code)
        statuses.append((await client.post(f"{url[:40]}{OTHER}", headers=headers)).status_code)
    assert statuses == [200, 200, 200, 403, 404]
    assert [hook.body for _, hook, _ in desk.kept] == [body] * 3
    assert len(desk.taken) == 3


@pytest.mark.usefixtures("loopback")
async def test_over_a_socket_metas_challenge_is_answered() -> None:
    """As the vendor sees it."""
    async with _open(Desk("meta")) as (client, url, _):
        answer = await client.get(f"{url}?{SHAKE}")
    assert (answer.status_code, answer.text) == (200, "1158201444")


async def _raw(port: int, *parts: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        return await asyncio.wait_for(reader.read(), 5)
    except ConnectionError:
        return b""
    finally:
        writer.close()


def _head(headers: Mapping[str, str]) -> bytes:
    lines = [f"POST {PATH} HTTP/1.1", "Host: here", *(f"{n}: {v}" for n, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


@pytest.mark.usefixtures("loopback")
async def test_over_a_socket_the_slow_and_the_large_are_hung_up_on() -> None:
    """And whoever comes afterwards is heard."""
    desk = Desk(limits=Limits(arrive_s=0.1))
    async with _open(desk) as (client, url, port):
        slow = await _raw(port, _head({"Content-Length": "100"}), b"{")
        assert slow.startswith(b"HTTP/1.1 408 ")
        large = await _raw(port, _head({"Content-Length": "300000"}))
        assert large.startswith(b"HTTP/1.1 413 ")
        chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
        endless = _head({"Transfer-Encoding": "chunked"}) + chunk * 5
        assert (await _raw(port, endless))[:13] in {b"HTTP/1.1 413 ", b""}
        answer = await client.post(url, content=desk.signed.body, headers=dict(desk.headers()))
        assert answer.status_code == 200
    assert desk.refused == {Why.SLOW: 1, Why.LARGE: 2}


@pytest.mark.usefixtures("loopback")
async def test_over_a_socket_a_flood_is_borne() -> None:
    """Some are put off with 429, those heard are kept, and nobody is lost in between."""
    desk = Desk(limits=Limits(bodies=4), keep_s=0.005)
    headers = dict(desk.headers())
    async with _open(desk) as (client, url, port):
        held = [asyncio.create_task(_raw(port, _head({"Content-Length": "9"}))) for _ in range(3)]
        await asyncio.sleep(0.05)
        many = [client.post(url, content=desk.signed.body, headers=headers) for _ in range(60)]
        statuses = [answer.status_code for answer in await asyncio.gather(*many)]
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)
    assert set(statuses) == {200, 429}
    assert statuses.count(200) == len(desk.kept) == len(desk.taken) > 0
    assert desk.refused.get(Why.FLOOD, 0) == statuses.count(429)
    assert hmac.compare_digest(desk.kept[0][1].body, desk.signed.body)
