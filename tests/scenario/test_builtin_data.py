"""The built-in providers and people: complete, plausible, and every figure with its source."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.cascade.vocabulary import Channel, ReasonClass
from sandbox.scenario.bases import BUILT_IN_FOLDER, CHANNEL_REPORTS, built_in, catalogue
from sandbox.scenario.grammar.mixtures import REASONED
from sandbox.scenario.nodes import data
from sandbox.scenario.quantities import NUMBER
from sandbox.simulation.chance import Dice
from sandbox.simulation.spec import ChargedOn
from tests.support.scenario_texts import SMALL, loaded

FIGURE = re.compile(rf"-?{NUMBER}(ms|s|m|h|d|%| [A-Z]{{3}})?")
SOURCED_FILES = ["sms", "whatsapp", "viber", "recipients"]


def sources(name: str) -> dict[str, Any]:
    """The last document of a built-in file: references, and a basis for each figure."""
    documents = yaml.safe_load_all((BUILT_IN_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    *_, last = documents
    assert isinstance(last, dict)
    return last


def figures(what: Any, path: str = "") -> Iterator[str]:
    """The paths of all values that are numbers, with or without a unit."""
    if isinstance(what, dict):
        for key, value in what.items():
            yield from figures(value, f"{path}.{key}" if path else key)
    elif isinstance(what, list):
        for value in what:
            yield from figures(value, path)
    elif FIGURE.fullmatch(str(what)) and not path.endswith(".reason"):
        yield path


def basis_of(path: str, sourced: dict[str, Any]) -> dict[str, Any] | None:
    """What is said about a figure, or about the whole it is part of."""
    while path:
        if path in sourced:
            found = sourced[path]
            assert isinstance(found, dict)
            return found
        path = path.rpartition(".")[0]
    return None


@pytest.mark.parametrize("name", SOURCED_FILES)
def test_every_figure_says_where_it_comes_from(name: str) -> None:
    """Sourced, derived or assumed; what is sourced or derived names its sources."""
    said = sources(name)
    paths = list(figures(data(built_in(name)[0])))
    assert len(paths) > 8
    for path in paths:
        basis = basis_of(path, said["sources"])
        assert basis is not None, f"{name}: {path} has no source"
        assert basis["basis"] in {"sourced", "derived", "assumed"}
        if basis["basis"] != "assumed":
            assert basis["source"], path
        assert set(basis.get("source", [])) <= set(said["references"]), path


@pytest.mark.parametrize("name", SOURCED_FILES)
def test_every_source_is_about_a_figure_and_every_reference_is_used(name: str) -> None:
    """Nothing is left over from a figure that is gone."""
    said = sources(name)
    paths = list(figures(data(built_in(name)[0])))
    for path in said["sources"]:
        assert any(each == path or each.startswith(f"{path}.") for each in paths), path
    used = str(said["sources"])
    assert [ref for ref in said["references"] if ref not in used] == []


def test_the_files_are_the_ones_there_are() -> None:
    """A new channel brings its file, and `ideal` needs no source."""
    names = {path.stem for path in BUILT_IN_FOLDER.glob("*")}
    assert names == {*SOURCED_FILES, "ideal"} == {*CHANNEL_REPORTS, "recipients", "ideal"}
    assert all(path.suffix == ".yaml" for path in Path(BUILT_IN_FOLDER).glob("*"))


@pytest.mark.parametrize("channel", list(CHANNEL_REPORTS))
def test_reason_codes_have_class_text_and_fit_their_outcome(channel: Channel) -> None:
    """Every class is there, every code a provider uses is in the catalogue."""
    codes = catalogue(channel)
    assert all(reason.text for reason in codes.values())
    assert {reason.reason_class for reason in codes.values()} == set(ReasonClass)
    reasons = data(built_in(channel)[0])["delivery"]["reasons"]
    for outcome, shares in reasons.items():
        assert outcome in REASONED
        assert set(shares) <= set(codes)
        if outcome == "refused.temporary":
            assert {codes[code].reason_class for code in shares} == {ReasonClass.TRANSIENT}


def test_built_in_providers_are_what_published_figures_say() -> None:
    """Prices of Germany, charged as each channel charges, and what each reports."""
    sms, whatsapp, viber = loaded(SMALL).world.providers
    assert [p.settings.price_nano for p in (sms, whatsapp, viber)] == [
        75_000_000, 45_600_000, 23_000_000,
    ]  # fmt: skip
    assert [p.charged_on for p in (sms, whatsapp, viber)] == [
        ChargedOn.ACCEPTED, ChargedOn.DELIVERED, ChargedOn.DELIVERED,
    ]  # fmt: skip
    assert [p.per_segment for p in (sms, whatsapp, viber)] == [True, False, False]
    assert [sorted(status.word for status in p.reports) for p in (sms, whatsapp, viber)] == [
        ["delivered", "sent"], ["delivered", "read", "sent"], ["delivered", "read"],
    ]  # fmt: skip


def test_latencies_are_those_described() -> None:
    """Half the SMS arrive within 4 s and 19 of 20 within 12 s; answers are fast."""
    settings = loaded(SMALL).world.providers[0].settings
    dice = Dice(1, "test")
    lucks = [luck for key in range(2000) for luck in dice.slots(key)]
    times = sorted(settings.delivery_time.draw(luck) for luck in lucks)
    answers = sorted(settings.submit_latency.draw(luck) for luck in lucks)
    half, most = len(lucks) // 2, len(lucks) * 95 // 100
    assert abs(times[half] / 4_000_000 - 1) < 0.02
    assert abs(times[most] / 12_000_000 - 1) < 0.02
    assert abs(answers[half] / 120_000 - 1) < 0.02
    assert abs(answers[most] / 600_000 - 1) < 0.02
