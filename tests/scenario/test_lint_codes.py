"""The codes of findings and what they mean."""

import re
from pathlib import Path

import sandbox.scenario
from sandbox.scenario.codes import ERRORS
from sandbox.scenario.lint_codes import ERRONEOUS, FINDINGS, Finding

FOLDER = Path(sandbox.scenario.__file__).parent
PAGE = FOLDER.parent / "docs" / "lint.md"


def test_every_finding_has_an_explanation_and_a_code_of_its_own() -> None:
    """No code of a finding is one of an error as well."""
    assert set(FINDINGS) == set(Finding)
    assert not {code.value for code in Finding} & {str(code) for code in ERRORS}
    assert set(Finding) >= ERRONEOUS
    assert all(text.endswith(".") and text[0].isupper() for text in FINDINGS.values())


def test_every_finding_is_made_somewhere() -> None:
    """No code is only explained."""
    used = set()
    for path in FOLDER.glob("lint*.py"):
        if path.name != "lint_codes.py":
            used |= set(re.findall(r"\bFinding\.([A-Z_]+)", path.read_text("utf-8")))
    assert used == {finding.name for finding in Finding}


def test_the_page_lists_every_finding() -> None:
    """With whether it is an error or a warning, and no other."""
    listed = dict(
        re.findall(r"^\| `([a-z-]+)` \| (error|warning) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    )
    expected = {
        finding.value: "error" if finding in ERRONEOUS else "warning" for finding in Finding
    }
    assert listed == expected
