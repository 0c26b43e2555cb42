"""The same cascade as one loop around a heap, tuned by hand: what speed can be had at all.

It does what the engine does for this one scenario and for no other: the same draws, keyed by
provider, message and submission, from the same tables; the same lines in the same order, hashed as
they come. Its digest is the engine's, to the last bit (see `test_models_agree`), so nothing is left
out that shows. What is left out is everything that makes an engine of it: a log that somebody else
can read along, laws, metrics, faults, other plans, other providers, and a second reader.

What it is tuned by:

- One function, everything in local variables, nothing called that could be written in place.
- Luck is known as soon as there is a key. So a timer is put on the heap only when the answer that
  would stop it cannot come in time, and there are no timers to be cancelled.
- A line is its text from the beginning; a kind is a number in the key of the heap.
- Of people, phones and tables only what this scenario has is looked at.
"""

import gc
import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from heapq import heappop, heappush
from itertools import count
from typing import Final

from sandbox.cascade.plan import Level
from sandbox.journal.digest import FORMAT
from sandbox.scenario.loader import load
from sandbox.simulation.chance import RETRY_JITTER, Dice
from sandbox.simulation.distributions import Distribution, _quantile, _Tabled
from sandbox.simulation.load import Arrival, arrivals
from sandbox.simulation.population import People, Person
from sandbox.simulation.spec import ProviderSpec, WorldSpec
from tests.benchmarks import figures

_BODY_END: Final = 0xF000_0000
_ROWS_AT_ONCE: Final = 2048

# What comes first at one instant, in the upper bits of a key; a new message comes before all of it,
# and wake-ups are served by their lines.
_CLASS: Final = 56
_ANSWER: Final = 1
_TRUTH: Final = 2
_RECEIPT: Final = 3
_WAKE: Final = 4
_FAR: Final = 1 << 62

_ANSWERS: Final = _ANSWER << _CLASS
_TRUTHS: Final = _TRUTH << _CLASS
_RECEIPTS: Final = _RECEIPT << _CLASS
_WAKES: Final = _WAKE << _CLASS
_LINE: Final = (1 << _CLASS) - 1

# How an attempt stands, as far as is known.
_SUBMITTED, _ACCEPTED, _SENT, _DELIVERED, _UNKNOWN, _FAILED, _EXPIRED, _REFUSED = range(8)
_WORDS: Final = (
    "submitted", "accepted", "sent", "delivered", "unknown", "failed", "expired", "refused",
)  # fmt: skip

_BEYOND_SENT: Final = (_DELIVERED, _FAILED, _EXPIRED)
_NOBODY: Final = Arrival(_FAR, 0)
_OUTCOME_DELIVERED: Final = '{"outcome":"delivered"}'
_TAKEN: Final = ("accepted", "timeout.accepted")
_UNANSWERED: Final = ("timeout.accepted", "timeout.not_accepted")
_NO_RECEIPT: Final = '{"trigger":"no_receipt"}'
_FOR_GOOD_BEGIN: Final = '{"class":"permanent-recipient","code":"unspecified","luck":'
_FOR_GOOD_END: Final = ',"text":"refused for good, no reason given"}'


@dataclass(slots=True)
class Totals:
    """What came out of a run; money in billionths."""

    messages: int = 0
    lines: int = 0
    billed_nano: int = 0
    digest: str = ""
    outcomes: Counter[str] = field(default_factory=Counter)
    levels: Counter[int] = field(default_factory=Counter)


class _Message:
    """One message: where it stands."""

    __slots__ = ("current", "is_over", "number", "person")

    def __init__(self, number: int, person: Person) -> None:
        self.number = number
        self.person = person
        self.current: _Attempt | None = None
        """The attempt whose bad news counts; None while a retry is pending."""
        self.is_over = False


class _Attempt:
    """One submission: its luck, what becomes of it, and what is known of it."""

    __slots__ = (
        "cause", "fate", "final_at", "is_awaited", "level", "luck", "message", "number", "outcome",
        "seq", "status", "wait_seq",
    )  # fmt: skip

    def __init__(self, message: _Message, level: int, number: int, seq: int) -> None:
        self.message = message
        self.level = level
        self.number = number
        self.seq = self.cause = seq
        """Its own line, and the one the next thing stems from."""
        self.status = _SUBMITTED
        self.is_awaited = True
        """No answer came yet."""
        self.wait_seq = 0
        """The line that began the wait."""
        self.luck: tuple[int, ...] = ()
        self.outcome = ""
        """Of the submission, and once accepted of the delivery."""
        self.fate = _DELIVERED
        """What its last receipt says."""
        self.final_at = _FAR
        """When that comes; `_FAR`: never."""


class _Carrier:
    """A provider's figures, made ready."""

    def __init__(self, spec: ProviderSpec, level: Level, seed: int) -> None:
        settings = spec.settings
        self.name, self.channel = spec.name, spec.channel
        self.slots = Dice(seed, f"provider {spec.name}").slots
        self.more_slots = Dice(seed, f"provider {spec.name}").more_slots
        self.pick_submit = settings.submit_outcomes.pick
        self.good_submit = settings.submit_outcomes.good_from
        self.pick_fate = settings.delivery_outcomes.pick
        self.good_fate = settings.delivery_outcomes.good_from
        self.latency, self.latency_cut = _table(settings.submit_latency)
        self.delivery, self.delivery_cut = _table(settings.delivery_time)
        self.delay, self.delay_cut = _table(settings.receipt_delay)
        self.lost_below = settings.lost_below
        self.price = settings.price_nano
        self.store_for_us = settings.store_for_us
        self.retry_every_us = settings.retry_every_us
        self.wait_us = level.wait_us or 0
        self.timeout_us = level.submit_timeout_us
        self.backoff = level.retries.backoff
        # Ends of lines: the kind comes before the cause, the detail after it.
        self.submitted = _json(channel=str(spec.channel), provider=spec.name)
        self.owed = _json(owed_nano=self.price)
        self.billed = _json(amount_nano=self.price)
        self.receipts = [_json(owed_nano=self.price, status=word) for word in _WORDS]


def _table(duration: Distribution) -> tuple[tuple[int, ...], int]:
    """The quantiles of a duration, and how many of 2^32 lucks stay below its `max`."""
    if not isinstance(duration, _Tabled):
        raise TypeError(f"{duration} has no table")
    duration.draw(0)
    return duration.knots, duration.cut or 1 << 32


def _json(**fields: object) -> str:
    return json.dumps(fields, sort_keys=True, separators=(",", ":"))


def run(spec: WorldSpec) -> Totals:  # noqa: C901, PLR0912, PLR0915 - one loop is the point
    """Run the benchmark's scenario, and no other."""
    totals = Totals()
    people = People(spec.seed, spec.population)
    providers = {provider.name: provider for provider in spec.providers}
    levels = spec.plans[0].levels
    carriers = [_Carrier(providers[level.providers[0]], level, spec.seed) for level in levels]
    channels = [str(level.channel) for level in levels]
    forced = {index: people.person(index).forced.keys() for index in range(spec.population.size)}
    requested = _json(cascade=spec.plans[0].name, country=spec.population.countries[0][0])
    coming = arrivals(spec.seed, spec.load)
    digest = sha256(FORMAT.encode())
    rows: list[str] = []
    write = rows.append
    heap: list[tuple[int, int, _Attempt]] = []
    order = count(1).__next__
    next_at = next(coming, _NOBODY).at_us
    message_count = seq = cause = billed_nano = line_count = 0
    while True:
        number = 0  # of the attempt to submit, if one is
        if next_at <= (heap[0][0] if heap else _FAR):
            if next_at == _FAR:
                break
            now = next_at
            message_count += 1
            next_at = next(coming, _NOBODY).at_us
            message = _Message(message_count, people.anybody(message_count))
            seq = cause = seq + 1
            write(f"{seq}\t{now}\t{message_count}\t0\t-\trequested\t0\t{requested}\n")
            level, number = 0, 1
        else:
            now, key, a = heappop(heap)
            kind = key >> _CLASS
            message, level, carrier = a.message, a.level, carriers[a.level]
            where = f"{now}\t{message.number}\t{level}\t{a.number}"
            seq += 1
            trigger = ""  # why the level is left, if it is
            if kind == _RECEIPT:
                before = a.status
                # The first receipt that comes is told from the last by what the key says.
                status = a.fate if key & 1 else _SENT
                cause = a.cause if key & 1 else a.seq
                if status == _SENT and before in _BEYOND_SENT:
                    why = f'","why":"already {_WORDS[before]}"}}'
                    told = carrier.receipts[_SENT].replace('"}', why)
                    write(f"{seq}\t{where}\tignored\t{cause}\t{told}\n")
                else:
                    a.status = status
                    name = "late_receipt" if message.is_over else "receipt"
                    write(f"{seq}\t{where}\t{name}\t{cause}\t{carrier.receipts[status]}\n")
                    cause = seq
                    if message.is_over:
                        pass
                    elif status == _DELIVERED:
                        message.is_over = True
                        message.current = None
                        seq += 1
                        write(f"{seq}\t{where}\tfinished\t{cause}\t{_OUTCOME_DELIVERED}\n")
                        totals.outcomes["delivered"] += 1
                        totals.levels[level] += 1
                    elif message.current is a:
                        if status != _SENT:
                            trigger = _WORDS[status]
                        elif before == _SUBMITTED:
                            a.wait_seq = seq
                            if a.final_at > now + carrier.wait_us:
                                heappush(heap, (now + carrier.wait_us, _WAKES + seq, a))
            elif kind == _TRUTH:
                outcome, cause = a.outcome, a.cause
                if outcome == "delivered":
                    write(f"{seq}\t{where}\treached_handset\t{cause}\t-\n")
                elif outcome == "expired":
                    write(f"{seq}\t{where}\texpired_at_provider\t{cause}\t-\n")
                else:
                    told = f'{{"status":"{outcome}"}}'
                    write(f"{seq}\t{where}\tfailed_at_provider\t{cause}\t{told}\n")
                a.cause = seq
                if a.final_at == _FAR:
                    seq += 1
                    told = f'{{"status":"{_WORDS[a.fate]}"}}'
                    write(f"{seq}\t{where}\treceipt_lost\t{a.cause}\t{told}\n")
                else:
                    heappush(heap, (a.final_at, _RECEIPTS + 2 * order() + 1, a))
            elif kind == _ANSWER and a.outcome not in _TAKEN:
                a.is_awaited = False
                luck = carrier.more_slots(message.number, a.number - 1)[RETRY_JITTER]
                name = "throttled" if a.outcome == "throttled" else "refused"
                is_final = a.outcome == "refused.permanent"
                told = (
                    f"{_FOR_GOOD_BEGIN}{luck}{_FOR_GOOD_END}" if is_final else f'{{"luck":{luck}}}'
                )
                write(f"{seq}\t{where}\t{name}\t{a.seq}\t{told}\n")
                a.status = _REFUSED
                cause = seq
                if not message.is_over:
                    if is_final or a.number > 1:
                        trigger = name
                    else:
                        message.current = None
                        backoff = carrier.backoff
                        swing = backoff.first_us * backoff.jitter_ppm // 1_000_000
                        retry_at = now + backoff.first_us - swing + (2 * swing * luck >> 32)
                        seq += 1
                        told = f'{{"retry_at_us":{retry_at}}}'
                        write(f"{seq}\t{where}\tretry_planned\t{cause}\t{told}\n")
                        a.cause = seq
                        heappush(heap, (retry_at, _WAKES + seq, a))
            elif kind == _ANSWER:
                is_told = a.outcome == "accepted"
                if is_told:
                    a.is_awaited = False
                    a.status = _ACCEPTED
                    write(f"{seq}\t{where}\taccepted\t{a.seq}\t{carrier.owed}\n")
                else:
                    write(f"{seq}\t{where}\taccepted_at_provider\t{a.seq}\t-\n")
                a.cause = cause = seq
                seq += 1
                write(f"{seq}\t{where}\tbilled\t{cause}\t{carrier.billed}\n")
                billed_nano += carrier.price
                _, _, fate_luck, time_luck, final_lost, final_luck, sent_lost, sent_luck = a.luck
                knots = carrier.delay
                if sent_lost < carrier.lost_below:
                    seq += 1
                    write(f'{seq}\t{where}\treceipt_lost\t{cause}\t{{"status":"sent"}}\n')
                else:
                    luck = sent_luck * carrier.delay_cut >> 32
                    if luck < _BODY_END:
                        low = knots[luck >> 24]
                        after = knots[(luck >> 24) + 1] - low
                        after_us = low + (after * (luck & 0xFF_FFFF) >> 24)
                    else:
                        after_us = _quantile(knots, luck)
                    heappush(heap, (now + after_us, _RECEIPTS + 2 * order(), a))
                # The fate, and the receipt of it.
                outcome = "delivered"
                if fate_luck < carrier.good_fate:
                    outcome = carrier.pick_fate(fate_luck)
                luck = time_luck * carrier.delivery_cut >> 32
                times = carrier.delivery
                if luck < _BODY_END:
                    low = times[luck >> 24]
                    after = times[(luck >> 24) + 1] - low
                    at = now + low + (after * (luck & 0xFF_FFFF) >> 24)
                else:
                    at = now + _quantile(times, luck)
                a.fate = _FAILED if outcome == "failed" else _DELIVERED
                if outcome == "delivered" and message.person.unreachable:
                    until = max(at, now + carrier.store_for_us)
                    every = carrier.retry_every_us
                    found_at = message.person.next_reachable(carrier.channel, at, every, until)
                    if found_at is None:
                        outcome, at, a.fate = "expired", until, _EXPIRED
                    else:
                        at = found_at
                a.outcome = outcome
                heappush(heap, (at, _TRUTHS + order(), a))
                a.final_at = _FAR
                if final_lost >= carrier.lost_below:
                    luck = final_luck * carrier.delay_cut >> 32
                    if luck < _BODY_END:
                        low = knots[luck >> 24]
                        after = knots[(luck >> 24) + 1] - low
                        a.final_at = at + low + (after * (luck & 0xFF_FFFF) >> 24)
                    else:
                        a.final_at = at + _quantile(knots, luck)
                if is_told and message.current is a:
                    a.wait_seq = cause
                    if a.final_at > now + carrier.wait_us:
                        heappush(heap, (now + carrier.wait_us, _WAKES + cause, a))
                a.seq = cause  # what its first receipt stems from
            elif a.status == _REFUSED:
                seq -= 1
                if not message.is_over:
                    number, cause = a.number + 1, a.cause
            elif a.is_awaited:
                a.is_awaited = False
                write(f"{seq}\t{where}\tunknown\t{(key & _LINE)}\t-\n")
                if a.status == _SUBMITTED:
                    a.status = _UNKNOWN
                    if message.current is a:
                        a.wait_seq = seq
                        if a.final_at > now + carrier.wait_us:
                            heappush(heap, (now + carrier.wait_us, _WAKES + seq, a))
            elif message.current is a:
                write(f"{seq}\t{where}\twait_over\t{a.wait_seq}\t{_NO_RECEIPT}\n")
                cause, trigger = seq, "no_receipt"
            else:
                seq -= 1
            if trigger:
                seq += 1
                if level + 1 < len(carriers):
                    message.current = None
                    told = f'{{"from":"{channels[level]}","to":"{channels[level + 1]}"'
                    level, number = level + 1, 1
                    write(f'{seq}\t{now}\t{message.number}\t{level}\t-\tfell_back\t{cause}\t'
                          f'{told},"trigger":"{trigger}"}}\n')  # fmt: skip
                    cause = seq
                else:
                    message.is_over = True
                    message.current = None
                    told = '{"ended_by":"last_level","outcome":"exhausted"'
                    write(f'{seq}\t{now}\t{message.number}\t{level}\t-\tfinished\t{cause}\t'
                          f'{told},"trigger":"{trigger}"}}\n')  # fmt: skip
                    totals.outcomes["exhausted"] += 1
        if number:
            carrier = carriers[level]
            seq += 1
            write(f"{seq}\t{now}\t{message.number}\t{level}\t{number}\tsubmitted\t{cause}\t"
                  f"{carrier.submitted}\n")  # fmt: skip
            message.current = a = _Attempt(message, level, number, seq)
            a.luck = carrier.slots(message.number, number - 1)
            drawn, luck = a.luck[0], a.luck[1]
            a.outcome = "accepted" if drawn >= carrier.good_submit else carrier.pick_submit(drawn)
            if carrier.channel in forced[message.person.index]:
                if a.outcome == "accepted":
                    a.outcome = "refused.permanent"
                elif a.outcome == "timeout.accepted":
                    a.outcome = "timeout.not_accepted"
            if a.outcome != "timeout.not_accepted":
                luck = luck * carrier.latency_cut >> 32
                knots = carrier.latency
                if luck < _BODY_END:
                    low = knots[luck >> 24]
                    after = knots[(luck >> 24) + 1] - low
                    after_us = low + (after * (luck & 0xFF_FFFF) >> 24)
                else:
                    after_us = _quantile(knots, luck)
                heappush(heap, (now + after_us, _ANSWERS + order(), a))
            if a.outcome in _UNANSWERED:
                heappush(heap, (now + carrier.timeout_us, _WAKES + seq, a))
        if len(rows) >= _ROWS_AT_ONCE:
            line_count += len(rows)
            digest.update("".join(rows).encode())
            rows.clear()
    line_count += len(rows)
    digest.update("".join(rows).encode())
    totals.messages, totals.lines = message_count, line_count
    totals.billed_nano, totals.digest = billed_nano, f"sha256:{digest.hexdigest()}"
    return totals


def main(arguments: list[str]) -> None:
    """Run the loop once: `SEED MESSAGES RATE`."""
    seed, messages, rate = map(int, arguments)
    spec = load(figures.scenario_text(messages, rate), seed=seed).world
    gc.disable()  # as the engine has it: a run makes no cycles
    totals = run(spec)
    print(json.dumps({"messages": totals.messages, "rows": totals.lines, "digest": totals.digest}))


if __name__ == "__main__":
    main(sys.argv[1:])
