"""Colours: the theme the app opens with, and the styles drawn from whichever theme is on.

Channels have colours of their own, as theme variables, so that a theme may choose them. Colour is
never the only sign of anything: every state also has a glyph or a word.
"""

from collections.abc import Mapping, Sequence
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

SANDBOX_LIGHT: Final = Theme(
    name="sandbox-light",
    primary="#0b5cad",
    secondary="#00695c",
    accent="#8a5a00",
    foreground="#1b2430",
    background="#eef1f5",
    surface="#fbfcfd",
    panel="#e1e6ec",
    success="#1f6b2b",
    warning="#7d5200",
    error="#b3261e",
    dark=False,
    variables={
        "sms": "#0b5cad",
        "whatsapp": "#00695c",
        "viber": "#6a3ab2",
        "other-channel": "#7a4a00",
        "good": "#1f6b2b",
        "warn": "#7d5200",
        "bad": "#b3261e",
        "border": "#0b5cad",
        "border-blurred": "#b5bfca",
        "footer-key-foreground": "#7d5200",
    },
)

HIGH_CONTRAST: Final = Theme(
    name="sandbox-high-contrast",
    primary="#7cc4ff",
    secondary="#5ff2d0",
    accent="#ffd60a",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#141414",
    success="#7dff7d",
    warning="#ffd60a",
    error="#ff9d9d",
    dark=True,
    variables={
        "sms": "#8ccbff",
        "whatsapp": "#5ff2d0",
        "viber": "#d8bcff",
        "other-channel": "#ffc27a",
        "good": "#7dff7d",
        "warn": "#ffd60a",
        "bad": "#ff9d9d",
        "border": "#ffffff",
        "border-blurred": "#a0a0a0",
        "footer-key-foreground": "#ffd60a",
        "least-contrast": "7",
    },
)
"""Every word reaches the contrast of WCAG's AAA, 7 to 1."""

RED_GREEN: Final = Theme(
    name="sandbox-red-green",
    primary="#56b4e9",
    secondary="#0fc2a0",
    accent="#f0e442",
    foreground="#dfe5ec",
    background="#0b0f14",
    surface="#0f151c",
    panel="#1a232d",
    success="#56b4e9",
    warning="#f0e442",
    error="#ff8c42",
    dark=True,
    variables={
        "sms": "#5b8cff",
        "whatsapp": "#e8e0b0",
        "viber": "#d9c8ff",
        "other-channel": "#b8b8b8",
        "good": "#7cc8ff",
        "warn": "#f0e442",
        "bad": "#ff8c42",
        "border": "#56b4e9",
        "border-blurred": "#2d3947",
        "footer-key-foreground": "#f0e442",
    },
)
"""For deuteranopia and protanopia: blue against orange, where others have green against red."""

BLUE_YELLOW: Final = Theme(
    name="sandbox-blue-yellow",
    primary="#2fd0d0",
    secondary="#ff8fa3",
    accent="#ff9aa8",
    foreground="#e4e4e4",
    background="#101010",
    surface="#151515",
    panel="#222222",
    success="#2fd0d0",
    warning="#f4b6c0",
    error="#ff5c6c",
    dark=True,
    variables={
        "sms": "#22c7c7",
        "whatsapp": "#f2f2f2",
        "viber": "#ff7f9f",
        "other-channel": "#a8a8a8",
        "good": "#35dede",
        "warn": "#f4b6c0",
        "bad": "#ff5c6c",
        "border": "#2fd0d0",
        "border-blurred": "#3d3d3d",
        "footer-key-foreground": "#ff9aa8",
    },
)
"""For tritanopia: turquoise against red, and nothing told by blue or yellow."""

SIXTEEN: Final = Theme(
    name="sandbox-16-colours",
    primary="ansi_bright_blue",
    secondary="ansi_bright_cyan",
    accent="ansi_bright_yellow",
    foreground="ansi_white",
    background="ansi_black",
    surface="ansi_black",
    panel="ansi_black",
    boost="ansi_black",
    success="ansi_bright_green",
    warning="ansi_bright_yellow",
    error="ansi_bright_red",
    ansi=True,
    dark=True,
    variables={
        "sms": "ansi_bright_cyan",
        "whatsapp": "ansi_bright_green",
        "viber": "ansi_bright_magenta",
        "other-channel": "ansi_bright_yellow",
        "good": "ansi_bright_green",
        "warn": "ansi_bright_yellow",
        "bad": "ansi_bright_red",
        "border": "ansi_bright_white",
        "border-blurred": "ansi_white",
        "footer-key-foreground": "ansi_bright_yellow",
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        "input-cursor-background": "ansi_white",
        "input-cursor-foreground": "ansi_black",
        "input-cursor-text-style": "none",
        "input-selection-background": "ansi_white",
        "input-selection-foreground": "ansi_black",
    },
)
"""Only the sixteen colours of the terminal's own palette, whatever it makes of them."""

THEMES: Final = (
    SANDBOX_DARK,
    SANDBOX_LIGHT,
    HIGH_CONTRAST,
    RED_GREEN,
    BLUE_YELLOW,
    SIXTEEN,
)
"""Those of this program, in the order in which a key goes through them."""

_LIGHT: Final = 0.5
_AA: Final = 4.5
_CLOSER: Final = 0.05
"""A colour that is too close to its background is moved away from it in steps of this share."""


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
    """Draw the styles from a theme's variables, legible on each background they may stand on."""
    foreground = _colour(variables.get("foreground", ""), "#d7dee8")
    background = _colour(variables.get("surface", ""), "#0f151c")
    ground = _colour(variables.get("background", ""), "#0b0f14")
    if ground.ansi is not None:
        return _few_colours(variables)
    panel = _colour(variables.get("panel", ""), "#1a232d")
    chosen = panel.blend(foreground, 0.10)
    grounds = (background, ground, panel, chosen)
    least = float(variables.get("least-contrast", _AA))

    def ink(name: str, fallback: str) -> Color:
        return legible(_colour(variables.get(name, ""), fallback), grounds, least)

    text = legible(foreground, grounds, least)
    dim = legible(background.blend(foreground, 0.55), grounds, least)
    bad, accent = ink("bad", DOMAIN_COLOURS["bad"]), _style(ink("accent", "#f0b429"), bold=True)
    alarm = Style(color=background.rich_color, bgcolor=bad.rich_color, bold=True)
    inks = {name: _style(ink(name, colour)) for name, colour in DOMAIN_COLOURS.items()}
    return Palette(
        text=_style(text),
        strong=_style(text, bold=True),
        dim=_style(dim),
        faint=_style(background.blend(foreground, 0.22)),
        good=_style(ink("good", DOMAIN_COLOURS["good"]), bold=True),
        warn=inks["warn"],
        bad=inks["bad"],
        alarm=alarm,
        accent=accent,
        cursor=Style(bgcolor=chosen.rich_color, bold=True),
        key=_style(ink("footer-key-foreground", "#f0b429"), bold=True),
        tones=(Style(color=dim.rich_color, italic=True), accent, _style(text, bold=True), alarm),
        channels={name: inks[name] for name in ("sms", "whatsapp", "viber")},
        other=inks["other-channel"],
    )


def _few_colours(variables: Mapping[str, str]) -> Palette:
    """The styles of a theme that has only the terminal's own colours: none can be mixed.

    Without a shade for what may be overlooked, that has the normal weight, and the rest is bold.
    """
    is_light = _colour(variables.get("ansi-background", ""), "black").brightness > _LIGHT
    shade = "ansi_" if is_light else "ansi_bright_"

    def ink(name: str, hue: str) -> Color:
        colour = _colour(variables.get(name, ""), shade + hue)
        return colour if colour.ansi is not None else Color.parse(shade + hue)

    text = _colour(variables.get("foreground", ""), "ansi_default")
    accent, bad = _style(ink("accent", "yellow"), bold=True), ink("bad", "red")
    alarm = Style(color=bad.rich_color, reverse=True, bold=True)
    hues = {"sms": "cyan", "whatsapp": "green", "viber": "magenta"}
    return Palette(
        text=_style(text),
        strong=_style(text, bold=True),
        dim=_style(text),
        faint=_style(text),
        good=_style(ink("good", "green"), bold=True),
        warn=_style(ink("warn", "yellow")),
        bad=_style(bad),
        alarm=alarm,
        accent=accent,
        cursor=Style(reverse=True, bold=True),
        key=_style(ink("footer-key-foreground", "yellow"), bold=True),
        tones=(Style(color=text.rich_color, italic=True), accent, _style(text, bold=True), alarm),
        channels={name: _style(ink(name, hue)) for name, hue in hues.items()},
        other=_style(ink("other-channel", "yellow")),
    )


def _style(colour: Color, *, bold: bool = False) -> Style:
    return Style(color=colour.rich_color, bold=bold)


def legible(colour: Color, grounds: Sequence[Color], least: float) -> Color:
    """A colour as it is, or moved away from its backgrounds until it can be read on each of them.

    Args:
        colour: How it should look.
        grounds: What it may stand on; all of them light, or all of them dark.
        least: The contrast that must be reached, as WCAG computes it: 1 to 21.
    """
    end = Color.parse("black" if grounds[0].brightness > _LIGHT else "white")
    share, made = 0.0, colour
    while share < 1 and min(contrast(made, ground) for ground in grounds) < least:
        share += _CLOSER
        made = colour.blend(end, min(share, 1.0))
    return made


def contrast(one: Color, other: Color) -> float:
    """The contrast of two colours by WCAG 2: 1 for none, 21 for black on white."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Color) -> float:
    """Relative luminance by WCAG 2, from 0 to 1."""
    parts = [_linear(part) for part in colour.normalized]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _linear(part: float) -> float:
    low = part <= 0.04045
    return part / 12.92 if low else float(((part + 0.055) / 1.055) ** 2.4)


def _colour(text: str, fallback: str) -> Color:
    try:
        colour = Color.parse(text)
    except ColorParseError:
        return Color.parse(fallback)
    return Color.parse(fallback) if colour.a == 0 else colour
