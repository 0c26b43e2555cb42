"""A scenario as it is run: the world, what must be true in the end, and words for people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from sandbox.scenario.expectations import Expectation
from sandbox.scenario.nodes import MapNode
from sandbox.simulation.spec import WorldSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """What a demo says at an instant."""

    at_us: int
    say: str


class Route(NamedTuple):
    """A provider that a vendor's adapter stands for, when messages are really sent.

    Attributes:
        provider: Its name in the scenario.
        adapter: The adapter's, in `sandbox.adapters.catalogue`.
        sender: Who its messages come from; "" where the scenario does not say.
    """

    provider: str
    adapter: str
    sender: str = ""


class UsedTemplate(NamedTuple):
    """A template a level is sent by.

    Attributes:
        name: The vendor's name or id of it.
        language: As the vendor writes it; "" where the scenario does not say.
        parameters: What stands for its placeholders; `{code}` in one stands for the code.
    """

    name: str
    language: str = ""
    parameters: tuple[str, ...] = ()


class Wording(NamedTuple):
    """What a level says, as it is written; a plan has it with zeros where the code stands.

    Attributes:
        text: With `{code}` where the code stands; of a template what the scenario says of it.
        digits: How long the code is; 0: there is none, and `{code}` is what it is.
        sender: Instead of the provider's; "": the vendor may choose; None: the level does not say.
        template: None: the text itself is sent.
    """

    text: str
    digits: int = 0
    sender: str | None = None
    template: UsedTemplate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A scenario, ready to run.

    Attributes:
        file: As given; "" for a text.
        used_files: Where the files are that it uses; `file` and CSV files are not among them.
        seed: Decides all luck; also in `world`.
        seed_is_random: It was drawn for this run, so it must be shown.
        currency: Of all prices; "" when there are none.
        clock_start: The date and time at 0s, as written.
        warm_up_us: Messages requested before are in no metric.
        demo_speed: How many times faster than the clock a demo runs; None: as the screen likes.
        resolved: The whole file as plain data, every default filled in; loads to the same world.
        tree: The same with the place each value comes from.
        resolved_hash: `sha256:…` of it.
        warnings: What is allowed and probably not meant, each with its position.
        routes: The providers with a real adapter; a run simulates them all the same.
        wordings: What each level says, by cascade and level; for real sending.
    """

    name: str
    title: str
    description: str
    tags: tuple[str, ...]
    file: str
    used_files: tuple[Path, ...] = ()
    seed: int
    seed_is_random: bool
    world: WorldSpec
    currency: str
    clock_start: str
    warm_up_us: int
    expectations: tuple[Expectation, ...]
    captions: tuple[Caption, ...]
    demo_speed: Fraction | None
    resolved: Mapping[str, Any]
    tree: MapNode = field(repr=False, compare=False)
    resolved_hash: str
    warnings: tuple[str, ...]
    routes: tuple[Route, ...] = ()
    wordings: Mapping[tuple[str, int], Wording] = field(default_factory=dict, repr=False)
