"""All that a file expects, read."""

import json
from pathlib import Path

import pytest

from sandbox.report.sample import EVERYWHERE, Scope
from sandbox.scenario.metric_expectations import MetricExpectation
from tests.support.scenario_texts import SMALL, codes_of, loaded, problems_of

MINUTE = 60_000_000

TEXT = """\
schema: 1
cascades:
  otp: {levels: [{channel: sms, via: [sms-main]}, whatsapp]}
  ads: {levels: [whatsapp]}
providers:
  sms-main: {channel: sms, price: {amount: 0.05 EUR}}
  spare: {channel: viber}
recipients:
  people: {anna: {phone: "+4915112345678", traits: []}}
load:
  - {burst: 5, cascade: otp}
  - {message: otp-anna, to: anna, at: 1m, cascade: otp}
faults:
  - {id: down, provider: sms-main, at: 2m, for: 5m, set: {receipts.lost: 50%}, recover: {over: 2m}}
  - {id: script, message: otp-anna, level: 0, script: [throttled]}
expect:
"""


def scopes(expect: str) -> list[tuple[str, Scope]]:
    """The scope of each expectation, in words and as it is measured."""
    expectations = loaded(TEXT + expect).expectations
    return [(e.scope, e.within) for e in expectations if isinstance(e, MetricExpectation)]


def test_during_a_fault_is_from_its_beginning_to_its_end() -> None:
    """Its recovery is not in it: the setting is on its way back then."""
    assert scopes("  during: {down: late_rate <= 1%}") == [
        ("during down", Scope(since_us=2 * MINUTE, until_us=7 * MINUTE))
    ]


def test_after_a_fault_is_counted_from_its_end() -> None:
    """Recovery is in what follows; a duration moves the beginning."""
    assert scopes("  after: {down: late_rate <= 1%, down+90s: [late_rate <= 1%]}") == [
        ("after down", Scope(since_us=7 * MINUTE)),
        ("after down+90s", Scope(since_us=17 * MINUTE // 2)),
    ]


def test_several_keys_of_where_hold_together() -> None:
    """Each takes messages away; they are told in the order of the format."""
    where = "{provider: sms-main, cascade: otp, trait: phone_off, country: DE, channel: whatsapp"
    words = "trait phone_off, country DE, cascade otp, channel whatsapp, provider sms-main"
    scope = Scope(
        cascade="otp",
        channel="whatsapp",
        provider="sms-main",
        marks=(("trait", "phone_off"), ("country", "DE")),
    )
    expect = f"  where: [{where}, that: [late_rate <= 1%, late_rate <= 2%]}}]"
    assert scopes(expect) == [(f"where {words}", scope)] * 2


def test_expectations_come_in_the_order_of_the_format() -> None:
    """However the file orders its keys."""
    expect = """\
  sometimes: [receipt lost]
  never: [outcome expired]
  messages: {otp-anna: {ends: delivered}}
  where: [{trait: phone_off, that: late_rate <= 3%}]
  after: {down: late_rate <= 2%}
  during: {down: late_rate <= 1%}
  all: [delivery_rate >= 1%]
"""
    scenario = loaded(TEXT + expect)
    told = [(e.text, e.scope, e.line) for e in scenario.expectations]
    assert told == [
        ("delivery_rate >= 1%", "all", 23),
        ("late_rate <= 1%", "during down", 22),
        ("late_rate <= 2%", "after down", 21),
        ("late_rate <= 3%", "where trait phone_off", 20),
        ("ends delivered", "message otp-anna", 19),
        ("outcome expired", "never", 18),
        ("receipt lost", "sometimes", 17),
    ]
    assert [e.phrase is not None for e in scenario.expectations] == [False] * 5 + [True] * 2
    assert scenario.expectations[4].message == "otp-anna"


def test_a_list_alone_is_about_all_messages() -> None:
    """And a file without `expect` expects nothing."""
    (one,) = loaded(SMALL + "expect: [delivery_rate >= 1%]").expectations
    assert isinstance(one, MetricExpectation)
    assert (one.scope, one.within) == ("all", EVERYWHERE)
    assert loaded(SMALL).expectations == ()


def test_a_resolved_scenario_expects_the_same() -> None:
    """Written out with all its defaults and read again."""
    expect = "  during: {down: late_rate <= 1%}\n  where: [{country: DE, that: late_rate <= 3%}]\n"
    expect += "  messages: {otp-anna: {path: ['sms:failed'], late: []}}\n  never: late success\n"
    scenario = loaded(TEXT + expect)
    again = loaded(json.dumps(dict(scenario.resolved)))
    assert [(e.text, e.scope) for e in again.expectations] == [
        (e.text, e.scope) for e in scenario.expectations
    ]


BROKEN = [
    ("during: {dwn: late_rate <= 1%}", "17:12: error[unknown-fault]: there is no fault 'dwn'"),
    ("during: {script: late_rate <= 1%}",
     "17:12: error[unknown-fault]: 'script' is a script of one message, and lasts for no time"),
    ("after: {dwn+2m: late_rate <= 1%}", "17:11: error[unknown-fault]: there is no fault 'dwn'"),
    ("after: {down-2m: late_rate <= 1%}",
     "17:11: error[unknown-fault]: there is no fault 'down-2m'"),
    ("after: {down+2: late_rate <= 1%}", "17:11: error[unit-missing]: 2 has no unit"),
    ("during: {down: late_rte <= 1%}", "17:18: error[unknown-metric]: no metric 'late_rte'"),
    ("during: {down: late_rate <= 1s}",
     "17:31: error[wrong-unit]: late_rate is compared with a share such as 95%, not with 1s"),
    ("during: {down: [late_rate =< 1%]}", "17:29: error[bad-expectation]: '=<' does not compare"),
    ("after: {down: provider.spare.cost <= 1 EUR}",
     "17:17: error[unknown-metric]: no provider 'spare' in 'provider.spare.cost'"),
    ("where: {trait: phone_of, that: late_rate <= 1%}",
     "17:18: error[unknown-trait]: there is no trait 'phone_of'"),
    ("where: {cascade: opt, that: late_rate <= 1%}",
     "17:20: error[unknown-cascade]: there is no cascade 'opt'"),
    ("where: {channel: viber, that: late_rate <= 1%}",
     "17:20: error[unknown-word]: no level is on the channel 'viber'"),
    ("where: {provider: spare, that: late_rate <= 1%}",
     "17:21: error[unknown-provider]: no level uses 'spare'"),
    ("where: {provider: sms-man, that: late_rate <= 1%}",
     "17:21: error[unknown-provider]: there is no provider 'sms-man'"),
    ("where: {country: de, that: late_rate <= 1%}",
     "17:20: error[bad-country]: 'de' is not a country of two upper-case letters"),
    ("where: {country: DE}", "17:10: error[missing-key]: 'that' is missing"),
    ("where: {that: late_rate <= 1%}", "17:10: error[too-few]: this where chooses no messages"),
    ("messages: {otp-ana: {ends: delivered}}",
     "17:14: error[unknown-message]: there is no message 'otp-ana'"),
    ("messages: {otp-anna: {ends: dead}}",
     "17:31: error[unknown-word]: 'dead' is not an outcome"),
    ("messages: {otp-anna: {path: [sms:dead]}}",
     "17:36: error[unknown-word]: no attempt ends 'dead'"),
    ("messages: {otp-anna: {}}",
     "17:24: error[too-few]: nothing is expected of this message"),
    ("messages: {otp-anna: {verified: on}}",
     "17:35: error[wrong-type]: expected true or false, found the text 'on'"),
    ("never: [doubled delivery]",
     "17:11: error[unknown-phrase]: 'doubled delivery' is nothing that is counted"),
    ("sometimes: [fallback to level 2]", "17:15: error[unknown-phrase]: no cascade has a level 2"),
    ("sometimes: fallback to level 0",
     "17:14: error[unknown-phrase]: level 0 comes first, and nothing falls back to it"),
    ("never: outcome X", "17:10: error[unknown-phrase]: 'outcome X' is nothing that is counted"),
    ("across_seeds: [delivery_rate >= 1%]",
     "17:3: error[not-built]: 'across_seeds' is not built yet"),
]  # fmt: skip


@pytest.mark.parametrize(("expect", "problem"), BROKEN, ids=[expect for expect, _ in BROKEN])
def test_what_is_wrong_is_shown_where_it_is_wrong(expect: str, problem: str) -> None:
    """Each mistake alone, with its position and its code."""
    assert problems_of(f"{TEXT}  {expect}") == [problem]


def test_a_message_of_a_trace_has_a_name_too(tmp_path: Path) -> None:
    """Traffic from a CSV file may name messages, and something may be expected of them."""
    (tmp_path / "traffic.csv").write_text("at,name\n1s,first\n2s,\n", encoding="utf-8")
    file = tmp_path / "scenario.yaml"
    text = "schema: 1\ncascades: {otp: [sms]}\nload: [{trace: traffic.csv}]\nexpect:\n"
    file.write_text(text + "  messages: {first: {ends: delivered}}\n", encoding="utf-8")
    assert problems_of(file) == []
    file.write_text(text + "  messages: {frst: {ends: delivered}}\n", encoding="utf-8")
    assert problems_of(file) == [f"{file}:5:14: error[unknown-message]: there is no message 'frst'"]


def test_all_mistakes_are_found_in_one_pass() -> None:
    """Also in sentences about a fault or people that do not exist."""
    expect = """\
  during: {dwn: [late_rte <= 1%]}
  where: {trait: bald, cascade: opt, that: late_rate <= 1s}
  messages: {nobody: {path: [sms:dead]}}
  never: [nothing]
"""
    assert codes_of(TEXT + expect) == [
        "unknown-fault", "unknown-metric", "unknown-trait", "unknown-cascade", "wrong-unit",
        "unknown-message", "unknown-word", "unknown-phrase",
    ]  # fmt: skip


def test_what_is_broken_itself_is_not_missed_as_well() -> None:
    """A fault or a message that cannot be read is complained about once, where it is."""
    script = next(line for line in TEXT.splitlines(keepends=True) if "id: script" in line)
    broken = TEXT.replace("for: 5m", "for: 5").replace("at: 1m,", "at: 1,").replace(script, "")
    expect = "  during: {down: late_rate <= 1%}\n  messages: {otp-anna: {ends: delivered}}\n"
    assert codes_of(broken + expect) == ["unit-missing", "unit-missing"]
    without_load = TEXT.replace(script, "").replace("load:\n", "lod:\n")
    assert codes_of(without_load + expect) == ["missing-key", "unknown-key"]
