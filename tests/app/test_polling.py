"""Vendors are asked until the last word is heard, ever more seldom, and only those that answer."""

import asyncio
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import pytest

from sandbox.adapters.catalogue import adapter_named
from sandbox.adapters.codec import Credentials, HttpAnswer, HttpRequest
from sandbox.app.hearing import Hearing
from sandbox.app.live_secrets import dummy_credentials
from sandbox.app.polling import FIRST_S, LONGEST_S, Polled, Poller
from sandbox.cascade.events import ReceiptReceived
from sandbox.cascade.vocabulary import Status
from sandbox.drivers.correlation import Correlation
from sandbox.errors import StorageError
from sandbox.net.sender import Answered, Exchange, NoAnswer
from sandbox.simulation.mixed import Heard

SID: Final = "SM" + "a" * 32
WHERE: Final = (1, 0, 1)


def says(status: str) -> Exchange:
    return Answered(HttpAnswer(200, (), f'{{"sid":"{SID}","status":"{status}"}}'.encode()))


@dataclass
class Vendor:
    """Answers in turn; the last answer again and again."""

    answers: list[Exchange]
    asked_at: list[float] = field(default_factory=list)
    now: float = 0.0

    async def exchange(self, request: HttpRequest, base_url: str, timeout_s: float) -> Exchange:
        assert request.method == "GET"
        assert SID in request.path
        assert (base_url, timeout_s) == ("https://api.twilio.com", 10.0)
        self.asked_at.append(self.now)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@dataclass
class Desk:
    """A poller, and what came of it."""

    vendor: Vendor
    poller: Poller
    heard: list[Heard]
    kept: list[HttpAnswer]


def desk(*answers: Exchange, adapter: str = "twilio", wants_read: bool = False) -> Desk:
    heard: list[Heard] = []
    kept: list[HttpAnswer] = []

    async def keep(_: str, answer: HttpAnswer) -> int:
        kept.append(answer)
        return len(kept)

    vendor = Vendor(list(answers))
    hearing = Hearing(Correlation("USD"), heard.append, lambda: 0)
    hearing.correlation.sent("sms", "", WHERE, SID)
    named = adapter_named(adapter)
    poller = Poller(
        exchanger=vendor,
        hearing=hearing,
        keep=keep,
        clock_s=lambda: vendor.now,
        wants_read=lambda _: wants_read,
    )
    poller.ask_of("sms", Polled(named, "https://api.twilio.com", dummy_credentials(named)))
    return Desk(vendor, poller, heard, kept)


async def _turned(here: Desk, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let time go by without any going by."""
    real = asyncio.sleep

    async def sleep(pause_s: float) -> None:
        here.vendor.now += pause_s
        if here.vendor.now > seconds:
            raise asyncio.CancelledError
        await real(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        await here.poller.run()


def turned(here: Desk, monkeypatch: pytest.MonkeyPatch, seconds: float = 600) -> list[Status]:
    asyncio.run(_turned(here, monkeypatch, seconds))
    return [each.status for each in here.heard if isinstance(each, ReceiptReceived)]


def test_it_asks_until_the_message_has_arrived(monkeypatch: pytest.MonkeyPatch) -> None:
    here = desk(says("queued"), says("sent"), says("sent"), says("delivered"))
    assert turned(here, monkeypatch) == [Status.ACCEPTED, Status.SENT, Status.DELIVERED]
    assert len(here.vendor.asked_at) == len(here.kept) == here.poller.asked == 4
    assert here.poller.hearing.over == [3]  # it said the same again
    assert here.vendor.asked_at[0] == FIRST_S


def test_it_goes_on_where_being_read_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    here = desk(says("delivered"), says("read"), wants_read=True)
    assert turned(here, monkeypatch) == [Status.DELIVERED, Status.READ]
    assert len(here.vendor.asked_at) == 2


def test_it_asks_ever_more_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    here = desk(says("queued"))
    turned(here, monkeypatch)
    asked = here.vendor.asked_at
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert gaps == sorted(gaps)
    assert LONGEST_S <= gaps[-1] <= LONGEST_S + FIRST_S
    assert 15 <= len(gaps) <= 20


@pytest.mark.parametrize(
    "odd",
    [
        NoAnswer("timeout", "too late"),
        Answered(HttpAnswer(500, (), b"oops")),
        Answered(HttpAnswer(200, (), b"no JSON")),
    ],
)
def test_whatever_goes_wrong_there_is_a_next_time(
    odd: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = desk(odd, says("delivered"))
    assert turned(here, monkeypatch) == [Status.DELIVERED]
    assert len(here.vendor.asked_at) == 2


def test_what_cannot_be_kept_is_not_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some vendors say it once: it must be on the disk before it is read."""
    here = desk(says("delivered"))

    async def full(_: str, __: HttpAnswer) -> int:
        raise StorageError("the disk is full")

    here.poller.keep = full
    assert turned(here, monkeypatch, 5) == []
    assert "the disk is full" in here.poller.troubles[0]


def test_who_cannot_be_asked_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Meta has no such call."""
    here = desk(says("delivered"), adapter="whatsapp-cloud")
    assert not here.poller.knows("sms")
    assert turned(here, monkeypatch, 20) == []
    assert here.vendor.asked_at == []


def test_a_missing_credential_is_told_and_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = desk(says("delivered"))
    named = adapter_named("twilio")
    here.poller.ask_of("sms", Polled(named, "https://api.twilio.com", Credentials()))
    assert turned(here, monkeypatch, 4) == []
    assert "needs 'account_sid'" in here.poller.troubles[0]
