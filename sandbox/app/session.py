"""One run being watched: the world, a pacer, and every fold a screen looks at.

A face calls `advance` with the wall time that went by, and draws `frame()`. Nothing happens between
two calls, so pausing is simply not calling, and a session advanced in any slices has the same log
as a headless run. A knob that is turned becomes a line of that log at the instant shown, before the
next event.

The facts of the latest messages are kept, so that each can be explained; older ones are let go, and
with them nothing but their story: every count goes on.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandbox.app.applying import Applying
from sandbox.app.breakdown import Breakdown, where_of
from sandbox.app.composing import Composing
from sandbox.app.controls import Controls
from sandbox.app.forcing import Forcing
from sandbox.app.frame import (
    Figures,
    Frame,
    LaneView,
    MessageRow,
    Phase,
    ProviderView,
    Subject,
    hops_of,
)
from sandbox.app.inspecting import material_of
from sandbox.app.knobs import Knob, Knobs, Outage, words_of
from sandbox.app.live_judge import LiveJudge
from sandbox.app.message_table import MessageTable
from sandbox.app.opening_speed import SPEED_MAX, SPEED_MIN, opening_speed
from sandbox.app.run import metrics_for, with_seed
from sandbox.app.saving import UNTIL_MIN_US, scenario_text, write_anew
from sandbox.app.stories import Stories
from sandbox.app.trends import LastTurn
from sandbox.app.undoing import Choice, Turn, Undoing
from sandbox.cascade import outputs
from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import SECOND_US, Act, Outcome
from sandbox.drivers.paced import Pacer
from sandbox.drivers.retraced import LiveAct, LiveDeed, live_change
from sandbox.journal.digest import Digest
from sandbox.report.columns import OUTCOME
from sandbox.report.fates import Fates
from sandbox.report.lanes import Lanes
from sandbox.report.laws import Laws
from sandbox.report.timeline import Story
from sandbox.report.troubles import Troubles
from sandbox.scenario.model import Scenario
from sandbox.simulation.names import person_name
from sandbox.simulation.spec import Burst, Change, LoadEntry, Single
from sandbox.simulation.world import World

if TYPE_CHECKING:
    from sandbox.app.live_session import LiveSession
    from sandbox.report.why import Explained

_SIMULATION_PART: Final = Fraction(2, 5)
"""Of a time budget, what the world may use; the folds over what it said need the rest."""

_FLASH_WALL_US: Final = 700_000
"""For how much wall time something that just happened is shown."""

_SPEED_LOOKS: Final = 20
"""Over how many calls the speed reached is averaged."""

_NEARLY: Final = Fraction(19, 20)
"""A speed reached that is not below this part of the one asked for is not worth a word."""

_FOLLOW_WALL_S: Final = 6
"""How long a message picked by itself is still shown after its end."""


class Session(Forcing, Composing, Applying):
    """A run of one scenario, turned by somebody who watches."""

    live: "LiveSession | None" = None
    """The same where parts of it may be real; None: all of it is simulated."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        clock: Callable[[], float] = time.monotonic,
        has_names: bool = False,
    ) -> None:
        """Set the run up at instant 0, not paused.

        Args:
            scenario: What to run.
            clock: Seconds of wall time, for the budget of `advance` only.
            has_names: Make up names for people who have none; they differ from one version of
                their library to the next, so what must be the same everywhere goes without.
        """
        self.scenario = scenario
        self.has_names = has_names
        self.speed = opening_speed(scenario)
        self._clock = clock
        self._begin()

    def _begin(self) -> None:
        scenario = self.scenario
        spec = scenario.world
        self.is_paused = False
        self.trouble = ""
        """What went wrong inside; "" for nothing."""
        self.breakdown: Breakdown | None = None
        """Where that was; None for nothing."""
        self._last_message: int | None = None
        self.deeds: list[LiveDeed] = []
        """What was done by hand, in the order of the log."""
        self.last_turn: LastTurn | None = None
        """The knob that was turned last by hand."""
        self._undoing = Undoing()
        self.fact_count = 0
        """Lines of the log so far; whoever draws can tell that something happened."""
        self._load_ends_us = max(map(_end_of, spec.load), default=0)
        self._world = World(spec)
        self._pacer = Pacer(self._world, self.speed)
        self._metrics = metrics_for(scenario)
        self._metrics.snapshot()  # begins to keep count
        self._laws = Laws(spec.plans, spec.breakers)
        self._digest = Digest()
        self._lanes = Lanes(spec.plans)
        self._stories = Stories(spec.plans, scenario.currency)
        self._controls = Controls(spec.providers, self._lanes.plans, spec.by_hand)
        self._troubles = Troubles(self._metrics.columns)
        self.judge = LiveJudge(scenario, self._metrics, self._world, self._clock)
        """Judges the expectations of the scenario while the run goes on."""
        self._looks: deque[tuple[int, int]] = deque(maxlen=_SPEED_LOOKS)
        self.table = MessageTable(
            self._metrics.columns,
            spec.plans,
            {provider.name: str(provider.channel) for provider in spec.providers},
            (self.name_of, self.phone_of),
            lambda: self._pacer.now_us,
        )
        """Answers about all messages, also those whose lines were let go."""

    # What turns it ---------------------------------------------------------------------------

    def advance(self, wall_us: int, budget_us: int | None = None) -> bool:
        """Let the run catch up with some wall time.

        Args:
            wall_us: Wall time since the last call, in microseconds.
            budget_us: How long the call may take; what does not fit is given up, and the frame says
                that the speed was limited. None: as long as it takes.

        Returns:
            Whether anything changed, be it only the clock.
        """
        if self.phase is not Phase.RUNNING:
            return False
        before_us = self._pacer.now_us
        may_go_on = self._may_go_on(budget_us)
        self._guarded(lambda: self._pacer.advance(wall_us, may_go_on=may_go_on))
        self._note_speed(wall_us, self._pacer.now_us - before_us)
        return True

    def step(self) -> tuple[str, ...]:
        """Pause, and let exactly one event happen.

        Returns:
            What the log says of it, line by line; empty when nothing was left to happen.
        """
        self.is_paused = True
        if self.phase is not Phase.PAUSED:
            return ()
        facts: list[Fact] = []

        def turn() -> list[Fact]:
            facts.extend(self._pacer.step())
            return facts

        self._guarded(turn)
        return self._stories.told(facts)

    def pause(self) -> None:
        """Stop the clock, or let it run again."""
        self.is_paused = not self.is_paused

    def change_speed(self, doublings: int) -> None:
        """Run at two to the `doublings` times the speed, between a quarter and 512."""
        self.set_speed(self.speed * Fraction(2) ** doublings)

    def set_speed(self, speed: Fraction) -> None:
        """Run at a multiple of wall time, held between a quarter and 512."""
        self.speed = self._pacer.speed = min(max(speed, SPEED_MIN), SPEED_MAX)
        self._looks.clear()

    def restart(self, seed: int | None = None) -> None:
        """Start again with every knob as in the scenario; None keeps the seed."""
        if seed is not None:
            self.scenario = with_seed(self.scenario, seed)
        self._begin()

    def turn(self, provider: str, knob: Knob, steps: int) -> None:
        """Turn a knob by some steps, at the instant shown; not when the run is over."""
        self._turn(provider, self._controls.knobs(provider).turned(knob, steps))

    def put(self, provider: str, knob: Knob, share: Fraction) -> None:
        """Put a knob where its slider was hit, as a share of its range; an outage has none."""
        self._turn(provider, self._controls.knobs(provider).put(knob, share))

    def break_down(self, provider: str, outage: Outage | None) -> None:
        """Let a provider be out in some way, or mend it, at the instant shown."""
        self._turn(provider, self._controls.knobs(provider).with_outage(outage))

    def reset(self, provider: str) -> bool:
        """Put all knobs of a provider where the scenario has them; whether any was elsewhere."""
        knobs = self._controls.knobs(provider)
        return self._turn(provider, Knobs(knobs.base))

    def undo(self) -> str | None:
        """Turn the knobs turned last back to where they were.

        Returns:
            Whose knobs; None when there is nothing to take back, or the run is over. What was
            decided about a message is taken back in the same way: see `Forcing.take_choice`.
        """
        turn = None if self.is_at_end else self._undoing.undo()
        if turn is None:
            return None
        if isinstance(turn, Choice):
            return self.take_choice(turn, turn.before)
        self._set(turn.provider, turn.before)
        return turn.provider

    def redo(self) -> str | None:
        """Turn the knobs that were taken back last once more; returns as `undo` does."""
        turn = None if self.is_at_end else self._undoing.redo()
        if turn is None:
            return None
        if isinstance(turn, Choice):
            return self.take_choice(turn, turn.after)
        self._set(turn.provider, turn.after)
        return turn.provider

    def act(self, message: int, act: Act) -> tuple[str, ...]:
        """Do something about a message, at the end of the instant shown.

        Returns:
            What the log says of it, line by line; empty where all about the message is over.
        """
        if self.trouble or not 1 <= message <= self.message_count:
            return ()
        facts: list[Fact] = []

        def do() -> list[Fact]:
            facts.extend(self._pacer.act(message, act))
            return facts

        self._guarded(do)
        own = [fact for fact in facts if fact[2] == message and fact[1] == self._pacer.now_us]
        begun = next((nth for nth, fact in enumerate(own) if fact[5] == outputs.ACT), None)
        if begun is None:
            return ()
        self.deeds.append(LiveAct(facts[-1][0], self._pacer.now_us, message, act))
        return self._stories.told(own[begun:])

    @property
    def is_at_end(self) -> bool:
        """Nothing more will happen: it is over, or broken."""
        return self.phase in {Phase.BROKEN, Phase.OVER}

    def _turn(self, provider: str, knobs: Knobs) -> bool:
        before = self._controls.knobs(provider)
        if self.is_at_end or before == knobs:
            return False
        self._undoing.note(Turn(provider, before, knobs))
        self._set(provider, knobs)
        return True

    def _set(self, provider: str, knobs: Knobs) -> None:
        words = words_of(self._controls.knobs(provider), knobs)
        for path, change in self._controls.put(provider, knobs, self._pacer.now_us):
            self._guarded(partial(self._change, provider, path, change))
        self.last_turn = LastTurn(f"{provider} {words}", self._pacer.now_us)

    def _change(self, provider: str, path: str, change: Change | None) -> list[Fact]:
        facts = self._pacer.change(provider, path, change)
        self.deeds.append(live_change(facts, path, change))
        return facts

    def save(self, folder: Path) -> Path:
        """Write the session as a scenario that leads to the same log by itself.

        A session that has not come to its end is saved as far as it is, to the end of the instant
        shown: the scenario ends there. One that has hardly begun is saved as a whole run.

        Args:
            folder: Where; nothing that is there already is overwritten.

        Raises:
            StorageError: the file cannot be written.
            ScenarioError: so many changes do not fit into a scenario.
        """
        return write_anew(folder, self.scenario.name, self.text())

    def text(self) -> str:
        """What `save` writes."""
        until_us = None
        if self.phase is not Phase.OVER and self._pacer.now_us >= UNTIL_MIN_US:
            if not self.trouble:  # a broken world can go nowhere
                self._guarded(self._pacer.finish_instant)
            until_us = None if self._pacer.is_over else self._pacer.now_us
        return scenario_text(self.scenario, self.deeds, until_us)

    def let_go(self) -> None:
        """Give the memory back at once, of a session that nobody looks at any more.

        World and session refer to themselves; the cycle collector would need a long look.
        """
        for part in (self._world, self):
            vars(part).clear()

    def _may_go_on(self, budget_us: int | None) -> Callable[[], bool]:
        if budget_us is None:
            return _always
        clock = self._clock
        end = clock() + budget_us * float(_SIMULATION_PART) / SECOND_US
        return lambda: clock() < end

    def _guarded(self, turn: Callable[[], list[Fact]]) -> None:
        """Turn the world; an error inside stops the run, and loses nothing of what was before."""
        try:
            self._absorb(turn())
        except Exception as error:  # noqa: BLE001 - whatever it is, the screen must say it
            self.stop_for(error)

    def stop_for(self, error: Exception) -> None:
        """Stop the run for good because something inside went wrong; all that was is kept."""
        self._break(f"{type(error).__name__}: {error}", where_of(error))

    def _break(self, trouble: str, trace: tuple[str, ...] = ()) -> None:
        self.trouble = trouble
        self.is_paused = True
        self.breakdown = Breakdown(
            what=trouble,
            at_us=self._pacer.now_us,
            line=self.fact_count,
            message=self._last_message,
            trace=trace,
        )

    def _absorb(self, facts: list[Fact]) -> None:
        """Show new lines of the log to everything that looks at them."""
        if not facts:
            return
        self.fact_count += len(facts)
        self._last_message = facts[-1][2]
        self._digest.update(facts)
        self._metrics.fold(facts)
        self._lanes.fold(facts)
        self._controls.fold(facts)
        self._troubles.fold(facts)
        self._laws.watch(facts)
        self.judge.fold(facts)
        patience_us = int(_FOLLOW_WALL_S * SECOND_US * self.speed)
        for fact in facts:
            self._stories.take(fact, patience_us)
        if self._laws.violations:
            violation = self._laws.violations[0]
            self._break(f"a law of the engine broke: {violation.law}: {violation.text}")

    def _note_speed(self, wall_us: int, virtual_us: int) -> None:
        if self._pacer.is_behind or self._looks:
            self._looks.append((wall_us, virtual_us))
        if len(self._looks) == _SPEED_LOOKS and not self._pacer.is_behind:
            self._looks.clear()

    # What can be seen ------------------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        """What the run is doing."""
        if self.trouble:
            return Phase.BROKEN
        if self._pacer.is_over:
            return Phase.OVER
        return Phase.PAUSED if self.is_paused else Phase.RUNNING

    @property
    def seed(self) -> int:
        """The seed of this run."""
        return self.scenario.seed

    @property
    def digest(self) -> str:
        """The digest of the log so far."""
        return self._digest.text

    @property
    def now_us(self) -> int:
        """The instant shown, in microseconds since the run began."""
        return self._pacer.now_us

    def is_decided(self, message: int) -> bool:
        """Whether a message has its outcome."""
        return bool(self._metrics.columns.state[message] & OUTCOME)

    def fates(self, channels: Sequence[str]) -> Fates:
        """Tells the fate of any message as it stands, to be compared with another run."""
        return Fates(self._metrics.columns, self.scenario.world.plans, channels)

    @property
    def message_count(self) -> int:
        """Messages so far; they are numbered from 1."""
        return self._world.message_count

    @property
    def oldest_kept(self) -> int:
        """The first message whose facts are still there; 0 when there is none."""
        return self._stories.oldest

    @property
    def followed(self) -> int | None:
        """A message that switched level, picked for whoever has picked none."""
        return self._stories.followed

    @property
    def subject(self) -> Subject:
        """What is being run."""
        scenario = self.scenario
        return Subject(
            name=scenario.name,
            title=scenario.title,
            cascades=tuple(
                f"{plan.name}: " + " → ".join(str(level.channel) for level in plan.levels)
                for plan in scenario.world.plans
            ),
            currency=scenario.currency,
            clock_start=scenario.clock_start,
            file=scenario.file,
        )

    def frame(self, tracked: int | None = None) -> Frame:
        """Everything that moves, at the instant shown.

        Args:
            tracked: A message to point out in the lanes.
        """
        pacer = self._pacer
        providers = self.providers()
        order = {provider.name: index for index, provider in enumerate(providers)}
        plans = self._lanes.plans
        states = self._lanes.states()
        in_flight = sum(state.in_flight for state in states)
        requested = self._world.message_count
        return Frame(
            now_us=pacer.now_us,
            phase=self.phase,
            speed=self.speed,
            reached=self._reached(),
            seed=self.seed,
            opens_at_us=None if requested else self._world.peek(),
            is_settled=bool(requested) and not in_flight and pacer.now_us > self._load_ends_us,
            requested=requested,
            in_flight=in_flight,
            caption=self._caption(),
            trouble=self.trouble,
            lanes=tuple(
                LaneView(plan=plan, state=state, providers=tuple(order[p] for p in plan.providers))
                for plan, state in zip(plans, states, strict=True)
            ),
            flashes=tuple(self._lanes.flashes),
            flash_us=int(_FLASH_WALL_US * self.speed),
            tracked=None if tracked is None else self._lanes.place_of(tracked),
            providers=providers,
            changes=len(self.deeds),
        )

    def figures(self) -> Figures:
        """How the run is going; dearer than a frame."""
        now = self._metrics.snapshot()
        finished = now.messages - now.open
        return Figures(
            requested=now.messages,
            finished=finished,
            in_flight=now.open,
            known_delivered=now.outcomes.get(Outcome.DELIVERED.value, 0),
            true_delivered=int((now.true_delivery_rate or 0) * finished),
            known_p50_us=now.known_p50_us,
            known_p95_us=now.known_p95_us,
            true_p50_us=now.true_p50_us,
            true_p95_us=now.true_p95_us,
            ledger_nano=now.ledger_nano,
            bill_nano=now.bill_nano,
            currency=self.scenario.currency,
            known_twice=now.known_twice,
            true_twice=now.true_twice,
            hidden_twice=now.hidden_twice,
            hidden_nano=now.hidden_nano,
        )

    def story(self, message: int) -> Story | None:
        """The timeline of a message; None when its lines have been let go."""
        return self._stories.story(message)

    def facts(self, message: int) -> tuple[Fact, ...]:
        """All lines about a message so far; empty when they were let go."""
        return tuple(self._stories.facts(message))

    def why(self, message: int) -> "Explained | None":
        """Why each entry of a message's path was left, so far; None when its lines were let go.

        What could have been is told as if nothing more were changed by hand.
        """
        from sandbox.app.why import explain  # noqa: PLC0415 - the first picture needs none of it

        material = material_of(self, message)
        return None if material is None else explain(material)

    def name_of(self, message: int) -> str:
        """The name the scenario gives a message; "" for none."""
        return self._world.message_names.get(message, "")

    def phone_of(self, message: int) -> str:
        """The number the message goes to."""
        return self._world.phone_of(message)

    def person_of(self, message: int) -> str:
        """The name of whom the message is for; "" when there is none to show.

        The first name ever asked for takes a good part of a second: see `warm_up`.
        """
        person = self._world.person_of(message)
        if person.name or not self.has_names:
            return person.name
        return person_name(person.country, self.seed, person.index)

    def warm_up(self) -> None:
        """Load what makes names; may be called from another thread."""
        if self.has_names:
            person_name("", self.seed, 0)

    def row(self, message: int) -> MessageRow | None:
        """A message as a line of a list; None when there is no such message.

        When its lines have been let go, the line holds what the columns know.
        """
        account = self._stories.account(message)
        if account is None:
            return self.table.row(message)
        last = account.steps[-1] if account.steps else None
        took_us = account.took_us
        return MessageRow(
            message=message,
            name=self.name_of(message),
            phone=self._world.phone_of(message),
            outcome=account.outcome,
            channel="" if last is None else last.channel,
            path=tuple(hops_of(account.steps)),
            took_us=self._pacer.now_us - account.requested_at_us if took_us is None else took_us,
            ledger_nano=account.ledger_nano,
            surprise=account.surprise,
            copies=account.copy_count,
        )

    def providers(self) -> tuple[ProviderView, ...]:
        """The providers that some level uses, those of the first level first."""
        return self._controls.views(self._pacer.now_us, self._troubles.of, self._world.over_at)

    def _reached(self) -> Fraction | None:
        wall_us = sum(wall for wall, _ in self._looks)
        if not wall_us:
            return None
        reached = Fraction(sum(virtual for _, virtual in self._looks), wall_us)
        return reached if reached < self.speed * _NEARLY else None

    def _caption(self) -> str:
        now_us = self._pacer.now_us
        said = [caption for caption in self.scenario.captions if caption.at_us <= now_us]
        return max(said, key=lambda caption: caption.at_us).say if said else ""


def _end_of(load: LoadEntry) -> int:
    """When the last message of a load comes, or a moment later."""
    return load.at_us if isinstance(load, Burst | Single) else load.at_us + load.for_us


def _always() -> bool:
    return True
