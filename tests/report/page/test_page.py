from collections.abc import Callable
from dataclasses import replace

import pytest

from sandbox.report.page.model import Page
from sandbox.report.page.page import page_pieces
from sandbox.report.page.sections import SIMULATED
from sandbox.report.page.style import POLICY, STYLE
from sandbox.scenario.loader import load
from tests.support.kept import SCENARIO
from tests.support.pages import Ended, cells, numbers, read, tally_of

ROWS = [
    Ended(1),
    Ended(2, level=1, bill_nano=30),
    Ended(3, outcome="expired", copies=0, first_copy_us=None),
]


@pytest.fixture
def page() -> Page:
    """A page of three messages."""
    return Page(
        title="A <title>", description="What it is about", scenario="s", name="r1", seed=77,
        state="finished", verdict="failed", trouble="", digest="sha256:abc", program="0.1",
        line_count=9, virtual_us=5_000_000, commands=(("sandbox replay r1", "Exactly:"),),
        currency="EUR", plans=load(SCENARIO).world.plans, providers={}, windows=(),
        asked=lambda _: None, tally=tally_of(ROWS, 3),
    )  # fmt: skip


def html(page: Page, show: Callable[[str], str] | None = None) -> str:
    """The whole page."""
    return "".join(page_pieces(page) if show is None else page_pieces(page, show))


def test_the_page_is_whole_and_needs_nothing_else(page: Page) -> None:
    """It parses, ids are unique, nothing points outside, and there is neither script nor form."""
    made = html(page)
    reader = read(made)
    assert made.startswith("<!DOCTYPE html>")
    assert ("meta", "content", POLICY) in reader.attributes
    assert made.count("<style>") == made.count(f"<style>{STYLE}</style>") == 1
    assert {"script", "img", "link", "iframe", "object", "form", "base"} & set(reader.tags) == set()
    names = {name for _, name, _ in reader.attributes}
    assert {"src", "srcset", "style", "action", "xlink:href", "xmlns"} & names == set()
    assert not any(name.startswith("on") for name in names)
    ids = [value for _, name, value in reader.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    for _, name, value in reader.attributes:
        assert name != "href" or value.startswith("#")
        assert "//" not in value
        assert "url(" not in value or value.startswith("url(#")
    fills = {v[5:-1] for _, n, v in reader.attributes if n == "fill" and v.startswith("url(#")}
    assert fills <= set(ids)


def test_the_page_tells_all_it_should(page: Page) -> None:
    """In this order, with the sentence that providers are simulated at its begin and its end."""
    text = read(html(page)).text
    at = 0
    for words in (
        "A <title>", "seed 77", "✗ failed", "What it is about", SIMULATED, "The plan",
        "What went wrong", "Deliveries by level over time", "Time to delivery", "Cost build-up",
        "Known against true", "The verdict", "To repeat it", "sandbox replay r1", "sha256:abc",
        SIMULATED,
    ):  # fmt: skip
        assert words in text[at:], words
        at = text.index(words, at)


def test_every_picture_has_a_title_and_a_description(page: Page) -> None:
    """Or is none to be read: a swatch in a key."""
    reader = read(html(page))
    pictures = [value for tag, name, value in reader.attributes if (tag, name) == ("svg", "role")]
    swatches = [v for tag, name, v in reader.attributes if (tag, name) == ("svg", "aria-hidden")]
    assert len(pictures) == reader.tags.count("title") - 1 == reader.tags.count("desc") > 0
    assert len(pictures) + len(swatches) == reader.tags.count("svg")


def test_the_tables_beside_the_plots_add_up(page: Page) -> None:
    """Deliveries by level, and known against true, each to all messages."""
    made = html(page)
    deliveries = cells(made, "Deliveries by level over time")
    columns = [sum(each) for each in zip(*(numbers(r[1:]) for r in deliveries[1:-1]), strict=True)]
    assert columns == numbers(deliveries[-1][1:]) == [3, 1, 1, 0, 1]
    against = cells(made, "Messages by what is known")
    assert numbers(against[-1][1:]) == [2, 0, 1, 3]


def test_a_run_without_prices_has_no_plot_of_money(page: Page) -> None:
    """It says so."""
    free = [row._replace(ledger_nano=0, bill_nano=0) for row in ROWS]
    made = html(replace(page, tally=tally_of(free, 3)))
    assert "Nothing was charged" in made
    assert 'id="cw-t"' not in made


def test_a_run_that_was_broken_off_has_its_plan_and_its_commands(page: Page) -> None:
    """And no plots."""
    made = html(replace(page, tally=None, verdict="", state="interrupted", trouble="by hand"))
    text = read(made).text
    for words in ("interrupted", "The run was broken off: by hand.", "sandbox replay r1"):
        assert words in text
    assert "Known against true" not in text


def test_every_text_goes_through_the_one_door(page: Page) -> None:
    """So that whoever holds it can mask anything."""
    made = html(page, lambda text: "X" if "title" in text else text)
    assert "<h1>X</h1>" in made
    assert "masked" in html(replace(page, is_redacted=True))
    assert "masked" not in html(page)
