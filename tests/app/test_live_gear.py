"""What one process of a live run has beside the world: where webhooks go, and what is noted."""

import asyncio
from pathlib import Path

import pytest

from sandbox.adapters.codec import Accepted, HttpAnswer, Refused, Unreadable
from sandbox.app.carrying import Carried
from sandbox.app.live_gear import _state_of, _told
from sandbox.app.live_run import Ready
from sandbox.cascade.events import Reason, SubmitAnswered
from sandbox.cascade.vocabulary import ReasonClass, Status
from sandbox.net.sender import Answered, Exchange, NeverLeft, NoAnswer
from sandbox.store.live import ExchangeState
from tests.support.live_rooms import tried, vendors

WHERE = (1, 0, 1)
HEARD = SubmitAnswered(*WHERE, Status.UNKNOWN)


def carried(exchange: Exchange | None, answer: object = None) -> Carried:
    """What came of a submission."""
    return Carried(WHERE, "sms", "fs1-r1-1-0-1", None, exchange, HEARD, answer)  # type: ignore[arg-type]  # any answer


@pytest.mark.parametrize(
    ("exchange", "state", "told"),
    [
        (None, ExchangeState.NEVER_LEFT, ""),
        (NeverLeft("refused", "nobody"), ExchangeState.NEVER_LEFT, "refused: nobody"),
        (NoAnswer("late", "no time left"), ExchangeState.LOST, "late: no time left"),
        (Answered(HttpAnswer(500, (), b"secret")), ExchangeState.ANSWERED, "HTTP 500"),
    ],
)  # fmt: skip
def test_what_came_back_is_noted_without_its_body(
    exchange: Exchange | None, state: ExchangeState, told: str
) -> None:
    found = carried(exchange)
    assert _state_of(found) is state
    assert _told(found) == told
    assert "secret" not in _told(found)


def test_what_an_answer_means_is_noted_in_a_few_words() -> None:
    answered = Answered(HttpAnswer(202, (), b"body"))
    assert _told(carried(answered, Accepted("SM1"))) == "HTTP 202"
    assert _told(carried(answered, Unreadable("no JSON", "body"))) == "HTTP 202, no JSON"
    refused = Refused(Reason("21211", ReasonClass.CALLER_ERROR, "no such number"), "")
    assert _told(carried(answered, refused)) == "HTTP 202, 21211 no such number"


async def _urls(path: Path, *, hears: bool) -> Ready:
    ready: list[Ready] = []
    async with vendors(tried(1, sms="dexatel", viber="dexatel")) as there:
        room = there.room(path, hears=hears)
        before = room._on_ready

        def on_ready(of: Ready) -> None:
            before(of)
            ready.append(of)
            room.stop()

        room._on_ready = on_ready
        await room.run()
    return ready[0]


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("hears", [True, False])
def test_whoever_is_heard_has_a_path_nobody_can_guess(tmp_path: Path, hears: bool) -> None:
    """One of its own for each provider; and none where nobody is heard."""
    ready = asyncio.run(_urls(tmp_path / "runs.sqlite", hears=hears))
    urls = dict(ready.webhook_urls)
    assert sorted(urls) == (["sms", "viber"] if hears else [])
    paths = {url.rpartition("/")[2] for url in urls.values()}
    assert len(paths) == len(urls)
    assert all(len(path) == 43 for path in paths)
