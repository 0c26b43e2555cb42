"""The tracer: one message that is followed from its request to its end, whatever is looked at else.

It is the message that somebody chose, or the next one that is requested. It is pointed out in the
lanes and told in the timeline until somebody chooses another, and its end is said in words.
"""

from collections.abc import Callable

from sandbox.app.frame import MessageRow
from sandbox.cascade.vocabulary import Outcome
from sandbox.tui.wording import duration

RowSource = Callable[[int], MessageRow | None]


class Tracer:
    """Follows one message at a time."""

    def __init__(self) -> None:
        self._message: int | None = None
        self._is_over = False

    @property
    def message(self) -> int | None:
        """The message that is followed, requested or not; None for none."""
        return self._message

    def follow(self, message: int, newest: int) -> str:
        """Follow a message; one that is not there yet is waited for.

        Args:
            message: Its number.
            newest: The latest there is.

        Returns:
            What is said of it.
        """
        self._message, self._is_over = message, False
        if message > newest:
            return f"◆ waiting for the next message, m{message}"
        return f"◆ m{message} is followed: t lets it go"

    def let_go(self) -> str:
        """Follow nothing; says which message is no longer followed, "" for none."""
        message, self._message, self._is_over = self._message, None, False
        return "" if message is None else f"m{message} is no longer followed"

    def shown(self, newest: int) -> int | None:
        """The message to point out; None while there is none yet."""
        return self._message if self._message is not None and self._message <= newest else None

    def look(self, row_of: RowSource) -> str:
        """Look how it stands; its end is said once, "" otherwise."""
        if self._message is None or self._is_over:
            return ""
        row = row_of(self._message)
        if row is None or not row.outcome:
            return ""
        self._is_over = True
        return ended(row)


def ended(row: MessageRow) -> str:
    """How a message ended, in a sentence."""
    took = duration(row.took_us)
    through = " → ".join(hop.name for hop in row.path)
    way = f": {through}" if len(row.path) > 1 else ""
    if row.outcome == Outcome.DELIVERED:
        by = f" by {row.channel}" if row.channel else ""
        return f"◆ m{row.message} is delivered{by} after {took}{way}"
    return f"◆ m{row.message} ends {row.outcome} after {took}{way}"
