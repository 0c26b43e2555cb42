"""The independent reading of levels that begin together."""

from tests.store.independent.fronts import Front, end_of

LEVELS = [{"parallel": False}, {"parallel": True}, {}]


def test_a_front_ends_where_a_level_waits_for_its_turn() -> None:
    """Also at the end of the cascade."""
    assert [end_of(LEVELS, first) for first in (0, 2)] == [2, 3]


def test_what_a_front_cannot_do_is_complained_about() -> None:
    """Wrong levels, wrong instants, closing twice, closing alone."""
    front = Front(0, 2, (7, 3))
    assert list(front.close(1)) == ["closes a level that is not open: [0] are"]
    front = Front(0, 2, (7, 3))
    assert list(front.join(2, (7, 3))) == ["begins beside 0, in a front that ends before 2"]
    assert list(front.join(1, (8, 3))) == ["begins with (8, 3), and its front began with (7, 3)"]
    assert (front.open, front.is_last) == ([0, 1], False)
    assert list(front.close(0)) == []
    assert (front.open, front.is_last) == ([1], True)
    assert list(front.close(0)) == ["closes a level that is not open: [1] are"]
    assert list(front.close(1)) == ["closes by itself, and nothing runs beside it"]
