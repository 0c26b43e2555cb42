"""From a submission of the engine to a message that an adapter encodes.

    Submit, plan, wording, route, number -> OutgoingMessage -> adapter.encode -> HttpRequest

In a simulated run a code is so many zeros, because only its length counts. A message that is really
sent needs digits nobody can guess: they follow from a token that belongs to one live run, so that a
restart sends the same code again, and that is never shown, logged or exported.
"""

import base64
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, NoReturn, Protocol

from sandbox.adapters.codec import MASK, Content, Media, OutgoingMessage, Template, Text
from sandbox.adapters.reference import Reference
from sandbox.cascade.outputs import Submit
from sandbox.cascade.plan import Plan
from sandbox.errors import MisuseError
from sandbox.scenario.model import Route, Wording
from sandbox.scenario.outward import content_of, sender_of

TOKEN_BYTES: Final = 32

_S: Final = 1_000_000
_MASK: Final = "*"
_ALL_LEVELS: Final = "all"


class Codes(Protocol):
    """Where the codes of a run come from."""

    def code(self, digits: int, message: int, level: int | None) -> str:
        """The code of a message; of a level of it where each has its own."""
        ...


class MaskedCodes:
    """Stars, as many as a code has digits: for whatever is shown, logged or only tried out."""

    def code(self, digits: int, message: int, level: int | None) -> str:  # noqa: ARG002 - all look alike
        """So many stars."""
        return _MASK * digits


class SecretCodes:
    """Codes by HMAC-SHA256 under the token of a run; shows nothing of it."""

    __slots__ = ("_token",)

    def __init__(self, token: bytes) -> None:
        """Bind a token.

        Raises:
            MisuseError: it is not 32 bytes long.
        """
        if len(token) != TOKEN_BYTES:
            raise MisuseError(f"the token of a run has {TOKEN_BYTES} bytes")
        self._token = token

    @classmethod
    def new(cls) -> "SecretCodes":
        """Codes nobody has seen before."""
        return cls(secrets.token_bytes(TOKEN_BYTES))

    def reveal(self) -> bytes:
        """The token itself. Only for the private tables of the live run it belongs to."""
        return self._token

    def code(self, digits: int, message: int, level: int | None) -> str:
        """The digits of a message; the same each time it is asked for."""
        where = f"{message} {_ALL_LEVELS if level is None else level}".encode()
        drawn = int.from_bytes(hmac.digest(self._token, where, sha256), "big")
        return f"{drawn % 10**digits:0{digits}d}" if digits else ""

    def path(self, provider: str) -> str:
        """Where a provider's webhooks arrive: nobody can guess it, and a restart has it again."""
        drawn = hmac.digest(self._token, f"path {provider}".encode(), sha256)
        return f"/{base64.urlsafe_b64encode(drawn).decode('ascii').rstrip('=')}"

    def __repr__(self) -> str:
        return f"SecretCodes({MASK})"

    def __reduce__(self) -> NoReturn:
        raise MisuseError("the codes of a run are neither copied nor sent to another process")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What all messages of one run have in common.

    Attributes:
        run: What the run is called, in references: 1 to 24 ASCII letters and digits.
        codes: Where its codes come from.
        wordings: What each level says, by cascade and level.
        routes: By provider; those without one are simulated.
        callback_urls: Where receipts of a provider shall go, by provider; none: the vendor knows.
    """

    run: str
    codes: Codes = field(repr=False)
    wordings: Mapping[tuple[str, int], Wording]
    routes: Mapping[str, Route]
    callback_urls: Mapping[str, str] = field(default_factory=dict, repr=False)

    def message(self, submit: Submit, plan: Plan, number: str) -> OutgoingMessage:
        """One submission, as an adapter takes it.

        Args:
            submit: What the engine asks for.
            plan: The cascade of its message.
            number: The recipient's on the level's channel, in E.164.

        Raises:
            MisuseError: its provider is simulated, or the plan is not of this run.
        """
        route = self.routes.get(submit.provider)
        wording = self.wordings.get((plan.name, submit.level))
        if route is None or wording is None:
            raise MisuseError(f"nobody really sends level {submit.level} of '{plan.name}'")
        return OutgoingMessage(
            reference=self._reference(submit, submit.attempt),
            key=self._reference(submit, submit.key),
            channel=plan.levels[submit.level].channel,
            recipient=number,
            sender=sender_of(wording, route),
            content=content_of(wording, self._code(submit, plan, wording)),
            validity_s=seconds_of(submit.validity_us),
            callback_url=self.callback_urls.get(submit.provider, ""),
        )

    def _reference(self, submit: Submit, attempt: int) -> str:
        return Reference(self.run, submit.message, submit.level, attempt).text

    def _code(self, submit: Submit, plan: Plan, wording: Wording) -> str:
        level = submit.level if plan.has_code_per_level else None
        return self.codes.code(wording.digits, submit.message, level)


def seconds_of(validity_us: int | None) -> int | None:
    """A validity in whole seconds, as vendors are told: never shorter than it was asked for."""
    return None if validity_us is None else max(1, -(-validity_us // _S))


def told(content: Content) -> str:
    """What is said, in a line for people."""
    match content:
        case Text(text):
            return text
        case Template(name, language, parameters):
            more = f" ({language})" if language else ""
            given = f" with {', '.join(parameters)}" if parameters else ""
            return f"template {name}{more}{given}"
        case Media(kind, url):
            return f"{kind} {url}"


def says_of(plan: Plan, wordings: Mapping[tuple[str, int], Wording]) -> tuple[str, ...]:
    """What each level of a plan says, for people, its code masked."""
    masked = MaskedCodes()
    return tuple(
        told(content_of(wording, masked.code(wording.digits, 0, None)))
        for wording in (wordings[plan.name, level] for level in range(len(plan.levels)))
    )
