from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.app.message_filter import Amount, Filter, parse
from sandbox.app.session import Session
from sandbox.app.sieve import BLOCK, Order, Sieve
from sandbox.app.stories import Stories
from sandbox.cascade import outputs
from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import Outcome
from sandbox.simulation.world import World
from tests.tui.stage import STORM, scenario


def always() -> bool:
    """There is time for everything."""
    return True


def never() -> bool:
    """There is time for a single block."""
    return False


class Naive:
    """What can be asked about a message, answered from its lines of the log."""

    def __init__(self, session: Session, facts: list[Fact]) -> None:
        self._session = session
        self._plans = session.scenario.world.plans
        self._stories = Stories(self._plans, "EUR", kept=10**9)
        self._facts: dict[int, list[Fact]] = {}
        for fact in facts:
            self._stories.take(fact, 0)
            if fact[2] is not None:
                self._facts.setdefault(fact[2], []).append(fact)
        self.messages = list(self._facts)

    def outcome(self, message: int) -> str:
        """From its account."""
        account = self._stories.account(message)
        assert account is not None
        return account.outcome

    def level(self, message: int) -> int:
        """The last level it fell to."""
        fell = [fact[3] or 0 for fact in self._facts[message] if fact[5] == outputs.FELL_BACK]
        return fell[-1] if fell else 0

    def channel(self, message: int) -> str:
        """The channel of that level."""
        return str(self._plans[0].levels[self.level(message)].channel)

    def ways(self, message: int) -> list[str]:
        """From its submissions."""
        sent = [fact[7] for fact in self._facts[message] if fact[5] == outputs.SUBMITTED]
        return [detail.text(what) for detail in sent for what in ("channel", "provider")]

    def amount(self, message: int, amount: Amount) -> int:
        """From its account."""
        account = self._stories.account(message)
        assert account is not None
        match amount:
            case Amount.TOOK if account.took_us is None:
                return self._session.now_us - account.requested_at_us
            case Amount.TOOK:
                assert account.took_us is not None
                return account.took_us
            case Amount.COST:
                return account.ledger_nano
            case Amount.COPIES:
                return account.copy_count

    def words(self, message: int) -> str:
        """Name, number and id."""
        session = self._session
        return f"{session.name_of(message)} {session.phone_of(message)} m{message}".lower()


def run_to(virtual_s: int, text: str = STORM) -> tuple[Session, list[Fact]]:
    """A session at an instant, and the log up to there."""
    session = Session(scenario(text))
    session.advance(int(virtual_s * 1_000_000 / session.speed))
    world, facts = World(session.scenario.world), list[Fact]()
    while len(facts) < session.fact_count:
        facts += world.step()
    assert len(facts) == session.fact_count
    return session, facts


EARLY: Final = run_to(70)
LATE: Final = run_to(900)

TERMS: Final = st.sampled_from(
    [
        *["state:open", "state:failed", "state:delivered", "state:exhausted", "state:expired"],
        *["channel:sms", "channel:whatsapp", "level:0", "level:1", "path:sms-backup", "path:sms"],
        *["took>10s", "took<=4s", "cost>0.05", "cost=0", "copies=0", "twice", "m17", "m5", "+4"],
        *["1", "00"],
    ]
)


@settings(max_examples=60, deadline=None)
@given(terms=st.lists(TERMS, max_size=4), order=st.sampled_from(Order), is_late=st.booleans())
def test_a_filter_finds_what_somebody_finds_who_looks_at_every_message(
    terms: list[str], order: Order, is_late: bool
) -> None:
    """Found in slices, from columns, and sorted: the same as from every single line of the log."""
    session, facts = LATE if is_late else EARLY
    naive, table = Naive(session, facts), session.table
    wanted = parse(" ".join(terms), table.known)
    sieve = Sieve(table)
    sieve.sift(wanted, order)
    while sieve.work((session.fact_count, session.now_us), never):
        pass
    expected = [m for m in naive.messages if wanted.holds(naive, m)]
    assert expected == [m for m in naive.messages if wanted.holds(table, m)]
    keys: dict[Order, Callable[[int], object]] = {
        Order.NEWEST: lambda m: m,
        Order.TOOK: lambda m: (naive.amount(m, Amount.TOOK), m),
        Order.COST: lambda m: (naive.amount(m, Amount.COST), m),
        Order.COPIES: lambda m: (naive.amount(m, Amount.COPIES), m),
        Order.STATE: lambda m: (["", *Outcome].index(naive.outcome(m)), m),
    }
    expected.sort(key=keys[order], reverse=True)  # type: ignore[arg-type]  # all can be compared
    assert [sieve.at(place) for place in range(len(sieve))] == expected
    assert [sieve.place_of(message) for message in expected] == list(range(len(expected)))
    sieve.reverse()
    assert [sieve.at(place) for place in range(len(sieve))] == expected[::-1]
    assert [sieve.place_of(message) for message in expected[::-1]] == list(range(len(expected)))


def test_there_are_messages_of_every_kind_in_what_is_compared() -> None:
    """Otherwise nothing would have been shown."""
    for text, least in (
        ("state:open", 1),
        ("twice", 5),
        ("state:failed", 3),
        ("path:sms-backup", 5),
    ):
        wanted = parse(text, EARLY[0].table.known)
        found = [m for m in range(1, EARLY[0].table.count + 1) if wanted.holds(EARLY[0].table, m)]
        assert len(found) >= least, text


def sieve_of(session: Session, text: str, order: Order = Order.NEWEST) -> Sieve:
    """A sieve that has just begun."""
    sieve = Sieve(session.table)
    sieve.sift(parse(text, session.table.known), order)
    return sieve


def test_the_newest_messages_are_found_first_and_a_slice_is_short() -> None:
    """One block a call, from the newest on; meanwhile it says how far it is."""
    session, _ = LATE
    sieve = sieve_of(session, "state:delivered")
    assert sieve.is_at_work
    sieve.work((1, 1), never)
    count = session.table.count
    assert sieve.at(0) > count - BLOCK
    assert sieve.at(len(sieve) - 1) >= count // BLOCK * BLOCK
    assert 0 < sieve.progress < 1
    while sieve.work((1, 1), never):
        pass
    assert sieve.progress == 1
    assert not sieve.is_at_work


def test_what_comes_and_what_ends_is_seen_while_the_run_goes_on() -> None:
    """New messages at once; those that end, when the next sweep comes by."""
    session = Session(scenario(STORM))
    session.advance(5_000_000)
    sieve = sieve_of(session, "state:open")
    for _ in range(200):
        session.advance(200_000)
        sieve.work((session.fact_count, session.now_us), always)
    session.pause()
    for _ in range(20):
        sieve.work((session.fact_count, session.now_us), always)
    is_open = parse("state:open", session.table.known)
    table = session.table
    expected = [m for m in range(table.count, 0, -1) if is_open.holds(table, m)]
    assert expected
    assert [sieve.at(place) for place in range(len(sieve))] == expected


def test_when_nothing_happens_nothing_is_looked_at() -> None:
    """A paused run costs nothing."""
    session, _ = LATE
    sieve = sieve_of(session, "twice")
    assert sieve.work((5, 5), always)
    assert not any(sieve.work((5, 5), always) for _ in range(30))
    assert any(sieve.work((6, 5), always) for _ in range(30))


def test_without_a_filter_every_message_is_listed_without_any_work() -> None:
    """Place and number are arithmetic then."""
    session, _ = LATE
    sieve = Sieve(session.table)
    assert sieve.filter == Filter()
    assert not sieve.work((1, 1), always)
    count = session.table.count
    assert (len(sieve), sieve.at(0), sieve.at(count - 1), sieve.at(count)) == (count, count, 1, 0)
    assert (sieve.place_of(count), sieve.place_of(1), sieve.place_of(count + 1)) == (
        0, count - 1, None,
    )  # fmt: skip
    sieve.reverse()
    assert (sieve.at(0), sieve.place_of(count)) == (1, count - 1)


def test_the_order_of_the_key_goes_round() -> None:
    """After the last comes the first."""
    order, seen = Order.NEWEST, []
    for _ in Order:
        seen.append(order)
        order = order.following
    assert order is Order.NEWEST
    assert set(seen) == set(Order)


@pytest.mark.parametrize("text", ["twice", ""])
def test_another_run_is_looked_at_from_the_start(text: str) -> None:
    """The filter stays, what was found does not."""
    sieve = sieve_of(LATE[0], text)
    sieve.work((1, 1), always)
    fresh = Session(scenario(STORM))
    sieve.follow(fresh.table)
    sieve.work((0, 0), always)
    assert len(sieve) == 0
