"""One world on one agenda: what happens, in which order, and what is true about it."""

import pytest

from sandbox.cascade.circuit import Breaker
from sandbox.cascade.plan import Plan, QuietHours
from sandbox.cascade.vocabulary import OnUnknown, Origin, Status
from sandbox.errors import MisuseError
from sandbox.simulation.distributions import fixed, uniform
from sandbox.simulation.spec import (
    Burst,
    LoadEntry,
    NamedPerson,
    Population,
    Single,
)
from tests.support.hand import level, plan, us
from tests.support.worlds import (
    BUSY,
    GONE,
    always,
    deliveries,
    events,
    fault,
    forced,
    is_truth,
    kinds,
    lines,
    mixed,
    percent,
    provider,
    run,
    submits,
    told_world,
    trait,
    world,
)

ONE = plan(level())
TWO = plan(level(wait=30), level("whatsapp", wait=30))


# A message on its way ----------------------------------------------------------------------------


def test_a_message_that_arrives() -> None:
    """S4: submitted, accepted, on the handset, told: truth and knowledge stand in one log."""
    assert lines(run(world(ONE, provider()))) == [
        "0 requested 0",
        "0 submitted 0.1 sms",
        "1 accepted 0.1",
        "5 reached_handset 0.1",
        "6 receipt 0.1 delivered",
        "6 finished 0.1 delivered",
    ]


def test_a_message_that_falls_back() -> None:
    """S10: a failure becomes known with its receipt, and the next level starts then."""
    its_world = world(TWO, provider(delivery_outcomes=deliveries(failed=100)), provider("whatsapp"))
    assert lines(run(its_world)) == [
        "0 requested 0",
        "0 submitted 0.1 sms",
        "1 accepted 0.1",
        "5 failed_at_provider 0.1 failed",
        "6 receipt 0.1 failed",
        "6 fell_back 1 failed",
        "6 submitted 1.1 whatsapp",
        "7 accepted 1.1",
        "11 reached_handset 1.1",
        "12 receipt 1.1 delivered",
        "12 finished 1.1 delivered",
    ]


def test_a_copy_that_comes_too_late_is_true_but_not_known_in_time() -> None:
    """S23: after the switch both copies reach the handset; the first receipt ends the message."""
    its_world = world(TWO, provider(delivery=40), provider("whatsapp", delivery=30))
    assert lines(run(its_world))[-7:] == [
        "31 submitted 1.1 whatsapp",
        "32 accepted 1.1",
        "41 reached_handset 0.1",
        "42 receipt 0.1 delivered",
        "42 finished 0.1 delivered",
        "62 reached_handset 1.1",
        "63 late_receipt 1.1 delivered",
    ]


def test_a_refused_message_is_no_longer_in_anybodys_hands() -> None:
    """S10: a refusal has its reason, and nothing of it happens later."""
    refuses = provider(
        submit_outcomes=submits(refused_permanent=100), reasons=(always("refused.permanent", GONE),)
    )
    assert lines(run(world(ONE, refuses))) == [
        "0 requested 0",
        "0 submitted 0.1 sms",
        "1 refused 0.1 30005",
        "1 finished 0 exhausted last_level refused",
    ]


@pytest.mark.parametrize(
    ("fate", "truth", "receipt"),
    [
        ("rejected", "5 failed_at_provider 0.1 rejected", "6 receipt 0.1 rejected"),
        ("failed", "5 failed_at_provider 0.1 failed", "6 receipt 0.1 failed"),
        ("filtered", "5 failed_at_provider 0.1 filtered", "6 receipt 0.1 delivered"),
        ("vanished", "5 failed_at_provider 0.1 vanished", "61 wait_over 0.1 no_receipt"),
    ],
)
def test_what_may_become_of_an_accepted_message(fate: str, truth: str, receipt: str) -> None:
    """Truth: filtered claims a delivery that never was, vanished says nothing at all."""
    said = lines(run(world(ONE, provider(delivery_outcomes=deliveries(**{fate: 100})))))
    assert said[3:5] == [truth, receipt]


def test_a_message_is_kept_no_longer_than_its_validity() -> None:
    """S16: the level's validity beats the provider's; what comes later is expired."""
    strict = plan(level(validity_us=us(3)))
    said = lines(run(world(strict, provider(delivery=10, validity_us=us(100)))))
    assert said[3:5] == ["4 expired_at_provider 0.1", "5 receipt 0.1 expired"]


def test_a_provider_has_a_validity_of_its_own() -> None:
    """S16: without one on the level the provider's counts; at its very end a message arrives."""
    for validity, line in ((3, "4 expired_at_provider 0.1"), (4, "5 reached_handset 0.1")):
        said = lines(run(world(ONE, provider(validity_us=us(validity)))))
        assert said[3] == line


def test_a_vanished_message_never_expires() -> None:
    """Truth: a black hole sends no receipt, however short the validity."""
    its_world = world(
        ONE, provider(delivery=10, validity_us=us(3), delivery_outcomes=deliveries(vanished=100))
    )
    assert "receipt" not in kinds(run(its_world))


def test_who_reads_a_message_is_told_when_the_provider_reports_it() -> None:
    """S9: read is a status of its own, some time after the delivery."""
    reads = provider(
        read_share=percent(100),
        read_after=fixed(us(20)),
        reports=[Status.SENT, Status.DELIVERED, Status.READ],
    )
    assert lines(run(world(plan(level(success=Status.READ)), reads)))[2:] == [
        "1 accepted 0.1",
        "2 receipt 0.1 sent",
        "5 reached_handset 0.1",
        "6 receipt 0.1 delivered",
        "25 read_by_person 0.1",
        "26 receipt 0.1 read",
        "26 finished 0.1 delivered",
    ]


def test_a_provider_that_reports_nothing_is_silent() -> None:
    """Reports: without any the message may arrive, and nobody hears of it."""
    said = kinds(run(world(ONE, provider(reports=[]))))
    assert "reached_handset" in said
    assert "receipt" not in said


def test_a_lost_receipt_is_true_but_not_known() -> None:
    """Truth: what the receipt would have said stands in the log, the engine waits in vain."""
    said = lines(run(world(ONE, provider(receipt_lost=percent(100)))))
    assert said[3:] == [
        "5 reached_handset 0.1",
        "5 receipt_lost 0.1 delivered",
        "61 wait_over 0.1 no_receipt",
        "61 finished 0 exhausted last_level no_receipt",
    ]


def test_a_late_receipt_comes_later_by_so_much() -> None:
    """Receipts: lateness is added to the ordinary delay."""
    late = provider(receipt_late_share=percent(100), receipt_late_by=fixed(us(100)))
    assert lines(run(world(ONE, late)))[-1] == "106 late_receipt 0.1 delivered"


# Answers that do not come ------------------------------------------------------------------------


def test_an_answer_slower_than_the_timeout_is_not_heard_but_the_message_is_taken() -> None:
    """S21: the provider has it, the engine knows nothing until a receipt comes."""
    said = lines(run(world(plan(level(timeout=10)), provider(latency=12))))
    assert said[2:] == [
        "10 unknown 0.1",
        "12 accepted_at_provider 0.1",
        "16 reached_handset 0.1",
        "17 receipt 0.1 delivered",
        "17 finished 0.1 delivered",
    ]


def test_an_answer_at_the_very_timeout_is_heard() -> None:
    """S15: answers come before wake-ups."""
    assert "accepted" in kinds(run(world(plan(level(timeout=10)), provider(latency=10))))


def test_a_refusal_slower_than_the_timeout_is_no_message() -> None:
    """S21: unknown to the engine, and nothing in the provider's hands."""
    slow = provider(latency=12, submit_outcomes=submits(refused_temporary=100))
    said = lines(run(world(plan(level(timeout=10, wait=30)), slow)))
    assert said[2:] == [
        "10 unknown 0.1",
        "40 wait_over 0.1 no_receipt",
        "40 finished 0 exhausted last_level no_receipt",
    ]


@pytest.mark.parametrize(
    ("outcome", "arrives"), [("timeout_accepted", True), ("timeout_not_accepted", False)]
)
def test_a_cut_line_leaves_the_engine_in_doubt(outcome: str, arrives: bool) -> None:
    """S21: the same silence, with and without the message behind it."""
    facts = run(world(ONE, provider(submit_outcomes=submits(**{outcome: 100}))))
    assert "unknown" in kinds(facts)
    assert ("reached_handset" in kinds(facts)) is arrives
    assert ("accepted_at_provider" in kinds(facts)) is arrives


def test_a_resend_is_not_delivered_twice() -> None:
    """S21: under one key a provider takes a message once, however often it is sent."""
    resends = plan(level(on_unknown=OnUnknown.RESEND, retries=1, timeout=3, wait=30))
    cut = fault("submit.outcomes", submits(timeout_accepted=100), lasts=2)
    facts = run(world(resends, provider(), faults=[cut]))
    assert lines(facts) == [
        "0 requested 0",
        "0 submitted 0.1 sms",
        "1 accepted_at_provider 0.1",
        "3 unknown 0.1",
        "3 submitted 0.2 sms key 1",
        "4 accepted 0.2",
        "5 reached_handset 0.1",
        "6 receipt 0.1 delivered",
        "6 finished 0.1 delivered",
    ]


def test_a_resend_that_overtakes_the_first_sending_is_not_delivered_twice() -> None:
    """S21: whichever of the two comes first is the message, the other is the same one again."""
    resends = plan(level(on_unknown=OnUnknown.RESEND, retries=1, timeout=3, wait=30))
    slow = fault("submit.latency", fixed(us(9)), lasts=2)
    facts = run(world(resends, provider(), faults=[slow]))
    assert kinds(facts).count("reached_handset") == 1
    assert kinds(facts).count("accepted_at_provider") == 1
    assert "8 reached_handset 0.2" in lines(facts)


def test_another_provider_is_another_message() -> None:
    """S21, S22: `on_unknown: next` may deliver two copies, and both are true."""
    both = plan(level(via=["a", "b"], on_unknown=OnUnknown.NEXT, timeout=3))
    cut = provider("a", channel="sms", submit_outcomes=submits(timeout_accepted=100), delivery=30)
    facts = run(world(both, cut, provider("b", channel="sms")))
    assert kinds(facts).count("reached_handset") == 2


# Order -------------------------------------------------------------------------------------------


def test_at_one_instant_faults_come_before_messages_and_messages_before_answers() -> None:
    """Rule 5: fault edges, new messages, answers, truth, receipts, wake-ups."""
    its_plan = plan(level(timeout=2, wait=2, origin=Origin.SUBMIT))
    its_world = world(
        its_plan,
        provider(latency=1, delivery=0, delay=0),
        load=[Burst(plan=0, at_us=at, count=1) for at in (0, us(1))],
        faults=[fault("price.amount", 1, at=1, lasts=1, id=f"f{n}") for n in (1, 2)],
    )
    at_one = [told_world(fact) for fact in run(its_world) if fact[1] == us(1)]
    assert at_one == [
        "1 fault_began f1 sms",
        "1 fault_began f2 sms",
        "1 requested 0",
        "1 submitted 0.1 sms",
        "1 accepted 0.1",
        "1 billed 0.1 1",
        "1 reached_handset 0.1",
        "1 receipt 0.1 delivered",
        "1 finished 0.1 delivered",
    ]


def test_a_receipt_at_the_very_end_of_a_wait_counts() -> None:
    """Rule 5, S15: wake-ups come last."""
    said = lines(run(world(plan(level(wait=5), level("viber")), provider(), provider("viber"))))
    assert said[-1] == "6 finished 0.1 delivered"


def test_a_receipt_at_the_very_deadline_counts() -> None:
    """Rule 5, S18: so does one at the deadline, and one a moment later does not."""
    for deadline, end in (
        (6, "6 finished 0.1 delivered"),
        (5.999999, "6 late_receipt 0.1 delivered"),
    ):
        said = lines(run(world(plan(level(), deadline=deadline), provider())))
        assert said[-1] == end


def test_first_scheduled_is_first_served() -> None:
    """Rule 5: inside a class things keep the order in which they were planned."""
    facts = run(world(ONE, provider(), load=5))
    for kind in ("submitted", "accepted", "reached_handset", "finished"):
        assert [fact[2] for fact in facts if fact[5] == kind] == [1, 2, 3, 4, 5]


def test_one_step_is_one_event() -> None:
    """Rule 5: a step logs all that one event led to, and at least one line."""
    steps = [[told_world(fact) for fact in facts] for facts in events(world(ONE, provider()))]
    assert steps == [
        ["0 requested 0", "0 submitted 0.1 sms"],
        ["1 accepted 0.1"],
        ["5 reached_handset 0.1"],
        ["6 receipt 0.1 delivered", "6 finished 0.1 delivered"],
    ]


def test_peek_says_when_the_next_event_is() -> None:
    """Rule 5: a driver sleeps until then; None is quiet, and then there is no step."""
    its_world = world(ONE, provider())
    seen = []
    while (at := its_world.peek()) is not None:
        seen.append(at)
        its_world.step()
        assert its_world.now == at
    assert seen == [us(at) for at in (0, 1, 5, 6)]
    with pytest.raises(MisuseError, match="nothing is left"):
        its_world.step()


def test_the_same_spec_is_the_same_run() -> None:
    """Determinism: a run is a function of its spec, line by line."""
    first = run(mixed())
    assert first == run(mixed())
    assert first != run(mixed(seed=8))


@pytest.mark.parametrize("chunk", [1, 2, 17, 10_000])
def test_how_a_driver_turns_the_hand_changes_nothing(chunk: int) -> None:
    """Parity: single steps, small bites and one big bite log the same lines."""
    by_steps = run(mixed())
    its_world = mixed()
    by_bites = []
    while (at := its_world.peek()) is not None:
        by_bites += its_world.advance(at + us(3), chunk)
    assert by_bites == by_steps


def test_a_bite_ends_where_it_was_told_to() -> None:
    """Advance: up to and including an instant, and no further; fewer lines mean all is done."""
    its_world = world(ONE, provider())
    assert kinds(its_world.advance(us(5), 100)) == [
        "requested",
        "submitted",
        "accepted",
        "reached_handset",
    ]
    assert its_world.advance(us(5), 100) == []
    assert its_world.peek() == us(6)


# What the engine knows ---------------------------------------------------------------------------


def test_luck_does_not_depend_on_the_level() -> None:
    """Rule 6: the same person meets the same luck at a provider under another plan."""
    coin = provider(delivery_outcomes=deliveries(failed=50), latency=uniform(0, us(2)))
    first = run(world(plan(level(), level("viber")), coin, provider("viber"), load=40))
    last = run(world(plan(level("viber"), level()), coin, provider("viber"), load=40))
    failed = {f[2] for f in first if f[5] == "failed_at_provider"}
    assert 5 < len(failed) < 35
    dead = provider("viber", submit_outcomes=submits(refused_permanent=100))
    swapped = run(world(plan(level("viber"), level()), coin, dead, load=40))
    assert {f[2] for f in swapped if f[5] == "failed_at_provider"} == failed
    assert not [f for f in last if f[5] == "failed_at_provider"]


def test_changing_one_provider_leaves_the_luck_of_the_others_alone() -> None:
    """Rule 6: two runs can be compared on the same luck."""
    coin = provider(
        submit_outcomes=submits(refused_permanent=50), reasons=(always("refused.permanent", GONE),)
    )
    slow, fast = provider("viber", delivery=30), provider("viber", delivery=1)
    both = plan(level(), level("viber"))
    refused = [
        {f[2] for f in run(world(both, coin, other, load=60)) if f[5] == "refused"}
        for other in (slow, fast)
    ]
    assert refused[0] == refused[1] != set()


# Memory ------------------------------------------------------------------------------------------


def test_when_all_is_quiet_nothing_is_kept() -> None:
    """Rule 9: journeys, cascades, timers and the agenda are gone when the last word is said."""
    its_world = mixed()
    run(its_world)
    engine = its_world._engine
    assert its_world._journeys == {}
    assert not its_world._agenda
    assert engine._cascades == {}
    assert engine.wakes == []
    assert its_world.open_messages() == []


def test_a_message_is_forgotten_as_soon_as_nothing_more_can_be_heard() -> None:
    """Rule 9: a long run needs no more memory than what is in flight."""
    load = [Burst(plan=0, at_us=us(at), count=1) for at in range(0, 1000, 100)]
    its_world = world(ONE, provider(), load=load)
    most = 0
    for _ in events(its_world):
        most = max(most, len(its_world._journeys), len(its_world._engine._cascades))
    assert most == 1


def test_open_messages_are_those_without_an_outcome() -> None:
    """S2: what a driver names when a run is not quiet by its limit."""
    its_world = world(ONE, provider(), load=3)
    assert its_world.open_messages() == []
    its_world.advance(us(5), 1000)
    assert its_world.open_messages() == [1, 2, 3]
    run(its_world)
    assert its_world.open_messages() == []


def test_only_the_world_writes_truth() -> None:
    """Rule 2: lines of truth are about attempts, and never cause an engine's own decision alone."""
    facts = run(mixed())
    by_seq = {fact[0]: fact for fact in facts}
    assert all(fact[2] and fact[4] for fact in facts if is_truth(fact))
    caused = {
        fact[5] for fact in facts if fact[6] and is_truth(by_seq[fact[6]]) and not is_truth(fact)
    }
    assert caused <= {"receipt", "late_receipt", "ignored", "accepted"}


def test_a_spec_may_have_several_plans() -> None:
    """Load: every entry names its plan by index."""
    both: list[Plan] = [plan(level(), name="one"), plan(level("viber"), name="two")]
    load = [Burst(plan=1, at_us=0, count=1), Burst(plan=0, at_us=us(1), count=1)]
    facts = run(world(both, provider(), provider("viber"), load=load))
    assert [f[7].text("cascade") for f in facts if f[5] == "requested"] == ["two", "one"]


# Breakers ----------------------------------------------------------------------------------------


def test_a_provider_that_fails_is_passed_over_and_probed() -> None:
    """S22: after two failures nothing goes there; a while later one message finds out more."""
    its_world = world(
        TWO,
        provider(
            reasons=(always("refused.temporary", BUSY),),
            more={"breaker": Breaker(open_after=2, for_us=us(10))},
        ),
        provider("whatsapp"),
        load=[Burst(plan=0, at_us=us(2 * at), count=1) for at in range(9)],
        faults=[fault("submit.outcomes", submits(refused_temporary=100), lasts=7)],
    )
    facts = run(its_world)
    told = [(f[1] // us(1), f[2], f[7].text("state")) for f in facts if f[5] == "circuit"]
    assert told == [(3, 2, "open"), (14, 8, "half_open"), (15, 8, "closed")]
    assert [fact[2] for fact in facts if fact[5] == "skipped"] == [3, 3, 4, 4, 5, 5, 6, 6, 7, 7]
    assert kinds(facts).count("finished") == 9


def test_a_breaker_changes_nothing_but_who_is_asked() -> None:
    """S22: it is ours; where it never opens, the log is the same line by line."""
    never = {"breaker": Breaker(open_after=1_000, for_us=us(10))}
    logs = [
        run(world(TWO, provider(more=more), provider("whatsapp"), load=50)) for more in ({}, never)
    ]
    assert logs[0] == logs[1]


# Quiet hours and memory --------------------------------------------------------------------------


def test_it_is_as_late_as_it_is_where_the_recipient_is() -> None:
    """S19: by country, and for somebody with a name by what is said of that person."""
    its_plan = plan(level(quiet=QuietHours(from_us=us(100), to_us=us(200))), deadline=None)
    people = Population(
        countries=(("DE", percent(50)), ("IN", percent(50))),
        local_us=(("DE", us(10)), ("IN", us(150))),
        people=(
            NamedPerson(name="anna", country="DE"),
            NamedPerson(name="bob", country="DE", local_us=us(120)),
        ),
    )
    load: list[LoadEntry] = [
        Burst(plan=0, at_us=0, count=40),
        Single(plan=0, at_us=us(1), name="a", to="anna"),
        Single(plan=0, at_us=us(1), name="b", to="bob"),
    ]
    facts = run(world(its_plan, provider(), load=load, population=people))
    told = {f[2]: f[7] for f in facts if f[5] == "requested"}
    held = {f[2]: f[7].number("until_us") for f in facts if f[5] == "held"}
    for message, detail in told.items():
        is_late = message == 42 or detail.text("country") == "IN"
        assert (message in held) is is_late
        assert is_late or detail.number("local_us") == us(10)
    assert set(held.values()) == {us(50), us(80)}
    assert held[42] == us(80)
    assert (told[41].number("local_us"), told[42].number("local_us")) == (us(10), us(120))


def test_people_are_remembered_by_their_number() -> None:
    """S27: the first message finds out, and later ones to the same person know."""
    its_plan = plan(level("whatsapp"), level(), remember_us=us(1000))
    gone = trait("gone", forced("refused.permanent", GONE), "whatsapp")
    people = Population(size=3, traits=(gone,))
    load = [Burst(plan=0, at_us=us(20 * at), count=1) for at in range(12)]
    facts = run(world(its_plan, provider("whatsapp"), provider(), load=load, population=people))
    who = [f[7].number("recipient") for f in facts if f[5] == "requested"]
    assert set(who) == {0, 1, 2}
    skipped = [f[2] for f in facts if f[5] == "skipped"]
    assert skipped == [n for n, person in enumerate(who, 1) if person in who[: n - 1]]


def test_without_either_nothing_is_told_of_the_recipient() -> None:
    """The log is what it was, whatever zones there are."""
    people = Population(local_us=(("DE", us(10)),))
    logs = [run(world(TWO, provider(), provider("whatsapp"), population=p)) for p in (None, people)]
    assert logs[0] == logs[1]
    assert set(logs[0][0][7].fields) == {"cascade", "country"}
