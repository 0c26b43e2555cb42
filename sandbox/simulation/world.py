"""The world of one run: engine, providers, people and load on one agenda.

There is one agenda, so there is one order. At one instant things happen in this order: fault edges
and changes by hand, new messages, answers, what the network and the person do (truth), receipts,
acts on a message, and last the engine's wake-ups. Inside a class, first scheduled is first served.
So a receipt that arrives exactly when a wait ends still counts.

`step` takes exactly one event off the agenda and returns every line of the log it led to. A driver
only decides how fast to call it; two drivers cannot disagree, because neither of them decides
anything.

Truth is written here and nowhere else, and the engine never reads it: it gets answers and receipts,
and commands come back. All facts of one turn are logged before its commands are carried out.
"""

from collections.abc import Callable
from functools import lru_cache
from heapq import heappop, heappush
from itertools import count
from typing import Any, Final

from sandbox.cascade.cascade import NEVER
from sandbox.cascade.engine import Engine
from sandbox.cascade.events import Event, ReceiptReceived, Requested, SubmitAnswered, WokeUp
from sandbox.cascade.message import segments
from sandbox.cascade.outputs import NOTHING, Detail, Fact, Submit, words
from sandbox.cascade.vocabulary import STATUS_WORDS, Status
from sandbox.errors import MisuseError
from sandbox.journal import entry
from sandbox.simulation import chance
from sandbox.simulation.load import Arrival, arrivals
from sandbox.simulation.phones import phone
from sandbox.simulation.population import People, Person
from sandbox.simulation.provider import (
    ACCEPTED,
    ANSWERS,
    FATES,
    TIMEOUT_ACCEPTED,
    TIMEOUT_NOT_ACCEPTED,
    Flight,
    Journey,
    SimulatedProvider,
)
from sandbox.simulation.spec import Change, ChargedOn, Fault, Single, WorldSpec

_CLASS_BITS: Final = 56
_FAULT_EDGE: Final = 1 << _CLASS_BITS
_ARRIVAL: Final = 2 << _CLASS_BITS
_ANSWER: Final = 3 << _CLASS_BITS
_TRUTH: Final = 4 << _CLASS_BITS
_RECEIPT: Final = 5 << _CLASS_BITS

_new: Final = tuple.__new__
"""What a named tuple's own constructor calls, without the detour through its keywords."""
_WOKE_UP: Final = WokeUp()
_ACCEPTED_ANSWER: Final = Status.ACCEPTED


class World:
    """One run, turned by a driver."""

    def __init__(self, spec: WorldSpec) -> None:
        """Set the world up at instant 0; nothing has happened yet."""
        self.spec = spec
        self.now = 0
        """The instant of the last event, in microseconds since the run began."""
        self.message_names: dict[int, str] = {}
        """The names of named messages that have arrived."""
        self.message_count = 0
        self._number: Callable[[], int] = count(1).__next__
        self._order: Callable[[], int] = count(1).__next__
        self._engine = Engine(spec.plans, self._number)
        self._receive = self._engine.receive
        self._people = People(spec.seed, spec.population)
        self._providers = {p.name: SimulatedProvider(p, spec.seed) for p in spec.providers}
        self._segments = [segments(plan.text).parts for plan in spec.plans]
        self._journeys: dict[int, Journey] = {}
        self._agenda: list[tuple[int, int, Callable[[Any], None], Any]] = []
        self._out: list[Fact] = []
        for fault in spec.faults:
            self._schedule(fault.at_us, _FAULT_EDGE, self._on_fault_began, fault)
        self._arrivals = arrivals(spec.seed, spec.load)
        self._await_arrival()

    # The hand --------------------------------------------------------------------------------

    def peek(self) -> int | None:
        """The instant of the next event; None when all is quiet."""
        agenda_at = self._agenda[0][0] if self._agenda else NEVER
        agenda_at = min(agenda_at, self._engine.wake_at)
        return None if agenda_at == NEVER else agenda_at

    def step(self) -> list[Fact]:
        """Let the next event happen.

        Returns:
            Every line of the log it led to, in order; at least one.

        Raises:
            MisuseError: nothing is left to happen.
        """
        at = self.peek()
        if at is None:
            raise MisuseError("nothing is left to happen")
        return self.advance(at, 1)  # every event is logged: one line or more is one event

    def advance(self, until_us: int, facts_max: int) -> list[Fact]:
        """Let events happen up to and including an instant, or until enough was logged.

        Returns:
            The lines of the log, in order. Fewer than `facts_max` of them mean that nothing more
            happens until then.
        """
        agenda, engine, out = self._agenda, self._engine, self._out
        wakes = engine.wakes
        while len(out) < facts_max:
            at = agenda[0][0] if agenda else NEVER
            if wakes and wakes[0][0] < at:
                wake_at = engine.wake_at
                if wake_at < at:
                    if wake_at > until_us:
                        break
                    self._wake(wake_at)
                    continue
            if at > until_us or at == NEVER:
                break
            self.now, _, handler, what = heappop(agenda)
            handler(what)
        self._out = []
        return out

    def change(
        self, provider: str, path: str, change: Change | None, at_us: int | None = None
    ) -> list[Fact]:
        """Change a provider's setting by hand, before anything else happens.

        Args:
            provider: Its name.
            path: The setting, one of `PATHS`.
            change: The new value; None hands the setting back to the scenario.
            at_us: The instant of the change; not before the last event nor after the next one.

        Raises:
            MisuseError: no such provider, or an instant out of order.
        """
        if provider not in self._providers:
            raise MisuseError(f"no provider {provider!r}")
        at = self.now if at_us is None else at_us
        upcoming = self.peek()
        if at < self.now or (upcoming is not None and at > upcoming):
            raise MisuseError(f"a change at {at} is out of order")
        self.now = at
        self._providers[provider].live.change(path, change)
        value = "as in the scenario" if change is None else change.text
        detail = words(provider=provider, path=path, value=value)
        return [(self._number(), at, None, None, None, entry.KNOB_CHANGED, 0, detail)]

    # What can be asked -----------------------------------------------------------------------

    @property
    def fired(self) -> dict[str, int]:
        """Fault id -> how many times a setting it had changed was read."""
        fired = dict.fromkeys((fault.id for fault in self.spec.faults), 0)
        for provider in self._providers.values():
            for fault_id, times in provider.live.fired.items():
                fired[fault_id] += times
        return fired

    def open_messages(self) -> list[int]:
        """The messages without an outcome, in order of arrival."""
        return self._engine.open_messages()

    def person_of(self, message: int) -> Person:
        """Who the message is for; also after everything about it has been forgotten."""
        journey = self._journeys.get(message)
        if journey is not None:
            return journey.person
        to = self._named_recipient(message)
        return self._people.named(to) if to else self._people.person(self._people.pick(message))

    def phone_of(self, message: int) -> str:
        """The recipient's phone number in E.164; for display, never part of the log."""
        person = self.person_of(message)
        for named in self.spec.population.people:
            if named.name == person.name and named.phone:
                return named.phone
        return phone(person.country, self.spec.seed, person.index)

    def traits_of(self, message: int) -> tuple[str, ...]:
        """The traits of the message's recipient: truth, not knowledge."""
        return self.person_of(message).traits

    def _named_recipient(self, message: int) -> str:
        name = self.message_names.get(message)
        for item in self.spec.load:
            if isinstance(item, Single) and item.name == name:
                return item.to
        return ""

    # The agenda ------------------------------------------------------------------------------

    def _schedule(self, at: int, rank: int, handler: Callable[[Any], None], what: object) -> None:
        heappush(self._agenda, (at, rank + self._order(), handler, what))

    def _schedule_for(
        self, flight: Flight, at: int, rank: int, handler: Callable[[Flight], None]
    ) -> None:
        flight.journey.pending += 1
        heappush(self._agenda, (at, rank + self._order(), handler, flight))

    def _wake(self, at: int) -> None:
        self.now = at
        message = self._engine.wakes[0][2]
        self._tell(_WOKE_UP)
        self._forget_if_over(message)

    def _log(self, flight: Flight, kind: str, cause: int, detail: Detail = NOTHING) -> int:
        """Write one line of truth about an attempt."""
        seq = self._number()
        where = (flight.message, flight.level, flight.attempt)
        self._out.append((seq, self.now, *where, kind, cause, detail))
        return seq

    def _tell(self, event: Event) -> int:
        """Give the engine an event, log what it says, then do what it asks for.

        Returns:
            The number of the first line; 0 when there was nothing to say.
        """
        said = self._receive(event, self.now)
        first = said[0][0]
        submit = said[-1]
        if type(submit) is Submit:
            said.pop()
            self._out += said  # type: ignore[arg-type]  # a command comes last: these are facts
            self._carry_out(submit)
        else:
            self._out += said  # type: ignore[arg-type]  # as above
        return first

    def _forget_if_over(self, message: int) -> None:
        """Let go of a message about which nothing more can be heard."""
        if not self._journeys[message].pending and self._engine.forget(message):
            del self._journeys[message]

    # What happens ----------------------------------------------------------------------------

    def _on_fault_began(self, fault: Fault) -> None:
        self._providers[fault.provider].live.begin(fault)
        self._log_edge(entry.FAULT_BEGAN, fault)
        self._schedule(fault.at_us + fault.for_us, _FAULT_EDGE, self._on_fault_ended, fault)

    def _on_fault_ended(self, fault: Fault) -> None:
        self._providers[fault.provider].live.end(fault)
        self._log_edge(entry.FAULT_ENDED, fault)

    def _log_edge(self, kind: str, fault: Fault) -> None:
        detail = words(fault=fault.id, provider=fault.provider)
        self._out.append((self._number(), self.now, None, None, None, kind, 0, detail))

    def _await_arrival(self) -> None:
        arrival = next(self._arrivals, None)
        if arrival is not None:
            self._schedule(arrival.at_us, _ARRIVAL, self._on_arrival, arrival)

    def _on_arrival(self, arrival: Arrival) -> None:
        self.message_count += 1
        message = self.message_count
        people = self._people
        if arrival.name:
            self.message_names[message] = arrival.name
        person = people.named(arrival.to) if arrival.to else people.person(people.pick(message))
        self._journeys[message] = journey = Journey(arrival.plan, person)
        told = (message, arrival.plan, person.country, person.ineligible, 0)
        self._tell(_new(Requested, told))
        self._await_arrival()
        if not journey.pending:
            self._forget_if_over(message)

    def _carry_out(self, submit: Submit) -> None:
        """Hand a message to its provider."""
        message = submit.message
        journey = self._journeys[message]
        provider = self._providers[submit.provider]
        nth = journey.count_submission(submit.provider)
        flight = Flight(provider, journey, self._segments[journey.plan], submit, nth)
        latency_us = provider.take(flight, self.now)
        outcome = flight.outcome
        if (
            provider.charged_on is ChargedOn.SUBMITTED
            and outcome != TIMEOUT_NOT_ACCEPTED
            and not flight.is_repeated
        ):
            self._bill(flight, provider.charge(flight, self.now), submit.cause)
        if latency_us > submit.timeout_us and outcome != TIMEOUT_ACCEPTED:
            outcome = TIMEOUT_ACCEPTED if outcome == ACCEPTED else TIMEOUT_NOT_ACCEPTED
            flight.outcome = outcome
        if outcome != TIMEOUT_NOT_ACCEPTED:
            self._schedule_for(flight, self.now + latency_us, _ANSWER, self._on_answer)

    def _on_answer(self, flight: Flight) -> None:
        """The provider has made up its mind; the engine hears of it unless the line is cut."""
        journey = flight.journey
        journey.pending -= 1
        message, outcome = flight.message, flight.outcome
        where = (message, flight.level, flight.attempt)
        if outcome == ACCEPTED:
            charge = self._charge_for_acceptance(flight)
            owed = flight.billed_nano + charge
            told = (*where, _ACCEPTED_ANSWER, None, owed, 0, flight.cause)
            flight.cause = self._tell(_new(SubmitAnswered, told))
            self._accept(flight, charge)
        elif outcome == TIMEOUT_ACCEPTED:
            flight.cause = self._log(flight, entry.ACCEPTED_AT_PROVIDER, flight.cause)
            self._accept(flight, self._charge_for_acceptance(flight))
        else:
            luck = flight.draw_more(chance.RETRY_JITTER)
            status, owed = ANSWERS[outcome], flight.billed_nano
            self._tell(SubmitAnswered(*where, status, flight.reason, owed, luck, flight.cause))
        if not journey.pending:
            self._forget_if_over(message)

    def _charge_for_acceptance(self, flight: Flight) -> int:
        provider = flight.provider
        if provider.charged_on is not ChargedOn.ACCEPTED or flight.is_repeated:
            return 0
        return provider.charge(flight, self.now)

    def _accept(self, flight: Flight, charge: int) -> None:
        """The provider has taken the message: bill it, and plan what becomes of it.

        A second submission under a key already taken is the same message to the provider: it is
        accepted once more, and nothing else happens (S21).
        """
        if flight.is_repeated:
            return
        flight.journey.taken_keys += (flight.key,)
        self._bill(flight, charge, flight.cause)
        provider = flight.provider
        if provider.reports_sent:
            self._send_receipt(flight, Status.SENT, flight.cause)
        flight.outcome, at = provider.fate(flight, self.now)
        self._schedule_for(flight, at, _TRUTH, self._on_fate)

    def _on_fate(self, flight: Flight) -> None:
        """The message reaches the handset, or the provider knows that it will not."""
        flight.journey.pending -= 1
        provider, word = flight.provider, flight.outcome
        if word == "delivered":
            seq = self._log(flight, entry.REACHED_HANDSET, flight.cause)
        elif word == "expired":
            seq = self._log(flight, entry.EXPIRED_AT_PROVIDER, flight.cause)
        else:
            seq = self._log(flight, entry.FAILED_AT_PROVIDER, flight.cause, failed_detail(flight))
        status = FATES.get(word)
        if status is Status.DELIVERED:
            if provider.charged_on is ChargedOn.DELIVERED:
                self._bill(flight, provider.charge(flight, self.now), seq)
            if provider.reports_delivered:
                self._send_receipt(flight, Status.DELIVERED, seq)
            if word == "delivered":
                after_us = provider.read_after(flight, self.now)
                if after_us is not None:
                    flight.cause = seq
                    self._schedule_for(flight, self.now + after_us, _TRUTH, self._on_read)
        elif status is not None:
            if status in provider.spec.refunded_on:
                self._refund(flight, seq)
            if provider.spec.reports:
                self._send_receipt(flight, status, seq)
        if not flight.journey.pending:
            self._forget_if_over(flight.message)

    def _on_read(self, flight: Flight) -> None:
        """The person reads it."""
        flight.journey.pending -= 1
        seq = self._log(flight, entry.READ_BY_PERSON, flight.cause)
        if flight.provider.charged_on is ChargedOn.READ:
            self._bill(flight, flight.provider.charge(flight, self.now), seq)
        if flight.provider.reports_read:
            self._send_receipt(flight, Status.READ, seq)
        if not flight.journey.pending:
            self._forget_if_over(flight.message)

    def _bill(self, flight: Flight, amount: int, cause: int) -> None:
        if amount:
            flight.billed_nano += amount
            self._log(flight, entry.BILLED, cause, billed_detail(amount))

    def _refund(self, flight: Flight, cause: int) -> None:
        if flight.billed_nano:
            self._log(flight, entry.BILLED, cause, billed_detail(-flight.billed_nano))
            flight.billed_nano = 0

    def _send_receipt(self, flight: Flight, status: Status, cause: int) -> None:
        """Put a receipt on its way, or lose it."""
        after_us = flight.provider.receipt_delay(flight, status, self.now)
        if after_us is None:
            self._log(flight, entry.RECEIPT_LOST, cause, words(status=STATUS_WORDS[status]))
            return
        reason = None if status > 0 else flight.reason
        where = (flight.message, flight.level, flight.attempt)
        receipt = _new(ReceiptReceived, (*where, status, reason, flight.billed_nano, cause))
        flight.journey.pending += 1
        at = self.now + after_us
        heappush(self._agenda, (at, _RECEIPT + self._order(), self._on_receipt, receipt))

    def _on_receipt(self, receipt: ReceiptReceived) -> None:
        journey = self._journeys[receipt.message]
        journey.pending -= 1
        self._tell(receipt)
        if not journey.pending:
            self._forget_if_over(receipt.message)


@lru_cache(maxsize=4096)
def billed_detail(amount_nano: int) -> Detail:
    """The detail of a line of the bill."""
    return Detail({"amount_nano": amount_nano})


def failed_detail(flight: Flight) -> Detail:
    """The detail of the provider's own failure: what it was, and why."""
    reason = flight.reason
    told = {} if reason is None else {"code": reason.code, "text": reason.text}
    return words(status=flight.outcome, **told)
