"""What providers outside, and processes that die, change in the laws of a run.

Nobody knows what became of an attempt that went to a real provider: no line of truth is about it,
so what is claimed of it cannot be judged, nor what it is said to cost. A connection may be lost
before the answer is given up, and a receipt may be about nothing that was ever sent. All else must
hold as ever: what is decided, in which order, and when.

Which attempts those are stands in the log: a provider is outside from the line on that says so
(`knob_changed`, path `adapter`). Before the first such line this watch costs a run nothing.

Where another process took a run up (`resumed`), what was due in between is due at that instant.
Until the process before it died, everything must have been in time.
"""

from collections.abc import Mapping
from typing import Any, Final

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Detail
from sandbox.journal import entry
from sandbox.report.attempts import Handler
from sandbox.report.front_rules import Front
from sandbox.report.laws_of_codes import CodeLaws
from sandbox.report.laws_of_truth import ARRIVED, EXPIRED, FAILED, FILTERED, READ, REJECTED
from sandbox.report.message_rules import Open
from sandbox.report.watch import Watch

_WHATEVER: Final = ARRIVED | READ | FAILED | REJECTED | EXPIRED | FILTERED
"""What may have become of an attempt outside: any claim is backed, and no other end may follow."""


class OutsideLaws:
    """Watches where providers are, and when a run was resumed."""

    def __init__(self, watch: Watch, codes: CodeLaws) -> None:
        self._watch = watch
        self._codes = codes
        self._attempts = watch.attempts
        self._report = watch.report
        self._outside: set[str] = set()
        self._ever: set[str] = set()
        """All that have been outside; a receipt may come from any of them."""
        self._handlers: dict[str, Handler] = {}

    def before(self, handlers: Mapping[str, Handler]) -> dict[str, Handler]:
        """Handlers that know of it; more of them change with the first provider outside."""
        self._handlers = {
            **handlers,
            entry.KNOB_CHANGED: self._on_knob_changed,
            entry.RESUMED: self._on_resumed,
        }
        return self._handlers

    # Where a provider is ---------------------------------------------------------------------

    def _on_knob_changed(
        self, _: int, __: int, ___: int, ____: int, _____: int, ______: int, detail: Detail
    ) -> None:
        if detail.text("path") != entry.ADAPTER:
            return
        name = detail.text("provider")
        if detail.text("value") != entry.REAL:
            self._outside.discard(name)
            return
        if not self._ever:
            handlers = self._handlers
            handlers[outputs.SUBMITTED] = self._marking(handlers[outputs.SUBMITTED])
            orphan = handlers[outputs.ORPHAN_RECEIPT]
            handlers[outputs.ORPHAN_RECEIPT] = self._letting_in(orphan)
        self._ever.add(name)
        self._outside.add(name)

    def _marking(self, handler: Handler) -> Handler:
        def mark(
            seq: int, at: int, message: int, level: int, attempt: int, cause: int, detail: Detail
        ) -> None:
            handler(seq, at, message, level, attempt, cause, detail)
            if detail.text("provider") in self._outside:
                row = self._watch.row(message, level << 4 | attempt)
                self._attempts.truth[row] |= _WHATEVER
                self._attempts.outside.add(row)

        return mark

    def _letting_in(self, handler: Handler) -> Handler:
        def let_in(
            seq: int, at: int, message: int, level: int, attempt: int, cause: int, detail: Detail
        ) -> None:
            provider = detail.text("provider")
            # Without a name: it is about an attempt that never went outside.
            if cause or (provider and provider not in self._ever):
                handler(seq, at, message, level, attempt, cause, detail)

        return let_in

    # When nobody was there -------------------------------------------------------------------

    def _on_resumed(
        self, seq: int, at: int, _: int, __: int, ___: int, ____: int, detail: Detail
    ) -> None:
        since = detail.number("since_us")
        if not 0 <= since <= at:
            self._report("time-forward", seq, f"nobody was there from {since} us to {at} us")
        self._codes.resumed(at)
        for message in list(self._watch.under_way):
            state = self._watch.state(message)
            if state is not None:
                self._watch.look(state, seq, since)
                _resume(state, at)


def _resume(state: Open, at: int) -> None:
    """No process ran until now: what was due before is due now."""
    if state.awaited and state.give_up_at < at:
        state.late_answer = at, state.give_up_at
        state.give_up_at = at
    state.also_awaited = {
        row: (max(give_up_at, at), seq) for row, (give_up_at, seq) in state.also_awaited.items()
    }
    state.late_us += max(0, at - state.deadline_at)
    state.deadline_at = max(state.deadline_at, at)
    state.wait_due = max(state.wait_due, at)
    state.retry_at = max(state.retry_at, at)
    if isinstance(state, Front):
        state.beside = {level: _late(known, at) for level, known in state.beside.items()}
    state.plan_due()


def _late(known: Mapping[str, Any], at: int) -> Mapping[str, Any]:
    """What is known of a level, its timers not before an instant."""
    return {**known, **{timer: max(known[timer], at) for timer in ("wait_due", "retry_at")}}
