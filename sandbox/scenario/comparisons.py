"""Signs and amounts inside sentences: `<= 0.06 EUR`, each word with its own position."""

import operator
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from sandbox.scenario import quantities
from sandbox.scenario.codes import Code
from sandbox.scenario.exchange import NO_EXCHANGE, Exchange
from sandbox.scenario.nodes import Mark, ScalarNode
from sandbox.scenario.problems import Bad, Problems

OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}

SIGN: Final = r"(?P<sign>[<>=!]{1,3})"


def part(node: ScalarNode, start: int, end: int) -> ScalarNode:
    """A word of a text, for its position; the whole where the text is folded or escaped."""
    mark, text = node.mark, node.text
    line = mark.source.lines[mark.line - 1] if mark.line <= len(mark.source.lines) else ""
    begins = mark.column - 1 + (0 if node.plain else 1)
    if line[begins : begins + len(text)] != text:
        return node
    at = Mark(mark.source, mark.line, begins + 1 + start, max(end - start, 1))
    return ScalarNode(text[start:end], at, place=node.place)


def check_sign(node: ScalarNode, form: re.Match[str], problems: Problems) -> Bad | None:
    """Complain about a sign that does not compare."""
    sign = form["sign"]
    if sign in OPERATORS:
        return None
    return problems.add(
        part(node, form.start("sign"), form.end("sign")),
        Code.BAD_EXPECTATION,
        f"'{sign}' does not compare",
        note="did you mean '=='?" if sign == "=" else f"one of {' '.join(OPERATORS)}",
    )


def amount(
    at: ScalarNode,
    text: str,
    currency: str,
    problems: Problems,
    exchange: Exchange = NO_EXCHANGE,
) -> Fraction | Bad:
    """An amount of money in billionths of the run's currency.

    Args:
        at: Where it stands.
        text: As it was written.
        currency: Of all prices; "" when there are none, and any will do.
        problems: Where a second currency is complained about.
        exchange: The rates that the file states.

    Raises:
        QuantityError: it is no amount.
    """
    money = quantities.money(text)
    if exchange.base and exchange.knows(money.currency):
        return exchange.exact(money)
    if money.currency and currency and money.currency != currency:
        wrong = f"the prices here are in {currency}, not in {money.currency}"
        return problems.add(at, Code.SECOND_CURRENCY, wrong, note=f"write it in {currency}")
    return Fraction(money.nano)
