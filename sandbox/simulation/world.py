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

from sandbox.cascade.cascade import NEVER
from sandbox.cascade.events import Requested, SubmitAnswered, WokeUp
from sandbox.cascade.message import segments
from sandbox.cascade.outputs import Detail, Fact, Submit, words
from sandbox.cascade.vocabulary import Status
from sandbox.errors import MisuseError
from sandbox.journal import entry
from sandbox.simulation import chance
from sandbox.simulation.flight import ACCEPTED, Flight, Journey
from sandbox.simulation.load import Arrival, arrivals
from sandbox.simulation.magic import magic_entry
from sandbox.simulation.phones import phone
from sandbox.simulation.population import People, Person
from sandbox.simulation.post import Post
from sandbox.simulation.provider import (
    ANSWERS,
    FATES,
    TIMEOUT_ACCEPTED,
    TIMEOUT_NOT_ACCEPTED,
    SimulatedProvider,
)
from sandbox.simulation.spec import (
    Change,
    ChargedOn,
    Fault,
    HandChange,
    Script,
    ScriptEntry,
    WorldSpec,
)
from sandbox.simulation.stage import ANSWER, ARRIVAL, BY_HAND, FAULT_EDGE, TRUTH, new

_ALL: Final = 1 << 62
"""More lines than any run has."""
_WOKE_UP: Final = WokeUp()
_ACCEPTED_ANSWER: Final = Status.ACCEPTED


class World(Post):
    """One run, turned by a driver."""

    def __init__(self, spec: WorldSpec) -> None:
        """Set the world up at instant 0; nothing has happened yet."""
        super().__init__(spec)
        self.message_names: dict[int, str] = {}
        """The names of named messages that have arrived."""
        self._recipients: dict[int, str] = {}
        """The people that messages were addressed to by name."""
        self.message_count = 0
        self._is_fresh = True
        """Nothing has happened at this instant but edges of faults and changes by hand."""
        self._people = People(spec.seed, spec.population)
        self._providers = {p.name: SimulatedProvider(p, spec.seed) for p in spec.providers}
        self._segments = [
            [segments(plan.text_of(level)).parts for level in range(len(plan.levels))]
            for plan in spec.plans
        ]
        self._scripts: dict[str, dict[int, Script]] = {}
        for script in spec.scripts:
            self._scripts.setdefault(script.message, {})[script.level] = script
        self._script_uses = dict.fromkeys((script.id for script in spec.scripts), 0)
        self._named = {named.name: named for named in spec.population.people}
        for fault in spec.faults:
            self._schedule(fault.at_us, FAULT_EDGE, self._on_fault_began, fault)
        for hand in spec.by_hand:
            self._schedule(hand.at_us, BY_HAND, self._on_changed_by_hand, hand)
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
        if out:
            self._is_fresh = False
        return out

    def change(
        self, provider: str, path: str, change: Change | None, at_us: int | None = None
    ) -> list[Fact]:
        """Change a provider's setting by hand.

        A change takes place between two instants: after all that happens before it, and at its own
        instant right after the edges of faults. So a change that comes while an instant is half
        over waits for its end, and is made one microsecond later. A scenario with the same change
        in its `by_hand` has the same log.

        Args:
            provider: Its name.
            path: The setting, one of `PATHS`.
            change: The new value; None hands the setting back to the scenario.
            at_us: The instant of the change; not before the last event.

        Returns:
            What had to happen before, and last the line of the change, at its instant.

        Raises:
            MisuseError: no such provider, or an instant in the past.
        """
        if provider not in self._providers:
            raise MisuseError(f"no provider {provider!r}")
        at = self.now if at_us is None else at_us
        if at < self.now:
            raise MisuseError(f"a change at {at} is out of order")
        facts: list[Fact] = []
        if at == self.now and not self._is_fresh:
            at += 1
        facts += self.advance(at - 1, _ALL)
        while self._agenda and self._agenda[0][:2] < (at, ARRIVAL):  # edges, and those by_hand
            facts += self.advance(at, 1)
        self.now = at
        self._is_fresh = True
        self._on_changed_by_hand(HandChange(at_us=at, provider=provider, path=path, change=change))
        self._out, said = [], self._out
        return facts + said

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
        for named in self.spec.population.people:
            if named.name == person.name and named.phone:
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

    def _on_changed_by_hand(self, hand: HandChange) -> None:
        change = hand.change
        self._providers[hand.provider].live.change(hand.path, change)
        value = "as in the scenario" if change is None else change.text
        detail = words(provider=hand.provider, path=hand.path, value=value)
        number, kind = self._number(), entry.KNOB_CHANGED
        self._out.append((number, self.now, None, None, None, kind, 0, detail))

    def _log_edge(self, kind: str, fault: Fault) -> None:
        detail = words(fault=fault.id, provider=fault.provider)
        self._out.append((self._number(), self.now, None, None, None, kind, 0, detail))

    def _await_arrival(self) -> None:
        arrival = next(self._arrivals, None)
        if arrival is not None:
            self._schedule(arrival.at_us, ARRIVAL, self._on_arrival, arrival)

    def _on_arrival(self, arrival: Arrival) -> None:
        self.message_count += 1
        message = self.message_count
        people = self._people
        if arrival.name:
            self.message_names[message] = arrival.name
        if arrival.to:
            self._recipients[message] = arrival.to
        person = people.named(arrival.to) if arrival.to else people.person(people.pick(message))
        self._journeys[message] = journey = Journey(arrival.plan, person)
        if arrival.name in self._scripts:
            journey.scripts = self._scripts[arrival.name]
        told = (message, arrival.plan, person.country, person.ineligible, 0)
        self._tell(new(Requested, told))
        self._await_arrival()
        if not journey.pending:
            self._forget_if_over(message)

    def _carry_out(self, submit: Submit) -> None:
        """Hand a message to its provider."""
        message = submit.message
        journey = self._journeys[message]
        provider = self._providers[submit.provider]
        nth = journey.count_submission(submit.provider)
        parts = self._segments[journey.plan][submit.level]
        flight = Flight(provider, journey, parts, submit, nth)
        if journey.scripts or journey.person.name:
            flight.script = self._script(flight)
            flight.is_odd = flight.script is not None and flight.script.receipt is not None
        latency_us = provider.take(flight, self.now)
        if flight.script is not None:
            latency_us = min(latency_us, submit.timeout_us)  # a script says what is heard, exactly
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
            flight.give_up_at = self.now + submit.timeout_us
            self._schedule_for(flight, self.now + latency_us, ANSWER, self._on_answer)

    def _script(self, flight: Flight) -> ScriptEntry | None:
        """What becomes of an attempt whatever its luck: by its message's script, or by magic."""
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
        message, outcome = flight.message, flight.outcome
        where = (message, flight.level, flight.attempt)
        if outcome == ACCEPTED:
            plain = flight.provider.live.plain
            if (plain is None or plain.has_odd_receipts) and self._holds_reply(flight):
                return
            charge = self._charge_for_acceptance(flight)
            owed = flight.billed_nano + charge
            told = (*where, _ACCEPTED_ANSWER, None, owed, 0, flight.cause, 0)
            if not flight.provider.echoes_reference:
                journey.heard_keys += (flight.key,)
            flight.cause = self._tell(new(SubmitAnswered, told))
            self._accept(flight, charge)
        elif outcome == TIMEOUT_ACCEPTED:
            flight.cause = self._log(flight, entry.ACCEPTED_AT_PROVIDER, flight.cause)
            self._accept(flight, self._charge_for_acceptance(flight))
        else:
            luck = flight.draw_more(chance.RETRY_JITTER)
            status, owed = ANSWERS[outcome], flight.billed_nano
            why, cause, stay_away_us = flight.reason, flight.cause, flight.retry_after_us
            self._tell(SubmitAnswered(*where, status, why, owed, luck, cause, stay_away_us))
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
        self._schedule_for(flight, at, TRUTH, self._on_fate)

    def _on_fate(self, flight: Flight) -> None:
        """The message reaches the handset, or the provider knows that it will not."""
        flight.journey.pending -= 1
        provider, word = flight.provider, flight.outcome
        seq = self._log_fate(flight, word)
        status = FATES.get(word)
        if status is not None and provider.spec.receipts_per_segment and flight.segments > 1:
            self._tell_segments(flight, status, seq)
        elif status is Status.DELIVERED:
            if provider.charged_on is ChargedOn.DELIVERED:
                self._bill(flight, provider.charge(flight, self.now), seq)
            if provider.reports_delivered:
                self._send_receipt(flight, Status.DELIVERED, seq)
            if word == "delivered":
                self._plan_reading(flight, seq)
        elif status is not None:
            if status in provider.spec.refunded_on:
                self._refund(flight, seq)
            if provider.spec.reports:
                self._send_receipt(flight, status, seq)
        if not flight.journey.pending:
            self._forget_if_over(flight.message)

    def _log_fate(self, flight: Flight, word: str) -> int:
        if word == "delivered":
            return self._log(flight, entry.REACHED_HANDSET, flight.cause)
        if word == "expired":
            return self._log(flight, entry.EXPIRED_AT_PROVIDER, flight.cause)
        if word == "partial":
            detail = partly_detail(flight.segments, len(flight.provider.missing_segments(flight)))
            return self._log(flight, entry.PARTLY_REACHED_HANDSET, flight.cause, detail)
        return self._log(flight, entry.FAILED_AT_PROVIDER, flight.cause, failed_detail(flight))

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

    def _plan_reading(self, flight: Flight, cause: int) -> None:
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
