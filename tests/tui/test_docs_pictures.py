"""The pictures of the docs can be made anew, and are what the docs show."""

import re
from pathlib import Path

from tests.tui.docs_pictures import DOCS, PICTURES, live, picture


async def test_a_picture_is_the_same_each_time_and_loads_nothing(tmp_path: Path) -> None:
    """Nobody needs a network to look at it, and whoever makes it again changes nothing."""
    drawn = await picture(live, tmp_path)
    assert "OUTAGE" in drawn
    assert drawn == await picture(live, tmp_path)
    assert set(re.findall(r"https?://[^\"]+", drawn)) == {"http://www.w3.org/2000/svg"}


def test_every_picture_is_shown_and_every_one_shown_is_there() -> None:
    """The page on the app, and the front page, speak of all of them."""
    pages = [*DOCS.glob("*.md"), DOCS.parents[1] / "README.md"]
    shown = {
        Path(name).stem
        for page in pages
        for name in re.findall(r"!\[[^\]]*\]\(([^)]+\.svg)\)", page.read_text(encoding="utf-8"))
    }
    assert shown == set(PICTURES) == {path.stem for path in DOCS.glob("*.svg")}
