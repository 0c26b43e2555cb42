"""The server: who comes in, what is served, and what a browser can do to the machine behind it."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from aiohttp import (
    ClientResponse,
    ClientSession,
    ClientWebSocketResponse,
    UnixConnector,
    WSMsgType,
    web,
)

from sandbox.errors import UsageError
from sandbox.tui import web as served_app
from sandbox.tui.web import (
    FILES,
    VIEWERS_MAX,
    ViewerServer,
    _whole,
    is_loopback,
    is_own_host,
    is_same,
    new_token,
    serve,
)
from tests.tui.stage import CODES

ROOT: Final = Path(__file__).parents[2]
PATIENCE_S: Final = 20
LOOPBACK: Final = "127.0.0.1"
PORT: Final = 8000
SOCKETS: Final[dict[str, str]] = {}
"""Token of a server -> where its socket is."""

ECHO: Final = """\
import os, sys
os.write(1, b"__GANGLION__\\n")
def say(kind, data):
    os.write(1, kind + len(data).to_bytes(4, "big") + data)
say(b"M", b'{"type": "open_url", "url": "http://example.invalid", "new_tab": true}')
say(b"M", b'{"type": "deliver_file_start", "key": "k", "path": "/x"}')
say(b"D", f"{sys.argv[1]} {os.environ['COLUMNS']}x{os.environ['ROWS']}".encode())
while head := sys.stdin.buffer.read(5):
    data = sys.stdin.buffer.read(int.from_bytes(head[1:], "big"))
    if head[:1] == b"M" and b"quit" in data:
        break
    say(b"D", head[:1] + data)
"""
"""A stand-in for the app: says how it was started, then whatever it is told."""


@asynccontextmanager
async def serving(argv: list[str]) -> AsyncIterator[ViewerServer]:
    """A server that believes it is on the network, and listens on a socket in a folder instead."""
    server = ViewerServer(argv, bind=LOOPBACK, port=PORT, title="<a & b>")
    with TemporaryDirectory() as folder:
        runner = web.AppRunner(await server._make_app(), access_log=None, shutdown_timeout=5)
        await runner.setup()
        SOCKETS[server.token] = f"{folder}/s"
        await web.UnixSite(runner, SOCKETS[server.token]).start()
        try:
            yield server
        finally:
            await runner.cleanup()


def client(server: ViewerServer) -> ClientSession:
    """Somebody who reaches this server alone, whatever address is asked for."""
    return ClientSession(connector=UnixConnector(SOCKETS[server.token]))


def echo(folder: Path, word: str = "begun") -> list[str]:
    """How to start the stand-in."""
    program = folder / "echo.py"
    program.write_text(ECHO, encoding="utf-8")
    return [sys.executable, str(program), word]


EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - asked about, never bound
ORIGIN: Final = f"http://{LOOPBACK}:{PORT}"
"""Where the page of a server comes from."""


@asynccontextmanager
async def looking(server: ViewerServer, query: str = "") -> AsyncIterator[ClientWebSocketResponse]:
    """Connect as the page does."""
    async with (
        client(server) as session,
        session.ws_connect(f"{server.url}ws{query}", headers={"Origin": ORIGIN}) as viewer,
    ):
        yield viewer


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so; fails when it takes too long."""
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110 - what other processes do sets no event of ours
            await asyncio.sleep(0.01)


async def heard(viewer: ClientWebSocketResponse, words: bytes) -> bytes:
    """Everything that comes until some words have come."""
    seen = b""
    async with asyncio.timeout(PATIENCE_S):
        while words not in seen:
            message = await viewer.receive()
            assert message.type is WSMsgType.BINARY, message
            seen += message.data
    return seen


# Who comes in ------------------------------------------------------------------------------------


async def got(session: ClientSession, path: str, **headers: str) -> ClientResponse:
    """Ask for a path below the server, as it stands."""
    async with session.get(f"{ORIGIN}{path}", headers=headers) as answer:
        await answer.read()
        return answer


@pytest.mark.parametrize("path", ["/", "/x/", "/x/ws", "/{short}/", "/{short}/static/page.js",
                                  "/{wrong}/", "/{wrong}/ws", "//", "/%F0%9F%98%80/",
                                  "/static/page.js", "/ws", "/download/x"])  # fmt: skip
async def test_without_the_token_there_is_nothing(path: str, tmp_path: Path) -> None:
    """Missing, shortened or wrong: neither a page, nor a file, nor a socket."""
    async with serving(echo(tmp_path)) as server, client(server) as session:
        tokens = {"short": server.token[:-1], "wrong": server.token[:-1] + "!"}
        headers = {"Origin": ORIGIN}
        answer = await got(session, path.format(**tokens), **headers)
        assert answer.status == 403
        assert (await got(session, f"/{server.token}/")).status == 200


@pytest.mark.parametrize("path", ["static/", "static", "static/nothing", "static/../page.html",
                                  "static/%2e%2e%2fweb.py", "static/..%2fpage.html", "nothing",
                                  "download/x"])  # fmt: skip
async def test_there_are_a_few_files_and_no_folders(path: str, tmp_path: Path) -> None:
    """Nothing is listed, and nothing but these few can be had."""
    async with serving(echo(tmp_path)) as server, client(server) as session:
        assert (await got(session, f"/{server.token}/{path}")).status in {403, 404}
        for name in FILES:
            assert (await got(session, f"/{server.token}/static/{name}")).status == 200


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example", "127.0.0.2", ""])
async def test_another_name_for_this_server_is_refused(name: str, tmp_path: Path) -> None:
    """A page elsewhere can make its own name point here; it does not get in by it."""
    async with serving(echo(tmp_path)) as server, client(server) as session:
        host = f"{name}:{server.port}"
        for path in ("", "ws"):
            answer = await got(session, f"/{server.token}/{path}",
                               Host=host, Origin=f"http://{host}")  # fmt: skip
            assert answer.status == 403
        own = await got(session, f"/{server.token}/", Host=f"localhost:{server.port}")
        assert own.status == 200


@pytest.mark.parametrize(
    "foreign",
    ["http://evil.example", "null", "", "https://{host}", "http://{host}.evil.example",
     "http://127.0.0.1:1"],
)  # fmt: skip
async def test_a_socket_from_a_foreign_page_is_refused(foreign: str, tmp_path: Path) -> None:
    """Even one that knows the token; nothing is started for it. The page's own is let in."""
    mark = tmp_path / "started"
    argv = [sys.executable, "-c", f"open({str(mark)!r}, 'w')"]
    async with serving(argv) as server, client(server) as session:
        where = foreign.format(host=f"{LOOPBACK}:{PORT}")
        headers = {"Origin": where} if where else {}
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
                   "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip
        answer = await got(session, f"/{server.token}/ws", **headers, **upgrade)
        assert answer.status == 403
        assert not mark.exists()
        async with looking(server):
            await until(mark.exists)


async def test_no_more_viewers_than_the_machine_can_bear(tmp_path: Path) -> None:
    """Each is a process; the next is turned away, and let in when one has gone."""
    async with serving(echo(tmp_path)) as server, client(server) as session:
        viewers = [await session.ws_connect(f"{server.url}ws", headers={"Origin": ORIGIN})
                   for _ in range(VIEWERS_MAX)]  # fmt: skip
        headers = {"Origin": ORIGIN}
        assert (await got(session, f"/{server.token}/ws", **headers)).status == 503
        await viewers[0].close()
        await until(lambda: len(server._sockets) < VIEWERS_MAX)
        async with looking(server) as viewer:
            await heard(viewer, b"begun")
        for viewer in viewers:
            await viewer.close()


# What is served ----------------------------------------------------------------------------------


async def test_the_page_loads_nothing_from_outside(tmp_path: Path) -> None:
    """Every address in the page and its style is below the token, or the socket beside it."""
    async with serving(echo(tmp_path)) as server, client(server) as session:
        async with session.get(server.url) as answer:
            page = await answer.text()
            policy = answer.headers["Content-Security-Policy"]
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert answer.headers["Cache-Control"] == "no-store"
        async with session.get(f"{server.url}static/page.css") as answer:
            style = await answer.text()
        addresses = re.findall(r"(?:https?|wss?):[^\"')\s]*", page + style + policy)
        assert addresses == [f"ws://{LOOPBACK}:{server.port}/{server.token}/ws"]
        assert "//" not in page.replace(addresses[0], "")
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "<script>" not in page
        assert "&lt;a &amp; b&gt;" in page
        assert "<a & b>" not in page


@pytest.mark.parametrize(("asked", "shown"), [("20", "20"), ("999", "16"), ("٣", "16"),
                                              ('1"><script>', "16"), ("-1", "16")])  # fmt: skip
async def test_the_size_of_letters_is_a_number(asked: str, shown: str, tmp_path: Path) -> None:
    """Anything else is taken for the usual one, and stands nowhere in the page."""
    async with (
        serving(echo(tmp_path)) as server,
        client(server) as session,
        session.get(server.url, params={"fontsize": asked}) as answer,
    ):
        page = await answer.text()
        assert f'data-font-size="{shown}"' in page
        assert "<script>" not in page


# The socket --------------------------------------------------------------------------------------


async def test_words_reach_the_app_as_they_are(tmp_path: Path) -> None:
    """No shell reads them, and the size is held to what a screen can be."""
    word = "$(touch taken); `id` 'x' \"y\" & |"
    size = "?width=99999999&height=x"
    async with serving(echo(tmp_path, word)) as server, looking(server, size) as viewer:
        assert await heard(viewer, b"500x24") == f"{word} 500x24".encode()
    assert not (tmp_path / "taken").exists()


async def test_what_is_no_message_is_passed_over(tmp_path: Path) -> None:
    """Whatever a browser sends, the app gets keys and sizes, and goes on."""
    hostile = ("", "{", "[]", "7", '["stdin"]', '["stdin", 7]', '["resize", 7]', "[" * 9999,
               '["quit"]', '["blur"]', '["resize", {"width": 5}]', '["\\ud800"]')  # fmt: skip
    async with serving(echo(tmp_path)) as server, looking(server) as viewer:
        await heard(viewer, b"80x24")
        for text in hostile:
            await viewer.send_str(text)
        await viewer.send_bytes(b"\xff")
        await viewer.send_str('["resize", {"width": 1e9, "height": 10000}]')
        size = b'M{"type": "resize", "width": 80, "height": 200}'
        assert await heard(viewer, b"200}") == size
        await viewer.send_str('["stdin", "p\\ud800"]')
        assert await heard(viewer, b"p?") == b"Dp?"


async def test_the_app_sends_the_browser_nowhere(tmp_path: Path) -> None:
    """It opens no pages there and hands no files over: what it asks for is not passed on."""
    async with serving(echo(tmp_path)) as server, looking(server) as viewer:
        first = await viewer.receive(PATIENCE_S)
        assert first.type is WSMsgType.BINARY
        assert first.data.startswith(b"begun")


@pytest.mark.parametrize("code", ["", "import sys; sys.exit('broken')"])
async def test_with_the_app_the_page_ends_too(code: str) -> None:
    """An app that never began, or fell over, leaves nobody before a frozen picture."""
    async with serving([sys.executable, "-c", code]) as server, looking(server) as viewer:
        assert (await viewer.receive(PATIENCE_S)).type is WSMsgType.CLOSE


async def test_with_the_viewer_the_app_goes_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that does not end by itself is ended."""
    monkeypatch.setattr(served_app, "_STOP_S", 0.2)
    told = tmp_path / "pid"
    stubborn = (
        "import os, pathlib, time\n"
        f"pathlib.Path({str(told)!r}).write_text(str(os.getpid()) + '.')\n"
        'os.write(1, b"__GANGLION__\\n")\n'
        "time.sleep(600)\n"
    )
    async with serving([sys.executable, "-c", stubborn]) as server:
        async with looking(server):
            await until(lambda: told.exists() and told.read_text("utf-8").endswith("."))
            pid = int(told.read_text("utf-8").removesuffix("."))
            os.kill(pid, 0)
        await until(lambda: not server._sockets)
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


# The whole of it ---------------------------------------------------------------------------------


@asynccontextmanager
async def program(file: Path, *words: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """`sandbox web` on a file, and the address it tells."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "web", str(file), "--port", "0", *words,
        stdout=asyncio.subprocess.PIPE, cwd=file.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(file.parent)},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), PATIENCE_S)
        yield process, line.decode().strip()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_the_first_frame_comes_and_keys_are_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the key bar in it, though no page said that it has the keys; saving is refused."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    file = tmp_path / "codes.yaml"
    file.write_text(CODES, encoding="utf-8")
    argv = [sys.executable, "-m", "sandbox", "open", "--in-browser", "--", str(file)]
    size = "?width=120&height=36"
    async with serving(argv) as server, looking(server, size) as viewer:
        first = await heard(viewer, b"Quit")
        assert b"Pause" in first
        for key, answer in ((" ", b"paused"), ("w", b"not in the browser")):
            await viewer.send_json(["stdin", key])
            await heard(viewer, answer)
        await viewer.send_json(["stdin", "q"])
        async with asyncio.timeout(PATIENCE_S):
            while (await viewer.receive()).type is WSMsgType.BINARY:
                pass
        assert viewer.closed
    assert [each.name for each in tmp_path.iterdir()] == ["codes.yaml"]  # noqa: ASYNC240 - at the end


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
async def test_it_tells_where_it_is_and_ends_when_asked_to(end: int, tmp_path: Path) -> None:
    """One line on standard output; another on the same port says that it cannot have it."""
    file = tmp_path / "codes.yaml"
    file.write_text(CODES, encoding="utf-8")
    async with program(file) as (process, url):
        told = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/[\w-]{32}/", url)
        assert told is not None
        second = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sandbox", "web", str(file), "--port", told[1],
            stderr=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        _, talk = await asyncio.wait_for(second.communicate(), PATIENCE_S)
        assert second.returncode == 2
        assert f"cannot listen on 127.0.0.1 port {told[1]}".encode() in talk
        assert b"--port 0" in talk
        process.send_signal(end)
        assert await asyncio.wait_for(process.wait(), PATIENCE_S) == 0


# Its pieces --------------------------------------------------------------------------------------


def test_the_app_itself_loads_no_server() -> None:
    """The server costs a part of a second to load: only who serves pays it."""
    told = "import sys; print(sorted({'aiohttp', 'textual_serve'} & set(sys.modules)))"
    loaded = [
        subprocess.run(
            [sys.executable, "-c", f"import {module}; {told}"],
            capture_output=True, encoding="utf-8", check=True, timeout=PATIENCE_S,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        ).stdout.strip()
        for module in ("sandbox.tui.app", "sandbox.cli.showing", "sandbox.tui.web")
    ]  # fmt: skip
    assert loaded == ["[]", "[]", "['aiohttp', 'textual_serve']"]


def test_a_token_is_long_and_new_every_time() -> None:
    """Nobody guesses it, and it is fit for a path."""
    tokens = {new_token() for _ in range(50)}
    assert len(tokens) == 50
    assert all(re.fullmatch(r"[\w-]{32}", token) for token in tokens)


@pytest.mark.parametrize("given", ["", "abd", "ab", "abcd", "äbc", "\udcff"])
def test_only_the_token_is_the_token(given: str) -> None:
    """Whatever was given instead, comparing it is no error."""
    assert is_same("abc", "abc")
    assert not is_same(given, "abc")


@pytest.mark.parametrize(
    ("host", "bind", "port", "own"),
    [
        ("127.0.0.1:8000", LOOPBACK, 8000, True),
        ("localhost:8000", LOOPBACK, 8000, True),
        ("[::1]:8000", "::1", 8000, True),
        ("127.0.0.1", LOOPBACK, 80, True),
        ("[::1]", "::1", 80, True),
        ("127.0.0.1", LOOPBACK, 8000, False),
        ("127.0.0.1:8001", LOOPBACK, 8000, False),
        ("192.168.1.5:8000", LOOPBACK, 8000, False),
        ("192.168.1.5:8000", EVERYWHERE, 8000, True),
        ("printer.example:8000", EVERYWHERE, 8000, False),
        ("printer.example:8000", "192.168.1.5", 8000, False),
        ("", LOOPBACK, 8000, False),
        (":8000", LOOPBACK, 8000, False),
    ],
)
def test_which_names_are_its_own(host: str, bind: str, port: int, own: bool) -> None:
    """Its address and localhost; on a network any address, but no name."""
    assert is_own_host(host, bind, port) is own


def test_what_is_reached_from_this_machine_alone() -> None:
    """Loopback addresses; a name is no address."""
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert not is_loopback(EVERYWHERE)
    assert not is_loopback("localhost")


@pytest.mark.parametrize(
    ("given", "whole"),
    [("100", 100), (100, 100), ("0", 1), (10**9, 500), ("999999999999", 80), (True, 80), (1.5, 80),
     (None, 80), ("-5", 80), ("x", 80)],
)  # fmt: skip
def test_a_size_is_held_to_its_range(given: object, whole: int) -> None:
    """What is no number is the usual size."""
    assert _whole(given, served_app._COLUMNS, 80) == whole


@pytest.mark.parametrize("bind", ["localhost", "evil.example", "", "127.0.0.1.1"])
def test_it_listens_on_addresses_alone(bind: str) -> None:
    """A name might mean more than its owner thinks."""
    with pytest.raises(UsageError, match="no address"):
        serve([], bind=bind, port=0, title="", told=lambda _: None)
