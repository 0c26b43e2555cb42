"""Every verb there is, with a scenario of real providers: none of them opens a way out.

Whatever a user's own files and environment can give is there: credentials, the allow-list, prices,
room in the caps. What is missing is what stands on the command, or `--live` itself.
"""

import argparse
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.cli.main import build_parser, main
from tests.support.sent import NUMBER, TEXT, own_place

SEND: Final = ("--allow", NUMBER, "--max-price", "1 EUR", "--linger", "50ms")
ADAPTERS: Final = (
    "--set",
    "providers.viber.adapter=vonage",
    "--set",
    "providers.viber.sender=Shop",
)

WALK: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "": ((),),
    "open": (("FILE",), ("FILE", "--fresh")),
    "demo": (("FILE",),),
    "web": (),  # serves browsers on this machine; with --live, which is below, it does not begin
    "run": (("FILE",), ("FILE", "--db", "DB", "--json"), ("FILE", "--no-store", *ADAPTERS)),
    "check": (("FILE",), ("FILE", "--resolved"), ("FILE", "--forecast")),
    "schema": ((),),
    "scenarios": ((), ("--sources",)),
    "new": (("begun",),),
    "runs": (("--db", "DB"),),
    "show": (("r1", "--db", "DB"), ("r1", "for-anna", "--why", "--db", "DB")),
    "export": (("r1", "--db", "DB"), ("r1", "--messages", "--format", "csv", "--db", "DB")),
    "replay": (("r1", "--db", "DB"), ("r1", "--open", "--db", "DB")),
    "paths": ((),),
    "matrix": (("FILE", "--vary", "cascades.otp.levels.0.wait=1s,2s", "--jobs", "1"),),
    "compare": (("FILE", "FILE", "--jobs", "1"),),
    "recommend": (("FILE", "--messages", "100", "--jobs", "1"),),
    "send": (
        ("FILE", "--dry-run"),
        ("FILE", "--to", NUMBER, "--dry-run", *ADAPTERS),
        ("FILE", "--confirm", NUMBER, *SEND),
    ),
    "explain": ((), ("delivery_rate",)),
    "live run": (("FILE", "--confirm", NUMBER, "--db", "DB", *SEND),),
    "live pending": (("r1", "--db", "DB"),),
    "live resume": (("r1", "--db", "DB"),),
    "live rehearse": (("FILE", "--adapter", "nobody"),),  # what it opens stays on this machine
    "live record": (("FILE", "--cassette", "CASSETTE"),),
    "live fit": (("CASSETTE",),),
}
"""Verb -> what follows it, without `--live`."""

LIVE: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    **{verb: (*calls, ("FILE",)) for verb, calls in WALK.items() if not verb.startswith("live")},
    "send": (
        ("FILE", *SEND),
        ("FILE", "--confirm", "yes", *SEND),
        ("FILE", "--confirm", NUMBER, "--no-store", *SEND),
        ("FILE", "--confirm", NUMBER, "--base-url", "sms=http://stub.example.com", *SEND),
        ("FILE", "--confirm", NUMBER, "--max-price", "0.01 EUR"),
        ("FILE", "--to", "+447700900199", "--confirm", "+447700900199", *SEND),
    ),
    "live run": (("FILE", *SEND), ("FILE", "--confirm", NUMBER, "--no-store", *SEND)),
    "live pending": (("r1", "--db", "DB"),),
    "live resume": (("r1", "--db", "DB"), ("r9", "--db", "DB")),
    "live rehearse": (("FILE",),),
    "live record": (("FILE", "--cassette", "CASSETTE"),),
    "live fit": (("CASSETTE",),),
}
"""The same with `--live`, and something else that the lock asks left out."""


def words_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The verbs of a parser, or the words of a verb."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def verbs() -> Iterator[str]:
    """Every verb there is, with its words where it has some."""
    yield ""
    for verb, parser in words_of(build_parser()).items():
        words = words_of(parser)
        yield from [f"{verb} {word}" for word in words] or [verb]


def cases(table: dict[str, tuple[tuple[str, ...], ...]]) -> list[tuple[str, tuple[str, ...]]]:
    return [(verb, call) for verb, calls in table.items() for call in calls]


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The families of all sockets that were made, but for those an event loop wakes itself with.

    They are refused, too; whoever takes no notice of that is still on the list.
    """
    made: list[int] = []
    inner = socket.socket.__init__

    def refuse(self: socket.socket, family: int = -1, *rest: Any, **more: Any) -> None:
        if family != socket.AF_UNIX:
            made.append(family)
            raise PermissionError("no sockets here")
        inner(self, family, *rest, **more)

    def look_up(*_: object, **__: object) -> None:
        made.append(0)
        raise PermissionError("no names here")

    monkeypatch.setattr(socket.socket, "__init__", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return made


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Files to name, everything that a user's own files can give, and a run to look at."""
    db = own_place(tmp_path, monkeypatch)
    config = tmp_path / "live.toml"
    config.write_text(f'allow = ["{NUMBER}"]\n', encoding="utf-8")
    config.chmod(0o600)
    file = tmp_path / "real.yaml"
    file.write_text(TEXT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert called("run", str(file), "--db", str(db)) == 0
    return {"FILE": str(file), "DB": str(db), "CASSETTE": str(tmp_path / "cassette.json")}


def called(*words: str) -> int:
    """The exit code of a command."""
    try:
        return main(list(words))
    except SystemExit as exit_:
        return int(exit_.code or 0)


def test_every_verb_is_walked() -> None:
    """One that is new has to be put into both tables."""
    assert sorted(WALK) == sorted(LIVE) == sorted(verbs())


@pytest.mark.parametrize(("verb", "call"), cases(WALK))
def test_without_live_no_verb_opens_a_socket(
    verb: str, call: tuple[str, ...], place: dict[str, str], tried: list[int]
) -> None:
    code = called(*verb.split(), *(place.get(word, word) for word in call))
    assert tried == []
    assert code in {0, 1, 2, 4}


@pytest.mark.parametrize(("verb", "call"), cases(LIVE))
def test_with_live_and_something_missing_neither(
    verb: str,
    call: tuple[str, ...],
    place: dict[str, str],
    tried: list[int],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is refused before anything else."""
    capsys.readouterr()
    code = called(*verb.split(), *(place.get(word, word) for word in call), "--live")
    assert tried == []
    assert code in {2, 3, 4}, capsys.readouterr()
    assert "Traceback" not in capsys.readouterr().err


def test_with_everything_there_a_socket_is_opened(
    place: dict[str, str], tried: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    """The walk would prove nothing if the complete command opened none."""
    words = ("FILE", "--confirm", NUMBER, "--live", "--db", "DB", *SEND)
    called("send", *(place.get(word, word) for word in words))
    assert tried, capsys.readouterr()
