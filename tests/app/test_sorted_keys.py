import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.app.sorted_keys import RUN, SortedKeys

BATCHES = st.lists(st.lists(st.integers(-500, 500), max_size=30, unique=True).map(sorted))


def listed(keys: SortedKeys) -> list[int]:
    """All numbers, by their positions."""
    return [keys[position] for position in range(len(keys))]


@given(batches=BATCHES, taken=st.randoms(use_true_random=False))
def test_numbers_stand_in_order_whatever_comes_and_goes(
    batches: list[list[int]], taken: random.Random
) -> None:
    """Positions and numbers are those of a sorted list."""
    keys, model = SortedKeys(), set[int]()
    for batch in batches:
        new = [key for key in batch if key not in model]
        keys.put(new)
        model |= set(new)
        gone = sorted(taken.sample(sorted(model), len(model) // 3))
        keys.take(gone)
        model -= set(gone)
        assert listed(keys) == sorted(model)
    for position, key in enumerate(sorted(model)):
        assert keys.position(key) == position
    assert keys.position(501) is None
    assert all(keys.position(key) is None for key in range(-500, 501) if key not in model)


def test_runs_stay_short_in_either_direction_and_in_between() -> None:
    """Blocks that come newest first, or among others, make no long run and lose nothing."""
    keys = SortedKeys()
    for first in range(90_000, -1, -500):
        keys.put(list(range(first, first + 500, 2)))
    odd = [key for key in range(90_500) if key % 2]
    random.Random(7).shuffle(odd)
    for key in odd:
        keys.put([key])
    assert len(keys) == 90_500
    assert listed(keys) == list(range(90_500))
    assert max(map(len, keys._runs)) <= 2 * RUN


@pytest.mark.parametrize("position", [-1, 0, 3])
def test_a_position_outside_is_refused(position: int) -> None:
    """As a list refuses it; negative ones too."""
    keys = SortedKeys()
    if position == 3:
        keys.put([1, 2, 3])
    with pytest.raises(IndexError):
        keys[position]
