"""A scenario over HTTP on this machine: the same outcomes as the simulation, and no way out."""

import socket
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import pytest

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.app.parity import Kept
from sandbox.app.rehearsing import (
    MARGIN_US,
    SENDER,
    TEXT,
    Rehearsal,
    Rehearsed,
    bounded,
    made_up_credentials,
    rehearse,
    with_adapter,
)
from sandbox.app.run import run_loaded
from sandbox.app.stored import replay
from sandbox.errors import ScenarioError, UsageError
from sandbox.net.receiver import Route, unguessable_path
from sandbox.scenario.loader import load

pytestmark = pytest.mark.usefixtures("loopback")

SPEED: Final = Fraction(40)
"""Slow enough that a busy machine's milliseconds are no seconds of the run."""

SCENARIO: Final = """\
schema: 1
name: rehearsed
cascades:
  otp:
    deadline: 2m
    content: {text: "Code {code}", code: {digits: 6}}
    levels: [{channel: sms, wait: 40s, retries: {max: 0}}, {channel: whatsapp, wait: 40s}]
providers:
  sms: {submit: {outcomes: {accepted: rest, refused.permanent: 30%}},
        delivery: {time: {fixed: 2s}, outcomes: {delivered: rest, failed: 30%}}}
  whatsapp: {submit: {outcomes: {accepted: 100%}},
             delivery: {time: {fixed: 2s}, outcomes: {delivered: 100%}}}
recipients: {population: 50, traits: {}}
load: [{burst: 12}]
"""


def rehearsed(adapter: str, path: Path | None = None, *, asks: bool = False) -> Rehearsed:
    """What a rehearsal comes to."""
    scenario = with_adapter(SCENARIO, adapter)
    return rehearse(Rehearsal(scenario=scenario, speed=SPEED, path=path, asks=asks))


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_every_vendor_can_be_rehearsed(adapter: str) -> None:
    """As many messages as in the simulation, each over, and all but a few on the same path."""
    done = rehearsed(adapter)
    assert done.live.is_whole
    assert done.live.troubles == ()
    assert done.live.result.violations == ()
    assert done.parity is not None
    assert (done.parity.paired, done.parity.alone) == (12, 0)
    assert done.parity.same >= 10, done.parity.first
    assert done.counts["submitted"] >= (12 if adapter != "whatsapp-cloud" else 2)
    assert done.counts.get("malformed", 0) == 0
    assert [each.message for each in done.messages] == [*range(1, 13)]
    assert not done.is_kept


def test_vendors_can_be_asked_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever can be asked is, and no webhook of theirs comes in."""
    monkeypatch.setattr("sandbox.app.polling.FIRST_S", 1.0)
    done = rehearsed("dexatel", asks=True)
    assert done.live.asked > 0
    assert done.live.webhooks == 0
    assert done.parity is not None
    assert done.parity.same_outcome >= 10, done.parity.first


def test_it_can_be_kept_and_replayed(tmp_path: Path) -> None:
    """Its log is proven on a fresh engine."""
    path = tmp_path / "runs.sqlite"
    done = rehearsed("dexatel", path)
    assert done.is_kept
    assert replay(path, done.live.run).difference is None


def test_what_a_fault_did_to_a_fake_is_counted() -> None:
    """It is the fakes whose settings are changed."""
    text = (
        SCENARIO
        + """\
faults:
  - {id: down, provider: sms, at: 0s, for: 1m, set: {submit.outcomes: {refused.permanent: 100%}}}
"""
    )
    done = rehearse(Rehearsal(scenario=with_adapter(text, "dexatel"), speed=SPEED))
    assert done.fired["down"] > 0
    assert done.parity is not None
    assert all(each.path[0] == "sms:refused.permanent" for each in done.messages)


def test_a_code_that_is_entered_ends_a_message() -> None:
    """No vendor tells that: here the fakes' people do."""
    text = """\
schema: 1
cascades:
  otp:
    stop_on: verified
    deadline: 2m
    content: {text: "Code {code}", code: {digits: 6, lifetime: 2m}}
    levels: [{channel: sms, wait: 60s}]
providers: {sms: {submit: {outcomes: {accepted: 100%}}, delivery: {outcomes: {delivered: 100%}}}}
recipients: {population: 5, traits: {}, codes: {entered: 100%, after: {fixed: 5s}}}
load: [{burst: 3}]
"""
    done = rehearse(Rehearsal(scenario=with_adapter(text, "dexatel"), speed=SPEED))
    assert [each.path for each in done.messages] == [("sms:verified",)] * 3


def test_without_an_adapter_there_is_nothing_to_rehearse() -> None:
    with pytest.raises(UsageError, match="no provider of 'rehearsed' has an adapter"):
        rehearsed("")
    with pytest.raises(UsageError, match="there is no adapter 'pigeon'"):
        with_adapter(SCENARIO, "pigeon")


def test_an_adapter_is_given_to_all_it_carries() -> None:
    """With a sender and a text where there are none; what the file says stays."""
    scenario = with_adapter(
        SCENARIO.replace("sms: {submit", "sms: {sender: Shop, submit"), "twilio"
    )
    assert [tuple(route) for route in scenario.routes] == [
        ("sms", "twilio", "Shop"),
        ("whatsapp", "twilio", SENDER),
    ]
    scenario = with_adapter(SCENARIO, "whatsapp-cloud")
    assert [tuple(route) for route in scenario.routes] == [("whatsapp", "whatsapp-cloud", "")]
    bare = with_adapter("schema: 1\ncascades: {otp: [sms]}\nload: [{burst: 1}]\n", "dexatel")
    assert bare.wordings["otp", 0].text == TEXT
    with pytest.raises(ScenarioError):
        with_adapter("schema: 9\n", "dexatel")


def test_a_validity_that_the_vendor_cannot_be_told_is_left_out() -> None:
    """Nothing would be sent with one; where it can be told, it stays."""
    text = SCENARIO.replace("wait: 40s, retries", "wait: 40s, validity: 60s, retries")
    dexatel, twilio = (with_adapter(text, name) for name in ("dexatel", "twilio"))
    assert dexatel.world.plans[0].levels[0].validity_us is None
    assert twilio.world.plans[0].levels[0].validity_us == 60_000_000
    done = rehearse(Rehearsal(scenario=dexatel, speed=SPEED))
    assert done.parity is not None
    assert done.parity.same >= 10, done.parity.first


def test_it_ends_when_the_simulation_has_ended_for_a_while() -> None:
    """Nobody waits for hours for a phone that is off; an end of the scenario's own is kept."""
    scenario, simulated = load(SCENARIO), Kept()
    run_loaded(scenario, folds=(simulated.fold,))
    last_us = max(fact[1] for fact in simulated.facts if fact[5] == "finished")
    assert bounded(scenario, simulated).world.until_us == last_us + MARGIN_US
    ends = load(f"{SCENARIO}clock: {{until: 10s}}\n")
    assert bounded(ends, simulated) is ends


def test_a_sender_that_comes_with_the_credentials_is_left_to_the_fake() -> None:
    """Meta sends from the number of its credentials, and those are made up here."""
    text = SCENARIO.replace(
        "whatsapp: {submit", f'whatsapp: {{adapter: whatsapp-cloud, sender: "{SENDER}", submit'
    )
    done = rehearse(Rehearsal(scenario=load(text), speed=SPEED))
    assert done.counts["submitted"] > 0
    assert done.parity is not None
    assert done.parity.same_outcome >= 10, done.parity.first


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_made_up_credentials_are_enough_to_hear(adapter: str) -> None:
    """And others each time."""
    its = ADAPTERS[adapter]
    Route(unguessable_path(), "p", its, made_up_credentials(its), "http://127.0.0.1:1")
    assert made_up_credentials(its) != made_up_credentials(its)


# No way out --------------------------------------------------------------------------------------

_seen: list[list[tuple[str, object]]] = []


def _note(event: str, args: tuple[object, ...]) -> None:
    if _seen and event in {"socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo"}:
        _seen[-1].append((event, args[1] if event != "socket.getaddrinfo" else args[0]))


sys.addaudithook(_note)


@pytest.fixture
def calls() -> Iterator[list[tuple[str, object]]]:
    """What sockets do meanwhile."""
    _seen.append([])
    yield _seen[-1]
    _seen.pop()


def test_nothing_but_this_machine_is_called(calls: list[tuple[str, object]]) -> None:
    """Every socket that is bound or connected is at 127.0.0.1, and no name is looked up."""
    done = rehearsed("twilio")
    assert done.counts["submitted"]
    connected = [address for event, address in calls if event == "socket.connect"]
    assert len(connected) > 1
    for event, address in calls:
        assert event in {"socket.connect", "socket.bind"}
        assert isinstance(address, tuple)
        assert address[0] == "127.0.0.1"


def test_the_watch_over_sockets_sees_a_call(calls: list[tuple[str, object]]) -> None:
    """The test above can fail."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
    assert calls == [("socket.bind", ("127.0.0.1", 0))]
