"""Reason codes as written, made whole from the channel's catalogue."""

from typing import Final

from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import Channel, ReasonClass
from sandbox.scenario.bases import catalogue
from sandbox.scenario.codes import Code
from sandbox.scenario.grammar.mixtures import REASONED, ReasonDraft, ReasonsDraft
from sandbox.scenario.nodes import Node
from sandbox.scenario.problems import Problems, did_you_mean
from sandbox.simulation.spec import PPB, Reasons

TEMPORARY: Final = "refused.temporary"
PERMANENT: Final = "refused.permanent"

UNSPECIFIED: Final = Reason(
    "unspecified", ReasonClass.PERMANENT_RECIPIENT, "refused for good, no reason given"
)
"""A refusal for good must say so, or it would be taken for one that may pass."""


def find_reason(draft: ReasonDraft, channel: Channel) -> Reason | None:
    """A reason with its class and text; None where nothing tells its class."""
    code = draft.code.text
    listed = catalogue(channel).get(code)
    reason_class = draft.reason_class or (listed.reason_class if listed else None)
    if reason_class is None:
        return None
    text = draft.text if draft.text is not None else listed.text if listed else ""
    return Reason(code, reason_class, text)


def reasons_of(draft: ReasonsDraft, channel: Channel) -> Reasons:
    """Checked reasons as the world wants them."""
    whole: list[tuple[str, tuple[tuple[Reason, int], ...]]] = []
    for outcome, each in draft:
        found = [(find_reason(reason, channel), reason.share) for reason in each]
        whole.append((outcome.text, tuple((r, share) for r, share in found if r is not None)))
    if all(outcome != PERMANENT for outcome, _ in whole):
        whole.append((PERMANENT, ((UNSPECIFIED, PPB),)))
    return tuple(whole)


def check_reasons(draft: ReasonsDraft, channel: Channel, problems: Problems, instead: Node) -> None:
    """Complain about reasons nobody knows, or of a class that does not fit their outcome.

    Args:
        draft: What is written.
        channel: Whose catalogue is asked.
        problems: Takes the complaints.
        instead: Where to point when a reason comes from a built-in file.
    """
    for outcome, each in draft:
        for reason in each:
            at = instead if reason.code.mark.source.is_built_in else reason.code
            found = find_reason(reason, channel)
            if found is None:
                unknown_reason(at, reason.code.text, channel, problems)
            else:
                check_class(at, outcome.text, found, problems)


def unknown_reason(at: Node, code: str, channel: Channel, problems: Problems) -> None:
    """Complain about a code the catalogue does not have."""
    problems.add(
        at,
        Code.UNKNOWN_REASON,
        f"the catalogue of {channel} has no reason '{code}'",
        note=did_you_mean(code, catalogue(channel)) or "add its class and text",
    )


def check_class(at: Node, outcome: str, reason: Reason, problems: Problems) -> None:
    """Complain about a class that contradicts the outcome."""
    transient = reason.reason_class is ReasonClass.TRANSIENT
    if outcome not in REASONED:
        text = f"'{outcome}' gives no reason"
        problems.add(at, Code.REASON_CLASS, text, note="leave the reason out")
    elif outcome == TEMPORARY and not transient:
        text = f"{reason.code} is {reason.reason_class}, and refused.temporary is transient"
        problems.add(at, Code.REASON_CLASS, text, note="use refused.permanent")
    elif outcome == PERMANENT and transient:
        text = f"{reason.code} is transient, and refused.permanent is not"
        problems.add(at, Code.REASON_CLASS, text, note="use refused.temporary")
