"""What must follow from a line of a message, by the rules.

The lower half of the laws of one message: where it stands, and the one line that each thing leads
to. Which lines lead to what is read in `message_laws`. Nothing here comes from the machine but its
vocabulary.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sandbox.cascade.outputs import Recall, Submit
from sandbox.cascade.plan import Level, Plan, QuietHours
from sandbox.cascade.vocabulary import (
    Conflict,
    LateSuccess,
    Origin,
    Outcome,
    QuietPolicy,
    Retriable,
    Status,
    Trigger,
)
from sandbox.journal.entry import Entry
from tests.support.hand import told

ANSWERS: Final = {
    "accepted": Status.ACCEPTED,
    "refused": Status.REFUSED,
    "throttled": Status.THROTTLED,
    "unknown": Status.UNKNOWN,
}
OF_RECEIPTS: Final = ("receipt", "late_receipt", "segment_receipt", "ignored")
OF_PEOPLE: Final = ("act", "recalled")
NEWS: Final = frozenset({*ANSWERS, *OF_RECEIPTS, *OF_PEOPLE})
IN_DOUBT: Final = (Status.SUBMITTED, Status.UNKNOWN)
UNDELIVERED: Final = (Status.FAILED, Status.REJECTED, Status.EXPIRED)
IN_FLIGHT: Final = (*IN_DOUBT, Status.ACCEPTED, Status.SENT)
ATTEMPTS_MAX: Final = 10
A_DAY_US: Final = 24 * 60 * 60 * 1_000_000


class LawBrokenError(AssertionError):
    """A line of the log that may not be there, or one that is missing."""


def hears(policy: Conflict, status: Status, heard: Status) -> bool:
    """Whether an attempt that stands at `status` learns something from `heard` (S4, S6)."""
    if heard is Status.UNKNOWN:
        return status is Status.SUBMITTED
    if heard in (Status.REFUSED, Status.THROTTLED):
        return status in IN_DOUBT
    if heard in UNDELIVERED:
        if status in (*IN_DOUBT, Status.ACCEPTED, Status.SENT):
            return True
        answered_no = status in (Status.REFUSED, Status.THROTTLED)
        return policy is Conflict.LAST and not answered_no and heard is not status
    if status in IN_DOUBT or status >= Status.ACCEPTED:
        return heard > max(status, Status.SUBMITTED)
    return heard >= Status.DELIVERED and policy is not Conflict.FIRST


@dataclass
class Try:
    """One submission as far as the log has told about it."""

    level: int
    number: int
    provider: int
    key: int
    at: int
    seq: int
    answer: str = ""
    status: Status = Status.SUBMITTED
    arrived: set[int] = field(default_factory=set)
    """The segments that have a delivered receipt of their own."""

    def counts(self, line: Entry) -> bool:
        """Whether a receipt is about all of the message, or makes it whole (S30)."""
        segment, segments = line.detail.number("segment"), line.detail.number("segments")
        if not segment or line.detail.text("status") != "delivered":
            return True
        is_new = segment not in self.arrived
        self.arrived.add(segment)
        return is_new and len(self.arrived) == segments


class Expected(NamedTuple):
    """The line that must come next."""

    kind: str
    level: int
    attempt: int | None
    says: dict[str, object]


class Following:
    """Where one message stands, and what must come next."""

    def __init__(
        self,
        plan: Plan,
        message: int = 1,
        *,
        punctual: bool = True,
        is_open: Callable[[str, int], bool] = lambda _, __: False,
        is_known: Callable[[int, str, int], bool] = lambda _, __, ___: False,
    ) -> None:
        """Take the plan the message runs through.

        Args:
            plan: What was configured.
            message: Its number.
            punctual: The driver woke the engine at the very instants it asked for.
            is_open: Says whether a provider's circuit lets nobody through at an instant.
            is_known: Says whether a recipient is remembered at an instant not to be on a channel.
        """
        self.plan = plan
        self.message = message
        self.is_open = is_open
        self.is_known = is_known
        self.commands: list[Submit | Recall] = []
        """What must have been commanded so far."""
        self.called_back: set[tuple[int, int]] = set()
        """The attempts of which nobody has said yet what came of calling them back."""
        self.offered = 0
        self.if_none_is_left = ""
        self.punctual = punctual
        self.outcome = ""
        self.tries: dict[tuple[int, int], Try] = {}
        self.level = 0
        self.current: Try | None = None
        self.latest: Try | None = None
        self.tries_here = 0
        self.expected: Expected | None = None
        self.expected_cause = 0
        self.deadline: int | None = None
        self.requested_seq = 0
        self.requested_at = 0
        self.finished_seq = 0
        self.wait_from = 0
        self.wait_seq = 0
        self.wait_end: int | None = None
        self.retry_at: int | None = None
        self.retry_seq = 0
        self.has_success = False
        """The level has its success, and waits for its code (S33)."""
        self.is_held = False
        self.country = ""
        self.ineligible: dict[str, str] = {}
        self.recipient: int | None = None
        self.local_us = 0

    def _law(self, holds: bool, text: str, line: Entry | None = None) -> None:
        if not holds:
            raise LawBrokenError(text if line is None else f"{text}: {told(line)}")

    def _latest(self) -> Try:
        assert self.latest is not None
        return self.latest

    # What must follow ------------------------------------------------------------------------

    def _expect(
        self, line: Entry, kind: str, level: int, attempt: int | None, **says: object
    ) -> None:
        self.expected = Expected(kind, level, attempt, says)
        self.expected_cause = line.seq

    def _expect_end(
        self, line: Entry, outcome: Outcome, level: int, attempt: int | None, **says: object
    ) -> None:
        says = {"verified": None} | says
        self._expect(line, "finished", level, attempt, outcome=outcome.value, **says)

    def _expect_exhaustion(self, line: Entry, ended_by: str, trigger: str) -> None:
        end, level = Outcome.EXHAUSTED, self.level
        self._expect_end(line, end, level, None, ended_by=ended_by, trigger=trigger)

    def _expect_entry(self, line: Entry) -> None:
        """The level just entered is used, or skipped with its reason, or waits (S19, S26, S27)."""
        level = self.plan.levels[self.level]
        reason = self.ineligible.get(level.channel)
        if level.countries is not None and self.country not in level.countries:
            reason = f"country {self.country}" if self.country else "country not known"
        who = self.recipient if self.plan.remember_us is not None else None
        if reason is None and who is not None and self.is_known(who, level.channel, line.at_us):
            reason = "known from before"
        until = None if level.quiet is None else self._quiet_until(level.quiet, line.at_us)
        if reason is None and until is not None:
            assert level.quiet is not None
            if level.quiet.policy is QuietPolicy.HOLD:
                self._expect(line, "held", self.level, None, until_us=until)
                return
            reason = "quiet hours"
        if reason is not None:
            self._expect(line, "skipped", self.level, None, reason=reason, provider=None)
        else:
            self._expect_offer(line, 0, "")

    def _quiet_until(self, quiet: QuietHours, at: int) -> int | None:
        """When the quiet hours end, on the recipient's own clock; None while it is not quiet."""
        clock = (self.local_us + at) % A_DAY_US
        if quiet.from_us < quiet.to_us:
            is_quiet = quiet.from_us <= clock < quiet.to_us
        else:
            is_quiet = not quiet.to_us <= clock < quiet.from_us
        if not is_quiet:
            return None
        today, tomorrow = quiet.to_us - clock, quiet.to_us - clock + A_DAY_US
        return at + (today if today > 0 else tomorrow)

    def _expect_offer(self, line: Entry, provider: int, if_none_is_left: str) -> None:
        """The provider gets it, or is passed over while its circuit is open (S22)."""
        name = self.plan.levels[self.level].providers[provider]
        if self.is_open(name, line.at_us):
            self.offered, self.if_none_is_left = provider, if_none_is_left
            says = {"reason": "circuit open", "provider": name}
            self._expect(line, "skipped", self.level, None, **says)
            return
        is_there = self.latest is not None and self.latest.level == self.level
        number = self._latest().number + 1 if is_there else 1
        self._expect_submission(line, provider, number, number)

    def _expect_submission(self, line: Entry, provider: int, number: int, key: int) -> None:
        """Nothing is submitted at the deadline or after it (S18)."""
        if self._is_at_deadline(line):
            self._expect_end(line, Outcome.EXPIRED, self.level, None)
        else:
            self.expected = self._submission(provider, number, key, number)
            self.expected_cause = line.seq

    def _is_at_deadline(self, line: Entry) -> bool:
        return self.deadline is not None and line.at_us >= self.deadline

    def _submission(self, provider: int, number: int, key: int, key_of: int) -> Expected:
        level = self.plan.levels[self.level]
        says: dict[str, object] = {"channel": level.channel, "provider": level.providers[provider]}
        says["key"] = None if key == key_of else key
        return Expected("submitted", self.level, number, says)

    def _expect_next_level(self, line: Entry, trigger: str) -> None:
        levels = self.plan.levels
        if self.level + 1 == len(levels):
            self._expect_exhaustion(line, "last_level", trigger)
        elif self._is_at_deadline(line):
            self._expect_end(line, Outcome.EXPIRED, self.level, None)
        else:
            here, there = levels[self.level].channel, levels[self.level + 1].channel
            says = {"from": here, "to": there, "trigger": trigger}
            self._expect(line, "fell_back", self.level + 1, None, **says)

    def _expect_closing(self, line: Entry, trigger: str) -> None:
        """Next provider, else next level, else the end (S10, S14, S22)."""
        level, latest = self.plan.levels[self.level], self._latest()
        self.has_success, self.wait_end = False, None
        repeats = line.detail.text("class") in ("permanent-recipient", "caller-error")
        left = latest.provider + 1 < len(level.providers) and latest.number < ATTEMPTS_MAX
        if left and not repeats:
            self._expect_offer(line, latest.provider + 1, trigger)
        else:
            self._expect_leaving(line, trigger)

    def _expect_leaving(self, line: Entry, trigger: str) -> None:
        if trigger not in (*self.plan.levels[self.level].next_on, "circuit_open", "manual"):
            self._expect_exhaustion(line, "policy", trigger)
        else:
            self._expect_next_level(line, trigger)

    def _may_try_again(self, level: Level) -> bool:
        tries_left = self.tries_here <= level.retries.max
        return tries_left and self._latest().number < ATTEMPTS_MAX

    def _is_open_here(self, line: Entry) -> bool:
        provider = self.plan.levels[self.level].providers[self._latest().provider]
        return self.is_open(provider, line.at_us)

    def _retries(self, line: Entry, level: Level) -> bool:
        """Only transient answers of a listed kind are tried again (S20)."""
        throttled = line.kind == "throttled"
        kind = Retriable.THROTTLED if throttled else Retriable.REFUSED_TEMPORARY
        is_transient = line.detail.text("class") in ("", "transient")
        may_try = self._may_try_again(level) and not self._is_open_here(line)
        return is_transient and kind in level.retries.on and may_try

    # Good news and the timer -----------------------------------------------------------------

    def _good_news(self, one: Try, before: Status, line: Entry) -> None:
        level = self.plan.levels[one.level]
        is_open = one.level == self.level
        if one.status < level.success:
            if one is self.current and not self.has_success:
                self._see_to_wait(one, before, line)
        elif self.plan.stops_on_verified:
            if is_open and before < level.success:
                self._await_code(one, line)
        elif is_open or self.plan.late_success is not LateSuccess.IGNORE:
            self._expect_end(line, Outcome.DELIVERED, one.level, one.number)

    def _await_code(self, one: Try, line: Entry) -> None:
        """The level has its success: all it waits for now is the code (S33).

        Nothing is tried once more by itself, and bad news does not close the level.
        """
        self.has_success = True
        level = self.plan.levels[one.level]
        within = level.wait_us if level.verify_within_us is None else level.verify_within_us
        is_armed = within is not None and Trigger.NOT_VERIFIED in level.next_on
        self.wait_end = line.at_us + within if within is not None and is_armed else None
        self.wait_seq, self.retry_at = line.seq, None

    def _see_to_wait(self, one: Try, before: Status, line: Entry) -> None:
        """Where the wait runs from, and whether its end could mean anything (S10, S12)."""
        level = self.plan.levels[one.level]
        if level.wait_us is None:
            return
        later = {Origin.SENT: Status.SENT, Origin.DELIVERED: Status.DELIVERED}.get(level.origin)
        if before is Status.SUBMITTED:
            self.wait_from = one.at if level.origin is Origin.SUBMIT else line.at_us
            self.wait_seq = line.seq
        elif later is not None and before < later <= one.status:
            self.wait_from, self.wait_seq = line.at_us, line.seq
        armed = self._timer_trigger(one) in level.next_on
        self.wait_end = max(line.at_us, self.wait_from + level.wait_us) if armed else None

    def _timer_trigger(self, one: Try) -> str:
        if self.has_success:
            return "not_verified"
        reads = self.plan.levels[one.level].success is Status.READ
        return "not_read" if reads and one.status is Status.DELIVERED else "no_receipt"

    # Codes -----------------------------------------------------------------------------------

    def _why_no_code(self, level: int | None, at: int) -> str:
        """Why a right code is worth nothing; "" where it ends the message (S33, S34)."""
        if not self.plan.stops_on_verified:
            return "no code is awaited"
        issued = self.requested_at if self.tries else None
        if self.plan.has_code_per_level:
            of_level = [one.at for one in self.tries.values() if one.level == level]
            issued = min(of_level, default=None)
        if issued is None:
            return "no such code"
        lifetime = self.plan.code_lifetime_us
        return "the code has expired" if lifetime is not None and at - issued > lifetime else ""

    def _credited(self, level: int | None) -> Try:
        """The attempt that brought the code, as far as anybody knows (S33)."""
        tries = sorted(self.tries.values(), key=lambda one: (one.level, one.number))
        if self.plan.has_code_per_level:
            tries = [one for one in tries if one.level == level]
        arrived = [one for one in tries if one.status in (Status.DELIVERED, Status.READ)]
        return (arrived or tries)[-1]

    def provider_of(self, line: Entry) -> str:
        """The provider of the attempt a line is about."""
        one = self._try(line)
        return self.plan.levels[one.level].providers[one.provider]

    def _try(self, line: Entry) -> Try:
        assert line.level is not None
        assert line.attempt is not None
        one = self.tries.get((line.level, line.attempt))
        if one is None:
            raise LawBrokenError(f"no such attempt: {told(line)}")
        return one


def pause(level: Level, retry: int, luck: int) -> int:
    """The backoff, counted with exact fractions of a million and rounded down (S20)."""
    backoff = level.retries.backoff
    pause = backoff.first_us
    for _ in range(retry - 1):
        pause = min(pause * backoff.factor_ppm // 1_000_000, backoff.max_us)
    pause = min(pause, backoff.max_us)
    swing = pause * backoff.jitter_ppm // 1_000_000
    return pause - swing + (2 * swing * luck) // (1 << 32)
