"""Whether the app keeps its memory flat: hours of frames, places, sizes, knobs and restarts.

    python -m tests.benchmarks.soak [--minutes 10] [--at-most-kib 200]

The app is turned without waiting: every frame is twenty milliseconds of its clock, so that a minute
of processor time is some ten minutes of watching. Again and again a person goes through the places,
changes the size, opens and closes cards, breaks and mends a provider, and starts the run again.
After each such round the run is at its beginning, and what is left then must not grow: memory
blocks that Python has given out, and the pages of the process. Caches with a bound take hours to
fill, which is no growth: they are emptied before anything is counted. The first third of the
rounds is left out; through the rest a line is drawn, and its slope is the figure.
"""

import argparse
import asyncio
import gc
import os
import sys
import time
from collections.abc import Sequence
from functools import _lru_cache_wrapper
from pathlib import Path
from typing import Any, Final

from textual.pilot import Pilot

from sandbox.scenario.loader import load
from sandbox.tui.app import SandboxApp, make_app

FRAME_S: Final = 1 / 15
ROUND_FRAMES: Final = 450
"""Half a minute of watching."""

SIZES: Final = ((160, 45), (80, 24), (200, 60), (100, 30), (120, 36))
SCENARIO: Final = """\
schema: 1
name: soak
seed: 7
cascades: {otp: {deadline: 3m, levels: [
  {channel: sms, wait: 30s}, {channel: whatsapp, wait: 45s}, {channel: viber, wait: 40s}]}}
recipients: {population: 5000}
load: [{poisson: 40/s, for: 1h}]
expect: [delivery_rate >= 95%]
"""


class Clock:
    """A clock that somebody turns."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


async def one_round(app: SandboxApp, pilot: Pilot[Any], clock: Clock, nth: int) -> None:
    """Watch for a while and use everything once, then start again."""
    await pilot.resize_terminal(*SIZES[nth % len(SIZES)])
    for frame in range(ROUND_FRAMES):
        clock.now_s += FRAME_S
        app._tick()
        if frame % 10 == 0:
            await pilot._wait_for_screen()
        match frame:
            case 60 | 200:
                await pilot.press("o")
            case 100:
                await pilot.press("space", "enter", "i", "i", "escape", "escape", "space")
            case 150:
                await pilot.press("question_mark", "escape", "colon", "escape")
            case 250:
                await pilot.press("slash", "s", "m", "s", "enter", "escape")
            case 300:
                await pilot.press("T", "tab", "right", "u")
            case 350:
                for place in ("2", "4", "5", "1"):
                    await pilot.press(place)
                    await pilot.pause()
            case _:
                pass
    await pilot.press("R")
    await pilot._wait_for_screen()


def _empty_caches() -> None:
    for each in gc.get_objects():
        if isinstance(each, _lru_cache_wrapper):
            each.cache_clear()


def resident_kib() -> float:
    """The pages of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024


def slope(values: Sequence[float]) -> float:
    """How much a straight line through values at 0, 1, 2 and so on climbs from each to the next."""
    count, mean = len(values), sum(values) / len(values)
    middle = (count - 1) / 2
    above = sum((at - middle) * (value - mean) for at, value in enumerate(values))
    return above / sum((at - middle) ** 2 for at in range(count))


async def soak(minutes: float, folder: Path) -> list[tuple[int, float]]:
    """Blocks and KiB after each round."""
    clock = Clock()
    found: list[tuple[int, float]] = []
    app = make_app(load(SCENARIO), ticker=False, clock=clock, folder=folder,
                   store=folder / "runs.sqlite")  # fmt: skip
    async with app.run_test(size=SIZES[0]) as pilot:
        began = time.process_time()
        while time.process_time() - began < minutes * 60 or len(found) < 12:
            await one_round(app, pilot, clock, len(found))
            _empty_caches()
            gc.collect()
            found.append((sys.getallocatedblocks(), resident_kib()))
            if len(found) % 5 == 1:
                blocks, kib = found[-1]
                print(f"  round {len(found):>3}: {blocks:,} blocks, {kib / 1024:.1f} MiB, "
                      f"{(time.process_time() - began) / 60:.1f} min", flush=True)  # fmt: skip
    return found


def main() -> int:
    """Turn the app and print; 1 when it grows by more than allowed for each hour of watching."""
    parser = argparse.ArgumentParser(description="Measure the memory of the app over hours.")
    parser.add_argument("--minutes", type=float, default=10, help="of processor time")
    parser.add_argument("--at-most-kib", type=float, default=200, help="growth of a round")
    options = parser.parse_args()
    found = asyncio.run(soak(options.minutes, Path("nowhere")))
    rest = found[len(found) // 3 :]
    blocks, kib = slope([float(each[0]) for each in rest]), slope([each[1] for each in rest])
    hours = len(found) * ROUND_FRAMES * FRAME_S / 3600
    print(f"{len(found)} rounds, {hours:.1f} hours of watching at {1 / FRAME_S:.0f} frames/s")
    print(f"over the last {len(rest)}: {blocks:+,.0f} blocks and {kib:+.1f} KiB a round")
    return int(kib > options.at_most_kib)


if __name__ == "__main__":
    raise SystemExit(main())
