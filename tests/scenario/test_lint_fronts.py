"""Findings about levels that begin together."""

import pytest

from sandbox.scenario.lint_fronts import lint_fronts
from tests.support.lint_texts import LOAD, WORLD, found_in

TWO_ROADS = "providers: {second: {channel: sms, base: sms}}\n"


def of(cascade: str, head: str = WORLD) -> list[str]:
    """What is found in a file with one cascade, on line 3 of which its text begins."""
    return found_in(f"{head}cascades: {{c: {cascade}}}\n{LOAD}")


@pytest.mark.parametrize(
    ("levels", "is_found"),
    [
        ("[{channel: sms, via: sms}, {channel: sms, via: sms, parallel: true}]", True),
        ("[{channel: sms, via: [sms, second]}, {channel: sms, via: sms, parallel: true}]", True),
        ("[{channel: sms, via: sms}, {channel: sms, via: second, parallel: true}]", False),
        ("[{channel: sms, via: sms}, {channel: whatsapp, parallel: true}]", False),
        ("[{channel: sms, via: sms}, viber, {channel: sms, via: sms}]", False),
        (
            (
                "[{channel: sms, via: sms}, {channel: viber, parallel: true}, "
                "{channel: sms, via: sms, parallel: true}]"
            ),
            True,
        ),
    ],
)
def test_the_same_twice_over_one_road_is_found(levels: str, is_found: bool) -> None:
    """Both are lost together, or both are paid for."""
    assert lint_fronts.__module__ == "sandbox.scenario.lint_fronts"
    found = [
        each
        for each in of(f"{{deadline: 10m, levels: {levels}}}", WORLD + TWO_ROADS)
        if "at-once" in each
    ]
    assert len(found) == is_found
    assert all("both begin with 'sms', at once" in each for each in found)


@pytest.mark.parametrize(
    ("per", "beside", "is_found"),
    [("level", "true", True), ("message", "true", False), ("level", "false", False)],
)
def test_two_codes_at_once_are_found(per: str, beside: str, is_found: bool) -> None:
    """Each is right only for the level that sent it."""
    found = of(
        f"{{stop_on: verified, content: {{text: 'It is {{code}}', code: {{per: {per}}}}}, "
        f"levels: [sms, {{channel: viber, parallel: {beside}}}]}}"
    )
    assert any("two-codes-at-once" in each for each in found) is is_found
