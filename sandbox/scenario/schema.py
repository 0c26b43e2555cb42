"""The JSON Schema of the scenario format, made from the description the reader uses."""

from typing import Final

from sandbox.scenario.grammar.scenario import FORMAT, SCENARIO
from sandbox.scenario.grammar.shapes import Definitions, JsonSchema

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema() -> JsonSchema:
    """The schema of a whole file: closed, so that an unknown key is an error in the editor too.

    Some things only the loader can see: whether shares sum to 100 %, whether a name exists, what a
    base brings along. The schema never refuses what the loader accepts.
    """
    definitions: Definitions = {}
    top = SCENARIO.schema(definitions)
    whole = definitions[SCENARIO.name]
    required = [name for name in whole.pop("required") if name != "schema"]
    # What a file does not say may stand in one that it uses.
    whole |= {"required": ["schema"], "anyOf": [{"required": ["use"]}, {"required": required}]}
    return {
        "$schema": DIALECT,
        "title": f"Fallback Sandbox scenario, format {FORMAT}",
        **top,
        "$defs": dict(sorted(definitions.items())),
    }
