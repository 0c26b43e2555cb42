"""Quiet hours: which a level keeps, and how late it is for people when the run begins (S19).

    quiet_hours: {from: "21:00", to: "08:00", policy: hold}

They may stand at a cascade, for all its levels, or at a level. Where no cascade has any, nobody
asks how late it is, and a run is what it would be without time zones.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from sandbox.cascade.plan import QuietHours
from sandbox.scenario.codes import Code
from sandbox.scenario.grammar.drafts import (
    CascadeDraft,
    LevelDraft,
    PersonDraft,
    RecipientsDraft,
    ScenarioDraft,
)
from sandbox.scenario.nodes import Node
from sandbox.scenario.problems import Problems
from sandbox.scenario.time_zones import ZONES, local_us, zone_of_person

_KEY: Final = "quiet_hours"


def quiet_hours(level: LevelDraft, cascade: CascadeDraft) -> QuietHours | None:
    """Those a level keeps: its own, or else its cascade's."""
    return cascade.quiet if level.node.key(_KEY) is None else level.quiet


def has_quiet_hours(draft: ScenarioDraft) -> bool:
    """Whether some level must not be used at some time of day."""
    return any(
        quiet_hours(level, cascade) is not None
        for _, cascade in draft.cascades or ()
        for level in cascade.levels
    )


class Clock(NamedTuple):
    """How late it is for people when the run begins.

    Attributes:
        start: The instant, in RFC 3339.
    """

    start: str
    recipients: RecipientsDraft

    def of_countries(self) -> tuple[tuple[str, int], ...]:
        """Country -> the time of day there, in microseconds, for all that people are in."""
        zones = _zones(self.recipients)
        living = sorted({country for country, _ in countries_of(self.recipients)})
        return tuple((each, local_us(self.start, zones[each])) for each in living)

    def of_person(self, person: PersonDraft) -> int | None:
        """The same for a named person; None where that is the country's."""
        own = {name.text: zone for name, zone in self.recipients.time_zones or ()}
        zone = person.time_zone or zone_of_person(person.phone or "", person.country or "", own)
        return local_us(self.start, zone) if zone else None


def clock_of(draft: ScenarioDraft) -> Clock | None:
    """How late it is, where that matters."""
    if draft.recipients is None or not has_quiet_hours(draft):
        return None
    return Clock(draft.clock.start, draft.recipients)


def countries_of(recipients: RecipientsDraft) -> Iterator[tuple[str, Node]]:
    """The countries that people are in, each with the place that says so."""
    written = recipients.node.map("country")
    for key, _ in written or ():
        yield key.text, key
    for _, person in recipients.people:
        if person.country and person.time_zone is None:
            yield person.country, person.node.get("country") or person.node


def check_quiet_hours(draft: ScenarioDraft, problems: Problems) -> None:
    """Complain about countries where nobody knows how late it is."""
    if draft.recipients is None or not has_quiet_hours(draft):
        return
    zones = _zones(draft.recipients)
    for country, at in countries_of(draft.recipients):
        if country not in zones:
            text = f"no time zone is known for {country}, and a cascade has quiet hours"
            note = f"add time_zones: {{{country}: …}} to the recipients"
            problems.add(at, Code.TIME_ZONE_NOT_KNOWN, text, note=note)


def _zones(recipients: RecipientsDraft) -> dict[str, str]:
    own = {name.text: zone for name, zone in recipients.time_zones or ()}
    return {**ZONES, **own}
