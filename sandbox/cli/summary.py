"""Markdown for pull requests: a table of what was run, and what did not hold, folded.

Names, texts and paths come from files that anybody may have written. They stand inside `<code>` or
`<pre>`, and every character that Markdown or HTML would act on is written as its number: no link,
no mention, no table cell more than there should be.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from sandbox.app.judged import Case, Judged, NotRun, Told, explained
from sandbox.app.run import Verdict
from sandbox.report.definitions import PAID_UNKNOWINGLY
from sandbox.report.plain import plain

FAILED_SHOWN: Final = 50
"""Of so many cases that do not hold it is told why; a comment on GitHub has 65 536 characters."""

_ACTING: Final = re.compile(r"""[!"#$&'()*:<>?@\[\\\]^_`{|}~]|www""", re.IGNORECASE)
"""What Markdown, HTML, or a site's own extensions may act on."""
_ACTING_IN_PRE: Final = re.compile(r"[&<>@]")
_HEADS: Final = ("scenario", "seed", "verdict", "delivered, known", "delivered, true", "cost",
                 "paid for twice", PAID_UNKNOWINGLY, "got it twice")  # fmt: skip
_FIGURES: Final = _HEADS[3:]


def summary_text(told: Sequence[Told]) -> str:
    """The whole summary, ending in an empty line, so that another may follow it.

    Args:
        told: What there is to tell, in the order it was run.
    """
    passed = sum(each.verdict is Verdict.PASSED for each in told)
    runs = "run" if len(told) == 1 else "runs"
    lines = [f"### Fallback Sandbox: {passed:,} of {len(told):,} {runs} passed", ""]
    lines += [f"| {' | '.join(_HEADS)} |", f"|---|---:|---|{'---:|' * len(_FIGURES)}"]
    lines += [_row(each) for each in told]
    lines.append("")
    lines += _failures(told)
    return "\n".join([*lines, ""])


def _row(told: Told) -> str:
    if isinstance(told, NotRun):
        seed = "" if told.seed is None else f"{told.seed}"
        cells = [code(told.file), seed, f"**{told.verdict}**", *("" for _ in _FIGURES)]
    else:
        verdict = told.verdict.value
        cells = [
            code(told.scenario),
            f"{told.seed}",
            verdict if told.verdict is Verdict.PASSED else f"**{verdict}**",
            *(_escaped(told.figure(label)) for label in _FIGURES),
        ]
    return f"| {' | '.join(cells)} |"


def _failures(told: Sequence[Told]) -> Iterator[str]:
    left = FAILED_SHOWN
    untold = 0
    for each in told:
        if isinstance(each, NotRun):
            title = f"{code(each.file)} {each.verdict}"
            yield from _folded(f"{title}: {code(each.text.partition(chr(10))[0])}", each.text)
            continue
        for case in each.failed:
            if left:
                left -= 1
                yield from _failure(case, each)
            else:
                untold += 1
    if untold:
        yield f"and {untold:,} more that did not hold"
        yield ""


def _failure(case: Case, judged: Judged) -> Iterator[str]:
    first = "" if case.message is None else f", first <code>m{case.message}</code>"
    title = f"{code(judged.scenario)} seed {judged.seed}: {code(case.name)}"
    title += f" saw {code(case.seen)}{first}"
    yield from _folded(title, "\n".join(explained(case, judged.again)))


def _folded(title: str, text: str) -> Iterator[str]:
    yield f"<details><summary>{title}</summary>"
    yield ""
    yield f"<pre>{_ACTING_IN_PRE.sub(_numbered, text)}</pre>"
    yield ""
    yield "</details>"
    yield ""


def code(text: str) -> str:
    """Text from outside, shown as it stands."""
    return f"<code>{_escaped(text)}</code>"


def _escaped(text: str) -> str:
    return _ACTING.sub(_numbered, plain(text))


def _numbered(found: re.Match[str]) -> str:
    return "".join(f"&#{ord(char)};" for char in found.group())
