"""The error tree, and what each branch exits with.

    SandboxError                 `hint`: what to do about it                exit
    ├── ScenarioError            one or more problems in a file               2
    ├── UsageError               the call is wrong; unknown metric, run       2
    │   ├── NotBuiltError        a later version will do this                 2
    │   └── CannotSendError      a provider cannot do what was asked of it    2
    ├── InvariantError           a law of the engine broke: our bug           3
    │   └── MisuseError          a driver broke the engine's contract         3
    ├── StorageError             the disk failed                              4
    └── UnreadableError          a provider's bytes are not what they say     4

Messages start lower case, name the thing, give the value seen and the value allowed, and end in no
full stop; a hint is a sentence. Expectations that fail are results, not exceptions, and so is
everything a provider does.
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import Protocol


class ExitCode(IntEnum):
    """What the process says when it ends; part of the interface."""

    PASSED = 0
    FAILED = 1
    WRONG_INPUT = 2
    BROKEN = 3
    STORAGE = 4
    NOT_QUIET = 5
    INTERRUPTED = 130


class SandboxError(Exception):
    """Anything that goes wrong on purpose."""

    exit_code = ExitCode.WRONG_INPUT

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Problem(Protocol):
    """One thing wrong in a file; `str()` of it is the full text with position and caret."""

    @property
    def code(self) -> str:
        """The stable error code, such as `unit-missing`."""
        ...


class ScenarioError(SandboxError):
    """A scenario file cannot be used; holds every problem found in one pass, up to 20."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class UsageError(SandboxError):
    """The call names something that does not exist or cannot be combined."""


class NotBuiltError(UsageError):
    """The call asks for something this version does not do yet."""

    def __init__(self, what: str) -> None:
        super().__init__(f"error[not-built]: {what} is not built yet")


class CannotSendError(UsageError):
    """A provider's adapter cannot do what was asked: a channel, a content, a call it has not."""


class InvariantError(SandboxError):
    """A law that must always hold does not: our bug, never the user's."""

    exit_code = ExitCode.BROKEN


class MisuseError(InvariantError):
    """A driver broke the engine's contract: time ran backwards, or a message nobody requested."""


class StorageError(SandboxError):
    """A file could not be read or written."""

    exit_code = ExitCode.STORAGE


class UnreadableError(SandboxError):
    """Bytes from a provider cannot be read: no JSON, no form, too deep or too large."""

    exit_code = ExitCode.STORAGE
