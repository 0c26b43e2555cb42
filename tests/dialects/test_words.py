"""What comes in, what is to be said, and how vendors write ids, times and amounts."""

import re
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sandbox.adapters.codec import SMS, VIBER, WHATSAPP
from sandbox.adapters.instants import seconds_of
from sandbox.adapters.wire import Price, price_of
from sandbox.cascade.vocabulary import Status
from sandbox.dialects.words import (
    Inability,
    Lacks,
    Request,
    Submitted,
    Taken,
    amount,
    digest_of,
    iso_time,
    mail_time,
    parts_of,
    plain_time,
    uuid_of,
)


@pytest.mark.parametrize(
    ("headers", "is_proven"),
    [
        ((), False),
        ((("authorization", "Bearer x"),), True),
        ((("Authorization", "bearer x"),), True),
        ((("Authorization", "Bearer "),), False),
        ((("Authorization", "Basic x"),), False),
        ((("Authorization", "Bearer x"), ("Authorization", "Bearer y")), False),
    ],
)
def test_that_somebody_proves_himself_is_all_that_is_looked_at(
    headers: tuple[tuple[str, str], ...], is_proven: bool
) -> None:
    """Authorisation: its presence, in the right scheme, once."""
    assert Request("GET", "/", headers, b"").is_proven("Authorization", "bearer ") is is_proven


def test_a_header_without_a_scheme() -> None:
    """Authorisation: a key alone in a header of its own."""
    assert Request("GET", "/", (("X-Key", "k"),), b"").is_proven("X-Key")
    assert not Request("GET", "/", (("X-Key", ""),), b"").is_proven("X-Key")


def test_the_route_is_the_path_without_its_query() -> None:
    """Paths: as they came."""
    assert Request("GET", "/a/b?c=/d?", (), b"").route == "/a/b"


def test_the_parts_of_a_message() -> None:
    """S30: segments of an SMS; of anything else there is one."""

    def of(channel: object, text: str | None) -> int:
        return parts_of(Submitted(channel=channel, recipient="+37490000001", text=text))  # type: ignore[arg-type]  # a channel

    assert [of(SMS, "a" * 161), of(SMS, "ł" * 70), of(SMS, None)] == [2, 1, 1]
    assert [of(WHATSAPP, "a" * 500), of(VIBER, "a" * 500)] == [1, 1]


def test_the_reference_comes_back_where_it_is_echoed() -> None:
    """S7: else there is none."""
    submitted = Submitted(channel=SMS, recipient="+37490000001", reference="r")
    assert Taken(submitted=submitted, provider_id="x").reference == "r"
    assert Taken(submitted=submitted, provider_id="x", echoes=False).reference == ""


def test_an_inability_is_about_statuses_channels_and_parts() -> None:
    """Tables: what is not named is everything."""
    any_of_them = Inability(Lacks.PRICE, "None.")
    assert any_of_them.is_about(Status.SENT, SMS)
    some = Inability(Lacks.STATUS, "None.", statuses=(Status.READ,), channels=(SMS,), parts_from=2)
    assert some.is_about(Status.READ, SMS, 2)
    assert not some.is_about(Status.READ, SMS, 1)
    assert not some.is_about(Status.READ, VIBER, 2)
    assert not some.is_about(Status.SENT, SMS, 2)


def test_names_are_derived() -> None:
    """Ids: the same for the same message of the same vendor, another for any other."""
    assert digest_of("a", 1) == digest_of("a", 1)
    assert len({digest_of(v, n) for v in "ab" for n in range(-50, 50)}) == 200
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}",
                        uuid_of("a", 1))  # fmt: skip


def test_times_as_vendors_write_them() -> None:
    """Times: three forms of one instant, in UTC and in English."""
    at_s = 1_767_607_241
    assert plain_time(at_s) == "2026-01-05 10:00:41"
    assert iso_time(at_s) == "2026-01-05T10:00:41Z"
    assert mail_time(at_s) == "Mon, 05 Jan 2026 10:00:41 +0000"
    assert plain_time(-5) == "1970-01-01 00:00:00"
    assert plain_time(1 << 60).startswith("9999-12-31")


@given(st.integers(0, 253_402_300_799))
@example(951_782_400)  # a leap day of a century
@example(4_107_542_399)  # the last second of a February without one
def test_a_time_is_read_again(at_s: int) -> None:
    """Times: our own reading of each form gives the same instant."""
    for written in (plain_time(at_s), iso_time(at_s), iso_time(at_s, ".000+0000"), mail_time(at_s)):
        assert seconds_of(written) == at_s
    moment = datetime.fromtimestamp(at_s, UTC)
    assert plain_time(at_s) == moment.strftime("%Y-%m-%d %H:%M:%S")
    assert mail_time(at_s) == format_datetime(moment)


@given(st.integers(0, 10**17))
def test_an_amount_is_read_again(nano: int) -> None:
    """Money: to the last billionth, and without needless digits."""
    written = amount(Price(nano, "EUR"))
    assert price_of(written, "EUR") == Price(nano, "EUR")
    assert not written.endswith(("0", ".")) or "." not in written
