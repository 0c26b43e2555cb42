"""Files that use others."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.errors import ScenarioError
from sandbox.report.plain import plain
from sandbox.scenario import includes
from sandbox.scenario.includes import DEPTH_MAX, FILES_MAX
from sandbox.scenario.library import folder
from sandbox.scenario.loader import load
from sandbox.scenario.model import Scenario
from sandbox.scenario.nodes import Node, Source
from sandbox.scenario.origins import text_with_origins
from sandbox.scenario.problems import Problems
from sandbox.scenario.reader import read
from sandbox.scenario.writer import resolved_text

MAIN = "schema: 1\nuse: [a.yaml]\n"
WORLD = "schema: 1\ncascades: {otp: [sms, viber]}\nload: [{burst: 3}]\n"
FIGURE = re.compile(r"[0-9](%|ms|s|m|h| EUR)(?![0-9A-Za-z])")
PRESETS = sorted((folder() / "presets").glob("*.yaml"))


@pytest.fixture(autouse=True)
def _in_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(**files: str) -> Path:
    """Write files, `__` in a name being a slash, and say which is the scenario."""
    for name, text in files.items():
        path = Path(f"{name.replace('__', '/')}.yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Path("main.yaml")


def of(**files: str) -> Scenario:
    """Load the scenario `main` among these files."""
    return load(write(**files))


def said(**files: str) -> str:
    """Everything that is said about the scenario `main` among these files."""
    with pytest.raises(ScenarioError) as caught:
        of(**files)
    return str(caught.value)


# What comes of it ------------------------------------------------------------------------------


def test_maps_merge_lists_replace_and_the_file_itself_is_last() -> None:
    """Later files win, and what none of the later ones says stays."""
    scenario = of(
        a=WORLD + "title: a\nseed: 5\nclock: {limit: 5h, warm_up: 1s}\n"
        "providers: {sms: {price: {amount: 0.01 EUR}, receipts: {lost: 9%}}}\n",
        b="schema: 1\ntitle: b\ndescription: b\nload: [{burst: 4}, {burst: 5}]\n"
        "providers: {sms: {receipts: {lost: 8%}}}\n",
        main="schema: 1\nuse: [a.yaml, b.yaml]\ntitle: main\nclock: {limit: 6h}\n",
    )
    assert (scenario.title, scenario.description, scenario.seed) == ("main", "b", 5)
    assert (scenario.world.limit_us, scenario.warm_up_us) == (6 * 3_600_000_000, 1_000_000)
    assert len(scenario.world.load) == 2
    settings = scenario.world.providers[0].settings
    assert (settings.price_nano, settings.receipt_lost) == (10_000_000, 80_000_000)
    assert "use" not in scenario.resolved
    assert scenario.name == "main"


def test_short_forms_merge_with_long_ones() -> None:
    """A cascade that is a list goes together with one that is a map, and a lone use with a list."""
    scenario = of(
        a="schema: 1\ncascades: {otp: [sms, viber]}\nexpect: [delivery_rate >= 1%]\n",
        main="schema: 1\nuse: a.yaml\ncascades: {otp: {deadline: 3m}}\nload: [{burst: 1}]\n",
    )
    plan = scenario.world.plans[0]
    assert [level.channel for level in plan.levels] == ["sms", "viber"]
    assert plan.deadline_us == 180_000_000
    assert [each.text for each in scenario.expectations] == ["delivery_rate >= 1%"]


def test_shares_and_countries_replace_as_they_do_over_a_base() -> None:
    """Shares that sum to one cannot be mixed; traits merge by name, and {} leaves none of them."""
    a = (
        WORLD + "providers: {sms: {delivery: {outcomes: {delivered: rest, failed: 9%}, "
        "time: {fixed: 1s}}}}\n"
        "recipients: {country: {PL: 100%}, traits: {tired: {share: 1%, hits: sms, as: failed}}}\n"
    )
    scenario = of(
        a=a,
        main=MAIN + "providers: {sms: {delivery: {outcomes: {delivered: 100%}, "
        "time: {uniform: [1s, 2s]}}}}\n"
        "recipients: {country: {DE: 100%}, traits: {tired: {share: 2%}}}\n",
    )
    settings = scenario.world.providers[0].settings
    assert settings.delivery_outcomes.share("failed") == 0
    population = scenario.world.population
    assert [country for country, _ in population.countries] == ["DE"]
    assert next(t.share for t in population.traits if t.name == "tired") == 20_000_000
    without = of(a=a, main=MAIN + "recipients: {traits: {}}\n")
    assert without.world.population.traits == ()


def test_a_name_that_looks_like_a_key_is_a_name() -> None:
    """A cascade called outcomes merges as any other."""
    scenario = of(
        a="schema: 1\ncascades: {outcomes: [sms]}\nload: [{burst: 1}]\n",
        main=MAIN + "cascades: {outcomes: {deadline: 3m}}\n",
    )
    assert scenario.world.plans[0].levels[0].channel == "sms"


def test_files_that_are_used_use_others_beside_them() -> None:
    """A path is relative to the file it stands in, and the same file may be used twice."""
    scenario = of(
        team__colours="schema: 1\ntitle: colours\ndescription: colours\n",
        team__defaults=WORLD + "use: [colours.yaml]\ntitle: defaults\n",
        main="schema: 1\nuse: [team/defaults.yaml, team/colours.yaml]\n",
    )
    assert (scenario.title, scenario.description) == ("colours", "colours")
    assert {path.name for path in scenario.used_files} == {"defaults.yaml", "colours.yaml"}
    assert all(path.is_absolute() and path.is_file() for path in scenario.used_files)


def test_a_file_with_use_is_the_scenario_its_flattened_text_is() -> None:
    """The world and the hash are the same, so that a stored run needs none of the files."""
    scenario = of(
        a=WORLD + "faults: [{provider: sms, at: 1s, for: 1s, set: {receipts.lost: 5%}}]\n",
        main="schema: 1\nuse: [presets/providers-eu.yaml, a.yaml]\nseed: 7\n",
    )
    flat = load(resolved_text(scenario))
    assert flat.world == scenario.world
    assert flat.resolved_hash == scenario.resolved_hash
    assert scenario.warnings == ()


def test_overrides_change_what_was_merged() -> None:
    """`--set` sees one file; what the scenario uses cannot be set."""
    path = write(a=WORLD, main=MAIN)
    scenario = load(path, overrides=[("cascades.otp.levels.1.wait", "7s")])
    assert scenario.world.plans[0].levels[1].wait_us == 7_000_000
    with pytest.raises(ScenarioError) as caught:
        load(path, overrides=[("use", "[a.yaml]")])
    assert "--set use: error[bad-override]: use is read before anything is set" in str(caught.value)


def test_a_base_may_stand_in_another_file() -> None:
    """Names lead from any file to any other."""
    scenario = of(
        a="schema: 1\nproviders: {mine: {base: sms, price: {amount: 0.5 EUR}}}\n",
        main=MAIN + "providers: {yours: {base: mine}}\n"
        "cascades: {otp: [{channel: sms, via: yours}]}\nload: [{burst: 1}]\n",
    )
    assert scenario.world.providers[0].settings.price_nano == 500_000_000


def test_providers_of_a_used_file_may_be_left_unused() -> None:
    """A file for a whole team describes more than one scenario needs; one's own file does not."""
    scenario = of(
        a="schema: 1\nproviders: {spare: {base: sms}, sms: {}}\n",
        main=MAIN + "providers: {mine: {base: sms}}\ncascades: {otp: [sms]}\nload: [{burst: 1}]\n",
    )
    assert scenario.warnings == ("main.yaml:3:13: warning: no level uses the provider 'mine'",)


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_every_shipped_preset_can_be_used(path: Path) -> None:
    """By a text too, which has no folder; it fits the built-in figures and leaves no warning."""
    text = path.read_text("utf-8")
    own = "" if "\ncascades:" in text else "cascades: {otp: [sms, whatsapp, viber]}\n"
    scenario = load(f"schema: 1\nuse: [presets/{path.name}]\n{own}load: [{{burst: 3}}]\n")
    assert scenario.warnings == ()
    assert scenario.currency == "EUR"


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_every_figure_of_a_preset_says_where_it_comes_from(path: Path) -> None:
    """Sourced, derived or assumed, in a comment on its line."""
    lines = path.read_text("utf-8").splitlines()
    figures = [line for line in lines if FIGURE.search(line.split("#")[0].replace("100%", ""))]
    assert figures or "reports" in "".join(lines)
    assert [f for f in figures if not re.search("# (sourced|derived|assumed)", f)] == []


def test_there_are_presets_of_several_kinds() -> None:
    """Providers, people and plans."""
    names = {path.stem for path in PRESETS}
    assert {"providers-eu", "providers-us", "providers-india", "otp-standard"} <= names


# What is wrong with it -------------------------------------------------------------------------


def test_what_is_wrong_in_a_used_file_is_shown_there() -> None:
    """Its own line and caret, and who uses it, and who uses that one in turn."""
    shown = said(
        team__b="schema: 1\ncascades:\n  otp:\n    levels:\n      - {channel: sms, wait: 30}\n",
        team__a="schema: 1\n\nuse: [b.yaml]\nload: [{burst: 1}]\n",
        main="schema: 1\nuse:\n  - team/a.yaml\n",
    )
    assert shown.split("\n") == [
        "team/b.yaml:5:30: error[unit-missing]: 30 has no unit",
        "    5 |       - {channel: sms, wait: 30}",
        "      |                              ^^ write 30s, 30ms or 30m",
        "      = in cascades.otp.levels[0] (sms)",
        "      = included from team/a.yaml:3",
        "      = included from main.yaml:3",
        "      = help: sandbox explain unit-missing",
    ]


def test_all_that_is_wrong_is_said_in_one_pass() -> None:
    """Broken YAML, a key twice, a missing file and an unknown key, each in another file."""
    shown = said(
        a="schema: 1\ntitle: x\ntitle: y\n",
        b="schema: 1\nload: [{burst: 3}\n",
        main="schema: 1\nuse: [a.yaml, b.yaml, n.yaml]\nsede: 5\n"
        "cascades: {otp: [{channel: sms, wait: 5}]}\n",
    )
    assert [line for line in shown.split("\n") if "error[" in line] == [
        "main.yaml:2:23: error[unreadable-file]: cannot read 'n.yaml': no such file or directory",
        "main.yaml:3:1: error[unknown-key]: unknown key 'sede'",
        "main.yaml:4:39: error[unit-missing]: 5 has no unit",
        "a.yaml:3:1: error[duplicate-key]: 'title' stands here twice, first in line 2",
        "b.yaml:2:7: error[yaml-syntax]: this [ is not closed",
    ]


FIRST_LINES = [
    ({"main": "schema: 1\nuse: []\n" + WORLD[10:]},
     "main.yaml:2:6: error[too-few]: expected at least 1, found none"),
    ({"main": "schema: 1\nuse: {a: b}\n" + WORLD[10:]},
     "main.yaml:2:6: error[wrong-type]: expected the path of a file, found a map"),
    ({"main": "schema: 1\nuse:\n" + WORLD[10:]},
     "main.yaml:2:5: error[missing-value]: expected a list, found nothing"),
    ({"main": "schema: 1\nuse: [[a.yaml]]\n" + WORLD[10:]},
     "main.yaml:2:7: error[wrong-type]: expected the path of a file, found a list"),
    ({"main": MAIN},
     "main.yaml:2:7: error[unreadable-file]: cannot read 'a.yaml': no such file or directory"),
    ({"main": "schema: 1\nuse: [presets/m]\n"},
     "main.yaml:2:7: error[unreadable-file]: cannot read 'presets/m': no such file or directory"),
    ({"main": "schema: 1\nuse: [../a.yaml]\n"},
     "main.yaml:2:7: error[bad-path]: '../a.yaml' leads out of the folder it stands in"),
    ({"main": "schema: 1\nuse: [/etc/passwd]\n"},
     "main.yaml:2:7: error[bad-path]: '/etc/passwd' is not relative to the file it stands in"),
    ({"main": "schema: 1\nuse: [main.yaml]\n"},
     "main.yaml:2:7: error[use-cycle]: main.yaml -> main.yaml goes in circles"),
    ({"main": MAIN, "a": "schema: 1\nuse: [b.yaml]\n", "b": "schema: 1\nuse: [a.yaml]\n"},
     "b.yaml:2:7: error[use-cycle]: a.yaml -> b.yaml -> a.yaml goes in circles"),
    ({"main": MAIN, "a": "schema: 1\nuse: [b.yaml]\n", "b": "schema: 1\nuse: [main.yaml]\n"},
     "b.yaml:2:7: error[use-cycle]: main.yaml -> a.yaml -> b.yaml -> main.yaml goes in circles"),
    ({"main": MAIN, "a": ""},
     "a.yaml:1:1: error[empty-file]: there is nothing in here"),
    ({"main": MAIN, "a": "- 1\n"},
     "a.yaml:1:1: error[wrong-type]: expected a map, found a list"),
    ({"main": MAIN, "a": WORLD[10:]},
     "a.yaml:1:1: error[missing-key]: 'schema' is missing in this file"),
    ({"main": MAIN, "a": WORLD.replace("1", "2", 1)},
     "a.yaml:1:9: error[schema-version]: this program reads version 1 of the format, not 2"),
    ({"main": "use: [a.yaml]\n", "a": WORLD},
     "main.yaml:1:1: error[missing-key]: 'schema' is missing"),
    ({"main": MAIN, "a": "schema: 1\nload: [{burst: 1}]\n"},
     "main.yaml:1:1: error[missing-key]: 'cascades' is missing"),
    ({"main": MAIN, "a": WORLD + "x: &a [*a]\n"},
     "a.yaml:4:8: error[yaml-alias]: *a would hold itself"),
    ({"main": MAIN, "a": WORLD + "\tx: 1\n"},
     "a.yaml:4:1: error[yaml-tab]: a tab where YAML wants spaces"),
    ({"main": MAIN, "a": WORLD + "---\n" + WORLD},
     "a.yaml:4:1: error[yaml-several-documents]: a second document begins here"),
    ({"main": MAIN, "a": WORLD + "sede: 1\n"},
     "a.yaml:4:1: error[unknown-key]: unknown key 'sede'"),
    ({"main": MAIN, "a": WORLD + "parallel: {}\n"},
     "a.yaml:4:1: error[not-built]: 'parallel' is not built yet"),
    ({"main": MAIN, "a": WORLD + "faults: [{provider: smz, at: 1s, for: 1s, set: {validity: 1s}}]"},
     "a.yaml:4:21: error[unknown-provider]: there is no provider 'smz'"),
    ({"main": MAIN + "cascades: {otp: [smz]}\n", "a": WORLD},
     "main.yaml:3:18: error[unknown-word]: 'smz' is not a channel"),
    ({"main": MAIN + "providers: {x: {base: y}}\n", "a": WORLD + "providers: {y: {base: x}}\n"},
     "main.yaml:3:23: error[base-cycle]: y -> x -> y goes in circles"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "line"), FIRST_LINES, ids=lambda each: str(each)[-40:])
def test_a_broken_use_is_explained_where_it_is_broken(files: dict[str, str], line: str) -> None:
    """In the file that uses, or in the one that is used."""
    assert line in said(**files).split("\n")


def test_a_file_can_only_be_so_deep_and_use_so_many() -> None:
    """Eight deep, 32 in all, and what would be the next is pointed at."""
    chain = {f"f{n}": f"schema: 1\nuse: [f{n + 1}.yaml]\n" for n in range(DEPTH_MAX + 1)}
    shown = said(main="schema: 1\nuse: [f0.yaml]\n", **chain)
    assert shown.startswith(
        "f7.yaml:2:7: error[too-many-files]: files use each other more than 8 deep"
    )
    many = ", ".join(["a.yaml"] * (FILES_MAX + 1))
    shown = said(a=WORLD, main=f"schema: 1\nuse: [{many}]\n")
    assert shown.startswith("main.yaml:2:263: error[too-many-files]: more than 32 files are used")
    assert of(a=WORLD, main=f"schema: 1\nuse: [{many[8:]}]\n").world.plans


def test_files_that_multiply_each_other_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of many levels using the next several times costs no more than each once."""
    names = []

    def counted(source: Source, text: str, problems: Problems) -> Node:
        names.append(source.name)
        return read(source, text, problems)

    monkeypatch.setattr(includes, "read", counted)
    files = {f"f{n}": f"schema: 1\nuse: [{f'f{n + 1}.yaml, ' * 4}]\n" for n in range(6)}
    assert of(f6=WORLD, main="schema: 1\nuse: [f0.yaml]\n", **files).world.plans
    assert names == [f"f{n}.yaml" for n in range(7)]


def test_all_files_together_are_as_large_as_one_may_be() -> None:
    """Neither many values nor many bytes can be brought in by pieces."""
    people = {n: ", ".join(f"p{n}x{each}: {{}}" for each in range(3000)) for n in (1, 2)}
    files = {f"f{n}": f"schema: 1\nrecipients: {{people: {{{people[n]}}}}}\n" for n in people}
    shown = said(main=WORLD + "use: [f1.yaml, f2.yaml]\n", **files)
    assert shown.startswith(
        "main.yaml:4:1: error[too-many-nodes]: more than 10000 values, with those of the files it "
    )
    padding = "#" * 600_000 + "\n"
    shown = said(main=WORLD + "use: [a.yaml, b.yaml]\n", a=padding + WORLD, b=padding + WORLD)
    assert shown.startswith(
        "main.yaml:4:15: error[file-too-big]: the file and those it uses are larger than 1024 KiB"
    )


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    """Neither the file nor a line of it is shown."""
    secret = tmp_path.parent / "secret.yaml"
    secret.write_text("schema: 1\npassword: hunter2\n", encoding="utf-8")
    Path("a.yaml").symlink_to(secret)
    shown = said(main=MAIN)
    assert "main.yaml:2:7: error[bad-path]: 'a.yaml' is a link that leads out" in shown
    assert "hunter2" not in shown


def test_a_text_has_shipped_presets_and_no_other_files() -> None:
    """There is no folder to look in."""
    with pytest.raises(ScenarioError) as caught:
        load(MAIN + WORLD[10:])
    assert "<text>:2:7: error[unreadable-file]: there is no folder to look for 'a.yaml' in" in str(
        caught.value
    )


def test_hostile_names_and_texts_come_out_harmless() -> None:
    """Whatever a used file holds, no line of an error acts on a terminal."""
    Path("a\u202e.yaml").write_text('schema: 1\n"\\e[2J\\u202e": 1\n', encoding="utf-8")
    shown = said(main='schema: 1\nuse: ["a\\u202e.yaml"]\n')
    assert all(line.isprintable() for line in shown.split("\n"))


# Whatever the files say ------------------------------------------------------------------------


def loaded_or_explained(path: Path) -> Scenario | ScenarioError:
    """What comes of a file; anything else that is raised is a bug."""
    try:
        return load(path)
    except ScenarioError as error:
        return error


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the folder may be shared
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 400), st.integers(0, 9), st.text(max_size=3)),
        max_size=4,
    )
)
def test_no_files_give_anything_but_a_scenario_or_an_explanation(
    edits: list[tuple[int, int, int, str]],
) -> None:
    """Mutilated files load or are explained, and what loads can be written out and read back."""
    texts = [
        "schema: 1\nuse: [a.yaml, b.yaml]\ncascades: {otp: {deadline: 3m}}\nload: [{burst: 2}]\n",
        "schema: 1\nuse: b.yaml\nproviders: {x: {base: sms, price: {amount: 0.1 EUR}}}\n",
        WORLD + "recipients: {traits: {phone_off: {share: 1%}}, country: {DE: 100%}}\n",
    ]
    for which, where, length, piece in edits:
        text = texts[which]
        at = where % (len(text) + 1)
        texts[which] = text[:at] + piece + text[at + length :]
    for name, text in zip(("main", "a", "b"), texts, strict=True):
        Path(f"{name}.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    outcome = loaded_or_explained(Path("main.yaml"))
    if isinstance(outcome, ScenarioError):
        assert 1 <= len(outcome.problems) <= 20
        assert all(plain(line) == line for line in str(outcome).split("\n"))
    else:
        assert load(text_with_origins(outcome), is_resolved=True).world == outcome.world


def test_a_missing_file_hides_nothing_of_maps_with_defaults() -> None:
    """What the rest says is read with its defaults, so that only what is wrong is said."""
    told = said(
        main="schema: 1\nuse: [none.yaml]\nload: [{burst: 1}]\n"
        "cascades: {otp: [{channel: sms, wait: 3, retries: {max: 2}}]}\n"
    )
    assert re.findall(r"error\[(.*?)\]", told) == ["unreadable-file", "unit-missing"]
