"""JUnit XML: one suite per scenario and seed, one case per thing that holds or does not.

The form is what build servers read: Jenkins' schema, of which GitLab and others take what they
need. Texts have come through `plain`; what XML 1.0 cannot hold even so is escaped here.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from sandbox.app.judged import Case, Judged, NotRun, Told, explained

_NOT_XML: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What is no character of XML 1.0, and the carriage return, which a reader would turn around."""


_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_IN_ATTRIBUTES: Final = str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})


def junit_text(told: Sequence[Told]) -> str:
    """The whole file.

    Args:
        told: What there is to tell, in the order it was run.
    """
    head = _tag(
        "testsuites",
        name="sandbox",
        tests=sum(_case_count(each) for each in told),
        failures=sum(_failure_count(each) for each in told),
        errors=sum(isinstance(each, NotRun) for each in told),
        time=f"{sum(each.wall_s for each in told if isinstance(each, Judged)):.3f}",
    )
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"{head}>"]
    for each in told:
        lines += _broken_suite(each) if isinstance(each, NotRun) else _suite(each)
    return "\n".join([*lines, "</testsuites>", ""])


def _case_count(told: Told) -> int:
    return 1 if isinstance(told, NotRun) else len(told.cases)


def _failure_count(told: Told) -> int:
    return 0 if isinstance(told, NotRun) else len(told.failed)


def _suite(judged: Judged) -> Iterator[str]:
    name = f"{judged.scenario}.seed-{judged.seed}"
    head = _tag(
        "testsuite",
        name=name,
        tests=_case_count(judged),
        failures=_failure_count(judged),
        errors=0,
        skipped=0,
        time=f"{judged.wall_s:.3f}",
        file=judged.again.file,
    )
    yield f"  {head}>"
    yield "    <properties>"
    for key, value in _properties(judged).items():
        yield f"      {_tag('property', name=key, value=value)}/>"
    yield "    </properties>"
    for case in judged.cases:
        yield from _case(case, judged, name)
    yield "  </testsuite>"


def _properties(judged: Judged) -> dict[str, object]:
    counts = {f"messages.{word}": count for word, count in judged.counts.items()}
    figures = {label: judged.figure(label) for label in judged.figures}
    stored = {} if judged.again.run is None else {"run": judged.again.run}
    return {
        "seed": judged.seed,
        "digest": judged.digest,
        "rules_version": judged.rules_version,
        "verdict": judged.verdict.value,
        "replay": judged.again.command,
        **stored,
        **counts,
        **figures,
    }


def _case(case: Case, judged: Judged, suite: str) -> Iterator[str]:
    head = _tag("testcase", classname=f"{suite}.{case.group}", name=case.name)
    yield f"    {head}>"
    if case.holds:
        yield f"      <system-out>{_content(f'saw {case.seen}')}</system-out>"
    else:
        failure = _tag("failure", type=case.group.value, message=f"saw {case.seen}")
        text = "\n".join(explained(case, judged.again))
        yield f"      {failure}>{_content(text)}</failure>"
    yield "    </testcase>"


def _broken_suite(told: NotRun) -> Iterator[str]:
    """A suite of one case, for what could not be run."""
    seed = "" if told.seed is None else f".seed-{told.seed}"
    name = f"{told.file}{seed}"
    head = _tag("testsuite", name=name, tests=1, failures=0, errors=1, skipped=0, file=told.file)
    yield f"  {head}>"
    yield f"    {_tag('testcase', classname=name, name=told.verdict.value)}>"
    first = told.text.partition("\n")[0]
    yield f"      {_tag('error', type=told.code, message=first)}>{_content(told.text)}</error>"
    yield "    </testcase>"
    yield "  </testsuite>"


def _tag(element: str, /, **attributes: object) -> str:
    """An opening tag without its end."""
    written = [
        f'{key}="{_content(str(value)).translate(_IN_ATTRIBUTES)}"'
        for key, value in attributes.items()
    ]
    return " ".join([f"<{element}", *written])


def _content(text: str) -> str:
    fit = _NOT_XML.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
    return fit.translate(_ESCAPES)
