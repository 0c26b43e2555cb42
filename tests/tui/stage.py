"""What the tests of the screen share: a scenario that no tuning changes, and a screen as text."""

import os
from pathlib import Path
from typing import Final

import pytest

from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from sandbox.tui.app import SandboxApp, make_app

PICTURES: Final = Path(__file__).parent / "pictures"
UPDATE: Final = "UPDATE_TEXT_PICTURES"
"""Set this variable to write the text pictures anew."""

NOWHERE: Final = PICTURES / "nowhere"
"""A folder that is not there: what is saved by a chance key leaves nothing behind."""

SLICE_US: Final = 50_000

CODES: Final = """\
schema: 1
name: codes
title: Login codes by SMS, then WhatsApp, then Viber
seed: 7
cascades:
  otp:
    deadline: 3m
    levels:
      - {channel: sms, via: [sms-main], wait: 30s}
      - {channel: whatsapp, via: [wa-cloud], wait: 45s}
      - {channel: viber, via: [viber-main], wait: 40s}
providers:
  sms-main:
    channel: sms
    base: ideal
    price: {amount: 0.045 EUR}
    submit: {latency: {lognormal: {p50: 120ms, p95: 600ms}}}
    delivery: {time: {lognormal: {p50: 4s, p95: 15s}}, outcomes: {delivered: rest, failed: 6%}}
    receipts: {delay: {fixed: 400ms}, lost: 2%}
  wa-cloud:
    channel: whatsapp
    base: ideal
    price: {amount: 0.032 EUR}
    submit: {latency: {fixed: 150ms}}
    delivery: {time: {lognormal: {p50: 3s, p95: 12s}}, outcomes: {delivered: rest, failed: 20%}}
    receipts: {delay: {fixed: 200ms}}
  viber-main:
    channel: viber
    base: ideal
    price: {amount: 0.021 EUR}
    submit: {latency: {fixed: 200ms}}
    delivery: {time: {lognormal: {p50: 5s, p95: 20s}}, outcomes: {delivered: rest, failed: 30%}}
    receipts: {delay: {fixed: 200ms}}
recipients: {population: 500, traits: {}}
load: [{poisson: 5/s, for: 4m}]
"""
"""Three levels with everything said in the file, so that the pictures depend on nothing else."""


STORM: Final = """\
schema: 1
name: storm
title: Receipts in a storm, and a provider at its limit
seed: 7
cascades:
  otp:
    deadline: 3m
    levels:
      - {channel: sms, via: [sms-main, sms-backup], wait: 30s, retries: {max: 0}}
      - {channel: whatsapp, via: [wa-cloud], wait: 45s}
providers:
  sms-main:
    channel: sms
    base: ideal
    price: {amount: 0.045 EUR}
    submit: {latency: {lognormal: {p50: 120ms, p95: 600ms}}}
    delivery: {time: {lognormal: {p50: 4s, p95: 15s}}, outcomes: {delivered: rest, failed: 4%}}
    receipts:
      delay: {fixed: 400ms}
      lost: 12%
      duplicated: {share: 20%, copies: 1..2, gap: {fixed: 2s}}
      unknown_id: 3%
    limits: {rate: 4/s, burst: 5, over: {answer: throttled}}
  sms-backup:
    channel: sms
    base: ideal
    price: {amount: 0.06 EUR}
    submit: {latency: {fixed: 150ms}}
    delivery: {time: {lognormal: {p50: 6s, p95: 20s}}, outcomes: {delivered: rest, failed: 6%}}
    receipts: {delay: {fixed: 300ms}, lost: 3%}
  wa-cloud:
    channel: whatsapp
    base: ideal
    price: {amount: 0.032 EUR}
    submit: {latency: {fixed: 150ms}}
    delivery: {time: {lognormal: {p50: 3s, p95: 12s}}, outcomes: {delivered: rest, failed: 20%}}
    receipts: {delay: {fixed: 200ms}, lost: 10%}
recipients: {population: 500, traits: {}}
load: [{poisson: 6/s, for: 4m}]
"""
"""Receipts lost, duplicated and unmatched, a rate limit, and two providers of one channel."""


CUT_OFF: Final = STORM.replace(
    "    limits: {rate: 4/s, burst: 5, over: {answer: throttled}}\n",
    "    limits: {rate: 4/s, burst: 5, over: {answer: throttled}}\n"
    "    breaker: {open_after: 4, for: 10s}\n",
)
"""The same with a breaker on the provider at its limit: too much makes us leave it alone."""


def scenario(text: str = CODES, **overrides: str) -> Scenario:
    """A scenario from its text; overrides as `load__0__for="20s"`."""
    pairs = [(path.replace("__", "."), value) for path, value in overrides.items()]
    return load(text, overrides=pairs)


def stage(text: str = CODES, **overrides: str) -> SandboxApp:
    """The app on a scenario, with nobody letting time go by."""
    made = scenario(text, **overrides)
    store = NOWHERE / "runs.sqlite"
    return make_app(made, ticker=False, clock=lambda: 0.0, folder=NOWHERE, store=store)


def advance(app: SandboxApp, virtual_s: float) -> None:
    """Let virtual time go by as a running app would, and draw."""
    app.session.advance(int(virtual_s * 1_000_000 / app.session.speed))
    app.live.paint()


def text_of(app: SandboxApp) -> str:
    """The screen as plain text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


def check_picture(name: str, text: str) -> None:
    """Compare a screen with its picture, or write the picture where the variable says so."""
    path = PICTURES / f"{name}.txt"
    if os.environ.get(UPDATE):
        PICTURES.mkdir(exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
        return
    assert path.exists(), f"no picture {path.name}: set {UPDATE}=1 to make it"
    if text + "\n" != path.read_text(encoding="utf-8"):
        pytest.fail(f"{path.name} looks different; {UPDATE}=1 accepts it:\n{text}")
