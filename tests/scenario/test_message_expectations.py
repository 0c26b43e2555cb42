"""What must become of a named message."""

from typing import cast

import pytest

from sandbox.cascade.vocabulary import Status
from sandbox.report.account import Account, begin
from sandbox.report.metrics import Metrics
from sandbox.report.occurrences import Occurrences
from sandbox.scenario.expectations import Evidence, ExpectationResult
from tests.support.hand import Hand, level, plan
from tests.support.scenario_texts import loaded, problems_of

TWO = plan(level("sms", via=["sms-main"], wait=30, retries=1), level("viber", wait=30))

TEXT = """\
schema: 1
cascades: {{otp: {{levels: [{{channel: sms, via: [sms-main]}}, viber]}}}}
providers:
  sms-main: {{channel: sms, price: {{amount: 0.05 EUR}}}}
  spare: {{channel: whatsapp}}
load: [{{burst: 2}}, {{message: anna}}]
expect:
  messages:
    anna: {{{expected}}}
"""


class Euros:
    """Metrics of a run with prices."""

    currency = "EUR"


def account_of(hand: Hand) -> Account:
    """What became of the message of a hand."""
    account = begin(hand.facts[0], {TWO.name: TWO})
    for fact in hand.facts[1:]:
        account.take(fact)
    return account


def judged(expected: str, account: Account | None) -> ExpectationResult:
    """What comes of an expectation."""
    (parsed,) = loaded(TEXT.format(expected=expected)).expectations
    accounts = {} if account is None else {"anna": account}
    return parsed.check(Evidence(cast("Metrics", Euros()), Occurrences([], ()), accounts))


@pytest.fixture(scope="module")
def account() -> Account:
    """Refused once, then no receipt, then delivered by Viber; the SMS arrives after all."""
    hand = Hand(TWO).request()
    hand.throttle(1)
    hand.wake(3)
    hand.accept(3, owed=50_000_000)
    hand.wake(33)
    hand.accept(33.5)
    hand.receipt(Status.DELIVERED, 35.25, owed=20_000_000)
    hand.receipt(Status.DELIVERED, 90, of="0.2", owed=50_000_000)
    return account_of(hand)


GOOD = "path: ['sms:throttled', 'sms:no_receipt', 'viber:delivered']"


def test_all_that_is_expected_is_told_in_one_line(account: Account) -> None:
    """It is one expectation, under the name of its message."""
    result = judged(
        f"{GOOD}, ends: delivered, within: 36s, cost: <= 0.07 EUR, truth.cost: == 0, "
        "late: ['sms@sms-main:delivered']",
        account,
    )
    assert (result.passed, result.why, result.details) == (True, "", ())
    assert result.text == (
        "path sms:throttled, sms:no_receipt, viber:delivered; late sms@sms-main:delivered; "
        "ends delivered; within 36s; cost <= 0.07 EUR; truth.cost == 0"
    )
    assert result.seen == (
        "sms:throttled, sms:no_receipt, viber:delivered; delivered after 35.250 s; 0.070 EUR; "
        "billed 0.000 EUR; late sms:delivered"
    )
    assert (result.scope, result.line, result.samples) == ("message anna", 9, 1)
    assert (result.first_message, result.measure) == (None, None)


@pytest.mark.parametrize(
    ("expected", "why"),
    [
        ("path: ['sms:throttled', 'sms:failed', 'viber:delivered']",
         "path: expected sms:failed in place 2, saw sms:no_receipt"),
        ("path: ['sms:throttled', 'sms:no_receipt']",
         "path: expected no more after place 2, saw viber:delivered"),
        ("path: []", "path: expected none, saw sms:throttled"),
        ("path: ['sms:throttled', 'sms:no_receipt', 'viber:delivered', 'viber:read']",
         "path: expected viber:read in place 4, saw no more"),
        ("path: ['viber:throttled', 'sms:no_receipt', 'viber:delivered']",
         "path: expected viber:throttled in place 1, saw sms:throttled"),
        ("ends: expired", "ends: expected expired, saw delivered"),
        ("within: 35249ms", "within: expected 35249ms, it took 35.250 s"),
        ("cost: < 0.07 EUR", "cost: expected < 0.07 EUR, saw 0.070 EUR"),
        ("cost: <= 0.069999999 EUR", "cost: expected <= 0.069999999 EUR, saw 0.070 EUR"),
        ("truth.cost: '> 0'", "truth.cost: expected > 0, saw 0.000 EUR"),
        ("late: []", "late: expected none, saw sms:delivered"),
        ("late: ['viber:read']", "late: expected viber:read in place 1, saw sms:delivered"),
    ],
)  # fmt: skip
def test_what_differs_is_said(account: Account, expected: str, why: str) -> None:
    """Each side by itself, with what was expected and what was seen, and exactly."""
    result = judged(expected, account)
    assert (result.passed, result.why, result.first_message) == (False, why, 1)


def test_all_that_differs_is_told_together(account: Account) -> None:
    """Who sees another path also wants to know how it ended."""
    result = judged("path: ['sms:delivered'], ends: expired, within: 1s", account)
    assert result.why.split("; ") == [
        "path: expected sms:delivered in place 1, saw sms:throttled",
        "ends: expected expired, saw delivered",
        "within: expected 1s, it took 35.250 s",
    ]


def test_two_paths_are_shown_under_each_other(account: Account) -> None:
    """With marks where they differ, and providers where they are expected."""
    result = judged("path: ['sms:throttled', 'sms@sms-main:failed'], late: []", account)
    assert result.details == (
        "expected  sms:throttled  sms@sms-main:failed      -",
        "seen      sms:throttled  sms@sms-main:no_receipt  viber:delivered",
        "                         ^^^^^^^^^^^^^^^^^^^^^^^  ^^^^^^^^^^^^^^^",
        "late expected  -",
        "late seen      sms:delivered",
        "               ^^^^^^^^^^^^^",
    )


def test_a_provider_is_compared_where_it_is_named(account: Account) -> None:
    """`sms@sms-main:…` asserts the provider too, `sms:…` does not."""
    steps = ["sms@sms-main:throttled", "sms:no_receipt", "viber@viber:delivered"]
    path = ", ".join(f"'{step}'" for step in steps)
    result = judged(f"path: [{path}]", account)
    assert result.passed
    assert result.seen.startswith("sms@sms-main:throttled, sms@sms-main:no_receipt, viber@viber:")


def test_a_message_that_never_came_fails() -> None:
    """There is nothing to compare, and no sample."""
    result = judged("ends: delivered", None)
    assert (result.passed, result.why, result.seen, result.samples) == (
        False, "no such message came", "it never came", 0,
    )  # fmt: skip


def test_a_message_without_an_outcome_is_not_in_time() -> None:
    """A run that ends in the middle proves no time limit."""
    hand = Hand(TWO).request()
    result = judged("ends: delivered, within: 10m", account_of(hand))
    assert result.why.split("; ") == [
        "ends: expected delivered, saw no outcome",
        "within: expected 10m, it has no outcome",
    ]
    assert result.seen == "sms:open; no outcome"


@pytest.mark.parametrize(
    ("expected", "problem"),
    [
        ("path: [sms]", "19: error[bad-expectation]: 'sms' is no entry of a path"),
        ("path: ['sms delivered']",
         "19: error[bad-expectation]: 'sms delivered' is no entry of a path"),
        ("path: [smss:failed]",
         "19: error[unknown-word]: no level is on the channel 'smss'"),
        ("path: [whatsapp:failed]",
         "19: error[unknown-word]: no level is on the channel 'whatsapp'"),
        ("path: [sms@sms-man:failed]", "23: error[unknown-provider]: no level uses 'sms-man'"),
        ("path: [sms@spare:failed]", "23: error[unknown-provider]: no level uses 'spare'"),
        ("path: [viber@sms-main:failed]",
         "25: error[wrong-channel]: 'sms-main' carries sms, not viber"),
        ("path: [sms:failled]", "23: error[unknown-word]: no attempt ends 'failled'"),
        ("path: ['sms:']", "24: error[unknown-word]: no attempt ends ''"),
        ("path: [sms:open]", "23: error[unknown-word]: no attempt ends 'open'"),
        ("late: [sms:circuit_open]",
         "23: error[unknown-word]: 'circuit_open' is no news that comes late"),
        ("late: [sms:no_receipt]",
         "23: error[unknown-word]: 'no_receipt' is no news that comes late"),
        ("cost: 0.06 EUR", "18: error[bad-expectation]: '0.06 EUR' compares with nothing"),
        ("cost: <=", "18: error[bad-expectation]: '<=' compares with nothing"),
        ("cost: =< 0.06 EUR", "18: error[bad-expectation]: '=<' does not compare"),
        ("cost: <= 0.06", "21: error[unit-missing]: 0.06 has no currency"),
        ("cost: <= 0.06 USD",
         "21: error[second-currency]: the prices here are in EUR, not in USD"),
        ("truth.cost: <= cheap", "27: error[bad-money]: cheap is no amount of money"),
        ("path: [sms:failed], ends: late", "38: error[unknown-word]: 'late' is not an outcome"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_shown_at_the_word_that_is_wrong(expected: str, problem: str) -> None:
    """Channel, provider, word, sign and amount each have their own position."""
    assert problems_of(TEXT.format(expected=expected)) == [f"9:{problem}"]


def test_several_mistakes_in_one_path_are_all_found() -> None:
    """One pass finds them, in their order."""
    problems = problems_of(TEXT.format(expected="path: [fax:delivrd, sms@x:failed, sms:late]"))
    assert [problem.split(":")[1] for problem in problems] == ["19", "23", "36", "50"]
