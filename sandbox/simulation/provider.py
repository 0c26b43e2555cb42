"""A simulated provider: what becomes of a submission, when, and what is told about it.

The story of an attempt is told in the order it happens, never ahead: at submission the answer is
drawn, at acceptance the delivery, when a status arises its receipt. Each step reads the settings in
force at its own instant (see `faults`), and takes its luck from the attempt's own key (see
`chance`). Nothing here keeps a clock or a queue; the world asks and puts the result on its agenda.
"""

from typing import Final

from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import ReasonClass, Status
from sandbox.simulation import chance
from sandbox.simulation.chance import Dice, Slots, pair
from sandbox.simulation.faults import LiveSettings
from sandbox.simulation.flight import ACCEPTED, Flight, Sending
from sandbox.simulation.limits import Quota, RateLimit
from sandbox.simulation.spec import (
    PPB,
    SUBMIT_OUTCOMES,
    Forced,
    OverAnswer,
    OverDrop,
    OverQueue,
    ProviderSpec,
    ReceiptScript,
    ScriptEntry,
    Settings,
)

TIMEOUT_ACCEPTED: Final = "timeout.accepted"
TIMEOUT_NOT_ACCEPTED: Final = "timeout.not_accepted"

ANSWERS: Final = {
    "accepted": Status.ACCEPTED,
    "refused.permanent": Status.REFUSED,
    "refused.temporary": Status.REFUSED,
    "throttled": Status.THROTTLED,
}

_TAKEN: Final = (ACCEPTED, TIMEOUT_ACCEPTED)
"""The outcomes of a submission that put the message into the provider's hands."""

_ALL_DRAWN: Final = ScriptEntry()

_REFUSED_FOR_GOOD: Final = Reason("refused", ReasonClass.PERMANENT_RECIPIENT, "refused for good")
"""Without any reason the engine would take a refusal for one that passes, and try again."""

FATES: Final = {
    "delivered": Status.DELIVERED,
    "filtered": Status.DELIVERED,
    "failed": Status.FAILED,
    "rejected": Status.REJECTED,
    "expired": Status.EXPIRED,
    "partial": Status.FAILED,
}
"""What a fate's receipt says; `vanished` has none. Where each segment has a receipt of its own,
those of a partial delivery differ."""


class SimulatedProvider:
    """One provider of a run."""

    __slots__ = (
        "_quota",
        "_rate",
        "charged_on",
        "dice",
        "echoes_reference",
        "live",
        "over_at",
        "reports_delivered",
        "reports_read",
        "reports_sent",
        "spec",
    )

    def __init__(self, spec: ProviderSpec, seed: int) -> None:
        self.spec = spec
        self.live = LiveSettings(spec.settings)
        self.dice = Dice(seed, f"provider {spec.name}")
        self.charged_on = spec.charged_on
        self.reports_sent = Status.SENT in spec.reports
        self.reports_delivered = Status.DELIVERED in spec.reports
        self.reports_read = Status.READ in spec.reports
        self.echoes_reference = spec.echoes_reference
        self._rate = RateLimit()
        self._quota = Quota(spec.quota_per_us)
        self.over_at: int | None = None
        """When a submission was over the limits for the last time; for whoever looks on."""

    def take(self, flight: Flight, now: int) -> int:
        """Decide the answer to a submission; gives its latency in microseconds.

        The outcome is left in `flight.outcome`, its reason in `flight.reason`.
        """
        live = self.live
        settings = live.plain or live.read(now, "submit_outcomes", "submit_latency")
        shares = settings.submit_outcomes
        drawn, luck = pair(flight.luck, _SUBMIT_PAIR)
        outcome = shares.good if drawn >= shares.good_from else shares.pick(drawn)
        script = flight.script
        if script is not None and script != _ALL_DRAWN:
            outcome = script.submit or ACCEPTED  # what is said of the rest, says this too
        elif (settings.has_limits or live.plain is None) and self._is_over(flight, settings, now):
            outcome = flight.outcome
        elif flight.journey.person.forced and outcome in _TAKEN:
            forced = self._forced(flight, in_submit=True)
            if forced is not None:
                is_heard = outcome == ACCEPTED or forced.outcome in _TAKEN
                outcome = forced.outcome if is_heard else TIMEOUT_NOT_ACCEPTED
                flight.reason = forced.reason
        if outcome != ACCEPTED:
            flight.outcome = outcome
            if flight.reason is None:
                flight.reason = self._reason(flight, settings, outcome, chance.SUBMIT_REASON)
        return settings.submit_latency.draw(luck)

    def _is_over(self, flight: Flight, settings: Settings, now: int) -> bool:
        """Whether a submission is turned away, and how; the outcome is left in the flight."""
        self.live.notice("limit_rate", "quota_count")
        spec = self.spec
        if settings.limit_rate is not None:
            self.live.notice("limit_burst")
        waits = (
            (self._rate.wait_us(settings, now), spec.over),
            (self._quota.wait_us(settings, now), spec.quota_over),
        )
        for wait_us, over in waits:
            if wait_us:
                self.over_at = now
                match over:
                    case OverAnswer():
                        flight.outcome = over.outcome
                        flight.retry_after_us = over.retry_after_us
                        return True
                    case OverDrop():
                        flight.outcome = TIMEOUT_NOT_ACCEPTED
                        return True
                    case OverQueue():
                        flight.queued_us = max(flight.queued_us, wait_us)
                        flight.is_odd = True
        self._rate.take(settings, now)
        self._quota.take(settings, now)
        return False

    def fate(self, flight: Flight, now: int) -> tuple[str, int]:
        """Decide, at acceptance, what becomes of the message and at which instant.

        Returns:
            One of `DELIVERY_OUTCOMES` or `expired`, and when it shows.
        """
        live = self.live
        settings = live.plain or live.read(now, "delivery_outcomes", "delivery_time")
        shares = settings.delivery_outcomes
        drawn, luck = pair(flight.luck, _DELIVERY_PAIR)
        word = shares.good if drawn >= shares.good_from else shares.pick(drawn)
        person, script = flight.journey.person, flight.script
        flight.reason = None
        if script is not None and script.delivery:
            word = script.delivery
        elif word == "delivered" and person.forced:
            forced = self._forced(flight, in_submit=False)
            if forced is not None:
                word, flight.reason = forced.outcome, forced.reason
        if word == "partial" and flight.segments == 1:
            word = "delivered"
        if word != "delivered" and flight.reason is None:
            told = "failed" if word == "partial" else word
            flight.reason = self._reason(flight, settings, told, chance.DELIVERY_REASON)
        if script is not None and script.after_us is not None:
            at = now + flight.queued_us + script.after_us
        else:
            at = now + flight.queued_us + settings.delivery_time.draw(luck)
        validity_us = flight.validity_us
        if validity_us is None:
            validity_us = settings.validity_us
            if live.plain is None:
                live.notice("validity_us")
        if validity_us is not None and at > now + validity_us and word != "vanished":
            return self._expiry(flight, settings, now + validity_us)
        if word == "delivered" and person.unreachable and not (script and script.delivery):
            return self._once_reachable(flight, settings, now, at)
        return word, at

    def forced_answer(self, flight: Flight, answer: str, now: int) -> None:
        """Let a submission have an answer that was decided by hand, with a reason of its own."""
        flight.outcome, flight.reason = answer, None
        if answer not in _TAKEN:
            settings = self.live.plain or self.live.at(now)
            flight.reason = self._reason(flight, settings, answer, chance.SUBMIT_REASON)

    def forced_fate(self, flight: Flight, word: str, due_us: int, now: int) -> int:
        """Let a message that was taken have a fate that was decided by hand.

        Args:
            flight: The attempt; its script may say after how long.
            word: One of `DELIVERY_OUTCOMES` or `expired`.
            due_us: When its fate would have shown by itself.
            now: The instant of the decision.

        Returns:
            The instant at which it shows: never later than it would have by itself, and earlier
            where the message would have been kept for a phone that is off.
        """
        if word == "partial" and flight.segments == 1:
            word = "delivered"
        settings = self.live.plain or self.live.at(now)
        flight.outcome, flight.reason = word, None
        if word != "delivered":
            told = "failed" if word == "partial" else word
            flight.reason = self._reason(flight, settings, told, chance.DELIVERY_REASON)
        script = flight.script
        if script is not None and script.after_us is not None:
            return now + script.after_us
        _, luck = pair(flight.luck, _DELIVERY_PAIR)
        return min(due_us, now + flight.queued_us + settings.delivery_time.draw(luck))

    def _once_reachable(
        self, flight: Flight, settings: Settings, now: int, at: int
    ) -> tuple[str, int]:
        """Keep the message until the phone is on, as long as it is kept at all."""
        self.live.notice("store_for_us", "retry_every_us")
        channel, retry_every_us = self.spec.channel, settings.retry_every_us
        person = flight.journey.person
        validity_us = settings.validity_us if flight.validity_us is None else flight.validity_us
        kept_us = settings.store_for_us
        if validity_us is not None:
            kept_us = min(validity_us, kept_us)
        until = max(at, now + kept_us)
        reached_at = person.next_reachable(channel, at, retry_every_us, until)
        if reached_at is None:
            return self._expiry(flight, settings, until)
        return "delivered", reached_at

    def _expiry(self, flight: Flight, settings: Settings, at: int) -> tuple[str, int]:
        flight.reason = self._reason(flight, settings, "expired", chance.DELIVERY_REASON)
        return "expired", at

    def charge(self, flight: Flight, now: int) -> int:
        """What the attempt costs when it is charged at this instant, in billionths."""
        settings = self.live.plain or self.live.read(now, "price_nano")
        if not self.spec.per_segment:
            return settings.price_nano
        if flight.outcome == "partial":
            return settings.price_nano * (flight.segments - len(self.missing_segments(flight)))
        return settings.price_nano * flight.segments

    @staticmethod
    def missing_segments(flight: Flight) -> tuple[int, ...]:
        """The segments, from 1, of a partly delivered text that never arrive: some, not all."""
        count = flight.segments
        luck = flight.more()
        missing = 1 + (luck[chance.PARTIAL_COUNT] * (count - 1) >> 32)
        first = luck[chance.PARTIAL_FIRST] * count >> 32
        return tuple(sorted((first + each) % count + 1 for each in range(missing)))

    def holds_reply(self, flight: Flight, now: int) -> bool:
        """Whether the answer of an accepted submission comes only after the first receipt."""
        settings = self.live.plain or self.live.read(now, "receipt_before_reply")
        share = settings.receipt_before_reply
        return bool(share) and flight.draw_more(chance.BEFORE_REPLY) < threshold(share)

    def receipt_delay(self, flight: Flight, status: Status, now: int) -> int | None:
        """How long after a status arose its receipt arrives; None when the receipt is lost."""
        live = self.live
        settings = live.plain or live.read(now, "receipt_lost")
        if status is _READ:
            luck = flight.more()
            drawn, delay = luck[chance.READ_LOST], luck[chance.READ_DELAY]
        else:
            drawn, delay = pair(flight.luck, _SENT_PAIR if status is _SENT else _FINAL_PAIR)
        if drawn < settings.lost_below:
            return None
        if live.plain is None:
            live.notice("receipt_delay", "receipt_late_share")
        after_us = settings.receipt_delay.draw(delay)
        if settings.receipt_late_share:
            late, late_by = _LATE_SLOTS.get(status, _FINAL_LATE_SLOTS)
            luck = flight.more()
            if luck[late] < threshold(settings.receipt_late_share):
                live.notice("receipt_late_by")
                after_us += settings.receipt_late_by.draw(luck[late_by])
        return after_us

    def sending(self, flight: Flight, status: Status, segment: int, now: int) -> Sending | None:
        """Decide how a receipt comes, all its faults considered; None: it is lost.

        Args:
            flight: The attempt.
            status: What the receipt says.
            segment: The segment it is about, from 1; 0: the whole message.
            now: The instant at which the status arose.
        """
        script = flight.script
        if script is not None and script.receipt is not None:
            return self._scripted(flight, status, script.receipt, now)
        if segment:
            block = flight.block(chance.SEGMENT_BLOCKS + segment)
            after_us = self._segment_delay(block, now)
        else:
            block = flight.block(_BLOCKS.get(status, chance.FINAL_BLOCK))
            after_us = self.receipt_delay(flight, status, now)
        if after_us is None:
            return None
        live = self.live
        settings = live.read(now, *_ODD_SHARES)
        if status is Status.SENT:
            after_us += flight.queued_us
        first_us = self._batched(now + after_us, settings) - now
        held_us = 0
        if self._strikes(settings.receipt_reordered_share, block[chance.REORDERED]):
            live.notice("receipt_reordered_within_us")
            held_us = settings.receipt_reordered_within_us
        contradicted_us = None
        is_final = status in _FINALS and not segment
        if is_final and self._strikes(settings.receipt_contradictory, block[chance.CONTRADICTED]):
            further_us = settings.receipt_delay.draw(block[chance.CONTRADICTED_DELAY])
            contradicted_us = self._batched(now + after_us + further_us, settings) - now
        return Sending(
            first_us,
            self._copies(settings, block, now, after_us),
            held_us,
            contradicted_us,
            self._strikes(settings.receipt_unknown_id, block[chance.UNKNOWN_ID]),
        )

    def _scripted(
        self, flight: Flight, status: Status, script: ReceiptScript, now: int
    ) -> Sending | None:
        if script.is_lost:
            return None
        after_us = script.delay_us
        if after_us is None:
            after_us = self.receipt_delay(flight, status, now) or 0
        contradicted_us = after_us + 1 if script.is_contradicted and status in _FINALS else None
        copies = (after_us,) * script.copies
        return Sending(after_us, copies, 0, contradicted_us, script.is_unmatched)

    def _segment_delay(self, block: Slots, now: int) -> int | None:
        """The same for a receipt of one segment as `receipt_delay` for that of a message."""
        settings = self.live.read(now, "receipt_lost", "receipt_delay", "receipt_late_share")
        if self._strikes(settings.receipt_lost, block[chance.SEGMENT_LOST]):
            return None
        after_us = settings.receipt_delay.draw(block[chance.SEGMENT_DELAY])
        if self._strikes(settings.receipt_late_share, block[chance.SEGMENT_LATE]):
            self.live.notice("receipt_late_by")
            after_us += settings.receipt_late_by.draw(block[chance.SEGMENT_LATE_BY])
        return after_us

    def _copies(self, settings: Settings, block: Slots, now: int, after_us: int) -> tuple[int, ...]:
        """When the further copies of a receipt arrive, from now."""
        share = settings.receipt_duplicated_share
        if not self._strikes(share, block[chance.DUPLICATED]):
            return ()
        self.live.notice("receipt_copies", "receipt_gap")
        least, most = settings.receipt_copies
        count = least + (block[chance.COPIES] * (most - least + 1) >> 32)
        copies = []
        for slot in chance.GAPS[:count]:
            after_us += settings.receipt_gap.draw(block[slot])
            copies.append(self._batched(now + after_us, settings) - now)
        return tuple(copies)

    @staticmethod
    def _strikes(share: int, luck: int) -> bool:
        return bool(share) and luck < threshold(share)

    @staticmethod
    def _batched(at: int, settings: Settings) -> int:
        """The instant at which a receipt due at another one arrives, if they come in batches."""
        every_us = settings.receipt_batch_every_us
        return -(-at // every_us) * every_us if every_us else at

    def read_after(self, flight: Flight, now: int) -> int | None:
        """How long after it reached the handset the person reads it; None: never."""
        live = self.live
        settings = live.plain or live.read(now, "read_share")
        if not settings.read_share:
            return None
        luck = flight.more()
        if luck[chance.READ] >= threshold(settings.read_share):
            return None
        if live.plain is None:
            live.notice("read_after")
        return settings.read_after.draw(luck[chance.READ_AFTER])

    def _forced(self, flight: Flight, *, in_submit: bool) -> Forced | None:
        for forced in flight.journey.person.forced.get(self.spec.channel, ()):
            if (forced.outcome in SUBMIT_OUTCOMES) is in_submit:
                return forced
        return None

    def _reason(self, flight: Flight, settings: Settings, outcome: str, slot: int) -> Reason | None:
        """Draw a reason for an outcome; where the provider gives none, only what the word says."""
        self.live.notice("reasons")
        for word, choices in settings.reasons:
            if word == outcome:
                luck, total = flight.draw_more(slot), 0
                for reason, share in choices:
                    total += share
                    if luck < threshold(total):
                        return reason
                return choices[-1][0]
        return _REFUSED_FOR_GOOD if outcome == "refused.permanent" else None


def threshold(share: int) -> int:
    """Below which a 32-bit draw must be to fall into a share (parts per billion)."""
    return (share << 32) // PPB


_READ: Final = Status.READ
_SENT: Final = Status.SENT

# Where the pairs of a sealed block begin.
_SUBMIT_PAIR: Final = 4 * chance.SUBMIT_OUTCOME
_DELIVERY_PAIR: Final = 4 * chance.DELIVERY_OUTCOME
_FINAL_PAIR: Final = 4 * chance.FINAL_LOST
_SENT_PAIR: Final = 4 * chance.SENT_LOST
_FINAL_LATE_SLOTS: Final = (chance.FINAL_LATE, chance.FINAL_LATE_BY)
_LATE_SLOTS: Final = {
    Status.READ: (chance.READ_LATE, chance.READ_LATE_BY),
    Status.SENT: (chance.SENT_LATE, chance.SENT_LATE_BY),
}
_BLOCKS: Final = {Status.SENT: chance.SENT_BLOCK, Status.READ: chance.READ_BLOCK}
_FINALS: Final = (Status.DELIVERED, Status.FAILED, Status.REJECTED, Status.EXPIRED)
_ODD_SHARES: Final = (
    "receipt_duplicated_share",
    "receipt_reordered_share",
    "receipt_contradictory",
    "receipt_unknown_id",
    "receipt_batch_every_us",
)
