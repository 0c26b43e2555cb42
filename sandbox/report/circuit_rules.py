"""What a provider's circuit does, by the rules (S14, S22), for the watch over the laws.

Worked out from the lines of the log alone. Nothing here comes from the machine but its vocabulary
and what was configured.
"""

from collections.abc import Mapping
from typing import Final

from sandbox.cascade import outputs
from sandbox.cascade.circuit import Breaker
from sandbox.cascade.vocabulary import ReasonClass

OPEN: Final = "open"
HALF_OPEN: Final = "half_open"
CLOSED: Final = "closed"

Probe = tuple[int, int]
"""Message and place of a submission."""

_SPEAKS_FOR_IT: Final = (
    ReasonClass.PERMANENT_RECIPIENT,
    ReasonClass.CALLER_ERROR,
    ReasonClass.STOP,
)
"""A provider that refuses for such a reason works."""


class CircuitRules:
    """The circuit of one provider."""

    __slots__ = ("_breaker", "_failures", "open_until", "probe")

    def __init__(self, breaker: Breaker) -> None:
        self._breaker = breaker
        self._failures = 0
        self.open_until: int | None = None
        """Until when nothing goes there; None: it is closed."""
        self.probe: Probe | None = None
        """The submission that decides, while it is out."""

    def blocks(self, at: int) -> bool:
        """Nothing may be submitted at this instant."""
        return self.open_until is not None and (self.probe is not None or at < self.open_until)

    def submit(self, place: Probe) -> str:
        """A submission goes there; the state to be said, "" where there is nothing to say."""
        if self.open_until is None:
            return ""
        self.probe = place
        return HALF_OPEN

    def hear(self, place: Probe, kind: str, reason_class: str, at: int) -> str:
        """An answer came, or a receipt that says no; the state to be said, or ""."""
        decides = self.open_until is None or place == self.probe
        if reason_class == ReasonClass.ACCOUNT:
            is_said = self.open_until is None or self.probe is not None
            self._open(at)
            return OPEN if is_said else ""
        if kind == outputs.RECEIPT or not decides:
            return ""
        works = kind == outputs.ACCEPTED
        if works or (kind == outputs.REFUSED and reason_class in _SPEAKS_FOR_IT):
            was_open, self.open_until, self.probe = self.open_until is not None, None, None
            self._failures = 0
            return CLOSED if was_open else ""
        self._failures += 1
        if self.probe is None and self._failures != self._breaker.open_after:
            return ""
        self._open(at)
        return OPEN

    def _open(self, at: int) -> None:
        self.open_until = at + self._breaker.for_us
        self.probe = None
        self._failures = 0


Circuits = Mapping[str, CircuitRules]
"""Provider -> its circuit, of those that have one."""


def circuits_of(breakers: Mapping[str, Breaker]) -> Circuits:
    """Circuits that are closed."""
    return {provider: CircuitRules(breaker) for provider, breaker in breakers.items()}
