"""The table of magic phone numbers, in words."""

from collections.abc import Iterator
from typing import Final

from sandbox.simulation.magic import CHANNELS, MAGIC, PREFIX

ABOUT: Final = f"""\
Whoever has the number {PREFIX}NNN meets a certain fate, whatever shares and traits say.
A script of the message comes before it. The first N is the channel it strikes; on the others
the message arrives. The last two name the fate."""


def magic_table() -> str:
    """What each number does, to be shown in a terminal; lines of at most 100 cells."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield "magic numbers"
    yield from (f"  {line}" for line in ABOUT.splitlines())
    yield ""
    for digit, channel in CHANNELS.items():
        yield f"  {digit}NN  {channel or 'every channel'}"
    yield ""
    for digits, magic in MAGIC.items():
        yield f"  N{digits}  {magic.text}"
