import gc

import pytest

from sandbox.tui.collecting import Collector
from tests.tui.stage import stage


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The generations that were looked through on purpose."""
    seen: list[int] = []
    monkeypatch.setattr(gc, "collect", lambda generation=2: seen.append(generation))
    return seen


def test_while_the_run_goes_on_python_does_not_look_through_the_old(looks: list[int]) -> None:
    """Through the young as ever; afterwards all is as it was."""
    before = gc.get_threshold()
    collector = Collector()
    for _ in range(150):
        collector.look(stands_still=False)
    assert gc.get_threshold()[:2] == before[:2]
    assert gc.get_threshold()[2] > 1_000_000
    assert looks == []
    collector.end()
    assert gc.get_threshold() == before


def test_when_the_run_stands_still_all_is_looked_through_once(looks: list[int]) -> None:
    """At its first frame; and once more when it has gone on and stands still again."""
    collector = Collector()
    for _ in range(10):
        collector.look(stands_still=True)
    assert looks == [2]
    collector.look(stands_still=False)
    collector.look(stands_still=True)
    assert looks == [2, 2]
    collector.end()


def test_a_run_that_never_stands_still_is_looked_through_in_the_end(looks: list[int]) -> None:
    """Every ten minutes of frames."""
    collector = Collector()
    for _ in range(9000):
        collector.look(stands_still=False)
    assert looks == [2]
    collector.end()


async def test_an_app_that_was_left_leaves_the_collector_to_python() -> None:
    """Whoever runs it inside another program finds that as it was."""
    before = gc.get_threshold()
    app = stage()
    async with app.run_test():
        app.live.tick()
        assert gc.get_threshold() != before
    assert gc.get_threshold() == before
