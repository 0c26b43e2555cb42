"""The verbs of studies."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from sandbox.cli.main import build_parser, main
from sandbox.cli.studies import VERBS
from tests.support.studies import KNOWN, VARIED

ROOT: Final = Path(__file__).parents[2]
Capsys = pytest.CaptureFixture[str]


@pytest.mark.parametrize("verb", VERBS)
def test_every_study_explains_itself(verb: str, capsys: Capsys) -> None:
    """`--help` works, and the command's own help speaks of it."""
    with pytest.raises(SystemExit) as caught:
        main([verb, "--help"])
    assert caught.value.code == 0
    assert "--jobs" in capsys.readouterr().out
    assert verb in build_parser().format_help()


def test_a_mistake_in_the_values_is_shown_before_anything_runs(
    tmp_path: Path, capsys: Capsys
) -> None:
    """All of them in one pass, each where it was written, in the file and in the call."""
    path = tmp_path / "study.yaml"
    path.write_text(VARIED.replace("failed: 100%", "failed: 100"), encoding="utf-8")
    call = ["matrix", str(path), "--vary", "recipients.population=many,5"]
    assert main(call) == 2
    out, err = capsys.readouterr()
    assert out == ""
    [(row, line)] = [
        (number, line) for number, line in enumerate(VARIED.split("\n"), 1) if "vary:" in line
    ]
    column = line.index("100%") + 1
    assert f"{path}:{row}:{column}: error[unit-missing]" in err
    assert "--vary recipients.population:1:2: error[bad-number]: many is no whole number" in err
    assert err.count("error[") == 2


def test_values_of_several_options_are_complained_about_together(capsys: Capsys) -> None:
    """One pass is enough."""
    call = ["matrix", "two-factor-codes", "--vary", "a=[", "--vary", "b=~"]
    assert main(call) == 2
    err = capsys.readouterr().err
    assert "--vary a:" in err
    assert "--vary b:" in err


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (["matrix", "two-factor-codes"], "has no `matrix:`"),
        (["matrix", "no-such-file"], "no scenario 'no-such-file'"),
        (["matrix", "two-factor-codes", "--vary", "seed=1,2", "--seeds", "1..9999"],
         "2 cells with 9,999 seeds are 19,998 runs, 10,000 are the most"),
        (["matrix", "two-factor-codes", "--vary", "seed=1", "--report", "x"], "no metric 'x'"),
        (["compare", "two-factor-codes", "no-such-file"], "no scenario 'no-such-file'"),
        (["recommend", "no-such-file"], "no scenario 'no-such-file'"),
    ],
)  # fmt: skip
def test_a_wrong_call_exits_with_2(call: list[str], words: str, capsys: Capsys) -> None:
    """And says what is wrong with it."""
    assert main(call) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    "extra",
    [["--jobs", "0"], ["--jobs", "x"], ["--vary", "seed"], ["--vary", "seed="], ["--set", "x"],
     ["--seeds", "9..1"], ["--json", "--csv"]],
)  # fmt: skip
def test_an_option_that_makes_no_sense_is_refused(extra: list[str], capsys: Capsys) -> None:
    """Before anything is read."""
    with pytest.raises(SystemExit) as caught:
        main(["matrix", "two-factor-codes", *extra])
    assert caught.value.code == 2
    assert "error[usage]" in capsys.readouterr().err


def test_a_run_takes_no_notice_of_the_matrix(tmp_path: Path, capsys: Capsys) -> None:
    """The same digest with and without it; `check` is content with it, whatever its cells hold."""
    with_it, without = tmp_path / "a.yaml", tmp_path / "b.yaml"
    with_it.write_text(VARIED.replace("failed: 100%", "failed: 100"), encoding="utf-8")
    without.write_text(KNOWN, encoding="utf-8")
    assert main(["check", str(with_it)]) == 0
    digests = []
    for path in (with_it, without):
        capsys.readouterr()
        assert main(["run", str(path), "--no-store"]) == 0
        digests += [line for line in capsys.readouterr().out.splitlines() if "sha256:" in line]
    assert len(digests) == 2
    assert digests[0] == digests[1]


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are another thing there")
def test_ctrl_c_ends_a_matrix_with_all_its_processes(tmp_path: Path) -> None:
    """It exits with 130, says so in a line, and leaves nobody behind."""
    path = tmp_path / "long.yaml"
    long = VARIED.replace("for: 10s", "for: 10h").replace("1..3", "1..50")
    path.write_text(long, encoding="utf-8")
    program = (
        "import multiprocessing, sandbox.cli.main as m, sys, threading, time\n"
        "def tell():\n"
        "    while len(multiprocessing.active_children()) < 2: time.sleep(0.01)\n"
        "    print('begun', flush=True)\n"
        "threading.Thread(target=tell, daemon=True).start()\n"
        f"code = m.main(['matrix', {str(path)!r}, '--jobs', '2'])\n"
        "print(len(multiprocessing.active_children()), 'left')\n"
        "sys.exit(code)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == "0 left\n"
    assert err.endswith("sandbox: interrupted\n")
    assert "Traceback" not in err
