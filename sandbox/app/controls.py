"""The providers of a session as a person sees and turns them: knobs, faults, what they got."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from sandbox.app.frame import ProviderView
from sandbox.app.knobs import Knobs
from sandbox.cascade import outputs
from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import CircuitState
from sandbox.journal import entry
from sandbox.report.figures import span_text
from sandbox.report.lanes import LanePlan
from sandbox.report.troubles import Trouble
from sandbox.simulation.spec import Change, HandChange, ProviderSpec, Settings

_OWN: Final = "as in the scenario"
"""How the log says that a setting is the scenario's own again."""
_UNITS: Final = ((1, "s"), (60, "min"), (3600, "h"), (86_400, "day"))
_DAY_S: Final = 86_400
_MILLIONTHS: Final = 1_000_000

Troubles = Callable[[str], Mapping[Trouble, int]]
"""Gives what went wrong with a provider."""
Over = Callable[[str], int | None]
"""Gives when a submission was over a provider's limits for the last time."""

_LIMITED_US: Final = 1_000_000
"""For how long after a submission that was over it a provider is said to be at its limit."""


class Controls:
    """Knobs are set here; what stands in the log about providers is folded beside them."""

    def __init__(
        self,
        providers: Sequence[ProviderSpec],
        lanes: Iterable[LanePlan],
        by_hand: Iterable[HandChange] = (),
    ) -> None:
        """Put all knobs where the scenario has them.

        Args:
            providers: All of the scenario.
            lanes: The levels; only providers of a level are shown.
            by_hand: Changes the scenario will make by itself, as somebody once made them.
        """
        level_of: dict[str, int] = {}
        for lane in lanes:
            for name in lane.providers:
                level_of.setdefault(name, lane.level)
        self._level_of = level_of
        shown = [spec for spec in providers if spec.name in level_of]
        self._shown = sorted(shown, key=lambda spec: level_of[spec.name])
        self._knobs = {spec.name: Knobs(spec.settings) for spec in providers}
        self._out_since: dict[str, int] = {}
        self._faults: dict[str, list[str]] = {spec.name: [] for spec in providers}
        self._submitted = dict.fromkeys(self._knobs, 0)
        self._circuits = {spec.name: (CircuitState.CLOSED, 0) for spec in providers if spec.breaker}
        """Provider -> how its circuit stands, and until when it is open."""
        self._by_hand = {
            (hand.at_us, hand.provider, hand.path, _value_text(hand.change)): hand.change
            for hand in by_hand
        }

    def knobs(self, provider: str) -> Knobs:
        """The knobs of a provider."""
        return self._knobs[provider]

    def put(self, provider: str, knobs: Knobs, now_us: int) -> list[tuple[str, Change | None]]:
        """Set the knobs of a provider.

        Returns:
            What the world must be told: path and change, None for the scenario's own value.
        """
        before = self._knobs[provider].changes()
        self._knobs[provider] = knobs
        if knobs.is_out:
            self._out_since.setdefault(provider, now_us)
        else:
            self._out_since.pop(provider, None)
        return [
            (path, change) for path, change in knobs.changes().items() if change != before[path]
        ]

    def fold(self, facts: Iterable[Fact]) -> None:
        """Take in the next lines of the log."""
        for _, at_us, _, _, _, kind, _, detail in facts:
            if kind == outputs.SUBMITTED:
                self._submitted[detail.text("provider")] += 1
            elif kind == outputs.CIRCUIT:
                stands = CircuitState(detail.text("state")), detail.number("until_us")
                self._circuits[detail.text("provider")] = stands
            elif kind == entry.FAULT_BEGAN:
                self._faults[detail.text("provider")].append(detail.text("fault"))
            elif kind == entry.FAULT_ENDED:
                self._faults[detail.text("provider")].remove(detail.text("fault"))
            elif kind == entry.KNOB_CHANGED and self._by_hand:
                told = (detail.text("provider"), detail.text("path"), detail.text("value"))
                if (at_us, *told) in self._by_hand:
                    provider, path, _ = told
                    change = self._by_hand[at_us, *told]
                    self.put(provider, self._knobs[provider].adopted(path, change), at_us)

    def views(self, now_us: int, troubles: Troubles, over_at: Over) -> tuple[ProviderView, ...]:
        """The providers that some level uses, those of the first level first.

        Args:
            now_us: The instant shown.
            troubles: What went wrong with a provider so far.
            over_at: When a submission was over a provider's limits for the last time.
        """
        return tuple(
            ProviderView(
                name=spec.name,
                channel=spec.channel,
                level=self._level_of[spec.name],
                failure_ppb=self._knobs[spec.name].failure_ppb,
                failure_is_changed=self._knobs[spec.name].failure is not None,
                lost_ppb=self._knobs[spec.name].lost_ppb,
                lost_is_changed=self._knobs[spec.name].lost is not None,
                rate=self._knobs[spec.name].limit_rate,
                rate_is_changed=self._knobs[spec.name].rate is not None,
                outage=self._knobs[spec.name].outage,
                latency=self._knobs[spec.name].latency,
                median_us=self._knobs[spec.name].median_us,
                out_since_us=self._out_since.get(spec.name),
                faults=tuple(self._faults[spec.name]),
                submitted=self._submitted[spec.name],
                limit=limit_text(
                    replace(spec.settings, limit_rate=self._knobs[spec.name].limit_rate),
                    spec.quota_per_us,
                ),
                is_limited=_is_recent(over_at(spec.name), now_us),
                circuit=self._circuits[spec.name][0] if spec.breaker else None,
                cut_off_until_us=self._circuits[spec.name][1] if spec.breaker else 0,
                troubles=troubles(spec.name),
            )
            for spec in self._shown
        )


def _is_recent(at_us: int | None, now_us: int) -> bool:
    return at_us is not None and now_us - at_us <= _LIMITED_US


def limit_text(settings: Settings, quota_per_us: int) -> str:
    """The rate and the quota of a provider in words: `20/s, 100000 a day`; "" without any."""
    told = []
    if settings.limit_rate is not None:
        a_second = Fraction(settings.limit_rate, _DAY_S * _MILLIONTHS)
        seconds, unit = next((u for u in _UNITS if a_second * u[0] >= 1), _UNITS[-1])
        told.append(f"{float(a_second * seconds):.4g}/{unit}")
    if settings.quota_count is not None:
        told.append(f"{settings.quota_count} in {span_text(quota_per_us)}")
    return ", ".join(told)


def _value_text(change: Change | None) -> str:
    """A change as the log has it."""
    return _OWN if change is None else change.text
