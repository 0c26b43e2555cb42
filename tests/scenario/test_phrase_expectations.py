"""What may never happen, and what must happen at least once."""

from typing import cast

import pytest

from sandbox.cascade.outputs import Fact
from sandbox.report.metrics import Metrics
from sandbox.report.occurrences import Occurrences
from sandbox.scenario.expectations import Evidence, ExpectationResult, Surroundings
from sandbox.scenario.phrase_expectations import (
    NEVER,
    SOMETIMES,
    PhraseExpectation,
    parse_phrase_expectation,
)
from sandbox.scenario.problems import BAD, Problems
from tests.support.logs import line
from tests.support.scenario_texts import scalar

AROUND = Surroundings(
    cascades=["otp"], channels=["sms"], providers={"sms": "sms"}, level_count=3, currency=""
)


class Counted:
    """Metrics that know how many messages there were."""

    def __init__(self, total: int) -> None:
        self._total = total

    def message_counts(self) -> dict[str, int]:
        """As many as told."""
        return {"total": self._total}


def expectation(text: str, scope: str) -> PhraseExpectation:
    """An expectation without a mistake."""
    problems = Problems()
    parsed = parse_phrase_expectation(scalar(f"'{text}'"), scope, AROUND, problems)
    problems.raise_any()
    assert parsed is not BAD
    return parsed


def judged(text: str, scope: str, *facts: Fact, total: int = 10) -> ExpectationResult:
    """What comes of an expectation when this was in the log."""
    parsed = expectation(text, scope)
    occurrences = Occurrences([parsed.phrase], ())
    occurrences.fold(facts)
    return parsed.check(Evidence(cast("Metrics", Counted(total)), occurrences, {}))


LOST = [line(n, n, "receipt_lost", f"{n + 20}.0.1", status="sent") for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("scope", "times", "passed", "seen", "first", "why"),
    [
        (NEVER, 0, True, "never", None, ""),
        (NEVER, 1, False, "once, m21", 21, ""),
        (NEVER, 3, False, "3 times, first m21", 21, ""),
        (SOMETIMES, 0, False, "never", None, "it did not happen"),
        (SOMETIMES, 1, True, "once, m21", None, ""),
        (SOMETIMES, 3, True, "3 times, first m21", None, ""),
    ],
)
def test_never_and_sometimes_say_opposite_things(
    scope: str, times: int, passed: bool, seen: str, first: int | None, why: str
) -> None:
    """Once is too often for the one and enough for the other; the first message is named."""
    result = judged("receipt lost", scope, *LOST[:times])
    assert (result.passed, result.seen, result.first_message, result.why) == (
        passed, seen, first, why,
    )  # fmt: skip
    assert (result.text, result.scope, result.value, result.samples) == (
        "receipt lost", scope, times, 10,
    )  # fmt: skip


@pytest.mark.parametrize("scope", [NEVER, SOMETIMES])
def test_a_run_without_messages_shows_nothing(scope: str) -> None:
    """Nothing was looked at, so nothing was shown, not even that something never happens."""
    result = judged("receipt lost", scope, total=0)
    assert (result.passed, result.why, result.samples) == (False, "no samples", 0)


def test_an_orphan_that_nobody_knows_of_is_counted_all_the_same() -> None:
    """How often it happened is told, though not to whom."""
    result = judged("receipt orphan", NEVER, line(2, 1, "orphan_receipt", "", cause=1))
    assert (result.passed, result.seen, result.first_message) == (False, "once", None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("late sucess", "unknown-phrase]: 'late sucess' is nothing that is counted"),
        ("outcome dead", "unknown-phrase]: 'outcome dead' is nothing that is counted"),
        ("fallback to level 3", "unknown-phrase]: no cascade has a level 3"),
        ("fallback to level 0",
         "unknown-phrase]: level 0 comes first, and nothing falls back to it"),
        ("skipped level 3", "unknown-phrase]: no cascade has a level 3"),
    ],
)  # fmt: skip
def test_what_is_not_counted_is_refused(text: str, problem: str) -> None:
    """Another phrase, a level no cascade has, an outcome there is not."""
    problems = Problems()
    assert parse_phrase_expectation(scalar(f"'{text}'"), NEVER, AROUND, problems) is BAD
    (found,) = problems.found()
    assert str(found).split("\n")[0] == f"<text>:1:1: error[{problem}"


def test_the_first_level_can_be_skipped() -> None:
    """Nothing falls back to it, but its recipient may not be eligible."""
    assert expectation("skipped level 0", NEVER).phrase.level == 0
