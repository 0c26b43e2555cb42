"""The panel with the providers and their knobs.

▸● sms-main     up  224 sent       one line that names the provider
  > fail  ━━◆─────────────  18 % * and one line per knob; `*`: not as in the scenario
    takes ━━━◆──────────── 6.0 s
    outage [ off ]
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from sandbox.app.frame import Condition, Frame, ProviderView
from sandbox.app.knobs import LATENCY_MAX, Knob
from sandbox.tui.painting import Pen
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.lanes_picture import CONDITION_GLYPHS
from sandbox.tui.widgets.lines import Lines
from sandbox.tui.wording import clock, count, duration, percent

KNOBS: Final = (Knob.FAILURE, Knob.LATENCY, Knob.OUTAGE)

_LABEL: Final = 10
_NAME: Final = 12
_VALUE: Final = 9
_PPB: Final = 1_000_000_000

_WORDS: Final = {
    Condition.UP: "up",
    Condition.CHANGED: "changed by hand",
    Condition.FAULT: "fault",
    Condition.OUTAGE: "OUTAGE",
}


@dataclass(frozen=True, slots=True)
class Cursor:
    """Which knob the keys turn: the provider's index and the knob."""

    provider: int = 0
    knob: Knob = Knob.FAILURE

    def moved(self, rows: int, providers: int) -> "Cursor":
        """The cursor so many rows further; it stops at both ends."""
        row = self.provider * len(KNOBS) + KNOBS.index(self.knob) + rows
        row = min(max(row, 0), max(providers * len(KNOBS) - 1, 0))
        return Cursor(row // len(KNOBS), KNOBS[row % len(KNOBS)])


@dataclass(frozen=True, slots=True)
class Target:
    """What a line of the panel is about; no knob on the line that names the provider."""

    provider: int
    knob: Knob | None


def rows_of(providers: int, height: int, cursor: Cursor) -> list[Target]:
    """Which lines the panel shows: all if they fit, else those around the cursor."""
    each = len(KNOBS) + 1
    spacing = each + 1 if providers * (each + 1) - 1 <= height else each
    everything: list[Target | None] = []
    for provider in range(providers):
        everything += [Target(provider, None), *(Target(provider, knob) for knob in KNOBS)]
        everything += [None] * (spacing - each)
    name = cursor.provider * spacing
    at = name + 1 + KNOBS.index(cursor.knob)
    first = max(at - height + 1, 0)
    if at < name + height:  # the name of the provider has room above its knob
        first = min(max(first, name), max(len(everything) - height, 0)) if first else 0
    visible = everything[first : first + height]
    return [row if row is not None else Target(-1, None) for row in visible]


def panel_lines(
    frame: Frame, width: int, height: int, cursor: Cursor, palette: Palette
) -> list[Strip]:
    """Draw the panel: `height` lines of `width` cells."""
    lines = []
    for target in rows_of(len(frame.providers), height, cursor):
        if target.provider < 0:
            lines.append(Strip.blank(width, palette.text))
            continue
        provider = frame.providers[target.provider]
        if target.knob is None:
            is_chosen = target.provider == cursor.provider
            lines.append(_name_line(provider, width, palette, is_chosen=is_chosen))
        else:
            at_cursor = target == Target(cursor.provider, cursor.knob)
            lines.append(_knob_line(provider, target.knob, width, palette, at_cursor=at_cursor))
    return lines + [Strip.blank(width, palette.text)] * (height - len(lines))


def _name_line(provider: ProviderView, width: int, palette: Palette, *, is_chosen: bool) -> Strip:
    condition = provider.condition
    colour = palette.channel(provider.channel)
    pen = Pen(width).put("▸" if is_chosen else " ", palette.accent)
    is_bad = condition in {Condition.OUTAGE, Condition.FAULT}
    pen.put(f"{CONDITION_GLYPHS[condition]} ", palette.bad if is_bad else colour)
    start = pen.room
    pen.brief(provider.name, palette.strong, width // 2)
    pen.put(" " * max(_NAME - (start - pen.room), 0), palette.text).put("  ", palette.text)
    match condition:
        case Condition.OUTAGE:
            pen.put(f"OUTAGE {clock(provider.out_since_us or 0, tenths=False)}", palette.bad)
        case Condition.FAULT:
            pen.write(f"fault {provider.faults[0]}", palette.bad)
        case Condition.CHANGED:
            pen.put(_WORDS[condition], palette.warn)
        case Condition.UP:
            pen.put(f"{_WORDS[condition]}  {count(provider.submitted)} sent", palette.dim)
    return pen.strip(palette.text)


def _knob_line(
    provider: ProviderView, knob: Knob, width: int, palette: Palette, *, at_cursor: bool
) -> Strip:
    back = palette.cursor if at_cursor else palette.text

    def on(style: Style) -> Style:
        return style + back if at_cursor else style

    pen = Pen(width).put("  > " if at_cursor else "    ", on(palette.accent))
    if knob is Knob.OUTAGE:
        return _outage_line(pen, provider, on(palette.dim), on(palette.alarm), back)
    if knob is Knob.FAILURE:
        label, position = "fail  ", provider.failure_ppb / _PPB
        value, is_changed = percent(provider.failure_ppb), provider.failure_is_changed
    else:
        label, position = "takes ", float(provider.latency / LATENCY_MAX)
        value, is_changed = duration(provider.median_us), provider.latency != 1
    track = slider_length(width)
    filled = round(position * (track - 1))
    pen.put(label, on(palette.dim))
    pen.put("━" * filled, on(palette.channel(provider.channel)))
    pen.put("◆", on(palette.accent if at_cursor else palette.text))
    pen.put("─" * (track - 1 - filled), on(palette.faint))
    look = palette.warn if is_changed else palette.text
    pen.put(f"{value:>{_VALUE - 2}}" + (" *" if is_changed else "  "), on(look))
    return pen.strip(back)


def _outage_line(pen: Pen, provider: ProviderView, dim: Style, alarm: Style, back: Style) -> Strip:
    pen.put("outage ", dim)
    if provider.is_out:
        pen.put("[ ON  ]", alarm).put(" all vanish", dim)
    else:
        pen.put("[ off ]", dim + back)
    return pen.strip(back)


def slider_length(width: int) -> int:
    """How many cells a slider has in a panel of some width."""
    return max(width - _LABEL - _VALUE, 3)


def share_at(x: int, width: int) -> Fraction | None:
    """Where on a slider a column lies, from 0 to 1; None beside it."""
    length = slider_length(width)
    at = x - _LABEL
    return Fraction(at, length - 1) if 0 <= at < length else None


class Channels(Lines, can_focus=True):
    """Providers and knobs."""

    BORDER_TITLE = "Providers"
    BORDER_SUBTITLE = "↑↓ knob  ←→ turn  o outage"

    class KnobChosen(Message):
        """Somebody clicked on a knob.

        Attributes:
            share: Where on its slider, from 0 to 1; None beside it.
        """

        def __init__(self, cursor: Cursor, share: Fraction | None, *, is_switch: bool) -> None:
            self.cursor = cursor
            self.share = share
            self.is_switch = is_switch
            super().__init__()

    def __init__(self) -> None:
        super().__init__("channels")
        self._targets: list[Target] = []

    def show(self, frame: Frame, cursor: Cursor, palette: Palette) -> None:
        """Draw a frame with a cursor."""
        width, height = self.content_size
        if width <= 0 or height <= 0:
            return
        self._targets = rows_of(len(frame.providers), height, cursor)
        self.paint(panel_lines(frame, width, height, cursor, palette))

    def on_click(self, event: events.Click) -> None:
        """Choose the knob under the pointer, and set it where its slider was hit."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y >= len(self._targets):
            return
        target = self._targets[offset.y]
        if target.provider < 0:
            return
        knob = target.knob or Knob.FAILURE
        share = share_at(offset.x, self.content_size.width)
        is_switch = target.knob is Knob.OUTAGE
        if target.knob is None or is_switch:
            share = None
        self.post_message(
            self.KnobChosen(Cursor(target.provider, knob), share, is_switch=is_switch)
        )
