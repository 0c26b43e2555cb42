from collections.abc import Sequence

from sandbox.app.controls import Controls
from sandbox.app.knobs import OUTCOMES_PATH, Knob
from sandbox.cascade import outputs
from sandbox.cascade.outputs import Fact, words
from sandbox.journal import entry
from sandbox.report.lanes import lanes_of
from sandbox.scenario.loader import load

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


def names(made: Controls) -> Sequence[str]:
    """The providers shown."""
    return [view.name for view in made.views()]


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
    assert made.views()[-1].out_since_us == 5
    made.put("sms", made.knobs("sms").turned(Knob.OUTAGE, 1), now_us=9)
    assert made.views()[-1].out_since_us is None


def test_faults_come_and_go_with_the_log() -> None:
    """A provider shows the faults that are on it, and attempts it got."""
    made = controls()
    made.fold([fact(entry.FAULT_BEGAN, fault="f", provider="sms")])
    made.fold([fact(outputs.SUBMITTED, channel="sms", provider="sms")])
    view = made.views()[-1]
    assert (view.faults, view.submitted) == (("f",), 1)
    made.fold([fact(entry.FAULT_ENDED, fault="f", provider="sms")])
    assert made.views()[-1].faults == ()
