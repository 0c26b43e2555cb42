"""A session kept as a stored run: through the scenario it would be saved as."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

from sandbox.app.record import Kept, keep_run
from sandbox.app.session import Session
from sandbox.scenario.loader import load

_WHOLE: Final = Fraction(1)

Told = Callable[[Fraction], None]
"""Takes how much is done, 0 to 1."""


class Keepsake(NamedTuple):
    """What is needed of a session to run it once more, while the session itself goes on.

    Attributes:
        text: Of the scenario that leads to the same log by itself.
        file: The file the session was opened from; "" for none.
        until_us: The instant the session had come to.
    """

    text: str
    file: str
    until_us: int


def keepsake_of(session: Session) -> Keepsake:
    """Take down what a session is made of, up to the end of the instant shown.

    Raises:
        ScenarioError: so many changes do not fit into a scenario.
    """
    text = session.text()
    return Keepsake(text, session.scenario.file, session.now_us)


def keep(keepsake: Keepsake, path: Path | None, told: Told) -> Kept:
    """Run a session once more, and keep the run; must not be called where an event loop runs.

    Args:
        keepsake: What it is made of.
        path: The file of stored runs; None for the user's own.
        told: Called now and then.

    Raises:
        StorageError: the file cannot be used.
    """
    scenario = replace(load(keepsake.text, is_resolved=True), file=keepsake.file)
    until_us = keepsake.until_us

    def progress(now_us: int, _: int) -> None:
        told(min(Fraction(now_us, until_us), _WHOLE) if until_us else _WHOLE)

    return keep_run(scenario, path, progress=progress)
