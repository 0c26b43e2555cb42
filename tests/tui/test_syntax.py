import pytest
from textual.theme import Theme

from sandbox.tui.syntax import editor_theme
from sandbox.tui.themes import DOMAIN_COLOURS, THEMES, palette_of


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_the_editor_has_the_colours_of_the_screen(theme: Theme) -> None:
    """No other ones, so what can be read elsewhere can be read in it; keys are not values."""
    variables = DOMAIN_COLOURS | theme.to_color_system().generate() | theme.variables
    palette = palette_of(variables)
    made = editor_theme(palette, "x")
    assert made.name == "x"
    known = {palette.text, palette.dim, palette.accent, palette.bad, palette.other,
             palette.tones[0], *palette.channels.values()}  # fmt: skip
    assert set(made.syntax_styles.values()) <= known
    assert made.syntax_styles["yaml.field"] != made.syntax_styles["string"]
