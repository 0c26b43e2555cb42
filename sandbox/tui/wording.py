"""Numbers as people read them: durations, clocks, shares, counts and money."""

from fractions import Fraction
from typing import Final

from sandbox.report.figures import NONE, percent_text

_SECOND_US: Final = 1_000_000
_NANO: Final = 1_000_000_000


def clock(us: int, *, tenths: bool = True) -> str:
    """A virtual instant: `00:03:01.0`; hours go beyond 24."""
    seconds, rest = divmod(us, _SECOND_US)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    text = f"{hour:02d}:{minute:02d}:{second:02d}"
    return f"{text}.{rest * 10 // _SECOND_US}" if tenths else text


def duration(us: int | None) -> str:
    """A duration in its two largest units: `140 ms`, `6.6 s`, `2 m 05 s`, `1 h 30 m`."""
    if us is None:
        return NONE
    if us < _SECOND_US:
        return f"{us // 1000} ms"
    tenths = us * 10 // _SECOND_US
    if tenths < 100 * 10:
        return f"{tenths // 10}.{tenths % 10} s"
    minutes, second = divmod(us // _SECOND_US, 60)
    hours, minute = divmod(minutes, 60)
    if hours < 1:
        return f"{minute} m {second:02d} s"
    days, hour = divmod(hours, 24)
    return f"{days} d {hour:02d} h" if days else f"{hour} h {minute:02d} m"


def share(value: Fraction | None) -> str:
    """A share of one in percent: `98.8 %`."""
    return NONE if value is None else percent_text(value)


def percent(ppb: int) -> str:
    """A share in parts per billion as a knob shows it: `18 %`, `3.5 %`."""
    text = f"{ppb / 10_000_000:.1f}"
    return text.removesuffix(".0") + " %"


def count(number: int) -> str:
    """A whole number in groups of three: `4 559`."""
    return f"{number:,}".replace(",", " ")


def short_count(number: int) -> str:
    """A whole number in at most five characters: `4559`, `12.3k`, `1.2M`."""
    if number < 10_000:
        return str(number)
    if number < 1_000_000:
        return f"{number / 1000:.1f}k" if number < 100_000 else f"{number // 1000}k"
    return f"{number / 1_000_000:.1f}M"


def money(nano: int | Fraction | None, digits: int = 2) -> str:
    """An amount without its currency, rounded half to even: `51.47`."""
    if nano is None:
        return NONE
    scaled = round(Fraction(nano) * 10**digits / _NANO)
    sign, scaled = ("−", -scaled) if scaled < 0 else ("", scaled)
    whole, rest = divmod(scaled, 10**digits)
    return f"{sign}{whole}.{rest:0{digits}d}" if digits else f"{sign}{whole}"


def speed(factor: Fraction) -> str:
    """A multiple of wall time: `×4`, `×½`, `×¼`, `×213`."""
    match factor:
        case Fraction(numerator=1, denominator=2):
            return "×½"
        case Fraction(numerator=1, denominator=4):
            return "×¼"
        case _ if factor < 10 and factor.denominator != 1:
            return f"×{float(factor):.1f}"
        case _:
            return f"×{int(factor)}"
