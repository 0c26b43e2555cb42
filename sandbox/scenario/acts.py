"""What is done about messages under way, as a file says it: looked up, and put in order of time.

`acts` has what the scenario wants done about messages with names, `by_hand` what somebody once did
in a session, also about messages known by their number only.
"""

from collections.abc import Collection, Iterator

from sandbox.scenario.codes import Code
from sandbox.scenario.grammar.drafts import ActDraft, HandActDraft, HandForceDraft, ScenarioDraft
from sandbox.scenario.grammar.hand_drafts import HandMoveDraft
from sandbox.scenario.nodes import ScalarNode, flow
from sandbox.scenario.problems import Problems, did_you_mean
from sandbox.scenario.traces import cascades_by_message
from sandbox.simulation.moves import HandMove
from sandbox.simulation.spec import HandForce, PlannedAct


def check_acts(draft: ScenarioDraft, problems: Problems) -> None:
    """Complain about acts on messages that nobody named."""
    names = [act.message for act in draft.acts or ()]
    by_hand = [each.message for each in draft.acts_by_hand]
    by_hand += [each.message for each in draft.forced_by_hand]
    names += [each for each in by_hand if isinstance(each, ScalarNode)]
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


def forced_of(draft: ScenarioDraft) -> tuple[HandForce, ...]:
    """What was decided by hand about attempts, of a checked file, in order of time."""
    return tuple(_force(each) for each in draft.forced_by_hand)


def check_moves(draft: ScenarioDraft, problems: Problems) -> None:
    """Complain about moves from or to cascades that are not there."""
    names = [name.text for name, _ in draft.cascades or ()]
    for move in _moves(draft):
        for name in (move.cascade, move.becomes):
            if name.text not in names:
                text = f"there is no cascade '{name.text}'"
                note = did_you_mean(name.text, names) or f"one of {', '.join(names)}"
                problems.add(name, Code.UNKNOWN_CASCADE, text, note=note)


def moves_of(draft: ScenarioDraft) -> tuple[HandMove, ...]:
    """Which new messages go through another cascade, of a checked file, in order of time."""
    names = [name.text for name, _ in draft.cascades or ()]
    return tuple(
        HandMove(
            at_us=move.at_us,
            plan=names.index(move.cascade.text),
            becomes=names.index(move.becomes.text),
        )
        for move in _moves(draft)
    )


def _moves(draft: ScenarioDraft) -> Iterator[HandMoveDraft]:
    return (each for each in draft.by_hand or () if isinstance(each, HandMoveDraft))


def _force(force: HandForceDraft) -> HandForce:
    told = force.node.get("force")
    return HandForce(
        at_us=force.at_us,
        level=force.level,
        entry=force.entry,
        text="none" if force.entry is None or told is None else flow(told),
        name="" if isinstance(force.message, int) else force.message.text,
        message=force.message if isinstance(force.message, int) else 0,
    )


def _act(act: ActDraft | HandActDraft) -> PlannedAct:
    if isinstance(act.message, int):
        return PlannedAct(at_us=act.at_us, act=act.act, message=act.message)
    return PlannedAct(at_us=act.at_us, act=act.act, name=act.message.text)
