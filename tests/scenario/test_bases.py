"""What a file does not say comes from its bases."""

from typing import Any

import pytest

from sandbox.scenario.bases import CHANNEL_REPORTS, built_in, catalogue, ideal, merged
from sandbox.scenario.nodes import data
from sandbox.simulation.distributions import exponential, fixed, lognormal, mix, weibull
from sandbox.simulation.spec import KnownIneligible, ProviderSpec, Settings, Unreachable
from tests.support.scenario_texts import SMALL, codes_of, loaded, tree


def provider(text: str) -> ProviderSpec:
    """The provider `x` of channel sms, as a file describes it."""
    levels = "schema: 1\ncascades: {otp: [{channel: sms, via: x}]}\nload: [{burst: 1}]\n"
    return loaded(levels + text).world.providers[0]


def sms() -> Settings:
    """The built-in SMS provider."""
    return loaded(SMALL).world.providers[0].settings


def test_maps_merge_deeply_and_the_rest_stays() -> None:
    """Only what is written changes."""
    own = provider("providers: {x: {channel: sms, receipts: {late: {share: 9%}}}}").settings
    assert own.receipt_late_share == 90_000_000
    assert own.receipt_late_by == sms().receipt_late_by
    assert own.receipt_lost == sms().receipt_lost
    assert own.submit_outcomes == sms().submit_outcomes


@pytest.mark.parametrize(
    ("over", "result"),
    [
        ("{a: {x: 1}}", {"a": {"x": 1, "y": 2}, "outcomes": {"ok": 1}, "list": [1, 2]}),
        ("{outcomes: {bad: 2}}", {"a": {"x": 0, "y": 2}, "outcomes": {"bad": 2}, "list": [1, 2]}),
        ("{list: [3]}", {"a": {"x": 0, "y": 2}, "outcomes": {"ok": 1}, "list": [3]}),
        ("{a: none}", {"a": "none", "outcomes": {"ok": 1}, "list": [1, 2]}),
        ("{b: 1}", {"a": {"x": 0, "y": 2}, "outcomes": {"ok": 1}, "list": [1, 2], "b": 1}),
    ],
)
def test_lists_and_shares_replace_and_maps_merge(over: str, result: dict[str, Any]) -> None:
    """Shares that sum to one cannot be mixed with others."""
    base = tree("{a: {x: 0, y: 2}, outcomes: {ok: 1}, list: [1, 2]}")
    assert data(merged(base, tree(over))) == result


def test_reasons_and_outcomes_replace_the_whole_map() -> None:
    """A file that says some outcomes has said them all."""
    own = provider(
        "providers: {x: {channel: sms, delivery: {outcomes: {delivered: rest, failed: 9%}, "
        'reasons: {failed: {"30003": rest}}}}}'
    ).settings
    assert own.delivery_outcomes.shares == (("failed", 90_000_000), ("delivered", 910_000_000))
    assert [word for word, _ in own.reasons] == ["failed", "refused.permanent"]


def test_a_distribution_replaces_one_of_another_kind_and_merges_with_its_own() -> None:
    """`fixed` leaves nothing of `lognormal` behind; a new p50 keeps the p95."""
    head = "providers: {x: {channel: sms, delivery: {time: "
    assert provider(head + "{fixed: 2s}}}}").settings.delivery_time == fixed(2_000_000)
    assert provider(head + "{lognormal: {p50: 2s}}}}}").settings.delivery_time == lognormal(
        2_000_000, 12_000_000
    )
    assert provider(head + "{exponential: {mean: 3s}}}}}").settings.delivery_time == exponential(
        3_000_000
    )
    assert provider(head + "{weibull: {p50: 3s, p95: 9s}}}}}").settings.delivery_time == weibull(
        3_000_000, 9_000_000
    )


def test_new_kinds_of_distributions_are_replaced_and_merged_like_the_old() -> None:
    """A mix and a measurement are whole things; a Weibull keeps what is not said anew."""
    half = "{mix: [{share: 50%, fixed: 1s}, {share: rest, fixed: 9s}]}"
    seen = '{empirical: {csv: "duration\\n5s"}}'
    for below, above, expected in (
        ("{weibull: {p50: 3s, p95: 9s}}", "{weibull: {p50: 4s}}", weibull(4_000_000, 9_000_000)),
        (half, "{mix: [{share: 100%, fixed: 2s}, {share: 0%, fixed: 3s}]}", fixed(2_000_000)),
        (half, "{lognormal: {p50: 1s, p95: 2s}}", lognormal(1_000_000, 2_000_000)),
        (seen, '{empirical: {csv: "duration_s\\n7"}}', fixed(7_000_000)),
        (seen, "{fixed: 2s}", fixed(2_000_000)),
        ("{fixed: 2s}", half, mix([(fixed(1_000_000), 5 * 10**8), (fixed(9_000_000), 5 * 10**8)])),
    ):
        base = f"y: {{channel: sms, delivery: {{time: {below}}}}}"
        text = f"providers: {{{base}, x: {{base: y, delivery: {{time: {above}}}}}}}"
        assert provider(text).settings.delivery_time == expected


def test_the_ideal_provider_answers_delivers_and_costs_nothing() -> None:
    """It does everything right at once, and reports all its channel can."""
    own = provider("providers: {x: {channel: sms, base: ideal}}")
    settings = own.settings
    assert settings.submit_outcomes.share("accepted") == 1_000_000_000
    assert settings.delivery_outcomes.share("delivered") == 1_000_000_000
    assert (settings.price_nano, settings.receipt_lost, settings.receipt_late_share) == (0, 0, 0)
    assert settings.delivery_time == settings.receipt_delay == settings.submit_latency == fixed(0)
    assert sorted(status.word for status in own.reports) == ["delivered", "sent"]
    assert {
        data(ideal(channel))["receipts"]["reports"].__len__() for channel in CHANNEL_REPORTS
    } == {
        2,
        3,
    }


def test_a_provider_may_take_the_rest_from_another_one() -> None:
    """Bases are followed as far as they go, and the channel comes along."""
    own = provider(
        "providers:\n"
        "  a: {channel: sms, receipts: {lost: 7%}}\n"
        "  b: {base: a, validity: 1h}\n"
        "  x: {base: b, price: {amount: 0.01 EUR}}\n"
    )
    assert own.channel == "sms"
    assert own.settings.receipt_lost == 70_000_000
    assert own.settings.validity_us == 3_600_000_000
    assert own.settings.price_nano == 10_000_000


def test_a_provider_called_like_a_channel_is_the_built_in_one_changed() -> None:
    """`sms: {…}` changes the built-in provider, and others may build on it."""
    text = (
        "providers:\n"
        "  sms: {receipts: {lost: 7%}}\n"
        "  x: {channel: sms, base: sms}\n"
        "  y: {channel: sms}\n"
    )
    assert provider(text).settings.receipt_lost == 70_000_000
    by_channel = text.replace("  x: {channel: sms, base: sms}", "  x: {channel: sms}")
    assert provider(by_channel).settings.receipt_lost == 5_000_000
    assert (
        provider(text.replace("sms: {rec", "sms: {base: sms, rec")).settings
        == provider(text).settings
    )


def test_a_level_uses_the_only_provider_of_its_channel() -> None:
    """The built-in one, the only one described, or the one called like the channel."""

    def used(providers: str) -> list[str]:
        world = loaded(SMALL + f"providers: {providers}").world
        return [name for level in world.plans[0].levels for name in level.providers]

    assert used("{}") == ["sms", "whatsapp", "viber"]
    assert used("{main: {channel: sms}}") == ["main", "whatsapp", "viber"]
    assert used("{main: {base: other}, other: {channel: sms}, sms: {}}")[0] == "sms"
    assert codes_of(SMALL + "providers: {a: {channel: sms}, b: {base: a}}") == [
        "ambiguous-provider"
    ]


def test_recipients_left_out_are_the_built_in_population() -> None:
    """Without a word about people, they are as people are."""
    population = loaded(SMALL).world.population
    assert population.size == 1000
    assert [trait.name for trait in population.traits] == [
        "phone_off", "app_offline", "no_whatsapp", "no_viber", "opted_out_sms",
        "blocked_whatsapp", "blocked_viber",
    ]  # fmt: skip
    assert population.together == (("no_whatsapp", "no_viber", 850_000_000),)


def test_no_traits_mean_everybody_is_reachable() -> None:
    """`traits: {}` leaves nobody with a trait, and nothing goes together."""
    population = loaded(SMALL + "recipients: {traits: {}}").world.population
    assert (population.traits, population.together, population.size) == ((), (), 1000)


def test_traits_merge_and_country_is_replaced() -> None:
    """A share can be changed, a trait added, and a country is all of them."""
    population = loaded(
        SMALL + "recipients: {country: {PL: 30%, NO: rest}, traits: {phone_off: {share: 50%}, "
        "mine: {share: 1%, hits: sms}}}"
    ).world.population
    traits = {trait.name: trait for trait in population.traits}
    assert population.countries == (("PL", 300_000_000), ("NO", 700_000_000))
    assert traits["phone_off"].share == 500_000_000
    assert traits["phone_off"].effect == Unreachable(21_600_000_000, 64_800_000_000)
    assert traits["mine"].effect == KnownIneligible()
    assert len(traits) == 8


def test_a_trait_that_does_something_else_takes_nothing_from_its_base() -> None:
    """`phone_off` with an outcome has no spells, `no_viber` with spells no outcome."""
    population = loaded(
        SMALL + "recipients: {traits: {phone_off: {as: vanished}, no_viber: {off: {mean: 1h}, "
        "on: {mean: 1h}}, no_whatsapp: {as: none}, blocked_viber: {as: rejected}}}"
    ).world.population
    effects = {trait.name: trait.effect for trait in population.traits}
    assert getattr(effects["phone_off"], "outcome", "") == "vanished"
    assert effects["no_viber"] == Unreachable(3_600_000_000, 3_600_000_000)
    assert effects["no_whatsapp"] == KnownIneligible()
    assert getattr(effects["blocked_viber"], "reason", 0) is None


def test_built_in_files_are_read_once() -> None:
    """A second scenario finds them read."""
    assert built_in("sms") is built_in("sms")
    assert catalogue(next(iter(CHANNEL_REPORTS))) is catalogue(next(iter(CHANNEL_REPORTS)))


@pytest.mark.parametrize("broken", ["[3]", "3", "none", ""])
@pytest.mark.parametrize(
    ("part", "own"),
    [
        ("delivery", "{read: {share: 2%}}"),
        ("receipts", "{lost: 2%}"),
        ("submit", "{latency: {fixed: 2s}}"),
        ("price", "{amount: 1 EUR}"),
        ("limits", "{rate: 3/s}"),
    ],
)
def test_a_base_with_a_broken_part_is_the_only_thing_complained_about(
    broken: str, part: str, own: str
) -> None:
    """Who builds on a provider whose `delivery` is no map is read as if that were not there."""
    text = (
        "schema: 1\ncascades: {otp: [{channel: sms, via: mine}]}\nload: [{burst: 1}]\n"
        f"providers: {{sms: {{{part}: {broken}}}, mine: {{base: sms, {part}: {own}}}}}"
    )
    assert codes_of(text) == ["missing-value" if not broken else "wrong-type"]
