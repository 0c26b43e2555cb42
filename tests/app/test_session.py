from fractions import Fraction
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.app.frame import Condition, Phase
from sandbox.app.knobs import Knob
from sandbox.app.opening_speed import SPEED_MAX, SPEED_MIN
from sandbox.app.session import Session
from sandbox.cascade.outputs import Fact
from sandbox.cascade.vocabulary import SECOND_US, Act
from sandbox.drivers.retraced import LiveChange
from sandbox.drivers.virtual import run_virtual
from sandbox.journal.digest import Digest
from sandbox.journal.entry import KNOB_CHANGED
from sandbox.report.laws import Violation
from sandbox.report.troubles import Trouble
from sandbox.scenario.loader import load
from sandbox.simulation.world import World

TEXT: Final = """\
schema: 1
seed: 11
cascades:
  otp: [{channel: sms, wait: 20s}, {channel: whatsapp, wait: 20s}, viber]
providers:
  sms: {submit: {outcomes: {accepted: rest, timeout.accepted: 5%}}, receipts: {lost: 5%}}
recipients: {population: 200}
load: [{poisson: 5/s, for: 60s}]
faults:
  - {id: slow, provider: sms, at: 20s, for: 10s, set: {delivery.time: x5}}
demo:
  captions:
    - {at: 10s, say: "ten seconds"}
    - {at: 30s, say: "half a minute"}
"""


def session(text: str = TEXT, **overrides: str) -> Session:
    """A session of the scenario."""
    return Session(load(text, overrides=[(k.replace("__", "."), v) for k, v in overrides.items()]))


def advance(made: Session, virtual_s: float) -> None:
    """Let virtual time go by, in one piece."""
    made.advance(int(virtual_s * SECOND_US / made.speed))


def run_out(made: Session) -> Session:
    """Let the session run to its end."""
    while made.phase is Phase.RUNNING:
        advance(made, 10)
    return made


def headless_digest(text: str = TEXT) -> str:
    """The digest of a run nobody watches."""
    digest = Digest()
    for facts in run_virtual(World(load(text).world)):
        digest.update(facts)
    return digest.text


HEADLESS: Final = headless_digest()


# Time --------------------------------------------------------------------------------------------


def test_a_session_watched_to_its_end_has_the_digest_of_a_headless_run() -> None:
    """Watching changes nothing."""
    made = run_out(session())
    assert made.phase is Phase.OVER
    assert made.digest == HEADLESS


@settings(max_examples=10)
@given(
    slices=st.lists(st.integers(1, 30 * SECOND_US), min_size=1, max_size=20),
    steps=st.lists(st.integers(0, 40), max_size=5),
    speed=st.integers(-4, 7),
)
def test_odd_slices_single_steps_and_speeds_do_not_show(
    slices: list[int], steps: list[int], speed: int
) -> None:
    """However it was stepped, paused, hurried and slowed, the log is the same."""
    made = session()
    made.change_speed(speed)
    for wall_us, count in zip(slices, [*steps, *[0] * len(slices)], strict=False):
        made.advance(wall_us)
        for _ in range(count):
            made.step()
        made.is_paused = False
    assert run_out(made).digest == HEADLESS


def test_advancing_stops_exactly_where_the_time_ends() -> None:
    """The instant shown is the wall time times the speed."""
    made = session()
    made.change_speed(-10)
    assert made.speed == SPEED_MIN
    made.advance(8 * SECOND_US)
    assert made.frame().now_us == 2 * SECOND_US


def test_a_paused_session_does_not_move() -> None:
    """Whatever time goes by, a pause is a pause."""
    made = session()
    advance(made, 15)
    made.pause()
    before = made.frame(), made.figures(), made.digest
    assert not made.advance(60 * SECOND_US)
    assert (made.frame(), made.figures(), made.digest) == before
    made.pause()
    assert made.advance(1)


def test_a_step_is_exactly_one_event_and_says_what_it_was() -> None:
    """A single step pauses, turns the world once, and tells the lines it led to."""
    made = session()
    world = World(load(TEXT).world)
    for _ in range(30):
        told = made.step()
        facts = world.step()
        assert len(told) == len(facts)
        assert made.frame().now_us == world.now
    assert made.phase is Phase.PAUSED


def test_an_orphan_is_told_once_beside_the_message_it_was_of() -> None:
    """A step in which a receipt matches nothing tells the truth and the orphan, each once."""
    receipts = "{delay: {fixed: 1s}, unknown_id: 100%}"
    made = session(load="[{burst: 1}]", faults="[]", providers__sms__receipts=receipts)
    told = [words for _ in range(20) for words in made.step()]
    orphans = made.providers()[0].troubles[Trouble.ORPHAN]
    for what in ("orphan receipt", "unknown id"):
        assert sum(what in words for words in told) == orphans > 0


def test_at_the_end_a_step_does_nothing() -> None:
    """When all is quiet there is nothing to step."""
    made = run_out(session())
    assert made.step() == ()
    assert made.phase is Phase.OVER
    assert made.digest == HEADLESS


def test_the_speed_doubles_and_halves_between_a_quarter_and_512() -> None:
    """The speed is a power of two and stops at both ends."""
    made = session()
    made.change_speed(20)
    assert made.speed == SPEED_MAX == 512
    made.change_speed(-1)
    assert made.speed == 256
    made.change_speed(-20)
    assert made.speed == SPEED_MIN == Fraction(1, 4)


@pytest.mark.parametrize(
    ("wait", "speed"), [("1s", Fraction(1, 4)), ("20s", 2), ("30s", 4), ("10m", 64), ("10h", 512)]
)
def test_without_a_word_a_scenario_opens_at_a_speed_one_can_watch(
    wait: str, speed: Fraction
) -> None:
    """A message takes several seconds to the wall, whether the wait is a second or hours."""
    text = f"schema: 1\ncascades: {{a: [{{channel: sms, wait: {wait}}}]}}\nload: [{{burst: 1}}]\n"
    assert session(text).speed == speed


def test_a_scenario_may_say_its_speed() -> None:
    """The demo's speed is taken, to the nearest power of two."""
    assert session(TEXT.replace("demo:", "demo:\n  speed: 30x")).speed == 32


class Clock:
    """Wall time that jumps by a second whenever somebody looks."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def test_a_session_out_of_time_says_how_fast_it_really_is() -> None:
    """What does not fit into the budget is given up, and the frame says so."""
    made = Session(load(TEXT), clock=Clock())
    made.change_speed(20)
    for _ in range(3):
        assert made.advance(100_000, budget_us=1000)
    frame = made.frame()
    assert frame.reached is not None
    assert frame.reached < frame.speed
    assert run_out(made).digest == HEADLESS


def test_a_session_within_its_budget_says_nothing() -> None:
    """A speed that is reached needs no word."""
    made = session()
    made.advance(100_000, budget_us=10 * SECOND_US)
    assert made.frame().reached is None


# Knobs -------------------------------------------------------------------------------------------


def knob_lines(made: Session) -> list[Fact]:
    """The lines of the log that somebody's hand wrote."""
    lines = [fact for fact in replay(made) if fact[5] == KNOB_CHANGED]
    assert len(lines) == len(made.deeds)
    return lines


def replay(made: Session) -> list[Fact]:
    """Run the scenario again with the changes of a session, each before the line it preceded."""
    world = World(made.scenario.world)
    facts: list[Fact] = []
    for turn in made.deeds:
        assert isinstance(turn, LiveChange)
        while len(facts) < turn.seq - 1:
            facts += world.step()
        facts += world.change(turn.provider, turn.path, turn.change, at_us=turn.at_us)
    for piece in run_virtual(world):
        facts += piece
    return facts


def test_a_change_stands_in_the_log_before_the_next_event() -> None:
    """A knob turned at the instant shown becomes the next line, with that instant."""
    made = session()
    advance(made, 12.5)
    lines = made.fact_count
    made.turn("sms", Knob.FAILURE, 10)
    assert made.fact_count == lines + 1
    assert made.deeds[0].seq == lines + 1
    assert made.deeds[0].at_us == made.frame().now_us == 12_500_000
    line = knob_lines(made)[0]
    assert line[7].text("provider") == "sms"
    assert line[7].text("path") == "delivery.outcomes"
    assert "failed: 10%" in line[7].text("value")


def test_a_session_with_changes_replays_to_the_same_digest() -> None:
    """Scenario, seed and changes decide every byte."""
    made = session()
    for at_s, knob in ((9, Knob.OUTAGE), (3, Knob.LATENCY), (7.3, Knob.OUTAGE), (4, Knob.FAILURE)):
        advance(made, at_s)
        made.turn("sms", knob, 3)
        made.step()
        made.pause()
    run_out(made)
    digest = Digest()
    digest.update(replay(made))
    assert digest.text == made.digest
    assert made.digest != HEADLESS


def test_an_outage_makes_messages_wait_and_then_fall() -> None:
    """In an outage no SMS is delivered; after its wait the crowd is in the next lane."""
    made = session(faults="[]")
    advance(made, 30)
    delivered = made.frame().lanes[0].state.delivered
    made.turn("sms", Knob.OUTAGE, 1)
    advance(made, 18)
    mid = made.frame()
    made.turn("sms", Knob.LATENCY, 0)
    advance(made, 10)
    after = made.frame()
    assert mid.providers[0].condition is Condition.OUTAGE
    assert mid.lanes[0].state.in_flight > 70
    assert after.lanes[1].state.entered > mid.lanes[1].state.entered + 25
    assert after.lanes[0].state.delivered - delivered < 40  # what was on its way already


def test_mending_an_outage_gives_the_scenario_back() -> None:
    """Two presses of the switch leave nothing but two lines of the log."""
    made = session()
    advance(made, 5)
    made.turn("sms", Knob.OUTAGE, 1)
    made.turn("sms", Knob.OUTAGE, 1)
    resets = [isinstance(deed, LiveChange) and deed.change is None for deed in made.deeds]
    assert resets == [False, True]
    assert made.frame().providers[0].condition is Condition.UP


def test_a_change_that_changes_nothing_is_no_event() -> None:
    """A knob at its end, or hidden by an outage, writes nothing."""
    made = session()
    made.put("sms", Knob.FAILURE, Fraction(0))
    lines = made.fact_count
    made.turn("sms", Knob.FAILURE, -1)
    assert made.fact_count == lines
    made.turn("sms", Knob.OUTAGE, 1)
    made.turn("sms", Knob.FAILURE, 5)
    assert made.fact_count == lines + 1


def test_a_restart_forgets_the_changes() -> None:
    """The same seed again, with every knob as in the scenario, is the scenario's own run."""
    made = session()
    advance(made, 9)
    made.turn("sms", Knob.OUTAGE, 1)
    made.restart(made.seed)
    assert made.deeds == []
    assert made.frame().now_us == 0
    assert run_out(made).digest == HEADLESS


def test_another_seed_is_another_run() -> None:
    """Other luck, another log, and the frame says which seed it is."""
    made = session()
    made.restart(made.seed + 1)
    assert made.frame().seed == 12
    assert run_out(made).digest != HEADLESS


def test_a_restart_keeps_the_speed() -> None:
    """Who likes it fast need not say so again."""
    made = session()
    made.change_speed(3)
    speed = made.speed
    made.restart()
    assert made.frame().speed == speed


# What can be seen --------------------------------------------------------------------------------


def test_the_figures_at_the_end_are_those_of_the_log() -> None:
    """Delivered, undelivered and in flight add up to the messages sent."""
    made = run_out(session())
    figures = made.figures()
    assert figures.requested == made.message_count > 250
    assert figures.in_flight == 0
    assert figures.known_delivered + figures.undelivered == figures.requested
    assert figures.ledger_nano > 0
    assert figures.currency == "EUR"


def test_captions_are_shown_from_their_instant_on() -> None:
    """The latest caption whose time has come stands until the next."""
    made = session()
    advance(made, 5)
    assert made.frame().caption == ""
    advance(made, 10)
    assert made.frame().caption == "ten seconds"
    advance(made, 15)
    assert made.frame().caption == "half a minute"


def test_a_fault_is_seen_while_it_is_on() -> None:
    """A provider under a fault says which one, and stops saying so."""
    made = session()
    advance(made, 25)
    assert made.frame().providers[0].faults == ("slow",)
    advance(made, 10)
    assert made.frame().providers[0].faults == ()


def test_before_the_first_message_the_frame_says_when_it_comes() -> None:
    """A screen with nothing on it can say what it is waiting for."""
    made = session(load="[{burst: 3, at: 40s}]", faults="[]")
    advance(made, 1)
    assert made.frame().opens_at_us == 40 * SECOND_US
    advance(made, 40)
    assert made.frame().opens_at_us is None


def test_a_run_in_which_only_late_news_is_to_come_is_settled() -> None:
    """When no message is in flight and none will come, the frame says so before the very end."""
    late = "{outcomes: {delivered: 100%}, read: {share: 100%, after: {fixed: 1h}}}"
    made = session(load="[{burst: 3, at: 5s}]", faults="[]", providers__sms__delivery=late)
    advance(made, 1)
    assert not made.frame().is_settled
    advance(made, 205)
    assert made.frame().is_settled
    assert made.phase is Phase.RUNNING


def test_a_row_tells_how_a_message_stands() -> None:
    """An open message shows where it is and for how long, a finished one how it went."""
    made = session(load="[{burst: 1}]", faults="[]")
    made.step()
    row = made.row(1)
    assert row is not None
    assert (row.outcome, row.channel, row.took_us) == ("", "sms", 0)
    made.pause()
    run_out(made)
    row = made.row(1)
    assert row is not None
    assert row.outcome == "delivered"
    assert row.path[-1].word == "delivered"
    assert row.took_us > 0
    assert row.phone.startswith("+")


def test_nobody_has_a_made_up_name_unless_asked_for() -> None:
    """What must be the same on every machine shows numbers, not names."""
    made = session(load="[{burst: 1}]", faults="[]")
    made.step()
    assert made.person_of(1) == ""
    with_names = Session(made.scenario, has_names=True)
    with_names.warm_up()
    with_names.step()
    assert " " in with_names.person_of(1)


def test_of_a_message_that_never_was_there_is_nothing() -> None:
    """Rows and stories of unknown messages are simply missing."""
    made = session()
    assert made.row(99_999) is None
    assert made.story(99_999) is None


# Errors ------------------------------------------------------------------------------------------


# Taking back, and acts ---------------------------------------------------------------------------


def test_a_turn_can_be_taken_back_and_made_again() -> None:
    """Each is a change of its own: the log only grows."""
    made = session()
    advance(made, 5)
    made.turn("sms", Knob.FAILURE, 10)
    made.turn("sms", Knob.FAILURE, 10)
    shares = [made.frame().providers[0].failure_ppb]
    for step in (made.undo, made.undo, made.redo):
        assert step() == "sms"
        shares.append(made.frame().providers[0].failure_ppb)
    base = shares[2]
    assert shares == [shares[0], shares[1], base, shares[1]]
    assert shares[0] > shares[1] > base
    assert len(knob_lines(made)) == 5


def test_there_is_nothing_to_take_back_at_first_or_at_the_end() -> None:
    """A key that can do nothing does nothing."""
    made = session()
    assert (made.undo(), made.redo()) == (None, None)
    made.turn("sms", Knob.FAILURE, 1)
    run_out(made)
    assert (made.undo(), made.redo()) == (None, None)


def test_a_reset_puts_every_knob_of_a_provider_back() -> None:
    """As in the scenario, and it can be taken back as any turn."""
    made = session()
    made.turn("sms", Knob.FAILURE, 10)
    made.turn("sms", Knob.LATENCY, 3)
    assert made.reset("sms")
    assert not made.reset("sms")
    assert not made.frame().providers[0].failure_is_changed
    made.undo()
    assert made.frame().providers[0].failure_is_changed


@pytest.mark.parametrize(
    ("act", "ends"),
    [(Act.CANCEL, "cancelled"), (Act.NEXT, None), (Act.RESEND, None), (Act.VERIFIED, None)],
)
def test_an_act_is_told_and_saved(tmp_path: Path, act: Act, ends: str | None) -> None:
    """The log says what it led to, and the saved scenario does it by itself: the same digest."""
    made = session()
    advance(made, 20)
    open_message = made.message_count
    told = made.act(open_message, act)
    assert told[0].endswith(str(act.value)) or act.value in told[0]
    row = made.row(open_message)
    assert row is not None
    assert ends is None or row.outcome == ends
    advance(made, 10)
    text = made.save(tmp_path).read_text(encoding="utf-8")
    assert headless_digest(text) == made.digest


def test_an_act_on_what_is_over_says_nothing() -> None:
    """Nobody hears of a message about which everything is over, nor of one that never was."""
    made = run_out(session())
    assert made.act(1, Act.CANCEL) == ()
    assert made.act(10**6, Act.CANCEL) == ()
    assert made.deeds == []


def test_a_message_acted_on_is_explained() -> None:
    """What could have been is worked out from the same acts."""
    made = session()
    advance(made, 20)
    message = made.message_count
    made.act(message, Act.NEXT)
    run_out(made)
    assert made.why(message) is not None


def test_an_error_inside_pauses_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error in the simulation is shown, stops the run, and leaves all that was before."""
    made = session()
    advance(made, 10)
    messages, digest = made.message_count, made.digest

    def break_down(*_: object, **__: object) -> list[Fact]:
        raise ZeroDivisionError("no cells left")

    with monkeypatch.context() as patch:
        patch.setattr(World, "advance", break_down)
        advance(made, 10)
    frame = made.frame()
    assert frame.phase is Phase.BROKEN
    assert "ZeroDivisionError: no cells left" in frame.trouble
    assert (made.message_count, made.digest) == (messages, digest)
    assert made.row(1) is not None
    assert not made.advance(SECOND_US)
    made.turn("sms", Knob.OUTAGE, 1)
    assert made.deeds == []


def test_a_broken_session_can_be_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """After an error the same run is one key away."""
    made = session()
    with monkeypatch.context() as patch:
        patch.setattr(World, "step", lambda _: 1 / 0)
        made.step()
    assert made.phase is Phase.BROKEN
    made.restart()
    assert run_out(made).digest == HEADLESS


def test_a_broken_law_stops_the_run() -> None:
    """If the engine ever broke a law of its own, whoever looks is told at once."""
    made = session()
    made._laws.violations.append(Violation("one-outcome", "message 1 has two", 1))
    advance(made, 5)
    assert made.phase is Phase.BROKEN
    assert "message 1 has two" in made.frame().trouble


def test_turns_know_what_a_replay_needs() -> None:
    """A change by hand is kept with its line, instant, setting and value."""
    made = session()
    made.turn("whatsapp", Knob.LATENCY, 10)
    assert len(made.deeds) == 1
    turn = made.deeds[0]
    assert isinstance(turn, LiveChange)
    assert (turn.provider, turn.path, turn.at_us) == ("whatsapp", "delivery.time", 0)
    assert turn.change is not None
    assert turn.change.text == "x2"


def test_a_message_is_explained_while_the_session_goes_on() -> None:
    """With the changes made by hand; when its lines have been let go there is no explanation."""
    made = session()
    made.turn("sms", Knob.OUTAGE, 1)
    run_out(made)
    message = made.followed
    assert message is not None
    explained = made.why(message)
    assert explained is not None
    story = made.story(message)
    assert story is not None
    assert explained.fate.path == tuple(map(str, story.account.steps))
    first = explained.leavings[0]
    assert first.rules
    assert any("changed by hand on sms" in line for line in first.truth)
    assert explained.what_ifs
    assert made.why(99_999) is None
