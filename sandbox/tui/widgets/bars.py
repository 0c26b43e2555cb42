"""The single lines: what is shown on top, and transport, notice and keys at the bottom."""

from rich.style import Style
from textual import events
from textual.strip import Strip

from sandbox.app.frame import Frame, Phase, Subject
from sandbox.tui.actions import Action, cells_of, key_bar
from sandbox.tui.painting import Pen
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.lines import Lines
from sandbox.tui.wording import clock, count, speed

_PHASES = {
    Phase.RUNNING: "▶",
    Phase.PAUSED: "‖ paused",
    Phase.OVER: "■ over",
    Phase.BROKEN: "✗ stopped by an error",
}


_TROUBLE_MAX = 26
"""So many cells a fault or an outage takes at most, the gap after it included."""


def header_line(subject: Subject, width: int, palette: Palette) -> Strip:
    """Name of the program, the scenario, its cascades."""
    pen = Pen(width).put(" ◢ Fallback Sandbox ", palette.accent).put("│ ", palette.faint)
    pen.brief(subject.title or subject.name, palette.strong, 60).put(" ", palette.text)
    pen.put("│ ", palette.faint)
    for index, cascade in enumerate(subject.cascades):
        pen.put("   " if index else "", palette.dim).write(cascade, palette.dim)
    return pen.strip(palette.text)


def transport_line(frame: Frame, width: int, palette: Palette) -> Strip:
    """What the run is doing: speed, clock, what is broken, seed."""
    look = palette.good if frame.phase is Phase.RUNNING else palette.warn
    if frame.phase is Phase.BROKEN:
        look = palette.bad
    pen = Pen(width).put(f" {_PHASES[frame.phase]} ", look)
    pen.put(speed(frame.speed), palette.strong)
    if frame.reached is not None and frame.phase is Phase.RUNNING:
        pen.put(f" limited to {speed(frame.reached)}", palette.warn)
    pen.put("  ", palette.text).put(clock(frame.now_us), palette.strong).put("  ", palette.text)
    tail = f"seed {frame.seed}  {count(frame.requested)} messages "
    _troubles(frame, pen, pen.room - len(tail), palette)
    pen.put(" " * max(pen.room - len(tail), 0), palette.text)
    return pen.put(tail, palette.dim).strip(palette.text)


def _troubles(frame: Frame, pen: Pen, room: int, palette: Palette) -> None:
    """Name what is broken now, as far as there is room."""
    for provider in frame.providers:
        texts = [f"! {fault}" for fault in provider.faults]
        if provider.is_out:
            texts.append(f"✖ {provider.name} out")
        for text in texts:
            if room < _TROUBLE_MAX:
                return
            before = pen.room
            pen.brief(text, palette.bad, _TROUBLE_MAX - 2).put("  ", palette.text)
            room -= before - pen.room


def notice_line(text: str, width: int, look: Style) -> Strip:
    """One line of talk."""
    return Pen(width).put(" ", look).write(text, look, max(width - 2, 0)).strip(look)


def keys_line(width: int, palette: Palette, *, is_running: bool) -> Strip:
    """The keys that fit."""
    pen = Pen(width)
    for action in key_bar(width):
        label = "Run" if action.name == "pause" and not is_running else action.label
        label = label.ljust(len(action.label))
        pen.put(f" {action.shown}", palette.key).put(f" {label} ", palette.dim)
    return pen.strip(palette.text)


def action_at(x: int, width: int) -> Action | None:
    """The action whose words stand at a column of the key bar."""
    end = 0
    for action in key_bar(width):
        end += cells_of(action)
        if x < end:
            return action
    return None


class Bar(Lines):
    """A single line."""

    def show(self, line: Strip) -> None:
        """Draw the line."""
        if self.content_size.width > 0:
            self.paint([line])


class KeyBar(Bar):
    """The keys; a click does what the key does."""

    async def on_click(self, event: events.Click) -> None:
        """Do what the words under the pointer say."""
        action = action_at(event.x, self.size.width)
        if action is not None:
            await self.screen.run_action(action.name)
