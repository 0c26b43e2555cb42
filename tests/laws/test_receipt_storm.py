"""Receipts gone wrong in every way, two ways at a time; and what their order may change.

What the order may change, by the rules: under `conflict: first` and `last` which of two finals
holds; under `best` which of two *bad* finals is kept, since neither is better; and, under all of
them, what became of the *message*, because a level that has closed stays closed (S15), and an
outcome is final (S8). Everything else comes out the same however receipts arrive.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import combinations, combinations_with_replacement, permutations
from typing import Any, Final, NamedTuple

import pytest

from sandbox.cascade.events import ReceiptReceived
from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import Conflict, LateSuccess, OnUnknown, Status
from sandbox.report.laws import Laws
from sandbox.simulation.distributions import uniform
from sandbox.simulation.spec import Burst, ProviderSpec
from sandbox.simulation.world import World
from tests.laws.lawbook import check
from tests.laws.replayed import said_again, without_truth
from tests.support.hand import Hand, level, plan, us
from tests.support.worlds import deliveries, percent, provider, run, submits, world

TEXT: Final = "x" * 400
"""Three segments."""
EVERY_US: Final = us(7)

FAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "lost": {"receipt_lost": percent(40)},
    "late": {"receipt_late_share": percent(50), "receipt_late_by": uniform(us(20), us(90))},
    "duplicated": {
        "receipt_duplicated_share": percent(60),
        "receipt_copies": (1, 3),
        "receipt_gap": uniform(0, us(20)),
    },
    "reordered": {
        "receipt_reordered_share": percent(60),
        "receipt_reordered_within_us": us(60),
    },
    "before_reply": {"receipt_before_reply": percent(60)},
    "contradictory": {"receipt_contradictory": percent(50)},
    "unknown_id": {"receipt_unknown_id": percent(30)},
    "batched": {"receipt_batch_every_us": EVERY_US},
    "no_reference": {"echoes_reference": False},
    "per_segment": {"receipts_per_segment": True},
}
OF_THE_PROVIDER: Final = ("no_reference", "per_segment")
"""What a provider is for good; the others are settings."""
PAIRS: Final = list(combinations(FAULTS, 2))


# All pairs ---------------------------------------------------------------------------------------


def _provider(channel: str, faults: Iterable[str]) -> ProviderSpec:
    """A provider with these faults, and enough trouble of its own for receipts of all kinds."""
    settings: dict[str, Any] = {}
    more: dict[str, Any] = {}
    for fault in faults:
        if fault not in OF_THE_PROVIDER:
            settings |= FAULTS[fault]
        elif channel == "sms" or fault != "per_segment":
            more |= FAULTS[fault]
    return provider(
        channel,
        latency=uniform(us(0.1), us(2)),
        delivery=uniform(us(0.5), us(9)),
        delay=uniform(us(0.1), us(2)),
        reports=(Status.SENT, Status.DELIVERED, Status.READ),
        submit_outcomes=submits(timeout_accepted=15, timeout_not_accepted=3, throttled=5),
        delivery_outcomes=deliveries(failed=15, rejected=5),
        read_share=percent(50),
        read_after=uniform(us(0.1), us(5)),
        price_nano=7,
        more=more,
        **settings,
    )


def _storm(
    faults: Iterable[str],
    conflict: Conflict = Conflict.BEST,
    late_success: LateSuccess = LateSuccess.RECORD,
) -> World:
    """Sixty messages through three levels, on one of which only reading counts."""
    levels = (
        level(wait=6, timeout=3, retries=1),
        level("whatsapp", wait=15, timeout=3, success=Status.READ, on_unknown=OnUnknown.RESEND),
        level("viber", wait=20, timeout=3, on_unknown=OnUnknown.NEXT),
    )
    its_plan = plan(*levels, deadline=120, conflict=conflict, late_success=late_success, text=TEXT)
    providers = [_provider(each.channel, tuple(faults)) for each in levels]
    load = [Burst(plan=0, at_us=us(at), count=20) for at in (0, 3, 11)]
    return world(its_plan, *providers, load=load, seed=5)


@cache
def _log(faults: tuple[str, ...]) -> list[Fact]:
    return run(_storm(faults))


@pytest.mark.parametrize("conflict", Conflict)
@pytest.mark.parametrize("pair", PAIRS, ids="+".join)
def test_every_pair_of_receipt_faults_keeps_the_laws(
    pair: tuple[str, str], conflict: Conflict
) -> None:
    """Invariants: whatever two things happen to receipts, every message gets its one outcome."""
    late_success = LateSuccess.IGNORE if conflict is Conflict.LAST else LateSuccess.RECORD
    _keeps_the_laws(_storm(pair, conflict, late_success))


def test_all_receipt_faults_at_once_keep_the_laws() -> None:
    """Invariants: the whole storm at a time, and still nothing is lost or counted twice."""
    for conflict in Conflict:
        _keeps_the_laws(_storm(FAULTS, conflict))


def _keeps_the_laws(its_world: World) -> None:
    facts = run(its_world)
    plans = its_world.spec.plans
    laws = Laws(plans)
    laws.watch(facts)
    laws.finish(quiet=True)
    assert laws.violations == []
    check(facts, plans)
    finished = [fact[2] for fact in facts if fact[5] == "finished"]
    assert sorted(finished, key=lambda number: number or 0) == list(range(1, 61))
    assert (its_world._journeys, its_world._engine._cascades) == ({}, {})
    assert not its_world._agenda
    lines = without_truth(facts)
    assert said_again(lines, plans) == lines


# That the storm is one ---------------------------------------------------------------------------


class _Lines(NamedTuple):
    """A log, with what is asked of it again and again."""

    facts: Sequence[Fact]

    def of(self, *kinds: str) -> list[Fact]:
        return [fact for fact in self.facts if fact[5] in kinds]

    def cause(self, fact: Fact) -> Fact:
        return self.facts[fact[6] - 1]


def _replies_held_back(lines: _Lines) -> int:
    """How many answers waited for a receipt, which without our reference is let by after them."""
    return sum(lines.cause(fact)[5] == "accepted_at_provider" for fact in lines.of("accepted"))


def _orphans_of_the_unanswered(lines: _Lines) -> bool:
    heard = {fact[2:5] for fact in lines.of("accepted")}
    return any(fact[2:5] not in heard for fact in lines.of("receipt_unmatched"))


OCCURS: Final[Mapping[str, Callable[[_Lines], bool]]] = {
    "lost": lambda lines: len(lines.of("receipt_lost")) > 20,
    "late": lambda lines: any(
        fact[1] - lines.cause(fact)[1] > us(20)
        for fact in lines.of("receipt", "late_receipt", "ignored", "segment_receipt")
    ),
    "duplicated": lambda lines: (
        sum(fact[7].text("why") == "duplicate" for fact in lines.of("ignored")) > 5
    ),
    "reordered": lambda lines: (
        sum(fact[7].text("status") == "sent" for fact in lines.of("ignored")) > 5
    ),
    "before_reply": lambda lines: _replies_held_back(lines) > 10,
    "contradictory": lambda lines: len(lines.of("receipt_contradicts")) > 5,
    "unknown_id": lambda lines: len(lines.of("orphan_receipt")) > 10,
    "batched": lambda lines: (
        sum(
            fact[1] % EVERY_US == 0
            for fact in lines.of("receipt", "late_receipt", "ignored", "segment_receipt")
        )
        > 20
    ),
    "no_reference": _orphans_of_the_unanswered,
    "per_segment": lambda lines: len(lines.of("segment_receipt")) > 10,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_no_receipt_fault_is_vacuous(fault: str) -> None:
    """Each fault shows in the log, together with each of the others."""
    for other in FAULTS:
        if other != fault:
            pair = tuple(name for name in FAULTS if name in (fault, other))
            assert OCCURS[fault](_Lines(_log(pair))), other


def test_a_receipt_before_the_reply_is_heard_before_it() -> None:
    """S12: where our reference comes with it, the engine acts on it, and then hears the answer.

    Where only the provider's id does, which the answer tells, the answer has to be heard first.
    """
    for faults, is_expected in (
        (("before_reply",), True),
        (("before_reply", "no_reference"), False),
    ):
        lines = _Lines(_log(faults))
        answered = {fact[2:5]: fact[0] for fact in lines.of("accepted")}
        before = [fact for fact in lines.of("receipt") if answered.get(fact[2:5], 0) > fact[0]]
        assert bool(before) is is_expected


@pytest.mark.parametrize("fault", [name for name in FAULTS if name != "reordered"])
def test_where_a_fault_is_not_asked_for_it_is_not_seen(fault: str) -> None:
    """What tells a fault from its absence can tell: without it nothing of the kind is there.

    Two receipts may turn around by their delays as well, so that one is left out.
    """
    assert not OCCURS[fault](_Lines(_log(())))


# Order -------------------------------------------------------------------------------------------


class News(NamedTuple):
    """One receipt about the first attempt; `segment` 0: about the whole message."""

    status: Status
    segment: int = 0


WHOLE: Final = tuple(
    map(News, (Status.SENT, Status.DELIVERED, Status.READ, Status.FAILED, Status.EXPIRED))
)
PARTS: Final = (
    News(Status.DELIVERED, 1),
    News(Status.DELIVERED, 2),
    News(Status.SENT, 1),
    News(Status.FAILED, 2),
    News(Status.READ),
)
BAD: Final = (Status.FAILED, Status.EXPIRED, Status.REJECTED)
GOOD: Final = (Status.DELIVERED, Status.READ)

Sequel = tuple[News | None, ...]
"""What comes in, in order; None is the answer: accepted."""

SETS: Final = [
    news
    for kinds in (WHOLE, PARTS)
    for size in range(1, 5)
    for news in combinations_with_replacement(kinds, size)
]


def _hear(sequel: Sequel, conflict: Conflict, success: Status) -> Hand:
    """Let news come in, a second apart; the level's timers stay out of it."""
    levels = (level(wait=None, success=success), level("whatsapp", wait=None))
    hand = Hand(plan(*levels, conflict=conflict)).request()
    for at, news in enumerate(sequel, 1):
        if news is None:
            hand.accept(at, "0.1")
        else:
            hand.feed(ReceiptReceived(1, 0, 1, news.status, None, 0, 0, news.segment, 2), at)
    return hand


def _status(sequel: Sequel, conflict: Conflict, success: Status = Status.DELIVERED) -> Status:
    """What the attempt is known to be in the end."""
    cascade = _hear(sequel, conflict, success).engine._cascades[1]
    return cascade._attempts[0].status


def _orders(news: Sequence[News]) -> Iterable[Sequel]:
    """Every order in which a set of receipts and the answer may come."""
    return dict.fromkeys(permutations((None, *news)))


def _negatives_as_one(status: Status) -> Status:
    return Status.FAILED if status in BAD else status


@pytest.mark.parametrize("success", [Status.DELIVERED, Status.READ, Status.ACCEPTED])
def test_under_best_an_attempt_ends_the_same_in_every_order(success: Status) -> None:
    """S4, S6: what is known of an attempt depends on what was heard, not on the order of it."""
    seen = 0
    for news in SETS:
        ends = {
            _negatives_as_one(_status(sequel, Conflict.BEST, success)) for sequel in _orders(news)
        }
        assert len(ends) == 1, news
        seen += 1
    assert seen > 200


def test_the_end_is_the_best_of_what_was_heard() -> None:
    """S4, S6: read over delivered over failed over sent, and all segments make a delivery."""
    for news in SETS:
        heard = {each.status for each in news if not each.segment}
        parts = {each.segment for each in news if each == (Status.DELIVERED, each.segment)} - {0}
        expected = Status.ACCEPTED
        if parts or Status.SENT in {each.status for each in news}:
            expected = Status.SENT
        if any(each.status in BAD for each in news):
            expected = Status.FAILED
        if Status.DELIVERED in heard or parts == {1, 2}:
            expected = Status.DELIVERED
        if Status.READ in heard:
            expected = Status.READ
        assert _negatives_as_one(_status((None, *news), Conflict.BEST)) is expected, news


@pytest.mark.parametrize("conflict", Conflict)
def test_without_contradiction_no_policy_looks_at_the_order(conflict: Conflict) -> None:
    """S4: good news merges upwards, bad news of one kind is one, whatever the policy."""
    for news in SETS:
        bad = {each.status for each in news if each.status in BAD}
        good = [each for each in news if each.status in GOOD]
        if len(bad) > 1 or (bad and good):
            continue
        assert len({_status(sequel, conflict) for sequel in _orders(news)}) == 1, news


def test_where_the_order_matters_it_does_so_by_the_rules() -> None:
    """S6: two bad finals keep the first; `first` and `last` are told by the order alone."""
    failed, expired, delivered = (
        News(status) for status in (Status.FAILED, Status.EXPIRED, Status.DELIVERED)
    )
    assert _status((None, failed, expired), Conflict.BEST) is Status.FAILED
    assert _status((None, expired, failed), Conflict.BEST) is Status.EXPIRED
    for one, other in ((failed, delivered), (delivered, failed)):
        assert _status((None, one, other), Conflict.BEST) is Status.DELIVERED
        assert _status((None, one, other), Conflict.FIRST) is one.status
        assert _status((None, one, other), Conflict.LAST) is other.status


def test_the_order_decides_what_becomes_of_the_message() -> None:
    """S8, S15: a level closed by bad news stays closed, good news after it is late."""
    failed, delivered = News(Status.FAILED), News(Status.DELIVERED)
    first = _hear((None, delivered, failed), Conflict.BEST, Status.DELIVERED)
    after = _hear((None, failed, delivered), Conflict.BEST, Status.DELIVERED)
    assert (first.end, len(first.path)) == ("2 finished 0.1 delivered", 1)
    assert (after.end, len(after.path)) == ("3 finished 0.1 delivered", 2)


def test_copies_change_nothing_but_the_count_of_lines() -> None:
    """S5: with every receipt heard twice, status and outcome are the same as with one."""
    for news in SETS:
        if len(news) > 3:
            continue
        once = _hear((None, *news), Conflict.BEST, Status.DELIVERED)
        doubled = [each for one in news for each in (one, one)]
        twice = _hear((None, *doubled), Conflict.BEST, Status.DELIVERED)
        assert twice.outcome is once.outcome
        assert len(twice.path) == len(once.path)
        assert _status((None, *doubled), Conflict.BEST) is _status((None, *news), Conflict.BEST)
