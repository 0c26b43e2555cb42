from collections.abc import Callable
from itertools import count

import pytest

from sandbox.app.differences import BLOCK, GRAVEST, Differences
from sandbox.app.side_by_side import Contender, SideBySide, variants
from sandbox.report.fates import gravity
from sandbox.scenario.library import builtin_names
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from tests.tui.stage import CODES, STORM

LONG = CODES.replace("poisson: 5/s, for: 4m", "poisson: 20/s, for: 2m")


def pair_of(scenario: Scenario) -> SideBySide:
    """A scenario beside itself with another level first."""
    first = Contender(name="a", scenario=scenario)
    return SideBySide(first, variants(scenario)[0], clock=lambda: 0.0, has_names=False)


def every(pair: SideBySide) -> list[int]:
    """The same list, worked out from all messages at once: what the slices are held to."""
    a, b = pair.sessions
    channels = [str(each.channel) for each in a.scenario.world.providers]
    channels = list(dict.fromkeys(channels))
    one, other = a.fates(channels), b.fates(channels)
    found = []
    for message in range(1, min(a.message_count, b.message_count) + 1):
        grave = gravity(one.of(message), other.of(message))
        if grave and a.is_decided(message) and b.is_decided(message):
            found.append((GRAVEST - grave, message))
    return [message for _, message in sorted(found)]


def listed(found: Differences) -> list[int]:
    """What is listed."""
    return [found.at(place) for place in range(len(found))]


def one_block() -> Callable[[], bool]:
    """Time for one block only."""
    return lambda: False


def test_in_slices_it_comes_to_the_same_as_at_once() -> None:
    """While both runs go on, and when they are over."""
    pair = pair_of(load(LONG))
    found = pair.differing
    while not pair.is_over:
        pair.advance(2_000_000)
        found.work(one_block())
    while found.work(one_block()):
        pass
    assert listed(found) == every(pair)
    assert len(found) > BLOCK // 2
    assert not found.is_at_work


@pytest.mark.parametrize("name", ["codes", "storm"])
def test_nothing_that_changes_later_is_missed(name: str) -> None:
    """A second copy of a message that was over long ago: each full look is exact."""
    pair = pair_of(load(CODES if name == "codes" else STORM))
    changed = 0
    before: list[int] = []
    while not pair.is_over:
        pair.advance(5_000_000)
        pair.differing.work(lambda: True)
        now = listed(pair.differing)
        assert now == every(pair)
        changed += now[: len(before)] != before
        before = now
    assert changed


def test_a_slice_looks_at_no_more_than_it_has_time_for() -> None:
    """However many messages there are; the newest come first."""
    pair = pair_of(load(LONG))
    while not pair.is_over:
        pair.advance(10_000_000)
    found = pair.differing
    blocks = pair.sessions[0].message_count // BLOCK + 1
    assert blocks > 8
    looked = count(1)
    while found.work(lambda: next(looked) % 2 == 0):
        if len(found):
            newest = max(listed(found))
            assert newest > (blocks - 3) * BLOCK
            break
    asked = 0

    def twice() -> bool:
        nonlocal asked
        asked += 1
        return asked < 2

    assert found.work(twice)
    assert asked == 2
    assert found.is_at_work


def test_a_place_is_found_again() -> None:
    """Where graver ones came before it, its place is another one."""
    pair = pair_of(load(LONG))
    while not pair.is_over:
        pair.advance(10_000_000)
    found = pair.differing
    found.work(lambda: True)
    for place in range(0, len(found), 7):
        assert found.place_of(found.at(place)) == place
    same = next(m for m in range(1, 999) if m not in set(listed(found)))
    assert found.place_of(same) is None
    assert found.place_of(10**9) is None
    with pytest.raises(IndexError):
        found.at(len(found))


def test_without_messages_there_is_nothing_to_do() -> None:
    """At the very beginning; and when nothing has happened since, no look is taken."""
    pair = pair_of(load(CODES))
    assert pair.differing.work(lambda: True)
    assert not pair.differing.work(lambda: True)
    assert len(pair.differing) == pair.differing.paired_count == 0


@pytest.mark.parametrize("name", [n for n in builtin_names() if n.startswith(("t", "o", "m"))])
def test_shipped_scenarios_come_to_the_same_as_well(name: str) -> None:
    """Several cascades, parallel levels, codes."""
    scenario = load(name)
    if not variants(scenario):
        pytest.skip("a single level")
    pair = pair_of(scenario)
    while not pair.is_over and pair.sessions[0].message_count < 1500:
        pair.advance(2_000_000)
        pair.differing.work(one_block())
    pair.differing.work(lambda: True)
    pair.differing.work(lambda: True)
    assert listed(pair.differing) == every(pair)
