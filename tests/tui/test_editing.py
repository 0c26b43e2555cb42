import sys

import pytest

from sandbox.tui.editing import editor_command


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, None),
        ({"EDITOR": ""}, None),
        ({"EDITOR": "no-such-editor-anywhere"}, None),
        ({"EDITOR": f"{sys.executable} -c"}, [sys.executable, "-c"]),
        ({"VISUAL": sys.executable, "EDITOR": "other"}, [sys.executable]),
        ({"VISUAL": "'unfinished", "EDITOR": sys.executable}, [sys.executable]),
    ],
)
def test_the_editor_is_what_the_user_says(
    environment: dict[str, str], words: list[str] | None
) -> None:
    """VISUAL before EDITOR; one that is not there is none."""
    assert editor_command(environment) == words
