"""The vendors' times."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.adapters.instants import seconds_of

INSTANTS = st.datetimes(
    datetime(1, 1, 3),  # noqa: DTZ001 # hypothesis wants bounds without a zone
    datetime(9999, 12, 29),  # noqa: DTZ001 # hypothesis wants bounds without a zone
    timezones=st.just(UTC),
).map(lambda at: at.replace(microsecond=0))
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


@given(INSTANTS, OFFSETS)
def test_the_calendar_is_that_of_the_standard_library(at: datetime, zone: timezone) -> None:
    """In each of the ways vendors write it."""
    there = at.astimezone(zone)
    seconds = int((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    written = [
        there.isoformat(),
        there.strftime("%Y-%m-%d %H:%M:%S%z").rjust(24, "0"),
        at.strftime("%Y-%m-%dT%H:%M:%S.123Z").rjust(24, "0"),
        at.strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0"),
        format_datetime(there) if at.year >= 1000 else there.isoformat(),
    ]
    assert [seconds_of(text) for text in written] == [seconds] * len(written)


def test_vendors_examples_are_read() -> None:
    """Dexatel's, Twilio's, Meta's, Vonage's, Infobip's."""
    assert seconds_of("2026-01-05 10:00:41") == 1_767_607_241
    assert seconds_of("Mon, 05 Jan 2026 10:00:41 +0000") == 1_767_607_241
    assert seconds_of("1767607241") == 1_767_607_241
    assert seconds_of("2026-01-05T10:00:41Z") == 1_767_607_241
    assert seconds_of("2026-01-05T11:00:41.000+0100") == 1_767_607_241


@pytest.mark.parametrize(
    "text",
    ["", "now", "2601051000x", "2026-13-05 10:00:00", "2026-00-05 10:00:00", "2026-01-32 10:00:00",
     "2026-01-05 24:00:00", "2026-01-05 10:60:00", "2026-01-05", "05 Jab 2026 10:00:00 +0000",
     "٢٠٢٦-٠١-٠٥ ١٠:٠٠:٠٠", "9" * 20, "2026-01-05T10:00:41Z\n"],
)  # fmt: skip
def test_what_is_no_time_is_not_guessed(text: str) -> None:
    """It is kept as written, and not turned into seconds."""
    assert seconds_of(text) is None


@given(st.text(max_size=40))
def test_no_text_raises(text: str) -> None:
    """Whatever stands where a time should."""
    assert seconds_of(text) is None or isinstance(seconds_of(text), int)
