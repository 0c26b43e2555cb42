"""What one unit of a currency is worth in another, exactly."""

from fractions import Fraction

from sandbox.scenario.exchange import NO_EXCHANGE, Exchange
from sandbox.scenario.quantities import Money


def test_a_price_is_converted_exactly_and_rounded_once() -> None:
    """5 billionths at a rate of 0.1 are half a billionth, and half goes to even."""
    exchange = Exchange("EUR", {"USD": 100_000_000})
    assert exchange.exact(Money(5, "USD")) == Fraction(1, 2)
    assert exchange.in_base(Money(5, "USD")) == Money(0, "EUR")
    assert exchange.in_base(Money(15, "USD")) == Money(2, "EUR")
    assert exchange.in_base(Money(15, "EUR")) == Money(15, "EUR")
    assert exchange.in_base(Money(0, "")) == Money(0, "")
    assert NO_EXCHANGE.in_base(Money(15, "USD")) == Money(15, "USD")
