import pytest

from sandbox.tui.widgets.flow import Flow, legend_of
from tests.tui.stage import advance, stage


@pytest.mark.parametrize("width", [20, 58, 78, 118, 250])
def test_the_legend_is_as_long_as_there_is_room(width: int) -> None:
    """Signs are explained below the picture, the most important ones first."""
    legend = legend_of(1, width)
    assert legend.startswith("·•●◉█ 1–5")
    assert len(legend) <= max(width - 4, len("·•●◉█ 1–5"))
    assert ("~ receipt lost  ○ not taken" in legend) == (width > 70)
    assert ("◆" in legend) == (width > 100)


def test_a_coarser_scale_is_told() -> None:
    """When a dot stands for five messages, the legend says so."""
    assert "in steps of 5 messages" in legend_of(5, 118)


async def test_a_click_on_a_lane_chooses_it() -> None:
    """The lane under the pointer becomes the one whose provider the keys turn."""
    app = stage()
    async with app.run_test(size=(80, 24)) as pilot:
        advance(app, 10)
        await pilot.click(Flow, offset=(5, 9))
        await pilot.pause()
        assert "▸● 1 whatsapp" in app.live.flow.shown_text
        await pilot.click(Flow, offset=(40, 15))
        await pilot.pause()
        assert "▸● 2 viber" in app.live.flow.shown_text
