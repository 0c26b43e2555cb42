"""Findings about levels that begin together: what a person gets twice for nothing (S25)."""

from collections.abc import Iterator
from itertools import combinations

from sandbox.scenario.lint_codes import Finding
from sandbox.scenario.lint_view import CascadeView, Found


def lint_fronts(cascade: CascadeView) -> Iterator[Found]:
    """All there is to say about the fronts of a cascade."""
    yield from _same_twice(cascade)
    yield from _two_codes(cascade)


def _same_twice(cascade: CascadeView) -> Iterator[Found]:
    for front in cascade.fronts:
        for first, second in combinations(front, 2):
            shared = set(first.level.providers[:1]) & set(second.level.providers[:1])
            for provider in sorted(shared):
                text = f"{first.name} and {second.name} both begin with '{provider}', at once"
                note = "name another provider, or take another channel"
                yield Found(Finding.SAME_TWICE, second.at("parallel"), text, note)
                return


def _two_codes(cascade: CascadeView) -> Iterator[Found]:
    if not (cascade.plan.stops_on_verified and cascade.plan.has_code_per_level):
        return
    for front in cascade.fronts:
        if len(front) > 1:
            text = f"{front[0].name} and {front[1].name} send two codes at once"
            yield Found(Finding.TWO_CODES, front[1].at("parallel"), text, "write per: message")
            return
