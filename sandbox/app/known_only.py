"""What a run with providers outside can be judged by: what is known. Nobody knows the truth of it.

A metric of truth counts what reached handsets and what was billed. Of providers outside there are
no such lines in the log, so it would say that nothing arrived; what is expected of it is not
judged.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from sandbox.app.run import RunResult, Verdict
from sandbox.report.occurrences import PHRASES
from sandbox.scenario.expectations import ExpectationResult

_OF_TRUTH: Final = re.compile(r"\b(?:truth\.|(?:cost\.)?hidden_duplicate)")
_PHRASES: Final = tuple(name for name, text in PHRASES.items() if "(truth" in text)


class KnownOnly(NamedTuple):
    """A result, and what of it is not judged.

    Attributes:
        left_out: Expectations about truth.
    """

    result: RunResult
    left_out: tuple[ExpectationResult, ...]


def known_only(result: RunResult, fired: Mapping[str, int] | None = None) -> KnownOnly:
    """The result without what nobody knows, and the verdict that follows from the rest.

    Args:
        result: Of a run with providers outside.
        fired: Fault -> how often a setting it had changed was read, where it was not in our world;
            None: nobody knows, and nothing is said of faults.
    """
    told = [item for item in result.expectations if not is_of_truth(item)]
    verdict = result.verdict
    if verdict is Verdict.FAILED and all(item.passed for item in told):
        verdict = Verdict.PASSED
    judged = replace(result, expectations=tuple(told), verdict=verdict, fired=dict(fired or {}))
    return KnownOnly(judged, tuple(item for item in result.expectations if is_of_truth(item)))


def is_of_truth(item: ExpectationResult) -> bool:
    """Whether it is about what only a simulation knows."""
    return _OF_TRUTH.search(item.text) is not None or item.text.startswith(_PHRASES)
