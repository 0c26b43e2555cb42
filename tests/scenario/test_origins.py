"""The resolved scenario with where each value comes from."""

from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.report.plain import cells
from sandbox.scenario.loader import load
from sandbox.scenario.origins import text_with_origins
from tests.support.scenario_texts import SHIPPED, SMALL, loaded

FILES = [*sorted(SHIPPED.glob("*.yaml"))]


def origins(text: str) -> dict[str, str]:
    """What stands behind each line that has a comment, by the line without its indentation."""
    lines = [line.split("  # ") for line in text.splitlines()]
    return {line[0].strip(): line[1] for line in lines if len(line) == 2}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_loads_to_the_same_scenario(path: Path) -> None:
    """Comments are for people: what is written out is a scenario for the same world."""
    scenario = load(path)
    again = load(text_with_origins(scenario), is_resolved=True)
    assert again.world == scenario.world
    assert again.resolved_hash == scenario.resolved_hash


def test_every_value_says_where_it_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file, a file it uses, a preset, the command line, a built-in file, or a default."""
    monkeypatch.chdir(tmp_path)
    folder = Path("mine")
    (folder / "team").mkdir(parents=True)
    (folder / "team" / "waits.yaml").write_text(
        "schema: 1\n\ncascades:\n  otp:\n    deadline: 4m\n", encoding="utf-8"
    )
    (folder / "main.yaml").write_text(
        "schema: 1\nuse: [presets/providers-us.yaml, team/waits.yaml]\n"
        "cascades:\n  otp:\n    levels:\n      - {channel: sms, wait: 30s}\n      - viber\n"
        "load: [{burst: 3}]\n",
        encoding="utf-8",
    )
    path = folder / "main.yaml"
    said = origins(text_with_origins(load(path, overrides=[("cascades.otp.levels.1.wait", "9s")])))
    assert said["- channel: sms"] == "main.yaml:6"
    assert said["wait: 30s"] == "main.yaml:6"
    assert said["deadline: 4m"] == "team/waits.yaml:5"
    assert said["amount: 0.0078 EUR"].startswith("presets/providers-us.yaml:")
    assert said["wait: 9s"] == "--set cascades.otp.levels.1.wait"
    assert said["submit_timeout: 10s"] == "default"
    assert said["time: {lognormal: {p50: 4s, p95: 12s}}"] == "built-in sms"
    assert said["amount: 0.0230 EUR"] == "built-in viber"
    assert said["share: 5%"] == "built-in recipients"
    assert said["schema: 1"] == "main.yaml:1"
    assert said["name: main"] == "default"
    assert said["at: 0s"] == "default"


def test_each_line_with_a_value_has_an_origin_and_no_head_of_a_block_has() -> None:
    """Nothing is left unexplained."""
    for line in text_with_origins(loaded(SMALL)).splitlines():
        is_head = line.rstrip().endswith(":")
        assert is_head != ("  # " in line), line


def test_comments_of_a_section_stand_in_one_column() -> None:
    """Unless a line is longer."""
    text = text_with_origins(loaded(SMALL))
    section = text[text.index("\nproviders:") : text.index("\nrecipients:")].splitlines()
    columns = {cells(line.split("  # ")[0].rstrip()) for line in section if "  # " in line}
    marks = {line.index("# ") for line in section if "  # " in line}
    assert len(marks) == 1
    assert min(marks) == max(columns) + 2


def test_what_is_drawn_or_set_by_hand_is_not_called_a_default() -> None:
    """A random seed points at the line that asked for it."""
    said = origins(text_with_origins(loaded(SMALL + "seed: random", seed=5)))
    assert said["seed: 5"] == "<text>:4"


def test_hostile_names_stay_in_their_comment() -> None:
    """A file's name cannot begin a line of its own."""
    scenario = loaded(SMALL)
    source = scenario.tree.entries[0][1].mark.source
    source.name = "a\n# b: \x1b[2J\u202e"
    text = text_with_origins(replace(scenario, file=""))
    assert all(line.isprintable() for line in text.splitlines())
    assert load(text).world == scenario.world
