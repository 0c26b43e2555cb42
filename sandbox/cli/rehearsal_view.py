"""A rehearsal as a person reads it: the known figures, and how far the simulation had it right."""

from collections.abc import Iterator

from sandbox.app.known_only import KnownOnly
from sandbox.app.parity import Differing, Parity
from sandbox.app.rehearsing import Rehearsed
from sandbox.cli.answer import answer_text
from sandbox.report.figures import exact_seconds
from sandbox.report.plain import plain

_WHY_MAX = 300


def rehearsal_text(done: Rehearsed, known: KnownOnly) -> str:
    """All of it, without an end of line.

    Args:
        done: What came of it.
        known: Its result without what nobody knows.
    """
    lines = [answer_text(known.result, done.live.highlights, [], done.messages), ""]
    lines += outside_lines(done.live.troubles, known)
    lines += _said(done)
    if done.parity is None:
        lines.append("stopped by hand: not compared with the simulation")
    else:
        lines += parity_lines(done.parity)
    return "\n".join(lines)


def outside_lines(troubles: tuple[str, ...], known: KnownOnly) -> Iterator[str]:
    """What is said of any run with providers outside."""
    yield "truth is not known of providers outside: no figure above is about it"
    for item in known.left_out:
        yield f"  not judged: {plain(item.text)}"
    for trouble in troubles:
        yield f"trouble: {plain(trouble, _WHY_MAX)}"


def _said(done: Rehearsed) -> Iterator[str]:
    counts, live = done.counts, done.live
    yield (
        f"over HTTP: {counts.get('submitted', 0):,} submissions,"
        f" {live.webhooks:,} webhooks taken in, {live.asked:,} questions;"
        f" {live.parked:,} receipts parked, {live.orphans:,} orphans"
    )
    if counts.get("malformed"):
        yield f"  {counts['malformed']:,} requests were not in order for their vendor"
    if counts.get("unsaid"):
        yield f"  {counts['unsaid']:,} receipts that the vendor has no words for were not sent"


def parity_lines(parity: Parity) -> Iterator[str]:
    """How a rehearsal compares with the simulation."""
    yield (
        f"beside the simulation: {parity.same:,} of {parity.paired:,} messages took the same path"
        f" to the same outcome, {parity.same_outcome:,} have the same outcome"
    )
    late = f"first answers came {exact_seconds(parity.late_us)} s later, by the median"
    yield f"  {late}; the lower the --speed, the less"
    if parity.alone:
        yield f"  {parity.alone:,} messages are in one of the two only"
    for each in parity.first:
        yield from _differing(each)
    more = parity.differing - sum(1 + each.like for each in parity.first)
    if more > 0:
        yield f"  and {more:,} more that part in other ways"


def _differing(each: Differing) -> Iterator[str]:
    name = f" {plain(each.name)}" if each.name else ""
    like = f", and {each.like:,} like it" if each.like else ""
    yield f"  m{each.message}{name}{like}"
    for word, result, line in (
        ("simulated", each.simulated, each.parting.simulated),
        ("rehearsed", each.outside, each.parting.outside),
    ):
        path = plain(", ".join(result.path)) or "no attempt"
        yield f"    {word}  {result.outcome or 'no outcome'}: {path}"
        yield f"      parts with  {plain(line)}"
    if each.parting.why:
        yield f"    {each.parting.why}"
