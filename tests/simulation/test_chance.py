"""Keyed luck: who and what for, never when."""

import subprocess
import sys
from pathlib import Path

from sandbox.simulation import chance
from sandbox.simulation.chance import Dice

_FIRST_BLOCK = (
    "SUBMIT_OUTCOME", "SUBMIT_LATENCY", "DELIVERY_OUTCOME", "DELIVERY_TIME",
    "FINAL_LOST", "FINAL_DELAY", "SENT_LOST", "SENT_DELAY",
)  # fmt: skip


def test_the_same_key_has_the_same_luck() -> None:
    """Neither order nor repetition changes a draw."""
    dice, again = Dice(1, "provider sms"), Dice(1, "provider sms")
    forwards = [dice.slots(message) for message in range(100)]
    backwards = [again.slots(message) for message in reversed(range(100))]
    assert forwards == backwards[::-1]


def test_seed_purpose_key_and_repetition_each_change_the_luck() -> None:
    """Changing Viber never changes the luck of SMS; a second submission has luck of its own."""
    drawn = {
        Dice(1, "provider sms").slots(7),
        Dice(2, "provider sms").slots(7),
        Dice(1, "provider viber").slots(7),
        Dice(1, "provider sms").slots(8),
        Dice(1, "provider sms").slots(7, 1),
        Dice(1, "provider sms").more_slots(7)[:8],
    }
    assert len(drawn) == 6


def test_every_purpose_has_a_slot_of_its_own() -> None:
    """No two purposes of a block share bits, every slot exists, and no two blocks are alike."""
    names = [name for name in vars(chance) if name.isupper() and not name.startswith("_")]
    blocks = [name for name in names if "BLOCK" in name]
    first = [getattr(chance, name) for name in _FIRST_BLOCK]
    of_receipt = names.index("DUPLICATED")
    second = [getattr(chance, name) for name in names[:of_receipt] if name not in _FIRST_BLOCK]
    receipt = [getattr(chance, name) for name in names[of_receipt:] if name not in blocks]
    assert first == list(range(8))
    assert second == list(range(16))
    slots = [slot for each in receipt for slot in (each if isinstance(each, tuple) else (each,))]
    assert len(slots) == len(set(slots)) <= 16
    assert max(slots) < 16
    dice = Dice(1, "provider sms")
    assert (len(dice.slots(1)), len(dice.more_slots(1)), len(dice.block(2, 1))) == (8, 16, 16)
    assert len({dice.block(getattr(chance, name), 1) for name in blocks}) == len(blocks) == 4
    assert dice.block(2, 1) != dice.block(2, 1, nth=1)


def test_slots_are_uniform_and_independent() -> None:
    """Means and the correlation of neighbours stay within four standard errors."""
    dice, count = Dice(3, "provider sms"), 20_000
    rows = [[draw / 2**32 for draw in dice.slots(message)] for message in range(count)]
    for slot in range(8):
        column = [row[slot] - 0.5 for row in rows]
        assert abs(sum(column) / count) < 4 * (1 / 12 / count) ** 0.5
        beside = [row[(slot + 1) % 8] - 0.5 for row in rows]
        together = sum(a * b for a, b in zip(column, beside, strict=True)) / count
        assert abs(together) < 4 * (1 / 12) / count**0.5


def test_luck_is_the_same_in_another_process() -> None:
    """A draw is a matter of bytes: the hash seed of the process does not show."""
    asked = "print(Dice(1, 'x').slots(5), Dice(1, 'x').unit(5))"
    code = f"from sandbox.simulation.chance import Dice; {asked}"
    told = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    ]  # fmt: skip
    assert told[0] == told[1] == f"{Dice(1, 'x').slots(5)} {Dice(1, 'x').unit(5)}\n"
