"""The picture that explains the product: lanes, walls, and messages that fall through them.

A lane is a level; a message moves to the right with the time it has spent there; `┃` is where the
wait ends; whoever has not been delivered by then falls through `▼` to the next lane. This module
only computes: a frame and a size in, lines out.

How many messages share a cell is told by `·•●◉█`, the last for five or more; when the lanes are so
full that nothing would be told, each step stands for five, then for 25. `○` is a message that no
provider has taken yet; `~` one that the person has while the engine waits for a receipt that was
lost; `◆` is the message being followed. What just left says how: `✓` delivered, `▼` fell, `✗`
ended, `~` ended although the person has it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from rich.style import Style
from textual.strip import Strip

from sandbox.app.frame import Condition, Frame, Phase, ProviderView
from sandbox.cascade.vocabulary import SECOND_US
from sandbox.report.figures import span_text
from sandbox.report.lanes import TRACK_BITS, FlashKind
from sandbox.tui.painting import Pen, fit, segments_of
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.lane_geometry import (
    Counts,
    Room,
    column_of,
    counts_of,
    divide,
    messages_per_step,
    ticks_of,
    wall_column,
)
from sandbox.tui.wording import clock, duration, percent, short_count

DENSITY: Final = " ·•●◉█"
ASKING: Final = "○"
WALL: Final = "┃"
GRID: Final = "┊"
FOLLOWED: Final = "◆"
UNHEARD: Final = "~"

CONDITION_GLYPHS: Final = {
    Condition.UP: "●",
    Condition.CHANGED: "◐",
    Condition.LIMITED: "◔",
    Condition.CUT_OFF: "⊘",
    Condition.FAULT: "!",
    Condition.OUTAGE: "✖",
}

_FLASHES: Final = {
    FlashKind.DELIVERED: "✓",
    FlashKind.ENDED: "✗",
    FlashKind.UNHEARD: UNHEARD,
}
_NEAR_WALL: Final = 5
"""The last fifth before the wall is drawn in another colour: it is about to happen."""
_INDENT: Final = 3

# Indices into the styles of a line of the field.
_CHANNEL, _NEAR, _FAINT, _WALL_LOOK, _GOOD, _BAD, _MARK, _TEXT = range(8)


@dataclass(frozen=True, slots=True)
class Picture:
    """What a panel shows.

    Attributes:
        lines: As many as the panel has, each exactly as wide.
        step: How many messages one step of density stands for.
    """

    lines: list[Strip]
    step: int


def picture(frame: Frame, width: int, height: int, selected: int, palette: Palette) -> Picture:
    """Draw all lanes.

    Args:
        frame: What to draw.
        width: Of the panel's inside, in cells.
        height: Of the panel's inside, in lines.
        selected: The lane whose provider is selected.
        palette: The styles.
    """
    room = divide(width, height, len(frame.lanes), selected)
    visible = list(enumerate(room.rows, room.first))
    cells = {n: counts_of(frame.lanes[n], frame.now_us, room.field, rows) for n, rows in visible}
    step = messages_per_step(count for counts in cells.values() for count in counts.everyone)
    lines: list[Strip] = []
    for number, rows in visible:
        lane = _Lane(frame, number, room, rows, palette, is_selected=number == selected)
        lines += lane.lines(cells[number], step)
        is_bottom = number == visible[-1][0]
        lines.append(lane.axis() if is_bottom else lane.border())
    lines = lines[:height]
    lines += [Strip.blank(width, palette.text)] * (height - len(lines))
    message = headline(frame)
    if message and len(lines) > 2:
        lines[height // 2 - 1] = _headline_strip(lines[height // 2 - 1], message, room, palette)
    return Picture(lines, step)


def headline(frame: Frame) -> str:
    """What is written across the lanes when nothing moves in them."""
    if frame.phase is Phase.BROKEN:
        return "stopped by an error · r starts again"
    if frame.phase is Phase.OVER:
        end = "the scenario ends here" if frame.in_flight else "all is quiet"
        return f"{end} · r again · R other luck"
    if frame.is_settled:
        return "every message has its outcome · r again"
    if frame.opens_at_us is not None and frame.opens_at_us - frame.now_us > SECOND_US:
        return f"the first message comes at {clock(frame.opens_at_us, tenths=False)}"
    return ""


class _Lane:
    """One lane being drawn."""

    def __init__(
        self,
        frame: Frame,
        number: int,
        room: Room,
        rows: int,
        palette: Palette,
        *,
        is_selected: bool,
    ) -> None:
        self.frame = frame
        self.number = number
        self.view = frame.lanes[number]
        self.provider = frame.providers[self.view.provider]
        self.room = room
        self.rows = rows
        self.palette = palette
        self.is_selected = is_selected
        self.channel = palette.channel(self.view.plan.channel)
        self.styles: Sequence[Style] = (
            self.channel, palette.warn, palette.faint, palette.dim,
            palette.good, palette.bad, palette.accent, palette.text,
        )  # fmt: skip
        self.wall = wall_column(self.view.plan, room.field)
        self.ticks = ticks_of(self.view.plan.span_us, room.field)

    def lines(self, counts: Counts, step: int) -> list[Strip]:
        """The lane without its bottom line.

        Args:
            counts: How many messages stand in each cell.
            step: How many messages one step of density stands for.
        """
        glyphs, looks = self._field(counts, step)
        left, right = self._left(), self._right()
        columns = self.room.field
        lines = []
        for row in range(self.rows):
            cells = slice(row * columns, (row + 1) * columns)
            field = segments_of(glyphs[cells], looks[cells], self.styles)
            lines.append(
                Strip([*left[row], *field, *right[row]], self.room.left + columns + self.room.right)
            )
        return lines

    # The field -------------------------------------------------------------------------------

    def _field(self, counts: Counts, step: int) -> tuple[list[str], list[int]]:
        everyone, accepted, unheard = counts
        columns, rows = self.room.field, self.rows
        row_glyphs, row_looks = self._empty_row()
        glyphs, looks = row_glyphs * rows, row_looks * rows
        near = self.wall - max(self.wall // _NEAR_WALL, 1) if self.wall < columns else columns
        for cell, count in enumerate(everyone):
            if count:
                dense = DENSITY[min(-(-count // step), 5)]
                glyphs[cell] = dense if accepted[cell] else ASKING
                looks[cell] = _NEAR if cell % columns >= near else _CHANNEL
                if unheard[cell] * 2 >= count:
                    glyphs[cell], looks[cell] = UNHEARD, _TEXT
        self._flash(glyphs, looks)
        self._mark_followed(glyphs, looks)
        return glyphs, looks

    def _empty_row(self) -> tuple[list[str], list[int]]:
        glyphs, looks = [" "] * self.room.field, [_FAINT] * self.room.field
        for column, _ in self.ticks:
            glyphs[column] = GRID
        if self.wall < self.room.field:
            glyphs[self.wall], looks[self.wall] = WALL, _WALL_LOOK
        return glyphs, looks

    def _cell(self, age_us: int, track: int) -> int:
        columns = self.room.field
        column = column_of(age_us, self.view.plan.span_us, columns)
        if column >= self.wall:
            column = min(column + 1, columns - 1)
        return (track * self.rows >> TRACK_BITS) * columns + column

    def _flash(self, glyphs: list[str], looks: list[int]) -> None:
        since = self.frame.now_us - self.frame.flash_us
        for flash in self.frame.flashes:
            glyph = _FLASHES.get(flash.kind)
            if flash.lane == self.number and flash.at_us > since and glyph is not None:
                cell = self._cell(flash.age_us, flash.track)
                if glyphs[cell] != WALL:
                    glyphs[cell] = glyph
                    looks[cell] = _GOOD if flash.kind is FlashKind.DELIVERED else _BAD

    def _mark_followed(self, glyphs: list[str], looks: list[int]) -> None:
        place = self.frame.tracked
        if place is not None and place.lane == self.number and self.rows:
            cell = self._cell(self.frame.now_us - place.entered_at_us, place.track)
            glyphs[cell], looks[cell] = FOLLOWED, _MARK

    # Below the lane --------------------------------------------------------------------------

    def border(self) -> Strip:
        """The line to the next lane, with what is falling through it."""
        columns, span_us = self.room.field, self.view.plan.span_us
        glyphs, looks = ["─"] * columns, [_FAINT] * columns
        since = self.frame.now_us - self.frame.flash_us
        falls = [
            column_of(flash.age_us, span_us, columns)
            for flash in self.frame.flashes
            if flash.lane == self.number and flash.at_us > since and flash.kind is FlashKind.FELL
        ]
        if self._has_own_scale():
            self._label(glyphs, looks, but=[*falls, self.wall])
        if self.wall < columns:
            glyphs[self.wall], looks[self.wall] = "┸", _WALL_LOOK
        for column in falls:
            glyphs[column], looks[column] = "▼", _NEAR
        pen = Pen(self.room.left).put("╶" + "─" * (self.room.left - 1), self.palette.faint)
        return self._joined(pen, list(segments_of(glyphs, looks, self.styles)), self._fell())

    def axis(self) -> Strip:
        """The line below the last lane, with the scale."""
        glyphs, looks = [" "] * self.room.field, [_FAINT] * self.room.field
        self._label(glyphs, looks)
        label = fit(" time in level", self.room.left) if self.room.left > 14 else " time"
        pen = Pen(self.room.left).put(label, self.palette.dim)
        field = segments_of(glyphs, looks, self.styles)
        return self._joined(pen, list(field), self._fell())

    def _label(self, glyphs: list[str], looks: list[int], *, but: Sequence[int] = ()) -> None:
        """Write the scale; a label that another sign would cut is left out."""
        for column, text in self.ticks:
            end = column + len(text)
            if end <= len(glyphs) and not any(column <= taken <= end for taken in but):
                glyphs[column:end] = text
                looks[column:end] = [_WALL_LOOK] * len(text)

    def _has_own_scale(self) -> bool:
        return len({lane.plan.span_us for lane in self.frame.lanes}) > 1

    def _joined(self, left: Pen, field: list, right: Pen) -> Strip:  # type: ignore[type-arg]  # cells
        width = self.room.left + self.room.field + self.room.right
        return Strip(
            [*left.strip(self.palette.text), *field, *right.strip(self.palette.text)], width
        )

    def _fell(self) -> Pen:
        state, palette = self.view.state, self.palette
        pen = Pen(self.room.right)
        if state.fell or not self.view.plan.is_last:
            pen.put(" ▼ ", palette.warn).put(f"{short_count(state.fell):<5}", palette.text)
            if self.room.right > 16:
                pen.put(" fell", palette.dim)
        if state.ended or self.view.plan.is_last:
            pen.put(" ✗ ", palette.bad).put(short_count(state.ended), palette.text)
            if self.room.right > 16 and self.view.plan.is_last:
                pen.put("    gave up", palette.dim)
        return pen

    # Beside the field ------------------------------------------------------------------------

    def _left(self) -> list[Strip]:
        provider, palette, plan = self.provider, self.palette, self.view.plan
        glyph = CONDITION_GLYPHS[provider.condition]
        alarmed = is_alarmed(provider)
        name = Pen(self.room.left)
        name.put("▸" if self.is_selected else " ", palette.accent)
        name.put(glyph + " ", palette.bad if alarmed else self.channel)
        if any(self.frame.providers[number].real for number in self.view.providers):
            name.put("LIVE", palette.alarm).put(" ", palette.text)
        name.write(f"{plan.level} {plan.channel}", palette.strong)
        facts: list[tuple[str, Style]] = [
            (self._in_flight(), palette.text),
            *self._via(),
            *_trouble(provider, palette),
            (f"fail {percent(provider.failure_ppb)}", _look(provider.failure_is_changed, palette)),
            (f"takes {duration(provider.median_us)}", _look(provider.latency != 1, palette)),
            (f"wait {'none' if plan.wait_us is None else span_text(plan.wait_us)}", palette.dim),
        ]
        lines = [name]
        lines += [
            Pen(self.room.left)
            .put(" " * _INDENT, palette.text)
            .brief(text, style, self.room.left - _INDENT - 1)
            for text, style in facts[: self.rows - 1]
        ]
        return self._filled(lines, self.room.left)

    def _via(self) -> Iterator[tuple[str, Style]]:
        """Where there are several providers, how many messages each has now."""
        for number, count in zip(self.view.providers, self.view.state.via, strict=False):
            provider = self.frame.providers[number]
            look = self.palette.bad if is_alarmed(provider) else self.palette.text
            sign = CONDITION_GLYPHS[provider.condition]
            live = "LIVE " if provider.real else ""
            yield f"{sign} {short_count(count)} {live}{provider.name}", look

    def _in_flight(self) -> str:
        """How many messages are in the lane; where there are several cascades, also of which."""
        number = short_count(self.view.state.in_flight)
        if len({lane.plan.cascade for lane in self.frame.lanes}) > 1:
            return f"{number} {self.view.plan.cascade}"
        whole = f"{number} in flight"
        return whole if len(whole) < self.room.left - _INDENT else f"{number} open"

    def _right(self) -> list[Strip]:
        state, palette = self.view.state, self.palette
        done = state.left
        rate = Fraction(min(state.delivered, done), done) if done else None
        top = Pen(self.room.right).put(" ✓ ", palette.good)
        top.put(f"{short_count(state.delivered):<5}", palette.strong)
        if rate is not None:
            top.put(f"{int(rate * 100):>4} %"[-5:], palette.text)
        bar = Pen(self.room.right).put("   ", palette.text)
        if rate is not None:
            length = self.room.right - 5
            full = int(rate * length)
            bar.put("━" * full, self.channel).put("─" * (length - full), palette.faint)
        facts = [top, bar]
        entered = Pen(self.room.right).put("   of " if self.room.right > 9 else " of ", palette.dim)
        facts.append(entered.put(short_count(state.entered), palette.dim))
        if state.unheard:
            unheard = Pen(self.room.right).put(" ~ ", palette.warn)
            unheard.put(short_count(state.unheard), palette.text)
            facts.append(unheard.put(" had it", palette.dim))
        if state.held:
            held = Pen(self.room.right).put("   ", palette.dim)
            facts.append(held.put(f"{short_count(state.held)} held", palette.warn))
        if state.skipped:
            skipped = Pen(self.room.right).put("   ", palette.dim)
            facts.append(skipped.put(f"{short_count(state.skipped)} skipped", palette.dim))
        return self._filled(facts[: self.rows], self.room.right)

    def _filled(self, pens: Sequence[Pen], width: int) -> list[Strip]:
        blank = self.palette.text
        strips = [pen.strip(blank) for pen in pens[: self.rows]]
        return strips + [Strip.blank(width, blank)] * (self.rows - len(strips))


def _look(is_changed: bool, palette: Palette) -> Style:  # noqa: FBT001 - a look for either case
    return palette.warn if is_changed else palette.dim


def is_alarmed(provider: ProviderView) -> bool:
    """Whether a provider does less than the scenario normally has it do."""
    return provider.condition not in {Condition.UP, Condition.CHANGED}


def _trouble(provider: ProviderView, palette: Palette) -> list[tuple[str, Style]]:
    if provider.is_out:
        return [("OUTAGE", palette.alarm)]
    told = [(fault, palette.bad) for fault in provider.faults[:1]]
    if provider.condition is Condition.CUT_OFF:
        told.append(("cut off", palette.bad))
    return [*told, ("limited", palette.bad)] if provider.is_limited else told


def _headline_strip(line: Strip, message: str, room: Room, palette: Palette) -> Strip:
    """Write a message over the middle of the field."""
    text = f" {message} "[: room.field]
    start = room.left + (room.field - len(text)) // 2
    middle = Pen(len(text)).put(text, palette.cursor).strip(palette.cursor)
    return Strip.join([line.crop(0, start), middle, line.crop(start + len(text))])
