"""What a message may cost at most."""

from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from sandbox.cascade.plan import ATTEMPTS_PER_LEVEL_MAX, Level, Plan, Retries
from sandbox.cascade.vocabulary import Channel, OnUnknown
from sandbox.simulation.highest_price import Bound, Step, Tariff, bound_of, steps_of

SMS: Final = Channel("sms")
VIBER: Final = Channel("viber")
LONG: Final = "x" * 161
"""Two segments."""


def plan(*levels: Level, text: str = "hello") -> Plan:
    return Plan(name="p", text=text, levels=levels)


def level(*providers: str, channel: Channel = SMS, retries: int = 0, **more: object) -> Level:
    return Level(channel=channel, providers=providers, retries=Retries(max=retries), **more)  # type: ignore[arg-type]  # of a level's own fields


def most(of: Plan, **tariffs: Tariff | None) -> Bound:
    return bound_of(steps_of(of, tariffs))


def test_one_submission_costs_the_price_of_its_provider() -> None:
    assert most(plan(level("a")), a=Tariff(5)) == Bound(1, 5)


def test_a_price_per_segment_counts_the_segments_of_the_text_of_that_level() -> None:
    """GSM-7 160 characters and UCS-2 70 are one; the level's own text counts, not the plan's."""
    per_segment = Tariff(5, per_segment=True)
    assert most(plan(level("a"), text=LONG), a=per_segment) == Bound(1, 10)
    assert most(plan(level("a"), text="ж" * 71), a=per_segment) == Bound(1, 10)
    assert most(plan(level("a", text="short"), text=LONG), a=per_segment) == Bound(1, 5)


def test_other_channels_have_no_segments() -> None:
    viber = level("a", channel=VIBER)
    assert most(plan(viber, text=LONG), a=Tariff(5, per_segment=True)) == Bound(1, 5)


def test_every_level_provider_and_retry_counts() -> None:
    """Two levels, two providers in the first, two retries at each."""
    of = plan(level("a", "b", retries=2), level("c", channel=VIBER, retries=2))
    assert most(of, a=Tariff(1), b=Tariff(10), c=Tariff(100)) == Bound(9, 3 + 30 + 300)


def test_a_level_makes_ten_attempts_and_the_dearest_are_assumed() -> None:
    of = plan(level("a", "b", retries=8))
    assert most(of, a=Tariff(1), b=Tariff(10)) == Bound(10, 9 * 10 + 1)


def test_retries_that_never_come_about_are_not_counted() -> None:
    """None of the answers is retried, and an unknown one is waited for."""
    never = Level(channel=SMS, providers=("a",), retries=Retries(max=3, on=frozenset()))
    assert most(plan(never), a=Tariff(1)) == Bound(1, 1)
    resent = Level(
        channel=SMS,
        providers=("a",),
        retries=Retries(max=3, on=frozenset()),
        on_unknown=OnUnknown.RESEND,
    )
    assert most(plan(resent), a=Tariff(1)) == Bound(4, 4)


def test_a_provider_without_a_price_leaves_the_whole_without_one() -> None:
    of = plan(level("a"), level("b", channel=VIBER))
    assert most(of, a=Tariff(1), b=None) == Bound(2, None)
    assert most(of, a=None, b=Tariff(1)) == Bound(2, None)


def test_simulated_providers_cost_nothing_and_are_no_step() -> None:
    of = plan(level("a"), level("b", channel=VIBER))
    assert steps_of(of, {"b": Tariff(7)}) == (Step(1, VIBER, "b", "hello", 1, 7),)
    assert most(of) == Bound(0, 0)


@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.lists(st.integers(0, 10**9), min_size=1, max_size=8)),
        min_size=1,
        max_size=8,
    )
)
def test_no_way_down_the_plan_costs_more(shapes: list[tuple[int, list[int]]]) -> None:
    """Whatever attempts come about, in the order of the providers or past open circuits."""
    names = [[f"p{i}-{j}" for j in range(len(prices))] for i, (_, prices) in enumerate(shapes)]
    tariffs = {
        name: Tariff(price)
        for here, (_, prices) in zip(names, shapes, strict=True)
        for name, price in zip(here, prices, strict=True)
    }
    of = plan(
        *(level(*here, retries=retries) for here, (retries, _) in zip(names, shapes, strict=True))
    )
    bound = bound_of(steps_of(of, tariffs))
    count = nano = dearest = 0
    for retries, prices in shapes:
        in_order = [price for price in prices for _ in range(retries + 1)]
        made = in_order[:ATTEMPTS_PER_LEVEL_MAX]
        count, nano = count + len(made), nano + sum(made)
        dearest += max(prices) * min(retries + 1, ATTEMPTS_PER_LEVEL_MAX)
    assert bound.submissions == count
    assert bound.nano is not None
    assert max(nano, dearest) <= bound.nano
