"""The providers of a session as a person sees and turns them: knobs, faults, what they got."""

from collections.abc import Iterable, Sequence

from sandbox.app.frame import ProviderView
from sandbox.app.knobs import Knobs
from sandbox.cascade import outputs
from sandbox.cascade.outputs import Fact
from sandbox.journal import entry
from sandbox.report.lanes import LanePlan
from sandbox.simulation.spec import Change, ProviderSpec


class Controls:
    """Knobs are set here; what stands in the log about providers is folded beside them."""

    def __init__(self, providers: Sequence[ProviderSpec], lanes: Iterable[LanePlan]) -> None:
        """Put all knobs where the scenario has them.

        Args:
            providers: All of the scenario.
            lanes: The levels; only providers of a level are shown.
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
        for _, _, _, _, _, kind, _, detail in facts:
            if kind == outputs.SUBMITTED:
                self._submitted[detail.text("provider")] += 1
            elif kind == entry.FAULT_BEGAN:
                self._faults[detail.text("provider")].append(detail.text("fault"))
            elif kind == entry.FAULT_ENDED:
                self._faults[detail.text("provider")].remove(detail.text("fault"))

    def views(self) -> tuple[ProviderView, ...]:
        """The providers that some level uses, those of the first level first."""
        return tuple(
            ProviderView(
                name=spec.name,
                channel=spec.channel,
                level=self._level_of[spec.name],
                failure_ppb=self._knobs[spec.name].failure_ppb,
                failure_is_changed=self._knobs[spec.name].failure is not None,
                latency=self._knobs[spec.name].latency,
                median_us=self._knobs[spec.name].median_us,
                out_since_us=self._out_since.get(spec.name),
                faults=tuple(self._faults[spec.name]),
                submitted=self._submitted[spec.name],
            )
            for spec in self._shown
        )
