"""One line that says whose providers are simulated, wherever a scenario is run."""

from pathlib import Path
from typing import Final

import pytest

from sandbox.cli.main import main
from sandbox.cli.simulated import tell_simulated
from tests.support.scenario_texts import loaded

TEXT: Final = """\
schema: 1
cascades: {otp: {deadline: 3m, content: {text: x}, levels: [{channel: sms, wait: 30s}, viber]}}
providers: {sms: {adapter: dexatel, sender: Example}}
load: [{burst: 30}]
"""
SAID: Final = "note: all providers are simulated here, also sms (dexatel)\n"


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """A scenario with a real provider."""
    path = tmp_path / "real.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "words",
    [
        ["run", "FILE"],
        ["run", "FILE", "--json"],
        ["run", "FILE", "--seeds", "1..3"],
        ["run", "FILE", "FILE"],
        ["matrix", "FILE", "--vary", "cascades.otp.levels.0.wait=15s,30s", "--jobs", "1"],
        ["matrix", "FILE", "--errors"],
        ["compare", "FILE", "--set-b", "cascades.otp.deadline=2m", "--seeds", "1", "--jobs", "1"],
        ["compare", "FILE", "--most-reliable-first", "--seeds", "1,2", "--jobs", "1"],
        ["recommend", "FILE", "--seeds", "1", "--messages", "100", "--jobs", "1"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_it_is_said_once_and_to_people(
    words: list[str], real: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """On standard error, since standard output is data."""
    main([str(real) if word == "FILE" else word for word in words])
    out, err = capfd.readouterr()
    assert err.count(SAID) == 1
    assert "simulated here" not in out


@pytest.mark.parametrize("words", [["run"], ["matrix", "--errors"]], ids=" ".join)
def test_without_a_real_provider_nothing_is_said(
    words: list[str], file: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    main([words[0], str(file), *words[1:]])
    assert "simulated here" not in capfd.readouterr().err


def test_a_check_runs_nothing_and_says_nothing(
    real: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(real)]) == 0
    assert "simulated here" not in capfd.readouterr().err


def test_whoever_runs_many_files_is_told_whether_it_was_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Several scenarios, each provider once."""
    assert tell_simulated(loaded(TEXT), loaded(TEXT))
    assert capsys.readouterr().err == SAID
    assert not tell_simulated(loaded(TEXT.replace("adapter: dexatel, ", "")))
    assert not tell_simulated()
    assert capsys.readouterr().err == ""
