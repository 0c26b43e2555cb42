"""Recorded traffic in a whole scenario: from a CSV file to the messages of a run."""

import json
from pathlib import Path

import pytest

from sandbox.errors import ScenarioError
from sandbox.scenario.loader import load
from sandbox.scenario.writer import resolved_text
from sandbox.simulation.spec import Trace
from tests.support.scenario_texts import codes_of, loaded, problems_of

HEAD = """\
schema: 1
cascades: {otp: [sms, whatsapp], news: [viber]}
recipients: {people: {anna: {phone: "+4915112345678", traits: []}, bob: {traits: []}}}
"""


def scenario(csv: str, entry: str = "", more: str = "") -> str:
    """A scenario whose only load is a table, and more entries if there are."""
    return f"{HEAD}load:\n  - {{trace: {{csv: {json.dumps(csv)}}}{entry}}}\n{more}"


def trace_of(text: str) -> Trace:
    """The trace of a scenario without mistakes."""
    trace = loaded(text).world.load[0]
    assert isinstance(trace, Trace)
    return trace


def in_folder(folder: Path, csv: str) -> Path:
    """A scenario in a file, with a table beside it."""
    (folder / "traffic.csv").write_text(csv, encoding="utf-8")
    file = folder / "scenario.yaml"
    file.write_text(HEAD + "load: [{trace: traffic.csv, cascade: otp}]\n", encoding="utf-8")
    return file


def test_a_recording_becomes_messages_with_their_cascades_and_people() -> None:
    """A row that names no cascade takes the entry's, as one without name is nobody's."""
    csv = "at,name,to,cascade\n2s,,,\n0s,otp-anna,anna,otp\n1.5s,,bob,\n"
    assert trace_of(scenario(csv, ", cascade: news")) == Trace(
        at_us=0,
        instants=(0, 1_500_000, 2_000_000),
        plans=(0, 1, 1),
        names=("otp-anna", "", ""),
        people=("anna", "bob", ""),
    )


def test_a_recording_begins_where_the_entry_says_and_runs_at_its_speed() -> None:
    """Instants are counted from the beginning of the entry, and rounded down when hurried."""
    csv = "at\n0s\n1s\n10s\n"
    trace = trace_of(scenario(csv, ", cascade: otp, at: 1m, speed: 3x"))
    assert trace.instants == (60_000_000, 60_333_333, 63_333_333)
    assert (trace.at_us, trace.for_us) == (60_000_000, 3_333_333)
    assert trace_of(scenario(csv, ", cascade: otp, speed: 0.5x")).instants[-1] == 20_000_000


def test_where_every_row_names_its_cascade_the_entry_need_not() -> None:
    """Only a row that leaves it open is asked about."""
    assert trace_of(scenario("at,cascade\n1s,news\n2s,otp\n")).plans == (1, 0)
    assert problems_of(scenario("at,cascade\n1s,news\n2s,\n")) == [
        "5:19: error[ambiguous-cascade]: in line 3 of this CSV: for which cascade: otp, news?"
    ]


def test_a_resolved_scenario_needs_no_file_beside_it(tmp_path: Path) -> None:
    """Written out, in both forms, it is the same world after the recording is gone."""
    file = in_folder(tmp_path, 'at,name,to\r\n1s,"otp-anna",anna\r\n2.5s,,\r\n')
    (tmp_path / "latency.csv").write_text("duration_ms,count\n120,9\n700,1\n", encoding="utf-8")
    text = file.read_text(encoding="utf-8")
    text += "providers: {sms: {submit: {latency: {empirical: latency.csv}}}}\n"
    text += "faults: [{provider: sms, at: 1s, for: 1s, set: {delivery.time: {mix: [\n"
    text += "  {share: 10%, empirical: latency.csv}, {share: rest, fixed: 3s}]}}}]\n"
    file.write_text(text, encoding="utf-8")
    first = load(file)
    for path in tmp_path.iterdir():
        path.unlink()
    for written in (json.dumps(first.resolved), resolved_text(first)):
        second = load(written, is_resolved=True)
        assert second.world == first.world
        assert second.resolved_hash == first.resolved_hash


def test_the_hash_changes_with_the_recording(tmp_path: Path) -> None:
    """What is in the file is part of the scenario, not just its name."""
    first = load(in_folder(tmp_path, "at\n1s\n"))
    assert load(in_folder(tmp_path, "at\n1s\n")).resolved_hash == first.resolved_hash
    assert load(in_folder(tmp_path, "at\n2s\n")).resolved_hash != first.resolved_hash


def said_about(file: Path) -> list[str]:
    """The first lines of what is wrong, with files by their bare names."""
    with pytest.raises(ScenarioError) as caught:
        load(file)
    return [
        str(problem).split("\n")[0].removeprefix(f"{file.parent}/")
        for problem in caught.value.problems
    ]


@pytest.mark.parametrize(
    ("csv", "said"),
    [
        (
            "at,to\n1s,bob\n2s,ana\n",
            "traffic.csv:3:4: error[unknown-person]: there is nobody called 'ana'",
        ),
        (
            "at,cascade\n1s,opt\n",
            "traffic.csv:2:4: error[unknown-cascade]: there is no cascade 'opt'",
        ),
        (
            "name,at\nm,1s\nn,2s\nm,3s\n",
            "traffic.csv:4:1: error[duplicate-name]: there is a message 'm' already, in line 2",
        ),
        ("at\n1s\n45\n", "traffic.csv:3:1: error[unit-missing]: 45 has no unit"),
        ("when\n1s\n", "traffic.csv:1:1: error[bad-csv]: there is no column 'when'"),
    ],
)
def test_what_is_wrong_in_a_recording_is_said_there(csv: str, said: str, tmp_path: Path) -> None:
    """With the line and column of the CSV file."""
    assert said_about(in_folder(tmp_path, csv)) == [said]


def test_names_are_unique_across_entries_and_files(tmp_path: Path) -> None:
    """A message of a recording may not be called like one of the scenario, nor the other way."""
    file = in_folder(tmp_path, "at,name\n1s,m\n")
    text = file.read_text(encoding="utf-8").replace(
        "load: [", "load: [{message: m, cascade: otp}, "
    )
    file.write_text(text, encoding="utf-8")
    already = f"there is a message 'm' already, in line 4 of {file}"
    assert said_about(file) == [f"traffic.csv:2:4: error[duplicate-name]: {already}"]
    more = "  - {message: m, cascade: otp}\n"
    assert problems_of(scenario("at,name\n1s,m\n", ", cascade: otp", more)) == [
        "6:15: error[duplicate-name]: there is a message 'm' already, in line 5"
    ]


def test_a_long_list_of_unknown_people_is_cut(tmp_path: Path) -> None:
    """As many are told as are shown, and the rest is not even looked up."""
    said = said_about(in_folder(tmp_path, "at,to\n" + "1s,nobody\n" * 30_000))
    assert len(said) == 20


def test_a_script_may_be_about_a_recorded_message() -> None:
    """Its name counts like that of a message in the scenario, and so does its cascade."""
    csv = "at,name,cascade\n1s,m,otp\n"
    script = "faults: [{message: m, level: LEVEL, script: [refused.temporary]}]\n"
    assert len(loaded(scenario(csv, more=script.replace("LEVEL", "1"))).world.scripts) == 1
    assert codes_of(scenario(csv, more=script.replace("LEVEL", "2"))) == ["out-of-range"]
    unknown = script.replace("LEVEL", "1").replace("message: m", "message: n")
    assert codes_of(scenario(csv, more=unknown)) == ["unknown-message"]


def test_recorded_messages_count_like_all_others() -> None:
    """Ten million is the most, however they come."""
    more = "  - {burst: 9999999, cascade: otp}\n"
    assert codes_of(scenario("at\n1s\n", ", cascade: otp", more)) == []
    assert codes_of(scenario("at\n1s\n2s\n", ", cascade: otp", more)) == ["too-many-messages"]


def test_a_folded_text_in_the_scenario_is_a_table_too() -> None:
    """A short recording needs no file of its own."""
    text = HEAD + "load:\n  - cascade: otp\n    trace:\n      csv: |\n        at\n        1s\n"
    assert trace_of(text).instants == (1_000_000,)
