from dataclasses import replace

from sandbox.report.why import why_lines
from tests.support.explained import explained, scripted

LEVELS = "- {channel: sms, via: [sms], wait: 30s}\n- {channel: whatsapp, via: [wa]}"
LATE = "{after: 3s, receipt: {delay: 40s}}"


def test_a_message_is_told_entry_by_entry() -> None:
    """The title, each entry of the path with everything about it, and the sums."""
    lines = why_lines(explained(scripted(LEVELS, LATE)))
    assert lines[0] == "m1 m through otp: delivered by whatsapp after 30.000 s"
    first = lines.index("")
    assert lines[first + 1] == (
        "1. sms:no_receipt  level 0 (<text>:15), attempt 1 via sms, from 0.000 to 30.000 s"
        " → next level: 1 whatsapp"
    )
    labels = [line[3:18].strip() for line in lines[first + 2 : lines.index("", first + 1)]]
    assert [label for label in labels if label] == [
        "rule", "caused by", "known then", "~ true then", "afterwards", "had it waited",
        "without level",
    ]  # fmt: skip
    assert lines[-3:] == [
        "path  sms:no_receipt, whatsapp:delivered",
        "late  sms:delivered",
        "cost  0.080 EUR known, 0.080 EUR true",
    ]


def test_the_place_of_a_setting_stands_beside_its_value() -> None:
    """In one column, so that a person finds the line to change."""
    lines = why_lines(explained(scripted(LEVELS, LATE)))
    (wait,) = (line for line in lines if "levels[0].wait" in line)
    assert wait.split() == ["cascades.otp.levels[0].wait:", "30s", "<text>:15"]
    columns = {
        line.index("<text>") if "<text>" in line else line.index("default  ".strip(), 50)
        for line in lines
        if line.strip().startswith(("cascades.otp.levels[0].wait", "cascades.otp.levels[0].from"))
    }
    assert len(columns) == 1


def test_a_long_value_is_cut_where_people_read() -> None:
    """Its place is what counts; programs get all of it."""
    found = explained(scripted(LEVELS, LATE))
    (line,) = (line for line in why_lines(found) if "levels[0].next_on" in line)
    assert "…" in line
    assert line.endswith("default")
    next_on = found.leavings[0].rules[1].settings[0]
    assert next_on.value.endswith("]")


def test_notes_stand_at_the_end() -> None:
    """What a reader must know before believing the rest."""
    found = replace(explained(scripted(LEVELS, LATE)), notes=("one", "two"))
    assert why_lines(found)[-2:] == ["note  one", "note  two"]


def test_names_and_channels_are_made_fit_to_be_shown() -> None:
    """A name that moves the cursor, or turns text around, does neither."""
    found = explained(scripted(LEVELS, LATE))
    evil = replace(
        found,
        name="\x1b[2J\u202e[red]",
        cascade="o\x07tp",
        leavings=tuple(replace(left, provider="\x1b[1m") for left in found.leavings),
    )
    lines = why_lines(evil)
    assert all(line.isprintable() for line in lines)
    assert lines[0].startswith("m1 \\x1b[2J\\u202e[red] through o\\x07tp")


def test_a_message_without_an_outcome_says_so() -> None:
    """And an entry that was not left has no arrow."""
    found = explained(scripted(LEVELS, LATE))
    fate = replace(found.fate, outcome="", channel="", took_us=None)
    opened = replace(found.leavings[0], left_us=None, seq=0, rules=(), causes=(), then="")
    lines = why_lines(replace(found, fate=fate, leavings=(opened,), what_ifs=(), late=()))
    assert lines[0] == "m1 m through otp: still without an outcome"
    assert lines[2].endswith("attempt 1 via sms, from 0.000 s, not left")
