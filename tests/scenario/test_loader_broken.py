"""Broken files, each with the whole text of what the program says about it.

`broken/NAME.yaml` is the file, `broken/NAME.txt` what a person gets to read, byte for byte.
"""

import re
from pathlib import Path

import pytest

from sandbox.errors import ExitCode, ScenarioError
from sandbox.scenario.codes import Code
from sandbox.scenario.loader import load
from tests.support.scenario_texts import SCENARIO_TESTS

FILES = sorted((SCENARIO_TESTS / "broken").glob("*.yaml"))


def said_about(path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What loading a file says, with the file called as from its own folder."""
    monkeypatch.chdir(path.parent)
    with pytest.raises(ScenarioError) as caught:
        load(Path(path.name))
    assert caught.value.exit_code is ExitCode.WRONG_INPUT
    return f"{caught.value}\n"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_broken_file_is_explained_where_it_is_broken(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Position, code, source line, caret, place and help are exactly as expected."""
    expected = path.with_suffix(".txt").read_text(encoding="utf-8")
    assert said_about(path, monkeypatch) == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_said_can_be_printed_anywhere(path: Path) -> None:
    """No line holds a character that moves a cursor, and none is longer than a paragraph."""
    for line in path.with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        assert line.isprintable()
        assert len(line) < 500


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_problems_come_in_the_order_of_the_file_and_twenty_at_most(path: Path) -> None:
    """Whoever goes down the list goes down the file, and then down those it uses."""
    text = path.with_suffix(".txt").read_text(encoding="utf-8")
    places = [
        (name != path.name, name, int(line), int(column))
        for name, line, column in re.findall(r"(?m)^(\S+\.yaml):(\d+):(\d+): error\[", text)
    ]
    assert places == sorted(places)
    assert 1 <= len(places) <= 20


def test_there_is_a_broken_file_for_every_code() -> None:
    """Every error the program knows is shown by some file; the rest need no file to be wrong."""
    seen = set()
    for path in FILES:
        seen |= set(
            re.findall(r"error\[([a-z0-9-]+)\]", path.with_suffix(".txt").read_text("utf-8"))
        )
    without_file = {Code.FILE_TOO_BIG, Code.BAD_OVERRIDE}
    assert seen == {code.value for code in Code if code not in without_file}
    assert len(FILES) >= 45
