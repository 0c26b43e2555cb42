"""Fakes over real HTTP: what the simulated provider means is what a caller's adapter hears."""

import asyncio
from dataclasses import replace
from itertools import chain
from typing import Any, Final

import pytest

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.adapters.codec import SMS, Ability, Accepted, Refused, Throttled
from sandbox.cascade.events import Acted, Reason, ReceiptReceived, SubmitAnswered
from sandbox.cascade.vocabulary import Act, Channel, ReasonClass, RecallResult, Status
from sandbox.dialects.catalogue import DIALECTS
from sandbox.dialects.words import Lacks, Submitted
from sandbox.errors import MisuseError
from sandbox.net.fakes import STRANGERS_FROM, Fake, FakeClock, Fakes
from sandbox.net.sender import Answered, NoAnswer
from sandbox.simulation.counterpart import Counterpart
from sandbox.simulation.distributions import fixed
from sandbox.simulation.spec import Change, Fault, OverAnswer, ProviderSpec, WorldSpec
from tests.support.faked import Heard, faked
from tests.support.hand import level, plan, us
from tests.support.submissions import credentials
from tests.support.worlds import always, deliveries, fault, percent, provider, submits, world

pytestmark = pytest.mark.usefixtures("loopback")

GONE: Final = Reason("gone", ReasonClass.PERMANENT_RECIPIENT, "not there")
PAIRS: Final = {
    f"{name}-{channel}": (name, channel)
    for name, dialect in DIALECTS.items()
    for channel in dialect.channels
}
"""Every vendor on every channel, each a provider of one scenario."""

FATES: Final = {
    "delivered": Status.DELIVERED,
    "failed": Status.FAILED,
    "rejected": Status.REJECTED,
    "filtered": Status.DELIVERED,
}


def spec_of(channel: Channel, *, text: str = "hello", **settings: Any) -> WorldSpec:
    """A world with one provider `p` on a channel; it echoes our reference unless told."""
    its: ProviderSpec = provider("p", channel=channel, **settings)
    return world(plan(level(channel, via=["p"]), text=text), its, load=300).spec


def spec_of_all(**settings: Any) -> WorldSpec:
    """A world in which each pair of vendor and channel is a provider with these settings."""
    providers = [provider(its, channel=channel, **settings) for its, (_, channel) in PAIRS.items()]
    return world(plan(level(via=list(PAIRS)[:1]), text="hello"), *providers, load=300).spec


ADAPTER_OF: Final = {its: name for its, (name, _) in PAIRS.items()}


def expected(its: str, status: Status) -> list[Status]:
    """What is heard of a status: itself, but for what the vendor cannot say."""
    name, channel = PAIRS[its]
    for each in DIALECTS[name].inabilities:
        if each.lacks is Lacks.STATUS and each.is_about(status, channel):
            return [] if each.becomes is None else [each.becomes]
    return [status]


async def submit_all(heard: Heard, urls: dict[str, str], timeout_s: float = 5.0) -> dict[str, Any]:
    """One message through each provider at once; provider -> what was answered."""
    asked = {
        its: heard.submit(its, heard.message(its, channel, nth, callback_url=urls[its]), timeout_s)
        for nth, (its, (_, channel)) in enumerate(PAIRS.items(), start=1)
    }
    return dict(zip(asked, await asyncio.gather(*asked.values()), strict=True))


def statuses(heard: Heard, its: str = "p") -> list[Status]:
    """What has been heard of a provider later, in order."""
    return [receipt.status for name, receipt in heard.news if name == its]


# Answers and receipts ----------------------------------------------------------------------------


@pytest.mark.parametrize("fate", FATES)
async def test_a_message_is_accepted_and_its_fate_told(fate: str) -> None:
    """Round trip over HTTP: accepted at once, and later a signed webhook with our reference."""
    shares = {} if fate == "delivered" else {fate: 100}
    spec = spec_of_all(delivery_outcomes=deliveries(**shares))
    async with faked(spec, ADAPTER_OF) as (heard, urls):
        answers = await submit_all(heard, urls)
        await heard.quiet()
        for nth, its in enumerate(PAIRS, start=1):
            assert isinstance(answers[its], Accepted), its
            assert statuses(heard, its) == expected(its, FATES[fate]), its
            for name, receipt in heard.news:
                if name == its:
                    assert receipt.provider_id == answers[its].provider_id
                    assert receipt.reference == f"fs1-r1-{nth}-0-1"


async def test_every_status_of_a_good_message_comes_in_order() -> None:
    """Round trip over HTTP: sent, delivered, read, as far as the vendor says them."""
    all_of_them = (Status.SENT, Status.DELIVERED, Status.READ)
    spec = spec_of_all(reports=all_of_them, read_share=percent(100))
    async with faked(spec, ADAPTER_OF) as (heard, urls):
        await submit_all(heard, urls)
        await heard.quiet()
        for its in PAIRS:
            said = [each for status in all_of_them for each in expected(its, status)]
            assert statuses(heard, its) == said, its


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        ("refused_permanent", Refused),
        ("refused_temporary", Refused),
        ("throttled", Throttled),
    ],
)
async def test_a_refusal_is_heard_with_its_class(outcome: str, kind: type) -> None:
    """Round trip over HTTP: refused for good, for the moment, and too fast."""
    reasons = (always("refused.permanent", GONE),)
    spec = spec_of_all(submit_outcomes=submits(**{outcome: 100}), reasons=reasons)
    async with faked(spec, ADAPTER_OF) as (heard, urls):
        for its, answer in (await submit_all(heard, urls)).items():
            assert isinstance(answer, kind), its
            assert isinstance(answer, Refused | Throttled)
            is_permanent = answer.reason.reason_class is ReasonClass.PERMANENT_RECIPIENT
            assert is_permanent == (outcome == "refused_permanent"), its
        await heard.quiet()
        assert heard.news == []


@pytest.mark.parametrize("is_taken", [True, False])
async def test_silence_is_no_answer_and_what_was_taken_is_told_later(is_taken: bool) -> None:
    """S21: no answer either way; whether there was a message shows only later, if at all."""
    outcome = "timeout_accepted" if is_taken else "timeout_not_accepted"
    spec = spec_of_all(submit_outcomes=submits(**{outcome: 100}))
    async with faked(spec, ADAPTER_OF) as (heard, urls):
        answers = await submit_all(heard, urls, 0.5)
        await heard.quiet()
        for its in PAIRS:
            assert isinstance(answers[its], NoAnswer), its
            assert statuses(heard, its) == [Status.DELIVERED] * is_taken, its
        await heard.until(lambda: heard.fakes.counts["hung up"] == len(PAIRS))


# What goes wrong with receipts -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"receipt_lost": percent(100)}, []),
        (
            {"receipt_duplicated_share": percent(100), "receipt_copies": (2, 2)},
            [Status.DELIVERED] * 3,
        ),
        ({"receipt_contradictory": percent(100)}, [Status.DELIVERED, Status.FAILED]),
        ({"receipt_late_share": percent(100), "receipt_late_by": fixed(us(20))},
         [Status.DELIVERED]),
    ],
    ids=["lost", "duplicated", "contradictory", "late"],
)  # fmt: skip
async def test_receipts_go_wrong_as_in_the_simulation(
    settings: dict[str, Any], said: list[Status]
) -> None:
    """Faults over HTTP: lost, three times, the opposite a moment later, and late."""
    async with faked(spec_of_all(**settings), ADAPTER_OF) as (heard, urls):
        await submit_all(heard, urls)
        await heard.quiet()
        for its in PAIRS:
            assert statuses(heard, its) == said, its
        assert heard.fakes.now_us() > us(26 if "receipt_late_share" in settings else 5)


async def test_receipts_that_change_places_come_in_the_other_order() -> None:
    """S8: that it was sent is now and then told after that it was delivered."""
    settings = {"receipt_reordered_share": percent(50), "receipt_reordered_within_us": us(50)}
    spec = spec_of_all(reports=(Status.SENT, Status.DELIVERED), **settings)
    counterpart = Counterpart(spec)
    async with faked(spec, ADAPTER_OF) as (heard, urls):
        await submit_all(heard, urls)
        await heard.quiet()
        for nth, its in enumerate(PAIRS, start=1):
            counterpart.submit(its, nth, 0, 1, 1, 0, None, us(10))
        words = [(each.provider, each.word) for each in counterpart.advance_to(us(500))]
        orders = {
            its: [w.status for name, w in words if name == its and isinstance(w, ReceiptReceived)]
            for its in PAIRS
        }
        assert [Status.DELIVERED, Status.SENT] in orders.values()
        for its, meant in orders.items():
            said = [each for status in meant for each in expected(its, status)]
            assert statuses(heard, its) == said, its


async def test_a_receipt_with_an_unknown_id_matches_nothing() -> None:
    """S7: neither our reference nor an id that was ever handed out."""
    async with faked(spec_of_all(receipt_unknown_id=percent(100)), ADAPTER_OF) as (heard, urls):
        answers = await submit_all(heard, urls)
        await heard.quiet()
        known = {answer.provider_id for answer in answers.values()}
        assert [receipt.reference for _, receipt in heard.news] == [""] * len(PAIRS)
        assert not known & {receipt.provider_id for _, receipt in heard.news}


async def test_a_receipt_may_come_before_the_reply() -> None:
    """S8: the webhook is in before the answer is out."""
    async with faked(spec_of_all(receipt_before_reply=percent(100)), ADAPTER_OF) as (heard, urls):
        for nth, (its, (_, channel)) in enumerate(PAIRS.items(), start=1):
            out = heard.message(its, channel, nth, callback_url=urls[its])
            assert isinstance(await heard.submit(its, out), Accepted)
            assert len(heard.kept) == nth, its


async def test_the_answer_is_out_before_a_receipt_that_comes_at_once() -> None:
    """S8: otherwise, however quick the provider, the answer is first."""
    spec = spec_of_all(latency=0, delivery=0, delay=0)
    seen: list[str] = []
    async with faked(spec, ADAPTER_OF) as (heard, urls):
        respond = heard.fakes._first_try

        async def first_try(fake: Fake, hook: Any) -> None:
            seen.append("webhook")
            await respond(fake, hook)

        heard.fakes._first_try = first_try  # type: ignore[method-assign]  # a spy
        for nth, (its, (_, channel)) in enumerate(PAIRS.items(), start=1):
            out = heard.message(its, channel, nth, callback_url=urls[its])
            assert isinstance(await heard.submit(its, out), Accepted)
            assert heard.fakes._entries[nth, 0, 1].is_answered.is_set() or "webhook" not in seen
            await heard.quiet()
            seen.clear()
        assert len(heard.news) == len(PAIRS)


async def test_where_nothing_is_echoed_only_the_id_comes_back() -> None:
    """S7: of a provider that does not echo our reference."""
    async with faked(spec_of_all(more={"echoes_reference": False}), ADAPTER_OF) as (heard, urls):
        answers = await submit_all(heard, urls)
        await heard.quiet()
        assert len(heard.news) == len(PAIRS)
        for its, receipt in heard.news:
            assert (receipt.provider_id, receipt.reference) == (answers[its].provider_id, "")


@pytest.mark.parametrize("fate", ["delivered", "partial"])
async def test_receipts_of_segments_are_put_together(fate: str) -> None:
    """S30: one word for the whole once every segment has had its own."""
    text = "a" * 400
    spec = spec_of(
        SMS,
        text=text,
        delivery_outcomes=deliveries(**({} if fate == "delivered" else {fate: 100})),
        more={"receipts_per_segment": True},
    )
    async with faked(spec, {"p": "dexatel"}) as (heard, _):
        accepted = await heard.submit("p", heard.message("p", SMS, 1, text=text))
        assert isinstance(accepted, Accepted)
        assert accepted.segments == 3
        await heard.quiet()
        assert statuses(heard) == [Status.DELIVERED if fate == "delivered" else Status.FAILED]


# Limits, keys, questions, recalls ----------------------------------------------------------------


@pytest.mark.parametrize("name", DIALECTS)
async def test_who_is_too_fast_is_told_so(name: str) -> None:
    """Limits: the second of two is throttled, and told how long to stay away where that is said."""
    channel = DIALECTS[name].channels[0]
    slow = spec_of(
        channel, limit_rate=86_400 * 1_000_000 // 100, limit_burst=1,
        more={"over": OverAnswer("throttled", us(7))},
    )  # fmt: skip
    async with faked(slow, {"p": name}) as (heard, urls):
        first, second = [
            await heard.submit("p", heard.message("p", channel, number, callback_url=urls["p"]))
            for number in (1, 2)
        ]
        assert isinstance(first, Accepted)
        assert isinstance(second, Throttled)
        says_it = not any(each.lacks is Lacks.RETRY_AFTER for each in DIALECTS[name].inabilities)
        assert second.retry_after_us == (us(7) if says_it else 0)


@pytest.mark.parametrize("name", DIALECTS)
async def test_what_is_sent_again_is_a_second_message_where_there_is_no_key(name: str) -> None:
    """S21: a vendor with a key refuses the second; the others have two messages."""
    channel = DIALECTS[name].channels[0]
    async with faked(spec_of(channel), {"p": name}) as (heard, urls):
        out = heard.message("p", channel, 1, callback_url=urls["p"])
        assert isinstance(await heard.submit("p", out), Accepted)
        again = await heard.submit("p", out)
        has_no_key = any(each.lacks is Lacks.KEY for each in DIALECTS[name].inabilities)
        assert isinstance(again, Accepted if has_no_key and name != "infobip" else Refused)


@pytest.mark.parametrize("name", [n for n in DIALECTS if Ability.POLL in ADAPTERS[n].abilities])
async def test_who_asks_is_answered(name: str) -> None:
    """Poll over HTTP: the last word, once where reports are handed out once."""
    adapter, channel = ADAPTERS[name], DIALECTS[name].channels[0]
    given = credentials(adapter.vendor)
    async with faked(spec_of(channel), {"p": name}) as (heard, urls):
        accepted = await heard.submit("p", heard.message("p", channel, 1, callback_url=urls["p"]))
        assert isinstance(accepted, Accepted)
        await heard.quiet()
        question = adapter.poll_request(accepted.provider_id, given)
        (receipt,) = adapter.decode_poll(await heard.ask("p", question))
        assert getattr(receipt, "status", None) is Status.DELIVERED
        again = adapter.decode_poll(await heard.ask("p", question))
        assert again == (() if DIALECTS[name].hands_out_once else (receipt,))


async def test_a_message_can_be_called_back_before_it_leaves() -> None:
    """S24 over HTTP: recalled while the provider has it; too late, or unknown, else."""
    adapter, given = ADAPTERS["dexatel"], credentials("dexatel")
    spec = spec_of(SMS, delivery=50, more={"can_recall": True})
    async with faked(spec, {"p": "dexatel"}) as (heard, _):
        accepted = await heard.submit("p", heard.message("p", SMS, 1))
        assert isinstance(accepted, Accepted)
        request = adapter.recall_request(accepted.provider_id, given)
        results = [adapter.decode_recall(await heard.ask("p", request)) for _ in range(2)]
        assert results == [RecallResult.RECALLED, RecallResult.TOO_LATE]
        unknown = adapter.recall_request("00000000-0000-4000-8000-000000000000", given)
        assert adapter.decode_recall(await heard.ask("p", unknown)) is RecallResult.TOO_LATE
        await heard.quiet()
        assert heard.news == []


async def test_a_knob_counts_from_then_on() -> None:
    """Knobs: a provider goes out of order while it is reached over HTTP."""
    async with faked(spec_of(SMS), {"p": "dexatel"}) as (heard, _):
        change = Change("submit.outcomes", submits(throttled=100), "{throttled: 100%}")
        assert isinstance(await heard.submit("p", heard.message("p", SMS, 1)), Accepted)
        heard.fakes.turn("p", "submit.outcomes", change)
        assert isinstance(await heard.submit("p", heard.message("p", SMS, 2)), Throttled)
        heard.fakes.turn("p", "submit.outcomes", None)
        assert isinstance(await heard.submit("p", heard.message("p", SMS, 3)), Accepted)


async def test_a_webhook_is_opened_as_the_vendor_does_it() -> None:
    """Handshake: Meta asks before it calls; nobody else does, and a wrong answer is noticed."""
    spec = world(
        plan(level("whatsapp", via=["p"])), provider("p", channel="whatsapp"), provider("q")
    ).spec
    async with faked(spec, {"p": "whatsapp-cloud", "q": "dexatel"}) as (heard, urls):
        assert await heard.fakes.shake_hands("p")
        assert await heard.fakes.shake_hands("q")
        heard.fakes.send_to("p", f"{urls['p']}x")
        assert not await heard.fakes.shake_hands("p")
        heard.fakes.send_to("p", "http://127.0.0.1:1/nobody")
        assert not await heard.fakes.shake_hands("p")


async def test_whoever_enters_a_code_is_told_to_the_caller() -> None:
    """S33: no vendor tells it; whoever runs the fakes may."""
    acts: list[Acted] = []
    spec = world(plan(level(via=["p"]), stops_on_verified=True), provider("p", channel="sms")).spec
    fake = Fake("p", DIALECTS["dexatel"], credentials("dexatel"))
    async with Fakes(spec, [fake], speed=100_000, on_act=acts.append) as fakes:
        reference = "fs1-r1-1-0-1"
        submitted = replace(_submitted(), reference=reference)
        fakes._submit(fake, submitted).is_answered.set()
        async with asyncio.timeout(5):
            while not acts:  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.002)
    assert [(act.message, act.act) for act in acts] == [(1, Act.VERIFIED)]


async def test_time_may_begin_once_more_before_anything_is_asked() -> None:
    """The beginning: that of whoever uses them; faults begin again, and are counted as they are."""
    spec = world(
        plan(level(via=["p"])), provider("p", channel="sms"),
        faults=[fault("submit.outcomes", submits(throttled=100), name="p", lasts=10_000)],
    ).spec  # fmt: skip
    async with faked(spec, {"p": "dexatel"}) as (heard, _):
        await asyncio.sleep(0.02)
        before = heard.fakes.now_us()
        heard.fakes.begin()
        assert heard.fakes.now_us() < before
        assert dict(heard.fakes.fired) == {"fault": 0}
        assert isinstance(await heard.submit("p", heard.message("p", SMS, 1)), Throttled)
        assert dict(heard.fakes.fired) == {"fault": 1}
        with pytest.raises(MisuseError, match="before anything is submitted"):
            heard.fakes.begin()


async def test_a_failure_of_ours_is_told_at_the_end() -> None:
    """Errors: what goes wrong inside is not swallowed."""
    fake = Fake("p", DIALECTS["dexatel"], credentials("dexatel"))
    fakes = Fakes(spec_of(SMS, latency=0), [fake], speed=1000)

    async def fail() -> None:
        async with fakes:
            fakes._submit(fake, _submitted())
            await asyncio.sleep(0.02)
            assert isinstance(fakes.failure, RuntimeError)

    def told(entry: object, answer: object) -> None:
        raise RuntimeError(f"inside: {entry is answer}")

    fakes._tell_answer = told  # type: ignore[method-assign]  # a failure
    with pytest.raises(RuntimeError, match="inside"):
        await fail()


# Luck --------------------------------------------------------------------------------------------


async def test_the_luck_is_that_of_the_simulation() -> None:
    """Parity: the nth message has over HTTP the fate it has in the simulation of the scenario."""
    shares = submits(refused_permanent=30, throttled=20)
    spec = spec_of(SMS, latency=0, submit_outcomes=shares)
    its = Counterpart(spec)
    said = [its.submit("p", number, 0, 1, 1, 0, None, us(10)) for number in range(1, 31)]
    said.append(its.advance_to(us(1)))
    simulated = {
        each.message: each.word.answer
        for each in chain(*said)
        if isinstance(each.word, SubmitAnswered)
    }
    async with faked(spec, {"p": "twilio"}) as (heard, urls):
        for number in reversed(range(1, 31)):  # in another order: luck does not depend on it
            out = heard.message("p", SMS, number, callback_url=urls["p"])
            answer = await heard.submit("p", out)
            kind = {Accepted: Status.ACCEPTED, Refused: Status.REFUSED, Throttled: Status.THROTTLED}
            assert kind[type(answer)] is simulated[number]
    assert len(set(simulated.values())) == 3


async def test_a_submission_without_our_reference_is_a_message_of_its_own() -> None:
    """Strangers: taken like any other; so is what only looks like one of ours."""
    async with faked(spec_of(SMS), {"p": "dexatel"}) as (heard, _):
        for reference in ("order-7", "fs1-r1-1-9-1", "fs1-r1-1-0-99", "fs1-r1-0-0-1"):
            out = replace(heard.message("p", SMS, 1), reference=reference)
            assert isinstance(await heard.submit("p", out), Accepted)
        await heard.quiet()
        assert [receipt.reference for _, receipt in heard.news] == [
            "order-7", "fs1-r1-1-9-1", "fs1-r1-1-0-99", "fs1-r1-0-0-1",
        ]  # fmt: skip
        assert min(where[0] for where in heard.fakes._entries) > STRANGERS_FROM


async def test_a_second_run_has_messages_of_its_own() -> None:
    """Runs: message 1 of another run is not the second submission of message 1."""
    async with faked(spec_of(SMS), {"p": "dexatel"}) as (heard, _):
        for reference in ("fs1-r1-1-0-1", "fs1-r2-1-0-1", "fs1-r2-1-0-2"):
            out = replace(heard.message("p", SMS, 1), reference=reference)
            assert isinstance(await heard.submit("p", out), Accepted)
        messages = [where[0] for where in heard.fakes._entries]
        assert messages[0] == 1
        assert messages[1] == messages[2] > STRANGERS_FROM


# What nobody takes -------------------------------------------------------------------------------


async def test_a_webhook_nobody_takes_comes_again_as_often_as_the_vendor_says() -> None:
    """Retries: bounded, signed anew each time; then it is given up."""
    posted: list[tuple[int, int]] = []
    dialect = type("Stubborn", (type(DIALECTS["dexatel"]),), {"retries_s": (1, 2) + (1,) * 90})()
    fake = Fake("p", dialect, credentials("dexatel"), "http://127.0.0.1:1/nobody")
    fakes = Fakes(
        spec_of(SMS, latency=0, delivery=0, delay=0),
        [fake],
        speed=1000,
        on_posted=lambda each: posted.append((each.nth, each.status)),
    )
    async with fakes:
        entry = fakes._submit(fake, _submitted())
        entry.is_answered.set()
        async with asyncio.timeout(5):
            while not fakes.counts["given up"]:  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.005)
    assert posted == [(nth, 0) for nth in range(1, 8)]


def _submitted() -> Submitted:
    return Submitted(channel=SMS, recipient="+37490000001", text="hello")


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/x", "http://example.test/x", "http://127.0.0.1@example.test/", "", "//x",
     "http://[::1/", "http://192.0.2.1:80/"],
)  # fmt: skip
async def test_nobody_but_this_machine_is_called(url: str) -> None:
    """Safety: wherever a request wants its receipts, they stay here."""
    fake = Fake("p", DIALECTS["dexatel"], credentials("dexatel"), url)
    posted: list[object] = []
    fakes = Fakes(spec_of(SMS, latency=0, delivery=0, delay=0), [fake], speed=1000,
                  on_posted=posted.append)  # fmt: skip
    async with fakes:
        fakes._submit(fake, _submitted()).is_answered.set()
        async with asyncio.timeout(5):
            while not fakes.is_quiet:  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.002)
        if url:
            with pytest.raises(MisuseError, match="this machine only"):
                fakes.send_to("p", url)
    assert posted == []
    assert fakes.counts["nowhere"] == 1


async def test_what_is_not_in_order_is_answered_and_counted() -> None:
    """Errors: another provider, another path, too much, and the vendor's own for the rest."""
    async with faked(spec_of(SMS), {"p": "dexatel"}) as (heard, _):
        request = heard.adapter("p").encode(heard.message("p", SMS, 1), credentials("dexatel"))
        for name, changed, status in (
            ("q", request, 404),
            ("p", replace(request, path="/v1/other"), 404),
            ("p", replace(request, body=b"x" * 300_000), 413),
            ("p", replace(request, body=b"{"), 400),
        ):
            exchange = await heard.exchange(name, changed)
            assert isinstance(exchange, Answered)
            assert exchange.answer.status == status
        assert heard.fakes.counts["malformed"] == 2
        assert heard.fakes.counts["submitted"] == 0


async def test_their_time_may_begin_when_somebody_is_there() -> None:
    """A fault at their second 1 is there a second after that; not once something was asked."""
    slow = Change("receipts.delay", fixed(us(1)), "1s")
    gone = Fault(id="down", provider="p", at_us=us(1), for_us=us(9), changes=(slow,))
    spec = replace(spec_of(SMS, latency=0, delivery=0, delay=0), faults=(gone,))
    async with faked(spec, {"p": "dexatel"}) as (heard, _):
        await heard.until(lambda: heard.fakes.now_us() > us(2))
        heard.fakes.begin()
        assert heard.fakes.now_us() < us(2)
        assert heard.fakes.fired == {"down": 0}
        await heard.until(lambda: heard.fakes.now_us() > us(2))
        await heard.submit("p", heard.message("p", SMS, 1))
        await heard.quiet()
        assert heard.fakes.fired["down"] > 0
        with pytest.raises(MisuseError, match="before anything is submitted"):
            heard.fakes.begin()


async def test_whoever_waits_when_all_ends_is_hung_up_on() -> None:
    """The end: a caller that waits for an answer that never comes gets none, and is let go."""
    spec = spec_of(SMS, submit_outcomes=submits(timeout_not_accepted=100))
    async with faked(spec, {"p": "dexatel"}) as (heard, _):
        waiting = asyncio.create_task(heard.submit("p", heard.message("p", SMS, 1)))
        await heard.until(lambda: heard.fakes.counts["submitted"] == 1)
        heard.fakes._closing.set()
        answer = await waiting
        assert isinstance(answer, NoAnswer)


# Setting up --------------------------------------------------------------------------------------


def test_a_clock_goes_on_and_may_go_faster() -> None:
    """Time: scaled both ways; it does not stand."""
    clock = FakeClock(1000)
    began = clock.now_us()
    assert 0.9 < clock.seconds_until(began + us(1000)) <= 1.0
    assert clock.seconds_until(0) == 0.0
    with pytest.raises(MisuseError, match="must be above 0"):
        FakeClock(0)


def test_only_providers_of_the_scenario_are_served_each_once() -> None:
    """Misuse: a provider that is not there, or twice."""
    spec = spec_of(SMS)
    fake = Fake("p", DIALECTS["dexatel"], credentials("dexatel"))
    with pytest.raises(MisuseError, match="'q' is no provider"):
        Fakes(spec, [Fake("q", DIALECTS["dexatel"], credentials("dexatel"))])
    with pytest.raises(MisuseError, match="or twice"):
        Fakes(spec, [fake, fake])
    with pytest.raises(MisuseError, match="no provider 'q'"):
        Fakes(spec, [fake]).send_to("q", "http://127.0.0.1:1/")
