"""The small verbs: `check`, `schema`, `scenarios`, `new`, `explain`, and opening the app."""

import re
import sys
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from sandbox.app.collector import collector_paused
from sandbox.errors import ExitCode, SandboxError, UsageError
from sandbox.report.plain import plain
from sandbox.scenario import library
from sandbox.scenario.loader import load
from sandbox.scenario.origins import text_with_origins

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.app.live_switch import Start
    from sandbox.scenario.model import Scenario
    from sandbox.scenario.sources import Basis

_COLUMNS: Final = 100
_NEXT_LINE: Final = " " * 11
_GROUPS: Final = {"use-case", "drill"}
_MAGIC: Final = "magic"
_PROFILE: Final = "profile"


def open_app(
    name: str, seed: int | None, *, is_fresh: bool = False, start: "Start | None" = None
) -> ExitCode:
    """Open the app on a scenario.

    Args:
        name: A file or a built-in name; "" for the last one, or else the one to start with.
        seed: Instead of the scenario's own.
        is_fresh: Neither use nor change what is remembered of the last time.
        start: With `--live`, how it was started; None: nothing is ever really sent.
    """
    from sandbox.app.settings import last_scenario, settings_path

    settings = None if is_fresh else settings_path()
    source, note = library.find(name or library.OPENING), ""
    if settings is not None and not name:
        last, note = last_scenario(settings)
        source = last or source
    need_a_terminal("Use `sandbox run FILE` where there is none.")
    with collector_paused(freezes=True):  # what an import makes is never let go
        from sandbox.tui.app import run_app  # textual is slow to import: only where it is shown

    resumes = not name
    return ExitCode(
        run_app(source, seed=seed, settings=settings, note=note, resumes=resumes, start=start)
    )


def open_replay(path: "Path | None", run: str) -> ExitCode:
    """Open the app on a stored run.

    Raises:
        UsageError: there is no such run, other rules made it, or there is no terminal.
        StorageError: the file cannot be used.
    """
    from sandbox.app.replaying import open_recording

    recording = open_recording(path, run)
    need_a_terminal("`sandbox replay RUN` without --open proves the log equal.")
    with collector_paused(freezes=True):
        from sandbox.app.settings import settings_path
        from sandbox.tui.app import run_replay

    return ExitCode(run_replay(recording, path, settings_path()))


def need_a_terminal(hint: str) -> None:
    """Refuse to go on without a terminal to paint on, and to read keys from.

    Raises:
        UsageError: there is none.
    """
    if not sys.stdout.isatty() and not sys.stderr.isatty():
        raise UsageError("the app needs a terminal", hint=hint)
    if not sys.stdin.isatty():
        raise UsageError("the app needs a terminal to read keys from, and standard input is none",
                         hint=f"Leave out the pipe or `<`. {hint}")  # fmt: skip


def check(names: Sequence[str], *, resolved: bool, forecast: bool = False) -> ExitCode:
    """Validate and lint scenario files, each on its own; says of every file whether it is right."""
    from sandbox.cli.run import expand
    from sandbox.scenario.lint import lint

    code = ExitCode.PASSED
    for file in expand(names):
        try:
            scenario = load(file)
        except SandboxError as error:
            print(error, file=sys.stderr)
            code = max(code, error.exit_code)
            continue
        linted = lint(scenario)
        if resolved:
            print(text_with_origins(scenario), end="")
        elif not linted.has_errors:
            print(f"{file}: ok")
        for warning in (*scenario.warnings, *linted.problems):
            print(warning, file=sys.stderr)
        if linted.has_errors:
            code = max(code, ExitCode.WRONG_INPUT)
        if forecast and not resolved:
            _print_forecasts(scenario)
    return code


def _print_forecasts(scenario: "Scenario") -> None:
    from sandbox.report.forecast import forecast_lines, forecasts, unforeseen

    for told in forecasts(scenario.world):
        for line in forecast_lines(told, scenario.currency):
            print(_wrapped(plain(line)))
    for line in unforeseen(scenario.world):
        print(_wrapped(plain(line)))


def schema() -> ExitCode:
    """Print the JSON Schema of the scenario format."""
    from sandbox.scenario.starter import schema_text

    print(schema_text(), end="")
    return ExitCode.PASSED


def new(name: str) -> ExitCode:
    """Write a starter scenario, and the schema for editors beside it."""
    from sandbox.scenario.starter import SCHEMA_NAME, write_starter

    started = write_starter(name)
    path = plain(str(started.scenario))
    print(f"wrote {path}")
    if started.schema is None:
        print(f"kept the {SCHEMA_NAME} beside it; `sandbox schema` prints the current one")
    else:
        print(f"wrote {plain(str(started.schema))}, so that an editor knows the format")
    print(f"now try: sandbox run {path}")
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


def sources() -> ExitCode:
    """Tell what the figures of the built-in providers and people are based on."""
    from sandbox.scenario.sources import FILES, bases_of

    for name in FILES:
        print(f"built-in {name}")
        for basis in bases_of(name):
            print(_wrapped(f"  {basis.word:<8} {basis.path}: {_figures_text(basis)}"))
            said = "; ".join(each for each in (basis.note, ", ".join(basis.references)) if each)
            if said:
                print(_wrapped(_NEXT_LINE + said))
    return ExitCode.PASSED


def _wrapped(text: str) -> str:
    return textwrap.fill(text, _COLUMNS, subsequent_indent=_NEXT_LINE)


def _figures_text(basis: "Basis") -> str:
    """The figures a basis is about, by what is left of their paths."""
    if [figure.path for figure in basis.figures] == [basis.path]:
        return basis.figures[0].value
    return ", ".join(
        f"{figure.path.removeprefix(f'{basis.path}.')} {figure.value}" for figure in basis.figures
    )


def explain(word: str) -> ExitCode:
    """Define a metric, phrase, error code or law, or list the magic numbers; "" lists the words.

    Raises:
        UsageError: it is none of them; names the nearest.
    """
    from sandbox.report import definitions, occurrences
    from sandbox.report.laws import LAWS
    from sandbox.report.magic_numbers import magic_table
    from sandbox.scenario.codes import ERRORS
    from sandbox.scenario.lint_codes import FINDINGS
    from sandbox.scenario.profile import profile_names

    explained = ERRORS | FINDINGS
    if not word:
        print("metrics:", *definitions.NAMES, sep="\n  ")
        print("phrases of never and sometimes:", *occurrences.PHRASES, sep="\n  ")
        print("error codes:", *sorted(ERRORS), sep="\n  ")
        print("findings of the linter:", *sorted(map(str, FINDINGS)), sep="\n  ")
        print("laws that always hold:", *LAWS, sep="\n  ")
        print("profiles:", *(f"{_PROFILE} {name}" for name in profile_names()), sep="\n  ")
        print("phone numbers:", _MAGIC, sep="\n  ")
        return ExitCode.PASSED
    code = re.sub(r"(error|warning)\[(.*)\]", r"\2", word)
    known = code in explained
    if word == _MAGIC:
        text = magic_table()
    elif word in LAWS:
        text = f"{word}, a law that always holds\n  {LAWS[word]}"
    elif word.partition(" ")[0] == _PROFILE:
        text = _profile_text(word.removeprefix(_PROFILE).strip())
    else:
        phrase = occurrences.explain_phrase(word)
        is_metric = not phrase or word in definitions.DEFINITIONS  # `throttled` is both
        defined = [definitions.explain(word)] if is_metric and not known else []
        text = (
            f"{_severity(code)}[{code}]\n  {explained[code]}"
            if known
            else "\n".join([*defined, phrase])
        )
    for line in text.splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        print(textwrap.fill(line, _COLUMNS, subsequent_indent=indent))
    return ExitCode.PASSED


def _severity(code: str) -> str:
    """How bad a problem of a code is."""
    from sandbox.scenario.lint_codes import ERRONEOUS, FINDINGS

    return "warning" if code in FINDINGS and code not in ERRONEOUS else "error"


def _profile_text(name: str) -> str:
    """The rules of a profile.

    Raises:
        UsageError: there is none of this name; names the nearest.
    """
    from sandbox.scenario.problems import did_you_mean
    from sandbox.scenario.profile import explain_profile, profile_names

    names = profile_names()
    if name not in names:
        near = did_you_mean(name, names)
        raise UsageError(
            f"there is no profile {name!r}", hint=near or f"Profiles: {', '.join(names)}."
        )
    return explain_profile(name)
