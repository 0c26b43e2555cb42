"""The colours of the editor's text, from those of the screen, so that each theme has them."""

from textual.widgets.text_area import TextAreaTheme

from sandbox.tui.themes import Palette


def editor_theme(palette: Palette, name: str) -> TextAreaTheme:
    """A theme for the editor; what it says nothing about comes from the app's style sheet.

    Args:
        palette: The styles of the screen.
        name: By which the editor knows it.
    """
    return TextAreaTheme(
        name=name,
        syntax_styles={
            "yaml.field": palette.channel("sms"),
            "string": palette.text,
            "string.escape": palette.accent,
            "number": palette.channel("whatsapp"),
            "boolean": palette.channel("viber"),
            "constant.builtin": palette.channel("viber"),
            "type": palette.other,
            "comment": palette.tones[0],
            "error": palette.bad,
            "preproc": palette.other,
            "punctuation.delimiter": palette.dim,
            "punctuation.bracket": palette.dim,
            "punctuation.special": palette.dim,
        },
    )
