"""The whole page: one file that needs nothing else, and lets nothing else in."""

from collections.abc import Iterator
from typing import Final

from sandbox.report.figures import money_text, span_text
from sandbox.report.page import plots, sections, svg
from sandbox.report.page.escaping import Show, shown
from sandbox.report.page.model import Page
from sandbox.report.page.plots import NARROW, WIDE
from sandbox.report.page.sections import SIMULATED
from sandbox.report.page.style import POLICY, STYLE
from sandbox.report.page.tables import both, folded, listed, table
from sandbox.report.page.tally import Known, Tally, Truth
from sandbox.report.page.timelines import told_story

_VERDICTS: Final = {
    "passed": ("ok", "✓ passed"),
    "failed": ("no", "✗ failed"),
    "vacuous": ("no", "✗ vacuous: a fault never fired"),
    "broken": ("no", "✗ broken: the engine broke one of its laws"),
    "not_quiet": ("no", "✗ not quiet by the limit"),
}


def page_pieces(page: Page, show: Show = shown) -> Iterator[str]:
    """The page, piece by piece.

    Args:
        page: What is told.
        show: Makes texts fit to stand in it; one that masks first makes a redacted page.
    """
    anchors = frozenset(told.story.account.message for told in page.stories)
    title = show(page.title or page.scenario)
    yield (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{title}</title><style>{STYLE}</style></head>\n<body><main>"
    )
    yield _head(page, title, show)
    tally = page.tally
    if tally is not None:
        yield sections.in_short(page, tally, show) + sections.tiles(page)
        yield _funnel(page, tally, show)
    yield f'<p class="sim"><b>Note.</b> {SIMULATED}</p>'
    yield _section("The plan", sections.plan(page, show))
    wrong = sections.problems(page, show, anchors) + sections.faults(page, show)
    if tally is not None:
        wrong += sections.reasons(page, show)
    yield _section("What went wrong", wrong)
    if tally is not None:
        yield _section("Deliveries by level over time", _deliveries(page, tally, show))
        yield _section("Time to delivery", _waiting(page, tally, show))
        yield _section("Cost build-up", _cost(page, tally, show))
        yield _section("Known against true", _against(page, tally))
        verdict = sections.verdicts(page, show, anchors) + sections.named(page, show, anchors)
        yield _section("The verdict", verdict)
    if page.stories:
        yield _section(
            "Messages worth a look",
            "<p>One message for each way to fare that was seen here. A ring marks the outcome, as "
            "far as the engine knows; a full dot a copy on the phone, which it does not.</p>"
            + "".join(told_story(each, page.currency, show) for each in page.stories),
        )
    yield _section("To repeat it", _again(page, show))
    yield _foot(page, show) + "</main></body></html>\n"


def _section(head: str, inside: str) -> str:
    return f"<section><h2>{head}</h2>{inside}</section>\n"


def _head(page: Page, title: str, show: Show) -> str:
    look, word = _VERDICTS.get(page.verdict, ("warn", show(page.verdict or page.state)))
    about = f"<p>{show(page.description)}</p>" if page.description else ""
    held = sum(check.holds for check in page.checks)
    of = f": {held} of {len(page.checks)} expectations hold" if page.checks else ""
    return (
        f'<header><h1>{title}</h1><p class="soft">Scenario {show(page.scenario)}, seed '
        f"{page.seed}, run {show(page.name)}, {page.virtual_us / 1_000_000:,.1f} s of "
        f'virtual time</p><p class="verdict {look}">{word}{of}</p>{about}</header>'
    )


def _funnel(page: Page, tally: Tally, show: Show) -> str:
    rungs = [each._replace(label=show(each.label)) for each in sections.went(page, tally)]
    wide, narrow = (
        plots.funnel(rungs, tally.messages, name, width)
        for name, width in (("fw", WIDE), ("fn", NARROW))
    )
    told = (
        "How far the messages had to go. Each bar is all messages; dark grey are those that were "
        "tried on the level, filled those that it brought."
    )
    return f"<figure>{both(wide, narrow)}<figcaption>{told}</figcaption></figure>"


# Plots, each with its key and its figures --------------------------------------------------------


def _key(page: Page, name: str, show: Show, more: tuple[tuple[str, str], ...] = ()) -> str:
    """What the fills of a plot stand for: a swatch each, with words."""
    count = page.level_count
    fills = svg.patterns(name, count)
    items = []
    for number in range(count):
        swatch = svg.rectangle(0, 0, 22, 14, svg.fill(name, number))
        items.append(_keyed(fills + swatch, f"level {number}: {show(page.channels(number))}"))
        fills = ""
    items += [_keyed(shape, words) for shape, words in more]
    return listed(items, "key")


def _keyed(shape: str, words: str) -> str:
    return f'<svg viewBox="0 0 22 14" aria-hidden="true">{shape}</svg>{words}'


def _stroke(style: str) -> str:
    return svg.line((0, 7), (22, 7), style)


def _bad(name: str) -> str:
    return svg.rectangle(0, 0, 22, 14, svg.fill_bad(name))


def _swatch(style: str) -> str:
    return svg.rectangle(0, 0, 22, 14, f'class="{style}"')


def _figure(pictures: str, key: str, told: str, data: str) -> str:
    return f"<figure>{key}{pictures}<figcaption>{told}</figcaption></figure>{data}"


def _deliveries(page: Page, tally: Tally, show: Show) -> str:
    line = plots.time_line(tally)
    wide, narrow = (
        plots.deliveries(line, page.windows, name, width, show)
        for name, width in (("dw", WIDE), ("dn", NARROW))
    )
    more = (
        (_bad("dk"), "not delivered (below the line)"),
        (_stroke("asked"), "requested"),
        (_swatch("window"), "a fault is at work"),
    )
    told = (
        f"Messages per {span_text(line.width_us)} of the run, counted when they got their outcome, "
        "by the level that brought them. The dotted line is how many were requested"
        + ("; where it leaves the picture there were more." if line.is_cut else ".")
    )
    if line.has_later:
        told += f" What came after {span_text(line.span_us)} is in the last bar."
    heads = ("time of the run", "requested", *_levels(page, show), "not delivered")
    rows = [
        (line.label(n), f"{line.requested[n]:,}", *(f"{level[n]:,}" for level in line.levels),
         f"{line.undelivered[n]:,}")
        for n in range(line.count)
        if line.requested[n] or line.undelivered[n] or any(level[n] for level in line.levels)
    ]  # fmt: skip
    sums = (sum(line.requested), *map(sum, line.levels), sum(line.undelivered))
    rows.append(("in all", *(f"{each:,}" for each in sums)))
    data = table("Deliveries by level over time", heads, rows, figures=len(heads) - 1)
    return _figure(
        both(wide, narrow), _key(page, "dk", show, more), told, folded("The same in figures", data)
    )


def _levels(page: Page, show: Show) -> list[str]:
    return [f"level {n} ({show(page.channels(n))})" for n in range(page.level_count)]


def _waiting(page: Page, tally: Tally, show: Show) -> str:
    labels = [f"{n} {show(page.channels(n))}" for n in range(page.level_count)]
    wide, narrow = (
        plots.waiting(tally, labels, name, width) for name, width in (("ww", WIDE), ("wn", NARROW))
    )
    more = ((_stroke("true"), "truly on the phone"),)
    told = (
        "Read it like this: go right to a time since the request, and up to see which part of all "
        "messages was delivered by then, and by which level. The scale of time is logarithmic."
    )
    rows = [(show(first), *rest) for first, *rest in sections.percentiles(page, tally)]
    rows.append(
        (
            "all, exactly",
            f"{tally.delivered_count:,}",
            *(
                sections.measured(page, f"known.time_to_delivered.{statistic}")
                for statistic in ("p50", "p95", "p99")
            ),
        )
    )
    heads = ("delivered by", "messages", "half within", "95 % within", "99 % within")
    data = table("Time to delivery by level, within 1 %", heads, rows, figures=4)
    return _figure(both(wide, narrow), _key(page, "wk", show, more), told, data)


def _cost(page: Page, tally: Tally, show: Show) -> str:
    known, true = (
        money_text(nano, page.currency) for nano in (tally.ledger.total, tally.bill_nano)
    )
    if not tally.ledger.total and not tally.bill_nano:
        return "<p>Nothing was charged: the scenario has no prices, or nothing was sent.</p>"
    line = plots.cost_line(tally)
    labels = (f"known {show(known)}", f"true {show(true)}")
    wide, narrow = (
        plots.cost(line, labels, name, width) for name, width in (("cw", WIDE), ("cn", NARROW))
    )
    lost = show(money_text(tally.wasted.total, page.currency))
    more = (
        (_bad("ck"), f"for messages without a known delivery: {lost}"),
        (_stroke("owed"), f"known from answers and receipts: {show(known)}"),
    )
    told = (
        f"What was charged, {show(true)} in all, by the level that brought the message. What a "
        "message costs is added, failed attempts and all, when it gets its outcome."
    )
    if line.has_later:
        told += " What came after the last mark is added there."
    rows = [
        (
            f"level {n} ({show(page.channels(n))})",
            sections.measured(page, f"known.level.{n}.cost"),
            sections.measured(page, f"truth.level.{n}.cost"),
        )
        for n in range(page.level_count)
    ]
    rows.append(
        (
            "in all",
            sections.measured(page, "known.cost.total"),
            sections.measured(page, "truth.cost.total"),
        )
    )
    data = table("Cost of the attempts of each level", ("", "known", "true"), rows, figures=2)
    return _figure(both(wide, narrow), _key(page, "ck", show, more), told, data)


def _against(page: Page, tally: Tally) -> str:
    wide, narrow = (
        plots.against(tally, name, width) for name, width in (("aw", WIDE), ("an", NARROW))
    )
    shapes = (
        svg.patterns("ak", 2) + svg.rectangle(0, 0, 22, 14, svg.fill("ak", 0)),
        svg.rectangle(0, 0, 22, 14, svg.fill("ak", 1)),
        _swatch("never"),
        _swatch("never odd"),
    )
    words = (*(truth.value for truth in Truth), "outlined: not as it was taken for")
    key = listed(map(_keyed, shapes, words), "key")
    told = (
        "Each bar is all messages the engine takes for the same, divided by what really happened. "
        "Only a simulation knows both."
    )
    rows = [
        (
            f"taken for {known}" if known is not Known.OPEN else f"{known} at the end",
            *(f"{tally.pairs[known, truth]:,}" for truth in Truth),
            f"{sum(tally.pairs[known, truth] for truth in Truth):,}",
        )
        for known in Known
    ]
    sums = [sum(tally.pairs[known, truth] for known in Known) for truth in Truth]
    rows.append(("in all", *(f"{each:,}" for each in sums), f"{sum(sums):,}"))
    heads = ("", *(truth.value for truth in Truth), "in all")
    data = table("Messages by what is known and what is true", heads, rows, figures=4)
    return _figure(both(wide, narrow), key, told, data + sections.figures(page))


# The end -----------------------------------------------------------------------------------------


def _again(page: Page, show: Show) -> str:
    told = "".join(f"<p>{what}</p><pre>{show(command)}</pre>" for command, what in page.commands)
    digest = f"<p>Digest of the log: <code>{show(page.digest)}</code></p>" if page.digest else ""
    return f"<p>The seed is <b>{page.seed}</b>.</p>{told}{digest}"


def _foot(page: Page, show: Show) -> str:
    masked = " Numbers, texts and codes are masked." if page.is_redacted else ""
    return (
        f"<footer><p>{SIMULATED}</p><p>Fallback Sandbox {show(page.program)}; "
        f"{page.line_count:,} lines of the log.{masked}</p></footer>"
    )
