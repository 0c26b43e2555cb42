"""What is done about messages under way, as a file says it: looked up, and put in order of time.

`acts` has what the scenario wants done about messages with names, `by_hand` what somebody once did
in a session, also about messages known by their number only.
"""

from collections.abc import Collection

from sandbox.scenario.codes import Code
from sandbox.scenario.grammar.drafts import ActDraft, HandActDraft, ScenarioDraft
from sandbox.scenario.nodes import ScalarNode
from sandbox.scenario.problems import Problems, did_you_mean
from sandbox.scenario.traces import cascades_by_message
from sandbox.simulation.spec import PlannedAct


def check_acts(draft: ScenarioDraft, problems: Problems) -> None:
    """Complain about acts on messages that nobody named."""
    names = [act.message for act in draft.acts or ()]
    names += [each.message for each in draft.acts_by_hand if isinstance(each.message, ScalarNode)]
    known = cascades_by_message(draft.load or ()) if names else {}
    for name in names:
        _check_name(name, known, problems)


def _check_name(name: ScalarNode, known: Collection[str], problems: Problems) -> None:
    if name.text not in known:
        problems.add(
            name,
            Code.UNKNOWN_MESSAGE,
            f"there is no message '{name.text}'",
            note=did_you_mean(name.text, known) or "add it under load",
            help_text=f"messages here: {', '.join(known) or 'none'}",
        )


def acts_of(draft: ScenarioDraft) -> tuple[PlannedAct, ...]:
    """The acts of a checked file in order of time; those by hand come last at one instant."""
    acts = [_act(act) for act in draft.acts or ()]
    acts += [_act(act) for act in draft.acts_by_hand]
    return tuple(sorted(acts, key=lambda act: act.at_us))


def _act(act: ActDraft | HandActDraft) -> PlannedAct:
    if isinstance(act.message, int):
        return PlannedAct(at_us=act.at_us, act=act.act, message=act.message)
    return PlannedAct(at_us=act.at_us, act=act.act, name=act.message.text)
