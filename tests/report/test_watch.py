"""Messages under way: followed by phases while they go smoothly, in full from then on."""

from sandbox.cascade.outputs import NOTHING
from sandbox.report.attempts import ALWAYS, ANSWERED, CODE, FIRST
from sandbox.report.message_rules import ACCEPTED, DELIVERED
from sandbox.report.watch import ASKED, AWAITED, TOLD, WAITED, Smooth, Watch
from tests.support.hand import level, plan, us

TWO = plan(level("sms", wait=30, timeout=10), level("viber"), deadline=100)


def _watch(phase: int) -> tuple[Watch, list[str]]:
    """A watch over one message in a phase: requested at 0, accepted at 2 s, told at 5 s."""
    broken: list[str] = []
    watch = Watch((TWO,), lambda law, _, __: broken.append(law))
    watch.attempts.begin(1, 0)
    smooth = Smooth(watch.rules["otp"], 0, 1, NOTHING)
    smooth.phase = phase
    smooth.news_at = {ASKED: 0, AWAITED: 0, WAITED: us(2), TOLD: us(5)}[phase]
    smooth.news_seq = phase
    smooth.known = {ASKED: 0, AWAITED: 0, WAITED: ACCEPTED, TOLD: DELIVERED}[phase]
    watch.under_way[1] = smooth
    return watch, broken


def test_a_message_is_opened_up_as_it_stands() -> None:
    """In each phase, following it in full goes on where following it by phases stopped."""
    dues = {}
    for phase in (ASKED, AWAITED, WAITED, TOLD):
        watch, _ = _watch(phase)
        state = watch.state(1)
        assert state is not None
        assert watch.state(1) is state
        dues[phase] = (state.due, bool(state.awaited), state.expected and state.expected[0])
    assert dues == {
        ASKED: (us(100), False, "submitted"),
        AWAITED: (us(10), True, None),
        WAITED: (us(32), False, None),
        TOLD: (us(35), False, "finished"),
    }


def test_what_was_seen_of_the_attempt_goes_into_its_row() -> None:
    """Truth and bill are not lost on the way."""
    watch, _ = _watch(WAITED)
    smooth = watch.under_way[1]
    assert isinstance(smooth, Smooth)
    smooth.truth, smooth.bill = ALWAYS | 1, 45
    row = watch.row(1, FIRST)
    attempts = watch.attempts
    assert (attempts.truth[row], attempts.bill[row]) == (ALWAYS | 1, 45)
    assert attempts.status[row] & CODE == ACCEPTED
    assert attempts.status[row] & ANSWERED


def test_a_message_that_is_over_or_never_was_has_no_state() -> None:
    """Nothing is kept open that does not go on."""
    watch, _ = _watch(WAITED)
    assert watch.state(2) is None


def test_what_is_missing_at_the_end_is_told() -> None:
    """A message without an outcome, and a submission nobody answered."""
    watch, broken = _watch(AWAITED)
    watch.finish(9)
    assert broken == ["settled", "answers-add-up"]


def test_a_timer_that_should_have_acted_is_told_once() -> None:
    """What is overdue breaks one law, not one with every line that follows."""
    watch, broken = _watch(WAITED)
    state = watch.state(1)
    assert state is not None
    watch.look(state, 7, us(33))
    watch.look(state, 8, us(34))
    assert broken == ["on-time"]
