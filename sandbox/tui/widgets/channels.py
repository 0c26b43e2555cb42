"""The panel with the providers and their knobs.

▸● sms-main     up  224 sent       one line that names the provider
  > fail  ━━◆─────────────  18 % * and one line per knob; `*`: not as in the scenario
    takes ━━━◆──────────── 6.0 s
    lost  ━━◆─────────────  12 %
    limit ━━━━━━━━━━◆─────  20/s
    outage [ off ]
    throttled 12  3.1 %               and what there is to tell: its limits,
    circuit open until 00:01:42       whether we pass it over,
    took over 12                      what it got from the provider before it,
    receipts 3 lost  2 twice          what became of receipts
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from sandbox.app.frame import Condition, Frame, ProviderView
from sandbox.app.knobs import LATENCY_MAX, Knob, Outage, rate_position, rate_text
from sandbox.cascade.vocabulary import CircuitState
from sandbox.report.troubles import RECEIPT_TROUBLES, Trouble
from sandbox.tui.painting import Pen
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.lanes_picture import CONDITION_GLYPHS, is_alarmed
from sandbox.tui.widgets.lines import Lines
from sandbox.tui.wording import clock, count, duration, percent

KNOBS: Final = (Knob.FAILURE, Knob.LATENCY, Knob.LOST, Knob.RATE, Knob.OUTAGE)

_INDENT: Final = 4
_LABEL: Final = 10
_NAME: Final = 12
_VALUE: Final = 9
_PPB: Final = 1_000_000_000

_WORDS: Final = {
    Condition.UP: "up",
    Condition.CHANGED: "changed by hand",
    Condition.LIMITED: "limited",
    Condition.CUT_OFF: "cut off",
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
    """What a line of the panel is about.

    Attributes:
        provider: Its index; -1 for a line between two.
        knob: None on the line that names the provider, and on notes.
        note: Which of its notes, from 0; -1 for none.
    """

    provider: int
    knob: Knob | None = None
    note: int = -1


def rows_of(notes: Sequence[int], height: int, cursor: Cursor) -> list[Target]:
    """Which lines the panel shows: all if they fit, else those around the cursor.

    Args:
        notes: For each provider, how many notes there are.
        height: Of the panel's inside, in lines.
        cursor: Must be in sight.
    """
    lines = sum(notes) + len(notes) * (len(KNOBS) + 1)
    has_gaps = lines + len(notes) - 1 <= height
    everything: list[Target] = []
    for provider, note_count in enumerate(notes):
        if has_gaps and provider:
            everything.append(Target(-1))
        everything += [Target(provider), *(Target(provider, knob) for knob in KNOBS)]
        everything += [Target(provider, note=note) for note in range(note_count)]
    name = everything.index(Target(cursor.provider))
    at = name + 1 + KNOBS.index(cursor.knob)
    first = max(at - height + 1, 0)
    if at < name + height:  # the name of the provider has room above its knob
        first = min(max(first, name), max(len(everything) - height, 0)) if first else 0
    return everything[first : first + height]


def notes_of(provider: ProviderView, width: int) -> list[str]:
    """What there is to tell of a provider besides its knobs, in lines of at most `width` cells."""
    troubles = provider.troubles
    throttled = troubles.get(Trouble.THROTTLED, 0)
    quotas = provider.limit.split(", ")[provider.rate is not None :] if provider.limit else []
    limits = [f"limit {quota}" for quota in quotas]  # the rate has a knob
    if throttled:
        part = percent(round(provider.throttled_share * _PPB))
        limits.append(f"throttled {count(throttled)} ({part})")
    took_over = troubles.get(Trouble.TOOK_OVER, 0)
    receipts = [f"{count(troubles[t])} {t}" for t in RECEIPT_TROUBLES if troubles.get(t)]
    return [
        *_joined("", limits, width),
        *_joined("circuit ", circuit_of(provider), width),
        *([f"took over {count(took_over)}"] if took_over else []),
        *_joined("receipts ", receipts, width),
    ]


def circuit_of(provider: ProviderView) -> list[str]:
    """How its circuit stands, and what it kept away; nothing while it has never opened."""
    passed, opened = (
        provider.troubles.get(each, 0) for each in (Trouble.PASSED_OVER, Trouble.CUT_OFF)
    )
    counts = [f"opened {count(opened)}x", f"passed over {count(passed)}"] if opened else []
    match provider.circuit:
        case CircuitState.OPEN:
            return [f"open until {clock(provider.cut_off_until_us, tenths=False)}", *counts[1:]]
        case CircuitState.HALF_OPEN:
            return ["half-open, a probe is out", *counts[1:]]
        case CircuitState.CLOSED:
            return ["closed", *counts] if counts else []
        case None:
            return []


def _joined(head: str, items: Sequence[str], width: int) -> list[str]:
    """The items after a head, in as many lines as they need; further lines are indented."""
    lines: list[str] = []
    for item in items:
        if lines and len(lines[-1]) + len(item) + 2 <= width:
            lines[-1] += f"  {item}"
        else:
            lines.append(f"{' ' * len(head) if lines else head}{item}")
    return lines


def panel_lines(
    frame: Frame, width: int, height: int, cursor: Cursor, palette: Palette
) -> list[Strip]:
    """Draw the panel: `height` lines of `width` cells."""
    lines = []
    notes = [notes_of(provider, width - _INDENT - 1) for provider in frame.providers]
    for target in rows_of([len(each) for each in notes], height, cursor):
        if target.provider < 0:
            lines.append(Strip.blank(width, palette.text))
            continue
        provider = frame.providers[target.provider]
        if target.note >= 0:
            pen = Pen(width).put(" " * _INDENT, palette.dim)
            look = palette.bad if provider.is_limited and not target.note else palette.dim
            lines.append(pen.write(notes[target.provider][target.note], look).strip(palette.text))
        elif target.knob is None:
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
    look = palette.bad if is_alarmed(provider) else colour
    pen.put(f"{CONDITION_GLYPHS[condition]} ", look)
    start = pen.room
    pen.brief(provider.name, palette.strong, width // 2)
    pen.put(" " * max(_NAME - (start - pen.room), 0), palette.text).put("  ", palette.text)
    if provider.real:
        pen.put("LIVE", palette.alarm).put(" ", palette.text)
        return pen.brief(provider.real, palette.strong, pen.room).strip(palette.text)
    match condition:
        case Condition.OUTAGE:
            pen.put(f"OUTAGE {clock(provider.out_since_us or 0, tenths=False)}", palette.bad)
        case Condition.FAULT:
            pen.write(f"fault {provider.faults[0]}", palette.bad)
        case Condition.LIMITED | Condition.CUT_OFF:
            pen.put(f"{_WORDS[condition]}  {count(provider.submitted)} sent", palette.bad)
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
    label, position, value, is_changed = _stand_of(provider, knob)
    track = slider_length(width)
    filled = round(position * (track - 1))
    pen.put(label, on(palette.dim))
    pen.put("━" * filled, on(palette.channel(provider.channel)))
    pen.put("◆", on(palette.accent if at_cursor else palette.text))
    pen.put("─" * (track - 1 - filled), on(palette.faint))
    look = palette.warn if is_changed else palette.text
    pen.put(f"{value:>{_VALUE - 2}}" + (" *" if is_changed else "  "), on(look))
    return pen.strip(back)


def _stand_of(provider: ProviderView, knob: Knob) -> tuple[str, float, str, bool]:
    """A knob's label, where its slider stands, its value, and whether somebody turned it."""
    match knob:
        case Knob.LATENCY:
            position = float(provider.latency / LATENCY_MAX)
            return "takes ", position, duration(provider.median_us), provider.latency != 1
        case Knob.LOST:
            share = provider.lost_ppb
            return "lost  ", share / _PPB, percent(share), provider.lost_is_changed
        case Knob.RATE:
            value = "none" if provider.rate is None else rate_text(provider.rate)
            return "limit ", rate_position(provider.rate), value, provider.rate_is_changed
        case _:
            share = provider.failure_ppb
            return "fail  ", share / _PPB, percent(share), provider.failure_is_changed


def _outage_line(pen: Pen, provider: ProviderView, dim: Style, alarm: Style, back: Style) -> Strip:
    pen.put("outage ", dim)
    if provider.is_out:
        kind = Outage.BLACK_HOLE if provider.outage is None else provider.outage
        pen.put("[ ON  ]", alarm).put(f" {kind}", dim)
    else:
        pen.put("[ off ]", dim + back).put("  O kinds" if back.bold else "", dim)
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
    BORDER_SUBTITLE = "↑↓ knob  ←→ turn  o O outage"

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
        notes = [len(notes_of(provider, width - _INDENT - 1)) for provider in frame.providers]
        self._targets = rows_of(notes, height, cursor)
        self.paint(panel_lines(frame, width, height, cursor, palette))

    def on_click(self, event: events.Click) -> None:
        """Choose the knob under the pointer, and set it where its slider was hit."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y >= len(self._targets):
            return
        target = self._targets[offset.y]
        if target.provider < 0 or target.note >= 0:
            return
        knob = target.knob or Knob.FAILURE
        share = share_at(offset.x, self.content_size.width)
        is_switch = target.knob is Knob.OUTAGE
        if target.knob is None or is_switch:
            share = None
        self.post_message(
            self.KnobChosen(Cursor(target.provider, knob), share, is_switch=is_switch)
        )
