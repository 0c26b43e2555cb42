"""Providers, as a file says them."""

from dataclasses import replace

import pytest

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.cascade.circuit import Breaker
from sandbox.errors import ScenarioError
from sandbox.scenario.grammar.providers import PROVIDER, REAL_ADAPTERS, SIMULATED
from sandbox.simulation.distributions import fixed
from sandbox.simulation.spec import Over, OverAnswer, OverDrop, OverQueue, Settings
from tests.support.scenario_texts import SMALL, codes_of, loaded, shapes_say


@pytest.mark.parametrize(
    "later",
    ["limits: {concurrency: 4}", "capabilities: []",
     "receipts: {id_format: decimal}", "receipts: {bad_signature: 1%}"],
)  # fmt: skip
def test_what_a_provider_will_have_is_refused_by_name(later: str) -> None:
    """Not ignored, and not a typing mistake."""
    assert codes_of(SMALL + f"providers: {{sms: {{{later}}}}}") == ["not-built"]


def test_the_adapters_are_the_simulated_one_and_those_there_are() -> None:
    """The first may be said, and is the default."""
    assert set(REAL_ADAPTERS) == set(ADAPTERS)
    for word in (SIMULATED, *REAL_ADAPTERS):
        value, said = shapes_say(PROVIDER, f"{{channel: whatsapp, adapter: {word}}}")
        assert (value.adapter, said) == (word, [])
    assert shapes_say(PROVIDER, "{channel: sms}")[0].adapter == SIMULATED


@pytest.mark.parametrize(
    ("written", "meant"),
    [("meta", "whatsapp-cloud"), ("whatsapp", "whatsapp-cloud"), ("nexmo", "vonage"),
     ("twillio", "twilio"), ("simulate", "simulated")],
)  # fmt: skip
def test_an_adapter_nobody_has_is_answered_with_the_one_that_is_meant(
    written: str, meant: str
) -> None:
    """Also where the two words do not look alike."""
    with pytest.raises(ScenarioError, match=f"did you mean '{meant}'"):
        loaded(SMALL + f"providers: {{whatsapp: {{adapter: {written}}}}}")


@pytest.mark.parametrize("word", ["carrier", "none", "Twilio.com/v2"])
def test_an_adapter_that_looks_like_none_is_answered_with_the_list(word: str) -> None:
    with pytest.raises(ScenarioError, match="one of simulated, dexatel, twilio, vonage, infobip"):
        loaded(SMALL + f"providers: {{whatsapp: {{adapter: {word}}}}}")


def test_a_sender_is_a_text() -> None:
    """Whatever a vendor takes: a number in quotes, a name, an id."""
    for sender in ('"+447700900100"', "Example", '"38765"', f"MG{'0' * 32}"):
        value, said = shapes_say(PROVIDER, f"{{channel: sms, sender: {sender}}}")
        assert (value.sender, said) == (sender.strip('"'), [])
    assert shapes_say(PROVIDER, "{channel: sms}")[0].sender is None


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
     "receipts: {reports: []}", "receipts: {late: {share: 1%}}", "receipts: {late: 1%}",
     "receipts: {duplicated: 2%}", "receipts: {duplicated: {copies: 1..3}}",
     "receipts: {duplicated: {gap: {exponential: {mean: 5s}}}}", "receipts: {reordered: 1%}",
     "receipts: {reordered: {within: 1m}}", "receipts: {before_reply: 1%}",
     "receipts: {contradictory: 1%}", "receipts: {unknown_id: 1%}", "receipts: {batched: 5s}",
     "receipts: {batched: {every: none}}", "receipts: {echoes_reference: false}",
     "receipts: {per: segment}", "limits: {}", "limits: {rate: 20/s, burst: 40}",
     "limits: {rate: none, over: queue}", "limits: {over: {retry_after: 1s}}",
     "limits: {over: refused.temporary, quota: {count: 5}}",
     "limits: {quota: {count: none, per: minute, over: drop}}", "breaker: none", "breaker: {}",
     "breaker: {open_after: none}", "breaker: {for: 5m}"],
)  # fmt: skip
def test_a_setting_may_be_written_alone(setting: str) -> None:
    """A file only says what differs."""
    text = "schema: 1\ncascades: {otp: [{channel: sms, success: accepted}]}\nload: [{burst: 1}]\n"
    assert codes_of(text + f"providers: {{sms: {{{setting}}}}}") == []


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("receipts: {duplicated: 2%}", "receipts: {duplicated: {share: 2%}}"),
        ("receipts: {reordered: 2%}", "receipts: {reordered: {share: 2%}}"),
        ("receipts: {late: 2%}", "receipts: {late: {share: 2%}}"),
        ("receipts: {batched: 5s}", "receipts: {batched: {every: 5s}}"),
        ("limits: {over: throttled}", "limits: {over: {answer: throttled}}"),
        (
            "limits: {over: refused.permanent, quota: {over: throttled}}",
            "limits: {over: {answer: refused.permanent}, quota: {over: {answer: throttled}}}",
        ),
    ],
)
def test_a_short_form_stands_for_the_part_that_matters(short: str, long: str) -> None:
    """A share alone, a duration alone, an answer alone: the rest comes from the base."""
    one, other = (loaded(SMALL + f"providers: {{sms: {{{each}}}}}") for each in (short, long))
    assert one.resolved == other.resolved
    assert one.world == other.world


@pytest.mark.parametrize(
    ("written", "over", "quota_over"),
    [
        ("{}", OverAnswer(), OverAnswer()),
        ("{over: queue}", OverQueue(), OverQueue()),
        ("{over: queue, quota: {over: drop}}", OverQueue(), OverDrop()),
        ("{quota: {over: refused.permanent}}", OverAnswer(), OverAnswer("refused.permanent")),
        (
            "{over: {answer: refused.temporary, retry_after: 2s}}",
            OverAnswer("refused.temporary", 2_000_000),
            OverAnswer("refused.temporary", 2_000_000),
        ),
    ],
)
def test_what_is_beyond_the_quota_goes_the_way_of_what_is_beyond_the_rate(
    written: str, over: Over, quota_over: Over
) -> None:
    """Unless the quota has a way of its own."""
    sms = loaded(SMALL + f"providers: {{sms: {{limits: {written}}}}}").world.providers[0]
    assert (sms.over, sms.quota_over) == (over, quota_over)


def test_a_base_hands_its_limits_and_faults_down() -> None:
    """What the file does not say of a provider comes from its base, part by part."""
    text = SMALL + (
        "providers:\n"
        "  main: {channel: sms, receipts: {duplicated: {share: 5%, copies: 2..4}, per: segment},"
        " limits: {rate: 10/s, burst: 7, over: queue, quota: {count: 9, per: hour}}}\n"
        "  sms: {base: main, receipts: {duplicated: 1%}, limits: {rate: 1/d}}\n"
    )
    sms = loaded(text).world.providers[0]
    settings = sms.settings
    assert (settings.receipt_duplicated_share, settings.receipt_copies) == (10_000_000, (2, 4))
    assert (settings.limit_rate, settings.limit_burst) == (1_000_000, 7)
    assert (settings.quota_count, sms.quota_per_us) == (9, 3_600_000_000)
    assert (sms.over, sms.receipts_per_segment) == (OverQueue(), True)
    free = loaded(SMALL + "providers: {sms: {base: ideal}}").world.providers[0]
    assert free.settings == replace(
        Settings(),
        reasons=free.settings.reasons,
        receipt_gap=fixed(1_000_000),
        receipt_reordered_within_us=5_000_000,
    )


@pytest.mark.parametrize(
    ("written", "breaker"),
    [
        ("sms: {}", None),
        ("sms: {breaker: {}}", Breaker(open_after=5, for_us=30_000_000)),
        ("sms: {breaker: {open_after: none, for: 1m}}",
         Breaker(open_after=None, for_us=60_000_000)),
        ("main: {channel: sms, breaker: {open_after: 2}}, sms: {base: main, breaker: {for: 5s}}",
         Breaker(open_after=2, for_us=5_000_000)),
        ("main: {channel: sms, breaker: {}}, sms: {base: main, breaker: none}", None),
        ("sms: {base: ideal, breaker: {open_after: 1}}", Breaker(open_after=1)),
    ],
)  # fmt: skip
def test_a_breaker_is_asked_for_and_handed_down(written: str, breaker: Breaker | None) -> None:
    """S22: no built-in provider has one; what is not said of it is as in the documentation."""
    world = loaded(SMALL + f"providers: {{{written}}}").world
    assert next(each.breaker for each in world.providers if each.name == "sms") == breaker
    assert world.breakers == ({} if breaker is None else {"sms": breaker})


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ("breaker: {open_after: 0}", "out-of-range"), ("breaker: {for: 0s}", "out-of-range"),
        ("breaker: {for: 5}", "unit-missing"), ("breaker: {after: 5}", "unknown-key"),
        ("breaker: 5", "wrong-type"), ("breaker: yes", "wrong-type"),
    ],
)  # fmt: skip
def test_a_breaker_that_cannot_work_is_refused(setting: str, code: str) -> None:
    """Rule 3: with a position, and before anything runs."""
    assert codes_of(SMALL + f"providers: {{sms: {{{setting}}}}}") == [code]


@pytest.mark.parametrize("path", ["breaker.open_after", "breaker.for", "breaker"])
def test_no_fault_can_set_a_breaker(path: str) -> None:
    """It is ours, and not the provider's."""
    fault = f"faults: [{{provider: sms, at: 1s, for: 1s, set: {{{path}: x2}}}}]"
    assert codes_of(SMALL + "providers: {sms: {breaker: {}}}\n" + fault) == ["unknown-key"]
