"""The file of a cassette: what is written is read again, what is none is refused by its line."""

from pathlib import Path

import pytest

from sandbox.adapters.catalogue import adapter_named
from sandbox.adapters.codec import Accepted, HttpAnswer, Receipt
from sandbox.app.cassette import (
    Cassette,
    Done,
    Exchange,
    Failed,
    Header,
    cassette_of,
    header_line,
    line_of,
    read_cassette,
)
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import Act, ReasonClass, Status
from sandbox.dialects.words import Word
from sandbox.errors import UsageError
from sandbox.net.sender import NeverLeft, NoAnswer
from tests.support.cassettes import Tape, taped


def tape() -> Tape:
    made = Tape(taped())
    where = made.submit(1, Word(Status.ACCEPTED))
    made.submit(2, NoAnswer("reset", "words"), at_us=5)
    made.submit(3, NeverLeft("dns", "words"))
    made.submit(4, Word(Status.REFUSED, Reason("x", ReasonClass.ACCOUNT)))
    made.receipt(where, Word(Status.DELIVERED), 3_100_000)
    made.recorder.acted(1, Act.VERIFIED, 4_000_000)
    made.recorder.close()
    return made


def written(cassette: Cassette) -> str:
    """The file, from what was read of it."""
    lines = [header_line(cassette.header), *(line_of(each) for each in cassette.exchanges)]
    lines += [line_of(said) for each in cassette.said.values() for said in each]
    lines += [line_of(done) for each in cassette.done.values() for done in each]
    return "".join(lines)


def test_what_is_written_is_read_again() -> None:
    cassette = tape().cassette
    assert cassette.is_whole
    assert [e.n for e in cassette.exchanges] == [0, 1, 2, 3]
    assert cassette.exchanges[1].answer == Failed(has_left=True, kind="reset")
    assert cassette.exchanges[2].answer == Failed(has_left=False, kind="dns")
    assert cassette.done == {0: (Done(of=0, act=Act.VERIFIED, since_us=3_900_000),)}
    (said,) = cassette.said[0]
    assert said.since_us == 3_000_000
    assert cassette_of(written(cassette).encode("ascii")) == cassette


def test_a_recording_that_was_broken_off_counts_as_far_as_it_is_whole() -> None:
    text = tape().text
    cut = cassette_of(text[:-10].encode("ascii"))
    assert not cut.is_whole
    assert len(cut.exchanges) == 4
    assert cut.done == {}


def test_lines_of_a_later_form_are_passed_over() -> None:
    more = tape().text + '{"is":"smell","of":0}\n'
    assert cassette_of(more.encode("ascii")) == tape().cassette


@pytest.mark.parametrize(
    ("line", "old", "new"),
    [
        (1, '"cassette":1', '"cassette":2'),
        (1, '"adapter":"dexatel"', '"adapter":"pigeon"'),
        (1, '"seed":3', '"seed":"x"'),
        (2, '"n":0', '"n":1'),
        (2, '"provider":"sms"', '"provider":"other"'),
        (2, '"took_us":100000', '"took_us":-1'),
        (2, '"took_us":100000', '"took_us":1e9'),
        (2, '"status":201', '"status":true'),
        (2, '"kind":"submit"', '"kind":"poem"'),
        (6, '"of":0', '"of":99'),
        (6, '"by":"webhook"', '"by":"pigeon"'),
        (6, "{", "[{"),
        (7, '"act":"verified"', '"act":"sing"'),
        (7, "}", "\u00e9}"),
    ],
)
def test_what_is_no_cassette_is_refused_by_its_line(line: int, old: str, new: str) -> None:
    lines = tape().text.splitlines()
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    with pytest.raises(UsageError, match=f"^the cassette:{line}: "):
        cassette_of(("\n".join(lines) + "\n").encode())


@pytest.mark.parametrize("data", [b"", b"\n", b"schema: 1\n", b"[" * 100_000 + b"\n", b"{}\n"])
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(UsageError, match="the cassette:1: this is no line of a cassette"):
        cassette_of(data)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no cassette"):
        read_cassette(tmp_path / "none")
    path = tmp_path / "c"
    path.write_text(header_line(Header(scenario="x", seed=1, currency="", recorded="2026-01-05")))
    assert read_cassette(path).exchanges == ()


def test_the_documented_file_is_one() -> None:
    """The example in the manual is read, and its webhook is about its first exchange."""
    manual = Path(__file__).parents[2] / "sandbox" / "docs" / "cassettes.md"
    example = manual.read_text(encoding="utf-8").split("```json\n")[1].split("```")[0]
    cassette = cassette_of(example.encode("ascii"))
    assert [len(each) for each in (cassette.exchanges, cassette.said, cassette.done)] == [2, 1, 1]
    adapter = adapter_named(cassette.header.providers["sms"].adapter)
    (said,) = cassette.said[0]
    (receipt,) = adapter.decode_webhook(said.hook())
    answer = cassette.exchanges[0].answer
    assert isinstance(answer, HttpAnswer)
    accepted = adapter.decode_answer(answer)
    assert isinstance(receipt, Receipt)
    assert isinstance(accepted, Accepted)
    assert accepted.provider_id == receipt.provider_id
    assert receipt.status is Status.DELIVERED


def test_submissions_and_recalls_are_told_apart() -> None:
    cassette = tape().cassette
    assert len(cassette.submissions("sms")) == 4
    assert cassette.recalls("sms") == cassette.submissions("viber") == ()
    assert isinstance(cassette.exchanges[0], Exchange)
