"""The laws of codes: who enters one has it on the handset, and a right one is heard of at once.

A person types the code of one copy, a few times at most, and stops when it was right. Then, at the
same instant, the engine hears of it. All but the last is truth (S33).
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from sandbox.cascade.outputs import Detail
from sandbox.cascade.vocabulary import Act
from sandbox.journal import entry
from sandbox.report.act_rules import NO_LEVEL
from sandbox.report.attempts import Handler
from sandbox.report.laws_of_truth import ARRIVED
from sandbox.report.watch import Watch

TRIES_MAX: Final = 3
"""How often one person types a code."""

_LAW: Final = "codes-kept"
_RIGHT: Final = 128
_BLOCK: Final = 4096


class _Entered(NamedTuple):
    """A right code of which the engine must hear."""

    at: int
    message: int
    level: int


class CodeLaws:
    """Watches what people type."""

    def __init__(self, watch: Watch, *, with_truth: bool) -> None:
        """Begin the watch.

        Args:
            watch: The messages under way.
            with_truth: The log has lines of a world; without them nobody is seen typing.
        """
        self._watch = watch
        self._report = watch.report
        self._with_truth = with_truth
        self._plans = [rules.plan for rules in watch.rules.values()]
        self._typed = bytearray()
        """Message -> how often its code was typed, and whether it was right."""
        self._unheard: dict[int, _Entered] = {}
        """Line of a right code -> what the engine must hear."""

    def before(self, handlers: Mapping[str, Handler]) -> dict[str, Handler]:
        """Handlers that know codes."""
        return {**handlers, entry.CODE_ENTERED: self._on_entered}

    def finish(self, seq: int) -> None:
        """Judge what is missing when all is quiet."""
        for line, entered in self._unheard.items():
            text = f"the right code of line {line} for m{entered.message} was never heard of"
            self._report(_LAW, seq, text)
        self._unheard.clear()

    def resumed(self, at: int) -> None:
        """No process ran until now: a right code that was just being entered is heard of now."""
        late = {line: entered._replace(at=at) for line, entered in self._unheard.items()}
        self._unheard = late

    def heard(self, seq: int, at: int, message: int, act: Act, level: int, cause: int) -> None:
        """The engine hears of an act: one that stems from a line stems from a right code."""
        if not cause or not self._with_truth:
            return
        seen = _Entered(at, message, level)
        due = self._unheard.pop(cause, None)
        if act is not Act.VERIFIED or due is None:
            self._report(_LAW, seq, f"{act} because of line {cause}, which is no right code")
        elif seen != due:
            self._report(_LAW, seq, f"{_told(seen)} instead of {_told(due)}")

    def _on_entered(
        self, seq: int, at: int, message: int, level: int, attempt: int, _: int, detail: Detail
    ) -> None:
        attempts, right = self._watch.attempts, detail.fields["right"]
        row = self._watch.row(message, level << 4 | attempt)
        if not row or not attempts.truth[row] & ARRIVED:
            self._report(_LAW, seq, "a code is entered that is not on the handset")
            return
        plan = self._plans[attempts.plan[message]]
        if not plan.stops_on_verified:
            self._report(_LAW, seq, "a code is entered where none is awaited")
        if message >= len(self._typed):
            self._typed.extend(bytes(message - len(self._typed) + _BLOCK))
        before = self._typed[message]
        if before >= TRIES_MAX:
            text = "after the right one" if before & _RIGHT else f"more than {TRIES_MAX} times"
            self._report(_LAW, seq, f"a code is entered {text}")
            return
        self._typed[message] = before + 1 | (_RIGHT if right else 0)
        if right:
            its_level = level if plan.has_code_per_level else NO_LEVEL
            self._unheard[seq] = _Entered(at, message, its_level)


def _told(entered: _Entered) -> str:
    level = "" if entered.level == NO_LEVEL else f" of level {entered.level}"
    return f"the code{level} of m{entered.message} at {entered.at} us"
