"""An edited scenario applied to new messages only: those under way keep the plan they have.

    application = session.application(edited)
    application.for_new, application.for_all, application.refused

The run goes on as another scenario: all of the one that runs, with what was done by hand, the
edited cascades beside those they come from, and a line in `by_hand` from which on new messages go
through them. Up to there its log is that of the run. Settings of a provider are the provider's and
not a message's, so they change for all at once, as a knob would. What would change the past is
refused by name.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count
from typing import Any, Final, Protocol

from sandbox.app.frame import Phase
from sandbox.app.saving import scenario_text
from sandbox.cascade.outputs import Fact
from sandbox.drivers.paced import Pacer
from sandbox.drivers.retraced import LiveDeed
from sandbox.report.plain import plain
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from sandbox.scenario.quantities import duration, exact_text
from sandbox.scenario.writer import data_text
from sandbox.simulation.moves import plan_at
from sandbox.simulation.spec import PATHS

_FREE: Final = ("name", "title", "description", "tags", "expect", "lint", "matrix", "demo")
"""Keys that no message meets: taken over as they are."""

_LOOKED_AT: Final = ("cascades", "providers", "faults", *_FREE, "schema", "use")

_REFUSED: Final = {
    "seed": "it decides the luck of every message",
    "clock": "the clock has been running by the old one",
    "currencies": "what was paid was paid by the old rates",
    "recipients": "they have been drawn, and have had messages",
    "load": "a part of it has come",
    "acts": "a part of it may have been done",
    "by_hand": "it is what was done",
}
"""Keys that would change what has happened, and why."""

_DIFFERENCES_SHOWN: Final = 3
_TEXT_SHOWN: Final = 40
_PIECE_US: Final = 5_000_000
"""So much of a run is caught up with at once."""
_NOTHING: Final = "nothing is different from what runs"

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What applying an edited scenario to new messages would do.

    Attributes:
        at_us: From when on.
        edited: As it was written.
        for_new: What new messages meet, in lines.
        for_all: What all messages meet from then on, also those under way.
        refused: What cannot be applied so, by name, each with a reason; empty where all can.
        scenario: What the run goes on as; None where something is refused.
    """

    at_us: int
    edited: Scenario
    for_new: tuple[str, ...]
    for_all: tuple[str, ...]
    refused: tuple[str, ...]
    scenario: Scenario | None


class Applying:
    """The part of a session that an edited scenario is applied to."""

    scenario: Scenario
    deeds: list[LiveDeed]
    _pacer: Pacer
    _guarded: Callable[[Callable[[], list[Fact]]], None]
    _written: Scenario | None = None

    @property
    def now_us(self) -> int:
        """The instant shown."""
        raise NotImplementedError

    @property
    def written(self) -> Scenario:
        """The scenario as somebody wrote it last: what runs, or what was applied to it."""
        return self._written or self.scenario

    def wrote(self, edited: Scenario) -> None:
        """Note what was applied; the next edit is compared with it."""
        self._written = edited

    def application(self, edited: Scenario) -> Application:
        """What applying an edited scenario at the instant shown would do; that instant ends first.

        Raises:
            ScenarioError: so many changes do not fit into a scenario.
        """
        self._guarded(self._pacer.finish_instant)
        return _Plan(self, edited).application()


class _Plan:
    """An application in the making."""

    def __init__(self, session: Applying, edited: Scenario) -> None:
        self.at_us = session.now_us + 1
        self.running, self.edited = session.scenario, edited
        self.was, self.now = session.written.resolved, edited.resolved
        base = load(scenario_text(session.scenario, session.deeds), is_resolved=True)
        self.base = base
        self.whole: dict[str, Any] = dict(base.resolved)
        self.for_new: list[str] = []
        self.for_all: list[str] = []
        self.refused: list[str] = []
        self.by_hand: list[Data] = []

    def application(self) -> Application:
        """All that is to be said and done."""
        self._refuse_what_was()
        self._take_faults()
        self._take_providers()
        self._take_cascades()
        told = [key for key in _FREE if self.was.get(key) != self.now.get(key)]
        for key in told:
            self.whole[key] = self.now[key] if key in self.now else self.whole.get(key)
        if told:
            self.for_all.append(f"{', '.join(told)}: as written")
        if not (self.for_new or self.for_all or self.refused):
            self.refused.append(_NOTHING)
        return Application(
            at_us=self.at_us,
            edited=self.edited,
            for_new=tuple(self.for_new),
            for_all=tuple(self.for_all),
            refused=tuple(self.refused),
            scenario=None if self.refused else self._scenario(),
        )

    def _scenario(self) -> Scenario:
        before = [each for each in self.whole.get("by_hand", ()) if self._is_past(each)]
        after = self.whole.get("by_hand", ())[len(before) :]
        whole = {name: value for name, value in self.whole.items() if value is not None}
        whole["by_hand"] = [*before, *self.by_hand, *after]
        made = load(data_text(whole), seed=self.running.seed, is_resolved=True)
        return replace(made, file=self.running.file)

    def _is_past(self, entry: Data) -> bool:
        return duration(entry["at"]) <= self.at_us

    # Key by key ------------------------------------------------------------------------------

    def _refuse_what_was(self) -> None:
        for key in dict.fromkeys((*self.was, *self.now)):
            is_same = self.was.get(key) == self.now.get(key)
            if key == "seed":
                is_same = is_same or self.edited.seed == self.running.seed
            if key not in _LOOKED_AT and not is_same:
                why = _REFUSED.get(key, "it would change what has happened")
                self.refused.append(f"{key}: {why}")

    def _take_faults(self) -> None:
        """Faults that have not begun may be others; scripts belong to what is known already."""
        was, now = self.was.get("faults", []), self.now.get("faults", [])
        others = [each for each in (*was, *now) if each not in was or each not in now]
        for each in others:
            name = plain(str(each["id"]))
            if "script" in each:
                self.refused.append(f"faults, {name}: scripts are read when a run begins")
            elif self._is_past(each):
                self.refused.append(f"faults, {name}: it has begun")
        if others:
            own = [each for each in self.whole.get("faults", []) if each not in was]
            self.whole["faults"] = [*now, *own]
            told = ", ".join(dict.fromkeys(plain(str(each["id"])) for each in others))
            self.for_all.append(f"faults to come: {told}")

    def _take_providers(self) -> None:
        was, now = self.was.get("providers", {}), self.now.get("providers", {})
        providers = dict(self.whole["providers"])
        for name, provider in now.items():
            if name not in was:
                providers.setdefault(name, provider)
                continue
            changed = {
                path: _at(provider, path)
                for path in PATHS
                if _at(provider, path) != _at(was[name], path)
            }
            for path in _paths_of(provider, was[name]):
                if not any(path == each or path.startswith(f"{each}.") for each in PATHS):
                    told = f"providers.{plain(name)}.{path}"
                    self.refused.append(f"{told}: it is settled when a run begins")
            if changed:
                at = exact_text(self.at_us)
                self.by_hand.append({"at": at, "provider": name, "set": changed})
                told = ", ".join(f"{path} {_text(value)}" for path, value in changed.items())
                self.for_all.append(f"{plain(name)}: {told}")
        self.whole["providers"] = providers

    def _take_cascades(self) -> None:
        was, now = self.was["cascades"], self.now["cascades"]
        cascades = dict(self.whole["cascades"])
        for name in was:
            if name not in now:
                told = f"cascades.{plain(name)}"
                self.refused.append(f"{told}: its messages go on coming, it cannot be taken away")
        for name, cascade in now.items():
            if name not in was:
                if name in cascades:
                    self.refused.append(f"cascades.{plain(name)}: the run has one of this name")
                cascades[name] = cascade
                self.for_new.append(f"{plain(name)}: for messages of your own")
            elif cascade != was[name]:
                own = next(new for nth in count(2) if (new := f"{name}-{nth}") not in cascades)
                cascades[own] = cascade
                at = exact_text(self.at_us)
                for source in self._sources(name):
                    self.by_hand.append({"at": at, "cascade": source, "becomes": own})
                told = "; ".join(_differences(was[name], cascade))
                self.for_new.append(f"{plain(name)} becomes {plain(own)}: {told}")
        self.whole["cascades"] = cascades

    def _sources(self, name: str) -> list[str]:
        """The cascades whose new messages go through one of this name now, itself first."""
        world = self.base.world
        names = [plan.name for plan in world.plans]
        through = [
            source
            for nth, source in enumerate(names)
            if names[plan_at(world.moved, self.at_us, nth)] == name
        ]
        return list(dict.fromkeys([name, *through]))


# Going on ----------------------------------------------------------------------------------------


class Run(Protocol):
    """A session, as far as it is let run up to an instant."""

    speed: Fraction
    is_paused: bool

    @property
    def now_us(self) -> int:
        """The instant shown."""

    @property
    def phase(self) -> Phase:
        """What the run is doing."""

    @property
    def digest(self) -> str:
        """The digest of the log so far."""

    def set_speed(self, speed: Fraction) -> None:
        """Run at a multiple of wall time."""

    def advance(self, wall_us: int) -> bool:
        """Let the run catch up with some wall time."""


def come_to(run: Run, before: Run, at_us: int) -> bool:
    """Let a run come to where another stands, and a moment further; it goes on as the other did.

    Args:
        run: At its beginning.
        before: Stands at the end of an instant.
        at_us: Later than that.

    Returns:
        Whether both had the same log up to there; where they had not, `run` is of no use.
    """
    run.set_speed(Fraction(1))
    _advance(run, before.now_us)
    is_same = run.digest == before.digest
    _advance(run, at_us)
    run.set_speed(before.speed)
    run.is_paused = before.is_paused
    return is_same


def _advance(run: Run, at_us: int) -> None:
    while run.phase is Phase.RUNNING and run.now_us < at_us:
        run.advance(min(at_us - run.now_us, _PIECE_US))


# Differences -------------------------------------------------------------------------------------


def _at(data: Data, path: str) -> Any:  # noqa: ANN401 - plain data of whatever shape
    value: Any = data
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _paths_of(one: object, other: object, path: str = "") -> Iterator[str]:
    """The paths at which two pieces of data differ; lists that are not as long are one piece."""
    if one == other:
        return
    left, right = _parts(one), _parts(other)
    if left is None or right is None or (isinstance(one, list) and len(left) != len(right)):
        yield path
        return
    for name in dict.fromkeys((*right, *left)):
        below = f"{path}.{name}" if path else name
        yield from _paths_of(left.get(name), right.get(name), below)


def _parts(value: object) -> dict[str, object] | None:
    """What a piece of data is made of, by name or by place; None where it has no parts."""
    if isinstance(value, Mapping):
        return {str(name): each for name, each in value.items()}
    if isinstance(value, list | tuple):
        return {str(nth): each for nth, each in enumerate(value)}
    return None


def _differences(was: Data, now: Data) -> Iterator[str]:
    """What is different, in a few words."""
    paths = list(_paths_of(now, was))
    for path in paths[:_DIFFERENCES_SHOWN]:
        yield f"{path} {_text(_value(was, path))} → {_text(_value(now, path))}"
    if len(paths) > _DIFFERENCES_SHOWN:
        yield f"and {len(paths) - _DIFFERENCES_SHOWN} more"


def _value(data: object, path: str) -> object:
    for name in filter(None, path.split(".")):
        data = (_parts(data) or {}).get(name)
    return data


def _text(value: object) -> str:
    """A value in a few words."""
    if value is None:
        return "–"
    if isinstance(value, Mapping):
        told = ", ".join(f"{name} {_text(each)}" for name, each in value.items())
    elif isinstance(value, list | tuple):
        told = ", ".join(map(_text, value))
    else:
        told = str(value)
    return plain(told if len(told) <= _TEXT_SHOWN else f"{told[: _TEXT_SHOWN - 1]}…")
