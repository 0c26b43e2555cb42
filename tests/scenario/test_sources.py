"""Where the figures of the built-in files come from."""

import pytest

from sandbox.scenario.bases import BUILT_IN_FOLDER
from sandbox.scenario.sources import FILES, bases_of, figures_of


@pytest.mark.parametrize("name", FILES)
def test_every_figure_has_a_basis(name: str) -> None:
    """Each leaf that is a number is sourced, derived or assumed, and is listed exactly once."""
    listed = [figure for basis in bases_of(name) for figure in basis.figures]
    assert len(listed) > 8
    assert sorted(listed) == sorted(figures_of(name))
    assert {basis.word for basis in bases_of(name)} <= {"sourced", "derived", "assumed"}


@pytest.mark.parametrize("name", FILES)
def test_what_is_not_assumed_names_its_source_in_words(name: str) -> None:
    """No abbreviation is left that only the file explains."""
    for basis in bases_of(name):
        assert basis.word == "assumed" or basis.references, basis.path
        assert all(len(reference) > 5 for reference in basis.references), basis.references


def test_every_built_in_file_with_figures_is_listed() -> None:
    """All but `ideal`, which claims nothing about the world."""
    assert {path.stem for path in BUILT_IN_FOLDER.glob("*.yaml")} == {*FILES, "ideal"}


def test_what_is_said_nearest_to_a_figure_holds() -> None:
    """A figure has one basis, and keeps its value as it is written."""
    by_path = {basis.path: basis for basis in bases_of("sms")}
    assert by_path["price.amount"].word == "sourced"
    assert [figure.value for figure in by_path["price.amount"].figures] == ["0.075 EUR"]
    failed = by_path["delivery.outcomes.failed"]
    assert (failed.word, failed.references) == (
        "derived",
        ("startmessaging.com, OTP delivery rates",),
    )
    assert "delivery.outcomes" not in by_path


def test_a_number_that_is_a_name_is_no_figure() -> None:
    """Reason codes look like numbers."""
    assert not [figure for figure in figures_of("recipients") if figure.path.endswith(".reason")]


def test_a_list_of_numbers_is_one_figure() -> None:
    """The two ends of a distribution go together."""
    assert ("receipts.late.by.uniform", "[1m, 2h]") in figures_of("sms")
