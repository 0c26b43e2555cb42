"""Distributions, and outcomes, reasons and countries by their shares."""

from fractions import Fraction
from typing import Any

import jsonschema
import pytest

from sandbox.cascade.vocabulary import ReasonClass
from sandbox.scenario.grammar.leaves import Share
from sandbox.scenario.grammar.mixtures import (
    Countries,
    Distribution,
    OrFactor,
    OutcomeShares,
    ReasonShares,
)
from sandbox.scenario.nodes import data
from sandbox.scenario.problems import BAD
from sandbox.simulation.distributions import (
    empirical,
    exponential,
    fixed,
    lognormal,
    mix,
    scaled,
    uniform,
    weibull,
)
from sandbox.simulation.spec import SUBMIT_OUTCOMES, Scale
from tests.support.scenario_texts import shapes_say, tree

OUTCOMES = OutcomeShares(SUBMIT_OUTCOMES)


def is_valid(shape: Any, text: str) -> bool:
    """Whether the schema of a shape takes a text."""
    definitions: dict[str, Any] = {}
    schema = shape.schema(definitions)
    return jsonschema.Draft202012Validator({**schema, "$defs": definitions}).is_valid(
        data(tree(text))
    )


def codes(shape: Any, text: str) -> list[str]:
    """What a shape has to say."""
    return [line.partition("error[")[2].partition("]")[0] for line in shapes_say(shape, text)[1]]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{fixed: 2s}", fixed(2_000_000)),
        ("{fixed: 0s}", fixed(0)),
        ("{uniform: [1s, 3s]}", uniform(1_000_000, 3_000_000)),
        ("{uniform: [0s, 0s]}", uniform(0, 0)),
        ("{lognormal: {p50: 3s, p95: 20s}}", lognormal(3_000_000, 20_000_000)),
        (
            "{lognormal: {p50: 3s, p95: 20s, max: 60s}}",
            lognormal(3_000_000, 20_000_000, 60_000_000),
        ),
        ("{lognormal: {p50: 3s, p95: 3s}}", fixed(3_000_000)),
        ("{weibull: {p50: 3s, p95: 20s}}", weibull(3_000_000, 20_000_000)),
        ("{weibull: {p50: 3s, p95: 20s, max: 1m}}", weibull(3_000_000, 20_000_000, 60_000_000)),
        ("{weibull: {p50: 3s, p95: 3s}}", fixed(3_000_000)),
        (
            "{mix: [{share: 90%, lognormal: {p50: 3s, p95: 20s}}, {share: rest, fixed: 30s}]}",
            mix([(lognormal(3_000_000, 20_000_000), 9 * 10**8), (fixed(30_000_000), 10**8)]),
        ),
        (
            """
            {mix: [{fixed: 1s, share: 0.5%}, {share: 0.5%, uniform: [0s, 1s]},
            {share: 99%, weibull: {p50: 1s, p95: 2s}}]}""",
            mix(
                [
                    (fixed(1_000_000), 5_000_000),
                    (uniform(0, 1_000_000), 5_000_000),
                    (weibull(1_000_000, 2_000_000), 990_000_000),
                ]
            ),
        ),
        ("{mix: [{share: 100%, fixed: 1s}, {share: rest, fixed: 2s}]}", fixed(1_000_000)),
        (
            '{empirical: {csv: "duration\\n1s\\n250ms\\n1s\\n"}}',
            empirical([(250_000, 1), (1_000_000, 2)]),
        ),
        (
            '{empirical: {csv: "count,duration_ms\\n3,250\\n0,7\\n1,0.5"}}',
            empirical([(250_000, 3), (500, 1)]),
        ),
        (
            '{mix: [{share: 1%, fixed: 9s}, {share: 99%, empirical: {csv: "duration_s\\n2"}}]}',
            mix([(fixed(9_000_000), 10**7), (fixed(2_000_000), 99 * 10**7)]),
        ),
        ("{exponential: {mean: 3s}}", exponential(3_000_000)),
        ("{exponential: {mean: 3s, max: 9s}}", exponential(3_000_000, 9_000_000)),
    ],
)
def test_distributions_are_read_by_percentiles_bounds_mean_or_file(
    text: str, value: object
) -> None:
    """Exactly one name, with its own parameters."""
    assert shapes_say(Distribution(), text) == (value, [])
    assert is_valid(Distribution(), text)


@pytest.mark.parametrize(
    ("text", "code", "valid"),
    [
        ("3s", "wrong-type", False),
        ("{}", "one-of", False),
        ("{fixed: 1s, uniform: [1s, 2s]}", "one-of", False),
        ("{weibull: {p50: 1s}}", "missing-key", False),
        ("{weibull: {p50: 3s, p95: 1s}}", "bad-distribution", True),
        ("{weibull: {p50: 3s, p95: 9s, max: 3s}}", "bad-distribution", True),
        ("{empirical: file.csv}", "unreadable-file", True),
        ("{empirical: /etc/passwd}", "bad-path", True),
        ("{empirical: [1s, 2s]}", "wrong-type", False),
        ('{empirical: {csv: ""}}', "empty-file", True),
        ('{empirical: {csv: "seconds\\n1"}}', "bad-csv", True),
        ('{empirical: {csv: "count\\n1"}}', "bad-csv", True),
        ('{empirical: {csv: "duration,count,weight\\n1s,1,1"}}', "bad-csv", True),
        ('{empirical: {csv: "duration\\n1.5"}}', "unit-missing", True),
        ('{empirical: {csv: "duration_s\\n1.5s"}}', "bad-number", True),
        ('{empirical: {csv: "duration,count\\n1s,often"}}', "bad-number", True),
        ('{empirical: {csv: "duration,count\\n1s,-1"}}', "bad-number", True),
        ('{empirical: {csv: "duration,count\\n1s,0"}}', "bad-distribution", True),
        ('{empirical: {csv: "duration\\n367d"}}', "out-of-range", True),
        ("{mix: []}", "too-few", False),
        ("{mix: {share: 1%}}", "wrong-type", False),
        ("{mix: [{share: 100%, fixed: 1s}]}", "too-few", False),
        ("{mix: [" + "{share: 1%, fixed: 1s}, " * 17 + "]}", "too-many", False),
        ("{mix: [{share: 10%, fixed: 1s}, {fixed: 2s}]}", "missing-key", False),
        ("{mix: [{share: 10%, fixed: 1s}, {share: rest}]}", "one-of", False),
        ("{mix: [{share: 10%, fixed: 1s}, 2s]}", "wrong-type", False),
        ("{mix: [{share: 10%, fixed: 1s}, {share: 80%, fixed: 2s}]}", "shares-sum", True),
        ("{mix: [{share: 60%, fixed: 1s}, {share: 60%, fixed: 2s}]}", "shares-sum", True),
        ("{mix: [{share: rest, fixed: 1s}, {share: rest, fixed: 2s}]}", "several-rests", True),
        ("{mix: [{share: 0.1, fixed: 1s}, {share: rest, fixed: 2s}]}", "unit-missing", False),
        ("{mix: [{share: 10%, fixed: 1}, {share: rest, fixed: 2s}]}", "unit-missing", False),
        ("{mix: [{share: 10%, fixed: x2}, {share: rest, fixed: 2s}]}", "bad-duration", False),
        ("{mix: [{share: 10%, fixed: 1s}, {share: rest, mix: []}]}", "bad-distribution", False),
        ("{mix: [{share: 10%, fixed: 1s, part: 1}, {share: rest, fixed: 2s}]}", "one-of", False),
        ("{mix: [{share: 10%, weight: 1}, {share: rest, fixed: 2s}]}", "unknown-key", False),
        ("{normal: {mean: 1s}}", "unknown-key", False),
        ("{uniform: [3s]}", "too-few", False),
        ("{uniform: [3s, 1s]}", "bad-distribution", True),
        ("{lognormal: {p50: 3s}}", "missing-key", False),
        ("{lognormal: {p50: 3s, p95: 1s}}", "bad-distribution", True),
        ("{lognormal: {p50: 3s, p95: 9s, max: 3s}}", "bad-distribution", True),
        ("{lognormal: {p50: 0s, p95: 9s}}", "out-of-range", True),
        ("{exponential: {}}", "missing-key", False),
        ("{fixed: 3}", "unit-missing", False),
    ],
)
def test_a_distribution_that_is_none_is_refused(text: str, code: str, valid: bool) -> None:
    """The schema sees the form, the loader the sense."""
    value, _ = shapes_say(Distribution(), text)
    assert (value, codes(Distribution(), text)) == (BAD, [code])
    assert is_valid(Distribution(), text) is valid


def test_measured_durations_are_a_hundred_thousand_at_most() -> None:
    """One more is too many; what is the most is read."""
    rows = "1s\\n2s\\n" * 50_000
    value, said = shapes_say(Distribution(), '{empirical: {csv: "duration\\n' + rows + '"}}')
    assert (value, said) == (empirical([(1_000_000, 1), (2_000_000, 1)]), [])
    text = '{empirical: {csv: "duration\\n' + rows + '3s"}}'
    assert codes(Distribution(), text) == ["too-many"]


def test_a_part_of_a_mix_says_which_share_is_one_too_many() -> None:
    """By the kind of the part that has the rest already."""
    text = "{mix: [{share: rest, fixed: 1s}, {share: rest, uniform: [1s, 2s]}]}"
    assert shapes_say(Distribution(), text)[1] == [
        "<text>:1:42: error[several-rests]: 'fixed' is the rest already"
    ]


def test_any_distribution_can_be_multiplied() -> None:
    """A fault may say x10 of whatever the base is, and be given any kind itself."""
    shape = OrFactor(Distribution())
    mixed = "{mix: [{share: 10%, fixed: 1s}, {share: rest, weibull: {p50: 1s, p95: 2s}}]}"
    value, said = shapes_say(shape, mixed)
    assert said == []
    assert scaled(value, Fraction(10)).draw(0) == 10 * value.draw(0)
    assert is_valid(shape, mixed)


def test_files_in_a_change_become_what_they_hold() -> None:
    """In a fault as in a provider, and in a part of a mix too."""
    assert codes(OrFactor(Distribution()), "{empirical: a.csv}") == ["unreadable-file"]
    text = "{mix: [{share: 10%, fixed: 1s}, {share: rest, empirical: ../a.csv}]}"
    assert codes(OrFactor(Distribution()), text) == ["bad-path"]


def test_a_part_of_a_distribution_may_come_from_a_base() -> None:
    """In a provider the schema does not ask for what the base has."""
    assert is_valid(Distribution(over_base=True), "{lognormal: {p50: 3s}}")
    assert codes(Distribution(over_base=True), "{lognormal: {p50: 3s}}") == ["missing-key"]


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("{accepted: rest}", {"accepted": 1_000_000_000}),
        ("{accepted: 90%, throttled: 10%}", {"throttled": 100_000_000, "accepted": 900_000_000}),
        ("{refused.temporary: rest}", {"refused.temporary": 1_000_000_000, "accepted": 0}),
        ("{throttled: 100%, accepted: rest}", {"throttled": 1_000_000_000, "accepted": 0}),
    ],
)
def test_shares_sum_to_all_or_leave_a_rest(text: str, shares: dict[str, int]) -> None:
    """Any of them may be the rest."""
    value, said = shapes_say(OUTCOMES, text)
    assert (dict(value.shares), said) == (shares, [])
    assert is_valid(OUTCOMES, text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{}", "shares-sum"),
        ("{accepted: 90%}", "shares-sum"),
        ("{accepted: 90%, throttled: 11%}", "shares-sum"),
        ("{accepted: rest, throttled: rest}", "several-rests"),
        ("{accepted: rest, throttled: 101%}", "out-of-range"),
        ("{acepted: rest}", "unknown-word"),
        ("{accepted: 0.9}", "unit-missing"),
        ("{accepted: x2}", "bad-share"),
        ("rest", "wrong-type"),
    ],
)
def test_shares_that_are_not_all_are_refused(text: str, code: str) -> None:
    """Less than all needs a rest, more is too much."""
    value, _ = shapes_say(OUTCOMES, text)
    assert (value, codes(OUTCOMES, text)) == (BAD, [code])


def test_countries_are_two_letters_with_shares() -> None:
    """Norway included."""
    value, said = shapes_say(Countries(), "{DE: 60%, NO: rest}")
    assert (value, said) == ((("DE", 600_000_000), ("NO", 400_000_000)), [])
    assert codes(Countries(), "{Germany: 100%}") == ["bad-country"]
    assert codes(Countries(), "{}") == ["too-few"]
    assert [is_valid(Countries(), text) for text in ("{NO: 100%}", "{no: 100%}", "{}")] == [
        True, False, False,
    ]  # fmt: skip


def test_reasons_are_shares_of_codes_by_outcome() -> None:
    """A code has a share, or a share with class and text."""
    text = (
        '{failed: {"30003": 40%, E7: {share: 10%, class: stop, text: gone}, X: {}}, '
        "rejected: {1: rest}}"
    )
    value, said = shapes_say(ReasonShares(), text)
    assert not said
    assert [
        (outcome.text, [(r.code.text, r.share, r.reason_class, r.text) for r in reasons])
        for outcome, reasons in value
    ] == [
        (
            "failed",
            [
                ("30003", 400_000_000, None, None),
                ("E7", 100_000_000, ReasonClass.STOP, "gone"),
                ("X", 500_000_000, None, None),
            ],
        ),
        ("rejected", [("1", 1_000_000_000, None, None)]),
    ]
    assert is_valid(ReasonShares(), text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{delivered: {1: rest}}", "unknown-word"),
        ("{failed: {}}", "too-few"),
        ("{failed: {1: 50%}}", "shares-sum"),
        ("{failed: {1: {share: 100%, kind: stop}}}", "unknown-key"),
        ("{failed: {1: {share: 100%, class: fatal}}}", "unknown-word"),
        ("{failed: {'a b': rest}}", "bad-reason-code"),
        ("{failed: rest}", "wrong-type"),
    ],
)
def test_reasons_that_are_none_are_refused(text: str, code: str) -> None:
    """Only outcomes that say no have reasons."""
    assert codes(ReasonShares(), text) == [code]
    assert is_valid(ReasonShares(), text) is (code == "shares-sum")


def test_a_factor_multiplies_what_it_stands_for() -> None:
    """`x10` instead of a value."""
    shape = OrFactor(Share())
    assert shapes_say(shape, "x10")[0] == Scale(Fraction(10))
    assert shapes_say(shape, "5%")[0] == 50_000_000
    assert codes(shape, "x") == ["bad-factor"]
    assert [is_valid(shape, text) for text in ("x10", "5%", "10x")] == [True, True, False]
