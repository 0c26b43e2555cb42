"""The laws of circuits: open exactly when due, one probe at a time, closed by a probe alone (S22).

A circuit is shared by all messages, and changes with a line that is about one of them: a
submission, an answer, a receipt. So this watch stands before the others, looks at every such line
first, and asks for the line that must say the change right after it. A run without breakers has no
such watch, and does not pay for it.

That a provider is passed over where it must be, and nowhere else, is a decision like others: see
`message_rules`.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Detail
from sandbox.report.attempts import Handler
from sandbox.report.circuit_rules import OPEN, Circuits
from sandbox.report.watch import Watch

_ANSWERS: Final = (outputs.ACCEPTED, outputs.REFUSED, outputs.THROTTLED, outputs.UNKNOWN)
_RECEIPTS: Final = (outputs.RECEIPT, outputs.LATE_RECEIPT)
_BAD: Final = ("failed", "rejected", "expired")
_LAW: Final = "circuits-kept"


class _Said(NamedTuple):
    """A change of a circuit, as its line must say it."""

    at: int
    message: int
    level: int
    attempt: int
    cause: int
    provider: str
    state: str
    until_us: int

    def __str__(self) -> str:
        where = f"m{self.message}.{self.level}.{self.attempt}"
        until = f" until {self.until_us} us" if self.until_us else ""
        return f"circuit of {self.provider} {self.state}{until} by {where} at {self.at} us"


class CircuitLaws:
    """Watches the circuits of the providers that have one."""

    def __init__(self, watch: Watch, circuits: Circuits) -> None:
        self._watch = watch
        self._circuits = circuits
        self._report = watch.report
        self._due: _Said | None = None
        self._awaited: dict[tuple[int, int], str] = {}
        """Submissions without an answer, of providers that have a circuit."""

    def before(self, handlers: Mapping[str, Handler]) -> dict[str, Handler]:
        """Handlers that look at a line as this watch does, and then as another does."""
        guarded = {kind: self._guarded(kind, handler) for kind, handler in handlers.items()}
        return {**guarded, outputs.CIRCUIT: self._on_circuit}

    def finish(self, seq: int) -> None:
        """Judge what is missing at the end."""
        self._look(seq)

    def _guarded(self, kind: str, handler: Handler) -> Handler:
        def look_first(
            seq: int, at: int, message: int, level: int, attempt: int, cause: int, detail: Detail
        ) -> None:
            if self._due is not None:
                self._look(seq)
            if kind == outputs.SUBMITTED:
                self._submitted(seq, at, message, level, attempt, detail)
            elif kind in _ANSWERS:
                provider = self._awaited.pop((message, level << 4 | attempt), "")
                if provider:
                    self._hear(seq, at, message, level, attempt, provider, kind, detail)
            elif kind in _RECEIPTS and detail.text("status") in _BAD:
                row = self._watch.row(message, level << 4 | attempt)
                provider = self._watch.provider_names[self._watch.attempts.provider[row]]
                if row and provider in self._circuits:
                    kind_of_news = outputs.RECEIPT
                    self._hear(seq, at, message, level, attempt, provider, kind_of_news, detail)
            handler(seq, at, message, level, attempt, cause, detail)

        return look_first

    def _submitted(
        self, seq: int, at: int, message: int, level: int, attempt: int, detail: Detail
    ) -> None:
        provider = detail.text("provider")
        circuit = self._circuits.get(provider)
        if circuit is None:
            return
        if circuit.blocks(at):
            self._report(_LAW, seq, f"submitted to {provider}, whose circuit is open")
        place = message, level << 4 | attempt
        self._awaited[place] = provider
        state = circuit.submit(place)
        if state:
            self._due = _Said(at, message, level, attempt, seq, provider, state, 0)

    def _hear(
        self,
        seq: int,
        at: int,
        message: int,
        level: int,
        attempt: int,
        provider: str,
        kind: str,
        detail: Detail,
    ) -> None:
        circuit = self._circuits[provider]
        place = message, level << 4 | attempt
        state = circuit.hear(place, kind, detail.text("class"), at)
        if state:
            until_us = circuit.open_until or 0 if state == OPEN else 0
            self._due = _Said(at, message, level, attempt, seq, provider, state, until_us)

    def _on_circuit(
        self, seq: int, at: int, message: int, level: int, attempt: int, cause: int, detail: Detail
    ) -> None:
        told = detail.text("provider"), detail.text("state"), detail.number("until_us")
        said, due = _Said(at, message, level, attempt, cause, *told), self._due
        self._due = None
        if due is None:
            self._report(_LAW, seq, f"{said}, for no reason")
        elif said != due:
            self._report(_LAW, seq, f"{said}, because of line {cause}, instead of {due}")

    def _look(self, seq: int) -> None:
        if self._due is not None:
            self._report(_LAW, seq, f"missing: {self._due}")
            self._due = None
