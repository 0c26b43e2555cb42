"""A simulated provider: what becomes of a submission, when, and what is told about it.

The story of an attempt is told in the order it happens, never ahead: at submission the answer is
drawn, at acceptance the delivery, when a status arises its receipt. Each step reads the settings in
force at its own instant (see `faults`), and takes its luck from the attempt's own key (see
`chance`). Nothing here keeps a clock or a queue; the world asks and puts the result on its agenda.
"""

from typing import Final

from sandbox.cascade.events import Reason
from sandbox.cascade.outputs import Submit
from sandbox.cascade.vocabulary import ReasonClass, Status
from sandbox.simulation import chance
from sandbox.simulation.chance import Dice, Slots
from sandbox.simulation.faults import LiveSettings
from sandbox.simulation.population import Person
from sandbox.simulation.spec import PPB, SUBMIT_OUTCOMES, Forced, ProviderSpec, Settings

ACCEPTED: Final = "accepted"
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

_REFUSED_FOR_GOOD: Final = Reason("refused", ReasonClass.PERMANENT_RECIPIENT, "refused for good")
"""Without any reason the engine would take a refusal for one that passes, and try again."""

FATES: Final = {
    "delivered": Status.DELIVERED,
    "filtered": Status.DELIVERED,
    "failed": Status.FAILED,
    "rejected": Status.REJECTED,
    "expired": Status.EXPIRED,
}
"""What a fate's receipt says; `vanished` has none."""


class Journey:
    """What the world keeps of a message while anything about it is pending."""

    __slots__ = ("_submissions", "pending", "person", "plan", "taken_keys")

    def __init__(self, plan: int, person: Person) -> None:
        self.plan = plan
        self.person = person
        self.pending = 0
        """Things on the agenda that belong to the message."""
        self._submissions: tuple[str, ...] = ()
        self.taken_keys: tuple[int, ...] = ()
        """Idempotency keys under which a provider has taken the message; see `Flight.key`."""

    def count_submission(self, provider: str) -> int:
        """Note a submission; how many there were to this provider before."""
        before = self._submissions.count(provider)
        self._submissions += (provider,)
        return before


class Flight:
    """One attempt as the simulated world sees it."""

    __slots__ = (
        "attempt",
        "billed_nano",
        "cause",
        "journey",
        "key",
        "level",
        "luck",
        "message",
        "more_luck",
        "nth",
        "outcome",
        "provider",
        "reason",
        "segments",
        "validity_us",
    )

    def __init__(
        self,
        provider: "SimulatedProvider",
        journey: Journey,
        segments: int,
        submit: Submit,
        nth: int,
    ) -> None:
        self.provider = provider
        self.journey = journey
        self.segments = segments
        self.message = submit.message
        self.level = submit.level
        self.attempt = submit.attempt
        self.key = submit.level << 4 | submit.key
        """The idempotency key, as a small number: a level has at most ten attempts."""
        self.validity_us = submit.validity_us
        self.cause = submit.cause
        """The log line the next thing will stem from."""
        self.nth = nth
        """How many times this message was submitted to this provider before."""
        self.luck: Slots = provider.dice.slots(submit.message, nth)
        self.more_luck: Slots | None = None
        self.outcome = ACCEPTED
        """What the provider made of the submission, and after acceptance what became of it."""
        self.reason: Reason | None = None
        self.billed_nano = 0

    def more(self) -> Slots:
        """The second block of the attempt's luck, hashed when first asked for."""
        if self.more_luck is None:
            self.more_luck = self.provider.dice.more_slots(self.message, self.nth)
        return self.more_luck

    def draw_more(self, slot: int) -> int:
        """One draw of the second block."""
        return self.more()[slot]

    @property
    def is_repeated(self) -> bool:
        """The provider has already taken the message under this idempotency key."""
        return self.key in self.journey.taken_keys


class SimulatedProvider:
    """One provider of a run."""

    __slots__ = (
        "charged_on",
        "dice",
        "live",
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

    def take(self, flight: Flight, now: int) -> int:
        """Decide the answer to a submission; gives its latency in microseconds.

        The outcome is left in `flight.outcome`, its reason in `flight.reason`.
        """
        settings = self.live.plain or self.live.read(now, "submit_outcomes", "submit_latency")
        luck = flight.luck
        shares = settings.submit_outcomes
        drawn = luck[chance.SUBMIT_OUTCOME]
        outcome = shares.good if drawn >= shares.good_from else shares.pick(drawn)
        if flight.journey.person.forced and outcome in _TAKEN:
            forced = self._forced(flight, in_submit=True)
            if forced is not None:
                is_heard = outcome == ACCEPTED or forced.outcome in _TAKEN
                outcome = forced.outcome if is_heard else TIMEOUT_NOT_ACCEPTED
                flight.reason = forced.reason
        if outcome != ACCEPTED:
            flight.outcome = outcome
            if flight.reason is None:
                flight.reason = self._reason(flight, settings, outcome, chance.SUBMIT_REASON)
        return settings.submit_latency.draw(luck[chance.SUBMIT_LATENCY])

    def fate(self, flight: Flight, now: int) -> tuple[str, int]:
        """Decide, at acceptance, what becomes of the message and at which instant.

        Returns:
            One of `DELIVERY_OUTCOMES` or `expired`, and when it shows.
        """
        settings = self.live.plain or self.live.read(now, "delivery_outcomes", "delivery_time")
        luck = flight.luck
        shares = settings.delivery_outcomes
        drawn = luck[chance.DELIVERY_OUTCOME]
        word = shares.good if drawn >= shares.good_from else shares.pick(drawn)
        person = flight.journey.person
        flight.reason = None
        if word == "delivered" and person.forced:
            forced = self._forced(flight, in_submit=False)
            if forced is not None:
                word, flight.reason = forced.outcome, forced.reason
        if word != "delivered" and flight.reason is None:
            flight.reason = self._reason(flight, settings, word, chance.DELIVERY_REASON)
        at = now + settings.delivery_time.draw(luck[chance.DELIVERY_TIME])
        validity_us = flight.validity_us
        if validity_us is None:
            validity_us = settings.validity_us
            if self.live.plain is None:
                self.live.notice("validity_us")
        if validity_us is not None and at > now + validity_us and word != "vanished":
            return self._expiry(flight, settings, now + validity_us)
        if word == "delivered" and person.unreachable:
            return self._once_reachable(flight, settings, now, at)
        return word, at

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
        if self.spec.per_segment:
            return settings.price_nano * flight.segments
        return settings.price_nano

    def receipt_delay(self, flight: Flight, status: Status, now: int) -> int | None:
        """How long after a status arose its receipt arrives; None when the receipt is lost."""
        live = self.live
        settings = live.plain or live.read(now, "receipt_lost")
        lost, delay, late, late_by = _RECEIPT_SLOTS.get(status, _FINAL_SLOTS)
        luck = flight.luck if status is not Status.READ else flight.more()
        if settings.receipt_lost and luck[lost] < threshold(settings.receipt_lost):
            return None
        if live.plain is None:
            live.notice("receipt_delay", "receipt_late_share")
        after_us = settings.receipt_delay.draw(luck[delay])
        if settings.receipt_late_share:
            luck = flight.more()
            if luck[late] < threshold(settings.receipt_late_share):
                live.notice("receipt_late_by")
                after_us += settings.receipt_late_by.draw(luck[late_by])
        return after_us

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


_FINAL_SLOTS: Final = (
    chance.FINAL_LOST,
    chance.FINAL_DELAY,
    chance.FINAL_LATE,
    chance.FINAL_LATE_BY,
)
_RECEIPT_SLOTS: Final = {
    Status.READ: (chance.READ_LOST, chance.READ_DELAY, chance.READ_LATE, chance.READ_LATE_BY),
    Status.SENT: (chance.SENT_LOST, chance.SENT_DELAY, chance.SENT_LATE, chance.SENT_LATE_BY),
}
