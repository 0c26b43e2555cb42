"""What HTTP alone says of an answer."""

from typing import Final

import pytest

from sandbox.adapters.answers import (
    RETRY_AFTER_MAX_S,
    cannot,
    is_success,
    polled_json,
    refusal,
    retry_after_us,
    without_body,
)
from sandbox.adapters.codec import Refused, Throttled, Unreadable
from sandbox.adapters.reasons import table_of
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import ReasonClass
from sandbox.errors import UnreadableError
from tests.support.submissions import answer

TWILIO: Final = table_of("twilio")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1", 1), ("120", 120), ("0", 0), ("999999999", RETRY_AFTER_MAX_S), ("9" * 20, 0), ("-1", 0),
     ("1.5", 0), ("٣", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("", 0)],
)  # fmt: skip
def test_how_long_to_wait_is_read_in_seconds(text: str, seconds: int) -> None:
    """A date would need a clock; nonsense asks for nothing."""
    assert retry_after_us((("retry-after", text),)) == seconds * 1_000_000


def test_without_the_header_nothing_is_asked() -> None:
    """The machine's own backoff applies."""
    assert retry_after_us(()) == 0


@pytest.mark.parametrize("status", [200, 301, 307, 408, 500, 502, 503, 504])
def test_where_it_is_open_whether_it_was_sent_nothing_is_refused(status: int) -> None:
    """The machine hears *unknown*, and does not send the same thing twice."""
    for code in ("", "99999", "30008"):
        assert isinstance(refusal(TWILIO, answer(status, b"<html>"), code, "?"), Unreadable)


def test_a_servers_error_with_a_code_that_says_more_is_believed() -> None:
    """20503 says that nothing was taken; 502 and 504 come from somebody in between."""
    told = refusal(TWILIO, answer(503, b""), "20503", "busy")
    assert told == Refused(
        Reason("20503", ReasonClass.TRANSIENT, "service unavailable"), "20503 busy"
    )
    assert isinstance(refusal(TWILIO, answer(504, b""), "20503", "busy"), Unreadable)


def test_too_fast_is_throttled() -> None:
    """By the status or by the code; unless the code says something else is wrong."""
    headers = (("Retry-After", "7"),)
    for status, code in ((429, "20429"), (400, "21611"), (429, ""), (429, "99999")):
        told = refusal(TWILIO, answer(status, b"", headers=headers), code, "slow down")
        assert isinstance(told, Throttled)
        assert told.retry_after_us == 7_000_000
        assert told.reason.reason_class is ReasonClass.TRANSIENT
    told = refusal(TWILIO, answer(429, b"", headers=headers), "20003", "no")
    assert isinstance(told, Refused)
    assert told.reason.reason_class is ReasonClass.ACCOUNT
    assert told.retry_after_us == 7_000_000


@pytest.mark.parametrize(
    ("status", "expected"), [(400, "caller-error"), (401, "account"), (422, "caller-error")]
)
def test_a_code_nobody_knows_has_the_class_of_its_status(status: int, expected: str) -> None:
    """With the vendor's own code and words kept."""
    told = refusal(TWILIO, answer(status, b""), "99999", "something\x1b new")
    assert told == Refused(
        Reason("99999", ReasonClass(expected), "something\ufffd new"), "99999 something\ufffd new"
    )


def test_an_answer_without_a_readable_body_is_a_refusal_only_by_a_plain_4xx() -> None:
    """All else leaves it open."""
    told = without_body(TWILIO, answer(401, b"\xff"), "not JSON")
    assert told == Refused(
        Reason("http-401", ReasonClass.ACCOUNT, "authentication failed"), "HTTP 401"
    )
    for status in (200, 201, 204, 302, 408, 500, 503):
        open_ = without_body(TWILIO, answer(status, b"\xffabc"), "the body is not JSON")
        assert isinstance(open_, Unreadable)
        assert open_.raw == "\ufffdabc"


def test_an_answer_to_a_question_is_read_or_cannot_be() -> None:
    """No success is no answer."""
    assert polled_json(answer(200, {"a": 1})) == {"a": 1}
    for bad in (answer(404, {"a": 1}), answer(200, b"x"), answer(500)):
        with pytest.raises(UnreadableError):
            polled_json(bad)


def test_a_call_a_vendor_has_not_is_named() -> None:
    """With the adapter's name, and what to do about it."""
    error = cannot("meta", "has no such call", hint="Wait.")
    assert (str(error), error.hint) == ("meta has no such call", "Wait.")
    assert is_success(204)
    assert not is_success(304)
