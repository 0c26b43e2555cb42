"""The plots of a run, each a pure function from counts to a picture.

Every plot is drawn twice, wide and narrow: the page shows the one that fits, so that letters stay
letters on a telephone. What a plot shows stands in a table beside it as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, NamedTuple

from sandbox.report.page import svg
from sandbox.report.page.escaping import Show
from sandbox.report.page.scales import (
    Line,
    LogLine,
    Tick,
    apart,
    clock_text,
    count_ticks,
    step_us,
    time_ticks,
)
from sandbox.report.page.tally import Bins, Durations, Known, Tally, Truth, last_shown_us

TIME_BINS: Final = 80
"""So many bars at most beside each other."""

_LATER_GAP: Final = 10
_LANE: Final = 16
_LANES_MAX: Final = 5
_NAME_MAX: Final = 28
_LABEL_HEIGHT: Final = 14
_VISIBLE: Final = 3.0
"""What is there at all is drawn so wide at least."""

WIDE: Final = 880
NARROW: Final = 380


class Window(NamedTuple):
    """A span of time in which something was done to a provider.

    Attributes:
        told: What was done, in words.
    """

    label: str
    begin_us: int
    end_us: int
    told: str = ""


@dataclass(frozen=True, slots=True)
class TimeLine:
    """Deliveries over time, in bins.

    Attributes:
        width_us: Of a bin.
        span_us: Up to where bins are shown; the last bin holds whatever came later.
        has_later: The last bin is such a bin.
        levels: For each level its deliveries, bin by bin.
        undelivered: Messages with another outcome, bin by bin.
        requested: Requests, bin by bin.
    """

    width_us: int
    span_us: int
    has_later: bool
    levels: list[list[int]]
    undelivered: list[int]
    requested: list[int]

    @property
    def count(self) -> int:
        """How many bins there are."""
        return len(self.undelivered)

    @property
    def high(self) -> int:
        """How high a plot need be: a burst is requested at once and delivered bit by bit."""
        return max(map(sum, zip(*self.levels, strict=True))) * 3 // 2 or max(self.requested)

    @property
    def is_cut(self) -> bool:
        """The outline of what was requested leaves the picture."""
        return max(self.requested) > self.high

    def label(self, place: int) -> str:
        """From when to when a bin goes."""
        if self.has_later and place == self.count - 1:
            return f"after {clock_text(self.span_us)}"
        begin, end = place * self.width_us, (place + 1) * self.width_us
        return f"{clock_text(begin)} – {clock_text(end)}"


def time_line(tally: Tally) -> TimeLine:
    """The deliveries of a run in as many bins as a plot has room for."""
    lines = [*tally.delivered, tally.undelivered, tally.requested]
    shown_us = max(last_shown_us(lines, tally.end_us), 1)
    width_us = step_us(shown_us + 1, TIME_BINS)
    bins = shown_us // width_us + 1
    has_later = max(each.end_us for each in lines) >= bins * width_us
    count = bins + has_later
    return TimeLine(
        width_us=width_us,
        span_us=bins * width_us,
        has_later=has_later,
        levels=[each.spread(width_us, count) for each in tally.delivered],
        undelivered=tally.undelivered.spread(width_us, count),
        requested=tally.requested.spread(width_us, count),
    )


def deliveries(told: TimeLine, windows: Sequence[Window], name: str, width: int, show: Show) -> str:
    """Bars over time, level upon level; what was not delivered hangs below the line.

    Args:
        told: The bins.
        windows: Faults, drawn behind.
        name: Unique in the page.
        width: Of the picture.
        show: For the labels of the windows.
    """
    seen = _seen(windows, told.span_us)
    lanes = len(seen) * _LANE
    frame = svg.Frame(width, 290 + lanes, left=50, right=10, top=lanes + 10, bottom=28)
    stacks = [sum(level[n] for level in told.levels) for n in range(told.count)]
    up = count_ticks(min(max(*stacks, *told.requested), told.high), 5)
    deep = max(told.undelivered)
    y = Line(-deep, up[-1], frame.y_end, frame.top)
    later_px = _LATER_GAP + 26 if told.has_later else 0
    x = Line(0, told.span_us, frame.left, frame.x_end - later_px)
    body = [svg.patterns(name, len(told.levels))]
    body += _windows(frame, seen, x, show)
    marks = [*up, -deep] if deep and y.place(-deep) - y.place(0) >= _LABEL_HEIGHT else up
    body.append(svg.across(frame, ((y.place(mark), f"{abs(mark):,}") for mark in marks)))
    for place in range(told.count):
        begin, wide = _bar(told, x, frame, place)
        low = 0
        for level, sums in enumerate(told.levels):
            if sums[place]:
                top = y.place(low + sums[place])
                body.append(
                    svg.rectangle(begin, top, wide, y.place(low) - top, svg.fill(name, level))
                )
                low += sums[place]
        if told.undelivered[place]:
            zero = y.place(0)
            high = max(y.place(-told.undelivered[place]) - zero, 1.0)
            body.append(svg.rectangle(begin, zero, wide, high, svg.fill_bad(name)))
    body.append(svg.curve(_asked(told, x, y, frame), "asked"))
    body.append(svg.line((frame.left, y.place(0)), (frame.x_end, y.place(0)), "axis"))
    ticks = time_ticks(told.span_us, 10 if width > NARROW else 4)
    body.append(svg.below(((x.place(t.at), t) for t in ticks), frame.y_end))
    if told.has_later:
        middle = frame.x_end - 13
        body.append(svg.below([(middle, Tick(0, "later"))], frame.y_end))
    title = "Deliveries by level over time"
    return svg.picture(frame, name, title, _deliveries_told(told), body)


def _bar(told: TimeLine, x: Line, frame: svg.Frame, place: int) -> tuple[float, float]:
    """Where the bar of a bin begins, and how wide it is."""
    if told.has_later and place == told.count - 1:
        return frame.x_end - 26, 26
    begin, end = (x.place(n * told.width_us) for n in (place, place + 1))
    gap = 1.0 if end - begin > 4 else 0.0
    return begin, end - begin - gap


def _asked(told: TimeLine, x: Line, y: Line, frame: svg.Frame) -> str:
    """The outline of how many were requested; after the last request there is nothing to draw."""
    whole = told.count - told.has_later
    last = max((n for n in range(whole) if told.requested[n]), default=0)
    points = [(x.place(n * told.width_us), y.place(told.requested[n])) for n in range(last + 1)]
    end = x.place((last + 1) * told.width_us)
    return svg.steps([(frame.left, y.place(0)), *points, (end, y.place(0))])


def _seen(windows: Sequence[Window], span_us: int) -> list[Window]:
    """The first faults that the plot shows; a table has them all."""
    shown = sorted((w for w in windows if w.begin_us < span_us), key=lambda each: each.begin_us)
    return shown[:_LANES_MAX]


def _windows(frame: svg.Frame, windows: Sequence[Window], x: Line, show: Show) -> list[str]:
    """Faults: a light band behind the plot, and above it a bar with a name, each on a line."""
    drawn = []
    for lane, each in enumerate(windows):
        begin, end = x.place(each.begin_us), x.place(each.end_us)
        wide, top = max(end - begin, _VISIBLE), _LANE * lane + 2
        height = frame.y_end - frame.top
        drawn.append(svg.rectangle(begin, frame.top, wide, height, 'class="window"'))
        drawn.append(svg.rectangle(begin, top, wide, _LANE - 5, 'class="span"'))
        label = each.label[:_NAME_MAX]
        is_right = begin + wide + 7 * len(label) + 8 < frame.x_end
        at = begin + wide + 6 if is_right else begin - 6
        drawn.append(
            svg.text((at, top + 9), show(label), "window-name", "start" if is_right else "end")
        )
    return drawn


def _deliveries_told(told: TimeLine) -> str:
    levels = ", ".join(f"{sum(sums):,} by level {n}" for n, sums in enumerate(told.levels))
    return (
        f"Bars over the time of the run. Delivered: {levels}. "
        f"Below the line: {sum(told.undelivered):,} not delivered."
    )


# Time to delivery --------------------------------------------------------------------------------


def waiting(tally: Tally, labels: Sequence[str], name: str, width: int) -> str:
    """Which part of all messages was delivered within which time: areas, level upon level.

    Args:
        tally: The counts.
        labels: What levels are called; fit to be shown.
        name: Unique in the page.
        width: Of the picture.
    """
    is_wide = width > NARROW
    frame = svg.Frame(width, 330, left=50, right=130 if is_wide else 14, top=14, bottom=28)
    edges = _edges(tally, frame)
    y = Line(0, max(tally.messages, 1), frame.y_end, frame.top)
    body = [svg.patterns(name, len(labels))]
    body.append(
        svg.across(frame, ((y.place(tally.messages * n / 4), f"{25 * n} %") for n in range(5)))
    )
    low = [(place, y.place(0)) for place in edges.places]
    sums = [0] * len(edges.places)
    tops = []
    for level, durations in enumerate(tally.durations):
        seen = edges.seen(durations)
        sums = [before + more for before, more in zip(sums, seen, strict=True)]
        high = [(p, y.place(s)) for p, s in zip(edges.places, sums, strict=True)]
        if durations.total:
            body.append(svg.between(high, low, svg.fill(name, level)))
            body.append(svg.curve(svg.steps(high), "edge"))
            tops.append((labels[level], (high[-1][1] + low[-1][1]) / 2))
        low = high
    true = edges.seen(tally.first_copies)
    points = [(p, y.place(s)) for p, s in zip(edges.places, true, strict=True)]
    body.append(svg.curve(svg.steps(points), "true"))
    if is_wide:
        tops.append(("true: on the phone", points[-1][1] - 8))
        spots = apart([at for _, at in tops], 15, least=frame.top, most=frame.y_end)
        body += [
            svg.text((frame.x_end + 8, spot + 4), label, "name")
            for (label, _), spot in zip(tops, spots, strict=True)
        ]
    ticks = _thinned([(edges.axis.place(t.at), t) for t in edges.axis.ticks()], 58)
    body.append(svg.below(ticks, frame.y_end))
    body.append(svg.line((frame.left, frame.y_end), (frame.x_end, frame.y_end), "axis"))
    told = (
        f"Areas that grow with the time since the request, up to {tally.delivered_count:,} of "
        f"{tally.messages:,} messages known as delivered; a line for the "
        f"{tally.first_copies.total:,} that truly reached a phone."
    )
    return svg.picture(frame, name, "Time to delivery by level", told, body)


class _Edges(NamedTuple):
    """Where a line of durations changes: a place for each that is another dot of the picture."""

    axis: LogLine
    upto: list[int]
    places: list[float]

    def seen(self, durations: Durations) -> list[int]:
        """How many are not longer, place by place."""
        steps = durations.steps()
        found, at, count = [], 0, 0
        for limit in self.upto:
            while at < len(steps) and steps[at][0] <= limit:
                count = steps[at][1]
                at += 1
            found.append(count)
        return found


def _edges(tally: Tally, frame: svg.Frame) -> _Edges:
    every = [*tally.durations, tally.first_copies]
    all_of_them = sorted({duration for each in every for duration in each.counts})
    positive = [duration for duration in all_of_them if duration] or [1000]
    least, most = max(positive[0] * 4 // 5, 1), max(positive[-1] * 5 // 4, positive[0] * 2)
    axis = LogLine(least, most, frame.left, frame.x_end)
    upto, places = [0], [float(frame.left)]
    for duration in positive:
        place = axis.place(duration)
        if place - places[-1] < 1 and len(places) > 1:
            upto[-1] = duration
        else:
            upto.append(duration)
            places.append(place)
    return _Edges(axis, [*upto, most], [*places, float(frame.x_end)])


def _thinned(places: Sequence[tuple[float, Tick]], gap: float) -> list[tuple[float, Tick]]:
    """Marks that leave room for each other's labels."""
    kept: list[tuple[float, Tick]] = []
    for place, tick in places:
        if not kept or place - kept[-1][0] >= gap:
            kept.append((place, tick))
    return kept


# Cost --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CostLine:
    """Money over time, in sum from the start of the run to the end of each bin.

    Attributes:
        width_us: Of a bin; what comes after the last one is in it.
        known: The ledger, in billionths.
        levels: The bill of messages that were delivered, by the level that brought them.
        wasted: The bill of all other messages.
    """

    width_us: int
    has_later: bool
    known: list[int]
    levels: list[list[int]]
    wasted: list[int]


def cost_line(tally: Tally) -> CostLine:
    """The money of a run, in as many bins as a plot has room for."""
    lines = [*tally.delivered, tally.undelivered]
    shown_us = max(last_shown_us(lines, tally.end_us), 1)
    width_us = step_us(shown_us + 1, 2 * TIME_BINS)
    count = shown_us // width_us + 1
    money = (tally.ledger, *tally.bills, tally.wasted)
    return CostLine(
        width_us=width_us,
        has_later=max(each.end_us for each in money) >= count * width_us,
        known=_summed(tally.ledger, width_us, count),
        levels=[_summed(bins, width_us, count) for bins in tally.bills],
        wasted=_summed(tally.wasted, width_us, count),
    )


def _summed(bins: Bins, width_us: int, count: int) -> list[int]:
    return list(accumulate(bins.spread(width_us, count)))


def cost(told: CostLine, labels: tuple[str, str], name: str, width: int) -> str:
    """Areas of what was charged, by what became of the message; a line of what is known of it.

    Args:
        told: The sums.
        labels: What is known and what is true, in sum; fit to be shown.
        name: Unique in the page.
        width: Of the picture.
    """
    is_wide = width > NARROW
    frame = svg.Frame(width, 280, left=62, right=172 if is_wide else 14, top=14, bottom=28)
    stacks = [*told.levels, told.wasted]
    true = [sum(each) for each in zip(*stacks, strict=True)]
    ticks = count_ticks(max(*told.known, *true, 1), 5)
    y = Line(0, ticks[-1], frame.y_end, frame.top)
    span_us = len(told.known) * told.width_us
    x = Line(0, span_us, frame.left, frame.x_end)

    def points(sums: Sequence[int]) -> list[svg.Point]:
        ends = [(x.place((n + 1) * told.width_us), y.place(s)) for n, s in enumerate(sums)]
        return [(frame.left, y.place(0)), *ends]

    body = [svg.patterns(name, len(told.levels))]
    body.append(svg.across(frame, ((y.place(mark), money_mark(mark, ticks)) for mark in ticks)))
    low = [0] * len(true)
    for nth, sums in enumerate(stacks):
        high = [below + more for below, more in zip(low, sums, strict=True)]
        if sums[-1]:
            is_level = nth < len(told.levels)
            look = svg.fill(name, nth) if is_level else svg.fill_bad(name)
            body.append(svg.between(points(high), points(low), look))
            body.append(svg.curve(svg.steps(points(high)), "edge"))
        low = high
    body.append(svg.curve(svg.steps(points(told.known)), "owed"))
    if is_wide:
        ends = [y.place(told.known[-1]), y.place(true[-1])]
        spots = apart(ends, 15, least=frame.top, most=frame.y_end)
        body += [
            svg.text((frame.x_end + 8, spot + 4), label, "name")
            for label, spot in zip(labels, spots, strict=True)
        ]
    marks = time_ticks(span_us, 8 if is_wide else 4)
    body.append(svg.below(((x.place(t.at), t) for t in marks), frame.y_end))
    body.append(svg.line((frame.left, frame.y_end), (frame.x_end, frame.y_end), "axis"))
    words = f"What was charged grows over the time of the run: {labels[1]}, {labels[0]}."
    return svg.picture(frame, name, "Cost build-up, known and true", words, body)


def money_mark(nano: int, ticks: Sequence[int]) -> str:
    """A mark on an axis of money, with as many decimals as its neighbours need."""
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 1
    decimals = next((d for d in range(9) if step % 10 ** (9 - d) == 0), 9)
    whole, part = divmod(nano, 10**9)
    return f"{whole:,}" + (f".{part:09}"[: decimals + 1] if decimals else "")


# Known against true ------------------------------------------------------------------------------


def against(tally: Tally, name: str, width: int) -> str:
    """For each thing the engine may know, a bar of what was so: parts of a whole."""
    rows = [known for known in Known if any(tally.pairs[known, true] for true in Truth)]
    stride = 74
    frame = svg.Frame(width, stride * max(len(rows), 1) + 4, left=2, right=2, top=4, bottom=0)
    body = [svg.patterns(name, 2)]
    sentences = []
    for nth, known in enumerate(rows):
        counts = [tally.pairs[known, true] for true in Truth]
        top = frame.top + stride * nth
        head = f"taken for {known}" if known is not Known.OPEN else f"{known} at the end"
        told = [f"{n:,} {truth}" for n, truth in zip(counts, Truth, strict=True) if n]
        sentences.append(f"{head}: {', '.join(told)}")
        parts = " · ".join(told)
        if width <= NARROW:
            parts = parts.replace(" arrived", "")
        body.append(svg.text((frame.left, top + 13), f"{head}: {sum(counts):,}", "head"))
        body += _parts(counts, frame, top + 20, known, name)
        body.append(svg.text((frame.left, top + 59), parts, "tick"))
    return svg.picture(frame, name, "Known against true", "; ".join(sentences), body)


def _parts(counts: Sequence[int], frame: svg.Frame, y: float, known: Known, name: str) -> list[str]:
    """One bar; parts that are there at all can be seen, and the greatest gives way for them."""
    total, room = sum(counts), float(frame.x_end - frame.left)
    wide = [max(room * n / total, 2 * _VISIBLE) if n else 0.0 for n in counts]
    wide[max(range(len(wide)), key=wide.__getitem__)] += room - sum(wide)
    looks = (svg.fill(name, 0), svg.fill(name, 1), "")
    drawn, x = [], float(frame.left)
    for truth, count, each, look in zip(Truth, counts, wide, looks, strict=True):
        if count:
            styles = ["never"] if truth is Truth.NEVER else []
            styles += [] if _AGREES.get((known, truth), False) else ["odd"]
            style = f'class="{" ".join(styles)}" ' if styles else ""
            drawn.append(svg.rectangle(x, y, each, 24, style + look))
        x += each
    return drawn


_AGREES: Final = {
    (Known.DELIVERED, Truth.ONCE): True,
    (Known.NOT_DELIVERED, Truth.NEVER): True,
    (Known.OPEN, Truth.NEVER): True,
}
"""Where what is known is so; all else is drawn with a heavy outline."""


# How far messages had to go ----------------------------------------------------------------------


class Rung(NamedTuple):
    """A level: how many messages were submitted there, and how many it brought."""

    label: str
    tried: int
    brought: int


def funnel(rungs: Sequence[Rung], total: int, name: str, width: int) -> str:
    """A bar for each level: how many messages came that far, and which part of them it brought.

    Args:
        rungs: From the first level on; labels are fit to be shown.
        total: Messages in all.
        name: Unique in the page.
        width: Of the picture.
    """
    is_wide = width > NARROW
    stride = 46
    frame = svg.Frame(width, stride * len(rungs) + 8, left=2, right=2, top=2, bottom=2)
    x = Line(0, max(total, 1), frame.left, frame.x_end)
    body = [svg.patterns(name, len(rungs))]
    for nth, rung in enumerate(rungs):
        top = frame.top + stride * nth
        words = f"{rung.tried:,} tried, {rung.brought:,} brought"
        if is_wide:
            words += f", {rung.tried - rung.brought:,} not by it"
        head = f"level {nth}: {rung.label}"
        body.append(svg.text((frame.left, top + 13), head, "head"))
        body.append(svg.text((frame.x_end, top + 13), words, "tick", "end"))
        body.append(
            svg.rectangle(frame.left, top + 18, frame.x_end - frame.left, 20, 'class="bed"')
        )
        brought, tried = (max(x.place(n) - frame.left, _VISIBLE if n else 0.0)
                          for n in (rung.brought, rung.tried))  # fmt: skip
        body.append(svg.rectangle(frame.left, top + 18, max(tried, brought), 20, 'class="tried"'))
        if rung.brought:
            body.append(svg.rectangle(frame.left, top + 18, brought, 20, svg.fill(name, nth)))
    told = "; ".join(f"{r.label}: {r.tried:,} tried, {r.brought:,} brought" for r in rungs)
    return svg.picture(frame, name, "How far messages had to go", told, body)
