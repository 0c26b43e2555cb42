"""Keep one scenario again and again, and be killed at the first write, the second, and so on.

    python -m tests.support.killed_runs FOLDER

Leaves `1.sqlite`, `2.sqlite` … in the folder, each as the process left it, and beside each how many
lines had been acknowledged by then. The last one is whole: there were no more writes.
"""

import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Final

from sandbox.app.record import keep_run
from sandbox.drivers import retraced, virtual
from sandbox.scenario.loader import load
from sandbox.store.writer import open_writer
from tests.support.kept import SCENARIO, killed_at

LINES_AT_ONCE: Final = 400
PIECE: Final = 256
"""Smaller pieces of the log than usual, so that this small run is written in several."""


def keep_until_killed(folder: Path, write: int) -> None:
    """Keep the scenario; most calls do not come back."""
    retraced.FACTS_PER_PIECE = virtual.FACTS_PER_PIECE = PIECE  # type: ignore[attr-defined, misc]  # here alone
    path = folder / f"{write}.sqlite"
    database = killed_at(write, folder / f"{write}.acknowledged")
    opening = partial(open_writer, database=database)
    keep_run(load(SCENARIO), path, opening=opening, batch=LINES_AT_ONCE)


def main(folder: Path) -> None:
    """Fork a child for each write until one survives."""
    write = 0
    while True:
        write += 1
        child = os.fork()
        if not child:
            keep_until_killed(folder, write)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            sys.exit(os.WEXITSTATUS(status))
        if os.WTERMSIG(status) != signal.SIGKILL:
            sys.exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
