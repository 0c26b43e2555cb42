"""A cascade under every error code, shown."""

import csv
import io
import json

import pytest

from sandbox.cascade.vocabulary import Channel
from sandbox.cli.main import main
from sandbox.scenario.bases import catalogue

Capsys = pytest.CaptureFixture[str]
CODES = sum(len(catalogue(Channel(each))) for each in ("sms", "whatsapp", "viber"))


def test_people_see_a_table_per_level(capsys: Capsys) -> None:
    """What each code is, how it ends, how much later, for how much; the way below it."""
    assert main(["matrix", "two-factor-codes", "--errors"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert max(map(len, out.splitlines())) <= 100
    lines = out.splitlines()
    assert "otp, level 0 sms; all well: 6.9 s, 0.075 EUR" in lines
    [place] = [n for n, line in enumerate(lines) if line.split()[:1] == ["21610"]]
    assert lines[place].split()[:4] == ["21610", "stop", "refused.permanent", "stopped"]
    assert lines[place + 1] == "      recipient opted out: sms:refused.permanent"


def test_programs_get_an_object_per_code(capsys: Capsys) -> None:
    """One for every code of every channel, and for what has no code."""
    assert main(["matrix", "two-factor-codes", "--errors", "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len([each for each in told if each["code"]]) == CODES
    assert len([each for each in told if each["code"] is None]) == 3 * 4
    [opted_out] = [each for each in told if each["code"] == "21610"]
    assert opted_out["class"] == "stop"
    assert opted_out["as"] == "refused.permanent"
    assert opted_out["path"] == ["sms:refused.permanent"]
    assert opted_out["outcome"] == "stopped"
    assert opted_out["ends_at"] is None
    assert opted_out["bill"] == "0.000 EUR"
    assert opted_out["messages"] == 20


def test_a_spreadsheet_gets_a_row_per_code(capsys: Capsys) -> None:
    """What a spreadsheet would carry out is defused."""
    own = "providers.sms.delivery.reasons={failed: {=cmd: {share: 100%, class: stop, text: '@x'}}}"
    assert main(["matrix", "two-factor-codes", "--errors", "--csv", "--set", own]) == 0
    head, *rows = csv.reader(io.StringIO(capsys.readouterr().out))
    assert len(rows) == CODES + 3 * 4 + 2  # its own, and a refusal without a reason
    told = [dict(zip(head, row, strict=True)) for row in rows]
    [hostile] = [row for row in told if row["code"] == "'=cmd"]
    assert (hostile["text"], hostile["outcome"], hostile["currency"]) == ("'@x", "stopped", "EUR")


@pytest.mark.parametrize("extra", [["--vary", "seed=1"], ["--seeds", "1"], ["--report", "x"]])
def test_it_varies_nothing_but_the_code(extra: list[str], capsys: Capsys) -> None:
    """What would be ignored is refused."""
    assert main(["matrix", "two-factor-codes", "--errors", *extra]) == 2
    assert f"--errors does not go with {extra[0]}" in capsys.readouterr().err
