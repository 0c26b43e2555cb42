"""Findings about the levels of one cascade: waits, validity, deadline, and who gets where."""

from collections.abc import Iterator, Sequence
from typing import Final

from sandbox.cascade.plan import Level
from sandbox.cascade.vocabulary import (
    OnUnknown,
    Origin,
    QuietPolicy,
    Status,
    Trigger,
)
from sandbox.scenario.lint_codes import Finding
from sandbox.scenario.lint_view import CascadeView, Found, LevelView, View
from sandbox.scenario.quantities import duration_text
from sandbox.simulation.spec import PPB, KnownIneligible

_NEARLY_ALL_LUCK: Final = (1 << 32) * 999 // 1000
"""What takes longer than all but one in a thousand is not what a wait is measured against."""

_S: Final = 1_000_000
_D: Final = 86_400 * _S

VENDOR_VALIDITY: Final = {
    ("simulated", "viber"): (30 * _S, 14 * _D, "Viber"),
    ("simulated", "whatsapp"): (30 * _S, 30 * _D, "WhatsApp"),
    ("twilio", "sms"): (1 * _S, 36_000 * _S, "Twilio"),
    ("vonage", "sms"): (20 * _S, 7 * _D, "Vonage"),
    ("vonage", "viber"): (30 * _S, 3 * _D, "Vonage"),
    ("infobip", "sms"): (10 * _S, 2 * _D, "Infobip"),
    ("infobip", "viber"): (10 * _S, 2 * _D, "Infobip"),
}
"""The validity a vendor takes, by adapter and channel: least, most, and whose it is. Viber: 30 s to
14 days (GMS, what-is-ttl). WhatsApp: 30 s to 30 days over all categories of template (Meta,
template time-to-live). Twilio: ValidityPeriod, 1 to 36 000 s (twilio-oai, messaging_v1). Vonage:
ttl in its SDKs. Infobip: validityPeriod, 10 s to 48 h, and what is beyond is cut in silence
(infobip-api-java-client)."""


def lint_cascade(cascade: CascadeView, view: View) -> Iterator[Found]:
    """All there is to say about the levels of a cascade."""
    yield from _waits_below_validity(cascade, view)
    yield from _deadline(cascade)
    yield from _unreachable(cascade, view)
    for level in cascade.levels:
        yield from _idle_origin(level, view)
        yield from _timeout(level)
        yield from _retries(level, cascade)
        yield from _validity(level, view)


# Waits -----------------------------------------------------------------------------------------


def _moves_on_by_silence(level: Level) -> bool:
    """Whether the wait leads to the next level."""
    is_armed = Trigger.NO_RECEIPT in level.next_on
    return level.wait_us is not None and level.success is not Status.ACCEPTED and is_armed


def kept_us(level: Level, view: View) -> int:
    """How long after acceptance a provider of a level may still deliver."""
    longest = 0
    for name in level.providers:
        settings = view.providers[name].settings
        validity_us = settings.validity_us if level.validity_us is None else level.validity_us
        may_take = settings.delivery_time.draw(_NEARLY_ALL_LUCK)
        if view.has_spells(level):
            may_take = max(may_take, settings.store_for_us)
        longest = max(longest, may_take if validity_us is None else min(may_take, validity_us))
    return longest


def _left_after_us(front: Sequence[LevelView]) -> int | None:
    """After how long silence leads on from levels that begin together; None: it never does."""
    if not all(_moves_on_by_silence(each.level) for each in front):
        return None
    return max(each.level.wait_us or 0 for each in front)


def _waits_below_validity(cascade: CascadeView, view: View) -> Iterator[Found]:
    """Levels that are left while their provider still tries: one finding for all of them (S16)."""
    early = [
        (each, wait_us)
        for front in cascade.fronts[:-1]
        for wait_us in [_left_after_us(front)]
        for each in front
        if wait_us is not None and wait_us < kept_us(each.level, view)
    ]
    if not early:
        return
    told = [
        f"{each.name} waits {duration_text(wait_us)} of the "
        f"{duration_text(kept_us(each.level, view) // _S * _S)} its provider tries"
        for each, wait_us in early
    ]
    text = f"somebody may get it twice: {', '.join(told)}"
    first, wait_us = early[0]
    wait = duration_text(wait_us)
    yield Found(Finding.WAIT_BELOW_VALIDITY, first.at("wait"), text, f"add validity: {wait}")


def _deadline(cascade: CascadeView) -> Iterator[Found]:
    """Levels whose turn comes at or after the deadline, or that are cut short by it (S18)."""
    deadline_us = cascade.plan.deadline_us
    if deadline_us is None:
        return
    start = 0
    until = f"the deadline of {duration_text(deadline_us)}"
    for front in cascade.fronts:
        if start >= deadline_us:
            text = (
                f"after the waits before it {front[0].name} would begin at {duration_text(start)}, "
                f"{until} comes first"
            )
            yield Found(Finding.DEADLINE_CUTS_LEVELS, cascade.at("deadline"), text, "raise it")
            return
        longest = 0
        for each in front:
            wait_us = each.level.wait_us
            if wait_us is None:
                return
            longest = max(longest, wait_us)
            if start + wait_us > deadline_us and each.level.success is not Status.ACCEPTED:
                left = duration_text(deadline_us - start)
                text = f"{until} leaves {each.name} {left} of its {duration_text(wait_us)}"
                note = "shorten the waits"
                yield Found(Finding.DEADLINE_CUTS_LEVELS, each.at("wait"), text, note)
        start += longest


def _idle_origin(each: LevelView, view: View) -> Iterator[Found]:
    """A wait that should begin with something nobody hears of in time (S12)."""
    level = each.level
    status = {Origin.SENT: Status.SENT, Origin.DELIVERED: Status.DELIVERED}.get(level.origin)
    if status is None or level.wait_us is None:
        return
    silent = [name for name in level.providers if status not in view.providers[name].reports]
    if level.success <= status:
        text = f"the wait counts from {status.word}, and success is {level.success.word} already"
    elif silent:
        text = f"the wait counts from {status.word}, which '{silent[0]}' never reports"
    else:
        return
    yield Found(Finding.IDLE_ORIGIN, each.at("from"), text, "write from: accepted")


def _timeout(each: LevelView) -> Iterator[Found]:
    level = each.level
    if level.origin is Origin.SUBMIT and level.wait_us and level.submit_timeout_us > level.wait_us:
        wait, timeout = duration_text(level.wait_us), duration_text(level.submit_timeout_us)
        text = f"the wait of {wait} counts from the submission, whose answer has {timeout}"
        note = f"write submit_timeout: {wait} or less"
        yield Found(Finding.TIMEOUT_BEYOND_WAIT, each.at("submit_timeout"), text, note)


def _retries(each: LevelView, cascade: CascadeView) -> Iterator[Found]:
    """Retries that come too late even when everything is answered at once."""
    deadline_us, retries = cascade.plan.deadline_us, each.level.retries
    if deadline_us is None:
        return
    pauses = 0
    for retry in range(1, retries.max + 1):
        pauses += retries.backoff.delay_us(retry, 0)  # the least, by jitter
        if pauses >= deadline_us:
            text = (
                f"retry {retry} of {retries.max} comes {duration_text(pauses // _S * _S)} after "
                f"the first try, the deadline is {duration_text(deadline_us)}"
            )
            note = f"write max: {retry - 1}, or shorter pauses"
            yield Found(Finding.RETRIES_PAST_DEADLINE, each.at("retries"), text, note)
            return


# Validity --------------------------------------------------------------------------------------


def _validity(each: LevelView, view: View) -> Iterator[Found]:
    validity_us = each.level.validity_us
    if validity_us is None:
        return
    written = duration_text(validity_us)
    providers = view.scenario.tree.map("providers")
    for name in each.level.providers:
        node = providers.map(name) if providers else None
        limits = VENDOR_VALIDITY.get((node.text("adapter") if node else "", each.level.channel))
        settings = view.providers[name].settings
        if limits is not None and not limits[0] <= validity_us <= limits[1]:
            least, most, whose = limits
            text = f"{whose} takes {duration_text(least)} to {duration_text(most)}, not {written}"
            note = f"write {duration_text(least if validity_us < least else most)}"
            yield Found(Finding.VALIDITY_CLAMPED, each.at("validity"), text, note)
        elif validity_us > settings.store_for_us and view.has_spells(each.level):
            kept = duration_text(settings.store_for_us)
            text = f"'{name}' keeps messages for {kept} and no longer, whatever their validity"
            note = f"write {kept}, or raise store_for"
            yield Found(Finding.VALIDITY_CLAMPED, each.at("validity"), text, note)


# Who gets where --------------------------------------------------------------------------------


def possible_triggers(level: Level) -> set[Trigger]:
    """What can close a level without success, by answers, receipts and timers."""
    found = {Trigger.REFUSED, Trigger.THROTTLED}
    receipts = {Trigger.FAILED, Trigger.REJECTED, Trigger.EXPIRED}
    if level.success is not Status.ACCEPTED:
        found |= receipts
    if level.on_unknown is OnUnknown.NEXT:
        found.add(Trigger.UNKNOWN)
    elif level.success is Status.ACCEPTED:
        # The answer never came: a receipt or the wait can still say that there is no success.
        found |= receipts
    if level.wait_us is not None:
        found.add(Trigger.NO_RECEIPT)
        if level.success is Status.READ:
            found.add(Trigger.NOT_READ)
    return found


def _everybody(each: LevelView, view: View) -> str:
    """Why everybody is skipped at a level; "" where somebody is not."""
    population = view.world.population
    level = each.level
    for trait in population.traits:
        is_known = isinstance(trait.effect, KnownIneligible)
        if is_known and trait.share == PPB and level.channel in trait.hits:
            return f"everybody has the trait {trait.name}"
    if level.countries is None:
        return ""
    living = {country for country, share in population.countries if share}
    living |= {person.country for person in population.people if person.country}
    if living & level.countries:
        return ""
    return f"nobody lives in {', '.join(sorted(level.countries))}"


def _somebody_is_skipped(each: LevelView, view: View) -> bool:
    """Whether somebody may be skipped at a level, by what the engine knows of them."""
    population, level = view.world.population, each.level
    if level.countries is not None:
        living = {country for country, share in population.countries if share}
        living |= {person.country for person in population.people if person.country}
        if living - level.countries:
            return True
    if level.quiet is not None and level.quiet.policy is QuietPolicy.SKIP:
        return True
    if any(not person.address(level.channel) and person.addresses for person in population.people):
        return True
    return any(
        isinstance(trait.effect, KnownIneligible) and trait.share and level.channel in trait.hits
        for trait in population.traits
    )


def _unreachable(cascade: CascadeView, view: View) -> Iterator[Found]:
    """Levels nothing leads to, and levels that are for nobody (S10, S26)."""
    fronts = cascade.fronts
    for before, front in zip(((), *fronts), fronts, strict=False):
        for each in front:
            why = _everybody(each, view)
            if why:
                text = f"{each.name} is always skipped: {why}"
                yield Found(Finding.NOBODY_ELIGIBLE, each.at("only_if"), text)
        if not before or any(_leads_on(each, cascade, view) for each in before):
            continue
        can = ", ".join(sorted(_possible_triggers(before[0], cascade)))
        text = f"nothing leads from {before[0].name} to {front[0].name}"
        note = f"list one of {can}"
        yield Found(Finding.UNREACHABLE_LEVEL, before[0].at("next_on"), text, note)
        return


def _leads_on(each: LevelView, cascade: CascadeView, view: View) -> bool:
    """Whether a level can be left for what comes after it; of a front the last to close decides."""
    can = each.level.next_on & _possible_triggers(each, cascade)
    return bool(can) or _somebody_is_skipped(each, view)


def _possible_triggers(each: LevelView, cascade: CascadeView) -> set[Trigger]:
    awaits_code = cascade.plan.stops_on_verified
    return possible_triggers(each.level) | ({Trigger.NOT_VERIFIED} if awaits_code else set())
