"""The laws of acts: what somebody did has its consequence, or says why it has none (S33, S35).

An act stems from nothing, or from a right code that a person entered. What must follow is left in
the open message, for the next line to be compared with; an act in vain leaves nothing there, so
that anything decided because of it has no reason. After the outcome every act is in vain.

When codes were made, and how messages ended, is kept only where a plan waits for codes.
"""

from collections.abc import Mapping
from typing import Final

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Detail
from sandbox.cascade.vocabulary import Act, Outcome
from sandbox.report.act_rules import (
    ACTS,
    NO_LEVEL,
    credited,
    follow,
    why_no_resend,
    why_no_success,
)
from sandbox.report.attempts import Handler
from sandbox.report.laws_of_codes import CodeLaws
from sandbox.report.message_rules import Open
from sandbox.report.watch import Watch

_LAW: Final = "acts-kept"
_OUTCOMES: Final = tuple(outcome.value for outcome in Outcome)
_BLOCK: Final = 4096


class ActLaws:
    """Watches what people do about messages under way."""

    def __init__(self, watch: Watch, codes: CodeLaws) -> None:
        self._watch = watch
        self._codes = codes
        self._report = watch.report
        self._plans = [rules.plan for rules in watch.rules.values()]
        self._outcomes = bytearray()
        """Message -> its outcome as a number from 1; 0: none that was kept."""
        self._issued: dict[int, dict[int, int]] = {}
        """Message -> its levels with a code of their own, and when that was made."""

    def before(self, handlers: Mapping[str, Handler]) -> dict[str, Handler]:
        """Handlers that know acts, and keep what is needed to judge them."""
        known = {**handlers, outputs.ACT: self._on_act}
        if any(plan.stops_on_verified for plan in self._plans):
            known[outputs.FINISHED] = self._noting_ends(known[outputs.FINISHED])
        if any(plan.stops_on_verified and plan.has_code_per_level for plan in self._plans):
            known[outputs.SUBMITTED] = self._noting_codes(known[outputs.SUBMITTED])
        return known

    # What is kept ----------------------------------------------------------------------------

    def _noting_ends(self, handler: Handler) -> Handler:
        def note(
            seq: int, at: int, message: int, level: int, attempt: int, cause: int, detail: Detail
        ) -> None:
            if 0 < message <= self._watch.attempts.message_count:
                outcomes = self._outcomes
                if message >= len(outcomes):
                    outcomes.extend(bytes(message - len(outcomes) + _BLOCK))
                outcomes[message] = 1 + _OUTCOMES.index(detail.text("outcome"))
                self._issued.pop(message, None)
            handler(seq, at, message, level, attempt, cause, detail)

        return note

    def _noting_codes(self, handler: Handler) -> Handler:
        def note(
            seq: int, at: int, message: int, level: int, attempt: int, cause: int, detail: Detail
        ) -> None:
            self._issued.setdefault(message, {}).setdefault(level, at)
            handler(seq, at, message, level, attempt, cause, detail)

        return note

    # Acts ------------------------------------------------------------------------------------

    def _on_act(
        self, seq: int, at: int, message: int, _: int, __: int, cause: int, detail: Detail
    ) -> None:
        watch, act = self._watch, ACTS[detail.text("act")]
        if not 0 < message <= watch.attempts.message_count:
            self._report("known-kind", seq, "an act on a message that was never requested")
            return
        level = detail.number("level") if "level" in detail.fields else NO_LEVEL
        self._codes.heard(seq, at, message, act, level, cause)
        state, why = watch.state(message), detail.text("why")
        if state is not None:
            watch.look(state, seq, at)
        if state is None or state.outcome:
            self._judge_too_late(seq, message, act, why)
            return
        due = self._why_in_vain(state, message, act, level, at)
        if why != due:
            self._report(_LAW, seq, f"{act} {_vain(why)} instead of {_vain(due)}")
        if not why:
            of_level = level if state.rules.plan.has_code_per_level else NO_LEVEL
            credit = credited(watch.attempts, message, of_level)
            follow(state, act, credit, at, seq)

    def _judge_too_late(self, seq: int, message: int, act: Act, why: str) -> None:
        kept = self._outcomes[message] if message < len(self._outcomes) else 0
        may_be = (_OUTCOMES[kept - 1],) if kept else _OUTCOMES
        if why not in [f"already {outcome}" for outcome in may_be]:
            due = _vain(f"already {' or '.join(may_be)}")
            self._report(_LAW, seq, f"{act} {_vain(why)} instead of {due}")

    def _why_in_vain(self, state: Open, message: int, act: Act, level: int, at: int) -> str:
        if act is Act.RESEND:
            return why_no_resend(state)
        if act is not Act.VERIFIED:
            return ""
        was_sent = self._watch.attempts.last[message] > 0
        deadline_at = state.deadline_at - state.late_us
        issued_at = deadline_at - state.rules.deadline_us if was_sent else None
        if state.rules.plan.has_code_per_level:
            issued_at = self._issued.get(message, {}).get(level)
        return why_no_success(state, issued_at, at)


def _vain(why: str) -> str:
    return f"in vain: {why}" if why else "not in vain"
