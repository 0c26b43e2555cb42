"""Where runs are kept when nobody says otherwise."""

from pathlib import Path
from typing import Final

from platformdirs import user_data_path

FOLDER: Final = "fallback-sandbox"
FILE: Final = "runs.sqlite"


def default_path() -> Path:
    """The one file of this user, such as `~/.local/share/fallback-sandbox/runs.sqlite`."""
    return user_data_path(FOLDER, appauthor=False) / FILE
