"""Plants bugs and expects the tests to find them: a law that finds none is no law.

    python tests/laws/planted.py [--every N [--turn K]] [TEST…]

With `--every 4` a quarter of the bugs is planted: which one is the turn's to say. CI has the number
of the commit for it, so that all are planted in four commits. By hand: all.

Each `patches/*.patch` breaks the machine or the world in one way and says in its first line how.
It is applied to a copy of the tree, and the fast tests (or those named) are run there. Exits with 1
when a bug survives, when a patch no longer applies, or when the tests are not green without one.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[2]
PATCHES: Final = sorted((ROOT / "tests" / "laws" / "patches").glob("*.patch"))
PARTS: Final = ("sandbox", "tests", "pyproject.toml")
TESTS: Final = (
    "tests/cascade",
    "tests/simulation/test_world.py",
    "tests/simulation/test_world_people.py",
    "tests/simulation/test_provider.py",
    "tests/simulation/test_faults.py",
    "tests/simulation/test_limits.py",
    "tests/simulation/test_post.py",
    "tests/simulation/test_attendance.py",
    "tests/laws/test_reference.py",
    "tests/laws/test_cascade_laws.py",
    "tests/laws/test_world_laws.py",
    "tests/laws/test_two_watches.py",
)
AT_ONCE: Final = 2
LONGEST_S: Final = 100

HASTE: Final = """

from hypothesis import Phase

settings.register_profile("haste", settings(), phases=[Phase.explicit, Phase.generate])
settings.load_profile("haste")
"""
"""Nobody reads the example that finds a planted bug, so it is not made small."""


class Finding(NamedTuple):
    """What came of a planted bug."""

    bug: str
    found_by: str
    text: str

    @property
    def is_found(self) -> bool:
        """A test noticed."""
        return bool(self.found_by)


def plant(patch: Path | None, tests: Sequence[str]) -> Finding:
    """Run the tests in a copy of the tree, with a patch or as it is."""
    bug = patch.stem if patch else "(none)"
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        tree = Path(folder)
        _copy(tree)
        if patch is not None:
            text = patch.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# bug: ")
            applied = _run([_git(), "apply", "--recount", "-C1", str(patch)], tree)
            if applied.returncode:
                return Finding(bug, "", f"the patch does not apply: {applied.stderr.strip()}")
        else:
            text = "as it is"
        return Finding(bug, _first_failure(tree, tests), text)


def _copy(tree: Path) -> None:
    unwanted = shutil.ignore_patterns("__pycache__", "__snapshots__", ".*")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, tree / part, ignore=unwanted)
        else:
            shutil.copy(ROOT / part, tree / part)
    conftest = tree / "tests" / "conftest.py"
    conftest.write_text(conftest.read_text(encoding="utf-8") + HASTE, encoding="utf-8")


def _first_failure(tree: Path, tests: Sequence[str]) -> str:
    """The test that failed first; "" when all is green."""
    without = [f"-pno:{plugin}" for plugin in ("cacheprovider", "textual-snapshot", "syrupy")]
    pytest = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "--tb=no", *without]
    try:
        done = _run([*pytest, *tests], tree)
    except subprocess.TimeoutExpired:
        return "it never ends"
    if done.returncode == 0:
        return ""
    failed = re.search(r"^(?:FAILED|ERROR) (?:\S+/)?(\S+)", done.stdout, re.MULTILINE)
    return failed.group(1) if failed else done.stdout[-200:] + done.stderr[-200:]


def _run(command: Sequence[str], tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=tree, capture_output=True, text=True, timeout=LONGEST_S, check=False
    )


def _git() -> str:
    git = shutil.which("git")
    if git is None:
        sys.exit("git is needed to apply the patches")
    return git


def main(arguments: Sequence[str]) -> int:
    """Plant bugs, print which test found each, say whether all were found."""
    parser = argparse.ArgumentParser(description="Plant bugs and expect the tests to find them.")
    parser.add_argument("--every", type=int, default=1, help="plant one of so many")
    parser.add_argument("--turn", type=int, default=0, help="which of them, counted on and on")
    parser.add_argument("tests", nargs="*", default=TESTS)
    asked = parser.parse_args(arguments)
    patches = PATCHES[asked.turn % asked.every :: asked.every]
    with ThreadPoolExecutor(AT_ONCE) as workers:
        findings = list(workers.map(lambda patch: plant(patch, asked.tests), (None, *patches)))
    as_it_is, *planted = findings
    width = max(len(finding.bug) for finding in planted)
    for finding in planted:
        found_by = finding.found_by or f"SURVIVES: {finding.text}"
        sys.stdout.write(f"{finding.bug:{width}}  {found_by}\n")
    survivors = [finding.bug for finding in planted if not finding.is_found]
    if as_it_is.is_found:
        sys.stdout.write(f"red without any bug: {as_it_is.found_by}\n")
    found = len(planted) - len(survivors)
    sys.stdout.write(f"{found} of {len(planted)} planted bugs found, of {len(PATCHES)} in all\n")
    return int(bool(survivors) or as_it_is.is_found or not planted)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
