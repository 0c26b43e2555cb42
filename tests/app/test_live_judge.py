from collections.abc import Callable
from itertools import count
from typing import Final

from sandbox.app.live_judge import Check, LiveJudge, Standing
from sandbox.app.run import run_loaded
from sandbox.app.session import Session
from sandbox.report.figures import format_measure, percent_text
from tests.tui.stage import CODES, STORM, scenario

EXPECT: Final = """\
expect:
  all: [delivery_rate >= 95%, time_to_delivered.p95 <= 10s, cost.per_message <= 0.07 EUR]
  never: [double delivery]
  sometimes: [late success]
"""


def session_at(virtual_s: float, text: str = STORM + EXPECT) -> Session:
    """A session at an instant."""
    session = Session(scenario(text))
    session.advance(int(virtual_s * 1_000_000 / session.speed))
    return session


def judged(session: Session, clock: Callable[[], float] | None = None) -> LiveJudge:
    """The judge of a session, with a clock of its own."""
    if clock is not None:
        session.judge._clock = clock
    return session.judge


def test_before_anything_ended_nothing_is_broken() -> None:
    """What has no samples yet, and what may still come, is open."""
    judge = session_at(0.2).judge
    judge.look(is_over=False)
    standings = {check.standing for check in judge.checks[:2]}
    assert standings == {Standing.OPEN}
    assert judge.checks[-1].standing is Standing.OPEN


def test_while_it_runs_what_breaks_is_told_with_what_was_seen() -> None:
    """All in one look while that is cheap."""
    judge = session_at(100).judge
    judge.look(is_over=False)
    delivered, p95, cost, *_ = judge.checks
    rate = session_at(100).figures().known_rate
    assert rate is not None
    assert delivered.seen == percent_text(rate)
    assert delivered.standing is cost.standing is Standing.HOLDS
    assert p95.standing is Standing.BROKEN
    assert p95.text == "time_to_delivered.p95 <= 10s"
    assert p95.seen.endswith(" s")
    assert p95.message is not None


def test_at_the_end_it_says_what_the_command_says() -> None:
    """Every expectation, with the same words."""
    session = session_at(3600)
    assert session.is_at_end
    session.judge.look(is_over=True)
    result = run_loaded(session.scenario)
    for check, item in zip(session.judge.checks, result.expectations, strict=True):
        assert (check.standing is Standing.HOLDS) == item.passed
        assert check.message == item.first_message
        if item.measure is not None and not item.seen:
            assert check.seen == format_measure(item.measure, "EUR")


def test_when_it_grows_dear_one_is_judged_at_a_look() -> None:
    """Between two frames there is no time for all of them."""
    session = session_at(20)
    ticks = (second * 0.01 for second in count())
    judge = judged(session, lambda: next(ticks))  # every judgement takes ten milliseconds
    judge.look(is_over=False)
    before = list(judge.checks)
    session.advance(20_000_000)
    judge._cost_s = 1.0
    judge.look(is_over=False)
    assert sum(old is not new for old, new in zip(before, judge.checks, strict=True)) == 1


def test_when_it_is_too_dear_it_waits_for_the_end() -> None:
    """And says from when it is; in the end all are judged once more."""
    session = session_at(20)
    ticks = (second * 0.5 for second in count())
    judge = judged(session, lambda: next(ticks))
    for _ in range(3):
        assert judge.stopped_at_us is None  # once may be chance
        session.advance(1_000_000)
        judge.look(is_over=False)
    stops = [judge.stopped_at_us]
    assert stops == [session._world.now]
    before = list(judge.checks)
    session.advance(20_000_000)
    judge.look(is_over=False)
    assert list(judge.checks) == before
    session.advance(3_600_000_000)
    judge.look(is_over=True)
    stops.append(judge.stopped_at_us)
    assert stops[1] is None
    assert all(check.standing is not Standing.OPEN for check in judge.checks)


def test_a_run_that_stands_still_is_judged_once() -> None:
    """A paused screen costs nothing."""
    session = session_at(20)
    session.judge.look(is_over=False)
    before = list(session.judge.checks)
    session.judge.look(is_over=False)
    assert all(old is new for old, new in zip(before, session.judge.checks, strict=True))


def test_a_scenario_that_expects_nothing_has_no_checks() -> None:
    """Neither while it runs nor at its end."""
    session = session_at(20, CODES)
    session.judge.look(is_over=True)
    assert list(session.judge.checks) == list[Check]()
