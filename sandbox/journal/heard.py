"""What was heard from a provider outside as JSON, for files; and back.

    {"v":1,"kind":"receipt","message":1,"level":0,"attempt":1,"status":"delivered","owed_nano":45}

What has its default is left out. `v` is the version of this form: members may be added without a
new one. Causes are not written: the log has them.
"""

import json
from typing import Any, Final

from sandbox.cascade.events import (
    Heard,
    OrphanReceived,
    Reason,
    RecallAnswered,
    ReceiptReceived,
    SubmitAnswered,
)
from sandbox.cascade.vocabulary import STATUSES, ReasonClass, RecallResult, Status
from sandbox.errors import StorageError

VERSION: Final = 1

_KINDS: Final[dict[str, type[Heard]]] = {
    "answer": SubmitAnswered,
    "receipt": ReceiptReceived,
    "orphan": OrphanReceived,
    "recall": RecallAnswered,
}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}
_NUMBERS: Final = (
    "message", "level", "attempt", "owed_nano", "luck", "retry_after_us", "segment", "segments",
)  # fmt: skip
_WORDS: Final = ("provider",)
_STATUSES: Final = ("answer", "status")


def encode_heard(event: Heard) -> str:
    """One object of JSON, ASCII only."""
    defaults = type(event)._field_defaults
    told: dict[str, Any] = {"v": VERSION, "kind": _NAMES[type(event)]}
    for name, value in event._asdict().items():
        if name == "cause" or (name in defaults and value == defaults[name]):
            continue
        if isinstance(value, Reason):
            told[name] = [value.code, value.reason_class.value, value.text]
        elif isinstance(value, Status):
            told[name] = value.word
        else:
            told[name] = value
    return json.dumps(told, separators=(",", ":"))


def decode_heard(text: str) -> Heard:
    """Read what `encode_heard` wrote.

    Raises:
        StorageError: it is nothing of the kind, or of a later version.
    """
    try:
        told = json.loads(text)
        version = told.pop("v")
        if version != VERSION:
            raise StorageError(
                f"what was heard is of version {version!r}, this program reads {VERSION}"
            )
        kind = _KINDS[told.pop("kind")]
        return kind(**{name: _value(name, value) for name, value in told.items()})
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise StorageError(f"what was heard cannot be read: {type(error).__name__}") from error


def _value(name: str, value: Any) -> Any:  # noqa: ANN401 - of JSON, checked here
    if name in _NUMBERS and type(value) is int:
        return value
    if name in _WORDS and isinstance(value, str):
        return value
    if name in _STATUSES:
        return STATUSES[value]
    if name == "result":
        return RecallResult(value)
    if name == "reason":
        code, reason_class, words = map(str, value)
        return Reason(code, ReasonClass(reason_class), words)
    raise ValueError(name)
