"""What only the whole file can tell; `broken/` shows how each is said."""

import pytest

from tests.support.scenario_texts import SMALL, codes_of, loaded, problems_of

HEAD = "schema: 1\nload: [{burst: 1}]\n"


def cascade(levels: str, rest: str = "") -> str:
    """A file with one cascade."""
    return HEAD + f"cascades: {{otp: {{{rest}levels: [{levels}]}}}}\n"


@pytest.mark.parametrize(
    ("level", "codes"),
    [
        ("{channel: sms, wait: none}", []),
        ("{channel: sms, success: accepted, wait: none}", []),
        ("{channel: viber, success: sent}", ["not-reported"]),
        ("{channel: whatsapp, success: sent}", []),
        ("{channel: whatsapp, success: read}", []),
        ("{channel: sms, success: read}", ["not-reported"]),
        ("{channel: sms, retries: {max: 9}}", []),
        ("{channel: sms, via: viber}", ["wrong-channel"]),
        ("{channel: sms, via: [sms, sms]}", ["duplicate-name"]),
        ("{channel: sms, next_on: []}", []),
    ],
)
def test_a_level_can_succeed_and_end(level: str, codes: list[str]) -> None:
    """It waits for what its providers report, and makes ten attempts at most."""
    assert codes_of(cascade(level)) == codes


@pytest.mark.parametrize(
    ("level", "codes"),
    [
        ("{channel: sms}", []),
        ("{channel: sms, success: accepted, wait: none}", []),
        ("{channel: sms, wait: none}", ["unbounded-level"]),
        ("{channel: sms, next_on: [failed]}", ["unbounded-level"]),
        ("{channel: whatsapp, success: read, next_on: [no_receipt]}", ["unbounded-level"]),
        ("{channel: whatsapp, success: read, next_on: [no_receipt, not_read]}", []),
    ],
)
def test_without_a_deadline_every_level_needs_an_end(level: str, codes: list[str]) -> None:
    """A message whose receipt is lost must still get an outcome."""
    assert codes_of(cascade(level, "deadline: none, ")) == codes


def test_a_status_must_be_reported_by_all_providers_of_the_level() -> None:
    """The second provider is asked as well as the first."""
    text = cascade("{channel: viber, via: [a, b]}") + (
        "providers: {a: {channel: viber}, b: {channel: viber, receipts: {reports: [read]}}}"
    )
    assert problems_of(text) == ["3:27: error[not-reported]: 'b' never reports delivered"]


def test_a_base_of_another_channel_is_one_mistake() -> None:
    """What it would bring along (segments, reason codes) is not complained about as well."""
    text = SMALL + "providers: {x: {channel: viber, base: sms}}"
    assert problems_of(text) == [
        "4:39: error[wrong-channel]: 'sms' carries sms, this one viber",
    ]


def test_one_currency_and_no_prices_are_both_fine() -> None:
    """Another currency is fine when nothing is priced in the first."""
    dollars = ", ".join(f"{c}: {{price: {{amount: 1 USD}}}}" for c in ("sms", "whatsapp", "viber"))
    free = ", ".join(f"{c}: {{base: ideal}}" for c in ("sms", "whatsapp", "viber"))
    assert loaded(SMALL).currency == "EUR"
    assert loaded(SMALL + f"providers: {{{dollars}}}").currency == "USD"
    assert loaded(SMALL + f"providers: {{{free}}}\nexpect: [cost.total == 0 USD]").currency == ""


def test_a_provider_nobody_uses_may_have_another_currency() -> None:
    """It never charges anything; that it is unused is worth a warning."""
    scenario = loaded(SMALL + "providers: {x: {channel: sms, price: {amount: 1 USD}}, sms: {}}")
    assert (scenario.currency, len(scenario.warnings)) == ("EUR", 1)


@pytest.mark.parametrize(
    ("first", "second", "codes"),
    [
        ("at: 2m, for: 5m", "at: 7m, for: 1m", []),
        ("at: 2m, for: 5m", "at: 6m, for: 1m", ["fault-overlap"]),
        ("at: 2m, for: 5m, recover: {over: 1m}", "at: 7m, for: 1m", ["fault-overlap"]),
        ("at: 2m, for: 5m, recover: {over: 1m}", "at: 8m, for: 1m", []),
        ("at: 6m, for: 1m", "at: 2m, for: 5m", ["fault-overlap"]),
    ],
)
def test_faults_follow_each_other(first: str, second: str, codes: list[str]) -> None:
    """The end of a fault, recovery included, does not belong to it."""
    faults = [f"{{provider: sms, {when}, set: {{receipts.lost: 1%}}}}" for when in (first, second)]
    assert codes_of(SMALL + f"faults: [{', '.join(faults)}]") == codes


def test_faults_of_other_providers_or_settings_do_not_meet() -> None:
    """Only one setting of one provider can be changed twice."""
    text = SMALL + (
        "faults:\n"
        "  - {provider: sms, at: 1m, for: 5m, set: {receipts.lost: 1%}}\n"
        "  - {provider: sms, at: 1m, for: 5m, set: {receipts.delay: x2}}\n"
        "  - {provider: viber, at: 1m, for: 5m, set: {receipts.lost: 1%}}\n"
    )
    assert codes_of(text) == []


def test_nothing_cannot_be_multiplied() -> None:
    """Ten times no limit would be accepted in silence and do nothing."""
    fault = "faults: [{provider: %s, at: 1m, for: 1m, set: {%s: x10}}]"
    assert problems_of(SMALL + fault % ("sms", "validity")) == [
        "4:59: error[bad-factor]: validity of 'sms' is none, there is nothing to multiply"
    ]
    retry = "delivery.unreachable.retry_every"
    assert codes_of(SMALL + fault % ("viber", retry)) == ["bad-factor"]
    assert codes_of(SMALL + fault % ("sms", retry)) == []


def test_ten_million_messages_are_the_most() -> None:
    """What comes at random counts by its mean, a ramp by the middle of its rates."""
    most = "{burst: 9999999}, {poisson: 1/s, for: 1s}"
    assert codes_of(SMALL.replace("{burst: 20}", most)) == []
    assert codes_of(SMALL.replace("{burst: 20}", most + ", {message: m}")) == ["too-many-messages"]
    ramp = "{ramp: {from: 0/s, to: 20/s}, for: 1000001s}"
    assert codes_of(SMALL.replace("{burst: 20}", ramp)) == ["too-many-messages"]


def test_what_is_broken_in_itself_is_not_also_unknown() -> None:
    """One mistake in a provider is one problem, though levels and faults speak of it."""
    text = HEAD + (
        "cascades: {otp: [{channel: sms, via: main}]}\n"
        "providers: {main: {channel: sms, receipts: {lost: 5}}}\n"
        "faults: [{provider: main, at: 1m, for: 1m, set: {receipts.lost: 1%}}]\n"
    )
    assert codes_of(text) == ["unit-missing"]
    assert codes_of(SMALL + "providers: 5") == ["wrong-type"]
