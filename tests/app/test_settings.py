from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.app import settings as module
from sandbox.app.opening_speed import SPEED_MAX, SPEED_MIN
from sandbox.app.settings import (
    BYTES_MAX,
    FILE,
    Glyphs,
    Settings,
    change_settings,
    last_scenario,
    parse_settings,
    read_settings,
    settings_path,
    settings_text,
    source_of,
)
from sandbox.errors import StorageError
from sandbox.scenario.library import OPENING, find

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
ALL = st.builds(
    Settings,
    theme=TEXTS,
    glyphs=st.sampled_from(Glyphs),
    scenario=TEXTS,
    speed=st.none() | st.sampled_from([SPEED_MIN, Fraction(1), Fraction(3, 2), SPEED_MAX]),
    is_card_dismissed=st.booleans(),
    keys=st.dictionaries(TEXTS, TEXTS, max_size=5).map(lambda keys: tuple(keys.items())),
)


@given(ALL)
def test_what_is_written_is_read_as_it_was(settings: Settings) -> None:
    """Whatever the texts are, quotes and control characters included."""
    found = parse_settings(settings_text(settings).encode())
    assert (found.settings, found.trouble) == (settings, "")


@given(st.binary(max_size=300) | TEXTS.map(str.encode))
def test_no_content_is_a_crash(content: bytes) -> None:
    """Anything can stand in the file; what is not understood is told."""
    found = parse_settings(content)
    assert found.trouble
    assert found.settings == Settings()


@pytest.mark.parametrize(
    ("content", "words", "settings"),
    [
        ("version = 1\ntheme = 'x'\ncolour = 1", "'colour' is not known", Settings(theme="x")),
        ("version = 2\ntheme = 'x'", "later version (2)", Settings()),
        ("theme = 'x'", "'version' is 1", Settings(theme="x")),
        ("version = 1\nspeed = '4096'\ntheme = 'x'", "'speed' is a text", Settings(theme="x")),
        ("version = 1\nspeed = '1/0'", "'speed'", Settings()),
        ("version = 1\nspeed = '-1'", "'speed'", Settings()),
        ("version = 1\nspeed = 4", "'speed' is a text", Settings()),
        ("version = 1\nglyphs = 'emoji'", "auto, unicode, ascii", Settings()),
        ("version = 1\nfirst_card_dismissed = 1", "true or false", Settings()),
        ("version = 1\nkeys = 3", "'keys' is a table", Settings()),
        ("version = 1\n[keys]\n'a.b' = 1\n'a.c' = 'p'", "'keys.a.b' is a text",
         Settings(keys=(("a.c", "p"),))),
        ("version = = 1", "is no TOML", Settings()),
        ("a = " + "[" * 5000, "is no TOML", Settings()),
        ("#" * (BYTES_MAX + 1), "is larger", Settings()),
        ("version = 1\n'\\u001b[31m' = 1", r"'\x1b[31m' is not known", Settings()),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_told_and_the_rest_is_used(
    content: str, words: str, settings: Settings
) -> None:
    """The message names the setting and the file, in one line that cannot do harm."""
    if "\\u001b" in content:
        content = content.replace("'", '"')
    found = parse_settings(content.encode())
    assert words in found.trouble
    assert found.trouble.startswith(FILE)
    assert "\n" not in found.trouble
    assert found.settings == settings


def test_where_there_is_no_file_nothing_is_remembered(tmp_path: Path) -> None:
    """The first start is no trouble; a folder in the place of the file is some."""
    assert read_settings(tmp_path / FILE) == module.Remembered(Settings())
    assert "cannot be read" in read_settings(tmp_path).trouble


def test_a_change_keeps_what_somebody_wrote_meanwhile(tmp_path: Path) -> None:
    """The app changes one setting; keys written by hand since it started are still there."""
    file = tmp_path / "deep" / FILE
    change_settings(file, lambda was: replace(was, theme="sandbox-light"))
    file.write_text(file.read_text() + '[keys]\n"live.pause" = "p"\n')
    assert change_settings(file, lambda was: replace(was, speed=Fraction(1, 4))) == Settings(
        theme="sandbox-light", speed=Fraction(1, 4), keys=(("live.pause", "p"),)
    )
    assert read_settings(file).settings.keys == (("live.pause", "p"),)
    assert [path.name for path in file.parent.iterdir()] == [FILE]


@pytest.mark.parametrize("content", ["version = 9", "nonsense", "version = 1\nmine = 2"])
def test_what_would_be_lost_is_not_written_over(tmp_path: Path, content: str) -> None:
    """A broken file, a newer one, and one with more in it stay as they are, byte for byte."""
    file = tmp_path / FILE
    file.write_text(content)
    with pytest.raises(StorageError):
        change_settings(file, lambda was: replace(was, theme="sandbox-light"))
    assert file.read_text() == content


def test_where_nothing_can_be_written_an_error_says_so(tmp_path: Path) -> None:
    """No folder can be made below a file."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        change_settings(tmp_path / "file" / "deep" / FILE, lambda was: was)


def test_a_scenario_is_found_again_from_any_folder(tmp_path: Path) -> None:
    """By its name where it ships with the program, else by its whole path; a text by nothing."""
    file = tmp_path / "mine.yaml"
    assert source_of(str(find(OPENING))) == OPENING
    assert source_of(str(file)) == str(file)
    assert source_of("") == ""
    settings = tmp_path / FILE
    assert last_scenario(settings) == (None, "")
    change_settings(settings, lambda was: replace(was, scenario=OPENING))
    assert last_scenario(settings) == (find(OPENING), "")
    change_settings(settings, lambda was: replace(was, scenario=str(file)))
    assert last_scenario(settings)[0] is None
    assert "mine.yaml" in last_scenario(settings)[1]


def test_it_is_in_the_platforms_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Beside the other configuration of this program."""
    monkeypatch.setattr(module, "user_config_path", lambda name, **_: tmp_path / name)
    assert settings_path() == tmp_path / "fallback-sandbox" / FILE
