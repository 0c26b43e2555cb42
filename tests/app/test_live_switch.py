"""What sending a provider outside would mean: which messages, and all that is missing."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.app.guard import Command, Condition, Pass
from sandbox.app.live_asking import Wanted
from sandbox.app.live_switch import (
    Passes,
    Proposal,
    Start,
    accept,
    lines_of,
    propose,
    start_of,
    told,
    unheard_of,
)
from sandbox.app.session import Session
from sandbox.errors import MisuseError, UsageError
from sandbox.scenario.loader import load
from sandbox.store.caps import CapLedger, Reservation
from tests.support.live_apps import WITH_ANNA
from tests.support.locked import forbid_sockets
from tests.support.sent import NUMBER, OTHER, own_place

TWO = WITH_ANNA.replace(
    "people: {anna: {", 'people: {bert: {phone: "+447700900124", traits: []}, anna: {'
).replace("at: 3s}]", "at: 3s}, {message: for-bert, to: bert, at: 1m}]")
BOTH = TWO.replace(
    "recipients:",
    "  viber: {adapter: vonage, sender: Shop, price: {amount: 0.02 EUR}}\nrecipients:",
)


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings, caps and credentials of this test's own, and no sockets."""
    own_place(tmp_path, monkeypatch)
    forbid_sockets(monkeypatch)


def begun(**more: object) -> Start:
    typed = {"allow": (NUMBER, OTHER)} | more
    return start_of(Command(verb="open", is_live=True), Wanted(**typed))  # type: ignore[arg-type]


def session(text: str, virtual_s: float = 0) -> Session:
    made = Session(load(text))
    made.advance(int(virtual_s * 1_000_000 / made.speed))
    return made


def names(proposal: Proposal) -> Sequence[str]:
    return [meant.name for meant in proposal.sending.messages]


def steps(proposal: Proposal) -> list[str]:
    return [line.step.provider for each in proposal.sending.questions for line in each.lines]


@pytest.mark.parametrize(
    ("virtual_s", "expected"),
    [(0, ["for-anna", "for-bert"]), (3.01, ["for-anna", "for-bert"]), (30, ["for-bert"]),
     (100, [])],
)  # fmt: skip
def test_asked_about_is_what_is_to_come_or_under_way(virtual_s: float, expected: list[str]) -> None:
    proposal = propose(session(TWO, virtual_s), "sms", begun())
    assert names(proposal) == expected
    assert proposal.is_possible
    assert proposal.wanted == ({2: f"{NUMBER} {OTHER}", 1: OTHER}.get(len(expected), "sms"))


def test_only_what_is_real_is_asked_about_and_what_was_real_before_once_more() -> None:
    run = session(BOTH)
    assert set(steps(propose(run, "sms", begun()))) == {"sms"}
    both = propose(run, "viber", replace(begun(), public_url=""), ("sms",))
    assert steps(both) == ["sms", "viber", "sms", "viber"]


def test_a_load_with_made_up_people_is_refused_as_a_whole() -> None:
    crowd = TWO.replace("load: [", "load: [{poisson: 5/s, for: 1m}, ")
    proposal = propose(session(crowd, 5), "sms", begun())
    assert Condition.RECIPIENT in [each.condition for each in proposal.missing]
    assert not proposal.is_possible
    assert accept(proposal, proposal.wanted, begun()) == proposal.missing
    over = propose(session(crowd, 100), "sms", begun())
    assert over.missing == ()


def test_without_a_message_command_address_and_credentials_are_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = session(WITH_ANNA, 60)
    assert propose(run, "sms", begun()).missing == ()
    monkeypatch.delenv("TWILIO_AUTH_TOKEN")
    start = replace(start_of(Command(verb="demo")), public_url="")
    found = [each.condition for each in propose(run, "sms", start).missing]
    assert found == [Condition.VERB, Condition.LIVE, Condition.CREDENTIALS]


def test_what_is_only_simulated_cannot_be_asked_about() -> None:
    with pytest.raises(UsageError, match="viber is only simulated"):
        propose(session(WITH_ANNA), "viber", begun())


def test_where_nothing_would_be_heard_nothing_is_switched() -> None:
    """Vonage cannot be asked, and without a public URL it cannot tell."""
    proposal = propose(session(BOTH), "viber", begun())
    assert "cannot be asked" in proposal.unheard
    assert not proposal.is_possible
    assert "--public-url URL" in " ".join(unheard_of(proposal))


def test_what_is_told_holds_nothing_that_moves_a_cursor() -> None:
    hostile = WITH_ANNA.replace("Code {code}", "Code {code} \\e[2J[bold]")
    proposal = propose(session(hostile), "sms", begun(allow=()))
    lines = [*told(proposal), *lines_of(proposal.missing)]
    assert any("[bold]" in line for line in lines)
    assert all(line.isprintable() for line in lines)
    assert f"allow-list: {NUMBER} is not on the allow-list" in " ".join(lines)


def test_what_was_typed_has_to_be_all_of_it() -> None:
    start = begun()
    proposal = propose(session(TWO), "sms", start)
    for typed in ("", NUMBER, f"{OTHER} {NUMBER}", "yes", "sms"):
        answer = accept(proposal, typed, start)
        assert isinstance(answer, tuple), typed
        assert {each.condition for each in answer} == {Condition.CONFIRMATION}
    passes = accept(proposal, f" {NUMBER}  {OTHER} ", start)
    assert not isinstance(passes, tuple)
    assert sorted(passes) == ["for-anna", "for-bert"]


def _held(ledger: CapLedger, passed: Pass) -> int:
    assert isinstance(passed.reservation, Reservation)
    with ledger._row(passed.reservation) as (_, held):
        return held.submissions


def test_what_was_reserved_and_never_made_is_given_back() -> None:
    """What was made stays held until its answer; without a pass there is no way."""
    start = begun()
    ledger = start.context.ledger
    answer = accept(propose(session(TWO), "sms", start), f"{NUMBER} {OTHER}", start)
    assert not isinstance(answer, tuple)
    passes = Passes(ledger)
    with pytest.raises(MisuseError, match="has not let this message through"):
        passes.of(1, "for-anna")
    passes.take(answer)
    assert passes.of(1, "for-anna") is answer["for-anna"]
    passes.made("for-anna", 0, "sms")
    passes.give_back()
    assert _held(ledger, answer["for-anna"]) == 1
    assert _held(ledger, answer["for-bert"]) == 0
    with pytest.raises(MisuseError):
        passes.of(1, "for-anna")
