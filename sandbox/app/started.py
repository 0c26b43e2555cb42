"""Servers on this machine that this very process has started, and the proof that it has.

A listening socket that is open in this process is the proof: whoever connects to its address is
answered here, and by nobody else. A name such as `localhost` proves nothing, since it may lead to
another address, and neither does an address alone.
"""

from asyncio.trsock import TransportSocket
from collections.abc import Iterable
from dataclasses import dataclass
from socket import AF_INET, AF_INET6, SO_ACCEPTCONN, SOCK_STREAM, SOL_SOCKET, socket
from typing import Final

from sandbox.app.base_urls import BaseUrl
from sandbox.errors import MisuseError

Listening = socket | TransportSocket

_LOOPBACK: Final = {AF_INET: ("127.0.0.1", "127.0.0.1"), AF_INET6: ("::1", "[::1]")}
"""By family, the address of this machine as a socket has it, and as a base URL."""


@dataclass(frozen=True, slots=True)
class StartedFakes:
    """Fakes of vendors that run in this process.

    Attributes:
        sockets: Those they listen on; looked at anew each time somebody asks.
    """

    sockets: tuple[Listening, ...]

    @classmethod
    def on(cls, sockets: Iterable[Listening]) -> "StartedFakes":
        """Those that listen on some sockets of this process.

        Raises:
            MisuseError: there is none, or one does not listen on this machine's own address.
        """
        started = cls(tuple(sockets))
        if not started.sockets:
            raise MisuseError("nothing was started")
        for each in started.sockets:
            if _listens_at(each) is None:
                raise MisuseError("a fake listens on 127.0.0.1 or ::1, in this process")
        return started

    def answers(self, url: BaseUrl) -> bool:
        """Whether requests to a base URL are answered by one of them."""
        if url.scheme != "http" or not url.port:
            return False
        return (url.host, url.port) in {_listens_at(each) for each in self.sockets}


def _listens_at(each: object) -> tuple[str, int] | None:
    """Host and port of a listening socket, as a base URL has them; None: it is no such thing."""
    # Of these very types: a subclass could say of itself what it likes.
    if type(each) is not socket and type(each) is not TransportSocket:
        return None
    try:
        family, kind = each.family, each.type
        is_listening = each.fileno() >= 0 and each.getsockopt(SOL_SOCKET, SO_ACCEPTCONN)
        name = each.getsockname()
    except OSError:
        return None
    own = _LOOPBACK.get(family)  # type: ignore[call-overload]  # a socket of another family has none
    if own is None or kind != SOCK_STREAM or not is_listening or name[0] != own[0]:
        return None
    return own[1], int(name[1])
