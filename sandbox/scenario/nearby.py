"""Files a scenario names: opened only where it may, and never waited for.

A path in a scenario is relative to the file it stands in. It stays inside that file's folder, links
resolved, or below the presets that ship with the program; a path that says otherwise is refused
before anything is opened. A scenario may come from anybody, so that a named pipe, a device, a huge
file or a link to a password file is an error too, and not a hang or a leak into an error message.
"""

import os
import re
import stat
from pathlib import Path
from typing import Final, NamedTuple

from sandbox.errors import UsageError
from sandbox.scenario import library
from sandbox.scenario.codes import Code
from sandbox.scenario.nodes import BESIDE, LINE_BREAK, Mark, ScalarNode, Source
from sandbox.scenario.problems import BAD, Bad, Problems
from sandbox.scenario.reader import SIZE_MAX, without_bom

PRESETS: Final = "presets"
"""The folder of shipped files, below the shipped scenarios; paths begin with its name."""

_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
)
"""The path has no links left, and a pipe put there since is not waited for."""

_WRITE_RELATIVE: Final = "write a path relative to this file"


class Nearby(NamedTuple):
    """A file that was read.

    Attributes:
        text: Its content, without a byte order mark.
        name: How it is shown.
        path: Where it is, links resolved.
        source: What positions in it point into; files it names in turn lie beside it.
    """

    text: str
    name: str
    path: Path
    source: Source

    def node(self, place: str) -> ScalarNode:
        """All of the content as one text, whose position is the file's beginning."""
        return ScalarNode(self.text, Mark(self.source, 1, 1), plain=False, place=place)


def read_nearby(node: ScalarNode, problems: Problems) -> Nearby | Bad:
    """Read the file a node names; what is wrong points at the node.

    Args:
        node: Holds the path; its source knows the folder.
        problems: Takes a bad path, and a file that cannot be read, is too big, or is not UTF-8.
    """
    complaint = _complaint(node.text)
    if complaint is not None:
        text, note = complaint
        return problems.add(node, Code.BAD_PATH, text, note=note)
    found = _find(node, problems)
    if found is BAD:
        return BAD
    try:
        raw = _content(found.path)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "no such file").lower()
        text = f"cannot read '{node.text}': {reason}"
        return problems.add(node, Code.UNREADABLE_FILE, text, note=f"looked for {found.name}")
    if len(raw) > SIZE_MAX:
        text = f"the file '{node.text}' is larger than {SIZE_MAX // 1024} KiB"
        return problems.add(node, Code.FILE_TOO_BIG, text, note="make it shorter")
    try:
        content = without_bom(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = len(LINE_BREAK.split(raw[: error.start].decode("utf-8")))
        text = f"the byte 0x{raw[error.start]:02x} in line {line} of '{node.text}' is not UTF-8"
        return problems.add(node, Code.NOT_UTF8, text, note="save that file as UTF-8")
    source = Source(found.name, content, rank=BESIDE, folder=found.folder, included_from=node.mark)
    return Nearby(content, found.name, found.path, source)


def _complaint(path: str) -> tuple[str, str] | None:
    """What is wrong with a path as it is written, and what to do; None: nothing."""
    if not path.strip():
        return "this path is empty", "name a file"
    if any(not char.isprintable() for char in path):
        return "a path has no control characters", _WRITE_RELATIVE
    if path.startswith(("/", "~", "\\")) or re.match("[A-Za-z]:", path):
        return f"'{path}' is not relative to the file it stands in", _WRITE_RELATIVE
    if "\\" in path:
        return "a path has / between names, no backslash", "write /"
    if ":" in path:
        return "a path has no colon", _WRITE_RELATIVE
    if ".." in path.split("/"):
        return f"'{path}' leads out of the folder it stands in", "put the file beside this one"
    return None


class _Found(NamedTuple):
    """Where a file is: how it is shown, links resolved, and the folder it is named from."""

    name: str
    path: Path
    folder: Path


def _find(node: ScalarNode, problems: Problems) -> _Found | Bad:
    """Where a file of a well-formed path is; nothing is opened."""
    beside, written = node.mark.source.folder, Path(node.text)
    shipped = _shipped() if written.parts[:1] == (PRESETS,) else None
    if beside is not None and (shipped is None or os.path.lexists(beside / written)):
        root, path, name = beside, beside / written, str(beside / written)
    elif shipped is not None:
        root, path, name = shipped / PRESETS, shipped / written, written.as_posix()
    else:
        text = f"there is no folder to look for '{node.text}' in"
        note = "put the scenario into a file, and this one beside it"
        return problems.add(node, Code.UNREADABLE_FILE, text, note=note)
    # Not `Path.resolve`, which raises where links go in circles; opening such a path fails anyway.
    real = Path(os.path.realpath(path))
    if not real.is_relative_to(os.path.realpath(root)):
        text = f"'{node.text}' is a link that leads out of the folder"
        return problems.add(node, Code.BAD_PATH, text, note="put the file itself there")
    return _Found(name, real, path.parent)


def _shipped() -> Path | None:
    try:
        return library.folder()
    except UsageError:
        return None


def _content(path: Path) -> bytes:
    """The bytes of a regular file, or one more than a file may have.

    Raises:
        OSError: there is none, it may not be read, or it is something else.
    """
    _check_regular(path.stat())  # before it is opened: opening a device may do something
    descriptor = os.open(path, _FLAGS)
    with os.fdopen(descriptor, "rb") as file:
        _check_regular(os.fstat(descriptor))
        return file.read(SIZE_MAX + 1)


def _check_regular(found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(0, "it is a folder")
    if not stat.S_ISREG(found.st_mode):
        raise OSError(0, "it is not a file")
