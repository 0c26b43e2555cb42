"""A loaded scenario as the linter sees it: each level beside the place it was written at."""

from collections.abc import Mapping
from typing import NamedTuple

from sandbox.cascade.plan import Level, Plan
from sandbox.scenario.lint_codes import Finding
from sandbox.scenario.model import Scenario
from sandbox.scenario.nodes import MapNode, Node
from sandbox.simulation.spec import ProviderSpec, Unreachable, WorldSpec


class Found(NamedTuple):
    """One finding.

    Attributes:
        text: What is found, in one line, starting in lower case.
        note: What to do about it, in a few words.
    """

    code: Finding
    at: Node
    text: str
    note: str = ""


class LevelView(NamedTuple):
    """One level, and where it stands."""

    number: int
    level: Level
    node: MapNode

    @property
    def name(self) -> str:
        """What people call it."""
        return f"level {self.number} ({self.level.channel})"

    def at(self, key: str) -> Node:
        """Where a key was written; the level, where it comes from somewhere else."""
        node = self.node.get(key)
        is_own = node is not None and not node.mark.source.is_built_in
        return node if node is not None and is_own else self.node


class CascadeView(NamedTuple):
    """One cascade, and where it stands."""

    plan: Plan
    node: MapNode
    levels: tuple[LevelView, ...]

    def at(self, key: str) -> Node:
        """Where a key was written, or the cascade."""
        return self.node.get(key) or self.node

    @property
    def fronts(self) -> tuple[tuple[LevelView, ...], ...]:
        """The levels by what begins together; mostly each is alone."""
        found: list[tuple[LevelView, ...]] = []
        for each in self.levels:
            if found and each.level.parallel:
                found[-1] = (*found[-1], each)
            else:
                found.append((each,))
        return tuple(found)


class View(NamedTuple):
    """A whole scenario."""

    scenario: Scenario
    cascades: tuple[CascadeView, ...]
    providers: Mapping[str, ProviderSpec]

    @property
    def world(self) -> WorldSpec:
        """What is run."""
        return self.scenario.world

    def has_spells(self, level: Level) -> bool:
        """Whether phones may be off on the channel of a level."""
        return any(
            isinstance(trait.effect, Unreachable) and trait.share and level.channel in trait.hits
            for trait in self.world.population.traits
        )


def view_of(scenario: Scenario) -> View:
    """Put the plans of a scenario beside the places they were written at."""
    cascades = scenario.tree.map("cascades")
    found = []
    for plan in scenario.world.plans:
        node = cascades.map(plan.name) if cascades else None
        levels = node.list("levels") if node else None
        if node is None or levels is None:
            raise TypeError(plan.name)  # a scenario that was loaded has them
        found.append(
            CascadeView(
                plan,
                node,
                tuple(
                    LevelView(number, level, item)
                    for number, (level, item) in enumerate(
                        zip(plan.levels, levels.items, strict=True)
                    )
                    if isinstance(item, MapNode)
                ),
            )
        )
    providers = {provider.name: provider for provider in scenario.world.providers}
    return View(scenario, tuple(found), providers)
