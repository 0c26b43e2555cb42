from typing import Any

import pytest

from sandbox.app.frame import Frame
from sandbox.app.knobs import Knob
from sandbox.app.session import Session
from sandbox.tui.talk import Line, Talk, Tone, narration
from tests.tui.stage import CODES, scenario

CAPTIONED = CODES + 'demo: {captions: [{at: 0s, say: "Watch the wall."}]}\n'


def session(text: str = CODES, **overrides: str) -> Session:
    """A session that has run for twenty seconds."""
    made = Session(scenario(text, **overrides))
    made.advance(int(20_000_000 / made.speed))
    return made


def frame(text: str = CODES, **overrides: str) -> Frame:
    """What it shows."""
    return session(text, **overrides).frame()


def test_an_answer_outweighs_the_caption_for_a_while() -> None:
    """Who pressed a key reads the answer, then again what the scenario says."""
    talk, seen = Talk(), frame(CAPTIONED)
    talk.say("done")
    assert talk.line(seen) == Line("done", Tone.NOTICE)
    talk.pass_time(10_000_000)
    assert talk.line(seen) == Line("Watch the wall.", Tone.CAPTION)


def test_while_nothing_runs_an_answer_stays() -> None:
    """Wall time that does not move the run does not take the answer away."""
    talk = Talk()
    talk.say("done")
    assert talk.line(frame()).text == talk.line(frame()).text == "done"


def test_trouble_outweighs_everything() -> None:
    """An error is not hidden behind an answer."""
    talk, broken = Talk(), session(CAPTIONED)
    talk.say("done")
    broken._break("ValueError: odd")
    assert talk.line(broken.frame()) == Line("ValueError: odd", Tone.TROUBLE)


def test_an_outage_by_hand_outweighs_the_caption() -> None:
    """Who breaks something reads what that does, not what the demo would say."""
    made = session(CAPTIONED)
    made.turn("sms-main", Knob.OUTAGE, 1)
    line = Talk().line(made.frame())
    assert line.text.startswith("sms-main is out: ")
    assert line.text.endswith("messages wait 30 s for nothing, then fall to whatsapp")
    assert line.tone is Tone.NOTICE


def test_an_outage_of_the_last_level_says_that_nothing_follows() -> None:
    """After the last level there is no next channel."""
    made = session()
    made.turn("viber-main", Knob.OUTAGE, 1)
    assert narration(made.frame()).endswith("then give up")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "o breaks sms-main"),
        ({"faults": "[{id: slow, provider: sms-main, at: 1s, for: 1h, set: {receipts.lost: 9%}}]"},
         "fault slow: sms-main"),
    ],
)  # fmt: skip
def test_without_anything_to_say_one_reads_what_one_sees(
    changes: dict[str, Any], words: str
) -> None:
    """There is always a next thing to try, or a reason for what one sees."""
    assert narration(frame(**changes)).startswith(words)


def test_at_the_end_the_line_says_so() -> None:
    """When all is quiet, nobody has to guess."""
    made = session(load="[{burst: 1}]")
    made.advance(10**10)
    assert narration(made.frame()).startswith("nothing is left to happen")
