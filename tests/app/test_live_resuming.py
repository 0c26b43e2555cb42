"""A live run whose process was killed: how it stands, and what going on with it would send."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from sandbox.app.guard import Command, Condition
from sandbox.app.live_asking import Wanted
from sandbox.app.live_config import LiveConfig
from sandbox.app.live_resuming import Standing, check_can_go_on, standing, still_to_send
from sandbox.app.live_secrets import SecretStores
from sandbox.app.live_sending import Context, missing_before
from sandbox.app.stored import replay
from sandbox.cli.main import main
from sandbox.errors import StorageError, UsageError
from sandbox.scenario.quantities import Money
from sandbox.store import place
from tests.support.sent import NUMBER, TEXT, Vendors, own_place, refuse_calls, vendors

ROOT: Final = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.usefixtures("loopback"),
    pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there"),
]

SLOW: Final = TEXT.replace("time: {fixed: 20ms}", "time: {fixed: 1500ms}").replace(
    "at: 0s}]", "at: 0s}, {message: later, to: anna, at: 1s}]"
)
"""The receipt of the first message comes after its process was killed; the second never began."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where everything of this test's is kept, for its children too."""
    own_place(tmp_path, monkeypatch)
    monkeypatch.setattr(
        place, "caps_path", lambda: tmp_path / "data" / "fallback-sandbox" / "caps.sqlite"
    )
    (tmp_path / "slow.yaml").write_text(SLOW, encoding="utf-8")
    return tmp_path


def killed(folder: Path, here: Vendors) -> Path:
    """The file of a run whose process was killed when its first message was accepted."""
    code, _ = ended(folder, here, signal.SIGKILL)
    assert code == -signal.SIGKILL
    return folder / "runs.sqlite"


def ended(folder: Path, here: Vendors, by: signal.Signals) -> tuple[int, str]:
    """How a live run ends that gets a signal when its first message was accepted; what it says."""
    db = folder / "runs.sqlite"
    words = ("live", "run", str(folder / "slow.yaml"), "--live", "--allow", NUMBER,
             "--confirm", NUMBER, "--db", str(db), *here.words())  # fmt: skip
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_CONFIG_HOME": str(folder / "config"),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox", *words],
        cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as child:  # fmt: skip
        assert child.stdout is not None
        said = next((line for line in child.stdout if "accepted" in line), "")
        child.send_signal(by)
        assert child.stderr is not None
        assert said, child.stderr.read()
        rest = child.stdout.read()
        return child.wait(), rest


@pytest.fixture
def left(folder: Path) -> Iterator[tuple[Vendors, Path]]:
    """Vendors that go on, and the file that the killed process has left."""
    with vendors(SLOW) as here:
        yield here, killed(folder, here)


def context(stands: Standing) -> Context:
    """As the command has it."""
    command = Command(verb="live", is_live=True)
    return Context(command, LiveConfig(), SecretStores({}), stands.caps_name)


def test_it_is_known_what_is_open_without_any_socket(
    left: tuple[Vendors, Path], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """`live pending`, and `live resume` without `--live`, send nothing and ask nobody."""
    here, db = left
    refuse_calls(monkeypatch)
    submitted = here.counts["submitted"]
    stands = standing(db, "r1")
    assert [each.name for each in stands.open] == ["for-anna"]
    assert stands.coming == ("later",)
    assert stands.awaited == ((1, 0, 1),)
    assert (stands.planned, stands.is_over, stands.is_rehearsal) == ((), False, False)
    capsys.readouterr()
    assert main(["live", "pending", "last", "--db", str(db)]) == 0
    out = capsys.readouterr().out
    assert "open: m1 for-anna: sms:open" in out
    assert "not requested yet: later" in out
    assert "last word not heard yet: m1.0.1" in out
    assert main(["live", "resume", "last", "--db", str(db)]) == 0
    assert "asks the lock anew about 2 messages" in capsys.readouterr().out
    assert here.counts["submitted"] == submitted == 1


def test_it_goes_on_when_the_lock_lets_it(
    left: tuple[Vendors, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """What was sent is not sent again; its receipt is heard, and the second message is sent."""
    here, db = left
    words = ["live", "resume", "r1", "--db", str(db), "--allow", NUMBER, "--linger", "50ms",
             *here.words()]  # fmt: skip
    assert main([*words, "--live", "--confirm", NUMBER]) == 2
    err = capsys.readouterr().err
    assert "\n  price: sms at level 0: nobody says what it costs" in err
    assert here.counts["submitted"] == 1
    words += ["--max-price", "0.04 EUR"]
    assert main([*words, "--live", "--confirm", "+447700900999"]) == 2
    assert here.counts["submitted"] == 1
    capsys.readouterr()
    assert main([*words, "--live", "--confirm", NUMBER]) == 0
    out = capsys.readouterr().out
    assert here.counts["submitted"] == 2
    assert "! resumed after" in out
    assert out.count("-> submit sms") == 1
    assert "for-anna: delivered by sms:delivered" in out
    assert "later: delivered by sms:delivered" in out
    assert replay(db, "r1").difference is None
    stands = standing(db, "r1")
    with closing(sqlite3.connect(place.caps_path())) as ledger:
        (names,) = zip(*ledger.execute("SELECT DISTINCT run FROM reservations"), strict=True)
    assert names == (stands.caps_name,)
    assert stands.is_over
    with pytest.raises(UsageError, match="r1 is over"):
        check_can_go_on(stands)
    assert main([*words, "--live", "--confirm", NUMBER]) == 2


def test_ctrl_c_stops_in_good_order_and_says_how_to_go_on(folder: Path) -> None:
    """What is open stays open, and nothing more is sent."""
    with vendors(SLOW) as here:
        code, said = ended(folder, here, signal.SIGINT)
        assert code == 130
        assert "for-anna: no outcome yet by sms:open" in said
        assert "`sandbox live pending r1` says what is open" in said
        assert "`sandbox live resume r1 --live` goes on" in said
        assert here.counts["submitted"] == 1
    stands = standing(folder / "runs.sqlite", "r1")
    assert [each.name for each in stands.open] == ["for-anna"]
    assert stands.coming == ("later",)
    check_can_go_on(stands)


def test_each_condition_is_asked_anew(left: tuple[Vendors, Path]) -> None:
    """Nothing of the first command counts any more."""
    here, db = left
    stands = standing(db, "last")
    bare = context(stands)._replace(command=Command(verb="live"))
    sending = still_to_send(stands, Wanted(), bare)
    assert [meant.name for meant in sending.messages] == ["for-anna", "later"]
    refusal = missing_before(sending, bare, is_confirmed=False)
    assert refusal is not None
    assert set(refusal.names) >= {
        Condition.LIVE, Condition.ALLOW_LIST, Condition.PRICE, Condition.CONFIRMATION,
        Condition.CREDENTIALS,
    }  # fmt: skip
    full = still_to_send(
        stands, Wanted(allow=(NUMBER,), max_price=Money(40_000_000, "EUR")), context(stands)
    )
    refusal = missing_before(full, context(stands))
    assert refusal is not None
    assert refusal.names == (Condition.CREDENTIALS,)
    assert here.counts["submitted"] == 1


def test_what_is_no_live_run_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A simulated one, a rehearsal, and one that is not there."""
    db = folder / "runs.sqlite"
    assert main(["run", str(folder / "slow.yaml"), "--db", str(db)]) == 0
    with pytest.raises(StorageError, match="is no live run"):
        standing(db, "r1")
    assert main(["live", "pending", "r9", "--db", str(db)]) == 2
    rehearse = ["live", "rehearse", str(folder / "slow.yaml"), "--speed", "40", "--db", str(db)]
    assert main(rehearse) == 0
    capsys.readouterr()
    assert main(["live", "resume", "r2", "--live", "--db", str(db)]) == 2
    assert "r2 was a rehearsal, and its fakes are gone" in capsys.readouterr().err


def test_a_run_that_goes_on_elsewhere_is_left_alone(left: tuple[Vendors, Path]) -> None:
    """Two processes would hear everything twice."""
    from dataclasses import replace

    from sandbox.store.rows import State

    stands = standing(left[1], "r1")
    check_can_go_on(stands)
    running = replace(stands, run=stands.run._replace(state=State.RUNNING, process=1))
    with pytest.raises(UsageError, match="goes on in process 1"):
        check_can_go_on(running)
