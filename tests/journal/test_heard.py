"""What was heard, written down and read again."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cascade.events import (
    Heard,
    OrphanReceived,
    Reason,
    RecallAnswered,
    ReceiptReceived,
    SubmitAnswered,
)
from sandbox.cascade.vocabulary import ReasonClass, RecallResult, Status
from sandbox.errors import StorageError
from sandbox.journal.heard import decode_heard, encode_heard

NUMBERS = st.integers(0, 1 << 62)
STATUSES = st.sampled_from(Status)
REASONS = st.none() | st.builds(Reason, st.text(), st.sampled_from(ReasonClass), st.text())
EVENTS = st.one_of(
    st.builds(
        SubmitAnswered, NUMBERS, NUMBERS, NUMBERS, STATUSES, REASONS, NUMBERS, NUMBERS,
        retry_after_us=NUMBERS,
    ),
    st.builds(
        ReceiptReceived, NUMBERS, NUMBERS, NUMBERS, STATUSES, REASONS, NUMBERS,
        segment=NUMBERS, segments=NUMBERS,
    ),
    st.builds(OrphanReceived, st.text(), STATUSES, REASONS, NUMBERS),
    st.builds(RecallAnswered, NUMBERS, NUMBERS, NUMBERS, st.sampled_from(RecallResult)),
)  # fmt: skip


@given(EVENTS)
def test_it_is_the_same_again(event: Heard) -> None:
    """Every value; in one line of ASCII."""
    text = encode_heard(event)
    assert text.isascii()
    assert "\n" not in text
    assert decode_heard(text) == event._replace(cause=0)
    assert type(decode_heard(text)) is type(event)


def test_what_it_looks_like() -> None:
    """Other programs read it; what has its default is left out, and so is the cause."""
    event = ReceiptReceived(1, 0, 2, Status.FAILED, Reason("7", ReasonClass.STOP, "no"), cause=9)
    assert encode_heard(event) == (
        '{"v":1,"kind":"receipt","message":1,"level":0,"attempt":2,"status":"failed",'
        '"reason":["7","stop","no"]}'
    )
    assert decode_heard(encode_heard(event)) == event._replace(cause=0)


GOOD = json.loads(encode_heard(SubmitAnswered(1, 0, 1, Status.ACCEPTED)))


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2}, {"kind": "word"}, {"message": "1"}, {"message": True}, {"answer": "perhaps"},
        {"colour": 3}, {"reason": ["7"]}, {"reason": ["7", "odd", ""]}, {"provider": 3},
    ],
)  # fmt: skip
def test_what_is_damaged_is_refused(change: dict[str, object]) -> None:
    """A file that somebody has changed, or a newer program's."""
    with pytest.raises(StorageError, match="what was heard"):
        decode_heard(json.dumps(GOOD | change))


@pytest.mark.parametrize("text", ["", "[]", "{}", "7", "{"])
def test_what_is_nothing_of_the_kind_is_refused(text: str) -> None:
    """Neither is a crash."""
    with pytest.raises(StorageError, match="what was heard"):
        decode_heard(text)
