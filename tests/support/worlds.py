"""Small simulated worlds: times in seconds, shares in percent, money in billionths.

Everything is fixed unless asked for, so that a test can say at which second what happens: a
provider answers after 1 s, the handset has the message 4 s after the acceptance, and the receipt
comes 1 s later.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from sandbox.cascade.events import Reason
from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import SECOND_US, Channel, OnUnknown, ReasonClass, Status
from sandbox.journal.entry import RUN_KINDS, WORLD_KINDS
from sandbox.simulation.distributions import Distribution, fixed, uniform
from sandbox.simulation.spec import (
    DELIVERY_OUTCOMES,
    PPB,
    SUBMIT_OUTCOMES,
    Burst,
    Change,
    ChargedOn,
    Fault,
    Forced,
    KnownIneligible,
    LoadEntry,
    Population,
    ProviderSpec,
    Reasons,
    Settings,
    SettingValue,
    Trait,
    Unreachable,
    WorldSpec,
    outcomes,
)
from sandbox.simulation.world import World
from tests.support.hand import Seconds, level, plan, told, us

EVERYBODY: Final = PPB
GONE: Final = Reason("30005", ReasonClass.PERMANENT_RECIPIENT, "unknown number")
BUSY: Final = Reason("30017", ReasonClass.TRANSIENT, "carrier busy")


def percent(share: float) -> int:
    """A share as parts per billion."""
    return round(share * PPB / 100)


def submits(**shares: float) -> Any:
    """Submit outcomes in percent, `_` for the dot: `submits(refused_permanent=5)`."""
    return outcomes(SUBMIT_OUTCOMES, _shares(shares, SUBMIT_OUTCOMES))


def deliveries(**shares: float) -> Any:
    """Delivery outcomes in percent."""
    return outcomes(DELIVERY_OUTCOMES, _shares(shares, DELIVERY_OUTCOMES))


def _shares(shares: Mapping[str, float], order: Sequence[str]) -> dict[str, int]:
    by_name = {word.replace(".", "_"): word for word in order}
    return {by_name[name]: percent(share) for name, share in shares.items()}


def always(outcome: str, *reasons: Reason) -> tuple[str, tuple[tuple[Reason, int], ...]]:
    """The reasons of an outcome, all equally likely."""
    return outcome, tuple((reason, PPB // len(reasons)) for reason in reasons)


def provider(
    name: str = "sms",
    *,
    channel: str = "",
    latency: Seconds | Distribution = 1,
    delivery: Seconds | Distribution = 4,
    delay: Seconds | Distribution = 1,
    reasons: Reasons = (),
    reports: Sequence[Status] = (Status.DELIVERED,),
    charged_on: ChargedOn = ChargedOn.ACCEPTED,
    refunded_on: Sequence[Status] = (),
    per_segment: bool = False,
    more: Mapping[str, Any] = MappingProxyType({}),
    **settings: Any,
) -> ProviderSpec:
    """A provider that works perfectly unless `settings` say otherwise; `name` is its channel.

    `more` is what else there is of a `ProviderSpec`.
    """
    return ProviderSpec(
        name=name,
        channel=Channel(channel or name),
        settings=Settings(
            submit_latency=_time(latency),
            delivery_time=_time(delivery),
            receipt_delay=_time(delay),
            reasons=reasons,
            **settings,
        ),
        reports=frozenset(reports),
        charged_on=charged_on,
        per_segment=per_segment,
        refunded_on=frozenset(refunded_on),
        **more,
    )


def _time(value: Seconds | Distribution) -> Distribution:
    return value if isinstance(value, Distribution) else fixed(us(value))


def fault(
    path: str,
    value: SettingValue,
    *,
    at: Seconds = 0,
    lasts: Seconds = 1000,
    recover: Seconds = 0,
    name: str = "sms",
    id: str = "fault",  # noqa: A002 - the word of the scenario file
) -> Fault:
    """A fault that changes one setting."""
    changes = (Change(path, value, "so"),)
    return Fault(
        id=id,
        provider=name,
        at_us=us(at),
        for_us=us(lasts),
        changes=changes,
        recover_us=us(recover),
    )


def trait(name: str, effect: Any, *channels: str, share: int = EVERYBODY) -> Trait:
    """A trait that everybody has, unless told."""
    return Trait(name=name, share=share, hits=frozenset(map(Channel, channels)), effect=effect)


def forced(outcome: str, reason: Reason | None = None) -> Forced:
    """What the provider makes of whoever has the trait."""
    return Forced(outcome, reason)


def world(
    its_plan: Plan | Sequence[Plan],
    *providers: ProviderSpec,
    load: Sequence[LoadEntry] | int = 1,
    traits: Sequence[Trait] = (),
    population: Population | None = None,
    faults: Sequence[Fault] = (),
    seed: int = 1,
    **more: Any,
) -> World:
    """A world at instant 0; `load` as a number is a burst at 0."""
    if isinstance(load, int):
        load = (Burst(plan=0, at_us=0, count=load),)
    return World(
        WorldSpec(
            seed=seed,
            plans=(its_plan,) if isinstance(its_plan, Plan) else tuple(its_plan),
            providers=providers,
            population=population or Population(traits=tuple(traits)),
            load=tuple(load),
            faults=tuple(faults),
            **more,
        )
    )


_PROVIDERS = (("sms", "sms"), ("whatsapp", "whatsapp"), ("wa2", "whatsapp"), ("viber", "viber"))

MIXED = plan(
    level(wait=20, retries=1, timeout=3, on_unknown=OnUnknown.RESEND),
    level("whatsapp", wait=25, via=["whatsapp", "wa2"]),
    level("viber", wait=30),
    deadline=120,
)
"""A plan on which, with the providers of `mixed`, everything happens to somebody."""


def mixed(load: int = 150, seed: int = 7) -> World:
    """A world in which everything happens to somebody."""
    reasons = (always("refused.permanent", GONE), always("refused.temporary", BUSY))
    bad = submits(
        refused_permanent=10, refused_temporary=15, throttled=5, timeout_accepted=8,
        timeout_not_accepted=4,
    )  # fmt: skip
    lots: dict[str, Any] = {
        "latency": uniform(0, us(4)), "delivery": uniform(0, us(40)), "delay": uniform(0, us(9)),
        "submit_outcomes": bad, "reasons": reasons, "price_nano": 7, "receipt_lost": percent(5),
        "receipt_late_share": percent(5), "receipt_late_by": uniform(0, us(60)),
        "delivery_outcomes": deliveries(rejected=5, failed=15, filtered=3),
        "reports": [Status.SENT, Status.DELIVERED, Status.READ], "read_share": percent(60),
        "read_after": uniform(0, us(20)),
    }  # fmt: skip
    its_faults = [
        fault("receipts.lost", percent(60), at=20, lasts=30, recover=20),
        fault(
            "submit.outcomes",
            submits(refused_temporary=100),
            at=5,
            lasts=9,
            id="down",
            name="viber",
        ),
    ]
    return world(
        MIXED,
        *(provider(name, channel=channel, **lots) for name, channel in _PROVIDERS),
        load=[Burst(plan=0, at_us=us(at), count=load // 3) for at in (0, 10, 20)],
        traits=[
            trait("off", Unreachable(us(20), us(60)), "sms", "whatsapp", share=percent(30)),
            trait("no_wa", forced("refused.permanent", GONE), "whatsapp", share=percent(20)),
            trait("no_viber", KnownIneligible(), "viber", share=percent(20)),
        ],
        faults=its_faults,
        seed=seed,
    )


def events(its_world: World) -> Iterator[list[Fact]]:
    """Every event of a world until it is quiet, as the lines it led to."""
    while its_world.peek() is not None:
        yield its_world.step()


def run(its_world: World) -> list[Fact]:
    """Let everything happen; gives the whole log."""
    return [fact for facts in events(its_world) for fact in facts]


def lines(facts: Sequence[Fact], message: int = 1) -> list[str]:
    """The lines of a message in words, truth included."""
    return [told_world(fact) for fact in facts if fact[2] == message]


def kinds(facts: Sequence[Fact]) -> list[str]:
    """The kinds of lines, in order."""
    return [fact[5] for fact in facts]


def told_world(fact: Fact) -> str:
    """As `told`, with what lines of the world and the run have to say."""
    kind, detail = fact[5], fact[7]
    if kind == "billed":
        return f"{told(fact)} {detail.number('amount_nano')}"
    if kind in RUN_KINDS:
        words = [detail.text(name) for name in ("fault", "provider", "path", "value")]
        return " ".join([f"{fact[1] / SECOND_US:g}", kind, *filter(None, words)])
    return told(fact)


def is_truth(fact: Fact) -> bool:
    """Whether only the world could write this line."""
    return fact[5] in WORLD_KINDS


def bill(facts: Sequence[Fact]) -> dict[tuple[int, int, int], int]:
    """What each attempt really costs: the sum of what was billed."""
    total: dict[tuple[int, int, int], int] = {}
    for _, _, message, index, attempt, kind, _, detail in facts:
        if kind == "billed" and message and index is not None and attempt:
            where = (message, index, attempt)
            total[where] = total.get(where, 0) + detail.number("amount_nano")
    return total


def ledger(facts: Sequence[Fact]) -> dict[tuple[int, int, int], int]:
    """What each attempt is known to cost: what its latest answer or receipt said."""
    known: dict[tuple[int, int, int], int] = {}
    says = ("accepted", "refused", "throttled", "receipt", "late_receipt", "segment_receipt")
    for _, _, message, index, attempt, kind, _, detail in facts:
        if kind in says and message and index is not None and attempt:
            known[message, index, attempt] = detail.number("owed_nano")
    return known
