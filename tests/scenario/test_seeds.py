"""Which seeds a call means."""

import pytest

from sandbox.errors import UsageError
from sandbox.scenario.seeds import SEEDS_MAX, parse_seeds


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("7", (7,)),
        ("1..4", (1, 2, 3, 4)),
        ("1,5,9", (1, 5, 9)),
        ("1..3, 100", (1, 2, 3, 100)),
        ("5,1..6,5", (5, 1, 2, 3, 4, 6)),
        ("0..0", (0,)),
    ],
)
def test_seeds_are_numbers_and_ranges(text: str, seeds: tuple[int, ...]) -> None:
    """Both ends count, the order is that of the text, and no seed is run twice."""
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "seeds are written like 1..50"),
        ("many", "seeds are written like 1..50"),
        ("1,,2", "seeds are written like 1..50"),
        ("1..", "seeds are written like 1..50"),
        ("-3..3", "seeds are written like 1..50"),
        ("1" * 30, "seeds are written like 1..50"),
        ("٣", "seeds are written like 1..50"),
        ("5..1", "write 1..5"),
        (f"1..{SEEDS_MAX + 1}", "more than 10,000 seeds"),
        (f"1..9999999999,{SEEDS_MAX}", "more than 10,000 seeds"),
        (f"1..{SEEDS_MAX},{SEEDS_MAX + 1}", "more than 10,000 seeds"),
    ],
)
def test_other_words_are_refused(text: str, words: str) -> None:
    """A call that would run for years, or that nobody understands, is refused at once."""
    with pytest.raises(UsageError) as raised:
        parse_seeds(text)
    assert words in str(raised.value)
