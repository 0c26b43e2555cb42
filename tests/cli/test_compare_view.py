"""Two worlds, shown."""

import json
from pathlib import Path

import pytest

from sandbox.cli.main import main
from tests.support.studies import KNOWN

Capsys = pytest.CaptureFixture[str]
WORSE = "providers.sms.delivery.outcomes={failed: 100%, delivered: rest}"


@pytest.fixture
def known(tmp_path: Path) -> str:
    path = tmp_path / "known.yaml"
    path.write_text(KNOWN, encoding="utf-8")
    return str(path)


def test_people_see_differences_and_the_messages_that_fare_otherwise(
    known: str, capsys: Capsys
) -> None:
    """Figures with their spread and sign, counts by kind, and both paths of the first."""
    assert main(["compare", known, "--set-b", WORSE, "--seeds", "1..2", "--pairs", "1"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert max(len(line) for line in lines if not line.startswith(("A ", "B "))) <= 100
    assert "200 messages over 2 seeds, each with the same luck in both" in lines
    [figure] = [line for line in lines if line.startswith("truth.cost.per_delivered, EUR")]
    assert figure.split()[2:] == [
        "0.05000", "0.08000", "+0.03000", "0.00000", "+0.03000", "+0.03000", "2/0/0",
    ]  # fmt: skip
    assert "200 messages fare differently (100.00 %)" in lines
    assert lines[-3:] == [
        "  seed 1  m1",
        "    A  delivered after 2.000 s, 0.050 EUR: sms:delivered",
        "    B  delivered after 6.000 s, 0.080 EUR: sms:failed, whatsapp:delivered",
    ]


def test_programs_get_one_object(known: str, capsys: Capsys) -> None:
    """With everything a person sees."""
    call = ["compare", known, "--cascade-b", "direct", "--seeds", "3", "--pairs", "2", "--json"]
    assert main(call) == 0
    [line] = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert told["b"]["cascade"] == "direct"
    assert told["a"]["cascade"] is None
    assert told["seeds"] == [3]
    time = told["metrics"]["known.time_to_delivered.p95"]
    assert (time["difference"], time["error"], time["seeds_up"]) == (2.0, None, 1)
    assert told["metrics"]["truth.cost.total"]["difference"] == "-2.000 EUR"
    assert told["kinds"] == {
        "delivered through another channel": {"only_a": 0, "only_b": 0, "both": 100}
    }
    assert [pair["message"] for pair in told["pairs"]] == [1, 2]
    assert told["pairs"][0]["b"]["path"] == ["whatsapp:delivered"]


def test_two_files_are_compared(known: str, tmp_path: Path, capsys: Capsys) -> None:
    """What differs between them need not be told again."""
    other = tmp_path / "other.yaml"
    other.write_text(KNOWN.replace("fixed: 2s", "fixed: 3s"), encoding="utf-8")
    assert main(["compare", known, str(other), "--seeds", "1"]) == 0
    out = capsys.readouterr().out
    assert "every message fares the same in both" in out
    assert "+1.00" in out


def test_a_world_beside_itself_is_refused(known: str, capsys: Capsys) -> None:
    """With what to do instead."""
    assert main(["compare", known]) == 2
    err = capsys.readouterr().err
    assert "A and B are the same, so there is nothing to compare" in err
    assert "--set-b PATH=VALUE" in err


def test_a_broken_side_is_explained(known: str, capsys: Capsys) -> None:
    """As `run` would explain it."""
    assert main(["compare", known, "--set-b", "cascades.otp.levels.0.wait=30"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("--set cascades.otp.levels.0.wait: error[unit-missing]: 30 has no unit")


def test_hostile_names_do_not_move_the_cursor(known: str, capsys: Capsys) -> None:
    """Neither those of the call nor those of messages."""
    named = "load=[{message: anna, at: 0s, cascade: otp}]"
    call = ["compare", known, "--set", named, "--set-b", WORSE, "--set-b", 'title="\x1b[2J"']
    assert main([*call, "--seeds", "1"]) == 2  # a control character is no YAML
    assert "\x1b" not in capsys.readouterr().err
    call[-1] = r'title="\e[2J"'
    assert main([*call, "--seeds", "1"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "seed 1  m1 anna" in out
