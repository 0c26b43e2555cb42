"""The user's own settings for real sending."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.app import live_config
from sandbox.app.base_urls import BaseUrl
from sandbox.app.live_config import (
    BYTES_MAX,
    LiveConfig,
    allowed_number,
    config_path,
    parse_live_config,
    read_live_config,
)
from sandbox.app.live_secrets import SecretName
from sandbox.errors import UsageError
from sandbox.store.caps import DEFAULT_CAPS, Cap
from tests.support.locked import NUMBER, TOKEN, forbid_sockets

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs file modes")

WHOLE: Final = f"""\
allow = ["{NUMBER}"]
hosts = ["stub.example.com"]

[caps]
run = {{submissions = 3, money = "0.50 USD"}}
hour = {{submissions = 4, money = "1 USD"}}

[caps.day]
money = "2 USD"

[base_urls]
infobip = "https://x1y2z3.api.infobip.com"

[secrets.twilio]
auth_token = "keyring:sandbox/twilio"
account_sid = "env:MY_SID"
"""


@pytest.fixture(autouse=True)
def own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    forbid_sockets(monkeypatch)
    path = tmp_path / "live.toml"
    monkeypatch.setattr(live_config, "config_path", lambda: path)
    return path


def parsed(text: str) -> LiveConfig:
    return parse_live_config(text.encode(), "live.toml")


def complaint(text: str | bytes) -> str:
    content = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(UsageError) as caught:
        parse_live_config(content, "live.toml")
    assert caught.value.__cause__ is None
    return str(caught.value)


def test_all_of_it_is_read() -> None:
    config = parsed(WHOLE)
    assert config.allow == (NUMBER,)
    assert config.hosts == ("stub.example.com",)
    assert config.caps.currency == "USD"
    assert config.caps.run == Cap(3, 500_000_000)
    assert config.caps.hour == Cap(4, 1_000_000_000)
    assert config.caps.day == Cap(DEFAULT_CAPS.day.submissions, 2_000_000_000)
    assert config.base_urls == (("infobip", BaseUrl("https", "x1y2z3.api.infobip.com")),)
    assert config.secrets == (
        ("twilio.account_sid", SecretName("env", "MY_SID")),
        ("twilio.auth_token", SecretName("keyring", "sandbox", "twilio")),
    )


def test_nothing_is_the_defaults() -> None:
    assert parsed("") == LiveConfig()
    assert parsed("[caps]\nday = {submissions = 1}").caps == replace(
        DEFAULT_CAPS, day=Cap(1, DEFAULT_CAPS.day.nano)
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("allow = 1", "live.toml:1: 'allow' is a list"),
        ("\nallow = ['+44']", "live.toml:2: 'allow' cannot be used: '+44' is no whole"),
        ("allow = ['+44*']", "is no whole phone number"),
        ("allow = [447700900123]", "is no whole phone number"),
        ("hosts = ['*.example.com']", "live.toml:1: 'hosts' cannot be used"),
        ("alow = []", "live.toml:1: 'alow' is not known, there are allow, hosts, caps"),
        ("caps = 3", "'caps' is a table"),
        ("[caps]\n\nweek = {}", "live.toml:3: 'caps.week' is not known, there are run, hour, day"),
        ("[caps]\nday = 5", "live.toml:2: 'caps.day' is a table"),
        ("[caps.day]\nsubmission = 5", "live.toml:2: 'caps.day.submission' is not known"),
        ("[caps]\nday = {submissions = -1}", "live.toml:2: 'caps.day.submissions' is a whole"),
        ("[caps]\nday = {submissions = true}", "'caps.day.submissions' is a whole number"),
        ("[caps]\nday = {submissions = 1.5}", "'caps.day.submissions' is a whole number"),
        ("[caps]\nday = {submissions = 1000001}", "from 0 to 1000000"),
        ("[caps]\nday = {money = 5}", "'caps.day.money' is an amount with its currency"),
        ("[caps]\nday = {money = '5'}", "'caps.day.money' is an amount with its currency"),
        ("[caps]\nday = {money = '-5 EUR'}", "'caps.day.money' is an amount with its currency"),
        ("[caps]\nday = {money = '5 USD'}", "state money for run, hour and day"),
        ("[caps]\nday.money = '5 USD'\nrun.money = '5 EUR'", "not in EUR and USD"),
        ("[base_urls]\ntwillio = 'https://a.example'", "'base_urls.twillio' is not known"),
        ("[base_urls]\ntwilio = 'a.example'", "live.toml:2: 'base_urls.twilio' cannot be used"),
        ("[secrets.twilio]\ntoken = 'env:A'", "live.toml:2: 'secrets.twilio.token' is not known"),
        ("[secrets.nobody]\na = 'env:A'", "'secrets.nobody' is not known"),
        ("a = 1\nb = @\n", "live.toml: Invalid value (at line 2, column 5)"),
        ("a = 1\na = 2\n", "live.toml: Cannot overwrite a value"),
        (b"a = '\xff'", "live.toml is not UTF-8, from byte 5 on"),
        ("a = " + "[" * 20_000, "nested too deep"),
        ("a = " + "9" * 5000, "live.toml: "),
        ("#" * (BYTES_MAX + 1), f"larger than {BYTES_MAX} bytes"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_key_and_line(text: str | bytes, says: str) -> None:
    assert says in complaint(text)


def test_all_that_is_wrong_is_told_at_once() -> None:
    text = complaint("alow = []\nhosts = ['*']\n[caps]\nweek = {}")
    places = [line.split(": ")[0] for line in text.splitlines()]
    assert places == ["live.toml:1", "live.toml:2", "live.toml:4"]


@pytest.mark.parametrize(
    "text",
    [
        f"[secrets.twilio]\nauth_token = '{TOKEN}'",
        f"[secrets.twilio]\nauth_token = 'env:{TOKEN}'",
        f"[secrets.twilio]\nauth_token = ['{TOKEN}']",
        f"[secrets.twilio]\nauth-token = '{TOKEN}'",
        f"auth_token = '{TOKEN}'",
        f"auth_token = '{TOKEN}",
        f"[base_urls]\ntwilio = 'https://me:{TOKEN}@api.twilio.com'",
    ],
)
def test_a_secret_that_was_written_into_the_file_is_not_repeated(text: str) -> None:
    """The file holds names of places; whoever writes the secret itself is told, without it."""
    assert TOKEN not in complaint(text)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_stands_in_the_file_it_is_read_or_refused(content: bytes) -> None:
    try:
        told = parse_live_config(content, "live.toml").caps.currency
    except UsageError as error:
        told = str(error)
    assert told == "EUR" or told.startswith("live.toml")


# The file itself ---------------------------------------------------------------------------------


def test_the_file_is_one_of_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert live_config.config_path().parts[-2:] == ("fallback-sandbox", "live.toml")
    assert config_path().is_absolute()


def test_without_a_file_the_defaults_hold() -> None:
    assert read_live_config() == LiveConfig()


@posix_only
def test_a_file_of_the_user_alone_is_read_without_a_warning(own_file: Path) -> None:
    own_file.write_text(WHOLE, encoding="utf-8")
    own_file.chmod(0o600)
    config = read_live_config()
    assert config.warnings == ()
    assert config.allow == (NUMBER,)


@posix_only
@pytest.mark.parametrize(("mode", "does"), [(0o644, "read"), (0o660, "change")])
def test_a_file_others_can_use_is_warned_of(own_file: Path, mode: int, does: str) -> None:
    own_file.write_text(WHOLE, encoding="utf-8")
    own_file.chmod(mode)
    (warning,) = read_live_config().warnings
    assert f"others on this machine can {does} {own_file}" in warning


@posix_only
def test_a_file_anybody_can_change_is_refused(own_file: Path) -> None:
    """Whoever may write to it sets the caps."""
    own_file.write_text(WHOLE, encoding="utf-8")
    own_file.chmod(0o666)
    with pytest.raises(UsageError, match="anybody on this machine can change"):
        read_live_config()


def test_a_file_that_cannot_be_read_is_no_file_that_is_not_there(own_file: Path) -> None:
    own_file.mkdir()
    with pytest.raises(UsageError, match="cannot read"):
        read_live_config()


def test_a_file_without_an_end_is_not_read_to_it(own_file: Path) -> None:
    own_file.write_bytes(b"#" * (BYTES_MAX * 4))
    own_file.chmod(0o600)
    with pytest.raises(UsageError, match="larger than"):
        read_live_config()


@pytest.mark.parametrize("text", ["", "+44", "07700900123", "+44770090012*", "+447700900123 "])
def test_only_a_whole_number_may_be_allowed(text: str) -> None:
    with pytest.raises(UsageError, match="no whole phone number"):
        allowed_number(text)
    assert allowed_number(NUMBER) == NUMBER
