"""One-time codes in a scenario file."""

import pytest

from sandbox.cascade.vocabulary import LISTABLE_TRIGGERS, Trigger
from sandbox.scenario.grammar.drafts import CodeDraft
from sandbox.scenario.verification import awaits_code, text_with_code
from tests.support.scenario_texts import loaded, map_of, problems_of, tree

LOAD = "load: [{burst: 20}]\n"


def otp(cascade: str) -> str:
    """A file with one cascade."""
    return f"schema: 1\ncascades: {{otp: {{{cascade}}}}}\n{LOAD}"


def test_a_text_is_as_long_as_with_its_code() -> None:
    """S33: braces would count twice in GSM-7, digits count once."""
    code = CodeDraft(map_of("{}"), 4, None, False)
    assert text_with_code("Code {code}!", code) == "Code 0000!"
    assert text_with_code("Code {code}!", None) == "Code {code}!"


def test_only_stop_on_verified_awaits_a_code() -> None:
    """S33."""
    assert awaits_code(tree("{stop_on: verified}"))
    assert not awaits_code(tree("{stop_on: success}"))
    assert not awaits_code(tree("[verified]"))


def test_a_cascade_that_stops_on_verified_gets_a_code() -> None:
    """S33: of six digits, for five minutes; and its levels go on when nobody enters it."""
    (plan,) = loaded(otp("stop_on: verified, levels: [sms, whatsapp]")).world.plans
    assert plan.stops_on_verified
    assert plan.code_lifetime_us == 300_000_000
    assert not plan.has_code_per_level
    assert [level.next_on for level in plan.levels] == [frozenset(LISTABLE_TRIGGERS)] * 2


def test_what_is_written_is_not_filled_in() -> None:
    """S10: a list of triggers is the list, and a code is the code."""
    text = (
        "stop_on: verified, content: {text: 'Your code is {code}', code: {digits: 4, per: level}},"
        " levels: [{channel: sms, next_on: [failed], verify_within: 2m, content: {text: '{code}'}}]"
    )
    scenario = loaded(otp(text))
    (plan,) = scenario.world.plans
    (level,) = plan.levels
    assert (plan.text, plan.has_code_per_level) == ("Your code is 0000", True)
    assert (level.text, level.verify_within_us) == ("0000", 120_000_000)
    assert level.next_on == {Trigger.FAILED}
    again = loaded(str(scenario.resolved).replace("'", '"').replace("None", "null"))
    assert again.world == scenario.world


def test_without_a_code_nothing_is_added_to_a_cascade() -> None:
    """A resolved file says no more than before."""
    otp_of = loaded(otp("levels: [sms]")).resolved["cascades"]["otp"]
    assert "stop_on" not in otp_of
    assert "code" not in otp_of["content"]
    assert "not_verified" not in otp_of["levels"][0]["next_on"]


@pytest.mark.parametrize("broken", ["content: 5", "levels: sms", "levels: 5", "levels: []"])
def test_what_is_broken_is_complained_about_and_nothing_else(broken: str) -> None:
    """Filling in never hides a mistake."""
    more = "" if "levels" in broken else ", levels: [sms]"
    assert problems_of(otp(f"stop_on: verified, {broken}{more}"))


@pytest.mark.parametrize(
    ("cascade", "said"),
    [
        ("levels: [{channel: sms, verify_within: 3m}]",
         "error[code-not-awaited]: no code ends this cascade, so nobody waits for one"),
        ("deadline: none, stop_on: verified, levels: [{channel: sms, next_on: [no_receipt]}]",
         ("error[unbounded-level]: without a deadline, this level could wait for its code "
         "for ever")),
        (("deadline: none, stop_on: verified,"
         " levels: [{channel: sms, success: accepted, wait: none}]"),
         ("error[unbounded-level]: without a deadline, this level could wait for its code "
         "for ever")),
        ("deadline: none, stop_on: verified, levels: [{channel: sms, wait: none}]",
         "error[unbounded-level]: without a deadline, this level could wait for ever"),
    ],
)  # fmt: skip
def test_waiting_for_a_code_must_make_sense_and_end(cascade: str, said: str) -> None:
    """S13, S33: nobody waits for what is not awaited, nor for ever."""
    (found,) = problems_of(otp(cascade))
    assert found.partition(": ")[2] == said


@pytest.mark.parametrize(
    "cascade",
    [
        "deadline: none, stop_on: verified, levels: [sms]",
        "stop_on: verified, levels: [{channel: sms, next_on: [no_receipt], wait: none}]",
        (
            "deadline: none, stop_on: verified,"
            " levels: [{channel: sms, success: accepted, wait: none, verify_within: 1m}]"
        ),
    ],
)
def test_what_ends_may_wait(cascade: str) -> None:
    """S13: by a deadline, or by a timer of its own."""
    assert loaded(otp(cascade)).world.plans[0].stops_on_verified
