"""What may stand in a scenario file, described once.

A shape is a piece of the format: a map with certain keys, a list of something, a duration. From
one description come the reader, the short forms and defaults, and the JSON Schema that editors use,
so they cannot differ. This file has the shapes that hold others; `leaves` and `mixtures` have the
rest, and the other files of this folder put them together.

    expand     short forms become long ones: `[sms, viber]` for a cascade, `sms` for a level
    complete   keys that are not written get their defaults
    parse      the tree becomes values; what is wrong goes to the problems, and BAD stands for it
    schema     the same as JSON Schema

`parse` expects what `expand` and `complete` have been over. A broken key with a default reads as
that default, so that one mistake does not hide the next.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, TypeVar

from sandbox.scenario.codes import Code
from sandbox.scenario.nodes import (
    Data,
    ListNode,
    MapNode,
    Node,
    ScalarNode,
    core_value,
    node_of,
)
from sandbox.scenario.problems import BAD, Bad, Problems, did_you_mean

S = TypeVar("S")
T = TypeVar("T")

JsonSchema = dict[str, Any]
Definitions = dict[str, JsonSchema]
"""Schemas that are referred to by name, filled while a schema is made."""

NAME: Final = r"[^\x00-,./:-@\[-^`{-\x9f\s]{1,64}"
"""A name given in the file: no space, no punctuation but `-` and `_`, which paths need."""


class Shape(Generic[T]):
    """A piece of the format whose values are of type T."""

    what = "a value"
    """What it is called where something else was found."""

    def parse(self, node: Node, problems: Problems) -> T | Bad:
        """Read a node."""
        raise NotImplementedError

    def schema(self, definitions: Definitions) -> JsonSchema:
        """The same as JSON Schema."""
        raise NotImplementedError

    def expand(self, node: Node) -> Node:
        """Write short forms out."""
        return node

    def complete(self, node: Node) -> Node:
        """Fill in what is not written."""
        return node


def found(node: Node) -> str:
    """What stands there, in words."""
    match node:
        case ListNode():
            return "a list"
        case MapNode():
            return "a map"
        case ScalarNode():
            match core_value(node):
                case None:
                    return "nothing"
                case bool():
                    return f"the word {node.text}"
                case int() | float():
                    return f"the number {node.text}"
                case _:
                    return f"the text '{node.text}'"


def wrong_type(shape_what: str, node: Node, problems: Problems, note: str = "") -> Bad:
    """Complain that something else was expected."""
    if isinstance(node, ScalarNode) and core_value(node) is None:
        return problems.add(
            node,
            Code.MISSING_VALUE,
            f"expected {shape_what}, found nothing",
            note=note or "write a value, or leave the key out",
        )
    return problems.add(
        node, Code.WRONG_TYPE, f"expected {shape_what}, found {found(node)}", note=note
    )


# Maps with known keys --------------------------------------------------------------------------

REQUIRED: Final = object()
"""Stands for the default of a key that has none and must be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a map.

    Attributes:
        field: What `Struct.into` calls it.
        doc: One line on what it means; the editor shows it.
        default: Plain data as one would write it; None: nothing is filled in.
    """

    name: str
    shape: Shape[Any]
    doc: str
    field: str
    default: Data = None


def key(name: str, shape: Shape[Any], doc: str, *, default: Data = None, field: str = "") -> Key:
    """Describe a key; the field is named like it unless said otherwise."""
    return Key(name=name, shape=shape, doc=doc, default=default, field=field or name)


class Struct(Shape[T]):
    """A map with known keys; any other key is an error."""

    what = "a map"

    def __init__(
        self,
        name: str,
        doc: str,
        into: Callable[..., T],
        keys: Sequence[Key],
        *,
        later: Iterable[str] = (),
        short: str = "",
        short_is: type[ScalarNode | ListNode] = ScalarNode,
        is_partial: bool = False,
        is_lenient: bool = False,
    ) -> None:
        """Describe a map.

        Args:
            name: What the schema calls it.
            doc: One line on what it is.
            into: Makes the value; gets a keyword for each key, and `node` where it has that name.
            keys: The keys, in the order in which they are best written.
            later: Keys of later versions, refused by name.
            short: The key that something shorter stands for.
            short_is: What that something is: a scalar or a list.
            is_partial: What is missing may come from a base, so the schema asks for nothing.
            is_lenient: What is missing or broken reads as None.
        """
        self.name = name
        self.doc = doc
        self._into = into
        self._keys = {each.name: each for each in keys}
        self._later = tuple(later)
        self._short = short
        self._short_is = short_is
        self._is_partial = is_partial
        self._is_lenient = is_lenient
        self._keeps_node = "node" in getattr(into, "_fields", ())

    @property
    def keys(self) -> Mapping[str, Key]:
        """The keys by name."""
        return self._keys

    def parse(self, node: Node, problems: Problems) -> T | Bad:
        """Read the map; BAD when a key is missing or broken that has no default."""
        if not isinstance(node, MapNode):
            return wrong_type(self.what, node, problems, self._example())
        values: dict[str, Any] = {each.field: None for each in self._keys.values()}
        is_whole = True
        for key_node, item in node:
            known = self._keys.get(key_node.text)
            if known is None:
                self._unknown(key_node, problems)
                continue
            value = known.shape.parse(item, problems)
            if value is BAD:
                has_default = known.default is not None and known.default is not REQUIRED
                is_whole = is_whole and has_default
                value = self._default(known, item) if has_default else None
            values[known.field] = value
        is_of_later = any(key_node.text in self._later for key_node, _ in node)
        for known in self._keys.values():
            if known.default is REQUIRED and node.key(known.name) is None:
                is_whole = False
                if not is_of_later:
                    self._missing(known, node, problems)
        if not (is_whole or self._is_lenient):
            return BAD
        return self._into(node=node, **values) if self._keeps_node else self._into(**values)

    @staticmethod
    def _default(known: Key, item: Node) -> Any:  # noqa: ANN401 - of the key's own type
        default = known.shape.complete(known.shape.expand(node_of(known.default, item.mark)))
        return known.shape.parse(default, Problems())

    def _example(self) -> str:
        return f"keys are {', '.join(list(self._keys)[:4])} …" if self._keys else ""

    def _unknown(self, key_node: ScalarNode, problems: Problems) -> None:
        if key_node.text in self._later:
            problems.add(
                key_node,
                Code.NOT_BUILT,
                f"'{key_node.text}' is not built yet",
                note="leave it out",
            )
            return
        problems.add(
            key_node,
            Code.UNKNOWN_KEY,
            f"unknown key '{key_node.text}'",
            note=did_you_mean(key_node.text, (*self._keys, *self._later)) or "leave it out",
            help_text=f"keys here: {', '.join(self._keys)}",
        )

    def _missing(self, known: Key, node: MapNode, problems: Problems) -> None:
        problems.add(
            node,
            Code.MISSING_KEY,
            f"'{known.name}' is missing",
            note=f"add {known.name}:",
            help_text=f"{known.name}: {known.doc}",
        )

    def expand(self, node: Node) -> Node:
        """Write the short form out, here and below."""
        if self._short and isinstance(node, self._short_is) and not _is_null(node):
            node = MapNode(((ScalarNode(self._short, node.mark), node),), node.mark)
        return self._each(node, lambda shape, item: shape.expand(item))

    def complete(self, node: Node) -> Node:
        """Fill in defaults, here and below; keys come in the order of the description."""
        if not isinstance(node, MapNode):
            return node
        entries = []
        for known in self._keys.values():
            item = node.get(known.name)
            name = node.key(known.name) or ScalarNode(known.name, node.mark)
            if item is None:
                if known.default is None or known.default is REQUIRED:
                    continue
                item = known.shape.expand(node_of(known.default, node.mark))
            entries.append((name, item))
        entries += [entry for entry in node if entry[0].text not in self._keys]
        node = replace(node, entries=tuple(entries))
        return self._each(node, lambda shape, item: shape.complete(item))

    def _each(self, node: Node, change: Callable[[Shape[Any], Node], Node]) -> Node:
        if not isinstance(node, MapNode):
            return node
        keys = self._keys
        return node.mapped(lambda n, item: change(keys[n].shape, item) if n in keys else item)

    def schema(self, definitions: Definitions) -> JsonSchema:
        """A reference to the definition of this name."""
        if self.name not in definitions:
            definitions[self.name] = {}  # its place in the order
            definitions[self.name] = self._definition(definitions)
        return {"$ref": f"#/$defs/{self.name}"}

    def _definition(self, definitions: Definitions) -> JsonSchema:
        properties = {}
        for known in self._keys.values():
            described = {**known.shape.schema(definitions), "description": known.doc}
            if known.default is not None and known.default is not REQUIRED:
                described["default"] = known.default
            properties[known.name] = described
        long_form: JsonSchema = {
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
        }
        required = [each.name for each in self._keys.values() if each.default is REQUIRED]
        if required and not self._is_partial:
            long_form["required"] = required
        if not self._short:
            return {"description": self.doc, **long_form}
        short_form = self._keys[self._short].shape.schema(definitions)
        return {"description": self.doc, "anyOf": [short_form, long_form]}


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and core_value(node) is None


class Tagged(Shape[T]):
    """A map of one of several kinds; the kind is the one key that only it has."""

    what = "a map"

    def __init__(
        self, doc: str, kinds: Mapping[str, Struct[T]], *, later: Iterable[str] = ()
    ) -> None:
        self._doc = doc
        self._kinds = dict(kinds)
        self._later = tuple(later)

    def _kind(self, node: MapNode) -> "Struct[T] | None":
        tags = [k.text for k, _ in node if k.text in self._kinds]
        return self._kinds[tags[0]] if len(tags) == 1 else None

    def parse(self, node: Node, problems: Problems) -> T | Bad:
        """Read the map as the kind its tag names."""
        if not isinstance(node, MapNode):
            return wrong_type(self.what, node, problems, f"one of {', '.join(self._kinds)}")
        kind = self._kind(node)
        if kind is not None:
            return kind.parse(node, problems)
        tags = [key_node for key_node, _ in node if key_node.text in self._kinds]
        if tags:
            first, second = tags[0], tags[1]
            text = f"'{first.text}' and '{second.text}' exclude each other"
            return problems.add(second, Code.ONE_OF, text, note="make two entries of it")
        for key_node, _ in node:
            if key_node.text in self._later:
                text = f"'{key_node.text}' is not built yet"
                return problems.add(key_node, Code.NOT_BUILT, text, note="leave it out")
        text = f"expected one of {', '.join(self._kinds)}"
        notes = (did_you_mean(key_node.text, self._kinds) for key_node, _ in node)
        return problems.add(node, Code.ONE_OF, text, note=next(filter(None, notes), ""))

    def expand(self, node: Node) -> Node:
        """Write short forms out below."""
        kind = self._kind(node) if isinstance(node, MapNode) else None
        return kind.expand(node) if kind else node

    def complete(self, node: Node) -> Node:
        """Fill in defaults below."""
        kind = self._kind(node) if isinstance(node, MapNode) else None
        return kind.complete(node) if kind else node

    def schema(self, definitions: Definitions) -> JsonSchema:
        """Exactly one of the kinds."""
        kinds = [kind.schema(definitions) for kind in self._kinds.values()]
        return {"description": self._doc, "oneOf": kinds}


# Lists, and maps with names from the file ------------------------------------------------------


_MANY: Final = 100_000


class ListOf(Shape[tuple[T, ...]]):
    """A list of things of one shape."""

    what = "a list"

    def __init__(
        self, item: Shape[T], *, least: int = 0, most: int = _MANY, or_one: bool = False
    ) -> None:
        """Describe a list.

        Args:
            item: The shape of each.
            least: How few there may be.
            most: How many there may be.
            or_one: A single one may be written without the brackets.
        """
        self._item = item
        self._least = least
        self._most = most
        self._or_one = or_one

    def parse(self, node: Node, problems: Problems) -> tuple[T, ...] | Bad:
        """Read the list, without its broken things; BAD when all of them are."""
        if not isinstance(node, ListNode):
            return wrong_type(
                self.what, node, problems, "write [ … ], or lines beginning with '- '"
            )
        size = len(node.items)
        if size < self._least:
            text = f"expected at least {self._least}, found {size or 'none'}"
            return problems.add(node, Code.TOO_FEW, text)
        if size > self._most:
            text = f"expected at most {self._most}, found {size}"
            return problems.add(node.items[self._most], Code.TOO_MANY, text)
        parsed = [self._item.parse(item, problems) for item in node.items]
        whole = tuple(value for value in parsed if value is not BAD)
        return BAD if parsed and not whole else whole

    def expand(self, node: Node) -> Node:
        """Write short forms out, here and below."""
        if self._or_one and not isinstance(node, ListNode) and not _is_null(node):
            node = ListNode((node,), node.mark)
        return self._each(node, self._item.expand)

    def complete(self, node: Node) -> Node:
        """Fill in defaults below."""
        return self._each(node, self._item.complete)

    @staticmethod
    def _each(node: Node, change: Callable[[Node], Node]) -> Node:
        if not isinstance(node, ListNode):
            return node
        return replace(node, items=tuple(change(item) for item in node.items))

    def schema(self, definitions: Definitions) -> JsonSchema:
        """An array, or one of its items where that is allowed."""
        items = self._item.schema(definitions)
        array: JsonSchema = {"type": "array", "items": items}
        if self._least:
            array["minItems"] = self._least
        if self._most < _MANY:
            array["maxItems"] = self._most
        return {"anyOf": [items, array]} if self._or_one else array


class MapOf(Shape[tuple[tuple[ScalarNode, T], ...]]):
    """A map whose keys are names from the file, or words of a kind; values are of one shape."""

    what = "a map"

    def __init__(
        self,
        item: Shape[T],
        *,
        names: Shape[str] | None = None,
        least: int = 0,
        most: int = 10_000,
    ) -> None:
        self._item = item
        self._names = names or Name()
        self._least = least
        self._most = most

    def parse(self, node: Node, problems: Problems) -> tuple[tuple[ScalarNode, T], ...] | Bad:
        """Read the map, without its broken entries; BAD when all of them are."""
        if not isinstance(node, MapNode):
            return wrong_type(self.what, node, problems, "write {name: …} or lines with name: …")
        size = len(node.entries)
        if size < self._least:
            return problems.add(node, Code.TOO_FEW, "expected at least one entry, found none")
        if size > self._most:
            text = f"expected at most {self._most}, found {size}"
            return problems.add(node.entries[self._most][0], Code.TOO_MANY, text)
        whole = []
        for key_node, item in node:
            name = self._names.parse(key_node, problems)
            value = self._item.parse(item, problems)
            if name is not BAD and value is not BAD:
                whole.append((key_node, value))
        return BAD if node.entries and not whole else tuple(whole)

    def expand(self, node: Node) -> Node:
        """Write short forms out below."""
        return self._each(node, self._item.expand)

    def complete(self, node: Node) -> Node:
        """Fill in defaults below."""
        return self._each(node, self._item.complete)

    @staticmethod
    def _each(node: Node, change: Callable[[Node], Node]) -> Node:
        return node.mapped(lambda _, item: change(item)) if isinstance(node, MapNode) else node

    def schema(self, definitions: Definitions) -> JsonSchema:
        """An object with named properties of one kind."""
        schema: JsonSchema = {
            "type": "object",
            "propertyNames": self._names.schema(definitions),
            "additionalProperties": self._item.schema(definitions),
        }
        if self._least:
            schema["minProperties"] = self._least
        return schema


class Name(Shape[str]):
    """A name given in the file, such as a provider's; a key is a name whatever its quotes."""

    what = "a name"

    def parse(self, node: Node, problems: Problems) -> str | Bad:
        """Read a key."""
        if isinstance(node, ScalarNode) and re.fullmatch(NAME, node.text):
            return node.text
        return problems.add(
            node,
            Code.BAD_NAME,
            "a name is 1 to 64 letters, digits, - or _",
            note="choose another name",
        )

    def schema(self, definitions: Definitions) -> JsonSchema:
        """A string of that kind."""
        return {"type": "string", "pattern": f"^{NAME}$"}


# Either or -------------------------------------------------------------------------------------


class OrWord(Shape[T]):
    """A shape, or a word that stands for a value of its own."""

    def __init__(self, shape: Shape[T], words: Mapping[str, T]) -> None:
        self._shape = shape
        self._words = dict(words)
        self.what = f"{shape.what} or {' or '.join(self._words)}"

    def parse(self, node: Node, problems: Problems) -> T | Bad:
        """Read the word, or the shape."""
        if isinstance(node, ScalarNode) and node.text in self._words:
            return self._words[node.text]
        return self._shape.parse(node, problems)

    def expand(self, node: Node) -> Node:
        """Write short forms out below."""
        return node if self._is_word(node) else self._shape.expand(node)

    def complete(self, node: Node) -> Node:
        """Fill in defaults below."""
        return node if self._is_word(node) else self._shape.complete(node)

    def _is_word(self, node: Node) -> bool:
        return isinstance(node, ScalarNode) and node.text in self._words

    def schema(self, definitions: Definitions) -> JsonSchema:
        """One of the words, or the shape."""
        return {"anyOf": [{"enum": list(self._words)}, self._shape.schema(definitions)]}


class OrScalar(Shape[T]):
    """A map, or a scalar that is kept as it is written: not a short form, so nothing is added."""

    def __init__(self, shape: Struct[T], scalar: Shape[T]) -> None:
        self._shape = shape
        self._scalar = scalar
        self.what = scalar.what

    def parse(self, node: Node, problems: Problems) -> T | Bad:
        """Read the map, or the scalar."""
        return self._of(node).parse(node, problems)

    def expand(self, node: Node) -> Node:
        """Write short forms out below."""
        return self._of(node).expand(node)

    def complete(self, node: Node) -> Node:
        """Fill in defaults below."""
        return self._of(node).complete(node)

    def _of(self, node: Node) -> Shape[T]:
        return self._shape if isinstance(node, MapNode) else self._scalar

    def schema(self, definitions: Definitions) -> JsonSchema:
        """Either of them."""
        return {"anyOf": [self._scalar.schema(definitions), self._shape.schema(definitions)]}


class Made(Shape[T]):
    """A value made of that of another shape, with a last look at it."""

    def __init__(
        self,
        shape: Shape[S],
        make: Callable[[S, Node, Problems], T | Bad],
        *,
        doc: str = "",
    ) -> None:
        self.what = shape.what
        self._shape: Shape[Any] = shape
        self._make: Callable[[Any, Node, Problems], T | Bad] = make
        self._doc = doc

    def parse(self, node: Node, problems: Problems) -> T | Bad:
        """Read the shape, then make the value."""
        value = self._shape.parse(node, problems)
        return BAD if value is BAD else self._make(value, node, problems)

    def expand(self, node: Node) -> Node:
        """Write short forms out."""
        return self._shape.expand(node)

    def complete(self, node: Node) -> Node:
        """Fill in defaults."""
        return self._shape.complete(node)

    def schema(self, definitions: Definitions) -> JsonSchema:
        """What it is made of."""
        schema = self._shape.schema(definitions)
        return {**schema, "description": self._doc} if self._doc else schema
