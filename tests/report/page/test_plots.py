import re

import pytest

from sandbox.report.page import plots
from sandbox.report.page.escaping import shown
from sandbox.report.page.plots import NARROW, WIDE, Rung, Window
from sandbox.report.page.tally import Tally
from tests.support.pages import SECOND, Ended, read, rectangles, tally_of


@pytest.fixture
def tally() -> Tally:
    """A hundred messages, one a second: every fifth falls back, every tenth is lost for good."""
    rows = [
        Ended(
            n + 1,
            requested_at_us=n * SECOND,
            outcome="exhausted" if n % 10 == 0 else "delivered",
            level=1 if n % 5 == 0 else 0,
            took_us=(30 if n % 5 == 0 else 2) * SECOND,
            first_copy_us=None if n % 10 == 0 else SECOND,
            copies=0 if n % 10 == 0 else 1 + (n % 7 == 0),
            ledger_nano=1_000_000,
            bill_nano=2_000_000,
        )
        for n in range(100)
    ]
    return tally_of(rows)


def bars(picture: str, level: int) -> list[tuple[float, float, float, float]]:
    """The bars of a level."""
    return rectangles(picture, f'fill="url(#d-p{level})"')


def test_bins_of_deliveries_add_up_to_what_was_delivered(tally: Tally) -> None:
    """By level, and to what was not delivered, and to what was requested."""
    line = plots.time_line(tally)
    assert [sum(level) for level in line.levels] == [80, 10]
    assert sum(line.undelivered) == 10
    assert sum(line.requested) == 100
    assert line.count <= plots.TIME_BINS + 2


def test_the_bars_are_as_high_as_the_bins(tally: Tally) -> None:
    """All bars of a level together stand for all it brought, on one scale."""
    line = plots.time_line(tally)
    picture = plots.deliveries(line, (), "d", WIDE, shown)
    heights = [sum(height for _, _, _, height in bars(picture, level)) for level in (0, 1)]
    assert heights[0] / heights[1] == pytest.approx(8, rel=0.05)
    assert len(bars(picture, 0)) == sum(n > 0 for n in line.levels[0])
    assert sum(h for *_, h in rectangles(picture, 'fill="url(#d-pb)"')) > 0


def test_what_comes_much_later_has_one_bar_at_the_end(tally: Tally) -> None:
    """It is counted, and does not press the rest together."""
    tally.fold([Ended(101, took_us=86_000 * SECOND)])
    line = plots.time_line(tally)
    assert line.has_later
    assert line.levels[0][-1] == 1
    assert line.label(line.count - 1).startswith("after ")
    assert sum(line.levels[0]) == 81
    assert ">later</text>" in plots.deliveries(line, (), "d", WIDE, shown)


def test_a_burst_does_not_press_its_deliveries_flat(tally: Tally) -> None:
    """The outline of what was requested leaves the picture, and that is said."""
    assert not plots.time_line(tally).is_cut
    burst = tally_of([Ended(n + 1, took_us=(n % 50 + 1) * SECOND) for n in range(100)])
    line = plots.time_line(burst)
    assert line.is_cut
    assert line.high == 3
    picture = plots.deliveries(line, (), "d", WIDE, shown)
    assert max(height for *_, height in rectangles(picture, 'fill="url(#d-p0)"')) > 100


def test_faults_have_a_band_and_a_name(tally: Tally) -> None:
    """The name is a text of others; one beyond the plot is left to the table."""
    windows = [
        Window("<b>down", 10 * SECOND, 20 * SECOND),
        Window("late", 90_000 * SECOND, 90_001 * SECOND),
        Window("by hand", 95 * SECOND, 95 * SECOND),
    ]
    picture = plots.deliveries(plots.time_line(tally), windows, "d", WIDE, shown)
    assert "&lt;b&gt;down" in read(picture).text or "<b>down" in read(picture).text
    assert "<b>" not in picture
    assert "late</text>" not in picture
    bands = rectangles(picture, 'class="window"')
    assert len(bands) == 2
    assert bands[1][2] >= 3  # a change by hand has no length, and is seen


def heights_at_the_end(picture: str) -> list[float]:
    """Where the lines of a stacked plot end, from the lowest up."""
    paths = re.findall(r'<path class="edge" d="([^"]*)"', picture)
    return [float(re.findall(r"V([\d.]+)", path)[-1]) for path in paths]


def test_the_areas_of_waiting_end_at_what_each_level_brought(tally: Tally) -> None:
    """80 and then 90 of 100; truth is a line of its own."""
    picture = plots.waiting(tally, ["0 sms", "1 viber"], "w", WIDE)
    low, high = 330 - 28, 14
    shares = [(low - y) / (low - high) for y in heights_at_the_end(picture)]
    assert shares == pytest.approx([0.8, 0.9], abs=0.005)
    assert 'class="true"' in picture
    assert "90 of 100 messages" in picture
    assert "1 viber" in read(picture).text


def test_money_adds_up_to_the_bill_and_the_ledger(tally: Tally) -> None:
    """Level upon level, and what was spent for nothing on top."""
    line = plots.cost_line(tally)
    ends = [sums[-1] for sums in (*line.levels, line.wasted)]
    assert ends == [160_000_000, 20_000_000, 20_000_000]
    assert sum(ends) == tally.bill_nano
    assert line.known[-1] == tally.ledger.total == 100_000_000
    picture = plots.cost(line, ("known 1", "true 2"), "c", WIDE)
    assert len(heights_at_the_end(picture)) == 3
    assert "known 1" in read(picture).text


@pytest.mark.parametrize(
    ("nano", "step", "text"),
    [(5 * 10**9, 10**9, "5"), (2500 * 10**9, 500 * 10**9, "2,500"),
     (150_000_000, 50_000_000, "0.15"), (0, 50_000_000, "0.00")],
)  # fmt: skip
def test_marks_of_money_have_the_decimals_they_need(nano: int, step: int, text: str) -> None:
    """And no more."""
    assert plots.money_mark(nano, [0, step]) == text


def test_known_against_true_shows_every_part(tally: Tally) -> None:
    """Parts of a whole, each at least wide enough to be seen; all bars are equally long."""
    odd = 'class="odd" fill="url(#a-p1)"'
    for width in (WIDE, NARROW):
        picture = plots.against(tally, "a", width)
        once, twice, never = (
            rectangles(picture, look) for look in ('fill="url(#a-p0)"', odd, 'class="never" ')
        )
        assert once[0][2] + twice[0][2] == pytest.approx(width - 4, abs=0.2)
        assert never[0][2] == pytest.approx(width - 4, abs=0.2)
    text = read(plots.against(tally, "a", WIDE)).text
    assert "taken for delivered: 90" in text
    assert "77 arrived once · 13 arrived more than once" in text
    tally.fold([Ended(500 + n) for n in range(100_000)])
    assert rectangles(plots.against(tally, "a", WIDE), odd)[0][2] >= 3


def test_how_far_messages_had_to_go() -> None:
    """As long as those that were tried, filled as far as they were brought."""
    rungs = [Rung("sms", 100, 80), Rung("viber", 20, 0)]
    picture = plots.funnel(rungs, 100, "f", WIDE)
    assert rectangles(picture, 'fill="url(#f-p0)"')[0][2] == pytest.approx(0.8 * (WIDE - 4), abs=1)
    assert rectangles(picture, 'class="tried"')[1][2] == pytest.approx(0.2 * (WIDE - 4), abs=1)
    assert "20 tried, 0 brought, 20 not by it" in read(picture).text


def test_a_run_without_messages_has_empty_pictures() -> None:
    """And they are pictures still."""
    nothing = tally_of([])
    line = plots.time_line(nothing)
    for picture in (
        plots.deliveries(line, (), "d", NARROW, shown),
        plots.waiting(nothing, ["0 a", "1 b"], "w", NARROW),
        plots.cost(plots.cost_line(nothing), ("", ""), "c", NARROW),
        plots.against(nothing, "a", NARROW),
        plots.funnel([], 0, "f", NARROW),
    ):
        read(picture)
        assert "nan" not in picture
