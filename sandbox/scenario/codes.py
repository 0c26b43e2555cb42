"""Every error a scenario file can have, by its code; `sandbox explain CODE` prints the text.

Codes are part of the interface: new ones may come, none changes its meaning. A problem can only be
raised with one of them, and a test raises every one.
"""

from enum import StrEnum
from typing import Final


class Code(StrEnum):
    """The stable codes."""

    # The file as such
    UNREADABLE_FILE = "unreadable-file"
    FILE_TOO_BIG = "file-too-big"
    NOT_UTF8 = "not-utf8"
    BAD_CHARACTER = "bad-character"
    BAD_PATH = "bad-path"
    BAD_CSV = "bad-csv"
    USE_CYCLE = "use-cycle"
    TOO_MANY_FILES = "too-many-files"
    EMPTY_FILE = "empty-file"
    # YAML
    YAML_SYNTAX = "yaml-syntax"
    YAML_TAB = "yaml-tab"
    YAML_TAG = "yaml-tag"
    YAML_KEY = "yaml-key"
    YAML_MERGE_KEY = "yaml-merge-key"
    YAML_ALIAS = "yaml-alias"
    YAML_VERSION = "yaml-version"
    YAML_SEVERAL_DOCUMENTS = "yaml-several-documents"
    DUPLICATE_KEY = "duplicate-key"
    TOO_DEEP = "too-deep"
    TOO_MANY_NODES = "too-many-nodes"
    # The form
    SCHEMA_VERSION = "schema-version"
    NOT_BUILT = "not-built"
    UNKNOWN_KEY = "unknown-key"
    MISSING_KEY = "missing-key"
    MISSING_VALUE = "missing-value"
    WRONG_TYPE = "wrong-type"
    UNKNOWN_WORD = "unknown-word"
    ONE_OF = "one-of"
    TOO_FEW = "too-few"
    TOO_MANY = "too-many"
    BAD_OVERRIDE = "bad-override"
    # Values
    UNIT_MISSING = "unit-missing"
    BAD_DURATION = "bad-duration"
    BAD_SHARE = "bad-share"
    BAD_MONEY = "bad-money"
    BAD_RATE = "bad-rate"
    BAD_FACTOR = "bad-factor"
    BAD_NUMBER = "bad-number"
    BAD_TEXT = "bad-text"
    BAD_NAME = "bad-name"
    BAD_INSTANT = "bad-instant"
    BAD_PHONE = "bad-phone"
    BAD_COUNTRY = "bad-country"
    BAD_TIME_OF_DAY = "bad-time-of-day"
    BAD_TIME_ZONE = "bad-time-zone"
    BAD_REASON_CODE = "bad-reason-code"
    BAD_DISTRIBUTION = "bad-distribution"
    OUT_OF_RANGE = "out-of-range"
    SHARES_SUM = "shares-sum"
    SEVERAL_RESTS = "several-rests"
    # What belongs together
    UNKNOWN_CASCADE = "unknown-cascade"
    UNKNOWN_PROVIDER = "unknown-provider"
    UNKNOWN_TRAIT = "unknown-trait"
    UNKNOWN_PERSON = "unknown-person"
    UNKNOWN_MESSAGE = "unknown-message"
    UNKNOWN_REASON = "unknown-reason"
    AMBIGUOUS_CASCADE = "ambiguous-cascade"
    AMBIGUOUS_PROVIDER = "ambiguous-provider"
    DUPLICATE_NAME = "duplicate-name"
    BASE_CYCLE = "base-cycle"
    WRONG_CHANNEL = "wrong-channel"
    NOT_REPORTED = "not-reported"
    UNBOUNDED_LEVEL = "unbounded-level"
    CODE_NOT_AWAITED = "code-not-awaited"
    PARALLEL_TO_NOTHING = "parallel-to-nothing"
    TIME_ZONE_NOT_KNOWN = "time-zone-not-known"
    TOO_MANY_ATTEMPTS = "too-many-attempts"
    MISSING_SENDER = "missing-sender"
    MISSING_TEMPLATE = "missing-template"
    UNKNOWN_TEMPLATE = "unknown-template"
    TEXT_TOO_LONG = "text-too-long"
    SECOND_CURRENCY = "second-currency"
    BAD_EXCHANGE_RATE = "bad-exchange-rate"
    PROFILE_RULE = "profile-rule"
    REASON_CLASS = "reason-class"
    TRAIT_EFFECT = "trait-effect"
    IMPOSSIBLE_TOGETHER = "impossible-together"
    TOO_MANY_MESSAGES = "too-many-messages"
    FAULT_OVERLAP = "fault-overlap"
    BAD_SCRIPT = "bad-script"
    NOT_IN_ORDER = "not-in-order"
    # Expectations
    BAD_EXPECTATION = "bad-expectation"
    UNKNOWN_METRIC = "unknown-metric"
    WRONG_UNIT = "wrong-unit"
    UNKNOWN_FAULT = "unknown-fault"
    UNKNOWN_PHRASE = "unknown-phrase"


ERRORS: Final[dict[str, str]] = {
    Code.UNREADABLE_FILE: (
        "The file does not exist, is a folder or a device, or may not be read. A scenario that is "
        "not a file itself has no files beside it."
    ),
    Code.FILE_TOO_BIG: (
        "A scenario file has at most 1 MiB, and so has each file it names. What makes it large is "
        "better made by the load (poisson, ramp) than listed."
    ),
    Code.NOT_UTF8: "A scenario file is UTF-8 text. Save it as such in your editor.",
    Code.BAD_CHARACTER: (
        "The file holds a control character, or one of the three characters that end a line in old "
        "YAML only (U+0085, U+2028, U+2029). Write it as an escape inside double quotes."
    ),
    Code.BAD_PATH: (
        "A file is named by a path relative to the file that names it, with / between names. It "
        "stays inside that file's folder, links included, or begins with presets/ and is one that "
        "ships with the program. No absolute path, no .., no drive letter, no backslash."
    ),
    Code.BAD_CSV: (
        "A CSV file begins with a line of column names, and each line after it has a value for "
        "each column. A value with a comma or a quote in it stands in double quotes."
    ),
    Code.USE_CYCLE: "A file uses another one, and in the end itself. Leave one of the uses out.",
    Code.TOO_MANY_FILES: (
        "A scenario uses at most 32 files in all, counting those that they use in turn, at most 8 "
        "deep. Put into one file what belongs together."
    ),
    Code.EMPTY_FILE: "There is nothing in the file. The least is schema, cascades and load.",
    Code.YAML_SYNTAX: (
        "The text is no YAML: a bracket or quote is not closed, a line is indented unlike its "
        "neighbours, or a text that begins with a special character is not in quotes."
    ),
    Code.YAML_TAB: "YAML is indented with spaces; a tab is not one.",
    Code.YAML_TAG: (
        "Tags (!name, !!type) ask a YAML reader to construct things. Scenarios are plain data: "
        "leave the tag out."
    ),
    Code.YAML_KEY: "A key of a map is a text, not a list or a map.",
    Code.YAML_MERGE_KEY: (
        "The merge key << belongs to old YAML. Write the keys out; a provider can take the rest "
        "from another one with base."
    ),
    Code.YAML_ALIAS: (
        "An alias (*name) stands for what has the anchor (&name) before it, and not for something "
        "that holds the alias itself."
    ),
    Code.YAML_VERSION: "Scenarios are YAML 1.2, so no %YAML line is needed.",
    Code.YAML_SEVERAL_DOCUMENTS: "A line --- begins another document. One file holds one scenario.",
    Code.DUPLICATE_KEY: (
        "A key stands twice in one map. Most readers would silently drop the first."
    ),
    Code.TOO_DEEP: "Lists and maps are nested more than 64 levels deep.",
    Code.TOO_MANY_NODES: (
        "The file, with the files it uses, holds more than 10 000 values once every alias is "
        "replaced by what it stands for."
    ),
    Code.SCHEMA_VERSION: (
        "The key schema says which version of the format a file is written in. This program reads "
        "version 1."
    ),
    Code.NOT_BUILT: (
        "The format has this word, and this version of the program does not do it yet. It is "
        "refused because a run that ignored it would answer another question."
    ),
    Code.UNKNOWN_KEY: (
        "The map has no such key. Every map of the format is closed, so that a typing mistake "
        "cannot pass for a setting."
    ),
    Code.MISSING_KEY: "A key that has no default is not there.",
    Code.MISSING_VALUE: (
        "A key stands there without a value. Write one, or leave the key out: then its default "
        "holds."
    ),
    Code.WRONG_TYPE: (
        "Something else belongs here: a map, a list, a text, a number. What looks like a number is "
        "one to YAML; a text that does must be quoted."
    ),
    Code.UNKNOWN_WORD: "Only certain words may stand here, and this is none of them.",
    Code.ONE_OF: "Exactly one of several keys must be there; it says what kind of thing this is.",
    Code.TOO_FEW: "There are fewer entries than make sense.",
    Code.TOO_MANY: (
        "There are more entries than allowed: at most 8 levels in a cascade and 8 providers in a "
        "level."
    ),
    Code.BAD_OVERRIDE: (
        "--set PATH=VALUE names a value by keys and list positions from 0, joined by dots: "
        "cascades.otp.levels.0.wait=15s. What is not there is made, except lists."
    ),
    Code.UNIT_MISSING: (
        "Units are written: 30s, 250ms, 5m for durations, 5% for shares, 20/s for rates, 0.045 EUR "
        "for money. A bare number would be guessed, and guesses go wrong a thousandfold."
    ),
    Code.BAD_DURATION: "A duration is a number and one of ms, s, m, h, d: 250ms, 3s, 1.5h, 7d.",
    Code.BAD_SHARE: "A share is a percentage from 0% to 100%, with at most seven decimals.",
    Code.BAD_MONEY: (
        "Money is an amount, a space and a currency of three letters: 0.045 EUR. A bare 0 costs "
        "nothing in any currency."
    ),
    Code.BAD_RATE: "A rate is a number per s, m, h or d: 20/s, 100/d.",
    Code.BAD_FACTOR: "A factor is written x10, a speed 20x.",
    Code.BAD_NUMBER: (
        "A number is written in digits. A leading zero changes nothing (017 is 17); underscores, "
        "exponents and other bases are not used."
    ),
    Code.BAD_TEXT: "The text is empty, too long, or has more lines than may be here.",
    Code.BAD_NAME: (
        "A name is 1 to 64 letters, digits, hyphens or underscores, so that paths and metrics can "
        "hold it."
    ),
    Code.BAD_INSTANT: (
        "A date and time is written with its zone: 2026-03-01T08:00:00Z; a date without a time, "
        "2026-03-01."
    ),
    Code.BAD_PHONE: (
        "A phone number is written in E.164: a plus sign, the country, the number, no spaces, and "
        "in quotes."
    ),
    Code.BAD_COUNTRY: "A country is two upper-case letters: DE, PL, NO.",
    Code.BAD_TIME_OF_DAY: (
        "A time of day has two digits for the hour and two for the minute, 00:00 to 23:59, and no "
        "zone: it is the recipient's own. Quiet hours that end when they begin would be none, or "
        "the whole day."
    ),
    Code.BAD_TIME_ZONE: (
        "A time zone is named as in the tz database: Europe/Berlin, America/New_York, UTC. An "
        "offset is none, because clocks are changed twice a year; Etc/GMT-3 is three hours ahead."
    ),
    Code.BAD_REASON_CODE: "A reason code is 1 to 40 printable ASCII characters without spaces.",
    Code.BAD_DISTRIBUTION: (
        "The parameters contradict each other: p50 is at most p95 and below max, and the low end "
        "of uniform comes first. A mix is no part of a mix, and something must have been measured."
    ),
    Code.OUT_OF_RANGE: "The value is too small or too large.",
    Code.SHARES_SUM: (
        "The shares of outcomes, reasons, countries or parts of a mix sum to 100%, or one of them "
        "is rest."
    ),
    Code.SEVERAL_RESTS: "Only one of the shares may be rest.",
    Code.UNKNOWN_CASCADE: "The name is not under cascades.",
    Code.UNKNOWN_PROVIDER: (
        "The name is neither under providers nor one of the built-in providers sms, whatsapp and "
        "viber."
    ),
    Code.UNKNOWN_TRAIT: (
        "The name is neither under recipients.traits nor a trait of the built-in population."
    ),
    Code.UNKNOWN_PERSON: "The name is not under recipients.people.",
    Code.UNKNOWN_MESSAGE: (
        "No load entry gives a message this name; {message: otp-anna, at: 90s} under load does."
    ),
    Code.UNKNOWN_REASON: (
        "The channel's catalogue does not have this reason code. Describe it where it has its "
        "share: {share: 10%, class: transient, text: what it means}."
    ),
    Code.AMBIGUOUS_CASCADE: "With several cascades every load entry says which one it is for.",
    Code.AMBIGUOUS_PROVIDER: (
        "The file describes several providers for this channel; the level says with via which ones "
        "it uses."
    ),
    Code.DUPLICATE_NAME: (
        "Two things have the same name, and could not be told apart in the report."
    ),
    Code.BASE_CYCLE: (
        "A provider takes what it does not say from its base, and in the end from itself."
    ),
    Code.WRONG_CHANNEL: (
        "Something of one channel is used on another: a provider or a template in a level of "
        "another channel, or segments (prices, receipts, partial delivery) outside SMS."
    ),
    Code.NOT_REPORTED: (
        "A level waits for a status that one of its providers never reports, so it could not "
        "succeed there."
    ),
    Code.UNBOUNDED_LEVEL: (
        "Without a deadline and without a wait that moves on, a message whose receipt is lost "
        "would never end. Give the cascade a deadline or the level a wait."
    ),
    Code.CODE_NOT_AWAITED: (
        "Only a cascade with stop_on: verified waits for a code; any other ends with the success "
        "of a level. So verify_within, how long a level waits for the code, has no meaning there."
    ),
    Code.PARALLEL_TO_NOTHING: (
        "A level with parallel: true begins together with the level before it, and before the "
        "first there is none. Of two levels that begin together the second says so."
    ),
    Code.TIME_ZONE_NOT_KNOWN: (
        "A cascade has quiet hours, which are in the recipient's own time of day, and no time zone "
        "is known for a country that recipients are in. Say which one with recipients.time_zones."
    ),
    Code.TOO_MANY_ATTEMPTS: (
        "A level makes at most 10 attempts: (retries.max + 1) times its providers."
    ),
    Code.MISSING_SENDER: (
        "A message on WhatsApp or Viber comes from a registered business: sender: none leaves it "
        "nobody to come from. SMS can go without a sender of its own, its provider has numbers."
    ),
    Code.MISSING_TEMPLATE: (
        "Outside 24 hours after a person's last message WhatsApp takes templates only, and nobody "
        "writes back here: template: none could not be sent. Left out, the simulated provider has "
        "a template that fits."
    ),
    Code.UNKNOWN_TEMPLATE: (
        "The cascade lists its templates, and this name is not among them. A cascade that lists "
        "none may name any."
    ),
    Code.TEXT_TOO_LONG: (
        "A channel takes only so many characters: SMS 1600, WhatsApp 1024, Viber 1000. Shorten the "
        "text, or give the level one of its own with content or a template."
    ),
    Code.SECOND_CURRENCY: (
        "A run counts in one currency. Prices in another need a rate, stated in the file: "
        "currencies: {base: EUR, rates: {USD: 0.92 EUR}}. None is ever looked up."
    ),
    Code.BAD_EXCHANGE_RATE: (
        "The map currencies.rates says what one unit of each other currency is worth in the base: "
        "with base: EUR, USD: 0.92 EUR. The base itself has no rate, and nothing is worth nothing."
    ),
    Code.PROFILE_RULE: (
        "The cascade has a profile, and the vendor whose rules it holds would not take this. "
        "`sandbox explain profile NAME` lists the rules with their sources; profile: none has none."
    ),
    Code.REASON_CLASS: (
        "The class of a reason must fit its outcome: refused.temporary is retried, so its reasons "
        "are transient; those of refused.permanent are not."
    ),
    Code.TRAIT_EFFECT: (
        "A trait is one of three things: spells of being off (off and on, both), something the "
        "provider does (as, perhaps with a reason), or known beforehand (neither)."
    ),
    Code.IMPOSSIBLE_TOGETHER: (
        "Each trait keeps its own share of people, and what together asks for cannot be had with "
        "these shares."
    ),
    Code.TOO_MANY_MESSAGES: "A run has at most 10 000 000 messages.",
    Code.FAULT_OVERLAP: (
        "Two faults change the same setting of the same provider at one time, recovery included. "
        "Move one, or make one fault of them."
    ),
    Code.BAD_SCRIPT: (
        "A script contradicts itself: a refused submission comes to no delivery and no receipt, "
        "and one message has one script at a level."
    ),
    Code.NOT_IN_ORDER: "Changes by hand stand in the order in which they were made.",
    Code.BAD_EXPECTATION: (
        "An expectation is METRIC OPERATOR VALUE: delivery_rate >= 95%, with one of <= < >= > == "
        "!=. A cost is OPERATOR AMOUNT, and an entry of a path CHANNEL:WORD or "
        "CHANNEL@PROVIDER:WORD."
    ),
    Code.UNKNOWN_METRIC: (
        "There is no such metric, or it speaks of a cascade, channel, provider or level the "
        "scenario does not have."
    ),
    Code.UNKNOWN_FAULT: (
        "The name is not among the faults that last for a while. A script of one message has no "
        "beginning and no end, so that nothing is during or after it."
    ),
    Code.UNKNOWN_PHRASE: (
        "Under never and sometimes stands what is counted, in these words: late success, receipt "
        "lost, fallback to level 1, outcome expired and so on. `sandbox explain` lists them, and "
        "says what counts as each."
    ),
    Code.WRONG_UNIT: (
        "The value has the unit of something else: rates are compared with 95%, times with 30s, "
        "money with 0.07 EUR, counts with a plain number."
    ),
}
"""Code -> what it means and what to do."""
