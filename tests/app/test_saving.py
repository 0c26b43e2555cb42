"""Sessions as scenario files."""

import os
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.app.frame import Phase
from sandbox.app.knobs import Knob
from sandbox.app.saving import UNTIL_MIN_US, scenario_text, write_anew
from sandbox.app.session import Session
from sandbox.cascade.vocabulary import SECOND_US
from sandbox.drivers.retraced import run_retraced
from sandbox.drivers.virtual import run_virtual
from sandbox.errors import StorageError
from sandbox.journal.digest import Digest
from sandbox.scenario.loader import load
from sandbox.simulation.world import World

TEXT: Final = """\
schema: 1
name: small
seed: 5
cascades:
  otp: [{channel: sms, via: [main, spare], wait: 10s}, {channel: whatsapp, wait: 10s}, viber]
providers:
  main:
    channel: sms
    submit: {latency: {fixed: 500ms}, outcomes: {accepted: rest, refused.temporary: 10%}}
    receipts: {delay: {fixed: 500ms}, duplicated: {share: 20%, copies: 1..3, gap: {fixed: 500ms}}}
    limits: {rate: 4/s, burst: 4}
  spare:
    channel: sms
    base: ideal
    submit: {latency: {fixed: 500ms}}
    delivery: {time: {fixed: 1s}}
    receipts: {delay: {fixed: 500ms}, before_reply: 20%, unknown_id: 10%}
recipients: {population: 50}
load: [{constant: 4/s, for: 20s}, {burst: 10, at: 5s}]
faults:
  - {id: slow, provider: main, at: 6s, for: 4s, set: {delivery.time: x5}}
"""
"""Most of it happens at full half seconds, so that many things share an instant."""

SPEC: Final = load(TEXT)
TURNS: Final = st.tuples(
    st.sampled_from(["main", "spare", "whatsapp", "viber"]),
    st.sampled_from(Knob),
    st.sampled_from([-10, -1, 1, 10]),
)
DEEDS: Final = st.lists(
    st.one_of(st.sampled_from([0, 1, 250_000, 500_000, 1_700_000, 5_000_000]), st.none(), TURNS),
    max_size=12,
)
"""Time that goes by, a single step, or a knob that is turned."""


def digest_of(text: str) -> str:
    """The digest of the run of a scenario."""
    digest = Digest()
    for facts in run_virtual(World(load(text).world)):
        digest.update(facts)
    return digest.text


def played(deeds: list[int | tuple[str, Knob, int] | None]) -> Session:
    """A session in which somebody did all that."""
    made = Session(SPEC)
    made.change_speed(-20)
    for deed in deeds:
        match deed:
            case None:
                made.step()
                made.is_paused = False
            case int():
                made.advance(deed * 4)
            case provider, knob, steps:
                made.turn(provider, knob, steps)
    return made


def saved(made: Session, folder: Path) -> str:
    """The text of the file a session is saved as."""
    path = made.save(folder)
    text = path.read_text(encoding="utf-8")
    path.unlink()
    return text


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS)
def test_a_saved_session_runs_to_the_same_digest(
    tmp_path: Path, deeds: list[int | tuple[str, Knob, int] | None]
) -> None:
    """Whenever knobs were turned, in the middle of an instant too, the file says it all."""
    made = played(deeds)
    so_far = saved(made, tmp_path)
    if made.frame().now_us >= UNTIL_MIN_US:
        assert digest_of(so_far) == made.digest
    made.change_speed(20)
    while made.phase is Phase.RUNNING:
        made.advance(SECOND_US)
    assert made.trouble == ""
    whole = saved(made, tmp_path)
    assert digest_of(whole) == made.digest
    again = Digest()
    for facts in run_retraced(World(SPEC.world), made.deeds):
        again.update(facts)
    assert again.text == made.digest


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=DEEDS, more=DEEDS)
def test_a_saved_session_can_be_opened_turned_and_saved_again(
    tmp_path: Path,
    first: list[int | tuple[str, Knob, int] | None],
    more: list[int | tuple[str, Knob, int] | None],
) -> None:
    """What was done before stays in the file, what is done now is added."""
    made = played(first)
    second = Session(load(scenario_text(SPEC, made.deeds)))
    second.change_speed(-20)
    for deed in more:
        match deed:
            case None:
                second.step()
                second.is_paused = False
            case int():
                second.advance(deed * 4)
            case provider, knob, steps:
                second.turn(provider, knob, steps)
    second.change_speed(20)
    while second.phase is Phase.RUNNING:
        second.advance(SECOND_US)
    assert digest_of(saved(second, tmp_path)) == second.digest


def test_a_session_saved_in_the_middle_ends_there_and_says_so(tmp_path: Path) -> None:
    """The file stops at the instant shown; the description tells how it goes on."""
    made = played([5_000_000, ("main", Knob.OUTAGE, 1), 1_700_000])
    text = saved(made, tmp_path)
    assert "until: 6.700001s" in text
    assert "It was saved at 6.700001s and ends there" in text
    assert load(text).world.until_us == 6_700_001
    assert [hand.at_us for hand in load(text).world.by_hand] == [5_000_001]


def test_a_session_that_went_to_its_end_has_no_end_of_its_own(tmp_path: Path) -> None:
    """What was watched until all was quiet runs until all is quiet."""
    made = played([5_000_000, ("main", Knob.FAILURE, 10)])
    made.change_speed(20)
    while made.phase is Phase.RUNNING:
        made.advance(SECOND_US)
    assert load(saved(made, tmp_path)).world.until_us is None


def test_another_seed_is_saved_as_that_seed(tmp_path: Path) -> None:
    """A restart with other luck is part of what was seen."""
    made = Session(SPEC)
    made.restart(99)
    made.advance(SECOND_US)
    assert load(saved(made, tmp_path)).seed == 99


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    """The second file has a number, and the first is as it was."""
    names = [write_anew(tmp_path, "my run/2", str(n)).name for n in range(3)]
    assert names == ["my-run-2-saved.yaml", "my-run-2-saved-2.yaml", "my-run-2-saved-3.yaml"]
    assert (tmp_path / names[0]).read_text(encoding="utf-8") == "0"
    assert write_anew(tmp_path, "my-run-2-saved", "x").name == "my-run-2-saved-4.yaml"


@pytest.mark.parametrize(
    ("name", "stem"),
    [("../../etc/passwd", "etc-passwd"), ("\u202e", "session"), ("x" * 500, "x" * 60)],
)
def test_a_hostile_name_stays_in_the_folder(tmp_path: Path, name: str, stem: str) -> None:
    """What a scenario is called decides no path."""
    path = write_anew(tmp_path, name, "")
    assert path.parent == tmp_path
    assert path.name == f"{stem}-saved.yaml"


def test_a_folder_that_is_not_there_is_said_clearly(tmp_path: Path) -> None:
    """The error names the file and tells what to do."""
    with pytest.raises(StorageError, match=r"cannot write .*small-saved\.yaml") as caught:
        Session(SPEC).save(tmp_path / "gone")
    assert "folder" in caught.value.hint


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that could not be written whole is taken away again."""

    def no_space(*_: object, **__: object) -> int:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("sandbox.app.beside.written", no_space)
    with pytest.raises(StorageError, match="No space left"):
        write_anew(tmp_path, "small", "text")
    assert list(tmp_path.iterdir()) == []
