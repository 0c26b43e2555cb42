"""What is done about messages, as a file says it."""

import pytest

from sandbox.cascade.vocabulary import Act
from sandbox.simulation.spec import PlannedAct
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
