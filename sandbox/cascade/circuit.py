"""A breaker for each provider: after so many failures in a row nothing is sent there (S22).

    closed --failures in a row, or trouble with the account--> open --after a while--> half-open
       ^                                                         ^                        |
       |                                                         +-------- failure -------+
       +--------------------------------- success ----------------------------------------+

Closed, everything goes through. Open, nothing does, and a cascade passes the provider over in the
same instant. When its time is up, the next submission is let through as a probe, and decides:
answered well, the circuit is closed again; else it is open once more. While the probe is out,
nobody else goes there.

A failure is what says something about the provider: a refusal that may pass, throttled, or no
answer at all. A refusal that is about the person or the message shows that the provider works.
"""

from dataclasses import dataclass

from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import CircuitState, ReasonClass, Status
from sandbox.errors import MisuseError

Place = tuple[int, int, int]
"""Message, level and attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """When a provider's circuit opens, and for how long.

    Attributes:
        open_after: Failures in a row; None: only trouble with the account opens it (S14).
        for_us: How long it stays open before a probe is let through.
    """

    open_after: int | None = 5
    for_us: int = 30_000_000

    def __post_init__(self) -> None:
        """Refuse what could not work; the loader says it earlier, with a position."""
        if self.for_us <= 0 or (self.open_after is not None and self.open_after < 1):
            raise MisuseError("a breaker opens after at least one failure, and for some time")


class Circuit:
    """The circuit of one provider, shared by all messages of a run."""

    __slots__ = ("_breaker", "_failures", "_open_until", "_probe", "provider", "state")

    def __init__(self, provider: str, breaker: Breaker) -> None:
        """Begin closed."""
        self.provider = provider
        self.state = CircuitState.CLOSED
        self._breaker = breaker
        self._failures = 0
        self._open_until = 0
        self._probe: Place | None = None

    def blocks(self, now: int) -> bool:
        """Whether a submission at this instant would be passed over."""
        if self.state is CircuitState.CLOSED:
            return False
        return self._probe is not None or now < self._open_until

    @property
    def open_until_us(self) -> int:
        """When the next probe is let through; of an open circuit."""
        return self._open_until

    def submitted(self, place: Place) -> bool:
        """Note a submission that was let through; whether it is a probe."""
        if self.state is CircuitState.CLOSED:
            return False
        self.state = CircuitState.HALF_OPEN
        self._probe = place
        return True

    def heard(self, place: Place, status: Status, reason: Reason | None, now: int) -> bool:
        """Note what came of a submission, as an answer or by receipt.

        Returns:
            Whether the circuit opened or closed by it.
        """
        is_probe = place == self._probe
        if status < Status.UNKNOWN and reason is not None and reason.reason_class is _ACCOUNT:
            is_news = self.state is not CircuitState.OPEN or is_probe
            self._open(now)
            return is_news
        if status not in _ANSWERS or (self.state is not CircuitState.CLOSED and not is_probe):
            return False
        if not _is_failure(status, reason):
            self._failures = 0
            self._probe = None
            was_closed, self.state = self.state is CircuitState.CLOSED, CircuitState.CLOSED
            return not was_closed
        self._failures += 1
        enough = self._breaker.open_after
        if is_probe or (enough is not None and self._failures >= enough):
            self._open(now)
            return True
        return False

    def _open(self, now: int) -> None:
        self.state = CircuitState.OPEN
        self._failures = 0
        self._probe = None
        self._open_until = now + self._breaker.for_us


_ACCOUNT = ReasonClass.ACCOUNT
_ANSWERS = (Status.ACCEPTED, Status.REFUSED, Status.THROTTLED, Status.UNKNOWN)


def _is_failure(status: Status, reason: Reason | None) -> bool:
    if status is Status.REFUSED:
        return reason is None or reason.reason_class is ReasonClass.TRANSIENT
    return status is not Status.ACCEPTED
