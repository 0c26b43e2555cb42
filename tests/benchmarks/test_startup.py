"""The benchmark of the start measures what it says: a program whose modules are compiled."""

from pathlib import Path

import pytest

from tests.benchmarks.startup import compiled_in, imports, run


def test_modules_are_compiled_once_whatever_the_surroundings_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first start leaves compiled modules behind, and the next one finds them."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    environment = compiled_in(tmp_path)
    run(["-c", "import sandbox.errors"], environment)
    assert [path.name.split(".")[0] for path in tmp_path.rglob("errors.*.pyc")] == ["errors"]


def test_what_is_loaded_is_read_off_the_interpreters_own_words() -> None:
    """A module has its own microseconds, without those of what it loads."""
    told = (
        "import time:       120 |       1500 |   sandbox.errors\nimport time: self [us] | x | y\n"
    )
    assert imports(told) == {"sandbox.errors": 120}
