"""How far a study has come."""

from types import SimpleNamespace

import pytest

from sandbox.cli.steps import StepsLine


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
