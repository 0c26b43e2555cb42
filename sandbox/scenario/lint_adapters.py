"""Findings about providers with a real adapter: what their vendor does not take, or not so.

The level's message is encoded as it would be to send it, with made-up credentials. Nothing is sent,
and a run, which simulates every provider, is not changed by any of it.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.adapters.codec import Ability, Adapter, Credentials, OutgoingMessage, Text
from sandbox.cascade.vocabulary import OnUnknown
from sandbox.errors import CannotSendError
from sandbox.scenario.contents import NAMES, NEEDS_TEMPLATE
from sandbox.scenario.lint_codes import Finding
from sandbox.scenario.lint_levels import VENDOR_VALIDITY
from sandbox.scenario.lint_view import CascadeView, Found, LevelView, View
from sandbox.scenario.model import Route, Wording
from sandbox.scenario.nodes import Node
from sandbox.scenario.outward import content_of, sender_of
from sandbox.scenario.quantities import duration_text
from sandbox.scenario.verification import PLACEHOLDER

_S: Final = 1_000_000
_SOMEBODY: Final = "+447700900123"
"""Of Ofcom's numbers for fiction."""
_SHORT: Final = Text("x")
_FITTING: Final = {"account_sid": "AC" + "0" * 32, "phone_number_id": "100000000000000"}


def lint_adapters(view: View) -> Iterator[Found]:
    """All there is to say about real providers."""
    routes = {route.provider: route for route in view.scenario.routes}
    yield from _idle_senders(view)
    said: set[tuple[Finding, str]] = set()
    for cascade in view.cascades:
        for each in cascade.levels:
            for name in each.level.providers:
                if name in routes:
                    for found in _level(_Sending(view, cascade, each, routes[name])):
                        if (found.code, found.text) not in said:
                            said.add((found.code, found.text))
                            yield found


class _Sending(NamedTuple):
    """A level, and a real provider of it."""

    view: View
    cascade: CascadeView
    each: LevelView
    route: Route

    @property
    def adapter(self) -> Adapter:
        return ADAPTERS[self.route.adapter]

    @property
    def wording(self) -> Wording:
        return self.view.scenario.wordings[self.cascade.plan.name, self.each.number]

    def message(self) -> OutgoingMessage:
        """What would be sent, without a validity."""
        return OutgoingMessage(
            reference="lint",
            key="lint",
            channel=self.each.level.channel,
            recipient=_SOMEBODY,
            sender=sender_of(self.wording, self.route),
            content=content_of(self.wording, "0" * self.wording.digits),
        )

    def refusal(self, message: OutgoingMessage) -> str:
        """Why the vendor would not take a message; "" where it would."""
        values = {
            need.name: _FITTING.get(need.name, "x")
            for need in self.adapter.sending
            if need.is_required
        }
        try:
            # Whether a sender is the account's own is not known here.
            self.adapter.encode(message, Credentials.of(values | {"phone_number": message.sender}))
        except CannotSendError as error:
            return str(error)
        return ""


def _level(sending: _Sending) -> Iterator[Found]:
    each, wording, adapter = sending.each, sending.wording, sending.adapter
    if each.level.on_unknown is OnUnknown.RESEND and Ability.IDEMPOTENCY not in adapter.abilities:
        text = (
            f"{each.name} sends again what may have been taken, and {adapter.name} takes it twice"
        )
        note = "write on_unknown: wait"
        yield Found(Finding.RESENT_TWICE, each.at("on_unknown"), text, note)
    is_bare = each.level.channel in NEEDS_TEMPLATE and wording.template is None
    if is_bare:
        channel = NAMES[each.level.channel]
        text = f"{each.name} has no template, and {channel} lets nobody begin with a text"
        note = "name one: template: {name: …}"
        yield Found(Finding.TEMPLATE_NEEDED, each.node, text, note)
    yield from _refused(sending, is_bare=is_bare)
    yield from _validity(sending)
    yield from _code(sending)


def _refused(sending: _Sending, *, is_bare: bool) -> Iterator[Found]:
    """What the vendor takes from nobody: a text too long, a sender it does not know of."""
    each, message = sending.each, sending.message()
    if isinstance(message.content, Text):
        why = sending.refusal(replace(message, content=_SHORT))
        at = _provider(sending)
        if not why and not is_bare:
            why, at = sending.refusal(message), _text(sending)
    else:
        why, at = sending.refusal(message), each.at("template")
        if why and sending.refusal(replace(message, content=_SHORT)):
            at = _provider(sending)
    if why:
        text = f"{each.name} cannot be sent through '{sending.route.provider}': {why}"
        yield Found(Finding.VENDOR_REFUSES, at, text)


def _provider(sending: _Sending) -> Node:
    providers = sending.view.scenario.tree.map("providers")
    provider = providers.map(sending.route.provider) if providers else None
    return (provider.get("adapter") if provider else None) or sending.each.node


def _text(sending: _Sending) -> Node:
    """Where the text of a level was written; the level, where nobody wrote one."""
    for holder in (sending.each.node, sending.cascade.node):
        content = holder.map("content")
        text = content.get("text") if content else None
        if text is not None and not text.mark.is_default:
            return text
    return sending.each.node


def _validity(sending: _Sending) -> Iterator[Found]:
    """A validity where there is no place for one; `lint_levels` knows the ranges."""
    each, adapter = sending.each, sending.adapter
    us = each.level.validity_us
    if us is None or (adapter.name, each.level.channel) in VENDOR_VALIDITY:
        return
    # With a sender and a text that every vendor takes, only the validity can be wrong.
    message = replace(sending.message(), content=_SHORT, sender=_SOMEBODY)
    if sending.refusal(replace(message, validity_s=max(1, -(-us // _S)))):
        text = (
            f"{each.name} is valid for {duration_text(us)}, and {adapter.name} cannot be told so "
            f"on {NAMES[each.level.channel]}"
        )
        yield Found(Finding.VALIDITY_NOT_TOLD, each.at("validity"), text, "leave it out")


def _code(sending: _Sending) -> Iterator[Found]:
    """A template that is not given the code people wait for."""
    template = sending.wording.template
    if template is None or not sending.cascade.plan.stops_on_verified:
        return
    if not any(PLACEHOLDER in each for each in template.parameters):
        text = f"no parameter of the template of {sending.each.name} has {PLACEHOLDER} in it"
        note = f'write parameters: ["{PLACEHOLDER}"]'
        yield Found(Finding.CODE_NOT_SENT, sending.each.at("template"), text, note)


def _idle_senders(view: View) -> Iterator[Found]:
    """Senders of providers that are simulated, and ask for none."""
    real = {route.provider for route in view.scenario.routes}
    providers = view.scenario.tree.map("providers")
    for name in view.providers:
        provider = providers.map(name) if providers else None
        sender = provider.get("sender") if provider else None
        if sender is not None and name not in real and not sender.mark.source.is_built_in:
            text = f"'{name}' is simulated, so nobody is told its sender"
            yield Found(Finding.IDLE_SENDER, sender, text, "add an adapter, or leave it out")
