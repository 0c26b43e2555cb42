import os
from pathlib import Path

import pytest

from sandbox.app.beside import write_beside
from sandbox.errors import StorageError


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    """The second file has a number, and the first is as it was."""
    paths = [write_beside(tmp_path, "m1", ".json", text) for text in ("a", "b", "c")]
    assert [path.name for path in paths] == ["m1.json", "m1-2.json", "m1-3.json"]
    assert [path.read_text(encoding="utf-8") for path in paths] == ["a", "b", "c"]


def test_a_folder_that_is_not_there_is_said_clearly(tmp_path: Path) -> None:
    """The error names the file and tells what to do."""
    with pytest.raises(StorageError, match=r"cannot write .*m1\.json") as caught:
        write_beside(tmp_path / "gone", "m1", ".json", "a")
    assert "folder" in caught.value.hint


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that could not be written whole is taken away again."""

    def no_space(*_: object, **__: object) -> int:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("sandbox.app.beside.written", no_space)
    with pytest.raises(StorageError, match="No space left"):
        write_beside(tmp_path, "m1", ".json", "a")
    assert list(tmp_path.iterdir()) == []
