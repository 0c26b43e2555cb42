"""`sandbox send`: a dry run shows everything, and nothing is ever sent."""

import json
from pathlib import Path
from typing import Final

import pytest

from sandbox.app import live_config
from sandbox.cli.main import main
from tests.support.locked import forbid_sockets, keep_caps_in

SECRET: Final = "s3cret-9f8e7d6c"  # noqa: S105 - nobody's; tests look for it
NUMBER: Final = "+447700900123"

TEXT: Final = """\
schema: 1
name: real
cascades:
  otp:
    content: {text: "Code {code}", code: {digits: 6}}
    levels: [{channel: sms, retries: {max: 0}}, {channel: sms, via: free, retries: {max: 0}}, viber]
providers:
  sms: {adapter: dexatel, sender: Shop, price: {amount: 0.04 EUR, per: segment}}
  free: {channel: sms, adapter: twilio, sender: "+447700900111"}
recipients: {people: {anna: {phone: "+447700900123"}}}
load: [{message: for-anna, to: anna, at: 1s}, {message: for-anybody, at: 2s}]
"""


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No sockets; settings and caps of this test's own; no credentials but those a test sets."""
    forbid_sockets(monkeypatch)
    monkeypatch.setattr(live_config, "config_path", lambda: tmp_path / "live.toml")
    for name in ("DEXATEL_API_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return keep_caps_in(tmp_path, monkeypatch)


@pytest.fixture
def real(tmp_path: Path) -> str:
    path = tmp_path / "real.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return str(path)


def called(*words: str) -> int:
    """The exit code of `sandbox send`."""
    try:
        return main(["send", *words])
    except SystemExit as exit_:
        return int(exit_.code or 0)


def shown(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    """What a dry run prints."""
    assert called(*words, "--dry-run") == code
    out, err = capsys.readouterr()
    assert err == ""
    return out


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What is said on standard error of a call that does nothing."""
    assert called(*words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    return err


def conditions(text: str) -> list[str]:
    """The conditions that are named as missing, each once."""
    lines = [line for line in text.splitlines() if line.startswith("  ") and ": " in line]
    known = ("--live", "store", "recipient", "allow-list", "host", "https", "credentials", "price",
             "caps", "confirmation", "verb")  # fmt: skip
    found = [line.strip().partition(":")[0] for line in lines]
    return list(dict.fromkeys(each for each in found if each in known))


# The dry run -------------------------------------------------------------------------------------


def test_a_dry_run_prints_every_request(
    real: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each step, with the price, and what the lock would say."""
    monkeypatch.setenv("DEXATEL_API_KEY", SECRET)
    out = shown(capsys, real, "--message", "for-anna")
    assert out.startswith(
        "dry run of real: message for-anna through otp to +447700900123\n"
        "nothing is sent, and no connection is opened\n"
        "\n"
        "level 0, sms through sms: dexatel, once, 0.040 EUR at most each\n"
        "  says: Code ******\n"
        "    POST https://api.dexatel.com/v1/messages\n"
        "    Content-Type: application/json\n"
        "    Accept: application/json\n"
        "    X-Dexatel-Key: ***\n"
        "\n"
        '    {"data":{"from":"Shop"'
    )
    assert "level 1, sms through free: twilio, once, a price nobody knows each" in out
    assert "with made-up credentials" in out
    assert "  not verified: The currency of a receipt's price is not published." in out
    assert "level 2, viber through viber: simulated, nothing would leave" in out
    assert "At most 2 real submissions, at a price nobody knows together." in out
    assert "the live lock is shut; it asks for" in out
    assert conditions(out[out.index("the live lock") :]) == [
        "--live",
        "allow-list",
        "credentials",
        "price",
        "confirmation",
    ]
    assert SECRET not in out


def test_what_is_given_is_no_longer_asked_for(
    real: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `--live` beside it only the confirmation is missing: a person is there to give it."""
    monkeypatch.setenv("DEXATEL_API_KEY", SECRET)
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "1" * 32)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", SECRET)
    out = shown(
        capsys, real, "--to", NUMBER, "--allow", NUMBER, "--max-price", "0.10 EUR", "--live"
    )
    assert conditions(out[out.index("the live lock") :]) == ["confirmation"]
    assert "At most 2 real submissions, for at most 0.14 EUR together." in out
    assert SECRET not in out


def test_another_address_gets_made_up_credentials(
    real: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEXATEL_API_KEY", SECRET)
    words = (real, "--to", NUMBER, "--base-url")
    out = shown(capsys, *words, "sms=http://127.0.0.1:8080/x")
    assert "POST http://127.0.0.1:8080/x/v1/messages" in out
    out = shown(capsys, *words, "sms=http://stub.example.com")
    assert {"host", "https"} <= set(conditions(out))
    out = shown(capsys, *words, "sms=https://stub.example.com", "--host", "stub.example.com")
    assert "host" not in conditions(out)


def test_the_users_file_counts(
    real: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "live.toml").write_text(f'allow = ["{NUMBER}"]\n', encoding="utf-8")
    (tmp_path / "live.toml").chmod(0o600)
    assert "allow-list" not in conditions(shown(capsys, real, "--message", "for-anna"))
    (tmp_path / "live.toml").write_text("alow = []\n", encoding="utf-8")
    assert "'alow' is not known" in refused(capsys, real, "--message", "for-anna", "--dry-run")


def test_a_value_may_be_set(real: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = shown(capsys, real, "--to", NUMBER, "--set", "providers.sms.sender=Firm", "--seed", "3")
    assert '"from":"Firm"' in out


def test_what_could_not_be_printed_exits_with_2(
    real: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """All the rest is printed all the same."""
    words = (real, "--to", NUMBER, "--set", "cascades.otp.levels.0.validity=5m")
    out = shown(capsys, *words, code=2)
    assert "  cannot be sent: dexatel cannot be told a validity, 300 s was asked" in out
    assert "POST https://api.twilio.com/" in out
    out = shown(capsys, real, "--message", "for-anybody", code=2)
    assert "to somebody made up" in out
    assert out.count("cannot be sent: nobody's number is written down") == 2
    assert "recipient" in conditions(out)


def test_a_hostile_file_moves_no_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names, texts, senders and templates are somebody's."""
    path = tmp_path / "hostile.yaml"
    evil = "\\u001b[2J\\u202e"
    path.write_text(
        TEXT.replace("name: real", f'name: "real{evil}"').replace("Code {code}", f"Code {evil}"),
        encoding="utf-8",
    )
    called(str(path), "--message", "for-anna", "--dry-run")
    out, err = capsys.readouterr()
    for line in (out + err).splitlines():
        assert line.isprintable(), line


def test_the_shipped_scenario_is_shown_with_its_template(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("META_ACCESS_TOKEN", "META_PHONE_NUMBER_ID", "META_PHONE_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    out = shown(capsys, "real-providers")
    assert "says: template login_code (en_US) with ******" in out
    body = next(line for line in out.splitlines() if "messaging_product" in line)
    assert json.loads(body)["template"]["components"] == [
        {"type": "body", "parameters": [{"type": "text", "text": "******"}]}
    ]


def test_nothing_is_counted_or_kept(
    real: str, own_files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown(capsys, real, "--to", NUMBER)
    refused(capsys, real, "--to", NUMBER)
    assert not own_files.exists()


# Without it --------------------------------------------------------------------------------------


def test_without_a_dry_run_the_lock_refuses_with_all_that_is_missing(
    real: str, capsys: pytest.CaptureFixture[str]
) -> None:
    err = refused(capsys, real, "--to", NUMBER)
    assert err.startswith("sandbox: error: refused by the live lock; nothing was sent\n")
    assert conditions(err) == ["--live", "allow-list", "credentials", "price", "confirmation"]


def test_to_send_asks_the_lock_for_all_that_is_missing(
    real: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nobody sits at a terminal, nobody can confirm; no socket is opened to find out."""
    err = refused(capsys, real, "--to", NUMBER, "--live")
    assert err.startswith("sandbox: error: refused by the live lock; nothing was sent\n")
    assert conditions(err) == ["allow-list", "credentials", "price", "confirmation"]


def test_without_a_store_nothing_is_live(real: str, capsys: pytest.CaptureFixture[str]) -> None:
    err = refused(capsys, real, "--to", NUMBER, "--live", "--no-store")
    assert "refused by the live lock" in err
    assert conditions(err)[0] == "store"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--to", "0770"], "'0770' is no whole phone number"),
        (["--to", "+44*"], "there are no patterns"),
        (["--allow", "all"], "'all' is no whole phone number"),
        (["--to", NUMBER, "--message", "for-anna"], "not allowed with"),
        (["--base-url", "sms"], "write PROVIDER=URL"),
        (["--base-url", "sms=ftp://x"], "is no base URL"),
        (["--base-url", "sms=https://me:pw@x"], "it is no base URL"),
        (["--host", "*.example.com"], "is no host"),
        (["--max-price", "0.1"], "write for example 0.10EUR"),
        (["--seed", "x"], "a seed is a whole number"),
        (["--set", "x"], "write PATH=VALUE"),
        (["--name", "otp"], "--name goes with --to"),
        (["--message", "nobody"], "the load has no message 'nobody'"),
        ([], "which message is meant"),
        (["--to", NUMBER, "--name", "opt"], "there is no cascade 'opt'"),
        (["--to", NUMBER, "--base-url", "viber=https://x.example"], "not for 'viber'"),
        (["--to", NUMBER, "--set", "providers.sms.adapter=meta"], "did you mean 'whatsapp-cloud'"),
    ],
)
def test_a_wrong_call_says_why(
    words: list[str], said: str, real: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said in refused(capsys, real, *words, "--dry-run")


def test_an_url_with_a_password_is_not_repeated(
    real: str, capsys: pytest.CaptureFixture[str]
) -> None:
    err = refused(capsys, real, "--base-url", f"sms=https://me:{SECRET}@x.example", "--dry-run")
    assert SECRET not in err


def test_a_scenario_of_which_nothing_is_real_is_refused(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    err = refused(capsys, str(file), "--to", NUMBER, "--dry-run")
    assert "nothing of 'otp' would go to a real provider" in err
