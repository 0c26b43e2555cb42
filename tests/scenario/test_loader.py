"""From a text to a scenario."""

import json
import os
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sandbox.errors import ScenarioError, UsageError
from sandbox.report.plain import plain
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from sandbox.scenario.nodes import data
from sandbox.scenario.schema import schema
from sandbox.scenario.writer import resolved_text
from tests.support.scenario_texts import (
    SCENARIO_TESTS,
    SHIPPED,
    SMALL,
    codes_of,
    loaded,
    problems_of,
    tree,
)

FILES = sorted(SHIPPED.glob("*.yaml"))
TEXTS = [SMALL, *[path.read_text(encoding="utf-8") for path in FILES]]
BROKEN = [
    path.read_text(encoding="utf-8")
    for path in sorted((SCENARIO_TESTS / "broken").glob("*.yaml"))
    if path.stem != "not-utf8"
]


def test_a_path_a_name_and_a_text_are_all_sources(tmp_path: Path) -> None:
    """A text has several lines or stands in braces; anything else is a file or a shipped name."""
    file = tmp_path / "small.yaml"
    file.write_text(SMALL, encoding="utf-8")
    sources = (file, str(file), SMALL, "{schema: 1, cascades: {otp: [sms]}, load: [{burst: 1}]}")
    assert [(load(each).file, load(each).name) for each in sources] == [
        (str(file), "small"),
        (str(file), "small"),
        ("", "unnamed"),
        ("", "unnamed"),
    ]
    shipped = FILES[0]
    assert load(shipped.stem).file == str(shipped)


@pytest.mark.parametrize("name", ["no-such-scenario", "no/such/file.yaml", "x" * 5000, "a\0b"])
def test_a_file_that_is_not_there_is_a_mistake_of_the_call(name: str) -> None:
    """It says so and suggests what there is."""
    with pytest.raises(UsageError):
        load(name)


@pytest.mark.parametrize("name", ["", ".", "missing.yaml"])
def test_a_path_that_cannot_be_read_is_a_problem(tmp_path: Path, name: str) -> None:
    """A folder or a missing file is explained in one line, without a source line."""
    with pytest.raises(ScenarioError) as caught:
        load(tmp_path / name)
    assert [problem.code for problem in caught.value.problems] == ["unreadable-file"]
    assert len(str(caught.value).split("\n")) == 2


def test_a_random_seed_is_drawn_and_shown() -> None:
    """`random` differs from run to run, and the resolved scenario has the number."""
    scenarios = [loaded(SMALL + "seed: random") for _ in range(3)]
    assert len({scenario.seed for scenario in scenarios}) == 3
    assert all(each.seed_is_random and each.resolved["seed"] == each.seed for each in scenarios)
    given_seed = loaded(SMALL + "seed: random", seed=5)
    assert (given_seed.seed, given_seed.seed_is_random, given_seed.world.seed) == (5, False, 5)


def test_words_for_people_arrive_as_they_are() -> None:
    """Titles, captions and descriptions may hold anything; nothing is interpreted."""
    hostile = "[bold]\\e[31m\\u202E\\u200B{code} %s 🎲"
    scenario = loaded(
        SMALL + f'title: "{hostile}"\ndescription: "{hostile}"\ntags: ["{hostile}"]\n'
        f'demo: {{speed: 20x, captions: [{{at: 2m, say: "{hostile}"}}]}}'
    )
    text = "[bold]\x1b[31m\u202e\u200b{code} %s 🎲"
    assert (scenario.title, scenario.description, scenario.tags) == (text, text, (text,))
    assert (scenario.captions[0].at_us, scenario.captions[0].say) == (120_000_000, text)
    assert scenario.demo_speed == Fraction(20)


def test_what_is_probably_not_meant_is_a_warning() -> None:
    """A provider no level uses, a fault that cannot fire, a multiple of nothing."""
    scenario = loaded(
        SMALL + "providers: {x: {channel: sms}, sms: {}}\n"
        "faults: [{provider: x, at: 1m, for: 1m, set: {receipts.lost: 1%}}]"
    )
    assert scenario.warnings == (
        "<text>:4:13: warning: no level uses the provider 'x'",
        "<text>:5:21: warning: no level uses 'x', this fault cannot fire",
    )
    assert loaded(SMALL).warnings == ()
    nothing = "faults: [{provider: sms, at: 1m, for: 1m, set: {delivery.read.share: x2}}]"
    assert loaded(SMALL + nothing).warnings == (
        "<text>:4:49: warning: delivery.read.share of 'sms' is 0, so x2 changes nothing",
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_scenario_survives_being_written_out(path: Path) -> None:
    """The resolved scenario is a scenario, for the same world, and resolves to itself."""
    scenario = load(path)
    again = load(resolved_text(scenario))
    assert again.world == scenario.world
    assert again.resolved == scenario.resolved
    assert again.resolved_hash == scenario.resolved_hash
    assert [e.text for e in again.expectations] == [e.text for e in scenario.expectations]
    json.dumps(scenario.resolved)


def test_what_was_written_out_has_more_room_than_a_file() -> None:
    """The bounds are for what people write; a resolved scenario is as long as it must be."""
    names = ", ".join(f"{{message: m{number}}}" for number in range(2000))
    text = json.dumps(load(f"schema: 1\ncascades: {{otp: [sms]}}\nload: [{names}]\n").resolved)
    with pytest.raises(ScenarioError, match="too-many-nodes"):
        load(text)
    assert len(load(text, is_resolved=True).world.load) == 2000


def test_the_hash_says_whether_two_scenarios_are_the_same() -> None:
    """Comments, order and spelling of defaults do not matter; a value does."""
    same = (
        "# a comment\nload: [{burst: 20, at: 0s}]\n"
        "cascades: {otp: [sms, whatsapp, viber]}\nschema: 1"
    )
    assert loaded(same).resolved_hash == loaded(SMALL).resolved_hash
    assert loaded(SMALL + "seed: 2").resolved_hash != loaded(SMALL).resolved_hash


def test_a_small_scenario_loads_fast() -> None:
    """Reading, checking and building cost less than 60 ms, built-in files included."""
    code = (
        "import time, sys\n"
        "from pathlib import Path\n"
        "from sandbox.scenario.loader import load\n"
        "began = time.process_time()\n"
        "load(Path(sys.argv[1]))\n"
        "print(time.process_time() - began)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(FILES[0])],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(SHIPPED.parent)},
    )
    assert float(run.stdout) < 0.06


# Whatever a file says --------------------------------------------------------------------------

PIECES = [
    "[", "]", "{", "}", ":", ",", "- ", "\n", "  ", "\t", "'", '"', "&a ", "*a", "!x ", "<<: *a",
    "|", ">", "#", "%", "?", "---\n", "null", "~", "-1", "0", "1e9", ".nan", "x10", "rest", "none",
    "5%", "30s", "0 EUR", "1 USD", "9" * 30, "\x00", "\u202e", "\u2028", "\ud800", "NO", "ideal",
    "base: sms", "{}", "[]", "via: [a, b]", "success: read", "deadline: none", "wait: none",
    "as: failed", "sms", "viber", "submit.outcomes", "receipts", "3/s", "lognormal", "schema: 1",
]  # fmt: skip

Edit = tuple[int, int, str]


def mutated(text: str, edits: list[Edit]) -> str:
    """A text with pieces of it replaced by others."""
    for where, length, piece in edits:
        at = where % (len(text) + 1)
        text = text[:at] + piece + text[at + length :]
    return text


def loaded_or_explained(text: str) -> Scenario | ScenarioError:
    """What comes of a text; anything else that is raised is a bug."""
    try:
        return load(text)
    except ScenarioError as error:
        return error


VALIDATOR = jsonschema.Draft202012Validator(schema())


@given(
    st.sampled_from([*TEXTS, *BROKEN]),
    st.lists(
        st.tuples(
            st.integers(0, 1 << 16),
            st.integers(0, 12),
            st.one_of(st.sampled_from(PIECES), st.text(max_size=3)),
        ),
        min_size=1,
        max_size=6,
    ),
)
@example(SMALL, [(0, 0, "")])
def test_no_text_gives_anything_but_a_scenario_or_an_explanation(
    text: str, edits: list[Edit]
) -> None:
    """A mutilated file loads or is explained, and what loads the schema allows as well."""
    mutilated = mutated(text, edits) + "\n"
    outcome = loaded_or_explained(mutilated)
    if isinstance(outcome, ScenarioError):
        assert 1 <= len(outcome.problems) <= 20
        assert all(plain(line) == line for line in str(outcome).split("\n"))
    else:
        assert load(resolved_text(outcome)).world == outcome.world
        VALIDATOR.validate(data(tree(mutilated)))


@given(st.text(max_size=200))
def test_noise_is_explained(text: str) -> None:
    """Any text at all is explained."""
    assert problems_of("\n" + text)


@given(
    st.lists(st.sampled_from(["providers", "sms", "0", "cascades", "otp", "levels", "wait", "load",
                              "receipts", "lost", "set", "faults", "", "x y", "é"]), max_size=6),
    st.one_of(st.sampled_from(PIECES), st.text(max_size=10)),
)  # fmt: skip
def test_no_override_gives_anything_but_a_scenario_or_an_explanation(
    parts: list[str], value: str
) -> None:
    """Whatever is set to whatever, it loads or is explained."""
    codes = codes_of(SMALL, (".".join(parts), value))
    assert all(codes) or not codes


def test_a_large_scenario_is_no_slower_than_its_size() -> None:
    """A file near the limit of nodes is read in a second."""
    messages = "".join(f"  - {{message: m{n}, at: {n}s}}\n" for n in range(1800))
    began = time.process_time()
    scenario = loaded(f"schema: 1\ncascades: {{otp: [sms]}}\nload:\n{messages}")
    assert time.process_time() - began < 2
    assert len(scenario.world.load) == 1800
