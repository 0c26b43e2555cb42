"""Messages whose every attempt is scripted, and their explanations."""

from pathlib import Path
from typing import Final

from sandbox.app.run import run_loaded
from sandbox.app.why import Followed
from sandbox.report.leaving import Leaving
from sandbox.report.what_ifs import Question, WhatIf
from sandbox.report.why import Explained
from sandbox.scenario.loader import load

HEAD: Final = """\
schema: 1
name: scripted
seed: 3
providers:
  sms: {channel: sms, base: ideal, price: {amount: 0.05 EUR}}
  sms-2: {channel: sms, base: ideal, price: {amount: 0.07 EUR}}
  wa:
    {channel: whatsapp, base: ideal, price: {amount: 0.03 EUR},
     receipts: {reports: [sent, delivered, read]}}
  viber: {channel: viber, base: ideal}
recipients: {population: 10, traits: {}, people: {anna: {phone: "+4915112345678", country: DE}}}
"""


def scripted(levels: str, *scripts: str, more: str = "", cascade: str = "") -> str:
    """A scenario with one named message.

    Args:
        levels: The levels of its cascade, in lines.
        scripts: For each level what becomes of its attempts; "" leaves it to the provider.
        more: Further lines.
        cascade: Further settings of the cascade, in lines.
    """
    faults = [
        f"  - {{id: script-{level}, message: m, level: {level}, script: [{script}]}}"
        for level, script in enumerate(scripts)
        if script
    ]
    lines = [HEAD.rstrip(), "cascades:", "  otp:"]
    lines += [f"    {line}" for line in cascade.splitlines()]
    lines += ["    levels:", *(f"      {line}" for line in levels.splitlines())]
    lines += ["load: [{message: m, to: anna, at: 1s, cascade: otp}]"]
    lines += (["faults:", *faults] if faults else []) + ([more] if more else [])
    return "\n".join(lines) + "\n"


def explained(source: str | Path, message: str = "m") -> Explained:
    """Run a scenario and explain a message of it."""
    scenario = load(source)
    followed = Followed(scenario, message)
    run_loaded(scenario, folds=(followed.fold,))
    return followed.explained()


def only(found: Explained, entry: str) -> Leaving:
    """The one entry of the path with these words."""
    (leaving,) = (each for each in found.leavings if each.entry == entry)
    return leaving


def numbers(leaving: Leaving) -> list[str]:
    """The rules that had a say, the one that fired first."""
    return [fired.number for fired in leaving.rules]


def words(leaving: Leaving) -> str:
    """What they say, in lines."""
    return "\n".join(fired.words for fired in leaving.rules)


def answer_to(found: Explained, question: Question, level: int) -> WhatIf:
    """The answer to a question about a level."""
    (answer,) = (
        each for _, each in found.what_ifs if (each.question, each.level) == (question, level)
    )
    return answer
