"""Shapes of single values: words, texts, numbers and quantities."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any, Final, TypeVar

from sandbox.cascade.vocabulary import Channel
from sandbox.scenario import quantities
from sandbox.scenario.codes import Code
from sandbox.scenario.grammar.shapes import Definitions, JsonSchema, Made, Name, Shape, wrong_type
from sandbox.scenario.nodes import Node, ScalarNode, core_value
from sandbox.scenario.problems import BAD, Bad, Problems, did_you_mean
from sandbox.scenario.quantities import Money, QuantityError, duration_text

T = TypeVar("T")


class Words(Shape[T]):
    """One of a few words, each standing for a value."""

    def __init__(
        self,
        what: str,
        words: Mapping[str, T],
        *,
        later: Iterable[str] = (),
        refused: Mapping[str, str] | None = None,
        meant: Mapping[str, str] | None = None,
    ) -> None:
        """Describe the words.

        Args:
            what: What the words name, such as `a channel`.
            words: Each with its value.
            later: Words of later versions, refused by name.
            refused: Words that belong elsewhere, each with the reason.
            meant: Words that look like none of them, each with the one it stands for.
        """
        self.what = what
        self._words = dict(words)
        self._later = tuple(later)
        self._refused = dict(refused or {})
        self._meant = dict(meant or {})

    def parse(self, node: Node, problems: Problems) -> T | Bad:
        """Read a word."""
        words = ", ".join(self._words)
        one_of = f"one of {words}" if len(self._words) > 1 else words
        if not isinstance(node, ScalarNode) or core_value(node) is None:
            return wrong_type(self.what, node, problems, f"use {one_of}")
        word = node.text
        if word in self._words:
            return self._words[word]
        if word in self._later:
            return problems.add(
                node, Code.NOT_BUILT, f"'{word}' is not built yet", note=f"use {one_of}"
            )
        if word in self._refused:
            return problems.add(
                node, Code.UNKNOWN_WORD, f"'{word}' {self._refused[word]}", note="leave it out"
            )
        return problems.add(
            node,
            Code.UNKNOWN_WORD,
            f"'{word}' is not {self.what}",
            note=did_you_mean(self._meant.get(word, word), self._words) or one_of,
            help_text=one_of,
        )

    def schema(self, definitions: Definitions) -> JsonSchema:
        """An enumeration."""
        return {"enum": list(self._words)}


class Text(Shape[str]):
    """Words for people; never interpreted."""

    what = "a text"

    def __init__(self, *, most: int, lines: bool = False, empty: bool = True) -> None:
        self._most = most
        self._lines = lines
        self._empty = empty

    def parse(self, node: Node, problems: Problems) -> str | Bad:
        """Read a text; what YAML takes for a number must be quoted."""
        if not isinstance(node, ScalarNode) or core_value(node) is None:
            return wrong_type(self.what, node, problems)
        if not isinstance(core_value(node), str):
            return problems.add(
                node,
                Code.WRONG_TYPE,
                f"expected {self.what}, but YAML reads {node.text} as a number or a truth value",
                note=f'write "{node.text}"',
            )
        if not node.text and not self._empty:
            return problems.add(node, Code.BAD_TEXT, "this text is empty", note="write something")
        if len(node.text) > self._most:
            text = f"this text has {len(node.text)} characters, at most {self._most} are allowed"
            return problems.add(node, Code.BAD_TEXT, text)
        if not self._lines and "\n" in node.text:
            return problems.add(node, Code.BAD_TEXT, "this text has more than one line")
        return node.text

    def schema(self, definitions: Definitions) -> JsonSchema:
        """A string."""
        schema: JsonSchema = {"type": "string", "maxLength": self._most}
        return schema if self._empty else {**schema, "minLength": 1}


class Sender(Text):
    """Who a message comes from: what an adapter would take, whichever it is."""

    what = "a sender"
    MOST: Final = 60
    _ENDS: Final = r"[^\x00-\x20\x7f-\x9f]"
    _PATTERN: Final = rf"^{_ENDS}([^\x00-\x1f\x7f-\x9f]*{_ENDS})?$"

    def __init__(self) -> None:
        super().__init__(most=self.MOST, empty=False)

    def parse(self, node: Node, problems: Problems) -> str | Bad:
        """Read a sender; a number must be quoted, or its plus would be lost."""
        text = super().parse(node, problems)
        if text is BAD or (text == text.strip() and text.isprintable()):
            return text
        said = "a sender has no spaces around it, and only characters that can be seen"
        return problems.add(node, Code.BAD_TEXT, said)

    def schema(self, definitions: Definitions) -> JsonSchema:
        """A string of that kind."""
        return {**super().schema(definitions), "pattern": self._PATTERN}


class Reference(Shape[ScalarNode]):
    """A name that is defined elsewhere; keeps its position, so that a wrong one can be shown."""

    def __init__(self, what: str) -> None:
        self.what = what

    def parse(self, node: Node, problems: Problems) -> ScalarNode | Bad:
        """Read a name; whether it exists is asked later."""
        if isinstance(node, ScalarNode) and core_value(node) is not None:
            return node
        return wrong_type(self.what, node, problems)

    def schema(self, definitions: Definitions) -> JsonSchema:
        """A string, or a number that serves as a name."""
        return {"type": ["string", "integer"]}


class NewName(Reference):
    """A name that is given here; keeps its position."""

    def parse(self, node: Node, problems: Problems) -> ScalarNode | Bad:
        """Read a name that others may refer to."""
        if isinstance(node, ScalarNode) and Name().parse(node, problems) is BAD:
            return BAD
        return super().parse(node, problems)


class Sentence(Reference):
    """A text that is taken apart later; keeps its position."""

    def parse(self, node: Node, problems: Problems) -> ScalarNode | Bad:
        """Read a text of one line."""
        if isinstance(node, ScalarNode) and Text(most=500).parse(node, problems) is BAD:
            return BAD
        return super().parse(node, problems)

    def schema(self, definitions: Definitions) -> JsonSchema:
        """A string."""
        return Text(most=500).schema(definitions)


class Pattern(Shape[str]):
    """A text of a certain form."""

    def __init__(self, what: str, pattern: str, code: Code, example: str) -> None:
        self.what = what
        self._pattern = pattern
        self._code = code
        self._example = example

    def parse(self, node: Node, problems: Problems) -> str | Bad:
        """Read a text and compare it with the pattern."""
        if not isinstance(node, ScalarNode) or core_value(node) is None:
            return wrong_type(self.what, node, problems, f"write for example {self._example}")
        if not isinstance(core_value(node), str) and node.plain:
            return problems.add(
                node,
                Code.WRONG_TYPE,
                f"expected {self.what}, but YAML reads {node.text} as a number",
                note=f'write "{node.text}"',
            )
        if not re.fullmatch(self._pattern, node.text):
            return problems.add(
                node,
                self._code,
                f"'{node.text}' is not {self.what}",
                note=f"write for example {self._example}",
            )
        return node.text

    def schema(self, definitions: Definitions) -> JsonSchema:
        """A string of that pattern."""
        return {"type": "string", "pattern": f"^{self._pattern}$"}


def _since_midnight(text: str, _: Node, __: Problems) -> int:
    hours, minutes = text.split(":")
    return (int(hours) * 60 + int(minutes)) * 60_000_000


TIME_OF_DAY: Final = Made(
    Pattern("a time of day", "([01][0-9]|2[0-3]):[0-5][0-9]", Code.BAD_TIME_OF_DAY, '"08:00"'),
    _since_midnight,
)
"""A time of day, in microseconds since midnight."""


class Instant(Shape[str]):
    """A date and time with its zone, kept as written."""

    what = "a date and time"
    _PATTERN: Final = (
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})"
    )

    def parse(self, node: Node, problems: Problems) -> str | Bad:
        """Read an instant of RFC 3339."""
        if not isinstance(node, ScalarNode):
            return wrong_type(self.what, node, problems)
        if re.fullmatch(self._PATTERN, node.text):
            try:
                datetime.fromisoformat(node.text)
            except ValueError:
                pass
            else:
                return node.text
        return problems.add(
            node,
            Code.BAD_INSTANT,
            f"'{node.text}' is not {self.what} with a zone",
            note="write for example 2026-03-01T08:00:00Z",
        )

    def schema(self, definitions: Definitions) -> JsonSchema:
        """A string of that form."""
        return {"type": "string", "pattern": f"^{self._PATTERN}$"}


class ReasonCode(Shape[str]):
    """A provider's reason code: a number or a word, always kept as text."""

    what = "a reason code"
    PATTERN: Final = r"[!-~]{1,40}"

    def parse(self, node: Node, problems: Problems) -> str | Bad:
        """Read a code."""
        value = core_value(node) if isinstance(node, ScalarNode) else None
        if not isinstance(node, ScalarNode) or not isinstance(value, str | int):
            return wrong_type(self.what, node, problems)
        if isinstance(value, bool) or not re.fullmatch(self.PATTERN, node.text):
            text = "a reason code is 1 to 40 printable ASCII characters without spaces"
            return problems.add(node, Code.BAD_REASON_CODE, text)
        return node.text

    def schema(self, definitions: Definitions) -> JsonSchema:
        """A string, or the number it looks like."""
        return {"anyOf": [{"type": "string", "pattern": f"^{self.PATTERN}$"}, {"type": "integer"}]}


CHANNEL: Final = Words(
    "a channel",
    {word: Channel(word) for word in ("sms", "whatsapp", "viber")},
    later=("rcs", "voice", "email", "telegram", "viber_bot"),
)


# Quantities ------------------------------------------------------------------------------------


class Quantity(Shape[T]):
    """A number with a unit."""

    def __init__(
        self,
        what: str,
        read: Callable[[str], T],
        schema: JsonSchema,
        least: Any = None,  # noqa: ANN401 - of type T, which has no bound to compare with
        most: Any = None,  # noqa: ANN401 - as above
        shown: Callable[[Any], str] = str,
    ) -> None:
        self.what = what
        self._read = read
        self._schema = schema
        self._least = least
        self._most = most
        self._shown = shown

    def parse(self, node: Node, problems: Problems) -> T | Bad:
        """Read a quantity within its bounds."""
        if not isinstance(node, ScalarNode) or core_value(node) is None:
            return wrong_type(self.what, node, problems)
        try:
            value = self._read(node.text)
        except QuantityError as error:
            return problems.add(node, error.code, error.text, note=error.note)
        if self._least is not None and value < self._least:
            note = f"{self._shown(self._least)} is the least"
            return problems.add(node, Code.OUT_OF_RANGE, f"{node.text} is too little", note=note)
        if self._most is not None and value > self._most:
            note = f"{self._shown(self._most)} is the most"
            return problems.add(node, Code.OUT_OF_RANGE, f"{node.text} is too much", note=note)
        return value

    def schema(self, definitions: Definitions) -> JsonSchema:
        """What it looks like."""
        return dict(self._schema)


def _string(pattern: str) -> JsonSchema:
    return {"type": "string", "pattern": f"^{pattern}$"}


class Duration(Quantity[int]):
    """A duration, in microseconds."""

    def __init__(self, *, least: int = 1000, most: int = quantities.DURATION_MAX_US) -> None:
        """Describe a duration; unless said otherwise it is at least a millisecond."""
        super().__init__(
            "a duration",
            quantities.duration,
            _string(quantities.DURATION),
            least,
            most,
            duration_text,
        )


class Share(Quantity[int]):
    """A share of one, in parts per billion."""

    def __init__(self) -> None:
        super().__init__("a share", quantities.share, _string(quantities.SHARE))


class Price(Quantity[Money]):
    """An amount of money."""

    def __init__(self) -> None:
        pattern = rf"(0(\.0{{1,9}})?|{quantities.MONEY})"
        schema = {"anyOf": [_string(pattern), {"const": 0}]}
        super().__init__("an amount of money", quantities.money, schema)


class Rate(Quantity[Fraction]):
    """Messages per second."""

    def __init__(self) -> None:
        super().__init__("a rate", quantities.rate, _string(quantities.RATE))


class Speed(Quantity[Fraction]):
    """How many times faster than the clock."""

    def __init__(self) -> None:
        super().__init__("a speed", quantities.speed, _string(quantities.SPEED), Fraction(1, 1000))


class Factor(Quantity[Fraction]):
    """How many times the base value."""

    def __init__(self) -> None:
        super().__init__("a factor", quantities.factor, _string(quantities.FACTOR))


class Number(Quantity[Fraction]):
    """A plain number."""

    def __init__(self, *, least: int, most: int) -> None:
        schema = {"type": "number", "minimum": least, "maximum": most}
        super().__init__("a number", quantities.number, schema, least, most)

    def parse(self, node: Node, problems: Problems) -> Fraction | Bad:
        """Read a number; a quoted one is text."""
        if isinstance(node, ScalarNode) and not node.plain:
            return _quoted(self.what, node, problems)
        return super().parse(node, problems)


class Integer(Quantity[int]):
    """A whole number."""

    def __init__(self, *, least: int, most: int) -> None:
        schema = {"type": "integer", "minimum": least, "maximum": most}
        super().__init__("a whole number", quantities.integer, schema, least, most)

    def parse(self, node: Node, problems: Problems) -> int | Bad:
        """Read a whole number; a quoted one is text."""
        if isinstance(node, ScalarNode) and not node.plain:
            return _quoted(self.what, node, problems)
        return super().parse(node, problems)


class OrNumber(Shape["ScalarNode | int"]):
    """A name that is defined elsewhere, or a number that counts; a quoted number is a name."""

    def __init__(self, name: Reference, *, most: int) -> None:
        self.what = f"{name.what}, or its number"
        self._name = name
        self._number = Integer(least=1, most=most)

    def parse(self, node: Node, problems: Problems) -> ScalarNode | int | Bad:
        """Read a number where there is one, else a name."""
        value = core_value(node) if isinstance(node, ScalarNode) else None
        if isinstance(value, int) and not isinstance(value, bool):
            return self._number.parse(node, problems)
        return self._name.parse(node, problems)

    def schema(self, definitions: Definitions) -> JsonSchema:
        """A string, or a number of that size."""
        return {"anyOf": [{"type": "string"}, self._number.schema(definitions)]}


class Flag(Shape[bool]):
    """A truth value."""

    what = "true or false"

    def parse(self, node: Node, problems: Problems) -> bool | Bad:
        """Read a truth value; a quoted one is text."""
        value = core_value(node) if isinstance(node, ScalarNode) else None
        if isinstance(value, bool):
            return value
        return wrong_type(self.what, node, problems, "write true or false, without quotes")

    def schema(self, definitions: Definitions) -> JsonSchema:
        """A boolean."""
        return {"type": "boolean"}


class DailyRate(Quantity[int]):
    """Submissions a day, in millionths."""

    def __init__(self) -> None:
        super().__init__("a rate", quantities.daily_rate, _string(quantities.RATE))


class Copies(Shape[tuple[int, int]]):
    """How many copies: a number, or the least and the most of them: `1..3`."""

    what = "a number of copies"
    MOST: Final = 5

    def parse(self, node: Node, problems: Problems) -> tuple[int, int] | Bad:
        """Read one number or two."""
        note = f"write 1 to {self.MOST}, or for example 1..3"
        if not isinstance(node, ScalarNode) or core_value(node) is None:
            return wrong_type(self.what, node, problems, note)
        found = re.fullmatch(r"([0-9]{1,9})(?:\.\.([0-9]{1,9}))?", node.text)
        if found is None or (found.group(2) is None and not node.plain):
            return problems.add(
                node, Code.BAD_NUMBER, f"'{node.text}' is not {self.what}", note=note
            )
        least, most = int(found.group(1)), int(found.group(2) or found.group(1))
        if not 1 <= least <= most <= self.MOST:
            wrong = "has the larger number first" if least > most else "is out of bounds"
            text = f"{node.text} {wrong}"
            return problems.add(node, Code.OUT_OF_RANGE, text, note=note)
        return least, most

    def schema(self, definitions: Definitions) -> JsonSchema:
        """A number, or two of them in a text."""
        number = {"type": "integer", "minimum": 1, "maximum": self.MOST}
        return {"anyOf": [number, _string(rf"[1-{self.MOST}]\.\.[1-{self.MOST}]")]}


def _quoted(what: str, node: ScalarNode, problems: Problems) -> Bad:
    return problems.add(
        node,
        Code.WRONG_TYPE,
        f"expected {what}, found a text in quotes",
        note="take the quotes away",
    )
