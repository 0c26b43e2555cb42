"""Two worlds, one luck."""

from pathlib import Path

import pytest

from sandbox.app.compare import METRICS, SHIFTED, Comparison, Side, compare, through
from sandbox.app.run import Verdict
from sandbox.errors import UsageError
from sandbox.report.fates import Kind, Tally
from sandbox.report.spread import Difference
from sandbox.scenario.loader import load
from tests.support.small_files import FAILS, HOLDS
from tests.support.studies import FAILING, KNOWN

PLACES = {ref.text: place for place, ref in enumerate(METRICS)}


def compared(first: Side, second: Side, **others: object) -> Comparison:
    return compare(first, second, seeds=(1, 2), processes=1, **others)  # type: ignore[arg-type]  # as the test says


def difference(told: Comparison, metric: str) -> Difference:
    return told.differences[PLACES[metric]]


def test_a_comparison_comes_to_what_can_be_worked_out_by_hand() -> None:
    """Every SMS fails in B: four seconds later, three cents more, through another channel."""
    told = compared(Side(KNOWN), Side(KNOWN, (FAILING,)))
    time = difference(told, "truth.time_to_delivered.p95")
    assert [time.mean, time.error, time.up, time.down, time.same] == [4_000_000, 0, 2, 0, 0]
    assert difference(told, "truth.cost.per_delivered").mean == 30_000_000
    assert difference(told, "known.delivery_rate").same == 2
    assert (told.messages, told.different) == (200, 200)
    assert told.tallies == {Kind.CHANNEL: Tally(both=200)}


def test_both_paths_of_the_first_messages_are_told() -> None:
    """Side by side, seed by seed."""
    told = compared(Side(KNOWN), Side(KNOWN, (FAILING,)), pairs_max=101)
    first, last = told.pairs[0], told.pairs[-1]
    assert first.first.path == ("sms:delivered",)
    assert first.second.path == ("sms:failed", "whatsapp:delivered")
    assert (first.seed, first.first.message, first.second.message) == (1, 1, 1)
    assert (last.seed, last.first.message, len(told.pairs)) == (2, 1, 101)


def test_a_world_beside_itself_differs_in_nothing() -> None:
    """Whatever happens in it."""
    told = compared(Side(HOLDS), Side(HOLDS, (("title", "another"),)))
    assert (told.different, told.tallies, told.pairs, told.notes) == (0, {}, (), ())
    assert all(each.mean in (0, None) for each in told.differences)


def test_worse_sms_is_no_better_for_anybody_on_the_same_luck() -> None:
    """No message reaches the handset because SMS fails more often; noise cannot hide that."""
    worse = ("providers.sms.delivery.outcomes", "{failed: 30%, delivered: rest}")
    told = compared(Side(HOLDS), Side(HOLDS, (worse,)))
    assert told.different > 0
    arrived = told.tallies.get(Kind.ARRIVED, Tally())
    assert arrived.only_second == 0


def test_processes_change_nothing() -> None:
    """The same comparison, pairs included."""
    sides = Side(HOLDS), Side(HOLDS, (("cascades.otp.levels.0.wait", "5s"),))
    alone = compare(*sides, seeds=(1, 2, 3), processes=1)
    assert compare(*sides, seeds=(1, 2, 3), processes=2) == alone


def test_two_cascades_of_one_file_are_two_worlds() -> None:
    """All messages go through the one named, named messages and traces as well."""
    told = compared(Side(KNOWN, (), "otp"), Side(KNOWN, (), "direct"))
    assert difference(told, "truth.time_to_delivered.p50").mean == 2_000_000
    assert told.pairs[0].second.cascade == "direct"


def test_a_trace_goes_through_another_cascade_as_well(tmp_path: Path) -> None:
    """Row by row."""
    (tmp_path / "t.csv").write_text("at,cascade\n0s,otp\n1s,direct\n", encoding="utf-8")
    path = tmp_path / "a.yaml"
    head, _, _ = KNOWN.partition("load:")
    path.write_text(head + "load: [{trace: t.csv}]\n", encoding="utf-8")
    [trace] = through(load(path), "direct").world.load
    assert trace.plans == (1, 1)  # type: ignore[union-attr]  # it is the trace


def test_an_unknown_cascade_is_named() -> None:
    """With the nearest."""
    with pytest.raises(UsageError, match="no cascade 'opt' in known") as caught:
        compared(Side(KNOWN, (), "opt"), Side(KNOWN))
    assert caught.value.hint == "Did you mean 'otp'?"


@pytest.mark.parametrize("processes", [1, 2])
def test_loads_of_different_size_are_refused(processes: int) -> None:
    """There is nobody to pair message 101 with."""
    more = Side(KNOWN, (("load.0.for", "20s"),))
    with pytest.raises(UsageError) as caught:
        compare(Side(KNOWN), more, seeds=(1, 2), processes=processes)
    assert str(caught.value) == ("with seed 1 A has 100 messages and B 200: they cannot be paired")
    assert "--set-a and --set-b" in caught.value.hint


def test_loads_at_other_instants_are_paired_by_number_and_it_is_said() -> None:
    """The reader must know that what differs may be the load."""
    slower = Side(KNOWN, (("load.0", "{constant: 5/s, for: 20s, cascade: otp}"),))
    assert compared(Side(KNOWN), slower).notes == (SHIFTED,)


def test_two_currencies_are_not_compared() -> None:
    """There is no difference between a euro and a dollar."""
    text = KNOWN.replace("EUR", "USD")
    with pytest.raises(UsageError, match="A counts in EUR, B in USD"):
        compared(Side(KNOWN), Side(text))


def test_what_is_expected_of_the_worlds_does_not_count() -> None:
    """A comparison asks how they differ; that one of them fails is no news."""
    told = compared(Side(FAILS), Side(HOLDS))
    assert told.verdicts == ((Verdict.PASSED,), (Verdict.PASSED,))
