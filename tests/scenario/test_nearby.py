"""Files a scenario names: what may be opened, and what is said where it may not."""

import os
from pathlib import Path

import pytest

import sandbox
from sandbox.errors import ScenarioError
from sandbox.scenario import library
from sandbox.scenario.nearby import Nearby, read_nearby
from sandbox.scenario.nodes import Mark, ScalarNode, Source
from sandbox.scenario.problems import BAD, Bad, Problems
from sandbox.scenario.reader import SIZE_MAX


def asked(path: str, folder: Path | None) -> tuple[Nearby | Bad, str]:
    """What asking for a path from a file in a folder gives, and the first line of what is said."""
    name = "<text>" if folder is None else str(folder / "scenario.yaml")
    source = Source(name, f"trace: {path}", folder=folder)
    problems = Problems()
    node = ScalarNode(path, Mark(source, 1, 8, len(path)), place="load[0]")
    found = read_nearby(node, problems)
    try:
        problems.raise_any()
    except ScenarioError as error:
        return found, str(error).split("\n")[0].removeprefix(f"{name}:1:8: ")
    return found, ""


def test_a_file_beside_the_scenario_is_read(tmp_path: Path) -> None:
    """Its text comes without a byte order mark, and positions in it are shown under its name."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "traffic.csv").write_bytes(b"\xef\xbb\xbfat\r\n1s\r\n")
    found, said = asked("data/traffic.csv", tmp_path)
    assert isinstance(found, Nearby)
    assert said == ""
    assert found.text == "at\r\n1s\r\n"
    assert found.name == str(tmp_path / "data" / "traffic.csv") == found.source.name
    assert found.path == tmp_path.resolve() / "data" / "traffic.csv"
    assert found.source.folder == tmp_path / "data"
    assert found.node("load[0]").text == found.text


def test_the_name_is_as_short_as_that_of_the_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run from its own folder, a scenario's files are shown by their bare names."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "traffic.csv").write_text("at\n", encoding="utf-8")
    found, _ = asked("traffic.csv", Path())
    assert isinstance(found, Nearby)
    assert found.name == "traffic.csv"


BAD_PATHS = [
    ("", "this path is empty"),
    ("  ", "this path is empty"),
    ("/etc/passwd", "'/etc/passwd' is not relative to the file it stands in"),
    ("//server/share", "'//server/share' is not relative to the file it stands in"),
    ("~/secrets", "'~/secrets' is not relative to the file it stands in"),
    ("C:/secrets", "'C:/secrets' is not relative to the file it stands in"),
    ("C:\\secrets", "'C:\\secrets' is not relative to the file it stands in"),
    ("\\\\server\\x", "'\\\\server\\x' is not relative to the file it stands in"),
    ("c:secrets", "'c:secrets' is not relative to the file it stands in"),
    ("traffic.csv:stream", "a path has no colon"),
    ("../up.csv", "'../up.csv' leads out of the folder it stands in"),
    ("presets/../../up.csv", "'presets/../../up.csv' leads out of the folder it stands in"),
    ("a/..", "'a/..' leads out of the folder it stands in"),
    ("..\\up.csv", "a path has / between names, no backslash"),
    ("up\0.csv", "a path has no control characters"),
    ("up\x1b[31m.csv", "a path has no control characters"),
    ("up\ud800.csv", "a path has no control characters"),
]


@pytest.mark.parametrize(("path", "said"), BAD_PATHS)
def test_a_path_that_leads_elsewhere_is_refused_unopened(
    path: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Absolute paths, `..`, drives, backslashes and zero bytes are errors that open nothing."""
    monkeypatch.setattr(os, "open", lambda *_: pytest.fail("it was opened"))
    folder = tmp_path / "inner"
    folder.mkdir()
    (tmp_path / "up.csv").write_text("secret", encoding="utf-8")
    assert asked(path, folder) == (BAD, f"error[bad-path]: {said}")


def test_a_link_may_not_lead_out_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A linked file, and a file in a linked folder, are refused before they are opened."""
    monkeypatch.setattr(os, "open", lambda *_: pytest.fail("it was opened"))
    inner, outer = tmp_path / "inner", tmp_path / "outer"
    inner.mkdir()
    outer.mkdir()
    (outer / "secret.csv").write_text("secret", encoding="utf-8")
    (inner / "link.csv").symlink_to(outer / "secret.csv")
    (inner / "linked").symlink_to(outer)
    for path in ("link.csv", "linked/secret.csv"):
        expected = f"error[bad-path]: '{path}' is a link that leads out of the folder"
        assert asked(path, inner) == (BAD, expected)


def test_a_link_within_the_folder_is_followed(tmp_path: Path) -> None:
    """Only where it leads matters, and a scenario's folder may itself be a link."""
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "real.csv").write_text("at\n", encoding="utf-8")
    (inner / "link.csv").symlink_to("real.csv")
    (tmp_path / "elsewhere").symlink_to(inner)
    found, _ = asked("link.csv", tmp_path / "elsewhere")
    assert isinstance(found, Nearby)
    assert found.path == inner.resolve() / "real.csv"


def test_what_is_no_file_is_an_error_and_never_waited_for(tmp_path: Path) -> None:
    """A folder, a pipe nobody writes to, links in circles, nothing: each is said at once."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "circle").symlink_to("circle")
    for path, reason in (
        ("folder", "it is a folder"),
        ("pipe", "it is not a file"),
        ("circle", "too many levels of symbolic links"),
        ("nothing.csv", "no such file or directory"),
        ("n" * 300, "file name too long"),
    ):
        expected = f"error[unreadable-file]: cannot read '{path}': {reason}"
        assert asked(path, tmp_path)[1].startswith(expected[:200])


def test_a_device_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Merely opening one may do something, so its kind is asked for first."""
    monkeypatch.setattr(os, "open", lambda *_: pytest.fail("it was opened"))
    found, said = asked("null", Path("/dev"))
    assert found is BAD
    assert said == "error[unreadable-file]: cannot read 'null': it is not a file"


def test_a_pipe_put_there_at_the_last_moment_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kind is asked for again once it is open, and opening a pipe does not wait."""
    ordinary = tmp_path / "ordinary"
    ordinary.write_text("", encoding="utf-8")
    as_it_was = ordinary.stat()
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr(Path, "stat", lambda _: as_it_was)
    assert asked("pipe", tmp_path)[1].endswith("cannot read 'pipe': it is not a file")


def test_a_file_that_may_not_be_read_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's reason is passed on."""

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "closed.csv").write_text("", encoding="utf-8")
    monkeypatch.setattr(os, "open", refuse)
    expected = "error[unreadable-file]: cannot read 'closed.csv': permission denied"
    assert asked("closed.csv", tmp_path) == (BAD, expected)


def test_a_file_has_at_most_a_mebibyte(tmp_path: Path) -> None:
    """The last byte that fits is read, one more is refused without reading on."""
    (tmp_path / "full.csv").write_bytes(b"x" * SIZE_MAX)
    (tmp_path / "over.csv").write_bytes(b"x" * (SIZE_MAX + 1))
    found, _ = asked("full.csv", tmp_path)
    assert isinstance(found, Nearby)
    expected = "error[file-too-big]: the file 'over.csv' is larger than 1024 KiB"
    assert asked("over.csv", tmp_path) == (BAD, expected)


def test_a_file_is_utf8(tmp_path: Path) -> None:
    """The first byte that is not is named with its line."""
    (tmp_path / "latin.csv").write_bytes(b"at\n1s\nm\xfcller\n")
    expected = "error[not-utf8]: the byte 0xfc in line 3 of 'latin.csv' is not UTF-8"
    assert asked("latin.csv", tmp_path) == (BAD, expected)


def test_a_scenario_without_a_file_has_nothing_beside_it() -> None:
    """A text or an override cannot name files of the folder one happens to be in."""
    expected = "error[unreadable-file]: there is no folder to look for 'pyproject.toml' in"
    assert asked("pyproject.toml", None) == (BAD, expected)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package with one preset."""
    root = tmp_path / "package"
    (root / "_scenarios" / "presets").mkdir(parents=True)
    (root / "_scenarios" / "presets" / "eu.yaml").write_text("shipped", encoding="utf-8")
    (root / "_scenarios" / "other.yaml").write_text("no preset", encoding="utf-8")
    monkeypatch.setattr(library, "_PACKAGE", root)
    return root


def test_presets_ship_with_the_program(package: Path, tmp_path: Path) -> None:
    """They are found from anywhere, even from a scenario that is no file."""
    for folder in (tmp_path, None):
        found, said = asked("presets/eu.yaml", folder)
        assert isinstance(found, Nearby), said
        assert found.text == "shipped"
        assert found.name == "presets/eu.yaml"
        assert found.source.folder == package / "_scenarios" / "presets"


@pytest.mark.usefixtures("package")
def test_a_preset_of_ones_own_comes_first(tmp_path: Path) -> None:
    """A folder of that name beside the scenario is looked into before the shipped one."""
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "eu.yaml").write_text("my own", encoding="utf-8")
    found, _ = asked("presets/eu.yaml", tmp_path)
    assert isinstance(found, Nearby)
    assert found.text == "my own"


def test_only_presets_ship(package: Path, tmp_path: Path) -> None:
    """Nothing else of the installed program can be named, nor a preset that links out of it."""
    (package / "_scenarios" / "presets" / "up.yaml").symlink_to("../other.yaml")
    expected = "error[bad-path]: 'presets/up.yaml' is a link that leads out of the folder"
    assert asked("presets/up.yaml", tmp_path) == (BAD, expected)
    assert asked("other.yaml", None)[0] is BAD
    assert asked("presets", tmp_path)[1].endswith("it is a folder")


def test_without_shipped_files_a_preset_is_simply_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An incomplete installation is an ordinary error here."""
    monkeypatch.setattr(library, "_PACKAGE", tmp_path / "nowhere" / "package")
    assert asked("presets/eu.yaml", None)[0] is BAD
    assert asked("presets/eu.yaml", tmp_path)[1].endswith("no such file or directory")


def test_the_source_tree_has_the_presets_where_the_library_looks() -> None:
    """Shipped scenarios and shipped presets share one folder."""
    assert library.folder() == Path(sandbox.__file__).parent.parent / "scenarios"
