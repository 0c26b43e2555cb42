"""A small run for tests: three levels with round figures, and as much trouble as is asked for."""

from fractions import Fraction
from typing import Any, Final

from sandbox.cascade.events import Reason
from sandbox.cascade.plan import Level, Plan
from sandbox.cascade.vocabulary import SECOND_US, Channel, ReasonClass, Status
from sandbox.simulation.distributions import fixed, lognormal
from sandbox.simulation.spec import (
    DELIVERY_OUTCOMES,
    PPB,
    Burst,
    LoadEntry,
    Poisson,
    Population,
    ProviderSpec,
    Settings,
    WorldSpec,
    outcomes,
)

UNREACHABLE: Final = Reason("30003", ReasonClass.TRANSIENT, "handset unreachable")


def _provider(channel: str, failed: int) -> ProviderSpec:
    """A provider named after its channel that fails so many percent of deliveries."""
    settings = Settings(
        submit_latency=fixed(100_000),
        delivery_time=lognormal(3 * SECOND_US, 12 * SECOND_US),
        delivery_outcomes=outcomes(DELIVERY_OUTCOMES, {"failed": failed * PPB // 100}),
        receipt_delay=fixed(500_000),
        price_nano=45_000_000,
        reasons=(("failed", ((UNREACHABLE, PPB),)),),
    )
    reports = frozenset({Status.SENT, Status.DELIVERED})
    return ProviderSpec(name=channel, channel=Channel(channel), settings=settings, reports=reports)


def small_run(
    *, seed: int = 1, load: tuple[LoadEntry, ...] = (), failed: int = 20, **others: Any
) -> WorldSpec:
    """Three levels, each losing `failed` percent; a burst of 200 unless another load is given."""
    channels = ("sms", "whatsapp", "viber")
    levels = tuple(
        Level(channel=Channel(name), providers=(name,), wait_us=20 * SECOND_US) for name in channels
    )
    return WorldSpec(
        seed=seed,
        plans=(Plan(name="otp", levels=levels),),
        providers=tuple(_provider(name, failed) for name in channels),
        population=Population(size=50),
        load=load or (Burst(plan=0, at_us=0, count=200),),
        **others,
    )


def steady(rate: int, seconds: int) -> Poisson:
    """Independent arrivals at so many a second."""
    return Poisson(plan=0, at_us=0, for_us=seconds * SECOND_US, rate=Fraction(rate))
