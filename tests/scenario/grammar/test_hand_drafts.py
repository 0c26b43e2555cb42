"""A move of new messages to another cascade, as it is read."""

from tests.support.scenario_texts import loaded, problems_of

FILE = """\
schema: 1
cascades: {one: [sms], two: [viber]}
load: [{burst: 1, cascade: one}]
"""


def test_a_move_has_an_instant_and_two_cascades() -> None:
    """Whatever is left out is asked for."""
    whole = FILE + "by_hand: [{at: 1.5s, cascade: one, becomes: two}]\n"
    (move,) = loaded(whole).world.moved
    assert (move.at_us, move.plan, move.becomes) == (1_500_000, 0, 1)
    for left_out in ("at: 1.5s, ", "cascade: one, b"):
        kept = "b" if left_out.endswith("b") else ""
        assert problems_of(whole.replace(left_out, kept)) != []
