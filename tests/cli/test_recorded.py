"""`live record`, `run --cassette` and `live fit`, as they are typed."""

import json
from pathlib import Path
from typing import Final

import pytest

from sandbox.cascade.vocabulary import Status
from sandbox.cli.main import main
from sandbox.dialects.words import Word
from tests.support.cassettes import Tape, taped
from tests.support.sent import NUMBER, TEXT, own_place, vendors

pytestmark = pytest.mark.usefixtures("loopback")

LOAD: Final = """\
schema: 1
name: taped
recipients: {traits: {}}
cascades:
  otp:
    content: {text: "Code {code}", code: {digits: 6}}
    deadline: 20s
    levels: [{channel: sms, wait: 5s}]
providers:
  sms: {base: ideal, adapter: dexatel, sender: ACME, delivery: {time: {fixed: 2s}}}
load: [{constant: 5/s, for: 2s}]
expect: [delivery_rate >= 90%]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "taped.yaml"
    path.write_text(LOAD, encoding="utf-8")
    return path


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    """A cassette on which everything is delivered."""
    path, made = tmp_path / "made.cassette", Tape(taped())
    for number in range(10):
        where = made.submit(number, Word(Status.ACCEPTED))
        made.receipt(where, Word(Status.DELIVERED), 2_000_000)
    path.write_text(made.text, encoding="ascii")
    return path


@pytest.fixture
def rehearsed(tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A rehearsal that was recorded."""
    path = tmp_path / "out.cassette"
    words = ["live", "record", str(file), "--cassette", str(path), "--rehearse", "--no-store"]
    assert main([*words, "--speed", "50"]) == 0
    _, err = capsys.readouterr()
    assert f"recorded in {path}, masked: 10 exchanges, and " in err
    return path


def test_a_rehearsal_is_recorded_played_and_fitted(
    tmp_path: Path, file: Path, rehearsed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole way round: the same digest each time, and providers that a scenario can use."""
    digests, tape = [], rehearsed
    for more in ([], [], ["--set", "load=[{constant: 5/s, for: 4s}]"]):
        assert main(["run", str(file), "--cassette", str(tape), "--json", *more]) == 0
        out, err = capsys.readouterr()
        told = json.loads(out)
        digests.append(told["digest"])
        assert told["verdict"] == "passed"
        assert told["run"] is None
        assert "note: cassette: a rehearsal of taped, recorded 20" in err
        assert ("begun again once" in err) == bool(more)
        assert "all providers are simulated" not in err
    assert digests[0] == digests[1] != digests[2]
    assert main(["live", "fit", str(tape), "--provider", "sms"]) == 0
    out, err = capsys.readouterr()
    assert "sandbox: warning: sms: delivery.time rests on 10 samples, few" in err
    used = tmp_path / "fitted.yaml"
    used.write_text("schema: 1\n" + out, encoding="utf-8")
    again = tmp_path / "again.yaml"
    again.write_text(
        LOAD[: LOAD.index("providers:")].replace("schema: 1\n", "schema: 1\nuse: [fitted.yaml]\n")
        + LOAD[LOAD.index("load:") :],
        encoding="utf-8",
    )
    assert main(["check", str(again)]) == 0
    capsys.readouterr()
    assert main(["run", str(again)]) == 0


def test_reports_and_people_see_what_was_played(
    tmp_path: Path, file: Path, tape: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    junit = tmp_path / "junit.xml"
    failing = ["--set", "expect=[delivery_rate <= 10%]", "--junit", str(junit)]
    assert main(["run", str(file), "--cassette", str(tape), *failing]) == 1
    out, _ = capsys.readouterr()
    assert "FAILED delivery_rate <= 10%" in out
    assert f"--cassette {tape}" in junit.read_text(encoding="utf-8")
    assert main(["run", str(file), "--cassette", str(tape), "--seeds", "1..2"]) == 0


def test_a_live_run_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Behind the whole lock, against fakes: the number is in no line of the file."""
    db = own_place(tmp_path, monkeypatch)
    file, path = tmp_path / "real.yaml", tmp_path / "out.cassette"
    file.write_text(TEXT, encoding="utf-8")
    with vendors(TEXT) as there:
        words = ["live", "record", str(file), "--cassette", str(path), "--live", "--db", str(db)]
        reach = [*there.words(), "--allow", NUMBER, "--confirm", NUMBER, "--deaf"]
        code = main([*words, *reach])
    _, err = capsys.readouterr()
    assert code == 0, err
    assert f"recorded in {path}, masked: 1 exchanges" in err
    told = path.read_text(encoding="ascii")
    assert NUMBER[1:] not in told
    assert json.loads(told.splitlines()[0])["rehearsal"] is False
    assert main(["run", str(file), "--cassette", str(path), "--no-store"]) == 0


def test_the_lock_stays_shut_and_no_cassette_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    db = own_place(tmp_path, monkeypatch)
    file, path = tmp_path / "real.yaml", tmp_path / "out.cassette"
    file.write_text(TEXT, encoding="utf-8")
    with vendors(TEXT) as there:
        words = ["live", "record", str(file), "--cassette", str(path), "--live", "--db", str(db)]
        assert main([*words, *there.words(), "--confirm", "+447700900999", "--deaf"]) == 2
        assert there.requests == 0
    assert "refused by the live lock" in capsys.readouterr().err
    assert not path.exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["live", "record", "FILE", "--cassette", "C"], "one of --rehearse and --live"),
        (["live", "record", "FILE", "--cassette", "C", "--rehearse", "--live"], "one of"),
        (["live", "record", "FILE", "--cassette", "FILE", "--rehearse"], "is there already"),
        (
            ["live", "record", "FILE", "--cassette", "C", "--rehearse", "--host", "x.test"],
            "--host does not go with --rehearse",
        ),
        (
            ["live", "record", "FILE", "--cassette", "C", "--live", "--poll"],
            "--poll does not go with --live",
        ),
        (["live", "fit", "FILE"], "this is no line of a cassette"),
        (["live", "fit", "C"], "there is no cassette C"),
        (["run", "FILE", "--cassette", "C"], "there is no cassette C"),
        (["run", "FILE", "--cassette", "TAPE", "--why", "m1"], "does not go with --why"),
        (["run", "FILE", "--cassette", "TAPE", "--db", "x"], "does not go with --db"),
        (["run", "FILE", "--cassette", "TAPE", "--watch"], "--watch does not go with --cassette"),
        (
            ["run", "FILE", "--cassette", "TAPE", "--set", "providers.sms.adapter=twilio"],
            "was recorded as sms through dexatel, and is sms through twilio here",
        ),
    ],
)
def test_what_does_not_go_is_said(
    file: Path,
    tape: Path,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    says: str,
) -> None:
    named = {"FILE": str(file), "TAPE": str(tape)}
    code = main([named.get(word, word) for word in words])
    assert code == 2
    assert says in capsys.readouterr().err
