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
    ALWAYS_MOVES_ON,
    Conflict,
    LateSuccess,
    OnExpired,
    OnUnknown,
    Origin,
    QuietPolicy,
    ReasonClass,
    Retriable,
    Status,
    Trigger,
)
from sandbox.report.circuit_rules import Circuits
from sandbox.report.recipient_rules import NOT_QUIET, QUIET, REMEMBERED, Memory, quiet_until

FAR: Final = 1 << 62
"""Later than any instant of a run."""

CIRCUIT_OPEN: Final = "circuit open"
"""Why a provider, or a whole level, is passed over (S22)."""

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
        "verify_us",
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
        verify_us = level.wait_us if level.verify_within_us is None else level.verify_within_us
        is_armed = verify_us is not None and Trigger.NOT_VERIFIED in level.next_on
        self.verify_us = verify_us if verify_us is not None and is_armed else FAR
        """How long a code is waited for, from the level's success (S33)."""


class PlanRules:
    """A plan as the rules need it."""

    __slots__ = (
        "awaits_code",
        "circuits",
        "deadline_us",
        "entry",
        "goes_smoothly",
        "ignores_late",
        "is_short",
        "keeps_hours",
        "levels",
        "memory",
        "number",
        "plan",
        "policy",
        "success",
        "timeout_us",
        "wait_us",
    )

    def __init__(
        self,
        plan: Plan,
        number: int = 0,
        circuits: Circuits | None = None,
        memory: Memory | None = None,
    ) -> None:
        self.plan = plan
        self.number = number
        """Which of the run's plans it is, from 0."""
        self.memory = None if plan.remember_us is None else memory
        """What is remembered of recipients; None where nobody does."""
        self.keeps_hours = any(level.quiet is not None for level in plan.levels)
        self.circuits = circuits
        """Those of the run; None where no provider has one."""
        self.awaits_code = plan.stops_on_verified
        """A level's success ends nothing; the right code does (S33)."""
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
            and self.memory is None
            and not self.keeps_hours
            and not self.awaits_code
            and not plan.has_fronts
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
    recipient = -1
    local_us = 0
    is_held = False
    """The level waits for the end of quiet hours (S19)."""
    is_verifying = False
    """The level has its success, and its code is waited for (S33)."""
    level = 0
    attempt = 0
    """The number of the level's latest attempt."""
    current = 0
    """The row of the attempt whose bad news counts; 0 when it was left."""
    provider = -1
    """Which of the level's providers the latest attempt went to."""
    tries = 0
    """Submissions to it."""
    offered = 0
    """Which of the level's providers is expected to be submitted to, or passed over, next."""
    passing = ""
    """The trigger that holds where no provider of the level is left; "": none was tried."""
    key = 0
    """Under which attempt's key the latest was submitted; 0 for its own."""
    awaited = 0
    """The row of the latest attempt while its answer is out, else 0."""
    submitted_seq = 0
    give_up_at = 0
    """When the latest attempt's answer is given up, or would have been."""
    also_awaited: Mapping[int, tuple[int, int]] = {}  # replaced, never changed
    """Earlier attempts whose answers are out: row -> when it is given up, its `submitted` line."""
    late_answer = (FAR, FAR)
    late_us = 0
    """No process ran in time: when an answer is given up, and was due; how late the deadline is."""
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
            self.recipient = detail.number("recipient") if "recipient" in detail.fields else -1
        if rules.keeps_hours:
            self.local_us = int(str(detail.fields["local_us"]))
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
            self.provider, self.tries = self.offered, 1
            self.retry_at = FAR
        self.is_held = False
        self.current = self.awaited = row
        self.attempt = attempt
        self.submitted_seq = seq
        self.give_up_at = at + here.timeout_us
        if not self.is_verifying:
            self.wait_due = FAR
        self.due = min(self.give_up_at, self.deadline_at)
        if self.also_awaited or self.is_verifying:
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
        self.current = 0  # bad news of a level that was left moves nothing
        self.provider = -1
        self.key = self.expected_key = 0
        self.offered = 0
        self.is_held = False
        if self.is_verifying:
            self.is_verifying = False
            self.wait_due = FAR
        reason = self._why_ineligible(at)
        if reason:
            self.expected = (outputs.SKIPPED, level, None, reason, at, seq)
        elif self._quiet_until(at) != NOT_QUIET:
            self._expect_quiet(at, seq)
        else:
            self.expected = (outputs.SUBMITTED, level, 1, self.here.entry, at, seq)
            if self.rules.circuits is not None and self.is_passed_over(0, at):
                self._expect_passing(0, "", at, seq)

    def _why_ineligible(self, at: int) -> str:
        level = self.here.level
        if level.countries is not None and self.country not in level.countries:
            return f"country {self.country}" if self.country else "country not known"
        for word in self.ineligible:
            channel, _, reason = word.partition("=")
            if channel == level.channel:
                return reason
        memory = self.rules.memory
        is_known = memory is not None and memory.knows(self.recipient, level.channel, at)
        return REMEMBERED if is_known else ""

    # Quiet hours (S19) -----------------------------------------------------------------------

    def _quiet_until(self, at: int) -> int:
        hours = self.here.level.quiet
        return NOT_QUIET if hours is None else quiet_until(hours, self.local_us, at)

    def _expect_quiet(self, at: int, seq: int) -> None:
        hours = self.here.level.quiet
        if hours is not None and hours.policy is QuietPolicy.HOLD:
            self.expected = (outputs.HELD, self.level, None, self._quiet_until(at), at, seq)
        else:
            self.expected = (outputs.SKIPPED, self.level, None, QUIET, at, seq)

    def hold(self, until: int, seq: int) -> None:
        """Nothing goes out before then; the deadline goes on."""
        self.is_held = True
        self.retry_at, self.retry_seq = until, seq
        self.plan_due()

    def skipped(self, reason: str, at: int, seq: int) -> None:
        """The level is passed by: for the next one, or the message is dropped."""
        hours = self.here.level.quiet
        if reason == QUIET and hours is not None and hours.policy is QuietPolicy.DROP:
            self._stop(at, seq)
        else:
            trigger = Trigger.CIRCUIT_OPEN if reason == CIRCUIT_OPEN else Trigger.INELIGIBLE
            self.expect_next_level(trigger, at, seq)

    def after_good_news(
        self, row: int, level: int, attempt: int, before: int, known: int, at: int, seq: int
    ) -> None:
        """Success ends the message (S9, S23); anything less sees to the wait (S12)."""
        if known >= self.rules.levels[level].success:
            if self.rules.awaits_code:
                self._wait_for_code(level, before, at, seq)
            elif level == self.level or not self.rules.ignores_late:
                self.expected = (outputs.FINISHED, level, attempt, "delivered", at, seq)
        elif self.is_verifying:
            self.plan_due()  # an answer may have come, and nothing else is waited for
        elif row == self.current:
            self.see_to_wait(before, known, at, seq)

    def _wait_for_code(self, level: int, before: int, at: int, seq: int) -> None:
        """An attempt's success stops what runs at the level; its code is waited for (S33)."""
        had_success = self.here.success <= before <= READ
        if level == self.level and not had_success:
            self.is_verifying = True
            self.retry_at = FAR
            self.wait_due, self.wait_seq = at + self.here.verify_us, seq
            self.plan_due()

    def see_to_wait(self, before: int, known: int, at: int, seq: int) -> None:
        """From when the level's timer runs, and whether its end would mean anything (S10, S12)."""
        here = self.here
        if before == SUBMITTED:
            late, due = self.late_answer
            given_up_at = due if self.give_up_at == late else self.give_up_at
            self.wait_from = given_up_at - here.timeout_us if here.runs_from_submit else at
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
        if self.is_verifying:
            return Trigger.NOT_VERIFIED
        is_unread = known == DELIVERED and self.here.waits_for_read
        return Trigger.NOT_READ if is_unread else Trigger.NO_RECEIPT

    def after_bad_answer(self, heard: int, detail: Detail, at: int, seq: int) -> None:
        """Stop, retry, next provider, next level or the end (S10)."""
        reason_class = detail.text("class")
        backoff = self.here.level.retries.backoff
        if reason_class == ReasonClass.STOP:
            self._stop(at, seq)
        elif self.is_verifying:
            return  # the level has its success: bad news of another attempt changes nothing (S33)
        elif (
            reason_class in _PASSES
            and self.here.retries_on[heard]
            and self._may_try_again()
            and not self.is_passed_over(self.provider, at)
        ):
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
        may_try = self._may_try_again() and not self.is_passed_over(self.provider, at)
        if self.is_verifying:
            return
        if level.on_unknown is OnUnknown.RESEND and may_try:
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
        if reason_class == ReasonClass.STOP or (stops_here and not self.is_verifying):
            self._stop(at, seq)
        elif not self.is_verifying:
            self.close(WORDS[heard], reason_class, at, seq)

    def close(self, trigger: str, reason_class: str, at: int, seq: int) -> None:
        """The attempt is left: next provider (S22), next level, or the end."""
        level = self.here.level
        self.current = 0
        self.wait_due = FAR
        if self.is_verifying:
            self.is_verifying = False  # whoever is next has a wait of its own (S12)
        has_next = self.provider + 1 < len(level.providers)
        may_attempt = has_next and self.attempt < ATTEMPTS_PER_LEVEL_MAX
        if may_attempt and reason_class not in _LEAVES_THE_CHANNEL:
            if self.is_passed_over(self.provider + 1, at):
                self._expect_passing(self.provider + 1, trigger, at, seq)
            else:
                self._expect_submission(self.provider + 1, at, seq, 0)
        else:
            self._expect_leaving(trigger, at, seq)

    def _expect_leaving(self, trigger: str, at: int, seq: int) -> None:
        if trigger not in (*self.here.level.next_on, *ALWAYS_MOVES_ON):
            self._expect_end(f"exhausted policy {trigger}", at, seq)
        else:
            self.expect_next_level(trigger, at, seq)

    # Open circuits (S22) ---------------------------------------------------------------------

    def is_passed_over(self, provider: int, at: int) -> bool:
        """Whether nothing may go to a provider of the level now."""
        circuits = self.rules.circuits
        if circuits is None:
            return False
        circuit = circuits.get(self.here.level.providers[provider])
        return circuit is not None and circuit.blocks(at)

    def _expect_passing(self, provider: int, trigger: str, at: int, seq: int) -> None:
        """A provider is passed over; the trigger holds if no other is left."""
        self.offered, self.passing = provider, trigger
        word = f"{CIRCUIT_OPEN} {self.here.level.providers[provider]}"
        self.expected = (outputs.SKIPPED, self.level, None, word, at, seq)

    def pass_over_retry(self, provider: str, at: int, cause: int) -> bool:
        """Instead of a planned retry its provider is passed over; False where that may not be."""
        first = 0 if self.is_held else self.provider
        name = self.here.level.providers[first]
        is_due = (provider, at, cause) == (name, self.retry_at, self.retry_seq)
        self.offered, self.passing = first, Trigger.CIRCUIT_OPEN
        self.retry_at = FAR
        self.is_held = False
        self.plan_due()
        return is_due and self.is_passed_over(first, at)

    def passed_over(self, at: int, seq: int) -> None:
        """A provider was passed over: the next one, or the level is left."""
        following = self.offered + 1
        if following < len(self.here.level.providers):
            if self.is_passed_over(following, at):
                self._expect_passing(following, self.passing, at, seq)
            else:
                self.offered = following
                self._expect_submission(following, at, seq, 0)
        elif self.passing:
            self._expect_leaving(self.passing, at, seq)
        else:
            self.expected = (outputs.SKIPPED, self.level, None, CIRCUIT_OPEN, at, seq)

    def hurry(self, at: int, seq: int) -> None:
        """Somebody wants the next level now, whatever runs at this one (S35)."""
        self.current, self.is_held = 0, False
        self.wait_due = self.retry_at = FAR
        self.expect_next_level(Trigger.MANUAL, at, seq)

    def expect_next_level(self, trigger: str, at: int, seq: int) -> None:
        """The next level is entered, if there is one and it is not too late (S10, S18)."""
        following = self._next_level()
        if following == len(self.rules.levels):
            self._expect_end(f"exhausted last_level {trigger}", at, seq)
        elif at >= self.deadline_at:
            self._expect_end("expired", at, seq)
        else:
            self.expected = (outputs.FELL_BACK, following, None, trigger, at, seq)

    def _next_level(self) -> int:
        return self.level + 1

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
