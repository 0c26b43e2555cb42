"""A cascade under every known error code."""

from fractions import Fraction

import pytest

from sandbox.app.error_matrix import MESSAGES, ErrorRow, LevelErrors, errors_of
from sandbox.cascade.vocabulary import Channel
from sandbox.scenario.bases import CHANNEL_REPORTS, catalogue
from sandbox.scenario.library import built_in
from sandbox.scenario.loader import load
from tests.support.scenario_texts import SMALL, loaded
from tests.support.studies import KNOWN


def levels(text: str, *overrides: tuple[str, str]) -> list[LevelErrors]:
    return list(errors_of(load(text, overrides=overrides)))


def row(level: LevelErrors, code: str) -> ErrorRow:
    [found] = [r for r in level.rows if r.trouble.reason and r.trouble.reason.code == code]
    return found


def bare(level: LevelErrors, outcome: str) -> ErrorRow:
    [found] = [r for r in level.rows if r.trouble.reason is None and r.trouble.outcome == outcome]
    return found


def test_every_code_of_every_channel_has_one_row() -> None:
    """At each level those of its own channel, in the order of the catalogue."""
    for level in levels(SMALL):
        codes = [r.trouble.reason.code for r in level.rows if r.trouble.reason]
        assert codes == list(catalogue(Channel(level.channel)))
    assert [level.channel for level in levels(SMALL)] == list(CHANNEL_REPORTS)


def test_a_code_comes_the_way_it_comes() -> None:
    """As an answer of its class, as throttled where the provider says so, or with a receipt."""
    [sms, *_] = levels(SMALL)
    outcomes = {code: row(sms, code).trouble.outcome for code in ("20503", "21614", "20429")}
    assert outcomes == {
        "20503": "refused.temporary", "21614": "refused.permanent", "20429": "throttled",
    }  # fmt: skip
    assert row(sms, "30005").trouble.outcome == "failed"


def test_what_a_code_does_can_be_worked_out_by_hand() -> None:
    """A failed SMS costs four seconds and three cents, a refused one no money at all."""
    otp, *_ = levels(KNOWN)
    assert [otp.well_us, otp.well_nano] == [2_000_000, 50_000_000]
    failed, refused = row(otp, "30005"), row(otp, "21614")
    assert failed.path == ("sms:failed", "whatsapp:delivered")
    assert [failed.extra_us, failed.cost_nano] == [4_000_000, 80_000_000]
    assert [refused.extra_us, refused.cost_nano] == [2_000_000, 30_000_000]
    assert (failed.outcome, failed.ends_at, failed.arrived) == ("delivered", "whatsapp", MESSAGES)
    assert failed.paths == {"sms:failed, whatsapp:delivered": MESSAGES}


def test_the_class_of_a_code_decides() -> None:
    """Transient answers are tried again, who opted out is left in peace."""
    otp, *_ = levels(KNOWN)
    assert row(otp, "20503").path == (
        "sms:refused.temporary", "sms:refused.temporary", "whatsapp:delivered",
    )  # fmt: skip
    stopped = row(otp, "21610")
    assert (stopped.outcome, stopped.path, stopped.ends_at) == (
        "stopped", ("sms:refused.permanent",), "",
    )  # fmt: skip
    assert stopped.arrived == 0


def test_what_goes_wrong_without_a_code_is_shown_too() -> None:
    """No answer, a black hole, and the receipt that lies."""
    otp, *_ = levels(KNOWN)
    assert bare(otp, "vanished").path == ("sms:no_receipt", "whatsapp:delivered")
    assert bare(otp, "vanished").extra_us == Fraction(32_000_000)
    filtered = bare(otp, "filtered")
    assert (filtered.outcome, filtered.arrived) == ("delivered", 0)
    assert bare(otp, "timeout.accepted").arrived == MESSAGES


def test_the_last_level_has_nothing_to_fall_back_to() -> None:
    """There a failure is the end."""
    _, whatsapp, _ = levels(KNOWN)
    assert row(whatsapp, "131026").outcome == "exhausted"


def test_a_code_of_the_files_own_has_a_row() -> None:
    """It is in no catalogue, and described where it has its share."""
    own = "{failed: {own-1: {share: 100%, class: stop, text: gone}}}"
    otp, *_ = levels(KNOWN, ("providers.sms.delivery.reasons", own))
    assert row(otp, "own-1").outcome == "stopped"


def test_all_else_goes_well_whatever_the_file_says() -> None:
    """Traits, faults, limits, scripts and bad luck of the file are not in it."""
    noisy = levels(
        SMALL,
        ("recipients.traits.phone_off.share", "90%"),
        ("providers.sms.limits.rate", "1/d"),
        ("faults", "[{at: 0s, for: 1h, provider: whatsapp, set: {receipts.lost: 100%}}]"),
    )
    calm = levels(SMALL)
    assert [[r.path for r in level.rows] for level in noisy] == [
        [r.path for r in level.rows] for level in calm
    ]


def test_levels_that_share_a_provider_are_told_apart() -> None:
    """The trouble strikes the level in question, not the next one of the same provider."""
    first, _ = levels(KNOWN, ("cascades", "{otp: [sms, sms]}"))
    assert row(first, "30005").path == ("sms:failed", "sms:delivered")


def test_a_level_for_some_countries_is_met_by_people_from_there() -> None:
    """Else the code would never be seen."""
    text = KNOWN.replace("population: 100", "population: 100, country: {PL: 60%, DE: 40%}")
    only = ("cascades.otp.levels.0.only_if", "{country: [DE]}")
    otp, *_ = levels(text, only)
    assert row(otp, "30005").path == ("sms:failed", "whatsapp:delivered")


@pytest.mark.parametrize("name", sorted(built_in()))
def test_no_code_breaks_a_law_in_any_shipped_scenario(name: str) -> None:
    """Whatever a provider says, every message comes to one outcome by the rules."""
    told: list[tuple[int, int]] = []
    scenario = load(built_in()[name])
    found = list(errors_of(scenario, steps=lambda *each: told.append(each)))
    assert [r.broken for level in found for r in level.rows if r.broken] == []
    assert all(r.outcome for level in found for r in level.rows)
    assert told[-1] == (len(found), len(found))


def test_the_small_scenario_needs_no_traits() -> None:
    """People have none, so all messages of a row go the same way."""
    assert all(len(r.paths) == 1 for level in errors_of(loaded(SMALL)) for r in level.rows)
