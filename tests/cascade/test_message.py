import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cascade.message import Segments, segments

GSM_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = "\f^{}\\[~]|€"
SMILE = "\U0001f600"


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        ("", "GSM-7", 0, 1),
        ("Your code is 123456", "GSM-7", 19, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("ä" * 160, "GSM-7", 160, 1),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 81, "GSM-7", 162, 2),
        ("ł" * 70, "UCS-2", 70, 1),
        ("ł" * 71, "UCS-2", 71, 2),
        ("ł" * 134, "UCS-2", 134, 2),
        ("ł" * 135, "UCS-2", 135, 3),
        ("a" * 69 + "ł", "UCS-2", 70, 1),
        ("a" * 160 + "ł", "UCS-2", 161, 3),
        (SMILE * 35, "UCS-2", 70, 1),
        (SMILE * 36, "UCS-2", 72, 2),
    ],
)
def test_segments_are_counted_as_the_network_does(
    text: str, encoding: str, units: int, parts: int
) -> None:
    """160 or 70 fit one SMS, 153 or 67 each part of a longer one; what does not fit costs more."""
    assert segments(text) == Segments(encoding, units, parts)


def test_an_extension_character_is_never_split_between_two_parts() -> None:
    """A euro sign that would straddle the boundary moves on whole, and may cost a segment more."""
    assert segments("a" * 152 + "€" + "a" * 151).parts == 2
    assert segments("a" * 152 + "€" + "a" * 152) == Segments("GSM-7", 306, 3)
    assert segments("a" * 151 + "€" + "a" * 153).parts == 2
    assert segments("a" * 151 + "€" + "a" * 154).parts == 3


def test_a_surrogate_pair_is_never_split_between_two_parts() -> None:
    """Nor is an emoji, which takes two of the 67 units of a part."""
    assert segments("ł" * 66 + SMILE + "ł" * 65).parts == 2
    assert segments("ł" * 66 + SMILE + "ł" * 66).parts == 3
    assert segments(SMILE * 66).parts == 2
    assert segments(SMILE * 67).parts == 3


@pytest.mark.parametrize("char", GSM_BASIC)
def test_the_basic_alphabet_takes_one_septet_each(char: str) -> None:
    """All of the GSM 7-bit default alphabet: two lines of the standard, 127 and the escape."""
    assert segments(char) == Segments("GSM-7", 1, 1)


@pytest.mark.parametrize("char", GSM_EXTENSION)
def test_the_extension_table_takes_two_septets_each(char: str) -> None:
    """The escape and the character itself."""
    assert segments(char) == Segments("GSM-7", 2, 1)


@pytest.mark.parametrize("char", ["ç", "á", "ı", "ş", "Ж", "α", "`", "\t", "’", "\u00a0", "\x1b"])
def test_a_single_foreign_character_turns_the_whole_text_to_ucs_2(char: str) -> None:
    """One typographic apostrophe more than halves what fits, the costliest of surprises."""
    assert segments("a" * 100).parts == 1
    assert segments("a" * 100 + char) == Segments("UCS-2", 101, 2)


@given(text=st.text(max_size=500))
def test_segments_hold_what_they_must(text: str) -> None:
    """There are enough segments for all units, and never more than splitting can waste."""
    found = segments(text)
    single, part = (160, 153) if found.encoding == "GSM-7" else (70, 67)
    if found.units <= single:
        assert found.parts == 1
    else:
        assert found.units <= found.parts * part
        assert found.units > (found.parts - 1) * (part - 1)


@given(text=st.text(max_size=300), more=st.text(max_size=50))
def test_a_longer_text_is_never_cheaper(text: str, more: str) -> None:
    """Writing on cannot save a segment."""
    assert segments(text + more).parts >= segments(text).parts
