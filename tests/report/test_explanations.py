"""Why the engine moved on, in words."""

import pytest

from sandbox.cascade.outputs import Detail
from sandbox.cascade.vocabulary import Origin, Status
from sandbox.report.explanations import (
    Reasons,
    class_text,
    is_contradiction,
    known_before,
    reason_text,
)
from tests.support.hand import level

NOBODY = Detail({"code": "131026", "class": "permanent-recipient", "text": "not on WhatsApp"})


def _receipt(status: str, **more: str) -> Detail:
    return Detail({"status": status, **more})


def test_a_reason_is_code_and_words_and_its_class_says_what_it_means() -> None:
    """A provider's own words are kept, and what they mean to us stands beside them."""
    assert reason_text(NOBODY) == "131026 not on WhatsApp"
    assert class_text(NOBODY) == "this recipient cannot be reached here"
    assert (reason_text(Detail({})), class_text(Detail({}))) == ("", "")


def test_a_providers_words_cannot_move_a_cursor_and_are_cut() -> None:
    """Whatever a provider says is shown as text."""
    hostile = Detail({"code": "1", "text": "\x1b[2J\u202eoops" + "x" * 1000})
    assert reason_text(hostile).startswith("1 \\x1b[2J\\u202eoops")
    assert len(reason_text(hostile)) <= 120


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        (Origin.ACCEPTED, "no delivered receipt within 30 s of acceptance"),
        (Origin.SUBMIT, "no delivered receipt within 30 s of submission"),
        (Origin.SENT, "no delivered receipt within 30 s of acceptance"),
    ],
)
def test_a_wait_says_how_long_it_ran_and_from_when(origin: Origin, words: str) -> None:
    """The reader need not look up the plan."""
    its = level(wait=30, origin=origin)
    reasons = Reasons()
    reasons.submitted()
    reasons.answered("accepted", its, Detail({}))
    reasons.wait_over(its, "no_receipt")
    assert reasons.why == words


def test_a_wait_that_started_again_says_from_what() -> None:
    """With another origin the wait starts once more, and says so."""
    its = level(wait=30, origin=Origin.SENT)
    reasons = Reasons()
    reasons.answered("accepted", its, Detail({}))
    reasons.heard(its, _receipt("sent"))
    reasons.wait_over(its, "no_receipt")
    assert reasons.why == "no delivered receipt within 30 s of the sent receipt"


def test_the_words_for_every_other_way_to_leave() -> None:
    """Answers, receipts and skips each have their half sentence."""
    its = level(wait=90, timeout=10, success=Status.READ)
    reasons = Reasons()
    reasons.answered("unknown", its, Detail({}))
    assert reasons.why == "no answer within 10 s"
    reasons.wait_over(its, "no_receipt")
    assert reasons.why == "no read receipt within 1.5 min of giving up on the answer"
    reasons.wait_over(its, "not_read")
    assert reasons.why == "delivered, but not read within 1.5 min of giving up on the answer"
    reasons.answered("refused", its, NOBODY)
    assert reasons.why == "refused: 131026 not on WhatsApp"
    reasons.answered("throttled", its, Detail({"class": "transient"}))
    assert reasons.why == "throttled: trouble that passes"
    reasons.heard(its, _receipt("failed", code="30005"))
    assert reasons.why == "failed by receipt: 30005"
    reasons.skipped("no_viber")
    assert reasons.why == "not eligible: no_viber"
    submitted = level(wait=5, success=Status.ACCEPTED)
    reasons.wait_over(submitted, "no_receipt")
    assert reasons.why.startswith("not accepted within 5 s")


def test_a_segment_that_arrived_means_that_the_message_was_sent() -> None:
    """S30: the wait may run from there; a bad segment says which one it was."""
    its = level(wait=30, origin=Origin.SENT)
    reasons = Reasons()
    reasons.answered("accepted", its, Detail({}))
    reasons.heard_of_segment(its)
    reasons.wait_over(its, "no_receipt")
    assert reasons.why == "no delivered receipt within 30 s of the sent receipt"
    reasons.heard(its, Detail({"status": "failed", "segment": 2, "segments": 3}))
    assert reasons.why == "failed by receipt for segment 2 of 3"


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        ("failed", "delivered", True),
        ("read", "expired", True),
        ("sent", "delivered", False),
        ("failed", "expired", False),
        ("failed", "sent", False),
    ],
)
def test_two_statuses_contradict_each_other_when_one_arrived(
    one: str, other: str, *, is_one: bool
) -> None:
    """S6: failed and delivered cannot both be; the order does not matter."""
    assert is_contradiction(one, other) is is_contradiction(other, one) is is_one


def test_what_stood_before_an_ignored_receipt_is_read_from_its_cause() -> None:
    """Other causes name no status."""
    assert known_before("already delivered") == "delivered"
    assert known_before("duplicate") == known_before("no such attempt") == ""


def test_a_level_without_a_provider_left_names_the_last_one() -> None:
    """S22: a provider passed over closes no level by itself."""
    reasons = Reasons()
    reasons.why = "refused"
    reasons.skipped("circuit open", "sms-main\x1b")
    assert reasons.why == "refused"
    reasons.skipped("circuit open")
    assert reasons.why == "the circuit of sms-main\\x1b is open"
    reasons.skipped("no_viber")
    assert reasons.why == "not eligible: no_viber"


def test_quiet_hours_and_the_memory_have_words_of_their_own() -> None:
    """S19, S27: anything else is why somebody is not eligible."""
    reasons = Reasons()
    reasons.skipped("quiet hours")
    assert reasons.why == "it is quiet hours where the recipient is"
    reasons.skipped("known from before")
    assert reasons.why == "the recipient is known from before not to be reachable here"
    reasons.skipped("quiet hour")
    assert reasons.why == "not eligible: quiet hour"
