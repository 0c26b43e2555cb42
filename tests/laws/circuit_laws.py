"""The laws of circuits, read off the log alone: who may go where, who decides, what must be said.

For each provider with a breaker all that was heard of it since its circuit last closed is kept, and
how the circuit stands is counted from that whenever somebody asks. Slow, and easy to check.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from sandbox.cascade.circuit import Breaker
from sandbox.journal.entry import Entry
from tests.laws.message_laws import LawBrokenError
from tests.support.hand import told

Place = tuple[int | None, int | None, int | None]

ANSWERS: Final = ("accepted", "refused", "throttled", "unknown")
RECEIPTS: Final = ("receipt", "late_receipt")
BLAMELESS: Final = ("permanent-recipient", "caller-error", "stop")


@dataclass
class Heard:
    """What is known of a provider since its circuit was closed last."""

    in_a_row: list[Entry] = field(default_factory=list)
    """Failures, while it is closed."""
    opened: Entry | None = None
    """The line that opened it, for the last time."""
    probe: Place | None = None


class CircuitBook:
    """Follows the circuits of a run."""

    def __init__(self, breakers: Mapping[str, Breaker]) -> None:
        self._breakers = breakers
        self._heard = {name: Heard() for name in breakers}
        self._due: tuple[object, ...] | None = None

    def is_open(self, provider: str, at: int) -> bool:
        """Whether nobody may go there now."""
        heard = self._heard.get(provider)
        if heard is None or heard.opened is None:
            return False
        return heard.probe is not None or at < self._until(provider, heard.opened)

    def read(self, line: Entry, provider: str) -> None:
        """Check the next line, about an attempt at this provider or about none."""
        if (line.kind == "circuit") != (self._due is not None):
            raise LawBrokenError(f"{told(line)} instead of {self._due}")
        if line.kind == "circuit":
            says = tuple(line.detail.fields.get(n) for n in ("provider", "state", "until_us"))
            seen = (line.at_us, *line[2:5], line.cause, *says)
            if seen != self._due:
                raise LawBrokenError(f"{told(line)}: {seen} instead of {self._due}")
            self._due = None
        elif provider in self._heard:
            self._hear(line, provider, self._heard[provider])

    def end(self) -> None:
        """Check that nothing is missing."""
        if self._due is not None:
            raise LawBrokenError(f"missing: {self._due}")

    def _until(self, provider: str, opened: Entry) -> int:
        return opened.at_us + self._breakers[provider].for_us

    def _hear(self, line: Entry, provider: str, heard: Heard) -> None:
        place = (line.message, line.level, line.attempt)
        word = line.detail.text("class")
        if line.kind == "submitted":
            if self.is_open(provider, line.at_us):
                raise LawBrokenError(f"submitted into an open circuit (S22): {told(line)}")
            if heard.opened is not None:
                heard.probe = place
                self._must_say(line, provider, "half_open")
        elif line.kind in RECEIPTS and line.detail.text("status") in (
            "failed", "rejected", "expired",
        ):  # fmt: skip
            if word == "account":
                self._open(line, provider, heard)
        elif line.kind in ANSWERS:
            if word == "account":
                self._open(line, provider, heard)
            elif heard.opened is None or place == heard.probe:
                self._count(line, provider, heard)

    def _count(self, line: Entry, provider: str, heard: Heard) -> None:
        """An answer that counts: in a closed circuit any, in another one the probe's."""
        works = line.kind == "accepted"
        works = works or (line.kind == "refused" and line.detail.text("class") in BLAMELESS)
        if works:
            if heard.opened is not None:
                self._must_say(line, provider, "closed")
            self._heard[provider] = Heard()
            return
        heard.in_a_row.append(line)
        if heard.opened is not None or len(heard.in_a_row) == self._breakers[provider].open_after:
            self._open(line, provider, heard)

    def _open(self, line: Entry, provider: str, heard: Heard) -> None:
        """It is open from here on; said only where it was not, or where a probe was out."""
        is_news = heard.opened is None or heard.probe is not None
        self._heard[provider] = Heard(opened=line)
        if is_news:
            self._must_say(line, provider, "open", self._until(provider, line))

    def _must_say(self, line: Entry, provider: str, state: str, until: int | None = None) -> None:
        self._due = (line.at_us, *line[2:5], line.seq, provider, state, until)
