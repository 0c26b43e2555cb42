"""What all adapters share: a message going out, a request and its answer, a webhook coming in.

An adapter is a pure codec. It turns a message into the request its vendor documents, and the
vendor's answers, poll results and webhooks into our words. It opens no connection, keeps no state,
and knows neither clock nor dice: whoever has the network calls it on both sides of each exchange.

    encode → HttpRequest → (network) → HttpAnswer → decode_answer → Accepted | Refused | …
    (network) → Webhook → verify_webhook → (stored) → decode_webhook → Receipt | Ignored, …

What an adapter cannot do is refused with `CannotSendError` before anything leaves. What comes back
never raises, but for a body that cannot be read at all: `UnreadableError`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from sandbox.adapters.wire import Price
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import Channel, RecallResult, Status
from sandbox.errors import CannotSendError, MisuseError

SMS: Final = Channel("sms")
WHATSAPP: Final = Channel("whatsapp")
VIBER: Final = Channel("viber")

MASK: Final = "***"

Headers = tuple[tuple[str, str], ...]


# What goes out -----------------------------------------------------------------------------------


class Traffic(StrEnum):
    """What a message is for; Viber's carriers must be told."""

    TRANSACTIONAL = "transactional"
    PROMOTIONAL = "promotional"


class MediaKind(StrEnum):
    """What a media message shows."""

    IMAGE = "image"
    VIDEO = "video"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Text:
    """Free text."""

    text: str


@dataclass(frozen=True, slots=True)
class Template:
    """A text the vendor has approved, with values for its placeholders in order.

    Attributes:
        name: The vendor's name or id of it.
        language: As the vendor writes it, such as `en_US`; "" where its id says it all.
        parameters: The values, from the first placeholder on.
    """

    name: str
    language: str = ""
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Media:
    """Something to be shown, fetched by the vendor from a public `https` address.

    Attributes:
        caption: Words below it; "" for none.
        file_name: What a document is called on the phone; "" where the vendor may choose.
    """

    kind: MediaKind
    url: str
    caption: str = ""
    file_name: str = ""


Content = Text | Template | Media


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One submission.

    Attributes:
        reference: Our name for the attempt, 1 to 100 printable ASCII characters without spaces;
            goes along and comes back where the vendor echoes anything.
        key: What makes two submissions the same one (S21); where the vendor knows such a thing.
        channel: How it travels.
        recipient: E.164 with its plus: `+37490000001`.
        sender: A number with its plus, or a name; "" where the vendor may choose.
        content: What is said.
        validity_s: How long the provider may keep trying; None: as it likes.
        callback_url: Where receipts shall go; "" where the vendor was told once for all.
        traffic: What the message is for.
        failover: What the vendor itself shall try next, in order; each a whole message without a
            failover of its own. Empty wherever the cascade runs on our side.
    """

    reference: str
    key: str
    channel: Channel
    recipient: str
    sender: str
    content: Content
    validity_s: int | None = None
    callback_url: str = ""
    traffic: Traffic = Traffic.TRANSACTIONAL
    failover: tuple["OutgoingMessage", ...] = ()


# Credentials -------------------------------------------------------------------------------------


class Secret:
    """A text that shows itself only when asked by name; nothing prints, stores or copies it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself. Only for the wire, and for a MAC."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return 0

    def __reduce__(self) -> str:
        raise MisuseError("a secret is neither stored nor sent to another process")


class Need(NamedTuple):
    """One thing a vendor must be told about its customer.

    Attributes:
        name: Such as `api_key`; with the vendor's name before it, that of an environment variable.
        says: What it is, for people.
        is_secret: Whether it must never be shown.
        is_required: Whether nothing goes without it.
    """

    name: str
    says: str
    is_secret: bool = True
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a vendor knows its customer by; `repr` shows the names only."""

    secrets: tuple[tuple[str, Secret], ...] = ()

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "Credentials":
        """Wrap what was given; empty values count as not given."""
        return cls(tuple((name, Secret(value)) for name, value in values.items() if value))

    def text(self, name: str) -> str:
        """What was given under a name; "" where nothing was."""
        return next((secret.reveal() for each, secret in self.secrets if each == name), "")

    def required(self, name: str, vendor: str) -> str:
        """What was given under a name.

        Raises:
            CannotSendError: nothing was.
        """
        # Never a local variable: a traceback may show those of a function that raises.
        if not self.text(name):
            raise CannotSendError(f"{vendor} needs '{name}', and it was not given")
        if not _is_credential(self.text(name)):
            raise CannotSendError(f"{vendor}'s '{name}' holds a character no credential has")
        return self.text(name)


def _is_credential(text: str) -> bool:
    """Whether a text can stand in a header: printable ASCII without spaces."""
    return text.isascii() and text.isprintable() and " " not in text


@dataclass(frozen=True, slots=True)
class Authorisation:
    """The one header that proves who we are, kept apart from the rest of a request."""

    header: str
    prefix: str
    secret: Secret

    def value(self) -> str:
        """As it goes over the wire."""
        return self.prefix + self.secret.reveal()

    def masked(self) -> str:
        """As it may be shown."""
        return self.prefix + MASK


# Requests and answers ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request without its host: that is the business of whoever sends it.

    Attributes:
        path: From its first slash, with the query; ASCII, percent-encoded.
        headers: All but the authorisation.
    """

    method: str
    path: str
    headers: Headers
    body: bytes
    authorisation: Authorisation

    def wire_headers(self) -> Headers:
        """The headers as sent, the secret among them."""
        return (*self.headers, (self.authorisation.header, self.authorisation.value()))

    def masked(self, base_url: str) -> str:
        """The whole request for people, its secret masked; plain ASCII."""
        shown = (*self.headers, (self.authorisation.header, self.authorisation.masked()))
        lines = [f"{self.method} {base_url}{self.path}", *(f"{n}: {v}" for n, v in shown)]
        body = self.body.decode("ascii", errors="backslashreplace")
        return "\n".join([*lines, "", body] if body else lines)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back, decompressed."""

    status: int
    headers: Headers
    body: bytes


def header(headers: Headers, name: str) -> str:
    """The value of a header, whatever its case; "" where it is absent or stands there twice.

    Of two signatures none can be trusted, so two count as none.
    """
    lower = name.lower()
    values = [value for each, value in headers if each.lower() == lower]
    return values[0].strip() if len(values) == 1 else ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The vendor has taken the message.

    Attributes:
        provider_id: What the vendor calls it.
        segments: How many it counts; None where it does not say.
        price: What it says the message costs; None where it does not.
        workflow_id: What it calls the whole of a native failover; "" where there is none.
    """

    provider_id: str
    segments: int | None = None
    price: Price | None = None
    workflow_id: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The vendor has not taken the message, and says why.

    Attributes:
        reason: Its code as the vendor wrote it, our class for it, and words for people.
        raw: The vendor's own words, bounded and fit to be shown.
        retry_after_us: How long it asks to be left alone; 0 where it does not say.
    """

    reason: Reason
    raw: str
    retry_after_us: int = 0


@dataclass(frozen=True, slots=True)
class Throttled:
    """The same, because we are too fast."""

    reason: Reason
    raw: str
    retry_after_us: int = 0


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An answer that leaves open whether the message was taken: for the machine, *unknown* (S21).

    Attributes:
        why: What is wrong with it.
        raw: How it begins, fit to be shown.
    """

    why: str
    raw: str


Answer = Accepted | Refused | Throttled | Unreadable


# Receipts ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a vendor says later about one message.

    Attributes:
        provider_id: What the vendor calls it.
        reference: Ours, where the vendor echoed it; else "".
        status: ACCEPTED, SENT, DELIVERED, READ, FAILED, REJECTED, EXPIRED; UNKNOWN for a word
            nobody has documented, and then nothing is decided by it.
        raw_status: The vendor's word.
        reason: Why, where it says no and says why.
        raw_reason: The vendor's words for it.
        vendor_time: The vendor's time as written; "" where it gives none.
        at_s: The same in seconds since 1970; None where it cannot be read.
        segment: The segment it is about, from 1; 0: the whole message.
        segments: How many there are; None where it does not say.
        price: What it says the message costs so far; None where it does not.
        channel: As we call it; None where the vendor does not say.
        step: Its place in a native failover, from 0; None where there is none.
        workflow_id: What the vendor calls the whole of that failover; "" where there is none.
    """

    provider_id: str
    status: Status
    raw_status: str
    reference: str = ""
    reason: Reason | None = None
    raw_reason: str = ""
    vendor_time: str = ""
    at_s: int | None = None
    segment: int = 0
    segments: int | None = None
    price: Price | None = None
    channel: Channel | None = None
    step: int | None = None
    workflow_id: str = ""


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something in a webhook that is no receipt: a message from a person, a shape nobody knows."""

    why: str
    raw: str


News = Receipt | Ignored


# Webhooks ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Webhook:
    """A request that came in, not yet trusted.

    Attributes:
        url: Our public address as configured, with the path and query as they came: what the vendor
            has called, whatever a proxy between has made of it. `X-Forwarded-*` plays no part.
    """

    method: str
    url: str
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Verified:
    """The webhook comes from who it says."""


@dataclass(frozen=True, slots=True)
class NotVerified:
    """It does not, or nobody can tell; `why` is for our log, never for the caller."""

    why: str


Verification = Verified | NotVerified

VERIFIED: Final = Verified()


# Adapters ----------------------------------------------------------------------------------------


class Ability(StrEnum):
    """What one vendor has and another has not."""

    POLL = "poll"
    """A message's status can be asked for."""
    RECALL = "recall"
    """What has not left yet can be called back."""
    HANDSHAKE = "handshake"
    """Its webhook is opened by answering a challenge."""
    VALIDITY = "validity"
    """It can be told how long to keep trying."""
    ECHO = "echo"
    """Its receipts carry our reference."""
    IDEMPOTENCY = "idempotency"
    """It takes no second message with the same key."""
    FAILOVER = "failover"
    """It can run a cascade itself."""
    CALLBACK = "callback"
    """It is told with each message where its receipts shall go; others are told once for all."""


class Adapter(Protocol):
    """One way to one vendor."""

    @property
    def name(self) -> str:
        """What scenario files call it."""
        ...

    @property
    def vendor(self) -> str:
        """Whose table of codes and credentials it uses."""
        ...

    @property
    def channels(self) -> tuple[Channel, ...]:
        """What it carries."""
        ...

    @property
    def abilities(self) -> tuple[Ability, ...]:
        """What it can do besides sending."""
        ...

    @property
    def base_url(self) -> str:
        """Where the vendor listens; "" where each customer has a host of his own."""
        ...

    @property
    def hosts(self) -> tuple[str, ...]:
        """The only hosts that may see credentials; `*.` stands for one name before the rest."""
        ...

    @property
    def sending(self) -> tuple[Need, ...]:
        """What it must be given to send."""
        ...

    @property
    def hearing(self) -> tuple[Need, ...]:
        """What it must be given to trust a webhook."""
        ...

    @property
    def unverified(self) -> tuple[str, ...]:
        """What of it nobody has seen the vendor say; each a sentence, to be shown before sending.

        No adapter has been run against its vendor; these are the points where even the pages are
        silent.
        """
        ...

    def encode(self, message: OutgoingMessage, credentials: Credentials) -> HttpRequest:
        """The request that submits a message.

        Raises:
            CannotSendError: the vendor does not carry such a message, or a credential is missing.
        """
        ...

    def decode_answer(self, answer: HttpAnswer) -> Answer:
        """What the vendor's answer to a submission means; never raises."""
        ...

    def poll_request(self, provider_id: str, credentials: Credentials) -> HttpRequest:
        """The request that asks what became of a message.

        Raises:
            CannotSendError: the vendor cannot be asked.
        """
        ...

    def decode_poll(self, answer: HttpAnswer) -> tuple[News, ...]:
        """What the vendor's answer to a poll says.

        Raises:
            UnreadableError: nothing that can be read, or the vendor would not say; try later.
        """
        ...

    def recall_request(self, provider_id: str, credentials: Credentials) -> HttpRequest:
        """The request that calls a message back.

        Raises:
            CannotSendError: the vendor has no such call.
        """
        ...

    def decode_recall(self, answer: HttpAnswer) -> RecallResult:
        """What came of calling back.

        Raises:
            UnreadableError: the answer leaves it open.
        """
        ...

    def handshake(self, hook: Webhook, credentials: Credentials) -> str | NotVerified:
        """The text to answer when a vendor opens its webhook, or why there is none."""
        ...

    def verify_webhook(self, hook: Webhook, credentials: Credentials, now_s: int) -> Verification:
        """Whether a webhook may be believed; never raises. Without a secret: no.

        Args:
            hook: What came in.
            credentials: With what `hearing` names.
            now_s: Seconds since 1970, for signatures that age.
        """
        ...

    def decode_webhook(self, hook: Webhook) -> tuple[News, ...]:
        """What a verified webhook says; a later look at a stored one says the same.

        Raises:
            UnreadableError: its body cannot be read at all.
        """
        ...
