"""Scenarios for studies, with answers one can work out by hand."""

from typing import Final

KNOWN: Final = """\
schema: 1
name: known
cascades:
  otp: [{channel: sms, wait: 30s}, {channel: whatsapp, wait: 30s}]
  direct: [{channel: whatsapp, wait: 30s}]
providers:
  sms:
    base: ideal
    price: {amount: 0.05 EUR, per: message, charged_on: accepted}
    delivery: {time: {fixed: 2s}}
  whatsapp:
    base: ideal
    price: {amount: 0.03 EUR, per: message, charged_on: delivered}
    delivery: {time: {fixed: 4s}}
recipients: {population: 100, traits: {}}
load: [{constant: 10/s, for: 10s, cascade: otp}]
"""
"""A hundred messages. SMS brings each after 2 s for 0.05 EUR, WhatsApp after 4 s for 0.03 EUR."""

SMS_OUTCOMES: Final = "providers.sms.delivery.outcomes"
FAILING: Final = (SMS_OUTCOMES, "{failed: 100%, delivered: rest}")
"""Every SMS fails after 2 s, and is paid for: WhatsApp brings it, after 6 s in all for 0.08 EUR."""

VARIED: Final = (
    KNOWN
    + """\
matrix:
  vary: {providers.sms.delivery.outcomes: [{delivered: rest}, {failed: 100%, delivered: rest}]}
  seeds: 1..3
  report: [truth.delivery_rate, level.0.share, time_to_delivered.p95, truth.cost.per_delivered]
"""
)
