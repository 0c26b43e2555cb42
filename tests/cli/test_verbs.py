"""`check`, `schema`, `scenarios`, `explain`, and opening the app."""

import io
import json
import re
import sys
from pathlib import Path

import pytest

from sandbox.cli.main import main
from sandbox.scenario.library import builtin_names
from tests.support.small_files import SMALL


def test_check_says_of_every_file_whether_it_can_be_used(
    tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A good file is ok, a broken one is pointed at, and the exit code is 2."""
    (tmp_path / "broken.yaml").write_text(SMALL.replace("sms", "smz"), encoding="utf-8")
    assert main(["check", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    assert out == f"{file}: ok\n"
    assert "broken.yaml:4:" in err


def test_the_resolved_file_is_a_scenario_of_the_same_digest(
    tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`check --resolved` prints what a run would do, with nothing left to defaults."""
    assert main(["check", str(file), "--resolved"]) == 0
    resolved = tmp_path / "resolved.yaml"
    resolved.write_text(capsys.readouterr().out, encoding="utf-8")
    digests = []
    for path in (file, resolved):
        assert main(["run", str(path), "--json"]) == 0
        digests.append(json.loads(capsys.readouterr().out)["digest"])
    assert digests[0] == digests[1]


def test_the_resolved_file_says_where_each_value_comes_from(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a comment behind it: the line of the file, a built-in one, or a default."""
    assert main(["check", str(file), "--resolved"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"(?m)^ +success: delivered +# default$", out)
    assert re.search(r"(?m)^title: Two hundred at once +# small\.yaml:3$", out)
    assert re.search(r"(?m)amount: 0\.075 EUR +# built-in sms$", out)


def test_a_starter_is_written_and_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what was written and what to try; a second time it changes nothing and exits 2."""
    monkeypatch.chdir(tmp_path)
    assert main(["new", "mine"]) == 0
    assert capsys.readouterr().out == (
        "wrote mine.yaml\n"
        "wrote scenario.schema.json, so that an editor knows the format\n"
        "now try: sandbox run mine.yaml\n"
    )
    assert main(["check", "mine.yaml"]) == 0
    assert main(["run", "--strict", "--no-store", "mine.yaml"]) == 0
    capsys.readouterr()
    assert main(["new", "mine"]) == 2
    assert "error: mine.yaml is there already" in capsys.readouterr().err
    assert main(["new", "other"]) == 0
    assert "kept the scenario.schema.json beside it" in capsys.readouterr().out
    assert main(["new", "no/such/folder"]) == 4
    assert "cannot write 'no/such/folder.yaml'" in capsys.readouterr().err


def test_each_default_figure_is_told_to_be_sourced_derived_or_assumed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With who says so, in lines that fit a terminal."""
    assert main(["scenarios", "--sources"]) == 0
    out = capsys.readouterr().out
    lines = out.splitlines()
    assert [line for line in lines if line[0] != " "] == [
        "built-in sms", "built-in whatsapp", "built-in viber", "built-in recipients",
    ]  # fmt: skip
    assert all(len(line) <= 100 for line in lines)
    assert "  sourced  price.amount: 0.075 EUR\n" in out
    assert "  assumed  traits.blocked_viber.share: 3%\n" in out
    assert "unsaid" not in out


def test_the_schema_is_closed(capsys: pytest.CaptureFixture[str]) -> None:
    """`sandbox schema` prints a JSON Schema that allows no unknown key."""
    assert main(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    top = schema["$defs"][schema["$ref"].rpartition("/")[2]]
    assert top["additionalProperties"] is False
    assert "load" in top["properties"]
    objects = [item for item in schema["$defs"].values() if "properties" in item]
    assert [item for item in objects if item.get("additionalProperties") is not False] == []


def test_the_built_in_scenarios_are_listed_with_what_they_show(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Use cases first, then drills, each with a title, each usable by its name."""
    assert main(["scenarios"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines.index("drills") == 6
    listed = [line for line in lines if line.startswith("  ")]
    assert lines[0] == "use cases"
    assert len(listed) == len(builtin_names())
    assert all(len(line.split(maxsplit=1)[1]) > 10 for line in listed)
    assert main(["check", listed[0].split()[0]]) == 0


def test_every_metric_and_error_code_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """`explain` without a word lists them, and defines each of them."""
    assert main(["explain"]) == 0
    listed = [line.strip() for line in capsys.readouterr().out.splitlines() if line[:1] == " "]
    assert "delivery_rate" in listed
    assert "not-built" in listed
    for word in [word for line in listed for word in line.split(", ")]:
        assert main(["explain", word]) == 0
        assert len(capsys.readouterr().out) > 30


def test_the_app_is_not_opened_where_there_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Output into a pipe gets one clear line instead of a screen nobody sees."""
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert main([]) == 2
    assert "needs a terminal" in capsys.readouterr().err
