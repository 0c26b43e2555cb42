"""The summary in a pull request."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.app.judged import Again, Judged, judge, not_run
from sandbox.app.run import run_scenario
from sandbox.cli.summary import FAILED_SHOWN, code, summary_text
from sandbox.errors import UsageError
from tests.support.small_files import FAILS, HOLDS


def judged(text: str) -> Judged:
    """A run, judged."""
    result = run_scenario(text)
    return judge(result, Again(file="small.yaml", seed=result.seed))


def test_the_table_has_a_row_per_run() -> None:
    """Scenario, seed, verdict, delivered known and true, cost and duplicates."""
    lines = summary_text([judged(HOLDS), judged(FAILS)]).splitlines()
    assert lines[0] == "### Fallback Sandbox: 1 of 2 runs passed"
    assert lines[4].startswith("| <code>small</code> | 1 | passed | ")
    assert lines[5].startswith("| <code>small</code> | 1 | **failed** | ")
    assert {line.count("|") for line in lines[2:6]} == {10}


def test_what_failed_is_folded_with_its_replay() -> None:
    """The title says what was seen; inside stand the story and the command."""
    text = summary_text([judged(FAILS)])
    assert text.count("<details>") == text.count("</details>") == 2
    assert "<code>level.0.share &#60;= 1%</code> saw" in text
    assert "  replay  sandbox run small.yaml --seed 1" in text


def test_a_file_that_cannot_be_used_is_in_the_table() -> None:
    """With its error, folded."""
    text = summary_text([not_run("broken.yaml", None, UsageError("no such file"))])
    assert "| <code>broken.yaml</code> |  | **error** |" in text
    assert "<pre>no such file</pre>" in text


HOSTILE = "<img src=x> @all | `rm` *b* _i_ [x](http://y) www.evil.example ![p](q) \x1b[2J </pre>"


def test_hostile_text_stays_text() -> None:
    """No mention, link, table cell, markup or escape comes out of a name."""
    run = judged(FAILS)
    case = replace(run.failed[0], name=HOSTILE, seen=HOSTILE)
    text = summary_text([replace(run, scenario=HOSTILE, cases=(case,))])
    assert not re.search(r"<img|@all|`|\*b\*|\[x\]|http:|www\.|\x1b", text.split("<pre>")[0])
    assert "<img" not in text
    assert "@all" not in text
    assert text.count("</pre>") == 1
    assert {line.count("|") for line in text.splitlines() if line.startswith("|")} == {10}


@given(st.text())
def test_code_holds_nothing_that_acts(text: str) -> None:
    """Whatever the text, all that is left of it are words, and characters by their number."""
    inner = code(text).removeprefix("<code>").removesuffix("</code>")
    assert not re.search(r"[<>|`*_@\[\]\\\n]", inner)
    assert re.sub(r"&#\d+;", "", inner).count("&") == 0


@pytest.mark.parametrize("more", [0, 3])
def test_a_summary_stays_short(more: int) -> None:
    """A comment has a limit; what is left out is counted."""
    run = judged(FAILS)
    failed = run.failed[0]
    text = summary_text([replace(run, cases=(failed,) * (FAILED_SHOWN + more))])
    assert text.count("<details>") == FAILED_SHOWN
    assert (f"and {more} more that did not hold" in text) == bool(more)
