from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.app.knobs import (
    ANSWERS_PATH,
    LATENCY_PATH,
    LOST_PATH,
    OUTCOMES_PATH,
    RATE_PATH,
    RATES,
    Knob,
    Knobs,
    Outage,
    percent_text,
    rate_position,
    rate_text,
    words_of,
)
from sandbox.scenario.quantities import daily_rate
from sandbox.simulation.distributions import fixed
from sandbox.simulation.spec import (
    DELIVERY_OUTCOMES,
    PPB,
    SUBMIT_OUTCOMES,
    Change,
    Outcomes,
    Scale,
    Settings,
    outcomes,
)

PERCENT = PPB // 100
DAILY = 86_400 * 1_000_000


def knobs(**shares_percent: float) -> Knobs:
    """Knobs of a provider that delivers in four seconds, with these shares of bad outcomes."""
    shares = {word: round(share * PERCENT) for word, share in shares_percent.items()}
    return Knobs(
        Settings(
            delivery_outcomes=outcomes(DELIVERY_OUTCOMES, shares),
            delivery_time=fixed(4_000_000),
        )
    )


def outcomes_of(turned: Knobs) -> Outcomes:
    """What the world would be told of the outcomes."""
    change = turned.changes()[OUTCOMES_PATH]
    assert change is not None
    assert isinstance(change.value, Outcomes)
    return change.value


def test_knobs_in_their_first_position_change_nothing() -> None:
    """Untouched knobs leave every setting to the scenario."""
    assert not knobs(failed=6).is_changed
    assert set(knobs(failed=6).changes().values()) == {None}


@pytest.mark.parametrize(
    ("start", "steps", "end"),
    [(6, 1, 7), (6, -1, 5), (3.5, 1, 4), (3.5, -1, 3), (35, 10, 40), (35, -10, 30), (30, 10, 40)],
)
def test_the_failure_rate_moves_on_a_grid(start: float, steps: int, end: int) -> None:
    """One step is a percentage point and ten steps are ten, always on whole ones."""
    assert knobs(failed=start).turned(Knob.FAILURE, steps).failure_ppb == end * PERCENT


def test_the_failure_rate_stops_at_its_ends() -> None:
    """Nothing fails less than never, or more than always."""
    low = knobs(failed=0.5).turned(Knob.FAILURE, -10)
    assert low.failure_ppb == 0
    assert low.turned(Knob.FAILURE, -1) == low
    high = knobs(failed=95).turned(Knob.FAILURE, 10)
    assert high.failure_ppb == PPB
    assert high.turned(Knob.FAILURE, 1) == high


def test_a_knob_turned_there_and_back_asks_for_no_change() -> None:
    """Back at the scenario's own value the setting is the scenario's again."""
    there = knobs(failed=6).turned(Knob.FAILURE, 1)
    assert there.changes()[OUTCOMES_PATH] is not None
    assert there.turned(Knob.FAILURE, -1) == knobs(failed=6)


def test_other_outcomes_keep_their_proportions() -> None:
    """More failures take from all other outcomes alike."""
    turned = knobs(failed=20, rejected=8).with_failure(60 * PERCENT)
    value = outcomes_of(turned)
    assert value.share("failed") == 60 * PERCENT
    assert value.share("rejected") == 4 * PERCENT
    assert value.share("delivered") == 36 * PERCENT


@given(
    shares=st.tuples(st.integers(0, PPB // 4), st.integers(0, PPB // 4), st.integers(0, PPB // 4)),
    failed=st.integers(0, PPB),
)
def test_shares_always_sum_to_one(shares: tuple[int, int, int], failed: int) -> None:
    """Wherever the knob stands, every message gets exactly one outcome."""
    words = dict(zip(("rejected", "failed", "filtered"), shares, strict=True))
    base = Settings(delivery_outcomes=outcomes(DELIVERY_OUTCOMES, words))
    turned = Knobs(base).with_failure(failed)
    change = turned.changes()[OUTCOMES_PATH]
    if change is not None:
        value = outcomes_of(turned)
        assert sum(share for _, share in value.shares) == PPB
        assert all(share >= 0 for _, share in value.shares)
        assert value.share("failed") == failed


def test_a_change_is_written_as_a_scenario_would() -> None:
    """The text of a change could stand in a file."""
    change = knobs(failed=6, rejected=0.5).turned(Knob.FAILURE, 1).changes()[OUTCOMES_PATH]
    assert change is not None
    assert change.text == "{rejected: 0.4946808%, failed: 7%, delivered: rest}"


@pytest.mark.parametrize(
    ("share", "text"), [(PPB, "100%"), (0, "0%"), (35_000_000, "3.5%"), (1, "0.0000001%")]
)
def test_a_share_is_written_exactly(share: int, text: str) -> None:
    """No digit of a share is lost on its way into the log."""
    assert percent_text(share) == text


def test_the_latency_is_a_factor_in_tenths() -> None:
    """One step slows the provider down by a tenth of its own time."""
    turned = knobs().turned(Knob.LATENCY, 1)
    assert turned.latency == Fraction(11, 10)
    assert turned.median_us == 4_400_000
    change = turned.changes()[LATENCY_PATH]
    assert change is not None
    assert change.value == Scale(Fraction(11, 10))
    assert change.text == "x1.1"


def test_the_latency_stops_at_a_tenth_and_at_ten() -> None:
    """A provider is neither infinitely fast nor infinitely slow."""
    assert knobs().turned(Knob.LATENCY, -100).latency == Fraction(1, 10)
    assert knobs().turned(Knob.LATENCY, 1000).latency == Fraction(10)


def test_in_an_outage_everything_vanishes() -> None:
    """An outage takes every message and gives nothing back, whatever the failure rate."""
    out = knobs(failed=6).turned(Knob.OUTAGE, 1)
    assert out.is_out
    assert outcomes_of(out).share("vanished") == PPB


def test_an_outage_hides_the_failure_rate_and_gives_it_back() -> None:
    """What was set before or during an outage holds when it ends."""
    during = knobs(failed=6).turned(Knob.OUTAGE, 1).turned(Knob.FAILURE, 1)
    assert during.changes() == knobs(failed=6).turned(Knob.OUTAGE, 1).changes()
    after = during.turned(Knob.OUTAGE, 1)
    assert outcomes_of(after).share("failed") == 7 * PERCENT


@pytest.mark.parametrize(
    ("share", "failure", "latency"),
    [(Fraction(0), 0, Fraction(1, 10)), (Fraction(1, 3), 33, Fraction(33, 10)), (1, 100, 10)],
)
def test_a_slider_is_hit_on_a_whole_step(share: Fraction, failure: int, latency: Fraction) -> None:
    """A click on a slider means the nearest step."""
    assert knobs().put(Knob.FAILURE, Fraction(share)).failure_ppb == failure * PERCENT
    assert knobs().put(Knob.LATENCY, Fraction(share)).latency == latency


def test_an_outage_has_no_slider() -> None:
    """There is no half outage."""
    assert knobs().put(Knob.OUTAGE, Fraction(1, 2)) == knobs()


@given(
    failure=st.one_of(st.none(), st.integers(0, 100)),
    tenths=st.integers(1, 100),
    is_out=st.booleans(),
)
def test_knobs_can_be_set_by_what_the_world_was_told(
    failure: int | None, tenths: int, *, is_out: bool
) -> None:
    """A saved change puts the knob where it was; an outage hides the failure rate behind it."""
    turned = knobs(failed=6).with_latency(Fraction(tenths, 10))
    if failure is not None:
        turned = turned.with_failure(failure * PERCENT)
    if is_out:
        turned = turned.turned(Knob.OUTAGE, 1)
    adopted = knobs(failed=6)
    for path, change in turned.changes().items():
        adopted = adopted.adopted(path, change)
    assert (adopted.is_out, adopted.latency) == (is_out, turned.latency)
    assert is_out or adopted == turned


@pytest.mark.parametrize("outage", Outage)
def test_an_outage_of_any_kind_is_a_change_that_can_be_read_back(outage: Outage) -> None:
    """Each asks for a setting that says it, hides nothing of the others, and ends."""
    out = knobs(failed=6).with_outage(outage)
    asked = {path: change for path, change in out.changes().items() if change is not None}
    assert len(asked) == 1
    assert out.is_out
    assert out.is_changed
    ((path, change),) = asked.items()
    assert knobs(failed=6).adopted(path, change) == out
    assert out.adopted(path, None) == knobs(failed=6)
    assert out.turned(Knob.OUTAGE, 1) == knobs(failed=6)


@given(lost=st.integers(0, 100), rate=st.sampled_from([None, *RATES]), own=st.booleans())
def test_lost_receipts_and_a_limit_can_be_read_back(
    lost: int, rate: int | None, *, own: bool
) -> None:
    """What the world was told puts both knobs where they were, with a limit of its own or not."""
    base = Knobs(Settings(receipt_lost=2 * PERCENT, limit_rate=20 * DAILY if own else None))
    turned = base.with_lost(lost * PERCENT).with_rate(None if rate is None else rate * DAILY)
    adopted = base
    for path, change in turned.changes().items():
        adopted = adopted.adopted(path, change)
    assert adopted == turned
    assert (turned.lost_ppb, turned.limit_rate) == (
        lost * PERCENT, None if rate is None else rate * DAILY,
    )  # fmt: skip
    assert base.adopted(LOST_PATH, None).adopted(RATE_PATH, None) == base


@pytest.mark.parametrize(
    ("own", "steps", "end"),
    [
        (None, -1, 1000), (None, 1, None), (None, -100, 1), (20, 1, 50), (20, -1, 10),
        (30, 1, 50), (30, -1, 20), (1000, 1, None), (5000, 1, None), (5000, -1, 1000), (1, -1, 1),
        (20, 10, None),
    ],
)  # fmt: skip
def test_the_limit_goes_from_stop_to_stop_and_then_away(
    own: int | None, steps: int, end: int | None
) -> None:
    """One, two, five, ten …; beyond the last stop there is no limit."""
    start = Knobs(Settings(limit_rate=None if own is None else own * DAILY))
    turned = start.turned(Knob.RATE, steps).limit_rate
    assert turned == (None if end is None else end * DAILY)


def test_a_slider_of_the_limit_has_its_stops_and_its_end() -> None:
    """Left is one a second, right is no limit; where it stands is where it was put."""
    base = Knobs(Settings(limit_rate=20 * DAILY))
    for place, rate in enumerate((*RATES, None)):
        share = Fraction(place, len(RATES))
        there = base.put(Knob.RATE, share).limit_rate
        assert there == (None if rate is None else rate * DAILY)
        assert rate_position(there) == pytest.approx(float(share))
    assert base.put(Knob.LOST, Fraction(1, 4)).lost_ppb == 25 * PERCENT


@pytest.mark.parametrize(
    ("rate", "text"), [(20 * DAILY, "20/s"), (DAILY // 2, "0.5/s"), (7_000_000, "7/d")]
)
def test_a_rate_is_written_exactly(rate: int, text: str) -> None:
    """As a scenario would write it, and read back."""
    assert rate_text(rate) == text
    assert daily_rate(text) == rate


def test_what_was_turned_is_said_in_a_few_words() -> None:
    """Each knob in its own words, several at once, and back."""
    base = knobs(failed=6)
    turned = base.with_failure(20 * PERCENT).turned(Knob.LATENCY, 10).turned(Knob.LOST, 5)
    assert words_of(base, turned) == "fail 20%, takes x2, receipts lost 5%"
    assert words_of(turned, base) == "as in the scenario"
    limited = turned.turned(Knob.RATE, -1)
    assert words_of(turned, limited) == "limit 1000/s"
    assert words_of(limited, turned) == "no limit"
    out = turned.with_outage(Outage.REFUSES)
    assert words_of(turned, out) == "refuses"
    assert words_of(out, turned) == "mended"
    assert words_of(turned, turned) == ""


def test_a_change_that_is_no_knob_turns_none() -> None:
    """A file may change what the screen has no knob for."""
    untouched = knobs(failed=6)
    assert untouched.adopted("price.amount", Change("price.amount", 1, "1 EUR")) == untouched
    swapped = Change(LATENCY_PATH, fixed(9), "{fixed: 9us}")
    assert untouched.adopted(LATENCY_PATH, swapped) == untouched
    odd = Change(ANSWERS_PATH, outcomes(SUBMIT_OUTCOMES, {"throttled": PPB // 2}), "{…}")
    out = untouched.with_outage(Outage.BLACK_HOLE)
    assert out.adopted(ANSWERS_PATH, odd) == out
