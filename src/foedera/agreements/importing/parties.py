"""Parties of an agreement from the words of a file: listed names, or a title that names one other state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from foedera.agreements.models import Level, Side
from foedera.countries.world.names import Method, NameKind, Resolution
from foedera.directory.importing.places import Place, Places, is_certain, resolved

LEVELS = {NameKind.ORGANISATION: Level.ORGANISATION, NameKind.PART: Level.REGION}


@dataclass(frozen=True, slots=True)
class FoundParty:
    """A party: its side, level, territory where it is certain, and its name where the territory's own does not say it."""

    side: Side
    level: str
    place: Place | None
    name: str

    def staged(self) -> tuple[str, str, int | None, str]:
        """The values of its row."""
        return self.side.value, self.level, self.place.id if self.place else None, self.name


@dataclass(frozen=True, slots=True)
class Doubt:
    """A name that was not resolved, or not to a territory, with the explanation."""

    name: str
    words: str
    code: str


def listed_parties(
    names: Sequence[str], on: str, places: Places, own_state: str
) -> tuple[list[FoundParty], list[Doubt]]:
    """The parties that a file lists by name, on the day of signature, and what is doubtful of them.

    A name that is not certain stays a name without territory. The own side is the own state with what belongs to it.
    """
    parties: dict[tuple[object, str], FoundParty] = {}
    doubts: list[Doubt] = []
    own = places.by_code.get(own_state)
    for name in names:
        name = name.strip()[:500]
        if not name:
            continue
        found = resolved(name, on)
        if not is_certain(found):
            code = "collective" if found.resolved else "party"
            doubts.append(Doubt(name, found.explanation, code))
            side = Side.OWN if found.resolved and found.code == own_state else Side.FOREIGN
            parties.setdefault((None, name), FoundParty(side, "", None, name))
            continue
        party = _certain(found, name, places, own)
        if party is None:
            doubts.append(Doubt(name, found.explanation, "party"))
            parties.setdefault((None, name), FoundParty(Side.FOREIGN, "", None, name))
        else:
            assert party.place is not None
            parties.setdefault((party.place.id, party.name), party)
    return list(parties.values()), doubts


def _certain(found: Resolution, name: str, places: Places, own: Place | None) -> FoundParty | None:
    place = places.of(found)
    if place is None:
        return None
    side = Side.OWN if own is not None and own.id in (place.id, place.state_id) else Side.FOREIGN
    level = LEVELS.get(found.kind, Level.STATE) if found.kind is not None else Level.STATE
    # The territory's own name is shown in the reader's language; an older or other name is kept beside it.
    said = "" if found.method is Method.LIST else name
    return FoundParty(side, level.value, place, said)


def state_party(code: str, side: Side, places: Places, *, name: str = "") -> FoundParty | None:
    """A party that is known by its code; None when the directory has no such territory."""
    place = places.by_code.get(code)
    if place is None:
        return None
    level = Level.ORGANISATION if code.startswith("X-ORG-") else Level.STATE
    return FoundParty(side, level.value, place, name)
