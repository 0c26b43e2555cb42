import pytest
from textual.theme import BUILTIN_THEMES

from sandbox.tui.themes import DOMAIN_COLOURS, SANDBOX_DARK, palette_of


def test_channels_have_the_colours_of_the_theme() -> None:
    """A theme may give a channel its own colour."""
    palette = palette_of({"sms": "#010203"})
    color = palette.channel("sms").color
    assert color is not None
    assert color.triplet is not None
    assert color.triplet.hex == "#010203"


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
