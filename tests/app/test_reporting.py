from pathlib import Path

import pytest

from sandbox.app.record import keep_run
from sandbox.app.reporting import report_run
from sandbox.errors import StorageError, UsageError
from sandbox.scenario.loader import load
from tests.tui.stage import CODES


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with one run in it."""
    path = tmp_path_factory.mktemp("store") / "runs.sqlite"
    keep_run(load(CODES.replace("4m", "20s").replace("name: codes", 'name: "a b/c"')), path)
    return path


def test_a_report_lies_beside_whatever_is_there(store: Path, tmp_path: Path) -> None:
    """Its name is that of the scenario, without what no file's name has, and of the run."""
    made = [report_run(store, "last", tmp_path, redacts=False).name for _ in range(2)]
    assert made == ["a-b-c-r1.html", "a-b-c-r1-2.html"]
    assert report_run(store, "r1", tmp_path, redacts=True).name == "a-b-c-r1-masked.html"
    first = (tmp_path / made[0]).read_text(encoding="utf-8")
    assert first.startswith("<!DOCTYPE html>")
    assert first.rstrip().endswith("</html>")


def test_a_run_that_is_not_there_and_a_folder_that_is_not_there(
    store: Path, tmp_path: Path
) -> None:
    """Both are said, and nothing is written."""
    with pytest.raises(UsageError, match="no run 'r9'"):
        report_run(store, "r9", tmp_path, redacts=False)
    with pytest.raises(StorageError, match="cannot write"):
        report_run(store, "r1", tmp_path / "gone", redacts=False)
    assert list(tmp_path.iterdir()) == []
