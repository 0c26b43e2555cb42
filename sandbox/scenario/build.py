"""From a checked file to the world that is run: plans, providers, people, load, what goes wrong.

Nothing can go wrong here any more: `checks` has seen the file as a whole.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sandbox.cascade.plan import Level, Plan, QuietHours
from sandbox.cascade.vocabulary import Channel
from sandbox.scenario.acts import acts_of, forced_of, moves_of
from sandbox.scenario.checks import used_providers
from sandbox.scenario.contents import text_node_of
from sandbox.scenario.grammar.drafts import (
    BurstDraft,
    CascadeDraft,
    CodeDraft,
    ConstantDraft,
    FaultDraft,
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
from sandbox.scenario.nodes import ScalarNode, flow
from sandbox.scenario.own_texts import wordings_of
from sandbox.scenario.people import population_of
from sandbox.scenario.quantities import Money
from sandbox.scenario.quiet import clock_of, quiet_hours
from sandbox.scenario.reasons import reasons_of
from sandbox.scenario.traces import trace_of
from sandbox.scenario.verification import text_with_code
from sandbox.simulation.spec import (
    Burst,
    Change,
    Constant,
    Fault,
    HandChange,
    LoadEntry,
    Poisson,
    Population,
    ProviderSpec,
    Ramp,
    Script,
    Settings,
    SettingValue,
    Single,
    WorldSpec,
)

_REASONS_PATH: Final = "delivery.reasons"


def world_of(draft: ScenarioDraft, seed: int) -> WorldSpec:
    """The world of a checked file."""
    used = used_providers(draft)
    channels = {name: provider.channel for name, provider in used}
    cascades = draft.cascades or ()
    plans = [name.text for name, _ in cascades]
    return WorldSpec(
        seed=seed,
        plans=tuple(_plan(name.text, cascade) for name, cascade in cascades),
        providers=tuple(_provider(name, provider) for name, provider in used),
        population=_population(draft),
        load=tuple(_load_entry(entry, plans) for entry in draft.load or ()),
        faults=tuple(_fault(fault, channels) for fault in draft.changing_faults),
        scripts=tuple(_script(script) for script in draft.scripts),
        wordings=wordings_of(draft),
        by_hand=tuple(
            change for entry in draft.changes_by_hand for change in _by_hand(entry, channels)
        ),
        forced=forced_of(draft),
        moved=moves_of(draft),
        acts=acts_of(draft),
        until_us=draft.clock.until_us,
        limit_us=draft.clock.limit_us,
    )


def _population(draft: ScenarioDraft) -> Population:
    if draft.recipients is None:
        return Population()
    return population_of(draft.recipients, draft.providers, clock_of(draft))


def _plan(name: str, cascade: CascadeDraft) -> Plan:
    code = cascade.content.code
    return Plan(
        name=name,
        levels=tuple(
            _level(level, text_node_of(level, cascade), code, quiet_hours(level, cascade))
            for level in cascade.levels
        ),
        deadline_us=cascade.deadline_us,
        late_success=cascade.late_success,
        conflict=cascade.conflict,
        text=text_with_code(cascade.content.text, code),
        stops_on_verified=bool(cascade.stops_on_verified),
        code_lifetime_us=code.lifetime_us if code else None,
        has_code_per_level=bool(code and code.is_per_level),
        remember_us=cascade.remember_us,
    )


def _level(
    level: LevelDraft, text: ScalarNode | None, code: CodeDraft | None, quiet: QuietHours | None
) -> Level:
    countries = level.only_if.countries if level.only_if else None
    return Level(
        channel=level.channel,
        providers=tuple(name.text for name in level.via or ()),
        success=level.success,
        submit_timeout_us=level.submit_timeout_us,
        wait_us=level.wait_us,
        origin=level.origin,
        validity_us=level.validity_us,
        retries=level.retries,
        on_unknown=level.on_unknown,
        on_expired=level.on_expired,
        next_on=frozenset(level.next_on),
        countries=None if countries is None else frozenset(countries),
        text=None if text is None else text_with_code(text.text, code),
        verify_within_us=level.verify_within_us,
        quiet=quiet,
        parallel=level.parallel,
    )


def _provider(name: str, provider: ProviderDraft) -> ProviderSpec:
    receipts, price, limits = provider.receipts, provider.price, provider.limits
    return ProviderSpec(
        name=name,
        channel=provider.channel,
        settings=_settings(provider),
        reports=frozenset(receipts.reports),
        charged_on=price.charged_on,
        per_segment=price.per_segment,
        refunded_on=frozenset(price.refunded_on),
        echoes_reference=receipts.echoes_reference,
        receipts_per_segment=receipts.per_segment,
        over=limits.over,
        quota_over=limits.quota.over or limits.over,
        quota_per_us=limits.quota.per_us,
        breaker=provider.breaker,
        can_recall=provider.can_recall,
    )


def _settings(provider: ProviderDraft) -> Settings:
    delivery, receipts, limits = provider.delivery, provider.receipts, provider.limits
    return Settings(
        submit_latency=provider.submit.latency,
        submit_outcomes=provider.submit.outcomes,
        delivery_time=delivery.time,
        delivery_outcomes=delivery.outcomes,
        read_share=delivery.read.share,
        read_after=delivery.read.after,
        store_for_us=delivery.unreachable.store_for_us,
        retry_every_us=delivery.unreachable.retry_every_us,
        receipt_delay=receipts.delay,
        receipt_lost=receipts.lost,
        receipt_late_share=receipts.late.share,
        receipt_late_by=receipts.late.by,
        receipt_duplicated_share=receipts.duplicated.share,
        receipt_copies=receipts.duplicated.copies,
        receipt_gap=receipts.duplicated.gap,
        receipt_reordered_share=receipts.reordered.share,
        receipt_reordered_within_us=receipts.reordered.within_us,
        receipt_before_reply=receipts.before_reply,
        receipt_contradictory=receipts.contradictory,
        receipt_unknown_id=receipts.unknown_id,
        receipt_batch_every_us=receipts.batched.every_us,
        limit_rate=limits.rate,
        limit_burst=limits.burst,
        quota_count=limits.quota.most,
        price_nano=provider.price.amount.nano,
        validity_us=provider.validity_us,
        reasons=reasons_of(delivery.reasons, provider.channel),
    )


def _load_entry(entry: LoadDraft, plans: Sequence[str]) -> LoadEntry:
    plan = plans.index(entry.cascade.text) if entry.cascade else 0
    at_us = entry.at_us
    match entry:
        case BurstDraft():
            return Burst(plan=plan, at_us=at_us, count=entry.messages)
        case ConstantDraft():
            return Constant(plan=plan, at_us=at_us, for_us=entry.for_us, rate=entry.rate)
        case PoissonDraft():
            return Poisson(plan=plan, at_us=at_us, for_us=entry.for_us, rate=entry.rate)
        case RampDraft():
            return Ramp(
                plan=plan,
                at_us=at_us,
                for_us=entry.for_us,
                rate_from=entry.ramp.rate_from,
                rate_to=entry.ramp.rate_to,
            )
        case MessageDraft():
            to = entry.to.text if entry.to else ""
            return Single(plan=plan, at_us=at_us, name=entry.name.text, to=to)
        case TraceDraft():
            return trace_of(entry, plans)


def _fault(fault: FaultDraft, channels: dict[str, Channel]) -> Fault:
    return Fault(
        id=fault.id.text,
        provider=fault.provider.text,
        at_us=fault.at_us,
        for_us=fault.for_us,
        changes=_changes(fault, channels[fault.provider.text]),
        recover_us=fault.recover.over_us if fault.recover else 0,
    )


def _changes(changing: FaultDraft | HandSetDraft, channel: Channel) -> tuple[Change, ...]:
    """What is set, in the order of the file, each with the words it is written in."""
    return tuple(
        Change(path.text, _setting(path.text, changing.settings[path.text], channel), flow(node))
        for path, node in changing.node.map("set") or ()
    )


def _script(script: ScriptDraft) -> Script:
    return Script(
        id=script.id.text,
        message=script.message.text,
        level=script.level,
        entries=script.entries,
    )


def _by_hand(
    entry: HandSetDraft | HandResetDraft, channels: dict[str, Channel]
) -> Iterator[HandChange]:
    """One change for each path of an entry."""
    provider = entry.provider.text
    match entry:
        case HandSetDraft():
            for change in _changes(entry, channels[provider]):
                yield HandChange(
                    at_us=entry.at_us, provider=provider, path=change.path, change=change
                )
        case HandResetDraft():
            for path in entry.paths:
                yield HandChange(at_us=entry.at_us, provider=provider, path=path, change=None)


def _setting(path: str, value: Any, channel: Channel) -> SettingValue:  # noqa: ANN401 - of the path's type
    """What a fault sets, in the type of the setting; `Any` because the path decides it."""
    if path == _REASONS_PATH:
        return reasons_of(value, channel)
    if isinstance(value, Money):
        return value.nano
    setting: SettingValue = value
    return setting
