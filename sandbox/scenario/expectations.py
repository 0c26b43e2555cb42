"""What must be true in the end: what every expectation has, and how it is judged.

There are three kinds, each with a file of its own: a metric compared with a value, of all messages
or some (`metric_expectations`); what becomes of a named message (`message_expectations`); what may
not happen, or must (`phrase_expectations`). An expectation over no samples fails: nothing was
shown.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from sandbox.report.account import Account
from sandbox.report.definitions import Measure, Value
from sandbox.report.metrics import Metrics
from sandbox.report.occurrences import Occurrences, Phrase
from sandbox.scenario.exchange import NO_EXCHANGE, Exchange
from sandbox.scenario.nodes import ScalarNode

NO_SAMPLES: Final = "no samples"
"""Why an expectation fails that looked at nothing."""


@dataclass(frozen=True, slots=True)
class ExpectationResult:
    """Whether an expectation holds, and what was seen.

    Attributes:
        text: As it was written: `delivery_rate >= 95%`, `late success`; for a named message all
            that is expected of it, in one line.
        scope: Which messages it is about: `all`, `during sms-down`, `after sms-down+2m`,
            `where trait phone_off`, `message otp-anna`, `never` or `sometimes`.
        measure: What the metric came to, or how often something happened; None for a named message.
        line: Where the expectation stands in the file.
        file: The file it stands in: the scenario's, or one it includes.
        seen: What was seen, for people: `93.1 %`, `3 times, first m17`.
        samples: How many messages were looked at; of a quotient its denominator.
        first_message: The first message that offends, where one can be named; None otherwise, and
            where the expectation holds.
        why: Why it does not hold where the figures do not say it themselves: `no samples`, what
            differs of a named message; "" where it holds.
        details: Further lines for people: a path that differs, under the path that was expected.
    """

    text: str
    scope: str
    passed: bool
    measure: Measure | None
    line: int
    file: str = ""
    seen: str = ""
    samples: int = 0
    first_message: int | None = None
    why: str = ""
    details: tuple[str, ...] = ()

    @property
    def value(self) -> Value:
        """The value of the metric: a fraction of one, microseconds, billionths, or a count."""
        return None if self.measure is None else self.measure.value


class Evidence(NamedTuple):
    """What a run is judged by.

    Attributes:
        occurrences: What was counted of the phrases that are expected.
        accounts: Named messages that came, as far as something is expected of them.
    """

    metrics: Metrics
    occurrences: Occurrences
    accounts: Mapping[str, Account]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One thing that must be true.

    Attributes:
        text: As it was written.
        scope: Which messages it is about, as in `ExpectationResult`.
        line: Where it stands, from 1.
        file: In which file.
    """

    text: str
    scope: str
    line: int
    file: str

    @property
    def phrase(self) -> Phrase | None:
        """What must be counted while the run goes on."""
        return None

    @property
    def message(self) -> str:
        """The named message that must be followed while the run goes on; "" for none."""
        return ""

    @property
    def marks(self) -> Collection[tuple[str, str]]:
        """What messages must be marked with: `("trait", NAME)` or `("country", NAME)`."""
        return ()

    def check(self, evidence: Evidence) -> ExpectationResult:
        """Judge a run."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an expectation may speak of.

    Attributes:
        providers: By name, the channel of each.
        level_count: How many levels the longest cascade has.
        currency: Of all prices; "" when there are none, and any will do.
        exchange: What amounts in other currencies are worth.
    """

    cascades: Collection[str]
    channels: Collection[str]
    providers: Mapping[str, str]
    level_count: int
    currency: str
    exchange: Exchange = NO_EXCHANGE


def position(node: ScalarNode) -> tuple[int, str]:
    """The line and the file of a sentence."""
    return node.mark.line, node.mark.source.name
