"""The plugin of pytest: scenario files as tests, and a fixture that runs a scenario.

Every pytest of an environment that has this program loads this file, so it brings nothing along:
the program itself is loaded when a scenario is met, and none is met unless `sandbox_files` or
`--sandbox-files` names some.
"""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from sandbox.app.run import RunResult


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what can be said about scenarios, on the command line and in pytest's own file."""
    files = "patterns of scenario files to collect, such as scenarios/*.yaml; ** is any folders"
    seeds = "run each scenario with these seeds, such as 1..5 or 1,7; its own by default"
    group = parser.getgroup("sandbox", "scenarios of Fallback Sandbox")
    group.addoption("--sandbox-files", action="append", default=[], metavar="PATTERN", help=files)
    group.addoption("--sandbox-seeds", default="", metavar="SEEDS", help=seeds)
    parser.addini("sandbox_files", files, type="args", default=[])
    parser.addini("sandbox_seeds", seeds, default="")
    parser.addini("sandbox_strict", "a fault that never fired fails", type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Make the tests of scenarios selectable with `-m sandbox`."""
    config.addinivalue_line("markers", "sandbox: a scenario of Fallback Sandbox")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a file that one of the patterns names."""
    config = parent.config
    patterns: Sequence[str] = config.getoption("sandbox_files") or config.getini("sandbox_files")
    if not patterns or not any(names(pattern, file_path, config.rootpath) for pattern in patterns):
        return None
    from sandbox.testing.items import ScenarioFile  # noqa: PLC0415 - loads the whole program

    return ScenarioFile.from_parent(parent, path=file_path)


def names(pattern: str, path: Path, root: Path) -> bool:
    """Whether a pattern names a file: its own name, or, with a slash, its path from the root."""
    if "/" not in pattern:
        return fnmatchcase(path.name, pattern)
    if not path.is_relative_to(root):
        return False
    return _match(pattern.strip("/").split("/"), path.relative_to(root).parts)


def _match(pattern: Sequence[str], parts: Sequence[str]) -> bool:
    """Match folder by folder, where `**` stands for any number of them."""
    if not pattern:
        return not parts
    if pattern[0] in {"", "."}:
        return _match(pattern[1:], parts)
    if pattern[0] == "**":
        return any(_match(pattern[1:], parts[skipped:]) for skipped in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _match(pattern[1:], parts[1:])


class RunScenario(Protocol):
    """What the fixture `run_scenario` gives."""

    def __call__(
        self,
        source: Path | str,
        *,
        seed: int | None = None,
        overrides: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        strict: bool = False,
    ) -> "RunResult":
        """Run a scenario and judge it, as `sandbox.app.run.run_scenario` does.

        Args:
            source: A file, looked for beside the test first; a built-in name; or a scenario's text.
            seed: Instead of the scenario's own.
            overrides: Paths and their values, such as `{"cascades.otp.levels.0.wait": "15s"}`.
            strict: A fault that never fired makes the run `vacuous`.
        """


@pytest.fixture
def run_scenario(request: pytest.FixtureRequest) -> RunScenario:
    """A function that runs a scenario, with another seed or other values where one wants."""

    def run(
        source: Path | str,
        *,
        seed: int | None = None,
        overrides: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        strict: bool = False,
    ) -> "RunResult":
        from sandbox.app import run as app  # noqa: PLC0415 - loads the whole program

        pairs = list(overrides.items()) if isinstance(overrides, Mapping) else overrides
        found = _beside(request.path.parent, source)
        return app.run_scenario(found, seed=seed, overrides=pairs, strict=strict)

    return run


def _beside(folder: Path, source: Path | str) -> Path | str:
    """The file beside the test, where there is one of that name."""
    is_path = isinstance(source, Path) or source.endswith((".yaml", ".yml"))
    if is_path and "\n" not in str(source) and (folder / source).is_file():
        return folder / source
    return source
