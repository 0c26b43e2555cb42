"""The table of magic phone numbers."""

import re
from pathlib import Path

from sandbox.report.magic_numbers import magic_table
from sandbox.simulation.magic import CHANNELS, MAGIC, PREFIX

PAGE = Path(__file__).parents[2] / "sandbox" / "docs" / "scenario-format.md"


def test_every_number_is_in_the_table() -> None:
    """The prefix, each channel and each fate, on lines a terminal can show."""
    table = magic_table()
    assert f"{PREFIX}NNN" in table
    for digit, channel in CHANNELS.items():
        assert f"  {digit}NN  {channel or 'every channel'}\n" in table
    for digits, magic in MAGIC.items():
        assert f"  N{digits}  {magic.text}" in table.splitlines()
    assert all(len(line) <= 100 for line in table.splitlines())


def test_the_reference_has_the_same_table() -> None:
    """What the documentation promises is what the numbers do."""
    page = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"(?m)^\| `N([0-9]{2})` \| (.*) \|$", page)
    assert dict(rows) == {digits: magic.text for digits, magic in MAGIC.items()}
    assert f"`{PREFIX}NNN`" in page
