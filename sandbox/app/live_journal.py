"""The journal of a live run: turns as rows, and rows as what was done and heard.

Knobs turned by hand stand in `live_change`, as in any run, because their values are read the way a
scenario's are. All else that was done or heard stands in `deed`, a line of JSON each.

    heard    see `journal.heard`
    act      {"v":1,"message":3,"act":"cancel"}
    switch   {"v":1,"provider":"sms-main","is_outside":true}
    sleep    {"v":1}
    request  {"v":1,"name":"own-1","cascade":"otp","to":"anna","phone":"","text":null,"scripts":[]}
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from sandbox.cascade.events import Heard, RecallAnswered, SubmitAnswered
from sandbox.cascade.vocabulary import Act
from sandbox.drivers.live import Turn
from sandbox.drivers.retraced import (
    LiveAct,
    LiveChange,
    LiveDeed,
    LiveHeard,
    LiveRequested,
    LiveSleep,
    LiveSwitch,
)
from sandbox.errors import MisuseError, StorageError
from sandbox.journal.heard import decode_heard, encode_heard
from sandbox.scenario.composing import OwnMessage
from sandbox.simulation.spec import WorldSpec
from sandbox.store.live import HeardRow, LiveRunStore, LiveTurn
from sandbox.store.rows import ChangeRow, DeedRow

VERSION: Final = 1
"""Of the JSON of a deed; members may be added without a new one."""

_HEARD: Final = "heard"
_ACT: Final = "act"
_SWITCH: Final = "switch"
_SLEEP: Final = "sleep"
_REQUEST: Final = "request"
_WRITTEN: Final = ("name", "cascade", "to", "phone", "text", "scripts")
"""What is kept of a message of one's own, beside its instant."""

Grow = Callable[[OwnMessage], WorldSpec]
"""Gives the world as a file with the message has it, and with those before it."""


# Rows --------------------------------------------------------------------------------------------


def deed_row(deed: LiveDeed) -> DeedRow:
    """What stands in `deed`.

    Raises:
        MisuseError: it is a change by hand, which has a table of its own, or nothing that is done
            in a live run.
    """
    match deed:
        case LiveHeard(seq, at_us, event):
            return DeedRow(seq, at_us, _HEARD, encode_heard(event))
        case LiveAct(seq, at_us, message, act):
            return DeedRow(seq, at_us, _ACT, _json(message=message, act=act.value))
        case LiveSwitch(seq, at_us, provider, is_outside):
            return DeedRow(seq, at_us, _SWITCH, _json(provider=provider, is_outside=is_outside))
        case LiveSleep(seq, at_us):
            return DeedRow(seq, at_us, _SLEEP, _json())
        case LiveRequested(seq, own):
            told = {name: getattr(own, name) for name in _WRITTEN}
            return DeedRow(seq, own.at_us, _REQUEST, _json(**told))
        case _:
            raise MisuseError(f"{type(deed).__name__} is nothing that is done in a live run")


def _alone(own: OwnMessage) -> WorldSpec:
    raise StorageError(f"message {own.name} can only be read beside the scenario of its run")


def deed_of(
    row: DeedRow, grow: Grow = _alone
) -> LiveHeard | LiveAct | LiveSwitch | LiveSleep | LiveRequested:
    """What a row of `deed` stands for.

    Args:
        row: The row; messages of one's own in the order of the log.
        grow: Called with each of those.

    Raises:
        StorageError: it is damaged, or of a later version.
    """
    seq, at_us, kind, detail = row
    if kind == _HEARD:
        return LiveHeard(seq, at_us, decode_heard(detail))
    try:
        told = json.loads(detail)
        if told["v"] != VERSION:
            raise StorageError(
                f"line {seq} was done in a form of version {told['v']!r}, and this program reads "
                f"{VERSION}",
                hint="Use the newer version of the program.",
            )
        if kind == _ACT:
            return LiveAct(seq, at_us, int(told["message"]), Act(told["act"]))
        if kind == _SWITCH:
            return LiveSwitch(seq, at_us, str(told["provider"]), bool(told["is_outside"]))
        if kind == _SLEEP:
            return LiveSleep(seq, at_us)
        if kind == _REQUEST:
            own = _own_of(told, at_us)
            return LiveRequested(seq, own, grow(own))
    except (ValueError, TypeError, LookupError) as error:
        raise StorageError(f"what was done at line {seq} cannot be read") from error
    raise StorageError(f"at line {seq} there was done what this program does not know: {kind!r}")


def _own_of(told: Mapping[str, Any], at_us: int) -> OwnMessage:
    text = told["text"]
    scripts = tuple(
        (int(level), tuple(str(entry) for entry in entries)) for level, entries in told["scripts"]
    )
    return OwnMessage(
        name=str(told["name"]),
        at_us=at_us,
        cascade=str(told["cascade"]),
        to=str(told["to"]),
        phone=str(told["phone"]),
        text=None if text is None else str(text),
        scripts=scripts,
    )


def _json(**told: Any) -> str:  # noqa: ANN401 - what JSON holds
    return json.dumps({"v": VERSION} | told, separators=(",", ":"))


def change_row(deed: LiveChange) -> ChangeRow:
    """What stands in `live_change`."""
    value = None if deed.change is None else deed.change.text
    return ChangeRow(deed.seq, deed.at_us, deed.provider, deed.path, value)


def in_order(changes: Iterable[LiveChange], deeds: Iterable[LiveDeed]) -> tuple[LiveDeed, ...]:
    """All that was done and heard, in the order of the log."""
    return tuple(sorted((*changes, *deeds), key=lambda deed: deed.seq))


# Turns -------------------------------------------------------------------------------------------


class LiveJournal:
    """Writes the turns of a `LiveDriver`, and ticks off webhooks with the turn that heard them."""

    def __init__(self, store: LiveRunStore) -> None:
        self._store = store
        self._hook_of: dict[int, tuple[Heard, int]] = {}
        """Identity of an event -> the event, and the webhook it came with."""
        self._left: dict[int, int] = {}
        """Webhook -> how many of its events have not been written down yet."""

    def carries(self, hook: int, events: Sequence[Heard]) -> None:
        """Note what a webhook has brought, before the driver hears it.

        It is ticked off in the transaction that has the last of it. Of a webhook that brought
        something that is parked, call this when that is released; until then it stays.

        Args:
            hook: Its number.
            events: What will be heard, the very objects; at least one.
        """
        self._left[hook] = self._left.get(hook, 0) + len(events)
        for event in events:
            self._hook_of[id(event)] = (event, hook)

    async def commit(self, turn: Turn) -> None:
        """Write a turn; when this comes back, it is on the disk.

        Raises:
            StorageError: it is not.
        """
        changes = [change_row(deed) for deed in turn.deeds if isinstance(deed, LiveChange)]
        others = [deed for deed in turn.deeds if not isinstance(deed, LiveChange)]
        await self._store.commit(
            LiveTurn(
                facts=turn.facts,
                deeds=[deed_row(deed) for deed in others],
                changes=changes,
                commands=turn.commands,
                heard=[row for deed in others for row in _heard_rows(deed)],
                taken=[hook for deed in others for hook in self._ticked_off(deed)],
            )
        )

    def _ticked_off(self, deed: LiveDeed) -> Iterable[int]:
        if not isinstance(deed, LiveHeard):
            return
        event, hook = self._hook_of.pop(id(deed.event), (None, 0))
        if event is None:
            return
        self._left[hook] -= 1
        if not self._left[hook]:
            del self._left[hook]
            yield hook


def _heard_rows(deed: LiveDeed) -> Iterable[HeardRow]:
    """Which exchange has had its result heard."""
    if isinstance(deed, LiveHeard) and isinstance(deed.event, SubmitAnswered | RecallAnswered):
        event = deed.event
        kind = "submit" if isinstance(event, SubmitAnswered) else "recall"
        yield HeardRow(event.message, event.level, event.attempt, kind, deed.seq)
