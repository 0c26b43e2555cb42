"""The app in a browser: a server for this machine, with a token, and nothing from outside.

textual-serve brings the terminal for the page and the protocol to the app; who may come in is
decided here. Everything lies below a path that is the token, so a page elsewhere cannot name it.
A request with a foreign Host, a wrong token, or (for the socket) a foreign Origin is refused before
anything is started. Each socket is one process of the app, started without a shell; whoever looks
at it cannot write to this machine's disk: see `opening`.

Only `sandbox web` imports this module, and with it aiohttp.
"""

import asyncio
import hmac
import ipaddress
import json
import secrets
import shlex
import signal
import socket
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from html import escape
from pathlib import Path
from string import Template
from typing import Final

import textual_serve
from aiohttp import WSMessage, WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager
from textual_serve.server import Server

from sandbox.errors import UsageError

LOOPBACK: Final = "127.0.0.1"
VIEWERS_MAX: Final = 8
"""Each viewer is a whole simulation; more than so many at once are turned away."""

_TOKEN_BYTES: Final = 24
_FONT_SIZES: Final = range(6, 41)
_COLUMNS: Final = range(1, 501)
_LINES: Final = range(1, 201)
_STOP_S: Final = 3.0
"""So long an app has to end by itself."""

_MESSAGE_MAX: Final = 1 << 20
"""The largest message a browser may send, in bytes: a pasted text."""

_OURS: Final = Path(__file__).parent / "web_page"
_THEIRS: Final = Path(textual_serve.__file__).parent / "static"

FILES: Final[Mapping[str, Path]] = {
    "font.ttf": _THEIRS / "fonts" / "RobotoMono-VariableFont_wght.ttf",
    "page.css": _OURS / "page.css",
    "page.js": _OURS / "page.js",
    "textual.js": _THEIRS / "js" / "textual.js",
    "xterm.css": _THEIRS / "css" / "xterm.css",
}
"""All files there are, by name; there is no folder to list, and no way out of one."""

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; font-src 'self'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",  # the address holds the token
    "X-Content-Type-Options": "nosniff",
}

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def new_token() -> str:
    """A token nobody can guess, fit for a path."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def is_same(given: str, token: str) -> bool:
    """Compare a token in a time that tells nothing about where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode())


def is_own_host(host: str, bind: str, port: int) -> bool:
    """Whether a Host header names this server, and not a name that somebody made point here.

    Bound to this machine alone it is reached as that address or as localhost. Bound to a network,
    any address will do, since nobody can register one; but no other name.
    """
    name, _, given = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    if not name:
        name, given = given, "80"
    if given != str(port) and not (port == 80 and not given):
        return False
    name = name.removeprefix("[").removesuffix("]")
    if name in {bind, "localhost"}:
        return True
    return not is_loopback(bind) and _is_address(name)


def is_loopback(bind: str) -> bool:
    """Whether an address is reached from this machine alone."""
    return _is_address(bind) and ipaddress.ip_address(bind).is_loopback


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


class ViewerService(AppService):
    """One app for one browser: a process of its own, started from a list, through no shell."""

    def __init__(
        self, argv: Sequence[str], sockets: web.WebSocketResponse, downloads: DownloadManager
    ) -> None:
        super().__init__(
            shlex.join(argv),
            write_bytes=sockets.send_bytes,
            write_str=sockets.send_str,
            close=_closer(sockets),
            download_manager=downloads,
        )
        self._argv = tuple(argv)

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        process = await asyncio.create_subprocess_exec(
            *self._argv,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=self._build_environment(width=width, height=height),
        )
        self._process, self._stdin = process, process.stdin
        return process

    async def run(self) -> None:
        """Carry what the app says to the browser; when it ends, however it does, so does that."""
        try:
            await super().run()
        finally:
            await self.remote_close()

    async def on_meta(self, data: bytes) -> None:
        """The app may end; it may not send files to the browser, nor open pages there."""
        if json.loads(data)["type"] == "exit":
            await super().on_meta(data)

    async def stop(self) -> None:
        """Ask the app to end, and end it if it does not."""
        process = self._process
        with suppress(TimeoutError):
            await asyncio.wait_for(super().stop(), _STOP_S)
        if process is None:
            return
        try:
            await asyncio.wait_for(process.wait(), _STOP_S)
        except TimeoutError:
            process.kill()
            await process.wait()


def _closer(sockets: web.WebSocketResponse) -> Callable[[], Awaitable[None]]:
    async def close() -> None:
        await sockets.close()

    return close


class ViewerServer(Server):
    """The page, its files, and the socket; everything below the token."""

    def __init__(self, argv: Sequence[str], *, bind: str, port: int, title: str) -> None:
        """Make the server; it listens nowhere yet.

        Args:
            argv: What starts the app, word by word.
            bind: The address it will listen on.
            port: The port it will listen on.
            title: Of the page.
        """
        super().__init__(shlex.join(argv), host=bind, port=port, title=title)
        self.token = new_token()
        self._argv = tuple(argv)
        self._template = Template((_OURS / "page.html").read_text(encoding="utf-8"))
        self._sockets: set[web.WebSocketResponse] = set()

    @property
    def url(self) -> str:
        """Where to look; whoever knows it may come in."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{name}:{self.port}/{self.token}/"

    async def _make_app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        app.add_routes(
            [
                web.get("/{token}/", self.handle_page),
                web.get("/{token}/ws", self.handle_websocket),
                web.get("/{token}/static/{name}", self.handle_file),
            ]
        )
        app.on_shutdown.append(self.on_shutdown)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Let in who comes by this server's own name and knows the token."""
        token = request.path.split("/")[1]
        if not is_own_host(request.headers.get("Host", ""), self.host, self.port):
            answer: web.StreamResponse = _refused("this server does not go by that name")
        elif not is_same(token, self.token):
            answer = _refused("the address is not complete: copy the one `sandbox web` printed")
        else:
            try:
                answer = await handler(request)
            except web.HTTPException as error:
                answer = web.Response(status=error.status, text=error.reason)
        if not answer.prepared:
            answer.headers.update(_HEADERS)
        return answer

    async def handle_page(self, request: web.Request) -> web.Response:
        """The page."""
        wanted = request.query.get("fontsize", "16")
        size = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 4 else 16
        page = self._template.substitute(
            title=escape(self.title),
            socket=escape(f"ws://{request.headers['Host']}/{self.token}/ws"),
            font_size=size if size in _FONT_SIZES else 16,
        )
        return web.Response(text=page, content_type="text/html")

    async def handle_file(self, request: web.Request) -> web.StreamResponse:
        """One of the few files."""
        path = FILES.get(request.match_info["name"])
        return _refused("no such file", 404) if path is None else web.FileResponse(path)

    async def handle_websocket(self, request: web.Request) -> web.StreamResponse:  # type: ignore[override]  # a refusal is no socket
        """One viewer, from the first byte to the last."""
        if request.headers.get("Origin") != f"http://{request.headers['Host']}":
            return _refused("only the page itself may connect")
        if len(self._sockets) >= VIEWERS_MAX:
            return _refused(f"{VIEWERS_MAX} look at it already", 503)
        opened = web.WebSocketResponse(heartbeat=15, timeout=_STOP_S, max_msg_size=_MESSAGE_MAX)
        self._sockets.add(opened)
        try:
            await opened.prepare(request)
            service = ViewerService(self._argv, opened, self.download_manager)
            try:
                await service.start(
                    _whole(request.query.get("width"), _COLUMNS, 80),
                    _whole(request.query.get("height"), _LINES, 24),
                )
                async for message in opened:
                    await _pass_on(message, opened, service)
            finally:
                await service.stop()
        finally:
            self._sockets.discard(opened)
        return opened

    async def on_shutdown(self, app: web.Application) -> None:  # noqa: ARG002 - theirs
        """Let go of all viewers; their apps end with them."""
        for opened in tuple(self._sockets):
            await opened.close()


def _refused(why: str, status: int = 403) -> web.Response:
    return web.Response(status=status, text=f"{why}\n")


def _whole(given: object, allowed: range, otherwise: int) -> int:
    """A whole number in a range, from text or JSON; anything else is taken for `otherwise`."""
    if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 9:
        given = int(given)
    if isinstance(given, int) and not isinstance(given, bool):
        return min(max(given, allowed[0]), allowed[-1])
    return otherwise


async def _pass_on(message: WSMessage, opened: web.WebSocketResponse, service: AppService) -> None:
    """Do what a browser asks for; what is no message of the page is passed over."""
    if message.type is not WSMsgType.TEXT:
        return
    try:
        envelope = json.loads(message.data)
    except (ValueError, RecursionError):
        return
    match envelope:
        case ["stdin", str(keys)]:
            await service.send_bytes(keys.encode("utf-8", "replace"))
        case ["resize", {"width": width, "height": height}]:
            await service.set_terminal_size(_whole(width, _COLUMNS, 80), _whole(height, _LINES, 24))
        case ["ping", str(sent)]:
            await opened.send_json(["pong", sent[:40]])
        case _:  # focus and blur too: in a browser the app always has the keys
            return


def serve(
    argv: Sequence[str], *, bind: str, port: int, title: str, told: Callable[[str], None]
) -> None:
    """Serve the app until somebody interrupts or ends the process.

    Args:
        argv: What starts the app, word by word.
        bind: The address to listen on.
        port: The port to listen on; 0 for any that is free.
        title: Of the page.
        told: Called with the address of the page once it can be opened.

    Raises:
        UsageError: nothing can listen there.
    """
    if not _is_address(bind):
        raise UsageError(f"{bind!r} is no address", hint="Such as 127.0.0.1, or ::1.")
    try:
        listening = socket.create_server(
            (bind, port), family=socket.AF_INET6 if ":" in bind else socket.AF_INET
        )
    except (OSError, OverflowError) as error:
        raise UsageError(f"cannot listen on {bind} port {port}: {error}",
                         hint="--port 0 takes any that is free.") from error  # fmt: skip
    with listening:
        server = ViewerServer(argv, bind=bind, port=listening.getsockname()[1], title=title)
        asyncio.run(_serve(server, listening, told))


async def _serve(
    server: ViewerServer, listening: socket.socket, told: Callable[[str], None]
) -> None:
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    with suppress(NotImplementedError):  # not every system has signals in its event loop
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, ended.set)
    runner = web.AppRunner(await server._make_app(), access_log=None, shutdown_timeout=2 * _STOP_S)  # noqa: SLF001 - ours
    await runner.setup()
    try:
        await web.SockSite(runner, listening).start()
        told(server.url)
        await ended.wait()
    finally:
        await runner.cleanup()
