"""When a phone is off: exponential spells off and on by turns, a pure function of luck.

The spells are stationary at instant 0: nobody's phone has just been switched on because a run
begins. What is left of the first spell is exponential like any other, since exponentials do not
remember how long they have lasted.
"""

from bisect import bisect_right
from typing import Final

from sandbox.errors import MisuseError
from sandbox.simulation.chance import Dice, Slots
from sandbox.simulation.distributions import exponential
from sandbox.simulation.spec import Unreachable

SPELL_MIN_US: Final = 1_000_000
"""Spells are a second long on average, or longer; so a month of them can be walked through."""

_KEPT: Final = 2048
_SLOTS: Final = 8


class Pattern:
    """How long the spells of everybody with one trait are, and the luck behind them."""

    __slots__ = ("_dice", "_off_at_first", "_off_for", "_on_for")

    def __init__(self, seed: int, trait: str, effect: Unreachable) -> None:
        """Bind seed and trait.

        Raises:
            MisuseError: a mean spell below `SPELL_MIN_US`.
        """
        if min(effect.off_mean_us, effect.on_mean_us) < SPELL_MIN_US:
            raise MisuseError(f"trait {trait} has spells below {SPELL_MIN_US} us")
        self._dice = Dice(seed, f"spells {trait}")
        self._off_for = exponential(effect.off_mean_us)
        self._on_for = exponential(effect.on_mean_us)
        whole = effect.off_mean_us + effect.on_mean_us
        self._off_at_first = (effect.off_mean_us << 32) // whole

    def of(self, person: int) -> "Spells":
        """The spells of one person."""
        return Spells(self, person)

    def slots(self, person: int, block: int) -> Slots:
        """Luck of a person; slot 0 of all is the state at 0, slot n + 1 the length of spell n."""
        return self._dice.slots(person, block)

    def off_at_first(self, luck: int) -> bool:
        """Whether the phone is off at instant 0."""
        return luck < self._off_at_first

    def length(self, luck: int, *, off: bool) -> int:
        """How long a spell lasts."""
        return (self._off_for if off else self._on_for).draw(luck)


class Spells:
    """One person's spells, walked through as far as somebody asked.

    Only the last few thousand ends are kept; an earlier instant than they cover is walked to again
    from the beginning, which gives the same spells.
    """

    __slots__ = ("_ends", "_first", "_luck", "_off_at_first", "_pattern", "_person", "_since")

    def __init__(self, pattern: Pattern, person: int) -> None:
        self._pattern = pattern
        self._person = person
        self._luck: Slots = ()
        self._off_at_first = False
        self._ends: list[int] = []
        self._first = 0
        """The number of the spell that `_ends` begins with; even ones are like spell 0."""
        self._since = 0
        """The instant that spell began."""

    def on_from(self, at_us: int) -> int:
        """The first instant not before `at_us` at which the phone is on."""
        if at_us < self._since or not self._ends:
            self._begin()
        while True:
            while self._ends[-1] <= at_us:
                self._walk()
            spell = bisect_right(self._ends, at_us)
            if not self._is_off(self._first + spell):
                return at_us
            at_us = self._ends[spell]

    def _is_off(self, nth: int) -> bool:
        return self._off_at_first is (nth % 2 == 0)

    def _begin(self) -> None:
        self._luck = self._pattern.slots(self._person, 0)
        self._off_at_first = self._pattern.off_at_first(self._luck[0])
        self._ends = []
        self._first = self._since = 0
        self._walk()

    def _walk(self) -> None:
        """Add the next spell, and forget the older half when there are too many."""
        ends = self._ends
        nth = self._first + len(ends)
        slot = (nth + 1) % _SLOTS
        if slot == 0:
            self._luck = self._pattern.slots(self._person, (nth + 1) // _SLOTS)
        began_at = ends[-1] if ends else self._since
        length = self._pattern.length(self._luck[slot], off=self._is_off(nth))
        ends.append(began_at + length)
        if len(ends) > _KEPT:
            half = _KEPT // 2
            self._since = ends[half - 1]
            self._first += half
            del ends[:half]
