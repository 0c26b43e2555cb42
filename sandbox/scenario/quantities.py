"""Numbers with units, from text, exactly: durations, shares, money, rates and factors.

A unit is always written. What is nearly right is refused with the right spelling beside it, because
guessing a unit is how a wait of thirty seconds becomes one of thirty milliseconds. Everything ends
as an integer: microseconds, parts per billion, billionths of a unit of money; rates and factors are
fractions.
"""

import re
from fractions import Fraction
from typing import Final, NamedTuple, NoReturn

from sandbox.scenario.codes import Code
from sandbox.simulation.spec import NANO, PPB

UNITS_US: Final = {
    "ms": 1_000,
    "s": 1_000_000,
    "m": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
}
MILLIONTHS: Final = 1_000_000
DURATION_MAX_US: Final = 366 * UNITS_US["d"]

# The spellings, in the part of regular expressions that Python and JSON Schema share.
NUMBER: Final = r"[0-9]{1,12}(\.[0-9]{1,9})?"
DURATION: Final = rf"{NUMBER}(ms|s|m|h|d)"
SHARE: Final = rf"{NUMBER}%"
MONEY: Final = rf"{NUMBER} [A-Z]{{3}}"
RATE: Final = rf"{NUMBER}/(s|m|h|d)"
FACTOR: Final = rf"x{NUMBER}"
SPEED: Final = rf"{NUMBER}x"
INTEGER: Final = r"[-+]?[0-9]{1,18}"

_NUMBER: Final = re.compile(NUMBER)
_UNIT_WORDS: Final = {
    "ms": ("ms", "msec", "msecs", "millis", "millisecond", "milliseconds"),
    "s": ("s", "sec", "secs", "second", "seconds"),
    "m": ("m", "min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "d": ("d", "day", "days"),
}
_UNITS_BY_WORD: Final = {word: unit for unit, words in _UNIT_WORDS.items() for word in words}


class QuantityError(ValueError):
    """A text that is not the quantity asked for."""

    def __init__(self, code: Code, text: str, note: str = "") -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.note = note


class Money(NamedTuple):
    """An amount in billionths of a currency; the currency of nothing is ""."""

    nano: int
    currency: str


# Readers ---------------------------------------------------------------------------------------


def duration(text: str) -> int:
    """Microseconds of a text such as `250ms`, `3s`, `1.5h`, `7d`."""
    match = re.fullmatch(rf"({NUMBER})(ms|s|m|h|d)", text)
    if match is None:
        _not_a_duration(text)
    us = _scaled(match.group(1), UNITS_US[match.group(3)])
    if us is None:
        raise QuantityError(Code.BAD_DURATION, f"{text} is finer than a microsecond")
    if us > DURATION_MAX_US:
        raise QuantityError(Code.OUT_OF_RANGE, f"{text} is longer than 366d")
    return us


def share(text: str) -> int:
    """Parts per billion of a text such as `5%`."""
    if not re.fullmatch(SHARE, text):
        _not_a_share(text)
    ppb = _scaled(text[:-1], PPB // 100)
    if ppb is None:
        raise QuantityError(Code.BAD_SHARE, f"{text} has more than seven decimals")
    if ppb > PPB:
        raise QuantityError(Code.OUT_OF_RANGE, f"{text} is more than all", "100% is the most")
    return ppb


def money(text: str) -> Money:
    """An amount such as `0.045 EUR`; a bare `0` is nothing in any currency."""
    if re.fullmatch(r"0(\.0{1,9})?", text):
        return Money(0, "")
    if not re.fullmatch(MONEY, text):
        _not_money(text)
    amount, currency = text.split(" ")
    nano = _scaled(amount, NANO)
    if nano is None:  # NUMBER allows as many decimals as a billionth has
        raise AssertionError(text)
    if nano > 1_000_000 * NANO:
        raise QuantityError(Code.OUT_OF_RANGE, f"{text} is more than a million")
    return Money(nano, currency)


def rate(text: str) -> Fraction:
    """Events per second of a text such as `20/s` or `100/d`."""
    if not re.fullmatch(RATE, text):
        _not_a_rate(text)
    number, unit = text.split("/")
    per_second = Fraction(number) / (UNITS_US[unit] // UNITS_US["s"])
    if per_second > 1_000_000:
        raise QuantityError(Code.OUT_OF_RANGE, f"{text} is more than 1000000/s")
    return per_second


def daily_rate(text: str) -> int:
    """Events a day, in millionths, of a text such as `20/s`: any rate one would write, exactly."""
    a_day = rate(text) * (UNITS_US["d"] // UNITS_US["s"]) * MILLIONTHS
    if a_day.denominator != 1:
        raise QuantityError(Code.BAD_RATE, f"{text} is finer than a millionth a day")
    if not a_day:
        raise QuantityError(Code.OUT_OF_RANGE, f"{text} lets nothing through", "raise it")
    return a_day.numerator


def factor(text: str) -> Fraction:
    """A factor such as `x10` or `x0.5`."""
    if not re.fullmatch(FACTOR, text):
        note = f"write x{text[:-1]}" if re.fullmatch(SPEED, text) else "write for example x10"
        raise QuantityError(Code.BAD_FACTOR, f"{text} is no factor", note)
    return _bounded_factor(text[1:], text)


def speed(text: str) -> Fraction:
    """A speed such as `20x`."""
    if not re.fullmatch(SPEED, text):
        near = _NUMBER.search(text)
        note = f"write {near.group()}x" if near else "write for example 20x"
        raise QuantityError(Code.BAD_FACTOR, f"{text} is no speed", note)
    return _bounded_factor(text[:-1], text)


def number(text: str) -> Fraction:
    """A plain number such as `2` or `1.5`."""
    if not re.fullmatch(NUMBER, text):
        raise QuantityError(Code.BAD_NUMBER, f"{text} is no number", _plain_digits(text))
    return Fraction(text)


def integer(text: str) -> int:
    """A whole number; `017` is 17, as YAML 1.2 has it."""
    if re.fullmatch(INTEGER, text):
        return int(text)
    if re.fullmatch(r"[-+]?[0-9]+", text):
        raise QuantityError(Code.OUT_OF_RANGE, f"{text} has too many digits")
    raise QuantityError(Code.BAD_NUMBER, f"{text} is no whole number", _plain_digits(text))


# What is nearly right --------------------------------------------------------------------------


def _scaled(text: str, unit: int) -> int | None:
    """A decimal number of units as a whole number; None when it is none."""
    whole, _, decimals = text.partition(".")
    value, rest = divmod(int(whole + decimals) * unit, 10 ** len(decimals))
    return None if rest else value


def _bounded_factor(digits: str, text: str) -> Fraction:
    value = Fraction(digits)
    if value > 1_000_000:
        raise QuantityError(Code.OUT_OF_RANGE, f"{text} is more than a million times")
    return value


def _plain_digits(text: str) -> str:
    """A note with the number a text seems to mean."""
    cleaned = text.strip().replace("_", "").replace(" ", "").replace(",", "")
    if re.fullmatch(r"0[xo][0-9a-fA-F]{1,12}", cleaned):
        base = 16 if cleaned[1] == "x" else 8
        digits = cleaned[2:]
        if base == 16 or not set(digits) - set("01234567"):
            return f"write {int(digits, base)}"
    if re.fullmatch(r"[0-9]{1,6}[eE]\+?[0-9]{1,2}", cleaned):
        digits, _, power = cleaned.lower().partition("e")
        return f"write {int(digits) * 10 ** min(int(power), 12)}"
    return f"write {cleaned}" if re.fullmatch(NUMBER, cleaned) else "write digits only"


def _not_a_duration(text: str) -> NoReturn:
    if _NUMBER.fullmatch(text):
        raise QuantityError(
            Code.UNIT_MISSING, f"{text} has no unit", f"write {text}s, {text}ms or {text}m"
        )
    wrong = f"{text} is no duration"
    if re.fullmatch(r"-[0-9.]{1,12}[a-z]{0,12}", text):
        raise QuantityError(Code.OUT_OF_RANGE, f"{text} is less than nothing")
    if "_" in text and re.fullmatch(r"[0-9_]{1,15}(ms|s|m|h|d)?", text):
        digits = text.replace("_", "")
        said = digits if digits[-1:].isalpha() else f"{digits}s, {digits}ms or {digits}m"
        raise QuantityError(Code.BAD_DURATION, wrong, f"write {said}")
    note = _clock_time(text) or _several_units(text) or _spelled_out(text)
    raise QuantityError(Code.BAD_DURATION, wrong, note or "write for example 30s")


def _clock_time(text: str) -> str:
    """`1:30` may mean seconds or minutes; say both."""
    if not re.fullmatch(r"[0-9]{1,6}(:[0-9]{1,2}){1,2}", text):
        return ""
    parts = [int(part) for part in text.split(":")]
    if len(parts) == 3:
        return f"write {parts[0] * 3600 + parts[1] * 60 + parts[2]}s"
    total = parts[0] * 60 + parts[1]
    return f"write {total}s or {total}m"


def _several_units(text: str) -> str:
    """`1m30s` in one unit."""
    if not re.fullmatch(rf"({NUMBER}(ms|s|m|h|d) ?){{2,6}}", text):
        return ""
    pieces = re.findall(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)", text)
    total = sum((Fraction(digits) * UNITS_US[unit] for digits, unit in pieces), Fraction(0))
    return f"write {duration_text(int(total))}"


def _spelled_out(text: str) -> str:
    """`30 sec`, `1.5 Hours`, `.5s`, `1,5s` in the right spelling."""
    match = re.fullmatch(r"([0-9]{0,12}(?:[.,][0-9]{1,6})?) ?([A-Za-z]{1,12})", text)
    unit = _UNITS_BY_WORD.get(match.group(2).lower(), "") if match else ""
    if match is None or not unit or not match.group(1):
        return ""
    digits = match.group(1).replace(",", ".")
    return f"write {'0' if digits.startswith('.') else ''}{digits}{unit}"


def _not_a_share(text: str) -> NoReturn:
    digits = text.replace(" ", "").replace(",", ".").removesuffix("%")
    if re.fullmatch(rf"-{NUMBER}", digits):
        raise QuantityError(Code.OUT_OF_RANGE, f"{text} is less than nothing", "0% is the least")
    if _NUMBER.fullmatch(text):
        percent = Fraction(text) if Fraction(text) >= 1 else Fraction(text) * 100
        raise QuantityError(
            Code.UNIT_MISSING, f"{text} has no unit", f"write {decimal_text(percent)}%"
        )
    note = f"write {digits}%" if _NUMBER.fullmatch(digits) else "write for example 5%"
    raise QuantityError(Code.BAD_SHARE, f"{text} is no share", note)


_SIGNS: Final = {"€": "EUR", "$": "USD", "£": "GBP"}


def _not_money(text: str) -> NoReturn:
    if _NUMBER.fullmatch(text):
        raise QuantityError(Code.UNIT_MISSING, f"{text} has no currency", f"write {text} EUR")
    digits = _NUMBER.search(text)
    rest = text.replace(digits.group(), "", 1).strip() if digits else ""
    currency = _SIGNS.get(rest, rest.upper())
    note = "write for example 0.045 EUR"
    if digits and re.fullmatch(r"[A-Z]{3}", currency):
        note = f"write {digits.group()} {currency}"
    raise QuantityError(Code.BAD_MONEY, f"{text} is no amount of money", note)


def _not_a_rate(text: str) -> NoReturn:
    if _NUMBER.fullmatch(text):
        raise QuantityError(
            Code.UNIT_MISSING, f"{text} has no unit", f"write {text}/s, {text}/m or {text}/h"
        )
    number_text, _, per = text.replace(" ", "").partition("/")
    unit = _UNITS_BY_WORD.get(per.lower(), "")
    note = "write for example 20/s"
    if unit not in {"", "ms"} and _NUMBER.fullmatch(number_text):
        note = f"write {number_text}/{unit}"
    raise QuantityError(Code.BAD_RATE, f"{text} is no rate", note)


# Writers ---------------------------------------------------------------------------------------


def duration_text(us: int) -> str:
    """A duration in the largest unit that needs no decimals, such as `90s`."""
    for unit in ("d", "h", "m", "s"):
        if us % UNITS_US[unit] == 0 and (us or unit == "s"):
            return f"{us // UNITS_US[unit]}{unit}"
    return f"{decimal_text(Fraction(us, 1000))}ms"


def exact_text(us: int) -> str:
    """An instant in seconds, to the microsecond, such as `12.345678s`."""
    return f"{decimal_text(Fraction(us, UNITS_US['s']))}s"


def share_text(ppb: int) -> str:
    """A share in percent, such as `2.5%`."""
    return f"{decimal_text(Fraction(ppb * 100, PPB))}%"


def decimal_text(value: Fraction) -> str:
    """A number with up to nine decimals, none of them for show."""
    whole, rest = divmod(round(value * 10**9), 10**9)
    return f"{whole}.{rest:09}".rstrip("0").rstrip(".")
