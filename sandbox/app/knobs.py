"""What somebody may turn while a run goes on: three knobs per provider, as changes to its settings.

A knob has a value a person understands; what the world gets is a `Change`, written as a scenario
would write it, so that a session can become a scenario. A knob in its first position asks for no
change at all, and the setting is the scenario's own again.

An outage is a black hole: the provider takes every message, and nothing ever comes back. It hides
the failure rate, which is still there when the outage ends.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Final

from sandbox.simulation.spec import (
    DELIVERY_OUTCOMES,
    PPB,
    Change,
    Outcomes,
    Scale,
    Settings,
    outcomes,
)

OUTCOMES_PATH: Final = "delivery.outcomes"
LATENCY_PATH: Final = "delivery.time"

_FAILED: Final = "failed"
_VANISHED: Final = "vanished"
_PERCENT: Final = PPB // 100
_MEDIAN_LUCK: Final = 1 << 31

LATENCY_STEP: Final = Fraction(1, 10)
LATENCY_MIN: Final = Fraction(1, 10)
LATENCY_MAX: Final = Fraction(10)


class Knob(StrEnum):
    """What can be turned."""

    FAILURE = "failure"
    """The share of accepted messages that fail, one percentage point a step."""
    LATENCY = "latency"
    """The time to deliver, a tenth of the scenario's own a step."""
    OUTAGE = "outage"
    """On or off."""


@dataclass(frozen=True, slots=True)
class Knobs:
    """The knobs of one provider.

    Attributes:
        base: The scenario's settings.
        failure: The failed share in parts per billion; None: as in the scenario.
        latency: The factor on the time to deliver.
        is_out: The provider is a black hole.
    """

    base: Settings
    failure: int | None = None
    latency: Fraction = Fraction(1)
    is_out: bool = False

    @property
    def failure_ppb(self) -> int:
        """The failed share, with the outage thought away."""
        own = self.base.delivery_outcomes.share(_FAILED)
        return own if self.failure is None else self.failure

    @property
    def median_us(self) -> int:
        """The median time to deliver, in microseconds."""
        return int(self.base.delivery_time.draw(_MEDIAN_LUCK) * self.latency)

    @property
    def is_changed(self) -> bool:
        """Some knob is not where the scenario has it."""
        return self.failure is not None or self.latency != 1 or self.is_out

    def turned(self, knob: Knob, steps: int) -> "Knobs":
        """The knobs after a turn; a knob stops at its ends, and an outage just switches."""
        match knob:
            case Knob.FAILURE:
                return self.with_failure(_to_grid(self.failure_ppb, _PERCENT, steps))
            case Knob.LATENCY:
                return self.with_latency(self.latency + steps * LATENCY_STEP)
            case Knob.OUTAGE:
                return replace(self, is_out=not self.is_out)

    def put(self, knob: Knob, share: Fraction) -> "Knobs":
        """The knobs with one put at a share of its range, on a whole step."""
        match knob:
            case Knob.FAILURE:
                return self.with_failure(round(share * 100) * _PERCENT)
            case Knob.LATENCY:
                return self.with_latency(round(share * LATENCY_MAX / LATENCY_STEP) * LATENCY_STEP)
            case Knob.OUTAGE:
                return self

    def with_failure(self, share_ppb: int) -> "Knobs":
        """The knobs with a failed share, held between 0 and all."""
        share = min(max(share_ppb, 0), PPB)
        is_own = share == self.base.delivery_outcomes.share(_FAILED)
        return replace(self, failure=None if is_own else share)

    def with_latency(self, factor: Fraction) -> "Knobs":
        """The knobs with a factor on the time to deliver, held between a tenth and ten."""
        return replace(self, latency=min(max(factor, LATENCY_MIN), LATENCY_MAX))

    def adopted(self, path: str, change: Change | None) -> "Knobs":
        """The knobs after a change that somebody else made, where it is one they could make."""
        value = None if change is None else change.value
        match path, value:
            case "delivery.outcomes", None:
                return replace(self, failure=None, is_out=False)
            case "delivery.outcomes", Outcomes():
                if value.share(_VANISHED) == PPB:
                    return replace(self, is_out=True)
                return replace(self, is_out=False).with_failure(value.share(_FAILED))
            case "delivery.time", None:
                return replace(self, latency=Fraction(1))
            case "delivery.time", Scale():
                return self.with_latency(value.factor)
            case _:
                return self

    def changes(self) -> dict[str, Change | None]:
        """Path -> what the world should be told; None is the scenario's own value."""
        return {OUTCOMES_PATH: self._outcomes(), LATENCY_PATH: self._latency()}

    def _outcomes(self) -> Change | None:
        if self.is_out:
            return Change(
                OUTCOMES_PATH,
                outcomes(DELIVERY_OUTCOMES, {_VANISHED: PPB}),
                "{vanished: 100%, delivered: rest}",
            )
        if self.failure is None:
            return None
        value = _with_failed(self.base.delivery_outcomes, self.failure)
        return Change(OUTCOMES_PATH, value, _outcomes_text(value))

    def _latency(self) -> Change | None:
        if self.latency == 1:
            return None
        return Change(LATENCY_PATH, Scale(self.latency), f"x{_decimal(self.latency)}")


def _to_grid(value: int, step: int, steps: int) -> int:
    """The next multiple of `steps` whole steps, above or below: 3.5 % goes to 4 %, 10 % or 3 %."""
    stride = abs(steps) * step
    if steps > 0:
        return (value // stride + 1) * stride
    return (-(-value // stride) - 1) * stride


def _with_failed(base: Outcomes, failed: int) -> Outcomes:
    """The base with another failed share; the other shares keep their proportions."""
    others = PPB - base.share(_FAILED)
    room = PPB - failed
    shares = {
        word: base.share(word) * room // others if others else 0 for word in DELIVERY_OUTCOMES[:-1]
    }
    return outcomes(DELIVERY_OUTCOMES, shares | {_FAILED: failed})


def _outcomes_text(value: Outcomes) -> str:
    pairs = [f"{word}: {percent_text(share)}" for word, share in value.shares[:-1]]
    return "{" + ", ".join([*pairs, f"{value.shares[-1][0]}: rest"]) + "}"


def percent_text(share_ppb: int) -> str:
    """A share as a scenario writes it, exact: `18%`, `0.4099587%`."""
    return f"{_decimal(Fraction(share_ppb, _PERCENT))}%"


def _decimal(value: Fraction) -> str:
    """A fraction as a decimal number; nine digits after the point at most."""
    digits = value.numerator * PPB // value.denominator
    whole, rest = divmod(digits, PPB)
    return f"{whole}.{rest:09d}".rstrip("0").rstrip(".")
