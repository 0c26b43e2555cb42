"""Reason codes made whole."""

from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import ReasonClass
from sandbox.scenario.reasons import UNSPECIFIED
from sandbox.simulation.spec import PPB, Reasons
from tests.support.scenario_texts import SMALL, codes_of, loaded


def reasons(text: str) -> Reasons:
    """The reasons of the SMS provider of a file."""
    head = SMALL + "providers: {sms: {delivery: {reasons: "
    return loaded(head + text + "}}}").world.providers[0].settings.reasons


def test_class_and_text_come_from_the_catalogue() -> None:
    """A file names a code and its share, nothing more."""
    assert dict(reasons('{failed: {"30003": 40%, "30006": rest}}'))["failed"] == (
        (Reason("30003", ReasonClass.TRANSIENT, "handset unreachable"), 400_000_000),
        (
            Reason("30006", ReasonClass.PERMANENT_RECIPIENT, "landline or carrier unreachable"),
            600_000_000,
        ),
    )


def test_a_file_may_overrule_the_catalogue_and_add_to_it() -> None:
    """A class is policy, and policy can be changed per reason."""
    found = dict(
        reasons(
            "{failed: {30003: {share: 10%, class: stop}, "
            "E7: {class: transient, text: 'out of paper'}}}"
        )
    )["failed"]
    assert found == (
        (Reason("30003", ReasonClass.STOP, "handset unreachable"), 100_000_000),
        (Reason("E7", ReasonClass.TRANSIENT, "out of paper"), 900_000_000),
    )


def test_a_refusal_for_good_always_says_so() -> None:
    """Without reasons it would be taken for one that may pass, and be retried."""
    ideal = loaded(SMALL + "providers: {sms: {base: ideal}}").world.providers[0].settings
    assert dict(ideal.reasons) == {"refused.permanent": ((UNSPECIFIED, PPB),)}
    assert UNSPECIFIED.reason_class is ReasonClass.PERMANENT_RECIPIENT


def test_a_fault_may_change_reasons() -> None:
    """The codes of a fault are looked up as those of its provider."""
    fault = (
        "faults: [{provider: %s, at: 1m, for: 1m, set: {delivery.reasons: {failed: {%s: rest}}}}]"
    )
    change = loaded(SMALL + fault % ("viber", "7")).world.faults[0].changes[0]
    assert isinstance(change.value, tuple)
    assert change.value[0] == (
        "failed",
        ((Reason("7", ReasonClass.TRANSIENT, "timeout"), PPB),),
    )
    assert codes_of(SMALL + fault % ("viber", "30003")) == ["unknown-reason"]
