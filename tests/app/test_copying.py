import json
from pathlib import Path

import pytest

from sandbox.app.copying import message_json, write_copy
from sandbox.app.session import Session
from sandbox.cli.main import main
from sandbox.errors import StorageError
from sandbox.scenario.loader import load
from tests.support.small_files import HOLDS


def test_a_copy_is_what_show_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Member for member, but for the run's name and the money, which only a store has."""
    file, store = tmp_path / "small.yaml", tmp_path / "runs.sqlite"
    file.write_text(HOLDS, encoding="utf-8")
    session = Session(load(file))
    session.advance(10**9)
    assert main(["run", str(file), "--db", str(store)]) == 0
    capsys.readouterr()
    assert main(["show", "r1", "m1", "--json", "--db", str(store)]) == 0
    shown = json.loads(capsys.readouterr().out)
    copied = json.loads(message_json(session, 1) or "")
    assert copied.pop("run") is None
    assert copied["events"]
    assert copied == {key: shown[key] for key in shown if key not in {"run", "money"}}


def test_a_message_without_lines_has_no_copy() -> None:
    """Nothing is made up for one that was let go, or is not there yet."""
    assert message_json(Session(load(HOLDS)), 1) is None


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    """The next one has a number."""
    paths = [write_copy(tmp_path, "m1", text) for text in ("a", "b", "c")]
    assert [path.name for path in paths] == ["m1.json", "m1-2.json", "m1-3.json"]
    assert [path.read_text() for path in paths] == ["a\n", "b\n", "c\n"]
    with pytest.raises(StorageError):
        write_copy(tmp_path / "nowhere", "m1", "a")
