"""Levels that begin together, as a file says them (S25).

    levels:
      - {channel: sms, wait: 30s}
      - {channel: whatsapp, wait: 60s, parallel: true}
      - {channel: viber}

The second begins at the instant of the first, the third when both have closed.
"""

from sandbox.scenario.codes import Code
from sandbox.scenario.grammar.drafts import CascadeDraft
from sandbox.scenario.problems import Problems


def check_fronts(cascade: CascadeDraft, problems: Problems) -> None:
    """Complain about a first level that should begin together with the one before it."""
    first = cascade.levels[0] if cascade.levels else None
    if first is not None and first.parallel:
        at = first.node.get("parallel") or first.node
        text = "there is no level before the first that it could be parallel to"
        note = "leave it out here, and say it at the second"
        problems.add(at, Code.PARALLEL_TO_NOTHING, text, note=note)
