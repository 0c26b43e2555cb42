"""What people do about messages, as the documents have it: each line that cannot be is named."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.app.record import keep_run
from sandbox.app.stored import answer_of
from sandbox.scenario.loader import load
from tests.store.independent.circuits import duration_us
from tests.store.independent.deeds import PHRASES, Deeds
from tests.store.independent.fronts import Front
from tests.store.independent.messages import Attempt, Line, Message
from tests.store.independent.test_checker import check

PEOPLE: Final = """\
schema: 1
name: people
seed: 5
cascades:
  one:
    stop_on: verified
    late_success: cancel_next
    deadline: 90s
    content: {text: "{code} is your code", code: {digits: 6, lifetime: 60s}}
    levels:
      - {channel: sms, via: [sms-a, sms-b], wait: 8s, verify_within: 12s,
         retries: {max: 1, backoff: {first: 1s}}}
      - {channel: whatsapp, success: read, wait: 15s}
      - {channel: viber, wait: 20s, next_on: [refused, failed]}
  each:
    stop_on: verified
    late_success: cancel_next
    conflict: last
    deadline: 3m
    content: {text: "{code} is your code", code: {digits: 4, lifetime: 20s, per: level}}
    levels:
      - {channel: sms, via: [sms-b, sms-a], wait: 6s, verify_within: 9s,
         submit_timeout: 1s, on_unknown: resend}
      - {channel: viber, wait: none, verify_within: 25s, on_expired: stop}
      - {channel: whatsapp, wait: 12s}
  front:
    stop_on: verified
    late_success: cancel_next
    deadline: 2m
    content: {text: "{code} is your code", code: {lifetime: none}}
    levels:
      - {channel: sms, via: [sms-a], wait: 8s, verify_within: 12s}
      - {channel: viber, wait: 10s, parallel: true}
      - {channel: whatsapp, wait: 10s, quiet_hours: {from: "08:00", to: "20:00", policy: skip}}
  news:
    late_success: cancel_next
    deadline: 70s
    levels:
      - {channel: sms, via: [sms-b, sms-a], wait: 4s, submit_timeout: 500ms, on_unknown: next}
      - {channel: viber, wait: 6s}
      - {channel: whatsapp, wait: 10s, parallel: true}
  again:
    late_success: cancel_next
    deadline: 60s
    content:
      text: "Эта новость так длинна, что в одно сообщение она не помещается и идёт по частям"
    levels:
      - {channel: sms, via: [sms-c], wait: 4s, submit_timeout: 500ms, on_unknown: resend}
      - {channel: viber, wait: 6s}
      - {channel: sms, via: [sms-c], wait: 9s, submit_timeout: 500ms, on_unknown: wait}
  night:
    stop_on: verified
    late_success: cancel_next
    deadline: 20h
    quiet_hours: {from: "00:00", to: "12:00", policy: hold}
    content: {text: "{code} is your code", code: {lifetime: 30s}}
    levels:
      - {channel: sms, via: [sms-a], wait: 20s}
      - {channel: viber, wait: 20s}
providers:
  sms-c:
    channel: sms
    cancel: supported
    price: {amount: 0.03 EUR, per: segment, charged_on: accepted}
    submit: {outcomes: {accepted: rest, timeout.accepted: 30%, timeout.not_accepted: 5%}}
    delivery: {time: {uniform: [100ms, 25s]},
               outcomes: {delivered: rest, failed: 10%, partial: 30%}}
    receipts: {per: segment}
  sms-a:
    channel: sms
    cancel: supported
    price: {amount: 0.07 EUR, charged_on: submitted, refunded_on: [failed]}
    breaker: {open_after: 4, for: 3s}
    submit: {outcomes: {accepted: rest, refused.temporary: 15%,
                        timeout.accepted: 10%, timeout.not_accepted: 10%}}
    delivery: {time: {uniform: [100ms, 15s]},
               outcomes: {delivered: rest, failed: 10%, filtered: 20%}}
  sms-b:
    channel: sms
    price: {amount: 0.03 EUR, charged_on: delivered}
    submit: {outcomes: {accepted: rest, throttled: 10%, timeout.accepted: 10%}}
    delivery: {time: {uniform: [100ms, 15s]},
               outcomes: {delivered: rest, failed: 10%, filtered: 20%}}
    receipts: {lost: 10%, duplicated: {share: 10%, copies: 1..2, gap: {uniform: [100ms, 5s]}}}
  whatsapp:
    cancel: supported
    price: {amount: 0.05 EUR, charged_on: accepted}
    delivery: {time: {uniform: [1s, 20s]}}
  viber:
    cancel: supported
    price: {amount: 0.02 EUR, charged_on: delivered}
    submit: {outcomes: {accepted: rest, refused.permanent: 10%}}
    delivery: {time: {uniform: [1s, 20s]},
               outcomes: {delivered: rest, failed: 10%, vanished: 5%}}
recipients:
  population: 300
  country: {DE: 50%, PL: 50%}
  codes:
    entered: 80%
    after: {uniform: [1s, 40s]}
    mistyped: 30%
    asks_again: {share: 40%, after: 9s}
load:
  - {poisson: 6/s, for: 20s, cascade: one}
  - {poisson: 6/s, for: 20s, cascade: each}
  - {poisson: 6/s, for: 20s, cascade: front}
  - {poisson: 6/s, for: 20s, cascade: news}
  - {poisson: 6/s, for: 20s, cascade: again}
  - {poisson: 2/s, for: 10s, cascade: night}
  - {message: nora, at: 5s, cascade: night}
  - {message: nils, at: 5s, cascade: night}
  - {message: otto, at: 5s, cascade: night}
  - {message: petra, at: 25s, cascade: one}
  - {message: quin, at: 5s, cascade: one}
  - {message: rosa, at: 5s, cascade: news}
  - {message: anna, at: 5s, cascade: one}
  - {message: ben, at: 6s, cascade: each}
  - {message: cora, at: 7s, cascade: front}
  - {message: dora, at: 7s, cascade: news}
  - {message: emil, at: 7s, cascade: one}
  - {message: fritz, at: 7s, cascade: each}
acts:
  - {message: nora, at: 6s, do: resend}
  - {message: nora, at: 7s, do: next}
  - {message: nora, at: 8s, do: resend}
  - {message: nora, at: 8s, do: next}
  - {message: nils, at: 9s, do: cancel}
  - {message: quin, at: 95s, do: resend}
PETRA
  - {message: rosa, at: 75s, do: next}
  - {message: anna, at: 6s, do: next}
  - {message: anna, at: 7s, do: next}
  - {message: anna, at: 8s, do: next}
  - {message: anna, at: 9s, do: next}
  - {message: ben, at: 1s, do: resend}
  - {message: ben, at: 7s, do: resend}
  - {message: ben, at: 8s, do: cancel}
  - {message: cora, at: 9s, do: next}
  - {message: cora, at: 10s, do: resend}
  - {message: cora, at: 11s, do: cancel}
  - {message: dora, at: 9s, do: cancel}
  - {message: emil, at: 9s, do: cancel}
  - {message: emil, at: 10s, do: next}
  - {message: emil, at: 11s, do: resend}
  - {message: fritz, at: 11s, do: next}
by_hand:
  - {at: 400ms, message: otto, act: verified}
HANDS
expect:
  all: [verified_rate >= 1%, truth.verified_rate >= 1%]
  messages: {quin: {ends: delivered, verified: true}, emil: {ends: cancelled, verified: false}}
  sometimes:
    [verified, code expired, verified late, switch by hand, resend by hand,
     recalled, recall too late, recall unsupported]
"""

ACTS: Final = ("verified", "cancel", "next", "next", "resend", "resend")
HANDS: Final = "".join(
    f"  - {{at: {500 + 140 * n}ms, message: {1 + n * 37 % (3 * n + 4)}, act: {ACTS[n % 6]}}}\n"
    for n in range(150)
)
"""Somebody who presses keys without looking, about every seventh of a second."""
PETRA: Final = "".join(
    f"  - {{message: petra, at: {25_100 + 10 * n}ms, do: resend}}\n" for n in range(13)
)
"""Somebody who asks again more often than a level has attempts."""


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with one run in which people do everything they can."""
    path = tmp_path_factory.mktemp("people") / "runs.sqlite"
    keep_run(load(PEOPLE.replace("HANDS\n", HANDS).replace("PETRA\n", PETRA)), path)
    return path


def test_a_run_of_every_deed_agrees_exactly(people: Path) -> None:
    """Right, wrong, old and late codes; acts that do something and acts in vain; every recall."""
    with sqlite3.connect(people) as database:
        rows = database.execute(
            "SELECT DISTINCT kind, coalesce(detail, '{}') FROM events"
        ).fetchall()
        assert {"act", "code_entered", "recalled", "called_back"} <= {kind for kind, _ in rows}
        told = [json.loads(detail) for kind, detail in rows if kind in _ABOUT_DEEDS]
    for word, seen in SEEN.items():
        assert seen <= {each[word] for each in told if word in each}
    done = check(people)
    assert done.returncode == 0, done.stdout


_ABOUT_DEEDS: Final = ("act", "code_entered", "recalled", "finished")
SEEN: Final[dict[str, set[object]]] = {
    "act": {"verified", "cancel", "next", "resend"},
    "right": {True, False},
    "result": {"recalled", "too_late", "unsupported"},
    "outcome": {"delivered", "exhausted", "expired", "stopped", "cancelled"},
    "verified": {True},
    "why": {
        "already cancelled", "already delivered", "already exhausted", "the code has expired",
        "no such code", "held for quiet hours", "no attempt is left at this level",
    },
}  # fmt: skip


def test_paths_are_the_same_for_every_message(people: Path) -> None:
    """Verified, overtaken, cancelled, sent on by hand: two programs tell each message alike."""
    derived = [json.loads(line) for line in check(people, "--paths").stdout.splitlines()]
    answer = answer_of(people, "last").answer
    assert answer is not None
    told = [
        {"message": each.message, "outcome": each.outcome or None,
         "path": list(each.path), "late": list(each.late)}
        for each in answer.result.messages()
    ]  # fmt: skip
    words = {step.partition(":")[2] for each in answer.result.messages() for step in each.path}
    assert {"verified", "not_verified", "manual", "cancelled", "overtaken"} <= words
    assert derived == told


# That it notices ---------------------------------------------------------------------------------


Statement = tuple[str, list[str]]
"""In SQL, and what it is given."""


def _in_shape(kind: str, before: str, after: str) -> Statement:
    """Says something else in each line of a kind."""
    what = "UPDATE shape SET detail = replace(detail, ?, ?) WHERE kind = ? AND instr(detail, ?)"
    return what, [before, after, kind, before]


def _in_scenario(key: str, before: str, after: str) -> Statement:
    """Gives a setting of the scenario another value, wherever it has this one."""
    what = "UPDATE run SET resolved = replace(resolved, ?, ?) WHERE instr(resolved, ?)"
    old = f'"{key}": "{before}"'
    return what, [old, f'"{key}": "{after}"', old]


def _becomes(before: str, after: str) -> Statement:
    """Makes lines of another kind of those of one."""
    return "UPDATE shape SET kind = ? WHERE kind = ?", [after, before]


_ANOTHER_CAUSE: Final = """
    UPDATE event SET cause = cause - 1
    WHERE seq IN (SELECT seq FROM events WHERE kind = 'act' AND cause)"""
_ANOTHER_CREDIT: Final = """
    UPDATE shape SET level = 1 - level
    WHERE kind = 'finished' AND level < 2 AND detail LIKE '%verified%'"""
_NO_ACT: Final = "UPDATE shape SET kind = 'flagged' WHERE kind = 'act' AND instr(detail, ':1')"
_ANOTHER_ATTEMPT: Final = "UPDATE shape SET attempt = attempt + 1 WHERE kind = 'code_entered'"

TAMPERED: Final[dict[str, tuple[Statement, str]]] = {
    "another act": (_in_shape("act", '"cancel"', '"next"'), "exhausted"),
    "an act nobody knows": (_in_shape("act", '"cancel"', '"undo"'), "nobody documented"),
    "an act in vain": (
        _in_shape("act", '{"act":"next"}', '{"act":"next","why":"already expired"}'),
        "of its being in vain, and it is None",
    ),
    "an act that was not in vain": (
        _in_shape("act", '"next","why":"already cancelled"', '"next"'),
        "of its being in vain, and it is 'already cancelled'",
    ),
    "another reason": (
        _in_shape("act", "the code has expired", "no such code"),
        "and it is 'the code has expired'",
    ),
    "the code of another level": (_in_shape("act", '"level":0', '"level":1'), "entered from"),
    "a line instead of an act": (
        (_NO_ACT, []), "leads to act",
    ),
    "a wrong code that is right": (_in_shape("code_entered", "false", "true"), "leads to act"),
    "a right code that is wrong": (_in_shape("code_entered", "true", "false"), "mistyped code"),
    "a code of another attempt": (
        (_ANOTHER_ATTEMPT, []), "the code of another attempt",
    ),
    "a code nobody has": (
        _becomes("reached_handset", "flagged"),
        "a code that nobody is looking at",
    ),
    "an act with another cause": ((_ANOTHER_CAUSE, []), "leads to act"),
    "an end without its code": (
        _in_shape("finished", ',"verified":true', ""), "says verified: False",
    ),
    "credit for another attempt": ((_ANOTHER_CREDIT, []), "credits an attempt"),
    "recalled after all": (
        _in_shape("recalled", '"too_late"', '"recalled"'), "says recalled, and it is too_late",
    ),
    "not recalled after all": (
        _in_shape("recalled", '"recalled"', '"too_late"'), "says too_late, and it is recalled",
    ),
    "refused to recall": (
        _in_shape("recalled", '"unsupported"', '"too_late"'),
        "says too_late, and it is unsupported",
    ),
    "nobody called back": (
        _becomes("recalled", "flagged"), "or recalled",
    ),
    "nothing given back": (
        _becomes("called_back", "flagged"), "called_back or recalled",
    ),
    "given back at random": (
        _becomes("read_by_person", "called_back"),
        "calls back what is not to be called back",
    ),
    "a plan that nobody follows": (
        _in_scenario("do", "cancel", "next"), "nobody would cancel",
    ),
    "a plan for somebody else": (_in_scenario("act", "cancel", "next"), "no such line"),
    "a habit": (_in_scenario("after", "9s", "8s"), "nobody would resend"),
    "a lifetime": (_in_scenario("lifetime", "60s", "50s"), "of its being in vain"),
    "whose codes they are": (_in_scenario("per", "level", "message"), "of level 0"),
    "the time for a code": (
        _in_scenario("verify_within", "12s", "13s"),
        "is not 13000000 after the level's success",
    ),
    "a success ends it": (_in_scenario("stop_on", "verified", "success"), "that nobody awaits"),
    "nobody is to call back": (
        _in_scenario("late_success", "cancel_next", "record"),
        "calls back what is not to be called back",
    ),
    "a provider that cannot": (
        _in_scenario("cancel", "supported", "unsupported"), "and it is unsupported",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
def test_the_checker_notices(people: Path, tmp_path: Path, what: str) -> None:
    """Whatever is changed behind the program's back about codes, acts and recalls is named."""
    statement, named = TAMPERED[what]
    path = tmp_path / "copy.sqlite"
    path.write_bytes(people.read_bytes())
    with sqlite3.connect(path) as database:
        assert database.execute(*statement).rowcount >= 1
    database.close()
    done = check(path)
    assert done.returncode == 1
    assert named in done.stdout


def test_every_count_and_rate_is_compared(people: Path, tmp_path: Path) -> None:
    """Each phrase about acts, both rates, and what is promised of single messages."""
    path = tmp_path / "copy.sqlite"
    path.write_bytes(people.read_bytes())
    with sqlite3.connect(path) as database:
        result = json.loads(database.execute("SELECT result FROM run").fetchone()[0])
        items = result["expectations"]
        assert set(PHRASES) <= {item["text"] for item in items}
        for item in items:
            measure, passed = item["measure"], item["passed"]
            if measure is None:
                item["passed"] = not passed
            else:
                value = measure["value"]
                other = value + 1 if isinstance(value, int) else "1/997"
                item["measure"] = {**measure, "value": other}
        database.execute("UPDATE run SET result = ?", [json.dumps(result)])
    database.close()
    told = check(path).stdout
    for item in items:
        assert f"expectation {item['scope']} {item['text']!r}" in told


# Single rules ------------------------------------------------------------------------------------

SCENARIO: Final[dict[str, Any]] = {
    "cascades": {
        "c": {
            "stop_on": "verified",
            "late_success": "cancel_next",
            "content": {"code": {"lifetime": "9s"}},
            "levels": [{"success": "delivered", "wait": "5s"}],
        }
    },
    "providers": {"p": {"cancel": "supported"}},
}

Told = Callable[..., list[str]]
"""Takes a line by kind, number and what else it has; gives what is wrong about it."""


@pytest.fixture
def told() -> Told:
    """The first message of that cascade, with one attempt that the provider has accepted."""
    message = Message(1, "c", 0, 1, Front(0, 1, (0, 1)))
    message.attempts[0, 1] = Attempt(0, 1, "sms", "p", status="accepted", answer="accepted", key=1)
    deeds = Deeds(SCENARIO, duration_us)
    deeds.begin(1, "c", 0)
    lines: dict[int, Line] = {}

    def tell(kind: str, seq: int, cause: int = 0, at: int = 0, **detail: object) -> list[str]:
        level, attempt = (None, None) if kind == "act" else (0, 1)
        lines[seq] = line = Line(seq, at, 1, level, attempt, kind, cause, detail)
        return [*deeds.follow(line), *deeds.judge(message, line, lines.get(cause))]

    tell("submitted", 2)
    return tell


def test_nobody_enters_a_code_more_than_three_times(told: Told) -> None:
    """Nor twice from one copy, nor after the right one."""
    told("reached_handset", 3)
    for nth in range(3):
        assert told("code_entered", 4 + nth, 3 + nth, right=False) == []
    assert told("code_entered", 7, 6, right=False) == ["enters a code after 3 entries"]
    assert told("code_entered", 8, 3, right=True) == ["enters a code that nobody is looking at"]


def test_a_code_is_valid_to_the_instant(told: Told) -> None:
    """Just at the end of its lifetime it counts, and a moment later no more."""
    told("reached_handset", 3)
    told("code_entered", 4, 3, at=9 * 10**6, right=True)
    assert told("act", 5, 4, at=9 * 10**6, act="verified") == []
    told("reached_handset", 6)
    told("code_entered", 7, 6, at=9 * 10**6 + 1, right=True)
    assert (
        "and it is 'the code has expired'"
        in told("act", 8, 7, at=9 * 10**6 + 1, act="verified")[-1]
    )


def test_what_was_given_back_does_not_arrive(told: Told) -> None:
    """Nor is it charged for, or read, or lost on the way."""
    told("finished", 3, outcome="cancelled")
    told("called_back", 4, 3)
    assert told("recalled", 5, 4, result="recalled") != []  # the end credits this very attempt
    for seq, kind in enumerate(("reached_handset", "billed", "read_by_person"), 6):
        assert told(kind, seq) == ["happens to what was called back"]


def test_an_act_leads_to_something_at_once(told: Told) -> None:
    """Another line in its place is named, and so is a log that ends there."""
    told("act", 3, act="cancel")
    assert told("billed", 4) == ["of 0 stands where 3 leads to finished"]
    deeds = Deeds(SCENARIO, duration_us)
    deeds.begin(1, "c", 0)
    assert deeds.open_end() is None
    act = Line(2, 0, 1, None, None, "act", 0, {"act": "cancel"})
    assert list(deeds.judge(Message(1, "c", 0, 1, Front(0, 1, (0, 1))), act, None)) == []
    assert deeds.open_end() == "the log ends before ('finished',)"
