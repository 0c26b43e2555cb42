"""The promises of `conftest.py`."""

import asyncio
import os
import socket
import time
from collections.abc import Callable

import pytest
from textual import constants
from textual.app import App


def _connect() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(("127.0.0.1", 9))


def _connect_and_look_at_the_code() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect_ex(("127.0.0.1", 9))


def _send() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", ("127.0.0.1", 9))


def _listen() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.bind(("127.0.0.1", 0))


def _look_up() -> None:
    socket.getaddrinfo("localhost", 80)


def _connect_the_easy_way() -> None:
    socket.create_connection(("127.0.0.1", 9))


@pytest.mark.parametrize(
    "call",
    [
        _connect,
        _connect_and_look_at_the_code,
        _send,
        _listen,
        _look_up,
        _connect_the_easy_way,
    ],
)
def test_no_test_reaches_the_network(call: Callable[[], None]) -> None:
    """Whatever calls out fails the test that did it, even where errors of sockets are caught."""
    with pytest.raises(pytest.fail.Exception, match="used the network"):
        call()


@pytest.mark.usefixtures("loopback")
def test_a_test_that_asks_for_it_reaches_its_own_machine_and_no_further() -> None:
    """By number alone: no name is looked up, no other address is called, nothing is open to all."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.connect(server.getsockname())
    for call in (_look_up, _call_another_machine, _listen_to_all):
        with pytest.raises(pytest.fail.Exception, match="used the network"):
            call()


def _call_another_machine() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.connect(("192.0.2.1", 9))


def _listen_to_all() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.bind(("0.0.0.0", 0))  # noqa: S104 # must be refused


def test_an_event_loop_can_still_wake_itself() -> None:
    """The block leaves alone what asyncio needs for itself."""

    async def soon() -> int:
        return await asyncio.to_thread(lambda: 1)

    assert asyncio.run(soon()) == 1


def test_the_screen_does_not_animate_in_tests() -> None:
    """A picture taken in a test is the last one of a movement, whatever imported textual first."""
    assert constants.TEXTUAL_ANIMATIONS == "none"
    assert App[None]().animation_level == "none"


def test_the_terminal_of_whoever_runs_the_tests_does_not_show() -> None:
    """No colour, theme or time zone of the outside world reaches a test."""
    assert not {"NO_COLOR", "FORCE_COLOR", "COLORTERM", "TEXTUAL_THEME"} & os.environ.keys()
    assert time.strftime("%Z", time.localtime(0)) == "UTC"
