"""Many seeds of one scenario."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from sandbox.cli.main import main
from sandbox.cli.seed_table import spread
from sandbox.report.definitions import Kind, Measure
from tests.support.small_files import FAILS, SMALL


def test_every_seed_has_a_line_and_all_have_a_spread(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A verdict and the main figures per seed, then min, median and max, and how many passed."""
    assert main(["run", str(file), "--seeds", "3..5"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "small  3 seeds"
    assert [line.split()[:2] for line in lines[2:5]] == [
        ["3", "passed"], ["4", "passed"], ["5", "passed"],
    ]  # fmt: skip
    assert lines[5].split() == ["min", "median", "max"]
    assert lines[6].strip().startswith("delivered, known")
    assert lines[-1] == "3 seeds: 3 passed, 0 did not"


def test_a_seed_that_fails_says_what_failed_first_and_how_to_see_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The worst seed decides the exit code."""
    path = tmp_path / "fails.yaml"
    path.write_text(FAILS, encoding="utf-8")
    assert main(["run", str(path), "--seeds", "1,2"]) == 1
    out = capsys.readouterr().out
    assert "failed  seed 2  delivery_rate >= 100%: " in out
    assert f"    sandbox run {path} --seed 2" in out
    assert out.splitlines()[-1] == "2 seeds: 0 passed, 2 did not"


def test_a_seed_gives_what_it_gives_alone(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The digest of each of several seeds is that of its own run; one object a line."""
    assert main(["run", str(file), "--seeds", "1..3", "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [run["seed"] for run in told] == [1, 2, 3]
    assert main(["run", str(file), "--seed", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["digest"] == told[1]["digest"]


def test_a_broken_file_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is as broken with the next seed; the other files are run all the same."""
    broken, fine = tmp_path / "a.yaml", tmp_path / "b.yaml"
    broken.write_text(SMALL.replace("burst", "burts"), encoding="utf-8")
    fine.write_text(SMALL, encoding="utf-8")
    assert main(["run", str(tmp_path), "--seeds", "1..3"]) == 2
    out, err = capsys.readouterr()
    assert err.count("error[") == 1
    assert "3 seeds: 3 passed, 0 did not" in out
    assert out.splitlines()[-1] == "4 runs of 2 scenarios, 3 passed"


def test_runs_of_many_seeds_are_kept_too(tmp_path: Path, file: Path) -> None:
    """With --db every seed is a stored run."""
    db = str(tmp_path / "runs.sqlite")
    assert main(["run", str(file), "--seeds", "4,5", "--db", db]) == 0
    assert main(["replay", "r1", "--db", db]) == 0
    assert main(["replay", "r2", "--db", db]) == 0


def test_the_median_is_a_value_that_was_measured() -> None:
    """By nearest rank, as all percentiles here; what has no value is left out."""
    measures = [Measure(Kind.RATE, value, 9) for value in (Fraction(3), None, Fraction(1),
                                                           Fraction(2), Fraction(9))]  # fmt: skip
    assert [each and each.value for each in spread(measures)] == [1, 2, 9]
    assert spread([Measure(Kind.TIME, None, 0)]) == (None, None, None)
