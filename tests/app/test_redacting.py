import pytest

from sandbox.app.record import keep_run
from sandbox.app.redacting import redacted_answer, redacted_run, redaction_of
from sandbox.app.stored import StoredAnswer, answer_of
from sandbox.drivers.retraced import LiveChange
from sandbox.report.redaction import MASK, Redaction
from sandbox.scenario.loader import load
from tests.support.telling import SCENARIO, SECRETS


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> StoredAnswer:
    """What a run full of secrets came to."""
    path = tmp_path_factory.mktemp("redacting") / "runs.sqlite"
    keep_run(load(SCENARIO), path)
    return answer_of(path, "last")


@pytest.fixture
def redaction() -> Redaction:
    """Of that scenario."""
    return redaction_of(load(SCENARIO), (), ["otp-anna-998877"])


def test_what_a_scenario_holds_is_found(redaction: Redaction) -> None:
    """Texts, numbers, codes of its own with their words, and what names give away."""
    told = "Your code is 482913 </style><img src=x onerror=alert(1)>"
    for secret in (told, "+4915112345678", "X4829", "Y777", "fraud!", "771122", "554433"):
        assert redaction.words(f"a {secret} b") == f"a {MASK} b", secret
    assert redaction.code("131026") == "131026"
    assert redaction.code("unspecified") == "unspecified"
    assert redaction.code("X4829") == MASK


def test_reasons_given_by_hand_are_found_as_well() -> None:
    """They are part of the run, and of no file."""
    scenario = load(SCENARIO)
    change = scenario.world.faults[0].changes[0]
    by_hand = LiveChange(seq=1, at_us=0, provider="sms", path=change.path, change=change)
    plain = load("schema: 1\nname: x\ncascades: {otp: [sms]}\nload: [{burst: 1}]\n")
    assert redaction_of(plain, [by_hand], ()).words("Y777") == MASK
    assert redaction_of(plain, (), ()).words("Y777") == "Y777"


def test_an_answer_is_masked_wherever_people_wrote(
    stored: StoredAnswer, redaction: Redaction
) -> None:
    """And counts and measures are what they were."""
    masked = redacted_answer(stored, redaction, ["m1 Y777"])
    assert stored.answer is not None
    assert masked.answer is not None
    told = repr((masked.run.scenario, masked.run.title, masked.worst,
                 masked.answer.result.expectations, masked.answer.highlights.switches))  # fmt: skip
    before = repr(
        (stored.run, stored.answer.result.expectations, stored.answer.highlights.switches)
    )
    for secret in SECRETS:
        assert secret not in told
    assert sum(secret in before for secret in SECRETS) > 3
    assert masked.answer.result.metrics is stored.answer.result.metrics
    assert masked.answer.highlights.switches.total() == stored.answer.highlights.switches.total()
    assert masked.answer.highlights.worst == stored.answer.highlights.worst


def test_a_run_that_was_broken_off_is_masked_too(
    stored: StoredAnswer, redaction: Redaction
) -> None:
    """Its trouble may name anything."""
    run = stored.run._replace(trouble="the number 4915112345678 is wrong", digest=None)
    assert redacted_run(run, redaction).trouble == f"the number {MASK} is wrong"
    assert redacted_answer(StoredAnswer(run, None, []), redaction, ()).answer is None
