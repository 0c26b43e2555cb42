"""Two watches over the laws, the tests' and the product's, written apart: they must agree."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final

import pytest
from hypothesis import given

from sandbox.cascade.circuit import Breaker
from sandbox.cascade.outputs import Detail, Fact
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import Conflict, OnUnknown, Status
from sandbox.journal.replay import replay
from sandbox.report.laws import Laws
from sandbox.simulation.distributions import uniform
from sandbox.simulation.spec import Burst, OverAnswer
from sandbox.simulation.world import World
from tests.laws.generated import NO_BREAKERS, many
from tests.laws.generated_worlds import worlds
from tests.laws.lawbook import check
from tests.laws.message_laws import LawBrokenError
from tests.support.hand import NO_CREDIT, level, plan, us
from tests.support.worlds import (
    GONE,
    always,
    deliveries,
    kinds,
    mixed,
    percent,
    provider,
    run,
    submits,
    world,
)


def watch(
    facts: Iterable[Fact],
    its_plans: Sequence[Plan],
    breakers: Mapping[str, Breaker] = NO_BREAKERS,
) -> list[str]:
    """The laws that the product's own watch finds broken."""
    laws = Laws(its_plans, breakers)
    laws.watch(facts)
    laws.finish(quiet=True)
    return [f"{each.law}: {each.text}" for each in laws.violations]


@many(40)
@given(worlds())
def test_the_products_watch_finds_every_world_in_order(its_world: World) -> None:
    """Invariants: what the tests' lawbook accepts, the product's watch and replay accept."""
    facts, its = run(its_world), (its_world.spec.plans, its_world.spec.breakers)
    check(facts, *its)
    assert watch(facts, *its) == []
    assert replay(facts, *its) is None


def test_everything_happens_in_the_mixed_world() -> None:
    """The laws are tried on a run in which every kind of line occurs."""
    engine_and_world = {
        "requested", "skipped", "submitted", "accepted", "refused", "throttled", "unknown",
        "receipt", "late_receipt", "ignored", "wait_over", "retry_planned", "fell_back", "finished",
        "reached_handset", "read_by_person", "expired_at_provider", "failed_at_provider",
        "accepted_at_provider", "receipt_lost", "billed", "fault_began", "fault_ended",
    }  # fmt: skip
    assert engine_and_world - set(kinds(_log())) <= {"expired_at_provider"}


LONG: Final = plan(
    level(wait=20, retries=1, timeout=4, on_unknown=OnUnknown.RESEND, success=Status.READ),
    level("viber", wait=25),
    deadline=120,
    text="a" * 400,
    conflict=Conflict.LAST,
)


def storm() -> World:
    """A world whose receipts come in parts, twice, in the wrong order, too early and falsely."""
    odd: dict[str, Any] = {
        "latency": uniform(0, us(2)), "delivery": uniform(0, us(20)), "delay": uniform(0, us(9)),
        "reports": [Status.SENT, Status.DELIVERED, Status.READ], "read_share": percent(60),
        "read_after": uniform(0, us(9)), "price_nano": 7, "receipt_lost": percent(5),
        "delivery_outcomes": deliveries(failed=10, partial=20),
        "submit_outcomes": submits(throttled=10, timeout_accepted=10),
        "receipt_duplicated_share": percent(40), "receipt_gap": uniform(0, us(4)),
        "receipt_reordered_share": percent(30), "receipt_reordered_within_us": us(20),
        "receipt_before_reply": percent(30), "receipt_contradictory": percent(20),
        "receipt_unknown_id": percent(10), "limit_rate": 86_400 * 5_000_000, "limit_burst": 20,
    }  # fmt: skip
    more = {"receipts_per_segment": True, "over": OverAnswer("throttled", us(9))}
    return world(
        LONG,
        provider("sms", more=more, **odd),
        provider("viber", more={"echoes_reference": False}, **odd),
        load=[Burst(plan=0, at_us=us(at), count=25) for at in (0, 10, 20)],
    )


def test_everything_happens_in_the_storm() -> None:
    """The laws are tried on a run in which every kind of line about receipts occurs."""
    its_kinds = set(kinds(_storm()))
    assert {
        "segment_receipt", "orphan_receipt", "receipt_unmatched", "receipt_contradicts",
        "partly_reached_handset", "receipt", "late_receipt", "ignored", "receipt_lost",
    } <= its_kinds  # fmt: skip
    assert any(fact[7].number("retry_after_us") for fact in _storm())


@cache
def _storm() -> tuple[Fact, ...]:
    return tuple(run(storm()))


@cache
def _log() -> tuple[Fact, ...]:
    return tuple(run(mixed()))


def _plans() -> tuple[Plan, ...]:
    return mixed().spec.plans


def _dropped(facts: tuple[Fact, ...], nth: int) -> list[Fact]:
    """The log without a line; the others are numbered anew and keep their causes."""
    gone = facts[nth][0]
    kept = [fact for fact in facts if fact[0] != gone]
    number = {fact[0]: new for new, fact in enumerate(kept, start=1)} | {gone: 0}
    return [
        (number[f[0]], *f[1:6], number.get(f[6], 0) or number.get(facts[nth][6], 0), f[7])
        for f in kept
    ]


def _changed(facts: tuple[Fact, ...], nth: int, **new: object) -> list[Fact]:
    """The log with something else in one line."""
    seq, at, message, index, attempt, kind, cause, detail = facts[nth]
    at = new.get("at_us", at)  # type: ignore[assignment]  # the test knows
    index = new.get("level", index)  # type: ignore[assignment]  # the test knows
    attempt = new.get("attempt", attempt)  # type: ignore[assignment]  # the test knows
    kind = new.get("kind", kind)  # type: ignore[assignment]  # the test knows
    if "says" in new:
        says = dict(detail.fields) | new["says"]  # type: ignore[operator]  # the test knows
        detail = Detail(says)
    line: Fact = (seq, at, message, index, attempt, kind, cause, detail)
    return [*facts[:nth], line, *facts[nth + 1 :]]


def _nth(kind: str) -> int:
    found = [nth for nth, fact in enumerate(_log()) if fact[5] == kind]
    return found[len(found) // 2]


def _tampered() -> dict[str, list[Fact]]:
    log = _log()
    decisions = ("submitted", "accepted", "refused", "unknown", "fell_back", "finished",
                 "retry_planned", "wait_over", "skipped", "requested")  # fmt: skip
    logs = {f"without a line {kind}": _dropped(log, _nth(kind)) for kind in decisions}
    logs["another trigger"] = _changed(log, _nth("fell_back"), says={"trigger": "rejected"})
    logs["another outcome"] = _changed(log, _nth("finished"), says={"outcome": "stopped"})
    logs["another provider"] = _changed(log, _nth("submitted"), says={"provider": "wa2"})
    logs["another level"] = _changed(log, _nth("fell_back"), level=7)
    logs["another attempt"] = _changed(log, _nth("submitted"), attempt=9)
    logs["another pause"] = _changed(log, _nth("retry_planned"), says={"retry_at_us": 1})
    logs["a gap"] = [fact for fact in log if fact[0] != 77]
    logs["time goes back"] = _changed(log, _nth("wait_over"), at_us=0)
    return logs


def _which(kind: str, **says: object) -> int:
    """The first line of a kind with these words."""
    fits = (
        nth
        for nth, fact in enumerate(_storm())
        if fact[5] == kind and says.items() <= dict(fact[7].fields).items()
    )
    return next(fits)


TAMPERED_STORMS: Final[dict[str, Callable[[tuple[Fact, ...]], list[Fact]]]] = {
    "a segment counts as the message": lambda log: _changed(
        log, _which("segment_receipt"), kind="receipt"
    ),
    "a segment is counted twice": lambda log: _changed(
        log, _which("ignored", why="duplicate", segment=1), kind="segment_receipt"
    ),
    "a segment is not counted": lambda log: _changed(
        log, _which("segment_receipt"), kind="ignored", says={"why": "duplicate"}
    ),
    "the last segment is one of several": lambda log: _changed(
        log, _which("receipt", status="delivered", segments=3), kind="segment_receipt"
    ),
    "an orphan of another provider": lambda log: _changed(
        log, _which("orphan_receipt", provider="sms"), says={"provider": "viber"}
    ),
    "an orphan that says something else": lambda log: _changed(
        log, _which("orphan_receipt", status="delivered"), says={"status": "sent"}
    ),
    "an orphan that is dropped": lambda log: _dropped(log, _which("orphan_receipt")),
    "an orphan out of nowhere": lambda log: _dropped(log, _which("receipt_unmatched")),
    "a retry too soon": lambda log: _changed(
        log, _which("throttled", retry_after_us=us(9)), says={"retry_after_us": us(99)}
    ),
    "a contradiction that is not heard": lambda log: _changed(
        log, _which("receipt", status="failed"), kind="ignored", says={"why": "duplicate"}
    ),
}


@pytest.mark.parametrize("what", TAMPERED_STORMS)
def test_both_watches_see_that_receipts_were_tampered_with(what: str) -> None:
    """S4-S7, S30: what the rules say of receipts is watched twice, and the watches agree."""
    facts = TAMPERED_STORMS[what](_storm())
    with pytest.raises((LawBrokenError, AssertionError, KeyError)):
        check(facts, (LONG,))
    assert watch(facts, (LONG,)) != []


@pytest.mark.parametrize("what", _tampered())
def test_both_watches_see_that_a_log_was_tampered_with(what: str) -> None:
    """Invariants: a law that cannot be broken is none, neither in the tests nor in the product."""
    facts = _tampered()[what]
    with pytest.raises((LawBrokenError, AssertionError, KeyError)):
        check(facts, _plans())
    assert watch(facts, _plans()) != []


def test_both_watches_find_the_untouched_log_in_order() -> None:
    """Invariants: and what was not tampered with keeps all of them."""
    for facts, its_plans in ((_log(), _plans()), (_storm(), (LONG,))):
        check(facts, its_plans)
        assert watch(facts, its_plans) == []
        assert replay(facts, its_plans) is None


CUT_OFF: Final = plan(
    level(wait=20, via=["main", "spare"], retries=1, timeout=3, on_unknown=OnUnknown.RESEND),
    level("viber", wait=25),
    deadline=60,
)
BREAKERS: Final = {
    "main": Breaker(open_after=2, for_us=us(4)),
    "spare": Breaker(open_after=1, for_us=us(3)),
    "viber": Breaker(open_after=None, for_us=us(5)),
}


@cache
def _cut_off() -> tuple[Fact, ...]:
    """A run in which circuits open, half-open and close, again and again."""
    bad: dict[str, Any] = {
        "latency": uniform(0, us(4)), "delivery": uniform(0, us(9)), "delay": uniform(0, us(2)),
        "submit_outcomes": submits(refused_temporary=30, refused_permanent=10, throttled=10),
        "reasons": (always("refused.permanent", NO_CREDIT, GONE),),
    }  # fmt: skip
    more = {name: {"breaker": breaker} for name, breaker in BREAKERS.items()}
    return tuple(
        run(
            world(
                CUT_OFF,
                provider("main", channel="sms", more=more["main"], **bad),
                provider("spare", channel="sms", more=more["spare"], **bad),
                provider("viber", more=more["viber"], **bad),
                load=[Burst(plan=0, at_us=us(at), count=4) for at in range(60)],
            )
        )
    )


def _line(kind: str, which: int = 3, **says: object) -> int:
    """A line of a kind with these words, not the first of them."""
    found = [
        nth
        for nth, fact in enumerate(_cut_off())
        if fact[5] == kind and says.items() <= dict(fact[7].fields).items()
    ]
    return found[which]


TAMPERED_CIRCUITS: Final[dict[str, Callable[[tuple[Fact, ...]], list[Fact]]]] = {
    "it opened unsaid": lambda log: _dropped(log, _line("circuit", state="open")),
    "it closed unsaid": lambda log: _dropped(log, _line("circuit", state="closed")),
    "a probe unsaid": lambda log: _dropped(log, _line("circuit", state="half_open")),
    "it opened for longer": lambda log: _changed(
        log, _line("circuit", state="open"), says={"until_us": us(99)}
    ),
    "another circuit": lambda log: _changed(
        log, _line("circuit", state="closed", provider="main"), says={"provider": "viber"}
    ),
    "a failure that was none": lambda log: _changed(
        log, _line("circuit", state="open", provider="spare") - 1, kind="accepted"
    ),
    "passed over though closed": lambda log: _changed(
        log,
        _line("submitted", 0, provider="main"),
        kind="skipped",
        attempt=None,
        says={"reason": "circuit open"},
    ),
    "not passed over though open": lambda log: _changed(
        log, _line("skipped", provider="main"), kind="submitted", attempt=1, says={"channel": "sms"}
    ),
    "nobody passed over": lambda log: _dropped(log, _line("skipped", provider="main")),
}


def test_everything_happens_to_circuits() -> None:
    """S22: each state, each provider, each way to go on."""
    told = {(f[7].text("provider"), f[7].text("state")) for f in _cut_off() if f[5] == "circuit"}
    states = ("open", "half_open", "closed")
    assert told == {(name, state) for name in BREAKERS for state in states}
    triggers = {fact[7].text("trigger") for fact in _cut_off()}
    assert "circuit_open" in triggers
    check(_cut_off(), (CUT_OFF,), BREAKERS)
    assert watch(_cut_off(), (CUT_OFF,), BREAKERS) == []
    assert replay(_cut_off(), (CUT_OFF,), BREAKERS) is None


@pytest.mark.parametrize("what", TAMPERED_CIRCUITS)
def test_both_watches_see_that_circuits_were_tampered_with(what: str) -> None:
    """S22: what the rules say of circuits is watched twice, and the watches agree."""
    facts = TAMPERED_CIRCUITS[what](_cut_off())
    with pytest.raises((LawBrokenError, AssertionError, KeyError)):
        check(facts, (CUT_OFF,), BREAKERS)
    assert watch(facts, (CUT_OFF,), BREAKERS) != []
