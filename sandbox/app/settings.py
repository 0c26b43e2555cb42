"""What the app remembers from one start to the next: `settings.toml` in the platform's folder.

    version = 1
    theme = "sandbox-light"
    glyphs = "auto"                 # or unicode, ascii
    scenario = "two-factor-codes"   # the last one; opened when none is named
    speed = "4"                     # of that scenario; "1/4" is a quarter
    first_card_dismissed = true

    [keys]
    "live.pause" = "p"              # place.action = the key instead of its usual one

The app writes it, people may. A file that holds anything the app does not understand is used as far
as it is understood, told of once, and never written over.
"""

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Final

from platformdirs import user_config_path

from sandbox.app.opening_speed import SPEED_MAX, SPEED_MIN
from sandbox.errors import SandboxError, StorageError
from sandbox.report.plain import plain
from sandbox.scenario import library
from sandbox.scenario.loader import load

FOLDER: Final = "fallback-sandbox"
FILE: Final = "settings.toml"
VERSION: Final = 1
BYTES_MAX: Final = 65_536
KEYS_MAX: Final = 1000
TEXT_MAX: Final = 4096
"""The longest text of a setting, in characters; a path is the longest there is."""

_HEAD: Final = "# The app writes this when it is left. Change it while the app is closed.\n"
_NAMES: Final = ("version", "theme", "glyphs", "scenario", "speed", "first_card_dismissed", "keys")


class Glyphs(StrEnum):
    """Which signs the screen is drawn with."""

    AUTO = "auto"
    """ASCII where the terminal cannot show others."""
    UNICODE = "unicode"
    ASCII = "ascii"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What is remembered.

    Attributes:
        theme: Its name; "" for the one the app opens with.
        glyphs: Which signs the screen is drawn with.
        scenario: The last one, a built-in name or a path; "" for none.
        speed: The multiple of wall time at which that one ran last; None for its own.
        is_card_dismissed: Nobody wants to see the card of the first start again.
        keys: `place.action` -> its keys, separated by commas; instead of the usual ones.
    """

    theme: str = ""
    glyphs: Glyphs = Glyphs.AUTO
    scenario: str = ""
    speed: Fraction | None = None
    is_card_dismissed: bool = False
    keys: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was read.

    Attributes:
        settings: As far as they are understood.
        trouble: What is not, in a line; "" where all is. Such a file is not written over.
    """

    settings: Settings
    trouble: str = ""


def settings_path() -> Path:
    """The file, such as `~/.config/fallback-sandbox/settings.toml`."""
    return user_config_path(FOLDER, appauthor=False) / FILE


# Reading -----------------------------------------------------------------------------------------


def read_settings(file: Path) -> Remembered:
    """What is remembered; the defaults where nothing is, and whatever is in the file."""
    try:
        with file.open("rb") as opened:
            content = opened.read(BYTES_MAX + 1)
    except FileNotFoundError:
        return Remembered(Settings())
    except OSError as error:
        return _in_trouble(Settings(), f"cannot be read: {error.strerror or error}")
    return parse_settings(content)


def parse_settings(content: bytes) -> Remembered:
    """Read the content of such a file; never fails."""
    if len(content) > BYTES_MAX:
        return _in_trouble(Settings(), f"is larger than {BYTES_MAX:,} bytes")
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        why = str(error).splitlines()[0] if isinstance(error, ValueError) else "nested too deep"
        return _in_trouble(Settings(), f"is no TOML: {plain(why, 100)}")
    version = document.get("version")
    if isinstance(version, int) and version > VERSION:
        return _in_trouble(Settings(), f"is of a later version ({version}), this one knows 1")
    reader = _Reader(document)
    settings = reader.settings()
    if reader.problems:
        return _in_trouble(settings, "; ".join(reader.problems[:3]))
    return Remembered(settings)


def _in_trouble(settings: Settings, why: str) -> Remembered:
    return Remembered(settings, f"{FILE}: {why}. It is left as it is, and nothing is kept there")


class _Reader:
    """Reads settings one by one, and collects what is wrong."""

    def __init__(self, document: Mapping[str, object]) -> None:
        self.problems: list[str] = []
        self._document = document

    def settings(self) -> Settings:
        """All that is understood."""
        for name in self._document:
            if name not in _NAMES:
                self._wrong(name, f"is not known, there are {', '.join(_NAMES)}")
        if self._document.get("version") != VERSION:
            self._wrong("version", f"is {VERSION}")
        return Settings(
            theme=self._text("theme"),
            glyphs=self._glyphs(),
            scenario=self._text("scenario"),
            speed=self._speed(),
            is_card_dismissed=self._yes("first_card_dismissed"),
            keys=self._keys(),
        )

    def _wrong(self, name: str, what: str) -> None:
        self.problems.append(f"'{plain(name, 60)}' {what}")

    def _text(self, name: str) -> str:
        value = self._document.get(name, "")
        if isinstance(value, str) and len(value) <= TEXT_MAX:
            return value
        self._wrong(name, "is a text")
        return ""

    def _yes(self, name: str) -> bool:
        value = self._document.get(name, False)
        if isinstance(value, bool):
            return value
        self._wrong(name, "is true or false")
        return False

    def _glyphs(self) -> Glyphs:
        value = self._document.get("glyphs", Glyphs.AUTO)
        if isinstance(value, str) and value in list(Glyphs):
            return Glyphs(value)
        self._wrong("glyphs", f"is one of {', '.join(Glyphs)}")
        return Glyphs.AUTO

    def _speed(self) -> Fraction | None:
        value = self._text("speed")
        if not value:
            return None
        over, slash, under = value.partition("/")
        parts = (over, under) if slash else (over, "1")
        if all(part.isascii() and part.isdecimal() and len(part) <= 4 for part in parts):
            number, divisor = map(int, parts)
            speed = Fraction(number, divisor) if divisor else Fraction(0)
            if SPEED_MIN <= speed <= SPEED_MAX:
                return speed
        self._wrong("speed", f'is a text from "{SPEED_MIN}" to "{SPEED_MAX}"')
        return None

    def _keys(self) -> tuple[tuple[str, str], ...]:
        table = self._document.get("keys", {})
        if not isinstance(table, dict) or len(table) > KEYS_MAX:
            self._wrong("keys", f"is a table of at most {KEYS_MAX:,} keys")
            return ()
        pairs: list[tuple[str, str]] = []
        for name, keys in table.items():
            if isinstance(keys, str) and len(keys) <= TEXT_MAX:
                pairs.append((name, keys))
            else:
                self._wrong(f"keys.{name}", 'is a text, such as "p" or "ctrl+p,f5"')
        return tuple(pairs)


# Writing -----------------------------------------------------------------------------------------


def settings_text(settings: Settings) -> str:
    """The settings as TOML."""
    lines = [
        f"version = {VERSION}",
        f"theme = {_quoted(settings.theme)}",
        f"glyphs = {_quoted(settings.glyphs)}",
        f"scenario = {_quoted(settings.scenario)}",
        f"speed = {_quoted('' if settings.speed is None else str(settings.speed))}",
        f"first_card_dismissed = {'true' if settings.is_card_dismissed else 'false'}",
    ]
    if settings.keys:
        lines += ["", "[keys]"]
        lines += [f"{_quoted(name)} = {_quoted(keys)}" for name, keys in settings.keys]
    return _HEAD + "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A text as TOML and JSON both write it; half characters, which neither can, as `?`."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007f")


def change_settings(file: Path, change: Callable[[Settings], Settings]) -> Settings:
    """Change some settings, and keep whatever else the file holds by now.

    Args:
        file: It and its folder are made where they are not there.
        change: From what the file holds to what it shall hold.

    Raises:
        StorageError: it cannot be written, or holds what would be lost; it is as it was.
    """
    found = read_settings(file)
    if found.trouble:
        raise StorageError(found.trouble)
    changed = change(found.settings)
    if changed == found.settings and file.exists():
        return changed
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot make {file.parent}: {error.strerror or error}") from error
    from sandbox.app.drafting import write_text  # noqa: PLC0415 - the first picture needs none of it

    write_text(file, settings_text(changed))
    return changed


# The last scenario -------------------------------------------------------------------------------


def source_of(file: str) -> str:
    """By what a scenario is found again from any folder: a built-in name or a whole path.

    Args:
        file: As the scenario has it; "" for a text, which is not found again.
    """
    if not file:
        return ""
    path = Path(file).resolve()
    is_shipped = path.is_relative_to(library.folder().resolve())
    return path.stem if is_shipped else str(path)


def last_scenario(file: Path) -> tuple[Path | None, str]:
    """The scenario that was on the screen last.

    Returns:
        Its file, None for none; and what is wrong with it, in a line.
    """
    remembered = read_settings(file).settings.scenario
    if not remembered:
        return None, ""
    try:
        path = library.find(remembered)
        if source_of(str(path)) != path.stem:  # one that ships can always be used
            load(path)
    except SandboxError as error:
        return None, f"not the last scenario: {str(error).splitlines()[0]}"
    return path, ""
