"""What is made of bodies, paths and queries: nothing of anybody is left, and all is still read."""

import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.adapters.codec import MASK
from sandbox.adapters.forms import form_body, read_form
from sandbox.app.masking import NOBODY, Masks
from tests.support.cassettes import CODE, KEY, NOW_S, NUMBER, TEXT

JSON: Final = (("Content-Type", "application/json; charset=utf-8"),)
FORM: Final = (("content-type", "application/x-www-form-urlencoded"),)


def masks() -> Masks:
    made = Masks(NOW_S, KEY)
    made.learn((NUMBER, NUMBER[1:], TEXT, "super-secret-token"))
    return made


def masked(body: Any, vendor: str = "twilio") -> Any:
    return json.loads(masks().body(vendor, JSON, json.dumps(body).encode()))


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("status", "delivered"),
        ("status", "DELIVERED"),
        ("code", 30008),
        ("code", "30008"),
        ("error_code", None),
        ("price", "-0.0075"),
        ("price", 0.05),
        ("price_unit", "USD"),
        ("num_segments", "2"),
        ("channel", "viber_service"),
        ("date_updated", "Mon, 05 Jan 2026 10:00:41 +0000"),
        ("timestamp", str(NOW_S)),
        ("payload", "fs1-r7-12-0-1"),
        ("messageId", "sms-fs1-r7-12-0-1"),
        ("usage", True),
    ],
)
def test_what_adapters_read_stays(member: str, value: Any) -> None:
    assert masked({member: value}) == {member: value}


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("status", "Philippa"),
        ("status", CODE),
        ("code", int(CODE)),
        ("code", CODE),
        ("price", CODE),
        ("price_unit", "PHILIPPA"),
        ("timestamp", NUMBER[1:]),
        ("timestamp", CODE),
        ("payload", f"fs1-{CODE}-0-0-0"),
        ("payload", "Philippa"),
        ("title", "Philippa"),
        ("text", TEXT),
        ("description", NUMBER),
        ("to", NUMBER),
        ("id", int(NUMBER[1:])),
        ("Philippa", 1),
        (NUMBER, 1),
        ("sid", "super-secret-token"),
        ("object", "Philippa"),
        ("channel", "Philippa"),
    ],
)
def test_whatever_else_stands_there_goes(member: str, value: Any) -> None:
    """Also in places where a harmless word would stay: a vendor's bug may put anything anywhere."""
    told = json.dumps(masked({member: value, "errors": [{member: [value]}]}))
    for secret in ("Philippa", "PHILIPPA", CODE, NUMBER[1:], "super-secret-token"):
        assert secret not in told


def test_the_same_becomes_the_same_and_another_another() -> None:
    mine = masks()
    ids = [f"SM{number:032x}" for number in range(200)]
    aliases = [mine.alias(each) for each in ids]
    assert [mine.alias(each) for each in ids] == aliases
    assert len(set(aliases)) == len(ids)
    assert not set(aliases) & set(ids)
    assert all(each.startswith("SM") and len(each) == 34 for each in aliases)
    assert Masks(NOW_S).alias(ids[0]) != Masks(NOW_S).alias(ids[0])  # another recording, other ones


def test_numbers_that_are_made_up_are_nobodys() -> None:
    mine = masks()
    assert mine.alias(NUMBER).startswith(f"+{NOBODY}")
    assert mine.alias(f"whatsapp:{NUMBER}").startswith(f"whatsapp:+{NOBODY}")
    assert mine.alias(NUMBER[1:]).startswith(NOBODY)
    assert len(mine.alias(NUMBER)) == len(NUMBER)


def test_forms_stay_forms() -> None:
    fields = (("MessageSid", "SM" + "a" * 32), ("MessageStatus", "failed"), ("ErrorCode", "30008"),
              ("To", NUMBER), ("Body", TEXT), ("Philippa", "1"))  # fmt: skip
    told = read_form(masks().body("twilio", FORM, form_body(fields)).encode())
    assert told[1:3] == fields[1:3]
    assert told[0][0] == "MessageSid"
    assert told[0][1] != fields[0][1]
    assert told[4] == ("Body", MASK) or told[4][1] == MASK
    assert "Philippa" not in str(told)


def test_of_ours_the_names_stay() -> None:
    """An adapter has written them; the values go all the same."""
    body = json.dumps({"ContentVariables": TEXT, "to": NUMBER, "new": 1}).encode()
    told = json.loads(masks().body("twilio", JSON, body, is_ours=True))
    assert told.keys() == {"ContentVariables", "to", "new"}
    assert told["ContentVariables"] == MASK
    assert told["to"] != NUMBER


@pytest.mark.parametrize("body", [b"\xff\xfe", b"[1]", b"no json", b'{"a":NaN}', b"{" * 99])
def test_what_cannot_be_read_is_a_mask(body: bytes) -> None:
    assert masks().body("twilio", JSON, body) == MASK


def test_paths_keep_their_words() -> None:
    mine = masks()
    account = "AC" + "5" * 32
    path = mine.path("twilio", f"/2010-04-01/Accounts/{account}/Messages.json?to={NUMBER[1:]}")
    assert path.startswith("/2010-04-01/Accounts/AC")
    assert account not in path
    assert NUMBER[1:] not in path
    mine.learn(("Philippa",))
    assert "Philippa" not in mine.path("meta", "/v23.0/Philippa/messages")
    assert mine.path("meta", "/v23.0/Philippa/messages").endswith("/messages")
    assert mine.query("twilio", "reference=fs1-r7-1-0-1") == "reference=fs1-r7-1-0-1"
    assert "Philippa" not in mine.query("twilio", "reference=Philippa&Philippa=1")


def test_headers_are_the_two_that_are_read() -> None:
    told = masks().headers(
        (("Content-Type", "application/json"), ("Retry-After", "7"), ("Set-Cookie", "Philippa"))
    )
    assert told == (("Content-Type", "application/json"), ("Retry-After", "7"))
    assert masks().headers((("Content-Type", "Philippa"), ("Retry-After", "Philippa"))) == ()


def test_a_code_of_vonage_is_kept_in_its_address() -> None:
    told = masked({"type": "https://developer.vonage.com/Philippa#1330"}, "vonage")
    assert told["type"].endswith("#1330")
    assert "Philippa" not in told["type"]


JSONS: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just(TEXT) | st.just(NUMBER),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["status", "id", "code", "data", "x"]), JSONS))
def test_any_body_is_masked_to_ascii_json_that_can_be_read(body: dict[str, Any]) -> None:
    told = masks().body("dexatel", JSON, json.dumps(body).encode())
    assert told.isascii()
    assert TEXT not in told
    assert NUMBER[1:] not in told
    assert told == MASK or isinstance(json.loads(told), dict)


def test_masks_show_nothing() -> None:
    assert repr(masks()) == f"Masks({MASK})"
