"""What became of each message, compared."""

from array import array

from sandbox.app.counted import count
from sandbox.cascade.vocabulary import Outcome
from sandbox.report import columns as c
from sandbox.report.fates import (
    SIDED,
    TRUTH,
    Fates,
    Kind,
    Tally,
    differing,
    fates,
    gravity,
    summed,
)
from sandbox.scenario.loader import load
from tests.support.studies import FAILING, KNOWN, SMS_OUTCOMES

CHANNELS = ("sms", "whatsapp")
WAITS_LESS = ("cascades.otp.levels.0.wait", "1s")
"""The engine gives SMS up before it comes, and WhatsApp brings a second copy."""


def told(*overrides: tuple[str, str]) -> "array[int]":
    scenario = load(KNOWN, overrides=overrides)
    return fates(count(scenario).metrics.columns, scenario.world.plans, CHANNELS)


def tallies(first: "array[int]", second: "array[int]") -> dict[Kind, Tally]:
    return dict(differing(first, second, 0).tallies)


def test_one_by_one_a_fate_is_the_same_as_among_all() -> None:
    """Of every message of a run in which much goes wrong."""
    scenario = load("receipt-storm")
    columns = count(scenario).metrics.columns
    channels = list(dict.fromkeys(str(p.channel) for p in scenario.world.providers))
    among_all = fates(columns, scenario.world.plans, channels)
    each = Fates(columns, scenario.world.plans, channels)
    assert [each.of(message) for message in range(1, len(among_all) + 1)] == list(among_all)
    assert len(set(among_all)) > 5


def test_the_same_world_has_the_same_fates() -> None:
    """Message by message."""
    found = differing(told(), told(), 10)
    assert (found.messages, found.different, found.numbers, found.tallies) == (100, 0, (), {})


def test_another_channel_is_another_fate_of_every_message() -> None:
    """All are delivered in both, through another channel."""
    found = differing(told(), told(FAILING), 3)
    assert found.tallies == {Kind.CHANNEL: Tally(both=100)}
    assert (found.different, found.numbers) == (100, (1, 2, 3))


def test_a_level_is_known_by_its_number_in_the_file() -> None:
    """Where the levels stand in another order, the same level is no other fate."""
    turned = ("cascades.otp", "[{channel: whatsapp, wait: 30s}, {channel: sms, wait: 30s}]")
    refusing = ("providers.whatsapp.submit.outcomes", "{refused.permanent: 100%, accepted: rest}")
    scenario = load(KNOWN, overrides=(turned, refusing))
    columns = count(scenario).metrics.columns
    plain = fates(columns, scenario.world.plans, CHANNELS)
    named = fates(columns, scenario.world.plans, CHANNELS, [(1, 0), (0,)])
    assert tallies(told(refusing), plain) == {Kind.LEVEL: Tally(both=100)}
    assert tallies(told(refusing), named) == {}


def test_a_second_copy_counts_for_the_world_that_has_it() -> None:
    """Whether it was paid for as well is a kind of its own."""
    found = tallies(told(), told(WAITS_LESS))
    assert found[Kind.TWICE] == found[Kind.PAID_TWICE] == Tally(only_second=100)
    free = ("providers.whatsapp.price", "{amount: 0 EUR, per: message}")
    assert Kind.PAID_TWICE not in tallies(told(), told(WAITS_LESS, free))


def test_what_one_world_delivers_and_the_other_does_not_has_its_side() -> None:
    """A receipt that lies makes the two part: delivered, and nothing arrived."""
    lost = ("cascades.otp.levels", "[sms]")
    assert tallies(told(lost), told(lost, FAILING)) == {
        Kind.DELIVERED: Tally(only_first=100),
        Kind.ARRIVED: Tally(only_first=100),
    }
    filtered = (SMS_OUTCOMES, "{filtered: 100%, delivered: rest}")
    assert tallies(told(lost), told(lost, filtered)) == {Kind.ARRIVED: Tally(only_first=100)}


def test_who_is_not_delivered_may_still_end_otherwise() -> None:
    """Stopped is not exhausted."""
    reason = ("providers.sms.delivery.reasons", "{failed: {'21610': 100%}}")
    alone = ("cascades.otp.levels", "[sms]")
    found = tallies(told(alone, FAILING), told(alone, FAILING, reason))
    assert found == {Kind.ENDED: Tally(both=100)}


def test_another_level_of_the_same_channel_is_told_apart() -> None:
    """It is a smaller difference than another channel."""
    twice = ("cascades.otp.levels", "[{channel: sms, only_if: {country: [DE]}}, sms]")
    elsewhere = ("recipients.country", "{PL: 100%}")
    home = ("recipients.country", "{DE: 100%}")
    assert tallies(told(twice, home), told(twice, elsewhere)) == {Kind.LEVEL: Tally(both=100)}


def test_tallies_of_several_seeds_add_up() -> None:
    """In the order of the kinds."""
    total = summed([{Kind.TWICE: Tally(1, 2)}, {Kind.DELIVERED: Tally(3), Kind.TWICE: Tally(4)}])
    assert list(total.items()) == [(Kind.DELIVERED, Tally(3)), (Kind.TWICE, Tally(5, 2))]
    assert total[Kind.TWICE].total == 7
    assert TRUTH < SIDED


def test_what_matters_most_is_whether_it_was_delivered() -> None:
    """Then what no receipt tells, then on which way it came."""
    delivered, exhausted = c.DELIVERED, c.OUTCOMES[Outcome.EXHAUSTED]
    other_way, twice = delivered | 1 << 13, delivered | 1 << 7
    found = [gravity(delivered, b) for b in (delivered, exhausted, twice, other_way)]
    assert found == [0, 3, 2, 1]
