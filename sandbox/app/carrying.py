"""From what the engine asks for to a vendor and back: encode, send, read, and the money beside it.

    Submit → Pass → OutgoingMessage → adapter.encode → exchange → adapter.decode_answer → event

Nothing is sent without a `Pass` for this very message, level, provider and number. What went wrong
before anything left is a refusal, and the cascade may try again; what went wrong afterwards is
*unknown*, and its reservation in the caps stays.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol, assert_never

from sandbox.adapters.codec import (
    Ability,
    Accepted,
    Answer,
    HttpRequest,
    OutgoingMessage,
    Refused,
    Throttled,
    Unreadable,
)
from sandbox.app.guard import Line, Pass, Way
from sandbox.app.outgoing import Outgoing
from sandbox.cascade.events import Reason, RecallAnswered, SubmitAnswered
from sandbox.cascade.outputs import Recall, Submit
from sandbox.cascade.plan import Plan
from sandbox.cascade.vocabulary import ReasonClass, RecallResult, Status
from sandbox.errors import CannotSendError, MisuseError, StorageError, UnreadableError
from sandbox.net.sender import Answered, Exchange, NeverLeft, NoAnswer
from sandbox.report.plain import plain
from sandbox.scenario.quantities import Money
from sandbox.store.caps import CapLedger, Part

RECALL_TIMEOUT_S: Final = 10.0
WHY_MAX: Final = 200

CANNOT_SEND: Final = "cannot-send"
"""The code of a message that an adapter will not encode; ours, no vendor's."""
NOT_RESERVED: Final = "not-reserved"
"""The code of a submission there is no room for: more were made than the lock has let through."""

Where = tuple[int, int, int]
"""Message, level and attempt."""


class Exchanger(Protocol):
    """Who has the network; `net.Sender` is one."""

    async def exchange(self, request: HttpRequest, base_url: str, timeout_s: float) -> Exchange:
        """One request and what came back; never raises."""
        ...


class Carried(NamedTuple):
    """What came of a command, for whoever keeps notes of it.

    Attributes:
        where: Message, level and attempt.
        reference: Ours; "" for a recall.
        request: What was sent, or would have been; None: it could not be encoded.
        exchange: What came back; None: it was not tried.
        heard: What the engine hears of it.
        answer: What the vendor's answer to a submission means; None: there was none.
    """

    where: Where
    provider: str
    reference: str
    request: HttpRequest | None
    exchange: Exchange | None
    heard: SubmitAnswered | RecallAnswered
    answer: Answer | None = None


class _Attempt(NamedTuple):
    """A submission that has been let through."""

    line: Line
    way: Way
    message: OutgoingMessage


def heard_of(
    where: Where, exchange: Exchange, answer: Answer | None, *, nano: int, currency: str
) -> SubmitAnswered:
    """What the engine is told of a submission.

    Args:
        where: The attempt.
        exchange: What came back.
        answer: What that means; None: nothing came.
        nano: What an acceptance costs where the vendor does not say.
        currency: Of the run; what a vendor says in another one is not counted.
    """
    match exchange:
        case NeverLeft(kind, why):
            reason = Reason(kind, ReasonClass.TRANSIENT, why)
            return SubmitAnswered(*where, Status.REFUSED, reason)
        case NoAnswer():
            return SubmitAnswered(*where, Status.UNKNOWN)
        case Answered():
            return _heard_answer(where, answer, nano, currency)
        case _:
            assert_never(exchange)


def _heard_answer(where: Where, answer: Answer | None, nano: int, currency: str) -> SubmitAnswered:
    match answer:
        case Accepted(price=price):
            is_ours = price is not None and price.currency == currency
            owed = price.nano if price is not None and is_ours else nano
            return SubmitAnswered(*where, Status.ACCEPTED, owed_nano=owed)
        case Refused(reason, _, retry_after_us):
            said = SubmitAnswered(*where, Status.REFUSED, reason)
            return said._replace(retry_after_us=retry_after_us)
        case Throttled(reason, _, retry_after_us):
            said = SubmitAnswered(*where, Status.THROTTLED, reason)
            return said._replace(retry_after_us=retry_after_us)
        case Unreadable() | None:
            return SubmitAnswered(*where, Status.UNKNOWN)
        case _:
            assert_never(answer)


def _nobody(*_: object) -> None:
    """Nobody wants to be told."""


async def _unnoted(_: Carried) -> None:
    """Nobody keeps notes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorCarrier:
    """Speaks with the vendors of one run.

    Attributes:
        outgoing: Makes messages of submissions.
        plan_of: The cascade of a message.
        pass_of: The right to send a message; raises MisuseError where there is none, and then
            nothing leaves and the submission counts as refused.
        exchanger: Has the network.
        ledger: Where submissions are counted; None for a rehearsal, which costs nothing.
        speed: Seconds of the run per second of wall time; 1 but for rehearsals.
        currency: Of the run; prices in another one are not counted by the engine.
        note: Told of each exchange, after it.
        leaving: Told of provider, reference and attempt, before a request.
        taken: Told of an attempt and what its vendor calls it, as the last thing before an
            acceptance is handed back.
        troubles: What went wrong beside the messages themselves, each a line for people.
    """

    outgoing: Outgoing
    plan_of: Callable[[int], Plan]
    pass_of: Callable[[int], Pass]
    exchanger: Exchanger
    ledger: CapLedger | None
    currency: str
    speed: float = 1.0
    note: Callable[[Carried], Awaitable[None]] = _unnoted
    leaving: Callable[[str, str, Where], None] = _nobody
    taken: Callable[[Where, str], None] = _nobody
    troubles: list[str] = field(default_factory=list)
    _ids: dict[Where, str] = field(default_factory=dict, init=False)
    """Attempt -> what its vendor calls it, for whoever calls it back."""
    _made: Counter[tuple[int, int, str]] = field(default_factory=Counter, init=False)
    """Message, level and provider -> submissions made of those that were let through."""

    # Submissions -----------------------------------------------------------------------------

    async def submit(self, command: Submit) -> SubmitAnswered:
        """Hand a message over; a missing answer is UNKNOWN."""
        where = (command.message, command.level, command.attempt)
        try:
            passed = self.pass_of(command.message)
            line = _line_of(passed, command.level, command.provider)
        except MisuseError as error:
            self.troubles.append(f"m{command.message} was not sent: {plain(str(error), WHY_MAX)}")
            return _not_reserved(where)
        if not self._has_room(passed, command, line):
            return _not_reserved(where)
        try:
            attempt = self._let_through(passed, command, line)
            request = attempt.way.adapter.encode(attempt.message, attempt.way.credentials)
        except CannotSendError as error:
            why = plain(f"{error} {error.hint}".strip(), WHY_MAX)
            reason = Reason(CANNOT_SEND, ReasonClass.CALLER_ERROR, why)
            refused = SubmitAnswered(*where, Status.REFUSED, reason)
            await self._note(Carried(where, command.provider, "", None, None, refused))
            await self._give_back(passed, command)
            return refused
        reference = attempt.message.reference
        self.leaving(command.provider, reference, where)
        timeout_s = command.timeout_us / 1_000_000 / self.speed
        address = attempt.way.base_url.text
        exchange = await self.exchanger.exchange(request, address, timeout_s)
        adapter = attempt.way.adapter
        answer = adapter.decode_answer(exchange.answer) if isinstance(exchange, Answered) else None
        if isinstance(answer, Accepted):
            self._ids[where] = answer.provider_id
        nano = attempt.line.step.nano or 0
        heard = heard_of(where, exchange, answer, nano=nano, currency=self.currency)
        carried = Carried(where, command.provider, reference, request, exchange, heard, answer)
        await self._note(carried)
        await self._settle(passed, command, exchange, answer)
        if isinstance(answer, Accepted):
            self.taken(where, answer.provider_id)
        return heard

    def _has_room(self, passed: Pass, command: Submit, line: Line) -> bool:
        """Whether a submission is among those that were let through, and note that it is made.

        What the plan itself may come to always is; a resend by hand may not be. In a rehearsal
        nothing is counted.
        """
        if passed.reservation is None:
            return True
        its = (command.message, command.level, command.provider)
        if self._made[its] >= line.step.tries:
            return False
        self._made[its] += 1
        return True

    def _let_through(self, passed: Pass, command: Submit, line: Line) -> _Attempt:
        """What a pass lets a submission be.

        Raises:
            MisuseError: the pass is not for it.
        """
        way = passed.way(command.provider, line.step.channel, line.number)
        plan = self.plan_of(command.message)
        return _Attempt(line, way, self.outgoing.message(command, plan, line.number))

    # Recalls ---------------------------------------------------------------------------------

    async def recall(self, command: Recall) -> RecallAnswered:
        """Call a message back; what nobody knows counts as too late (S24)."""
        where = (command.message, command.level, command.attempt)
        passed = self.pass_of(command.message)
        line = _line_of(passed, command.level, command.provider)
        way = passed.way(command.provider, line.step.channel, line.number)
        provider_id = self._ids.get(where)
        if Ability.RECALL not in way.adapter.abilities:
            return RecallAnswered(*where, RecallResult.UNSUPPORTED)
        if provider_id is None:
            return RecallAnswered(*where, RecallResult.TOO_LATE)
        try:
            request = way.adapter.recall_request(provider_id, way.credentials)
        except CannotSendError:
            return RecallAnswered(*where, RecallResult.UNSUPPORTED)
        address = way.base_url.text
        exchange = await self.exchanger.exchange(request, address, RECALL_TIMEOUT_S)
        result = RecallResult.TOO_LATE
        if isinstance(exchange, Answered):
            try:
                result = way.adapter.decode_recall(exchange.answer)
            except UnreadableError as error:
                self.troubles.append(f"m{'.'.join(map(str, where))}: a recall was answered oddly: "
                                     f"{plain(str(error), WHY_MAX)}")  # fmt: skip
        heard = RecallAnswered(*where, result)
        await self._note(Carried(where, command.provider, "", request, exchange, heard))
        return heard

    def knows_as(self, where: Where, provider_id: str) -> None:
        """Note what a vendor calls an attempt that an earlier process submitted."""
        self._ids[where] = provider_id

    # Beside the messages ---------------------------------------------------------------------

    async def _note(self, carried: Carried) -> None:
        try:
            await self.note(carried)
        except StorageError as error:
            self.troubles.append(f"an exchange could not be noted: {error}")

    async def _settle(
        self, passed: Pass, command: Submit, exchange: Exchange, answer: Answer | None
    ) -> None:
        """Count what a submission came to; what nobody knows keeps its reservation."""
        if isinstance(exchange, NeverLeft) or isinstance(answer, Refused | Throttled):
            await self._give_back(passed, command)
        elif isinstance(answer, Accepted):
            price = answer.price
            charge = None if price is None else Money(price.nano, price.currency)
            await self._count(passed, command, charge, is_sent=True)

    async def _give_back(self, passed: Pass, command: Submit) -> None:
        await self._count(passed, command, None, is_sent=False)

    async def _count(
        self, passed: Pass, command: Submit, charge: Money | None, *, is_sent: bool
    ) -> None:
        ledger, reservation = self.ledger, passed.reservation
        if ledger is None or reservation is None:
            return
        nano = _line_of(passed, command.level, command.provider).step.nano or 0
        part = Part(1, nano)
        try:
            if is_sent:
                await asyncio.to_thread(ledger.settle, reservation, charge, part)
            else:
                await asyncio.to_thread(ledger.release, reservation, part)
        except (StorageError, MisuseError) as error:  # what was reserved stays reserved
            self.troubles.append(f"the caps could not be updated: {error}")


def _not_reserved(where: Where) -> SubmitAnswered:
    """What the engine hears of a submission that may not leave."""
    why = "the live lock has let no more submissions through"
    reason = Reason(NOT_RESERVED, ReasonClass.CALLER_ERROR, why)
    return SubmitAnswered(*where, Status.REFUSED, reason)


def _line_of(passed: Pass, level: int, provider: str) -> Line:
    """What a pass says of a step.

    Raises:
        MisuseError: nothing.
    """
    for line in passed.question.lines:
        if (line.step.level, line.step.provider) == (level, provider):
            return line
    raise MisuseError(f"the pass is not for level {level} through {plain(provider)}")
