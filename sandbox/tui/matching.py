"""Finding by a few letters: `ssm` finds “SMS outage, slow mend”, and better matches come first."""

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

T = TypeVar("T")

_START: Final = 8
"""What a letter at the start of a word is worth."""
_NEXT: Final = 5
"""What one right after the letter before is worth."""
_GAP: Final = 1
"""What each letter between two costs, up to `_GAPS_MAX` of them."""
_GAPS_MAX: Final = 4
_QUERY_MAX: Final = 80
_TEXT_MAX: Final = 200


def score(query: str, text: str) -> int | None:
    """How well a query finds a text; None where it does not.

    Every word of the query must be in the text, its letters in their order but perhaps with others
    between them. The order of the words does not matter, nor do capitals.
    """
    target = text[:_TEXT_MAX].casefold()
    total = 0
    for word in query[:_QUERY_MAX].casefold().split():
        points = _best(word, target)
        if points is None:
            return None
        total += points
    return total


def _best(word: str, target: str) -> int | None:
    """The best over all places where the first letter of a word stands."""
    found: int | None = None
    start = target.find(word[0])
    while start >= 0:
        points = _from(word, target, start)
        if points is None:  # further right there is even less left
            break
        found = points if found is None else max(found, points)
        start = target.find(word[0], start + 1)
    return found


def _from(word: str, target: str, start: int) -> int | None:
    points, at = 0, start - 1
    for nth, letter in enumerate(word):
        place = target.find(letter, at + 1)
        if place < 0:
            return None
        if place == 0 or not target[place - 1].isalnum():
            points += _START
        elif nth and place == at + 1:
            points += _NEXT
        if nth:
            points -= min(place - at - 1, _GAPS_MAX) * _GAP
        at = place
    return points


def ranked(query: str, things: Iterable[T], text_of: Callable[[T], str], most: int) -> list[T]:
    """The things a query finds, best first; equals keep their order, as all do without a query.

    Args:
        query: What was typed.
        things: What is searched.
        text_of: The text of a thing.
        most: So many are given at most.
    """
    scored = [(points, thing) for thing in things
              if (points := score(query, text_of(thing))) is not None]  # fmt: skip
    scored.sort(key=lambda pair: -pair[0])
    return [thing for _, thing in scored[:most]]
