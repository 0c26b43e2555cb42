"""Which adapters there are, by the name a scenario file calls them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from sandbox.adapters.codec import Adapter
from sandbox.adapters.dexatel import DexatelAdapter
from sandbox.adapters.infobip import InfobipAdapter
from sandbox.adapters.meta import MetaAdapter
from sandbox.adapters.twilio import TwilioAdapter
from sandbox.adapters.vonage import VonageAdapter
from sandbox.errors import UsageError

_ALL: Final[tuple[Adapter, ...]] = (
    DexatelAdapter(),
    TwilioAdapter(),
    MetaAdapter(),
    VonageAdapter(),
    InfobipAdapter(),
)

ADAPTERS: Final[Mapping[str, Adapter]] = MappingProxyType({each.name: each for each in _ALL})
"""In the order they are listed to people."""


def adapter_named(name: str) -> Adapter:
    """The adapter of a name.

    Raises:
        UsageError: there is none.
    """
    try:
        return ADAPTERS[name]
    except KeyError:
        known = ", ".join(ADAPTERS)
        raise UsageError(f"there is no adapter '{name}', there are {known}") from None


def is_host_of(adapter: Adapter, host: str) -> bool:
    """Whether a host may see the credentials of an adapter's vendor.

    Args:
        adapter: Whose credentials.
        host: A name without port; letters of either case.
    """
    lower = host.lower()
    return any(
        lower == each or (each.startswith("*.") and _is_below(lower, each[1:]))
        for each in adapter.hosts
    )


def _is_below(host: str, domain: str) -> bool:
    name = host.removesuffix(domain)
    return name != host and name.replace("-", "").isalnum() and name.isascii()
