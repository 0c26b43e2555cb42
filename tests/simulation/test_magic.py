"""Numbers whose last digits decide what becomes of every attempt."""

import pytest

from sandbox.cascade.outputs import Fact
from sandbox.simulation.magic import CHANNELS, MAGIC, PREFIX, magic_entry
from sandbox.simulation.spec import NamedPerson, Population, Single
from tests.support.hand import level, plan
from tests.support.worlds import deliveries, kinds, provider, run, told_world, world

TWO = plan(level(wait=30), level("whatsapp", wait=30))


def _to(number: str) -> list[Fact]:
    """Everything about one message to a number; by luck alone everything would fail."""
    anna = Population(people=(NamedPerson(name="anna", phone=number),))
    bad = {"delivery_outcomes": deliveries(failed=100)}
    load = [Single(plan=0, at_us=0, name="one", to="anna")]
    providers = (provider(**bad), provider("whatsapp", **bad))
    return run(world(TWO, *providers, load=load, population=anna))


def _path(facts: list[Fact]) -> list[str]:
    heard = ("accepted", "refused", "throttled", "unknown", "receipt", "late_receipt", "ignored")
    return [told_world(fact).split(" ", 1)[1] for fact in facts if fact[5] in heard]


def test_an_ordinary_number_is_not_magic() -> None:
    """Only the documented numbers force anything."""
    for number in ("+4915112345678", f"{PREFIX}999", f"{PREFIX}90", f"{PREFIX}900", "", PREFIX):
        assert magic_entry(number, "sms") is None, number


def test_every_fate_can_be_had_on_every_channel() -> None:
    """The table and the digits cover each other; on the other channels the message arrives."""
    for digits, fate in MAGIC.items():
        assert len(digits) == 2
        for digit, channel in CHANNELS.items():
            for asked in ("sms", "whatsapp", "viber"):
                entry = magic_entry(f"{PREFIX}{digit}{digits}", asked)
                assert entry is not None
                assert entry == (fate if channel in ("", asked) else MAGIC["00"]).entry


def test_a_channel_can_be_struck_alone() -> None:
    """Then the cascade goes on to one that works."""
    assert _path(_to(f"{PREFIX}101")) == [
        "refused 0.1 refused",
        "accepted 1.1",
        "receipt 1.1 delivered",
    ]


HEARD = {
    "00": ["accepted", "receipt delivered"],
    "01": ["refused", "refused"],
    "02": ["refused", "refused"],
    "03": ["throttled", "throttled"],
    "04": ["receipt delivered", "unknown"],
    "05": ["unknown", "unknown"],
    "10": ["accepted", "receipt failed", "accepted", "receipt failed"],
    "11": ["accepted", "receipt rejected", "accepted", "receipt rejected"],
    "12": ["accepted", "receipt expired", "accepted", "receipt expired"],
    "13": ["accepted", "receipt delivered"],
    "14": ["accepted", "accepted"],
    "20": ["accepted", "accepted"],
    "21": ["accepted", "accepted", "late_receipt delivered", "late_receipt delivered"],
    "22": ["accepted", "receipt delivered", "ignored delivered"],
    "23": ["accepted", "receipt delivered", "ignored failed"],
    "24": ["accepted", "accepted"],
    "25": ["accepted", "receipt failed", "receipt delivered", "accepted"],
    "30": ["accepted", "accepted", "late_receipt delivered", "late_receipt delivered"],
}


@pytest.mark.parametrize("digits", MAGIC)
def test_a_magic_number_forces_its_fate(digits: str) -> None:
    """What the engine hears is what the table promises, asynchronous fates too."""
    facts = _to(f"{PREFIX}0{digits}")
    told = [
        f"{fact[5]} {fact[7].text('status')}".strip()
        for fact in facts
        if fact[5]
        in ("accepted", "refused", "throttled", "unknown", "receipt", "late_receipt", "ignored")
    ]
    assert told[: len(HEARD[digits])] == HEARD[digits]
    arrives = MAGIC[digits].entry.delivery == "delivered"
    assert ("reached_handset" in kinds(facts)) is arrives
    assert ("orphan_receipt" in kinds(facts)) is (digits == "24")


def test_every_fate_is_told_to_people() -> None:
    """What is documented says what happens, each in words of its own."""
    texts = [fate.text for fate in MAGIC.values()]
    assert len(set(texts)) == len(texts)
