import asyncio
import os
import sqlite3
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from sandbox.app import stored
from sandbox.app.record import keep_run, resolved_json
from sandbox.app.stored import (
    answer_of,
    as_it_stands,
    find_run,
    list_runs,
    prune,
    replay,
    stored_scenario,
    timeline_of,
)
from sandbox.cascade.outputs import Fact
from sandbox.cli.answer import answer_text
from sandbox.drivers.retraced import LiveChange
from sandbox.drivers.virtual import run_virtual
from sandbox.errors import StorageError, UsageError
from sandbox.journal.digest import RULES_VERSION, Digest
from sandbox.report.ledger import book_of, money_lines, price_list
from sandbox.report.timeline import story_lines
from sandbox.scenario.library import built_in
from sandbox.scenario.loader import load
from sandbox.simulation.spec import Change
from sandbox.simulation.world import World
from sandbox.store.rows import ChangeRow, RunRow, State
from sandbox.store.writer import open_writer
from tests.support.kept import SCENARIO, end, header, log_of

SECOND = 1_000_000


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with two runs of the same scenario and one of another, which nobody changes."""
    path = tmp_path_factory.mktemp("stored") / "runs.sqlite"
    keep_run(load(SCENARIO), path)
    keep_run(load(SCENARIO, seed=8), path)
    keep_run(load(SCENARIO.replace("name: busy", "name: another-one")), path)
    return path


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A file with one run, to be changed."""
    path = tmp_path / "runs.sqlite"
    keep_run(load(SCENARIO), path)
    return path


def sql(path: Path, statement: str, *parameters: object) -> None:
    """Change a file behind the program's back."""
    connection = sqlite3.connect(path)
    connection.execute(statement, parameters)
    connection.commit()
    connection.close()


# Finding -----------------------------------------------------------------------------------------


def test_runs_are_listed_newest_first(path: Path) -> None:
    """With what tells them apart."""
    assert [run.name for run in list_runs(path)] == ["r3", "r2", "r1"]
    assert [run.seed for run in list_runs(path)] == [7, 8, 7]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["another"], ["r3"]),
        (["BUSY", "seed 8"], ["r2"]),
        (["passed"], ["r3", "r2", "r1"]),
        (["ausfall"], ["r3", "r2", "r1"]),
        (["finished", "nonsense"], []),
    ],
)
def test_words_choose_among_runs(path: Path, words: list[str], names: list[str]) -> None:
    """Every word must occur somewhere, in whatever case."""
    assert [run.name for run in list_runs(path, words)] == names


@pytest.mark.parametrize(
    ("name", "run"),
    [("r2", 2), ("2", 2), ("last", 3), ("busy", 2), ("another-one", 3), (" r1 ", 1)],
)
def test_a_run_goes_by_several_names(path: Path, name: str, run: int) -> None:
    """Its number, `last`, or its scenario for the newest of it."""
    assert find_run(path, name).run == run


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("r77", "r3"), ("0", "r1"), ("buzy", "busy"), ("anothr-one", "another-one"), ("", "r3"),
     ("r" + "9" * 400, "r3"), ("²", "r3")],
)  # fmt: skip
def test_an_unknown_run_is_refused_with_the_nearest(path: Path, name: str, nearest: str) -> None:
    """Exit code 2, and a name that exists."""
    with pytest.raises(UsageError) as caught:
        find_run(path, name)
    assert str(caught.value).endswith(f"the nearest is {nearest}")
    assert caught.value.exit_code == 2


def test_without_a_file_there_is_no_run(tmp_path: Path) -> None:
    """Nothing is made by looking."""
    path = tmp_path / "runs.sqlite"
    assert list_runs(path) == []
    assert prune(path, 0) == 0
    with pytest.raises(UsageError, match="nothing is stored in"):
        find_run(path, "last")
    assert not path.exists()


def test_the_users_own_file_is_meant_when_none_is_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One file in the user's data folder."""
    monkeypatch.setattr(stored, "default_path", lambda: path)
    assert find_run(None, "last").run == 3


def running(**others: object) -> RunRow:
    """A run of which the file says that it goes on."""
    blank = RunRow(*[None] * len(RunRow._fields))  # type: ignore[arg-type]  # the test knows
    now = {"state": State.RUNNING, "process": os.getpid(), "beat_ms": 1_000_000}
    return blank._replace(**now | others)  # type: ignore[arg-type]  # the test knows


def test_a_run_goes_on_as_long_as_its_process_lives_and_writes() -> None:
    """Killed, or silent for long: interrupted; a state other than running is believed."""
    assert as_it_stands(running(), 1_000_500).state is State.RUNNING
    assert as_it_stands(running(process=2**22 + 1), 1_000_500).state is State.INTERRUPTED
    assert as_it_stands(running(), 9_000_000).state is State.INTERRUPTED
    assert as_it_stands(running(process=1), 1_000_500).state is State.RUNNING
    assert as_it_stands(running(state=State.FAILED), 1_000_500).state is State.FAILED


# Looking into ------------------------------------------------------------------------------------


def test_a_stored_run_answers_as_it_did(path: Path) -> None:
    """The same figures, the same reasons, the same worst message, in the same words."""
    told = answer_of(path, "r1")
    assert told.answer is not None
    kept = keep_run(load(SCENARIO), path.with_name("again.sqlite"))
    worst = kept.answer.highlights.worst
    plans, names = kept.result.scenario.world.plans, kept.result.message_names
    facts = [fact for fact in log_of() if fact[2] == worst]
    lines = story_lines(facts, plans, names, kept.result.scenario.currency)
    fresh = answer_text(kept.result, kept.answer.highlights, lines)
    again = answer_text(told.answer.result, told.answer.highlights, told.worst)
    assert without_wall_time(again) == without_wall_time(fresh)


def without_wall_time(text: str) -> list[str]:
    """The lines of an answer, but for the one with how long it took."""
    return [line for line in text.splitlines() if "of virtual time" not in line]


def test_a_run_that_was_broken_off_has_no_answer(own: Path) -> None:
    """But is found, and says how far it came."""
    sql(own, "UPDATE run SET state = 'running', process = 99999999, result = NULL")
    told = answer_of(own, "last")
    assert told.answer is None
    assert told.run.state is State.INTERRUPTED


def test_an_answer_that_cannot_be_read_is_a_failure_of_the_store(own: Path) -> None:
    """Exit code 4, and the way out."""
    sql(own, "UPDATE run SET result = '{}'")
    with pytest.raises(StorageError, match="the answer kept of run r1"):
        answer_of(own, "r1")


@pytest.mark.parametrize("message", ["m121", "121", "otp-anna"])
def test_a_message_is_found_by_number_or_name(path: Path, message: str) -> None:
    """Its timeline is the one of the run, and its money is told entry by entry."""
    scenario = load(SCENARIO)
    plans, prices = scenario.world.plans, price_list(scenario.world.providers)
    facts = [fact for fact in log_of() if fact[2] == 121]
    expected = story_lines(facts, plans, {121: "otp-anna"}, scenario.currency)
    book = book_of(facts, plans, prices)
    assert book is not None
    money = money_lines(book, scenario.currency)
    assert money
    assert timeline_of(path, "r1", message) == expected + money
    assert expected[0] == "m121 otp-anna"


@pytest.mark.parametrize(
    ("message", "hint"),
    [("m122", "m1 to m121"), ("otp-ana", "'otp-anna'"), ("m0", "m1 to"), ("²", "m1 to"),
     ("m" + "9" * 99, "m1 to")],
)  # fmt: skip
def test_an_unknown_message_is_refused_with_what_there_is(
    path: Path, message: str, hint: str
) -> None:
    """Exit code 2."""
    with pytest.raises(UsageError, match="no message") as caught:
        timeline_of(path, "r1", message)
    assert hint in caught.value.hint


# Once more ---------------------------------------------------------------------------------------


def test_a_run_whose_defaults_fill_pages_is_repeated(tmp_path: Path) -> None:
    """Written out, a scenario may be larger than a person's file may be; it is still read back."""
    names = ", ".join(f"{{message: m{number}}}" for number in range(1500))
    text = f"schema: 1\ncascades: {{otp: [sms, whatsapp]}}\nload: [{names}]\n"
    own = tmp_path / "own.sqlite"
    keep_run(load(text), own)
    assert stored.replay(own, "last").is_equal


@pytest.mark.parametrize("name", sorted(built_in()))
def test_every_shipped_scenario_is_repeated_to_the_byte(tmp_path: Path, name: str) -> None:
    """From what is stored and nothing else: the file may be gone."""
    file = tmp_path / "gone.yaml"
    file.write_bytes(built_in()[name].read_bytes())
    kept = keep_run(load(file), tmp_path / "runs.sqlite")
    file.unlink()
    replayed = replay(tmp_path / "runs.sqlite", kept.run)
    assert replayed.is_equal
    assert replayed.digest == kept.result.digest
    assert replayed.difference is None


def test_seed_and_settings_of_the_call_are_part_of_the_run(tmp_path: Path) -> None:
    """`--seed` and `--set` are in the resolved scenario, so the file does not matter."""
    path = tmp_path / "runs.sqlite"
    changed = [("providers.sms.receipts.lost", "30%")]
    kept = keep_run(load(SCENARIO, overrides=changed, seed=99), path)
    assert replay(path, kept.run).digest == kept.result.digest
    scenario, changes, row = stored_scenario(path, "last")
    assert (scenario.seed, changes, row.run) == (99, (), 1)


def test_the_first_difference_is_told(own: Path) -> None:
    """Line number, what is stored, what came now; exit code 1 is made of `is_equal`."""
    sql(own, "UPDATE event SET at_us = at_us + 1 WHERE seq = 500")
    sql(own, "UPDATE run SET digest = 'sha256:other'")
    replayed = replay(own, "r1")
    assert not replayed.is_equal
    difference = replayed.difference
    assert difference is not None
    assert difference.seq == 500
    stored_at, replayed_at = (
        int(text.split("\t")[1]) for text in (difference.stored, difference.replayed)
    )
    assert stored_at == replayed_at + 1


ONE_MORE = (
    "INSERT INTO event SELECT run, seq + 10000, at_us, message, shape, cause, detail "
    "FROM event WHERE seq = 1"
)


@pytest.mark.parametrize(
    ("change", "is_stored"),
    [("DELETE FROM event WHERE seq > 900", False), (ONE_MORE, True)],
    ids=["stored", "replayed"],
)
def test_a_log_that_ends_earlier_is_a_difference(own: Path, change: str, is_stored: bool) -> None:
    """Whichever of the two it is."""
    sql(own, change)
    sql(own, "UPDATE run SET digest = 'sha256:other'")
    difference = replay(own, "r1").difference
    assert difference is not None
    assert bool(difference.stored) == is_stored
    assert bool(difference.replayed) != is_stored


def test_a_digest_that_was_changed_is_noticed(own: Path) -> None:
    """Every line is the same, and still it is not equal."""
    sql(own, "UPDATE run SET digest = 'sha256:other'")
    replayed = replay(own, "r1")
    assert replayed.difference is None
    assert not replayed.is_equal


def test_other_rules_are_refused_by_name(own: Path) -> None:
    """A log of other rules cannot be repeated, and that is no difference."""
    sql(own, "UPDATE run SET rules_version = ?, program = '0.9'", RULES_VERSION + 1)
    with pytest.raises(UsageError, match=f"rules_version {RULES_VERSION + 1}") as caught:
        replay(own, "r1")
    assert "0.9" in caught.value.hint
    with pytest.raises(UsageError, match="rules_version"):
        stored_scenario(own, "r1")


# Live changes ------------------------------------------------------------------------------------

OUT = "{vanished: 100%, delivered: rest}"
WRITTEN = [
    (200, "sms", "delivery.outcomes", OUT),
    (0, "sms", "delivery.time", "x1.3"),
    (150, "whatsapp", "receipts.lost", "30%"),
    (50, "sms", "delivery.outcomes", None),
    (10, "viber", "price.amount", "0.5 EUR"),
    (5, "sms", "validity", "none"),
    (5, "sms", "delivery.unreachable.retry_every", "15s"),
]


@cache
def loaded_change(path: str, value: str | None) -> Change | None:
    """A change as a scenario's fault would make it."""
    if value is None:
        return None
    fault = f"[{{provider: sms, at: 0s, for: 1s, set: {{{path}: {value}}}}}]"
    return load(SCENARIO, overrides=[("faults", fault)]).world.faults[0].changes[0]


def session(until: int | None = None) -> tuple[list[Fact], list[ChangeRow]]:
    """A run in which somebody turned knobs, and perhaps stopped watching after some events."""
    world = World(load(SCENARIO).world)
    facts: list[Fact] = []
    changes: list[ChangeRow] = []
    for events, provider, path, value in WRITTEN:
        for _ in range(events):
            facts += world.step()
        facts += world.change(provider, path, loaded_change(path, value), world.now)
        changes.append(ChangeRow(facts[-1][0], world.now, provider, path, value))
    if until is None:
        return facts + [fact for piece in run_virtual(world) for fact in piece], changes
    for _ in range(until):
        facts += world.step()
    return facts, changes


def keep_session(
    path: Path, facts: Sequence[Fact], changes: Sequence[ChangeRow], state: State
) -> None:
    """Store such a run."""
    scenario = load(SCENARIO)
    digest = Digest()
    digest.update(facts)

    async def keeping() -> None:
        async with open_writer(path) as writer:
            about = header(resolved=resolved_json(scenario), rules_version=RULES_VERSION)
            run = await writer.begin(about, changes)
            await run.append(facts)
            await run.finish(end(state=state, digest=digest.text), [])

    asyncio.run(keeping())


def test_changes_by_hand_are_repeated_in_their_place(tmp_path: Path) -> None:
    """A whole session: knobs turned, turned back, several at one instant."""
    path = tmp_path / "runs.sqlite"
    facts, changes = session()
    keep_session(path, facts, changes, State.FINISHED)
    replayed = replay(path, "r1")
    assert replayed.is_equal
    assert replayed.line_count == len(facts)
    assert replayed.digest != replay_without_changes(path).digest


def replay_without_changes(path: Path) -> stored.Replay:
    """The same run, had nobody touched it."""
    sql(path, "DELETE FROM live_change")
    return replay(path, "r1")


def test_a_session_kept_in_the_middle_is_repeated_as_far_as_it_came(tmp_path: Path) -> None:
    """The last line is the last line."""
    path = tmp_path / "runs.sqlite"
    facts, changes = session(until=25)
    keep_session(path, facts, changes, State.STOPPED)
    replayed = replay(path, "r1")
    assert replayed.is_equal
    assert replayed.line_count == len(facts)


def test_changes_come_back_as_they_were_made(tmp_path: Path) -> None:
    """For whoever goes on from a stored session: the same values in the same places."""
    path = tmp_path / "runs.sqlite"
    facts, changes = session()
    keep_session(path, facts, changes, State.FINISHED)
    assert stored_scenario(path, "last")[1] == tuple(
        LiveChange(c.seq, c.at_us, c.provider, c.path, loaded_change(c.path, c.value))
        for c in changes
    )


def test_a_long_session_has_more_changes_than_a_scenario_may_have_faults(tmp_path: Path) -> None:
    """Hundreds of turns of a knob are read back."""
    path = tmp_path / "runs.sqlite"
    world = World(load(SCENARIO).world)
    facts, changes = [], []
    for turn in range(450):
        value = f"{turn % 9}%"
        facts += world.change("sms", "receipts.lost", loaded_change("receipts.lost", value), 0)
        changes.append(ChangeRow(facts[-1][0], 0, "sms", "receipts.lost", value))
    keep_session(path, facts, changes, State.STOPPED)
    assert replay(path, "r1").is_equal


def test_a_change_that_fits_no_more_is_a_difference(tmp_path: Path) -> None:
    """A change at a place where the world is another is told as the line that differs."""
    path = tmp_path / "runs.sqlite"
    facts, changes = session()
    changes[0] = changes[0]._replace(at_us=changes[0].at_us + 10**12)
    keep_session(path, facts, changes, State.FINISHED)
    replayed = replay(path, "r1")
    assert not replayed.is_equal
    assert replayed.difference is not None
    assert replayed.difference.seq == changes[0].seq


# Letting go --------------------------------------------------------------------------------------


def test_runs_are_let_go_by_their_age(own: Path) -> None:
    """Thirty days from now back, and not a day less."""
    day_us = 86_400 * SECOND
    keep_run(load(SCENARIO), own)
    old_ms = time.time_ns() // 1_000_000 - 31 * 86_400_000
    sql(own, "UPDATE run SET started_ms = ? WHERE run = 1", old_ms)
    assert prune(own, 32 * day_us) == 0
    assert prune(own, 30 * day_us) == 1
    assert [run.name for run in list_runs(own)] == ["r2"]
