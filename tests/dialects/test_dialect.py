"""What all dialects share: which code stands for a reason, and what is heard of a word."""

from typing import ClassVar, Final

import pytest

from sandbox.adapters.codec import SMS, Credentials
from sandbox.adapters.reasons import table_of
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import ReasonClass, Status
from sandbox.dialects.catalogue import DIALECTS
from sandbox.dialects.dialect import Codes, Dialect, json_answer, json_hook, with_header
from sandbox.dialects.twilio import TwilioDialect
from sandbox.dialects.words import Inability, Lacks, Submitted, Taken, Word

PERMANENT: Final = ReasonClass.PERMANENT_RECIPIENT
TRANSIENT: Final = ReasonClass.TRANSIENT
ABOUT: Final = Taken(
    submitted=Submitted(channel=SMS, recipient="+37490000001"), provider_id="x", at_s=1
)


class Plain(Dialect):
    """A vendor with Twilio's table that can say everything."""

    vendor: ClassVar = "plain"
    table: ClassVar = table_of("twilio")
    refusals: ClassVar[Codes] = TwilioDialect.refusals
    failures: ClassVar[Codes] = TwilioDialect.failures
    throttle: ClassVar = "20429"
    inabilities: ClassVar[tuple[Inability, ...]] = ()


@pytest.mark.parametrize(
    ("word", "code"),
    [
        (Word(Status.ACCEPTED), ""),
        (Word(Status.DELIVERED, Reason("30003", TRANSIENT)), ""),
        (Word(Status.REFUSED), "20503"),
        (Word(Status.REFUSED, Reason("21211", PERMANENT)), "21211"),
        (Word(Status.REFUSED, Reason("21211", TRANSIENT)), "20503"),
        (Word(Status.REFUSED, Reason("21611", TRANSIENT)), "20503"),
        (Word(Status.REFUSED, Reason("other", ReasonClass.STOP)), "21610"),
        (Word(Status.REFUSED, Reason("http-401", ReasonClass.ACCOUNT)), "21408"),
        (Word(Status.THROTTLED, Reason("21611", TRANSIENT)), "21611"),
        (Word(Status.THROTTLED, Reason("20503", TRANSIENT)), "20429"),
        (Word(Status.THROTTLED), "20429"),
        (Word(Status.FAILED), ""),
        (Word(Status.FAILED, Reason("30004", PERMANENT)), "30004"),
        (Word(Status.EXPIRED, Reason("other", TRANSIENT)), "30003"),
    ],
)
def test_the_code_is_the_scenarios_own_where_it_means_the_same(word: Word, code: str) -> None:
    """Codes: of the same class, throttling where the word is; else the plainest of the class."""
    assert Plain().code(ABOUT, word) == code


def test_whoever_can_say_everything_is_heard_as_he_meant_it() -> None:
    """Heard: the word itself, with the table's words for the code."""
    word = Word(Status.REFUSED, Reason("21211", PERMANENT, "so"), None, 5, 7)
    heard = Plain().heard(ABOUT, word)
    assert heard == word._replace(reason=Reason("21211", PERMANENT, "not a valid number"))


def test_an_inability_takes_something_away() -> None:
    """Heard: another status, or none at all."""

    class Mute(Plain):
        inabilities: ClassVar[tuple[Inability, ...]] = (
            Inability(Lacks.STATUS, "No.", statuses=(Status.READ,)),
            Inability(Lacks.STATUS, "No.", statuses=(Status.EXPIRED,), becomes=Status.FAILED),
            Inability(Lacks.REASON, "No.", statuses=(Status.EXPIRED,)),
        )

    assert Mute().heard(ABOUT, Word(Status.READ)) is None
    heard = Mute().heard(ABOUT, Word(Status.EXPIRED, Reason("30003", TRANSIENT)))
    assert heard == Word(Status.FAILED)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda each: each.name)
def test_the_plainest_code_of_a_class_is_of_that_class(dialect: Dialect) -> None:
    """Tables: every class has a code, in it, but where an inability says otherwise."""
    lost = {each for lack in dialect.inabilities for each in lack.classes}
    for codes in (dialect.refusals, dialect.failures):
        for asked, code in codes.items():
            line = dialect.table.lines[code]
            assert line.reason_class is asked or asked in lost, code
            assert not line.throttles
    assert set(dialect.refusals) == set(ReasonClass)
    has_reasons = not any(each.lacks is Lacks.REASON for each in dialect.inabilities)
    assert set(dialect.failures) == (set(ReasonClass) if has_reasons else set())


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda each: each.name)
def test_what_is_said_about_a_dialect_are_sentences(dialect: Dialect) -> None:
    """Words: for the fidelity page."""
    for said in (*dialect.unverified, *(each.says for each in dialect.inabilities)):
        assert said[0].isupper()
        assert said.endswith(".")


def test_what_most_vendors_have_not() -> None:
    """Lacking: no handshake, and nobody who could be asked or called back."""
    dialect = TwilioDialect()
    assert dialect.handshake("http://127.0.0.1/", Credentials(), "c") is None
    assert dialect.withdrawn(ABOUT, is_recalled=True) == dialect.not_found()
    meta = DIALECTS["whatsapp-cloud"]
    assert meta.polled(ABOUT, Word(Status.SENT)) == meta.not_found()


def test_bodies_and_headers() -> None:
    """Forms: JSON, and one more header."""
    assert json_answer(201, {"a": "é"}, (("X", "y"),)).body == b'{"a":"\\u00e9"}'
    hook = with_header(json_hook("http://127.0.0.1/", {}), "X", "y")
    assert hook.headers == (("Content-Type", "application/json"), ("X", "y"))
