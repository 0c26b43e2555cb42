"""Levels that are skipped because the recipient cannot be reached there."""

from sandbox.cascade.vocabulary import Trigger
from tests.support.hand import Hand, level, plan


def test_a_level_is_skipped_when_its_channel_is_known_not_to_work() -> None:
    """S26: the reason stands in the log, and the next level follows at the same instant."""
    hand = Hand(plan(level(), level("whatsapp"))).request(ineligible=(("sms", "no_sms"),))
    assert hand.story == [
        "0 requested 0",
        "0 skipped 0 no_sms",
        "0 fell_back 1 ineligible",
        "0 submitted 1.1 whatsapp",
    ]


def test_a_level_is_skipped_outside_its_countries() -> None:
    """S26: `only_if: {country: …}` with another country, or one that is not known."""
    german = level(countries=frozenset({"DE", "PL"}))
    for country, reason in (("NO", "country NO"), ("", "country not known")):
        hand = Hand(plan(german, level("whatsapp"))).request(country=country)
        assert hand.story[1] == f"0 skipped 0 {reason}"


def test_a_level_is_used_in_its_countries() -> None:
    """S26: where the condition holds nothing is skipped."""
    hand = Hand(plan(level(countries=frozenset({"DE", "PL"})))).request(country="PL")
    assert hand.path == ["0 0.1 sms"]


def test_a_level_in_the_middle_is_skipped_on_the_way() -> None:
    """S10, S26: ineligible always moves on, whatever `next_on` lists."""
    stubborn = level("whatsapp", next_on=frozenset({Trigger.FAILED}))
    hand = Hand(plan(level(), stubborn, level("viber"))).request(
        ineligible=(("whatsapp", "no_whatsapp"),)
    )
    hand.refuse(1)
    assert hand.since(1)[1:] == [
        "1 fell_back 1 refused",
        "1 skipped 1 no_whatsapp",
        "1 fell_back 2 ineligible",
        "1 submitted 2.1 viber",
    ]


def test_several_levels_can_be_skipped_in_a_row() -> None:
    """S25, S26: levels stay in order, each with its own reason."""
    hand = Hand(plan(level(), level("whatsapp"), level("viber"))).request(
        ineligible=(("sms", "no_sms"), ("whatsapp", "no_whatsapp"))
    )
    assert hand.path == ["0 2.1 viber"]


def test_a_message_without_any_eligible_level_is_exhausted_at_once() -> None:
    """S2, S26: nothing may be tried, so the last level ends it."""
    hand = Hand(plan(level(), level("whatsapp"))).request(
        ineligible=(("sms", "no_sms"), ("whatsapp", "no_whatsapp"))
    )
    assert hand.submits == []
    assert hand.end == "0 finished 1 exhausted last_level ineligible"
    assert hand.wake_at is None


def test_an_ineligible_last_level_exhausts() -> None:
    """S2, S26: falling back to nobody is the end."""
    hand = Hand(plan(level(), level("whatsapp"))).request(ineligible=(("whatsapp", "opted out"),))
    hand.refuse(1)
    assert hand.end == "1 finished 1 exhausted last_level ineligible"


def test_what_was_known_of_the_recipient_stands_in_the_request() -> None:
    """S26: the log says what the decision was made on."""
    hand = Hand(plan(level(), level("whatsapp"))).request(
        country="DE", ineligible=(("sms", "no_sms"),)
    )
    fields = hand.facts[0][7].fields
    assert fields == {"cascade": "otp", "country": "DE", "ineligible": ("sms=no_sms",)}
