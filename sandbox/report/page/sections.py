"""The parts of the page that are read: the short answer, the plan, what went wrong, the verdict."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from sandbox.cascade.plan import Level, Plan
from sandbox.cascade.vocabulary import ALWAYS_MOVES_ON, Origin, QuietPolicy, Trigger
from sandbox.report.definitions import HIDDEN_DUPLICATES, PAID_UNKNOWINGLY, Kind, Measure
from sandbox.report.figures import NONE, format_measure, percent_text, span_text
from sandbox.report.page.escaping import Show
from sandbox.report.page.model import Check, Page, Reason
from sandbox.report.page.plots import Rung
from sandbox.report.page.tables import listed, table
from sandbox.report.page.tally import Known, Tally, Truth

SIMULATED: Final = (
    "Simulated providers are not your provider. What is shown here follows from the scenario and "
    "its seed; it says how a cascade decides, and not what any provider will do."
)

ROWS_MAX: Final = 60
"""Longer tables end with how many rows are left out."""

PLANS_MAX: Final = 20

_FIGURES: Final = (
    ("delivered", "delivery_rate"),
    ("delivered late, after it was given up", "late_rate"),
    ("time to delivery, half of them within", "time_to_delivered.p50"),
    ("time to delivery, 95 % within", "time_to_delivered.p95"),
    ("time to delivery, 99 % within", "time_to_delivered.p99"),
    ("fell back at least once", "fallback_rate"),
    ("got it more than once", "double_delivery_rate"),
    ("cost in all", "cost.total"),
    ("cost per delivered message", "cost.per_delivered"),
    ("paid for telling people twice", "cost.duplicates"),
)

_TRIGGERS: Final = {
    Trigger.REFUSED: "refused",
    Trigger.THROTTLED: "throttled",
    Trigger.UNKNOWN: "no answer",
    Trigger.FAILED: "failed",
    Trigger.REJECTED: "rejected",
    Trigger.EXPIRED: "expired at the provider",
    Trigger.NO_RECEIPT: "no receipt in time",
    Trigger.NOT_READ: "not read in time",
    Trigger.INELIGIBLE: "not eligible",
    Trigger.CIRCUIT_OPEN: "circuit open",
    Trigger.NOT_VERIFIED: "code not entered in time",
    Trigger.MANUAL: "asked by hand",
}
_ORIGINS: Final = {
    Origin.ACCEPTED: "after acceptance",
    Origin.SUBMIT: "after submission",
    Origin.SENT: "after the sent receipt",
    Origin.DELIVERED: "after the delivered receipt",
}
_QUIET: Final = {
    QuietPolicy.HOLD: "held until they end",
    QuietPolicy.SKIP: "the level is passed over",
    QuietPolicy.DROP: "the message is stopped",
}


_HOUR_US: Final = 3_600_000_000
_MINUTE_US: Final = 60_000_000


def measured(page: Page, name: str) -> str:
    """A figure of the run as commands show it; a dash where there is none."""
    measure = page.asked(name)
    return NONE if measure is None else _figure(measure, page.currency)


def _figure(measure: Measure, currency: str) -> str:
    """A measure as commands show it; long times as people say them."""
    value = measure.value
    if measure.kind is Kind.TIME and value is not None and value >= _HOUR_US:
        minutes = round(value / _MINUTE_US)
        return f"{minutes // 60} h {minutes % 60:02} min"
    return format_measure(measure, currency)


# The short answer --------------------------------------------------------------------------------


def tiles(page: Page) -> str:
    """The figures that people ask for first."""
    told = [
        ("delivered, as far as known", measured(page, "known.delivery_rate")),
        ("truly on the phone", measured(page, "truth.delivery_rate")),
        ("95 % delivered within", measured(page, "known.time_to_delivered.p95")),
        ("cost, as charged", measured(page, "truth.cost.total")),
        (PAID_UNKNOWINGLY, measured(page, HIDDEN_DUPLICATES)),
    ]
    return listed((f"<span>{label}</span><b>{value}</b>" for label, value in told), "tiles")


def in_short(page: Page, tally: Tally, show: Show) -> str:
    """The run in a few sentences."""
    if not tally.messages:
        return '<p class="lead">No message was counted.</p>'
    count = tally.delivered_count
    share = percent_text(Fraction(count, tally.messages))
    levels = [
        f"{each.total:,} by level {n} ({show(page.channels(n))})"
        for n, each in enumerate(tally.delivered)
        if each.total
    ]
    sentences = [
        f"Of {_messages(tally.messages)}, {count:,} were delivered ({share})"
        + (f": {_and(levels)}." if levels else ".")
    ]
    undelivered = tally.undelivered.total
    if undelivered:
        sentences.append(f"{undelivered:,} ended without a known delivery.")
    pairs = tally.pairs
    missed = pairs[Known.NOT_DELIVERED, Truth.ONCE] + pairs[Known.NOT_DELIVERED, Truth.TWICE]
    told = [
        (missed, "given up although it reached the person, sooner or later"),
        (pairs[Known.DELIVERED, Truth.NEVER], "taken for delivered although nothing arrived"),
        (sum(pairs[known, Truth.TWICE] for known in Known), "received more than once"),
    ]
    surprises = [f"{n:,} {words}" for n, words in told if n]
    if surprises:
        sentences.append(f"What no dashboard shows: {_and(surprises)}.")
    else:
        sentences.append("What was known and what was true are the same.")
    if tally.warm_up_messages:
        sentences.append(
            f"{_messages(tally.warm_up_messages)} of the first {span_text(tally.warm_up_us)} "
            "warmed the run up, and are in no figure and in no plot."
        )
    return f'<p class="lead">{" ".join(sentences)}</p>'


def _messages(count: int) -> str:
    return f"{count:,} message{'' if count == 1 else 's'}"


def _and(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def figures(page: Page) -> str:
    """Every main figure, as it is known and as it is true."""
    rows = [
        (label, measured(page, f"known.{name}"), measured(page, f"truth.{name}"))
        for label, name in _FIGURES
    ]
    hidden = page.asked(HIDDEN_DUPLICATES)
    if hidden is not None:
        rows.append((PAID_UNKNOWINGLY, "", format_measure(hidden, page.currency)))
    caption = "The figures: known from answers and receipts, and what truly happened"
    return table(caption, ("", "known", "true"), rows, figures=2)


def went(page: Page, tally: Tally) -> list[Rung]:
    """How many messages each level was tried for, and how many it brought."""
    rungs = []
    for number, bins in enumerate(tally.delivered):
        reached = page.asked(f"level.{number}.reached")
        share = None if reached is None else reached.value
        tried = bins.total if share is None else int(share * tally.messages)
        rungs.append(Rung(page.channels(number), tried, bins.total))
    return rungs


# The plan ----------------------------------------------------------------------------------------


def plan(page: Page, show: Show) -> str:
    """Every cascade as a ladder: what each level tries, how long it waits, and what falls on."""
    always = [word for trigger, word in _TRIGGERS.items() if trigger in ALWAYS_MOVES_ON]
    made = "".join(_cascade(page, each, show) for each in page.plans[:PLANS_MAX])
    more = len(page.plans) - PLANS_MAX
    made += f"<p>… and {more:,} more cascades.</p>" if more > 0 else ""
    return f'{made}<p class="soft">Besides, every level gives way when: {", ".join(always)}.</p>'


def _cascade(page: Page, told: Plan, show: Show) -> str:
    deadline = (
        "no deadline"
        if told.deadline_us is None
        else f"given up {span_text(told.deadline_us)} after the request"
    )
    ends = "the right code ends it" if told.stops_on_verified else "the first success ends it"
    scope = f"cascade.{told.name}." if len(page.plans) > 1 else ""
    rungs = []
    for number, level in enumerate(told.levels):
        rungs.append(_rung(page, told, number, level, scope, show))
        if number + 1 < len(told.levels):
            rungs.append(f'<li class="fall">▼ {_falls(level)}</li>')
    text = f"<p>Text: “{show(told.text)}”</p>" if told.text else ""
    return (
        f"<h3>Cascade {show(told.name)}: {deadline}; {ends}</h3>{text}"
        f'<ol class="ladder">{"".join(rungs)}</ol>'
    )


def _rung(page: Page, told: Plan, number: int, level: Level, scope: str, show: Show) -> str:
    providers = []
    for name in level.providers:
        known = page.providers.get(name)
        price = f" ({show(known.price)})" if known and known.price else ""
        providers.append(show(name) + price)
    via = ", then ".join(providers)
    waits = [_wait(level)]
    if level.retries.max:
        times = "once" if level.retries.max == 1 else f"{level.retries.max} times"
        waits.append(f"an answer that passes is retried {times}")
    if level.countries is not None:
        waits.append(f"only in {', '.join(map(show, sorted(level.countries)))}")
    if level.quiet is not None:
        waits.append(f"quiet hours: {_QUIET[level.quiet.policy]}")
    if level.text is not None and level.text != told.text:
        waits.append(f"text: “{show(level.text)}”")
    reached = page.asked(f"{scope}level.{number}.reached")
    brought = page.asked(f"{scope}level.{number}.share")
    came = ""
    if reached is not None and brought is not None:
        came = (
            f"<p><b>Tried for {format_measure(reached, '')} of the messages, brought "
            f"{format_measure(brought, '')} of what was delivered.</b></p>"
        )
    return (
        f'<li class="rung b{number}"><h4>Level {number}: {show(level.channel)} via {via}</h4>'
        f"<p>{'; '.join(waits)}.</p>{came}</li>"
    )


def _wait(level: Level) -> str:
    goal = level.success.word
    if level.wait_us is None:
        return f"Waits for “{goal}” until the deadline"
    return f"Waits {span_text(level.wait_us)} for “{goal}”, {_ORIGINS[level.origin]}"


def _falls(level: Level) -> str:
    triggers = [word for trigger, word in _TRIGGERS.items() if trigger in level.next_on]
    return f"falls back when: {', '.join(triggers)}" if triggers else "nothing it hears falls back"


# What went wrong ---------------------------------------------------------------------------------


def problems(page: Page, show: Show, anchors: frozenset[int]) -> str:
    """Everything that did not hold, or nothing said plainly."""
    found = []
    if page.trouble:
        found.append(f"The run was broken off: {show(page.trouble)}.")
    found += [f"A law of the engine was broken: {show(words)}." for words in page.broken]
    if page.verdict == "not_quiet":
        told = ", ".join(linked(number, anchors) for number in page.pending)
        found.append(f"Not quiet by the limit; still without an outcome: {told}.")
    for check in page.checks:
        if not check.holds:
            first = "" if check.message is None else f"; first {linked(check.message, anchors)}"
            found.append(
                f"Expected {_scoped(check, show)}, saw {show(check.seen)}{first} "
                f'<span class="soft">({show(check.place)})</span>.'
            )
    found += [
        f"Fault {show(name)} never fired: no message met it."
        for name, times in page.fired.items()
        if not times
    ]
    found += [f"Warning: {show(words)}." for words in page.warnings[:ROWS_MAX]]
    if not found:
        return "<p>Nothing failed: every expectation holds, and every law of the engine.</p>"
    return listed(found[:ROWS_MAX]) + _left_out(len(found))


def faults(page: Page, show: Show) -> str:
    """What was done to providers, and whether anybody met it."""
    if not page.windows:
        return "<p>No fault was planned, and nothing was changed by hand.</p>"
    rows = [
        (
            show(each.label),
            show(each.told),
            span_text(each.begin_us),
            span_text(each.end_us) if each.end_us > each.begin_us else "",
            f"{page.fired[each.label]:,}" if each.label in page.fired else "",
        )
        for each in page.windows[:ROWS_MAX]
    ]
    heads = ("fault", "what it does", "from", "until", "times met")
    return table("Faults and changes by hand", heads, rows, figures=3) + _left_out(
        len(page.windows)
    )


def reasons(page: Page, show: Show) -> str:
    """Why messages moved on, the commonest reasons first."""
    if not page.reasons:
        return "<p>Nothing switched level.</p>"
    rows = [
        (_why(each, show), f"{show(each.left)} → {show(each.entered)}", f"{each.times:,}")
        for each in page.reasons
    ]
    return table("Why the next level was tried", ("why", "from → to", "times"), rows, figures=1)


def _why(reason: Reason, show: Show) -> str:
    """The trigger in words, and what the provider said."""
    trigger = _WORDS.get(reason.trigger, reason.trigger)
    return show(f"{trigger}: {reason.told}" if reason.told else trigger)


_WORDS: Final[Mapping[str, str]] = {trigger.value: word for trigger, word in _TRIGGERS.items()}


# The verdict -------------------------------------------------------------------------------------


def verdicts(page: Page, show: Show, anchors: frozenset[int]) -> str:
    """A row for each expectation, and one for the laws of the engine."""
    rows = [
        (_scoped(check, show), _mark(check.holds), show(check.seen)
         + ("" if check.message is None else f"; first {linked(check.message, anchors)}"))
        for check in page.checks[:ROWS_MAX]
    ]  # fmt: skip
    seen = show("; ".join(page.broken)) or "none was broken, on any line of the log"
    rows.append(("laws of the engine", _mark(not page.broken), seen))
    caption = "What was expected, and what was seen"
    return table(caption, ("expected", "verdict", "seen"), rows) + _left_out(len(page.checks))


def named(page: Page, show: Show, anchors: frozenset[int]) -> str:
    """What became of the messages that have names."""
    if not page.named:
        return ""
    rows = [
        (f"{show(each.name)} ({linked(each.message, anchors)})", show(each.outcome),
         show(each.path), show(each.cost))
        for each in page.named[:ROWS_MAX]
    ]  # fmt: skip
    heads = ("message", "outcome", "path", "cost")
    return table("Messages with a name", heads, rows, figures=1) + _left_out(len(page.named))


def linked(message: int, anchors: frozenset[int]) -> str:
    """A message by its number, as a way to its story where that is told."""
    return f'<a href="#m{message}">m{message}</a>' if message in anchors else f"m{message}"


def _scoped(check: Check, show: Show) -> str:
    scope = "" if check.scope in {"", "all"} else f"{show(check.scope)}: "
    return f"{scope}<code>{show(check.text)}</code>"


def _mark(holds: bool) -> str:  # noqa: FBT001 - one of two words
    return '<b class="ok">✓ holds</b>' if holds else '<b class="no">✗ failed</b>'


def _left_out(count: int) -> str:
    rest = count - ROWS_MAX
    return f"<p>… and {rest:,} more; `sandbox show` tells them all.</p>" if rest > 0 else ""


def percentiles(page: Page, tally: Tally) -> list[tuple[str, ...]]:
    """Rows of a table: for each level how many it brought, and in what time."""
    rows = []
    for number, durations in enumerate(tally.durations):
        times = [
            format_measure(Measure(Kind.TIME, durations.percentile(p), 1), "") for p in (50, 95, 99)
        ]
        rows.append((f"level {number} ({page.channels(number)})", f"{durations.total:,}", *times))
    return rows
