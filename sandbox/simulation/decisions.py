"""What a person may decide that an attempt comes to, in words: the choices of a menu.

Any entry of a script can be forced; these are the ones that have a name. A final that is decided
comes with a receipt, whatever luck says of it; what becomes of receipts has choices of its own.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from sandbox.simulation.spec import ReceiptScript, ScriptEntry


class Decision(NamedTuple):
    """One choice.

    Attributes:
        about: What it means, in a few words.
        text: As a scenario writes it, and as it stands in the log.
        entry: The same for the world.
    """

    about: str
    text: str
    entry: ScriptEntry


def _ends(delivery: str, about: str) -> Decision:
    text = f"{{delivery: {delivery}, receipt: {{copies: 0}}}}"
    return Decision(about, text, ScriptEntry("accepted", delivery, None, ReceiptScript()))


def _answers(submit: str, about: str) -> Decision:
    return Decision(about, f"{{submit: {submit}}}", ScriptEntry(submit))


DECISIONS: Final[Mapping[str, Decision]] = {
    "delivered": _ends("delivered", "it arrives, and its receipt says so"),
    "failed": _ends("failed", "its receipt says failed: nothing arrives"),
    "rejected": _ends("rejected", "its receipt says rejected"),
    "expired": _ends("expired", "its receipt says expired"),
    "receipt lost": Decision(
        "whatever it comes to, no receipt tells",
        "{receipt: lost}",
        ScriptEntry("accepted", "", None, ReceiptScript(is_lost=True)),
    ),
    "delivered, receipt lost": Decision(
        "it arrives, and nobody hears of it",
        "{delivery: delivered, receipt: lost}",
        ScriptEntry("accepted", "delivered", None, ReceiptScript(is_lost=True)),
    ),
    "filtered": _ends("filtered", "receipt says delivered, nothing arrives"),
    "vanished": Decision(
        "accepted, and then nothing at all",
        "{delivery: vanished}",
        ScriptEntry("accepted", "vanished"),
    ),
    "refused for good": _answers("refused.permanent", "the provider will not have it"),
    "refused for now": _answers("refused.temporary", "the provider will not have it yet"),
    "throttled": _answers("throttled", "the provider says that it is too much"),
    "no answer, taken": _answers("timeout.accepted", "nobody answers; it is taken all the same"),
    "no answer": _answers("timeout.not_accepted", "nobody answers, and nothing happens"),
}
"""Word -> the choice."""

WORDS: Final[Mapping[str, str]] = {each.text: word for word, each in DECISIONS.items()}
"""As it stands in the log -> its word."""
