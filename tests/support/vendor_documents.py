"""The vendors' own OpenAPI documents as judges of the requests our adapters write.

Two layers: `spec` (openapi-core: path, headers, security, body) and `unknown` (members the document
does not name: most schemas are open, and would let a misspelt one pass). The documents and what was
corrected in them: `tests/adapters/specs/README.md`.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from sandbox.adapters.codec import HttpRequest

SPECS: Final = Path(__file__).parent.parent / "adapters" / "specs"


def complaints(document: str, request: HttpRequest, base_url: str) -> list[str]:
    """What a document has against a request; empty: nothing.

    Args:
        document: Such as `twilio-messages`.
        request: As encoded.
        base_url: As the document's `servers` have it.
    """
    asked = _asked(request, base_url)
    found = [_told(error) for error in _judge(document).iter_request_errors(asked)]
    kind = asked.content_type
    return found + [f"unknown: {name}" for name in unknown_members(document, request, kind)]


def answer_complaints(
    document: str, request: HttpRequest, base_url: str, status: int, body: object
) -> list[str]:
    """What a document has against an answer of ours in a test; empty: nothing."""
    given = MockResponse(json.dumps(body).encode(), status, content_type="application/json")
    asked = _asked(request, base_url)
    return [_told(error) for error in _judge(document).iter_response_errors(asked, given)]


def _asked(request: HttpRequest, base_url: str) -> MockRequest:
    """A request as openapi-core wants it."""
    headers = dict(request.wire_headers())
    kind = headers.pop("Content-Type", "")
    parts = urlsplit(request.path)
    return MockRequest(
        base_url,
        request.method.lower(),
        parts.path,
        args=dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers=headers,
        data=request.body or None,
        content_type=kind,
    )


def unknown_members(document: str, request: HttpRequest, kind: str) -> list[str]:
    """The members of a body that its schema does not name, at any depth."""
    if not request.body:
        return []
    whole = _document(document)
    path = urlsplit(request.path).path
    operation = next(
        item[request.method.lower()]
        for template, item in whole["paths"].items()
        if _fits(template, path) and request.method.lower() in item
    )
    schema = operation["requestBody"]["content"][kind]["schema"]
    value: object
    if kind == "application/json":
        value = json.loads(request.body)
    else:
        value = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    return list(_unknown(whole, [schema], value, ""))


@lru_cache(maxsize=8)
def _document(name: str) -> Any:
    return json.loads((SPECS / f"{name}.json").read_text("utf-8"))


@lru_cache(maxsize=8)
def _judge(name: str) -> OpenAPI:
    return OpenAPI.from_dict(_document(name))


def _told(error: Exception) -> str:
    """An error of openapi-core with what lies beneath: the schema's own words are there."""
    texts, at = [f"{type(error).__name__}: {error}"], error.__cause__
    while at is not None:
        nested = getattr(at, "schema_errors", None)
        texts += [str(each.message) for each in nested] if nested else [str(at)]
        at = at.__cause__
    return " | ".join(texts)


def _fits(template: str, path: str) -> bool:
    asked, known = path.split("/"), template.split("/")
    return len(asked) == len(known) and all(
        a == k or k.startswith("{") or k.partition("{")[0] == a[: k.find("{")] != ""
        for a, k in zip(asked, known, strict=True)
    )


def _unknown(
    whole: Mapping[str, Any], schemas: list[Any], value: object, where: str
) -> Iterator[str]:
    """Walk a value along all schemas that may describe it; a member none of them names is told."""
    flat = [each for schema in schemas for each in _flat(whole, schema)]
    if isinstance(value, list):
        items = [each["items"] for each in flat if "items" in each]
        for place, inner in enumerate(value):
            yield from _unknown(whole, items, inner, f"{where}[{place}]")
    if isinstance(value, dict):
        any_goes = any(isinstance(each.get("additionalProperties"), dict) for each in flat)
        for name, inner in value.items():
            named = [e["properties"][name] for e in flat if name in e.get("properties", {})]
            if named:
                yield from _unknown(whole, named, inner, f"{where}.{name}")
            elif not any_goes:
                yield f"{where}.{name}"


def _flat(whole: Mapping[str, Any], schema: Any) -> Iterator[Any]:
    """A schema and all it is made of: references, allOf, oneOf, anyOf, discriminators."""
    if "$ref" in schema:
        found: Any = whole
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        yield from _flat(whole, found)
        return
    yield schema
    for word in ("allOf", "oneOf", "anyOf"):
        for inner in schema.get(word, ()):
            yield from _flat(whole, inner)
    for target in schema.get("discriminator", {}).get("mapping", {}).values():
        inner = whole
        for part in target.removeprefix("#/").split("/"):
            inner = inner[part]
        # A target that extends this schema by allOf would lead back here for ever.
        own = [each for each in inner.get("allOf", [inner]) if "$ref" not in each]
        for each in own:
            yield from _flat(whole, each)
