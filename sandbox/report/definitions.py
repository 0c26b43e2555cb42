"""Every metric, defined once: what it is called, what it counts, and how its name is read.

A metric's name is `[known.|truth.][cascade.NAME.][channel.X.][provider.X.]METRIC[.statistic]`. What
is known comes from answers and receipts, truth is what happened; a bare name means what is known.
The texts below are what `sandbox explain` prints, and `sandbox.report.metrics` computes exactly
what they say.
"""

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from fractions import Fraction
from typing import Final

from sandbox.cascade.plan import LEVELS_MAX
from sandbox.errors import UsageError


class UnknownMetricError(UsageError):
    """There is no metric of this name; the hint names the nearest."""


class Kind(StrEnum):
    """What a metric's value is."""

    RATE = "rate"
    """A share of one, as a `Fraction`."""
    TIME = "time"
    """Integer microseconds; a mean may be a `Fraction`."""
    MONEY = "money"
    """Billionths of the run's currency; a quotient is a `Fraction`."""
    COUNT = "count"


class Side(StrEnum):
    """Whose view a metric takes."""

    KNOWN = "known"
    TRUTH = "truth"


HIDDEN_DUPLICATES: Final = "truth.cost.hidden_duplicates"
PAID_UNKNOWINGLY: Final = "paid twice and did not know it"
"""The words for it, wherever a run is summed up: no production dashboard can show it."""

STATISTICS: Final = ("p50", "p95", "p99", "max", "mean")
"""What may be asked of a time."""

_SAME: Final = "the same"
_SAME_AS_TRUTH: Final = "the same, because what is known is never hidden"


Value = Fraction | int | None
"""None: a quotient whose denominator is 0, or a time nobody took."""


@dataclass(frozen=True, slots=True)
class Measure:
    """The value of a metric.

    Attributes:
        kind: What the value is.
        value: RATE: a `Fraction` of one. TIME: microseconds. MONEY: billionths. COUNT: an integer.
        samples: How many messages it is made of: the denominator of a quotient, the number of
            durations, else the messages in the sample.
    """

    kind: Kind
    value: Value
    samples: int


@dataclass(frozen=True, slots=True)
class Definition:
    """One metric.

    Attributes:
        name: As it is written, with `N` for a level's number.
        known: What it is by answers and receipts.
        truth: What it is by what happened.
        about: What else one must know to read it.
        needs_place: Only a channel or a provider has it.
    """

    name: str
    kind: Kind
    known: str
    truth: str
    about: str
    needs_place: bool = False


_DEFINITIONS: Final = (
    Definition(
        "delivery_rate",
        Kind.RATE,
        "messages with the outcome delivered / messages started",
        "messages of which a copy reached the handset by the end of the run / messages started",
        "The two part where receipts lie or get lost: a lost receipt makes the truth better than "
        "what is known, a filtered message makes it worse.",
    ),
    Definition(
        "late_rate",
        Kind.RATE,
        "messages with another outcome than delivered, for which a delivered receipt came after "
        "the outcome / messages started",
        "messages with another outcome than delivered, of which a copy reached the handset "
        "/ messages started",
        "A message counted here was given up although it arrived: the wait or the deadline was too "
        "short, or the receipt too slow.",
    ),
    Definition(
        "time_to_delivered",
        Kind.TIME,
        "from the request to the outcome, messages with the outcome delivered only",
        "from the request to the first copy on the handset, messages that have one",
        "Needs a statistic: .p50 .p95 .p99 .max or .mean. Percentiles are nearest rank over exact "
        "microseconds: the value at place ceil(p * n / 100) of the n sorted ones.",
    ),
    Definition(
        "time_to_final",
        Kind.TIME,
        "from the request to the outcome, whatever it is",
        _SAME,
        "Needs a statistic: .p50 .p95 .p99 .max or .mean. Messages without an outcome when the run "
        "ends are not in it.",
    ),
    Definition(
        "cost.total",
        Kind.MONEY,
        "the ledger: for every attempt what the provider last said it costs, in sum",
        "the bill: all that providers charged for, less what they refunded",
        "They part where an answer or a receipt with the price never came, or is still on its way. "
        "Without prices it is 0.",
    ),
    Definition(
        "cost.duplicates",
        Kind.MONEY,
        "the ledger of the attempts with a delivered receipt beyond one per message: the credited "
        "one, or the first where the outcome is another",
        "the bill of the attempts whose copy was not the message's first on the handset",
        "What was paid for telling people twice.",
    ),
    Definition(
        "cost.hidden_duplicates",
        Kind.MONEY,
        _SAME_AS_TRUTH,
        "the bill of the attempts whose copy was not the message's first on the handset, of "
        "messages of which no two attempts have a delivered receipt",
        "What was paid twice and nobody knew it: truth less knowledge, so both sides are the same. "
        "The rest of truth.cost.duplicates was paid for people known to have got it twice.",
    ),
    Definition(
        "cost.refunded",
        Kind.MONEY,
        "by how much, in sum, an answer or a receipt said that an attempt costs less than was said "
        "before",
        "what providers gave back, in sum",
        "cost.total is less by it already. They part where the receipt that tells of a refund "
        "never came.",
    ),
    Definition(
        "cost.per_attempt",
        Kind.MONEY,
        "cost.total / submissions",
        "truth.cost.total / submissions",
        "With channel.X. or provider.X. before it, of the submissions there alone, and of what "
        "they cost. What one attempt of one message costs is in its timeline.",
    ),
    Definition(
        "cost.per_message",
        Kind.MONEY,
        "cost.total / messages started",
        "truth.cost.total / messages started",
        "What it costs to try to tell one thing to one person, whether or not it works.",
    ),
    Definition(
        "cost.per_delivered",
        Kind.MONEY,
        "cost.total / messages with the outcome delivered",
        "truth.cost.total / messages of which a copy reached the handset",
        "The failed attempts are in it: it is what one success costs.",
    ),
    Definition(
        "level.N.share",
        Kind.RATE,
        "messages delivered with credit at level N / messages with the outcome delivered",
        "messages whose first copy came through level N / messages of which a copy reached the "
        "handset",
        "Levels count from 0, the primary. Over all levels the shares sum to one. A late success "
        "is credited to the level that sent it, not to the one that was waiting.",
    ),
    Definition(
        "level.N.reached",
        Kind.RATE,
        "messages that submitted at level N / messages started",
        _SAME,
        "A level that was skipped was not reached.",
    ),
    Definition(
        "level.N.attempts",
        Kind.COUNT,
        "submissions at level N",
        _SAME,
        "Retries, resends and further providers of the level are counted one by one.",
    ),
    Definition(
        "level.N.cost",
        Kind.MONEY,
        "the ledger of the attempts at level N",
        "the bill of the attempts at level N",
        "Over all levels they sum to cost.total.",
    ),
    Definition(
        "fallback_rate",
        Kind.RATE,
        "messages that entered level 1 or a later one / messages started",
        _SAME,
        "Entered, not submitted: a skipped level counts.",
    ),
    Definition(
        "double_delivery_rate",
        Kind.RATE,
        "messages of which two attempts have a delivered receipt / messages started",
        "messages of which two copies arrived / messages started",
        "A read receipt implies a delivered one. Two receipts of one attempt are one.",
    ),
    Definition(
        "hidden_duplicate_rate",
        Kind.RATE,
        _SAME_AS_TRUTH,
        "messages of which two copies arrived, and no two attempts have a delivered receipt "
        "/ messages started",
        "People who got it twice, and the engine knows of one copy at most: truth less knowledge, "
        "so both sides are the same. What the further copies cost is cost.hidden_duplicates.",
    ),
    Definition(
        "expired_rate",
        Kind.RATE,
        "messages with the outcome expired / messages started",
        _SAME,
        "Expired is the message's own deadline; an attempt that the provider let expire is not.",
    ),
    Definition(
        "verified_rate",
        Kind.RATE,
        "messages that ended with their code / messages started",
        "messages whose right code was entered while it was valid, after another outcome too "
        "/ messages started",
        "Only cascades with stop_on: verified wait for a code; messages of others are never "
        "verified. They part where somebody enters the code of a message that was given up.",
    ),
    Definition(
        "submitted",
        Kind.COUNT,
        "submissions to the channel or provider",
        _SAME,
        "Equals accepted + refused + throttled + unknown when the run is quiet.",
        needs_place=True,
    ),
    Definition(
        "accepted",
        Kind.COUNT,
        "submissions that were answered: accepted",
        "submissions the provider took, also where its answer never came",
        "An attempt is counted once, by its answer; a later receipt does not move it.",
        needs_place=True,
    ),
    Definition(
        "refused",
        Kind.COUNT,
        "submissions that were answered: refused",
        _SAME,
        "An attempt is counted once, by its answer; a later receipt does not move it.",
        needs_place=True,
    ),
    Definition(
        "throttled",
        Kind.COUNT,
        "submissions that were answered: too many",
        _SAME,
        "An attempt is counted once, by its answer; a later receipt does not move it.",
        needs_place=True,
    ),
    Definition(
        "unknown",
        Kind.COUNT,
        "submissions whose answer never came within submit_timeout",
        _SAME,
        "The provider may have the message; it is not a failure.",
        needs_place=True,
    ),
    Definition(
        "failed",
        Kind.COUNT,
        "attempts for which a receipt said failed, rejected or expired",
        "attempts that the provider has given up, lost, filtered or let expire",
        "Refusals are answers and are not in it.",
        needs_place=True,
    ),
    Definition(
        "cost",
        Kind.MONEY,
        "the ledger of the attempts at the channel or provider",
        "the bill of the attempts at the channel or provider",
        "Of its own attempts alone; `channel.X.cost.total` is all that the messages cost which "
        "were also submitted there.",
        needs_place=True,
    ),
)

DEFINITIONS: Final = {definition.name: definition for definition in _DEFINITIONS}
"""Name -> definition, in the order of the documentation."""

NAMES: Final = tuple(
    f"channel.X.{d.name}, provider.X.{d.name}" if d.needs_place else d.name for d in _DEFINITIONS
)
"""What there is, for a list."""

_SAMPLES: Final = (
    "Samples are the messages requested at or after warm_up; cascade.NAME., channel.X. and "
    "provider.X. before the name restrict them to the messages of that cascade, or with a "
    "submission there. A quotient whose denominator is 0 has no value."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRef:
    """One metric as asked for.

    Attributes:
        text: As it was written.
        name: The definition's name, such as `level.N.share`.
        level: Which level, for the metrics of a level.
        statistic: One of `STATISTICS` for a time, else "".
        cascade: Restricts the sample to one cascade; "" for all.
        channel: Restricts it to messages with a submission on a channel; "" for all.
        provider: Restricts it to messages with a submission to a provider; "" for all.
    """

    text: str
    side: Side
    name: str
    kind: Kind
    level: int | None = None
    statistic: str = ""
    cascade: str = ""
    channel: str = ""
    provider: str = ""


def parse_metric(text: str) -> MetricRef:
    """Read a metric's name.

    Raises:
        UnknownMetricError: no such metric, or it lacks its statistic, or a channel or provider.
    """
    parts = text.strip().split(".")
    side = ""
    scopes = {"cascade": "", "channel": "", "provider": ""}
    while len(parts) > 1:
        head = parts[0]
        if head in ("known", "truth") and not side:
            side, parts = head, parts[1:]
        elif head in scopes and not scopes[head] and len(parts) > 2:
            scopes[head], parts = parts[1], parts[2:]
        else:
            break
    definition, level, statistic = _resolve(".".join(parts), text)
    if definition.needs_place and not (scopes["channel"] or scopes["provider"]):
        raise UnknownMetricError(
            f"{text!r} is a metric of a channel or a provider",
            hint=f"Write channel.NAME.{definition.name} or provider.NAME.{definition.name}.",
        )
    return MetricRef(
        text=text.strip(),
        side=Side(side or "known"),
        name=definition.name,
        kind=definition.kind,
        level=level,
        statistic=statistic,
        **scopes,
    )


def check_names(
    ref: MetricRef,
    *,
    cascades: Collection[str],
    channels: Collection[str],
    providers: Collection[str],
) -> None:
    """Make sure that what a metric is restricted to exists.

    Raises:
        UnknownMetricError: it does not; the hint names the nearest, or what there is.
    """
    for what, name, known in (
        ("cascade", ref.cascade, cascades),
        ("channel", ref.channel, channels),
        ("provider", ref.provider, providers),
    ):
        if name and name not in known:
            there = ", ".join(sorted(known))
            hint = _nearest(name, sorted(known)) or f"There is: {there}."
            raise UnknownMetricError(f"no {what} {name!r} in {ref.text!r}", hint=hint)


def explain(text: str) -> str:
    """Say in a paragraph what a metric is; takes a full name or one of `DEFINITIONS`.

    Raises:
        UnknownMetricError: no such metric.
    """
    word = text.strip()
    bare = word.removeprefix("channel.X.").removeprefix("provider.X.")
    definition = DEFINITIONS.get(bare)
    if definition is None:
        definition = DEFINITIONS[parse_metric(word).name]
    told = {"known": definition.known, "truth": definition.truth}
    lines = [f"{definition.name} ({definition.kind})"]
    lines += [f"  {side}: {meaning}" for side, meaning in told.items()]
    return "\n".join([*lines, f"  {definition.about}", f"  {_SAMPLES}"])


def _resolve(name: str, text: str) -> tuple[Definition, int | None, str]:
    """Find the definition behind a name without prefixes, with its level and statistic."""
    stem, _, last = name.rpartition(".")
    if stem and last in STATISTICS and stem in DEFINITIONS and DEFINITIONS[stem].kind is Kind.TIME:
        return DEFINITIONS[stem], None, last
    parts = name.split(".")
    if parts[0] == "level" and len(parts) == 3 and parts[1].isdecimal():
        level = int(parts[1])
        definition = DEFINITIONS.get(f"level.N.{parts[2]}")
        if definition is not None and level < LEVELS_MAX:
            return definition, level, ""
    definition = DEFINITIONS.get(name)
    if definition is None or "N" in parts:
        raise UnknownMetricError(f"no metric {text!r}", hint=_nearest(name, _spellings()))
    if definition.kind is Kind.TIME:
        wanted = ", ".join(f"{name}.{statistic}" for statistic in STATISTICS)
        raise UnknownMetricError(f"{text!r} needs a statistic", hint=f"Write one of {wanted}.")
    return definition, None, ""


def _spellings() -> list[str]:
    """Names as people would write them."""
    names = []
    for definition in _DEFINITIONS:
        if definition.kind is Kind.TIME:
            names += [f"{definition.name}.{statistic}" for statistic in STATISTICS]
        elif "N" in definition.name.split("."):
            names += [definition.name.replace("N", str(level)) for level in range(LEVELS_MAX)]
        else:
            names.append(definition.name)
    return names


def _nearest(name: str, names: list[str]) -> str:
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"Did you mean {near[0]!r}?" if near else ""
