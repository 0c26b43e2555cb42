"""How long it takes from starting the app to its first picture, and to the first that moves.

    python -m tests.benchmarks.first_frame [--times 7] [--first 0.6] [--moving 0.8]

The app is started in a pseudo-terminal of 160 by 45, as a person starts it. The first picture is
there when the key bar has come, which is drawn last; it moves when the clock of the run has shown
a second instant. Both are told as wall time and as processor time of the app, which a busy machine
changes less. Beside them: a Python that does nothing, and the slowest imports.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from tests.benchmarks.startup import imports
from tests.support.terminal import ROOT, Terminal

_CLOCK: Final = re.compile(rb"\d\d:\d\d:\d\d\.\d")
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


class Start(NamedTuple):
    """One start, in seconds of wall and of processor time: to a picture, and to one that moves."""

    first_wall: float
    first_cpu: float
    moving_wall: float
    moving_cpu: float


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def _bare_s() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", ""], check=True)
    return time.perf_counter() - began


def start(home: Path) -> Start:
    """Start the app, wait until it moves, and end it."""
    began = time.perf_counter()
    places = {f"XDG_{name}_HOME": str(home / name) for name in ("CONFIG", "DATA", "STATE", "CACHE")}
    terminal = Terminal(
        ["-m", "sandbox", "open", "two-factor-codes"],
        size=(160, 45), environment={"HOME": str(home), **places},
    )  # fmt: skip
    try:
        while b"Help" not in terminal.seen:
            terminal.read(0.01)
        first = time.perf_counter() - began, _cpu_s(terminal.process.pid)
        while len(set(_CLOCK.findall(terminal.seen))) < 2:
            terminal.read(0.01)
        return Start(*first, time.perf_counter() - began, _cpu_s(terminal.process.pid))
    finally:
        terminal.end()


def main() -> int:
    """Measure and print; 1 when the median of either is too slow."""
    parser = argparse.ArgumentParser(description="Measure the first picture of the app.")
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--first", type=float, default=0.6, help="seconds to the first picture")
    parser.add_argument("--moving", type=float, default=0.8, help="seconds to one that moves")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        start(home)  # leaves the compiled modules behind
        starts = [start(home) for _ in range(options.times)]
    bare = median(_bare_s() for _ in range(options.times))
    both = Start(*map(median, zip(*starts, strict=True)))
    best = Start(*map(min, zip(*starts, strict=True)))
    print(f"load {os.getloadavg()[0]:.1f}; a bare interpreter takes {bare:.3f} s")
    for name, asked, at in (("first", options.first, 0), ("moving", options.moving, 2)):
        print(f"{name:7} picture: median {both[at]:.2f} s (best {best[at]:.2f}), processor time "
              f"{both[at + 1]:.2f} s; asked {asked} s")  # fmt: skip
    words = [sys.executable, "-X", "importtime", "-c", "import sandbox.tui.app"]
    told = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT).stderr
    loaded = imports(told)
    print(f"{len(loaded)} modules, {sum(loaded.values()) / 1e6:.2f} s; the slowest of their own:")
    for name in sorted(loaded, key=lambda name: -loaded[name])[:8]:
        print(f"  {loaded[name] / 1000:6.1f} ms  {name}")
    return int(both.first_wall > options.first or both.moving_wall > options.moving)


if __name__ == "__main__":
    sys.exit(main())
