import pytest

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Detail, Fact
from sandbox.cascade.plan import Level, Plan
from sandbox.cascade.vocabulary import Channel
from sandbox.report.rules_fired import Case, rules_of
from tests.support.explained import explained, numbers, only, scripted, words

SMS_THEN_WA = "- {channel: sms, via: [sms], wait: 30s}\n- {channel: whatsapp, via: [wa]}"


@pytest.mark.parametrize(
    ("script", "entry", "fired", "said"),
    [
        ("refused.permanent", "refused.permanent", ["S10", "S14", "S10"],
         "no retry: this recipient cannot be reached here (permanent-recipient)"),
        ("{delivery: failed}", "failed", ["S10", "S10"], "failed by receipt"),
        ("{delivery: rejected}", "rejected", ["S10", "S10"], "rejected by receipt"),
        ("{delivery: expired}", "expired", ["S10", "S10"], "expired by receipt"),
        ("{delivery: vanished}", "no_receipt", ["S12", "S10"],
         "no delivered receipt within 30 s of acceptance"),
        ("timeout.accepted, accepted", "delivered", ["S9"], "`delivered` is the success"),
        ("{submit: timeout.accepted, receipt: lost}", "no_receipt", ["S12", "S10"],
         "no delivered receipt within 30 s of giving up on the answer"),
    ],
)  # fmt: skip
def test_what_closes_an_attempt_is_told_by_its_rule(
    script: str, entry: str, fired: list[str], said: str
) -> None:
    """Answers, receipts and timers each have theirs, the one that fired first."""
    left = only(explained(scripted(SMS_THEN_WA, script)), f"sms:{entry}")
    assert numbers(left) == fired
    assert said in words(left)


def test_a_retry_says_how_long_it_waits_and_for_which_time() -> None:
    """With the settings that decided it."""
    found = explained(scripted(SMS_THEN_WA, "refused.temporary, accepted"))
    left = only(found, "sms:refused.temporary")
    assert numbers(left) == ["S20"]
    assert "retry 1 of 1 (retries.on lists refused.temporary)" in words(left)
    (fired,) = left.rules
    assert [setting.path.rpartition(".")[2] for setting in fired.settings] == [
        "max", "on", "backoff",
    ]  # fmt: skip


def test_a_provider_that_asks_to_be_left_alone_is_quoted() -> None:
    """A retry comes no sooner than it says."""
    limits = "limits: {rate: 1/s, burst: 1, over: {answer: throttled, retry_after: 7s}}"
    text = (
        scripted("- {channel: sms, via: [sms], wait: 30s}")
        .replace("{channel: sms, base: ideal, price: {amount: 0.05 EUR}}",
                 "{channel: sms, base: ideal, " + limits + "}")
        .replace("load: [", "load: [{burst: 1, at: 1s, cascade: otp}, ")
    )  # fmt: skip
    left = only(explained(text), "sms:throttled")
    assert "the provider asked not to be tried within 7.0 s" in words(left)
    assert "retries.on lists throttled" in words(left)


@pytest.mark.parametrize(
    ("retries", "why"),
    [
        ("{max: 0}", "no retry: 0 of 0 were made at sms"),
        ("{max: 3, on: [throttled]}", "no retry: retries.on does not list refused.temporary"),
    ],
)
def test_why_there_was_no_retry_is_told(retries: str, why: str) -> None:
    """A transient answer that closes a level at once is what people wonder about."""
    levels = f"- {{channel: sms, via: [sms], retries: {retries}}}\n- {{channel: viber}}"
    left = only(explained(scripted(levels, "refused.temporary")), "sms:refused.temporary")
    assert numbers(left) == ["S10", "S20", "S10"]
    assert why in words(left)


def test_an_answer_that_never_came_names_what_follows_it() -> None:
    """`next` and `resend` read the same two settings."""
    levels = "- {channel: sms, via: [sms], on_unknown: next}\n- {channel: viber, via: [viber]}"
    left = only(explained(scripted(levels, "timeout.not_accepted")), "sms:unknown")
    assert numbers(left) == ["S21", "S10"]
    assert "recorded as unknown, never as failed" in words(left)
    levels = levels.replace("next", "resend")
    left = only(explained(scripted(levels, "timeout.not_accepted")), "sms:unknown")
    assert numbers(left) == ["S21"]
    assert "sent again under the same key" in words(left)
    assert left.then == "sent again to sms under the same key"


def test_a_copy_that_was_not_read_names_the_success_that_was_asked_for() -> None:
    """The level got what most levels want, and wanted more."""
    levels = "- {channel: whatsapp, via: [wa], success: read, wait: 5s}\n- {channel: sms}"
    left = only(explained(scripted(levels, "{delivery: delivered}")), "whatsapp:not_read")
    assert numbers(left) == ["S12", "S10"]
    assert "delivered, but not read within 5 s of acceptance" in words(left)
    paths = [setting.path.rpartition(".")[2] for setting in left.rules[0].settings]
    assert paths == ["wait", "from", "success"]


def test_a_level_that_is_no_use_is_skipped_by_rule() -> None:
    """And moves on whatever `next_on` says."""
    levels = "- {channel: whatsapp, via: [wa], only_if: {country: [PL]}}\n- {channel: sms}"
    left = only(explained(scripted(levels)), "whatsapp:ineligible")
    assert numbers(left) == ["S26", "S10"]
    assert "country DE" in words(left)
    assert "ineligible always moves on" in words(left)


NIGHT = 'quiet_hours: {from: "21:00", to: "08:00", policy: POLICY}'
"""The run begins at one o'clock in the morning where anna is."""


def test_who_is_held_is_told_until_when_and_by_which_setting() -> None:
    """S19: the hold is an entry of its own, with the cascade's or the level's quiet hours."""
    night = NIGHT.replace("POLICY", "hold")
    of_cascade = explained(scripted("- sms", cascade=f"{night}\ndeadline: 12h"))
    left = of_cascade.leavings[0]
    assert (left.entry, left.then, left.is_end) == ("sms:held", "sent to sms", False)
    assert numbers(left) == ["S19"]
    assert "held until their end, for 25199 s" in words(left)
    (setting,) = left.rules[0].settings
    assert setting.path == "cascades.otp.quiet_hours"
    assert of_cascade.fate.path == ("sms:delivered",)
    text = scripted(f"- {{channel: sms, {night}}}", cascade="deadline: 12h")
    (setting,) = explained(text).leavings[0].rules[0].settings
    assert setting.path == "cascades.otp.levels[0].quiet_hours"


def test_what_expires_while_it_is_held_is_told_by_both_rules() -> None:
    """S18, S19: nothing was ever sent."""
    found = explained(scripted("- sms", cascade=NIGHT.replace("POLICY", "hold")))
    (left,) = found.leavings
    assert (left.entry, left.is_end, numbers(left)) == ("sms:held", True, ["S19", "S18"])
    assert found.fate.path == ()


@pytest.mark.parametrize(
    ("policy", "fired", "said", "path"),
    [
        ("skip", ["S19", "S10"], "its policy is to skip the level",
         ("sms:ineligible", "whatsapp:delivered")),
        ("drop", ["S19"], "its policy is to drop the message", ("sms:ineligible",)),
    ],
)  # fmt: skip
def test_who_is_passed_by_at_night_is_told_the_policy(
    policy: str, fired: list[str], said: str, path: tuple[str, ...]
) -> None:
    """S19: and not that somebody is not eligible, or has asked not to be written to."""
    night = NIGHT.replace("POLICY", policy)
    text = scripted(f"- {{channel: sms, {night}}}\n- {{channel: whatsapp, via: [wa]}}")
    found = explained(text)
    left = only(found, "sms:ineligible")
    assert numbers(left) == fired
    assert said in words(left)
    assert [each.path for each in left.rules[0].settings] == ["cascades.otp.levels[0].quiet_hours"]
    assert found.fate.path == path


def test_who_is_known_from_before_is_told_by_what_is_remembered() -> None:
    """S27: the earlier message found out."""
    levels = "- {channel: whatsapp, via: [wa]}\n- sms"
    text = scripted(levels, "refused.permanent", cascade="remember: 30d").replace(
        "load: [", "load: [{message: again, to: anna, at: 9s, cascade: otp}, "
    )
    found = explained(text, "again")
    left = only(found, "whatsapp:ineligible")
    assert numbers(left) == ["S27", "S10"]
    (setting,) = left.rules[0].settings
    assert (setting.path, setting.value) == ("cascades.otp.remember", "30d")
    assert numbers(explained(text, "m").leavings[0])[0] == "S10"


def test_the_next_provider_comes_before_the_next_channel() -> None:
    """The level's list of providers is named; when none is left, that is said."""
    levels = "- {channel: sms, via: [sms, sms-2], wait: 9s}\n- {channel: whatsapp, via: [wa]}"
    found = explained(scripted(levels, "{delivery: vanished}, {delivery: failed}"))
    assert numbers(only(found, "sms:no_receipt")) == ["S12", "S22"]
    left = only(found, "sms:failed")
    assert numbers(left) == ["S10", "S22", "S10"]
    assert "no other provider of the level is left" in words(left)


def test_a_provider_is_passed_by_when_the_reason_is_the_recipient() -> None:
    """Another of the same channel would say the same (S14)."""
    levels = "- {channel: sms, via: [sms, sms-2]}\n- {channel: whatsapp, via: [wa]}"
    left = only(explained(scripted(levels, "refused.permanent")), "sms:refused.permanent")
    assert "no other provider of the level" in words(left)
    assert left.then == "next level: 1 whatsapp"


def test_the_deadline_is_told_with_its_setting() -> None:
    """Also where it comes between two attempts, and no entry of the path stands for it."""
    levels = "- {channel: sms, via: [sms], wait: none}"
    left = only(
        explained(scripted(levels, "{delivery: vanished}", cascade="deadline: 30s")),
        "sms:deadline",
    )
    assert numbers(left) == ["S18"]
    (setting,) = left.rules[0].settings
    assert (setting.path, setting.value) == ("cascades.otp.deadline", "30s")
    found = explained(scripted(levels, "refused.temporary", cascade="deadline: 500ms"))
    assert [each.entry for each in found.leavings] == ["sms:refused.temporary", "sms:expired"]
    assert numbers(found.leavings[1]) == ["S18"]


def test_a_late_success_ends_what_came_after_it() -> None:
    """The attempt that was under way is told whose success it was."""
    found = explained(scripted(SMS_THEN_WA, "{after: 32s}", "{after: 60s}"))
    left = only(found, "whatsapp:overtaken")
    assert numbers(left) == ["S23"]
    assert "a success of level 0, which had been left, ends the message" in words(left)


@pytest.mark.parametrize(
    ("level", "script", "fired", "said"),
    [
        ("next_on: [no_receipt]", "{delivery: failed}", ["S10", "S10"],
         "next_on does not list failed"),
        ("on_expired: stop", "{delivery: expired}", ["S17"], "the plan stops here"),
        ("wait: 5s", "{delivery: vanished}", ["S12", "S13"], "no level is left"),
    ],
)  # fmt: skip
def test_an_end_without_success_says_which_rule_ended_it(
    level: str, script: str, fired: list[str], said: str
) -> None:
    """By policy, by stopping, or because nothing is left."""
    left = explained(scripted(f"- {{channel: sms, via: [sms], {level}}}", script)).leavings[-1]
    assert numbers(left) == fired
    assert said in words(left)
    assert left.is_end


def test_who_is_not_to_be_chased_ends_the_message() -> None:
    """A reason of the class stop is told as such."""
    reasons = "{delivery: {reasons: {refused.permanent: {21610: 100%}}}}"
    text = scripted(SMS_THEN_WA, "refused.permanent").replace(
        "{channel: sms, base: ideal, price: {amount: 0.05 EUR}}",
        "{channel: sms, base: ideal, " + reasons[1:-1] + "}",
    )
    left = only(explained(text), "sms:refused.permanent")
    assert numbers(left) == ["S14"]
    assert "nobody is chased elsewhere" in words(left)


def test_providers_that_are_passed_over_are_told_with_their_breaker() -> None:
    """Why there was no retry, why no other provider, and at last the level that had none left."""
    broken = "submit: {outcomes: {refused.temporary: 100%, accepted: 0%}}, breaker: {open_after: 1"
    text = scripted("- {channel: sms, via: [sms, sms-2]}\n- {channel: whatsapp, via: [wa]}")
    for price in ("0.05", "0.07"):
        text = text.replace(f"price: {{amount: {price} EUR}}", f"{broken}, for: 30s}}")
    text = text.replace("load: [", "load: [{burst: 1, at: 0s, cascade: otp}, ")
    opened = explained(text, "m1")
    first, second = opened.leavings[:2]
    assert numbers(first) == ["S10", "S22", "S22"]
    assert "no retry: the circuit of sms is open" in words(first)
    assert first.rules[1].settings[0].path == "providers.sms.breaker"
    assert first.then == "next provider: sms-2"
    assert numbers(second) == ["S10", "S22", "S22", "S10"]
    passed = explained(text, "m")
    assert [left.entry for left in passed.leavings] == ["sms:circuit_open"] * 3 + [
        "whatsapp:delivered"
    ]
    assert [left.provider for left in passed.leavings] == ["sms", "sms-2", "", "wa"]
    assert [left.then for left in passed.leavings[:3]] == [
        "passed over: sms-2", "no provider of the level is left", "next level: 1 whatsapp",
    ]  # fmt: skip
    assert words(passed.leavings[2]).splitlines() == [
        "the circuits of all providers of the level are open",
        "circuit_open always moves on",
    ]


PLAN = Plan(name="otp", levels=(Level(channel=Channel("sms"), providers=("a", "b")),))


def line(seq: int, kind: str, cause: int = 0, **detail: str | int | bool) -> Fact:
    """A line of the log."""
    return (seq, 0, 1, 0, 1, kind, cause, Detail(detail))


def case(leaving: Fact, news: Fact, attempt: int = 1) -> Case:
    """A case of the only level."""
    return Case(PLAN, 0, attempt, "a", 1, leaving, news, "something happened")


@pytest.mark.parametrize(
    ("leaving", "news", "number", "said"),
    [
        (line(9, outputs.FELL_BACK, trigger="manual"), line(8, outputs.ACT, act="next"),
         "S35", "somebody asked for the next level"),
        (line(9, outputs.SUBMITTED, provider="a"), line(8, outputs.ACT, act="resend"),
         "S35", "once more at this level"),
        (line(9, outputs.FINISHED, outcome="cancelled"), line(8, outputs.ACT, act="cancel"),
         "S35", "does not want it sent any more"),
        (line(9, outputs.FINISHED, outcome="delivered", verified=True),
         line(8, outputs.ACT, act="verified"), "S33", "the right code"),
        (line(9, outputs.FELL_BACK, trigger="not_verified"),
         line(8, outputs.WAIT_OVER, trigger="not_verified"), "S33", "nobody entered the code"),
        (line(9, outputs.SKIPPED, reason="circuit open", provider="b"),
         line(8, outputs.REFUSED), "S22", "b is passed over: its circuit is open"),
        (line(9, outputs.FELL_BACK, trigger="circuit_open"),
         line(8, outputs.SKIPPED, reason="circuit open"), "S22", "the circuits of all providers"),
        (line(9, "teleported"), line(8, "hoped"), "S10", "something happened"),
        (line(9, outputs.FINISHED, outcome="evaporated"), line(8, "hoped"), "S2", "evaporated"),
        (line(9, outputs.FELL_BACK, trigger="hoped"), line(8, outputs.ACT, act="prayed"),
         "S35", "somebody acted on the message"),
    ],
)  # fmt: skip
def test_acts_circuits_codes_and_what_is_not_known_yet_are_told(
    leaving: Fact, news: Fact, number: str, said: str
) -> None:
    """A kind of line that came later than this program is told in general words."""
    rules = rules_of(case(leaving, news))
    assert any(rule.number == number and said in rule.words for rule in rules)


def test_levels_that_begin_together_are_told_of_each_other() -> None:
    """S25: who closes moves nothing while others run; who is beside a success is left alone."""
    both = (
        "- {channel: sms, via: [sms], wait: 30s}\n- {channel: whatsapp, via: [wa], parallel: true}"
    )
    left = only(explained(scripted(both, "{delivery: vanished}", "{after: 50s}")), "sms:no_receipt")
    assert numbers(left) == ["S12", "S25"]
    (setting,) = left.rules[1].settings
    assert setting.path == "cascades.otp.levels[1].parallel"
    left = only(explained(scripted(both, "{after: 9s}", "{after: 5s}")), "sms:overtaken")
    assert numbers(left) == ["S25"]
    assert "a success of level 1, which began together with this one" in words(left)
