"""Counts what goes wrong where it is decided: a simulated provider that keeps a tally.

It decides nothing; every method asks the real one and looks at what it says. So a feature that is
on in a run but never strikes is not counted.
"""

from collections import Counter
from typing import Final

from sandbox.cascade.outputs import Submit
from sandbox.cascade.vocabulary import Status
from sandbox.simulation import chance
from sandbox.simulation.chance import Slots
from sandbox.simulation.flight import Flight, Sending
from sandbox.simulation.provider import SimulatedProvider
from sandbox.simulation.spec import (
    DELIVERY_OUTCOMES,
    PATHS,
    SUBMIT_OUTCOMES,
    Forced,
    OverAnswer,
    OverDrop,
    OverQueue,
    ProviderSpec,
    ScriptEntry,
    Settings,
    WorldSpec,
)
from sandbox.simulation.world import World
from tests.trust.drawing import HEALED_US

_OVER: Final = {OverAnswer: "turned away", OverDrop: "dropped", OverQueue: "queued"}
_LIMITS: Final = ("rate", "quota")

KINDS: Final = frozenset(
    {
        *(f"submit {word}" for word in SUBMIT_OUTCOMES if word != "accepted"),
        *(f"delivery {word}" for word in (*DELIVERY_OUTCOMES, "expired") if word != "delivered"),
        *(f"fault of {path}" for path in PATHS),
        *(f"over the {limit}, {how}" for limit in _LIMITS for how in _OVER.values()),
        "receipt lost", "receipt late", "receipt duplicated", "receipt reordered",
        "receipt contradictory", "receipt of unknown id", "receipt batched", "receipt of a segment",
        "receipt before reply", "receipt without our reference",
        "answer too late", "forced answer", "forced fate", "phone off", "known ineligible",
        "scripted", "magic", "changed by hand", "circuit open", "passed over",
        "act verified", "act cancel", "act next", "act resend", "act in vain",
        "code mistyped", "the code has expired", "trigger not_verified",
        "held for quiet hours", "skipped, quiet hours", "skipped, known from before",
        "recall recalled", "recall too_late", "recall unsupported", "levels side by side",
    }
)  # fmt: skip
"""Every kind of fault there is; a swarm that never meets one says nothing about it."""


class Tallied(SimulatedProvider):
    """A provider whose strikes are counted."""

    def __init__(self, spec: ProviderSpec, seed: int, tally: Counter[str]) -> None:
        super().__init__(spec, seed)
        self.tally = tally
        self.latency_us = 0
        """Of the latest submission."""

    def take(self, flight: Flight, now: int) -> int:
        self.latency_us = latency_us = super().take(flight, now)
        if flight.outcome != "accepted":
            self.tally[f"submit {flight.outcome}"] += 1
        return latency_us

    def fate(self, flight: Flight, now: int) -> tuple[str, int]:
        word, at = super().fate(flight, now)
        if word != "delivered":
            self.tally[f"delivery {word}"] += 1
        return word, at

    def _is_over(self, flight: Flight, settings: Settings, now: int) -> bool:
        waits = (self._rate.wait_us(settings, now), self._quota.wait_us(settings, now))
        turned_away = super()._is_over(flight, settings, now)
        overs = (self.spec.over, self.spec.quota_over)
        for wait_us, over, limit in zip(waits, overs, _LIMITS, strict=True):
            if wait_us:
                self.tally[f"over the {limit}, {_OVER[type(over)]}"] += 1
                if not isinstance(over, OverQueue):
                    break  # the second limit is not looked at
        return turned_away

    def _forced(self, flight: Flight, *, in_submit: bool) -> Forced | None:
        forced = super()._forced(flight, in_submit=in_submit)
        if forced is not None:
            self.tally["forced answer" if in_submit else "forced fate"] += 1
        return forced

    def _once_reachable(
        self, flight: Flight, settings: Settings, now: int, at: int
    ) -> tuple[str, int]:
        word, reached_at = super()._once_reachable(flight, settings, now, at)
        self.tally["phone off"] += (word, reached_at) != ("delivered", at)
        return word, reached_at

    def holds_reply(self, flight: Flight, now: int) -> bool:
        holds = super().holds_reply(flight, now)
        self.tally["receipt before reply"] += holds
        return holds

    def receipt_delay(self, flight: Flight, status: Status, now: int) -> int | None:
        after_us = super().receipt_delay(flight, status, now)
        luck = flight.luck
        match status:
            case Status.READ:
                drawn = flight.more()[chance.READ_DELAY]
            case Status.SENT:
                drawn = luck[chance.SENT_DELAY]
            case _:
                drawn = luck[chance.FINAL_DELAY]
        self._note_delay(after_us, drawn, now)
        return after_us

    def _segment_delay(self, block: Slots, now: int) -> int | None:
        after_us = super()._segment_delay(block, now)
        self._note_delay(after_us, block[chance.SEGMENT_DELAY], now)
        return after_us

    def _note_delay(self, after_us: int | None, drawn: int, now: int) -> None:
        if after_us is None:
            self.tally["receipt lost"] += 1
        elif after_us > self.live.at(now).receipt_delay.draw(drawn):
            self.tally["receipt late"] += 1

    def sending(self, flight: Flight, status: Status, segment: int, now: int) -> Sending | None:
        sending = super().sending(flight, status, segment, now)
        self.tally["receipt of a segment"] += bool(segment)
        if sending is not None:
            tally = self.tally
            tally["receipt duplicated"] += bool(sending.copies)
            tally["receipt reordered"] += bool(sending.held_us)
            tally["receipt contradictory"] += sending.contradicted_us is not None
            tally["receipt of unknown id"] += sending.is_unmatched
            tally["receipt batched"] += self.live.at(now).receipt_batch_every_us is not None
        return sending


class TalliedWorld(World):
    """A world whose providers count their strikes."""

    def __init__(self, spec: WorldSpec) -> None:
        super().__init__(spec)
        self.tally: Counter[str] = Counter()
        self._tallied = {p.name: Tallied(p, spec.seed, self.tally) for p in spec.providers}
        self._providers.update(self._tallied)

    def _carry_out(self, submit: Submit) -> None:
        provider, told = self._tallied[submit.provider], self.tally["scripted or magic"]
        super()._carry_out(submit)
        if provider.latency_us > submit.timeout_us and self.tally["scripted or magic"] == told:
            self.tally["answer too late"] += 1

    def _script(self, flight: Flight) -> ScriptEntry | None:
        entry = super()._script(flight)
        self.tally["scripted or magic"] += entry is not None
        return entry

    def strikes(self) -> Counter[str]:
        """What went wrong in the run, by kind; call it once, at the end."""
        tally = self.tally
        scripts = {script.id for script in self.spec.scripts}
        paths = {fault.id: fault.changes[0].path for fault in self.spec.faults}
        for what, times in self.fired.items():
            tally["scripted" if what in scripts else f"fault of {paths[what]}"] += times
        tally["changed by hand"] += sum(hand.at_us < HEALED_US for hand in self.spec.by_hand)
        tally["magic"] += sum(name.startswith("magic") for name in self.message_names.values())
        return tally
