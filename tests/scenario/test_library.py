"""The scenarios that ship with the program."""

from pathlib import Path

import pytest

import sandbox
from sandbox.errors import UsageError
from sandbox.scenario import library
from sandbox.scenario.library import OPENING, builtin_names, find, scenario_files


def test_the_scenario_the_app_opens_with_ships() -> None:
    """Whoever types one word sees something."""
    assert OPENING in builtin_names()
    assert find(OPENING).is_file()


def test_an_editable_install_finds_them_beside_the_package() -> None:
    """In a source tree they are where a reader of the project looks."""
    assert library.folder() == Path(sandbox.__file__).parent.parent / "scenarios"


def test_a_wheel_finds_them_in_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the build put into the package comes first."""
    package = tmp_path / "sandbox"
    for folder in (package / "_scenarios", tmp_path / "scenarios"):
        folder.mkdir(parents=True)
        (folder / f"in-{folder.name}.yaml").write_text("", encoding="utf-8")
    monkeypatch.setattr(library, "_PACKAGE", package)
    assert builtin_names() == ["in-_scenarios"]


def test_without_scenarios_the_installation_is_incomplete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says so instead of showing an empty list."""
    monkeypatch.setattr(library, "_PACKAGE", tmp_path / "sandbox")
    with pytest.raises(UsageError, match="built-in scenarios are missing"):
        builtin_names()


def test_a_bare_name_is_a_shipped_scenario_before_it_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path has a suffix or a slash, or is a Path."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / OPENING).write_text("", encoding="utf-8")
    (tmp_path / "mine").write_text("", encoding="utf-8")
    assert find(OPENING) == library.built_in()[OPENING]
    assert find("mine") == Path("mine")
    assert find(Path(OPENING)) == Path(OPENING)
    assert find(f"./{OPENING}") == Path(OPENING)


def test_a_wrong_name_gets_the_nearest_right_one() -> None:
    """A typing mistake is put right in one step."""
    with pytest.raises(UsageError) as caught:
        find(OPENING[:-1])
    assert caught.value.hint == f"Did you mean '{OPENING}'?"
    with pytest.raises(UsageError) as caught:
        find("zzz")
    assert "sandbox scenarios" in caught.value.hint


def test_a_folder_means_every_scenario_below_it_except_presets(tmp_path: Path) -> None:
    """In the order of their paths, both suffixes."""
    for name in ("b.yaml", "a/z.yml", "presets/p.yaml", "a/presets/q.yaml", "note.txt", "c.YAML"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("", encoding="utf-8")
    found = [path.relative_to(tmp_path).as_posix() for path in scenario_files(tmp_path)]
    assert found == ["a/z.yml", "b.yaml"]
