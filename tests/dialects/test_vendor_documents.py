"""Every answer and webhook a dialect writes, held against the vendor's own document."""

import json
from typing import Any, Final

import pytest

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.adapters.codec import Authorisation, HttpRequest, OutgoingMessage, Secret, Webhook
from sandbox.cascade.vocabulary import Channel, Status
from sandbox.dialects.catalogue import DIALECTS
from sandbox.dialects.dialect import Dialect
from sandbox.dialects.words import Request, Submitted, Taken, Word
from tests.support.submissions import credentials
from tests.support.vendor_documents import answer_complaints, complaints
from tests.support.words_said import NOW_S, answers, outgoing, own, receipts

DOCUMENTS: Final = {
    "twilio": ("twilio-messages", "https://api.twilio.com"),
    "whatsapp-cloud": ("meta-whatsapp-cloud", "https://graph.facebook.com"),
    "vonage": ("vonage-messages-v1", "https://api.nexmo.com"),
    "infobip": ("infobip", "https://api.infobip.com"),
}
WEBHOOKS: Final = {
    "whatsapp-cloud": "/whatsapp/webhooks",
    "vonage": "/webhooks/message-status",
}
"""Where the document has a vendor's status webhook; those of the others are on pages alone."""

SEVERAL: Final = "is valid under each of"
"""A complaint that a body fits more than one of several schemas, which differ in their examples
alone: Vonage's errors with 401 and 422."""

MISNAMED: Final = ("vonage", 401)
"""The document requires a member `details` there, and describes `detail`, as all others have it."""

NOT_IN_THE_DOCUMENT: Final = {"whatsapp-cloud": ".value.statuses[0].biz_opaque_callback_data"}
"""That it comes back is told by Meta's pages."""

EACH: Final = pytest.mark.parametrize(
    ("name", "channel"),
    [(name, channel) for name in DOCUMENTS for channel in DIALECTS[name].channels],
)


def sent(name: str, channel: Channel) -> tuple[HttpRequest, Taken]:
    """A request of the adapter, and what the dialect makes of it."""
    adapter, dialect = ADAPTERS[name], DIALECTS[name]
    out: OutgoingMessage = outgoing(adapter, channel)
    request = adapter.encode(out, credentials(adapter.vendor))
    came = Request(request.method, request.path, request.wire_headers(), request.body, NOW_S)
    submitted = dialect.read(came)
    assert isinstance(submitted, Submitted)
    return request, Taken(
        submitted=submitted, provider_id=dialect.provider_id(1, submitted), at_s=NOW_S
    )


@EACH
def test_an_answer_is_one_of_the_documents(name: str, channel: Channel) -> None:
    """Form: what is accepted, and what is refused where the document has that status."""
    document, base_url = DOCUMENTS[name]
    dialect = DIALECTS[name]
    request, about = sent(name, channel)
    seen = set()
    for word in [*answers(), *(Word(Status.REFUSED, each, at_s=NOW_S) for each in own(dialect))]:
        answer = dialect.answer(about, word)
        if (name, answer.status) == MISNAMED:
            continue
        body = json.loads(answer.body)
        found = answer_complaints(document, request, base_url, answer.status, body)
        found = [each for each in found if SEVERAL not in each]
        is_there = not any("ResponseNotFound" in each for each in found)
        assert not is_there or found == [], (word, found)
        seen.add(answer.status if is_there else 0)
    assert seen & {200, 201, 202}


def hook_complaints(name: str, hook: Webhook) -> list[str]:
    """What a document has against a webhook."""
    document, base_url = DOCUMENTS[name]
    proof = Authorisation("X-Hub-Signature-256", "", Secret("sha256=00"))
    request = HttpRequest(hook.method, WEBHOOKS[name], hook.headers, hook.body, proof)
    known = NOT_IN_THE_DOCUMENT.get(name, "nothing")
    return [each for each in complaints(document, request, base_url) if known not in each]


def hooks(dialect: Dialect, channel: Channel) -> list[Webhook]:
    """All webhooks there are about a message."""
    _, about = sent(dialect.name, channel)
    words = [*receipts(), *(Word(Status.FAILED, each, at_s=NOW_S) for each in own(dialect))]
    return [hook for hook in (dialect.receipt(about, word) for word in words) if hook is not None]


@pytest.mark.parametrize(
    ("name", "channel"),
    [(name, channel) for name in WEBHOOKS for channel in DIALECTS[name].channels],
)
def test_a_webhook_is_one_of_the_documents(name: str, channel: Channel) -> None:
    """Form: every status, with every code of the vendor's."""
    for hook in hooks(DIALECTS[name], channel):
        assert hook_complaints(name, hook) == [], hook.body


@pytest.mark.parametrize("name", WEBHOOKS)
def test_a_webhook_that_is_none_is_complained_of(name: str) -> None:
    """The judge can find fault."""
    hook: Any = hooks(DIALECTS[name], DIALECTS[name].channels[0])[0]
    body = json.loads(hook.body)
    body["no_such_member"] = 1
    changed = Webhook(hook.method, hook.url, hook.headers, json.dumps(body).encode())
    empty = Webhook(hook.method, hook.url, hook.headers, b'{"status": 7}')
    assert hook_complaints(name, changed) != []
    assert hook_complaints(name, empty) != []
