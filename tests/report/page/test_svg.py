from sandbox.report.page import svg
from sandbox.report.page.scales import Tick
from tests.support.pages import read

FRAME = svg.Frame(100, 50, left=10, right=5, top=4, bottom=6)


def test_a_picture_says_what_it_shows() -> None:
    """Its title and its description are its name for who cannot see it."""
    made = svg.picture(FRAME, "x", "Title", "Told.", [svg.line((0, 0), (1, 1.25), "grid")])
    reader = read(made)
    assert ("svg", "role", "img") in reader.attributes
    assert ("svg", "aria-labelledby", "x-t x-d") in reader.attributes
    assert reader.text == "Title Told."
    assert (FRAME.x_end, FRAME.y_end) == (95, 44)


def test_each_level_has_marks_of_its_own() -> None:
    """No colour alone tells one from another."""
    made = svg.patterns("p", svg.PATTERNS).split("<pattern")[1:-1]
    marks = {each.split("/>", 1)[1] for each in made}
    assert len(marks) == svg.PATTERNS
    assert svg.fill("p", 3) == 'fill="url(#p-p3)"'
    assert 'id="p-pb"' in svg.patterns("p", 1)
    assert svg.fill_bad("p") == 'fill="url(#p-pb)"'


def test_a_stepped_line_goes_level_and_then_straight() -> None:
    """Where nothing changes nothing is written."""
    assert svg.steps([(0, 5), (2, 5), (4, 1.5)]) == "M0 5H2H4V1.5"
    area = svg.between([(0, 1), (4, 0)], [(0, 5), (4, 5)], 'class="a"')
    assert area == '<path class="a" d="M0 1H4V0L4 5H0Z"/>'


def test_axes_have_their_labels() -> None:
    """To the left, and below."""
    assert ">7</text>" in svg.across(FRAME, [(20, "7")])
    assert '<text x="30" y="61" class="tick" text-anchor="middle">1 s</text>' in svg.below(
        [(30, Tick(0, "1 s"))], 44
    )
    assert svg.rectangle(0, 1, 2.04, 3, "x") == '<rect x="0" y="1" width="2" height="3" x/>'
    assert svg.curve("M0 0", "edge") == '<path class="edge" d="M0 0"/>'
