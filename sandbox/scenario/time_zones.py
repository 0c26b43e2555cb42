"""The time of day where people are: by the zone of a person, of a number, or of a country (S19).

Zones are those of the tz database, by their names there. A country with several has here the one
most of its people live by; a scenario names another with `time_zones`, or for a person with
`time_zone`. What counts is the time of day when the run begins: clocks that change during a run are
not followed.

The tz database is loaded when a zone is first asked for: few scenarios do, and every start of a
small run would pay for it.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import MAXYEAR, MINYEAR, datetime
from difflib import get_close_matches
from typing import Final

from sandbox.simulation.phones import country_of, zone_of

_AREAS: Final = "Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Etc|Europe|Indian|Pacific"
NAME: Final = rf"(UTC|({_AREAS})(/[A-Za-z0-9_+-]+){{1,2}})"
"""What the name of a zone looks like; none that means another place on another machine."""

_NAME: Final = re.compile(NAME)
_MICROSECONDS: Final = 1_000_000

_BY_AREA: Final[Mapping[str, str]] = {
    "Africa": """
        AO:Luanda BF:Ouagadougou BI:Bujumbura BJ:Porto-Novo BW:Gaborone CD:Kinshasa CF:Bangui
        CG:Brazzaville CI:Abidjan CM:Douala DJ:Djibouti DZ:Algiers EG:Cairo EH:El_Aaiun ER:Asmara
        ET:Addis_Ababa GA:Libreville GH:Accra GM:Banjul GN:Conakry GQ:Malabo GW:Bissau KE:Nairobi
        LR:Monrovia LS:Maseru LY:Tripoli MA:Casablanca ML:Bamako MR:Nouakchott MW:Blantyre
        MZ:Maputo NA:Windhoek NE:Niamey NG:Lagos RW:Kigali SD:Khartoum SL:Freetown SN:Dakar
        SO:Mogadishu SS:Juba ST:Sao_Tome SZ:Mbabane TD:Ndjamena TG:Lome TN:Tunis TZ:Dar_es_Salaam
        UG:Kampala ZA:Johannesburg ZM:Lusaka ZW:Harare
    """,
    "America": """
        AG:Antigua AI:Anguilla AR:Argentina/Buenos_Aires AW:Aruba BB:Barbados BL:St_Barthelemy
        BO:La_Paz BQ:Kralendijk BR:Sao_Paulo BS:Nassau BZ:Belize CA:Toronto CL:Santiago CO:Bogota
        CR:Costa_Rica CU:Havana CW:Curacao DM:Dominica DO:Santo_Domingo EC:Guayaquil GD:Grenada
        GF:Cayenne GL:Nuuk GP:Guadeloupe GT:Guatemala GY:Guyana HN:Tegucigalpa HT:Port-au-Prince
        JM:Jamaica KN:St_Kitts KY:Cayman LC:St_Lucia MF:Marigot MQ:Martinique MS:Montserrat
        MX:Mexico_City NI:Managua PA:Panama PE:Lima PM:Miquelon PR:Puerto_Rico PY:Asuncion
        SR:Paramaribo SV:El_Salvador SX:Lower_Princes TC:Grand_Turk TT:Port_of_Spain US:New_York
        UY:Montevideo VC:St_Vincent VE:Caracas VG:Tortola VI:St_Thomas
    """,
    "Antarctica": """
        AQ:McMurdo
    """,
    "Arctic": """
        SJ:Longyearbyen
    """,
    "Asia": """
        AE:Dubai AF:Kabul AM:Yerevan AZ:Baku BD:Dhaka BH:Bahrain BN:Brunei BT:Thimphu CN:Shanghai
        CY:Nicosia GE:Tbilisi HK:Hong_Kong ID:Jakarta IL:Jerusalem IN:Kolkata IQ:Baghdad IR:Tehran
        JO:Amman JP:Tokyo KG:Bishkek KH:Phnom_Penh KP:Pyongyang KR:Seoul KW:Kuwait KZ:Almaty
        LA:Vientiane LB:Beirut LK:Colombo MM:Yangon MN:Ulaanbaatar MO:Macau MY:Kuala_Lumpur
        NP:Kathmandu OM:Muscat PH:Manila PK:Karachi PS:Gaza QA:Qatar SA:Riyadh SG:Singapore
        SY:Damascus TH:Bangkok TJ:Dushanbe TL:Dili TM:Ashgabat TW:Taipei UZ:Tashkent
        VN:Ho_Chi_Minh YE:Aden
    """,
    "Atlantic": """
        AC:St_Helena BM:Bermuda CV:Cape_Verde FK:Stanley FO:Faroe GS:South_Georgia IS:Reykjavik
        SH:St_Helena TA:St_Helena
    """,
    "Australia": """
        AU:Sydney
    """,
    "Europe": """
        AD:Andorra AL:Tirane AT:Vienna AX:Mariehamn BA:Sarajevo BE:Brussels BG:Sofia BY:Minsk
        CH:Zurich CZ:Prague DE:Berlin DK:Copenhagen EE:Tallinn ES:Madrid FI:Helsinki FR:Paris
        GB:London GG:Guernsey GI:Gibraltar GR:Athens HR:Zagreb HU:Budapest IE:Dublin
        IM:Isle_of_Man IT:Rome JE:Jersey LI:Vaduz LT:Vilnius LU:Luxembourg LV:Riga MC:Monaco
        MD:Chisinau ME:Podgorica MK:Skopje MT:Malta NL:Amsterdam NO:Oslo PL:Warsaw PT:Lisbon
        RO:Bucharest RS:Belgrade RU:Moscow SE:Stockholm SI:Ljubljana SK:Bratislava SM:San_Marino
        TR:Istanbul UA:Kyiv VA:Vatican XK:Belgrade
    """,
    "Indian": """
        CC:Cocos CX:Christmas IO:Chagos KM:Comoro MG:Antananarivo MU:Mauritius MV:Maldives
        RE:Reunion SC:Mahe TF:Kerguelen YT:Mayotte
    """,
    "Pacific": """
        AS:Pago_Pago CK:Rarotonga FJ:Fiji FM:Chuuk GU:Guam KI:Tarawa MH:Majuro MP:Saipan NC:Noumea
        NF:Norfolk NR:Nauru NU:Niue NZ:Auckland PF:Tahiti PG:Port_Moresby PN:Pitcairn PW:Palau
        SB:Guadalcanal TK:Fakaofo TO:Tongatapu TV:Funafuti UM:Midway VU:Efate WF:Wallis WS:Apia
    """,
}
"""Area of the tz database -> `country:rest of the name`, by zone.tab of the same; Kosovo, which has
no entry there, keeps the time of Belgrade."""


def _zones() -> Iterator[tuple[str, str]]:
    for area, entries in _BY_AREA.items():
        for entry in entries.split():
            country, _, rest = entry.partition(":")
            yield country, f"{area}/{rest}"


ZONES: Final[Mapping[str, str]] = dict(_zones())
"""Country -> its zone, for all that ISO 3166 knows and some it does not."""


def is_zone(name: str) -> bool:
    """Whether the tz database has a zone of this name."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - see above

    if not _NAME.fullmatch(name):
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def nearest_zone(name: str) -> str:
    """The zone whose name is most like this one; "" where none is."""
    from zoneinfo import available_timezones  # noqa: PLC0415 - see above

    found = get_close_matches(name[:64], sorted(available_timezones()), n=1, cutoff=0.6)
    return found[0] if found else ""


def zone_of_person(number: str, country: str, zones: Mapping[str, str]) -> str:
    """The zone of somebody who says none: of the number, if it is of the country, else of that.

    Args:
        number: In E.164, or "".
        country: Where the person is, or "" where that is drawn.
        zones: Country -> its zone, where a scenario says another than `ZONES`.
    """
    if number and country and country not in zones and country_of(number) == country:
        zone = zone_of(number)
        return zone if is_zone(zone) else ""
    return ""


def local_us(start: str, zone: str) -> int:
    """The time of day in a zone at an instant, in microseconds since midnight.

    Args:
        start: With its own offset, in RFC 3339.
        zone: One of the tz database.
    """
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - see above

    at = datetime.fromisoformat(start)
    at = at.replace(year=min(max(at.year, MINYEAR + 1), MAXYEAR - 1))  # elsewhere it is another day
    there = at.astimezone(ZoneInfo(zone))
    return (there.hour * 3600 + there.minute * 60 + there.second) * _MICROSECONDS
