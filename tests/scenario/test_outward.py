"""A level's wording, as an adapter takes it."""

import pytest

from sandbox.adapters.codec import Template, Text
from sandbox.errors import MisuseError
from sandbox.scenario.model import Route, UsedTemplate, Wording
from sandbox.scenario.outward import content_of, sender_of

ROUTE = Route("sms", "dexatel", "Example")


def test_the_code_stands_where_it_is_written() -> None:
    """In a text, and in the parameters of a template; not in its name."""
    assert content_of(Wording("{code}, {code}!", 4), "1234") == Text("1234, 1234!")
    used = UsedTemplate("{code}", "en_US", ("Your {code}", "x"))
    told = Template("{code}", "en_US", ("Your 1234", "x"))
    assert content_of(Wording("of no interest", 4, None, used), "1234") == told


def test_without_a_code_nothing_is_put_anywhere() -> None:
    assert content_of(Wording("{code}"), "") == Text("{code}")


@pytest.mark.parametrize(("digits", "code"), [(4, ""), (4, "123"), (0, "1234"), (4, "12345")])
def test_a_code_of_another_length_is_refused(digits: int, code: str) -> None:
    """It would cost other segments than were reserved."""
    with pytest.raises(MisuseError, match="digits"):
        content_of(Wording("{code}", digits), code)


@pytest.mark.parametrize(("written", "sender"), [(None, "Example"), ("", ""), ("Shop", "Shop")])
def test_a_level_has_its_own_sender_or_the_providers(written: str | None, sender: str) -> None:
    """And may leave it to the vendor."""
    assert sender_of(Wording("x", 0, written), ROUTE) == sender
