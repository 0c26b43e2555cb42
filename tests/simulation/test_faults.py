"""Settings that change while a run goes on: faults, their recovery, and changes by hand."""

from fractions import Fraction
from typing import Any

import pytest

from sandbox.cascade.vocabulary import Status
from sandbox.errors import MisuseError
from sandbox.simulation.distributions import fixed, scaled
from sandbox.simulation.faults import LiveSettings, changed
from sandbox.simulation.spec import (
    PATHS,
    PPB,
    Burst,
    Change,
    ChargedOn,
    Fault,
    Forced,
    HandChange,
    Scale,
    Settings,
    SettingValue,
    Unreachable,
)
from sandbox.simulation.world import World
from tests.support.hand import Seconds, level, plan, us
from tests.support.worlds import (
    GONE,
    always,
    deliveries,
    events,
    fault,
    kinds,
    lines,
    percent,
    provider,
    run,
    submits,
    told_world,
    trait,
    world,
)

ONE = plan(level(success=Status.READ, wait=200), deadline=None)


def _live(*faults: Fault, **settings: Any) -> LiveSettings:
    live = LiveSettings(Settings(**settings))
    for each in faults:
        live.begin(each)
    return live


# Layers ------------------------------------------------------------------------------------------


def test_without_faults_the_scenario_says_everything() -> None:
    """Rule 16: the bottom layer."""
    live = _live(price_nano=5)
    assert live.at(0) == live.base
    assert live.plain is live.base


def test_a_fault_replaces_exactly_the_setting_it_names() -> None:
    """Rule 16: everything else stays as the scenario says."""
    live = _live(fault("price.amount", 9), price_nano=5, read_share=percent(50))
    assert live.at(0).price_nano == 9
    assert live.at(0).read_share == percent(50)
    assert live.plain is None


def test_a_fault_that_ended_leaves_no_trace() -> None:
    """Rule 16: `[at, at + for)`, then the base value."""
    over = fault("price.amount", 9)
    live = _live(over, price_nano=5)
    live.end(over)
    assert live.plain == live.base


def test_a_change_by_hand_beats_a_fault() -> None:
    """Rule 16: whoever turns the knob sees what they turned to, and hands it back."""
    live = _live(fault("price.amount", 9), price_nano=5)
    live.change("price.amount", Change("price.amount", 7, "7"))
    assert live.at(0).price_nano == 7
    live.change("price.amount", None)
    assert live.at(0).price_nano == 9


def test_handing_back_what_was_never_changed_changes_nothing() -> None:
    """Rule 16: a knob that was not turned has nothing to hand back."""
    live = _live(price_nano=5)
    live.change("price.amount", None)
    assert live.at(0) == live.base


def test_two_faults_change_two_settings() -> None:
    """Rule 16: faults on different settings are on together, and end one by one."""
    one, other = fault("price.amount", 9), fault("receipts.lost", percent(30))
    live = _live(one, other, price_nano=5)
    live.end(one)
    assert (live.at(0).price_nano, live.at(0).receipt_lost) == (5, percent(30))


# Values ------------------------------------------------------------------------------------------

HALF = Scale(Fraction(1, 2))
TEN = Scale(Fraction(10))


@pytest.mark.parametrize(
    ("name", "base", "value", "expected"),
    [
        ("price_nano", 5, 9, 9),
        ("price_nano", 5, TEN, 50),
        ("price_nano", 5, HALF, 2),
        ("receipt_lost", percent(30), TEN, PPB),
        ("read_share", percent(30), HALF, percent(15)),
        ("receipt_late_share", percent(60), Scale(Fraction(2)), PPB),
        ("validity_us", 10, TEN, 100),
        ("validity_us", None, TEN, None),
        ("receipt_delay", fixed(3), TEN, scaled(fixed(3), Fraction(10))),
        ("submit_outcomes", submits(), submits(throttled=5), submits(throttled=5)),
        ("submit_outcomes", submits(throttled=5), TEN, submits(throttled=5)),
    ],
)
def test_a_change_replaces_or_scales(
    name: str, base: SettingValue, value: SettingValue, expected: SettingValue
) -> None:
    """Rule 16: a scale multiplies the scenario's value; a share stops at one."""
    assert changed(name, base, value) == expected


def test_every_path_names_a_setting() -> None:
    """Rule 16: there is no other way to a setting than its path, and none leads nowhere."""
    settable = {name for name, each in Settings.__dataclass_fields__.items() if each.init}
    assert set(PATHS.values()) == settable


# Recovery ----------------------------------------------------------------------------------------


def _recovering(path: str, value: SettingValue, **settings: Any) -> LiveSettings:
    """A fault that ended at 20 s and is back after 10 s more."""
    it = fault(path, value, at=0, lasts=20, recover=10)
    live = _live(it, **settings)
    live.end(it)
    return live


@pytest.mark.parametrize(("at", "price"), [(20, 105), (25, 55), (29, 15), (30, 5), (99, 5)])
def test_a_number_goes_back_linearly(at: Seconds, price: int) -> None:
    """Rule 16: at the end of the fault its value, at the end of the recovery the base value."""
    assert _recovering("price.amount", 105, price_nano=5).at(us(at)).price_nano == price


@pytest.mark.parametrize(("at", "share"), [(20, 100), (25, 60), (30, 20)])
def test_shares_go_back_in_proportion(at: Seconds, share: int) -> None:
    """Rule 16: outcomes are mixed share by share and still sum to one."""
    live = _recovering(
        "submit.outcomes",
        submits(refused_temporary=100),
        submit_outcomes=submits(refused_temporary=20),
    )
    shares = live.at(us(at)).submit_outcomes
    assert shares.share("refused.temporary") == percent(share)
    assert sum(each for _, each in shares.shares) == PPB
    assert [word for word, _ in shares.shares] == ["refused.temporary", "accepted"]


def test_outcomes_of_both_sides_are_in_the_mixture_in_canonical_order() -> None:
    """Rule 16: what only one side has is mixed with nothing."""
    live = _recovering(
        "delivery.outcomes", deliveries(failed=100), delivery_outcomes=deliveries(rejected=40)
    )
    shares = live.at(us(25)).delivery_outcomes.shares
    assert shares == (
        ("rejected", percent(20)),
        ("failed", percent(50)),
        ("delivered", percent(30)),
    )


def test_durations_go_back_quantile_by_quantile() -> None:
    """Rule 16: halfway back a delay is halfway between."""
    live = _recovering("receipts.delay", fixed(us(21)), receipt_delay=fixed(us(1)))
    delays = [live.at(us(at)).receipt_delay.draw(0) for at in (20, 25, 30)]
    assert delays == [us(21), us(11), us(1)]


def test_what_knows_no_middle_is_back_at_once() -> None:
    """Rule 16: an unlimited validity and reasons."""
    live = _recovering("validity", us(5), validity_us=None)
    assert live.at(us(21)).validity_us is None
    reasons = (always("failed", GONE),)
    assert _recovering("delivery.reasons", reasons).at(us(21)).reasons == ()


def test_a_change_by_hand_beats_a_recovery() -> None:
    """Rule 16: the upper layer wins on the way back, too."""
    live = _recovering("price.amount", 105, price_nano=5)
    live.change("price.amount", Change("price.amount", 7, "7"))
    assert live.at(us(25)).price_nano == 7


def test_when_the_recovery_is_over_the_scenario_is_plain_again() -> None:
    """Rule 16: a fault that is over costs nothing any more, and fires no more."""
    live = _recovering("price.amount", 105, price_nano=5)
    live.read(us(25), "price_nano")
    live.read(us(30), "price_nano")
    assert live.fired == {"fault": 1}
    assert live.plain == live.base


# What is noticed ---------------------------------------------------------------------------------


def test_a_fault_is_noticed_when_a_setting_it_changed_is_read() -> None:
    """Rule 16: a fault fired when a setting it had changed was read, once for each reading."""
    live = _live(fault("price.amount", 9))
    live.read(0, "receipt_lost")
    assert live.fired == {}
    live.read(0, "price_nano", "receipt_lost")
    live.notice("price_nano")
    assert live.fired == {"fault": 2}


def test_a_fault_under_a_knob_is_not_noticed() -> None:
    """Rule 16: what somebody changed by hand is not the fault's doing."""
    live = _live(fault("price.amount", 9))
    live.change("price.amount", Change("price.amount", 7, "7"))
    live.read(0, "price_nano")
    assert live.fired == {}


FIRES: dict[str, SettingValue] = {
    "submit.latency": fixed(us(2)),
    "submit.outcomes": submits(throttled=10),
    "delivery.time": fixed(us(2)),
    "delivery.outcomes": deliveries(failed=10),
    "delivery.read.share": percent(1),
    "delivery.read.after": fixed(us(2)),
    "delivery.unreachable.store_for": us(2),
    "delivery.unreachable.retry_every": us(2),
    "delivery.reasons": (always("failed", GONE),),
    "receipts.delay": fixed(us(2)),
    "receipts.lost": percent(1),
    "receipts.late.share": percent(1),
    "receipts.late.by": fixed(us(2)),
    "price.amount": 5,
    "validity": us(500),
    "receipts.duplicated.share": percent(1),
    "receipts.duplicated.copies": (1, 2),
    "receipts.duplicated.gap": fixed(us(2)),
    "receipts.reordered.share": percent(1),
    "receipts.reordered.within": us(2),
    "receipts.before_reply": percent(1),
    "receipts.contradictory": percent(1),
    "receipts.unknown_id": percent(1),
    "receipts.batched.every": us(2),
    "limits.rate": 86_400 * 10**9,
    "limits.burst": 5,
    "limits.quota.count": 500,
}


def _busy_world(its_fault: Fault) -> World:
    """A world in which every setting is read."""
    everything = provider(
        read_share=percent(100), read_after=fixed(us(1)), reports=[Status.DELIVERED, Status.READ],
        delivery_outcomes=deliveries(failed=50), receipt_late_share=percent(50), price_nano=1,
        receipt_duplicated_share=percent(30), receipt_reordered_share=percent(30),
        limit_rate=86_400 * 10**9, limit_burst=50,
    )  # fmt: skip
    off = trait("off", Unreachable(us(20), us(60)), "sms")
    return world(ONE, everything, traits=[off], faults=[its_fault], load=40)


@pytest.mark.parametrize("path", PATHS)
def test_a_fault_on_any_setting_is_noticed(path: str) -> None:
    """Rule 8, 16: no setting is read in secret, so a fault that did something is never vacuous."""
    its_world = _busy_world(fault(path, FIRES[path]))
    assert its_world.fired == {"fault": 0}
    run(its_world)
    assert its_world.fired["fault"] > 0


@pytest.mark.parametrize(
    ("path", "settings"),
    [
        ("delivery.read.after", {}),
        ("receipts.late.by", {}),
        ("delivery.reasons", {}),
        ("delivery.unreachable.store_for", {}),
        ("delivery.unreachable.retry_every", {}),
        ("receipts.delay", {"receipt_lost": percent(100)}),
        ("delivery.time", {"submit_outcomes": submits(refused_permanent=100)}),
        ("price.amount", {"submit_outcomes": submits(refused_permanent=100)}),
    ],
)
def test_a_fault_that_shapes_nothing_is_vacuous(path: str, settings: dict[str, Any]) -> None:
    """Rule 8: what nobody reads nobody's run depends on, and the verdict can say so."""
    if "submit_outcomes" in settings:
        settings = settings | {"reasons": (always("refused.permanent", GONE),)}
    its_world = world(ONE, provider(**settings), faults=[fault(path, FIRES[path])])
    run(its_world)
    assert its_world.fired == {"fault": 0}


def test_a_share_that_was_taken_down_to_nothing_is_noticed() -> None:
    """Rule 8, 16: nobody reads any more, and that is the fault's doing."""
    reads = provider(read_share=percent(100), read_after=fixed(us(1)))
    its_world = world(ONE, reads, faults=[fault("delivery.read.share", 0)])
    assert "read_by_person" not in kinds(run(its_world))
    assert its_world.fired["fault"] == 1


def test_a_validity_under_that_of_the_level_is_not_noticed() -> None:
    """S16, rule 8: a level that has its own validity does not ask the provider for one."""
    strict = plan(level(validity_us=us(100)))
    its_world = world(strict, provider(), faults=[fault("validity", us(1))])
    assert "expired_at_provider" not in kinds(run(its_world))
    assert its_world.fired == {"fault": 0}


# In the world ------------------------------------------------------------------------------------


def test_the_edges_of_a_fault_are_in_the_log() -> None:
    """Rule 2: when it began and ended, and whose it is."""
    its_world = world(ONE, provider(), faults=[fault("price.amount", 1, at=2, lasts=30)])
    edges = [told_world(fact) for fact in run(its_world) if fact[2] is None]
    assert edges == ["2 fault_began fault sms", "32 fault_ended fault sms"]


def test_a_fault_holds_from_its_beginning_and_no_longer_at_its_end() -> None:
    """Rule 5, 16: `[at, at + for)`, and edges come first at their instant."""
    down = fault("submit.outcomes", submits(refused_permanent=100), at=10, lasts=10)
    load = [Burst(plan=0, at_us=us(at), count=1) for at in (9, 10, 19, 20)]
    facts = run(world(ONE, provider(), load=load, faults=[down]))
    assert [fact[2] for fact in facts if fact[5] == "refused"] == [2, 3]


def test_a_fault_reaches_what_is_in_flight() -> None:
    """Rule 16: the receipt's fate is read when the delivery happens, not when it was submitted."""
    lost = fault("receipts.lost", percent(100), at=3, lasts=10)
    assert "receipt_lost" in kinds(run(world(ONE, provider(), faults=[lost])))
    over = fault("receipts.lost", percent(100), at=0, lasts=5)
    assert "receipt_lost" not in kinds(run(world(ONE, provider(), faults=[over])))


def test_delivery_is_decided_at_the_acceptance() -> None:
    """Rule 16: a fault that begins after the acceptance does not change the delivery any more."""
    late = fault("delivery.outcomes", deliveries(failed=100), at=2, lasts=10)
    assert "failed_at_provider" not in kinds(run(world(ONE, provider(), faults=[late])))
    early = fault("delivery.outcomes", deliveries(failed=100), at=1, lasts=10)
    assert "failed_at_provider" in kinds(run(world(ONE, provider(), faults=[early])))


def test_a_fault_moves_the_threshold_not_the_luck() -> None:
    """Rule 16: who fails at 30 % fails at 60 % as well, and nobody who failed is saved."""
    failing = []
    for share in (30, 60):
        worse = fault("delivery.outcomes", deliveries(failed=share))
        facts = run(world(plan(level()), provider(), faults=[worse], load=200))
        failing.append({fact[2] for fact in facts if fact[5] == "failed_at_provider"})
    assert failing[0] < failing[1]
    assert (40 < len(failing[0]) < 80, 90 < len(failing[1]) < 150) == (True, True)


def test_an_outage_that_recovers_lets_more_and_more_through() -> None:
    """Rule 16: over the recovery the share of refusals goes down in a line."""
    down = fault("submit.outcomes", submits(refused_permanent=100), lasts=100, recover=100)
    load = [Burst(plan=0, at_us=us(at), count=100) for at in (99, 125, 150, 175, 201)]
    facts = run(world(plan(level()), provider(), load=load, faults=[down]))
    refused = [fact[2] or 0 for fact in facts if fact[5] == "refused"]
    counts = [sum(first < n <= first + 100 for n in refused) for first in range(0, 500, 100)]
    assert counts[0] == 100
    assert counts[4] == 0
    for found, expected in zip(counts[1:4], (75, 50, 25), strict=True):
        assert abs(found - expected) < 15


# By hand -----------------------------------------------------------------------------------------


def _turned(value: SettingValue, path: str = "submit.outcomes") -> Change:
    return Change(path, value, "turned")


def test_a_change_by_hand_is_a_line_of_the_log() -> None:
    """Rule 2: with provider, path and what was turned to, at the instant it happened."""
    its_world = world(ONE, provider())
    its_world.step()
    (fact,) = its_world.change("sms", "price.amount", _turned(5, "price.amount"), us(0.25))
    assert told_world(fact) == "0.25 knob_changed sms price.amount turned"
    (fact,) = its_world.change("sms", "price.amount", None, us(0.5))
    assert told_world(fact) == "0.5 knob_changed sms price.amount as in the scenario"
    assert [fact[0] for fact in its_world.step()] == [5]


def test_a_change_by_hand_takes_effect_before_the_next_event() -> None:
    """Rule 5: changed at an instant, it holds for everything of that instant."""
    load = [Burst(plan=0, at_us=us(at), count=1) for at in (0, 10)]
    its_world = world(plan(level()), provider(), load=load)
    its_world.advance(us(9), 100)
    its_world.change("sms", "submit.outcomes", _turned(submits(refused_permanent=100)), us(10))
    facts = run(its_world)
    assert [fact[2] for fact in facts if fact[5] == "refused"] == [2]


def test_a_change_by_hand_reaches_what_is_in_flight() -> None:
    """Rule 16: a message on its way loses its receipt when the knob says so."""
    its_world = world(plan(level()), provider())
    its_world.advance(us(2), 100)
    its_world.change("sms", "receipts.lost", _turned(percent(100), "receipts.lost"))
    assert "receipt_lost" in kinds(run(its_world))


def test_a_change_by_hand_can_be_taken_back() -> None:
    """Rule 16: then everything is as in the scenario."""
    untouched = run(world(plan(level()), provider(), load=9))
    its_world = world(plan(level()), provider(), load=9)
    its_world.advance(0, 5)
    its_world.change("sms", "receipts.lost", _turned(percent(100), "receipts.lost"))
    its_world.change("sms", "receipts.lost", None)
    assert kinds(run(its_world))[-9:] == kinds(untouched)[-9:]


def test_a_change_by_hand_cannot_be_made_in_the_past() -> None:
    """Rule 5: a driver cannot change what has been."""
    its_world = world(ONE, provider())
    its_world.advance(us(1), 100)
    with pytest.raises(MisuseError, match="out of order"):
        its_world.change("sms", "price.amount", None, us(0.5))
    assert its_world.now == us(1)


def test_what_happens_before_a_change_by_hand_happens_first() -> None:
    """Rule 5: a change for later does not jump over anything."""
    its_world = world(ONE, provider())
    facts = its_world.change("sms", "price.amount", _turned(5, "price.amount"), us(7))
    assert [fact[1] for fact in facts] == sorted(fact[1] for fact in facts)
    assert kinds(facts)[0] == "requested"
    assert kinds(facts)[-1] == "knob_changed"
    assert its_world.now == us(7)


def test_a_change_by_hand_waits_for_the_end_of_an_instant() -> None:
    """Rule 5: it never comes between two things that happen at once."""
    its_world = world(ONE, provider(), load=5)
    its_world.step()
    facts = its_world.change("sms", "price.amount", _turned(5, "price.amount"))
    assert kinds(facts).count("requested") == 4
    assert (facts[-1][5], facts[-1][1]) == ("knob_changed", 1)


def test_a_change_by_hand_comes_after_edges_of_faults() -> None:
    """Rule 5: at one instant the scenario speaks first, then whoever has his hand on it."""
    edge = fault("price.amount", 9, at=0.5, lasts=10)
    its_world = world(ONE, provider(), faults=[edge])
    its_world.advance(us(0.2), 100)
    facts = its_world.change("sms", "price.amount", _turned(5, "price.amount"), us(0.5))
    assert kinds(facts) == ["fault_began", "knob_changed"]


def test_several_changes_by_hand_can_be_made_at_one_instant() -> None:
    """Rule 5: nothing happens between them, so they stand at the same instant, in their order."""
    its_world = world(ONE, provider())
    its_world.advance(us(0.2), 100)
    for path, value in (("price.amount", 5), ("receipts.lost", 0)):
        (fact,) = its_world.change("sms", path, _turned(value, path), us(0.5))
        assert fact[1] == us(0.5)


def test_a_change_by_hand_in_the_scenario_makes_the_same_log() -> None:
    """Rule 3: a session is a scenario: what was changed by hand stands in it with its instant."""
    turns = [
        (0.0, "receipts.lost", _turned(percent(50), "receipts.lost")),
        (1.0, "submit.outcomes", _turned(submits(refused_permanent=50))),
        (7.25, "receipts.lost", None),
        (7.25, "submit.outcomes", None),
    ]
    load = [Burst(plan=0, at_us=us(at), count=20) for at in (0, 1, 7.25)]
    live = world(plan(level()), provider(), load=load)
    facts = live.step()
    made = []
    for at, path, change in turns:
        facts += live.change("sms", path, change, max(us(at), live.now))
        made.append(HandChange(at_us=facts[-1][1], provider="sms", path=path, change=change))
    facts += run(live)
    saved = world(plan(level()), provider(), load=load, by_hand=tuple(made))
    assert run(saved) == facts
    assert kinds(facts).count("receipt_lost") > 0


def test_only_a_provider_of_the_run_can_be_changed() -> None:
    """Rule 4: a name that does not exist is a driver's misuse."""
    with pytest.raises(MisuseError, match="no provider 'telex'"):
        world(ONE, provider()).change("telex", "price.amount", None)


def test_a_change_while_all_is_quiet_is_possible() -> None:
    """Rule 5: after the last event a knob may be turned at any later instant."""
    its_world = world(plan(level()), provider())
    last = run(its_world)[-1]
    (fact,) = its_world.change("sms", "price.amount", None, us(1000))
    assert (fact[0], fact[1]) == (last[0] + 1, us(1000))


def test_the_run_is_not_quiet_before_its_faults_are_over() -> None:
    """Rule 5: edges are events like others."""
    its_world = world(ONE, provider(), faults=[fault("price.amount", 1, at=500, lasts=500)])
    last = list(events(its_world))[-1]
    assert [told_world(fact) for fact in last] == ["1000 fault_ended fault sms"]


def test_a_forced_outcome_is_no_fault() -> None:
    """Rule 16: traits belong to people and fire nothing."""
    blocked = trait("blocked", Forced("failed", GONE), "sms")
    its_world = world(
        plan(level()),
        provider(charged_on=ChargedOn.DELIVERED),
        traits=[blocked],
        faults=[fault("price.amount", 5)],
    )
    assert lines(run(its_world))[-1] == "6 finished 0 exhausted last_level failed"
    assert its_world.fired == {"fault": 0}
