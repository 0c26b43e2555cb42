"""The watch over the laws: silent over a good log, and it names the law that a bad one breaks."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cascade.circuit import Breaker
from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan, QuietHours, Retries
from sandbox.cascade.vocabulary import Conflict, LateSuccess, OnExpired, OnUnknown, Status
from sandbox.report.laws import LAWS, VIOLATIONS_KEPT, Laws, Violation
from sandbox.simulation.distributions import uniform
from sandbox.simulation.spec import CodeHabits, Population
from tests.laws.generated import MOVES, Move, Player, many, plans
from tests.support.hand import BUSY, NO_CREDIT, NOBODY, OPTED_OUT, Hand, level, plan, us
from tests.support.logs import Tampered, complete, line
from tests.support.worlds import EVERYBODY, MIXED, mixed, provider, run, world

TWO: Final = plan(
    level("sms", wait=30, retries=1, on_unknown=OnUnknown.RESEND),
    level("whatsapp", wait=45, via=["wa", "wa2"]),
    deadline=180,
)


BREAKERS: Final = {"sms": Breaker(open_after=2, for_us=us(20))}


def violations(
    facts: Sequence[Fact],
    *plans: Plan,
    truth: bool = False,
    quiet: bool = True,
    breakers: Mapping[str, Breaker] = MappingProxyType({}),
) -> list[Violation]:
    """What the watch says of a log."""
    laws = Laws(plans or (TWO,), breakers, with_truth=truth)
    laws.watch(facts)
    laws.finish(quiet=quiet)
    return laws.violations


def broken(
    facts: Sequence[Fact],
    *plans: Plan,
    truth: bool = False,
    quiet: bool = True,
    breakers: Mapping[str, Breaker] = MappingProxyType({}),
) -> set[str]:
    """The names of the laws that a log breaks."""
    found = violations(facts, *plans, truth=truth, quiet=quiet, breakers=breakers)
    return {one.law for one in found}


@cache
def delivered() -> tuple[Fact, ...]:
    """A message that goes smoothly."""
    hand = Hand(TWO).request()
    hand.accept(1)
    hand.receipt(Status.DELIVERED, 5)
    return tuple(complete(hand.facts))


@cache
def troubled() -> tuple[Fact, ...]:
    """A message that is tried again, falls back, is flagged, and ends delivered after all."""
    hand = Hand(TWO).request()
    hand.refuse(1, BUSY)
    hand.wake(3)
    hand.accept(4)
    hand.wake(40)
    hand.refuse(40, NO_CREDIT)
    hand.accept(41)
    hand.receipt(Status.SENT, 42)
    hand.receipt(Status.DELIVERED, 50, of="0.2")
    hand.receipt(Status.DELIVERED, 60)
    hand.receipt(Status.DELIVERED, 61)
    return tuple(complete(hand.facts))


@cache
def world_log() -> tuple[Fact, ...]:
    """A log with everything in it."""
    return tuple(run(mixed()))


@cache
def cut_off() -> tuple[Fact, ...]:
    """Two messages whose provider fails, until a third one passes it over."""
    hand = Hand(TWO, breakers=BREAKERS)
    for message in (1, 2, 3):
        hand.request(message, message=message)
        if message < 3:
            hand.refuse(message, message=message, reason=BUSY)
    hand.rest()
    return tuple(complete(hand.facts))


def test_a_good_log_breaks_no_law() -> None:
    """Invariants: the watch is silent over what the engine does right."""
    assert violations(cut_off(), breakers=BREAKERS) == []
    assert violations(delivered()) == []
    assert violations(troubled()) == []
    assert violations(world_log(), MIXED, truth=True) == []


def _drill(its_plan: Plan, *plays: Callable[[Hand], object]) -> tuple[list[Fact], Plan]:
    """A message under a plan, after some things happened to it."""
    hand = Hand(its_plan).request()
    for play in plays:
        play(hand)
    hand.rest()
    return complete(hand.facts), its_plan


SMS_VIBER: Final = (level("sms", wait=30), level("viber", wait=30))
DRILLS: Final = {
    "late success ignored": _drill(
        plan(*SMS_VIBER, late_success=LateSuccess.IGNORE),
        lambda hand: hand.accept(1),
        lambda hand: hand.wake(31),
        lambda hand: hand.receipt(Status.DELIVERED, 40, of="0.1"),
        lambda hand: hand.accept(41, of="1.1"),
    ),
    "late status below what its own level asks for": _drill(
        plan(level("sms", wait=30, success=Status.READ), level("viber", success=Status.SENT)),
        lambda hand: hand.accept(1),
        lambda hand: hand.wake(31),
        lambda hand: hand.receipt(Status.DELIVERED, 40, of="0.1"),
    ),
    "refused at the very deadline": _drill(
        plan(*SMS_VIBER, deadline=5), lambda hand: hand.refuse(5)
    ),
    "refused at the very deadline, with another provider left": _drill(
        plan(level("sms", via=["a", "b"]), deadline=5), lambda hand: hand.refuse(5, BUSY)
    ),
    "wait and deadline at one instant": _drill(
        plan(*SMS_VIBER, deadline=31), lambda hand: hand.accept(1)
    ),
    "receipt at the very end of a wait": _drill(
        plan(*SMS_VIBER),
        lambda hand: hand.accept(1),
        lambda hand: hand.receipt(Status.DELIVERED, 31),
    ),
    "duplicate in the middle of a wait": _drill(
        plan(*SMS_VIBER),
        lambda hand: hand.accept(1),
        lambda hand: hand.receipt(Status.SENT, 5),
        lambda hand: hand.receipt(Status.SENT, 20),
    ),
    "several retries": _drill(
        plan(level("sms", retries=Retries(max=3))),
        *[lambda hand, at=at: hand.throttle(at, luck=at << 27) for at in (1, 3, 7)],
    ),
    "a retry whose message is over": _drill(
        plan(level("sms", retries=1), deadline=3), lambda hand: hand.refuse(2.5, BUSY)
    ),
    "a retry after a resend": _drill(
        plan(level("sms", retries=3, on_unknown=OnUnknown.RESEND)),
        lambda hand: hand.wake(10),
        lambda hand: hand.refuse(11, BUSY),
    ),
    "an answer nobody waits for": _drill(
        plan(*SMS_VIBER),
        lambda hand: hand.wake(10),
        lambda hand: hand.accept(11),
        lambda hand: hand.receipt(Status.ACCEPTED, 12),
    ),
    "a receipt before the answer": _drill(
        plan(*SMS_VIBER),
        lambda hand: hand.receipt(Status.SENT, 1),
        lambda hand: hand.accept(5),
    ),
    "a first level that cannot be used": _drill(plan(level("sms", countries=frozenset({"DE"})),
                                                     level("viber"))),
    "an expired receipt that stops": _drill(
        plan(level("sms", on_expired=OnExpired.STOP), level("viber")),
        lambda hand: hand.accept(1),
        lambda hand: hand.receipt(Status.EXPIRED, 2),
    ),
    "a person not to be chased": _drill(plan(*SMS_VIBER), lambda hand: hand.refuse(1, OPTED_OUT)),
    "a contradiction that counts": _drill(
        plan(level("sms", success=Status.READ), level("viber"), conflict=Conflict.LAST),
        lambda hand: hand.accept(1),
        lambda hand: hand.receipt(Status.DELIVERED, 2),
        lambda hand: hand.receipt(Status.FAILED, 3),
    ),
}  # fmt: skip


@pytest.mark.parametrize("drill", DRILLS)
def test_the_rarer_ways_break_no_law_either(drill: str) -> None:
    """Each rule has a message that goes by it, and the watch agrees line by line."""
    facts, its_plan = DRILLS[drill]
    assert violations(facts, its_plan) == []


BROKEN: Final[dict[str, Callable[[], list[Fact]]]] = {
    "no-gaps": lambda: Tampered(troubled()).change("wait_over", seq=99),
    "time-forward": lambda: Tampered(troubled()).change("wait_over", at=-40_000_000),
    "has-a-cause": lambda: Tampered(troubled()).change("wait_over", cause=99),
    "known-kind": lambda: Tampered(troubled()).change("retry_planned", kind="retried"),
    "one-outcome": lambda: [*delivered(), line(6, 5, "finished", "1.0.1", outcome="delivered")],
    "silence-after-outcome": lambda: [
        *delivered(), line(6, 5, "submitted", "1.0.2", channel="sms", provider="sms"),
    ],
    "consequence": lambda: Tampered(troubled()).change("fell_back", trigger="failed"),
    "nothing-after-success": lambda: Tampered(delivered()).change(
        "finished", kind="submitted", attempt=2, channel="sms", provider="sms", outcome=None
    ),
    "attempts-bounded": lambda: Tampered(troubled()).change(
        "retry_planned", kind="submitted", attempt=2, channel="sms", provider="sms"
    ),
    "levels-in-order": lambda: Tampered(troubled()).change("fell_back", level=2),
    "one-in-flight": lambda: [
        *delivered()[:3], line(4, 2, "submitted", "1.0.2", channel="sms", provider="sms"),
    ],
    "on-time": lambda: Tampered(troubled()).change("wait_over", at=-1),
    "answered-once": lambda: Tampered(delivered()).add(3, line(0, 2, "accepted", "1.0.1")),
    "receipts-matched": lambda: Tampered(delivered()).change("receipt", level=1),
    "late-is-late": lambda: Tampered(troubled()).change("receipt", kind="late_receipt"),
    "knowledge-grows": lambda: Tampered(troubled()).change("ignored", kind="late_receipt"),
    "flagged-once": lambda: Tampered(troubled()).add(12, troubled()[11]),
    "settled": lambda: list(delivered()[:-1]),
    "answers-add-up": lambda: list(delivered()[:2]),
}  # fmt: skip
BROKEN_TRUTH: Final[dict[str, Callable[[], list[Fact]]]] = {
    "known-within-truth": lambda: Tampered(world_log()).change("reached_handset", kind="billed",
                                                               amount_nano=1),
    "one-fate": lambda: Tampered(world_log()).change("read_by_person", kind="reached_handset"),
    "money-adds-up": lambda: Tampered(world_log()).change("billed", amount_nano=6),
}  # fmt: skip


BROKEN_CIRCUITS: Final[dict[str, Callable[[], list[Fact]]]] = {
    "circuits-kept": lambda: Tampered(cut_off()).drop("circuit"),
}


QUIET: Final = plan(
    level("whatsapp", quiet=QuietHours(from_us=us(50), to_us=us(90))), level("sms"),
    remember_us=us(60),
)  # fmt: skip


@cache
def held_and_known() -> list[Fact]:
    """A message is held, another teaches whom not to try, and a third one knows it."""
    hand = Hand(QUIET)
    hand.request(0, recipient=1, local=60)
    for message in (2, 3):
        hand.request(message, message=message, recipient=7)
    hand.refuse(4, NOBODY, "0.1", message=2)
    hand.request(5, message=4, recipient=7)
    hand.rest()
    return complete(hand.facts)


BROKEN_RECIPIENTS: Final[dict[str, Callable[[], list[Fact]]]] = {
    "quiet-hours-kept": lambda: Tampered(held_and_known()).change("held", until_us=us(31)),
    "memory-kept": lambda: Tampered(held_and_known()).change("requested", 3, recipient=8),
}


BESIDE: Final = plan(level("sms"), level("whatsapp", parallel=True))


def beside() -> Tampered:
    """Two levels begin together, and nobody answers."""
    hand = Hand(BESIDE).request()
    hand.rest()
    return Tampered(complete(hand.facts))


BROKEN_FRONTS: Final[dict[str, Callable[[], list[Fact]]]] = {
    "fronts-kept": lambda: beside().change("joined", at=1),
}


PEOPLE: Final = plan(
    level("sms", wait=5), level("whatsapp", wait=30), deadline=60, stops_on_verified=True,
    late_success=LateSuccess.CANCEL_NEXT,
)  # fmt: skip


@cache
def entered_and_called_back() -> list[Fact]:
    """Codes of which most are entered while the second attempt is under way."""
    habits = CodeHabits(entered=EVERYBODY, after=uniform(us(4), us(20)), mistyped=EVERYBODY // 3)
    providers = [
        provider(name, delivery=uniform(0, us(30)), more={"can_recall": True})
        for name in ("sms", "whatsapp")
    ]
    return run(world(PEOPLE, *providers, load=20, population=Population(codes=habits)))


BROKEN_PEOPLE: Final[dict[str, Callable[[], list[Fact]]]] = {
    "acts-kept": lambda: Tampered(entered_and_called_back()).change("act", why="no such code"),
    "codes-kept": lambda: Tampered(entered_and_called_back()).drop("act"),
    "recalls-kept": lambda: Tampered(entered_and_called_back()).drop("recalled"),
}


def test_codes_and_recalls_break_no_law() -> None:
    """A log that is as it must be breaks none."""
    assert broken(entered_and_called_back(), PEOPLE, truth=True) == set()


def test_quiet_hours_and_memory_break_no_law() -> None:
    """A log that is as it must be breaks none."""
    assert broken(held_and_known(), QUIET) == set()


@pytest.mark.parametrize(
    "law",
    [
        *BROKEN,
        *BROKEN_TRUTH,
        *BROKEN_CIRCUITS,
        *BROKEN_FRONTS,
        *BROKEN_RECIPIENTS,
        *BROKEN_PEOPLE,
    ],
)
def test_each_law_can_be_broken(law: str) -> None:
    """A check that cannot fail is a defect: every law is seen broken once."""
    if law in BROKEN:
        assert law in broken(BROKEN[law]())
    elif law in BROKEN_TRUTH:
        assert law in broken(BROKEN_TRUTH[law](), MIXED, truth=True)
    elif law in BROKEN_PEOPLE:
        assert law in broken(BROKEN_PEOPLE[law](), PEOPLE, truth=True)
    elif law in BROKEN_FRONTS:
        assert law in broken(BROKEN_FRONTS[law](), BESIDE)
    elif law in BROKEN_RECIPIENTS:
        assert law in broken(BROKEN_RECIPIENTS[law](), QUIET)
    else:
        assert law in broken(BROKEN_CIRCUITS[law](), breakers=BREAKERS)


def test_every_law_has_an_explanation_and_was_seen_broken() -> None:
    """No law is only a name."""
    assert set(LAWS) == {
        *BROKEN,
        *BROKEN_TRUTH,
        *BROKEN_CIRCUITS,
        *BROKEN_FRONTS,
        *BROKEN_RECIPIENTS,
        *BROKEN_PEOPLE,
    }
    assert all(LAWS.values())


def test_a_violation_names_law_line_and_what_is_wrong() -> None:
    """Whoever looks for the bug is led to the line of the log."""
    (found, *_) = violations(Tampered(troubled()).change("wait_over", at=-1))
    assert (found.law, found.seq) == ("on-time", 7)
    assert found.text == "a wait is over at 33999999 us, not at 34000000 us"


def test_a_run_that_was_broken_off_may_leave_things_open() -> None:
    """Only when all is quiet is something missing."""
    assert broken(delivered()[:2], quiet=False) == set()


def test_the_pieces_a_log_comes_in_do_not_show() -> None:
    """A log watched line by line is judged as when it comes at once."""
    facts = Tampered(world_log()).change("wait_over", at=1)
    laws = Laws((MIXED,))
    for fact in facts:
        laws.watch([fact])
    laws.finish(quiet=True)
    assert laws.violations == violations(facts, MIXED, truth=True)


def test_only_the_first_violations_are_kept() -> None:
    """A broken engine breaks a law with every message; the list stays short."""
    facts = [line(2, 0, "requested", "1.0", cause=0, cascade="otp")] * (VIOLATIONS_KEPT * 2)
    assert len(violations(facts)) == VIOLATIONS_KEPT


HOSTILE: Final = [
    line(1, 0, "submitted", "1.0.1", cause=0, channel="sms", provider="sms"),
    line(1, 0, "submitted", "", cause=0),
    line(1, 0, "finished", "9.0.1", cause=0, outcome="delivered"),
    line(1, 0, "receipt", "1.0.1", cause=0, status="eaten"),
    line(1, 0, "reached_handset", "77.0.1", cause=0),
    line(1, 0, "requested", "1.0", cause=0, cascade="unheard of"),
    line(1, 0, "billed", "1.0.1", cause=0),
]


@pytest.mark.parametrize("fact", HOSTILE, ids=lambda fact: f"{fact[5]} {fact[2]}")
def test_a_log_that_makes_no_sense_is_judged_and_never_crashes(fact: Fact) -> None:
    """The watch says what is wrong with any log at all."""
    assert broken([fact], truth=True, quiet=False) != set()


PLANS: Final = st.tuples(plans("one"), plans("two"))
SEVERAL: Final = st.lists(MOVES, max_size=40)


def _played(its_plans: tuple[Plan, ...], its_moves: list[Move]) -> list[Fact]:
    """A log of an arbitrary run, its messages numbered in order of arrival."""
    player = Player(its_plans)
    for move in its_moves:
        player.play(move)
    player.rest()
    arrived = [fact[2] for fact in player.told.facts if fact[5] == "requested"]
    number = {None: None} | {message: nth for nth, message in enumerate(arrived, start=1)}
    return complete([(*f[:2], number[f[2]], *f[3:]) for f in player.told.facts])


@many(250)
@given(PLANS, SEVERAL)
def test_the_watch_is_silent_whatever_happens_to_the_engine(
    its_plans: tuple[Plan, ...], its_moves: list[Move]
) -> None:
    """S1-S26: under any plan and any events, the engine keeps all laws, and the watch sees it."""
    assert violations(_played(its_plans, its_moves), *its_plans) == []


@many(100)
@given(PLANS, SEVERAL, st.data())
def test_the_short_cut_for_smooth_messages_judges_alike(
    its_plans: tuple[Plan, ...], its_moves: list[Move], data: st.DataObject
) -> None:
    """Following a smooth message by phases finds what following it in full would find."""
    facts = _played(its_plans, its_moves)
    if facts:
        nth = data.draw(st.integers(0, len(facts) - 1))
        at = data.draw(st.sampled_from([0, 1, -1, 5_000_000]))
        attempt = data.draw(st.sampled_from([facts[nth][4], 1, 2]))
        seq, at_us, message, its_level, _, kind, cause, detail = facts[nth]
        facts[nth] = (seq, at_us + at, message, its_level, attempt, kind, cause, detail)
    shortly, in_full = violations(facts, *its_plans), in_full_violations(facts, its_plans)
    assert [found[0::2] for found in shortly] == [found[0::2] for found in in_full]


def in_full_violations(facts: Sequence[Fact], its_plans: Sequence[Plan]) -> list[Violation]:
    """What the watch says when no message is followed by phases."""
    laws = Laws(its_plans, with_truth=False)
    for rules in laws._messages.rules.values():
        rules.goes_smoothly = False
    laws.watch(facts)
    laws.finish(quiet=True)
    return laws.violations


def test_the_short_cut_is_taken() -> None:
    """A message that is simply delivered is never opened up, and leaves no row of its attempt."""
    laws = Laws((MIXED,))
    laws.watch(run(world(MIXED, *map(provider, ("sms", "whatsapp", "wa2", "viber")), load=20)))
    laws.finish(quiet=True)
    watch = laws._messages
    assert (watch.attempts.count, watch.under_way, laws.violations) == (0, {}, [])
    assert watch.attempts.message_count == 20
