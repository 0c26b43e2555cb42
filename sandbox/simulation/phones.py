"""Phone numbers for people: valid E.164 for their country, and nobody's where a country lets us.

Some regulators keep numbers for fiction that no subscriber will ever have; where there are such
mobile numbers, only they are used. Elsewhere a number is well formed and may be somebody's. Numbers
are for showing and exporting: they are never in the log, and nothing is decided by them.
"""

import re
from math import gcd
from typing import Final, NamedTuple

from sandbox.simulation.chance import Dice


class Numbers(NamedTuple):
    """The numbers used for one country.

    Attributes:
        blocks: First number, without the plus sign, and how many follow one another from there.
        reserved_by: Who keeps them for fiction and where that is written; "" when nobody does.
    """

    blocks: tuple[tuple[int, int], ...]
    reserved_by: str = ""

    @property
    def total(self) -> int:
        """How many numbers there are."""
        return sum(count for _, count in self.blocks)

    def number(self, position: int) -> int:
        """The number at a position in `[0, total)`."""
        for first, count in self.blocks:
            if position < count:
                return first + position
            position -= count
        raise IndexError(position)


_NANP: Final = (
    "NANPA: 555-0100 to 555-0199 of every area code are for entertainment and advertising"
)
_BNETZA: Final = "Bundesnetzagentur, Mitteilung 148/2021: 0171 39200 00 to 99, 0176 040690 00 to 99"
_OFCOM: Final = "Ofcom, numbers for use in TV and radio drama: 07700 900000 to 900999"
_ARCEP: Final = "Arcep, numbers for audiovisual works: 06 39 98 00 00 to 99 99"
_PTS: Final = "PTS, numbers for use in books and films: 070-174 06 05 to 99"
_ACMA: Final = "ACMA, phone numbers for use in TV shows, films and creative works"

_US_AREAS: Final = (201, 202, 206, 212, 213, 215, 303, 305, 312, 313, 404, 415, 503, 504, 512, 602,
                    612, 615, 617, 702, 704, 713, 801, 808, 907)  # fmt: skip
_CA_AREAS: Final = (403, 416, 514, 604, 613, 902)
_AU_NUMBERS: Final = (
    570006, 570110, 570156, 570157, 570158, 570159, 570313, 570737, 571266, 571491, 571804, 572549,
    572665, 572983, 573087, 573770, 574118, 574632, 575254, 575789, 576398, 576801, 577426, 577644,
    578148, 578888, 578957, 579212, 579455, 579760,
)  # fmt: skip


def _fictional_exchange(areas: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    return tuple((10_000_000_000 + area * 10_000_000 + 5_550_100, 100) for area in areas)


_MILLION: Final = 1_000_000

NUMBERS: Final = {
    "AE": Numbers(((971_50_1000000, _MILLION),)),
    "AM": Numbers(((374_91_000000, _MILLION), (374_77_000000, _MILLION))),
    "AT": Numbers(((43_664_1000000, _MILLION),)),
    "AU": Numbers(tuple((61_491_000000 + number, 1) for number in _AU_NUMBERS), _ACMA),
    "BE": Numbers(((32_470_000000, _MILLION),)),
    "BG": Numbers(((359_88_7000000, _MILLION),)),
    "BR": Numbers(((55_11_991000000, _MILLION),)),
    "CA": Numbers(_fictional_exchange(_CA_AREAS), _NANP),
    "CH": Numbers(((41_79_1000000, _MILLION),)),
    "CY": Numbers(((357_99_000000, _MILLION),)),
    "CZ": Numbers(((420_602_000000, _MILLION),)),
    "DE": Numbers(((49_171_3920000, 100), (49_176_04069000, 100)), _BNETZA),
    "DK": Numbers(((45_26_000000, _MILLION),)),
    "ES": Numbers(((34_600_000000, _MILLION),)),
    "FI": Numbers(((358_40_1000000, _MILLION),)),
    "FR": Numbers(((33_6_39980000, 10_000),), _ARCEP),
    "GB": Numbers(((44_7700_900000, 1_000),), _OFCOM),
    "GE": Numbers(((995_599_000000, _MILLION), (995_555_000000, _MILLION))),
    "GR": Numbers(((30_694_0000000, _MILLION),)),
    "HR": Numbers(((385_98_1000000, _MILLION),)),
    "HU": Numbers(((36_30_1000000, _MILLION),)),
    "ID": Numbers(((62_811_1000000, _MILLION),)),
    "IE": Numbers(((353_87_1000000, _MILLION),)),
    "IN": Numbers(((91_98100_00000, _MILLION),)),
    "IT": Numbers(((39_333_1000000, _MILLION),)),
    "KE": Numbers(((254_722_000000, _MILLION),)),
    "KZ": Numbers(((7_701_1000000, _MILLION),)),
    "LT": Numbers(((370_610_00000, _MILLION),)),
    "MX": Numbers(((52_55_12000000, _MILLION),)),
    "NG": Numbers(((234_803_1000000, _MILLION),)),
    "NL": Numbers(((31_6_10000000, _MILLION),)),
    "NO": Numbers(((47_90_000000, _MILLION), (47_40_000000, _MILLION))),
    "PH": Numbers(((63_917_1000000, _MILLION),)),
    "PL": Numbers(((48_510_000000, _MILLION),)),
    "PT": Numbers(((351_912_000000, _MILLION),)),
    "RO": Numbers(((40_722_000000, _MILLION),)),
    "RS": Numbers(((381_64_1000000, _MILLION),)),
    "SE": Numbers(((46_70_1740605, 95),), _PTS),
    "SG": Numbers(((65_8100_0000, _MILLION), (65_9100_0000, _MILLION))),
    "SK": Numbers(((421_905_000000, _MILLION),)),
    "TR": Numbers(((90_532_1000000, _MILLION),)),
    "UA": Numbers(((380_50_1000000, _MILLION),)),
    "US": Numbers(_fictional_exchange(_US_AREAS), _NANP),
    "ZA": Numbers(((27_82_1000000, _MILLION),)),
}
"""The numbers by country, ISO 3166 letters; where nobody keeps any for fiction, mobile prefixes in
use, by the metadata of libphonenumber 9.0."""

ELSEWHERE: Final = Numbers(
    ((999_000_000_000, 1_000 * _MILLION),),
    "ITU-T E.164, list of assigned country codes: 999 is kept for a future service, none uses it",
)
"""For countries not in the table: numbers that look international and lead nowhere."""


def phone(country: str, seed: int, index: int) -> str:
    """A person's number in E.164.

    Two people of one country differ as long as their indices are closer than its table is long.

    Args:
        country: Upper-case ISO 3166 letters.
        seed: The run's seed; it shifts who has which number.
        index: The person's number.
    """
    numbers = NUMBERS.get(country, ELSEWHERE)
    count = numbers.total
    start = Dice(seed, f"phone {country}").unit(0)
    # Steps of about the golden section visit every number once before any comes again, and
    # neighbours look nothing alike.
    step = count * 618 // 1000
    while gcd(step, count) != 1:
        step += 1
    return f"+{numbers.number((start + index * step) % count)}"


# Numbers people write in a file ----------------------------------------------------------------

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")


def is_e164(text: str) -> bool:
    """Whether a text is an E.164 number that could be dialled: `+` and digits, right in length.

    Numbers kept for fiction pass, although no subscriber has them.
    """
    import phonenumbers

    if not _E164.fullmatch(text):
        return False
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        return _country_by_table(text) is not None
    return phonenumbers.is_possible_number(number)


def country_of(phone: str) -> str:
    """The ISO 3166 letters of an E.164 number's country; "" where there is none."""
    import phonenumbers

    country = _country_by_table(phone)
    if country is not None:
        return country
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return ""
    country = phonenumbers.region_code_for_number(number)
    if country is None and number.country_code is not None:
        country = phonenumbers.region_code_for_country_code(number.country_code)
    return country if country is not None and country.isalpha() and country != "ZZ" else ""


def zone_of(phone: str) -> str:
    """The time zone of an E.164 number, by its name in the tz database; "" without a single one."""
    import phonenumbers
    from phonenumbers.timezone import time_zones_for_number

    try:
        zones = time_zones_for_number(phonenumbers.parse(phone, None))
    except phonenumbers.NumberParseException:
        return ""
    return str(zones[0]) if len(zones) == 1 else ""


def _country_by_table(phone: str) -> str | None:
    """The country in whose table a number is: the library does not know all that are fiction."""
    digits = phone.removeprefix("+")
    number = int(digits) if digits.isdecimal() else -1
    for country, numbers in (*NUMBERS.items(), ("", ELSEWHERE)):
        if any(first <= number < first + count for first, count in numbers.blocks):
            return country
    return None
