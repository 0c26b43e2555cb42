"""How problems are shown."""

import pytest

from sandbox.errors import ScenarioError
from sandbox.scenario.codes import Code
from sandbox.scenario.nodes import Mark, ScalarNode, Source
from sandbox.scenario.problems import BAD, Problems, did_you_mean, nearest

LINES = "a: 1\n        wait: 30\n"


def shown(line: str, column: int, width: int = 1, **others: str) -> str:
    """A problem in a text of one line."""
    problems = Problems()
    problems.add(Mark(Source("f.yaml", line), 1, column, width), Code.BAD_TEXT, "no", **others)
    with pytest.raises(ScenarioError) as caught:
        problems.raise_any()
    return str(caught.value)


def test_a_problem_has_position_line_caret_place_and_help() -> None:
    """The form is the one the documentation shows."""
    problems = Problems()
    source = Source("scenarios/sms-outage.yaml", "\n" * 30 + "        wait: 30\n")
    node = ScalarNode("30", Mark(source, 31, 15, 2), place="cascades.otp.levels[0] (sms)")
    given = problems.add(node, Code.UNIT_MISSING, "30 has no unit", note="write 30s, 30ms or 30m")
    assert given is BAD
    with pytest.raises(ScenarioError) as caught:
        problems.raise_any()
    assert str(caught.value).split("\n") == [
        "scenarios/sms-outage.yaml:31:15: error[unit-missing]: 30 has no unit",
        "   31 |         wait: 30",
        "      |               ^^ write 30s, 30ms or 30m",
        "      = in cascades.otp.levels[0] (sms)",
        "      = help: sandbox explain unit-missing",
    ]


def test_nothing_wrong_raises_nothing() -> None:
    """A file without problems goes through."""
    problems = Problems()
    problems.raise_any()
    assert not problems


def test_the_same_problem_is_told_once() -> None:
    """Two checks that find the same thing do not say it twice."""
    problems = Problems()
    mark = Mark(Source("f", "x"), 1, 1)
    for _ in range(3):
        problems.add(mark, Code.BAD_TEXT, "no")
    problems.add(mark, Code.BAD_TEXT, "neither")
    with pytest.raises(ScenarioError) as caught:
        problems.raise_any()
    assert len(caught.value.problems) == 2


def test_what_ends_the_reading_is_always_among_those_shown() -> None:
    """The problem nothing could be read after is the last one, however many came before."""
    problems = Problems()
    source = Source("f", "x\n" * 50)
    for line in range(1, 50):
        problems.add(Mark(source, line, 1), Code.DUPLICATE_KEY, "twice")
    with pytest.raises(ScenarioError) as caught:
        problems.stop(Mark(source, 50, 1), Code.TOO_DEEP, "deep")
    codes = [problem.code for problem in caught.value.problems]
    assert (len(codes), codes[-1], set(codes[:-1])) == (20, "too-deep", {"duplicate-key"})


@pytest.mark.parametrize(
    ("line", "column", "width"),
    [
        ("日本語: x", 6, 1),
        ("\x1b[31m: x", 8, 1),
        ("a\u0301b: x", 6, 1),
        ("\tb: x", 5, 1),
        ("y" * 500 + " x " + "z" * 500, 502, 1),
        ("\u202e" * 300 + "x", 301, 1),
        ("x" + "y" * 999, 1, 1),
    ],
)
def test_the_caret_stands_under_what_it_means(line: str, column: int, width: int) -> None:
    """Wide, combining, escaped and cut characters do not shift it."""
    from sandbox.report.plain import cells

    _, above, below, *_ = shown(line, column, width).split("\n")
    position = below.index("^")
    before = above[: next(n for n in range(len(above)) if cells(above[:n]) == position)]
    assert above[len(before)] == "x"
    assert cells(above) < 120


def test_texts_from_a_file_are_escaped_everywhere() -> None:
    """Neither the text, the note, the place nor the help lets a control character through."""
    problems = Problems()
    mark = Mark(Source("f\x1b.yaml", "x\x07"), 1, 1)
    evil = "\x1b[2J\u202e"
    problems.add(mark, Code.BAD_TEXT, evil, note=evil, help_text=evil, place=evil)
    with pytest.raises(ScenarioError) as caught:
        problems.raise_any()
    assert all(line.isprintable() for line in str(caught.value).split("\n"))


def test_the_nearest_word_is_suggested_and_a_strange_one_is_not() -> None:
    """A suggestion is only made when it is likely meant, and a huge word costs nothing."""
    assert nearest("wiat", ["wait", "via"]) == "wait"
    assert nearest("zzz", ["wait", "via"]) == ""
    assert did_you_mean("delivred", ["delivered"]) == "did you mean 'delivered'?"
    assert did_you_mean("x" * 1_000_000, ["wait"]) == ""


def test_a_problem_in_a_used_file_says_who_uses_it() -> None:
    """From the file that uses it to the scenario itself, with the lines."""
    problems = Problems()
    main = Source("main\x1b.yaml", "x\n" * 9)
    team = Source("team.yaml", "y\n" * 9, included_from=Mark(main, 7, 1))
    waits = Source("waits.yaml", "z", included_from=Mark(team, 3, 1))
    problems.add(Mark(waits, 1, 1), Code.BAD_TEXT, "no")
    assert str(problems.found()[0]).split("\n")[4:6] == [
        "      = included from team.yaml:3",
        "      = included from main\\x1b.yaml:7",
    ]


def test_problems_found_elsewhere_are_taken_over_once() -> None:
    """In the order of what is here already."""
    here, there = Problems(), Problems()
    source = Source("f", "x\ny")
    here.add(Mark(source, 2, 1), Code.BAD_TEXT, "no")
    there.add(Mark(source, 1, 1), Code.BAD_TEXT, "no")
    there.add(Mark(source, 2, 1), Code.BAD_TEXT, "no")
    here.take(there.found())
    assert [problem.mark.line for problem in here.found()] == [1, 2]
