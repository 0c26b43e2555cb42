"""What is known when a session breaks: where it happened, and a report that can be sent to us.

The report holds no text and no number of anybody: the scenario's name and seed, where the run was,
and where in our own code it went wrong.
"""

import platform
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox import __version__
from sandbox.app.beside import write_beside
from sandbox.report.figures import exact_seconds
from sandbox.report.plain import plain

_WHAT_MAX: Final = 200
_FRAMES: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """An error inside the simulation.

    Attributes:
        what: The error, or the law that broke, in a line.
        at_us: The instant shown when it happened.
        line: Lines of the log so far.
        message: The message that the last line is about; None where it is about none.
        trace: Where in the code, outermost first; empty for a law.
    """

    what: str
    at_us: int
    line: int
    message: int | None
    trace: tuple[str, ...] = ()


def where_of(error: BaseException) -> tuple[str, ...]:
    """Where an error came up: files, lines and functions; no values of anything."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return tuple(f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in frames)


def report_text(broken: Breakdown, *, scenario: str, seed: int, digest: str, deeds: int) -> str:
    """The report.

    Args:
        broken: What happened.
        scenario: Its name.
        seed: Of the run.
        digest: Of the log so far.
        deeds: How many things were done by hand.
    """
    message = "none" if broken.message is None else f"m{broken.message}"
    lines = [
        "sandbox: the simulation hit an error",
        "",
        f"what      {plain(broken.what, _WHAT_MAX)}",
        f"instant   {exact_seconds(broken.at_us)} s",
        f"message   {message}",
        f"line      {broken.line} of the log",
        f"scenario  {plain(scenario, _WHAT_MAX)}",
        f"seed      {seed}",
        f"by hand   {deeds}",
        f"digest    {digest}",
        f"version   {__version__}, Python {platform.python_version()}",
    ]
    return "\n".join([*lines, *([""] if broken.trace else []), *broken.trace, ""])


def write_report(folder: Path, text: str) -> Path:
    """Write a report beside whatever is there, never over it.

    Raises:
        StorageError: it cannot be written; nothing is left behind.
    """
    return write_beside(folder, "sandbox-error", ".txt", text)
