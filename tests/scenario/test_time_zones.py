"""Time zones: every country has one that exists, and the time of day there is known."""

import re
from typing import Final

import pytest

from sandbox.scenario.time_zones import (
    NAME,
    ZONES,
    is_zone,
    local_us,
    nearest_zone,
    zone_of_person,
)
from sandbox.simulation.phones import NUMBERS, country_of

HOUR_US: Final = 3_600_000_000


def test_every_country_has_a_zone_that_exists() -> None:
    """All of ISO 3166, and all that a number can lead to."""
    assert len(ZONES) == 250
    assert set(NUMBERS) <= set(ZONES)
    assert all(re.fullmatch(r"[A-Z]{2}", country) for country in ZONES)
    assert [zone for zone in ZONES.values() if not is_zone(zone)] == []


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("Europe/Berlin", True), ("UTC", True), ("America/Argentina/Buenos_Aires", True),
        ("Etc/GMT-3", True), ("Europe", False), ("Europe/Nowhere", False), ("+01:00", False),
        ("Berlin", False), ("localtime", False), ("posixrules", False), ("", False),
        ("Europe/../Europe/Berlin", False), ("/etc/passwd", False), ("Europe/Berlin\n", False),
        ("Europe/\x00", False), ("right/Europe/Berlin", False),
    ],
)  # fmt: skip
def test_only_names_of_the_tz_database_are_zones(name: str, is_one: bool) -> None:
    """None that opens another file, and none that means something else on another machine."""
    assert is_zone(name) is is_one
    assert not is_one or re.fullmatch(NAME, name)


def test_the_nearest_name_is_offered() -> None:
    """Where there is one."""
    assert nearest_zone("Europe/Berln") == "Europe/Berlin"
    assert nearest_zone("Europe/" + "x" * 4000) == ""


@pytest.mark.parametrize(
    ("start", "zone", "hours"),
    [
        ("2026-01-01T00:00:00Z", "UTC", 0),
        ("2026-01-01T00:00:00Z", "Europe/Berlin", 1),
        ("2026-07-01T00:00:00Z", "Europe/Berlin", 2),
        ("2026-01-01T00:00:00Z", "America/New_York", 19),
        ("2026-01-01T00:00:00+05:30", "Asia/Kolkata", 0),
        ("2026-01-01T20:00:00Z", "Asia/Kolkata", 1.5),
        ("2026-03-29T00:59:59Z", "Europe/Berlin", 2 - 1 / 3600),
        ("2026-03-29T01:00:00Z", "Europe/Berlin", 3),
        ("0001-01-01T00:00:00Z", "Etc/GMT+5", 19),
        ("9999-12-31T23:00:00Z", "Etc/GMT-5", 4),
    ],
)
def test_the_time_of_day_somewhere(start: str, zone: str, hours: float) -> None:
    """With the clocks as they are then, and for every instant that can be written."""
    assert local_us(start, zone) == round(hours * HOUR_US)


@pytest.mark.parametrize(
    ("number", "country", "zone"),
    [
        ("+13105550123", "US", "America/Los_Angeles"),
        ("+4915112345678", "DE", "Europe/Berlin"),
        ("+61491570006", "AU", ""),
        ("+13105550123", "DE", ""),
        ("+13105550123", "", ""),
        ("", "US", ""),
    ],
)
def test_a_number_tells_the_zone_where_it_leaves_no_choice(
    number: str, country: str, zone: str
) -> None:
    """Somebody in another country is not where the number is from."""
    assert zone_of_person(number, country, {}) == zone


def test_what_a_scenario_says_of_a_country_holds_for_its_numbers() -> None:
    """Otherwise half of its people would not follow."""
    assert country_of("+13105550123") == "US"
    assert zone_of_person("+13105550123", "US", {"US": "America/Chicago"}) == ""
