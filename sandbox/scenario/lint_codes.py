"""Every finding of the linter, by its code; `sandbox explain CODE` prints the text.

A file with findings can be run. An *error* is surely wrong: something in the file can never happen
or never count; `check` exits with 2. A *warning* is probably not meant: the file says something,
and the run will show something else.
"""

from enum import StrEnum
from typing import Final


class Finding(StrEnum):
    """The stable codes."""

    # Waits, validity, deadline
    WAIT_BELOW_VALIDITY = "wait-below-validity"
    DEADLINE_CUTS_LEVELS = "deadline-cuts-levels"
    IDLE_ORIGIN = "idle-origin"
    TIMEOUT_BEYOND_WAIT = "timeout-beyond-wait"
    RETRIES_PAST_DEADLINE = "retries-past-deadline"
    VALIDITY_CLAMPED = "validity-clamped"
    WAITS_BEYOND_CODE = "waits-beyond-code"
    CODE_NOT_SENT = "code-not-sent"
    # Quiet hours
    HELD_PAST_DEADLINE = "held-past-deadline"
    CODE_HELD = "code-held"
    DROPPED_TOO_EARLY = "dropped-too-early"
    # Levels
    UNREACHABLE_LEVEL = "unreachable-level"
    NOBODY_ELIGIBLE = "nobody-eligible"
    CHEAP_FIRST = "cheap-first-costs-more"
    SAME_TWICE = "same-twice-at-once"
    TWO_CODES = "two-codes-at-once"
    # Real providers
    RESENT_TWICE = "resent-twice"
    TEMPLATE_NEEDED = "template-needed"
    VENDOR_REFUSES = "vendor-refuses"
    VALIDITY_NOT_TOLD = "validity-not-told"
    IDLE_SENDER = "idle-sender"
    # Shares, load and faults
    SHARE_TOO_FINE = "share-too-fine"
    BOUND_TOO_FINE = "bound-too-fine"
    LOAD_ABOVE_LIMIT = "load-above-limit"
    FAULT_NEVER_BEGINS = "fault-never-begins"
    FAULT_TOO_LATE = "fault-too-late"
    # The acknowledgement itself
    NOTHING_TO_ACCEPT = "nothing-to-accept"


ERRONEOUS: Final = frozenset(
    {Finding.UNREACHABLE_LEVEL, Finding.FAULT_NEVER_BEGINS, Finding.WAITS_BEYOND_CODE}
)
"""The findings that are surely wrong."""

FINDINGS: Final[dict[str, str]] = {
    Finding.WAIT_BELOW_VALIDITY: (
        "A level stops waiting before its provider stops trying. What arrives in between arrives "
        "after the switch: the person has the message twice, and it is paid for twice. Let "
        "validity end with the wait; or accept it, where a copy more is better than minutes of "
        "silence."
    ),
    Finding.DEADLINE_CUTS_LEVELS: (
        "If the levels before it use their whole waits, a level begins at or after the deadline, "
        "or too shortly before it for its own wait. At the deadline the message ends expired, "
        "whatever is left to try. Shorten waits, or move the deadline."
    ),
    Finding.IDLE_ORIGIN: (
        "The wait should begin with a status that is not known before success, so that it runs "
        "from acceptance all along: a provider of the level never reports the status, or it is "
        "the success itself. Write from: accepted, or another status."
    ),
    Finding.TIMEOUT_BEYOND_WAIT: (
        "The wait counts from the submission and is over before the answer is given up. Until "
        "then only submit_timeout runs, so where no answer comes the level is left that much "
        "later than its wait says. Let submit_timeout be the shorter one."
    ),
    Finding.RETRIES_PAST_DEADLINE: (
        "The pauses before the retries add up to more than the deadline allows, even where the "
        "first answer comes at once: the last retries are never made. Nothing is sent at or after "
        "the deadline."
    ),
    Finding.VALIDITY_CLAMPED: (
        "The validity of a level is not what happens: the vendor takes only a certain range, or "
        "the simulated provider keeps messages for less long (delivery.unreachable.store_for). "
        "Vendors cut such a value in silence, or refuse the message."
    ),
    Finding.WAITS_BEYOND_CODE: (
        "The waits of the levels add up to more than the code lives: a later level sends, and is "
        "paid for, when its code can no longer be used. Where every level has a code of its own "
        "(per: level), a single level waits for longer than its own code lives. Shorten waits, or "
        "raise content.code.lifetime."
    ),
    Finding.CODE_NOT_SENT: (
        "The cascade ends when its code is entered, and the text of a level has no {code} in it, "
        "or no parameter of the template that a real provider is given: nobody can read the code "
        "there. Write {code} where it stands."
    ),
    Finding.HELD_PAST_DEADLINE: (
        "The policy of the quiet hours is hold, and they are longer than the deadline, which goes "
        "on meanwhile. What is asked for early in the night ends expired without having been sent. "
        "Raise the deadline, or let the level be skipped or the message dropped."
    ),
    Finding.CODE_HELD: (
        "The cascade waits for a one-time code, and quiet hours hold it until the morning. Whoever "
        "asks for a code at night is awake, and waits for it now."
    ),
    Finding.DROPPED_TOO_EARLY: (
        "The policy drop ends the message at a level although a later level has no quiet hours and "
        "could still be used. Where that is meant, give the later level quiet hours as well; else "
        "write policy: skip."
    ),
    Finding.UNREACHABLE_LEVEL: (
        "Nothing leads to the level: no trigger of next_on can come about at the level before it. "
        "Success at accepted, for example, leaves no receipt to wait for, and unknown is a "
        "trigger only with on_unknown: next."
    ),
    Finding.NOBODY_ELIGIBLE: (
        "The level is skipped for everybody here: nobody lives in the countries of its only_if, "
        "or all have a trait by which the engine knows not to try."
    ),
    Finding.CHEAP_FIRST: (
        "A cheaper level stands before a dearer one to save money, and does not: it is charged "
        "also where it brings nothing, and then the dearer one is charged as well. It pays only "
        "where its price is below the price of the other times the share it delivers."
    ),
    Finding.SAME_TWICE: (
        "Two levels that begin together (parallel) go through the same provider of one channel: "
        "everybody is sent the same message twice over the same road. If it is closed, both are "
        "lost; if it is open, both are paid for. Name another provider, or take another channel."
    ),
    Finding.TWO_CODES: (
        "Levels that begin together (parallel) each send a code of their own (per: level): the "
        "person gets two at once, and each is right only for the level that sent it. Let all "
        "levels send the same (per: message)."
    ),
    Finding.RESENT_TWICE: (
        "With on_unknown: resend a message is handed over once more under the same key, and the "
        "vendor of a real provider has no such key: where the first one was taken after all, the "
        "person has the message twice, and it is paid for twice. A run does not show it: simulated "
        "providers know the key. Write on_unknown: wait, or next."
    ),
    Finding.TEMPLATE_NEEDED: (
        "WhatsApp takes free text only within 24 hours of the person's last message. A message "
        "that nobody has asked for by writing needs a template the vendor has approved; without "
        "one a real provider refuses it (Meta 131047). Name the template at the level, with its "
        "language and parameters where the vendor asks for them."
    ),
    Finding.VENDOR_REFUSES: (
        "The adapter of a real provider would not send this message, because its vendor takes no "
        "such thing: a text that is too long, a template without its language, no sender. Nothing "
        "would leave, and the level would count as refused. A run, which simulates every provider, "
        "does not show it."
    ),
    Finding.VALIDITY_NOT_TOLD: (
        "The level says how long its provider may keep trying, and the vendor cannot be told: the "
        "adapter refuses such a message rather than send one that lives longer. Leave validity "
        "out, or take a vendor that knows it. A WhatsApp template has a time to live of its own, "
        "set where it is made."
    ),
    Finding.IDLE_SENDER: (
        "A provider that is simulated has a sender, which only vendors are told. Give it an "
        "adapter, or leave the sender out."
    ),
    Finding.SHARE_TOO_FINE: (
        "So few messages come that a share this small means less than one of them: the run will "
        "most probably show nothing of it. Send more, raise the share, or script a message."
    ),
    Finding.BOUND_TOO_FINE: (
        "The bound is nearer to 0% or 100% than one message of those there are: it says none, or "
        "all, in a roundabout way. Send more messages, or write 0% or 100%."
    ),
    Finding.LOAD_ABOVE_LIMIT: (
        "More messages come than the first provider of their cascade takes, burst included: it "
        "will turn some away, queue or drop them, for as long as that lasts. Without retries, "
        "which come on top."
    ),
    Finding.FAULT_NEVER_BEGINS: (
        "The fault begins when the run is over (clock.until, or clock.limit), so it cannot fire."
    ),
    Finding.FAULT_TOO_LATE: (
        "The fault begins after the last message has come and everything about it must be over. "
        "What it changes will not be read any more."
    ),
    Finding.NOTHING_TO_ACCEPT: (
        "The list lint.accept names a finding that is not made here. Take it out, so that it "
        "cannot hide a later one."
    ),
}
"""Code -> what it means and what to do."""
