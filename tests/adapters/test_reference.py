"""References: what goes out comes back as the same, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.adapters.forms import query_of, query_with, value_of
from sandbox.adapters.reference import LENGTH_MAX, RUN_MAX, Reference, read_reference
from sandbox.errors import MisuseError

RUNS = st.text(st.sampled_from("abcXYZ019"), min_size=1, max_size=RUN_MAX)
SMALL = st.integers(min_value=0, max_value=9999)
REFERENCES = st.builds(
    Reference, RUNS, st.integers(min_value=0, max_value=10**18 - 1), SMALL, SMALL
)


def test_a_reference_is_written_as_the_page_shows_it() -> None:
    """The parts in their order, nothing in them that needs escaping."""
    assert Reference("r7", 12, 0, 1).text == "fs1-r7-12-0-1"
    assert read_reference("fs1-r7-12-0-1") == Reference("r7", 12, 0, 1)


@given(REFERENCES)
def test_what_goes_out_comes_back(reference: Reference) -> None:
    """Also through the query of an address, and always short enough."""
    text = reference.text
    assert read_reference(text) == reference
    assert len(text) <= LENGTH_MAX
    assert text.isascii()
    assert text.isprintable()
    url = query_with("https://sandbox.example.test/hook", "reference", text)
    assert value_of(query_of(url), "reference") == text
    assert url.endswith(f"={text}")


@given(st.text(max_size=80))
def test_no_text_makes_it_raise(text: str) -> None:
    """What is read is written the same: one submission has one name."""
    found = read_reference(text)
    assert found is None or found.text == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fs1",
        "fs1-r7-12-0",
        "fs1-r7-12-0-1-2",
        "fs2-r7-12-0-1",
        "FS1-r7-12-0-1",
        "fs1--12-0-1",
        "fs1-r 7-12-0-1",
        "fs1-r7-012-0-1",
        "fs1-r7--12-0-1",
        "fs1-r7-1٣-0-1",
        "fs1-r7-12-0-1\n",
        " fs1-r7-12-0-1",
        "fs1-r7-12-0-10000",
        "fs1-" + "r" * 25 + "-1-0-1",
        "fs1-r7-" + "9" * 100_000 + "-0-1",
        "cascade=7;step=1",
    ],
)
def test_what_is_not_ours_is_none(text: str) -> None:
    """Near misses, other digits, other people's references, and ones that are far too long."""
    assert read_reference(text) is None


@pytest.mark.parametrize(
    "reference",
    [
        Reference("", 1, 0, 1),
        Reference("r-7", 1, 0, 1),
        Reference("r" * (RUN_MAX + 1), 1, 0, 1),
        Reference("é", 1, 0, 1),
        Reference("r7", -1, 0, 1),
        Reference("r7", 10**18, 0, 1),
        Reference("r7", 1, 10_000, 1),
        Reference("r7", 1, 0, -1),
    ],
)
def test_what_could_not_be_read_back_is_not_written(reference: Reference) -> None:
    """Such a message would go out, and its receipts would find nobody."""
    with pytest.raises(MisuseError, match="is no reference"):
        _ = reference.text
