"""The codes of errors and what they mean."""

import re
from pathlib import Path

import sandbox.scenario
from sandbox.scenario.codes import ERRORS, Code

SOURCES = sorted(Path(sandbox.scenario.__file__).parent.rglob("*.py"))


def test_every_code_has_an_explanation_and_every_explanation_a_code() -> None:
    """`sandbox explain` knows each code the program can print, and no other."""
    assert set(ERRORS) == {code.value for code in Code}
    assert all(
        text.endswith(".") and text[0] in "-ABCDEFGHIJKLMNOPQRSTUVWXYZ" for text in ERRORS.values()
    )


def test_every_code_is_raised_somewhere() -> None:
    """No code is only explained."""
    used = set()
    for path in SOURCES:
        if path.name != "codes.py":
            used |= set(re.findall(r"\bCode\.([A-Z0-9_]+)", path.read_text(encoding="utf-8")))
    assert used == {code.name for code in Code}


def test_codes_are_words_with_hyphens() -> None:
    """A code can be typed, searched for and used as an anchor."""
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code.value) for code in Code)
