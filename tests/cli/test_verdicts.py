"""What a program reads after a run."""

import json
from pathlib import Path

import pytest

from sandbox.cli.main import main
from tests.support.small_files import SMALL


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


def test_an_expectation_says_what_was_seen_and_where_to_look(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Scope, value, samples, the first message that offends; a named message has no value."""
    path = tmp_path / "expects.yaml"
    path.write_text(
        SMALL.replace("{burst: 200}", "{message: one}, {burst: 20}")
        + "expect:\n  never: [outcome delivered]\n  messages: {one: {path: [], ends: delivered}}\n",
        encoding="utf-8",
    )
    assert main(["run", str(path), "--json"]) == 1
    named, phrase = json.loads(capsys.readouterr().out)["expectations"]
    assert (named["scope"], named["value"], named["samples"]) == ("message one", None, 1)
    assert named["why"].startswith("path: expected none, saw sms:")
    assert (named["first_message"], named["line"], named["file"]) == (1, 8, str(path))
    assert (phrase["scope"], phrase["passed"], phrase["line"]) == ("never", False, 7)
    assert phrase["seen"] == f"{phrase['value']} times, first m{phrase['first_message']}"
