"""Where runs are kept when nobody says otherwise, and where the caps are, whatever anybody says."""

from pathlib import Path
from typing import Final

from platformdirs import user_data_path

FOLDER: Final = "fallback-sandbox"
FILE: Final = "runs.sqlite"
CAPS_FILE: Final = "caps.sqlite"


def default_path() -> Path:
    """The one file of this user, such as `~/.local/share/fallback-sandbox/runs.sqlite`."""
    return user_data_path(FOLDER, appauthor=False) / FILE


def caps_path() -> Path:
    """The file that counts what was really sent; no option, scenario or setting names another."""
    return user_data_path(FOLDER, appauthor=False) / CAPS_FILE
