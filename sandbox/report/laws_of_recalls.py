"""The laws of recalls: what is in flight when nobody needs it is called back, once (S23, S24).

Where a plan says `cancel_next`, a message that ends by a success, by its code or because it was
cancelled leaves others under way: exactly those are called back, and of each recall it is said once
what came of it. What the world gave back never arrives; that is the law of the one fate.

A run without such a plan pays nothing for this watch: any line about a recall is wrong there.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Detail
from sandbox.cascade.vocabulary import LateSuccess, Outcome, RecallResult
from sandbox.journal import entry
from sandbox.report.attempts import CODE, TAKEN, Handler
from sandbox.report.laws_of_truth import FATES
from sandbox.report.message_rules import ACCEPTED, DOUBT, SENT, SUBMITTED
from sandbox.report.watch import Smooth, Watch

_LAW: Final = "recalls-kept"
_IN_FLIGHT: Final = (SUBMITTED, ACCEPTED, SENT, DOUBT)
_CALLS_BACK: Final = (Outcome.DELIVERED, Outcome.CANCELLED)
_RESULTS: Final = {result.value: result for result in RecallResult}

_Attempt = tuple[int, int]
"""Message and place."""


class RecallLaws:
    """Watches what is called back."""

    def __init__(self, watch: Watch, *, with_truth: bool) -> None:
        """Begin the watch.

        Args:
            watch: The messages under way.
            with_truth: The log has lines of a world; without them no result can be judged.
        """
        self._watch = watch
        self._report = watch.report
        self._with_truth = with_truth
        self._calls_back = [
            rules.plan.late_success is LateSuccess.CANCEL_NEXT for rules in watch.rules.values()
        ]
        self._due: dict[_Attempt, int] = {}
        """Attempts that are called back -> the line that made them needless."""
        self._given_back: dict[_Attempt, int] = {}
        """Attempts that their provider gave back -> the line that says so."""
        self._keys: dict[_Attempt, int] = {}
        """Attempts of messages under way that were submitted under another one's key -> which."""

    def before(self, handlers: Mapping[str, Handler]) -> dict[str, Handler]:
        """Handlers that know recalls, and look at every end for what is called back."""
        known = {**handlers, outputs.RECALLED: self._on_recalled}
        known[entry.CALLED_BACK] = self._judging_truth(handlers[entry.CALLED_BACK])
        if any(self._calls_back):
            known[outputs.FINISHED] = self._noting_ends(handlers[outputs.FINISHED])
            known[outputs.SUBMITTED] = self._noting_keys(handlers[outputs.SUBMITTED])
        return known

    def finish(self, seq: int) -> None:
        """Judge what is missing when all is quiet."""
        for attempt in self._due:
            self._report(_LAW, seq, f"{_name(attempt)} was in flight, and never called back")
        self._due.clear()

    def _noting_keys(self, handler: Handler) -> Handler:
        def note(
            seq: int, at: int, message: int, level: int, attempt: int, cause: int, detail: Detail
        ) -> None:
            key = detail.number("key")
            if key:
                self._keys[message, level << 4 | attempt] = key
            handler(seq, at, message, level, attempt, cause, detail)

        return note

    def _thing(self, message: int, place: int) -> tuple[int, int]:
        """What an attempt is to its provider: sent again under one key it is the same thing."""
        return place >> 4, self._keys.get((message, place), place & 15)

    def _noting_ends(self, handler: Handler) -> Handler:
        def note(
            seq: int, at: int, message: int, level: int, attempt: int, cause: int, detail: Detail
        ) -> None:
            state = self._watch.under_way.get(message)
            is_smooth = isinstance(state, Smooth)  # its only attempt has brought it
            if state is not None and not is_smooth and detail.text("outcome") in _CALLS_BACK:
                known = {self._thing(message, level << 4 | (attempt or 0))}
                for place in sorted(self._in_flight(message)):
                    thing = self._thing(message, place)
                    if thing not in known:
                        self._due[message, place] = seq
                        known.add(thing)
            handler(seq, at, message, level, attempt, cause, detail)

        return note

    def _in_flight(self, message: int) -> Iterator[int]:
        """The places of a message's attempts that may still arrive, as far as is known."""
        attempts = self._watch.attempts
        if self._calls_back[attempts.plan[message]]:
            for row in attempts.rows(message):
                if attempts.status[row] & CODE in _IN_FLIGHT:
                    yield attempts.place[row]

    def _judging_truth(self, handler: Handler) -> Handler:
        def judge(
            seq: int, at: int, message: int, level: int, attempt: int, cause: int, detail: Detail
        ) -> None:
            its = self._asked_for(message, level << 4 | attempt)
            if self._due.get(its) != cause or its in self._given_back:
                self._report(_LAW, seq, f"{_name(its)} is given back, and nobody asked for it")
            self._given_back[its] = seq
            handler(seq, at, message, level, attempt, cause, detail)

        return judge

    def _asked_for(self, message: int, place: int) -> _Attempt:
        """The attempt that was called back when a provider gives this one back."""
        thing = self._thing(message, place)
        asked = [each for each in self._due if each[0] == message]
        same = [each for each in asked if self._thing(message, each[1]) == thing]
        return same[0] if same else (message, place)

    def _on_recalled(
        self, seq: int, at: int, message: int, level: int, attempt: int, cause: int, detail: Detail
    ) -> None:
        result = _RESULTS[detail.text("result")]
        its = message, level << 4 | attempt
        state = self._watch.state(message)
        if state is not None:
            self._watch.look(state, seq, at)
        asked = self._due.pop(its, None)
        given_back = self._given_back.pop(its, None)
        if asked is None:
            self._report(_LAW, seq, f"{_name(its)} is called back for no reason, or once more")
        elif (
            self._with_truth and self._watch.attempts.row(*its) not in self._watch.attempts.outside
        ):
            self._judge_result(seq, its, result, given_back)
            due = asked if given_back is None else given_back
            if cause != due:
                self._report(_LAW, seq, f"caused by line {cause}, not {due}")

    def _judge_result(
        self, seq: int, its: _Attempt, result: RecallResult, given_back: int | None
    ) -> None:
        """What a provider says of a recall must be so."""
        attempts = self._watch.attempts
        row = attempts.row(*its)
        if (result is RecallResult.RECALLED) != (given_back is not None):
            so = "it is not" if given_back is None else "it was given back"
            self._report(_LAW, seq, f"{_name(its)} is said to be {result}, and {so}")
        elif (
            result is RecallResult.TOO_LATE
            and attempts.status[row] & TAKEN
            and not any(attempts.truth[other] & FATES for other in self._same_thing(*its))
        ):
            self._report(_LAW, seq, f"{_name(its)} is said to be {result}, and is under way")

    def _same_thing(self, message: int, place: int) -> list[int]:
        """The rows of all attempts that are one thing to the provider."""
        attempts, thing = self._watch.attempts, self._thing(message, place)
        rows = attempts.rows(message)
        return [row for row in rows if self._thing(message, attempts.place[row]) == thing]


def _name(attempt: _Attempt) -> str:
    message, place = attempt
    return f"m{message}.{place >> 4}.{place & 15}"
