"""A scenario with its real providers' requests, answers and webhooks, all of it on this machine.

    scenario → LiveRoom → HTTP → fakes of the vendors, which do what the simulation would do
                       ← HTTP ← signed webhooks

Nothing is really sent: passes are given for fakes that listen in this very process, and they are
the only address anything goes to. So people may be made up, and nothing is asked and counted.
"""

import asyncio
import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

from sandbox.adapters.catalogue import adapter_named
from sandbox.adapters.codec import Ability, Adapter, Credentials
from sandbox.app.base_urls import base_url
from sandbox.app.guard import Ask, Command, Generated, Pass, Wire, rehearsal
from sandbox.app.live_run import LiveOrder, LiveResult, LiveRoom, Ready
from sandbox.app.live_secrets import Found, dummy_credentials
from sandbox.app.parity import Kept, Parity, parity
from sandbox.app.recording import Watch
from sandbox.app.rewriting import rewritten
from sandbox.app.run import Fold, run_loaded
from sandbox.app.started import StartedFakes
from sandbox.app.stopping import stopped_by_hand
from sandbox.cascade.events import Acted
from sandbox.cascade.outputs import FINISHED
from sandbox.cascade.vocabulary import SECOND_US
from sandbox.dialects.catalogue import dialect_named
from sandbox.errors import UsageError
from sandbox.net.fakes import Fake, Fakes
from sandbox.net.serving import Door, listen, served
from sandbox.report.plain import plain
from sandbox.report.timeline import MessageResult
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from sandbox.scenario.quantities import exact_text
from sandbox.simulation.highest_price import Tariff

SPEED: Final = Fraction(10)
SPEED_MAX: Final = Fraction(200)
"""Beyond it the milliseconds of this machine would be seconds of the run."""

SENDER: Final = "+447700900999"
"""Who messages come from where the scenario does not say; one of Ofcom's numbers for fiction."""

TEXT: Final = "Rehearsal"
"""What is said where the scenario does not say it, and a vendor takes no empty text."""

LINGER_US: Final = 60 * SECOND_US
"""How long the last word of an attempt is waited for in the end."""

MARGIN_US: Final = 60 * SECOND_US
"""For how long after the last outcome of the simulation a rehearsal goes on, if it must."""

_RUN: Final = "rehearsal"
_OWN_NUMBER: Final = "phone_number"
_BASIC: Final[Mapping[str, str]] = {"webhook_auth": "basic", "webhook_user": "rehearsal"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What is rehearsed.

    Attributes:
        scenario: Its routes say who is outside; at least one provider is.
        path: Where the run is kept; None: nowhere that lasts.
        speed: Seconds of the run per second of wall time.
        asks: Vendors that can be asked are, and send no webhooks.
        watch: Looks on; a recorder is one.
    """

    scenario: Scenario
    path: Path | None = None
    speed: Fraction = SPEED
    asks: bool = False
    watch: Watch | None = None


class Rehearsed(NamedTuple):
    """What came of it.

    Attributes:
        live: The run.
        messages: What became of each message, in order of arrival; truth is not known.
        fired: Fault -> how often a setting of a fake that it had changed was read.
        counts: Of the fakes; see `Fakes`.
        parity: Beside the simulation of the same scenario; None: it was stopped.
        is_kept: The run can be looked at later.
    """

    live: LiveResult
    messages: tuple[MessageResult, ...]
    fired: Mapping[str, int]
    counts: Mapping[str, int]
    parity: Parity | None
    is_kept: bool


# The scenario ------------------------------------------------------------------------------------


def with_adapter(
    file: Path | str,
    name: str,
    *,
    overrides: Sequence[tuple[str, str]] = (),
    seed: int | None = None,
) -> Scenario:
    """Load a scenario with an adapter for every provider that it can carry.

    Those that say a sender keep it. Others stay simulated. A validity that the vendor cannot be
    told is left out, because no message with one would be sent.

    Args:
        file: As `load` takes it.
        name: The adapter's; "": as the scenario has it.
        overrides: As `load` takes them.
        seed: Likewise.

    Raises:
        UsageError: there is no such adapter.
        ScenarioError: the file cannot be used.
    """
    scenario = load(file, overrides=overrides, seed=seed)
    if not name:
        return scenario
    adapter = adapter_named(name)
    more = [*_adapted(scenario, adapter)]
    adapted = load(file, overrides=[*overrides, *more], seed=scenario.seed) if more else scenario
    return _without_validities(adapted, adapter)


def _adapted(scenario: Scenario, adapter: Adapter) -> Iterator[tuple[str, str]]:
    providers = scenario.tree.map("providers")
    for spec in scenario.world.providers:
        if spec.channel in adapter.channels:
            yield f"providers.{spec.name}.adapter", adapter.name
            node = providers.map(spec.name) if providers else None
            if not (node and node.text("sender")) and not _has_own_number(adapter):
                yield f"providers.{spec.name}.sender", f'"{SENDER}"'
    for plan in scenario.world.plans:
        if not plan.text:
            yield f"cascades.{plan.name}.content.text", TEXT


def _without_validities(scenario: Scenario, adapter: Adapter) -> Scenario:
    """The scenario without those that an adapter cannot tell its vendor."""
    its = {route.provider for route in scenario.routes if route.adapter == adapter.name}
    if Ability.VALIDITY in adapter.abilities or not any(
        level.validity_us is not None and its & {*level.providers}
        for plan in scenario.world.plans
        for level in plan.levels
    ):
        return scenario
    cascades = {}
    for name, cascade in scenario.resolved["cascades"].items():
        levels = [
            {key: value for key, value in level.items() if key != "validity"}
            if its & {*level["via"]}
            else level
            for level in cascade["levels"]
        ]
        cascades[name] = {**cascade, "levels": levels}
    return rewritten(scenario, cascades=cascades)


def _has_own_number(adapter: Adapter) -> bool:
    """Whether the number a vendor sends from comes with its credentials."""
    return any(need.name == _OWN_NUMBER for need in adapter.sending)


def _without_own_numbers(scenario: Scenario) -> Scenario:
    """The scenario without senders that made-up credentials could not prove to be theirs."""
    routes = (
        route._replace(sender="") if _has_own_number(adapter_named(route.adapter)) else route
        for route in scenario.routes
    )
    return replace(scenario, routes=tuple(routes))


# The rehearsal -----------------------------------------------------------------------------------


def rehearse(
    order: Rehearsal,
    *,
    folds: Sequence[Fold] = (),
    on_ready: Callable[[str], None] = lambda _: None,
) -> Rehearsed:
    """Rehearse a scenario, until its end or Ctrl-C.

    Must not be called where an event loop runs.

    Args:
        order: What is rehearsed.
        folds: See the log go by.
        on_ready: Told what the run is called, before it begins.

    Raises:
        UsageError: no provider of it has an adapter.
        StorageError: it cannot be written down.
    """
    if not order.scenario.routes:
        raise UsageError(
            f"no provider of '{plain(order.scenario.name)}' has an adapter",
            hint="Write one, or give all of them one: --adapter dexatel.",
        )
    simulated = Kept()
    run_loaded(order.scenario, folds=(simulated.fold,))
    with _file(order.path) as path:
        return asyncio.run(_Room(order, path, folds, on_ready, simulated).rehearsed())


def bounded(scenario: Scenario, simulated: Kept) -> Scenario:
    """The scenario with an end at which all of its messages have had time to end.

    A phone that is off for hours would let everybody wait for a receipt that decides nothing.
    """
    ends = [fact[1] for fact in simulated.facts if fact[5] == FINISHED]
    until_us = max(ends, default=0) + MARGIN_US
    if until_us >= scenario.world.end_us:
        return scenario
    clock = {**scenario.resolved["clock"], "until": exact_text(until_us)}
    return rewritten(scenario, clock=clock)


@contextmanager
def _file(path: Path | None) -> Iterator[Path]:
    """Where the run is written down: a live run always is."""
    if path is not None:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "rehearsal.sqlite"


class _Room:
    """One rehearsal."""

    def __init__(
        self,
        order: Rehearsal,
        path: Path,
        folds: Sequence[Fold],
        on_ready: Callable[[str], None],
        simulated: Kept,
    ) -> None:
        self._order, self._path, self._on_ready = order, path, on_ready
        self._simulated = simulated
        self._routes = {route.provider: route for route in order.scenario.routes}
        self._credentials = {
            name: made_up_credentials(adapter_named(route.adapter))
            for name, route in self._routes.items()
        }
        self._kept = Kept()
        self._folds = (self._kept.fold, *folds)
        self._passes: dict[int, Pass] = {}

    async def rehearsed(self) -> Rehearsed:
        """All of it."""
        order = self._order
        scenario = _without_own_numbers(bounded(order.scenario, self._simulated))
        fakes = Fakes(
            scenario.world,
            [
                Fake(name, dialect_named(route.adapter), self._credentials[name])
                for name, route in self._routes.items()
            ],
            speed=float(order.speed),
            currency=scenario.currency,
            on_act=self._act,
        )
        with listen(0) as door:
            async with fakes, served(fakes, door):
                self._room = LiveRoom(
                    LiveOrder(
                        scenario=scenario,
                        pass_of=self._passing(door),
                        ledger=None,
                        hearing=self._heard(),
                        path=self._path,
                        speed=order.speed,
                        is_rehearsal=True,
                        watch=order.watch,
                        linger_us=LINGER_US,
                    ),
                    folds=self._folds,
                    on_ready=lambda ready: self._begin(fakes, ready),
                )
                with stopped_by_hand(self._room.stop):
                    live = await self._room.run()
        return Rehearsed(
            live=live,
            messages=tuple(self._kept.results(scenario.world.plans, self._names)),
            fired=fakes.fired,
            counts=dict(fakes.counts),
            parity=self._compared() if live.is_whole else None,
            is_kept=self._order.path is not None,
        )

    @property
    def _names(self) -> Mapping[int, str]:
        return self._room.world.message_names

    def _heard(self) -> Mapping[str, Credentials]:
        """Whose webhooks are taken in; the others are asked."""
        return {
            name: credentials
            for name, credentials in self._credentials.items()
            if not (
                self._order.asks
                and Ability.POLL in adapter_named(self._routes[name].adapter).abilities
            )
        }

    def _begin(self, fakes: Fakes, ready: Ready) -> None:
        for provider, url in ready.webhook_urls.items():
            fakes.send_to(provider, url)
        self._on_ready(ready.run)
        fakes.begin()

    def _act(self, acted: Acted) -> None:
        """No vendor tells that somebody has entered a code; here we do."""
        self._room.act(acted.message, acted.act)

    def _passing(self, door: Door) -> Callable[[int, str], Pass]:
        started = StartedFakes.on([door.socket])
        wires = tuple(self._wires(door))

        def pass_of(message: int, _: str) -> Pass:
            passed = self._passes.get(message)
            if passed is None:
                world = self._room.world
                ask = Ask(
                    command=Command(verb="live"),
                    run=_RUN,
                    plan=world.plan_of(message),
                    wires=wires,
                    recipient=Generated(world.phone_of(message)),
                    currency=self._order.scenario.currency,
                )
                passed = self._passes[message] = rehearsal(ask, started)
            return passed

        return pass_of

    def _wires(self, door: Door) -> Iterator[Wire]:
        """How the fakes are reached, and what the scenario says they ask."""
        settings = {spec.name: spec for spec in self._order.scenario.world.providers}
        for name, route in self._routes.items():
            spec = settings[name]
            yield Wire(
                provider=name,
                adapter=adapter_named(route.adapter),
                base_url=base_url(f"{door.url}/{name}"),
                found=Found(Credentials(), ()),
                tariff=Tariff(spec.settings.price_nano, spec.per_segment),
            )

    def _compared(self) -> Parity:
        scenario = self._order.scenario
        plans = scenario.world.plans
        return parity(self._simulated, self._kept, plans, self._names, scenario.currency)


def made_up_credentials(adapter: Adapter) -> Credentials:
    """What a fake and whoever hears it agree on; new ones each time, and worth nothing."""
    hearing = {
        need.name: _BASIC.get(need.name) or secrets.token_urlsafe(16)
        for need in adapter.hearing
        if need.is_required or need.name in _BASIC
    }
    return Credentials((*Credentials.of(hearing).secrets, *dummy_credentials(adapter).secrets))
