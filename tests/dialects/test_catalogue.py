"""Every adapter has somebody to speak with."""

from pathlib import Path
from typing import Final

import pytest

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.dialects.catalogue import DIALECTS, dialect_named
from sandbox.dialects.words import KEYS, SEGMENTS
from sandbox.errors import UsageError

PACKAGE: Final = Path(__file__).parents[2] / "sandbox"


def test_each_adapter_has_its_dialect() -> None:
    """Names: the same, in the same order, with the same vendor and channels."""
    assert list(DIALECTS) == list(ADAPTERS)
    for name, dialect in DIALECTS.items():
        adapter = ADAPTERS[name]
        assert dialect_named(name) is dialect
        assert (dialect.name, dialect.vendor) == (adapter.name, adapter.vendor)
        assert dialect.channels == adapter.channels


def test_the_fidelity_page_says_what_each_cannot_say_and_what_nobody_has_seen() -> None:
    """Docs: the sentences of the tables, word for word, in the vendor's own section."""
    page = " ".join((PACKAGE / "docs" / "providers.md").read_text("utf-8").split())
    general, *sections = page.split("### The fake of ")
    assert len(sections) == len(DIALECTS)
    for dialect, section in zip(DIALECTS.values(), sections, strict=True):
        own = section.split(" ## ")[0]
        assert "As of 2026-" in own
        for said in dialect.unverified:
            assert said in own
        for lack in dialect.inabilities:
            assert lack.says in (general if lack in {SEGMENTS, KEYS} else own)


def test_a_name_that_is_none() -> None:
    """Errors: what there is instead."""
    with pytest.raises(UsageError, match="nobody here speaks 'pigeon', there are dexatel, twilio"):
        dialect_named("pigeon")
