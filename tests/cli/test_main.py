"""The arguments: what is taken, what is refused, and how."""

from pathlib import Path
from typing import Final

import pytest

from sandbox.cli import live, send, showing, stored, studies
from sandbox.cli.main import NOT_BUILT, NOT_BUILT_FLAGS, build_parser, main
from tests.support.small_files import HOLDS

VERBS: Final = (
    *showing.VERBS, *stored.VERBS, *studies.VERBS, *send.VERBS, *live.VERBS,
    "run", "check", "schema", "scenarios", "new", "explain",
)  # fmt: skip


def test_the_verbs_of_these_tests_are_all_there_are() -> None:
    text = build_parser().format_help()
    listed = {
        line.split()[0] for line in text.splitlines() if line.startswith("    ") and line[4] != " "
    }
    assert listed == set(VERBS)


@pytest.mark.parametrize("verb", NOT_BUILT)
def test_a_verb_of_a_later_version_is_refused_by_name(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A verb that is not built says so, exits 2, and is not in --help."""
    assert main([verb, "x"]) == 2
    assert f"error[not-built]: 'sandbox {verb}' is not built yet" in capsys.readouterr().err
    assert f"\n    {verb} " not in build_parser().format_help()


@pytest.mark.parametrize("flag", NOT_BUILT_FLAGS)
def test_a_flag_of_a_later_version_is_refused_by_name(
    flag: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A flag that is not built is never accepted in silence."""
    assert main(["run", str(file), flag, "x"]) == 2
    assert f"error[not-built]: '{flag}'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [["run"], ["run", "no-such-thing"], ["fly"], ["run", "x.yaml", "--seed", "many"],
     ["run", "x.yaml", "--set", "nothing"], ["open", "no-such-thing"], ["explain", "delivery_rat"]],
)  # fmt: skip
def test_a_wrong_call_exits_with_2_and_says_why(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing goes to standard output, the reason goes to standard error, no traceback."""
    try:
        code = main(words)
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    out, err = capsys.readouterr()
    assert code == 2
    assert out == ""
    assert "error" in err
    assert "Traceback" not in err


# --live ------------------------------------------------------------------------------------------

NEVER_LIVE: Final = (*sorted({*VERBS} - {"send", "live", "open"}), "fly")
"""Every verb there is but those that may be live, and one there is not."""


@pytest.mark.parametrize("verb", NEVER_LIVE)
@pytest.mark.parametrize("flag", ["--live", "--live=yes"])
def test_a_verb_that_is_never_live_is_refused_by_the_lock(
    verb: str, flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """By name, and before anything is read; not as an option nobody knows."""
    assert main([verb, "no-such-file", flag]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[:2] == [
        "sandbox: error: refused by the live lock; nothing was sent",
        f"  verb: '{verb}' never sends anything for real. Use send, live, or the app.",
    ]


def test_whatever_else_is_wrong_with_the_command_is_said_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["run", "x", "--watch", "--no-store", "--live"]) == 2
    err = capsys.readouterr().err
    assert "--watch runs again by itself" in err
    assert "  store: with --no-store nobody would know later" in err


@pytest.mark.parametrize("words", [["--live"], ["open", "--live"]])
def test_the_app_is_live_only_with_a_scenario_by_name(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    err = capsys.readouterr().err
    assert "--live wants the scenario named" in err
    assert "sandbox open FILE --live" in err


def test_a_file_may_be_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Behind `--` nothing is an option."""
    monkeypatch.chdir(tmp_path)
    Path("--live").write_text(HOLDS, encoding="utf-8")
    assert main(["check", "--", "--live"]) == 0
    assert capsys.readouterr().out == "--live: ok\n"
