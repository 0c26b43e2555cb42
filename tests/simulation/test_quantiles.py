from decimal import Decimal
from itertools import pairwise
from statistics import NormalDist

import pytest

from sandbox.simulation import quantiles
from tests.simulation import quantile_constants

EDGE = 2.0**-33


def test_the_shipped_constants_are_what_the_script_derives() -> None:
    """Nobody has to trust a table of numbers: the script that wrote it comes to the same."""
    assert quantile_constants.normal_table() == quantiles.NORMAL
    assert quantile_constants.exponential_table() == quantiles.EXPONENTIAL
    assert quantile_constants.normal_95() == quantiles.NORMAL_95
    assert quantile_constants.ln_2() == quantiles.LN_2


def test_normal_quantiles_are_those_of_the_standard_library() -> None:
    """An independent implementation agrees, to what a float can hold."""
    inverse = NormalDist().inv_cdf
    for share, units in zip(quantile_constants.knots(), quantiles.NORMAL, strict=True):
        expected = inverse(min(max(float(share), EDGE), 1 - EDGE)) * 2**32
        assert units == pytest.approx(expected, abs=1)
    assert pytest.approx(inverse(0.95) * 2**32, abs=1) == quantiles.NORMAL_95


def test_exponential_quantiles_are_logarithms() -> None:
    """At every knot but the last, which stands for infinity, the quantile is -ln(1 - u)."""
    for share, units in zip(quantile_constants.knots(), quantiles.EXPONENTIAL, strict=True):
        if share < 1:
            assert abs(units + (1 - share).ln() * 2**32) <= Decimal("0.500001")
    assert quantiles.EXPONENTIAL[0] == 0


@pytest.mark.parametrize("table", [quantiles.NORMAL, quantiles.EXPONENTIAL])
def test_a_table_covers_the_tail_and_only_rises(table: tuple[int, ...]) -> None:
    """Five levels of cells, each sixteen times finer, and no knot below the one before."""
    assert len(table) == 4 * 240 + 256 + 1
    assert all(low < high for low, high in pairwise(table))
