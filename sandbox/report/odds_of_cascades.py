"""What becomes of a message of a plan, worked out instead of tried: every way with its likelihood.

    kinds of people -> level 0 -> what is left of them -> level 1 -> ... -> totals

A level is entered by a handful of *states*: at which instant, having cost what, with a copy on the
handset or not, and with good news of an earlier attempt still to come or not. From each of them
every course of an attempt is followed: it succeeds, or a trigger leads to a retry, the next
provider, the next level or the end, by the rules of the machine (S10 to S23). What is left is
gathered into few states again, so that likely ways are told apart finely and rare ones roughly.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sandbox.cascade.message import segments
from sandbox.cascade.plan import Level, Plan
from sandbox.cascade.vocabulary import LateSuccess, OnExpired, OnUnknown, Origin, Status, Trigger
from sandbox.report.odds_of_attempts import GRIDS, NEVER, Course, Grid, courses_of
from sandbox.report.odds_of_people import Condition, Kind, kinds_of
from sandbox.simulation.spec import Population, ProviderSpec

_LIKELY: Final = 0.05
_UNLIKELY: Final = 0.002
_STATES: Final = (8, 3, 1)
"""How many states of a sort are kept apart, by how likely they are."""


class _State(NamedTuple):
    """Messages that stand at the same point.

    Attributes:
        share: Of all those of a kind of people.
        at: When, from the request.
        arrives_at: When the first copy so far is on the handset, perhaps later than now.
        news_at: When a success of an attempt that was left becomes known.
        news_level: The level of that attempt.
    """

    share: float
    at: float = 0.0
    ledger: float = 0.0
    bill: float = 0.0
    arrives_at: float = NEVER
    news_at: float = NEVER
    news_level: int = 0


@dataclass(slots=True)
class Tally:
    """What the messages of one kind of people come to, each figure a mean over them.

    Attributes:
        credited: Delivered with credit at each level.
    """

    credited: list[float]
    delivered: float = 0.0
    reached: float = 0.0
    ledger: float = 0.0
    bill: float = 0.0


@dataclass(slots=True)
class Odds:
    """What becomes of the messages of a plan, on average over luck and people.

    Attributes:
        kinds: For each kind of people its share and the means over it.
        ledger_squared: The mean of the square of a message's ledger; the others likewise.
        delivered_ledger: The mean of the ledger where delivered, and 0 elsewhere.
        reached_bill: The mean of the bill where a copy arrived, and 0 elsewhere.
        entered: The share of messages that submitted something at each level.
        known_times: How likely each time from request to a delivered outcome is.
        true_times: The same to the first copy on the handset.
    """

    kinds: list[tuple[float, Tally]]
    ledger_squared: float = 0.0
    bill_squared: float = 0.0
    delivered_ledger: float = 0.0
    reached_bill: float = 0.0
    entered: list[float] = field(default_factory=list)
    known_times: dict[int, float] = field(default_factory=dict)
    true_times: dict[int, float] = field(default_factory=dict)

    def mean(self, figure: Callable[[Tally], float]) -> float:
        """The mean of a figure over all kinds of people."""
        return sum(share * figure(tally) for share, tally in self.kinds)


def odds_of(plan: Plan, providers: Mapping[str, ProviderSpec], population: Population) -> Odds:
    """Follow all the ways of a plan; its providers as they are without faults."""
    kinds = kinds_of(population, plan, _cuts(plan, providers))
    walk = _Walk(plan, providers, kinds)
    walk.enter(0, [_State(1.0)], range(len(kinds)))
    return walk.odds


def _cuts(plan: Plan, providers: Mapping[str, ProviderSpec]) -> list[int]:
    """When it matters whether a phone is on: at the ends of waits, and of what is kept."""
    cuts, start = [], 0
    for level in plan.levels:
        settings = providers[level.providers[0]].settings
        validity_us = settings.validity_us if level.validity_us is None else level.validity_us
        kept_us = settings.store_for_us
        cuts.append(start + min(kept_us, validity_us or kept_us))
        start += level.wait_us or 0
        cuts.append(start)
    return [*cuts, plan.deadline_us or start]


class _Walk:
    """One walk through a plan."""

    def __init__(
        self, plan: Plan, providers: Mapping[str, ProviderSpec], kinds: Sequence[Kind]
    ) -> None:
        self._plan = plan
        self._providers = providers
        self._kinds = kinds
        self._segments = [segments(plan.text_of(n)).parts for n in range(len(plan.levels))]
        self._deadline = NEVER if plan.deadline_us is None else float(plan.deadline_us)
        self._courses: dict[tuple[str, int, Condition, Grid], list[Course]] = {}
        levels = len(plan.levels)
        self.odds = Odds(
            [(kind.share, Tally([0.0] * levels)) for kind in kinds],
            entered=[0.0] * levels,
        )

    def enter(self, index: int, states: list[_State], group: Sequence[int]) -> None:
        """Let messages enter a level, each kind of people as it is there."""
        by_condition: dict[Condition, list[int]] = {}
        for kind in group:
            by_condition.setdefault(self._kinds[kind].levels[index], []).append(kind)
        for condition, kinds in by_condition.items():
            _Visit(self, index, condition, kinds).run(states)

    def courses(self, provider: str, index: int, condition: Condition, grid: Grid) -> list[Course]:
        """The courses of a submission, worked out once."""
        wanted = (provider, index, condition, grid)
        if wanted not in self._courses:
            self._courses[wanted] = list(
                courses_of(
                    self._providers[provider],
                    self._plan.levels[index],
                    condition,
                    self._segments[index],
                    grid,
                )
            )
        return self._courses[wanted]

    @property
    def plan(self) -> Plan:
        """What is walked through."""
        return self._plan

    @property
    def deadline(self) -> float:
        """When a message expires, from its request."""
        return self._deadline

    def weight_of(self, group: Sequence[int]) -> float:
        """How many people some kinds are."""
        return sum(self._kinds[kind].share for kind in group)


class _Visit:
    """What happens at one level to some kinds of people that are alike there."""

    def __init__(self, walk: _Walk, index: int, condition: Condition, group: list[int]) -> None:
        self._walk = walk
        self._index = index
        self._level: Level = walk.plan.levels[index]
        self._condition = condition
        self._group = group
        self._weight = walk.weight_of(group)
        self._tally = Tally([0.0] * len(walk.plan.levels))
        self._waiting: dict[tuple[int, int], list[_State]] = {}
        """States by the provider they turn to, and the how many-th try there it is."""
        self._left: list[_State] = []

    def run(self, states: list[_State]) -> None:
        """Follow every state through the level, and what is left of them to the next one."""
        if self._condition.is_eligible:
            self._walk.odds.entered[self._index] += self._weight * sum(
                state.share for state in states if state.at < self._walk.deadline
            )
            self._waiting[0, 1] = states
            while self._waiting:
                key = min(self._waiting)
                self._submit(*key, self._waiting.pop(key))
        else:
            self._left = states
        self._move_on()
        for kind in self._group:
            tally = self._walk.odds.kinds[kind][1]
            tally.delivered += self._tally.delivered
            tally.reached += self._tally.reached
            tally.ledger += self._tally.ledger
            tally.bill += self._tally.bill
            for level, credited in enumerate(self._tally.credited):
                tally.credited[level] += credited

    def _submit(self, provider: int, tries: int, states: list[_State]) -> None:
        likely = self._weight * sum(state.share for state in states)
        size = 0 if likely > _LIKELY else 1 if likely > _UNLIKELY else 2
        name = self._level.providers[provider]
        for state in gathered(states, _STATES[size]):
            if state.at >= self._walk.deadline:
                self._end(state)
                continue
            condition = self._condition
            if condition.off_us:
                condition = condition._replace(off_us=max(0, condition.off_us - int(state.at)))
            grid = GRIDS[size] if self._weight * state.share > _UNLIKELY else GRIDS[max(size, 1)]
            for course in self._walk.courses(name, self._index, condition, grid):
                self._follow(state, course, provider, tries)

    def _follow(self, state: _State, course: Course, provider: int, tries: int) -> None:
        """See how one course ends for one state."""
        began, level = state.at, self._level
        bad_at, trigger = began + course.bad_at, course.trigger
        is_resent = course.is_given_up and level.on_unknown is OnUnknown.RESEND
        again = (course.may_pass or is_resent) and tries <= level.retries.max
        if is_resent and not again:
            bad_at = NEVER
        wait_at, wait_trigger = self._wait_over(began, course)
        leave_at = bad_at
        if wait_at < bad_at:
            leave_at, trigger, again = wait_at, wait_trigger, False
        known_at = began + course.known_at
        after = _State(
            state.share * course.share,
            leave_at,
            state.ledger + course.ledger,
            state.bill + course.bill,
            min(state.arrives_at, began + course.arrives_at),
            *((known_at, self._index) if known_at <= state.news_at else state[5:]),
        )
        if after.news_at <= min(leave_at, self._walk.deadline):
            self._end(after, delivered_at=after.news_at)
        elif leave_at >= self._walk.deadline or (course.stops and leave_at == bad_at and not again):
            self._end(after)
        else:
            self._leave(after, course, trigger, provider, tries, again=again)

    def _wait_over(self, began: float, course: Course) -> tuple[float, Trigger | None]:
        """When the wait is over, and by which trigger; never where it is not armed."""
        level = self._level
        if level.wait_us is None or course.wait_from == NEVER:
            return NEVER, None
        accepted_at = began + course.wait_from
        at = accepted_at + level.wait_us
        if level.origin is Origin.SUBMIT:
            at = max(accepted_at, began + level.wait_us)
        delivered_at = began + course.delivered_at
        if level.origin is Origin.DELIVERED and delivered_at <= at:
            at = delivered_at + level.wait_us
        is_unread = level.success is Status.READ and delivered_at <= at
        trigger = Trigger.NOT_READ if is_unread else Trigger.NO_RECEIPT
        return (at, trigger) if trigger in level.next_on else (NEVER, None)

    def _leave(
        self,
        after: _State,
        course: Course,
        trigger: Trigger | None,
        provider: int,
        tries: int,
        *,
        again: bool,
    ) -> None:
        level = self._level
        is_answer = after.at < NEVER and trigger in {Trigger.REFUSED, Trigger.THROTTLED}
        repeats = course.leaves_channel and trigger not in {Trigger.NO_RECEIPT, Trigger.NOT_READ}
        if again:
            pause = level.retries.backoff.delay_us(tries, 1 << 31) if is_answer else 0
            self._wait_for(provider, tries + 1, after._replace(at=after.at + pause))
        elif trigger is Trigger.EXPIRED and level.on_expired is OnExpired.STOP:
            self._end(after)
        elif not repeats and provider + 1 < len(level.providers):
            self._wait_for(provider + 1, 1, after)
        elif trigger in level.next_on:
            self._left.append(after)
        else:
            self._end(after)

    def _wait_for(self, provider: int, tries: int, state: _State) -> None:
        self._waiting.setdefault((provider, tries), []).append(state)

    def _move_on(self) -> None:
        """Hand what is left to the next level; after the last there is nothing."""
        following = self._index + 1
        if following == len(self._walk.plan.levels):
            for state in self._left:
                self._end(state)
            return
        if self._walk.plan.late_success is LateSuccess.IGNORE:
            self._left = [state._replace(news_at=NEVER) for state in self._left]
        likely = self._weight * sum(state.share for state in self._left)
        size = 0 if likely > _LIKELY else 1 if likely > _UNLIKELY else 2
        if self._left:
            self._walk.enter(following, list(gathered(self._left, _STATES[size])), self._group)

    def _end(self, state: _State, delivered_at: float = NEVER) -> None:
        """Count messages whose way is over."""
        odds, share = self._walk.odds, state.share
        weight = share * self._weight
        self._tally.ledger += share * state.ledger
        self._tally.bill += share * state.bill
        odds.ledger_squared += weight * state.ledger**2
        odds.bill_squared += weight * state.bill**2
        if delivered_at < NEVER:
            self._tally.delivered += share
            odds.delivered_ledger += weight * state.ledger
            self._tally.credited[state.news_level] += share
            _count(odds.known_times, delivered_at, weight)
        if state.arrives_at < NEVER:
            self._tally.reached += share
            odds.reached_bill += weight * state.bill
            _count(odds.true_times, state.arrives_at, weight)


def _count(times: dict[int, float], at: float, weight: float) -> None:
    """Count a time, in steps of less than a hundredth of it."""
    whole = int(at)
    shift = max(whole.bit_length() - 8, 0)
    rounded = (whole >> shift << shift) + (1 << shift >> 1)
    times[rounded] = times.get(rounded, 0.0) + weight


def gathered(states: Sequence[_State], most: int) -> Iterator[_State]:
    """Few states for many: of each sort at most so many, each the mean of its neighbours."""
    sorts: dict[tuple[bool, bool, int], list[_State]] = {}
    for state in states:
        has_news = state.news_at < NEVER
        sort = (state.arrives_at < NEVER, has_news, state.news_level if has_news else 0)
        sorts.setdefault(sort, []).append(state)
    for alike in sorts.values():
        if len(alike) <= most:
            yield from alike
            continue
        alike.sort(key=lambda state: (state.at, state.news_at, state.arrives_at))
        room = sum(state.share for state in alike) / most
        together: list[_State] = []
        share = 0.0
        for state in alike:
            together.append(state)
            share += state.share
            if share >= room * 0.999:
                yield _mean(together)
                together, share = [], 0.0
        if together:
            yield _mean(together)


def _mean(states: Sequence[_State]) -> _State:
    share = sum(state.share for state in states)
    if not share:
        return states[0]
    at, ledger, bill, arrives_at, news_at = (
        sum(state.share * value for state, value in zip(states, values, strict=True)) / share
        for values in zip(*(state[1:6] for state in states), strict=True)
    )
    return _State(share, at, ledger, bill, arrives_at, news_at, states[0].news_level)
