"""What a program reads after a run."""

import json
from pathlib import Path

import pytest

from sandbox.cli.main import main


def test_json_is_one_object_a_line_and_nothing_else(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every member that interfaces promise is there, also with several files."""
    assert main(["run", str(file), str(file), "--json", "--seed", "7"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    told = json.loads(lines[0])
    assert {
        "schema", "scenario", "file", "seed", "digest", "run", "verdict", "virtual_s", "wall_s",
        "messages", "metrics", "expectations", "named", "faults", "warnings",
    } <= set(told)  # fmt: skip
    assert told["seed"] == 7
    assert told["run"] is None
    assert told["messages"]["total"] == 200
    assert sum(told["messages"].values()) == 400
    expectation = told["expectations"][0]
    assert expectation["text"] == "delivery_rate >= 50%"
    assert expectation["line"] == 6
    assert expectation["value"] == told["metrics"]["known.delivery_rate"]
    assert json.loads(lines[1])["digest"] == told["digest"]
