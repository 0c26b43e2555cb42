"""What a plan refuses to be, and the arithmetic of its backoff."""

import pytest

from sandbox.cascade.plan import LEVELS_MAX, PROVIDERS_PER_LEVEL_MAX, Backoff, Level
from sandbox.cascade.vocabulary import Channel, Status, Trigger
from sandbox.errors import MisuseError
from tests.support.hand import level, plan

SECOND = 1_000_000
MIDDLE = 1 << 31
MOST = (1 << 32) - 1


def test_the_backoff_doubles_up_to_its_maximum() -> None:
    """S20: 1, 2, 4, 8, 16, 30, 30 … seconds by default, before the jitter."""
    backoff = Backoff(jitter_ppm=0)
    pauses = [backoff.delay_us(retry, MIDDLE) // SECOND for retry in range(1, 10)]
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30, 30]


def test_the_jitter_is_a_band_around_the_pause() -> None:
    """S20: 20 % less with the least luck, 20 % more with the most, the pause in the middle."""
    backoff = Backoff()
    assert [backoff.delay_us(1, luck) for luck in (0, MIDDLE, MOST)] == [800_000, SECOND, 1_199_999]
    assert [backoff.delay_us(9, luck) for luck in (0, MOST)] == [24 * SECOND, 36 * SECOND - 1]


def test_a_factor_may_be_a_fraction() -> None:
    """S20: factors are parts per million, multiplied in integers."""
    backoff = Backoff(first_us=SECOND, factor_ppm=1_500_000, jitter_ppm=0)
    assert [backoff.delay_us(retry, 0) for retry in (1, 2, 3)] == [SECOND, 1_500_000, 2_250_000]


def test_a_first_pause_beyond_the_maximum_is_the_maximum() -> None:
    """S20: no pause is longer than `max`, the first included."""
    assert Backoff(first_us=50 * SECOND, jitter_ppm=0).delay_us(1, 0) == 30 * SECOND


def test_more_luck_is_never_a_shorter_pause() -> None:
    """S20: the jitter is monotone in the draw, so luck keeps its order."""
    pauses = [Backoff().delay_us(2, luck) for luck in range(0, MOST, 1 << 25)]
    assert pauses == sorted(pauses)


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: level(via=["a"] * (PROVIDERS_PER_LEVEL_MAX + 1)), "1 to 8 providers"),
        (lambda: level(success=Status.FAILED), "failed is no success"),
        (lambda: level(success=Status.SUBMITTED), "submitted is no success"),
        (lambda: level(wait=0), "longer than nothing"),
        (lambda: level(wait=-1), "longer than nothing"),
        (lambda: level(timeout=0), "longer than nothing"),
        (lambda: level(next_on=frozenset({Trigger.INELIGIBLE})), "always moves on"),
        (plan, "1 to 8 levels"),
        (lambda: plan(*[level()] * (LEVELS_MAX + 1)), "1 to 8 levels"),
        (lambda: plan(level(wait=None), deadline=None), "could wait for ever"),
    ],
)
def test_what_no_cascade_could_run_is_refused(build: object, says: str) -> None:
    """S10, S13, S28: a plan that could not work is not built at all."""
    with pytest.raises(MisuseError, match=says):
        build()  # type: ignore[operator]  # the test knows


def test_a_level_without_providers_is_refused() -> None:
    """S22: somebody has to carry the message."""
    with pytest.raises(MisuseError, match="1 to 8 providers"):
        Level(channel=Channel("sms"), providers=())


def test_a_level_may_wait_for_ever_where_nothing_is_waited_for() -> None:
    """S13: without wait and deadline a level is bounded when success is the acceptance."""
    assert plan(level(wait=None, success=Status.ACCEPTED), deadline=None).deadline_us is None


def test_a_plan_with_another_text_says_it_at_every_level() -> None:
    """Also where a level has its own; nothing else is different."""
    its_plan = plan(level(), level("viber", text="viber's own"), text="the cascade's")
    assert [its_plan.text_of(nth) for nth in (0, 1)] == ["the cascade's", "viber's own"]
    worded = its_plan.worded("mine")
    assert [worded.text_of(nth) for nth in (0, 1)] == ["mine", "mine"]
    assert worded.worded("the cascade's").levels[0] == its_plan.levels[0]
