"""What somebody may turn while a run goes on: the knobs of a provider, as changes to its settings.

A knob has a value a person understands; what the world gets is a `Change`, written as a scenario
would write it, so that a session can become a scenario. A knob in its first position asks for no
change at all, and the setting is the scenario's own again.

An outage is of one of several kinds (`Outage`); a switch without more words makes a black hole. It
hides the failure rate, which is still there when the outage ends.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from typing import Final

from sandbox.simulation.spec import (
    DELIVERY_OUTCOMES,
    PPB,
    SUBMIT_OUTCOMES,
    Change,
    Outcomes,
    Scale,
    Settings,
    SettingValue,
    outcomes,
)

OUTCOMES_PATH: Final = "delivery.outcomes"
LATENCY_PATH: Final = "delivery.time"
LOST_PATH: Final = "receipts.lost"
RATE_PATH: Final = "limits.rate"
ANSWERS_PATH: Final = "submit.outcomes"
ANSWER_TIME_PATH: Final = "submit.latency"

_FAILED: Final = "failed"
_VANISHED: Final = "vanished"
_PERCENT: Final = PPB // 100
_MEDIAN_LUCK: Final = 1 << 31

LATENCY_STEP: Final = Fraction(1, 10)
LATENCY_MIN: Final = Fraction(1, 10)
LATENCY_MAX: Final = Fraction(10)


RATES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
"""Where the knob of the rate stops, in submissions a second; beyond the last there is no limit."""

_DAILY: Final = 86_400 * 1_000_000
"""Of one submission a second, the rate as settings have it: millionths a day."""

_UNLIMITED: Final = 0
_SLOW: Final = Fraction(100)


class Outage(StrEnum):
    """How a provider can be out; the words are those of a menu."""

    BLACK_HOLE = "black hole"
    """It takes every message, and nothing ever comes back."""
    REFUSES = "refuses"
    """It turns every message away at once, for now."""
    THROTTLES = "throttles"
    """It says that all of it is too much."""
    SILENT = "no answer"
    """Its answers never come; half of the messages it has taken nevertheless."""
    SLOW = "slow answers"
    """Its answers take a hundred times as long."""


_ANSWERS: Final = {
    Outage.REFUSES: (
        outcomes(SUBMIT_OUTCOMES, {"refused.temporary": PPB}),
        "{refused.temporary: 100%, accepted: rest}",
    ),
    Outage.THROTTLES: (
        outcomes(SUBMIT_OUTCOMES, {"throttled": PPB}),
        "{throttled: 100%, accepted: rest}",
    ),
    Outage.SILENT: (
        outcomes(
            SUBMIT_OUTCOMES,
            {"timeout.not_accepted": PPB // 2, "timeout.accepted": PPB - PPB // 2},
        ),
        "{timeout.not_accepted: 50%, timeout.accepted: 50%, accepted: rest}",
    ),
}
"""Kind of outage -> what the provider answers, and how a scenario writes it."""


class Knob(StrEnum):
    """What can be turned."""

    FAILURE = "failure"
    """The share of accepted messages that fail, one percentage point a step."""
    LATENCY = "latency"
    """The time to deliver, a tenth of the scenario's own a step."""
    LOST = "lost"
    """The share of receipts that never come, one percentage point a step."""
    RATE = "rate"
    """How many submissions the provider takes; a step is the next of `RATES`."""
    OUTAGE = "outage"
    """On or off."""


@dataclass(frozen=True, slots=True)
class Knobs:
    """The knobs of one provider.

    Attributes:
        base: The scenario's settings.
        failure: The failed share in parts per billion; None: as in the scenario.
        latency: The factor on the time to deliver.
        lost: The share of receipts lost, in parts per billion; None: as in the scenario.
        rate: Submissions a day, in millionths; None: as in the scenario, 0: no limit.
        outage: How the provider is out; None while it is not.
    """

    base: Settings
    failure: int | None = None
    latency: Fraction = Fraction(1)
    lost: int | None = None
    rate: int | None = None
    outage: Outage | None = None

    @property
    def is_out(self) -> bool:
        """The provider is out, in whichever way."""
        return self.outage is not None

    @property
    def lost_ppb(self) -> int:
        """The share of receipts that never come."""
        return self.base.receipt_lost if self.lost is None else self.lost

    @property
    def limit_rate(self) -> int | None:
        """Submissions a day, in millionths; None: as many as come."""
        return self.base.limit_rate if self.rate is None else self.rate or None

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
        return self != Knobs(self.base)

    def turned(self, knob: Knob, steps: int) -> "Knobs":
        """The knobs after a turn; a knob stops at its ends, and an outage just switches."""
        match knob:
            case Knob.FAILURE:
                return self.with_failure(_to_grid(self.failure_ppb, _PERCENT, steps))
            case Knob.LATENCY:
                return self.with_latency(self.latency + steps * LATENCY_STEP)
            case Knob.LOST:
                return self.with_lost(_to_grid(self.lost_ppb, _PERCENT, steps))
            case Knob.RATE:
                return self.with_rate(_along(self.limit_rate, steps))
            case Knob.OUTAGE:
                return replace(self, outage=None if self.is_out else Outage.BLACK_HOLE)

    def put(self, knob: Knob, share: Fraction) -> "Knobs":
        """The knobs with one put at a share of its range, on a whole step."""
        match knob:
            case Knob.FAILURE:
                return self.with_failure(round(share * 100) * _PERCENT)
            case Knob.LATENCY:
                return self.with_latency(round(share * LATENCY_MAX / LATENCY_STEP) * LATENCY_STEP)
            case Knob.LOST:
                return self.with_lost(round(share * 100) * _PERCENT)
            case Knob.RATE:
                place = round(share * len(RATES))
                return self.with_rate(RATES[place] * _DAILY if place < len(RATES) else None)
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

    def with_lost(self, share_ppb: int) -> "Knobs":
        """The knobs with a share of receipts lost, held between 0 and all."""
        share = min(max(share_ppb, 0), PPB)
        return replace(self, lost=None if share == self.base.receipt_lost else share)

    def with_rate(self, rate: int | None) -> "Knobs":
        """The knobs with a rate, in millionths a day; None: as many as come."""
        is_own = rate == self.base.limit_rate
        return replace(self, rate=None if is_own else rate or _UNLIMITED)

    def with_outage(self, outage: Outage | None) -> "Knobs":
        """The knobs with an outage of some kind, or with none."""
        return replace(self, outage=outage)

    def adopted(self, path: str, change: Change | None) -> "Knobs":
        """The knobs after a change that somebody else made, where it is one they could make."""
        value = None if change is None else change.value
        match path, value:
            case "delivery.outcomes", None:
                return self._mended(Outage.BLACK_HOLE).with_failure(self._own_failure)
            case "delivery.outcomes", Outcomes():
                if value.share(_VANISHED) == PPB:
                    return replace(self, outage=Outage.BLACK_HOLE)
                return self._mended(Outage.BLACK_HOLE).with_failure(value.share(_FAILED))
            case "delivery.time", None:
                return replace(self, latency=Fraction(1))
            case "delivery.time", Scale():
                return self.with_latency(value.factor)
            case "receipts.lost", None | int():
                return replace(self, lost=None) if value is None else self.with_lost(value)
            case "limits.rate", None | int():
                return replace(self, rate=None) if change is None else self.with_rate(value)
            case "submit.outcomes" | "submit.latency", _:
                return self._adopted_answers(value)
            case _:
                return self

    def _adopted_answers(self, value: SettingValue) -> "Knobs":
        """The knobs after a change to how the provider answers; None: as in the scenario."""
        if isinstance(value, Scale) and value.factor == _SLOW:
            return replace(self, outage=Outage.SLOW)
        for outage, (answers, _) in _ANSWERS.items():
            if value == answers:
                return replace(self, outage=outage)
        return self._mended(*_ANSWERS, Outage.SLOW) if value is None else self

    def _mended(self, *outages: Outage) -> "Knobs":
        """The knobs without an outage of these kinds."""
        return replace(self, outage=None) if self.outage in outages else self

    @property
    def _own_failure(self) -> int:
        return self.base.delivery_outcomes.share(_FAILED)

    def changes(self) -> dict[str, Change | None]:
        """Path -> what the world should be told; None is the scenario's own value."""
        return {
            OUTCOMES_PATH: self._outcomes(),
            LATENCY_PATH: self._latency(),
            LOST_PATH: self._lost(),
            RATE_PATH: self._rate(),
            ANSWERS_PATH: self._answers(),
            ANSWER_TIME_PATH: self._answer_time(),
        }

    def _outcomes(self) -> Change | None:
        if self.outage is Outage.BLACK_HOLE:
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

    def _lost(self) -> Change | None:
        if self.lost is None:
            return None
        return Change(LOST_PATH, self.lost, percent_text(self.lost))

    def _rate(self) -> Change | None:
        if self.rate is None:
            return None
        if self.rate == _UNLIMITED:
            return Change(RATE_PATH, None, "none")
        return Change(RATE_PATH, self.rate, rate_text(self.rate))

    def _answers(self) -> Change | None:
        told = _ANSWERS.get(self.outage) if self.outage is not None else None
        return None if told is None else Change(ANSWERS_PATH, *told)

    def _answer_time(self) -> Change | None:
        if self.outage is not Outage.SLOW:
            return None
        return Change(ANSWER_TIME_PATH, Scale(_SLOW), f"x{_decimal(_SLOW)}")


def words_of(before: Knobs, after: Knobs) -> str:
    """What somebody turned, and to where, in a few words; "" for nothing."""
    if before != after and not after.is_changed:
        return "as in the scenario"
    words = []
    if after.failure_ppb != before.failure_ppb:
        words.append(f"fail {percent_text(after.failure_ppb)}")
    if after.latency != before.latency:
        words.append(f"takes x{_decimal(after.latency)}")
    if after.lost_ppb != before.lost_ppb:
        words.append(f"receipts lost {percent_text(after.lost_ppb)}")
    if after.limit_rate != before.limit_rate:
        rate = after.limit_rate
        words.append("no limit" if rate is None else f"limit {rate_text(rate)}")
    if after.outage != before.outage:
        words.append("mended" if after.outage is None else after.outage.value)
    return ", ".join(words)


def rate_position(rate: int | None) -> float:
    """Where a rate stands on the knob, from 0 to 1."""
    if rate is None:
        return 1.0
    below = sum(each * _DAILY < rate for each in RATES)
    return below / len(RATES)


def _along(rate: int | None, steps: int) -> int | None:
    """The rate so many stops further; beyond the last one there is no limit."""
    stops = [each * _DAILY for each in RATES]
    above = len(stops) if rate is None else sum(stop <= rate for stop in stops)
    is_on = rate is not None and above > 0 and stops[above - 1] == rate
    here = above - 1 if is_on or (rate is not None and steps > 0) else above
    place = max(here + steps, 0)
    return stops[place] if place < len(stops) else None


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


def rate_text(rate: int) -> str:
    """A rate in millionths a day as a scenario writes it, exact: `20/s`, `0.5/s`, `7/d`."""
    seconds = Fraction(rate, _DAILY)
    if seconds * PPB == int(seconds * PPB):
        return f"{_decimal(seconds)}/s"
    return f"{_decimal(seconds * 86_400)}/d"


def percent_text(share_ppb: int) -> str:
    """A share as a scenario writes it, exact: `18%`, `0.4099587%`."""
    return f"{_decimal(Fraction(share_ppb, _PERCENT))}%"


def _decimal(value: Fraction) -> str:
    """A fraction as a decimal number; nine digits after the point at most."""
    digits = value.numerator * PPB // value.denominator
    whole, rest = divmod(digits, PPB)
    return f"{whole}.{rest:09d}".rstrip("0").rstrip(".")
