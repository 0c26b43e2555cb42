"""Magic recipients: phone numbers whose last digits decide what becomes of every attempt.

The numbers are `+447700900NNN`, which the British regulator keeps free for fiction (Ofcom, numbers
for drama use: 07700 900000 to 900999), so that none of them is anybody's. The first of the three
digits says on which channel the fate strikes (0: on all), the other two name the fate; on other
channels the message arrives.

A magic number beats shares and traits, like a script, and unlike a sandbox of a vendor it also
forces what is only learnt later: receipts that fail, come late, come twice, or never.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from sandbox.cascade.vocabulary import SECOND_US
from sandbox.simulation.spec import ReceiptScript, ScriptEntry

PREFIX: Final = "+447700900"

CHANNELS: Final[Mapping[str, str]] = {"0": "", "1": "sms", "2": "whatsapp", "3": "viber"}
"""First digit -> the channel it strikes; "" stands for all."""

_TAKEN: Final = 2 * SECOND_US
"""From acceptance to what becomes of it, unless the fate is to be slow."""
_RECEIPT: Final = ReceiptScript(delay_us=SECOND_US)


class Magic(NamedTuple):
    """One fate, and how it is described."""

    text: str
    entry: ScriptEntry


def _delivered(text: str, receipt: ReceiptScript, after_us: int = _TAKEN) -> Magic:
    return Magic(text, ScriptEntry("accepted", "delivered", after_us, receipt))


def _ends(text: str, delivery: str, receipt: ReceiptScript = _RECEIPT) -> Magic:
    return Magic(text, ScriptEntry("accepted", delivery, _TAKEN, receipt))


MAGIC: Final[Mapping[str, Magic]] = {
    "00": _delivered("delivered within seconds", _RECEIPT),
    "01": Magic("refused for good", ScriptEntry("refused.permanent")),
    "02": Magic("refused for the moment", ScriptEntry("refused.temporary")),
    "03": Magic("throttled", ScriptEntry("throttled")),
    "04": Magic(
        "no answer, yet accepted and delivered",
        ScriptEntry("timeout.accepted", "delivered", _TAKEN, _RECEIPT),
    ),
    "05": Magic("no answer, and nothing happens", ScriptEntry("timeout.not_accepted")),
    "10": _ends("accepted, then a receipt says failed", "failed"),
    "11": _ends("accepted, then a receipt says rejected", "rejected"),
    "12": _ends("accepted, then a receipt says expired", "expired"),
    "13": _ends("a receipt says delivered, nothing arrives", "filtered"),
    "14": _ends("accepted, then nothing: no message, no receipt", "vanished"),
    "20": _delivered("delivered, and the receipt is lost", ReceiptScript(is_lost=True)),
    "21": _delivered(
        "delivered, and the receipt comes after five minutes",
        ReceiptScript(delay_us=300 * SECOND_US),
    ),
    "22": _delivered(
        "delivered, and the receipt comes twice", ReceiptScript(delay_us=SECOND_US, copies=1)
    ),
    "23": _delivered(
        "delivered, and a second receipt says failed",
        ReceiptScript(delay_us=SECOND_US, is_contradicted=True),
    ),
    "24": _delivered(
        "delivered, and the receipt has an id nobody knows", ReceiptScript(is_unmatched=True)
    ),
    "25": _ends(
        "fails, and a second receipt says delivered",
        "failed",
        ReceiptScript(delay_us=SECOND_US, is_contradicted=True),
    ),
    "30": _delivered("delivered after five minutes", _RECEIPT, 300 * SECOND_US),
}
"""Last two digits -> what happens."""

_ARRIVES: Final = MAGIC["00"].entry


def magic_entry(phone: str, channel: str) -> ScriptEntry | None:
    """What becomes of an attempt on a channel; None when the number is not magic.

    Args:
        phone: E.164, such as `+447700900110`.
        channel: Such as `sms`.
    """
    digits = phone.removeprefix(PREFIX)
    if digits == phone or len(digits) != 3 or digits[1:] not in MAGIC:
        return None
    struck = CHANNELS.get(digits[0])
    if struck is None:
        return None
    return MAGIC[digits[1:]].entry if struck in ("", channel) else _ARRIVES
