"""A real browser, driven by its own protocol: what a page loads, shows, and answers to keys."""

import asyncio
import base64
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

BROWSER: Final = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
PATIENCE_S: Final = 60.0

_END: Final = b"\0"
_LAUNCH: Final = """
import fcntl, os, sys
orders, answers = (fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in sys.argv[1:3])
os.dup2(orders, 3)
os.dup2(answers, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Becomes the browser, with its orders on 3 and its answers on 4: no network between us."""

_ANSWER_MAX: Final = 1 << 26
"""The longest answer taken, in bytes: a picture of the page."""

_ESCAPES: Final = re.compile(r"\x1b(?:\[[0-9;?<>=]*[ -/]*[@-~]|[()].|[=>78])")


class Browser:
    """One page, and everything that was asked for over the network since it was opened."""

    def __init__(self, reader: asyncio.StreamReader, writer: BinaryIO) -> None:
        self.asked: list[str] = []
        """Every address the page, or the browser for it, wanted to load."""
        self.came = ""
        """What came through sockets to the page, without the codes of a terminal."""
        self.sent: list[str] = []
        """What the page sent through sockets."""
        self.console: list[str] = []
        """What the page complained of."""
        self._reader = reader
        self._writer = writer
        self._page = ""
        self._number = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._news = asyncio.Event()

    async def listen(self) -> None:
        """Take in what the browser tells, until it is closed."""
        with suppress(asyncio.IncompleteReadError):
            while True:
                told = json.loads((await self._reader.readuntil(_END))[:-1])
                if "id" in told:
                    self._answers.pop(told["id"]).set_result(told)
                else:
                    self._note(told["method"], told["params"])
                self._news.set()

    async def attach(self) -> None:
        """Take over the first page there is."""
        async with asyncio.timeout(PATIENCE_S):
            while not self._page:
                targets = (await self.ask("Target.getTargets"))["targetInfos"]
                for target in targets:
                    if target["type"] == "page":
                        made = await self.ask(
                            "Target.attachToTarget", targetId=target["targetId"], flatten=True
                        )
                        self._page = made["sessionId"]

    def _note(self, method: str, params: dict[str, Any]) -> None:
        match method:
            case "Network.requestWillBeSent":
                self.asked.append(params["request"]["url"])
            case "Network.webSocketCreated":
                self.asked.append(params["url"])
            case "Network.webSocketFrameReceived":
                data = params["response"]["payloadData"]
                if params["response"]["opcode"] == 2:
                    data = base64.b64decode(data).decode("utf-8", "replace")
                self.came += _ESCAPES.sub("", data)
            case "Network.webSocketFrameSent":
                self.sent.append(params["response"]["payloadData"])
            case "Log.entryAdded":
                self.console.append(params["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.console.append(params["exceptionDetails"]["text"])
            case _:
                pass

    async def ask(self, method: str, **params: object) -> dict[str, Any]:
        """Have the browser do something, and wait for its answer."""
        self._number += 1
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[self._number] = answer
        page = {"sessionId": self._page} if self._page else {}
        asked = {"id": self._number, "method": method, "params": params, **page}
        self._writer.write(json.dumps(asked).encode() + _END)
        told = await asyncio.wait_for(answer, PATIENCE_S)
        assert "error" not in told, told
        result: dict[str, Any] = told["result"]
        return result

    async def open(self, url: str) -> None:
        """Go to a page."""
        for domain in ("Network", "Log", "Runtime", "Page"):
            await self.ask(f"{domain}.enable")
        await self.ask("Page.navigate", url=url)

    async def wait_for(self, words: str) -> None:
        """Wait until some words have come through a socket."""
        async with asyncio.timeout(PATIENCE_S):
            while words not in self.came:
                self._news.clear()
                await self._news.wait()

    async def press(self, key: str) -> None:
        """Type a sign into whatever has the keys; nothing is clicked first."""
        await self.ask("Input.dispatchKeyEvent", type="keyDown", text=key, key=key)
        await self.ask("Input.dispatchKeyEvent", type="keyUp", key=key)

    async def evaluate(self, expression: str) -> object:
        """What an expression is in the page."""
        told = await self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        return told["result"].get("value")

    async def picture(self) -> bytes:
        """The page as a PNG."""
        told = await self.ask("Page.captureScreenshot")
        return base64.b64decode(told["data"])


@asynccontextmanager
async def browser(folder: Path) -> AsyncIterator[Browser]:
    """Start a browser that reaches this machine alone, with one empty page.

    Args:
        folder: Where it may write.
    """
    to_us, theirs_out = os.pipe()
    theirs_in, from_us = os.pipe()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _LAUNCH, str(theirs_in), str(theirs_out),
        str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--window-size=1300,760",
        "--remote-debugging-pipe", f"--user-data-dir={folder / 'profile'}", "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "HOME": str(folder)}, start_new_session=True,
        pass_fds=(theirs_in, theirs_out),
    )  # fmt: skip
    os.close(theirs_in)
    os.close(theirs_out)
    reader = asyncio.StreamReader(limit=_ANSWER_MAX)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(to_us, "rb")
    )
    try:
        with os.fdopen(from_us, "wb", buffering=0) as writer:
            made = Browser(reader, writer)
            listening = asyncio.create_task(made.listen())
            await made.attach()
            yield made
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
    finally:
        transport.close()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
