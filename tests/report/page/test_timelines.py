import pytest

from sandbox.report.leaving import leavings_of
from sandbox.report.page.escaping import shown
from sandbox.report.page.model import Told
from sandbox.report.page.plots import NARROW, WIDE
from sandbox.report.page.timelines import ROWS_MAX, picture_of, told_story
from sandbox.report.timeline import Row, Story, story_of
from sandbox.scenario.loader import load
from tests.support.kept import SCENARIO, log_of
from tests.support.pages import cells, read, rectangles

NAMED = 121


@pytest.fixture
def told() -> Told:
    """A message of a run in which a route is down: it falls back."""
    scenario = load(SCENARIO)
    facts = [fact for fact in log_of() if fact[2] == NAMED]
    story = story_of(facts, scenario.world.plans, scenario.currency)
    assert story is not None
    leavings = leavings_of(facts, scenario.world, {}, scenario.currency).leavings
    return Told(labels=("a <b>label",), name="otp-anna", story=story, leavings=leavings)


def test_a_story_has_its_anchor_its_picture_and_every_event(told: Told) -> None:
    """What is true is marked by a word, and why each step ended stands there with its rule."""
    page = told_story(told, "EUR", shown)
    reader = read(page)
    assert ("section", "id", f"m{NAMED}") in reader.attributes
    assert "a <b>label" in reader.text
    assert "<b>label" not in page
    assert "Why each step ended" in reader.text
    rows = cells(page, f"Every event of m{NAMED}")
    assert len(rows) == len(told.story.rows) + 1
    truths = [row for row in rows if row[2].startswith("truth ")]
    assert len(truths) == sum(row.is_truth for row in told.story.rows) > 0


def test_the_picture_has_a_bar_for_each_stay(told: Told) -> None:
    """As long as the message was on the level; the outcome is a ring, a copy a full dot."""
    for width in (WIDE, NARROW):
        picture = picture_of(told.story, "x", width, shown)
        drawn = [each for n in range(3) for each in rectangles(picture, f'fill="url(#x-p{n})"')]
        assert len(drawn) == len(told.story.bars)
        assert picture.count('class="dot"') == 1
        copies = sum(row.kind == "reached_handset" for row in told.story.rows)
        assert picture.count('class="dot-true"') == copies
        read(picture)


def with_row(story: Story, offset_us: int, kind: str) -> None:
    """One more thing that happens to a message."""
    last = story.rows[-1]
    story.rows.append(
        Row(
            seq=last.seq + 1,
            at_us=last.at_us + offset_us,
            offset_us=offset_us,
            level=last.level,
            channel=last.channel,
            kind=kind,
            words="w",
            is_truth=True,
        )
    )


def test_what_comes_a_day_later_stands_at_the_edge(told: Told) -> None:
    """The picture stays one of seconds."""
    with_row(told.story, 86_400_000_000, "reached_handset")
    assert "▸ 24 h 00 min" in picture_of(told.story, "x", WIDE, shown)


def test_a_long_story_is_cut(told: Told) -> None:
    """And says how much of it is left out."""
    for n in range(200):
        with_row(told.story, 60_000_000 + n, "ignored")
    rows = cells(told_story(told, "EUR", shown), f"Every event of m{NAMED}")
    assert len(rows) == ROWS_MAX + 2
    assert rows[-1][2] == f"{len(told.story.rows) - ROWS_MAX} more"
