"""People, as a file says them."""

import pytest

from tests.support.scenario_texts import SMALL, codes_of


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("{}", []),
        ("{population: 1}", []),
        ("{population: 0}", ["out-of-range"]),
        ("{population: 1000001}", ["out-of-range"]),
        ("{population: lots}", ["bad-number"]),
        ("{country: {DE: 60%, PL: 30%, NO: 10%}}", []),
        ("{country: DE}", ["wrong-type"]),
        ("{people: {anna: {}}}", []),
        ("{people: {anna: }}", ["missing-value"]),
        ("{people: {anna: {phone: '+4915112345678', country: DE, traits: []}}}", []),
        ("{people: {anna: {phone: +4915112345678}}}", ["wrong-type"]),
        ("{people: {anna: {phone: '0151 1234'}}}", ["bad-phone"]),
        ("{people: {anna: {phone: '+49151'}}}", ["bad-phone"]),
        ("{people: {anna: {phone: '+99912345678'}}}", ["bad-phone"]),
        ("{people: {'anna b': {}}}", ["bad-name"]),
        ("{people: {anna: {addresses: {viber: '+4915112345678', whatsapp: none}}}}", []),
        ("{people: {anna: {addresses: {}}}}", []),
        ("{people: {anna: {addresses: {fax: none}}}}", ["unknown-key"]),
        ("{people: {anna: {addresses: {viber: no}}}}", ["bad-phone"]),
        ("{people: {anna: {addresses: [viber]}}}", ["wrong-type"]),
        ("{traits: {x: {share: 1%, hits: [fax]}}}", ["unknown-word"]),
        ("{traits: {x: {share: 1%, hits: sms, off: {mean: 1ms}, on: {mean: 1h}}}}",
         ["out-of-range"]),
        ("{time_zones: {US: America/Chicago, XX: UTC}}", []),
        ("{time_zones: {US: Chicago}}", ["bad-time-zone"]),
        ("{time_zones: {us: UTC}}", ["bad-country"]),
        ("{time_zones: {US: America/Chicgo}}", ["bad-time-zone"]),
        ("{people: {anna: {time_zone: Asia/Tokyo}}}", []),
        ("{people: {anna: {time_zone: 9}}}", ["wrong-type"]),
        ("{people: {anna: {time_zone: ../Asia/Tokyo}}}", ["bad-time-zone"]),
        ("{from: people.csv}", ["not-built"]),
        ("{peple: {}}", ["unknown-key"]),
    ],
)  # fmt: skip
def test_recipients_are_read_or_explained(text: str, codes: list[str]) -> None:
    """Population, countries, traits and named people."""
    assert codes_of(SMALL + f"recipients: {text}") == codes
