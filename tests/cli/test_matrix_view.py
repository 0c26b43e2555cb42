"""A matrix as a table, as JSON and as CSV."""

import csv
import io
import json
from pathlib import Path

import pytest

from sandbox.app.run import Verdict
from sandbox.cli.main import main
from sandbox.cli.matrix_view import worst
from sandbox.errors import ExitCode
from tests.support.small_files import FAILS
from tests.support.studies import VARIED

Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def study(tmp_path: Path) -> str:
    path = tmp_path / "study.yaml"
    path.write_text(VARIED, encoding="utf-8")
    return str(path)


def test_people_see_a_table(study: str, capsys: Capsys) -> None:
    """A row per cell; the unit of each figure in its head; no line wider than a terminal."""
    assert main(["matrix", study]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert max(map(len, out.splitlines())) <= 100
    assert out.splitlines()[:4] == [
        "known: 2 cells, 3 seeds each, the same luck in every cell",
        "  delivery.outcomes is providers.sms.delivery.outcomes",
        "  figures: mean ±standard deviation [least, most] over the seeds",
        "  all 6 runs passed",
    ]
    assert "truth.delivery_rate, %" in out
    assert "{failed: 100%, delivered: rest}" in out
    assert "0.08000 ±0.00000 [0.08000, 0.08000]" in out


def test_one_seed_has_no_spread(study: str, capsys: Capsys) -> None:
    """Then the figures are the run's."""
    assert main(["matrix", study, "--seeds", "5", "--report", "level.1.attempts"]) == 0
    out = capsys.readouterr().out
    assert "2 cells, seed 5," in out
    assert out.splitlines()[-1].split() == ["{failed:", "100%,", "delivered:", "rest}", "100"]


def test_programs_get_an_object_per_cell(study: str, capsys: Capsys) -> None:
    """Rates as fractions, times in seconds, money as a text with its currency."""
    assert main(["matrix", study, "--json"]) == 0
    good, bad = map(json.loads, capsys.readouterr().out.splitlines())
    assert (good["cell"], bad["cell"]) == (1, 2)
    assert bad["set"] == {"providers.sms.delivery.outcomes": "{failed: 100%, delivered: rest}"}
    assert bad["metrics"]["time_to_delivered.p95"] == {
        "mean": 6.0, "sd": 0.0, "min": 6.0, "max": 6.0, "values": 3,
    }  # fmt: skip
    assert bad["metrics"]["truth.cost.per_delivered"]["mean"] == "0.080 EUR"
    assert (bad["seeds"], bad["messages"], bad["verdicts"]) == ([1, 2, 3], 300, {"passed": 3})
    assert (bad["errors"], bad["violations"]) == ([], [])


def test_a_figure_without_a_value_is_none(study: str, capsys: Capsys) -> None:
    """It is no 0 in any form."""
    only = ["--report", "provider.sms.cost.per_delivered", "--vary", "cascades.otp.levels=[viber]"]
    assert main(["matrix", study, *only, "--json"]) == 2  # and sms is not used any more
    capsys.readouterr()
    nothing = ["--report", "time_to_delivered.p95", "--vary", "clock.warm_up=1h"]
    assert main(["matrix", study, *nothing, "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[0])["metrics"]["time_to_delivered.p95"]
    assert (told["mean"], told["values"]) == (None, 0)
    assert main(["matrix", study, *nothing]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("–")


def test_a_spreadsheet_gets_a_row_per_cell(study: str, capsys: Capsys) -> None:
    """Plain numbers in columns of their own, and nothing a spreadsheet would carry out."""
    hostile = "title==cmd|x,-1+1,'@SUM(a)'"
    assert main(["matrix", study, "--csv", "--vary", hostile, "--seeds", "1..2"]) == 0
    head, *rows = csv.reader(io.StringIO(capsys.readouterr().out))
    assert len(rows) == 6
    told = [dict(zip(head, row, strict=True)) for row in rows]
    begins = {cell[:1] for row in rows for cell in row}
    assert begins.isdisjoint("=+-@\t\r")
    assert [row["title"] for row in told[:3]] == ['"=cmd|x"', '"-1+1"', '"@SUM(a)"']
    last = told[-1]
    assert last["truth.cost.per_delivered mean"] == "0.08000"
    assert (last["passed"], last["failed"], last["seeds"], last["messages"]) == (
        "2", "0", "2", "200",
    )  # fmt: skip
    assert last["currency"] == "EUR"


def test_the_worst_verdict_is_the_exit_code(tmp_path: Path, capsys: Capsys) -> None:
    """As with several files of `run`; the table says which cell it was."""
    path = tmp_path / "fails.yaml"
    path.write_text(FAILS, encoding="utf-8")
    limits = "clock.limit=48h,1ms"
    assert main(["matrix", str(path), "--vary", limits, "--seeds", "1..2"]) == 5
    out = capsys.readouterr().out
    assert "2 failed" in out
    assert "2 not_quiet" in out
    assert worst([Verdict.PASSED, Verdict.BROKEN, Verdict.FAILED]) is ExitCode.BROKEN
    assert worst([]) is ExitCode.PASSED


def test_hostile_values_do_not_move_the_cursor(study: str, capsys: Capsys) -> None:
    """They are shown as escapes, and stand in JSON as they are."""
    vary = ["--vary", r'title="a\e[2J","b\u202E"']
    assert main(["matrix", study, *vary, "--seeds", "1"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert main(["matrix", study, *vary, "--seeds", "1", "--json"]) == 0
    assert all(json.loads(line)["set"]["title"] for line in capsys.readouterr().out.splitlines())


def test_a_run_without_figures_is_told_with_its_cell_and_seed(
    study: str, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On standard error; the cell says how many there were."""
    from sandbox.app import matrix

    def broken(*_: object, **__: object) -> object:
        raise ZeroDivisionError("oh\x1b")

    monkeypatch.setattr(matrix, "count", broken)
    assert main(["matrix", study, "--seeds", "7", "--jobs", "1"]) == 3
    out, err = capsys.readouterr()
    assert "1 broken" in out
    assert err.splitlines()[0] == (
        r"cell 1 (providers.sms.delivery.outcomes={delivered: rest}), seed 7: "
        r"ZeroDivisionError: oh\x1b"
    )
