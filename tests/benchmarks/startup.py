"""How long a small `sandbox run` takes from start to exit, and what it loads.

    python -m tests.benchmarks.startup [--times 7] [--at-most 0.3]

A pipeline starts `sandbox run` again and again, so what it imports is paid again and again. The
figure is the median of wall time, beside that of a Python that does nothing. What must stay on the
disk is also a test (`tests/test_shape.py`); here the slowest of the other modules are listed.

An installed program has its modules compiled. Here they are compiled once, into a folder of the
benchmark's own: where `PYTHONDONTWRITEBYTECODE` is set, each start would compile them all anew, and
that takes twice as long as all the rest.
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
from typing import Final

ROOT: Final = Path(__file__).parents[2]
FORBIDDEN: Final = ("textual", "rich", "faker", "httpx", "phonenumbers", "asyncio")
_NEVER_COMPILED: Final = "PYTHONDONTWRITEBYTECODE"
SCENARIO: Final = """\
schema: 1
name: first-look
cascades: {otp: [sms, whatsapp, viber]}
load: [{burst: 200}]
expect: [delivery_rate >= 50%]
"""


def compiled_in(folder: Path) -> dict[str, str]:
    """The environment of a process that keeps its modules compiled in a folder, and finds ours."""
    kept = {name: value for name, value in os.environ.items() if name != _NEVER_COMPILED}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(folder)}


def run(arguments: list[str], environment: dict[str, str]) -> tuple[float, str]:
    """Run this Python with some arguments; give the seconds it took and what it said in anger."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments], check=True, capture_output=True, text=True, env=environment
    )
    return time.perf_counter() - began, done.stderr


def imports(importtime: str) -> dict[str, int]:
    """Module -> microseconds of its own, from the output of `-X importtime`."""
    found = re.findall(r"^import time: +(\d+) \| +\d+ \| +(\S+)$", importtime, re.MULTILINE)
    return {name: int(own_us) for own_us, name in found}


def main() -> int:
    """Measure and print; 1 when too slow or when something forbidden was loaded."""
    parser = argparse.ArgumentParser(description="Measure the start of a small run.")
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--at-most", type=float, default=0.3, help="seconds")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "small.yaml"
        file.write_text(SCENARIO, encoding="utf-8")
        small = ["-m", "sandbox", "run", str(file)]
        env = compiled_in(Path(folder, "compiled"))
        run(small, env)  # leaves the compiled modules behind
        pairs = [(run(["-c", ""], env)[0], run(small, env)[0]) for _ in range(options.times)]
        loaded = imports(run(["-X", "importtime", *small], env)[1])
    bare_s, small_s = median(bare for bare, _ in pairs), median(ours for _, ours in pairs)
    forbidden = [name for name in FORBIDDEN if name in loaded]
    print(f"a small run, start to exit: {small_s:.3f} s (a bare interpreter: {bare_s:.3f} s)")
    print(f"forbidden and loaded: {', '.join(forbidden) or 'nothing'}")
    print(f"{len(loaded)} modules; the slowest of their own:")
    for name in sorted(loaded, key=lambda name: -loaded[name])[:12]:
        print(f"  {loaded[name] / 1000:6.1f} ms  {name}")
    return int(small_s > options.at_most or bool(forbidden))


if __name__ == "__main__":
    sys.exit(main())
