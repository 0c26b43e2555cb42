import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from textual.pilot import Pilot

from sandbox.tui.app import SandboxApp
from sandbox.tui.picture import alone
from tests.tui.stage import advance, stage

OUTSIDE = re.compile(
    r"https?:|@import|@font-face|href|src\s*[:=]|url\((?!#)|<script|<!DOCTYPE", re.IGNORECASE
)
"""What a picture that stands alone has nowhere, but for the name of its own language."""
LANGUAGE = 'xmlns="http://www.w3.org/2000/svg"'


async def picture(app: SandboxApp, pilot: Pilot[int]) -> str:
    """The screen as it would be written."""
    advance(app, 40)
    await pilot.pause()
    return app.export_screenshot(title="<b> & fish")


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_a_picture_loads_nothing_from_anywhere(size: tuple[int, int]) -> None:
    """What the framework gives names web fonts; what is written does not."""
    app = stage()
    async with app.run_test(size=size) as pilot:
        raw = await picture(app, pilot)
    assert OUTSIDE.search(raw.replace(LANGUAGE, ""))
    made = alone(raw)
    assert OUTSIDE.search(made.replace(LANGUAGE, "")) is None
    assert "Fira Code" not in made


async def test_a_picture_is_whole_and_says_what_the_screen_said() -> None:
    """It is XML, what looks like markup is text, and the words are all there."""
    app = stage()
    async with app.run_test(size=(120, 36)) as pilot:
        made = alone(await picture(app, pilot))
    root = ET.fromstring(made)  # noqa: S314 - our own
    words = "".join(root.itertext()).replace("\N{NO-BREAK SPACE}", " ")
    assert "<b> & fish" in words
    assert "sms-main" in words
    assert "monospace" in words  # of the style


def test_words_on_the_screen_are_left_alone() -> None:
    """Only the style is changed, whatever a scenario says."""
    text = "<style>@font-face { x }\na</style><text>@font-face { y } <!-- z --></text>"
    assert alone(text) == "<style>\na</style><text>@font-face { y } <!-- z --></text>"


def test_the_pictures_of_the_docs_stand_alone_too() -> None:
    """They are shipped, and shown by the page of the project."""
    docs = Path(__file__).parents[2] / "sandbox" / "docs"
    shipped = sorted(docs.glob("*.svg"))
    assert shipped
    for each in shipped:
        assert OUTSIDE.search(each.read_text(encoding="utf-8").replace(LANGUAGE, "")) is None, each
