"""The verbs that show the app: what they ask of the screen and of the server."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.app import live_config
from sandbox.app.guard import Command
from sandbox.app.live_switch import Start
from sandbox.app.settings import change_settings
from sandbox.cli.main import main
from sandbox.cli.showing import DEMO
from sandbox.scenario.library import OPENING, find
from sandbox.tui.opening import PLAIN, Opening

DEMONSTRATION: Final = Opening(is_demo=True, verb="demo")


@pytest.fixture
def remembering() -> list[tuple[Path | None, str]]:
    """Where what is remembered was said to be, and what was said at the start."""
    return []


@pytest.fixture
def starts() -> list["Start | None"]:
    """How real sending was asked for."""
    return []


@pytest.fixture
def opened(
    monkeypatch: pytest.MonkeyPatch,
    remembering: list[tuple[Path | None, str]],
    starts: list["Start | None"],
) -> list[tuple[Path, int | None, Opening]]:
    """What the screen was opened with, on a terminal that is none."""
    seen: list[tuple[Path, int | None, Opening]] = []

    def run_app(
        source: Path,
        *,
        seed: int | None = None,
        opening: Opening = PLAIN,
        settings: Path | None = None,
        note: str = "",
        resumes: bool = False,  # noqa: ARG001 - as the real one
        start: "Start | None" = None,
    ) -> int:
        starts.append(start)
        seen.append((Path(source), seed, opening))
        remembering.append((settings, note))
        return 0

    monkeypatch.setattr("sandbox.tui.app.run_app", run_app)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    return seen


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Sequence[str], dict[str, Any]]]:
    """What the server was started with."""
    seen: list[tuple[Sequence[str], dict[str, Any]]] = []

    def serve(argv: Sequence[str], **how: Any) -> None:
        seen.append((argv, how))
        how["told"]("http://127.0.0.1:1/x/")

    monkeypatch.setattr("sandbox.tui.web.serve", serve)
    return seen


def test_a_demo_is_a_minute_in_large_letters(
    opened: list[tuple[Path, int | None, Opening]],
) -> None:
    """Without a scenario there is one for it; any other can be shown as well."""
    assert main(["demo"]) == 0
    assert main(["demo", "lost-receipts"]) == 0
    assert opened == [(find(DEMO), None, DEMONSTRATION),
                      (find("lost-receipts"), None, DEMONSTRATION)]  # fmt: skip


def test_a_demo_needs_a_terminal_and_a_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    """What is missing is said, with what to do instead."""
    assert main(["demo"]) == 2
    assert "sandbox web --demo" in capsys.readouterr().err
    assert main(["demo", "no-such-thing"]) == 2
    assert "no-such-thing" in capsys.readouterr().err


def test_what_a_browser_is_given_may_write_nothing(
    opened: list[tuple[Path, int | None, Opening]],
) -> None:
    """The hidden way in makes a viewer, with or without the presenter's view."""
    path = str(find(OPENING))
    assert main(["open", "--in-browser", "--seed=7", "--", path]) == 0
    assert main(["open", "--in-browser", "--demo", "--", path]) == 0
    assert main(["open", OPENING, "--seed", "7"]) == 0
    assert [(seed, opening) for _, seed, opening in opened] == [
        (7, Opening(is_viewer=True, verb="web")),
        (None, Opening(is_viewer=True, is_demo=True, verb="web")),
        (7, PLAIN),
    ]


def test_the_last_scenario_is_opened_again(
    opened: list[tuple[Path, int | None, Opening]],
    remembering: list[tuple[Path | None, str]],
    settings: Path,
    file: Path,
) -> None:
    """Without a name; `--fresh` and a browser know of nothing, and a broken file is told."""
    change_settings(settings, lambda was: replace(was, scenario=str(file)))
    assert main(["open"]) == main([]) == main(["open", "--fresh"]) == 0
    assert main(["open", "--in-browser", "--", str(file)]) == 0
    assert [source for source, _, _ in opened] == [file, file, find(OPENING), file]
    assert remembering == [(settings, ""), (settings, ""), (None, ""), (None, "")]
    file.write_text("schema: 1\ncascades: nothing\n", encoding="utf-8")
    assert main(["open"]) == 0
    file.unlink()
    assert main(["open"]) == 0
    assert [source for source, _, _ in opened[4:]] == [find(OPENING)] * 2
    assert all(note.startswith("not the last scenario: ") for _, note in remembering[4:])


def test_with_live_the_app_is_told_how_it_was_started(
    opened: list[tuple[Path, int | None, Opening]],
    starts: list[Start | None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without it there is nothing to tell, and nothing can be sent."""
    monkeypatch.setattr(live_config, "config_path", lambda: tmp_path / "live.toml")
    assert main(["open", "real-providers"]) == 0
    words = ["--allow", "+447700900123", "--base-url", "wa-cloud=http://127.0.0.1:1/x",
             "--host", "stub.example.com", "--max-price", "0.10 EUR",
             "--public-url", "https://hook.example.com", "--port", "8001",
             "--db", str(tmp_path / "runs.sqlite")]  # fmt: skip
    assert main(["open", "real-providers", "--live", *words]) == 0
    assert [opening for _, _, opening in opened] == [PLAIN, PLAIN]
    none, start = starts
    assert none is None
    assert start is not None
    assert start.command == Command(verb="open", is_live=True)
    assert start.wanted.allow == ("+447700900123",)
    assert start.wanted.hosts == ("stub.example.com",)
    assert [name for name, _ in start.wanted.base_urls] == ["wa-cloud"]
    assert start.wanted.max_price is not None
    assert (start.public_url, start.port) == ("https://hook.example.com", 8001)
    assert start.path == tmp_path / "runs.sqlite"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--live"], "--live wants the scenario named"),
        (["x", "--allow", "+447700900123"], "--allow goes with --live"),
        (["x", "--db", "runs.sqlite"], "--db goes with --live"),
        (["x", "--live", "--no-store"], "--no-store and --live exclude each other"),
        (["x", "--no-store"], "--no-store has no meaning"),
        (["x", "--live", "--in-browser"], "nothing is really sent from a browser"),
        (["x", "--live", "--demo"], "nothing is really sent from a browser, or a demo"),
    ],
)
def test_what_does_not_go_together_opens_nothing(
    words: list[str],
    said: str,
    opened: list[tuple[Path, int | None, Opening]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["open", *words]) == 2
    assert said in capsys.readouterr().err
    assert opened == []


def test_the_app_for_a_browser_is_a_list_of_words(
    tmp_path: Path,
    served: list[tuple[Sequence[str], dict[str, Any]]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A file's name is one word of it, whatever is in the name; it is never taken for an option."""
    file = tmp_path / "--seed=1; touch $(id) 'x.yaml"
    file.write_bytes(find(OPENING).read_bytes())
    assert main(["web", str(file), "--seed", "7", "--demo", "--port", "0"]) == 0
    ((argv, how),) = served
    assert argv == [sys.executable, "-m", "sandbox", "open", "--in-browser", "--demo", "--seed=7",
                    "--", str(file)]  # fmt: skip
    assert (how["bind"], how["port"]) == ("127.0.0.1", 0)
    out, err = capsys.readouterr()
    assert out == "http://127.0.0.1:1/x/\n"
    assert "warning" not in err


def test_another_address_is_taken_with_a_word_of_what_it_means(
    served: list[tuple[Sequence[str], dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody opens it to a network by accident, or without knowing."""
    everywhere = "0.0.0.0"  # noqa: S104 - the server is a stand-in
    assert main(["web", "--bind", everywhere]) == 0
    assert served[0][1]["bind"] == everywhere
    assert "others can reach" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--port", "70000"], "70000"), (["--port", "-1"], "port"), (["--seed", "x"], "seed"),
     (["no-such-thing"], "no-such-thing")],
)  # fmt: skip
def test_a_wrong_call_serves_nothing(
    words: list[str],
    said: str,
    served: list[tuple[Sequence[str], dict[str, Any]]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It exits with 2 and says why."""
    try:
        code = main(["web", *words])
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    assert code == 2
    assert said in capsys.readouterr().err
    assert served == []


def test_a_mistake_in_the_file_is_told_before_anybody_opens_a_page(
    tmp_path: Path,
    served: list[tuple[Sequence[str], dict[str, Any]]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With its line, as ever."""
    file = tmp_path / "broken.yaml"
    file.write_text("schema: 1\ncascades: {otp: [smss]}\n", encoding="utf-8")
    assert main(["web", str(file)]) == 2
    assert "broken.yaml" in capsys.readouterr().err
    assert served == []


def test_without_the_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, and no traceback."""
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    monkeypatch.delitem(sys.modules, "sandbox.tui.web", raising=False)
    assert main(["web"]) == 2
    err = capsys.readouterr().err
    assert "aiohttp" in err
    assert "fallback-sandbox[web]" in err
