from collections.abc import Sequence
from fractions import Fraction

import pytest

from sandbox.app.controls import Controls, limit_text
from sandbox.app.frame import ProviderView
from sandbox.app.knobs import LATENCY_PATH, OUTCOMES_PATH, Knob, Knobs
from sandbox.cascade import outputs
from sandbox.cascade.outputs import Fact, words
from sandbox.cascade.vocabulary import CircuitState
from sandbox.journal import entry
from sandbox.report.lanes import lanes_of
from sandbox.scenario.loader import load
from sandbox.simulation.spec import HandChange, Settings

TWO_LEVELS = """\
schema: 1
cascades:
  otp: [{channel: viber, via: [late, spare]}, sms]
providers:
  spare: {channel: viber, base: ideal}
  late: {channel: viber, base: ideal}
  idle: {channel: whatsapp, base: ideal}
load: [{burst: 1}]
"""


def controls() -> Controls:
    """The controls of a scenario with a provider that no level uses."""
    spec = load(TWO_LEVELS).world
    return Controls(spec.providers, lanes_of(spec.plans))


def fact(kind: str, **detail: str) -> Fact:
    """A line of the log."""
    return (1, 0, None, None, None, kind, 0, words(**detail))


def views(made: Controls, now_us: int = 0) -> Sequence[ProviderView]:
    """The providers shown; none of them was ever over a limit."""
    return made.views(now_us, lambda _: {}, lambda _: None)


def names(made: Controls) -> Sequence[str]:
    """The names of the providers shown."""
    return [view.name for view in views(made)]


def test_only_providers_of_a_level_are_shown_first_level_first() -> None:
    """What no message can reach has no knobs on the screen."""
    assert names(controls())[-1] == "sms"
    assert set(names(controls())) == {"late", "spare", "sms"}


def test_putting_knobs_tells_only_what_changed() -> None:
    """The world hears of the setting that moved, and of no other."""
    made = controls()
    told = made.put("sms", made.knobs("sms").turned(Knob.OUTAGE, 1), now_us=5)
    assert [path for path, _ in told] == [OUTCOMES_PATH]
    assert made.put("sms", made.knobs("sms"), now_us=9) == []


def test_an_outage_knows_since_when() -> None:
    """A screen can say when the outage began; it ends with the outage."""
    made = controls()
    made.put("sms", made.knobs("sms").turned(Knob.OUTAGE, 1), now_us=5)
    made.put("sms", made.knobs("sms").turned(Knob.FAILURE, 1), now_us=7)
    assert views(made)[-1].out_since_us == 5
    made.put("sms", made.knobs("sms").turned(Knob.OUTAGE, 1), now_us=9)
    assert views(made)[-1].out_since_us is None


def test_faults_come_and_go_with_the_log() -> None:
    """A provider shows the faults that are on it, and attempts it got."""
    made = controls()
    made.fold([fact(entry.FAULT_BEGAN, fault="f", provider="sms")])
    made.fold([fact(outputs.SUBMITTED, channel="sms", provider="sms")])
    view = views(made)[-1]
    assert (view.faults, view.submitted) == (("f",), 1)
    made.fold([fact(entry.FAULT_ENDED, fault="f", provider="sms")])
    assert views(made)[-1].faults == ()


def test_changes_that_a_scenario_makes_by_itself_turn_the_knobs() -> None:
    """A saved session shows the knobs where the hand of that time put them."""
    spec = load(TWO_LEVELS).world
    turned = Knobs(spec.providers[0].settings).turned(Knob.LATENCY, 10).turned(Knob.OUTAGE, 1)
    hand = [
        HandChange(at_us=at, provider="sms", path=path, change=change)
        for at, (path, change) in enumerate(turned.changes().items())
    ]
    made = Controls(spec.providers, lanes_of(spec.plans), hand)
    for each in hand:
        told = words(provider="sms", path=each.path, value=each.change.text if each.change else "")
        made.fold([(1, each.at_us, None, None, None, entry.KNOB_CHANGED, 0, told)])
    view = views(made)[-1]
    assert (view.latency, view.out_since_us) == (Fraction(2), 0)
    stranger = words(provider="sms", path=LATENCY_PATH, value="x9")
    made.fold([(1, 7, None, None, None, entry.KNOB_CHANGED, 0, stranger)])
    assert views(made)[-1].latency == Fraction(2)


def test_a_provider_is_at_its_limit_for_a_second_after_it_was() -> None:
    """Between two submissions that are too much the screen does not flicker."""
    made = controls()
    told = [
        made.views(now, lambda _: {}, lambda _: 5)[0].is_limited for now in (5, 10**6, 2 * 10**6)
    ]
    assert told == [True, True, False]


@pytest.mark.parametrize(
    ("rate", "quota", "told"),
    [
        (None, None, ""),
        (20 * 86_400, None, "20/s"),
        (90 * 1440, None, "1.5/s"),
        (40 * 1440, None, "40/min"),
        (36, None, "1.5/h"),
        (3, 1000, "3/day, 1000 in 24 h"),
        (None, 500, "500 in 24 h"),
    ],
)
def test_limits_are_said_in_the_unit_that_fits(
    rate: int | None, quota: int | None, told: str
) -> None:
    """A rate is read at a glance, whatever it is counted in."""
    millionths = None if rate is None else rate * 10**6
    settings = Settings(limit_rate=millionths, quota_count=quota)
    assert limit_text(settings, 86_400_000_000) == told


def test_a_circuit_is_shown_as_the_log_left_it() -> None:
    """S22: open until an instant, half-open, closed; nothing without a breaker."""
    spec = load(TWO_LEVELS.replace("late: {", "late: {breaker: {}, ")).world
    made = Controls(spec.providers, lanes_of(spec.plans))
    seen = []
    for state, until_us in (("", 0), ("open", 9), ("half_open", 0), ("closed", 0)):
        if state:
            told = outputs.circuit_detail("late", state, until_us)
            made.fold([(1, 0, 1, 0, 1, outputs.CIRCUIT, 0, told)])
        view = next(view for view in views(made) if view.name == "late")
        seen.append((view.circuit, view.cut_off_until_us))
    assert seen == [
        (CircuitState.CLOSED, 0),
        (CircuitState.OPEN, 9),
        (CircuitState.HALF_OPEN, 0),
        (CircuitState.CLOSED, 0),
    ]
    assert {view.circuit for view in views(made) if view.name != "late"} == {None}
