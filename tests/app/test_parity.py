"""Two runs of one scenario side by side: who fares otherwise, and where it begins."""

from typing import Final

from sandbox.app.parity import NOTHING, Kept, parity, parting
from sandbox.app.run import run_loaded
from sandbox.cascade.outputs import Detail, Fact
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario

TEXT: Final = """\
schema: 1
cascades: {otp: {levels: [{channel: sms, wait: 20s}, {channel: whatsapp, wait: 20s}]}}
recipients: {population: 20, traits: {}}
load: [{burst: 10}, {message: named, at: 1s}]
"""
DOWN: Final = ("providers.sms.submit.outcomes", "{refused.permanent: 100%}")
FINE: Final = ("providers.sms.submit.outcomes", "{accepted: 100%}")


def scenario(*overrides: tuple[str, str]) -> Scenario:
    """The small scenario with some settings."""
    sure = ("providers.sms.delivery.outcomes", "{delivered: 100%}")
    return load(TEXT, overrides=(sure, *overrides))


def kept(its: Scenario) -> Kept:
    """What is known of a simulated run."""
    seen = Kept()
    run_loaded(its, folds=(seen.fold,))
    return seen


def line(seq: int, at_us: int, kind: str, **detail: str) -> Fact:
    """A line about the first attempt of m1."""
    return seq, at_us, 1, 0, 1, kind, 0, Detail(detail)


def test_a_run_fares_as_itself() -> None:
    its = scenario()
    same = parity(kept(its), kept(its), its.world.plans, {})
    assert (same.paired, same.alone, same.same, same.same_outcome) == (11, 0, 11, 11)
    assert (same.differing, same.first) == (0, ())


def test_who_fares_otherwise_is_told_with_the_first_line_that_differs() -> None:
    """Once for all that part in the same way; the outcome may be the same all the same."""
    its = scenario(FINE)
    names = run_loaded(its).message_names
    told = parity(kept(its), kept(scenario(DOWN)), its.world.plans, names, its.currency)
    assert (told.paired, told.same, told.differing) == (11, 0, 11)
    assert told.same_outcome > 0
    (first,) = told.first
    assert first.like == 10
    assert (first.message, first.name) == (1, "")
    assert first.simulated.path == ("sms:delivered",)
    assert first.outside.path[0] == "sms:refused.permanent"
    assert "accepted" in first.parting.simulated
    assert "refused" in first.parting.outside


def test_the_most_frequent_ways_to_part_come_first() -> None:
    """Each once, by its first message, with how many are like it."""

    def log(*statuses: str) -> Kept:
        seen = Kept()
        for number, status in enumerate(statuses, start=1):
            seen.fold([
                (1, 0, number, None, None, "requested", 0, Detail({"cascade": "otp"})),
                (2, 0, number, 0, 1, "submitted", 1, Detail({"channel": "sms", "provider": "sms"})),
                (3, 9, number, 0, 1, "receipt", 2, Detail({"status": status})),
            ])  # fmt: skip
        return seen

    others = log("rejected", "expired", "failed", "failed", "expired", "failed")
    told = parity(log(*["delivered"] * 6), others, scenario().world.plans, {})
    assert told.differing == 6
    assert [(each.message, each.like) for each in told.first] == [(3, 2), (2, 1), (1, 0)]
    assert told.first[0].parting.outside == "0.000  receipt failed  m3.0.1"


def test_how_late_answers_came_is_told_by_the_median() -> None:
    """Of messages that were answered in both."""

    def log(*answered_us: int) -> Kept:
        seen = Kept()
        for number, at_us in enumerate(answered_us, start=1):
            seen.fold([
                (1, 0, number, None, None, "requested", 0, Detail({"cascade": "otp"})),
                (2, 0, number, 0, 1, "submitted", 1, Detail({"channel": "sms", "provider": "sms"})),
                *([(3, at_us, number, 0, 1, "accepted", 2, Detail({}))] if at_us else []),
            ])  # fmt: skip
        return seen

    plans = scenario().world.plans
    assert parity(log(10, 20, 30, 0), log(15, 27, 90, 5), plans, {}).late_us == 7
    assert parity(log(0), log(0), plans, {}).late_us == 0


def test_messages_of_one_run_only_are_counted() -> None:
    """One was broken off."""
    its = scenario()
    whole, cut = kept(its), Kept()
    cut.fold([fact for fact in whole.facts if (fact[2] or 0) <= 4])
    told = parity(whole, cut, its.world.plans, {})
    assert (told.paired, told.alone, told.same) == (4, 7, 4)


def test_another_order_is_said_to_be_a_matter_of_time() -> None:
    over, late = line(1, 30_000_000, "wait_over", trigger="no_receipt"), "receipt"
    told = parting(
        [line(1, 29_000_000, late, status="delivered")],
        [over, line(2, 31_000_000, late, status="delivered")],
    )
    assert told.simulated == "29.000  receipt delivered  m1.0.1"
    assert told.outside == "30.000  wait over: no_receipt  m1.0.1"
    assert told.why == "the same came in another order: it is a matter of time"


def test_what_came_much_later_says_so() -> None:
    """It may have met a fault that the other did not."""
    told = parting([line(1, 39_000_000, "accepted")], [line(1, 41_500_000, "refused")])
    assert told.why == "it came 2.500 s later: real time passes on the way"
    assert parting([line(1, 39_000_000, "accepted")], [line(1, 39_100_000, "refused")]).why == ""


def test_what_was_not_sent_says_so() -> None:
    """A refusal of our own, not of a vendor."""
    refused = line(1, 0, "refused", code="cannot-send", **{"class": "caller_error"})
    told = parting([line(1, 0, "accepted")], [refused])
    assert "the vendor does not take such a message" in told.why
    refused = line(1, 0, "refused", code="not-reserved", **{"class": "caller_error"})
    assert "no more submissions" in parting([], [refused]).why


def test_a_log_that_ends_earlier_parts_there() -> None:
    """And instants, prices and a reason's words make no difference."""
    same = line(1, 5, "accepted")
    told = parting([same, line(2, 9, "receipt", status="sent")], [line(1, 7, "accepted")])
    assert told.outside == NOTHING
    assert parting([same], [line(3, 70, "accepted")]) == (NOTHING, NOTHING, "", "")


def test_truth_and_orphans_play_no_part() -> None:
    """Nobody knows them of providers outside."""
    seen = Kept()
    seen.fold([line(1, 0, "reached_handset"), line(2, 0, "orphan_receipt"), line(3, 0, "accepted")])
    assert [fact[5] for fact in seen.of(1)] == ["accepted"]
