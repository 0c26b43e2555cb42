"""Fakes of vendors in a thread of their own, for commands that really send: to this machine.

Nothing in it is anybody's: the number is one of Ofcom's for fiction, the credentials are made up.
"""

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.app import live_config, polling
from sandbox.dialects.catalogue import DIALECTS
from sandbox.net.fakes import Fake, Fakes
from sandbox.net.serving import listen, served
from sandbox.scenario.loader import load
from tests.support.locked import keep_caps_in
from tests.support.submissions import GIVEN, credentials

NUMBER: Final = "+447700900123"
OTHER: Final = "+447700900124"

TEXT: Final = """\
schema: 1
name: real
cascades:
  otp:
    content: {text: "Code {code}", code: {digits: 6}}
    deadline: 20s
    levels: [{channel: sms, wait: 5s, retries: {max: 0}}, {channel: viber, wait: 5s}]
providers:
  sms:
    adapter: twilio
    sender: "+447700900111"
    price: {amount: 0.04 EUR}
    submit: {latency: {fixed: 5ms}, outcomes: {accepted: 100%}}
    delivery: {time: {fixed: 20ms}, outcomes: {delivered: 100%}}
    receipts: {delay: {fixed: 5ms}}
recipients: {people: {anna: {phone: "+447700900123", traits: []}}}
load: [{message: for-anna, to: anna, at: 0s}]
"""


def refuse_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no socket be bound or connected; an event loop may still wake itself."""

    def refuse(*_: object) -> None:
        pytest.fail("a socket was used")

    for name in ("bind", "connect", "listen", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)


class Vendors:
    """Fakes that run, and what they have counted."""

    def __init__(self, fakes: Fakes, url: str) -> None:
        self._fakes = fakes
        self.url = url

    @property
    def counts(self) -> Counter[str]:
        """See `Fakes`."""
        return self._fakes.counts

    @property
    def requests(self) -> int:
        """Requests of any kind, in order or not."""
        return sum(self.counts[each] for each in ("submitted", "malformed", "asked", "called back"))

    def words(self, provider: str = "sms") -> tuple[str, ...]:
        """The option that sends what goes to a provider there."""
        return "--base-url", f"{provider}={self.url}/{provider}"


@contextmanager
def vendors(text: str, receiver_url: str = "") -> Iterator[Vendors]:
    """The real providers of a scenario as fakes behind HTTP, in a thread of their own."""
    scenario = load(text)
    served_fakes = [
        Fake(route.provider, DIALECTS[route.adapter],
             credentials(ADAPTERS[route.adapter].vendor), receiver_url)
        for route in scenario.routes
    ]  # fmt: skip
    ready: list[Vendors] = []
    is_up, loops = threading.Event(), list[tuple[asyncio.AbstractEventLoop, asyncio.Event]]()

    async def serve() -> None:
        over = asyncio.Event()
        loops.append((asyncio.get_running_loop(), over))
        with listen(0) as door:
            async with Fakes(scenario.world, served_fakes) as fakes, served(fakes, door):
                ready.append(Vendors(fakes, door.url))
                is_up.set()
                await over.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert is_up.wait(5)
        yield ready[0]
    finally:
        loop, over = loops[0]
        loop.call_soon_threadsafe(over.set)
        thread.join(5)
        assert not thread.is_alive()


def own_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, caps and runs of this test's own, credentials that are made up, quick questions.

    Returns:
        The file of runs.
    """
    monkeypatch.setattr(live_config, "config_path", lambda: folder / "live.toml")
    keep_caps_in(folder, monkeypatch)
    for vendor, given in GIVEN.items():
        for name, value in given.items():
            monkeypatch.setenv(f"{vendor}_{name}".upper(), value)
    monkeypatch.setattr(polling, "FIRST_S", 0.05)
    return folder / "runs.sqlite"
