"""Whether two runs of many messages side by side ever freeze the screen.

    python -m tests.benchmarks.comparing [--messages 100000] [--at-most-ms 50]

Two plans run at the greatest speed on the compare screen at 160 by 45 until both are over. Of every
frame the processor time is taken of what is not the simulation itself, which has a budget of its
own: comparing messages, working out figures, drawing. Then of single deeds: the first look at the
figures, going from one message that differs to the next, and the last of them.
"""

import argparse
import asyncio
import time
from fractions import Fraction
from typing import Final

from sandbox.scenario.loader import load
from sandbox.tui.app import make_app
from sandbox.tui.collecting import Collector
from sandbox.tui.screens.compare import ComparePage
from tests.benchmarks.screen import BUSY, _ms

RATE: Final = 160
FRAME_US: Final = 66_000


async def frames(messages: int) -> dict[str, float]:
    """The longest of each kind of work, in seconds of processor time."""
    text = BUSY.replace("for: 30m", f"for: {messages // RATE}s")
    app = make_app(load(text), ticker=False)
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.press("3")
        await pilot.pause()
        page = app.screen
        assert isinstance(page, ComparePage)
        pair = page.pair
        assert pair is not None
        for session in pair.sessions:
            session.set_speed(Fraction(512))
        page._look()
        page.draw()
        await pilot._wait_for_screen()  # the first picture is that of any place
        each: dict[str, list[float]] = {"compare": [], "figures": [], "draw": [], "d": []}

        def timed(what: str, began: float) -> None:
            each[what].append(time.process_time() - began)

        nth = 0
        while not pair.is_over or pair.differing.is_at_work:
            pair.advance(FRAME_US, 45_000)
            began = time.process_time()
            page._compare_more(0.005 if not pair.is_over else 0.02)
            timed("compare", began)
            nth += 1
            if nth % 8 == 0:
                began = time.process_time()
                page._look()
                timed("figures", began)
                began = time.process_time()
                page.draw()
                timed("draw", began)
                await asyncio.sleep(0)
        for key in ("d", "D", "end", "d", "home"):
            began = time.process_time()
            await pilot.press(key)
            timed("d", began)
        print(
            f"{pair.differing.paired_count} messages in both, {len(pair.differing)} fare "
            f"differently, {nth} frames"
        )
    for what, seconds in each.items():
        ordered = sorted(seconds)
        half, most = ordered[len(ordered) // 2], ordered[-1]
        print(f"  {what:8} median {_ms(half)}   longest {_ms(most)}")
    return {what: max(seconds) for what, seconds in each.items()}


def main() -> int:
    """Measure and print; 1 when something froze the screen for too long."""
    parser = argparse.ArgumentParser(description="Measure two runs side by side.")
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--at-most-ms", type=float, default=50)
    options = parser.parse_args()
    collector = Collector()
    collector.look(stands_still=False)  # as on the screen: nothing old is looked through meanwhile
    longest = asyncio.run(frames(options.messages))
    collector.end()
    return int(max(longest.values()) * 1000 > options.at_most_ms)


if __name__ == "__main__":
    raise SystemExit(main())
