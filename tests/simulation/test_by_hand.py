"""What somebody's hand does to a world: in its place at its instant, as a file would do it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import Act
from sandbox.drivers.virtual import run_virtual
from sandbox.errors import MisuseError
from sandbox.simulation.decisions import DECISIONS
from sandbox.simulation.distributions import fixed
from sandbox.simulation.moves import HandMove
from sandbox.simulation.spec import (
    Burst,
    Change,
    HandChange,
    HandForce,
    NamedPerson,
    PlannedAct,
    Population,
    Script,
    ScriptEntry,
    Single,
    WorldSpec,
)
from sandbox.simulation.world import World
from tests.support.hand import level, plan, us
from tests.support.worlds import kinds, lines, provider, world

ONE = plan(level(wait=30), text="short")
SLOWER = Change("delivery.time", fixed(us(9)), "9s")
FAILED = DECISIONS["failed"]


def spec_of(**more: object) -> WorldSpec:
    """A world with two messages, at 0 s and at 3 s."""
    load = [Burst(plan=0, at_us=us(at), count=1) for at in (0, 3)]
    made = world(ONE, provider(price_nano=5, per_segment=True), load=load)
    return replace(made.spec, **more)  # type: ignore[arg-type]


def grown(spec: WorldSpec, at_us: int, *, text: str = "", number: str = "") -> WorldSpec:
    """The world with one more message."""
    people = (NamedPerson(name="ben", phone=number, country="GB"),) if number else ()
    return replace(
        spec,
        load=(*spec.load, Single(plan=0, at_us=at_us, name="own", to="ben" if number else "")),
        population=Population(people=people),
        wordings=(("own", text),) if text else (),
    )


def rest(its_world: World) -> list[Fact]:
    """All that is left to happen."""
    return [fact for piece in run_virtual(its_world) for fact in piece]


def test_everything_at_one_instant_is_in_the_order_of_the_file() -> None:
    """A change, a decision, a message, and an act, each at the instant of a message of the load."""
    spec, at = spec_of(), us(3)
    live = World(spec)
    facts = live.change("sms", "delivery.time", SLOWER, at)
    hand = HandForce(at_us=at, level=0, entry=FAILED.entry, text=FAILED.text, message=1)
    facts += live.force(hand, at)
    more = grown(spec, at)
    facts += live.request(more, live.now)
    instant = live.now
    facts += live.act(2, Act.CANCEL, live.now)
    cancelled = live.now
    facts += rest(live)
    assert instant > at
    by_hand = HandChange(at_us=at, provider="sms", path="delivery.time", change=SLOWER)
    told = replace(
        grown(spec, instant),
        by_hand=(by_hand,),
        forced=(hand,),
        acts=(PlannedAct(at_us=cancelled, act=Act.CANCEL, message=2),),
    )
    assert rest(World(told)) == facts


def test_a_change_after_a_decision_of_its_instant_comes_a_microsecond_later() -> None:
    """Or a file would make it first."""
    spec, at = spec_of(), us(2)
    hand = HandForce(at_us=at, level=0, entry=FAILED.entry, text=FAILED.text, message=1)
    live = World(replace(spec, forced=(hand,)))
    facts = live.change("sms", "delivery.time", SLOWER, at)
    assert facts[-1][1] == at + 1
    by_hand = HandChange(at_us=at + 1, provider="sms", path="delivery.time", change=SLOWER)
    again = World(replace(spec, forced=(hand,), by_hand=(by_hand,)))
    assert rest(again) == [*facts, *rest(live)]


def test_a_message_of_ones_own_has_its_number_and_its_person() -> None:
    """The messages of the load come as they would have; the luck of all is what it was."""
    spec = spec_of()
    plain = lines(rest(World(spec)), 1)
    live = World(spec)
    facts = live.request(grown(spec, us(1), number="+447700900111"), us(1))
    assert live.message_names == {2: "own"}
    assert live.phone_of(2) == "+447700900111"
    assert live.person_of(2).country == "GB"
    facts += rest(live)
    assert live.message_count == 3
    assert lines(facts, 1) == plain
    assert "failed_at_provider" in kinds([fact for fact in facts if fact[2] == 2])


def test_its_text_is_its_own_and_nobody_elses() -> None:
    """Two segments are billed for it; for the message of the load one."""
    spec = spec_of()
    live = World(spec)
    facts = live.request(grown(spec, us(1), text="x" * 161), us(1)) + rest(live)
    billed = {fact[2]: fact[7].number("amount_nano") for fact in facts if fact[5] == "billed"}
    assert billed == {1: 5, 2: 10, 3: 5}


def test_its_scripts_come_along() -> None:
    """Whatever the shares say."""
    spec = spec_of()
    script = Script(id="s", message="own", level=0, entries=(ScriptEntry("refused.permanent"),))
    live = World(spec)
    facts = live.request(replace(grown(spec, us(1)), scripts=(script,)), us(1)) + rest(live)
    assert "refused" in kinds([fact for fact in facts if fact[2] == 2])
    assert live.fired == {"s": 1}


def test_it_goes_through_the_plan_that_new_messages_go_through() -> None:
    """As it would from a file."""
    made = world([ONE, plan(level("viber"), name="two")], provider(), provider("viber"))
    spec = replace(made.spec, moved=(HandMove(at_us=us(1), plan=0, becomes=1),))
    live = World(spec)
    facts = live.request(grown(spec, us(2)), us(2))
    assert facts[-2][7].text("cascade") == "two"


def test_nothing_is_done_in_the_past_and_nothing_to_nobody() -> None:
    """All of these are mistakes of a driver."""
    live = World(spec_of())
    live.act(1, Act.NEXT, us(2))
    deeds: list[Callable[[], list[Fact]]] = [
        lambda: live.change("sms", "delivery.time", SLOWER, us(1)),
        lambda: live.change("fax", "delivery.time", SLOWER, us(3)),
        lambda: live.act(1, Act.NEXT, us(1)),
        lambda: live.request(grown(live.spec, us(1)), us(1)),
        lambda: live.request(live.spec, us(4)),
    ]
    for do in deeds:
        with pytest.raises(MisuseError):
            do()
