import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.report.columns import NOBODY_KNOWS
from sandbox.report.page.tally import (
    Bins,
    Durations,
    Fate,
    Known,
    Truth,
    fate_of,
    last_shown_us,
)
from tests.support.pages import SECOND, Ended, tally_of


@given(st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 100)), max_size=200))
def test_bins_stay_few_and_lose_nothing(added: list[tuple[int, int]]) -> None:
    """Whatever comes when: the sum is the sum, and so is that of any plot of it."""
    bins = Bins(limit=16)
    for at_us, amount in added:
        bins.add(at_us, amount)
    assert len(bins.sums) <= 16
    assert bins.total == sum(amount for _, amount in added)
    assert sum(bins.spread(7 * SECOND, 5)) == bins.total


def test_what_happens_on_the_full_second_stays_there() -> None:
    """Also when bins have become wide."""
    bins = Bins(limit=100)
    for second in range(1000):
        bins.add(second * SECOND, 1)
    assert bins.width_us > SECOND
    assert bins.spread(60 * SECOND, 17) == [60] * 16 + [40]


def test_a_bin_is_where_its_instants_are() -> None:
    """The last one takes what comes later."""
    bins = Bins()
    for second in (0, 1, 5, 100):
        bins.add(second * SECOND, 1)
    assert bins.spread(2 * SECOND, 4) == [2, 0, 1, 1]


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=100), st.integers(1, 100))
def test_percentiles_are_within_one_percent(durations: list[int], percent: int) -> None:
    """Of the nearest-rank one."""
    told = Durations()
    for each in durations:
        told.add(each)
    exact = sorted(durations)[-(-percent * len(durations) // 100) - 1]
    found = told.percentile(percent)
    assert found is not None
    assert exact * 0.99 - 1 <= found <= exact
    assert Durations().percentile(50) is None
    assert told.steps()[-1][1] == told.total == len(durations)


@pytest.mark.parametrize(
    ("row", "fate"),
    [
        (Ended(1), Fate.SMOOTH),
        (Ended(1, attempts=2), Fate.RETRIED),
        (Ended(1, level=1, attempts=2), Fate.RESCUED),
        (Ended(1, copies=2), Fate.TWICE),
        (Ended(1, copies=0, first_copy_us=None), Fate.FILTERED),
        (Ended(1, outcome="expired", copies=1), Fate.MISSED),
        (Ended(1, outcome="expired", copies=0), Fate.EXPIRED),
        (Ended(1, outcome="exhausted", copies=0), Fate.EXHAUSTED),
        (Ended(1, outcome="stopped", copies=0), Fate.STOPPED),
        (Ended(1, outcome="cancelled", copies=0), Fate.CANCELLED),
        (Ended(1, outcome=None, copies=1), Fate.OPEN),
        (Ended(1, copies=NOBODY_KNOWS, first_copy_us=None), Fate.SMOOTH),
        (Ended(1, outcome="expired", copies=NOBODY_KNOWS, first_copy_us=None), Fate.EXPIRED),
    ],
)
def test_every_way_to_fare_has_a_word(row: Ended, fate: Fate) -> None:
    """The most telling of those that fit."""
    assert fate_of(row) is fate


def test_each_way_to_fare_has_its_first_message_and_its_count() -> None:
    """The most telling first."""
    rows = [Ended(1), Ended(2), Ended(3, copies=2), Ended(4, level=1), Ended(5, copies=2)]
    told = [(e.fate, e.messages, e.first) for e in tally_of(rows).examples()]
    assert told == [(Fate.TWICE, 2, 3), (Fate.RESCUED, 1, 4), (Fate.SMOOTH, 2, 1)]


def test_what_is_counted_adds_up() -> None:
    """Over known and true, levels, and money."""
    rows = [
        Ended(1, bill_nano=7),
        Ended(2, level=1, ledger_nano=3),
        Ended(3, outcome="expired", first_copy_us=None, copies=0, bill_nano=5),
        Ended(4, outcome=None, took_us=None, first_copy_us=None, copies=0),
    ]
    tally = tally_of(rows)
    assert tally.messages == sum(tally.pairs.values()) == tally.requested.total == 4
    assert [bins.total for bins in tally.delivered] == [1, 1]
    assert tally.delivered_count == 2
    assert tally.undelivered.total == 1
    assert tally.ledger.total == 33
    assert tally.bill_nano == 32
    assert tally.wasted.total == 15
    assert tally.pairs[Known.DELIVERED, Truth.ONCE] == 2
    assert tally.pairs[Known.OPEN, Truth.NEVER] == 1


def test_where_nobody_knows_the_truth_none_is_counted() -> None:
    """A real provider had it: known is what it says, and that it never arrived nobody says."""
    tally = tally_of([Ended(1), Ended(2, copies=NOBODY_KNOWS, first_copy_us=None)])
    assert tally.delivered_count == 2
    assert dict(tally.pairs) == {(Known.DELIVERED, Truth.ONCE): 1}


def test_the_warm_up_is_in_no_plot() -> None:
    """As it is in no figure."""
    tally = tally_of([Ended(1), Ended(2, requested_at_us=5 * SECOND)], warm_up_us=SECOND)
    assert (tally.messages, tally.warm_up_messages) == (1, 1)


def test_a_plot_ends_soon_after_nearly_all_has_happened() -> None:
    """A straggler after a day does not press the rest into one bar; without one, all is shown."""
    bins = Bins()
    for second in range(1000):
        bins.add(second * SECOND, 1)
    assert last_shown_us([bins], 0) == pytest.approx(999 * SECOND, rel=0.01)
    bins.add(86400 * SECOND, 1)
    assert last_shown_us([bins], 0) < 1300 * SECOND
    assert last_shown_us([Bins()], 77) == 77
