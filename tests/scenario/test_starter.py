"""`sandbox new`."""

import json
from pathlib import Path

import jsonschema
import pytest

from sandbox.app.run import run_scenario
from sandbox.errors import ExitCode, SandboxError, StorageError, UsageError
from sandbox.scenario.loader import load
from sandbox.scenario.nodes import data
from sandbox.scenario.schema import schema
from sandbox.scenario.starter import schema_text, starter_text, write_starter
from tests.support.scenario_texts import tree


@pytest.fixture(autouse=True)
def _in_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_starter_loads_without_a_warning_and_passes() -> None:
    """Whoever changes nothing sees all that is expected hold, and the fault fire."""
    started = write_starter("mine")
    scenario = load(started.scenario)
    assert (scenario.name, scenario.warnings) == ("mine", ())
    assert run_scenario(started.scenario, strict=True).verdict == "passed"


def test_its_first_line_points_to_a_schema_that_is_there() -> None:
    """An editor finds the schema beside the file, on whatever machine, and accepts the file."""
    started = write_starter("mine")
    assert started.schema == Path("scenario.schema.json")
    head = started.scenario.read_text("utf-8").splitlines()[0]
    assert head == "# yaml-language-server: $schema=scenario.schema.json"
    beside = json.loads(started.schema.read_text("utf-8"))
    assert beside == schema()
    jsonschema.Draft202012Validator(beside).validate(data(tree(starter_text())))


def test_it_explains_itself() -> None:
    """Every part of a scenario is there, with a comment above it."""
    lines = starter_text().splitlines()
    for part in ("cascades", "providers", "recipients", "load", "faults", "expect"):
        assert lines[lines.index(f"{part}:") - 1].startswith("# ")


@pytest.mark.parametrize("name", ["a", "a.yaml", "a.yml", "x.y", "folder/a", "folder/../b", "ünï"])
def test_a_name_gets_a_suffix_and_a_path_is_one(name: str) -> None:
    """What ends in .yaml or .yml is taken as it is."""
    Path("folder").mkdir()
    path = write_starter(name).scenario
    assert path == Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    assert load(path).world.plans


def test_nothing_is_ever_overwritten() -> None:
    """Neither a scenario nor a schema, nor what a link points to."""
    Path("scenario.schema.json").write_text("mine", encoding="utf-8")
    Path("a.yaml").write_text("mine", encoding="utf-8")
    Path("link.yaml").symlink_to("nowhere.yaml")
    for name in ("a", "a.yaml", "link"):
        with pytest.raises(UsageError, match="is there already") as caught:
            write_starter(name)
        assert caught.value.exit_code is ExitCode.WRONG_INPUT
    assert write_starter("b").schema is None
    assert Path("scenario.schema.json").read_text("utf-8") == "mine"
    assert Path("a.yaml").read_text("utf-8") == "mine"
    assert not Path("nowhere.yaml").exists()


@pytest.mark.parametrize("name", ["", " ", ".", "..", "a\0b", ".yaml", "folder/.yml"])
def test_what_can_be_no_name_is_a_mistake_of_the_call(name: str) -> None:
    """It says so, and writes nothing."""
    with pytest.raises(UsageError):
        write_starter(name)
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("name", ["no-such-folder/a", "x" * 300, "\udcff\ud800"])
def test_a_place_that_cannot_be_written_is_the_disks_fault(name: str) -> None:
    """Exit code 4, with the reason and without a traceback."""
    with pytest.raises(StorageError, match="cannot write") as caught:
        write_starter(name)
    assert caught.value.exit_code is ExitCode.STORAGE
    assert list(Path().iterdir()) == []


def test_a_folder_in_the_way_is_not_overwritten() -> None:
    """A folder of that name is somebody's too."""
    Path("a.yaml").mkdir()
    with pytest.raises(SandboxError):
        write_starter("a")
    assert list(Path("a.yaml").iterdir()) == []


def test_the_schema_file_is_what_the_command_prints() -> None:
    """One end of line at its end."""
    assert schema_text() == json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
