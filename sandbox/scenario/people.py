"""Recipients: checked as a whole, and made into a population."""

from collections.abc import Sequence
from typing import Final

from sandbox.cascade.events import Reason
from sandbox.scenario.bases import catalogue
from sandbox.scenario.checks import PARTIAL, SMS, partial_elsewhere
from sandbox.scenario.codes import Code
from sandbox.scenario.grammar.drafts import ProviderDraft, RecipientsDraft, TraitDraft
from sandbox.scenario.nodes import MapNode, Node, ScalarNode
from sandbox.scenario.problems import Problems, did_you_mean
from sandbox.scenario.quiet import Clock
from sandbox.scenario.reasons import check_class, find_reason, unknown_reason
from sandbox.simulation.population import impossible_together
from sandbox.simulation.spec import (
    CodeHabits,
    Forced,
    KnownIneligible,
    NamedPerson,
    Population,
    Trait,
    Unreachable,
)

ProvidersByName = Sequence[tuple[ScalarNode, ProviderDraft]]

_OUTCOME_ONLY: Final = "a trait either has spells of off and on, or an outcome (as)"


def check_people(
    recipients: RecipientsDraft, providers: ProvidersByName, problems: Problems
) -> None:
    """Complain about traits that contradict themselves, and names that lead nowhere."""
    traits = recipients.node.map("traits")
    known = [name.text for name, _ in traits] if traits else []
    for _, trait in recipients.traits:
        _check_effect(trait, providers, problems)
    for together in recipients.together:
        for name in (together.given, together.trait):
            _check_trait(name, known, problems)
    for _, person in recipients.people:
        for name in person.traits:
            _check_trait(name, known, problems)
    if not problems:
        _check_together(recipients, providers, problems)


def _check_trait(name: ScalarNode, known: Sequence[str], problems: Problems) -> None:
    if name.text not in known:
        problems.add(
            name,
            Code.UNKNOWN_TRAIT,
            f"there is no trait '{name.text}'",
            note=did_you_mean(name.text, known),
            help_text=f"traits here: {', '.join(known) or 'none'}",
        )


def _check_effect(trait: TraitDraft, providers: ProvidersByName, problems: Problems) -> None:
    node = trait.node
    if (node.key("off") is None) != (node.key("on") is None):
        text = "spells of being off need their counterpart"
        note = "add on: {mean: …}" if node.key("off") else "add off: {mean: …}"
        problems.add(node, Code.TRAIT_EFFECT, text, note=note)
    elif node.key("off") and trait.outcome is not None:
        problems.add(_at(node, "as"), Code.TRAIT_EFFECT, _OUTCOME_ONLY, note="keep one of both")
    elsewhere = [channel for channel in trait.hits if channel != SMS]
    if trait.outcome == PARTIAL and elsewhere:
        partial_elsewhere(_at(node, "as"), elsewhere[0], problems)
    if trait.reason is None:
        return
    if trait.outcome is None:
        text = "a reason belongs to an outcome"
        problems.add(_at(node, "reason"), Code.TRAIT_EFFECT, text, note="add as:, or leave it out")
        return
    found = _reason(trait, providers)
    if found is None:
        unknown_reason(_at(node, "reason"), trait.reason, trait.hits[0], problems)
    else:
        check_class(_at(node, "reason"), trait.outcome, found, problems)


def _at(node: MapNode, name: str) -> Node:
    return node.get(name) or node


def _reason(trait: TraitDraft, providers: ProvidersByName) -> Reason | None:
    """The reason a trait names: as some provider here describes it, else from the catalogue."""
    for _, provider in providers:
        if provider.channel in trait.hits:
            for _, each in provider.delivery.reasons:
                for draft in each:
                    if draft.code.text == trait.reason:
                        return find_reason(draft, provider.channel)
    for channel in trait.hits:
        if trait.reason in catalogue(channel):
            return catalogue(channel)[trait.reason]
    return None


def _check_together(
    recipients: RecipientsDraft, providers: ProvidersByName, problems: Problems
) -> None:
    """Complain about the first correlation that these shares do not allow."""
    whole = population_of(recipients, providers)
    for count, together in enumerate(recipients.together, 1):
        first = Population(traits=whole.traits, together=whole.together[:count])
        impossible = impossible_together(first)
        if impossible is not None:
            text = impossible.removeprefix("together: ")
            problems.add(together.node, Code.IMPOSSIBLE_TOGETHER, text)
            return


# Building --------------------------------------------------------------------------------------


def population_of(
    recipients: RecipientsDraft, providers: ProvidersByName, clock: Clock | None = None
) -> Population:
    """The population of checked recipients; `clock` where it matters how late it is for them."""
    codes = recipients.codes
    return Population(
        size=recipients.population,
        countries=recipients.country,
        traits=tuple(
            Trait(
                name=name.text,
                share=trait.share,
                hits=frozenset(trait.hits),
                effect=_effect(trait, providers),
            )
            for name, trait in recipients.traits
        ),
        together=tuple((t.given.text, t.trait.text, t.share) for t in recipients.together),
        people=tuple(
            NamedPerson(
                name=name.text,
                phone=person.phone or "",
                addresses=person.addresses or (),
                country=person.country or "",
                local_us=None if clock is None else clock.of_person(person),
                traits=tuple(trait.text for trait in person.traits),
            )
            for name, person in recipients.people
        ),
        codes=CodeHabits(
            entered=codes.entered,
            after=codes.after,
            mistyped=codes.mistyped,
            asks_again=codes.asks_again.share,
            asks_again_after_us=codes.asks_again.after_us,
        ),
        local_us=() if clock is None else clock.of_countries(),
    )


def _effect(
    trait: TraitDraft, providers: ProvidersByName
) -> Unreachable | Forced | KnownIneligible:
    if trait.off_mean_us is not None and trait.on_mean_us is not None:
        return Unreachable(trait.off_mean_us, trait.on_mean_us)
    if trait.outcome is None:
        return KnownIneligible()
    return Forced(trait.outcome, _reason(trait, providers) if trait.reason else None)
