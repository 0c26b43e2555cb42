"""The laws of levels that begin together (S25), watched over runs whose plans have some.

Such a run has this watch over decisions instead of the common one. It knows two more kinds of lines
and sees to it that, before a line about an open level is judged, the message is looked at as it
stands there. A run without fronts has no such watch, and does not pay for it.
"""

from collections.abc import Mapping
from typing import Final

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Detail
from sandbox.report.attempts import Handler
from sandbox.report.front_rules import Front
from sandbox.report.laws_of_decisions import DecisionLaws
from sandbox.report.message_rules import Decision, Open

_LAW: Final = "fronts-kept"

_OF_A_LEVEL: Final = (
    outputs.ACCEPTED,
    outputs.REFUSED,
    outputs.THROTTLED,
    outputs.UNKNOWN,
    outputs.RECEIPT,
    outputs.SEGMENT_RECEIPT,
    outputs.WAIT_OVER,
    outputs.SUBMITTED,
    outputs.SKIPPED,
)
"""Lines that may be about any open level of a front."""


class FrontLaws(DecisionLaws):
    """Watches decisions, also of messages that are at several levels at once."""

    def before(self, handlers: Mapping[str, Handler]) -> dict[str, Handler]:
        """Handlers that turn a message to the level a line is about, and then judge the line."""
        turning = {kind: self._turning(handlers[kind]) for kind in _OF_A_LEVEL}
        return {
            **handlers,
            **turning,
            outputs.ACT: self._turning_to_the_latest(handlers[outputs.ACT]),
            outputs.JOINED: self._on_joined,
            outputs.CLOSED: self._on_closed,
        }

    def _turning(self, handler: Handler) -> Handler:
        under_way = self._watch.under_way

        def turn_first(
            seq: int, at: int, message: int, level: int, attempt: int, cause: int, detail: Detail
        ) -> None:
            state = under_way.get(message)
            if isinstance(state, Front) and state.expected is None:
                state.turn_to(level)
            handler(seq, at, message, level, attempt, cause, detail)

        return turn_first

    def _turning_to_the_latest(self, handler: Handler) -> Handler:
        """An act is about that of the open levels which was submitted to last."""
        under_way, attempts = self._watch.under_way, self._attempts

        def turn_first(
            seq: int, at: int, message: int, level: int, attempt: int, cause: int, detail: Detail
        ) -> None:
            state = under_way.get(message)
            if isinstance(state, Front) and state.expected is None:
                row, open_levels = attempts.last[message], state.open_levels
                while row and attempts.place[row] >> 4 not in open_levels:
                    row = attempts.previous[row]
                last = max(open_levels, default=state.level)
                state.turn_to(attempts.place[row] >> 4 if row else last)
            handler(seq, at, message, level, attempt, cause, detail)

        return turn_first

    def _on_requested(
        self, seq: int, at: int, message: int, level: int, attempt: int, cause: int, detail: Detail
    ) -> None:
        super()._on_requested(seq, at, message, level, attempt, cause, detail)
        state = self._watch.under_way.get(message)
        if isinstance(state, Open) and state.rules.plan.has_fronts:
            self._watch.under_way[message] = Front(state.rules, at, seq, detail)

    def _ended_state(self, seq: int, message: int, seen: Decision, detail: Detail) -> Open | None:
        """Judge an outcome; the deadline is said of the first level that is still open."""
        state = self._watch.under_way.get(message)
        if isinstance(state, Front) and state.expected is None:
            state.turn_to(state.first_open)
        return super()._ended_state(seq, message, seen, detail)

    def _on_joined(
        self, seq: int, at: int, message: int, level: int, _: int, cause: int, __: Detail
    ) -> None:
        state = self._of_a_front(seq, message, outputs.JOINED)
        if state is None:
            return
        if not self._meets(state, seq, (outputs.JOINED, level, None, "", at, cause)):
            self._report(_LAW, seq, f"level {level} joins for no reason")
        if 0 <= level < len(state.rules.levels):
            state.joined(level, at, seq)

    def _on_closed(
        self, seq: int, at: int, message: int, level: int, _: int, cause: int, detail: Detail
    ) -> None:
        state = self._of_a_front(seq, message, outputs.CLOSED)
        if state is None:
            return
        seen: Decision = (outputs.CLOSED, level, None, detail.text("trigger"), at, cause)
        if not self._meets(state, seq, seen):
            self._report(_LAW, seq, f"level {level} closes for no reason")
        state.closed(level)

    def _of_a_front(self, seq: int, message: int, kind: str) -> Front | None:
        state = self._undecided(seq, message, kind)
        if state is None or isinstance(state, Front):
            return state
        self._report(_LAW, seq, f"{kind}, though no levels of the plan begin together")
        return None
