"""The plugin of pytest: what it collects, what it costs, and the fixture it brings."""

import re
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

import pytest

from sandbox.testing.plugin import names
from tests.support.small_files import FAILS, HOLDS

pytest_plugins = ["pytester"]

ROOT: Final = Path(__file__).parent.parent.parent
README: Final = ROOT / "README.md"

PLUGIN: Final = [
    *("-p", "no:asyncio", "-p", "no:textual-snapshot"),  # they are for the tests out here
    *([] if entry_points(group="pytest11", name="sandbox") else ["-p", "sandbox.testing.plugin"]),
]
"""Where the program is not installed, nobody finds the plugin by itself."""


@pytest.mark.parametrize(
    ("pattern", "path", "is_named"),
    [
        ("*.yaml", "a.yaml", True),
        ("*.yaml", "deep/below/a.yaml", True),
        ("*.yaml", "a.yml", False),
        ("scenarios/*.yaml", "scenarios/a.yaml", True),
        ("./scenarios/*.yaml", "scenarios/a.yaml", True),
        ("scenarios/*.yaml", "scenarios/presets/a.yaml", False),
        ("scenarios/*.yaml", "other/scenarios/a.yaml", False),
        ("scenarios/**/*.yaml", "scenarios/a.yaml", True),
        ("scenarios/**/*.yaml", "scenarios/x/y/a.yaml", True),
        ("**/drills/*.yaml", "scenarios/drills/a.yaml", True),
        ("**/drills/*.yaml", "scenarios/a.yaml", False),
    ],
)
def test_a_pattern_names_files_by_their_path_from_the_root(
    pattern: str, path: str, is_named: bool, tmp_path: Path
) -> None:
    """Without a slash by the name alone; `*` stays in one folder, `**` goes through any."""
    assert names(pattern, tmp_path / path, tmp_path) is is_named
    assert names(pattern, Path("/elsewhere") / "x.txt", tmp_path) is False


def test_nothing_is_collected_and_nothing_is_loaded_unless_asked_for(tmp_path: Path) -> None:
    """A pytest that has nothing to do with scenarios pays for nothing."""
    (tmp_path / "scenario.yaml").write_text(HOLDS, encoding="utf-8")
    (tmp_path / "test_it.py").write_text("def test_it(): pass\n", encoding="utf-8")
    code = (
        "import sys, pytest\n"
        f"code = pytest.main(['--co', '-q', *{PLUGIN}, '-p', 'no:cacheprovider'])\n"
        "ours = sorted(n for n in sys.modules if n.split('.')[0] in ('sandbox', 'textual'))\n"
        "print('loaded', ours)\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(ROOT), "PATH": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "scenario.yaml" not in done.stdout
    last = done.stdout.splitlines()[-1]
    loaded = [name for name in re.findall(r"'([\w.]+)'", last) if name.startswith("sandbox")]
    assert loaded == ["sandbox", "sandbox.testing", "sandbox.testing.plugin"]


def test_the_fixture_runs_a_scenario_with_other_values(pytester: pytest.Pytester) -> None:
    """A file beside the test, a seed and overrides as a mapping or as pairs."""
    pytester.path.joinpath("mine.yaml").write_text(HOLDS, encoding="utf-8")
    pytester.makepyfile(
        """
        def test_lost(run_scenario):
            lost = {"providers.sms.receipts.lost": "100%"}
            result = run_scenario("mine.yaml", seed=7, overrides=lost)
            assert result.verdict == "passed" and result.seed == 7

        def test_pairs(run_scenario):
            pairs = [("providers.sms.receipts.lost", "100%")]
            lost = run_scenario("mine.yaml", overrides=pairs, strict=True)
            assert lost.digest != run_scenario("mine.yaml").digest

        def test_built_in(run_scenario):
            assert run_scenario("outage-and-recovery").scenario.name == "outage-and-recovery"
        """
    )
    pytester.runpytest(*PLUGIN).assert_outcomes(passed=3)


def test_the_example_of_the_readme_runs(pytester: pytest.Pytester) -> None:
    """What is shown is what works."""
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    pytester.makepyfile(**{f"test_{number}": block for number, block in enumerate(blocks)})
    result = pytester.runpytest(*PLUGIN)
    assert result.ret == 0
    assert result.parseoutcomes()["passed"] >= len(blocks)


def test_the_pytest_settings_of_the_readme_collect(pytester: pytest.Pytester) -> None:
    """The lines for pytest's own file are understood as they stand."""
    blocks = re.findall(r"```toml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (settings,) = [block for block in blocks if "sandbox_files" in block]
    pytester.makepyprojecttoml(settings)
    folder = pytester.mkdir("scenarios")
    (folder / "mine.yaml").write_text(FAILS, encoding="utf-8")
    result = pytester.runpytest(*PLUGIN, "--strict-config", "--co", "-q")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["scenarios/mine.yaml::delivery_rate >= 100%*"])
