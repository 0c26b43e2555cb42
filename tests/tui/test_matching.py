import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.tui.matching import ranked, score

NAMES = ["Live: pause", "Theme: sandbox-light", "Scenario: lost-receipts", "Scenario: phones-off",
         "Light the lamp", "m17"]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("lamp", "Light the lamp"),
        ("theme light", "Theme: sandbox-light"),
        ("light theme", "Theme: sandbox-light"),
        ("lr", "Scenario: lost-receipts"),
        ("PAUSE", "Live: pause"),
        ("m17", "m17"),
    ],
)
def test_what_was_meant_comes_first(query: str, first: str) -> None:
    """Starts of words count most; words may come in any order."""
    assert ranked(query, NAMES, str, 10)[0] == first


def test_without_a_query_all_come_in_their_order() -> None:
    """And never more than there is room for."""
    assert ranked("", NAMES, str, 10) == NAMES
    assert ranked(" ", NAMES, str, 2) == NAMES[:2]


def test_what_lacks_a_letter_is_not_found() -> None:
    """Also when only one word of several is missing."""
    assert score("xyz", "abc") is None
    assert score("pause nothing", "Live: pause") is None


@given(st.text(max_size=30), st.text(max_size=60))
def test_any_query_may_be_typed(query: str, text: str) -> None:
    """Nothing that is typed is an error, and each text finds itself."""
    score(query, text)
    assert score(text, text) is not None
