"""The checker that knows nothing of the program, over everything the program stores."""

import ast
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.app.record import keep_run
from sandbox.app.stored import answer_of
from sandbox.cascade.outputs import Fact
from sandbox.drivers.retraced import LiveChange
from sandbox.scenario.loader import load
from sandbox.simulation.spec import Change
from sandbox.simulation.world import World

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[2]
SHIPPED: Final = sorted((ROOT / "scenarios").glob("*.yaml"))

MISCHIEF: Final = """\
schema: 1
name: mischief
seed: 11
clock: {warm_up: 2s}
cascades:
  first:
    content: {text: "Ваш код 123456. Никому его не говорите, даже тем, кто звонит от нашего имени!"}
    conflict: first
    deadline: 40s
    levels:
      - {channel: sms, via: [sms-a, sms-b], wait: 6s, submit_timeout: 2s, on_unknown: resend}
      - {channel: whatsapp, success: read, wait: 8s, next_on: [refused, failed, not_read]}
      - {channel: viber, wait: none, on_expired: stop, validity: 5s}
  last:
    conflict: last
    late_success: ignore
    deadline: none
    levels:
      - {channel: viber, wait: 3s, from: delivered, submit_timeout: 1s, on_unknown: next}
      - {channel: sms, via: [sms-b], success: accepted, wait: 5s}
  best:
    levels:
      - {channel: whatsapp, wait: 2s, only_if: {country: [DE]}}
      - {channel: sms, via: [sms-a], wait: 3s, retries: {max: 2, backoff: {first: 500ms}}}
      - {channel: viber, wait: 60s, from: sent}
providers:
  sms-a:
    channel: sms
    price: {amount: 0.07 EUR, per: segment, charged_on: submitted}
    submit: {outcomes: {accepted: rest, refused.temporary: 30%, timeout.accepted: 15%}}
    delivery: {time: {uniform: [100ms, 9s]}, outcomes: {delivered: rest, failed: 20%, partial: 20%}}
    receipts:
      per: segment
      lost: 10%
      late: {share: 20%, by: {uniform: [1s, 60s]}}
      duplicated: {share: 20%, copies: 1..3, gap: {uniform: [100ms, 5s]}}
      unknown_id: 5%
  sms-b:
    channel: sms
    price: {amount: 0.03 EUR, charged_on: delivered}
    submit: {outcomes: {accepted: rest, throttled: 20%, timeout.not_accepted: 10%}}
    delivery: {time: {uniform: [100ms, 9s]}, outcomes: {delivered: rest, filtered: 10%}}
    receipts: {echoes_reference: false, contradictory: 20%, batched: {every: 700ms}}
    limits: {rate: 9/s, over: {answer: throttled, retry_after: 2s}}
  viber:
    price: {amount: 0.02 EUR, charged_on: accepted, refunded_on: [expired, failed]}
    delivery: {time: {uniform: [1s, 12s]}, outcomes: {delivered: rest, failed: 20%}}
    receipts: {before_reply: 20%, reordered: {share: 30%, within: 5s}, contradictory: 10%}
recipients:
  population: 60
  country: {DE: 50%, PL: 50%}
load:
  - {poisson: 20/s, for: 10s, cascade: first}
  - {poisson: 20/s, for: 10s, at: 1s, cascade: last}
  - {poisson: 20/s, for: 10s, at: 2s, cascade: best}
  - {message: otp-anna, at: 5s, cascade: best}
faults:
  - {id: down, at: 4s, for: 3s, provider: viber,
     set: {submit.outcomes: {refused.permanent: 60%, accepted: rest}}}
  - {id: anna, message: otp-anna, level: 1, script: [refused.temporary, {delivery: failed}]}
by_hand:
  - {at: 6.5s, provider: sms-a, set: {receipts.lost: 90%}}
  - {at: 7s, provider: sms-a, reset: [receipts.lost]}
  - {at: 8s, message: 400, level: 0, force: {delivery: failed, receipt: {copies: 0}}}
  - {at: 8s, message: 401, level: 1, force: refused.permanent}
  - {at: 8s, message: otp-anna, level: 0, force: {receipt: lost}}
  - {at: 9s, cascade: first, becomes: last}
expect:
  all:
    - delivery_rate >= 10%
    - truth.time_to_delivered.p95 <= 1s
    - channel.sms.cost >= 0.01 EUR
    - provider.sms-a.unknown >= 1
    - channel.viber.level.1.attempts >= 1
    - provider.sms-b.cost.per_attempt >= 0.0001 EUR
    - truth.cascade.best.provider.viber.delivery_rate >= 1%
  during: {down: [truth.level.2.share >= 1%]}
  after: {down: [late_rate >= 1%], down+1s: [level.1.cost >= 0.01 EUR]}
  messages:
    otp-anna: {ends: delivered, within: 1h}
  sometimes: [receipt lost, receipt orphan]
"""


def check(path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the checker as anybody would: a process of its own that sees nothing of this one."""
    command = [sys.executable, "-I", str(HERE / "checker.py"), str(path), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=path.parent)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a run of every shipped scenario, made by the real command."""
    path = tmp_path_factory.mktemp("shipped") / "runs.sqlite"
    command = [sys.executable, "-m", "sandbox", "run", *map(str, SHIPPED), "--db", str(path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CI": "true"}
    subprocess.run(command, capture_output=True, check=False, env=environment)
    return path


@pytest.fixture(scope="module")
def mischief(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with one run in which nearly everything happens that can."""
    path = tmp_path_factory.mktemp("mischief") / "runs.sqlite"
    keep_run(load(MISCHIEF), path)
    return path


@pytest.mark.parametrize("scenario", [path.stem for path in SHIPPED])
def test_every_shipped_scenario_agrees_exactly(shipped: Path, scenario: str) -> None:
    """What the program keeps of a run is what somebody else works out from its log alone."""
    with sqlite3.connect(shipped) as database:
        rows = database.execute("SELECT run FROM run WHERE scenario = ?", [scenario]).fetchall()
    assert len(rows) == 1
    done = check(shipped, str(rows[0][0]))
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.endswith(" 0 differences\n")


def test_a_run_of_everything_agrees_exactly(mischief: Path) -> None:
    """Resends, next providers, policies, warm-up, named messages: none of it is only sometimes."""
    with sqlite3.connect(mischief) as database:
        kinds = {row[0] for row in database.execute("SELECT DISTINCT kind FROM events")}
        told = {
            row[0] for row in database.execute("SELECT DISTINCT outcome FROM message").fetchall()
        }
    rare = {"skipped", "unknown", "throttled", "retry_planned", "late_receipt", "segment_receipt",
            "orphan_receipt", "receipt_contradicts", "partly_reached_handset", "receipt_lost",
            "accepted_at_provider", "expired_at_provider", "ignored", "knob_changed"}  # fmt: skip
    assert rare <= kinds
    assert {"delivered", "exhausted", "expired"} <= told
    done = check(mischief)
    assert done.returncode == 0, done.stdout


def test_paths_are_the_same_for_every_message(mischief: Path) -> None:
    """Rule 14: two programs tell the same path and the same late news of each message."""
    derived = [json.loads(line) for line in check(mischief, "--paths").stdout.splitlines()]
    answer = answer_of(mischief, "last").answer
    assert answer is not None
    told = [
        {
            "message": result.message,
            "outcome": result.outcome or None,
            "path": list(result.path),
            "late": list(result.late),
        }
        for result in answer.result.messages()
    ]
    assert len(told) > 500
    assert derived == told


def test_changes_by_hand_and_broken_off_runs_are_judged_too(tmp_path: Path) -> None:
    """A session kept in the middle with its changes, and a run nobody summed up, agree as well."""
    path = tmp_path / "runs.sqlite"
    keep_run(load(MISCHIEF), path, changes=_changes_by_hand(), last_seq=5000)
    with pytest.raises(RuntimeError):
        keep_run(load(MISCHIEF), path, folds=[_stumble], batch=100)
    done = check(path)
    assert done.returncode == 0, done.stdout
    told = [line.split(":")[0] for line in done.stdout.splitlines()]
    assert told == ["r1 mischief", "r2 mischief"]
    assert "r2 mischief: 0 lines" not in done.stdout


def _changes_by_hand() -> list[LiveChange]:
    """A setting turned by hand, and handed back."""
    world = World(load(MISCHIEF).world)
    changes: list[LiveChange] = []
    for change in (Change("receipts.lost", 500_000_000, "50%"), None):
        seq = 0
        while seq < 300 * (len(changes) + 1):
            seq = world.advance(world.spec.end_us, 1)[-1][0]
        line = world.change("viber", "receipts.lost", change)[0]
        changes.append(LiveChange(line[0], line[1], "viber", "receipts.lost", change))
    return changes


def _stumble(facts: Sequence[Fact]) -> None:
    if facts[-1][0] > 2000:
        raise RuntimeError("a fold that fails")


# That it notices ---------------------------------------------------------------------------------

TAMPERED: Final = {
    "a line is gone": ("DELETE FROM event WHERE seq = 700", "comes after line 699"),
    "a decision nobody made": (
        "UPDATE event SET at_us = at_us + 1 WHERE message = 400 AND cause = 0 AND at_us > 7999999",
        "nobody decided this",
    ),
    "another cascade": (
        """UPDATE event SET detail = replace(detail, '"last"', '"best"') WHERE message IS NULL""",
        "new messages go",
    ),
    "a line is moved": ("UPDATE event SET at_us = at_us + 1 WHERE seq = 700", "digest"),
    "time goes back": ("UPDATE event SET at_us = 0 WHERE seq = 700", "the line before"),
    "another cause": (
        "UPDATE event SET cause = cause - 1 WHERE seq > 700 AND cause > 700",
        "has a cause about message",
    ),
    "no cause": (
        "UPDATE event SET cause = 0 WHERE seq IN (SELECT seq FROM events WHERE kind = 'receipt')",
        "has no cause",
    ),
    "another price": (
        "UPDATE shape SET detail = replace(detail, '70000000', '70000001') WHERE kind = 'billed'",
        "bill_nano",
    ),
    "another ledger": (
        "UPDATE shape SET detail = replace(detail, 'owed_nano\":7', 'owed_nano\":8')",
        "ledger_nano",
    ),
    "another word": (
        "UPDATE shape SET detail = replace(detail, 'exhausted', 'stopped') WHERE kind = 'finished'",
        "says stopped",
    ),
    "a receipt becomes a lie": (
        "UPDATE shape SET detail = replace(detail, 'failed', 'delivered') WHERE kind = 'receipt'",
        "succeeded",
    ),
    "a copy is gone": (
        "UPDATE shape SET kind = 'read_by_person' WHERE kind = 'reached_handset'",
        "copies",
    ),
    "a shape is gone": ("DELETE FROM shape WHERE shape = 3", "has a shape that is not there"),
    "a line of the index": ("DELETE FROM trail WHERE message = 3 AND seq % 2", "trail"),
    "an outcome": ("UPDATE message SET outcome = 'expired' WHERE message = 7", "m7 outcome"),
    "a level": ("UPDATE message SET level = level + 1 WHERE message = 7", "m7 level"),
    "a time": ("UPDATE message SET took_us = took_us + 1 WHERE message = 7", "m7 took_us"),
    "copies": ("UPDATE message SET copies = copies + 1 WHERE message = 7", "m7 copies"),
    "money": ("UPDATE message SET ledger_nano = 1 WHERE message = 7", "m7 ledger_nano"),
    "a message": ("DELETE FROM message WHERE message = 7", "messages"),
    "a name": ("UPDATE message SET name = 'otp-ben' WHERE name IS NOT NULL", "otp-ben"),
    "the digest": ("UPDATE run SET digest = 'sha256:0'", "digest"),
    "the seed": ("UPDATE run SET seed = 12", "seed"),
    "the number of lines": ("UPDATE run SET line_count = line_count - 1", "line_count"),
    "the end": ("UPDATE run SET virtual_us = virtual_us + 1", "virtual_us"),
    "a count": ("UPDATE run SET delivered = delivered + 1", "delivered"),
    "the verdict": ("UPDATE run SET verdict = 'passed'", "verdict"),
    "the scenario": (
        "UPDATE run SET resolved = replace(resolved, '\"6s\"', '\"7s\"')",
        "scenario_hash",
    ),
    "a change by hand": (
        "INSERT INTO live_change VALUES (1, 50, 1, 'viber', 'receipts.lost', '5%')",
        "live change 50",
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_the_checker_notices(mischief: Path, tmp_path: Path, what: str) -> None:
    """Whatever is changed in a stored run behind the program's back is named: it can fail."""
    statement, named = TAMPERED[what]
    path = _copy(mischief, tmp_path)
    with sqlite3.connect(path) as database:
        assert database.execute(statement).rowcount >= 1
    database.close()
    done = check(path)
    assert done.returncode == 1
    assert named in done.stdout


@pytest.mark.parametrize("part", ["metrics", "counts", "expectations", "switches", "worst"])
def test_every_kept_figure_is_compared(mischief: Path, tmp_path: Path, part: str) -> None:
    """Each figure of the answer that is changed by itself is reported by its name."""
    path = _copy(mischief, tmp_path)
    with sqlite3.connect(path) as database:
        result = json.loads(database.execute("SELECT result FROM run").fetchone()[0])
        for changed, name in _CHANGED[part](result):
            database.execute("UPDATE run SET result = ?", [json.dumps(changed)])
            database.commit()
            done = check(path)
            assert done.returncode == 1
            assert name in done.stdout
    database.close()


Json = dict[str, Any]
Changed = Iterator[tuple[Json, str]]
"""Answers with one figure changed, and how that figure is called."""


def _other_metrics(result: Json) -> Changed:
    for name in ("known.delivery_rate", "truth.time_to_final.p99", "truth.level.1.cost"):
        for key, value in (("value", "1/997"), ("samples", 1), ("kind", "share")):
            metrics = result["metrics"]
            changed = {**metrics, name: {**metrics[name], key: value}}
            yield {**result, "metrics": changed}, f"metric {name}"


def _other_counts(result: Json) -> Changed:
    for name, count in result["counts"].items():
        yield {**result, "counts": {**result["counts"], name: count + 1}}, "counts"


def _other_expectations(result: Json) -> Changed:
    items = result["expectations"]
    for nth, item in enumerate(items):
        changed = {**item, "passed": not item["passed"]}
        yield {**result, "expectations": [*items[:nth], changed, *items[nth + 1 :]]}, item["text"]


def _other_switches(result: Json) -> Changed:
    first, *rest = result["switches"]
    for key, value in (("times", first["times"] + 1), ("code", "4711"), ("trigger", "manual")):
        yield {**result, "switches": [{**first, key: value}, *rest]}, "switch"


def _other_worst(result: Json) -> Changed:
    yield {**result, "worst": result["worst"] + 1}, "worst"


_CHANGED: Final[dict[str, Callable[[Json], Changed]]] = {
    "metrics": _other_metrics,
    "counts": _other_counts,
    "expectations": _other_expectations,
    "switches": _other_switches,
    "worst": _other_worst,
}


def _copy(path: Path, folder: Path) -> Path:
    """The file once more; the program has closed it, so nothing is beside it."""
    copied = folder / "copy.sqlite"
    shutil.copy(path, copied)
    return copied


def test_what_is_no_store_is_said(tmp_path: Path) -> None:
    """A file of something else is no run that agrees."""
    other = tmp_path / "notes.txt"
    other.write_text("nothing of the sort\n" * 99, encoding="utf-8")
    assert check(other).returncode == 2
    assert check(tmp_path / "none.sqlite").returncode == 2


def test_the_checker_imports_nothing_of_the_program() -> None:
    """Two that share code share its mistakes: standard library only."""
    for path in HERE.glob("[!t]*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                own = name.startswith("tests.store.independent.")
                assert own or name.split(".")[0] in sys.stdlib_module_names
