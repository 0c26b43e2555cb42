from collections.abc import AsyncIterator

import pytest
from textual.pilot import Pilot
from textual.widget import Widget

from sandbox.app.stories import KEPT
from sandbox.tui.app import SandboxApp
from tests.tui.stage import STORM, advance, stage, text_of

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
    chosen, line = app.live.messages.chosen, app.live.messages.render_line(3).text
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
