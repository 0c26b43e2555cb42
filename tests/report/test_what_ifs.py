from dataclasses import replace

import pytest

from sandbox.cascade.plan import Level, Plan
from sandbox.cascade.vocabulary import Channel, OnUnknown
from sandbox.report.what_ifs import (
    Asked,
    Fate,
    Question,
    answer,
    questions,
    waiting,
    without,
)
from tests.support.explained import answer_to, explained, scripted
from tests.support.hand import level, plan

SECOND = 1_000_000
CENT = 10_000_000
SMS = Level(channel=Channel("sms"), providers=("sms",), wait_us=30 * SECOND)
VIBER = Level(channel=Channel("viber"), providers=("viber",), on_unknown=OnUnknown.NEXT)
PLAN = Plan(name="otp", levels=(SMS, VIBER))
SMS_THEN_WA = "- {channel: sms, via: [sms], wait: 30s}\n- {channel: whatsapp, via: [wa]}"

DELIVERED = Fate(
    outcome="delivered", level=1, channel="viber", took_us=33 * SECOND, first_copy_us=32 * SECOND,
    copies=2, ledger_nano=8 * CENT, bill_nano=8 * CENT, path=("sms:no_receipt", "viber:delivered"),
)  # fmt: skip
EXPIRED = Fate(
    outcome="expired", level=None, channel="", took_us=600 * SECOND, first_copy_us=None,
    copies=0, ledger_nano=5 * CENT, bill_nano=5 * CENT, path=("sms:deadline",),
)  # fmt: skip


def test_a_level_that_waits_has_no_timer_and_nothing_else_changes() -> None:
    """Neither its own nor that of an answer that never came."""
    patient = waiting(PLAN, 1)
    assert patient.levels[0] == SMS
    assert patient.levels[1].wait_us is None
    assert patient.levels[1].on_unknown is OnUnknown.WAIT
    assert replace(patient, levels=PLAN.levels) == PLAN


def test_a_plan_without_deadline_waits_longer_than_any_run() -> None:
    """It could not end by itself otherwise, and would be refused."""
    patient = waiting(replace(PLAN, deadline_us=None), 0)
    assert patient.levels[0].wait_us is not None
    assert patient.levels[0].wait_us > 30 * 86_400 * SECOND


def test_a_plan_of_one_level_has_no_plan_without_it() -> None:
    """There is nothing to compare with."""
    assert without(PLAN, 0) == replace(PLAN, levels=(VIBER,))
    assert without(replace(PLAN, levels=(SMS,)), 0) is None


def test_each_level_is_asked_about_once() -> None:
    """The first wait that was over, and the last attempt before the level was left."""
    levels = "- {channel: sms, via: [sms, sms-2], wait: 9s}\n- {channel: viber, via: [viber]}"
    found = explained(scripted(levels, "{delivery: vanished}, {delivery: vanished}"))
    asked = [(each.question, each.level, place) for place, each in found.what_ifs]
    assert asked == [
        (Question.WAITED, 0, 0),
        (Question.WITHOUT_LEVEL, 0, 1),
        (Question.WITHOUT_LEVEL, 1, 2),
    ]


def test_a_skipped_level_is_not_asked_about() -> None:
    """Nothing was tried there."""
    levels = "- {channel: viber, only_if: {country: [PL]}}\n- {channel: sms, via: [sms]}"
    found = explained(scripted(levels))
    assert {each.level for _, each in found.what_ifs} == {1}


def test_an_open_message_is_not_asked_whether_it_should_have_waited() -> None:
    """It still does."""
    found = explained(scripted(SMS_THEN_WA, "{delivery: vanished}"))
    opened = replace(found.leavings[0], left_us=None, word="open")
    assert [each.question for each in questions([opened], PLAN)] == [Question.WITHOUT_LEVEL]


@pytest.mark.parametrize(
    ("fate", "words"),
    [
        (EXPIRED, ("expired at 600.000 s, and nothing reached the handset; instead of delivered by "
         "viber, 567.0 s later, 0.030 EUR cheaper, no copy instead of 2 copies")),
        (replace(EXPIRED, copies=1, first_copy_us=SECOND),
         ("expired at 600.000 s, although a copy reached the handset at 1.000 s; instead of "
         "delivered by viber, 567.0 s later, 0.030 EUR cheaper, one copy instead of 2 copies")),
        (DELIVERED, "delivered by viber at 33.000 s; the same outcome, time and cost"),
        (replace(DELIVERED, took_us=30 * SECOND, bill_nano=9 * CENT),
         "delivered by viber at 30.000 s; 3.0 s sooner, 0.010 EUR dearer"),
        (replace(EXPIRED, outcome="", took_us=None), ("still without an outcome; instead of "
         "delivered by viber, 0.030 EUR cheaper, no copy instead of 2 copies")),
        (replace(DELIVERED, level=0, channel="sms", took_us=41 * SECOND, copies=1),
         ("sms would have delivered it at 41.000 s, 11.0 s after it was left: the switch was "
         "needless; 8.0 s later, one copy instead of 2 copies")),
    ],
)  # fmt: skip
def test_an_answer_says_outcome_time_cost_and_copies(fate: Fate, words: str) -> None:
    """And how they are other than what happened; what is the same is left out."""
    left = explained(scripted(SMS_THEN_WA, "{delivery: vanished}")).leavings[0]
    asked = Asked(Question.WAITED, 0, 0, PLAN)
    assert answer(asked, left, DELIVERED, fate, "EUR").words == words


def test_a_switch_is_needless_only_where_there_was_one() -> None:
    """At the last level a success that came too late is a wait that was too short."""
    found = explained(scripted("- {channel: sms, via: [sms], wait: 5s}", "{after: 9s}"))
    waited = answer_to(found, Question.WAITED, 0)
    assert not waited.is_needless
    assert waited.words == (
        "sms would have delivered it at 9.000 s, 4.0 s after it was left; instead of exhausted, "
        "4.0 s later"
    )
    assert answer_to(found, Question.WITHOUT_LEVEL, 0).words == "there is no other level"


def test_a_switch_after_a_lost_receipt_is_needless_in_truth_only() -> None:
    """It was on the handset, it was paid twice, and waiting would not have told."""
    found = explained(scripted(SMS_THEN_WA, "{after: 3s, receipt: lost}"))
    waited = answer_to(found, Question.WAITED, 0)
    assert (waited.is_needless, waited.is_needless_in_truth) == (False, True)
    assert waited.words == (
        "expired at 600.000 s, although a copy reached the handset at 3.000 s; instead of "
        "delivered by whatsapp, 570.0 s later, 0.030 EUR cheaper, one copy instead of 2 copies; "
        "in truth needless: sms brought it at 3.000 s, and no receipt would have said so"
    )


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("{after: 6s, receipt: lost}", "and no receipt would have said so"),
        ("{after: 6s, receipt: {delay: 9s}}",
         "and its receipt would have come too late, at 15.000 s"),
    ],
)  # fmt: skip
def test_of_a_message_cancelled_before_its_receipt_the_receipt_is_told(
    script: str, words: str
) -> None:
    """S24, S35: what came after the end came, and was only too late."""
    levels = "- {channel: sms, via: [sms], wait: 5s}\n- {channel: whatsapp, via: [wa], wait: 60s}"
    acts = "acts: [{message: m, at: 11s, do: cancel}]"
    found = explained(scripted(levels, script, "{after: 90s}", more=acts))
    waited = answer_to(found, Question.WAITED, 0)
    assert (found.fate.outcome, waited.is_needless_in_truth) == ("cancelled", True)
    assert waited.words.endswith(f"in truth needless: sms brought it at 6.000 s, {words}")


def test_a_copy_that_a_receipt_told_of_in_time_is_said_to_be_told_of() -> None:
    """S33: a delivered receipt ends nothing where a code is awaited."""
    levels = "- {channel: sms, via: [sms], wait: 5s}\n- {channel: whatsapp, via: [wa], wait: 5s}"
    source = scripted(levels, "{after: 1s}", cascade="stop_on: verified").replace(
        "traits: {},", "traits: {}, codes: {entered: 0%},"
    )
    waited = answer_to(explained(source), Question.WAITED, 0)
    assert "no receipt would have said so" not in waited.words
    assert waited.words.endswith("sms brought it at 1.000 s, and a receipt said so at 1.000 s")


@pytest.mark.parametrize("after", ["43s", "700s"])
def test_a_copy_that_came_after_the_deadline_is_no_reason_to_wait(after: str) -> None:
    """In time it is, and then a receipt says so as well."""
    found = explained(scripted(SMS_THEN_WA, f"{{after: {after}}}"))
    waited = answer_to(found, Question.WAITED, 0)
    is_in_time = after == "43s"
    assert (waited.is_needless, waited.is_needless_in_truth) == (is_in_time, is_in_time)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("refused.permanent", "waiting would have changed nothing: the provider did not take it"),
        ("{delivery: failed}",
         "waiting would have changed nothing: failed is final, and nothing came of it"),
        ("{delivery: expired, after: 2s}",
         "waiting would have changed nothing: expired is final, and nothing came of it"),
    ],
)  # fmt: skip
def test_what_is_final_needs_no_run_to_know_that_waiting_is_in_vain(
    script: str, words: str
) -> None:
    """The log says what came of the attempt: nothing."""
    found = explained(scripted(SMS_THEN_WA, script))
    waited = answer_to(found, Question.WAITED, 0)
    assert waited.fate is None
    assert waited.words == words


def test_a_final_that_is_not_so_is_caught_by_the_truth() -> None:
    """The receipt said failed, and a copy was on the handset all the same."""
    left = explained(scripted(SMS_THEN_WA, "{delivery: failed}")).leavings[0]
    asked = Asked(Question.WAITED, 0, 0, None)
    told = answer(asked, replace(left, reached_us=2 * SECOND), DELIVERED, None, "EUR")
    assert told.words == "the receipt says failed, and yet it reached the handset at 2.000 s"


def test_without_the_first_level_of_a_front_the_next_one_begins_alone() -> None:
    """S25: there is no level before it that it could begin beside."""
    its = plan(level(), level("whatsapp", parallel=True), level("viber", parallel=True))
    fewer = without(its, 0)
    assert fewer is not None
    assert [(each.channel, each.parallel) for each in fewer.levels] == [
        ("whatsapp", False), ("viber", True),
    ]  # fmt: skip
    fewer = without(its, 1)
    assert fewer is not None
    assert [each.parallel for each in fewer.levels] == [False, True]
