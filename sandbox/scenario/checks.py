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
from sandbox.scenario.acts import check_acts, check_moves
from sandbox.scenario.bases import CHANNEL_REPORTS
from sandbox.scenario.codes import Code
from sandbox.scenario.contents import check_contents
from sandbox.scenario.currencies import check_rates, exchange_of
from sandbox.scenario.fronts import check_fronts
from sandbox.scenario.grammar.drafts import (
    BurstDraft,
    CascadeDraft,
    ConstantDraft,
    FaultDraft,
    HandDraft,
    HandResetDraft,
    HandSetDraft,
    LevelDraft,
    LoadDraft,
    MessageDraft,
    PoissonDraft,
    ProviderDraft,
    RampDraft,
    ScenarioDraft,
    ScriptDraft,
    TraceDraft,
)
from sandbox.scenario.grammar.traffic import MESSAGES_MAX
from sandbox.scenario.nodes import MapNode, Node, ScalarNode
from sandbox.scenario.own_texts import check_own_texts
from sandbox.scenario.problems import Problems, did_you_mean
from sandbox.scenario.quantities import UNITS_US, Money, duration_text, exact_text
from sandbox.scenario.quiet import check_quiet_hours
from sandbox.scenario.reasons import check_reasons
from sandbox.scenario.routes import check_route
from sandbox.scenario.traces import Named, already_named, cascades_by_message, check_trace
from sandbox.scenario.verification import check_verification
from sandbox.simulation.spec import Outcomes, Scale

SMS: Final = Channel("sms")
PARTIAL: Final = "partial"


def check(draft: ScenarioDraft, problems: Problems) -> None:
    """Look at a whole file; people have a file of their own, and expectations too."""
    providers = {name.text: provider for name, provider in draft.providers}
    names = [*_names(draft.node, "providers"), *CHANNEL_REPORTS]
    for _, cascade in draft.cascades or ():
        for level in cascade.levels:
            _check_level(level, cascade, providers, names, problems)
        check_contents(cascade, problems)
        check_verification(cascade, problems)
        check_fronts(cascade, problems)
    for name, provider in draft.providers:
        if not name.mark.source.is_built_in:
            _check_provider(provider, providers, problems)
    _check_load(draft, problems)
    check_own_texts(draft, problems)
    _check_faults(draft, providers, names, problems)
    _check_scripts(draft, problems)
    check_acts(draft, problems)
    check_moves(draft, problems)
    check_quiet_hours(draft, problems)
    _check_by_hand(draft.by_hand or (), providers, names, problems)


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
    check_route(provider, problems)
    for part in (provider.price, provider.receipts):
        if part.per_segment and provider.channel != SMS:
            at = _shown(part.node.get("per"), node)
            text = f"{provider.channel} has no segments"
            problems.add(at, Code.WRONG_CHANNEL, text, note="write per: message")
    _check_partial(provider.delivery.outcomes, provider.channel, node.map("delivery"), problems)
    possible = CHANNEL_REPORTS[provider.channel]
    for status in provider.receipts.reports:
        if status.word not in possible:
            at = _shown(_reports_node(node, status.word), node)
            text = f"{provider.channel} cannot report {status.word}"
            problems.add(at, Code.NOT_REPORTED, text, note=f"it can: {', '.join(possible)}")
    check_reasons(provider.delivery.reasons, provider.channel, problems, node)


def _check_partial(
    shares: Outcomes | None, channel: Channel, inside: MapNode | None, problems: Problems
) -> None:
    """Only what has segments can arrive in part (S30); `inside` holds the outcomes."""
    if shares is None or not shares.share(PARTIAL) or channel == SMS or inside is None:
        return
    written = inside.map("outcomes") or inside.map("delivery.outcomes")
    partial_elsewhere((written.key(PARTIAL) if written else None) or inside, channel, problems)


def partial_elsewhere(at: Node, channel: Channel, problems: Problems) -> None:
    """Complain about a delivery in part where there are no parts."""
    text = f"{channel} has no segments, so nothing arrives in part"
    problems.add(at, Code.WRONG_CHANNEL, text, note="use failed or vanished")


def _reports_node(provider: MapNode, word: str) -> Node | None:
    receipts = provider.map("receipts")
    reports = receipts.list("reports") if receipts else None
    items = reports.items if reports else ()
    return next((n for n in items if isinstance(n, ScalarNode) and n.text == word), None)


def used_providers(draft: ScenarioDraft) -> list[tuple[str, ProviderDraft]]:
    """The providers that levels, faults and changes by hand speak of, in that order."""
    providers = {name.text: provider for name, provider in draft.providers}
    names = [
        name.text
        for _, cascade in draft.cascades or ()
        for level in cascade.levels
        for name in level.via or ()
    ]
    names += [fault.provider.text for fault in draft.changing_faults]
    names += [change.provider.text for change in draft.changes_by_hand]
    return [(name, providers[name]) for name in dict.fromkeys(names) if name in providers]


# Money -----------------------------------------------------------------------------------------


def check_currency(draft: ScenarioDraft, problems: Problems) -> str:
    """The one currency of a run, or "" where nothing has a price; complain about a second (S31).

    Where the file states rates, that is their base, and only what has no rate is a second.
    """
    prices = list(_prices(draft))
    if draft.currencies is not None:
        base = draft.currencies.base
        check_rates(draft.currencies, problems)
        exchange = exchange_of(draft)
        for currency, _, at in prices:
            if not exchange.knows(currency):
                note = f"add {currency}: … {base} under currencies.rates"
                text = f"there is no rate for {currency}"
                problems.add(at, Code.SECOND_CURRENCY, text, note=note)
        return base if prices else ""
    if draft.node.key("currencies") is not None:
        return ""  # it is broken, and was complained about
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
    for changing in (*draft.changing_faults, *draft.changes_by_hand):
        if isinstance(changing, HandResetDraft):
            continue
        amount = changing.settings["price.amount"]
        settings = changing.node.map("set")
        at = settings.get("price.amount") if settings else None
        if isinstance(amount, Money) and amount.nano and at:
            owner = changing.id.text if isinstance(changing, FaultDraft) else "by_hand"
            yield amount.currency, owner, at


# Load ------------------------------------------------------------------------------------------


def _check_load(draft: ScenarioDraft, problems: Problems) -> None:
    cascades = _names(draft.node, "cascades")
    recipients = draft.node.map("recipients")
    people = _names(recipients, "people") if recipients else []
    named: Named = {}
    total = Fraction(0)
    for entry in draft.load or ():
        _check_cascade(entry, cascades, problems)
        if isinstance(entry, MessageDraft):
            _check_message(entry, people, named, problems)
        if isinstance(entry, TraceDraft):
            check_trace(entry, cascades, people, named, problems)
        total += _message_count(entry)
    load = draft.node.get("load")
    if total > MESSAGES_MAX and load is not None:
        text = f"about {int(total)} messages, {MESSAGES_MAX} are the most"
        problems.add(load, Code.TOO_MANY_MESSAGES, text)


def _check_cascade(entry: LoadDraft, cascades: list[str], problems: Problems) -> None:
    if entry.cascade is None:
        is_said_elsewhere = entry.node.key("cascade") or isinstance(entry, TraceDraft)
        if len(cascades) > 1 and not is_said_elsewhere:
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
    entry: MessageDraft, people: list[str], named: Named, problems: Problems
) -> None:
    name, mark = entry.name.text, entry.name.mark
    if name in named:
        text = already_named(name, named, mark)
        problems.add(entry.name, Code.DUPLICATE_NAME, text, note="choose another name")
    if entry.to is not None and entry.to.text not in people:
        problems.add(
            entry.to,
            Code.UNKNOWN_PERSON,
            f"there is nobody called '{entry.to.text}'",
            note=did_you_mean(entry.to.text, people) or "add them under recipients.people",
        )
    named.setdefault(name, (mark.source.name, mark.line))


def _message_count(entry: LoadDraft) -> Fraction:
    """How many messages come of an entry; on average, where they come at random."""
    match entry:
        case BurstDraft():
            return Fraction(entry.messages)
        case MessageDraft():
            return Fraction(1)
        case TraceDraft():
            return Fraction(len(entry.trace.rows))
        case ConstantDraft() | PoissonDraft():
            return entry.rate * Fraction(entry.for_us, UNITS_US["s"])
        case RampDraft():
            rate = (entry.ramp.rate_from + entry.ramp.rate_to) / 2
            return rate * Fraction(entry.for_us, UNITS_US["s"])


# Faults ----------------------------------------------------------------------------------------


_INSTEAD: Final = {
    "limits.rate": "a rate",
    "limits.burst": "a number",
    "limits.quota.count": "a number",
}
"""Settings that must not become nothing, and what to write instead of a factor."""


def _check_faults(
    draft: ScenarioDraft,
    providers: dict[str, ProviderDraft],
    names: Sequence[str],
    problems: Problems,
) -> None:
    seen: dict[str, ScalarNode] = {}
    for fault in draft.faults:
        if seen.setdefault(fault.id.text, fault.id) is not fault.id:
            at = _shown(fault.node.get("id"), fault.node)
            text = f"there is a fault '{fault.id.text}' already"
            problems.add(at, Code.DUPLICATE_NAME, text, note="choose another name")
    for fault in draft.changing_faults:
        _check_changing(fault, providers, names, problems)
    for first, second in combinations(draft.changing_faults, 2):
        _check_overlap(first, second, problems)


def _check_changing(
    changing: FaultDraft | HandSetDraft,
    providers: dict[str, ProviderDraft],
    names: Sequence[str],
    problems: Problems,
) -> None:
    """Look at what is set: of whom, and whether it can be."""
    provider = providers.get(changing.provider.text)
    if provider is None:
        if changing.provider.text not in names:
            unknown_provider(changing.provider, names, problems)
        return
    settings = changing.node.map("set")
    reasons = changing.settings["delivery.reasons"]
    if reasons:
        check_reasons(reasons, provider.channel, problems, changing.node)
    _check_partial(changing.settings["delivery.outcomes"], provider.channel, settings, problems)
    for path, base in _multiplied(provider).items():
        node, value = settings.get(path) if settings else None, changing.settings[path]
        if node is None or not isinstance(value, Scale):
            continue
        whose = f"{path} of '{changing.provider.text}'"
        note = f"write {_INSTEAD.get(path, 'a duration')}"
        if base is None:
            text = f"{whose} is none, there is nothing to multiply"
            problems.add(node, Code.BAD_FACTOR, text, note=note)
        elif path in _INSTEAD and base * value.factor < 1:
            problems.add(node, Code.OUT_OF_RANGE, f"{whose} would be nothing", note=note)


def _multiplied(provider: ProviderDraft) -> dict[str, int | None]:
    """The settings that may be none, or must not become nothing, with what they are."""
    return {
        "validity": provider.validity_us,
        "delivery.unreachable.retry_every": provider.delivery.unreachable.retry_every_us,
        "receipts.batched.every": provider.receipts.batched.every_us,
        "limits.rate": provider.limits.rate,
        "limits.burst": provider.limits.burst,
        "limits.quota.count": provider.limits.quota.most,
    }


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


# Scripts ---------------------------------------------------------------------------------------


def _check_scripts(draft: ScenarioDraft, problems: Problems) -> None:
    messages = cascades_by_message(draft.load or ())
    cascades = draft.node.map("cascades")
    seen: dict[tuple[str, int], ScriptDraft] = {}
    for script in draft.scripts:
        name = script.message.text
        first = seen.setdefault((name, script.level), script)
        if first is not script:
            text = f"'{first.id.text}' is the script of '{name}' at level {script.level}"
            problems.add(script.message, Code.BAD_SCRIPT, text, note="make one of both")
        through = messages.get(name)
        if through is None:
            problems.add(
                script.message,
                Code.UNKNOWN_MESSAGE,
                f"there is no message '{name}'",
                note=did_you_mean(name, messages) or "add it under load",
                help_text=f"messages here: {', '.join(messages) or 'none'}",
            )
        elif through and cascades is not None:
            cascade = cascades.map(through)
            levels = cascade.list("levels") if cascade else None
            if levels is not None:
                _check_script_level(script, through, levels.items, problems)


def _check_script_level(
    script: ScriptDraft, cascade: str, levels: Sequence[Node], problems: Problems
) -> None:
    if script.level >= len(levels):
        at = script.node.get("level") or script.node
        text = f"'{cascade}' has no level {script.level}"
        problems.add(at, Code.OUT_OF_RANGE, text, note=f"{len(levels) - 1} is the last")
        return
    level = levels[script.level]
    channel = level.text("channel") if isinstance(level, MapNode) else ""
    entries = script.node.list("script")
    for entry in entries.items if entries else ():
        delivery = entry.get("delivery") if isinstance(entry, MapNode) else None
        if isinstance(delivery, ScalarNode) and delivery.text == PARTIAL and channel != SMS:
            partial_elsewhere(delivery, Channel(channel), problems)


# Changes by hand -------------------------------------------------------------------------------


def _check_by_hand(
    changes: Sequence[HandDraft],
    providers: dict[str, ProviderDraft],
    names: Sequence[str],
    problems: Problems,
) -> None:
    latest_us = 0
    for change in changes:
        if change.at_us < latest_us:
            at = change.node.get("at") or change.node
            text = f"this stands below a change at {exact_text(latest_us)}"
            problems.add(at, Code.NOT_IN_ORDER, text, note="put the earlier one first")
        latest_us = max(latest_us, change.at_us)
        if isinstance(change, HandSetDraft):
            _check_changing(change, providers, names, problems)
        elif isinstance(change, HandResetDraft) and change.provider.text not in (
            *providers,
            *names,
        ):
            unknown_provider(change.provider, names, problems)
