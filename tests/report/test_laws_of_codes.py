"""What the watch says of codes: entered by nobody who has it, too often, or never heard of."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import pytest

from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan
from sandbox.report.laws import Laws
from sandbox.simulation.distributions import fixed, uniform
from sandbox.simulation.spec import CodeHabits, Population
from tests.support.hand import level, plan, us
from tests.support.logs import Tampered
from tests.support.worlds import deliveries, percent, provider, run, world

PLAN: Final = plan(
    level("sms", wait=20, verify_within_us=us(15)),
    level("viber", wait=20),
    deadline=120, stops_on_verified=True, code_lifetime_us=us(60),
)  # fmt: skip
HABITS: Final = CodeHabits(
    entered=percent(90), after=uniform(0, us(40)), mistyped=percent(40),
    asks_again=percent(40), asks_again_after_us=us(19),
)  # fmt: skip


def said(facts: Sequence[Fact], its_plan: Plan = PLAN, *, quiet: bool = True) -> list[str]:
    """Every violation as `law: text`."""
    laws = Laws((its_plan,))
    laws.watch(facts)
    laws.finish(quiet=quiet)
    return [f"{found.law}: {found.text}" for found in laws.violations]


@cache
def busy() -> Tampered:
    """Eighty people who read, mistype, ask again and come too late."""
    lots: dict[str, Any] = {
        "delivery": uniform(0, us(15)),
        "delivery_outcomes": deliveries(filtered=30),
    }
    its = world(
        PLAN, provider("sms", **lots), provider("viber", **lots),
        load=80, population=Population(codes=HABITS),
    )  # fmt: skip
    return Tampered(run(its))


@cache
def mistyped() -> Tampered:
    """One person, who never gets it right."""
    habits = CodeHabits(entered=percent(100), after=fixed(us(1)), mistyped=percent(100))
    its = world(
        PLAN, provider("sms"), provider("viber"), population=Population(codes=habits)
    )  # fmt: skip
    return Tampered(run(its))


def test_what_people_type_breaks_no_law() -> None:
    """S33: right and wrong, in time and too late, of this level and of an earlier one."""
    entered = [fact[7].fields["right"] for fact in busy().facts if fact[5] == "code_entered"]
    whys = {fact[7].text("why") for fact in busy().facts if fact[5] == "act"}
    assert {True, False} == set(entered)
    assert "" in whys
    assert len(whys) > 1
    assert said(busy().facts) == []
    assert said(mistyped().facts) == []


def _right() -> int:
    """Which of the entered codes is the first right one."""
    codes = [fact for fact in busy().facts if fact[5] == "code_entered"]
    return next(nth for nth, fact in enumerate(codes) if fact[7].fields["right"])


WRONG: Final = {
    "not on the handset": (
        busy().change("code_entered", level=1, attempt=3),
        "codes-kept: a code is entered that is not on the handset",
    ),
    "typed once more after the right one": (
        busy().add(
            busy().facts[busy().nth("code_entered", _right())][0],
            busy().facts[busy().nth("code_entered", _right())],
        ),
        "codes-kept: a code is entered after the right one",
    ),
    "typed for ever": (
        mistyped().add(
            mistyped().facts[mistyped().nth("code_entered", 2)][0],
            mistyped().facts[mistyped().nth("code_entered", 2)],
        ),
        "codes-kept: a code is entered more than 3 times",
    ),
    "never heard of": (
        mistyped().change("code_entered", 2, right=True),
        "codes-kept: the right code of line 8 for m1 was never heard of",
    ),
    "a wrong one is taken for it": (
        busy().change("code_entered", _right(), right=False),
        "codes-kept: verified because of line",
    ),
    "heard of too late": (
        busy().change("code_entered", _right(), at=-1),
        "codes-kept: the code of m",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_about_a_code_is_said(what: str) -> None:
    """S33: truth about people, and what is heard of it."""
    facts, text = WRONG[what]
    assert [found for found in said(facts) if found.startswith(text)], said(facts)


def test_where_no_code_is_awaited_none_is_entered() -> None:
    """S33: a text without a code has none to enter."""
    its = plan(*PLAN.levels, deadline=120)
    assert "codes-kept: a code is entered where none is awaited" in said(busy().facts, its)


def test_a_run_that_was_broken_off_may_end_before_a_code_is_heard_of() -> None:
    """Only when all is quiet is it missing."""
    end = busy().nth("code_entered", _right())
    cut = busy().facts[: end + 1]
    assert said(cut, quiet=False) == []
    assert [found for found in said(cut) if found.startswith("codes-kept")] != []
