"""The error tree: each branch knows what the process exits with."""

import pytest

from sandbox.errors import (
    CannotSendError,
    ExitCode,
    InvariantError,
    MisuseError,
    NotBuiltError,
    SandboxError,
    ScenarioError,
    StorageError,
    UnreadableError,
    UsageError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ScenarioError([]), ExitCode.WRONG_INPUT),
        (UsageError("no run r9"), ExitCode.WRONG_INPUT),
        (NotBuiltError("'sandbox fly'"), ExitCode.WRONG_INPUT),
        (CannotSendError("meta carries no sms"), ExitCode.WRONG_INPUT),
        (InvariantError("two outcomes"), ExitCode.BROKEN),
        (MisuseError("time ran backwards"), ExitCode.BROKEN),
        (StorageError("disk full"), ExitCode.STORAGE),
        (UnreadableError("the body is not JSON"), ExitCode.STORAGE),
    ],
)
def test_every_error_has_its_exit_code(error: SandboxError, code: ExitCode) -> None:
    """2: the input is wrong; 3: our bug; 4: the disk."""
    assert error.exit_code is code


def test_the_exit_codes_are_part_of_the_interface() -> None:
    """Scripts depend on the numbers."""
    assert [int(code) for code in ExitCode] == [0, 1, 2, 3, 4, 5, 130]


def test_an_error_says_what_to_do() -> None:
    """The hint stands beside the message, and is empty where there is none."""
    assert UsageError("no run r9", hint="Try `sandbox runs`.").hint == "Try `sandbox runs`."
    assert UsageError("no run r9").hint == ""


def test_what_is_not_built_is_refused_by_name() -> None:
    """The code not-built and the name of the thing are in the text."""
    assert str(NotBuiltError("'sandbox fly'")) == "error[not-built]: 'sandbox fly' is not built yet"


class _Problem:
    code = "unit-missing"

    def __str__(self) -> str:
        return "a.yaml:1:2: error[unit-missing]: 30 has no unit"


def test_a_scenario_error_holds_every_problem() -> None:
    """The text is that of all problems, one after the other."""
    error = ScenarioError([_Problem(), _Problem()])
    assert len(error.problems) == 2
    assert str(error).splitlines() == [str(_Problem())] * 2
