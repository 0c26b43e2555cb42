"""A session as a scenario file: written beside whatever is there, never over it."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sandbox.app.beside import write_beside
from sandbox.drivers.retraced import (
    LiveAct,
    LiveChange,
    LiveDeed,
    LiveForced,
    LiveRequested,
    OutsideDeed,
)
from sandbox.scenario.composing import with_messages
from sandbox.scenario.hand import Done, scenario_by_hand
from sandbox.scenario.model import Scenario
from sandbox.scenario.quantities import exact_text
from sandbox.simulation.spec import HandChange, PlannedAct

UNTIL_MIN_US: Final = 1000
"""The earliest instant at which a scenario may end."""

_NAME_MAX: Final = 60
_SAVED: Final = "-saved"
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
    own = [deed.own for deed in deeds if isinstance(deed, LiveRequested)]
    resolved = with_messages(scenario.resolved, own) | {"seed": scenario.seed}
    note = ""
    if until_us is not None:
        resolved["clock"] = {**resolved["clock"], "until": exact_text(until_us)}
        note = (
            f"It was saved at {exact_text(until_us)} and ends there;"
            " with `clock.until` left out it goes on."
        )
    # What was heard from real providers is no part of a scenario, which simulates all of them.
    elsewhere = OutsideDeed | LiveRequested  # the latter stand in the load
    by_hand = [_written(deed) for deed in deeds if not isinstance(deed, elsewhere)]
    return scenario_by_hand(resolved, by_hand, note=note)


def _written(deed: LiveAct | LiveForced | LiveChange) -> Done:
    match deed:
        case LiveAct():
            return PlannedAct(at_us=deed.at_us, act=deed.act, message=deed.message)
        case LiveForced():
            return deed.hand
        case LiveChange():
            path, change = deed.path, deed.change
            return HandChange(at_us=deed.at_us, provider=deed.provider, path=path, change=change)


def write_anew(folder: Path, name: str, text: str, ending: str = _SAVED) -> Path:
    """Write a file under a name that is not taken: `<name>-saved.yaml`, else `-saved-2.yaml`.

    Args:
        folder: Where.
        name: Of the scenario; what does not belong into the name of a file is left out.
        text: The whole file.
        ending: What comes behind the name, once.

    Raises:
        StorageError: it cannot be written; nothing is left behind.
    """
    return write_beside(folder, f"{stem_of(name).removesuffix(ending)}{ending}", ".yaml", text)


def stem_of(name: str) -> str:
    """The name of a scenario as the begin of a file's name."""
    return _OTHER.sub("-", name).strip("-.")[:_NAME_MAX] or "session"
