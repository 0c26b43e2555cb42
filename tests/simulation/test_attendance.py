"""People who enter codes, ask again, and do things about messages; and recalls (S24, S33, S35)."""

from typing import Any

from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import Act, LateSuccess
from sandbox.simulation.attendance import TRIES_MAX
from sandbox.simulation.distributions import fixed
from sandbox.simulation.spec import Burst, CodeHabits, PlannedAct, Population, Single
from tests.support.hand import level, plan, us
from tests.support.worlds import deliveries, kinds, lines, percent, provider, run, world

CODES = plan(level(wait=30), level("whatsapp", wait=30), stops_on_verified=True)


def _habits(**habits: Any) -> Population:
    told = {"entered": percent(100), "after": fixed(us(10)), **habits}
    return Population(codes=CodeHabits(**told))


def _run(
    its_plan: Any = CODES, *, load: Any = 1, acts: Any = (), sms: Any = (), **habits: Any
) -> list[Fact]:
    providers = (provider(**dict(sms)), provider("whatsapp"))
    its_world = world(
        its_plan, *providers, load=load, population=_habits(**habits), acts=tuple(acts)
    )
    return run(its_world)


def test_a_person_reads_a_code_and_enters_it() -> None:
    """S33: the message is over with the code, and not with the receipt."""
    assert lines(_run()) == [
        "0 requested 0",
        "0 submitted 0.1 sms",
        "1 accepted 0.1",
        "5 reached_handset 0.1",
        "6 receipt 0.1 delivered",
        "15 code_entered 0.1",
        "15 act verified",
        "15 finished 0.1 delivered verified",
    ]


def test_nobody_has_to_enter_a_code() -> None:
    """S33: then the next level is tried after as long as the person had."""
    facts = _run(entered=0)
    assert "36 wait_over 0.1 not_verified" in lines(facts)
    assert "code_entered" not in kinds(facts)


def test_a_mistyped_code_is_tried_again_and_not_for_ever() -> None:
    """S33: the engine hears nothing of a wrong code."""
    facts = _run(mistyped=percent(100))
    first = [fact for fact in facts if fact[5] == "code_entered" and fact[3] == 0]
    assert [fact[1] for fact in first] == [us(15), us(25), us(35)]
    assert len(first) == TRIES_MAX
    assert "act" not in kinds(facts)


def test_the_code_of_a_late_copy_counts_whichever_level_is_open() -> None:
    """S33: the SMS that comes during the WhatsApp level is typed all the same."""
    facts = _run(sms={"delivery": 33})
    assert "44 act verified" in lines(facts)
    ended = next(fact for fact in facts if fact[5] == "finished")
    assert dict(ended[7].fields) == {"outcome": "delivered", "verified": True}


def test_a_code_that_comes_after_its_lifetime_is_useless() -> None:
    """S34: it is entered, and the engine says that it has expired."""
    its_plan = plan(level(wait=60), stops_on_verified=True, code_lifetime_us=us(12))
    facts = _run(its_plan)
    assert "15 act verified the code has expired" in lines(facts)
    assert lines(facts)[-1].startswith("66 finished 0 exhausted")


def test_a_code_of_its_own_is_told_with_its_level() -> None:
    """S33: with per: level the engine credits the code's level."""
    its_plan = plan(level(), stops_on_verified=True, has_code_per_level=True)
    act = next(fact for fact in _run(its_plan) if fact[5] == "act")
    assert act[7].number("level") == 0


def test_who_got_nothing_asks_for_the_code_again() -> None:
    """S35: a resend by the person, as long as nothing has arrived."""
    facts = _run(
        sms={"delivery_outcomes": deliveries(vanished=100)},
        asks_again=percent(100), asks_again_after_us=us(20),
    )  # fmt: skip
    assert [line for line in lines(facts) if line.startswith("20 ")] == [
        "20 act resend",
        "20 submitted 0.2 sms",
    ]


def test_who_has_a_copy_does_not_ask_again() -> None:
    """S35: nor is anything logged of it."""
    facts = _run(asks_again=percent(100), asks_again_after_us=us(8), entered=0)
    assert "act" not in kinds(facts)


def test_habits_are_a_matter_of_luck() -> None:
    """Rule 7: some enter, some mistype, some ask again, each by a share."""
    facts = _run(load=300, entered=percent(70), mistyped=percent(20))
    entered = {fact[2] for fact in facts if fact[5] == "code_entered" and fact[3] == 0}
    assert 180 < len(entered) < 240
    wrong = [fact for fact in facts if fact[5] == "code_entered" and not fact[7].fields["right"]]
    assert 20 < len(wrong) < 110


# Acts ------------------------------------------------------------------------------------------

TWO = plan(level(wait=30), level("whatsapp", wait=30))


def test_an_act_of_the_scenario_comes_at_its_instant() -> None:
    """S35: for a named message, before the engine's wake-ups."""
    load = [Single(plan=0, at_us=us(3), name="one")]
    acts = [PlannedAct(at_us=us(10), act=Act.NEXT, name="one")]
    facts = _run(TWO, load=load, acts=acts, sms={"delivery": 100})
    assert [line for line in lines(facts) if line.startswith("10 ")] == [
        "10 act next",
        "10 fell_back 1 manual",
        "10 submitted 1.1 whatsapp",
    ]


def test_an_act_waits_for_its_message() -> None:
    """S35: what is planned for before the request is done with it."""
    load = [Single(plan=0, at_us=us(3), name="one")]
    acts = [PlannedAct(at_us=0, act=Act.CANCEL, name="one")]
    ended = next(fact for fact in _run(TWO, load=load, acts=acts) if fact[5] == "finished")
    assert (ended[1], ended[7].text("outcome")) == (us(3), "cancelled")


def test_an_act_by_hand_is_the_same_as_one_of_the_scenario() -> None:
    """Rule 3: a session with acts is a scenario with them, byte for byte."""
    load = [Burst(plan=0, at_us=us(at), count=20) for at in (0, 1, 6)]
    live = world(TWO, provider(delivery=9), provider("whatsapp"), load=load)
    facts, made = live.step(), []
    for at, message, act in ((1.0, 3, Act.NEXT), (6.0, 4, Act.CANCEL), (6.0, 5, Act.RESEND)):
        said = live.act(message, act, max(us(at), live.now))
        facts += said
        at_us = next(fact[1] for fact in said if fact[5] == "act")
        made.append(PlannedAct(at_us=at_us, act=act, message=message))
    facts += run(live)
    saved = world(TWO, provider(delivery=9), provider("whatsapp"), load=load, acts=tuple(made))
    assert run(saved) == facts
    assert kinds(facts).count("act") == 3


def test_an_act_on_what_is_over_says_nothing() -> None:
    """Rule 4: the message is long forgotten."""
    live = world(TWO, provider(), provider("whatsapp"))
    live.advance(us(100), 1000)
    assert live.act(1, Act.CANCEL, us(100)) == []


# Recall ----------------------------------------------------------------------------------------

RECALLS = plan(level(wait=10), level("whatsapp", wait=30), late_success=LateSuccess.CANCEL_NEXT)


def _recalled(*, can_recall: bool, delivery: int = 20) -> list[Fact]:
    sms = provider(delivery=12)
    whatsapp = provider("whatsapp", delivery=delivery, more={"can_recall": can_recall})
    return run(world(RECALLS, sms, whatsapp))


def test_what_was_called_back_never_arrives() -> None:
    """S24: the late SMS makes WhatsApp needless, and it has not been delivered yet."""
    facts = _recalled(can_recall=True)
    assert lines(facts)[-3:] == [
        "14 finished 0.1 delivered",
        "14 called_back 1.1",
        "14 recalled 1.1 recalled",
    ]
    assert kinds(facts).count("reached_handset") == 1


def test_what_has_arrived_cannot_be_called_back() -> None:
    """S24: too late."""
    facts = _recalled(can_recall=True, delivery=1)
    assert "14 recalled 1.1 too_late" in lines(facts)
    assert kinds(facts).count("reached_handset") == 2


def test_many_providers_cannot_call_back_at_all() -> None:
    """S24: unsupported, and the person gets it twice."""
    facts = _recalled(can_recall=False)
    assert "14 recalled 1.1 unsupported" in lines(facts)
    assert kinds(facts).count("reached_handset") == 2
