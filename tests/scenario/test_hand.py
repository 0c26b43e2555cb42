"""A session saved as a scenario."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.app.knobs import Knob, Knobs
from sandbox.errors import MisuseError, ScenarioError
from sandbox.journal.entry import KNOB_CHANGED
from sandbox.scenario.hand import SAVED, scenario_by_hand
from sandbox.scenario.loader import load
from sandbox.simulation.distributions import fixed
from sandbox.simulation.spec import Change, HandChange, Scale
from sandbox.simulation.world import World
from tests.support.scenario_texts import SMALL, loaded

SCENARIO = loaded(
    SMALL
    + "name: rush-hour\ntitle: 'Rush: hour'\ndescription: What it shows.\nseed: 7\n"
    + "expect: [delivery_rate >= 1%]\n"
    + "faults: [{provider: sms, at: 1m, for: 1m, set: {receipts.lost: 50%}}]\n"
)
DAY_US = 86_400_000_000


def change(at_us: int, path: str, value: Change | None, provider: str = "sms") -> HandChange:
    """One change by hand."""
    return HandChange(at_us=at_us, provider=provider, path=path, change=value)


def turned(at_us: int, knobs: Knobs) -> list[HandChange]:
    """What a knob of the screen changes, as the session records it."""
    return [change(at_us, path, value) for path, value in knobs.changes().items()]


SLOWER = Change("delivery.time", Scale(Fraction(2)), "x2")


def test_a_saved_session_has_the_world_of_the_scenario_and_its_changes() -> None:
    """Nothing else differs, and every instant is kept to the microsecond."""
    knobs = Knobs(SCENARIO.world.providers[0].settings)
    changes = [
        *turned(12_345_678, knobs.turned(Knob.FAILURE, 5)),
        *turned(12_345_679, knobs.turned(Knob.OUTAGE, 1).turned(Knob.LATENCY, 3)),
        *turned(30 * DAY_US, knobs),
    ]
    saved = load(scenario_by_hand(SCENARIO.resolved, changes))
    assert saved.world.by_hand == tuple(changes)
    assert saved.world.faults == SCENARIO.world.faults
    assert saved.world.providers == SCENARIO.world.providers
    assert saved.world.load == SCENARIO.world.load
    assert (saved.name, saved.title, saved.seed) == ("rush-hour", "Rush: hour", 7)
    assert [each.text for each in saved.expectations] == ["delivery_rate >= 1%"]


def test_the_saved_session_has_the_same_log() -> None:
    """Turned by hand or read from the file: the same lines at the same instants."""
    text = (
        "schema: 1\ncascades: {otp: [sms, whatsapp]}\nload: [{poisson: 20/s, for: 30s}]\n"
        "providers: {sms: {receipts: {duplicated: 10%, batched: 2s}, limits: {rate: 15/s}}}\n"
        "faults: [{provider: sms, at: 10s, for: 9s, set: {delivery.time: x3}}]\n"
    )
    scenario = loaded(text)
    knobs = Knobs(scenario.world.providers[0].settings)
    live, log, made = World(scenario.world), [], []
    for at_us, position in (
        (5_000_001, knobs.turned(Knob.FAILURE, 7)),
        (10_000_000, knobs.turned(Knob.OUTAGE, 1)),
        (17_123_456, knobs.turned(Knob.LATENCY, 5)),
        (25_000_000, knobs),
    ):
        for each in turned(at_us, position):
            log += live.change(each.provider, each.path, each.change, each.at_us)
            made.append(each)
    log += live.advance(scenario.world.end_us, 100_000)
    again = World(load(scenario_by_hand(scenario.resolved, made)).world)
    assert again.advance(scenario.world.end_us, 100_000) == log
    assert sum(kind == KNOB_CHANGED for _, _, _, _, _, kind, _, _ in log) == 4 * len(
        knobs.changes()
    )


def test_the_description_says_where_the_file_comes_from() -> None:
    """The scenario's own stays, a note may follow, and saving again does not repeat it."""
    text = scenario_by_hand(SCENARIO.resolved, [change(1, "delivery.time", SLOWER)])
    assert load(text).description == f"What it shows.\n{SAVED}"
    again = scenario_by_hand(load(text).resolved, [], note="On a Monday.")
    assert load(again).description == f"What it shows.\n{SAVED}\nOn a Monday."
    bare = scenario_by_hand(loaded(SMALL).resolved, [])
    assert load(bare).description == SAVED
    long = loaded(SMALL + f"description: {'x' * 20_000}")
    assert load(scenario_by_hand(long.resolved, [])).description.endswith(f"x\n{SAVED}")


def test_changes_of_one_instant_stand_together_and_in_order() -> None:
    """A setting that is changed twice at once needs two entries; what is reset is a list."""
    changes = [
        change(2_000_000, "validity", Change("validity", 3_600_000_000, "1h")),
        change(2_000_000, "delivery.time", SLOWER),
        change(2_000_000, "delivery.time", Change("delivery.time", fixed(5), "{fixed: 0.005ms}")),
        change(2_000_000, "validity", None),
        change(2_000_000, "delivery.time", None),
        change(2_000_000, "validity", None, "viber"),
    ]
    text = scenario_by_hand(SCENARIO.resolved, changes)
    assert load(text).world.by_hand == tuple(changes)
    assert text.split("by_hand:\n")[1].split("expect:")[0] == (
        "  - {at: 2s, provider: sms, set: {validity: 1h, delivery.time: x2}}\n"
        "  - {at: 2s, provider: sms, set: {delivery.time: {fixed: 0.005ms}}}\n"
        "  - {at: 2s, provider: sms, reset: [validity, delivery.time]}\n"
        "  - {at: 2s, provider: viber, reset: [validity]}\n"
    )


def test_what_was_by_hand_already_stays_and_comes_first() -> None:
    """A saved session that is played and turned again keeps both."""
    first = [change(1_000_000, "delivery.time", SLOWER), change(9_000_000, "delivery.time", None)]
    once = load(scenario_by_hand(SCENARIO.resolved, first))
    second = [change(1_000_000, "validity", None), change(5_000_000, "delivery.time", SLOWER)]
    twice = load(scenario_by_hand(once.resolved, second))
    assert twice.world.by_hand == (first[0], second[0], second[1], first[1])


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 5_000_000),
            st.sampled_from(["sms", "viber"]),
            st.sampled_from(
                [
                    ("validity", None),
                    ("delivery.time", SLOWER),
                    ("receipts.lost", Change("receipts.lost", 5, "0.0000005%")),
                    ("limits.rate", Change("limits.rate", None, "none")),
                ]
            ),
        ),
        max_size=12,
    )
)
def test_any_changes_come_back(written: list[tuple[int, str, tuple[str, Change | None]]]) -> None:
    """Whatever was turned when, the saved file makes exactly these changes in this order."""
    changes = [
        change(at_us, path, value, provider)
        for at_us, provider, (path, value) in sorted(written, key=lambda each: each[0])
    ]
    assert load(scenario_by_hand(SCENARIO.resolved, changes)).world.by_hand == tuple(changes)


def test_words_that_are_not_those_of_the_value_are_our_mistake() -> None:
    """A file that replays to another log is never written."""
    odd = Change("delivery.outcomes", SCENARIO.world.providers[0].settings.delivery_outcomes, "{}")
    with pytest.raises((MisuseError, ScenarioError)):
        scenario_by_hand(SCENARIO.resolved, [change(1, "delivery.outcomes", odd)])
    loose = Change("delivery.time", fixed(1_000_000), "{fixed:  1s}")
    with pytest.raises(MisuseError, match="would not be read back as it is"):
        scenario_by_hand(SCENARIO.resolved, [change(1, "delivery.time", loose)])


def test_more_changes_than_a_file_holds_are_refused() -> None:
    """The person is told, instead of being left with a file that cannot be loaded."""
    many = [change(at_us, "delivery.time", SLOWER) for at_us in range(3000)]
    with pytest.raises(ScenarioError, match="too-many-nodes"):
        scenario_by_hand(SCENARIO.resolved, many)
