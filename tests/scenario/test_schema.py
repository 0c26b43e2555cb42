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


ANNA = """\
schema: 1
cascades: {otp: [sms, whatsapp]}
load: [{message: anna}]
"""

PARTS = {
    "providers: {sms: {receipts: {%s}}}": (
        ["duplicated: 2%", "duplicated: {copies: 1..3}", "duplicated: {copies: 5}", "late: 1%",
         "reordered: {share: 1%, within: 5s}", "reordered: 1%", "before_reply: 0.2%",
         "batched: 5s", "batched: none", "batched: {every: none}", "echoes_reference: false",
         "per: segment", "duplicated: {gap: {uniform: [0s, 1s]}}"],
        ["duplicated: 2", "duplicated: {copies: 6}", "duplicated: {copies: 1-3}",
         "duplicated: {times: 2}", "reordered: {within: none}", "before_reply: true",
         "batched: {every: 5}", "batched: [5s]", "echoes_reference: 1", 'echoes_reference: "true"',
         "per: part", "id_format: decimal", "unknown_id: {share: 1%}"],
    ),
    "providers: {sms: {limits: {%s}}}": (
        ["rate: 20/s", "rate: none", "burst: 40", "over: queue", "over: drop", "over: throttled",
         "over: {answer: refused.permanent, retry_after: 0s}", "over: {}", "quota: {count: none}",
         "quota: {count: 100000, per: minute, over: refused.temporary}"],
        ["rate: 20", "rate: x2", "burst: 0", "burst: none", "over: accepted", "over: [queue]",
         "over: {answer: queue}", "over: {wait: 1s}", "quota: 5", "quota: {count: 0}",
         "quota: {per: week}", "concurrency: 4"],
    ),
    "faults: [{message: anna, script: [%s]}]": (
        ["throttled", "{}", "{submit: accepted}", "{delivery: partial, after: 0s}",
         "{delivery: expired}", "{receipt: lost}", "{receipt: orphan}", "throttled, accepted",
         "{receipt: {delay: 50s, copies: 2, contradicted: true}}"],
        ["", "gone", "{delivery: throttled}", "{after: 5}", "{receipt: late}", "[throttled]",
         "{receipt: {copies: 6}}", "{receipt: {contradicted: x}}", "{recept: lost}"],
    ),
    "faults: [{%s}]": (
        ["message: anna, level: 1, script: [accepted]", "id: x, message: anna, script: [{}]",
         "provider: sms, at: 1m, for: 1m, set: {limits.rate: 1/s, limits.burst: x2}",
         "provider: sms, at: 1m, for: 1m, set: {receipts.duplicated.copies: 1..3}",
         "provider: sms, at: 1m, for: 1m, set: {receipts.batched.every: none}"],
        ["message: anna", "message: anna, script: [{}], set: {}", "script: [{}]",
         "message: anna, level: 8, script: [{}]", "message: anna, at: 1m, script: [{}]",
         "provider: sms, at: 1m, for: 1m, set: {receipts.duplicated.copies: x2}",
         "provider: sms, at: 1m, for: 1m, set: {limits.burst: none}",
         "provider: sms, at: 1m, for: 1m, set: {receipts.duplicated: 1%}"],
    ),
    "recipients: {codes: {%s}}": (
        ["entered: 95%", "after: {lognormal: {p50: 8s, p95: 40s}}", "mistyped: 3%",
         "asks_again: 20%", "asks_again: {share: 20%, after: 60s}", ""],
        ["entered: 95", "after: 8s", "asks_again: {when: 60s}", "asks_again: none", "typed: 1%"],
    ),
    "acts: [{%s}]": (
        ["message: anna, at: 40s, do: cancel", "message: anna, at: 0s, do: resend"],
        ["message: anna, do: next", "at: 1s, do: next", "message: anna, at: 1s",
         "message: anna, at: 1s, do: verified", "message: anna, at: 1, do: next"],
    ),
    "by_hand: [{%s}]": (
        ["at: 12.345678s, provider: sms, set: {receipts.lost: x2, limits.quota.count: none}",
         "at: 0s, provider: sms, reset: [receipts.lost, validity]",
         "at: 3s, message: 17, act: cancel", "at: 3s, message: anna, act: next"],
        ["at: 3s, message: 0, act: next", "at: 3s, message: 17, act: stop", "at: 3s, act: next",
         "at: 3s, message: [anna], act: next", "at: 3s, message: 10000001, act: next",
         "at: 1s, provider: sms", "at: 1s, provider: sms, reset: []", "at: 1s, reset: [validity]",
         "at: 1s, provider: sms, reset: [lost]", "at: 1, provider: sms, reset: [validity]",
         "at: 1s, provider: sms, set: {validity: 5}", "at: 1s, provider: sms, reset: validity",
         "at: 1s, provider: sms, set: {validity: 5s}, reset: [validity]"],
    ),
}  # fmt: skip
"""Around each part of a file, what may stand there and what may not."""


@pytest.mark.parametrize(
    ("text", "is_good"),
    [
        (ANNA + around % part, is_good)
        for around, (good, bad) in PARTS.items()
        for part, is_good in (*((g, True) for g in good), *((b, False) for b in bad))
    ],
)
def test_the_editor_and_the_loader_agree(text: str, is_good: bool) -> None:
    """What one takes the other takes, part by part."""
    assert (codes_of(text) == []) is is_good
    assert VALIDATOR.is_valid(data(tree(text))) is is_good


def test_what_is_not_built_is_not_in_it() -> None:
    """An editor does not suggest what would be refused."""
    keys = {key for each in objects(SCHEMA) for key in each.get("properties", {})}
    later = {
        "pauses", "pause", "closed", "across_seeds",
        "concurrency", "id_format", "bad_signature", "capabilities", "between",
    }  # fmt: skip
    assert keys & later == set()


def test_a_file_that_uses_others_may_leave_anything_to_them() -> None:
    """The editor asks for cascades and load only where nothing else can bring them."""
    assert VALIDATOR.is_valid({"schema": 1, "use": ["a.yaml"], "cascades": {"otp": {}}})
    assert VALIDATOR.is_valid({"schema": 1, "use": "a.yaml"})
    assert not VALIDATOR.is_valid({"schema": 1, "cascades": {"otp": ["sms"]}})
    assert not VALIDATOR.is_valid({"use": ["a.yaml"]})
