"""Names for people who have none in the file, to make a screen readable; never in the log.

They come from Faker, whose lists change from version to version, so nothing may depend on them.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sandbox.simulation.chance import Dice

if TYPE_CHECKING:
    from faker import Faker

_LOCALES: Final = {
    "AE": "en_US", "AM": "hy_AM", "AT": "de_AT", "AU": "en_AU", "BE": "nl_BE", "BG": "bg_BG",
    "BR": "pt_BR", "CA": "en_CA", "CH": "de_CH", "CY": "el_CY", "CZ": "cs_CZ", "DE": "de_DE",
    "DK": "da_DK", "ES": "es_ES", "FI": "fi_FI", "FR": "fr_FR", "GB": "en_GB", "GE": "ka_GE",
    "GR": "el_GR", "HR": "hr_HR", "HU": "hu_HU", "ID": "id_ID", "IE": "en_IE", "IN": "en_IN",
    "IT": "it_IT", "KE": "en_KE", "KZ": "ru_RU", "LT": "lt_LT", "MX": "es_MX", "NG": "en_NG",
    "NL": "nl_NL", "NO": "no_NO", "PH": "en_PH", "PL": "pl_PL", "PT": "pt_PT", "RO": "ro_RO",
    "RS": "hr_HR", "SE": "sv_SE", "SK": "sk_SK", "TR": "tr_TR", "UA": "uk_UA", "US": "en_US",
    "ZA": "zu_ZA",
}  # fmt: skip
_ELSEWHERE: Final = "en_US"


def person_name(country: str, seed: int, index: int) -> str:
    """A first and a last name as they are common in a country.

    Args:
        country: Upper-case ISO 3166 letters.
        seed: The run's seed.
        index: The person's number.
    """
    luck = Dice(seed, f"name {country}").unit(index)
    faker = _faker(_LOCALES.get(country, _ELSEWHERE))
    faker.seed_instance(luck)
    # Surnames go with the sex in some languages.
    if luck % 2:
        return f"{faker.first_name_female()} {faker.last_name_female()}"
    return f"{faker.first_name_male()} {faker.last_name_male()}"


@lru_cache(maxsize=64)
def _faker(locale: str) -> "Faker":
    from faker import Faker

    return Faker(locale, use_weighting=False)
