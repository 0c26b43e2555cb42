"""Drawn plans: levels, waits, retries, and what ends a message."""

from dataclasses import replace
from typing import Final

from sandbox.cascade.plan import Backoff, Level, Plan, QuietHours, Retries
from sandbox.cascade.vocabulary import (
    LISTABLE_TRIGGERS,
    Channel,
    Conflict,
    LateSuccess,
    OnExpired,
    OnUnknown,
    Origin,
    QuietPolicy,
    Retriable,
    Status,
    Trigger,
)
from tests.support.hand import us
from tests.trust.drawing import CHANNELS, Draw
from tests.trust.lots import Lots

NOON_US: Final = us(12 * 3600)
"""The time of day at which runs begin for most people."""
_TIMERS: Final = frozenset({Trigger.NO_RECEIPT, Trigger.NOT_READ, Trigger.NOT_VERIFIED})


def draw_plan(draw: Draw, nth: int) -> Plan:
    lots = draw.lots(f"plan {nth}")
    count = lots.between(2, 3) if draw.on("more levels") else 1
    bounded = draw.on("no deadline")
    channels = lots.shuffled(CHANNELS)[:count] if lots.happens(30) else CHANNELS[:count]
    tight = lots.one_of((3, 9, 20, 40))
    deadline = None if bounded else us(tight if draw.on("tight deadline") else 300)
    late = LateSuccess.IGNORE if draw.on("late success ignored") else LateSuccess.RECORD
    if draw.on("recall") and lots.happens(90):
        late = LateSuccess.CANCEL_NEXT
    lifetime = us(lots.between(5, 60)) if lots.happens(50) else None
    has_own_codes, remembered = lots.happens(40), us(lots.between(20, 100))
    conflict = lots.one_of(tuple(Conflict))
    text = lots.one_of(("a" * 200, "ł" * 150))
    levels = [_level(draw, lots, channel, bounded=bounded) for channel in channels]
    if draw.on("side by side"):
        levels[1:] = [replace(each, parallel=lots.happens(60)) for each in levels[1:]]
    return Plan(
        name=f"plan {nth}",
        levels=tuple(levels),
        deadline_us=deadline,
        late_success=late,
        conflict=conflict if draw.on("conflict") else Conflict.BEST,
        text=text if draw.on("long text") else "",
        stops_on_verified=draw.on("codes"),
        code_lifetime_us=lifetime if draw.on("codes") else None,
        has_code_per_level=has_own_codes and draw.on("codes"),
        remember_us=remembered if draw.on("memory") else None,
    )


def _level(draw: Draw, lots: Lots, channel: str, *, bounded: bool) -> Level:
    """A level; with a wait whose end means something when nothing else would bound it."""
    success = Status.DELIVERED
    if draw.on("early success") and lots.happens(50):
        success = lots.one_of((Status.ACCEPTED, Status.SENT))
    elif draw.on("read success") and lots.happens(50):
        success = Status.READ
    on_unknown = OnUnknown.WAIT
    if draw.on("resend") and lots.happens(70):
        on_unknown = OnUnknown.RESEND
    elif draw.on("next on unknown") and lots.happens(70):
        on_unknown = OnUnknown.NEXT
    wait = us(lots.one_of((2, 5, 9, 20, 60)))
    has_wait = bounded or not draw.on("no wait") or lots.happens(50)
    listed = frozenset(LISTABLE_TRIGGERS)
    if draw.on("short next_on"):
        listed = frozenset(lots.some_of(LISTABLE_TRIGGERS, 60))
        listed |= _TIMERS if bounded else frozenset()
    origin = lots.one_of(tuple(Origin))
    expired = lots.happens(60) and draw.on("stop on expired")
    abroad = lots.happens(40) and draw.on("countries")
    backups = lots.between(2, 3) if draw.on("backup providers") else 1
    return Level(
        channel=Channel(channel),
        providers=tuple(f"{channel}-{letter}" for letter in "abc"[:backups]),
        success=success,
        submit_timeout_us=us(lots.one_of((2, 5, 10))),
        wait_us=wait if has_wait else None,
        origin=origin if draw.on("origins") else Origin.ACCEPTED,
        validity_us=us(7) if lots.happens(30) and draw.on("validity") else None,
        retries=_retries(draw, lots),
        on_unknown=on_unknown,
        on_expired=OnExpired.STOP if expired else OnExpired.CONTINUE,
        next_on=listed,
        countries=frozenset({"DE"}) if abroad else None,
        verify_within_us=us(lots.between(2, 30)) if lots.happens(50) else None,
        quiet=_quiet_hours(lots) if draw.on("quiet hours") and lots.happens(70) else None,
    )


def _quiet_hours(lots: Lots) -> QuietHours:
    """Hours of some seconds, around the time at which a run takes place."""
    begin = NOON_US + us(lots.between(-20, 60))
    length = us(lots.between(5, 60))
    return QuietHours(from_us=begin, to_us=begin + length, policy=lots.one_of(tuple(QuietPolicy)))


def _retries(draw: Draw, lots: Lots) -> Retries:
    backoff = Backoff(
        first_us=us(lots.one_of((1, 2, 5))),
        factor_ppm=lots.one_of((1_000_000, 1_500_000, 2_000_000)),
        max_us=us(lots.one_of((3, 30))),
        jitter_ppm=0 if draw.coarse else lots.one_of((0, 200_000)),
    )
    most = lots.one_of((1, 1, 2, 12))
    on = frozenset(lots.some_of(tuple(Retriable), 80))
    return Retries(max=most, on=on, backoff=backoff) if draw.on("retries") else Retries(max=0)
