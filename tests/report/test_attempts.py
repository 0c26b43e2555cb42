"""The table of attempts that the laws keep for good."""

from sandbox.report.attempts import ANSWERED, FIRST, TAKEN, Attempts


def test_an_attempt_is_found_by_its_place_however_many_follow() -> None:
    """Late lines are about old attempts too."""
    attempts = Attempts()
    for message in range(1, 6001):
        attempts.begin(message, 0)
    rows = [attempts.add(5000, level << 4 | number, 0) for level in (0, 1) for number in (1, 2)]
    other = attempts.add(6000, FIRST, 0)
    assert [attempts.row(5000, place) for place in (1, 2, 17, 18)] == rows
    assert attempts.row(6000, FIRST) == other
    assert [attempts.row(*where) for where in ((5000, 3), (4999, 1), (7000, 1), (-1, 1))] == [0] * 4


def test_a_smooth_attempt_is_written_down_when_it_is_asked_for() -> None:
    """Until then it has no row; then the row holds all that was known of it."""
    attempts = Attempts([7, 8])
    attempts.begin(1, 1)
    attempts.smooth_status[1], attempts.smooth_truth[1] = 3 | ANSWERED | TAKEN, 129
    attempts.smooth_bill[1] = 45
    assert attempts.count == 0
    row = attempts.row(1, FIRST)
    assert (attempts.status[row], attempts.truth[row], attempts.bill[row]) == (51, 129, 45)
    assert attempts.provider[row] == 8
    assert attempts.row(1, FIRST) == row
    assert attempts.count == 1
