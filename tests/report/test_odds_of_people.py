"""How likely each kind of recipient is."""

from collections.abc import Callable

import pytest

from sandbox.report.odds_of_people import Condition, Kind, has_spells, kinds_of
from sandbox.simulation.spec import WorldSpec
from tests.support.scenario_texts import loaded

TEXT = """\
schema: 1
cascades: {c: [sms, whatsapp, viber]}
recipients: RECIPIENTS
load: [{burst: 10}]
"""


def world(recipients: str) -> WorldSpec:
    """A world with certain people."""
    return loaded(TEXT.replace("RECIPIENTS", recipients)).world


def kinds(recipients: str, cuts_us: tuple[int, ...] = ()) -> list[Kind]:
    """Its kinds of people."""
    spec = world(recipients)
    return kinds_of(spec.population, spec.plans[0], cuts_us)


def share(found: list[Kind], holds: Callable[[tuple[Condition, ...]], bool]) -> float:
    """How many people something holds for."""
    return sum(kind.share for kind in found if holds(kind.levels))


def test_without_traits_everybody_is_alike() -> None:
    """One kind, to which nothing is special."""
    assert kinds("{traits: {}}") == [Kind(1.0, (Condition(), Condition(), Condition()))]


def test_traits_that_go_together_are_no_two_draws() -> None:
    """Of 20 % without WhatsApp, 90 % have no Viber either; each trait keeps its own share."""
    found = kinds(
        "{traits: {no_whatsapp: {share: 20%, hits: [whatsapp], as: failed},"
        " no_viber: {share: 50%, hits: [viber], as: failed}, phone_off: {share: 0%},"
        " app_offline: {share: 0%}, opted_out_sms: {share: 0%}, blocked_whatsapp: {share: 0%},"
        " blocked_viber: {share: 0%}},"
        " together: [{given: no_whatsapp, trait: no_viber, share: 90%}]}"
    )
    assert share(found, lambda levels: levels[1].delivery == "failed") == pytest.approx(0.2)
    assert share(found, lambda levels: bool(levels[2].submit or levels[2].delivery)) == (
        pytest.approx(0.5)
    )
    both = share(found, lambda levels: bool(levels[1].delivery and levels[2].delivery))
    assert both == pytest.approx(0.18)


OFF = (
    "{traits: {off: {share: 40%, hits: [sms, viber], off: {mean: 1h}, on: {mean: 3h}}},"
    " together: []}"
)


def phones(cuts_us: tuple[int, ...]) -> list[Kind]:
    """People of whom some phones are off, and nothing else is special."""
    spec = world(OFF)
    only = [trait for trait in spec.population.traits if trait.name == "off"]
    population = spec.population
    alone = type(population)(size=population.size, traits=tuple(only))
    return kinds_of(alone, spec.plans[0], cuts_us)


def test_a_phone_is_off_on_all_the_channels_it_hits() -> None:
    """A quarter of the time for 40 % of people is a tenth, and WhatsApp does not mind."""
    found = phones((3_600_000_000,))
    assert share(found, lambda levels: levels[0].off_us > 0) == pytest.approx(0.1)
    assert all(levels[0].off_us == levels[2].off_us for _, levels in found)
    assert all(levels[1].off_us == 0 for _, levels in found)


def test_how_long_it_stays_off_is_cut_where_it_matters() -> None:
    """Of those that are off, 1 - 1/e are on again within the mean of an hour."""
    found = phones((3_600_000_000,))
    back = share(found, lambda levels: 0 < levels[0].off_us < 3_600_000_000)
    assert back / 0.1 == pytest.approx(0.632, abs=0.001)


def test_spells_are_told_only_where_a_channel_of_the_plan_is_hit() -> None:
    """A forecast says that it leaves them out, and no more than that."""
    with_spells = world(OFF)
    assert has_spells(with_spells.population, with_spells.plans[0])
    without = world("{traits: {}}")
    assert not has_spells(without.population, without.plans[0])
