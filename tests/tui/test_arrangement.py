import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.tui.arrangement import HEIGHT_MIN, PANELS, WIDTH_MIN, Box, Part, arrange, views_of

SIZES = st.tuples(st.integers(WIDTH_MIN, 250), st.integers(HEIGHT_MIN, 90), st.integers(0, 5))
LETTERS = dict(zip(Part, "hgufcmtpnk", strict=True))


def drawn(width: int, height: int, view: int = 0) -> list[str]:
    """The screen with a letter in every cell: whose it is."""
    cells = [["."] * width for _ in range(height)]
    for part, box in arrange(width, height, view).boxes.items():
        for y in range(box.y, box.y + box.height):
            for x in range(box.x, box.x + box.width):
                assert cells[y][x] == ".", f"{part} covers another part at {x}, {y}"
                cells[y][x] = LETTERS[part]
    return ["".join(row) for row in cells]


@given(SIZES)
def test_every_cell_of_the_screen_belongs_to_exactly_one_part(size: tuple[int, int, int]) -> None:
    """At any size and in any view, parts neither overlap nor leave a gap."""
    assert not any("." in row for row in drawn(*size))


@given(SIZES)
def test_every_panel_has_room_for_a_line_inside_its_frame(size: tuple[int, int, int]) -> None:
    """A panel that is shown shows something."""
    for part, box in arrange(*size).boxes.items():
        assert box.width > 20
        assert box.height >= (4 if part in PANELS else 1)


@given(SIZES)
def test_every_panel_is_in_some_view(size: tuple[int, int, int]) -> None:
    """Whatever the size, the view key gets to every panel."""
    width, height, _ = size
    assert {part for view in views_of(width, height) for part in view} == set(PANELS)


@pytest.mark.parametrize("size", [(59, 24), (80, 15), (1, 1)])
def test_below_sixty_by_sixteen_there_are_no_panels(size: tuple[int, int]) -> None:
    """A terminal that is too small is told so, instead of being shown fragments."""
    arrangement = arrange(*size, 0)
    assert arrangement.is_too_small
    assert arrangement.boxes == {}


def columns_of(width: int, height: int, view: int = 0) -> str:
    """Which panels one meets going down the left edge, and down the right edge."""
    rows = drawn(width, height, view)
    edges = ("".join(row[0] for row in rows), "".join(row[-1] for row in rows))
    return " ".join("".join(dict.fromkeys(edge)) for edge in edges)


@pytest.mark.parametrize(
    ("size", "view", "edges"),
    [
        ((60, 16), 0, "gfpnk gfpnk"),
        ((80, 24), 0, "gfpnk gfpnk"),
        ((80, 24), 1, "gcpnk gcpnk"),
        ((80, 24), 2, "gmtpnk gmtpnk"),
        ((80, 24), 3, "gfpnk gfpnk"),
        ((100, 50), 0, "hgufcpnk hgufcpnk"),
        ((100, 50), 1, "hgufmpnk hgufmpnk"),
        ((150, 30), 0, "gfpnk gcpnk"),
        ((150, 30), 1, "gmpnk gtpnk"),
        ((120, 36), 0, "hgufcpnk hgufmpnk"),
        ((120, 36), 1, "hgufmpnk hguftpnk"),
        ((160, 45), 0, "hgufmpnk hguctpnk"),
        ((200, 60), 0, "hgufmpnk hguctpnk"),
    ],
)
def test_what_stands_where(size: tuple[int, int], view: int, edges: str) -> None:
    """Small screens show one panel, normal ones the lanes and two more, wide ones all."""
    assert columns_of(*size, view) == edges


def test_the_smallest_product_gives_the_lanes_all_there_is() -> None:
    """At 80x24, figures take a line, transport, words and keys one each, the lanes the rest."""
    assert arrange(80, 24, 0).boxes[Part.FLOW] == Box(0, 1, 80, 20)
