"""What may go to others: a run without numbers of people, texts of messages, and codes.

Three things are masked. What is a text by its place (a message, a provider's own words) goes as a
whole. What the scenario is known to hold (numbers, texts, codes of its own) goes wherever it turns
up as a word. And in what people wrote freely (titles, names) everything goes that looks like a
phone number or a one-time code. Reason codes of the published catalogues stay: they say why, and
nothing of anybody.
"""

import re
from collections.abc import Collection, Iterable
from typing import Final

from sandbox.cascade.outputs import Detail, DetailValue, Fact

MASK: Final = "•••"
"""Stands where something was."""

_WORD_MIN: Final = 3
"""A shorter secret is masked in its own place alone: elsewhere it would be part of anything."""

_PHONE_OR_CODE: Final = re.compile(r"\+?(?<![0-9])[0-9](?:[ ()./-]{0,2}[0-9]){3,}(?![0-9])")
"""Four digits or more, as people write them: `4829`, `482-913`, `+49 151 1234567`."""

_NAMES: Final = frozenset({"cascade", "provider", "fault", "ineligible"})
"""Fields of a detail with names that people gave; the others are words of the log."""

_CAN_HOLD_TEXT: Final = "delivery.reasons"
"""The setting whose value, changed by hand, holds codes and words."""


class Redaction:
    """Masks one run."""

    def __init__(
        self, secrets: Iterable[str] = (), *, published: Collection[str] = frozenset()
    ) -> None:
        """Know what is to be masked.

        Args:
            secrets: Numbers, texts and codes that the scenario is known to hold.
            published: Reason codes that may stay.
        """
        self._published = published
        words = sorted({s for s in secrets if len(s) >= _WORD_MIN}, key=lambda s: (-len(s), s))
        self._words = re.compile("|".join(map(_as_word, words))) if words else None

    def words(self, composed: str) -> str:
        """A sentence of ours with what the scenario holds masked; figures stay."""
        return composed if self._words is None else self._words.sub(MASK, composed)

    def text(self, free: str) -> str:
        """What somebody wrote freely, with all masked that looks like a number or a code."""
        return _PHONE_OR_CODE.sub(MASK, self.words(free))

    def code(self, code: str) -> str:
        """A reason code, if it is published."""
        return code if not code or code in self._published else MASK

    def told(self, fact: Fact) -> Fact:
        """A line of the log for telling its story: texts and codes are gone, names still match."""
        return self._fact(fact, with_names=False)

    def fact(self, fact: Fact) -> Fact:
        """A line of the log for others: every word of it is looked at."""
        return self._fact(fact, with_names=True)

    def _fact(self, fact: Fact, *, with_names: bool) -> Fact:
        seq, at_us, message, level, attempt, kind, cause, detail = fact
        if not detail.fields:
            return fact
        is_reasons = detail.text("path") == _CAN_HOLD_TEXT
        fields = {
            name: self._field(
                name, value, is_name=with_names and name in _NAMES, is_reasons=is_reasons
            )
            for name, value in detail.fields.items()
        }
        if fields == dict(detail.fields):
            return fact
        return seq, at_us, message, level, attempt, kind, cause, Detail(fields)

    def _field(
        self, name: str, value: DetailValue, *, is_name: bool, is_reasons: bool
    ) -> DetailValue:
        match value:
            case str() if name == "text" or (is_reasons and name == "value"):
                return MASK
            case str() if name == "code":
                return self.code(value)
            case str() if name == "value":
                return self.words(value)
            case str() if is_name:
                return self.text(value)
            case tuple() if is_name:
                return tuple(map(self.text, value))
            case _:
                return value


def sensitive(name: str) -> list[str]:
    """The parts of a name that look like a number or a code."""
    return [found.group() for found in _PHONE_OR_CODE.finditer(name)]


def _as_word(secret: str) -> str:
    """The secret, where it is not a part of a longer word."""
    before = "(?<![0-9A-Za-z])" if secret[0].isalnum() else ""
    after = "(?![0-9A-Za-z])" if secret[-1].isalnum() else ""
    return before + re.escape(secret) + after
