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
from sandbox.simulation.distributions import exponential, fixed, lognormal, uniform
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
        ("{exponential: {mean: 3s}}", exponential(3_000_000)),
        ("{exponential: {mean: 3s, max: 9s}}", exponential(3_000_000, 9_000_000)),
    ],
)
def test_distributions_are_read_by_percentiles_bounds_or_mean(text: str, value: object) -> None:
    """Exactly one name, with its own parameters."""
    assert shapes_say(Distribution(), text) == (value, [])
    assert is_valid(Distribution(), text)


@pytest.mark.parametrize(
    ("text", "code", "valid"),
    [
        ("3s", "wrong-type", False),
        ("{}", "one-of", False),
        ("{fixed: 1s, uniform: [1s, 2s]}", "one-of", False),
        ("{weibull: {p50: 1s, p95: 2s}}", "not-built", False),
        ("{empirical: file.csv}", "not-built", False),
        ("{mix: []}", "not-built", False),
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
