"""Requests as they reach a dialect, and what its vendor's error says."""

import json
from typing import Any

from sandbox.adapters.codec import Headers, HttpAnswer
from sandbox.adapters.forms import form_body
from sandbox.dialects.dialect import Call, Dialect
from sandbox.dialects.words import Request
from tests.support.words_said import NOW_S


def post(dialect: Dialect, path: str, proof: Headers, body: object) -> Call:
    """What becomes of a body: bytes as they are, fields as a form, all else as JSON."""
    match body:
        case bytes():
            raw = body
        case tuple():
            raw = form_body(body)
        case _:
            raw = json.dumps(body).encode()
    return dialect.read(Request("POST", path, proof, raw, NOW_S))


def error(call: Call) -> tuple[int, Any]:
    """The status and the body of an error."""
    assert isinstance(call, HttpAnswer), call
    return call.status, json.loads(call.body)


def shown(answer: HttpAnswer) -> Any:
    """The body of an answer."""
    return json.loads(answer.body)
