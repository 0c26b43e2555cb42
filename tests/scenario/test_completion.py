import pytest

from sandbox.scenario.completion import here, suggestions

TEXT = """\
schema: 1
# cascades:
cascades:
  otp:
    deadline: 3m
    levels:
      - channel: sms
        wait: 30s
________
      -
providers:
  sms-main:
    delivery:
______
load:
- poisson: 5/s
  for:
demo:
  captions:
    - {at: 0s, say: x}
cas""".replace("_", " ").split("\n")  # an editor keeps blanks at the end of a line


@pytest.mark.parametrize(
    ("line", "column", "path", "key", "begun"),
    [
        (0, 0, (), "", ""),
        (4, 4, ("cascades", "otp"), "", ""),
        (4, 14, ("cascades", "otp"), "deadline", ""),
        (4, 16, ("cascades", "otp"), "deadline", "3m"),
        (6, 17, ("cascades", "otp", "levels", "[]"), "channel", ""),
        (7, 12, ("cascades", "otp", "levels", "[]"), "", "wait"),
        (8, 8, ("cascades", "otp", "levels", "[]"), "", ""),
        (9, 7, ("cascades", "otp", "levels", "[]"), "", ""),
        (13, 6, ("providers", "sms-main", "delivery"), "", ""),
        (13, 4, ("providers", "sms-main"), "", ""),
        (15, 2, ("load", "[]"), "", ""),
        (16, 7, ("load", "[]"), "for", ""),
        (20, 3, (), "", "cas"),
        (99, 0, (), "", ""),
    ],
)
def test_the_place_is_found_by_indentation(
    line: int, column: int, path: tuple[str, ...], key: str, begun: str
) -> None:
    """Also in a list at the column of its key, and while the text is no YAML yet."""
    found = here(TEXT, line, column)
    if line == 99:
        assert found.begun == ""
    else:
        assert found == (path, key, begun)


@pytest.mark.parametrize(
    ("line", "column", "expected", "absent"),
    [
        (0, 0, "cascades: ", "sms"),
        (20, 3, "cascades: ", "load: "),
        (4, 4, "deadline: ", "wait: "),
        (6, 17, "whatsapp", "deadline: "),
        (8, 8, "success: ", "deadline: "),
        (9, 7, "viber", "deadline: "),
        (13, 6, "outcomes: ", "price: "),
        (13, 4, "price: ", "outcomes: "),
        (16, 2, "for: ", "wait: "),
    ],
)
def test_what_may_stand_there_is_suggested(
    line: int, column: int, expected: str, absent: str
) -> None:
    """Keys with what they mean, and words where a value is one of several."""
    found = [suggestion.text for suggestion in suggestions(TEXT, line, column)]
    assert expected in found
    assert absent not in found
    assert len(found) == len(set(found))


def test_a_key_says_what_it_means() -> None:
    """In the words of the schema."""
    about = {suggestion.text: suggestion.about for suggestion in suggestions(TEXT, 0, 0)}
    assert about["seed: "].startswith("Decides all luck")


def test_where_anything_may_stand_nothing_is_suggested() -> None:
    """A name, or a place the format does not know."""
    assert suggestions(["nonsense:", "  deep:", "    "], 2, 4) == []
    assert suggestions(["name: "], 0, 6) == []


def test_adapters_and_what_a_template_has_are_suggested() -> None:
    """From the schema, as everything else."""
    lines = ["providers:", "  sms:", "    adapter: w", "    "]
    assert [each.text for each in suggestions(lines, 2, len(lines[2]))] == ["whatsapp-cloud"]
    assert "sender: " in [each.text for each in suggestions(lines, 3, 4)]
    level = ["cascades:", "  c:", "    levels:", "      - channel: whatsapp", "        template:"]
    text = [*level, "          "]
    found = [each.text for each in suggestions(text, 5, 10)]
    assert found == ["none", "name: ", "language: ", "parameters: "]
