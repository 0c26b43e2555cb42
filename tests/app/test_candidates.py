"""Other ways to run a cascade."""

import itertools

import pytest

from sandbox.app.candidates import (
    LEVELS_TRIED_MAX,
    WAITS_US,
    Candidate,
    cascade_text,
    distance_us,
    first_round,
    levels_text,
    message_count,
    neighbours,
    order_count,
    orders,
    own_candidate,
    with_candidate,
    with_fewer_messages,
    words,
)
from sandbox.app.counted import count
from sandbox.cascade.vocabulary import SECOND_US
from sandbox.scenario.library import built_in
from sandbox.scenario.loader import load
from tests.support.scenario_texts import SMALL, loaded
from tests.support.studies import KNOWN

S = SECOND_US


def test_orders_are_every_order_of_every_choice() -> None:
    """All levels first, then fewer, down to one."""
    assert orders(2) == [(0, 1), (1, 0), (0,), (1,)]
    for levels in range(1, 9):
        found = orders(levels)
        assert len(found) == len(set(found)) == order_count(levels)
        assert all(1 <= len(order) <= LEVELS_TRIED_MAX for order in found)
    assert (order_count(3), order_count(4), order_count(8)) == (15, 64, 2080)


def test_the_first_round_has_the_file_as_it_is() -> None:
    """And every order with all waits shorter and longer, no wait below a second."""
    plan = loaded(SMALL).world.plans[0]
    found = first_round(plan)
    assert found[0] == own_candidate(plan) == Candidate((0, 1, 2), (60 * S,) * 3)
    assert {each.waits for each in found if len(each.levels) == 1} == {
        (60 * S,), (30 * S,), (120 * S,), (15 * S,),
    }  # fmt: skip
    quick = loaded(SMALL, ("cascades.otp.levels.0.wait", "2s")).world.plans[0]
    assert min(wait for each in first_round(quick) for wait in each.waits if wait) == S


def test_neighbours_differ_in_one_wait() -> None:
    """Each by every wait worth trying; where there is none, none is made up."""
    plan = loaded(SMALL, ("cascades.otp.levels.1.wait", "none")).world.plans[0]
    found = list(neighbours(Candidate((1, 0), (None, 60 * S)), plan))
    assert {each.levels for each in found} == {(1, 0)}
    assert sorted(each.waits[1] or 0 for each in found) == sorted({*WAITS_US} - {60 * S})
    assert {each.waits[0] for each in found} == {None}


def test_a_candidate_changes_order_and_waits_and_nothing_else() -> None:
    """All else each level says stays with it; the other cascades stay as they are."""
    scenario = load(KNOWN)
    changed = with_candidate(scenario, 0, Candidate((1, 0), (5 * S, None)))
    before, after = (each.world.plans for each in (scenario, changed))
    assert [level.channel for level in after[0].levels] == ["whatsapp", "sms"]
    assert [level.wait_us for level in after[0].levels] == [5 * S, None]
    assert after[0].levels[0].providers == before[0].levels[1].providers
    assert after[1] == before[1]
    assert changed.world.providers == scenario.world.providers


def test_scripts_are_left_out_since_they_name_levels_by_number() -> None:
    """They would strike another channel."""
    scenario = load(built_in()["sms-outage-falls-to-whatsapp"])
    assert scenario.world.scripts
    changed = with_candidate(scenario, 0, own_candidate(scenario.world.plans[0]))
    assert changed.world.scripts == ()
    assert changed.world.faults == scenario.world.faults


@pytest.mark.parametrize(
    "entry",
    [
        "{burst: 2000}",
        "{constant: 20/s, for: 100s}",
        "{poisson: 20/s, for: 100s}",
        "{ramp: {from: 10/s, to: 30/s}, for: 100s}",
    ],
)
def test_a_load_is_thinned_out_evenly(entry: str) -> None:
    """About as many messages as are asked for, over the same time."""
    scenario = loaded(SMALL, ("load", f"[{entry}]"))
    total = message_count(scenario)
    small = with_fewer_messages(scenario, 100)
    assert total == 2000
    assert 90 <= message_count(small) <= 110
    requested = count(small).metrics.columns
    assert 70 <= requested.message_count <= 130
    if "burst" not in entry:
        assert requested.requested_at[requested.message_count] > 90 * S
    assert with_fewer_messages(scenario, 2000) is scenario


def test_named_messages_stay_when_a_load_is_thinned_out() -> None:
    """There is nothing to thin out of one."""
    named = "[{message: anna, at: 1s}, {burst: 1000}]"
    small = with_fewer_messages(loaded(SMALL, ("load", named)), 10)
    assert [type(entry).__name__ for entry in small.world.load] == ["Single", "Burst"]


def test_a_trace_is_thinned_out_row_by_row(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every so-manieth message of it stays, with its own name and instant."""
    folder = tmp_path_factory.mktemp("trace")
    rows = "\n".join(f"{second}s" for second in range(100))
    (folder / "t.csv").write_text(f"at\n{rows}\n", encoding="utf-8")
    path = folder / "a.yaml"
    path.write_text(SMALL.replace("{burst: 20}", "{trace: t.csv}"), encoding="utf-8")
    [trace] = with_fewer_messages(load(path), 10).world.load
    assert trace.instants == tuple(range(0, 100 * S, 10 * S))  # type: ignore[union-attr]  # it is the trace


def test_the_snippet_is_the_candidate() -> None:
    """Put into the file, it makes the very plan that was measured."""
    scenario = load(built_in()["two-factor-codes"])
    plan = scenario.world.plans[0]
    for order, wait in itertools.product(orders(len(plan.levels)), (10 * S, 95 * S)):
        candidate = Candidate(order, (wait,) * len(order))
        measured = with_candidate(scenario, 0, candidate).world.plans[0]
        levels = f"[{', '.join(levels_text(scenario, 0, candidate))}]"
        written = load(
            built_in()["two-factor-codes"], overrides=[(f"cascades.{plan.name}.levels", levels)]
        )
        assert written.world.plans[0] == measured


def test_the_snippet_stands_on_its_own() -> None:
    """It leaves to the defaults what the file leaves to them, and loads as it is."""
    scenario = loaded(SMALL, ("cascades.otp.deadline", "3m"))
    text = cascade_text(scenario, 0, Candidate((2, 0), (15 * S, None)))
    assert text == (
        "cascades:\n"
        "  otp:\n"
        "    deadline: 3m\n"
        "    levels:\n"
        "      - {channel: viber, wait: 15s}\n"
        "      - {channel: sms, wait: none}"
    )
    again = load(f"schema: 1\n{text}\nload: [{{burst: 1}}]\n")
    assert [level.wait_us for level in again.world.plans[0].levels] == [15 * S, None]


def test_a_hostile_text_stays_text_in_the_snippet() -> None:
    """Whatever the message says, the snippet reads back as the same message."""
    text = 'a: {b}\n# "c" \x85'
    escaped = r'"a: {b}\n# \"c\" \x85"'
    scenario = loaded(SMALL, ("cascades.otp.content.text", escaped))
    assert scenario.world.plans[0].text == text
    snippet = cascade_text(scenario, 0, own_candidate(scenario.world.plans[0]))
    again = load(f"schema: 1\n{snippet}\nload: [{{burst: 1}}]\n")
    assert again.world.plans[0].text == text


def test_a_candidate_in_words() -> None:
    """Its channels and waits; and how far it is from the file's own."""
    plan = loaded(SMALL).world.plans[0]
    candidate = Candidate((2, 0), (90 * S, None))
    assert words(candidate, plan) == "viber 90s, sms no wait"
    assert distance_us(candidate, plan) == 90 * S
    assert distance_us(own_candidate(plan), plan) == 0


def test_a_candidate_begins_levels_together_as_the_file_does() -> None:
    """S25: but its first level has none before it."""
    its = loaded(
        "schema: 1\ncascades: {c: [sms, {channel: whatsapp, parallel: true}, viber]}\n"
        "load: [{burst: 5}]\n"
    )
    own = own_candidate(its.world.plans[0])
    assert words(own, its.world.plans[0]) == "sms 1m + whatsapp 1m, viber 1m"
    other = Candidate((1, 2), own.waits[:2])
    assert [level.parallel for level in with_candidate(its, 0, other).world.plans[0].levels] == [
        False, False,
    ]  # fmt: skip
    assert "parallel" not in levels_text(its, 0, other)[0]
    assert "parallel" in levels_text(its, 0, own)[1]
