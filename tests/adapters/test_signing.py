"""Signatures: the vectors, and everything that must not pass.

The vectors were computed apart from the code under test; Twilio's and Vonage's were also accepted
by the vendors' own validators.
"""

import base64
import hashlib
import hmac
import json
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.adapters.codec import VERIFIED, Headers, NotVerified
from sandbox.adapters.forms import form_body
from sandbox.adapters.signing import (
    ALGORITHMS,
    FRESH_S,
    NO_SECRET,
    NO_SIGNATURE,
    WRONG,
    Encoding,
    verify_basic,
    verify_body,
    verify_header,
    verify_jwt,
    verify_twilio,
)

BOTH: Final = (Encoding.BASE64, Encoding.HEX)

# Over the body -----------------------------------------------------------------------------------

DEXATEL: Final = b'{"data":{"event":"delivery","status":"DELIVERED"}}'
DEXATEL_SECRET: Final = "fake-dexatel-secret"  # noqa: S105 # no secret, a vector's
DEXATEL_BASE64: Final = "RSaEUPmWdGrNy0x+QY14tBHWcYQEFAlYBdfoMZw84GM="
DEXATEL_HEX: Final = "45268450f996746acdcb4c7e418d78b411d671840414095805d7e8319c3ce063"
META: Final = b'{"object":"whatsapp_business_account","entry":[]}'
META_HEX: Final = "fba0304b5bc26a376c2ff0b5a332da3307403347eb9ef25f5f4c0af76fb27df6"


@pytest.mark.parametrize("given", [DEXATEL_BASE64, DEXATEL_HEX, DEXATEL_HEX.upper()])
def test_dexatels_vector_holds_in_both_encodings(given: str) -> None:
    """Its pages show base64, a client of others compares hex: both are taken."""
    assert verify_body(DEXATEL, given, DEXATEL_SECRET, BOTH) is VERIFIED


def test_metas_vector_holds_in_hex_alone() -> None:
    """The same bytes in base64 are no signature of Meta's."""
    assert verify_body(META, META_HEX, "fake-app-secret", (Encoding.HEX,)) is VERIFIED
    as_base64 = base64.b64encode(bytes.fromhex(META_HEX)).decode()
    assert verify_body(META, as_base64, "fake-app-secret", (Encoding.HEX,)) == WRONG


@pytest.mark.parametrize(
    ("body", "given"),
    [
        (DEXATEL + b" ", DEXATEL_HEX),
        (DEXATEL[:-1], DEXATEL_HEX),
        (b"", DEXATEL_HEX),
        (DEXATEL, DEXATEL_HEX[:-2]),
        (DEXATEL, DEXATEL_HEX[:-1]),
        (DEXATEL, DEXATEL_BASE64[:-1]),
        (DEXATEL, DEXATEL_BASE64.replace("+", "-")),
        (DEXATEL, f"sha256={DEXATEL_HEX}"),
        (DEXATEL, f"{DEXATEL_HEX},{DEXATEL_BASE64}"),
        (DEXATEL, "0" * 64),
        (DEXATEL, "0" * 100_000),
        (DEXATEL, "é" * 64),
        (DEXATEL, "\ud800"),
        (DEXATEL, "="),
    ],
)
def test_what_was_changed_does_not_hold(body: bytes, given: str) -> None:
    """A byte more or less on either side, another alphabet, several at once."""
    assert verify_body(body, given, DEXATEL_SECRET, BOTH) == WRONG


def test_without_a_secret_nothing_holds() -> None:
    """Not even what was signed with the empty key."""
    by_nothing = hmac.new(b"", DEXATEL, "sha256").hexdigest()
    assert verify_body(DEXATEL, by_nothing, "", BOTH) == NO_SECRET
    assert verify_body(DEXATEL, "", DEXATEL_SECRET, BOTH) == NO_SIGNATURE
    assert verify_body(DEXATEL, DEXATEL_HEX, "another", BOTH) == WRONG


@pytest.mark.parametrize("name", ALGORITHMS)
def test_every_algorithm_a_user_can_configure_works(name: str) -> None:
    """And none of them takes the MAC of another."""
    mac = hmac.new(b"key", b"body", ALGORITHMS[name]).hexdigest()
    for other, algorithm in ALGORITHMS.items():
        holds = verify_body(b"body", mac, "key", (Encoding.HEX,), algorithm) is VERIFIED
        assert holds is (other == name)


def test_a_weak_algorithm_cannot_be_configured() -> None:
    """MD5 is offered by the vendor, and not here."""
    assert not any("MD5" in name or "md5" in value for name, value in ALGORITHMS.items())


@given(st.binary(max_size=50), st.binary(max_size=50), st.text(min_size=1, max_size=20))
def test_a_signature_is_good_for_its_own_body_only(one: bytes, other: bytes, secret: str) -> None:
    """Whatever the bytes, and whatever characters the secret has."""
    key = secret.encode(errors="surrogatepass")
    given = hmac.new(key, one, "sha256").hexdigest()
    assert (verify_body(other, given, secret, BOTH) is VERIFIED) is (one == other)


# Twilio ------------------------------------------------------------------------------------------

URL: Final = "https://sandbox.example.test/hooks/twilio?run=7"
TOKEN: Final = "fake-auth-token-for-tests"  # noqa: S105 # no secret, a vector's
FIELDS: Final = (
    ("MessageSid", "SM00000000000000000000000000000042"),
    ("MessageStatus", "undelivered"),
    ("ErrorCode", "30003"),
    ("From", "+15550100001"),
    ("To", "+15550100002"),
    ("AccountSid", "AC00000000000000000000000000000000"),
    ("ApiVersion", "2010-04-01"),
)
FORM_SIGNATURE: Final = "1MTQ2K7srmqcqHltxhrsGfu4NnU="
JSON_BODY: Final = b'{"b":1}'
JSON_URL: Final = (
    "https://sandbox.example.test/hooks/twilio"
    "?bodySHA256=eb8ed3ccb5023093b56f490a46501e88d09736687e609fdbc1c71b3df8b9ccd3"
)
JSON_SIGNATURE: Final = "h8s2IhU4h0Ao22IZ3JVzT+7fET4="
FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"


def _headers(signature: str, kind: str) -> Headers:
    return (("content-type", kind), ("x-twilio-signature", signature))


def test_twilios_form_vector_holds() -> None:
    """Whatever order the fields come in, and whatever else the type's header says."""
    for fields in (FIELDS, FIELDS[::-1]):
        for kind in (FORM, f"{FORM}; charset=UTF-8", FORM.upper()):
            headers = _headers(FORM_SIGNATURE, kind)
            assert verify_twilio(URL, headers, form_body(fields), TOKEN) is VERIFIED


def test_twilios_json_vector_holds() -> None:
    """The body's hash stands in the address, and the address alone is signed."""
    headers = _headers(JSON_SIGNATURE, JSON)
    assert verify_twilio(JSON_URL, headers, JSON_BODY, TOKEN) is VERIFIED
    capitals = JSON_URL.replace("eb8ed3", "EB8ED3")
    assert verify_twilio(capitals, headers, JSON_BODY, TOKEN) == WRONG


def _form_signature(url: str, text: str) -> str:
    mac = hmac.new(TOKEN.encode(), (url + text).encode(), hashlib.sha1).digest()
    return base64.b64encode(mac).decode()


@pytest.mark.parametrize(
    ("configured", "signed"),
    [
        ("https://a.example.test/h", "https://a.example.test:443/h"),
        ("https://a.example.test:443/h", "https://a.example.test/h"),
        ("http://127.0.0.1:8080/h", "http://127.0.0.1:8080/h"),
        ("http://127.0.0.1:8080/h", "http://127.0.0.1/h"),
        ("http://[::1]:8080/h?a=b", "http://[::1]/h?a=b"),
        ("https://[::1]/h", "https://[::1]:443/h"),
    ],
)
def test_the_default_port_may_be_written_or_not(configured: str, signed: str) -> None:
    """As in the vendor's own validator, which tries both."""
    headers = _headers(_form_signature(signed, "a1"), FORM)
    assert verify_twilio(configured, headers, b"a=1", TOKEN) is VERIFIED


def test_repeated_fields_are_signed_once_per_distinct_value_in_order() -> None:
    """As the vendor's validator does with a list of values."""
    headers = _headers(_form_signature(URL, "a1a2b"), FORM)
    assert verify_twilio(URL, headers, b"a=2&b=&a=1&a=2", TOKEN) is VERIFIED


@pytest.mark.parametrize(
    ("url", "kind", "signature", "body"),
    [
        (URL + "0", FORM, FORM_SIGNATURE, form_body(FIELDS)),
        (URL.replace("https", "http"), FORM, FORM_SIGNATURE, form_body(FIELDS)),
        ("https://other.example.test/hooks/twilio?run=7", FORM, FORM_SIGNATURE, form_body(FIELDS)),
        ("https://[", FORM, FORM_SIGNATURE, form_body(FIELDS)),
        ("https://a:b/", FORM, FORM_SIGNATURE, form_body(FIELDS)),
        (URL, FORM, FORM_SIGNATURE, form_body(FIELDS[1:])),
        (URL, FORM, FORM_SIGNATURE, form_body((*FIELDS, ("X", "y")))),
        (URL, FORM, FORM_SIGNATURE, form_body(FIELDS).replace(b"undelivered", b"delivered")),
        (URL, FORM, FORM_SIGNATURE[:-1], form_body(FIELDS)),
        (URL, FORM, FORM_SIGNATURE.lower(), form_body(FIELDS)),
        (URL, FORM, FORM_SIGNATURE, b"%zz"),
        (URL, FORM, FORM_SIGNATURE, b"\xff=1"),
        (URL, FORM, FORM_SIGNATURE, b"a=%ff"),
        (URL, FORM, FORM_SIGNATURE, b"&".join([b"a=1"] * 1000)),
        (URL, "text/plain", FORM_SIGNATURE, form_body(FIELDS)),
        (URL, "", FORM_SIGNATURE, form_body(FIELDS)),
        (JSON_URL, JSON, JSON_SIGNATURE, b'{"b":2}'),
        (JSON_URL, JSON, JSON_SIGNATURE, b""),
        (JSON_URL, FORM, JSON_SIGNATURE, JSON_BODY),
        (JSON_URL, FORM, JSON_SIGNATURE, b"a=1"),
        (JSON_URL.partition("?")[0], JSON, JSON_SIGNATURE, JSON_BODY),
        (JSON_URL + "é", JSON, JSON_SIGNATURE, JSON_BODY),
    ],
)
def test_what_was_changed_does_not_hold_with_twilio(
    url: str, kind: str, signature: str, body: bytes
) -> None:
    """Another address, other fields, another type, bytes that are no form: none of it raises."""
    checked = verify_twilio(url, _headers(signature, kind), body, TOKEN)
    assert isinstance(checked, NotVerified)


def test_twilio_needs_its_secret_and_exactly_one_signature() -> None:
    """Fails closed; and of two signatures none can be trusted."""
    headers = _headers(FORM_SIGNATURE, FORM)
    body = form_body(FIELDS)
    by_nothing = base64.b64encode(hmac.new(b"", URL.encode(), "sha1").digest()).decode()
    assert verify_twilio(URL, _headers(by_nothing, FORM), b"", "") == NO_SECRET
    assert verify_twilio(URL, headers[:1], body, TOKEN) == NO_SIGNATURE
    assert verify_twilio(URL, (*headers, headers[1]), body, TOKEN) == NO_SIGNATURE


def test_what_a_proxy_says_of_the_address_plays_no_part() -> None:
    """Only the configured address counts, whatever `X-Forwarded-*` claims."""
    forwarded = (("X-Forwarded-Host", "other.example.test"), ("X-Forwarded-Proto", "http"))
    headers = (*forwarded, *_headers(FORM_SIGNATURE, FORM))
    assert verify_twilio(URL, headers, form_body(FIELDS), TOKEN) is VERIFIED
    elsewhere = _form_signature("http://other.example.test/hooks/twilio?run=7", "")
    assert verify_twilio(URL, (*forwarded, *_headers(elsewhere, FORM)), b"", TOKEN) == WRONG


# Tokens ------------------------------------------------------------------------------------------

VONAGE: Final = b'{"message_uuid":"00000000-0000-4000-8000-000000000001","status":"delivered"}'
VONAGE_SECRET: Final = "fake-signature-secret"  # noqa: S105 # no secret, a vector's
VONAGE_TOKEN: Final = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."  # noqa: S105 # no secret, a vector's
    "eyJpYXQiOjE3MDAwMDAwMDAsImp0aSI6IjAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMiIsImlzcyI6Il"
    "ZvbmFnZSIsInBheWxvYWRfaGFzaCI6ImNjYjQzYTJiZjhhNWY2YTc2MmUwZDMzY2UzMDE2N2UzYzY2MWMxNDUxODNjY2Zk"
    "Y2Q1ZmM1MTVmZTUxYjU1ZjciLCJhcGlfa2V5IjoiZmFrZWtleTEiLCJhcHBsaWNhdGlvbl9pZCI6IjAwMDAwMDAwLTAwMD"
    "AtNDAwMC04MDAwLTAwMDAwMDAwMDAwMyJ9."
    "e0n0p3I7onVmehXvNa7XmFxMXO_4bzzOfXYbrxzSFtg"
)
ISSUED_S: Final = 1_700_000_000
CLAIMS: Final = {
    "iat": ISSUED_S,
    "payload_hash": hashlib.sha256(VONAGE).hexdigest(),
    "api_key": "fakekey1",
}


def _part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _token(claims: object, head: object = None, secret: str = VONAGE_SECRET) -> str:
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'} if head is None else head)}.{_part(claims)}"
    return f"Bearer {signed}.{_part(hmac.new(secret.encode(), signed.encode(), 'sha256').digest())}"


def _checked(authorization: str, *, now_s: int = ISSUED_S, body: bytes = VONAGE) -> object:
    return verify_jwt(body, authorization, VONAGE_SECRET, now_s, "fakekey1")


def test_vonages_vector_holds() -> None:
    """The word Bearer in any case, and the key where it is asked for."""
    for scheme in ("Bearer", "bearer"):
        assert _checked(f"{scheme} {VONAGE_TOKEN}") is VERIFIED
    assert verify_jwt(VONAGE, f"Bearer {VONAGE_TOKEN}", VONAGE_SECRET, ISSUED_S) is VERIFIED
    assert _checked(_token(CLAIMS)) is VERIFIED


@pytest.mark.parametrize(
    ("late_s", "holds"), [(-301, False), (-300, True), (300, True), (301, False)]
)
def test_a_token_ages(late_s: int, *, holds: bool) -> None:
    """Five minutes to either side; a token replayed later is worth nothing."""
    assert FRESH_S == 300
    assert (_checked(_token(CLAIMS), now_s=ISSUED_S + late_s) is VERIFIED) is holds


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        VONAGE_TOKEN,
        f"Basic {VONAGE_TOKEN}",
        f"Bearer {VONAGE_TOKEN[:-1]}",
        f"Bearer {VONAGE_TOKEN}.x",
        f"Bearer {VONAGE_TOKEN.rpartition('.')[0]}.",
        f"Bearer {VONAGE_TOKEN.rpartition('.')[0]}",
        "Bearer a.b.c",
        "Bearer é.é.é",
        "Bearer " + "a" * 10_000 + ".b.c",
        _token(CLAIMS, {"alg": "none"}),
        _token(CLAIMS, {"alg": "none"}).rpartition(".")[0] + ".",
        _token(CLAIMS, {"alg": "RS256"}),
        _token(CLAIMS, {"alg": "HS512"}),
        _token(CLAIMS, {"alg": "hs256"}),
        _token(CLAIMS, {"alg": ["HS256"]}),
        _token(CLAIMS, {"alg": "HS256", "crit": ["b64"]}),
        _token(CLAIMS, {}),
        _token(CLAIMS, b"no json"),
        _token(CLAIMS, secret="another"),  # noqa: S106 # a test's
        _token(b"no json"),
        _token([]),
        _token({}),
        _token(CLAIMS | {"iat": str(ISSUED_S)}),
        _token(CLAIMS | {"iat": True}),
        _token(CLAIMS | {"iat": float(ISSUED_S)}),
        _token({name: value for name, value in CLAIMS.items() if name != "iat"}),
        _token({name: value for name, value in CLAIMS.items() if name != "payload_hash"}),
        _token(CLAIMS | {"payload_hash": ""}),
        _token(CLAIMS | {"payload_hash": "é" * 64}),
        _token(CLAIMS | {"payload_hash": hashlib.sha256(b"other").hexdigest()}),
        _token(CLAIMS | {"api_key": "fakekey2"}),
    ],
)
def test_no_other_token_holds(authorization: str) -> None:
    """Other algorithms, other keys, no hash of the body, no instant, or no token at all."""
    assert isinstance(_checked(authorization), NotVerified)


def test_a_token_without_a_hash_of_the_body_says_so() -> None:
    """It would be good for any body; and `true` is no instant, not even one second after 1970."""
    bare = {name: value for name, value in CLAIMS.items() if name != "payload_hash"}
    told = _checked(_token(bare))
    assert isinstance(told, NotVerified)
    assert "no payload_hash" in told.why
    assert isinstance(_checked(_token(CLAIMS | {"iat": True}), now_s=1), NotVerified)
    assert _checked(_token(CLAIMS | {"iat": 1}), now_s=1) is VERIFIED


def test_a_token_is_good_for_its_own_body_only() -> None:
    """The vendor's own validator does not look; here it does."""
    assert isinstance(_checked(_token(CLAIMS), body=VONAGE + b" "), NotVerified)


def test_a_token_without_a_configured_secret_is_not_believed() -> None:
    """Not even one signed with the empty key."""
    assert verify_jwt(VONAGE, _token(CLAIMS, secret=""), "", ISSUED_S) == NO_SECRET


# Plain secrets -----------------------------------------------------------------------------------


def test_a_name_and_password_are_compared_whole() -> None:
    """And neither of them may be missing from the configuration."""
    right = "Basic " + base64.b64encode(b"user:pass:word").decode()
    assert verify_basic(right, "user", "pass:word") is VERIFIED
    assert verify_basic(right.replace("Basic", "basic"), "user", "pass:word") is VERIFIED
    assert verify_basic(right, "user", "pass") == WRONG
    assert verify_basic(right, "user:pass", "word") is VERIFIED  # as HTTP has it
    assert verify_basic("", "user", "word") == NO_SIGNATURE
    assert verify_basic(right.replace("Basic", "Bearer"), "user", "word") == NO_SIGNATURE
    nothing = "Basic " + base64.b64encode(b":").decode()
    for user, password in (("", ""), ("user", ""), ("", "word")):
        assert verify_basic(nothing, user, password) == NO_SECRET


def test_a_header_of_its_own_is_compared_whole() -> None:
    """Without a configured secret nothing passes, not even nothing."""
    assert verify_header("secret", "secret") is VERIFIED
    assert verify_header("secret ", "secret") == WRONG
    assert verify_header("\ud800", "secret") == WRONG
    assert verify_header("", "secret") == NO_SIGNATURE
    assert verify_header("", "") == NO_SECRET
