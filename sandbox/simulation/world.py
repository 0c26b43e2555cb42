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

from functools import lru_cache
from heapq import heappop
from typing import Final

from sandbox.cascade.events import Requested, SubmitAnswered, WokeUp
from sandbox.cascade.outputs import Detail, Fact, Submit, words
from sandbox.cascade.vocabulary import NEVER, Status
from sandbox.errors import MisuseError
from sandbox.journal import entry
from sandbox.simulation import chance
from sandbox.simulation.by_hand import ByHand
from sandbox.simulation.flight import ACCEPTED, Flight, Journey
from sandbox.simulation.load import Arrival, messages_of
from sandbox.simulation.magic import magic_entry
from sandbox.simulation.phones import phone
from sandbox.simulation.population import People, Person
from sandbox.simulation.provider import (
    ANSWERS,
    FATES,
    TIMEOUT_ACCEPTED,
    TIMEOUT_NOT_ACCEPTED,
    SimulatedProvider,
)
from sandbox.simulation.spec import (
    ChargedOn,
    Fault,
    Script,
    ScriptEntry,
    WorldSpec,
)
from sandbox.simulation.stage import (
    ANSWER,
    ARRIVAL,
    BY_HAND,
    FAULT_EDGE,
    TRUTH,
    new,
)

_ALL: Final = 1 << 62
"""More lines than any run has."""
_WOKE_UP: Final = WokeUp()
_ACCEPTED_ANSWER: Final = Status.ACCEPTED
# A member of an enumeration is looked up anew each time it is named by its class.
_SENT: Final = Status.SENT
_DELIVERED: Final = Status.DELIVERED
_ON_SUBMISSION: Final = ChargedOn.SUBMITTED
_ON_ACCEPTANCE: Final = ChargedOn.ACCEPTED
_ON_DELIVERY: Final = ChargedOn.DELIVERED


class World(ByHand):
    """One run, turned by a driver."""

    def __init__(self, spec: WorldSpec) -> None:
        """Set the world up at instant 0; nothing has happened yet."""
        super().__init__(spec)
        self._recipients: dict[int, str] = {}
        """The people that messages were addressed to by name."""
        self.message_count = 0
        self._local_us = dict(spec.population.local_us)
        people = spec.population.people
        self._own_local_us = {p.name: p.local_us for p in people if p.local_us is not None}
        self._people = People(spec.seed, spec.population)
        self._providers = {p.name: SimulatedProvider(p, spec.seed) for p in spec.providers}
        self._scripts: dict[str, dict[int, Script]] = {}
        for script in spec.scripts:
            self._scripts.setdefault(script.message, {})[script.level] = script
        self._script_uses = dict.fromkeys((script.id for script in spec.scripts), 0)
        self._named = {named.name: named for named in spec.population.people}
        for fault in spec.faults:
            self._schedule(fault.at_us, FAULT_EDGE, self._on_fault_began, fault)
        for hand in spec.by_hand:
            self._schedule(hand.at_us, BY_HAND, self._on_changed_by_hand, hand)
        for force in spec.forced:
            self._schedule(force.at_us, BY_HAND, self._on_forced, force)
        for move in spec.moved:
            self._schedule(move.at_us, BY_HAND, self._on_moved, move)
        self._arrivals = messages_of(spec)
        self._when_arrived = self._on_arrival  # bound once, not once a message
        self._await_arrival()

    # The hand --------------------------------------------------------------------------------

    def peek(self) -> int | None:
        """The instant of the next event; None when all is quiet."""
        agenda_at = min(self._agenda.head()[0], self._engine.wake_at)
        return None if agenda_at == NEVER else agenda_at

    def step(self) -> list[Fact]:
        """Let the next event happen.

        What was held back until a moment that came earlier, and so has nothing left to do, is
        passed over.

        Returns:
            Every line of the log it led to, in order; none only where nothing else was left.

        Raises:
            MisuseError: nothing is left to happen.
        """
        at = self.peek()
        if at is None:
            raise MisuseError("nothing is left to happen")
        # What happens is logged, so that a line or more is one event.
        return self.advance(max(at, self.spec.end_us), 1)

    def advance(self, until_us: int, facts_max: int) -> list[Fact]:
        """Let events happen up to and including an instant, or until enough was logged.

        Returns:
            The lines of the log, in order. Fewer than `facts_max` of them mean that nothing more
            happens until then.
        """
        agenda, engine, out = self._agenda, self._engine, self._out
        near = agenda.near
        until_us = min(until_us, NEVER - 1)
        while len(out) < facts_max:
            at = near[0][0] if near or agenda.look_further() else NEVER
            if engine.wakes_from < at:
                wake_at = engine.wake_at
                if wake_at < at:
                    if wake_at > until_us:
                        break
                    self._wake(wake_at)
                    continue
            if at > until_us:
                break
            self.now, _, handler, what = heappop(near)
            handler(what)
        self._out = []
        if out:
            self._is_fresh = False
        return out

    # What can be asked -----------------------------------------------------------------------

    @property
    def fired(self) -> dict[str, int]:
        """Fault id -> how many times a setting it had changed was read."""
        fired = dict.fromkeys((fault.id for fault in self.spec.faults), 0) | self._script_uses
        for provider in self._providers.values():
            for fault_id, times in provider.live.fired.items():
                fired[fault_id] += times
        return fired

    def over_at(self, provider: str) -> int | None:
        """When a submission was over a provider's limits for the last time; None: never."""
        return self._providers[provider].over_at

    def open_messages(self) -> list[int]:
        """The messages without an outcome, in order of arrival."""
        return self._engine.open_messages()

    def person_of(self, message: int) -> Person:
        """Who the message is for; also after everything about it has been forgotten."""
        journey = self._journeys.get(message)
        if journey is not None:
            return journey.person
        to = self._recipients.get(message)
        return self._people.named(to) if to else self._people.person(self._people.pick(message))

    def phone_of(self, message: int) -> str:
        """The recipient's phone number in E.164; for display, never part of the log."""
        person = self.person_of(message)
        named = self._named.get(person.name)
        if named is not None and named.phone:
            return named.phone
        return phone(person.country, self.spec.seed, person.index)

    def traits_of(self, message: int) -> tuple[str, ...]:
        """The traits of the message's recipient: truth, not knowledge."""
        return self.person_of(message).traits

    # The agenda ------------------------------------------------------------------------------

    def _wake(self, at: int) -> None:
        self.now = at
        message = self._engine.wakes[0][2]
        self._tell(_WOKE_UP)
        self._forget_if_over(message)

    # What happens ----------------------------------------------------------------------------

    def _on_fault_began(self, fault: Fault) -> None:
        self._providers[fault.provider].live.begin(fault)
        self._log_edge(entry.FAULT_BEGAN, fault)
        self._schedule(fault.at_us + fault.for_us, FAULT_EDGE, self._on_fault_ended, fault)

    def _on_fault_ended(self, fault: Fault) -> None:
        self._providers[fault.provider].live.end(fault)
        self._log_edge(entry.FAULT_ENDED, fault)

    def _log_edge(self, kind: str, fault: Fault) -> None:
        detail = words(fault=fault.id, provider=fault.provider)
        self._out.append((self._number(), self.now, None, None, None, kind, 0, detail))

    def _await_arrival(self) -> None:
        arrival = next(self._arrivals, None)
        if arrival is not None:
            self._schedule(arrival.at_us, ARRIVAL, self._when_arrived, arrival)

    def _on_arrival(self, arrival: Arrival) -> None:
        self.message_count = message = self.message_count + 1
        _, plan, name, to = arrival
        own = plan
        if name:
            self.message_names[message] = name
            own = self._worded(plan, name)
        if to:
            self._recipients[message] = to
            person = self._people.named(to)
        else:
            person = self._people.anybody(message)
        self._journeys[message] = journey = Journey(own, person)
        if name in self._scripts:
            journey.scripts = self._scripts[name]
        country = person.country
        local_us = self._local_us.get(country, 0)
        if person.name in self._own_local_us:
            local_us = self._own_local_us[person.name]
        told = (message, plan, country, person.ineligible, 0, person.index, local_us)
        self._tell(new(Requested, told))
        if self._is_attended:
            self._plan_acts(message, name)
        self._await_arrival()
        if not journey.pending:
            self._forget_if_over(message)

    def _carry_out(self, submit: Submit) -> None:
        """Hand a message to its provider."""
        message, level, _, _, name, _, timeout_us, cause = submit
        journey = self._journeys[message]
        provider = self._providers[name]
        nth = journey.count_submission(name)
        parts = self._segments[journey.plan][level]
        flight = Flight(provider, journey, parts, submit, nth)
        if self._recalls[journey.plan]:
            journey.flights += (flight,)
        if journey.scripts or journey.person.name:
            flight.script = self._script(flight)
            flight.is_odd = flight.script is not None and flight.script.receipt is not None
        latency_us = provider.take(flight, self.now)
        if flight.script is not None:
            latency_us = min(latency_us, timeout_us)  # a script says what is heard, exactly
        outcome = flight.outcome
        if (
            provider.charged_on is _ON_SUBMISSION
            and outcome != TIMEOUT_NOT_ACCEPTED
            and not flight.is_repeated
        ):
            self._bill(flight, provider.charge(flight, self.now), cause)
        if latency_us > timeout_us and outcome != TIMEOUT_ACCEPTED:
            outcome = TIMEOUT_ACCEPTED if outcome == ACCEPTED else TIMEOUT_NOT_ACCEPTED
            flight.outcome = outcome
        if outcome != TIMEOUT_NOT_ACCEPTED:
            flight.give_up_at = self.now + timeout_us
            journey.pending += 1
            self._schedule(self.now + latency_us, ANSWER, self._when_answered, flight)

    def _script(self, flight: Flight) -> ScriptEntry | None:
        """What becomes of an attempt whatever its luck: by hand, by script, or by magic."""
        forced = self._forced.pop((flight.message, flight.level), None)
        if forced is not None:
            return forced
        script = flight.journey.scripts.get(flight.level)
        if script is not None and flight.attempt <= len(script.entries):
            self._script_uses[script.id] += 1
            return script.entries[flight.attempt - 1]
        named = self._named.get(flight.journey.person.name)
        channel = flight.provider.spec.channel
        return None if named is None else magic_entry(named.address(channel), channel)

    def _on_answer(self, flight: Flight) -> None:
        """The provider has made up its mind; the engine hears of it unless the line is cut."""
        journey = flight.journey
        journey.pending -= 1
        message, level, attempt = flight.message, flight.level, flight.attempt
        outcome = flight.outcome
        if outcome == ACCEPTED:
            provider = flight.provider
            if provider.live.calm is None and self._holds_reply(flight):
                return
            charge = self._charge_for_acceptance(flight)
            owed = flight.billed_nano + charge
            told = (message, level, attempt, _ACCEPTED_ANSWER, None, owed, 0, flight.cause, 0)
            if not provider.echoes_reference:
                journey.heard_keys += (flight.key,)
            said = self._receive(new(SubmitAnswered, told), self.now)
            flight.cause = said[0][0]
            if type(said[-1]) is tuple:
                self._out += said  # type: ignore[arg-type]  # commands come last: these are facts
            else:
                self._heed(said)
            self._accept(flight, charge)
        elif outcome == TIMEOUT_ACCEPTED:
            flight.cause = self._log(flight, entry.ACCEPTED_AT_PROVIDER, flight.cause)
            self._accept(flight, self._charge_for_acceptance(flight))
        else:
            luck = flight.draw_more(chance.RETRY_JITTER)
            status, owed = ANSWERS[outcome], flight.billed_nano
            why, cause, stay_away_us = flight.reason, flight.cause, flight.retry_after_us
            answer = (message, level, attempt, status, why, owed, luck, cause, stay_away_us)
            self._tell(new(SubmitAnswered, answer))
        if not journey.pending:
            self._forget_if_over(message)

    def _charge_for_acceptance(self, flight: Flight) -> int:
        provider = flight.provider
        if provider.charged_on is not _ON_ACCEPTANCE or flight.is_repeated:
            return 0
        return provider.charge(flight, self.now)

    def _accept(self, flight: Flight, charge: int) -> None:
        """The provider has taken the message: bill it, and plan what becomes of it.

        A second submission under a key already taken is the same message to the provider: it is
        accepted once more, and nothing else happens (S21).
        """
        journey, provider = flight.journey, flight.provider
        key, cause = flight.key, flight.cause
        if key in journey.taken_keys:
            return
        journey.taken_keys += (key,)
        flight.is_taken = True
        if charge:
            self._bill(flight, charge, cause)
        if provider.reports_sent:
            self._send_receipt(flight, _SENT, cause)
        flight.outcome, at = provider.fate(flight, self.now)
        journey.pending += 1
        self._schedule(at, TRUTH, self._when_decided, flight)

    def _on_fate(self, flight: Flight) -> None:
        """The message reaches the handset, or the provider knows that it will not."""
        journey = flight.journey
        journey.pending -= 1
        if flight.is_over:  # it was called back meanwhile
            self._settle(flight)
            return
        flight.is_over = True
        provider, word = flight.provider, flight.outcome
        if word == "delivered":
            seq = self._log(flight, entry.REACHED_HANDSET, flight.cause)
        else:
            seq = self._log_failure(flight, word)
        status = FATES.get(word)
        if status is not None and provider.spec.receipts_per_segment and flight.segments > 1:
            self._tell_segments(flight, status, seq)
        elif status is _DELIVERED:
            if provider.charged_on is _ON_DELIVERY:
                self._bill(flight, provider.charge(flight, self.now), seq)
            if provider.reports_delivered:
                self._send_receipt(flight, _DELIVERED, seq)
            if word == "delivered":
                self._plan_reading(flight, seq)
                if self._awaits_code[journey.plan]:
                    self._plan_entry(flight, seq)
        elif status is not None:
            self._tell_failure(flight, status, seq)
        if not journey.pending:
            self._forget_if_over(flight.message)

    def _settle(self, flight: Flight) -> None:
        if not flight.journey.pending:
            self._forget_if_over(flight.message)

    def _log_failure(self, flight: Flight, word: str) -> int:
        if word == "expired":
            return self._log(flight, entry.EXPIRED_AT_PROVIDER, flight.cause)
        if word == "partial":
            detail = partly_detail(flight.segments, len(flight.provider.missing_segments(flight)))
            return self._log(flight, entry.PARTLY_REACHED_HANDSET, flight.cause, detail)
        return self._log(flight, entry.FAILED_AT_PROVIDER, flight.cause, failed_detail(flight))

    def _tell_failure(self, flight: Flight, status: Status, cause: int) -> None:
        if status in flight.provider.spec.refunded_on:
            self._refund(flight, cause)
        if flight.provider.spec.reports:
            self._send_receipt(flight, status, cause)

    def _tell_segments(self, flight: Flight, status: Status, cause: int) -> None:
        """Bill what arrived, and send the receipt of every segment (S30)."""
        provider = flight.provider
        is_partial = flight.outcome == "partial"
        arrives = is_partial or status is Status.DELIVERED
        missing = provider.missing_segments(flight) if is_partial else ()
        if arrives and provider.charged_on is ChargedOn.DELIVERED:
            self._bill(flight, provider.charge(flight, self.now), cause)
        if not arrives and status in provider.spec.refunded_on:
            self._refund(flight, cause)
        for segment in range(1, flight.segments + 1):
            has_arrived = arrives and segment not in missing
            is_told = provider.reports_delivered if has_arrived else bool(provider.spec.reports)
            if is_told:
                says = Status.DELIVERED if has_arrived else status
                self._send_receipt(flight, says, cause, segment)
        if flight.outcome == "delivered":
            self._plan_reading(flight, cause)
            if self._awaits_code[flight.journey.plan]:
                self._plan_entry(flight, cause)

    def _plan_reading(self, flight: Flight, cause: int) -> None:
        settings = flight.provider.live.plain
        if settings is not None and not settings.read_share:
            return
        after_us = flight.provider.read_after(flight, self.now)
        if after_us is not None:
            flight.cause = cause
            self._schedule_for(flight, self.now + after_us, TRUTH, self._on_read)

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


@lru_cache(maxsize=4096)
def billed_detail(amount_nano: int) -> Detail:
    """The detail of a line of the bill."""
    return Detail({"amount_nano": amount_nano})


def failed_detail(flight: Flight) -> Detail:
    """The detail of the provider's own failure: what it was, and why."""
    reason = flight.reason
    told = {} if reason is None else {"code": reason.code, "text": reason.text}
    return words(status=flight.outcome, **told)


def partly_detail(segments: int, missing: int) -> Detail:
    """The detail of a text of which some segments arrived."""
    return Detail({"arrived": segments - missing, "segments": segments})
