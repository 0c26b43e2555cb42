"""What people do in a simulated world: enter codes, ask again, cancel, hurry; and recalls.

A person reads a code on the handset and enters it a while later, now and then mistyping it, or does
not enter it at all. All of that is truth; the engine hears only of a right code, as of any other
act. Whether the code is still valid is the engine's to say.
"""

from typing import Final

from sandbox.cascade.events import Acted, RecallAnswered
from sandbox.cascade.message import segments
from sandbox.cascade.outputs import Detail, Recall
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import Act, LateSuccess, RecallResult
from sandbox.journal import entry
from sandbox.simulation.chance import Dice
from sandbox.simulation.flight import Flight
from sandbox.simulation.post import Post
from sandbox.simulation.provider import threshold
from sandbox.simulation.spec import PlannedAct, WorldSpec
from sandbox.simulation.stage import ACT, ACT_BY_HAND, TRUTH

_RIGHT: Final = Detail({"right": True})
_WRONG: Final = Detail({"right": False})

# Slots of a copy's luck.
_ENTERED: Final = 0
_MISTYPED: Final = (1, 3, 5)
_AFTER: Final = (2, 4, 6)
TRIES_MAX: Final = len(_AFTER)
"""How often a code is typed; who has mistyped it so often gives up."""

_ASKING: Final = 1 << 20
"""The use of a message's key that decides whether its person asks again."""


class Attendance(Post):
    """The people around the messages of a run."""

    def __init__(self, spec: WorldSpec) -> None:
        """Set up everybody's habits and everything that is planned."""
        super().__init__(spec)
        self._habits = spec.population.codes
        self._code_dice = Dice(spec.seed, "codes")
        self._awaits_code = [plan.stops_on_verified for plan in spec.plans]
        self._recalls = [plan.late_success is LateSuccess.CANCEL_NEXT for plan in spec.plans]
        self._plans = list(spec.plans)
        """Those of the scenario, and after them the same with texts of single messages."""
        self._has_own_codes = [plan.has_code_per_level for plan in spec.plans]
        self._segments = [_segments_of(plan) for plan in spec.plans]
        self._wordings = dict(spec.wordings)
        """Named message -> its own text, until it has come."""
        self._is_attended = bool(spec.acts) or any(self._awaits_code)
        """Anything may be done about any message."""
        self._acts_by_name: dict[str, list[PlannedAct]] = {}
        self._acts_by_number: dict[int, list[PlannedAct]] = {}
        for act in spec.acts:
            if act.name:
                self._acts_by_name.setdefault(act.name, []).append(act)
            else:
                self._acts_by_number.setdefault(act.message, []).append(act)

    def _worded(self, plan: int, name: str) -> int:
        """The plan of a named message as the world sees it: one of its own for a text of its own.

        The engine knows no texts, and goes by the plan as it was.
        """
        text = self._wordings.pop(name, None)
        if text is None:
            return plan
        own = self._plans[plan].worded(text)
        self._plans.append(own)
        self._segments.append(_segments_of(own))
        for told in (self._awaits_code, self._recalls, self._has_own_codes):
            told.append(told[plan])
        return len(self._plans) - 1

    # Acts ------------------------------------------------------------------------------------

    def _plan_acts(self, message: int, name: str) -> None:
        """Put all that will be done about a message on the agenda, when it is requested."""
        planned = self._acts_by_number.get(message, []) + self._acts_by_name.get(name, [])
        for act in planned:
            self._schedule_act(max(act.at_us, self.now), ACT_BY_HAND, message, act)
        journey, habits = self._journeys[message], self._habits
        if self._awaits_code[journey.plan] and habits.asks_again:
            luck = self._code_dice.slots(message, _ASKING)
            if luck[0] < threshold(habits.asks_again):
                at = self.now + habits.asks_again_after_us
                again = PlannedAct(at_us=at, act=Act.RESEND, message=message)
                journey.pending += 1
                self._schedule(at, ACT, self._on_asked_again, again)

    def _schedule_act(self, at: int, rank: int, message: int, act: PlannedAct) -> None:
        self._journeys[message].pending += 1
        self._schedule(at, rank, self._on_act, (message, act, 0))

    def _on_act(self, what: tuple[int, PlannedAct, int]) -> None:
        message, act, cause = what
        journey = self._journeys[message]
        journey.pending -= 1
        self._tell(Acted(message, act.act, act.level, cause))
        if not journey.pending:
            self._forget_if_over(message)

    def _on_asked_again(self, act: PlannedAct) -> None:
        """Nothing has come by now: the person asks for the code once more."""
        message = act.message
        journey = self._journeys[message]
        journey.pending -= 1
        if not journey.copies and self._engine.is_open(message):
            self._tell(Acted(message, Act.RESEND))
        if not journey.pending:
            self._forget_if_over(message)

    # Codes -----------------------------------------------------------------------------------

    def _plan_entry(self, flight: Flight, cause: int) -> None:
        """A copy with a code is on the handset: the person may enter it."""
        journey = flight.journey
        luck = self._code_dice.slots(flight.message, journey.copies)
        journey.copies += 1
        if journey.is_typing or luck[_ENTERED] >= threshold(self._habits.entered):
            return
        journey.is_typing = True
        self._schedule_entry(flight, cause, luck, 0)

    def _schedule_entry(
        self, flight: Flight, cause: int, luck: tuple[int, ...], tries: int
    ) -> None:
        at = self.now + self._habits.after.draw(luck[_AFTER[tries]])
        flight.journey.pending += 1
        self._schedule(at, TRUTH, self._on_entered, (flight, cause, luck, tries))

    def _on_entered(self, what: tuple[Flight, int, tuple[int, ...], int]) -> None:
        flight, cause, luck, tries = what
        journey = flight.journey
        journey.pending -= 1
        if luck[_MISTYPED[tries]] < threshold(self._habits.mistyped):
            seq = self._log(flight, entry.CODE_ENTERED, cause, _WRONG)
            if tries + 1 < TRIES_MAX:
                self._schedule_entry(flight, seq, luck, tries + 1)
        else:
            seq = self._log(flight, entry.CODE_ENTERED, cause, _RIGHT)
            level = flight.level if self._has_own_codes[journey.plan] else -1
            journey.pending += 1
            act = PlannedAct(at_us=self.now, act=Act.VERIFIED, level=level)
            self._schedule(self.now, ACT, self._on_act, (flight.message, act, seq))
        if not journey.pending:
            self._forget_if_over(flight.message)

    # Recall ----------------------------------------------------------------------------------

    def _call_back(self, recall: Recall) -> None:
        """Ask a provider to give a message back; it says at once what came of it (S24)."""
        flights = self._journeys[recall.message].flights
        flight = next(
            (f for f in flights if (f.level, f.attempt) == (recall.level, recall.attempt)), None
        )
        result, cause = RecallResult.UNSUPPORTED, recall.cause
        if flight is not None and flight.provider.spec.can_recall:
            result = RecallResult.TOO_LATE
            # Sent again under one key it is one message: what was taken first is what there is.
            taken = next((f for f in flights if f.is_taken and f.key == flight.key), None)
            if taken is not None and not taken.is_over:
                result = RecallResult.RECALLED
                taken.is_over = True
                cause = self._log(taken, entry.CALLED_BACK, recall.cause)
        where = (recall.message, recall.level, recall.attempt)
        self._tell(RecallAnswered(*where, result, cause))


def _segments_of(plan: Plan) -> list[int]:
    """In how many SMS segments the text of each level travels."""
    return [segments(plan.text_of(level)).parts for level in range(len(plan.levels))]
