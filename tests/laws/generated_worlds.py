"""Arbitrary small worlds: any plan, any providers for it, people with and without traits."""

from typing import Final

from hypothesis import strategies as st

from sandbox.cascade.events import Reason
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import Channel, ReasonClass, Status
from sandbox.simulation.distributions import Distribution, fixed, uniform
from sandbox.simulation.spec import (
    Burst,
    ChargedOn,
    Fault,
    Forced,
    KnownIneligible,
    LoadEntry,
    Population,
    ProviderSpec,
    Settings,
    Trait,
    Unreachable,
    WorldSpec,
)
from sandbox.simulation.world import World
from tests.laws.generated import plans
from tests.support.hand import us
from tests.support.worlds import deliveries, fault, percent, submits

TIMES: Final = st.sampled_from(
    [fixed(0), fixed(us(1)), fixed(us(3)), uniform(0, us(5)), uniform(0, us(40))]
)
SOME: Final = st.sampled_from([0, 0, 20, 100])
REASONS: Final = st.lists(
    st.builds(Reason, st.sampled_from(["1", "2"]), st.sampled_from(ReasonClass)), max_size=2
)


@st.composite
def providers(draw: st.DrawFn, name: str, channel: str, *, honest: bool) -> ProviderSpec:
    """Any provider; an honest one tells all it does and loses nothing on the way."""

    def time() -> Distribution:
        return draw(TIMES)

    tells = (Status.SENT, Status.DELIVERED, Status.READ)
    codes = draw(REASONS)
    choices = tuple((code, percent(100) // len(codes)) for code in codes)
    basis = draw(st.sampled_from(ChargedOn))
    silent = {} if honest else {"vanished": 10}
    cut = 0 if honest and basis is ChargedOn.SUBMITTED else draw(st.sampled_from([5, 40]))
    return ProviderSpec(
        name=name,
        channel=Channel(channel),
        settings=Settings(
            submit_latency=fixed(us(1)) if honest else time(),
            submit_outcomes=submits(
                refused_permanent=draw(SOME) / 10,
                refused_temporary=draw(SOME) / 4,
                throttled=5,
                timeout_accepted=cut,
                timeout_not_accepted=min(cut, 5),
            ),
            delivery_time=time(),
            delivery_outcomes=deliveries(rejected=10, failed=draw(SOME) / 2, filtered=5, **silent),
            read_share=percent(60),
            read_after=time(),
            store_for_us=us(20),
            retry_every_us=draw(st.sampled_from([None, us(3)])),
            receipt_delay=time(),
            receipt_lost=0 if honest else percent(draw(SOME)),
            receipt_late_share=percent(draw(SOME)),
            receipt_late_by=time(),
            price_nano=draw(st.sampled_from([0, 45])),
            validity_us=draw(st.sampled_from([None, us(10)])),
            reasons=tuple((word, choices) for word in ("failed", "refused.temporary") if choices),
        ),
        reports=frozenset(tells if honest else draw(st.sets(st.sampled_from(tells)))),
        charged_on=basis,
        refunded_on=frozenset(draw(st.sets(st.sampled_from([Status.FAILED, Status.EXPIRED])))),
    )


TRAITS: Final = (
    Trait(
        name="off",
        share=percent(30),
        hits=frozenset({Channel("sms"), Channel("viber")}),
        effect=Unreachable(us(10), us(10)),
    ),
    Trait(
        name="no_wa",
        share=percent(30),
        hits=frozenset({Channel("whatsapp")}),
        effect=Forced("refused.permanent"),
    ),
    Trait(
        name="no_viber",
        share=percent(30),
        hits=frozenset({Channel("viber")}),
        effect=KnownIneligible(),
    ),
)


@st.composite
def worlds(draw: st.DrawFn, *, honest: bool = False) -> World:
    """Any small world that comes to rest."""
    plan: Plan = draw(plans("plan"))
    specs = {
        name: draw(providers(name, level.channel, honest=honest))
        for level in plan.levels
        for name in level.providers
    }
    faults: list[Fault] = []
    if not honest and draw(st.booleans()):
        faults = [
            fault("receipts.lost", percent(70), at=1, lasts=9, recover=9, name=next(iter(specs)))
        ]
    load: tuple[LoadEntry, ...] = (
        Burst(plan=0, at_us=0, count=draw(st.integers(1, 6))),
        Burst(plan=0, at_us=us(3), count=draw(st.integers(0, 3))),
    )
    return World(
        WorldSpec(
            seed=draw(st.integers(0, 1000)),
            plans=(plan,),
            providers=tuple(specs.values()),
            population=Population(
                size=20, countries=(("DE", percent(50)), ("PL", percent(50))), traits=TRAITS
            ),
            load=load,
            faults=tuple(faults),
        )
    )
