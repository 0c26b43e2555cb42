"""What a person reads after a run."""

from pathlib import Path

import pytest

from sandbox.cli.main import main
from tests.support.small_files import SMALL


def test_a_run_prints_the_answer_and_its_verdict(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Known stands beside true, every expectation has its mark, the last line is the verdict."""
    assert main(["run", str(file)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "known" in out
    assert "true" in out
    assert "ok     delivery_rate >= 50%" in out
    assert out.splitlines()[-1] == "PASSED: 1 of 1 expectations hold"


def test_without_expectations_the_answer_is_what_people_came_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Delivered known and true, cost, duplicates, top reasons for switches, the worst message."""
    path = tmp_path / "open.yaml"
    path.write_text(SMALL, encoding="utf-8")
    assert main(["run", str(path)]) == 0
    out = capsys.readouterr().out
    words = ("delivered", "cost", "got it twice", "paid twice and did not know it",
             "the next level was tried", "the worst message")  # fmt: skip
    assert [word for word in words if word not in out] == []
    assert out.splitlines()[-1] == "PASSED"


def test_hostile_names_are_shown_literally(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Escape sequences in a scenario's texts never reach the terminal."""
    path = tmp_path / "hostile.yaml"
    title = '"\\e[2J\\e]0;owned\\a[bold]x[/bold]\\u202eabc\\u200b"'
    path.write_text(SMALL.replace("Two hundred at once", title), encoding="utf-8")
    assert main(["run", str(path)]) == 0
    out = capsys.readouterr().out
    assert not any(char in out for char in "\x1b\x07\u202e\u200b")
    assert "[bold]x[/bold]" in out


EXPECTS = """\
recipients: {people: {anna: {traits: []}}}
faults:
  - {id: down, provider: sms, at: 0s, for: 1m, set: {submit.outcomes: {refused.permanent: 100%}}}
expect:
  all: [delivery_rate >= 100%]
  during: {down: [level.1.share >= 50%, level.0.reached >= 50%]}
  where: {country: XX, that: [delivery_rate >= 1%]}
  messages:
    good: {path: [sms:refused.permanent, whatsapp:delivered]}
    bad: {path: [sms:delivered], ends: expired}
  never: [fallback to level 1]
  sometimes: [skipped level 0, fallback to level 1]
"""


def test_expectations_are_told_by_the_messages_they_are_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each group under its heading; what failed says what was seen, and where to look first."""
    path = tmp_path / "expects.yaml"
    named = ", ".join(f"{{message: {name}, to: anna, at: 0s}}" for name in ("good", "bad"))
    path.write_text(SMALL.replace("{burst: 200}", f"{named}, {{burst: 200}}") + EXPECTS, "utf-8")
    assert main(["run", str(path), "--no-store"]) == 1
    out = capsys.readouterr().out
    lines = [line.strip() for line in out.splitlines()]
    headings = [line for line in lines if line.startswith("expected ") or line == "expected"]
    assert headings[:3] == ["expected", "expected during down", "expected where country XX"]
    assert "expected message good" in headings
    assert headings[-2:] == ["expected never", "expected sometimes"]
    assert any(
        line.startswith("FAILED delivery_rate >= 100%") and "first m" in line for line in lines
    )
    assert any(line.startswith("FAILED delivery_rate >= 1%") and "(no samples)" in line
               for line in lines)  # fmt: skip
    assert "ok     path sms:refused.permanent, whatsapp:delivered" in lines
    at = lines.index("FAILED path sms:delivered; ends expired")
    assert lines[at + 1].startswith(
        "saw sms:refused.permanent, whatsapp:delivered; delivered after"
    )
    assert lines[at + 2 : at + 4] == [
        "path: expected sms:delivered in place 1, saw sms:refused.permanent",
        "ends: expected expired, saw delivered",
    ]
    assert lines[at + 4].split() == ["expected", "sms:delivered", "-"]
    assert lines[lines.index("expected never") + 1].startswith("FAILED fallback to level 1")
    assert lines[-1] == "FAILED: 4 of 9 expectations hold"
