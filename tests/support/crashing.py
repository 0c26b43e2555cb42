"""A process that sends through the live lock to somebody on this machine, and dies on the way.

    python -m tests.support.crashing STEP RUNS_FILE FAKES_URL PORT

It kills itself with SIGKILL at the step; "never" lets it live. The caps are in the folder that the
environment names, as for anybody.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from sandbox.adapters.catalogue import adapter_named
from sandbox.adapters.codec import Credentials
from sandbox.app.base_urls import base_url
from sandbox.app.guard import Ask, Command, Confirmation, Pass, Wire, Written, admit, question_of
from sandbox.app.live_config import LiveConfig
from sandbox.app.live_run import LiveOrder, LiveRoom
from sandbox.app.live_secrets import Found
from sandbox.scenario.model import Scenario
from sandbox.simulation.highest_price import Tariff
from sandbox.store.caps import DEFAULT_CAPS, CapLedger
from sandbox.store.live import LiveRunStore, LiveTurn
from tests.support.scenario_texts import loaded
from tests.support.submissions import credentials

NUMBER: Final = "+447700900123"
SPEED: Final = Fraction(25)
STEPS: Final = (
    "before the journal",
    "before the request",
    "before the answer",
    "before the note",
    "before it is heard",
    "after it is heard",
    "before the webhook is answered",
    "before the receipt is heard",
    "after the receipt is heard",
)
"""In the order in which they come, for one message."""

TEXT: Final = f"""\
schema: 1
name: crashed
cascades:
  otp:
    deadline: 10m
    content: {{text: hello}}
    levels:
      - {{channel: sms, wait: 100s, submit_timeout: 60s}}
      - {{channel: viber, wait: 100s, submit_timeout: 60s}}
providers:
  sms:
    adapter: twilio
    sender: ACME
    base: ideal
    price: {{amount: 0.05 EUR}}
    submit: {{latency: {{fixed: 2s}}}}
    delivery: {{time: {{fixed: 10s}}}}
  viber: {{adapter: vonage, sender: ACME, base: ideal, price: {{amount: 0.02 EUR}}}}
recipients: {{people: {{anna: {{phone: "{NUMBER}", traits: []}}}}}}
load: [{{message: first, to: anna}}]
"""


def scenario() -> Scenario:
    """One message to one person, through two real providers."""
    return loaded(TEXT)


def order(path: Path, fakes_url: str, port: int) -> LiveOrder:
    """A run through the lock, whose providers are all reached below one address."""
    tried = scenario()
    urls = {route.provider: f"{fakes_url}/{route.provider}" for route in tried.routes}
    return order_of(tried, path, urls, port)


def order_of(tried: Scenario, path: Path, urls: Mapping[str, str], port: int) -> LiveOrder:
    """A run through the lock; whoever asks for a pass reserves its room.

    Args:
        tried: One message to the one person who is written down.
        path: The file of runs.
        urls: By provider, where it is reached; on this machine.
        port: Of the receiver.
    """
    wires = tuple(
        Wire(
            provider=route.provider,
            adapter=adapter_named(route.adapter),
            base_url=base_url(urls[route.provider]),
            found=Found(Credentials(), ()),
            tariff=Tariff(50_000_000 if route.provider == "sms" else 20_000_000),
        )
        for route in tried.routes
    )
    ask = Ask(
        command=Command(verb="send", is_live=True),
        run="r1",
        plan=tried.world.plans[0],
        wires=wires,
        recipient=Written(tried.world.population.people[0]),
        currency="EUR",
        allow=(NUMBER,),
    )
    question = question_of(ask)
    ask = replace(ask, confirmation=Confirmation(question, question.numbers))
    ledger = CapLedger(DEFAULT_CAPS)
    passed = admit(ask, LiveConfig(), ledger)
    assert isinstance(passed, Pass), passed
    return LiveOrder(
        scenario=tried,
        pass_of=lambda _, __: passed,
        ledger=ledger,
        hearing={r.provider: credentials(adapter_named(r.adapter).vendor) for r in tried.routes},
        public_url=f"http://127.0.0.1:{port}",
        port=port,
        path=path,
        speed=SPEED,
        linger_us=20_000_000,
    )


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _before(owner: type, name: str, when: Callable[..., bool]) -> None:
    """Die before a call."""
    inner = getattr(owner, name)

    async def dying(self: Any, *arguments: Any) -> Any:
        if when(*arguments):
            _die()
        return await inner(self, *arguments)

    setattr(owner, name, dying)


def _after(owner: type, name: str, when: Callable[..., bool]) -> None:
    """Die after a call."""
    inner = getattr(owner, name)

    async def dying(self: Any, *arguments: Any) -> Any:
        result = await inner(self, *arguments)
        if when(*arguments):
            _die()
        return result

    setattr(owner, name, dying)


def _has(kind: str) -> Callable[[LiveTurn], bool]:
    return lambda turn: any(f'"kind":"{kind}"' in deed.detail for deed in turn.deeds)


def plan_death(step: str) -> None:
    """Let this process die at a step."""
    match step:
        case "before the journal":
            _before(LiveRunStore, "commit", lambda turn: bool(turn.commands))
        case "before the request":
            _after(LiveRunStore, "commit", lambda turn: bool(turn.commands))
        case "before the note":
            _before(LiveRunStore, "note_exchange", lambda _: True)
        case "before it is heard":
            _before(LiveRunStore, "commit", _has("answer"))
        case "after it is heard":
            _after(LiveRunStore, "commit", _has("answer"))
        case "before the webhook is answered":
            _after(LiveRunStore, "keep", lambda *_: True)
        case "before the receipt is heard":
            _before(LiveRunStore, "commit", _has("receipt"))
        case "after the receipt is heard":
            _after(LiveRunStore, "commit", _has("receipt"))
        case _:
            pass  # "never", or whoever watches kills it


def main(step: str, path: str, fakes_url: str, port: str) -> None:
    """Run until death, or the end."""
    plan_death(step)
    asyncio.run(LiveRoom(order(Path(path), fakes_url, int(port))).run())


if __name__ == "__main__":
    main(*sys.argv[1:])
