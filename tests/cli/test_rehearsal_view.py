"""A rehearsal in words; the command's tests show a whole one."""

from sandbox.app.known_only import KnownOnly
from sandbox.app.parity import Differing, Parity, Parting
from sandbox.app.run import run_loaded
from sandbox.cli.rehearsal_view import outside_lines, parity_lines
from sandbox.report.timeline import MessageResult
from sandbox.scenario.loader import load
from tests.support.small_files import HOLDS

EVIL = "\x1b[2J\u202e"


def message(*path: str, outcome: str = "delivered") -> MessageResult:
    """What became of a message."""
    return MessageResult(
        message=3, name="", cascade="otp", outcome=outcome, path=path, late=(), seconds_us=None,
        cost_nano=0, true_cost_nano=0, copies=0,
    )  # fmt: skip


def test_who_differs_is_shown_with_both_paths() -> None:
    """And how many more there are, and why it is so."""
    parting = Parting(f"1.0  accepted{EVIL}", "1.2  refused", "it is a matter of time")
    first = Differing(3, f"anna{EVIL}", message("sms:delivered"), message(outcome=""), parting, 1)
    told = Parity(paired=9, alone=2, same=6, same_outcome=7, late_us=250_000, first=(first,))
    lines = [*parity_lines(told)]
    assert all(line.isprintable() for line in lines)
    assert lines[0] == (
        "beside the simulation: 6 of 9 messages took the same path to the same outcome,"
        " 7 have the same outcome"
    )
    assert lines.pop(1) == (
        "  first answers came 0.250 s later, by the median; the lower the --speed, the less"
    )
    assert lines[1] == "  2 messages are in one of the two only"
    assert lines[2].startswith("  m3 anna")
    assert lines[2].endswith(", and 1 like it")
    assert lines[3] == "    simulated  delivered: sms:delivered"
    assert lines[5:] == [
        "    rehearsed  no outcome: no attempt",
        "      parts with  1.2  refused",
        "    it is a matter of time",
        "  and 1 more that part in other ways",
    ]


def test_what_nobody_knows_is_said() -> None:
    result = run_loaded(load(HOLDS))
    lines = [*outside_lines((f"odd{EVIL}",), KnownOnly(result, result.expectations))]
    assert lines[0].startswith("truth is not known")
    assert lines[1] == "  not judged: delivery_rate >= 50%"
    assert lines[2].startswith("trouble: odd")
    assert all(line.isprintable() for line in lines)
