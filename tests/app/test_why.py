import sqlite3
from pathlib import Path

import pytest

from sandbox.app import what_ifs as what_ifs_module
from sandbox.app.record import keep_run
from sandbox.app.stored import why_of
from sandbox.app.why import Followed
from sandbox.drivers.retraced import live_change
from sandbox.errors import UsageError
from sandbox.report.what_ifs import Question
from sandbox.report.why import Explained, why_lines
from sandbox.scenario.library import built_in
from sandbox.scenario.loader import load
from sandbox.simulation.spec import Change
from sandbox.simulation.world import World
from tests.support.explained import answer_to, explained, only, scripted

LEVELS = "- {channel: sms, via: [sms], wait: 30s}\n- {channel: whatsapp, via: [wa]}"
LATE = scripted(LEVELS, "{after: 3s, receipt: {delay: 40s}}")
LIMITED = LATE.replace(
    "price: {amount: 0.03 EUR},", "price: {amount: 0.03 EUR}, limits: {rate: 9/s},"
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scenario file."""
    path = tmp_path_factory.mktemp("why") / "late.yaml"
    path.write_text(LATE, encoding="utf-8")
    return path


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Where runs are kept."""
    return tmp_path / "runs.sqlite"


def wait_of(found: Explained) -> str:
    """Where the wait of the first level stands."""
    settings = (s for left in found.leavings for fired in left.rules for s in fired.settings)
    return next(s.where for s in settings if s.path == "cascades.otp.levels[0].wait")


def test_a_needless_switch_is_found_out() -> None:
    """It was on the handset, its receipt was slow, and whatsapp was paid as well."""
    waited = answer_to(explained(LATE), Question.WAITED, 0)
    assert waited.is_needless
    assert waited.fate is not None
    assert (waited.fate.level, waited.fate.took_us, waited.fate.copies) == (0, 43_000_000, 1)
    assert waited.words == (
        "sms would have delivered it at 43.000 s, 13.0 s after it was left: the switch was "
        "needless; 13.0 s later, 0.030 EUR cheaper, one copy instead of 2 copies"
    )


def test_a_stored_run_says_what_a_fresh_one_says(file: Path, db: Path) -> None:
    """Word for word, also when its file is gone."""
    fresh = explained(file)
    keep_run(load(file), db)
    text = file.read_text(encoding="utf-8")
    file.unlink()
    try:
        assert why_of(db, "last", "m") == fresh
        assert why_of(db, "last", "m1") == fresh
    finally:
        file.write_text(text, encoding="utf-8")
    line = next(n for n, each in enumerate(text.splitlines(), 1) if "wait: 30s" in each)
    assert wait_of(fresh) == f"{file}:{line}"


@pytest.mark.parametrize("name", sorted(built_in())[:8])
def test_shipped_scenarios_are_explained_the_same_stored_and_fresh(name: str, db: Path) -> None:
    """Their first messages, as lines for people."""
    scenario = load(name)
    followed = [Followed(scenario, str(number)) for number in range(1, 25)]
    keep_run(scenario, db, folds=[each.fold for each in followed])
    for number, each in enumerate(followed, start=1):
        assert why_lines(why_of(db, "last", str(number))) == why_lines(each.explained())


@pytest.mark.parametrize("message", ["n", "m2", "0", "2", "anna", "m" + "9" * 40])
def test_an_unknown_message_is_refused_before_the_run(message: str) -> None:
    """With what there is."""
    with pytest.raises(UsageError, match="no message") as caught:
        Followed(load(LATE), message)
    assert caught.value.hint in {"Its messages are m1 to m1.", "did you mean 'm'?"}


def test_a_message_that_comes_after_the_end_of_the_run_is_told_as_that() -> None:
    """There is nothing to explain."""
    text = LATE + 'clock: {start: "2026-01-01T00:00:00Z", until: 500ms}\n'
    with pytest.raises(UsageError, match="the run ended before m1 was requested"):
        explained(text)


def test_changes_by_hand_are_kept_in_what_could_have_been(db: Path) -> None:
    """Where somebody turned whatsapp off by hand, it is off in the other runs as well."""
    refuse = "by_hand: [{at: 2s, provider: wa, set: {submit.outcomes: {refused.permanent: 100%}}}]"
    hand = load(LATE + refuse).world.by_hand[0]
    assert hand.change is not None
    change = Change(hand.path, hand.change.value, hand.change.text)
    facts = World(load(LATE).world).change("wa", hand.path, change, hand.at_us)
    live = live_change(facts, hand.path, change)
    keep_run(load(LATE), db, changes=[live])
    found = why_of(db, "last", "m")
    left = only(found, "whatsapp:refused.permanent")
    assert any("changed by hand on wa: submit.outcomes" in line for line in left.truth)
    assert answer_to(found, Question.WITHOUT_LEVEL, 0).words.startswith("delivered by whatsapp")
    assert found.fate.outcome == "exhausted"
    fresh = explained(LATE + refuse)
    assert [each.words for _, each in found.what_ifs] == [each.words for _, each in fresh.what_ifs]


def test_a_run_of_other_rules_is_explained_without_what_could_have_been(db: Path) -> None:
    """The same scenario would not lead to the same log."""
    keep_run(load(LATE), db)
    connection = sqlite3.connect(db)
    connection.execute("UPDATE run SET rules_version = 77")
    connection.commit()
    connection.close()
    found = why_of(db, "last", "m")
    assert found.what_ifs == ()
    assert found.notes[0].startswith("made under rules_version 77")
    assert found.leavings == explained(LATE).leavings


def test_a_run_without_places_is_explained_without_them(db: Path) -> None:
    """An earlier version kept none."""
    keep_run(load(LATE), db)
    connection = sqlite3.connect(db)
    connection.execute("UPDATE run SET places = NULL")
    connection.commit()
    connection.close()
    found = why_of(db, "last", "m")
    assert not any(fired.settings for left in found.leavings for fired in left.rules)
    assert found.what_ifs == explained(LATE).what_ifs


def test_a_session_that_was_kept_in_the_middle_says_so(db: Path) -> None:
    """Its message is open; the rest of the run is known all the same."""
    keep_run(load(LATE), db, last_seq=5)
    found = why_of(db, "last", "m")
    assert found.fate.outcome == ""
    assert found.leavings[-1].word == "open"
    assert found.notes == (
        "the run was broken off at 4.000 s: what could have been is told as if it had gone on",
    )


def test_messages_that_share_something_are_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    """What could have been is dearer to know, and in a large run not told."""
    found = explained(LIMITED)
    assert answer_to(found, Question.WAITED, 0).is_needless
    assert found.notes == (
        (
            "messages depend on each other here: what could have been comes from running all"
            " of them again"
        ),
    )
    monkeypatch.setattr(what_ifs_module, "RETOLD_MAX", 0)
    found = explained(LIMITED)
    assert found.what_ifs == ()
    assert "what could have been is not told" in found.notes[0]
