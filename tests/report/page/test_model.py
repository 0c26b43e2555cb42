from sandbox.report.page.model import Page
from sandbox.scenario.loader import load
from tests.support.kept import SCENARIO


def test_levels_are_named_over_all_cascades() -> None:
    """By every channel they have somewhere."""
    page = Page(
        title="t", description="", scenario="s", name="r1", seed=1, state="finished", verdict="",
        trouble="", digest="", program="0", line_count=0, virtual_us=0, commands=(), currency="",
        plans=load(SCENARIO).world.plans, providers={}, windows=(), asked=lambda _: None,
    )  # fmt: skip
    assert page.level_count == 3
    assert [page.channels(n) for n in range(3)] == ["sms / whatsapp", "whatsapp / sms", "viber"]
