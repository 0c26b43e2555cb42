"""The cascade that is measured: one set of figures, read by both models.

Three levels with everything the default engine does: submissions that are refused, throttled or
never answered, one retry with backoff, a wait per level, a deadline, receipts that are late or
lost, people whose phone is off or who are not on a channel. The figures are round ones, of the size
of the built-in providers'; nothing depends on their being right.
"""

from dataclasses import dataclass
from typing import Final

RATE: Final = 100
"""Messages per second, independent arrivals, unless told otherwise."""

PEOPLE: Final = 2000
DEADLINE_S: Final = 600.0
SUBMIT_TIMEOUT_S: Final = 10.0
RETRIES_MAX: Final = 1
BACKOFF_S: Final = 1.0
JITTER: Final = 0.2

PHONE_OFF: Final = 0.05
OFF_MEAN_S: Final = 120.0
ON_MEAN_S: Final = 360.0
STORE_FOR_S: Final = 600.0
RETRY_EVERY_S: Final = 30.0
NO_WHATSAPP: Final = 0.20
NO_VIBER: Final = 0.30
NO_VIBER_GIVEN_NO_WHATSAPP: Final = 0.80


@dataclass(frozen=True, slots=True)
class Lognormal:
    """A duration in seconds by its percentiles; a draw above `max` is drawn again."""

    p50: float
    p95: float
    max: float

    def __str__(self) -> str:
        p50, p95, top = (f"{round(s * 1000)}ms" for s in (self.p50, self.p95, self.max))
        return f"{{lognormal: {{p50: {p50}, p95: {p95}, max: {top}}}}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One simulated provider and the level it serves; shares of one, durations in seconds."""

    channel: str
    wait: float
    price: float
    latency: Lognormal
    refused_temporary: float
    refused_permanent: float
    throttled: float
    timeout_accepted: float
    timeout_not_accepted: float
    delivery: Lognormal
    failed: float
    filtered: float
    receipt_delay: Lognormal
    receipt_lost: float

    def __str__(self) -> str:
        return f"""\
  {self.channel}-main:
    channel: {self.channel}
    base: ideal
    price: {{amount: {self.price} EUR, per: message, charged_on: accepted}}
    submit:
      latency: {self.latency}
      outcomes:
        accepted: rest
        refused.temporary: {_percent(self.refused_temporary)}
        refused.permanent: {_percent(self.refused_permanent)}
        throttled: {_percent(self.throttled)}
        timeout.accepted: {_percent(self.timeout_accepted)}
        timeout.not_accepted: {_percent(self.timeout_not_accepted)}
    delivery:
      time: {self.delivery}
      outcomes: {{delivered: rest, failed: {_percent(self.failed)}, \
filtered: {_percent(self.filtered)}}}
      unreachable: {{store_for: {STORE_FOR_S:.0f}s, retry_every: {RETRY_EVERY_S:.0f}s}}
      read: {{share: 0%}}
    receipts: {{delay: {self.receipt_delay}, lost: {_percent(self.receipt_lost)}}}
"""


PROVIDERS: Final = (
    Provider(
        channel="sms",
        wait=30.0,
        price=0.045,
        latency=Lognormal(0.12, 0.6, 5.0),
        refused_temporary=0.02,
        refused_permanent=0.01,
        throttled=0.005,
        timeout_accepted=0.003,
        timeout_not_accepted=0.002,
        delivery=Lognormal(3.0, 20.0, 120.0),
        failed=0.04,
        filtered=0.005,
        receipt_delay=Lognormal(0.4, 5.0, 60.0),
        receipt_lost=0.02,
    ),
    Provider(
        channel="whatsapp",
        wait=45.0,
        price=0.06,
        latency=Lognormal(0.2, 0.9, 5.0),
        refused_temporary=0.01,
        refused_permanent=0.005,
        throttled=0.0,
        timeout_accepted=0.002,
        timeout_not_accepted=0.001,
        delivery=Lognormal(1.5, 10.0, 90.0),
        failed=0.03,
        filtered=0.0,
        receipt_delay=Lognormal(0.3, 2.0, 30.0),
        receipt_lost=0.01,
    ),
    Provider(
        channel="viber",
        wait=60.0,
        price=0.02,
        latency=Lognormal(0.15, 0.7, 5.0),
        refused_temporary=0.01,
        refused_permanent=0.02,
        throttled=0.0,
        timeout_accepted=0.002,
        timeout_not_accepted=0.001,
        delivery=Lognormal(2.0, 15.0, 90.0),
        failed=0.05,
        filtered=0.0,
        receipt_delay=Lognormal(0.3, 3.0, 30.0),
        receipt_lost=0.01,
    ),
)


def scenario_text(messages: int, rate: int = RATE) -> str:
    """The same figures as a scenario of about so many messages."""
    levels = "\n".join(
        f"      - {{channel: {p.channel}, via: [{p.channel}-main], wait: {p.wait:.0f}s, "
        f"submit_timeout: {SUBMIT_TIMEOUT_S:.0f}s}}"
        for p in PROVIDERS
    )
    providers = "".join(str(provider) for provider in PROVIDERS)
    return f"""\
schema: 1
name: benchmark
cascades:
  otp:
    deadline: {DEADLINE_S:.0f}s
    levels:
{levels}
providers:
{providers}
recipients:
  population: {PEOPLE}
  traits:
    phone_off:
      share: {_percent(PHONE_OFF)}
      off: {{mean: {OFF_MEAN_S:.0f}s}}
      on: {{mean: {ON_MEAN_S:.0f}s}}
      hits: [sms, whatsapp, viber]
    no_whatsapp: {{share: {_percent(NO_WHATSAPP)}, hits: [whatsapp], as: refused.permanent}}
    no_viber: {{share: {_percent(NO_VIBER)}, hits: [viber], as: refused.permanent}}
    # The built-in traits that the other model does not have:
    app_offline: {{share: 0%}}
    opted_out_sms: {{share: 0%}}
    blocked_whatsapp: {{share: 0%}}
    blocked_viber: {{share: 0%}}
  together: [{{given: no_whatsapp, trait: no_viber, share: {_percent(NO_VIBER_GIVEN_NO_WHATSAPP)}}}]
load:
  - {{poisson: {rate}/s, for: {messages * 1000 // rate}ms, cascade: otp}}
"""


def _percent(share: float) -> str:
    return f"{share * 100:g}%"
