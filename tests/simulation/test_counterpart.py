"""Providers without an engine: they answer as they do in the world of the same scenario."""

from typing import Final, NamedTuple

import pytest
from hypothesis import given

from sandbox.cascade.events import (
    Acted,
    Event,
    OrphanReceived,
    ReceiptReceived,
    SubmitAnswered,
)
from sandbox.cascade.outputs import Fact, Output, Recall, Submit
from sandbox.cascade.vocabulary import Act, RecallResult, Status
from sandbox.errors import MisuseError
from sandbox.journal.entry import WORLD_KINDS
from sandbox.scenario.library import builtin_names, find
from sandbox.scenario.loader import load
from sandbox.simulation.counterpart import Counterpart, Said
from sandbox.simulation.load import Arrival
from sandbox.simulation.spec import (
    Burst,
    Change,
    NamedPerson,
    Population,
    Script,
    ScriptEntry,
    Single,
    WorldSpec,
)
from sandbox.simulation.world import World
from tests.laws.generated import many
from tests.laws.generated_worlds import worlds
from tests.support.hand import level, plan, us
from tests.support.worlds import GONE, always, mixed, percent, provider, submits, world

MESSAGES_MAX: Final = 400
"""Of a shipped scenario so many are looked at; the whole load would take minutes."""

Where = tuple[int, int, int]
Heard = tuple[int, object]


class Asked(NamedTuple):
    """A command of the engine, and when."""

    at_us: int
    command: Submit | Recall


class Watched(World):
    """A world that notes what its engine asks for, and what it is told."""

    def __init__(self, spec: WorldSpec) -> None:
        self.asked: list[Asked] = []
        self.heard: dict[int, list[Heard]] = {}
        super().__init__(spec)
        receive = self._receive

        def told(event: Event, now: int) -> list[Output]:
            match event:
                case SubmitAnswered() | ReceiptReceived():
                    self.heard.setdefault(event.message, []).append((now, bare(event)))
                case OrphanReceived():
                    self.heard.setdefault(0, []).append((now, bare(event)))
                case Acted(cause=cause) if cause:
                    self.heard.setdefault(event.message, []).append((now, bare(event)))
                case _:
                    pass
            return receive(event, now)

        self._receive = told

    def is_wanted(self) -> bool:
        """Enough has been seen once so many messages came, and somebody said something."""
        return self.message_count <= MESSAGES_MAX or not self.heard

    def _carry_out(self, submit: Submit) -> None:
        self.asked.append(Asked(self.now, submit))
        super()._carry_out(submit)

    def _call_back(self, recall: Recall) -> None:
        self.asked.append(Asked(self.now, recall))
        super()._call_back(recall)


def bare(event: SubmitAnswered | ReceiptReceived | OrphanReceived | Acted) -> object:
    """An event without the line that led to it: two logs number their lines differently."""
    return event._replace(cause=0)


def watched(spec: WorldSpec) -> tuple[Watched, list[Fact]]:
    """A world that has run to its end, and its log."""
    its_world = Watched(spec)
    facts: list[Fact] = []
    while its_world.peek() is not None and its_world.is_wanted():
        facts += its_world.step()
    return its_world, facts


def answered(its_world: Watched, end_us: int) -> tuple[dict[int, list[Heard]], list[Fact]]:
    """What a counterpart says to the same submissions, and the truth of it."""
    counterpart = Counterpart(its_world.spec, keeps_truth=True)
    said: list[Said] = []
    for at_us, command in its_world.asked:
        match command:
            case Submit():
                where = (command.message, command.level, command.attempt)
                key, validity_us = command.key, command.validity_us
                said += counterpart.submit(
                    command.provider, *where, key, at_us, validity_us, command.timeout_us
                )
            case Recall():
                where = (command.message, command.level, command.attempt)
                said += counterpart.recall(command.provider, *where, at_us)[1]
    said += counterpart.advance_to(max(end_us, counterpart.now))
    heard: dict[int, list[Heard]] = {}
    for each in said:
        about = 0 if isinstance(each.word, OrphanReceived) else each.message
        heard.setdefault(about, []).append((each.at_us, bare(each.word)))
    return heard, counterpart.take_truth()


def truth_of(facts: list[Fact]) -> list[tuple[object, ...]]:
    """The lines of truth, without their numbers; those of one instant in any order."""
    return sorted(
        (fact[1], fact[2], fact[3], fact[4], fact[5], fact[7].json)
        for fact in facts
        if fact[5] in WORLD_KINDS
    )


def by_instant(words: list[Heard]) -> list[tuple[int, str]]:
    """What was heard, those of one instant in any order.

    In a world a submission may come before other things of its instant; to a counterpart it comes
    after all of them.
    """
    return sorted((at_us, str(word)) for at_us, word in words)


def check(spec: WorldSpec) -> Watched:
    """Both hear the same at the same instants, and the same is true."""
    its_world, facts = watched(spec)
    heard, truth = answered(its_world, its_world.now)
    assert {m: by_instant(words) for m, words in heard.items()} == {
        m: by_instant(words) for m, words in its_world.heard.items()
    }
    assert truth_of(truth) == truth_of(facts)
    return its_world


@pytest.mark.parametrize("name", builtin_names())
def test_a_shipped_scenario_is_answered_as_in_its_simulation(name: str) -> None:
    """Parity: same submissions, same answers, same receipts, same instants, same truth."""
    its_world = check(load(find(name)).world)
    assert its_world.heard


@many(150)
@given(worlds())
def test_any_world_is_answered_as_in_its_simulation(its_world: World) -> None:
    """Parity: whatever is wrong with providers, receipts, people and limits."""
    check(its_world.spec)


def test_everything_is_met_on_the_way() -> None:
    """The comparison above is about every kind of answer, receipt and trouble."""
    its_world, facts = watched(mixed(load=300).spec)
    check(its_world.spec)
    words = [word for words in its_world.heard.values() for _, word in words]
    answers = {word.answer for word in words if isinstance(word, SubmitAnswered)}
    receipts = {word.status for word in words if isinstance(word, ReceiptReceived)}
    assert {Status.ACCEPTED, Status.REFUSED, Status.THROTTLED} <= answers
    assert {Status.DELIVERED, Status.FAILED} <= receipts
    assert {"receipt_lost", "accepted_at_provider"} <= {fact[5] for fact in facts}


def test_another_seed_is_answered_otherwise() -> None:
    """The comparison can fail: with other luck something else is said."""
    its_world, _ = watched(mixed().spec)
    others, _ = watched(mixed(seed=8).spec)
    others.asked = its_world.asked
    assert answered(others, others.now)[0] != its_world.heard


# By hand -----------------------------------------------------------------------------------------

ONE: Final = plan(level())


def counterpart(*providers: object, **more: object) -> Counterpart:
    """The counterpart of a small world."""
    return Counterpart(world(ONE, *(providers or (provider(),)), **more).spec)  # type: ignore[arg-type]  # passed on as they are


def submitted(its: Counterpart, message: int = 1, at: float = 0, **more: int) -> list[Said]:
    """A first attempt at the first level."""
    return its.submit(
        "sms", message, 0, more.get("attempt", 1), more.get("key", 1), us(at), None, us(10)
    )


def test_an_answer_and_a_receipt_come_when_they_are_due() -> None:
    """Nothing is said before its time; then all of it, with its attempt."""
    its = counterpart()
    assert submitted(its) == []
    assert its.peek() == us(1)
    assert its.advance_to(us(0.9)) == []
    (answer,) = its.advance_to(us(1))
    assert (answer.at_us, answer.provider, answer.message) == (us(1), "sms", 1)
    assert isinstance(answer.word, SubmitAnswered)
    (receipt,) = its.advance_to(us(100))
    assert (receipt.at_us, receipt.level, receipt.attempt) == (us(6), 0, 1)
    assert isinstance(receipt.word, ReceiptReceived)
    assert its.peek() is None


def test_silence_stays_silence() -> None:
    """S21: who neither answers nor takes says nothing at all, however long one waits."""
    its = counterpart(provider(submit_outcomes=submits(timeout_not_accepted=100)))
    submitted(its)
    assert its.advance_to(us(10_000)) == []


def test_a_second_submission_has_luck_of_its_own_and_a_repeated_key_has_not() -> None:
    """S21: under one key it is one message; the second answer comes, no second receipt."""
    its = counterpart()
    submitted(its)
    submitted(its, at=20, attempt=2, key=1)
    words = [type(each.word) for each in its.advance_to(us(100))]
    assert words == [SubmitAnswered]
    submitted(its, at=200, attempt=3, key=3)
    assert [type(each.word) for each in its.advance_to(us(300))] == [
        SubmitAnswered,
        ReceiptReceived,
    ]


def test_an_orphan_says_which_attempt_it_is_about_and_whether_its_id_is_known() -> None:
    """S7: who sends the receipt knows what the receiver cannot."""
    strange = provider(receipt_unknown_id=percent(100))
    its = counterpart(strange)
    submitted(its)
    orphan = its.advance_to(us(100))[-1]
    assert isinstance(orphan.word, OrphanReceived)
    assert (orphan.message, orphan.attempt, orphan.is_stray) == (1, 1, True)
    unheard = provider(
        submit_outcomes=submits(timeout_accepted=100), more={"echoes_reference": False}
    )
    its = counterpart(unheard)
    submitted(its)
    (orphan,) = its.advance_to(us(100))
    assert isinstance(orphan.word, OrphanReceived)
    assert (orphan.message, orphan.is_stray) == (1, False)


def test_what_is_called_back_does_not_arrive() -> None:
    """S24: where the provider can, while it still has it, and once."""
    its = counterpart(provider(more={"can_recall": True}))
    submitted(its)
    assert its.recall("sms", 1, 0, 1, us(2))[0] is RecallResult.RECALLED
    assert its.recall("sms", 1, 0, 1, us(3))[0] is RecallResult.TOO_LATE
    assert its.advance_to(us(100)) == []
    assert its.recall("sms", 2, 0, 1, us(100))[0] is RecallResult.UNSUPPORTED


def test_a_setting_can_be_turned_by_hand() -> None:
    """A knob is turned between two instants, and counts from then on."""
    its = counterpart()
    assert [
        s.at_us
        for s in its.turn(
            "sms", "receipts.lost", Change("receipts.lost", percent(100), "100%"), us(1)
        )
    ] == []
    submitted(its, at=2)
    assert [type(each.word) for each in its.advance_to(us(100))] == [SubmitAnswered]
    its.turn("sms", "receipts.lost", None, us(101))
    submitted(its, 2, at=102)
    assert len(its.advance_to(us(200))) == 2
    with pytest.raises(MisuseError, match="no provider 'other'"):
        its.turn("other", "receipts.lost", None, us(201))


def test_the_load_says_who_the_nth_message_is_for_and_the_caller_may_say_otherwise() -> None:
    """A named message has its person and its script, whoever says that it is the one."""
    people = Population(people=(NamedPerson(name="ada", phone="+447700900101"),))
    load_of_two = (Burst(plan=0, at_us=0, count=1), Single(plan=0, at_us=us(1), name="m", to="ada"))
    script = Script(id="s", message="x", level=0, entries=(ScriptEntry("throttled"),))
    its = counterpart(population=people, load=load_of_two, scripts=(script,))
    submitted(its, 2)
    assert its.person_of(2).name == "ada"
    assert its.message_names == {2: "m"}
    (refused,) = its.advance_to(us(100))  # the number is magic: refused for good
    assert isinstance(refused.word, SubmitAnswered)
    assert refused.word.answer is Status.REFUSED
    its.introduce(7, Arrival(0, 0, "x", ""))
    submitted(its, 7, at=101)
    (throttled,) = its.advance_to(us(200))
    assert isinstance(throttled.word, SubmitAnswered)
    assert throttled.word.answer is Status.THROTTLED


def test_codes_are_entered_by_whom_they_reach() -> None:
    """S33: a person who waits for no code enters none; others do, and it is said."""
    its = Counterpart(world(plan(level(), stops_on_verified=True), provider()).spec)
    submitted(its)
    entered = [each for each in its.advance_to(us(1000)) if isinstance(each.word, Acted)]
    assert [each.word.act for each in entered if isinstance(each.word, Acted)] == [Act.VERIFIED]
    assert [(each.message, each.provider) for each in entered] == [(1, "")]


def test_what_nobody_can_mean_is_refused() -> None:
    """Misuse: the past, an unknown provider, a level that is not there, a message twice."""
    its = counterpart()
    submitted(its, at=5)
    with pytest.raises(MisuseError, match="in the past"):
        submitted(its, 2, at=4)
    with pytest.raises(MisuseError, match="no provider 'other'"):
        its.submit("other", 2, 0, 1, 1, us(6), None, us(10))
    with pytest.raises(MisuseError, match="no level 1, message 2 has 1"):
        its.submit("sms", 2, 1, 1, 1, us(6), None, us(10))
    with pytest.raises(MisuseError, match="under way already"):
        its.introduce(1, Arrival(0, 0))
    with pytest.raises(MisuseError, match="no plan 1"):
        its.introduce(3, Arrival(0, 1))


def test_a_refusal_brings_its_reason_and_the_luck_that_places_a_retry() -> None:
    """An answer is the one an engine would hear: reason, cost, luck."""
    refuses = provider(
        submit_outcomes=submits(refused_permanent=100),
        reasons=(always("refused.permanent", GONE),),
    )
    its = counterpart(refuses)
    submitted(its)
    (said,) = its.advance_to(us(5))
    assert isinstance(said.word, SubmitAnswered)
    assert said.word.reason == GONE
    assert said.word.luck


def test_what_is_kept_of_a_message_can_be_asked() -> None:
    """Its plan, before and after it is under way, and whether a key was taken."""
    two = (plan(level(), name="first"), plan(level(), level(), name="second"))
    load_of_two = (Single(plan=1, at_us=0, name="m"), Single(plan=0, at_us=0, name="n"))
    its = Counterpart(world(two, provider(), load=load_of_two).spec)
    names = [its.plan_of(message).name for message in (1, 2, 3)]
    assert names == ["second", "first", "first"]
    its.submit("sms", 1, 1, 2, 2, 0, None, us(10))
    assert its.plan_of(1).name == "second"
    assert not its.has_taken(1, 1, 2)
    its.advance_to(us(1))
    assert its.has_taken(1, 1, 2)
    assert not its.has_taken(1, 1, 1)
    assert not its.has_taken(2, 0, 1)
