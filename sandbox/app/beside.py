"""Files the app writes into a folder: beside whatever is there, never over it."""

from itertools import count
from pathlib import Path
from typing import TextIO

from sandbox.errors import StorageError


def write_beside(folder: Path, stem: str, suffix: str, text: str) -> Path:
    """Write a file under a name that is not taken: `<stem><suffix>`, else `<stem>-2<suffix>`.

    Args:
        folder: Where.
        stem: The name before its number.
        suffix: With the point.
        text: The whole file.

    Raises:
        StorageError: it cannot be written; nothing is left behind.
    """
    for number in count(1):
        path = folder / (f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}")
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


def _not_written(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"cannot write {path}: {error.strerror or error}",
        hint="Start the app in a folder that can be written to.",
    )
