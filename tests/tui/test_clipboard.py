import pytest

from sandbox.tui.clipboard import BYTES_MAX, can_copy


@pytest.mark.parametrize(
    ("text", "environment", "is_web", "can"),
    [
        ("m1", {"TERM": "xterm-256color"}, False, True),
        ("x" * BYTES_MAX, {"TERM": "xterm"}, False, True),
        ("x" * (BYTES_MAX + 1), {"TERM": "xterm"}, False, False),
        ("é" * (BYTES_MAX // 2 + 1), {"TERM": "xterm"}, False, False),
        ("m1", {"TERM": "linux"}, False, False),
        ("m1", {"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, False, False),
        ("m1", {"TERM": "dumb"}, True, True),
        ("x" * (BYTES_MAX + 1), {}, True, False),
    ],
)
def test_the_clipboard_is_used_where_it_can_be_hoped_for(
    text: str, environment: dict[str, str], is_web: bool, can: bool
) -> None:
    """Not for what is long, and not by terminals known to have none."""
    assert can_copy(text, environment, is_web=is_web) is can
