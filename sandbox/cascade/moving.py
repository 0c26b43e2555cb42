"""How a cascade moves on: to a provider, past open circuits, down a level, to its end.

A `Moving` is a cascade without ears: it keeps where the message stands and carries out decisions,
each with its line of the log. When to move is decided in `cascade`.
"""

from collections.abc import Callable, Mapping
from typing import Final

from sandbox.cascade import outputs
from sandbox.cascade.attempt import Attempt
from sandbox.cascade.circuit import Circuit
from sandbox.cascade.events import Reason, Requested
from sandbox.cascade.outputs import Detail, Output, Submit, words
from sandbox.cascade.plan import ATTEMPTS_PER_LEVEL_MAX, Level, Plan
from sandbox.cascade.record import Record
from sandbox.cascade.vocabulary import (
    NEVER,
    CircuitState,
    Outcome,
    QuietPolicy,
    ReasonClass,
    Status,
    Trigger,
)

_new: Final = tuple.__new__
"""What a named tuple's own constructor calls, without the detour through its keywords."""
_NOT_REQUESTED: Final = Requested(0, 0)
_FINISHED: Final = {outcome: words(outcome=outcome.value) for outcome in Outcome}
_NO_CIRCUITS: Final[Mapping[str, Circuit]] = {}
_CIRCUIT_OPEN: Final = "circuit open"
_QUIET: Final = "quiet hours"
Memory = dict[tuple[int, str], int]
"""Recipient and channel -> until when it is remembered that they do not go together (S27)."""
_LEAVES_THE_CHANNEL: Final = (ReasonClass.PERMANENT_RECIPIENT, ReasonClass.CALLER_ERROR)
"""Reasons that another provider of the same channel would only repeat (S14)."""


class Moving(Record):
    """Where one message stands on its way, and the steps it can take."""

    __slots__ = (
        "_circuits",
        "_current",
        "_deadline_at",
        "_has_success",
        "_is_held",
        "_level",
        "_memory",
        "_request",
        "_requested_at",
        "_requested_seq",
        "_retry_at",
        "_retry_seq",
        "_tries",
        "_unanswered",
        "_wait_at",
        "_wait_began_at",
        "_wait_seq",
        "armed_at",
        "outcome",
        "wake_at",
        "wake_seq",
    )

    def __init__(
        self,
        message: int,
        plan: Plan,
        number: Callable[[], int],
        circuits: Mapping[str, Circuit] = _NO_CIRCUITS,
        memory: Memory | None = None,
    ) -> None:
        """Make a cascade that has not been requested yet.

        Args:
            message: The message's number.
            plan: What to run.
            number: Gives the next line number of the log.
            circuits: Those of the providers that have one, shared by all messages.
            memory: What was learnt of recipients, shared by all messages.
        """
        super().__init__(message, plan, number)
        self._circuits = circuits
        self._memory: Memory = {} if memory is None else memory
        self._is_held = False
        """The level waits for the end of quiet hours."""
        self._has_success = False
        """The level has its success, and waits for its code (S33)."""
        self.outcome: Outcome | None = None
        self.wake_at = NEVER
        self.wake_seq = 0
        """The log line that armed what `wake_at` waits for: first armed, first served."""
        self.armed_at = NEVER
        """Kept for the engine: the earliest entry of this cascade in its heap of wake-ups."""
        self._current: Attempt | None = None
        """The attempt whose bad news moves the cascade on; None while a retry is pending."""
        self._level = 0
        self._tries = 0
        """Submissions to the current provider of the current level."""
        self._unanswered = 0
        self._deadline_at = NEVER
        self._requested_at = 0
        self._requested_seq = 0
        self._wait_at = NEVER
        self._wait_began_at = 0
        self._wait_seq = 0
        self._retry_at = NEVER
        self._retry_seq = 0
        self._request = _NOT_REQUESTED

    # Steps -----------------------------------------------------------------------------------

    def _may_attempt(self) -> bool:
        return self._latest.number < ATTEMPTS_PER_LEVEL_MAX

    def _close(
        self, trigger: Trigger, reason: Reason | None, now: int, seq: int, out: list[Output]
    ) -> None:
        """Leave the current attempt for a stated trigger: next provider, next level, or the end."""
        level = self.plan.levels[self._level]
        attempt = self._latest
        self._wait_at = NEVER
        self._has_success = False
        repeats = reason is not None and reason.reason_class in _LEAVES_THE_CHANNEL
        if not repeats and attempt.provider + 1 < len(level.providers) and self._may_attempt():
            self._tries = 0
            passed = self._offer(attempt.provider + 1, None, now, seq, out)
            if not passed:
                return
            seq = passed
        if trigger not in level.next_on:
            self._exhaust("policy", trigger, now, seq, out)
        else:
            self._fall_back(trigger, now, seq, out)

    def _fall_back(self, trigger: Trigger, now: int, seq: int, out: list[Output]) -> None:
        entered = self._next_level()
        levels = self.plan.levels
        if entered == len(levels):
            self._exhaust("last_level", trigger, now, seq, out)
            return
        self._current = None
        left, right = levels[self._level].channel, levels[entered].channel
        detail = words(**{"from": left, "to": right, "trigger": trigger.value})
        if now >= self._deadline_at:
            self._finish(Outcome.EXPIRED, self._level, None, now, seq, out)
            return
        seq = self._say(out, now, outputs.FELL_BACK, seq, entered, None, detail)
        self._enter(entered, now, seq, out)

    def _next_level(self) -> int:
        return self._level + 1

    def _enter(self, index: int, now: int, seq: int, out: list[Output]) -> None:
        self._level = index
        self._tries = 0
        self._wait_at = NEVER
        self._has_success = False
        level = self.plan.levels[index]
        why = self._why_ineligible(level, now)
        if not why and level.quiet is not None:
            left_us = level.quiet.left_us(self._request.local_us + now)
            if left_us and level.quiet.policy is not QuietPolicy.SKIP:
                self._keep_quiet(level.quiet.policy, left_us, now, seq, out)
                return
            why = _QUIET if left_us else ""
        if why:
            kind = outputs.SKIPPED
            seq = self._say(out, now, kind, seq, index, None, words(reason=why))
            self._fall_back(Trigger.INELIGIBLE, now, seq, out)
            return
        passed = self._offer(0, None, now, seq, out)
        if passed:
            kind, detail = outputs.SKIPPED, words(reason=_CIRCUIT_OPEN)
            seq = self._say(out, now, kind, passed, index, None, detail)
            self._fall_back(Trigger.CIRCUIT_OPEN, now, seq, out)

    def _keep_quiet(
        self, policy: QuietPolicy, left_us: int, now: int, seq: int, out: list[Output]
    ) -> None:
        """Let a message wait until it may go out, or stop it (S19)."""
        if policy is QuietPolicy.DROP:
            kind, detail = outputs.SKIPPED, words(reason=_QUIET)
            seq = self._say(out, now, kind, seq, self._level, None, detail)
            self._finish(Outcome.STOPPED, self._level, None, now, seq, out)
            return
        self._is_held = True
        self._current = None
        self._retry_at = now + left_us
        detail = Detail({"until_us": self._retry_at})
        self._retry_seq = self._say(out, now, outputs.HELD, seq, self._level, None, detail)

    def _take_note(
        self,
        attempt: Attempt,
        status: Status,
        reason: Reason | None,
        now: int,
        seq: int,
        out: list[Output],
    ) -> None:
        """Let a bad receipt speak to what all messages share."""
        if self._circuits:
            self._tell_circuit(attempt, status, reason, now, seq, out)
        if self.plan.remember_us is not None:
            self._learn_about(attempt, reason, now)

    def _learn_about(self, attempt: Attempt, reason: Reason | None, now: int) -> None:
        """Remember that a recipient cannot be reached on a channel (S27)."""
        remember_us, recipient = self.plan.remember_us, self._request.recipient
        if remember_us is None or recipient < 0 or reason is None:
            return
        if reason.reason_class is ReasonClass.PERMANENT_RECIPIENT:
            channel = self.plan.levels[attempt.level].channel
            self._memory[recipient, channel] = now + remember_us

    def _why_ineligible(self, level: Level, now: int) -> str:
        country = self._request.country
        if level.countries is not None and country not in level.countries:
            return f"country {country}" if country else "country not known"
        for channel, why in self._request.ineligible:
            if channel == level.channel:
                return why
        if self.plan.remember_us is not None:
            until = self._memory.get((self._request.recipient, level.channel), 0)
            return "known from before" if now < until else ""
        return ""

    def _offer(self, provider: int, key: int | None, now: int, seq: int, out: list[Output]) -> int:
        """Submit to a provider, or the next one of its level whose circuit is not open (S22).

        Returns:
            0 when it was submitted, or is over; else the line that says the last was passed over.
        """
        if self._circuits:
            first, providers = provider, self.plan.levels[self._level].providers
            while provider < len(providers) and self._is_passed_over(providers[provider], now):
                kind = outputs.SKIPPED
                detail = words(reason=_CIRCUIT_OPEN, provider=providers[provider])
                seq = self._say(out, now, kind, seq, self._level, None, detail)
                provider += 1
            if provider == len(providers):
                return seq
            if provider > first:
                key, self._tries = None, 0
        self._submit(provider, key, now, seq, out)
        return 0

    def _is_passed_over(self, provider: str, now: int) -> bool:
        circuit = self._circuits.get(provider)
        return circuit is not None and circuit.blocks(now)

    def _tell_circuit(
        self,
        attempt: Attempt,
        status: Status,
        reason: Reason | None,
        now: int,
        seq: int,
        out: list[Output],
    ) -> None:
        """Let the provider's circuit know what was heard, and say what that made of it."""
        provider = self.plan.levels[attempt.level].providers[attempt.provider]
        circuit = self._circuits.get(provider)
        place = (self.message, attempt.level, attempt.number)
        if circuit is not None and circuit.heard(place, status, reason, now):
            until_us = circuit.open_until_us if circuit.state is CircuitState.OPEN else 0
            detail = outputs.circuit_detail(provider, circuit.state.value, until_us)
            self._say(out, now, outputs.CIRCUIT, seq, attempt.level, attempt.number, detail)

    def _submit(
        self, provider: int, key: int | None, now: int, seq: int, out: list[Output]
    ) -> None:
        if now >= self._deadline_at:
            self._finish(Outcome.EXPIRED, self._level, None, now, seq, out)
            return
        index = self._level
        level = self.plan.levels[index]
        last = self._latest
        number = last.number + 1 if last.level == index else 1
        name = level.providers[provider]
        detail = outputs.submitted_detail(level.channel, name, key)
        cause, seq = seq, self._number()
        kind = outputs.SUBMITTED
        out.append((seq, now, self.message, index, number, kind, cause, detail))
        timeout_us = level.submit_timeout_us
        own_key = number if key is None else key
        attempt = Attempt(index, number, own_key, provider, now + timeout_us, seq)
        self._attempts.append(attempt)
        self._latest = self._current = attempt
        self._tries += 1
        self._unanswered += 1
        if not self._has_success:
            self._wait_at = NEVER
        circuit = self._circuits.get(name) if self._circuits else None
        if circuit is not None and circuit.submitted((self.message, index, number)):
            detail = outputs.circuit_detail(name, CircuitState.HALF_OPEN.value, 0)
            self._say(out, now, outputs.CIRCUIT, seq, index, number, detail)
        validity_us = level.validity_us
        told = (self.message, index, number, own_key, name, validity_us, timeout_us, seq)
        out.append(_new(Submit, told))

    def _exhaust(
        self, ended_by: str, trigger: Trigger, now: int, seq: int, out: list[Output]
    ) -> None:
        self._end(
            Outcome.EXHAUSTED,
            self._level,
            None,
            words(outcome="exhausted", ended_by=ended_by, trigger=trigger.value),
            now,
            seq,
            out,
        )

    def _finish(
        self,
        outcome: Outcome,
        level: int,
        attempt: Attempt | None,
        now: int,
        seq: int,
        out: list[Output],
    ) -> None:
        self._end(outcome, level, attempt, _FINISHED[outcome], now, seq, out)

    def _end(
        self,
        outcome: Outcome,
        level: int,
        attempt: Attempt | None,
        detail: Detail,
        now: int,
        seq: int,
        out: list[Output],
    ) -> None:
        self.outcome = outcome
        self._current = None
        self._wait_at = self._retry_at = self._deadline_at = NEVER
        self._is_held = False
        number = None if attempt is None else attempt.number
        line = self._number()
        out.append((line, now, self.message, level, number, outputs.FINISHED, seq, detail))

    def _plan_wake_up(self) -> None:
        """Derive the next wake-up from the state; an earlier line breaks a tie."""
        at, seq = self._deadline_at, self._requested_seq
        if self._wait_at < at:
            at, seq = self._wait_at, self._wait_seq
        elif self._retry_at < at:  # never beside a wait: a retry stops it
            at, seq = self._retry_at, self._retry_seq
        if self._unanswered:
            for attempt in self._attempts:
                if not attempt.answered and attempt.give_up_at < at:
                    at, seq = attempt.give_up_at, attempt.seq
        self.wake_at = at
        self.wake_seq = seq

    @property
    def settled(self) -> bool:
        """The outcome is there and no timer runs; only late news can still come."""
        return self.outcome is not None and self.wake_at == NEVER
