"""Findings about waits, validity, deadlines, and who gets where."""

import pytest

from sandbox.cascade.plan import Level
from sandbox.cascade.vocabulary import Channel, OnUnknown, Status, Trigger
from sandbox.scenario.lint_levels import VENDOR_VALIDITY, possible_triggers
from tests.support.lint_texts import LOAD, WORLD, codes_in, found_in

OFF = """\
schema: 1
recipients:
  traits: {off: {share: 5%, hits: [sms], off: {mean: 1h}, on: {mean: 1h}}}
"""
"""Some phones are off at times."""


def of(cascade: str, head: str = WORLD) -> list[str]:
    """What is found in a file with one cascade, on line 3 of which its text begins."""
    return found_in(f"{head}cascades: {{c: {cascade}}}\n{LOAD}")


@pytest.mark.parametrize(
    ("cascade", "said"),
    [
        (
            "{deadline: 5m, levels: [{channel: sms, wait: 30s}, {channel: viber}]}",
            [
                (
                    "4:60: warning[wait-below-validity]: somebody may get it twice: level 0 "
                    "(sms) waits "
                    "30s of the 1d its provider tries - add validity: 30s"
                )
            ],
        ),
        ("{deadline: 5m, levels: [{channel: sms, wait: 30s, validity: 30s}, viber]}", []),
        (
            "{deadline: 5m, levels: [{channel: sms, wait: 30s, validity: 31s}, viber]}",
            [
                (
                    "4:60: warning[wait-below-validity]: somebody may get it twice: level 0 "
                    "(sms) waits "
                    "30s of the 31s its provider tries - add validity: 30s"
                )
            ],
        ),
        ("{levels: [{channel: sms, wait: none}, viber]}", []),
        ("{levels: [{channel: sms, wait: 30s, next_on: [failed]}, viber]}", []),
        ("{levels: [{channel: sms, wait: 30s}]}", []),
        ("{levels: [{channel: sms, wait: 30s, success: accepted}, viber]}", []),
    ],
)
def test_a_wait_shorter_than_what_the_provider_tries_is_found(
    cascade: str, said: list[str]
) -> None:
    """Where the level is left by silence, and something may arrive afterwards (S16)."""
    assert of(cascade, OFF.rstrip() + "\n") == said


def test_what_nothing_can_make_late_may_have_a_short_wait() -> None:
    """With phones that are always on and a delivery of a second, nothing comes after the switch."""
    quick = "providers: {sms: {delivery: {time: {fixed: 1s}}}}\n"
    levels = "cascades: {c: [{channel: sms, wait: 10s}, viber]}\n"
    assert found_in(WORLD + quick + levels + LOAD) == []
    slow = quick.replace("1s", "11s")
    assert codes_in(WORLD + slow + levels + LOAD) == ["wait-below-validity"]


@pytest.mark.parametrize(
    ("cascade", "said"),
    [
        (
            "{deadline: 60s, levels: [sms, viber]}",
            [
                (
                    "3:26: warning[deadline-cuts-levels]: after the waits before it level 1 "
                    "(viber) "
                    "would begin at 1m, the deadline of 1m comes first - raise it"
                )
            ],
        ),
        (
            "{deadline: 90s, levels: [sms, viber]}",
            [
                (
                    "3:45: warning[deadline-cuts-levels]: the deadline of 90s leaves level 1 "
                    "(viber) "
                    "30s of its 1m - shorten the waits"
                )
            ],
        ),
        ("{deadline: 2m, levels: [sms, viber]}", []),
        ("{deadline: none, levels: [sms, viber]}", []),
        ("{deadline: 60s, levels: [{channel: sms, wait: none}, viber]}", []),
        ("{deadline: 90s, levels: [sms, {channel: viber, success: accepted}]}", []),
    ],
)
def test_a_deadline_that_comes_before_a_level_is_found(cascade: str, said: list[str]) -> None:
    """The waits before it add up to more than the deadline leaves (S18)."""
    assert of(cascade) == said


@pytest.mark.parametrize(
    ("cascade", "said"),
    [
        (
            "[{channel: viber, from: sent}]",
            [
                (
                    "3:39: warning[idle-origin]: the wait counts from sent, which 'viber' never "
                    "reports "
                    "- write from: accepted"
                )
            ],
        ),
        ("[{channel: sms, from: sent}]", []),
        (
            "[{channel: sms, from: delivered}]",
            [
                (
                    "3:37: warning[idle-origin]: the wait counts from delivered, and success is "
                    "delivered already - write from: accepted"
                )
            ],
        ),
        ("[{channel: viber, from: delivered, success: read}]", []),
        ("[{channel: viber, from: sent, wait: none}]", []),
    ],
)
def test_a_wait_that_begins_with_nothing_is_found(cascade: str, said: list[str]) -> None:
    """Its origin is not reported, or is the success itself (S12)."""
    assert of(cascade) == said


@pytest.mark.parametrize(
    ("cascade", "said"),
    [
        (
            "[{channel: sms, from: submit, wait: 5s, submit_timeout: 8s}]",
            [
                (
                    "3:71: warning[timeout-beyond-wait]: the wait of 5s counts from the "
                    "submission, "
                    "whose answer has 8s - write submit_timeout: 5s or less"
                )
            ],
        ),
        ("[{channel: sms, from: submit, wait: 8s, submit_timeout: 8s}]", []),
        ("[{channel: sms, wait: 5s, submit_timeout: 8s}]", []),
    ],
)
def test_a_timeout_longer_than_a_wait_from_the_submission_is_found(
    cascade: str, said: list[str]
) -> None:
    """The wait is over before anybody stops waiting for the answer."""
    assert of(cascade) == said


@pytest.mark.parametrize(
    ("cascade", "said"),
    [
        (
            (
                "{deadline: 60s, levels: [{channel: sms, retries: {max: 3, backoff: {first: 30s, "
                "jitter: 0%}}}]}"
            ),
            [
                (
                    "3:64: warning[retries-past-deadline]: retry 2 of 3 comes 1m after the first "
                    "try, "
                    "the deadline is 1m - write max: 1, or shorter pauses"
                )
            ],
        ),
        (
            (
                "{deadline: 61s, levels: [{channel: sms, retries: {max: 2, backoff: {first: 30s, "
                "jitter: 0%}}}]}"
            ),
            [],
        ),
        ("{deadline: none, levels: [{channel: sms, retries: {max: 9}}]}", []),
    ],
)
def test_retries_that_come_after_the_deadline_are_found(cascade: str, said: list[str]) -> None:
    """Even where the first answer comes at once, the pauses are too long."""
    assert of(cascade) == said


@pytest.mark.parametrize(
    ("cascade", "said"),
    [
        (
            "[{channel: viber, validity: 20s}]",
            [
                "3:43: warning[validity-clamped]: Viber takes 30s to 14d, not 20s - write 30s",
            ],
        ),
        ("[{channel: viber, validity: 30s}]", []),
        (
            "[{channel: whatsapp, validity: 31d}]",
            ["3:46: warning[validity-clamped]: WhatsApp takes 30s to 30d, not 31d - write 30d"],
        ),
        ("[{channel: sms, validity: 20s}]", []),
        ("[{channel: sms, validity: 3d}]", []),
    ],
)
def test_a_validity_a_vendor_does_not_take_is_found(cascade: str, said: list[str]) -> None:
    """Vendors cut it in silence, or refuse the message."""
    assert of(cascade) == said


def test_a_validity_longer_than_messages_are_kept_is_found() -> None:
    """Where phones may be off, a provider that keeps a day does not try for three."""
    assert of("[{channel: sms, validity: 3d}]", OFF) == [
        (
            "4:41: warning[validity-clamped]: 'sms' keeps messages for 1d and no longer, "
            "whatever their "
            "validity - write 1d, or raise store_for"
        )
    ]
    assert of("[{channel: sms, validity: 1d}]", OFF) == []


def test_the_table_of_vendors_says_what_is_published() -> None:
    """A range for each adapter and channel, in microseconds, the lower end first."""
    assert VENDOR_VALIDITY["twilio", "sms"] == (1_000_000, 36_000_000_000, "Twilio")
    assert VENDOR_VALIDITY["vonage", "viber"] == (30_000_000, 259_200_000_000, "Vonage")
    assert all(0 < least < most for least, most, _ in VENDOR_VALIDITY.values())


@pytest.mark.parametrize(
    ("cascade", "said"),
    [
        (
            "[{channel: sms, success: accepted, next_on: [unknown]}, viber]",
            [
                (
                    "3:59: error[unreachable-level]: nothing leads from level 0 (sms) to level 1 "
                    "(viber)"
                    " - list one of expired, failed, no_receipt, refused, rejected, throttled"
                )
            ],
        ),
        ("[{channel: sms, success: accepted, next_on: [unknown], on_unknown: next}, viber]", []),
        ("[{channel: sms, success: accepted, next_on: [refused]}, viber]", []),
        (
            "[{channel: sms, next_on: []}, viber]",
            [
                (
                    "3:40: error[unreachable-level]: nothing leads from level 0 (sms) to level 1 "
                    "(viber)"
                    " - list one of expired, failed, no_receipt, refused, rejected, throttled"
                )
            ],
        ),
        (
            "[{channel: sms, next_on: [not_read], validity: 60s}, viber]",
            [
                (
                    "3:40: error[unreachable-level]: nothing leads from level 0 (sms) to level 1 "
                    "(viber)"
                    " - list one of expired, failed, no_receipt, refused, rejected, throttled"
                )
            ],
        ),
        ("[{channel: viber, next_on: [not_read], success: read}, sms]", []),
        ("[{channel: sms, next_on: []}]", []),
        (
            "[{channel: sms, only_if: {country: [PL]}}, viber]",
            ["3:40: warning[nobody-eligible]: level 0 (sms) is always skipped: nobody lives in PL"],
        ),
        ("[{channel: sms, only_if: {country: [DE]}}, viber]", []),
    ],
)
def test_a_level_nobody_gets_to_is_found(cascade: str, said: list[str]) -> None:
    """No trigger leads there, or it is for people there are none of (S10, S26)."""
    assert of(cascade) == said


def test_whom_the_engine_skips_leads_on_whatever_is_listed() -> None:
    """A level with an empty next_on still leads on where some are not eligible."""
    cascade = "[{channel: sms, next_on: []}, viber]"
    some = "schema: 1\nrecipients: {traits: {no_sms: {share: 5%, hits: [sms], as: none}}}\n"
    assert of(cascade, some) == []
    everybody = some.replace("5%", "100%")
    assert of(cascade, everybody) == [
        (
            "3:16: warning[nobody-eligible]: level 0 (sms) is always skipped: everybody has the "
            "trait "
            "no_sms"
        )
    ]


def test_what_can_close_a_level_depends_on_its_success() -> None:
    """`not_read` only where reading counts, receipts only where one is waited for."""
    level = Level(channel=Channel("sms"), providers=("sms",))
    assert Trigger.NOT_READ not in possible_triggers(level)
    assert Trigger.UNKNOWN not in possible_triggers(level)
    read = Level(channel=Channel("viber"), providers=("viber",), success=Status.READ)
    assert Trigger.NOT_READ in possible_triggers(read)
    submit = Level(
        channel=Channel("sms"),
        providers=("sms",),
        success=Status.ACCEPTED,
        on_unknown=OnUnknown.NEXT,
        wait_us=None,
    )
    assert possible_triggers(submit) == {Trigger.REFUSED, Trigger.THROTTLED, Trigger.UNKNOWN}


FRONT = "{channel: sms, wait: 30s%s}, {channel: whatsapp, wait: 60s%s, parallel: %s}"


@pytest.mark.parametrize(
    ("deadline", "beside", "is_found"),
    [("2m", "true", False), ("2m", "false", True), ("119s", "true", True)],
)
def test_of_levels_that_begin_together_the_longest_wait_counts(
    deadline: str, beside: str, is_found: bool
) -> None:
    """S18, S25: the next level's turn comes when the last of them has closed."""
    levels = FRONT % ("", "", beside) + ", {channel: viber, wait: 60s}"
    found = of(f"{{deadline: {deadline}, levels: [{levels}]}}")
    assert any("deadline-cuts-levels" in each for each in found) is is_found


@pytest.mark.parametrize(
    ("validity", "beside", "rest", "is_found"),
    [
        ("60s", "true", ", viber", False),  # the front is left after 60 s, not after 30 s
        ("61s", "true", ", viber", True),
        ("60s", "false", ", viber", True),
        ("61s", "true", "", False),  # nothing is sent after it
    ],
)
def test_a_front_is_left_when_its_longest_wait_is_over(
    validity: str, beside: str, rest: str, is_found: bool
) -> None:
    """S16, S25: only then somebody may get it once more by a switch."""
    levels = FRONT % (f", validity: {validity}", ", validity: 30s", beside) + rest
    head = OFF.rstrip() + "\n"
    found = of(f"{{deadline: 10m, levels: [{levels}]}}", head)
    assert any("wait-below-validity" in each for each in found) is is_found


@pytest.mark.parametrize(
    ("first", "second", "is_found"),
    [("[]", "[]", True), ("[]", "[failed]", False), ("[failed]", "[]", False)],
)
def test_any_level_of_a_front_may_lead_on(first: str, second: str, is_found: bool) -> None:
    """S25: the last of them to close decides, and any can be the last."""
    beside = f"{{channel: whatsapp, next_on: {second}, parallel: true}}"
    levels = f"{{channel: sms, next_on: {first}}}, {beside}, viber"
    found = of(f"{{deadline: 10m, levels: [{levels}]}}")
    assert any("unreachable-level" in each for each in found) is is_found
