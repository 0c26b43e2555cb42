"""Signs and amounts inside sentences."""

import re
from fractions import Fraction

import pytest

from sandbox.errors import ScenarioError
from sandbox.scenario.comparisons import OPERATORS, SIGN, amount, check_sign, part
from sandbox.scenario.nodes import ScalarNode
from sandbox.scenario.problems import BAD, Problems
from sandbox.scenario.quantities import QuantityError
from tests.support.scenario_texts import map_of, scalar


def problems_in(problems: Problems) -> list[str]:
    """The first lines of what was found."""
    try:
        problems.raise_any()
    except ScenarioError as error:
        return [str(problem).split("\n")[0] for problem in error.problems]
    return []


def test_a_word_of_a_sentence_has_its_own_position() -> None:
    """Quoted or not; where an escape moves what follows, the whole sentence is meant."""
    for text, column in (("a: cost <= 5", 9), ("a: 'cost <= 5'", 10)):
        node = map_of(text).get("a")
        assert isinstance(node, ScalarNode)
        word = part(node, 5, 7)
        assert (word.text, word.mark.column, word.mark.width) == ("<=", column, 2)
    escaped = scalar('"co\\u0073t <= 5"')
    assert part(escaped, 5, 7) is escaped


@pytest.mark.parametrize("sign", ["=", "=>", "=<", "<>", "===", "!", "><", "!=="])
def test_what_does_not_compare_is_said(sign: str) -> None:
    """Only the six signs of Python do, and they are listed."""
    problems = Problems()
    form = re.fullmatch(SIGN + " 5", f"{sign} 5")
    assert form is not None
    assert check_sign(scalar(f"'{sign} 5'"), form, problems) is BAD
    assert problems_in(problems) == [
        f"<text>:1:2: error[bad-expectation]: '{sign}' does not compare"
    ]


def test_what_compares_is_left_alone() -> None:
    """Each of the signs means what it does in Python."""
    for sign, compare in OPERATORS.items():
        form = re.fullmatch(SIGN, sign)
        assert form is not None
        problems = Problems()
        assert check_sign(scalar(f"'{sign}'"), form, problems) is None
        assert not problems
        assert compare(2, 3) == (sign in ("<", "<=", "!="))


def test_amounts_are_in_the_currency_of_the_prices() -> None:
    """Billionths, exactly; a second currency is an error, and no currency takes any."""
    problems, at = Problems(), scalar("'5'")
    assert amount(at, "0.000000001 EUR", "EUR", problems) == Fraction(1)
    assert amount(at, "0", "EUR", problems) == 0
    assert amount(at, "2 USD", "", problems) == 2_000_000_000
    assert not problems
    assert amount(at, "2 USD", "EUR", problems) is BAD
    assert problems_in(problems) == [
        "<text>:1:1: error[second-currency]: the prices here are in EUR, not in USD"
    ]
    with pytest.raises(QuantityError):
        amount(at, "much", "EUR", problems)
