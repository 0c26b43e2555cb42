"""The live lock: without every condition nothing passes, and what is missing is named."""

import copy
import os
import pickle
import subprocess
import sys
from collections.abc import Collection
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.adapters.codec import MASK, Credentials
from sandbox.app.base_urls import base_url
from sandbox.app.guard import (
    LIVE_VERBS,
    Ask,
    Command,
    Condition,
    Confirmation,
    Generated,
    OnCommandLine,
    Pass,
    Refusal,
    Written,
    admit,
    missing_of,
    question_of,
    refused_verb,
    wire_of,
)
from sandbox.app.live_config import LiveConfig
from sandbox.app.live_secrets import Found, SecretStores
from sandbox.cascade.plan import Level
from sandbox.errors import ExitCode, MisuseError, UsageError
from sandbox.scenario.quantities import Money
from sandbox.simulation.highest_price import Tariff
from sandbox.simulation.spec import NamedPerson
from sandbox.store.caps import DEFAULT_CAPS, CapLedger, Reservation
from tests.support.locked import (
    COMPLETE,
    CONFIG,
    NO_ROOM,
    NOW_US,
    NUMBER,
    PLAN,
    SMS,
    TOKEN,
    WHATSAPP,
    WIRE,
    ask_without,
    confirmed,
    euro,
    forbid_sockets,
    keep_caps_in,
    ledger_without,
)

ROOT: Final = Path(__file__).parents[2]
OTHER: Final = "+447700900124"


@pytest.fixture(autouse=True)
def own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Caps of this test's own; and no sockets, so whatever passes or not, nothing opens one."""
    forbid_sockets(monkeypatch)
    return keep_caps_in(tmp_path, monkeypatch)


def judged(ask: Ask, config: LiveConfig = CONFIG, ledger: CapLedger | None = None) -> Any:
    return admit(ask, config, ledger or ledger_without(()))


def passed(ask: Ask, config: LiveConfig = CONFIG) -> Pass:
    result = judged(ask, config)
    assert isinstance(result, Pass), result
    return result


def reserved(result: Pass) -> Reservation:
    assert result.reservation is not None
    return result.reservation


def refused(ask: Ask, config: LiveConfig = CONFIG, ledger: CapLedger | None = None) -> Refusal:
    result = judged(ask, config, ledger)
    assert isinstance(result, Refusal)
    return result


# Each condition ----------------------------------------------------------------------------------


def test_with_every_condition_there_is_a_pass_and_room_is_taken(own_file: Path) -> None:
    """Two submissions at most: the level's first, and one retry, 0.045 EUR each."""
    result = passed(ask_without(()))
    assert (reserved(result).count, reserved(result).money) == (2, euro(90_000_000))
    assert reserved(result).run == "run-1"
    assert own_file.exists()


@pytest.mark.parametrize("condition", list(Condition))
def test_each_condition_alone_keeps_the_lock_shut(condition: Condition, own_file: Path) -> None:
    """It is named, with what was seen and what to do, and nothing is reserved."""
    looks = ledger_without(())
    refusal = refused(ask_without({condition}), ledger=ledger_without({condition}))
    assert refusal.names == (condition,)
    assert all(each.why and each.todo.endswith(".") for each in refusal.missing)
    is_begun = own_file.exists()
    assert is_begun == (condition is Condition.CAPS)  # to look is to begin it, when all else is met
    assert looks.look("run-1", DEFAULT_CAPS.run.submissions, euro(10**9)) is None
    error = refusal.error()
    assert error.exit_code is ExitCode.WRONG_INPUT
    assert f"  {condition}: " in str(error)


def _assert_named(missing: Collection[Condition]) -> None:
    refusal = refused(ask_without(missing), ledger=ledger_without(missing))
    assert refusal.names == tuple(each for each in Condition if each in missing)


@pytest.mark.parametrize("pair", list(combinations(Condition, 2)))
def test_any_two_are_both_named(pair: tuple[Condition, Condition]) -> None:
    _assert_named(pair)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sets(st.sampled_from(list(Condition)), min_size=1))
def test_any_set_of_missing_conditions_is_named_exactly(missing: set[Condition]) -> None:
    """No condition hides another, and none is made up."""
    _assert_named(missing)


# The command -------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["web", "demo", "replay", "run", "matrix", "compare", "check"])
def test_verbs_that_are_never_live_refuse(verb: str) -> None:
    ask = replace(ask_without(()), command=Command(verb=verb, is_live=True))
    assert refused(ask).names == (Condition.VERB,)


def test_only_what_is_listed_may_be_live() -> None:
    """So a verb that is added later is not, until somebody decides it."""
    assert LIVE_VERBS == ("", "open", "send", "live")
    for verb in LIVE_VERBS:
        passed(replace(ask_without(()), command=Command(verb=verb, is_live=True)))


def test_what_runs_again_by_itself_is_never_live() -> None:
    ask = ask_without(())
    ask = replace(ask, command=replace(ask.command, is_watching=True))
    refusal = refused(ask)
    assert refusal.names == (Condition.VERB,)
    assert "--watch" in refusal.missing[0].why


# Who gets it -------------------------------------------------------------------------------------


def test_a_number_on_the_command_line_may_be_written_to() -> None:
    passed(confirmed(replace(COMPLETE, recipient=OnCommandLine(NUMBER))))


def test_a_made_up_person_is_refused_whatever_the_lists_say() -> None:
    """The number is on both lists, and belongs to somebody."""
    ask = confirmed(replace(COMPLETE, recipient=Generated(NUMBER)))
    assert refused(ask, LiveConfig(allow=(NUMBER,))).names == (Condition.RECIPIENT,)


def test_a_named_person_whose_number_is_made_up_is_refused() -> None:
    anna = Written(NamedPerson(name="anna"))
    refusal = refused(confirmed(replace(COMPLETE, recipient=anna)))
    assert refusal.names == (Condition.RECIPIENT,)
    assert "written down" in refusal.missing[0].why


@pytest.mark.parametrize("number", ["07700900123", "+44", "+447700900123 ", "+4477009001234567"])
def test_what_is_no_whole_number_is_no_recipient(number: str) -> None:
    ask = replace(COMPLETE, recipient=OnCommandLine(number), allow=(number,))
    assert Condition.RECIPIENT in refused(confirmed(ask)).names


@pytest.mark.parametrize(
    "listed", ["+44770090012", "+4477009001234", "+44*", "*", "", "447700900123"]
)
def test_the_allow_list_knows_whole_numbers_and_nothing_else(listed: str) -> None:
    ask = replace(ask_without(()), allow=(listed,))
    assert refused(ask).names == (Condition.ALLOW_LIST,)


def test_the_allow_list_may_stand_in_the_users_file() -> None:
    ask = replace(ask_without(()), allow=())
    assert refused(ask).names == (Condition.ALLOW_LIST,)
    passed(ask, LiveConfig(allow=(NUMBER,)))


def two_channels(person: NamedPerson) -> Ask:
    """Both channels of the plan through Twilio."""
    plan = replace(
        PLAN,
        levels=(
            Level(channel=SMS, providers=("sms-main",)),
            Level(channel=WHATSAPP, providers=("wa",)),
        ),
    )
    wires = (WIRE, replace(WIRE, provider="wa", tariff=Tariff(60_000_000)))
    return replace(COMPLETE, plan=plan, wires=wires, recipient=Written(person))


def test_each_number_of_a_person_must_be_on_the_list() -> None:
    person = NamedPerson(name="anna", phone=NUMBER, addresses=((WHATSAPP, OTHER),))
    ask = confirmed(two_channels(person))
    refusal = refused(ask)
    assert refusal.names == (Condition.ALLOW_LIST,)
    assert OTHER in refusal.missing[0].why
    result = passed(replace(ask, allow=(NUMBER, OTHER)))
    assert result.question.numbers == f"{NUMBER} {OTHER}"
    assert reserved(result).money == euro(2 * 45_000_000 + 2 * 60_000_000)


def test_a_channel_on_which_the_person_has_no_address_is_not_asked_about() -> None:
    """The engine skips its level (S26), so nothing can go out there."""
    person = NamedPerson(name="anna", phone=NUMBER, addresses=((WHATSAPP, ""),))
    result = passed(confirmed(two_channels(person)))
    assert [line.step.channel for line in result.question.lines] == [SMS]


def test_a_message_of_which_nothing_is_real_does_not_ask_the_lock() -> None:
    with pytest.raises(UsageError, match="nothing of 'otp' would go to a real provider"):
        admit(replace(COMPLETE, wires=()), CONFIG, ledger_without(()))


# Where it goes -----------------------------------------------------------------------------------


def at(url: str, **changes: Any) -> Ask:
    return confirmed(replace(COMPLETE, wires=(replace(WIRE, base_url=base_url(url)),), **changes))


def test_the_vendors_host_and_no_other_sees_the_credentials() -> None:
    way = passed(at("https://api.twilio.com")).way("sms-main", SMS, NUMBER)
    assert way.credentials.text("auth_token") == TOKEN


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "https://localhost", "http://[::1]:1"])
def test_this_machine_is_given_dummies(url: str) -> None:
    way = passed(at(url)).way("sms-main", SMS, NUMBER)
    assert TOKEN not in [secret.reveal() for _, secret in way.credentials.secrets]
    assert way.credentials.text("auth_token") == "not-a-secret"


def test_this_machine_needs_no_credentials_at_all() -> None:
    wire = replace(
        WIRE, base_url=base_url("http://127.0.0.1:1"), found=Found(Credentials(), ("x",))
    )
    passed(confirmed(replace(COMPLETE, wires=(wire,))))


@pytest.mark.parametrize("where", ["command line", "file"])
def test_another_host_must_be_allowed_by_its_whole_name_and_is_given_dummies(where: str) -> None:
    ask = at("https://stub.example.com")
    assert refused(ask).names == (Condition.HOST,)
    assert refused(replace(ask, hosts=("example.com",))).names == (Condition.HOST,)
    names = ("stub.example.com",)
    config = LiveConfig(hosts=names) if where == "file" else CONFIG
    result = passed(replace(ask, hosts=names) if where == "command line" else ask, config)
    way = result.way("sms-main", SMS, NUMBER)
    assert way.credentials.text("auth_token") == "not-a-secret"


def test_an_allowed_host_is_encrypted_all_the_same() -> None:
    ask = at("http://stub.example.com", hosts=("stub.example.com",))
    assert refused(ask).names == (Condition.HTTPS,)


@pytest.mark.parametrize(
    "host", ["api.twilio.com.evil.example", "evil-api.twilio.com", "twilio.com", "xapi.twilio.com"]
)
def test_a_host_that_looks_like_the_vendors_is_strange(host: str) -> None:
    assert refused(at(f"https://{host}")).names == (Condition.HOST,)


def test_an_address_is_that_of_the_command_line_else_of_the_file_else_the_vendors() -> None:
    """A scenario has no word in it, so no file that is passed around can name one."""
    stores = SecretStores({"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": TOKEN})
    mine, typed = base_url("http://127.0.0.1:1"), base_url("http://127.0.0.1:2")
    config = LiveConfig(base_urls=(("twilio", mine),))
    twilio = ADAPTERS["twilio"]
    wires = [
        wire_of("sms", twilio, Tariff(1), config, stores, typed),
        wire_of("sms", twilio, Tariff(1), config, stores),
        wire_of("sms", twilio, Tariff(1), CONFIG, stores),
    ]
    assert [wire.base_url for wire in wires] == [typed, mine, base_url("https://api.twilio.com")]
    assert {wire.found.credentials.text("auth_token") for wire in wires} == {TOKEN}
    assert wire_of("sms", ADAPTERS["infobip"], None, CONFIG, stores).base_url is None


def test_a_vendor_with_a_host_for_each_customer_must_be_told_it() -> None:
    wire = replace(WIRE, adapter=ADAPTERS["infobip"], base_url=None)
    refusal = refused(confirmed(replace(COMPLETE, wires=(wire,))))
    assert refusal.names == (Condition.HOST,)
    assert "base_urls.infobip" in refusal.missing[0].todo


def test_every_provider_that_may_be_used_is_looked_at() -> None:
    """And one that the plan does not use is not."""
    ask = two_channels(NamedPerson(name="anna", phone=NUMBER))
    first, second = ask.wires
    broken = replace(second, found=Found(Credentials(), ("twilio's 'auth_token' is gone",)))
    assert refused(confirmed(replace(ask, wires=(first, broken)))).names == (Condition.CREDENTIALS,)
    unused = replace(broken, provider="spare")
    passed(confirmed(replace(COMPLETE, wires=(first, unused))))


# What it costs -----------------------------------------------------------------------------------


def priced(tariff: Tariff | None, most: Money | None, **changes: Any) -> Ask:
    wire = replace(WIRE, tariff=tariff)
    return confirmed(replace(COMPLETE, wires=(wire,), max_price=most, **changes))


def test_without_a_price_the_highest_is_what_the_person_says() -> None:
    assert reserved(passed(priced(None, euro(70_000_000)))).money == euro(140_000_000)


def test_a_price_above_the_highest_is_refused() -> None:
    """Three segments at 0.045 EUR are more than 0.1 EUR; two are not."""
    tariff = Tariff(45_000_000, per_segment=True)
    dear = replace(PLAN, text="x" * 400)
    assert refused(priced(tariff, euro(100_000_000), plan=dear)).names == (Condition.PRICE,)
    cheap = replace(PLAN, text="x" * 300)
    result = passed(priced(tariff, euro(100_000_000), plan=cheap))
    assert reserved(result).money == euro(180_000_000)


def test_the_highest_price_is_in_the_currency_of_the_prices() -> None:
    refusal = refused(priced(Tariff(1), Money(10**9, "USD")))
    assert refusal.names == (Condition.PRICE,)
    assert "USD" in refusal.missing[0].why


def test_a_price_without_a_currency_is_none() -> None:
    assert refused(priced(Tariff(1), None, currency="")).names == (Condition.PRICE,)


def test_what_the_caps_cannot_count_is_refused_by_them() -> None:
    refusal = refused(priced(Tariff(1), None, currency="USD"))
    assert refusal.names == (Condition.CAPS,)
    assert "the caps are in EUR" in refusal.missing[0].why


def test_a_second_message_finds_what_the_first_has_taken() -> None:
    """Ten submissions a run, two for each message: five pass, the sixth does not."""
    ask = ask_without(())
    for _ in range(5):
        passed(ask)
    refusal = refused(ask)
    assert refusal.names == (Condition.CAPS,)
    assert "10 are taken" in refusal.missing[0].why


def test_a_ledger_that_cannot_be_read_refuses(own_file: Path) -> None:
    own_file.parent.mkdir()
    own_file.write_bytes(b"")
    refusal = refused(ask_without(()))
    assert refusal.names == (Condition.CAPS,)
    assert str(own_file) in refusal.missing[0].why


# What is confirmed -------------------------------------------------------------------------------


def test_the_question_names_recipient_channel_provider_text_and_highest_price() -> None:
    assert question_of(COMPLETE).text() == (
        f"sms to {NUMBER} through sms-main (twilio at https://api.twilio.com), up to 2 times:"
        " Your code is 123456\n"
        "At most 2 real submissions, for at most 0.09 EUR together."
    )


def test_a_hostile_text_neither_moves_the_cursor_nor_hides() -> None:
    plan = replace(PLAN, text="a\x1b[2Jb\u202ec\nd")
    assert r"a\x1b[2Jb\u202ec\nd" in question_of(replace(COMPLETE, plan=plan)).text()


@pytest.mark.parametrize(
    "changed",
    [
        {"plan": replace(PLAN, text="Something else")},
        {"recipient": OnCommandLine(OTHER), "allow": (OTHER,)},
        {"wires": (replace(WIRE, tariff=Tariff(46_000_000, per_segment=True)),)},
        {"wires": (replace(WIRE, base_url=base_url("http://127.0.0.1:9")),)},
        {"wires": (replace(WIRE, adapter=ADAPTERS["vonage"], base_url=base_url("https://api.nexmo.com")),)},
    ],
    ids=["text", "recipient", "price", "address", "provider"],
)  # fmt: skip
def test_a_confirmation_is_for_what_was_shown(changed: dict[str, Any]) -> None:
    """Whatever changes afterwards has to be confirmed anew."""
    ask = replace(ask_without(()), **changed)
    assert refused(ask).names == (Condition.CONFIRMATION,)
    passed(confirmed(ask))


@pytest.mark.parametrize("typed", ["", "yes", "y", OTHER, NUMBER[1:], f"{NUMBER} {NUMBER}"])
def test_what_is_typed_is_the_number(typed: str) -> None:
    ask = replace(COMPLETE, confirmation=Confirmation(question_of(COMPLETE), typed))
    assert refused(ask).names == (Condition.CONFIRMATION,)


# The pass ----------------------------------------------------------------------------------------


def test_nobody_but_the_lock_makes_a_pass() -> None:
    real = passed(ask_without(()))
    parts = (real.question, real.reservation, real.ways)
    with pytest.raises(MisuseError):
        Pass(*parts, object())
    with pytest.raises(TypeError):
        Pass(*parts)  # type: ignore[call-arg]  # that is the test
    with pytest.raises((ValueError, TypeError)):
        replace(real, question=real.question)  # type: ignore[call-arg,unused-ignore]  # likewise
    with pytest.raises(MisuseError):
        type("Forged", (Pass,), {})
    for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(MisuseError):
            duplicate(real)
    with pytest.raises(AttributeError):
        real.ways = ()  # type: ignore[misc]  # likewise


def test_a_pass_is_for_its_own_providers_channels_and_numbers() -> None:
    real = passed(ask_without(()))
    assert real.way("sms-main", SMS, NUMBER).provider == "sms-main"
    for wrong in (
        ("wa-simulated", WHATSAPP, NUMBER),
        ("sms-main", WHATSAPP, NUMBER),
        ("sms-main", SMS, OTHER),
    ):
        with pytest.raises(MisuseError):
            real.way(*wrong)


# Secrets and sockets -----------------------------------------------------------------------------


def test_no_form_of_anything_shows_a_secret() -> None:
    ask = ask_without(())
    real = passed(ask)
    refusal = refused(ask_without(list(Condition)), ledger=CapLedger(NO_ROOM, lambda: NOW_US))
    for shown in (ask, real, real.ways, real.question, real.question.text(), refusal,
                  refusal.error(), WIRE.found):  # fmt: skip
        assert TOKEN not in f"{shown!r} {shown!s}"
    assert MASK in repr(real)


def test_a_socket_would_be_noticed() -> None:
    """So the tests of this file can fail for it."""
    import socket

    with pytest.raises(pytest.fail.Exception, match="a socket was opened"):
        socket.socket()


_IN_A_PROCESS: Final = """
import os, sys
sys.addaudithook(lambda event, args: event.startswith("socket.") and os._exit(77))
import tests.support.locked as it
from pathlib import Path
from sandbox.app.guard import Pass, Refusal, admit
from sandbox.store import place
place.caps_path = lambda: Path(sys.argv[1])
assert isinstance(admit(it.ask_without(()), it.CONFIG, it.ledger_without(())), Pass)
assert isinstance(admit(it.COMPLETE, it.CONFIG, it.ledger_without(())), Refusal)
if len(sys.argv) > 2:
    import socket
    socket.socket()
"""


@pytest.mark.parametrize(("extra", "code"), [([], 0), (["socket"], 77)], ids=["lock", "watch"])
def test_in_a_process_of_its_own_no_socket_is_made_at_all(
    own_file: Path, extra: list[str], code: int
) -> None:
    """An audit hook sees what code does that kept a reference of its own; and it does see it."""
    done = subprocess.run(
        [sys.executable, "-c", _IN_A_PROCESS, str(own_file), *extra],
        check=False, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=120,
    )  # fmt: skip
    assert done.returncode == code


def test_the_lock_brings_no_network_along(tmp_path: Path) -> None:
    """Neither sockets nor an event loop are even imported."""
    code = (
        "import sys, sandbox.app.guard\n"
        "print(*sorted({'socket', 'asyncio', 'ssl', 'http', 'httpx'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=120,
    )  # fmt: skip
    assert done.stdout.strip() == ""


def test_the_defaults_hold_where_the_file_says_nothing() -> None:
    assert CONFIG.caps == DEFAULT_CAPS


# What is only asked about ------------------------------------------------------------------------


@pytest.mark.parametrize("condition", list(Condition))
def test_a_dry_run_is_told_the_same_and_takes_no_room(condition: Condition, own_file: Path) -> None:
    """Each condition alone, and nothing of it counted."""
    refusal = missing_of(ask_without({condition}), CONFIG, ledger_without({condition}))
    assert refusal is not None
    assert refusal == refused(ask_without({condition}), ledger=ledger_without({condition}))
    is_begun = own_file.exists()
    assert is_begun == (condition is Condition.CAPS)  # by `refused`, when all else is met


def test_a_dry_run_that_misses_nothing_takes_no_room_either(own_file: Path) -> None:
    assert missing_of(ask_without(()), CONFIG, ledger_without(())) is None
    assert not own_file.exists()


def test_a_dry_run_of_what_is_not_real_is_refused() -> None:
    with pytest.raises(UsageError, match="nothing of 'otp'"):
        missing_of(replace(COMPLETE, wires=()), CONFIG, ledger_without(()))


def test_a_verb_that_is_never_live_is_refused_before_anything_is_read() -> None:
    """With all else that the command alone shows to be wrong."""
    for verb in LIVE_VERBS:
        assert refused_verb(Command(verb=verb, is_live=True)) is None
    error = refused_verb(Command(verb="run\x1b[2J", is_live=True, is_watching=True, keeps=False))
    assert error is not None
    assert error.exit_code is ExitCode.WRONG_INPUT
    assert str(error).splitlines() == [
        "refused by the live lock; nothing was sent",
        "  verb: 'run\\x1b[2J' never sends anything for real. Use send, live, or the app.",
        ("  verb: --watch runs again by itself. Leave --watch out: real messages go out by hand."),
        ("  store: with --no-store nobody would know later what was sent. Leave --no-store out."),
    ]
    assert refused_verb(Command(verb="send", is_live=True, is_watching=True)) is not None


# What is said ------------------------------------------------------------------------------------


def test_what_is_confirmed_is_what_is_said_and_not_what_a_run_counts() -> None:
    """A template by its name, the code as stars; and another one is confirmed anew."""
    says = ("template otp_v2 with ******", "Hello")
    ask = confirmed(replace(COMPLETE, says=says))
    question = passed(ask).question
    assert [line.says for line in question.lines] == ["template otp_v2 with ******"]
    assert "template otp_v2 with ******" in question.text()
    other = replace(ask, says=("template otp_v3 with ******", "Hello"))
    assert refused(other).names == (Condition.CONFIRMATION,)
    assert [line.says for line in question_of(COMPLETE).lines] == ["Your code is 123456"]
