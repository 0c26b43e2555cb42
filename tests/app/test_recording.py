"""A recorder: what it writes means what was said, and has nothing of anybody in it."""

import io
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.adapters.codec import HttpAnswer, Receipt, Webhook
from sandbox.app.carrying import Carried
from sandbox.app.cassette import By, read_cassette
from sandbox.app.masking import Masks
from sandbox.app.recording import Recorder, news_of, recording
from sandbox.app.rehearsing import Rehearsal, rehearse
from sandbox.cascade.events import SubmitAnswered
from sandbox.cascade.vocabulary import Act, Status
from sandbox.dialects.words import Word
from sandbox.errors import StorageError, UsageError
from sandbox.net.sender import Answered, NoAnswer
from tests.support.cassettes import CODE, NOW_S, NUMBER, SECRETS, TEXT, Tape, taped
from tests.support.submissions import GIVEN
from tests.support.words_said import answers, receipts

CHANNELS: Final = {"whatsapp-cloud": "whatsapp"}


def secrets_of(tape: Tape) -> tuple[str, ...]:
    """All that must not be in its file: people's, and credentials."""
    kept = {"basic", "hooks"}  # words, no secrets
    given = (text for text in GIVEN[tape.adapter.vendor].values() if text not in kept)
    return (*SECRETS, *given)


def told(tape: Tape) -> list[tuple[Any, ...]]:
    """Whatever the cassette says later, as the adapter reads it."""
    return [
        (each.status, each.reason and each.reason.code, each.price, each.segments)
        for exchange in tape.cassette.exchanges
        for said in tape.cassette.said.get(exchange.n, ())
        for each in news_of(tape.adapter, said.hook(), said.by)
        if isinstance(each, Receipt)
    ]


@pytest.mark.parametrize("name", ADAPTERS)
def test_of_all_that_a_vendor_can_say_the_meaning_stays_and_the_people_go(name: str) -> None:
    tape = Tape(taped(name, CHANNELS.get(name, "sms")))
    meant: list[tuple[Any, ...]] = []
    for number, word in enumerate(answers(), 1):
        where = tape.submit(number, word, at_us=number)
        if number == 1:
            for at_us, receipt in enumerate(receipts()):
                hook = tape.dialect.receipt(tape.taken[where], receipt)
                for each in () if hook is None else news_of(tape.adapter, hook, By.WEBHOOK):
                    assert isinstance(each, Receipt)
                    why = each.reason and each.reason.code
                    meant.append((each.status, why, each.price, each.segments))
                tape.receipt(where, receipt, at_us)
    tape.recorder.close()
    assert tape.recorder.troubles == []
    assert told(tape) == meant
    assert len(meant) > 3
    assert all(
        tape.accepted_id((1, 0, 1)) == each.provider_id
        for said in tape.cassette.said[0]
        for each in news_of(tape.adapter, said.hook(), said.by)
        if isinstance(each, Receipt)
    )
    for secret in secrets_of(tape):
        assert secret not in tape.text
    assert tape.taken[1, 0, 1].provider_id not in tape.text or name == "infobip"
    assert tape.text.isascii()


def hostile(name: str) -> list[bytes]:
    """Bodies that hold what they should not, where one would not look."""
    every = {
        "status": TEXT, "code": int(CODE), "title": "Philippa", "error_code": CODE, NUMBER: NUMBER,
        "Philippa": {"Philippa": [TEXT, {"id": NUMBER[1:]}]}, "price": CODE, "currency": "Philippa",
        "timestamp": NUMBER[1:], "payload": f"fs1-{CODE}-1-0-1", "description": f"to {NUMBER}",
        "type": f"https://x.test/{NUMBER}#{CODE}", "detail": list(GIVEN[name].values()),
        "account_sid": next(iter(GIVEN[name].values())), "name": "Philippa", "event": "Philippa",
        "text": {"body": TEXT}, "profile": {"name": "Philippa"}, "big": float(CODE), "n": int(CODE),
    }  # fmt: skip
    return [
        json.dumps(every).encode(),
        json.dumps({"data": [every], "messages": [every], "error": every}).encode(),
        json.dumps({"data": every, "results": [every], "requestError": every}).encode(),
        json.dumps({"message": TEXT + NUMBER}).encode(),
        TEXT.encode(),
        f"To={NUMBER}&Body={CODE}&Philippa=1".encode(),
    ]


@pytest.mark.parametrize("name", ADAPTERS)
def test_hostile_bodies_leave_nothing_behind(name: str) -> None:
    tape = Tape(taped(name, CHANNELS.get(name, "sms")))
    kinds = ("application/json", "application/x-www-form-urlencoded", "text/html", TEXT)
    number = 0
    for body in hostile(tape.adapter.vendor):
        for kind in kinds:
            for status in (201, 400, 500):
                number += 1
                headers = (("Content-Type", kind), ("X-Who", "Philippa"), ("Retry-After", CODE))
                where = tape.submit(number, Answered(HttpAnswer(status, headers, body)))
                tape.hook(Webhook("POST", f"https://h.test/?to={NUMBER}", headers, body), 5)
                good = tape.dialect.receipt(tape.taken[where], Word(Status.DELIVERED))
                assert good is not None
                tape.hook(replace(good, url=f"{good.url}?who=Philippa&{NUMBER}={CODE}"), 6)
    tape.recorder.close()
    assert len(tape.cassette.exchanges) == number == 72
    for secret in secrets_of(tape):
        assert secret not in tape.text.replace('Retry-After","' + CODE, "")
        assert secret.encode().hex() not in tape.text


def test_the_check_for_leftovers_can_fail() -> None:
    """Masks that know nothing to hide and hide nothing would be seen."""

    class Open(Masks):
        def body(self, vendor: str, headers: Any, body: bytes, *, is_ours: bool = False) -> str:  # noqa: ARG002 - hides nothing
            return body.decode("ascii")

    tape = Tape(taped())
    tape.recorder = Recorder(
        tape.scenario, tape.out, now_s=NOW_S, is_rehearsal=True, masks=Open(NOW_S)
    )
    tape.submit(1, Word(Status.ACCEPTED))
    assert CODE in tape.text


def test_what_changes_its_meaning_by_masking_is_told() -> None:
    class Blind(Masks):
        def body(self, vendor: str, headers: Any, body: bytes, *, is_ours: bool = False) -> str:  # noqa: ARG002 - hides all
            return "{}"

    tape = Tape(taped())
    tape.recorder = Recorder(
        tape.scenario, io.StringIO(), now_s=NOW_S, is_rehearsal=True, masks=Blind(NOW_S)
    )
    where = tape.submit(1, Word(Status.ACCEPTED))
    tape.receipt(where, Word(Status.DELIVERED), 5)
    assert tape.recorder.troubles == [
        "an answer of sms could not be masked without changing what it means",
        "a word of sms could not be masked without changing what it means",
    ]


def test_what_comes_before_its_answer_is_held() -> None:
    """A receipt that overtakes the answer is written below it, with a time before it."""
    tape = Tape(taped())
    other = Tape(taped())
    where = other.submit(1, Word(Status.ACCEPTED))
    hook = other.dialect.receipt(other.taken[where], Word(Status.DELIVERED))
    assert hook is not None
    tape.hook(hook, 40_000)
    assert tape.recorder.counts.said == 0
    tape.submit(1, Word(Status.ACCEPTED), took_us=100_000)
    assert [said.since_us for said in tape.cassette.said[0]] == [-60_000]
    tape.hook(other.dialect.receipt(other.taken[where], Word(Status.READ)) or hook, 200_000)
    assert [said.since_us for said in tape.cassette.said[0]] == [-60_000, 100_000]


def test_what_is_about_nobody_is_counted_and_what_a_person_writes_is_not_kept() -> None:
    tape, other = Tape(taped()), Tape(taped())
    where = other.submit(9, Word(Status.ACCEPTED))
    other.receipt(where, Word(Status.DELIVERED), 5)
    hook = other.dialect.receipt(other.taken[where], Word(Status.DELIVERED))
    assert hook is not None
    tape.hook(hook, 5)
    inbound = {"data": {"event": "message", "text": "Philippa says hello"}}
    tape.hook(Webhook("POST", "https://h.test/", (), json.dumps(inbound).encode()), 6)
    tape.recorder.close()
    assert tape.recorder.counts == (0, 1, 1, 1)
    assert tape.cassette.lost == 1
    assert "hello" not in tape.text
    assert tape.text.count("\n") == 2


def test_a_vendor_that_is_asked_again_is_heard_once() -> None:
    tape = Tape(taped())
    where = tape.submit(1, Word(Status.ACCEPTED))
    for at_us, status in enumerate((Status.SENT, Status.SENT, Status.DELIVERED, Status.DELIVERED)):
        tape.poll(tape.dialect.polled(tape.taken[where], Word(status)), at_us)
    assert [said.by for said in tape.cassette.said[0]] == [By.POLL, By.POLL]


def test_what_never_reached_a_vendor_is_no_exchange() -> None:
    tape = Tape(taped())
    tape.recorder.leaving((1, 0, 1), 0)
    heard = SubmitAnswered(1, 0, 1, Status.REFUSED)
    tape.recorder.exchanged(Carried((1, 0, 1), "sms", "", None, None, heard), tape.passed(), 5)
    assert tape.recorder.counts.exchanges == 0
    tape.recorder.acted(1, Act.VERIFIED, 6)
    assert tape.text.count("\n") == 1


def test_a_full_disk_ends_the_recording_and_nothing_else() -> None:
    tape = Tape(taped())
    tape.submit(1, NoAnswer("reset", ""))

    class Full(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(28, "no space left")

    tape.recorder._file = Full()
    tape.submit(2, Word(Status.ACCEPTED))
    tape.submit(3, Word(Status.ACCEPTED))
    tape.recorder.close()
    assert tape.recorder.troubles == ["the recording broke off: OSError"]
    assert len(tape.cassette.exchanges) == 1


def test_a_cassette_is_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "c"
    path.write_text("precious")
    with (
        pytest.raises(UsageError, match="there already"),
        recording(path, taped(), is_rehearsal=True),
    ):
        pass
    assert path.read_text() == "precious"
    with (
        pytest.raises(StorageError, match="cannot write"),
        recording(tmp_path / "no" / "c", taped(), is_rehearsal=True),
    ):
        pass


def test_of_nothing_there_is_no_cassette(tmp_path: Path) -> None:
    with recording(tmp_path / "c", taped(), is_rehearsal=True):
        assert (tmp_path / "c").exists()
    assert not (tmp_path / "c").exists()


@pytest.mark.usefixtures("loopback")
@pytest.mark.parametrize("asks", [False, True])
def test_a_rehearsal_is_recorded(tmp_path: Path, asks: bool) -> None:
    """Through real HTTP on this machine: every submission, and the last word about each."""
    scenario, path = taped(), tmp_path / "c"
    with recording(path, scenario, is_rehearsal=True, speed=Fraction(100)) as recorder:
        order = Rehearsal(scenario=scenario, speed=Fraction(100), asks=asks, watch=recorder)
        done = rehearse(order)
    assert recorder.troubles == []
    cassette = read_cassette(path)
    counts = done.live.result.metrics.message_counts()
    assert len(cassette.exchanges) == counts["total"] == 10
    assert len(cassette.said) >= counts["delivered"] > 5
    assert {said.by for each in cassette.said.values() for said in each} == {
        By.POLL if asks else By.WEBHOOK
    }
    assert all(each.took_us > 0 for each in cassette.exchanges)
    assert "Philippa" not in path.read_text()
