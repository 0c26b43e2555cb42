import pytest

from sandbox.app.stories import Stories
from sandbox.cascade.outputs import Fact
from sandbox.drivers.virtual import run_virtual
from sandbox.report.timeline import story_of
from sandbox.scenario.loader import load
from sandbox.simulation.world import World

SCENARIO = load("""\
schema: 1
cascades: {otp: [{channel: sms, wait: 10s}, viber]}
providers: {sms: {base: ideal, delivery: {outcomes: {delivered: rest, failed: 50%}}}}
load: [{constant: 1/s, for: 30s}]
""")


@pytest.fixture(scope="module")
def log() -> list[Fact]:
    """A run of thirty messages, half of which switch."""
    return [fact for piece in run_virtual(World(SCENARIO.world)) for fact in piece]


def stories(log: list[Fact], kept: int = 100, patience_us: int = 0) -> Stories:
    """What is remembered of a log."""
    made = Stories(SCENARIO.world.plans, SCENARIO.currency, kept)
    for fact in log:
        made.take(fact, patience_us)
    return made


def test_every_line_about_a_message_is_kept(log: list[Fact]) -> None:
    """A message's lines are those of the log, in order."""
    assert list(stories(log).facts(7)) == [fact for fact in log if fact[2] == 7]


def test_only_the_latest_messages_are_kept(log: list[Fact]) -> None:
    """However many messages there were, the latest are remembered and the others let go."""
    made = stories(log, kept=10)
    assert made.oldest == 21
    assert made.facts(20) == ()
    assert made.account(20) is None
    assert made.story(20) is None
    assert made.account(21) is not None


def test_a_story_grows_with_the_log(log: list[Fact]) -> None:
    """A timeline looked at early and again later is the one of the whole log."""
    made = Stories(SCENARIO.world.plans, SCENARIO.currency)
    for fact in log:
        made.take(fact, 0)
        if made.oldest:
            made.story(1)
            made.account(1)
    whole = story_of(log, SCENARIO.world.plans, SCENARIO.currency)
    story, account = made.story(1), made.account(1)
    assert whole is not None
    assert story is not None
    assert account is not None
    assert story.rows == whole.rows
    assert story.bars == whole.bars
    assert account.steps == whole.account.steps
    assert account.outcome == whole.account.outcome


def test_stories_of_two_messages_do_not_mix(log: list[Fact]) -> None:
    """Going from one message to another and back shows each its own."""
    made = stories(log)
    first = made.story(1)
    assert first is not None
    rows = list(first.rows)
    made.story(2)
    again = made.story(1)
    assert again is not None
    assert again.rows == rows


def test_the_first_message_that_switches_is_followed(log: list[Fact]) -> None:
    """Who has chosen nothing sees a message that switched level."""
    first = next(fact[2] for fact in log if fact[5] == "fell_back")
    assert stories(log, patience_us=10**12).followed == first


def test_after_a_while_another_one_is_followed(log: list[Fact]) -> None:
    """A message that is over makes room for a later switch when the patience ends."""
    patient = stories(log, patience_us=10**12).followed
    impatient = stories(log, patience_us=0).followed
    assert patient is not None
    assert impatient is not None
    assert impatient > patient


def test_a_followed_message_that_is_let_go_is_followed_no_more(log: list[Fact]) -> None:
    """Nobody follows a message whose lines are gone."""
    followed = stories(log, kept=5, patience_us=10**12).followed
    assert followed is None or followed >= 26
