from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from sandbox.app.frame import Hop, MessageRow
from sandbox.app.sieve import Order
from sandbox.report.account import Surprise
from sandbox.tui.themes import palette_of
from sandbox.tui.widgets.message_list import (
    Kept,
    Listing,
    MessageList,
    heads_strip,
    order_at,
    row_strip,
)

PALETTE: Final = palette_of({})
ROW: Final = MessageRow(
    message=2090, name="", phone="+4915112345678", outcome="delivered", channel="viber",
    path=(
        Hop("sms", "sms", "no_receipt"), Hop("whatsapp", "whatsapp", "failed"),
        Hop("viber", "viber", "delivered"),
    ),
    took_us=77_900_000, ledger_nano=98_000_000, surprise=Surprise.NOTHING, copies=1,
)  # fmt: skip


@given(
    width=st.integers(10, 220),
    name=st.text(max_size=30),
    outcome=st.sampled_from(["", "delivered", "exhausted", "expired", "stopped"]),
    steps=st.integers(0, 10),
    is_chosen=st.booleans(),
    has_cost=st.booleans(),
    surprise=st.sampled_from(Surprise),
)
def test_every_row_has_exactly_its_width(
    width: int,
    name: str,
    outcome: str,
    steps: int,
    is_chosen: bool,
    has_cost: bool,
    surprise: Surprise,
) -> None:
    """Whatever a message is called and however long its path, its row is as wide as the list."""
    path = (Hop("whatsapp", "whatsapp", "refused.temporary"),) * steps
    row = replace(ROW, name=name, outcome=outcome, path=path, surprise=surprise)
    strip = row_strip(row, width, PALETTE, is_chosen=is_chosen, has_cost=has_cost)
    assert strip.cell_length == width
    assert cell_len(strip.text) == width


def text_of(row: MessageRow, width: int = 110, *, has_cost: bool = True) -> str:
    """A row as text."""
    return row_strip(row, width, PALETTE, is_chosen=False, has_cost=has_cost).text


def test_a_row_tells_state_time_cost_path_and_number() -> None:
    """One line says how a message went."""
    assert text_of(ROW, 140).split() == [
        "✓", "m2090", "delivered", "77.9", "s", "0.0980", "sms", "no_receipt", "→", "whatsapp",
        "failed", "→", "viber", "delivered", "+4915112345678",
    ]  # fmt: skip


def test_where_there_is_no_room_the_path_is_only_channels() -> None:
    """On a narrow screen the words of the path give way, then the number."""
    assert "sms→whatsapp→viber" in text_of(ROW, 78)
    assert "+49" not in text_of(ROW, 56)


def test_an_open_message_shows_where_it_is() -> None:
    """The state of a message in flight is its channel."""
    path = (Hop("sms", "sms", "failed"), Hop("whatsapp", "whatsapp", "open"))
    row = replace(ROW, outcome="", channel="whatsapp", path=path)
    assert text_of(row).split()[:3] == ["·", "m2090", "whatsapp"]
    assert "open" not in text_of(row)


def test_a_message_that_was_given_up_is_told_by_sign_and_word() -> None:
    """How a message ended is never told by colour alone."""
    assert text_of(replace(ROW, outcome="expired")).split()[:3] == ["✗", "m2090", "expired"]


@pytest.mark.parametrize(
    ("surprise", "copies", "told"),
    [
        (Surprise.ARRIVED, 1, "~✓"),
        (Surprise.MISSING, 0, "~✗"),
        (Surprise.PARTLY, 0, "~½"),
        (Surprise.TWICE, 2, "~×2"),
        (Surprise.TWICE, 99, "~×9"),
    ],
)
def test_what_the_engine_does_not_know_has_a_sign(
    surprise: Surprise, copies: int, told: str
) -> None:
    """A message whose receipt was lost looks different from one that never arrived."""
    row = replace(ROW, outcome="exhausted", surprise=surprise, copies=copies)
    assert text_of(row).split()[:4] == ["✗", "m2090", "exhausted", told]
    assert "~" not in text_of(ROW)


def test_the_next_provider_of_a_level_is_called_by_its_name() -> None:
    """Where the channel stays and the provider changes, the row says who took over."""
    path = (Hop("sms", "sms", "refused.temporary"), Hop("sms", "sms-backup", "delivered"))
    assert "sms refused.temporary → sms-backup delivered" in text_of(replace(ROW, path=path))


def test_without_prices_there_is_no_cost() -> None:
    """A scenario without prices has no column of zeros."""
    assert "0.0980" not in text_of(ROW, has_cost=False)


def test_a_hostile_name_is_shown_literally() -> None:
    """The name of a message cannot hide or turn the line around."""
    text = text_of(replace(ROW, name="\u202e[b]x\x1b[2J"), 140)
    assert r"\u202e[b]x\x1b" in text


# The widget --------------------------------------------------------------------------------------


class Alone(App[None]):
    """An app with nothing but a list of ten lines."""

    CSS = "MessageList { height: 10; width: 60; overflow-x: hidden; }"

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []
        self.chosen: list[tuple[int | None, bool]] = []
        self.list = MessageList(self._row)

    def _row(self, message: int) -> MessageRow:
        self.asked.append(message)
        return replace(ROW, message=message)

    def compose(self) -> ComposeResult:
        """The list."""
        yield self.list

    def on_message_list_chosen(self, event: MessageList.Chosen) -> None:
        """Note what was chosen."""
        self.chosen.append((event.message, event.opens))

    def show(self, newest: int, oldest: int = 1) -> None:
        """Give the list its messages."""
        self.list.show(Listing(newest=newest, places=Kept(newest, oldest)), PALETTE, has_cost=True)

    @property
    def first_line(self) -> str:
        """What stands on top."""
        return self.list.render_line(0).text


@pytest.fixture
async def pilot() -> AsyncIterator[Pilot[None]]:
    """The app with a hundred messages."""
    async with Alone().run_test(size=(60, 12)) as pilot:
        app_of(pilot).show(100)
        app_of(pilot).list.focus()
        await pilot.pause()
        yield pilot


def app_of(pilot: Pilot[None]) -> Alone:
    """The app of a pilot."""
    assert isinstance(pilot.app, Alone)
    return pilot.app


async def test_only_lines_in_sight_are_made(pilot: Pilot[None]) -> None:
    """A million messages cost no more than ten."""
    app = app_of(pilot)
    app.asked.clear()
    app.show(1_000_000)
    await pilot.pause()
    assert set(app.asked) <= set(range(999_990, 1_000_001))


async def test_the_newest_is_on_top_until_somebody_moves(pilot: Pilot[None]) -> None:
    """The list follows the newest message."""
    app = app_of(pilot)
    app.show(105)
    await pilot.pause()
    assert "m105" in app.first_line


async def test_a_list_somebody_moved_in_stands_still(pilot: Pilot[None]) -> None:
    """Whoever reads a message does not lose it when others arrive."""
    app = app_of(pilot)
    await pilot.press("down", "down", "down")
    assert app.list.chosen == 98
    before = app.first_line
    app.show(142)
    await pilot.pause()
    assert app.first_line == before
    assert "42 newer" in str(app.list.border_subtitle)


async def test_home_follows_the_newest_again(pilot: Pilot[None]) -> None:
    """One key goes back to following."""
    app = app_of(pilot)
    await pilot.press("down", "home")
    app.show(150)
    await pilot.pause()
    assert app.list.chosen is None
    assert "m150" in app.first_line
    assert app.chosen[-1] == (None, False)


async def test_the_cursor_stays_in_sight_and_within_the_messages(pilot: Pilot[None]) -> None:
    """Page keys, end and arrows never leave the list, and the list scrolls along."""
    app = app_of(pilot)
    await pilot.press("down", "pagedown")
    assert app.list.chosen == 100 - 9
    await pilot.press("end", "down")
    assert app.list.chosen == 1
    assert "m10" in app.first_line
    await pilot.press("pageup", "pageup", "pageup")
    assert app.list.chosen == 28
    assert "m28" in app.first_line


async def test_a_click_chooses_and_a_second_one_opens(pilot: Pilot[None]) -> None:
    """The mouse can do what the keys can."""
    app = app_of(pilot)
    await pilot.click(app.list, offset=(5, 3))
    assert app.list.chosen == 97
    await pilot.click(app.list, offset=(5, 3), times=2)
    assert app.chosen[-1] == (97, True)


async def test_a_message_the_list_leaves_out_stays_chosen(pilot: Pilot[None]) -> None:
    """A filter does not take the message away whose timeline is being read; moving goes on."""
    app = app_of(pilot)
    await pilot.press("end")
    app.show(200, oldest=50)
    await pilot.pause()
    assert app.list.chosen == 1
    await pilot.press("down")
    assert app.list.chosen is not None
    assert app.list.chosen >= 50


class Odd:
    """Every second of a hundred messages, the smallest first."""

    def __len__(self) -> int:
        return 50

    def at(self, place: int) -> int:
        """Odd numbers."""
        return place * 2 + 1 if 0 <= place < 50 else 0

    def place_of(self, message: int) -> int | None:
        """The way back."""
        return message // 2 if message % 2 else None


async def test_which_messages_and_in_which_order_is_for_others_to_say(pilot: Pilot[None]) -> None:
    """Arrows, page keys and ends go through the order given; the frame says what it is."""
    app = app_of(pilot)
    listing = Listing(newest=100, places=Odd(), title="Messages  [odd]", is_newest_first=False)
    app.list.show(listing, PALETTE, has_cost=True)
    await pilot.pause()
    assert "m1 " in app.first_line
    await pilot.press("down", "down", "down")
    assert app.list.chosen == 5
    await pilot.press("end")
    assert app.list.chosen == 99
    await pilot.press("up")
    assert app.list.chosen == 97
    assert str(app.list.border_title) == r"Messages  \[odd]"
    app.list.show(listing, PALETTE, has_cost=True)
    assert "above" in str(app.list.border_subtitle)


async def test_an_empty_list_says_why(pilot: Pilot[None]) -> None:
    """And what to press."""
    app = app_of(pilot)
    listing = Listing(newest=100, places=Kept(0, 0), nothing="none of 100: esc clears the filter")
    app.list.show(listing, PALETTE, has_cost=True)
    await pilot.pause()
    assert "none of 100: esc clears the filter" in app.first_line


async def test_a_new_run_empties_the_list(pilot: Pilot[None]) -> None:
    """After a restart there is nothing to choose, and the list says so."""
    app = app_of(pilot)
    await pilot.press("down")
    app.show(0, oldest=0)
    await pilot.pause()
    assert app.list.chosen is None
    assert "no message yet" in app.first_line
    await pilot.press("down", "end", "pageup")
    assert app.list.chosen is None


# Headings ----------------------------------------------------------------------------------------


@given(
    width=st.integers(1, 220),
    has_cost=st.booleans(),
    order=st.sampled_from(Order),
    is_reversed=st.booleans(),
)
def test_the_headings_have_exactly_their_width(
    width: int, has_cost: bool, order: Order, is_reversed: bool
) -> None:
    """However narrow the list is."""
    listing = Listing(newest=1, places=Kept(1, 1), order=order, is_reversed=is_reversed)
    strip = heads_strip(listing, width, PALETTE, has_cost=has_cost)
    assert strip.cell_length == width
    assert cell_len(strip.text) == width


@pytest.mark.parametrize("has_cost", [True, False])
def test_headings_stand_over_their_columns(has_cost: bool) -> None:
    """Where a word stands in a row, a click finds what is sorted by it."""
    row = text_of(ROW, 140, has_cost=has_cost)
    listing = Listing(newest=1, places=Kept(1, 1), order=Order.TOOK)
    heads = heads_strip(listing, 140, PALETTE, has_cost=has_cost).text
    for value, head, order in (
        ("m2090", "message", Order.NEWEST), ("delivered", "state", Order.STATE),
        ("77.9 s", "took", Order.TOOK), ("0.0980", "cost", Order.COST),
    ):  # fmt: skip
        if order is Order.COST and not has_cost:
            continue
        assert order_at(row.index(value) + 1, has_cost=has_cost) is order
        assert order_at(heads.index(head), has_cost=has_cost) is order
    assert order_at(row.index("sms"), has_cost=has_cost) is None
    assert heads.index("path") == row.index("sms")
