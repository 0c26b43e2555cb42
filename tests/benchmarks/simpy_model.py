"""The same cascade as a plain SimPy 4 model: what one would write with the library at hand.

A process per message walks down the levels; a process per submission plays the provider; whoever
waits, waits for a condition of events: `answer | give up | delivered | deadline`. Luck is one
`random.Random`. Nothing is done to make it slow, and nothing that a reader of SimPy's manual would
not do to make it fast.

Every event leaves one row, of the same kinds as the engine's log, in a list; outcomes, levels and
costs are counted as they happen. There is no digest, no check of laws and no fold of metrics here:
the comparison gives all of those to the other side to carry.
"""

import gc
import json
import math
import random
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Generator
from itertools import accumulate, count
from typing import Any, Final

import simpy

from tests.benchmarks import figures
from tests.benchmarks.figures import Lognormal, Provider

Process = Generator[simpy.Event, Any, None]
Row = tuple[float, int, int | None, int | None, str, str]
"""`(time, message, level, attempt, kind, detail)`."""

_NORMAL_95: Final = 1.6448536269514722
_LADDER: Final = {
    "submitted": 0, "accepted": 1, "sent": 2, "refused": 3, "throttled": 3, "failed": 3,
    "expired": 3, "delivered": 4,
}  # fmt: skip


class Person:
    """Somebody with a phone that may be off now and then, and not on every channel."""

    def __init__(self, luck: random.Random) -> None:
        no_whatsapp = luck.random() < figures.NO_WHATSAPP
        share = figures.NO_VIBER_GIVEN_NO_WHATSAPP if no_whatsapp else figures.NO_VIBER
        no_viber = luck.random() < share
        self.missing = {"whatsapp"} if no_whatsapp else set()
        if no_viber:
            self.missing.add("viber")
        self._luck = luck
        self._flips: list[float] | None = None
        if luck.random() < figures.PHONE_OFF:
            total = figures.OFF_MEAN_S + figures.ON_MEAN_S
            self._starts_off = luck.random() < figures.OFF_MEAN_S / total
            self._flips = [0.0]

    def back_on(self, at: float, until: float) -> float | None:
        """When an attempt at delivery first finds the phone on; None: not until then."""
        while at <= until:
            if not self._is_off(at):
                return at
            at += figures.RETRY_EVERY_S
        return None

    def _is_off(self, at: float) -> bool:
        if self._flips is None:
            return False
        while self._flips[-1] <= at:
            off = (len(self._flips) % 2 == 1) == self._starts_off
            mean = figures.OFF_MEAN_S if off else figures.ON_MEAN_S
            self._flips.append(self._flips[-1] + self._luck.expovariate(1 / mean))
        period = bisect_right(self._flips, at)
        return (period % 2 == 1) == self._starts_off


class Attempt:
    """One submission, as both sides see it."""

    def __init__(self, env: simpy.Environment, level: int, number: int) -> None:
        self.level = level
        self.number = number
        self.status = "submitted"
        self.answer = env.event()
        self.failed = env.event()


class Message:
    """What is known of one message, shared by its own process and its providers'."""

    def __init__(self, env: simpy.Environment, number: int, person: Person) -> None:
        self.number = number
        self.person = person
        self.requested_at = env.now
        self.delivered = env.event()
        self.deadline = env.timeout(figures.DEADLINE_S)
        self.brought_by: Attempt | None = None
        self.outcome: str | None = None
        self.copies = 0

    def is_over(self) -> bool:
        """Delivered as far as is known, or out of time."""
        return self.delivered.triggered or self.deadline.processed


class Carrier:
    """A provider with its figures made ready for drawing."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.latency = _draw(provider.latency)
        self.delivery = _draw(provider.delivery)
        self.delay = _draw(provider.receipt_delay)
        shares = (
            (provider.refused_permanent, "refused.permanent"),
            (provider.refused_temporary, "refused.temporary"),
            (provider.throttled, "throttled"),
            (provider.timeout_not_accepted, "timeout.not_accepted"),
            (provider.timeout_accepted, "timeout.accepted"),
        )
        self.thresholds = list(accumulate(share for share, _ in shares))
        self.words = [*(word for _, word in shares), "accepted"]


def _draw(duration: Lognormal) -> tuple[float, float, float]:
    """The parameters of a duration: mu, sigma, max."""
    return (
        math.log(duration.p50),
        math.log(duration.p95 / duration.p50) / _NORMAL_95,
        duration.max,
    )


class Model:
    """One run."""

    def __init__(self, seed: int, messages: int, rate: int = figures.RATE) -> None:
        """Set up about so many messages; `run` runs them."""
        self.env = simpy.Environment()
        self.luck = random.Random(seed)
        self.rows: list[Row] = []
        self.outcomes: Counter[str] = Counter()
        self.levels: Counter[int] = Counter()
        self.known_cost = 0.0
        self.true_cost = 0.0
        self.double_deliveries = 0
        self.reached = 0
        self.times: list[float] = []
        self.people = [Person(self.luck) for _ in range(figures.PEOPLE)]
        self.carriers = [Carrier(provider) for provider in figures.PROVIDERS]
        self.message_count = 0
        self._rate = rate
        self._arrivals_end = messages / rate

    def run(self) -> None:
        """Run until nothing is left to happen."""
        self.env.process(self.arrivals())
        self.env.run()

    def note(self, message: Message, attempt: Attempt | None, kind: str, detail: str = "") -> None:
        """Leave one row."""
        level = None if attempt is None else attempt.level
        number = None if attempt is None else attempt.number
        self.rows.append((self.env.now, message.number, level, number, kind, detail))

    def draw(self, parameters: tuple[float, float, float]) -> float:
        """Draw a duration."""
        mu, sigma, top = parameters
        while True:
            value = self.luck.lognormvariate(mu, sigma)
            if value <= top:
                return value

    # The one who sends -----------------------------------------------------------------------

    def arrivals(self) -> Process:
        """Send messages to people at random, independently of each other."""
        while True:
            yield self.env.timeout(self.luck.expovariate(self._rate))
            if self.env.now > self._arrivals_end:
                return
            self.message_count += 1
            person = self.luck.choice(self.people)
            self.env.process(self.message(Message(self.env, self.message_count, person)))

    def message(self, message: Message) -> Process:
        """One message on its way down the levels."""
        self.note(message, None, "requested")
        for level, carrier in enumerate(self.carriers):
            if level:
                self.rows.append((self.env.now, message.number, level, None, "fell_back", ""))
            yield from self.level(message, level, carrier)
            if message.is_over():
                break
        self.finish(message)

    def level(self, message: Message, level: int, carrier: Carrier) -> Process:
        """One level, until it has brought the message, has failed to, or the message is over."""
        env = self.env
        for number in count(1):
            attempt = Attempt(env, level, number)
            self.note(message, attempt, "submitted", carrier.provider.channel)
            env.process(self.carry(carrier, message, attempt))
            give_up = env.timeout(figures.SUBMIT_TIMEOUT_S)
            yield attempt.answer | give_up | message.delivered | message.deadline
            if message.is_over():
                return
            if not attempt.answer.triggered:
                self.note(message, attempt, "unknown")
            elif attempt.answer.value != "accepted":
                if attempt.answer.value == "refused.permanent" or number > figures.RETRIES_MAX:
                    return
                self.note(message, attempt, "retry_planned")
                jitter = self.luck.uniform(1 - figures.JITTER, 1 + figures.JITTER)
                pause = env.timeout(figures.BACKOFF_S * jitter)
                yield pause | message.delivered | message.deadline
                if message.is_over():
                    return
                continue
            timer = env.timeout(carrier.provider.wait)
            yield attempt.failed | timer | message.delivered | message.deadline
            if timer.processed and not message.is_over():
                self.note(message, attempt, "wait_over")
            return

    def finish(self, message: Message) -> None:
        """Write down what became of the message."""
        if message.brought_by is not None:
            message.outcome = "delivered"
            self.levels[message.brought_by.level] += 1
            self.times.append(self.env.now - message.requested_at)
        else:
            message.outcome = "expired" if message.deadline.processed else "exhausted"
        self.note(message, message.brought_by, "finished", message.outcome)
        self.outcomes[message.outcome] += 1

    def hear(self, message: Message, attempt: Attempt, status: str) -> None:
        """A receipt comes in."""
        if _LADDER[status] <= _LADDER[attempt.status]:
            self.note(message, attempt, "ignored", status)
            return
        attempt.status = status
        if message.outcome is not None or message.delivered.triggered:
            self.note(message, attempt, "late_receipt", status)
            return
        self.note(message, attempt, "receipt", status)
        if status == "delivered":
            message.brought_by = attempt
            message.delivered.succeed()
        elif status in ("failed", "expired"):
            attempt.failed.succeed(status)

    # The one who carries ---------------------------------------------------------------------

    def carry(self, carrier: Carrier, message: Message, attempt: Attempt) -> Process:
        """A provider takes a submission, answers, and does its best."""
        env = self.env
        outcome = carrier.words[bisect_right(carrier.thresholds, self.luck.random())]
        if outcome == "accepted" and carrier.provider.channel in message.person.missing:
            outcome = "refused.permanent"
        if outcome == "timeout.not_accepted":
            return
        yield env.timeout(self.draw(carrier.latency))
        if outcome not in ("accepted", "timeout.accepted"):
            attempt.status = "throttled" if outcome == "throttled" else "refused"
            self.note(message, attempt, attempt.status, outcome)
            attempt.answer.succeed(outcome)
            return
        if outcome == "accepted":
            attempt.status = "accepted"
            self.known_cost += carrier.provider.price
            self.note(message, attempt, "accepted")
            attempt.answer.succeed(outcome)
        else:
            self.note(message, attempt, "accepted_at_provider")
        self.true_cost += carrier.provider.price
        self.note(message, attempt, "billed")
        env.process(self.report(carrier, message, attempt, "sent"))
        yield from self.deliver(carrier, message, attempt)

    def deliver(self, carrier: Carrier, message: Message, attempt: Attempt) -> Process:
        """Bring the message to the handset, or find out that it cannot be done."""
        provider, env = carrier.provider, self.env
        luck = self.luck.random()
        accepted_at = env.now
        arrives_at = accepted_at + self.draw(carrier.delivery)
        status = "failed" if luck < provider.failed else "delivered"
        filtered = provider.failed <= luck < provider.failed + provider.filtered
        if status == "delivered" and not filtered:
            keep_until = accepted_at + figures.STORE_FOR_S
            back_on = message.person.back_on(arrives_at, keep_until)
            if back_on is None:
                status, arrives_at = "expired", keep_until
            else:
                arrives_at = back_on
        yield env.timeout(arrives_at - accepted_at)
        if filtered or status == "failed":
            self.note(message, attempt, "failed_at_provider", "filtered" if filtered else status)
        elif status == "expired":
            self.note(message, attempt, "expired_at_provider")
        else:
            self.note(message, attempt, "reached_handset")
            self.reached += message.copies == 0
            message.copies += 1
            self.double_deliveries += message.copies == 2
        yield from self.report(carrier, message, attempt, status)

    def report(self, carrier: Carrier, message: Message, attempt: Attempt, status: str) -> Process:
        """Send a receipt, or lose it."""
        if self.luck.random() < carrier.provider.receipt_lost:
            self.note(message, attempt, "receipt_lost", status)
            return
        yield self.env.timeout(self.draw(carrier.delay))
        self.hear(message, attempt, status)


def main(arguments: list[str]) -> None:
    """Run the model once: `SEED MESSAGES RATE [--no-collector]`."""
    if "--no-collector" in arguments:
        gc.disable()
    model = Model(int(arguments[0]), int(arguments[1]), int(arguments[2]))
    model.run()
    print(json.dumps({"messages": model.message_count, "rows": len(model.rows)}))


if __name__ == "__main__":
    main(sys.argv[1:])
