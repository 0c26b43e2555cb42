"""Where a vendor's requests go, and who may see its credentials.

A base URL comes from the command line or from the user's `live.toml`, never from a scenario, so no
file that is passed around can send anything anywhere. Credentials are bound to the vendor's own
hosts. Any other host is given dummy ones, and must be this machine unless it is allowed by name.
"""

import re
from enum import Enum
from typing import Final, NamedTuple

from sandbox.adapters.catalogue import is_host_of
from sandbox.adapters.codec import Adapter
from sandbox.errors import UsageError
from sandbox.report.plain import plain

URL_MAX: Final = 300
PORT_MAX: Final = 65535
LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")

HOST: Final = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
"""A name of ASCII letters, digits, hyphens and dots; none at its end."""

_URL: Final = re.compile(
    rf"(?P<scheme>https?)://(?P<host>{HOST}|\[::1\])(?::(?P<port>[1-9][0-9]{{0,4}}))?"
    r"(?P<path>(?:/[A-Za-z0-9._~-]+)*)/?",
    re.ASCII,
)


class Whose(Enum):
    """What a host is to an adapter."""

    VENDOR = "vendor"
    """One of the vendor's own: it gets the real credentials."""
    LOOPBACK = "loopback"
    """This machine: dummy credentials, and `http` will do."""
    ALLOWED = "allowed"
    """Allowed by name: dummy credentials."""
    STRANGE = "strange"
    """Nothing is sent there."""


class BaseUrl(NamedTuple):
    """Where requests go.

    Attributes:
        scheme: `https` or `http`.
        host: In lower case; `[::1]` in its brackets.
        port: 0: that of the scheme.
        path: Put before the path of each request; no slash at its end.
    """

    scheme: str
    host: str
    port: int = 0
    path: str = ""

    @property
    def text(self) -> str:
        """As it is written."""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{self.host}{port}{self.path}"

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine."""
        return self.host in LOOPBACK

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read along: `https`, or no way at all."""
        return self.scheme == "https" or self.is_loopback

    def whose(self, adapter: Adapter, allowed: tuple[str, ...]) -> Whose:
        """What its host is to an adapter.

        Args:
            adapter: Who would send there.
            allowed: Further hosts, as named on the command line or by the user's file.
        """
        if is_host_of(adapter, self.host):
            return Whose.VENDOR
        if self.is_loopback:
            return Whose.LOOPBACK
        return Whose.ALLOWED if self.host in allowed else Whose.STRANGE


def base_url(text: str) -> BaseUrl:
    """Read a base URL.

    Raises:
        UsageError: it is none: another scheme, a user's name, a query, an odd host. The text is not
            repeated beyond its scheme where it might hold a password.
    """
    found = _URL.fullmatch(text) if len(text) <= URL_MAX else None
    port = int(found["port"] or 0) if found else 0
    if found is None or port > PORT_MAX:
        shown = "it" if "@" in text else f"'{plain(text, 60)}'"
        raise UsageError(
            f"{shown} is no base URL",
            hint="Write https://HOST in lower case, with a port or path; no user, no query.",
        )
    return BaseUrl(found["scheme"], found["host"], port, found["path"])


def host_name(text: str) -> str:
    """Read the name of a host that is to be allowed.

    Raises:
        UsageError: it is none; a pattern such as `*.example.com` is none either.
    """
    if len(text) > URL_MAX or not re.fullmatch(HOST, text, re.ASCII):
        raise UsageError(
            f"'{plain(text, 60)}' is no host",
            hint="Write the whole name in lower case, without scheme, port and stars.",
        )
    return text
