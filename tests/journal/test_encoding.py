"""A line of the log as a line of JSON, and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cascade.outputs import Detail
from sandbox.errors import ExitCode, StorageError
from sandbox.journal.encoding import decode_entry, encode_entry
from sandbox.journal.entry import Entry, entry
from tests.support.worlds import mixed, run

NUMBERS = st.integers(0, 1 << 62)
MAYBE = st.none() | NUMBERS
VALUES = st.text() | st.integers() | st.booleans() | st.lists(st.text(), max_size=3).map(tuple)
ENTRIES = st.builds(
    Entry,
    NUMBERS, NUMBERS, MAYBE, MAYBE, MAYBE, st.text(), NUMBERS,
    st.dictionaries(st.text(), VALUES, max_size=4).map(Detail),
)  # fmt: skip


@given(ENTRIES)
def test_whatever_is_written_is_read_back(one: Entry) -> None:
    """The form loses nothing, and stays on one line of plain ASCII."""
    line = encode_entry(one)
    assert line.isascii()
    assert line.isprintable()
    assert decode_entry(line) == one


def test_a_whole_run_survives_the_way_to_a_file_and_back() -> None:
    """A log exported and read again is the same log."""
    entries = [entry(fact) for fact in run(mixed(60))]
    assert [decode_entry(encode_entry(one)) for one in entries] == entries


def test_the_form_is_part_of_the_interface() -> None:
    """Other programs read it: names and places of the columns do not change."""
    one = Entry(4, 143_000, 1, 0, 1, "accepted", 3, Detail({"owed_nano": 45_000_000}))
    assert encode_entry(one) == (
        '{"v":1,"seq":4,"at_us":143000,"message":1,"level":0,"attempt":1,"kind":"accepted",'
        '"cause":3,"detail":{"owed_nano":45000000}}'
    )


GOOD: dict[str, object] = {
    "v": 1, "seq": 1, "at_us": 0, "message": None, "level": None, "attempt": None,
    "kind": "requested", "cause": 0, "detail": {},
}  # fmt: skip


def test_members_may_be_added_without_a_new_version() -> None:
    """An old reader passes over what it does not know."""
    assert decode_entry(json.dumps(GOOD | {"later": True})).kind == "requested"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"v": 2}, "a line of a log is of version 2, this program reads 1"),
        ({"v": None}, "a line of a log is of version None"),
        ({"seq": "1"}, "seq of a line of a log is an integer, not '1'"),
        ({"cause": True}, "cause of a line of a log is an integer, not True"),
        ({"level": 0.5}, "level of a line of a log is an integer, not 0.5"),
        ({"kind": 7}, "the kind of a line of a log is a word, not 7"),
        ({"detail": []}, "the detail of a line of a log is an object, not []"),
        ({"detail": {"a": {}}}, "a detail is a text, an integer or a list of texts, not {}"),
        ({"detail": {"a": [1]}}, "a detail is a text, an integer or a list of texts, not [1]"),
    ],
)
def test_a_line_that_is_none_is_refused_in_words(change: dict[str, object], text: str) -> None:
    """A damaged file says what is wrong with it, and exits with 4."""
    with pytest.raises(StorageError) as caught:
        decode_entry(json.dumps(GOOD | change))
    assert str(caught.value).startswith(text)
    assert caught.value.exit_code is ExitCode.STORAGE


@pytest.mark.parametrize("line", ["", "{", "[]", "null", '"text"'])
def test_what_is_no_object_is_refused(line: str) -> None:
    """Half a line, as a killed process leaves it, is no line."""
    with pytest.raises(StorageError):
        decode_entry(line)
