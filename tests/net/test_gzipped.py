"""Unpacking: what was packed comes out, and no body makes more than it may."""

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.net.gzipped import Coding, Fault, coding_of, gunzip

MOST = 1000


@given(st.binary(max_size=MOST))
def test_what_was_packed_comes_out(body: bytes) -> None:
    """Byte for byte, up to the last one allowed."""
    assert gunzip(gzip.compress(body), MOST) == body


def test_the_limit_is_that_of_the_unpacked_body() -> None:
    """One byte more is too many."""
    assert gunzip(gzip.compress(b"x" * MOST), MOST) == b"x" * MOST
    assert gunzip(gzip.compress(b"x" * (MOST + 1)), MOST) is Fault.TOO_LARGE


def test_a_bomb_does_not_go_off() -> None:
    """A hundred megabytes in a hundred kilobytes take a few kilobytes to refuse."""
    bomb = gzip.compress(b"\0" * 100_000_000, 9)
    tracemalloc.start()
    assert gunzip(bomb, MOST) is Fault.TOO_LARGE
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        gzip.compress(b"body")[:-1],
        gzip.compress(b"body")[:10],
        gzip.compress(b"body") + b"more",
        gzip.compress(b"body") + gzip.compress(b"more"),
        gzip.compress(b"body")[:-8] + b"\0" * 8,
        zlib.compress(b"body"),
        b"\x1f\x8b",
    ],
    ids=["plain", "cut", "header", "followed", "twice", "checksum", "zlib", "magic"],
)
def test_what_is_not_one_whole_member_is_broken(body: bytes) -> None:
    """Plain, cut short, followed by something, with another checksum, or of another kind."""
    assert gunzip(body, MOST) is Fault.BROKEN


def test_nothing_unpacks_to_nothing() -> None:
    """As in an answer without a body that says gzip all the same."""
    assert gunzip(b"", MOST) == b""


@given(st.binary(max_size=200))
def test_no_bytes_make_it_raise(body: bytes) -> None:
    """Whatever comes, also behind a proper beginning."""
    for each in (body, gzip.compress(b"")[:10] + body):
        assert isinstance(gunzip(each, MOST), bytes | Fault)


@pytest.mark.parametrize(
    ("values", "coding"),
    [
        ([], Coding.PLAIN),
        ([""], Coding.PLAIN),
        (["Identity"], Coding.PLAIN),
        (["gzip"], Coding.GZIP),
        ([" GZIP "], Coding.GZIP),
        (["x-gzip"], Coding.GZIP),
        (["br"], Coding.OTHER),
        (["deflate"], Coding.OTHER),
        (["gzip, gzip"], Coding.OTHER),
        (["gzip", "gzip"], Coding.OTHER),
        (["gzip", "identity"], Coding.OTHER),
        (["gzip;q=1"], Coding.OTHER),
    ],
)
def test_the_headers_say_how_it_is_packed(values: list[str], coding: Coding) -> None:
    """One coding is understood, and no two."""
    headers = tuple(("Content-Encoding", value) for value in values)
    assert coding_of((("content-type", "gzip"), *headers)) is coding
