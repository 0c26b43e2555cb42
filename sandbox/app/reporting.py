"""The report of a stored run as a file: one page of HTML, beside whatever is there."""

from pathlib import Path

from sandbox.app.beside import write_beside
from sandbox.app.exports import Format, export_run
from sandbox.app.saving import stem_of
from sandbox.app.stored import find_run


def report_run(store: Path | None, name: str, folder: Path, *, redacts: bool) -> Path:
    """Write the report of a stored run: `<scenario>-<run>.html`, else `-2.html`.

    Must not be called where an event loop runs.

    Args:
        store: The file of stored runs; None for the user's own.
        name: The run.
        folder: Where; nothing that is there already is overwritten.
        redacts: Numbers of people, texts and codes are masked.

    Raises:
        UsageError: there is no such run.
        StorageError: the store cannot be read, or the file not be written.
    """
    run = find_run(store, name)
    pieces: list[str] = []
    export_run(store, run.name, Format.HTML, pieces.append, redacts=redacts)
    stem = f"{stem_of(run.scenario)}-{run.name}" + ("-masked" if redacts else "")
    return write_beside(folder, stem, ".html", "".join(pieces))
