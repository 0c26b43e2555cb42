"""What build servers ask of a JUnit file, checked with nothing but an XML parser.

The rules are those of the schema that Jenkins' xUnit plugin publishes as `junit-10.xsd`: which
element may stand in which, and which attributes each must and may have.
"""

import re
from typing import Final
from xml.etree.ElementTree import Element, fromstring

_RESULT: Final = ("skipped", "error", "failure", "system-out", "system-err")
_CHILDREN: Final[dict[str, tuple[str, ...]]] = {
    "testsuites": ("testsuite",),
    "testsuite": ("testsuite", "properties", "testcase", "system-out", "system-err"),
    "properties": ("property",),
    "property": (),
    "testcase": _RESULT,
    **dict.fromkeys(_RESULT, ()),
}
_MUST: Final[dict[str, set[str]]] = {
    "testsuite": {"name", "tests", "failures", "errors"},
    "property": {"name", "value"},
    "testcase": {"name"},
}
_MAY: Final[dict[str, set[str]]] = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file",
                  "log", "url"},
    "testcase": {"time", "classname", "group"},
    "skipped": {"type", "message"},
    "error": {"type", "message"},
    "failure": {"type", "message"},
}  # fmt: skip
_TEXT: Final = {"error", "failure", "skipped", "system-out", "system-err"}


def breaches(text: str) -> list[str]:
    """What a JUnit file does that it may not, sums that are not the sums of their parts included.

    Raises:
        ParseError: it is no XML.
    """
    top = fromstring(text.encode())  # noqa: S314 - what is read was written a moment ago
    found = [] if top.tag == "testsuites" else [f"the top is {top.tag}"]
    found += _element(top)
    for name in ("tests", "failures", "errors"):
        total = sum(int(suite.get(name, "0")) for suite in top)
        if top.get(name) != str(total):
            found.append(f"{name} of all: {top.get(name)}, but {total} in the suites")
    return found


def _element(element: Element) -> list[str]:
    tag = element.tag
    must = _MUST.get(tag, set())
    attributes = set(element.attrib)
    found = [f"{tag} without {name}" for name in sorted(must - attributes)]
    found += [f"{tag} with {name}" for name in sorted(attributes - must - _MAY.get(tag, set()))]
    if (element.text or "").strip() and tag not in _TEXT:
        found.append(f"text in {tag}")
    time = element.get("time")
    if time is not None and not re.fullmatch(r"[0-9]*(\.[0-9]*)?", time):
        found.append(f"{tag} took {time}")
    if tag == "testsuite":
        found += _sums(element)
    for child in element:
        found += [] if child.tag in _CHILDREN[tag] else [f"{child.tag} in {tag}"]
        found += _element(child)
    return found


def _sums(suite: Element) -> list[str]:
    counted = {
        "tests": len(suite.findall("testcase")),
        "failures": len(suite.findall("testcase/failure")),
        "errors": len(suite.findall("testcase/error")),
    }
    return [
        f"{name}: {suite.get(name)} said, {count} counted"
        for name, count in counted.items()
        if suite.get(name) != str(count)
    ]
