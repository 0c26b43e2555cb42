"""Load and faults, as a file says them."""

import pytest

from sandbox.scenario.grammar.traffic import SETTINGS
from sandbox.simulation.spec import PATHS, ReceiptScript, Script, ScriptEntry
from tests.support.scenario_texts import SMALL, codes_of, loaded


@pytest.mark.parametrize(
    ("entry", "codes"),
    [
        ("{burst: 1}", []),
        ("{burst: 1, at: 30d}", []),
        ("{burst: 1, at: 31d}", ["out-of-range"]),
        ("{burst: 10000001}", ["out-of-range"]),
        ("{burst: 20/s}", ["bad-number"]),
        ("{burst: 1, for: 1m}", ["unknown-key"]),
        ("{constant: 2/s, for: 1m, cascade: otp}", []),
        ("{constant: 2/s}", ["missing-key"]),
        ("{constant: 2, for: 1m}", ["unit-missing"]),
        ("{poisson: 0.5/m, for: 1h, at: 5s}", []),
        ("{ramp: {from: 0/s, to: 4/s}, for: 1m}", []),
        ("{ramp: {from: 1/s}, for: 1m}", ["missing-key"]),
        ("{ramp: 4/s, for: 1m}", ["wrong-type"]),
        ("{message: m}", []),
        ("{message: m, at: 90s, cascade: otp}", []),
        ("{message: m, for: 1m}", ["unknown-key"]),
        ("{trace: x.csv}", ["unreadable-file"]),
        ("{trace: {csv: at}}", ["too-few"]),
        ('{trace: {csv: "at\\n1s"}}', []),
        ('{trace: {csv: "at\\n1s"}, at: 5s, cascade: otp, speed: 2x}', []),
        ('{trace: {csv: "at\\n1s"}, speed: 2}', ["bad-factor"]),
        ('{trace: {csv: "at\\n1s"}, speed: 0x}', ["out-of-range"]),
        ('{trace: {csv: "at\\n31d"}}', ["out-of-range"]),
        ('{trace: {csv: "at\\n1s"}, for: 1m}', ["unknown-key"]),
        ("{pause: 1m}", ["not-built"]),
        ("{burst: 1, message: m}", ["one-of"]),
        ("{}", ["one-of"]),
        ("burst", ["wrong-type"]),
    ],
)
def test_load_is_read_or_explained(entry: str, codes: list[str]) -> None:
    """Bursts, steady, random and rising traffic, and single messages."""
    assert codes_of(SMALL.replace("{burst: 20}", entry)) == codes


@pytest.mark.parametrize(
    ("settings", "codes"),
    [
        ("{receipts.lost: 30%}", []),
        ("{receipts.lost: x3, receipts.delay: x10}", []),
        ("{submit.outcomes: {refused.temporary: 100%}}", []),
        ("{submit.outcomes: x3}", ["wrong-type"]),
        ("{delivery.reasons: x3}", ["wrong-type"]),
        ("{delivery.time: {lognormal: {p50: 3s}}}", ["missing-key"]),
        ("{delivery.unreachable.retry_every: none, validity: none}", []),
        ("{delivery.unreachable.store_for: none}", ["bad-duration"]),
        ("{submit: {outcomes: {accepted: rest}}}", ["unknown-key"]),
        ("{channel: viber}", ["unknown-key"]),
        ("{receipts.duplicated.share: x10, receipts.duplicated.copies: 2}", []),
        ("{receipts.duplicated.copies: x2}", ["bad-number"]),
        ("{receipts.duplicated: 5%}", ["unknown-key"]),
        ("{receipts.batched.every: none, receipts.reordered.within: 1m}", []),
        ("{limits.rate: 20/s, limits.burst: x5, limits.quota.count: none}", []),
        ("{limits.rate: none}", []),
        ("{limits.burst: none}", ["bad-number"]),
        ("{receipts.before_reply: 5%, receipts.contradictory: x2, receipts.unknown_id: 1%}", []),
        ("{}", ["too-few"]),
    ],
)
def test_faults_are_read_or_explained(settings: str, codes: list[str]) -> None:
    """A fault sets whole settings, by their paths, or multiplies them."""
    fault = f"faults: [{{provider: sms, at: 1m, for: 1m, set: {settings}}}]"
    assert codes_of(SMALL + fault) == codes


@pytest.mark.parametrize(
    "later", ["channel: sms", "recipients: x", "every: 1m", "between: [1m, 2m]"]
)
def test_what_a_fault_will_have_is_refused_by_name(later: str) -> None:
    """Not ignored, and not a typing mistake."""
    fault = "provider: sms, at: 1m, for: 1m, set: {receipts.lost: 1%}"
    assert codes_of(SMALL + f"faults: [{{{fault}, {later}}}]") == ["not-built"]


def test_a_fault_may_set_what_the_world_can_change() -> None:
    """The same paths, no more and no less."""
    assert set(SETTINGS.keys) == set(PATHS)


# Scripts ---------------------------------------------------------------------------------------

ANNA = """\
schema: 1
cascades: {otp: [sms, whatsapp]}
load: [{message: anna}]
"""


def script_of(entries: str) -> tuple[ScriptEntry, ...]:
    """The entries of a script."""
    script = f"faults: [{{message: anna, script: {entries}}}]"
    return loaded(ANNA + script).world.scripts[0].entries


def test_a_script_says_what_becomes_of_each_attempt() -> None:
    """An answer alone is short, more of it is a map, and nothing leaves the attempt to luck."""
    text = ANNA + (
        "faults:\n"
        "  - {provider: sms, at: 1m, for: 1m, set: {receipts.lost: 1%}}\n"
        "  - {message: anna, level: 1, script: [throttled, {}, {submit: timeout.accepted}]}\n"
        "  - {id: x, message: anna, level: 0, script: [accepted]}\n"
    )
    world = loaded(text).world
    assert [fault.id for fault in world.faults] == ["fault-1"]
    assert world.scripts == (
        Script(
            id="fault-2",
            message="anna",
            level=1,
            entries=(
                ScriptEntry("throttled"), ScriptEntry(), ScriptEntry("timeout.accepted"),
            ),
        ),
        Script(id="x", message="anna", level=0, entries=(ScriptEntry("accepted"),)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "read"),
    [
        ("{delivery: partial}", ScriptEntry("accepted", "partial")),
        ("{delivery: expired, after: 5m}", ScriptEntry("accepted", "expired", 300_000_000)),
        ("{after: 0s}", ScriptEntry("accepted", "", 0)),
        ("{receipt: lost}", ScriptEntry("accepted", receipt=ReceiptScript(is_lost=True))),
        (
            "{submit: timeout.accepted, receipt: orphan}",
            ScriptEntry("timeout.accepted", receipt=ReceiptScript(is_unmatched=True)),
        ),
        (
            "{receipt: {delay: 50s, copies: 2, contradicted: true}}",
            ScriptEntry(
                "accepted",
                receipt=ReceiptScript(delay_us=50_000_000, copies=2, is_contradicted=True),
            ),
        ),
        ("{receipt: {}}", ScriptEntry("accepted", receipt=ReceiptScript())),
    ],
)
def test_an_attempt_of_which_more_is_said_was_accepted(entry: str, read: ScriptEntry) -> None:
    """Delivery and receipts follow from acceptance, so that need not be written."""
    assert script_of(f"[{entry}]") == (read,)


@pytest.mark.parametrize(
    ("fault", "codes"),
    [
        ("{message: anna, script: []}", ["too-few"]),
        (f"{{message: anna, script: [{'accepted, ' * 10}]}}", []),
        (f"{{message: anna, script: [{'accepted, ' * 11}]}}", ["too-many"]),
        ("{message: anna, script: throttled}", ["wrong-type"]),
        ("{message: anna, script: [gone]}", ["unknown-word"]),
        ("{message: anna, script: [{delivery: gone}]}", ["unknown-word"]),
        ("{message: anna, script: [{receipt: gone}]}", ["wrong-type"]),
        ("{message: anna, script: [{receipt: {copies: 6}}]}", ["out-of-range"]),
        ("{message: anna, script: [{receipt: {contradicted: maybe}}]}", ["wrong-type"]),
        ("{message: anna, script: [{submit: throttled, delivery: failed}]}", ["bad-script"]),
        ("{message: anna, script: [{submit: timeout.not_accepted, after: 1s}]}", ["bad-script"]),
        ("{message: anna, level: 8, script: [{}]}", ["out-of-range"]),
        ("{message: anna, at: 1m, script: [{}]}", ["unknown-key"]),
        ("{message: anna, provider: sms, script: [{}]}", ["unknown-key"]),
        ("{script: [{}]}", ["missing-key"]),
        ("{message: anna, script: [{}], set: {}}", ["one-of"]),
        ("{message: anna}", ["one-of"]),
        ("{id: x}", ["one-of"]),
    ],
)
def test_scripts_are_read_or_explained(fault: str, codes: list[str]) -> None:
    """A message, a level, and one to ten entries; nothing of another kind of fault."""
    assert codes_of(ANNA + f"faults: [{fault}]") == codes


# Changes by hand -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "codes"),
    [
        ("{at: 0s, provider: sms, set: {receipts.lost: 1%}}", []),
        ("{at: 0.000001s, provider: sms, set: {receipts.lost: x2, validity: none}}", []),
        ("{at: 1s, provider: sms, reset: [receipts.lost, limits.rate]}", []),
        ("{at: 1s, provider: sms}", ["one-of"]),
        ("{at: 1s, provider: sms, set: {validity: 1h}, reset: [validity]}", ["one-of"]),
        ("{at: 1s, provider: sms, set: {}}", ["too-few"]),
        ("{at: 1s, provider: sms, reset: []}", ["too-few"]),
        ("{at: 1s, provider: sms, reset: [receipts.lsot]}", ["unknown-word"]),
        ("{provider: sms, reset: [validity]}", ["missing-key"]),
        ("{at: 1s, reset: [validity]}", ["missing-key"]),
        ("{at: 31d, provider: sms, reset: [validity]}", ["out-of-range"]),
        ("{at: 0.0000001s, provider: sms, reset: [validity]}", ["bad-duration"]),
        ("{at: 1s, for: 1s, provider: sms, reset: [validity]}", ["unknown-key"]),
    ],
)
def test_changes_by_hand_are_read_or_explained(entry: str, codes: list[str]) -> None:
    """Each sets something or hands something back, at an instant as fine as there is."""
    assert codes_of(SMALL + f"by_hand: [{entry}]") == codes
