"""Colours: the theme the app opens with, and the styles drawn from whichever theme is on.

Channels have colours of their own, as theme variables, so that a theme may choose them. Colour is
never the only sign of anything: every state also has a glyph or a word.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rich.style import Style
from textual.color import Color, ColorParseError
from textual.theme import Theme

DOMAIN_COLOURS: Final = {
    "sms": "#5aa9ff",
    "whatsapp": "#2fd0b0",
    "viber": "#b794f6",
    "other-channel": "#e8b468",
    "good": "#8be58b",
    "warn": "#f0b429",
    "bad": "#ff6b6b",
}
"""The variables every theme has, if it says nothing else."""

SANDBOX_DARK: Final = Theme(
    name="sandbox-dark",
    primary="#5aa9ff",
    secondary="#2fd0b0",
    accent="#f0b429",
    foreground="#d7dee8",
    background="#0b0f14",
    surface="#0f151c",
    panel="#1a232d",
    success="#8be58b",
    warning="#f0b429",
    error="#ff6b6b",
    dark=True,
    variables={
        **DOMAIN_COLOURS,
        "border": "#5aa9ff",
        "border-blurred": "#2d3947",
        "footer-key-foreground": "#f0b429",
    },
)


_LIGHT: Final = 0.5
_DARKER: Final = 0.25
"""On a light background the colours, chosen for a dark one, are darkened by so much."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The styles of the screen under one theme; backgrounds come from the widgets.

    Attributes:
        dim: What may be overlooked: grids, units, labels.
        faint: Fainter than that: the grid behind the messages.
        cursor: The row or knob that keys act on.
        tones: Of the line of words, by how it is meant.
        channels: Channel -> its colour; `channel` falls back for others.
    """

    text: Style
    strong: Style
    dim: Style
    faint: Style
    good: Style
    warn: Style
    bad: Style
    alarm: Style
    accent: Style
    cursor: Style
    key: Style
    tones: tuple[Style, Style, Style, Style]
    channels: Mapping[str, Style]
    other: Style

    def channel(self, name: str) -> Style:
        """The style of a channel."""
        return self.channels.get(name, self.other)


def palette_of(variables: Mapping[str, str]) -> Palette:
    """Draw the styles from a theme's variables."""
    foreground = _colour(variables.get("foreground", ""), "#d7dee8")
    background = _colour(variables.get("surface", ""), "#0f151c")
    is_light = background.brightness > _LIGHT

    def ink(name: str, fallback: str, *, bold: bool = False) -> Style:
        colour = _colour(variables.get(name, ""), fallback)
        return Style(color=(colour.darken(_DARKER) if is_light else colour).rich_color, bold=bold)

    panel = _colour(variables.get("panel", ""), "#1a232d")
    bad = _colour(variables.get("bad", ""), DOMAIN_COLOURS["bad"])
    alarm = bad.darken(_DARKER) if is_light else bad
    return Palette(
        text=Style(color=foreground.rich_color),
        strong=Style(color=foreground.rich_color, bold=True),
        dim=Style(color=background.blend(foreground, 0.55).rich_color),
        faint=Style(color=background.blend(foreground, 0.22).rich_color),
        good=ink("good", DOMAIN_COLOURS["good"], bold=True),
        warn=ink("warn", DOMAIN_COLOURS["warn"]),
        bad=ink("bad", DOMAIN_COLOURS["bad"]),
        alarm=Style(color=background.rich_color, bgcolor=alarm.rich_color, bold=True),
        accent=ink("accent", "#f0b429", bold=True),
        cursor=Style(bgcolor=panel.blend(foreground, 0.10).rich_color, bold=True),
        key=ink("footer-key-foreground", "#f0b429", bold=True),
        tones=(
            Style(color=background.blend(foreground, 0.55).rich_color, italic=True),
            ink("accent", "#f0b429", bold=True),
            Style(color=foreground.rich_color, bold=True),
            Style(color=background.rich_color, bgcolor=alarm.rich_color, bold=True),
        ),
        channels={name: ink(name, DOMAIN_COLOURS[name]) for name in ("sms", "whatsapp", "viber")},
        other=ink("other-channel", DOMAIN_COLOURS["other-channel"]),
    )


def _colour(text: str, fallback: str) -> Color:
    try:
        colour = Color.parse(text)
    except ColorParseError:
        return Color.parse(fallback)
    return Color.parse(fallback) if colour.a == 0 else colour
