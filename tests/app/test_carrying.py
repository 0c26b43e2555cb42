"""From a command to a vendor and back: what is sent, what the engine hears, what the caps hold."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.adapters.codec import Accepted, HttpAnswer, HttpRequest, Refused
from sandbox.adapters.dexatel import DexatelAdapter
from sandbox.app.carrying import CANNOT_SEND, NOT_RESERVED, Carried, VendorCarrier
from sandbox.app.guard import Ask, Pass, admit
from sandbox.app.outgoing import Outgoing, SecretCodes
from sandbox.cascade.events import RecallAnswered, SubmitAnswered
from sandbox.cascade.outputs import Recall, Submit
from sandbox.cascade.vocabulary import ReasonClass, RecallResult, Status
from sandbox.errors import StorageError
from sandbox.net.sender import Answered, Exchange, NeverLeft, NoAnswer
from sandbox.scenario.model import Route, Wording
from sandbox.store import place
from sandbox.store.caps import CapLedger
from tests.support.locked import (
    COMPLETE,
    CONFIG,
    NUMBER,
    PLAN,
    TOKEN,
    ask_without,
    confirmed,
    keep_caps_in,
    ledger_without,
)

SID: Final = "SM" + "a" * 32
SUBMIT: Final = Submit(1, 0, 1, 1, "sms-main", None, 10_000_000, 2)
TAKEN: Final = Answered(HttpAnswer(201, (), b'{"sid":"%s","status":"queued"}' % SID.encode()))
PRICED: Final = Answered(
    HttpAnswer(
        201, (),
        b'{"sid":"%s","status":"queued","price":"-0.01","price_unit":"EUR"}' % SID.encode(),
    )
)  # fmt: skip
REFUSED: Final = Answered(HttpAnswer(400, (), b'{"code":21211,"message":"no such number"}'))
BUSY: Final = Answered(HttpAnswer(429, (("Retry-After", "3"),), b'{"code":20429}'))
HELD: Final = (2, 90_000_000)
"""What the lock reserves for the plan: a submission and its retry."""

_TAKEN_SQL: Final = (
    "SELECT sum(held_count + spent_count), sum(held_nano + spent_nano) FROM reservations"
)


@pytest.fixture(autouse=True)
def own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_caps_in(tmp_path, monkeypatch)


@dataclass
class Network:
    """Answers as it is told, and keeps what it was given."""

    answers: list[Exchange]
    asked: list[tuple[HttpRequest, str, float]] = field(default_factory=list)

    async def exchange(self, request: HttpRequest, base_url: str, timeout_s: float) -> Exchange:
        self.asked.append((request, base_url, timeout_s))
        return self.answers.pop(0)


@dataclass
class Desk:
    """A carrier with a network that only pretends, and what came of it."""

    network: Network
    carrier: VendorCarrier
    ledger: CapLedger
    passed: Pass
    notes: list[Carried]

    def submit(self, command: Submit = SUBMIT) -> SubmitAnswered:
        return asyncio.run(self.carrier.submit(command))

    def recall(self, command: Recall) -> RecallAnswered:
        return asyncio.run(self.carrier.recall(command))

    def room(self) -> tuple[int, int]:
        """Submissions, and billionths, that the ledger counts as taken."""
        with closing(sqlite3.connect(place.caps_path())) as ledger:
            taken: tuple[int, int] = ledger.execute(_TAKEN_SQL).fetchone()
            return taken


def desk(*answers: Exchange, ask: Ask | None = None, sender: str = "+447700900999") -> Desk:
    ledger = ledger_without(())
    passed = admit(ask or ask_without(()), CONFIG, ledger)
    assert isinstance(passed, Pass), passed
    notes: list[Carried] = []

    async def note(carried: Carried) -> None:
        notes.append(carried)

    network = Network(list(answers))
    carrier = VendorCarrier(
        outgoing=Outgoing(
            run="r7",
            codes=SecretCodes(bytes(32)),
            wordings={("otp", 0): Wording("Hello"), ("otp", 1): Wording("Hello")},
            routes={"sms-main": Route("sms-main", COMPLETE.wires[0].adapter.name, sender)},
        ),
        plan_of=lambda _: PLAN,
        pass_of=lambda _: passed,
        exchanger=network,
        ledger=ledger,
        currency="EUR",
        note=note,
    )
    return Desk(network, carrier, ledger, passed, notes)


def test_an_accepted_submission_is_heard_with_its_price_and_counted() -> None:
    """The stated price where the vendor says none; what is left of the reservation stays held."""
    here = desk(TAKEN)
    answer = here.submit()
    assert answer[:4] == (1, 0, 1, Status.ACCEPTED)
    assert (answer.reason, answer.owed_nano) == (None, 45_000_000)
    request, base_url, timeout_s = here.network.asked[0]
    assert (base_url, timeout_s) == ("https://api.twilio.com", 10.0)
    assert b"To=%2B447700900123" in request.body
    assert b"Hello" in request.body
    assert here.room() == HELD


def test_a_price_that_the_vendor_says_takes_the_place_of_the_stated_one() -> None:
    """0.01 EUR instead of 0.045, and the retry that may come is still reserved."""
    here = desk(PRICED)
    assert here.submit().owed_nano == 10_000_000
    assert here.room() == (2, 10_000_000 + 45_000_000)


@pytest.mark.parametrize(
    ("exchange", "status", "reason_class", "held"),
    [
        (REFUSED, Status.REFUSED, ReasonClass.PERMANENT_RECIPIENT, (1, 45_000_000)),
        (BUSY, Status.THROTTLED, ReasonClass.TRANSIENT, (1, 45_000_000)),
        (NeverLeft("connect", "no way"), Status.REFUSED, ReasonClass.TRANSIENT, (1, 45_000_000)),
        (NoAnswer("timeout", "too late"), Status.UNKNOWN, None, HELD),
        (Answered(HttpAnswer(502, (), b"<html>")), Status.UNKNOWN, None, HELD),
        (Answered(HttpAnswer(200, (), b"{}")), Status.UNKNOWN, None, HELD),
    ],
)
def test_what_surely_was_not_sent_gives_its_room_back_and_what_nobody_knows_keeps_it(
    exchange: Exchange, status: Status, reason_class: ReasonClass | None, held: tuple[int, int]
) -> None:
    """S21: a missing answer is unknown, and never taken for a refusal."""
    here = desk(exchange)
    answer = here.submit()
    assert answer.answer is status
    assert (answer.reason.reason_class if answer.reason else None) is reason_class
    assert here.room() == held
    assert here.carrier.troubles == []


def test_a_vendor_that_asks_to_be_left_alone_is_heard() -> None:
    assert desk(BUSY).submit().retry_after_us == 3_000_000


def test_what_cannot_be_encoded_is_refused_before_anything_leaves() -> None:
    """Twilio wants a sender: our own mistake, so the next level is tried, and it is flagged."""
    here = desk(sender="")
    answer = here.submit()
    assert answer.answer is Status.REFUSED
    assert answer.reason is not None
    assert (answer.reason.code, answer.reason.reason_class) == (
        CANNOT_SEND, ReasonClass.CALLER_ERROR,
    )  # fmt: skip
    assert "sender" in answer.reason.text
    assert here.network.asked == []
    assert here.room() == (1, 45_000_000)
    assert here.notes == [Carried((1, 0, 1), "sms-main", "", None, None, answer)]


def test_more_submissions_than_were_reserved_do_not_leave() -> None:
    """A resend by hand is a submission of its own, and the lock has let two through."""
    here = desk(TAKEN, TAKEN, TAKEN)
    for attempt in (1, 2):
        assert here.submit(SUBMIT._replace(attempt=attempt)).answer is Status.ACCEPTED
    third = here.submit(SUBMIT._replace(attempt=3))
    assert third.answer is Status.REFUSED
    assert third.reason is not None
    assert third.reason.code == NOT_RESERVED
    assert len(here.network.asked) == 2
    assert here.room() == HELD


@pytest.mark.parametrize("changes", [{"level": 1}, {"provider": "wa-simulated"}])
def test_a_pass_is_for_its_own_steps_only(changes: dict[str, Any]) -> None:
    """Nothing leaves, so the submission counts as refused."""
    here = desk(TAKEN)
    answer = here.submit(SUBMIT._replace(**changes))
    assert answer.answer is Status.REFUSED
    assert answer.reason is not None
    assert answer.reason.code == NOT_RESERVED
    assert here.network.asked == []
    assert "the pass is not for level" in here.carrier.troubles[0]


def test_the_reference_says_which_attempt_it_is_and_the_key_which_it_repeats() -> None:
    here = desk(TAKEN)
    here.submit(SUBMIT._replace(attempt=2))
    noted = here.notes[0]
    assert noted.reference == "fs1-r7-1-0-2"
    assert noted.where == (1, 0, 2)
    assert isinstance(noted.answer, Accepted)
    assert noted.answer.provider_id == SID


def test_what_is_noted_shows_no_secret() -> None:
    here = desk(REFUSED)
    here.submit()
    assert isinstance(here.notes[0].answer, Refused)
    assert TOKEN not in repr(here.notes)
    assert NUMBER in here.network.asked[0][0].body.decode().replace("%2B", "+")


def test_a_note_or_a_count_that_fails_is_told_and_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The answer came, so the engine hears it; the reservation stays."""
    here = desk(TAKEN)

    async def broken(_: Carried) -> None:
        raise StorageError("the disk is full")

    def unusable(*_: object) -> None:
        raise StorageError("the ledger is locked")

    monkeypatch.setattr(CapLedger, "settle", unusable)
    carrier = replace(here.carrier, note=broken)
    assert asyncio.run(carrier.submit(SUBMIT)).answer is Status.ACCEPTED
    assert len(carrier.troubles) == 2
    assert here.room() == HELD


# Recalls -----------------------------------------------------------------------------------------

RECALL: Final = Recall(1, 0, 1, "sms-main", 9)


def _of_dexatel(*answers: Exchange) -> Desk:
    wire = replace(COMPLETE.wires[0], adapter=DexatelAdapter())
    host = replace(
        wire, base_url=wire.base_url._replace(host="127.0.0.1") if wire.base_url else None
    )
    here = desk(*answers, ask=confirmed(replace(COMPLETE, wires=(host,))))
    route = Route("sms-main", "dexatel", "Example")
    outgoing = replace(here.carrier.outgoing, routes={"sms-main": route})
    here.carrier = replace(here.carrier, outgoing=outgoing)
    return here


def test_a_vendor_without_recall_is_not_asked() -> None:
    here = desk(TAKEN)
    here.submit()
    assert here.recall(RECALL).result is RecallResult.UNSUPPORTED
    assert len(here.network.asked) == 1


UUID: Final = "0f0e0d0c-0b0a-4908-8706-050403020100"
_TAKEN: Final = Answered(HttpAnswer(200, (), b'{"data":[{"id":"%s"}]}' % UUID.encode()))


@pytest.mark.parametrize(
    ("exchange", "result"),
    [
        (Answered(HttpAnswer(200, (), b"")), RecallResult.RECALLED),
        (Answered(HttpAnswer(404, (), b"{}")), RecallResult.TOO_LATE),
        (Answered(HttpAnswer(500, (), b"")), RecallResult.TOO_LATE),
        (NeverLeft("connect", "no way"), RecallResult.TOO_LATE),
        (NoAnswer("timeout", "too late"), RecallResult.TOO_LATE),
    ],
)
def test_a_recall_that_nobody_answers_well_counts_as_too_late(
    exchange: Exchange, result: RecallResult
) -> None:
    """S24: what nobody knows may have arrived."""
    here = _of_dexatel(_TAKEN, exchange)
    assert here.submit().answer is Status.ACCEPTED
    assert here.recall(RECALL)[:4] == (1, 0, 1, result)
    assert UUID in here.network.asked[1][0].path


def test_a_message_whose_name_at_the_vendor_is_not_known_is_not_called_back() -> None:
    here = _of_dexatel(NoAnswer("timeout", "too late"))
    here.submit()
    assert here.recall(RECALL).result is RecallResult.TOO_LATE
    assert len(here.network.asked) == 1


def test_a_later_process_may_call_back_what_an_earlier_one_sent() -> None:
    here = _of_dexatel(Answered(HttpAnswer(200, (), b"")))
    here.carrier.knows_as((1, 0, 1), UUID)
    assert here.recall(RECALL).result is RecallResult.RECALLED
