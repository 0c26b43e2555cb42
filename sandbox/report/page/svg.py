"""A picture as text: the few shapes that plots are made of. Colours come from the page's style."""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from sandbox.report.page.scales import Tick

Point = tuple[float, float]

PATTERNS: Final = 8
"""Ways to fill an area, so that no colour alone tells levels apart; one for each level."""

_LABEL_GAP: Final = 6


class Frame(NamedTuple):
    """The room of a plot inside its picture, in the picture's unit."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int

    @property
    def x_end(self) -> int:
        """The right edge of the plot."""
        return self.width - self.right

    @property
    def y_end(self) -> int:
        """The lower edge of the plot."""
        return self.height - self.bottom


def number(value: float) -> str:
    """A coordinate with one decimal, without a needless one."""
    return f"{value:.1f}".removesuffix(".0")


def picture(frame: Frame, name: str, title: str, told: str, body: Iterable[str]) -> str:
    """The whole picture, with its title and what it shows in words for who cannot see it.

    Args:
        frame: Its size.
        name: Unique in the page.
        title: Fit to be shown.
        told: Fit to be shown.
        body: The shapes.
    """
    return (
        f'<svg class="plot" role="img" viewBox="0 0 {frame.width} {frame.height}" '
        f'aria-labelledby="{name}-t {name}-d">'
        f'<title id="{name}-t">{title}</title><desc id="{name}-d">{told}</desc>'
        f"{''.join(body)}</svg>"
    )


def patterns(name: str, count: int) -> str:
    """Fills for so many levels; the first is plain, each other has marks of its own."""
    made = "".join(
        f'<pattern id="{name}-p{n}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f'<rect class="f{n}" width="8" height="8"/>{_MARKS[n % PATTERNS]}</pattern>'
        for n in range(count)
    )
    bad = (
        f'<pattern id="{name}-pb" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<rect class="bad" width="6" height="6"/><path class="mb" d="M0 0 6 6M6 0 0 6"/></pattern>'
    )
    return f"<defs>{made}{bad}</defs>"


_MARKS: Final = (
    "",
    '<path class="m" d="M-2 2 2-2M0 8 8 0M6 10 10 6"/>',
    '<circle class="mf" cx="4" cy="4" r="1.4"/>',
    '<path class="m" d="M-2 6 2 10M0 0 8 8M6-2 10 2"/>',
    '<path class="m" d="M0 4H8"/>',
    '<path class="m" d="M4 0V8"/>',
    '<path class="m" d="M0 4H8M4 0V8"/>',
    '<path class="m" d="M0 0 8 8M8 0 0 8"/>',
)


def fill(name: str, level: int) -> str:
    """The attribute that fills a shape like a level."""
    return f'fill="url(#{name}-p{level})"'


def fill_bad(name: str) -> str:
    """The attribute that fills a shape like what was not delivered."""
    return f'fill="url(#{name}-pb)"'


def rectangle(x: float, y: float, width: float, height: float, look: str) -> str:
    """A rectangle; `look` are attributes."""
    return (
        f'<rect x="{number(x)}" y="{number(y)}" width="{number(width)}" '
        f'height="{number(height)}" {look}/>'
    )


def line(begin: Point, end: Point, style: str) -> str:
    """A straight line; `style` is a class."""
    (x1, y1), (x2, y2) = begin, end
    return (
        f'<line class="{style}" x1="{number(x1)}" y1="{number(y1)}" '
        f'x2="{number(x2)}" y2="{number(y2)}"/>'
    )


def text(at: Point, words: str, style: str = "", anchor: str = "start") -> str:
    """Words, fit to be shown, with their base line at a place."""
    x, y = at
    look = f' class="{style}"' if style else ""
    ends = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{number(x)}" y="{number(y)}"{look}{ends}>{words}</text>'


def steps(points: Sequence[Point]) -> str:
    """The path through points that stays level up to the next one, and then goes straight there."""
    (x, y), *rest = points
    parts = [f"M{number(x)} {number(y)}"]
    for to_x, to_y in rest:
        parts.append(f"H{number(to_x)}")
        if number(to_y) != number(y):
            parts.append(f"V{number(to_y)}")
        y = to_y
    return "".join(parts)


def curve(path: str, style: str) -> str:
    """A path that is drawn and not filled."""
    return f'<path class="{style}" d="{path}"/>'


def between(upper: Sequence[Point], lower: Sequence[Point], look: str) -> str:
    """The area between two stepped lines over the same places."""
    back = _backwards(lower)
    return f'<path {look} d="{steps(upper)}{back}Z"/>'


def _backwards(points: Sequence[Point]) -> str:
    """A stepped line from its end to its begin, in the form the way there had."""
    (x, y), *rest = reversed(points)
    parts = [f"L{number(x)} {number(y)}"]
    for to_x, to_y in rest:
        if number(to_y) != number(y):
            parts.append(f"V{number(to_y)}")
        parts.append(f"H{number(to_x)}")
        y = to_y
    return "".join(parts)


def across(frame: Frame, places: Iterable[tuple[float, str]]) -> str:
    """Lines across the plot with labels to their left, as `(y, label)`."""
    return "".join(
        line((frame.left, y), (frame.x_end, y), "grid")
        + text((frame.left - _LABEL_GAP, y + 4), label, "tick", "end")
        for y, label in places
    )


def below(places: Iterable[tuple[float, Tick]], y: float) -> str:
    """Short marks under the plot with labels below, as `(x, tick)`."""
    return "".join(
        line((x, y), (x, y + 4), "axis") + text((x, y + 17), tick.label, "tick", "middle")
        for x, tick in places
    )
