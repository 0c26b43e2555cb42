"""What a cassette says of its providers, as the `providers:` of a scenario.

    cassette → adapter → samples of each provider → shares and percentiles → YAML

Every figure has the number of its samples beside it. With `FEW` or more of them a duration is a
lognormal by its p50 and p95; with fewer the quantiles that were seen are written down as they are,
because three samples make no curve. What a recording cannot tell apart is said, not guessed: how
long a delivery took and how long its receipt did are one figure.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sandbox.adapters.catalogue import adapter_named
from sandbox.adapters.codec import Accepted, Adapter, HttpAnswer, Receipt, Refused, Throttled
from sandbox.app.cassette import By, Cassette, Exchange, Failed
from sandbox.app.recording import news_of
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import ReasonClass, Status
from sandbox.errors import UsageError
from sandbox.report.plain import plain
from sandbox.scenario.nodes import scalar_text

FEW: Final = 30
"""Of fewer samples a figure is a rumour."""

CELLS: Final = 4
"""Into so many parts few samples are divided, each with as many of them."""

_PERCENT: Final = 10_000
"""Hundredths of a percent in the whole."""
_TEXT_MAX: Final = 120

ACCEPTED: Final = "accepted"
TIMEOUT_ACCEPTED: Final = "timeout.accepted"
TIMEOUT_NOT_ACCEPTED: Final = "timeout.not_accepted"
REFUSED_TEMPORARY: Final = "refused.temporary"
REFUSED_PERMANENT: Final = "refused.permanent"
THROTTLED: Final = "throttled"
DELIVERED: Final = "delivered"
FAILED: Final = "failed"
REJECTED: Final = "rejected"
VANISHED: Final = "vanished"

_NEGATIVE: Final = {
    Status.FAILED: FAILED,
    Status.REJECTED: REJECTED,
    Status.EXPIRED: FAILED,
}


@dataclass(frozen=True, slots=True)
class Fitted:
    """A piece of a scenario.

    Attributes:
        lines: YAML, from `providers:` on.
        warnings: What rests on too little, each a line for people.
    """

    lines: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(slots=True)
class Samples:
    """What was seen of one provider; times in microseconds.

    Attributes:
        latency: From a submission to its answer.
        outcomes: What the answers were.
        never_left: Submissions that never reached it; no samples of anything.
        arrival: From the answer of an acceptance to the word that it was delivered.
        fates: What became of what was accepted, as far as was heard.
        expired: Of the failed ones.
        read: From that word to the word that it was read.
        early: Delivered before the answer that it was accepted.
        reasons: By outcome, how often each was given.
        reported: Good news that was heard at all.
        repeated: Webhooks that said what had been said.
        said: Webhooks.
    """

    latency: list[int] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    never_left: int = 0
    arrival: list[int] = field(default_factory=list)
    fates: Counter[str] = field(default_factory=Counter)
    expired: int = 0
    read: list[int] = field(default_factory=list)
    early: int = 0
    reasons: dict[str, Counter[Reason]] = field(default_factory=dict)
    reported: set[Status] = field(default_factory=set)
    repeated: int = 0
    said: int = 0

    def give_reason(self, outcome: str, reason: Reason | None) -> None:
        """Count why."""
        if reason is not None and reason.code:
            self.reasons.setdefault(outcome, Counter())[reason] += 1


def fitted(cassette: Cassette, provider: str = "") -> Fitted:
    """Providers that behave as a cassette has them.

    Args:
        cassette: What was recorded.
        provider: Only this one; "": all.

    Raises:
        UsageError: nothing of it was recorded.
    """
    names = [name for name in cassette.header.providers if cassette.submissions(name)]
    if provider and provider not in names:
        known = ", ".join(map(plain, names)) or "nobody"
        raise UsageError(f"nothing of '{plain(provider, 60)}' was recorded; there is {known}")
    if not names:
        raise UsageError("the cassette has no submission")
    lines, warnings = [*_head(cassette)], []
    for name in [provider] if provider else names:
        samples = samples_of(cassette, name)
        lines += [f"  {line}" for line in _provider(cassette, name, samples)]
        warnings += [*_warnings(name, samples)]
    return Fitted(tuple(lines), tuple(warnings))


# Samples -----------------------------------------------------------------------------------------


def samples_of(cassette: Cassette, provider: str) -> Samples:
    """What a cassette shows of a provider."""
    samples = Samples()
    adapter = adapter_named(cassette.header.providers[provider].adapter)
    for exchange in cassette.submissions(provider):
        heard = [*_heard(cassette, adapter, exchange, samples)]
        _count_answer(adapter, exchange, heard, samples)
    return samples


class _Heard(NamedTuple):
    receipt: Receipt
    since_us: int


def _heard(
    cassette: Cassette, adapter: Adapter, exchange: Exchange, samples: Samples
) -> Iterator[_Heard]:
    """What was said of an exchange, each word once."""
    words: set[tuple[Status, int]] = set()
    for said in cassette.said.get(exchange.n, ()):
        news = news_of(adapter, said.hook(), said.by)
        receipts = [news[place] for place in said.which if 0 <= place < len(news)]
        is_new = False
        for receipt in receipts:
            if not isinstance(receipt, Receipt):
                continue
            word = (receipt.status, receipt.segment)
            if word not in words:
                is_new = True
                words.add(word)
                yield _Heard(receipt, said.since_us)
        if said.by is By.WEBHOOK:
            samples.said += 1
            samples.repeated += not is_new


def _count_answer(
    adapter: Adapter, exchange: Exchange, heard: Sequence[_Heard], samples: Samples
) -> None:
    came = exchange.answer
    if isinstance(came, Failed) and not came.has_left:
        samples.never_left += 1
        return
    answer = adapter.decode_answer(came) if isinstance(came, HttpAnswer) else None
    match answer:
        case Accepted():
            outcome = ACCEPTED
        case Throttled(reason):
            outcome = THROTTLED
            samples.give_reason(outcome, reason)
        case Refused(reason):
            is_transient = reason.reason_class is ReasonClass.TRANSIENT
            outcome = REFUSED_TEMPORARY if is_transient else REFUSED_PERMANENT
            samples.give_reason(outcome, reason)
        case _:
            outcome = TIMEOUT_ACCEPTED if heard else TIMEOUT_NOT_ACCEPTED
    samples.outcomes[outcome] += 1
    if answer is not None and outcome not in {TIMEOUT_ACCEPTED, TIMEOUT_NOT_ACCEPTED}:
        samples.latency.append(exchange.took_us)
    if outcome in {ACCEPTED, TIMEOUT_ACCEPTED}:
        _count_fate(heard, samples, is_timed=outcome == ACCEPTED)


def _count_fate(heard: Sequence[_Heard], samples: Samples, *, is_timed: bool) -> None:
    """Count what became of a message that was taken, by the first last word about it."""
    samples.reported |= {each.receipt.status for each in heard if each.receipt.status > 0}
    arrived = next((h for h in heard if h.receipt.status is Status.DELIVERED), None)
    read = next((h for h in heard if h.receipt.status is Status.READ), None)
    if read is not None and arrived is not None:
        samples.read.append(max(0, read.since_us - arrived.since_us))
    if arrived is not None or read is not None:
        samples.fates[DELIVERED] += 1
        if arrived is not None and is_timed:
            samples.early += arrived.since_us < 0
            if arrived.since_us >= 0:
                samples.arrival.append(arrived.since_us)
        return
    no = next((h.receipt for h in heard if h.receipt.status in _NEGATIVE), None)
    if no is None:
        samples.fates[VANISHED] += 1
        return
    outcome = _NEGATIVE[no.status]
    samples.fates[outcome] += 1
    samples.expired += no.status is Status.EXPIRED
    samples.give_reason(outcome, no.reason)


# Writing -----------------------------------------------------------------------------------------


def _head(cassette: Cassette) -> Iterator[str]:
    header = cassette.header
    what = "a rehearsal of" if header.is_rehearsal else "a run of"
    yield f"# from {what} {plain(header.scenario)}, recorded {plain(header.recorded)}"
    yield "# one figure, because a recording cannot tell them apart: how long a delivery took and"
    yield "# how long its receipt did (delivery.time has both), phones that were off among them, so"
    yield "# use it with recipients that are always reachable; and what vanished may as well have"
    yield "# been delivered, and its receipt lost"
    if header.is_rehearsal:
        yield "# nobody real has said any of it: figures of a rehearsal are those it was given"
    yield "providers:"


def _provider(cassette: Cassette, name: str, samples: Samples) -> Iterator[str]:
    voice = cassette.header.providers[name]
    total, taken = samples.outcomes.total(), samples.fates.total()
    yield f"{scalar_text(name)}:"
    yield f"  channel: {scalar_text(voice.channel)}"
    yield "  base: ideal  # the price is yours to write: price: {amount: 0.045 EUR}"
    yield f"  adapter: {voice.adapter}"
    submit = [
        *([f"# {samples.never_left:,} more never left this machine, and say nothing"]
          if samples.never_left else ()),
        *_duration("latency", samples.latency),
        *_shares("outcomes", samples.outcomes, ACCEPTED, total),
    ]  # fmt: skip
    delivery = [
        *_duration("time", samples.arrival),
        *([f"# {samples.expired:,} of those that failed have expired"] if samples.expired else ()),
        *_shares("outcomes", samples.fates, DELIVERED, taken),
        *_reasons(samples),
        *_read(samples),
    ]
    yield from _indented(1, _block("submit", submit))
    yield from _indented(1, _block("delivery", delivery))
    yield from _indented(1, _receipts(samples))


def _block(name: str, lines: Sequence[str]) -> Iterator[str]:
    """Lines below a name; where all of them are comments, there is nothing to name."""
    if all(line.startswith("#") for line in lines):
        yield from (f"# {name}: {line.removeprefix('# ')}" for line in lines)
        return
    yield f"{name}:"
    yield from _indented(1, iter(lines))


def _indented(depth: int, lines: Iterator[str]) -> Iterator[str]:
    return (f"{'  ' * depth}{line}" for line in lines)


def _read(samples: Samples) -> Iterator[str]:
    delivered = samples.fates[DELIVERED]
    if not samples.read:
        return
    share = _percent(len(samples.read), delivered)
    yield "read:"
    yield f"  share: {share}%  # {_samples(delivered)}"
    yield from _indented(1, _duration("after", samples.read))


def _receipts(samples: Samples) -> Iterator[str]:
    told = [s.word for s in (Status.SENT, Status.DELIVERED, Status.READ) if s in samples.reported]
    if not told:
        return
    yield "receipts:"
    yield f"  reports: [{', '.join(told)}]"
    timed = len(samples.arrival) + samples.early
    if samples.early:
        yield f"  before_reply: {_percent(samples.early, timed)}%  # {_samples(timed)}"
    if samples.repeated:
        first = samples.said - samples.repeated
        yield f"  duplicated: {_percent(samples.repeated, first)}%  # {_samples(first)}"


def _reasons(samples: Samples) -> Iterator[str]:
    if not samples.reasons:
        return
    yield "reasons:"
    for outcome, counted in samples.reasons.items():
        total = counted.total()
        yield f"  {outcome}:  # {_samples(total)}"
        by_code: dict[str, int] = {}
        said: dict[str, Reason] = {}
        for reason, count in counted.most_common():
            code = "".join(each for each in reason.code if "!" <= each <= "~")[:40] or "unknown"
            by_code[code] = by_code.get(code, 0) + count
            said.setdefault(code, reason)
        shares = _rounded(Counter(by_code))
        largest = max(by_code, key=lambda code: by_code[code])
        for code in by_code:
            share = "rest" if code == largest else f"{_text(shares[code])}%"
            yield f"    {_quoted(code)}: {{{_described(said[code], share)}}}"


def _described(reason: Reason, share: str) -> str:
    told = plain(reason.text, _TEXT_MAX).strip()
    text = f", text: {_quoted(told)}" if told and told != "***" else ""
    return f"share: {share}, class: {reason.reason_class.value}{text}"


def _quoted(text: str) -> str:
    """A text as YAML reads it back, whatever is in it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


# Shares ------------------------------------------------------------------------------------------


def _shares(name: str, counted: Counter[str], rest: str, total: int) -> Iterator[str]:
    if not total:
        yield f"# {name}: nothing was seen"
        return
    shares = _rounded(counted)
    largest = rest if counted[rest] else max(counted, key=lambda word: counted[word])
    told = [f"{largest}: rest"]
    told += [f"{word}: {_text(shares[word])}%" for word in sorted(counted)
             if word != largest and shares[word]]  # fmt: skip
    yield f"{name}: {{{', '.join(told)}}}  # {_samples(total)}"


def _rounded(counted: Counter[str]) -> dict[str, int]:
    """Shares in hundredths of a percent, rounded down so that they never sum to more than all."""
    total = counted.total()
    return {word: count * _PERCENT // total for word, count in counted.items()}


def _percent(part: int, whole: int) -> str:
    return _text(min(part * _PERCENT // whole, _PERCENT)) if whole else "0"


def _text(hundredths: int) -> str:
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".")


def _samples(count: int) -> str:
    return f"{count:,} sample{'' if count == 1 else 's'}{', few' if count < FEW else ''}"


# Durations ---------------------------------------------------------------------------------------


def _duration(name: str, samples: Sequence[int]) -> Iterator[str]:
    count = len(samples)
    if not count:
        yield f"# {name}: nothing was seen"
        return
    yield f"{name}: {distribution(samples)}  # {_samples(count)}"


def distribution(samples: Sequence[int]) -> str:
    """What durations look like, as a scenario writes it.

    Args:
        samples: In microseconds; at least one.
    """
    ordered = sorted(samples)
    low, high = ordered[0], ordered[-1]
    if _time(low) == _time(high):
        return f"{{fixed: {_time(low)}}}"
    if len(ordered) >= FEW:
        p50, p95 = quantile(ordered, 50), quantile(ordered, 95)
        if _time(p50) not in {"0ms", _time(p95)}:
            most = f", max: {_time(high)}" if _whole_ms(high) > _whole_ms(p50) else ""
            return f"{{lognormal: {{p50: {_time(p50)}, p95: {_time(p95)}{most}}}}}"
    if len(ordered) < CELLS + 1:
        return f"{{uniform: [{_time(low)}, {_time(high)}]}}"
    edges = [quantile(ordered, 100 * cell // CELLS) for cell in range(CELLS + 1)]
    parts = [
        f"{{share: {'rest' if cell == 0 else f'{100 // CELLS}%'}, "
        f"{_between(edges[cell], edges[cell + 1])}}}"
        for cell in range(CELLS)
    ]
    return f"{{mix: [{', '.join(parts)}]}}"


def quantile(ordered: Sequence[int], percent: int) -> int:
    """A quantile of durations in order, on the straight way between the two next to it."""
    place, part = divmod((len(ordered) - 1) * percent, 100)
    low = ordered[place]
    high = ordered[min(place + 1, len(ordered) - 1)]
    return low + (high - low) * part // 100


def _between(low: int, high: int) -> str:
    if _time(low) == _time(high):
        return f"fixed: {_time(low)}"
    return f"uniform: [{_time(low)}, {_time(high)}]"


def _whole_ms(us: int) -> int:
    return (us + 500) // 1000


def _time(us: int) -> str:
    return f"{_whole_ms(us)}ms"


# Warnings ----------------------------------------------------------------------------------------


def _warnings(name: str, samples: Samples) -> Iterator[str]:
    figures = {
        "submit.latency": len(samples.latency),
        "submit.outcomes": samples.outcomes.total(),
        "delivery.time": len(samples.arrival),
        "delivery.outcomes": samples.fates.total(),
    }
    if samples.read:
        figures["delivery.read.after"] = len(samples.read)
    for figure, count in figures.items():
        if count < FEW:
            yield f"{plain(name)}: {figure} rests on {_samples(count)}; {FEW} say something"
