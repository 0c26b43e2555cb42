"""Asynchronous things for code that is not asynchronous itself.

A run computes for minutes on end and waits for nothing but its batches, so it stays plain code; the
store is asynchronous, because the screen must never wait for a disk.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def inside(runner: asyncio.Runner, manager: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """`async with`: the way out is taken whatever comes, be it Ctrl-C."""
    entered = runner.run(_enter(manager))
    try:
        yield entered
    except BaseException as error:
        runner.run(_leave(manager, error))
        raise
    else:
        runner.run(_leave(manager, None))


def one_by_one(runner: asyncio.Runner, items: AsyncGenerator[T, None]) -> Iterator[T]:
    """`async for`; the generator is closed when somebody stops looking."""
    try:
        while True:
            try:
                item = runner.run(_next(items))
            except StopAsyncIteration:
                return
            yield item
    finally:
        runner.run(_close(items))


async def _enter(manager: AbstractAsyncContextManager[T]) -> T:
    return await manager.__aenter__()


async def _leave(manager: AbstractAsyncContextManager[T], error: BaseException | None) -> None:
    trace = None if error is None else error.__traceback__
    await manager.__aexit__(None if error is None else type(error), error, trace)


async def _next(items: AsyncGenerator[T, None]) -> T:
    return await anext(items)


async def _close(items: AsyncGenerator[T, None]) -> None:
    await items.aclose()
