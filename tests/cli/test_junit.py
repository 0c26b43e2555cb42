"""JUnit files, as build servers read them."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml

from sandbox.app.judged import Again, Group, Judged, interrupted, judge, not_run
from sandbox.app.run import run_scenario
from sandbox.cli.junit import junit_text
from sandbox.cli.main import main
from sandbox.errors import UsageError
from sandbox.report.laws import LAWS
from tests.support.junit_rules import breaches
from tests.support.small_files import FAILS, HOLDS, SMALL

NAMED = FAILS.replace("burst: 200}", "burst: 200}, {message: otp-anna, at: 1s}")


def judged(text: str = NAMED, *, strict: bool = False) -> Judged:
    """A run, judged."""
    result = run_scenario(text)
    return judge(result, Again(file="small.yaml", seed=result.seed, is_strict=strict))


@pytest.mark.parametrize("text", [HOLDS, FAILS, NAMED, SMALL])
def test_a_file_obeys_the_schema(text: str) -> None:
    """Whatever came out, a build server can read it."""
    assert breaches(junit_text([judged(text), not_run("x", 1, UsageError("no such file"))])) == []


def test_the_checker_of_the_schema_sees_what_it_is_for() -> None:
    """A file that a build server would refuse is noticed."""
    assert breaches("<testsuites tests='1' failures='0' errors='0'><testcase/></testsuites>") == [
        "testcase in testsuites",
        "testcase without name",
        "tests of all: 1, but 0 in the suites",
    ]


def test_a_reader_finds_every_case_again(tmp_path: Path) -> None:
    """One case per expectation, named message and law; a failure tells why and how to see it."""
    path = tmp_path / "junit.xml"
    path.write_text(junit_text([judged()]), encoding="utf-8")
    (suite,) = JUnitXml.fromfile(str(path))
    assert suite.name == "small.seed-1"
    properties = suite.properties()  # type: ignore[no-untyped-call]  # the reader has no types here
    assert {p.name: p.value for p in properties}.items() >= {
        "seed": "1", "rules_version": "1", "verdict": "failed",
        "replay": "sandbox run small.yaml --seed 1",
    }.items()  # fmt: skip
    cases = {(case.classname.rpartition(".")[2], case.name): case for case in suite}
    expected = {("laws", law) for law in LAWS} | {
        ("expect", "delivery_rate >= 100%"),
        ("expect", "level.0.share <= 1%"),
        ("messages", "otp-anna"),
        ("run", "quiet by the limit"),
    }
    assert set(cases) == expected
    assert len(suite) == len(expected)
    (failure,) = cases["expect", "level.0.share <= 1%"].result
    assert isinstance(failure, Failure)
    assert failure.type == "expect"
    assert "sandbox run small.yaml --seed 1" in failure.text
    assert "seed    1" in failure.text
    assert all(not case.result for case in suite if case.classname.endswith("laws"))


def test_a_broken_file_is_an_error_with_its_position(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A build server shows where in the file to look."""
    broken, path = tmp_path / "broken.yaml", tmp_path / "junit.xml"
    broken.write_text(SMALL.replace("burst", "burts"), encoding="utf-8")
    assert main(["run", str(broken), "--junit", str(path)]) == 2
    (suite,) = JUnitXml.fromfile(str(path))
    ((error,),) = [case.result for case in suite]
    assert isinstance(error, Error)
    assert f"{broken}:5:" in error.message
    assert error.text.strip() in capsys.readouterr().err


def test_a_run_that_was_broken_off_is_an_error() -> None:
    """Nobody takes half a report for a whole one."""
    text = junit_text([judged(HOLDS), interrupted("small.yaml", 2)])
    assert breaches(text) == []
    assert 'errors="1"' in text
    assert 'type="interrupted"' in text


@given(st.text(), st.text())
def test_any_name_can_be_written(name: str, seen: str) -> None:
    """Names and texts come from files that anybody may have written."""
    run = _HOLDS
    case = replace(run.cases[0], name=name, seen=seen, holds=False, message=1, story=(seen, name))
    text = junit_text([replace(run, scenario=name, cases=(case,))])
    assert breaches(text) == []
    (suite,) = JUnitXml.fromstring(text.encode())
    (read,) = suite
    if name.isprintable():
        assert read.name == name


_HOLDS = judged(HOLDS)


def test_strict_makes_a_case_of_every_fault() -> None:
    """A fault that never fired is a failure there, and no case at all otherwise."""
    fault = "{id: late, at: 1h, for: 1m, provider: sms, set: {receipts.lost: 100%}}"
    text = HOLDS + f"faults: [{fault}]\n"
    assert f"{Group.FAULTS}" not in junit_text([judged(text)])
    (suite,) = JUnitXml.fromstring(junit_text([judged(text, strict=True)]).encode())
    (case,) = [case for case in suite if case.classname.endswith(".faults")]
    assert case.name == "late"
    assert isinstance(case.result[0], Failure)
