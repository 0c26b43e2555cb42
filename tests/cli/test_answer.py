"""What a person reads after a run."""

from pathlib import Path

import pytest

from sandbox.cli.main import main
from tests.support.small_files import SMALL


def test_a_run_prints_the_answer_and_its_verdict(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Known stands beside true, every expectation has its mark, the last line is the verdict."""
    assert main(["run", str(file)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "known" in out
    assert "true" in out
    assert "ok     delivery_rate >= 50%" in out
    assert out.splitlines()[-1] == "PASSED: 1 of 1 expectations hold"


def test_without_expectations_the_answer_is_what_people_came_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Delivered known and true, cost, duplicates, top reasons for switches, the worst message."""
    path = tmp_path / "open.yaml"
    path.write_text(SMALL, encoding="utf-8")
    assert main(["run", str(path)]) == 0
    out = capsys.readouterr().out
    words = ("delivered", "cost", "got it twice", "the next level was tried", "the worst message")
    assert [word for word in words if word not in out] == []
    assert out.splitlines()[-1] == "PASSED"


def test_hostile_names_are_shown_literally(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Escape sequences in a scenario's texts never reach the terminal."""
    path = tmp_path / "hostile.yaml"
    title = '"\\e[2J\\e]0;owned\\a[bold]x[/bold]\\u202eabc\\u200b"'
    path.write_text(SMALL.replace("Two hundred at once", title), encoding="utf-8")
    assert main(["run", str(path)]) == 0
    out = capsys.readouterr().out
    assert not any(char in out for char in "\x1b\x07\u202e\u200b")
    assert "[bold]x[/bold]" in out
