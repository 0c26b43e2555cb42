"""The laws where providers are real, and where another process took a run up."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pytest

from sandbox.cascade.events import ReceiptReceived, SubmitAnswered
from sandbox.cascade.outputs import Fact, Recall, Submit
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import LateSuccess, Origin, RecallResult, Status
from sandbox.report.laws import Laws
from sandbox.simulation.distributions import fixed
from sandbox.simulation.spec import PPB, CodeHabits, Population
from tests.support.hand import NOBODY, level, plan, us
from tests.support.logs import Tampered, line
from tests.support.vendor import Played, Said, answers, gives_back, tells
from tests.support.worlds import provider, world

TWO: Final = plan(level(wait=30), level("whatsapp", wait=30), deadline=200)


def broken(facts: Sequence[Fact], its: Plan = TWO) -> list[str]:
    """The laws that a log breaks, in order."""
    laws = Laws((its,))
    laws.watch(facts)
    laws.finish(quiet=False)
    return [violation.law for violation in laws.violations]


def played(its: Plan = TWO, *, says: Any = None, outside: Sequence[str] = ("sms",)) -> Played:
    """A run with somebody outside."""
    spec = world(its, provider(), provider("whatsapp")).spec
    return Played(spec, outside, says) if says else Played(spec, outside)


def inside(facts: Sequence[Fact]) -> list[Fact]:
    """The same log, but its first line does not say that a provider is outside."""
    return Tampered(facts).change("knob_changed", value="simulated")


def test_what_is_claimed_of_an_attempt_outside_is_not_judged() -> None:
    """Neither that it was delivered nor what it costs; of a simulated one both are."""

    def says(command: Submit | Recall) -> Iterator[Said]:
        assert isinstance(command, Submit)
        yield 1, SubmitAnswered(*command[:3], Status.ACCEPTED, owed_nano=7)
        yield tells(command, Status.DELIVERED, 6, owed_nano=9)

    facts = played(says=says).until().facts
    assert broken(facts) == []
    assert set(broken(inside(facts))) == {"known-within-truth", "money-adds-up"}


def test_nobody_writes_truth_about_an_attempt_outside() -> None:
    """A world that does is wrong."""
    facts = played().until().facts
    seq, at = facts[-1][:2]
    told = line(seq + 1, at / us(1), "reached_handset", "1.0.1", 3)
    assert broken([*facts, told]) == ["one-fate"]


def test_an_orphan_of_who_was_never_outside_comes_from_nowhere() -> None:
    """Whoever was outside may say anything."""
    facts = played(says=lambda _: ()).until(us(1)).facts
    for name, laws in (("sms", []), ("", []), ("whatsapp", ["receipts-matched"])):
        orphan = line(4, 1, "orphan_receipt", "", 0, provider=name, status="failed")
        assert broken([*facts, orphan]) == laws
    switched = line(4, 1, "knob_changed", "", 0, provider="sms", path="adapter", value="simulated")
    orphan = line(5, 1, "orphan_receipt", "", 0, provider="sms", status="failed")
    assert broken([*facts, switched, orphan]) == []


def test_other_knobs_say_nothing_of_where_a_provider_is() -> None:
    """Nor does what somebody decided about one message."""
    knobs = [
        line(1, 0, "knob_changed", "", 0, provider="sms", path="price.amount", value="real"),
        line(2, 0, "knob_changed", "1.0", 0, value="delivered"),
        line(3, 0, "orphan_receipt", "", 0, provider="sms", status="failed"),
    ]
    assert broken(knobs) == ["receipts-matched"]


@pytest.mark.parametrize("origin", [Origin.ACCEPTED, Origin.SUBMIT])
def test_a_connection_may_be_lost_early_outside(origin: Origin) -> None:
    """S21: in a simulated world only silence is unknown, and that takes its time."""
    its = plan(level(wait=30, origin=origin), deadline=200)
    facts = played(its, says=lambda c: [answers(c, Status.UNKNOWN, after=3)]).until().facts
    assert broken(facts, its) == []
    assert broken(inside(facts), its) == ["on-time"]
    late = Tampered(played(its, says=lambda _: ()).until().facts)
    assert broken(late.change("unknown", at=1), its)[0] == "on-time"


def test_what_came_of_a_recall_outside_is_believed() -> None:
    """S24: nobody can look whether it was given back."""
    its = plan(level(wait=5), level("whatsapp", wait=30), late_success=LateSuccess.CANCEL_NEXT)

    def says(command: Submit | Recall) -> Iterator[Said]:
        if isinstance(command, Recall):
            yield gives_back(command, RecallResult.RECALLED)
            return
        yield answers(command, Status.ACCEPTED)
        if command.provider == "sms":
            yield tells(command, Status.DELIVERED, 9)

    log = Tampered(played(its, says=says, outside=("sms", "whatsapp")).until().facts)
    assert broken(log.facts, its) == []
    assert "recalls-kept" in broken(log.change("knob_changed", 1, value="simulated"), its)
    assert "recalls-kept" in broken(log.change("recalled", attempt=2), its)


def slept(its: Plan = TWO, *heard: Status) -> Tampered:
    """Nobody was there from 2 s to 90 s."""
    run = played(its, says=lambda c: [answers(c, Status.ACCEPTED)])
    run = run.until(us(2)).after_a_crash(us(90))
    for status in heard:
        run.hear(ReceiptReceived(1, 0, 1, status, NOBODY), us(90))
    return Tampered(run.until().facts)


def test_what_was_due_while_nobody_was_there_is_due_at_the_restart() -> None:
    """Not before, not after; and a receipt that is heard there may come first."""
    log = slept()
    assert [fact[5] for fact in log.facts][4:7] == ["resumed", "wait_over", "fell_back"]
    assert broken(log.facts) == []
    assert broken(log.change("wait_over", at=1))[0] == "on-time"
    assert "on-time" in broken(log.drop("resumed"))
    assert broken(slept(TWO, Status.DELIVERED).facts) == []
    assert broken(slept(TWO, Status.FAILED).facts) == []


def test_until_the_process_died_everything_was_in_time() -> None:
    """A restart excuses nothing that should have happened before, and does not look ahead."""
    log = slept()
    assert broken(log.change("resumed", since_us=us(31))) == []
    assert broken(log.change("resumed", since_us=us(31) + 1))[0] == "on-time"
    assert "time-forward" in broken(log.change("resumed", since_us=us(91)))


def test_deadlines_and_answers_are_late_as_well() -> None:
    """S12, S18: and the wait of a plan that counts from the submission still counts from there."""
    for its in (
        plan(level(wait=30), deadline=60),
        plan(level(wait=85, origin=Origin.SUBMIT, timeout=80), level("whatsapp"), deadline=500),
    ):
        run = played(its, says=lambda _: ()).until(us(2)).after_a_crash(us(90)).until()
        assert broken(run.facts, its) == []
        assert broken(Tampered(run.facts).change("unknown", at=1), its) != []


def test_a_code_that_was_being_entered_is_heard_of_at_the_restart() -> None:
    """S33: the process died between the right code and what follows from it, at one instant."""
    its = plan(level(wait=30), stops_on_verified=True, code_lifetime_us=us(90))
    habits = CodeHabits(entered=PPB, mistyped=0, after=fixed(us(3)))
    spec = world(its, provider(), provider("whatsapp"), population=Population(codes=habits)).spec
    run = Played(spec, ())
    while not run.facts or run.facts[-1][5] != "code_entered":
        run.on(run.world.step())
    run = run.after_a_crash(run.world.now).until()
    log = Tampered(run.facts)
    assert [fact[5] for fact in log.facts][-4:-1] == ["code_entered", "resumed", "act"]
    assert broken(log.facts, its) == []
    assert broken(log.change("act", at=1), its)[0] == "codes-kept"
