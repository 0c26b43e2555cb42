"""The choices of the menu are what a scenario file would say."""

from sandbox.scenario.loader import load
from sandbox.simulation.decisions import DECISIONS, WORDS


def test_every_choice_is_read_back_from_a_file_as_it_is() -> None:
    """Its text, and what it means to the world; so that a saved session has the same log."""
    forced = "".join(
        f"  - {{at: {at}s, message: 1, level: 0, force: {decision.text}}}\n"
        for at, decision in enumerate(DECISIONS.values())
    )
    text = f"schema: 1\ncascades: {{otp: [sms]}}\nload: [{{burst: 1}}]\nby_hand:\n{forced}"
    read = load(text).world.forced
    assert [(each.text, each.entry) for each in read] == [d[1:] for d in DECISIONS.values()]


def test_a_line_of_the_log_leads_back_to_its_word() -> None:
    """No two choices are written alike."""
    assert [WORDS[decision.text] for decision in DECISIONS.values()] == list(DECISIONS)
