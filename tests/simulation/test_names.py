import pytest

from sandbox.simulation.names import person_name
from sandbox.simulation.phones import NUMBERS


@pytest.mark.parametrize("country", [*sorted(NUMBERS), "XX"])
def test_everybody_has_a_first_and_a_last_name(country: str) -> None:
    """Every country that has numbers has names, and any other gets some too."""
    names = [person_name(country, 1, index) for index in range(30)]
    assert all(len(name.split()) >= 2 and name == name.strip() for name in names)
    assert len(set(names)) > 20


def test_a_name_is_a_function_of_country_seed_and_person() -> None:
    """Whoever is shown twice is called the same, whoever else was shown in between."""
    names = [person_name("DE", 1, index) for index in range(5)]
    person_name("DE", 2, 77)
    assert [person_name("DE", 1, index) for index in range(4, -1, -1)] == names[::-1]
    assert not set(names) & {person_name("DE", 2, index) for index in range(5)}
    assert not set(names) & {person_name("PL", 1, index) for index in range(5)}
