"""Run again on every save."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from sandbox.cli.main import main
from sandbox.cli.run import How
from sandbox.cli.watch import LOOKS_FOR_NONE, file_names, watch
from sandbox.scenario.loader import load
from tests.support.small_files import HOLDS, SMALL

LOOKS: Final = 3
"""From a save until the verdict is there: changed, still, run."""

Step = Callable[[], None]


def watching(file: Path, *steps: Step) -> None:
    """Watch a file, with something happening every few looks, and Ctrl-C at the end."""

    def script() -> Iterator[None]:
        for step in steps:
            step()
            for _ in range(LOOKS):
                yield None
        raise KeyboardInterrupt

    looks = script()
    with pytest.raises(KeyboardInterrupt):
        watch([str(file)], How(), wait=lambda: next(looks))


def save(file: Path, text: str) -> Step:
    """Write a file, with a time of its own, however coarse the clock of the disk is."""

    def step() -> None:
        before = file.stat().st_mtime_ns if file.exists() else 0
        file.write_text(text, encoding="utf-8")
        os.utime(file, ns=(before + 10**9, before + 10**9))

    return step


def swap(file: Path, text: str) -> Step:
    """Put another file in its place, as many editors do."""

    def step() -> None:
        other = file.with_name("other~")
        save(other, text)()
        other.replace(file)

    return step


def verdicts(out: str) -> list[str]:
    """The verdict of each run, in order."""
    words = [line.split() for line in out.splitlines() if line[:1].isdigit()]
    return [line[2] for line in words]


@pytest.mark.parametrize("saved", [save, swap])
def test_a_save_gives_a_verdict_and_says_what_it_changed(
    saved: Callable[[Path, str], Step], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Expectations that flip and figures that move are told, however the editor saves."""
    down = "{id: down, at: 0s, for: 1h, provider: sms, set: {submit.outcomes: {throttled: 100%}}}"
    text = HOLDS + f"faults: [{down}]\n"
    harder = text.replace("delivery_rate >= 50%", "level.0.share >= 50%")
    watching(file, saved(file, text.replace(">= 50%", ">= 100%")), saved(file, harder))
    out = capsys.readouterr().out
    assert verdicts(out) == ["passed", "FAILED", "FAILED"]
    assert "FAILED delivery_rate >= 100%: saw " in out
    assert "cost: " in out
    assert out.count("the log is the same") == 1


def test_an_expectation_that_flips_is_named(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What held and does not any more stands below the verdict."""
    lost = "{receipts: {lost: 100%}}"
    dead = HOLDS + f"providers: {{sms: {lost}, whatsapp: {lost}, viber: {lost}}}\n"
    watching(file, save(file, dead), save(file, HOLDS))
    out = capsys.readouterr().out
    assert verdicts(out) == ["passed", "FAILED", "passed"]
    assert "delivery_rate >= 50%: holds -> failed" in out
    assert "delivery_rate >= 50%: failed -> holds" in out
    assert "delivered, known: " in out


def test_a_broken_file_is_explained_and_waited_for(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error has its position, and the next save is run as if nothing had been."""
    watching(file, save(file, SMALL.replace("burst", "burts")), save(file, HOLDS))
    out = capsys.readouterr().out
    assert verdicts(out) == ["passed", "ERROR", "passed"]
    assert f"{file}:5:" in out


def test_a_file_that_is_just_being_saved_is_waited_for(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Gone for a moment, or empty, or growing with each look, is not saved yet."""
    half = HOLDS[: len(HOLDS) // 2]
    watching(file, file.unlink, save(file, ""), save(file, HOLDS))
    assert verdicts(capsys.readouterr().out) == ["passed", "passed"]
    growing = [save(file, half), save(file, HOLDS)]
    still: list[Step] = [lambda: None] * 2
    looks = iter([*growing, *still])

    def grow() -> None:
        step = next(looks, None)
        if step is None:
            raise KeyboardInterrupt
        step()

    with pytest.raises(KeyboardInterrupt):
        watch([str(file)], How(), wait=grow)
    assert verdicts(capsys.readouterr().out) == ["passed", "passed"]


def test_a_file_that_is_gone_is_said_to_be_once(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a while without it; when it comes back, it is run."""
    steps: list[Step] = [lambda: None] * LOOKS_FOR_NONE
    watching(file, file.unlink, *steps, save(file, HOLDS))
    assert verdicts(capsys.readouterr().out) == ["passed", "ERROR", "passed"]


def test_only_what_was_saved_is_run_again(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a folder, the other scenarios are left alone."""
    other = tmp_path / "other.yaml"
    other.write_text(HOLDS.replace("name: small", "name: other"), encoding="utf-8")
    watching(tmp_path, save(file, HOLDS + "seed: 2\n"))
    out = capsys.readouterr().out
    names = [line.split()[1] for line in out.splitlines() if line[:1].isdigit()]
    assert names == ["other", "small", "small"]


def test_the_files_of_a_scenario_are_known(file: Path) -> None:
    """Every value knows the text it comes from; what is built in has no file here."""
    other = file.with_name("other.yaml")
    assert file_names(load(file, overrides=[("seed", "9")]).tree) == {str(file), "--set seed"}
    assert not other.exists()


@pytest.mark.parametrize(
    "extra", [["--json"], ["--junit", "x.xml"], ["--summary", "-"], ["--seeds", "1..3"],
              ["--db", "x.sqlite"]],
)  # fmt: skip
def test_watching_goes_with_nothing_that_ends(
    extra: list[str], file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A report or a store of every save is nobody's wish; the call is refused."""
    assert main(["run", str(file), "--watch", *extra]) == 2
    assert f"--watch does not go with {extra[0]}" in capsys.readouterr().err


def test_ctrl_c_ends_it_with_130(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And with one word, not with a traceback."""

    def ends(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sandbox.cli.watch.time.sleep", ends)
    assert main(["run", str(file), "--watch"]) == 130
    out, err = capsys.readouterr()
    assert verdicts(out) == ["passed"]
    assert err.splitlines() == ["watching 1 scenario; Ctrl-C ends it", "sandbox: interrupted"]
