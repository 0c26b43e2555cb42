"""How the figures of a session went: a sample for each bin of virtual time, and since a knob.

Figures are of the whole run, and in a long one they hardly move; so a sample tells what happened
within its bin, except for durations and what is in flight, which are as they stood.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, NamedTuple

from sandbox.app.frame import Figures
from sandbox.cascade.vocabulary import SECOND_US

SAMPLES: Final = 60

_WALL_S: Final = Fraction(1, 2)
"""How much wall time a bin takes at least to go by on the screen."""


class LastTurn(NamedTuple):
    """The knob turned last.

    Attributes:
        words: What was turned, and to where: `sms-main fail 20 %`.
    """

    words: str
    at_us: int


class Sample(NamedTuple):
    """One bin; None where there was nothing to measure.

    Attributes:
        delivered: Of the messages that got their outcome, the share that is delivered.
        cost_nano: By what the providers said, for a message requested.
    """

    delivered: float | None
    p50_us: int | None
    p95_us: int | None
    cost_nano: float | None
    twice: int
    unawares_nano: int
    in_flight: int
    undelivered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """What changed since a knob was turned; None where there is nothing to compare.

    Attributes:
        cost: Of a thousand messages, in billionths.
    """

    turn: LastTurn
    delivered: Fraction | None
    p95_us: int | None
    cost: Fraction | None


class Trends:
    """Samples of one run, and the figures as they stood when a knob was turned last."""

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque(maxlen=SAMPLES)
        self._before: tuple[int, Figures] | None = None
        self._at_turn: tuple[LastTurn, Figures] | None = None

    def note(
        self, now_us: int, figures: Figures, speed: Fraction, turn: LastTurn | None = None
    ) -> None:
        """Look at the figures.

        Args:
            now_us: The instant shown; one before the last begins a new run.
            figures: As they are.
            speed: Virtual seconds per second of wall time: the faster, the wider the bins.
            turn: The knob turned last; None for none.
        """
        before = self._before
        if before is None or now_us < before[0]:
            self._samples.clear()
            self._at_turn = None
            self._before = now_us, figures
        elif now_us >= before[0] + max(SECOND_US, int(speed * SECOND_US * _WALL_S)):
            self._samples.append(_sample(before[1], figures))
            self._before = now_us, figures
        if turn is None:
            self._at_turn = None
        elif self._at_turn is None or self._at_turn[0] != turn:
            self._at_turn = turn, figures

    @property
    def samples(self) -> Sequence[Sample]:
        """The latest bins, oldest first."""
        return self._samples

    def since(self, figures: Figures) -> Since | None:
        """What changed since a knob was turned; None while none was."""
        if self._at_turn is None:
            return None
        turn, then = self._at_turn
        return Since(
            turn=turn,
            delivered=_difference(figures.known_rate, then.known_rate),
            p95_us=_less(figures.known_p95_us, then.known_p95_us),
            cost=_difference(
                figures.per_thousand(figures.ledger_nano), then.per_thousand(then.ledger_nano)
            ),
        )


def _sample(before: Figures, now: Figures) -> Sample:
    finished = now.finished - before.finished
    requested = now.requested - before.requested
    delivered = now.known_delivered - before.known_delivered
    return Sample(
        delivered=delivered / finished if finished else None,
        p50_us=now.known_p50_us,
        p95_us=now.known_p95_us,
        cost_nano=(now.ledger_nano - before.ledger_nano) / requested if requested else None,
        twice=now.true_twice - before.true_twice,
        unawares_nano=now.hidden_nano - before.hidden_nano,
        in_flight=now.in_flight,
        undelivered=max(now.undelivered - before.undelivered, 0),
    )


def _difference(now: Fraction | None, then: Fraction | None) -> Fraction | None:
    return None if now is None or then is None else now - then


def _less(now: int | None, then: int | None) -> int | None:
    return None if now is None or then is None else now - then
