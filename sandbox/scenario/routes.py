"""What of a scenario is for real sending: whose providers are whose, and what each level says.

    providers: {sms: {adapter: dexatel, sender: Example}}
    levels: [{channel: whatsapp, template: {name: otp_v2, language: en_US, parameters: ["{code}"]}}]

None of it is in the world that is run: whatever runs a scenario simulates every provider, and the
log of a run is the same whoever is behind them. Only `sandbox send` looks at it.
"""

from collections.abc import Mapping
from typing import Final

from sandbox.scenario.codes import Code
from sandbox.scenario.contents import text_node_of
from sandbox.scenario.grammar.cascades import NO_TEMPLATE, NONE
from sandbox.scenario.grammar.drafts import CascadeDraft, LevelDraft, ProviderDraft, ScenarioDraft
from sandbox.scenario.grammar.providers import SIMULATED
from sandbox.scenario.model import Route, UsedTemplate, Wording
from sandbox.scenario.problems import Problems

CARRIED: Final[Mapping[str, tuple[str, ...]]] = {
    "dexatel": ("sms", "whatsapp", "viber"),
    "twilio": ("sms", "whatsapp"),
    "vonage": ("sms", "whatsapp", "viber"),
    "infobip": ("sms", "whatsapp", "viber"),
    "whatsapp-cloud": ("whatsapp",),
}
"""What each adapter carries, as `sandbox.adapters.catalogue` has it; that takes longer to import
than a file to read."""


def check_route(provider: ProviderDraft, problems: Problems) -> None:
    """Complain about an adapter that does not carry its provider's channel."""
    carried = CARRIED.get(provider.adapter)
    if carried is None or provider.channel in carried:
        return
    at = provider.node.get("adapter") or provider.node
    able = [name for name, channels in CARRIED.items() if provider.channel in channels]
    problems.add(
        at,
        Code.WRONG_CHANNEL,
        f"{provider.adapter} carries {', '.join(carried)}, this provider {provider.channel}",
        note=f"use one of {', '.join(able)}, or {SIMULATED}",
    )


def routes_of(used: list[tuple[str, ProviderDraft]]) -> tuple[Route, ...]:
    """The providers with a real adapter, in the order of those that are used."""
    return tuple(
        Route(name, provider.adapter, provider.sender or "")
        for name, provider in used
        if provider.adapter != SIMULATED
    )


def wordings_of(draft: ScenarioDraft) -> dict[tuple[str, int], Wording]:
    """What each level says, by cascade and level."""
    return {
        (name.text, number): _wording(level, cascade)
        for name, cascade in draft.cascades or ()
        for number, level in enumerate(cascade.levels)
    }


def _wording(level: LevelDraft, cascade: CascadeDraft) -> Wording:
    own, code = text_node_of(level, cascade), cascade.content.code
    sender = level.sender
    return Wording(
        text=cascade.content.text if own is None else own.text,
        digits=code.digits if code else 0,
        sender=None if sender is None else "" if sender is NONE else sender.text,
        template=_used(level),
    )


def _used(level: LevelDraft) -> UsedTemplate | None:
    used = level.template
    if used is None or used is NO_TEMPLATE:
        return None
    return UsedTemplate(used.name.text, used.language or "", used.parameters or ())
