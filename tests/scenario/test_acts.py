"""What is done about messages, as a file says it."""

import pytest

from sandbox.cascade.vocabulary import Act
from sandbox.simulation.moves import HandMove
from sandbox.simulation.spec import PlannedAct, ScriptEntry
from tests.support.scenario_texts import loaded, problems_of

FILE = """\
schema: 1
cascades: {otp: [sms, whatsapp]}
load: [{message: anna, at: 3s}, {burst: 9}]
"""


def test_acts_come_in_order_of_time_and_those_by_hand_after_the_others() -> None:
    """S35: a session that is saved does what was done in it, about whatever message."""
    text = (
        "acts: [{message: anna, at: 40s, do: cancel}, {message: anna, at: 10s, do: next}]\n"
        "by_hand: [{at: 9.5s, message: 17, act: resend}, {at: 10s, message: anna, act: cancel},"
        " {at: 11s, provider: sms, set: {validity: 5s}}]\n"
    )
    world = loaded(FILE + text).world
    assert world.acts == (
        PlannedAct(at_us=9_500_000, act=Act.RESEND, message=17),
        PlannedAct(at_us=10_000_000, act=Act.NEXT, name="anna"),
        PlannedAct(at_us=10_000_000, act=Act.CANCEL, name="anna"),
        PlannedAct(at_us=40_000_000, act=Act.CANCEL, name="anna"),
    )
    assert len(world.by_hand) == 1


def test_without_acts_there_are_none() -> None:
    """Nor in the resolved file."""
    scenario = loaded(FILE)
    assert scenario.world.acts == ()
    assert "acts" not in scenario.resolved


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("acts: [{message: ana, at: 1s, do: next}]",
         ["4:18: error[unknown-message]: there is no message 'ana'"]),
        ("by_hand: [{at: 1s, message: ana, act: next}]",
         ["4:29: error[unknown-message]: there is no message 'ana'"]),
        ('by_hand: [{at: 1s, message: "1", act: next}]',
         ["4:29: error[unknown-message]: there is no message '1'"]),
        ("by_hand: [{at: 2s, message: 1, act: next}, {at: 1s, message: 1, act: next}]",
         ["4:49: error[not-in-order]: this stands below a change at 2s"]),
    ],
)  # fmt: skip
def test_an_act_must_be_about_a_message_there_is(text: str, said: list[str]) -> None:
    """Shown where the name stands; a number is one of order, whatever comes."""
    assert problems_of(FILE + text) == said


# Decisions about attempts, and moves to another cascade ------------------------------------------


def test_what_was_decided_about_attempts_is_read_with_its_words() -> None:
    """By number or by name; none takes it back."""
    text = (
        "by_hand: [{at: 5s, message: 4, level: 1, force: throttled}, {at: 6s, message: anna,"
        " level: 0, force: {delivery: failed, after: 2s}}, {at: 7s, message: 4, level: 1,"
        " force: none}]\n"
    )
    forced = loaded(FILE + text).world.forced
    assert [(f.message, f.name, f.level, f.text) for f in forced] == [
        (4, "", 1, "{submit: throttled}"),
        (0, "anna", 0, "{delivery: failed, after: 2s}"),
        (4, "", 1, "none"),
    ]
    entries = [force.entry for force in forced]
    assert entries[2] is None
    assert entries[1] == ScriptEntry("accepted", "failed", 2_000_000)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("{at: 5s, message: ben, level: 0, force: throttled}", "there is no message 'ben'"),
        ("{at: 5s, message: 4, level: 9, force: throttled}", "9"),
        ("{at: 5s, message: 4, level: 0, force: lost}", "lost"),
        ("{at: 5s, message: 4, force: throttled}", "level"),
        ("{at: 5s, cascade: news, becomes: otp}", "there is no cascade 'news'"),
        ("{at: 5s, cascade: otp, becomes: opt}", "there is no cascade 'opt'"),
    ],
)
def test_what_leads_nowhere_is_complained_about(entry: str, says: str) -> None:
    """Messages and cascades that are not there, levels and words that are none."""
    told = problems_of(FILE + f"by_hand: [{entry}]\n")
    assert any(says in problem for problem in told), told


def test_a_move_names_two_cascades() -> None:
    """In the order of the file."""
    text = FILE.replace("{otp: [sms, whatsapp]}", "{otp: [sms], two: [viber]}").replace(
        "{message: anna, at: 3s}, {burst: 9}", "{burst: 9, cascade: otp}"
    )
    world = loaded(text + "by_hand: [{at: 5s, cascade: otp, becomes: two}]\n").world
    assert world.moved == (HandMove(at_us=5_000_000, plan=0, becomes=1),)
