"""How well a matrix uses several processes: counters only, as `sandbox matrix --fast` runs it.

    python -m tests.benchmarks.matrix [--cells 10] [--messages 20000] [--processes 2] [--rounds 3]
                                      [--at-least 0.85]

In each round the same matrix is run as a whole process from start to exit, once with `--jobs 1` and
once with as many processes as are asked for. The figure is the share of the ideal that is reached:
the time of one process divided by the time of several and by their number; 1 is twice as fast on
two. Nothing else may run on the machine meanwhile, since wall time is what is measured; the median
of all rounds counts. The output of both is compared byte by byte.

The whole thing is `--cells 100 --messages 100000`, which takes half an hour.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final

from tests.benchmarks.figures import scenario_text

ROOT: Final = Path(__file__).parents[2]


def study_text(cells: int, messages: int) -> str:
    """The benchmark's scenario with so many waits to vary."""
    waits = ", ".join(f"{10_000 + 100 * number}ms" for number in range(cells))
    vary = f"{{cascades.otp.levels.0.wait: [{waits}]}}"
    return f"{scenario_text(messages, 1000)}matrix: {{vary: {vary}, seeds: 1}}\n"


def timed(file: Path, processes: int) -> tuple[float, bytes]:
    """Seconds from start to exit, and what was printed.

    Raises:
        SystemExit: it did not succeed.
    """
    command = ["matrix", str(file), "--fast", "--json", "--jobs", str(processes)]
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", *command],
        check=False, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    took_s = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"{command} exited with {done.returncode}")
    return took_s, done.stdout


def main() -> int:
    """Measure, print a line per round and the median; 1 when below what was asked for."""
    parser = argparse.ArgumentParser(description="Measure a matrix on several processes.")
    parser.add_argument("--cells", type=int, default=10)
    parser.add_argument("--messages", type=int, default=20_000, help="in each cell")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--at-least", type=float, default=0.0, help="the share that must be had")
    options = parser.parse_args()
    shares = []
    print("round   1 process, s   several, s   share of the ideal   messages/s on several")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "study.yaml")
        file.write_text(study_text(options.cells, options.messages), encoding="utf-8")
        for number in range(1, options.rounds + 1):
            alone_s, told = timed(file, 1)
            together_s, told_again = timed(file, options.processes)
            if told != told_again:
                raise SystemExit("several processes tell something else than one")
            shares.append(alone_s / together_s / options.processes)
            rate = options.cells * options.messages / together_s
            print(f"{number:5}   {alone_s:12.1f}   {together_s:10.1f}   {shares[-1]:18.2f}   "
                  f"{rate:21,.0f}", flush=True)  # fmt: skip
    print(f"median share of the ideal: {median(shares):.2f}")
    return int(median(shares) < options.at_least)


if __name__ == "__main__":
    sys.exit(main())
