"""`sandbox live record` and `sandbox live fit`: what vendors said, kept and made use of."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from sandbox.cli import live_values
from sandbox.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from sandbox.app.recording import Recorder
    from sandbox.scenario.model import Scenario

RECORD: Final = "record"
FIT: Final = "fit"

_OF_REHEARSAL: Final = ("adapter", "poll")
_OF_LIVE: Final = (
    "base_urls", "hosts", "allow", "max_price", "confirm", "public_url", "port", "deaf",
)  # fmt: skip
"""What would be typed for nothing, and perhaps in the belief that it matters."""
_FLAGS: Final = {"base_urls": "--base-url", "hosts": "--host"}


class _Words(Protocol):
    """What `add_subparsers` gives."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:  # noqa: A002 - argparse's own name
        """Add a word."""


def add_words(words: _Words, speed: Fraction) -> None:
    """Describe both words to the parser of `live`.

    Args:
        words: Where they go.
        speed: Of a rehearsal, where none is typed.
    """
    record = words.add_parser(
        RECORD, help="run or rehearse, and keep what vendors say, masked, as a cassette"
    )
    live_values.add_scenario(record)
    record.add_argument("--cassette", metavar="OUT", type=Path, required=True,
                        help="the new file")  # fmt: skip
    record.add_argument("--rehearse", action="store_true",
                        help="as `live rehearse`: through fakes on this machine")  # fmt: skip
    record.add_argument("--adapter", metavar="NAME", default="",
                        help="with --rehearse: for every provider it can carry")  # fmt: skip
    record.add_argument("--speed", metavar="N", type=live_values.speed, default=speed,
                        help="with --rehearse: so many times faster than the clock")  # fmt: skip
    record.add_argument("--poll", action="store_true",
                        help="with --rehearse: ask the vendors that can be asked")  # fmt: skip
    record.add_argument("--no-store", action="store_true",
                        help="with --rehearse: keep nothing but the cassette")  # fmt: skip
    live_values.add_reaching(record)
    live_values.add_sending(record)

    fit = words.add_parser(FIT, help="print providers for a scenario, as a cassette has them")
    fit.add_argument("cassette", metavar="CASSETTE", type=Path, help="the file")
    fit.add_argument("--provider", metavar="NAME", default="", help="only this one")


def is_rehearsed(arguments: argparse.Namespace) -> bool:
    """Whether what is recorded is a rehearsal.

    Raises:
        UsageError: it was not said, or both were; or an option is about the other.
    """
    if arguments.rehearse == arguments.live:
        raise UsageError(
            "live record wants one of --rehearse and --live",
            hint="--rehearse stays on this machine; --live really sends, behind the live lock.",
        )
    asked = "--rehearse" if arguments.rehearse else "--live"
    for name in _OF_LIVE if arguments.rehearse else _OF_REHEARSAL:
        if getattr(arguments, name):
            flag = _FLAGS.get(name, f"--{name.replace('_', '-')}")
            raise UsageError(f"{flag} does not go with {asked}")
    return bool(arguments.rehearse)


@contextmanager
def watching(
    arguments: argparse.Namespace, scenario: "Scenario", *, is_rehearsal: bool
) -> "Iterator[Recorder | None]":
    """Who looks on while something is run: a recorder, where one was asked for.

    Says at the end what was recorded.

    Raises:
        UsageError: there is such a file already.
        StorageError: it cannot be written.
    """
    path: Path | None = getattr(arguments, "cassette", None)
    if path is None:
        yield None
        return
    from sandbox.app.recording import recording

    speed = arguments.speed if is_rehearsal else Fraction(1)
    recorder = None
    try:
        with recording(path, scenario, is_rehearsal=is_rehearsal, speed=speed) as recorder:
            yield recorder
    finally:
        if recorder is not None:
            print(*_told(recorder, path), sep="\n", file=sys.stderr)


def _told(recorder: "Recorder", path: Path) -> Iterator[str]:
    from sandbox.report.plain import plain

    counts, name = recorder.counts, plain(str(path), 200)
    yield from (f"trouble: {plain(each, 200)}" for each in recorder.troubles)
    if not counts.exchanges:
        yield f"nothing was exchanged, so there is no {name}"
        return
    yield (f"recorded in {name}, masked: {counts.exchanges:,} exchanges, and {counts.said:,} times "
           "something said of them later")  # fmt: skip
    if counts.lost:
        yield f"  {counts.lost:,} of these are about no message of ours"
    if counts.passed_over:
        yield f"  {counts.passed_over:,} more were no news of a message, and are left out"


def fit(arguments: argparse.Namespace) -> ExitCode:
    """Print what a scenario may write of the providers of a cassette.

    Raises:
        UsageError: there is no such cassette, or no such provider in it.
    """
    from sandbox.app.cassette import read_cassette
    from sandbox.app.fitting import fitted

    answer = fitted(read_cassette(arguments.cassette), arguments.provider)
    print("\n".join(answer.lines))
    for warning in answer.warnings:
        print(f"sandbox: warning: {warning}", file=sys.stderr)
    return ExitCode.PASSED
