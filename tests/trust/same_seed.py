"""The same scenario and seed, in two processes that differ in all that must not matter.

One process has another hash seed, time zone, locale and folder than the other, finds the scenarios
in a copy, and keeps its runs in a file. Both run all shipped scenarios, made small, and must come
to the same digests: over every line of every log.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from sandbox.app.run import run_loaded, with_seed
from sandbox.scenario.library import builtin_names, find
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from sandbox.simulation.spec import Burst, Constant, LoadEntry, Poisson, Ramp
from tests.trust.findings import Report

ROOT: Final = Path(__file__).parents[2]
SEEDS_AT_ONCE: Final = 10
"""By hand, a pair of processes runs so many seeds: number 3 has seeds 21 to 30."""
SMALLER: Final = 20
"""A scenario has so many times fewer messages than it ships with."""

_CHILD: Final = "from tests.trust.same_seed import child; child()"
_WITHIN_S: Final = 600

Digests = dict[str, str]
"""Scenario and seed -> the digest of the run."""


class Place(NamedTuple):
    """Where a process runs.

    Attributes:
        folder: Its working directory.
        environment: What its environment has besides.
        scenarios: Where it finds them; "" where they are shipped.
        store: The file it keeps runs in; "" for none.
    """

    folder: Path
    environment: Mapping[str, str]
    scenarios: str = ""
    store: str = ""


def places(folder: Path) -> tuple[Place, Place]:
    """Two places that have as little as possible in common; the second is in a folder."""
    copytree(ROOT / "scenarios", folder / "elsewhere")
    here = {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C", "LANG": "C"}
    there = {
        "PYTHONHASHSEED": "4711",
        "TZ": "Asia/Kathmandu",
        "LC_ALL": "C.UTF-8",
        "LANG": "tr_TR.UTF-8",
        "COLUMNS": "40",
        "HOME": str(folder),
    }
    return Place(ROOT, here), Place(folder, there, "elsewhere", "runs.db")


def differences(
    seeds: Iterable[int], folder: Path, names: Sequence[str] = (), prelude: str = ""
) -> Report:
    """Run scenarios with each seed in both places.

    Args:
        seeds: Which ones.
        folder: An empty one for the second place.
        names: Which scenarios; none: all that are shipped.
        prelude: Code that both processes run first; a test breaks something there.
    """
    task = {"seeds": list(seeds), "names": list(names) or builtin_names(), "prelude": prelude}
    children = [_start(place, task) for place in places(folder)]
    here, there = (_finish(each) for each in children)
    problems = [
        f"{run}: {here.get(run)} and {there.get(run)}"
        for run in here
        if here[run] != there.get(run)
    ]
    if here.keys() != there.keys():
        problems.append(f"runs of one place only: {sorted(here.keys() ^ there.keys())}")
    return Report(tuple(problems), Counter(runs=len(here), different=len(set(here.values()))))


def _start(place: Place, task: Mapping[str, Any]) -> "subprocess.Popen[str]":
    environment = {**os.environ, **place.environment, "PYTHONPATH": str(ROOT)}
    about = json.dumps({**task, "scenarios": place.scenarios, "store": place.store})
    return subprocess.Popen(
        [sys.executable, "-c", _CHILD, about],
        cwd=place.folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
    )


def _finish(process: "subprocess.Popen[str]") -> Digests:
    told, _ = process.communicate(timeout=_WITHIN_S)
    if process.returncode:
        raise AssertionError(f"a process ended with {process.returncode}")
    digests: Digests = json.loads(told)
    return digests


def check_one(number: int) -> Report:
    """Run all shipped scenarios with the seeds of a number, in both places."""
    seeds = range((number - 1) * SEEDS_AT_ONCE + 1, number * SEEDS_AT_ONCE + 1)
    with TemporaryDirectory(prefix="same-seed-") as folder:
        return differences(seeds, Path(folder))


# In the process ----------------------------------------------------------------------------------


def child() -> None:
    """Run what the command line says, and print the digests."""
    import locale

    locale.setlocale(locale.LC_ALL, "")
    task = json.loads(sys.argv[1])
    exec(task["prelude"], {})  # noqa: S102 - it is our own
    digests: Digests = {}
    for name in task["names"]:
        source = Path(task["scenarios"], f"{name}.yaml") if task["scenarios"] else find(name)
        loaded = smaller(load(source))
        for seed in task["seeds"]:
            digests[f"{name} {seed}"] = _digest(with_seed(loaded, seed), task["store"])
    sys.stdout.write(json.dumps(digests))


def _digest(scenario: Scenario, store: str) -> str:
    if not store:
        return run_loaded(scenario).digest
    from sandbox.app.record import keep_run

    return keep_run(scenario, Path(store)).result.digest


def smaller(scenario: Scenario) -> Scenario:
    """The scenario with fewer messages, over the same time and with the same faults."""
    load_entries = tuple(_fewer(entry) for entry in scenario.world.load)
    return replace(scenario, world=replace(scenario.world, load=load_entries))


def _fewer(entry: LoadEntry) -> LoadEntry:
    share = Fraction(1, SMALLER)
    match entry:
        case Burst():
            return replace(entry, count=-(-entry.count // SMALLER))
        case Constant() | Poisson():
            return replace(entry, rate=entry.rate * share)
        case Ramp():
            return replace(entry, rate_from=entry.rate_from * share, rate_to=entry.rate_to * share)
        case _:
            return entry
