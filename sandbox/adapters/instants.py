"""The vendors' times, as seconds since 1970 in UTC; for showing only, nothing is decided by them.

The calendar is computed: the proleptic Gregorian one, without leap seconds.
"""

import re
from typing import Final

_ISO: Final = re.compile(
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})[T ]"
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(?:\.[0-9]{1,9})?"
    r"\s?(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_MAIL: Final = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(?P<day>[0-9]{1,2}) (?P<month>[A-Z][a-z]{2}) (?P<year>[0-9]{4}) "
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2}) (?P<zone>[+-][0-9]{4})"
)
_UNIX: Final = re.compile(r"[0-9]{1,11}")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
                  "Dec")  # fmt: skip
_DAY_S: Final = 86_400


def seconds_of(text: str) -> int | None:
    """Read a vendor's time; None where it is written in no known way, or no such time exists.

    Known are ISO 8601 (`2026-01-05T10:00:41Z`, with a space or an offset, without one: UTC), RFC
    2822 (`Mon, 05 Jan 2026 10:00:41 +0000`) and seconds since 1970 (`1767607241`).
    """
    if _UNIX.fullmatch(text):
        return int(text)
    found = _ISO.fullmatch(text) or _MAIL.fullmatch(text)
    if found is None:
        return None
    word = found["month"]
    if word not in _MONTHS and not word.isdigit():
        return None
    month = int(word) if word.isdigit() else _MONTHS.index(word) + 1
    day, hour, minute, second = (int(found[n]) for n in ("day", "hour", "minute", "second"))
    is_time = 1 <= month <= 12 and 1 <= day <= 31 and hour <= 23 and minute <= 59 and second <= 60
    if not is_time:
        return None
    days = _days(int(found["year"]), month, day)
    return days * _DAY_S + hour * 3600 + minute * 60 + second - _offset(found["zone"])


def _offset(zone: str | None) -> int:
    if zone in {None, "Z"} or zone is None:
        return 0
    digits = zone[1:].replace(":", "")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if zone[0] == "-" else seconds


def _days(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01; years are counted from March, so that the leap day comes last."""
    shifted = year - (month <= 2)
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return shifted * 365 + shifted // 4 - shifted // 100 + shifted // 400 + of_year - 719_468
