import subprocess
import sys

import phonenumbers
import pytest

from sandbox.simulation.phones import ELSEWHERE, NUMBERS, country_of, is_e164, phone, zone_of

MOBILE = (
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
)
FICTION_UNKNOWN_TO_THE_LIBRARY = {"GB", "FR"}
"""Ranges that phonenumbers calls invalid exactly because nobody can have a number in them."""

WITH_SCENARIOS = (
    "AT", "AU", "BG", "BR", "DE", "ES", "FR", "GB", "GR", "IN", "IT", "NL", "NO", "PL", "RO", "RS",
    "SE", "TR", "UA", "US",
)  # fmt: skip
"""Countries a scenario may be expected to name."""


def _sample(country: str) -> list[phonenumbers.PhoneNumber]:
    """Numbers all over a country's blocks, both ends of each included."""
    numbers = NUMBERS[country]
    ends = {first for first, _ in numbers.blocks} | {first + n - 1 for first, n in numbers.blocks}
    spread = {numbers.number(numbers.total * part // 500) for part in range(500)}
    return [phonenumbers.parse(f"+{number}", None) for number in ends | spread]


@pytest.mark.parametrize("country", sorted(NUMBERS))
def test_every_number_is_one_of_its_country(country: str) -> None:
    """The library that knows all numbering plans calls them valid mobile numbers there."""
    for number in _sample(country):
        assert phonenumbers.is_possible_number(number)
        if country in FICTION_UNKNOWN_TO_THE_LIBRARY:
            assert not phonenumbers.is_valid_number(number)
        else:
            assert phonenumbers.is_valid_number_for_region(number, country)
            assert phonenumbers.number_type(number) in MOBILE


@pytest.mark.parametrize("country", sorted(FICTION_UNKNOWN_TO_THE_LIBRARY))
def test_what_the_library_calls_invalid_is_kept_for_fiction(country: str) -> None:
    """A number that is not valid is in the table for one reason only, and it is written there."""
    assert NUMBERS[country].reserved_by


def test_countries_with_numbers_for_fiction_use_no_others() -> None:
    """Where a regulator keeps mobile numbers for fiction, nobody real can be shown."""
    reserved = {country for country, numbers in NUMBERS.items() if numbers.reserved_by}
    assert reserved == {"AU", "CA", "DE", "FR", "GB", "SE", "US"}
    assert phone("GB", 1, 5).startswith("+447700900")
    german = {phone("DE", 1, index)[:-2] for index in range(200)}
    assert german == {"+4917139200", "+49176040690"}
    assert phone("US", 1, 5)[5:10] == "55501"


@pytest.mark.parametrize("country", WITH_SCENARIOS)
def test_people_of_a_country_have_numbers_of_their_own(country: str) -> None:
    """No two people share a number before all numbers of the country are used."""
    count = min(NUMBERS[country].total, 2000)
    numbers = [phone(country, 7, index) for index in range(count)]
    assert len(set(numbers)) == count
    assert all(country_of(number) == country for number in numbers[:100])


def test_a_number_is_a_function_of_country_seed_and_person() -> None:
    """The same person has the same number each time; another seed gives another."""
    assert phone("PL", 1, 3) == phone("PL", 1, 3)
    assert phone("PL", 1, 3) != phone("PL", 2, 3)
    assert phone("PL", 1, 3) != phone("PL", 1, 4)


def test_a_country_that_is_not_in_the_table_gets_numbers_that_lead_nowhere() -> None:
    """Country code 999 is not assigned to anybody."""
    number = phone("XX", 1, 3)
    assert number.startswith("+999")
    assert is_e164(number)
    assert country_of(number) == ""
    assert ELSEWHERE.reserved_by


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("+4915112345678", True),
        ("+447700900123", True),
        ("+33639980001", True),
        ("+12025550123", True),
        ("4915112345678", False),
        ("015112345678", False),
        ("+49 151 12345678", False),
        ("+49(0)15112345678", False),
        ("+4915112345678\n", False),
        ("+٤٩١٥١١٢٣٤٥٦٧٨", False),
        ("+1555", False),
        ("+99900", False),
        ("+0123456789", False),
        ("+491511234567890123", False),
        ("", False),
        ("anna", False),
    ],
)
def test_a_number_in_a_file_is_e164_or_refused(text: str, good: bool) -> None:
    """Plus sign, country code, digits, a length the country has; numbers of fiction are fine."""
    assert is_e164(text) is good


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+4915112345678", "DE"),
        ("+447700900123", "GB"),
        ("+33639980001", "FR"),
        ("+14165550123", "CA"),
        ("+12025550123", "US"),
        ("+4790000000", "NO"),
        ("+4712345678", "NO"),
        ("+80012345678", ""),
        ("+999000000001", ""),
        ("anna", ""),
    ],
)
def test_a_number_tells_its_country(number: str, country: str) -> None:
    """Also one of fiction, and one of the right length that nobody has yet."""
    assert country_of(number) == country


@pytest.mark.parametrize(
    ("number", "zone"),
    [
        ("+13105550123", "America/Los_Angeles"),
        ("+12025550123", "America/New_York"),
        ("+4915112345678", "Europe/Berlin"),
        ("+61491570006", ""),
        ("anna", ""),
    ],
)
def test_a_number_tells_its_time_zone_where_there_is_one(number: str, zone: str) -> None:
    """S19: by its first digits; a mobile of a country with several tells none."""
    assert zone_of(number) == zone


def test_nothing_in_the_simulation_loads_the_slow_libraries() -> None:
    """Importing all of it costs no second: names and numbers load what they need when asked."""
    script = """
import importlib, pkgutil, sys
import sandbox.simulation as package
for module in pkgutil.iter_modules(package.__path__):
    importlib.import_module(f"sandbox.simulation.{module.name}")
from sandbox.simulation.phones import phone
phone("DE", 1, 1)
print({"faker", "phonenumbers"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stdout.strip() == b"set()"
