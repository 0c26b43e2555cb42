"""The log of every shipped scenario, kept as text: the story of some messages, and all figures.

A difference here is a change of what the program does. Look at it; where it is meant, write the
files anew and commit them:

    GOLDEN_UPDATE=1 pytest tests/golden
"""

import difflib
import json
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.app.run import RunResult, run_loaded
from sandbox.cascade.outputs import Fact
from sandbox.cli.verdicts import result_object
from sandbox.report.trace import HEADER, Trace
from sandbox.scenario.library import builtin_names, find
from sandbox.scenario.loader import load

HERE: Final = Path(__file__).parent
FIRST_MESSAGES: Final = 8
BYTES_MAX: Final = 300_000
DIFFERENCES_SHOWN: Final = 60

ELSEWHERE: Final = ("file", "wall_s")
"""What depends on where and how fast a run took place."""


@lru_cache(maxsize=1)  # both tests of a scenario use one run
def finished(name: str) -> tuple[RunResult, list[Fact]]:
    """A run of a scenario as it ships, with its whole log."""
    facts: list[Fact] = []
    result = run_loaded(load(find(name)), folds=(facts.extend,))
    return result, facts


def trace_lines(result: RunResult, facts: list[Fact]) -> Iterator[str]:
    """The digest; then the log of faults, of the first messages and of named ones, each apart."""
    named = result.message_names
    messages = sorted({*range(1, FIRST_MESSAGES + 1), *named})
    stories: dict[int | None, list[Fact]] = {None: [], **{number: [] for number in messages}}
    for fact in facts:
        if fact[2] in stories:
            stories[fact[2]].append(fact)
    yield result.digest
    yield ""
    yield HEADER
    for number, story in stories.items():
        if story:
            yield ""
        if number in named:
            yield f"m{number} is {named[number]}"
        yield from Trace(result.metrics.currency).lines(story)


def figures(result: RunResult) -> dict[str, Any]:
    """The object of `--json`, without what differs from place to place."""
    told = result_object(result)
    kept = {name: value for name, value in told.items() if name not in ELSEWHERE}
    expectations = [
        {name: value for name, value in each.items() if name not in ELSEWHERE}
        for each in told["expectations"]
    ]
    return kept | {"expectations": expectations}


def compare(file: Path, seen: str) -> None:
    """Fail with a readable difference, or write the file where that is asked for."""
    if os.environ.get("GOLDEN_UPDATE"):
        file.write_text(seen, encoding="utf-8")
        return
    kept = file.read_text(encoding="utf-8") if file.exists() else ""
    if kept == seen:
        return
    pairs = (kept.splitlines(), seen.splitlines())
    lines = list(difflib.unified_diff(*pairs, file.name, "now", lineterm="", n=2))
    rest = len(lines) - DIFFERENCES_SHOWN
    text = "\n".join(lines[:DIFFERENCES_SHOWN])
    more = f"\n… and {rest} more lines" if rest > 0 else ""
    pytest.fail(
        f"{text}{more}\n\nif this is meant: GOLDEN_UPDATE=1 pytest tests/golden", pytrace=False
    )


@pytest.mark.parametrize("name", builtin_names())
def test_the_log_is_the_one_kept(name: str) -> None:
    """A scenario and its seed give the log they gave before, line by line."""
    lines = trace_lines(*finished(name))
    compare(HERE / f"{name}.trace", "".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize("name", builtin_names())
def test_the_figures_are_the_ones_kept(name: str) -> None:
    """A scenario and its seed give the figures they gave before."""
    told = figures(finished(name)[0])
    compare(HERE / f"{name}.json", json.dumps(told, indent=1, ensure_ascii=False) + "\n")


def test_what_is_kept_is_the_same_everywhere() -> None:
    """No file says where it was made."""
    here = str(HERE.parents[1])
    files = [file for file in HERE.iterdir() if file.suffix in {".trace", ".json"}]
    assert [file.name for file in files if here in file.read_text(encoding="utf-8")] == []


def test_what_is_kept_is_small_and_complete() -> None:
    """There is a trace and a set of figures for every scenario and for nothing else."""
    files = [file for file in HERE.iterdir() if file.suffix in {".trace", ".json"}]
    expected = {f"{name}{suffix}" for name in builtin_names() for suffix in (".trace", ".json")}
    assert {file.name for file in files} == expected
    assert sum(file.stat().st_size for file in files) <= BYTES_MAX
