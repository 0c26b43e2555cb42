"""What may become of one submission."""

from dataclasses import replace

import pytest

from sandbox.cascade.plan import Level
from sandbox.cascade.vocabulary import Channel, OnUnknown, ReasonClass, Status, Trigger
from sandbox.report.odds_of_attempts import GRIDS, NEVER, Course, courses_of, points
from sandbox.report.odds_of_people import Condition
from sandbox.simulation.distributions import fixed, lognormal
from sandbox.simulation.spec import (
    DELIVERY_OUTCOMES,
    PPB,
    SUBMIT_OUTCOMES,
    ChargedOn,
    ProviderSpec,
    Settings,
    outcomes,
)

SMS = Channel("sms")
LEVEL = Level(channel=SMS, providers=("sms",))
SETTINGS = Settings(
    submit_outcomes=outcomes(SUBMIT_OUTCOMES, {"refused.permanent": PPB // 10}),
    delivery_time=fixed(2_000_000),
    delivery_outcomes=outcomes(DELIVERY_OUTCOMES, {"failed": PPB // 4}),
    receipt_delay=fixed(500_000),
    receipt_lost=PPB // 5,
    price_nano=100,
)
PROVIDER = ProviderSpec(name="sms", channel=SMS, settings=SETTINGS)


def courses(
    level: Level = LEVEL,
    condition: Condition = Condition(),  # noqa: B008 - a named tuple does not change
    provider: ProviderSpec = PROVIDER,
) -> list[Course]:
    """Every course of a submission."""
    return list(courses_of(provider, level, condition, 1, GRIDS[0]))


def test_a_duration_is_cut_into_points_that_sum_to_one() -> None:
    """What never varies is one point; of what does, the middle points are about the median."""
    assert points(fixed(7), 24) == ((1.0, 7.0),)
    cut = points(lognormal(4_000_000, 12_000_000), 24)
    assert sum(share for share, _ in cut) == pytest.approx(1.0)
    assert [at for _, at in cut] == sorted(at for _, at in cut)
    below = sum(share for share, at in cut if at <= 4_000_000)
    assert below == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("grid", GRIDS)
def test_the_courses_of_a_submission_sum_to_one(grid: object) -> None:
    """However finely they are told apart."""
    assert grid in GRIDS
    found = courses_of(PROVIDER, LEVEL, Condition(), 1, GRIDS[GRIDS.index(grid)])
    assert sum(course.share for course in found) == pytest.approx(1.0)


def test_what_is_refused_fails_or_is_delivered_has_its_share() -> None:
    """10 % refused; of the rest 25 % fail; of the receipts 20 % are lost."""
    found = courses()
    refused = sum(c.share for c in found if c.trigger is Trigger.REFUSED)
    told = sum(c.share for c in found if c.trigger is Trigger.FAILED)
    known = sum(c.share for c in found if c.known_at < NEVER)
    arrived = sum(c.share for c in found if c.arrives_at < NEVER)
    assert refused == pytest.approx(0.1)
    assert told == pytest.approx(0.9 * 0.25 * 0.8)
    assert known == pytest.approx(0.9 * 0.75 * 0.8)
    assert arrived == pytest.approx(0.9 * 0.75)
    assert {c.known_at for c in found if c.known_at < NEVER} == {2_500_000.0}


def test_a_person_without_the_channel_meets_what_the_trait_says() -> None:
    """The provider refuses, and the reason is not worth another provider."""
    condition = Condition(submit="refused.permanent", submit_class=ReasonClass.PERMANENT_RECIPIENT)
    found = courses(condition=condition)
    assert sum(c.share for c in found if c.trigger is Trigger.REFUSED) == pytest.approx(1.0)
    assert all(course.leaves_channel for course in found)


def test_a_phone_that_is_off_gets_it_when_it_is_on_or_not_at_all() -> None:
    """Within the validity it arrives then; beyond it the provider reports that it expired."""
    level = replace(LEVEL, validity_us=60_000_000)
    soon = courses(level, Condition(off_us=30_000_000))
    assert {c.arrives_at for c in soon if c.arrives_at < NEVER} == {30_000_000.0}
    late = courses(level, Condition(off_us=90_000_000))
    assert [c for c in late if c.arrives_at < NEVER] == []
    assert any(c.trigger is Trigger.EXPIRED for c in late)


def test_an_answer_that_never_comes_is_unknown() -> None:
    """Taken or not, the engine gives it up; taken, the receipt may still tell."""
    shares = {"timeout.accepted": PPB // 2, "timeout.not_accepted": PPB // 2}
    settings = replace(SETTINGS, submit_outcomes=outcomes(SUBMIT_OUTCOMES, shares))
    provider = replace(PROVIDER, settings=settings)
    waits = courses(provider=provider)
    assert sum(c.share for c in waits if c.known_at < NEVER) == pytest.approx(0.5 * 0.75 * 0.8)
    moves_on = courses(replace(LEVEL, on_unknown=OnUnknown.NEXT), provider=provider)
    given_up = sum(c.share for c in moves_on if c.trigger is Trigger.UNKNOWN)
    assert given_up == pytest.approx(0.5 + 0.5 * 0.2)  # and those whose receipt is lost


def test_what_it_costs_and_what_is_known_of_that() -> None:
    """Charged on delivery, a lost receipt leaves the ledger behind the bill."""
    provider = replace(PROVIDER, charged_on=ChargedOn.DELIVERED)
    found = courses(provider=provider)
    assert sum(c.share * c.bill for c in found) == pytest.approx(100 * 0.9 * 0.75)
    assert sum(c.share * c.ledger for c in found) == pytest.approx(100 * 0.9 * 0.75 * 0.8)
    accepted = courses()
    assert sum(c.share * c.bill for c in accepted) == pytest.approx(90)
    refunded = courses(provider=replace(PROVIDER, refunded_on=frozenset({Status.FAILED})))
    assert sum(c.share * c.bill for c in refunded) == pytest.approx(100 * 0.9 * 0.75)


def test_reading_is_known_only_where_it_is_reported() -> None:
    """With success read, a message is known as read for those who read it."""
    settings = replace(SETTINGS, read_share=PPB // 2, receipt_lost=0)
    provider = replace(
        PROVIDER, settings=settings, reports=frozenset({Status.DELIVERED, Status.READ})
    )
    found = courses(replace(LEVEL, success=Status.READ), provider=provider)
    assert sum(c.share for c in found if c.known_at < NEVER) == pytest.approx(0.9 * 0.75 * 0.5)
