"""A log replayed on a fresh engine: the proof that the engine never reads truth."""

from hypothesis import given
from hypothesis import strategies as st

from sandbox.cascade.circuit import Breaker
from sandbox.cascade.events import OrphanReceived, ReceiptReceived, SubmitAnswered
from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan, QuietHours
from sandbox.cascade.vocabulary import Status
from sandbox.journal.entry import WORLD_KINDS
from sandbox.journal.replay import engine_lines, first_difference, replay
from sandbox.simulation.world import World
from tests.laws.generated import MOVES, Move, Player, many, plans
from tests.laws.generated_worlds import worlds
from tests.support.fronts import all_in_vain, both, whatsapp_first
from tests.support.hand import BUSY, EVEN, NO_CREDIT, NOBODY, Hand, level, plan, us
from tests.support.logs import Tampered, complete
from tests.support.vendor import Played, answers
from tests.support.worlds import MIXED, mixed, provider, run, world

TWO = plan(level("sms", wait=30), level("viber", wait=30), deadline=500)


def test_a_log_replays() -> None:
    """What came in, given to a fresh engine, leads to every decision again."""
    assert replay(run(mixed(300)), (MIXED,)) is None


def test_deleting_every_line_of_truth_changes_no_decision() -> None:
    """The engine never reads truth."""
    facts = run(mixed(300))
    known = [fact for fact in facts if fact[5] not in WORLD_KINDS]
    assert len(known) < len(facts)
    assert replay(known, (MIXED,)) is None
    assert first_difference(facts, known) is None


@many(60)
@given(worlds())
def test_every_world_replays(its_world: World) -> None:
    """Under any plan and any providers, also where everything happens at one instant."""
    assert replay(run(its_world), its_world.spec.plans, its_world.spec.breakers) is None


@many(150)
@given(st.tuples(plans("one"), plans("two")), st.lists(MOVES, max_size=40))
def test_whatever_happened_to_an_engine_replays(
    its_plans: tuple[Plan, ...], its_moves: list[Move]
) -> None:
    """Sensible or not: answers twice, receipts of nothing, connections lost early."""
    player = Player(its_plans)
    for move in its_moves:
        # Of an acceptance no line says why, so a reason for one cannot be said again.
        says_yes = move.answer in (Status.ACCEPTED, Status.UNKNOWN)
        player.play(move._replace(reason=None) if says_yes else move)
    player.rest()
    assert replay(complete(player.told.facts), its_plans) is None


def _log() -> Tampered:
    hand = Hand(TWO).request()
    hand.accept(1)
    hand.rest()
    return Tampered(complete(hand.facts))


def test_the_first_difference_is_named() -> None:
    """A log that another engine wrote says where it parts, and how."""
    difference = replay(_log().change("wait_over", at=5), (TWO,))
    assert str(difference) == (
        'line 4: the log has wait_over m1.0.1 at 31000005 us {"trigger":"no_receipt"}, '
        'replayed wait_over m1.0.1 at 31000000 us {"trigger":"no_receipt"}'
    )


def test_a_decision_too_many_or_too_few_is_a_difference() -> None:
    """Nothing may be missing from a log, and nothing added to it."""
    dropped = replay(_log().drop("fell_back"), (TWO,))
    assert dropped is not None
    assert dropped.said is not None
    assert dropped.said[5] == "fell_back"
    log = _log()
    added = replay(log.add(6, log.facts[log.nth("fell_back")]), (TWO,))
    assert added is not None
    assert added.logged is not None
    assert added.logged[5] == "fell_back"
    cut = replay(log.facts[:4], (TWO,))
    assert cut is not None
    assert (cut.logged, cut.said and cut.said[5]) == (None, "fell_back")


def test_a_log_that_cannot_have_happened_is_a_difference_and_no_crash() -> None:
    """Time that runs backwards, or a message that was never requested, is told as a difference."""
    assert replay(_log().change("accepted", message=9), (TWO,)) is not None
    assert replay(_log().change("requested", at=10**9), (TWO,)) is not None
    unheard: list[Fact] = _log().change("requested", cascade="unheard of")
    assert replay(unheard, (TWO,)) is not None


def test_receipts_of_segments_and_of_nobody_are_replayed_and_compared() -> None:
    """S7, S20, S30: every column of a receipt and of an answer reaches the fresh engine."""
    hand = Hand(TWO).request()
    hand.feed(OrphanReceived("sms", Status.FAILED, NO_CREDIT, 45), 1)
    hand.accept(2)
    for at, segment in enumerate((1, 1, 2), start=3):
        hand.feed(ReceiptReceived(1, 0, 1, Status.DELIVERED, None, 0, 0, segment, 2), at)
    log = Tampered(complete(hand.facts))
    assert [fact[5] for fact in log.facts[2:]] == [
        "orphan_receipt", "accepted", "segment_receipt", "ignored", "receipt", "finished",
    ]  # fmt: skip
    assert replay(log.facts, (TWO,)) is None
    assert replay(log.drop("segment_receipt"), (TWO,)) is not None
    for kind, new in (
        ("segment_receipt", {"kind": "receipt"}),
        ("segment_receipt", {"segment": 2}),
        ("ignored", {"why": "already sent"}),
        ("receipt", {"kind": "segment_receipt"}),
        ("orphan_receipt", {"status": "unheard of"}),
        ("orphan_receipt", {"kind": "flagged"}),
    ):
        assert replay(log.change(kind, **new), (TWO,)) is not None


def test_a_pause_a_provider_asked_for_is_replayed() -> None:
    """S20: what the answer said is in the log, and the retry follows from it."""
    its = plan(level("sms", retries=1))
    hand = Hand(its).request()
    hand.feed(SubmitAnswered(1, 0, 1, Status.THROTTLED, BUSY, 0, EVEN, 0, us(9)), 1)
    hand.rest()
    log = Tampered(complete(hand.facts))
    assert replay(log.facts, (its,)) is None
    assert replay(log.change("throttled", retry_after_us=us(8)), (its,)) is not None


def test_where_two_logs_part() -> None:
    """Two runs are compared by what the engine decided."""
    facts = _log().facts
    assert first_difference(facts, facts) is None
    assert first_difference(facts, _log().change("fell_back", trigger="failed")) == 4
    assert first_difference(facts, facts[:-1]) == len(list(engine_lines(facts))) - 1


def test_circuits_are_replayed_with_their_breakers_and_not_without() -> None:
    """S22: who is passed over follows from what was heard of a provider, by all messages."""
    breakers = {"sms": Breaker(open_after=1, for_us=us(30))}
    hand = Hand(TWO, breakers=breakers)
    for message in (1, 2):
        hand.request(message, message=message)
        hand.refuse(message, NO_CREDIT, of="0.1" if message == 1 else "", message=message)
    hand.rest()
    log = Tampered(complete(hand.facts))
    assert {"circuit", "skipped"} <= {fact[5] for fact in log.facts}
    assert replay(log.facts, (TWO,), breakers) is None
    assert replay(log.facts, (TWO,)) is not None
    assert replay(log.drop("circuit"), (TWO,), breakers) is not None
    assert replay(log.change("circuit", until_us=us(9)), (TWO,), breakers) is not None


def test_quiet_hours_and_what_is_remembered_replay() -> None:
    """S19, S27: from what stands in the requests, and nothing else."""
    quiet = QuietHours(from_us=us(50), to_us=us(90))
    its = plan(level("whatsapp", quiet=quiet), level("sms"), remember_us=us(60))
    hand = Hand(its)
    hand.request(0, recipient=1, local=60)
    hand.request(2, message=2, recipient=7)
    hand.refuse(4, NOBODY, "0.1", message=2)
    hand.request(5, message=3, recipient=7)
    hand.rest()
    log = Tampered(complete(hand.facts))
    kinds = [fact[5] for fact in log.facts]
    assert {"held", "skipped"} <= set(kinds)
    assert replay(log.facts, (its,)) is None
    for which, told in ((0, {"local_us": us(61)}), (2, {"recipient": 8}), (1, {"recipient": None})):
        assert replay(log.change("requested", which, **told), (its,)) is not None


def test_levels_that_begin_together_replay() -> None:
    """S25: each answer goes to its level again; a line at another place is a difference."""
    for facts in (whatsapp_first(), all_in_vain()):
        assert replay(facts, (both(),)) is None
    log = Tampered(all_in_vain())
    difference = replay(log.change("closed", trigger="failed"), (both(),))
    assert difference is not None
    assert difference.logged is not None
    assert difference.logged[5] == "closed"


# Runs that another process took up ---------------------------------------------------------------


def _resumed(*heard: tuple[Status, int]) -> Tampered:
    """Nobody was there from 2 s to 500 s; the wait and the deadline ended meanwhile."""
    spec = world(TWO, provider(), provider("viber")).spec
    played = Played(spec, {"sms"}, lambda c: [answers(c, Status.ACCEPTED)])  # type: ignore[arg-type]  # no recalls
    played = played.until(us(2)).after_a_crash(us(500))
    for status, at in heard:
        played.hear(ReceiptReceived(1, 0, 1, status), us(at))
    return Tampered(played.until().facts)


def test_timers_of_a_resumed_run_are_late_and_nothing_else_is() -> None:
    """They act at the instant of the line, after what was heard there."""
    log = _resumed()
    assert [fact[5] for fact in log.facts][-2:] == ["resumed", "finished"]
    assert replay(log.facts, (TWO,)) is None
    for its_kind, changed in (
        ("finished", {"at": 1}),  # later still
        ("finished", {"at": -1}),  # while nobody was there
        ("resumed", {"at": 1}),
        ("resumed", {"since_us": us(500) + 1}),  # nobody was there from after now on
        ("resumed", {"since_us": us(1) - 1}),  # nobody was there, and heard something
        ("resumed", {"since_us": us(31) + 1}),  # somebody was there, and the wait did not end
    ):
        assert replay(log.change(its_kind, **changed), (TWO,)) is not None, (its_kind, changed)
    assert replay(log.drop("resumed"), (TWO,)) is not None
    difference = replay(log.drop("finished"), (TWO,))
    assert difference is None, "the log may end where nothing more was said"


def test_what_was_heard_at_the_restart_comes_before_late_timers() -> None:
    """A receipt counts; the other way round is another log."""
    log = _resumed((Status.DELIVERED, 500))
    assert [fact[5] for fact in log.facts][-3:] == ["resumed", "receipt", "finished"]
    assert replay(log.facts, (TWO,)) is None
    assert replay(log.change("receipt", status="sent"), (TWO,)) is not None
    late = _resumed((Status.DELIVERED, 501))
    assert [fact[5] for fact in late.facts][-3:] == ["resumed", "finished", "late_receipt"]
    assert replay(late.facts, (TWO,)) is None


def test_a_lost_connection_replays_as_what_was_heard() -> None:
    """S21: unknown before the answer is given up; given up when it is, also late."""
    for after, at in ((3, 3), (10, 10)):
        spec = world(TWO, provider(), provider("viber")).spec
        played = Played(spec, {"sms"}, lambda c, a=after: [answers(c, Status.UNKNOWN, after=a)])  # type: ignore[misc]  # it is bound at once
        log = Tampered(played.until().facts)
        assert [fact[1] for fact in log.facts if fact[5] == "unknown"] == [us(at)]
        assert replay(log.facts, (TWO,)) is None
        if at == 10:
            assert replay(log.change("unknown", at=1), (TWO,)) is not None
