"""A scenario file as tests of pytest."""

from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

import pytest

from sandbox.app.run import RunResult, run_loaded
from sandbox.scenario.model import Scenario
from sandbox.testing import items
from tests.support.small_files import FAILS, HOLDS, SMALL

pytest_plugins = ["pytester"]

PLUGIN: Final = [
    *("-p", "no:asyncio", "-p", "no:textual-snapshot"),  # they are for the tests out here
    *([] if entry_points(group="pytest11", name="sandbox") else ["-p", "sandbox.testing.plugin"]),
]
MINE: Final = [*PLUGIN, "--sandbox-files", "*.yaml"]
HARD: Final = SMALL + "expect: [delivery_rate >= 50%, level.0.share <= 1%]\n"


@pytest.fixture
def mine(pytester: pytest.Pytester) -> Path:
    """A scenario of which one expectation fails."""
    path = pytester.path / "mine.yaml"
    path.write_text(HARD, encoding="utf-8")
    return path


def test_every_expectation_is_a_test(mine: Path, pytester: pytest.Pytester) -> None:
    """And so are the laws of the engine, and that all becomes quiet."""
    assert mine.exists()
    result = pytester.runpytest(*MINE, "--co", "-q")
    assert result.outlines[:4] == [
        "mine.yaml::delivery_rate >= 50%",
        "mine.yaml::level.0.share <= 1%",
        "mine.yaml::quiet",
        "mine.yaml::laws",
    ]


def test_a_test_that_fails_explains_itself(mine: Path, pytester: pytest.Pytester) -> None:
    """What was seen, where it is asked for, and the replay; no traceback of this program."""
    assert mine.exists()
    result = pytester.runpytest(*MINE)
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        [
            "level.0.share <= 1%",
            "  saw     *",
            "  where   mine.yaml:6",
            "  seed    1",
            "  replay  sandbox run mine.yaml --seed 1",
            "FAILED mine.yaml::level.0.share <= 1%*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*items.py*")


def test_a_file_that_cannot_be_used_is_an_error_of_collection(pytester: pytest.Pytester) -> None:
    """With file, line and column, and the stable code."""
    broken = pytester.path / "broken.yaml"
    broken.write_text(SMALL.replace("burst", "burts"), encoding="utf-8")
    result = pytester.runpytest(*MINE)
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["broken.yaml:5:*: error[[]*[]]: *"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_file_is_run_once(
    mine: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many expectations it has; and not at all where tests are only listed."""
    assert mine.exists()
    seeds: list[int] = []

    def counted(scenario: Scenario, *, strict: bool) -> RunResult:
        seeds.append(scenario.seed)
        return run_loaded(scenario, strict=strict)

    monkeypatch.setattr(items, "run_loaded", counted)
    pytester.inline_run(*MINE, "--co", "-q")
    assert seeds == []
    pytester.inline_run(*MINE, "--sandbox-seeds", "3,4")
    assert seeds == [3, 4]


def test_seeds_are_parameters(mine: Path, pytester: pytest.Pytester) -> None:
    """Each test has one per seed, and can be chosen as any parameter can."""
    assert mine.exists()
    pytester.makeini("[pytest]\nsandbox_files = *.yaml\nsandbox_seeds = 1..3\n")
    result = pytester.runpytest(*PLUGIN)
    result.assert_outcomes(passed=9, failed=3)
    result.stdout.fnmatch_lines(["FAILED mine.yaml::level.0.share <= 1%[[]seed-2[]]*"])
    chosen = "mine.yaml::level.0.share <= 1%[seed-2]"
    pytester.runpytest(*PLUGIN, chosen).assert_outcomes(failed=1)
    pytester.runpytest(*PLUGIN, "mine.yaml::laws").assert_outcomes(passed=3)


def test_seeds_that_are_none_are_said_to_be(mine: Path, pytester: pytest.Pytester) -> None:
    """In the words of the command line, and without a traceback."""
    assert mine.exists()
    result = pytester.runpytest(*MINE, "--sandbox-seeds", "many")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["sandbox_seeds: seeds are written like 1..50*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_strict_asks_whether_faults_fired(pytester: pytest.Pytester) -> None:
    """A fault nobody noticed fails one test of its own."""
    fault = "{id: late, at: 1h, for: 1m, provider: sms, set: {receipts.lost: 100%}}"
    path = pytester.path / "vacuous.yaml"
    path.write_text(HOLDS + f"faults: [{fault}]\n", encoding="utf-8")
    pytester.runpytest(*MINE).assert_outcomes(passed=3)
    pytester.makeini("[pytest]\nsandbox_strict = true\n")
    result = pytester.runpytest(*MINE)
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["  saw     never fired*", "FAILED vacuous.yaml::faults fired*"])


def test_tests_are_chosen_as_all_tests_are(mine: Path, pytester: pytest.Pytester) -> None:
    """By node id with its spaces and signs, with -k, with -m, and the last failed again."""
    assert mine.exists()
    pytester.runpytest(*MINE, "mine.yaml::delivery_rate >= 50%").assert_outcomes(passed=1)
    pytester.runpytest(*MINE, "-k", "laws or quiet").assert_outcomes(passed=2, deselected=2)
    pytester.runpytest(*MINE, "-m", "sandbox", "--strict-markers").assert_outcomes(
        passed=3, failed=1
    )
    pytester.runpytest(*MINE, "--lf").assert_outcomes(failed=1)


def test_tests_can_be_run_by_several_processes(
    mine: Path, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pytest-xdist sees the same tests, and hands their explanations on."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent.parent))
    assert mine.exists()
    result = pytester.runpytest_subprocess(*MINE, "-n", "2", "--dist", "loadfile")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["  replay  sandbox run mine.yaml --seed 1"])


def test_hostile_names_are_shown_as_text(pytester: pytest.Pytester) -> None:
    """Nothing in a file moves the cursor of whoever runs its tests."""
    path = pytester.path / "hostile.yaml"
    path.write_text(FAILS.replace("name: small", r'name: "a\e[2J::b"'), encoding="utf-8")
    result = pytester.runpytest(*MINE)
    result.assert_outcomes(passed=2, failed=2)
    assert "\x1b[2J" not in result.stdout.str()
