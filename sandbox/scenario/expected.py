"""All that a file expects, read: each sentence with the messages it is about."""

from collections.abc import Iterable, Iterator

from sandbox.report.sample import EVERYWHERE, Scope
from sandbox.scenario import quantities
from sandbox.scenario.checks import unknown_provider, used_providers
from sandbox.scenario.codes import Code
from sandbox.scenario.currencies import exchange_of
from sandbox.scenario.expectations import Expectation, Surroundings
from sandbox.scenario.grammar.drafts import ScenarioDraft, WhereDraft
from sandbox.scenario.message_expectations import parse_message_expectation
from sandbox.scenario.metric_expectations import parse_expectation
from sandbox.scenario.nodes import ListNode, MapNode, ScalarNode
from sandbox.scenario.phrase_expectations import NEVER, SOMETIMES, parse_phrase_expectation
from sandbox.scenario.problems import BAD, Bad, Problems, did_you_mean
from sandbox.scenario.traces import cascades_by_message


def expected(draft: ScenarioDraft, currency: str, problems: Problems) -> tuple[Expectation, ...]:
    """Read what a file expects, in the order of the format; complains about what is wrong."""
    around = surroundings(draft, currency)
    expect = draft.expect
    found: list[Expectation | Bad] = [
        parse_expectation(node, around, problems) for node in expect.all or ()
    ]
    for name, sentences in expect.during or ():
        window = _during(name, draft, problems)
        found += _scoped(sentences, f"during {name.text}", window, around, problems)
    for name, sentences in expect.after or ():
        window = _after(name, draft, problems)
        found += _scoped(sentences, f"after {name.text}", window, around, problems)
    for where in expect.where or ():
        chosen = _where(where, draft, around, problems)
        found += _scoped(where.that, _where_text(where), chosen, around, problems)
    names = list(cascades_by_message(draft.load or ()))
    for name, message in expect.messages or ():
        _check_message(name, names, draft, problems)
        found.append(parse_message_expectation(name, message, around, problems))
    for scope, phrases in ((NEVER, expect.never), (SOMETIMES, expect.sometimes)):
        found += [parse_phrase_expectation(n, scope, around, problems) for n in phrases or ()]
    return tuple(expectation for expectation in found if expectation is not BAD)


def surroundings(draft: ScenarioDraft, currency: str) -> Surroundings:
    """What the expectations of a file may speak of."""
    providers = {name: str(provider.channel) for name, provider in used_providers(draft)}
    return Surroundings(
        cascades=[name.text for name, _ in draft.cascades or ()],
        channels=list(dict.fromkeys(providers.values())),
        providers=providers,
        level_count=_level_count(draft.node),
        currency=currency,
        exchange=exchange_of(draft),
    )


def _level_count(top: MapNode) -> int:
    """How many levels the longest cascade has, its broken ones included."""
    cascades = top.map("cascades")
    lists = [c.list("levels") for _, c in cascades or () if isinstance(c, MapNode)]
    return max((len(levels.items) for levels in lists if levels), default=0)


def _scoped(
    sentences: Iterable[ScalarNode],
    scope: str,
    within: Scope | Bad,
    around: Surroundings,
    problems: Problems,
) -> Iterator[Expectation | Bad]:
    """Read sentences about some messages; where it is unclear which, to find their mistakes."""
    chosen = EVERYWHERE if within is BAD else within
    for node in sentences:
        yield parse_expectation(node, around, problems, scope=scope, within=chosen)


# Faults ----------------------------------------------------------------------------------------


def _during(name: ScalarNode, draft: ScenarioDraft, problems: Problems) -> Scope | Bad:
    """The messages requested while a fault lasts."""
    window = _window(name, name.text, draft, problems)
    return BAD if window is BAD else Scope(since_us=window[0], until_us=window[1])


def _after(name: ScalarNode, draft: ScenarioDraft, problems: Problems) -> Scope | Bad:
    """The messages requested so much after a fault's end, or later."""
    fault, _, later = name.text.partition("+")
    window = _window(name, fault, draft, problems)
    if window is BAD:
        return BAD
    return Scope(since_us=window[1] + (quantities.duration(later) if later else 0))


def _window(
    name: ScalarNode, fault: str, draft: ScenarioDraft, problems: Problems
) -> tuple[int, int] | Bad:
    """When a fault begins and ends, in microseconds."""
    for each in draft.changing_faults:
        if each.id.text == fault:
            return each.at_us, each.at_us + each.for_us
    if fault in [script.id.text for script in draft.scripts]:
        text = f"'{fault}' is a script of one message, and lasts for no time"
        note = "expect it under messages"
        return problems.add(name, Code.UNKNOWN_FAULT, text, note=note)
    faults = draft.node.list("faults") or ListNode((), name.mark)
    named = [node.text("id") for node in faults.items if isinstance(node, MapNode)]
    if fault in named:  # it is broken, and was complained about
        return BAD
    known = [each.id.text for each in draft.changing_faults]
    return problems.add(
        name,
        Code.UNKNOWN_FAULT,
        f"there is no fault '{fault}'",
        note=did_you_mean(fault, known),
        help_text=f"faults here: {', '.join(known) or 'none'}",
    )


# Where -----------------------------------------------------------------------------------------


def _where_text(where: WhereDraft) -> str:
    told = (
        ("trait", where.trait and where.trait.text),
        ("country", where.country),
        ("cascade", where.cascade and where.cascade.text),
        ("channel", where.channel),
        ("provider", where.provider and where.provider.text),
    )
    return "where " + ", ".join(f"{what} {name}" for what, name in told if name)


def _where(
    where: WhereDraft, draft: ScenarioDraft, around: Surroundings, problems: Problems
) -> Scope | Bad:
    """The messages for which all that is said holds; complains about each name that is wrong."""
    checks = (
        where.trait is None or _check_trait(where.trait, draft, problems),
        where.cascade is None or _check_cascade(where.cascade, draft, problems),
        where.channel is None or _check_channel(where, around, problems),
        where.provider is None or _check_provider(where.provider, draft, around, problems),
    )
    if not all(checks):
        return BAD
    marks = [("trait", where.trait.text)] if where.trait else []
    marks += [("country", where.country)] if where.country else []
    return Scope(
        cascade=where.cascade.text if where.cascade else "",
        channel=where.channel or "",
        provider=where.provider.text if where.provider else "",
        marks=tuple(marks),
    )


def _check_trait(name: ScalarNode, draft: ScenarioDraft, problems: Problems) -> bool:
    recipients = draft.node.map("recipients")
    traits = recipients.map("traits") if recipients else None
    known = [each.text for each, _ in traits or ()]
    if name.text in known:
        return True
    problems.add(
        name,
        Code.UNKNOWN_TRAIT,
        f"there is no trait '{name.text}'",
        note=did_you_mean(name.text, known),
        help_text=f"traits here: {', '.join(known) or 'none'}",
    )
    return False


def _check_cascade(name: ScalarNode, draft: ScenarioDraft, problems: Problems) -> bool:
    cascades = draft.node.map("cascades")
    known = [each.text for each, _ in cascades or ()]
    if name.text in known:
        return True
    problems.add(
        name,
        Code.UNKNOWN_CASCADE,
        f"there is no cascade '{name.text}'",
        note=did_you_mean(name.text, known),
        help_text=f"cascades here: {', '.join(known)}",
    )
    return False


def _check_channel(where: WhereDraft, around: Surroundings, problems: Problems) -> bool:
    if where.channel in around.channels:
        return True
    at = where.node.get("channel") or where.node
    text = f"no level is on the channel '{where.channel}'"
    problems.add(at, Code.UNKNOWN_WORD, text, note=f"one of {', '.join(around.channels)}")
    return False


def _check_provider(
    name: ScalarNode, draft: ScenarioDraft, around: Surroundings, problems: Problems
) -> bool:
    if name.text in around.providers:
        return True
    providers = draft.node.map("providers")
    if name.text in [each.text for each, _ in providers or ()]:
        text = f"no level uses '{name.text}'"
        note = f"one of {', '.join(around.providers)}"
        problems.add(name, Code.UNKNOWN_PROVIDER, text, note=note)
    else:
        unknown_provider(name, around.providers, problems)
    return False


# Named messages --------------------------------------------------------------------------------


def _check_message(
    name: ScalarNode, known: list[str], draft: ScenarioDraft, problems: Problems
) -> None:
    load = draft.node.list("load")
    if name.text in known or load is None or len(draft.load or ()) < len(load.items):
        return  # it comes, or may be in an entry that is broken and was complained about
    problems.add(
        name,
        Code.UNKNOWN_MESSAGE,
        f"there is no message '{name.text}'",
        note=did_you_mean(name.text, known) or "name it under load, with message:",
        help_text=f"named messages here: {', '.join(known) or 'none'}",
    )
