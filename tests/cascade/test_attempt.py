"""Every cell of the table of an attempt, against one written by hand."""

from typing import Final

import pytest

from sandbox.cascade.attempt import TRANSITIONS, Attempt
from sandbox.cascade.vocabulary import Conflict, Status

LETTERS: Final = {
    "a": Status.ACCEPTED,
    "s": Status.SENT,
    "d": Status.DELIVERED,
    "r": Status.READ,
    "u": Status.UNKNOWN,
    "R": Status.REFUSED,
    "T": Status.THROTTLED,
    "F": Status.FAILED,
    "J": Status.REJECTED,
    "E": Status.EXPIRED,
    "S": Status.SUBMITTED,
}

# Rows: where the attempt stands. Columns: what is heard, in the order of LETTERS. Cells: where it
# stands then, or a dot for "nothing new".
BEST: Final = """
                a s d r u R T F J E S
    submitted   a s d r u R T F J E .
    unknown     a s d r . R T F J E .
    accepted    . s d r . . . F J E .
    sent        . . d r . . . F J E .
    delivered   . . . r . . . . . . .
    read        . . . . . . . . . . .
    refused     . . d r . . . . . . .
    throttled   . . d r . . . . . . .
    failed      . . d r . . . . . . .
    rejected    . . d r . . . . . . .
    expired     . . d r . . . . . . .
"""
FIRST: Final = """
                a s d r u R T F J E S
    submitted   a s d r u R T F J E .
    unknown     a s d r . R T F J E .
    accepted    . s d r . . . F J E .
    sent        . . d r . . . F J E .
    delivered   . . . r . . . . . . .
    read        . . . . . . . . . . .
    refused     . . . . . . . . . . .
    throttled   . . . . . . . . . . .
    failed      . . . . . . . . . . .
    rejected    . . . . . . . . . . .
    expired     . . . . . . . . . . .
"""
LAST: Final = """
                a s d r u R T F J E S
    submitted   a s d r u R T F J E .
    unknown     a s d r . R T F J E .
    accepted    . s d r . . . F J E .
    sent        . . d r . . . F J E .
    delivered   . . . r . . . F J E .
    read        . . . . . . . F J E .
    refused     . . d r . . . . . . .
    throttled   . . d r . . . . . . .
    failed      . . d r . . . . J E .
    rejected    . . d r . . . F . E .
    expired     . . d r . . . F J . .
"""
EXPECTED: Final = {Conflict.BEST: BEST, Conflict.FIRST: FIRST, Conflict.LAST: LAST}


def _cells(table: str) -> list[tuple[Status, Status, Status | None]]:
    head, *rows = table.split("\n")[1:-1]
    return [
        (Status[state.upper()], LETTERS[heard], LETTERS.get(cell))
        for state, *cells in (row.split() for row in rows)
        for heard, cell in zip(head.split(), cells, strict=True)
    ]


CELLS: Final = [
    pytest.param(policy, *cell, id=f"{policy}-{cell[0].word}-hears-{cell[1].word}")
    for policy, table in EXPECTED.items()
    for cell in _cells(table)
]


@pytest.mark.parametrize(("policy", "state", "heard", "becomes"), CELLS)
def test_what_an_attempt_becomes(
    policy: Conflict, state: Status, heard: Status, becomes: Status | None
) -> None:
    """S4, S6: knowledge only grows, and where two finals meet the policy says which one holds."""
    assert TRANSITIONS[policy][state].get(heard) == becomes


def test_the_expectation_leaves_no_cell_out() -> None:
    """S4: every status may meet every status under every policy, and each meeting is decided."""
    assert len(CELLS) == len(Conflict) * len(Status) * len(Status)
    assert {len(TRANSITIONS[policy]) for policy in Conflict} == {len(Status)}


def test_the_ladder_is_an_order() -> None:
    """S4: read implies delivered implies sent implies accepted; nothing else is a rung."""
    ladder = [Status.ACCEPTED, Status.SENT, Status.DELIVERED, Status.READ]
    assert sorted(ladder) == ladder
    assert all(s < Status.ACCEPTED for s in Status if s not in ladder)


def test_an_attempt_begins_unanswered() -> None:
    """S1: an attempt that was just submitted knows nothing yet."""
    attempt = Attempt(level=1, number=2, key=2, provider=0, give_up_at=10, seq=7)
    assert (attempt.status, attempt.answered) == (Status.SUBMITTED, False)
    assert (attempt.level, attempt.number, attempt.give_up_at) == (1, 2, 10)
