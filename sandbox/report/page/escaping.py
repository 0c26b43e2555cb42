"""Text on its way into the page: nothing of it is markup, nothing of it hides."""

from collections.abc import Callable
from html import escape
from typing import Final

from sandbox.report.plain import plain

Show = Callable[[str], str]
"""Makes a text fit to stand in the page, in an attribute as well; every text of others goes through
one of these. A page that is redacted has one that masks first."""

LENGTH_MAX: Final = 1000
"""Longer texts are cut: a page is read, and bounded."""


def shown(text: str) -> str:
    """A text as the page shows it."""
    return escape(plain(text, LENGTH_MAX))
