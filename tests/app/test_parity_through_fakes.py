"""The same scenario simulated, and through HTTP, adapters and fakes: outcomes and paths are equal.

All times are chosen so that whatever decides is seconds apart: what is a matter of milliseconds may
go either way outside, and is shown apart. What a vendor cannot say is a difference, and each such
difference is seen to occur; none but those may.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import pytest

from sandbox.app.parity import Parity
from sandbox.app.rehearsing import Rehearsal, Rehearsed, rehearse
from sandbox.cascade.vocabulary import SECOND_US
from sandbox.dialects.catalogue import dialect_named
from sandbox.dialects.words import Lacks
from sandbox.report.timeline import MessageResult
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario

pytestmark = pytest.mark.usefixtures("loopback")

SPEED: Final = Fraction(20)
"""A second of the run is fifty milliseconds: a busy machine is seldom late by that."""

_HEAD: Final = """\
schema: 1
name: parity
seed: 7
recipients: {population: 100, traits: {}}
"""

TEMPLATES: Final = {
    "twilio": "HX0123456789abcdef0123456789abcdef",
    "whatsapp-cloud": "{name: hello, language: en_US}",
    "infobip": "{name: hello, language: en_US}",
}
"""What a vendor takes as one."""

OUTCOMES: Final = """\
cascades:
  otp:
    deadline: 3m
    content: {text: hello}
    levels:
      - {channel: sms, wait: 12s, retries: {max: 1, backoff: {first: 3s, jitter: 0%}}}
      - {channel: viber, wait: 12s, retries: {max: 0}}
      - {channel: whatsapp, wait: 12s, retries: {max: 0}, template: TEMPLATE}
providers:
  sms: {base: ideal, submit: {latency: {fixed: 1s}, outcomes: {accepted: rest,
        refused.temporary: 25%, refused.permanent: 20%}},
        delivery: {time: {fixed: 3s}, outcomes: {delivered: rest, failed: 25%, vanished: 15%}}}
  viber: {base: ideal, submit: {latency: {fixed: 1s}, outcomes: {accepted: rest,
          refused.permanent: 30%}}, delivery: {time: {fixed: 3s}, outcomes: {delivered: rest,
          failed: 30%, vanished: 20%}}}
  whatsapp: {base: ideal, delivery: {time: {fixed: 3s}, outcomes: {delivered: rest, failed: 40%}}}
load: [{burst: 16}]
"""

SILENCE: Final = """\
cascades:
  waits: {deadline: 3m, content: {text: hello}, levels: [
    {channel: sms, wait: 12s, submit_timeout: 6s, on_unknown: wait}, {channel: viber, wait: 12s}]}
  moves-on: {deadline: 3m, content: {text: hello}, levels: [
    {channel: sms, wait: 12s, submit_timeout: 6s, on_unknown: next}, {channel: viber, wait: 12s}]}
providers:
  sms: {base: ideal, submit: {latency: {fixed: 1s}, outcomes: {accepted: rest,
        timeout.accepted: 35%, timeout.not_accepted: 25%}}, delivery: {time: {fixed: 9s}},
        receipts: {reports: [delivered]}}
  viber: {base: ideal, submit: {latency: {fixed: 1s}}, delivery: {time: {fixed: 6s}}}
load: [{burst: 8, cascade: waits}, {burst: 8, cascade: moves-on}]
"""

RECEIPTS: Final = """\
cascades:
  otp:
    deadline: 3m
    content: {text: hello}
    levels: [{channel: sms, wait: 12s}, {channel: viber, wait: 12s}]
providers:
  sms: {base: ideal, submit: {latency: {fixed: 1s}}, delivery: {time: {fixed: 3s}, outcomes: {
        delivered: rest, failed: 20%}}, receipts: {lost: 30%, duplicated: {share: 50%, copies: 2,
        gap: {fixed: 2s}}, late: {share: 30%, by: {fixed: 18s}}}}
  viber: {base: ideal, submit: {latency: {fixed: 1s}}, delivery: {time: {fixed: 3s}, outcomes: {
          delivered: rest, failed: 30%}}}
load: [{burst: 16}]
"""

FAILOVER: Final = """\
cascades:
  otp:
    deadline: 3m
    content: {text: hello}
    levels:
      - {channel: sms, via: [main, backup], wait: 12s, retries: {max: 0}}
      - {channel: viber, wait: 12s}
providers:
  main: {channel: sms, base: ideal, submit: {latency: {fixed: 1s}, outcomes: {accepted: rest,
         refused.temporary: 40%, throttled: 20%}}, delivery: {time: {fixed: 3s}}}
  backup: {channel: sms, base: ideal, submit: {latency: {fixed: 1s}, outcomes: {accepted: rest,
           refused.temporary: 50%}}, delivery: {time: {fixed: 3s}, outcomes: {delivered: rest,
           failed: 30%}}}
  viber: {base: ideal, submit: {latency: {fixed: 1s}}, delivery: {time: {fixed: 3s}}}
load: [{burst: 16}]
"""


def outside(text: str, adapters: Mapping[str, str]) -> Scenario:
    """A scenario with an adapter for each provider."""
    named = text.replace("TEMPLATE", TEMPLATES.get(adapters.get("whatsapp", ""), "hello"))
    more = [(f"providers.{name}.adapter", adapter) for name, adapter in adapters.items()]
    senders = [(f"providers.{name}.sender", '"+447700900999"') for name in adapters]
    return load(named if text.startswith("schema") else _HEAD + named, overrides=[*more, *senders])


@pytest.fixture(autouse=True)
def little_lingering(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is lost is not waited for as long as in earnest."""
    monkeypatch.setattr("sandbox.app.rehearsing.LINGER_US", 3 * SECOND_US)
    monkeypatch.setattr("sandbox.app.rehearsing.MARGIN_US", 12 * SECOND_US)


def rehearsed(text: str, adapters: Mapping[str, str]) -> tuple[Rehearsed, Parity]:
    done = rehearse(Rehearsal(scenario=outside(text, adapters), speed=SPEED))
    assert done.live.is_whole
    assert done.live.troubles == ()
    assert done.live.result.violations == ()
    assert done.counts.get("malformed", 0) == 0
    assert done.parity is not None
    return done, done.parity


SAME: Final = {
    "outcomes, I": (OUTCOMES, {"sms": "dexatel", "viber": "infobip", "whatsapp": "twilio"}),
    "outcomes, II": (OUTCOMES, {"sms": "twilio", "viber": "vonage", "whatsapp": "whatsapp-cloud"}),
    "outcomes, III": (OUTCOMES, {"sms": "vonage", "viber": "dexatel", "whatsapp": "infobip"}),
    "one outside": (OUTCOMES, {"sms": "infobip"}),
    "silence": (SILENCE, {"sms": "infobip", "viber": "dexatel"}),
    "receipts": (RECEIPTS, {"sms": "vonage", "viber": "infobip"}),
    "failover": (FAILOVER, {"main": "twilio", "backup": "vonage", "viber": "dexatel"}),
}


@pytest.mark.parametrize("name", SAME)
def test_every_message_has_the_same_outcome_and_the_same_path(name: str) -> None:
    """All of them, and there is more than one way to fare."""
    text, adapters = SAME[name]
    done, parity = rehearsed(text, adapters)
    assert (parity.paired, parity.alone) == (16, 0)
    assert parity.same == 16, parity.first
    assert len({each.path for each in done.messages}) >= 4


# What differs, and why ---------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Differs:
    """A difference that all messages of a scenario have, or all but the first.

    Attributes:
        first: Settings of the first level's provider, a vendor's.
        lacks: What the vendor's list of inabilities names; None: it is a matter of time.
        simulated: Outcome and path.
        outside: Likewise.
        level: More about the first level.
        traits: Of all people.
    """

    adapter: str
    first: str
    lacks: Lacks | None
    simulated: tuple[str, ...]
    outside: tuple[str, ...]
    channel: str = "sms"
    level: str = ""
    traits: str = "{}"
    count: int = 3
    differing: int = 3

    @property
    def text(self) -> str:
        """The scenario."""
        return f"""\
schema: 1
name: differs
seed: 7
recipients: {{population: 100, traits: {self.traits}}}
cascades:
  otp:
    deadline: 3m
    content: {{text: hello}}
    levels:
      - {{channel: {self.channel}, wait: 12s, submit_timeout: 6s{self.level}}}
      - {{channel: viber, wait: 12s}}
providers:
  {self.channel}: {{base: ideal, {self.first}}}
  viber: {{base: ideal, delivery: {{time: {{fixed: 3s}}}}}}
load: [{{burst: {self.count}}}]
"""


_TEMPLATE: Final = ", template: TEMPLATE"
_EXPIRES: Final = "delivery: {time: {fixed: 60s}}, validity: 6s"
_REJECTED: Final = "delivery: {time: {fixed: 3s}, outcomes: {rejected: 100%}}"
_THEN: Final = "viber:delivered"

DIFFERENT: Final = {
    "Twilio says failed for rejected": Differs(
        adapter="twilio", first=_REJECTED, lacks=Lacks.STATUS,
        simulated=("delivered", "sms:rejected", _THEN),
        outside=("delivered", "sms:failed", _THEN),
    ),
    "Twilio says failed for expired": Differs(
        adapter="twilio", first=_EXPIRES, lacks=Lacks.STATUS,
        simulated=("delivered", "sms:expired", _THEN),
        outside=("delivered", "sms:failed", _THEN),
    ),
    "Meta says failed for rejected": Differs(
        adapter="whatsapp-cloud", channel="whatsapp", level=_TEMPLATE, first=_REJECTED,
        lacks=Lacks.STATUS,
        simulated=("delivered", "whatsapp:rejected", _THEN),
        outside=("delivered", "whatsapp:failed", _THEN),
    ),
    "Meta does not say that a message expired": Differs(
        adapter="whatsapp-cloud", channel="whatsapp", level=_TEMPLATE, first=_EXPIRES,
        lacks=Lacks.STATUS,
        simulated=("delivered", "whatsapp:expired", _THEN),
        outside=("delivered", "whatsapp:no_receipt", _THEN),
    ),
    "Dexatel has no word for who opted out": Differs(
        adapter="dexatel", first="submit: {latency: {fixed: 1s}}", lacks=Lacks.CLASS,
        traits='{no: {share: 100%, hits: [sms], as: refused.permanent, reason: "21610"}}',
        simulated=("stopped", "sms:refused.permanent"),
        outside=("delivered", "sms:refused.permanent", _THEN),
    ),
    "Dexatel does not say why a message failed": Differs(
        adapter="dexatel", lacks=Lacks.REASON,
        first='delivery: {outcomes: {failed: 100%}, reasons: {failed: {"21610": 100%}}}',
        simulated=("stopped", "sms:failed"),
        outside=("delivered", "sms:failed", _THEN),
    ),
    "Infobip refuses what is sent again under a key": Differs(
        adapter="infobip", level=", on_unknown: resend", lacks=Lacks.KEY,
        first="submit: {latency: {fixed: 1s}, outcomes: {timeout.accepted: 100%}}, "
              "delivery: {outcomes: {vanished: 100%}}, receipts: {reports: [delivered]}",
        simulated=("delivered", "sms:unknown", "sms:no_receipt", _THEN),
        outside=("delivered", "sms:unknown", "sms:refused.permanent", _THEN),
    ),
    "Vonage does not say how long to stay away": Differs(
        adapter="vonage", count=2, differing=1, lacks=Lacks.RETRY_AFTER,
        first="limits: {rate: 0.2/s, burst: 1, over: {answer: throttled, retry_after: 8s}}",
        simulated=("delivered", "sms:throttled", "sms:delivered"),
        outside=("delivered", "sms:throttled", "sms:throttled", _THEN),
    ),
    "what comes at the very end of a wait": Differs(
        adapter="dexatel", level=", from: submit", lacks=None,
        first="delivery: {time: {fixed: 12s}}, receipts: {reports: [delivered]}",
        simulated=("delivered", "sms:delivered"),
        outside=("delivered", "sms:no_receipt", "viber:overtaken"),
    ),
}  # fmt: skip


def fared(result: MessageResult) -> tuple[str, ...]:
    return (result.outcome, *result.path)


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_is_listed_makes_its_difference(name: str) -> None:
    """And no other: the vendor's list names it, or it is a matter of time, and is said to be."""
    differs = DIFFERENT[name]
    _, parity = rehearsed(differs.text, {differs.channel: differs.adapter})
    assert parity.differing == differs.differing
    ways = {(fared(each.simulated), fared(each.outside)) for each in parity.first}
    assert ways == {(differs.simulated, differs.outside)}
    if differs.lacks is None:
        assert all("a matter of time" in each.parting.why for each in parity.first)
    else:
        assert differs.lacks in {e.lacks for e in dialect_named(differs.adapter).inabilities}
