from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.app.last_time import (
    BYTES_MAX,
    FILE,
    SEED_MAX,
    VIEW_MAX,
    LastTime,
    last_time_path,
    last_time_text,
    parse_last_time,
    read_last_time,
    write_last_time,
)
from sandbox.app.sieve import Order
from sandbox.errors import StorageError

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
ALL = st.builds(
    LastTime,
    scenario=TEXTS,
    seed=st.none() | st.integers(0, SEED_MAX),
    place=TEXTS,
    panel=TEXTS,
    view=st.integers(0, VIEW_MAX),
    filter=TEXTS,
    order=st.sampled_from(Order),
    is_reversed=st.booleans(),
)


@given(ALL)
def test_what_is_written_is_read_as_it_was(last: LastTime) -> None:
    """Whatever the texts are."""
    assert parse_last_time(last_time_text(last).encode()) == last


@given(st.binary(max_size=300) | TEXTS.map(str.encode))
def test_no_content_is_a_crash(content: bytes) -> None:
    """Anything can stand in the file; it is as if nothing were there."""
    assert parse_last_time(content) == LastTime()


@pytest.mark.parametrize(
    ("content", "last"),
    [
        ("version = 2\nplace = 'compare'", LastTime()),
        ("place = 'compare'", LastTime()),
        ("version = 1\nplace = 3\npanel = 'flow'", LastTime(panel="flow")),
        ("version = 1\nseed = 'x'\nview = 2", LastTime(view=2)),
        ("version = 1\nseed = -1\nview = -1", LastTime()),
        (f"version = 1\nseed = {SEED_MAX + 1}\nview = 1000", LastTime()),
        ("version = 1\nseed = true\nreversed = 1", LastTime()),
        ("version = 1\norder = 'size'\nreversed = true", LastTime(is_reversed=True)),
        ("version = 1\nsomething = 1\nfilter = 'twice'", LastTime(filter="twice")),
        (f"version = 1\nfilter = '{'x' * 5000}'", LastTime()),
        ("a = " + "[" * 5000, LastTime()),
        ("#" * (BYTES_MAX + 1), LastTime()),
    ],
)
def test_what_is_wrong_is_left_out_and_the_rest_is_used(content: str, last: LastTime) -> None:
    """One value at a time; another version is another file."""
    assert parse_last_time(content.encode()) == last


def test_it_lies_beside_the_settings_and_is_written_over(tmp_path: Path) -> None:
    """Also over what was damaged: nothing in it is worth keeping."""
    file = last_time_path(tmp_path / "deep" / "settings.toml")
    assert file == tmp_path / "deep" / FILE
    write_last_time(file, LastTime(place="replay"))
    assert read_last_time(file) == LastTime(place="replay")
    file.write_bytes(b"\xff\xfe damaged")
    assert read_last_time(file) == LastTime()
    write_last_time(file, LastTime(view=1))
    assert read_last_time(file) == LastTime(view=1)
    assert [path.name for path in file.parent.iterdir()] == [FILE]


def test_where_nothing_can_be_read_or_written(tmp_path: Path) -> None:
    """A folder in its place, a file in the place of its folder."""
    assert read_last_time(tmp_path) == LastTime()
    (tmp_path / "file").write_text("")
    assert read_last_time(tmp_path / "file" / FILE) == LastTime()
    with pytest.raises(StorageError):
        write_last_time(tmp_path / "file" / "deep" / FILE, LastTime())
