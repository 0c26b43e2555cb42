"""Profiles: what a vendor takes, rule by rule."""

from pathlib import Path

import pytest

from sandbox.scenario.grammar.cascades import PROFILES
from sandbox.scenario.profile import explain_profile, profile, profile_names
from tests.support.scenario_texts import loaded, problems_of

LOAD = "load: [{burst: 20}]\n"
LONG = "a" * 1000


def said(cascade: str) -> list[str]:
    """The rules that a cascade on line 2 breaks."""
    problems = problems_of(f"schema: 1\ncascades: {{c: {cascade}}}\n{LOAD}")
    return [
        problem.partition("error[profile-rule]: ")[2]
        for problem in problems
        if "error[profile-rule]" in problem
    ]


def dexatel(levels: str, more: str = "") -> list[str]:
    """What a cascade with Dexatel's profile is told."""
    return said(f"{{profile: dexatel, {more}levels: {levels}}}")


def verification(levels: str) -> list[str]:
    """The same of one that is a verification."""
    return dexatel(levels, "stop_on: verified, ")


def vonage(levels: str) -> list[str]:
    """What a cascade with Vonage's failover is told."""
    return said(f"{{profile: vonage-failover, levels: {levels}}}")


def test_each_profile_is_a_file_that_cites_its_rules() -> None:
    """Every rule and default names a source, and every source is spelled out."""
    assert set(PROFILES) == {"none", *profile_names()}
    for name in profile_names():
        told = profile(name)
        keys = {key for key, _ in told.references}
        cited = [each.sources for each in (*told.rules, *told.notes)]
        cited += [each.sources for each in told.defaults]
        assert told.name == name
        assert all(cited)
        assert {key for sources in cited for key in sources} == keys


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ("[sms, whatsapp]", []),
        ("[sms, whatsapp, viber]", []),
        ("[sms]", ["Dexatel: a message has one or two fallbacks"]),
        (
            "[sms, whatsapp, sms]",
            ["Dexatel: a fallback is on another channel than the primary (error 1636)"],
        ),
        (
            "[viber, whatsapp, whatsapp]",
            ["Dexatel: no channel comes twice among the fallbacks (error 1637)"],
        ),
        (
            "[{channel: viber, success: read}, sms]",
            [
                (
                    "Dexatel: the delivery webhook tells delivered, failed, rejected and "
                    "expired, but "
                    "not read"
                )
            ],
        ),
        ("[{channel: viber, wait: 5s, validity: 10m}, sms]", []),
    ],
)
def test_dexatel_takes_messages_with_one_or_two_fallbacks(levels: str, expected: list[str]) -> None:
    """Channels are unique, and how long is waited is not published for messages."""
    assert dexatel(levels) == expected


def test_dexatel_takes_a_thousand_characters() -> None:
    """One more is error 1510."""
    assert dexatel("[sms, whatsapp]", f"content: {{text: {LONG}}}, ") == []
    assert dexatel("[sms, whatsapp]", f"content: {{text: {LONG}a}}, ") == [
        "Dexatel: a text has at most 1000 characters (error 1510)"
    ]


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ("[sms, {channel: viber}]", []),
        ("[{channel: sms, wait: 120s}, {channel: whatsapp, wait: 300s}]", []),
        (
            "[{channel: sms, wait: 119s}, whatsapp]",
            ["Dexatel: the threshold is 120 to 300 seconds (error 1638)"],
        ),
        (
            "[{channel: sms, wait: 301s}, whatsapp]",
            ["Dexatel: the threshold is 120 to 300 seconds (error 1638)"],
        ),
        ("[{channel: viber, validity: 30s}, sms]", []),
        (
            "[{channel: viber, validity: 61s}, sms]",
            ["Dexatel: Viber has a time to live of 30 to 60 seconds (error 1644)"],
        ),
        (
            "[sms, {channel: viber, validity: 29s}]",
            ["Dexatel: Viber has a time to live of 30 to 60 seconds (error 1645, 1646 or 1647)"],
        ),
        (
            "[{channel: sms, validity: 60s}, whatsapp]",
            ["Dexatel: SMS has no time to live (error 1642)"],
        ),
        (
            "[{channel: whatsapp, validity: 60s}, sms]",
            ["Dexatel: WhatsApp has no time to live (error 1643)"],
        ),
        (
            "[viber, {channel: sms, validity: 60s}]",
            [
                (
                    "Dexatel: only Viber, Telegram and e-mail have a time to live (error 1645, "
                    "1646 or "
                    "1647)"
                )
            ],
        ),
        ("[sms]", ["Dexatel: a verification has one to five fallbacks, by priority (error 1634)"]),
    ],
)
def test_dexatel_has_rules_of_its_own_for_verifications(levels: str, expected: list[str]) -> None:
    """Thresholds and times to live are those of its table of errors."""
    assert verification(levels) == expected


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ("[whatsapp, viber, sms]", []),
        ("[sms, sms]", []),
        ("[{channel: sms, next_on: [refused]}, viber]", []),
        (
            "[{channel: sms, wait: 30s}, viber]",
            [
                (
                    "Vonage: no timer moves on; to limit a step in time, give it a time to live "
                    "(validity)"
                )
            ],
        ),
        (
            "[{channel: sms, next_on: [refused, no_receipt]}, viber]",
            [
                (
                    "Vonage: only a rejection moves on: refused or throttled by the answer, "
                    "rejected or "
                    "expired by a receipt"
                )
            ],
        ),
        (
            "[{channel: sms, on_expired: stop}, viber]",
            ["Vonage: a message out of time counts as rejected, and the next one goes out"],
        ),
        (
            "[{channel: viber, success: read}, sms]",
            ["Vonage: not being read is no condition either"],
        ),
        ("[{channel: sms, validity: 20s}, viber]", []),
        (
            "[{channel: sms, validity: 19s}, viber]",
            ["Vonage: the time to live of an SMS is 20 to 604 800 seconds"],
        ),
        ("[{channel: viber, validity: 3d}, sms]", []),
        (
            "[{channel: viber, validity: 73h}, sms]",
            ["Vonage: the time to live on Viber is 30 to 259 200 seconds"],
        ),
    ],
)
def test_vonage_failover_moves_on_by_rejection_only(levels: str, expected: list[str]) -> None:
    """No timer, and no failure that a receipt tells."""
    assert vonage(levels) == expected


def test_a_profile_fills_in_what_is_not_written() -> None:
    """And leaves alone what is; without a profile the usual defaults hold."""
    text = "schema: 1\ncascades: {c: {profile: PROFILE, levels: [sms, {channel: viber, LEVEL}]}}\n"
    text += LOAD
    first, second = loaded(
        text.replace("PROFILE", "vonage-failover").replace("LEVEL", "next_on: [refused]")
    ).resolved["cascades"]["c"]["levels"]
    assert (first["wait"], first["next_on"]) == (
        "none", ["refused", "throttled", "rejected", "expired"],
    )  # fmt: skip
    assert (second["wait"], second["next_on"]) == ("none", ["refused"])
    plain = loaded(text.replace("PROFILE", "none").replace("LEVEL", "wait: 9s"))
    assert [level.wait_us for level in plain.world.plans[0].levels] == [60_000_000, 9_000_000]


def test_what_a_profile_fills_in_resolves_to_the_same_world() -> None:
    """The resolved file is a file of the same profile with every value written out."""
    scenario = loaded(
        "schema: 1\ncascades: {c: {profile: vonage-failover, levels: [sms, viber]}}\n" + LOAD
    )
    from sandbox.scenario.writer import data_text

    again = loaded(data_text(scenario.resolved))
    assert again.world == scenario.world
    assert again.resolved_hash == scenario.resolved_hash


def test_an_unknown_profile_is_told_the_nearest(tmp_path: Path) -> None:
    """Did you mean dexatel?"""
    path = tmp_path / "s.yaml"
    path.write_text(f"schema: 1\ncascades: {{c: {{profile: dexatell, levels: [sms]}}}}\n{LOAD}")
    (problem,) = problems_of(path)
    assert problem.endswith("s.yaml:2:25: error[unknown-word]: 'dexatell' is not a profile")


def test_a_profile_is_explained_with_its_sources() -> None:
    """Rules, defaults, what is not checked, and who says so."""
    text = explain_profile("dexatel")
    assert "    the threshold is 120 to 300 seconds (error 1638) [DX2]\n" in text
    assert "    wait: 120s (verifications): " in text
    assert text.startswith("profile dexatel: Dexatel Messaging Fallback")
    assert "    DX1  developers.dexatel.com/docs/messaging-fallback-overview\n" in text
    assert "stop_on" not in explain_profile("vonage-failover")
