"""What tests of the command line share."""

from pathlib import Path

import pytest

from tests.support.small_files import HOLDS


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the app remembers, in no real folder."""
    path = tmp_path / "remembered" / "settings.toml"
    monkeypatch.setattr("sandbox.app.settings.settings_path", lambda: path)
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A small scenario that passes."""
    path = tmp_path / "small.yaml"
    path.write_text(HOLDS, encoding="utf-8")
    return path
