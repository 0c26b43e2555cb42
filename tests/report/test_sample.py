"""Choosing messages and their attempts."""

from sandbox.report.columns import Columns
from sandbox.report.sample import Sample, both, of_plan, sample, submitted_to, table
from tests.support.hand import level, plan, us
from tests.support.logs import line

ONE = plan(level("sms", via=["a", "b"]), name="one")
OTHER = plan(level("viber", via=["c"]), name="other")


def _columns() -> Columns:
    """Three messages at 1, 2 and 3 s: to a and b, to c, to a."""
    columns = Columns((ONE, OTHER), ("a", "b", "c"))
    to = [("one", "ab"), ("other", "c"), ("one", "a")]
    facts = []
    for number, (cascade, providers) in enumerate(to, start=1):
        facts.append(line(0, number, "requested", f"{number}.0", cascade=cascade))
        facts += [
            line(0, number, "submitted", f"{number}.0.{nth}", provider=provider)
            for nth, provider in enumerate(providers, start=1)
        ]
    columns.fold(facts)
    return columns


def _numbers(chosen: Sample) -> list[int]:
    """Which messages are in a sample, by their instants."""
    return [at // us(1) for at in chosen.messages(chosen.columns.requested_at)]


def test_everything_is_in_the_whole_sample() -> None:
    """Without a restriction all messages and attempts are looked at."""
    chosen = sample(_columns(), since_us=0, plan=None, places=())
    assert (chosen.started, _numbers(chosen)) == (3, [1, 2, 3])
    assert list(chosen.attempts(chosen.columns.message)) == [1, 1, 2, 3]


def test_restrictions_are_combined() -> None:
    """Time, cascade and places each take messages away, and never bring one back."""
    columns = _columns()
    since = sample(columns, since_us=us(2), plan=None, places=())
    assert (_numbers(since), len(since.octets(columns.place))) == ([2, 3], 2)
    assert _numbers(sample(columns, since_us=0, plan=0, places=())) == [1, 3]
    assert _numbers(sample(columns, since_us=us(2), plan=0, places=())) == [3]
    assert _numbers(sample(columns, since_us=0, plan=None, places=({1},))) == [1]
    assert _numbers(sample(columns, since_us=0, plan=None, places=({0}, {1}))) == [1]
    assert _numbers(sample(columns, since_us=us(9), plan=None, places=())) == []


def test_a_window_ends_before_its_end() -> None:
    """A message requested at the very end of a window is not in it; one at its beginning is."""
    columns = _columns()
    chosen = sample(columns, since_us=us(1), until_us=us(3), plan=None, places=())
    assert (_numbers(chosen), list(chosen.numbers()), chosen.started) == ([1, 2], [1, 2], 2)
    assert _numbers(sample(columns, since_us=us(3), until_us=us(2), plan=None, places=())) == []


def test_rows_of_marks_choose_among_messages() -> None:
    """Marks from outside are combined with all other restrictions."""
    columns = _columns()
    odd = bytes([0, 1, 0, 1])
    chosen = sample(columns, since_us=us(2), plan=None, places=(), also=[odd])
    assert (_numbers(chosen), list(chosen.numbers())) == ([3], [3])
    assert list(sample(columns, since_us=0, plan=None, places=()).numbers()) == [1, 2, 3]
    assert of_plan(columns, 1) == bytes([0, 0, 1, 0])
    assert submitted_to(columns, {0}) == bytes([0, 1, 0, 1])


def test_attempts_elsewhere_are_in_the_sample_but_not_there() -> None:
    """A message that was at a provider brings all its attempts; only some went there."""
    chosen = sample(_columns(), since_us=0, plan=None, places=({1},))
    assert list(chosen.attempts(chosen.columns.message)) == [1, 1]
    assert chosen.marks_there() == bytes([0, 1])


def test_tables_and_marks() -> None:
    """Small change: a table marks bytes, two rows of marks are joined by and."""
    assert b"\x01\x02\x05".translate(table(mask=4)) == b"\0\0\1"
    assert b"\x01\x02\x05".translate(table(mask=3, values=(1,))) == b"\1\0\1"
    assert both(b"\1\0\1", b"\1\1\0") == b"\1\0\0"
    assert both(b"", b"") == b""
