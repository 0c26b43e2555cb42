from pathlib import Path

import pytest

from sandbox.app.drafting import judge_draft, read_text, stamp_of, write_text
from sandbox.errors import StorageError
from sandbox.scenario import library

TEXT = (library.folder() / "two-factor-codes.yaml").read_text(encoding="utf-8")


def test_a_draft_that_can_be_run_has_a_scenario_and_a_forecast(tmp_path: Path) -> None:
    """Nothing has to be saved for that."""
    told = judge_draft(TEXT, tmp_path / "mine.yaml")
    assert told.scenario is not None
    assert told.scenario.file == str(tmp_path / "mine.yaml")
    assert told.findings == ()
    assert told.forecast[0].startswith("forecast of otp")
    assert list(tmp_path.iterdir()) == []


def test_an_error_is_found_where_it_stands(tmp_path: Path) -> None:
    """With what to do about it."""
    told = judge_draft(TEXT.replace("wait: 30s", "wait: 30", 1), tmp_path / "mine.yaml")
    assert told.scenario is None
    assert told.forecast == ()
    finding = told.findings[0]
    row = TEXT.splitlines()[finding.line - 1]
    assert row[finding.column - 1 :].startswith("30s")
    assert finding.is_error
    assert "unit" in finding.text
    assert "30s" in finding.note


def test_what_the_linter_finds_is_told_and_does_not_keep_it_from_being_run(tmp_path: Path) -> None:
    """An older deadline than the waits, for example."""
    told = judge_draft(TEXT.replace("deadline: 3m", "deadline: 20s"), tmp_path / "mine.yaml")
    assert told.scenario is not None
    assert told.findings
    assert not any(finding.is_error for finding in told.findings)
    assert all(finding.line for finding in told.findings)


def test_what_it_uses_is_looked_for_beside_the_file(tmp_path: Path) -> None:
    """And an error in there is told with its file, at no line of this one."""
    (tmp_path / "base.yaml").write_text(TEXT, encoding="utf-8")
    assert judge_draft("schema: 1\nuse: base.yaml\n", tmp_path / "mine.yaml").scenario is not None
    (tmp_path / "base.yaml").write_text(TEXT.replace("30s", "30"), encoding="utf-8")
    told = judge_draft("schema: 1\nuse: base.yaml\n", tmp_path / "mine.yaml")
    assert told.scenario is None
    assert told.findings[0].line == 0
    assert "base.yaml:" in told.findings[0].text


@pytest.mark.parametrize(
    "text", ["", "[", "\x00", "schema: 2", "a: &x [*x]", "schema: 1\nuse: nowhere"]
)
def test_whatever_is_written_something_is_said(text: str, tmp_path: Path) -> None:
    """Half-written text is the rule in an editor, never an accident."""
    told = judge_draft(text, tmp_path / "mine.yaml")
    assert told.scenario is None
    assert told.findings


def test_a_text_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk leaves the file as it was, and nothing beside it."""
    file = tmp_path / "mine.yaml"
    write_text(file, "one\n")
    file.chmod(0o640)
    write_text(file, "two\r\n")
    assert file.read_bytes() == b"two\r\n"
    assert file.stat().st_mode & 0o777 == 0o640

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StorageError, match="No space left"):
        write_text(file, "three\n")
    assert read_text(file) == "two\n"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]


def test_a_file_that_is_not_there_is_an_error_and_has_no_stamp(tmp_path: Path) -> None:
    """A stamp changes with what is written."""
    file = tmp_path / "mine.yaml"
    with pytest.raises(StorageError, match="cannot read"):
        read_text(file)
    assert stamp_of(file) == (0, 0)
    write_text(file, "one\n")
    before = stamp_of(file)
    write_text(file, "and two\n")
    assert stamp_of(file) != before != (0, 0)
