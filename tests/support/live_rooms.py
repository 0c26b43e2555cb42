"""A live run against fakes on this machine, and what is left of it in the file of runs."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from sandbox.adapters.catalogue import adapter_named
from sandbox.adapters.codec import Credentials
from sandbox.adapters.reference import read_reference
from sandbox.app.base_urls import base_url
from sandbox.app.guard import Ask, Command, Generated, Pass, Wire, rehearsal
from sandbox.app.live_run import LiveOrder, LiveRoom, Ready
from sandbox.app.live_secrets import Found
from sandbox.app.started import StartedFakes
from sandbox.dialects.catalogue import DIALECTS
from sandbox.net.fakes import Fake, Fakes
from sandbox.net.serving import listen, served
from sandbox.scenario.model import Scenario
from sandbox.store.live import LiveRun, open_live
from tests.support.scenario_texts import loaded
from tests.support.submissions import credentials

SPEED: Final = Fraction(25)
"""A simulated second goes by in forty milliseconds; more would be too fast for a busy machine."""

LINGER_US: Final = 20_000_000
"""What is lost is not waited for as long as in earnest."""

TEXT: Final = """\
schema: 1
name: tried
cascades:
  otp:
    deadline: 10m
    content: {text: hello}
    levels:
      - {channel: sms, wait: 90s, submit_timeout: 60s}
      - {channel: viber, wait: 90s, submit_timeout: 60s}
providers:
  sms: {adapter: %(sms)s, sender: ACME}
  viber: {adapter: %(viber)s, sender: ACME}
load: [{burst: %(count)d}]
"""


def tried(count: int = 8, sms: str = "twilio", viber: str = "vonage") -> Scenario:
    """A scenario whose providers are outside."""
    return loaded(TEXT % {"count": count, "sms": sms, "viber": viber})


@dataclass
class Vendors:
    """Fakes of a scenario's vendors, listening; they outlive the process that is tested."""

    scenario: Scenario
    fakes: Fakes
    url: str
    started: StartedFakes
    references: Counter[str] = field(default_factory=Counter)
    """How often each reference of ours was submitted."""

    @property
    def names(self) -> dict[str, str]:
        """Provider -> its adapter."""
        return {route.provider: route.adapter for route in self.scenario.routes}

    def room(self, path: Path, *, hears: bool = True, **more: Any) -> LiveRoom:
        """A room for a run; `hears`: by webhooks, else vendors are asked."""
        passes: dict[int, Pass] = {}

        def pass_of(message: int, _: str) -> Pass:
            if message not in passes:
                passes[message] = self.passed(room, message)
            return passes[message]

        def ready(of: Ready) -> None:
            for provider, url in of.webhook_urls.items():
                self.fakes.send_to(provider, url)

        hearing = {p: credentials(adapter_named(n).vendor) for p, n in self.names.items()}
        order = LiveOrder(
            scenario=self.scenario,
            pass_of=pass_of,
            ledger=None,
            hearing=hearing if hears else {},
            path=path,
            speed=SPEED,
            is_rehearsal=True,
            linger_us=LINGER_US,
        )
        room = LiveRoom(order, on_ready=ready, **more)
        return room

    def passed(self, room: LiveRoom, message: int) -> Pass:
        """The right to send a message to the fakes."""
        wires = tuple(
            Wire(
                provider=provider,
                adapter=adapter_named(name),
                base_url=base_url(f"{self.url}/{provider}"),
                found=Found(Credentials(), ()),
                tariff=None,
            )
            for provider, name in self.names.items()
        )
        ask = Ask(
            command=Command(verb="live"),
            run="rehearsal",
            plan=room.world.plan_of(message),
            wires=wires,
            recipient=Generated(room.world.phone_of(message)),
        )
        return rehearsal(ask, self.started)


@asynccontextmanager
async def vendors(scenario: Scenario, *, begun: bool = True) -> AsyncIterator[Vendors]:
    """Fakes of all vendors of a scenario; `begun`: their time goes by at once."""
    names = {route.provider: route.adapter for route in scenario.routes}
    fakes = Fakes(
        scenario.world,
        [
            Fake(provider, DIALECTS[name], credentials(adapter_named(name).vendor))
            for provider, name in names.items()
        ],
        speed=float(SPEED),
        currency=scenario.currency,
    )
    with listen(0) as door:
        counted = _Counting(fakes)
        async with fakes, served(counted, door):
            if begun and hasattr(fakes, "begin"):
                fakes.begin()
            yield Vendors(scenario, fakes, door.url, StartedFakes.on([door.socket]), counted.seen)


class _Counting:
    """Lets requests through to fakes, and counts our references in them."""

    def __init__(self, inner: Fakes) -> None:
        self._inner = inner
        self.seen: Counter[str] = Counter()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        parts: list[bytes] = []

        async def listening() -> Any:
            message = await receive()
            if message["type"] != "http.request":
                return message  # the caller has hung up
            parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                self._note(b"".join(parts))
            return message

        await self._inner(scope, listening, send)

    def _note(self, body: bytes) -> None:
        text = body.decode("latin-1")
        start = text.find("fs1-")
        if start >= 0:
            end = start
            while end < len(text) and (text[end].isalnum() or text[end] == "-"):
                end += 1
            if read_reference(text[start:end]) is not None:
                self.seen[text[start:end]] += 1


async def left_of(path: Path, run: int = 1) -> LiveRun:
    """What is in the file of a run."""
    async with open_live(path) as store:
        return await store.load(run)


async def until(holds: Callable[[], bool], patience_s: float = 10.0) -> None:
    """Wait for something; not for long."""
    async with asyncio.timeout(patience_s):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.005)
