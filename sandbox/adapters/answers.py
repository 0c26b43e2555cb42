"""What an answer means, as far as HTTP alone says it: the same for every vendor.

A refusal is only believed where it is certain that nothing was sent. An answer of a server in
between (502, 504), one that gave up waiting (408), a redirect, or a server's error without a code
that says more leaves it open: the machine then hears *unknown*, and sends nothing twice.
"""

import re
from typing import Final

from sandbox.adapters.codec import (
    Answer,
    Headers,
    HttpAnswer,
    Refused,
    Throttled,
    Unreadable,
    header,
)
from sandbox.adapters.reasons import UNKNOWN, ReasonTable
from sandbox.adapters.wire import Json, clean, excerpt, read_json
from sandbox.cascade.vocabulary import SECOND_US, ReasonClass
from sandbox.errors import CannotSendError, UnreadableError

RETRY_AFTER_MAX_S: Final = 86_400
"""Who asks for more than a day is taken to ask for a day."""

JSON_HEADERS: Final[Headers] = (
    ("Content-Type", "application/json"),
    ("Accept", "application/json"),
)

_LEAVES_IT_OPEN: Final = (408, 502, 504)
_SECONDS: Final = re.compile(r"[0-9]{1,9}")


def is_success(status: int) -> bool:
    """Whether HTTP says yes."""
    return 200 <= status < 300


def retry_after_us(headers: Headers) -> int:
    """How long `Retry-After` asks for; 0 where it is absent, or names a date: there is no clock."""
    text = header(headers, "Retry-After")
    return min(int(text), RETRY_AFTER_MAX_S) * SECOND_US if _SECONDS.fullmatch(text) else 0


def refusal(table: ReasonTable, answer: HttpAnswer, code: str, told: str) -> Answer:
    """What an answer means that is no success.

    Args:
        table: The vendor's codes.
        answer: With its HTTP status.
        code: The vendor's code from the body; "" where it holds none.
        told: The vendor's words.
    """
    status = answer.status
    is_told = code in table.lines and table.lines[code].word != UNKNOWN
    if status < 400 or status in _LEAVES_IT_OPEN or (status >= 500 and not is_told):
        return Unreadable(f"HTTP {status} leaves open whether it was taken", excerpt(answer.body))
    reason = (
        table.reason(code, told, class_for(table, status)) if code else table.of_http(status, told)
    )
    raw = clean(f"{code} {told}".strip() or f"HTTP {status}")
    passes = reason.reason_class is ReasonClass.TRANSIENT
    if passes and (status == 429 or table.throttles(code)):
        return Throttled(reason, raw, retry_after_us(answer.headers))
    return Refused(reason, raw, retry_after_us(answer.headers))


def class_for(table: ReasonTable, status: int) -> ReasonClass:
    """The class of a code nobody knows, by the HTTP status it came with."""
    return table.of_http(status).reason_class


def without_body(table: ReasonTable, answer: HttpAnswer, why: str) -> Answer:
    """What an answer means whose body cannot be read: only a plain 4xx is a refusal."""
    if 400 <= answer.status < 500:
        return refusal(table, answer, "", "")
    return Unreadable(f"HTTP {answer.status}: {why}", excerpt(answer.body))


def polled_json(answer: HttpAnswer) -> Json:
    """The body of a successful answer to a question.

    Raises:
        UnreadableError: no success, or a body that cannot be read.
    """
    if not is_success(answer.status):
        raise UnreadableError(f"HTTP {answer.status} instead of an answer")
    return read_json(answer.body)


def cannot(adapter: str, what: str, hint: str = "") -> CannotSendError:
    """The error for a call a vendor does not have."""
    return CannotSendError(f"{adapter} {what}", hint=hint)
