"""Two thousand files gone wrong: each is explained, or can be run; none makes the program stumble.

`python -m tests.scenario.fuzz --count 20000` judges more of them.
"""

from pathlib import Path
from typing import Final

import pytest

from sandbox.scenario.codes import Code
from sandbox.scenario.loader import load
from tests.scenario.fuzz import Tally, fuzz, prepare, report
from tests.scenario.mutants import RICH, SMALL, STEPS, corpus, mutant

COUNT: Final = 2000


@pytest.fixture(scope="module")
def tally(tmp_path_factory: pytest.TempPathFactory) -> Tally:
    """What became of the mutants."""
    return fuzz(range(COUNT), tmp_path_factory.mktemp("mutants"), run_every=5)


def test_no_file_makes_the_program_stumble(tally: Tally) -> None:
    """Rule 3: no traceback, and every error has its file, line, column and a documented code."""
    assert tally.count == COUNT
    assert tally.harm == [], report(tally)


def test_mutants_go_wrong_in_every_way(tally: Tally) -> None:
    """A fuzz that only ever meets the same error is none: half of all codes come up."""
    assert len(tally.codes) > len(Code) / 2
    assert set(tally.steps) == STEPS


def test_some_mutants_are_scenarios_still(tally: Tally) -> None:
    """What goes wrong only later is looked for as well: mutants are built, and some are run."""
    assert tally.loaded > COUNT / 10
    assert tally.run > 10


@pytest.mark.parametrize("text", [RICH, *SMALL], ids=lambda text: f"{len(text)} characters")
def test_what_mutants_are_made_of_is_sound(text: str, tmp_path: Path) -> None:
    """A mutant of a file that does not load says nothing: those it is made of do."""
    prepare(tmp_path)
    path = tmp_path / "whole.yaml"
    path.write_text(text, encoding="utf-8")
    assert load(path).warnings == ()


def test_a_mutant_can_be_made_again() -> None:
    """Whatever does harm is found again by its number."""
    texts = corpus()
    assert [mutant(texts, 1, n) for n in range(99)] == [mutant(texts, 1, n) for n in range(99)]
    assert mutant(texts, 1, 3).data != mutant(texts, 2, 3).data
