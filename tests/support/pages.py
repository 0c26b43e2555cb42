"""Messages and pages made by hand, and a reader that looks at a page as a browser would."""

import re
from collections.abc import Iterable, Sequence
from html.parser import HTMLParser
from typing import Final, NamedTuple

from sandbox.report.page.tally import Tally

SECOND: Final = 1_000_000

_VOID: Final = {"meta", "br", "img", "input", "link", "hr"}
_INLINE: Final = {"a", "b", "code", "i", "span"}


class Ended(NamedTuple):
    """A message as the store has it."""

    message: int
    requested_at_us: int = 0
    outcome: str | None = "delivered"
    level: int | None = 0
    attempts: int = 1
    took_us: int | None = SECOND
    first_copy_us: int | None = SECOND
    copies: int = 1
    ledger_nano: int = 10
    bill_nano: int = 10


def tally_of(rows: Iterable[Ended], levels: int = 2, warm_up_us: int = 0) -> Tally:
    """Some messages, counted; the run ends after an hour."""
    tally = Tally(levels, warm_up_us, 3600 * SECOND)
    tally.fold(rows)
    return tally


class Reader(HTMLParser):
    """Reads a page and notes what it is made of; complains about tags that do not match."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        """Tag, attribute, value."""
        self.words: list[str] = []
        self.trouble: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in _INLINE:
            self.words.append(" ")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.trouble.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        """What a person reads."""
        return " ".join("".join(self.words).split())


def read(page: str) -> Reader:
    """The page as it was read, whole and sound."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.trouble == []
    assert reader.open == []
    return reader


def rectangles(picture: str, look: str) -> list[tuple[float, float, float, float]]:
    """The rectangles of a picture that have an attribute: x, y, width, height."""
    sides = " ".join(rf'{side}="([-\d.]+)"' for side in ("x", "y", "width", "height"))
    found = re.findall(f"<rect {sides} {re.escape(look)}", picture)
    return [tuple(map(float, each)) for each in found]  # type: ignore[misc]  # four of them


def cells(page: str, caption: str) -> list[list[str]]:
    """The rows of the table with that caption, tags and all taken off."""
    begin = page.index(f"<caption>{caption}")
    body = page[begin : page.index("</table>", begin)]
    rows = re.findall(r"<tr.*?</tr>", body)
    return [
        [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<t[hd][ >].*?</t[hd]>", row)]
        for row in rows
    ]


def numbers(row: Sequence[str]) -> list[int]:
    """The counts of a row, without the commas."""
    return [int(cell.replace(",", "")) for cell in row]
