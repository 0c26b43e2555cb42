"""What is meant, what is asked, and what is let through; the commands' tests send it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from sandbox.app.base_urls import base_url
from sandbox.app.guard import Command, Condition, Pass, Refusal
from sandbox.app.live_asking import Wanted
from sandbox.app.live_config import LiveConfig
from sandbox.app.live_secrets import SecretStores
from sandbox.app.live_sending import (
    MESSAGE,
    MESSAGES_MAX,
    RECIPIENT,
    Context,
    all_messages,
    caps_name,
    let_through,
    missing_before,
    new_run_name,
    one_message,
)
from sandbox.drivers.live import LINGER_US
from sandbox.errors import UsageError
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from sandbox.simulation.spec import Single
from sandbox.store.caps import DEFAULT_CAPS, Cap
from tests.support.locked import keep_caps_in
from tests.support.sent import NUMBER, OTHER, TEXT

CONTEXT: Final = Context(
    Command(verb="send", is_live=True), LiveConfig(), SecretStores({}), "live-1"
)
WANTED: Final = Wanted(
    allow=(NUMBER, OTHER), base_urls=(("sms", base_url("http://127.0.0.1:1/sms")),)
)


@pytest.fixture(autouse=True)
def caps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Caps of this test's own."""
    return keep_caps_in(tmp_path, monkeypatch)


def scenario(load_: str = "", **changes: str) -> Scenario:
    """The small scenario with another load, and other words."""
    text = TEXT
    if load_:
        text = text[: text.index("load:")] + f"load: [{load_}]\n"
    for old, new in changes.items():
        text = text.replace(old, new)
    return load(text, seed=7)


def wanted(message: str = "", number: str = "") -> Wanted:
    """What was typed, with more."""
    return replace(WANTED, message=message, number=number)


# What is meant -----------------------------------------------------------------------------------


def test_one_message_of_many_is_all_that_is_run() -> None:
    """At once, or later; faults, acts and expectations are about others."""
    its = scenario(
        "{message: a, to: anna, at: 9s}, {message: b, to: anna, at: 3s}, {burst: 5}",
        schema="expect: [delivery_rate >= 1%]\nschema",
    )
    sending = one_message(its, wanted(message="b"), CONTEXT, after_us=2_000_000)
    assert sending.scenario.world.load == (Single(plan=0, at_us=2_000_000, name="b", to="anna"),)
    assert sending.scenario.expectations == ()
    assert sending.scenario.seed == 7
    assert [meant.name for meant in sending.messages] == ["b"]
    assert (sending.numbers, sending.providers) == (NUMBER, ("sms",))
    assert {name for name, _ in sending.unverified} == {"twilio"}


def test_a_message_to_a_number_has_a_person_of_its_own() -> None:
    sending = one_message(scenario(), wanted(number=OTHER), CONTEXT)
    world = sending.scenario.world
    assert world.load == (Single(plan=0, at_us=0, name=MESSAGE, to=RECIPIENT),)
    assert [(person.name, person.phone) for person in world.population.people] == [
        (RECIPIENT, OTHER)
    ]
    assert sending.numbers == OTHER


def test_it_ends_when_receipts_have_had_time() -> None:
    """Nobody waits for hours for a simulated phone; without a deadline nobody knows when."""
    sending = one_message(scenario(), wanted(message="for-anna"), CONTEXT)
    assert sending.scenario.world.until_us == 20_000_000 + LINGER_US
    endless = scenario(**{"deadline: 20s": "deadline: none"})
    assert all_messages(endless, WANTED, CONTEXT).scenario is endless
    ends = scenario(schema="clock: {until: 9s}\nschema")
    assert all_messages(ends, WANTED, CONTEXT).scenario.world.until_us == 9_000_000


def test_a_built_in_price_is_none() -> None:
    """Although the text that is run has all defaults written out."""
    its = scenario(**{"    price: {amount: 0.04 EUR}\n": ""})
    sending = one_message(its, wanted(message="for-anna"), CONTEXT)
    refusal = missing_before(sending, CONTEXT)
    assert refusal is not None
    assert refusal.names == (Condition.PRICE,)


@pytest.mark.parametrize(
    "many", ["{burst: 3}", "{poisson: 1/s, for: 3s}", "{constant: 1/s, for: 3s}"]
)
def test_whoever_is_made_up_is_refused(many: str) -> None:
    sending = all_messages(scenario(f"{{message: a, to: anna, at: 0s}}, {many}"), WANTED, CONTEXT)
    refusal = missing_before(sending, CONTEXT)
    assert refusal is not None
    assert Condition.RECIPIENT in refusal.names


def test_a_message_to_anybody_is_refused() -> None:
    """It has a name, and its recipient has none."""
    sending = all_messages(scenario("{message: a, at: 0s}"), WANTED, CONTEXT)
    refusal = missing_before(sending, CONTEXT)
    assert refusal is not None
    assert Condition.RECIPIENT in refusal.names


def test_messages_of_a_file_are_sent_by_their_names(tmp_path: Path) -> None:
    """Those without a name are refused."""
    trace = tmp_path / "trace.csv"
    trace.write_text("at,name,to\n0s,first,anna\n1s,second,anna\n", encoding="utf-8")
    path = tmp_path / "traced.yaml"
    text = TEXT[: TEXT.index("load:")] + "load: [{trace: trace.csv}]\n"
    path.write_text(text, encoding="utf-8")
    its = load(path)
    sending = all_messages(its, WANTED, CONTEXT)
    assert [meant.name for meant in sending.messages] == ["first", "second"]
    assert missing_before(sending, CONTEXT) is None
    one = one_message(its, wanted(message="second"), CONTEXT)
    assert one.scenario.world.load == (Single(plan=0, at_us=0, name="second", to="anna"),)
    trace.write_text("at,to\n0s,anna\n", encoding="utf-8")
    refusal = missing_before(all_messages(load(path), WANTED, CONTEXT), CONTEXT)
    assert refusal is not None
    assert Condition.RECIPIENT in refusal.names


def test_what_would_be_sent_in_other_words_is_refused() -> None:
    """A text of a message's own reaches no vendor yet."""
    its = scenario('{message: a, to: anna, at: 0s, text: "Other words"}')
    with pytest.raises(UsageError, match="has a text of its own"):
        all_messages(its, WANTED, CONTEXT)
    with pytest.raises(UsageError, match="has a text of its own"):
        one_message(its, wanted(message="a"), CONTEXT)


def test_so_many_are_too_many() -> None:
    many = ", ".join(f"{{message: m{n}, to: anna, at: 0s}}" for n in range(MESSAGES_MAX + 1))
    with pytest.raises(UsageError, match=f"more than {MESSAGES_MAX} messages"):
        all_messages(scenario(many), WANTED, CONTEXT)


def test_each_run_has_a_name_of_its_own_in_the_ledger() -> None:
    assert new_run_name() != new_run_name()
    assert caps_name(b"t" * 32) == caps_name(b"t" * 32)
    assert "t" * 8 not in caps_name(b"t" * 32)


# The lock ----------------------------------------------------------------------------------------


def passed(typed: str, *, submissions: int = 10) -> Mapping[str, Pass] | Refusal:
    """What the lock says of two messages."""
    caps = replace(DEFAULT_CAPS, run=Cap(submissions, 10**10))
    context = CONTEXT._replace(config=LiveConfig(caps=caps))
    its = scenario("{message: a, to: anna, at: 0s}, {message: b, to: anna, at: 3s}")
    return let_through(all_messages(its, WANTED, context), typed, context)


def test_all_are_let_through_or_none(caps: Path) -> None:
    """What was reserved for the first is given back when the second is refused."""
    passes = passed(f" {NUMBER}\n")
    assert not isinstance(passes, Refusal)
    assert [*passes] == ["a", "b"]
    refusal = passed(NUMBER, submissions=3)
    assert isinstance(refusal, Refusal)
    assert refusal.names == (Condition.CAPS,)
    assert not isinstance(passed(NUMBER, submissions=4), Refusal)
    assert caps.exists()


@pytest.mark.parametrize("typed", ["", "yes", OTHER, f"{NUMBER} {NUMBER}", NUMBER[:-1]])
def test_whatever_else_is_typed_is_no_confirmation(typed: str, caps: Path) -> None:
    refusal = passed(typed)
    assert isinstance(refusal, Refusal)
    assert refusal.names == (Condition.CONFIRMATION,)
    assert not caps.exists()


def test_before_anybody_types_it_is_known_what_is_missing(caps: Path) -> None:
    """Nothing is reserved to find out."""
    sending = one_message(scenario(), wanted(message="for-anna"), CONTEXT)
    assert missing_before(sending, CONTEXT) is None
    refusal = missing_before(sending, CONTEXT, is_confirmed=False)
    assert refusal is not None
    assert refusal.names == (Condition.CONFIRMATION,)
    assert not caps.exists()
