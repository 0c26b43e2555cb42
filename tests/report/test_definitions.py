"""The names of metrics: read, refused with the nearest, and explained."""

import pytest

from sandbox.errors import ExitCode
from sandbox.report.definitions import (
    DEFINITIONS,
    NAMES,
    Kind,
    MetricRef,
    Side,
    UnknownMetricError,
    check_names,
    explain,
    parse_metric,
)


def _ref(text: str, **others: object) -> MetricRef:
    side = Side.TRUTH if text.startswith("truth.") else Side.KNOWN
    return MetricRef(text=text, side=side, **others)  # type: ignore[arg-type]  # the test knows


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("delivery_rate", _ref("delivery_rate", name="delivery_rate", kind=Kind.RATE)),
        (
            "truth.cascade.otp.time_to_delivered.p95",
            _ref(
                "truth.cascade.otp.time_to_delivered.p95",
                name="time_to_delivered", kind=Kind.TIME, statistic="p95", cascade="otp",
            ),
        ),
        ("level.1.share", _ref("level.1.share", name="level.N.share", kind=Kind.RATE, level=1)),
        (
            "known.channel.sms.submitted",
            _ref("known.channel.sms.submitted", name="submitted", kind=Kind.COUNT, channel="sms"),
        ),
        (
            "cascade.a.channel.b.provider.c.cost.total",
            _ref(
                "cascade.a.channel.b.provider.c.cost.total",
                name="cost.total", kind=Kind.MONEY, cascade="a", channel="b", provider="c",
            ),
        ),
        (
            "truth.cascade.otp.verified_rate",
            _ref(
                "truth.cascade.otp.verified_rate",
                name="verified_rate", kind=Kind.RATE, cascade="otp",
            ),
        ),
        ("provider.known.cost", _ref("provider.known.cost", name="cost", kind=Kind.MONEY,
                                     provider="known")),
    ],
)  # fmt: skip
def test_a_name_says_side_scope_metric_and_statistic(text: str, ref: MetricRef) -> None:
    """Bare means known; scopes restrict; a time needs a statistic."""
    assert parse_metric(text) == ref


@pytest.mark.parametrize(
    ("text", "error", "hint"),
    [
        ("delivry_rate", "no metric 'delivry_rate'", "Did you mean 'delivery_rate'?"),
        ("time_to_final.p90", "no metric 'time_to_final.p90'", "Did you mean 'time_to_final.p99'?"),
        ("level.N.share", "no metric 'level.N.share'", "Did you mean"),
        ("level.8.share", "no metric 'level.8.share'", "Did you mean"),
        ("known.truth.delivery_rate", "no metric 'known.truth.delivery_rate'", "Did you mean"),
        ("delivery_rate.p95", "no metric 'delivery_rate.p95'", "Did you mean 'delivery_rate'?"),
        ("time_to_delivered", "'time_to_delivered' needs a statistic",
         "Write one of time_to_delivered.p50"),
        ("submitted", "'submitted' is a metric of a channel or a provider",
         "Write channel.NAME.submitted or provider.NAME.submitted."),
        ("provider.sms", "no metric 'provider.sms'", ""),
        ("", "no metric ''", ""),
        ("[bold]", "no metric '[bold]'", ""),
    ],
)  # fmt: skip
def test_a_name_that_is_none_is_refused_with_the_nearest(text: str, error: str, hint: str) -> None:
    """A typo is an error with a suggestion, and exits with 2."""
    with pytest.raises(UnknownMetricError) as caught:
        parse_metric(text)
    assert str(caught.value) == error
    assert caught.value.hint.startswith(hint)
    assert caught.value.exit_code is ExitCode.WRONG_INPUT


def test_a_scope_must_exist() -> None:
    """A cascade, channel or provider that is in no scenario is an error, not an empty sample."""
    there = {"cascades": ["otp"], "channels": ["sms"], "providers": ["sms-main", "wa"]}
    check_names(parse_metric("cascade.otp.provider.wa.delivery_rate"), **there)
    with pytest.raises(UnknownMetricError) as caught:
        check_names(parse_metric("channel.telegram.delivery_rate"), **there)
    assert (str(caught.value), caught.value.hint) == (
        "no channel 'telegram' in 'channel.telegram.delivery_rate'", "There is: sms.",
    )  # fmt: skip


@pytest.mark.parametrize("name", DEFINITIONS)
def test_every_metric_explains_itself(name: str) -> None:
    """`sandbox explain` says what is known, what is true, and what the sample is."""
    told = explain(name)
    assert told.splitlines()[0] == f"{name} ({DEFINITIONS[name].kind})"
    assert all(word in told for word in ("  known: ", "  truth: ", "warm_up", "denominator is 0"))


def test_a_metric_is_explained_by_any_of_its_names() -> None:
    """Whatever an expectation may say can be asked about."""
    assert explain("truth.cascade.otp.level.2.share") == explain("level.N.share")
    assert explain("known.time_to_final.p99") == explain("time_to_final")
    with pytest.raises(UnknownMetricError):
        explain("nonsense")


def test_every_name_of_the_list_can_be_explained() -> None:
    """What the list shows exists."""
    assert len(NAMES) == len(DEFINITIONS)
    assert all(explain(name.split(", ")[0]) for name in NAMES)
