from pathlib import Path

import pytest

from sandbox.app.judged import Judged, NotRun
from sandbox.app.run import Verdict
from sandbox.app.shelf import _paragraphs, run_all, run_shelved, shelf
from sandbox.scenario import library

GOOD = """\
schema: 1
name: small
title: A small one
tags: [otp, tiny]
description: Two levels.
cascades: {otp: [sms, viber]}
load: [{burst: 5}]
expect: {all: [delivery_rate >= 0%]}
"""
FAILING = GOOD.replace("delivery_rate >= 0%", "cost.total <= 0 EUR").replace("small", "failing")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with scenarios, and with what is none."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "small.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("schema: 1\ncascades: {otp: [smss]}\n", encoding="utf-8")
    (tmp_path / "compose.yml").write_text("services: {web: {image: x}}\n", encoding="utf-8")
    return tmp_path


def test_the_shelf_has_the_folder_s_scenarios_and_all_that_ship(folder: Path) -> None:
    """A broken one is shown with its problem; YAML that is no scenario is passed over."""
    entries = list(shelf(folder))
    own = [entry.name for entry in entries if not entry.is_built_in]
    assert own == ["broken.yaml", "small.yaml"]
    assert [entry.name for entry in entries if entry.is_built_in] == library.builtin_names()
    assert entries[0].scenario is None
    assert "smss" in "\n".join(entries[0].lines())
    assert entries[0].title
    assert entries[0].tags == ()


def test_the_preview_says_what_happens_and_what_must_be_true(folder: Path) -> None:
    """Levels with their waits, and the expectations as they were written."""
    small = next(entry for entry in shelf(folder) if entry.name == "small.yaml")
    assert small.title == "A small one"
    assert small.tags == ("otp", "tiny")
    text = "\n".join(small.lines())
    assert "otp: sms → viber" in text
    assert "0 sms via sms, waits" in text
    assert "delivery_rate >= 0%" in text


def test_what_is_run_is_judged(folder: Path) -> None:
    """As `sandbox run` would, or the reason why it cannot be run."""
    told = run_shelved(str(folder / "scenarios" / "small.yaml"))
    assert isinstance(told, Judged)
    assert told.verdict is Verdict.PASSED
    bad = run_shelved(str(folder / "broken.yaml"))
    assert isinstance(bad, NotRun)
    assert "smss" in bad.text


def test_several_come_back_in_their_order(folder: Path) -> None:
    """One that fails stops nobody, and names its first offending message."""
    failing = folder / "failing.yaml"
    failing.write_text(FAILING, encoding="utf-8")
    steps: list[tuple[int, int]] = []
    sources = [str(failing), str(folder / "broken.yaml"), str(folder / "scenarios" / "small.yaml")]
    told = list(run_all(sources, lambda *step: steps.append(step)))
    assert [each.verdict for each in told] == [Verdict.FAILED, Verdict.ERROR, Verdict.PASSED]
    assert steps[-1] == (3, 3)


def test_a_description_is_read_in_paragraphs_wherever_the_file_breaks_it() -> None:
    """Lines of one paragraph become one; a blank line, a list and an indent stay what they are."""
    assert _paragraphs("a code\nis sent\n\nand read:\n- soon\n- late\n  or never\nthe end") == [
        "a code is sent", "and read:", "- soon", "- late", "  or never the end",
    ]  # fmt: skip
    assert _paragraphs("") == []
