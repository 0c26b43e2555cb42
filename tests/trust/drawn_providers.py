"""Drawn providers: what they make of messages, their receipts, limits, prices, and being healed."""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from sandbox.cascade.circuit import Breaker
from sandbox.cascade.events import Reason
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import Channel, ReasonClass, Status
from sandbox.simulation.distributions import Distribution
from sandbox.simulation.spec import (
    DELIVERY_OUTCOMES,
    PATHS,
    PPB,
    SUBMIT_OUTCOMES,
    Change,
    ChargedOn,
    HandChange,
    Outcomes,
    Over,
    OverAnswer,
    OverDrop,
    OverQueue,
    ProviderSpec,
    Reasons,
    Scale,
    Settings,
    SettingValue,
    outcomes,
)
from tests.support.hand import us
from tests.support.worlds import deliveries, percent, submits
from tests.trust.drawing import A_DAY, Draw
from tests.trust.lots import Lots


def draw_provider(draw: Draw, name: str, channel: Channel) -> ProviderSpec:
    lots = draw.lots(f"provider {name}")
    reports = frozenset({Status.DELIVERED})
    if draw.on("sent receipts"):
        reports |= {Status.SENT}
    if draw.on("read") and lots.happens(70):
        reports |= {Status.READ}
    basis, refunds = lots.one_of(tuple(ChargedOn)), (Status.FAILED, Status.EXPIRED)
    is_parted, per_segment = lots.happens(80), lots.happens(50)
    opening = Breaker(open_after=lots.one_of((None, 1, 2, 3)), for_us=us(lots.between(1, 30)))
    return ProviderSpec(
        name=name,
        channel=channel,
        settings=_settings(draw, lots),
        reports=reports,
        charged_on=basis if draw.on("charge bases") else ChargedOn.ACCEPTED,
        per_segment=per_segment,
        refunded_on=frozenset(lots.some_of(refunds, 70)) if draw.on("refunds") else frozenset(),
        echoes_reference=not (draw.on("no echo") and lots.happens(60)),
        receipts_per_segment=draw.on("segment receipts") and is_parted,
        over=_over(lots),
        quota_over=_over(lots),
        quota_per_us=us(30),
        breaker=opening if draw.on("breakers") else None,
        can_recall=draw.on("recall") and lots.happens(80),
    )


def _over(lots: Lots) -> Over:
    stay_away = OverAnswer("refused.temporary", us(7))
    choices: tuple[Over, ...] = (OverDrop(), OverQueue(), OverAnswer(), stay_away)
    return lots.one_of(choices)


def _settings(draw: Draw, lots: Lots) -> Settings:
    latency = 12 if draw.on("slow answers") else 2
    far = 90 if draw.on("very slow") else 12 if draw.on("slow") else 3
    return Settings(
        submit_latency=draw.time(lots, latency),
        submit_outcomes=submits(
            refused_permanent=draw.share("refused for good", lots, 15),
            refused_temporary=draw.share("refused for now", lots, 30),
            throttled=draw.share("throttled", lots, 20),
            timeout_not_accepted=draw.share("dropped", lots, 15),
            timeout_accepted=draw.share("cut off", lots, 20),
        ),
        delivery_time=draw.time(lots, far),
        delivery_outcomes=deliveries(
            rejected=draw.share("rejected", lots, 15),
            failed=draw.share("failed", lots, 30),
            partial=draw.share("partial", lots, 30),
            vanished=draw.share("vanished", lots, 10),
            filtered=draw.share("filtered", lots, 10),
        ),
        read_share=percent(70) if draw.on("read") else 0,
        read_after=draw.time(lots, 9),
        store_for_us=us(lots.between(5, 60)),
        retry_every_us=lots.one_of((None, us(3))),
        receipt_delay=draw.time(lots, 4),
        price_nano=lots.between(1, 99) if draw.on("prices") else 0,
        validity_us=us(lots.between(3, 30)) if draw.on("validity") else None,
        reasons=draw_reasons(lots) if draw.on("reasons") else (),
        **_receipt_faults(draw, lots),
        **_limits(draw, lots),
    )


def draw_reasons(lots: Lots) -> Reasons:
    """Reasons of any class for all that may go wrong."""
    words = ("refused.permanent", "refused.temporary", "throttled", "failed", "rejected")
    told = []
    for word in words:
        classes = [lots.one_of(tuple(ReasonClass)) for _ in range(lots.between(1, 2))]
        reasons = [Reason(f"{nth}", each, word) for nth, each in enumerate(classes)]
        told.append((word, tuple((reason, PPB // len(reasons)) for reason in reasons)))
    return tuple(told)


def _receipt_faults(draw: Draw, lots: Lots) -> dict[str, Any]:
    most = lots.between(1, 3)
    return {
        "receipt_lost": percent(draw.share("lost", lots)),
        "receipt_late_share": percent(draw.share("late", lots)),
        "receipt_late_by": draw.time(lots, 60),
        "receipt_duplicated_share": percent(draw.share("duplicated", lots)),
        "receipt_copies": (lots.between(1, most), most),
        "receipt_gap": draw.time(lots, 9),
        "receipt_reordered_share": percent(draw.share("reordered", lots)),
        "receipt_reordered_within_us": us(lots.between(1, 30)),
        "receipt_before_reply": percent(draw.share("before reply", lots)),
        "receipt_contradictory": percent(draw.share("contradictory", lots)),
        "receipt_unknown_id": percent(draw.share("unknown id", lots)),
        "receipt_batch_every_us": us(lots.between(2, 9)) if draw.on("batched") else None,
    }


def _limits(draw: Draw, lots: Lots) -> dict[str, Any]:
    rate, burst = lots.one_of((A_DAY, A_DAY // 4)), lots.between(1, 4)
    return {
        "limit_rate": rate if draw.on("rate limit") else None,
        "limit_burst": burst,
        "quota_count": lots.between(2, 6) if draw.on("quota") else None,
    }


def reporting(spec: ProviderSpec, plans: tuple[Plan, ...]) -> ProviderSpec:
    """The provider, telling all that a level that uses it waits for; `check` refuses others."""
    uses = [level for plan in plans for level in plan.levels if spec.name in level.providers]
    needed = {level.success for level in uses} - {Status.ACCEPTED}
    return replace(spec, reports=spec.reports | needed)


IDEAL: Final = Settings()
IDEAL_VALUES: Final[Mapping[str, SettingValue]] = {
    path: getattr(IDEAL, field) for path, field in PATHS.items()
} | {"delivery.read.share": PPB}
"""Every setting of a provider that answers, delivers and tells at once, and is read by all."""


def healing(spec: ProviderSpec, at_us: int) -> tuple[HandChange, ...]:
    """The changes that make a provider ideal, whatever faults are on; its price may stay."""
    return tuple(
        HandChange(at_us=at_us, provider=spec.name, path=path, change=Change(path, value, "ideal"))
        for path, value in IDEAL_VALUES.items()
        if path != "price.amount"
    )


# What it may change to ---------------------------------------------------------------------------


def draw_value(draw: Draw, path: str, lots: Lots) -> SettingValue:
    """A new value for a setting, mostly for the worse."""
    field = getattr(IDEAL, PATHS[path])
    if isinstance(field, Outcomes):
        order = SUBMIT_OUTCOMES if path == "submit.outcomes" else DELIVERY_OUTCOMES
        word = lots.one_of(order)
        return outcomes(order, {word: PPB // 2} if word != order[-1] else {})
    if isinstance(field, Distribution):
        shaped: tuple[SettingValue, ...] = (draw.time(lots, 20), _scale(lots))
        return lots.one_of(shaped)
    match path:
        case "delivery.reasons":
            return draw_reasons(lots)
        case "receipts.duplicated.copies":
            return (1, lots.between(1, 3))
        case "delivery.unreachable.retry_every" | "validity":
            return lots.one_of((None, us(lots.between(2, 20))))
        case "delivery.unreachable.store_for" | "receipts.reordered.within":
            return us(lots.between(1, 20))
        case "receipts.batched.every":
            return us(lots.between(1, 9))
        case _:
            return _number(path, lots)


def _scale(lots: Lots) -> Scale:
    return Scale(Fraction(lots.between(0, 8), 2))


def _number(path: str, lots: Lots) -> SettingValue:
    match path:
        case "limits.rate":
            return A_DAY // lots.between(1, 8)
        case "limits.burst" | "limits.quota.count":
            return lots.between(1, 3)
        case "price.amount":
            dear: tuple[SettingValue, ...] = (lots.between(0, 99), Scale(Fraction(3)))
            return lots.one_of(dear)
        case _:
            return percent(lots.between(0, 100))
