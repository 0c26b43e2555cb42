"""Derives the constants of `sandbox/simulation/quantiles.py` from decimal arithmetic alone.

`PYTHONPATH=. python tests/simulation/quantile_constants.py > sandbox/simulation/quantiles.py`
writes the module anew; a test checks that the shipped one says the same. Decimal arithmetic is
exact to the precision asked for on every machine, so there is one right answer for each constant.
"""

import sys
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

_DIGITS = 50
_ONE = Decimal(1)
_HALF = Decimal("0.5")

_HEADER = '''"""Quantiles of the standard normal and exponential distributions, in units of 2^-32.

Written by `tests/simulation/quantile_constants.py`, which explains them; do not edit by hand. Each
tuple holds the quantiles at the same 1217 knots: 240 cells of 2^-8 from 0 to 15/16, then 240 cells
each of 2^-12, 2^-16 and 2^-20, every time up to the last sixteenth of what is left, and 256 cells
of 2^-24 up to 1. The first and the last knot, where quantiles may be infinite, stand at 2^-33 and
1 - 2^-33.
"""

from typing import Final
'''


def knots() -> Iterator[Decimal]:
    """The shares at which quantiles are tabled, ascending: a body and four ever finer tails."""
    for level in range(5):
        start = (1 << 32) - (1 << 32 - 4 * level)
        for cell in range(256 if level == 4 else 240):
            yield Decimal(start + (cell << 24 - 4 * level)) / (1 << 32)
    yield _ONE


def normal(share: Decimal) -> Decimal:
    """The standard normal quantile, by Newton's method on the distribution function."""
    with localcontext() as context:
        context.prec = _DIGITS
        pi = Decimal("3.14159265358979323846264338327950288419716939937510582097494")
        z = Decimal(0)
        tail = min(share, 1 - share)
        if tail < _HALF / 10:  # Newton from the outside converges; from 0 it would overshoot.
            z = -(-2 * tail.ln()).sqrt()
        for _ in range(100):
            density = (-z * z / 2).exp() / (2 * pi).sqrt()
            step = (_below(z, density) - tail) / density
            z -= step
            if abs(step) < Decimal(10) ** -25:
                return z if share == tail else -z
    raise ArithmeticError(f"no quantile for {share}")


def _below(z: Decimal, density: Decimal) -> Decimal:
    """The standard normal distribution function; its series has no cancellation."""
    term = total = abs(z)
    odd = 1
    while term > Decimal(10) ** -_DIGITS:
        odd += 2
        term *= z * z / odd
        total += term
    return _HALF + density * total if z >= 0 else _HALF - density * total


def exponential(share: Decimal) -> Decimal:
    """The standard exponential quantile."""
    with localcontext() as context:
        context.prec = _DIGITS
        return -(_ONE - share).ln()


def in_units(value: Decimal, bits: int = 32) -> int:
    """A value as an integer number of 2^-bits, rounded half even."""
    with localcontext() as context:
        context.prec = _DIGITS
        return int((value * (1 << bits)).to_integral_value(ROUND_HALF_EVEN))


def normal_table() -> tuple[int, ...]:
    """Standard normal quantiles at the knots, in units of 2^-32."""
    edge = _ONE / (1 << 33)
    return tuple(in_units(normal(min(max(u, edge), 1 - edge))) for u in knots())


def exponential_table() -> tuple[int, ...]:
    """Standard exponential quantiles at the knots, in units of 2^-32."""
    edge = _ONE / (1 << 33)
    return tuple(in_units(exponential(min(u, 1 - edge))) for u in knots())


def normal_95() -> int:
    """The standard normal 95 % quantile, in units of 2^-32."""
    return in_units(normal(Decimal("0.95")))


def ln_2() -> int:
    """The natural logarithm of 2, in units of 2^-62."""
    with localcontext() as context:
        context.prec = _DIGITS
        return in_units(Decimal(2).ln(), 62)


def module() -> str:
    """The text of the data module."""
    parts = [
        _HEADER,
        f"NORMAL_95: Final = {normal_95():_}",
        '"""The standard normal 95 % quantile."""\n',
        f"LN_2: Final = {ln_2():_}",
        '"""The natural logarithm of 2, in units of 2^-62."""\n',
        "# fmt: off",
        _tuple("NORMAL", normal_table()),
        _tuple("EXPONENTIAL", exponential_table()),
        "# fmt: on",
    ]
    return "\n".join(parts) + "\n"


def _tuple(name: str, values: tuple[int, ...]) -> str:
    rows = [values[at : at + 7] for at in range(0, len(values), 7)]
    lines = ["    " + ", ".join(str(value) for value in row) + "," for row in rows]
    return "\n".join([f"{name}: Final[tuple[int, ...]] = (", *lines, ")"])


if __name__ == "__main__":
    sys.stdout.write(module())
