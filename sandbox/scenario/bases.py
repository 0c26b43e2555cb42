"""What a file does not say: built-in providers and people, and how a file's words go over them.

Maps merge deeply into their base. `outcomes`, `reasons` and `country` replace the whole map, since
shares that sum to one cannot be mixed; a distribution replaces one of another kind, and merges with
one of its own kind. Merging works on nodes, so what comes from the file keeps its place there.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import Channel, ReasonClass
from sandbox.scenario.codes import Code
from sandbox.scenario.grammar.mixtures import DISTRIBUTIONS
from sandbox.scenario.nodes import (
    BUILT_IN,
    ListNode,
    MapNode,
    Node,
    ScalarNode,
    Source,
    node_of,
)
from sandbox.scenario.problems import Problems, did_you_mean
from sandbox.scenario.reader import read_documents

BUILT_IN_FOLDER: Final = Path(__file__).parent / "builtin"

IDEAL: Final = "ideal"

CHANNEL_REPORTS: Final = {
    Channel("sms"): ("sent", "delivered"),
    Channel("whatsapp"): ("sent", "delivered", "read"),
    Channel("viber"): ("sent", "delivered", "read"),
}
"""What each channel can report at all; a provider may report less."""

_REPLACED: Final = frozenset({"outcomes", "reasons", "country"})


# Files -----------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def built_in(name: str) -> tuple[MapNode, ...]:
    """The documents of a built-in file that describe things, without the one on sources."""
    text = BUILT_IN_FOLDER.joinpath(f"{name}.yaml").read_text("utf-8")
    source = Source(f"sandbox/scenario/builtin/{name}.yaml", text, rank=BUILT_IN)
    documents = read_documents(source, text, most=2 if name in CHANNEL_REPORTS else 1)
    return tuple(node for node in documents if isinstance(node, MapNode))


@lru_cache(maxsize=8)
def catalogue(channel: Channel) -> dict[str, Reason]:
    """The reason codes of a channel."""
    entries = built_in(channel)[1].map("catalogue") or ()
    return {
        code.text: Reason(code.text, ReasonClass(node.text("class")), node.text("text"))
        for code, node in entries
        if isinstance(node, MapNode)
    }


@lru_cache(maxsize=8)
def told_by_receipt(channel: Channel) -> frozenset[str]:
    """The reason codes of a channel that come with a receipt; all others come with the answer."""
    entries = built_in(channel)[1].map("catalogue") or ()
    return frozenset(
        code.text
        for code, node in entries
        if isinstance(node, MapNode) and node.text("by") == "receipt"
    )


def ideal(channel: str) -> MapNode:
    """The provider that does everything right, on a channel."""
    node = built_in(IDEAL)[0]
    reports = CHANNEL_REPORTS.get(Channel(channel))
    receipts = node.map("receipts")
    if reports is None or receipts is None:
        return node
    listed = node_of(list(reports), receipts.mark)
    return node.with_entry("receipts", receipts.with_entry("reports", listed))


def _stopgap() -> MapNode:
    """What stands for a base that has been complained about; has all that a provider needs."""
    node = ideal("sms")
    return node.with_entry("channel", ScalarNode("sms", node.mark, plain=False))


# Merging ---------------------------------------------------------------------------------------


def merged(base: Node | None, over: Node, name: str = "") -> Node:
    """Lay a node over its base; `name` is the key both stand under."""
    if not (isinstance(base, MapNode) and isinstance(over, MapNode)):
        return over
    if name in _REPLACED or _is_other_distribution(base, over):
        return over
    written = {key.text: (key, node) for key, node in over}
    entries = []
    for key, node in base:
        own = written.pop(key.text, None)
        entries.append((own[0], merged(node, own[1], key.text)) if own else (key, node))
    entries += written.values()
    return replace(over, entries=tuple(entries))


def _mended(node: Node, example: Node) -> Node:
    """A node with a map wherever the example has one, but for `over`, which may be a word.

    What stands there instead is complained about where it is written. Whoever builds on it goes on
    with the example, so that the rest can be read.
    """
    if not isinstance(example, MapNode):
        return node
    if not isinstance(node, MapNode):
        return example
    examples = {key.text: each for key, each in example if key.text != "over"}
    entries = [
        (key, _mended(each, examples[key.text]) if key.text in examples else each)
        for key, each in node
    ]
    return replace(node, entries=tuple(entries))


def _is_other_distribution(base: MapNode, over: MapNode) -> bool:
    words = [key.text for key, _ in base if key.text in DISTRIBUTIONS]
    return bool(words and over.entries) and over.key(words[0]) is None


# Providers -------------------------------------------------------------------------------------


class Providers:
    """The providers of a file with their bases, worked out as they are asked for."""

    def __init__(self, written: MapNode | None, problems: Problems) -> None:
        self._written = written
        self._problems = problems
        self._whole: dict[str, MapNode] = {}

    def whole(self, name: str) -> MapNode | None:
        """A provider with all that its base says; None where there is none of this name."""
        if name not in self._whole:
            node = self._work_out(name, ())
            if node is None:
                return None
            self._whole[name] = node
        return self._whole[name]

    def of_channel(self, channel: str) -> list[str]:
        """The names of a file's providers for a channel, or of the built-in one."""
        names = [name for name in self._names() if self._channel(name, ()) == channel]
        if not names or channel in names:
            return [channel]
        return names

    def _names(self) -> Iterator[str]:
        for key, _ in self._written or ():
            yield key.text

    def _node(self, name: str) -> MapNode | None:
        return self._written.map(name) if self._written else None

    def _channel(self, name: str, seen: tuple[str, ...]) -> str:
        """The channel of a provider, its own or its base's; "" where it has none."""
        node = self._node(name)
        if node is None:
            return name if name in CHANNEL_REPORTS else ""
        if node.text("channel") or name in CHANNEL_REPORTS:
            return node.text("channel") or name
        base = node.text("base")
        return "" if base in {"", IDEAL, *seen} else self._channel(base, (*seen, base))

    def _work_out(self, name: str, seen: tuple[str, ...]) -> MapNode | None:
        node = self._node(name)
        if node is None:
            return built_in(name)[0] if name in CHANNEL_REPORTS else None
        channel = self._channel(name, ())
        whole = merged(self._base_of(name, node, channel, seen).without("base"), node)
        if not isinstance(whole, MapNode):
            return None
        if whole.key("channel") is None and channel:
            # A provider called like a channel need not say which one it carries.
            return whole.with_entry("channel", ScalarNode(channel, whole.mark, plain=False))
        return whole

    def _base_of(self, name: str, node: MapNode, channel: str, seen: tuple[str, ...]) -> MapNode:
        base_node, base_name = node.get("base"), node.text("base")
        if base_name == IDEAL or (not base_name and channel not in CHANNEL_REPORTS):
            return ideal(channel)
        if not base_name or (base_name == name and name in CHANNEL_REPORTS):
            return built_in(channel)[0]
        if base_name in (*seen, name):
            text = f"{' -> '.join((*seen, name, base_name))} goes in circles"
            self._problems.add(base_node or node, Code.BASE_CYCLE, text, note="use ideal")
            return _stopgap()
        base = self._work_out(base_name, (*seen, name))
        if base is None:
            self._unknown_base(base_node or node, base_name)
            return _stopgap()
        whole = _mended(base, ideal(channel))
        return whole if isinstance(whole, MapNode) else _stopgap()

    def _unknown_base(self, node: Node, name: str) -> None:
        known = [*self._names(), *CHANNEL_REPORTS, IDEAL]
        self._problems.add(
            node,
            Code.UNKNOWN_PROVIDER,
            f"there is no provider '{name}'",
            note=did_you_mean(name, known),
            help_text=f"providers here: {', '.join(dict.fromkeys(known))}",
        )


# People ----------------------------------------------------------------------------------------


def whole_recipients(written: Node | None, where: Node) -> Node:
    """The recipients of a file over the built-in population.

    `traits: {}` leaves nobody with a trait, and nothing goes together then.
    """
    base = built_in("recipients")[0]
    if written is None:
        return replace(base, mark=where.mark)
    if not isinstance(written, MapNode):
        return written
    traits = written.get("traits")
    whole = merged(base.without("traits"), written)
    if not isinstance(whole, MapNode):
        return written
    if isinstance(traits, MapNode) and not traits.entries:
        no_list = ListNode((), traits.mark)
        return whole if written.key("together") else whole.with_entry("together", no_list)
    if traits is None or isinstance(traits, MapNode):
        base_traits = base.map("traits")
        if base_traits is not None:
            whole = whole.with_entry(
                written.key("traits") or "traits", merged_traits(base_traits, traits)
            )
    return whole


def merged_traits(base: MapNode, over: MapNode | None) -> MapNode:
    """Traits by name over others; what is written for one takes over as a whole effect."""
    if over is None:
        return base
    entries = [
        (over.key(key.text) or key, _merged_trait(node, over.get(key.text))) for key, node in base
    ]
    entries += [(key, node) for key, node in over if base.key(key.text) is None]
    return replace(over, entries=tuple(entries))


def _merged_trait(base: Node, over: Node | None) -> Node:
    """A trait that says what it does takes nothing from the base that does something else."""
    if over is None:
        return base
    if isinstance(base, MapNode) and isinstance(over, MapNode):
        if over.key("as"):
            base = base.without("off", "on", "reason")
        if over.key("off") or over.key("on"):
            base = base.without("as", "reason")
    return merged(base, over)
