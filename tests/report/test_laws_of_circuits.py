"""What the watch says of circuits: opened too early, probed twice, closed by nobody, unsaid."""

from collections.abc import Sequence
from functools import cache
from typing import Final

import pytest

from sandbox.cascade.circuit import Breaker
from sandbox.cascade.outputs import Fact
from sandbox.report.laws import Laws
from tests.support.hand import BUSY, NO_CREDIT, Hand, level, plan, us
from tests.support.logs import Tampered, complete

PLAN: Final = plan(
    level("sms", via=["main", "spare"], wait=30), level("viber", wait=30, retries=1), deadline=90
)
BREAKERS: Final = {
    "main": Breaker(open_after=2, for_us=us(10)),
    "spare": Breaker(open_after=None, for_us=us(20)),
    "viber": Breaker(open_after=1, for_us=us(10)),
}


def said(
    facts: Sequence[Fact], breakers: dict[str, Breaker] | None = None, *, ends: bool = True
) -> list[str]:
    """Every violation as `law: text`."""
    laws = Laws((PLAN,), BREAKERS if breakers is None else breakers, with_truth=False)
    laws.watch(facts)
    if ends:
        laws.finish(quiet=True)
    return [f"{found.law}: {found.text}" for found in laws.violations]


@cache
def opened() -> Tampered:
    """Two failures at 0 s and 1 s, a message passed over, a probe at 12 s that closes it."""
    hand = Hand(PLAN, breakers=BREAKERS)
    for message in (1, 2):
        hand.request(message - 1, message=message)
        hand.refuse(message - 1, BUSY, message=message)
        hand.accept(message - 1, message=message)
    hand.request(5, message=3)
    hand.refuse(6, NO_CREDIT, message=3)
    hand.accept(6, message=3)
    hand.request(7, message=4)
    hand.refuse(8, BUSY, message=4)
    hand.request(12, message=5)
    hand.accept(13, message=5)
    hand.rest()
    return Tampered(complete(hand.facts))


def test_a_run_with_circuits_breaks_no_law() -> None:
    """S22: opened, passed over, no provider left, no level left, probed, closed."""
    states = [fact[7].text("state") for fact in opened().facts if fact[5] == "circuit"]
    assert states[:5] == ["open", "open", "open", "half_open", "closed"]
    assert said(opened().facts) == []


def test_without_breakers_nobody_is_passed_over() -> None:
    """S22: what is not configured opens nothing."""
    broken = said(opened().facts, {})
    assert any(text.startswith("consequence: skipped 0 circuit open main") for text in broken)


WRONG: Final = {
    "said a moment too late": (
        opened().change("circuit", 0, until_us=us(12)),
        (
            "circuits-kept: circuit of main open until 12000000 us by m2.0.1 at 1000000 us, "
            "because of line 8, instead of circuit of main open until 11000000 us by m2.0.1"
        ),
    ),
    "of another provider": (
        opened().change("circuit", 0, provider="spare"),
        "circuits-kept: circuit of spare open",
    ),
    "not said": (opened().drop("circuit", 0), "circuits-kept: missing: circuit of main open"),
    "half-open is not said": (
        opened().drop("circuit", 3),
        "circuits-kept: missing: circuit of main half_open",
    ),
    "closed is not said": (
        opened().drop("circuit", 4),
        "circuits-kept: missing: circuit of main closed by m5.0.1",
    ),
    "said twice": (
        opened().add(9, opened().facts[8]),
        "circuits-kept: circuit of main open until 11000000 us by m2.0.1 at 1000000 us, for",
    ),
    "a failure is no failure": (
        opened().change("refused", 1, **{"class": "stop"}),
        "circuits-kept: circuit of main open until 11000000 us by m2.0.1 at 1000000 us, for",
    ),
    "a provider that is passed over is not": (
        opened().change("skipped", 0, kind="submitted", attempt=1, channel="sms"),
        "circuits-kept: submitted to main, whose circuit is open",
    ),
    "another one is passed over": (
        opened().change("skipped", 0, provider="spare"),
        "consequence: skipped 0 circuit open spare",
    ),
    "the level is left though a provider is left": (
        opened().change("skipped", 0, provider=None),
        "consequence: skipped 0 circuit open at",
    ),
    "the level is left by another trigger": (
        opened().change("fell_back", 1, trigger="refused"),
        "consequence: fell_back 1 refused",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_about_a_circuit_is_said(what: str) -> None:
    """S22: each wrong line by its law, and by what must stand there instead."""
    facts, text = WRONG[what]
    assert [found for found in said(facts) if found.startswith(text)], said(facts)


def test_what_must_be_said_at_the_very_end_is_missed() -> None:
    """S22: a change on the last line of a run is none, when nobody says it."""
    facts = opened().facts
    cut = facts[: opened().nth("circuit", 4)]
    assert said(cut, ends=True)[0].startswith("circuits-kept: missing: circuit of main closed")


def test_a_retry_whose_provider_is_cut_off_meanwhile_is_passed_over() -> None:
    """S20, S22: at the retry's own instant, and for no other reason."""
    breakers = {"viber": Breaker(open_after=2, for_us=us(10))}
    its = plan(level("viber", wait=30, retries=1), level("sms"), deadline=90)
    hand = Hand(its, breakers=breakers).request()
    hand.refuse(0, BUSY)
    hand.request(0.5, message=2)
    hand.refuse(0.6, NO_CREDIT, message=2)
    hand.rest()
    log = Tampered(complete(hand.facts))
    laws = Laws((its,), breakers, with_truth=False)
    laws.watch(log.facts)
    assert laws.violations == []
    for wrong in (log.change("skipped", 0, at=-1), log.change("skipped", 0, cause=1)):
        laws = Laws((its,), breakers, with_truth=False)
        laws.watch(wrong)
        assert "skipped for no reason" in laws.violations[0].text
