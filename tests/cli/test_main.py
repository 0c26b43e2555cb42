"""The arguments: what is taken, what is refused, and how."""

from pathlib import Path

import pytest

from sandbox.cli.main import NOT_BUILT, NOT_BUILT_FLAGS, build_parser, main


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
