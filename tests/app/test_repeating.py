from fractions import Fraction

from sandbox.app.compare import METRICS, Side, compare
from sandbox.app.repeating import ROUNDS, SURE_FROM, WANTED, Ran, all_ran, ran, rounds, verdicts
from sandbox.app.side_by_side import variants
from sandbox.report.definitions import Kind, Measure
from sandbox.scenario.loader import load
from tests.support.studies import FAILING, KNOWN
from tests.tui.stage import CODES

SHORT = CODES.replace("for: 4m", "for: 5s")


def test_the_rounds_are_the_next_seeds_and_expect_nothing() -> None:
    """Thirty at a time; what is expected of a scenario is no part of a study."""
    scenario = load(SHORT + "expect: [delivery_rate >= 95%]\n")
    first = rounds(scenario, scenario, 0)
    more = rounds(scenario, scenario, first[-1].seed)
    assert [each.seed for each in (*first, *more)] == list(range(1, 2 * ROUNDS + 1))
    assert first[0].first.expectations == ()


def test_a_round_comes_to_what_the_study_of_the_command_line_comes_to() -> None:
    """The same figures of the same two worlds on the same seeds."""
    first, second = load(KNOWN), load(KNOWN, overrides=[FAILING])
    done = [ran(each) for each in rounds(first, second, 0)[:2]]
    study = compare(Side(KNOWN), Side(KNOWN, (FAILING,)), seeds=(1, 2), processes=1)
    by_name = {told.label.strip(): told.told for told in verdicts(done)}
    both = [wanted for wanted in WANTED if wanted.metric in METRICS]
    assert len(both) == 5
    for wanted in both:
        place = METRICS.index(wanted.metric)
        assert by_name[wanted.label.strip()] == study.differences[place]


def test_in_processes_it_comes_to_the_same_as_here() -> None:
    """A scenario with its levels in another order can be sent to another process."""
    scenario = load(SHORT)
    work = rounds(scenario, variants(scenario)[0].scenario, 0)[:3]
    assert list(all_ran(work, 2)) == [ran(each) for each in work]


def made(pairs: list[tuple[int, int]]) -> list[Ran]:
    """Rounds in which every figure is the same pair of numbers."""
    return [
        Ran(
            seed,
            tuple(Measure(each.metric.kind, Fraction(a), 1) for each in WANTED),
            tuple(Measure(each.metric.kind, Fraction(b), 1) for each in WANTED),
        )
        for seed, (a, b) in enumerate(pairs, 1)
    ]


def test_what_is_beyond_luck_is_marked_for_who_is_better_off() -> None:
    """More delivered is better, more time and money is worse."""
    told = verdicts(made([(10, 12 + nth % 2) for nth in range(SURE_FROM)]))
    assert [each.better for each in told] == [1, 1, -1, -1, -1, -1, -1]
    turned = verdicts(made([(12 + nth % 2, 10) for nth in range(SURE_FROM)]))
    assert [each.better for each in turned] == [-1, -1, 1, 1, 1, 1, 1]


def test_what_may_be_luck_is_marked_for_nobody() -> None:
    """A difference within twice its error; too few seeds to know the error; none at all."""
    swinging = made([(10, 10 + (-1) ** nth * 5) for nth in range(SURE_FROM)])
    assert {each.better for each in verdicts(swinging)} == {0}
    few = made([(10, 12 + nth % 2) for nth in range(SURE_FROM - 1)])
    assert {each.better for each in verdicts(few)} == {0}
    same = made([(10, 10)] * SURE_FROM)
    assert {each.better for each in verdicts(same)} == {0}
    assert verdicts([]) == []


def test_what_no_seed_has_a_value_of_is_told_without_one() -> None:
    """Nothing was delivered in one of them: no time, and no verdict."""
    whole = made([(1, 2)] * SURE_FROM)
    empty = [replace_second(each, Measure(Kind.TIME, None, 0)) for each in whole]
    told = verdicts(empty)[2]
    assert (told.told.pairs, told.told.mean, told.better) == (0, None, 0)
    assert told.kind is Kind.TIME


def replace_second(each: Ran, measure: Measure) -> Ran:
    """The same round, in which every figure of B is this."""
    return each._replace(second=(measure,) * len(WANTED))
