"""Providers, as a file says them."""

import pytest

from sandbox.scenario.grammar.providers import PROVIDER
from tests.support.scenario_texts import SMALL, codes_of, shapes_say


@pytest.mark.parametrize(
    "later",
    ["limits: {rate: 20/s}", "breaker: {open_after: 5}", "adapter: twilio", "adapter: dexatel",
     "receipts: {duplicated: {share: 2%}}", "receipts: {reordered: {share: 1%}}",
     "receipts: {before_reply: 1%}", "receipts: {contradictory: 1%}", "receipts: {unknown_id: 1%}",
     "receipts: {batched: {}}", "receipts: {echoes_reference: false}",
     "submit: {latency: {weibull: {p50: 1s, p95: 2s}}}",
     "delivery: {time: {empirical: x.csv}}", "delivery: {read: {after: {mix: []}}}"],
)  # fmt: skip
def test_what_a_provider_will_have_is_refused_by_name(later: str) -> None:
    """Not ignored, and not a typing mistake."""
    assert codes_of(SMALL + f"providers: {{sms: {{{later}}}}}") == ["not-built"]


def test_the_only_adapter_is_the_simulated_one() -> None:
    """It may be said, and changes nothing."""
    assert codes_of(SMALL + "providers: {sms: {adapter: simulated}}") == []


def test_a_provider_alone_lacks_what_a_base_would_bring() -> None:
    """Only its channel is asked for; the rest comes from elsewhere."""
    value, said = shapes_say(PROVIDER, "{channel: sms}")
    assert (value.channel, value.price, said) == ("sms", None, [])
    assert len(shapes_say(PROVIDER, "{}")[1]) == 1


@pytest.mark.parametrize(
    "setting",
    ["price: {amount: 5 EUR, per: message, charged_on: submitted, refunded_on: [failed]}",
     "price: {amount: 0}", "validity: none", "validity: 10m",
     "submit: {outcomes: {accepted: rest}}",
     "delivery: {outcomes: {vanished: 10%, filtered: 10%, delivered: rest}}",
     "delivery: {unreachable: {retry_every: none}}", "delivery: {reasons: {}}",
     "receipts: {reports: []}", "receipts: {late: {share: 1%}}"],
)  # fmt: skip
def test_a_setting_may_be_written_alone(setting: str) -> None:
    """A file only says what differs."""
    text = "schema: 1\ncascades: {otp: [{channel: sms, success: accepted}]}\nload: [{burst: 1}]\n"
    assert codes_of(text + f"providers: {{sms: {{{setting}}}}}") == []
