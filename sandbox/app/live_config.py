"""The user's own settings for real sending: `live.toml` in the platform's folder for configuration.

    allow = ["+37490000001"]                # whole numbers
    hosts = ["stub.example.com"]            # may be sent to, with dummy credentials

    [caps]
    run = {submissions = 10, money = "1 EUR"}

    [base_urls]
    infobip = "https://x1y2z3.api.infobip.com"

    [secrets.twilio]
    auth_token = "keyring:sandbox/twilio"   # or env:NAME; never the secret itself

It is found in one place, and no option names another. A key nobody knows is an error: a cap that is
misspelt would be none. Errors name the key and its line, never a value that may be a secret.
"""

import os
import re
import stat
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar

from platformdirs import user_config_path

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.app.base_urls import BaseUrl, base_url, host_name
from sandbox.app.live_secrets import ENV, KEYRING, SecretName
from sandbox.errors import SandboxError, UsageError
from sandbox.report.plain import plain
from sandbox.scenario.quantities import Money, QuantityError, money
from sandbox.simulation.phones import is_e164
from sandbox.store.caps import DEFAULT_CAPS, Cap, Caps

FOLDER: Final = "fallback-sandbox"
FILE: Final = "live.toml"
BYTES_MAX: Final = 65_536
ENTRIES_MAX: Final = 1000
SUBMISSIONS_MAX: Final = 1_000_000
WINDOWS: Final = ("run", "hour", "day")

_T = TypeVar("_T")

_SECRET: Final = re.compile(
    rf"{ENV}:(?P<variable>[A-Za-z_][A-Za-z0-9_]{{0,99}})"
    rf"|{KEYRING}:(?P<service>[A-Za-z0-9._-]{{1,99}})/(?P<user>[A-Za-z0-9._@+-]{{1,99}})"
)
_HEAD: Final = re.compile(r"\s*\[\s*([A-Za-z0-9_.-]+)\s*\]")
_KEY: Final = re.compile(r"\s*([A-Za-z0-9_.-]+)\s*=")


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveConfig:
    """What the user's file says.

    Attributes:
        allow: Whole E.164 numbers that may be written to.
        hosts: Hosts that are not a vendor's and may be sent to all the same.
        base_urls: By adapter, where it is not the vendor's usual one.
        secrets: `vendor.name` -> where that is kept.
        warnings: What is allowed and not wise, for people.
    """

    allow: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    caps: Caps = DEFAULT_CAPS
    base_urls: tuple[tuple[str, BaseUrl], ...] = ()
    secrets: tuple[tuple[str, SecretName], ...] = ()
    warnings: tuple[str, ...] = ()


def config_path() -> Path:
    """The file, such as `~/.config/fallback-sandbox/live.toml`."""
    return user_config_path(FOLDER, appauthor=False) / FILE


def allowed_number(text: str) -> str:
    """Read a number that may be written to.

    Raises:
        UsageError: it is no whole E.164 number; a prefix or a pattern is none.
    """
    if not is_e164(text):
        raise UsageError(
            f"'{plain(text, 30)}' is no whole phone number",
            hint="Write it in E.164, with + and country code; there are no patterns.",
        )
    return text


# The file ----------------------------------------------------------------------------------------


def read_live_config() -> LiveConfig:
    """What the user's file says; the defaults where there is none.

    Raises:
        UsageError: it cannot be read, or something in it is wrong; all of it is named.
    """
    path = config_path()
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(BYTES_MAX + 1)
    except FileNotFoundError:
        return LiveConfig()
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise UsageError(f"cannot read {path}: {reason}") from error
    if mode & stat.S_IWOTH and os.name == "posix":
        raise UsageError(
            f"anybody on this machine can change {path}", hint=f"chmod 600 {path} keeps it yours."
        )
    return replace(parse_live_config(content, str(path)), warnings=_warnings(mode, path))


def _warnings(mode: int, path: Path) -> tuple[str, ...]:
    """Whether others can read whom you write to, or change how much."""
    if os.name != "posix":
        return ()
    does = "change" if mode & stat.S_IWGRP else "read"
    others = mode & (stat.S_IROTH | stat.S_IWGRP)
    return (
        (f"others on this machine can {does} {path}; chmod 600 keeps it yours",) if others else ()
    )


def parse_live_config(content: bytes, name: str) -> LiveConfig:
    """Read the content of such a file.

    Args:
        content: TOML in UTF-8, at most 64 KiB.
        name: What errors call it.

    Raises:
        UsageError: something in it is wrong; all of it is named, a line each.
    """
    if len(content) > BYTES_MAX:
        raise UsageError(f"{name} is larger than {BYTES_MAX} bytes")
    try:
        text = content.decode("utf-8")
        document = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not UTF-8, from byte {error.start} on") from None
    except RecursionError:
        raise UsageError(f"{name} is nested too deep") from None
    except ValueError as error:  # no TOML, or a number of thousands of digits
        # Without the cause: it holds the whole text, and somebody may have put a secret there.
        raise UsageError(f"{name}: {plain(str(error), 200)}") from None
    return _Reading(name, text).config(document)


def _lines(text: str) -> dict[str, int]:
    """The line of each key that stands at the beginning of one; for errors only."""
    lines: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        head, key = _HEAD.match(line), _KEY.match(line)
        if head:
            table = f"{head[1]}."
            lines.setdefault(head[1], number)
        elif key:
            lines.setdefault(f"{table}{key[1]}", number)
    return lines


class _Reading:
    """Reads one document, and collects what is wrong with it."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._lines = _lines(text)
        self._problems: list[str] = []

    def config(self, document: Mapping[str, object]) -> LiveConfig:
        """All of it.

        Raises:
            UsageError: something is wrong.
        """
        self._known("", document, ("allow", "hosts", "caps", "base_urls", "secrets"))
        config = LiveConfig(
            allow=self._texts("allow", document, allowed_number),
            hosts=self._texts("hosts", document, host_name),
            caps=self._caps(self._table("caps", document)),
            base_urls=tuple(self._base_urls(self._table("base_urls", document))),
            secrets=tuple(self._secrets(self._table("secrets", document))),
        )
        if self._problems:
            raise UsageError(
                "\n".join(self._problems), hint="The page live-lock.md lists the keys."
            )
        return config

    # Caps ------------------------------------------------------------------------------------

    def _caps(self, table: Mapping[str, object]) -> Caps:
        self._known("caps", table, WINDOWS)
        default = DEFAULT_CAPS
        stated: list[Money] = []
        found = {
            what: self._cap(f"caps.{what}", table, getattr(default, what), stated)
            for what in WINDOWS
            if what in table
        }
        currencies = sorted({each.currency for each in stated if each.currency})
        currency = currencies[0] if currencies else default.currency
        if len(currencies) > 1:
            self._wrong("caps", f"are in one currency, not in {' and '.join(currencies)}")
        elif currency != default.currency and len(stated) < len(WINDOWS):
            self._wrong("caps", f"state money for run, hour and day if it is in {currency}")
        return replace(default, currency=currency, **found)

    def _cap(
        self, path: str, table: Mapping[str, object], default: Cap, stated: list[Money]
    ) -> Cap:
        own = self._table(path, table)
        self._known(path, own, ("submissions", "money"))
        count, amount = own.get("submissions", default.submissions), own.get("money")
        if not isinstance(count, int) or isinstance(count, bool) or not _is_count(count):
            self._wrong(f"{path}.submissions", f"is a whole number from 0 to {SUBMISSIONS_MAX}")
            return default
        if amount is None:
            return Cap(count, default.nano)
        try:
            read = money(amount if isinstance(amount, str) else "")
        except QuantityError:
            self._wrong(f"{path}.money", 'is an amount with its currency, such as "2 EUR"')
            return default
        stated.append(read)
        return Cap(count, read.nano)

    # Addresses and secrets -------------------------------------------------------------------

    def _base_urls(self, table: Mapping[str, object]) -> Iterator[tuple[str, BaseUrl]]:
        self._known("base_urls", table, tuple(ADAPTERS))
        for adapter in ADAPTERS:
            if adapter in table:
                for url in self._read(f"base_urls.{adapter}", table[adapter], base_url):
                    yield adapter, url

    def _secrets(self, table: Mapping[str, object]) -> Iterator[tuple[str, SecretName]]:
        needs = {
            each.vendor: [need.name for need in (*each.sending, *each.hearing)]
            for each in ADAPTERS.values()
        }
        self._known("secrets", table, tuple(needs))
        for vendor, names in needs.items():
            own = self._table(f"secrets.{vendor}", table)
            self._known(f"secrets.{vendor}", own, tuple(names))
            for name in dict.fromkeys(names):
                if name in own:
                    path = f"{vendor}.{name}"
                    for place in self._read(f"secrets.{path}", own[name], _secret_name):
                        yield path, place

    # Pieces ----------------------------------------------------------------------------------

    def _wrong(self, path: str, what: str) -> None:
        parents = [path.rsplit(".", count)[0] for count in range(path.count(".") + 1)]
        line = next((self._lines[each] for each in parents if each in self._lines), 0)
        at = f"{self._name}:{line}" if line else self._name
        self._problems.append(f"{at}: '{plain(path, 80)}' {what}")

    def _known(self, path: str, table: Mapping[str, object], names: tuple[str, ...]) -> None:
        for key in table:
            if key not in names:
                known = ", ".join(dict.fromkeys(names))
                self._wrong(f"{path}.{key}" if path else key, f"is not known, there are {known}")

    def _table(self, path: str, parent: Mapping[str, object]) -> Mapping[str, object]:
        found = parent.get(path.rsplit(".", 1)[-1], {})
        if isinstance(found, dict):
            return found
        self._wrong(path, "is a table")
        return {}

    def _read(self, path: str, value: object, read: Callable[[str], _T]) -> list[_T]:
        """One text as what it is; nothing, and a problem, where it is something else."""
        try:
            return [read(value if isinstance(value, str) else "")]
        except SandboxError as error:
            self._wrong(path, f"cannot be used: {error}. {error.hint}".rstrip(". "))
            return []

    def _texts(
        self, key: str, document: Mapping[str, object], read: Callable[[str], str]
    ) -> tuple[str, ...]:
        found = document.get(key, [])
        if not isinstance(found, list) or len(found) > ENTRIES_MAX:
            self._wrong(key, f"is a list of at most {ENTRIES_MAX} texts")
            return ()
        return tuple(text for each in found for text in self._read(key, each, read))


def _is_count(number: int) -> bool:
    return 0 <= number <= SUBMISSIONS_MAX


def _secret_name(text: str) -> SecretName:
    """Where a secret is kept. What is no such place may be the secret itself, and is not shown."""
    found = _SECRET.fullmatch(text)
    if found is None:
        raise UsageError("it names no place", hint="Write env:NAME or keyring:SERVICE/USER.")
    if found["variable"]:
        return SecretName(ENV, found["variable"])
    return SecretName(KEYRING, found["service"], found["user"])
