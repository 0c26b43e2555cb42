"""Runs for their figures alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.app.counted import count, loaded, without_expectations
from sandbox.app.run import Verdict, run_loaded
from sandbox.report.laws import Laws, Violation
from sandbox.report.metrics import standard_metrics
from sandbox.scenario.loader import load
from tests.support.small_files import FAILS, HOLDS
from tests.support.studies import KNOWN


@pytest.mark.parametrize("with_laws", [True, False])
@pytest.mark.parametrize("text", [HOLDS, FAILS, KNOWN])
def test_it_comes_to_what_a_run_comes_to(text: str, with_laws: bool) -> None:
    """The same verdict and the same figures, every one."""
    scenario = load(text)
    whole, figures = run_loaded(scenario), count(scenario, with_laws=with_laws)
    assert figures.verdict is whole.verdict
    for ref in standard_metrics(whole.metrics.level_count):
        assert figures.metrics.measure(ref) == whole.metrics.measure(ref)


def test_a_run_that_is_not_quiet_by_its_limit_says_so() -> None:
    """It is another verdict than a failed expectation."""
    scenario = load(FAILS, overrides=[("clock.limit", "1ms")])
    assert count(scenario).verdict is Verdict.NOT_QUIET


def test_a_study_can_do_without_expectations() -> None:
    """Then nothing fails."""
    assert count(load(FAILS)).verdict is Verdict.FAILED
    assert count(without_expectations(load(FAILS))).verdict is Verdict.PASSED


def test_a_broken_law_is_seen_unless_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The verdict is `broken`, before every other."""
    from sandbox.app import counted

    class Broken(Laws):
        def finish(self, *, quiet: bool) -> None:
            super().finish(quiet=quiet)
            self.violations.append(Violation("a law", "broke", 1))

    monkeypatch.setattr(counted, "Laws", Broken)
    assert count(load(FAILS)).verdict is Verdict.BROKEN
    assert count(load(FAILS), with_laws=False).verdict is Verdict.FAILED


def test_a_scenario_is_read_once_for_the_runs_that_follow(tmp_path: Path) -> None:
    """Values and seeds that differ are another scenario."""
    path = tmp_path / "a.yaml"
    path.write_text(KNOWN, encoding="utf-8")
    first = loaded(path, (), 1)
    assert loaded(path, (), 1) is first
    assert loaded(path, (("recipients.population", "5"),), 1) is not first
    assert replace(loaded(path, (), 2)).seed == 2
