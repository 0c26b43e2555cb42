"""What a valid file most probably does not mean, found by looking at its levels together.

    scenarios/otp.yaml:7:40: warning[wait-below-validity]: ...

A vendor checks the shape of one request; nobody checks whether three waits fit into a deadline. The
findings have codes of their own (`lint_codes`); a file says which of them it means with
`lint: {accept: [CODE]}`, and one that is accepted and not made is a finding itself.
"""

from collections.abc import Iterator
from typing import NamedTuple

from sandbox.scenario.lint_codes import ERRONEOUS, Finding
from sandbox.scenario.lint_fronts import lint_fronts
from sandbox.scenario.lint_levels import lint_cascade
from sandbox.scenario.lint_money import lint_prices
from sandbox.scenario.lint_quiet import lint_quiet
from sandbox.scenario.lint_traffic import lint_traffic
from sandbox.scenario.lint_verification import lint_verification
from sandbox.scenario.lint_view import Found, View, view_of
from sandbox.scenario.model import Scenario
from sandbox.scenario.nodes import ListNode, MapNode, ScalarNode
from sandbox.scenario.problems import ScenarioProblem


class Linted(NamedTuple):
    """What the linter says of a file.

    Attributes:
        problems: In the order of the file; the severity of each is `error` or `warning`.
        accepted: How many more there are that the file accepts.
    """

    problems: tuple[ScenarioProblem, ...]
    accepted: int

    @property
    def has_errors(self) -> bool:
        """Something is surely wrong."""
        return any(problem.severity == "error" for problem in self.problems)


def lint(scenario: Scenario) -> Linted:
    """Look at a scenario that was loaded without a problem."""
    view = view_of(scenario)
    found = [each for cascade in view.cascades for each in lint_cascade(cascade, view)]
    found += [each for cascade in view.cascades for each in lint_verification(cascade)]
    found += [each for cascade in view.cascades for each in lint_quiet(cascade)]
    found += [each for cascade in view.cascades for each in lint_fronts(cascade)]
    found += lint_traffic(view)
    found += lint_prices(view)
    found += _of_adapters(view)
    accepted = _accepted(scenario)
    made = {each.code for each in found}
    kept = [each for each in found if each.code not in {name.text for name in accepted}]
    kept += list(_idle(accepted, made))
    problems = [_problem(each) for each in kept]
    problems.sort(key=lambda each: (each.mark.source.rank, each.mark.line, each.mark.column))
    return Linted(tuple(problems), len(found) - (len(kept) - sum(_is_idle(k) for k in kept)))


def _of_adapters(view: View) -> Iterator[Found]:
    providers = view.scenario.tree.map("providers") or ()
    has_senders = any(isinstance(each, MapNode) and each.key("sender") for _, each in providers)
    if view.scenario.routes or has_senders:
        from sandbox.scenario.lint_adapters import lint_adapters  # noqa: PLC0415 - the codecs take longer to import than a file to read

        yield from lint_adapters(view)


def _accepted(scenario: Scenario) -> list[ScalarNode]:
    """The codes that a file accepts."""
    told = scenario.tree.map("lint")
    codes = told.list("accept") if told else None
    items = codes.items if isinstance(codes, ListNode) else ()
    return [item for item in items if isinstance(item, ScalarNode)]


def _idle(accepted: list[ScalarNode], made: set[Finding]) -> Iterator[Found]:
    for name in accepted:
        if name.text not in made:
            text = f"there is no finding '{name.text}' here"
            yield Found(Finding.NOTHING_TO_ACCEPT, name, text, "leave it out")


def _is_idle(found: Found) -> bool:
    return found.code is Finding.NOTHING_TO_ACCEPT


def _problem(found: Found) -> ScenarioProblem:
    return ScenarioProblem(
        code=found.code.value,
        text=found.text,
        mark=found.at.mark,
        place=found.at.place,
        note=found.note,
        severity="error" if found.code in ERRONEOUS else "warning",
    )
