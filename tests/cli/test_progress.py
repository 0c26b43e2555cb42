"""The progress line: for people, on a terminal, and gone when done."""

import io
import sys

import pytest

from sandbox.cli.progress import ProgressLine


class Terminal(io.StringIO):
    """Standard error as a person sees it."""

    def isatty(self) -> bool:
        """Somebody watches."""
        return True


def shown_on(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a run of three seconds leaves on a stream, looked at every second."""
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr("sandbox.cli.progress.time.monotonic", iter(range(100)).__next__)
    line = ProgressLine("small")
    line(0, 0)
    line(61_000_000, 1234)
    line.close()
    return stream.getvalue()


def test_a_person_sees_how_far_a_run_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages and virtual time, drawn over itself, and wiped at the end."""
    text = shown_on(Terminal(), monkeypatch)
    assert "small: 1,234 messages, 61 s of virtual time" in text
    assert text.endswith("\r\x1b[K")


def test_a_pipe_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody watches there is no progress line, and no escape sequence."""
    assert shown_on(io.StringIO(), monkeypatch) == ""
