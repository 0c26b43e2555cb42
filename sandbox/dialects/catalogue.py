"""Which dialects there are, by the name of their adapter."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from sandbox.dialects.dexatel import DexatelDialect
from sandbox.dialects.dialect import Dialect
from sandbox.dialects.infobip import InfobipDialect
from sandbox.dialects.meta import MetaDialect
from sandbox.dialects.twilio import TwilioDialect
from sandbox.dialects.vonage import VonageDialect
from sandbox.errors import UsageError

_ALL: Final[tuple[Dialect, ...]] = (
    DexatelDialect(),
    TwilioDialect(),
    MetaDialect(),
    VonageDialect(),
    InfobipDialect(),
)

DIALECTS: Final[Mapping[str, Dialect]] = MappingProxyType({each.name: each for each in _ALL})


def dialect_named(name: str) -> Dialect:
    """The dialect an adapter speaks.

    Raises:
        UsageError: there is none.
    """
    try:
        return DIALECTS[name]
    except KeyError:
        known = ", ".join(DIALECTS)
        raise UsageError(f"nobody here speaks '{name}', there are {known}") from None
