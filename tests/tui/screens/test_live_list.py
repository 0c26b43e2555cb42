from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual.events import MouseScrollDown, MouseScrollUp
from textual.pilot import Pilot
from textual.widget import Widget

from sandbox.app.stories import KEPT
from sandbox.tui.app import SandboxApp, make_app
from tests.tui.stage import STORM, advance, scenario, stage, text_of

SIZES = [(60, 16), (80, 24), (120, 36), (160, 45), (200, 60)]


@pytest.fixture
async def pilot() -> AsyncIterator[Pilot[int]]:
    """A storm at 160x45, a minute and a half into the run."""
    async with stage(STORM).run_test(size=(160, 45)) as pilot:
        advance(app_of(pilot), 90)
        await pilot.pause()
        yield pilot


def app_of(pilot: Pilot[int]) -> SandboxApp:
    """The app of a pilot."""
    assert isinstance(pilot.app, SandboxApp)
    return pilot.app


def listed(app: SandboxApp) -> list[int]:
    """The messages in the list, from the top."""
    places = app.live.messages._listing.places
    return [places.at(place) for place in range(len(places))]


def panel(app: SandboxApp) -> Widget | None:
    """What the keys go to."""
    return app.focused


def title(app: SandboxApp) -> str:
    """What stands in the frame of the list."""
    return str(app.live.messages.border_title)


def subtitle(app: SandboxApp) -> str:
    """What stands below it."""
    return str(app.live.messages.border_subtitle)


@pytest.mark.parametrize("size", SIZES)
async def test_slash_filters_the_list_as_one_types(size: tuple[int, int]) -> None:
    """At every size the line is there, letters go into it, and the frame says what is listed."""
    app = stage(STORM)
    async with app.run_test(size=size) as pilot:
        advance(app, 90)
        await pilot.press("slash", *"twice")
        await pilot.pause()
        assert app.focused is app.live.list.line
        assert "twice" in text_of(app)
        table = app.session.table
        assert listed(app) == [m for m in range(table.count, 0, -1) if row_copies(app, m) > 1]
        assert f"{len(listed(app))} of {table.count}" in title(app)
        await pilot.press("enter")
        await pilot.pause()
        assert panel(app) is app.live.messages
        assert not app.live.list.line.display
        await pilot.press("down")
        assert app.live.messages.chosen == listed(app)[0]
        await pilot.press("escape", "escape")
        await pilot.pause()
        assert len(listed(app)) == table.count


def row_copies(app: SandboxApp, message: int) -> int:
    """How many copies of a message arrived."""
    row = app.session.row(message)
    assert row is not None
    return row.copies


async def test_what_is_wrong_is_said_while_one_types_and_the_list_stays(pilot: Pilot[int]) -> None:
    """In the frame and in the line of talk; the filter before stays until the new one is right."""
    app = app_of(pilot)
    await pilot.press("slash", *"twice")
    before = listed(app)
    await pilot.press("space", *"state:fail")
    await pilot.pause()
    assert "no state fail: did you mean 'failed'?" in app.live.notice.shown_text
    assert "✗ no state fail" in title(app)
    assert app.live.list.line.has_class("wrong")
    assert listed(app) == before
    await pilot.press(*"ed")
    await pilot.pause()
    assert set(listed(app)) < set(before)
    assert "✗" not in title(app)


@pytest.mark.parametrize("text", ["twice", "state:nothing", ""])
async def test_escape_leaves_the_line_and_lists_everything(pilot: Pilot[int], text: str) -> None:
    """One key, whatever was typed; the next one goes on as ever."""
    app = app_of(pilot)
    await pilot.press("slash", *text, "escape")
    await pilot.pause()
    assert len(listed(app)) == app.session.message_count
    assert panel(app) is app.live.messages
    assert title(app) == "Messages"
    await pilot.press("escape")
    assert panel(app) is app.live.flow


async def test_a_filter_is_changed_by_the_same_key(pilot: Pilot[int]) -> None:
    """What was typed is still there."""
    app = app_of(pilot)
    await pilot.press("slash", *"twice", "enter", "slash")
    await pilot.pause()
    assert app.live.list.line.value == "twice"
    assert app.focused is app.live.list.line


async def test_nothing_found_says_so_and_what_to_press(pilot: Pilot[int]) -> None:
    """An empty list is never silent."""
    await pilot.press("slash", *"m99999999", "enter")
    await pilot.pause()
    assert "matches · / changes the filter, esc clears it" in text_of(app_of(pilot))


async def test_new_messages_come_into_a_filtered_list(pilot: Pilot[int]) -> None:
    """The filter goes on working while the run does."""
    app = app_of(pilot)
    await pilot.press("slash", *"path:sms-backup", "enter")
    before = len(listed(app))
    for _ in range(12):
        advance(app, 5)
        app.live.list.work()
    app.live.paint()
    assert len(listed(app)) > before
    assert listed(app) == sorted(listed(app), reverse=True)


async def test_s_sorts_by_the_next_column_and_capital_s_turns_it_around(pilot: Pilot[int]) -> None:
    """Each is said in the frame; after the last column comes the first."""
    app = app_of(pilot)
    seen = []
    for _ in range(5):
        await pilot.press("s")
        app.live.list.work()
        app.live.paint()
        seen.append(title(app))
    assert [t.removeprefix("Messages").strip() for t in seen] == [
        "longest first", "dearest first", "most copies first", "by state, open last", "",
    ]  # fmt: skip
    await pilot.press("s", "S")
    app.live.list.work()
    app.live.paint()
    assert "shortest first" in title(app)
    took = [row.took_us for row in map(app.session.row, listed(app)) if row is not None]
    assert took == sorted(took)
    assert len(took) == app.session.message_count


async def test_whoever_reads_in_a_sorted_list_keeps_the_message(pilot: Pilot[int]) -> None:
    """Others that come above it do not move it away, and they are counted."""
    app = app_of(pilot)
    await pilot.press("s")
    app.live.list.work()
    await pilot.press("tab", "tab", *["down"] * 4)
    chosen, line = app.live.messages.chosen, app.live.messages.render_line(4).text
    assert chosen is not None
    assert f"m{chosen} " in line
    for _ in range(12):
        advance(app, 5)
        app.live.list.work()
    app.live.paint()
    place = app.live.messages._listing.places.place_of(chosen)
    assert app.live.messages.chosen == chosen
    top = round(app.live.messages.scroll_y)
    assert place is not None
    assert top <= place < top + app.live.messages.size.height


async def test_scrolling_stops_following_and_counts_what_is_new(pilot: Pilot[int]) -> None:
    """A wheel over the list keeps it where it is."""
    app = app_of(pilot)
    app.live.messages._anchor()
    newest = app.session.message_count
    advance(app, 30)
    assert f"▲ {app.session.message_count - newest} newer" in subtitle(app)
    await pilot.press("tab", "tab", "escape")
    await pilot.pause()
    assert "following the newest" in subtitle(app)


async def test_messages_whose_lines_were_let_go_are_listed_still() -> None:
    """The list goes back to the first message; their rows say what the columns know."""
    app = stage(STORM, load__0__poisson="500/s", load__0__for="30s")
    async with app.run_test(size=(160, 45)) as pilot:
        advance(app, 600)
        assert app.session.message_count > KEPT + 1000
        assert app.session.oldest_kept > 1
        await pilot.press("tab", "tab", "end")
        await pilot.pause()
        assert app.live.messages.chosen == 1
        assert " m1 " in text_of(app)
        assert "its lines are no longer kept" in app.live.timeline.shown_text


async def test_another_run_is_listed_from_its_start(pilot: Pilot[int]) -> None:
    """The filter stays over a restart."""
    app = app_of(pilot)
    await pilot.press("slash", *"twice", "enter", "r")
    assert listed(app) == []
    advance(app, 90)
    app.live.list.work()
    app.live.paint()
    assert listed(app)
    assert "twice" in title(app)


# The tracer --------------------------------------------------------------------------------------


async def test_t_follows_the_next_message_to_its_end(pilot: Pilot[int]) -> None:
    """It is waited for, pointed out, told, and its end is said in words."""
    app = app_of(pilot)
    await pilot.press("t")
    message = app.session.message_count + 1
    assert f"◆ waiting for the next message, m{message}" in app.live.notice.shown_text
    assert app.live.tracked == app.session.followed
    levels = set()
    while app.session.message_count < message or not app.session.is_decided(message):
        advance(app, 0.5)
        if app.session.message_count >= message:
            assert app.live.tracked == message
            place = app.session.frame(message).tracked
            levels |= {None if place is None else place.lane}
    assert levels
    assert f"◆ m{message} " in app.live.notice.shown_text
    assert "Timeline · ◆ the tracer" in text_of(app)
    assert f" m{message} " in app.live.timeline.shown_text
    await pilot.press("t")
    assert f"m{message} is no longer followed" in app.live.notice.shown_text


async def test_t_follows_the_chosen_message_and_others_can_be_looked_at(pilot: Pilot[int]) -> None:
    """Choosing another shows it; letting go of that one shows the tracer again."""
    app = app_of(pilot)
    await pilot.press("tab", "tab", "down", "down", "t")
    traced = app.live.messages.chosen
    assert f"◆ m{traced} is followed" in app.live.notice.shown_text
    await pilot.press("down")
    assert app.live.tracked == app.live.messages.chosen != traced
    await pilot.press("escape")
    assert app.live.tracked == traced


async def test_a_new_run_has_no_tracer(pilot: Pilot[int]) -> None:
    """A message of the run before means nothing in this one; nor does one after the end."""
    app = app_of(pilot)
    await pilot.press("t", "r")
    assert app.live._tracer.message is None
    advance(app, 3600)
    await pilot.press("t")
    assert "the run is over" in app.live.notice.shown_text
    assert app.live._tracer.message is None


# Headings ----------------------------------------------------------------------------------------

HEADS = [("took", "longest first", "shortest first"), ("cost", "dearest first", "cheapest first"),
         ("×", "most copies first", "fewest copies first"),
         ("state", "by state, open last", "by state, open first"),
         ("message", "", "oldest first")]  # fmt: skip


def heads(app: SandboxApp) -> str:
    """The line of headings."""
    return app.live.messages.render_line(0).text


async def click_head(pilot: Pilot[int], word: str) -> None:
    """Click a heading, with the frame around the list counted."""
    app = app_of(pilot)
    at = heads(app).index(word)
    await pilot.click(app.live.messages, offset=(at + 1, 1))
    app.live.list.work()
    app.live.paint()
    await pilot.pause()


@pytest.mark.parametrize(("word", "first", "again"), HEADS)
async def test_a_click_on_a_heading_sorts_and_another_one_turns_around(
    pilot: Pilot[int], word: str, first: str, again: str
) -> None:
    """The arrow says which way, and the frame says it in words; the keys come to the same."""
    app = app_of(pilot)
    if word == "message":  # it is sorted by that already
        await click_head(pilot, "took")
    for words, arrow in ((first, "▼"), (again, "▲"), (first, "▼")):
        await click_head(pilot, word)
        assert f"{word}{arrow}" in heads(app)
        assert words in title(app)
        assert heads(app).count("▼") + heads(app).count("▲") == 1


async def test_sort_by_click_and_key_agree(pilot: Pilot[int]) -> None:
    """The same messages in the same order."""
    app = app_of(pilot)
    await pilot.press("s", "S")
    app.live.list.work()
    by_key = listed(app)
    await pilot.press("S", "s", "s", "s", "s")
    await click_head(pilot, "took")
    await click_head(pilot, "took")
    assert listed(app) == by_key
    assert "took▲" in heads(app)


async def test_another_heading_begins_the_usual_way_round(pilot: Pilot[int]) -> None:
    """Whatever way the one before was."""
    app = app_of(pilot)
    for word in ("took", "took", "cost"):
        await click_head(pilot, word)
    assert "cost▼" in heads(app)


async def test_the_path_is_no_order_and_a_click_on_it_does_nothing(pilot: Pilot[int]) -> None:
    """Neither sorts nor chooses."""
    app = app_of(pilot)
    before = listed(app)
    await click_head(pilot, "path")
    assert listed(app) == before
    assert app.live.messages.chosen is None


async def test_the_wheel_scrolls_below_the_headings_and_stops_following(pilot: Pilot[int]) -> None:
    """They stay on top; the last message can be reached, the first as well."""
    app = app_of(pilot)
    messages = app.live.messages
    before = heads(app), messages.render_line(1).text
    for _ in range(3):
        messages.post_message(
            MouseScrollDown(messages, 5, 5, 0, 1, 0, shift=False, meta=False, ctrl=False)
        )
        await pilot.pause()
    assert heads(app) == before[0]
    assert messages.scroll_y > 0
    assert messages.chosen is not None
    assert messages.render_line(1).text != before[1]
    messages.focus()
    await pilot.press("end")
    await pilot.pause()
    last = messages.scrollable_content_region.height - 1
    assert "m1 " in messages.render_line(last).text
    below = messages.scroll_y
    for _ in range(3):
        messages.post_message(
            MouseScrollUp(messages, 5, 5, 0, -1, 0, shift=False, meta=False, ctrl=False)
        )
        await pilot.pause()
    assert messages.scroll_y < below
    assert heads(app) == before[0]


@pytest.mark.parametrize("size", SIZES)
async def test_in_ascii_the_arrows_are_letters(size: tuple[int, int], tmp_path: Path) -> None:
    """At every size the headings stand over their columns, in ASCII as well."""
    settings = tmp_path / "settings.toml"
    settings.write_text('version = 1\nglyphs = "ascii"\nfirst_card_dismissed = true\n')
    app = make_app(scenario(STORM), ticker=False, clock=lambda: 0.0, settings=settings)
    async with app.run_test(size=size) as pilot:
        advance(app, 90)
        await pilot.press("slash", "escape", "s")
        app.live.list.work()
        app.live.paint()
        await pilot.pause()
        text = text_of(app)
        assert text.isascii()
        line = next(line for line in text.splitlines() if "message" in line and "state" in line)
        assert "tookv" in line
        await pilot.press("S")
        await pilot.pause()
        assert "took^" in text_of(app)


async def test_where_there_is_hardly_room_there_are_no_headings() -> None:
    """Then every line is for a message."""
    app = stage(STORM)
    async with app.run_test(size=(60, 16)) as pilot:
        advance(app, 90)
        await pilot.press("slash", "escape")
        messages = app.live.messages
        messages.styles.height = 5
        await pilot.pause()
        app.live.list.show(app.palette())
        assert " m" in messages.render_line(0).text
