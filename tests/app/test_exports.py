import csv
import io
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from sandbox.app.exports import Format, Subject, defused, export_run, report_text
from sandbox.app.record import keep_run
from sandbox.app.stored import answer_of, list_runs
from sandbox.cascade.outputs import Detail, Fact
from sandbox.errors import UsageError
from sandbox.journal.digest import Digest
from sandbox.report.definitions import HIDDEN_DUPLICATES, PAID_UNKNOWINGLY
from sandbox.scenario.loader import load
from tests.support.kept import SCENARIO, log_of
from tests.support.telling import SCENARIO as TELLING
from tests.support.telling import SECRETS


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with one run."""
    path = tmp_path_factory.mktemp("exports") / "runs.sqlite"
    keep_run(load(SCENARIO), path)
    return path


def exported(
    path: Path, form: Format, subject: Subject = Subject.EVENTS, *, redacts: bool = False
) -> str:
    """What an export writes."""
    pieces: list[str] = []
    export_run(path, "last", form, pieces.append, subject, redacts=redacts)
    return "".join(pieces)


def fact_of(columns: dict[str, Any]) -> Fact:
    """A line of the log from its columns by name."""
    detail = columns["detail"] or {}
    fields = {k: tuple(v) if isinstance(v, list) else v for k, v in detail.items()}
    names = ("seq", "at_us", "message", "level", "attempt", "kind", "cause")
    return (*(columns[name] for name in names), Detail(fields))


def digest_of(facts: list[Fact]) -> str:
    """The digest of a log."""
    digest = Digest()
    digest.update(facts)
    return digest.text


def test_json_lines_are_the_whole_log(path: Path) -> None:
    """Whoever reads them back gets the digest of the run."""
    lines = [json.loads(line) for line in exported(path, Format.JSONL).splitlines()]
    facts = [fact_of(columns) for columns in lines]
    assert facts == log_of()
    assert digest_of(facts) == list_runs(path)[0].digest


def test_csv_is_the_whole_log(path: Path) -> None:
    """An absent column is an empty cell; the detail is JSON."""
    rows = csv.DictReader(io.StringIO(exported(path, Format.CSV)))
    facts = []
    for row in rows:
        numbers = {k: int(v) if v else None for k, v in row.items() if k not in ("kind", "detail")}
        detail = json.loads(row["detail"]) if row["detail"] else None
        facts.append(fact_of({**numbers, "kind": row["kind"], "detail": detail}))
    assert digest_of(facts) == list_runs(path)[0].digest


@pytest.mark.parametrize("form", [Format.JSONL, Format.CSV])
def test_messages_have_a_line_each(path: Path, form: Format) -> None:
    """What became of each, in order of arrival."""
    text = exported(path, form, Subject.MESSAGES)
    rows: list[dict[str, Any]] = (
        [json.loads(line) for line in text.splitlines()]
        if form is Format.JSONL
        else list(csv.DictReader(io.StringIO(text)))
    )
    assert [int(row["message"]) for row in rows] == list(range(1, 122))
    assert rows[120]["name"] == "otp-anna"
    outcomes = [row["outcome"] for row in rows]
    assert outcomes.count("delivered") == list_runs(path)[0].delivered


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_what_a_spreadsheet_would_carry_out_is_defused(begin: str) -> None:
    """A leading apostrophe, and nothing else is changed."""
    assert defused(f"{begin}1+1") == f"'{begin}1+1"
    assert defused(f"a{begin}1") == f"a{begin}1"
    assert defused("") == ""


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("-12.5", "-12.5"),
        ("-7", "-7"),
        ("12", "12"),
        ("-7+1", "'-7+1"),
        ("--7", "'--7"),
        ("+49 151 12345678", "'+49 151 12345678"),
        ("+4915112345678", "'+4915112345678"),
        ("-1|'cmd'", "'-1|'cmd'"),
    ],
)
def test_numbers_stay_numbers_and_phone_numbers_stay_whole(text: str, cell: str) -> None:
    """A negative number does nothing; a phone number would lose its plus and its last digits."""
    assert defused(text) == cell


def test_a_name_that_is_a_formula_is_defused_in_csv_only(tmp_path: Path) -> None:
    """In JSON it is what it is."""
    path = tmp_path / "runs.sqlite"
    keep_run(load(SCENARIO), path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE message SET name = '=HYPERLINK(1)' WHERE message = 1")
    connection.commit()
    connection.close()
    rows = list(csv.reader(io.StringIO(exported(path, Format.CSV, Subject.MESSAGES))))
    assert rows[1][1] == "'=HYPERLINK(1)"
    line = exported(path, Format.JSONL, Subject.MESSAGES).splitlines()[0]
    assert json.loads(line)["name"] == "=HYPERLINK(1)"


def test_markdown_is_a_report_of_the_run(path: Path) -> None:
    """Figures known and true, expectations, reasons, the worst message, and how to repeat it."""
    text = exported(path, Format.MD)
    assert text.startswith("# Ein Ausfall — всё падает")
    for words in ("| delivered |", "| ok | delivery", "## Why the next level", "## The worst",
                  "`sandbox replay r1`", str(list_runs(path)[0].digest),
                  "Simulated providers are not your provider."):  # fmt: skip
        assert words in text


def test_text_of_a_file_is_no_markup(tmp_path: Path) -> None:
    """Neither a link nor a tag nor a table cell comes out of a title."""
    title = "<script>|[a](b)`*_ \\u202e"
    path = tmp_path / "runs.sqlite"
    text = SCENARIO.replace("title: Ein Ausfall — всё падает, أخيرًا", f'title: "{title}"')
    keep_run(load(text), path)
    head = exported(path, Format.MD).splitlines()[0]
    assert head == r"# \<script\>\|\[a\](b)\`\*\_ \\u202e"


def test_a_run_that_was_broken_off_is_told_as_far_as_it_came(tmp_path: Path) -> None:
    """Its events can be had, its messages were not summed up."""
    path = tmp_path / "runs.sqlite"
    with pytest.raises(KeyboardInterrupt):
        keep_run(load(SCENARIO), path, folds=[_interrupt], batch=10)
    assert exported(path, Format.JSONL).count("\n") == list_runs(path)[0].line_count
    assert "**interrupted**" in report_text(answer_of(path, "last"))
    with pytest.raises(UsageError, match="did not come to its end"):
        exported(path, Format.CSV, Subject.MESSAGES)


def _interrupt(_: list[Fact]) -> None:
    raise KeyboardInterrupt


def test_a_run_of_an_earlier_version_is_reported_without_what_it_did_not_measure(
    tmp_path: Path,
) -> None:
    """What was paid twice unknowingly has its row in the report, where it was measured."""
    path = tmp_path / "runs.sqlite"
    keep_run(load(SCENARIO), path)
    assert f"| {PAID_UNKNOWINGLY} |  | " in exported(path, Format.MD)
    connection = sqlite3.connect(path)
    [(text,)] = connection.execute("SELECT result FROM run")
    result = json.loads(text)
    del result["metrics"][HIDDEN_DUPLICATES]
    connection.execute("UPDATE run SET result = ?", (json.dumps(result),))
    connection.commit()
    connection.close()
    assert PAID_UNKNOWINGLY not in exported(path, Format.MD)
    assert "| cost of duplicates | " in exported(path, Format.MD)


FORMS = [
    (Format.JSONL, Subject.EVENTS),
    (Format.JSONL, Subject.MESSAGES),
    (Format.CSV, Subject.EVENTS),
    (Format.CSV, Subject.MESSAGES),
    (Format.MD, Subject.EVENTS),
    (Format.HTML, Subject.EVENTS),
]


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a run that is full of numbers, texts and codes."""
    path = tmp_path_factory.mktemp("telling") / "runs.sqlite"
    keep_run(load(TELLING), path)
    return path


@pytest.mark.parametrize(("form", "subject"), FORMS)
def test_a_redacted_export_gives_nothing_away(
    telling: Path, form: Format, subject: Subject
) -> None:
    """No number, text or code of the scenario is anywhere in it; unmasked, each format has some."""
    plain = exported(telling, form, subject).replace("\\", "")
    masked = exported(telling, form, subject, redacts=True).replace("\\", "")
    assert [secret for secret in SECRETS if secret in masked] == []
    assert [secret for secret in SECRETS if secret in plain] != []
    assert "•••" in masked


def test_a_redacted_log_has_all_its_lines_and_figures(telling: Path) -> None:
    """Instants, causes and money are as they were, and published reason codes say why."""
    plain, masked = (
        [json.loads(line) for line in exported(telling, Format.JSONL, redacts=r).splitlines()]
        for r in (False, True)
    )
    figures = ("seq", "at_us", "message", "level", "attempt", "kind", "cause")
    assert [[line[k] for k in figures] for line in plain] == [
        [line[k] for k in figures] for line in masked
    ]
    codes = {line["detail"].get("code") for line in masked}
    assert "131026" in codes
    assert {line["detail"].get("text") for line in masked} == {None, "•••"}
    owed = [[line["detail"].get("owed_nano") for line in lines] for lines in (plain, masked)]
    assert owed[0] == owed[1]


def test_a_redacted_page_keeps_its_figures(telling: Path) -> None:
    """Only words are masked; the seed and the digest are needed to make the run again."""
    masked = exported(telling, Format.HTML, redacts=True)
    run = list_runs(telling)[0]
    for words in (str(run.digest), "seed 11", "Numbers, texts and codes are masked"):
        assert words in masked
    assert f">{run.message_count}</td>" in masked
