import json

from sandbox.app.message_object import FORMAT, OfRun, told_object
from sandbox.journal.entry import entry
from sandbox.report.timeline import message_results
from tests.support.hand import Hand, level, plan

PLAN = plan(level("sms"))


def test_a_message_is_told_as_plain_data() -> None:
    """With its run and every line; its money only where somebody worked it out."""
    hand = Hand(PLAN).request()
    hand.accept(1, owed=5_000_000)
    told = next(message_results(hand.facts, (PLAN,), {1: "otp-anna"}))
    of = OfRun(None, "codes", 7, "EUR")
    thing = told_object(of, told, map(entry, hand.facts))
    assert json.loads(json.dumps(thing)) == thing
    assert (thing["schema"], thing["run"], thing["seed"]) == (FORMAT, None, 7)
    assert (thing["message"], thing["name"], thing["outcome"]) == (1, "otp-anna", None)
    assert thing["cost"]["known"] == "0.005 EUR"
    assert [event["kind"] for event in thing["events"]] == ["requested", "submitted", "accepted"]
    assert "money" not in thing
    with_money = told_object(of, told, (), {"entries": []})
    assert list(with_money)[-2:] == ["money", "events"]
