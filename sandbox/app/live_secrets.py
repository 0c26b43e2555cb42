"""Credentials, from where they are kept to where they are needed, unseen in between.

A secret is in an environment variable or in the system's keyring; files hold its name alone. From
the moment it is read it is a `Secret`. Nothing here raises while a secret is at hand in the clear,
so none can turn up in a traceback, not even in one that shows local variables.
"""

import importlib
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from sandbox.adapters.codec import MASK, Adapter, Credentials, Need, Secret

ENV: Final = "env"
KEYRING: Final = "keyring"

_DUMMIES: Final[Mapping[str, str]] = {
    "account_sid": f"AC{'0' * 32}",
    "phone_number_id": "100000000000000",
}
_DUMMY: Final = "not-a-secret"


class SecretName(NamedTuple):
    """Where a secret is kept.

    Attributes:
        kind: `env` or `keyring`.
        name: Of the variable, or of the keyring's service.
        user: In the keyring; "" for a variable.
    """

    kind: str
    name: str
    user: str = ""

    @property
    def text(self) -> str:
        """As it is written: `env:NAME`, `keyring:SERVICE/USER`."""
        return f"{self.kind}:{self.name}/{self.user}" if self.user else f"{self.kind}:{self.name}"


Names = Mapping[str, SecretName]
"""Where secrets are that are not in the variable they are looked for in: `twilio.auth_token` -> its
place."""


class SecretStores:
    """The environment and the keyring; shows nothing of either."""

    __slots__ = ("_environment", "_keyring")

    def __init__(
        self,
        environment: Mapping[str, str],
        keyring: Callable[[str, str], str | None] | None = None,
    ) -> None:
        """Know where to look.

        Args:
            environment: That of the process.
            keyring: What a service keeps for a user; by default that of the library `keyring`, if
                it is there.
        """
        self._environment = environment
        self._keyring = keyring or _system_keyring

    def __repr__(self) -> str:
        return f"SecretStores({MASK})"

    def secret(self, place: SecretName) -> Secret | None:
        """What is kept at a place; None where there is nothing, or nobody can look."""
        if place.kind == ENV:
            return _sealed(self._environment.get(place.name))
        try:
            return _sealed(self._keyring(place.name, place.user))
        except Exception:  # noqa: BLE001 - a keyring may fail in any way, and its words may be secret
            return None


def _sealed(text: str | None) -> Secret | None:
    return Secret(text) if text else None


def _system_keyring(service: str, user: str) -> str | None:
    found: str | None = importlib.import_module("keyring").get_password(service, user)
    return found


# For an adapter --------------------------------------------------------------------------------


class Found(NamedTuple):
    """The credentials of one adapter.

    Attributes:
        credentials: Those that were found.
        problems: What is missing or cannot be one, each with the place it was looked for in.
    """

    credentials: Credentials
    problems: tuple[str, ...]


def place_of(adapter: Adapter, need: Need, names: Names) -> SecretName:
    """Where something an adapter needs is kept: as the user's file says, else `VENDOR_NAME`."""
    own = names.get(f"{adapter.vendor}.{need.name}")
    return own or SecretName(ENV, f"{adapter.vendor}_{need.name}".upper())


def credentials_of(adapter: Adapter, names: Names, stores: SecretStores) -> Found:
    """What an adapter needs to send, as far as it is there."""
    return _found(adapter, adapter.sending, names, stores)


def hearing_of(adapter: Adapter, names: Names, stores: SecretStores) -> Found:
    """What an adapter needs to believe a webhook, as far as it is there."""
    return _found(adapter, adapter.hearing, names, stores)


def _found(adapter: Adapter, needs: Iterable[Need], names: Names, stores: SecretStores) -> Found:
    found, problems = [], []
    for need in needs:
        place = place_of(adapter, need, names)
        secret = stores.secret(place)
        if secret is None:
            if need.is_required:
                problems.append(f"{adapter.vendor}'s '{need.name}' is not in {place.text}")
        elif not _is_usable(secret):
            problems.append(f"{place.text} holds a character no credential has")
        else:
            found.append((need.name, secret))
    return Found(Credentials(tuple(found)), tuple(problems))


def _is_usable(secret: Secret) -> bool:
    """Whether it can stand in a header: printable ASCII without spaces."""
    return all("!" <= character <= "~" for character in secret.reveal())


def dummy_credentials(adapter: Adapter) -> Credentials:
    """What a host is given that is not the vendor's: of the right form, and worth nothing."""
    return Credentials.of(
        {need.name: _DUMMIES.get(need.name, _DUMMY) for need in adapter.sending if need.is_required}
    )
