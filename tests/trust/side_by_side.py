"""Engine and reference model side by side: told the same, they must be at the same place."""

from itertools import count
from typing import Final

from sandbox.cascade.engine import Engine
from sandbox.cascade.events import Acted, Event, ReceiptReceived, Requested, SubmitAnswered, WokeUp
from sandbox.cascade.outputs import Fact, Recall, Submit
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import NEVER, Status
from tests.trust.findings import within
from tests.trust.model import Model

CPU_S_MAX: Final = 0.5
"""A call takes less than a thousandth of that."""


class SideBySide:
    """An engine with some messages, and a model of each of them."""

    def __init__(self, *plans: Plan) -> None:
        self.plans = plans
        self.engine = Engine(plans, count(1).__next__)
        self.models: dict[int, Model] = {}
        self.submits: dict[int, list[tuple[int, Submit]]] = {}
        """Message -> its submissions, each with its instant."""
        self.ends: dict[int, Fact] = {}
        self.now = 0

    @within(CPU_S_MAX)
    def tell(self, event: Event, at: int) -> list[Submit]:
        """Let one thing happen, after all timers that were due before it.

        Returns:
            The submissions since the last thing that happened.
        """
        submits = self._wake(at)
        self.now = at
        submits += self._receive(event)
        match event:
            case Requested(message, plan, _, ineligible):
                barred = frozenset(channel for channel, _ in ineligible)
                self.models[message] = Model(self.plans[plan], at, barred)
            case SubmitAnswered(message, level, attempt, answer, reason):
                why = None if reason is None else reason.reason_class
                place, stay_away = (level, attempt), event.retry_after_us
                self.models[message].answer(place, answer, why, stay_away, at)
            case ReceiptReceived(message, level, attempt, status, reason):
                why = None if reason is None else reason.reason_class
                self.models[message].receipt((level, attempt), status, why, at)
            case Acted(message, act):
                self.models[message].act(act, at)
            case _:
                raise NotImplementedError(event)
        return submits

    @within(CPU_S_MAX)
    def wake(self, until: int) -> list[Submit]:
        """Let all timers act that are due before an instant."""
        return self._wake(until)

    def _wake(self, until: int) -> list[Submit]:
        submits: list[Submit] = []
        while self.due < until:
            self.now = now = self.due
            while self.engine.wake_at <= now:
                submits += self._receive(WokeUp())
            for model in self.models.values():
                while model.due is not None and model.due <= now:
                    model.wake(now)
        return submits

    @property
    def due(self) -> int:
        """When the next timer is due, of engine or model."""
        dues = [model.due for model in self.models.values() if model.due is not None]
        return min([self.engine.wake_at, *dues])

    def _receive(self, event: Event) -> list[Submit]:
        submits = []
        for output in self.engine.receive(event, self.now):
            if isinstance(output, Submit):
                submits.append(output)
                self.submits.setdefault(output.message, []).append((self.now, output))
            elif not isinstance(output, Recall) and output[5] == "finished":
                assert output[2] is not None
                assert self.ends.setdefault(output[2], output) is output
        return submits

    @within(CPU_S_MAX)
    def differences(self) -> list[str]:
        """What the two do not agree on."""
        dues = [model.due for model in self.models.values() if model.due is not None]
        found = []
        if self.engine.wake_at != min(dues, default=NEVER):
            found.append(f"engine wakes at {self.engine.wake_at}, model at {min(dues, default=0)}")
        for message, model in self.models.items():
            engine_says, model_says = self._engine_says(message), _model_says(model)
            if engine_says != model_says:
                found.append(f"message {message}: engine {engine_says}, model {model_says}")
        return found

    def _engine_says(self, message: int) -> tuple[object, ...]:
        path = [
            (at, s.level, s.attempt, s.key, s.provider) for at, s in self.submits.get(message, [])
        ]
        attempts = self.engine._cascades[message]._attempts
        known = {(each.level, each.number): each.status for each in attempts}
        end = self.ends.get(message)
        if end is None:
            return path, known, ""
        outcome = end[7].text("outcome")
        credit = (end[3], end[4]) if outcome == "delivered" else None
        return path, known, outcome, end[1], credit


def _model_says(model: Model) -> tuple[object, ...]:
    known: dict[tuple[int, int], Status] = model.known
    if not model.outcome:
        return model.path, known, ""
    credit = model.credit if model.outcome == "delivered" else None
    return model.path, known, model.outcome, model.ended_at, credit
