"""Load thousands of files gone wrong, and run what can still be run.

    python -m tests.scenario.fuzz --count 20000

Prints how many could be loaded, how many errors there were of each code, the slowest, and whatever
should not have happened: a traceback, an error without a place or a code, a law that broke. Exit
code 1 when anything did. `--only 1234` judges one mutant and shows it.
"""

import argparse
import re
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from unicodedata import category

from sandbox.app.run import run_loaded
from sandbox.errors import ScenarioError, UsageError
from sandbox.scenario.codes import Code
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from sandbox.simulation.world import World
from tests.scenario.mutants import BESIDE, RICH, SHIPPED, Mutant, corpus, mutant

SEED: Final = 20_261_125
SECONDS_MAX: Final = 5.0
"""Of processor time for loading one file: far more than any takes, so that no busy machine and no
coverage tool makes a test fail."""
PROBLEMS_MAX: Final = 20
LINE_MAX: Final = 1000
"""Characters of a line of an error."""
LINES_MAX: Final = 5000
"""How far the log of a run may go; a longer one is broken off there."""
_FIRST_LINE: Final = re.compile(r".+:([1-9]\d*):([1-9]\d*): error\[([a-z0-9-]+)\]: .*\S.*")


@dataclass
class Tally:
    """What became of many mutants."""

    count: int = 0
    loaded: int = 0
    run: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    slowest: int = -1
    harm: list[tuple[int, str]] = field(default_factory=list)
    """Mutants that did what none may, with the story."""


def prepare(folder: Path) -> None:
    """Put the files there that mutants ask for."""
    for name, text in BESIDE.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "presets").mkdir(exist_ok=True)
    for preset in SHIPPED.glob("presets/*.yaml"):
        (folder / "presets" / preset.name).write_bytes(preset.read_bytes())
    (folder / "everything.yaml").write_text(RICH, encoding="utf-8")


def fuzz(numbers: Iterable[int], folder: Path, *, seed: int = SEED, run_every: int = 4) -> Tally:
    """Judge mutants.

    Args:
        numbers: Which ones.
        folder: Where their files may be written.
        seed: Of the series.
        run_every: Of those that load, one in so many is run.
    """
    prepare(folder)
    tally, texts = Tally(), corpus()
    for number in numbers:
        one = mutant(texts, seed, number)
        tally.count += 1
        tally.steps.update(one.steps)
        try:
            _judge(one, folder, tally, run_every)
        except AssertionError as error:
            tally.harm.append((number, f"{error}"))
        except Exception:  # noqa: BLE001 - that none comes out is what is tested
            tally.harm.append((number, traceback.format_exc(limit=-6)))
    return tally


def _judge(one: Mutant, folder: Path, tally: Tally, run_every: int) -> None:
    path = folder / "mutant.yaml"
    path.write_bytes(one.data)
    began = time.process_time()
    scenario: Scenario | None = None
    try:
        scenario = load(path)
    except ScenarioError as error:
        _judge_problems(error, tally)
    except UsageError as error:
        _judge_text(str(error))
        tally.codes["(usage)"] += 1
    took_s = time.process_time() - began
    if took_s > tally.slowest_s:
        tally.slowest_s, tally.slowest = took_s, one.number
    _want(took_s < SECONDS_MAX, f"took {took_s:.1f} s")
    if scenario is not None:
        tally.loaded += 1
        _judge_scenario(scenario, tally, is_run=tally.loaded % run_every == 0)


def _judge_problems(error: ScenarioError, tally: Tally) -> None:
    problems = error.problems
    _want(1 <= len(problems) <= PROBLEMS_MAX, f"{len(problems)} problems")
    for problem in problems:
        text = str(problem)
        _judge_text(text)
        found = _FIRST_LINE.fullmatch(text.partition("\n")[0])
        _want(found is not None, f"has no place: {text.splitlines()[0]}")
        _want(problem.code in set(Code), f"has the code {problem.code}")
        tally.codes[str(problem.code)] += 1


def _judge_text(text: str) -> None:
    for line in text.split("\n"):
        # Wide spaces count as not printable in Python; they only leave room.
        seen = all(char.isprintable() or category(char) == "Zs" for char in line)
        _want(seen, f"holds what is not simply seen: {line!r}")
        _want(len(line) < LINE_MAX, f"has a line of {len(line)} characters")
    text.encode()


def _judge_scenario(scenario: Scenario, tally: Tally, *, is_run: bool) -> None:
    for warning in scenario.warnings:
        _judge_text(warning)
    World(scenario.world)
    if is_run:
        tally.run += 1
        result = run_loaded(scenario, last_seq=LINES_MAX)
        _want(not result.violations, f"breaks laws: {result.violations[:3]}")


def _want(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)


def main() -> int:
    """Judge as many as are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--run-every", type=int, default=4)
    parser.add_argument("--only", type=int)
    told = parser.parse_args()
    numbers: Sequence[int] = range(told.first, told.first + told.count)
    if told.only is not None:
        numbers = [told.only]
        one = mutant(corpus(), told.seed, told.only)
        sys.stdout.write(f"{one.stem}\n{one.steps}\n{one.data[:20_000]!r}\n")
    with tempfile.TemporaryDirectory() as folder:
        tally = fuzz(numbers, Path(folder), seed=told.seed, run_every=told.run_every)
    sys.stdout.write(report(tally))
    return 1 if tally.harm else 0


def report(tally: Tally) -> str:
    """What became of them, as text."""
    unseen = sorted(set(Code) - set(tally.codes))
    lines = [
        f"{tally.count} mutants: {tally.loaded} loaded, {tally.run} of them run",
        f"slowest: {tally.slowest_s:.2f} s of processor time, mutant {tally.slowest}",
        *(f"{count:8} {name}" for name, count in tally.codes.most_common()),
        f"never seen: {', '.join(unseen) or 'none'}",
        f"{len(tally.harm)} did harm",
        *(f"--- mutant {number}\n{story}" for number, story in tally.harm[:20]),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
