"""The cap ledger: how many real messages this user has sent, and what they may have cost.

    reserve(run, count, money)  -> Reservation   then the request, and after it one of
    settle(reservation, charge)                  the charge is known
    release(reservation)                         it was refused: nothing was sent
    (neither)                                    nobody knows: the reservation stays

There is one file per user, shared by all processes; each change is one immediate transaction that
is on the disk when the call returns. Whoever dies between the reservation and the answer leaves the
reservation behind, and it counts. Whatever is wrong with the file means that nothing is sent: a
reservation that cannot be made is no reservation.

Counted are submissions, and money in billionths of the caps' currency: what is reserved at its
highest price, what is settled at its charge. Per run for as long as the run is known; per hour and
day over the last 3600 and 86400 seconds. A clock that is set back frees nothing: no reservation is
ever younger than one made before it, and what lies in the future counts. Nothing is ever deleted.
"""

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

from sandbox.errors import MisuseError, StorageError
from sandbox.scenario.quantities import Money, decimal_text
from sandbox.simulation.spec import NANO
from sandbox.store import place
from sandbox.store.failures import failure

BUSY_S: Final = 10.0
"""How long to wait for another process, in seconds; a transaction takes some milliseconds."""

APPLICATION_ID: Final = 0x46534350
"""Marks the file as ours: `FSCP`."""

VERSION: Final = 1

HOUR_US: Final = 3_600_000_000
DAY_US: Final = 86_400_000_000
RUN_MAX: Final = 200
"""Characters of a run's name."""

_SCHEMA: Final = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
CREATE TABLE reservations (
    id INTEGER PRIMARY KEY,
    run TEXT NOT NULL,
    at_us INTEGER NOT NULL CHECK (at_us >= 0),
    currency TEXT NOT NULL,
    held_count INTEGER NOT NULL CHECK (held_count >= 0),
    held_nano INTEGER NOT NULL CHECK (held_nano >= 0),
    spent_count INTEGER NOT NULL CHECK (spent_count >= 0),
    spent_nano INTEGER NOT NULL CHECK (spent_nano >= 0)
) STRICT;
"""

_SUMS: Final = """
SELECT
    coalesce(sum(held_count + spent_count), 0),
    coalesce(sum(CASE WHEN currency = :currency THEN held_nano + spent_nano ELSE 0 END), 0),
    coalesce(max(CASE WHEN held_nano + spent_nano > 0 AND currency <> :currency
                 THEN currency ELSE '' END), '')
FROM reservations
"""

_MARKS: Final = ("application_id", "user_version")
_HINT: Final = "Nothing is sent for real while the caps cannot be counted."


class Cap(NamedTuple):
    """The most of something: submissions, and money in billionths of the caps' currency."""

    submissions: int
    nano: int


RUN: Final = Cap(10, 1_000_000_000)
HOUR: Final = Cap(20, 2_000_000_000)
DAY: Final = Cap(50, 5_000_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How much may really be sent; the defaults are small, and only the user's file changes them.

    Attributes:
        run: In one run.
        hour: In the last hour, by all runs of this user together.
        day: In the last 24 hours, likewise.
        currency: Of the amounts. Money in another one is not sent, because it cannot be counted.
    """

    run: Cap = RUN
    hour: Cap = HOUR
    day: Cap = DAY
    currency: str = "EUR"


DEFAULT_CAPS: Final = Caps()


@dataclass(frozen=True, slots=True)
class Reservation:
    """Room for some submissions, taken before any of them is made.

    Attributes:
        number: In the ledger.
        count: Submissions.
        money: What they cost at most.
    """

    number: int
    run: str
    count: int
    money: Money


@dataclass(frozen=True, slots=True)
class NotReserved:
    """There is no room, or nobody can tell.

    Attributes:
        reasons: Each a text of one line: a cap with what is taken of it, or what is wrong.
        hint: What to do about it.
    """

    reasons: tuple[str, ...]
    hint: str


class Part(NamedTuple):
    """Some of what a reservation holds, or what became of it."""

    submissions: int
    nano: int


def wall_clock_us() -> int:
    """Microseconds since 1970, as this machine has it."""
    return time.time_ns() // 1000


class CapLedger:
    """The caps of this user, and what is taken of them.

    Every call opens the file and closes it: it may be used from any thread and any process.
    """

    def __init__(
        self,
        caps: Caps,
        clock_us: Callable[[], int] = wall_clock_us,
        busy_s: float = BUSY_S,
    ) -> None:
        """Bind the caps.

        Args:
            caps: From the user's own file.
            clock_us: Microseconds since 1970; it may jump.
            busy_s: How long to wait for another process.
        """
        self._caps = caps
        self._clock_us = clock_us
        self._busy_s = busy_s

    # Before the request ----------------------------------------------------------------------

    def look(self, run: str, count: int, money: Money) -> NotReserved | None:
        """Why a reservation would not be made; None: it would. Changes nothing.

        Another process may take the room in between, so only `reserve` decides.
        """
        _check(run, count, money)
        path = place.caps_path()
        try:
            if not os.path.lexists(path):
                return self._over((((0, 0, ""),) * 3), count, money)
            with self._opened(path) as ledger:
                sums, _ = self._taken(ledger, run)
                return self._over(sums, count, money)
        except (sqlite3.Error, OSError, OverflowError, StorageError) as error:
            return _unusable(error, path)

    def reserve(self, run: str, count: int, money: Money) -> Reservation | NotReserved:
        """Take room for submissions, before the first of them leaves.

        Args:
            run: Which run they belong to; the same after a restart.
            count: How many there may be.
            money: What they cost together at most; in the caps' currency, or nothing.
        """
        _check(run, count, money)
        path = place.caps_path()
        try:
            if not os.path.lexists(path):
                _begin(path)
            with self._opened(path) as ledger, _transaction(ledger):
                sums, now_us = self._taken(ledger, run)
                over = self._over(sums, count, money)
                if over is not None:
                    return over
                number = ledger.execute(
                    "INSERT INTO reservations VALUES (NULL, ?, ?, ?, ?, ?, 0, 0)",
                    (run, now_us, money.currency, count, money.nano),
                ).lastrowid
        except (sqlite3.Error, OSError, OverflowError, StorageError) as error:
            return _unusable(error, path)
        return Reservation(number or 0, run, count, money)

    # After it --------------------------------------------------------------------------------

    def settle(
        self, reservation: Reservation, charge: Money | None, part: Part | None = None
    ) -> None:
        """Put a known charge in the place of what was reserved for it.

        Args:
            reservation: What was reserved.
            charge: What it really costs, more or less than reserved; None, or in another currency
                than was reserved: it counts as reserved.
            part: Which part of the reservation it is for; None: all that is still held.

        Raises:
            StorageError: the file cannot be changed; the reservation stays.
            MisuseError: so much is not held any more.
        """
        if charge is not None and charge.nano < 0:
            raise MisuseError(f"a charge of {charge.nano} billionths, at least 0")
        with self._row(reservation) as (ledger, held):
            taken = part or held
            is_same = charge is not None and charge.currency in {"", reservation.money.currency}
            nano = charge.nano if charge is not None and is_same else taken.nano
            self._move(ledger, reservation, held, taken, Part(taken.submissions, nano))

    def release(self, reservation: Reservation, part: Part | None = None) -> None:
        """Give back what was reserved for submissions that were refused, or never made.

        Only for what certainly was not sent. An unknown answer keeps its reservation.

        Raises:
            StorageError: the file cannot be changed; the reservation stays.
            MisuseError: so much is not held any more.
        """
        with self._row(reservation) as (ledger, held):
            self._move(ledger, reservation, held, part or held, Part(0, 0))

    @contextmanager
    def _row(self, reservation: Reservation) -> Iterator[tuple[sqlite3.Connection, Part]]:
        """A transaction about one reservation, and what it holds."""
        path = place.caps_path()
        try:
            with self._opened(path) as ledger, _transaction(ledger):
                held = ledger.execute(
                    "SELECT held_count, held_nano FROM reservations WHERE id = ? AND run = ?",
                    (reservation.number, reservation.run),
                ).fetchone()
                if held is None:
                    raise StorageError(f"{path} does not know reservation {reservation.number}")
                yield ledger, Part(*held)
        except (sqlite3.Error, OSError) as error:
            raise StorageError(str(failure(error, path)), hint=_HINT) from error
        except OverflowError:
            raise MisuseError("a charge beyond all bounds") from None

    @staticmethod
    def _move(
        ledger: sqlite3.Connection, reservation: Reservation, held: Part, taken: Part, spent: Part
    ) -> None:
        is_held = 1 <= taken.submissions <= held.submissions and 0 <= taken.nano <= held.nano
        if not is_held:
            raise MisuseError(
                f"reservation {reservation.number} holds {held.submissions} submissions"
                f" and {held.nano} billionths, {taken.submissions} and {taken.nano} were named"
            )
        ledger.execute(
            "UPDATE reservations SET held_count = held_count - ?, held_nano = held_nano - ?,"
            " spent_count = spent_count + ?, spent_nano = spent_nano + ? WHERE id = ?",
            (*taken, *spent, reservation.number),
        )

    # What is taken ---------------------------------------------------------------------------

    def _taken(
        self, ledger: sqlite3.Connection, run: str
    ) -> tuple[tuple[tuple[int, int, str], ...], int]:
        """What run, hour and day have taken, and the instant a new reservation is made at."""
        clock_us = self._clock_us()
        latest_us = ledger.execute("SELECT coalesce(max(at_us), 0) FROM reservations").fetchone()[0]
        named = {"currency": self._caps.currency, "run": run}
        sums = tuple(
            ledger.execute(f"{_SUMS} WHERE {where}", {**named, "from_us": from_us}).fetchone()
            for where, from_us in (
                ("run = :run", 0),
                ("at_us > :from_us", clock_us - HOUR_US),
                ("at_us > :from_us", clock_us - DAY_US),
            )
        )
        return sums, max(clock_us, latest_us)

    def _over(
        self, sums: tuple[tuple[int, int, str], ...], count: int, money: Money
    ) -> NotReserved | None:
        """Which caps have no room for so much more; None: all have."""
        caps = self._caps
        reasons = []
        if money.nano and money.currency != caps.currency:
            reasons.append(f"the caps are in {caps.currency}, this is in {money.currency}")
        whats = (("run", caps.run), ("hour", caps.hour), ("day", caps.day))
        for (what, cap), (taken, nano, other) in zip(whats, sums, strict=True):
            if taken + count > cap.submissions:
                reasons.append(
                    f"per {what}: {cap.submissions} submissions, {taken} are taken,"
                    f" this needs {count}"
                )
            if money.currency in {"", caps.currency} and nano + money.nano > cap.nano:
                reasons.append(
                    f"per {what}: {_amount(cap.nano, caps.currency)},"
                    f" {_amount(nano, caps.currency)} is taken,"
                    f" this needs {_amount(money.nano, caps.currency)}"
                )
            if other:
                reasons.append(f"per {what}: {other} is taken, which {caps.currency} cannot count")
        hint = "Wait until there is room, or raise the caps in your live.toml."
        return NotReserved(tuple(reasons), hint) if reasons else None

    # The file --------------------------------------------------------------------------------

    @contextmanager
    def _opened(self, path: Path) -> Iterator[sqlite3.Connection]:
        """The file, sound and ours."""
        uri = f"{path.absolute().as_uri()}?mode=rw"
        connecting = sqlite3.connect(uri, uri=True, timeout=self._busy_s, isolation_level=None)
        with closing(connecting) as ledger:
            marks = [ledger.execute(f"PRAGMA {what}").fetchone()[0] for what in _MARKS]
            if marks != [APPLICATION_ID, VERSION]:
                raise StorageError(f"{path} is no cap ledger of this version")
            ledger.execute("PRAGMA synchronous = EXTRA")
            found = ledger.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise StorageError(f"{path} is damaged: {found}")
            yield ledger


def _amount(nano: int, currency: str) -> str:
    return f"{decimal_text(Fraction(nano, NANO))} {currency}"


def _check(run: str, count: int, money: Money) -> None:
    if not 1 <= len(run) <= RUN_MAX:
        raise MisuseError(f"a run's name has 1 to {RUN_MAX} characters, this one {len(run)}")
    if count < 1 or money.nano < 0:
        raise MisuseError(f"{count} submissions for {money.nano} billionths cannot be reserved")
    if money.nano and not money.currency:
        raise MisuseError("money without a currency could not be counted")


def _unusable(error: Exception, path: Path) -> NotReserved:
    """Whatever is wrong with the file: nothing is reserved."""
    if isinstance(error, sqlite3.Error | OSError):
        error = failure(error, path)
    return NotReserved((str(error),), _HINT)


def _begin(path: Path) -> None:
    """Make the file, whole or not at all, where there is none; of two beginners one wins.

    It never stands there half made: an empty file would be one that has forgotten everything, and
    is refused.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    os.close(handle)
    try:
        with closing(sqlite3.connect(name, isolation_level=None)) as fresh:
            fresh.executescript(_SCHEMA)
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()


@contextmanager
def _transaction(ledger: sqlite3.Connection) -> Iterator[None]:
    """All of it, or nothing; nobody else writes meanwhile."""
    ledger.execute("BEGIN IMMEDIATE")
    try:
        yield
        ledger.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # SQLite may have rolled back already
            ledger.execute("ROLLBACK")
        raise
