"""The machine against a second opinion: the full table, and scripts of any kind."""

from collections.abc import Iterator, Mapping
from heapq import heappop, heappush
from itertools import count
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from sandbox.cascade.engine import Engine
from sandbox.cascade.events import Event, ReceiptReceived, Requested, SubmitAnswered, WokeUp
from sandbox.cascade.outputs import Fact, Recall, Submit
from sandbox.cascade.plan import Backoff, Plan, Retries
from sandbox.cascade.vocabulary import SECOND_US, Status
from tests.laws.generated import many
from tests.laws.reference import Ending, Reply, Script, predict
from tests.support.hand import BUSY, EVEN, NOBODY, level, plan

REPLIES: Final = {
    Reply.ACCEPTED: (Status.ACCEPTED, None),
    Reply.REFUSED_FOR_GOOD: (Status.REFUSED, NOBODY),
    Reply.REFUSED_FOR_NOW: (Status.REFUSED, BUSY),
    Reply.THROTTLED: (Status.THROTTLED, BUSY),
}


def run(its_plan: Plan, script: Mapping[tuple[int, int], Script]) -> Ending:
    """Let the engine live through a script, receipts before wake-ups at one instant."""
    engine = Engine((its_plan,), count(1).__next__)
    agenda: list[tuple[int, int, Event]] = [(0, 0, Requested(1, 0))]
    order = count(1)
    facts: list[Fact] = []
    while agenda or engine.wake_at < 1 << 60:
        if agenda and agenda[0][0] <= engine.wake_at:
            now, _, event = heappop(agenda)
        else:
            now, event = engine.wake_at, WokeUp()
        for output in engine.receive(event, now):
            if isinstance(output, Submit):
                one = script[output.level, output.attempt]
                for after, news in _news(one, output):
                    heappush(agenda, (now + after, next(order), news))
            elif not isinstance(output, Recall):
                facts.append(output)
    return _ending(facts)


def _news(one: Script, submit: Submit) -> Iterator[tuple[int, Event]]:
    where = (submit.message, submit.level, submit.attempt)
    if one.reply is not Reply.SILENCE:
        answer, reason = REPLIES[one.reply]
        told = (0, EVEN, 0, one.retry_after)
        yield one.reply_after, SubmitAnswered(*where, answer, reason, *told)
    for copy in range(one.copies + 1):
        later = 3 * S * copy
        for nth, after in enumerate(one.segments, start=1):
            part = (0, 0, nth, len(one.segments))
            yield after + later, ReceiptReceived(*where, Status.DELIVERED, None, *part)
        if one.final is not None and not one.segments:
            yield one.final_after + later, ReceiptReceived(*where, one.final)
        if one.then is not None:
            yield one.then_after + later, ReceiptReceived(*where, one.then)


def _ending(facts: list[Fact]) -> Ending:
    path = [(f[1], f[3], f[4]) for f in facts if f[5] == "submitted"]
    (end,) = [fact for fact in facts if fact[5] == "finished"]
    credit = None if end[4] is None else (end[3], end[4])
    outcome = end[7].text("outcome")
    return Ending(tuple(path), outcome, end[1], credit)  # type: ignore[arg-type]  # the test knows


# The full table ----------------------------------------------------------------------------------

S: Final = SECOND_US
OUTCOMES: Final = {
    "delivered": Script(Reply.ACCEPTED, S, Status.DELIVERED, 3 * S),
    "refused for good": Script(Reply.REFUSED_FOR_GOOD, S),
    "refused for now": Script(Reply.REFUSED_FOR_NOW, S),
    "throttled": Script(Reply.THROTTLED, S),
    "silence": Script(Reply.SILENCE),
    "failed": Script(Reply.ACCEPTED, S, Status.FAILED, 5 * S),
    "rejected": Script(Reply.ACCEPTED, S, Status.REJECTED, 5 * S),
    "expired": Script(Reply.ACCEPTED, S, Status.EXPIRED, 20 * S),
    "no receipt": Script(Reply.ACCEPTED, S),
}
RETRIED: Final = ("refused for now", "throttled")
THREE: Final = plan(
    *(level(channel, wait=30, retries=1) for channel in ("sms", "whatsapp", "viber"))
)


def _scripts(index: int = 0) -> Iterator[dict[tuple[int, int], Script]]:
    """Every script that differs in something that comes to pass."""
    if index == len(THREE.levels):
        yield {}
        return
    for first, one in OUTCOMES.items():
        for second, other in OUTCOMES.items() if first in RETRIED else [("", one)]:
            here = {(index, 1): one} | ({(index, 2): other} if second else {})
            if "delivered" in (first, second):
                yield here
            else:
                for rest in _scripts(index + 1):
                    yield here | rest


def test_three_levels_nine_outcomes_two_attempts() -> None:
    """S1–S20: in all 12169 ways through three levels the machine ends as worked out by hand."""
    scripts = list(_scripts())
    assert len(scripts) == 12169
    different = [script for script in scripts if run(THREE, script) != predict(THREE, script)]
    assert different == []


def test_the_table_has_something_in_it() -> None:
    """The table reaches every outcome on every level, so it says something."""
    endings = {(e.outcome, e.credit) for e in (predict(THREE, s) for s in _scripts())}
    attempts = [(index, number) for index in range(3) for number in (1, 2)]
    assert endings == {("delivered", each) for each in attempts} | {("exhausted", None)}


# Scripts of any kind -----------------------------------------------------------------------------

PLANS = st.builds(
    lambda waits, retries, first, deadline: plan(
        *(
            level(
                channel,
                wait=wait,
                timeout=10,
                retries=Retries(max=retries, backoff=Backoff(first_us=first * S, jitter_ppm=0)),
            )
            for channel, wait in zip(("sms", "whatsapp", "viber"), waits, strict=False)
        ),
        deadline=deadline,
    ),
    waits=st.lists(st.sampled_from([5, 20, 60]), min_size=1, max_size=3),
    retries=st.integers(0, 3),
    first=st.sampled_from([1, 7]),
    deadline=st.sampled_from([None, 15, 40, 90, 600]),
)
FINALS = st.sampled_from([None, Status.DELIVERED, Status.FAILED, Status.REJECTED, Status.EXPIRED])


@st.composite
def scripts(draw: st.DrawFn) -> dict[tuple[int, int], Script]:
    """A script for every attempt that could be made.

    Receipts of two attempts never fall on one instant.
    """

    def seconds(most: int) -> int:
        return draw(st.integers(0, most)) * S

    script = {}
    for nth, (index, number) in enumerate((i, n) for i in range(3) for n in range(1, 5)):
        reply, final = draw(st.sampled_from(Reply)), draw(FINALS)
        if reply not in (Reply.ACCEPTED, Reply.SILENCE):
            retry_after = draw(st.sampled_from([0, 0, 3 * S]))
            script[index, number] = Script(reply, seconds(9), retry_after=retry_after)
            continue
        reply_after = seconds(9)
        final_after = draw(st.sampled_from([0, reply_after])) + seconds(120) + (1 << nth)
        parts: tuple[int, ...] = ()
        if final is Status.DELIVERED and draw(st.booleans()):
            parts = tuple(seconds(60) + (1 << nth) for _ in range(draw(st.integers(2, 3))))
            final_after = max(parts)
        then = draw(st.sampled_from([None, None, Status.DELIVERED])) if final else None
        script[index, number] = Script(
            reply, reply_after, final, final_after,
            segments=parts, copies=draw(st.integers(0, 2)),
            then=then, then_after=final_after + S + seconds(60),
        )  # fmt: skip
    return script


@many(200)
@given(PLANS, scripts())
def test_the_machine_ends_as_worked_out_by_hand(
    its_plan: Plan, script: dict[tuple[int, int], Script]
) -> None:
    """S1-S30: with late deliveries, deadlines and retries at any instant both come to one end."""
    assert run(its_plan, script) == predict(its_plan, script)
