"""The proof that a server is one of this process: an open socket that listens, and nothing else."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.app import started
from sandbox.app.base_urls import base_url
from sandbox.app.started import StartedFakes
from sandbox.errors import MisuseError

pytestmark = pytest.mark.usefixtures("loopback")


def listening() -> socket.socket:
    """A socket that listens on a port of this machine."""
    return socket.create_server(("127.0.0.1", 0))


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with listening() as made:
        yield made


def port_of(made: socket.socket) -> int:
    port: int = made.getsockname()[1]
    return port


def test_what_listens_here_answers_its_own_address_and_no_other(server: socket.socket) -> None:
    """To the port, also below a path."""
    fakes, port = StartedFakes.on([server]), port_of(server)
    assert fakes.answers(base_url(f"http://127.0.0.1:{port}"))
    assert fakes.answers(base_url(f"http://127.0.0.1:{port}/dexatel"))
    others = [
        f"https://127.0.0.1:{port}",
        f"http://localhost:{port}",
        f"http://[::1]:{port}",
        f"http://127.0.0.1:{port % 65_535 + 1}",
        "http://127.0.0.1",
        "https://api.dexatel.com",
        f"http://api.dexatel.com:{port}",
    ]
    assert [url for url in others if fakes.answers(base_url(url))] == []


def test_what_has_been_closed_answers_nothing(server: socket.socket) -> None:
    """Another process may have the port by now."""
    fakes, url = StartedFakes.on([server]), base_url(f"http://127.0.0.1:{port_of(server)}")
    assert fakes.answers(url)
    server.close()
    assert not fakes.answers(url)


def test_what_does_not_listen_is_refused() -> None:
    """Bound alone, connected, closed, or for packets."""
    with socket.socket() as bound, socket.socket(type=socket.SOCK_DGRAM) as packets:
        bound.bind(("127.0.0.1", 0))
        packets.bind(("127.0.0.1", 0))
        closed = listening()
        closed.close()
        for each in (bound, packets, closed):
            with pytest.raises(MisuseError, match="in this process"):
                StartedFakes.on([each])


def test_the_far_end_of_a_connection_is_refused(server: socket.socket) -> None:
    """It has the address of somebody else's server."""
    with socket.socket() as client:
        client.connect(server.getsockname())
        with pytest.raises(MisuseError, match="in this process"):
            StartedFakes.on([client])


def test_what_listens_elsewhere_is_refused(
    server: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fake is for this machine's own address, here taken to be another."""
    StartedFakes.on([server])
    monkeypatch.setitem(started._LOOPBACK, socket.AF_INET, ("10.0.0.1", "127.0.0.1"))
    with pytest.raises(MisuseError, match="in this process"):
        StartedFakes.on([server])


def test_a_socket_that_is_a_file_is_refused(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(tmp_path / "s"))
        made.listen(1)
        with pytest.raises(MisuseError):
            StartedFakes.on([made])


class _Overridden(socket.socket):
    """A real socket that says it listens somewhere else."""

    def getsockname(self) -> tuple[str, int]:
        return ("127.0.0.1", 80)


def test_a_subclass_is_refused_since_it_may_lie() -> None:
    with _Overridden(socket.AF_INET, socket.SOCK_STREAM) as made:
        made.bind(("127.0.0.1", 0))
        made.listen(1)
        with pytest.raises(MisuseError):
            StartedFakes.on([made])


def test_one_wrong_socket_spoils_the_proof(server: socket.socket) -> None:
    with socket.socket() as bound, pytest.raises(MisuseError):
        StartedFakes.on([server, bound])
    with pytest.raises(MisuseError, match="nothing was started"):
        StartedFakes.on([])


@pytest.mark.parametrize("each", [("127.0.0.1", 80), "http://127.0.0.1:80", 3, None])
def test_what_is_no_socket_is_refused(each: object) -> None:
    """Whatever it says of itself."""
    with pytest.raises(MisuseError):
        StartedFakes.on([each])  # type: ignore[list-item]  # what is refused


class _Liar:
    """Says of itself what a listening socket says."""

    family, type = socket.AF_INET, socket.SOCK_STREAM

    def fileno(self) -> int:
        return 3

    def getsockopt(self, *_: object) -> int:
        return 1

    def getsockname(self) -> tuple[str, int]:
        return ("127.0.0.1", 80)


def test_what_only_behaves_like_one_is_refused() -> None:
    with pytest.raises(MisuseError):
        StartedFakes.on([_Liar()])  # type: ignore[list-item]  # what is refused
    forged = StartedFakes((_Liar(),))  # type: ignore[arg-type]  # what is refused
    assert not forged.answers(base_url("http://127.0.0.1:80"))


def test_the_sockets_of_a_server_in_the_event_loop_will_do() -> None:
    """As uvicorn gives them; and no longer when it has stopped."""

    async def serve() -> tuple[bool, bool]:
        server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", 0)
        fakes = StartedFakes.on(server.sockets)
        url = base_url(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        before = fakes.answers(url)
        server.close()
        await server.wait_closed()
        return before, fakes.answers(url)

    assert asyncio.run(serve()) == (True, False)
