"""What a text costs to carry: GSM-7 or UCS-2, and how many SMS segments (S30).

Source: 3GPP TS 23.038 (alphabets) and TS 23.040 (concatenation): a single SMS holds 160 GSM-7
septets or 70 UCS-2 units; each part of a longer one holds 153 or 67, since six octets go to the
header that joins them. A character of the extension table takes two septets and is never split; nor
is a surrogate pair.
"""

from typing import Final, NamedTuple

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_BMP_LAST: Final = 0xFFFF  # beyond it a character takes two UCS-2 units
_EXTENSION: Final = frozenset("\f^{}\\[~]|€")


class Segments(NamedTuple):
    """How a text travels as SMS."""

    encoding: str
    """`GSM-7` or `UCS-2`."""
    units: int
    """Septets or 16-bit units in all."""
    parts: int
    """Segments, and so charges; at least 1."""


def segments(text: str) -> Segments:
    """Count the SMS segments of a text."""
    if all(char in _BASIC or char in _EXTENSION for char in text):
        widths = [2 if char in _EXTENSION else 1 for char in text]
        return Segments("GSM-7", sum(widths), _pack(widths, single=160, part=153))
    widths = [2 if ord(char) > _BMP_LAST else 1 for char in text]
    return Segments("UCS-2", sum(widths), _pack(widths, single=70, part=67))


def _pack(widths: list[int], *, single: int, part: int) -> int:
    """Fill segments in order; a character of two units never straddles two of them."""
    if sum(widths) <= single:
        return 1
    count, room = 1, part
    for width in widths:
        if width > room:
            count, room = count + 1, part
        room -= width
    return count
