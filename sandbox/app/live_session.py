"""A session in real time, whose providers may be sent outside one by one: `sandbox open --live`.

A `LiveRoom` turns the world, in the event loop of whoever shows the session; every line is written
down before it is shown. Nothing here waits: knobs, acts and switches are handed to the room's
driver, and `advance` only moves the clock that is shown. All providers are simulated at first.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

from sandbox.app.composing import Draft, own_message
from sandbox.app.forcing import LevelChoice
from sandbox.app.frame import Figures, Frame, MessageRow, Phase, ProviderView, Subject
from sandbox.app.guard import Missing, Pass
from sandbox.app.live_asking import Wanted, choose
from sandbox.app.live_judge import LiveJudge
from sandbox.app.live_run import LiveOrder, LiveRoom, Ready
from sandbox.app.live_switch import (
    Passes,
    Proposal,
    Start,
    accept,
    address_of,
    proposal_of,
    propose,
)
from sandbox.app.session import Session
from sandbox.cascade import outputs
from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import Act
from sandbox.drivers.live import LiveDriver
from sandbox.drivers.paced import Pacer
from sandbox.errors import MisuseError, SandboxError, UsageError
from sandbox.journal import entry
from sandbox.scenario.composing import OwnMessage, grown
from sandbox.scenario.model import Scenario
from sandbox.simulation.spec import Change
from sandbox.simulation.world import World

PATIENCE_S: Final = 3.0
"""So long what is out is waited for when the session is left; then its answer stays unknown."""

_NOT_BY_HAND: Final = "not built: in a live session nothing is decided by hand"


class Written(NamedTuple):
    """A message that somebody has written, and that has not come yet.

    Attributes:
        own: The message.
        grown: The scenario with it.
        proposal: What of it would really be sent; None: nothing.
    """

    own: OwnMessage
    grown: Scenario
    proposal: Proposal | None


class _Shown(Pacer):
    """The instant that is shown; the world is turned by somebody else."""

    def __init__(self, world: World, now_us: Callable[[], int]) -> None:
        super().__init__(world)
        self._clock_us = now_us

    @property
    def is_over(self) -> bool:
        """The scenario ends here."""
        return self.now_us >= self.world.spec.end_us

    def advance(self, wall_us: int, *, may_go_on: Callable[[], bool]) -> list[Fact]:  # noqa: ARG002 - the clock knows
        """Show how late it is."""
        self.is_behind = False
        self.now_us = max(self.now_us, min(self._clock_us(), self.world.spec.end_us))
        return []


class LiveSession(Session):
    """A run that somebody watches in real time, parts of which may be real."""

    def __init__(
        self,
        scenario: Scenario,
        start: Start,
        *,
        clock: Callable[[], float] = time.monotonic,
        has_names: bool = False,
    ) -> None:
        """Set it up; nothing moves before `serve`.

        Args:
            scenario: What to run.
            start: How the app was started.
            clock: As for `Session`.
            has_names: As for `Session`.

        Raises:
            UsageError: the public URL is none.
        """
        self.start = start
        self.run_name = ""
        """What the run is called once it has begun: `r7`."""
        self.webhook_urls: Mapping[str, str] = {}
        self._ways = start.ways(scenario)
        self._addresses = {
            route.provider: address_of(scenario, route.provider, start) for route in scenario.routes
        }
        self._asked: dict[str, bool] = {}
        """Provider -> whether it was last asked for outside; the log follows within a moment."""
        self._outside: dict[str, bool] = {}
        """Provider -> whether it is outside, by the log."""
        self.real_messages: set[int] = set()
        """Messages that were really submitted at least once."""
        self._own: list[OwnMessage] = []
        self._grown = scenario
        """The scenario with the messages that somebody has written."""
        self._passes = Passes(start.context.ledger)
        self._task: asyncio.Task[None] | None = None
        super().__init__(scenario, clock=clock, has_names=has_names)
        self.live = self

    def _begin(self) -> None:
        super()._begin()
        self.speed = Fraction(1)
        self._room = LiveRoom(
            LiveOrder(
                scenario=self.scenario,
                pass_of=self._pass_of,
                ledger=self.start.context.ledger,
                hearing=self._ways.hearing,
                public_url=self._ways.public_url,
                port=self.start.port,
                path=self.start.path,
                outside=frozenset(),
                stays_open=True,
            ),
            folds=(self._hear,),
            on_ready=self._note_ready,
        )
        self._world = self._room.world
        self._pacer = _Shown(self._room.world, lambda: self._room.now_us)
        self.judge = LiveJudge(self.scenario, self._metrics, self._room.world, self._clock)

    def _pass_of(self, message: int, name: str) -> Pass:
        return self._passes.of(message, name)

    def _note_ready(self, ready: Ready) -> None:
        self.run_name, self.webhook_urls = ready.run, ready.webhook_urls

    # The room --------------------------------------------------------------------------------

    def serve(self) -> None:
        """Let the run begin, in the event loop that is running; once."""
        self._task = asyncio.get_running_loop().create_task(self._serve())

    async def _serve(self) -> None:
        try:
            await self._room.run()
        except SandboxError as error:
            hint = f" {error.hint}" if error.hint else ""
            self._break(f"{str(error).splitlines()[0]}.{hint} Nothing is sent any more.")
        except Exception as error:  # noqa: BLE001 - whatever it is, the screen must say it
            self._break(f"{type(error).__name__}. Nothing is sent any more.")

    async def close(self) -> None:
        """Let nothing more be sent, wait a little for what is out, and write down the end."""
        self._room.stop()
        task, self._task = self._task, None
        if task is not None:
            await asyncio.wait({task}, timeout=PATIENCE_S)
            if not task.done():
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        self._passes.give_back()

    def _hear(self, facts: list[Fact]) -> None:
        """Take in lines that were written down."""
        for fact in facts:
            if fact[5] == entry.KNOB_CHANGED and fact[7].text("path") == entry.ADAPTER:
                self._outside[fact[7].text("provider")] = fact[7].text("value") == entry.REAL
            elif fact[5] == outputs.SUBMITTED and self._outside.get(fact[7].text("provider")):
                self._note_real(fact)
        self._guarded(lambda: facts)
        self._pacer.now_us = max(self._pacer.now_us, facts[-1][1])

    def _note_real(self, fact: Fact) -> None:
        message, level = fact[2] or 0, fact[3] or 0
        self.real_messages.add(message)
        self._passes.made(self.name_of(message), level, fact[7].text("provider"))

    def _break(self, trouble: str, trace: tuple[str, ...] = ()) -> None:
        super()._break(trouble, trace)
        self.all_simulated()

    # The switch ------------------------------------------------------------------------------

    @property
    def real(self) -> tuple[str, ...]:
        """The providers that are outside, or on their way there, in the order of the scenario."""
        return tuple(name for name in self._addresses if self._is_real(name))

    def _is_real(self, provider: str) -> bool:
        return self._asked.get(provider, False) or self._outside.get(provider, False)

    @property
    def mark(self) -> str:
        """What the header says."""
        if self.real:
            return "LIVE " + ", ".join(f"{name} → {self._addresses[name]}" for name in self.real)
        return f"real time, all simulated{f', kept as {self.run_name}' * bool(self.run_name)}"

    def propose(self, provider: str) -> Proposal:
        """What sending a provider outside would mean: see `live_switch.propose`."""
        proposal = propose(self, provider, self.start, self.real, self._grown)
        if provider in self._ways.registered:
            return replace(proposal, register_at=self.webhook_urls.get(provider, ""))
        return proposal

    def switch(self, proposal: Proposal, typed: str) -> tuple[Missing, ...]:
        """Send a provider outside, if the lock opens.

        Returns:
            All that is missing; empty where it is outside from now on.
        """
        driver = self._driver()
        answer = accept(proposal, typed, self.start)
        if isinstance(answer, tuple):
            return answer
        self._passes.take(answer)
        self._asked[proposal.provider] = True
        driver.switch(proposal.provider, is_outside=True)
        return ()

    def _driver(self) -> LiveDriver:
        """Who turns the world.

        Raises:
            UsageError: nobody does.
        """
        driver = self._room.driver
        if driver is None or self.is_at_end:
            raise UsageError("the run is not under way")
        return driver

    def all_simulated(self) -> tuple[str, ...]:
        """Have all later submissions simulated, at once; what is under way is still heard.

        Returns:
            The providers that were outside.
        """
        driver, were = self._room.driver, self.real
        for name in were:
            self._asked[name] = False
            if driver is not None:
                driver.switch(name, is_outside=False)
        return were

    # A message of one's own ------------------------------------------------------------------

    def compose(self, draft: Draft) -> int:  # noqa: ARG002 - as any session is asked
        """Refuse: what is written may have to be asked about first; see `write`.

        Raises:
            MisuseError: always.
        """
        raise MisuseError("in a live session a message is written, and then requested")

    def write(self, draft: Draft) -> Written:
        """What a draft comes to, and what would really be sent of it.

        Raises:
            UsageError: it cannot be sent, as `preview` says, or a text of its own would be real.
            ScenarioError: a channel does not take such a text.
        """
        problem = self.preview(draft).problem
        if problem:
            raise UsageError(f"not sent: {problem}")
        own = own_message(draft, self._free_name(self._own), self.now_us, self.scenario.world)
        made = grown(self.scenario, [*self._own, own])
        chosen = choose(made, Wanted(message=own.name))
        used = [name for level in chosen.plan.levels for name in level.providers]
        real = [name for name in self.real if name in used]
        if not real:
            return Written(own, made, None)
        proposal = proposal_of(made, real[0], [chosen], self.start, self.real)
        return Written(own, made, proposal if proposal.sending.messages else None)

    def request(self, written: Written, typed: str = "") -> tuple[Missing, ...]:
        """Let what was written come, if nothing of it is real or the lock opens.

        Returns:
            All that is missing; empty where it is on its way.
        """
        driver = self._driver()
        if written.proposal is not None:
            answer = accept(written.proposal, typed, self.start)
            if isinstance(answer, tuple):
                return answer
            self._passes.take(answer)
        self._own.append(written.own)
        self._grown = written.grown
        driver.request(written.own, written.grown.world)
        return ()

    # What is not for real time ---------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        """What the run is doing; it is never paused."""
        if self.trouble:
            return Phase.BROKEN
        return Phase.OVER if self._pacer.is_over else Phase.RUNNING

    def pause(self) -> None:
        """Real time does not stop."""

    def step(self) -> tuple[str, ...]:
        """Real time does not stop."""
        return ()

    def set_speed(self, speed: Fraction) -> None:
        """Real time has one speed."""

    def restart(self, seed: int | None = None) -> None:
        """What was sent is not taken back."""

    def save(self, folder: Path) -> Path:  # noqa: ARG002 - as any session is asked
        """Refuse: a scenario would not lead to the same log.

        Raises:
            UsageError: always.
        """
        raise UsageError(self._is_kept())

    def text(self) -> str:
        """Refuse, as `save`.

        Raises:
            UsageError: always.
        """
        raise UsageError(self._is_kept())

    def _is_kept(self) -> str:
        return f"a live session is kept as {self.run_name or 'a run'}, and no scenario repeats it"

    def choices(self, message: int) -> tuple[LevelChoice, ...]:
        """Nothing can be decided by hand."""
        return tuple(each._replace(why_not=_NOT_BY_HAND) for each in super().choices(message))

    # The hand --------------------------------------------------------------------------------

    def act(self, message: int, act: Act) -> tuple[str, ...]:
        """Ask for an act; what comes of it stands in the log a moment later."""
        driver = self._room.driver
        if driver is None or self.is_at_end or not 1 <= message <= self.message_count:
            return ()
        driver.act(message, act)
        return (f"{act} asked for m{message}",)

    def _change(self, provider: str, path: str, change: Change | None) -> list[Fact]:
        driver = self._room.driver
        if driver is not None:
            driver.change(provider, path, change)
        return []

    # What can be seen ------------------------------------------------------------------------

    @property
    def subject(self) -> Subject:
        """What is being run, and what of it is real."""
        return replace(super().subject, live=self.mark, is_real=bool(self.real))

    def providers(self) -> tuple[ProviderView, ...]:
        """The providers, with where those outside really are."""
        return tuple(
            replace(view, real=self._addresses[view.name]) if self._is_real(view.name) else view
            for view in super().providers()
        )

    def frame(self, tracked: int | None = None) -> Frame:
        """Everything that moves; it is never at its end, since one may still write a message."""
        return replace(super().frame(tracked), is_settled=False)

    def figures(self) -> Figures:
        """How the run is going; once something was really sent nobody knows what is true."""
        return replace(super().figures(), has_truth=not self.real_messages)

    def row(self, message: int) -> MessageRow | None:
        """A message as a line of a list; of a real one nobody knows more than what was said."""
        row = super().row(message)
        is_real = message in self.real_messages
        return replace(row, is_real=True) if row is not None and is_real else row
