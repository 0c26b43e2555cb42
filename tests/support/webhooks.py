"""One signed webhook of every vendor, with the vectors of its signature; everything is made up.

The signatures were computed apart from the code under test. Where a vector's body is no receipt, a
receipt is signed here with the vendor's rules as they are published.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.adapters.codec import Adapter, Credentials, Headers
from sandbox.adapters.forms import form_body

NOW_S: Final = 1_700_000_000
PUBLIC_URL: Final = "https://sandbox.example.test"

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Signed:
    """How a vendor signs.

    Attributes:
        adapter: Whose.
        credentials: What it must be given to hear.
        body: Of a receipt.
        content_type: Of that body.
        proof: The headers that prove a body, of the address it is sent to, at an instant.
        query: What is put behind the address; "" for nothing.
        signs_body: Whether another body needs another proof.
    """

    adapter: Adapter
    credentials: Mapping[str, str]
    body: bytes
    content_type: str
    proof: Callable[[str, bytes, int], Headers]
    query: str = ""
    signs_body: bool = True

    @property
    def known(self) -> Credentials:
        """The credentials, sealed."""
        return Credentials.of(self.credentials)

    def headers(self, url: str, body: bytes, at_s: int = NOW_S) -> Headers:
        """All headers of a webhook."""
        return (("Content-Type", self.content_type), *self.proof(url, body, at_s))


def _mac(secret: str, body: bytes, algorithm: str = "sha256") -> bytes:
    return hmac.new(secret.encode(), body, algorithm).digest()


def _dexatel(_: str, body: bytes, __: int) -> Headers:
    mac = base64.b64encode(_mac("fake-dexatel-secret", body)).decode()
    return (("X-Dexatel-Signature", mac),)


def _twilio(url: str, body: bytes, _: int) -> Headers:
    fields = sorted(part.split("=", 1) for part in body.decode().split("&"))
    signed = url + "".join(n + v.replace("%2B", "+") for n, v in fields)
    mac = base64.b64encode(_mac("fake-auth-token-for-tests", signed.encode(), "sha1")).decode()
    return (("X-Twilio-Signature", mac),)


def _meta(_: str, body: bytes, __: int) -> Headers:
    return (("X-Hub-Signature-256", f"sha256={_mac('fake-app-secret', body).hex()}"),)


def _vonage(_: str, body: bytes, at_s: int) -> Headers:
    claims = {
        "iat": at_s,
        "jti": "00000000-0000-4000-8000-000000000002",
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": "fakekey1",
        "application_id": "00000000-0000-4000-8000-000000000003",
    }
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    signed = ".".join(_base64url(json.dumps(p, separators=(",", ":")).encode()) for p in parts)
    mac = _base64url(_mac("fake-signature-secret", signed.encode()))
    return (("Authorization", f"Bearer {signed}.{mac}"),)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _infobip_basic(_: str, __: bytes, ___: int) -> Headers:
    pair = base64.b64encode(b"fake-user:fake-password").decode()
    return (("Authorization", f"Basic {pair}"),)


def _infobip_hmac(_: str, body: bytes, __: int) -> Headers:
    return (("X-Signature", _mac("fake-infobip-key", body).hex()),)


_TWILIO_FIELDS: Final = (
    ("AccountSid", "AC00000000000000000000000000000000"),
    ("ApiVersion", "2010-04-01"),
    ("ErrorCode", "30003"),
    ("From", "+15550100001"),
    ("MessageSid", "SM00000000000000000000000000000042"),
    ("MessageStatus", "undelivered"),
    ("To", "+15550100002"),
)
_INFOBIP: Final = json.dumps({"results": [{
    "messageId": "sms-k1", "callbackData": "fs1-r7-12-0-1",
    "status": {"groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET"},
}]}).encode()  # fmt: skip

SIGNED: Final[Mapping[str, Signed]] = {
    "dexatel": Signed(
        ADAPTERS["dexatel"],
        {"webhook_secret": "fake-dexatel-secret"},
        b'{"data":{"event":"delivery","status":"DELIVERED",'
        b'"message_id":"11111111-1111-4111-8111-111111111111","payload":"fs1-r7-12-0-1"}}',
        JSON,
        _dexatel,
    ),
    "twilio": Signed(
        ADAPTERS["twilio"],
        {"auth_token": "fake-auth-token-for-tests"},
        form_body(_TWILIO_FIELDS),
        FORM,
        _twilio,
        "reference=fs1-r7-12-0-1",
    ),
    "meta": Signed(
        next(each for each in ADAPTERS.values() if each.vendor == "meta"),
        {"app_secret": "fake-app-secret", "verify_token": "fake-verify-token"},
        b'{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages",'
        b'"value":{"statuses":[{"id":"wamid.FAKE0001","status":"delivered",'
        b'"timestamp":"1700000000","biz_opaque_callback_data":"fs1-r7-12-0-1"}]}}]}]}',
        JSON,
        _meta,
    ),
    "vonage": Signed(
        ADAPTERS["vonage"],
        {"signature_secret": "fake-signature-secret", "api_key": "fakekey1"},
        b'{"message_uuid":"00000000-0000-4000-8000-000000000001","status":"delivered",'
        b'"client_ref":"fs1-r7-12-0-1"}',
        JSON,
        _vonage,
    ),
    "infobip-basic": Signed(
        ADAPTERS["infobip"],
        {"webhook_auth": "basic", "webhook_user": "fake-user", "webhook_secret": "fake-password"},
        _INFOBIP,
        JSON,
        _infobip_basic,
        signs_body=False,
    ),
    "infobip-hmac": Signed(
        ADAPTERS["infobip"],
        {
            "webhook_auth": "HMAC_SHA_256",
            "webhook_header": "X-Signature",
            "webhook_secret": "fake-infobip-key",
        },
        _INFOBIP,
        JSON,
        _infobip_hmac,
    ),
}
"""By name; Infobip's twice, as it can be configured."""


@dataclass(frozen=True, slots=True)
class Vector:
    """A signature computed elsewhere.

    Attributes:
        name: Of the entry of `SIGNED` whose credentials it needs.
        path: With the query, below `PUBLIC_URL`.
    """

    name: str
    path: str
    headers: Headers
    body: bytes


_VONAGE: Final = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3MDAwMDAwMDAsImp0aSI6IjAwMDAwMDAwLTAwMDA"
    "tNDAwMC04MDAwLTAwMDAwMDAwMDAwMiIsImlzcyI6IlZvbmFnZSIsInBheWxvYWRfaGFzaCI6ImNjYjQzYTJiZjh"
    "hNWY2YTc2MmUwZDMzY2UzMDE2N2UzYzY2MWMxNDUxODNjY2ZkY2Q1ZmM1MTVmZTUxYjU1ZjciLCJhcGlfa2V5Ijo"
    "iZmFrZWtleTEiLCJhcHBsaWNhdGlvbl9pZCI6IjAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMyJ"
    "9.e0n0p3I7onVmehXvNa7XmFxMXO_4bzzOfXYbrxzSFtg"
)
"""A token with `iat` at `NOW_S`."""

VECTORS: Final = (
    Vector(
        "dexatel",
        "/hooks/dexatel",
        (("X-Dexatel-Signature", "RSaEUPmWdGrNy0x+QY14tBHWcYQEFAlYBdfoMZw84GM="),),
        b'{"data":{"event":"delivery","status":"DELIVERED"}}',
    ),
    Vector(
        "dexatel",
        "/hooks/dexatel",
        (
            (
                "X-Dexatel-Signature",
                "45268450f996746acdcb4c7e418d78b411d671840414095805d7e8319c3ce063",
            ),
        ),
        b'{"data":{"event":"delivery","status":"DELIVERED"}}',
    ),
    Vector(
        "twilio",
        "/hooks/twilio?run=7",
        (("Content-Type", FORM), ("X-Twilio-Signature", "1MTQ2K7srmqcqHltxhrsGfu4NnU=")),
        form_body(_TWILIO_FIELDS),
    ),
    Vector(
        "twilio",
        "/hooks/twilio?bodySHA256=eb8ed3ccb5023093b56f490a46501e88d09736687e609fdbc1c71b3df8b9ccd3",
        (("Content-Type", JSON), ("X-Twilio-Signature", "h8s2IhU4h0Ao22IZ3JVzT+7fET4=")),
        b'{"b":1}',
    ),
    Vector(
        "meta",
        "/hooks/meta",
        (
            (
                "X-Hub-Signature-256",
                "sha256=fba0304b5bc26a376c2ff0b5a332da3307403347eb9ef25f5f4c0af76fb27df6",
            ),
        ),
        b'{"object":"whatsapp_business_account","entry":[]}',
    ),
    Vector(
        "vonage",
        "/hooks/vonage",
        (
            (
                "Authorization",
                f"Bearer {_VONAGE}",
            ),
        ),
        b'{"message_uuid":"00000000-0000-4000-8000-000000000001","status":"delivered"}',
    ),
)
