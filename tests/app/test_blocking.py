import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sandbox.app.blocking import inside, one_by_one


@asynccontextmanager
async def noted(notes: list[str]) -> AsyncIterator[str]:
    """Something that must be left again."""
    notes.append("in")
    try:
        await asyncio.sleep(0)
        yield "it"
    except BaseException as error:
        notes.append(type(error).__name__)
        raise
    finally:
        await asyncio.sleep(0)
        notes.append("out")


def test_the_way_out_is_taken() -> None:
    """As with `async with`, and what is inside is handed over."""
    notes: list[str] = []
    with asyncio.Runner() as runner, inside(runner, noted(notes)) as it:
        notes.append(it)
    assert notes == ["in", "it", "out"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_the_way_out_is_taken_whatever_comes(error: type[BaseException]) -> None:
    """The error is seen inside, and goes on."""
    notes: list[str] = []
    with pytest.raises(error), asyncio.Runner() as runner, inside(runner, noted(notes)):
        raise error
    assert notes == ["in", error.__name__, "out"]


async def numbers(notes: list[str]) -> AsyncGenerator[int, None]:
    """One, two, three."""
    try:
        for number in (1, 2, 3):
            await asyncio.sleep(0)
            yield number
    finally:
        notes.append("closed")


def test_items_come_one_by_one_and_the_source_is_closed() -> None:
    """As with `async for`, also when somebody stops looking."""
    notes: list[str] = []
    with asyncio.Runner() as runner:
        assert list(one_by_one(runner, numbers(notes))) == [1, 2, 3]
        assert notes == ["closed"]
        some = one_by_one(runner, numbers(notes))
        assert next(some) == 1
        some.close()  # type: ignore[attr-defined]  # a generator is what it is
    assert notes == ["closed", "closed"]
