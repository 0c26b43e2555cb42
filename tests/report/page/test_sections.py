from dataclasses import replace
from fractions import Fraction

import pytest

from sandbox.report.definitions import Kind, Measure
from sandbox.report.page import sections
from sandbox.report.page.escaping import shown
from sandbox.report.page.model import Check, Named, Page, Provider, Reason
from sandbox.report.page.plots import Window
from sandbox.scenario.loader import load
from tests.support.pages import SECOND, Ended, cells, read, tally_of

PLAN = """\
schema: 1
name: x
cascades:
  otp:
    deadline: 3m
    content: {text: "Hello <b>"}
    levels:
      - {channel: sms, wait: 30s, next_on: [failed, no_receipt]}
      - {channel: whatsapp, wait: 45s, only_if: {country: [PL, DE]}, retries: {max: 2}}
load: [{burst: 1}]
"""


def asked(name: str) -> Measure | None:
    """Some figures."""
    told = {
        "known.delivery_rate": Measure(Kind.RATE, Fraction(1, 2), 2),
        "truth.time_to_delivered.p99": Measure(Kind.TIME, 9_300 * SECOND, 2),
        "level.0.reached": Measure(Kind.RATE, Fraction(1), 2),
        "level.0.share": Measure(Kind.RATE, Fraction(3, 4), 2),
    }
    return told.get(name)


@pytest.fixture
def page() -> Page:
    """A page whose run did what it should."""
    return Page(
        title="t", description="", scenario="s", name="r1", seed=1, state="finished",
        verdict="passed", trouble="", digest="", program="0", line_count=0, virtual_us=0,
        commands=(), currency="EUR", plans=load(PLAN).world.plans,
        providers={"sms": Provider("sms", "0.045 EUR a message")}, windows=(), asked=asked,
    )  # fmt: skip


def test_the_plan_says_who_waits_how_long_and_what_falls_back(page: Page) -> None:
    """With prices, and with what each level did in the run."""
    text = read(sections.plan(page, shown)).text
    for words in (
        "Cascade otp: given up 3 min after the request; the first success ends it",
        "Text: “Hello <b>”",
        "Level 0: sms via sms (0.045 EUR a message)",
        "Waits 30 s for “delivered”, after acceptance; an answer that passes is retried once.",
        "Tried for 100.0 % of the messages, brought 75.0 % of what was delivered.",
        "falls back when: failed, no receipt in time",
        "retried 2 times; only in DE, PL.",
        "every level gives way when: not eligible, circuit open, asked by hand",
    ):
        assert words in text
    many = replace(page, plans=page.plans * (sections.PLANS_MAX + 3))
    assert "… and 3 more cascades." in sections.plan(many, shown)


def test_what_went_wrong_is_told_one_by_one(page: Page) -> None:
    """Each with the first message that offends, as a way to its story where it is told."""
    assert "Nothing failed" in sections.problems(page, shown, frozenset())
    wrong = replace(
        page,
        verdict="not_quiet",
        trouble="a <disk> is full",
        broken=("no-gaps at line 3: x",),
        pending=(4,),
        checks=(
            Check("delivery_rate >= 99%", "all", False, "50.0 %", "f.yaml:3", 17),
            Check("fine", "all", True, "yes", "f.yaml:4", None),
        ),
        fired={"sms-down": 0},
        warnings=("hm",),
    )
    told = sections.problems(wrong, shown, frozenset({17}))
    for words in (
        "The run was broken off: a <disk> is full.",
        "A law of the engine was broken: no-gaps at line 3: x.",
        "still without an outcome: m4.",
        "Expected delivery_rate >= 99%, saw 50.0 %; first m17 (f.yaml:3).",
        "Fault sms-down never fired",
        "Warning: hm.",
    ):
        assert words in read(told).text
    assert '<a href="#m17">m17</a>' in told
    assert "fine" not in told
    assert "href" not in sections.problems(wrong, shown, frozenset())


def test_faults_and_reasons_are_tables(page: Page) -> None:
    """With what was done, from when to when, and how often it was met."""
    assert "No fault was planned" in sections.faults(page, shown)
    assert "Nothing switched level" in sections.reasons(page, shown)
    windows = (Window("down", SECOND, 6 * SECOND, "sms: all off"), Window("by hand", 0, 0, "x"))
    reasons = (Reason(1200, "sms", "viber", "no_receipt", ""), Reason(3, "a", "b", "failed", "5 x"))
    told = replace(page, windows=windows, fired={"down": 12}, reasons=reasons)
    faults = cells(sections.faults(told, shown), "Faults")
    assert faults[1:] == [["down", "sms: all off", "1 s", "6 s", "12"],
                          ["by hand", "x", "0 ms", "", ""]]  # fmt: skip
    why = cells(sections.reasons(told, shown), "Why")
    assert why[1:] == [["no receipt in time", "sms → viber", "1,200"],
                       ["failed: 5 x", "a → b", "3"]]  # fmt: skip


def test_the_verdict_has_a_row_for_each_expectation(page: Page) -> None:
    """Words beside the colours; laws of the engine are one row."""
    checks = (
        Check("a", "all", True, "1", "f:1", None),
        Check("b", "during x", False, "2", "f:2", 9),
    )
    told = replace(page, checks=checks, broken=("no-gaps at line 3: x",))
    rows = cells(sections.verdicts(told, shown, frozenset()), "What was expected")
    assert rows[1:] == [
        ["a", "✓ holds", "1"],
        ["during x: b", "✗ failed", "2; first m9"],
        ["laws of the engine", "✗ failed", "no-gaps at line 3: x"],
    ]
    many = replace(page, checks=checks * 100)
    assert "… and 140 more" in sections.verdicts(many, shown, frozenset())


def test_named_messages_are_a_table(page: Page) -> None:
    """None of it where there are none."""
    assert sections.named(page, shown, frozenset()) == ""
    told = Named(message=3, name="anna", outcome="delivered", path="sms:delivered", cost="1 EUR")
    rows = cells(sections.named(replace(page, named=(told,)), shown, frozenset()), "Messages")
    assert rows[1] == ["anna (m3)", "delivered", "sms:delivered", "1 EUR"]


def test_figures_are_told_as_commands_tell_them(page: Page) -> None:
    """Long times as people say them; a dash where there is nothing to tell."""
    assert sections.measured(page, "known.delivery_rate") == "50.0 %"
    assert sections.measured(page, "truth.time_to_delivered.p99") == "2 h 35 min"
    assert sections.measured(page, "nothing") == "–"
    assert cells(sections.figures(page), "The figures")[1] == ["delivered", "50.0 %", "–"]
    assert "paid twice and did not know it" in read(sections.tiles(page)).text


def test_the_short_answer_counts_the_surprises(page: Page) -> None:
    """And says it plainly where there are none."""
    rows = [
        Ended(1),
        Ended(2, level=1),
        Ended(3, outcome="expired"),
        Ended(4, copies=0, first_copy_us=None),
        Ended(5, copies=2),
    ]
    told = read(sections.in_short(page, tally_of(rows), shown)).text
    assert "Of 5 messages, 4 were delivered (80.0 %): 3 by level 0 (sms) and 1 by level 1" in told
    assert "1 ended without a known delivery." in told
    assert "1 given up although it reached the person" in told
    assert "1 taken for delivered although nothing arrived and 1 received more than once" in told
    assert "are the same" in sections.in_short(page, tally_of([Ended(1)]), shown)
    assert "No message" in sections.in_short(page, tally_of([]), shown)
    warm = tally_of([Ended(1), Ended(2, requested_at_us=2 * SECOND)], warm_up_us=SECOND)
    assert "1 message of the first 1 s warmed the run up" in sections.in_short(page, warm, shown)


def test_how_far_messages_went_comes_from_the_figures(page: Page) -> None:
    """Where the run has none, from what was brought."""
    rungs = sections.went(page, tally_of([Ended(1), Ended(2, level=1)]))
    assert [(r.label, r.tried, r.brought) for r in rungs] == [("sms", 2, 1), ("whatsapp", 1, 1)]


def test_time_by_level_is_a_row_each(page: Page) -> None:
    """With how many it brought."""
    rows = sections.percentiles(page, tally_of([Ended(1), Ended(2)]))
    assert rows[0][:2] == ("level 0 (sms)", "2")
    assert rows[1] == ("level 1 (whatsapp)", "0", "–", "–", "–")
