"""The app in real time, its providers fakes on this machine; as `sandbox open --live` starts it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from textual.pilot import Pilot

from sandbox.app.base_urls import base_url
from sandbox.app.guard import Command
from sandbox.app.live_asking import Wanted
from sandbox.app.live_session import LiveSession
from sandbox.app.live_switch import Start, start_of
from sandbox.scenario.loader import load
from sandbox.tui.app import SandboxApp, make_app
from tests.support.sent import NUMBER, TEXT, Vendors

WITH_ANNA: Final = TEXT.replace("name: real\n", "name: real\ntitle: Codes for Anna\n").replace(
    "at: 0s", "at: 3s"
)
"""A message for somebody who is written down, three seconds after the app was opened."""


def start(vendors: Vendors | None, path: Path, **more: Any) -> Start:
    """How the app was started; `more`: of what was typed, and `command`."""
    command = more.pop("command", Command(verb="open", is_live=True))
    urls = () if vendors is None else (("sms", base_url(f"{vendors.url}/sms")),)
    typed = {"base_urls": urls, "allow": (NUMBER,)} | more
    return replace(start_of(command, Wanted(**typed)), path=path)


def live_app(text: str, how: Start | None) -> SandboxApp:
    """The app on a scenario; nobody but the test lets the picture move."""
    return make_app(load(text), ticker=False, start=how, store=None if how is None else how.path)


def live_of(app: SandboxApp) -> LiveSession:
    """Its session."""
    assert isinstance(app.session, LiveSession)
    return app.session


async def seen(app: SandboxApp, pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    """Let real time go by until something holds; not for long."""
    async with asyncio.timeout(10):
        while not holds():
            app.live.tick()
            await pilot.pause(0.01)
    app.live.paint()
    await pilot.pause()
