from pathlib import Path

import pytest

from sandbox.report.leaving import Place
from sandbox.scenario.library import built_in
from sandbox.scenario.loader import load
from sandbox.scenario.places import decoded, encoded, places_of

TEXT = """\
schema: 1
name: placed
use: [shared.yaml]
cascades:
  otp:
    deadline: 3m
    levels:
      - channel: sms
        wait: 30s
        retries: {max: 2,
                  backoff: {first: 2s}}
      - viber
load: [{burst: 1}]
faults:
  - {id: scripted, message: m, level: 0, script: [accepted]}
  - {id: down, at: 1s, for: 1s, provider: sms, set: {receipts.lost: 5%}}
"""
SHARED = """\
schema: 1
cascades:
  backup: [sms]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A scenario that uses another file."""
    text = TEXT.replace("load: [{burst: 1}]", "load: [{message: m, at: 0s, cascade: otp}]")
    (tmp_path / "shared.yaml").write_text(SHARED, encoding="utf-8")
    path = tmp_path / "placed.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_each_setting_has_its_line(file: Path) -> None:
    """Of the file it stands in, also where another file brought it along."""
    places = places_of(load(file))
    where = {path: place.where for path, place in places.items()}
    assert where["cascades.otp.deadline"] == f"{file}:6"
    assert where["cascades.otp.levels[0]"] == f"{file}:8"
    assert where["cascades.otp.levels[0].wait"] == f"{file}:9"
    assert where["cascades.otp.levels[0].retries.max"] == f"{file}:10"
    assert where["cascades.otp.levels[0].retries.backoff"] == f"{file}:11"
    assert where["cascades.otp.levels[1]"] == f"{file}:12"
    assert where["cascades.backup.levels[0]"] == f"{file.parent / 'shared.yaml'}:3"
    assert places["cascades.otp.levels[0].wait"].value == "30s"


def test_quiet_hours_and_the_memory_have_their_lines() -> None:
    """At a cascade and at a level, as a whole."""
    text = (
        "schema: 1\ncascades:\n  c:\n    remember: 30d\n"
        '    quiet_hours: {from: "21:00", to: "08:00"}\n'
        "    levels:\n      - {channel: sms, quiet_hours: none}\nload: [{burst: 1}]\n"
    )
    places = places_of(load(text))
    told = {path: (place.value, place.where) for path, place in places.items()}
    assert told["cascades.c.remember"] == ("30d", "<text>:4")
    hours, where = told["cascades.c.quiet_hours"]
    assert hours.startswith("{from:")
    assert where == "<text>:5"
    assert told["cascades.c.levels[0].quiet_hours"] == ("none", "<text>:7")


def test_what_nobody_wrote_is_a_default(file: Path) -> None:
    """It has a value all the same."""
    places = places_of(load(file))
    assert places["cascades.otp.levels[1].wait"] == Place("60s", "default")
    assert places["cascades.otp.late_success"] == Place("record", "default")


def test_what_was_set_from_outside_says_so(file: Path) -> None:
    """The line of the file would be the wrong place to look at."""
    scenario = load(file, overrides=[("cascades.otp.levels.0.wait", "15s")])
    place = places_of(scenario)["cascades.otp.levels[0].wait"]
    assert place.value == "15s"
    assert place.where.startswith("--set cascades.otp.levels.0.wait")


def test_faults_are_counted_as_the_world_counts_them(file: Path) -> None:
    """A script is no fault of a provider, and has no number among them."""
    scenario = load(file)
    places = places_of(scenario)
    assert [fault.id for fault in scenario.world.faults] == ["down"]
    assert places["faults[0]"].where == f"{file}:16"
    assert "faults[1]" not in places


@pytest.mark.parametrize("name", sorted(built_in()))
def test_places_are_kept_as_they_are(name: str) -> None:
    """What is kept with a run is what a fresh run says; a run keeps some thousand characters."""
    places = places_of(load(name))
    text = encoded(places)
    assert decoded(text) == places
    assert len(text) < 12_000


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '{"a": 1}', '{"a": ["x"]}', "3"])
def test_what_is_no_map_of_places_is_none(text: str) -> None:
    """A damaged column costs the positions, not the explanation."""
    assert decoded(text) == {}


def test_a_long_value_is_cut() -> None:
    """It is shown, never read back."""
    countries = ", ".join(f"{a}{b}" for a in "ABCDEFGH" for b in "ABCDEFGH")
    text = (
        "schema: 1\ncascades: {otp: [{channel: sms, only_if: {country: [" + countries + "]}}]}\n"
        "load: [{burst: 1}]\n"
    )
    value = places_of(load(text))["cascades.otp.levels[0].only_if"].value
    assert len(value) == 120
    assert value.endswith("…")
