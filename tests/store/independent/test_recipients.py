"""The rules of recipients as the documents have them: each line that breaks one is named."""

from types import SimpleNamespace
from typing import Any, Final

import pytest

from tests.store.independent.circuits import duration_us
from tests.store.independent.recipients import Recipients

HOUR: Final = 3600 * 10**6
NIGHT: Final = {"from": "21:00", "to": "08:00"}
GONE: Final = {"class": "permanent-recipient"}


def recipients(policy: str = "hold", *, clock: int = 23) -> Recipients:
    """Message 1 at some hour of its recipient's day; only SMS keeps quiet hours."""
    cascade = {
        "quiet_hours": {**NIGHT, "policy": policy},
        "remember": "30d",
        "levels": [{"channel": "sms"}, {"channel": "viber", "quiet_hours": "none"}],
    }
    told = Recipients({"cascades": {"c": cascade}}, duration_us)
    for number in (1, 2):
        told.begin(number, {"cascade": "c", "recipient": 7, "local_us": clock * HOUR})
    return told


def judged(told: Recipients, *lines: tuple[str, int, dict[str, Any]], level: int = 0) -> list[str]:
    """What is wrong about lines: kind, hour and detail."""
    attempt = SimpleNamespace(status="submitted")
    message = SimpleNamespace(
        number=1, level=level, outcome=None, attempts={(0, 1): attempt, (1, 1): attempt}
    )
    wrong: list[str] = []
    for kind, at, detail in lines:
        its = SimpleNamespace(kind=kind, at=at, level=level, attempt=1, detail=detail)
        wrong += told.judge(message, its)
    return wrong


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ([("held", 0, {"until_us": 9 * HOUR}), ("submitted", 9 * HOUR, {})], ""),
        ([("held", 0, {"until_us": 8 * HOUR})], "quiet hours end at 32400000000"),
        ([("held", 0, {"until_us": 9 * HOUR}), ("submitted", 9 * HOUR - 1, {})], "goes out at"),
        ([("submitted", 0, {})], "goes out in quiet hours"),
        ([("submitted", 9 * HOUR, {})], ""),
        ([("skipped", 0, {"reason": "quiet hours"})], "for quiet hours that are not"),
        ([("held", 10 * HOUR, {"until_us": 9 * HOUR})], "quiet hours end at None"),
        ([("held", 0, {"until_us": 9 * HOUR}), ("fell_back", 1, {}),
          ("submitted", 2, {})], "goes out in quiet hours"),
    ],
)  # fmt: skip
def test_quiet_hours_are_checked(lines: list[tuple[str, int, dict[str, Any]]], wrong: str) -> None:
    """Held until exactly their end, and never sent in them."""
    found = judged(recipients(), *lines)
    assert (wrong in found[0]) if wrong else (found == [])


def test_policies_and_levels_are_checked() -> None:
    """Skipped or dropped where it says so, and an exception is one."""
    skip = ("skipped", 0, {"reason": "quiet hours"})
    assert judged(recipients("skip"), skip) == judged(recipients("drop"), skip) == []
    assert judged(recipients("skip", clock=12), skip) != []
    assert judged(recipients("skip"), ("held", 0, {"until_us": 9 * HOUR})) != []
    assert judged(recipients(), ("submitted", 0, {}), level=1) == []
    message = SimpleNamespace(number=1, level=0)
    assert recipients("drop").drops(message, skip[2])
    assert not recipients("skip").drops(message, skip[2])
    assert not recipients("drop").drops(message, {})


def test_the_memory_is_checked() -> None:
    """Only after such a refusal, of this channel, and within its time."""
    known = ("skipped", HOUR, {"reason": "known from before"})
    assert judged(recipients(clock=12), known) != []
    told = recipients(clock=12)
    assert judged(told, ("refused", 0, GONE), known) == []
    assert judged(told, known, level=1) != []
    assert judged(told, ("submitted", HOUR, {})) != []
    later = 30 * 24 * HOUR
    assert judged(told, ("skipped", later, {"reason": "known from before"})) != []
    assert judged(told, ("submitted", later, {})) == []
    assert judged(recipients(clock=12), ("refused", 0, {"class": "transient"}), known) != []
    assert judged(recipients(clock=12), ("receipt", 0, GONE), known) == []
