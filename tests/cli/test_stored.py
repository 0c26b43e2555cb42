"""The verbs of stored runs as a shell sees them."""

import argparse
import json
import sqlite3
from pathlib import Path

import pytest

from sandbox.app.record import keep_run
from sandbox.app.replaying import Recording
from sandbox.cli.stored import VERBS, add_verbs, call, keeps_run
from sandbox.errors import ExitCode, NotBuiltError, UsageError
from sandbox.report.definitions import HIDDEN_DUPLICATES, PAID_UNKNOWINGLY
from sandbox.scenario.loader import load
from tests.support.kept import SCENARIO


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with two runs."""
    path = tmp_path_factory.mktemp("stored") / "runs.sqlite"
    keep_run(load(SCENARIO), path)
    keep_run(load(SCENARIO, seed=8), path)
    return path


def sandbox(*words: str | Path) -> ExitCode:
    """Call a verb."""
    parser = argparse.ArgumentParser(prog="sandbox")
    add_verbs(parser.add_subparsers(dest="verb"))
    return call(parser.parse_args([str(word) for word in words]))


def test_runs_are_a_line_each(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Newest first, with name, scenario, seed, verdict, size and digest."""
    assert sandbox("runs", "--db", path) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["r2", "r1"]
    for words in ("busy", "seed 8", "passed", "121 messages", "sha256:"):
        assert words in lines[0]


def test_runs_are_objects_for_programs(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One a line, also when words choose."""
    assert sandbox("runs", "busy", "--json", "--db", path) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(run["run"], run["seed"], run["verdict"]) for run in told] == [
        (2, 8, "passed"),
        (1, 7, "passed"),
    ]


def test_no_run_is_no_line(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output is data; that there is none is said beside it."""
    assert sandbox("runs", "nonsense", "--db", path) == 0
    assert sandbox("runs", "--db", tmp_path / "none.sqlite") == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "no run with 'nonsense'" in err
    assert "none.sqlite" in err


def test_a_run_is_shown_as_it_was_answered(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The answer, with a line above that says which run it is."""
    assert sandbox("show", "r1", "--db", path) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("r1  finished, begun ")
    assert lines[1] == "busy  seed 7"
    assert "known" in "".join(lines)
    assert lines[-1] == "PASSED: 2 of 2 expectations hold"


def test_a_run_of_an_earlier_version_is_shown_without_what_it_did_not_measure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was paid twice unknowingly is told where it was measured, and else left out."""
    path = tmp_path / "runs.sqlite"
    keep_run(load(SCENARIO), path)
    assert sandbox("show", "r1", "--db", path) == 0
    assert PAID_UNKNOWINGLY in capsys.readouterr().out
    connection = sqlite3.connect(path)
    [(text,)] = connection.execute("SELECT result FROM run")
    result = json.loads(text)
    del result["metrics"][HIDDEN_DUPLICATES]
    connection.execute("UPDATE run SET result = ?", (json.dumps(result),))
    connection.commit()
    connection.close()
    assert sandbox("show", "r1", "--db", path) == 0
    out = capsys.readouterr().out
    assert "paid for twice" in out
    assert PAID_UNKNOWINGLY not in out


def test_a_message_is_shown_as_its_timeline(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By number or by name; below it stands the money, entry by entry, with the sums so far."""
    assert sandbox("show", "r1", "otp-anna", "--db", path) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "m121 otp-anna"
    cost = next(line for line in lines if line.startswith("cost  "))
    head = lines[lines.index(cost) + 1]
    assert head.split() == ["money,", "EUR", "amount", "reserved", "known", "true"]
    assert cost.split()[1::3] == lines[-1].split()[-2:]


def test_a_message_is_explained(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every entry of its path, with the rule, the cause, and what else could have been."""
    assert sandbox("show", "r1", "otp-anna", "--why", "--db", path) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("m121 otp-anna through zeta: ")
    labels = [line[3:18].strip() for line in lines]
    for label in ("rule", "caused by", "known then", "~ true then", "without level"):
        assert label in labels
    assert lines[-1].startswith("cost  ")


def test_runs_and_messages_are_shown_as_objects(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One on one line; the explanation is part of its message."""
    assert sandbox("show", "r1", "--json", "--db", path) == 0
    assert sandbox("show", "r1", "otp-anna", "--json", "--db", path) == 0
    assert sandbox("show", "r1", "m121", "--json", "--why", "--db", path) == 0
    run, plain, explained = map(json.loads, capsys.readouterr().out.splitlines())
    assert (run["run"], run["verdict"], run["messages"]["total"]) == ("r1", "passed", 121)
    assert (plain["message"], plain["name"]) == (121, "otp-anna")
    assert explained.pop("why")["steps"]
    assert explained == plain


def test_a_whole_run_is_not_explained(path: Path) -> None:
    """The question is about a message."""
    with pytest.raises(UsageError, match="--why explains a message") as caught:
        sandbox("show", "r1", "--why", "--db", path)
    assert caught.value.exit_code == 2


def test_an_unknown_message_is_not_explained(path: Path) -> None:
    """However it is asked for."""
    for flags in (["--why"], ["--json"], ["--why", "--json"]):
        with pytest.raises(UsageError, match="no message 'otp-ana'"):
            sandbox("show", "r1", "otp-ana", *flags, "--db", path)


def test_a_run_that_was_broken_off_is_shown_as_that(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """How far it came, and why no further."""
    path = tmp_path / "runs.sqlite"
    with pytest.raises(KeyboardInterrupt):
        keep_run(load(SCENARIO), path, folds=[_interrupt], batch=10)
    assert sandbox("show", "last", "--db", path) == 0
    assert sandbox("runs", "--db", path) == 0
    out = capsys.readouterr().out
    assert "r1  interrupted, begun " in out
    assert "lines of the log" in out
    assert "by hand" in out


def _interrupt(_: object) -> None:
    raise KeyboardInterrupt


def test_an_export_goes_to_standard_output(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON lines unless another format is asked for, events unless messages are."""
    assert sandbox("export", "r1", "--db", path) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[0])["kind"] == "requested"
    assert sandbox("export", "r1", "--format", "csv", "--messages", "--db", path) == 0
    assert capsys.readouterr().out.startswith("message,name,cascade,")
    assert sandbox("export", "r1", "--format", "md", "--db", path) == 0
    assert capsys.readouterr().out.startswith("# Ein Ausfall")
    assert sandbox("export", "r1", "--format", "html", "--db", path) == 0
    assert capsys.readouterr().out.startswith("<!DOCTYPE html>")


def test_an_export_is_redacted_when_that_is_asked_for(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A provider's own words are a text."""
    assert sandbox("export", "r1", "--db", path) == 0
    assert '"text":"undeliverable"' in capsys.readouterr().out
    assert sandbox("export", "r1", "--redact", "--db", path) == 0
    out = capsys.readouterr().out
    assert "undeliverable" not in out
    assert '"text":"•••"' in out


def test_a_format_of_a_later_version_is_refused_by_name() -> None:
    """A picture of the screen comes later; anything else is a mistake."""
    with pytest.raises(NotBuiltError, match="--format svg"):
        sandbox("export", "r1", "--format", "svg")
    with pytest.raises(SystemExit) as caught:
        sandbox("export", "r1", "--format", "xlsx")
    assert caught.value.code == 2


def test_a_replay_proves_the_digest(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0 and the digest."""
    assert sandbox("replay", "r2", "--db", path) is ExitCode.PASSED
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("r2 busy seed 8: the same 1,")
    assert lines[1].strip().startswith("sha256:")


def test_a_replay_opens_in_the_app(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a terminal; a run that is not there is refused before anything is drawn."""
    opened: list[tuple[str, Path | None]] = []

    def run_replay(recording: Recording, store: Path | None, settings: Path | None) -> int:
        assert settings is not None
        opened.append((recording.run.name, store))
        return 0

    monkeypatch.setattr("sandbox.tui.app.run_replay", run_replay)
    for stream in ("stdout", "stderr"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: False, raising=False)
    with pytest.raises(UsageError, match="needs a terminal"):
        sandbox("replay", "r1", "--open", "--db", path)
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True, raising=False)
    assert sandbox("replay", "r1", "--open", "--db", path) is ExitCode.PASSED
    assert opened == [("r1", path)]
    with pytest.raises(UsageError, match="no run 'r99'"):
        sandbox("replay", "r99", "--open", "--db", path)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE event SET cause = 77 WHERE seq = 9", ["DIFFERS from line 9 on", "\\t77\\t"]),
        ("SELECT 1", ["the digest that was kept is another", "sha256:0"]),
        ("DELETE FROM event WHERE seq > 1000", ["DIFFERS from line 1001", "no line"]),
    ],
    ids=["a line", "the digest", "the end"],
)
def test_a_replay_that_differs_exits_with_1_and_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str, words: list[str]
) -> None:
    """The first line that differs, stored and now."""
    path = tmp_path / "runs.sqlite"
    keep_run(load(SCENARIO), path)
    connection = sqlite3.connect(path)
    connection.execute(change)
    connection.execute("UPDATE run SET digest = 'sha256:0'")
    connection.commit()
    connection.close()
    assert sandbox("replay", "last", "--db", path) is ExitCode.FAILED
    out = capsys.readouterr().out
    assert [word for word in words if word not in out] == []


def test_old_runs_are_let_go(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """How many is said beside the output; an age needs its unit."""
    path = tmp_path / "runs.sqlite"
    keep_run(load(SCENARIO), path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE run SET started_ms = 0")
    connection.commit()
    connection.close()
    assert sandbox("runs", "--prune", "30d", "--db", path) == 0
    assert capsys.readouterr() == ("", "sandbox: 1 run let go\n")
    with pytest.raises(SystemExit) as caught:
        sandbox("runs", "--prune", "30", "--db", path)
    assert caught.value.code == 2


def test_the_places_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Where runs are kept, and where the built-in scenarios are."""
    assert sandbox("paths") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["runs", "scenarios"]
    assert Path(lines[0].split(maxsplit=1)[1]).name == "runs.sqlite"


def test_an_unknown_run_is_the_callers_mistake(path: Path) -> None:
    """Every verb that names a run refuses it with the nearest."""
    for verb in ("show", "export", "replay"):
        with pytest.raises(UsageError, match="the nearest is r2"):
            sandbox(verb, "r9", "--db", path)


def test_all_verbs_are_there() -> None:
    """What is described can be called."""
    parser = argparse.ArgumentParser()
    add_verbs(parser.add_subparsers(dest="verb"))
    assert all(verb in parser.format_help() for verb in VERBS)


@pytest.mark.parametrize(
    ("db", "no_store", "is_terminal", "ci", "keeps"),
    [
        (None, False, True, "", True),
        (None, False, True, "true", False),
        (None, False, False, "", False),
        (None, True, True, "", False),
        (Path("runs.sqlite"), False, False, "true", True),
    ],
)
def test_a_run_is_kept_where_somebody_sits_in_front_or_names_a_file(
    monkeypatch: pytest.MonkeyPatch,
    db: Path | None,
    no_store: bool,
    is_terminal: bool,
    ci: str,
    keeps: bool,
) -> None:
    """Neither into a pipe nor on a build server, unless `--db` says so."""
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr("sys.stdout.isatty", lambda: is_terminal, raising=False)
    assert keeps_run(argparse.Namespace(db=db, no_store=no_store)) is keeps
