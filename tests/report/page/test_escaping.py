from sandbox.report.page.escaping import LENGTH_MAX, shown


def test_nothing_of_a_text_is_markup_or_hides() -> None:
    """Not in the page, and not in an attribute either."""
    assert shown("<script>&\"'") == "&lt;script&gt;&amp;&quot;&#x27;"
    assert shown("a\u202eb\u200bc\x1b[2J\n") == r"a\u202eb\u200bc\x1b[2J\n"


def test_a_text_is_bounded() -> None:
    """However long it came."""
    assert len(shown("a" * 10_000)) == LENGTH_MAX
