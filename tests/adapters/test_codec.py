"""What adapters share: secrets that stay secret, requests that can be shown, headers."""

import copy
import pickle
from dataclasses import asdict, replace

import pytest

from sandbox.adapters.codec import (
    MASK,
    Authorisation,
    Credentials,
    HttpRequest,
    Secret,
    header,
)
from sandbox.errors import CannotSendError, MisuseError
from tests.support.submissions import credentials

HIDDEN = "hidden-7f3a"
REQUEST = HttpRequest(
    "POST",
    "/v1/messages",
    (("Content-Type", "application/json"),),
    b'{"a":1}',
    Authorisation("X-Key", "Key ", Secret(HIDDEN)),
)


def test_a_secret_shows_itself_to_nobody() -> None:
    """Not printed, not formatted, not inside anything that holds it."""
    secret = Secret(HIDDEN)
    shown = [str(secret), repr(secret), f"{secret}", f"{secret!s:>40}", f"{[secret]}",
             repr(REQUEST), repr(Credentials.of({"api_key": HIDDEN}))]  # fmt: skip
    assert all(HIDDEN not in text and MASK in text for text in shown)
    assert secret.reveal() == HIDDEN


def test_a_secret_is_neither_stored_nor_copied() -> None:
    """Neither pickled, nor to another process, nor into a dictionary of fields."""
    for act in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(MisuseError):
            act(Secret(HIDDEN))
    with pytest.raises(MisuseError):
        asdict(REQUEST)


def test_secrets_compare_and_give_no_hash_away() -> None:
    """Two are the same when what they hide is."""
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert hash(Secret("a")) == hash(Secret("b"))


def test_a_request_is_shown_whole_but_for_its_secret() -> None:
    """What goes over the wire differs in that one value."""
    assert REQUEST.masked("https://api.example.test").splitlines() == [
        "POST https://api.example.test/v1/messages",
        "Content-Type: application/json",
        "X-Key: Key ***",
        "",
        '{"a":1}',
    ]
    assert REQUEST.wire_headers()[-1] == ("X-Key", f"Key {HIDDEN}")
    question = replace(REQUEST, method="GET", body=b"")
    assert question.masked("https://a").splitlines()[-1] == "X-Key: Key ***"
    assert "\\xff" in replace(REQUEST, body=b"\xff").masked("https://a")


def test_credentials_are_asked_for_by_name() -> None:
    """What was not given is missed by its name, and what no credential can be is refused."""
    given = Credentials.of({"api_key": HIDDEN, "empty": "", "odd": "a b", "line": "a\nb", "ä": "ä"})
    assert given.text("api_key") == given.required("api_key", "dexatel") == HIDDEN
    assert given.text("empty") == given.text("other") == ""
    with pytest.raises(CannotSendError, match="dexatel needs 'empty'"):
        given.required("empty", "dexatel")
    for name in ("odd", "line", "ä"):
        with pytest.raises(CannotSendError, match="a character no credential has") as caught:
            given.required(name, "dexatel")
        assert given.text(name) not in str(caught.value).replace(name, "")
    assert credentials("dexatel", api_key="").text("api_key") == ""


def test_a_header_is_found_in_any_case_and_only_once() -> None:
    """Of two signatures none can be trusted."""
    headers = (("X-Sig", " a "), ("Other", "b"))
    assert header(headers, "x-sig") == "a"
    assert header(headers, "absent") == ""
    assert header((*headers, ("x-SIG", "a")), "X-Sig") == ""
