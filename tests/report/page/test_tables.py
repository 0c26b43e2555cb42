from sandbox.report.page.tables import both, folded, listed, table
from tests.support.pages import read


def test_a_table_says_what_its_rows_and_columns_are() -> None:
    """Caption, and a scope for each head; figures stand on the right."""
    made = table("What", ("a", "b"), [("x", "1"), ("y", "2")], figures=1, looks=["odd"], look="t")
    reader = read(made)
    assert reader.text == "What a b x 1 y 2"
    scopes = [value for _, name, value in reader.attributes if name == "scope"]
    assert scopes == ["col", "col", "row", "row"]
    assert ("td", "class", "n") in reader.attributes
    assert ("tr", "class", "odd") in reader.attributes
    assert ("table", "class", "t") in reader.attributes


def test_blocks_need_no_script() -> None:
    """What is folded opens by itself in any browser."""
    assert folded("More", "x") == "<details><summary>More</summary>x</details>"
    assert folded("More", "x", is_open=True).startswith("<details open>")
    assert listed(["a", "b"], "k") == '<ul class="k"><li>a</li><li>b</li></ul>'
    assert listed(["a"]) == "<ul><li>a</li></ul>"
    assert both("W", "N") == '<div class="wide">W</div><div class="narrow">N</div>'
