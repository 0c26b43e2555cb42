"""A session as a scenario file: written beside whatever is there, never over it."""

import re
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Final, TextIO

from sandbox.drivers.retraced import LiveAct, LiveDeed
from sandbox.errors import StorageError
from sandbox.scenario.hand import scenario_by_hand
from sandbox.scenario.model import Scenario
from sandbox.scenario.quantities import exact_text
from sandbox.simulation.spec import HandChange, PlannedAct

UNTIL_MIN_US: Final = 1000
"""The earliest instant at which a scenario may end."""

_NAME_MAX: Final = 60
_ENDING: Final = "-saved"
_OTHER: Final = re.compile(r"[^A-Za-z0-9._-]+")


def scenario_text(
    scenario: Scenario, deeds: Sequence[LiveDeed], until_us: int | None = None
) -> str:
    """The text of a scenario that does by itself what was done in a session.

    Args:
        scenario: What was run, under the seed it was run with.
        deeds: Done by hand, in the order of the log.
        until_us: The last instant of the session; None: as the scenario has it.

    Raises:
        ScenarioError: so many changes do not fit into a scenario.
    """
    resolved = dict(scenario.resolved) | {"seed": scenario.seed}
    note = ""
    if until_us is not None:
        resolved["clock"] = {**resolved["clock"], "until": exact_text(until_us)}
        note = (
            f"It was saved at {exact_text(until_us)} and ends there;"
            " with `clock.until` left out it goes on."
        )
    return scenario_by_hand(resolved, [_written(deed) for deed in deeds], note=note)


def _written(deed: LiveDeed) -> HandChange | PlannedAct:
    if isinstance(deed, LiveAct):
        return PlannedAct(at_us=deed.at_us, act=deed.act, message=deed.message)
    path, change = deed.path, deed.change
    return HandChange(at_us=deed.at_us, provider=deed.provider, path=path, change=change)


def write_anew(folder: Path, name: str, text: str) -> Path:
    """Write a file under a name that is not taken: `<name>-saved.yaml`, else `-saved-2.yaml`.

    Args:
        folder: Where.
        name: Of the scenario; what does not belong into the name of a file is left out.
        text: The whole file.

    Raises:
        StorageError: it cannot be written; nothing is left behind.
    """
    for path in _free_names(folder, name):
        try:
            file = path.open("x", encoding="utf-8")
        except FileExistsError:
            continue
        except OSError as error:
            raise _not_written(path, error) from error
        try:
            with file:
                written(file, text)
        except OSError as error:
            path.unlink(missing_ok=True)
            raise _not_written(path, error) from error
        return path
    raise AssertionError(folder)  # numbers do not end


def written(file: TextIO, text: str) -> None:
    """Put a text into an open file; apart so that a disk can be full in a test."""
    file.write(text)


def _free_names(folder: Path, name: str) -> Iterator[Path]:
    stem = _OTHER.sub("-", name).strip("-.")[:_NAME_MAX] or "session"
    stem = stem.removesuffix(_ENDING)
    for number in count(1):
        ending = _ENDING if number == 1 else f"{_ENDING}-{number}"
        yield folder / f"{stem}{ending}.yaml"


def _not_written(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"cannot write {path}: {error.strerror or error}",
        hint="Start the app in a folder that can be written to.",
    )
