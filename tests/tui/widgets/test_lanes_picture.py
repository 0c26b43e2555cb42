from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from sandbox.app.frame import Frame, Phase
from sandbox.app.knobs import Knob
from sandbox.app.session import Session
from sandbox.report.lanes import is_unheard
from sandbox.tui.themes import palette_of
from sandbox.tui.widgets.lane_geometry import divide
from sandbox.tui.widgets.lanes_picture import DENSITY, headline, picture
from tests.tui.stage import scenario

S: Final = 1_000_000
PALETTE: Final = palette_of({})
TWO_CASCADES: Final = """\
schema: 1
cascades: {quick: [{channel: sms, wait: 20s}, viber], slow: [{channel: whatsapp, wait: 20m}, sms]}
load: [{poisson: 3/s, for: 2m, cascade: quick}, {poisson: 3/s, for: 2m, cascade: slow}]
"""


def session_at(virtual_s: float, **overrides: str) -> Session:
    """The scenario of the stage after some virtual time."""
    made = Session(scenario(**overrides))
    made.advance(int(virtual_s * S / made.speed))
    return made


class Frames(dict[str, Frame]):
    """Frames by what they show; brief where a failing property names its arguments."""

    def __repr__(self) -> str:
        return "frames"


@pytest.fixture(scope="module")
def frames() -> Frames:
    """Frames of all kinds."""
    out = session_at(60)
    out.turn("sms-main", Knob.OUTAGE, 1)
    out.advance(int(40 * S / out.speed))
    followed = out.followed or 1
    two = Session(scenario(TWO_CASCADES))
    two.advance(int(90 * S / two.speed))
    over = session_at(10**6, load__0__for="20s")
    broken = session_at(30)
    broken._break("odd")
    return Frames(
        {
            "start": session_at(0).frame(),
            "running": session_at(100).frame(1),
            "outage": out.frame(followed),
            "two cascades": two.frame(),
            "over": over.frame(),
            "broken": broken.frame(),
            "settled": replace(over.frame(), phase=Phase.RUNNING),
            "late": session_at(0, load="[{burst: 3, at: 90s}]").frame(),
        }
    )


SIZES: Final = st.tuples(st.integers(18, 250), st.integers(3, 80), st.integers(0, 2))


@pytest.mark.parametrize(
    "name", ["start", "running", "outage", "two cascades", "over", "broken", "settled", "late"]
)
@given(size=SIZES)
def test_every_line_has_exactly_its_width(
    frames: Frames, name: str, size: tuple[int, int, int]
) -> None:
    """At any size and in any state, the picture fills its panel and not a cell more."""
    width, height, selected = size
    drawn = picture(frames[name], width, height, selected, PALETTE)
    assert len(drawn.lines) == height
    for line in drawn.lines:
        assert line.cell_length == width
        assert cell_len(line.text) == width


def field_of(frame: Frame, width: int, height: int) -> list[list[str]]:
    """The cells of the field of each lane, as one list of signs a lane."""
    room = divide(width, height, len(frame.lanes), 0)
    lines = [line.text for line in picture(frame, width, height, 0, PALETTE).lines]
    fields, top = [], 0
    for rows in room.rows:
        cells = [line[room.left : room.left + room.field] for line in lines[top : top + rows]]
        fields.append(list("".join(cells)))
        top += rows + 1
    return fields


@given(width=st.integers(60, 250), height=st.integers(20, 80))
def test_the_glyphs_add_up_to_the_messages_in_flight(
    frames: Frames, width: int, height: int
) -> None:
    """One dot is one message: what is drawn is what is in flight, up to five in a cell."""
    frame = replace(frames["running"], flashes=(), tracked=None)
    for lane, cells in zip(frame.lanes, field_of(frame, width, height), strict=True):
        drawn = sum(DENSITY.index(cell) for cell in cells if cell in DENSITY[1:])
        asking = cells.count("○")
        if "█" not in cells and not asking and "~" not in cells:
            assert drawn == lane.state.in_flight
        else:
            assert drawn <= lane.state.in_flight


def test_who_has_it_and_was_not_heard_of_looks_different(frames: Frames) -> None:
    """A message whose receipt was lost is no dot like those that may still arrive."""
    frame = replace(frames["running"], flashes=(), tracked=None)
    lost = [
        sum(count for key, count in lane.state.slices.items() if is_unheard(key))
        for lane in frame.lanes
    ]
    shown = [cells.count("~") for cells in field_of(frame, 250, 80)]
    assert lost[0] > 0
    assert shown == lost


def test_in_an_outage_the_crowd_walks_to_the_wall_and_falls(frames: Frames) -> None:
    """The lane of the broken channel says so, is full up to the wall, and messages fall there."""
    lines = [line.text for line in picture(frames["outage"], 118, 24, 0, PALETTE).lines]
    assert "✖ 0 sms" in lines[0]
    assert "OUTAGE" in lines[2]
    wall = lines[0].index("┃")
    border = next(n for n, line in enumerate(lines) if line.startswith("╶"))
    assert "▼" in lines[border][wall - 2 : wall + 1]
    before_wall = "".join(line[wall - 8 : wall] for line in lines[:border])
    assert sum(sign in "·•●◉█" for sign in before_wall) > 15


def test_the_followed_message_is_pointed_out(frames: Frames) -> None:
    """The message of the timeline is a diamond in its lane."""
    made = session_at(100)
    numbers = range(made.message_count, 0, -1)
    frame = next(f for f in map(made.frame, numbers) if f.tracked is not None)
    cells = [sign for lane in field_of(replace(frame, flashes=()), 118, 24) for sign in lane]
    assert cells.count("◆") == 1
    assert "◆" not in "".join(
        line.text for line in picture(frames["start"], 118, 24, 0, PALETTE).lines
    )


def test_what_just_happened_is_shown_for_a_moment() -> None:
    """A delivery flashes where it happened, and only for a while."""
    made = session_at(60)
    frame = made.frame()
    shown = "".join("".join(cells) for cells in field_of(frame, 118, 24))
    assert "✓" in shown
    later = replace(frame, now_us=frame.now_us + frame.flash_us + 1)
    assert "✓" not in "".join("".join(cells) for cells in field_of(later, 118, 24))


def test_messages_nobody_has_taken_are_rings() -> None:
    """Until a provider accepts it, a message is a ring."""
    made = session_at(20, load="[{burst: 30, at: 20s}]")
    assert field_of(made.frame(), 118, 24)[0].count("○") > 5
    made.advance(5 * S)
    assert field_of(made.frame(), 118, 24)[0].count("○") == 0


def test_the_counts_beside_a_lane_are_those_of_the_lane(frames: Frames) -> None:
    """Delivered, share, entered and fallen stand to the right of the lane."""
    frame = frames["running"]
    lines = [line.text for line in picture(frame, 118, 24, 0, PALETTE).lines]
    state = frame.lanes[0].state
    share = state.delivered * 100 // state.left
    assert lines[0].split("✓")[-1].split() == [str(state.delivered), str(share), "%"]
    assert f"of {state.entered}" in lines[2]
    assert f"{state.in_flight} in flight" in lines[1]
    assert f"▼ {state.fell}" in lines[7]
    assert f"✗ {frame.lanes[2].state.ended}" in lines[-1]


def test_who_is_held_for_quiet_hours_is_counted_beside_the_lane() -> None:
    """S19: they are in no lane, and would be missed."""
    quiet = 'quiet_hours: {from: "00:00", to: "23:00"}'
    made = session_at(
        20, cascades=f"{{otp: {{deadline: none, {quiet}, levels: [sms]}}}}", load="[{burst: 30}]"
    )
    frame = made.frame()
    assert frame.lanes[0].state.held == 30
    assert "30 held" in picture(frame, 118, 24, 0, PALETTE).lines[3].text


def test_every_cascade_has_lanes_of_its_own(frames: Frames) -> None:
    """With two cascades every lane says which one it belongs to, and has its own scale."""
    text = "\n".join(
        line.text for line in picture(frames["two cascades"], 118, 24, 0, PALETTE).lines
    )
    assert text.count("quick") == 2
    assert text.count("slow") == 2
    assert "10 s" in text
    assert "10 min" in text


def test_where_not_all_lanes_have_room_the_selected_one_is_shown(frames: Frames) -> None:
    """On a low screen the lanes scroll to the selected one."""
    frame = frames["running"]
    lowest = [line.text for line in picture(frame, 80, 6, 2, PALETTE).lines]
    assert any("2 viber" in line for line in lowest)
    assert not any("0 sms" in line for line in lowest)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("over", "all is quiet · r again"),
        ("broken", "stopped by an error · r starts again"),
        ("settled", "every message has its outcome · r again"),
        ("late", "the first message comes at 00:01:30"),
        ("running", ""),
    ],
)
def test_when_nothing_moves_the_lanes_say_what_to_press(
    frames: Frames, name: str, words: str
) -> None:
    """Finished, broken and empty runs are never just an empty picture."""
    assert headline(frames[name]).startswith(words)
    text = "\n".join(line.text for line in picture(frames[name], 118, 24, 0, PALETTE).lines)
    assert words in text


def test_many_messages_are_drawn_in_coarser_steps() -> None:
    """Two thousand messages in flight still show where they are."""
    made = session_at(15, load="[{constant: 200/s, for: 15s}]")
    drawn = picture(made.frame(), 118, 24, 0, PALETTE)
    assert drawn.step == 5
    assert "·" in drawn.lines[0].text


HOSTILE: Final = """\
schema: 1
cascades: {otp: [{channel: sms, via: [x]}]}
providers: {x: {channel: sms, base: ideal}}
load: [{burst: 1}]
"""


def test_names_of_the_file_are_shown_literally() -> None:
    """A fault's name cannot move the cursor or become markup."""
    frame = session_at(0).frame()
    odd = replace(frame.providers[0], faults=("\x1b[31m[bold]",))
    drawn = picture(replace(frame, providers=(odd, *frame.providers[1:])), 118, 24, 0, PALETTE)
    text = "\n".join(line.text for line in drawn.lines)
    assert "\x1b" not in text
    assert r"\x1b[31m" in text
