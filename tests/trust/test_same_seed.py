"""Scenario and seed decide a run, down to the byte; the process, its place and its store do not."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from sandbox.scenario.library import builtin_names, find
from sandbox.scenario.loader import load
from tests.trust.findings import Report
from tests.trust.same_seed import differences, smaller

SEEDS: Final = range(1, 6)


@cache
def _runs() -> Report:
    with TemporaryDirectory() as folder:
        return differences(SEEDS, Path(folder))


def test_only_scenario_and_seed_decide() -> None:
    """S-all: every shipped scenario under five seeds has the same log in both places."""
    assert _runs().problems == ()


def test_the_runs_are_runs() -> None:
    """Every scenario was run with every seed, and no two runs are the same."""
    figures = _runs().figures
    assert figures["runs"] == len(builtin_names()) * len(SEEDS)
    assert figures["different"] == figures["runs"]


def test_a_smaller_scenario_is_still_one() -> None:
    """Made small, a scenario has messages left, and all of its faults."""
    for name in builtin_names():
        whole = load(find(name))
        small = smaller(whole)
        assert small.world.load
        assert small.world.faults == whole.world.faults


# It would notice ---------------------------------------------------------------------------------

LUCK_DEPENDS_ON: Final = {
    "the hash seed": "hash('luck')",
    "the time zone": "__import__('time').timezone",
    "the locale": "len(__import__('locale').setlocale(0))",
    "the folder": "len(__import__('os').getcwd())",
    "the store": "int('aiosqlite' in __import__('sys').modules)",
    "the process": "__import__('os').getpid()",
}
BROKEN: Final = """
from sandbox.simulation import chance
set_up = chance.Dice.__init__
def broken(self, seed, *about):
    set_up(self, seed + ({what}), *about)
chance.Dice.__init__ = broken
"""


@pytest.mark.parametrize("what", LUCK_DEPENDS_ON)
def test_it_notices_luck_that_depends_on(what: str, tmp_path: Path) -> None:
    """Whatever the two places differ in shows when luck depends on it."""
    prelude = BROKEN.format(what=LUCK_DEPENDS_ON[what])
    assert differences([1], tmp_path, ["ambiguous-timeout"], prelude).problems
