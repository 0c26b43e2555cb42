"""What may never happen, and what must happen at least once: `late success`, `outcome expired`."""

from dataclasses import dataclass
from typing import Final

from sandbox.report.definitions import Kind, Measure
from sandbox.report.occurrences import Count, Phrase, UnknownPhraseError, parse_phrase
from sandbox.scenario.codes import Code
from sandbox.scenario.expectations import (
    NO_SAMPLES,
    Evidence,
    Expectation,
    ExpectationResult,
    Surroundings,
    position,
)
from sandbox.scenario.nodes import ScalarNode
from sandbox.scenario.problems import Bad, Problems

NEVER: Final = "never"
SOMETIMES: Final = "sometimes"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseExpectation(Expectation):
    """Something must not happen (scope `never`), or must (scope `sometimes`).

    It is about all messages, also those before `warm_up` is over.
    """

    expected: Phrase

    @property
    def phrase(self) -> Phrase:
        """What is counted."""
        return self.expected

    def check(self, evidence: Evidence) -> ExpectationResult:
        """Judge a run; names the first message to which happened what must not."""
        count = evidence.occurrences.count(self.expected)
        messages = evidence.metrics.message_counts()["total"]
        is_forbidden = self.scope == NEVER
        passed = messages > 0 and (count.times == 0) is is_forbidden
        why = "" if passed or is_forbidden else "it did not happen"
        return ExpectationResult(
            text=self.text,
            scope=self.scope,
            passed=passed,
            measure=Measure(Kind.COUNT, count.times, messages),
            line=self.line,
            file=self.file,
            seen=_seen(count),
            samples=messages,
            first_message=count.first if is_forbidden else None,
            why=why if messages else NO_SAMPLES,
        )


def _seen(count: Count) -> str:
    if not count.times:
        return NEVER
    times = "once" if count.times == 1 else f"{count.times} times"
    if count.first is None:
        return times
    return f"{times}, m{count.first}" if count.times == 1 else f"{times}, first m{count.first}"


def parse_phrase_expectation(
    node: ScalarNode, scope: str, around: Surroundings, problems: Problems
) -> PhraseExpectation | Bad:
    """Read a phrase under `never` or `sometimes`."""
    try:
        phrase = parse_phrase(node.text)
    except UnknownPhraseError as error:
        hint = error.hint[:1].lower() + error.hint[1:].removesuffix(".")
        return problems.add(node, Code.UNKNOWN_PHRASE, str(error), note=hint)
    least = 1 if phrase.name == "fallback to level N" else 0
    if phrase.name[-1] == "N" and not least <= phrase.level < around.level_count:
        text = f"no cascade has a level {phrase.level}"
        if phrase.level < least:
            text = "level 0 comes first, and nothing falls back to it"
        note = _levels(least, around.level_count - 1)
        return problems.add(node, Code.UNKNOWN_PHRASE, text, note=note)
    line, file = position(node)
    return PhraseExpectation(text=node.text, scope=scope, line=line, file=file, expected=phrase)


def _levels(first: int, last: int) -> str:
    """Which levels there are, as a note."""
    if first > last:
        return ""
    return f"levels are {first} to {last}" if first < last else f"level {first} is the only one"
