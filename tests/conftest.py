"""What holds for every test: no network, a plain terminal, UTC, and luck that repeats in CI."""

import importlib
import os
import socket
import sys
import time
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import settings

# The terminal ------------------------------------------------------------------------------------

for _name in ("COLORTERM", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "TEXTUAL_THEME"):
    os.environ.pop(_name, None)
os.environ["TEXTUAL_ANIMATIONS"] = "none"
if "textual.constants" in sys.modules:
    # The snapshot plugin imports textual before any conftest runs, and textual looks at its
    # environment once.
    importlib.reload(sys.modules["textual.constants"])

# The place ---------------------------------------------------------------------------------------

os.environ["TZ"] = "UTC"
if hasattr(time, "tzset"):
    time.tzset()

# Hypothesis --------------------------------------------------------------------------------------

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=300, deadline=None, derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

# The network -------------------------------------------------------------------------------------

_CALLS_OUT: Final = frozenset(
    {
        "socket.bind",
        "socket.connect",
        "socket.getaddrinfo",
        "socket.gethostbyaddr",
        "socket.gethostbyname",
        "socket.sendmsg",
        "socket.sendto",
    }
)

_LOOPBACK: Final = "127.0.0.1"
_asked_for_loopback: list[bool] = []


@pytest.fixture
def loopback() -> Iterator[None]:
    """Let a test open ports of this machine and call them, by number; no other test can."""
    _asked_for_loopback.append(True)
    yield
    _asked_for_loopback.pop()


def _is_local(event: str, args: tuple[object, ...]) -> bool:
    """Whether a test that asked for it keeps to this machine; names are looked up by none."""
    if not _asked_for_loopback or event not in {"socket.bind", "socket.connect"}:
        return False
    address = args[1]
    return isinstance(address, tuple) and address[0] == _LOOPBACK


def _refuse_the_network(event: str, args: tuple[object, ...]) -> None:
    """Fail whatever calls out; a local socket, as an event loop needs to wake itself, may."""
    if event not in _CALLS_OUT:
        return
    first = args[0] if args else None
    if isinstance(first, socket.socket) and first.family == socket.AF_UNIX:
        return
    if _is_local(event, args):
        return
    pytest.fail(f"a test used the network: {event} {args[1:]}")


# An audit hook sees every way out, also those of code that kept its own reference to a socket's
# methods; it stays for as long as the process does.
sys.addaudithook(_refuse_the_network)
