"""Tables and other plain blocks of the page. All texts that come in are fit to be shown."""

from collections.abc import Iterable, Sequence


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    figures: int = 0,
    looks: Sequence[str] = (),
    look: str = "",
) -> str:
    """A table whose first column says what a row is.

    Args:
        caption: What it shows.
        heads: One a column.
        rows: As many texts each.
        figures: So many columns on the right are numbers.
        looks: A class for each row; "" for none.
        look: A class for the table.
    """
    first = len(heads) - figures
    head = "".join(
        f'<th scope="col"{_figure(n >= first)}>{words}</th>' for n, words in enumerate(heads)
    )
    body = []
    for nth, row in enumerate(rows):
        styled = looks[nth] if nth < len(looks) else ""
        opened = f'<tr class="{styled}">' if styled else "<tr>"
        cells = [f'<th scope="row">{row[0]}</th>']
        cells += [
            f"<td{_figure(n >= first)}>{words}</td>" for n, words in enumerate(row[1:], start=1)
        ]
        body.append(opened + "".join(cells) + "</tr>")
    opened = f'<table class="{look}">' if look else "<table>"
    return (
        f'<div class="scroll">{opened}<caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def _figure(is_figure: bool) -> str:  # noqa: FBT001 - one of two looks
    return ' class="n"' if is_figure else ""


def folded(summary: str, inside: str, *, is_open: bool = False) -> str:
    """What can be folded away; needs no script. What is folded is not printed."""
    how = " open" if is_open else ""
    return f"<details{how}><summary>{summary}</summary>{inside}</details>"


def listed(items: Iterable[str], look: str = "") -> str:
    """A list."""
    made = "".join(f"<li>{item}</li>" for item in items)
    return f'<ul class="{look}">{made}</ul>' if look else f"<ul>{made}</ul>"


def both(wide: str, narrow: str) -> str:
    """A picture for wide screens and paper, and one for narrow screens."""
    return f'<div class="wide">{wide}</div><div class="narrow">{narrow}</div>'
