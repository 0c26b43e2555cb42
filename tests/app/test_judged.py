"""A run, case by case."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.app import judged as judged_module
from sandbox.app.judged import (
    MAIN_FIGURES,
    Again,
    Case,
    Group,
    Judged,
    expectation_names,
    explained,
    interrupted,
    judge,
    named_as,
    not_run,
)
from sandbox.app.run import RunResult, Verdict, run_loaded, run_scenario
from sandbox.errors import ScenarioError, StorageError
from sandbox.report.laws import LAWS, Violation
from sandbox.scenario.library import find
from sandbox.scenario.loader import load
from tests.support.small_files import SMALL

NAMED = """\
schema: 1
name: named
cascades: {otp: [sms, whatsapp, viber]}
load: [{burst: 20}, {message: otp-anna, at: 2s}]
faults: [{id: late, at: 1h, for: 1m, provider: sms, set: {receipts.lost: 100%}}]
expect: [delivery_rate >= 100.0%, truth.delivery_rate >= 1%]
"""


def again(result: RunResult, **others: object) -> Again:
    """The call that made a run."""
    return replace(Again(file="named.yaml", seed=result.seed), **others)  # type: ignore[arg-type]  # of their own types


def cases(judged: Judged, group: Group) -> list[Case]:
    """The cases of one kind."""
    return [case for case in judged.cases if case.group is group]


def failing(result: RunResult, message: int | None = 3) -> RunResult:
    """The same run, with a first expectation that does not hold because of a message."""
    first, *others = result.expectations
    wrong = replace(first, passed=False, first_message=message, why="because", details=("a", "b"))
    return replace(result, verdict=Verdict.FAILED, expectations=(wrong, *others))


def test_there_is_a_case_for_each_thing_that_was_judged() -> None:
    """Expectations, named messages, the end of the run and every law; faults where asked for."""
    result = run_scenario(NAMED)
    judged = judge(result, again(result))
    assert [case.name for case in cases(judged, Group.EXPECT)] == [
        "delivery_rate >= 100.0%",
        "truth.delivery_rate >= 1%",
    ]
    assert [case.name for case in cases(judged, Group.MESSAGES)] == ["otp-anna"]
    assert [case.name for case in cases(judged, Group.LAWS)] == list(LAWS)
    assert cases(judged, Group.FAULTS) == []
    strict = judge(result, again(result, is_strict=True))
    (fault,) = cases(strict, Group.FAULTS)
    assert (fault.name, fault.holds) == ("late", False)
    assert list(judged.figures) == list(MAIN_FIGURES)


def test_a_named_message_is_told_even_where_nothing_is_expected_of_it() -> None:
    """Its outcome, its path and what it cost stand in its case."""
    result = run_scenario(NAMED)
    (case,) = cases(judge(result, again(result)), Group.MESSAGES)
    (message,) = result.messages(result.message_names)
    assert case.holds
    assert ", ".join(message.path) in case.seen
    assert str(message.outcome) in case.seen


def test_a_case_that_fails_tells_the_story_of_the_first_message() -> None:
    """The explanation has what was seen, where it is asked for, the story and the replay."""
    result = failing(run_scenario(NAMED, seed=5))
    call = again(result, run="r7", db=Path("my runs.sqlite"), overrides=(("a.b", "x y"),))
    judged = judge(result, call)
    (case,) = judged.failed
    text = explained(case, call)
    assert case.message == 3
    assert case.story[0] == "m3"
    assert "because" in case.seen
    assert "          a" in text
    assert "  seed    5" in text
    assert "  first   m3" in text
    assert "  replay  sandbox run named.yaml --seed 5 --set 'a.b=x y'" in text
    assert "  show    sandbox show r7 m3 --db 'my runs.sqlite'" in text
    assert text[-1] == f"  {case.story[-1]}"


def test_what_is_expected_of_a_named_message_fails_with_its_name() -> None:
    """The case of the message fails beside the case of the expectation."""
    result = run_scenario(NAMED)
    (number,) = result.message_names
    wrong = failing(result, number)
    scoped = replace(wrong.expectations[0], scope="message otp-anna")
    wrong = replace(wrong, expectations=(scoped, *wrong.expectations[1:]))
    judged = judge(wrong, again(wrong))
    assert [(case.group, case.name) for case in judged.failed] == [
        (Group.EXPECT, "message otp-anna: delivery_rate >= 100.0%"),
        (Group.MESSAGES, "otp-anna"),
    ]


def test_a_broken_law_names_its_line_and_the_message() -> None:
    """A law that broke twice is one case, about the first time."""
    result = run_scenario(NAMED)
    line = next(entry.seq for entry in result.events() if entry.message == 4)
    broken = (Violation("on-time", "too early", line), Violation("on-time", "again", line + 9))
    result = replace(result, verdict=Verdict.BROKEN, violations=broken)
    (case,) = [c for c in judge(result, again(result)).failed if c.group is Group.LAWS]
    assert case.name == "on-time"
    assert case.seen == f"broken at line {line} of the log: too early"
    assert case.message == 4
    assert case.story[0] == "m4"


def test_a_run_that_is_not_quiet_says_who_is_pending() -> None:
    """The case `quiet by the limit` names the messages without an outcome."""
    result = run_scenario(SMALL + "clock: {limit: 1s}\n")
    judged = judge(result, again(result))
    (case,) = [case for case in judged.failed if case.group is Group.RUN]
    assert "still without an outcome: m" in case.seen
    assert case.story


def test_a_run_that_is_too_long_is_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cases stay, stories go: a report of a million messages costs no second run."""
    result = failing(run_scenario(NAMED))
    monkeypatch.setattr(judged_module, "RETOLD_MAX", 10)
    judged = judge(result, again(result))
    (case,) = judged.failed
    assert (case.message, case.story) == (3, ())
    assert [c.seen for c in cases(judged, Group.MESSAGES)] == ["not told"]


def test_names_of_expectations_are_different() -> None:
    """The same text in two scopes, or twice in one, is two cases that can be told apart."""
    scenario = load(SMALL + "expect: [delivery_rate >= 1%, delivery_rate >= 1%]\n")
    (first, *_) = run_loaded(scenario).expectations
    items = [first, first, replace(first, scope="during down"), replace(first, line=99)]
    assert expectation_names(items) == [
        "delivery_rate >= 1%",
        f"delivery_rate >= 1% (line {first.line})",
        "during down: delivery_rate >= 1%",
        "delivery_rate >= 1% (line 99)",
    ]


def test_hostile_text_is_fit_to_be_shown() -> None:
    """An escape sequence in a name moves no cursor, wherever the case is shown."""
    result = run_scenario(NAMED)
    result = replace(result, message_names={1: "a\x1b[2J\u202eb"})
    (case,) = cases(judge(result, again(result)), Group.MESSAGES)
    assert case.name == r"a\x1b[2J\u202eb"


def test_a_shipped_scenario_is_called_by_its_name() -> None:
    """A replay command works on another machine too."""
    assert named_as(find("two-factor-codes")) == "two-factor-codes"
    assert named_as(Path("two-factor-codes.yaml")) == "two-factor-codes.yaml"


def test_what_could_not_be_run_says_why() -> None:
    """With the stable code and every position; a disk that failed and a hand have words of ours."""
    with pytest.raises(ScenarioError) as raised:
        load(SMALL.replace("burst", "burts"))
    told = not_run("a.yaml", 3, raised.value)
    assert (told.verdict, told.code) == (Verdict.ERROR, raised.value.problems[0].code)
    assert "<text>:5:" in told.text
    assert not_run("a.yaml", None, StorageError("full")).code == "storage"
    assert interrupted("a.yaml", 3).verdict is Verdict.INTERRUPTED


def stories(judged: Judged) -> Sequence[str]:
    """The messages whose stories are told."""
    return [case.story[0] for case in judged.cases if case.story]


def test_few_stories_are_told_of_a_run() -> None:
    """However much fails, a report stays short; the commands tell the other stories."""
    result = failing(run_scenario(NAMED))
    (first, *_) = result.expectations
    many = tuple(replace(first, first_message=number) for number in range(1, 10))
    result = replace(result, expectations=many)
    assert stories(judge(result, again(result))) == ["m1", "m2", "m3", "m4", "m5"]
