"""What the order of a cascade saves."""

from fractions import Fraction
from typing import Final

import pytest

from sandbox.app.counted import count
from sandbox.app.reliable import SCRIPTS, Saving, difference_of, saving
from sandbox.errors import UsageError
from sandbox.report.definitions import parse_metric
from sandbox.scenario.library import built_in
from sandbox.scenario.loader import load
from tests.support.studies import KNOWN

CHEAP_FIRST: Final = (
    "cascades.otp",
    "[{channel: whatsapp, wait: 30s}, {channel: sms, wait: 20s}]",
)
HALF: Final = ("providers.whatsapp.submit.outcomes", "{refused.permanent: 50%, accepted: rest}")
"""WhatsApp does not reach half the people, and costs nothing there: SMS brings it, for 0.05 EUR."""


def saved(*settings: tuple[str, str], source: str = KNOWN) -> Saving:
    """A study of two seeds, without processes."""
    return saving(source, settings=settings, seeds=(1, 2), processes=1)


def test_what_cheap_first_saves_can_be_worked_out_by_hand() -> None:
    """Two cents for every message the cheap channel brings, and nothing is lost for it."""
    told = saved(CHEAP_FIRST, HALF)
    [ranked] = told.cascades
    assert (ranked.cascade, ranked.best, ranked.order) == ("otp", 1, (1, 0))
    assert ranked.channels == ("sms", "whatsapp")
    brought = 0
    for seed in (1, 2):
        metrics = count(load(KNOWN, overrides=[CHEAP_FIRST, HALF], seed=seed)).metrics
        share = metrics.measure(parse_metric("truth.level.0.share")).value
        brought += int(Fraction(share or 0) * 100)
    assert 60 < brought < 140
    for side in ("known", "truth"):
        its = told.saved(side)
        assert its.amount == Fraction(20_000_000 * brought, 2)
        assert its.share == its.amount / 5_000_000_000  # of a hundred messages at 0.05 EUR
        assert its.per_thousand == its.amount * 10
        assert its.error is not None
    assert told.comparison is not None
    assert difference_of(told.comparison, "truth.delivery_rate").mean == 0
    assert told.comparison.names == ("known", "known")


def test_each_level_is_measured_alone() -> None:
    """What it brings, costs and takes when nothing else is tried, for all the messages."""
    [ranked] = saved(CHEAP_FIRST, HALF).cascades
    whatsapp, sms = ranked.levels
    assert (whatsapp.channel, sms.channel) == ("whatsapp", "sms")
    assert 0 < whatsapp.delivery < 1 == sms.delivery
    assert [each.mean for each in sms.spreads] == [1, 5_000_000_000, 5_000_000_000, 2_000_000]
    assert whatsapp.spreads[2].mean == whatsapp.delivery * 100 * 30_000_000


def test_each_level_keeps_its_own_wait() -> None:
    """A level that moves to the front waits there as long as it did behind."""
    silent = ("providers.sms.receipts.lost", "100%")
    told = saved(CHEAP_FIRST, HALF, silent)
    assert told.comparison is not None
    took = {
        (pair.second.seconds_us or 0) // 1_000_000
        for pair in told.comparison.pairs
        if pair.second.path == ("sms:no_receipt", "whatsapp:delivered")
    }
    assert took == {24}


def test_where_the_most_reliable_is_first_there_is_nothing_to_save() -> None:
    """Of equally reliable levels the first counts as the most reliable."""
    told = saved()
    assert told.cascades[0].is_first_already
    assert told.comparison is None
    with pytest.raises(UsageError, match="first already"):
        told.saved("known")


def test_a_dearer_first_level_saves_less_than_nothing() -> None:
    """An order that costs more says so with its sign."""
    dear = ("providers.whatsapp.price", "{amount: 0.09 EUR, per: message, charged_on: submitted}")
    told = saved(CHEAP_FIRST, HALF, dear)
    assert told.saved("truth").amount < 0
    assert (told.saved("truth").share or 0) < 0


def test_a_cascade_without_a_choice_is_not_judged() -> None:
    """One level has no order, and a cascade nobody uses costs nothing."""
    assert [each.cascade for each in saved(CHEAP_FIRST, HALF).cascades] == ["otp"]
    with pytest.raises(UsageError, match="there is no order to judge"):
        saved(("load", "[{burst: 5, cascade: direct}]"))


def test_scripts_are_said_to_be_left_out() -> None:
    """On both sides, since they would strike another channel on one of them."""
    text = built_in()["sms-outage-falls-to-whatsapp"]
    dead = ("providers.sms-main.delivery.outcomes", "{failed: 100%, delivered: rest}")
    told = saving(text, settings=(dead,), seeds=(1,), processes=1, pairs_max=0)
    assert told.comparison is not None
    assert SCRIPTS in told.comparison.notes


def test_a_level_that_only_moved_is_no_other_fate() -> None:
    """Where the same level of the file brings it in both, the message fares the same."""
    told = saved(CHEAP_FIRST, ("providers.whatsapp.submit.outcomes",
                               "{refused.permanent: 100%, accepted: rest}"))  # fmt: skip
    assert told.comparison is not None
    assert (told.comparison.messages, told.comparison.different) == (200, 0)


def test_the_progress_has_two_parts() -> None:
    """Each level alone, then both worlds."""
    stages: list[str] = []

    def stage(name: str) -> None:
        stages.append(name)

    saving(KNOWN, settings=(CHEAP_FIRST, HALF), seeds=(1,), processes=1, stage=stage)
    assert stages == ["each level alone", "comparing"]
