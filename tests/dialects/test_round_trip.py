"""What a dialect writes, its adapter reads: as it was meant, but for what the vendor cannot say."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from sandbox.adapters.catalogue import ADAPTERS
from sandbox.adapters.codec import (
    VERIFIED,
    Ability,
    Accepted,
    Adapter,
    HttpRequest,
    OutgoingMessage,
    Receipt,
    Refused,
    Throttled,
    Webhook,
)
from sandbox.adapters.wire import Price
from sandbox.cascade.events import Reason
from sandbox.cascade.vocabulary import Channel, ReasonClass, RecallResult, Status
from sandbox.dialects.catalogue import DIALECTS
from sandbox.dialects.dialect import Dialect
from sandbox.dialects.words import (
    ANSWERS,
    Asked,
    Lacks,
    Request,
    Submitted,
    Taken,
    Withdrawn,
    Word,
    parts_of,
)
from sandbox.errors import CannotSendError
from tests.laws.generated import many
from tests.support.submissions import HOOK_URL, credentials, messages, sendable
from tests.support.words_said import NOW_S, RECEIPTS, answers, outgoing, own, receipts

SECRETS: Final = ("webhook_secret", "auth_token", "app_secret", "signature_secret")
PAIRS: Final = [
    (ADAPTERS[name], dialect, channel)
    for name, dialect in DIALECTS.items()
    for channel in dialect.channels
]
NOT_IN_A_RECEIPT: Final = (
    ("vonage", "1360", Status.REJECTED),  # would say that it expired
    ("infobip", "UNAUTHORIZED", Status.FAILED),  # a name, where receipts have numbers
    ("infobip", "UNAUTHORIZED", Status.REJECTED),
)
EACH: Final = pytest.mark.parametrize(
    ("adapter", "dialect", "channel"), PAIRS, ids=lambda each: str(getattr(each, "name", each))
)


def request_of(sent: HttpRequest) -> Request:
    """A request of an adapter as it reaches a dialect."""
    return Request(sent.method, sent.path, sent.wire_headers(), sent.body, NOW_S)


def taken(adapter: Adapter, dialect: Dialect, channel: Channel, *, parts: int = 1) -> Taken:
    """A message that has gone over the wire."""
    request = adapter.encode(outgoing(adapter, channel), credentials(adapter.vendor))
    submitted = dialect.read(request_of(request))
    assert isinstance(submitted, Submitted)
    provider_id = dialect.provider_id(1, submitted)
    return Taken(submitted=submitted, provider_id=provider_id, segments=parts, at_s=NOW_S - 5)


# Answers -----------------------------------------------------------------------------------------


def heard_answer(adapter: Adapter, dialect: Dialect, about: Taken, word: Word) -> Word:
    """What an adapter makes of the answer a dialect writes."""
    match adapter.decode_answer(dialect.answer(about, word)):
        case Accepted() as accepted:
            assert accepted.provider_id == about.provider_id
            assert accepted.segments in {None, about.segments}
            return Word(Status.ACCEPTED, None, accepted.price, word.at_s)
        case Refused(reason, _, retry_after_us):
            return Word(Status.REFUSED, reason, None, word.at_s, retry_after_us)
        case Throttled(reason, _, retry_after_us):
            return Word(Status.THROTTLED, reason, None, word.at_s, retry_after_us)
        case unreadable:
            raise AssertionError(unreadable)


@EACH
def test_an_answer_is_heard_as_it_was_meant(
    adapter: Adapter, dialect: Dialect, channel: Channel
) -> None:
    """Round trip: accepted, refused for every class of reasons, throttled."""
    about = taken(adapter, dialect, channel)
    for word in answers():
        heard = heard_answer(adapter, dialect, about, word)
        assert heard == dialect.heard(about, word)
        check_meaning(dialect, about, word, heard)


@EACH
def test_a_code_of_the_vendors_own_is_answered_as_it_stands(
    adapter: Adapter, dialect: Dialect, channel: Channel
) -> None:
    """Codes: where scenario and vendor mean the same by one, it is that very code."""
    about = taken(adapter, dialect, channel)
    for reason in own(dialect):
        word = Word(Status.REFUSED, reason, None, NOW_S)
        heard = heard_answer(adapter, dialect, about, word)
        assert heard == dialect.heard(about, word)
        check_meaning(dialect, about, word, heard)
        if not dialect.table.throttles(reason.code):
            assert heard.reason is not None
            assert heard.reason.code == reason.code


# Receipts ----------------------------------------------------------------------------------------


def heard_receipt(
    adapter: Adapter, dialect: Dialect, about: Taken, word: Word
) -> tuple[Word | None, Receipt | None]:
    """What an adapter makes of the webhook a dialect writes and signs."""
    unsigned = dialect.receipt(about, word)
    if unsigned is None:
        return None, None
    given = credentials(adapter.vendor)
    hook = dialect.sign(replace(unsigned, url=unsigned.url or HOOK_URL), given, NOW_S)
    assert adapter.verify_webhook(hook, given, NOW_S) == VERIFIED
    assert adapter.verify_webhook(unsigned, given, NOW_S) != VERIFIED
    (news,) = adapter.decode_webhook(hook)
    assert isinstance(news, Receipt)
    return Word(news.status, news.reason, news.price, word.at_s), news


@EACH
@pytest.mark.parametrize("parts", [1, 3])
def test_a_receipt_is_heard_as_it_was_meant(
    adapter: Adapter, dialect: Dialect, channel: Channel, parts: int
) -> None:
    """Round trip: every status, every class of reasons, its price, its time, its reference."""
    about = taken(adapter, dialect, channel, parts=parts)
    for word in receipts():
        heard, news = heard_receipt(adapter, dialect, about, word)
        assert heard == dialect.heard(about, word)
        check_meaning(dialect, about, word, heard)
        if news is not None:
            assert news.provider_id == about.provider_id
            assert news.reference == outgoing(adapter, channel).reference
            assert news.channel in {None, channel}
            assert news.at_s in {None, NOW_S}
            assert news.segments in {None, parts}
            assert news.segment == 0


@EACH
def test_a_code_of_the_vendors_own_comes_with_its_receipt(
    adapter: Adapter, dialect: Dialect, channel: Channel
) -> None:
    """Codes: a failure has the scenario's code where the vendor has it, if it says any."""
    about = taken(adapter, dialect, channel)
    is_silent = any(each.lacks is Lacks.REASON for each in dialect.inabilities)
    for reason in own(dialect):
        for status in (Status.FAILED, Status.REJECTED):
            word = Word(status, reason, None, NOW_S)
            heard, _ = heard_receipt(adapter, dialect, about, word)
            assert heard == dialect.heard(about, word)
            if heard is not None and heard.reason is not None:
                check_meaning(dialect, about, word, heard)
                is_own = heard.reason.code == reason.code
                assert is_own != ((dialect.name, reason.code, status) in NOT_IN_A_RECEIPT)
            else:
                assert is_silent


@EACH
def test_what_does_not_echo_has_no_reference(
    adapter: Adapter, dialect: Dialect, channel: Channel
) -> None:
    """S7: of a provider that does not echo, the vendor's id is all there is."""
    about = replace(taken(adapter, dialect, channel), echoes=False)
    _, news = heard_receipt(adapter, dialect, about, Word(Status.DELIVERED, at_s=NOW_S))
    assert news is not None
    assert (news.provider_id, news.reference) == (about.provider_id, "")


def drawn_words(dialect: Dialect) -> st.SearchStrategy[Word]:
    """Any receipt, with codes of the vendor's and others, small prices and large ones."""
    reason = st.builds(
        Reason,
        st.sampled_from(sorted(dialect.table.lines)) | st.text(max_size=70),
        st.sampled_from(ReasonClass),
        st.text(max_size=20),
    )
    prices = st.builds(Price, st.integers(1, 10**14), st.sampled_from(["EUR", "USD", "AMD"]))
    return st.builds(
        lambda status, why, price, at_s: Word(status, why if status < 0 else None, price, at_s),
        st.sampled_from(RECEIPTS),
        st.none() | reason,
        st.none() | prices,
        st.integers(0, 4_000_000_000),
    )


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda each: each.name)
@many(300)
@given(st.data())
def test_any_receipt_is_heard_as_it_was_meant(dialect: Dialect, data: st.DataObject) -> None:
    """Round trip: whatever a scenario may say, in every code, at every price, at any time."""
    adapter = ADAPTERS[dialect.name]
    channel = data.draw(st.sampled_from(dialect.channels))
    about = taken(adapter, dialect, channel, parts=data.draw(st.sampled_from([1, 2])))
    word = data.draw(drawn_words(dialect))
    heard, news = heard_receipt(adapter, dialect, about, word)
    assert heard == dialect.heard(about, word)
    check_meaning(dialect, about, word, heard)
    assert news is None or news.at_s in {None, word.at_s}


# Inabilities -------------------------------------------------------------------------------------


def meant(reason: Reason | None) -> ReasonClass:
    """What a cascade hears in a reason: none at all is taken for trouble that passes (S14)."""
    return ReasonClass.TRANSIENT if reason is None else reason.reason_class


def check_meaning(dialect: Dialect, about: Taken, word: Word, heard: Word | None) -> None:
    """Whatever differs from what was meant is in the list of what the vendor cannot say."""
    listed = {
        each.lacks
        for each in dialect.inabilities
        if each.is_about(word.status, about.submitted.channel, about.segments)
        and (not each.classes or (word.reason and word.reason.reason_class in each.classes))
    }
    if heard is None:
        assert Lacks.STATUS in listed
        return
    differs = {
        Lacks.STATUS: heard.status is not word.status,
        Lacks.CLASS: word.status < 0
        and word.status is not Status.THROTTLED
        and meant(heard.reason) is not meant(word.reason),
        Lacks.PRICE: word.price is not None and heard.price is None,
        Lacks.CURRENCY: None not in {word.price, heard.price} and heard.price != word.price,
        Lacks.RETRY_AFTER: heard.retry_after_us != word.retry_after_us,
    }
    if Lacks.REASON in listed:
        differs[Lacks.CLASS] = False
    for lacks, is_different in differs.items():
        assert not is_different or lacks in listed, (lacks, word, heard)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda each: each.name)
def test_every_inability_is_one(dialect: Dialect) -> None:
    """The list is not longer than it must be: each makes something come out otherwise."""
    adapter = ADAPTERS[dialect.name]
    words = [*answers(), *receipts(), *own_words(dialect)]
    for lack in dialect.inabilities:
        assert lack.says.endswith(".")
        if lack.lacks in {Lacks.SEGMENT, Lacks.KEY}:  # not about one word: tests/net/test_fakes.py
            continue
        about = [
            (taken(adapter, dialect, channel, parts=lack.parts_from), word)
            for channel in dialect.channels
            for word in words
            if lack.is_about(word.status, channel, lack.parts_from)
        ]
        assert any(shows(dialect, lack.lacks, each, word) for each, word in about), lack


def own_words(dialect: Dialect) -> Iterator[Word]:
    """Failures with the vendor's own codes."""
    for reason in own(dialect):
        yield Word(Status.FAILED, reason, None, NOW_S)


def shows(dialect: Dialect, lacks: Lacks, about: Taken, word: Word) -> bool:
    """Whether a word comes out otherwise in this respect."""
    heard = dialect.heard(about, word)
    if heard is None or lacks is Lacks.STATUS:
        return lacks is Lacks.STATUS and (heard is None or heard.status is not word.status)
    return {
        Lacks.REASON: heard.reason is None and word.reason is not None,
        Lacks.CLASS: meant(heard.reason) is not meant(word.reason),
        Lacks.PRICE: heard.price != word.price,
        Lacks.CURRENCY: heard.price != word.price,
        Lacks.RETRY_AFTER: heard.retry_after_us != word.retry_after_us,
    }[lacks]


# Questions and recalls ---------------------------------------------------------------------------


@EACH
def test_what_can_be_asked_is_answered(
    adapter: Adapter, dialect: Dialect, channel: Channel
) -> None:
    """Poll: where the vendor can be asked, the last word comes back."""
    about = taken(adapter, dialect, channel)
    given = credentials(adapter.vendor)
    if Ability.POLL not in adapter.abilities:
        with pytest.raises(CannotSendError):
            adapter.poll_request(about.provider_id, given)
        return
    try:
        question = adapter.poll_request(about.provider_id, given)
    except CannotSendError:
        assert (dialect.name, channel) == ("infobip", "whatsapp")
        return
    assert dialect.read(request_of(question)) == Asked(about.provider_id)
    for word in receipts():
        news = adapter.decode_poll(dialect.polled(about, word))
        said = dialect.status_said(about, word)
        if dialect.name == "infobip" and said is Status.READ:
            said = Status.DELIVERED  # its reports are of deliveries alone
        if said is not None:
            assert [each.status for each in news if isinstance(each, Receipt)] == [said]


@EACH
def test_what_can_be_called_back_is_answered(
    adapter: Adapter, dialect: Dialect, channel: Channel
) -> None:
    """Recall: where the vendor has it, both outcomes are heard."""
    about = taken(adapter, dialect, channel)
    given = credentials(adapter.vendor)
    if Ability.RECALL not in adapter.abilities:
        with pytest.raises(CannotSendError):
            adapter.recall_request(about.provider_id, given)
        return
    request = adapter.recall_request(about.provider_id, given)
    assert dialect.read(request_of(request)) == Withdrawn(about.provider_id)
    yes, no = (dialect.withdrawn(about, is_recalled=each) for each in (True, False))
    assert adapter.decode_recall(yes) is RecallResult.RECALLED
    assert adapter.decode_recall(no) is RecallResult.TOO_LATE
    assert adapter.decode_recall(dialect.not_found()) is RecallResult.TOO_LATE


# Every request an adapter can build --------------------------------------------------------------


def check_understood(adapter: Adapter, dialect: Dialect, out: OutgoingMessage) -> None:
    """A request an adapter writes is read, and says the same."""
    try:
        request = adapter.encode(out, credentials(adapter.vendor))
    except CannotSendError:
        event(f"{adapter.name} refused")
        return
    submitted = dialect.read(request_of(request))
    assert isinstance(submitted, Submitted), submitted
    event(f"{adapter.name} understood")
    assert (submitted.channel, submitted.recipient) == (out.channel, out.recipient)
    is_echoed = adapter.name != "twilio" or out.callback_url
    assert submitted.reference == (out.reference if is_echoed else "")
    assert submitted.validity_s == out.validity_s
    assert len(submitted.steps) == len(out.failover)
    assert submitted.callback_url.startswith(out.callback_url)
    text = getattr(out.content, "text", None)
    assert submitted.text == text
    assert parts_of(submitted) >= 1


NAMED: Final = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda each: each.name)


@NAMED
@many(120)
@given(st.data())
def test_every_request_an_adapter_can_build_is_understood(
    dialect: Dialect, data: st.DataObject
) -> None:
    """Understanding: texts, templates, media, validities, callbacks, failovers."""
    adapter = ADAPTERS[dialect.name]
    check_understood(adapter, dialect, data.draw(sendable(adapter) | messages()))


@NAMED
@many(150)
@given(st.data())
def test_whatever_comes_in_is_read_or_answered(dialect: Dialect, data: st.DataObject) -> None:
    """Hostile: no request makes a dialect fail; at worst it answers an error of the vendor's."""
    adapter = ADAPTERS[dialect.name]
    good = request_of(
        adapter.encode(outgoing(adapter, dialect.channels[0]), credentials(adapter.vendor))
    )
    headers = data.draw(st.sampled_from([good.headers, ()]))
    path = data.draw(st.sampled_from([good.path, f"{good.path}/x", "/", "", "/v1/messages/%00"]))
    body = data.draw(
        st.binary(max_size=60)
        | st.integers(0, len(good.body)).map(lambda end: good.body[:end])
        | st.sampled_from([b"{}", b'{"data":{"to":[{}],"from":"a"}}', b"[]", b"To=%2B1&From=a"])
    )
    method = data.draw(st.sampled_from(["POST", "GET", "DELETE", "PUT"]))
    call = dialect.read(Request(method, path, headers, body, NOW_S))
    if not headers:
        assert not isinstance(call, Submitted | Asked | Withdrawn)
        assert call.status in {401, 403}


@NAMED
def test_without_credentials_nothing_is_taken(dialect: Dialect) -> None:
    """Authorisation: anything will do, but nothing will not."""
    adapter = ADAPTERS[dialect.name]
    sent = adapter.encode(outgoing(adapter, dialect.channels[0]), credentials(adapter.vendor))
    answer = dialect.read(Request(sent.method, sent.path, sent.headers, sent.body, NOW_S))
    assert not isinstance(answer, Submitted | Asked | Withdrawn)
    refused = adapter.decode_answer(answer)
    assert isinstance(refused, Refused)
    assert refused.reason.reason_class is ReasonClass.ACCOUNT


def test_a_webhook_meant_for_another_secret_is_not_believed() -> None:
    """The check of signatures above can fail."""
    for adapter, dialect, channel in PAIRS:
        hook = dialect.receipt(taken(adapter, dialect, channel), Word(Status.DELIVERED, at_s=NOW_S))
        assert hook is not None
        others = credentials(adapter.vendor, **dict.fromkeys(SECRETS, "another-secret"))
        signed = dialect.sign(
            Webhook(hook.method, hook.url or HOOK_URL, hook.headers, hook.body), others, NOW_S
        )
        assert adapter.verify_webhook(signed, credentials(adapter.vendor), NOW_S) != VERIFIED


def test_answers_and_receipts_are_all_the_words_there_are() -> None:
    """Nothing a simulated provider can say is left out above."""
    assert {*ANSWERS, *RECEIPTS} == set(Status) - {Status.SUBMITTED, Status.UNKNOWN}
