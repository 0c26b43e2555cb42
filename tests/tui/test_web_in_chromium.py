"""The app in a real browser: it is there without a click, and asks nobody outside for anything."""

import sys
from pathlib import Path

import pytest

from tests.support.browser import BROWSER, browser
from tests.tui.stage import CODES
from tests.tui.test_web import program

pytestmark = pytest.mark.skipif(
    BROWSER is None or sys.platform == "win32", reason="chromium is not installed"
)


async def test_it_is_seen_answers_keys_and_asks_nobody_outside(tmp_path: Path) -> None:
    """First frame with the key bar; a key with nothing clicked; every request to this server."""
    file = tmp_path / "codes.yaml"
    file.write_text(CODES, encoding="utf-8")
    profile = tmp_path / "browser"
    profile.mkdir()
    async with program(file) as (_, url), browser(profile) as page:
        empty = await page.picture()
        await page.open(url)
        await page.wait_for("Quit")
        assert "Pause" in page.came
        await page.press(" ")
        await page.wait_for("paused")
        assert '["stdin"," "]' in page.sent
        await page.press("?")
        await page.wait_for("Reading the picture")
        assert "-first-byte" in str(await page.evaluate("document.body.className"))
        shown = await page.picture()
        assert len(shown) > 5 * len(empty)
        assert await page.evaluate("document.fonts.check('16px \"Roboto Mono\"')") is True
        own = {url, url.replace("http://", "ws://")}
        assert [each for each in page.asked if not each.startswith(tuple(own))] == []
        assert any(each.endswith("/static/font.ttf") for each in page.asked)
        assert [said for said in page.console if "Content Security Policy" in said] == []


async def test_the_policy_holds_in_the_browser(tmp_path: Path) -> None:
    """What might get into the page loads nothing from elsewhere, and the browser says why."""
    file = tmp_path / "codes.yaml"
    file.write_text(CODES, encoding="utf-8")
    profile = tmp_path / "browser"
    profile.mkdir()
    async with program(file) as (_, url), browser(profile) as page:
        await page.open(url)
        await page.wait_for("Quit")
        await page.evaluate("fetch('http://127.0.0.1:9/x').catch(() => 0)")
        await page.evaluate("document.body.append(Object.assign(document.createElement('img'), "
                            "{src: 'http://127.0.0.1:9/x.png'}))")  # fmt: skip
        await page.press(" ")
        await page.wait_for("paused")
        assert sum("Content Security Policy" in said for said in page.console) >= 2
