from fractions import Fraction

import pytest

from sandbox.app.frame import Phase
from sandbox.app.side_by_side import Contender, SideBySide, path_of, variants
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from tests.tui.stage import CODES

SHORT = CODES.replace("for: 4m", "for: 30s")


def _contender(scenario: Scenario, name: str = "a") -> Contender:
    return Contender(name=name, scenario=scenario)


def _pair(first: Scenario, second: Scenario) -> SideBySide:
    pair = SideBySide(
        _contender(first), _contender(second, "b"), clock=lambda: 0.0, has_names=False
    )
    while not pair.is_over:
        pair.advance(10_000_000)
    return pair


def listed(pair: SideBySide) -> list[int]:
    """Who fares differently, all of it worked out."""
    pair.differing.work(lambda: True)
    assert not pair.differing.is_at_work
    return [pair.differing.at(place) for place in range(len(pair.differing))]


def test_variants_put_another_level_first() -> None:
    """The others keep their order, and each level its wait."""
    scenario = load(SHORT)
    made = variants(scenario)
    assert [path_of(each.scenario.world.plans[0]) for each in made] == [
        "whatsapp → sms → viber", "viber → sms → whatsapp",
    ]  # fmt: skip
    assert made[0].name == "codes, whatsapp first"
    assert [level.wait_us for level in made[0].scenario.world.plans[0].levels] == [
        45_000_000, 30_000_000, 40_000_000,
    ]  # fmt: skip


def test_a_single_level_has_no_variant() -> None:
    """There is nothing to put first."""
    assert variants(load("schema: 1\ncascades: {otp: [sms]}\nload: [{burst: 1}]\n")) == []


def test_the_same_plan_twice_differs_in_nothing() -> None:
    """The luck is the same: not one message fares differently."""
    scenario = load(SHORT)
    pair = _pair(scenario, scenario)
    assert listed(pair) == []
    assert pair.figures()[0] == pair.figures()[1]
    assert not pair.is_shifted


def test_another_order_differs_only_where_the_plan_made_it_so() -> None:
    """Both have the same messages; who differs is over in both."""
    scenario = load(SHORT)
    pair = _pair(scenario, variants(scenario)[0].scenario)
    a, b = pair.sessions
    assert a.message_count == b.message_count
    assert pair.phase is Phase.OVER
    differing = listed(pair)
    assert differing
    rows = [(a.row(number), b.row(number)) for number in differing]
    assert all(x is not None and y is not None for x, y in rows)
    kept = [(x, y) for x, y in rows if x is not None and y is not None]
    assert any(x.channel != y.channel for x, y in kept)
    apart = [(x.outcome == "delivered") != (y.outcome == "delivered") for x, y in kept]
    assert apart == sorted(apart, reverse=True)  # whom only one of them reaches comes first


def test_the_second_runs_under_the_first_one_s_seed() -> None:
    """Otherwise the luck would not be the same."""
    pair = _pair(load(SHORT, seed=3), load(SHORT, seed=4))
    assert [session.seed for session in pair.sessions] == [3, 3]
    assert listed(pair) == []


@pytest.mark.parametrize("speed", [0, 3, -2])
def test_the_clocks_go_together(speed: int) -> None:
    """Whatever the speed, and also where one has much more to do."""
    scenario = load(SHORT)
    pair = SideBySide(
        _contender(scenario), variants(scenario)[1], clock=lambda: 0.0, has_names=False
    )
    pair.change_speed(speed)
    for _ in range(40):
        pair.advance(50_000)
        a, b = pair.sessions
        assert abs(a.now_us - b.now_us) <= 1 or a.is_at_end or b.is_at_end
    assert pair.sessions[0].speed == pair.sessions[1].speed > Fraction(0)


def test_a_gap_too_small_to_be_made_up_for_stops_nobody() -> None:
    """As it is left behind by a frame that was out of budget: 26 us, at 512 us a tick."""
    scenario = load(SHORT)
    pair = SideBySide(
        _contender(scenario), variants(scenario)[0], clock=lambda: 0.0, has_names=False
    )
    pair.sessions[0].set_speed(Fraction(1, 4))
    pair.sessions[0].advance(104)
    assert [session.now_us for session in pair.sessions] == [26, 0]
    pair.change_speed(20)
    for _ in range(1000):
        pair.advance(66_000)
    assert pair.is_over


def test_who_is_ahead_waits_for_the_other() -> None:
    """One that is out of budget is caught up with before the other goes on."""
    scenario = load(SHORT)
    pair = SideBySide(
        _contender(scenario), variants(scenario)[0], clock=lambda: 0.0, has_names=False
    )
    pair.sessions[0].advance(1_000_000)
    ahead = pair.sessions[0].now_us
    pair.advance(50_000)
    assert pair.sessions[0].now_us == ahead
    assert pair.sessions[1].now_us == ahead


def test_a_pause_stops_both_and_lets_both_go_on() -> None:
    """Also where one had been paused by itself."""
    scenario = load(SHORT)
    pair = SideBySide(
        _contender(scenario), variants(scenario)[0], clock=lambda: 0.0, has_names=False
    )
    seen = []
    for _ in range(2):
        pair.pause()
        seen.append((pair.phase, pair.advance(1_000_000)))
    assert seen == [(Phase.PAUSED, False), (Phase.RUNNING, True)]
