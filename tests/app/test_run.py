"""The one public function: a scenario in, a result out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.app.run import Verdict, run_scenario, worst_story
from sandbox.errors import ExitCode, ScenarioError

TEXT = """\
schema: 1
name: small
cascades: {otp: [sms, whatsapp, viber]}
load: [{burst: 100}, {message: anna-code, to: anna}]
recipients: {people: {anna: {traits: []}}}
expect: [delivery_rate >= 50%]
"""


def test_a_scenario_may_be_a_file_a_text_or_a_name(tmp_path: Path) -> None:
    """All three are the same run, to the byte."""
    path = tmp_path / "small.yaml"
    path.write_text(TEXT, encoding="utf-8")
    results = [run_scenario(path), run_scenario(str(path)), run_scenario(TEXT)]
    assert len({result.digest for result in results}) == 1
    assert run_scenario("two-factor-codes").verdict == "passed"


def test_a_result_tells_what_came_of_it() -> None:
    """Verdict, metrics, messages and events, each event with its place in the log."""
    result = run_scenario(TEXT)
    assert result.verdict is Verdict.PASSED
    events = list(result.events())
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    messages = list(result.messages())
    assert len(messages) == result.metrics.message_counts()["total"] == 101
    assert [message.name for message in messages if message.name] == ["anna-code"]
    assert (
        sum(message.outcome == "delivered" for message in messages)
        == (result.metrics.message_counts()["delivered"])
    )


def test_events_and_messages_are_those_of_the_run_that_was_judged() -> None:
    """They are made by running once more: the digest over them is the run's own."""
    from sandbox.journal.digest import Digest

    result = run_scenario(TEXT, seed=5)
    digest = Digest()
    digest.update(result.events())
    assert digest.text == result.digest


def test_overrides_and_seed_change_the_run() -> None:
    """A test can vary one value without writing a file."""
    plain = run_scenario(TEXT)
    assert run_scenario(TEXT, seed=2).digest != plain.digest
    dead = run_scenario(TEXT, overrides=[("providers.sms.delivery.outcomes.failed", "100%")])
    assert dead.digest != plain.digest


def test_a_scenario_that_cannot_be_used_raises_with_positions() -> None:
    """The error carries every problem, and says the exit code it stands for."""
    with pytest.raises(ScenarioError) as caught:
        run_scenario(TEXT.replace("burst", "burts").replace("50%", "50 apples"))
    assert len(caught.value.problems) == 2
    assert caught.value.exit_code is ExitCode.WRONG_INPUT


def test_a_broken_law_is_exit_code_3(monkeypatch: pytest.MonkeyPatch) -> None:
    """When an invariant of the engine breaks, that is the verdict, whatever else holds."""
    from sandbox.cascade import cascade, outputs

    monkeypatch.setitem(cascade._ANSWER_KINDS, cascade._ACCEPTED, outputs.THROTTLED)
    result = run_scenario(TEXT)
    assert result.violations
    assert result.verdict is Verdict.BROKEN
    assert result.verdict.exit_code is ExitCode.BROKEN


def test_the_worst_message_is_told_from_its_request_to_its_outcome() -> None:
    """The story has the message's number, its path and its cost."""
    lines = worst_story(run_scenario(TEXT), 1)
    assert lines[0] == "m1"
    assert any(line.startswith("path") for line in lines)
    assert worst_story(run_scenario(TEXT), None) == []


@pytest.mark.parametrize(
    "surroundings",
    [{"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2", "TZ": "Asia/Kathmandu"}, {"LC_ALL": "C"}],
)
def test_the_surroundings_do_not_show(surroundings: dict[str, str], tmp_path: Path) -> None:
    """Another process, hash seed, time zone, locale and folder: the same digest."""
    root = Path(__file__).parents[2]
    code = f"from sandbox.app.run import run_scenario; print(run_scenario({TEXT!r}).digest)"
    environment = {**os.environ, "PYTHONPATH": str(root), **surroundings}
    told = subprocess.run(
        [sys.executable, "-c", code],
        env=environment, cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout.strip() == run_scenario(TEXT).digest


EXPECTS = """\
expect:
  all: [delivery_rate >= 50%]
  where: [{trait: phone_off, that: [delivery_rate >= 1%]}]
  messages: {anna-code: {ends: delivered}}
  never: [outcome stopped]
  sometimes: [fallback to level 1]
"""


def test_what_is_expected_does_not_change_a_run() -> None:
    """Watching leaves no trace: the log is the same to the byte, whatever is looked for."""
    expects = TEXT.replace("expect: [delivery_rate >= 50%]\n", EXPECTS)
    watched, plain = run_scenario(expects), run_scenario(TEXT)
    assert watched.digest == plain.digest
    assert [item.scope for item in watched.expectations] == [
        "all", "where trait phone_off", "message anna-code", "never", "sometimes",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("expect", "verdict"),
    [
        ("{never: [outcome cancelled]}", Verdict.PASSED),
        ("{sometimes: [outcome cancelled]}", Verdict.FAILED),
        ("{messages: {anna-code: {verified: false}}}", Verdict.PASSED),
        ("{messages: {anna-code: {verified: true}}}", Verdict.FAILED),
        ("{never: [receipt orphan]}", Verdict.PASSED),
        ("{sometimes: [receipt orphan]}", Verdict.FAILED),
        ("{sometimes: [fallback to level 1]}", Verdict.PASSED),
        ("{never: [fallback to level 1]}", Verdict.FAILED),
        ("{messages: {anna-code: {within: 1h}}}", Verdict.PASSED),
        ("{messages: {anna-code: {within: 1ms}}}", Verdict.FAILED),
        ("{where: [{country: XX, that: delivery_rate >= 0%}]}", Verdict.FAILED),
    ],
)
def test_each_kind_of_expectation_can_fail_a_run(expect: str, verdict: Verdict) -> None:
    """One that does not hold is enough, and so is one that looked at nothing."""
    text = TEXT.replace("[delivery_rate >= 50%]", expect)
    assert run_scenario(text).verdict is verdict
