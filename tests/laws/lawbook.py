"""The laws of a whole run: of each message, and of the log itself."""

from collections.abc import Iterable, Mapping, Sequence

from sandbox.cascade.circuit import Breaker
from sandbox.cascade.outputs import Fact, Recall, Submit
from sandbox.cascade.plan import Plan
from sandbox.journal.entry import ENGINE_KINDS, Entry
from tests.laws.circuit_laws import CircuitBook
from tests.laws.generated import NO_BREAKERS
from tests.laws.memory_laws import MemoryBook
from tests.laws.message_laws import LawBrokenError, MessageLaws
from tests.support.hand import told


class Lawbook:
    """Reads the whole log of an engine, and the commands that came with it."""

    def __init__(
        self,
        plans: Sequence[Plan],
        breakers: Mapping[str, Breaker] = NO_BREAKERS,
        *,
        punctual: bool = True,
    ) -> None:
        self._plans = {plan.name: plan for plan in plans}
        self._punctual = punctual
        self._circuits = CircuitBook(breakers)
        self._memory = MemoryBook()
        self._messages: dict[int, MessageLaws] = {}
        self._owners: dict[int, int | None] = {}
        self._now = 0
        self._flags: set[tuple[str, str]] = set()
        self._unmatched: Entry | None = None

    def read(self, facts: Iterable[Fact]) -> None:
        """Check the next lines; of world and run only order, cause and orphans are looked at."""
        for fact in facts:
            line = Entry._make(fact)
            if line.seq != len(self._owners) + 1:
                raise LawBrokenError(f"line {line.seq} after {len(self._owners)}")
            if line.at_us < self._now:
                raise LawBrokenError(f"time goes back: {told(fact)}")
            if line.kind == "orphan_receipt" or self._unmatched:
                self._read_orphan(line)
            elif line.cause and self._owners.get(line.cause) != line.message:
                raise LawBrokenError(f"the cause is no earlier line of the message: {told(fact)}")
            self._now = line.at_us
            self._owners[line.seq] = line.message
            if line.kind == "receipt_unmatched":
                self._unmatched = line
            elif line.kind in ENGINE_KINDS and line.kind != "orphan_receipt":
                self._read_engine_line(line)

    def _read_orphan(self, orphan: Entry) -> None:
        """A receipt that cannot be matched is an orphan on the next line; no other has one (S7)."""
        unmatched, self._unmatched = self._unmatched, None
        if unmatched is None:
            if orphan.cause:
                raise LawBrokenError(f"an orphan of something else: {orphan}")
            return  # there is no world around the engine, nobody knows where it came from
        expected = (unmatched.seq, unmatched.at_us, None, None, None, "orphan_receipt")
        seen = (orphan.cause, *orphan[1:6])
        same_status = orphan.detail.text("status") == unmatched.detail.text("status")
        provider = self._messages[unmatched.message or 0].provider_of(unmatched)
        if seen != expected or not same_status or orphan.detail.text("provider") != provider:
            raise LawBrokenError(f"{orphan} is not the orphan of {unmatched}")

    def _read_engine_line(self, line: Entry) -> None:
        assert line.message is not None
        if line.kind == "requested":
            plan = self._plans[line.detail.text("cascade")]
            laws = MessageLaws(
                plan,
                line.message,
                punctual=self._punctual,
                is_open=self._circuits.is_open,
                is_known=self._memory.knows,
            )
            if self._messages.setdefault(line.message, laws) is not laws:
                raise LawBrokenError(f"message {line.message} was requested twice")
        if line.kind == "flagged":
            flag = (line.detail.text("provider"), line.detail.text("code"))
            if flag in self._flags:
                raise LawBrokenError(f"{flag} was flagged twice (S3)")
            self._flags.add(flag)
        self._circuits.read(line, self._provider_of(line))
        self._memory.read(line, self._messages[line.message])
        if line.kind != "circuit":
            self._messages[line.message].read(line)

    def _provider_of(self, line: Entry) -> str:
        """The provider an attempt goes to, or went to; "" where there is no such attempt."""
        if line.kind == "submitted":
            return line.detail.text("provider")
        laws = self._messages[line.message or 0]
        is_known = (line.level, line.attempt) in laws.tries
        return laws.provider_of(line) if is_known else ""

    def end(self) -> None:
        """Check that nothing is missing, once all is quiet."""
        if self._unmatched:
            raise LawBrokenError(f"the receipt of {self._unmatched} came to nobody (S7)")
        self._circuits.end()
        for message in self._messages.values():
            message.end()

    @property
    def commands(self) -> list[Submit | Recall]:
        """All that must have been commanded, in the order of the lines that say so."""
        commands = [command for message in self._messages.values() for command in message.commands]
        return sorted(commands, key=lambda command: (command.cause, command.level, command.attempt))

    @property
    def open(self) -> list[int]:
        """The messages without an outcome, in order of arrival."""
        return [number for number, message in self._messages.items() if not message.outcome]


def check(
    facts: Iterable[Fact], plans: Sequence[Plan], breakers: Mapping[str, Breaker] = NO_BREAKERS
) -> None:
    """Read a whole log, from the first line until all is quiet."""
    book = Lawbook(plans, breakers)
    book.read(facts)
    book.end()


def commands_match(book: Lawbook, commands: Sequence[Submit | Recall]) -> None:
    """Check that every `submitted` line came with one command that says the same (rule 2).

    And that with the outcome all that is to be called back was, and nothing else (S23, S24).
    """
    if list(commands) != book.commands:
        raise LawBrokenError(f"{commands} instead of {book.commands}")
