"""Stored runs and messages as programs read them."""

import json
from pathlib import Path

import pytest

from sandbox.app.record import keep_run
from sandbox.app.stored import answer_of, message_of, why_of
from sandbox.cli.show_view import message_object, run_object, why_object
from sandbox.cli.verdicts import result_object
from sandbox.scenario.loader import load
from sandbox.store.rows import State
from tests.support.explained import scripted
from tests.support.kept import SCENARIO

TEXT = scripted(
    "- {channel: sms, via: [sms], wait: 30s}\n- {channel: whatsapp, via: [wa]}",
    "{after: 3s, receipt: {delay: 40s}}",
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a run, and one that was kept in the middle."""
    path = tmp_path_factory.mktemp("shown") / "runs.sqlite"
    keep_run(load(TEXT), path)
    keep_run(load(SCENARIO), path)
    keep_run(load(TEXT), path, last_seq=5)
    return path


def test_a_stored_run_is_the_object_it_was_when_it_ran(path: Path) -> None:
    """With what the store knows besides; nothing of it changes its meaning."""
    stored = answer_of(path, "r2")
    thing = run_object(stored)
    assert stored.answer is not None
    assert result_object(stored.answer.result, "r2").items() <= thing.items()
    assert (thing["state"], thing["run"], thing["scenario"]) == ("finished", "r2", "busy")
    assert thing["messages"]["total"] == 121
    assert thing["lines"] == stored.run.line_count
    assert thing["named"]["otp-anna"]["outcome"]
    assert json.loads(json.dumps(thing)) == thing


def test_a_run_that_was_broken_off_has_no_figures(path: Path) -> None:
    """What it has stands under the same names."""
    stored = answer_of(path, "r1")
    row = stored.run._replace(
        state=State.INTERRUPTED, verdict=None, digest=None, trouble="by hand", message_count=None
    )
    thing = run_object(type(stored)(row, None, []))
    whole = run_object(stored)
    assert set(thing) <= set(whole)
    assert thing["trouble"] == "by hand"
    assert thing["verdict"] is thing["digest"] is None
    assert "metrics" not in thing


def test_a_message_is_told_with_all_its_lines(path: Path) -> None:
    """Outcome, path, lateness, both costs, and the log."""
    thing = message_object(message_of(path, "r1", "m"))
    assert thing["message"] == 1
    assert thing["name"] == "m"
    assert thing["outcome"] == "delivered"
    assert thing["path"] == ["sms:no_receipt", "whatsapp:delivered"]
    assert thing["late"] == ["sms:delivered"]
    assert thing["seconds"] == 30.0
    assert thing["copies"] == 2
    assert thing["cost"] == {"known": "0.080 EUR", "true": "0.080 EUR"}
    assert [event["kind"] for event in thing["events"]][:3] == [
        "requested", "submitted", "accepted",
    ]  # fmt: skip
    assert thing["events"][2]["detail"] == {"owed_nano": 50_000_000}
    assert thing["events"][0]["attempt"] is None
    assert "why" not in thing


def test_a_message_that_is_open_has_no_outcome(path: Path) -> None:
    """Null, not an empty word."""
    thing = message_object(message_of(path, "r3", "m"))
    assert thing["outcome"] is thing["seconds"] is None
    assert thing["path"] == ["sms:open"]


def test_an_explanation_has_all_that_its_lines_have(path: Path) -> None:
    """Rules with the places of their settings, causes by line, and what could have been."""
    explained = why_of(path, "r1", "m")
    thing = message_object(message_of(path, "r1", "m"), explained)["why"]
    assert thing == why_object(explained)
    first = thing["steps"][0]
    assert first["entry"] == "sms:no_receipt"
    assert first["rules"][0]["number"] == "S12"
    assert first["rules"][0]["settings"][0] == {
        "path": "cascades.otp.levels[0].wait", "value": "30s", "where": "<text>:15",
    }  # fmt: skip
    assert [cause["kind"] for cause in first["causes"]] == ["wait_over", "accepted", "submitted"]
    assert (first["began_s"], first["left_s"], first["attempt"]) == (0.0, 30.0, 1)
    waited, without = first["what_ifs"]
    assert (waited["question"], waited["needless"]) == ("waited", True)
    assert waited["fate"]["seconds"] == 43.0
    assert waited["fate"]["cost"] == {"known": "0.050 EUR", "true": "0.050 EUR"}
    assert without["question"] == "without_level"
    assert without["fate"]["channel"] == "whatsapp"
    assert json.loads(json.dumps(thing)) == thing
