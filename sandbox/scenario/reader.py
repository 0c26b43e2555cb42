"""YAML 1.2 in, a tree with positions out; hostile files are refused at once.

Size, nesting and number of nodes are bounded on the parser's event stream, before a tree is made of
it: what an alias stands for is counted each time it is used, so a few lines that unfold into a
billion nodes are refused at the ten thousandth. Nothing is constructed: no tags, no types, no code.

The parser behind it (libyaml, or its Python twin) speaks YAML 1.1. What 1.1 does differently is
taken out here: scalars keep their text, merge keys and tags are refused, and so are the three
characters that break lines in 1.1 only.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple, NoReturn

import yaml

from sandbox.scenario.codes import Code
from sandbox.scenario.nodes import LINE_BREAK, ListNode, MapNode, Mark, Node, ScalarNode, Source
from sandbox.scenario.problems import Problems

SIZE_MAX: Final = 1 << 20
"""Bytes of a file."""
DEPTH_MAX: Final = 64
"""Levels of nesting."""
NODES_MAX: Final = 10_000
"""Scalars, lists and maps, after aliases are replaced by what they stand for."""

_BOM: Final = "\ufeff"
_NOT_ALLOWED: Final = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]"
"""Not printable in YAML 1.2, or a line break in YAML 1.1 only (U+0085, U+2028, U+2029)."""
_NOT_ALLOWED_ASCII: Final = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
"""The same for most files; the other takes a millisecond just to be compiled."""

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def decoded(raw: bytes, name: str, problems: Problems) -> str:
    """The text of a file.

    Raises:
        ScenarioError: it is too big, or not UTF-8.
    """
    mark = Mark(Source(name, ""), 1, 1)
    if len(raw) > SIZE_MAX:
        problems.stop(mark, Code.FILE_TOO_BIG, f"the file is larger than {SIZE_MAX // 1024} KiB")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8")
        lines = LINE_BREAK.split(before)
        mark = Mark(Source(name, before), len(lines), len(lines[-1]) + 1)
        problems.stop(
            mark,
            Code.NOT_UTF8,
            f"the byte 0x{raw[error.start]:02x} is not UTF-8",
            note="save the file as UTF-8",
        )


def read(source: Source, text: str, problems: Problems, room: int = 1) -> Node:
    """Read the one document of a scenario file.

    Args:
        source: What positions point into; made of the same text.
        text: The text, without its byte order mark.
        problems: Takes duplicate keys and the like, after which reading goes on.
        room: How many times the bounds of a person's file the text may have.

    Raises:
        ScenarioError: it is no YAML, or beyond a limit.
    """
    if len(text.encode("utf-8", "surrogatepass")) > SIZE_MAX * room:
        mark = Mark(source, 1, 1)
        problems.stop(mark, Code.FILE_TOO_BIG, f"the text is larger than {SIZE_MAX // 1024} KiB")
    _check_characters(source, text, problems)
    composer = _Composer(source, text, problems, NODES_MAX * room)
    try:
        return composer.document()
    except yaml.YAMLError as error:
        _explain(error, composer)


def read_documents(source: Source, text: str, *, most: int) -> list[Node]:
    """Read the first documents of one of our own files, and not a line more."""
    composer = _Composer(source, text, Problems(), NODES_MAX)
    documents = [composer.first()]
    while len(documents) < most:
        documents.append(composer.following())
    return documents


def without_bom(text: str) -> str:
    """The text without the byte order mark some editors put first."""
    return text.removeprefix(_BOM)


def misplaced_character(text: str) -> re.Match[str] | None:
    """The first character that no file may hold, if there is one."""
    return re.search(_NOT_ALLOWED_ASCII if text.isascii() else _NOT_ALLOWED, text)


def _check_characters(source: Source, text: str, problems: Problems) -> None:
    found = misplaced_character(text)
    if found is None:
        return
    lines = LINE_BREAK.split(text[: found.start()])
    mark = _mark(source, len(lines), len(lines[-1]) + 1, 1)
    point = ord(found.group())
    problems.stop(
        mark,
        Code.BAD_CHARACTER,
        f"the character U+{point:04X} may not stand in a YAML file",
        note=f'inside "double quotes" write \\{_escaped(point)}',
    )


def _escaped(point: int) -> str:
    return f"x{point:02x}" if point <= 0xFF else f"u{point:04x}"


def _mark(source: Source, line: int, column: int, width: int) -> Mark:
    """A mark in the text as shown, where the first line may have a prefix."""
    return Mark(source, line, column + (len(source.prefix) if line == 1 else 0), width)


class _Composer:
    """Makes a tree of events, counting as it goes."""

    def __init__(self, source: Source, text: str, problems: Problems, nodes_max: int) -> None:
        self.source = source
        self._nodes_max = nodes_max
        self.problems = problems
        self._lines = LINE_BREAK.split(text)
        self._events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self._path: list[str] = []
        """The keys and positions that lead to what is being read."""
        self._anchors: dict[str, tuple[Node, int, int]] = {}
        """Name -> (what it stands for, nodes in it, levels of nesting in it)."""
        self._open_anchors: set[str] = set()
        self._count = 0
        self._deepest = 0

    @property
    def place(self) -> str:
        """What is being read, in words."""
        return "".join(self._path).removeprefix(".")

    def document(self) -> Node:
        """The only document there is."""
        node = self.first()
        next(self._events)  # the end of the document
        event = next(self._events)
        if isinstance(event, yaml.DocumentStartEvent):
            self._stop(
                event,
                Code.YAML_SEVERAL_DOCUMENTS,
                "a second document begins here",
                "one file holds one scenario",
            )
        return node

    def first(self) -> Node:
        """The first document."""
        next(self._events)
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            self.problems.stop(
                Mark(self.source, 1, 1),
                Code.EMPTY_FILE,
                "there is nothing in here",
                note="begin with schema: 1",
            )
        if event.version not in {None, (1, 2)}:
            self._stop(event, Code.YAML_VERSION, "scenarios are YAML 1.2", "leave it out")
        return self._node(next(self._events), 1)

    def following(self) -> Node:
        """The document after it, which is known to be there."""
        next(self._events)
        next(self._events)
        return self._node(next(self._events), 1)

    def mark(self, event: Any) -> Mark:
        """Where an event begins, and how much of that line it takes."""
        start, end = event.start_mark, event.end_mark
        return self.mark_at(start.line, start.column, end.line, end.column)

    def mark_at(self, line: int, column: int, end_line: int, end_column: int) -> Mark:
        """A mark from the parser's own counting, which begins at 0."""
        if end_line != line:
            end_column = len(self._lines[line]) if line < len(self._lines) else column
        return _mark(self.source, line + 1, column + 1, max(end_column - column, 1))

    # Nodes -----------------------------------------------------------------------------------

    def _node(self, event: Any, depth: int) -> Node:
        self._count += 1
        self._check_limits(event, depth)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        anchor = event.anchor
        count, deepest = self._count, self._deepest
        self._deepest = depth
        if anchor is not None:
            self._open_anchors.add(anchor)
        node = self._content(event, depth)
        if anchor is not None:
            self._open_anchors.discard(anchor)
            nodes, levels = self._count - count + 1, self._deepest - depth + 1
            self._anchors[anchor] = (node, nodes, levels)
        self._deepest = max(deepest, self._deepest)
        return node

    def _content(self, event: Any, depth: int) -> Node:
        mark = self.mark(event)
        if event.tag is not None:
            text = f"the tag {event.tag} is not allowed here"
            self._complain(mark, Code.YAML_TAG, text, "leave it out")
        if isinstance(event, yaml.ScalarEvent):
            return ScalarNode(event.value, mark, plain=not event.style)
        begins = Mark(mark.source, mark.line, mark.column)
        if isinstance(event, yaml.SequenceStartEvent):
            return ListNode(self._items(depth), begins)
        return MapNode(self._entries(depth), begins)

    def _items(self, depth: int) -> tuple[Node, ...]:
        items: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            self._path.append(f"[{len(items)}]")
            items.append(self._node(event, depth + 1))
            self._path.pop()
        return tuple(items)

    def _entries(self, depth: int) -> tuple[tuple[ScalarNode, Node], ...]:
        entries: dict[str, tuple[ScalarNode, Node]] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            self._path.append(f".{key.text if isinstance(key, ScalarNode) else '?'}")
            value = self._node(next(self._events), depth + 1)
            self._path.pop()
            self._put(entries, key, value)
        return tuple(entries.values())

    def _put(self, entries: dict[str, tuple[ScalarNode, Node]], key: Node, value: Node) -> None:
        if not isinstance(key, ScalarNode):
            self._complain(key.mark, Code.YAML_KEY, "a key is text, not a list or a map")
        elif key.plain and key.text == "<<":
            text = "merge keys are not part of YAML 1.2"
            self._complain(key.mark, Code.YAML_MERGE_KEY, text, "write the keys out, or use base:")
        elif key.text in entries:
            line = entries[key.text][0].mark.line
            text = f"'{key.text}' stands here twice, first in line {line}"
            self._complain(key.mark, Code.DUPLICATE_KEY, text, "keep one of them")
        else:
            entries[key.text] = (key, value)

    def _alias(self, event: Any, depth: int) -> Node:
        name = event.anchor
        if name in self._open_anchors:
            self._stop(event, Code.YAML_ALIAS, f"*{name} would hold itself")
        if name not in self._anchors:
            note = f"no &{name} comes before it"
            self._stop(event, Code.YAML_ALIAS, f"*{name} stands for nothing", note)
        node, count, levels = self._anchors[name]
        self._count += count - 1
        self._deepest = max(self._deepest, depth + levels - 1)
        self._check_limits(event, self._deepest)
        return node

    # Complaints ------------------------------------------------------------------------------

    def _check_limits(self, event: Any, depth: int) -> None:
        if depth > DEPTH_MAX:
            self._stop(event, Code.TOO_DEEP, _TOO_DEEP)
        if self._count > self._nodes_max:
            text = f"more than {self._nodes_max} values, counting what aliases stand for"
            self._stop(event, Code.TOO_MANY_NODES, text)

    def _complain(self, mark: Mark, code: Code, text: str, note: str = "") -> None:
        self.problems.add(mark, code, text, note=note, place=self.place)

    def _stop(self, event: Any, code: Code, text: str, note: str = "") -> NoReturn:
        self.problems.stop(self.mark(event), code, text, note=note, place=self.place)


# What the parser complains about ---------------------------------------------------------------


class _Complaint(NamedTuple):
    """Words of the parser's problem, and what we say instead."""

    words: str
    text: str
    note: str
    at_context: bool = False
    """Point at where it began, not at where the parser gave up."""
    code: Code = Code.YAML_SYNTAX


_TOO_DEEP: Final = f"nested more than {DEPTH_MAX} levels deep"
_INDENTED: Final = "this line is indented unlike its neighbours"
_COMPLAINTS: Final = (
    _Complaint(
        "mapping values are not allowed",
        "a ':' where no key can stand",
        "quote the text if it holds ': '",
    ),
    _Complaint("exceeded maximum nesting depth", _TOO_DEEP, "", code=Code.TOO_DEEP),
    _Complaint("expected ',' or ']'", "this [ is not closed", "add the ]", at_context=True),
    _Complaint("expected ',' or '}'", "this { is not closed", "add the }", at_context=True),
    _Complaint(
        "unexpected end of stream",
        "this quote is not closed",
        "add the closing quote",
        at_context=True,
    ),
    _Complaint(
        "unexpected document separator",
        "this quote is not closed",
        "add the closing quote",
        at_context=True,
    ),
    _Complaint(
        "could not find expected ':'", "a key without its ':'", "write key: value", at_context=True
    ),
    _Complaint("did not find expected key", _INDENTED, "line it up with the keys above"),
    _Complaint("but found '<block mapping start>'", _INDENTED, "line it up with the keys above"),
    _Complaint(
        "did not find expected '-' indicator",
        "a list goes on with '- '",
        "line it up with the entries above",
    ),
    _Complaint(
        "unknown escape character",
        "no such escape inside double quotes",
        r"write \\ for a backslash",
    ),
    _Complaint(
        "<document start>",
        "a second document begins here",
        "one file holds one scenario",
        code=Code.YAML_SEVERAL_DOCUMENTS,
    ),
)


def _explain(error: yaml.YAMLError, composer: _Composer) -> NoReturn:
    """Say in our words what the parser said in its own.

    Raises:
        ScenarioError: always.
    """
    mark = getattr(error, "problem_mark", None)
    said = str(getattr(error, "problem", None) or error)
    text, note, code = f"not YAML: {said}", "", Code.YAML_SYNTAX
    at = Mark(composer.source, 1, 1)
    if mark is not None:
        at = composer.mark_at(mark.line, mark.column, mark.line, mark.column + 1)
        if "cannot start any token" in said:
            code, text, note = _about_character(at)
    complaint = next((each for each in _COMPLAINTS if each.words in said), None)
    if complaint is not None:
        code, text, note = complaint.code, complaint.text, complaint.note
        context = getattr(error, "context_mark", None)
        if complaint.at_context and context is not None:
            at = composer.mark_at(context.line, context.column, context.line, 0)
    composer.problems.stop(at, code, text, note=note, place=composer.place)


def _about_character(at: Mark) -> tuple[Code, str, str]:
    """Code, text and note for a character that begins nothing."""
    line = at.source.lines[at.line - 1]
    character = line[at.column - 1 : at.column]
    if character == "\t":
        return Code.YAML_TAB, "a tab where YAML wants spaces", "indent with spaces"
    text = f"no text begins with '{character}' in YAML"
    return Code.YAML_SYNTAX, text, "put it in quotes"
