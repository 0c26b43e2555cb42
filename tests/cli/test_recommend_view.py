"""What to take, shown."""

import json
from pathlib import Path

import pytest

from sandbox.cli.main import main
from tests.support.studies import KNOWN

Capsys = pytest.CaptureFixture[str]
QUICK = ["--seeds", "1..2", "--messages", "100", "--jobs", "1"]


@pytest.fixture
def known(tmp_path: Path) -> str:
    path = tmp_path / "known.yaml"
    text = KNOWN.replace("  direct: [{channel: whatsapp, wait: 30s}]\n", "")
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_people_see_the_front_the_choice_and_why(known: str, capsys: Capsys) -> None:
    """What each neighbour would give and take, and the cascade ready to be copied."""
    assert main(["recommend", known, "--budget", "0.04EUR", *QUICK]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert max(map(len, lines)) <= 100
    assert [line.split() for line in lines[4:6]] == [
        [">", "whatsapp", "30s,", "sms", "30s", "100.00", "0.03000", "4.00"],
        ["now", "sms", "30s,", "whatsapp", "30s", "100.00", "0.05000", "2.00"],
    ]
    assert lines[7:] == [
        "Take whatsapp 30s, sms 30s",
        "  at most 0.040 EUR per delivered in every seed",
        "  against it",
        "    sms 30s, whatsapp 30s: 0.00 points, +0.02000 EUR per delivered, p95 -2.00 s",
        "",
        "cascades:",
        "  otp:",
        "    levels:",
        "      - {channel: whatsapp, wait: 30s}",
        "      - {channel: sms, wait: 30s}",
    ]


def test_what_cannot_be_had_exits_with_1(known: str, capsys: Capsys) -> None:
    """The nearest is told instead."""
    assert main(["recommend", known, "--budget", "0.04 EUR", "--p95", "3s", *QUICK]) == 1
    out = capsys.readouterr().out
    assert "Nothing does at most 0.040 EUR per delivered, p95 within 3.0 s. Nearest: " in out


def test_without_a_wish_the_front_alone_is_shown(known: str, capsys: Capsys) -> None:
    """Nothing is chosen, and it is said how."""
    assert main(["recommend", known, *QUICK]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == "Ask for --budget, --p95 or --delivery to have one chosen."


def test_programs_get_one_object(known: str, capsys: Capsys) -> None:
    """With the snippet as a text."""
    assert main(["recommend", known, "--delivery", "97%", *QUICK, "--json"]) == 0
    [line] = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert told["asked"] == {"budget": None, "p95": None, "delivery": 0.97}
    chosen = told["front"][told["chosen"]]
    assert (chosen["levels"], chosen["waits"]) == ([1, 0], [30.0, 30.0])
    assert chosen["cost_per_delivered"]["mean"] == "0.030 EUR"
    assert chosen["seeds_that_fit"] == 2
    assert told["now"]["is_now"]
    assert told["yaml"].startswith("cascades:\n  otp:\n")
    assert told["whole_load"]


def test_a_budget_in_another_currency_is_refused(known: str, capsys: Capsys) -> None:
    """There is no rate to guess."""
    assert main(["recommend", known, "--budget", "0.04USD"]) == 2
    assert "the budget is in USD, and known counts in EUR" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flag", "value", "example"),
    [("--budget", "cheap", "0.06EUR"), ("--p95", "30", "30s"), ("--delivery", "0.97", "97%")],
)
def test_a_wish_without_its_unit_is_refused(
    known: str, flag: str, value: str, example: str, capsys: Capsys
) -> None:
    """With an example of how it is written."""
    with pytest.raises(SystemExit) as caught:
        main(["recommend", known, flag, value])
    assert caught.value.code == 2
    assert f"write for example {example}" in capsys.readouterr().err
