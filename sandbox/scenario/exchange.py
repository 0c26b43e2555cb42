"""What one unit of each currency is worth in the currency of the report."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from sandbox.scenario.quantities import Money
from sandbox.simulation.spec import NANO


class Exchange(NamedTuple):
    """What one unit of each currency is worth.

    Attributes:
        base: The currency everything is counted in; "" where a file has just one.
        rates: Billionths of the base for one unit of another currency.
    """

    base: str
    rates: Mapping[str, int]

    def knows(self, currency: str) -> bool:
        """Whether an amount in a currency can be told in the base."""
        return currency in {"", self.base} or currency in self.rates

    def exact(self, money: Money) -> Fraction:
        """An amount in billionths of the base, nothing rounded.

        Raises:
            KeyError: there is no rate; `check` complained about it.
        """
        if not self.base or money.currency in {"", self.base}:
            return Fraction(money.nano)
        return Fraction(money.nano * self.rates[money.currency], NANO)

    def in_base(self, money: Money) -> Money:
        """An amount in the base, rounded half to even to a billionth."""
        if not self.base or money.currency in {"", self.base}:
            return money
        return Money(round(self.exact(money)), self.base)


NO_EXCHANGE: Final = Exchange("", {})
