"""What stands out in a run."""

from collections import Counter

from sandbox.cascade.circuit import Breaker
from sandbox.cascade.vocabulary import OnUnknown
from sandbox.drivers.virtual import run_virtual
from sandbox.report.highlights import Highlights, Switch
from sandbox.simulation.world import World
from tests.support.fronts import both
from tests.support.hand import BUSY, NO_CREDIT, NOBODY, Hand, level, plan, us
from tests.support.runs import small_run


def highlights_of(*, seed: int = 1) -> tuple[Highlights, list[tuple[object, ...]]]:
    """The highlights of a small run, and its log."""
    highlights = Highlights()
    facts: list[tuple[object, ...]] = []
    for piece in run_virtual(World(small_run(seed=seed))):
        highlights.fold(piece)
        facts += piece
    return highlights, facts


def test_every_switch_is_counted_with_its_reason() -> None:
    """As many switches are counted as the log has, each with the provider's code and words."""
    highlights, facts = highlights_of()
    switches = [fact for fact in facts if fact[5] == "fell_back"]
    assert sum(highlights.switches.values()) == len(switches) > 0
    assert highlights.top_switches(1)[0][0] == Switch(
        "sms", "whatsapp", "failed", "30003", "handset unreachable"
    )
    left = Counter[str]()
    for switch, times in highlights.switches.items():
        left[switch.left] += times
    entered = Counter(fact[3] for fact in switches)
    assert (left["sms"], left["whatsapp"]) == (entered[1], entered[2])


def test_a_wait_that_ended_has_no_reason_of_a_provider() -> None:
    """A timer has no code: what a provider said elsewhere is not blamed for its silence."""
    highlights, facts = highlights_of()
    timers = [switch for switch in highlights.switches if switch.trigger == "no_receipt"]
    assert any(fact[5] == "wait_over" for fact in facts)
    assert timers
    assert {switch.code for switch in timers} == {""}


def test_the_worst_message_was_not_delivered_or_took_longest() -> None:
    """An undelivered message is worse than any delivered one; longer is worse."""
    highlights, facts = highlights_of()
    undelivered = {
        fact[2]
        for fact in facts
        if fact[5] == "finished" and '"outcome":"delivered"' not in getattr(fact[7], "json", "")
    }
    assert undelivered
    assert highlights.worst in undelivered


def test_no_run_no_highlights() -> None:
    """Nothing happened, nothing stands out."""
    assert Highlights().worst is None
    assert Highlights().top_switches(5) == []


def test_a_circuit_is_not_blamed_on_what_an_attempt_met() -> None:
    """S22: who is tried again and finds the circuit open has switched because of that."""
    its = plan(level("sms", retries=2), level("whatsapp"))
    hand = Hand(its, breakers={"sms": Breaker(open_after=2, for_us=us(30))}).request()
    hand.refuse(0, BUSY)
    hand.request(0.5, message=2)
    hand.refuse(0.5, NO_CREDIT, message=2)
    hand.wake(1)
    highlights = Highlights()
    highlights.fold(hand.facts)
    assert dict(highlights.switches) == {
        Switch("sms", "whatsapp", "refused", "20003", "no credit"): 1,
        Switch("sms", "whatsapp", "circuit_open", "", ""): 1,
    }


def test_silence_is_not_blamed_on_what_an_attempt_before_it_met() -> None:
    """S21: nobody answered, and that it was too many the time before is another matter."""
    its = plan(level("sms", retries=2, on_unknown=OnUnknown.NEXT), level("whatsapp"))
    hand = Hand(its).request()
    hand.refuse(0, BUSY)
    hand.wake(1)
    hand.wake(11)
    highlights = Highlights()
    highlights.fold(hand.facts)
    assert list(highlights.switches) == [Switch("sms", "whatsapp", "unknown", "", "")]


def test_a_reason_of_a_level_that_closed_is_not_one_for_the_switch() -> None:
    """S25: the last level of a front to close says why the message went on."""
    hand = Hand(both()).request()
    hand.refuse(1, NOBODY, of="1.1")
    hand.accept(1, of="0.1")
    hand.wake(31)
    highlights = Highlights()
    highlights.fold(hand.facts)
    assert list(highlights.switches) == [Switch("sms", "viber", "no_receipt", "", "")]
