"""A stored run as one page of HTML: what the page needs is gathered here, from the store alone.

Messages go by one after the other and fall into bins; besides those, no more is held than the few
messages whose story is told. A run of any size makes a page of bounded size.
"""

import shlex
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sandbox.app.answers import Answer
from sandbox.app.judged import named_as
from sandbox.app.redacting import redacted_answer
from sandbox.app.stored import StoredAnswer, deeds_of, scenario_of
from sandbox.app.what_ifs import as_it_was
from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import Plan
from sandbox.drivers.retraced import (
    LiveAct,
    LiveDeed,
    LiveForced,
    LiveHeard,
    LiveRequested,
    LiveSleep,
    LiveSwitch,
    OutsideDeed,
)
from sandbox.errors import UsageError
from sandbox.journal.entry import ADAPTER, REAL, SIMULATED
from sandbox.report.definitions import Measure, parse_metric
from sandbox.report.figures import exact_seconds, format_measure, money_text
from sandbox.report.leaving import leavings_of
from sandbox.report.page.escaping import Show, shown
from sandbox.report.page.model import Asked, Check, Named, Page, Provider, Reason, Told
from sandbox.report.page.page import page_pieces
from sandbox.report.page.plots import Window
from sandbox.report.page.tally import Tally
from sandbox.report.redaction import MASK, Redaction
from sandbox.report.timeline import result_of, story_of
from sandbox.scenario.expectations import ExpectationResult
from sandbox.scenario.model import Scenario
from sandbox.scenario.places import decoded as decoded_places
from sandbox.simulation.spec import ProviderSpec
from sandbox.store.reader import KeptRun, Reader
from sandbox.store.rows import RunRow

STORIES_MAX: Final = 8
"""Messages whose story is told: the page is read by people."""

OFFENDERS_MAX: Final = 3
"""Of these so many come from expectations that failed; the others from the ways to fare."""

NAMED_MAX: Final = 60
REASONS_MAX: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A run of which a page is made.

    Attributes:
        stored: What it came to.
        kept: All that is kept of it.
        path: The store's file, where it was named; it becomes part of the commands.
        redaction: Masks numbers, texts and codes; None: nothing is masked.
    """

    stored: StoredAnswer
    kept: KeptRun
    path: Path | None
    redaction: Redaction | None = None


async def page_of(reader: Reader, source: Source) -> Iterator[str]:
    """The page of a run, piece by piece.

    Raises:
        StorageError: the file cannot be used.
    """
    scenario, changes = scenario_of(source.kept), deeds_of(source.kept)
    stored, redaction = source.stored, source.redaction
    if redaction is not None:
        stored = redacted_answer(stored, redaction, ())
    page = _page(stored, source, scenario, changes)
    if stored.answer is not None:
        page = await _with_messages(reader, page, stored.answer, source, scenario, changes)
    return page_pieces(page, shown if redaction is None else _masking(redaction))


def _masking(redaction: Redaction) -> Show:
    return lambda text: shown(redaction.words(text))


def _page(
    stored: StoredAnswer, source: Source, scenario: Scenario, changes: Sequence[LiveDeed]
) -> Page:
    """What is known without looking at any message."""
    run, answer, redaction = stored.run, stored.answer, source.redaction
    free = _unchanged if redaction is None else redaction.text
    page = Page(
        title=run.title or run.scenario,
        description=free(" ".join(scenario.description.split())),
        scenario=run.scenario,
        name=run.name,
        seed=run.seed,
        state=str(run.state),
        verdict=run.verdict or "",
        trouble=run.trouble or "",
        digest=run.digest or "",
        program=run.program,
        line_count=run.line_count,
        virtual_us=run.virtual_us,
        commands=tuple(_commands(run, source.path, free)),
        currency=scenario.currency,
        plans=scenario.world.plans if redaction is None else _masked(scenario.world.plans),
        providers={p.name: _provider(p, scenario.currency) for p in scenario.world.providers},
        windows=tuple(_windows(scenario, changes, redaction)),
        asked=_nothing,
        is_redacted=redaction is not None,
    )
    if answer is None:
        return page
    result = answer.result
    return replace(
        page,
        asked=_asker(answer),
        counts=result.metrics.message_counts(),
        checks=tuple(_check(item, run.file, page.currency) for item in result.expectations),
        broken=tuple(
            {v.law: f"{v.law} at line {v.seq}: {v.text}" for v in reversed(result.violations)}
            .values()
        ),
        fired=result.fired,
        pending=result.pending,
        warnings=tuple(map(free, result.scenario.warnings)),
        reasons=tuple(
            Reason(times, switch.left, switch.entered, switch.trigger,
                   " ".join(part for part in (switch.code, switch.text) if part))
            for switch, times in answer.highlights.top_switches(REASONS_MAX)
        ),
    )  # fmt: skip


def _unchanged(text: str) -> str:
    return text


def _nothing(_: str) -> None:
    return None


def _asker(answer: Answer) -> Asked:
    """The figures that were kept; an earlier version kept fewer."""
    metrics = answer.result.metrics

    def asked(name: str) -> Measure | None:
        try:
            return metrics.measure(parse_metric(name))
        except UsageError:
            return None

    return asked


def _masked(plans: Sequence[Plan]) -> tuple[Plan, ...]:
    """Plans without their texts."""
    return tuple(
        replace(
            plan,
            text=MASK if plan.text else "",
            levels=tuple(
                replace(level, text=None if level.text is None else MASK) for level in plan.levels
            ),
        )
        for plan in plans
    )


def _commands(
    run: RunRow, path: Path | None, free: Callable[[str], str]
) -> Iterator[tuple[str, str]]:
    words = ["sandbox", "replay", run.name]
    if path is not None:
        words += ["--db", free(str(path))]
    yield shlex.join(words), _EXACTLY
    if run.file:
        words = ["sandbox", "run", free(named_as(Path(run.file))), "--seed", str(run.seed)]
        yield shlex.join(words), _FROM_THE_FILE


_EXACTLY: Final = (
    "Exactly the same run, from what is stored and nothing else, proved equal line by line:"
)
_FROM_THE_FILE: Final = (
    "The same luck from the scenario's file, as long as it is what it was then, and nothing was "
    "set or changed by hand:"
)


def _provider(spec: ProviderSpec, currency: str) -> Provider:
    nano = spec.settings.price_nano
    if not nano:
        return Provider(spec.name, "")
    per = "a segment" if spec.per_segment else "a message"
    return Provider(spec.name, f"{money_text(nano, currency)} {per}, when {spec.charged_on}")


def _windows(
    scenario: Scenario, changes: Sequence[LiveDeed], redaction: Redaction | None
) -> Iterator[Window]:
    def value(path: str, text: str) -> str:
        if redaction is None:
            return text
        return MASK if path == "delivery.reasons" else redaction.words(text)

    for fault in scenario.world.faults:
        told = ", ".join(f"{c.path}: {value(c.path, c.text)}" for c in fault.changes)
        end_us = fault.at_us + fault.for_us + fault.recover_us
        yield Window(fault.id, fault.at_us, end_us, f"{fault.provider}: {told}")
    for by_hand in changes:
        if isinstance(by_hand, LiveAct):
            told = f"m{by_hand.message}: {by_hand.act}"
            yield Window("by hand", by_hand.at_us, by_hand.at_us, told)
            continue
        if isinstance(by_hand, LiveRequested):
            told = f"a message by hand: {by_hand.own.name}, through {by_hand.own.cascade}"
            yield Window("by hand", by_hand.at_us, by_hand.at_us, told)
            continue
        if isinstance(by_hand, LiveForced):
            hand = by_hand.hand
            told = f"m{hand.message}, level {hand.level}: {hand.text}"
            yield Window("by hand", by_hand.at_us, by_hand.at_us, told)
            continue
        if isinstance(by_hand, OutsideDeed):
            yield from _outside(by_hand)
            continue
        text = "as in the scenario" if by_hand.change is None else by_hand.change.text
        told = f"{by_hand.provider}: {by_hand.path}: {value(by_hand.path, text)}"
        yield Window("by hand", by_hand.at_us, by_hand.at_us, told)


def _outside(deed: OutsideDeed) -> Iterator[Window]:
    """What was done to a live run; what its providers said is news of messages, and not here."""
    match deed:
        case LiveSwitch():
            told = f"{deed.provider}: {ADAPTER}: {REAL if deed.is_outside else SIMULATED}"
            yield Window("by hand", deed.at_us, deed.at_us, told)
        case LiveSleep():
            told = "taken up by another process; what was due before is late"
            yield Window("resumed", deed.at_us, deed.at_us, told)
        case LiveHeard():
            return


def _check(item: ExpectationResult, file: str, currency: str) -> Check:
    seen = item.seen
    if not seen and item.measure is not None:
        seen = format_measure(item.measure, currency)
    return Check(
        text=item.text,
        scope=item.scope,
        holds=item.passed,
        seen=", ".join(part for part in (seen, item.why) if part) or "it does not hold",
        place=f"{Path(item.file or file or 'line').name}:{item.line}",
        message=None if item.passed else item.first_message,
    )


# What needs a look at the messages ---------------------------------------------------------------


async def _with_messages(
    reader: Reader,
    page: Page,
    answer: Answer,
    source: Source,
    scenario: Scenario,
    changes: Sequence[LiveDeed],
) -> Page:
    run = source.kept.row
    tally = Tally(page.level_count, scenario.warm_up_us, run.virtual_us)
    async with aclosing(reader.messages(run.run)) as pieces:
        async for rows in pieces:
            tally.fold(rows)
    names = answer.result.message_names
    free = _unchanged if source.redaction is None else source.redaction.text
    lines = _Lines(reader, run.run, source.redaction)
    world = as_it_was(scenario.world, changes)
    places = decoded_places(source.kept.places)
    stories = []
    for message, labels in chosen(page.checks, tally, answer.highlights.worst):
        facts = await lines.of(message)
        story = story_of(facts, scenario.world.plans, scenario.currency)
        if story is not None:
            leavings = leavings_of(facts, world, places, scenario.currency).leavings
            told = Told(
                labels=labels,
                name=free(names.get(message, "")),
                story=story,
                leavings=leavings,
            )
            stories.append(told)
    named = [each async for each in _named(lines, names, scenario, free)]
    return replace(page, tally=tally, stories=tuple(stories), named=tuple(named))


class _Lines:
    """The lines of single messages, masked where that is asked for."""

    def __init__(self, reader: Reader, run: int, redaction: Redaction | None) -> None:
        self._reader = reader
        self._run = run
        self._redaction = redaction

    async def of(self, message: int) -> list[Fact]:
        """All lines of a message; names in them still match the scenario's."""
        facts = await self._reader.timeline(self._run, message)
        return facts if self._redaction is None else list(map(self._redaction.told, facts))


def chosen(
    checks: Sequence[Check], tally: Tally, worst: int | None
) -> list[tuple[int, tuple[str, ...]]]:
    """The messages whose story is told, each with why.

    First those that an expectation names, then one for each way to fare, the most telling first.

    Args:
        checks: What was expected.
        tally: Knows the ways to fare.
        worst: The undelivered message that took longest, else the delivered one; None: none ended.
    """
    labels: dict[int, list[str]] = {}
    for check in checks:
        if check.message is not None:
            if check.message not in labels and len(labels) >= OFFENDERS_MAX:
                continue
            labels.setdefault(check.message, []).append(f"first that offends {check.text}")
    for example in tally.examples():
        few = "the only one" if example.messages == 1 else f"one of {example.messages:,}"
        labels.setdefault(example.first, []).append(f"{example.fate} ({few})")
    if worst is not None and worst in labels:
        labels[worst].append("it took longest")
    return [(message, tuple(told)) for message, told in list(labels.items())[:STORIES_MAX]]


async def _named(
    lines: _Lines, names: Mapping[int, str], scenario: Scenario, free: Callable[[str], str]
) -> AsyncIterator[Named]:
    for message in sorted(names)[:NAMED_MAX]:
        story = story_of(await lines.of(message), scenario.world.plans, scenario.currency)
        if story is None:
            continue
        told = result_of(story.account, names[message])
        taken = "" if told.seconds_us is None else f" in {exact_seconds(told.seconds_us)} s"
        yield Named(
            message=message,
            name=free(told.name),
            outcome=f"{told.outcome or 'no outcome'}{taken}",
            path=", ".join((*told.path, *(f"late {step}" for step in told.late))),
            cost=money_text(told.cost_nano, scenario.currency),
        )
