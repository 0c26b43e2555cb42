from contextlib import suppress
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.app.message_filter import (
    FILTER_MAX,
    STATES,
    Amount,
    Channel,
    Compared,
    Filter,
    FilterError,
    Known,
    Level,
    One,
    State,
    Way,
    Word,
    parse,
)

KNOWN: Final = Known(
    channels=["sms", "whatsapp", "viber"], providers=["sms-main", "WA-Cloud"], level_count=3
)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", ()),
        ("  \t ", ()),
        ("Anna", (Word("anna"),)),
        ("+4915 anna", (Word("+4915"), Word("anna"))),
        ('"two words"', (Word("two words"),)),
        ("m123", (One(123),)),
        ("M7", (One(7),)),
        ("mx", (Word("mx"),)),
        *[(f"state:{word}", (State(word),)) for word in STATES],
        ("STATE:Failed", (State("failed"),)),
        ("channel:viber", (Channel("viber"),)),
        ("level:2", (Level(2),)),
        ("path:sms", (Way("sms"),)),
        ("path:sms-main", (Way("sms-main"),)),
        ("path:wa-cloud", (Way("WA-Cloud"),)),
        ("took>10s", (Compared(Amount.TOOK, ">", 10_000_000),)),
        ("took<=1.5m", (Compared(Amount.TOOK, "<=", 90_000_000),)),
        ("cost>0.05", (Compared(Amount.COST, ">", 50_000_000),)),
        ("cost=2", (Compared(Amount.COST, "=", 2_000_000_000),)),
        ("copies>=2", (Compared(Amount.COPIES, ">=", 2),)),
        ("twice", (Compared(Amount.COPIES, ">", 1),)),
        ("state:failed took>10s twice", (
            State("failed"), Compared(Amount.TOOK, ">", 10_000_000),
            Compared(Amount.COPIES, ">", 1),
        )),
    ],
)  # fmt: skip
def test_what_is_written_means_this(text: str, terms: tuple[object, ...]) -> None:
    """The whole language, a line each."""
    assert parse(text, KNOWN) == Filter(text.strip(), terms)  # type: ignore[arg-type]  # terms


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("state:faild", "no state faild: did you mean 'failed'?"),
        ("state:", "which state?: open, failed, delivered"),
        ("channel:vibr", "no channel vibr: did you mean 'viber'?"),
        ("channel:fax", "no channel fax: sms, whatsapp, viber"),
        ("path:sms-mian", "did you mean 'sms-main'?"),
        ("level:3", "no level 3: 0, 1, 2"),
        ("level:-1", "no level -1"),
        ("took>10", "took: 10 has no unit"),
        ("took:10s", "took is compared: write took>10s"),
        ("took>", "took: "),
        ("cost>5ct", "cost: 5ct is no amount: write cost>0.05"),
        ("copies>x", "copies: x is no number"),
        ("state>failed", "state cannot be compared: write state:failed"),
        ("stat:failed", "there is nothing called stat: did you mean 'state'?"),
        ("colour:red", "there is nothing called colour: state: channel:"),
        ('anna "two', "a quote is not closed"),
        ("x" * (FILTER_MAX + 1), "at most 200 characters"),
        ("state:\x1b[2J", r"no state \x1b[2j"),
    ],
)
def test_what_is_wrong_is_said_at_once(text: str, said: str) -> None:
    """Every error names the word that is wrong, and what could be written instead."""
    with pytest.raises(FilterError) as caught:
        parse(text, KNOWN)
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


FRAGMENTS: Final = st.sampled_from(
    [
        "state:",
        "failed",
        "took",
        ">",
        "<=",
        "10s",
        "m1",
        '"',
        " ",
        "level:",
        "²",
        "cost",
        "=",
        "0.5",
    ]
)


@given(text=st.one_of(st.text(max_size=240), st.lists(FRAGMENTS, max_size=12).map("".join)))
def test_whatever_somebody_types_is_a_filter_or_is_told_what_is_wrong(text: str) -> None:
    """No text at all makes the reader stumble."""
    read: Filter | None = None
    with suppress(FilterError):
        read = parse(text, KNOWN)
    if read is not None:
        assert parse(read.text, KNOWN) == read


def test_only_how_long_something_took_changes_by_itself() -> None:
    """Everything else changes with a line of the log."""
    assert parse("took>10s", KNOWN).depends_on_time
    assert not parse("state:open cost>1 twice anna", KNOWN).depends_on_time
