"""What became of one message: the words of its path, late news, and the money."""

from collections.abc import Callable
from typing import Final

import pytest

from sandbox.cascade.circuit import Breaker
from sandbox.cascade.events import ReceiptReceived
from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import LateSuccess, OnExpired, OnUnknown, Status
from sandbox.report.account import OPEN, Account, begin
from tests.support.fronts import all_in_vain, both, whatsapp_first
from tests.support.hand import BUSY, NO_CREDIT, NOBODY, OPTED_OUT, Hand, level, plan, us
from tests.support.logs import line
from tests.support.worlds import provider, run, world

TWO: Final = plan(level("sms", wait=30, retries=1), level("whatsapp", wait=45), deadline=100)


def account_of(facts: list[Fact], its_plan: Plan = TWO, message: int = 1) -> Account:
    """The account of a message."""
    its = [fact for fact in facts if fact[2] == message]
    account = begin(its[0], {its_plan.name: its_plan})
    for fact in its[1:]:
        account.take(fact)
    return account


def path(account: Account) -> list[str]:
    """The path as a scenario writes it."""
    return [str(step) for step in account.steps]


Play = Callable[[Hand], object]


def _story(its_plan: Plan, *plays: Play, **request: object) -> Account:
    hand = Hand(its_plan).request(**request)  # type: ignore[arg-type]  # the test knows
    for play in plays:
        play(hand)
    return account_of(hand.facts, its_plan)


def _accept(at: float, of: str = "") -> Play:
    return lambda hand: hand.accept(at, of)


def _told(status: Status, at: float, of: str = "") -> Play:
    return lambda hand: hand.receipt(status, at, of=of)


def _wake(until: float) -> Play:
    return lambda hand: hand.wake(until)


@pytest.mark.parametrize(
    ("words", "plays"),
    [
        (["sms:delivered"], [_accept(1), _told(Status.DELIVERED, 2)]),
        (["sms:open"], [_accept(1)]),
        (["sms:refused.temporary", "sms:open"],
         [lambda hand: hand.refuse(1, BUSY), _wake(3)]),
        (["sms:refused.temporary"], [lambda hand: hand.refuse(1, BUSY)]),
        (["sms:refused.temporary", "sms:open"],
         [lambda hand: hand.refuse(1, None), _wake(3)]),
        (["sms:refused.permanent", "whatsapp:open"], [lambda hand: hand.refuse(1, NOBODY)]),
        (["sms:throttled", "sms:open"], [lambda hand: hand.throttle(1), _wake(3)]),
        (["sms:failed", "whatsapp:open"], [_accept(1), _told(Status.FAILED, 2)]),
        (["sms:rejected", "whatsapp:open"], [_accept(1), _told(Status.REJECTED, 2)]),
        (["sms:expired", "whatsapp:open"], [_accept(1), _told(Status.EXPIRED, 2)]),
        (["sms:no_receipt", "whatsapp:open"], [_accept(1), _wake(31)]),
        (["sms:no_receipt", "whatsapp:no_receipt"], [_accept(1), _accept(32), _wake(90)]),
        (["sms:refused.permanent"], [lambda hand: hand.refuse(1, OPTED_OUT)]),
    ],
)  # fmt: skip
def test_an_entry_says_how_the_attempt_stood_when_it_was_left(
    words: list[str], plays: list[Play]
) -> None:
    """Scenario rule 14: each attempt has one word, in order of submission."""
    assert path(_story(TWO, *plays)) == words


def test_late_news_never_rewrites_an_entry() -> None:
    """What is heard of an attempt that was left is listed apart, in the same form."""
    account = _story(
        TWO, _accept(1), _wake(31), _accept(32),
        _told(Status.DELIVERED, 40, "0.1"), _told(Status.READ, 50, "0.1"),
        _told(Status.SENT, 60, "1.1"), _told(Status.FAILED, 70, "1.1"),
        _told(Status.FAILED, 71, "1.1"),
    )  # fmt: skip
    assert path(account) == ["sms:no_receipt", "whatsapp:overtaken"]
    assert [str(step) for step in account.late] == ["sms:delivered", "sms:read", "whatsapp:failed"]
    assert (account.outcome, account.credited) == ("delivered", (0, 1))


def test_an_attempt_in_flight_at_the_deadline_says_so() -> None:
    """The deadline ends the message, whatever is in flight."""
    account = _story(plan(level("sms", wait=None), deadline=20), _accept(1), _wake(20))
    assert (path(account), account.outcome) == (["sms:deadline"], "expired")


def test_a_pause_before_a_retry_adds_no_entry_at_the_deadline() -> None:
    """No attempt was in flight when the deadline came."""
    late = plan(level("sms", retries=1), deadline=2)
    account = _story(late, lambda hand: hand.refuse(1.5, BUSY), _wake(9))
    assert (path(account), account.outcome) == (["sms:refused.temporary"], "expired")


@pytest.mark.parametrize(
    ("policy", "word"), [(OnUnknown.NEXT, "viber:open"), (OnUnknown.RESEND, "sms:open")]
)
def test_an_answer_that_never_came_is_an_entry_only_when_it_was_left(
    policy: OnUnknown, word: str
) -> None:
    """`unknown` is the word when the engine moved on because of it."""
    unsure = plan(level("sms", on_unknown=policy, retries=1), level("viber"))
    assert path(_story(unsure, _wake(10))) == ["sms:unknown", word]
    waiting = plan(level("sms", wait=30), level("viber"))
    assert path(_story(waiting, _wake(10))) == ["sms:open"]
    assert path(_story(waiting, _wake(40))) == ["sms:no_receipt", "viber:open"]


def test_the_last_unknown_that_ends_a_message_is_its_word() -> None:
    """A trigger that moves on to nothing is still how the attempt was left."""
    account = _story(plan(level("sms", on_unknown=OnUnknown.NEXT)), _wake(10))
    assert (path(account), account.ended_by, account.trigger) == (
        ["sms:unknown"], "last_level", "unknown",
    )  # fmt: skip


def test_the_success_word_is_the_levels() -> None:
    """A level that asks for less says what it asked for; what came later is late."""
    driven = plan(level("sms", success=Status.ACCEPTED))
    account = _story(driven, _accept(1), _told(Status.DELIVERED, 5))
    assert (path(account), [str(s) for s in account.late]) == (["sms:accepted"], ["sms:delivered"])
    unread = plan(level("sms", success=Status.READ, wait=9), level("viber"))
    account = _story(unread, _accept(1), _told(Status.DELIVERED, 2), _wake(10))
    assert path(account) == ["sms:not_read", "viber:open"]


def test_a_skipped_level_has_an_entry_without_attempt() -> None:
    """What could not be tried is part of the way."""
    account = _story(TWO, ineligible=(("sms", "no_sms"),))
    assert path(account) == ["sms:ineligible", "whatsapp:open"]
    assert [(step.attempt, step.provider) for step in account.steps] == [(0, ""), (1, "whatsapp")]


def test_a_refusal_after_a_receipt_is_no_news() -> None:
    """A receipt before the answer counts as acceptance; the answer then changes nothing."""
    account = _story(TWO, _told(Status.SENT, 1), lambda hand: hand.refuse(2, NOBODY))
    assert path(account) == ["sms:open"]


def test_with_late_success_ignored_it_is_still_late_news() -> None:
    """Recorded, and decided by later levels only."""
    strict = plan(level("sms", wait=5), level("viber", wait=5), late_success=LateSuccess.IGNORE)
    account = _story(strict, _accept(1), _wake(7), _told(Status.DELIVERED, 8, "0.1"), _wake(99))
    assert path(account) == ["sms:no_receipt", "viber:no_receipt"]
    assert [str(step) for step in account.late] == ["sms:delivered"]
    assert account.outcome == "exhausted"


def test_a_stop_leaves_the_word_of_what_stopped_it() -> None:
    """An expired receipt may stop the message instead of moving it on."""
    stopping = plan(level("sms", on_expired=OnExpired.STOP), level("viber"))
    account = _story(stopping, _accept(1), _told(Status.EXPIRED, 2))
    assert (path(account), account.outcome) == (["sms:expired"], "stopped")


def test_money_and_copies_of_a_message() -> None:
    """The ledger is what was said last of each attempt, the bill what was really charged."""
    both = plan(level("sms", wait=10), level("viber", wait=10))
    facts = run(
        world(both, provider(price_nano=5, receipt_lost=10**9), provider("viber", price_nano=7))
    )
    account = account_of(facts, both)
    assert (account.ledger_nano, account.bill_nano, account.copy_count) == (12, 12, 2)
    assert account.owed_nano(0, 1) == 5
    assert account.first_copy_us == 5_000_000
    assert not any(account.is_current(s.level, s.attempt) for s in account.steps)
    assert OPEN not in path(account)


def test_an_accepted_after_a_receipt_takes_nothing_back() -> None:
    """S12: a receipt before the answer counts as acceptance; path and outcome stand."""
    account = _story(TWO, _told(Status.DELIVERED, 1), _accept(2))
    assert (path(account), account.outcome, account.late) == (["sms:delivered"], "delivered", [])


def test_a_segment_receipt_states_the_cost_and_ends_nothing() -> None:
    """S30: one segment of two is neither delivered nor failed."""
    part = ReceiptReceived(1, 0, 1, Status.DELIVERED, None, 7, 0, 1, 2)
    account = _story(TWO, _accept(1), lambda hand: hand.feed(part, 2))
    assert (path(account), account.ledger_nano) == (["sms:open"], 7)


def _surprise(*lines: Fact, plays: tuple[Play, ...] = ()) -> str:
    """What the engine does not know after these plays and lines of truth."""
    hand = Hand(TWO).request()
    for play in plays:
        play(hand)
    return account_of([*hand.facts, *lines]).surprise.value


COPY: Final = line(99, 3, "reached_handset", "1.0.1")
NO_NEWS: Final = line(99, 3, "receipt_lost", "1.0.1", status="delivered")
STRANDED: Final = line(99, 3, "failed_at_provider", "1.0.1", status="filtered")
IN_PART: Final = line(99, 3, "partly_reached_handset", "1.0.1", arrived=1, segments=2)


@pytest.mark.parametrize(
    ("lines", "plays", "surprise"),
    [
        ((), (), ""),
        ((COPY,), (), ""),
        ((COPY, NO_NEWS), (), "arrived"),
        ((COPY, line(99, 3, "receipt_unmatched", "1.0.1", status="delivered")), (), "arrived"),
        ((COPY, line(99, 3, "receipt_lost", "1.0.1", status="sent")), (), ""),
        ((COPY,), (_wake(200),), "arrived"),
        ((COPY, NO_NEWS, COPY), (), "twice"),
        ((STRANDED, NO_NEWS), (), ""),
        ((STRANDED,), (_accept(1), _told(Status.DELIVERED, 2)), "missing"),
        ((COPY,), (_accept(1), _told(Status.DELIVERED, 2)), ""),
        ((IN_PART,), (), "partly"),
        ((IN_PART,), (_accept(1), _told(Status.DELIVERED, 2)), "partly"),
    ],
)
def test_what_became_of_a_message_and_the_engine_does_not_know(
    lines: tuple[Fact, ...], plays: tuple[Play, ...], surprise: str
) -> None:
    """A lost receipt, a second copy, nothing at all, or a part: each has its word."""
    assert _surprise(*lines, plays=plays) == surprise


def test_a_level_whose_providers_are_all_passed_over_has_one_entry() -> None:
    """Rule 14: `circuit_open` stands for the level; one provider passed over is no entry."""
    its = plan(level("sms", via=["a", "b"]), level("whatsapp"))
    quick = Breaker(open_after=1, for_us=us(30))
    hand = Hand(its, breakers={"a": quick, "b": quick}).request()
    hand.refuse(1, NO_CREDIT)
    hand.request(2, message=2)
    hand.refuse(3, BUSY, message=2)
    hand.request(4, message=3)
    paths = [path(account_of(hand.facts, its, message)) for message in (1, 2, 3)]
    assert paths == [
        ["sms:refused.permanent", "sms:open"],
        ["sms:refused.temporary", "whatsapp:open"],
        ["sms:circuit_open", "whatsapp:open"],
    ]


def test_each_level_that_runs_at_the_same_time_is_left_by_itself() -> None:
    """S25: what is open beside a success is overtaken, what closes has its own trigger."""
    accounts = []
    for facts in (whatsapp_first(), all_in_vain()):
        account = begin(facts[0], {"otp": both()})
        for fact in facts[1:]:
            account.take(fact)
        accounts.append(account)
    first, second = accounts
    assert [str(step) for step in first.steps] == ["sms:overtaken", "whatsapp:delivered"]
    assert [str(step) for step in first.late] == ["sms:delivered"]
    assert [str(step) for step in second.steps] == [
        "sms:no_receipt", "whatsapp:no_receipt", "viber:refused.permanent",
    ]  # fmt: skip
