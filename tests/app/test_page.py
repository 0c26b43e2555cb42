import asyncio
import re
import sqlite3
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from sandbox.app.exports import Format, export_run
from sandbox.app.page import STORIES_MAX, Source, chosen, page_of
from sandbox.app.record import keep_run
from sandbox.app.run import RunResult
from sandbox.app.stored import answer_of
from sandbox.drivers.retraced import LiveChange
from sandbox.report.definitions import parse_metric
from sandbox.report.figures import money_text, percent_text
from sandbox.report.page.model import Check
from sandbox.scenario.loader import load
from sandbox.store.reader import open_reader
from tests.support.kept import SCENARIO
from tests.support.pages import Ended, cells, numbers, read, tally_of
from tests.support.telling import SCENARIO as TELLING

WARM = SCENARIO.replace("seed: 7\n", "seed: 7\nclock: {warm_up: 500ms}\n")


def kept(path: Path, text: str, changes: Sequence[LiveChange] = ()) -> RunResult:
    """A run, kept in a file."""
    return keep_run(load(text), path, changes=changes).result


def html(path: Path) -> str:
    """The page of the newest run."""
    pieces: list[str] = []
    export_run(path, "last", Format.HTML, pieces.append)
    return "".join(pieces)


@pytest.fixture(scope="module", params=[SCENARIO, WARM], ids=["whole", "after a warm-up"])
def told(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[RunResult, str]:
    """A run, and its page."""
    path = tmp_path_factory.mktemp("page") / "runs.sqlite"
    return kept(path, request.param), html(path)


def value(result: RunResult, name: str) -> Fraction:
    """A figure of a run."""
    measure = result.metrics.measure(parse_metric(name))
    return Fraction(measure.value or 0)


def test_deliveries_by_level_add_up_to_the_metrics(told: tuple[RunResult, str]) -> None:
    """Started, delivered through each level, and not."""
    result, page = told
    started = result.metrics.measure(parse_metric("delivery_rate")).samples
    requested, *levels, undelivered = numbers(cells(page, "Deliveries by level over time")[-1][1:])
    assert requested == started
    delivered = value(result, "delivery_rate") * started
    assert sum(levels) == delivered > 0
    for number, count in enumerate(levels):
        assert count == value(result, f"level.{number}.share") * delivered
    assert delivered + undelivered == started


def test_waiting_adds_up_to_the_metrics(told: tuple[RunResult, str]) -> None:
    """The picture ends at the rate of delivery; the rows count what each level brought."""
    result, page = told
    rows = cells(page, "Time to delivery by level")[1:]
    *levels, whole = (numbers(row[1:2])[0] for row in rows)
    assert sum(levels) == whole
    samples = result.metrics.measure(parse_metric("time_to_delivered.p50")).samples
    assert whole == samples
    started = result.metrics.measure(parse_metric("delivery_rate")).samples
    described = re.search(r"up to ([\d,]+) of ([\d,]+) messages", page)
    assert described is not None
    assert numbers(described.groups()) == [whole, started]


def test_money_adds_up_to_the_metrics(told: tuple[RunResult, str]) -> None:
    """The lines of the plot end at the ledger and at the bill."""
    result, page = told
    known, true = (
        money_text(value(result, f"{side}.cost.total"), "EUR") for side in ("known", "truth")
    )
    assert f">known {known}</text>" in page
    assert f">true {true}</text>" in page
    assert cells(page, "Cost of the attempts")[-1] == ["in all", known, true]


def test_known_against_true_adds_up_to_the_metrics(told: tuple[RunResult, str]) -> None:
    """Both rates of delivery, and how many got it twice."""
    result, page = told
    rows = [numbers(row[1:]) for row in cells(page, "Messages by what is known")[1:]]
    delivered, other, still_open, whole = rows
    assert [sum(column) for column in zip(delivered, other, still_open, strict=True)] == whole
    started = whole[3]
    assert delivered[3] == value(result, "known.delivery_rate") * started
    assert whole[0] + whole[1] == value(result, "truth.delivery_rate") * started
    assert whole[1] == value(result, "truth.double_delivery_rate") * started
    assert other[0] + other[1] == value(result, "truth.late_rate") * started
    assert percent_text(Fraction(delivered[3], started)) in read(page).text


def test_the_page_says_how_to_make_the_run_again(tmp_path: Path) -> None:
    """From the store that was named; the scenario of a text has no file to run again."""
    path = tmp_path / "my runs.sqlite"
    result = kept(path, SCENARIO)
    text = read(html(path)).text
    assert f"sandbox replay r1 --db '{path}'" in text
    assert result.digest in text
    assert "sandbox run" not in text
    connection = sqlite3.connect(path)
    connection.execute("UPDATE run SET file = 'some/busy.yaml'")
    connection.commit()
    connection.close()
    assert "sandbox run some/busy.yaml --seed 7" in read(html(path)).text


def test_hostile_text_does_nothing(tmp_path: Path) -> None:
    """It is seen as it was written, with what hides made visible."""
    path = tmp_path / "runs.sqlite"
    kept(path, TELLING)
    page = html(path)
    reader = read(page)
    assert {"script", "img"} & set(reader.tags) == set()
    assert "\u202e" not in page
    assert r"<script>alert(1)</script> \u202e call" in reader.text
    assert "<img src=x onerror=alert(1)>" in reader.text
    assert "+4915112345678 <b>unknown</b>" in reader.text
    assert page.count("</style>") == 1


def test_a_story_is_told_of_those_that_offend_and_of_each_way_to_fare(tmp_path: Path) -> None:
    """What an expectation names is a way to its story; faults and changes are in their tables."""
    path = tmp_path / "runs.sqlite"
    scenario = load(TELLING)
    change = scenario.world.faults[0].changes[0]
    by_hand = LiveChange(seq=1, at_us=0, provider="sms", path=change.path, change=change)
    keep_run(scenario, path, changes=[by_hand])
    page = html(path)
    offender = re.search(r'Expected <code>delivery_rate.*?<a href="#(m\d+)">', page)
    assert offender is not None
    assert f'<section class="story" id="{offender.group(1)}">' in page
    assert 1 < page.count('<section class="story"') <= STORIES_MAX
    assert [row[0] for row in cells(page, "Faults and changes")[1:]] == ["down-554433", "by hand"]
    assert "otp-anna-998877 (m121)" in read(page).text


def test_the_choice_of_stories_is_bounded() -> None:
    """Three offenders at most, then the most telling; a message has all its labels."""
    rows = [Ended(n + 1, outcome=o, copies=c) for n, (o, c) in enumerate(
        [("delivered", 1), ("delivered", 0), ("expired", 1), ("delivered", 2), ("expired", 0),
         ("exhausted", 0), ("stopped", 0), ("cancelled", 0), (None, 0)])]  # fmt: skip
    checks = [Check(f"c{n}", "all", n == 0, "", "", n or None) for n in (0, 2, 2, 7, 8, 9)]
    told = chosen(checks, tally_of(rows), 7)
    assert len(told) == STORIES_MAX
    assert [message for message, _ in told[:5]] == [2, 7, 8, 3, 4]
    assert told[0][1] == (
        "first that offends c2",
        "first that offends c2",
        "taken for delivered, and nobody got it (the only one)",
    )
    assert told[1][1][-1] == "it took longest"


def test_a_page_does_not_grow_with_its_run(tmp_path: Path) -> None:
    """Ten times the messages make the same page, but for what their numbers take."""
    sizes = []
    for count in (2_000, 20_000):
        path = tmp_path / f"{count}.sqlite"
        load_of_it = f"load: [{{constant: 40/s, for: {count // 40}s}}]"
        kept(path, f"schema: 1\nname: x\nseed: 1\ncascades: {{otp: [sms, viber]}}\n{load_of_it}\n")
        sizes.append(len(html(path).encode()))
    assert max(sizes) < 300_000
    assert abs(sizes[1] - sizes[0]) < 80_000


def test_a_run_that_was_broken_off_has_a_page(tmp_path: Path) -> None:
    """With its plan, why it was broken off, and how far it can be repeated."""
    path = tmp_path / "runs.sqlite"

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        keep_run(load(SCENARIO), path, folds=[interrupt], batch=10)
    text = read(html(path)).text
    assert "The run was broken off: by hand." in text
    assert "Level 0: sms via sms" in text
    assert "Known against true" not in text


def test_what_an_earlier_version_did_not_measure_is_a_dash(tmp_path: Path) -> None:
    """A page is made all the same."""
    path = tmp_path / "runs.sqlite"
    kept(path, SCENARIO)
    connection = sqlite3.connect(path)
    connection.execute(
        "UPDATE run SET result = json_remove(result, '$.metrics.\"truth.cost.hidden_duplicates\"')"
    )
    connection.commit()
    connection.close()
    assert "<span>paid twice and did not know it</span><b>–</b>" in html(path)


def test_a_page_is_made_from_the_store_alone(tmp_path: Path) -> None:
    """By whoever has a reader open already, such as a screen."""
    path = tmp_path / "runs.sqlite"
    kept(path, SCENARIO)
    stored = answer_of(path, "last")

    async def making() -> str:
        async with open_reader(path) as reader:
            source = Source(stored=stored, kept=await reader.kept(1), path=None)
            return "".join(await page_of(reader, source))

    text = read(asyncio.run(making())).text
    assert "sandbox replay r1 Digest" in text
