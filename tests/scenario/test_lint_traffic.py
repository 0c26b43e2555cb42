"""Findings about shares, bounds, limits and faults."""

import pytest

from tests.support.lint_texts import WORLD, found_in

ONE = WORLD + "cascades: {c: [{channel: sms, wait: 60s, validity: 60s}]}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "load: [{burst: 200}]\nproviders: {sms: {receipts: {unknown_id: 0.05%}}}",
            [
                (
                    "5:42: warning[share-too-fine]: 0.05% of 200 messages in all is less than "
                    "one - one "
                    "of them is 0.5%"
                )
            ],
        ),
        ("load: [{burst: 2000}]\nproviders: {sms: {receipts: {unknown_id: 0.05%}}}", []),
        ("load: [{burst: 10}]", []),  # the built-in shares are nobody's in particular
        ("load: [{burst: 10}]\nproviders: {sms: {receipts: {lost: 0%}}}", []),
        (
            (
                "load: [{constant: 10/s, for: 100s}]\nfaults: [{at: 10s, for: 5s, provider: sms, "
                "set: "
                "{delivery.outcomes: {delivered: rest, failed: 1%}}}]"
            ),
            [
                (
                    "5:95: warning[share-too-fine]: 1% of 50 messages while it lasts is less "
                    "than one "
                    "- one of them is 2%"
                )
            ],
        ),
        (
            (
                "load: [{constant: 10/s, for: 100s}]\nfaults: [{at: 10s, for: 5s, provider: sms, "
                "set: "
                "{delivery.outcomes: {delivered: rest, failed: 2%}}}]"
            ),
            [],
        ),
    ],
)
def test_a_share_of_less_than_a_message_is_found(text: str, said: list[str]) -> None:
    """So few messages come that it will most probably not be seen."""
    assert found_in(ONE + text) == said


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        (
            "[delivery_rate >= 99.9%]",
            [
                (
                    "5:10: warning[bound-too-fine]: with 200 messages 'delivery_rate >= 99.9%' is "
                    "decided by a single one - write 100%, or send more"
                )
            ],
        ),
        (
            "[late_rate <= 0.1%]",
            [
                (
                    "5:10: warning[bound-too-fine]: with 200 messages 'late_rate <= 0.1%' is "
                    "decided by "
                    "a single one - write 0%, or send more"
                )
            ],
        ),
        ("[delivery_rate >= 99.5%]", []),
        ("[delivery_rate >= 100%, late_rate <= 0%]", []),
        ("[time_to_delivered.p95 <= 1m]", []),
    ],
)
def test_a_bound_one_message_decides_is_found(expect: str, said: list[str]) -> None:
    """It says all or none in a roundabout way."""
    assert found_in(f"{ONE}load: [{{burst: 200}}]\nexpect: {expect}") == said


def test_a_bound_during_a_fault_counts_the_messages_of_that_time() -> None:
    """1 % is fine for a thousand messages, and too fine for the twenty of two seconds."""
    text = (
        "load: [{constant: 10/s, for: 100s}]\n"
        "faults: [{id: f, at: 10s, for: 2s, provider: sms, set: {delivery.time: x2}}]\n"
        "expect: {all: [late_rate <= 1%], during: {f: [late_rate <= 1%]}}"
    )
    assert found_in(ONE + text) == [
        (
            "6:47: warning[bound-too-fine]: with 20 messages 'late_rate <= 1%' is decided by a "
            "single "
            "one - write 0%, or send more"
        )
    ]


LIMIT = "providers: {sms: {limits: {rate: 10/s, burst: 40}}}"
QUOTA = "providers: {sms: {limits: {quota: {count: 500, per: minute}}}}"


@pytest.mark.parametrize(
    ("load", "limits", "said"),
    [
        (
            "{constant: 40/s, for: 100s}",
            LIMIT,
            [
                (
                    "5:34: warning[load-above-limit]: 'sms' takes 10/s and 40 at once: for about "
                    "2960 "
                    "of 4000 messages there is no room - raise it, or spread the load"
                )
            ],
        ),
        ("{constant: 10/s, for: 100s}", LIMIT, []),
        ("{constant: 12/s, for: 10s}", LIMIT, []),  # the burst takes it
        ("{burst: 40}", LIMIT, []),
        (
            "{burst: 60}",
            LIMIT,
            [
                (
                    "5:34: warning[load-above-limit]: 'sms' takes 10/s and 40 at once: for about "
                    "20 of "
                    "60 messages there is no room - raise it, or spread the load"
                )
            ],
        ),
        (
            "{constant: 10/s, for: 90s}",
            QUOTA,
            [
                (
                    "5:35: warning[load-above-limit]: 'sms' takes 500 in 1m, and about 600 come "
                    "- raise "
                    "it, or spread the load"
                )
            ],
        ),
        ("{constant: 8/s, for: 90s}", QUOTA, []),
    ],
)
def test_a_load_beyond_what_the_provider_takes_is_found(
    load: str, limits: str, said: list[str]
) -> None:
    """More come than the rate and the burst have room for, or than a quota allows."""
    assert found_in(f"{ONE}load: [{load}]\n{limits}") == said


def test_a_ramp_is_looked_at_where_it_is_steepest() -> None:
    """20 a second on average, and 40 in the end: more than 25 a second can take."""
    load = "load: [{ramp: {from: 0/s, to: 40/s}, for: 100s}]\n"
    limits = "providers: {sms: {limits: {rate: 25/s, burst: 10}}}"
    (said,) = found_in(ONE + load + limits)
    assert said.startswith("5:34: warning[load-above-limit]: 'sms' takes 25/s and 10 at once")
    assert found_in(ONE + load + limits.replace("25/s", "40/s")) == []


FAULT = "faults: [{{at: {at}, for: 5m, provider: sms, set: {{{what}}}}}]"
LOST = "receipts.lost: 50%"
REFUSED = "submit.outcomes: {refused.temporary: 100%}"


@pytest.mark.parametrize(
    ("clock", "at", "what", "said"),
    [
        (
            "{until: 10m}",
            "10m",
            LOST,
            [
                (
                    "6:15: error[fault-never-begins]: the run ends at 10m, the fault begins at "
                    "10m - let "
                    "it begin earlier"
                )
            ],
        ),
        ("{until: 11m}", "10m", LOST, []),
        (
            "{}",
            "20m",
            REFUSED,
            [
                (
                    "6:15: warning[fault-too-late]: the last message comes at 5m and is over by "
                    "15m, the "
                    "fault begins at 20m - let it begin earlier"
                )
            ],
        ),
        ("{}", "15m", REFUSED, []),
        ("{}", "20m", LOST, []),  # what is kept for phones may still bring receipts
    ],
)
def test_a_fault_that_comes_too_late_is_found(
    clock: str, at: str, what: str, said: list[str]
) -> None:
    """The run is over, or nothing is left for it to change."""
    text = f"load: [{{constant: 1/s, for: 5m}}]\nclock: {clock}\n" + FAULT.format(at=at, what=what)
    assert found_in(ONE + text) == said
