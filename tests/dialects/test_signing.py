"""Signatures as vendors make them, against vectors that were computed apart from this code."""

from typing import Final

from sandbox.adapters.codec import VERIFIED
from sandbox.adapters.signing import verify_basic
from sandbox.dialects.signing import base64_mac, basic, hex_mac, twilio_mac, vonage_token

DEXATEL: Final = b'{"data":{"event":"delivery","status":"DELIVERED"}}'
META: Final = b'{"object":"whatsapp_business_account","entry":[]}'
VONAGE: Final = b'{"message_uuid":"00000000-0000-4000-8000-000000000001","status":"delivered"}'


def test_a_mac_over_the_body() -> None:
    """Vectors: Dexatel in base64 and in hex, Meta in hex."""
    assert (
        base64_mac("fake-dexatel-secret", DEXATEL) == "RSaEUPmWdGrNy0x+QY14tBHWcYQEFAlYBdfoMZw84GM="
    )
    assert hex_mac("fake-dexatel-secret", DEXATEL) == (
        "45268450f996746acdcb4c7e418d78b411d671840414095805d7e8319c3ce063"
    )
    assert hex_mac("fake-app-secret", META) == (
        "fba0304b5bc26a376c2ff0b5a332da3307403347eb9ef25f5f4c0af76fb27df6"
    )
    assert len(hex_mac("s", META, "sha512")) == 128


def test_twilios_mac_over_the_address_and_the_fields() -> None:
    """Vector: accepted by the vendor's own validator; the order of the fields plays no part."""
    fields = [
        ("To", "+15550100002"),
        ("AccountSid", "AC" + "0" * 32),
        ("ApiVersion", "2010-04-01"),
        ("ErrorCode", "30003"),
        ("From", "+15550100001"),
        ("MessageSid", "SM" + "0" * 30 + "42"),
        ("MessageStatus", "undelivered"),
    ]
    url = "https://sandbox.example.test/hooks/twilio?run=7"
    mac = twilio_mac(url, fields, "fake-auth-token-for-tests")
    assert mac == "1MTQ2K7srmqcqHltxhrsGfu4NnU="
    assert twilio_mac(url, fields[1:], "fake-auth-token-for-tests") != mac
    assert twilio_mac(url, [*fields, fields[0]], "fake-auth-token-for-tests") == mac


def test_vonages_token() -> None:
    """Vector: header, claims in their order, hash of the body; byte for byte."""
    token = vonage_token(
        VONAGE, "fake-signature-secret", 1_700_000_000, "fakekey1",
        "00000000-0000-4000-8000-000000000002",
    )  # fmt: skip
    assert token.split(".")[0] == "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
    assert token.split(".")[2] == "e0n0p3I7onVmehXvNa7XmFxMXO_4bzzOfXYbrxzSFtg"


def test_name_and_password() -> None:
    """Basic: what our check of it takes, colons in the password too."""
    assert basic("hooks", "a:b") == "Basic aG9va3M6YTpi"
    assert verify_basic(basic("hooks", "a:b"), "hooks", "a:b") == VERIFIED
