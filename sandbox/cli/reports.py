"""The files a run leaves for other programs: JUnit for build servers, Markdown for pull requests.

A file is written when all runs are over, at one stroke: whoever reads it sees the old one or the
new one, never half of it.
"""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandbox.errors import StorageError

if TYPE_CHECKING:
    from sandbox.app.judged import Told

STANDARD_OUTPUT: Final = "-"
"""What `--summary` takes for standard output."""

STORIES_MAX: Final = 200
"""Of so many failed runs the stories are told."""

_APPENDED: Final = "GITHUB_STEP_SUMMARY"
"""The variable that names the file to which every step of a GitHub job adds its part."""


class Reports:
    """Gathers what there is to tell of each run, and writes the files at the end."""

    def __init__(self, junit: Path | None, summary: str | None) -> None:
        """Know where to write.

        Args:
            junit: The file for build servers; None for none.
            summary: The file for people, or `STANDARD_OUTPUT`; None for none.

        Raises:
            StorageError: a file's folder is not there: better said before hours of runs.
        """
        self._junit = junit
        self._summary = summary
        self._told: list[Told] = []
        self._stories = 0
        for path in (junit, None if summary in {None, STANDARD_OUTPUT} else Path(summary or "")):
            if path is not None:
                _check(path)

    @property
    def are_wanted(self) -> bool:
        """Something will be written."""
        return self._junit is not None or self._summary is not None

    @property
    def take_stories(self) -> bool:
        """The stories of a failed run are still told."""
        return self.are_wanted and self._stories < STORIES_MAX

    def add(self, told: "Told") -> None:
        """Take in what there is to tell of one file and seed."""
        if self.are_wanted:
            self._stories += any(case.story for case in getattr(told, "cases", ()))
            self._told.append(told)

    def write(self) -> None:
        """Write what was asked for.

        Raises:
            StorageError: it cannot be written.
        """
        if self._junit is not None:
            from sandbox.cli.junit import junit_text

            write_whole(self._junit, junit_text(self._told))
        if self._summary is None:
            return
        from sandbox.cli.summary import summary_text

        if self._summary == STANDARD_OUTPUT:
            print(summary_text(self._told))
        else:
            path = Path(self._summary)
            text = summary_text(self._told)
            _tried(path, _append if is_appended(path) else _replace, text)


def write_whole(path: Path, text: str) -> None:
    """Write a file at one stroke; a pipe or a device is simply written to.

    Raises:
        StorageError: it cannot be written.
    """
    _tried(path, _replace, text)


def is_appended(path: Path) -> bool:
    """The file is the one to which every step of a GitHub job adds its part."""
    named = os.environ.get(_APPENDED, "")
    return bool(named) and path.absolute() == Path(named).absolute()


def _check(path: Path) -> None:
    if path.is_dir():
        raise StorageError(f"cannot write {path}: it is a folder")
    if not path.parent.is_dir():
        raise StorageError(f"cannot write {path}: there is no folder {path.parent}")


def _tried(path: Path, write: Callable[[Path, str], None], text: str) -> None:
    try:
        write(path, text)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", "") or str(error)
        raise StorageError(f"cannot write {path}: {reason.lower()}") from error


def _append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(text)


def _replace(path: Path, text: str) -> None:
    path = Path(os.path.realpath(path))  # a link goes on pointing where it points
    if path.exists() and not path.is_file():
        _append(path, text)
        return
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    whole = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as beside:
            beside.write(text)
        whole.chmod(_mode(path))
        whole.replace(path)
    except BaseException:
        with suppress(OSError):
            whole.unlink()
        raise


def _mode(path: Path) -> int:
    """The permissions of the file that is replaced, else what a new file would have."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
