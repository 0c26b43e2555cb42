"""Knobs turned and attempts decided by a person, to be taken back and done again.

Taking back is a change like any other: the knob is turned to where it was, at the instant shown,
and the log says so. Nothing that has happened is undone.
"""

from typing import NamedTuple

from sandbox.app.knobs import Knobs


class Turn(NamedTuple):
    """One turn of the knobs of a provider."""

    provider: str
    before: Knobs
    after: Knobs


class Choice(NamedTuple):
    """What was decided by hand about an attempt: a word each, "" for luck's own decision."""

    message: int
    level: int
    before: str
    after: str


class Undoing:
    """What was turned or decided, and what was taken back, latest last."""

    def __init__(self) -> None:
        self._done: list[Turn | Choice] = []
        self._taken_back: list[Turn | Choice] = []

    def note(self, turn: Turn | Choice) -> None:
        """Take note of a turn; what had been taken back can no longer be turned again."""
        if turn.before != turn.after:
            self._done.append(turn)
            self._taken_back.clear()

    def undo(self) -> Turn | Choice | None:
        """The latest turn, to be taken back; None when there is none."""
        if not self._done:
            return None
        turn = self._done.pop()
        self._taken_back.append(turn)
        return turn

    def redo(self) -> Turn | Choice | None:
        """The turn taken back last, to be made again; None when there is none."""
        if not self._taken_back:
            return None
        turn = self._taken_back.pop()
        self._done.append(turn)
        return turn
