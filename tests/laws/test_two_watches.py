"""Two watches over the laws, the tests' and the product's, written apart: they must agree."""

from collections.abc import Iterable, Sequence
from functools import cache

import pytest
from hypothesis import given

from sandbox.cascade.outputs import Detail, Fact
from sandbox.cascade.plan import Plan
from sandbox.journal.replay import replay
from sandbox.report.laws import Laws
from sandbox.simulation.world import World
from tests.laws.generated import many
from tests.laws.generated_worlds import worlds
from tests.laws.lawbook import check
from tests.laws.message_laws import LawBrokenError
from tests.support.worlds import kinds, mixed, run


def watch(facts: Iterable[Fact], its_plans: Sequence[Plan]) -> list[str]:
    """The laws that the product's own watch finds broken."""
    laws = Laws(its_plans)
    laws.watch(facts)
    laws.finish(quiet=True)
    return [f"{each.law}: {each.text}" for each in laws.violations]


@many(40)
@given(worlds())
def test_the_products_watch_finds_every_world_in_order(its_world: World) -> None:
    """Invariants: what the tests' lawbook accepts, the product's watch and replay accept."""
    facts = run(its_world)
    check(facts, its_world.spec.plans)
    assert watch(facts, its_world.spec.plans) == []
    assert replay(facts, its_world.spec.plans) is None


def test_everything_happens_in_the_mixed_world() -> None:
    """The laws are tried on a run in which every kind of line occurs."""
    engine_and_world = {
        "requested", "skipped", "submitted", "accepted", "refused", "throttled", "unknown",
        "receipt", "late_receipt", "ignored", "wait_over", "retry_planned", "fell_back", "finished",
        "reached_handset", "read_by_person", "expired_at_provider", "failed_at_provider",
        "accepted_at_provider", "receipt_lost", "billed", "fault_began", "fault_ended",
    }  # fmt: skip
    assert engine_and_world - set(kinds(_log())) <= {"expired_at_provider"}


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


@pytest.mark.parametrize("what", _tampered())
def test_both_watches_see_that_a_log_was_tampered_with(what: str) -> None:
    """Invariants: a law that cannot be broken is none, neither in the tests nor in the product."""
    facts = _tampered()[what]
    with pytest.raises((LawBrokenError, AssertionError, KeyError)):
        check(facts, _plans())
    assert watch(facts, _plans()) != []


def test_both_watches_find_the_untouched_log_in_order() -> None:
    """Invariants: and what was not tampered with keeps all of them."""
    check(_log(), _plans())
    assert watch(_log(), _plans()) == []
    assert replay(_log(), _plans()) is None
