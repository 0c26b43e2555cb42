"""What must become of a named message: its path, its outcome, how long it took, what it cost.

All that is expected of one message is one expectation, and what differs is told together: who sees
that the path is another one also wants to know how it ended.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, NamedTuple

from sandbox.report.account import Account, Step
from sandbox.report.figures import exact_seconds, money_text
from sandbox.scenario.codes import Code
from sandbox.scenario.comparisons import OPERATORS, SIGN, amount, check_sign, part
from sandbox.scenario.expectations import (
    Evidence,
    Expectation,
    ExpectationResult,
    Surroundings,
    position,
)
from sandbox.scenario.grammar.drafts import NamedMessageDraft
from sandbox.scenario.nodes import ScalarNode
from sandbox.scenario.problems import BAD, Bad, Problems, did_you_mean
from sandbox.scenario.quantities import QuantityError, duration_text

_NEWS: Final = (
    "refused.temporary",
    "refused.permanent",
    "throttled",
    "failed",
    "rejected",
    "expired",
    "delivered",
    "read",
)
_WORDS: Final = (
    *_NEWS,
    "no_receipt",
    "not_read",
    "unknown",
    "accepted",
    "sent",
    "deadline",
    "overtaken",
    "ineligible",
    "circuit_open",
    "not_verified",
    "verified",
    "manual",
    "cancelled",
)
_ENTRY: Final = re.compile(r"(?P<channel>[^@:\s]*)(@(?P<provider>[^:\s]*))?:(?P<word>\S*)")
_COST: Final = re.compile(rf"\s*{SIGN}\s*(?P<value>.*?)\s*")


class ExpectedStep(NamedTuple):
    """One entry of an expected path; any provider will do where none is named."""

    channel: str
    provider: str
    word: str

    def __str__(self) -> str:
        """The entry as it is written."""
        place = f"{self.channel}@{self.provider}" if self.provider else self.channel
        return f"{place}:{self.word}"

    def fits(self, step: Step) -> bool:
        """Whether an attempt went so."""
        is_there = self.provider in ("", step.provider)
        return is_there and (self.channel, self.word) == (step.channel, step.word)


class ExpectedCost(NamedTuple):
    """A comparison with an amount in billionths; `text` is how it was written."""

    sign: str
    bound: Fraction
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageExpectation(Expectation):
    """What is expected of one message, as far as it is not None.

    Attributes:
        name: Of the message.
        ends: Its outcome.
        within_us: The longest time from the request to the outcome.
        cost: Of the ledger.
        bill: Of what was billed.
        verified: Whether its code ended it.
    """

    name: str
    path: tuple[ExpectedStep, ...] | None
    ends: str | None
    within_us: int | None
    cost: ExpectedCost | None
    bill: ExpectedCost | None
    late: tuple[ExpectedStep, ...] | None
    verified: bool | None

    @property
    def message(self) -> str:
        """The message that must be followed."""
        return self.name

    def check(self, evidence: Evidence) -> ExpectationResult:
        """Judge what became of the message; tells all that differs."""
        account = evidence.accounts.get(self.name)
        if account is None:
            return self._result(["no such message came"], seen="it never came")
        currency = evidence.metrics.currency
        differing = list(filter(None, self._differences(account, currency)))
        details: tuple[str, ...] = ()
        if self.path is not None and not _fit(self.path, account.steps):
            details += _side_by_side(self.path, account.steps)
        if self.late is not None and not _fit(self.late, account.late):
            details += _side_by_side(self.late, account.late, what="late ")
        seen = self._seen(account, currency)
        number = account.message
        return self._result(differing, seen=seen, number=number, details=details)

    def _result(
        self,
        differing: list[str],
        *,
        seen: str,
        number: int | None = None,
        details: tuple[str, ...] = (),
    ) -> ExpectationResult:
        return ExpectationResult(
            text=self.text,
            scope=self.scope,
            passed=not differing,
            measure=None,
            line=self.line,
            file=self.file,
            seen=seen,
            samples=0 if number is None else 1,
            first_message=number if differing else None,
            why="; ".join(differing),
            details=details,
        )

    def _differences(self, account: Account, currency: str) -> list[str]:
        outcome, took_us = account.outcome or "no outcome", account.took_us
        differing = [
            _path_differs("path", self.path, account.steps),
            _path_differs("late", self.late, account.late),
        ]
        if self.ends is not None and account.outcome != self.ends:
            differing.append(f"ends: expected {self.ends}, saw {outcome}")
        if self.verified is not None and account.is_verified is not self.verified:
            differing.append(_VERIFIED[self.verified])
        if self.within_us is not None and (took_us is None or took_us > self.within_us):
            took = "it has no outcome" if took_us is None else f"it took {exact_seconds(took_us)} s"
            differing.append(f"within: expected {duration_text(self.within_us)}, {took}")
        for what, cost, nano in (
            ("cost", self.cost, account.ledger_nano),
            ("truth.cost", self.bill, account.bill_nano),
        ):
            if cost is not None and not OPERATORS[cost.sign](nano, cost.bound):
                saw = money_text(nano, currency)
                differing.append(f"{what}: expected {cost.text}, saw {saw}")
        return differing

    def _seen(self, account: Account, currency: str) -> str:
        """What became of it, in one line; the providers too where some are expected."""
        names = any(step.provider for step in self.path or ())
        parts = [_shown(account.steps, with_providers=names) or "no attempt"]
        took = "" if account.took_us is None else f" after {exact_seconds(account.took_us)} s"
        parts.append(f"{account.outcome or 'no outcome'}{took}")
        if self.cost is not None:
            parts.append(money_text(account.ledger_nano, currency))
        if self.bill is not None:
            parts.append(f"billed {money_text(account.bill_nano, currency)}")
        if self.verified is not None:
            parts.append("verified" if account.is_verified else "not verified")
        if self.late is not None:
            parts.append(f"late {_shown(account.late) or 'none'}")
        return "; ".join(parts)


_VERIFIED: Final = {
    True: "verified: expected its code, and none ended it",
    False: "verified: expected no code, and one ended it",
}


def _fit(expected: Sequence[ExpectedStep], steps: Sequence[Step]) -> bool:
    return len(expected) == len(steps) and all(
        wanted.fits(step) for wanted, step in zip(expected, steps, strict=True)
    )


def _path_differs(what: str, expected: Sequence[ExpectedStep] | None, steps: Sequence[Step]) -> str:
    """What is different first, in words; "" where nothing is."""
    if expected is None or _fit(expected, steps):
        return ""
    for place, (wanted, step) in enumerate(zip(expected, steps, strict=False), 1):
        if not wanted.fits(step):
            saw = _entry(step, with_provider=bool(wanted.provider))
            return f"{what}: expected {wanted} in place {place}, saw {saw}"
    if len(expected) > len(steps):
        return f"{what}: expected {expected[len(steps)]} in place {len(steps) + 1}, saw no more"
    more = f"no more after place {len(expected)}" if expected else "none"
    return f"{what}: expected {more}, saw {steps[len(expected)]}"


def _entry(step: Step, *, with_provider: bool) -> str:
    if with_provider and step.provider:
        return f"{step.channel}@{step.provider}:{step.word}"
    return str(step)


def _shown(steps: Sequence[Step], *, with_providers: bool = False) -> str:
    return ", ".join(_entry(step, with_provider=with_providers) for step in steps)


def _side_by_side(
    expected: Sequence[ExpectedStep], steps: Sequence[Step], what: str = ""
) -> tuple[str, ...]:
    """Two paths under each other, and under them marks where they differ."""
    rows: list[list[str]] = [[f"{what}expected"], [f"{what}seen"], [""]]
    for place in range(max(len(expected), len(steps))):
        wanted = expected[place] if place < len(expected) else None
        step = steps[place] if place < len(steps) else None
        with_provider = wanted is not None and bool(wanted.provider)
        cells = [
            "-" if wanted is None else str(wanted),
            "-" if step is None else _entry(step, with_provider=with_provider),
        ]
        differs = wanted is None or step is None or not wanted.fits(step)
        cells.append("^" * max(map(len, cells)) if differs else "")
        for row, cell in zip(rows, cells, strict=True):
            row.append(cell)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return tuple(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


# Reading ---------------------------------------------------------------------------------------


def parse_message_expectation(
    name: ScalarNode, draft: NamedMessageDraft, around: Surroundings, problems: Problems
) -> MessageExpectation | Bad:
    """Read what is expected of a message; every entry and amount that is wrong is shown."""
    path = _steps(draft.path, _WORDS, around, problems)
    late = _steps(draft.late, _NEWS, around, problems)
    cost, bill = (_cost(node, around, problems) for node in (draft.cost, draft.bill))
    if path is BAD or late is BAD or cost is BAD or bill is BAD:
        return BAD
    line, file = position(name)
    expectation = MessageExpectation(
        text="",
        scope=f"message {name.text}",
        line=line,
        file=file,
        name=name.text,
        path=path,
        ends=draft.ends,
        within_us=draft.within_us,
        cost=cost,
        bill=bill,
        late=late,
        verified=draft.verified,
    )
    return _with_text(expectation)


def _with_text(expectation: MessageExpectation) -> MessageExpectation:
    """Say in one line all that is expected."""
    parts = []
    for what, steps in (("path", expectation.path), ("late", expectation.late)):
        if steps is not None:
            parts.append(f"{what} {', '.join(map(str, steps)) or 'none'}")
    if expectation.ends is not None:
        parts.append(f"ends {expectation.ends}")
    if expectation.verified is not None:
        parts.append("verified" if expectation.verified else "not verified")
    if expectation.within_us is not None:
        parts.append(f"within {duration_text(expectation.within_us)}")
    for what, cost in (("cost", expectation.cost), ("truth.cost", expectation.bill)):
        if cost is not None:
            parts.append(f"{what} {cost.text}")
    return replace(expectation, text="; ".join(parts))


def _steps(
    nodes: Sequence[ScalarNode] | None,
    words: Sequence[str],
    around: Surroundings,
    problems: Problems,
) -> tuple[ExpectedStep, ...] | Bad | None:
    if nodes is None:
        return None
    steps = [_step(node, words, around, problems) for node in nodes]
    whole = tuple(step for step in steps if step is not BAD)
    return whole if len(whole) == len(steps) else BAD


def _step(
    node: ScalarNode, words: Sequence[str], around: Surroundings, problems: Problems
) -> ExpectedStep | Bad:
    """Read an entry of a path; each of its words has its own position."""
    form = _ENTRY.fullmatch(node.text)
    if form is None:
        return problems.add(
            node,
            Code.BAD_EXPECTATION,
            f"'{node.text}' is no entry of a path",
            note="write CHANNEL:WORD, such as sms:no_receipt",
        )
    channel, provider, word = form["channel"], form["provider"], form["word"]
    is_good = True
    if channel not in around.channels:
        is_good = False
        at = part(node, form.start("channel"), form.end("channel"))
        note = did_you_mean(channel, around.channels) or f"one of {', '.join(around.channels)}"
        problems.add(at, Code.UNKNOWN_WORD, f"no level is on the channel '{channel}'", note=note)
    if provider is not None:
        at = part(node, form.start("provider"), form.end("provider"))
        is_good = _check_provider(at, provider, channel, around, problems) and is_good
    if word not in words:
        is_good = False
        _complain_of_word(part(node, form.start("word"), form.end("word")), word, words, problems)
    return ExpectedStep(channel, provider or "", word) if is_good else BAD


def _check_provider(
    at: ScalarNode, provider: str, channel: str, around: Surroundings, problems: Problems
) -> bool:
    carries = around.providers.get(provider)
    if carries is None:
        note = did_you_mean(provider, around.providers)
        note = note or f"one of {', '.join(around.providers)}"
        problems.add(at, Code.UNKNOWN_PROVIDER, f"no level uses '{provider}'", note=note)
    elif carries != channel and channel in around.channels:
        text = f"'{provider}' carries {carries}, not {channel}"
        problems.add(at, Code.WRONG_CHANNEL, text, note="name another provider")
    else:
        return True
    return False


def _complain_of_word(at: ScalarNode, word: str, words: Sequence[str], problems: Problems) -> None:
    known = ", ".join(words)
    text = f"'{word}' is no news that comes late" if words is _NEWS else f"no attempt ends '{word}'"
    note = did_you_mean(word, words) or f"one of {known}"
    problems.add(at, Code.UNKNOWN_WORD, text, note=note, help_text=f"words here: {known}")


def _cost(
    node: ScalarNode | None, around: Surroundings, problems: Problems
) -> ExpectedCost | Bad | None:
    if node is None:
        return None
    form = _COST.fullmatch(node.text)
    if form is None or not form["value"]:
        note = "write OPERATOR AMOUNT, such as <= 0.06 EUR"
        text = f"'{node.text}' compares with nothing"
        return problems.add(node, Code.BAD_EXPECTATION, text, note=note)
    if check_sign(node, form, problems) is BAD:
        return BAD
    at = part(node, form.start("value"), form.end("value"))
    try:
        bound = amount(at, form["value"], around.currency, problems, around.exchange)
    except QuantityError as error:
        return problems.add(at, error.code, error.text, note=error.note)
    if bound is BAD:
        return BAD
    return ExpectedCost(form["sign"], bound, f"{form['sign']} {form['value']}")
