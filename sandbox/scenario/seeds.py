"""Which seeds are meant by `1..50`, `1,5,9` or `1..5,100`."""

from typing import Final

from sandbox.errors import UsageError

SEEDS_MAX: Final = 10_000
"""How many seeds a call may ask for."""

_DIGITS_MAX: Final = 19


def parse_seeds(text: str) -> tuple[int, ...]:
    """The seeds in the order they are written, each once.

    Args:
        text: Whole numbers and ranges `FIRST..LAST`, both ends included, with commas between them.

    Raises:
        UsageError: it is written otherwise, or there are more than `SEEDS_MAX`.
    """
    seeds: dict[int, None] = {}
    for part in text.split(","):
        first, dots, last = part.strip().partition("..")
        begin = _number(first, text)
        end = _number(last, text) if dots else begin
        if end < begin:
            raise UsageError(f"{begin}..{end} is no range: write {end}..{begin}")
        if len(seeds) + end - begin >= SEEDS_MAX:
            raise UsageError(f"more than {SEEDS_MAX:,} seeds in {text[:60]!r}")
        seeds |= dict.fromkeys(range(begin, end + 1))
    return tuple(seeds)


def _number(text: str, whole: str) -> int:
    digits = text.strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _DIGITS_MAX):
        raise UsageError(f"seeds are written like 1..50 or 1,5,9, not {whole[:60]!r}")
    return int(digits)
