"""Scenario and seed decide every byte of the log, and nothing else does."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cascade.outputs import Fact
from sandbox.drivers.paced import Pacer
from sandbox.drivers.virtual import run_virtual
from sandbox.journal.digest import Digest
from sandbox.scenario.loader import load
from sandbox.simulation.spec import Change
from sandbox.simulation.world import World

ROOT: Final = Path(__file__).parents[2]

SCENARIO: Final = """\
schema: 1
name: busy
title: Ein Ausfall — всё падает, أخيرًا
seed: 7
clock: {until: 60s}
cascades:
  otp:
    deadline: 40s
    levels:
      - {channel: sms, wait: 10s}
      - {channel: whatsapp, wait: 10s}
      - {channel: viber, wait: 10s}
recipients:
  population: 50
  country: {DE: 60%, PL: 30%, NO: 10%}
  traits:
    phone_off: {share: 20%, off: {mean: 20s}, on: {mean: 60s}, hits: [sms, whatsapp, viber]}
    no_whatsapp: {share: 20%, hits: [whatsapp], as: refused.permanent}
load:
  - {burst: 40}
  - {poisson: 10/s, for: 10s}
  - {ramp: {from: 1/s, to: 10/s}, for: 10s}
faults:
  - {id: sms-down, at: 3s, for: 6s, provider: sms, recover: {over: 5s},
     set: {submit.outcomes: {refused.temporary: 100%}}}
  - {id: slow, at: 12s, for: 5s, provider: whatsapp, set: {receipts.delay: x10, receipts.lost: 30%}}
expect: [delivery_rate >= 50%]
"""


def digest_of(pieces: Iterable[list[Fact]]) -> str:
    """The digest of a log that comes in pieces."""
    digest = Digest()
    for facts in pieces:
        digest.update(facts)
    return digest.text


def new_world() -> World:
    """The scenario's world, at its beginning."""
    return World(load(SCENARIO).world)


@pytest.fixture(scope="module")
def expected() -> str:
    """The digest in virtual time."""
    return digest_of(run_virtual(new_world()))


# One process and another -------------------------------------------------------------------------


def run_elsewhere(folder: Path, **environment: str) -> dict[str, Any]:
    """Run the scenario in a process of its own; what it reports, less where and how long it ran."""
    folder.mkdir(parents=True)
    (folder / "busy.yaml").write_text(SCENARIO, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", "run", "busy.yaml", "--json"],
        check=True,
        capture_output=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
    told: dict[str, Any] = json.loads(done.stdout.decode("utf-8"))
    return {name: value for name, value in told.items() if name not in {"wall_s", "file"}}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the run reports in an ordinary place."""
    return run_elsewhere(tmp_path_factory.mktemp("ordinary") / "place")


def test_a_process_of_its_own_gives_the_same_digest(told: dict[str, Any], expected: str) -> None:
    """The command and the library run the same world."""
    assert told["digest"] == expected


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "0"},
        {"PYTHONHASHSEED": "1"},
        {"PYTHONHASHSEED": "2"},
        {"TZ": "Pacific/Kiritimati"},
        {"TZ": "America/St_Johns"},
        {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
        {"PYTHONOPTIMIZE": "2"},
    ],
    ids=lambda environment: ",".join(f"{name}={value}" for name, value in environment.items()),
)
def test_the_surroundings_of_a_process_change_nothing(
    tmp_path: Path, told: dict[str, Any], environment: dict[str, str]
) -> None:
    """Hash seed, time zone, locale and optimisation leave digest, metrics and verdict alone."""
    assert run_elsewhere(tmp_path / "here", **environment) == told


def test_another_folder_changes_nothing(tmp_path: Path, told: dict[str, Any]) -> None:
    """Where the file lies, and what lies beside it, is not in the log."""
    assert run_elsewhere(tmp_path / "weit weg" / "ünïcode") == told


def test_another_seed_changes_the_digest(expected: str) -> None:
    """The digest is sensitive: other luck, other bytes."""
    assert digest_of(run_virtual(World(load(SCENARIO, seed=8).world))) != expected


# One pace and another ----------------------------------------------------------------------------


def at_a_pace(pacer: Pacer, frames_us: Iterable[int]) -> Iterable[list[Fact]]:
    """Turn a world by frames of wall time until it is over."""
    for wall_us in frames_us:
        if pacer.is_over:
            return
        yield pacer.advance(wall_us, may_go_on=lambda: True)


@pytest.mark.parametrize(
    ("speed", "wall_us"),
    [("1", 33_333), ("60", 33_333), ("1/3", 100_000), ("1", 3_600_000_000), ("1000000", 1)],
)
def test_a_paced_run_gives_the_same_digest(expected: str, speed: str, wall_us: int) -> None:
    """However fast it is watched, and at however many frames a second, the same things happen."""
    pacer = Pacer(new_world(), Fraction(speed))
    assert digest_of(at_a_pace(pacer, repeat(wall_us))) == expected


def test_a_run_on_the_wall_clock_gives_the_same_digest(expected: str) -> None:
    """At sixty times the speed of a real clock, frames come as they come, and nothing changes."""
    pacer = Pacer(new_world(), Fraction(60))
    assert digest_of(at_a_pace(pacer, wall_clock_frames())) == expected


def wall_clock_frames() -> Iterator[int]:
    """Microseconds of the real clock since the last frame."""
    last = time.perf_counter_ns()
    while True:
        now = time.perf_counter_ns()
        yield (now - last) // 1000
        last = now


@given(
    speed=st.fractions(min_value=Fraction(1, 10), max_value=1000),
    frames_us=st.lists(st.integers(0, 20_000_000), max_size=30),
)
def test_no_rhythm_of_frames_changes_the_digest(
    expected: str, speed: Fraction, frames_us: list[int]
) -> None:
    """Frames may stutter and stop; what is left to happen then happens all the same."""
    pacer = Pacer(new_world(), speed)
    frames = chain(frames_us, repeat(10**12))
    assert digest_of(at_a_pace(pacer, frames)) == expected


@given(answers=st.lists(st.booleans(), max_size=200))
def test_falling_behind_changes_nothing_but_the_time_it_takes(
    expected: str, answers: list[bool]
) -> None:
    """A pacer that is interrupted goes on where it was, and says that it is behind."""
    pacer = Pacer(new_world(), Fraction(1))
    left = iter(answers)

    def pieces() -> Iterator[list[Fact]]:
        while not pacer.is_over:
            yield pacer.advance(10**12, may_go_on=lambda: next(left, True))

    assert digest_of(pieces()) == expected


def test_single_steps_give_the_same_digest(expected: str) -> None:
    """Event by event, by hand, is the same run."""
    pacer = Pacer(new_world())

    def pieces() -> Iterator[list[Fact]]:
        while not pacer.is_over:
            yield pacer.step()

    assert digest_of(pieces()) == expected


@pytest.mark.parametrize("wall_us", [1000, 33_333, 5_000_000])
def test_a_live_change_at_an_instant_is_the_same_change_at_every_pace(wall_us: int) -> None:
    """What was changed by hand at 5 s counts from 5 s, whatever the frames before and after."""
    at_us = 5_000_000
    price = Change("price.amount", 1_000_000_000, "1 EUR")

    def changed(frames_us: Iterable[int]) -> Iterator[list[Fact]]:
        pacer = Pacer(new_world())
        for frame_us in frames_us:
            yield pacer.advance(min(frame_us, at_us - pacer.now_us), may_go_on=lambda: True)
            if pacer.now_us == at_us:
                break
        yield pacer.world.change("sms", "price.amount", price, at_us)
        yield from run_virtual(pacer.world)

    assert digest_of(changed(repeat(wall_us))) == digest_of(changed([at_us]))
    assert digest_of(changed([at_us])) != digest_of(run_virtual(new_world()))
