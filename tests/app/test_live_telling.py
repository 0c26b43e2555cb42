"""What happens is told while it happens: each line once, and nothing in it moves a cursor."""

from sandbox.app.live_telling import counting, telling
from sandbox.cascade.outputs import Detail, Fact


def line(seq: int, kind: str, **detail: str) -> Fact:
    """A line of m1."""
    return seq, seq * 1_000_000, 1, 0, 1, kind, 0, Detail(detail)


def test_each_line_is_told() -> None:
    said: list[str] = []
    fold = telling("EUR", said.append)
    fold([line(1, "requested"), line(2, "accepted")])
    fold([line(3, "refused", code="\x1b[2J", text="\u202ex")])
    assert [text.split()[0] for text in said] == ["1.000", "2.000", "3.000"]
    assert all(text.isprintable() for text in said)


def test_what_was_told_before_is_not_told_again() -> None:
    """But it is known: what a message owes does not begin anew."""
    said: list[str] = []
    telling("", said.append, after_seq=2)([line(1, "requested"), line(2, "accepted"),
                                           line(3, "finished", outcome="delivered")])  # fmt: skip
    assert len(said) == 1
    assert "-> delivered at level 0, 2.000 s" in said[0]


def test_it_is_counted_how_far_a_run_has_come() -> None:
    seen: list[tuple[int, int]] = []
    fold = counting(lambda at_us, messages: seen.append((at_us, messages)))
    fold([])
    fold([line(1, "requested"), line(2, "accepted")])
    fold([line(3, "requested")])
    assert seen == [(2_000_000, 1), (3_000_000, 2)]
