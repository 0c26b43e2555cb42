"""What a file says about the findings of the linter."""

import pytest

from tests.support.scenario_texts import SMALL, codes_of


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("{}", []),
        ("{accept: []}", []),
        ("{accept: wait-below-validity}", []),
        ("{accept: [wait-below-validity, share-too-fine]}", []),
        ("{accept: [unit-missing]}", ["unknown-word"]),
        ("{accept: [{}]}", ["wrong-type"]),
        ("{acept: []}", ["unknown-key"]),
    ],
)
def test_findings_are_accepted_by_their_codes(text: str, codes: list[str]) -> None:
    """One or several; a word that is no finding is shown."""
    assert codes_of(SMALL + f"lint: {text}") == codes
