"""The shape of the code: what a reviewer would otherwise have to look for."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
PACKAGE: Final = ROOT / "sandbox"
MODULES: Final = sorted(PACKAGE.rglob("*.py"))
PURE: Final = ("errors", "cascade", "journal", "simulation", "adapters", "dialects", "report")

FUNCTION_LINES_MAX: Final = 70
FILE_LINES_MAX: Final = 600
FOLDERS_THAT_SAY_NOTHING: Final = {
    "base", "common", "helper", "helpers", "manager", "managers", "misc", "service", "services",
    "util", "utils",
}  # fmt: skip

TESTED_ELSEWHERE: Final = {
    "cascade/events.py": "shapes without behaviour; every test of the engine is made of them",
    "cascade/vocabulary.py": "words without behaviour; every test speaks them",
    "simulation/spec.py": "values without behaviour; the loader's tests build all of them",
}


def _name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _is_pure(path: Path) -> bool:
    return _name(path).split("/")[0].removesuffix(".py") in PURE


def _modules(*, pure: bool = False) -> list[Path]:
    return [path for path in MODULES if _is_pure(path) or not pure]


# Files -------------------------------------------------------------------------------------------


def _has_test(path: Path) -> bool:
    """Look for `test_<module>.py`, or `test_<module>_<aspect>.py`, at the mirrored place.

    The modules of a folder inside a layer may also be tested together, under the folder's name:
    `sandbox/tui/widgets/bars.py` in `tests/tui/test_widgets.py`.
    """
    module = path.relative_to(PACKAGE).with_suffix("")
    together = [module.parent] if len(module.parts) > 2 else []
    return any(
        pattern.match(test.name)
        for what in (module, *together)
        for pattern in [re.compile(rf"test_{what.name}(_\w+)?\.py$")]
        for test in (ROOT / "tests" / what.parent).glob("test_*.py")
    )


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.name not in ("__init__.py", "__main__.py")], ids=_name
)
def test_every_module_has_its_tests_at_the_mirrored_place(path: Path) -> None:
    """Whoever changes `sandbox/x/y.py` finds its tests in `tests/x/test_y.py`."""
    assert _has_test(path) or _name(path) in TESTED_ELSEWHERE


def test_the_list_of_exceptions_is_not_longer_than_it_must_be() -> None:
    """A module that got its tests, or is gone, is taken off the list."""
    assert [
        n for n in TESTED_ELSEWHERE if not (PACKAGE / n).exists() or _has_test(PACKAGE / n)
    ] == []


def test_files_and_functions_can_be_read_at_one_sitting() -> None:
    """A file is one idea of at most 600 lines, a function fits a screen of 70."""
    too_long = []
    for path in MODULES:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > FILE_LINES_MAX:
            too_long.append(f"{_name(path)}: {lines} lines")
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    too_long.append(f"{_name(path)}:{node.lineno}: {node.name}: {lines} lines")
    assert too_long == []


def test_a_package_re_exports_nothing() -> None:
    """An `__init__` holds a docstring only (the root's also the version): imports name the file."""
    more = []
    for path in MODULES:
        if path.name == "__init__.py":
            statements = [s for s in _tree(path).body if not _is_docstring(s)]
            if path.parent == PACKAGE:
                statements = [s for s in statements if not isinstance(s, ast.Assign)]
            more += [f"{_name(path)}:{s.lineno}" for s in statements]
    assert more == []


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def test_names_of_files_say_what_is_in_them() -> None:
    """Nothing is called utils, helpers, common or manager."""
    names = {
        part.removesuffix(".py")
        for path in (*MODULES, *(ROOT / "tests").rglob("*.py"))
        for part in path.relative_to(ROOT).parts
    }
    assert names & FOLDERS_THAT_SAY_NOTHING == set()


# The pure half -----------------------------------------------------------------------------------

IMPURE_MODULES: Final = {
    "asyncio", "concurrent", "datetime", "io", "locale", "logging", "multiprocessing", "os",
    "pathlib", "random", "secrets", "socket", "sqlite3", "subprocess", "tempfile", "threading",
    "time", "urllib", "uuid",
}  # fmt: skip
PURE_PARTS: Final = {"urllib.parse"}
"""What is pure in an impure package: it computes, and imports nothing that does more."""
CLOCKS: Final = {"now", "today", "utcnow", "monotonic", "monotonic_ns", "perf_counter", "time_ns"}
CLOCK_OWNERS: Final = {"date", "datetime", "time"}


def _impurities(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Imports and calls by which a clock, dice or the outside world would come in."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                for alias in node.names:
                    if alias.name.split(".")[0] in IMPURE_MODULES:
                        yield node.lineno, f"import {alias.name}"
            case ast.ImportFrom(module=str(module)):
                if module.split(".")[0] in IMPURE_MODULES and module not in PURE_PARTS:
                    yield node.lineno, f"from {module} import …"
            case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=name):
                if owner in CLOCK_OWNERS and name in CLOCKS:
                    yield node.lineno, f"{owner}.{name}"
            case ast.Call(func=ast.Name(id="open" | "print" | "input" | "hash" | "id" as name)):
                yield node.lineno, f"{name}()"
            case _:
                pass


def test_the_pure_half_has_no_clock_no_dice_and_no_way_out() -> None:
    """What decides gets everything as an argument, also the time; nor does it use `hash` or `id`.

    `hash` of a text differs from process to process. Inside `__hash__` it is what must be used.
    """
    found = [
        f"{_name(path)}:{line}: {what}"
        for path in _modules(pure=True)
        for line, what in _impurities(_without_hash_methods(_tree(path)))
    ]
    assert found == []


def _without_hash_methods(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            node.body = [
                s
                for s in node.body
                if not (isinstance(s, ast.FunctionDef) and s.name == "__hash__")
            ] or [ast.Pass()]
    return tree


def _is_set(node: ast.expr) -> bool:
    match node:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr() | ast.Sub() | ast.BitXor()):
            return _is_set(node.left) or _is_set(node.right)
        case _:
            return False


def _walked_in_order(tree: ast.Module) -> Iterator[ast.expr]:
    """Whatever is gone through element by element, in an order that shows."""
    for node in ast.walk(tree):
        match node:
            case ast.For() | ast.comprehension():
                yield node.iter
            case ast.Call(
                func=ast.Name(id="list" | "tuple" | "enumerate" | "iter" | "map" | "zip")
            ):
                yield from node.args
            case ast.Call(func=ast.Attribute(attr="join" | "extend" | "fromkeys")):
                yield from node.args
            case ast.Starred():
                yield node.value
            case _:
                pass


def test_the_pure_half_walks_through_no_set() -> None:
    """The order of a set differs from process to process, so nothing is decided or said in it."""
    found = [
        f"{_name(path)}:{node.lineno}: {ast.unparse(node)}"
        for path in _modules(pure=True)
        for node in _walked_in_order(_tree(path))
        if _is_set(node)
    ]
    assert found == []


@pytest.mark.parametrize(
    "bad",
    [
        "import time",
        "from random import random",
        "import datetime\nx = datetime.datetime.now()",
        "from datetime import date\nx = date.today()",
        "from urllib.request import urlopen",
        "print(1)",
        "x = hash('a')",
    ],
)
def test_the_watch_over_the_pure_half_sees_what_it_is_for(bad: str) -> None:
    """Each way in is noticed: the test above can fail."""
    assert list(_impurities(ast.parse(bad)))


@pytest.mark.parametrize(
    "bad",
    [
        "for x in {1, 2}: pass",
        "[x for x in set(y)]",
        "list({a for a in b})",
        "','.join(frozenset(y) - z)",
        "(*{1, 2},)",
    ],
)
def test_the_watch_over_sets_sees_what_it_is_for(bad: str) -> None:
    """Each way through a set is noticed: the test above can fail."""
    assert any(_is_set(node) for node in _walked_in_order(ast.parse(bad)))


# What an import brings along ---------------------------------------------------------------------


def _loaded_by(code: str, *, folder: Path) -> set[str]:
    """The modules a fresh interpreter has loaded after some code."""
    program = f"{code}\nimport sys\nsys.stderr.write('\\n'.join(['', *sys.modules]))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CI": "true"}
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=True, capture_output=True, text=True, cwd=folder, env=environment,
    )  # fmt: skip
    return set(done.stderr.split("\n"))


def test_the_machine_comes_alone(tmp_path: Path) -> None:
    """To import the engine loads itself and the errors: no clock, no dice, no event loop."""
    before = _loaded_by("", folder=tmp_path)
    loaded = _loaded_by("import sandbox.cascade.engine", folder=tmp_path) - before
    ours = {name for name in loaded if name.split(".")[0] == "sandbox"}
    assert {n for n in ours if not n.startswith("sandbox.cascade")} == {"sandbox", "sandbox.errors"}
    assert loaded & {"asyncio", "random", "socket", "logging", "threading", "datetime"} == set()


def test_the_pure_half_brings_no_event_loop_and_no_library(tmp_path: Path) -> None:
    """All of the pure half can be had without asyncio, dice, sockets or any third-party library."""
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in _modules(pure=True)]
    before = _loaded_by("", folder=tmp_path)
    loaded = _loaded_by("\n".join(f"import {name}" for name in names), folder=tmp_path) - before
    unwanted = {"asyncio", "random", "socket", "logging", "yaml", "textual", "rich", "faker",
                "phonenumbers", "httpx", "aiosqlite", "argparse"}  # fmt: skip
    assert loaded & unwanted == set()


TINY: Final = """\
schema: 1
cascades: {otp: [sms, whatsapp, viber]}
load: [{burst: 3}]
"""


@pytest.mark.parametrize("extra", [[], ["--json"]], ids=["text", "json"])
def test_run_loads_neither_the_screen_nor_what_is_slow_to_load(
    tmp_path: Path, extra: list[str]
) -> None:
    """`sandbox run` starts quickly: textual, faker, httpx and phonenumbers stay on the disk.

    So does what only some runs need: a seed nobody chose, the time of day somewhere, a store.
    """
    (tmp_path / "tiny.yaml").write_text(TINY, encoding="utf-8")
    arguments = ["run", "tiny.yaml", *extra]
    code = f"from sandbox.cli.main import main\nassert main({arguments}) == 0"
    loaded = _loaded_by(code, folder=tmp_path)
    assert "sandbox.simulation.world" in loaded
    slow = {"textual", "rich", "faker", "httpx", "phonenumbers", "asyncio", "secrets", "zoneinfo",
            "sqlite3", "multiprocessing", "sandbox.tui", "sandbox.store", "sandbox.adapters",
            "sandbox.dialects", "sandbox.net"}  # fmt: skip
    assert loaded & slow == set()
