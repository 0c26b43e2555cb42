"""How webhooks are signed, and whether a signature holds. Fails closed: no secret, no trust.

A MAC is taken over the bytes as they came, before anybody parses them, and compared in a time that
does not depend on what is compared. The scheme is always the one the adapter or the user has
chosen; nothing in a webhook can choose it.

Sources and what is assumed: `docs/providers.md`. The vectors in its tests were computed apart from
this code, and those of Twilio and Vonage accepted by the vendors' own validators.
"""

import base64
import binascii
import hashlib
import hmac
import re
from enum import StrEnum
from typing import Final

from sandbox.adapters.codec import VERIFIED, Headers, NotVerified, Verification, header
from sandbox.adapters.forms import query_of, read_form, value_of, with_and_without_port
from sandbox.adapters.wire import Json, read_json, text_at
from sandbox.errors import UnreadableError

FRESH_S: Final = 300
"""A token's `iat` may lie this far from our clock, to either side."""

NO_SECRET: Final = NotVerified("no secret is configured, so nothing can be verified")
NO_SIGNATURE: Final = NotVerified("there is no signature, or there are several")
WRONG: Final = NotVerified("the signature does not hold")

_SIGNATURE_MAX: Final = 4096
_FORM_TYPE: Final = "application/x-www-form-urlencoded"
_JSON_TYPE: Final = "application/json"


class Encoding(StrEnum):
    """How the bytes of a MAC are written."""

    HEX = "hex"
    BASE64 = "base64"


ALGORITHMS: Final = {
    "HMAC_SHA_1": "sha1",
    "HMAC_SHA_224": "sha224",
    "HMAC_SHA_256": "sha256",
    "HMAC_SHA_384": "sha384",
    "HMAC_SHA_512": "sha512",
}
"""As Infobip names them. Its `HMAC_MD5` is left out: who can choose it can choose a better one."""


# Over the body -----------------------------------------------------------------------------------


def verify_body(
    body: bytes,
    given: str,
    secret: str,
    encodings: tuple[Encoding, ...],
    algorithm: str = "sha256",
) -> Verification:
    """Check an HMAC over the raw body.

    Args:
        body: As it came.
        given: The signature, in one of the encodings.
        secret: The key; "" when none is configured.
        encodings: Those accepted.
        algorithm: A hash of `hashlib`.
    """
    if not secret:
        return NO_SECRET
    if not given:
        return NO_SIGNATURE
    return _same(_mac(secret, body, algorithm), given, encodings)


def _mac(secret: str, message: bytes, algorithm: str) -> bytes:
    return hmac.new(secret.encode(errors="surrogatepass"), message, algorithm).digest()


def _same(mac: bytes, given: str, encodings: tuple[Encoding, ...]) -> Verification:
    decoded = (_decoded(given, encoding) for encoding in encodings)
    return VERIFIED if any(hmac.compare_digest(mac, each) for each in decoded) else WRONG


def _decoded(text: str, encoding: Encoding) -> bytes:
    """The bytes a signature stands for; none where it is not in that encoding."""
    if len(text) > _SIGNATURE_MAX or not text.isascii():
        return b""
    try:
        match encoding:
            case Encoding.HEX:
                return binascii.unhexlify(text)
            case Encoding.BASE64:
                return base64.b64decode(text, validate=True)
    except ValueError:  # also what binascii.Error is
        return b""


# Twilio ------------------------------------------------------------------------------------------


def verify_twilio(url: str, headers: Headers, body: bytes, auth_token: str) -> Verification:
    """Check Twilio's HMAC-SHA1 over the public URL, and over the fields of a form.

    A JSON body is not signed itself: its SHA-256 is in the URL, as `bodySHA256`. Both ways the URL
    counts with its default port written out and without any, as in the vendor's own validator.
    """
    if not auth_token:
        return NO_SECRET
    given = header(headers, "X-Twilio-Signature")
    if not given:
        return NO_SIGNATURE
    kind = header(headers, "Content-Type").partition(";")[0].strip().lower()
    try:
        if kind == _FORM_TYPE:
            signed = _twilio_fields(body)
        elif kind == _JSON_TYPE:
            sha256 = value_of(query_of(url), "bodySHA256").lower()
            if not hmac.compare_digest(sha256.encode(), hashlib.sha256(body).hexdigest().encode()):
                return NotVerified("bodySHA256 in the URL is not that of the body")
            signed = ""
        else:
            return NotVerified("the body is neither a form nor JSON")
        urls = with_and_without_port(url)
    except UnreadableError as unreadable:
        return NotVerified(str(unreadable))
    macs = (_mac(auth_token, (each + signed).encode(), "sha1") for each in urls)
    checks = [_same(mac, given, (Encoding.BASE64,)) for mac in macs]
    return VERIFIED if VERIFIED in checks else WRONG


def _twilio_fields(body: bytes) -> str:
    """Names in ascending order, each with its value; several distinct values in order too."""
    distinct = dict.fromkeys(sorted(read_form(body)))
    return "".join(name + value for name, value in distinct)


# Tokens ------------------------------------------------------------------------------------------


def verify_jwt(
    body: bytes, authorization: str, secret: str, now_s: int, api_key: str = ""
) -> Verification:
    """Check a webhook's `Authorization: Bearer` token as Vonage signs it.

    HS256 and nothing else, whatever the token's header says; `iat` within `FRESH_S`; and
    `payload_hash`, without which the token would be good for any body.

    Args:
        body: As it came.
        authorization: The header's value.
        secret: The account's signature secret; "" when none is configured.
        now_s: Seconds since 1970.
        api_key: What the token must be for; "" when any will do.
    """
    if not secret:
        return NO_SECRET
    scheme, _, token = authorization.partition(" ")
    parts = token.strip().split(".")
    if scheme.lower() != "bearer" or len(parts) != 3 or len(token) > _SIGNATURE_MAX:
        return NO_SIGNATURE
    try:
        head, claims, given = _jwt_json(parts[0]), _jwt_json(parts[1]), _jwt_bytes(parts[2])
    except UnreadableError:
        return NotVerified("the token cannot be read")
    if head.get("alg") != "HS256" or "crit" in head:
        return NotVerified("the token is not signed with HS256")
    signed = f"{parts[0]}.{parts[1]}".encode("ascii")
    if not hmac.compare_digest(_mac(secret, signed, "sha256"), given):
        return WRONG
    return _check_claims(claims, body, now_s, api_key)


def _check_claims(claims: Json, body: bytes, now_s: int, api_key: str) -> Verification:
    issued = claims.get("iat")
    if type(issued) is not int or abs(now_s - issued) > FRESH_S:
        return NotVerified(f"the token's iat is not within {FRESH_S} s of now")
    sha256 = text_at(claims, "payload_hash").lower()
    if not sha256:
        return NotVerified("the token has no payload_hash, so it is good for any body")
    if not hmac.compare_digest(sha256.encode(), hashlib.sha256(body).hexdigest().encode()):
        return NotVerified("payload_hash is not that of the body")
    if api_key and text_at(claims, "api_key") != api_key:
        return NotVerified("the token is for another api_key")
    return VERIFIED


def _jwt_json(part: str) -> Json:
    return read_json(_jwt_bytes(part))


def _jwt_bytes(part: str) -> bytes:
    """Decode base64url without its padding."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", part):
        raise UnreadableError("a part of the token is not base64url")
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        raise UnreadableError("a part of the token is not base64url") from None


# Plain secrets -----------------------------------------------------------------------------------


def verify_basic(authorization: str, user: str, password: str) -> Verification:
    """Check HTTP Basic, for vendors that send a name and a password with each webhook."""
    if not user or not password:
        return NO_SECRET
    expected = base64.b64encode(f"{user}:{password}".encode(errors="surrogatepass")).decode("ascii")
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() != "basic":
        return NO_SIGNATURE
    return _same_text(given.strip(), expected)


def verify_header(given: str, expected: str) -> Verification:
    """Check a secret a vendor sends with each webhook in a header of its own."""
    if not expected:
        return NO_SECRET
    return _same_text(given, expected) if given else NO_SIGNATURE


def _same_text(given: str, expected: str) -> Verification:
    same = hmac.compare_digest(
        given.encode(errors="replace"), expected.encode(errors="surrogatepass")
    )
    return VERIFIED if same else WRONG
