"""`sandbox live`: its words, what is refused, and a rehearsal from end to end."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from sandbox.cli.main import main
from sandbox.store.rows import State
from tests.support.scenario_texts import loaded
from tests.support.sent import TEXT, own_place, refuse_calls

ROOT: Final = Path(__file__).parents[2]

REHEARSED: Final = """\
schema: 1
name: rehearsed
cascades: {otp: {levels: [{channel: sms, wait: 30s}, {channel: whatsapp, wait: 30s}]}}
providers: {sms: {delivery: {time: {fixed: 2s}, outcomes: {delivered: 100%}},
                  submit: {outcomes: {accepted: 100%}}}}
recipients: {population: 20, traits: {}}
load: [{burst: 4}, {message: named, at: 1s}]
expect:
  all: [delivery_rate >= 99%, truth.delivery_rate >= 99%]
"""


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of runs; everything else is this test's own, too."""
    return own_place(tmp_path, monkeypatch)


@pytest.fixture
def rehearsed(tmp_path: Path) -> str:
    path = tmp_path / "rehearsed.yaml"
    path.write_text(REHEARSED, encoding="utf-8")
    return str(path)


def called(*words: str) -> int:
    """The exit code of `sandbox live`."""
    try:
        return main(["live", *words])
    except SystemExit as exit_:
        return int(exit_.code or 0)


@pytest.mark.usefixtures("loopback")
def test_a_rehearsal_prints_what_is_known_and_how_the_simulation_fares(
    rehearsed: str, db: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Truth is left out, and that is said; the run can be replayed."""
    words = ("rehearse", rehearsed, "--adapter", "dexatel", "--speed", "40", "--db", str(db))
    assert called(*words) == 0
    out, err = capsys.readouterr()
    assert err.startswith(
        "rehearsal at 40 times the clock: nothing is really sent; on this machine are"
        " sms (dexatel), whatsapp (dexatel)\n"
    )
    assert "kept as r1: `sandbox show r1`" in err
    assert "  5 messages: 5 delivered\n" in out
    assert "known" not in out.splitlines()[4]
    assert "paid twice and did not know it" not in out
    assert "    named  delivered in" in out
    assert "ok     delivery_rate >= 99%" in out
    assert "PASSED: 1 of 1 expectations hold" in out
    assert "truth is not known of providers outside" in out
    assert "  not judged: truth.delivery_rate >= 99%\n" in out
    assert "over HTTP: " in out
    assert "beside the simulation: " in out
    assert "of 5 messages took the same path to the same outcome" in out
    assert main(["replay", "r1", "--db", str(db)]) == 0
    capsys.readouterr()
    assert main(["show", "r1", "--db", str(db)]) == 0
    out = capsys.readouterr().out
    assert "paid twice and did not know it" not in out
    assert "    named  delivered in" in out
    assert "PASSED: 1 of 1 expectations hold" in out
    assert "  not judged: truth.delivery_rate >= 99%\n" in out


@pytest.mark.usefixtures("loopback")
def test_a_rehearsal_into_a_pipe_keeps_nothing(
    rehearsed: str, db: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And an expectation that does not hold is told by the exit code."""
    words = ("rehearse", rehearsed, "--adapter", "dexatel", "--speed", "40", "--poll")
    assert called(*words, "--set", "expect.all=[delivery_rate < 1%]") == 1
    out, err = capsys.readouterr()
    assert "FAILED delivery_rate < 1%" in out
    assert "kept as" not in err
    assert not db.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no signals of a loop there")
def test_a_rehearsal_can_be_stopped(rehearsed: str, tmp_path: Path) -> None:
    """What is known by then is told, and compared with nothing."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "sandbox", "live", "rehearse", rehearsed, "--adapter",
               "dexatel", "--speed", "0.1", "--db", str(tmp_path / "runs.sqlite")]  # fmt: skip
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    ) as child:  # fmt: skip
        assert child.stderr is not None
        assert any("rehearsal r1 begins" in line for line in child.stderr)
        child.send_signal(signal.SIGINT)
        out, _ = child.communicate(timeout=20)
    assert child.returncode == 130
    assert "stopped by hand: not compared with the simulation" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "the following arguments are required: WORD"),
        (["fly"], "invalid choice: 'fly'"),
        (["run"], "the following arguments are required: FILE"),
        (["rehearse", "FILE", "--speed", "0"], "a speed is above 0 and at most 200"),
        (["rehearse", "FILE", "--speed", "fast"], "a speed is written like 20 or 20x"),
        (["rehearse", "FILE", "--live"], "unrecognized arguments: --live"),
        (["rehearse", "FILE", "--adapter", "pigeon"], "there is no adapter 'pigeon'"),
        (["rehearse", "FILE"], "no provider of 'rehearsed' has an adapter"),
        (["rehearse", "FILE", "--set", "load=[]"], "error["),
        (["rehearse", "no-such-file"], "no-such-file"),
        (["run", "FILE", "--port", "65536"], "a port is a number from 0 to 65535"),
        (["run", "FILE", "--linger", "soon"], "a duration is written like 2m or 30s"),
        (["run", "FILE", "--live"], "nothing of 'otp' would go to a real provider"),
        (["pending", "x7"], "no run 'x7'"),
        (["resume", "x7", "--live"], "no run 'x7'"),
    ],
)
def test_a_wrong_call_says_why(
    words: list[str], said: str, rehearsed: str, db: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Without a socket, and without a run."""
    refuse_calls(monkeypatch)
    more = [] if words[:1] not in (["pending"], ["resume"]) else ["--db", str(db)]
    assert called(*[rehearsed if word == "FILE" else word for word in words], *more) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert "Traceback" not in err


def test_without_live_the_lock_says_all_that_is_missing(
    tmp_path: Path, db: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that was not meant to be live opens no socket."""
    refuse_calls(monkeypatch)
    path = tmp_path / "real.yaml"
    path.write_text(TEXT, encoding="utf-8")
    assert called("run", str(path)) == 2
    err = capsys.readouterr().err
    for condition in ("--live", "allow-list", "confirmation"):
        assert f"\n  {condition}: " in err
    assert not db.exists()


def test_the_help_speaks_of_every_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("--help") == 0
    out = capsys.readouterr().out
    for word in ("run", "pending", "resume", "rehearse"):
        assert f"\n    {word} " in out


def test_a_run_that_stands_still_listens_and_says_what_came(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where webhooks go is a secret, and what a vendor says is hostile."""
    told: list[object] = []

    def listening(*given: object, on_ready: Any, on_kept: Any) -> int:
        told.extend(given[:2])
        on_ready({"sms-main": "http://127.0.0.1:9/secret-path"})
        on_kept("sms-main", ("delivered", "odd\x1b[2J"))
        on_kept("sms-main", ())
        return 2

    standing = SimpleNamespace(
        run=SimpleNamespace(name="r7", state=State.INTERRUPTED, process=1),
        scenario=loaded(REAL),
        caps_name="caps",
        is_rehearsal=False,
        is_of_the_app=False,
        is_over=False,
        goes_on=False,
    )
    monkeypatch.setattr("sandbox.app.live_resuming.standing", lambda *_: standing)
    monkeypatch.setattr("sandbox.cli.standing_view.standing_lines", lambda _: ["standing"])
    monkeypatch.setattr("sandbox.cli.standing_view.going_on_lines", lambda _: [])
    monkeypatch.setattr("sandbox.app.live_listening.listen_to", listening)
    assert main(["live", "resume", "r7", "--public-url", "https://example.com"]) == 0
    out, err = capsys.readouterr()
    assert told == [None, "r7"]
    assert "kept a webhook of sms-main: delivered, odd" in out
    assert "kept a webhook of sms-main: unreadable" in out
    assert "2 kept" in out
    assert "\x1b" not in out
    assert "listening for sms-main; nothing is sent" in err
    assert "secret-path" not in out + err


REAL: Final = """\
schema: 1
cascades: {otp: [sms]}
providers: {sms: {adapter: twilio, sender: ACME}}
load: [{message: first, to: anna}]
recipients: {people: {anna: {phone: "+447700900123"}}}
"""
