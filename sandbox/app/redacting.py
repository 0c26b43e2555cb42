"""A stored run without numbers, texts and codes: what its scenario holds of them, and where."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sandbox.app.answers import Answer
from sandbox.app.stored import StoredAnswer
from sandbox.cascade.events import Reason
from sandbox.drivers.retraced import LiveChange, LiveDeed
from sandbox.report.highlights import Highlights
from sandbox.report.redaction import MASK, Redaction, sensitive
from sandbox.scenario.bases import catalogue
from sandbox.scenario.model import Scenario
from sandbox.scenario.reasons import UNSPECIFIED
from sandbox.simulation.spec import Change, Forced
from sandbox.store.rows import RunRow


def redaction_of(
    scenario: Scenario, changes: Sequence[LiveDeed], names: Iterable[str]
) -> Redaction:
    """What masks a run.

    Args:
        scenario: As it was run.
        changes: Made by hand.
        names: Of its messages.
    """
    channels = {provider.channel for provider in scenario.world.providers}
    published = {code for channel in sorted(channels) for code in catalogue(channel)}
    published.add(UNSPECIFIED.code)
    secrets = [*_texts(scenario), *_numbers(scenario)]
    for reason in _reasons(scenario, changes):
        if reason.code not in published:
            secrets += [reason.code, reason.text]
    secrets += [part for name in (*_given_names(scenario), *names) for part in sensitive(name)]
    return Redaction(secrets, published=published)


def _texts(scenario: Scenario) -> Iterator[str]:
    for plan in scenario.world.plans:
        yield plan.text
        for level in plan.levels:
            yield level.text or ""


def _numbers(scenario: Scenario) -> Iterator[str]:
    for person in scenario.world.population.people:
        for number in (person.phone, *(address for _, address in person.addresses)):
            yield number
            yield number.removeprefix("+")


def _reasons(scenario: Scenario, changes: Sequence[LiveDeed]) -> Iterator[Reason]:
    """Every reason that the scenario, its faults or somebody's hand gave a provider or a person."""
    for provider in scenario.world.providers:
        yield from _reasons_in(provider.settings.reasons)
    for fault in scenario.world.faults:
        for change in fault.changes:
            yield from _reasons_of(change)
    for by_hand in changes:
        if isinstance(by_hand, LiveChange) and by_hand.change is not None:
            yield from _reasons_of(by_hand.change)
    for trait in scenario.world.population.traits:
        if isinstance(trait.effect, Forced) and trait.effect.reason is not None:
            yield trait.effect.reason


def _reasons_of(change: Change) -> Iterator[Reason]:
    if change.path == "delivery.reasons" and isinstance(change.value, tuple):
        yield from _reasons_in(change.value)


def _reasons_in(told: Iterable[object]) -> Iterator[Reason]:
    """The reasons in nested pairs, such as `Reasons` has them."""
    for each in told:
        if isinstance(each, Reason):
            yield each
        elif isinstance(each, tuple):
            yield from _reasons_in(each)


def _given_names(scenario: Scenario) -> Iterator[str]:
    world = scenario.world
    yield scenario.name
    yield from (plan.name for plan in world.plans)
    yield from (provider.name for provider in world.providers)
    yield from (fault.id for fault in world.faults)
    yield from (trait.name for trait in world.population.traits)
    yield from (person.name for person in world.population.people)


# Masked ------------------------------------------------------------------------------------------


def redacted_run(run: RunRow, redaction: Redaction) -> RunRow:
    """What is known of a run, with what people wrote masked."""
    return run._replace(
        scenario=redaction.text(run.scenario),
        title=redaction.text(run.title),
        file=redaction.text(run.file),
        trouble=None if run.trouble is None else redaction.text(run.trouble),
    )


def redacted_answer(
    stored: StoredAnswer, redaction: Redaction, worst: Sequence[str]
) -> StoredAnswer:
    """What a run came to, masked.

    Args:
        stored: As it was kept.
        redaction: Of the run.
        worst: The timeline of its worst message, told of masked lines.
    """
    run = redacted_run(stored.run, redaction)
    if stored.answer is None:
        return StoredAnswer(run, None, [])
    result = stored.answer.result
    words = redaction.words
    expectations = tuple(
        replace(
            item,
            text=words(item.text),
            scope=words(item.scope),
            file=redaction.text(item.file),
            seen=words(item.seen),
            why=words(item.why),
            details=tuple(map(words, item.details)),
        )
        for item in result.expectations
    )
    masked = replace(result, expectations=expectations)
    highlights = _redacted_highlights(stored.answer.highlights, redaction)
    return StoredAnswer(run, Answer(masked, highlights), list(map(words, worst)))


def _redacted_highlights(told: Highlights, redaction: Redaction) -> Highlights:
    masked = Highlights()
    masked.worst = told.worst
    for switch, times in told.switches.items():
        text = MASK if switch.text else ""
        masked.switches[switch._replace(code=redaction.code(switch.code), text=text)] += times
    return masked
