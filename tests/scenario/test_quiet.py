"""Quiet hours and memory, from the file to the plan and the population."""

from typing import Final

from sandbox.cascade.plan import QuietHours
from sandbox.cascade.vocabulary import QuietPolicy
from sandbox.simulation.spec import Population
from tests.support.scenario_texts import codes_of, loaded

HOUR: Final = 3_600_000_000
NIGHT: Final = QuietHours(from_us=21 * HOUR, to_us=8 * HOUR)
START: Final = 'clock: {start: "2026-01-01T12:00:00Z"}\n'


def plans_of(cascade: str) -> list[QuietHours | None]:
    """The quiet hours of each level of a cascade."""
    text = f"schema: 1\ncascades: {{c: {cascade}}}\nload: [{{burst: 1}}]"
    return [level.quiet for level in loaded(text).world.plans[0].levels]


def test_a_level_keeps_its_own_quiet_hours_or_those_of_its_cascade() -> None:
    """S19: and none is an exception."""
    night = 'quiet_hours: {from: "21:00", to: "08:00"}'
    own = 'quiet_hours: {from: "22:30", to: "07:15", policy: skip}'
    assert plans_of("[sms, viber]") == [None, None]
    assert plans_of(f"{{{night}, levels: [sms, viber]}}") == [NIGHT, NIGHT]
    assert plans_of(f"[{{channel: sms, {night}}}, viber]") == [NIGHT, None]
    found = plans_of(
        f"{{{night}, levels: [{{channel: sms, {own}}}, {{channel: viber, quiet_hours: none}}]}}"
    )
    minutes = HOUR // 60
    assert found == [
        QuietHours(
            from_us=22 * HOUR + 30 * minutes,
            to_us=7 * HOUR + 15 * minutes,
            policy=QuietPolicy.SKIP,
        ),
        None,
    ]


def test_what_is_remembered_is_what_the_file_says() -> None:
    """S27: not at all, where it says nothing."""
    for told, days in (("", None), ("remember: none, ", None), ("remember: 30d, ", 30)):
        text = f"schema: 1\ncascades: {{c: {{{told}levels: [sms]}}}}\nload: [{{burst: 1}}]"
        remember_us = None if days is None else days * 24 * HOUR
        assert loaded(text).world.plans[0].remember_us == remember_us


def population(
    recipients: str, quiet: str = 'quiet_hours: {from: "21:00", to: "08:00"}, '
) -> Population:
    """The people of a run that begins at noon in London."""
    cascades = f"cascades: {{c: {{{quiet}levels: [sms]}}}}\n"
    text = f"schema: 1\n{START}{cascades}recipients: {recipients}\nload: [{{burst: 1}}]"
    return loaded(text).world.population


def test_it_is_as_late_as_the_country_of_a_person_says() -> None:
    """S19: by its zone, or by the one the scenario names."""
    two = "{country: {IN: 50%, US: rest}}"
    assert population(two).local_us == (("IN", 17.5 * HOUR), ("US", 7 * HOUR))
    told = "{country: {IN: 50%, US: rest}, time_zones: {US: America/Los_Angeles, XX: UTC}}"
    assert population(told).local_us == (("IN", 17.5 * HOUR), ("US", 4 * HOUR))


def test_it_is_as_late_as_a_person_says() -> None:
    """S19: a zone of one's own, or that of the number, or of a country nobody else is in."""
    found = population(
        "{people: {anna: {time_zone: Asia/Tokyo}, bob: {phone: '+13105550123'}, "
        "cem: {country: TR}, dan: {}}}"
    )
    hours = [None if p.local_us is None else p.local_us / HOUR for p in found.people]
    assert hours == [21, 4, None, None]
    assert found.local_us == (("DE", 13 * HOUR), ("TR", 15 * HOUR), ("US", 7 * HOUR))


def test_without_quiet_hours_nobody_asks_how_late_it_is() -> None:
    """Then no country needs a zone either."""
    told = "{country: {XX: 100%}, people: {anna: {time_zone: Asia/Tokyo}}}"
    found = population(told, "")
    assert (found.local_us, found.people[0].local_us) == ((), None)


def test_a_country_without_a_zone_is_refused_where_it_matters() -> None:
    """Nobody guesses; and a zone of one's own, or of the scenario, is enough."""
    head = 'schema: 1\ncascades: {c: {quiet_hours: {from: "21:00", to: "08:00"}, levels: [sms]}}\n'
    tail = "\nload: [{burst: 1}]"
    for told, codes in (
        ("{country: {XX: 100%}}", ["time-zone-not-known"]),
        ("{country: {XX: 100%}, time_zones: {XX: UTC}}", []),
        ("{people: {a: {country: XX}}}", ["time-zone-not-known"]),
        ("{people: {a: {country: XX, time_zone: UTC}}}", []),
    ):
        assert codes_of(f"{head}recipients: {told}{tail}") == codes
