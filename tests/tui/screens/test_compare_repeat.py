from fractions import Fraction

import pytest

from sandbox.app.repeating import SURE_FROM, WANTED, Ran
from sandbox.app.side_by_side import Contender, variants
from sandbox.report.definitions import Kind, Measure
from sandbox.tui.screens.compare_repeat import Repeat, run_rounds
from sandbox.tui.themes import SANDBOX_DARK, palette_of
from sandbox.tui.widgets.row_list import Wanted
from tests.tui.stage import scenario

VALUES: dict[Kind, Fraction | int] = {
    Kind.RATE: Fraction(9, 10),
    Kind.TIME: 4_000_000,
    Kind.MONEY: 45_000_000,
}


def pair() -> tuple[Contender, Contender]:
    """A plan and its next best order."""
    first = Contender(name="a", scenario=scenario(load__0__for="2s"))
    return first, variants(first.scenario)[0]


def came_back(seed: int) -> Ran:
    """A round in which B has a tenth more of everything, and a little luck."""
    first = [Measure(each.metric.kind, VALUES[each.metric.kind], 9) for each in WANTED]
    second = [
        Measure(each.kind, Fraction(each.value or 0) * Fraction(1100 + seed % 2, 1000), 9)
        for each in first
    ]
    return Ran(seed, tuple(first), tuple(second))


def lines(repeat: Repeat, width: int) -> list[str]:
    """All lines as text."""
    palette = palette_of(SANDBOX_DARK.to_color_system().generate())
    wanted = [Wanted(row, width, False, palette) for row in range(repeat.row_count)]
    return [repeat.strip(each, "EUR", 17, 16).text for each in wanted]


def test_before_it_is_asked_for_there_is_nothing_to_see() -> None:
    """Neither a line nor a word."""
    repeat = Repeat()
    assert (repeat.row_count, repeat.progress, repeat.begin()) == (0, "", [])
    repeat.forget(pair())
    assert repeat.row_count == 0


@pytest.mark.parametrize("width", [1, 20, 58, 78])
def test_every_line_is_exactly_as_wide_as_it_must_be(width: int) -> None:
    """Also where nothing has come back yet."""
    repeat = Repeat()
    repeat.forget(pair())
    work = repeat.begin()
    for seed in (1, 2, 3):
        assert {len(line) for line in lines(repeat, width)} == {width}
        repeat.take(work, came_back(seed))
    assert repeat.is_running


def test_what_is_beyond_luck_is_marked_when_there_are_enough_seeds() -> None:
    """Until then there is neither ✓ nor ~."""
    repeat = Repeat()
    repeat.forget(pair())
    work = repeat.begin()
    for seed in range(1, SURE_FROM + 1):
        assert "✓" not in "".join(lines(repeat, 78))
        assert repeat.take(work, came_back(seed))
    text = lines(repeat, 78)
    assert f"{SURE_FROM} of 30 seeds" in text[1]
    assert "90.00 %" in text[2]
    assert "99.04 % ✓" in text[2]
    assert "+9.04 ±" in text[2]
    assert "4.00 s ✓" in text[4]
    assert "EUR a message" in text[6]
    assert "0.04500 ✓" in text[6]


def test_rounds_of_a_pair_that_was_left_are_not_taken() -> None:
    """They come back late; the new pair has none of them."""
    repeat, first = Repeat(), pair()
    repeat.forget(first)
    old = repeat.begin()
    repeat.stop()
    repeat.forget((first[1], first[0]))
    assert not repeat.take(old, came_back(1))
    assert repeat.progress == ""


def test_running_ends_when_somebody_has_stopped_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the round that was under way; what would give more is closed."""
    closed = []

    def two(_: object):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a generator of rounds
        try:
            yield came_back(1)
            yield came_back(2)
        finally:
            closed.append(True)

    monkeypatch.setattr("sandbox.tui.screens.compare_repeat.all_ran", two)
    taken: list[Ran] = []
    run_rounds([], lambda: bool(taken), taken.append)
    assert [each.seed for each in taken] == [1]
    assert closed == [True]
