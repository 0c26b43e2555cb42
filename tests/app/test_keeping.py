from fractions import Fraction
from pathlib import Path

import pytest

from sandbox.app.keeping import keep, keepsake_of
from sandbox.app.session import Session
from sandbox.app.stored import list_runs, replay
from sandbox.errors import StorageError
from sandbox.scenario.loader import load
from tests.app.test_replaying import BY_HAND, turned


def test_a_kept_session_has_its_own_digest_and_replays(tmp_path: Path) -> None:
    """Changes and acts by hand included."""
    session, told = turned(), list[Fraction]()
    kept = keep(keepsake_of(session), tmp_path / "runs.sqlite", told.append)
    assert kept.result.digest == session.digest
    assert replay(tmp_path / "runs.sqlite", kept.run).is_equal
    assert told
    assert all(0 <= share <= 1 for share in told)
    assert told == sorted(told)


def test_the_session_goes_on_after_it_was_taken_down(tmp_path: Path) -> None:
    """What is kept is what it was then."""
    session = turned()
    keepsake, digest = keepsake_of(session), session.digest
    session.advance(1_000_000)
    assert session.digest != digest
    assert keep(keepsake, tmp_path / "x.sqlite", lambda _: None).result.digest == digest


def test_the_file_it_was_opened_from_is_kept(tmp_path: Path) -> None:
    """So that the list of runs says where it is from."""
    file = tmp_path / "mine.yaml"
    file.write_text(BY_HAND, encoding="utf-8")
    keep(keepsake_of(Session(load(file))), tmp_path / "x.sqlite", lambda _: None)
    assert list_runs(tmp_path / "x.sqlite")[0].file.endswith("mine.yaml")


def test_a_store_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """And nothing of it is left."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError):
        keep(keepsake_of(turned()), tmp_path / "file" / "x.sqlite", lambda _: None)
