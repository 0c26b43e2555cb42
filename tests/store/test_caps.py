"""The cap ledger: what counts, for how long, for whom, and what happens when things go wrong."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.errors import MisuseError, StorageError
from sandbox.scenario.quantities import Money
from sandbox.store import place
from sandbox.store.caps import (
    DAY_US,
    DEFAULT_CAPS,
    HOUR_US,
    Cap,
    CapLedger,
    Caps,
    NotReserved,
    Part,
    Reservation,
    wall_clock_us,
)
from tests.support.locked import NOW_US, euro, forbid_sockets, keep_caps_in

ROOT: Final = Path(__file__).parents[2]
WIDE: Final = Cap(10**6, 10**15)
HOUR_OF_THREE: Final = Caps(run=WIDE, hour=Cap(3, 10**15), day=WIDE)


@pytest.fixture(autouse=True)
def own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of this test's own; and no sockets."""
    forbid_sockets(monkeypatch)
    return keep_caps_in(tmp_path, monkeypatch)


class Clock:
    """Shows what it is set to."""

    def __init__(self) -> None:
        self.us = NOW_US

    def __call__(self) -> int:
        return self.us


def only(window: str, cap: Cap) -> Caps:
    """A cap on one of run, hour and day, and hardly any on the others."""
    by_window = {"run": WIDE, "hour": WIDE, "day": WIDE, window: cap}
    return Caps(run=by_window["run"], hour=by_window["hour"], day=by_window["day"])


def ledger(caps: Caps, clock: Callable[[], int] = lambda: NOW_US) -> CapLedger:
    return CapLedger(caps, clock)


def reserved(book: CapLedger, count: int = 1, nano: int = 0, run: str = "r") -> Reservation:
    made = book.reserve(run, count, euro(nano))
    assert isinstance(made, Reservation)
    return made


def why_not(book: CapLedger, count: int = 1, nano: int = 0, run: str = "r") -> str:
    refused = book.reserve(run, count, euro(nano))
    assert isinstance(refused, NotReserved)
    return "\n".join(refused.reasons)


# What counts -------------------------------------------------------------------------------------


def test_the_defaults_are_small() -> None:
    """What the documentation states: 10, 20 and 50 submissions for 1, 2 and 5 EUR."""
    assert (DEFAULT_CAPS.run, DEFAULT_CAPS.hour, DEFAULT_CAPS.day) == (
        Cap(10, 1_000_000_000), Cap(20, 2_000_000_000), Cap(50, 5_000_000_000),
    )  # fmt: skip
    assert DEFAULT_CAPS.currency == "EUR"


@pytest.mark.parametrize("window", ["run", "hour", "day"])
def test_each_cap_on_submissions_is_kept_to_the_last_one(window: str) -> None:
    book = ledger(only(window, Cap(3, 10**15)))
    reserved(book, 2)
    assert f"per {window}: 3 submissions, 2 are taken, this needs 2" in why_not(book, 2)
    reserved(book, 1)
    assert f"per {window}" in why_not(book)


@pytest.mark.parametrize("window", ["run", "hour", "day"])
def test_each_cap_on_money_is_kept_to_the_last_billionth(window: str) -> None:
    book = ledger(only(window, Cap(100, 1_000_000_000)))
    reserved(book, 1, 999_999_999)
    text = why_not(book, 1, 2)
    assert f"per {window}: 1 EUR, 0.999999999 EUR is taken, this needs 0.000000002 EUR" in text
    reserved(book, 1, 1)
    assert "this needs 0.000000001 EUR" in why_not(book, 1, 1)


def test_a_run_is_counted_for_ever_and_others_are_not_counted_with_it() -> None:
    clock = Clock()
    book = ledger(Caps(run=Cap(1, 0), hour=WIDE, day=WIDE), clock)
    reserved(book, run="a")
    clock.us += 400 * DAY_US
    assert "per run" in why_not(book, run="a")
    reserved(book, run="b")


@pytest.mark.parametrize(("window", "length_us"), [("hour", HOUR_US), ("day", DAY_US)])
def test_hour_and_day_let_go_when_they_are_over_and_not_before(window: str, length_us: int) -> None:
    clock = Clock()
    book = ledger(only(window, Cap(1, 0)), clock)
    reserved(book)
    clock.us += length_us - 1
    assert f"per {window}" in why_not(book)
    clock.us += 1
    reserved(book)


def test_a_cap_of_nothing_lets_nothing_through() -> None:
    assert "0 submissions" in why_not(ledger(replace(DEFAULT_CAPS, day=Cap(0, 0))))


def test_every_cap_without_room_is_named() -> None:
    nothing = Cap(0, 0)
    text = why_not(ledger(Caps(run=nothing, hour=nothing, day=nothing)), 1, 1)
    assert [text.count(f"per {what}") for what in ("run", "hour", "day")] == [2, 2, 2]


def test_looking_takes_nothing_and_makes_no_file(own_file: Path) -> None:
    book = ledger(HOUR_OF_THREE)
    assert book.look("r", 3, euro(0)) is None
    assert not own_file.exists()
    reserved(book, 3)
    refused = book.look("r", 1, euro(0))
    assert refused is not None
    assert "per hour" in refused.reasons[0]
    assert refused.hint


# Money -------------------------------------------------------------------------------------------


def test_money_in_another_currency_cannot_be_counted_and_is_refused() -> None:
    refused = ledger(DEFAULT_CAPS).reserve("r", 1, Money(1, "USD"))
    assert isinstance(refused, NotReserved)
    assert refused.reasons == ("the caps are in EUR, this is in USD",)


def test_caps_in_a_new_currency_do_not_forget_what_was_taken_in_the_old_one() -> None:
    """Otherwise another currency in the file would be a fresh start."""
    reserved(ledger(DEFAULT_CAPS), 1, 5)
    in_dollars = ledger(replace(DEFAULT_CAPS, currency="USD"))
    refused = in_dollars.reserve("r", 1, Money(1, "USD"))
    assert isinstance(refused, NotReserved)
    assert "per day: EUR is taken, which USD cannot count" in refused.reasons


def test_money_without_a_currency_is_the_callers_mistake() -> None:
    with pytest.raises(MisuseError, match="without a currency"):
        ledger(DEFAULT_CAPS).reserve("r", 1, Money(1, ""))


@pytest.mark.parametrize(("run", "count", "nano"), [("", 1, 0), ("r", 0, 0), ("r", 1, -1)])
def test_nonsense_is_the_callers_mistake(run: str, count: int, nano: int) -> None:
    with pytest.raises(MisuseError):
        ledger(DEFAULT_CAPS).reserve(run, count, euro(nano))


def test_sums_beyond_all_bounds_are_refused() -> None:
    """SQLite's integers end somewhere; what cannot be added is not sent."""
    huge = Cap(10**6, 2**70)
    book = ledger(Caps(run=huge, hour=huge, day=huge))
    assert "too large" in why_not(book, 1, 2**64)
    reserved(book, 1, 2**63 - 1)
    reserved(book, 1, 1)
    assert "integer overflow" in why_not(book, 1, 1)


# Afterwards --------------------------------------------------------------------------------------


def test_an_answer_nobody_knows_keeps_its_reservation() -> None:
    book = ledger(HOUR_OF_THREE)
    reserved(book, 3)
    assert "3 are taken" in why_not(book)


def test_what_was_refused_is_given_back() -> None:
    book = ledger(HOUR_OF_THREE)
    book.release(reserved(book, 3))
    reserved(book, 3)


def test_a_known_charge_takes_the_place_of_the_highest_price() -> None:
    caps = Caps(run=WIDE, hour=Cap(100, 100), day=WIDE)
    book = ledger(caps)
    book.settle(reserved(book, 1, 100), euro(30))
    reserved(book, 1, 70)
    assert "this needs 0.000000001 EUR" in why_not(book, 1, 1)


def test_a_charge_above_what_was_reserved_counts_in_full() -> None:
    book = ledger(Caps(run=WIDE, hour=Cap(100, 100), day=WIDE))
    book.settle(reserved(book, 1, 10), euro(100))
    assert "this needs 0.000000001 EUR" in why_not(book, 1, 1)


@pytest.mark.parametrize("charge", [None, Money(1, "USD")])
def test_a_charge_nobody_can_count_counts_as_reserved(charge: Money | None) -> None:
    book = ledger(Caps(run=WIDE, hour=Cap(100, 100), day=WIDE))
    book.settle(reserved(book, 1, 100), charge)
    assert "this needs 0.000000001 EUR" in why_not(book, 1, 1)


def test_the_parts_of_a_reservation_go_their_own_ways() -> None:
    """Of four submissions one is charged, one refused, one unknown, one never made."""
    caps = Caps(run=WIDE, hour=Cap(4, 400), day=WIDE)
    book = ledger(caps)
    whole = reserved(book, 4, 400)
    book.settle(whole, euro(60), Part(1, 100))
    book.release(whole, Part(2, 200))
    reserved(book, 2, 240)  # 60 are spent, 100 still held
    assert "2 are taken" not in why_not(book, 1, 1)
    assert "4 submissions, 4 are taken" in why_not(book, 1, 1)


def test_nothing_is_given_back_twice() -> None:
    book = ledger(HOUR_OF_THREE)
    once = reserved(book, 2, 10)
    book.release(once, Part(1, 5))
    with pytest.raises(MisuseError, match="holds 1 submissions and 5 billionths"):
        book.release(once, Part(2, 5))
    with pytest.raises(MisuseError):
        book.release(once, Part(1, 6))
    book.release(once)
    for again in (book.release, lambda each: book.settle(each, euro(0))):
        with pytest.raises(MisuseError, match="holds 0 submissions"):
            again(once)


def test_an_impossible_charge_changes_nothing() -> None:
    book = ledger(Caps(run=WIDE, hour=Cap(3, 100), day=WIDE))
    made = reserved(book, 1, 100)
    for nano in (-1, 2**64):
        with pytest.raises(MisuseError):
            book.settle(made, euro(nano))
    assert "per hour" in why_not(book, 1, 1)


def test_a_reservation_of_another_file_is_not_known() -> None:
    book = ledger(HOUR_OF_THREE)
    made = reserved(book)
    with pytest.raises(StorageError, match="does not know reservation"):
        book.release(replace(made, number=99))
    with pytest.raises(StorageError, match="does not know reservation"):
        book.release(replace(made, run="other"))


# Clocks ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("back_us", [1, HOUR_US, DAY_US, 400 * DAY_US])
def test_a_clock_that_is_set_back_frees_nothing(back_us: int) -> None:
    clock = Clock()
    book = ledger(HOUR_OF_THREE, clock)
    reserved(book, 3)
    clock.us -= back_us
    assert "3 are taken" in why_not(book)


def test_what_was_taken_while_the_clock_was_wrong_is_as_young_as_what_was_before_it() -> None:
    """Set back by two days and right again: the reservation in between is not two days old."""
    clock = Clock()
    book = ledger(HOUR_OF_THREE, clock)
    reserved(book, 2)
    clock.us -= 2 * DAY_US
    reserved(book, 1)
    clock.us += 2 * DAY_US
    assert "3 are taken" in why_not(book)


@given(st.lists(st.integers(-3 * DAY_US, HOUR_US // 2), max_size=12))
def test_however_a_clock_jumps_back_no_hour_of_it_sees_more_than_the_cap(
    tmp_path_factory: pytest.TempPathFactory, jumps: list[int]
) -> None:
    """As long as the clock's forward steps are real time, three in any hour is the most."""
    clock, real_us, taken_at = Clock(), 0, list[int]()
    with pytest.MonkeyPatch.context() as patch:
        keep_caps_in(tmp_path_factory.mktemp("caps"), patch)
        book = ledger(HOUR_OF_THREE, clock)
        for jump in jumps:
            clock.us += jump
            real_us += max(jump, 0)
            for _ in range(2):
                if isinstance(book.reserve("r", 1, euro(0)), Reservation):
                    taken_at.append(real_us)
            assert sum(at > real_us - HOUR_US for at in taken_at) <= 3


def test_the_wall_clock_is_that_of_this_machine() -> None:
    assert wall_clock_us() > 1_700_000_000_000_000


# Files -------------------------------------------------------------------------------------------


def test_the_file_is_one_of_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert place.caps_path().parts[-2:] == ("fallback-sandbox", "caps.sqlite")
    assert place.caps_path().is_absolute()


@pytest.mark.skipif(os.name != "posix", reason="needs file modes")
def test_nobody_else_can_read_it(own_file: Path) -> None:
    reserved(ledger(DEFAULT_CAPS))
    assert own_file.stat().st_mode & 0o077 == 0
    assert [each.name for each in own_file.parent.iterdir()] == [own_file.name]


def _spoil(path: Path, how: str) -> None:
    whole = path.read_bytes()
    match how:
        case "empty":
            path.write_bytes(b"")
        case "garbage":
            path.write_bytes(b"not a database at all" * 500)
        case "cut":
            path.write_bytes(whole[:4096])
        case "scribbled":
            path.write_bytes(whole[:4096] + b"\xff" * 200 + whole[4296:])
        case "folder":
            path.unlink()
            path.mkdir()
        case "dangling":
            path.unlink()
            path.symlink_to(path.parent / "nowhere")
        case "other":
            path.unlink()
            _do(path, "CREATE TABLE somebody_elses (x)")
        case _:
            _do(path, how)


def _do(path: Path, script: str) -> None:
    other = sqlite3.connect(path)
    other.executescript(script)
    other.close()


@pytest.mark.parametrize(
    "how",
    [
        "empty",
        "garbage",
        "cut",
        "scribbled",
        "folder",
        "dangling",
        "other",
        "PRAGMA application_id = 7",
        "PRAGMA user_version = 2",
        "DROP TABLE reservations",
        "PRAGMA ignore_check_constraints = 1; UPDATE reservations SET held_count = -40",
    ],
)
def test_a_file_that_is_not_as_it_should_be_means_no(own_file: Path, how: str) -> None:
    """Nothing is begun anew: what stood there is not forgotten, it only cannot be read."""
    book = ledger(DEFAULT_CAPS)
    made = reserved(book)
    _spoil(own_file, how)
    assert str(own_file) in why_not(book)
    looked = book.look("r", 1, euro(0))
    assert looked is not None
    assert "cannot be counted" in looked.hint
    with pytest.raises(StorageError):
        book.release(made)


def test_the_same_file_unspoilt_means_yes(own_file: Path) -> None:
    """The test above can fail."""
    book = ledger(DEFAULT_CAPS)
    made = reserved(book)
    own_file.write_bytes(own_file.read_bytes())
    reserved(book)
    book.release(made)


def test_a_file_that_cannot_be_made_means_no(own_file: Path) -> None:
    own_file.parent.write_text("a file where the folder should be", encoding="utf-8")
    assert str(own_file) in why_not(ledger(DEFAULT_CAPS))


def test_a_file_another_program_holds_means_no(own_file: Path) -> None:
    book = CapLedger(DEFAULT_CAPS, lambda: NOW_US, busy_s=0.01)
    made = reserved(book)
    other = sqlite3.connect(own_file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert "another program is writing to it" in why_not(book)
    with pytest.raises(StorageError, match="another program"):
        book.release(made)
    other.execute("ROLLBACK")
    other.close()
    reserved(book)


# Other processes ---------------------------------------------------------------------------------

_PROGRAM: Final = """
import os, signal, socket, sys
from pathlib import Path
from sandbox.scenario.quantities import Money
from sandbox.store import place
from sandbox.store.caps import Cap, CapLedger, Caps, Reservation
sys.addaudithook(lambda event, args: event.startswith("socket.") and os._exit(77))
place.caps_path = lambda: Path(sys.argv[1])
wide = Cap(10**6, 10**15)
ledger = CapLedger(Caps(run=wide, hour=Cap(int(sys.argv[2]), 10**15), day=wide))
"""

_RACER: Final = f"""{_PROGRAM}
print("ready", flush=True)
sys.stdin.readline()
made = [ledger.reserve("run", 1, Money(7, "EUR")) for _ in range(int(sys.argv[3]))]
refused = [each for each in made if not isinstance(each, Reservation)]
assert all(text.startswith("per hour: ") for each in refused for text in each.reasons), refused
print(len(made) - len(refused))
"""

_DYING: Final = f"""{_PROGRAM}
assert isinstance(ledger.reserve("run", 2, Money(7, "EUR")), Reservation)
os.kill(os.getpid(), signal.SIGKILL)
"""


_CUT_SHORT: Final = f"""{_PROGRAM}
import sqlite3
class Dying(sqlite3.Connection):
    def execute(self, sql, *more):
        if sql.startswith(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().execute(sql, *more)
    def executescript(self, sql):
        if sys.argv[3] == "SCRIPT":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().executescript(sql)
connect = sqlite3.connect
sqlite3.connect = lambda *given, **named: connect(*given, **named, factory=Dying)
ledger.reserve("run", 2, Money(7, "EUR"))
"""


def _start(program: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def _totals(path: Path) -> tuple[int, int]:
    connection = sqlite3.connect(path)
    found: tuple[int, int] = connection.execute(
        "SELECT sum(held_count + spent_count), sum(held_nano + spent_nano) FROM reservations"
    ).fetchone()
    connection.close()
    return found


@pytest.mark.parametrize("cap", [1, 25])
def test_processes_that_race_never_take_more_than_the_cap(own_file: Path, cap: int) -> None:
    """Three at once, the file not even begun, each wanting the whole cap: together they get it.

    Nobody is refused for being in another's way.
    """
    racers = [_start(_RACER, own_file, cap, cap + 2) for _ in range(3)]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    got = [int(racer.communicate(timeout=120)[0]) for racer in racers]
    assert [racer.returncode for racer in racers] == [0, 0, 0]
    assert sum(got) == cap
    assert _totals(own_file) == (cap, 7 * cap)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_who_dies_between_reservation_and_request_leaves_it_behind(own_file: Path) -> None:
    dead = _start(_DYING, own_file, 3)
    dead.communicate(timeout=120)
    assert dead.returncode == -signal.SIGKILL
    assert _totals(own_file) == (2, 7)
    assert "2 are taken" in why_not(CapLedger(HOUR_OF_THREE), 2, run="other")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("step", ["SCRIPT", "PRAGMA", "BEGIN", "SELECT", "INSERT", "COMMIT"])
def test_who_dies_before_the_reservation_is_made_leaves_nothing_and_no_ruin(
    own_file: Path, step: str
) -> None:
    """Nothing was sent either: the request comes after the commit."""
    dead = _start(_CUT_SHORT, own_file, 3, step)
    dead.communicate(timeout=120)
    assert dead.returncode == -signal.SIGKILL
    book = ledger(HOUR_OF_THREE)
    assert book.look("r", 3, euro(0)) is None
    reserved(book, 3)
    assert "3 are taken" in why_not(book)
