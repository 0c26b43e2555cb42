"""A message as it would be sent: the exact request of every step, its secrets masked.

Nothing is sent, no connection is opened, and no room is taken in the caps. The code is shown as
stars; nothing else differs from what would leave, but for the name of the run in the references.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from sandbox.adapters.codec import MASK, Credentials, Secret
from sandbox.app.base_urls import Whose
from sandbox.app.guard import Ask, Line, Refusal, Wire, missing_of, question_of
from sandbox.app.live_config import LiveConfig
from sandbox.app.live_secrets import dummy_credentials
from sandbox.app.outgoing import MaskedCodes, Outgoing
from sandbox.cascade.outputs import Submit
from sandbox.errors import CannotSendError
from sandbox.report.plain import plain
from sandbox.scenario.model import Scenario
from sandbox.store.caps import CapLedger

RUN: Final = "dryrun"
"""What the run is called in the references that are shown."""

NO_HOST: Final = "https://HOST"
"""Stands where nobody says where a vendor listens."""

_OWN_NUMBER: Final = "phone_number"


class Shown(NamedTuple):
    """One step of a plan.

    Attributes:
        line: What the lock would ask about it; None: the provider is simulated, or skipped.
        request: As it would leave, a line each; empty where there is none.
        refused: Why there is none; "" where there is, and for a step that is not real.
        is_skipped: The person has no address on the channel.
        is_made_up: The credentials in it stand for some that are missing, or are not for this host.
        unverified: What of the adapter nobody has seen the vendor say.
    """

    level: int
    channel: str
    provider: str
    line: Line | None
    request: tuple[str, ...] = ()
    refused: str = ""
    is_skipped: bool = False
    is_made_up: bool = False
    unverified: tuple[str, ...] = ()


def lock_says(ask: Ask, config: LiveConfig) -> Refusal | None:
    """All that the live lock would miss now, the caps of this user among it; None: nothing.

    Raises:
        UsageError: nothing of it would really be sent.
    """
    return missing_of(ask, config, CapLedger(config.caps))


def shown_steps(scenario: Scenario, ask: Ask, config: LiveConfig) -> tuple[Shown, ...]:
    """Every step that a message may take, in order.

    Raises:
        UsageError: nothing of it would really be sent.
    """
    lines = {(line.step.level, line.step.provider): line for line in question_of(ask).lines}
    return tuple(_steps(scenario, ask, config, lines))


def _steps(
    scenario: Scenario, ask: Ask, config: LiveConfig, lines: dict[tuple[int, str], Line]
) -> Iterator[Shown]:
    wires = {wire.provider: wire for wire in ask.wires}
    outgoing = Outgoing(
        run=RUN,
        codes=MaskedCodes(),
        wordings=scenario.wordings,
        routes={route.provider: route for route in scenario.routes},
    )
    for number, level in enumerate(ask.plan.levels):
        for provider in level.providers:
            line, wire = lines.get((number, provider)), wires.get(provider)
            if wire is None or line is None:
                is_skipped = wire is not None
                yield Shown(number, level.channel, provider, None, is_skipped=is_skipped)
                continue
            submit = Submit(
                message=1,
                level=number,
                attempt=0,
                key=0,
                provider=provider,
                validity_us=level.validity_us,
                timeout_us=level.submit_timeout_us,
                cause=0,
            )
            yield _shown(submit, line, wire, outgoing, ask, config)


def _shown(
    submit: Submit, line: Line, wire: Wire, outgoing: Outgoing, ask: Ask, config: LiveConfig
) -> Shown:
    shown = Shown(
        line.step.level,
        line.step.channel,
        line.step.provider,
        line,
        unverified=wire.adapter.unverified,
    )
    if not line.number:
        return shown._replace(refused="nobody's number is written down")
    message = outgoing.message(submit, ask.plan, line.number)
    url = wire.base_url
    whose = Whose.STRANGE if url is None else url.whose(wire.adapter, (*ask.hosts, *config.hosts))
    is_made_up = whose is not Whose.VENDOR or bool(wire.found.problems)
    credentials = wire.found.credentials
    if is_made_up:
        credentials = _made_up(wire, message.sender, is_vendors=whose is Whose.VENDOR)
    try:
        request = wire.adapter.encode(message, credentials)
    except CannotSendError as error:
        return shown._replace(refused=str(error), is_made_up=is_made_up)
    text = _without(request.masked(url.text if url else NO_HOST), wire, credentials)
    lines = tuple(map(plain, text.split("\n")))
    return shown._replace(request=lines, is_made_up=is_made_up)


def _made_up(wire: Wire, sender: str, *, is_vendors: bool) -> Credentials:
    """What was found as far as the host may see it, and something in place of the rest."""
    found = wire.found.credentials.secrets if is_vendors else ()
    names = {need.name for need in wire.adapter.sending}
    own = ((_OWN_NUMBER, Secret(sender)),) if sender and _OWN_NUMBER in names else ()
    return Credentials((*found, *dummy_credentials(wire.adapter).secrets, *own))


def _without(text: str, wire: Wire, credentials: Credentials) -> str:
    """A request as text in which no secret stands, wherever an adapter may have put one."""
    for need in wire.adapter.sending:
        if need.is_secret and credentials.text(need.name):
            text = text.replace(credentials.text(need.name), MASK)
    return text
