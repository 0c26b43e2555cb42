"""How fast a run is, beside a plain SimPy model of the same cascade, and beside a bare loop.

    python -m tests.benchmarks.speed [--messages 100000] [--rate 1000] [--rounds 5] [--at-least 4]
                                     [--of-loop 0.3]

All sides run as whole processes, from start to exit, one after the other in each round, and are
measured by the processor time that the system charges them with; the modules of all of them have
been compiled before (see `startup`). Ours is `sandbox run FILE --json` as anybody would call it:
file, checks of laws, metrics and digest included. The others are `simpy_model.py`, once as it is
and once with Python's cycle collector off, since our own runs pause it as well; and `heap_loop.py`,
which is tuned by hand, knows this one scenario, and leaves the same lines with the same digest, but
has neither laws nor metrics nor a log that anybody could read.

How far the two are apart depends on how much is in flight. At 1000 messages a second, a campaign,
some ten thousand are; the other side's cost per message has more than doubled by then, ours has
grown by a third. At `--rate 100` it is a thousand, and the ratio is smaller.

Where our time goes, at 1000 messages a second, in microseconds a message on a machine on which the
loop takes 22: world and engine 43, laws 10, digest 4, metrics 5, start and file 2. What stands
between that and the loop is the shape of the program, not one slow place in it: a message passes
about a hundred calls and four thousand bytecodes in world and engine, the loop has a third of them
and no calls; each answer and receipt is an event of its own that goes in by one door and comes out
as lines; every line is read three times more, by digest, metrics and laws; and timers are kept
because the engine cannot know, as the loop does, that the answer will come in time. Compiling these
modules as they are (mypyc, tried before) made a run 1.35 times as fast: objects, dictionaries and
calls stay what they are. The tens of times that integer arrays give want another engine.

Tried, and found to be worth little (counted in instructions of the processor, of which a message
takes 430 000): to sort each stretch of the agenda once, and take from its end instead of from a
heap, gives 1 %; to format the commonest place of a line by itself, which is done, gives another.
One pass over the lines for all who read them would spare each line some 30 nanoseconds, half a
percent in all. Shorter stretches of the agenda, longer and shorter pieces of the log, and objects
that share no memory with lines gave nothing that could be measured. Lines cannot be taken kind by
kind: what an answer, a receipt and an outcome mean depends on which came first.

Believe the ratios: the speed of a machine changes from minute to minute, so a ratio is taken within
a round and the median of all rounds is the figure. Messages per second are only a scale. A system
with `os.wait4` is needed, so not Windows.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.benchmarks.figures import scenario_text
from tests.benchmarks.startup import compiled_in


@dataclass(frozen=True, slots=True)
class Measured:
    """One process from start to exit."""

    messages: int
    cpu_s: float
    peak_mib: float

    @property
    def rate(self) -> float:
        """Messages per second of processor time."""
        return self.messages / self.cpu_s


def measure(arguments: list[str], environment: dict[str, str]) -> Measured:
    """Run this Python with some arguments; its output is one JSON object.

    Raises:
        SystemExit: the process did not succeed.
    """
    with subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{arguments} exited with {process.returncode}")
    told = json.loads(output)["messages"]
    messages = told["total"] if isinstance(told, dict) else told
    return Measured(messages, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def sides(file: Path, messages: int, rate: int) -> list[list[str]]:
    """What is compared, as arguments of Python: ours, SimPy twice, the loop; writes the file."""
    file.write_text(scenario_text(messages, rate), encoding="utf-8")
    luck = ["1", str(messages), str(rate)]
    model = ["-m", "tests.benchmarks.simpy_model", *luck]
    loop = ["-m", "tests.benchmarks.heap_loop", *luck]
    return [
        ["-m", "sandbox", "run", str(file), "--json"], model, [*model, "--no-collector"], loop,
    ]  # fmt: skip


def main() -> int:
    """Measure, print a line per round and the medians; 1 when below what was asked for."""
    parser = argparse.ArgumentParser(description="Compare a run with a SimPy model.")
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--rate", type=int, default=1_000, help="messages per virtual second")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--at-least", type=float, default=0.0, help="the ratio that must be had")
    parser.add_argument("--of-loop", type=float, default=0.0, help="of the loop's rate, as well")
    options = parser.parse_args()
    ratios, ratios_no_collector, of_loop = [], [], []
    print("round   sandbox msg/s   MiB   simpy msg/s   MiB   ratio   (simpy without collector)"
          "   loop msg/s   MiB   of loop")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        environment = compiled_in(Path(folder, "compiled"))
        for arguments in sides(Path(folder, "first.yaml"), 100, options.rate):
            measure(arguments, environment)  # leaves the compiled modules behind
        compared = sides(Path(folder, "benchmark.yaml"), options.messages, options.rate)
        for number in range(1, options.rounds + 1):
            ours, theirs, uncollected, bare = (measure(each, environment) for each in compared)
            ratios.append(ours.rate / theirs.rate)
            ratios_no_collector.append(ours.rate / uncollected.rate)
            of_loop.append(ours.rate / bare.rate)
            print(
                f"{number:5d}   {ours.rate:13,.0f}   {ours.peak_mib:3.0f}   {theirs.rate:11,.0f}"
                f"   {theirs.peak_mib:3.0f}   {ratios[-1]:5.2f}   {ratios_no_collector[-1]:25.2f}"
                f"   {bare.rate:10,.0f}   {bare.peak_mib:3.0f}   {of_loop[-1]:7.2f}",
                flush=True,
            )
    print(
        f"median ratio {median(ratios):.2f} ({median(ratios_no_collector):.2f}), "
        f"{median(of_loop):.2f} of the loop"
    )
    return int(median(ratios) < options.at_least or median(of_loop) < options.of_loop)


if __name__ == "__main__":
    sys.exit(main())
