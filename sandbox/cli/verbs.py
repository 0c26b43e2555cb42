"""The small verbs: `check`, `schema`, `scenarios`, `explain`, and opening the app."""

import json
import sys
import textwrap
from collections.abc import Sequence
from typing import Final

from sandbox.cli.run import expand
from sandbox.errors import ExitCode, SandboxError, UsageError
from sandbox.report.plain import plain
from sandbox.scenario import library
from sandbox.scenario.loader import load
from sandbox.scenario.writer import resolved_text

_COLUMNS: Final = 100
_GROUPS: Final = {"use-case", "drill"}


def open_app(name: str, seed: int | None) -> ExitCode:
    """Open the app on a scenario, or (name "") on the one it ships to start with."""
    source = library.find(name or library.OPENING)
    if not sys.stdout.isatty() and not sys.stderr.isatty():
        raise UsageError(
            "the app needs a terminal", hint="Use `sandbox run FILE` where there is none."
        )
    from sandbox.tui.app import run_app  # textual is slow to import: only where it is shown

    return ExitCode(run_app(source, seed=seed))


def check(names: Sequence[str], *, resolved: bool) -> ExitCode:
    """Validate scenario files, each on its own; says of every file whether it can be used."""
    code = ExitCode.PASSED
    for file in expand(names):
        try:
            scenario = load(file)
        except SandboxError as error:
            print(error, file=sys.stderr)
            code = max(code, error.exit_code)
            continue
        if resolved:
            print(resolved_text(scenario), end="")
        else:
            print(f"{file}: ok")
        for warning in scenario.warnings:
            print(warning, file=sys.stderr)
    return code


def schema() -> ExitCode:
    """Print the JSON Schema of the scenario format."""
    from sandbox.scenario.schema import schema as json_schema

    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))
    return ExitCode.PASSED


def scenarios() -> ExitCode:
    """List the built-in scenarios by what they are for, with what each of them shows."""
    loaded = [(name, load(library.find(name))) for name in library.builtin_names()]
    width = max(len(name) for name, _ in loaded)
    for heading, tag in (("use cases", "use-case"), ("drills", "drill"), ("others", "")):
        listed = [
            (name, scenario)
            for name, scenario in loaded
            if (tag in scenario.tags if tag else not _GROUPS & set(scenario.tags))
        ]
        if listed:
            print(heading)
        for name, scenario in listed:
            print(f"  {name:<{width}}  {plain(scenario.title)}")
    return ExitCode.PASSED


def explain(word: str) -> ExitCode:
    """Define a metric or an error code; without a word, list both.

    Raises:
        UsageError: it is neither; names the nearest.
    """
    from sandbox.report import definitions
    from sandbox.scenario.codes import ERRORS

    if not word:
        print("metrics:", *definitions.NAMES, sep="\n  ")
        print("error codes:", *sorted(ERRORS), sep="\n  ")
        return ExitCode.PASSED
    code = word.removeprefix("error[").removesuffix("]")
    known = code in ERRORS
    text = f"error[{code}]\n  {ERRORS[code]}" if known else definitions.explain(word)
    for line in text.splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        print(textwrap.fill(line, _COLUMNS, subsequent_indent=indent))
    return ExitCode.PASSED
