"""How a live run stands whose process died or was stopped, and what going on with it would send.

Looking at it opens no socket and sends nothing. What was sent is never sent again: a submission
without an answer stays unknown, until its time is over. Whatever is still to be sent needs the lock
anew, message by message.
"""

import asyncio
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sandbox.app.guard import Ask
from sandbox.app.live_asking import Wanted, ask_of, choose
from sandbox.app.live_run import number_of_run, stands
from sandbox.app.live_sending import Context, Meant, Sending, caps_name
from sandbox.app.parity import Kept
from sandbox.app.stored import deeds_of, find_run, scenario_of, store_path
from sandbox.drivers.live import rebuilt
from sandbox.errors import UsageError
from sandbox.report.timeline import MessageResult
from sandbox.scenario.model import Scenario
from sandbox.simulation.mixed import MixedWorld
from sandbox.simulation.spec import Single, Trace
from sandbox.store.live import ExchangeRow, ExchangeState, LiveRun
from sandbox.store.reader import KeptRun, open_reader
from sandbox.store.rows import RunRow, State

_OVER: Final = (State.FINISHED,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of a live run; nothing was sent to find out.

    Attributes:
        run: What it is called, and how far it came.
        messages: What became of each message that was requested, in order.
        coming: The names of messages of the load that were not requested yet.
        awaited: Attempts of which the last word has not been heard.
        planned: Exchanges that may have left, and nobody knows.
        lost: Exchanges that left, or may have, without an answer.
        unheard: Answers that were noted, and not heard by the engine yet.
        hooks: Webhooks and answers that are kept, and not heard by the engine yet.
        is_rehearsal: Its vendors were fakes, which are gone.
        caps_name: What it is called in the cap ledger.
        is_of_the_app: Nobody was outside when it began: a session of the app, with its switch.
    """

    run: RunRow
    scenario: Scenario
    messages: tuple[MessageResult, ...]
    coming: tuple[str, ...]
    awaited: tuple[tuple[int, int, int], ...]
    planned: tuple[ExchangeRow, ...]
    lost: tuple[ExchangeRow, ...]
    unheard: tuple[ExchangeRow, ...]
    hooks: Mapping[str, int]
    is_rehearsal: bool
    caps_name: str
    is_of_the_app: bool = False

    @property
    def open(self) -> tuple[MessageResult, ...]:
        """Those without an outcome."""
        return tuple(each for each in self.messages if not each.outcome)

    @property
    def is_over(self) -> bool:
        """It came to its end."""
        return self.run.state in _OVER

    @property
    def goes_on(self) -> bool:
        """A process of this machine is at it."""
        return self.run.state is State.RUNNING


def standing(path: Path | None, name: str) -> Standing:
    """How a live run stands.

    Args:
        path: The file of runs; None: the user's own.
        name: `r7`, `7`, or `last`.

    Raises:
        UsageError: there is no such run.
        StorageError: it is no live run, or the file cannot be used.
    """
    run = find_run(path, name)
    kept, live = asyncio.run(_read(store_path(path), run.name))
    scenario = scenario_of(kept)
    world = MixedWorld(scenario.world, frozenset(live.header.outside))
    seen = Kept()
    rebuilt(world, deeds_of(kept), live.last_seq, (seen.fold,))
    messages = tuple(seen.results(scenario.world.plans, world.message_names))
    requested = {each.name for each in messages}
    rows = live.exchanges
    return Standing(
        run=run,
        scenario=scenario,
        messages=messages,
        coming=tuple(each for each in _names(scenario) if each not in requested),
        awaited=world.awaited,
        planned=live.pending,
        lost=tuple(row for row in rows if row.state is ExchangeState.LOST),
        unheard=live.unheard,
        hooks=Counter(hook.provider for hook in live.hooks),
        is_rehearsal=live.header.is_rehearsal,
        caps_name=caps_name(live.header.token),
        is_of_the_app=not live.header.outside,
    )


async def _read(path: Path, run: str) -> tuple[KeptRun, LiveRun]:
    live = await stands(path, run)
    async with open_reader(path) as reader:
        return await reader.kept(number_of_run(run)), live


def _names(scenario: Scenario) -> Iterator[str]:
    for entry in scenario.world.load:
        match entry:
            case Single(name=name):
                yield name
            case Trace(names=names):
                yield from filter(None, names)
            case _:
                pass


def check_can_go_on(stands: Standing) -> None:
    """Refuse to go on with what cannot be gone on with.

    Raises:
        UsageError: it is over, another process is at it, or it was a rehearsal, or the app's.
    """
    name = stands.run.name
    if stands.is_rehearsal:
        raise UsageError(f"run {name} was a rehearsal, and its fakes are gone")
    if stands.is_of_the_app:
        hint = f"`sandbox replay {name}` proves it, and Replay shows it again."
        raise UsageError(f"run {name} was a session of the app, and is not gone on with", hint=hint)
    if stands.is_over:
        raise UsageError(f"run {name} is over", hint=f"`sandbox show {name}`")
    if stands.goes_on and stands.run.process != os.getpid():
        raise UsageError(
            f"run {name} goes on in process {stands.run.process}",
            hint="Stop that one first: Ctrl-C where it runs.",
        )


def still_to_send(stands: Standing, wanted: Wanted, context: Context) -> Sending:
    """The messages that are open, or not requested yet, as the lock is asked about them.

    The stored scenario does not say whose figures its prices are, so each step needs `--max-price`.

    Args:
        stands: The run.
        wanted: What was typed.
        context: Where it is looked up.

    Raises:
        UsageError: nothing of a message would really be sent.
    """
    names = [each.name for each in stands.open] + [*stands.coming]
    return Sending(
        scenario=stands.scenario,
        messages=tuple(
            Meant(name=name, ask=_ask(stands.scenario, name, wanted, context)) for name in names
        ),
    )


def _ask(scenario: Scenario, name: str, wanted: Wanted, context: Context) -> Ask:
    chosen = choose(scenario, Wanted(message=name))
    ask = ask_of(scenario, chosen, wanted, *context)
    return replace(ask, wires=tuple(replace(wire, tariff=None) for wire in ask.wires))


def unknown_of(rows: Sequence[ExchangeRow]) -> Iterator[str]:
    """Attempts in words, such as `m1.0.1 sms-main`."""
    for row in rows:
        yield f"m{row.message}.{row.level}.{row.attempt} {row.provider}"
