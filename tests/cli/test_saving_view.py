"""What an order saves, shown."""

import json
from pathlib import Path
from typing import Final

import pytest

from sandbox.cli.main import main
from tests.support.studies import KNOWN

Capsys = pytest.CaptureFixture[str]
CHEAP_FIRST: Final = (
    "--set", "cascades.otp=[{channel: whatsapp, wait: 30s}, {channel: sms, wait: 20s}]",
    "--set", "providers.whatsapp.submit.outcomes={refused.permanent: 50%, accepted: rest}",
)  # fmt: skip


@pytest.fixture
def known(tmp_path: Path) -> str:
    path = tmp_path / "known.yaml"
    path.write_text(KNOWN, encoding="utf-8")
    return str(path)


def test_a_stakeholder_reads_what_cheap_first_saves(known: str, capsys: Capsys) -> None:
    """Who is most reliable alone, the money known and true, and what is paid for it."""
    call = ["compare", known, "--most-reliable-first", *CHEAP_FIRST, "--seeds", "1..2"]
    assert main([*call, "--pairs", "1"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert max(len(line) for line in lines if not line.startswith(("A ", "B "))) <= 100
    assert lines[0] == "known: what the order of its levels saves"
    assert any(line.split()[:5] == ["level", "1", "sms,", "most", "reliable"] for line in lines)
    [true] = [line.split() for line in lines if line.startswith("  true ")]
    assert all(number.startswith("+") for number in (true[1], true[2], true[4]))
    assert "  for it, truly: delivered 0.00 points, p95 " in out
    assert "with otp: sms, whatsapp" in " ".join(out.split())
    assert "200 messages over 2 seeds, each with the same luck in both" in lines


def test_programs_get_one_object(known: str, capsys: Capsys) -> None:
    """Levels alone, what is saved on both sides, and the whole comparison."""
    call = ["compare", known, "--most-reliable-first", *CHEAP_FIRST, "--seeds", "3", "--json"]
    assert main(call) == 0
    [line] = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    [cascade] = told["cascades"]
    assert (cascade["cascade"], cascade["most_reliable"], cascade["order"]) == ("otp", 1, [1, 0])
    assert [each["channel"] for each in cascade["alone"]] == ["whatsapp", "sms"]
    difference = told["comparison"]["metrics"]["truth.cost.total"]["difference"]
    assert told["saved"]["truth"]["amount"] == difference
    assert told["saved"]["truth"]["error"] is None
    assert told["comparison"]["b"]["order"] == "otp: sms, whatsapp"
    assert told["comparison"]["a"]["order"] is None


def test_where_nothing_is_saved_that_is_said(known: str, capsys: Capsys) -> None:
    """With what each level brings alone, and nothing to compare."""
    assert main(["compare", known, "--most-reliable-first", "--seeds", "1"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[-1].startswith("The most reliable channel is first already")
    assert main(["compare", known, "--most-reliable-first", "--seeds", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["saved"], told["comparison"]) == (None, None)


@pytest.mark.parametrize(
    "other", [["order-update"], ["--set-b", "title=x"], ["--set-a", "title=x"],
              ["--cascade-b", "direct"], ["--cascade-a", "direct"]],
)  # fmt: skip
def test_it_goes_with_no_other_b(known: str, capsys: Capsys, other: list[str]) -> None:
    """B is made of A; what else is asked for is refused, with what to do instead."""
    assert main(["compare", known, *other, "--most-reliable-first"]) == 2
    assert "--most-reliable-first makes B of A" in capsys.readouterr().err
