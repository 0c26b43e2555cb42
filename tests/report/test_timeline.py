"""The timeline of a message: every line in words, and why each switch was made."""

from typing import Any, Final

import pytest

from sandbox.cascade.circuit import Breaker
from sandbox.cascade.events import ReceiptReceived
from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan, QuietHours
from sandbox.cascade.vocabulary import OnUnknown, QuietPolicy, Status
from sandbox.report.timeline import Bar, message_results, story_lines, story_of
from tests.support.fronts import all_in_vain, both, whatsapp_first
from tests.support.hand import BUSY, NO_CREDIT, NOBODY, Hand, level, plan, us
from tests.support.logs import line
from tests.support.worlds import MIXED, deliveries, mixed, provider, run, world

TWO: Final = plan(
    level("sms", wait=30, retries=1, on_unknown=OnUnknown.RESEND),
    level("whatsapp", wait=45, via=["wa", "wa2"]),
    deadline=180,
)


def words(facts: list[Fact]) -> list[str]:
    """The words of a story, row by row."""
    story = story_of(facts, (TWO,), "EUR")
    assert story is not None
    return [row.words for row in story.rows]


def test_every_switch_says_why() -> None:
    """Which receipt, answer or timer it was, how long it ran, and where the message went."""
    hand = Hand(TWO).request()
    hand.refuse(1, BUSY)
    hand.wake(3)
    hand.accept(4, owed=45_000_000)
    hand.wake(40)
    hand.refuse(40, NO_CREDIT)
    hand.accept(41)
    hand.rest()
    hand.receipt(Status.DELIVERED, 150, of="0.2", owed=45_000_000)
    assert words(hand.facts) == [
        "requested through otp",
        "→ submit to sms",
        "refused: 30017 carrier busy (trouble that passes)",
        "→ try again in 1.0 s",
        "→ submit to sms again",
        "accepted, 0.045 EUR",
        "no delivered receipt within 30 s of acceptance → next level: whatsapp",
        "→ submit to wa",
        "refused: 20003 no credit (trouble with the account)",
        "refused: 20003 no credit → next provider: wa2",
        "flagged: trouble with the account at wa",
        "accepted",
        "exhausted: no delivered receipt within 45 s of acceptance, and no level is left",
        "late receipt: delivered (the outcome stands)",
    ]


def test_a_late_success_is_told_as_one() -> None:
    """The message is delivered after all by a level it had left."""
    hand = Hand(TWO).request()
    hand.accept(1)
    hand.wake(35)
    hand.receipt(Status.DELIVERED, 36, of="0.1")
    hand.receipt(Status.DELIVERED, 37, of="0.1")
    hand.accept(38, of="1.1")
    assert words(hand.facts)[-4:] == [
        "receipt: delivered",
        "delivered after all at level 0, 36.0 s after the request",
        "ignored: the delivered receipt came twice, it counts once",
        "accepted",
    ]


def test_an_unknown_submit_is_resent_under_the_same_key() -> None:
    """The provider may have it or not, and nobody pretends to know."""
    hand = Hand(TWO).request()
    hand.wake(10)
    assert words(hand.facts)[-2:] == [
        "no answer within 10 s: the provider may have it or not",
        "no answer within 10 s → resend to sms under the same key",
    ]


@pytest.mark.parametrize(
    ("its_plan", "last"),
    [
        (plan(level("sms", wait=None), deadline=20), "expired: the deadline of 20 s is over"),
        (
            plan(level("sms", next_on=frozenset()), deadline=900),
            "exhausted: refused: 131026 no, and the plan does not move on when refused",
        ),
    ],
)
def test_the_last_row_says_how_it_ended(its_plan: object, last: str) -> None:
    """Each outcome says what brought it about."""
    hand = Hand(its_plan).request()  # type: ignore[arg-type]  # the test knows
    if "refused" in last:
        hand.refuse(1, NOBODY._replace(text="no"))
    hand.rest()
    story = story_of(hand.facts, (its_plan,))  # type: ignore[arg-type]  # the test knows
    assert story is not None
    assert [row.words for row in story.rows if row.kind == "finished"] == [last]


def test_a_skipped_level_says_what_was_known() -> None:
    """S26: what could not be tried is told with its reason."""
    hand = Hand(TWO).request(country="DE", ineligible=(("sms", "no_sms"),))
    assert words(hand.facts)[:4] == [
        "requested through otp, recipient in DE",
        "skipped, not eligible: no_sms",
        "not eligible: no_sms → next level: whatsapp",
        "→ submit to wa",
    ]


def test_truth_is_told_beside_and_marked() -> None:
    """What happened and nobody was told has rows of its own."""
    filtering = provider(delivery_outcomes=deliveries(filtered=100), price_nano=45_000_000)
    facts = run(world(plan(level()), filtering))
    story = story_of(facts, (plan(level()),), "EUR")
    assert story is not None
    assert [row.words for row in story.rows if row.is_truth] == [
        "billed 0.045 EUR", "filtered on the way; the receipt will say delivered",
    ]  # fmt: skip
    offsets = [row.offset_us for row in story.rows]
    assert offsets == sorted(offsets)


def test_bars_show_how_long_the_message_was_on_each_level() -> None:
    """A bar begins where the level was entered and ends where it was left."""
    hand = Hand(TWO).request(5)
    hand.accept(6)
    hand.wake(40)
    story = story_of(hand.facts, (TWO,))
    assert story is not None
    assert story.bars == [
        Bar(level=0, channel="sms", began_us=0, ended_us=us(31)),
        Bar(level=1, channel="whatsapp", began_us=us(31), ended_us=None),
    ]


def test_a_story_as_text_has_path_late_news_and_both_costs() -> None:
    """What a report prints of one message is complete in itself."""
    both = plan(level("sms", wait=3), level("viber", wait=10))
    facts = run(
        world(both, provider(price_nano=5 * 10**7), provider("viber", price_nano=7 * 10**7))
    )
    assert story_lines(facts, (both,), {1: "otp-anna"}, "EUR") == [
        "m1 otp-anna",
        "     0.000  0 sms     requested through otp, recipient in DE",
        "     0.000  0 sms     → submit to sms",
        "     1.000  0 sms     accepted, 0.050 EUR",
        "     1.000  0 sms   ~ billed 0.050 EUR",
        "     4.000  1 viber   no delivered receipt within 3 s of acceptance → next level: viber",
        "     4.000  1 viber   → submit to viber",
        "     5.000  1 viber   accepted, 0.070 EUR",
        "     5.000  1 viber ~ billed 0.070 EUR",
        "     5.000  0 sms   ~ on the handset",
        "     6.000  0 sms     receipt: delivered",
        "     6.000  0 sms     delivered after all at level 0, 6.0 s after the request",
        "     9.000  1 viber ~ on the handset, copy 2",
        "    10.000  1 viber   late receipt: delivered (the outcome stands)",
        "path  sms:no_receipt, viber:overtaken",
        "late  sms:delivered, viber:delivered",
        "cost  0.120 EUR known, 0.120 EUR true",
    ]
    assert story_lines([], (both,), {}) == []


def test_every_line_of_a_troubled_run_has_words() -> None:
    """Whatever happens can be told, for every message."""
    facts = run(mixed(150))
    for message in range(1, 151):
        its = [fact for fact in facts if fact[2] == message]
        story = story_of(its, (MIXED,))
        assert story is not None
        silent = [fact for fact in its if fact[5] == "wait_over"]
        assert len(story.rows) == len(its) - len(silent)
        assert all(row.words.isprintable() for row in story.rows)


def test_hostile_names_are_shown_and_obeyed_by_nothing() -> None:
    """Names come from files; a story shows them as text."""
    evil = plan(level("sms", via=["\x1b[31mred"]), name="\u202eplan")
    hand = Hand(evil).request()
    told = story_lines(hand.facts, (evil,), {1: "a\nb"})
    assert told[0] == "m1 a\\nb"
    assert all(text.isprintable() for text in told)
    assert any("\\x1b[31mred" in text for text in told)


def test_results_of_many_messages_come_in_order_of_arrival() -> None:
    """What became of each message is told once, with names, late news included."""
    facts = run(mixed(60))
    results = list(message_results(facts, (MIXED,), {2: "otp-anna"}))
    assert [result.message for result in results] == list(range(1, 61))
    assert [result.name for result in results if result.name] == ["otp-anna"]
    assert all(result.outcome and result.seconds_us is not None for result in results)
    some = list(message_results(facts, (MIXED,), {}, wanted={7, 3}))
    assert [result.message for result in some] == [3, 7]
    assert some[0] == results[2]


def test_a_message_without_an_outcome_has_no_seconds() -> None:
    """A run that was broken off leaves messages open, and says so."""
    facts = [
        line(1, 0, "requested", "1.0", cause=0, cascade="otp"),
        line(2, 0, "submitted", "1.0.1", channel="sms", provider="sms"),
    ]
    (result,) = message_results(facts, (TWO,), {})
    assert (result.outcome, result.path, result.seconds_us) == ("", ("sms:open",), None)


def told_of(kind: str, **says: Any) -> str:
    """The words of one line of truth about a message's first attempt."""
    hand = Hand(TWO).request()
    return words([*hand.facts, line(9, 5, kind, "1.0.1", **says)])[-1]


@pytest.mark.parametrize(
    ("kind", "says", "told"),
    [
        (
            "receipt_unmatched", {"status": "delivered"},
            "the delivered receipt came with an id we do not know: kept as an orphan",
        ),
        (
            "receipt_contradicts", {"status": "failed"},
            "the provider will also say failed, which is not so",
        ),
        (
            "receipt_lost", {"status": "delivered", "segment": 1, "segments": 2},
            "the delivered receipt for segment 1 of 2 got lost",
        ),
        (
            "partly_reached_handset", {"arrived": 1, "segments": 3},
            "only 1 of 3 segments came on the handset",
        ),
        ("accepted_at_provider", {}, "the provider has it, and has not said so"),
        ("throttled", {"code": "429", "retry_after_us": 1_500_000},
         "throttled: 429, not again within 1.5 s"),
    ],
)  # fmt: skip
def test_what_happens_to_receipts_is_told_in_words(
    kind: str, says: dict[str, Any], told: str
) -> None:
    """A developer reads what happened, not the name of a kind of line."""
    assert told_of(kind, **says) == told


def test_a_receipt_before_the_reply_is_told_as_one() -> None:
    """Which of both came first is seen, and the reply takes nothing back."""
    hand = Hand(TWO).request()
    hand.receipt(Status.SENT, 1, owed=45_000_000)
    hand.accept(2, owed=45_000_000)
    hand.receipt(Status.DELIVERED, 3, owed=45_000_000)
    hand.receipt(Status.SENT, 4)
    hand.receipt(Status.FAILED, 5)
    assert words(hand.facts)[2:] == [
        "receipt: sent (it came before the reply), 0.045 EUR",
        "accepted: the reply came after the receipt",
        "receipt: delivered",
        "delivered at level 0, 3.0 s after the request",
        "ignored: the sent receipt came after the delivered one",
        "ignored: the failed receipt contradicts the delivered one",
    ]


def test_segments_are_told_one_by_one() -> None:
    """Each segment has its receipt; the first bad one is the reason for the switch."""
    hand = Hand(TWO).request()
    hand.accept(1)
    for segment in (1, 1):
        hand.feed(ReceiptReceived(1, 0, 1, Status.DELIVERED, None, 0, 0, segment, 2), 2)
    hand.feed(ReceiptReceived(1, 0, 1, Status.FAILED, BUSY, 0, 0, 2, 2), 3)
    assert words(hand.facts)[3:6] == [
        "receipt: segment 1 of 2 delivered",
        "ignored: the delivered receipt for segment 1 of 2 came twice, it counts once",
        "receipt: segment 2 of 2 failed, 30017 carrier busy",
    ]
    assert words(hand.facts)[6].startswith(
        "failed by receipt for segment 2 of 2: 30017 carrier busy → next level"
    )


OPENS: Final = "the circuit of {} opens {}: passed over for {}, until "


def test_a_circuit_is_told_with_its_reason_and_its_end() -> None:
    """S22: why it opened, how long the provider is passed over, and who probes it."""
    its = plan(level("sms", via=["wa", "wa2"], wait=30), level("viber", wait=45))
    breakers = {"wa": Breaker(open_after=1, for_us=us(30)), "wa2": Breaker(for_us=us(60))}
    hand = Hand(its, breakers=breakers).request()
    hand.refuse(1, BUSY)
    hand.refuse(2, NO_CREDIT)
    hand.request(3, message=2)
    hand.request(31, message=3)
    hand.refuse(32, BUSY, message=3)
    hand.request(62, message=4)
    hand.accept(63, message=4)

    def told(message: int) -> list[str]:
        story = story_of([fact for fact in hand.facts if fact[2] == message], (its,), "EUR")
        assert story is not None
        return [row.words for row in story.rows[1:]]

    assert told(1)[1:6] == [
        "refused: 30017 carrier busy (trouble that passes)",
        f"{OPENS.format('wa', 'after too many failures in a row', '30 s')}31.000 s of the run",
        "refused: 30017 carrier busy → next provider: wa2",
        "refused: 20003 no credit (trouble with the account)",
        f"{OPENS.format('wa2', 'because of trouble with the account', '1 min')}62.000 s of the run",
    ]
    assert told(2)[:6] == [
        "wa is passed over: its circuit is open",
        "wa2 is passed over: its circuit is open",
        "skipped: no provider is left on this level",
        "the circuit of wa2 is open → next level: viber",
        "→ submit to viber",
        "no answer within 10 s: the provider may have it or not",
    ]
    assert told(3)[1:4] == [
        "the circuit of wa is half-open: this message probes whether it works",
        "refused: 30017 carrier busy (trouble that passes)",
        f"{OPENS.format('wa', 'again, the probe failed', '30 s')}62.000 s of the run",
    ]
    assert "the circuit of wa is closed: it works again" in told(4)


QUIET: Final = QuietHours(from_us=us(21 * 3600), to_us=us(8 * 3600))


def rows_of(hand: Hand, its_plan: Plan, message: int = 1) -> list[str]:
    """The words of one message of a hand."""
    story = story_of([fact for fact in hand.facts if fact[2] == message], (its_plan,), "EUR")
    assert story is not None
    return [row.words for row in story.rows]


def test_quiet_hours_are_told_in_the_recipients_time() -> None:
    """S19: how late it is there, until when it is held, and that they are over."""
    its = plan(level("sms", quiet=QUIET), deadline=None)
    hand = Hand(its).request(country="IN", local=23.5 * 3600)
    hand.rest()
    assert rows_of(hand, its)[:3] == [
        "requested through otp, recipient in IN, where it is 23:30",
        "→ held for quiet hours until 08:00 where the recipient is, for 8.5 h",
        "quiet hours are over → submit to sms",
    ]


def test_what_expires_in_quiet_hours_says_so() -> None:
    """S18, S19: and what expires by day does not."""
    its = plan(level("sms", quiet=QUIET), deadline=60)
    night, day = Hand(its).request(local=23 * 3600), Hand(its).request(local=9 * 3600)
    for hand in (night, day):
        hand.wake(60)
    assert rows_of(night, its)[-1] == (
        "expired: the deadline of 1 min is over, and quiet hours are not"
    )
    assert rows_of(day, its)[-1] == "expired: the deadline of 1 min is over"


def test_who_is_passed_by_for_the_hour_or_from_before_is_told() -> None:
    """S19, S27: each with its own words, which also say why the next level came."""
    skip = QuietHours(from_us=us(21 * 3600), to_us=us(8 * 3600), policy=QuietPolicy.SKIP)
    its = plan(level("whatsapp"), level("sms", quiet=skip), level("viber"), remember_us=us(600))
    hand = Hand(its).request(recipient=7, local=23 * 3600)
    hand.refuse(1, NOBODY)
    hand.request(2, message=2, recipient=7, local=23 * 3600)
    assert rows_of(hand, its, 2) == [
        "requested through otp, where it is 23:00",
        "skipped, the recipient is known from before not to be reachable here",
        "the recipient is known from before not to be reachable here → next level: sms",
        "skipped, it is quiet hours where the recipient is",
        "it is quiet hours where the recipient is → next level: viber",
        "→ submit to viber",
    ]


def test_levels_that_run_at_the_same_time_are_told_apart() -> None:
    """S25: each has its bar, and its own reason when it closes."""
    story = story_of(all_in_vain(), (both(),))
    assert story is not None
    words = [row.words for row in story.rows]
    assert "→ begins at the same time, beside sms" in words
    assert any(
        each.startswith("no delivered receipt within 30 s of acceptance → closed") for each in words
    )
    assert words[-3].endswith("of acceptance → next level: viber") or any(
        each.endswith("of acceptance → next level: viber") for each in words
    )
    assert [(bar.level, bar.began_us, bar.ended_us) for bar in story.bars] == [
        (0, 0, 31_000_000), (1, 0, 52_000_000), (2, 52_000_000, 53_000_000),
    ]  # fmt: skip
    quick = story_of(whatsapp_first(), (both(),))
    assert quick is not None
    assert "delivered at level 1, 5.0 s after the request" in [row.words for row in quick.rows]
    assert [bar.ended_us for bar in quick.bars] == [5_000_000, 5_000_000]
