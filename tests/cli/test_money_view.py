"""The money of a stored message, for programs."""

import json

import pytest

from sandbox.app.record import keep_run
from sandbox.app.stored import StoredMessage, message_of
from sandbox.cli.money_view import money_object
from sandbox.report.figures import money_text
from sandbox.scenario.loader import load
from tests.support.kept import SCENARIO


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> StoredMessage:
    """A message of a stored run."""
    path = tmp_path_factory.mktemp("money") / "runs.sqlite"
    keep_run(load(SCENARIO), path)
    return message_of(path, "r1", "otp-anna")


def test_the_sums_are_those_of_the_message(stored: StoredMessage) -> None:
    """Known and true cost as everywhere else, and everything can be written as JSON."""
    told = money_object(stored)
    assert told is not None
    result, currency = stored.told(), stored.scenario.currency
    assert told["known"]["cost"] == money_text(result.cost_nano, currency)
    assert told["truth"]["cost"] == money_text(result.true_cost_nano, currency)
    assert json.loads(json.dumps(told)) == told
    assert set(told) == {"reserved", "known", "truth", "hidden_duplicates", "entries"}


def test_every_entry_says_when_why_and_how_much(stored: StoredMessage) -> None:
    """With the line of the log that made it."""
    told = money_object(stored)
    assert told is not None
    first = told["entries"][0]
    assert (first["movement"], first["side"], first["because"]) == ("reserve", "known", "submitted")
    assert (first["at_s"], first["level"], first["attempt"]) == (0, 0, 1)
    assert first["amount"].endswith(" EUR")
    assert {each["line"] for each in told["entries"]} <= {fact[0] for fact in stored.facts}


def test_a_message_without_its_first_line_has_no_money(stored: StoredMessage) -> None:
    """A run that was broken off may not have it."""
    cut = StoredMessage(
        run=stored.run, message=stored.message, facts=stored.facts[1:], names=stored.names,
        scenario=stored.scenario, changes=stored.changes, places=stored.places,
    )  # fmt: skip
    assert money_object(cut) is None
