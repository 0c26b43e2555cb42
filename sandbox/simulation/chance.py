"""Keyed luck: a draw is a pure function of who and what it is for, never of when or in what order.

The key of an attempt is (seed, provider, message, how many times this message was submitted to this
provider before); its purposes are fixed slots of that key's bits. It never names a level, so the
same person meets the same luck under another plan, and two plans can be compared without noise.
Slots are only ever appended.

One BLAKE2b hash of 32 bytes serves an attempt that goes well: eight slots of 32 bits. What few
attempts need (reasons, late receipts, reading, retries) stands in a second block of sixteen slots,
hashed only when one of them is asked for. Receipts that go wrong in rarer ways have a block of
sixteen each: one for every status, and one for every segment of a text.
"""

from hashlib import blake2b
from struct import Struct
from typing import Final

# The first block.
SUBMIT_OUTCOME: Final = 0
SUBMIT_LATENCY: Final = 1
DELIVERY_OUTCOME: Final = 2
DELIVERY_TIME: Final = 3
FINAL_LOST: Final = 4
FINAL_DELAY: Final = 5
SENT_LOST: Final = 6
SENT_DELAY: Final = 7

# The second block.
SUBMIT_REASON: Final = 0
DELIVERY_REASON: Final = 1
RETRY_JITTER: Final = 2
FINAL_LATE: Final = 3
FINAL_LATE_BY: Final = 4
SENT_LATE: Final = 5
SENT_LATE_BY: Final = 6
READ: Final = 7
READ_AFTER: Final = 8
READ_LOST: Final = 9
READ_DELAY: Final = 10
READ_LATE: Final = 11
READ_LATE_BY: Final = 12
BEFORE_REPLY: Final = 13
PARTIAL_COUNT: Final = 14
PARTIAL_FIRST: Final = 15

# The block of one receipt; the last four are for receipts of segments.
DUPLICATED: Final = 0
COPIES: Final = 1
GAPS: Final = (2, 3, 4, 5, 6)
REORDERED: Final = 7
CONTRADICTED: Final = 8
CONTRADICTED_DELAY: Final = 9
UNKNOWN_ID: Final = 10
SEGMENT_LOST: Final = 12
SEGMENT_DELAY: Final = 13
SEGMENT_LATE: Final = 14
SEGMENT_LATE_BY: Final = 15

SENT_BLOCK: Final = 2
FINAL_BLOCK: Final = 3
READ_BLOCK: Final = 4
SEGMENT_BLOCKS: Final = 16
"""Segment k of a text has block `SEGMENT_BLOCKS + k`."""

_ONE: Final = Struct("<Q").unpack
_EIGHT: Final = Struct("<8I").unpack
_SIXTEEN: Final = Struct("<16I").unpack
_KEY: Final = Struct("<QQQ").pack

Slots = tuple[int, ...]
"""Draws in `[0, 2^32)`."""

pair: Final = Struct("<2I").unpack_from
"""Two draws that stand side by side in a sealed block: takes the block, and where they begin."""


class Dice:
    """All the luck of one kind of thing in one run, such as one provider's attempts."""

    __slots__ = ("_eight", "_salt", "_single")

    def __init__(self, seed: int, purpose: str) -> None:
        """Bind the seed and what the luck is for, such as `provider sms-main`."""
        self._salt = blake2b(f"{seed}\n{purpose}".encode(), digest_size=32).digest()
        # A hash that has taken in the salt already is copied faster than a new one is made.
        self._eight = blake2b(self._salt, digest_size=32).copy
        self._single = blake2b(self._salt, digest_size=8).copy

    def slots(self, key: int, nth: int = 0) -> Slots:
        """The first block for the nth use of a key: eight independent draws."""
        drawn = self._eight()
        drawn.update(_KEY(key, nth, 0))
        return _EIGHT(drawn.digest())

    def sealed(self, key: int, nth: int = 0) -> bytes:
        """The first block, not taken apart yet: a tenth of the memory; see `pair`."""
        drawn = self._eight()
        drawn.update(_KEY(key, nth, 0))
        return drawn.digest()

    def more_slots(self, key: int, nth: int = 0) -> Slots:
        """The second block for the nth use of a key: sixteen more."""
        return _SIXTEEN(blake2b(self._salt + _KEY(key, nth, 1)).digest())

    def block(self, number: int, key: int, nth: int = 0) -> Slots:
        """Any later block for the nth use of a key: sixteen independent draws."""
        return _SIXTEEN(blake2b(self._salt + _KEY(key, nth, number)).digest())

    def unit(self, key: int, nth: int = 0) -> int:
        """One draw in `[0, 2^64)`, for things that need just one."""
        drawn = self._single()
        drawn.update(_KEY(key, nth, 0))
        luck: int = _ONE(drawn.digest())[0]
        return luck
