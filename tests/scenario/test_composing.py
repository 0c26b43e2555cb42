"""A message of one's own as a scenario has it."""

import pytest

from sandbox.errors import ScenarioError
from sandbox.scenario.composing import OwnMessage, grown, with_messages
from tests.support.scenario_texts import loaded

SCENARIO = loaded("schema: 1\nseed: 3\ncascades: {otp: [sms]}\nload: [{burst: 2}]\n")


def test_it_stands_last_in_the_load_and_the_rest_is_as_it_was() -> None:
    """What was given is not changed itself."""
    before = dict(SCENARIO.resolved)
    own = OwnMessage(name="own-1", at_us=1_500_001, cascade="otp")
    made = grown(SCENARIO, [own]).world
    assert SCENARIO.resolved == before
    assert made.load[:-1] == SCENARIO.world.load
    assert (made.load[-1].at_us, made.scripts, made.wordings) == (1_500_001, (), ())
    assert made.population == SCENARIO.world.population
    assert made.seed == 3


def test_who_is_new_its_text_and_its_scripts_come_along() -> None:
    """Each where a file has it."""
    own = OwnMessage(
        name="own-1",
        at_us=9,
        cascade="otp",
        phone="+447700900110",
        text="[hi]: 'x' # no comment",
        scripts=((0, ("{submit: throttled}", "{receipt: lost}")),),
    )
    whole = with_messages(SCENARIO.resolved, [own, OwnMessage(name="b", at_us=9, cascade="otp")])
    assert [entry.get("message") for entry in whole["load"]] == [None, "own-1", "b"]
    world = grown(SCENARIO, [own]).world
    assert world.wordings == (("own-1", "[hi]: 'x' # no comment"),)
    assert [person.phone for person in world.population.people] == ["+447700900110"]
    assert [len(script.entries) for script in world.scripts] == [2]


@pytest.mark.parametrize(
    "own",
    [
        OwnMessage(name="x", at_us=0, cascade="none"),
        OwnMessage(name="x", at_us=0, cascade="otp", to="nobody"),
        OwnMessage(name="x", at_us=0, cascade="otp", phone="12"),
        OwnMessage(name="x", at_us=0, cascade="otp", text="x" * 2000),
        OwnMessage(name="x", at_us=0, cascade="otp", scripts=((0, ("lost",)),)),
    ],
)
def test_what_leads_nowhere_is_an_error_of_the_scenario(own: OwnMessage) -> None:
    """The checks are those of every file."""
    with pytest.raises(ScenarioError):
        grown(SCENARIO, [own])
