"""The tables of codes: every line of every one."""

from pathlib import Path
from typing import Final

import pytest

from sandbox.adapters import reasons
from sandbox.adapters.catalogue import ADAPTERS
from sandbox.adapters.reasons import (
    CLASSES,
    UNKNOWN,
    Line,
    ReasonTable,
    class_of_http,
    read_table,
    table_of,
)
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import Channel, ReasonClass
from sandbox.errors import InvariantError
from sandbox.scenario.bases import catalogue

FOLDER: Final = Path(reasons.__file__).parent / "codes"
VENDORS: Final = sorted(path.stem for path in FOLDER.glob("*.toml"))
LINES: Final = [
    (vendor, code, line) for vendor in VENDORS for code, line in table_of(vendor).lines.items()
]

EXPECTED: Final = {
    "dexatel": """
        caller-error: 1005 1007 1201 1203 1204 1205 1206 1207 1208 1209 1501 1502 1503 1504 1505
            1506 1507 1508 1509 1510 1512 1513 1514 1515 1516 1517 1518 1519 1520 1526 1532 1533
            1534 1536 1537 1538 1705 1619 1620 1621 1622 1623 1624 1628 1629 1631 1632 1634 1635
            1636 1637 1638 1639 1640 1641 1642 1643 1644 1645 1646 1647 1648 1649 1650 1651 1652
            1653 1654
        permanent-recipient: 1523 1530
        account: 1524 1525 1531 1625
        unknown: 1535
    """,
    "twilio": """
        caller-error: 20404 21212 21606 30007 30010 30012 30042 63005 63016 63021 63025 63027 63028
            63029 63030
        permanent-recipient: 21211 21612 21614 30004 30005 30006 63003 63024 63032
        account: 20003 21408 21608 30002 30034 63001 63007 63008 63013 63020 63022
        transient: 20429 20503 21611 30001 30003 30009 30410 63012 63018
        stop: 21610 63014
        unknown: 30008 63010 63019
    """,
    "meta": """
        account: 0 190 3 10 200-299 33 368 130497 131005 131031 131037 131042 131044 131045 131048
            131063 131064 132015 132016 133000 133005 133006 133008 133009 133010 133015 133016
        transient: 4 80007 130429 131016 131056 131057 132069 133004
        caller-error: 100 131008 131009 131021 131030 131047 131051 131052 131053 131062 132000
            132001 132005 132007 132008 132012 132068
        permanent-recipient: 130472 131026 131049 137000
        stop: 131050
        unknown: 131000 135000
    """,
    "vonage": """
        transient: 1000 1030 1100 1180 1220 1230 1241 1331 1360 rate-limit
        caller-error: 1010 1020 1021 1022 1040 1090 1110 1120 1130 1150 1210 1320 1340 1380-1382
            not-found invalid-params invalid-signature invalid-json
        permanent-recipient: 1050 1170 1190 1200 1250 1270 1280 1290 1300 1310
        account: 1060 1070 1080 1140 1160 1350 1370 unauthorized unathorized invalid-api-key
            jwt-expired jwt-revoked unprovisioned account-suspended low-balance forbidden
        stop: 1240
        unknown: 1260 1330
    """,
    "infobip": """
        unknown: status-4 status-9 status-31 status-100 255
        transient: status-15 status-20 status-21 status-29 6 8 27 31-34 256 500-504 541 542 4202 581
            628 631 811 2048 4098 4101 4103 4104 7012-7014 7017 7024 7050 7051 7080 7082
        account: status-6 status-11 status-12 status-13 status-17 status-18 status-19 368 375 433
            609 2053 4099 7001 7004 7005 7011 7016 7019 7034 7081 7083 7084 UNAUTHORIZED
        permanent-recipient: status-8 status-10 status-14 status-52 1 5 9 11-13 351 352 560 561 565
            566 568 569 573 629 2049 2050 2052 3041 7002 7020 7025 7029 7032 7201
        caller-error: status-23 status-24 status-25 status-51 355 607 4100 5492 7006-7010 7015 7022
            7027 7280
        stop: status-87 603 608 7003 7030 7033
    """,
}
"""Written apart from the data files, so that no class changes unseen; `stop` is ours (S14)."""


def _expected(vendor: str) -> dict[str, str]:
    found: dict[str, str] = {}
    word = ""
    for part in EXPECTED[vendor].split():
        first, _, last = part.partition("-")
        if part.endswith(":"):
            word = part.removesuffix(":")
        elif first.isdigit():
            found |= {str(code): word for code in range(int(first), int(last or first) + 1)}
        else:
            found[part] = word
    return found


@pytest.mark.parametrize("vendor", EXPECTED)
def test_every_code_of_the_reference_has_its_class(vendor: str) -> None:
    """And no table has a code nobody has read anywhere."""
    codes = {c: line.word for c, line in table_of(vendor).lines.items() if "http" not in c}
    assert codes == _expected(vendor)
    assert len(codes) > 40


def test_no_table_goes_unlooked_at() -> None:
    """Every vendor with a table has its line above."""
    assert sorted(EXPECTED) == VENDORS


@pytest.mark.parametrize(("vendor", "code", "line"), LINES, ids=[f"{v}-{c}" for v, c, _ in LINES])
def test_every_line_can_be_used(vendor: str, code: str, line: Line) -> None:
    """It names its source, says something, and becomes a reason under its own code."""
    reason = table_of(vendor).reason(code, "what the vendor said", ReasonClass.STOP)
    assert reason == Reason(code, CLASSES[line.word], line.text)
    assert line.source
    assert 3 <= len(line.text) <= 80
    assert line.text.isprintable()
    assert line.text.isascii()
    if line.throttles:
        assert line.reason_class is ReasonClass.TRANSIENT
    if code.startswith("http-"):
        assert 400 <= int(code.removeprefix("http-")) < 600


def test_every_adapter_has_its_table() -> None:
    """And every table its adapter."""
    assert sorted({adapter.vendor for adapter in ADAPTERS.values()}) == VENDORS


def test_where_it_was_read_is_told_with_its_date() -> None:
    """So that somebody can see how old a table is."""
    for vendor in VENDORS:
        year, month = table_of(vendor).read_on.split("-")
        assert 2020 <= int(year) <= 2100
        assert 1 <= int(month) <= 12


@pytest.mark.parametrize(("channel", "vendor"), [("sms", "twilio"), ("whatsapp", "meta")])
def test_simulated_providers_speak_the_same_codes(channel: str, vendor: str) -> None:
    """A code means the same in a simulation as over the wire, class by class."""
    table, built_in = table_of(vendor), catalogue(Channel(channel))
    assert len(built_in) > 20
    differing = {
        code: (reason.reason_class, table.lines[code].word)
        for code, reason in built_in.items()
        if table.lines[code].reason_class is not reason.reason_class
    }
    assert differing == {}


def test_a_code_nobody_knows_keeps_what_was_said() -> None:
    """Bounded, fit to be shown, and with the class the caller takes it for."""
    table = table_of("twilio")
    reason = table.reason("99\x1b999", "told\u202e" + "x" * 1000, ReasonClass.TRANSIENT)
    assert reason.code == "99\ufffd999"
    assert reason.reason_class is ReasonClass.TRANSIENT
    assert reason.text.startswith("told\ufffdxxx")
    assert len(reason.text) <= 500
    assert len(table.reason("9" * 1000, "", ReasonClass.TRANSIENT).code) == 60
    assert table.reason("", "", ReasonClass.STOP).code == UNKNOWN
    assert not table.throttles("99999")


def test_an_http_status_has_a_class_where_no_code_is_told() -> None:
    """By the table where it lists it, else by its hundred."""
    assert table_of("dexatel").of_http(409) == Reason("http-409", ReasonClass.TRANSIENT, "conflict")
    assert table_of("twilio").of_http(418).text == "HTTP 418"
    expected = {400: "caller-error", 401: "account", 402: "account", 403: "account",
                404: "caller-error", 422: "caller-error", 429: "transient", 500: "transient",
                503: "transient"}  # fmt: skip
    assert {status: class_of_http(status) for status in expected} == expected


HEAD: Final = 'read_on = "2026-01"\n[sources]\na = "x.test, 2026-01"\n[codes]\n'


def test_a_table_in_order_is_read() -> None:
    """With its flags, and the source's whole name."""
    line = '7 = { class = "unknown", text = "odd", source = "a", throttles = true }'
    assert read_table("v", HEAD + line) == ReasonTable(
        "v", "2026-01", {"7": Line(UNKNOWN, "odd", "x.test, 2026-01", throttles=True)}
    )


def test_a_range_stands_for_each_of_its_codes() -> None:
    """From the first to the last, both included."""
    table = read_table("v", HEAD + '"7-9" = { class = "stop", text = "odd", source = "a" }')
    assert list(table.lines) == ["7", "8", "9"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('7 = { class = "fatal", text = "odd", source = "a" }', "class 'fatal'"),
        ('7 = { class = "stop", text = "odd", source = "b" }', "source 'b'"),
        ('7 = { class = "stop", text = "odd" }', "members"),
        ('7 = { class = "stop", text = "odd", source = "a", more = 1 }', "members"),
    ],
)
def test_a_table_out_of_order_is_our_mistake(line: str, why: str) -> None:
    """No line without a known class and a listed source."""
    with pytest.raises(InvariantError, match=why):
        read_table("v", HEAD + line)


def test_a_vendor_without_a_table_is_our_mistake() -> None:
    """The package is broken then, and says so."""
    with pytest.raises(InvariantError, match="has no codes/nobody"):
        table_of("nobody")
