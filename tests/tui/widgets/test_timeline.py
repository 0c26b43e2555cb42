from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sandbox.app.session import Session
from sandbox.report.timeline import Story
from sandbox.tui.themes import palette_of
from sandbox.tui.widgets.timeline import Told, event_lines, first_switch, head_lines, wrapped
from tests.tui.stage import scenario

PALETTE: Final = palette_of({})
HOSTILE: Final = """\
schema: 1
cascades: {otp: [{channel: sms, via: [x], wait: 10s}, {channel: viber, via: [y]}]}
providers:
  x:
    channel: sms
    base: ideal
    delivery:
      outcomes: {failed: 100%}
      reasons: {failed: {"[bold]7": {share: rest, class: transient, text: "\\e[31mx \\u202ey"}}}
  y: {channel: viber, base: ideal}
load: [{message: "m-1", at: 0s}]
"""


def stories() -> dict[str, Told]:
    """Messages that were delivered at once, after a switch, never, or not yet."""
    made = Session(scenario())
    made.advance(int(100_000_000 / made.speed))
    found: dict[str, Told] = {}
    for message in range(1, made.message_count + 1):
        story = made.story(message)
        assert story is not None
        account = story.account
        kind = f"{account.outcome or 'open'} {len(account.steps)}"
        fresh = Session(scenario())
        if kind not in found:
            fresh.advance(int(100_000_000 / fresh.speed))
            kept = fresh.story(message)
            assert kept is not None
            found[kind] = Told(
                story=kept, name="", person="", phone="+49151", now_us=100_000_000,
                currency="EUR",
            )  # fmt: skip
    return found


STORIES: Final = stories()


def text_of(told: Told, width: int = 70) -> str:
    """The whole timeline as text."""
    lines = head_lines(told, width, PALETTE) + event_lines(told.story, width, PALETTE)
    return "\n".join(line.text for line in lines)


@pytest.mark.parametrize("kind", sorted(STORIES))
@given(width=st.integers(30, 200))
def test_every_line_has_exactly_its_width(kind: str, width: int) -> None:
    """At any width a timeline wraps rather than overflows."""
    told = STORIES[kind]
    for line in head_lines(told, width, PALETTE) + event_lines(told.story, width, PALETTE):
        assert line.cell_length == width
        assert cell_len(line.text) == width


def test_every_switch_has_its_reason() -> None:
    """The timeline of a message that fell says why, in words."""
    text = text_of(STORIES["delivered 2"])
    assert "→ next level: whatsapp" in text.replace("\n", " ")
    assert "by receipt" in text or "no delivered receipt within 30 s" in text
    assert "delivered at level 1" in text


def test_a_bar_for_every_level_says_how_it_was_left() -> None:
    """One sees at a glance how long each level took and how it ended."""
    bars = [line.text for line in head_lines(STORIES["delivered 2"], 70, PALETTE)[2:]]
    assert [bar.split()[0] for bar in bars] == ["sms", "whatsapp"]
    assert "█" in bars[0]
    assert bars[1].rstrip().endswith("delivered")


def test_truth_is_marked() -> None:
    """What the engine cannot know has a mark of its own."""
    text = text_of(STORIES["delivered 1"])
    assert "~ on the handset" in text
    assert "~ receipt" not in text


def test_an_open_message_says_for_how_long() -> None:
    """A message in flight shows how long it has been, and on which level it waits."""
    open_kind = next(kind for kind in STORIES if kind.startswith("open"))
    text = text_of(STORIES[open_kind])
    assert "in flight for" in text
    assert "waiting" in text


def test_the_first_switch_is_where_a_finished_timeline_opens() -> None:
    """The event that made the message switch can be found."""
    story: Story = STORIES["delivered 2"].story
    assert story.rows[first_switch(story)].kind == "fell_back"
    assert first_switch(STORIES["delivered 1"].story) == 0


@given(words=st.text(alphabet="ab \u6f22", max_size=120), width=st.integers(1, 40))
def test_wrapping_loses_no_word(words: str, width: int) -> None:
    """A long reason goes on below, and all of it is there."""
    lines = wrapped(words, width)
    assert " ".join(lines).split() == words.split()
    for line in lines:
        assert cell_len(line) <= width or " " not in line.strip(" ")


def test_hostile_reasons_are_shown_literally() -> None:
    """What a provider says cannot move the cursor or become markup."""
    made = Session(scenario(HOSTILE))
    made.advance(10**8)
    story = made.story(1)
    assert story is not None
    told = Told(
        story=story, name="\x1b]0;x\x07", person="[red]", phone="", now_us=10**8, currency="",
    )  # fmt: skip
    text = text_of(told, 120)
    assert "\x1b" not in text
    assert r"\x1b]0;x\x07" in text
    assert "\u202e" not in text
    assert r"[bold]7 \x1b[31mx \u202ey" in text
    assert "[red]" in text
