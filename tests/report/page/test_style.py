import base64
import hashlib
import re

import pytest

from sandbox.report.page.style import POLICY, STYLE


def test_the_policy_lets_in_this_style_and_nothing_else() -> None:
    """Not one byte may differ."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in POLICY
    assert POLICY.startswith("default-src 'none'")
    for opening in ("script-src", "unsafe", "data:", "*", "http"):
        assert opening not in POLICY


def test_the_style_loads_nothing() -> None:
    """No picture, no letters, no other style."""
    for words in ("url(", "@import", "@font-face", "http", "</"):
        assert words not in STYLE
    assert STYLE.count("{") == STYLE.count("}")


def test_dark_and_paper_are_thought_of() -> None:
    """Dark by the reader's own settings; on paper the same as in the light."""
    assert "@media (prefers-color-scheme:dark)" in STYLE
    assert "@page" in STYLE
    printed = STYLE[STYLE.index("@media print") :]
    assert _colours(printed)["paper"] == "#fff"


def _colours(style: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):(#[0-9a-f]+)", style))


def _light(colour: str) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_light(one), _light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_letters_can_be_read_and_shapes_be_seen(is_dark: bool) -> None:
    """WCAG AA: 4.5 for letters, and for shapes beside the paper 1.9 with a pattern and an edge."""
    begin = STYLE.index("@media (prefers-color-scheme:dark)") if is_dark else 0
    colours = _colours(STYLE[begin : begin + 700])
    for letters, ground in (
        ("ink", "paper"), ("soft", "paper"), ("soft", "wash"), ("ink", "wash"), ("link", "paper"),
        ("good", "good-wash"), ("bad", "bad-wash"), ("warn", "warn-wash"), ("bad", "paper"),
        ("ink", "warn-wash"), ("ink", "window"),
    ):  # fmt: skip
        assert _contrast(colours[letters], colours[ground]) >= 4.5, (letters, ground)
    for level in range(8):
        assert _contrast(colours[f"l{level}"], colours["paper"]) >= 1.9, level
    assert _contrast("#777", "#888") < 1.9  # the measure can fail
