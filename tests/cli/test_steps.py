"""How far a study has come."""

from types import SimpleNamespace

import pytest

from sandbox.cli.steps import Stages, StepsLine


def test_a_terminal_sees_a_line_that_is_wiped_in_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is done, of how much, and about how long it will take."""
    clock = iter([0.0, 0.1, 5.0, 5.1])
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    stand_in = SimpleNamespace(monotonic=lambda: next(clock))
    monkeypatch.setattr("sandbox.cli.steps.time", stand_in)
    line = StepsLine("study")
    line(1, 20)
    line(5, 20)
    line(6, 20)
    line.close()
    assert capsys.readouterr().err == "\r\x1b[Kstudy: 5 of 20, about 15 s left\r\x1b[K"


def test_a_pipe_sees_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Progress is for people."""
    line = StepsLine("study")
    for done in range(10):
        line(done, 10)
    line.close()
    assert capsys.readouterr() == ("", "")


def test_the_parts_of_a_study_have_one_line_after_the_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line before is wiped when the next part begins, and the last one at the end."""
    clock = iter([0.0, 5.0, 5.1, 6.0, 9.0, 9.1])
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    stand_in = SimpleNamespace(monotonic=lambda: next(clock))
    monkeypatch.setattr("sandbox.cli.steps.time", stand_in)
    stages = Stages("study")
    stages.begin("first")(1, 2)
    stages.begin("second")(1, 2)
    stages.close()
    told = capsys.readouterr().err
    assert told.count("\r\x1b[K") == 4
    assert "study, first: 1 of 2" in told
    assert told.index("study, second: 1 of 2") > told.index("first")
