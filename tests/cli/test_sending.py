"""What is really sent, to fakes on this machine: the lock, the question, receipts, the end."""

import io
import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from sandbox.app.live_run import Ready
from sandbox.app.ways_in import WaysIn
from sandbox.cli import sending
from sandbox.cli.main import main
from sandbox.store import place
from tests.support.raw_servers import free_port
from tests.support.sent import NUMBER, OTHER, TEXT, Vendors, own_place, vendors

ROOT: Final = Path(__file__).parents[2]

pytestmark = pytest.mark.usefixtures("loopback")

TWO: Final = TEXT.replace(
    'people: {anna: {phone: "+447700900123", traits: []}}',
    'people: {anna: {phone: "+447700900123", traits: []},'
    ' ben: {phone: "+447700900124", traits: []}}',
).replace("at: 0s}]", "at: 0s}, {message: for-ben, to: ben, at: 50ms}]")


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of runs; everything else is this test's own, too."""
    return own_place(tmp_path, monkeypatch)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "real.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return str(path)


def called(*words: str) -> int:
    """The exit code of a command."""
    try:
        return main(list(words))
    except SystemExit as exit_:
        return int(exit_.code or 0)


def complete(file: str, here: Vendors, db: Path, *words: str) -> tuple[str, ...]:
    """A command that the lock lets through."""
    own = ("--live", "--allow", NUMBER, "--confirm", NUMBER, "--db", str(db), "--linger", "50ms")
    return ("send", file, *own, *here.words(), *words)


def held() -> tuple[int, int]:
    """Submissions that the ledger holds, and those that are spent."""
    if not place.caps_path().exists():
        return 0, 0
    with closing(sqlite3.connect(place.caps_path())) as ledger:
        sql = "SELECT coalesce(sum(held_count), 0), coalesce(sum(spent_count), 0) FROM reservations"
        found: tuple[int, int] = ledger.execute(sql).fetchone()
        return found


# One message -------------------------------------------------------------------------------------


def test_a_message_is_sent_and_its_receipt_asked_for(
    file: str, db: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The question first, the log as it happens, the end; and the run can be replayed."""
    with vendors(TEXT) as here:
        assert called(*complete(file, here, db)) == 0
    out, err = capsys.readouterr()
    assert here.counts["submitted"] == 1
    assert here.counts["asked"] >= 1
    assert err.startswith(
        "message for-anna through otp\n  sms to +447700900123 through sms (twilio"
    )
    assert "once, 0.040 EUR each at most\n    says: Code ******\n" in err
    assert "not verified, twilio: " in err
    assert "receipts are asked for at sms\nrun r1 begins" in err
    lines = out.splitlines()
    assert lines[0].split() == ["at", "message", "level", "what"]
    assert any(line.endswith("-> submit sms via sms  m1.0.1") for line in lines)
    assert lines[-3:] == [
        "for-anna: delivered by sms:delivered, 0.040 EUR",
        "cost by what is known: 0.040 EUR",
        "kept as r1: `sandbox show r1`",
    ]
    assert held() == (0, 1)
    assert called("replay", "r1", "--db", str(db)) == 0
    assert called("live", "pending", "r1", "--db", str(db)) == 0
    assert "1 of 1 messages that were requested are over" in capsys.readouterr().out


def test_a_receipt_comes_in_by_webhook(
    file: str, db: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A vendor that is told where receipts go with each message sends them there."""
    with vendors(TEXT) as here:
        port = free_port()
        words = ("--public-url", f"http://127.0.0.1:{port}", "--port", str(port))
        assert called(*complete(file, here, db, *words)) == 0
    out, err = capsys.readouterr()
    assert f"receipts come by webhook from sms, over http://127.0.0.1:{port}\n" in err
    assert "register" not in err
    assert here.counts["taken"] >= 1
    assert here.counts["asked"] == 0
    assert "for-anna: delivered by sms:delivered" in out


def test_a_message_goes_to_a_number(
    file: str, db: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Load and people of the scenario play no part, and the run can be replayed all the same."""
    with vendors(TEXT) as here:
        words = ("--to", OTHER, "--allow", OTHER, "--confirm", OTHER)
        assert called(*complete(file, here, db, *words)) == 0
    assert f"sms to {OTHER} through sms" in capsys.readouterr().err
    assert called("replay", "r1", "--db", str(db)) == 0


def test_what_was_reserved_and_never_made_is_given_back(tmp_path: Path, db: Path) -> None:
    """Two retries are reserved, and one submission is enough."""
    text = TEXT.replace("retries: {max: 0}", "retries: {max: 2}")
    path = tmp_path / "retried.yaml"
    path.write_text(text, encoding="utf-8")
    with vendors(text) as here:
        assert called(*complete(str(path), here, db)) == 0
    assert held() == (0, 1)


def test_an_undelivered_message_exits_with_1_and_no_answer_keeps_its_room(
    tmp_path: Path, db: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever gives no answer may have it: the reservation stays."""
    text = TEXT.replace("{accepted: 100%}", "{timeout.not_accepted: 100%}").replace(
        "wait: 5s, retries: {max: 0}}, {channel: viber, wait: 5s}",
        "wait: 300ms, submit_timeout: 200ms, retries: {max: 0}}",
    )
    path = tmp_path / "silent.yaml"
    path.write_text(text, encoding="utf-8")
    with vendors(text) as here:
        code = called(*complete(str(path), here, db))
    out = capsys.readouterr().out
    assert (code, here.counts["submitted"]) == (1, 1)
    assert "for-anna: exhausted by" in out
    assert held() == (1, 0)
    called("live", "pending", "r1", "--db", str(db))
    assert "left, or may have, without an answer: m1.0.1 sms" in capsys.readouterr().out


# The lock ----------------------------------------------------------------------------------------


def without(words: tuple[str, ...], *left_out: str) -> tuple[str, ...]:
    """A command without some options and what follows them."""
    rest = list(words)
    for option in left_out:
        at = rest.index(option)
        del rest[at : at + (1 if option == "--live" else 2)]
    return tuple(rest)


@pytest.mark.parametrize("verb", ["send", "live run"])
@pytest.mark.parametrize(
    ("left_out", "more", "condition"),
    [
        ((), (), ""),
        (("--live",), (), "--live"),
        ((), ("--no-store",), "store"),
        (("--allow",), (), "allow-list"),
        (("--confirm",), (), "confirmation"),
        (("--confirm",), ("--confirm", OTHER), "confirmation"),
        (("--base-url",), ("--base-url", "sms=http://stub.example.com"), "host"),
        (("--base-url",), ("--base-url", "sms=http://stub.example.com"), "https"),
        ((), ("--max-price", "0.01 EUR"), "price"),
        ((), ("--set", "recipients.people.anna={traits: []}"), "recipient"),
    ],
)
def test_without_a_condition_nothing_leaves(
    verb: str,
    left_out: tuple[str, ...],
    more: tuple[str, ...],
    condition: str,
    file: str,
    db: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No request comes, no run is begun, nothing is reserved; the first row shows that it can."""
    with vendors(TEXT) as here:
        words = without(complete(file, here, db, *more), *left_out)
        code = called(*verb.split(), *words[1:])
    err = capsys.readouterr().err
    assert code == (2 if condition else 0), err
    assert here.requests == 0 or not condition
    if condition:
        assert "refused by the live lock; nothing was sent" in err
        assert f"\n  {condition}: " in err
        assert not db.exists()
        assert held() == (0, 0)


@pytest.mark.parametrize("verb", ["send", "live run"])
def test_without_a_credential_nothing_leaves(
    verb: str,
    file: str,
    db: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """For the vendor's own host; no name is looked up."""
    monkeypatch.delenv("TWILIO_AUTH_TOKEN")
    with vendors(TEXT) as here:
        words = without(complete(file, here, db), "--base-url")
        assert called(*verb.split(), *words[1:]) == 2
    assert "\n  credentials: sms: twilio's 'auth_token' is not in" in capsys.readouterr().err
    assert not db.exists()


@pytest.mark.parametrize("verb", ["send", "live run"])
def test_without_a_price_nothing_leaves(
    verb: str, tmp_path: Path, db: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A built-in figure is no price."""
    text = TEXT.replace("    price: {amount: 0.04 EUR}\n", "")
    path = tmp_path / "unpriced.yaml"
    path.write_text(text, encoding="utf-8")
    with vendors(text) as here:
        assert called(*verb.split(), *complete(str(path), here, db)[1:]) == 2
        assert here.requests == 0
    assert "\n  price: sms at level 0: nobody says what it costs" in capsys.readouterr().err
    assert not db.exists()


@pytest.mark.parametrize("verb", ["send", "live run"])
def test_without_room_in_the_caps_nothing_leaves(
    verb: str, file: str, tmp_path: Path, db: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "live.toml"
    config.write_text("[caps]\nhour = {submissions = 0}\n", encoding="utf-8")
    config.chmod(0o600)
    with vendors(TEXT) as here:
        assert called(*verb.split(), *complete(file, here, db)[1:]) == 2
        assert here.requests == 0
    assert "\n  caps: per hour: 0 submissions" in capsys.readouterr().err
    assert not db.exists()


def test_people_who_are_made_up_are_refused_by_name(
    tmp_path: Path, db: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A load that makes them up is not sent, whatever the lists say."""
    text = TEXT.replace("at: 0s}]", "at: 0s}, {burst: 2}]")
    path = tmp_path / "crowd.yaml"
    path.write_text(text, encoding="utf-8")
    with vendors(text) as here:
        assert called("live", "run", *complete(str(path), here, db)[1:]) == 2
        assert here.requests == 0
    assert "\n  recipient: the person is made up" in capsys.readouterr().err


def test_of_two_messages_one_refused_lets_neither_leave(
    tmp_path: Path, db: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was reserved for the other is given back."""
    path = tmp_path / "two.yaml"
    path.write_text(TWO, encoding="utf-8")
    config = tmp_path / "live.toml"
    config.write_text("[caps]\nhour = {submissions = 1}\n", encoding="utf-8")
    config.chmod(0o600)
    both = ("--allow", OTHER, "--confirm", f"{NUMBER} {OTHER}")
    with vendors(TWO) as here:
        words = without(complete(str(path), here, db), "--confirm")
        assert called("live", "run", *words[1:], *both) == 2
        assert here.requests == 0
    assert "\n  caps: per hour: 1 submissions, 1 are taken" in capsys.readouterr().err
    assert held() == (0, 0)


def test_all_messages_of_a_load_are_sent(
    tmp_path: Path, db: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is asked about, and the numbers are typed once."""
    path = tmp_path / "two.yaml"
    path.write_text(TWO, encoding="utf-8")
    both = ("--allow", OTHER, "--confirm", f"{NUMBER}  {OTHER}")
    with vendors(TWO) as here:
        words = without(complete(str(path), here, db), "--confirm")
        assert called("live", "run", *words[1:], *both) == 0
        assert here.counts["submitted"] == 2
    out, err = capsys.readouterr()
    assert "message for-anna through otp\n" in err
    assert "message for-ben through otp\n" in err
    assert "for-anna: delivered by sms:delivered" in out
    assert "for-ben: delivered by sms:delivered" in out
    assert held() == (0, 2)


@pytest.mark.skipif(sys.platform == "win32", reason="other folders there")
def test_two_processes_that_race_for_one_submission(file: str, tmp_path: Path, db: Path) -> None:
    """One of them is let through; the other is refused before anything is sent."""
    config = tmp_path / "config" / "fallback-sandbox" / "live.toml"
    config.parent.mkdir(parents=True)
    config.write_text("[caps]\nhour = {submissions = 1}\n", encoding="utf-8")
    config.chmod(0o600)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    with vendors(TEXT) as here:
        command = [sys.executable, "-m", "sandbox", *complete(file, here, db)]
        racers = [
            subprocess.Popen(
                command, cwd=tmp_path, env=environment, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )
            for _ in range(2)
        ]  # fmt: skip
        said = [racer.communicate(timeout=30)[1] for racer in racers]
        assert here.counts["submitted"] == 1, said
    assert sorted(racer.returncode for racer in racers) == [0, 2], said
    assert sum("caps: per hour: 1 submissions, 1 are taken" in text for text in said) == 1


# The question ------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        """It looks like one."""
        return True


@pytest.mark.parametrize(
    ("typed", "code"), [(f"{NUMBER}\n", 0), (f" {NUMBER} \n", 0), ("yes\n", 2), ("", 2)]
)
def test_a_person_types_the_number(
    typed: str, code: int, file: str, db: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """At a terminal; another word, or none, is none."""
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    with vendors(TEXT) as here:
        words = without(complete(file, here, db), "--confirm")
        assert called(*words) == code
        assert here.counts["submitted"] == (0 if code else 1)
    err = capsys.readouterr().err
    assert sending.PROMPT in err
    if code:
        assert "\n  confirmation: another number was typed" in err


# Nobody to hear ----------------------------------------------------------------------------------


def test_who_can_be_neither_asked_nor_heard_is_refused_before_anything_is_sent(
    tmp_path: Path, db: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unless somebody wants to send all the same; then the wait decides."""
    text = TEXT.replace("adapter: twilio", "adapter: vonage").replace(
        "wait: 5s, ret", "wait: 300ms, ret"
    )
    path = tmp_path / "deaf.yaml"
    path.write_text(text, encoding="utf-8")
    with vendors(text) as here:
        words = complete(str(path), here, db)
        assert called(*words) == 2
        assert here.requests == 0
        err = capsys.readouterr().err
        assert "no receipt could come in from\n  sms: vonage cannot be asked, and there is" in err
        assert not db.exists()
        assert called(*words, "--deaf", "--set", "providers.viber.delivery.time={fixed: 10ms}") == 0
        assert here.counts["submitted"] == 1
    out, err = capsys.readouterr()
    assert "no receipt comes in from sms: vonage cannot be asked" in err
    assert "for-anna: delivered by sms:no_receipt, viber:delivered" in out


def test_what_could_not_begin_gives_back_what_was_reserved(
    file: str, db: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The receiver's port is somebody else's: nothing was sent, and nothing is counted."""
    with vendors(TEXT) as here, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = str(taken.getsockname()[1])
        words = ("--public-url", f"http://127.0.0.1:{port}", "--port", port)
        assert called(*complete(file, here, db, *words)) == 2
        assert here.requests == 0
    assert f"port {port} of 127.0.0.1 is in use" in capsys.readouterr().err
    assert held() == (0, 0)


def test_a_vendor_that_must_be_told_once_is_told_by_hand(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The address is a secret, so no other is shown."""
    hooks = {
        "wa": "https://hooks.example.com/secret-1",
        "sms": "https://hooks.example.com/secret-2",
    }
    sending._ready(Ready("r1", hooks), WaysIn(registered=("wa",)))
    err = capsys.readouterr().err
    assert "register with the vendor of wa, and tell nobody else: " + hooks["wa"] in err
    assert "secret-2" not in err
