"""What a frame of the live screen costs, and whether a list of a million messages ever freezes.

    python -m tests.benchmarks.screen [--frames 120] [--messages 1000000] [--at-most-ms 50]

Two things are measured, both in processor time of this process. First the live screen at 160 by 45
with about five thousand messages in flight: virtual time goes by frame after frame as if twenty
were shown a second, and what a frame costs is told with the simulation and without it. Then a list
of many messages: a run of that many is made up in the columns, which is what a list is drawn from,
and every slice of a filter and a sort is timed, as is every step of scrolling.
"""

import argparse
import asyncio
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Final

from sandbox.app.message_filter import parse
from sandbox.app.session import Session
from sandbox.app.sieve import Order, Sieve
from sandbox.report.columns import ACCEPTED, ARRIVED, OUTCOMES, Columns
from sandbox.scenario.loader import load
from sandbox.tui.app import make_app
from sandbox.tui.collecting import Collector

FRAME_S: Final = 1 / 20
SLICE_S: Final = 0.005
BUSY: Final = """\
schema: 1
name: busy
seed: 7
cascades: {otp: {deadline: 10m, levels: [
  {channel: sms, wait: 60s}, {channel: whatsapp, wait: 45s}, {channel: viber, wait: 40s}]}}
providers:
  sms: {channel: sms, base: ideal, price: {amount: 0.045 EUR},
    delivery: {time: {lognormal: {p50: 25s, p95: 70s}}, outcomes: {delivered: rest, failed: 6%}}}
  whatsapp: {channel: whatsapp, base: ideal, delivery: {time: {lognormal: {p50: 10s, p95: 40s}}}}
  viber: {channel: viber, base: ideal, delivery: {time: {lognormal: {p50: 10s, p95: 40s}}}}
recipients: {population: 100000, traits: {}}
load: [{poisson: 160/s, for: 30m}]
expect: [delivery_rate >= 95%, time_to_delivered.p95 <= 2m]
"""


async def frames(count: int) -> None:
    """Measure frames of the live screen."""
    app = make_app(load(BUSY), ticker=False)
    async with app.run_test(size=(160, 45)) as pilot:
        session = app.session
        session.advance(int(120_000_000 / session.speed))
        session.set_speed(Fraction(4))
        await pilot.pause()
        drawing: list[float] = []
        simulating: list[float] = []
        for nth in range(count):
            began = time.process_time()
            session.advance(int(FRAME_S * 1_000_000))
            simulated = time.process_time()
            app.live._draw(slow=nth % 4 == 0)
            await asyncio.sleep(0)
            await pilot._wait_for_screen()
            simulating.append(simulated - began)
            drawing.append(time.process_time() - simulated)
        in_flight = session.frame().in_flight
    every = sorted(map(sum, zip(drawing, simulating, strict=True)))
    print(f"{in_flight} in flight, {count} frames at 160x45, ms of processor time a frame")
    print(f"  simulation {_ms(sum(simulating) / count)}   picture {_ms(sum(drawing) / count)}")
    print(f"  together   {_ms(sum(every) / count)}   p95 {_ms(every[int(count * 0.95)])}")


def a_million(count: int) -> Session:
    """A session with so many messages in its columns, most of them delivered."""
    session = Session(load(BUSY))
    columns: Columns = session.table._columns
    while len(columns.state) <= count:
        columns._grow_messages()
    while len(columns.place) <= count + count // 4:
        columns._grow_attempts()
    outcomes = list(OUTCOMES.values())
    for message in range(1, count + 1):
        columns.requested_at[message] = message * 1000
        columns.took[message] = message * 7919 % 90_000_000
        columns.state[message] = outcomes[0] if message % 9 else outcomes[message % 5]
        columns.last[message] = message
        columns.message[message] = message
        columns.owed[message] = message * 31 % 97 * 1_000_000
        columns.answer[message] = ACCEPTED
        columns.flags[message] = ARRIVED if message % 9 else 0
    columns.message_count = columns.attempt_count = count
    return session


def longest(work: Callable[[], bool]) -> tuple[float, float, int]:
    """The longest of the calls, their sum, and how many there were until one gave False."""
    each: list[float] = []
    while True:
        began = time.process_time()
        goes_on = work()
        each.append(time.process_time() - began)
        if not goes_on:
            return max(each), sum(each), len(each)


def lists(count: int) -> float:
    """Measure filters, orders and scrolling; gives the longest of all steps, in seconds."""
    session = a_million(count)
    worst = 0.0
    for text, order in (
        ("state:failed", Order.NEWEST), ("state:delivered", Order.NEWEST),
        ("took>60s cost>0.05", Order.NEWEST), ("copies=0", Order.NEWEST),
        ("path:sms", Order.NEWEST), ("+4917", Order.NEWEST), ("", Order.TOOK),
        ("state:failed", Order.COST),
    ):  # fmt: skip
        sieve = Sieve(session.table)
        sieve.sift(parse(text, session.table.known), order)

        def work(sieve: Sieve = sieve) -> bool:
            end = time.perf_counter() + SLICE_S
            goes_on = sieve.work((1, 1), lambda: time.perf_counter() < end)
            len(sieve)
            return goes_on

        slice_s, sum_s, slices = longest(work)
        scroll_s = max(
            _scroll(sieve, place) for place in range(0, len(sieve), len(sieve) // 50 + 1)
        )
        worst = max(worst, slice_s, scroll_s)
        print(
            f"  {text or 'all':20} {order:7} {len(sieve):>8} found  {slices:>4} slices, longest "
            f"{_ms(slice_s)}, in all {sum_s:.2f} s; a page {_ms(scroll_s)}"
        )
    return worst


def _scroll(sieve: Sieve, place: int) -> float:
    """Fetch a page of rows."""
    began = time.process_time()
    for line in range(20):
        sieve.table.row(sieve.at(place + line))
    return time.process_time() - began


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def main() -> int:
    """Measure and print; 1 when some step of the list froze the screen for too long."""
    parser = argparse.ArgumentParser(description="Measure frames and lists of the live screen.")
    parser.add_argument("--frames", type=int, default=120)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--at-most-ms", type=float, default=50, help="of any step of the list")
    options = parser.parse_args()
    asyncio.run(frames(options.frames))
    print(f"a list of {options.messages} messages")
    collector = Collector()
    collector.look(stands_still=False)  # as on the screen: nothing old is looked through meanwhile
    worst = lists(options.messages)
    collector.end()
    print(f"  longest step {_ms(worst)}")
    return int(worst * 1000 > options.at_most_ms)


if __name__ == "__main__":
    raise SystemExit(main())
