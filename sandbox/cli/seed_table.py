"""`--seeds 1..50`: a line for each, and what they come to together."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sandbox.app.judged import Judged, NotRun, Told
from sandbox.app.run import Verdict
from sandbox.report.definitions import Kind, Measure
from sandbox.report.figures import NONE, format_measure
from sandbox.report.plain import plain

FAILED_SHOWN: Final = 20
"""Of so many failed seeds the summary says what failed first."""

_DIGEST_SHOWN: Final = len("sha256:") + 12
_COLUMNS: Final = ("delivered, known", "delivered, true", "time p95", "cost")
_HEADS: Final = ("known", "true", "p95", "cost")
_WIDTHS: Final = (9, 9, 11, 16)


class SeedTable:
    """Prints a line per seed while they are run, and a summary at the end."""

    def __init__(self, name: str, count: int) -> None:
        """Begin with a heading.

        Args:
            name: Of the scenario.
            count: How many seeds there will be.
        """
        self._judged: list[Judged] = []
        self._told: list[Told] = []
        heads = "".join(f"{head:>{width}}" for head, width in zip(_HEADS, _WIDTHS, strict=True))
        print(f"{plain(name)}  {count:,} {'seed' if count == 1 else 'seeds'}")
        print(f"  {'seed':>10}  {'verdict':<11}{heads}  digest")

    def add(self, told: Told) -> None:
        """Print the line of a seed that has been run."""
        if isinstance(told, NotRun):
            self._told.append(told)
            print(f"  {told.seed or '':>10}  {told.verdict:<11}  {told.code}")
            return
        # What is kept of thousands of seeds is their figures, not all of their cases.
        self._told.append(replace(told, cases=tuple(told.failed[:1])))
        cells = "".join(
            f"{told.figure(label):>{width}}" for label, width in zip(_COLUMNS, _WIDTHS, strict=True)
        )
        print(f"  {told.seed:>10}  {told.verdict:<11}{cells}  {told.digest[:_DIGEST_SHOWN]}")

    def close(self) -> None:
        """Print what all of them come to."""
        judged = [told for told in self._told if isinstance(told, Judged)]
        if len(judged) > 1:
            print("\n".join(_spread(judged)))
        failed = [told for told in self._told if told.verdict is not Verdict.PASSED]
        for told in failed[:FAILED_SHOWN]:
            print("\n".join(_why(told)))
        if len(failed) > FAILED_SHOWN:
            print(f"  and {len(failed) - FAILED_SHOWN:,} more")
        passed = len(self._told) - len(failed)
        print(f"{len(self._told):,} seeds: {passed:,} passed, {len(failed):,} did not")


def _why(told: Told) -> list[str]:
    if isinstance(told, NotRun):
        return [f"  {told.verdict}  seed {told.seed}  {told.code}"]
    first = next(iter(told.failed), None)
    what = "" if first is None else f"{first.name}: {first.seen}"
    return [f"  {told.verdict}  seed {told.seed}  {what}", f"    {told.again.command}"]


def _spread(judged: Sequence[Judged]) -> list[str]:
    lines = [f"  {'':<18}{'min':>16}{'median':>16}{'max':>16}"]
    for label in judged[0].figures:
        measures = [told.figures[label] for told in judged]
        low, middle, high = (
            NONE if each is None else format_measure(each, judged[0].currency)
            for each in spread(measures)
        )
        lines.append(f"  {label:<18}{low:>16}{middle:>16}{high:>16}")
    return lines


def spread(measures: Sequence[Measure]) -> tuple[Measure | None, Measure | None, Measure | None]:
    """The least, the median by nearest rank, and the greatest of what has a value."""
    values = sorted(m.value for m in measures if m.value is not None)
    if not values:
        return None, None, None
    kind: Kind = measures[0].kind
    count = len(values)
    low, middle, high = (
        Measure(kind, value, count) for value in (values[0], values[(count - 1) // 2], values[-1])
    )
    return low, middle, high
