"""The columns a run is remembered by: small, and a row for every attempt."""

import sys
from array import array

import pytest

from sandbox.cascade.events import OrphanReceived, ReceiptReceived
from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import Act, Status
from sandbox.errors import MisuseError
from sandbox.report.columns import (
    ACCEPTED,
    CREDITED,
    DELIVERED,
    ENTERED,
    FIRST_KNOWN,
    HEARD,
    KNOWN_DELIVERED,
    LOST,
    NEVER,
    OUTCOME,
    Columns,
)
from sandbox.simulation.spec import Burst
from tests.support.hand import Hand, level, plan, us
from tests.support.logs import line
from tests.support.vendor import Played
from tests.support.worlds import provider, run, world

TWO = plan(level("sms", wait=30), level("viber", wait=30))


def _columns(facts: list[Fact]) -> Columns:
    columns = Columns((TWO,), ("sms", "viber"))
    columns.fold(facts)
    return columns


def test_a_row_is_found_by_message_level_and_attempt() -> None:
    """Every attempt of a message has its own row, the latest found first."""
    hand = Hand(TWO).request()
    hand.accept(1, owed=5)
    hand.wake(40)
    hand.accept(40, owed=7)
    columns = _columns(hand.facts)
    rows = columns.row(1, 0 << 4 | 1), columns.row(1, 1 << 4 | 1)
    assert [columns.owed[row] for row in rows] == [5, 7]
    assert [columns.provider[row] for row in rows] == [0, 1]
    with pytest.raises(MisuseError, match=r"attempt m1.1.2 was never submitted"):
        columns.row(1, 1 << 4 | 2)


def test_a_message_remembers_level_outcome_and_whether_it_was_heard_of() -> None:
    """The state of a message is one byte with three things in it."""
    hand = Hand(TWO).request()
    hand.accept(1)
    hand.wake(40)
    hand.receipt(Status.DELIVERED, 41, of="0.1")
    state = _columns(hand.facts).state[1]
    assert (state & ENTERED, state & OUTCOME, state & HEARD) == (1, DELIVERED, HEARD)


def test_a_message_and_its_attempts_fit_into_120_bytes() -> None:
    """A million messages that need 1.3 attempts take about 70 MB, with three attempts 120 MB."""
    columns = Columns((TWO,), ("sms", "viber"))
    sizes = {
        name: getattr(columns, name).itemsize
        for name in Columns.__slots__
        if isinstance(getattr(columns, name), array)
    }
    octets = [n for n in Columns.__slots__ if isinstance(getattr(columns, n), bytearray)]
    of_messages = ("requested_at", "took", "copy_after", "last", "plan", "state")
    message = sum(sizes.get(name, 1) for name in of_messages)
    attempt = sum(sizes.values()) + len(octets) - message
    assert (message, attempt) == (31, 29)
    assert message + 3 * attempt <= 120


def test_columns_hold_numbers_and_nothing_else() -> None:
    """However many messages come, no object is kept of any of them."""
    columns = Columns((TWO,), ("sms",))
    before = sys.getrefcount(TWO)
    for number in range(1, 5001):
        columns.fold([line(number, 0, "requested", f"{number}.0", cause=0, cascade="otp")])
    assert columns.message_count == 5000
    assert sys.getrefcount(TWO) == before


@pytest.mark.parametrize("kind", ["accepted", "receipt", "reached_handset", "billed", "finished"])
def test_a_line_about_what_never_began_is_refused(kind: str) -> None:
    """Half a log is no log: figures of it would be wrong in silence."""
    fact = line(1, 0, kind, "9999.0.1", status="delivered", amount_nano=1, outcome="delivered")
    with pytest.raises(MisuseError):
        _columns([fact])


def test_a_part_is_no_copy_and_a_segment_receipt_states_the_cost() -> None:
    """S30: what arrived only in part did not arrive; orphans are counted."""
    hand = Hand(TWO).request()
    hand.accept(1, owed=3)
    hand.feed(ReceiptReceived(1, 0, 1, Status.DELIVERED, None, 8, 0, 1, 2), 2)
    hand.feed(OrphanReceived("sms", Status.DELIVERED), 3)
    parts = line(99, 4, "partly_reached_handset", "1.0.1", arrived=1, segments=2)
    columns = _columns([*hand.facts, parts])
    row = columns.row(1, 0 << 4 | 1)
    assert columns.flags[row] == LOST
    assert columns.copy_after[1] == NEVER
    assert (columns.owed[row], columns.ledger_nano) == (8, 8)
    assert columns.orphan_count == 1


def test_an_accepted_after_a_receipt_takes_nothing_back() -> None:
    """A reply that comes late answers the attempt, and what is known of it stays."""
    hand = Hand(TWO).request()
    hand.receipt(Status.DELIVERED, 1, owed=5)
    hand.accept(2, owed=5)
    taken = line(99, 0, "accepted_at_provider", "1.0.1")
    columns = _columns([*hand.facts[:2], taken, *hand.facts[2:]])
    row = columns.row(1, 0 << 4 | 1)
    assert columns.answer[row] == ACCEPTED
    assert columns.flags[row] == KNOWN_DELIVERED | FIRST_KNOWN | CREDITED
    assert columns.state[1] & OUTCOME == DELIVERED


@pytest.mark.parametrize("has_own", [True, False])
def test_a_code_that_was_never_sent_is_not_verified_late(has_own: bool) -> None:
    """S33: it came after another outcome, and there is no such code."""
    levels = level("sms"), level("viber")
    codes = plan(*levels, stops_on_verified=True, has_code_per_level=has_own)
    hand = Hand(codes).request(ineligible=(("sms", "no address"), ("viber", "no address")))
    hand.act(Act.VERIFIED, 5, code_of=0 if has_own else -1)
    columns = Columns((codes,), ("sms", "viber"))
    columns.fold(hand.facts)
    assert columns.verified_late == set()


@pytest.mark.parametrize(("code_of", "late"), [(0, {1}), (-1, set())])
def test_a_code_entered_without_its_level_is_none_where_each_has_its_own(
    code_of: int, late: set[int]
) -> None:
    """S33: what was sent at a level is known by it; without it nobody can tell which it is."""
    codes = plan(level("sms"), stops_on_verified=True, has_code_per_level=True)
    hand = Hand(codes).request()
    hand.act(Act.CANCEL, 3)
    hand.act(Act.VERIFIED, 5, code_of=code_of)
    columns = Columns((codes,), ("sms",))
    columns.fold(hand.facts)
    assert columns.verified_late == late


def test_messages_that_a_real_provider_had_are_remembered() -> None:
    """From the line on that says so, and no longer than another one; other knobs say nothing."""
    its = plan(level())
    columns = Columns([its], ["sms"])
    columns.fold(run(world(its, provider(), load=1)))
    assert columns.outside_messages == set()
    loads = [Burst(plan=0, at_us=us(at), count=1) for at in (0, 2, 4)]
    played = Played(world(its, provider(), load=loads).spec, ())
    for at, is_outside in ((1, True), (3, False)):
        played.until(us(at))
        for _ in range(2):
            played.on(played.world.switch("sms", is_outside, us(at)))
    played.until()
    columns = Columns([its], ["sms"])
    columns.fold(played.facts)
    assert columns.outside_messages == {2}
    assert columns.attempt_count == 3
