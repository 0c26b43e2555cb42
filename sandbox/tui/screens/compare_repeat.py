"""The comparison on many seeds, in lines below the figures of the one that is shown."""

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Final

from textual.strip import Strip

from sandbox.app.repeating import SURE, SURE_FROM, Ran, Round, Verdict, all_ran, rounds, verdicts
from sandbox.app.side_by_side import Contender
from sandbox.report.definitions import Kind
from sandbox.report.spread import number_text, unit
from sandbox.tui.painting import Pen
from sandbox.tui.widgets.row_list import Wanted

_HEADS: Final = 2
"""Lines above the figures: an empty one, and what they are."""
_NARROWER: Final = 2
"""The names are shorter here, and an error needs the room."""


class Repeat:
    """The rounds of one pair of contenders."""

    def __init__(self) -> None:
        self._contenders: tuple[Contender, Contender] | None = None
        self._done: list[Ran] = []
        self._verdicts: list[Verdict] = []
        self._work: Sequence[Round] = ()
        """The rounds that are running; none that was stopped."""
        self._asked = 0

    @property
    def is_running(self) -> bool:
        """Some rounds have not come back."""
        return bool(self._work)

    @property
    def is_first(self) -> bool:
        """Exactly one seed has come back."""
        return len(self._done) == 1

    def forget(self, contenders: tuple[Contender, Contender]) -> None:
        """Begin with another pair, unless it is the same two."""
        if self._contenders != contenders:
            self._contenders = contenders
            self._done, self._verdicts, self._asked = [], [], 0

    def begin(self) -> list[Round]:
        """The next rounds of this pair; they are running from now on."""
        if self._contenders is None:
            return []
        first, second = self._contenders
        after = self._done[-1].seed if self._done else 0
        work = rounds(first.scenario, second.scenario, after)
        self._asked = len(self._done) + len(work)
        self._work = work
        return work

    def take(self, work: Sequence[Round], ran: Ran) -> bool:
        """One seed of these rounds has come back; whether anybody still waits for it."""
        if self._work is not work:
            return False
        self._done.append(ran)
        self._verdicts = verdicts(self._done)
        if len(self._done) == self._asked:
            self._work = ()
        return True

    def stop(self) -> None:
        """No more is waited for; what came back stays."""
        self._work = ()

    @property
    def progress(self) -> str:
        """How far it is, or how many seeds there were; "" before the first time."""
        if self.is_running:
            return f"{len(self._done)} of {self._asked} seeds"
        many = "1 seed" if self.is_first else f"{len(self._done)} seeds"
        return many if self._done else ""

    @property
    def row_count(self) -> int:
        """Lines there are to draw."""
        return _HEADS + len(self._verdicts) if self.progress else 0

    def strip(self, wanted: Wanted, currency: str, label: int, column: int) -> Strip:
        """One of the lines.

        Args:
            wanted: Its row, from 0; the styles.
            currency: Of all money.
            label: How wide the names of the figures are.
            column: How wide a column is.
        """
        row, width, _, palette = wanted
        label -= _NARROWER
        pen = Pen(width).put(" ", palette.text)
        if row == 0:
            return pen.strip(palette.text)
        if row == 1:
            pen.write(self.progress, palette.accent, label)
            pen.write("A, mean", palette.dim, column).write("B, mean", palette.dim, column)
            return pen.write("B − A", palette.dim).strip(palette.text)
        return self._figure(pen, self._verdicts[row - _HEADS], wanted, (currency, label, column))

    def _figure(
        self, pen: Pen, verdict: Verdict, wanted: Wanted, cells: tuple[str, int, int]
    ) -> Strip:
        palette = wanted.palette
        currency, label, column = cells
        told, kind = verdict.told, verdict.kind
        looks = {-1: (palette.good, palette.text), 1: (palette.text, palette.good)}
        first, second = looks.get(verdict.better, (palette.text, palette.text))
        is_money = kind is Kind.MONEY
        measured = "" if is_money else f" {unit(kind, currency)}"
        pen.write(
            f"{currency} a message" if is_money and currency else verdict.label, palette.dim, label
        )
        means = [number_text(kind, each.mean) + measured for each in (told.first, told.second)]
        pen.write(means[0] + " ✓" * (verdict.better < 0), first, column)
        pen.write(means[1] + " ✓" * (verdict.better > 0), second, column)
        apart = number_text(kind, told.mean, signed=True).replace("-", "−")
        if told.error is not None:
            apart += f" ±{number_text(kind, told.error * SURE)}"
        if told.pairs and not (told.up or told.down):
            apart = "the same"
        elif told.pairs >= SURE_FROM and not verdict.better:
            apart += " ~"
        return pen.write(apart, palette.dim).strip(palette.text)


def run_rounds(
    work: Sequence[Round], is_cancelled: Callable[[], bool], take: Callable[[Ran], None]
) -> None:
    """Run rounds in a thread, and give each as it comes back; none is left behind.

    Args:
        work: As `Repeat.begin` gives them.
        is_cancelled: Asked after each.
        take: Takes what came back.
    """
    with closing(all_ran(work)) as outcomes:
        for outcome in outcomes:
            if is_cancelled():
                return
            take(outcome)
