"""Three levels, nine outcomes, two attempts: every way through, engine against model."""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from heapq import heappop, heappush
from itertools import count
from typing import Any, Final, NamedTuple

import pytest

from sandbox.cascade.cascade import Cascade
from sandbox.cascade.events import Event, ReceiptReceived, Requested, SubmitAnswered
from sandbox.cascade.outputs import Submit
from sandbox.cascade.plan import Retries
from sandbox.cascade.vocabulary import NEVER, Status
from tests.support.hand import BUSY, NOBODY, level, plan, us
from tests.trust.side_by_side import SideBySide

THREE: Final = plan(
    *(level(channel, wait=30, retries=1) for channel in ("sms", "whatsapp", "viber"))
)


class Fate(NamedTuple):
    """What becomes of an attempt: its answer after a second, and a receipt so much later.

    Attributes:
        answer: None: there is none.
        receipt: None: there is none.
        after: Seconds from the submission to the receipt.
    """

    answer: Status | None
    receipt: Status | None = None
    after: int = 0


FATES: Final = {
    "delivered": Fate(Status.ACCEPTED, Status.DELIVERED, 3),
    "refused for good": Fate(Status.REFUSED),
    "refused for now": Fate(Status.REFUSED),
    "throttled": Fate(Status.THROTTLED),
    "silence": Fate(None),
    "failed": Fate(Status.ACCEPTED, Status.FAILED, 5),
    "rejected": Fate(Status.ACCEPTED, Status.REJECTED, 5),
    "expired": Fate(Status.ACCEPTED, Status.EXPIRED, 20),
    "no receipt": Fate(Status.ACCEPTED),
}
RETRIED: Final = ("refused for now", "throttled")
Way = Mapping[tuple[int, int], str]
"""Level and attempt -> what becomes of it."""


def ways(index: int = 0) -> Iterator[dict[tuple[int, int], str]]:
    """Every way that differs in something that comes to pass."""
    if index == len(THREE.levels):
        yield {}
        return
    for first in FATES:
        for second in FATES if first in RETRIED else ("",):
            here = {(index, 1): first} | ({(index, 2): second} if second else {})
            if "delivered" in (first, second):
                yield here
            else:
                for rest in ways(index + 1):
                    yield here | rest


def walk(way: Way) -> SideBySide:
    """Let engine and model go one way, to its end."""
    both = SideBySide(THREE)
    agenda: list[tuple[int, int, Event]] = [(0, 0, Requested(1, 0))]
    order = count(1)
    while agenda or both.due < NEVER:
        if agenda and agenda[0][0] <= both.due:
            at, _, event = heappop(agenda)
            submits = both.tell(event, at)
        else:
            submits = both.wake(both.due + 1)
        for submit in submits:
            for after, news in _news(way[submit.level, submit.attempt], submit):
                heappush(agenda, (both.now + after, next(order), news))
    return both


def _news(name: str, submit: Submit) -> Iterator[tuple[int, Event]]:
    fate, where = FATES[name], (submit.message, submit.level, submit.attempt)
    if fate.answer is not None:
        reason = NOBODY if name == "refused for good" else BUSY
        yield us(1), SubmitAnswered(*where, fate.answer, reason if fate.answer < 0 else None)
    if fate.receipt is not None:
        yield us(fate.after), ReceiptReceived(*where, fate.receipt)


@cache
def _table() -> tuple[Counter[str], tuple[str, ...]]:
    """How the ways end, and where the two differ."""
    endings: Counter[str] = Counter()
    differences: list[str] = []
    for way in ways():
        both = walk(way)
        model = both.models[1]
        endings[f"{model.outcome} {model.credit}"] += 1
        differences += [f"{way}: {text}" for text in both.differences()]
    return endings, tuple(differences)


def test_engine_and_model_agree_on_every_way() -> None:
    """S1-S20: in all 12169 ways through three levels both end alike, at the same instant."""
    endings, differences = _table()
    assert differences == ()
    assert endings.total() == 12169


def test_the_table_reaches_every_end() -> None:
    """Every attempt of every level delivers in some way, and some ways deliver nowhere."""
    endings, _ = _table()
    attempts = [(index, number) for index in range(3) for number in (1, 2)]
    assert set(endings) == {f"delivered {each}" for each in attempts} | {"exhausted (-1, 0)"}


# It would notice ---------------------------------------------------------------------------------

DEAF: Final = {(0, 1): "throttled", (0, 2): "expired", (1, 1): "silence", (2, 1): "delivered"}


def _without_retries(*_: Any) -> bool:
    return False


def test_it_notices_an_engine_without_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that does not try again is elsewhere than the model."""
    assert walk(DEAF).differences() == []
    monkeypatch.setattr(Cascade, "_retry", _without_retries)
    assert walk(DEAF).differences() != []


def test_it_notices_a_retry_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine off by one tries once more than the plan allows."""
    way = {(0, 1): "throttled", (0, 2): "throttled", (0, 3): "delivered", (1, 1): "delivered"}
    assert walk(way).differences() == []
    submit = Cascade._submit

    def miscounted(self: Cascade, *about: Any) -> None:
        submit(self, *about)
        self._tries = min(self._tries, Retries().max)

    monkeypatch.setattr(Cascade, "_submit", miscounted)
    assert walk(way).differences() != []
