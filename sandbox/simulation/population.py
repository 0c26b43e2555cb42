"""Who receives messages: people as pure functions of the seed and their number.

A million people cost nothing until somebody writes to them. Each trait of a person is a draw of
its own, keyed by the trait's name, so adding a trait changes nobody's other traits; it is drawn
once per person, so it hits all the channels it hits at once. `together` makes two traits go hand
in hand and keeps the share of each.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from sandbox.cascade.vocabulary import Channel
from sandbox.errors import MisuseError
from sandbox.simulation.chance import Dice
from sandbox.simulation.spec import (
    PPB,
    Forced,
    KnownIneligible,
    NamedPerson,
    Population,
    Trait,
    Unreachable,
)
from sandbox.simulation.spells import Pattern, Spells

_UNIT_BITS: Final = 64
_PEOPLE_KEPT: Final = 1 << 16
_NOBODY: Final = -1

NO_ADDRESS: Final = "no address"
"""Why a level is skipped for somebody who cannot be reached on its channel (S26)."""


class Person:
    """One recipient.

    Attributes:
        index: Number in the population; people named in the file come after the drawn ones.
        name: As in the file, or "".
        country: Upper-case ISO 3166 letters.
        traits: Names, in the order of the file.
        forced: By channel, what its providers make of this person, in the order of the file.
        ineligible: Channels the engine knows not to work, each with the trait that says so, or
            `NO_ADDRESS`.
        unreachable: By channel, the phone's spells that count there; empty for most people.
    """

    __slots__ = ("country", "forced", "index", "ineligible", "name", "traits", "unreachable")

    def __init__(
        self,
        index: int,
        name: str,
        country: str,
        traits: tuple[str, ...],
        effects: "_Effects",
    ) -> None:
        self.index = index
        self.name = name
        self.country = country
        self.traits = traits
        self.forced: Mapping[Channel, tuple[Forced, ...]] = effects.forced
        self.ineligible = effects.ineligible
        self.unreachable: Mapping[Channel, tuple[Spells, ...]] = effects.spells_of(index)

    def next_reachable(
        self, channel: Channel, at_us: int, retry_every_us: int | None, until_us: int
    ) -> int | None:
        """When a message that is there at `at_us` gets through.

        Args:
            channel: What it comes by.
            at_us: The instant of the first try.
            retry_every_us: The pause between tries; None: the instant the phone returns.
            until_us: The last instant at which it is still kept.

        Returns:
            The instant of the first try that finds the phone on; None when there is none by then.
        """
        spells = self.unreachable.get(channel, ())
        try_at = at_us
        while try_at <= until_us:
            on_at = max((each.on_from(try_at) for each in spells), default=try_at)
            if on_at == try_at:
                return try_at
            # No try before then can succeed, so all of them are skipped at once.
            try_at = on_at
            if retry_every_us:
                tries = (on_at - at_us + retry_every_us - 1) // retry_every_us
                try_at = at_us + tries * retry_every_us
        return None


class _Effects(NamedTuple):
    """What a combination of traits does to whoever has it."""

    forced: Mapping[Channel, tuple[Forced, ...]]
    ineligible: tuple[tuple[str, str], ...]
    patterns: tuple[tuple[Pattern, tuple[Channel, ...]], ...]

    def spells_of(self, person: int) -> Mapping[Channel, tuple[Spells, ...]]:
        if not self.patterns:
            return _NO_SPELLS
        spells: dict[Channel, tuple[Spells, ...]] = {}
        for pattern, channels in self.patterns:
            own = pattern.of(person)
            for channel in channels:
                spells[channel] = (*spells.get(channel, ()), own)
        return spells


_NO_SPELLS: Final[Mapping[Channel, tuple[Spells, ...]]] = {}


class _Odds(NamedTuple):
    """How one trait is drawn: below `threshold`, or by whether the person has the trait `given`."""

    position: int
    dice: Dice
    threshold: int
    given: int = _NOBODY
    threshold_given: int = 0


class People:
    """Everybody who may receive a message in one run."""

    __slots__ = (
        "_countries",
        "_country_dice",
        "_effects",
        "_kept",
        "_named",
        "_odds",
        "_patterns",
        "_pick_dice",
        "_population",
    )

    def __init__(self, seed: int, population: Population) -> None:
        """Bind seed and population.

        Raises:
            MisuseError: nobody to pick, a trait nobody described, impossible correlations, or
                spells below `SPELL_MIN_US`.
        """
        if population.size < 1:
            raise MisuseError(f"a population of {population.size}, must be at least 1")
        problem = impossible_together(population)
        if problem is not None:
            raise MisuseError(problem)
        self._population = population
        self._pick_dice = Dice(seed, "recipient")
        self._country_dice = Dice(seed, "country")
        self._countries = _thresholds(population.countries)
        self._odds = _odds(seed, population)
        self._patterns = {
            trait.name: Pattern(seed, trait.name, trait.effect)
            for trait in population.traits
            if isinstance(trait.effect, Unreachable)
        }
        self._effects: dict[tuple[str, ...], _Effects] = {}
        self._kept: dict[int, Person] = {}
        self._named = {
            named.name: self._make_named(population.size + position, named)
            for position, named in enumerate(population.people)
        }

    def pick(self, message: int) -> int:
        """The number of the person a message is for, everybody being equally likely."""
        return self._pick_dice.unit(message) * self._population.size >> _UNIT_BITS

    def anybody(self, message: int) -> Person:
        """The person a message is for that is addressed to nobody by name."""
        index = self._pick_dice.unit(message) * self._population.size >> _UNIT_BITS
        return self._kept.get(index) or self.person(index)

    def person(self, index: int) -> Person:
        """A person by number; the same one each time, though not the same object."""
        kept = self._kept.get(index)
        if kept is not None:
            return kept
        if not 0 <= index < self._population.size:
            raise MisuseError(f"no person {index} in a population of {self._population.size}")
        traits = self._draw_traits(index)
        person = Person(index, "", self._country(index), traits, self._effects_of(traits))
        if len(self._kept) >= _PEOPLE_KEPT:
            self._forget()
        self._kept[index] = person
        return person

    def add(self, named: NamedPerson) -> None:
        """Take in one more person with a name, after all there are."""
        index = self._population.size + len(self._named)
        self._named[named.name] = self._make_named(index, named)

    def named(self, name: str) -> Person:
        """A person named in the file.

        Raises:
            MisuseError: nobody has this name.
        """
        try:
            return self._named[name]
        except KeyError:
            raise MisuseError(f"nobody is named {name!r}") from None

    def _make_named(self, index: int, named: NamedPerson) -> Person:
        known = [trait.name for trait in self._population.traits]
        strange = [name for name in named.traits if name not in known]
        if strange:
            raise MisuseError(f"{named.name} has the trait {strange[0]!r}, which is not described")
        traits = tuple(name for name in known if name in named.traits)
        country = named.country or self._country(index)
        effects = self._effects_of(traits)
        without = tuple((channel, NO_ADDRESS) for channel, number in named.addresses if not number)
        if without:
            effects = effects._replace(ineligible=(*without, *effects.ineligible))
        return Person(index, named.name, country, traits, effects)

    def _country(self, index: int) -> str:
        if len(self._countries) == 1:
            return self._countries[0][1]
        luck = self._country_dice.unit(index)
        for threshold, country in self._countries:
            if luck < threshold:
                return country
        return self._countries[-1][1]

    def _draw_traits(self, index: int) -> tuple[str, ...]:
        traits = self._population.traits
        has = [False] * len(traits)
        for position, dice, threshold, given, threshold_given in self._odds:
            if given != _NOBODY and has[given]:
                threshold = threshold_given  # noqa: PLW2901 - one or the other
            has[position] = dice.unit(index) < threshold
        return tuple(trait.name for trait, has_it in zip(traits, has, strict=True) if has_it)

    def _effects_of(self, traits: tuple[str, ...]) -> _Effects:
        effects = self._effects.get(traits)
        if effects is None:
            described = [t for t in self._population.traits if t.name in traits]
            effects = self._effects[traits] = _Effects(
                _forced(described), _ineligible(described), self._patterns_of(described)
            )
        return effects

    def _patterns_of(
        self, described: list[Trait]
    ) -> tuple[tuple[Pattern, tuple[Channel, ...]], ...]:
        return tuple(
            (self._patterns[trait.name], tuple(sorted(trait.hits)))
            for trait in described
            if isinstance(trait.effect, Unreachable)
        )

    def _forget(self) -> None:
        """Start over with whoever comes next: everybody can be made again."""
        self._kept.clear()
        self._effects.clear()


# What goes together --------------------------------------------------------------------------


def impossible_together(population: Population) -> str | None:
    """Say what makes the correlations of a population impossible; None when all is well."""
    shares = {trait.name: trait.share for trait in population.traits}
    givens: dict[str, str] = {}
    for given, name, share in population.together:
        for each in (given, name):
            if each not in shares:
                return f"together: there is no trait {each!r}"
        if name in givens:
            return f"together: {name} already goes with {givens[name]}, and can with one trait only"
        givens[name] = given
        if _goes_in_circles(givens, name):
            return f"together: {name} would depend on itself"
        problem = _beyond_its_share(given, name, share, shares)
        if problem is not None:
            return problem
    return None


def _goes_in_circles(givens: Mapping[str, str], name: str) -> bool:
    seen = {name}
    while name in givens:
        name = givens[name]
        if name in seen:
            return True
        seen.add(name)
    return False


def _beyond_its_share(given: str, name: str, share: int, shares: Mapping[str, int]) -> str | None:
    """Whether `share` of those with `given` can have `name`, and `name` keep its own share."""
    whole, part = shares[given], shares[name]
    if whole == 0 or 0 <= part * PPB - whole * share <= (PPB - whole) * PPB:
        return None
    least = max(Fraction(0), Fraction(part + whole - PPB, whole))
    most = min(Fraction(1), Fraction(part, whole))
    return (
        f"together: {_percent(share)} of those with {given} cannot have {name}: with shares of "
        f"{_percent(whole)} and {_percent(part)} it must be between "
        f"{_percent(least * PPB)} and {_percent(most * PPB)}"
    )


def _percent(share: int | Fraction) -> str:
    return f"{float(share) * 100 / PPB:.4g}%"


def _odds(seed: int, population: Population) -> tuple[_Odds, ...]:
    """How to draw every trait, each after the one it depends on."""
    traits = population.traits
    positions = {trait.name: position for position, trait in enumerate(traits)}
    togethers = {name: (given, share) for given, name, share in population.together}
    odds: dict[str, _Odds] = {}
    waiting = [trait.name for trait in traits]
    while waiting:
        name = waiting.pop(0)
        position = positions[name]
        dice, share = Dice(seed, f"trait {name}"), traits[position].share
        if name not in togethers:
            odds[name] = _Odds(position, dice, _threshold(share, PPB))
        elif togethers[name][0] not in odds:
            waiting.append(name)
        else:
            given, share_given = togethers[name]
            whole = traits[positions[given]].share
            rest = share * PPB - whole * share_given
            otherwise = _threshold(rest, (PPB - whole) * PPB) if whole < PPB else 0
            both = _threshold(share_given, PPB)
            odds[name] = _Odds(position, dice, otherwise, positions[given], both)
    return tuple(odds.values())


def _threshold(part: int, whole: int) -> int:
    return (part << _UNIT_BITS) // whole


def _thresholds(shares: tuple[tuple[str, int], ...]) -> tuple[tuple[int, str], ...]:
    total, thresholds = 0, []
    for word, share in shares:
        total += share
        thresholds.append((_threshold(total, PPB), word))
    return tuple(thresholds)


# What traits do ------------------------------------------------------------------------------


def _forced(described: list[Trait]) -> Mapping[Channel, tuple[Forced, ...]]:
    forced: dict[Channel, tuple[Forced, ...]] = {}
    for trait in described:
        if isinstance(trait.effect, Forced):
            for channel in sorted(trait.hits):
                forced[channel] = (*forced.get(channel, ()), trait.effect)
    return forced


def _ineligible(described: list[Trait]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (channel, trait.name)
        for trait in described
        if isinstance(trait.effect, KnownIneligible)
        for channel in sorted(trait.hits)
    )
