import gc

import pytest

from sandbox.app.collector import collector_paused


@pytest.mark.parametrize("freezes", [False, True])
def test_the_collector_comes_back_after_a_long_way(*, freezes: bool) -> None:
    """Also when the way ends in an error."""

    def go_wrong() -> None:
        with collector_paused(freezes=freezes):
            seen.append(gc.isenabled())
            raise ValueError("odd")

    seen: list[bool] = []
    with pytest.raises(ValueError, match="odd"):
        go_wrong()
    assert [*seen, gc.isenabled()] == [False, True]
    gc.unfreeze()


def test_whoever_has_no_collector_gets_none() -> None:
    """It is put back as it was, and not on."""
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_only_what_is_asked_for_is_frozen() -> None:
    """A run leaves nothing that is kept from being looked through."""
    before = gc.get_freeze_count()
    with collector_paused():
        pass
    assert gc.get_freeze_count() == before
    with collector_paused(freezes=True):
        pass
    assert gc.get_freeze_count() > before
    gc.unfreeze()
