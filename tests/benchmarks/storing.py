"""What it costs to keep a run, beside running it.

    python -m tests.benchmarks.storing [--messages 1000000] [--small 10000] [--rounds 3]

Each measurement is a process of its own, from start to exit, by the processor time and the peak
memory that the system charges it with; threads of SQLite are in it. Runs with and without the store
take turns, and the ratio is taken within a round. Three things must hold, and the exit code says
whether they do:

    storing costs at most 1.5 times what simulating costs
    the largest run takes at most 400 MiB
    a message costs the same in a large run as in a small one (within a third)

Last, the timeline of a message in the middle of the large run is read, and must take under 50 ms.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from sandbox.store.reader import open_reader
from tests.benchmarks.figures import scenario_text

ROOT: Final = Path(__file__).parents[2]

RATIO_MAX: Final = 1.5
PEAK_MIB_MAX: Final = 400
GROWTH_MAX: Final = 4 / 3
TIMELINE_MS_MAX: Final = 50
LOOKS: Final = 50

PROGRAM: Final = """
import sys
from pathlib import Path
from sandbox.scenario.loader import load
scenario = load(Path(sys.argv[1]))
if len(sys.argv) > 2:
    from sandbox.app.record import keep_run
    keep_run(scenario, Path(sys.argv[2]))
else:
    from sandbox.app.run import run_loaded
    run_loaded(scenario)
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One process from start to exit."""

    cpu_s: float
    wall_s: float
    peak_mib: float


def measure(*arguments: Path) -> Measured:
    """Run a scenario in a process of its own, and keep it when a second file is named.

    Raises:
        SystemExit: the process did not succeed.
    """
    began = time.perf_counter()
    words = [sys.executable, "-c", PROGRAM, *map(str, arguments)]
    with subprocess.Popen(words, env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{arguments} exited with {process.returncode}")
    cpu_s = usage.ru_utime + usage.ru_stime
    return Measured(cpu_s, time.perf_counter() - began, usage.ru_maxrss / 1024)


def timeline_ms(file: Path, message: int) -> float:
    """How long it takes to read the lines of one message from an open file, in milliseconds."""

    async def reading() -> float:
        async with open_reader(file) as reader:
            took = []
            for look in range(LOOKS):
                began = time.perf_counter()
                facts = await reader.timeline(1, message + look)
                took.append((time.perf_counter() - began) * 1000)
                if not facts:
                    raise SystemExit(f"message {message + look} has no lines")
            return max(took)

    return asyncio.run(reading())


def compare(folder: Path, messages: int, rounds: int) -> tuple[float, Measured, int]:
    """Take turns.

    Returns:
        The median of what storing costs beside simulating, the last run that was kept, and the size
        of its file in bytes.
    """
    file, store = folder / f"{messages}.yaml", folder / f"{messages}.sqlite"
    file.write_text(scenario_text(messages), encoding="utf-8")
    ratios, kept = [], Measured(0, 0, 0)
    for _ in range(rounds):
        plain = measure(file)
        store.unlink(missing_ok=True)
        kept = measure(file, store)
        ratios.append((kept.cpu_s - plain.cpu_s) / plain.cpu_s)
        print(
            f"{messages:9,}   {plain.cpu_s:9.2f}   {plain.peak_mib:5.0f}   {kept.cpu_s:9.2f}"
            f"   {kept.peak_mib:5.0f}   {ratios[-1]:5.2f}",
            flush=True,
        )
    return median(ratios), kept, store.stat().st_size


def main() -> int:
    """Measure, print a line per round and what must hold; 1 when something does not."""
    parser = argparse.ArgumentParser(description="Compare a run that is kept with one that is not.")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(" messages   run, CPU s     MiB   kept, CPU s   MiB   storing/simulating")
        small_ratio, small, _ = compare(folder, options.small, options.rounds)
        ratio, large, size = compare(folder, options.messages, max(1, options.rounds // 2))
        took_ms = timeline_ms(folder / f"{options.messages}.sqlite", options.messages // 2)
    growth = large.cpu_s / options.messages / (small.cpu_s / options.small)
    print(
        f"storing/simulating {ratio:.2f} ({small_ratio:.2f} small), peak {large.peak_mib:.0f} MiB, "
        f"a message costs {growth:.2f} times as much in the large run, "
        f"{size / options.messages:.0f} bytes a message, slowest timeline {took_ms:.1f} ms"
    )
    holds = (
        ratio <= RATIO_MAX
        and large.peak_mib <= PEAK_MIB_MAX
        and growth <= GROWTH_MAX
        and took_ms < TIMELINE_MS_MAX
    )
    return int(not holds)


if __name__ == "__main__":
    sys.exit(main())
