"""One line below the figures: what changed since a knob was turned, and what is expected.

since sms-main fail 20% at 00:01:40: delivered −1.2 pp  p95 +3.0 s │ ✗ 4 of 5 hold  ✗ … (43 s)
"""

from collections.abc import Sequence
from fractions import Fraction

from rich.style import Style
from textual.strip import Strip

from sandbox.app.live_judge import Check, Standing
from sandbox.app.trends import Since
from sandbox.tui.painting import Pen
from sandbox.tui.themes import Palette
from sandbox.tui.wording import clock, duration, money

Piece = tuple[str, Style]


def pulse_line(
    since: Since | None,
    checks: Sequence[Check],
    stopped_at_us: int | None,
    width: int,
    palette: Palette,
) -> Strip:
    """Draw the line.

    Args:
        since: What changed; None while no knob was turned.
        checks: All expectations.
        stopped_at_us: From when they are; None: from now.
        width: In cells.
        palette: The styles.
    """
    right = checks_pieces(checks, stopped_at_us, palette)
    left = since_pieces(since, palette)
    needed = sum(len(text) for text, _ in right)
    pen = Pen(width).put(" ", palette.dim)
    if left:
        room = max(pen.room - needed - 3, pen.room // 2)
        _write(pen, left, min(room, sum(len(text) for text, _ in left)))
        pen.put(" │ ", palette.faint)
    _write(pen, right, pen.room)
    return pen.strip(palette.text)


def _write(pen: Pen, pieces: Sequence[Piece], room: int) -> None:
    end = pen.room - room
    for text, look in pieces:
        pen.brief(text, look, pen.room - end)


def since_pieces(since: Since | None, palette: Palette) -> list[Piece]:
    """What changed since the last turn of a knob; nothing while there was none."""
    if since is None:
        return []
    at = clock(since.turn.at_us, tenths=False)
    pieces: list[Piece] = [(f"since {since.turn.words} at {at}:", palette.dim)]
    if since.delivered is not None:
        points = f"{abs(float(since.delivered)) * 100:.1f} pp"
        pieces.append(_moved("delivered", points, since.delivered, palette))
    if since.p95_us is not None:
        pieces.append(_moved("p95", duration(abs(since.p95_us)), -since.p95_us, palette))
    if since.cost is not None:
        pieces.append(_moved("per 1 000", money(abs(since.cost)), -since.cost, palette))
    if len(pieces) == 1:
        pieces.append(("  nothing to compare yet", palette.dim))
    return pieces


def _moved(label: str, by: str, gain: Fraction | int, palette: Palette) -> Piece:
    """How far a figure moved.

    Args:
        label: What it is called.
        by: How far, without a sign.
        gain: More than 0: to the better. A rate is better when it grows, all else when it shrinks.
        palette: The styles.
    """
    if not any(digit in by for digit in "123456789"):
        return f"  {label} ±0", palette.dim
    has_grown = (gain > 0) == (label == "delivered")
    return f"  {label} {'+' if has_grown else '−'}{by}", palette.good if gain > 0 else palette.bad


def checks_pieces(
    checks: Sequence[Check], stopped_at_us: int | None, palette: Palette
) -> list[Piece]:
    """How the expectations stand: those that broke by name, the others in numbers."""
    if not checks:
        return [("the scenario expects nothing", palette.dim)]
    by = {s: [check for check in checks if check.standing is s] for s in Standing}
    broken, holds, still = by[Standing.BROKEN], by[Standing.HOLDS], by[Standing.OPEN]
    when = "" if stopped_at_us is None else f" (as of {clock(stopped_at_us, tenths=False)})"
    mark, look = ("✓", palette.good) if holds else ("·", palette.dim)
    if broken:
        mark, look = "✗", palette.bad
    pieces: list[Piece] = [(f"{mark} {len(holds)} of {len(checks)} hold{when}", look)]
    if still:
        pieces.append((f"  {len(still)} not judged yet", palette.dim))
    for check in broken:
        seen = f" ({check.seen})" if check.seen else ""
        pieces.append((f"  ✗ {check.text}{seen}", palette.bad))
    if not broken and holds:
        pieces.append(("  " + "  ".join(f"✓ {check.text}" for check in holds), palette.dim))
    return pieces
