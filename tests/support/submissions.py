"""Messages, credentials and webhooks for the tests of adapters; everything in them is made up."""

import json
from typing import Final

from hypothesis import strategies as st

from sandbox.adapters.codec import (
    SMS,
    VIBER,
    WHATSAPP,
    Adapter,
    Content,
    Credentials,
    Headers,
    HttpAnswer,
    Media,
    MediaKind,
    OutgoingMessage,
    Template,
    Text,
    Traffic,
    Webhook,
)
from sandbox.cascade.vocabulary import Channel

ACCOUNT_SID: Final = "AC" + "0" * 32
MESSAGE_SID: Final = "SM00000000000000000000000000000042"
UUID: Final = "11111111-1111-4111-8111-111111111111"
HOOK_URL: Final = "https://sandbox.example.test/hooks/here?run=7"

GIVEN: Final = {
    "dexatel": {"api_key": "FAKE-KEY", "webhook_secret": "fake-dexatel-secret"},
    "twilio": {"account_sid": ACCOUNT_SID, "auth_token": "fake-auth-token-for-tests"},
    "meta": {
        "access_token": "fake-access-token",
        "phone_number_id": "1000000000001",
        "phone_number": "+15550100001",
        "app_secret": "fake-app-secret",
        "verify_token": "fake-verify-token",
    },
    "vonage": {
        "api_key": "fakekey1",
        "api_secret": "fake-api-secret",
        "signature_secret": "fake-signature-secret",
    },
    "infobip": {
        "api_key": "fake-infobip-key",
        "webhook_auth": "basic",
        "webhook_user": "hooks",
        "webhook_secret": "fake-webhook-password",
    },
}


def credentials(vendor: str, **changes: str) -> Credentials:
    """What a vendor must be given, with changes; an empty text takes a thing away."""
    return Credentials.of(GIVEN[vendor] | changes)


def message(
    content: Content | str = "Your order 1042 has shipped",
    channel: Channel = SMS,
    *,
    reference: str = "cascade=7;step=1",
    recipient: str = "+37490000001",
    sender: str = "ACME",
    validity_s: int | None = None,
    callback_url: str = "",
    failover: tuple[OutgoingMessage, ...] = (),
) -> OutgoingMessage:
    """A submission."""
    return OutgoingMessage(
        reference,
        reference,
        channel,
        recipient,
        sender,
        Text(content) if isinstance(content, str) else content,
        validity_s,
        callback_url,
        failover=failover,
    )


def answer(status: int, body: object = None, *, headers: Headers = ()) -> HttpAnswer:
    """A vendor's answer; bytes go as they are, all else as JSON."""
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return HttpAnswer(status, headers, raw)


def hook(
    body: object,
    *,
    headers: Headers = (),
    url: str = HOOK_URL,
    method: str = "POST",
) -> Webhook:
    """A webhook; bytes go as they are, all else as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Webhook(method, url, headers, raw)


def infobip_status(group: int, number: int, name: str = "") -> dict[str, object]:
    """A status object of Infobip's."""
    names = ["OK", "PENDING", "UNDELIVERABLE", "DELIVERED", "EXPIRED", "REJECTED"]
    name = name or f"NAME_{number}"
    return {"groupId": group, "groupName": names[group], "id": number, "name": name,
            "description": "d"}  # fmt: skip


# Drawn messages ----------------------------------------------------------------------------------

TEXTS: Final = st.text(min_size=1, max_size=1700)
SHORT: Final = st.text(min_size=1, max_size=80)
URLS: Final = st.sampled_from(
    [
        "https://media.example.test/a.jpg",
        "https://media.example.test/b/c.pdf?v=1&w=%20",
        "https://media.example.test",
        "http://media.example.test/a.jpg",
        "https://user@media.example.test/a.jpg",
        "https://media.example.test/ä.jpg",
        "javascript:alert(1)",
    ]
)
TEMPLATE_NAMES: Final = st.sampled_from(
    ["order_update", "HX" + "0" * 32, UUID, "Order Update", "ns:otp", ""]
)
CONTENTS: Final = st.one_of(
    st.builds(Text, TEXTS),
    st.builds(
        Template,
        TEMPLATE_NAMES,
        st.sampled_from(["", "en", "en_US", "EN-us"]),
        st.lists(SHORT, max_size=4).map(tuple),
    ),
    st.builds(
        Media, st.sampled_from(MediaKind), URLS, st.just("") | SHORT, st.sampled_from(["", "a.pdf"])
    ),
)
SENDERS: Final = st.sampled_from(
    ["", "ACME", "+15550100001", "1000000000001", "MG" + "0" * 32, "99", "a\nb"]
)


@st.composite
def messages(draw: st.DrawFn, *, is_step: bool = False) -> OutgoingMessage:
    """Any message at all: many can be sent by nobody."""
    reference = draw(st.sampled_from(["m1.0.1", "cascade=7;step=1", "r1&m2%20#é", "x" * 101]))
    is_first = not is_step and draw(st.integers(0, 4)) == 0
    return OutgoingMessage(
        reference,
        reference,
        draw(st.sampled_from([SMS, WHATSAPP, VIBER])),
        draw(st.sampled_from(["+37490000001", "+14155552671", "37490000001", "+0123456"])),
        draw(SENDERS),
        draw(CONTENTS),
        draw(st.none() | st.integers(-1, 40_000)),
        draw(st.sampled_from(["", HOOK_URL, "http://127.0.0.1:8080/h", "http://example.test/h"])),
        draw(st.sampled_from(Traffic)),
        tuple(draw(st.lists(messages(is_step=True), max_size=2))) if is_first else (),
    )


@st.composite
def sendable(draw: st.DrawFn, adapter: Adapter) -> OutgoingMessage:
    """A message that is likely to suit an adapter, so that many get through."""
    channel = draw(st.sampled_from(adapter.channels))
    plain = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1)
    template = {"dexatel": UUID, "twilio": "HX" + "0" * 32}.get(adapter.name, "order_update")
    language = "" if adapter.name in {"dexatel", "twilio"} else "en_US"
    contents = st.one_of(
        st.builds(Text, plain),
        st.builds(
            Template, st.just(template), st.just(language), st.lists(plain, max_size=3).map(tuple)
        ),
        st.builds(
            Media,
            st.sampled_from(MediaKind),
            st.just("https://media.example.test/a.pdf?v=1"),
            st.just("") | plain,
            st.sampled_from(["", "a.pdf"]),
        ),
    )
    return OutgoingMessage(
        draw(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1)),
        "k",
        channel,
        draw(st.from_regex(r"\A\+[1-9][0-9]{6,14}\Z")),
        draw(st.sampled_from(["ACME", "+15550100001"])),
        draw(contents),
        draw(st.none() | st.integers(1, 36_000)),
        draw(st.sampled_from(["", HOOK_URL])),
        draw(st.sampled_from(Traffic)),
    )
