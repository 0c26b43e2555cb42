"""One hash over every line: equal logs have equal digests, and others do not."""

from hashlib import sha256

import pytest

from sandbox.cascade.outputs import NOTHING, Detail, Fact
from sandbox.journal.digest import FORMAT, Digest, encode, line
from tests.support.logs import Tampered
from tests.support.worlds import mixed, run

FACTS: list[Fact] = [
    (1, 0, 1, 0, None, "requested", 0, Detail({"country": "DE", "cascade": "otp"})),
    (2, 143_000, 1, 0, 1, "accepted", 1, Detail({"owed_nano": 45_000_000})),
    (3, 150_000, None, None, None, "fault_began", 0, NOTHING),
    (4, 160_000, 1, 0, 1, "refused", 2, Detail({"text": "kein Guthaben für \u202e", "code": "7"})),
]


def test_the_canonical_form_is_part_of_the_interface() -> None:
    """Columns joined by tabs, absent ones as `-`, details as JSON with sorted keys, UTF-8."""
    assert encode(FACTS) == (
        '1\t0\t1\t0\t-\trequested\t0\t{"cascade":"otp","country":"DE"}\n'
        '2\t143000\t1\t0\t1\taccepted\t1\t{"owed_nano":45000000}\n'
        "3\t150000\t-\t-\t-\tfault_began\t0\t-\n"
        '4\t160000\t1\t0\t1\trefused\t2\t{"code":"7","text":"kein Guthaben für \u202e"}\n'
    )
    assert line(FACTS[2]) == "3\t150000\t-\t-\t-\tfault_began\t0\t-\n"


@pytest.mark.parametrize(("level", "attempt"), [(0, 1), (0, 2), (1, 1), (1, 0), (7, 10)])
def test_every_place_is_written_out(level: int, attempt: int) -> None:
    """The commonest place is formatted by itself, and looks like all others."""
    fact: Fact = (5, 9, 2, level, attempt, "accepted", 3, NOTHING)
    assert line(fact) == f"5\t9\t2\t{level}\t{attempt}\taccepted\t3\t-\n"


def test_the_digest_is_the_hash_of_a_first_line_and_the_lines() -> None:
    """Whoever has the log can check it with nothing but SHA-256."""
    digest = Digest()
    digest.update(FACTS)
    assert FORMAT == "fallback-sandbox log 1\n"
    assert digest.text == f"sha256:{sha256((FORMAT + encode(FACTS)).encode()).hexdigest()}"


def test_the_pieces_a_log_comes_in_do_not_show() -> None:
    """A log hashed line by line has the digest it has in one piece."""
    whole, pieces = Digest(), Digest()
    facts = run(mixed(60))
    whole.update(facts)
    for fact in facts:
        pieces.update([fact])
    assert pieces.text == whole.text


@pytest.mark.parametrize(
    "change",
    [
        {"at": 1}, {"seq": 99}, {"message": 2}, {"level": 1}, {"attempt": None}, {"attempt": 2},
        {"kind": "read"}, {"cause": 9}, {"owed_nano": 1}, {"more": "x"},
    ],
    ids=str,
)  # fmt: skip
def test_any_change_of_any_column_shows(change: dict[str, object]) -> None:
    """Two runs are equal or they are not."""
    one, other = Digest(), Digest()
    one.update(FACTS)
    other.update(Tampered(FACTS).change("accepted", 0, **change))
    assert one.text != other.text
