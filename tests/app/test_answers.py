import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.app.answers import Answer, Told, decoded, encoded
from sandbox.app.record import keep_run
from sandbox.cli.answer import answer_text
from sandbox.errors import UsageError
from sandbox.report.definitions import parse_metric
from sandbox.report.metrics import standard_metrics
from sandbox.report.sample import Scope
from sandbox.scenario.loader import load
from tests.support.kept import SCENARIO


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Answer, Told]:
    """What came of a run with expectations, one of which fails, and what the store tells of it."""
    text = SCENARIO.replace("[delivery_rate", "[delivery_rate == 0%, delivery_rate")
    path = tmp_path_factory.mktemp("answers") / "runs.sqlite"
    answer = keep_run(load(text), path).answer
    result = answer.result
    told = Told(
        path=path,
        run=1,
        verdict=result.verdict,
        digest=result.digest,
        virtual_us=result.virtual_us,
        wall_s=result.wall_s,
        message_names=result.message_names,
    )
    return answer, told


@pytest.fixture(scope="module")
def answer(kept: tuple[Answer, Told]) -> Answer:
    """The answer when the run took place."""
    return kept[0]


@pytest.fixture(scope="module")
def again(kept: tuple[Answer, Told]) -> Answer:
    """The same, from its JSON."""
    answer, told = kept
    return decoded(encoded(answer), answer.result.scenario, told)


def test_every_figure_comes_back_exact(answer: Answer, again: Answer) -> None:
    """Fractions as fractions, money in billionths, with their samples."""
    metrics = answer.result.metrics
    for ref in standard_metrics(metrics.level_count):
        assert again.result.metrics.measure(ref) == metrics.measure(ref), ref.text
    assert again.result.metrics.message_counts() == metrics.message_counts()
    assert again.result.expectations == answer.result.expectations
    assert [item.passed for item in again.result.expectations].count(False) == 1


def test_what_is_read_back_is_told_in_the_same_words(answer: Answer, again: Answer) -> None:
    """`show` prints what `run` printed."""
    texts = [answer_text(each.result, each.highlights, ["a"]) for each in (answer, again)]
    assert texts[0] == texts[1]


def test_a_metric_nobody_asked_for_is_refused_by_name(again: Answer) -> None:
    """Only what every run reports is kept; a replay measures the rest."""
    metrics = again.result.metrics
    assert metrics.measure(parse_metric("delivery_rate")).value is not None
    with pytest.raises(UsageError, match=r"no channel\.sms\.delivery_rate"):
        metrics.measure(parse_metric("channel.sms.delivery_rate"))


def test_the_log_is_read_and_not_made_once_more(answer: Answer, again: Answer) -> None:
    """Lines and messages are those of the run, whatever was changed by hand in it."""
    assert list(again.result.events()) == list(answer.result.events())
    assert list(again.result.messages()) == list(answer.result.messages())
    assert list(again.result.messages([121, 3])) == list(answer.result.messages([121, 3]))
    assert next(again.result.events()).kind == "requested"


def test_the_json_can_be_read_by_anybody(answer: Answer) -> None:
    """Plain values under plain names, so that SQL can ask for them."""
    told: dict[str, Any] = json.loads(encoded(answer))
    rate = told["metrics"]["known.delivery_rate"]
    assert set(rate) == {"kind", "value", "samples"}
    assert rate["samples"] == told["counts"]["total"] == 121
    assert told["fired"] == answer.result.fired
    assert sum(switch["times"] for switch in told["switches"]) == sum(
        answer.highlights.switches.values()
    )


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"warnings": []}'])
def test_what_is_no_answer_is_an_error(kept: tuple[Answer, Told], text: str) -> None:
    """A damaged file must not become wrong figures."""
    answer, told = kept
    with pytest.raises((KeyError, TypeError, ValueError)):
        decoded(text, answer.result.scenario, told)


def test_every_kind_of_expectation_comes_back_whole(tmp_path: Path) -> None:
    """Scope, what was seen, the first message that offends, and the lines of two paths."""
    text = """\
schema: 1
cascades: {otp: [sms, whatsapp]}
load: [{message: one, at: 0s}, {burst: 30}]
expect:
  all: [delivery_rate >= 100%]
  where: [{country: XX, that: delivery_rate >= 1%}]
  messages: {one: {path: ["sms:failed", "sms:failed"]}}
  never: [outcome delivered]
"""
    answer = keep_run(load(text), tmp_path / "runs.sqlite").answer
    result = answer.result
    told = Told(
        path=tmp_path / "runs.sqlite",
        run=1,
        verdict=result.verdict,
        digest=result.digest,
        virtual_us=result.virtual_us,
        wall_s=result.wall_s,
        message_names=result.message_names,
    )
    again = decoded(encoded(answer), result.scenario, told).result.expectations
    assert again == result.expectations
    assert [item.passed for item in again] == [False] * 4
    assert again[2].measure is None
    assert len(again[2].details) == 3
    with pytest.raises(UsageError):
        decoded(encoded(answer), result.scenario, told).result.metrics.measure(
            parse_metric("delivery_rate"), Scope(since_us=1)
        )
