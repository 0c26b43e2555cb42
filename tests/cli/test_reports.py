"""The files a run leaves for other programs."""

import os
import stat
import sys
from pathlib import Path

import pytest

from sandbox.app import run as app
from sandbox.cli import run as cli
from sandbox.cli.main import main
from sandbox.cli.reports import Reports, is_appended, write_whole
from sandbox.errors import StorageError
from sandbox.scenario.model import Scenario


def test_a_report_replaces_the_one_before(tmp_path: Path, file: Path) -> None:
    """At one stroke: nothing of the old one is left, and no other file beside it."""
    junit, summary = tmp_path / "junit.xml", tmp_path / "summary.md"
    for path in (junit, summary):
        path.write_text("x" * 100_000, encoding="utf-8")
    junit.chmod(0o640)
    assert main(["run", str(file), "--junit", str(junit), "--summary", str(summary)]) == 0
    assert junit.read_text(encoding="utf-8").startswith("<?xml")
    assert summary.read_text(encoding="utf-8").startswith("### Fallback Sandbox: 1 of 1 run passed")
    assert stat.S_IMODE(junit.stat().st_mode) == 0o640
    assert {path.name for path in tmp_path.iterdir()} == {"small.yaml", "junit.xml", "summary.md"}


def test_the_summary_of_a_github_step_is_added_to(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That file belongs to all steps of a job; any other belongs to the call."""
    path = tmp_path / "step.md"
    path.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    assert is_appended(path)
    assert not is_appended(tmp_path / "other.md")
    assert main(["run", str(file), "--summary", str(path)]) == 0
    assert path.read_text(encoding="utf-8").startswith("before\n### Fallback Sandbox")


def test_a_dash_is_standard_output(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Markdown takes the place of the answer, so that it can be piped on."""
    assert main(["run", str(file), "--summary", "-"]) == 0
    assert capsys.readouterr().out.startswith("### Fallback Sandbox")
    assert main(["run", str(file), "--summary", "-", "--json"]) == 2
    assert "both want standard output" in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--junit", "--summary"])
def test_a_folder_that_is_not_there_is_said_before_anything_runs(
    flag: str, tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 4, with nothing run."""
    for path in (tmp_path / "none" / "x", tmp_path):
        assert main(["run", str(file), flag, str(path)]) == 4
        out, err = capsys.readouterr()
        assert out == ""
        assert "cannot write" in err


def test_a_report_that_cannot_be_written_exits_with_4(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The runs were made and are answered; the report is missing, and that is said."""

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sandbox.cli.reports.tempfile.mkstemp", full)
    assert main(["run", str(file), "--junit", str(tmp_path / "junit.xml")]) == 4
    out, err = capsys.readouterr()
    assert "PASSED" in out
    assert "no space left on device" in err


def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads it sees the old one or the new one."""
    path = tmp_path / "junit.xml"
    path.write_text("old", encoding="utf-8")

    def fails(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "replace", fails)
    with pytest.raises(StorageError):
        write_whole(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in folders")
def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    """What is no file is not replaced by one."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_whole(path, "text")
        assert os.read(reader, 100) == b"text"
    finally:
        os.close(reader)


def test_a_call_that_is_broken_off_reports_what_it_did(
    tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 130; the report says that it is not whole."""
    runs: list[Scenario] = []

    def run(scenario: Scenario, **how: object) -> app.RunResult:
        runs.append(scenario)
        if len(runs) == 2:
            raise KeyboardInterrupt
        return app.run_loaded(scenario, strict=bool(how["strict"]))

    monkeypatch.setattr(cli, "run_loaded", run)
    junit = tmp_path / "junit.xml"
    assert main(["run", str(file), "--seeds", "1..9", "--json", "--junit", str(junit)]) == 130
    text = junit.read_text(encoding="utf-8")
    assert 'name="small.seed-1"' in text
    assert 'type="interrupted"' in text
    assert '"verdict": "interrupted"' in capsys.readouterr().out.splitlines()[-1]


def test_nothing_is_gathered_that_nobody_wants() -> None:
    """A call without reports keeps no results."""
    reports = Reports(None, None)
    assert not reports.are_wanted
    assert not reports.take_stories
    reports.write()
