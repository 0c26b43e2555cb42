"""The story of one message: a picture of its levels, every event in a table, and why it fell."""

import re
from typing import Final

from sandbox.journal import entry
from sandbox.report.figures import exact_seconds, money_text
from sandbox.report.leaving import Leaving
from sandbox.report.page import svg
from sandbox.report.page.escaping import Show
from sandbox.report.page.model import Told
from sandbox.report.page.plots import NARROW, WIDE
from sandbox.report.page.scales import Line, time_ticks
from sandbox.report.page.tables import both, folded, listed, table
from sandbox.report.timeline import Bar, Row, Story

ROWS_MAX: Final = 60
"""Longer stories end in a dash; a message that is tried ten times a level can have hundreds."""

_MARKS: Final = {
    entry.REACHED_HANDSET: "on the phone",
    "finished": "outcome",
}
_BAR: Final = 22
_STRIDE: Final = 34


def told_story(told: Told, currency: str, show: Show) -> str:
    """The story as a block of the page; its anchor is the message's number."""
    story = told.story
    account = story.account
    name = f" {show(told.name)}" if told.name else ""
    labels = "; ".join(map(show, told.labels))
    key = f"m{account.message}"
    pictures = (picture_of(story, f"s{key}{size[0]}", size[1], show) for size in _SIZES)
    known, true = (money_text(nano, currency) for nano in (account.ledger_nano, account.bill_nano))
    path = show(", ".join(map(str, account.steps)) or "nothing was sent")
    late = f" · heard too late: {show(', '.join(map(str, account.late)))}" if account.late else ""
    return (
        f'<section class="story" id="{key}"><h3>{key}{name}: {labels}</h3>'
        f"<p>Path: {path}{late} · cost {show(known)} known, {show(true)} true</p>"
        f"{both(*pictures)}{_why(told.leavings, show)}{_events(story, key, show)}</section>"
    )


_SIZES: Final = (("w", WIDE), ("n", NARROW))


def picture_of(story: Story, name: str, width: int, show: Show) -> str:
    """A bar for each stay on a level, with what reached the phone and the outcome as dots."""
    bars = story.bars
    is_wide = width > NARROW
    frame = svg.Frame(
        width,
        _STRIDE * len(bars) + 40,
        left=120 if is_wide else 88,
        right=112,
        top=8,
        bottom=28,
    )
    end_us = _shown_until(story)
    x = Line(0, end_us, frame.left, frame.x_end)
    body = [svg.patterns(name, max(bar.level for bar in bars) + 1)]
    for nth, bar in enumerate(bars):
        y = frame.top + _STRIDE * nth
        label = f"{bar.level} {bar.channel}"
        body.append(svg.text((4, y + 16), show(label if is_wide else label[:11]), "head"))
        begin, end = x.place(bar.began_us), x.place(_end_of(bar, end_us))
        body.append(svg.rectangle(begin, y, max(end - begin, 3), _BAR, svg.fill(name, bar.level)))
        for row in _dots(story, nth):
            is_later = row.offset_us > end_us
            at = frame.x_end + 14 if is_later else x.place(row.offset_us)
            body.append(_dot(at, y + _BAR / 2, row))
            if is_later:
                words = f"▸ {_later(row.offset_us)}"
                body.append(svg.text((at + 9, y + 16), words, "tick"))
    ticks = time_ticks(end_us, 8 if is_wide else 3)
    body.append(svg.below(((x.place(t.at), t) for t in ticks), frame.y_end))
    body.append(svg.line((frame.left, frame.y_end), (frame.x_end, frame.y_end), "axis"))
    words = "; ".join(
        f"level {bar.level} {show(bar.channel)} from {exact_seconds(bar.began_us)} s "
        + ("on" if bar.ended_us is None else f"to {exact_seconds(bar.ended_us)} s")
        for bar in bars
    )
    title = f"Levels of message m{story.account.message} over time"
    return svg.picture(frame, name, title, words, body)


def _shown_until(story: Story) -> int:
    """Where the picture ends: with the last stay; what comes much later has a word at the edge."""
    ended = [bar.began_us if bar.ended_us is None else bar.ended_us for bar in story.bars]
    if any(bar.ended_us is None for bar in story.bars):
        ended.append(story.rows[-1].offset_us)
    last_us = max(*ended, 1000)
    dots = [row.offset_us for row in story.rows if row.kind in _MARKS]
    return max([at_us for at_us in dots if at_us <= 2 * last_us] + [last_us])


def _later(offset_us: int) -> str:
    """A duration that is too long for the picture, in a few letters."""
    minutes = offset_us // _MINUTE_US
    if minutes < 1:
        return f"{exact_seconds(offset_us)[:-2]} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


_MINUTE_US: Final = 60_000_000


def _end_of(bar: Bar, end_us: int) -> int:
    return end_us if bar.ended_us is None else bar.ended_us


def _dots(story: Story, nth: int) -> list[Row]:
    """What happened on the nth bar and has a dot; a copy may come after its bar has ended."""
    level = story.bars[nth].level
    is_last = all(bar.level != level for bar in story.bars[nth + 1 :])
    return [row for row in story.rows if is_last and row.level == level and row.kind in _MARKS]


def _dot(x: float, y: float, row: Row) -> str:
    """A ring for the outcome, which the engine knows; a full dot for a copy on the phone."""
    style, size = ("dot-true", 5) if row.is_truth else ("dot", 7)
    return f'<circle class="{style}" cx="{svg.number(x)}" cy="{svg.number(y)}" r="{size}"/>'


def _why(leavings: tuple[Leaving, ...], show: Show) -> str:
    """For each entry of the path the rule by which it was left, and where its settings stand."""
    items = []
    for each in leavings:
        fired = each.rules[0] if each.rules else None
        if fired is None:
            continue
        settings = ", ".join(
            show(f"{s.path}: {s.value}" + (f" ({_place(s.where)})" if s.where else ""))
            for s in fired.settings
        )
        then = f" → {show(each.then)}" if each.then else ""
        where = f' <span class="soft">{settings}</span>' if settings else ""
        words = f"<b>{show(each.entry)}</b>: {show(fired.words)}{then}{where}"
        truth = "".join(f"; in truth: {show(_PLACE.sub(_named, line))}" for line in each.truth[:2])
        items.append(words + truth)
    if not items:
        return ""
    return f"<p><b>Why each step ended</b></p>{listed(items, 'why')}"


_PLACE: Final = re.compile(r"\([^()]*:[0-9]+\)")


def _named(found: re.Match[str]) -> str:
    return f"({_place(found.group()[1:-1])})"


def _place(where: str) -> str:
    """Where a setting stands, without the folders: a page is read on other machines."""
    return where.replace("\\", "/").rsplit("/", 1)[-1]


def _events(story: Story, key: str, show: Show) -> str:
    rows = story.rows[:ROWS_MAX]
    cells = [
        (
            exact_seconds(row.offset_us),
            f"{row.level} {show(row.channel)}",
            ("<b>truth</b> " if row.is_truth else "") + show(row.words),
        )
        for row in rows
    ]
    if len(story.rows) > ROWS_MAX:
        cells.append(("…", "", f"{len(story.rows) - ROWS_MAX:,} more"))
    looks = ["truth" if row.is_truth else "" for row in rows]
    caption = f"Every event of {key}; what is marked as truth no production dashboard can know"
    data = table(
        caption, ("s after request", "level", "what happened"), cells, looks=looks, look="ev"
    )
    return folded("Every event", data, is_open=True)
