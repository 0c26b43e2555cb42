"""Matrices: every cell with the same luck, checked before anything runs."""

from fractions import Fraction
from pathlib import Path

import pytest

from sandbox.app import counted
from sandbox.app.matrix import REPORT, Asked, CellResult, prepare, run_study
from sandbox.app.run import Verdict, run_scenario
from sandbox.errors import ScenarioError, UsageError
from sandbox.report.definitions import parse_metric
from sandbox.scenario.matrix import axis_of
from tests.support.small_files import FAILS, HOLDS
from tests.support.studies import KNOWN, VARIED

NOTHING = Asked()
WAITS = axis_of("cascades.otp.levels.0.wait", "5s,30s")


def results(text: str, asked: Asked = NOTHING, processes: int = 1) -> list[CellResult]:
    return list(run_study(prepare(text, asked), processes=processes))


def test_a_matrix_comes_to_what_can_be_worked_out_by_hand() -> None:
    """A perfect SMS brings all in 2 s for 0.05 EUR, a failing one leaves it to WhatsApp."""
    good, bad = results(VARIED)
    assert [each and each.mean for each in good.spreads] == [1, 1, 2_000_000, 50_000_000]
    assert [each and each.mean for each in bad.spreads] == [1, 0, 6_000_000, 80_000_000]
    assert all(each is not None and each.deviation == 0 for each in bad.spreads)
    assert good.verdicts == {Verdict.PASSED: 3}
    assert good.messages == 300
    assert good.currency == "EUR"


def test_a_cell_is_the_run_with_the_same_values_set() -> None:
    """Nothing is measured another way than `run` measures it."""
    asked = Asked(axes=(WAITS,), seeds=(4, 9), report=("delivery_rate", "truth.cost.total"))
    for cell in results(HOLDS, asked):
        runs = [run_scenario(HOLDS, seed=s, overrides=cell.cell.settings) for s in (4, 9)]
        for ref, told in zip(asked.report, cell.spreads, strict=True):
            values = [run.metrics.measure(parse_metric(ref)).value for run in runs]
            assert told is not None
            assert told.mean == Fraction(sum(Fraction(v) for v in values if v is not None), 2)


def test_all_cells_have_the_same_luck() -> None:
    """What touches nobody's luck changes nothing, to the last digit."""
    asked = Asked(axes=(axis_of("title", "one,another"),), seeds=(1, 2, 3))
    first, second = results(HOLDS, asked)
    assert first.spreads == second.spreads


def test_processes_change_nothing() -> None:
    """The same results in the same order."""
    asked = Asked(axes=(WAITS,), seeds=(1, 2))
    assert results(HOLDS, asked) == results(HOLDS, asked, processes=2)


def test_the_call_goes_over_the_file() -> None:
    """A path of the call takes the place of the file's own, others are added; so with the rest."""
    outcomes = axis_of("providers.sms.delivery.outcomes", "{delivered: rest}")
    study = prepare(VARIED, Asked(axes=(outcomes, WAITS), seeds=(7,), report=("late_rate",)))
    assert [(axis.path, len(axis.values)) for axis in study.axes] == [
        ("providers.sms.delivery.outcomes", 1),
        ("cascades.otp.levels.0.wait", 2),
    ]
    assert study.seeds == (7,)
    assert [ref.text for ref in study.report] == ["late_rate"]
    assert study.run_count == 2


def test_what_nobody_says_has_a_sensible_default() -> None:
    """The scenario's own seed, and the figures people ask for first."""
    study = prepare("seed: 5\n" + KNOWN, Asked(axes=(WAITS,)))
    assert study.seeds == (5,)
    assert tuple(ref.text for ref in study.report) == REPORT


def test_mistakes_of_all_cells_are_told_in_one_pass_each_once() -> None:
    """Two wrong values of two paths are two problems, however many cells have them."""
    axes = (
        axis_of("cascades.otp.levels.0.wait", "5s,30"),
        axis_of("recipients.population", "many,10,20"),
    )
    with pytest.raises(ScenarioError) as caught:
        prepare(KNOWN, Asked(axes=axes))
    assert [problem.code for problem in caught.value.problems] == ["unit-missing", "bad-number"]


def test_nothing_to_vary_is_said() -> None:
    """A file without a matrix needs one from the call."""
    with pytest.raises(UsageError, match="known has no `matrix:`"):
        prepare(KNOWN, Asked())


def test_a_metric_of_a_provider_that_is_not_there_is_said_before_anything_runs() -> None:
    """With the cell in which it is not."""
    with pytest.raises(UsageError, match=r"no provider 'smz' in 'provider.smz.cost', in cell 1"):
        prepare(VARIED, Asked(report=("provider.smz.cost",)))


def test_an_expectation_that_fails_counts_in_its_cell() -> None:
    """Verdicts are counted over the seeds."""
    [cell] = results(FAILS, Asked(axes=(axis_of("title", "x"),), seeds=(1, 2)))
    assert cell.verdicts == {Verdict.FAILED: 2}


def test_a_file_that_changes_meanwhile_is_noticed(tmp_path: Path) -> None:
    """No figure comes of another file than the one that was checked; the other cells go on."""
    path = tmp_path / "a.yaml"
    path.write_text(HOLDS, encoding="utf-8")
    study = prepare(path, Asked(axes=(axis_of("title", "a,b,c,d,e,f"),)))
    path.write_text(HOLDS.replace("200", "100"), encoding="utf-8")
    first, *_ = list(run_study(study, processes=1))
    assert first.verdicts == {Verdict.ERROR: 1}
    assert first.failures[0].text == "the file has changed since it was checked"
    assert first.spreads == (None,) * 4


def test_the_bug_of_one_cell_takes_no_other_cell_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told with its kind, and its run counts as broken."""
    from sandbox.app import matrix

    real = counted.count

    def fragile(scenario: object, *, with_laws: bool) -> object:
        if getattr(scenario, "title", "") == "b":
            raise ZeroDivisionError("oh")
        return real(scenario, with_laws=with_laws)  # type: ignore[arg-type]  # what it was given

    monkeypatch.setattr(matrix, "count", fragile)
    first, second = results(HOLDS, Asked(axes=(axis_of("title", "a,b"),)))
    assert first.verdicts == {Verdict.PASSED: 1}
    assert second.verdicts == {Verdict.BROKEN: 1}
    assert second.failures == ((1, "ZeroDivisionError: oh"),)


def test_progress_is_told_of_cells_and_of_runs() -> None:
    """Both up to the end."""
    told: list[tuple[int, int]] = []
    study = prepare(VARIED, Asked(), steps=lambda *each: told.append(each))
    assert told == [(1, 2), (2, 2)]
    told.clear()
    list(run_study(study, processes=1, steps=lambda *each: told.append(each)))
    assert told == [(number, 6) for number in range(1, 7)]
