"""What a vendor has not is refused by its name, by every adapter that says so."""

import pytest

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.adapters.codec import Adapter, NotVerified
from sandbox.adapters.lacking import WithoutChallenge, WithoutPolling, WithoutRecall
from sandbox.cascade.vocabulary import RecallResult
from sandbox.errors import CannotSendError, UnreadableError
from tests.support.submissions import answer, credentials, hook


def _with(lack: type) -> dict[str, Adapter]:
    return {name: each for name, each in ADAPTERS.items() if isinstance(each, lack)}


def test_who_lacks_what() -> None:
    """As the vendors' documents have it."""
    assert list(_with(WithoutPolling)) == ["whatsapp-cloud", "vonage"]
    assert list(_with(WithoutRecall)) == ["twilio", "whatsapp-cloud", "vonage", "infobip"]
    assert list(_with(WithoutChallenge)) == ["dexatel", "twilio", "vonage", "infobip"]


@pytest.mark.parametrize("name", _with(WithoutPolling))
def test_who_cannot_be_asked_says_so(name: str) -> None:
    """Neither is a request made up, nor an answer read."""
    adapter = ADAPTERS[name]
    with pytest.raises(CannotSendError, match=f"^{name} .* cannot be asked"):
        adapter.poll_request("m1", credentials(adapter.vendor))
    with pytest.raises(UnreadableError, match=f"^{name} answers no question"):
        adapter.decode_poll(answer(200, {}))


@pytest.mark.parametrize("name", _with(WithoutRecall))
def test_who_takes_nothing_back_says_so(name: str) -> None:
    """And whatever came of it is unsupported."""
    adapter = ADAPTERS[name]
    with pytest.raises(CannotSendError, match=f"^{name} "):
        adapter.recall_request("m1", credentials(adapter.vendor))
    assert adapter.decode_recall(answer(200, {})) is RecallResult.UNSUPPORTED


@pytest.mark.parametrize("name", _with(WithoutChallenge))
def test_who_knows_no_challenge_meets_none(name: str) -> None:
    """A request that looks like one is not answered."""
    adapter = ADAPTERS[name]
    told = adapter.handshake(hook(b""), credentials(adapter.vendor))
    assert told == NotVerified(f"{name} opens no webhook by a challenge")
