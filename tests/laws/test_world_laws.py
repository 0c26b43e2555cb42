"""What holds in every world: the laws of the log, truth, money, memory, and blindness to truth."""

from typing import Final

from hypothesis import given

from sandbox.cascade.outputs import Fact
from sandbox.simulation.spec import ChargedOn
from sandbox.simulation.world import World
from tests.laws.generated import many
from tests.laws.generated_worlds import A_DAY, worlds
from tests.laws.lawbook import check
from tests.laws.replayed import said_again, without_truth
from tests.support.hand import us
from tests.support.worlds import bill, is_truth, ledger, mixed, run

BAD_FATES: Final = ("partly_reached_handset", "failed_at_provider", "expired_at_provider")
FATES: Final = ("reached_handset", *BAD_FATES)
TOLD: Final = ("receipt", "late_receipt", "segment_receipt", "ignored", "receipt_unmatched")


@many(60)
@given(worlds())
def test_every_world_keeps_the_laws(its_world: World) -> None:
    """Invariants: whatever providers and people do, every line is in order and nothing is left."""
    check(run(its_world), its_world.spec.plans, its_world.spec.breakers)
    assert (its_world._journeys, its_world._engine._cascades) == ({}, {})
    assert (len(its_world._agenda), its_world._engine.wakes) == (0, [])


@many(60)
@given(worlds())
def test_the_engine_never_reads_truth(its_world: World) -> None:
    """Invariants: deleting every world event changes no decision."""
    lines = without_truth(run(its_world))
    assert said_again(lines, its_world.spec.plans, its_world.spec.breakers) == lines


@many(60)
@given(worlds())
def test_truth_is_about_what_providers_took(its_world: World) -> None:
    """Truth: a handset gets nothing that no provider took, and no attempt has two fates."""
    taken: set[tuple[object, ...]] = set()
    over: set[tuple[object, ...]] = set()
    for fact in run(its_world):
        where, kind = fact[2:5], fact[5]
        if kind in ("accepted", "accepted_at_provider"):
            taken.add(where)
        elif kind in FATES:
            assert where in taken
            assert where not in over
            over.add(where)


@many(60)
@given(worlds())
def test_a_handset_gets_a_message_once_for_each_key(its_world: World) -> None:
    """S21: however often a submission is repeated under its key, one copy arrives at most."""
    key_of: dict[tuple[object, ...], tuple[object, ...]] = {}
    arrived: set[tuple[object, ...]] = set()
    for _, _, message, index, attempt, kind, _, detail in run(its_world):
        where = (message, index, attempt)
        if kind == "submitted":
            key_of[where] = (message, index, detail.number("key") or attempt)
        elif kind == "reached_handset":
            assert key_of[where] not in arrived
            arrived.add(key_of[where])


@many(60)
@given(worlds())
def test_nobody_gets_what_a_trait_rules_out(its_world: World) -> None:
    """Traits: who is not on a channel is reached there by no kind of luck, but by a script."""
    for fact in run(its_world):
        if fact[5] == "reached_handset" and fact[2] and fact[3] is not None:
            if fact[2] in its_world.message_names:
                continue
            channel = its_world.spec.plans[0].levels[fact[3]].channel
            assert channel not in its_world.person_of(fact[2]).forced


@many(60)
@given(worlds())
def test_no_provider_lets_out_more_than_its_limits(its_world: World) -> None:
    """Limits: whether the rest waits, is turned away or dropped, so many arrive and no more."""
    spec = its_world.spec
    provider_of: dict[tuple[object, ...], str] = {}
    arrived: dict[str, list[int]] = {}
    for _, at, message, index, attempt, kind, _, detail in run(its_world):
        where = (message, index, attempt)
        if kind == "submitted":
            provider_of[where] = detail.text("provider")
        elif kind == "reached_handset" and message not in its_world.message_names:
            arrived.setdefault(provider_of[where], []).append(at)
    meddled = {each.provider for each in spec.faults} | {each.provider for each in spec.by_hand}
    for each in spec.providers:
        limits, times = each.settings, arrived.get(each.name, [])
        if each.name not in meddled and limits.limit_rate is not None:
            for nth, at in enumerate(times, start=1):
                assert nth <= limits.limit_burst + limits.limit_rate * at // A_DAY // us(1)
        if each.name not in meddled and limits.quota_count is not None:
            for nth, at in enumerate(times, start=1):
                assert nth <= limits.quota_count * (1 + at // each.quota_per_us)


@many(60)
@given(worlds())
def test_a_false_receipt_comes_from_the_line_that_says_it_is_false(its_world: World) -> None:
    """S6: the lie is written down as truth before it is told, and whoever hears it can see it."""
    announced: dict[int, str] = {}
    told: list[int] = []
    for seq, _, _, _, _, kind, cause, detail in run(its_world):
        if kind == "receipt_contradicts":
            announced[seq] = detail.text("status")
        elif cause in announced and kind in TOLD:
            assert detail.text("status") == announced[cause]
            told.append(cause)
    assert sorted(told) == sorted(announced)


@many(60)
@given(worlds())
def test_what_was_called_back_arrives_nowhere(its_world: World) -> None:
    """S24: a provider that gives a message back lets nothing of it out any more."""
    key_of: dict[tuple[object, ...], tuple[object, ...]] = {}
    back: set[tuple[object, ...]] = set()
    for _, _, message, index, attempt, kind, _, detail in run(its_world):
        where = (message, index, attempt)
        if kind == "submitted":
            key_of[where] = (message, index, detail.number("key") or attempt)
        elif kind == "called_back":
            back.add(key_of[where])
        elif kind in FATES:
            assert key_of[where] not in back


@many(60)
@given(worlds())
def test_a_code_comes_from_a_handset_and_only_a_right_one_is_heard(its_world: World) -> None:
    """S33: nobody can enter what has not arrived, and the engine hears of no mistake."""
    arrived: set[tuple[object, ...]] = set()
    typed: dict[int, bool] = {}
    heard: list[int] = []
    for seq, _, message, index, attempt, kind, cause, detail in run(its_world):
        if kind == "reached_handset":
            arrived.add((message, index, attempt))
        elif kind == "code_entered":
            assert (message, index, attempt) in arrived
            typed[seq] = bool(detail.fields["right"])
        elif kind == "act" and cause:
            heard.append(cause)
    assert sorted(heard) == [seq for seq, is_right in typed.items() if is_right]


CHARGED_AT: Final = {
    ChargedOn.SUBMITTED: {"submitted"},
    ChargedOn.ACCEPTED: {"accepted", "accepted_at_provider"},
    ChargedOn.DELIVERED: {"reached_handset", "partly_reached_handset", "failed_at_provider"},
    ChargedOn.READ: {"read_by_person"},
}


@many(60)
@given(worlds())
def test_a_provider_bills_when_it_charges_and_gives_back_at_a_final(its_world: World) -> None:
    """S31: a charge stems from what the provider charges for, a refund from what it refunds."""
    specs = {spec.name: spec for spec in its_world.spec.providers}
    provider_of: dict[tuple[object, ...], str] = {}
    kind_of: dict[int, str] = {}
    for seq, _, message, index, attempt, kind, cause, detail in run(its_world):
        where = (message, index, attempt)
        kind_of[seq] = kind
        if kind == "submitted":
            provider_of[where] = detail.text("provider")
        elif kind == "billed" and detail.number("amount_nano") > 0:
            assert kind_of[cause] in CHARGED_AT[specs[provider_of[where]].charged_on]
        elif kind == "billed":
            assert kind_of[cause] in BAD_FATES


@many(60)
@given(worlds())
def test_the_bill_is_never_below_nothing_nor_below_the_ledger(its_world: World) -> None:
    """S31: nobody is paid for being a customer, and nothing costs more than was billed."""
    facts = run(its_world)
    billed, known = bill(facts), ledger(facts)
    assert all(amount >= 0 for amount in billed.values())
    assert all(amount <= billed.get(where, 0) for where, amount in _final(facts, known).items())


def _final(
    facts: list[Fact], known: dict[tuple[int, int, int], int]
) -> dict[tuple[int, int, int], int]:
    """The ledger of attempts whose refund, if any, has been told."""
    refunded = {fact[2:5] for fact in facts if fact[7].number("amount_nano") < 0}
    return {where: amount for where, amount in known.items() if where not in refunded}


@many(60)
@given(worlds(honest=True))
def test_when_everything_is_told_the_ledger_is_the_bill(its_world: World) -> None:
    """S31: with honest providers and no lost receipt every attempt is known at its true cost."""
    facts = run(its_world)
    billed, known = bill(facts), ledger(facts)
    assert {w: a for w, a in known.items() if a} == {w: a for w, a in billed.items() if a}


def test_lines_of_truth_are_never_the_engines() -> None:
    """Rule 2: truth is written by the world alone; the engine's lines stand without it."""
    its_world = mixed()
    facts = run(its_world)
    lines = without_truth(facts)
    assert not [line for line in lines if is_truth(line)]
    assert len(lines) < len(facts)
    assert said_again(lines, its_world.spec.plans, its_world.spec.breakers) == lines
