"""The last column of the log."""

from sandbox.cascade.events import Reason
from sandbox.cascade.outputs import (
    NOTHING,
    Detail,
    answer_detail,
    receipt_detail,
    requested_detail,
    submitted_detail,
    words,
)
from sandbox.cascade.vocabulary import ReasonClass, Status

REASON = Reason("30005", ReasonClass.PERMANENT_RECIPIENT, "unknown number")


def test_a_detail_is_canonical_json() -> None:
    """The log has one spelling: sorted keys, no spaces, every letter as itself."""
    detail = Detail({"b": 1, "a": "ü", "c": ("x", "y"), "d": True})
    assert detail.json == '{"a":"ü","b":1,"c":["x","y"],"d":true}'


def test_nothing_to_tell_is_a_dash() -> None:
    """An absent detail is `-`, as everywhere in the log."""
    assert (NOTHING.json, words().json, words(reason="").json) == ("-", "-", "-")


def test_details_are_equal_by_what_they_say() -> None:
    """Two details that say the same are the same, whatever the order of writing."""
    one, other = Detail({"a": 1, "b": 2}), Detail({"b": 2, "a": 1})
    assert one == other
    assert hash(one) == hash(other)
    assert one != Detail({"a": 1})
    assert one != one.json
    assert repr(one) == 'Detail({"a":1,"b":2})'


def test_a_detail_is_not_changed_by_the_mapping_it_was_made_from() -> None:
    """What stands in the log stands."""
    fields: dict[str, str | int | bool | tuple[str, ...]] = {"a": 1}
    detail = Detail(fields)
    fields["a"] = 2
    assert detail.number("a") == 1


def test_absent_facts_have_quiet_defaults() -> None:
    """A number that is not told is 0, a text that is not told is empty; so are wrong types."""
    detail = Detail({"n": 3, "t": "x"})
    assert (detail.number("n"), detail.number("t"), detail.number("z")) == (3, 0, 0)
    assert (detail.text("t"), detail.text("n"), detail.text("z")) == ("x", "", "")


def test_an_answer_tells_reason_cost_and_luck() -> None:
    """S14, S20, S31: what decides is in the log."""
    assert answer_detail(REASON, 45, 7).fields == {
        "code": "30005",
        "class": "permanent-recipient",
        "text": "unknown number",
        "owed_nano": 45,
        "luck": 7,
    }
    assert answer_detail(None, 0, None).fields == {}


def test_a_receipt_tells_its_status() -> None:
    """S8: and, when it was ignored, why."""
    assert receipt_detail(Status.DELIVERED, None, 0).fields == {"status": "delivered"}
    assert receipt_detail(Status.FAILED, REASON, 0, "duplicate").fields == {
        "status": "failed",
        "code": "30005",
        "class": "permanent-recipient",
        "text": "unknown number",
        "why": "duplicate",
    }


def test_a_request_tells_what_was_known() -> None:
    """S26: country and channels that cannot work, where there are any."""
    assert requested_detail("otp", "", ()).fields == {"cascade": "otp"}
    told = requested_detail("otp", "DE", (("viber", "no_viber"),)).fields
    assert told == {"cascade": "otp", "country": "DE", "ineligible": ("viber=no_viber",)}


def test_a_submission_tells_its_key_only_when_it_is_not_its_own() -> None:
    """S21: a resend can be told from a first sending."""
    assert submitted_detail("sms", "a", None).fields == {"channel": "sms", "provider": "a"}
    assert submitted_detail("sms", "a", 1).number("key") == 1
