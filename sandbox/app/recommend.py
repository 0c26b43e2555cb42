"""Which order of levels and which waits to take: a search on one luck, and what each choice trades.

First every order with a few waits, on a small part of the load; then, around what came out best,
one wait at a time; last the finalists on the whole load with every seed. All candidates meet the
same people with the same draws. What is measured is the truth: what arrived, what was billed, when.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

from sandbox.app.candidates import (
    Candidate,
    cascade_text,
    distance_us,
    first_round,
    message_count,
    neighbours,
    own_candidate,
    with_candidate,
    with_fewer_messages,
    words,
)
from sandbox.app.counted import count, loaded, without_expectations
from sandbox.app.run import with_seed
from sandbox.app.workers import Steps, each_in_order
from sandbox.errors import InvariantError, UsageError
from sandbox.report.definitions import Measure, parse_metric
from sandbox.report.front import Score, Wish, best, front, nearest, thinned
from sandbox.report.spread import Spread, spread
from sandbox.scenario.matrix import Settings
from sandbox.scenario.model import Scenario

SEEDS: Final = (1, 2, 3, 4, 5)
MESSAGES_MAX: Final = 5_000
"""The finalists are run with about so many messages, unless asked otherwise."""

_SEARCH_MESSAGES: Final = 400
_ROUNDS: Final = 2
_BASES_MAX: Final = 8
_FINALISTS_MAX: Final = 12
_FIGURES: Final = ("delivery_rate", "cost.per_delivered", "time_to_delivered.p95")

Stage = Callable[[str], Steps | None]
"""Called when a stage of the search begins; gives what is told of its progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A finalist.

    Attributes:
        words: Its levels and waits on one line.
        spreads: Delivery, cost per delivered and p95 over the seeds, all true.
        fits: In how many seeds all that is asked for holds.
        is_own: It is what the file has now.
    """

    candidate: Candidate
    words: str
    score: Score
    spreads: tuple[Spread, Spread, Spread]
    fits: int
    is_own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """What came out.

    Attributes:
        tried: How many candidates were measured at all.
        messages: About how many each finalist was measured with, per seed.
        whole_load: That is all the scenario has.
        front: Finalists that none beats, the cheapest first.
        chosen: The place in `front` of the one that fits best; None where none fits, and where
            nothing was asked for.
        nearest: The place in `front` of the one that misses by least; None where one fits.
        own: What the file has now, on the front or not; None where nothing of it arrives.
        snippet: The chosen one (or the nearest) as a piece of a scenario file.
    """

    name: str
    cascade: str
    currency: str
    wish: Wish
    seeds: tuple[int, ...]
    tried: int
    messages: int
    whole_load: bool
    front: tuple[Option, ...]
    chosen: int | None
    nearest: int | None
    own: Option | None
    snippet: str


class _Job(NamedTuple):
    """One run of a candidate, as it is sent to a process."""

    source: Path | str
    settings: Settings
    cascade: int
    candidate: Candidate
    messages: int
    seed: int
    with_laws: bool


def recommend(
    source: Path | str,
    wish: Wish,
    *,
    settings: Settings = (),
    cascade: str = "",
    seeds: Sequence[int] = SEEDS,
    messages: int = MESSAGES_MAX,
    processes: int | None = None,
    stage: Stage = lambda _: None,
) -> Recommendation:
    """Search the orders and waits of a cascade.

    Args:
        source: A file, a built-in name, or a text.
        wish: What must hold, in true figures.
        settings: Values set before, as for `--set`.
        cascade: Which cascade is to be changed; "" where there is only one.
        seeds: Finalists are run with each; the search itself with the first.
        messages: Finalists are run with about so many at most.
        processes: As for a matrix.
        stage: Called when a stage begins.

    Raises:
        ScenarioError: the file cannot be used.
        UsageError: it is not clear which cascade is meant, or nothing ever arrives.
    """
    loaded.cache_clear()
    base = loaded(source, settings, None)
    place = _place(base, cascade)
    search = _Search(source, settings, base, place, seeds[0], processes, stage)
    search.measure("orders", first_round(base.world.plans[place]))
    plan = base.world.plans[place]
    for number in range(1, _ROUNDS + 1):
        around = [
            near for each in search.leaders(wish, _BASES_MAX) for near in neighbours(each, plan)
        ]
        search.measure(f"waits, round {number} of {_ROUNDS}", around)
    finalists = list(dict.fromkeys([*search.leaders(wish, _FINALISTS_MAX), own_candidate(plan)]))
    options = search.finals(finalists, wish, seeds, messages)
    return _summed_up(base, place, wish, tuple(seeds), search, options, messages)


def _place(scenario: Scenario, cascade: str) -> int:
    names = [plan.name for plan in scenario.world.plans]
    if not cascade and len(names) == 1:
        return 0
    if cascade in names:
        return names.index(cascade)
    if not cascade:
        text = f"{scenario.name} has several cascades: {', '.join(names)}"
        raise UsageError(text, hint=f"Say which one: --cascade {names[0]}.")
    raise UsageError(f"no cascade {cascade!r} in {scenario.name}",
                     hint=f"There is: {', '.join(names)}.")  # fmt: skip


class _Search:
    """What has been measured so far, on the small load."""

    def __init__(
        self,
        source: Path | str,
        settings: Settings,
        base: Scenario,
        place: int,
        seed: int,
        processes: int | None,
        stage: Stage,
    ) -> None:
        self._source = source
        self._settings = settings
        self._plan = base.world.plans[place]
        self._place = place
        self._seed = seed
        self._processes = processes
        self._stage = stage
        self._scores: dict[Candidate, Score | None] = {}

    @property
    def tried(self) -> int:
        """How many candidates have been measured."""
        return len(self._scores)

    def measure(self, name: str, candidates: Iterable[Candidate]) -> None:
        """Measure the candidates that have not been."""
        new = [each for each in dict.fromkeys(candidates) if each not in self._scores]
        runs = self._run(name, new, [self._seed], _SEARCH_MESSAGES, with_laws=False)
        for candidate, measures in zip(new, runs, strict=True):
            self._scores[candidate] = _score([measures])

    def leaders(self, wish: Wish, most: int) -> list[Candidate]:
        """The front so far, thinned out, and in any case what comes nearest to the wish."""
        found = [(each, score) for each, score in self._scores.items() if score is not None]
        # Of equal ones the first is kept: the wait of the last level often changes nothing.
        found.sort(key=lambda pair: distance_us(pair[0], self._plan))
        if not found:
            raise UsageError("nothing ever arrives, whatever the order of the levels")
        candidates, scores = [each for each, _ in found], [score for _, score in found]
        kept = [nearest(scores, wish)]
        chosen = best(scores, wish)
        if chosen is not None:
            kept.append(chosen)
        kept += thinned(front(scores), most)
        return [candidates[place] for place in dict.fromkeys(kept)]

    def finals(
        self, finalists: Sequence[Candidate], wish: Wish, seeds: Sequence[int], messages: int
    ) -> list[Option]:
        """The finalists on the whole load; without those of which nothing arrives."""
        runs = self._run("finalists", finalists, seeds, messages, with_laws=True)
        options = []
        for number, candidate in enumerate(finalists):
            told = runs[number * len(seeds) : (number + 1) * len(seeds)]
            score = _score(told)
            if score is None:
                continue
            delivery, cost, p95 = (spread(column) for column in zip(*told, strict=True))
            each = [_score([measures]) for measures in told]
            options.append(
                Option(
                    candidate=candidate,
                    words=words(candidate, self._plan),
                    score=score,
                    spreads=(delivery, cost, p95),
                    fits=sum(s is not None and wish.shortfall(s) <= 0 for s in each),
                    is_own=candidate == own_candidate(self._plan),
                )
            )
        return options

    def _run(
        self,
        name: str,
        candidates: Sequence[Candidate],
        seeds: Sequence[int],
        messages: int,
        *,
        with_laws: bool,
    ) -> list[tuple[Measure, ...]]:
        jobs = [
            _Job(self._source, self._settings, self._place, each, messages, seed, with_laws)
            for each in candidates
            for seed in seeds
        ]
        steps = self._stage(name)
        return list(each_in_order(_run, jobs, processes=self._processes, steps=steps))


def _run(job: _Job) -> tuple[Measure, ...]:
    """Run one candidate with one seed.

    Raises:
        InvariantError: a law of the engine broke.
    """
    base = without_expectations(loaded(job.source, job.settings, None))
    small = with_fewer_messages(base, job.messages)
    scenario = with_seed(with_candidate(small, job.cascade, job.candidate), job.seed)
    done = count(scenario, with_laws=job.with_laws)
    if done.violations:
        raise InvariantError(f"broken law {done.violations[0].law}: {done.violations[0].text}")
    plans = scenario.world.plans
    scope = f"cascade.{plans[job.cascade].name}." if len(plans) > 1 else ""
    metrics = done.metrics
    return tuple(metrics.measure(parse_metric(f"truth.{scope}{name}")) for name in _FIGURES)


def _score(runs: Sequence[Sequence[Measure]]) -> Score | None:
    """The means over seeds; None where nothing arrived."""
    means = [spread(column).mean for column in zip(*runs, strict=True)]
    delivery, cost, p95 = means
    if delivery is None or cost is None or p95 is None:
        return None
    return Score(Fraction(delivery), Fraction(cost), Fraction(p95))


def _summed_up(
    base: Scenario,
    place: int,
    wish: Wish,
    seeds: tuple[int, ...],
    search: _Search,
    options: Sequence[Option],
    messages: int,
) -> Recommendation:
    if not options:
        raise UsageError("nothing ever arrives, whatever the order of the levels")
    scores = [option.score for option in options]
    kept = front(scores)
    fit = None if wish.is_empty else best([scores[each] for each in kept], wish)
    near = None if wish.is_empty or fit is not None else nearest([scores[e] for e in kept], wish)
    shown = fit if fit is not None else near
    total = message_count(base)
    return Recommendation(
        name=base.name,
        cascade=base.world.plans[place].name,
        currency=base.currency,
        wish=wish,
        seeds=seeds,
        tried=search.tried,
        messages=min(messages, total),
        whole_load=total <= messages,
        front=tuple(options[each] for each in kept),
        chosen=fit,
        nearest=near,
        own=next((option for option in options if option.is_own), None),
        snippet="" if shown is None else cascade_text(base, place, options[kept[shown]].candidate),
    )
