"""How receipts travel, and everything that goes wrong with them on the way.

Most receipts are put on the agenda and handed to the engine when they are due. Those of a provider
whose receipts misbehave are parcels: looked at when they arrive, because they may have been held
back until the next one, bring a delayed answer with them, or carry an id the engine cannot match.

Whether a receipt can be matched is decided by what the engine can know (S7): our own reference,
where the provider echoes it, or else the provider's id, which only an answer tells.
"""

from typing import Final

from sandbox.cascade.events import OrphanReceived, ReceiptReceived, SubmitAnswered
from sandbox.cascade.outputs import Detail, words
from sandbox.cascade.vocabulary import STATUS_WORDS, Status
from sandbox.journal import entry
from sandbox.simulation.flight import Flight, Parcel
from sandbox.simulation.spec import WorldSpec
from sandbox.simulation.stage import ANSWER, RECEIPT, Stage, new

_ACCEPTED_ANSWER: Final = Status.ACCEPTED


class Post(Stage):
    """The way of receipts, and of answers that wait for one."""

    def __init__(self, spec: WorldSpec) -> None:
        """Begin without any on their way."""
        super().__init__(spec)
        self._when_received = self._on_receipt  # bound once, not once a receipt

    def _accept(self, flight: Flight, charge: int) -> None:
        """Let the provider take a message."""
        raise NotImplementedError

    def _charge_for_acceptance(self, flight: Flight) -> int:
        """What taking it costs."""
        raise NotImplementedError

    # Receipts --------------------------------------------------------------------------------

    def _send_receipt(self, flight: Flight, status: Status, cause: int, segment: int = 0) -> None:
        """Put a receipt on its way, or lose it."""
        provider = flight.provider
        if segment or provider.live.calm is None or flight.is_odd or not provider.echoes_reference:
            self._send_parcels(flight, status, cause, segment)
            return
        after_us = provider.receipt_delay(flight, status, self.now)
        if after_us is None:
            self._log(flight, entry.RECEIPT_LOST, cause, words(status=STATUS_WORDS[status]))
            return
        reason = None if status > 0 else flight.reason
        message, level, attempt = flight.message, flight.level, flight.attempt
        told = (message, level, attempt, status, reason, flight.billed_nano, cause, 0, 1)
        flight.journey.pending += 1
        self._schedule(
            self.now + after_us, RECEIPT, self._when_received, new(ReceiptReceived, told)
        )

    def _send_parcels(self, flight: Flight, status: Status, cause: int, segment: int) -> None:
        """Put a receipt on its way with all that can go wrong with it."""
        sending = flight.provider.sending(flight, status, segment, self.now)
        if sending is None:
            told = {"status": STATUS_WORDS[status]} | ({"segment": segment} if segment else {})
            self._log(flight, entry.RECEIPT_LOST, cause, Detail(told))
            return
        reason = None if status > 0 else flight.reason
        where = (flight.message, flight.level, flight.attempt)
        parts = (segment, flight.segments) if segment else (0, 1)
        receipt = ReceiptReceived(*where, status, reason, flight.billed_nano, cause, *parts)
        is_unmatched = sending.is_unmatched
        self._post(flight, receipt, sending.after_us, sending.held_us, is_unmatched=is_unmatched)
        for after_us in sending.copies:
            self._post(flight, receipt, after_us, is_unmatched=is_unmatched)
        if sending.contradicted_us is not None:
            says = Status.FAILED if status is Status.DELIVERED else Status.DELIVERED
            claim = self._log(
                flight, entry.RECEIPT_CONTRADICTS, cause, words(status=STATUS_WORDS[says])
            )
            contrary = receipt._replace(status=says, reason=None, cause=claim)
            self._post(flight, contrary, sending.contradicted_us)

    def _post(
        self,
        flight: Flight,
        receipt: ReceiptReceived,
        after_us: int,
        held_us: int = 0,
        *,
        is_unmatched: bool = False,
    ) -> None:
        due = self.now + after_us
        parcel = Parcel(flight, receipt, due, is_unmatched=is_unmatched)
        if held_us:
            flight.is_odd = True
            flight.held_back += (parcel,)
        flight.journey.pending += 1
        self._schedule(due + held_us, RECEIPT, self._on_parcel, parcel)

    def _on_parcel(self, parcel: Parcel) -> None:
        """A receipt arrives that is looked at; what waited for it comes right after."""
        flight = parcel.flight
        flight.journey.pending -= 1
        if not parcel.is_over:
            if not flight.provider.echoes_reference:
                self._release_reply(flight)  # until then nobody could tell whose receipt it is
            self._hand_over(parcel)
            self._release_reply(flight)
            for held in flight.held_back:
                if not held.is_over and held.due_us <= self.now:
                    self._hand_over(held)
            if flight.held_back:
                flight.held_back = tuple(held for held in flight.held_back if not held.is_over)
        if not flight.journey.pending:
            self._forget_if_over(flight.message)

    def _hand_over(self, parcel: Parcel) -> None:
        """Give the engine a receipt, if it can know which attempt it belongs to (S7)."""
        parcel.is_over = True
        flight, receipt = parcel.flight, parcel.receipt
        provider = flight.provider
        is_known = provider.echoes_reference or flight.key in flight.journey.heard_keys
        if is_known and not parcel.is_unmatched:
            self._tell(receipt)
            return
        detail = words(status=STATUS_WORDS[receipt.status])
        seq = self._log(flight, entry.RECEIPT_UNMATCHED, receipt.cause, detail)
        name, status, reason, owed = (
            provider.spec.name,
            receipt.status,
            receipt.reason,
            receipt.owed_nano,
        )
        self._tell(OrphanReceived(name, status, reason, owed, seq))

    def _on_receipt(self, receipt: ReceiptReceived) -> None:
        said = self._receive(receipt, self.now)
        message = receipt[0]
        journey = self._journeys[message]
        journey.pending -= 1
        if type(said[-1]) is tuple:  # nothing to be done, as with most receipts
            self._out += said  # type: ignore[arg-type]  # commands come last: these are facts
        else:
            self._heed(said)
        if not journey.pending and self._forget(message):
            del self._journeys[message]

    # Answers that wait for a receipt ---------------------------------------------------------

    def _holds_reply(self, flight: Flight) -> bool:
        """Let the answer of an accepted submission wait for its first receipt, if it is to."""
        if flight.is_repeated or not flight.provider.holds_reply(flight, self.now):
            return False
        flight.is_odd = flight.is_reply_held = True
        flight.cause = self._log(flight, entry.ACCEPTED_AT_PROVIDER, flight.cause)
        flight.reply_cause = flight.cause
        self._accept(flight, self._charge_for_acceptance(flight))
        self._schedule_for(flight, flight.give_up_at, ANSWER, self._on_held_reply)
        return True

    def _on_held_reply(self, flight: Flight) -> None:
        """No receipt came before it: the answer comes just in time to be heard."""
        flight.journey.pending -= 1
        self._release_reply(flight)
        if not flight.journey.pending:
            self._forget_if_over(flight.message)

    def _release_reply(self, flight: Flight) -> None:
        if not flight.is_reply_held:
            return
        flight.is_reply_held = False
        if not flight.provider.echoes_reference:
            flight.journey.heard_keys += (flight.key,)
        where, owed = (flight.message, flight.level, flight.attempt), flight.billed_nano
        told = (*where, _ACCEPTED_ANSWER, None, owed, 0, flight.reply_cause, 0)
        self._tell(new(SubmitAnswered, told))
