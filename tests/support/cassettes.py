"""Recordings made without a network: adapters and dialects of all vendors, and a recorder."""

import io
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Final, cast

from sandbox.adapters.catalogue import adapter_named
from sandbox.adapters.codec import Accepted, Adapter, HttpAnswer, OutgoingMessage, Text, Webhook
from sandbox.app.carrying import Carried, Where, heard_of
from sandbox.app.cassette import Cassette, cassette_of
from sandbox.app.guard import Pass
from sandbox.app.masking import Masks
from sandbox.app.recording import Recorder
from sandbox.cascade.vocabulary import Channel
from sandbox.dialects.catalogue import dialect_named
from sandbox.dialects.words import Request, Submitted, Taken, Word
from sandbox.net.sender import Answered, Exchange
from sandbox.scenario.model import Scenario
from tests.support.scenario_texts import loaded
from tests.support.submissions import HOOK_URL, credentials

NOW_S: Final = 1_767_607_241
"""2026-01-05 10:00:41 UTC."""
NUMBER: Final = "+447700900417"
CODE: Final = "482193"
TEXT: Final = f"Dear Philippa, your code is {CODE}"
SENDER: Final = "+15550100001"
KEY: Final = b"k" * 32

SECRETS: Final = (NUMBER, NUMBER[1:], CODE, TEXT, "Philippa", SENDER, SENDER[1:])
"""What must never be seen in a file."""

SCENARIO: Final = """\
schema: 1
name: taped
seed: 3
recipients: {traits: {}}
cascades:
  otp:
    deadline: 10m
    content: {text: "Dear Philippa, your code is {code}", code: {digits: 6}}
    levels:
      - {channel: %(channel)s, wait: 90s, submit_timeout: 60s}
providers:
  %(channel)s: {adapter: %(adapter)s, sender: "+15550100001"}
load: [{constant: 10/s, for: %(count)ss}]
"""


def taped(adapter: str = "dexatel", channel: str = "sms", count: int = 1) -> Scenario:
    """A scenario of one level; `count` times ten messages."""
    told = {"adapter": adapter, "channel": channel, "count": count}
    return loaded(SCENARIO % told)


@dataclass
class Tape:
    """A recorder, and what it has written."""

    scenario: Scenario
    out: io.StringIO = field(default_factory=io.StringIO)
    taken: dict[Where, Taken] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin the recording."""
        (self.route,) = self.scenario.routes
        self.adapter: Adapter = adapter_named(self.route.adapter)
        self.dialect = dialect_named(self.route.adapter)
        self.credentials = credentials(self.adapter.vendor)
        self.channel = Channel(str(self.scenario.world.providers[0].channel))
        self.recorder = Recorder(
            self.scenario, self.out, now_s=NOW_S, is_rehearsal=True, masks=Masks(NOW_S, KEY)
        )

    @property
    def text(self) -> str:
        """The file so far."""
        return self.out.getvalue()

    @property
    def cassette(self) -> Cassette:
        """The file, read."""
        return cassette_of(self.text.encode("ascii"))

    def passed(self) -> Pass:
        """What a recorder looks at of a pass."""
        way = SimpleNamespace(credentials=self.credentials)
        line = SimpleNamespace(number=NUMBER, says=TEXT)
        question = SimpleNamespace(lines=(line,))
        return cast("Pass", SimpleNamespace(ways=(way,), question=question))

    def message(self, where: Where, text: str = TEXT) -> OutgoingMessage:
        """What goes out."""
        reference = f"fs1-r7-{'-'.join(map(str, where))}"
        has_hook = self.adapter.vendor == "twilio"
        return OutgoingMessage(
            reference, reference, self.channel, NUMBER, SENDER, Text(text),
            callback_url=HOOK_URL if has_hook else "",
        )  # fmt: skip

    def submit(
        self, number: int, answer: Word | Exchange, *, at_us: int = 0, took_us: int = 100_000
    ) -> Where:
        """Record a submission: what a dialect says, or an exchange as it is."""
        where = (number, 0, 1)
        request = self.adapter.encode(self.message(where), self.credentials)
        call = self.dialect.read(
            Request(request.method, request.path, request.wire_headers(), request.body, NOW_S)
        )
        assert isinstance(call, Submitted), call
        self.taken[where] = Taken(
            submitted=call, provider_id=self.dialect.provider_id(number, call), at_s=NOW_S
        )
        came: Any = answer
        if isinstance(answer, Word):
            came = Answered(self.dialect.answer(self.taken[where], answer))
        self.exchanged(where, came, at_us=at_us, took_us=took_us)
        return where

    def exchanged(self, where: Where, came: Exchange, *, at_us: int, took_us: int) -> None:
        """Record what came of a submission."""
        message = self.message(where)
        request = self.adapter.encode(message, self.credentials)
        answer = self.adapter.decode_answer(came.answer) if isinstance(came, Answered) else None
        heard = heard_of(where, came, answer, nano=0, currency=self.scenario.currency)
        self.recorder.leaving(where, at_us)
        carried = Carried(
            where, self.route.provider, message.reference, request, came, heard, answer
        )
        self.recorder.exchanged(carried, self.passed(), at_us + took_us)

    def receipt(self, where: Where, word: Word, at_us: int) -> None:
        """Record a webhook of a dialect, if the vendor has one."""
        hook = self.dialect.receipt(self.taken[where], word)
        if hook is not None:
            self.hook(hook, at_us)

    def hook(self, hook: Webhook, at_us: int) -> None:
        """Record a webhook as the receiver would hand it over."""
        kept = tuple(pair for pair in hook.headers if pair[0].lower() == "content-type")
        url = HOOK_URL.partition("?")[0] + "?" + hook.url.partition("?")[2]
        whole = Webhook("POST", url, kept, hook.body)
        self.recorder.said(self.route.provider, whole, at_us, is_asked=False)

    def poll(self, answer: HttpAnswer, at_us: int) -> None:
        """Record the answer to a question."""
        hook = Webhook("ASKED", HOOK_URL, (("Content-Type", "application/json"),), answer.body)
        self.recorder.said(self.route.provider, hook, at_us, is_asked=True)

    def accepted_id(self, where: Where) -> str:
        """What the cassette calls an attempt that was accepted."""
        exchange = next(e for e in self.cassette.exchanges if e.message == where[0])
        assert isinstance(exchange.answer, HttpAnswer)
        answer = self.adapter.decode_answer(exchange.answer)
        assert isinstance(answer, Accepted)
        return answer.provider_id
