"""A message explained: why the engine left each entry of its path, and what else could have been.

    lines = why_lines(explained)

The explanation is a value, for screens and programs alike; the lines are for people. What comes
from outside is made fit to be shown, and is still to be shown without markup.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sandbox.report.explanations import REASON_LENGTH
from sandbox.report.figures import exact_seconds, money_text
from sandbox.report.leaving import Cause, Fired, Leaving, Setting
from sandbox.report.plain import cells, plain
from sandbox.report.what_ifs import Fate, Question, WhatIf

_QUESTIONS: Final = {
    Question.WAITED: "had it waited",
    Question.WITHOUT_LEVEL: "without level",
}
_LABEL: Final = 15
"""Room for the words in front of a line."""

_VALUE_SHOWN: Final = 48
"""Longer values of settings are cut: their place is what counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A message of a run, explained.

    Attributes:
        name: "" unless the scenario names it.
        currency: Of all prices; "" when there are none.
        fate: What became of it.
        late: What was heard of attempts the engine had left.
        leavings: One for each entry of the path, in order.
        what_ifs: Answers to what could have been, each with the entry it belongs to, from 0.
        notes: What a reader must know of the answers, in sentences.
    """

    message: int
    name: str
    cascade: str
    currency: str
    fate: Fate
    late: tuple[str, ...]
    leavings: tuple[Leaving, ...]
    what_ifs: tuple[tuple[int, WhatIf], ...]
    notes: tuple[str, ...] = ()


def why_lines(explained: Explained) -> list[str]:
    """The explanation as lines of text; truth is marked with `~`."""
    lines = [_title(explained)]
    for position, leaving in enumerate(explained.leavings):
        answers = [answer for place, answer in explained.what_ifs if place == position]
        lines += ["", *_leaving(position, leaving, answers)]
    lines += ["", *_closing(explained)]
    return lines


def _title(explained: Explained) -> str:
    name = f" {plain(explained.name, REASON_LENGTH)}" if explained.name else ""
    fate = explained.fate
    outcome = plain(fate.outcome) or "still without an outcome"
    through = f" by {plain(fate.channel)}" if fate.channel else ""
    after = "" if fate.took_us is None else f" after {exact_seconds(fate.took_us)} s"
    title = f"m{explained.message}{name} through {plain(explained.cascade)}"
    return f"{title}: {outcome}{through}{after}"


def _leaving(position: int, leaving: Leaving, answers: Sequence[WhatIf]) -> Iterator[str]:
    yield _head(position, leaving)
    for nth, fired in enumerate(leaving.rules):
        yield _line("rule" if nth == 0 else "", f"{fired.number}: {fired.words}")
        yield from _settings(fired)
    yield from _lines("caused by", map(_cause, leaving.causes))
    yield from _lines("known then", [", ".join(leaving.known)] if leaving.known else [])
    yield from _lines("~ true then", leaving.truth)
    yield from _lines("afterwards", leaving.later)
    for answer in answers:
        yield _line(_QUESTIONS[answer.question], answer.words)


def _head(position: int, leaving: Leaving) -> str:
    attempt = f", attempt {leaving.attempt}" if leaving.attempt else ""
    via = f" via {plain(leaving.provider)}" if leaving.provider else ""
    where = f" ({leaving.level_where})" if leaving.level_where else ""
    began = exact_seconds(leaving.began_us)
    left = f"from {began} s, not left" if leaving.left_us is None else f"at {began} s"
    if leaving.left_us is not None and leaving.left_us != leaving.began_us:
        left = f"from {began} to {exact_seconds(leaving.left_us)} s"
    then = f" → {leaving.then}" if leaving.then else ""
    entry = plain(leaving.entry)
    return f"{position + 1}. {entry}  level {leaving.level}{where}{attempt}{via}, {left}{then}"


def _settings(fired: Fired) -> Iterator[str]:
    width = max((cells(_setting(each)) for each in fired.settings), default=0)
    for each in fired.settings:
        text = _setting(each)
        gap = " " * (width - cells(text) + 2)
        yield _line("", f"  {text}{gap}{each.where}".rstrip())


def _setting(setting: Setting) -> str:
    return f"{setting.path}: {plain(setting.value, _VALUE_SHOWN)}"


def _cause(cause: Cause) -> str:
    mark = "~ " if cause.is_truth else ""
    return f"line {cause.seq} at {exact_seconds(cause.offset_us)} s: {mark}{cause.words}"


def _lines(label: str, lines: "Sequence[str] | map[str]") -> Iterator[str]:
    for nth, line in enumerate(lines):
        yield _line(label if nth == 0 else "", line)


def _line(label: str, text: str) -> str:
    return f"   {label:<{_LABEL}}{text}"


def _closing(explained: Explained) -> Iterator[str]:
    fate, money = explained.fate, explained.currency
    yield f"path  {plain(', '.join(fate.path))}"
    if explained.late:
        yield f"late  {plain(', '.join(explained.late))}"
    known, true = money_text(fate.ledger_nano, money), money_text(fate.bill_nano, money)
    yield f"cost  {known} known, {true} true"
    yield from (f"note  {note}" for note in explained.notes)
