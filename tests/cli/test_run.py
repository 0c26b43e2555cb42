"""`sandbox run`: every file is run, and the worst verdict counts."""

import json
from pathlib import Path

import pytest

from sandbox.cli.main import main
from tests.support.small_files import FAILS, HOLDS, SMALL


def test_a_failed_expectation_exits_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1: an expectation failed; the answer says which, and what was seen."""
    path = tmp_path / "fails.yaml"
    path.write_text(FAILS, encoding="utf-8")
    assert main(["run", str(path)]) == 1
    out = capsys.readouterr().out
    assert "FAILED level.0.share <= 1%" in out
    assert out.splitlines()[-1] == "FAILED: 0 of 2 expectations hold"


def test_the_seed_and_the_settings_of_the_call_count(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--seed and --set change the run; the same call gives the same digest."""
    calls: tuple[list[str], ...] = (
        [],
        [],
        ["--seed", "2"],
        ["--set", "providers.sms.receipts.lost=30%"],
    )
    digests = []
    for extra in calls:
        assert main(["run", str(file), "--json", *extra]) == 0
        digests.append(json.loads(capsys.readouterr().out)["digest"])
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


def test_of_several_files_all_are_run_and_the_worst_counts(
    tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A broken file breaks the whole call, but the others are still run."""
    assert file.parent == tmp_path
    broken = tmp_path / "broken.yaml"
    broken.write_text(SMALL.replace("burst", "burts"), encoding="utf-8")
    failing = tmp_path / "failing.yaml"
    failing.write_text(FAILS, encoding="utf-8")
    assert main(["run", str(tmp_path), "--json"]) == 2
    out, err = capsys.readouterr()
    verdicts = [json.loads(line)["verdict"] for line in out.splitlines()]
    assert verdicts == ["error", "failed", "passed"]
    assert f"{broken}:5:" in err
    assert "error[" in err
    assert "Traceback" not in err


def test_a_run_that_is_not_quiet_by_its_limit_exits_with_5(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 5 lists what is pending."""
    path = tmp_path / "limited.yaml"
    path.write_text(SMALL + "clock: {limit: 1s}\n", encoding="utf-8")
    assert main(["run", str(path), "--json"]) == 5
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] == "not_quiet"
    assert len(told["pending"]) == 20


def test_strict_makes_a_fault_that_never_fired_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fault nobody noticed proves nothing: a warning, and under --strict exit code 1."""
    path = tmp_path / "vacuous.yaml"
    fault = "{id: late, at: 1h, for: 1m, provider: sms, set: {receipts.lost: 100%}}"
    path.write_text(HOLDS + f"faults: [{fault}]\n", encoding="utf-8")
    assert main(["run", str(path)]) == 0
    assert "warning[vacuous]: fault late never fired" in capsys.readouterr().out
    assert main(["run", str(path), "--strict", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["verdict"] == "vacuous"


def test_a_message_of_the_run_is_explained(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Below the answer, with the words the stored run has for it; as a member for programs."""
    db = tmp_path / "runs.sqlite"
    assert main(["run", str(file), "--why", "m7", "--db", str(db)]) == 0
    out = capsys.readouterr().out
    assert "PASSED" in out
    assert main(["show", "last", "m7", "--why", "--db", str(db)]) == 0
    stored = capsys.readouterr().out
    assert out.endswith("\n\n" + stored)
    assert stored.startswith("m7 through otp: ")
    assert main(["run", str(file), "--why", "7", "--json", "--no-store"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["why"]["message"] == 7
    assert told["verdict"] == "passed"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--why", "m201"], "no message 'm201'"),
        (["--why", "otp-anna"], "no message 'otp-anna'"),
        (["--why", "m1", "--seeds", "1..2"], "there are several seeds"),
        (["--why", "m1", "--watch"], "--watch does not go with --why"),
        (["two-factor-codes", "--why", "m1"], "several files"),
    ],
)
def test_what_cannot_be_explained_is_refused(
    words: list[str], said: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One message of one run; nothing is run before that is clear."""
    assert main(["run", str(file), *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
