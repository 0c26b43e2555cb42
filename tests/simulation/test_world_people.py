"""Who receives: traits, phones that are off, and people named in the file."""

from sandbox.simulation.spec import (
    Burst,
    KnownIneligible,
    LoadEntry,
    NamedPerson,
    Population,
    Single,
    Trace,
    Unreachable,
)
from tests.support.hand import level, plan, us
from tests.support.worlds import (
    GONE,
    forced,
    kinds,
    lines,
    mixed,
    provider,
    run,
    submits,
    trait,
    world,
)

ONE = plan(level())
TWO = plan(level(wait=30), level("whatsapp", wait=30))
HOUR = 3600


def test_a_known_trait_skips_the_level() -> None:
    """S26: what the engine knows beforehand costs no submission."""
    its_world = world(
        TWO, provider(), provider("whatsapp"), traits=[trait("no_sms", KnownIneligible(), "sms")]
    )
    assert lines(run(its_world))[:4] == [
        "0 requested 0",
        "0 skipped 0 no_sms",
        "0 fell_back 1 ineligible",
        "0 submitted 1.1 whatsapp",
    ]


def test_a_forced_refusal_is_told_by_the_provider() -> None:
    """Traits: what only the provider knows, the engine learns from the answer."""
    no_wa = trait("no_wa", forced("refused.permanent", GONE), "whatsapp")
    its_world = world(
        plan(level("whatsapp"), level()), provider("whatsapp"), provider(), traits=[no_wa]
    )
    assert lines(run(its_world))[2:5] == [
        "1 refused 0.1 30005",
        "1 fell_back 1 refused",
        "1 submitted 1.1 sms",
    ]


def test_a_forced_failure_is_told_by_a_receipt() -> None:
    """Traits: a blocked sender is accepted first, and fails at the handset."""
    blocked = trait("blocked", forced("failed", GONE), "sms")
    said = lines(run(world(ONE, provider(), traits=[blocked])))
    assert said[2:5] == [
        "1 accepted 0.1",
        "5 failed_at_provider 0.1 failed 30005",
        "6 receipt 0.1 failed 30005",
    ]


def test_nobody_gets_what_the_trait_rules_out() -> None:
    """Traits: a cut line does not put a message on the handset of who is not on the channel."""
    no_wa = trait("no_wa", forced("refused.permanent", GONE), "whatsapp")
    cut = provider("whatsapp", submit_outcomes=submits(timeout_accepted=100))
    facts = run(world(plan(level("whatsapp")), cut, traits=[no_wa], load=20))
    assert "reached_handset" not in kinds(facts)
    assert kinds(facts).count("unknown") == 20


def test_traits_hit_all_their_channels_and_no_other() -> None:
    """Traits: one phone, several channels, one reason."""
    gone = trait("gone", forced("failed", GONE), "sms", "viber")
    three = plan(level(), level("viber"), level("whatsapp"))
    its_world = world(three, provider(), provider("viber"), provider("whatsapp"), traits=[gone])
    assert lines(run(its_world))[-1].endswith("finished 2.1 delivered")


def test_a_phone_that_is_off_gets_the_message_when_it_returns() -> None:
    """Traits: kept by the provider, tried again, delivered late or expired; never while off."""
    off = trait("off", Unreachable(us(HOUR), us(HOUR)), "sms")
    patient = provider(store_for_us=us(2 * HOUR), delay=0)
    facts = run(world(plan(level(wait=None), deadline=10 * HOUR), patient, traits=[off], load=400))
    reached = [fact[1] for fact in facts if fact[5] == "reached_handset"]
    expired = [fact[1] for fact in facts if fact[5] == "expired_at_provider"]
    at_once = [at for at in reached if at == us(5)]
    assert 150 < len(at_once) < 250, "half of the phones are on"
    assert max(reached) <= us(1 + 2 * HOUR)
    assert set(expired) == {us(1 + 2 * HOUR)}
    assert 10 < len(expired) < 60, "a seventh of the phones that were off is off for two hours"


def test_a_phone_that_is_off_is_tried_again_at_intervals() -> None:
    """Traits: with `retry_every` the message comes with a try, not when the phone returns."""
    off = trait("off", Unreachable(us(HOUR), us(HOUR)), "sms")
    tries = provider(store_for_us=us(2 * HOUR), retry_every_us=us(600), delay=0)
    facts = run(world(plan(level(wait=None), deadline=10 * HOUR), tries, traits=[off], load=100))
    reached = {(fact[1] - us(5)) % us(600) for fact in facts if fact[5] == "reached_handset"}
    assert reached == {0}


def test_a_message_that_is_there_after_the_time_it_is_kept_meets_the_phone_as_it_is() -> None:
    """Traits: however slow the network, a phone that is off gets nothing."""
    off = trait("off", Unreachable(us(1000 * HOUR), us(1)), "sms")
    slow = provider(delivery=50, store_for_us=us(10))
    facts = run(world(ONE, slow, traits=[off], load=20))
    assert kinds(facts).count("expired_at_provider") >= 19


def test_a_named_message_goes_to_the_named_person() -> None:
    """Load: name, recipient and number of a single message belong together."""
    people = Population(
        size=5,
        people=(NamedPerson(name="anna", phone="+4915112345678", country="DE", traits=("vip",)),),
        traits=(trait("vip", KnownIneligible(), "viber", share=0),),
    )
    load: list[LoadEntry] = [
        Burst(plan=0, at_us=0, count=2),
        Single(plan=0, at_us=us(1), name="otp", to="anna"),
    ]
    its_world = world(ONE, provider(), population=people, load=load)
    run(its_world)
    assert its_world.message_names == {3: "otp"}
    assert its_world.phone_of(3) == "+4915112345678"
    assert its_world.traits_of(3) == ("vip",)
    assert its_world.person_of(3).name == "anna"
    assert its_world.traits_of(1) == ()


def test_a_trace_names_messages_and_people() -> None:
    """Load: each row of a recording has its own name and recipient, or neither."""
    people = Population(size=5, people=(NamedPerson(name="anna", phone="+4915112345678"),))
    recorded = Trace(
        at_us=0,
        instants=(us(1), us(1), us(2)),
        plans=(0, 0, 0),
        names=("", "first", "second"),
        people=("", "anna", ""),
    )
    its_world = world(ONE, provider(), population=people, load=[recorded])
    run(its_world)
    assert its_world.message_names == {2: "first", 3: "second"}
    assert [its_world.person_of(number).name for number in (1, 2, 3)] == ["", "anna", ""]
    assert its_world.phone_of(2) == "+4915112345678"


def test_who_a_message_is_for_does_not_change_when_it_is_over() -> None:
    """People: the same person during the run and after it, with a valid number."""
    its_world = mixed(load=30)
    its_world.advance(0, 10_000)
    during = [(its_world.phone_of(n), its_world.traits_of(n)) for n in range(1, 11)]
    run(its_world)
    assert [(its_world.phone_of(n), its_world.traits_of(n)) for n in range(1, 11)] == during
    assert all(number.startswith("+49") for number, _ in during)
