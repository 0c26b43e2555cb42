"""How a live run stands, as a person reads it."""

from collections.abc import Iterator, Sequence

from sandbox.app.live_resuming import Standing, unknown_of
from sandbox.report.plain import plain

SHOWN = 20
"""So many of a kind are named."""


def standing_lines(stands: Standing) -> Iterator[str]:
    """What is known of a run; nothing was sent to find out."""
    run = stands.run
    kind = "rehearsal" if stands.is_rehearsal else "live run"
    yield f"{run.name}  {plain(run.scenario)}, {kind}, {run.state}, {run.line_count:,} lines"
    if run.trouble:
        yield f"  {plain(run.trouble, 300)}"
    decided = len(stands.messages) - len(stands.open)
    yield f"  {decided:,} of {len(stands.messages):,} messages that were requested are over"
    for each in stands.open[:SHOWN]:
        name = f" {plain(each.name, 60)}" if each.name else ""
        yield f"    open: m{each.message}{name}: {plain(', '.join(each.path)) or 'not submitted'}"
    yield from _more(stands.open)
    if stands.coming:
        yield f"  not requested yet: {plain(', '.join(stands.coming[:SHOWN]), 400)}"
    yield from _attempts("may have left, and nobody knows", [*unknown_of(stands.planned)])
    yield from _attempts("left, or may have, without an answer", [*unknown_of(stands.lost)])
    yield from _attempts("answered, and not heard yet", [*unknown_of(stands.unheard)])
    awaited = [f"m{'.'.join(map(str, where))}" for where in stands.awaited]
    yield from _attempts("last word not heard yet", awaited)
    for provider, count in stands.hooks.items():
        yield f"  kept from {plain(provider)}, and not heard yet: {count:,}"


def _attempts(what: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        yield f"  {what}: {plain(', '.join(names[:SHOWN]))}"
        yield from _more(names)


def _more(items: Sequence[object]) -> Iterator[str]:
    if len(items) > SHOWN:
        yield f"    and {len(items) - SHOWN:,} more"


def going_on_lines(stands: Standing) -> Iterator[str]:
    """What going on with it would do."""
    name = stands.run.name
    if stands.is_rehearsal:
        yield "a rehearsal cannot be gone on with: its fakes are gone"
    elif stands.is_over:
        yield "it is over: there is nothing to go on with"
    elif stands.goes_on:
        yield f"process {stands.run.process} is at it"
    else:
        count = len(stands.open) + len(stands.coming)
        yield (
            f"`sandbox live resume {name} --live` asks the lock anew about"
            f" {count} message{'' if count == 1 else 's'}, takes in what was heard meanwhile, and"
            " sends what is due then; nothing is sent twice, and nothing past a deadline"
        )
        yield f"`sandbox live resume {name} --public-url URL` takes in webhooks, and sends nothing"
