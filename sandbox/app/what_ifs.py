"""The same luck under another plan for one message: worlds that are run to answer what could be.

Every draw is keyed by seed, provider and message, so a message that shares nothing with others can
be run alone, whatever the size of its run, and meets the luck it met. Where messages share
something (a provider's limit, a circuit), all of them are run again, and only the one has another
plan. Changes by hand are made again at their instants.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from sandbox.app.run import RETOLD_MAX
from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan
from sandbox.drivers.retraced import LiveAct, LiveChange, LiveDeed, LiveForced, LiveRequested
from sandbox.drivers.virtual import run_virtual
from sandbox.report.account import begin
from sandbox.report.what_ifs import Fate, fate_of
from sandbox.simulation.load import Arrival, arrivals, messages_of
from sandbox.simulation.spec import HandChange, HandForce, PlannedAct, Script, Trace, WorldSpec
from sandbox.simulation.world import World

_LIMITS: Final = "limits."


class Reruns:
    """Runs of a world in which one message has another plan.

    Attributes:
        message: Its number.
        arrival: When and for whom it is requested.
        runs_all: All messages are run again, and not just this one.
        is_too_large: They would be too many.
    """

    def __init__(
        self,
        spec: WorldSpec,
        facts: Sequence[Fact],
    ) -> None:
        """Prepare the world as it was.

        Args:
            spec: The world of the run, as `as_it_was` has it.
            facts: All lines about the message.
        """
        self.message = facts[0][2] or 0
        self._spec = spec
        coming = messages_of(spec)
        self.arrival = next(islice(coming, self.message - 1, None))
        self.runs_all = shares_state(spec) or not self._is_repeated_alone(facts)
        self.is_too_large = self.runs_all and _has_more_than(RETOLD_MAX, spec)

    def fate(self, plan: Plan, without_level: int | None = None) -> Fate:
        """What becomes of the message under a plan.

        Args:
            plan: With the name of the message's own.
            without_level: The level the plan lacks, so that scripts find those below it.
        """
        spec = self._spec
        if without_level is not None:
            scripts = _scripts_without(without_level, self.arrival.name, spec.scripts)
            own = self.message, self.arrival.name
            acts = _acts_without(without_level, *own, spec.acts)
            forced = _forced_without(without_level, *own, spec.forced)
            spec = replace(spec, scripts=tuple(scripts), acts=tuple(acts), forced=tuple(forced))
        lines = iter(self._run_all(spec, plan) if self.runs_all else self._run_alone(spec, plan))
        account = begin(next(lines), {plan.name: plan})
        for fact in lines:
            account.take(fact)
        return fate_of(account)

    def _is_repeated_alone(self, facts: Sequence[Fact]) -> bool:
        """The message alone meets the fate it met among the others, as far as that is known."""
        alone = self._run_alone(self._spec, self._spec.plans[self.arrival.plan])
        return all(
            again is not None and _told(again) == _told(fact)
            for fact, again in zip(facts, [*alone, *[None] * len(facts)], strict=False)
        )

    def _run_alone(self, spec: WorldSpec, plan: Plan) -> list[Fact]:
        at_us, index, name, to = self.arrival
        plans = (*spec.plans[:index], plan, *spec.plans[index + 1 :])
        load = _trace([Arrival(at_us, index, name, to)])
        world = World(replace(spec, plans=plans, load=(load,)))
        world.message_count = self.message - 1  # it keeps its number, and so its luck
        return list(_lines_of(self.message, world))

    def _run_all(self, spec: WorldSpec, plan: Plan) -> Iterator[Fact]:
        coming = list(messages_of(spec))
        own = self.message - 1
        coming[own] = coming[own]._replace(plan=len(spec.plans))
        world = World(replace(spec, plans=(*spec.plans, plan), load=(_trace(coming),)))
        return _lines_of(self.message, world)


def shares_state(spec: WorldSpec) -> bool:
    """What becomes of one message can depend on others.

    Limits are used up, circuits open, and it is remembered who cannot be reached.
    """
    changed = [change.path for fault in spec.faults for change in fault.changes]
    changed += [hand.path for hand in spec.by_hand]
    return (
        bool(spec.breakers)
        or any(plan.remember_us is not None for plan in spec.plans)
        or any(provider.settings.has_limits for provider in spec.providers)
        or any(path.startswith(_LIMITS) for path in changed)
    )


def as_it_was(spec: WorldSpec, deeds: Sequence[LiveDeed]) -> WorldSpec:
    """The world of a run with what somebody did to it: it leads to the same log by itself.

    Args:
        spec: As it was loaded.
        deeds: Done by hand in the run.
    """
    live = [
        HandChange(at_us=each.at_us, provider=each.provider, path=each.path, change=each.change)
        for each in deeds
        if isinstance(each, LiveChange)
    ]
    done = [
        PlannedAct(at_us=each.at_us, act=each.act, message=each.message)
        for each in deeds
        if isinstance(each, LiveAct)
    ]
    decided = [each.hand for each in deeds if isinstance(each, LiveForced)]
    # Sorting is stable: those of the scenario come first at an instant, as they did then.
    by_hand = tuple(sorted((*spec.by_hand, *live), key=lambda hand: hand.at_us))
    acts = tuple(sorted((*spec.acts, *done), key=lambda act: act.at_us))
    forced = tuple(sorted((*spec.forced, *decided), key=lambda hand: hand.at_us))
    spec = replace(spec, by_hand=by_hand, acts=acts, forced=forced)
    own = [each.grown for each in deeds if isinstance(each, LiveRequested)]
    if not own:
        return spec
    made = own[-1]  # each holds all before it
    people, scripts, wordings = made.population, made.scripts, made.wordings
    return replace(spec, load=made.load, population=people, scripts=scripts, wordings=wordings)


def _scripts_without(level: int, name: str, scripts: Sequence[Script]) -> Iterator[Script]:
    """Scripts of a message that lacks a level: those of the levels below move up."""
    for script in scripts:
        if script.message != name or script.level < level:
            yield script
        elif script.level > level:
            yield replace(script, level=script.level - 1)


def _acts_without(
    level: int, message: int, name: str, acts: Sequence[PlannedAct]
) -> Iterator[PlannedAct]:
    """The same for codes of levels that are entered at planned instants."""
    for act in acts:
        is_own = act.name == name if act.name else act.message == message
        if not is_own or act.level < level:
            yield act
        elif act.level > level:
            yield replace(act, level=act.level - 1)


def _forced_without(
    level: int, message: int, name: str, forced: Sequence[HandForce]
) -> Iterator[HandForce]:
    """The same for what was decided by hand; at the level itself there is nothing to decide."""
    for hand in forced:
        is_own = hand.name == name if hand.name else hand.message == message
        if not is_own or hand.level < level:
            yield hand
        elif hand.level > level:
            yield replace(hand, level=hand.level - 1)


def _has_more_than(most: int, spec: WorldSpec) -> bool:
    return next(islice(arrivals(spec.seed, spec.load), most, None), None) is not None


def _trace(coming: Sequence[Arrival]) -> Trace:
    return Trace(
        at_us=coming[0].at_us,
        instants=tuple(arrival.at_us for arrival in coming),
        plans=tuple(arrival.plan for arrival in coming),
        names=tuple(arrival.name for arrival in coming),
        people=tuple(arrival.to for arrival in coming),
    )


def _lines_of(message: int, world: World) -> Iterator[Fact]:
    for piece in run_virtual(world):
        for fact in piece:
            if fact[2] == message:
                yield fact


def _told(fact: Fact) -> tuple[object, ...]:
    """A line without the numbers that others have a part in; a flag is raised once for all."""
    return (fact[1], *fact[3:6], fact[7].json)
