"""The settings of one provider as they change while a run goes on.

Three layers, the upper wins: what the scenario says; the faults that are on, or on their way back;
and what somebody changed by hand. A setting is read when the thing it shapes begins, so a change
also reaches what is in flight. The *draw* does not depend on the change: a fault moves the
threshold, not the luck.

While a fault recovers, its settings go back linearly: shares and durations move in proportion,
distributions quantile by quantile. Reasons and an unlimited validity know no middle and are back at
once.
"""

from collections import Counter
from dataclasses import replace
from typing import Any, Final

from sandbox.simulation.distributions import Distribution, blend, scaled
from sandbox.simulation.spec import (
    DELIVERY_OUTCOMES,
    PATHS,
    PPB,
    SUBMIT_OUTCOMES,
    Change,
    Fault,
    Outcomes,
    Scale,
    Settings,
    SettingValue,
)

PPM: Final = 1_000_000
_SHARES: Final = frozenset(
    {
        "read_share",
        "receipt_lost",
        "receipt_late_share",
        "receipt_duplicated_share",
        "receipt_reordered_share",
        "receipt_before_reply",
        "receipt_contradictory",
        "receipt_unknown_id",
    }
)


class LiveSettings:
    """One provider's settings at any instant, and how often each fault was noticed."""

    __slots__ = (
        "_base",
        "_knobs",
        "_on",
        "_recovering",
        "_steady",
        "calm",
        "fired",
        "plain",
        "touched",
    )

    def __init__(self, base: Settings) -> None:
        self._base = base
        self._on: list[Fault] = []
        self._recovering: list[Fault] = []
        self._knobs: dict[str, Change] = {}
        self._steady = base
        self.plain: Settings | None = base
        """The settings in force, as long as no fault has a hand in them; else ask `read`."""
        self.calm: Settings | None = None if base.has_odd_receipts else base
        """The same, as long as they ask for no odd receipts either."""
        self.touched: dict[str, list[str]] = {}
        """Field of `Settings` -> ids of the faults that change it now; mostly empty."""
        self.fired: Counter[str] = Counter()
        """Fault id -> how many times a setting it had changed was read."""

    @property
    def base(self) -> Settings:
        """What the scenario says."""
        return self._base

    def at(self, now: int) -> Settings:
        """The settings in force at an instant."""
        if not self._recovering:
            return self._steady
        over = [f for f in self._recovering if f.at_us + f.for_us + f.recover_us <= now]
        for fault in over:
            self._recovering.remove(fault)
        if over:
            self._settle()
        return self._on_the_way_back(now)

    def read(self, now: int, *fields: str) -> Settings:
        """The settings in force; counts the reading of these for the faults that changed them."""
        settings = self.at(now)
        self.notice(*fields)
        return settings

    def notice(self, *fields: str) -> None:
        """Count a reading of these settings, after `read` gave them."""
        for name in fields:
            for fault_id in self.touched.get(name, ()):
                self.fired[fault_id] += 1

    def begin(self, fault: Fault) -> None:
        """Put a fault in force."""
        self._on.append(fault)
        self._settle()

    def end(self, fault: Fault) -> None:
        """Take a fault back, over its recovery if it has one."""
        self._on.remove(fault)
        if fault.recover_us:
            self._recovering.append(fault)
        self._settle()

    def change(self, path: str, change: Change | None) -> None:
        """Set one setting by hand, or (None) hand it back to scenario and faults."""
        if change is None:
            self._knobs.pop(path, None)
        else:
            self._knobs[path] = change
        self._settle()

    def _settle(self) -> None:
        values: dict[str, Any] = {}
        self.touched = {}
        for fault in (*self._on, *self._recovering):
            for change in fault.changes:
                self.touched.setdefault(PATHS[change.path], []).append(fault.id)
        for fault in self._on:
            for change in fault.changes:
                self._apply(values, change)
        for change in self._knobs.values():
            self._apply(values, change)
            self.touched.pop(PATHS[change.path], None)
        self._steady = replace(self._base, **values)
        self.plain = None if self._on or self._recovering else self._steady
        self.calm = None if self._steady.has_odd_receipts else self.plain

    def _apply(self, values: dict[str, Any], change: Change) -> None:
        name = PATHS[change.path]
        values[name] = changed(name, getattr(self._base, name), change.value)

    def _on_the_way_back(self, now: int) -> Settings:
        values: dict[str, Any] = {}
        for fault in self._recovering:
            left_us = fault.at_us + fault.for_us + fault.recover_us - now
            weight_ppm = left_us * PPM // fault.recover_us
            for change in fault.changes:
                name = PATHS[change.path]
                if change.path not in self._knobs:
                    base = getattr(self._base, name)
                    values[name] = _between(base, changed(name, base, change.value), weight_ppm)
        return replace(self._steady, **values)


def changed(name: str, base: SettingValue, value: SettingValue) -> SettingValue:
    """The value of a setting after a change; a `Scale` multiplies the base.

    Scaled outcomes are not defined and refused by the loader; a scaled share stops at one.
    """
    if not isinstance(value, Scale):
        return value
    if isinstance(base, Distribution):
        return scaled(base, value.factor)
    if isinstance(base, int):
        product = base * value.factor.numerator // value.factor.denominator
        return min(product, PPB) if name in _SHARES else product
    return base


def _between(base: SettingValue, other: SettingValue, weight_ppm: int) -> SettingValue:
    """A value between two, linear in the weight of `other`."""
    match base, other:
        case Outcomes(), Outcomes():
            words = [word for word, _ in (*other.shares, *base.shares)]
            order = [word for word in _order_of(words) if word in words]
            shares = {w: _mix(base.share(w), other.share(w), weight_ppm) for w in order[:-1]}
            rest = PPB - sum(shares.values())
            return Outcomes((*shares.items(), (order[-1], rest)))
        case int(), int():
            return _mix(base, other, weight_ppm)
        case Distribution(), Distribution():
            return blend(base, other, weight_ppm)
        case _:
            return base


def _mix(base: int, other: int, weight_ppm: int) -> int:
    return base + (other - base) * weight_ppm // PPM


def _order_of(words: list[str]) -> tuple[str, ...]:
    return SUBMIT_OUTCOMES if set(words) <= set(SUBMIT_OUTCOMES) else DELIVERY_OUTCOMES
