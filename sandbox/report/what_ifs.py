"""What would have become of a message under another plan, and the sentence that says so.

Two questions are asked of each level: had the engine waited there, and had the level not been
there. Here the plans for them are made, and their answers put into words; to run them on the same
luck is up to whoever has a world.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, NamedTuple

from sandbox.cascade.plan import Level, Plan
from sandbox.cascade.vocabulary import NEVER, OnUnknown, Outcome, Trigger
from sandbox.report.account import Account
from sandbox.report.figures import exact_seconds, money_text, seconds_text
from sandbox.report.leaving import Leaving
from sandbox.report.plain import plain

_TIMERS: Final = frozenset({Trigger.NO_RECEIPT, Trigger.NOT_READ, Trigger.NOT_VERIFIED})
_LEFT_WAITING: Final = frozenset({*_TIMERS, Trigger.UNKNOWN})
"""Triggers that come while the provider may still bring the message: waiting longer is possible."""
_OVER: Final = ("refused.temporary", "refused.permanent", "throttled")
_NEGATIVE: Final = ("failed", "rejected", "expired")


class Question(StrEnum):
    """What is asked."""

    WAITED = "waited"
    """Had the engine waited at this level up to the deadline."""
    WITHOUT_LEVEL = "without_level"
    """Had this level not been there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of a message, or would have.

    Attributes:
        outcome: "" while there is none.
        level: Which one brought it; None where it was not delivered.
        channel: Of that level; "" where it was not delivered.
        took_us: From the request to the outcome; None while there is none.
        first_copy_us: From the request to the first copy on the handset: truth.
        copies: How many reached the handset: truth.
        ledger_nano: The cost that is known.
        bill_nano: The true cost.
        path: One entry per attempt or skipped level.
    """

    outcome: str
    level: int | None
    channel: str
    took_us: int | None
    first_copy_us: int | None
    copies: int
    ledger_nano: int
    bill_nano: int
    path: tuple[str, ...]

    @property
    def is_delivered(self) -> bool:
        """The engine knows that it arrived."""
        return self.outcome == Outcome.DELIVERED


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """An answer to one of the questions.

    Attributes:
        fate: What would have become of the message; None where nothing had to be run to know.
        is_needless: The level would have brought the message by itself: the switch was not needed.
        is_needless_in_truth: A copy of the attempt reached the handset in time, told of or not.
        words: The answer as a sentence.
    """

    question: Question
    level: int
    fate: Fate | None
    is_needless: bool
    is_needless_in_truth: bool
    words: str


class Asked(NamedTuple):
    """A question about a level, and the plan that answers it.

    Attributes:
        position: The entry of the path it belongs to, from 0.
        plan: None where no run answers it.
    """

    question: Question
    level: int
    position: int
    plan: Plan | None


def fate_of(account: Account) -> Fate:
    """What became of a message so far."""
    credited = account.credited
    channel = "" if credited is None else str(account.plan.levels[credited[0]].channel)
    return Fate(
        outcome=account.outcome,
        level=None if credited is None else credited[0],
        channel=channel,
        took_us=account.took_us,
        first_copy_us=account.first_copy_us,
        copies=account.copy_count,
        ledger_nano=account.ledger_nano,
        bill_nano=account.bill_nano,
        path=tuple(map(str, account.steps)),
    )


# Questions ---------------------------------------------------------------------------------------


def questions(leavings: Sequence[Leaving], plan: Plan) -> Iterator[Asked]:
    """What is worth asking: of every level that was tried, once each.

    Where a level was left several times because its wait was over, the first is meant: with a wait
    that does not end there would have been no second.
    """
    waited: set[int] = set()
    last = {each.level: position for position, each in enumerate(leavings) if each.attempt}
    for position, each in enumerate(leavings):
        if not each.attempt:
            continue
        if each.level not in waited and each.left_us is not None:
            if each.word in _LEFT_WAITING:
                waited.add(each.level)
                yield Asked(Question.WAITED, each.level, position, waiting(plan, each.level))
            elif position == last[each.level] and each.word in (*_OVER, *_NEGATIVE):
                waited.add(each.level)
                yield Asked(Question.WAITED, each.level, position, None)
        if position == last[each.level]:
            fewer = without(plan, each.level)
            yield Asked(Question.WITHOUT_LEVEL, each.level, position, fewer)


def waiting(plan: Plan, level: int) -> Plan:
    """The same plan with a level whose wait does not end before the deadline."""
    return replace(
        plan,
        levels=tuple(
            _patient(each, plan.deadline_us) if number == level else each
            for number, each in enumerate(plan.levels)
        ),
    )


def _patient(level: Level, deadline_us: int | None) -> Level:
    # Without a deadline a plan must end by itself: then the wait is longer than any run.
    wait_us = NEVER >> 1 if deadline_us is None else None
    return replace(
        level,
        wait_us=wait_us,
        verify_within_us=None,
        on_unknown=OnUnknown.WAIT,
    )


def without(plan: Plan, level: int) -> Plan | None:
    """The same plan without a level; None where it has no other.

    Where levels begin together, the others of them still do.
    """
    if len(plan.levels) == 1:
        return None
    levels = list(plan.levels)
    gone = levels.pop(level)
    if level < len(levels) and not gone.parallel:
        levels[level] = replace(levels[level], parallel=False)
    return replace(plan, levels=tuple(levels))


# Answers -----------------------------------------------------------------------------------------


def answer(asked: Asked, leaving: Leaving, actual: Fate, fate: Fate | None, money: str) -> WhatIf:
    """Put the answer to a question into words.

    Args:
        asked: The question.
        leaving: The entry of the path it belongs to.
        actual: What became of the message.
        fate: What the run with the other plan came to; None where there was none.
        money: The currency of all prices.
    """
    is_needless = is_needless_in_truth = False
    if fate is None:
        words = _without_a_run(asked, leaving)
    elif asked.question is Question.WAITED:
        is_switch = leaving.led_on and not leaving.is_end
        is_needless = fate.is_delivered and fate.level == asked.level and is_switch
        is_needless_in_truth = _arrived_in_time(leaving, fate) and is_switch
        words = _waited(asked, leaving, actual, fate, money)
        if is_needless_in_truth and not is_needless:
            words += f"; in truth needless: {plain(leaving.channel)} brought it at"
            words += f" {_at(leaving.reached_us)}, and {_of_its_receipt(leaving, fate)}"
    else:
        words = f"{_fate(fate)}; {_compared(actual, fate, money)}"
    return WhatIf(
        question=asked.question,
        level=asked.level,
        fate=fate,
        is_needless=is_needless,
        is_needless_in_truth=is_needless_in_truth,
        words=words,
    )


def _arrived_in_time(leaving: Leaving, fate: Fate) -> bool:
    """A copy of the attempt was on the handset before the message would have been over."""
    reached_us, over_us = leaving.reached_us, fate.took_us
    return reached_us is not None and (over_us is None or reached_us <= over_us)


def _of_its_receipt(leaving: Leaving, fate: Fate) -> str:
    """Why the engine would not have known of a copy, as half a sentence."""
    told_us = leaving.told_us
    if told_us is None:
        return "no receipt would have said so"
    if fate.took_us is not None and told_us > fate.took_us:
        return f"its receipt would have come too late, at {_at(told_us)}"
    return f"a receipt said so at {_at(told_us)}"


def _without_a_run(asked: Asked, leaving: Leaving) -> str:
    if asked.question is Question.WITHOUT_LEVEL:
        return "there is no other level"
    if leaving.word in _OVER:
        return "waiting would have changed nothing: the provider did not take it"
    if leaving.reached_us is not None:
        at = _at(leaving.reached_us)
        return f"the receipt says {leaving.word}, and yet it reached the handset at {at}"
    return f"waiting would have changed nothing: {leaving.word} is final, and nothing came of it"


def _waited(asked: Asked, leaving: Leaving, actual: Fate, fate: Fate, money: str) -> str:
    channel = leaving.channel
    if not (fate.is_delivered and fate.level == asked.level):
        return f"{_fate(fate)}; {_compared(actual, fate, money)}"
    after = ""
    if leaving.left_us is not None and fate.took_us is not None:
        after = f", {seconds_text(fate.took_us - leaving.left_us)} after it was left"
    words = f"{plain(channel)} would have delivered it at {_at(fate.took_us)}{after}"
    is_switch = leaving.led_on and not leaving.is_end
    verdict = ": the switch was needless" if is_switch else ""
    return f"{words}{verdict}; {_compared(actual, fate, money)}"


def _fate(fate: Fate) -> str:
    """What would have become of it, as half a sentence."""
    if fate.is_delivered:
        return f"delivered by {plain(fate.channel)} at {_at(fate.took_us)}"
    if not fate.outcome:
        return "still without an outcome"
    words = f"{plain(fate.outcome)} at {_at(fate.took_us)}"
    if fate.copies and fate.first_copy_us is not None:
        return f"{words}, although a copy reached the handset at {_at(fate.first_copy_us)}"
    return f"{words}, and nothing reached the handset"


def _at(offset_us: int | None) -> str:
    return "" if offset_us is None else f"{exact_seconds(offset_us)} s"


def _compared(actual: Fate, fate: Fate, money: str) -> str:
    """How that is other than what happened: outcome, time, cost, copies."""
    parts: list[str] = []
    if actual.is_delivered and not fate.is_delivered:
        parts.append(f"instead of delivered by {plain(actual.channel)}")
    elif fate.is_delivered and not actual.is_delivered:
        parts.append(f"instead of {plain(actual.outcome or 'no outcome')}")
    if actual.took_us is not None and fate.took_us is not None:
        parts += _difference(fate.took_us - actual.took_us, "sooner", "later", seconds_text)
    parts += _difference(
        fate.bill_nano - actual.bill_nano,
        "cheaper",
        "dearer",
        lambda nano: money_text(nano, money),
    )
    if fate.copies != actual.copies:
        parts.append(f"{_copies(fate.copies)} instead of {_copies(actual.copies)}")
    return ", ".join(parts) or "the same outcome, time and cost"


def _difference(by: int, less: str, more: str, text: Callable[[int], str]) -> list[str]:
    if not by:
        return []
    return [f"{text(abs(by))} {less if by < 0 else more}"]


def _copies(count: int) -> str:
    return {0: "no copy", 1: "one copy"}.get(count, f"{count} copies")
