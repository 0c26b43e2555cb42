"""What the timeline shows instead of events: why a message fell, and what it cost.

The words are those of `sandbox show`; here they are broken to the width of a panel and get colours.
"""

from typing import TYPE_CHECKING, Final

from rich.style import Style
from textual.strip import Strip

from sandbox.report.definitions import Side
from sandbox.report.figures import exact_seconds, money_text
from sandbox.report.ledger import COST, RESERVED, Book, Movement, Posting
from sandbox.tui.painting import Pen, fit_right
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.timeline import wrapped

if TYPE_CHECKING:
    from sandbox.report.why import Explained

_LABEL: Final = 18
"""Where the text of a line begins that has a label before it: three blanks and fifteen cells."""

_OFFSET: Final = 9
_CHANNEL: Final = 9
_SUM: Final = 10


def why_strips(explained: "Explained", width: int, palette: Palette) -> list[Strip]:
    """Why each entry of a path was left, entry by entry."""
    from sandbox.report.why import why_lines  # noqa: PLC0415 - the first picture needs none of it

    return [strip for line in why_lines(explained)[1:] for strip in _why(line, width, palette)]


def _why(line: str, width: int, palette: Palette) -> list[Strip]:
    label, text = line[:_LABEL], line[_LABEL:]
    if not line.startswith("   "):  # the head of an entry, or a closing line
        look = palette.strong if line[:1].isdecimal() else palette.dim
        return _hanging("", line, 3, (look, look), width, palette)
    look = palette.text
    match label.strip():
        case "rule":
            look = palette.warn
        case "~ true then":
            look = palette.dim
        case "had it waited" | "without level":
            look = palette.accent
        case _:
            pass
    indent = _LABEL + len(text) - len(text.lstrip())
    return _hanging(line[:indent], text.strip(), indent, (palette.dim, look), width, palette)


def _hanging(
    label: str, text: str, indent: int, looks: tuple[Style, Style], width: int, palette: Palette
) -> list[Strip]:
    """A text behind a label; what does not fit goes on below, indented."""
    indent = min(indent, width // 2)
    first = len(label) or 0
    pieces = wrapped(text, max(width - (first or indent) - 1, 8))
    pen = Pen(width).put(" ", looks[0]).write(label, looks[0]).write(pieces[0], looks[1])
    lines = [pen.strip(palette.text)]
    return lines + [
        Pen(width).tab(indent + 1, palette.text).write(piece, looks[1]).strip(palette.text)
        for piece in pieces[1:]
    ]


def money_strips(book: Book, currency: str, width: int, palette: Palette) -> list[Strip]:
    """Every entry with what it moved, and what its side came to by it; the sums last."""
    if not book.entries:
        return [Pen(width).write(" nothing of it has a price", palette.dim).strip(palette.text)]
    title = f"money, {currency}" if currency else "money"
    pen = Pen(width).write(f" {title}", palette.dim, max(width - 2 * _SUM, 0))
    pen.put(fit_right("amount", _SUM), palette.dim).put(fit_right("sum", _SUM), palette.dim)
    lines = [pen.strip(palette.text)]
    sums = {"reserved": 0, "known": 0, "true": 0}
    for told in book.entries:
        what = _sum_of(told)
        if what:
            sums[what] += told.amount_nano
        so_far = _amount(sums[what], currency) if what else ""
        lines.append(
            _entry(told, book, (_amount(told.amount_nano, currency), so_far), palette, width)
        )
    return [*lines, Strip.blank(width, palette.text), *_totals(book, currency, width, palette)]


def _sum_of(told: Posting) -> str:
    """Which sum an entry moves; a duplicate is written already, and moves none."""
    if told.movement in RESERVED:
        return "reserved"
    if told.movement not in COST:
        return ""
    return "known" if told.side is Side.KNOWN else "true"


def _entry(
    told: Posting, book: Book, amounts: tuple[str, str], palette: Palette, width: int
) -> Strip:
    is_truth = told.side is Side.TRUTH
    look = palette.dim if is_truth or told.movement in RESERVED else palette.text
    if told.movement in (Movement.DUPLICATE, Movement.REFUND):
        look = palette.warn
    offset = exact_seconds(told.at_us - book.requested_at_us)
    pen = Pen(width).put(f"{offset:>{_OFFSET}} ", palette.dim)
    pen.write(told.channel, palette.channel(told.channel), _CHANNEL)
    pen.put("~ " if is_truth else "  ", palette.dim)
    pen.write(f"{told.movement}: {told.because}", look, max(pen.room - 2 * _SUM, 0))
    pen.put(fit_right(amounts[0], _SUM), look).put(fit_right(amounts[1], _SUM), palette.dim)
    return pen.strip(palette.text)


def _totals(book: Book, currency: str, width: int, palette: Palette) -> list[Strip]:
    known, true = (money_text(book.sum_of(side, *COST), currency) for side in Side)
    lines = [(f"cost  {known} known, {true} true", palette.text if known == true else palette.warn)]
    still = book.sum_of(Side.KNOWN, *RESERVED)
    if still:
        lines.append((f"still reserved  {money_text(still, currency)}", palette.dim))
    twice = [book.sum_of(side, Movement.DUPLICATE) for side in Side]
    if any(twice):
        words = [money_text(nano, currency) for nano in twice]
        lines.append((f"paid twice  {words[0]} known, {words[1]} true", palette.warn))
    if book.hidden_nano:
        lines.append((f"and nobody knew  {money_text(book.hidden_nano, currency)}", palette.bad))
    return [Pen(width).put(" ", look).write(text, look).strip(palette.text) for text, look in lines]


def _amount(nano: int, currency: str) -> str:
    return money_text(nano, currency).removesuffix(currency).rstrip()
