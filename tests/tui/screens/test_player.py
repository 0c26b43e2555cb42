from dataclasses import replace

import pytest
from textual.geometry import Size

from sandbox.app.frame import Phase
from sandbox.app.session import Session
from sandbox.app.survey import Sort
from sandbox.tui.screens.player import Player, without_headline
from tests.app.test_replaying import SECOND, playback_of
from tests.tui.stage import scenario


@pytest.fixture
def player() -> Player:
    """The panels, not on any screen."""
    return Player(Session(scenario()), lambda: 0.0)


def test_bookmarks_are_marks_of_their_own_run(player: Player) -> None:
    """They go when they are made twice, and stay while another run is looked at."""
    player.playback = playback_of("r2")
    assert player.bookmark(3 * SECOND)
    assert [m.at_us for m in player.marks if m.sort is Sort.BOOKMARK] == [3 * SECOND]
    player.playback = playback_of("r1")
    assert player.marks == []
    player.playback = playback_of("r2")
    assert len(player.marks) == 1
    assert not player.bookmark(3 * SECOND)
    assert player.marks == []


def test_the_next_mark_is_the_nearest_that_way(player: Player) -> None:
    """All marks of one instant are said together."""
    player.playback = playback_of("r2")
    for second in (5, 2, 9):
        player.bookmark(second * SECOND)
    assert player.marked(2 * SECOND, 1) == (5 * SECOND, "bookmark 00:00:05.0")
    assert player.marked(9 * SECOND, -1) == (5 * SECOND, "bookmark 00:00:05.0")
    assert player.marked(9 * SECOND, 1) is None
    assert player.marked(2 * SECOND, -1) is None


def test_without_a_playback_there_is_nothing_to_mark(player: Player) -> None:
    """The list of runs is shown then."""
    assert player.marks == []
    assert player.tracked is None


@pytest.mark.parametrize(
    ("size", "views"),
    [((60, 16), 3), ((80, 24), 3), ((80, 40), 2), ((120, 24), 2), ((120, 36), 1), ((200, 60), 1)],
)
def test_every_panel_is_in_some_view(player: Player, size: tuple[int, int], views: int) -> None:
    """The smaller the screen, the more views; a panel that is wanted is brought."""
    player.arrange(Size(*size))
    assert len(player.views) == views
    for panel in (player.timeline, player.flow, player.messages):
        player.bring(panel)
        assert panel in player.shown
        assert panel.display
    assert player.next_view() == (views > 1)


def test_the_end_is_not_told_in_the_words_of_the_live_screen() -> None:
    """Its keys are other ones; an error is told all the same."""
    frame = playback_of("r2").frame()
    over = replace(frame, phase=Phase.OVER, is_settled=True)
    assert without_headline(over).phase is Phase.PAUSED
    assert not without_headline(over).is_settled
    assert without_headline(replace(frame, phase=Phase.BROKEN)).phase is Phase.BROKEN
