"""From a file to a scenario that can be run.

    text -> reader -> nodes -> used files, short forms -> overrides -> bases and defaults -> drafts
         -> checks -> world

Each step goes on after a mistake as long as it makes sense, so that one pass finds all of them.
Nothing but `ScenarioError` comes out of a bad file.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from sandbox.report.plain import plain
from sandbox.scenario.build import world_of
from sandbox.scenario.checks import check, check_currency, used_providers
from sandbox.scenario.codes import Code
from sandbox.scenario.currencies import in_base_currency
from sandbox.scenario.defaults import filled_in
from sandbox.scenario.expectations import Expectation
from sandbox.scenario.expected import expected
from sandbox.scenario.grammar.drafts import ScenarioDraft
from sandbox.scenario.grammar.scenario import SCENARIO
from sandbox.scenario.includes import Whole, with_uses
from sandbox.scenario.library import find
from sandbox.scenario.model import Caption, Scenario
from sandbox.scenario.nodes import MapNode, Mark, Node, ScalarNode, Source, data, node_of, placed
from sandbox.scenario.overrides import overridden
from sandbox.scenario.people import check_people
from sandbox.scenario.problems import BAD, Problems
from sandbox.scenario.profile import check_profiles, with_profiles
from sandbox.scenario.reader import SIZE_MAX, decoded, read, without_bom
from sandbox.scenario.routes import routes_of, wordings_of
from sandbox.simulation.distributions import fixed
from sandbox.simulation.spec import PATHS, Scale, WorldSpec

SEEDS: Final = 1 << 32
"""A random seed is drawn from so many, so that it is short enough to be typed again."""

ROOM_OF_RESOLVED: Final = 64
"""How much larger a scenario may become when its defaults are written out: a level that is a bare
channel name becomes some sixty values."""

TEXT_NAME: Final = "<text>"
"""How a scenario is called in errors that has no file."""


def load(
    source: Path | str,
    *,
    overrides: Sequence[tuple[str, str]] = (),
    seed: int | None = None,
    is_resolved: bool = False,
    unsaved: str | None = None,
) -> Scenario:
    """Load a scenario.

    Args:
        source: A path; or the name of a built-in scenario; or, with several lines or in braces, the
            text of a scenario.
        overrides: Pairs of path and value, as for `--set`, applied in their order.
        seed: Instead of the file's.
        is_resolved: The source is what `Scenario.resolved` holds. With every default written out it
            may be larger than a person's file.
        unsaved: What a file will hold, as it stands in an editor; what it uses is still looked for
            beside the file.

    Raises:
        ScenarioError: the file cannot be used; holds every problem found, up to 20.
        UsageError: there is no such file.
    """
    problems = Problems()
    opened = _open(source, problems) if unsaved is None else _unsaved(Path(source), unsaved)
    room = ROOM_OF_RESOLVED if is_resolved else 1
    top, used_files = _read(opened, overrides, problems, room)
    is_random = seed is None and top.text("seed") == "random"
    if is_random:
        from secrets import randbelow  # noqa: PLC0415 - few ask for it, and every start would pay

        seed = randbelow(SEEDS)
    if seed is not None:
        written = top.get("seed")
        node = node_of(seed, top.mark) if written is None else ScalarNode(str(seed), written.mark)
        top = top.with_entry(top.key("seed") or "seed", node)
    top = _whole(filled_in(with_profiles(top), opened.stem, problems))
    draft = SCENARIO.parse(top, problems)
    if draft is BAD:
        problems.raise_any()
        raise AssertionError(opened.name)  # a lenient map is bad only when it is none
    check(draft, problems)
    check_profiles(draft, problems)
    if draft.recipients is not None:
        check_people(draft.recipients, draft.providers, problems)
    currency = check_currency(draft, problems)
    expectations = expected(draft, currency, problems)
    problems.raise_any()
    scenario = _scenario(draft, opened, currency, expectations, seed_is_random=is_random)
    return replace(scenario, used_files=used_files)


# Reading ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Opened:
    """A text, and what it is called.

    Attributes:
        name: In errors.
        file: As given, or "".
        stem: What the scenario is called when it does not say.
    """

    text: str
    name: str
    file: str
    stem: str


def _open(source: Path | str, problems: Problems) -> _Opened:
    if isinstance(source, str):
        if "\n" in source or source.lstrip()[:1] in {"", "{"}:
            return _Opened(without_bom(source), TEXT_NAME, "", "unnamed")
        source = find(source)
    name = str(source)
    try:
        with source.open("rb") as file:
            raw = file.read(SIZE_MAX + 1)
    except (OSError, ValueError) as error:
        reason = (
            "it is a folder" if source.is_dir() else getattr(error, "strerror", "") or "no file"
        )
        at = Mark(Source(name, ""), 1, 1)
        problems.stop(at, Code.UNREADABLE_FILE, f"cannot read the file: {reason.lower()}")
    return _Opened(without_bom(decoded(raw, name, problems)), name, name, source.stem)


def _unsaved(path: Path, text: str) -> _Opened:
    return _Opened(without_bom(text), str(path), str(path), path.stem)


def _read(
    opened: _Opened, overrides: Sequence[tuple[str, str]], problems: Problems, room: int
) -> Whole:
    """Read a text and the files it uses, write short forms out, and apply overrides."""
    folder = Path(opened.file).parent if opened.file else None
    top = read(Source(opened.name, opened.text, folder=folder), opened.text, problems, room)
    used_files: tuple[Path, ...] = ()
    if isinstance(top, MapNode):
        whole, used_files = with_uses(top, problems)
        top = SCENARIO.expand(overridden(whole, overrides, problems))
    use = top.key("use") if isinstance(top, MapNode) else None
    if use is not None:
        text = "use is read before anything is set"
        problems.add(use, Code.BAD_OVERRIDE, text, note="write it into the file")
    if not isinstance(top, MapNode):
        SCENARIO.parse(top, problems)
        problems.raise_any()
    if not isinstance(top, MapNode):
        raise TypeError(opened.name)  # complained about just above
    return Whole(_placed(top), used_files)


def _whole(top: MapNode) -> MapNode:
    """Fill in the defaults that depend on nothing."""
    complete = SCENARIO.complete(SCENARIO.expand(top))
    return _placed(complete if isinstance(complete, MapNode) else top)


def _placed(top: MapNode) -> MapNode:
    node: Node = placed(top)
    return node if isinstance(node, MapNode) else top


# Result ----------------------------------------------------------------------------------------


def _scenario(
    draft: ScenarioDraft,
    opened: _Opened,
    currency: str,
    expectations: tuple[Expectation, ...],
    *,
    seed_is_random: bool,
) -> Scenario:
    resolved = data(draft.node)
    world = world_of(in_base_currency(draft), draft.seed)
    text = json.dumps(resolved, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return Scenario(
        name=draft.name,
        title=draft.title,
        description=draft.description,
        tags=draft.tags,
        file=opened.file,
        seed=draft.seed,
        seed_is_random=seed_is_random,
        world=world,
        currency=currency,
        clock_start=draft.clock.start,
        warm_up_us=draft.clock.warm_up_us,
        expectations=expectations,
        captions=tuple(Caption(at_us=c.at_us, say=c.say) for c in draft.demo.captions),
        demo_speed=draft.demo.speed,
        resolved=resolved,
        tree=draft.node,
        resolved_hash=f"sha256:{sha256(text.encode()).hexdigest()}",
        warnings=(*_unused(draft), *_without_effect(draft, world)),
        routes=routes_of(used_providers(draft)),
        wordings=wordings_of(draft),
    )


def _unused(draft: ScenarioDraft) -> list[str]:
    """Providers no level uses, and faults of such."""
    levels = {
        name.text
        for _, cascade in draft.cascades or ()
        for level in cascade.levels
        for name in level.via or ()
    }
    bases = {p.base.text for _, p in draft.providers if p.base is not None}
    warnings = [
        _warning(name, f"no level uses the provider '{name.text}'")
        for name, _ in draft.providers
        if name.text not in levels | bases and _is_own(name)
    ]
    warnings += [
        _warning(fault.provider, f"no level uses '{fault.provider.text}', this fault cannot fire")
        for fault in draft.changing_faults
        if fault.provider.text not in levels
    ]
    return warnings


def _is_own(name: ScalarNode) -> bool:
    """It stands in the file itself, and not among others in a file it uses or a built-in one."""
    return not name.mark.source.is_built_in and name.mark.source.included_from is None


def _without_effect(draft: ScenarioDraft, world: WorldSpec) -> Iterator[str]:
    """Faults that multiply nothing."""
    providers = {provider.name: provider for provider in world.providers}
    for written, fault in zip(draft.changing_faults, world.faults, strict=True):
        settings = written.node.map("set")
        for change in fault.changes:
            base = getattr(providers[fault.provider].settings, PATHS[change.path])
            key = settings.key(change.path) if settings else None
            if isinstance(change.value, Scale) and base in {0, fixed(0)} and key is not None:
                name = f"{change.path} of '{fault.provider}'"
                yield _warning(key, f"{name} is 0, so {change.text} changes nothing")


def _warning(node: ScalarNode, text: str) -> str:
    mark = node.mark
    return plain(f"{mark.source.name}:{mark.line}:{mark.column}: warning: {text}")
