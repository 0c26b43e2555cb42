"""The rules that the watch over the laws goes by, against the machine's own table."""

from itertools import product

import pytest

from sandbox.cascade.attempt import TRANSITIONS
from sandbox.cascade.outputs import NOTHING, Detail
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import Conflict, LateSuccess, OnUnknown, Origin, Status
from sandbox.report import message_rules as rules
from sandbox.report.message_rules import CODES, WORDS, Open, PlanRules, is_news
from tests.support.hand import level, plan

RECEIPTS = ("accepted", "sent", "delivered", "read", "failed", "rejected", "expired")
ANSWERS = ("accepted", "refused", "throttled", "unknown")


@pytest.mark.parametrize("policy", Conflict)
def test_what_is_news_is_what_the_machines_table_has_a_cell_for(policy: Conflict) -> None:
    """S4, S6: written apart, the rules and the table agree in every cell that can occur."""
    for known, heard in product(WORDS, RECEIPTS):
        machine = Status[heard.upper()] in TRANSITIONS[policy][Status[known.upper()]]
        assert is_news(policy, CODES[known], CODES[heard]) == machine, (known, heard)
    for heard in ANSWERS[1:]:
        machine = Status[heard.upper()] in TRANSITIONS[policy][Status.SUBMITTED]
        assert is_news(policy, CODES["submitted"], CODES[heard]) == machine


def _open(its_plan: Plan, detail: Detail = NOTHING) -> Open:
    """A message requested at 0 s by line 1 whose first attempt was submitted by line 2."""
    state = Open(PlanRules(its_plan), 0, 1, detail)
    state.submit(1, 0, 2, 1, state.here.entry, 0)
    state.expected = None
    return state


def _next(state: Open) -> object:
    """What must come next."""
    return state.expected


def test_the_first_decision_is_to_submit_or_to_skip() -> None:
    """S26: a level is used, or skipped with its reason."""
    its = PlanRules(plan(level("sms"), level("viber")))
    assert Open(its, 5, 1, NOTHING).expected == ("submitted", 0, 1, "sms", 5, 1)
    known = Detail({"cascade": "otp", "ineligible": ("sms=no_sms",)})
    assert Open(its, 5, 1, known).expected == ("skipped", 0, None, "no_sms", 5, 1)
    abroad = PlanRules(plan(level("sms", countries=frozenset({"DE"}))))
    assert Open(abroad, 5, 1, NOTHING).expected == ("skipped", 0, None, "country not known", 5, 1)


def test_after_bad_news_the_order_is_stop_retry_provider_level_end() -> None:
    """S10: one decision follows, and it is the first of these that is possible."""
    its = plan(level("sms", via=["a", "b"], retries=1), level("viber"))
    passing = Detail({"class": "transient", "luck": 1 << 31})
    state = _open(its)
    state.after_bad_answer(rules.REFUSED, passing, 7, 3)
    assert _next(state) == ("retry_planned", 0, 1, 1_000_007, 7, 3)
    state.tries = 2
    state.after_bad_answer(rules.REFUSED, passing, 7, 3)
    assert _next(state) == ("submitted", 0, 2, "b", 7, 3)
    state.provider = 1
    state.after_bad_answer(rules.REFUSED, passing, 7, 3)
    assert _next(state) == ("fell_back", 1, None, "refused", 7, 3)
    state.after_bad_answer(rules.REFUSED, Detail({"class": "stop"}), 7, 3)
    assert _next(state) == ("finished", 0, None, "stopped", 7, 3)
    state.enter(1, 7, 3)
    state.submit(2, 7, 4, 1, "viber", 0)
    state.after_bad_receipt(rules.FAILED, NOTHING, 8, 4)
    assert _next(state) == ("finished", 1, None, "exhausted last_level failed", 8, 4)


def test_a_retry_comes_no_sooner_than_the_provider_asks_for() -> None:
    """S20: its pause is the backoff or the provider's own, whichever is longer."""
    for retry_after_us, retry_at in ((0, 1_000_007), (900_000, 1_000_007), (3_000_000, 3_000_007)):
        state = _open(plan(level("sms", retries=1)))
        told = Detail({"luck": 1 << 31, "retry_after_us": retry_after_us})
        state.after_bad_answer(rules.THROTTLED, told, 7, 3)
        assert _next(state) == ("retry_planned", 0, 1, retry_at, 7, 3)


def test_nothing_is_sent_at_the_deadline_or_after_it() -> None:
    """S18: what would be sent then ends the message instead."""
    state = _open(plan(level("sms"), level("viber"), deadline=10))
    state.after_bad_receipt(rules.FAILED, NOTHING, 10_000_000, 3)
    assert state.expected == ("finished", 0, None, "expired", 10_000_000, 3)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (OnUnknown.WAIT, None),
        (OnUnknown.NEXT, ("fell_back", 1, None, "unknown", 10, 3)),
        (OnUnknown.RESEND, ("submitted", 0, 2, "sms", 10, 3)),
    ],
)
def test_after_an_unknown_submit_the_plan_decides(policy: OnUnknown, expected: object) -> None:
    """S21: wait for a receipt, move on, or resend under the same key."""
    state = _open(plan(level("sms", on_unknown=policy, retries=1), level("viber")))
    state.after_unknown(10, 3)
    assert state.expected == expected
    assert state.expected_key == (1 if policy is OnUnknown.RESEND else 0)


@pytest.mark.parametrize(
    ("origin", "due_s"), [(Origin.ACCEPTED, 32), (Origin.SUBMIT, 30), (Origin.SENT, 35)]
)
def test_a_wait_runs_from_its_origin(origin: Origin, due_s: int) -> None:
    """S12: from acceptance, from the submission, or once more from a later status."""
    state = _open(plan(level("sms", wait=30, origin=origin)))
    state.awaited = 0
    state.after_good_news(1, 0, 1, rules.SUBMITTED, rules.ACCEPTED, 2_000_000, 3)
    state.after_good_news(1, 0, 1, rules.ACCEPTED, rules.SENT, 5_000_000, 4)
    assert (state.wait_due, state.due) == (due_s * 1_000_000, due_s * 1_000_000)


def test_a_wait_that_could_not_move_the_message_on_is_never_armed() -> None:
    """S10: a timer trigger outside `next_on` has no timer."""
    state = _open(plan(level("sms", wait=30, next_on=frozenset())))
    state.after_good_news(1, 0, 1, rules.SUBMITTED, rules.ACCEPTED, 2_000_000, 3)
    assert state.wait_due == rules.FAR


def test_late_success_ends_the_message_unless_it_is_ignored() -> None:
    """S23: at the level that sent it, now."""
    for policy, expected in (
        (LateSuccess.RECORD, ("finished", 0, 1, "delivered", 9, 5)),
        (LateSuccess.IGNORE, None),
    ):
        state = _open(plan(level("sms"), level("viber"), late_success=policy))
        state.enter(1, 5, 4)
        state.expected = None
        state.after_good_news(1, 0, 1, rules.FAILED, rules.DELIVERED, 9, 5)
        assert state.expected == expected
