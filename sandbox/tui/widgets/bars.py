"""The single lines: what is shown on top, and transport, notice and keys at the bottom."""

from collections.abc import Mapping, Sequence

from rich.style import Style
from textual import events
from textual.strip import Strip

from sandbox.app.frame import Frame, Phase, Subject
from sandbox.tui.actions import Action, cells_of, key_bar
from sandbox.tui.arrangement import HEIGHT_MIN, WIDTH_MIN
from sandbox.tui.desk import Place
from sandbox.tui.painting import Pen
from sandbox.tui.themes import Palette
from sandbox.tui.widgets.lines import Lines
from sandbox.tui.widgets.timeline import wrapped
from sandbox.tui.wording import clock, count, speed

_PHASES = {
    Phase.RUNNING: "▶",
    Phase.PAUSED: "‖ paused",
    Phase.OVER: "■ over",
    Phase.BROKEN: "✗ stopped by an error",
}

_AS_ALWAYS: Mapping[str, str] = {}

_ROOMY = 100
"""From this width on the program's name stands before the places."""

_TROUBLE_MAX = 26
"""So many cells a fault or an outage takes at most, the gap after it included."""


def places_line(here: Place, about: str, width: int, palette: Palette) -> Strip:
    """Name of the program, the places with the one that is shown, and what it is about."""
    pen = Pen(width)
    if width >= _ROOMY:
        pen.put(" ◢ Fallback Sandbox ", palette.accent).put("│", palette.faint)
    for place in Place:
        shown = f"{place.key} {place.label}"
        if place is here:
            pen.put(f"[{shown}]", palette.strong)
        else:
            pen.put(f" {shown} ", palette.dim)
    if about:
        pen.put("│ ", palette.faint).brief(about, palette.text, pen.room - 2)
    return pen.strip(palette.text)


def header_line(subject: Subject, width: int, palette: Palette) -> Strip:
    """Name of the program, the scenario, its cascades."""
    if subject.live:
        return _live_line(subject, width, palette)
    cascades = "   ".join(subject.cascades)
    return places_line(Place.LIVE, f"{subject.title or subject.name} │ {cascades}", width, palette)


def _live_line(subject: Subject, width: int, palette: Palette) -> Strip:
    """What is real comes first, whatever the width."""
    look = palette.alarm if subject.is_real else palette.warn
    pen = Pen(width).put(" ", palette.text).brief(subject.live, look, width - 2)
    pen.put(" │ ", palette.faint).brief(subject.title or subject.name, palette.text, pen.room)
    return pen.strip(palette.text)


def transport_line(frame: Frame, width: int, palette: Palette) -> Strip:
    """What the run is doing: speed, clock, what is broken, seed."""
    look = palette.good if frame.phase is Phase.RUNNING else palette.warn
    if frame.phase is Phase.BROKEN:
        look = palette.bad
    pen = Pen(width)
    if any(provider.real for provider in frame.providers):
        pen.put(" LIVE ", palette.alarm)
    pen.put(f" {_PHASES[frame.phase]} ", look)
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


def too_small_lines(width: int, height: int, palette: Palette) -> list[Strip]:
    """What a terminal shows that has no room for anything else."""
    words = f"{width}x{height} is too small: {WIDTH_MIN}x{HEIGHT_MIN} is the least"
    return [
        Pen(width).write(line, palette.warn).strip(palette.text) for line in wrapped(words, width)
    ]


def notice_line(text: str, width: int, look: Style) -> Strip:
    """One line of talk."""
    return Pen(width).put(" ", look).write(text, look, max(width - 2, 0)).strip(look)


def keys_line(
    actions: Sequence[Action],
    width: int,
    palette: Palette,
    instead: Mapping[str, str] = _AS_ALWAYS,
) -> Strip:
    """The keys that fit.

    Args:
        actions: What can be done.
        width: In cells.
        palette: The styles.
        instead: Action -> what it is called right now, no longer than what it always is.
    """
    pen = Pen(width)
    for action in key_bar(actions, width):
        label = instead.get(action.name, action.label).ljust(len(action.label))
        pen.put(f" {action.shown}", palette.key).put(f" {label} ", palette.dim)
    return pen.strip(palette.text)


def action_at(actions: Sequence[Action], x: int, width: int) -> Action | None:
    """The action whose words stand at a column of the key bar."""
    end = 0
    for action in key_bar(actions, width):
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

    def __init__(self, actions: Sequence[Action]) -> None:
        super().__init__("keys")
        self._actions = actions

    def offer(self, actions: Sequence[Action]) -> None:
        """Take other actions from here on."""
        self._actions = actions

    async def on_click(self, event: events.Click) -> None:
        """Do what the words under the pointer say."""
        action = action_at(self._actions, event.x, self.size.width)
        if action is not None:
            await self.screen.run_action(action.name)
