"""What is typed after the options of real sending, from text to what it means."""

import argparse
import os
import re
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandbox.errors import SandboxError, UsageError

if TYPE_CHECKING:
    from sandbox.app.base_urls import BaseUrl
    from sandbox.app.live_asking import Wanted
    from sandbox.app.live_sending import Context
    from sandbox.scenario.quantities import Money

_LINGER_US: Final = 300_000_000


def add_reaching(verb: argparse.ArgumentParser) -> None:
    """Describe the options that say where requests go, and what they may cost."""
    verb.add_argument("--base-url", dest="base_urls", metavar="PROVIDER=URL", action="append",
                      default=[], type=_base_url,
                      help="send there what goes to a provider; not the vendor's host gets "
                           "made-up credentials")  # fmt: skip
    verb.add_argument("--host", dest="hosts", metavar="HOST", action="append", default=[],
                      type=_host,
                      help="a host that is not the vendor's, and may be sent to")  # fmt: skip
    verb.add_argument("--allow", metavar="NUMBER", action="append", default=[], type=number,
                      help="a whole number that may be written to")  # fmt: skip
    verb.add_argument("--max-price", metavar="MONEY", type=_money,
                      help='the most a submission may cost, such as "0.10 EUR"')  # fmt: skip


def add_scenario(verb: argparse.ArgumentParser) -> None:
    """Describe the file, and the options that change it."""
    verb.add_argument("file", metavar="FILE", help="a scenario file, or a built-in name")
    verb.add_argument("--seed", type=_whole, help="instead of the scenario's own seed")
    verb.add_argument("--set", dest="overrides", metavar="PATH=VALUE", action="append",
                      default=[], type=_override,
                      help="change one value, such as providers.sms.sender=Example")  # fmt: skip


def add_sending(verb: argparse.ArgumentParser) -> None:
    """Describe the options of what is really sent."""
    verb.add_argument("--live", action="store_true",
                      help="really send; without it nothing leaves")  # fmt: skip
    verb.add_argument("--confirm", metavar="NUMBERS",
                      help="the numbers it goes to, typed here, not at the question")  # fmt: skip
    verb.add_argument("--public-url", metavar="URL", default="",
                      help="how the outside reaches our receiver: a tunnel or proxy of yours; "
                           "left out: vendors are asked")  # fmt: skip
    verb.add_argument("--port", metavar="N", type=_port, default=0,
                      help="of the receiver on 127.0.0.1; left out: any")  # fmt: skip
    verb.add_argument("--deaf", action="store_true",
                      help="send also where no receipt can come in")  # fmt: skip
    verb.add_argument("--linger", metavar="DURATION", type=duration_us,
                      default=_LINGER_US,
                      help="in the end, wait so long for last words; 5m by default")  # fmt: skip
    verb.add_argument("--db", metavar="FILE", type=Path,
                      help="keep the run in this file, not in the user's own")  # fmt: skip


def add_opening(verb: argparse.ArgumentParser) -> None:
    """Describe the options of an app whose providers may be real."""
    verb.add_argument("--live", action="store_true",
                      help="in real time, with a switch (L) that really sends through a provider "
                           "once the live lock opens; all are simulated at first")  # fmt: skip
    add_reaching(verb)
    verb.add_argument("--public-url", metavar="URL", default="",
                      help="with --live: how the outside reaches our receiver; left out: vendors "
                           "are asked")  # fmt: skip
    verb.add_argument("--port", metavar="N", type=_port, default=0,
                      help="with --live: of the receiver on 127.0.0.1; left out: any")  # fmt: skip
    verb.add_argument("--db", metavar="FILE", type=Path,
                      help="with --live: keep the run in this file, not your own")  # fmt: skip
    verb.add_argument("--no-store", action="store_true", help=argparse.SUPPRESS)


def check_opening(arguments: argparse.Namespace) -> None:
    """Refuse what does not go together.

    Raises:
        UsageError: an option of real sending stands without `--live`, or `--live` without a file.
    """
    if arguments.no_store:
        raise UsageError(
            "--no-store and --live exclude each other: nobody would know later what was sent"
            if arguments.live
            else "the app keeps a run only where somebody asks for it: --no-store has no meaning"
        )
    if arguments.live and (arguments.in_browser or arguments.demo):
        raise UsageError("nothing is really sent from a browser, or a demo")
    if arguments.live and not arguments.file:
        raise UsageError("--live wants the scenario named", hint="sandbox open FILE --live")
    typed = {
        "--base-url": arguments.base_urls,
        "--host": arguments.hosts,
        "--allow": arguments.allow,
        "--max-price": arguments.max_price,
        "--public-url": arguments.public_url,
        "--port": arguments.port,
        "--db": arguments.db,
    }
    alone = next((name for name, value in typed.items() if value), "")
    if alone and not arguments.live:
        raise UsageError(f"{alone} goes with --live", hint="sandbox open FILE --live …")


def wanted_of(arguments: argparse.Namespace) -> "Wanted":
    """What was typed about where a message goes."""
    from sandbox.app.live_asking import Wanted

    return Wanted(
        message=getattr(arguments, "message", ""),
        number=getattr(arguments, "number", None) or "",
        cascade=getattr(arguments, "cascade", ""),
        base_urls=tuple(arguments.base_urls),
        hosts=tuple(arguments.hosts),
        allow=tuple(arguments.allow),
        max_price=arguments.max_price,
    )


# Values ------------------------------------------------------------------------------------------


def number(text: str) -> str:
    """A whole phone number."""
    from sandbox.app.live_config import allowed_number

    try:
        return allowed_number(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(_whole_of(error)) from error


def speed(text: str) -> Fraction:
    """How many times faster than the clock: `20`, `20x`, `0.5x`."""
    from sandbox.app.rehearsing import SPEED_MAX

    if not re.fullmatch(r"[0-9]{1,4}(?:\.[0-9]{1,3})?x?", text):
        raise argparse.ArgumentTypeError(f"a speed is written like 20 or 20x, not {text[:40]!r}")
    value = Fraction(text.removesuffix("x"))
    if not 0 < value <= SPEED_MAX:
        raise argparse.ArgumentTypeError(f"a speed is above 0 and at most {SPEED_MAX}")
    return value


def duration_us(text: str) -> int:
    """A duration such as `2m`, in microseconds."""
    from sandbox.scenario.quantities import QuantityError, duration

    try:
        return duration(text)
    except QuantityError as error:
        raise argparse.ArgumentTypeError(f"a duration is written like 2m or 30s, not {text[:40]!r}"
                                         ) from error  # fmt: skip


def _host(text: str) -> str:
    from sandbox.app.base_urls import host_name

    try:
        return host_name(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(_whole_of(error)) from error


def _base_url(text: str) -> "tuple[str, BaseUrl]":
    from sandbox.app.base_urls import base_url

    provider, equals, url = text.partition("=")
    if not equals or not provider:
        raise argparse.ArgumentTypeError("write PROVIDER=URL")
    try:
        return provider, base_url(url)
    except UsageError as error:
        raise argparse.ArgumentTypeError(_whole_of(error)) from error


def _whole_of(error: SandboxError) -> str:
    return f"{error}. {error.hint}".rstrip()


def _money(text: str) -> "Money":
    from sandbox.report.plain import plain
    from sandbox.scenario.quantities import QuantityError, money

    spaced = re.sub(r"^([0-9.]+)([A-Z]{3})$", r"\1 \2", text.strip())
    try:
        return money(spaced)
    except QuantityError as error:
        told = f"{plain(error.text, 100)}; write for example 0.10EUR"
        raise argparse.ArgumentTypeError(told) from error


def _whole(text: str) -> int:
    if not text.lstrip("-").isdecimal():
        raise argparse.ArgumentTypeError(f"a seed is a whole number, not {text!r}")
    return int(text)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 5 and int(text) <= 65_535):
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text[:40]!r}")
    return int(text)


def _override(text: str) -> tuple[str, str]:
    path, equals, value = text.partition("=")
    if not equals or not path:
        raise argparse.ArgumentTypeError(f"write PATH=VALUE, not {text!r}")
    return path, value


def context_of(arguments: argparse.Namespace, verb: str, run: str) -> "Context":
    """Where what was typed is looked up: the user's file, the environment, the keyring.

    Args:
        arguments: What was typed; see `add_sending`.
        verb: The command it was typed with.
        run: What the run is called in the cap ledger.

    Raises:
        UsageError: the user's file cannot be used.
    """
    from sandbox.app.guard import Command
    from sandbox.app.live_config import read_live_config
    from sandbox.app.live_secrets import SecretStores
    from sandbox.app.live_sending import Context

    config = read_live_config()
    for warning in config.warnings:
        print(f"sandbox: warning: {warning}", file=sys.stderr)
    command = Command(verb=verb, is_live=arguments.live, keeps=not arguments.no_store)
    return Context(command, config, SecretStores(os.environ), run)
