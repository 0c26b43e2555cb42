import os
import subprocess
import sys
from collections import Counter

import pytest

from sandbox.cascade.vocabulary import Channel
from sandbox.errors import MisuseError
from sandbox.simulation.population import People, Person, impossible_together
from sandbox.simulation.spec import (
    PPB,
    Forced,
    KnownIneligible,
    NamedPerson,
    Population,
    Trait,
    Unreachable,
)

SMS, WHATSAPP, VIBER = Channel("sms"), Channel("whatsapp"), Channel("viber")
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
SIZE = 20_000


def percent(share: float) -> int:
    """A share in parts per billion."""
    return round(share * PPB / 100)


PHONE_OFF = Trait(
    name="phone_off",
    share=percent(5),
    hits=frozenset({SMS, WHATSAPP, VIBER}),
    effect=Unreachable(off_mean_us=6 * HOUR, on_mean_us=18 * HOUR),
)
NO_WHATSAPP = Trait(
    name="no_whatsapp",
    share=percent(22),
    hits=frozenset({WHATSAPP}),
    effect=Forced("refused.permanent"),
)
NO_VIBER = Trait(
    name="no_viber", share=percent(60), hits=frozenset({VIBER}), effect=KnownIneligible()
)
BLOCKED = Trait(
    name="blocked_us",
    share=percent(3),
    hits=frozenset({SMS, WHATSAPP, VIBER}),
    effect=Forced("failed"),
)
TRAITS = (PHONE_OFF, NO_WHATSAPP, NO_VIBER, BLOCKED)
SHY = Trait(
    name="shy",
    share=percent(50),
    hits=frozenset({SMS, WHATSAPP, VIBER, Channel("rcs")}),
    effect=KnownIneligible(),
)
COUNTRIES = (("DE", percent(60)), ("PL", percent(30)), ("NO", percent(10)))


def _people(population: Population, seed: int = 1) -> list[Person]:
    people = People(seed, population)
    return [people.person(index) for index in range(population.size)]


def _share_is(count: int, of: int, share: float) -> bool:
    """Whether a count is within three standard errors of a share."""
    deviation: float = (of * share * (1 - share)) ** 0.5
    return abs(count - of * share) <= 3 * deviation + 1


# Who ----------------------------------------------------------------------------------------------


def test_everybody_is_picked_equally_often() -> None:
    """Messages are spread evenly over the population, keyed by message."""
    people = People(1, Population(size=10))
    picked = Counter(people.pick(message) for message in range(20_000))
    assert set(picked) == set(range(10))
    assert all(_share_is(times, 20_000, 0.1) for times in picked.values())


def test_a_channel_without_an_address_is_known_not_to_work() -> None:
    """It comes before what traits say; another number changes nothing about who it is."""
    people = (
        NamedPerson(
            name="anna", traits=("no_viber",), addresses=((VIBER, ""), (SMS, "+4915112345678"))
        ),
        NamedPerson(name="ben"),
    )
    everybody = People(1, Population(traits=TRAITS, people=people))
    assert everybody.named("anna").ineligible == ((VIBER, "no address"), (VIBER, "no_viber"))
    assert everybody.named("ben").ineligible == ()


def test_an_address_is_the_phone_unless_a_channel_has_its_own() -> None:
    """None is none, whatever the phone."""
    anna = NamedPerson(name="anna", phone="+1", addresses=((VIBER, ""), (SMS, "+2")))
    assert [anna.address(channel) for channel in (SMS, WHATSAPP, VIBER)] == ["+2", "+1", ""]


def test_countries_have_their_shares() -> None:
    """60 % Germany is 60 %, within what chance allows."""
    countries = Counter(p.country for p in _people(Population(size=SIZE, countries=COUNTRIES)))
    for country, share in COUNTRIES:
        assert _share_is(countries[country], SIZE, share / PPB)


def test_a_person_is_the_same_however_often_made() -> None:
    """Person 123 456 of a million is a pure function of the seed, not of who came before."""
    population = Population(size=1_000_000, countries=COUNTRIES, traits=TRAITS)
    one, other = People(5, population), People(5, population)
    for index in (7, 3, 999_999):
        other.person(index)
    for index in (3, 7, 123_456):
        first, again = one.person(index), other.person(index)
        assert (first.country, first.traits) == (again.country, again.traits)
        if first.unreachable:
            assert first.next_reachable(SMS, 0, None, HOUR) == again.next_reachable(
                SMS, 0, None, HOUR
            )


def test_a_million_people_do_not_stay_in_memory() -> None:
    """Only so many people are kept at once; the rest can be made again."""
    people = People(1, Population(size=200_000))
    first = people.person(0)
    for index in range(70_000):
        people.person(index)
    assert len(people._kept) < 70_000
    assert people.person(0).traits == first.traits


@pytest.mark.parametrize("index", [-1, 10])
def test_nobody_is_outside_the_population(index: int) -> None:
    """A number that is no person's is a mistake of the caller."""
    with pytest.raises(MisuseError, match="in a population of 10"):
        People(1, Population(size=10)).person(index)


def test_a_population_of_nobody_is_refused() -> None:
    """There must be somebody to write to."""
    with pytest.raises(MisuseError, match="population of 0"):
        People(1, Population(size=0))


# Traits -------------------------------------------------------------------------------------------


def test_traits_have_their_shares() -> None:
    """22 % without WhatsApp is 22 %, whatever else people have."""
    people = _people(Population(size=SIZE, traits=TRAITS))
    for trait in TRAITS:
        having = sum(trait.name in person.traits for person in people)
        assert _share_is(having, SIZE, trait.share / PPB)


def test_traits_are_independent_unless_told_otherwise() -> None:
    """Having one says nothing about having another."""
    people = _people(Population(size=SIZE, traits=TRAITS))
    without = [person for person in people if "no_whatsapp" in person.traits]
    both = sum("no_viber" in person.traits for person in without)
    assert _share_is(both, len(without), 0.6)


def test_a_trait_more_changes_nobody_elses_traits() -> None:
    """Adding a trait, anywhere in the file, leaves all other traits with the people they had."""
    before = _people(Population(size=2000, traits=(PHONE_OFF, NO_VIBER)))
    after = _people(Population(size=2000, traits=(NO_WHATSAPP, PHONE_OFF, BLOCKED, NO_VIBER)))
    for person, same in zip(before, after, strict=True):
        kept = tuple(name for name in same.traits if name in ("phone_off", "no_viber"))
        assert person.traits == kept


def test_a_larger_share_takes_nobody_away() -> None:
    """Raising a share gives the trait to more people, and to all who had it before."""
    few = _people(Population(size=2000, traits=(NO_VIBER,)))
    more = Trait(name="no_viber", share=percent(70), hits=NO_VIBER.hits, effect=NO_VIBER.effect)
    many = _people(Population(size=2000, traits=(more,)))
    assert all(set(a.traits) <= set(b.traits) for a, b in zip(few, many, strict=True))


@pytest.mark.parametrize(("share", "count"), [(0, 0), (100, 500)])
def test_nobody_and_everybody_are_exact(share: int, count: int) -> None:
    """0 % is nobody and 100 % is everybody, without exception."""
    trait = Trait(name="t", share=percent(share), hits=frozenset({SMS}), effect=Forced("failed"))
    people = _people(Population(size=500, traits=(trait,)))
    assert sum(bool(person.traits) for person in people) == count


def test_what_a_provider_makes_of_a_person_is_listed_by_channel() -> None:
    """Each channel has the effects of all traits that hit it, in the order of the file."""
    population = Population(
        traits=TRAITS,
        people=(NamedPerson(name="bea", traits=("blocked_us", "no_whatsapp", "no_viber")),),
    )
    bea = People(1, population).named("bea")
    assert bea.traits == ("no_whatsapp", "no_viber", "blocked_us")
    assert bea.forced == {
        SMS: (Forced("failed"),),
        WHATSAPP: (Forced("refused.permanent"), Forced("failed")),
        VIBER: (Forced("failed"),),
    }
    assert bea.ineligible == (("viber", "no_viber"),)
    assert not bea.unreachable


# Together -----------------------------------------------------------------------------------------


def test_together_sets_one_share_and_keeps_the_other() -> None:
    """85 % of those without WhatsApp lack Viber, and still 60 % of all do."""
    population = Population(
        size=SIZE, traits=TRAITS, together=(("no_whatsapp", "no_viber", percent(85)),)
    )
    people = _people(population)
    without = [person for person in people if "no_whatsapp" in person.traits]
    assert _share_is(len(without), SIZE, 0.22)
    assert _share_is(sum("no_viber" in person.traits for person in without), len(without), 0.85)
    assert _share_is(sum("no_viber" in person.traits for person in people), SIZE, 0.6)


def test_together_works_in_chains_and_in_any_order() -> None:
    """A trait may go with one that goes with a third, wherever each stands in the file."""
    together = (
        ("phone_off", "no_viber", percent(90)),
        ("no_whatsapp", "phone_off", percent(15)),
    )
    people = _people(
        Population(size=SIZE, traits=(NO_VIBER, PHONE_OFF, NO_WHATSAPP), together=together)
    )
    off = [person for person in people if "phone_off" in person.traits]
    assert _share_is(len(off), SIZE, 0.05)
    assert _share_is(sum("no_viber" in person.traits for person in off), len(off), 0.9)
    assert _share_is(sum("no_viber" in person.traits for person in people), SIZE, 0.6)
    without = [person for person in people if "no_whatsapp" in person.traits]
    assert _share_is(sum("phone_off" in person.traits for person in without), len(without), 0.15)


@pytest.mark.parametrize(
    ("together", "says"),
    [
        ((("no_whatsapp", "no_viber", percent(85)),), None),
        ((("no_viber", "no_whatsapp", percent(36)),), None),
        (
            (("no_viber", "no_whatsapp", percent(37)),),
            "37% of those with no_viber cannot have no_whatsapp: with shares of 60% and 22%",
        ),
        (
            (("no_viber", "no_whatsapp", percent(37)),),
            "it must be between 0% and 36.67%",
        ),
        (
            (("no_viber", "mostly", percent(80)),),
            "with shares of 60% and 90% it must be between 83.33% and 100%",
        ),
        ((("everybody", "no_viber", percent(60)),), None),
        ((("everybody", "no_viber", percent(61)),), "must be between 60% and 60%"),
        ((("nobody", "no_viber", percent(99)),), None),
        ((("ghost", "no_viber", 0),), "there is no trait 'ghost'"),
        ((("no_viber", "ghost", 0),), "there is no trait 'ghost'"),
        ((("no_viber", "no_viber", PPB),), "no_viber would depend on itself"),
        (
            (
                ("no_whatsapp", "no_viber", percent(60)),
                ("phone_off", "no_whatsapp", percent(22)),
                ("no_viber", "phone_off", percent(5)),
            ),
            "phone_off would depend on itself",
        ),
        (
            (("no_whatsapp", "no_viber", percent(60)), ("phone_off", "no_viber", percent(60))),
            "no_viber already goes with no_whatsapp",
        ),
    ],
)
def test_an_impossible_combination_is_an_error(
    together: tuple[tuple[str, str, int], ...], says: str | None
) -> None:
    """What no population can satisfy is said in words, with what would be possible."""
    more = tuple(
        Trait(name=name, share=percent(share), hits=frozenset({SMS}), effect=Forced("failed"))
        for name, share in (("mostly", 90), ("everybody", 100), ("nobody", 0))
    )
    population = Population(traits=(*TRAITS, *more), together=together)
    found = impossible_together(population)
    if says is None:
        assert found is None
        People(1, population)
    else:
        assert found is not None
        assert says in found
        with pytest.raises(MisuseError, match="together"):
            People(1, population)


# People in the file -------------------------------------------------------------------------------


def test_a_named_person_has_exactly_the_traits_listed() -> None:
    """Even a trait that everybody has is not theirs unless it is written."""
    everybody = Trait(name="all", share=PPB, hits=frozenset({SMS}), effect=Forced("failed"))
    people = People(
        1,
        Population(
            size=10,
            traits=(everybody, NO_VIBER),
            people=(
                NamedPerson(name="anna", country="NO"),
                NamedPerson(name="bert", traits=("no_viber",)),
            ),
        ),
    )
    anna, bert = people.named("anna"), people.named("bert")
    assert (anna.name, anna.country, anna.traits, anna.index) == ("anna", "NO", (), 10)
    assert (bert.name, bert.country, bert.traits, bert.index) == ("bert", "DE", ("no_viber",), 11)
    assert people.person(0).name == ""


def test_somebody_unknown_is_a_mistake() -> None:
    """Neither a name nobody has, nor a trait nobody described, is made up."""
    with pytest.raises(MisuseError, match="nobody is named 'zoe'"):
        People(1, Population()).named("zoe")
    with pytest.raises(MisuseError, match="anna has the trait 'shy'"):
        People(1, Population(people=(NamedPerson(name="anna", traits=("shy",)),)))


# Phones that are off ------------------------------------------------------------------------------


def _somebody_off_at_0() -> Person:
    """A person whose phone is off at 0 and returns within a day."""
    trait = Trait(name="phone_off", share=PPB, hits=PHONE_OFF.hits, effect=PHONE_OFF.effect)
    for person in _people(Population(size=50, traits=(trait,))):
        back_at = person.next_reachable(SMS, 0, None, 24 * HOUR)
        if back_at is not None and back_at > HOUR:
            return person
    raise AssertionError


def test_a_phone_that_is_on_is_reached_at_once() -> None:
    """Most people have no such trait, and theirs is on at any instant."""
    person = People(1, Population()).person(3)
    assert not person.unreachable
    assert person.next_reachable(SMS, 5, 10, 5) == 5
    assert person.next_reachable(SMS, 6, 10, 5) is None


def test_without_retries_a_message_arrives_the_instant_the_phone_returns() -> None:
    """`retry_every: none`: the network notices at once; after that instant the phone is on."""
    person = _somebody_off_at_0()
    back_at = person.next_reachable(SMS, 0, None, 24 * HOUR)
    assert back_at is not None
    assert person.next_reachable(SMS, back_at, None, 24 * HOUR) == back_at
    assert person.next_reachable(SMS, back_at - 1, None, 24 * HOUR) == back_at
    assert person.next_reachable(SMS, 0, 0, 24 * HOUR) == back_at


def test_with_retries_a_message_arrives_at_the_first_try_that_finds_the_phone_on() -> None:
    """Tries stand at fixed pauses from the first; all before were in vain."""
    person = _somebody_off_at_0()
    pause = 10 * MINUTE
    reached_at = person.next_reachable(SMS, 7, pause, 100 * HOUR)
    assert reached_at is not None
    assert (reached_at - 7) % pause == 0
    for try_at in range(7, reached_at, pause):
        assert person.next_reachable(SMS, try_at, None, try_at) is None
    assert person.next_reachable(SMS, reached_at, None, reached_at) == reached_at


def test_a_message_is_not_kept_for_ever() -> None:
    """Whoever is not back by the end of the store time gets nothing; the end itself counts."""
    person = _somebody_off_at_0()
    back_at = person.next_reachable(SMS, 0, None, 24 * HOUR)
    assert back_at is not None
    assert person.next_reachable(SMS, 0, None, back_at - 1) is None
    assert person.next_reachable(SMS, 0, None, back_at) == back_at
    assert person.next_reachable(SMS, 0, 2 * back_at, 2 * back_at - 1) is None


def test_one_phone_is_off_for_every_channel_it_hits() -> None:
    """A phone that is off is off for SMS, WhatsApp and Viber together: failures go along."""
    person = _somebody_off_at_0()
    reached = {person.next_reachable(channel, 0, None, 24 * HOUR) for channel in PHONE_OFF.hits}
    assert len(reached) == 1
    assert person.next_reachable(Channel("voice"), 0, None, 0) == 0


def test_two_reasons_to_be_away_must_both_be_over() -> None:
    """Reached is who has the phone on and data too."""
    off = Unreachable(off_mean_us=HOUR, on_mean_us=HOUR)
    phone = Trait(name="phone_off", share=PPB, hits=frozenset({SMS, WHATSAPP}), effect=off)
    data = Trait(name="no_data", share=PPB, hits=frozenset({WHATSAPP}), effect=off)
    later = 0
    for person in _people(Population(size=200, traits=(phone, data))):
        by_sms = person.next_reachable(SMS, 0, None, 100 * HOUR)
        by_data = person.next_reachable(WHATSAPP, 0, None, 100 * HOUR)
        assert by_sms is not None
        assert by_data is not None
        assert by_data >= by_sms
        assert person.next_reachable(SMS, by_data, None, by_data) == by_data
        later += by_data > by_sms
    assert later > 50


# The same everywhere ------------------------------------------------------------------------------

_PRINT_PEOPLE = """
from tests.simulation.test_population import COUNTRIES, HOUR, SHY, SMS, TRAITS, percent
from sandbox.simulation.population import People
from sandbox.simulation.spec import Population
population = Population(size=300, traits=(*TRAITS, SHY), countries=COUNTRIES,
                        together=(("no_whatsapp", "no_viber", percent(85)),))
people = People(1, population)
for person in map(people.person, range(300)):
    print(person.country, person.traits, list(person.forced), person.ineligible,
          person.next_reachable(SMS, HOUR, None, 99 * HOUR))
"""


def test_people_are_the_same_in_every_process() -> None:
    """The hash seed of the interpreter, which reorders sets, changes nobody."""
    told = set()
    for hash_seed in ("0", "1", "2", "3"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": "."}
        done = subprocess.run(
            [sys.executable, "-c", _PRINT_PEOPLE], env=environment, capture_output=True, check=True
        )
        told.add(done.stdout)
    assert len(told) == 1
    assert told.pop().count(b"\n") == 300
