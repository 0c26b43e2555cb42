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
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Final

from sandbox.app.controls import Controls
from sandbox.app.frame import (
    Figures,
    Frame,
    Hop,
    LaneView,
    MessageRow,
    Phase,
    ProviderView,
    Subject,
)
from sandbox.app.knobs import Knob, Knobs
from sandbox.app.run import metrics_for, with_seed
from sandbox.app.saving import UNTIL_MIN_US, scenario_text, write_anew
from sandbox.app.stories import Stories
from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import SECOND_US, Outcome
from sandbox.drivers.paced import Pacer
from sandbox.drivers.retraced import LiveChange, live_change
from sandbox.journal.digest import Digest
from sandbox.report.account import Step
from sandbox.report.lanes import Lanes
from sandbox.report.laws import Laws
from sandbox.report.timeline import Story
from sandbox.report.trace import Trace
from sandbox.report.troubles import Troubles
from sandbox.scenario.model import Scenario
from sandbox.simulation.names import person_name
from sandbox.simulation.spec import Burst, Change, LoadEntry, Single
from sandbox.simulation.world import World

SPEED_MIN: Final = Fraction(1, 4)
SPEED_MAX: Final = Fraction(512)

_LONGEST_WAIT_SHOWN_S: Final = 8
"""Without a speed of its own, a scenario runs so that its longest wait takes about this long."""

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


class Session:
    """A run of one scenario, turned by somebody who watches."""

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
        self._has_names = has_names
        self.speed = _opening_speed(scenario)
        self._clock = clock
        self._begin()

    def _begin(self) -> None:
        scenario = self.scenario
        spec = scenario.world
        self.is_paused = False
        self.trouble = ""
        """What went wrong inside; "" for nothing."""
        self.turns: list[LiveChange] = []
        self.fact_count = 0
        """Lines of the log so far; whoever draws can tell that something happened."""
        self._load_ends_us = max(map(_end_of, spec.load), default=0)
        self._world = World(spec)
        self._pacer = Pacer(self._world, self.speed)
        self._metrics = metrics_for(scenario)
        self._metrics.snapshot()  # begins to keep count
        self._laws = Laws(spec.plans)
        self._digest = Digest()
        self._lanes = Lanes(spec.plans)
        self._stories = Stories(spec.plans, scenario.currency)
        self._controls = Controls(spec.providers, self._lanes.plans, spec.by_hand)
        self._troubles = Troubles(self._metrics.columns)
        self._looks: deque[tuple[int, int]] = deque(maxlen=_SPEED_LOOKS)

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
        return self._told(facts)

    def _told(self, facts: list[Fact]) -> tuple[str, ...]:
        """Lines of the log in words; the instant is shown elsewhere."""
        trace = Trace(self.scenario.currency)
        told: list[str] = []
        for message in dict.fromkeys(fact[2] for fact in facts):
            # A trace wants all lines of a message, to know what the last ones mean.
            if message is None:
                known: Sequence[Fact] = [fact for fact in facts if fact[2] is None]
            else:
                known = self._stories.facts(message)
            for fact in known:
                line = trace.line(fact)
                if line is not None and fact in facts:
                    _, who, _, words = line.split(maxsplit=3)
                    told.append(words if told else f"{who}: {words}")
        return tuple(told)

    def pause(self) -> None:
        """Stop the clock, or let it run again."""
        self.is_paused = not self.is_paused

    def change_speed(self, doublings: int) -> None:
        """Run at two to the `doublings` times the speed, between a quarter and 512."""
        speed = self.speed * Fraction(2) ** doublings
        self.speed = self._pacer.speed = min(max(speed, SPEED_MIN), SPEED_MAX)
        self._looks.clear()

    def restart(self, seed: int | None = None) -> None:
        """Start again with every knob as in the scenario; None keeps the seed."""
        if seed is not None:
            self.scenario = with_seed(self.scenario, seed)
        self._begin()

    def turn(self, provider: str, knob: Knob, steps: int) -> None:
        """Turn a knob by some steps, at the instant shown; not when the run is over."""
        self._set(provider, self._controls.knobs(provider).turned(knob, steps))

    def put(self, provider: str, knob: Knob, share: Fraction) -> None:
        """Put a knob where its slider was hit, as a share of its range; an outage has none."""
        self._set(provider, self._controls.knobs(provider).put(knob, share))

    def _set(self, provider: str, knobs: Knobs) -> None:
        if self.phase in {Phase.BROKEN, Phase.OVER}:
            return
        for path, change in self._controls.put(provider, knobs, self._pacer.now_us):
            self._guarded(partial(self._change, provider, path, change))

    def _change(self, provider: str, path: str, change: Change | None) -> list[Fact]:
        facts = self._pacer.change(provider, path, change)
        self.turns.append(live_change(facts, path, change))
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
        until_us = None
        is_under_way = self.phase in {Phase.RUNNING, Phase.PAUSED}
        if is_under_way and self._pacer.now_us >= UNTIL_MIN_US:
            self._guarded(self._pacer.finish_instant)
            until_us = None if self._pacer.is_over else self._pacer.now_us
        text = scenario_text(self.scenario, self.turns, until_us)
        return write_anew(folder, self.scenario.name, text)

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
            self._break(f"{type(error).__name__}: {error}")

    def _break(self, trouble: str) -> None:
        self.trouble = trouble
        self.is_paused = True

    def _absorb(self, facts: list[Fact]) -> None:
        """Show new lines of the log to everything that looks at them."""
        if not facts:
            return
        self.fact_count += len(facts)
        self._digest.update(facts)
        self._metrics.fold(facts)
        self._lanes.fold(facts)
        self._controls.fold(facts)
        self._troubles.fold(facts)
        self._laws.watch(facts)
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
            changes=len(self.turns),
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
        )

    def story(self, message: int) -> Story | None:
        """The timeline of a message; None when its lines have been let go."""
        return self._stories.story(message)

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
        if person.name or not self._has_names:
            return person.name
        return person_name(person.country, self.seed, person.index)

    def warm_up(self) -> None:
        """Load what makes names; may be called from another thread."""
        if self._has_names:
            person_name("", self.seed, 0)

    def row(self, message: int) -> MessageRow | None:
        """A message as a line of a list; None when its facts have been let go."""
        account = self._stories.account(message)
        if account is None:
            return None
        last = account.steps[-1] if account.steps else None
        took_us = account.took_us
        return MessageRow(
            message=message,
            name=self.name_of(message),
            phone=self._world.phone_of(message),
            outcome=account.outcome,
            channel="" if last is None else last.channel,
            path=tuple(_hops(account.steps)),
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


def _hops(steps: Sequence[Step]) -> Iterator[Hop]:
    """A path for a list: the channel, or the provider's own name where it is the level's next."""
    before: Step | None = None
    for step in steps:
        is_next = before is not None and before.level == step.level and step.provider
        changed = is_next and before is not None and before.provider != step.provider
        yield Hop(step.channel, step.provider if changed else step.channel, step.word)
        before = step


def _always() -> bool:
    return True


def _opening_speed(scenario: Scenario) -> Fraction:
    """What the scenario asks for, or a speed at which its longest wait can be watched."""
    wanted = scenario.demo_speed
    if wanted is None:
        waits = [
            level.wait_us
            for plan in scenario.world.plans
            for level in plan.levels
            if level.wait_us is not None
        ]
        wanted = Fraction(max(waits, default=SECOND_US), _LONGEST_WAIT_SHOWN_S * SECOND_US)
    speed = Fraction(1)
    while speed < SPEED_MAX and speed * Fraction(3, 2) < wanted:
        speed *= 2
    while speed > SPEED_MIN and speed > wanted * Fraction(3, 2):
        speed /= 2
    return speed
