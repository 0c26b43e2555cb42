"""How much simulation goes on beside the screen, and how soon a key is answered on it.

    python -m tests.benchmarks.beside [--frames 60] [--keys 40] [--least 0.7] [--p95-ms 100]

First the events a second, in processor time: of a run without a screen, of the same session with
nobody looking, and of the session on the live screen at 160 by 45, which draws so many frames a
second and gives the simulation its budget of each. What is told is the share of the first that is
left beside the screen, on a machine that has a core for it: of the slot of a frame the simulation
has its budget, or what the picture leaves of it.

Then the app in a pseudo-terminal, at its greatest speed, where a frame takes all it may: a key
changes the speed, and it is timed until the new speed stands on the screen. That is wall time, and
on a busy machine it says how busy the machine is.
"""

import argparse
import asyncio
import os
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Final

from sandbox.app.collector import collector_paused
from sandbox.app.run import run_loaded
from sandbox.app.session import Session
from sandbox.scenario.loader import load
from sandbox.tui.app import make_app
from sandbox.tui.screens.live import _BUDGET_US, FRAMES_PER_SECOND
from tests.benchmarks.screen import BUSY
from tests.support.terminal import Terminal

_WARM_US: Final = 120_000_000


def headless(text: str) -> float:
    """Events per second of processor time of a run to its end."""
    counts: list[int] = []
    scenario, began = load(text), time.process_time()
    run_loaded(scenario, folds=[lambda facts: counts.append(len(facts))])
    return sum(counts) / (time.process_time() - began)


def unseen(text: str, frames: int) -> float:
    """Events per second of processor time of a session that nobody draws."""
    session = _warm(Session(load(text), clock=time.perf_counter))
    before, began = session.fact_count, time.process_time()
    with collector_paused():
        for _ in range(frames):
            session.advance(_BUDGET_US * 2, _BUDGET_US)
    return (session.fact_count - before) / (time.process_time() - began)


async def beside(text: str, frames: int) -> tuple[float, float, float]:
    """Events a frame on the live screen; seconds of simulation and of picture a frame."""
    app = make_app(load(text), ticker=False, clock=time.perf_counter)
    async with app.run_test(size=(160, 45)) as pilot:
        session = _warm(app.session)
        app.live.paint()
        await pilot.pause()
        app.live._collector.look(stands_still=False)
        before, simulating, drawing = session.fact_count, 0.0, 0.0
        for nth in range(frames):
            began = time.process_time()
            session.advance(1_000_000 // FRAMES_PER_SECOND, _BUDGET_US)
            simulated = time.process_time()
            app.live._draw(slow=nth % 4 == 0)
            await asyncio.sleep(0)
            await pilot._wait_for_screen()
            simulating += simulated - began
            drawing += time.process_time() - simulated
        events = session.fact_count - before
    return events / frames, simulating / frames, drawing / frames


def _warm(session: Session) -> Session:
    session.advance(int(_WARM_US / session.speed))
    session.set_speed(Fraction(512))
    return session


def keys(text: str, count: int) -> list[float]:
    """Seconds from a key to its answer on the screen, at great speed."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "busy.yaml"
        file.write_text(text, encoding="utf-8")
        terminal = Terminal(["-m", "sandbox", "open", "--fresh", str(file)], size=(160, 45))
        try:
            terminal.wait_for(b"Help")
            terminal.press("+" * 8)
            end = time.monotonic() + 4
            while time.monotonic() < end:
                terminal.read(0.05)
            told: list[float] = []
            for nth in range(count):
                key, words = ("-", "×256") if nth % 2 == 0 else ("+", "×512")
                terminal.seen = b""
                began = time.perf_counter()
                terminal.press(key)
                terminal.wait_for(words.encode())
                told.append(time.perf_counter() - began)
                for _ in range(10):
                    terminal.read(0.01)
            return sorted(told)
        finally:
            terminal.end()


def main() -> int:
    """Measure and print; 1 when the share is too small or the keys are too slow."""
    parser = argparse.ArgumentParser(description="Measure simulation and keys beside the screen.")
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--keys", type=int, default=40)
    parser.add_argument("--least", type=float, default=0.7, help="share of the headless rate")
    parser.add_argument("--p95-ms", type=float, default=100)
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}")
    short = BUSY.replace("for: 30m", "for: 3m")
    alone = headless(short)
    nobody = unseen(BUSY, options.frames)
    a_frame, sim_s, draw_s = asyncio.run(beside(BUSY, options.frames))
    slot_s = 1 / FRAMES_PER_SECOND
    budget_s = min(_BUDGET_US / 1e6, slot_s - draw_s)
    seen = a_frame / sim_s * budget_s / slot_s
    print(f"events a second: {alone:,.0f} headless, {nobody:,.0f} in a session, {seen:,.0f} beside "
          f"{1 / slot_s:.1f} frames/s of {draw_s * 1000:.1f} ms and {sim_s * 1000:.1f} ms of "
          f"simulation")  # fmt: skip
    print(
        f"  beside the screen: {seen / alone:.2f} of headless, {seen / nobody:.2f} of the session"
    )
    answered = keys(BUSY, options.keys)
    p95 = answered[int(len(answered) * 0.95)]
    print(f"key to paint: median {median(answered) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms")
    return int(seen / nobody < options.least or p95 * 1000 > options.p95_ms)


if __name__ == "__main__":
    raise SystemExit(main())
