"""Whatever the network and a server do: what the engine decides, what is sent, what the caps count.

One message to one person, through the live lock and all that is behind it. The first level goes to
a server that behaves badly, the second one to a vendor that accepts; a run lasts two seconds.
"""

import asyncio
import re
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from sandbox.adapters.reference import read_reference
from sandbox.app.live_run import LiveResult, LiveRoom
from sandbox.app.stored import replay
from sandbox.cascade.outputs import (
    ACCEPTED,
    FINISHED,
    REFUSED,
    RETRY_PLANNED,
    SUBMITTED,
    THROTTLED,
    UNKNOWN,
    WAIT_OVER,
    Fact,
)
from sandbox.cascade.vocabulary import SECOND_US
from sandbox.store import place
from sandbox.store.live import ExchangeState
from tests.support.crashing import NUMBER, order_of
from tests.support.live_rooms import left_of
from tests.support.locked import keep_caps_in
from tests.support.raw_servers import Talk, free_port, raw_server
from tests.support.scenario_texts import loaded

pytestmark = pytest.mark.usefixtures("loopback")

TEXT: Final = f"""\
schema: 1
name: drilled
cascades:
  otp:
    deadline: 10m
    content: {{text: hello}}
    levels:
      - channel: sms
        success: accepted
        wait: 8s
        submit_timeout: 6s
        on_unknown: %s
        retries: {{max: 1, on: [refused.temporary, throttled], backoff: {{first: 1s, jitter: 0%%}}}}
      - {{channel: viber, success: accepted, wait: 8s, submit_timeout: 6s}}
providers:
  sms: {{adapter: dexatel, sender: ACME, base: ideal, price: {{amount: 0.05 EUR}}}}
  viber: {{adapter: vonage, sender: ACME, base: ideal, price: {{amount: 0.02 EUR}}}}
recipients: {{people: {{anna: {{phone: "{NUMBER}", traits: []}}}}}}
load: [{{message: first, to: anna}}]
"""

_REFERENCE: Final = re.compile(rb"fs1-[A-Za-z0-9-]+")
_VIBER: Final = b'{"message_uuid": "11111111-1111-4111-8111-111111111111"}'
_SMS: Final = b'{"data": {"id": "22222222-2222-4222-8222-222222222222", "status": "enroute"}}'

TAKEN: Final = [SUBMITTED, ACCEPTED, FINISHED]

Drill = Callable[[Talk, int], Awaitable[None]]
"""What the first level's server does; the number says which request it is, from 1."""


def answer(head: str, body: bytes = b"{}") -> bytes:
    return f"HTTP/1.1 {head}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


async def resets_before_the_body(talk: Talk, _: int) -> None:
    talk.reset()


async def resets_in_the_answer(talk: Talk, _: int) -> None:
    await talk.say(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{", every_s=0.02)
    talk.reset()


async def closes_without_a_word(talk: Talk, _: int) -> None:
    talk.writer.close()


async def is_broken(talk: Talk, _: int) -> None:
    await talk.say(answer("503 Service Unavailable"))


async def says_garbage(talk: Talk, _: int) -> None:
    await talk.say(b"\x00\xffwhat?\r\n\r\n")
    talk.writer.close()


async def says_no_json(talk: Talk, _: int) -> None:
    await talk.say(answer("200 OK", b"<html>"))


async def says_nothing(talk: Talk, _: int) -> None:
    await talk.hang()


async def throttles_once(talk: Talk, nth: int) -> None:
    first = answer("429 Too Many Requests\r\nRetry-After: 5")
    await talk.say(first if nth == 1 else answer("200 OK", _SMS))


async def throttles(talk: Talk, _: int) -> None:
    await talk.say(answer("429 Too Many Requests\r\nRetry-After: 3"))


async def accepts_the_second(talk: Talk, nth: int) -> None:
    if nth == 1:
        await talk.hang()
    await talk.say(answer("200 OK", _SMS))


@dataclass
class Drilled:
    """What came of it."""

    result: LiveResult
    facts: list[Fact]
    references: Counter[str]
    held: int
    spent: int
    states: list[ExchangeState]
    path: Path = field(repr=False)

    def steps(self, level: int | None = None) -> list[str]:
        """The kinds of what happened, in order; of a level, or of all."""
        told = (SUBMITTED, ACCEPTED, REFUSED, THROTTLED, UNKNOWN, RETRY_PLANNED, WAIT_OVER,
                FINISHED)  # fmt: skip
        return [f[5] for f in self.facts if f[5] in told and level in (None, f[3])]

    def at_s(self, kind: str) -> list[float]:
        """When something happened, in seconds of the run."""
        return [fact[1] / SECOND_US for fact in self.facts if fact[5] == kind]

    def check(self) -> None:
        """What holds however it goes."""
        assert self.result.is_whole
        assert self.result.troubles == ()
        assert self.result.result.violations == ()
        assert set(self.references.values()) <= {1}, self.references
        assert replay(self.path, "r1").difference is None


def counted() -> tuple[int, int]:
    """Submissions that the caps hold for nobody knows what, and those that count for ever."""
    with closing(sqlite3.connect(place.caps_path())) as ledger:
        row = ledger.execute("SELECT sum(held_count), sum(spent_count) FROM reservations")
        held, spent = row.fetchone()
        return int(held), int(spent)


async def drilled(path: Path, drill: Drill | None, on_unknown: str = "next") -> Drilled:
    """Send the message; without a drill nobody listens at all."""
    references: Counter[str] = Counter()
    numbers: Counter[str] = Counter()

    async def serve(talk: Talk) -> None:
        while True:
            head = await talk.reader.readuntil(b"\r\n\r\n")
            is_sms = head.startswith(b"POST /sms/")
            numbers[str(is_sms)] += 1
            if is_sms and drill is resets_before_the_body:
                await drill(talk, numbers[str(is_sms)])
                return
            length = re.search(rb"content-length: (\d+)", head.lower())
            body = await talk.reader.readexactly(int(length[1]) if length else 0)
            found = _REFERENCE.search(body)
            assert found is not None
            assert read_reference(found[0].decode()) is not None
            references[found[0].decode()] += 1
            if is_sms:
                assert drill is not None
                await drill(talk, numbers[str(is_sms)])
            else:
                await talk.say(answer("202 Accepted", _VIBER))

    facts: list[Fact] = []
    async with raw_server(serve) as server:
        sms = f"http://127.0.0.1:{free_port()}" if drill is None else server.url
        urls = {"sms": f"{sms}/sms", "viber": f"{server.url}/viber"}
        order = order_of(loaded(TEXT % on_unknown), path, urls, free_port())
        async with asyncio.timeout(30):
            result = await LiveRoom(order, folds=(facts.extend,)).run()
    left = await left_of(path)
    held, spent = counted()
    states = [row.state for row in left.exchanges]
    return Drilled(result, facts, references, held, spent, states, path)


@pytest.fixture(autouse=True)
def own_caps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_caps_in(tmp_path, monkeypatch)


def run(path: Path, drill: Drill | None, on_unknown: str = "next") -> Drilled:
    done = asyncio.run(drilled(path / "runs.sqlite", drill, on_unknown))
    done.check()
    return done


def test_where_nobody_listens_it_is_tried_again_and_then_elsewhere(tmp_path: Path) -> None:
    """Nothing left, so nothing counts but what the second vendor took, and what was not needed."""
    done = run(tmp_path, None)
    assert done.steps(0) == [SUBMITTED, REFUSED, RETRY_PLANNED, SUBMITTED, REFUSED]
    assert done.steps(1) == TAKEN
    assert done.states == [ExchangeState.NEVER_LEFT] * 2 + [ExchangeState.ANSWERED]
    assert len(done.references) == 1
    assert done.spent == 1


OPEN: Final = [
    (resets_before_the_body, ExchangeState.LOST),
    (closes_without_a_word, ExchangeState.LOST),
    (resets_in_the_answer, ExchangeState.LOST),
    (says_garbage, ExchangeState.LOST),
    (says_nothing, ExchangeState.LOST),
    (is_broken, ExchangeState.ANSWERED),
    (says_no_json, ExchangeState.ANSWERED),
]


@pytest.mark.parametrize(("drill", "state"), OPEN)
def test_what_leaves_it_open_is_unknown_and_never_tried_again_by_itself(
    drill: Drill, state: ExchangeState, tmp_path: Path
) -> None:
    """The next level has its turn, and what may have been sent counts in the caps."""
    done = run(tmp_path, drill)
    assert done.steps(0) == [SUBMITTED, UNKNOWN]
    assert done.steps(1) == TAKEN
    assert done.states == [state, ExchangeState.ANSWERED]
    assert done.held >= 1
    assert done.spent == 1


def test_with_wait_a_receipt_is_waited_for_first(tmp_path: Path) -> None:
    done = run(tmp_path, closes_without_a_word, "wait")
    assert done.steps(0) == [SUBMITTED, UNKNOWN, WAIT_OVER]
    [unknown], [over] = done.at_s(UNKNOWN), done.at_s(WAIT_OVER)
    assert over >= unknown + 7  # the wait counts from where acceptance could have been
    assert done.steps(1) == TAKEN
    assert (done.held >= 1, done.spent) == (True, 1)


def test_with_resend_it_goes_out_once_more_under_the_same_key(tmp_path: Path) -> None:
    """As the scenario says, and not silently; each of the two counts."""
    done = run(tmp_path, accepts_the_second, "resend")
    assert done.steps(0)[:2] == [SUBMITTED, UNKNOWN]
    assert done.steps(0)[-3:] == TAKEN
    assert done.steps(1) == []
    assert sorted(done.references) == ["fs1-r1-1-0-1", "fs1-r1-1-0-2"]
    assert done.states == [ExchangeState.LOST, ExchangeState.ANSWERED]
    assert (done.held >= 1, done.spent) == (True, 1)


def test_throttled_waits_as_long_as_the_vendor_asks(tmp_path: Path) -> None:
    """Longer than the pause of the scenario, and then it is accepted."""
    done = run(tmp_path, throttles_once)
    assert done.steps(0)[:4] == [SUBMITTED, THROTTLED, RETRY_PLANNED, SUBMITTED]
    assert ACCEPTED in done.steps(0)
    assert done.steps(1) == []
    first, second = done.at_s(SUBMITTED)
    assert second - first >= 5
    assert (done.spent, set(done.states)) == (1, {ExchangeState.ANSWERED})


def test_throttled_again_and_again_is_given_up(tmp_path: Path) -> None:
    """What was turned away does not count."""
    done = run(tmp_path, throttles)
    assert done.steps(0) == [SUBMITTED, THROTTLED, RETRY_PLANNED, SUBMITTED, THROTTLED]
    assert done.steps(1) == TAKEN
    first, second, _ = done.at_s(SUBMITTED)
    assert second - first >= 3
    assert done.spent == 1


def test_what_is_held_tells_what_is_unknown_from_what_was_turned_away(tmp_path: Path) -> None:
    """The caps would not be seen to differ if they held the same after both."""
    turned = asyncio.run(drilled(tmp_path / "1.sqlite", throttles))
    held, spent = turned.held, turned.spent
    unknown = asyncio.run(drilled(tmp_path / "2.sqlite", says_garbage))
    assert unknown.spent - spent == spent == 1
    assert unknown.held - held > held
