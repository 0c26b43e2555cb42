from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sandbox.cascade.outputs import NOTHING, Detail, Fact
from sandbox.store import shapes
from sandbox.store.shapes import Decoder, Encoder, EventRow, detail_of
from tests.support.kept import log_of

NUMBERS = st.integers(0, (1 << 63) - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = NUMBERS | TEXTS | st.booleans() | st.lists(TEXTS, max_size=3).map(tuple)
DETAILS = st.dictionaries(TEXTS, VALUES, max_size=3).map(Detail)
FACTS = st.lists(
    st.tuples(
        NUMBERS,
        NUMBERS,
        st.none() | NUMBERS,
        st.none() | st.integers(0, 7),
        st.none() | st.integers(1, 10),
        st.sampled_from(["requested", "receipt", "fault_began"]),
        NUMBERS,
        DETAILS,
    ),
    max_size=30,
)


def there_and_back(facts: Sequence[Fact], encoder: Encoder) -> list[Fact]:
    """The lines that come back of what is stored."""
    values: list[Any] = encoder.values(facts)
    decoder = Decoder()
    for row in encoder.new_shapes:
        decoder.learn(row)
    rows: list[EventRow] = [tuple(values[at + 1 : at + 7]) for at in range(0, len(values), 7)]
    return decoder.facts(rows)


@given(facts=FACTS)
def test_every_line_comes_back_as_it_was(facts: list[Fact]) -> None:
    """Whatever stands in a line, also details of every type, in every script."""
    assert there_and_back(facts + facts, Encoder(1)) == facts + facts


def test_a_whole_log_comes_back_as_it_was() -> None:
    """Real lines, with real details; most of them are not written out."""
    facts = log_of()
    encoder = Encoder(1)
    assert there_and_back(facts, encoder) == facts
    assert len(encoder.new_shapes) < len(facts) / 5


def test_a_detail_that_comes_once_stands_in_its_row() -> None:
    """Instants of retries would fill the table of shapes; what comes again has a number."""
    encoder = Encoder(1)
    fact = (1, 5, 1, 0, 1, "receipt", 0, Detail({"status": "sent"}))
    texts = [encoder.values([fact])[6] for _ in range(3)]
    assert texts == ['{"status":"sent"}', None, None]
    assert [row.detail for row in encoder.new_shapes] == [None, '{"status":"sent"}']


def test_no_detail_is_no_text() -> None:
    """An empty detail is nothing, neither in its row nor in its shape."""
    encoder = Encoder(1)
    assert encoder.values([(1, 5, 1, 0, 1, "accepted", 0, NOTHING)])[6] is None
    assert encoder.new_shapes[0].detail is None
    assert detail_of(None) is NOTHING


def test_the_memory_for_details_is_bounded(monkeypatch: Any) -> None:
    """However many different details a run has, and however often they come."""
    monkeypatch.setattr(shapes, "SHAPES_MAX", 10)
    monkeypatch.setattr(shapes, "SEEN_MAX", 10)
    details = [Detail({"luck": luck % 500}) for luck in range(2000)]
    facts: list[Fact] = [(n, 1, 1, 0, 1, "refused", 0, d) for n, d in enumerate(details, 1)]
    encoder = Encoder(1)
    assert there_and_back(facts, encoder) == facts
    assert len(encoder._shapes) <= 11
    assert len(encoder._seen) <= 10
