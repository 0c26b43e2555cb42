"""Bodies that come compressed, unpacked once and never further than they may be.

`gzip` and nothing else, one member, whole: whatever goes on after its end, or stops before it, is
not what was sent.
"""

import zlib
from enum import Enum
from typing import Final

from sandbox.adapters.codec import Headers

HEADER: Final = "content-encoding"

_GZIP_WINDOW: Final = 31
"""To zlib: the largest window, and a gzip header."""


class Coding(Enum):
    """How a body is packed."""

    PLAIN = "plain"
    GZIP = "gzip"
    OTHER = "other"
    """In a way that is not taken, or in several."""


class Fault(Enum):
    """Why a body could not be unpacked."""

    TOO_LARGE = "too large"
    BROKEN = "broken"


def coding_of(headers: Headers) -> Coding:
    """How the headers say that the body is packed; two of them say two codings."""
    said = ",".join(value for name, value in headers if name.lower() == HEADER)
    match said.strip().lower():
        case "" | "identity":
            return Coding.PLAIN
        case "gzip" | "x-gzip":
            return Coding.GZIP
        case _:
            return Coding.OTHER


def gunzip(body: bytes, most: int) -> bytes | Fault:
    """Unpack a body; no more than `most` + 1 bytes are ever made of it.

    Args:
        body: As it came; nothing unpacks to nothing.
        most: How many bytes it may have unpacked.
    """
    if not body:
        return b""
    unpacking = zlib.decompressobj(_GZIP_WINDOW)
    try:
        unpacked = unpacking.decompress(body, most + 1)
    except zlib.error:
        return Fault.BROKEN
    if len(unpacked) > most:
        return Fault.TOO_LARGE
    return unpacked if unpacking.eof and not unpacking.unused_data else Fault.BROKEN
