"""Work every stored run out once more, and say where the file disagrees with itself.

    python -I tests/store/independent/checker.py FILE.db [RUN] [--paths]

It imports nothing of the program, reads nothing but the SQLite file, and is written from the
documents (`sandbox/docs/stored-runs.md`, `how-a-cascade-decides.md`, `sandbox explain METRIC`), not
from the code. From the lines of the log and the resolved scenario it works out what each attempt is
known to be, what became of each message and by which path, ledger, bill, digest and every metric,
and compares that exactly with what the file keeps beside the log.

Exit code: 0 nothing differs, 1 something does, 2 the file cannot be read as stored runs.
`--paths` prints a line of JSON for each message instead of a summary: number, outcome, path, late.
"""

import json
import re
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[3]))  # `-I` leaves out even the script's own folder

from tests.store.independent.circuits import duration_us
from tests.store.independent.deeds import PHRASES
from tests.store.independent.figures import PERCENTILES, Figure, figure
from tests.store.independent.lines import Complain, Log
from tests.store.independent.messages import Json, Line, Message

OUTCOMES: Final = ("delivered", "exhausted", "expired", "stopped", "cancelled")
LIVE_STATES: Final = ("running", "interrupted", "failed")
"""Of runs that are not whole: only their lines can be judged."""
EVER_US: Final = 1 << 62
"""Later than any instant."""
SHOWN: Final = 40
"""So many differences of a run are printed."""


# What the file keeps beside the log --------------------------------------------------------------


@dataclass
class Run:
    """One stored run: its row, and what disagrees with it."""

    row: Json
    differences: list[str] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    """Of the messages that have names."""

    @property
    def is_whole(self) -> bool:
        """It came to an end, and was summed up."""
        return self.row["state"] not in LIVE_STATES

    def same(self, what: str, kept: object, derived: object) -> None:
        """Complain unless both are the same."""
        if kept != derived or type(kept) is not type(derived):
            self.differences.append(
                f"{what}: the file keeps {kept!r}, the log comes to {derived!r}"
            )


def check_run(database: sqlite3.Connection, row: Json) -> tuple[Run, Log]:
    """Work one run out, and compare."""
    run = Run(row)
    resolved: Json = json.loads(row["resolved"])
    log = Log(resolved, run.differences.append)
    for line in lines_of(database, row["run"], run.differences.append):
        log.take(line)
    run.same("seed", row["seed"], resolved["seed"])
    canonical = json.dumps(resolved, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    resolved_hash = f"sha256:{sha256(canonical.encode()).hexdigest()}"
    run.same("scenario_hash", row["scenario_hash"], resolved_hash)
    run.same("line_count", row["line_count"], log.count)
    check_changes(run, log, database)
    if run.is_whole:
        run.same("digest", row["digest"], log.digest)
        run.same("virtual_us", row["virtual_us"], log.now)
        check_trail(run, database)
        check_messages(run, log, database)
        check_names(run, log, resolved, database)
        check_faults(run, log, resolved)
        check_by_hand(run, log, resolved)
        check_acts(run, log, resolved)
        check_result(run, log, resolved)
    return run, log


def lines_of(database: sqlite3.Connection, run: int, complain: Complain) -> Iterator[Line]:
    """The lines of a run, in order, read from the tables themselves."""
    query = """
        SELECT e.seq, e.at_us, e.message, s.level, s.attempt, s.kind, e.cause, s.detail, e.detail
        FROM event e LEFT JOIN shape s ON s.run = e.run AND s.shape = e.shape
        WHERE e.run = ? ORDER BY e.seq"""
    for seq, at, message, level, attempt, kind, cause, common, own in database.execute(
        query, [run]
    ):
        if kind is None:
            complain(f"line {seq} has a shape that is not there")
            continue
        text = common if own is None else own
        told = {} if text is None else json.loads(text)
        yield Line(seq, at, message, level, attempt, kind, cause, told)


def check_trail(run: Run, database: sqlite3.Connection) -> None:
    """Whether the index by message has exactly the lines about messages."""
    about = "SELECT message, seq FROM event WHERE run = ? AND message IS NOT NULL"
    trail = "SELECT message, seq FROM trail WHERE run = ?"
    key = [run.row["run"]]
    wanted, kept = set(database.execute(about, key)), set(database.execute(trail, key))
    run.same("trail, lines missing", len(wanted - kept), 0)
    run.same("trail, lines too many", len(kept - wanted), 0)


def check_changes(run: Run, log: Log, database: sqlite3.Connection) -> None:
    """Whether every change by hand is a line of the log at its place."""
    query = "SELECT seq, at_us, provider, path, value FROM live_change WHERE run = ?"
    for seq, at, provider, path, value in database.execute(query, [run.row["run"]]):
        line = log.knobs.get(seq)
        if line is None:
            if run.is_whole or seq <= log.count:
                run.differences.append(f"live change {seq}: there is no such line")
            continue
        told = {"provider": provider, "path": path, "value": value or "as in the scenario"}
        run.same(f"live change {seq}", (at, told), (line.at, line.detail))


def check_by_hand(run: Run, log: Log, resolved: Json) -> None:
    """Whether every change the scenario makes by hand is a line at its instant."""
    told = {
        (line.at, line.detail.get("provider"), line.detail.get("path"))
        for line in log.knobs.values()
    }
    for change in resolved.get("by_hand", ()):
        at = duration_us(change["at"]) or 0
        for path in (*change.get("set", ()), *change.get("reset", ())):
            if at < log.now and (at, change["provider"], path) not in told:
                run.differences.append(f"by_hand {change['at']} {path}: no such line")
    check_decisions(run, log, resolved)


def check_decisions(run: Run, log: Log, resolved: Json) -> None:
    """Whether what was decided by hand about attempts, and where new messages go, is so."""
    wanted, told = set(), set()
    for each in resolved.get("by_hand", ()):
        at = duration_us(each["at"]) or 0
        if "force" in each:
            message = each["message"]
            number = message if isinstance(message, int) else run.numbers.get(message, 0)
            wanted.add((at, number, each["level"]))
        elif "becomes" in each and at < log.now:
            told.add((at, each["cascade"], each["becomes"]))
    for line in log.decisions:  # there may be less: about some there was nothing left to decide
        if (line.at, line.message, line.level) not in wanted:
            run.differences.append(f"line {line.seq}: nobody decided this")
    moves = {
        (line.at, line.detail["cascade"], line.detail.get("value"))
        for line in log.knobs.values()
        if "cascade" in line.detail
    }
    if moves != told:
        run.differences.append(f"new messages go {sorted(moves)}, and must {sorted(told)}")


def check_acts(run: Run, log: Log, resolved: Json) -> None:
    """Whether every act is one that the scenario has, or that people are in the habit of."""
    missing = log.deeds.open_end()
    if missing is not None:
        run.differences.append(missing)
    planned: Counter[tuple[int, int, str]] = Counter()
    hands = [(act, act["act"]) for act in resolved.get("by_hand", ()) if "act" in act]
    for entry, act in [*((a, a["do"]) for a in resolved.get("acts", ())), *hands]:
        told = entry["message"]
        message = log.messages.get(told if isinstance(told, int) else run.numbers.get(told, 0))
        if message is not None:
            at = max(duration_us(entry["at"]) or 0, message.requested_at)
            planned[at, message.number, act] += 1
    habit = resolved["recipients"].get("codes", {}).get("asks_again", {})
    after = duration_us(str(habit.get("after", "none")))
    asked: set[int] = set()
    for root in log.deeds.roots:
        line, act = root.line, root.line.detail["act"]
        number = line.message or 0
        place = line.at, number, act
        if planned[place]:
            planned[place] -= 1
            continue
        message = log.messages[number]
        asks = act == "resend" and log.deeds.awaits_code(message) and not root.is_there
        if not asks or number in asked or line.at != message.requested_at + (after or 0):
            run.differences.append(f"line {line.seq}: nobody would {act} m{number} at {line.at}")
        asked.add(number)
    for at, number, act in +planned:
        if at < log.now:
            run.differences.append(f"act {act} of m{number} at {at}: no such line")


def check_messages(run: Run, log: Log, database: sqlite3.Connection) -> None:
    """What became of each message."""
    database.row_factory = sqlite3.Row
    query = "SELECT * FROM message WHERE run = ? ORDER BY message"
    kept = {row["message"]: dict(row) for row in database.execute(query, [run.row["run"]])}
    database.row_factory = None
    run.same("messages", sorted(kept), sorted(log.messages))
    for number, message in log.messages.items():
        by = message.credited
        derived = {
            "cascade": message.cascade,
            "requested_at_us": message.requested_at,
            "outcome": message.outcome,
            "level": by.level if by else message.level,
            "attempts": len(message.attempts),
            "took_us": message.took,
            "first_copy_us": message.first_copy,
            "copies": message.copies,
            "ledger_nano": message.ledger,
            "bill_nano": message.bill,
        }
        for name, value in derived.items():
            run.same(f"m{number} {name}", kept.get(number, {}).get(name), value)


def check_names(run: Run, log: Log, resolved: Json, database: sqlite3.Connection) -> None:
    """Whether the messages the scenario names are there, when it says, through its cascade."""
    query = "SELECT name, message FROM message WHERE run = ? AND name IS NOT NULL"
    run.numbers = kept = dict(database.execute(query, [run.row["run"]]))
    wanted = {e["message"]: e for e in resolved["load"] if isinstance(e, dict) and "message" in e}
    for name in kept.keys() - wanted.keys():
        run.differences.append(f"message name {name!r}: the scenario has none such")
    for name, entry in wanted.items():
        at = duration_us(entry["at"]) or 0
        if name in kept:
            message = log.messages[kept[name]]
            told = message.requested_at, message.cascade
            run.same(f"message name {name!r}", told, (at, entry["cascade"]))
        elif at <= log.now and run.row["state"] == "finished":
            run.differences.append(f"message name {name!r}: no message has it")


def check_faults(run: Run, log: Log, resolved: Json) -> None:
    """Whether faults began and ended when the scenario says, up to where the log ends."""
    derived: Counter[tuple[str, str, str, int]] = Counter()
    for fault in resolved["faults"]:
        if "set" in fault:
            began = duration_us(fault["at"]) or 0
            ended = began + (duration_us(fault["for"]) or 0)
            derived["fault_began", fault["id"], fault["provider"], began] += 1
            derived["fault_ended", fault["id"], fault["provider"], ended] += 1
    for edge in log.edges.keys() - derived.keys():
        run.differences.append(f"{edge[0]} {edge[1]!r}: not as the scenario says")
    for edge in derived.keys() - log.edges.keys():
        if edge[3] < log.now:
            run.differences.append(f"{edge[0]} {edge[1]!r}: no such line")


# The answer --------------------------------------------------------------------------------------


_COSTS: Final = (
    "total", "duplicates", "refunded", "per_attempt", "per_message", "per_delivered",
)  # fmt: skip


def standard_names(resolved: Json) -> list[str]:
    """The metrics every run reports unasked."""
    names = ["delivery_rate", "late_rate", "fallback_rate", "double_delivery_rate", "expired_rate"]
    for time in ("time_to_delivered", "time_to_final"):
        names += [f"{time}.{statistic}" for statistic in (*PERCENTILES, "mean")]
    names += [f"cost.{what}" for what in _COSTS]
    told = [f"{side}.{name}" for name in names for side in ("known", "truth")]
    told += ["truth.cost.hidden_duplicates", "truth.hidden_duplicate_rate"]
    cascades = resolved["cascades"]
    for level in range(max(len(cascade["levels"]) for cascade in cascades.values())):
        told += [f"level.{level}.{what}" for what in ("share", "reached", "attempts", "cost")]
        told += [f"truth.level.{level}.{what}" for what in ("share", "cost")]
    return told


def check_result(run: Run, log: Log, resolved: Json) -> None:
    """The figures a run is remembered by."""
    result: Json = json.loads(run.row["result"])
    outcomes = Counter(message.outcome for message in log.messages.values())
    counts = {"total": len(log.messages)} | {word: outcomes[word] for word in OUTCOMES}
    run.same("counts", result["counts"], counts)
    run.same("message_count", run.row["message_count"], counts["total"])
    run.same("delivered", run.row["delivered"], counts["delivered"])
    whole = range(warm_up_us(resolved), EVER_US)
    for name in sorted({*standard_names(resolved), *result["metrics"]}):
        derived = figure(log, whole, name)
        run.same(f"metric {name}", told_figure(result["metrics"].get(name)), derived)
    for item in result["expectations"]:
        check_expectation(run, log, resolved, item)
    ends_early = run.row["state"] == "stopped" or resolved["clock"]["until"] != "quiet"
    open_ones = [message.number for message in log.messages.values() if not message.outcome]
    if result["pending"]:
        run.same("pending", result["pending"], open_ones[:20])
    elif open_ones and not ends_early:
        run.differences.append(f"pending: nobody, though {len(open_ones)} messages are open")
    kept = {
        (s["left"], s["entered"], s["trigger"], s["code"], s["text"]): s["times"]
        for s in result["switches"]
    }
    for switch in kept.keys() | log.switches.keys():
        if switch in kept or len(kept) < 100:
            run.same(f"switch {switch}", kept.get(switch, 0), log.switches[switch])
    run.same("worst", result["worst"], worst(log))
    check_verdict(run, result, is_loud=bool(result["pending"]) and not ends_early)


def told_figure(item: Json | None) -> Figure | None:
    """A figure as the file keeps it."""
    if not item:
        return None
    value = item["value"]
    exact = Fraction(value) if isinstance(value, str) else value
    return item["kind"], exact, item["samples"]


def check_expectation(run: Run, log: Log, resolved: Json, item: Json) -> None:
    """What a file promises: its figure, and whether it holds."""
    scope, kept = item["scope"], told_figure(item["measure"])
    name = f"expectation {scope} {item['text']!r}"
    run.same(f"{name} samples", item["samples"], kept[2] if kept else item["samples"])
    if scope in ("never", "sometimes") and kept:
        run.same(f"{name} passed", item["passed"], (kept[1] == 0) is (scope == "never"))
        if item["text"] in PHRASES:
            run.same(f"{name} times", kept[1], log.deeds.counts[item["text"]])
    if scope.startswith("message "):
        check_promise(run, log, scope.removeprefix("message "), item)
    requested = requested_in(resolved, scope)
    found = re.fullmatch(r"\s*(\S+)\s*(<=|>=|<|>|==|!=)\s*(.+?)\s*", item["text"])
    derived = figure(log, requested, found[1]) if found and requested else None
    if found is None or derived is None:
        return
    run.same(name, kept, derived)
    value, limit = derived[1], limit_of(found[3])
    holds = value is not None and {
        "<=": value <= limit, ">=": value >= limit, "<": value < limit,
        ">": value > limit, "==": value == limit, "!=": value != limit,
    }[found[2]]  # fmt: skip
    run.same(f"{name} passed", item["passed"], holds and derived[2] > 0)


def requested_in(resolved: Json, scope: str) -> range | None:
    """When the messages an expectation is about were requested; None for another choice of them."""
    since = warm_up_us(resolved)
    if scope == "all":
        return range(since, EVER_US)
    when, _, named = scope.partition(" ")
    fault_id, _, later = named.partition("+")
    for fault in resolved["faults"] if when in ("during", "after") else ():
        if fault["id"] == fault_id and "at" in fault:
            began = duration_us(fault["at"]) or 0
            ended = began + (duration_us(fault["for"]) or 0)
            recovered = ended + (duration_us(fault.get("recover", {}).get("over", "0s")) or 0)
            if when == "during":
                return range(max(since, began), ended)
            starts = (ended if later else recovered) + (duration_us(later) or 0)
            return range(max(since, starts), EVER_US)
    return None


def warm_up_us(resolved: Json) -> int:
    """Messages requested before this instant are in no metric."""
    return duration_us(resolved["clock"]["warm_up"]) or 0


def check_promise(run: Run, log: Log, name: str, item: Json) -> None:
    """What was promised of one message: its path, its end, its time."""
    message = log.messages.get(run.numbers.get(name, 0))
    holds = message is not None
    for part in item["text"].split("; "):
        what, _, wanted = part.partition(" ")
        if what not in ("path", "ends", "within", "verified", "not"):
            return
        if message is None:
            continue
        if what == "path":
            without_providers = [re.sub("@[^:]*", "", word) for word in wanted.split(", ")]
            holds = holds and without_providers == message.told_path()
        elif what == "ends":
            holds = holds and message.outcome == wanted
        elif what in ("verified", "not"):
            holds = holds and message.is_verified is (what == "verified")
        else:
            took = message.took
            holds = holds and took is not None and took <= (duration_us(wanted) or 0)
    run.same(f"expectation message {name} {item['text']!r} passed", item["passed"], holds)


def limit_of(text: str) -> Fraction:
    """What a figure is compared with, in the figure's own unit."""
    if text.endswith("%"):
        return Fraction(text[:-1].strip()) / 100
    span = duration_us(text)
    if span is not None:
        return Fraction(span)
    amount, _, currency = text.partition(" ")
    return Fraction(amount) * (10**9 if currency else 1)


def worst(log: Log) -> int | None:
    """The undelivered message that took longest, else the delivered one that did."""

    def rank(message: Message) -> tuple[bool, int]:
        return message.outcome != "delivered", message.took or 0

    return max(log.ended, key=rank).number if log.ended else None  # the first of equals


def check_verdict(run: Run, result: Json, *, is_loud: bool) -> None:
    """Whether the word fits what it sums up."""
    passed = all(item["passed"] for item in result["expectations"])
    verdict = "passed" if passed else "failed"
    if result["violations"]:
        verdict = "broken"
    elif is_loud:
        verdict = "not_quiet"
    if run.row["verdict"] not in ("not_quiet", "vacuous"):  # what is unquiet may be no message
        run.same("verdict", run.row["verdict"], verdict)


# The call ----------------------------------------------------------------------------------------


def runs_of(database: sqlite3.Connection, wanted: str) -> list[Json]:
    """The rows of the runs that are meant: all, `7`, `r7` or `last`."""
    database.row_factory = sqlite3.Row
    rows = [dict(r) for r in database.execute("SELECT * FROM run WHERE state <> 'pruned'")]
    database.row_factory = None
    if wanted == "last":
        return rows[-1:]
    return [row for row in rows if wanted in ("", str(row["run"]), f"r{row['run']}")]


def told_paths(log: Log) -> Iterator[str]:
    """A line of JSON for each message."""
    for message in log.messages.values():
        told = message.number, message.outcome, message.told_path(), message.late
        keys = ("message", "outcome", "path", "late")
        yield json.dumps(dict(zip(keys, told, strict=True)))


def main(arguments: list[str]) -> int:
    """Check the runs of a file."""
    wants_paths = "--paths" in arguments
    places = [word for word in arguments if not word.startswith("--")]
    if not 1 <= len(places) <= 2:
        sys.stderr.write("usage: checker.py FILE.db [RUN] [--paths]\n")
        return 2
    found = False
    address = f"{Path(places[0]).resolve().as_uri()}?mode=ro"
    try:
        database = sqlite3.connect(address, uri=True)
        rows = runs_of(database, places[1] if len(places) == 2 else "")
        for row in rows:
            run, log = check_run(database, row)
            found = found or bool(run.differences)
            report(run, log, wants_paths=wants_paths)
        database.close()
    except sqlite3.Error as error:
        sys.stderr.write(f"{places[0]}: {error}\n")
        return 2
    if not rows:
        sys.stderr.write(f"{places[0]}: no such run\n")
        return 2
    return 1 if found else 0


def report(run: Run, log: Log, *, wants_paths: bool) -> None:
    """Print what was found out about a run."""
    name, differences = f"r{run.row['run']}", run.differences
    if wants_paths:
        sys.stdout.writelines(f"{line}\n" for line in told_paths(log))
    else:
        told = f"{log.count} lines, {len(log.messages)} messages, {len(differences)} differences"
        sys.stdout.write(f"{name} {run.row['scenario']}: {told}\n")
    for difference in differences[:SHOWN]:
        sys.stdout.write(f"{name}: {difference}\n".encode("ascii", "backslashreplace").decode())
    if len(differences) > SHOWN:
        sys.stdout.write(f"{name}: and {len(differences) - SHOWN} more\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
