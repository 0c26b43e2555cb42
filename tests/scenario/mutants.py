"""Scenario files gone wrong: whole ones, broken at the level of bytes, lines, words or values.

Mutant `n` of a seed is always the same, so that one that does harm can be made again by its number.
"""

import copy
import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[2]
SHIPPED: Final = ROOT / "scenarios"
BROKEN: Final = Path(__file__).parent / "broken"

Tree = Any
"""What YAML reads: maps, lists, texts, numbers, words."""

RICH: Final = (Path(__file__).parent / "everything.yaml").read_text(encoding="utf-8")
"""As much of the format as fits into one file."""

SMALL: Final = (
    "schema: 1\ncascades: {otp: [sms, whatsapp, viber]}\nload: [{burst: 20}]\n",
    "schema: 1\ncascades:\n  a: {levels: [{channel: sms}]}\nload:\n- constant: 2/s\n  for: 9s\n",
    "{schema: 1, cascades: {x: [viber]}, load: [{burst: 3}], expect: [delivery_rate >= 1%]}\n",
    "schema: 1\ncascades: {o: [&b {channel: sms, wait: 2s}, viber, *b]}\nload: [{burst: 1}]\n",
)
BESIDE: Final = {
    "delays.csv": "duration_s,weight\n0.1,50\n1,30\n20,20\n",
    "traffic.csv": "at_s\n0\n1\n1.5\n30\n",
    "broken.csv": 'at;"x\n\x00\n=cmd|x\n9e999\n-1s\n',
    "deep/inner.yaml": "use: [../everything.yaml, inner.yaml]\nproviders: {sms: {}}\n",
    "loop.yaml": "use: [loop.yaml]\n",
    "bad.yaml": "providers:\n  sms: {receipts: {lost: 5, nonsense: [1}\n",
}
"""Files a mutant may find beside it."""

PLACES_MAX: Final = 5_000
"""Trees with more values than that, behind aliases, are left as they are: JSON has no aliases."""

NASTY: Final = (
    "0", "-1", "30", "-5s", "0s", "999999999999999999999d", "1e9", "0x1f", "1_000", ".inf", ".nan",
    "-0", "0.00000000001%", "101%", "100%", "rest", "5%%", "x0", "x10", "x-3", "x99999999999",
    "20/s", "0/s", "1/d", "9999999999/s", "1..3", "3..1", "..", "1..", "quiet", "none", "null", "~",
    "true", "yes", "NO", "''", '""', "[]", "{}", "*a", "&a", "!!python/object:os.system", "<<", "?",
    "- ", "|", ">", "%YAML 1.1", "---", "...", "\t", "\u202e", "\ufeff", "\x1b[31m", "日本語",
    "é" * 80, "\U0001f480", "a" * 300, "../../etc/passwd", "/dev/zero", "presets/../../x.yaml",
    "C:\\x.csv", "traffic.csv", "delays.csv", "broken.csv", "loop.yaml", "bad.yaml",
    "deep/inner.yaml", "nul\x00", "sms", "whatsapp", "viber", "ideal", "sms-main", "otp",
    "otp-anna", "anna", "down", "2026-02-30",
    "+447700900123", "0.045 EUR", "0.1 USD", "-1 EUR", "1 eur", "delivery_rate >= 95%", "median",
    "cost.total < 3", "level.9.share >= 1%", "never", "random", "1" * 400, "٣s", "５s", "1,5s",
    "down+2m", "down-2m", "sms:failed", "sms@sms-main:delivered", "receipt duplicated", "outcome x",
)  # fmt: skip
KEYS: Final = (
    "use", "matrix", "by_hand", "script", "limits", "quota", "over", "queue", "base", "via", "seed",
    "clock", "until", "limit", "warm_up", "per", "echoes_reference", "batched", "duplicated", "mix",
    "empirical", "weibull", "fixed", "uniform", "exponential", "during", "after", "where",
    "never", "sometimes", "messages", "path", "trace", "message", "level", "set", "reset",
    "recover", "traits",
    "sender", "template", "templates", "content", "channels", "refunded_on",
    "wait", "deadline", "levels", "channel", "success", "stop_on", "profile", "country", "demo", "",
)  # fmt: skip
HUGE: Final[tuple[Tree, ...]] = (
    10**400,
    -(10**20),
    1.5,
    float("inf"),
    True,
    None,
    "",
    [],
    {},
    [[]],
    {"": None},
    0,
)
RAW: Final = (
    b"\x00", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\r", b"\r\n", b"\t", b"\x1b[2J", b"\xc2\x85",
    b"\xe2\x80\xa8", b"\xed\xa0\x80", b"\x7f", b"\xe2\x80\xae", b"'", b'"', b"[", b"{", b"}", b"]",
    b": ", b"- ", b"#", b"&x ", b"*x", b"!x ", b"|", b">", b"%", b"@", b"`", b"\n", b"\n\n", b"? ",
)  # fmt: skip


class _Loader(yaml.SafeLoader):
    """YAML 1.2 has two truth values: `on` and `NO` are texts."""


_Loader.yaml_implicit_resolvers = {
    first: [each for each in resolvers if not each[0].endswith((":bool", ":timestamp"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

_NUMBER: Final = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class Mutant:
    """One file gone wrong.

    Attributes:
        number: Makes it again.
        stem: Of the file it was.
        steps: What was done to it.
    """

    number: int
    stem: str
    steps: tuple[str, ...]
    data: bytes


def corpus() -> dict[str, str]:
    """What mutants are made of, by name."""
    files = [*sorted(SHIPPED.rglob("*.yaml")), *sorted(BROKEN.glob("*.yaml"))]
    texts = {path.stem: path.read_bytes().decode("utf-8", "replace") for path in files}
    small = {f"small-{nth}": text for nth, text in enumerate(SMALL)}
    return {"everything": RICH, **small, **texts}


def mutant(texts: dict[str, str], seed: int, number: int) -> Mutant:
    """Make a mutant.

    Args:
        texts: The corpus.
        seed: Of the series.
        number: Which of the series.
    """
    dice = random.Random(f"{seed} {number}")
    names = sorted(texts)
    own = [name for name in names if not (BROKEN / f"{name}.yaml").exists()]
    # The file with everything in it is the likeliest, files that are broken already the rarest.
    stem = dice.choice(["everything", "everything", dice.choice(own), dice.choice(own),
                        dice.choice(names)])  # fmt: skip
    text, steps = texts[stem], list[str]()
    if dice.random() < 0.3:
        text = _through_trees(dice, text, steps, _GENTLE_CHANGES)
        return Mutant(number, stem, tuple(steps), text.encode("utf-8", "surrogatepass"))
    if dice.random() < 0.6:
        text = _through_trees(dice, text, steps, _TREE_CHANGES)
    for _ in range(dice.choice((0, 0, 1, 1, 2) if steps else (1, 1, 1, 2, 3))):
        change = dice.choice(_TEXT_CHANGES)
        steps.append(change.__name__)
        text = change(dice, text)
    data = text.encode("utf-8", "surrogatepass")
    if dice.random() < (0.15 if steps else 1):
        change_bytes = dice.choice(_BYTE_CHANGES)
        steps.append(change_bytes.__name__)
        data = change_bytes(dice, data)
    return Mutant(number, stem, tuple(steps), data)


# Values ------------------------------------------------------------------------------------------


def _through_trees(
    dice: random.Random,
    text: str,
    steps: list[str],
    changes: Sequence[Callable[[random.Random, Tree], None]],
) -> str:
    """Change values where the text can be read; written as JSON, which is YAML as well."""
    try:
        tree: Tree = yaml.load(text, Loader=_Loader)  # noqa: S506 - it is a safe one
    except (yaml.YAMLError, ValueError):
        return text
    if not isinstance(tree, dict) or len(places(tree)) >= PLACES_MAX:
        return text
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        change = dice.choice(changes)
        steps.append(change.__name__)
        change(dice, tree)
    indent = dice.choice((None, 1, 2))
    return json.dumps(tree, ensure_ascii=dice.random() < 0.5, indent=indent, default=str) + "\n"


def places(tree: Tree) -> list[tuple[Tree, Any]]:
    """Every container of a tree with each of its keys or positions."""
    found: list[tuple[Tree, Any]] = []
    left: list[Tree] = [tree]
    while left and len(found) < PLACES_MAX:
        node = left.pop()
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        for key in keys:
            found.append((node, key))
            if isinstance(node[key], dict | list) and node[key]:
                left.append(node[key])
    return found


def _place(dice: random.Random, tree: Tree) -> tuple[Tree, Any]:
    found = places(tree)
    return dice.choice(found) if found else ({"x": 1}, "x")


def swap_values(dice: random.Random, tree: Tree) -> None:
    """Two values change places."""
    (one, a), (other, b) = _place(dice, tree), _place(dice, tree)
    left, right = json.dumps(one[a], default=str), json.dumps(other[b], default=str)
    one[a] = json.loads(right)
    if b in other if isinstance(other, dict) else b < len(other):
        other[b] = json.loads(left)


def wrong_value(dice: random.Random, tree: Tree) -> None:
    """A value becomes something else."""
    node, key = _place(dice, tree)
    value = dice.choice((dice.choice(NASTY), dice.choice(HUGE), dice.choice(NASTY)))
    node[key] = copy.deepcopy(value)  # what is done to it later is done to this mutant alone


def lose_value(dice: random.Random, tree: Tree) -> None:
    """A key or an item goes."""
    node, key = _place(dice, tree)
    del node[key]


def other_key(dice: random.Random, tree: Tree) -> None:
    """A map gets a key that belongs somewhere else, or a key another name."""
    node, key = _place(dice, tree)
    if not isinstance(node, dict):
        node.append(dice.choice(NASTY))
        return
    value = node.pop(key) if dice.random() < 0.5 else dice.choice(NASTY)
    node[dice.choice((dice.choice(KEYS), f"{key}x", f"{key}.x"))] = value


def one_more(dice: random.Random, tree: Tree) -> None:
    """An item or value stands there many times."""
    node, key = _place(dice, tree)
    value = json.dumps(node[key], default=str)
    count = dice.choice((2, 3, 9, 30, 400))
    if isinstance(node, list):
        node.extend(json.loads(value) for _ in range(count))
    else:
        node[key] = [json.loads(value) for _ in range(count)]


def nested(dice: random.Random, tree: Tree) -> None:
    """A value is wrapped in lists or maps, a few times or far too often."""
    node, key = _place(dice, tree)
    value = node[key]
    for _ in range(dice.choice((1, 1, 2, 70, 300))):
        value = [value] if dice.random() < 0.7 else {dice.choice(KEYS): value}
    node[key] = value


def near_value(dice: random.Random, tree: Tree) -> None:
    """A number becomes another: what is left is often still a scenario."""
    found = [(node, key) for node, key in places(tree) if _NUMBER.search(str(node[key])[:40])]
    leaves = [(node, key) for node, key in found if not isinstance(node[key], dict | list)]
    if not leaves:
        return
    node, key = dice.choice(leaves)
    if isinstance(node[key], str):
        some = str(dice.choice((0, 1, 2, 5, 50, 99)))
        node[key] = _NUMBER.sub(some, node[key], count=1)
    elif node is not tree or key != "schema":
        node[key] = dice.choice((int(node[key]) + 1, int(node[key]) // 2, 7))


def same_key(dice: random.Random, tree: Tree) -> None:
    """A value is what stands under the same name elsewhere."""
    node, key = _place(dice, tree)
    others = [other[name] for other, name in places(tree) if name == key]
    if others:
        node[key] = json.loads(json.dumps(dice.choice(others), default=str))


def other_file(dice: random.Random, tree: Tree) -> None:
    """A file that is named becomes another one: of another kind, broken, in circles, not there."""
    named = [
        (node, key) for node, key in places(tree) if str(node[key])[:80].endswith((".csv", ".yaml"))
    ]
    if named:
        node, key = dice.choice(named)
        node[key] = dice.choice((*BESIDE, "none.csv", "../mutant.yaml", "presets", "mutant.yaml"))


# Text --------------------------------------------------------------------------------------------


def lose_line(dice: random.Random, text: str) -> str:
    """A few lines go."""
    lines = text.split("\n")
    at = dice.randrange(len(lines))
    del lines[at : at + dice.choice((1, 1, 3))]
    return "\n".join(lines)


def repeat_line(dice: random.Random, text: str) -> str:
    """A line stands there twice: a key, too."""
    lines = text.split("\n")
    line = dice.choice(lines)
    lines.insert(dice.randrange(len(lines) + 1), line)
    return "\n".join(lines)


def other_indent(dice: random.Random, text: str) -> str:
    """A line is indented unlike its neighbours."""
    lines = text.split("\n")
    at = dice.randrange(len(lines))
    lines[at] = dice.choice((" ", "  ", "\t", " " * 90, "")) + lines[at].lstrip(dice.choice(" \n"))
    return "\n".join(lines)


def join_lines(dice: random.Random, text: str) -> str:
    """A line ends too late."""
    lines = text.split("\n")
    at = dice.randrange(len(lines))
    lines[at : at + 2] = [dice.choice(("", " ", ", ", ": ")).join(lines[at : at + 2])]
    return "\n".join(lines)


def nasty_line(dice: random.Random, text: str) -> str:
    """A line that nobody wrote."""
    lines = text.split("\n")
    line = f"{dice.choice(KEYS)}: {dice.choice(NASTY)}"
    lines.insert(dice.randrange(len(lines) + 1), " " * dice.choice((0, 2, 4)) + line)
    return "\n".join(lines)


def other_word(dice: random.Random, text: str) -> str:
    """A word becomes another, of the same file or from elsewhere."""
    words = list(re.finditer(r"[\w.%/+-]+|[^\w\s]", text))
    if not words:
        return text
    found = dice.choice(words)
    with_word = dice.choice((dice.choice(words)[0], dice.choice(NASTY), dice.choice(KEYS)))
    return text[: found.start()] + with_word + text[found.end() :]


def lose_word(dice: random.Random, text: str) -> str:
    """A word or a sign goes."""
    words = list(re.finditer(r"[\w.%/+-]+|[^\w\s]", text))
    if not words:
        return text
    found = dice.choice(words)
    return text[: found.start()] + text[found.end() :]


def aliases(dice: random.Random, text: str) -> str:
    """Anchors and aliases: to nothing, to themselves, to a great many."""
    kind = dice.randrange(4)
    if kind == 0:
        laughs = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 9))
        return f"l0: &l0 [x, x, x]\n{laughs}{text}"
    if kind == 1:
        return f"x: &x {{y: *x}}\n{text}"
    lines = text.split("\n")
    at = dice.randrange(len(lines))
    lines[at] = lines[at].replace(": ", dice.choice((": &a ", ": *a ", ": *levels ")), 1)
    return "\n".join(lines)


def cut(dice: random.Random, text: str) -> str:
    """The file ends in the middle, or begins there."""
    at = dice.randrange(len(text) + 1)
    return text[:at] if dice.random() < 0.8 else text[at:]


def windows_ends(_: random.Random, text: str) -> str:
    """Lines end as on Windows."""
    return text.replace("\n", "\r\n")


def include(dice: random.Random, text: str) -> str:
    """Another file is asked for."""
    files = [word for word in NASTY if "." in word or "/" in word]
    return f"use: [{dice.choice(files)}, {dice.choice(files)}]\n{text}"


# Bytes -------------------------------------------------------------------------------------------


def other_byte(dice: random.Random, data: bytes) -> bytes:
    """A byte becomes another."""
    at = dice.randrange(len(data) + 1)
    return data[:at] + bytes([dice.randrange(256)]) + data[at + 1 :]


def strange_bytes(dice: random.Random, data: bytes) -> bytes:
    """Bytes come in that mean something to somebody."""
    at = dice.choice((0, len(data), dice.randrange(len(data) + 1)))
    return data[:at] + dice.choice(RAW) * dice.choice((1, 1, 2, 50)) + data[at:]


def lose_bytes(dice: random.Random, data: bytes) -> bytes:
    """A few bytes go."""
    at = dice.randrange(len(data) + 1)
    return data[:at] + data[at + dice.choice((1, 2, 17)) :]


def repeat_bytes(dice: random.Random, data: bytes) -> bytes:
    """A piece stands there several times."""
    at, size = dice.randrange(len(data) + 1), dice.choice((1, 8, 90))
    return data[:at] + data[at : at + size] * dice.choice((2, 20)) + data[at:]


_TREE_CHANGES: Final[Sequence[Callable[[random.Random, Tree], None]]] = (
    swap_values, wrong_value, wrong_value, lose_value, other_key, one_more, nested,
    near_value, near_value, same_key, other_file,
)  # fmt: skip
_GENTLE_CHANGES: Final = (near_value, near_value, same_key, lose_value)
_TEXT_CHANGES: Final[Sequence[Callable[[random.Random, str], str]]] = (
    lose_line, repeat_line, other_indent, join_lines, nasty_line, other_word, other_word,
    other_word, lose_word, aliases, cut, windows_ends, include,
)  # fmt: skip
_BYTE_CHANGES: Final[Sequence[Callable[[random.Random, bytes], bytes]]] = (
    other_byte, strange_bytes, lose_bytes, repeat_bytes,
)  # fmt: skip

STEPS: Final = {
    change.__name__
    for changes in (_TREE_CHANGES, _GENTLE_CHANGES, _TEXT_CHANGES, _BYTE_CHANGES)
    for change in changes
}
"""All that may be done to a file."""
