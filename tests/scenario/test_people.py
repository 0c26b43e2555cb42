"""Recipients as a whole."""

import pytest

from sandbox.cascade.vocabulary import ReasonClass
from sandbox.simulation.spec import Forced, Population
from tests.support.scenario_texts import SMALL, codes_of, loaded, problems_of


def population(text: str) -> Population:
    """The people of a file."""
    return loaded(SMALL + f"recipients: {text}").world.population


@pytest.mark.parametrize(
    ("trait", "codes"),
    [
        ("{share: 1%, hits: sms}", []),
        ("{share: 1%, hits: [sms, viber], as: failed}", []),
        ("{share: 1%, hits: sms, off: {mean: 1h}, on: {mean: 1h}}", []),
        ("{share: 1%, hits: sms, off: {mean: 1h}}", ["trait-effect"]),
        ("{share: 1%, hits: sms, on: {mean: 1h}}", ["trait-effect"]),
        ("{share: 1%, hits: sms, off: {mean: 1h}, on: {mean: 1h}, as: failed}", ["trait-effect"]),
        ("{share: 1%, hits: sms, reason: 30003}", ["trait-effect"]),
        ("{share: 1%, hits: sms, as: failed, reason: 30003}", []),
        ("{share: 1%, hits: sms, as: failed, reason: 31999}", ["unknown-reason"]),
        ("{share: 1%, hits: viber, as: failed, reason: 30003}", ["unknown-reason"]),
        ("{share: 1%, hits: [viber, sms], as: failed, reason: 30003}", []),
        ("{share: 1%, hits: sms, as: refused.temporary, reason: 21614}", ["reason-class"]),
        ("{share: 1%, hits: sms, as: refused.permanent, reason: 20503}", ["reason-class"]),
        ("{share: 1%, hits: sms, as: timeout.accepted, reason: 20503}", ["reason-class"]),
        ("{share: 1%, hits: sms, as: delivered}", ["unknown-word"]),
        ("{share: 1%, hits: []}", ["too-few"]),
        ("{hits: sms}", ["missing-key"]),
    ],
)
def test_a_trait_is_one_of_three_things(trait: str, codes: list[str]) -> None:
    """Spells of being off, something the provider does, or known beforehand."""
    assert codes_of(SMALL + f"recipients: {{traits: {{t: {trait}}}}}") == codes


def test_a_reason_is_looked_up_with_its_class_and_words() -> None:
    """A trait names a code; the catalogue knows what it means."""
    effect = population("{}").traits[2].effect
    assert isinstance(effect, Forced)
    assert effect.reason is not None
    assert effect.reason.reason_class is ReasonClass.PERMANENT_RECIPIENT
    assert (effect.outcome, effect.reason.code, effect.reason.text) == (
        "failed", "131026", "undeliverable",
    )  # fmt: skip


def test_a_reason_a_provider_of_the_file_describes_is_known() -> None:
    """What the file says of a code counts before the catalogue."""
    text = SMALL + (
        "providers: {sms: {delivery: {reasons: {failed: "
        "{E7: {share: rest, class: stop, text: gone}}}}}}\n"
        "recipients: {traits: {t: {share: 1%, hits: sms, as: failed, reason: E7}}}"
    )
    effect = loaded(text).world.population.traits[-1].effect
    assert isinstance(effect, Forced)
    assert effect.reason is not None
    assert (effect.reason.reason_class, effect.reason.text) == (ReasonClass.STOP, "gone")


def test_named_people_have_exactly_their_traits() -> None:
    """Without a list they have none."""
    people = population("{people: {anna: {traits: [phone_off]}, ben: {}}}").people
    assert [(person.name, person.traits) for person in people] == [
        ("anna", ("phone_off",)),
        ("ben", ()),
    ]


@pytest.mark.parametrize(
    ("together", "problem"),
    [
        ("{given: phone_off, trait: no_viber, share: 99%}", []),
        ("{given: no_viber, trait: no_whatsapp, share: 90%}", ["impossible-together"]),
        ("{given: no_whatsapp, trait: no_whatsapp, share: 50%}", ["impossible-together"]),
        ("{given: nobody, trait: no_viber, share: 50%}", ["unknown-trait"]),
    ],
)
def test_traits_can_only_go_together_as_far_as_their_shares_allow(
    together: str, problem: list[str]
) -> None:
    """Each trait keeps its own share of people."""
    assert codes_of(SMALL + f"recipients: {{together: [{together}]}}") == problem


def test_the_first_impossible_correlation_is_pointed_at() -> None:
    """Not the list, but the entry in it."""
    text = SMALL + (
        "recipients:\n"
        "  together:\n"
        "    - {given: no_whatsapp, trait: no_viber, share: 85%}\n"
        "    - {given: phone_off, trait: no_viber, share: 85%}\n"
    )
    [problem] = problems_of(text)
    assert problem.startswith("7:7: error[impossible-together]: no_viber already goes with")


def test_addresses_differ_by_channel_or_are_none() -> None:
    """A number of its own, or "" where there is no address; what is not said is the phone."""
    people = population(
        "{people: {anna: {addresses: {viber: none, sms: '+4915112345678'}}}}"
    ).people
    assert people[0].addresses == (("sms", "+4915112345678"), ("viber", ""))


def test_a_level_without_an_address_is_skipped_and_says_so() -> None:
    """The engine knows it beforehand (S26, S28)."""
    from sandbox.app.run import run_scenario

    result = run_scenario(
        "schema: 1\ncascades: {otp: [viber, sms]}\nproviders: {sms: {base: ideal}}\n"
        "recipients: {people: {anna: {addresses: {viber: none}}}}\n"
        "load: [{message: m, to: anna}]\n"
        "expect:\n  messages: {m: {path: [viber:ineligible, sms:delivered]}}\n"
    )
    assert result.verdict == "passed"
