"""How a live run stands, in words: nothing in them moves a cursor, and long lists are cut."""

from dataclasses import replace
from typing import Any

import pytest

from sandbox.app.live_resuming import Standing
from sandbox.cli.standing_view import SHOWN, going_on_lines, standing_lines
from sandbox.report.timeline import MessageResult
from sandbox.scenario.loader import load
from sandbox.store.live import ExchangeRow, ExchangeState
from sandbox.store.rows import RunRow, State
from tests.support.sent import TEXT

EVIL = "\x1b[2J\u202e"


def row(state: State) -> RunRow:
    """A run as it is listed."""
    return RunRow(
        run=7, state=state, scenario=f"real{EVIL}", title="", file="", seed=1, rules_version=1,
        program="0", scenario_hash="", started_ms=0, beat_ms=0, process=1, line_count=9,
        virtual_us=0, wall_ms=None, verdict=None, digest=None, message_count=None, delivered=None,
        trouble=f"killed{EVIL}",
    )  # fmt: skip


def message(number: int, outcome: str = "") -> MessageResult:
    """What became of a message."""
    return MessageResult(
        message=number, name=f"n{number}{EVIL}", cascade="otp", outcome=outcome, path=("sms:open",),
        late=(), seconds_us=None, cost_nano=0, true_cost_nano=0, copies=0,
    )  # fmt: skip


def exchange(number: int, state: ExchangeState) -> ExchangeRow:
    """An exchange with a provider."""
    return ExchangeRow(
        number, 0, 1, "submit", f"sms{EVIL}", state, 0, None, "", "", "", "", "", None
    )


def stands(**more: Any) -> Standing:
    """A run that is open in every way."""
    whole = Standing(
        run=row(State.INTERRUPTED), scenario=load(TEXT),
        messages=(message(1, "delivered"), *(message(n) for n in range(2, 30))),
        coming=("later",), awaited=((2, 0, 1),), planned=(exchange(2, ExchangeState.PLANNED),),
        lost=(exchange(3, ExchangeState.LOST),), unheard=(exchange(4, ExchangeState.ANSWERED),),
        hooks={"sms": 3}, is_rehearsal=False, caps_name="x",
    )  # fmt: skip
    return replace(whole, **more)


def test_everything_that_is_open_is_said() -> None:
    lines = [*standing_lines(stands())]
    assert all(line.isprintable() for line in lines)
    text = "\n".join(lines)
    assert lines[0].startswith("r7  real")
    assert "1 of 29 messages that were requested are over" in text
    assert text.count("    open: m") == SHOWN
    assert f"    and {28 - SHOWN} more" in text
    assert "  not requested yet: later" in text
    assert "  may have left, and nobody knows: m2.0.1 sms" in text
    assert "  left, or may have, without an answer: m3.0.1 sms" in text
    assert "  answered, and not heard yet: m4.0.1 sms" in text
    assert "  last word not heard yet: m2.0.1" in text
    assert "  kept from sms, and not heard yet: 3" in text


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "asks the lock anew about 29 messages"),
        ({"messages": (), "coming": ("one",)}, "asks the lock anew about 1 message,"),
        ({"is_rehearsal": True}, "its fakes are gone"),
        ({"run": row(State.FINISHED)}, "it is over"),
        ({"run": row(State.RUNNING)}, "process 1 is at it"),
    ],
)
def test_how_to_go_on_is_said(more: dict[str, Any], said: str) -> None:
    assert said in "\n".join(going_on_lines(stands(**more)))
