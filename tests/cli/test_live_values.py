"""What is typed after the options of real sending."""

import argparse
from fractions import Fraction

import pytest

from sandbox.cli import live_values
from sandbox.cli.live_values import add_reaching, add_scenario, add_sending, wanted_of


def parser() -> argparse.ArgumentParser:
    """One with all of these options."""
    made = argparse.ArgumentParser(exit_on_error=False)
    add_scenario(made)
    add_reaching(made)
    add_sending(made)
    return made


def test_what_was_typed_is_what_is_wanted() -> None:
    words = ["x.yaml", "--allow", "+447700900123", "--host", "stub.example.com", "--base-url",
             "sms=https://stub.example.com/x", "--max-price", "0.10EUR", "--seed", "-3", "--set",
             "a.b=c=d"]  # fmt: skip
    arguments = parser().parse_args(words)
    wanted = wanted_of(arguments)
    assert wanted.allow == ("+447700900123",)
    assert wanted.hosts == ("stub.example.com",)
    assert [(name, url.text) for name, url in wanted.base_urls] == [
        ("sms", "https://stub.example.com/x")
    ]
    assert wanted.max_price is not None
    assert (wanted.max_price.nano, wanted.max_price.currency) == (100_000_000, "EUR")
    assert (wanted.message, wanted.number, wanted.cascade) == ("", "", "")
    assert (arguments.seed, arguments.overrides) == (-3, [("a.b", "c=d")])
    assert (arguments.live, arguments.confirm, arguments.public_url) == (False, None, "")
    assert (arguments.port, arguments.deaf, arguments.linger) == (0, False, 300_000_000)


@pytest.mark.parametrize(
    ("text", "value"), [("20", 20), ("20x", 20), ("0.5x", Fraction(1, 2)), ("200", 200)]
)
def test_a_speed(text: str, value: Fraction) -> None:
    assert live_values.speed(text) == value


@pytest.mark.parametrize("text", ["", "x", "-1", "0", "1e3", "201", "1/2", "٣", "nan"])
def test_what_is_no_speed(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        live_values.speed(text)


def test_a_duration() -> None:
    assert live_values.duration_us("2m") == 120_000_000
    with pytest.raises(argparse.ArgumentTypeError, match="written like 2m"):
        live_values.duration_us("soon")


@pytest.mark.parametrize("port", ["-1", "65536", "x", "٣", "999999"])
def test_what_is_no_port(port: str) -> None:
    with pytest.raises(argparse.ArgumentError):
        parser().parse_args(["x", f"--port={port}"])
