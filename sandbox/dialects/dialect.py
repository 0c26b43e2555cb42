"""What all dialects share: the tables of what a vendor can say, and what is heard of a word.

`heard` says what an adapter will make of a word once it has gone over the wire; the round-trip
tests hold every dialect and adapter to it, and the fidelity page lists where it differs from what
was meant.
"""

from collections.abc import Mapping
from typing import ClassVar, Final

from sandbox.adapters.codec import Credentials, Headers, HttpAnswer, Webhook
from sandbox.adapters.reasons import ReasonTable
from sandbox.adapters.wire import Price, json_body
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import Channel, ReasonClass, Status
from sandbox.dialects.words import (
    ANSWERS,
    NEGATIVE,
    Asked,
    Inability,
    Lacks,
    Request,
    Submitted,
    Taken,
    Withdrawn,
    Word,
)

Call = Submitted | Asked | Withdrawn | HttpAnswer
"""What a request asks for; an answer where it is not in order."""

Codes = Mapping[ReasonClass, str]
"""The code that stands for a class where the scenario's own is not in the vendor's table."""

JSON: Final[Headers] = (("Content-Type", "application/json"),)
_OF_HTTP: Final = "http-"


class Dialect:
    """One vendor's side of the wire; a vendor's own differs in its tables and its writing."""

    name: ClassVar[str]
    """That of its adapter."""
    vendor: ClassVar[str]
    channels: ClassVar[tuple[Channel, ...]]
    table: ClassVar[ReasonTable]
    refusals: ClassVar[Codes]
    """Of answers."""
    failures: ClassVar[Codes]
    """Of receipts."""
    throttle: ClassVar[str]
    """The code of an answer to who is too fast."""
    throttle_text: ClassVar[str] = ""
    """The vendor's words for it, where its table has no line for that code."""
    inabilities: ClassVar[tuple[Inability, ...]]
    unverified: ClassVar[tuple[str, ...]]
    """What of the writing nobody has seen the vendor do; each a sentence."""
    repeated: ClassVar[Reason | None] = None
    """Why a second message with the same key is refused, where there are keys."""
    hands_out_once: ClassVar[bool] = False
    """What has been told to who asked is not told again."""
    retries_s: ClassVar[tuple[int, ...]]
    """After how many seconds a webhook that was not answered with success comes again."""

    # The wire --------------------------------------------------------------------------------

    def read(self, request: Request) -> Call:
        """What a request asks for; or the vendor's own error, where it is not in order."""
        raise NotImplementedError

    def provider_id(self, number: int, submitted: Submitted) -> str:
        """What the vendor calls its nth message."""
        raise NotImplementedError

    def answer(self, taken: Taken, word: Word) -> HttpAnswer:
        """The answer to a submission; `word` is one of `ANSWERS`."""
        raise NotImplementedError

    def receipt(self, taken: Taken, word: Word) -> Webhook | None:
        """A status webhook, not signed yet; None where the vendor has no words for it."""
        raise NotImplementedError

    def sign(self, hook: Webhook, credentials: Credentials, now_s: int) -> Webhook:
        """A webhook with its signature.

        Args:
            hook: As it goes out.
            credentials: What the adapter checks it with.
            now_s: Seconds since 1970, for signatures that age.
        """
        raise NotImplementedError

    def polled(self, taken: Taken, word: Word) -> HttpAnswer:
        """The answer to a question about a message of which this is the last word."""
        return self.not_found()

    def withdrawn(self, taken: Taken, *, is_recalled: bool) -> HttpAnswer:
        """The answer to who wants a message back."""
        return self.not_found()

    def not_found(self) -> HttpAnswer:
        """The answer about a message the vendor does not know, or a path it has not."""
        raise NotImplementedError

    def handshake(self, url: str, credentials: Credentials, challenge: str) -> Webhook | None:
        """What the vendor sends before it uses a webhook; None: nothing."""
        return None

    # What is heard ---------------------------------------------------------------------------

    def heard(self, taken: Taken, word: Word) -> Word | None:
        """What an adapter makes of a word; None where nothing is heard of it."""
        status = self.status_said(taken, word)
        if status is None:
            return None
        is_answer = word.status in ANSWERS
        return Word(
            status,
            self.reason_said(taken, word),
            self._price(taken, word),
            word.at_s,
            0 if is_answer and self._lack(Lacks.RETRY_AFTER, taken, word) else word.retry_after_us,
        )

    def status_said(self, taken: Taken, word: Word) -> Status | None:
        """Which status is heard; None: none."""
        lack = self._lack(Lacks.STATUS, taken, word)
        return word.status if lack is None else lack.becomes

    def reason_said(self, taken: Taken, word: Word) -> Reason | None:
        """Which reason is heard: that of the code written."""
        code = self.code(taken, word)
        if not code:
            return None
        return self.table.reason(code, self.throttle_text, ReasonClass.TRANSIENT)

    def code(self, taken: Taken, word: Word) -> str:
        """The vendor's code for why not; "" where it says none.

        It is the scenario's own where the vendor's table has it in the same class, for what a class
        asks for is what a cascade hears; else the vendor's plainest of that class.
        """
        match word.status:
            case Status.THROTTLED:
                return self._own(word.reason, is_throttle=True) or self.throttle
            case Status.REFUSED:
                asked = ReasonClass.TRANSIENT if word.reason is None else word.reason.reason_class
                return self._own(word.reason, is_throttle=False) or self.refusals[asked]
            case status if status in NEGATIVE and word.reason is not None:
                if self._lack(Lacks.REASON, taken, word):
                    return ""
                return self._own(word.reason) or self.failures[word.reason.reason_class]
            case _:
                return ""

    def _own(self, reason: Reason | None, *, is_throttle: bool | None = None) -> str:
        """The scenario's own code, where the vendor would mean the same by it."""
        if reason is None or reason.code.startswith(_OF_HTTP):
            return ""
        line = self.table.lines.get(reason.code)
        if line is None or line.reason_class is not reason.reason_class:
            return ""
        return reason.code if is_throttle in {None, line.throttles} else ""

    def _price(self, taken: Taken, word: Word) -> Price | None:
        if word.price is None or self._lack(Lacks.PRICE, taken, word):
            return None
        bare = self._lack(Lacks.CURRENCY, taken, word)
        return word.price._replace(currency="") if bare else word.price

    def _lack(self, lacks: Lacks, taken: Taken, word: Word) -> Inability | None:
        channel = taken.submitted.channel
        return next(
            (
                each
                for each in self.inabilities
                if each.lacks is lacks and each.is_about(word.status, channel, taken.segments)
            ),
            None,
        )


def json_answer(status: int, body: object, headers: Headers = ()) -> HttpAnswer:
    """An answer in JSON."""
    return HttpAnswer(status, (*JSON, *headers), json_body(body))


def json_hook(url: str, body: object) -> Webhook:
    """A webhook in JSON."""
    return Webhook("POST", url, JSON, json_body(body))


def with_header(hook: Webhook, name: str, value: str) -> Webhook:
    """A webhook with one more header."""
    return Webhook(hook.method, hook.url, (*hook.headers, (name, value)), hook.body)
