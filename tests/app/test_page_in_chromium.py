"""The page of a run in a real browser: its policy holds there, and its style is let in."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from sandbox.app.exports import Format, export_run
from sandbox.app.record import keep_run
from sandbox.scenario.loader import load
from tests.support.telling import SCENARIO

BROWSER: Final = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)

pytestmark = pytest.mark.skipif(BROWSER is None, reason="chromium is not installed")


class Seen(NamedTuple):
    """What a browser made of a page."""

    document: str
    console: str


def opened(page: str, folder: Path) -> Seen:
    """Open a page of HTML, let it settle, and look at its document and its console."""
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    profile = folder / "profile"
    done = subprocess.run(
        [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr",
         f"--user-data-dir={profile}", "--dump-dom", file.as_uri()],
        capture_output=True, encoding="utf-8", errors="replace", timeout=120, check=True,
        env={**os.environ, "HOME": str(folder)},
    )  # fmt: skip
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return Seen(done.stdout, "\n".join(console))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a run whose texts are hostile."""
    path = tmp_path_factory.mktemp("browser") / "runs.sqlite"
    keep_run(load(SCENARIO), path)
    pieces: list[str] = []
    export_run(path, "last", Format.HTML, pieces.append)
    return "".join(pieces)


def test_a_browser_has_nothing_to_complain_of(page: str, tmp_path: Path) -> None:
    """Its style is let in, and no hostile text became an element."""
    seen = opened(page, tmp_path)
    assert seen.console == ""
    assert "<script" not in seen.document
    assert "<img" not in seen.document
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in seen.document


@pytest.mark.parametrize(
    ("smuggled", "mark"),
    [
        ("<script>document.title = 'taken' + 'over'</script>", "takenover"),
        ("<p onclick='0' style='color:red'>x</p>", ""),
        ("<style>body{color:red}</style>", ""),
        ("<img src='https://example.invalid/x.png'>", ""),
    ],
    ids=["script", "style of an element", "second style", "picture from outside"],
)
def test_the_policy_stops_whatever_might_get_in(
    page: str, tmp_path: Path, smuggled: str, mark: str
) -> None:
    """Even where something were not escaped, it would neither run, nor load, nor look."""
    seen = opened(page.replace("</main>", f"{smuggled}</main>"), tmp_path)
    assert "Content Security Policy" in seen.console
    assert not mark or mark not in seen.document
