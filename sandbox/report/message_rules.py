"""What must follow: the rules of one message's way down the levels, for the watch over the laws.

After each piece of news there is exactly one decision that the rules allow, at the same instant and
caused by it. An `Open` message keeps just enough to name it, and the instants at which the timers
are due. Nothing here comes from the machine but its vocabulary and the plan.
"""

from collections.abc import Mapping
from typing import Final

from sandbox.cascade import outputs
from sandbox.cascade.message import segments
from sandbox.cascade.outputs import Detail
from sandbox.cascade.plan import ATTEMPTS_PER_LEVEL_MAX, LUCK_BITS, PPM, Backoff, Level, Plan
from sandbox.cascade.vocabulary import (
    Conflict,
    LateSuccess,
    OnExpired,
    OnUnknown,
    Origin,
    ReasonClass,
    Retriable,
    Status,
    Trigger,
)

FAR: Final = 1 << 62
"""Later than any instant of a run."""

# What is known of an attempt. The first five stand in the order of the ladder.
SUBMITTED, ACCEPTED, SENT, DELIVERED, READ = range(5)
DOUBT, REFUSED, THROTTLED, FAILED, REJECTED, EXPIRED = range(5, 11)

WORDS: Final = (
    "submitted", "accepted", "sent", "delivered", "read",
    "unknown", "refused", "throttled", "failed", "rejected", "expired",
)  # fmt: skip
CODES: Final[Mapping[object, int]] = {word: code for code, word in enumerate(WORDS)}

Decision = tuple[str, int, int | None, object, int, int]
"""A line that states a decision: kind, level, attempt, main word, instant and cause."""

_LATER_ORIGINS: Final = {Origin.SENT: SENT, Origin.DELIVERED: DELIVERED}
_LEAVES_THE_CHANNEL: Final = (ReasonClass.PERMANENT_RECIPIENT, ReasonClass.CALLER_ERROR)
_PASSES: Final = ("", ReasonClass.TRANSIENT)


def is_news(policy: Conflict, known: int, heard: int) -> bool:
    """Whether an attempt of which `known` is known learns anything from `heard` (S4, S6)."""
    rung = SUBMITTED if known == DOUBT else known
    if heard in (DOUBT, REFUSED, THROTTLED):
        return known == SUBMITTED
    if rung <= READ:
        if heard <= READ:
            return heard > rung
        return rung < DELIVERED or policy is Conflict.LAST
    if heard <= READ:
        return heard >= DELIVERED and policy is not Conflict.FIRST
    return policy is Conflict.LAST and heard != known and known not in (REFUSED, THROTTLED)


POLICIES: Final = {policy: number for number, policy in enumerate(Conflict)}
NEWS: Final = tuple(
    tuple(
        tuple(is_news(policy, known, heard) for heard in range(len(WORDS)))
        for known in range(len(WORDS))
    )
    for policy in Conflict
)
"""`NEWS[POLICIES[policy]][known][heard]`."""


def pause_us(backoff: Backoff, retry: int, luck: int) -> int:
    """The pause before a retry, from 1: grows by the factor up to the most, give or take (S20)."""
    pause = backoff.first_us
    for _ in range(retry - 1):
        pause = min(pause * backoff.factor_ppm // PPM, backoff.max_us)
    pause = min(pause, backoff.max_us)
    swing = pause * backoff.jitter_ppm // PPM
    return pause - swing + (2 * swing * luck) // (1 << LUCK_BITS)


def ineligible(detail: Detail) -> tuple[str, ...]:
    """Channels known not to work for a recipient, each as `channel=reason`."""
    words = detail.fields.get("ineligible", ())
    return words if isinstance(words, tuple) else ()


class LevelRules:
    """A level as the rules need it at every line: numbers and flags, looked up once."""

    __slots__ = (
        "armed",
        "armed_when_delivered",
        "entry",
        "later_origin",
        "level",
        "retries_on",
        "runs_from_submit",
        "success",
        "timeout_us",
        "wait_us",
        "waits_for_read",
    )

    def __init__(self, level: Level) -> None:
        self.level = level
        self.entry = level.providers[0]
        self.success = int(level.success)
        self.timeout_us = level.submit_timeout_us
        self.wait_us = FAR if level.wait_us is None else level.wait_us
        self.later_origin = _LATER_ORIGINS.get(level.origin, FAR)
        self.runs_from_submit = level.origin is Origin.SUBMIT
        self.waits_for_read = level.success is Status.READ
        self.retries_on = {
            REFUSED: Retriable.REFUSED_TEMPORARY in level.retries.on,
            THROTTLED: Retriable.THROTTLED in level.retries.on,
        }
        has_wait = level.wait_us is not None
        self.armed = has_wait and Trigger.NO_RECEIPT in level.next_on
        """The end of the wait means something while no delivered receipt is there (S10)."""
        when_delivered = Trigger.NOT_READ if self.waits_for_read else Trigger.NO_RECEIPT
        self.armed_when_delivered = has_wait and when_delivered in level.next_on


class PlanRules:
    """A plan as the rules need it."""

    __slots__ = (
        "deadline_us",
        "entry",
        "goes_smoothly",
        "ignores_late",
        "is_short",
        "levels",
        "number",
        "policy",
        "success",
        "timeout_us",
        "wait_us",
    )

    def __init__(self, plan: Plan, number: int = 0) -> None:
        self.number = number
        """Which of the run's plans it is, from 0."""
        self.levels = tuple(map(LevelRules, plan.levels))
        self.deadline_us = FAR if plan.deadline_us is None else plan.deadline_us
        self.ignores_late = plan.late_success is LateSuccess.IGNORE
        self.policy = POLICIES[plan.conflict]
        first = self.levels[0]
        self.goes_smoothly = (
            first.level.countries is None
            and not first.runs_from_submit
            and first.later_origin == FAR
            and first.level.success in (Status.SENT, Status.DELIVERED)
        )
        """Its first level is simple enough to be followed by phases (see `watch`)."""
        self.entry = first.entry
        self.success = first.success
        self.timeout_us = min(first.timeout_us, self.deadline_us)
        """Until the first answer must be there, from the request."""
        self.is_short = segments(plan.text_of(0)).parts == 1
        """No receipt is about a part of its first attempt (S30)."""
        self.wait_us = first.wait_us if first.armed else FAR

    def may_enter(self, detail: Detail) -> bool:
        """Whether the first level's channel works for the recipient, as far as is known."""
        channel = f"{self.levels[0].level.channel}="
        return not any(word.startswith(channel) for word in ineligible(detail))


class Open:
    """One message that is not over: it has no outcome yet, or an answer is still out.

    A million of them are made, and most use few of their attributes, so the rest stand in the class
    until they are needed.
    """

    phase = 0
    """It does not go smoothly (see `watch`)."""
    outcome = False
    country = ""
    ineligible: tuple[str, ...] = ()
    level = 0
    attempt = 0
    """The number of the level's latest attempt."""
    current = 0
    """The row of the attempt whose bad news counts; 0 when it was left."""
    provider = -1
    """Which of the level's providers the latest attempt went to."""
    tries = 0
    """Submissions to it."""
    key = 0
    """Under which attempt's key the latest was submitted; 0 for its own."""
    awaited = 0
    """The row of the latest attempt while its answer is out, else 0."""
    submitted_seq = 0
    give_up_at = 0
    """When the latest attempt's answer is given up, or would have been."""
    also_awaited: Mapping[int, tuple[int, int]] = {}  # replaced, never changed
    """Earlier attempts whose answers are out: row -> when it is given up, its `submitted` line."""
    wait_from = 0
    wait_due = FAR
    wait_seq = 0
    retry_at = FAR
    retry_seq = 0
    expected: Decision | None = None
    """What must come next."""
    expected_key = 0

    def __init__(self, rules: PlanRules, at: int, seq: int, detail: Detail) -> None:
        """Begin with the message's `requested` line."""
        self.rules = rules
        self.here = rules.levels[0]
        self.requested_seq = seq
        self.deadline_at = self.due = at + rules.deadline_us
        if len(detail.fields) > 1:
            self.country = detail.text("country")
            self.ineligible = ineligible(detail)
        self.enter(0, at, seq)

    # Timers ----------------------------------------------------------------------------------

    def plan_due(self) -> None:
        """Work out by when something must have happened at the latest."""
        due = min(self.deadline_at, self.wait_due, self.retry_at)
        if self.awaited:
            due = min(due, self.give_up_at)
        if self.also_awaited:
            due = min(due, *(give_up_at for give_up_at, _ in self.also_awaited.values()))
        self.due = due

    def submit(
        self, row: int, at: int, seq: int, attempt: int, provider: object, key: object
    ) -> None:
        """An attempt begins: no wait runs, its answer is awaited."""
        here = self.here
        if attempt > 1 or self.awaited:
            self._submit_again(provider, key)
        else:
            self.provider, self.tries = 0, 1
        self.current = self.awaited = row
        self.attempt = attempt
        self.submitted_seq = seq
        self.give_up_at = at + here.timeout_us
        self.wait_due = FAR
        self.due = min(self.give_up_at, self.deadline_at)
        if self.also_awaited:
            self.plan_due()

    def _submit_again(self, provider: object, key: object) -> None:
        """What a further attempt of the level, or one beside an unanswered one, has more."""
        if self.awaited:
            waits = {self.awaited: (self.give_up_at, self.submitted_seq)}
            self.also_awaited = {**self.also_awaited, **waits}
        providers = self.here.level.providers
        if self.tries and providers[self.provider] == provider:
            self.tries += 1
        else:
            self.provider = providers.index(str(provider)) if provider in providers else 0
            self.tries = 1
        self.key = key if isinstance(key, int) else 0
        self.retry_at = FAR

    def answered(self, row: int) -> tuple[int, int]:
        """An answer came; gives when it would have been given up, and its `submitted` line."""
        if row == self.awaited:
            self.awaited = 0
            return self.give_up_at, self.submitted_seq
        rest = dict(self.also_awaited)
        its = rest.pop(row, (FAR, 0))
        self.also_awaited = rest
        return its

    def end(self) -> None:
        """The outcome is there: no timer of the message runs any more."""
        self.outcome = True
        self.current = 0
        self.deadline_at = self.wait_due = self.retry_at = FAR
        self.expected = None
        self.plan_due()

    # What must follow ------------------------------------------------------------------------

    def _expect_end(self, words: str, at: int, seq: int) -> None:
        self.expected = (outputs.FINISHED, self.level, None, words, at, seq)

    def enter(self, level: int, at: int, seq: int) -> None:
        """A level is used, or skipped with its reason (S26)."""
        self.level = level
        self.here = self.rules.levels[level]
        self.attempt = self.tries = 0
        self.provider = -1
        self.key = self.expected_key = 0
        reason = self._why_ineligible()
        if reason:
            self.expected = (outputs.SKIPPED, level, None, reason, at, seq)
        else:
            self.expected = (outputs.SUBMITTED, level, 1, self.here.entry, at, seq)

    def _why_ineligible(self) -> str:
        level = self.here.level
        if level.countries is not None and self.country not in level.countries:
            return f"country {self.country}" if self.country else "country not known"
        for word in self.ineligible:
            channel, _, reason = word.partition("=")
            if channel == level.channel:
                return reason
        return ""

    def after_good_news(
        self, row: int, level: int, attempt: int, before: int, known: int, at: int, seq: int
    ) -> None:
        """Success ends the message (S9, S23); anything less sees to the wait (S12)."""
        if known >= self.rules.levels[level].success:
            if level == self.level or not self.rules.ignores_late:
                self.expected = (outputs.FINISHED, level, attempt, "delivered", at, seq)
        elif row == self.current:
            self.see_to_wait(before, known, at, seq)

    def see_to_wait(self, before: int, known: int, at: int, seq: int) -> None:
        """From when the level's timer runs, and whether its end would mean anything (S10, S12)."""
        here = self.here
        if before == SUBMITTED:
            self.wait_from = self.give_up_at - here.timeout_us if here.runs_from_submit else at
            self.wait_seq = seq
        elif (
            known != DOUBT
            and (before == DOUBT or before < here.later_origin)
            and (known >= here.later_origin)
        ):
            self.wait_from, self.wait_seq = at, seq
        armed = here.armed_when_delivered if known == DELIVERED else here.armed
        self.wait_due = max(at, self.wait_from + here.wait_us) if armed else FAR
        if self.awaited or self.also_awaited:
            self.plan_due()
        else:
            self.due = min(self.wait_due, self.deadline_at)

    def timer_trigger(self, known: int) -> Trigger:
        """What the end of the wait means now (S10)."""
        is_unread = known == DELIVERED and self.here.waits_for_read
        return Trigger.NOT_READ if is_unread else Trigger.NO_RECEIPT

    def after_bad_answer(self, heard: int, detail: Detail, at: int, seq: int) -> None:
        """Stop, retry, next provider, next level or the end (S10)."""
        reason_class = detail.text("class")
        backoff = self.here.level.retries.backoff
        if reason_class == ReasonClass.STOP:
            self._stop(at, seq)
        elif reason_class in _PASSES and self.here.retries_on[heard] and self._may_try_again():
            pause = pause_us(backoff, self.tries, detail.number("luck"))
            retry_at = at + max(pause, detail.number("retry_after_us"))
            self.expected = (
                outputs.RETRY_PLANNED, self.level, self.attempt, retry_at, at, seq,
            )  # fmt: skip
        else:
            self.close(WORDS[heard], reason_class, at, seq)

    def after_unknown(self, at: int, seq: int) -> None:
        """Resend, next, or wait for a receipt (S21)."""
        level = self.here.level
        if level.on_unknown is OnUnknown.RESEND and self._may_try_again():
            self._expect_submission(self.provider, at, seq, self.key or self.attempt)
        elif level.on_unknown is OnUnknown.NEXT:
            self.close("unknown", "", at, seq)
        else:
            self.see_to_wait(SUBMITTED, DOUBT, at, seq)
            if self.wait_due >= FAR and self.deadline_at >= FAR:
                self.close("unknown", "", at, seq)  # nothing else would end it (S13)

    def after_bad_receipt(self, heard: int, detail: Detail, at: int, seq: int) -> None:
        """Stop, next provider, next level or the end (S10, S17)."""
        reason_class = detail.text("class")
        stops_here = heard == EXPIRED and self.here.level.on_expired is OnExpired.STOP
        if reason_class == ReasonClass.STOP or stops_here:
            self._stop(at, seq)
        else:
            self.close(WORDS[heard], reason_class, at, seq)

    def close(self, trigger: str, reason_class: str, at: int, seq: int) -> None:
        """The attempt is left: next provider (S22), next level, or the end."""
        level = self.here.level
        self.current = 0
        self.wait_due = FAR
        has_next = self.provider + 1 < len(level.providers)
        may_attempt = has_next and self.attempt < ATTEMPTS_PER_LEVEL_MAX
        if may_attempt and reason_class not in _LEAVES_THE_CHANNEL:
            self._expect_submission(self.provider + 1, at, seq, 0)
        elif trigger not in level.next_on:
            self._expect_end(f"exhausted policy {trigger}", at, seq)
        else:
            self.expect_next_level(trigger, at, seq)

    def expect_next_level(self, trigger: str, at: int, seq: int) -> None:
        """The next level is entered, if there is one and it is not too late (S10, S18)."""
        if self.level + 1 == len(self.rules.levels):
            self._expect_end(f"exhausted last_level {trigger}", at, seq)
        elif at >= self.deadline_at:
            self._expect_end("expired", at, seq)
        else:
            self.expected = (outputs.FELL_BACK, self.level + 1, None, trigger, at, seq)

    def _expect_submission(self, provider: int, at: int, seq: int, key: int) -> None:
        if at >= self.deadline_at:
            self._expect_end("expired", at, seq)
            return
        name = self.here.level.providers[provider]
        self.expected = (outputs.SUBMITTED, self.level, self.attempt + 1, name, at, seq)
        self.expected_key = key

    def _stop(self, at: int, seq: int) -> None:
        self.current = 0
        self.wait_due = FAR
        self._expect_end("stopped", at, seq)

    def _may_try_again(self) -> bool:
        tries_left = self.tries <= self.here.level.retries.max
        return tries_left and self.attempt < ATTEMPTS_PER_LEVEL_MAX
