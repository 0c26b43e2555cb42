import pytest

from sandbox.cascade.outputs import Detail, Fact
from sandbox.drivers.virtual import run_virtual
from sandbox.report.leaving import Place, leavings_of
from sandbox.scenario.library import built_in
from sandbox.scenario.loader import load
from sandbox.scenario.places import places_of
from sandbox.simulation.world import World
from tests.support.explained import explained, only, scripted

SMS_THEN_WA = "- {channel: sms, via: [sms], wait: 30s}\n- {channel: whatsapp, via: [wa]}"
LOST = "{submit: accepted, after: 3s, receipt: lost}"


def lines_of(text: str) -> list[Fact]:
    """All lines about the first message."""
    world = World(load(text).world)
    return [fact for piece in run_virtual(world) for fact in piece if fact[2] == 1]


def test_what_was_known_and_what_was_true_stand_apart() -> None:
    """The costliest failure: it is on the handset, and nobody will ever say so."""
    left = only(explained(scripted(SMS_THEN_WA, LOST)), "sms:no_receipt")
    assert left.known == ("accepted at 0.000 s", "no receipt")
    assert "3.000 s: on the handset" in left.truth
    assert "3.000 s: the delivered receipt got lost" in left.truth
    assert left.reached_us == 3_000_000
    assert left.later == ()


def test_what_came_of_an_attempt_after_it_was_left_is_told() -> None:
    """With how long after; truth is marked."""
    found = explained(scripted(SMS_THEN_WA, "{after: 33s}", "{after: 60s}"))
    left = only(found, "sms:no_receipt")
    assert left.truth == ("still under way at the provider",)
    assert left.later == (
        "33.000 s, 3.0 s after it was left: ~ on the handset",
        "33.000 s, 3.0 s after it was left: delivered receipt",
    )
    assert left.left_us == 30_000_000


def test_an_attempt_that_was_never_taken_is_nowhere() -> None:
    """Neither an answer nor the truth knows of it."""
    levels = "- {channel: sms, via: [sms], on_unknown: next}\n- {channel: viber, via: [viber]}"
    left = only(explained(scripted(levels, "timeout.not_accepted")), "sms:unknown")
    assert left.known == ("given up on the answer at 10.000 s", "no receipt")
    assert left.truth == ("not at the provider",)
    assert left.reached_us is None
    left = only(explained(scripted(levels, "timeout.accepted")), "sms:delivered")
    assert left.truth[0] == "0.000 s: the provider has it, and has not said so"


def test_the_causes_lead_from_the_news_back_to_the_submission() -> None:
    """Each with its line of the log, so that it can be looked up there."""
    text = scripted(SMS_THEN_WA, "{after: 3s, delivery: failed}")
    left = only(explained(text), "sms:failed")
    by_seq = {fact[0]: fact for fact in lines_of(text)}
    assert [cause.kind for cause in left.causes] == [
        "receipt", "failed_at_provider", "accepted", "submitted",
    ]  # fmt: skip
    assert [cause.is_truth for cause in left.causes] == [False, True, False, False]
    for cause, effect in zip(left.causes[1:], left.causes, strict=False):
        assert by_seq[effect.seq][6] == cause.seq
    assert by_seq[left.seq][5] == "fell_back"
    assert by_seq[left.seq][6] == left.causes[0].seq


def test_a_timer_is_caused_by_what_started_it() -> None:
    """The wait of a level begins with the acceptance here."""
    left = only(explained(scripted(SMS_THEN_WA, "{delivery: vanished}")), "sms:no_receipt")
    assert [(cause.kind, cause.offset_us) for cause in left.causes] == [
        ("wait_over", 30_000_000), ("accepted", 0), ("submitted", 0),
    ]  # fmt: skip
    assert left.causes[0].words == "the timer no_receipt ran out"


def test_a_fault_at_work_is_part_of_the_truth() -> None:
    """With the place it is written at; one that is over, or elsewhere, is not told."""
    fault = (
        "  - {id: down, at: 0s, for: 9s, provider: sms, set: {submit.outcomes: "
        "{refused.permanent: 100%}}}\n"
        "  - {id: early, at: 0s, for: 1ms, provider: sms, set: {receipts.lost: 10%}}\n"
        "  - {id: elsewhere, at: 0s, for: 9s, provider: wa, set: {receipts.lost: 0%}}"
    )
    text = scripted(SMS_THEN_WA, more=f"faults:\n{fault}")
    left = only(explained(text), "sms:refused.permanent")
    line = next(n for n, each in enumerate(text.splitlines(), 1) if "id: down" in each)
    assert left.truth == (
        "the provider has not taken it",
        f"fault down at work on sms (<text>:{line})",
    )


def test_a_change_by_hand_is_part_of_the_truth_until_it_is_taken_back() -> None:
    """It is what the settings of the file do not say."""
    hands = (
        "by_hand:\n"
        "  - {at: 500ms, provider: sms, set: {submit.outcomes: {refused.permanent: 100%}}}\n"
        "  - {at: 600ms, provider: sms, set: {receipts.lost: 100%}}\n"
        "  - {at: 700ms, provider: sms, reset: [receipts.lost]}"
    )
    left = only(explained(scripted(SMS_THEN_WA, more=hands)), "sms:refused.permanent")
    assert left.truth[1:] == ("changed by hand on sms: submit.outcomes {refused.permanent: 100%}",)


def test_settings_are_told_where_they_stand() -> None:
    """Exactly: the line of the file that would have to be changed."""
    text = scripted("- {channel: sms, via: [sms],\n   wait: 30s}\n- {channel: whatsapp}", LOST)
    left = only(explained(text), "sms:no_receipt")
    places = {each.path: each for fired in left.rules for each in fired.settings}
    wait = places["cascades.otp.levels[0].wait"]
    line = next(n for n, each in enumerate(text.splitlines(), 1) if "wait: 30s" in each)
    assert (wait.value, wait.where) == ("30s", f"<text>:{line}")
    assert left.level_where == f"<text>:{line - 1}"
    assert places["cascades.otp.levels[0].from"].where == "default"


def test_what_is_not_known_of_the_file_is_not_told() -> None:
    """Without places a rule has its words, and no settings."""
    scenario = load(scripted(SMS_THEN_WA, LOST))
    told = leavings_of(lines_of(scripted(SMS_THEN_WA, LOST)), scenario.world, {})
    assert all(not fired.settings for left in told.leavings for fired in left.rules)
    assert all(left.level_where == "" for left in told.leavings)


def test_an_attempt_that_is_still_under_way_is_open() -> None:
    """A run that was broken off leaves it where it is."""
    text = scripted(SMS_THEN_WA, LOST)
    facts = [fact for fact in lines_of(text) if fact[1] < 2_000_000]
    (left,) = leavings_of(facts, load(text).world, {}).leavings
    assert (left.word, left.left_us, left.seq, left.then) == ("open", None, 0, "")
    assert (left.rules, left.causes, left.later) == ((), (), ())
    assert left.known == ("accepted at 0.000 s", "no receipt")


def test_lines_of_a_kind_that_is_not_known_yet_do_no_harm() -> None:
    """They are passed over, or told by their name where they are a cause."""
    text = scripted(SMS_THEN_WA, "{delivery: failed, after: 3s}")
    facts = lines_of(text)
    at = next(n for n, fact in enumerate(facts) if fact[5] == "receipt" and fact[1] > 3_000_000)
    seq, at_us, *_, cause, _ = facts[at]
    facts[at] = (seq, at_us, 1, 0, 1, "crystal_ball", cause, Detail({"says": "no"}))
    facts.insert(1, (0, 1_000_000, 1, None, None, "portent", 0, Detail({})))
    scenario = load(text)
    left = leavings_of(facts, scenario.world, places_of(scenario)).leavings[0]
    assert left.causes[0].words == "crystal ball"
    assert left.rules[0].number == "S10"


def test_what_providers_and_files_say_is_made_fit_to_be_shown() -> None:
    """An escape sequence in a reason or a place reaches no terminal."""
    text = scripted(SMS_THEN_WA, "refused.permanent")
    facts = lines_of(text)
    at = next(n for n, fact in enumerate(facts) if fact[5] == "refused")
    evil = Detail({"code": "\x1b[2J", "class": "permanent-recipient", "text": "\u202eevil"})
    facts[at] = (*facts[at][:7], evil)
    scenario = load(text)
    places = {path: Place("\x1b[31m", "\x1b]0;x\x07") for path in places_of(scenario)}
    told = leavings_of(facts, scenario.world, places)
    assert "\\x1b[2J" in told.leavings[0].known[0]
    for left in told.leavings:
        for each in (*left.known, *left.truth, left.level_where, *(c.words for c in left.causes)):
            assert each.isprintable()


@pytest.mark.parametrize("name", sorted(built_in()))
def test_every_message_of_every_shipped_scenario_is_told(name: str) -> None:
    """Whatever happens there: every entry of its path, in order, each with a rule once left."""
    scenario = load(name)
    world = World(scenario.world)
    places = places_of(scenario)
    lines: dict[int, list[Fact]] = {}
    for piece in run_virtual(world):
        for fact in piece:
            if fact[2] is not None and fact[2] <= 150:
                lines.setdefault(fact[2], []).append(fact)
    assert lines
    for facts in lines.values():
        told = leavings_of(facts, scenario.world, places)
        entries = [left.entry for left in told.leavings]
        path = list(map(str, told.account.steps))
        assert [entry for entry in entries if entry in path] == path
        for left in told.leavings:
            assert left.left_us is None or (left.rules and left.then)
            assert left.left_us is None or left.causes


BOTH = "- {channel: sms, via: [sms], wait: 30s}\n- {channel: whatsapp, via: [wa], parallel: true}"


def test_a_level_that_closes_beside_another_was_left_by_closing() -> None:
    """S25: and not by what the other level does in between."""
    levels = f"{BOTH}\n- {{channel: viber, via: [viber]}}"
    found = explained(scripted(levels, "{delivery: vanished}", "{after: 50s, delivery: failed}"))
    sms, whatsapp = only(found, "sms:no_receipt"), only(found, "whatsapp:failed")
    assert (sms.left_us, sms.then, sms.led_on) == (
        30_000_000, "what runs beside it goes on", True,
    )  # fmt: skip
    assert (whatsapp.left_us, whatsapp.then) == (50_000_000, "next level: 2 viber")
    found = explained(scripted(levels, "{delivery: vanished}", "{after: 50s}"))
    assert only(found, "sms:no_receipt").led_on is False
    assert only(found, "whatsapp:delivered").is_end
