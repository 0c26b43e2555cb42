"""The user's own editor."""

import os
import shlex
import shutil
from collections.abc import Mapping


def editor_command(environment: Mapping[str, str] = os.environ) -> list[str] | None:
    """The words that start it; None where there is none.

    Args:
        environment: Where VISUAL and EDITOR are looked for, in this order.
    """
    for name in ("VISUAL", "EDITOR"):
        try:
            words = shlex.split(environment.get(name, ""))
        except ValueError:  # a quotation that does not end
            continue
        if words and shutil.which(words[0]):
            return words
    return None
