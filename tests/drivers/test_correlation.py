"""Which attempt a receipt is about, taken once, and never without a limit."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.adapters.codec import Receipt
from sandbox.adapters.wire import Price
from sandbox.cascade.events import OrphanReceived, ReceiptReceived
from sandbox.cascade.vocabulary import Status
from sandbox.drivers.correlation import (
    KEPT_US,
    SAID_MAX,
    Correlation,
    Matched,
    Orphan,
    Parked,
    Repeated,
    Undecided,
)
from tests.support.hand import NOBODY

ONE: Final = (1, 0, 1)
TWO: Final = (2, 0, 1)


def receipt(
    provider_id: str = "", status: Status = Status.DELIVERED, reference: str = "", **more: Any
) -> Receipt:
    """A receipt as an adapter reads it."""
    return Receipt(provider_id, status, status.word, reference, **more)


def known() -> Correlation:
    """Two attempts at one provider; the id of the first is known."""
    made = Correlation("EUR")
    made.submitted("sms", "fs1-r1-1-0-1", ONE)
    made.submitted("sms", "fs1-r1-2-0-1", TWO)
    assert made.accepted(ONE, "a") == []
    return made


def test_our_reference_says_it_also_before_the_answer() -> None:
    """Where the vendor echoes it, a receipt may overtake the answer."""
    match = known().match("sms", receipt("b", reference="fs1-r1-2-0-1"), 0)
    assert match == Matched(ReceiptReceived(*TWO, Status.DELIVERED))


def test_the_reference_comes_before_the_id() -> None:
    """And the id says it where there is no reference, or a stranger's."""
    made = known()
    assert made.match("sms", receipt("a", reference="fs1-r1-2-0-1"), 0) == Matched(
        ReceiptReceived(*TWO, Status.DELIVERED)
    )
    for status, reference in ((Status.SENT, ""), (Status.DELIVERED, "somebody's")):
        match = made.match("sms", receipt("a", status, reference), 0)
        assert match == Matched(ReceiptReceived(*ONE, status))


def test_names_of_another_provider_mean_nothing() -> None:
    """Two vendors may use one id for two things; a reference belongs to whom it was given."""
    made = known()
    assert made.match("whatsapp", receipt("a"), 0) == Parked()
    match = made.match("whatsapp", receipt("a", reference="fs1-r1-1-0-1"), 0)
    assert match == Orphan(OrphanReceived("whatsapp", Status.DELIVERED))


def test_all_a_receipt_says_is_heard() -> None:
    """The reason, the segment, and the price where its currency is the run's."""
    made = known()
    price = Price(7, "EUR")
    match = made.match(
        "sms", receipt("a", Status.FAILED, reason=NOBODY, segment=2, segments=3, price=price), 0
    )
    assert match == Matched(ReceiptReceived(*ONE, Status.FAILED, NOBODY, 7, 0, 2, 3))
    for status, other in ((Status.SENT, Price(7, "USD")), (Status.READ, Price(7, ""))):
        match = made.match("sms", receipt("a", status, price=other), 0)
        assert match == Matched(ReceiptReceived(*ONE, status))
    nameless = Correlation()
    nameless.sent("sms", "", ONE, "a")
    match = nameless.match("sms", receipt("a", price=Price(7, "")), 0)
    assert match == Matched(ReceiptReceived(*ONE, Status.DELIVERED))


def test_the_same_word_is_taken_once() -> None:
    """By id or by reference; another word, or another segment, is news."""
    made = known()
    for reference in ("", "fs1-r1-1-0-1"):
        for status, segment in ((Status.SENT, 0), (Status.DELIVERED, 1), (Status.DELIVERED, 2)):
            match = made.match("sms", receipt("a", status, reference, segment=segment), 0)
            assert isinstance(match, Repeated if reference else Matched)
    assert made.counts.repeated == 3
    for segment in range(3, SAID_MAX + 9):
        made.match("sms", receipt("a", segment=segment), 0)
    assert made.counts.repeated == 3 + 9


def test_what_an_earlier_process_heard_is_not_taken_again() -> None:
    """A webhook that was heard and not ticked off comes up once more after a restart."""
    made = known()
    made.heard(ReceiptReceived(*ONE, Status.DELIVERED))
    assert made.match("sms", receipt("a"), 0) == Repeated()
    assert isinstance(made.match("sms", receipt("a", Status.READ), 0), Matched)


def test_a_word_nobody_has_documented_decides_nothing() -> None:
    """It is counted, and does not stand in the way of the next one."""
    made = known()
    assert made.match("sms", receipt("a", Status.UNKNOWN), 0) == Undecided()
    assert made.match("sms", receipt("x", Status.SUBMITTED), 0) == Undecided()
    assert (made.counts.undecided, made.parked_count) == (2, 0)
    assert isinstance(made.match("sms", receipt("a"), 0), Matched)


def test_what_came_before_the_answer_is_heard_with_it() -> None:
    """In the order in which it came, each word once."""
    made = known()
    for status in (Status.SENT, Status.DELIVERED, Status.SENT):
        match = made.match("sms", receipt("b", status), 0)
        assert match == (Parked() if made.counts.repeated == 0 else Repeated())
    assert made.parked_count == 2
    assert made.accepted(TWO, "b") == [
        ReceiptReceived(*TWO, Status.SENT),
        ReceiptReceived(*TWO, Status.DELIVERED),
    ]
    assert (made.parked_count, made.counts.released, made.counts.repeated) == (0, 2, 1)
    assert made.match("sms", receipt("b"), 0) == Repeated()


def test_what_was_parked_and_said_by_reference_meanwhile_is_heard_once() -> None:
    """One of the vendor's ways carries our reference, the other does not."""
    made = known()
    made.match("sms", receipt("b"), 0)
    made.match("sms", receipt("b", reference="fs1-r1-2-0-1"), 0)
    assert made.accepted(TWO, "b") == []
    assert made.counts.repeated == 1


def test_what_names_nothing_of_ours_is_an_orphan_once() -> None:
    """S7: kept and counted; somebody else on the same account, or no name at all."""
    made = known()
    strange = receipt("x", Status.FAILED, "somebody's", reason=NOBODY)
    assert made.match("sms", strange, 0) == Orphan(OrphanReceived("sms", Status.FAILED, NOBODY))
    assert made.match("sms", strange, 5) == Repeated()
    assert isinstance(made.match("sms", receipt(), 0), Orphan)
    assert (made.counts.orphans, made.orphan_count) == (2, 2)
    made.expire(KEPT_US + 5)
    assert (made.orphan_count, made.counts.orphans_forgotten) == (0, 2)


def test_what_nobody_claims_in_an_hour_is_an_orphan() -> None:
    """Not a moment before; and then it is nobody's for good."""
    made = known()
    made.match("sms", receipt("b"), 10)
    assert made.expire(KEPT_US + 9) == []
    assert made.expire(KEPT_US + 10) == [OrphanReceived("sms", Status.DELIVERED)]
    assert (made.counts.parked_expired, made.counts.orphans, made.parked_count) == (1, 1, 0)
    assert made.match("sms", receipt("b"), KEPT_US + 11) == Repeated()
    assert made.accepted(TWO, "b") == []


def test_of_too_many_the_oldest_goes() -> None:
    """Ten thousand, as it is set; here three."""
    made = Correlation(kept_max=3)
    for name in "abcd":
        made.match("sms", receipt(name), 0)
        made.match("sms", receipt(name, reference="x" + name), 0)
    assert (made.parked_count, made.counts.parked_dropped) == (3, 1)
    assert (made.orphan_count, made.counts.orphans_forgotten) == (3, 1)
    made.submitted("sms", "", ONE)
    made.submitted("sms", "", TWO)
    assert made.accepted(ONE, "a") == []
    assert made.accepted(TWO, "b") == [ReceiptReceived(*TWO, Status.DELIVERED)]


@pytest.mark.parametrize(("where", "its_id"), [((9, 9, 9), "a"), (ONE, "")])
def test_an_answer_that_tells_no_id_of_ours_releases_nothing(
    where: tuple[int, int, int], its_id: str
) -> None:
    """And nothing can be matched by it."""
    made = known()
    made.match("sms", receipt(""), 0)
    assert made.accepted(where, its_id) == []
    assert list(made.ids()) == [(ONE, "sms", "a")]


# Whatever comes, in whatever order ---------------------------------------------------------------

WORDS: Final = st.sampled_from(
    [Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED, Status.UNKNOWN]
)
IDS: Final = st.sampled_from(["a", "b", "c", ""])
MOVES: Final = st.lists(
    st.one_of(
        st.tuples(st.just("sent"), st.integers(1, 3), IDS),
        st.tuples(
            st.just("heard"),
            st.builds(
                receipt, IDS, WORDS, st.sampled_from(["", "", "r1", "r2", "x"]),
                segment=st.integers(0, 1),
            ),
            st.sampled_from([0, 1, KEPT_US]),
        ),
        st.tuples(st.just("expire"), st.just(0), st.sampled_from([1, KEPT_US])),
    ),
    max_size=60,
)  # fmt: skip


@given(moves=MOVES, kept_max=st.integers(1, 4))
def test_every_receipt_is_heard_at_most_once_and_none_is_lost_uncounted(
    moves: list[Any], kept_max: int
) -> None:
    """Heard, parked, repeated, undecided, orphaned or dropped: the sums add up at any time."""
    made = Correlation(kept_max=kept_max)
    heard: list[ReceiptReceived] = []
    orphans, came, now = 0, 0, 0
    for kind, what, more in moves:
        if kind == "sent":
            heard += made.sent("sms", f"r{what}", (what, 0, 1), more)
        elif kind == "expire":
            now += more
            orphans += len(made.expire(now))
        else:
            now += more
            came += 1
            match = made.match("sms", what, now)
            heard += [match.event] if isinstance(match, Matched) else []
            orphans += isinstance(match, Orphan)
        assert made.parked_count <= kept_max
        assert made.orphan_count <= kept_max
        counts = made.counts
        lost = counts.parked_dropped + counts.undecided + counts.repeated
        assert came == len(heard) + orphans + lost + made.parked_count
        assert counts.orphans == orphans
    assert len({(*event[:4], event.segment) for event in heard}) == len(heard)
