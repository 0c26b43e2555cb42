"""What a message may cost at most when it is really sent: every level, provider and retry.

A level submits at most once and `retries.max` times more at each of its providers, ten times in all
(S20, S22). Each submission costs the provider's price, times the segments of the text where it is
per segment (S30). Which attempts come about nobody knows beforehand, so the dearest are assumed.

What a person asks for by hand (`resend`, S35) is not in it: that is a submission of its own. Money
is in billionths of one currency.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from sandbox.cascade.message import segments
from sandbox.cascade.plan import ATTEMPTS_PER_LEVEL_MAX, Level, Plan
from sandbox.cascade.vocabulary import Channel, OnUnknown

_SMS: Final = Channel("sms")


class Tariff(NamedTuple):
    """What a provider asks for one submission.

    Attributes:
        nano: Billionths of the currency.
        per_segment: For each SMS segment of the text, not for the message.
    """

    nano: int
    per_segment: bool = False

    def price_nano(self, channel: Channel, text: str) -> int:
        """What one submission of a text costs on a channel."""
        has_segments = self.per_segment and channel == _SMS
        return self.nano * segments(text).parts if has_segments else self.nano


class Step(NamedTuple):
    """A provider of a level that may be submitted to.

    Attributes:
        tries: How often at most.
        nano: What each costs; None where nobody knows.
    """

    level: int
    channel: Channel
    provider: str
    text: str
    tries: int
    nano: int | None


class Bound(NamedTuple):
    """What a message comes to at most.

    Attributes:
        submissions: How many there may be.
        nano: What they cost together; None where the price of one is not known.
    """

    submissions: int
    nano: int | None


def steps_of(plan: Plan, tariffs: Mapping[str, Tariff | None]) -> tuple[Step, ...]:
    """The steps a plan may take at some providers, in order.

    Args:
        plan: The cascade.
        tariffs: By provider; None: its price is not known. A provider that is not in it is not of
            interest: it is simulated, and costs nothing.
    """
    return tuple(
        _step(plan, index, level, provider, tariffs[provider])
        for index, level in enumerate(plan.levels)
        for provider in level.providers
        if provider in tariffs
    )


def _step(plan: Plan, index: int, level: Level, provider: str, tariff: Tariff | None) -> Step:
    text = plan.text_of(index)
    nano = None if tariff is None else tariff.price_nano(level.channel, text)
    return Step(index, level.channel, provider, text, _tries(level), nano)


def _tries(level: Level) -> int:
    """How often one provider of a level may be submitted to."""
    tries_again = level.retries.on or level.on_unknown is OnUnknown.RESEND
    return min(1 + level.retries.max if tries_again else 1, ATTEMPTS_PER_LEVEL_MAX)


def bound_of(steps: tuple[Step, ...]) -> Bound:
    """What steps come to at most: of each level the dearest attempts that it has room for."""
    count, nano, is_known = 0, 0, True
    for level in sorted({step.level for step in steps}):
        room = ATTEMPTS_PER_LEVEL_MAX
        here = [step for step in steps if step.level == level]
        is_known = is_known and all(step.nano is not None for step in here)
        for step in sorted(here, key=lambda each: -(each.nano or 0)):
            made = min(step.tries, room)
            room -= made
            count += made
            nano += made * (step.nano or 0)
    return Bound(count, nano if is_known else None)
