"""The screen as an SVG that stands alone: nothing in it is loaded from anywhere.

What the framework exports names web fonts by their address; they are taken out, and the letters are
those of whoever looks at it.
"""

import re
from typing import Final

_FACES: Final = re.compile(r"\s*@font-face\s*\{[^}]*\}")
_COMMENT: Final = re.compile(r"\s*<!--.*?-->", re.DOTALL)
_FONT: Final = "font-family: Fira Code, monospace;"
_OWN_FONT: Final = (
    'font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, "Liberation Mono", monospace;'
)


def alone(svg: str) -> str:
    """An exported SVG without what it would load from elsewhere.

    Args:
        svg: As `App.export_screenshot` gives it.
    """
    head, style, rest = svg.partition("</style>")
    head = _COMMENT.sub("", _FACES.sub("", head)).replace(_FONT, _OWN_FONT)
    return head + style + rest
