"""The scenarios that ship with the program, and how a name becomes a file.

An installed wheel has them inside the package, the source tree and an editable install beside it:
look in the package, then in the source tree.
"""

from pathlib import Path
from typing import Final

import sandbox
from sandbox.errors import UsageError
from sandbox.scenario.problems import did_you_mean

OPENING: Final = "two-factor-codes"
"""The scenario the app opens with."""

_PACKAGE: Final = Path(sandbox.__file__).parent
_SUFFIXES: Final = (".yaml", ".yml")
_NOT_SCENARIOS: Final = "presets"


def folder() -> Path:
    """Where the shipped scenarios are.

    Raises:
        UsageError: nowhere; the installation is incomplete.
    """
    for candidate in (_PACKAGE / "_scenarios", _PACKAGE.parent / "scenarios"):
        if candidate.is_dir():
            return candidate
    raise UsageError("the built-in scenarios are missing", hint="Install the program again.")


def scenario_files(root: Path) -> list[Path]:
    """Every scenario below a folder, in the order of their paths, presets left out."""
    return sorted(
        path
        for path in root.rglob("*")
        if path.suffix in _SUFFIXES
        and _NOT_SCENARIOS not in path.relative_to(root).parts[:-1]
        and path.is_file()
    )


def built_in() -> dict[str, Path]:
    """The shipped scenarios by name, which is the file's stem."""
    return {path.stem: path for path in scenario_files(folder())}


def builtin_names() -> list[str]:
    """The names of the shipped scenarios."""
    return sorted(built_in())


def find(name: str | Path) -> Path:
    """The file a name stands for: a path, or a built-in scenario.

    A bare name is first a built-in scenario. What has a suffix or a slash is a path.

    Raises:
        UsageError: there is neither; names the nearest built-in scenario.
    """
    path = Path(name)
    is_bare = isinstance(name, str) and path.name == name and path.suffix not in _SUFFIXES
    if is_bare and name in built_in():
        return built_in()[str(name)]
    try:
        if path.exists():
            return path
    except (OSError, ValueError):  # too long for a path, or a zero byte in it
        pass
    raise UsageError(
        f"no scenario {str(name)[:200]!r}: neither a file nor a built-in one",
        hint=_hint(path.stem),
    )


def _hint(name: str) -> str:
    note = did_you_mean(name, builtin_names())
    return f"D{note[1:]}" if note else "`sandbox scenarios` lists the built-in ones."
