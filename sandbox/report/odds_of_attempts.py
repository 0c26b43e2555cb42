"""What may become of one submission to one provider, each course with how likely it is.

Durations are continuous; here each is a few points that stand for equal or, in the tail, smaller
shares of it, read from the same integer quantiles that a run draws from. Where nothing varies there
is one point, and nothing is lost.

Instants are microseconds since the submission; `NEVER` is later than all of them.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from sandbox.cascade.plan import Level
from sandbox.cascade.vocabulary import OnUnknown, ReasonClass, Status, Trigger
from sandbox.report.odds_of_people import Condition
from sandbox.simulation.distributions import Distribution
from sandbox.simulation.spec import PPB, ChargedOn, ProviderSpec, Settings

NEVER: Final = float("inf")
_ALL_LUCK: Final = 1 << 32
_TAIL: Final = (0.75, 0.9, 0.96, 0.99, 0.997)
"""Where the tail is cut: it decides how many waits are over before a receipt comes."""
_WITH_TAIL: Final = 8
"""From so many points on, the tail has points of its own."""


class Grid(NamedTuple):
    """How many points stand for the three durations of a course."""

    answers: int
    deliveries: int
    receipts: int


GRIDS: Final = (Grid(1, 24, 12), Grid(1, 6, 5), Grid(1, 1, 1))
"""For what is likely, what is not, and what is rare."""


class Course(NamedTuple):
    """One way a submission may go, from the submission to the last thing ever heard of it.

    Attributes:
        known_at: When the engine learns the level's success status.
        bad_at: When it learns that there will be none, or gives the answer up.
        trigger: What that is; None: nothing bad is ever heard.
        wait_from: From when a wait with origin `accepted` counts.
        delivered_at: When it learns that the message was delivered.
        stops: The reason of the bad news ends the message.
        leaves_channel: It is not worth another provider of the channel.
        may_pass: It is an answer that is worth a retry.
        is_given_up: Nobody answered.
        arrives_at: When the handset has it.
        ledger: What the engine is told that it costs, in billionths.
        bill: What it costs.
    """

    share: float
    known_at: float = NEVER
    bad_at: float = NEVER
    trigger: Trigger | None = None
    wait_from: float = 0.0
    delivered_at: float = NEVER
    stops: bool = False
    leaves_channel: bool = False
    may_pass: bool = False
    is_given_up: bool = False
    arrives_at: float = NEVER
    ledger: float = 0.0
    bill: float = 0.0


Points = tuple[tuple[float, float], ...]
"""Pairs of a share and an instant."""


@lru_cache(maxsize=1024)
def points(distribution: Distribution, count: int) -> Points:
    """A duration as so many points at most, closer together in the tail."""
    if distribution.draw(0) == distribution.draw(_ALL_LUCK - 1):
        return ((1.0, float(distribution.draw(0))),)
    edges = [n / count for n in range(count + 1)]
    if count >= _WITH_TAIL:
        body = count - len(_TAIL)
        edges = [*(n * _TAIL[0] / body for n in range(body)), *_TAIL, 1.0]
    return tuple(
        (high - low, float(distribution.draw(int((low + high) / 2 * _ALL_LUCK))))
        for low, high in pairwise(edges)
    )


def courses_of(
    provider: ProviderSpec, level: Level, condition: Condition, segments: int, grid: Grid
) -> Iterator[Course]:
    """Every course of a submission; the shares sum to one.

    Args:
        provider: Who it is submitted to.
        level: At which level.
        condition: What the recipient is to the level; `off_us` counts from the submission.
        segments: Of its text.
        grid: How finely durations are told apart.
    """
    settings = provider.settings
    price = float(settings.price_nano * (segments if provider.per_segment else 1))
    desk = _Desk(provider, settings, level, condition, price, grid)
    for word, share in settings.submit_outcomes.shares:
        for part, answered_at in points(settings.submit_latency, grid.answers):
            outcome = _outcome(word, condition, is_late=answered_at > level.submit_timeout_us)
            weight = share / PPB * part
            if not weight:
                continue
            match outcome:
                case "accepted":
                    yield from desk.taken(weight, answered_at, is_heard=True)
                case "timeout.accepted":
                    yield from desk.taken(weight, answered_at, is_heard=False)
                case "timeout.not_accepted":
                    yield desk.unanswered(weight)
                case _:
                    yield from desk.refused(weight, outcome, answered_at)


def _outcome(word: str, condition: Condition, *, is_late: bool) -> str:
    """The answer, after what the person's traits and the engine's patience make of it."""
    if condition.submit and word in {"accepted", "timeout.accepted"}:
        is_taken = condition.submit in {"accepted", "timeout.accepted"}
        is_heard = word == "accepted" or is_taken
        word = condition.submit if is_heard else "timeout.not_accepted"
    if is_late and word != "timeout.accepted":
        return "timeout.accepted" if word == "accepted" else "timeout.not_accepted"
    return word


class _News(NamedTuple):
    """What becomes of a message the provider has, from acceptance.

    Attributes:
        word: One of `DELIVERY_OUTCOMES` or `expired`.
        told_after: How long after that its receipt arrives.
    """

    share: float
    word: str
    at: float
    told_after: float
    reason: ReasonClass | None = None


_BAD: Final = {
    "failed": (Trigger.FAILED, Status.FAILED),
    "partial": (Trigger.FAILED, Status.FAILED),
    "rejected": (Trigger.REJECTED, Status.REJECTED),
    "expired": (Trigger.EXPIRED, Status.EXPIRED),
}


class _Desk:
    """One provider at one level for one kind of person."""

    def __init__(
        self,
        provider: ProviderSpec,
        settings: Settings,
        level: Level,
        condition: Condition,
        price: float,
        grid: Grid,
    ) -> None:
        self._provider = provider
        self._settings = settings
        self._level = level
        self._condition = condition
        self._price = price
        self._grid = grid

    # Answers ---------------------------------------------------------------------------------

    def refused(self, share: float, word: str, at: float) -> Iterator[Course]:
        """The provider says no."""
        is_submitted = self._provider.charged_on is ChargedOn.SUBMITTED
        paid = self._price if is_submitted else 0.0
        trigger = Trigger.THROTTLED if word == "throttled" else Trigger.REFUSED
        for part, reason in self._classes(word):
            is_transient = reason in {None, ReasonClass.TRANSIENT} and word != "refused.permanent"
            retried = {each.value for each in self._level.retries.on}
            yield Course(
                share * part,
                bad_at=at,
                trigger=trigger,
                wait_from=NEVER,
                stops=reason is ReasonClass.STOP,
                leaves_channel=_leaves(reason),
                may_pass=is_transient and word in retried,
                ledger=paid,
                bill=paid,
            )

    def unanswered(self, share: float) -> Course:
        """The provider has not got it, and nobody says so."""
        at = float(self._level.submit_timeout_us)
        is_left = self._level.on_unknown is not OnUnknown.WAIT
        return Course(
            share,
            bad_at=at if is_left else NEVER,
            trigger=Trigger.UNKNOWN if is_left else None,
            wait_from=at,
            is_given_up=True,
        )

    def taken(self, share: float, at: float, *, is_heard: bool) -> Iterator[Course]:
        """The provider has it; the engine hears so, or not."""
        for sent_share, sent_after in self._sent():
            sent_at = at + sent_after
            for news in self._news(at):
                for read_share, read_after in self._read(news):
                    weight = share * sent_share * news.share * read_share
                    if weight:
                        read_at = at + news.at + read_after
                        yield self._course(weight, news, at, sent_at, read_at, is_heard=is_heard)

    def _sent(self) -> Points:
        """When the receipt `sent` comes after acceptance, where that makes a difference."""
        if Status.SENT not in self._provider.reports:
            return ((1.0, NEVER),)
        if self._level.success is Status.SENT:
            return self._told(self._grid.receipts, coarse=False)
        return ((1.0, points(self._settings.receipt_delay, 1)[0][1]),)

    def _read(self, news: _News) -> Points:
        """When the receipt `read` comes after the arrival, where that makes a difference."""
        settings, provider = self._settings, self._provider
        is_asked = self._level.success is Status.READ
        is_needed = is_asked or news.told_after == NEVER  # reading tells that it was delivered
        if news.word != "delivered" or Status.READ not in provider.reports or not is_needed:
            return ((1.0, NEVER),)
        share = settings.read_share / PPB
        count = max(1, self._grid.deliveries // 2) if is_asked else 1
        heard = self._told(1, coarse=True)
        return (
            (1 - share, NEVER),
            *(
                (share * part * told, after + told_after)
                for part, after in points(settings.read_after, count)
                for told, told_after in heard
            ),
        )

    # Deliveries ------------------------------------------------------------------------------

    def _news(self, accepted_at: float) -> Iterator[_News]:
        """What may become of it, with when its receipt comes."""
        settings, grid = self._settings, self._grid
        good = self._told(grid.receipts, coarse=False)
        few = self._told(max(1, grid.receipts // 2), coarse=True)
        for word, share, reason in self._fates():
            is_good = word in {"delivered", "filtered"}
            count = grid.deliveries if is_good else max(1, grid.deliveries // 4)
            for part, takes in points(settings.delivery_time, count):
                final, at = self._reached(word, takes, accepted_at)
                told = ((1.0, NEVER),) if final == "vanished" else good if is_good else few
                for heard, after in told:
                    weight = share * part * heard
                    if final == word:
                        yield _News(weight, final, at, after, reason)
                    else:
                        yield _News(weight, final, at, after)

    def _fates(self) -> Iterator[tuple[str, float, ReasonClass | None]]:
        """What happens, how likely, and why."""
        condition = self._condition
        for word, share in self._settings.delivery_outcomes.shares:
            if word == "delivered" and condition.delivery:
                yield condition.delivery, share / PPB, condition.delivery_class
                continue
            told = "failed" if word == "partial" else word
            is_bad = word in _BAD
            for part, reason in self._classes(told) if is_bad else [(1.0, None)]:
                yield word, share / PPB * part, reason

    def _reached(self, word: str, takes: float, accepted_at: float) -> tuple[str, float]:
        """What it comes to, and when, after validity and a phone that is off."""
        settings, level = self._settings, self._level
        validity_us = settings.validity_us if level.validity_us is None else level.validity_us
        if validity_us is not None and takes > validity_us and word != "vanished":
            return "expired", float(validity_us)
        off_us = self._condition.off_us - accepted_at
        if word != "delivered" or off_us <= takes:
            return word, takes
        kept_us = settings.store_for_us
        if validity_us is not None:
            kept_us = min(kept_us, validity_us)
        until, every = max(takes, float(kept_us)), settings.retry_every_us
        on_at = takes + -(-(off_us - takes) // every) * every if every else off_us
        return ("delivered", on_at) if on_at <= until else ("expired", until)

    # Receipts --------------------------------------------------------------------------------

    def _told(self, count: int, *, coarse: bool) -> Points:
        """How long after an event its receipt arrives; `NEVER` where it is lost."""
        settings = self._settings
        lost = 1 - (1 - settings.receipt_lost / PPB) * (1 - settings.receipt_unknown_id / PPB)
        batched = (settings.receipt_batch_every_us or 0) / 2
        late = settings.receipt_late_share / PPB
        told = [
            ((1 - lost) * (1 - late) * part, after + batched)
            for part, after in points(settings.receipt_delay, count)
        ]
        if late:
            usual = points(settings.receipt_delay, 1)[0][1] + batched
            later = points(settings.receipt_late_by, 1 if coarse else min(4, count))
            told += [((1 - lost) * late * part, usual + by) for part, by in later]
        if lost:
            told.append((lost, NEVER))
        return tuple(told)

    def _course(
        self,
        share: float,
        news: _News,
        at: float,
        sent_at: float,
        read_at: float,
        *,
        is_heard: bool,
    ) -> Course:
        """Put together what the engine learns of a message the provider has."""
        provider, level = self._provider, self._level
        is_good = news.word in {"delivered", "filtered"}
        event_at = at + news.at
        told_at = event_at + news.told_after
        delivered_at = told_at if is_good and Status.DELIVERED in provider.reports else NEVER
        delivered_at = min(delivered_at, read_at)
        first_heard = at if is_heard else min(sent_at, told_at)
        known_at = {
            Status.ACCEPTED: first_heard,
            Status.SENT: min(sent_at, delivered_at),
            Status.READ: read_at,
        }.get(level.success, delivered_at)
        wait_from = min(first_heard, at if is_heard else float(level.submit_timeout_us))
        trigger, status = _BAD.get(news.word, (None, Status.DELIVERED))
        bad_at = told_at if trigger and provider.reports else NEVER
        is_given_up = not is_heard and first_heard > level.submit_timeout_us
        if is_given_up and level.on_unknown is OnUnknown.NEXT:
            trigger, bad_at = Trigger.UNKNOWN, float(level.submit_timeout_us)
        bill, ledger = self._charged(news, status, is_good=is_good)
        heard_of_money = delivered_at if provider.charged_on is ChargedOn.DELIVERED else first_heard
        return Course(
            share,
            known_at=known_at,
            bad_at=bad_at,
            trigger=trigger if bad_at < NEVER else None,
            wait_from=wait_from,
            delivered_at=delivered_at,
            stops=news.reason is ReasonClass.STOP and trigger is not Trigger.UNKNOWN,
            leaves_channel=_leaves(news.reason) and trigger is not Trigger.UNKNOWN,
            is_given_up=is_given_up and level.on_unknown is OnUnknown.NEXT,
            arrives_at=event_at if news.word == "delivered" else NEVER,
            ledger=ledger if heard_of_money < NEVER else 0.0,
            bill=bill,
        )

    def _charged(self, news: _News, status: Status, *, is_good: bool) -> tuple[float, float]:
        """What is billed in the end, and what the engine is told of that."""
        provider, price = self._provider, self._price
        match provider.charged_on:
            case ChargedOn.SUBMITTED | ChargedOn.ACCEPTED:
                is_refunded = status in provider.refunded_on
                is_told = news.told_after < NEVER and bool(provider.reports)
                return 0.0 if is_refunded else price, 0.0 if is_refunded and is_told else price
            case ChargedOn.DELIVERED:
                paid = price if is_good else 0.0
                return paid, paid
            case ChargedOn.READ:
                read = self._settings.read_share / PPB if news.word == "delivered" else 0.0
                return price * read, price * read

    def _classes(self, word: str) -> list[tuple[float, ReasonClass | None]]:
        """The classes of the reasons of an outcome, with their shares."""
        condition = self._condition
        if word == condition.submit and condition.submit_class is not None:
            return [(1.0, condition.submit_class)]
        for outcome, choices in self._settings.reasons:
            if outcome == word:
                classes: dict[ReasonClass | None, float] = {}
                for reason, share in choices:
                    kind = reason.reason_class
                    classes[kind] = classes.get(kind, 0.0) + share / PPB
                return [(share, kind) for kind, share in classes.items()]
        if word == "refused.permanent":
            return [(1.0, ReasonClass.PERMANENT_RECIPIENT)]
        return [(1.0, None)]


def _leaves(reason: ReasonClass | None) -> bool:
    return reason in {ReasonClass.PERMANENT_RECIPIENT, ReasonClass.CALLER_ERROR}
