"""The JSON Schema of the format."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sandbox.scenario.bases import BUILT_IN_FOLDER, built_in
from sandbox.scenario.nodes import data
from sandbox.scenario.schema import DIALECT, schema
from tests.support.scenario_texts import SCENARIO_TESTS, SHIPPED, SMALL, codes_of, tree

SCHEMA = schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

STRUCTURAL = {
    "schema-version", "not-built", "unknown-key", "wrong-type", "missing-value", "unknown-word",
    "one-of", "too-few", "too-many", "unit-missing", "bad-duration", "bad-share", "bad-money",
    "bad-rate", "bad-factor", "bad-number", "bad-name", "bad-instant", "bad-phone", "bad-country",
    "bad-reason-code",
}  # fmt: skip
"""What the form alone tells; of the rest, some needs the whole file."""

BROKEN = [
    path
    for path in sorted((SCENARIO_TESTS / "broken").glob("*.yaml"))
    if STRUCTURAL & set(codes_of(path))
    and not any(code.startswith(("yaml-", "not-utf8")) for code in codes_of(path))
]


def objects(schema_part: Any) -> list[dict[str, Any]]:
    """Every object of a schema."""
    found = []
    if isinstance(schema_part, dict):
        if schema_part.get("type") == "object":
            found.append(schema_part)
        for value in schema_part.values():
            found += objects(value)
    elif isinstance(schema_part, list):
        for value in schema_part:
            found += objects(value)
    return found


def test_it_is_a_schema() -> None:
    """Draft 2020-12, valid by its own rules, and all that is referred to is there."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == DIALECT
    VALIDATOR.validate(data(tree(SMALL)))


def test_every_map_is_closed() -> None:
    """Known keys, or names with a pattern; an unknown key is an error in the editor too."""
    found = objects(SCHEMA)
    assert len(found) > 30
    for each in found:
        assert each["additionalProperties"] is False or "propertyNames" in each


def test_every_key_says_what_it_is() -> None:
    """The editor shows a line for each key."""
    for name, definition in SCHEMA["$defs"].items():
        for each in objects(definition):
            for key, described in each.get("properties", {}).items():
                if name not in {"submit", "delivery", "settings"} or "." not in key:
                    assert (
                        described.get("description")
                        or "$ref" in described
                        or ("anyOf" in described)
                    ), f"{name}.{key}"


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_scenario_is_valid(path: Path) -> None:
    """The editor has nothing to complain about."""
    VALIDATOR.validate(data(tree(path.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("path", sorted(BUILT_IN_FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_built_in_files_speak_the_language_of_scenarios(path: Path) -> None:
    """What is built in could stand in a scenario file."""
    described = data(built_in(path.stem)[0])
    small = data(tree(SMALL))
    if path.stem == "recipients":
        VALIDATOR.validate({**small, "recipients": described})
    else:
        VALIDATOR.validate({**small, "providers": {path.stem: described}})


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_file_of_the_wrong_form_is_not_valid(path: Path) -> None:
    """What the loader refuses for its form, the editor underlines."""
    assert not VALIDATOR.is_valid(data(tree(path.read_bytes().decode("utf-8-sig"))))


def test_there_are_enough_files_of_the_wrong_form() -> None:
    """The test above looks at many of the broken files."""
    assert len(BROKEN) > 20


def test_what_is_not_built_is_not_in_it() -> None:
    """An editor does not suggest what would be refused."""
    keys = {key for each in objects(SCHEMA) for key in each.get("properties", {})}
    later = {
        "use", "matrix", "trace", "limits", "breaker", "duplicated", "reordered", "before_reply",
        "contradictory", "unknown_id", "batched", "echoes_reference", "stop_on", "template", "code",
        "script", "during", "after", "where", "messages", "never", "sometimes", "weibull",
        "empirical", "mix", "parallel", "pauses",
    }  # fmt: skip
    assert keys & later == {"after"}  # delivery.read.after is another one
    assert "during" not in str(SCHEMA["$defs"]["expect"])
    assert "cancel_next" not in str(SCHEMA)
    assert "dexatel" not in str(SCHEMA)
