"""What only the whole file can tell: names that lead nowhere, levels that cannot succeed.

Everything a scenario must not be is said here, before anything is built of it. What is broken in
itself has been complained about when it was read and has no draft; it still counts as described,
so that one mistake is not told twice.
"""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from typing import Final

from sandbox.cascade.plan import ATTEMPTS_PER_LEVEL_MAX
from sandbox.cascade.vocabulary import Channel, Status, Trigger
from sandbox.scenario.bases import CHANNEL_REPORTS
from sandbox.scenario.codes import Code
from sandbox.scenario.grammar.drafts import (
    BurstDraft,
    CascadeDraft,
    ConstantDraft,
    FaultDraft,
    LevelDraft,
    LoadDraft,
    MessageDraft,
    PoissonDraft,
    ProviderDraft,
    RampDraft,
    ScenarioDraft,
)
from sandbox.scenario.grammar.traffic import MESSAGES_MAX
from sandbox.scenario.nodes import MapNode, Node, ScalarNode
from sandbox.scenario.problems import Problems, did_you_mean
from sandbox.scenario.quantities import UNITS_US, Money, duration_text
from sandbox.scenario.reasons import check_reasons
from sandbox.simulation.spec import Scale

SMS: Final = Channel("sms")


def check(draft: ScenarioDraft, problems: Problems) -> None:
    """Look at a whole file; people have a file of their own, and expectations too."""
    providers = {name.text: provider for name, provider in draft.providers}
    names = [*_names(draft.node, "providers"), *CHANNEL_REPORTS]
    for _, cascade in draft.cascades or ():
        for level in cascade.levels:
            _check_level(level, cascade, providers, names, problems)
    for name, provider in draft.providers:
        if not name.mark.source.is_built_in:
            _check_provider(provider, providers, problems)
    _check_load(draft, problems)
    _check_faults(draft.faults, providers, names, problems)


def _names(top: MapNode, key: str) -> list[str]:
    """The names under a key, also of what is broken."""
    names = top.map(key)
    return [name.text for name, _ in names] if names else []


def _shown(node: Node | None, instead: Node) -> Node:
    """A node, or what to point at where there is none or it comes from a built-in file."""
    return instead if node is None or node.mark.source.is_built_in else node


# Cascades --------------------------------------------------------------------------------------


def _check_level(
    level: LevelDraft,
    cascade: CascadeDraft,
    providers: dict[str, ProviderDraft],
    names: Sequence[str],
    problems: Problems,
) -> None:
    if level.via is None and level.node.key("via") is None:
        of_channel = [name for name, p in providers.items() if p.channel == level.channel]
        problems.add(
            level.node,
            Code.AMBIGUOUS_PROVIDER,
            f"which provider of {level.channel}: {', '.join(of_channel)}?",
            note=f"add via: {of_channel[0] if of_channel else '…'}",
        )
    via = level.via or ()
    for position, name in enumerate(via):
        provider = providers.get(name.text)
        if name.text in [other.text for other in via[:position]]:
            text = f"'{name.text}' is tried here already"
            problems.add(name, Code.DUPLICATE_NAME, text, note="name each provider once")
        elif provider is None:
            if name.text not in names:
                unknown_provider(name, names, problems)
        elif provider.channel != level.channel:
            text = f"'{name.text}' carries {provider.channel}, this level is {level.channel}"
            problems.add(name, Code.WRONG_CHANNEL, text, note="name another provider")
        else:
            _check_success(level, name.text, provider, problems)
    attempts = (level.retries.max + 1) * len(via)
    if attempts > ATTEMPTS_PER_LEVEL_MAX:
        text = f"{attempts} attempts in a level, {ATTEMPTS_PER_LEVEL_MAX} are the most"
        at = _shown(level.node.get("retries"), level.node)
        problems.add(at, Code.TOO_MANY_ATTEMPTS, text, note="lower max, or name fewer providers")
    _check_bounded(level, cascade, problems)


def unknown_provider(name: ScalarNode, names: Iterable[str], problems: Problems) -> None:
    """Complain about a provider nobody described."""
    known = list(dict.fromkeys(names))
    problems.add(
        name,
        Code.UNKNOWN_PROVIDER,
        f"there is no provider '{name.text}'",
        note=did_you_mean(name.text, known),
        help_text=f"providers here: {', '.join(known)}",
    )


def _check_success(
    level: LevelDraft, name: str, provider: ProviderDraft, problems: Problems
) -> None:
    """A level can only wait for what its providers report (S9)."""
    reports = provider.receipts.reports
    if level.success is not Status.ACCEPTED and level.success not in reports:
        reported = ", ".join(status.word for status in reports) or "nothing"
        problems.add(
            _shown(level.node.get("success"), level.node),
            Code.NOT_REPORTED,
            f"'{name}' never reports {level.success.word}",
            note=f"it reports {reported}",
        )


def _check_bounded(level: LevelDraft, cascade: CascadeDraft, problems: Problems) -> None:
    """Something must end a message whose receipt is lost (S13)."""
    if cascade.deadline_us is not None or level.success is Status.ACCEPTED:
        return
    timers = {Trigger.NO_RECEIPT}
    if level.success is Status.READ:
        timers.add(Trigger.NOT_READ)
    if level.wait_us is None:
        at = _shown(level.node.get("wait"), level.node)
        text = "without a deadline, this level could wait for ever"
        problems.add(at, Code.UNBOUNDED_LEVEL, text, note="give it a wait")
    elif not timers <= set(level.next_on):
        at = _shown(level.node.get("next_on"), level.node)
        missing = ", ".join(sorted(timers - set(level.next_on)))
        text = "without a deadline, this level could wait for ever"
        problems.add(at, Code.UNBOUNDED_LEVEL, text, note=f"add {missing}")


# Providers -------------------------------------------------------------------------------------


def _check_provider(
    provider: ProviderDraft, providers: dict[str, ProviderDraft], problems: Problems
) -> None:
    node = provider.node
    base = providers.get(provider.base.text) if provider.base is not None else None
    if provider.base is not None and base is not None and base.channel != provider.channel:
        text = f"'{provider.base.text}' carries {base.channel}, this one {provider.channel}"
        problems.add(provider.base, Code.WRONG_CHANNEL, text, note="take another base")
        return
    if provider.price.per_segment and provider.channel != SMS:
        at = _shown(provider.price.node.get("per"), node)
        text = f"{provider.channel} has no segments"
        problems.add(at, Code.WRONG_CHANNEL, text, note="write per: message")
    possible = CHANNEL_REPORTS[provider.channel]
    for status in provider.receipts.reports:
        if status.word not in possible:
            at = _shown(_reports_node(node, status.word), node)
            text = f"{provider.channel} cannot report {status.word}"
            problems.add(at, Code.NOT_REPORTED, text, note=f"it can: {', '.join(possible)}")
    check_reasons(provider.delivery.reasons, provider.channel, problems, node)


def _reports_node(provider: MapNode, word: str) -> Node | None:
    receipts = provider.map("receipts")
    reports = receipts.list("reports") if receipts else None
    items = reports.items if reports else ()
    return next((n for n in items if isinstance(n, ScalarNode) and n.text == word), None)


def used_providers(draft: ScenarioDraft) -> list[tuple[str, ProviderDraft]]:
    """The providers that levels and faults speak of, in that order."""
    providers = {name.text: provider for name, provider in draft.providers}
    names = [
        name.text
        for _, cascade in draft.cascades or ()
        for level in cascade.levels
        for name in level.via or ()
    ]
    names += [fault.provider.text for fault in draft.faults]
    return [(name, providers[name]) for name in dict.fromkeys(names) if name in providers]


# Money -----------------------------------------------------------------------------------------


def check_currency(draft: ScenarioDraft, problems: Problems) -> str:
    """The one currency of a run, or "" where nothing has a price; complain about a second (S31)."""
    prices = list(_prices(draft))
    # Built-in prices first: what is in the file is what can be changed.
    prices.sort(key=lambda price: not price[2].mark.source.is_built_in)
    if not prices:
        return ""
    first, owner, _ = prices[0]
    for currency, _, at in prices[1:]:
        if currency != first:
            problems.add(
                at,
                Code.SECOND_CURRENCY,
                f"this is in {currency}, and '{owner}' is priced in {first}",
                note=f"write it in {first}, or price '{owner}' in {currency}",
            )
    return first


def _prices(draft: ScenarioDraft) -> Iterator[tuple[str, str, Node]]:
    """Every price there is: its currency, whose it is, and where it stands."""
    for name, provider in used_providers(draft):
        price = provider.price
        if price.amount.nano:
            yield price.amount.currency, name, price.node.get("amount") or price.node
    for fault in draft.faults:
        amount = fault.settings["price.amount"]
        settings = fault.node.map("set")
        at = settings.get("price.amount") if settings else None
        if isinstance(amount, Money) and amount.nano and at:
            yield amount.currency, fault.id.text, at


# Load ------------------------------------------------------------------------------------------


def _check_load(draft: ScenarioDraft, problems: Problems) -> None:
    cascades = _names(draft.node, "cascades")
    recipients = draft.node.map("recipients")
    people = _names(recipients, "people") if recipients else []
    seen: dict[str, ScalarNode] = {}
    total = Fraction(0)
    for entry in draft.load or ():
        _check_cascade(entry, cascades, problems)
        if isinstance(entry, MessageDraft):
            _check_message(entry, people, seen, problems)
        total += _message_count(entry)
    load = draft.node.get("load")
    if total > MESSAGES_MAX and load is not None:
        text = f"about {int(total)} messages, {MESSAGES_MAX} are the most"
        problems.add(load, Code.TOO_MANY_MESSAGES, text)


def _check_cascade(entry: LoadDraft, cascades: list[str], problems: Problems) -> None:
    if entry.cascade is None:
        if len(cascades) > 1 and entry.node.key("cascade") is None:
            text = f"for which cascade: {', '.join(cascades)}?"
            problems.add(
                entry.node, Code.AMBIGUOUS_CASCADE, text, note=f"add cascade: {cascades[0]}"
            )
    elif entry.cascade.text not in cascades:
        problems.add(
            entry.cascade,
            Code.UNKNOWN_CASCADE,
            f"there is no cascade '{entry.cascade.text}'",
            note=did_you_mean(entry.cascade.text, cascades),
            help_text=f"cascades here: {', '.join(cascades)}",
        )


def _check_message(
    entry: MessageDraft, people: list[str], seen: dict[str, ScalarNode], problems: Problems
) -> None:
    first = seen.setdefault(entry.name.text, entry.name)
    if first is not entry.name:
        text = f"there is a message '{entry.name.text}' already, in line {first.mark.line}"
        problems.add(entry.name, Code.DUPLICATE_NAME, text, note="choose another name")
    if entry.to is not None and entry.to.text not in people:
        problems.add(
            entry.to,
            Code.UNKNOWN_PERSON,
            f"there is nobody called '{entry.to.text}'",
            note=did_you_mean(entry.to.text, people) or "add them under recipients.people",
        )


def _message_count(entry: LoadDraft) -> Fraction:
    """How many messages come of an entry; on average, where they come at random."""
    match entry:
        case BurstDraft():
            return Fraction(entry.messages)
        case MessageDraft():
            return Fraction(1)
        case ConstantDraft() | PoissonDraft():
            return entry.rate * Fraction(entry.for_us, UNITS_US["s"])
        case RampDraft():
            rate = (entry.ramp.rate_from + entry.ramp.rate_to) / 2
            return rate * Fraction(entry.for_us, UNITS_US["s"])


# Faults ----------------------------------------------------------------------------------------


def _check_faults(
    faults: Sequence[FaultDraft],
    providers: dict[str, ProviderDraft],
    names: Sequence[str],
    problems: Problems,
) -> None:
    seen: dict[str, ScalarNode] = {}
    for fault in faults:
        if seen.setdefault(fault.id.text, fault.id) is not fault.id:
            at = _shown(fault.node.get("id"), fault.node)
            text = f"there is a fault '{fault.id.text}' already"
            problems.add(at, Code.DUPLICATE_NAME, text, note="choose another name")
        provider = providers.get(fault.provider.text)
        if provider is None and fault.provider.text not in names:
            unknown_provider(fault.provider, names, problems)
        if provider is not None:
            _check_settings(fault, provider, problems)
    for first, second in combinations(faults, 2):
        _check_overlap(first, second, problems)


def _check_settings(fault: FaultDraft, provider: ProviderDraft, problems: Problems) -> None:
    reasons = fault.settings["delivery.reasons"]
    if reasons:
        check_reasons(reasons, provider.channel, problems, fault.node)
    settings = fault.node.map("set")
    limits = {
        "validity": provider.validity_us,
        "delivery.unreachable.retry_every": provider.delivery.unreachable.retry_every_us,
    }
    for path, limit in limits.items():
        node = settings.get(path) if settings else None
        if node is not None and limit is None and isinstance(fault.settings[path], Scale):
            text = f"{path} of '{fault.provider.text}' is none, there is nothing to multiply"
            problems.add(node, Code.BAD_FACTOR, text, note="write a duration")


def _check_overlap(first: FaultDraft, second: FaultDraft, problems: Problems) -> None:
    """Two faults may not change one setting at one time, recovery included."""
    if first.provider.text != second.provider.text:
        return
    begin = max(first.at_us, second.at_us)
    if begin >= min(_end_us(first), _end_us(second)):
        return
    theirs, settings = first.node.map("set"), second.node.map("set")
    for path, _ in settings or ():
        if theirs and theirs.key(path.text):
            problems.add(
                path,
                Code.FAULT_OVERLAP,
                f"'{first.id.text}' changes {path.text} of '{first.provider.text}' until "
                f"{duration_text(_end_us(first))} as well",
                note="move one, or make one of both",
            )


def _end_us(fault: FaultDraft) -> int:
    return fault.at_us + fault.for_us + (fault.recover.over_us if fault.recover else 0)
