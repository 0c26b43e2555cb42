"""What is worth choosing, and what fits."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from sandbox.report.front import Score, Wish, best, front, nearest, thinned

CHEAP = Score(Fraction(90, 100), Fraction(2), Fraction(30))
GOOD = Score(Fraction(97, 100), Fraction(8), Fraction(20))
QUICK = Score(Fraction(95, 100), Fraction(9), Fraction(5))
BEATEN = Score(Fraction(89, 100), Fraction(3), Fraction(30))
ALL = [GOOD, CHEAP, BEATEN, QUICK]

SCORES = st.builds(
    Score, *[st.fractions(min_value=0, max_value=3, max_denominator=3) for _ in range(3)]
)


def test_the_front_is_what_none_beats_the_cheapest_first() -> None:
    """Whatever is nowhere better than another is left out."""
    assert [ALL[place] for place in front(ALL)] == [CHEAP, GOOD, QUICK]


def test_of_equal_ones_the_first_is_kept() -> None:
    """A front has no doubles."""
    assert front([CHEAP, GOOD, CHEAP]) == [0, 1]


@given(st.lists(SCORES, min_size=1, max_size=12))
def test_every_score_is_on_the_front_or_beaten_by_one_that_is(scores: list[Score]) -> None:
    """Nothing worth choosing is lost, and nothing beaten is shown."""
    kept = [scores[place] for place in front(scores)]
    for score in scores:
        assert score in kept or any(other.beats(score) for other in kept)
    assert not any(a.beats(b) for a in kept for b in kept)


def test_a_budget_buys_the_best_delivery() -> None:
    """The most that arrives for the money."""
    assert best(ALL, Wish(budget=Fraction(8))) == ALL.index(GOOD)
    assert best(ALL, Wish(budget=Fraction(7))) == ALL.index(CHEAP)


def test_a_time_is_met_with_the_best_delivery() -> None:
    """The most that arrives in time."""
    assert best(ALL, Wish(p95=Fraction(25))) == ALL.index(GOOD)
    assert best(ALL, Wish(p95=Fraction(10))) == ALL.index(QUICK)


def test_a_delivery_is_had_as_cheaply_as_can_be() -> None:
    """What is left to choose is the price."""
    assert best(ALL, Wish(delivery=Fraction(90, 100))) == ALL.index(CHEAP)
    assert best(ALL, Wish(delivery=Fraction(95, 100))) == ALL.index(GOOD)


def test_all_that_is_asked_for_must_hold() -> None:
    """Where nothing fits, the one that misses by least is known."""
    wish = Wish(budget=Fraction(2), delivery=Fraction(95, 100))
    assert best(ALL, wish) is None
    assert nearest(ALL, wish) == ALL.index(CHEAP)


def test_a_long_front_is_thinned_out_with_both_its_ends() -> None:
    """What is kept is spread over it."""
    assert thinned(range(11), 3) == [0, 5, 10]
    assert thinned(range(3), 8) == [0, 1, 2]
