"""How much a provider takes at once, in a while, and in a day."""

from sandbox.cascade.vocabulary import OnUnknown
from sandbox.simulation.limits import Quota, RateLimit
from sandbox.simulation.spec import Burst, OverAnswer, OverDrop, OverQueue, Settings
from tests.support.hand import level, plan, us
from tests.support.worlds import kinds, lines, provider, run, world

A_SECOND = 86_400 * 10**6
"""One submission a second, in millionths a day."""

ONE = plan(level(wait=100))


def _admitted(settings: Settings, instants: list[int]) -> list[int]:
    rate = RateLimit()
    admitted = []
    for now in instants:
        if not rate.wait_us(settings, now):
            rate.take(settings, now)
            admitted.append(now)
    return admitted


def test_a_burst_fits_and_then_the_rate_holds() -> None:
    """Limits: as many as the burst at once, afterwards one for each interval."""
    settings = Settings(limit_rate=2 * A_SECOND, limit_burst=3)
    instants = [0] * 10 + [us(0.25) * step for step in range(1, 9)]
    admitted = _admitted(settings, instants)
    assert admitted == [0, 0, 0, us(0.5), us(1), us(1.5), us(2)]


def test_the_rate_is_held_exactly_over_a_long_time() -> None:
    """Limits: an interval that is no whole number of microseconds adds up to no drift."""
    settings, rate, now = Settings(limit_rate=7 * A_SECOND // 3), RateLimit(), 0
    for _ in range(7_000):
        rate.take(settings, now)
        now += rate.wait_us(settings, now)
    assert 0 <= now - us(3_000) < 7_000, "each is rounded up to a whole microsecond at most"


def test_without_a_rate_there_is_always_room() -> None:
    """Limits: what is not limited is not counted."""
    assert _admitted(Settings(), [0] * 50) == [0] * 50


def test_a_quota_is_counted_anew_in_every_window() -> None:
    """Limits: what one day used up the next has again, from the start of the run."""
    quota, settings = Quota(us(10)), Settings(quota_count=2)
    waits = []
    for at in (0, 1, 2, 9, 10, 11, 12, 35):
        waits.append(quota.wait_us(settings, us(at)) // us(1))
        if not waits[-1]:
            quota.take(settings, us(at))
    assert waits == [0, 0, 8, 1, 0, 0, 8, 0]


def test_a_queue_before_a_quota_goes_on_into_the_next_windows() -> None:
    """Limits: who waits for the next day is counted in the day he is served."""
    quota, settings = Quota(us(10)), Settings(quota_count=1)
    served = []
    for _ in range(4):
        served.append(quota.wait_us(settings, 0))
        quota.take(settings, 0)
    assert served == [0, us(10), us(20), us(30)]


# In a world --------------------------------------------------------------------------------------


def test_a_submission_over_the_rate_is_throttled_and_told_when_to_come_back() -> None:
    """S20: the retry comes no sooner than the provider asks, though the backoff is shorter."""
    over = OverAnswer("throttled", us(9))
    narrow = provider(limit_rate=A_SECOND, more={"over": over})
    its_plan = plan(level(wait=100, retries=1))
    assert lines(run(world(its_plan, narrow, load=2)), 2) == [
        "0 requested 0",
        "0 submitted 0.1 sms",
        "1 throttled 0.1",
        "1 retry_planned 0.1 for 10",
        "10 submitted 0.2 sms",
        "11 accepted 0.2",
        "15 reached_handset 0.2",
        "16 receipt 0.2 delivered",
        "16 finished 0.2 delivered",
    ]


def test_the_backoff_counts_where_it_is_longer() -> None:
    """S20: a short Retry-After does not hurry anybody."""
    narrow = provider(limit_rate=A_SECOND, more={"over": OverAnswer("throttled", us(0.5))})
    its_plan = plan(level(wait=100, retries=1))
    assert "1 retry_planned 0.1 for 2" in lines(run(world(its_plan, narrow, load=2)), 2)


def test_a_submission_over_the_rate_can_be_refused() -> None:
    """Limits: some providers refuse what is too much for good."""
    narrow = provider(limit_rate=A_SECOND, more={"over": OverAnswer("refused.permanent")})
    facts = run(world(ONE, narrow, load=4))
    assert kinds(facts).count("refused") == 3


def test_a_queue_takes_everything_and_sends_it_one_by_one() -> None:
    """Limits: accepted at once, on its way when its turn comes."""
    queue = provider(limit_rate=A_SECOND, more={"over": OverQueue()})
    facts = run(world(ONE, queue, load=4))
    assert [fact[1] for fact in facts if fact[5] == "accepted"] == [us(1)] * 4
    arrived = [fact[1] for fact in facts if fact[5] == "reached_handset"]
    assert arrived == [us(5), us(6), us(7), us(8)]


def test_what_is_queued_longer_than_it_is_valid_expires() -> None:
    """S16: validity runs from acceptance, also in the provider's queue."""
    queue = provider(limit_rate=A_SECOND, validity_us=us(5), more={"over": OverQueue()})
    facts = run(world(ONE, queue, load=4))
    assert kinds(facts).count("reached_handset") == 2
    assert [fact[1] for fact in facts if fact[5] == "expired_at_provider"] == [us(6)] * 2


def test_what_is_dropped_is_never_answered() -> None:
    """S21: to the engine a dropped submission is unknown, to the provider it never was."""
    drops = provider(limit_rate=A_SECOND, more={"over": OverDrop()})
    its_plan = plan(level(wait=100, on_unknown=OnUnknown.NEXT))
    facts = run(world(its_plan, drops, load=3))
    assert kinds(facts).count("unknown") == 2
    assert kinds(facts).count("reached_handset") == 1
    assert "accepted_at_provider" not in kinds(facts)


def test_a_quota_has_an_answer_of_its_own() -> None:
    """Limits: over the quota is another thing than too fast."""
    spent = provider(
        quota_count=2, more={"quota_over": OverAnswer("refused.permanent"), "quota_per_us": us(60)}
    )
    load = [Burst(plan=0, at_us=us(at), count=3) for at in (0, 70)]
    facts = run(world(ONE, spent, load=load))
    assert [fact[1] for fact in facts if fact[5] == "refused"] == [us(1), us(71)]
