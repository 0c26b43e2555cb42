"""What a provider makes of a submission, what it says about it, and what it asks for it."""

from collections import Counter

import pytest

from sandbox.cascade.events import Reason
from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import OnUnknown, ReasonClass, Status
from sandbox.simulation.distributions import fixed, uniform
from sandbox.simulation.spec import ChargedOn, Outcomes, ProviderSpec
from tests.support.hand import level, plan, us
from tests.support.worlds import (
    BUSY,
    GONE,
    always,
    bill,
    deliveries,
    fault,
    forced,
    kinds,
    ledger,
    lines,
    percent,
    provider,
    run,
    submits,
    trait,
    world,
)

ONE = plan(level())
EVERYTHING = (Status.SENT, Status.DELIVERED, Status.READ)
PATIENT = plan(level(success=Status.READ, wait=200))


def _facts(spec: ProviderSpec, load: int = 1, its_plan: Plan = ONE) -> list[Fact]:
    return run(world(its_plan, spec, load=load))


# Reasons -----------------------------------------------------------------------------------------


def test_reasons_are_drawn_by_their_shares() -> None:
    """Reasons: each outcome has its own codes, with shares that sum to one."""
    codes = tuple(
        (Reason(code, ReasonClass.PERMANENT_RECIPIENT), percent(share))
        for code, share in (("a", 70), ("b", 20), ("c", 10))
    )
    fails = provider(delivery_outcomes=deliveries(failed=100), reasons=(("failed", codes),))
    facts = _facts(fails, 1000)
    drawn = Counter(f[7].text("code") for f in facts if f[5] == "failed_at_provider")
    assert {code: round(times, -2) for code, times in drawn.items()} == {
        "a": 700,
        "b": 200,
        "c": 100,
    }


def test_the_receipt_gives_the_reason_of_the_failure() -> None:
    """Truth and knowledge: what the provider knows is what it tells."""
    fails = provider(
        delivery_outcomes=deliveries(failed=100), reasons=(always("failed", GONE, BUSY),)
    )
    facts = _facts(fails, 30)
    true = {f[2]: f[7].text("code") for f in facts if f[5] == "failed_at_provider"}
    known = {f[2]: f[7].text("code") for f in facts if f[5] == "receipt"}
    assert known == true
    assert set(true.values()) == {GONE.code, BUSY.code}


def test_an_outcome_without_reasons_has_none() -> None:
    """Reasons: a provider need not say why."""
    facts = _facts(provider(delivery_outcomes=deliveries(failed=100)))
    assert "code" not in facts[-2][7].fields


def test_an_expiry_has_a_reason_of_its_own() -> None:
    """Reasons: what expires is not what failed."""
    expires = provider(validity_us=us(2), reasons=(always("failed", BUSY), always("expired", GONE)))
    assert lines(_facts(expires))[-2] == "4 receipt 0.1 expired 30005"


def test_a_permanent_refusal_without_a_reason_is_permanent_all_the_same() -> None:
    """S20: nobody tries again what was refused for good, however little is said about it."""
    silent = provider(submit_outcomes=submits(refused_permanent=100))
    retries = plan(level(retries=3))
    assert lines(_facts(silent, its_plan=retries))[2:] == [
        "1 refused 0.1 refused",
        "1 finished 0 exhausted last_level refused",
    ]


def test_a_temporary_refusal_without_a_reason_is_temporary() -> None:
    """S20: the same silence about a refusal that passes leads to a retry."""
    silent = provider(submit_outcomes=submits(refused_temporary=100))
    facts = _facts(silent, its_plan=plan(level(retries=3)))
    assert kinds(facts).count("retry_planned") == 3


def test_good_news_has_no_reason() -> None:
    """Reasons: a filtered message is told as delivered, without a word about it."""
    filtered = provider(
        delivery_outcomes=deliveries(filtered=100), reasons=(always("failed", GONE),)
    )
    assert "code" not in _facts(filtered)[-2][7].fields


# Luck --------------------------------------------------------------------------------------------


def test_outcomes_have_their_shares() -> None:
    """Luck: a thousand messages fall as the shares say, within three standard errors."""
    mixed = provider(
        submit_outcomes=submits(refused_permanent=30), delivery_outcomes=deliveries(failed=50)
    )
    facts = _facts(mixed, 1000)
    assert abs(kinds(facts).count("refused") - 300) < 45
    assert abs(kinds(facts).count("failed_at_provider") - 350) < 46


def test_every_attempt_has_luck_of_its_own() -> None:
    """Rule 6: a retry is another draw, keyed by how often the message came here before."""
    coin = provider(submit_outcomes=submits(refused_temporary=50))
    facts = _facts(coin, 400, plan(level(retries=1)))
    first = [f for f in facts if f[5] == "refused" and f[4] == 1]
    second = [f for f in facts if f[5] == "refused" and f[4] == 2]
    assert abs(len(first) - 200) < 30
    assert abs(len(second) - len(first) / 2) < 25


def test_latencies_differ_from_message_to_message() -> None:
    """Luck: a distribution is drawn for each attempt, and answers come in their own order."""
    facts = _facts(provider(latency=uniform(us(1), us(2))), 50)
    answers = [fact[1] for fact in facts if fact[5] == "accepted"]
    assert len(set(answers)) == 50
    assert us(1) <= min(answers) <= max(answers) <= us(2)


def test_outcomes_that_leave_the_good_one_out_are_honoured() -> None:
    """Luck: the best word listed is not always acceptance."""
    only = provider(submit_outcomes=Outcomes((("throttled", percent(100)),)))
    assert "accepted" not in kinds(_facts(only))


@pytest.mark.parametrize("outcome", ["throttled", "refused.temporary", "refused.permanent"])
def test_a_forced_answer_beats_good_luck_only(outcome: str) -> None:
    """Traits: who would have been accepted gets the trait's answer; a bad answer stays as drawn."""
    reason = Reason("trait", ReasonClass.STOP)
    has = trait("has", forced(outcome, reason), "sms")
    coin = provider(
        submit_outcomes=submits(refused_permanent=50), reasons=(always("refused.permanent", GONE),)
    )
    facts = run(world(ONE, coin, traits=[has], load=100))
    codes = Counter(f[7].text("code") for f in facts if f[5] in ("refused", "throttled"))
    assert set(codes) == {"trait", GONE.code}
    assert sum(codes.values()) == 100


# Charges -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("basis", "billed_at", "known_by"),
    [
        (ChargedOn.SUBMITTED, 0, "accepted"),
        (ChargedOn.ACCEPTED, 1, "accepted"),
        (ChargedOn.DELIVERED, 5, "receipt"),
        (ChargedOn.READ, 7, "receipt"),
    ],
)
def test_a_provider_charges_on_its_basis(basis: ChargedOn, billed_at: int, known_by: str) -> None:
    """S31: the bill moves when it happens, the ledger when an answer or a receipt says so."""
    spec = provider(
        price_nano=45,
        charged_on=basis,
        reports=EVERYTHING,
        read_share=percent(100),
        read_after=fixed(us(2)),
    )
    facts = _facts(spec, its_plan=PATIENT)
    (billed,) = [fact for fact in facts if fact[5] == "billed"]
    assert (billed[1], billed[7].number("amount_nano")) == (us(billed_at), 45)
    says_so = next(fact for fact in facts if fact[7].number("owed_nano"))
    assert says_so[5] == known_by
    assert bill(facts) == ledger(facts) == {(1, 0, 1): 45}


def test_a_free_provider_bills_nothing() -> None:
    """S31: without a price there are no lines of the bill, and the ledger is 0."""
    facts = _facts(provider())
    assert "billed" not in kinds(facts)
    assert set(ledger(facts).values()) == {0}


@pytest.mark.parametrize(
    ("text", "segments"), [("", 1), ("a" * 160, 1), ("a" * 161, 2), ("ї" * 71, 2)]
)
def test_a_price_per_segment_counts_the_segments(text: str, segments: int) -> None:
    """S30: the price is per segment of what is sent, in the alphabet it needs."""
    spec = provider(price_nano=45, per_segment=True)
    assert bill(_facts(spec, its_plan=plan(level(), text=text))) == {(1, 0, 1): 45 * segments}


def test_a_price_per_message_does_not() -> None:
    """S30: other channels charge once, however long the text."""
    assert bill(_facts(provider(price_nano=45), its_plan=plan(level(), text="a" * 999))) == {
        (1, 0, 1): 45
    }


@pytest.mark.parametrize(
    ("basis", "outcome", "charged"),
    [
        (ChargedOn.SUBMITTED, "refused_permanent", True),
        (ChargedOn.SUBMITTED, "throttled", True),
        (ChargedOn.SUBMITTED, "timeout_accepted", True),
        (ChargedOn.SUBMITTED, "timeout_not_accepted", False),
        (ChargedOn.ACCEPTED, "refused_permanent", False),
        (ChargedOn.ACCEPTED, "timeout_accepted", True),
        (ChargedOn.ACCEPTED, "timeout_not_accepted", False),
        (ChargedOn.DELIVERED, "timeout_accepted", True),
    ],
)
def test_what_is_charged_without_an_acceptance_the_engine_heard(
    basis: ChargedOn, outcome: str, charged: bool
) -> None:
    """S31: the bill follows what the provider got and did, not what we were told."""
    spec = provider(price_nano=45, charged_on=basis, submit_outcomes=submits(**{outcome: 100}))
    assert bool(bill(_facts(spec))) is charged


@pytest.mark.parametrize("fate", ["failed", "rejected"])
@pytest.mark.parametrize("basis", [ChargedOn.SUBMITTED, ChargedOn.ACCEPTED])
def test_a_refund_takes_the_charge_back(fate: str, basis: ChargedOn) -> None:
    """S31: a final the provider refunds leaves nothing on the bill, and its receipt says so."""
    spec = provider(
        price_nano=45,
        charged_on=basis,
        refunded_on=[Status[fate.upper()]],
        delivery_outcomes=deliveries(**{fate: 100}),
    )
    facts = _facts(spec)
    amounts = [fact[7].number("amount_nano") for fact in facts if fact[5] == "billed"]
    assert amounts == [45, -45]
    assert bill(facts) == ledger(facts) == {(1, 0, 1): 0}


def test_an_expiry_can_be_refunded() -> None:
    """S31: so is a message the provider could not deliver in time."""
    spec = provider(price_nano=45, refunded_on=[Status.EXPIRED], validity_us=us(2))
    assert bill(_facts(spec)) == {(1, 0, 1): 0}


def test_only_the_finals_listed_are_refunded() -> None:
    """S31: a failure is paid for where only rejections are given back."""
    spec = provider(
        price_nano=45, refunded_on=[Status.REJECTED], delivery_outcomes=deliveries(failed=100)
    )
    facts = _facts(spec)
    assert bill(facts) == ledger(facts) == {(1, 0, 1): 45}


def test_nothing_is_refunded_that_was_not_charged() -> None:
    """S31: a provider that charges on delivery has nothing to give back for a failure."""
    spec = provider(
        price_nano=45,
        charged_on=ChargedOn.DELIVERED,
        refunded_on=[Status.FAILED],
        delivery_outcomes=deliveries(failed=100),
    )
    assert bill(_facts(spec)) == {}


def test_the_price_is_that_of_the_instant_of_the_charge() -> None:
    """S31, rule 16: a price that goes up after the submission is charged at the delivery."""
    spec = provider(price_nano=45, charged_on=ChargedOn.DELIVERED)
    dearer = fault("price.amount", 60, at=3, lasts=10)
    assert bill(run(world(ONE, spec, faults=[dearer]))) == {(1, 0, 1): 60}
    spec = provider(price_nano=45, charged_on=ChargedOn.ACCEPTED)
    assert bill(run(world(ONE, spec, faults=[dearer]))) == {(1, 0, 1): 45}


def test_a_duplicate_is_charged_too() -> None:
    """S31: a copy that arrives after the switch is on the bill and, once told, in the ledger."""
    both = plan(level(wait=10), level("whatsapp"))
    late = provider(delivery=20, price_nano=45, charged_on=ChargedOn.DELIVERED)
    other = provider("whatsapp", price_nano=60, charged_on=ChargedOn.DELIVERED)
    facts = run(world(both, late, other))
    assert bill(facts) == ledger(facts) == {(1, 0, 1): 45, (1, 1, 1): 60}


@pytest.mark.parametrize("basis", list(ChargedOn)[:3])
def test_a_message_sent_twice_under_one_key_is_charged_once(basis: ChargedOn) -> None:
    """S21, S31: to the provider a resend is the same message, and costs nothing more."""
    resends = plan(level(on_unknown=OnUnknown.RESEND, retries=1, timeout=3))
    cut = fault("submit.outcomes", submits(timeout_accepted=100), lasts=2)
    facts = run(world(resends, provider(price_nano=45, charged_on=basis), faults=[cut]))
    assert kinds(facts).count("submitted") == 2
    assert sum(bill(facts).values()) == 45
