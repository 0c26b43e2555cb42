"""What a run measures is what arithmetic says it must be, within three standard errors.

Each configuration is small enough to be solved on paper. A message goes one of a few *ways*; how
likely each way is follows from the shares and the distributions of the file, and what it leads to
(the level that gets the credit, copies on the handset, delivered receipts, money, submissions) from
the semantics. From the ways come the exact mean of every figure and its standard error over 100 000
messages; the run must not be further away than three of them. Luck is keyed by message and nobody
has traits, so messages are independent.

Notation in the formulas: shares are written r (refused), q (to be retried), f (failed), v (vanished
without a word), l (receipt lost), u (never answered); 0, 1, 2 after them is the level. F is the
lognormal distribution function, `exp(-t/m)` the chance of an exponential of mean m to exceed t.
"""

import gc
from collections.abc import Callable
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Final, NamedTuple

import pytest

from sandbox.drivers.virtual import run_virtual
from sandbox.report.definitions import parse_metric
from sandbox.report.metrics import Metrics
from sandbox.scenario.loader import load
from sandbox.simulation.world import World

MESSAGES: Final = 100_000
SEED: Final = 20260301
STANDARD_ERRORS: Final = 3

HEADER: Final = f"""\
schema: 1
seed: {SEED}
recipients: {{traits: {{}}}}
load: [{{burst: {MESSAGES}}}]
"""


class Way(NamedTuple):
    """One way a message may go, from its request to the last thing ever heard of it."""

    share: float
    credit: int | None = None
    """The level it is delivered by, as the engine knows; None: another outcome."""
    arrived: int = 0
    """Copies on the handset."""
    told: int = 0
    """Attempts with a delivered receipt."""
    ledger: float = 0.0
    bill: float = 0.0
    submissions: tuple[int, ...] = ()
    """By level."""


class Step(NamedTuple):
    """One way a single level may go, when nothing of it is heard after it was left."""

    share: float
    success: bool
    ledger: float = 0.0
    bill: float | None = None
    """None: as the ledger says."""
    arrived: int | None = None
    """None: one copy exactly where the engine knows of it."""
    submissions: int = 1


def walked(*levels: list[Step]) -> list[Way]:
    """All ways through levels that are tried in order, each independent of those before it."""
    done: list[Way] = []
    going = [Way(1.0)]
    for index, steps in enumerate(levels):
        taken = [(step.success, _after(way, index, step)) for way in going for step in steps]
        done += [way for success, way in taken if success]
        going = [way for success, way in taken if not success]
    return done + going


def _after(way: Way, index: int, step: Step) -> Way:
    return Way(
        share=way.share * step.share,
        credit=index if step.success else None,
        arrived=way.arrived + (int(step.success) if step.arrived is None else step.arrived),
        told=way.told + int(step.success),
        ledger=way.ledger + step.ledger,
        bill=way.bill + (step.ledger if step.bill is None else step.bill),
        submissions=(*way.submissions, step.submissions),
    )


# The configurations ------------------------------------------------------------------------------

THREE_LEVELS: Final = """
cascades:
  plain: [sms, whatsapp, viber]
providers:
  sms:
    {channel: sms, base: ideal, price: {amount: 0.05 EUR, per: message, charged_on: accepted},
     submit: {outcomes: {accepted: rest, refused.permanent: 8%}},
     delivery: {outcomes: {delivered: rest, failed: 10%}}}
  whatsapp:
    {channel: whatsapp, base: ideal, price: {amount: 0.04 EUR, per: message, charged_on: delivered},
     submit: {outcomes: {accepted: rest, refused.permanent: 25%}},
     delivery: {outcomes: {delivered: rest, failed: 4%}}}
  viber:
    {channel: viber, base: ideal, price: {amount: 0.02 EUR, per: message, charged_on: delivered},
     submit: {outcomes: {accepted: rest, refused.permanent: 30%}},
     delivery: {outcomes: {delivered: rest, failed: 5%}}}
"""


def three_levels() -> list[Way]:
    """Three plain levels.

    A level is left when it refuses for good (r), which is not retried, or fails after accepting
    ((1-r) f); it delivers with d = (1-r)(1-f). So the delivery rate is 1 - (1-d0)(1-d1)(1-d2), and
    level N is credited with dN x the product of (1-d) of those before it. SMS is paid when
    accepted, (1-r0) x 0.05 for every message; the others when delivered. Nothing is late and
    nothing is lost: known is true.
    """

    def level(r: float, f: float, accepted: float = 0.0, delivered: float = 0.0) -> list[Step]:
        return [
            Step(r, success=False),
            Step((1 - r) * f, success=False, ledger=accepted),
            Step((1 - r) * (1 - f), success=True, ledger=accepted + delivered),
        ]

    return walked(
        level(0.08, 0.10, accepted=0.05),
        level(0.25, 0.04, delivered=0.04),
        level(0.30, 0.05, delivered=0.02),
    )


RETRIES: Final = """
cascades:
  retried:
    levels:
      - {channel: sms, retries: {max: 2}}
      - {channel: whatsapp, on_unknown: resend, submit_timeout: 5s, wait: 20s, retries: {max: 1}}
      - viber
providers:
  sms:
    {channel: sms, base: ideal, price: {amount: 0.01 EUR, per: message, charged_on: submitted},
     submit: {outcomes: {accepted: rest, refused.temporary: 30%, throttled: 10%}},
     delivery: {outcomes: {delivered: rest, failed: 20%}}}
  whatsapp:
    {channel: whatsapp, base: ideal, price: {amount: 0.04 EUR, per: message, charged_on: accepted},
     submit: {outcomes: {accepted: rest, timeout.not_accepted: 20%}}}
  viber:
    {channel: viber, base: ideal, price: {amount: 0.02 EUR, per: message, charged_on: delivered},
     delivery: {outcomes: {delivered: rest, failed: 50%}}}
"""


def retries() -> list[Way]:
    """Retries after transient answers, and a resend after an answer that never came.

    SMS answers with something that may pass in q = 0.3 + 0.1 of its submissions, each with luck of
    its own, and is tried up to 3 times: the k-th try is accepted with q^(k-1) (1-q), none with q^3.
    Of the accepted ones f fail. Every submission costs, so k of them cost k x 0.01, and the mean
    number of submissions is 1 + q + q^2. WhatsApp does not take a submission in u = 0.2 and is
    tried twice: it delivers with 1 - u^2. Viber is left with the rest and fails for half of it.
    """
    q, f, u = 0.4, 0.2, 0.2
    sms = [Step(q**3, success=False, ledger=0.03, submissions=3)]
    for k in (1, 2, 3):
        accepted = q ** (k - 1) * (1 - q)
        sms.append(Step(accepted * f, success=False, ledger=0.01 * k, submissions=k))
        sms.append(Step(accepted * (1 - f), success=True, ledger=0.01 * k, submissions=k))
    whatsapp = [
        Step(1 - u, success=True, ledger=0.04),
        Step(u * (1 - u), success=True, ledger=0.04, submissions=2),
        Step(u * u, success=False, submissions=2),
    ]
    viber = [Step(0.5, success=False), Step(0.5, success=True, ledger=0.02)]
    return walked(sms, whatsapp, viber)


LOST_RECEIPTS: Final = """
cascades:
  doubted: [sms, whatsapp]
providers:
  sms:
    {channel: sms, base: ideal, price: {amount: 0.05 EUR, per: message, charged_on: accepted},
     delivery: {outcomes: {delivered: rest, failed: 10%, filtered: 5%}}, receipts: {lost: 20%}}
  whatsapp:
    {channel: whatsapp, base: ideal, price: {amount: 0.04 EUR, per: message, charged_on: delivered},
     delivery: {outcomes: {delivered: rest, failed: 5%}}, receipts: {lost: 10%}}
"""


def lost_receipts() -> list[Way]:
    """Receipts that get lost or lie, so that known and truth part.

    Of the SMS, f0 = 0.10 fail and x = 0.05 are filtered: their receipt says delivered, the handset
    got nothing. Any receipt is lost with l0 = 0.20, and then the wait ends without one. So the
    engine knows (1-f0)(1-l0) as delivered, of which x (1-l0) are not; and it goes on although the
    message is there with (1-f0-x) l0. WhatsApp, with f1 and l1, is charged on delivery: what was
    delivered without a receipt, (1-f1) l1, is on the bill and not in the ledger.
    Known delivery rate: 1 - (1 - (1-f0)(1-l0)) (1 - (1-f1)(1-l1)).
    """
    f0, x, l0 = 0.10, 0.05, 0.20
    f1, l1 = 0.05, 0.10
    sms = [
        Step((1 - f0 - x) * (1 - l0), success=True, ledger=0.05),
        Step(x * (1 - l0), success=True, ledger=0.05, arrived=0),
        Step((1 - f0 - x) * l0, success=False, ledger=0.05, arrived=1),
        Step(f0 + x * l0, success=False, ledger=0.05),
    ]
    whatsapp = [
        Step((1 - f1) * (1 - l1), success=True, ledger=0.04),
        Step((1 - f1) * l1, success=False, bill=0.04, arrived=1),
        Step(f1, success=False),
    ]
    return walked(sms, whatsapp)


DEADLINE: Final = """
cascades:
  urgent:
    deadline: 45s
    levels:
      - {channel: sms, wait: 30s}
      - {channel: whatsapp, wait: 30s}
      - {channel: viber, wait: 30s}
providers:
  sms:
    {channel: sms, base: ideal, price: {amount: 0.05 EUR, per: message, charged_on: accepted},
     delivery: {time: {fixed: 1s}, outcomes: {delivered: rest, vanished: 50%}}}
  whatsapp:
    {channel: whatsapp, base: ideal, price: {amount: 0.04 EUR, per: message, charged_on: delivered},
     delivery: {time: {exponential: {mean: 10s}}, outcomes: {delivered: rest, failed: 30%}}}
  viber:
    {channel: viber, base: ideal, price: {amount: 0.02 EUR, per: message, charged_on: delivered},
     delivery: {time: {fixed: 5s}}}
"""


def deadline() -> list[Way]:
    """A deadline that cuts the chain.

    SMS is silent for v = 0.5; after 30 s WhatsApp has the 15 s up to the deadline. It delivers, or
    (f = 0.3) fails, after an exponential E of mean 10 s. Delivered counts if E < 15:
    (1-f)(1 - exp(-1.5)); later it arrives all the same, late. Failed before 10 s leaves Viber the
    5 s it takes: f (1 - exp(-1)). Between 10 and 15 s Viber is still tried, and late; after
    15 s the deadline has ended the message and Viber is never asked.
    """
    v, f = 0.5, 0.3
    by_10s, by_15s = 1 - exp(-1.0), 1 - exp(-1.5)
    whatsapp, viber = 0.05 + 0.04, 0.05 + 0.02
    return [
        Way(1 - v, 0, 1, 1, 0.05, 0.05, (1,)),
        Way(v * (1 - f) * by_15s, 1, 1, 1, whatsapp, whatsapp, (1, 1)),
        Way(v * (1 - f) * (1 - by_15s), None, 1, 1, whatsapp, whatsapp, (1, 1)),
        Way(v * f * by_10s, 2, 1, 1, viber, viber, (1, 1, 1)),
        Way(v * f * (by_15s - by_10s), None, 1, 1, viber, viber, (1, 1, 1)),
        Way(v * f * (1 - by_15s), None, 0, 0, 0.05, 0.05, (1, 1)),
    ]


SHORT_WAIT: Final = """
cascades:
  hasty:
    levels:
      - {channel: sms, wait: 10s}
      - {channel: whatsapp, wait: 8s}
      - {channel: viber, wait: 8s}
providers:
  sms:
    {channel: sms, base: ideal, price: {amount: 0.05 EUR, per: message, charged_on: accepted},
     delivery: {time: {lognormal: {p50: 5s, p95: 20s}}}}
  whatsapp:
    {channel: whatsapp, base: ideal, price: {amount: 0.04 EUR, per: message, charged_on: delivered},
     delivery: {time: {fixed: 4s}, outcomes: {delivered: rest, vanished: 25%}}}
  viber:
    {channel: viber, base: ideal, price: {amount: 0.02 EUR, per: message, charged_on: delivered},
     delivery: {time: {fixed: 1s}}}
"""


def short_wait() -> list[Way]:
    """A wait that cuts a lognormal delivery time, with successes of a level already left.

    Every SMS arrives after T, lognormal with p50 = 5 s and p95 = 20 s: ln(20/5) is 1.645 standard
    deviations. Up to the wait, F(10), it is level 0. Then WhatsApp needs 4 s, and is silent for
    v = 0.25; after another 8 s of wait Viber takes 1 s. An SMS that comes while the message is open
    still gets the credit: T < 14 where WhatsApp works, T < 19 where it does not. Wherever a second
    level delivers as well, two copies arrive; the SMS always does, so nobody is without one.
    """
    v = 0.25
    sigma = log(20 / 5) / NormalDist().inv_cdf(0.95)

    def f(seconds: float) -> float:
        return NormalDist().cdf(log(seconds / 5) / sigma)

    sms, whatsapp, viber = 0.05, 0.05 + 0.04, 0.05 + 0.02
    return [
        Way(f(10), 0, 1, 1, sms, sms, (1,)),
        Way((1 - v) * (f(14) - f(10)), 0, 2, 2, whatsapp, whatsapp, (1, 1)),
        Way((1 - v) * (1 - f(14)), 1, 2, 2, whatsapp, whatsapp, (1, 1)),
        Way(v * (f(18) - f(10)), 0, 1, 1, sms, sms, (1, 1)),
        Way(v * (f(19) - f(18)), 0, 2, 2, viber, viber, (1, 1, 1)),
        Way(v * (1 - f(19)), 2, 2, 2, viber, viber, (1, 1, 1)),
    ]


TWO_PROVIDERS: Final = """
cascades:
  doubled:
    levels:
      - {channel: sms, via: [sms-main, sms-backup], wait: 20s, retries: {max: 0}}
      - {channel: whatsapp, wait: 20s}
providers:
  sms-main:
    {channel: sms, base: ideal, price: {amount: 0.05 EUR, per: message, charged_on: accepted},
     submit: {outcomes: {accepted: rest, refused.temporary: 20%}},
     delivery: {outcomes: {delivered: rest, failed: 10%, vanished: 5%}}}
  sms-backup:
    {channel: sms, base: ideal, price: {amount: 0.07 EUR, per: message, charged_on: accepted},
     delivery: {outcomes: {delivered: rest, failed: 15%}}}
  whatsapp:
    {channel: whatsapp, base: ideal, price: {amount: 0.04 EUR, per: message, charged_on: delivered},
     delivery: {outcomes: {delivered: rest, vanished: 5%}}}
"""


def two_providers() -> list[Way]:
    """Two providers of one channel, tried in order before the channel changes.

    The main one refuses r = 0.2, and of what it accepts fails f and says nothing about v; each of
    these hands over to the backup, which fails g = 0.15. Only when both are through is WhatsApp
    tried. Level 0 delivers with p + (1-p)(1-g) where p = (1-r)(1-f-v), and makes 1 + (1-p)
    submissions.
    """
    r, f, v, g = 0.20, 0.10, 0.05, 0.15
    p = (1 - r) * (1 - f - v)
    sms = [Step(p, success=True, ledger=0.05)]
    for share, paid in ((r, 0.0), ((1 - r) * (f + v), 0.05)):
        sms.append(Step(share * (1 - g), success=True, ledger=paid + 0.07, submissions=2))
        sms.append(Step(share * g, success=False, ledger=paid + 0.07, submissions=2))
    return walked(sms, [Step(0.05, success=False), Step(0.95, success=True, ledger=0.04)])


CONFIGURATIONS: Final[dict[str, tuple[str, Callable[[], list[Way]]]]] = {
    "three-levels": (THREE_LEVELS, three_levels),
    "retries": (RETRIES, retries),
    "lost-receipts": (LOST_RECEIPTS, lost_receipts),
    "deadline": (DEADLINE, deadline),
    "short-wait": (SHORT_WAIT, short_wait),
    "two-providers": (TWO_PROVIDERS, two_providers),
}


# Means and standard errors -----------------------------------------------------------------------


class Figure(NamedTuple):
    """What a metric must be: its exact value, and the standard error over `MESSAGES` messages."""

    value: float
    error: float


def quotient(
    ways: list[Way], above: Callable[[Way], float], below: Callable[[Way], float] = lambda _: 1.0
) -> Figure:
    """The mean of one number of each message over the mean of another (of 1: a plain mean).

    The standard error is that of the linearised quotient; for a plain mean it is the usual one.
    """
    under = sum(way.share * below(way) for way in ways)
    value = sum(way.share * above(way) for way in ways) / under
    variance = sum(way.share * (above(way) - value * below(way)) ** 2 for way in ways)
    return Figure(value, sqrt(variance / MESSAGES) / under)


def delivered(way: Way) -> float:
    """1 for a message the engine knows as delivered."""
    return float(way.credit is not None)


def reached(way: Way) -> float:
    """1 for a message of which a copy arrived."""
    return float(way.arrived > 0)


def figures(ways: list[Way]) -> dict[str, Figure]:
    """Every metric that follows from the ways."""
    found = {
        "known.delivery_rate": quotient(ways, delivered),
        "truth.delivery_rate": quotient(ways, reached),
        "known.late_rate": quotient(ways, lambda w: float(w.credit is None and w.told > 0)),
        "truth.late_rate": quotient(ways, lambda w: float(w.credit is None and w.arrived > 0)),
        "known.double_delivery_rate": quotient(ways, lambda w: float(w.told > 1)),
        "truth.double_delivery_rate": quotient(ways, lambda w: float(w.arrived > 1)),
        "known.cost.per_message": quotient(ways, lambda w: w.ledger),
        "truth.cost.per_message": quotient(ways, lambda w: w.bill),
        "known.cost.per_delivered": quotient(ways, lambda w: w.ledger, delivered),
        "truth.cost.per_delivered": quotient(ways, lambda w: w.bill, reached),
    }
    for level in range(max(len(way.submissions) for way in ways)):
        found |= figures_of_level(ways, level)
    return found


def figures_of_level(ways: list[Way], level: int) -> dict[str, Figure]:
    """The metrics of one level."""
    submissions = quotient(ways, lambda w: float(sum(w.submissions[level : level + 1])))
    return {
        f"level.{level}.share": quotient(ways, lambda w: float(w.credit == level), delivered),
        f"level.{level}.reached": quotient(ways, lambda w: float(len(w.submissions) > level)),
        f"level.{level}.attempts": Figure(*(MESSAGES * part for part in submissions)),
    }


def measured(configuration: str, names: list[str]) -> dict[str, float]:
    """What a run of a configuration says; money in units of the currency."""
    scenario = load(HEADER + configuration)
    spec = scenario.world
    channels = {provider.name: str(provider.channel) for provider in spec.providers}
    metrics = Metrics(spec.plans, channels, scenario.currency, scenario.warm_up_us)
    gc.disable()
    try:
        for facts in run_virtual(World(spec)):
            metrics.fold(facts)
    finally:
        gc.enable()
    assert metrics.message_counts()["total"] == MESSAGES
    values = {}
    for name in names:
        value = metrics.measure(parse_metric(name)).value
        assert value is not None, name
        values[name] = float(value) / 1e9 if ".cost." in name else float(value)
    return values


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_run_measures_what_arithmetic_says(name: str) -> None:
    """Rates, shares, costs and submissions are within three standard errors of the closed form."""
    configuration, ways_of = CONFIGURATIONS[name]
    ways = ways_of()
    assert sum(way.share for way in ways) == pytest.approx(1.0, abs=1e-12)
    expected = figures(ways)
    seen = measured(configuration, list(expected))
    far_off = {
        figure: f"{seen[figure]:.6g}, expected {value:.6g} ± {error:.2g}"
        for figure, (value, error) in expected.items()
        if abs(seen[figure] - value) > STANDARD_ERRORS * error + 1e-9
    }
    assert far_off == {}


def test_three_standard_errors_are_narrow() -> None:
    """The test above would notice a rate or a cost that is a few percent off."""
    for _, ways_of in CONFIGURATIONS.values():
        expected = figures(ways_of())
        for name in ("known.delivery_rate", "truth.delivery_rate", "known.cost.per_message"):
            value, error = expected[name]
            assert STANDARD_ERRORS * error < value / 50, name
