"""The whole scenario file."""

from typing import Final

from sandbox.scenario.codes import Code
from sandbox.scenario.grammar import drafts
from sandbox.scenario.grammar.cascades import CASCADE, TEXT_MAX
from sandbox.scenario.grammar.expect import EXPECT
from sandbox.scenario.grammar.leaves import Duration, Instant, Integer, Reference, Speed, Text
from sandbox.scenario.grammar.lint import LINT
from sandbox.scenario.grammar.matrix import MATRIX
from sandbox.scenario.grammar.money import CURRENCIES
from sandbox.scenario.grammar.providers import PROVIDER
from sandbox.scenario.grammar.recipients import RECIPIENTS
from sandbox.scenario.grammar.shapes import (
    REQUIRED,
    Definitions,
    JsonSchema,
    ListOf,
    MapOf,
    OrWord,
    Shape,
    Struct,
    key,
    wrong_type,
)
from sandbox.scenario.grammar.traffic import ACTS, BY_HAND, CLOCK_MAX_US, FAULTS, LOAD
from sandbox.scenario.nodes import Node, ScalarNode, core_value
from sandbox.scenario.problems import Bad, Problems

FORMAT: Final = 1
"""The version of the format, the value of `schema:`."""

SEED_MAX: Final = 10**18 - 1
RANDOM: Final = -(10**18)
"""Stands for `seed: random` until one is drawn."""


class _Version(Shape[int]):
    what = f"the version of the format, {FORMAT}"

    def parse(self, node: Node, problems: Problems) -> int | Bad:
        """Read the version; there is only one so far."""
        if not isinstance(node, ScalarNode) or not isinstance(core_value(node), int):
            return wrong_type(self.what, node, problems, f"write schema: {FORMAT}")
        if core_value(node) != FORMAT:
            text = f"this program reads version {FORMAT} of the format, not {node.text}"
            note = f"write schema: {FORMAT}"
            return problems.add(node, Code.SCHEMA_VERSION, text, note=note)
        return FORMAT

    def schema(self, definitions: Definitions) -> JsonSchema:
        """Just this number."""
        return {"const": FORMAT}


_CLOCK: Final = Struct(
    "clock",
    "When a run begins and ends, in virtual time.",
    drafts.ClockDraft,
    [
        key("start", Instant(), "The date and time at 0s.", default="2026-01-01T00:00:00Z"),
        key(
            "until",
            OrWord(Duration(most=CLOCK_MAX_US), {"quiet": None}),
            "Where it ends: when nothing is pending, or at an instant.",
            default="quiet",
            field="until_us",
        ),
        key(
            "limit",
            Duration(most=CLOCK_MAX_US),
            "A run that is not quiet by then has failed.",
            default="48h",
            field="limit_us",
        ),
        key(
            "warm_up",
            Duration(least=0, most=CLOCK_MAX_US),
            "Messages requested before are in no metric.",
            default="0s",
            field="warm_up_us",
        ),
    ],
)

_CAPTION: Final = Struct(
    "caption",
    "What a demo says, and when.",
    drafts.CaptionDraft,
    [
        key(
            "at",
            Duration(least=0, most=CLOCK_MAX_US),
            "The instant.",
            default=REQUIRED,
            field="at_us",
        ),
        key("say", Text(most=TEXT_MAX), "The words.", default=REQUIRED),
    ],
)

_DEMO: Final = Struct(
    "demo",
    "How a run is shown; never changes the run.",
    drafts.DemoDraft,
    [
        key("speed", Speed(), "How many times faster than the clock, such as 20x."),
        key("captions", ListOf(_CAPTION), "What is said meanwhile.", default=[]),
    ],
    later=("pauses", "pause_on"),
)

USE: Final = ListOf(Reference("the path of a file"), least=1, or_one=True)
"""Read before everything else; what is left of a scenario afterwards has none."""

SCENARIO: Final = Struct(
    "scenario",
    "A world, what goes wrong in it, and what must still be true.",
    drafts.ScenarioDraft,
    [
        key("schema", _Version(), "The version of the format.", default=REQUIRED),
        key("use", USE, "Files whose contents go below this one's; the later wins."),
        key("name", Text(most=200, empty=False), "Its name; the file's by default."),
        key("title", Text(most=TEXT_MAX), "One line for people.", default=""),
        key(
            "description",
            Text(most=TEXT_MAX, lines=True),
            "What it shows, and why.",
            default="",
        ),
        key("tags", ListOf(Text(most=100)), "Words to find it by.", default=[]),
        key(
            "seed",
            OrWord(Integer(least=-SEED_MAX, most=SEED_MAX), {"random": RANDOM}),
            "Decides all luck; random draws one and prints it.",
            default=1,
        ),
        key("clock", _CLOCK, "When it begins and ends.", default={}),
        key("currencies", CURRENCIES, "Rates between currencies, where prices are in several."),
        key("cascades", MapOf(CASCADE, least=1), "Cascades by name.", default=REQUIRED),
        key(
            "providers",
            MapOf(PROVIDER),
            "Providers by name, where they differ from the built-in ones.",
            default={},
        ),
        key("recipients", RECIPIENTS, "Who receives; the built-in population by default."),
        key("load", LOAD, "When messages come.", default=REQUIRED),
        key("faults", FAULTS, "What goes wrong, and when.", default=[]),
        key("acts", ACTS, "What is done about messages under way: cancel, next, resend."),
        key("by_hand", BY_HAND, "What somebody did by hand in an earlier run, done again."),
        key("expect", EXPECT, "What must be true in the end.", default={}),
        key("lint", LINT, "What the linter finds and is meant."),
        key("matrix", MATRIX, "What `sandbox matrix` varies; a single run takes no notice of it."),
        key("demo", _DEMO, "How it is shown.", default={}),
    ],
    later=("limits", "parallel"),
    is_lenient=True,
)
