"""The log as a person reads it: fixed columns, one line of the log one line of text."""

from dataclasses import replace
from typing import Final

import pytest

from sandbox.cascade.circuit import Breaker
from sandbox.cascade.events import OrphanReceived, ReceiptReceived, SubmitAnswered
from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import QuietHours
from sandbox.cascade.vocabulary import OnUnknown, Status
from sandbox.report.trace import HEADER, Trace
from sandbox.simulation.decisions import DECISIONS
from sandbox.simulation.moves import HandMove
from sandbox.simulation.spec import HandForce, ScriptEntry
from tests.support.fronts import all_in_vain
from tests.support.hand import BUSY, NO_CREDIT, Hand, level, plan, us
from tests.support.logs import line
from tests.support.worlds import deliveries, fault, mixed, provider, run, submits, world

TWO: Final = plan(level("sms", wait=30, on_unknown=OnUnknown.RESEND, retries=1), level("whatsapp"))


def test_the_columns_are_those_of_the_documentation() -> None:
    """A golden trace is a drawing of the run: a difference in it is read by eye."""
    hand = Hand(plan(level("sms", via=["sms-main"]), level("whatsapp"))).request()
    hand.accept(0.143)
    hand.receipt(Status.FAILED, 6.021, reason=BUSY._replace(code="30005", text="unknown number"))
    hand.accept(6.2)
    hand.receipt(Status.DELIVERED, 7.9, owed=60_100_000)
    assert [HEADER, *Trace("EUR").lines(hand.facts)] == [
        "    at       message  level  what",
        "     0.000   m1       0      requested",
        "     0.000   m1       0      -> submit sms via sms-main  m1.0.1",
        "     0.143   m1       0      accepted  m1.0.1",
        "     6.021   m1       0      receipt failed (30005 unknown number)  m1.0.1",
        "     6.021   m1       1      -> fell back sms -> whatsapp: failed",
        "     6.021   m1       1      -> submit whatsapp via whatsapp  m1.1.1",
        "     6.200   m1       1      accepted  m1.1.1",
        "     7.900   m1       1      receipt delivered 0.0601 EUR  m1.1.1",
        "     7.900   m1       1      -> delivered at level 1, 7.900 s, 0.0601 EUR",
    ]


def _what(hand: Hand) -> list[str]:
    """The last column of a hand's trace."""
    return [text[29:] for text in Trace().lines(hand.facts)]


def test_retries_and_doubt() -> None:
    """What is tried again, and what nobody knows."""
    hand = Hand(TWO).request(ineligible=(("viber", "no_viber"),))
    hand.refuse(1, BUSY)
    hand.wake(12)
    hand.rest()
    assert _what(hand) == [
        "requested (viber=no_viber)",
        "-> submit sms via sms  m1.0.1",
        "refused (30017 carrier busy)  m1.0.1",
        "-> retry at 2.000  m1.0.1",
        "-> submit sms via sms  m1.0.2",
        "unknown: no answer  m1.0.2",
        "wait over: no_receipt  m1.0.2",
        "-> fell back sms -> whatsapp: no_receipt",
        "-> submit whatsapp via whatsapp  m1.1.1",
        "unknown: no answer  m1.1.1",
        "wait over: no_receipt  m1.1.1",
        "-> exhausted by last_level: no_receipt, 112.000 s, 0",
    ]


def test_skips_flags_resends_and_late_news() -> None:
    """The rarer lines of the engine."""
    hand = Hand(TWO).request(ineligible=(("whatsapp", "no_wa"),))
    hand.wake(10)
    hand.refuse(11, NO_CREDIT)
    hand.receipt(Status.DELIVERED, 700, of="0.1", owed=5_000_000)
    hand.receipt(Status.DELIVERED, 701, of="0.1")
    assert _what(hand)[2:] == [
        "unknown: no answer  m1.0.1",
        "-> submit sms via sms, key 1  m1.0.2",
        "refused (20003 no credit)  m1.0.2",
        "-> fell back sms -> whatsapp: refused",
        "-> skipped: no_wa",
        "-> exhausted by last_level: ineligible, 11.000 s, 0",
        "-> flagged sms: account (20003 no credit)  m1.0.2",
        "late receipt delivered 0.005  m1.0.1",
        "ignored delivered: duplicate  m1.0.1",
    ]


def test_truth_is_marked_and_can_be_left_out() -> None:
    """What the engine cannot know has a mark, so that a reader never confuses the two."""
    its = world(plan(level()), provider(price_nano=45_000_000, receipt_lost=10**9))
    facts = run(its)
    with_truth, without = (
        list(Trace("EUR").lines(facts)),
        list(Trace("EUR", with_truth=False).lines(facts)),
    )
    assert [text for text in with_truth if text not in without] == [
        "     1.000   m1       0      ~ billed 0.045 EUR  m1.0.1",
        "     5.000   m1       0      ~ reached handset  m1.0.1",
        "     5.000   m1       0      ~ receipt lost: delivered  m1.0.1",
    ]
    assert not any("~" in text for text in without)


def test_faults_and_knobs_have_their_own_mark() -> None:
    """What was done to the run stands between what came of it."""
    its = world(
        plan(level(wait=5)), provider(delivery_outcomes=deliveries(failed=100)),
        faults=[fault("submit.outcomes", submits(refused_permanent=100), at=0, lasts=9)],
    )  # fmt: skip
    changed = its.change("sms", "receipts.lost", None)
    lines = list(Trace().lines([*changed, *run(its)]))
    assert lines[:2] == [
        "     0.000   -        -      ! fault fault began: sms",
        "     0.000   -        -      ! knob sms receipts.lost: as in the scenario",
    ]
    assert lines[-1] == "     9.000   -        -      ! fault fault ended: sms"


def test_what_was_decided_by_hand_has_the_same_mark() -> None:
    """About an attempt, with its message and level; and where new messages go."""
    moves = (HandMove(at_us=0, plan=0, becomes=1),)
    plans = [plan(level(), name="one"), plan(level(), name="two")]
    its = world(plans, provider(), moved=moves)
    decision = DECISIONS["failed"]
    hand = HandForce(at_us=0, level=0, entry=decision.entry, text=decision.text, message=1)
    other = replace(hand, entry=ScriptEntry("throttled"), text="{submit: throttled, after: 3s}")
    lines = list(Trace().lines([*its.advance(0, 100), *its.force(hand), *its.force(other)]))
    assert lines[0] == "     0.000   -        -      ! new messages of one go through two"
    assert lines[-2].endswith("m1       0      ! forced: failed")
    assert lines[-1].endswith("m1       0      ! forced: submit throttled, after 3s")


def test_every_line_of_a_run_is_one_line_of_text() -> None:
    """A trace of a troubled run has as many lines as its log, each printable and in its columns."""
    facts = run(mixed(100))
    lines = list(Trace("EUR").lines(facts))
    assert len(lines) == len(facts)
    assert all(text.isprintable() and text[10:13] == "   " for text in lines)


def test_a_kind_of_a_later_version_is_shown_by_its_name() -> None:
    """New kinds may be added; an old reader still shows them."""
    assert Trace().line(line(1, 0, "read_aloud", "1.0.1")) == (
        "     0.000   m1       0      read_aloud  m1.0.1"
    )


def test_hostile_text_stays_on_its_line() -> None:
    """Nothing a provider or a file says can break the columns."""
    hand = Hand(TWO).request()
    hand.refuse(1, BUSY._replace(text="a\nb\x1b[2J\t" + "x" * 10_000))
    (told,) = [text for text in Trace().lines(hand.facts) if "refused" in text]
    assert told.isprintable()
    assert len(told) < 200


def test_segments_orphans_and_pauses_asked_for() -> None:
    """What receipts about parts, about nobody, and answers with a pause look like."""
    two = plan(level("sms", wait=30, retries=1), level("whatsapp"))
    hand = Hand(two).request()
    where = (1, 0, 1)
    hand.feed(SubmitAnswered(*where, Status.THROTTLED, BUSY, retry_after_us=us(5)), us(0))
    hand.wake(6)
    hand.accept(7)
    where = (1, 0, 2)
    hand.feed(ReceiptReceived(*where, Status.DELIVERED, None, 9_000_000, 0, 1, 3), 8)
    hand.feed(ReceiptReceived(*where, Status.DELIVERED, None, 9_000_000, 0, 1, 3), 9)
    hand.feed(ReceiptReceived(*where, Status.FAILED, BUSY, 9_000_000, 0, 2, 3), 10)
    hand.feed(OrphanReceived("sms", Status.DELIVERED, BUSY), 11)
    assert list(Trace().lines(hand.facts))[2:] == [
        (
            "     0.000   m1       0      throttled (30017 carrier busy), not again within 5.000 s"
            "  m1.0.1"
        ),
        "     0.000   m1       0      -> retry at 5.000  m1.0.1",
        "     5.000   m1       0      -> submit sms via sms  m1.0.2",
        "     7.000   m1       0      accepted  m1.0.2",
        "     8.000   m1       0      segment receipt delivered 1 of 3 0.009  m1.0.2",
        "     9.000   m1       0      ignored delivered segment 1 of 3: duplicate  m1.0.2",
        "    10.000   m1       0      receipt failed segment 2 of 3 (30017 carrier busy)  m1.0.2",
        "    10.000   m1       1      -> fell back sms -> whatsapp: failed",
        "    10.000   m1       1      -> submit whatsapp via whatsapp  m1.1.1",
        "    11.000   -        -      orphan receipt delivered (30017 carrier busy) from sms",
    ]


@pytest.mark.parametrize(
    ("fact", "told"),
    [
        (
            line(1, 0, "partly_reached_handset", "1.0.1", arrived=2, segments=3),
            "~ partly reached handset: 2 of 3 segments  m1.0.1",
        ),
        (
            line(1, 0, "receipt_unmatched", "1.0.1", status="delivered"),
            "~ receipt with an unknown id: delivered  m1.0.1",
        ),
        (
            line(1, 0, "receipt_contradicts", "1.0.1", status="failed"),
            "~ receipt will contradict: failed  m1.0.1",
        ),
        (
            line(1, 0, "receipt_lost", "1.0.1", status="delivered", segment=2, segments=3),
            "~ receipt lost: delivered segment 2 of 3  m1.0.1",
        ),
    ],
)
def test_what_receipts_do_unseen_is_truth(fact: Fact, told: str) -> None:
    """The engine knows nothing of it, and the mark says so."""
    assert str(Trace().line(fact))[29:] == told
    assert Trace(with_truth=False).line(fact) is None


def test_circuits_and_who_is_passed_over() -> None:
    """S22: what opened, until when, and where nothing was sent because of it."""
    its = plan(level("sms", via=["a", "b"]), level("whatsapp"))
    quick = Breaker(open_after=1, for_us=us(30))
    hand = Hand(its, breakers={"a": quick, "b": quick}).request()
    hand.refuse(1, BUSY)
    hand.refuse(1, BUSY)
    hand.request(2, message=2)
    hand.request(31, message=3)
    assert _what(hand)[2:5] == [
        "refused (30017 carrier busy)  m1.0.1",
        "-> circuit of a open until 31.000  m1.0.1",
        "-> submit sms via b  m1.0.2",
    ]
    assert _what(hand)[-10:] == [
        "-> passed over a: circuit open",
        "-> passed over b: circuit open",
        "-> skipped: circuit open",
        "-> fell back sms -> whatsapp: circuit_open",
        "-> submit whatsapp via whatsapp  m2.1.1",
        "unknown: no answer  m1.1.1",
        "unknown: no answer  m2.1.1",
        "requested",
        "-> submit sms via a  m3.0.1",
        "-> circuit of a half-open  m3.0.1",
    ]


def test_who_is_held_and_who_is_passed_by() -> None:
    """S19: until when, in seconds of the run."""
    quiet = QuietHours(from_us=us(50), to_us=us(90))
    its = plan(level("sms", quiet=quiet), level("whatsapp"), deadline=None)
    hand = Hand(its).request(local=60)
    hand.wake(30)
    assert _what(hand) == [
        "requested",
        "-> held until 30.000",
        "-> submit sms via sms  m1.0.1",
    ]


def test_levels_that_begin_and_close_beside_others_have_lines() -> None:
    """S25: who joins, and who closes by which trigger."""
    lines = list(Trace().lines(all_in_vain()))
    assert any(line.endswith("-> begins beside level 0") for line in lines)
    assert any(line.endswith("-> closed: no_receipt") for line in lines)
