"""Findings about shares, load and faults: what so few messages, or so many, cannot show."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Final, NamedTuple

from sandbox.report.definitions import Kind
from sandbox.report.forecast import messages_of
from sandbox.scenario import quantities
from sandbox.scenario.lint_codes import Finding
from sandbox.scenario.lint_view import Found, View
from sandbox.scenario.metric_expectations import MetricExpectation
from sandbox.scenario.nodes import ListNode, MapNode, Node, ScalarNode
from sandbox.scenario.quantities import UNITS_US, decimal_text, duration_text
from sandbox.simulation.spec import (
    PPB,
    Burst,
    Constant,
    Fault,
    LoadEntry,
    Poisson,
    Ramp,
    Single,
    Trace,
)

_DAY_MILLIONTHS: Final = 86_400 * 1_000_000
_SLICES: Final = 64
"""A load is looked at in so many pieces between two instants at which it changes."""

_ALL_LUCK: Final = 1 << 32


def lint_traffic(view: View) -> Iterator[Found]:
    """All there is to say about shares, load and faults."""
    yield from _fine_shares(view)
    yield from _fine_bounds(view)
    yield from _limits(view)
    yield from _faults(view)


def _end_us(entry: LoadEntry) -> int:
    match entry:
        case Burst() | Single():
            return entry.at_us
        case Trace():
            return entry.instants[-1] if entry.instants else entry.at_us
        case Constant() | Poisson() | Ramp():
            return entry.at_us + entry.for_us


def _between(entry: LoadEntry, since: int, until: int) -> Fraction:
    """How many messages of an entry come in `[since, until)`, on average."""
    match entry:
        case Burst():
            return Fraction(entry.count if since <= entry.at_us < until else 0)
        case Single():
            return Fraction(1 if since <= entry.at_us < until else 0)
        case Trace():
            return Fraction(sum(1 for at in entry.instants if since <= at < until))
        case _:
            begin, end = max(since, entry.at_us), min(until, _end_us(entry))
            if begin >= end:
                return Fraction(0)
            rate = _rate(entry, begin) + _rate(entry, end)
            return rate / 2 * Fraction(end - begin, UNITS_US["s"])


def _rate(entry: Constant | Poisson | Ramp, at: int) -> Fraction:
    """Messages a second at an instant of an entry."""
    if isinstance(entry, Ramp):
        gone = Fraction(at - entry.at_us, entry.for_us) if entry.for_us else Fraction(0)
        return entry.rate_from + (entry.rate_to - entry.rate_from) * gone
    return entry.rate


def _count(view: View, since: int = 0, until: int | None = None) -> Fraction:
    """How many messages come in a window, or in all."""
    load = view.world.load
    if until is None and not since:
        return sum((messages_of(load, n) for n in range(len(view.cascades))), Fraction(0))
    end = max(map(_end_us, load), default=0) + 1 if until is None else until
    return sum((_between(entry, since, end) for entry in load), Fraction(0))


def _number(count: Fraction) -> str:
    return f"{round(count)} message{'' if round(count) == 1 else 's'}"


# Shares ----------------------------------------------------------------------------------------


def _fine_shares(view: View) -> Iterator[Found]:
    """Shares somebody wrote that mean less than one message."""
    everybody = _count(view)
    providers = view.scenario.tree.map("providers")
    for _, provider in providers or ():
        if isinstance(provider, MapNode):
            for part in ("submit", "delivery", "receipts"):
                yield from _fine_below(provider.get(part), everybody, "in all")
    faults = view.scenario.tree.list("faults")
    for node in faults.items if faults else ():
        fault = _fault_of(node, view)
        if fault is not None and isinstance(node, MapNode):
            window = _count(view, fault.at_us, fault.at_us + fault.for_us + fault.recover_us)
            if window:
                yield from _fine_below(node.get("set"), window, "while it lasts")


def _fine_below(node: Node | None, count: Fraction, when: str) -> Iterator[Found]:
    match node:
        case MapNode():
            for key, item in node:
                if key.text != "reasons":
                    yield from _fine_below(item, count, when)
        case ListNode():
            for item in node.items:
                yield from _fine_below(item, count, when)
        case ScalarNode() if node.text.endswith("%") and _is_written(node):
            share = quantities.share(node.text)
            if share and share * count < PPB:
                text = f"{node.text} of {_number(count)} {when} is less than one"
                least = decimal_text(Fraction(100) / count) if count else "100"
                note = f"one of them is {least}%"
                yield Found(Finding.SHARE_TOO_FINE, node, text, note)
        case _:
            return


def _is_written(node: ScalarNode) -> bool:
    """It stands in the scenario itself, and not in a file that it uses."""
    source = node.mark.source
    is_here = not source.is_built_in and source.included_from is None
    return is_here and not node.mark.is_default


def _fault_of(node: Node, view: View) -> Fault | None:
    name = node.text("id") if isinstance(node, MapNode) else ""
    return next((fault for fault in view.world.faults if fault.id == name), None)


# Bounds ----------------------------------------------------------------------------------------


def _fine_bounds(view: View) -> Iterator[Found]:
    """Expectations of a rate that one message decides."""
    sentences = {
        (node.mark.line, node.text): node for node in _scalars(view.scenario.tree.get("expect"))
    }
    for each in view.scenario.expectations:
        if not isinstance(each, MetricExpectation) or each.metric.kind is not Kind.RATE:
            continue
        count = _count(view, each.within.since_us or 0, each.within.until_us)
        distance = min(each.bound, 1 - each.bound)
        node = sentences.get((each.line, each.text))
        if node is None or not count or not 0 < distance < 1 / count:
            continue
        text = f"with {_number(count)} '{each.text}' is decided by a single one"
        note = f"write {'0' if each.bound < Fraction(1, 2) else '100'}%, or send more"
        yield Found(Finding.BOUND_TOO_FINE, node, text, note)


def _scalars(node: Node | None) -> Iterator[ScalarNode]:
    match node:
        case MapNode():
            for _, item in node:
                yield from _scalars(item)
        case ListNode():
            for item in node.items:
                yield from _scalars(item)
        case ScalarNode():
            yield node
        case None:
            return


# Limits ----------------------------------------------------------------------------------------


class _Excess(NamedTuple):
    """How far a load goes beyond a limit: the messages that find no room, and the peak rate."""

    messages: Fraction
    peak: Fraction


def _limits(view: View) -> Iterator[Found]:
    """Loads that a first provider cannot take (limits and quotas)."""
    providers = view.scenario.tree.map("providers")
    for name, provider in view.providers.items():
        settings = provider.settings
        plans = {n for n, c in enumerate(view.cascades) if c.plan.levels[0].providers[0] == name}
        entries = [entry for entry in view.world.load if _plans_of(entry) & plans]
        node = providers.map(name) if providers else None
        limits = node.map("limits") if node else None
        if not entries or limits is None:
            continue
        whole = sum((messages_of(tuple(entries), plan) for plan in plans), Fraction(0))
        if settings.limit_rate is not None:
            rate = Fraction(settings.limit_rate, _DAY_MILLIONTHS)
            excess = _beyond(entries, rate, settings.limit_burst)
            if excess.messages >= 1:
                text = (
                    f"'{name}' takes {_per_second(rate)} and {settings.limit_burst} at once: for "
                    f"about {round(excess.messages)} of {_number(whole)} there is no room"
                )
                at = limits.get("rate") or limits
                yield Found(Finding.LOAD_ABOVE_LIMIT, at, text, "raise it, or spread the load")
        if settings.quota_count is not None:
            per = provider.quota_per_us
            fullest = _fullest_window(entries, per)
            if fullest >= settings.quota_count + 1:
                text = (
                    f"'{name}' takes {settings.quota_count} in {duration_text(per)}, and about "
                    f"{round(fullest)} come"
                )
                at = limits.get("quota") or limits
                yield Found(Finding.LOAD_ABOVE_LIMIT, at, text, "raise it, or spread the load")


def _plans_of(entry: LoadEntry) -> set[int]:
    return set(entry.plans) if isinstance(entry, Trace) else {entry.plan}


def _per_second(rate: Fraction) -> str:
    return f"{decimal_text(rate)}/s"


def _beyond(entries: list[LoadEntry], rate: Fraction, burst: int) -> _Excess:
    """Let the load run into a bucket that holds `burst` and fills at `rate`; count what spills."""
    room, spilled, peak = Fraction(burst), Fraction(0), Fraction(0)
    instants = _instants(entries)
    for begin, end in pairwise(instants):
        at_once = sum(
            (_between(e, begin, begin + 1) for e in entries if _is_sudden(e)), Fraction(0)
        )
        steady = sum((_between(e, begin, end) for e in entries if not _is_sudden(e)), Fraction(0))
        room -= at_once
        if room < 0:
            spilled, room = spilled - room, Fraction(0)
        seconds = Fraction(end - begin, UNITS_US["s"])
        peak = max(peak, steady / seconds)
        room = min(room + rate * seconds - steady, Fraction(burst))
        if room < 0:
            spilled, room = spilled - room, Fraction(0)
    return _Excess(spilled, peak)


def _is_sudden(entry: LoadEntry) -> bool:
    return isinstance(entry, Burst | Single)


def _instants(entries: list[LoadEntry]) -> list[int]:
    """Where the load changes, and instants in between; every sudden one is among them."""
    edges = {0}
    for entry in entries:
        begin, end = entry.at_us, _end_us(entry)
        edges |= {begin, end}
        step = max((end - begin) // _SLICES, 1)
        edges |= set(range(begin, end, step))
    last = max(edges)
    return [*sorted(edges), last + 1]


def _fullest_window(entries: list[LoadEntry], per_us: int) -> Fraction:
    """The most messages that come in one window of a quota."""
    last = max(map(_end_us, entries))
    windows = min(last // per_us + 1, 10_000)
    counts = (
        sum((_between(entry, n * per_us, (n + 1) * per_us) for entry in entries), Fraction(0))
        for n in range(windows)
    )
    return max(counts, default=Fraction(0))


# Faults ----------------------------------------------------------------------------------------


def _faults(view: View) -> Iterator[Found]:
    """Faults that begin when there is nothing left for them to change."""
    world = view.world
    faults = view.scenario.tree.list("faults")
    last = max(map(_end_us, world.load), default=0)
    for node in faults.items if faults else ():
        fault = _fault_of(node, view)
        if fault is None or not isinstance(node, MapNode):
            continue
        at, begins = node.get("at") or node, duration_text(fault.at_us)
        if fault.at_us >= world.end_us:
            text = f"the run ends at {duration_text(world.end_us)}, the fault begins at {begins}"
            yield Found(Finding.FAULT_NEVER_BEGINS, at, text, "let it begin earlier")
            continue
        quiet = last + _open_us(fault, view)
        if fault.at_us > quiet:
            text = (
                f"the last message comes at {_instant_text(last)} and is over by "
                f"{_instant_text(quiet)}, the fault begins at {begins}"
            )
            yield Found(Finding.FAULT_TOO_LATE, at, text, "let it begin earlier")


def _instant_text(us: int) -> str:
    return duration_text(us // UNITS_US["s"] * UNITS_US["s"])


def _open_us(fault: Fault, view: View) -> int:
    """How long after a request something that a fault changes may still be read."""
    submitted = 0
    for cascade in view.cascades:
        deadline_us = cascade.plan.deadline_us
        waits = sum((each.level.wait_us or 0) + each.level.submit_timeout_us
                    for each in cascade.levels)  # fmt: skip
        submitted = max(submitted, waits if deadline_us is None else deadline_us)
    if all(change.path.startswith(("submit.", "limits.")) for change in fault.changes):
        return submitted
    settings = view.providers[fault.provider].settings
    delivered = max(settings.delivery_time.draw(_ALL_LUCK - 1), settings.store_for_us)
    return submitted + delivered + settings.read_after.draw(_ALL_LUCK - 1)
