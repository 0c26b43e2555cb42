"""A rehearsal's pass: for fakes of this very process, and for nothing else in the world."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.app.base_urls import BaseUrl, base_url
from sandbox.app.guard import Ask, Command, Generated, Pass, Wire, rehearsal
from sandbox.app.started import StartedFakes
from sandbox.errors import MisuseError, UsageError
from tests.support.locked import (
    COMPLETE,
    NUMBER,
    PLAN,
    SMS,
    TOKEN,
    WHATSAPP,
    WIRE,
    ask_without,
    keep_caps_in,
)

pytestmark = pytest.mark.usefixtures("loopback")

REFUSED: Final = "is no fake that this process has started"


@pytest.fixture(autouse=True)
def own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Caps of this test's own: a rehearsal must not even begin them."""
    return keep_caps_in(tmp_path, monkeypatch)


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


@pytest.fixture
def url(server: socket.socket) -> BaseUrl:
    return base_url(f"http://127.0.0.1:{server.getsockname()[1]}/fakes")


@pytest.fixture
def fakes(server: socket.socket) -> StartedFakes:
    return StartedFakes.on([server])


def at(url: BaseUrl | None, **changes: Any) -> Ask:
    """A message whose one real provider is there; whatever the lock asks besides is missing."""
    wire = replace(WIRE, base_url=url, tariff=None)
    bare = replace(COMPLETE, command=Command(verb="live"), allow=(), wires=(wire,))
    return replace(bare, **changes)


def test_fakes_of_this_process_are_written_to_without_any_condition(
    url: BaseUrl, fakes: StartedFakes, own_file: Path
) -> None:
    """No --live, allow-list, price, confirmation or caps: nothing leaves or is counted."""
    result = rehearsal(at(url), fakes)
    assert isinstance(result, Pass)
    assert result.reservation is None
    assert result.way("sms-main", SMS, NUMBER).base_url == url
    assert not own_file.exists()


def test_people_who_are_made_up_may_be_written_to(url: BaseUrl, fakes: StartedFakes) -> None:
    result = rehearsal(at(url, recipient=Generated("+4915100000001")), fakes)
    assert result.way("sms-main", SMS, "+4915100000001").provider == "sms-main"


def test_the_credentials_are_dummies_whatever_was_found(url: BaseUrl, fakes: StartedFakes) -> None:
    """A fake needs none, and its log may lie about."""
    way = rehearsal(at(url), fakes).way("sms-main", SMS, NUMBER)
    assert TOKEN not in [secret.reveal() for _, secret in way.credentials.secrets]
    assert way.credentials.text("auth_token") == "not-a-secret"


def test_the_pass_is_for_that_message_and_provider_alone(url: BaseUrl, fakes: StartedFakes) -> None:
    result = rehearsal(at(url), fakes)
    for provider, channel, number in (
        ("sms-main", SMS, "+447700900124"),
        ("sms-main", WHATSAPP, NUMBER),
        ("wa-simulated", WHATSAPP, NUMBER),
        ("elsewhere", SMS, NUMBER),
    ):
        with pytest.raises(MisuseError, match="the pass is not for"):
            result.way(provider, channel, number)


# It cannot be used to send anywhere else ---------------------------------------------------------


def elsewhere(port: int) -> list[BaseUrl]:
    """Addresses that are not the fake's, however near."""
    vendors = [each.base_url for each in ADAPTERS.values() if each.base_url]
    return [
        *map(base_url, vendors),
        *(
            base_url(text)
            for text in (
                f"https://127.0.0.1:{port}",
                f"http://localhost:{port}",
                f"http://[::1]:{port}",
                f"http://127.0.0.1:{port % 65_535 + 1}",
                "http://127.0.0.1",
                "https://127.0.0.1",
                f"http://127.0.0.2:{port}",
                f"http://127.0.0.1.example.com:{port}",
                f"http://stub.example.com:{port}",
                f"https://api.twilio.com:{port}",
            )
        ),
        BaseUrl("http", "127.0.0.1", 0),
        BaseUrl("http", "2130706433", port),
        BaseUrl("http", "127.1", port),
        BaseUrl("http", "0.0.0.0", port),  # noqa: S104 - what is refused
        BaseUrl("http", "::1", port),
        BaseUrl("http", "127.0.0.1@api.twilio.com", port),
        BaseUrl("HTTP", "127.0.0.1", port),
        BaseUrl("file", "127.0.0.1", port),
    ]


def test_no_other_address_is_let_through(server: socket.socket, fakes: StartedFakes) -> None:
    for url in elsewhere(server.getsockname()[1]):
        with pytest.raises(MisuseError, match=REFUSED):
            rehearsal(at(url), fakes)


def test_a_provider_without_an_address_is_refused(fakes: StartedFakes) -> None:
    with pytest.raises(MisuseError, match=REFUSED):
        rehearsal(at(None), fakes)


def test_one_real_provider_among_fakes_refuses_all(url: BaseUrl, fakes: StartedFakes) -> None:
    """Also where it stands last, and where the message would not even go to it."""
    fake = replace(WIRE, base_url=url)
    for other in ("wa-simulated", "nobody-uses-it"):
        real = replace(WIRE, provider=other, base_url=base_url("https://api.twilio.com"))
        for wires in ((fake, real), (real, fake)):
            with pytest.raises(MisuseError, match=f"{other} {REFUSED}"):
                rehearsal(replace(COMPLETE, wires=wires), fakes)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_wires_pass_only_if_all_are_fakes(
    data: st.DataObject, server: socket.socket, url: BaseUrl, fakes: StartedFakes
) -> None:
    """Whatever vendor, name and address."""
    strange = st.sampled_from([None, *elsewhere(server.getsockname()[1])])
    drawn = st.builds(
        Wire,
        provider=st.sampled_from(["sms-main", "wa-simulated", "other"]),
        adapter=st.sampled_from(list(ADAPTERS.values())),
        base_url=st.just(url) | strange,
        found=st.just(WIRE.found),
        tariff=st.none(),
    )
    wires = data.draw(st.lists(drawn, min_size=1, max_size=3, unique_by=lambda w: w.provider))
    ask = replace(COMPLETE, wires=tuple(wires))
    are_fakes = all(wire.base_url == url for wire in wires)
    used = {name for level in PLAN.levels for name in level.providers}
    if not are_fakes:
        with pytest.raises(MisuseError):
            rehearsal(ask, fakes)
    elif not used & {wire.provider for wire in wires}:
        with pytest.raises(UsageError, match="nothing of"):
            rehearsal(ask, fakes)
    else:
        assert {way.base_url for way in rehearsal(ask, fakes).ways} == {url}


def test_when_the_fake_has_stopped_nothing_is_let_through(
    server: socket.socket, url: BaseUrl, fakes: StartedFakes
) -> None:
    """Somebody else may listen there now."""
    rehearsal(at(url), fakes)
    server.close()
    with pytest.raises(MisuseError, match=REFUSED):
        rehearsal(at(url), fakes)


class _Says(StartedFakes):
    """Claims that everything is a fake."""

    def answers(self, url: BaseUrl) -> bool:  # noqa: ARG002 - whatever is asked
        return True


class _SaysToo:
    def answers(self, url: BaseUrl) -> bool:  # noqa: ARG002 - whatever is asked
        return True


def test_nobody_else_vouches_for_a_fake(server: socket.socket) -> None:
    """Neither a subclass nor a stand-in, and no truth value."""
    loopback = at(base_url("http://127.0.0.1:9"))
    for proof in (_Says((server,)), _SaysToo(), True, None, ((server,),)):
        with pytest.raises(MisuseError, match="nothing else proves"):
            rehearsal(loopback, proof)  # type: ignore[arg-type]  # what is refused


def test_what_is_not_real_is_no_rehearsal(fakes: StartedFakes) -> None:
    with pytest.raises(UsageError, match="nothing of 'otp' would go to a real provider"):
        rehearsal(replace(COMPLETE, wires=()), fakes)


def test_what_would_pass_the_lock_is_no_rehearsal(fakes: StartedFakes) -> None:
    """Every condition of the lock does not make a fake of a vendor."""
    with pytest.raises(MisuseError, match=REFUSED):
        rehearsal(ask_without(()), fakes)
