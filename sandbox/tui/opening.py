"""How the app is opened, and what a viewer in a browser may not do."""

import os
import sys
from dataclasses import dataclass
from typing import Final

NOT_IN_THE_BROWSER: Final = frozenset(
    {
        "apply_file",
        "copy_to_file",
        "duplicate",
        "edit",
        "export",
        "external",
        "go_live",
        "keep",
        "new",
        "report",
        "report_masked",
        "save",
        "save_pinned",
        "save_svg",
        "screenshot",
    }
)
"""Actions that write to the disk of whoever serves the app, start programs, or reach real people.

A screen that gets an action of this kind calls it by one of these names, or adds its own here.
"""

REFUSAL: Final = "not in the browser: whoever started `sandbox web` can do this on a terminal"

_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES: Final = frozenset({"os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link",
                             "os.symlink", "os.truncate", "os.chmod", "shutil.rmtree",
                             "os.system", "os.exec", "os.posix_spawn"})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How the app begins.

    Attributes:
        is_demo: In the presenter's view, with the captions large.
        is_viewer: Somebody in a browser looks at it, who may change the run and nothing else.
        first_card: Show the card of the first start.
        verb: Of the command that opens it; the live lock asks.
    """

    is_demo: bool = False
    is_viewer: bool = False
    first_card: bool = False
    verb: str = "open"


PLAIN: Final = Opening()


def is_refused(action: str, opening: Opening) -> bool:
    """Whether an action is not for who looks at the app."""
    return opening.is_viewer and action in NOT_IN_THE_BROWSER


def forbid_writing() -> None:
    """Let this process change no file from now on; there is no way back.

    A net under `NOT_IN_THE_BROWSER`, for what a list of names forgets: an attempt is an `OSError`,
    which is told as a folder that cannot be written to is.
    """
    sys.dont_write_bytecode = True
    sys.addaudithook(_forbid)


def _forbid(event: str, arguments: tuple[object, ...]) -> None:
    if event in _CHANGES or (event == "sqlite3.connect" and not _is_reading(arguments[0])):
        raise PermissionError(REFUSAL)
    if event == "open":
        path, _, flags = arguments
        is_writing = isinstance(flags, int) and flags & _WRITING
        if is_writing and path != os.devnull and not isinstance(path, int):
            raise PermissionError(REFUSAL)


def _is_reading(database: object) -> bool:
    """Whether a database that is being opened can only be read, or lies in memory."""
    name = str(database)
    return name == ":memory:" or name.endswith("?mode=ro")
