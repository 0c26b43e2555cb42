"""The agenda in its two parts: what is near and what is far make one order."""

from heapq import heappop

from hypothesis import given
from hypothesis import strategies as st

from sandbox.simulation.agenda import NOTHING, Agenda

FAR_US = 1 << 20


def _drain(agenda: Agenda, steps: int = 1 << 20) -> list[tuple[int, object]]:
    """Take the next things off, each as its instant and with what it is."""
    done: list[tuple[int, object]] = []
    while steps and agenda.head() != NOTHING:
        at, _, _, what = heappop(agenda.near)
        done.append((at, what))
        steps -= 1
    return done


def _nothing(what: object) -> None:
    """A handler that is never called."""
    raise AssertionError(what)


@given(
    st.lists(
        st.tuples(st.integers(0, 4 * FAR_US), st.integers(0, 2), st.integers(0, 3), st.booleans())
    )
)
def test_it_is_one_order_however_far_away_things_are(
    added: list[tuple[int, int, int, bool]],
) -> None:
    """Architecture, rule 5: by instant, rank, and first come first served; also in the middle."""
    agenda, now, done, expected = Agenda(), 0, [], []
    for number, (after_us, rank, steps, is_now) in enumerate(added):
        at = now if is_now else now + after_us
        agenda.add(at, rank << 56, _nothing, number)
        expected.append((at, rank, number))
        taken = _drain(agenda, steps)
        expected.sort()
        assert [what for _, what in taken] == [number for _, _, number in expected[: len(taken)]]
        del expected[: len(taken)]
        done += taken
        now = max([now, *(at for at, _ in taken)])
    assert len(agenda) == len(expected)
    assert [what for _, what in _drain(agenda)] == [number for _, _, number in sorted(expected)]
    assert not agenda


def test_an_empty_agenda_says_so() -> None:
    """There is no next thing, and its instant is later than any."""
    agenda = Agenda()
    assert agenda.head() == NOTHING
    assert not agenda.look_further()
    agenda.add(FAR_US, 0, _nothing, "far")
    assert agenda.near == []
    assert (len(agenda), agenda.head()[0]) == (1, FAR_US)


def test_places_can_be_dealt_anew() -> None:
    """Tests of ties put what is there already, and what comes, at other places of its instant."""
    agenda = Agenda()
    for what in ("first", "second"):
        agenda.add(5, 1 << 56, _nothing, what)
    places = iter((2, 1, 0))
    agenda.set_places(lambda: next(places))
    agenda.add(5, 0, _nothing, "third")
    assert [what for _, what in _drain(agenda)] == ["third", "second", "first"]


@given(
    st.lists(st.tuples(st.integers(0, 4 * FAR_US), st.integers(0, 2)), min_size=1, max_size=40),
    st.integers(0, 1 << 20),
    st.integers(0, 5),
)
def test_something_can_be_taken_off_wherever_it_is(
    added: list[tuple[int, int]], chosen: int, steps: int
) -> None:
    """All else comes as it would have, near and far; the same as if it had never been there."""
    agenda = Agenda()
    for number, (at, rank) in enumerate(added):
        agenda.add(at, rank << 56, _nothing, number)
    _drain(agenda, steps)
    items = agenda.items()
    assert [item[0] for item in items] == sorted(item[0] for item in items)
    assert len(items) == len(agenda)
    if items:
        gone = items[chosen % len(items)]
        agenda.remove(gone)
        left = [item[3] for item in items if item is not gone]
        assert [what for _, what in _drain(agenda)] == left
