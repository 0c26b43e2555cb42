from dataclasses import fields

import pytest
from rich.style import Style
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from sandbox.tui.themes import (
    BLUE_YELLOW,
    DOMAIN_COLOURS,
    HIGH_CONTRAST,
    RED_GREEN,
    SANDBOX_DARK,
    SIXTEEN,
    THEMES,
    Palette,
    contrast,
    legible,
    palette_of,
)

AA, AAA = 4.5, 7.0
BLIND = {
    # Machado, Oliveira and Fernandes 2009, severity 1.0, for linear RGB.
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413),
                     (-0.011820, 0.042940, 0.968881)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216),
                   (-0.003882, -0.048116, 1.051998)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602),
                   (0.004733, 0.691367, 0.303900)),
}  # fmt: skip


def variables(theme: Theme) -> dict[str, str]:
    """As the app computes them."""
    return DOMAIN_COLOURS | theme.to_color_system().generate() | theme.variables


def styles(palette: Palette) -> list[tuple[str, Style]]:
    """Every style of a palette by its name; `faint` draws tracks and grids, and says nothing."""
    found: list[tuple[str, Style]] = []
    for field in fields(palette):
        value = getattr(palette, field.name)
        if isinstance(value, Style):
            found.append((field.name, value))
        elif isinstance(value, tuple):
            found += [(f"{field.name}.{nth}", each) for nth, each in enumerate(value)]
        else:
            found += [(f"{field.name}.{name}", each) for name, each in value.items()]
    return [(name, style) for name, style in found if name != "faint"]


def pairs(theme: Theme) -> list[tuple[str, float]]:
    """Each text of a theme on each background it stands on, with the contrast of the two."""
    known, palette = variables(theme), palette_of(variables(theme))
    grounds = [Color.parse(known[name]) for name in ("surface", "background", "panel")]
    assert palette.cursor.bgcolor is not None
    grounds.append(Color.from_rich_color(palette.cursor.bgcolor))
    found: list[tuple[str, float]] = []
    for name, style in styles(palette):
        if style.color is None:
            continue
        ink = Color.from_rich_color(style.color)
        own = [Color.from_rich_color(style.bgcolor)] if style.bgcolor else grounds
        found += [(f"{name} on {ground.hex}", contrast(ink, ground)) for ground in own]
    return found


def test_channels_have_the_colours_of_the_theme() -> None:
    """A theme may give a channel its own colour."""
    palette = palette_of({"sms": "#a1b2c3"})
    color = palette.channel("sms").color
    assert color is not None
    assert color.triplet is not None
    assert color.triplet.hex == "#a1b2c3"


def test_a_channel_nobody_thought_of_has_a_colour_too() -> None:
    """The set of channels is open."""
    palette = palette_of(DOMAIN_COLOURS)
    assert palette.channel("rcs") == palette.channel("email")
    assert palette.channel("rcs") != palette.channel("sms")


def test_a_colour_that_is_none_does_no_harm() -> None:
    """Variables that are no colours fall back."""
    assert palette_of({"sms": "auto 87%", "foreground": "?"}) == palette_of({})


@pytest.mark.parametrize("name", sorted(BUILTIN_THEMES))
def test_every_theme_of_the_library_can_be_used(name: str) -> None:
    """Light, dark and sixteen-colour themes all give styles with a colour."""
    theme = BUILTIN_THEMES[name]
    palette = palette_of(theme.to_color_system().generate() | DOMAIN_COLOURS)
    for style in (palette.text, palette.dim, palette.good, palette.bad, palette.channel("sms")):
        assert style.color is not None


def test_our_theme_names_the_channels() -> None:
    """The theme the app opens with has the three channels and the three moods."""
    assert DOMAIN_COLOURS.items() <= SANDBOX_DARK.variables.items()


# Legible -----------------------------------------------------------------------------------------


def test_contrast_is_that_of_wcag() -> None:
    """Black on white is 21, a colour on itself 1, and a known pair between them."""
    assert contrast(Color.parse("black"), Color.parse("white")) == pytest.approx(21)
    assert contrast(Color.parse("#777777"), Color.parse("#777777")) == 1
    assert contrast(Color.parse("#777777"), Color.parse("white")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [each for each in THEMES if not each.ansi], ids=lambda t: t.name)
def test_every_text_can_be_read(theme: Theme) -> None:
    """AA on every background, AAA in the theme of high contrast."""
    least = AAA if theme is HIGH_CONTRAST else AA
    found = pairs(theme)
    assert len(found) > 40
    assert [pair for pair in found if pair[1] < least] == []


@pytest.mark.parametrize("name", sorted(name for name in BUILTIN_THEMES if "ansi" not in name))
def test_every_text_can_be_read_in_the_librarys_themes_too(name: str) -> None:
    """What is too close to its background is moved away from it."""
    assert [pair for pair in pairs(BUILTIN_THEMES[name]) if pair[1] < AA] == []


def test_a_colour_is_moved_only_where_it_must_be() -> None:
    """A legible one stays; a grey on grey does not."""
    black, white = Color.parse("#000000"), Color.parse("#ffffff")
    assert legible(Color.parse("#aaaaaa"), [black], AA) == Color.parse("#aaaaaa")
    assert contrast(Color.parse("#333333"), black) < AA
    assert contrast(legible(Color.parse("#333333"), [black], AA), black) >= AA
    assert contrast(legible(Color.parse("#dddddd"), [white], AA), white) >= AA


def test_sixteen_colours_are_the_terminals_own() -> None:
    """No style of that theme has any other; nor has one of the library's two of that kind."""
    themes = (SIXTEEN, BUILTIN_THEMES["ansi-dark"], BUILTIN_THEMES["ansi-light"])
    for _, style in [each for theme in themes for each in styles(palette_of(variables(theme)))]:
        for colour in (style.color, style.bgcolor):
            assert colour is None or (colour.triplet is None and (colour.number or 0) < 16)


# Told apart --------------------------------------------------------------------------------------


def seen(colour: Color, blindness: str) -> tuple[float, float, float]:
    """A colour as somebody sees it, in CIE Lab."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
              for part in colour.normalized]  # fmt: skip
    r, g, b = (
        min(max(sum(a * c for a, c in zip(row, linear, strict=True)), 0.0), 1.0)
        for row in BLIND[blindness]
    )
    x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def apart(theme: Theme, one: str, other: str, blindness: str) -> float:
    """How different two colours of a theme look (Delta E of 1976)."""
    known = variables(theme)
    pair = [seen(Color.parse(known[name]), blindness) for name in (one, other)]
    return float(sum((a - b) ** 2 for a, b in zip(*pair, strict=True)) ** 0.5)


@pytest.mark.parametrize(
    ("theme", "blindness"),
    [(RED_GREEN, "deuteranopia"), (RED_GREEN, "protanopia"), (BLUE_YELLOW, "tritanopia")],
)
def test_what_means_different_things_looks_different_to_the_colour_blind(
    theme: Theme, blindness: str
) -> None:
    """Good and bad, and the three channels from each other."""
    for one, other in (("good", "bad"), ("sms", "whatsapp"), ("sms", "viber"),
                       ("whatsapp", "viber"), ("good", "warn")):  # fmt: skip
        assert apart(theme, one, other, blindness) > 20, (one, other)


def test_the_theme_for_everybody_would_not_do() -> None:
    """The measure can fail: its green and red, or blue and violet, are close for some people."""
    assert apart(SANDBOX_DARK, "good", "bad", "deuteranopia") < 20
    assert apart(SANDBOX_DARK, "sms", "viber", "protanopia") < 20
    assert apart(SANDBOX_DARK, "sms", "whatsapp", "tritanopia") < 20
