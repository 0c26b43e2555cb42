"""A run with providers outside is judged by what is known, and by nothing else."""

from typing import Final

import pytest

from sandbox.app.known_only import known_only
from sandbox.app.run import Verdict, run_loaded
from sandbox.scenario.loader import load

TEXT: Final = """\
schema: 1
cascades: {otp: [sms]}
load: [{burst: 20}]
faults: [{id: down, provider: sms, at: 1h, for: 1m, set: {submit.outcomes: {accepted: 100%}}}]
expect: {all: [EXPECTED]}
"""


@pytest.mark.parametrize(
    "of_truth",
    ["truth.delivery_rate > 100%", "channel.sms.accepted < 0", "hidden_duplicate_rate > 1%"],
)
def test_what_is_of_truth_is_left_out(of_truth: str) -> None:
    """And a run that fails by it alone passes; another one fails as before."""
    its = run_loaded(load(TEXT.replace("EXPECTED", f"delivery_rate >= 1%, {of_truth}")))
    told = known_only(its)
    assert its.verdict is Verdict.FAILED
    is_known = of_truth.startswith("channel")
    assert told.result.verdict is (Verdict.FAILED if is_known else Verdict.PASSED)
    assert [item.text for item in told.left_out] == ([] if is_known else [of_truth])
    assert len(told.result.expectations) == (2 if is_known else 1)


def test_a_phrase_of_truth_is_left_out() -> None:
    """Such as a second copy on the handset."""
    text = TEXT.replace("{all: [EXPECTED]}", "{sometimes: [double delivery, throttled]}")
    told = known_only(run_loaded(load(text)))
    assert [item.text for item in told.left_out] == ["double delivery"]
    assert [item.text for item in told.result.expectations] == ["throttled"]


def test_faults_are_those_of_the_fakes() -> None:
    """Our own world does not read what they change."""
    its = run_loaded(load(TEXT.replace("EXPECTED", "delivery_rate >= 1%")))
    assert its.fired == {"down": 0}
    assert known_only(its).result.fired == {}
    assert known_only(its, {"down": 3}).result.fired == {"down": 3}
