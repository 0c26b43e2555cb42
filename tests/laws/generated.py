"""Arbitrary plans, and arbitrary things that may happen to their messages, sensible or not.

Times are whole seconds and small, so that many things fall on one instant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import NamedTuple, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from sandbox.cascade.circuit import Breaker
from sandbox.cascade.engine import Engine
from sandbox.cascade.events import (
    Acted,
    Event,
    OrphanReceived,
    Reason,
    RecallAnswered,
    ReceiptReceived,
    Requested,
    SubmitAnswered,
    WokeUp,
)
from sandbox.cascade.outputs import Fact, Recall, Submit
from sandbox.cascade.plan import Backoff, Level, Plan, QuietHours, Retries
from sandbox.cascade.vocabulary import (
    LISTABLE_TRIGGERS,
    NEVER,
    SECOND_US,
    SUCCESSES,
    Act,
    Channel,
    Conflict,
    LateSuccess,
    OnExpired,
    OnUnknown,
    Origin,
    QuietPolicy,
    ReasonClass,
    RecallResult,
    Retriable,
    Status,
    Trigger,
)

T = TypeVar("T")


def many(examples: int) -> settings:
    """So many examples, on however slow a machine."""
    return settings(max_examples=examples, suppress_health_check=[HealthCheck.too_slow])


NO_BREAKERS: Mapping[str, Breaker] = {}
CHANNELS = ("sms", "whatsapp", "viber")
COUNTRIES = ("", "DE", "PL")
ANSWERS = (Status.ACCEPTED, Status.REFUSED, Status.THROTTLED, Status.UNKNOWN)
RECEIPTS = (*SUCCESSES, Status.FAILED, Status.REJECTED, Status.EXPIRED)
TIMERS = frozenset({Trigger.NO_RECEIPT, Trigger.NOT_READ, Trigger.NOT_VERIFIED})
PAUSES = tuple(each * SECOND_US for each in (0, 0, 0, 1, 1, 1, 1, 2, 9))
LUCK = (0, 1 << 31, (1 << 32) - 1)
SEGMENTS = 3
"""Every text has so many."""


def _seconds(*choices: int) -> st.SearchStrategy[int]:
    return st.sampled_from([choice * SECOND_US for choice in choices])


def _subsets(words: Sequence[T]) -> st.SearchStrategy[frozenset[T]]:
    """Mostly everything, else any selection."""
    everything = st.just(frozenset(words))
    return st.one_of(everything, everything, st.frozensets(st.sampled_from(words)))


BACKOFFS = st.builds(
    Backoff,
    first_us=_seconds(1, 2, 5),
    factor_ppm=st.sampled_from([1_000_000, 1_500_000, 2_000_000]),
    max_us=_seconds(1, 3, 30),
    jitter_ppm=st.sampled_from([0, 200_000]),
)
RETRIES = st.builds(
    Retries,
    max=st.sampled_from([0, 1, 1, 2, 12]),
    on=_subsets(tuple(Retriable)),
    backoff=BACKOFFS,
)


@st.composite
def levels(draw: st.DrawFn, index: int, *, bounded: bool) -> Level:
    """A level; with a wait when nothing else would bound it."""
    waits = _seconds(2, 5, 9, 20)
    providers = draw(st.sampled_from([1, 1, 2, 3]))
    return Level(
        channel=Channel(CHANNELS[index % len(CHANNELS)]),
        providers=tuple(f"p{index}{letter}" for letter in "abc"[:providers]),
        success=draw(st.sampled_from((Status.DELIVERED, Status.DELIVERED, *SUCCESSES))),
        submit_timeout_us=draw(_seconds(2, 5, 10)),
        wait_us=draw(waits if bounded else st.one_of(st.none(), waits)),
        origin=draw(st.sampled_from(Origin)),
        validity_us=draw(st.sampled_from([None, SECOND_US])),
        retries=draw(RETRIES),
        on_unknown=draw(st.sampled_from(OnUnknown)),
        on_expired=draw(st.sampled_from(OnExpired)),
        next_on=draw(_subsets(LISTABLE_TRIGGERS)) | (TIMERS if bounded else frozenset()),
        countries=draw(st.sampled_from([None, None, None, None, frozenset({"DE"})])),
    )


@st.composite
def plans(draw: st.DrawFn, name: str = "plan") -> Plan:
    """Any plan whose messages end."""
    deadline = draw(st.one_of(st.none(), _seconds(3, 9, 20, 60, 90)))
    bounded = deadline is None  # then every level has a wait whose end means something
    many = draw(st.sampled_from([1, 2, 3, 3, 3]))
    return Plan(
        name=name,
        levels=tuple(draw(levels(index, bounded=bounded)) for index in range(many)),
        deadline_us=deadline,
        late_success=draw(st.sampled_from(LateSuccess)),
        conflict=draw(st.sampled_from(Conflict)),
    )


A_DAY_US = 86_400 * SECOND_US
CLOCKS = (0, 7 * SECOND_US, A_DAY_US - 4 * SECOND_US)
"""Times of day: midnight is near, and so is the begin or the end of quiet hours."""
QUIET_HOURS = st.builds(
    QuietHours,
    from_us=st.sampled_from([0, 3 * SECOND_US, A_DAY_US - 9 * SECOND_US]),
    to_us=st.sampled_from([each * SECOND_US for each in (1, 9, 15)]),
    policy=st.sampled_from(QuietPolicy),
)


@st.composite
def peopled_plans(draw: st.DrawFn, name: str = "plan", *, coded: bool = False) -> Plan:
    """Any plan whose messages end, with codes, quiet hours and memory more often than not."""
    plan = draw(plans(name))
    awaits_code = coded or draw(st.booleans())
    its_levels = [
        replace(
            level,
            verify_within_us=draw(st.one_of(st.none(), _seconds(2, 5, 9))) if awaits_code else None,
            quiet=draw(st.one_of(st.none(), st.none(), st.none(), QUIET_HOURS)),
        )
        for level in plan.levels
    ]
    return replace(
        plan,
        levels=tuple(its_levels),
        stops_on_verified=awaits_code,
        code_lifetime_us=draw(st.one_of(st.none(), _seconds(1, 4, 20, 60)))
        if awaits_code
        else None,
        has_code_per_level=awaits_code and draw(st.booleans()),
        remember_us=draw(st.one_of(st.none(), _seconds(3, 60))),
    )


A_BREAKER = st.builds(
    Breaker, open_after=st.sampled_from([None, 1, 1, 2, 3]), for_us=_seconds(1, 4, 20)
)


@st.composite
def breakers(draw: st.DrawFn, its_plans: Sequence[Plan]) -> dict[str, Breaker]:
    """Breakers for some of the providers, and often for none."""
    names = {name: None for plan in its_plans for level in plan.levels for name in level.providers}
    if draw(st.booleans()):
        return {}
    return {name: draw(A_BREAKER) for name in names if draw(st.booleans())}


@st.composite
def engines(draw: st.DrawFn) -> tuple[tuple[Plan, ...], dict[str, Breaker]]:
    """Two plans, and breakers for the providers of both."""
    both = (draw(peopled_plans("one")), draw(peopled_plans("two")))
    return both, draw(breakers(both))


OF_A_PERSON = (ReasonClass.PERMANENT_RECIPIENT, ReasonClass.STOP)


@st.composite
def code_engines(draw: st.DrawFn) -> tuple[tuple[Plan, ...], dict[str, Breaker]]:
    """Two plans that bring a code, with nothing in its way; as `engines`."""
    both = []
    for name in ("one", "two"):
        plan = draw(peopled_plans(name, coded=True))
        open_levels = tuple(
            replace(
                level,
                countries=None,
                quiet=None,
                success=Status.DELIVERED,
                next_on=frozenset(LISTABLE_TRIGGERS),
            )
            for level in plan.levels
        )
        both.append(replace(plan, levels=open_levels, deadline_us=90 * SECOND_US))
    return tuple(both), {}


REASONS = st.sampled_from(
    [None, None, None, *(Reason(code, cls) for code in ("1", "2") for cls in ReasonClass)]
)


class Move(NamedTuple):
    """One thing that happens.

    Attributes:
        after_us: How long after the last one; None: at the next wake-up, or now without one.
        person: Whose latest message it is about; one is requested when there is none yet.
        what: `news` is the answer if the latest submission has none yet, else a receipt, and a new
            message when the latest one is over; `answer`, `receipt`, `act`, `orphan` and `wake` are
            what they say, in season or not. `recalled` says what came of the recall of longest ago,
            and is news where there is none.
        attempt: Which submission of the message, counted from the last; beyond: nonsense.
        answer: What an answer says.
        status: What a receipt says.
        segment: Which of three segments a receipt is about; 0: the whole message.
        luck: Places a retry.
        retry_after_us: How long an answer asks to be left alone.
        plan: For a request, as the rest.
    """

    after_us: int | None
    person: int
    what: str
    attempt: int
    answer: Status
    status: Status
    reason: Reason | None
    segment: int
    luck: int
    retry_after_us: int
    plan: int
    country: str
    ineligible: tuple[tuple[str, str], ...]
    recipient: int
    local_us: int
    act: Act
    code_of: int
    recall: RecallResult


def moves(**others: st.SearchStrategy[object]) -> st.SearchStrategy[Move]:
    """Moves of any kind, but for what is told."""
    fields: dict[str, st.SearchStrategy[object]] = {
        "after_us": st.sampled_from(
            [*(each * SECOND_US for each in (0, 0, 0, 1, 1, 1, 1, 2, 9)), None]
        ),
        "person": st.sampled_from([0, 0, 0, 1]),
        "what": st.sampled_from(
            ["news"] * 9
            + ["receipt", "receipt", "answer", "act", "act", "recalled", "wake", "orphan"]
        ),
        "attempt": st.sampled_from([0] * 7 + [1, 1, 1, 1, 2, 2, 99]),
        "answer": st.sampled_from([Status.ACCEPTED, Status.ACCEPTED, *ANSWERS]),
        "status": st.sampled_from(RECEIPTS),
        "reason": REASONS,
        "segment": st.sampled_from([0, 0, 0, 1, 2, 3]),
        "luck": st.sampled_from(LUCK),
        "retry_after_us": _seconds(0, 0, 4),
        "plan": st.sampled_from([0, 0, 1]),
        "country": st.sampled_from(COUNTRIES),
        "ineligible": st.sampled_from([(), (), (), (), (("sms", "no_sms"),), (("viber", "no"),)]),
        "recipient": st.sampled_from([5, 5, 6, -1]),
        "local_us": st.sampled_from(CLOCKS),
        "act": st.sampled_from([Act.VERIFIED, Act.RESEND, Act.NEXT, *Act]),
        "code_of": st.sampled_from([0, 0, 1, 2, -1]),
        "recall": st.sampled_from(RecallResult),
    }
    return st.builds(Move, **(fields | others))


MOVES = moves()
"""Anything; mostly news of the latest submission, soon after."""
CODE_MOVES = moves(
    what=st.sampled_from(["news"] * 6 + ["receipt"] * 4 + ["act"] * 3),
    attempt=st.sampled_from([0, 0, 0, 1, 1, 2]),
    answer=st.sampled_from([Status.ACCEPTED] * 3 + [Status.THROTTLED, Status.UNKNOWN]),
    status=st.sampled_from([Status.SENT, Status.DELIVERED, Status.DELIVERED, Status.FAILED]),
    reason=st.none(),
    person=st.just(0),
    ineligible=st.just(()),
    segment=st.just(0),
    act=st.sampled_from([Act.VERIFIED, Act.RESEND, Act.NEXT, Act.NEXT]),
)
"""What happens where a code is awaited: copies arrive, early and late, and people enter it."""


class Told(NamedTuple):
    """What came of it."""

    facts: list[Fact]
    submits: list[Submit]
    commands: list[Submit | Recall]
    events: list[tuple[Event, int]]
    engine: Engine


class Player:
    """Turns moves into events, with the wake-ups between them, and lets an engine tell about it.

    A punctual player wakes the engine at the very instants it asks for; another one lets it
    oversleep: other things come first, and the wake-up when a move says so.
    """

    def __init__(
        self,
        plans: Sequence[Plan],
        its_breakers: Mapping[str, Breaker] = NO_BREAKERS,
        *,
        punctual: bool = True,
    ) -> None:
        self.engine = Engine(plans, count(1).__next__, its_breakers)
        self.punctual = punctual
        self.now = 0
        self.told = Told([], [], [], [], self.engine)
        self.requested = 0
        self.recalls: list[Recall] = []
        """Those of which nobody has said yet what came of them."""
        self._latest: dict[int, int] = {}
        self._answered: set[tuple[int, int, int]] = set()

    def play(self, move: Move) -> list[Fact]:
        """Let one move happen; gives what was said."""
        began = len(self.told.facts)
        self.now = self._instant(move.after_us)
        while self.punctual and self.engine.wake_at < self.now:
            self._receive(WokeUp(), self.engine.wake_at)
        if move.what == "wake":
            while self.engine.wake_at <= self.now:
                self._receive(WokeUp(), self.now)
        else:
            self._receive(self._event(move), self.now)
        return self.told.facts[began:]

    def rest(self) -> None:
        """Let all wake-ups happen that are still to come, and all recalls be answered."""
        while self.engine.wake_at < NEVER:
            self.now = max(self.now, self.engine.wake_at)
            self._receive(WokeUp(), self.now)
        while self.recalls:
            self._receive(self._recalled(RecallResult.UNSUPPORTED), self.now)

    def _instant(self, after_us: int | None) -> int:
        if after_us is not None:
            return self.now + after_us
        return self.now if self.engine.wake_at == NEVER else max(self.now, self.engine.wake_at)

    def _event(self, move: Move) -> Event:
        if move.what == "orphan":
            return OrphanReceived("p0a", move.status, move.reason)
        if move.what == "recalled" and self.recalls:
            return self._recalled(move.recall)
        message = self._latest.get(move.person, 0)
        is_over = message not in self.engine.open_messages()
        if not message or (is_over and move.what == "news" and not move.attempt):
            self.requested += 1
            self._latest[move.person] = self.requested
            whom = (move.country, move.ineligible, 0, move.recipient, move.local_us)
            return Requested(self.requested, move.plan, *whom)
        submits = [s for s in reversed(self.told.submits) if s.message == message]
        if move.what == "act":
            return Acted(message, move.act, move.code_of if move.act is Act.VERIFIED else -1)
        where = (7, 7)
        if move.attempt < len(submits):
            where = (submits[move.attempt].level, submits[move.attempt].attempt)
        is_new = (message, *where) not in self._answered
        is_answer = move.what == "answer" or (move.what == "news" and is_new and not move.attempt)
        if is_answer:
            self._answered.add((message, *where))
            told = (0, move.luck, 0, move.retry_after_us)
            reason = move.reason
            if move.answer is Status.UNKNOWN and reason is not None and reason[1] in OF_A_PERSON:
                reason = None  # nobody can say of a recipient what nobody said
            return SubmitAnswered(message, *where, move.answer, reason, *told)
        its = (0, 0, move.segment, SEGMENTS)
        return ReceiptReceived(message, *where, move.status, move.reason, *its)

    def _recalled(self, result: RecallResult) -> RecallAnswered:
        recall = self.recalls.pop(0)
        where = (recall.message, recall.level, recall.attempt)
        return RecallAnswered(*where, result, recall.cause)

    def _receive(self, event: Event, now: int) -> None:
        said = self.engine.receive(event, now)
        self.told.events.append((event, now))
        commands = [one for one in said if isinstance(one, Submit | Recall)]
        self.told.facts.extend(one for one in said if not isinstance(one, Submit | Recall))
        self.told.submits.extend(one for one in commands if isinstance(one, Submit))
        self.told.commands.extend(commands)
        self.recalls.extend(one for one in commands if isinstance(one, Recall))
