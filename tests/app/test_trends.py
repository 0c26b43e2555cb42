from fractions import Fraction
from typing import Any, Final

from sandbox.app.trends import SAMPLES, LastTurn, Trends
from tests.app.test_frame import figures

SECOND: Final = 1_000_000
NORMAL: Final = Fraction(1)


def noted(*changes: dict[str, Any]) -> Trends:
    """Trends that looked at figures once a second."""
    trends = Trends()
    for second, change in enumerate(changes):
        trends.note(second * SECOND, figures(**change), NORMAL)
    return trends


def test_a_sample_tells_what_happened_within_its_bin() -> None:
    """Not what the whole run came to, which hardly moves; but for durations and what is open."""
    trends = noted(
        {"finished": 80, "known_delivered": 76, "requested": 100, "ledger_nano": 500},
        {
            "finished": 90, "known_delivered": 80, "requested": 110, "ledger_nano": 700,
            "true_twice": 5, "in_flight": 7, "known_p95_us": 9,
        },
    )  # fmt: skip
    (sample,) = trends.samples
    assert sample.delivered == 0.4
    assert sample.cost_nano == 20
    assert sample.twice == 3
    assert sample.undelivered == 6
    assert (sample.in_flight, sample.p95_us) == (7, 9)


def test_a_bin_in_which_nothing_ended_has_no_rate() -> None:
    """Nothing out of nothing is no number."""
    (sample,) = noted({}, {}).samples
    assert sample.delivered is None
    assert sample.cost_nano is None


def test_bins_are_of_virtual_time_and_wider_the_faster_it_goes() -> None:
    """Half a second of wall time at least, and a second of the run at least."""
    trends = Trends()
    for second in range(101):
        trends.note(second * SECOND, figures(), Fraction(20))
    assert len(trends.samples) == 10
    slow = Trends()
    for tenth in range(101):
        slow.note(tenth * SECOND // 10, figures(), Fraction(1, 4))
    assert len(slow.samples) == 10


def test_only_the_latest_samples_are_kept_and_a_new_run_begins_anew() -> None:
    """Sixty of them."""
    trends = noted(*[{}] * 200)
    assert len(trends.samples) == SAMPLES
    trends.note(0, figures(), NORMAL)
    assert len(trends.samples) == 0


def test_what_changed_is_told_since_the_knob_turned_last() -> None:
    """The figures of that instant are kept until another knob is turned, or a run begins."""
    trends = Trends()
    trends.note(0, figures(), NORMAL)
    assert trends.since(figures()) is None
    turn = LastTurn("sms fail 20%", 5)
    trends.note(5, figures(known_p95_us=10), NORMAL, turn)
    trends.note(9, figures(known_p95_us=15), NORMAL, turn)
    since = trends.since(figures(known_p95_us=17, known_delivered=80, ledger_nano=6_000_000_000))
    assert since is not None
    assert (since.turn, since.p95_us) == (turn, 7)
    assert since.delivered == Fraction(4, 80)
    assert since.cost == 10_000_000_000
    other = LastTurn("sms mended", 9)
    trends.note(9, figures(known_p95_us=15), NORMAL, other)
    again = trends.since(figures(known_p95_us=17))
    assert again is not None
    assert (again.turn, again.p95_us) == (other, 2)
    trends.note(0, figures(), NORMAL)
    assert trends.since(figures()) is None
