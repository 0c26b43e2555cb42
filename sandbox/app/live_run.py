"""A run with providers outside: all that goes on side by side while it lasts.

    world ── driver ── journal          what is decided is written down before it is done
               │  ╲
           carrier  hearing ── receiver (webhooks) and poller (questions)
               │
            sender

One process runs it to its end; if it dies, another takes it up where the journal ends. What was
sent is not sent again: an answer that is missing stays unknown until its time is over.
"""

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from sandbox.adapters.codec import Credentials
from sandbox.app.answers import Answer
from sandbox.app.carrying import VendorCarrier, Where
from sandbox.app.guard import Pass
from sandbox.app.hearing import Hearing
from sandbox.app.live_gear import Before, Gear
from sandbox.app.live_journal import LiveJournal
from sandbox.app.outgoing import Outgoing, SecretCodes
from sandbox.app.polling import Poller
from sandbox.app.record import end_of, header_of, message_rows
from sandbox.app.recording import Watch
from sandbox.app.run import Fold, Judged, RunResult
from sandbox.app.stored import deeds_of
from sandbox.cascade.vocabulary import Act, Status
from sandbox.drivers.correlation import Correlation
from sandbox.drivers.live import LINGER_US, LiveDriver, rebuilt
from sandbox.drivers.run_clock import Mark, RunClock
from sandbox.errors import StorageError, UsageError
from sandbox.net.sender import Sender
from sandbox.report.highlights import Highlights
from sandbox.scenario.model import Scenario
from sandbox.simulation.mixed import MixedWorld
from sandbox.store.caps import CapLedger
from sandbox.store.live import LiveHeader, LiveRun, LiveRunStore, open_live
from sandbox.store.place import default_path
from sandbox.store.reader import open_reader
from sandbox.store.rows import State

# What is wanted, and what comes of it -------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOrder:
    """A run with providers outside.

    Attributes:
        scenario: Its routes say who is outside.
        pass_of: The right to send a message, by its number and its name ("" for none); raises
            MisuseError where there is none.
        ledger: Where submissions are counted; None: it is a rehearsal.
        hearing: By provider, with what its webhooks are verified; others are asked instead.
        public_url: How the outside reaches our receiver; "": there is none, and all are asked.
        port: Of the receiver, on this machine; 0: any.
        path: The file of runs; None: the user's own.
        speed: Seconds of the run per second of wall time; 1 but for rehearsals.
        is_rehearsal: All of it stays on this machine; the receiver is reached on its own port.
        linger_us: How long the last word of an attempt is waited for in the end.
        watch: Looks on; a recorder is one.
        outside: Who is outside from the first line on; None: all that have a route.
        stays_open: It does not end by itself: somebody is there who may still do something.
        token: Of its codes, where whoever starts it must know it before; b"": a new one.
    """

    scenario: Scenario
    pass_of: Callable[[int, str], Pass]
    ledger: CapLedger | None
    hearing: Mapping[str, Credentials] = field(default_factory=dict, repr=False)
    public_url: str = ""
    port: int = 0
    path: Path | None = None
    speed: Fraction = Fraction(1)
    is_rehearsal: bool = False
    linger_us: int = LINGER_US
    watch: Watch | None = field(default=None, repr=False)
    outside: frozenset[str] | None = None
    stays_open: bool = False
    token: bytes = field(default=b"", repr=False)


class Ready(NamedTuple):
    """The run is about to begin.

    Attributes:
        run: What it is called: `r7`.
        webhook_urls: By provider, where its webhooks are awaited. Whoever knows one may knock.
    """

    run: str
    webhook_urls: Mapping[str, str]


class LiveResult(NamedTuple):
    """What a run came to.

    Attributes:
        troubles: What went wrong beside the messages, each a line for people.
        is_whole: It came to its end; otherwise somebody stopped it, and it can be taken up.
        parked: Receipts that no attempt has claimed.
        orphans: Receipts that were about nothing of this run.
        webhooks: How many were taken in.
        asked: How often vendors were asked.
    """

    run: str
    result: RunResult
    highlights: Highlights
    troubles: tuple[str, ...]
    is_whole: bool
    parked: int = 0
    orphans: int = 0
    webhooks: int = 0
    asked: int = 0


async def stands(path: Path | None, run: str) -> LiveRun:
    """How a live run stands; nothing is sent, and nothing changes.

    Raises:
        UsageError: this is no name of a run.
        StorageError: there is no such live run.
    """
    async with open_live(path or default_path()) as store:
        return await store.load(number_of_run(run))


def number_of_run(run: str) -> int:
    """The number of `r7`.

    Raises:
        UsageError: this is no name of a run.
    """
    digits = run.removeprefix("r")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 18):
        raise UsageError("a run is called r and its number, such as r7")
    return int(digits)


# The room ----------------------------------------------------------------------------------------


class LiveRoom:
    """One run, in this process. Belongs to one event loop."""

    def __init__(
        self,
        order: LiveOrder,
        *,
        folds: Sequence[Fold] = (),
        on_ready: Callable[[Ready], None] = lambda _: None,
    ) -> None:
        """Prepare it.

        Args:
            order: What is wanted.
            folds: See the log go by, each line after it was written down.
            on_ready: Called once, before anything happens.
        """
        self._order = order
        self._on_ready = on_ready
        spec = order.scenario.world
        routes = {route.provider: route for route in order.scenario.routes}
        self._outside = frozenset(routes) if order.outside is None else order.outside
        self.world = MixedWorld(spec, self._outside)
        self._highlights = Highlights()
        self._judged = Judged(order.scenario, self.world, (self._highlights.fold, *folds))
        self._routes = routes
        self._driver: LiveDriver | None = None
        self._now_us: Callable[[], int] = lambda: 0
        self._is_stopped = False
        self._troubles: list[str] = []

    @property
    def driver(self) -> LiveDriver | None:
        """Who turns the world; None before it begins."""
        return self._driver

    @property
    def now_us(self) -> int:
        """The instant of the run; 0 before it begins."""
        return self._now_us()

    def stop(self) -> None:
        """Let nothing more happen; what is out is waited for, and the run can be taken up."""
        self._is_stopped = True
        if self._driver is not None:
            self._driver.stop()

    def act(self, message: int, act: Act) -> None:
        """Do something about a message by hand, or tell what its recipient has done."""
        if self._driver is not None:
            self._driver.act(message, act)
            if self._order.watch is not None:
                self._order.watch.acted(message, act, self._now_us())

    async def run(self) -> LiveResult:
        """Run it from its first line on.

        Raises:
            StorageError: it cannot be written down; nothing is sent any more.
            UsageError: the receiver's port cannot be had, or a webhook could not be trusted.
        """
        token = self._order.token
        codes = SecretCodes(token) if token else SecretCodes.new()
        async with open_live(self._order.path or default_path()) as store:
            outside = tuple(name for name in self._routes if name in self._outside)
            live = LiveHeader(outside, self._order.is_rehearsal, codes.reveal())
            run = await store.begin(header_of(self._order.scenario), live)
            clock = RunClock(time.monotonic_ns, speed=self._order.speed)
            return await self._go(run, codes, clock, None)

    async def resume(self, run: str) -> LiveResult:
        """Go on with the run of a process that died, or was stopped.

        Raises:
            StorageError: there is no such run, it is over, or another process goes on with it.
            UsageError: as above.
        """
        path, number = self._order.path or default_path(), number_of_run(run)
        async with open_live(path) as store, open_reader(path) as reader:
            before = await store.load(number)
            if frozenset(before.header.outside) != self._outside:
                raise UsageError(
                    f"{run} was a session of the app, and is not gone on with",
                    hint=f"`sandbox replay {run}` shows all of it again.",
                )
            deeds = deeds_of(await reader.kept(number))
            taken_up = await store.take_up(before, os.getpid())
            mark = Mark(before.at_us, before.wall_ms, before.monotonic_ns)
            clock = RunClock.resumed(
                mark,
                monotonic_ns=time.monotonic_ns,
                wall_ms=time.time_ns() // 1_000_000,
                speed=self._order.speed,
            )
            rebuilt(self.world, deeds, before.last_seq, (self._judged.take,))
            codes = SecretCodes(before.header.token)
            return await self._go(taken_up, codes, clock, Before(before, deeds))

    # What goes on side by side ---------------------------------------------------------------

    async def _go(
        self, run: LiveRunStore, codes: SecretCodes, clock: RunClock, before: Before | None
    ) -> LiveResult:
        try:
            async with AsyncExitStack() as stack:
                gear = await self._gear(stack, run, codes, clock)
                self._driver, self._now_us = gear.driver, clock.now_us
                if before is not None:
                    gear.take_up(before)
                self._on_ready(Ready(f"r{run.run}", gear.webhook_urls))
                if before is None:
                    clock.begin()  # what was prepared took no time of the run
                if self._is_stopped:
                    gear.driver.stop()
                await gear.turn()
            return await self._end(run, gear)
        except asyncio.CancelledError:
            await run.break_off(State.INTERRUPTED, "by hand")
            raise
        except Exception as error:
            # Nothing of an error is written down but its kind: its words may hold anything.
            with suppress(StorageError):
                await run.break_off(State.FAILED, type(error).__name__)
            raise

    async def _gear(
        self, stack: AsyncExitStack, run: LiveRunStore, codes: SecretCodes, clock: RunClock
    ) -> Gear:
        order, world = self._order, self.world
        journal = LiveJournal(run)
        sender = await stack.enter_async_context(Sender())
        gear = Gear(order, world, run, clock, self._troubles)
        await stack.enter_async_context(gear.receiving(codes))
        gear.carrier = VendorCarrier(
            outgoing=Outgoing(
                run=f"r{run.run}",
                codes=codes,
                wordings=order.scenario.wordings,
                routes=self._routes,
                callback_urls=gear.callback_urls,
            ),
            plan_of=world.plan_of,
            pass_of=gear.pass_of,
            exchanger=sender,
            ledger=order.ledger,
            currency=order.scenario.currency,
            speed=float(order.speed),
            note=gear.note,
            leaving=gear.leaving,
            taken=gear.taken,
            troubles=self._troubles,
        )
        gear.driver = LiveDriver(
            world,
            journal,
            gear.carrier,
            clock,
            (self._judged.take,),
            linger_us=order.linger_us,
            stays_open=order.stays_open,
        )
        gear.hearing = Hearing(
            Correlation(order.scenario.currency),
            gear.driver.hear,
            clock.now_us,
            carries=journal.carries,
        )
        gear.poller = Poller(
            exchanger=sender,
            hearing=gear.hearing,
            keep=gear.keep_answer,
            clock_s=time.monotonic,
            wants_read=self._wants_read,
            speed=float(order.speed),
            troubles=self._troubles,
        )
        return gear

    def _wants_read(self, where: Where) -> bool:
        message, level, _ = where
        return self.world.plan_of(message).levels[level].success is Status.READ

    async def _end(self, run: LiveRunStore, gear: Gear) -> LiveResult:
        """Write down what became of it."""
        is_cut = self._is_stopped
        result = self._judged.result(is_cut=True)
        if is_cut:
            await run.break_off(State.INTERRUPTED, "by hand")
        else:
            rows = message_rows(self._judged.metrics.columns, self._order.scenario, result)
            await run.finish(end_of(Answer(result, self._highlights), is_cut=False), rows)
        correlation = gear.hearing.correlation
        return LiveResult(
            run=f"r{run.run}",
            result=result,
            highlights=self._highlights,
            troubles=(*self._troubles, *gear.driver.troubles),
            is_whole=not is_cut,
            parked=correlation.parked_count,
            orphans=correlation.counts.orphans,
            webhooks=gear.receiver.counts.kept if gear.receiver is not None else 0,
            asked=gear.poller.asked,
        )
