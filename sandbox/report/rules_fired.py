"""Which rule of the semantics made the engine leave an attempt, and which settings it reads.

A rule is told by its number and in words. The first is the one that fired; those after it say why
no other did: why there was no retry, why no other provider of the level was tried.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from sandbox.cascade import outputs
from sandbox.cascade.outputs import Fact
from sandbox.cascade.plan import ATTEMPTS_PER_LEVEL_MAX, Level, Plan
from sandbox.cascade.vocabulary import (
    ALWAYS_MOVES_ON,
    Act,
    OnExpired,
    OnUnknown,
    Outcome,
    QuietPolicy,
    ReasonClass,
    Retriable,
    Trigger,
)
from sandbox.report.account import CIRCUIT_OPEN
from sandbox.report.explanations import class_text
from sandbox.report.figures import seconds_text, span_text
from sandbox.report.front_rules import front_of
from sandbox.report.plain import plain
from sandbox.report.recipient_rules import QUIET, REMEMBERED

_ALWAYS: Final = frozenset(trigger.value for trigger in ALWAYS_MOVES_ON)
_LEAVES_THE_CHANNEL: Final = (
    ReasonClass.PERMANENT_RECIPIENT.value,
    ReasonClass.CALLER_ERROR.value,
)


class Rule(NamedTuple):
    """A rule that had a say.

    Attributes:
        number: As the semantics count it, such as `S12`.
        words: What it says of this case.
        paths: The settings it read, as paths in the scenario.
    """

    number: str
    words: str
    paths: tuple[str, ...] = ()


class Case(NamedTuple):
    """What a rule is told from.

    Attributes:
        attempt: 0 for a level or provider that was skipped.
        tries: Submissions in a row to this provider at this level, this one included.
        leaving: The line with which the engine left it.
        news: The line that made it do so.
        why: The news as half a sentence.
    """

    plan: Plan
    level: int
    attempt: int
    provider: str
    tries: int
    leaving: Fact
    news: Fact
    why: str

    @property
    def settings(self) -> Level:
        """The level in question."""
        return self.plan.levels[self.level]

    def paths(self, *keys: str) -> tuple[str, ...]:
        """Settings of the level, as paths in the scenario."""
        return tuple(f"{level_path(self.plan.name, self.level)}.{key}" for key in keys)

    def cascade_path(self, key: str) -> tuple[str, ...]:
        """A setting of the cascade."""
        return (f"cascades.{self.plan.name}.{key}",)


def level_path(cascade: str, level: int) -> str:
    """Where a level stands in the scenario."""
    return f"cascades.{cascade}.levels[{level}]"


def rules_of(case: Case) -> tuple[Rule, ...]:
    """The rule that fired, and those that say why no other did."""
    kind = case.leaving[5]
    if kind == outputs.FINISHED:
        return _ending(case)
    if kind == outputs.RETRY_PLANNED:
        return (_retry(case),)
    if kind == outputs.SUBMITTED:
        return _submitted_again(case)
    if kind == outputs.SKIPPED:
        return (*_closing(case), _circuit(case.leaving)) if case.attempt else _closing(case)
    if kind == outputs.CLOSED:
        return (*_closing(case), *_why_no_other_provider(case), _beside(case))
    return (*_closing(case), *_moving_on(case))


# What closes an attempt or a level ---------------------------------------------------------------


def _closing(case: Case) -> tuple[Rule, ...]:
    rule = _CLOSING.get(case.news[5])
    return (_other(case),) if rule is None else rule(case)


def _wait_over(case: Case) -> tuple[Rule, ...]:
    trigger = case.news[7].text("trigger")
    if trigger == Trigger.NOT_VERIFIED:
        words = "the level has its success, but nobody entered the code in time"
        return (Rule("S33", words, case.paths("verify_within", "wait")),)
    if trigger == Trigger.NOT_READ:
        words = f"its wait is over: {case.why}; this level asks for `read`"
        return (Rule("S12", words, case.paths("wait", "from", "success")),)
    return (Rule("S12", f"its wait is over: {case.why}", case.paths("wait", "from", "success")),)


def _bad_answer(case: Case) -> tuple[Rule, ...]:
    words = f"{case.why}: an answer that is no success closes the level"
    return (Rule("S10", words), _why_no_retry(case))


def _why_no_retry(case: Case) -> Rule:
    level, (_, _, _, _, _, kind, _, detail) = case.settings, case.news
    answer = Retriable.THROTTLED if kind == outputs.THROTTLED else Retriable.REFUSED_TEMPORARY
    reason_class = detail.text("class")
    if reason_class not in {"", ReasonClass.TRANSIENT}:
        return Rule("S14", f"no retry: {class_text(detail)} ({plain(reason_class)})")
    if answer not in level.retries.on:
        words = f"no retry: retries.on does not list {answer.value}"
        return Rule("S20", words, case.paths("retries.on"))
    if case.tries > level.retries.max:
        made = case.tries - 1
        words = f"no retry: {made} of {level.retries.max} were made at {plain(case.provider)}"
        return Rule("S20", words, case.paths("retries.max"))
    if case.attempt >= ATTEMPTS_PER_LEVEL_MAX:
        return Rule("S20", f"no retry: a level makes {ATTEMPTS_PER_LEVEL_MAX} attempts at most")
    # All that speaks for a retry is there: only an open circuit keeps the engine from it.
    words = f"no retry: the circuit of {plain(case.provider)} is open"
    return Rule("S22", words, _breaker(case.provider))


def _receipt(case: Case) -> tuple[Rule, ...]:
    return (Rule("S10", f"{case.why}: a receipt that says no closes the level"),)


def _unknown(case: Case) -> tuple[Rule, ...]:
    timeout = span_text(case.settings.submit_timeout_us)
    words = f"no answer within {timeout}: recorded as unknown, never as failed"
    fired = Rule("S21", words, case.paths("submit_timeout", "on_unknown"))
    if case.settings.on_unknown is OnUnknown.RESEND and case.leaving[5] != outputs.SUBMITTED:
        return (fired, Rule("S20", "no resend is left", case.paths("retries.max")))
    return (fired,)


def _held(case: Case) -> tuple[Rule, ...]:
    _, at_us, _, _, _, _, _, detail = case.news
    span = span_text(detail.number("until_us") - at_us)
    words = f"nothing goes out in the recipient's quiet hours: held until their end, for {span}"
    return (Rule("S19", words, _quiet_paths(case)),)


def _quiet_paths(case: Case) -> tuple[str, ...]:
    """A level's own quiet hours, or else its cascade's; only one of both is told of."""
    return (*case.paths("quiet_hours"), *case.cascade_path("quiet_hours"))


def _of_recipient(case: Case) -> Rule | None:
    """Why a level is skipped for what is known of the recipient, or how late it is there."""
    reason = case.news[7].text("reason")
    if case.news[5] != outputs.SKIPPED or reason not in (QUIET, REMEMBERED):
        return None
    if reason == REMEMBERED:
        words = "a provider of this channel said so of an earlier message: not tried again so soon"
        return Rule("S27", words, case.cascade_path("remember"))
    hours = case.settings.quiet
    drops = hours is not None and hours.policy is QuietPolicy.DROP
    then = "its policy is to drop the message" if drops else "its policy is to skip the level"
    return Rule("S19", f"{case.why}: {then}", _quiet_paths(case))


def _skipped(case: Case) -> tuple[Rule, ...]:
    told = _of_recipient(case)
    if told is not None:
        return (told,)
    if case.news[7].text("reason") == CIRCUIT_OPEN:
        return (_circuit(case.news),)
    return (Rule("S26", case.why, case.paths("only_if")),)


def _circuit(skipped: Fact) -> Rule:
    provider = skipped[7].text("provider")
    if not provider:
        return Rule("S22", "the circuits of all providers of the level are open")
    words = f"{plain(provider)} is passed over: its circuit is open"
    return Rule("S22", words, _breaker(provider))


def _breaker(provider: str) -> tuple[str, ...]:
    return (f"providers.{provider}.breaker",) if provider else ()


def _acted(case: Case) -> tuple[Rule, ...]:
    return (Rule("S35", _ACTS.get(case.news[7].text("act"), "somebody acted on the message")),)


_ACTS: Final[Mapping[str, str]] = {
    Act.NEXT: "somebody asked for the next level, now",
    Act.RESEND: "somebody asked for it once more at this level",
    Act.CANCEL: "the caller does not want it sent any more",
    Act.VERIFIED: "the person entered the right code",
}


def _other(case: Case) -> Rule:
    return Rule("S10", case.why or f"the line {plain(case.news[5])} closes the level")


_CLOSING: Final[Mapping[str, Callable[[Case], tuple[Rule, ...]]]] = {
    outputs.WAIT_OVER: _wait_over,
    outputs.REFUSED: _bad_answer,
    outputs.THROTTLED: _bad_answer,
    outputs.RECEIPT: _receipt,
    outputs.UNKNOWN: _unknown,
    outputs.SKIPPED: _skipped,
    outputs.HELD: _held,
    outputs.ACT: _acted,
}


# What follows ------------------------------------------------------------------------------------


def _retry(case: Case) -> Rule:
    (_, at_us, _, _, _, kind, _, detail), level = case.news, case.settings
    pause_us = case.leaving[7].number("retry_at_us") - at_us
    words = (
        f"{case.why}, which may pass: try again in {seconds_text(pause_us)}, "
        f"retry {case.tries} of {level.retries.max}"
    )
    stay_away_us = detail.number("retry_after_us")
    if stay_away_us:
        words += f"; the provider asked not to be tried within {seconds_text(stay_away_us)}"
    listed = "throttled" if kind == outputs.THROTTLED else "refused.temporary"
    words += f" (retries.on lists {listed})"
    return Rule("S20", words, case.paths("retries.max", "retries.on", "retries.backoff"))


def _submitted_again(case: Case) -> tuple[Rule, ...]:
    detail = case.leaving[7]
    if case.news[5] == outputs.ACT:
        return _acted(case)
    if case.news[5] == outputs.HELD:
        return _held(case)
    if "key" in detail.fields:
        words = f"{case.why}: the same message is sent again under the same key"
        return (Rule("S21", words, case.paths("submit_timeout", "on_unknown", "retries.max")),)
    provider = plain(detail.text("provider"))
    words = f"another provider of the level comes before another channel: {provider}"
    return (*_closing(case), Rule("S22", words, case.paths("via")))


def _moving_on(case: Case) -> tuple[Rule, ...]:
    trigger = case.leaving[7].text("trigger")
    if trigger in _ALWAYS:
        moving = Rule("S10", f"{plain(trigger)} always moves on")
    else:
        words = f"next_on lists {plain(trigger)}: the next level at the same instant"
        moving = Rule("S10", words, case.paths("next_on"))
    return (*_why_no_other_provider(case), moving)


def _beside(case: Case) -> Rule:
    words = "it began together with others that are not closed yet: the last of them moves on"
    return Rule("S25", words, _parallel(case.plan, case.level))


def _parallel(plan: Plan, level: int) -> tuple[str, ...]:
    """The settings by which levels begin together with this one."""
    marked = (n for n in front_of(plan, level) if plan.levels[n].parallel)
    return tuple(f"{level_path(plan.name, number)}.parallel" for number in marked)


def _why_no_other_provider(case: Case) -> tuple[Rule, ...]:
    providers = case.settings.providers
    if not case.attempt or len(providers) == 1 or case.news[5] == outputs.ACT:
        return ()
    if case.news[7].text("class") in _LEAVES_THE_CHANNEL and case.provider != providers[-1]:
        meaning = class_text(case.news[7])
        words = f"no other provider of the level: {meaning}, they would say the same"
        return (Rule("S14", words, case.paths("via")),)
    if case.provider == providers[-1]:
        return (Rule("S22", "no other provider of the level is left", case.paths("via")),)
    return ()


# The end -----------------------------------------------------------------------------------------


def _ending(case: Case) -> tuple[Rule, ...]:
    match case.leaving[7].text("outcome"):
        case Outcome.DELIVERED:
            return (_success(case),)
        case Outcome.EXPIRED:
            return _deadline(case)
        case Outcome.STOPPED:
            return (_of_recipient(case) or _stop(case),)
        case Outcome.CANCELLED:
            return (Rule("S35", _ACTS[Act.CANCEL]),)
        case Outcome.EXHAUSTED:
            return (*_closing(case), _exhausted(case))
        case other:
            return (Rule("S2", f"the outcome is {plain(other)}"),)


def _success(case: Case) -> Rule:
    _, _, _, level, attempt, _, _, detail = case.leaving
    if detail.fields.get("verified"):
        words = "the right code within its lifetime ends the message, whichever channel brought it"
        return Rule("S33", words, case.cascade_path("stop_on"))
    if (level, attempt) == (case.level, case.attempt):
        success = case.settings.success.word
        return Rule("S9", f"`{success}` is the success of this level", case.paths("success"))
    if level in front_of(case.plan, case.level) and level != case.level:
        words = f"a success of level {level}, which began together with this one, ends the message"
        return Rule("S25", words, _parallel(case.plan, case.level))
    what = f"level {level}" if level != case.level else f"attempt {attempt} of this level"
    words = f"a success of {what}, which had been left, ends the message; this one is left alone"
    return Rule("S23", words, case.cascade_path("late_success"))


def _deadline(case: Case) -> tuple[Rule, ...]:
    deadline = span_text(case.plan.deadline_us or 0)
    if case.news[5] == outputs.REQUESTED:
        words = f"the deadline of {deadline} is over, whatever is in flight"
        return (Rule("S18", words, case.cascade_path("deadline")),)
    words = f"nothing is submitted at or after the deadline of {deadline}"
    return (*_closing(case), Rule("S18", words, case.cascade_path("deadline")))


def _stop(case: Case) -> Rule:
    detail, on_expired = case.news[7], case.settings.on_expired
    if detail.text("class") != ReasonClass.STOP and on_expired is OnExpired.STOP:
        words = f"{case.why}: the plan stops here instead of going on"
        return Rule("S17", words, case.paths("on_expired"))
    words = f"{case.why}: its reason is of the class stop, nobody is chased elsewhere"
    return Rule("S14", words)


def _exhausted(case: Case) -> Rule:
    detail = case.leaving[7]
    if detail.text("ended_by") == "policy":
        words = f"next_on does not list {plain(detail.text('trigger'))}: nothing more is tried"
        return Rule("S10", words, case.paths("next_on"))
    return Rule("S13", "no level is left: the message ends here, even if something still arrives")
