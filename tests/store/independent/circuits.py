"""When a provider is passed over, by its `breaker` in the scenario.

Written from the documents, not from the program.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Protocol

LADDER: Final = {"accepted": 1, "sent": 2, "delivered": 3, "read": 4}
UNIT_US: Final = {"ms": 1_000, "s": 10**6, "m": 60 * 10**6, "h": 3600 * 10**6, "d": 86400 * 10**6}

Json = dict[str, Any]


class Told(Protocol):
    """What a circuit needs of a line."""

    at: int
    message: int | None
    level: int | None
    attempt: int | None
    kind: str
    detail: Json


def duration_us(text: str) -> int | None:
    """A duration such as `1.5h` in microseconds; None for `none`."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", text)
    return int(Decimal(found[1]) * UNIT_US[found[2]]) if found else None


@dataclass
class Circuit:
    """Whether a provider is passed over, by its `breaker` in the scenario."""

    open_after: int | None
    lasts: int
    failures: int = 0
    opened_at: int | None = None
    probe: tuple[int | None, ...] | None = None

    def is_shut(self, at: int) -> bool:
        """Nothing goes there at this instant."""
        if self.opened_at is None:
            return False
        return self.probe is not None or at < self.opened_at + self.lasts

    def told(self, line: Told) -> Json | None:
        """Takes in a line about the provider; what the line after it says of the circuit."""
        place = (line.message, line.level, line.attempt)
        word, kind = line.detail.get("class"), line.kind
        if kind == "submitted":
            if self.opened_at is None:
                return None
            self.probe = place
            return {"state": "half_open"}
        if word == "account" and line.detail.get("status") not in LADDER:
            was_open = self.opened_at is not None and self.probe is None
            said = self._open(line.at)
            return None if was_open else said
        if kind.endswith("receipt") or (self.opened_at is not None and place != self.probe):
            return None
        if kind == "accepted" or (kind == "refused" and word not in (None, "transient")):
            was_open = self.opened_at is not None
            self.failures, self.opened_at, self.probe = 0, None, None
            return {"state": "closed"} if was_open else None
        self.failures += 1
        if self.probe is not None or self.failures == self.open_after:
            return self._open(line.at)
        return None

    def _open(self, at: int) -> Json:
        self.failures, self.opened_at, self.probe = 0, at, None
        return {"state": "open", "until_us": at + self.lasts}


def circuits_of(resolved: Json) -> dict[str, Circuit]:
    """The circuits of the providers that have a breaker."""
    found = {}
    for name, provider in resolved["providers"].items():
        breaker = provider.get("breaker", "none")
        if breaker != "none":
            after = breaker["open_after"]
            lasts = duration_us(breaker["for"]) or 0
            found[name] = Circuit(None if after == "none" else after, lasts)
    return found
