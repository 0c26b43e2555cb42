"""What is worth choosing: the options that no other beats in every respect, and the one that fits.

Three things count: how many messages reach the handset (more is better), what each of those costs,
and the time within which 95 % of them arrive (less is better). All three are what happened, not
what receipts told.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple


class Score(NamedTuple):
    """How an option fares.

    Attributes:
        delivery: A share of one.
        cost: Billionths of the currency per message that reached the handset.
        p95: Microseconds.
    """

    delivery: Fraction
    cost: Fraction
    p95: Fraction

    def beats(self, other: "Score") -> bool:
        """It is nowhere worse, and somewhere better."""
        nowhere_worse = (
            self.delivery >= other.delivery and self.cost <= other.cost and self.p95 <= other.p95
        )
        return nowhere_worse and self != other


class Wish(NamedTuple):
    """What must hold; None where nothing is asked for.

    Attributes:
        budget: The most that a delivered message may cost, in billionths.
        p95: The most that it may take.
        delivery: The least that must arrive.
    """

    budget: Fraction | None = None
    p95: Fraction | None = None
    delivery: Fraction | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing is asked for."""
        return self == Wish()

    def shortfall(self, score: Score) -> Fraction:
        """By what part of a wish a score misses it, in the worst respect; 0 where it fits."""
        missed = [Fraction(0)]
        if self.budget is not None:
            missed.append(_over(score.cost, self.budget))
        if self.p95 is not None:
            missed.append(_over(score.p95, self.p95))
        if self.delivery is not None and self.delivery:
            missed.append((self.delivery - score.delivery) / self.delivery)
        return max(missed)

    def order(self, score: Score) -> tuple[Fraction, ...]:
        """Sorts scores that fit, the best first: by what is not asked for, delivery before all.

        Where only the delivery is asked for, the cheapest way to have it comes first.
        """
        ranks = {
            "delivery": (self.delivery, -score.delivery),
            "cost": (self.budget, score.cost),
            "p95": (self.p95, score.p95),
        }
        free = [rank for bound, rank in ranks.values() if bound is None]
        bound = [rank for bound, rank in ranks.values() if bound is not None]
        return (*free, *bound)


def _over(value: Fraction, bound: Fraction) -> Fraction:
    return (value - bound) / bound if bound else value


def front(scores: Sequence[Score]) -> list[int]:
    """The places of the scores that none beats, the cheapest first; of equal ones the first."""
    kept: list[int] = []
    for place, score in enumerate(scores):
        is_beaten = any(other.beats(score) for other in scores)
        if not is_beaten and all(scores[other] != score for other in kept):
            kept.append(place)
    return sorted(kept, key=lambda place: (scores[place].cost, -scores[place].delivery, place))


def best(scores: Sequence[Score], wish: Wish) -> int | None:
    """The place of the score that fits a wish best; None where none fits."""
    fitting = [place for place, score in enumerate(scores) if wish.shortfall(score) <= 0]
    return min(fitting, key=lambda place: (wish.order(scores[place]), place), default=None)


def nearest(scores: Sequence[Score], wish: Wish) -> int:
    """The place of the score that misses a wish by least."""
    return min(range(len(scores)), key=lambda place: (wish.shortfall(scores[place]), place))


def thinned(places: Iterable[int], most: int) -> list[int]:
    """At most so many of a front, spread over it: its ends, and what lies evenly between."""
    whole = list(places)
    if len(whole) <= most:
        return whole
    last = len(whole) - 1
    return [whole[step * last // (most - 1)] for step in range(most)]
