"""`sandbox run --watch`: a verdict whenever a file is saved, and what it changed.

Files are looked at, not listened to: an editor may write into the file, or put another in its
place, or take several moments over it. A file counts as saved when it has stood still for one look.
What is watched is the scenario and every file it uses.
"""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from sandbox.app.judged import Again, Judged, judge, named_as
from sandbox.app.run import Verdict, run_loaded
from sandbox.cli.progress import ProgressLine
from sandbox.cli.run import How, expand
from sandbox.cli.simulated import tell_simulated
from sandbox.errors import ExitCode, SandboxError
from sandbox.report.plain import plain
from sandbox.scenario.loader import load
from sandbox.scenario.nodes import ListNode, MapNode, Node, Source

LOOK_EVERY_S: Final = 0.04
"""From one look at the files to the next: a save is noticed within two of them."""

LOOKS_FOR_NONE: Final = 25
"""A file that is not there, or empty, for so many looks is gone, and not just being saved."""

FAILED_SHOWN: Final = 8
"""Of so many cases that do not hold the verdict says what was seen."""

Stamp = tuple[int, int, int] | None
"""Time, size and identity of a file; None: there is none, or nothing in it."""


def watch(
    names: Sequence[str], how: How, *, wait: Callable[[], None] = lambda: time.sleep(LOOK_EVERY_S)
) -> ExitCode:
    """Run scenarios now and after every save, until somebody breaks it off.

    Args:
        names: Files, built-in names, or folders.
        how: What was asked for; nothing is kept and no reports are written.
        wait: Lets a moment pass between two looks.

    Raises:
        UsageError: a name is neither a file, a folder nor a built-in scenario.
        KeyboardInterrupt: always, in the end.
    """
    watched = [_Watched(file, how) for file in expand(names)]
    for one in watched:
        one.run()
    words = "1 scenario" if len(watched) == 1 else f"{len(watched)} scenarios"
    print(f"watching {words}; Ctrl-C ends it", file=sys.stderr, flush=True)
    while True:
        wait()
        for one in watched:
            one.look()


class _Watched:
    """One scenario: the files it is made of, and how it did the last time."""

    def __init__(self, file: Path, how: How) -> None:
        self._file = file
        self._how = how
        self._files: tuple[Path, ...] = (file,)
        self._ran: tuple[Stamp, ...] = ()
        """How the files stood when they were last run."""
        self._seen: tuple[Stamp, ...] = ()
        """How they stood at the last look."""
        self._looks = 0
        """For how many looks they have stood still."""
        self._last: Judged | None = None

    def look(self) -> None:
        """Run again if the files have changed and stand still."""
        stamps = self._stamps()
        stands_still = stamps == self._seen
        self._seen = stamps
        if not stands_still:
            self._looks = 0
        elif stamps != self._ran:
            # An editor that puts another file in its place may leave a moment with none.
            self._looks += 1
            if all(stamps) or self._looks >= LOOKS_FOR_NONE:
                self.run()

    def run(self) -> None:
        """Run it, and print the verdict and what changed."""
        # Looked at before it is read: a save in between is noticed at the next look.
        stamps = dict(zip(self._files, self._stamps(), strict=True))
        try:
            judged, files = self._judged()
        except SandboxError as error:
            self._print_error(error)
            files = _files(self._file, error, self._files)
        else:
            _print_verdict(judged, self._last)
            self._last = judged
        self._files = files
        self._ran = self._seen = tuple(stamps[f] if f in stamps else _stamp(f) for f in files)
        self._looks = 0

    def _stamps(self) -> tuple[Stamp, ...]:
        return tuple(map(_stamp, self._files))

    def _judged(self) -> tuple[Judged, tuple[Path, ...]]:
        how = self._how
        scenario = load(self._file, overrides=how.overrides, seed=how.seed)
        if self._last is None:
            tell_simulated(scenario)
        progress = ProgressLine(scenario.name)
        try:
            result = run_loaded(scenario, strict=how.strict, progress=progress)
        finally:
            progress.close()
        again = Again(
            file=named_as(self._file),
            seed=result.seed,
            overrides=how.overrides,
            is_strict=how.strict,
        )
        names = [*file_names(scenario.tree), *map(str, scenario.used_files)]
        files = _with(self._file, names)
        return judge(result, again, with_stories=False), files

    def _print_error(self, error: SandboxError) -> None:
        print(f"{_clock()}  {plain(named_as(self._file))}  ERROR")
        for line in str(error).splitlines():
            print(f"  {line}")
        print(end="", flush=True)


# The files ---------------------------------------------------------------------------------------


def _stamp(file: Path) -> Stamp:
    try:
        found = file.stat()
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino) if found.st_size else None


def file_names(tree: Node) -> set[str]:
    """The names of the files a scenario's values come from, and of what is set by hand."""
    return {source.name for source in _sources(tree) if not source.is_built_in}


def _sources(node: Node) -> set[Source]:
    found = {node.mark.source}
    match node:
        case MapNode():
            for key, value in node:
                found |= {key.mark.source} | _sources(value)
        case ListNode():
            for item in node.items:
                found |= _sources(item)
        case _:
            pass
    return found


def _with(file: Path, names: Iterable[str]) -> tuple[Path, ...]:
    """A scenario and the files among its sources; what is built in or set by hand is none."""
    others = {Path(name) for name in names if name != str(file) and _stamp(Path(name))}
    return (file, *sorted(others))


def _files(file: Path, error: SandboxError, before: tuple[Path, ...]) -> tuple[Path, ...]:
    """What a broken scenario is made of: what it was made of, and where its problems are."""
    marks = [getattr(problem, "mark", None) for problem in getattr(error, "problems", ())]
    names = [mark.source.name for mark in marks if mark is not None]
    return _with(file, [*names, *map(str, before)])


# What is printed ---------------------------------------------------------------------------------


class _Change(NamedTuple):
    """What a save changed, in words."""

    what: str
    before: str
    now: str


def _print_verdict(judged: Judged, before: Judged | None) -> None:
    held = sum(case.holds for case in judged.cases if case.group == "expect")
    count = sum(case.group == "expect" for case in judged.cases)
    verdict = judged.verdict if judged.verdict is Verdict.PASSED else judged.verdict.upper()
    print(
        f"{_clock()}  {judged.scenario}  {verdict}  {held} of {count} expectations hold  "
        f"{judged.figure('delivered, known')} known, {judged.figure('delivered, true')} true  "
        f"{judged.figure('cost')}"
    )
    failed = judged.failed
    for case in failed[:FAILED_SHOWN]:
        print(f"  FAILED {case.name}: saw {case.seen}")
    if len(failed) > FAILED_SHOWN:
        print(f"  and {len(failed) - FAILED_SHOWN} more")
    if before is not None:
        for change in changes(before, judged):
            print(f"  {change.what}: {change.before} -> {change.now}")
        if before.digest == judged.digest:
            print("  the log is the same")
    print(end="", flush=True)


def changes(before: Judged, now: Judged) -> Iterator[_Change]:
    """The cases that hold now and did not, or the other way round; then the figures that moved."""
    held: Mapping[tuple[str, str], bool] = {(c.group, c.name): c.holds for c in before.cases}
    for case in now.cases:
        was = held.get((case.group, case.name))
        if was is not None and was != case.holds:
            yield _Change(case.name, _holds(was), _holds(case.holds))
    for label in now.figures:
        old, new = before.figure(label), now.figure(label)
        if old != new:
            yield _Change(label, old, new)


def _holds(holds: bool) -> str:  # noqa: FBT001 - it is a word of the language made one of ours
    return "holds" if holds else "failed"


def _clock() -> str:
    return datetime.now().astimezone().strftime("%T")
