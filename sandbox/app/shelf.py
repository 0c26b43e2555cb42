"""The scenarios within reach: those that ship with the program, and those of a folder.

Each is loaded to show what it is about, and run elsewhere, in a process of its own, so that whoever
looks at the list is never kept waiting.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.app.judged import Again, Judged, NotRun, judge, named_as, not_run
from sandbox.app.run import run_loaded
from sandbox.app.workers import Steps, core_count, each_in_order
from sandbox.errors import SandboxError
from sandbox.report.figures import span_text
from sandbox.scenario import library
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario

FILES_MAX: Final = 500
"""So many files of a folder are listed at most; a folder may be anything, such as a home."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """One scenario within reach.

    Attributes:
        source: What the loader is given: a built-in name or a path.
        name: As the list shows it.
        is_built_in: It ships with the program.
        scenario: None where the file cannot be used.
        problem: Why not, in lines; "" where it can.
    """

    source: str
    name: str
    is_built_in: bool
    scenario: Scenario | None
    problem: str = ""

    @property
    def title(self) -> str:
        """What it is about, in a line."""
        if self.scenario is None:
            return self.problem.splitlines()[0]
        return self.scenario.title or self.scenario.name

    @property
    def tags(self) -> tuple[str, ...]:
        """The words it is found by."""
        return () if self.scenario is None else self.scenario.tags

    def lines(self) -> list[str]:
        """A preview in lines: what happens, through which levels, and what must be true."""
        scenario = self.scenario
        if scenario is None:
            return self.problem.splitlines()
        told = _paragraphs(scenario.description)
        for plan in scenario.world.plans:
            told.append("")
            told.append(f"{plan.name}: " + " → ".join(level.channel for level in plan.levels))
            for number, level in enumerate(plan.levels):
                wait = "no wait" if level.wait_us is None else f"waits {span_text(level.wait_us)}"
                told.append(f"  {number} {level.channel} via {', '.join(level.providers)}, {wait}")
        faults = [fault.id for fault in scenario.world.faults]
        told += ["", "faults: " + ", ".join(faults)] if faults else []
        if scenario.expectations:
            told += ["", "expects:"]
            told += [f"  {_expected(each.scope)}{each.text}" for each in scenario.expectations]
        return told


def _paragraphs(text: str) -> list[str]:
    """Each paragraph as one line, wherever the file breaks it; items of a list stay lines."""
    told: list[str] = []
    goes_on = False
    for line in text.splitlines():
        if goes_on and line[:1] not in {"", " ", "-", "*"}:
            told[-1] += f" {line}"
        elif line.strip():
            told.append(line)
        goes_on = bool(line.strip())
    return told


def _expected(scope: str) -> str:
    return "" if scope == "all" else f"{scope}: "


def shelf(folder: Path) -> Iterator[Shelved]:
    """Every scenario within reach, those of the folder first; each is loaded when its turn comes.

    Args:
        folder: Its own scenarios and those one level below; anything else is passed over.
    """
    for path in _files_of(folder):
        own = _shelved(str(path), path.name, is_built_in=False)
        if own is not None:
            yield own
    for name in library.builtin_names():
        shipped = _shelved(name, name, is_built_in=True)
        if shipped is not None:
            yield shipped


def scenario_names(folder: Path) -> list[tuple[str, str]]:
    """What the loader is given and what a list shows, for each file that may be a scenario.

    No file is read: some of the folder may turn out to be something else.
    """
    own = [(str(path), path.name) for path in _files_of(folder)]
    return own + [(name, name) for name in library.builtin_names()]


def _files_of(folder: Path) -> list[Path]:
    """Files that may be scenarios: in the folder, or in one called `scenarios` below it."""
    places = (folder, folder / "scenarios")
    found = [path for place in places for path in sorted(place.glob("*.y*ml")) if path.is_file()]
    shipped = set(library.built_in().values())
    return [path for path in found if path.resolve() not in shipped][:FILES_MAX]


def _shelved(source: str, name: str, *, is_built_in: bool) -> Shelved | None:
    """One entry; None for a file of the folder that is YAML, and no scenario at all."""
    try:
        scenario = load(source)
    except SandboxError as error:
        if not is_built_in and not _means_to_be_one(Path(source)):
            return None
        return Shelved(
            source=source, name=name, is_built_in=is_built_in, scenario=None, problem=str(error)
        )
    return Shelved(source=source, name=name, is_built_in=is_built_in, scenario=scenario)


def _means_to_be_one(path: Path) -> bool:
    """Whether somebody meant to write a scenario: it says which schema, and has cascades."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(64 * 1024)
    except OSError:
        return False
    return "schema:" in text and "cascades:" in text


# Running -----------------------------------------------------------------------------------------


def run_shelved(source: str) -> Judged | NotRun:
    """Run one of them to its end and judge it; for a process of its own."""
    try:
        scenario = load(source)
        file = named_as(Path(scenario.file)) if scenario.file else source
        again = Again(file=file, seed=scenario.seed)
        return judge(run_loaded(scenario), again)
    except SandboxError as error:
        return not_run(source, None, error)


def run_all(
    sources: Sequence[str], steps: Steps | None = None
) -> Generator[Judged | NotRun, None, None]:
    """Run several, in processes beside this one, and give what came out in their order.

    Args:
        sources: As `Shelved.source` has them.
        steps: Called when one is done.
    """
    return each_in_order(run_shelved, sources, processes=max(core_count(), 2), steps=steps)
