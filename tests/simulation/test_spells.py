import random
from itertools import pairwise

import pytest

from sandbox.errors import MisuseError
from sandbox.simulation.spec import Unreachable
from sandbox.simulation.spells import SPELL_MIN_US, Pattern, Spells

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY_AND_NIGHT = Unreachable(off_mean_us=6 * HOUR, on_mean_us=18 * HOUR)
PEOPLE = 20_000


def _pattern(effect: Unreachable = DAY_AND_NIGHT, seed: int = 1) -> Pattern:
    return Pattern(seed, "phone_off", effect)


def _is_on(spells: Spells, at_us: int) -> bool:
    return spells.on_from(at_us) == at_us


@pytest.mark.parametrize("at_us", [0, 1, HOUR, 30 * 24 * HOUR])
def test_as_many_phones_are_off_at_the_beginning_as_ever(at_us: int) -> None:
    """The means say a quarter of the time, and a quarter it is: at 0, after an hour, a month."""
    pattern = _pattern()
    off = sum(not _is_on(pattern.of(person), at_us) for person in range(PEOPLE))
    deviation = (PEOPLE * 0.25 * 0.75) ** 0.5
    assert off == pytest.approx(PEOPLE * 0.25, abs=3 * deviation)


def test_a_phone_that_is_off_stays_off_as_long_as_the_mean_says() -> None:
    """Whoever is off returns after the mean spell, however long it has been: no memory."""
    pattern = _pattern()
    waits = [pattern.of(person).on_from(HOUR) - HOUR for person in range(PEOPLE)]
    off = [wait for wait in waits if wait]
    assert sum(off) / len(off) == pytest.approx(6 * HOUR, rel=3 / len(off) ** 0.5)


def test_spells_off_and_on_take_turns_with_their_means() -> None:
    """Followed for years, one phone is off and on by turns for 6 and for 18 hours on average."""
    spells = _pattern().of(4)
    returns = {spells.on_from(hour * HOUR // 6) for hour in range(6 * 24 * 365 * 2)}
    returns = {back_at for back_at in returns if not _is_on(spells, back_at - 1)}
    cycles = [later - earlier for earlier, later in pairwise(sorted(returns))]
    # A spell off that begins and ends between two looks, ten minutes apart, is missed: one in 36.
    missed = 1 / 36
    assert sum(cycles) / len(cycles) == pytest.approx(
        24 * HOUR, rel=3 / len(cycles) ** 0.5 + missed
    )


def test_it_does_not_matter_who_asks_when() -> None:
    """A walk that is asked backwards, at random or again gives what a fresh walk gives."""
    pattern = _pattern(Unreachable(off_mean_us=2 * SECOND, on_mean_us=3 * SECOND))
    dice = random.Random(3)
    instants = [dice.randrange(6 * HOUR) for _ in range(50)]
    instants = sorted(instants) + sorted(instants, reverse=True) + instants
    asked = pattern.of(9)
    for at_us in instants:
        assert asked.on_from(at_us) == pattern.of(9).on_from(at_us)


def test_a_spell_ends_at_its_end() -> None:
    """At the very instant a phone goes off it is off, and at the instant it returns it is on."""
    walked = _pattern().of(2)
    walked.on_from(60 * 24 * HOUR)
    edges = walked._ends
    off_first = not _is_on(walked, 0)
    for nth, edge in enumerate(edges[:-1]):
        fresh = _pattern().of(2)
        fresh.on_from(edge - 1)
        goes_off = (nth % 2 == 1) is off_first
        assert fresh.on_from(edge) == (edges[nth + 1] if goes_off else edge)


def test_a_long_walk_is_forgotten_behind_it() -> None:
    """Spells of seconds over hours do not fill the memory."""
    spells = _pattern(Unreachable(off_mean_us=SECOND, on_mean_us=SECOND)).of(1)
    spells.on_from(10 * HOUR)
    assert len(spells._ends) <= 2048
    assert spells._first > 30_000


def test_everybody_has_spells_of_their_own() -> None:
    """Seed, trait and person are all part of the luck."""
    first = [_pattern().of(person).on_from(0) for person in range(50)]
    assert len(set(first) - {0}) > 5
    assert first != [_pattern(seed=2).of(person).on_from(0) for person in range(50)]
    other = Pattern(1, "no_data", DAY_AND_NIGHT)
    assert first != [other.of(person).on_from(0) for person in range(50)]


@pytest.mark.parametrize(("off", "on"), [(SPELL_MIN_US - 1, HOUR), (HOUR, SPELL_MIN_US - 1)])
def test_spells_too_short_to_walk_through_are_refused(off: int, on: int) -> None:
    """A mean below a second would mean millions of steps for one message."""
    with pytest.raises(MisuseError, match="phone_off"):
        _pattern(Unreachable(off_mean_us=off, on_mean_us=on))
