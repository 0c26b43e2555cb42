"""One message that would pass the live lock, a way to take any of its conditions away, no sockets.

Nothing in it is anybody's: the number is one of Ofcom's for fiction, the credentials are made up.
"""

import socket
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.adapters.codec import Credentials
from sandbox.adapters.twilio import TwilioAdapter
from sandbox.app.base_urls import base_url
from sandbox.app.guard import (
    Ask,
    Command,
    Condition,
    Confirmation,
    Generated,
    Wire,
    Written,
    question_of,
)
from sandbox.app.live_config import LiveConfig
from sandbox.app.live_secrets import Found
from sandbox.cascade.plan import Level, Plan
from sandbox.cascade.vocabulary import Channel
from sandbox.scenario.quantities import Money
from sandbox.simulation.highest_price import Tariff
from sandbox.simulation.spec import NamedPerson
from sandbox.store import place
from sandbox.store.caps import DEFAULT_CAPS, Cap, CapLedger, Caps

SMS: Final = Channel("sms")
WHATSAPP: Final = Channel("whatsapp")
NUMBER: Final = "+447700900123"
TOKEN: Final = "t0p-s3cret-tok3n-9f8e7d"  # noqa: S105 - nobody's; tests look for it
NOW_US: Final = 1_800_000_000_000_000
NO_ROOM: Final = replace(DEFAULT_CAPS, hour=Cap(0, 0))

SECRETS: Final = Credentials.of({"account_sid": "AC" + "1" * 32, "auth_token": TOKEN})
PLAN: Final = Plan(
    name="otp",
    text="Your code is 123456",
    levels=(
        Level(channel=SMS, providers=("sms-main",)),
        Level(channel=WHATSAPP, providers=("wa-simulated",)),
    ),
)
WIRE: Final = Wire(
    provider="sms-main",
    adapter=TwilioAdapter(),
    base_url=base_url("https://api.twilio.com"),
    found=Found(SECRETS, ()),
    tariff=Tariff(45_000_000, per_segment=True),
)
COMPLETE: Final = Ask(
    command=Command(verb="send", is_live=True),
    run="run-1",
    plan=PLAN,
    wires=(WIRE,),
    recipient=Written(NamedPerson(name="anna", phone=NUMBER)),
    currency="EUR",
    allow=(NUMBER,),
)


def confirmed(ask: Ask) -> Ask:
    """The same, confirmed as it is."""
    question = question_of(ask)
    return replace(ask, confirmation=Confirmation(question, question.numbers))


def ask_without(missing: Collection[Condition], ask: Ask = COMPLETE) -> Ask:
    """A message that lacks exactly these conditions; of the caps `ledger_without` sees to."""
    command, wire = ask.command, ask.wires[0]
    if Condition.VERB in missing:
        command = replace(command, verb="run")
    if Condition.LIVE in missing:
        command = replace(command, is_live=False)
    if Condition.STORE in missing:
        command = replace(command, keeps=False)
    if Condition.RECIPIENT in missing:
        ask = replace(ask, recipient=Generated(NUMBER))
    if Condition.ALLOW_LIST in missing:
        ask = replace(ask, allow=())
    scheme = "http" if Condition.HTTPS in missing else "https"
    host = "elsewhere.example.com" if Condition.HOST in missing else "api.twilio.com"
    wire = replace(wire, base_url=base_url(f"{scheme}://{host}"))
    if Condition.CREDENTIALS in missing:
        wire = replace(wire, found=Found(Credentials(), ("twilio's 'auth_token' is not there",)))
    if Condition.PRICE in missing:
        wire = replace(wire, tariff=None)
    ask = replace(ask, command=command, wires=(wire,))
    return ask if Condition.CONFIRMATION in missing else confirmed(ask)


def ledger_without(missing: Collection[Condition], **clock: Any) -> CapLedger:
    """A ledger with room, or without."""
    caps: Caps = NO_ROOM if Condition.CAPS in missing else DEFAULT_CAPS
    return CapLedger(caps, **({"clock_us": lambda: NOW_US} | clock))


def euro(nano: int) -> Money:
    """An amount in the caps' currency."""
    return Money(nano, "EUR")


CONFIG: Final = LiveConfig()


def keep_caps_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the ledger be a file of this test's own, and say which."""
    path = folder / "own" / "caps.sqlite"
    monkeypatch.setattr(place, "caps_path", lambda: path)
    return path


def forbid_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody open a socket of any kind, not even a local one."""

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a socket was opened")

    for name in ("socket", "create_connection", "socketpair", "getaddrinfo", "fromfd"):
        monkeypatch.setattr(socket, name, refuse)
