"""The shipped scenarios: each passes, each drill is about its fault, each is a pleasure to read."""

import json
import os
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from sandbox.app.run import run_scenario
from sandbox.scenario.library import OPENING, builtin_names, find
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from sandbox.scenario.schema import schema

FOLDER: Final = Path(__file__).parents[2] / "scenarios"
SCHEMA_FILE: Final = FOLDER / "scenario.schema.json"
MODELINE: Final = "# yaml-language-server: $schema=scenario.schema.json"

USE_CASES: Final = (
    "two-factor-codes",
    "service-notification",
    "marketing-campaign",
    "appointment-reminder",
    "order-update",
)

NO_DRILL: Final = {
    "outage-and-recovery": ("faults", "[]"),
    "slow-receipts": ("faults", "[]"),
    "lost-receipts": ("faults", "[]"),
    "late-receipt-after-the-switch": ("providers.sms.receipts.late.share", "0%"),
    "phones-off": ("recipients.traits.phone_off.share", "0%"),
    "throttled": ("providers.sms.limits.rate", "none"),
    "ambiguous-timeout": ("faults.0.set", "{price.amount: x1}"),
    "no-whatsapp-account": ("recipients.traits.no_whatsapp.share", "5%"),
    "blocked-and-opted-out": ("recipients.traits.opted_out_sms.reason", '"21614"'),
    "out-of-credit": ("faults.0.set", "{price.amount: x1}"),
    "receipt-storm": ("faults.0.set", "{price.amount: x1}"),
    "provider-failover": ("faults.0.set", "{price.amount: x1}"),
    "quiet-hours": ("cascades.reminder.quiet_hours", "none"),
    "known-from-before": ("cascades.update.remember", "none"),
    "both-at-once": ("cascades.alert.levels.1.parallel", "false"),
    "codes-entered": (
        "cascades.otp.levels.0.next_on",
        "[refused, throttled, failed, rejected, expired, no_receipt]",
    ),
    "called-back": ("cascades.notice.late_success", "record"),
    "real-providers": ("faults.0.set", "{price.amount: x1}"),
    "sms-outage-falls-to-whatsapp": ("faults.0.set", "{price.amount: x1}"),
    "first-look": ("faults", "[]"),
}
"""What takes the trouble out of each drill."""

SCENARIOS: Final = (*USE_CASES, *NO_DRILL)
SEEDS: Final = (1, 2, 3)

SUMMARY_LINES: Final = range(2, 5)
CAPTION_MAX: Final = 76
"""Characters that the bottom line of an 80-column terminal has for a caption."""


@lru_cache
def scenario(name: str) -> Scenario:
    """A scenario as it ships."""
    return load(find(name))


def test_twenty_five_scenarios_ship() -> None:
    """Five use cases and twenty drills, and the app opens on the first of them."""
    assert sorted(builtin_names()) == sorted(SCENARIOS)
    assert USE_CASES[0] == OPENING


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_passes(name: str, seed: int) -> None:
    """A scenario passes as shipped, strictly, whatever the luck."""
    result = run_scenario(name, seed=seed, strict=True)
    missed = [item.text for item in result.expectations if not item.passed]
    assert (result.verdict, missed) == ("passed", [])


@pytest.mark.parametrize("name", NO_DRILL)
def test_a_drill_fails_without_its_trouble(name: str) -> None:
    """A drill expects something that only its trouble brings about."""
    result = run_scenario(name, overrides=[NO_DRILL[name]])
    assert result.verdict == "failed"


# How they read -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_says_what_it_shows(name: str) -> None:
    """Name, title, a few lines of description, tags, expectations, and help for the editor."""
    it = scenario(name)
    assert it.name == name
    assert it.title
    assert len(it.description.splitlines()) in SUMMARY_LINES
    assert ("use-case" if name in USE_CASES else "drill") in it.tags
    assert it.expectations
    assert it.warnings == ()
    assert FOLDER.joinpath(f"{name}.yaml").read_text("utf-8").startswith(f"{MODELINE}\n")


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_captions_of_a_scenario_fit_and_come_in_order(name: str) -> None:
    """Every caption fits the bottom line of a small terminal; the first is there at once."""
    captions = scenario(name).captions
    assert captions[0].at_us == 0
    assert all(before.at_us < after.at_us for before, after in pairwise(captions))
    assert [caption.say for caption in captions if len(caption.say) > CAPTION_MAX] == []


def test_the_schema_beside_the_scenarios_is_current() -> None:
    """Editors check the shipped files against the format as it is now."""
    text = json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("GOLDEN_UPDATE"):
        SCHEMA_FILE.write_text(text, encoding="utf-8")
    assert SCHEMA_FILE.read_text(encoding="utf-8") == text, "GOLDEN_UPDATE=1 pytest writes it anew"
